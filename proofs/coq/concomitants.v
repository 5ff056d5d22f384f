(* Selected by a score, valued by a reward: eq. (76) without ties, for every alpha and 0 < K < N.

   Samples are numbered by the rank of their score; y_i is the reward of rank i, in any order.

     (75)  T(S) = sum_{i in S} alpha_(number of members of S below i) y_i
     (76)  A_(t+1) - A_(t) = (y_(t+1) - y_t) N/(N-1) e_t^(N-1)

   With y = x sorted, T is the L-statistic of gap_form.v (lstat_rank there). The advantages of this T are centred by
   advantage_centred, as those of any T; and unbiased by advantage_unbiased, whose h is any function of K draws. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets advantage gap_form.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Concomitants.
Variables (F : realFieldType) (N K : nat) (alpha y : nat -> F).
Implicit Types (S : {set 'I_N}) (i a b : 'I_N).

Definition concomitant S : F := \sum_(i in S) alpha (below S i) * y i.

Hypothesis K_gt0 : (0 < K)%N.
Hypothesis KN : (K < N)%N.
Variables a b : 'I_N.
Hypothesis ba : b = a.+1 :> nat.
Local Notation T := concomitant.

Let ab : a != b.
Proof. by apply/eqP => ab; move: ba; rewrite ab => /n_Sn. Qed.

(* Changing a into its successor b moves one reward by the signed gap. *)
Lemma concomitant_step S : S \in draws_without2 K.-1 a b ->
  T (b |: S) - T (a |: S) = (y b - y a) * alpha (below S a).
Proof.
rewrite !inE => /andP[/andP[_ aS] bS].
have Sb : below S b = below S a.
  rewrite !belowE; apply: eq_bigr => i iS; rewrite ba ltnS leq_eqVlt.
  by have [/val_inj ia|] := eqP; rewrite ?ia ?(negbTE aS) // in iS.
rewrite /T !big_setU1 //= !below_add // !ltnn !add0n Sb opprD addrACA.
have -> : \sum_(i in S) alpha (below (b |: S) i) * y i =
          \sum_(i in S) alpha (below (a |: S) i) * y i.
  apply: eq_bigr => i iS; rewrite !below_add //; congr (alpha (nat_of_bool _ + _) * _).
  rewrite ba [LHS]ltn_neqAle -ba; case: eqP => // /val_inj bi.
  by rewrite bi iS in bS.
by rewrite subrr addr0 -mulrBr mulrC.
Qed.

Let ratio m d c : (0 < c)%N -> (N.-1 * m = d * c)%N ->
  m%:R / c%:R = d%:R / N.-1%:R :> F.
Proof.
move=> c0 nm; have N1 : (0 < N.-1)%N by move: (leq_ltn_trans K_gt0 KN); case: N => [|[]].
by apply/eqP; rewrite eqr_div ?pnatr_eq0 -?lt0n // -!natrM mulnC nm.
Qed.

Lemma exchange_concomitant : exchange K T a b =
  (y b - y a) * ('C(N.-2, K.-1)%:R * elevated alpha K N.-1 a).
Proof.
rewrite -(sum_alpha_below alpha K_gt0 KN ba) mulr_sumr.
by apply: eq_bigr => S; apply: concomitant_step.
Qed.

(* q_(t+1) - q_t *)
Theorem concomitant_include_one_gap :
  include_one K T b - include_one K T a =
    (N - K)%:R / N.-1%:R * ((y b - y a) * elevated alpha K N.-1 a).
Proof.
rewrite (include_one_exchange T ab K_gt0) exchange_concomitant card_ord.
rewrite -(@ratio 'C(N.-2, K.-1) _ 'C(N.-1, K.-1)).
- by rewrite [in LHS]mulrCA [LHS]mulrAC.
- by rewrite bin_gt0 -!subn1 leq_sub2r // ltnW.
- by rewrite mul_bin_down -!subn1 subnBA ?subnK // (leq_trans K_gt0) // ltnW.
Qed.

(* v^(-t) - v^(-(t+1)) *)
Theorem concomitant_leave_one_out_gap :
  leave_one_out K T a - leave_one_out K T b =
    K%:R / N.-1%:R * ((y b - y a) * elevated alpha K N.-1 a).
Proof.
rewrite (leave_one_out_exchange T ab K_gt0) exchange_concomitant card_ord.
rewrite -(@ratio 'C(N.-2, K.-1) _ 'C(N.-1, K)).
- by rewrite [in LHS]mulrCA [LHS]mulrAC.
- by rewrite bin_gt0 -ltnS prednK // (leq_ltn_trans _ KN).
- by rewrite mul_bin_diag prednK.
Qed.

(* (76) without ties *)
Theorem concomitant_gap :
  advantage K T b - advantage K T a =
    (y b - y a) * (N%:R / N.-1%:R * elevated alpha K N.-1 a).
Proof.
rewrite /advantage opprD opprK addrACA [- _ + _]addrC.
rewrite concomitant_include_one_gap concomitant_leave_one_out_gap.
by rewrite -mulrDl -mulrDl -natrD subnK 1?ltnW // mulrCA.
Qed.
End Concomitants.
