(* The bounds (54), (74) and (58) and those of other quantities in two formats: float64 added up one after the other, float32 by a library.

   1.01 N tiny is what underflow can add: where no product is subnormal, nothing. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums residuals rounded_advantages values.
Local Open Scope R_scope.

(* float64, one term after the other, up to ten million rewards, weights of any accuracy. *)
Theorem float64_relative r weight n g g_abs omega scale :
  (0 < n)%nat -> INR (S n) <= 10000000 ->
  (forall t, (t <= n)%nat -> generic_format radix2 (FLT_exp (-1074) 53) (r t)) ->
  (forall t, (t < n)%nat -> r t <= r (S t)) ->
  (forall t, (t < n)%nat -> Rabs (g t) <= g_abs t) ->
  (forall t, (t < n)%nat -> Rabs (weight t - g t) <= omega * g_abs t) ->
  0 <= omega <= 0.001 ->
  (forall m, (m <= n)%nat -> Rabs (centred_sum n (abs_term r g_abs) m) <= scale) ->
  forall m, (m <= n)%nat ->
  Rabs (centred (-1074) 53 (fun _ => corrected (-1074) 53) r weight n m - centred_sum n (exact_term r g) m) <=
  (1.0001 * omega + 9.09 * u 53) * scale + 1.01 * INR (S n) * tiny (-1074).
Proof.
intros n0 nN Fr rs gg wg [o0 os] sc m mn.
assert (U : u 53 = / 9007199254740992) by (unfold u; simpl; lra).
pose (gamma := 1.1103 / 1000000000).
assert (G : INR n * u 53 <= gamma * (1 - INR n * u 53)).
  rewrite S_INR in nN; rewrite U; unfold gamma; lra.
assert (K : (1 + u 53) * gamma ^ 2 <= 0.0112 * u 53) by (rewrite U; unfold gamma; lra).
assert (K0 : 0 <= (1 + u 53) * gamma ^ 2) by (rewrite U; unfold gamma; lra).
assert (s0 : 0 <= scale) by (apply Rle_trans with (2 := sc 0%nat (Nat.le_0_l n)); apply Rabs_pos).
assert (H := centred_relative (-1074) 53 ltac:(lia) (fun _ => corrected (-1074) 53) r weight n g g_abs omega
  ((1 + u 53) * gamma ^ 2) scale n0 Fr rs gg wg o0 K0
  (right_corrected (-1074) 53 ltac:(lia) ltac:(lia) n gamma G ltac:(unfold gamma; lra)) sc
  ltac:(rewrite U; lra) ltac:(rewrite U in *; lra) m os mn).
apply Rle_trans with (1 := H); apply Rplus_le_compat_r, Rmult_le_compat_r; lra.
Qed.

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
assert (s0 : 0 <= scale) by (apply Rle_trans with (2 := sc 0%nat (Nat.le_0_l n)); apply Rabs_pos).
apply Rle_trans with (1 := float64_relative r weight n g g_abs omega scale n0 nN Fr rs gg wg ltac:(rewrite U in o6; lra) sc m mn).
apply Rplus_le_compat_r, Rmult_le_compat_r; lra.
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
  ltac:(rewrite U; lra) ltac:(rewrite U in *; lra) m o6 mn).
apply Rle_trans with (1 := H); apply Rplus_le_compat_r, Rmult_le_compat_r; lra.
Qed.

(* Section 9.3, values: float64, one term after the other. *)
Theorem float64_value r weight o total n w w_abs T omega zeta :
  INR (S n) <= 10000000 ->
  (forall t, (t <= n)%nat -> generic_format radix2 (FLT_exp (-1074) 53) (r t)) -> generic_format radix2 (FLT_exp (-1074) 53) o ->
  (forall t, (t <= n)%nat -> Rabs (w t) <= w_abs t) ->
  (forall t, (t <= n)%nat -> Rabs (weight t - w t) <= omega * w_abs t + zeta) ->
  Rabs (total - T) <= u 53 * Rabs T -> 0 <= omega <= 0.002 -> 0 <= zeta ->
  Rabs (weighed (-1074) 53 (fun _ => corrected (-1074) 53) r weight o total n - exact_value r o n w T) <=
  (omega + 4.1 * u 53) * spread r o n w_abs T + 1.01 * (zeta * sum (far r o) (S n) + (INR (S n) + 1) * tiny (-1074)).
Proof.
intros nN Fr Fo ww wr tr os z0.
assert (U : u 53 = / 9007199254740992) by (unfold u; simpl; lra).
pose (gamma := 1.1103 / 1000000000).
assert (G : INR n * u 53 <= gamma * (1 - INR n * u 53)) by (rewrite S_INR in nN; rewrite U; unfold gamma; lra).
assert (K : 0 <= (1 + u 53) * gamma ^ 2 <= 0.0112 * u 53) by (rewrite U; unfold gamma; lra).
assert (H := value_right (-1074) 53 ltac:(lia) (fun _ => corrected (-1074) 53) r weight o total n w w_abs T omega zeta
  ((1 + u 53) * gamma ^ 2) Fr Fo ww wr tr os z0 ltac:(rewrite U in *; lra) ltac:(rewrite U; lra)
  (right_corrected (-1074) 53 ltac:(lia) ltac:(lia) n gamma G ltac:(unfold gamma; lra))).
apply Rle_trans with (1 := H); apply Rplus_le_compat_r, Rmult_le_compat_r; [|lra].
unfold spread; apply Rplus_le_le_0_compat; [apply Rabs_pos|].
apply Rle_trans with (sum (fun _ => 0) (S n)); [rewrite sum_const; lra|].
apply sum_le; intros t tn; apply Rmult_le_pos; [|apply Rabs_pos].
apply Rle_trans with (2 := ww t ltac:(lia)); apply Rabs_pos.
Qed.

(* Score weights, c = K/N: their own gap weights, so that nothing is rounded once more. *)
Theorem float64_score_weights r weight n g g_abs c omega scale :
  (0 < n)%nat -> INR (S n) <= 10000000 ->
  (forall t, (t <= n)%nat -> generic_format radix2 (FLT_exp (-1074) 53) (r t)) ->
  (forall t, (t < n)%nat -> r t <= r (S t)) ->
  (forall t, (t < n)%nat -> Rabs (g t) <= g_abs t) -> 0 <= c ->
  (forall t, (t < n)%nat -> Rabs (weight t - c * g t) <= omega * (c * g_abs t)) ->
  0 <= omega <= 0.001 ->
  (forall m, (m <= n)%nat -> Rabs (centred_sum n (abs_term r g_abs) m) <= scale) ->
  forall m, (m <= n)%nat ->
  Rabs (centred (-1074) 53 (fun _ => corrected (-1074) 53) r weight n m - c * centred_sum n (exact_term r g) m) <=
  (1.0001 * omega + 9.09 * u 53) * (c * scale) + 1.01 * INR (S n) * tiny (-1074).
Proof.
intros n0 nN Fr rs gg c0 wg os sc m mn.
assert (E : forall y z, (forall t, z t = c * y t) -> forall k, centred_sum n z k = c * centred_sum n y k).
  intros y z yz k; assert (Z : forall j, sum z j = c * sum y j) by (intros j; rewrite <- sum_scaled; apply sum_eq; intros; apply yz).
  unfold centred_sum; rewrite Z; replace (sum (sum z) (S n)) with (c * sum (sum y) (S n)).
    field; apply not_0_INR; lia.
  rewrite <- sum_scaled; apply sum_eq; intros; symmetry; apply Z.
rewrite <- (E (exact_term r g) (exact_term r (fun t => c * g t))) by (intros; unfold exact_term; ring).
apply (float64_relative r weight n (fun t => c * g t) (fun t => c * g_abs t) omega (c * scale)); try assumption.
  intros t tn; rewrite Rabs_mult, (Rabs_pos_eq c) by exact c0; apply Rmult_le_compat_l; [exact c0|apply gg; exact tn].
intros k kn; rewrite (E (abs_term r g_abs)) by (intros; unfold abs_term; ring).
rewrite Rabs_mult, (Rabs_pos_eq c) by exact c0; apply Rmult_le_compat_l; [exact c0|apply sc; exact kn].
Qed.

(* Include-one values, and on the negated rewards leave-one-out values: a value from an origin, and the gaps beyond. *)
Theorem float64_risen r level o total n w w_abs T zeta weight g g_abs omega :
  INR (S n) <= 10000000 ->
  (forall t, (t <= n)%nat -> generic_format radix2 (FLT_exp (-1074) 53) (r t)) -> generic_format radix2 (FLT_exp (-1074) 53) o ->
  (forall t, (t < n)%nat -> r t <= r (S t)) ->
  (forall t, (t <= n)%nat -> Rabs (w t) <= w_abs t) ->
  (forall t, (t <= n)%nat -> Rabs (level t - w t) <= omega * w_abs t + zeta) ->
  Rabs (total - T) <= u 53 * Rabs T ->
  (forall t, (t < n)%nat -> Rabs (g t) <= g_abs t) -> (forall t, (t < n)%nat -> Rabs (weight t - g t) <= omega * g_abs t) ->
  0 <= omega <= 0.001 -> 0 <= zeta -> forall m, (m <= n)%nat ->
  Rabs (fl (-1074) 53 (weighed (-1074) 53 (fun _ => corrected (-1074) 53) r level o total n +
    gap_sums (-1074) 53 (fun _ => corrected (-1074) 53) r weight n m) - (exact_value r o n w T + sum (exact_term r g) m)) <=
  (omega + 6 * u 53) * (spread r o n w_abs T + sum (abs_term r g_abs) m) + 1.03 * (zeta * sum (far r o) (S n) + 2 * INR (S n) * tiny (-1074)).
Proof.
intros nN Fr Fo rs ww lr tr gg wg os z0 m mn.
assert (U : u 53 = / 9007199254740992) by (unfold u; simpl; lra); assert (t0 := tiny_ge_0 (-1074)); set (e := tiny (-1074)) in *.
pose (gamma := 1.1103 / 1000000000).
assert (G : INR n * u 53 <= gamma * (1 - INR n * u 53)) by (rewrite S_INR in nN; rewrite U; unfold gamma; lra).
assert (V := float64_value r level o total n w w_abs T omega zeta nN Fr Fo ww lr tr ltac:(lra) z0); fold e in V.
set (L := weighed (-1074) 53 (fun _ => corrected (-1074) 53) r level o total n) in *.
assert (F0 : 0 <= sum (far r o) (S n)) by apply size_ge_0.
assert (zF : 0 <= zeta * sum (far r o) (S n)) by (apply Rmult_le_pos; assumption).
assert (N0 := pos_INR n); assert (Ne : 0 <= INR n * e) by (apply Rmult_le_pos; assumption).
assert (E : Rabs (exact_value r o n w T) <= spread r o n w_abs T).
  unfold exact_value, spread; apply Rle_trans with (1 := Rabs_triang _ _); apply Rplus_le_compat_l.
  apply Rle_trans with (1 := sum_size _ _); apply sum_le; intros t tn; unfold size, exact_product, size_of_product.
  rewrite Rabs_mult; apply Rmult_le_compat_r; [apply Rabs_pos|apply ww; lia].
assert (R := risen_within (-1074) 53 ltac:(lia) ltac:(lia) r weight n g g_abs L (exact_value r o n w T) (spread r o n w_abs T) omega gamma
  (1.01 * (zeta * sum (far r o) (S n) + (INR (S n) + 1) * e)) Fr rs gg wg os ltac:(rewrite U; lra) G ltac:(unfold gamma; lra)
  ltac:(rewrite U; unfold gamma; lra) (fl_format (-1074) 53 ltac:(lia) _) E ltac:(rewrite S_INR; lra) V m mn); fold e in R.
apply Rle_trans with (1 := R); apply Rplus_le_compat_l; rewrite S_INR; lra.
Qed.

(* The sizes that (58) is for. *)
Theorem plain_sizes N : 0 <= N ->
  (N <= 40000000 -> u 53 <= / 1048576 /\ 5 * N ^ 2 * u 53 <= 1) /\ (N <= 1800 -> u 24 <= / 1048576 /\ 5 * N ^ 2 * u 24 <= 1).
Proof.
intros N0; assert (U : u 53 = / 9007199254740992) by (unfold u; simpl; lra).
assert (V : u 24 = / 16777216) by (unfold u; simpl; lra); rewrite U, V.
split; intros NN; (split; [lra|]); assert (H := Rmult_le_compat N _ N _ N0 N0 NN NN); simpl; lra.
Qed.

(* What underflows is far below u there, as MaxRL and GRPO suppose. *)
Theorem plain_underflow N : 0 <= N ->
  (N <= 40000000 -> 1000 * (N * tiny (-1074)) <= u 53) /\ (N <= 1800 -> 1000 * (N * tiny (-149)) <= u 24).
Proof.
intros N0; assert (A : tiny (-1074) <= bpow radix2 (-96)) by (unfold tiny; assert (H := bpow_le radix2 (-1074) (-96) ltac:(lia)); assert (P := bpow_ge_0 radix2 (-1074)); lra).
assert (B : tiny (-149) <= bpow radix2 (-96)) by (unfold tiny; assert (H := bpow_le radix2 (-149) (-96) ltac:(lia)); assert (P := bpow_ge_0 radix2 (-149)); lra).
assert (U : u 53 = / 9007199254740992) by (unfold u; simpl; lra); assert (V : u 24 = / 16777216) by (unfold u; simpl; lra); rewrite U, V.
simpl (bpow radix2 (-96)) in *; split; intros NN; (apply Rle_trans with (1000 * (N * / 79228162514264337593543950336)); [|lra]);
  (apply Rmult_le_compat_l; [lra|apply Rmult_le_compat_l; assumption]).
Qed.
