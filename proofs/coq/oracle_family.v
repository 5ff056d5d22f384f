(* The oracle computes the max@K family of section 8, for every list of rewards, in any order and with ties. *)

From Coq Require Import ZArith QArith.
From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets advantage leave_two_out gap_form.
From Ordergrad Require Import oracle embedding oracle_weights oracle_batch.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma size_maximum K : (0 < K)%N -> size (maximum K) = K.
Proof. by move=> K0; rewrite size_rcons size_nseq prednK. Qed.

Section Family.
Variables (F : realFieldType) (l : seq Q).
Notation ofQ := (ofQ F).
Notation N := (size l).
Implicit Types (K : nat) (i : 'I_N).

Definition T K := @statistic F (maximum K) l.
Notation r := (@batch F l).

(* It is the largest of K: see lstat_max. *)
Lemma maximumE K : (0 < K)%N -> T K =1 lstat_of (fun j => (j == K.-1)%:R) K r.
Proof.
move=> K0 S; rewrite /T /statistic /lstat_of size_maximum // /lstat; apply: eq_bigr => j _.
congr (_ * _); rewrite /maximum nth_rcons nth_nseq size_nseq if_same.
have [jK|] := ltnP j K.-1; first by rewrite ltn_eqF // ofQ_nat.
by rewrite fun_if !ofQ_nat; case: eqP.
Qed.

Section Of.
Variable K : nat.
Hypothesis K_gt0 : (0 < K)%N.

(* (39) *)
Theorem oracle_pkpo i : (K <= N)%N ->
  ofQ (nth q0 (pkpo K l) i) = K%:R / N%:R * include_one K (T K) i.
Proof.
have sK := size_maximum K_gt0; move=> KN.
have sq : size (inclusion (maximum K) l) = N.
  by rewrite /inclusion; case: ifP; rewrite ?size_nseq // size_map size_advantage.
rewrite (nth_map q0) ?sq // ofQM ofQ_div !ofQ_nat oracle_inclusion sK ?K_gt0 //.
Qed.

Let size_inclusion k : size (inclusion (maximum k) l) = N.
Proof. by rewrite /inclusion; case: ifP; rewrite ?size_nseq // size_map size_advantage. Qed.

Let size_leave_one_out k : size (leave_one_out (maximum k) l) = N.
Proof. by rewrite size_map size_advantage. Qed.

(* (40) *)
Theorem oracle_pkpo_loo i : (K < N)%N ->
  ofQ (nth q0 (pkpo_loo K l) i) =
  K%:R / N%:R * include_one K (T K) i - K%:R / N.-1%:R * subsets.leave_one_out K (T K) i.
Proof.
move=> KN; have sK := size_maximum K_gt0.
have sp : size (pkpo K l) = N by rewrite size_map size_inclusion.
rewrite (nth_map (q0, q0)) ?size_zip ?sp ?size_leave_one_out ?minnn //.
rewrite nth_zip ?sp ?size_leave_one_out //= ofQB oracle_pkpo 1?ltnW // ofQM ofQ_div !ofQ_nat.
by rewrite oracle_leave_one_out sK.
Qed.

(* (41) *)
Theorem oracle_improvement i : (K <= N)%N ->
  ofQ (nth q0 (improvement K l) i) = leave_two_out.improvement K (T K) (T K.-1) i.
Proof.
have sK := size_maximum K_gt0; move=> KN; rewrite /leave_two_out.improvement /improvement.
case: eqP => [K1|/eqP K1].
  rewrite oracle_inclusion sK ?K_gt0 // K1 /= [X in _ - X](_ : _ = 0) ?subr0 //.
  rewrite /mean big1 ?mul0r // => S; rewrite !inE => /andP[/eqP/cards0_eq -> _].
  by rewrite /T /statistic /lstat_of enum_set0 /lstat big1 // => j _; rewrite nth_nil mulr0.
have K10 : (0 < K.-1)%N by rewrite -subn1 subn_gt0 ltn_neqAle eq_sym K1.
rewrite (nth_map (q0, q0)) ?size_zip ?size_inclusion ?size_leave_one_out ?minnn //.
rewrite nth_zip ?size_inclusion ?size_leave_one_out //= ofQB oracle_inclusion sK ?K_gt0 //.
by rewrite oracle_leave_one_out size_maximum // prednK.
Qed.

(* (42) *)
Theorem oracle_pkpo_loo_minus_one i : (K <= N)%N ->
  ofQ (nth q0 (pkpo_loo_minus_one K l) i) =
  K%:R / N%:R * leave_two_out.improvement K (T K) (T K.-1) i.
Proof.
move=> KN; have sh : size (improvement K l) = N.
  by rewrite /improvement; case: ifP; rewrite ?size_map ?size_zip ?size_inclusion ?size_leave_one_out ?minnn.
by rewrite (nth_map q0) ?sh // ofQM ofQ_div !ofQ_nat oracle_improvement.
Qed.

(* (45), *)
Theorem oracle_canonical i : (K < N)%N ->
  ofQ (nth q0 (canonical K l) i) = subsets.advantage K (T K) i.
Proof. by move=> KN; rewrite oracle_advantage size_maximum. Qed.

(* (43) *)
Theorem oracle_maxpo i : (K < N)%N ->
  ofQ (nth q0 (canonical K l) i) = maxpo K (T K) (T K.-1) i.
Proof. by move=> KN; rewrite oracle_canonical // (maxpo_canonical (char_num F)) ?card_ord. Qed.

(* (46) *)
Theorem oracle_subset_mean_baseline i : (K <= N)%N ->
  ofQ (nth q0 (subset_mean_baseline K l) i) = include_one K (T K) i - subsets.value K (T K).
Proof.
move=> KN; rewrite (nth_map q0) ?size_inclusion // ofQB oracle_inclusion size_maximum ?K_gt0 //.
by rewrite oracle_value size_maximum.
Qed.

(* (53) *)
Theorem oracle_pass_at_k : (K <= N)%N -> ofQ (pass_at_k K l) = subsets.value K (T K).
Proof. by move=> KN; rewrite oracle_value size_maximum. Qed.
End Of.

(* (50) is (41) at K = N. *)
Theorem oracle_runner_up_gap i :
  ofQ (nth q0 (runner_up_gap l) i) = leave_two_out.improvement N (T N) (T N.-1) i.
Proof. by apply: oracle_improvement => //; apply: leq_ltn_trans (ltn_ord i). Qed.

Lemma oracle_sum : ofQ (qsum l) = \sum_j r j.
Proof. by rewrite ofQ_sum (big_nth q0) big_mkord. Qed.

(* (47) *)
Theorem oracle_rloo i :
  ofQ (nth q0 (rloo l) i) = r i - (\sum_(j | j != i) r j) / N.-1%:R.
Proof.
rewrite (nth_map q0) // ofQB ofQ_div ofQB oracle_sum ofQ_nat; congr (_ - _ / _).
by rewrite (bigD1 i) //= -/(r i) addrAC subrr add0r.
Qed.

(* (48) *)
Theorem oracle_dr_grpo i : ofQ (nth q0 (dr_grpo l) i) = r i - (\sum_j r j) / N%:R.
Proof. by rewrite (nth_map q0) // ofQB ofQ_div oracle_sum ofQ_nat. Qed.

(* (51) *)
Theorem oracle_maxrl i : let m : F := (\sum_j r j) / N%:R in
  ofQ (nth q0 (maxrl l) i) = if m == 0 then 0 else (r i - m) / m.
Proof.
move=> m; have mE : ofQ (qdiv (qsum l) (qnat N)) = m by rewrite ofQ_div oracle_sum ofQ_nat.
rewrite /maxrl !(ofQ_le F) mE ofQ_nat -eq_le; case: eqP => _.
  by rewrite nth_nseq ltn_ord ofQ_nat.
by rewrite (nth_map q0) // ofQ_div ofQB mE.
Qed.
End Family.
