(* The closed form: what the kernels compute, for every L-statistic, 0 < K < N (or
   N = K for the value) and batch r, in any order and with ties.

   u is an order that sorts the batch: r at u_t is x_t, and x_0 <= .. <= x_(N-1).

     (23)  v = sum_t K/N e_t^(N) x_t
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

Section Value.
Variables (F : realFieldType) (N K : nat) (alpha : nat -> F) (x : nat -> F).
Hypothesis x_sorted : forall i j, (i <= j < N)%N -> x i <= x j.
Hypothesis K_gt0 : (0 < K)%N.
Hypothesis KN : (K <= N)%N.
Implicit Types i : 'I_N.

(* Averaged over the sets with i, alpha is elevated to N ranks. *)
Lemma sum_alpha_without i :
  \sum_(S in draws_without K.-1 i) alpha (below S i) =
  'C(N.-1, K.-1)%:R * elevated alpha K N i.
Proof.
have C0 : 'C(N.-1, K.-1)%:R != 0 :> F.
  by rewrite (bin_neq0 (char_num F)) // -!subn1 leq_sub2r.
have PK S : S \in draws_without K.-1 i -> #|S| = K.-1.
  by rewrite !inE => /andP[/eqP].
pose c (j : nat) := ('C(i, j) * 'C(N.-1 - i, K.-1 - j))%N.
have Pc (j : nat) (jK : (j <= K.-1)%N) : _ = c j := card_below_without i jK.
rewrite (sum_by_below alpha K_gt0 PK Pc).
by rewrite /elevated mulr_sumr; apply: eq_bigr => j _; rewrite [RHS]mulrC divfK.
Qed.

(* (23) on a sorted batch *)
Lemma value_sorted : value K (lstat_of alpha K (fun i : 'I_N => x i)) =
  \sum_(i < N) K%:R / N%:R * elevated alpha K N i * x i.
Proof.
have cN : 'C(#|'I_N|, K)%:R != 0 :> F by rewrite (bin_neq0 (char_num F)) // card_ord.
apply: (mulfI cN); rewrite -(sum_value (char_num F)) ?card_ord // mulr_sumr.
rewrite (eq_bigr _ (lstat_rank alpha x_sorted)).
rewrite (exchange_big_dep predT) //=; apply: eq_bigr => i _.
transitivity (\sum_(S in draws_with K.-1.+1 i) alpha (below S i) * x i).
  by apply: eq_bigl => S; rewrite !inE (prednK K_gt0).
rewrite -mulr_suml draws_add mulrA; congr (_ * _).
rewrite (eq_bigr (fun S => alpha (below S i))) => [|S]; last first.
  by rewrite inE => /andP[_ iS]; rewrite below_add // ltnn.
rewrite sum_alpha_without (bin_with (char_num F)) ?K_gt0 // mulrA.
by congr (_ * _); rewrite mulrC.
Qed.
End Value.

Section Ranks.
Variables (F : realFieldType) (I : finType) (r : I -> F).

(* Every batch can be sorted. *)
Lemma ranked_exists : exists (u : 'I_#|I| -> I) (x : nat -> F),
  [/\ injective u, forall t, r (u t) = x t
    & forall i j, (i <= j < #|I|)%N -> x i <= x j].
Proof.
pose s := sort (relpre r <=%R) (enum I).
have ss : size s = #|I| by rewrite size_sort -cardE.
have su : uniq s by rewrite sort_uniq enum_uniq.
exists (fun t => nth (enum_val t) s t), (fun t => nth 0 (map r s) t); split=> [t t'|t|i j].
- rewrite (set_nth_default (enum_val t')) ?ss // => /eqP.
  by rewrite nth_uniq ?ss // => /eqP/val_inj.
- by rewrite (nth_map (enum_val t)) ?ss.
case/andP=> ij jN; apply: (sorted_leq_nth le_trans le_refl) => //.
- by rewrite sorted_map sort_sorted // => a b; apply: le_total.
- by rewrite inE size_map ss (leq_ltn_trans ij).
- by rewrite inE size_map ss.
Qed.
End Ranks.

Section ClosedForm.
Variables (F : realFieldType) (I : finType) (K : nat) (alpha : nat -> F).
Notation N := #|I|.
Variables (r : I -> F) (u : 'I_N -> I) (x : nat -> F).
Hypothesis u_inj : injective u.
Hypothesis ranked : forall t, r (u t) = x t.
Hypothesis x_sorted : forall i j, (i <= j < N)%N -> x i <= x j.
Hypothesis K_gt0 : (0 < K)%N.

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

(* (23) *)
Theorem value_closed_form : (K <= N)%N ->
  value K (lstat_of alpha K r) = \sum_(t < N) K%:R / N%:R * elevated alpha K N t * x t.
Proof.
move=> KN; rewrite (value_relabel u_bij) -value_sorted //.
by congr (_ / _); apply: eq_bigr => S _; apply: lstat_relabel.
Qed.

Hypothesis KN : (K < N)%N.

Lemma advantage_relabel t :
  advantage K (lstat_of alpha K r) (u t) = advantage K sorted_of t.
Proof.
rewrite /advantage include_one_relabel // leave_one_out_relabel //.
by congr (_ / _ - _ / _); apply: eq_bigr => S _; rewrite lstat_relabel.
Qed.

(* (25) *)
Theorem advantage_closed_form t :
  advantage K (lstat_of alpha K r) (u t) =
    running t - N%:R^-1 * \sum_(m < N) running m.
Proof.
have N0 : (0 < N)%N := leq_ltn_trans (leq0n _) KN.
pose A0 := advantage K sorted_of (Ordinal N0).
have step (m : 'I_N) : advantage K sorted_of m = A0 + running m.
  case: m => m; elim: m => [|m IH] mN.
    by rewrite /running big_ord0 addr0; congr advantage; apply: val_inj.
  rewrite /running big_ord_recr /= -/(running m) addrA -(IH (ltnW mN)).
  by rewrite -(@advantage_gap _ _ _ alpha x x_sorted _ _ (Ordinal (ltnW mN)) (Ordinal mN)) // addrC subrK.
rewrite advantage_relabel step addrC; congr (_ + _).
have := advantage_centred (char_num F) sorted_of K_gt0; rewrite card_ord => /(_ KN).
under eq_bigr do rewrite step.
rewrite big_split /= sumr_const card_ord -[A0 *+ _]mulr_natl => /eqP; rewrite addr_eq0 => /eqP E.
by rewrite -mulrN -E mulrA mulVf ?mul1r // pnatr_eq0 -lt0n.
Qed.

(* (25), for neighbours in sorted order *)
Corollary advantage_neighbours (t t' : 'I_N) : t' = t.+1 :> nat ->
  advantage K (lstat_of alpha K r) (u t') - advantage K (lstat_of alpha K r) (u t) =
    (x t' - x t) * (N%:R / N.-1%:R * elevated alpha K N.-1 t).
Proof.
move=> tt; rewrite !advantage_closed_form opprB addrA subrK tt /running big_ord_recr /=.
by rewrite addrAC subrr add0r.
Qed.
End ClosedForm.

(* max@K, eq. (24): e_t^(n) = C(t, K-1) / C(n-1, K-1). *)
Lemma elevated_max (F : realFieldType) K n t : (0 < K)%N ->
  elevated (fun j => (j == K.-1)%:R : F) K n t = 'C(t, K.-1)%:R / 'C(n.-1, K.-1)%:R.
Proof.
move=> K0; have K1 : (K.-1 < K)%N by rewrite prednK.
rewrite /elevated (bigD1 (Ordinal K1)) //= eqxx subnn bin0 muln1 mul1r big1 ?addr0 // => j.
by rewrite -val_eqE /= => /negbTE ->; rewrite !mul0r.
Qed.
