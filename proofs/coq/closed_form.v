(* The closed form: what the kernels compute, for every L-statistic, 0 < K < N and
   batch r, in any order and with ties.

   u is an order that sorts the batch: r at u_t is x_t, and x_0 <= .. <= x_(N-1).

     (25)  A at u_t = G_t - 1/N sum_m G_m,
           G_m = sum_{t<m} (x_(t+1) - x_t) N/(N-1) e_t^(N-1)

   The include-one and leave-one-out values follow by eqs. (26) and (27), proved in
   advantage.v. *)

From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets advantage gap_form.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section ClosedForm.
Variables (F : realFieldType) (I : finType) (K : nat) (alpha : nat -> F).
Notation N := #|I|.
Variables (r : I -> F) (u : 'I_N -> I) (x : nat -> F).
Hypothesis u_inj : injective u.
Hypothesis ranked : forall t, r (u t) = x t.
Hypothesis x_sorted : forall i j, (i <= j < N)%N -> x i <= x j.
Hypothesis K_gt0 : (0 < K)%N.
Hypothesis KN : (K < N)%N.

(* The running sum of gap times weight. *)
Definition running m : F :=
  \sum_(t < m) (x t.+1 - x t) * (N%:R / N.-1%:R * elevated alpha K N.-1 t).

Let u_bij : bijective u.
Proof. by apply: inj_card_bij; rewrite ?card_ord. Qed.

Let sorted_of : {set 'I_N} -> F := lstat_of alpha K (fun t : 'I_N => x t).

Lemma lstat_relabel (S : {set 'I_N}) : lstat_of alpha K r (u @: S) = sorted_of S.
Proof.
rewrite /sorted_of /lstat_of; apply: lstat_perm.
rewrite (_ : [seq x t | t : 'I_N <- enum S] = map r (map u (enum S))); last first.
  by rewrite -map_comp; apply: eq_map => t /=; rewrite ranked.
apply: perm_map; apply: uniq_perm; rewrite ?map_inj_uniq ?enum_uniq // => i.
rewrite mem_enum; apply/imsetP/mapP => -[t tS ->]; exists t => //; first by rewrite mem_enum.
by rewrite -(mem_enum (mem S)).
Qed.

Lemma advantage_relabel t :
  advantage K (lstat_of alpha K r) (u t) = advantage K sorted_of t.
Proof.
rewrite /advantage include_one_relabel // leave_one_out_relabel //.
by congr (_ / _ - _ / _); apply: eq_bigr => S _; rewrite lstat_relabel.
Qed.

Theorem advantage_closed_form t :
  advantage K (lstat_of alpha K r) (u t) =
    running t - N%:R^-1 * \sum_(m < N) running m.
Proof.
have N0 : (0 < N)%N := leq_ltn_trans (leq0n _) KN.
pose A0 := advantage K sorted_of (Ordinal N0).
have step (m : 'I_N) : advantage K sorted_of m = A0 + running m.
  case: m => m; elim: m => [|m IH] mN; first by rewrite /running big_ord0 addr0; congr advantage; apply: val_inj.
  rewrite /running big_ord_recr /= -/(running m) addrA -(IH (ltnW mN)).
  by rewrite -(@advantage_gap _ _ _ alpha x x_sorted _ _ (Ordinal (ltnW mN)) (Ordinal mN)) // addrC subrK.
rewrite advantage_relabel step addrC; congr (_ + _).
have := advantage_centred (char_num F) sorted_of K_gt0; rewrite card_ord => /(_ KN).
under eq_bigr do rewrite step.
rewrite big_split /= sumr_const card_ord -[A0 *+ _]mulr_natl => /eqP; rewrite addr_eq0 => /eqP E.
by rewrite -mulrN -E mulrA mulVf ?mul1r // pnatr_eq0 -lt0n.
Qed.
End ClosedForm.
