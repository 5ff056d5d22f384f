(* The bound (58) on what plain loops achieve: the algorithm of section 9.1 with nothing compensated, sums from the left.

     centred (fun _ => plain)   running sums of fl(fl(r_(t+1) - r_t) weight_t), less their mean

   The weights are within omega of those under the absolute rank weights, and zeta: what underflows on the way to them.
   range is r_n - r_0, N = n + 1 the number of rewards. What an addition rounds off is a change of the term that is added. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums rounded_advantages.
Local Open Scope R_scope.

(* What moves by d at most from rank to rank is within n d / 2 of its mean. *)
Lemma centred_steps e n d : 0 <= d -> (forall m, (m < n)%nat -> Rabs (e (S m) - e m) <= d) ->
  forall m, (m <= n)%nat -> Rabs (e m - sum e (S n) / INR (S n)) <= INR n / 2 * d.
Proof.
intros d0 step m mn; set (N := INR (S n)); assert (N0 : 0 < N) by (apply lt_0_INR; lia).
assert (apart : forall k j, (k <= j <= n)%nat -> Rabs (e j - e k) <= (INR j - INR k) * d).
  intros k j [kj jn]; induction j as [|j IH].
    replace k with O by lia; unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra.
  apply Nat.le_succ_r in kj; destruct kj as [kj| ->]; [|unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra].
  assert (H := IH kj ltac:(lia)); assert (H1 := step j ltac:(lia)); rewrite S_INR.
  replace (e (S j) - e k) with ((e (S j) - e j) + (e j - e k)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
pose (far k := Rabs (INR m - INR k)).
assert (apart' : forall k, (k < S n)%nat -> Rabs (e m - e k) <= d * far k).
  intros k kn; unfold far; destruct (Nat.le_ge_cases k m) as [km|mk].
    assert (H := apart k m ltac:(lia)); assert (H1 : INR k <= INR m) by (apply le_INR; lia).
    rewrite (Rabs_pos_eq (INR m - INR k)) by lra; lra.
  assert (H := apart m k ltac:(lia)); assert (H1 : INR m <= INR k) by (apply le_INR; lia).
  rewrite Rabs_minus_sym, (Rabs_minus_sym (INR m)), (Rabs_pos_eq (INR k - INR m)) by lra; lra.
assert (F : sum far (S n) <= N * (INR n / 2)).
  assert (G : forall j, (j <= S n)%nat -> (j <= S m)%nat -> sum far j = INR j * INR m - INR j * (INR j - 1) / 2).
    induction j as [|j IH]; intros jn jm; [simpl; lra|].
    change (sum far (S j)) with (sum far j + far j); rewrite IH by lia; unfold far.
    assert (H : INR j <= INR m) by (apply le_INR; lia); rewrite Rabs_pos_eq by lra; rewrite !S_INR; nra.
  assert (G' : forall j, (S m <= j <= S n)%nat -> sum far j = INR (S m) * INR m / 2 + (INR j - 1 - INR m) * (INR j - INR m) / 2).
    intros j [mj jn]; induction j as [|j IH]; [lia|].
    apply Nat.le_succ_r in mj; destruct mj as [mj|mj].
      change (sum far (S j)) with (sum far j + far j); rewrite IH by lia; unfold far.
      assert (H : INR m <= INR j) by (apply le_INR; lia); rewrite Rabs_minus_sym, Rabs_pos_eq by lra; rewrite !S_INR; nra.
    replace (S j) with (S m) by lia; rewrite G by lia; rewrite !S_INR; nra.
  rewrite G' by lia; unfold N; rewrite !S_INR; assert (m0 := pos_INR m).
  assert (mn' : INR m <= INR n) by (apply le_INR; exact mn); nra.
apply Rmult_le_reg_l with N; [exact N0|].
rewrite <- (Rabs_pos_eq N) at 1 by lra; rewrite <- Rabs_mult.
replace (N * (e m - sum e (S n) / N)) with (sum (fun k => e m + (-1) * e k) (S n)).
  apply Rle_trans with (1 := sum_size _ _); apply Rle_trans with (sum (fun k => d * far k + 0 * 0) (S n)).
    apply sum_le; intros k kn; unfold size; replace (e m + -1 * e k) with (e m - e k) by ring.
    apply Rle_trans with (1 := apart' k kn); lra.
  rewrite sum_linear; assert (d * sum far (S n) <= d * (N * (INR n / 2))) by (apply Rmult_le_compat_l; lra); lra.
replace (sum (fun k => e m + -1 * e k) (S n)) with (sum (fun k => 1 * e m + -1 * e k) (S n)) by (apply sum_eq; intros; ring).
rewrite sum_linear, sum_const; fold N; field; lra.
Qed.

Section Format.
Variables emin prec : Z.
Hypothesis prec_gt_1 : (1 < prec)%Z.
Hypothesis emin_le_0 : (emin <= 0)%Z.
Notation format := (generic_format radix2 (FLT_exp emin prec)).
Local Notation fl := (fl emin prec).
Local Notation u := (u prec).
Local Notation tiny := (tiny emin).
Local Notation u_ge_0 := (u_ge_0 prec).
Local Notation tiny_ge_0 := (tiny_ge_0 emin).
Local Notation fl_format := (fl_format emin prec prec_gt_1).
Local Notation zero_format := (zero_format emin prec).
Local Notation fl_any := (fl_any emin prec prec_gt_1).
Local Notation fl_sub := (fl_sub emin prec prec_gt_1).
Local Notation fl_add := (fl_add emin prec prec_gt_1).
Local Notation plain := (plain emin prec).

Section Algorithm.
Variables (r weight g g_abs : nat -> R) (n : nat) (omega zeta gamma scale : R).
Local Notation term := (term emin prec r weight).
Local Notation gap_sums := (gap_sums emin prec (fun _ => plain) r weight n).
Local Notation exact := (exact_term r g).
Local Notation X := (sum (exact_term r g)).
Local Notation X_abs := (sum (abs_term r g_abs)).

Hypothesis n_gt_0 : (0 < n)%nat.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis g_abs_right : forall t, (t < n)%nat -> Rabs (g t) <= g_abs t.
Hypothesis weight_right : forall t, (t < n)%nat -> Rabs (weight t - g t) <= omega * g_abs t + zeta.
Hypothesis omega_ge_0 : 0 <= omega.
Hypothesis zeta_ge_0 : 0 <= zeta.
Hypothesis gamma_large : INR n * u <= gamma * (1 - INR n * u).
Hypothesis gamma_ge_0 : 0 <= gamma.
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (centred_sum n (abs_term r g_abs) m) <= scale.

Let N := INR (S n).
Let N_gt_0 : 0 < N. Proof. apply lt_0_INR; lia. Qed.
Let lambda := (1 + u) ^ 2 * (1 + omega) - 1.
Let scale_ge_0 : 0 <= scale.
Proof. apply Rle_trans with (2 := scale_right 0 (Nat.le_0_l n)); apply Rabs_pos. Qed.
Let lambda_ge_0 : 0 <= lambda. Proof. assert (u0 := u_ge_0); unfold lambda; nra. Qed.

(* What neither a relative error nor an addition accounts for: underflow. *)
Definition under : R := (1 + u) ^ 2 * zeta * (r n - r 0%nat) + INR n * tiny.

Lemma term_near t : (t < n)%nat ->
  Rabs (term t - exact t) <= lambda * abs_term r g_abs t + ((1 + u) ^ 2 * zeta * (r (S t) - r t) + tiny).
Proof.
intros tn; set (d := r (S t) - r t); assert (d0 : 0 <= d) by (assert (H := r_sorted t tn); unfold d; lra).
assert (u0 := u_ge_0); assert (a0 := Rle_trans _ _ _ (Rabs_pos _) (g_abs_right t tn)).
assert (H1 := fl_sub (r (S t)) (r t) (r_format (S t) ltac:(lia)) (r_format t ltac:(lia))); fold d in H1.
rewrite (Rabs_pos_eq d d0) in H1.
assert (W : Rabs (weight t) <= (1 + omega) * g_abs t + zeta).
  replace (weight t) with (g t + (weight t - g t)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); assert (H := g_abs_right t tn); assert (H' := weight_right t tn); lra.
assert (H2 := fl_any (fl d * weight t)); change (fl (fl d * weight t)) with (term t) in H2.
assert (P : Rabs (fl d * weight t - exact t) <= (u * d) * ((1 + omega) * g_abs t + zeta) + (omega * g_abs t + zeta) * d).
  unfold exact_term; fold d; replace (fl d * weight t - g t * d) with ((fl d - d) * weight t + (weight t - g t) * d) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite !Rabs_mult, (Rabs_pos_eq d d0); apply Rplus_le_compat.
    apply Rmult_le_compat; [apply Rabs_pos|apply Rabs_pos|exact H1|exact W].
  apply Rmult_le_compat_r; [exact d0|apply weight_right; exact tn].
assert (Q : Rabs (fl d * weight t) <= (1 + u) * d * ((1 + omega) * g_abs t + zeta)).
  rewrite Rabs_mult; apply Rmult_le_compat; [apply Rabs_pos|apply Rabs_pos| |exact W].
  replace (fl d) with (d + (fl d - d)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  rewrite (Rabs_pos_eq d d0); lra.
assert (Q' : u * Rabs (fl d * weight t) <= u * ((1 + u) * d * ((1 + omega) * g_abs t + zeta))) by (apply Rmult_le_compat_l; lra).
replace (term t - exact t) with ((term t - fl d * weight t) + (fl d * weight t - exact t)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); unfold lambda, abs_term; fold d; lra.
Qed.

Let err m := sum term m - X m.

Lemma range_ge_0 k m : (k <= m <= n)%nat -> r k <= r m.
Proof.
intros [km mn]; induction m as [|m IH]; [replace k with O by lia; lra|].
apply Nat.le_succ_r in km; destruct km as [km| ->]; [|lra].
assert (H := IH km ltac:(lia)); assert (H1 := r_sorted m ltac:(lia)); lra.
Qed.

Lemma under_ge_0 : 0 <= under.
Proof.
assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (n0 := pos_INR n); assert (R0 := range_ge_0 0 n ltac:(lia)).
unfold under; apply Rplus_le_le_0_compat; apply Rmult_le_pos; try lra.
apply Rmult_le_pos; [nra|exact zeta_ge_0].
Qed.

Lemma err_apart k m : (k <= m <= n)%nat -> Rabs (err m - err k) <= lambda * (X_abs m - X_abs k) + under.
Proof.
intros kmn; assert (t0 := tiny_ge_0); assert (u0 := u_ge_0).
assert (z0 : 0 <= (1 + u) ^ 2 * zeta) by (apply Rmult_le_pos; [nra|exact zeta_ge_0]).
assert (H : Rabs (err m - err k) <= lambda * (X_abs m - X_abs k) + ((1 + u) ^ 2 * zeta * (r m - r k) + (INR m - INR k) * tiny)).
  destruct kmn as [km mn]; induction m as [|m IH].
    replace k with O by lia; unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra.
  apply Nat.le_succ_r in km; destruct km as [km| ->]; [|unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra].
  assert (H := IH km ltac:(lia)); assert (H1 := term_near m ltac:(lia)); rewrite S_INR.
  unfold err in *; simpl.
  replace (sum term m + term m - (X m + exact m) - (sum term k - X k)) with
    ((sum term m - X m - (sum term k - X k)) + (term m - exact m)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
apply Rle_trans with (1 := H); unfold under; apply Rplus_le_compat_l, Rplus_le_compat.
  apply Rmult_le_compat_l; [exact z0|].
  assert (H1 := range_ge_0 0 k ltac:(lia)); assert (H2 := range_ge_0 m n ltac:(lia)); lra.
apply Rmult_le_compat_r; [exact t0|].
assert (INR m <= INR n) by (apply le_INR; lia); assert (H1 := pos_INR k); lra.
Qed.

(* All terms together, *)
Lemma size_of_terms m : (m <= n)%nat -> sum (size term) m <= (1 + lambda) * X_abs m + under.
Proof.
intros mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
assert (z0 : 0 <= (1 + u) ^ 2 * zeta) by (apply Rmult_le_pos; [nra|exact zeta_ge_0]).
assert (H : sum (size term) m <= (1 + lambda) * X_abs m + ((1 + u) ^ 2 * zeta * (r m - r 0%nat) + INR m * tiny)).
  induction m as [|m IH]; [simpl; lra|].
  assert (H := IH ltac:(lia)); assert (H1 := term_near m ltac:(lia)); rewrite S_INR; simpl.
  assert (H2 := X_apart r n g g_abs n_gt_0 r_sorted g_abs_right m (S m) ltac:(lia)); simpl in H2.
  replace (X m + exact m - X m) with (exact m) in H2 by ring.
  unfold size at 2; replace (term m) with (exact m + (term m - exact m)) by ring.
  assert (H3 := Rabs_triang (exact m) (term m - exact m)); lra.
apply Rle_trans with (1 := H); unfold under; apply Rplus_le_compat_l, Rplus_le_compat.
  apply Rmult_le_compat_l; [exact z0|]; assert (H2 := range_ge_0 m n ltac:(lia)); lra.
apply Rmult_le_compat_r; [exact t0|apply le_INR; exact mn].
Qed.

Definition whole : R := 2 * (1 + lambda) * scale + under.
Definition step : R := u * ((1 + gamma) * whole).
Definition level_of_sums : R := (1 + lambda) * scale + under + gamma * whole.
Definition in_centre : R := lambda * scale + under + INR n / 2 * step.
Definition in_total : R := gamma * level_of_sums + (u * (level_of_sums + gamma * level_of_sums) + tiny).

Let term_format : forall t, (t <= n)%nat -> format (term t).
Proof. intros; apply fl_format. Qed.

Lemma whole_right m : (m <= n)%nat -> sum (size term) m <= whole.
Proof.
intros mn; apply Rle_trans with (1 := size_of_terms m mn); unfold whole.
assert (H := X_abs_small r n g_abs scale n_gt_0 scale_right 0 m ltac:(lia)); simpl in H.
assert ((1 + lambda) * X_abs m <= (1 + lambda) * (2 * scale)) by (apply Rmult_le_compat_l; lra); lra.
Qed.

Lemma gap_sums_near m : (m <= n)%nat -> Rabs (gap_sums m - sum term m) <= gamma * sum (size term) m.
Proof.
destruct m as [|m]; intros mn; simpl gap_sums.
  simpl; unfold Rminus; rewrite Rplus_opp_r, Rabs_R0; lra.
apply (plain_sum emin prec prec_gt_1 emin_le_0 term n term_format gamma gamma_large gamma_ge_0 m); lia.
Qed.

Lemma gap_sums_format m : (m <= n)%nat -> format (gap_sums m).
Proof.
destruct m as [|m]; intros mn; simpl gap_sums; [apply zero_format|].
apply (plain_format emin prec prec_gt_1 term n term_format); lia.
Qed.

(* an addition, *)
Lemma step_right m : (m < n)%nat -> Rabs ((gap_sums (S m) - sum term (S m)) - (gap_sums m - sum term m)) <= step.
Proof.
intros mn; assert (u0 := u_ge_0); assert (W0 : 0 <= whole).
  apply Rle_trans with (2 := whole_right 0 ltac:(lia)); apply size_ge_0.
replace (gap_sums (S m) - sum term (S m) - (gap_sums m - sum term m)) with (gap_sums (S m) - (gap_sums m + term m)) by (simpl; ring).
destruct m as [|m].
  simpl; replace (term 0 - (0 + term 0)) with 0 by ring; rewrite Rabs_R0; unfold step.
  apply Rmult_le_pos; [exact u0|apply Rmult_le_pos; lra].
assert (H := fl_add _ _ (gap_sums_format (S m) ltac:(lia)) (term_format (S m) ltac:(lia))).
simpl gap_sums in *; apply Rle_trans with (1 := H); unfold step; apply Rmult_le_compat_l; [exact u0|].
assert (H1 := gap_sums_near (S m) ltac:(lia)); simpl gap_sums in H1.
assert (H2 := sum_size term (S (S m))); assert (H3 := whole_right (S (S m)) ltac:(lia)).
assert (H4 := whole_right (S m) ltac:(lia)).
replace (plain term m + term (S m)) with (sum term (S (S m)) + (plain term m - sum term (S m))) by (simpl; ring).
apply Rle_trans with (1 := Rabs_triang _ _).
assert (gamma * sum (size term) (S m) <= gamma * whole) by (apply Rmult_le_compat_l; lra); lra.
Qed.

(* and the level of the running sums. *)
Lemma level_right : sum (size gap_sums) (S n) <= N * level_of_sums.
Proof.
assert (M : sum X_abs (S n) <= N * scale).
  assert (H := scale_right 0 ltac:(lia)); unfold centred_sum in H; simpl (X_abs 0) in H; fold N in H.
  replace (0 - sum X_abs (S n) / N) with (- (sum X_abs (S n) / N)) in H by ring; rewrite Rabs_Ropp in H.
  assert (H1 := Rle_abs (sum X_abs (S n) / N)).
  replace (sum X_abs (S n)) with (N * (sum X_abs (S n) / N)) by (field; lra).
  apply Rmult_le_compat_l; lra.
apply Rle_trans with (sum (fun k => (1 + lambda) * X_abs k + 1 * (under + gamma * whole)) (S n)).
  apply sum_le; intros k kn; unfold size.
  assert (H := gap_sums_near k ltac:(lia)); assert (H1 := size_of_terms k ltac:(lia)); assert (H2 := sum_size term k).
  assert (H3 := whole_right k ltac:(lia)).
  replace (gap_sums k) with (sum term k + (gap_sums k - sum term k)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _).
  assert (gamma * sum (size term) k <= gamma * whole) by (apply Rmult_le_compat_l; lra); lra.
rewrite sum_linear, sum_const; fold N; unfold level_of_sums.
assert ((1 + lambda) * sum X_abs (S n) <= (1 + lambda) * (N * scale)) by (apply Rmult_le_compat_l; lra); lra.
Qed.

(* The bound, with every term of higher order. *)
Theorem plain_right m : (m <= n)%nat ->
  Rabs (centred emin prec (fun _ => plain) r weight n m - centred_sum n exact m) <=
  in_centre + in_total + u * (scale + (in_centre + in_total)).
Proof.
intros mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
set (M := sum gap_sums (S n) / N); set (T := plain gap_sums n).
assert (L := level_right); assert (L0 : 0 <= level_of_sums).
  apply Rmult_le_reg_l with N; [exact N_gt_0|]; rewrite Rmult_0_r; apply Rle_trans with (2 := L); apply size_ge_0.
assert (C : Rabs (gap_sums m - M - centred_sum n exact m) <= in_centre).
  assert (H := centred_small r n g g_abs scale n_gt_0 r_sorted g_abs_right scale_right err lambda under lambda_ge_0 err_apart m mn).
  pose (off k := gap_sums k - sum term k).
  assert (d0 : 0 <= step) by (apply Rle_trans with (2 := step_right 0 n_gt_0); apply Rabs_pos).
  assert (H1 := centred_steps off n step d0 step_right m mn).
  assert (E : gap_sums m - M - centred_sum n exact m = (err m - sum err (S n) / N) + (off m - sum off (S n) / N)).
    unfold M, centred_sum; fold N.
    replace (sum err (S n)) with (1 * sum (sum term) (S n) + (-1) * sum X (S n)) by (rewrite <- sum_linear; apply sum_eq; intros; unfold err; ring).
    replace (sum off (S n)) with (1 * sum gap_sums (S n) + (-1) * sum (sum term) (S n)) by (rewrite <- sum_linear; apply sum_eq; intros; unfold off; ring).
    unfold err, off; field; lra.
  rewrite E; apply Rle_trans with (1 := Rabs_triang _ _); fold N in H, H1; unfold in_centre; lra.
assert (TM : Rabs (T / N - M) <= gamma * level_of_sums).
  replace (T / N - M) with ((T - sum gap_sums (S n)) / N) by (unfold M; field; lra).
  unfold Rdiv; rewrite Rabs_mult, Rabs_inv, (Rabs_pos_eq N) by lra.
  apply Rmult_le_reg_r with N; [exact N_gt_0|]; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  apply Rle_trans with (1 := plain_sum emin prec prec_gt_1 emin_le_0 gap_sums n gap_sums_format gamma gamma_large gamma_ge_0 n (le_n n)).
  rewrite Rmult_assoc, (Rmult_comm level_of_sums); apply Rmult_le_compat_l; [exact gamma_ge_0|exact L].
assert (M1 : Rabs M <= level_of_sums).
  unfold M, Rdiv; rewrite Rabs_mult, Rabs_inv, (Rabs_pos_eq N) by lra.
  apply Rmult_le_reg_r with N; [exact N_gt_0|]; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  apply Rle_trans with (1 := sum_size _ _); lra.
assert (Q : Rabs (fl (T / N) - M) <= in_total).
  assert (H := fl_any (T / N)).
  assert (H1 : Rabs (T / N) <= level_of_sums + gamma * level_of_sums).
    replace (T / N) with (M + (T / N - M)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
  assert (u * Rabs (T / N) <= u * (level_of_sums + gamma * level_of_sums)) by (apply Rmult_le_compat_l; lra).
  replace (fl (T / N) - M) with ((fl (T / N) - T / N) + (T / N - M)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); unfold in_total; lra.
assert (B : Rabs (gap_sums m - fl (T / N) - centred_sum n exact m) <= in_centre + in_total).
  replace (gap_sums m - fl (T / N) - centred_sum n exact m) with
    ((gap_sums m - M - centred_sum n exact m) + - (fl (T / N) - M)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp; lra.
assert (A := exact_within_scale r n g g_abs scale n_gt_0 r_sorted g_abs_right scale_right m mn).
assert (F := fl_sub (gap_sums m) (fl (T / N)) (gap_sums_format m mn) (fl_format _)).
change (fl (gap_sums m - fl (T / N))) with (centred emin prec (fun _ => plain) r weight n m) in F.
assert (G : Rabs (gap_sums m - fl (T / N)) <= scale + (in_centre + in_total)).
  replace (gap_sums m - fl (T / N)) with (centred_sum n exact m + (gap_sums m - fl (T / N) - centred_sum n exact m)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (u * Rabs (gap_sums m - fl (T / N)) <= u * (scale + (in_centre + in_total))) by (apply Rmult_le_compat_l; lra).
replace (centred emin prec (fun _ => plain) r weight n m - centred_sum n exact m) with
  ((centred emin prec (fun _ => plain) r weight n m - (gap_sums m - fl (T / N))) + (gap_sums m - fl (T / N) - centred_sum n exact m)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.
End Algorithm.

(* In figures: what the weights are off by, and 2N + 4.04. *)
Theorem plain_beside r weight g g_abs n omega zeta scale :
  (0 < n)%nat -> (forall t, (t <= n)%nat -> format (r t)) -> (forall t, (t < n)%nat -> r t <= r (S t)) ->
  (forall t, (t < n)%nat -> Rabs (g t) <= g_abs t) ->
  (forall t, (t < n)%nat -> Rabs (weight t - g t) <= omega * g_abs t + zeta) ->
  0 <= omega <= (3 * INR (S n) - 0.06) * u -> 0 <= zeta ->
  u <= / 1048576 -> 5 * INR (S n) ^ 2 * u <= 1 ->
  (forall m, (m <= n)%nat -> Rabs (centred_sum n (abs_term r g_abs) m) <= scale) ->
  forall m, (m <= n)%nat ->
  Rabs (centred emin prec (fun _ => plain) r weight n m - centred_sum n (exact_term r g) m) <=
  (omega + (2 * INR (S n) + 4.04) * u) * scale + 1.01 * (zeta * (r n - r 0%nat) + INR (S n) * tiny).
Proof.
intros n0 Fr rs gg wg [o0 o3] z0 u_small N_small sc m mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
assert (s0 : 0 <= scale) by (apply Rle_trans with (2 := sc 0%nat (Nat.le_0_l n)); apply Rabs_pos).
set (q := INR (S n) * u); assert (N2 : 2 <= INR (S n)) by (apply (le_INR 2); lia).
assert (q2 : 2 * u <= q) by (unfold q; nra).
assert (qq : q ^ 2 <= u / 5) by (unfold q; replace ((INR (S n) * u) ^ 2) with (INR (S n) ^ 2 * u * u) by ring; nra).
assert (q_small : q <= 0.0005) by (destruct (Rle_or_lt q 0.0005) as [L|L]; [exact L|nra]).
assert (nu : INR n * u = q - u) by (unfold q; rewrite S_INR; ring).
pose (gamma := (q - u) * (1 + 1.01 * (q - u))).
assert (G : INR n * u <= gamma * (1 - INR n * u)) by (rewrite nu; unfold gamma; set (v := q - u); assert (0 <= v <= 0.0005) by (unfold v; lra); nra).
assert (G0 : 0 <= gamma) by (unfold gamma; apply Rmult_le_pos; lra).
assert (G1 : gamma <= q - u + 1.01 * q ^ 2) by (unfold gamma; nra).
assert (G2 : gamma <= 1.001 * q) by (unfold gamma; nra).
apply Rle_trans with (1 := plain_right r weight g g_abs n omega zeta gamma scale n0 Fr rs gg wg o0 z0 G G0 sc m mn).
set (lambda := (1 + u) ^ 2 * (1 + omega) - 1).
assert (l0 : 0 <= lambda) by (unfold lambda; nra).
assert (o3' : omega <= 3 * q - 0.06 * u) by (unfold q; lra).
assert (l1 : lambda <= omega + 2.005 * u).
  unfold lambda; assert ((1 + u) ^ 2 <= 1 + 2.0001 * u) by nra.
  assert ((1 + u) ^ 2 * (1 + omega) <= (1 + 2.0001 * u) * (1 + omega)) by (apply Rmult_le_compat_r; lra).
  assert (u * omega <= u * 0.0015) by (apply Rmult_le_compat_l; lra); lra.
assert (l2 : lambda <= 4.01 * q) by lra.
set (v := under r n zeta); assert (v0 : 0 <= v) by (eapply under_ge_0; eassumption).
pose (a := q * scale); pose (b := u * scale); pose (c := q ^ 2 * scale).
assert (a0 : 0 <= a) by (apply Rmult_le_pos; lra). assert (b0 : 0 <= b) by (apply Rmult_le_pos; lra).
assert (c0 : 0 <= c) by (apply Rmult_le_pos; [apply pow2_ge_0|exact s0]).
assert (cb : c <= b / 5) by (unfold c, b; replace (u * scale / 5) with (u / 5 * scale) by lra; apply Rmult_le_compat_r; assumption).
assert (ls : lambda * scale <= omega * scale + 2.005 * b).
  unfold b; replace (omega * scale + 2.005 * (u * scale)) with ((omega + 2.005 * u) * scale) by ring.
  apply Rmult_le_compat_r; assumption.
assert (os : omega * scale <= 3 * a - 0.06 * b).
  unfold a, b; replace (3 * (q * scale) - 0.06 * (u * scale)) with ((3 * q - 0.06 * u) * scale) by ring.
  apply Rmult_le_compat_r; assumption.
assert (ls0 : 0 <= lambda * scale) by (apply Rmult_le_pos; assumption).
assert (small : forall z, 0 <= z -> 0 <= q * z <= 0.0005 * z).
  intros z z1; split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; assumption].
assert (smallu : forall z, 0 <= z -> 0 <= u * z <= / 1048576 * z).
  intros z z1; split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; assumption].
assert (withg : forall z, 0 <= z -> 0 <= gamma * z <= 1.001 * (q * z)).
  intros z z1; split; [apply Rmult_le_pos; lra|]; rewrite <- Rmult_assoc; apply Rmult_le_compat_r; assumption.
assert (qb := small b b0).
assert (qls : q * (lambda * scale) <= 3 * c + 1.945 * (q * b)).
  replace (3 * c + 1.945 * (q * b)) with (q * (3 * a + 1.945 * b)) by (unfold a, c; ring).
  apply Rmult_le_compat_l; lra.
assert (qv := small v v0).
set (w := whole r n omega zeta scale); assert (W : w = 2 * scale + 2 * (lambda * scale) + v) by (unfold w, whole; fold v; unfold lambda; ring).
assert (w0 : 0 <= w) by lra.
assert (qw : q * w = 2 * a + 2 * (q * (lambda * scale)) + q * v) by (rewrite W; unfold a; ring).
assert (gw := withg w w0); assert (qgw := small (gamma * w) ltac:(lra)); assert (ggw := withg (gamma * w) ltac:(lra)).
assert (qa : q * a = c) by (unfold a, c; ring).
assert (qqw : q * (gamma * w) <= 1.001 * (q * (q * w))).
  rewrite <- (Rmult_assoc 1.001), (Rmult_comm 1.001), Rmult_assoc; apply Rmult_le_compat_l; lra.
assert (qqw' : q * (q * w) = 2 * c + 2 * (q * (q * (lambda * scale))) + q * (q * v)) by (rewrite qw, <- qa; ring).
assert (q1 := small (q * (lambda * scale)) ltac:(apply small; exact ls0)).
assert (q3 := small (q * v) ltac:(lra)).
set (h := INR n / 2 * step r n omega zeta gamma scale).
assert (H : h = / 2 * ((q * w - u * w) + (q * (gamma * w) - u * (gamma * w)))).
  unfold h, step; fold w; replace (INR n / 2 * (u * ((1 + gamma) * w))) with (/ 2 * (INR n * u) * ((1 + gamma) * w)) by field.
  rewrite nu; ring.
assert (uw : u * w = 2 * b + 2 * (u * (lambda * scale)) + u * v) by (rewrite W; unfold b; ring).
assert (u1 := smallu (lambda * scale) ls0); assert (u2 := smallu v v0); assert (u3 := smallu (gamma * w) ltac:(lra)).
set (l := level_of_sums r n omega zeta gamma scale).
assert (L : l = scale + lambda * scale + v + gamma * w) by (unfold l, level_of_sums; fold v; fold w; unfold lambda; ring).
assert (l3 : 0 <= l) by lra; assert (gl : gamma * l = gamma * scale + gamma * (lambda * scale) + gamma * v + gamma * (gamma * w)) by (rewrite L; ring).
assert (gs : gamma * scale <= a - b + 1.01 * c).
  unfold a, b, c; replace (q * scale - u * scale + 1.01 * (q ^ 2 * scale)) with ((q - u + 1.01 * q ^ 2) * scale) by ring.
  apply Rmult_le_compat_r; assumption.
assert (g1 := withg (lambda * scale) ls0); assert (g2 := withg v v0); assert (g3 := withg l l3).
assert (ul : u * l = b + u * (lambda * scale) + u * v + u * (gamma * w)) by (rewrite L; unfold b; ring).
assert (u4 := smallu (gamma * l) ltac:(lra)).
set (i := in_centre r n omega zeta gamma scale).
assert (I : i = lambda * scale + v + h) by (unfold i, in_centre; fold v; fold h; unfold lambda; ring).
set (t := in_total r n omega zeta gamma scale).
assert (T : t = gamma * l + u * l + u * (gamma * l) + tiny) by (unfold t, in_total; fold l; ring).
assert (h0 : 0 <= h) by (unfold h, step; fold w; apply Rmult_le_pos; [assert (0 <= INR n) by apply pos_INR; lra|apply Rmult_le_pos; [exact u0|apply Rmult_le_pos; lra]]).
assert (u5 := smallu (i + t) ltac:(lra)).
replace (u * (scale + (i + t))) with (b + u * (i + t)) by (unfold b; ring).
assert (sa := small scale s0); fold a in sa; assert (sb := smallu scale s0); fold b in sb.
assert (ua := smallu a a0); assert (ub := smallu b b0).
assert (ula : u * (lambda * scale) <= 0.003 * b).
  unfold b; rewrite <- (Rmult_assoc 0.003), (Rmult_comm 0.003), (Rmult_assoc u 0.003); apply Rmult_le_compat_l; [exact u0|lra].
assert (R0 : 0 <= zeta * (r n - r 0%nat)).
  apply Rmult_le_pos; [exact z0|assert (X := range_ge_0 r n n0 rs 0 n ltac:(lia)); lra].
assert (nt : 0 <= INR n * tiny) by (apply Rmult_le_pos; [apply pos_INR|exact t0]).
assert (V : v <= 1.0001 * (zeta * (r n - r 0%nat)) + INR n * tiny).
  unfold v, under.
  assert ((1 + u) ^ 2 <= 1.0001) by nra; rewrite (Rmult_assoc ((1 + u) ^ 2)).
  apply Rplus_le_compat_r, Rmult_le_compat_r; assumption.
assert (vt := smallu tiny t0).
assert (ub2 : forall z, z <= 0.003 * scale + 2 * v + tiny -> u * z <= 0.003 * b + 2 * (u * v) + u * tiny).
  intros z z1; unfold b; replace (0.003 * (u * scale) + 2 * (u * v) + u * tiny) with (u * (0.003 * scale + 2 * v + tiny)) by ring.
  apply Rmult_le_compat_l; assumption.
assert (u6 := ub2 (gamma * w) ltac:(lra)); assert (u7 := ub2 (gamma * l) ltac:(lra)).
assert (u8 := ub2 (i + t) ltac:(lra)).
assert (F : (omega + (2 * INR (S n) + 4.04) * u) * scale = omega * scale + 2 * a + 4.04 * b) by (unfold a, b, q; ring).
rewrite F, S_INR; lra.
Qed.

(* (58) for advantages. *)
Theorem plain_within r weight g g_abs n omega zeta scale :
  (0 < n)%nat -> (forall t, (t <= n)%nat -> format (r t)) -> (forall t, (t < n)%nat -> r t <= r (S t)) ->
  (forall t, (t < n)%nat -> Rabs (g t) <= g_abs t) ->
  (forall t, (t < n)%nat -> Rabs (weight t - g t) <= omega * g_abs t + zeta) ->
  0 <= omega <= (3 * INR (S n) - 0.06) * u -> 0 <= zeta ->
  u <= / 1048576 -> 5 * INR (S n) ^ 2 * u <= 1 ->
  (forall m, (m <= n)%nat -> Rabs (centred_sum n (abs_term r g_abs) m) <= scale) ->
  forall m, (m <= n)%nat ->
  Rabs (centred emin prec (fun _ => plain) r weight n m - centred_sum n (exact_term r g) m) <=
  (5 * INR (S n) + 3.98) * u * scale + 1.01 * (zeta * (r n - r 0%nat) + INR (S n) * tiny).
Proof.
intros n0 Fr rs gg wg o z0 u_small N_small sc m mn.
apply Rle_trans with (1 := plain_beside r weight g g_abs n omega zeta scale n0 Fr rs gg wg o z0 u_small N_small sc m mn).
apply Rplus_le_compat_r, Rmult_le_compat_r; [|lra].
apply Rle_trans with (2 := sc 0%nat (Nat.le_0_l n)); apply Rabs_pos.
Qed.
End Format.
