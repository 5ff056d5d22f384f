(* The bounds (54) and (74) in two formats: float64 added up one after the other, and float32 added up by a library.

   1.01 N tiny is what underflow can add: where no product is subnormal, nothing. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums residuals rounded_advantages.
Local Open Scope R_scope.

(* float64, one term after the other, up to ten million rewards. *)
Theorem float64_within r weight n g g_abs omega scale :
  (0 < n)%nat -> INR (S n) <= 10000000 ->
  (forall t, (t <= n)%nat -> generic_format radix2 (FLT_exp (-1074) 53) (r t)) ->
  (forall t, (t < n)%nat -> r t <= r (S t)) ->
  (forall t, (t < n)%nat -> Rabs (g t) <= g_abs t) ->
  (forall t, (t < n)%nat -> Rabs (weight t - g t) <= omega * g_abs t) ->
  0 <= omega <= 6 * u 53 ->
  (forall m, (m <= n)%nat -> Rabs (centred_sum n (abs_term r g_abs) m) <= scale) ->
  forall m, (m <= n)%nat ->
  Rabs (centred (-1074) 53 (fun _ => corrected (-1074) 53) r weight n m - centred_sum n (exact_term r g) m) <=
  15.1 * u 53 * scale + 1.01 * INR (S n) * tiny (-1074).
Proof.
intros n0 nN Fr rs gg wg [o0 o6] sc m mn.
assert (U : u 53 = / 9007199254740992) by (unfold u; simpl; lra).
pose (gamma := 1.1103 / 1000000000).
assert (G : INR n * u 53 <= gamma * (1 - INR n * u 53)).
  rewrite S_INR in nN; rewrite U; unfold gamma; lra.
assert (K : (1 + u 53) * gamma ^ 2 <= 0.0112 * u 53) by (rewrite U; unfold gamma; lra).
assert (K0 : 0 <= (1 + u 53) * gamma ^ 2) by (rewrite U; unfold gamma; lra).
assert (s0 : 0 <= scale) by (apply Rle_trans with (2 := sc 0%nat (Nat.le_0_l n)); apply Rabs_pos).
assert (H := centred_within (-1074) 53 ltac:(lia) (fun _ => corrected (-1074) 53) r weight n g g_abs omega
  ((1 + u 53) * gamma ^ 2) scale n0 Fr rs gg wg o0 K0
  (right_corrected (-1074) 53 ltac:(lia) ltac:(lia) n gamma G ltac:(unfold gamma; lra)) sc
  ltac:(rewrite U; lra) ltac:(rewrite U in *; lra) o6 m mn).
apply Rle_trans with (1 := H); apply Rplus_le_compat_r, Rmult_le_compat_r; lra.
Qed.

(* float32, sums of a library within 13 roundings of the sizes (made by halving), up to six thousand rewards. *)
Theorem float32_within sums r weight n g g_abs omega scale :
  (0 < n)%nat -> INR (S n) <= 6000 ->
  (forall m x, (m <= n)%nat -> (forall t, (t <= m)%nat -> generic_format radix2 (FLT_exp (-149) 24) (x t)) ->
     forall t, (t <= m)%nat -> generic_format radix2 (FLT_exp (-149) 24) (sums m x t) /\
     Rabs (sums m x t - sum x (S t)) <= 13.01 * u 24 * sum (size x) (S m)) ->
  (forall t, (t <= n)%nat -> generic_format radix2 (FLT_exp (-149) 24) (r t)) ->
  (forall t, (t < n)%nat -> r t <= r (S t)) ->
  (forall t, (t < n)%nat -> Rabs (g t) <= g_abs t) ->
  (forall t, (t < n)%nat -> Rabs (weight t - g t) <= omega * g_abs t) ->
  0 <= omega <= 6 * u 24 ->
  (forall m, (m <= n)%nat -> Rabs (centred_sum n (abs_term r g_abs) m) <= scale) ->
  forall m, (m <= n)%nat ->
  Rabs (centred (-149) 24 (by_residuals (-149) 24 sums) r weight n m - centred_sum n (exact_term r g) m) <=
  16 * u 24 * scale + 1.01 * INR (S n) * tiny (-149).
Proof.
intros n0 nN lib Fr rs gg wg [o0 o6] sc m mn.
assert (U : u 24 = / 16777216) by (unfold u; simpl; lra).
assert (N0 := pos_INR (S n)).
assert (K : 0 <= leaves 24 (13.01 * u 24) n <= 0.16 * u 24).
  unfold leaves; rewrite U; cbv zeta; set (N := INR (S n)) in *; split; lra.
assert (s0 : 0 <= scale) by (apply Rle_trans with (2 := sc 0%nat (Nat.le_0_l n)); apply Rabs_pos).
assert (H := centred_within (-149) 24 ltac:(lia) (by_residuals (-149) 24 sums) r weight n g g_abs omega
  (leaves 24 (13.01 * u 24) n) scale n0 Fr rs gg wg o0 (proj1 K)
  (right_by_residuals (-149) 24 ltac:(lia) ltac:(lia) sums n (13.01 * u 24) ltac:(rewrite U; lra) lib) sc
  ltac:(rewrite U; lra) ltac:(rewrite U in *; lra) o6 m mn).
apply Rle_trans with (1 := H); apply Rplus_le_compat_r, Rmult_le_compat_r; lra.
Qed.
