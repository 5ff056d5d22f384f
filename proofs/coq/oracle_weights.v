(* The oracle's rank weights are those of the definitions: eqs. (22) and (23). *)

From Coq Require Import ZArith QArith.
From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import gap_form oracle embedding.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Lemma size_pascal K n : size (pascal K n) = n.
Proof. exact: size_traject. Qed.

Lemma pascal_row K n t : (t < n)%N ->
  nth [::] (pascal K n) t = iter t next_row (first_row K).
Proof.
by move=> tn; rewrite (set_nth_default (first_row K)) ?size_pascal // nth_traject.
Qed.

Lemma size_row K n t : (0 < K)%N -> (t < n)%N -> size (nth [::] (pascal K n) t) = K.
Proof.
move=> K0 tn; rewrite pascal_row //.
by elim: t {tn} => [|t IH]; rewrite /= ?size_pairmap // size_nseq prednK.
Qed.

(* Row t holds C(t, j). *)
Lemma pascalE K n t j : (t < n)%N -> (j < K)%N ->
  nth Z0 (nth [::] (pascal K n) t) j = Z.of_nat 'C(t, j).
Proof.
move=> tn jK; have K0 : (0 < K)%N := leq_ltn_trans (leq0n _) jK.
elim: t tn j jK => [|t IH] tn j jK.
  by rewrite pascal_row //=; case: j jK => //= j _; rewrite nth_nseq if_same.
rewrite pascal_row //= -(pascal_row _ (ltnW tn)) (nth_pairmap Z0) ?size_row // 1?ltnW //.
rewrite (IH (ltnW tn)) //; case: j jK => [|j] jK; first by rewrite !bin0.
by rewrite /= (IH (ltnW tn)) 1?ltnW // binS -Nat2Z.inj_add plusE addnC.
Qed.

Section Weights.
Variable F : realFieldType.
Notation ofQ := (ofQ F).
Notation ofZ := (ofZ F).

Lemma dotE K (alpha : seq Q) row wor : size alpha = K -> size row = K -> size wor = K ->
  ofQ (dot alpha row wor) =
  \sum_(j < K) ofQ (nth q0 alpha j) * (ofZ (nth Z0 row j) * ofZ (nth Z0 wor j)).
Proof.
elim: alpha row wor K => [|a alpha IH] [|c row] [|d wor] K; try by move=> <-.
  by move=> <-; rewrite big_ord0 ofQ_nat.
move=> <- [rK] [wK]; rewrite big_ord_recl /= ofQD ofQM ofQ_Z ofZM; congr (_ + _).
exact: IH.
Qed.

Section Elevate.
Variable alpha : seq Q.
Notation K := (size alpha).
Hypothesis K_gt0 : (0 < K)%N.

Lemma size_elevate n : size (elevate alpha n) = n.
Proof. by rewrite size_map size_zip size_rev size_pascal minnn. Qed.

(* (22) *)
Theorem oracle_elevate n t : (t < n)%N ->
  ofQ (nth q0 (elevate alpha n) t) = elevated (fun j => ofQ (nth q0 alpha j)) K n t.
Proof.
move=> tn; rewrite (nth_map ([::], [::])) ?size_zip ?size_rev ?size_pascal ?minnn //.
rewrite nth_zip ?size_rev // nth_rev size_pascal //= ofQ_div ofQ_Z pascalE ?prednK //; last first.
  exact: leq_ltn_trans tn.
have nt : (n - t.+1 < n)%N by rewrite ltn_subrL (leq_ltn_trans _ tn).
rewrite (@dotE K) ?size_rev ?size_row // ofZ_nat mulr_suml; apply: eq_bigr => j _.
have Kj : (K - j.+1 < K)%N by rewrite ltn_subrL K_gt0.
rewrite nth_rev size_row // (pascalE tn (ltn_ord j)) (pascalE nt Kj) !ofZ_nat -natrM.
by rewrite !subnS !predn_sub.
Qed.

(* (23) *)
Theorem oracle_rank_weights n t : (t < n)%N ->
  ofQ (nth q0 (rank_weights alpha n) t) =
  K%:R / n%:R * elevated (fun j => ofQ (nth q0 alpha j)) K n t.
Proof.
by move=> tn; rewrite (nth_map q0) ?size_elevate // ofQM ofQ_div !ofQ_nat oracle_elevate.
Qed.

Lemma size_rank_weights n : size (rank_weights alpha n) = n.
Proof. by rewrite size_map size_elevate. Qed.
End Elevate.
End Weights.
