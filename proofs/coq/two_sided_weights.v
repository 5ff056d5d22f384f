(* Max@K and min@K of few rewards, section 11.15, from rewards to advantages and score weights, nothing assumed of weights.

     side t i   fl(e fl(t f / d)), the weight of a gap with t of the n + 1 ranks on its one side; e is power i of max_weights.v
     f, d       1 and n for advantages, K and (n + 1) n for score weights: whole numbers, and so is t f

   Nothing underflows in a weight: e is zero, or at least 2^-60, and a share at least 1/240. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating rounded_advantages dekker both_sides max_weights.
Local Open Scope R_scope.

Local Notation format := (generic_format radix2 (FLT_exp (-1074) 53)).
Local Notation fl := (floating.fl (-1074) 53).
Local Notation u := (u 53).
Local Notation tiny := (tiny (-1074)).

Section Weights.
Variables n K f d : nat.
Definition side t i : R := fl (power n K i * fl (INR (t * f) / INR d)).
Definition exact_side t i : R := exact n K i * (INR (t * f) / INR d).

Hypothesis sizes : (0 < K <= n)%nat /\ (n <= 15)%nat.
Hypothesis factors : (0 < f)%nat /\ (0 < d <= 240)%nat.

Let n_small : INR n <= 10000000.
Proof. assert (H : INR n <= INR 15) by (apply le_INR; lia); simpl in H; lra. Qed.

Lemma exact_large i : (i <= n - K)%nat -> bpow radix2 (-60) <= exact n K i.
Proof.
intros p; apply Rle_trans with ((/ 16) ^ i).
  apply Rle_trans with ((/ 16) ^ 15); [simpl; lra|].
  rewrite !pow_inv; apply Rinv_le_contravar; [apply pow_lt; lra|apply Rle_pow; [lra|lia]].
induction i as [|i IH]; simpl; [lra|].
destruct (factor n K ltac:(lia) n_small i ltac:(lia)) as (xy & _ & _).
assert (y16 : y n i <= 16) by (apply Rle_trans with (INR 16); [apply le_INR; lia|simpl; lra]).
assert (/ 16 <= / y n i) by (apply Rinv_le_contravar; lra).
assert (r : / 16 <= x n K i / y n i) by (rewrite <- (Rmult_1_l (/ 16)); apply Rmult_le_compat; lra).
rewrite (Rmult_comm (exact n K i)); apply Rmult_le_compat; [lra|apply pow_le; lra|exact r|apply IH; lia].
Qed.

(* So no computed weight is negative, and sums are made from both sides. *)
Theorem power_few i : (i < n)%nat -> 0 <= power n K i /\ Rabs (power n K i - exact n K i) <= 2.1 * u * exact n K i.
Proof.
intros ni; destruct (Nat.le_gt_cases i (n - K)) as [L|L].
  assert (e0 := exact_large i L); assert (B := bpow_gt_0 radix2 (-60)).
  assert (bpow radix2 (-1021) <= bpow radix2 (-60)) by (apply bpow_le; lia).
  destruct (power_right n K ltac:(lia) n_small i ni) as [_ P]; specialize (P ltac:(lra)); split; [|exact P].
  rewrite uE in P; apply Rabs_le_inv in P; lra.
destruct (beyond n K ltac:(lia) i L) as [P ->]; replace (power n K i) with 0; [rewrite Rminus_0_r, Rabs_R0; lra|].
destruct i as [|i]; [lia|]; unfold power; rewrite P; destruct (Rle_dec 0 nothing) as [_|H]; [reflexivity|].
exfalso; assert (N := nothing_gt_0); lra.
Qed.

Theorem side_right t i : (0 < t)%nat -> (i < n)%nat ->
  0 <= exact_side t i /\ Rabs (side t i - exact_side t i) <= 4.2 * u * exact_side t i.
Proof.
intros t0 ni; assert (U := uE); destruct (power_few i ni) as [_ P]; unfold side, exact_side.
assert (one : 1 <= INR (t * f)) by (apply (le_INR 1); nia).
assert (d1 : 1 <= INR d) by (apply (le_INR 1); lia); assert (d240 : INR d <= 240).
  apply Rle_trans with (INR 240); [apply le_INR; lia|rewrite INR_IZR_INZ; simpl; lra].
set (s := INR (t * f) / INR d).
assert (s0 : / 240 <= s).
  unfold s, Rdiv; rewrite <- (Rmult_1_l (/ 240)); apply Rmult_le_compat; try lra; apply Rinv_le_contravar; lra.
destruct (Nat.le_gt_cases i (n - K)) as [L|L].
  assert (e0 := exact_large i L); set (e := exact n K i) in *; assert (B := bpow_gt_0 radix2 (-60)).
  set (p := power n K i) in *; assert (small : bpow radix2 (-1022) <= bpow radix2 (-70)) by (apply bpow_le; lia).
  assert (b70 : bpow radix2 (-70) = bpow radix2 (-60) * / 1024).
    change (-70)%Z with (-60 + -10)%Z; rewrite bpow_plus; simpl; lra.
  assert (B1 : bpow radix2 (-60) <= 1) by (apply (bpow_le radix2 (-60) 0); lia).
  assert (S := fl_normal s); rewrite (Rabs_pos_eq s) in S by lra; specialize (S ltac:(lra)); set (h := fl s) in *.
  assert (h0 : / 250 <= h) by (rewrite U in S; apply Rabs_le_inv in S; lra).
  assert (p0 : 0.99 * e <= p) by (rewrite U in P; apply Rabs_le_inv in P; lra).
  assert (es : 0 <= e * s) by (apply Rmult_le_pos; lra); split; [exact es|].
  assert (ph : bpow radix2 (-1022) <= p * h).
    apply Rle_trans with (1 := small); rewrite b70; apply Rle_trans with (0.99 * e * / 250); [lra|apply Rmult_le_compat; lra].
  assert (F := fl_normal (p * h)); rewrite (Rabs_pos_eq (p * h)) in F by (assert (H := bpow_gt_0 radix2 (-1022)); lra).
  specialize (F ph); set (w := fl (p * h)) in *.
  assert (D : Rabs (p * h - e * s) <= 3.101 * u * (e * s)).
    replace (p * h - e * s) with ((p - e) * h + e * (h - s)) by ring.
    apply Rle_trans with (1 := Rabs_triang _ _); rewrite !Rabs_mult, (Rabs_pos_eq h), (Rabs_pos_eq e) by lra.
    assert (A1 : Rabs (p - e) * h <= 2.1 * u * e * (1.0001 * s)).
      apply Rmult_le_compat; [apply Rabs_pos|lra|exact P|]; rewrite U in S; apply Rabs_le_inv in S; lra.
    assert (A2 : e * Rabs (h - s) <= e * (u * s)) by (apply Rmult_le_compat_l; lra).
    rewrite U in *; lra.
  replace (w - e * s) with ((w - p * h) + (p * h - e * s)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  set (es' := e * s) in *; apply Rabs_le_inv in D as D'; rewrite U in *; lra.
destruct (beyond n K ltac:(lia) i L) as [_ E]; rewrite E, Rmult_0_r, Rminus_0_r in P; rewrite E, !Rmult_0_l, Rmult_0_r; split; [lra|].
assert (Z : power n K i = 0) by (apply Rabs_le_inv in P; lra).
rewrite Z, Rmult_0_l, fl_id by apply generic_format_0; rewrite Rminus_0_r, Rabs_R0; lra.
Qed.
End Weights.

(* Gap t has t + 1 ranks below it. Of max@K its e is that of place n - 1 - t, of min@K of place t. *)
Section Answers.
Variables (place : nat -> nat) (r : nat -> R) (n K f d : nat).
Definition few m : R :=
  two_sided (-1074) 53 r (fun t => side n K f d (S t) (place t)) (fun t => side n K f d (n - t) (place t)) n m.

Variables (c : nat) (scale : R).
Hypothesis place_small : forall t, (t < n)%nat -> (place t < n)%nat.
Hypothesis sizes : (0 < K <= n)%nat /\ (n <= 15)%nat.
Hypothesis factors : (0 < f)%nat /\ (0 < d <= 240)%nat.
Hypothesis share_of : (f * (S n * n) = c * d)%nat.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Let g t : R := exact_extreme_weight n K c (place t).
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (centred_sum n (exact_term r g) m) <= scale.

Let same t i : INR t / INR (S n) * exact_extreme_weight n K c i = exact_side n K f d t i.
Proof.
unfold exact_side, exact_extreme_weight; rewrite mult_INR.
assert (n0 : INR n <> 0) by (apply not_0_INR; lia); assert (N0 : INR (S n) <> 0) by (apply not_0_INR; lia).
assert (d0 : INR d <> 0) by (apply not_0_INR; lia).
assert (E : INR f * (INR (S n) * INR n) = INR c * INR d) by (rewrite <- !mult_INR; f_equal; exact share_of).
replace (INR f) with (INR c * INR d / (INR (S n) * INR n)).
  field; repeat split; assumption.
rewrite <- E; field; split; assumption.
Qed.

Theorem few_within m : (m <= n)%nat ->
  Rabs (few m - centred_sum n (exact_term r g) m) <= 13.21 * u * scale + 1.01 * INR (S n) * tiny.
Proof.
intros mn; assert (U := uE).
assert (g0 : forall t, (t < n)%nat -> 0 <= g t).
  intros t tn; destruct (side_right n K f d sizes factors n (place t) ltac:(lia) (place_small t tn)) as [H _].
  rewrite <- same in H; fold (g t) in H; assert (0 < INR n / INR (S n)).
    apply Rmult_lt_0_compat; [apply lt_0_INR; lia|apply Rinv_0_lt_compat, lt_0_INR; lia].
  apply Rmult_le_reg_l with (INR n / INR (S n)); lra.
assert (H := two_sided_within (-1074) 53 eq_refl r (fun t => side n K f d (S t) (place t)) (fun t => side n K f d (n - t) (place t)) n
  g g (4.2 * u) scale ltac:(lia) r_format r_sorted).
apply Rle_trans with ((4.2 * u + 9.01 * u) * scale + 1.01 * INR (S n) * tiny); [|lra].
apply H; try assumption; try (rewrite U; lra).
- intros t tn; rewrite Rabs_pos_eq by (apply g0; exact tn); lra.
- intros t tn; unfold share_below, g; rewrite same; apply side_right; [exact sizes|exact factors|lia|apply place_small; exact tn].
- intros t tn; unfold share_above, g; rewrite same; apply side_right; [exact sizes|exact factors|lia|apply place_small; exact tn].
Qed.
End Answers.

(* (54) with 13.21 u in place of 16: advantages A of max@K and min@K, and score weights K/N A. *)
Section MaxAndMin.
Variables (place : nat -> nat) (r : nat -> R) (n K : nat) (scale : R).
Hypothesis place_is : place = (fun t => n - 1 - t)%nat \/ place = (fun t => t).
Hypothesis sizes : (0 < K <= n)%nat /\ (n <= 15)%nat.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Let A m : R := centred_sum n (exact_term r (fun t => exact_extreme_weight n K (S n) (place t))) m.
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (A m) <= scale.

Let place_small t : (t < n)%nat -> (place t < n)%nat.
Proof. destruct place_is as [-> | ->]; lia. Qed.

Theorem few_advantages m : (m <= n)%nat ->
  Rabs (few place r n K 1 n m - A m) <= 13.21 * u * scale + 1.01 * INR (S n) * tiny.
Proof. apply few_within; try assumption; lia. Qed.

Theorem few_score_weights m (share := INR K / INR (S n)) : (m <= n)%nat ->
  Rabs (few place r n K K (S n * n) m - share * A m) <= 13.21 * u * (share * scale) + 1.01 * INR (S n) * tiny.
Proof.
assert (N0 : 0 < INR (S n)) by (apply lt_0_INR; lia); assert (n0 : 0 < INR n) by (apply lt_0_INR; lia).
assert (E : forall k, centred_sum n (exact_term r (fun t => exact_extreme_weight n K K (place t))) k = share * A k).
  intros k; unfold A, centred_sum.
  set (h := exact_term r (fun t => exact_extreme_weight n K (S n) (place t))).
  assert (T : forall l, sum (exact_term r (fun t => exact_extreme_weight n K K (place t))) l = share * sum h l).
    intros l; rewrite <- sum_scaled; apply sum_eq; intros t _; unfold h, share, exact_term, exact_extreme_weight; field; lra.
  rewrite T, (sum_eq _ _ (S n) (fun t _ => T t)), sum_scaled; unfold Rdiv; ring.
assert (share0 : 0 <= share) by (apply Rmult_le_pos; [apply pos_INR|apply Rlt_le, Rinv_0_lt_compat; exact N0]).
intros mn; rewrite <- E; apply few_within; try assumption; try nia.
intros k kn; rewrite E, Rabs_mult, (Rabs_pos_eq share) by exact share0; apply Rmult_le_compat_l; [exact share0|apply scale_right; exact kn].
Qed.
End MaxAndMin.
