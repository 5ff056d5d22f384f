(* The oracle computes populations: eqs. (31) to (34) for every list of rank weights, every list of rewards with
   probabilities that sum to one, in any order and with ties. *)

From Coq Require Import ZArith QArith.
From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import expectation unbiased population oracle embedding oracle_weights oracle_batch.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma sum_drop (F : realFieldType) (s : seq Q) m :
  \sum_(y <- drop m s) ofQ F y = \sum_(j < size s | (m <= j)%N) ofQ F (nth q0 s j).
Proof.
elim: s m => [|y s IH] m; first by rewrite big_ord0 big_nil.
rewrite [RHS]big_mkcond /= big_ord_recl; case: m => [|m] /=.
  by rewrite big_cons -[X in \sum_(y <- X) _](drop0 s) IH [in LHS]big_mkcond.
by rewrite add0r IH [LHS]big_mkcond.
Qed.

Section Population.
Variables (F : realFieldType) (alpha l ps : seq Q).
Notation ofQ := (ofQ F).
Notation K := (size alpha).
Notation N := (size l).
Hypothesis size_ps : size ps = N.

(* What the definitions speak of. *)
Definition reward : 'I_N -> F := @batch F l.
Definition probability : 'I_N -> F := fun i => ofQ (nth q0 ps i).
Hypothesis total_ps : total probability = 1.

Let a (j : nat) : F := ofQ (nth q0 alpha j).
Let x : seq Q := sort at_most l.
Let X (t : nat) : F := ofQ (nth q0 x t).

Lemma oracle_tail m : ofQ (oracle.tail alpha m) = population.tail K a m.
Proof. by rewrite ofQ_sum sum_drop. Qed.

Lemma oracle_mass y : ofQ (oracle.mass l ps y) = population.mass reward probability (ofQ y).
Proof.
rewrite ofQ_sum big_map big_filter (big_nth (q0, q0)) size_zip size_ps minnn big_mkord.
apply: eq_big => i; first by rewrite nth_zip //= (ofQ_le F).
by rewrite nth_zip.
Qed.

Lemma oracle_power y n : ofQ (power y n) = ofQ y ^+ n.
Proof. by elim: n => [|n IH]; rewrite ?expr0 ?exprS /= ?ofQ_nat // ofQM IH. Qed.

Lemma oracle_layer n c y :
  ofQ (oracle.layer alpha l ps n c y) = population.layer reward probability K a n c (ofQ y).
Proof.
rewrite /oracle.layer ofQ_sum big_map -[iota 0 n.+1]/(index_iota 0 n.+1) big_mkord.
apply: eq_bigr => m _; rewrite !ofQM ofQ_Z !oracle_power ofQB ofQ_nat oracle_mass oracle_tail.
by rewrite /binomials pascalE // ofZ_nat.
Qed.

Lemma oracle_layers n (c : Q -> nat) (d : F -> nat) : (forall y, c y = d (ofQ y)) ->
  ofQ (oracle.layers alpha l ps n c) =
  population.layers reward probability K a N.-1 X n d.
Proof.
move=> cd; rewrite ofQD ofQM oracle_tail; congr (_ + _).
have sz : size (zip x (behead x)) = N.-1.
  by rewrite size_zip size_behead size_sort (minn_idPr (leq_pred _)).
rewrite ofQ_sum big_map (big_nth (q0, q0)) sz big_mkord; apply: eq_bigr => t _.
rewrite nth_zip_cond sz ltn_ord /= nth_behead ofQM ofQB oracle_layer.
by rewrite cd.
Qed.

Hypothesis N_gt0 : (0 < N)%N.

Let X_sorted i j : (i <= j <= N.-1)%N -> X i <= X j.
Proof. by case/andP=> ij jN; apply: sorted_rewards; rewrite ij -(prednK N_gt0) ltnS. Qed.

Let X_all i : exists2 m, (m <= N.-1)%N & reward i = X m.
Proof.
have [mN E] := place_in F i; exists (place l (nth q0 l i)); last exact: esym E.
by rewrite -ltnS prednK.
Qed.

(* h(x_1, .., x_K) is the L-statistic of the rewards. *)
Notation h := (outcome_statistic reward K (fun j => ofQ (nth q0 alpha j))).

(* (2) by (31) *)
Theorem oracle_population_value :
  ofQ (population_value alpha l ps) = objective K h probability.
Proof.
rewrite (objective_closed_form total_ps K a X_sorted X_all).
exact: (@oracle_layers K (fun=> 0%N) (fun=> 0%N)).
Qed.

Variable k : nat.
Hypothesis sK : K = k.+1.
Notation inclusion := (expected_inclusion reward probability k (fun j => ofQ (nth q0 alpha j))).

(* (32) *)
Theorem oracle_population_inclusion (b : 'I_N) :
  ofQ (nth q0 (population_inclusion alpha l ps) b) = inclusion b.
Proof.
rewrite (inclusion_closed_form total_ps k a X_sorted X_all) (nth_map q0) // sK /=.
rewrite (@oracle_layers _ _ (fun y => (reward b <= y)%R : nat)) ?sK // => y.
by rewrite (ofQ_le F).
Qed.

Lemma size_population_inclusion : size (population_inclusion alpha l ps) = N.
Proof. exact: size_map. Qed.

(* (30) *)
Theorem oracle_population_advantage (b : 'I_N) :
  ofQ (nth q0 (population_advantage alpha l ps) b) = inclusion b - objective K h probability.
Proof.
rewrite (nth_map q0) ?size_population_inclusion // ofQB oracle_population_inclusion.
by rewrite oracle_population_value.
Qed.

(* (33): what J moves by for each p_b, *)
Theorem oracle_population_gradient s :
  derivative K h probability s =
  \sum_b probability b * s b * ofQ (nth q0 (population_gradient alpha l ps) b).
Proof.
rewrite [in LHS]sK (derivative_inclusion reward total_ps); apply: eq_bigr => b _; congr (_ * _).
rewrite (nth_map q0) ?size_population_inclusion // ofQM ofQ_nat oracle_population_inclusion sK.
by [].
Qed.

(* (34): and towards the score of a logit. *)
Theorem oracle_population_logit_gradient (b : 'I_N) :
  ofQ (nth q0 (population_logit_gradient alpha l ps) b) =
  derivative K h probability (fun a => (a == b)%:R - probability b).
Proof.
have sA : size (population_advantage alpha l ps) = N by rewrite size_map size_population_inclusion.
rewrite (nth_map (q0, q0)) ?size_zip ?size_ps ?sA ?minnn // nth_zip ?size_ps ?sA //=.
rewrite !ofQM ofQ_nat oracle_population_advantage sK.
by rewrite (derivative_logit reward total_ps).
Qed.
End Population.
