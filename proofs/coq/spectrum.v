(* The derivative of an objective by its spectrum: towards a score s of mean zero, with x_0 <= .. <= x_M a list of the
   rewards and F(y) the mass of the rewards up to y,

     J' = - sum_t (x_(t+1) - x_t) K b_alpha(F(x_t)) sum_(b : r_b <= x_t) p_b s_b.

   So it depends on K b_alpha alone: ways of writing one objective, eq. (5), have the same unbiased estimators. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets expectation unbiased polarisation estimators gap_form closed_form population.
From Ordergrad Require Import bernstein same_objective nonexistence.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma tail_step (F : realFieldType) K (alpha : nat -> F) m : (m < K)%N -> tail K alpha m = alpha m + tail K alpha m.+1.
Proof.
move=> mK; rewrite /tail (bigD1 (Ordinal mK)) //=; congr (_ + _).
by apply: eq_bigl => j; rewrite -val_eqE /= ltn_neqAle eq_sym andbC.
Qed.

(* The rewards in order, as the closed forms of a population want them. *)
Lemma sorted_rewards (F : realFieldType) (X : finType) (r : X -> F) : (0 < #|X|)%N -> exists x : nat -> F,
  (forall i j, (i <= j <= #|X|.-1)%N -> x i <= x j) /\ (forall a, exists2 m, (m <= #|X|.-1)%N & r a = x m).
Proof.
move=> X0; have [u [x [u_inj ux xs]]] := ranked_exists r; exists x; split=> [i j /andP[ij jM]|a].
  by apply: xs; rewrite ij -(prednK X0) ltnS.
have [v vK uK] : bijective u by apply: inj_card_bij; rewrite ?card_ord.
by exists (v a); rewrite ?uK -?ux ?uK // -ltnS prednK.
Qed.

Section Spectrum.
Variables (F : realFieldType) (X : finType) (r p s : X -> F).
Hypothesis p1 : total p = 1.
Hypothesis s0 : centred p s.
Variables (M : nat) (x : nat -> F).
Hypothesis x_sorted : forall i j, (i <= j <= M)%N -> x i <= x j.
Hypothesis rx : forall a, exists2 m, (m <= M)%N & r a = x m.
Implicit Types (K : nat) (alpha beta : nat -> F).

(* A draw known to be up to y takes b_alpha(F(y)) off what the ranks beyond y weigh. *)
Lemma layer_known k alpha (b : bool) y :
  layer r p k.+1 alpha k b y = layer r p k.+1 alpha k 0 y - b%:R * (bernstein k.+1 alpha).[mass r p y].
Proof.
case: b; rewrite /= ?mul0r ?subr0 // mul1r /bernstein horner_sum /layer -sumrB; apply: eq_bigr => m _ /=.
have E (C P a T : F) : C * P * T = C * P * (a + T) - a * C * P.
  by rewrite mulrDr [a * C]mulrC [C * a * P]mulrAC addrAC subrr add0r.
rewrite add0n add1n hornerZ hornerM hornerXn horner_exp hornerD hornerN hornerX hornerC.
rewrite (tail_step _ (ltn_ord m)).
exact: E.
Qed.

Theorem derivative_spectrum K alpha :
  derivative K (outcome_statistic r K alpha) p s =
  - \sum_(t < M) (x t.+1 - x t) *
    ((K%:R *: bernstein K alpha).[mass r p (x t)] * mass r (fun b => p b * s b) (x t)).
Proof.
case: K => [|k].
  rewrite /derivative /expect big1 => [|y _]; last by rewrite big_ord0 !mulr0.
  by rewrite big1 ?oppr0 // => t _; rewrite scale0r horner0 mul0r mulr0.
rewrite (derivative_inclusion r p1); set B := bernstein _ _.
pose common := x 0%N * tail k.+1 alpha 0 + \sum_(t < M) (x t.+1 - x t) * layer r p k.+1 alpha k 0 (x t).
transitivity (\sum_b (p b * s b) * (k.+1%:R * common) -
              \sum_b \sum_(t < M) (x t.+1 - x t) * ((k.+1%:R *: B).[mass r p (x t)] * (if r b <= x t then p b * s b else 0))).
  rewrite -sumrB; apply: eq_bigr => b _; rewrite (inclusion_closed_form p1 _ _ x_sorted rx) /layers.
  under eq_bigr do rewrite layer_known mulrBr.
  rewrite sumrB addrA -/common mulrBr mulrBr; congr (_ - _); rewrite !mulr_sumr; apply: eq_bigr => t _.
  rewrite hornerZ -/B; case: ifP => _; last by rewrite mul0r !mulr0.
  by rewrite mul1r mulrC [k.+1%:R * (_ * _)]mulrCA -mulrA.
rewrite -mulr_suml (_ : \sum_b p b * s b = 0) ?mul0r ?sub0r; last exact: s0.
congr (- _); rewrite exchange_big; apply: eq_bigr => t _ /=.
by rewrite -mulr_sumr -mulr_sumr /mass -big_mkcond.
Qed.
End Spectrum.

(* (5) and unbiasedness: *)
Theorem same_derivative (F : realFieldType) (X : finType) (r p s : X -> F) K K' (alpha beta : nat -> F) :
  total p = 1 -> centred p s -> same K K' alpha beta ->
  derivative K (outcome_statistic r K alpha) p s = derivative K' (outcome_statistic r K' beta) p s.
Proof.
move=> p1 s0 /same_objective E; have X0 : (0 < #|X|)%N.
  rewrite lt0n; apply/negP => /eqP/card0_eq X0; move/eqP: p1; rewrite /total big_pred0 //.
  by rewrite eq_sym oner_eq0.
have [x [xs rx]] := sorted_rewards r X0.
by rewrite !(derivative_spectrum p1 s0 xs rx) E.
Qed.
