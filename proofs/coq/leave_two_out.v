(* MaxPO's leave-two-out advantage is the canonical one: eqs. (41), (43), (44)
   and (45), for every 0 < K < N and every function T of the subsets of a batch,
   the maximum or not. S' ranges over sets of K - 1 members.

     (41)  h_i = q_i - E[U(S') | i not in S']
               = E[T(S' + i) - U(S') | i not in S'],
           with U any function of sets of K - 1 members
     (43)  A_i = h_i - 1/(N-1) sum_{j <> i} h_j on the batch without i
     (44)  A_i = 1/(N-1) sum_{j <> i} E[T(S' + i) - T(S' + j) | i, j not in S']
     (45)  A_i = q_i - v^(-i)                                               *)

From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section LeaveTwoOut.
Variables (F : fieldType) (I : finType).
Hypothesis char0 : [char F] =i pred0.
Variables (K : nat) (T U : {set I} -> F).
Notation N := #|I|.
Implicit Types (i j : I).

(* h_i, and h_j on the batch without i. *)
Definition improvement i : F :=
  include_one K T i - mean (draws_without K.-1 i) U.
Definition improvement_without i j : F :=
  mean [set S in draws_without K i | j \in S] T - mean (draws_without2 K.-1 i j) U.

(* (43) *)
Definition maxpo i : F :=
  improvement i - N.-1%:R^-1 * \sum_(j | j != i) improvement_without i j.

(* (44) *)
Definition pairwise i : F :=
  N.-1%:R^-1 * \sum_(j | j != i)
    mean (draws_without2 K.-1 i j) (fun S => T (i |: S) - T (j |: S)).

Hypothesis K_gt0 : (0 < K)%N.
Hypothesis KN : (K < N)%N.

Let N1_gt0 : (0 < N.-1)%N.
Proof. by move: (leq_ltn_trans K_gt0 KN); case: #|I| => [|[|n]]. Qed.
Let K1N : (K.-1 <= N.-1)%N.
Proof. by rewrite -!subn1 leq_sub2r // ltnW. Qed.
Let K1N2 : (K.-1 <= N.-2)%N.
Proof. by move: K_gt0 KN; case: K => // k _; case: #|I| => [|[|n]]. Qed.

Let ratio (a b c d : nat) (x : F) : (a * b = d * c)%N -> (0 < d)%N ->
  a%:R^-1 * (d%:R * x / b%:R) = x / c%:R.
Proof.
move=> ab d0; rewrite [LHS]mulrC -[LHS]mulrA -invfM -natrM mulnC ab natrM -mulf_div divff ?mul1r //.
exact: nat_neq0.
Qed.

(* A mean over S without i is the mean over j of the means over S without i and j, *)
Lemma mean_without2 i (G : {set I} -> F) :
  N.-1%:R^-1 * (\sum_(j | j != i) mean (draws_without2 K.-1 i j) G) =
  mean (draws_without K.-1 i) G.
Proof.
rewrite [in RHS]/mean card_draws_without.
under eq_bigr => j ji do rewrite /mean card_draws_without2 1?eq_sym //.
rewrite -mulr_suml sum_draws_without2; apply: ratio; first exact: mul_bin_down.
by rewrite subn_gt0; move: K_gt0 KN; case: K => // k _; case: #|I|.
Qed.

(* and a set without i is some j and a set without i and j. *)
Lemma mean_add2 i (G : {set I} -> F) :
  N.-1%:R^-1 * (\sum_(j | j != i) mean (draws_without2 K.-1 i j) (fun S => G (j |: S))) =
  leave_one_out K G i.
Proof.
rewrite /leave_one_out [in RHS]/mean card_draws_without.
under eq_bigr => j ji do rewrite /mean card_draws_without2 1?eq_sym //.
rewrite -mulr_suml -[in RHS](prednK K_gt0) sum_draws_add2.
by apply: ratio => //; exact: mul_bin_diag.
Qed.

(* q_i is the mean of T(S' + i). *)
Lemma include_one_add i :
  include_one K T i = mean (draws_without K.-1 i) (fun S => T (i |: S)).
Proof.
move: K_gt0; case: K => // k _ /=.
by rewrite /include_one /mean draws_add card_draws_with card_draws_without.
Qed.

(* (41), second form *)
Theorem improvement_added i :
  improvement i = mean (draws_without K.-1 i) (fun S => T (i |: S) - U S).
Proof. by rewrite /improvement include_one_add -mulrBl -sumrB. Qed.

Lemma improvement_without_added i j : j != i ->
  improvement_without i j = mean (draws_without2 K.-1 i j) (fun S => T (j |: S) - U S).
Proof.
move=> ji; rewrite /improvement_without /mean.
have add (R : Type) (idx : R) (op : Monoid.com_law idx) (G : {set I} -> R) :
    \big[op/idx]_(S in [set S in draws_without K i | j \in S]) G S =
    \big[op/idx]_(S in draws_without2 K.-1 i j) G (j |: S).
  rewrite draws_without2C -[in LHS](prednK K_gt0) -(draws_add2 _ _ _ ji).
  by apply: eq_bigl => S; rewrite inE.
have -> : #|[set S in draws_without K i | j \in S]| = #|draws_without2 K.-1 i j|.
  by rewrite -sum1_card (add _ _ addn_comoid) sum1_card.
by rewrite add -mulrBl -sumrB.
Qed.

(* (44) = (45) *)
Theorem pairwise_canonical i : pairwise i = advantage K T i.
Proof.
rewrite /pairwise /advantage include_one_add -mean_without2 -mean_add2 -mulrBr -sumrB.
by congr (_ * _); apply: eq_bigr => j _; rewrite -mulrBl -sumrB.
Qed.

(* (43) = (45) *)
Theorem maxpo_canonical i : maxpo i = advantage K T i.
Proof.
rewrite -pairwise_canonical /maxpo /pairwise improvement_added -mean_without2 -mulrBr -sumrB.
congr (_ * _); apply: eq_bigr => j ji; rewrite improvement_without_added // -mulrBl -sumrB.
by congr (_ / _); apply: eq_bigr => S _; rewrite opprB addrA subrK.
Qed.

End LeaveTwoOut.
