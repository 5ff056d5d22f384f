(* Weights of gaps from both sides that are exact ones rounded once, section 11.15: from rewards to advantages and score
   weights of any objective. Nothing underflows in a weight that is zero or at least 2^-1010, divided by N <= 64.

   Of max@K and min@K nothing is assumed of weights: e_t is zero, or at least 2^-378. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating rounded_advantages dekker both_sides max_weights.
Local Open Scope R_scope.

Local Notation format := (generic_format radix2 (FLT_exp (-1074) 53)).
Local Notation fl := (floating.fl (-1074) 53).
Local Notation u := (u 53).
Local Notation tiny := (tiny (-1074)).

Section Answers.
Variables (r g g_abs : nat -> R) (n : nat) (scale : R).
Definition few m : R := two_sided (-1074) 53 r (fun t => fl (share_below n g t)) (fun t => fl (share_above n g t)) n m.

Hypothesis n_few : (0 < n <= 63)%nat.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis g_abs_right : forall t, (t < n)%nat -> Rabs (g t) <= g_abs t.
Hypothesis g_normal : forall t, (t < n)%nat -> g t = 0 \/ bpow radix2 (-1010) <= Rabs (g t).
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (centred_sum n (abs_term r g_abs) m) <= scale.

Let rounded_once i t : (t < n)%nat -> (0 < i)%nat -> Rabs (fl (INR i / INR (S n) * g t) - INR i / INR (S n) * g t) <= u * (INR i / INR (S n) * g_abs t).
Proof.
intros tn i0; assert (N0 : 0 < INR (S n)) by (apply lt_0_INR; lia); assert (N64 : INR (S n) <= INR 64) by (apply le_INR; lia).
assert (i1 : 1 <= INR i) by (apply (le_INR 1); lia); simpl (INR 64) in N64; assert (U := uE).
assert (s : / 64 <= INR i / INR (S n)).
  unfold Rdiv; rewrite <- (Rmult_1_l (/ 64)); apply Rmult_le_compat; try lra; apply Rinv_le_contravar; lra.
set (h := INR i / INR (S n)) in *; assert (A := g_abs_right t tn).
apply Rle_trans with (u * Rabs (h * g t)).
  destruct (g_normal t tn) as [->|B].
    rewrite Rmult_0_r, fl_id by apply generic_format_0; rewrite Rminus_0_r, Rabs_R0; lra.
  apply fl_normal; rewrite Rabs_mult, (Rabs_pos_eq h) by lra.
  assert (E : bpow radix2 (-1010) = bpow radix2 (-1022) * 4096).
    change (-1010)%Z with (-1022 + 12)%Z; rewrite bpow_plus; simpl; lra.
  assert (P := bpow_gt_0 radix2 (-1022)); apply Rle_trans with (/ 64 * Rabs (g t)); [lra|].
  apply Rmult_le_compat_r; [apply Rabs_pos|exact s].
rewrite Rabs_mult, (Rabs_pos_eq h) by lra; apply Rmult_le_compat_l; [rewrite U; lra|]; apply Rmult_le_compat_l; lra.
Qed.

Theorem few_within m : (m <= n)%nat ->
  Rabs (few m - centred_sum n (exact_term r g) m) <= 10.01 * u * scale + 1.01 * INR (S n) * tiny.
Proof.
intros mn; assert (U := uE).
assert (H := two_sided_within (-1074) 53 eq_refl r (fun t => fl (share_below n g t)) (fun t => fl (share_above n g t)) n
  g g_abs u scale n_few r_format r_sorted g_abs_right).
apply Rle_trans with ((u + 9.01 * u) * scale + 1.01 * INR (S n) * tiny); [|lra].
apply H; try assumption; try (rewrite U; lra).
- intros t tn; apply rounded_once; lia.
- intros t tn; apply rounded_once; lia.
Qed.
End Answers.

(* (54) with 10.01 u in place of 16: advantages A of max@K and min@K, and score weights K/N A. *)
Section MaxAndMin.
Variables (place : nat -> nat) (r : nat -> R) (n K : nat) (scale : R).
Hypothesis place_is : place = (fun t => n - 1 - t)%nat \/ place = (fun t => t).
Hypothesis sizes : (0 < K <= n)%nat /\ (n <= 63)%nat.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Let weight c t : R := exact_extreme_weight n K c (place t).
Let A m : R := centred_sum n (exact_term r (weight (S n))) m.
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (A m) <= scale.

Let n_small : INR n <= 10000000.
Proof. assert (H : INR n <= INR 63) by (apply le_INR; lia); simpl in H; lra. Qed.

Let exact_large i : (i <= n - K)%nat -> bpow radix2 (-378) <= exact n K i.
Proof.
intros p; apply Rle_trans with ((/ 64) ^ i).
  apply Rle_trans with ((/ 64) ^ 63); [|rewrite !pow_inv; apply Rinv_le_contravar; [apply pow_lt; lra|apply Rle_pow; [lra|lia]]].
  rewrite pow_inv; replace 64 with (bpow radix2 6) by (simpl; lra).
  assert (B : forall j, (bpow radix2 6) ^ j = bpow radix2 (6 * Z.of_nat j)).
    induction j as [|j IH]; [reflexivity|]; cbn [pow]; rewrite IH, <- bpow_plus; f_equal; lia.
  rewrite B, <- bpow_opp; apply bpow_le; lia.
induction i as [|i IH]; simpl; [lra|].
destruct (factor n K ltac:(lia) n_small i ltac:(lia)) as (xy & _ & _).
assert (y64 : y n i <= 64) by (apply Rle_trans with (INR 64); [apply le_INR; lia|simpl; lra]).
assert (/ 64 <= / y n i) by (apply Rinv_le_contravar; lra).
assert (q : / 64 <= x n K i / y n i) by (rewrite <- (Rmult_1_l (/ 64)); apply Rmult_le_compat; lra).
rewrite (Rmult_comm (exact n K i)); apply Rmult_le_compat; [lra|apply pow_le; lra|exact q|apply IH; lia].
Qed.

Let weight_right c t : (0 < c)%nat -> (t < n)%nat -> 0 <= weight c t /\ (weight c t = 0 \/ bpow radix2 (-1010) <= Rabs (weight c t)).
Proof.
intros c0 tn; unfold weight, exact_extreme_weight; assert (pn : (place t < n)%nat) by (destruct place_is as [-> | ->]; lia).
assert (c1 : 1 <= INR c) by (apply (le_INR 1); lia); assert (n1 : 1 <= INR n) by (apply (le_INR 1); lia).
assert (n63 : INR n <= INR 63) by (apply le_INR; lia); simpl (INR 63) in n63.
assert (q : / 64 <= / INR n <= 1) by (split; [apply Rinv_le_contravar; lra|rewrite <- Rinv_1; apply Rinv_le_contravar; lra]).
destruct (Nat.le_gt_cases (place t) (n - K)) as [L|L].
  assert (e := exact_large _ L); assert (B := bpow_gt_0 radix2 (-378)); set (h := exact n K (place t)) in *.
  assert (E : bpow radix2 (-378) * / 64 <= h * INR c / INR n).
    unfold Rdiv; apply Rmult_le_compat; try lra; rewrite <- (Rmult_1_r (bpow radix2 (-378))); apply Rmult_le_compat; lra.
  assert (F : bpow radix2 (-1010) <= bpow radix2 (-378) * / 64).
    replace (/ 64) with (bpow radix2 (-6)) by (simpl; lra); rewrite <- bpow_plus; apply bpow_le; lia.
  assert (P := bpow_gt_0 radix2 (-1010)); split; [lra|right; rewrite Rabs_pos_eq; lra].
destruct (beyond n K ltac:(lia) _ L) as [_ ->]; unfold Rdiv; rewrite !Rmult_0_l; split; [lra|left; reflexivity].
Qed.

Let answers c s m : (0 < c)%nat -> (forall k, (k <= n)%nat -> Rabs (centred_sum n (exact_term r (weight c)) k) <= s) -> (m <= n)%nat ->
  Rabs (few r (weight c) n m - centred_sum n (exact_term r (weight c)) m) <= 10.01 * u * s + 1.01 * INR (S n) * tiny.
Proof.
intros c0 sc mn; apply few_within with (g_abs := weight c); try assumption; [lia| |].
- intros t tn; rewrite Rabs_pos_eq by apply (weight_right c t c0 tn); lra.
- intros t tn; apply (weight_right c t c0 tn).
Qed.

Theorem few_advantages m : (m <= n)%nat ->
  Rabs (few r (weight (S n)) n m - A m) <= 10.01 * u * scale + 1.01 * INR (S n) * tiny.
Proof. apply answers; [lia|exact scale_right]. Qed.

Theorem few_score_weights m (share := INR K / INR (S n)) : (m <= n)%nat ->
  Rabs (few r (weight K) n m - share * A m) <= 10.01 * u * (share * scale) + 1.01 * INR (S n) * tiny.
Proof.
assert (N0 : 0 < INR (S n)) by (apply lt_0_INR; lia); assert (n0 : 0 < INR n) by (apply lt_0_INR; lia).
assert (E : forall k, centred_sum n (exact_term r (weight K)) k = share * A k).
  intros k; unfold A, centred_sum; set (h := exact_term r (weight (S n))).
  assert (T : forall l, sum (exact_term r (weight K)) l = share * sum h l).
    intros l; rewrite <- sum_scaled; apply sum_eq; intros t _; unfold h, share, exact_term, weight, exact_extreme_weight; field; lra.
  rewrite T, (sum_eq _ _ (S n) (fun t _ => T t)), sum_scaled; unfold Rdiv; ring.
assert (share0 : 0 <= share) by (apply Rmult_le_pos; [apply pos_INR|apply Rlt_le, Rinv_0_lt_compat; exact N0]).
intros mn; rewrite <- E; apply answers; [lia| |exact mn].
intros k kn; rewrite E, Rabs_mult, (Rabs_pos_eq share) by exact share0; apply Rmult_le_compat_l; [exact share0|apply scale_right; exact kn].
Qed.
End MaxAndMin.
