(* The bounds on values, section 9.3, and on include-one and leave-one-out values; and (58) for values.

     weighed   fl(fl(o T) + the sum of fl(fl(r_t - o) weight_t)),   o an origin, T the sum of the weights
     risen     fl(level + the corrected sum of the terms below a rank)

   The error of a value is a share of spread = |T| |o| + sum |w_t| |r_t - o|: with o = 0, as plain loops add, of the sizes of
   its terms. Where level and terms are not negative, that of risen is a share of the answer itself. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums rounded_advantages plain_loops.
Local Open Scope R_scope.

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
Local Notation right_sums := (right_sums emin prec).

Section Value.
Variables (sums : nat -> (nat -> R) -> nat -> R) (r weight : nat -> R) (o total : R) (n : nat).

Definition product t : R := fl (fl (r t - o) * weight t).
Definition weighed : R := fl (fl (o * total) + sums n product n).

Variables (w w_abs : nat -> R) (T omega zeta kappa : R).
Definition exact_product t : R := w t * (r t - o).
Definition size_of_product t : R := w_abs t * Rabs (r t - o).
Definition far t : R := Rabs (r t - o).
Definition exact_value : R := o * T + sum exact_product (S n).
Definition spread : R := Rabs (o * T) + sum size_of_product (S n).

Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis o_format : format o.
Hypothesis w_right : forall t, (t <= n)%nat -> Rabs (w t) <= w_abs t.
Hypothesis weight_right : forall t, (t <= n)%nat -> Rabs (weight t - w t) <= omega * w_abs t + zeta.
Hypothesis total_right : Rabs (total - T) <= u * Rabs T.
Hypothesis omega_small : 0 <= omega <= 0.002.
Hypothesis zeta_ge_0 : 0 <= zeta.
Hypothesis kappa_small : 0 <= kappa <= 0.001.
Hypothesis u_small : u <= / 1048576.
Hypothesis sums_right : right_sums sums n kappa.

Lemma product_near t : (t <= n)%nat ->
  Rabs (product t - exact_product t) <= (omega + 2.005 * u) * size_of_product t + 1.0001 * zeta * far t + tiny.
Proof.
intros tn; set (d := r t - o); assert (u0 := u_ge_0); assert (H1 := fl_sub (r t) o (r_format t tn) o_format); fold d in H1.
assert (a0 := Rle_trans _ _ _ (Rabs_pos _) (w_right t tn)); assert (d0 := Rabs_pos d).
set (W := (1 + omega) * w_abs t + zeta).
assert (H2 : Rabs (weight t) <= W).
  replace (weight t) with (w t + (weight t - w t)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  assert (H := w_right t tn); assert (H' := weight_right t tn); unfold W; lra.
assert (W0 : 0 <= W) by (apply Rle_trans with (2 := H2); apply Rabs_pos).
assert (H3 := fl_any (fl d * weight t)); change (fl (fl d * weight t)) with (product t) in H3.
assert (P : Rabs (fl d * weight t - exact_product t) <= u * Rabs d * W + (omega * w_abs t + zeta) * Rabs d).
  unfold exact_product; fold d; replace (fl d * weight t - w t * d) with ((fl d - d) * weight t + (weight t - w t) * d) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite !Rabs_mult; apply Rplus_le_compat.
    apply Rmult_le_compat; [apply Rabs_pos|apply Rabs_pos|exact H1|exact H2].
  apply Rmult_le_compat_r; [exact d0|apply weight_right; exact tn].
assert (Q : Rabs (fl d * weight t) <= (1 + u) * Rabs d * W).
  rewrite Rabs_mult; apply Rmult_le_compat; [apply Rabs_pos|apply Rabs_pos| |exact H2].
  replace (fl d) with (d + (fl d - d)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (Q' : u * Rabs (fl d * weight t) <= u * ((1 + u) * Rabs d * W)) by (apply Rmult_le_compat_l; assumption).
replace (product t - exact_product t) with ((product t - fl d * weight t) + (fl d * weight t - exact_product t)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _).
unfold size_of_product, far; fold d; set (D := Rabs d) in *; set (a := w_abs t) in *.
assert (E : u * ((1 + u) * D * W) + u * D * W + (omega * a + zeta) * D =
    (((1 + u) ^ 2 - 1) * (1 + omega) + omega) * (a * D) + (1 + u) ^ 2 * (zeta * D)) by (unfold W; ring).
assert (E1 : ((1 + u) ^ 2 - 1) * (1 + omega) + omega <= omega + 2.005 * u) by nra.
assert (E2 : (1 + u) ^ 2 <= 1.0001) by nra.
assert (aD : 0 <= a * D) by (apply Rmult_le_pos; assumption). assert (zD : 0 <= zeta * D) by (apply Rmult_le_pos; assumption).
assert (F1 := Rmult_le_compat_r _ _ _ aD E1); assert (F2 := Rmult_le_compat_r _ _ _ zD E2); lra.
Qed.

Theorem value_right : Rabs (weighed - exact_value) <=
  (omega + 4.03 * u + 1.01 * kappa) * spread + 1.01 * (zeta * sum far (S n) + (INR (S n) + 1) * tiny).
Proof.
assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (N0 := pos_INR (S n)).
set (A := sum size_of_product (S n)); set (Z := zeta * sum far (S n)); set (N := INR (S n)) in *.
assert (A0 : 0 <= A).
  apply Rle_trans with (sum (fun _ => 0) (S n)); [rewrite sum_const; lra|].
  apply sum_le; intros t tn; apply Rmult_le_pos; [|apply Rabs_pos].
  apply Rle_trans with (2 := w_right t ltac:(lia)); apply Rabs_pos.
assert (Z0 : 0 <= Z).
  apply Rmult_le_pos; [exact zeta_ge_0|]; apply Rle_trans with (sum (fun _ => 0) (S n)); [rewrite sum_const; lra|].
  apply sum_le; intros t tn; apply Rabs_pos.
set (v := 1.0001 * Z + N * tiny); assert (Nt : 0 <= N * tiny) by (apply Rmult_le_pos; assumption).
assert (v0 : 0 <= v) by (unfold v; lra).
assert (errors : sum (size (fun t => product t - exact_product t)) (S n) <= (omega + 2.005 * u) * A + v).
  apply Rle_trans with (sum (fun t => 1 * ((omega + 2.005 * u) * size_of_product t + 1.0001 * zeta * far t) + 1 * tiny) (S n)).
    apply sum_le; intros t tn; unfold size; assert (H := product_near t ltac:(lia)); lra.
  rewrite sum_linear, sum_linear, sum_const; fold A N; unfold v, Z; lra.
assert (sizes : sum (size product) (S n) <= (1 + omega + 2.005 * u) * A + v).
  apply Rle_trans with (sum (fun t => 1 * size_of_product t + 1 * size (fun t => product t - exact_product t) t) (S n)).
    apply sum_le; intros t tn; unfold size, size_of_product; replace (product t) with (exact_product t + (product t - exact_product t)) at 1 by ring.
    apply Rle_trans with (1 := Rabs_triang _ _); unfold exact_product at 1; rewrite Rabs_mult.
    assert (Rabs (w t) * Rabs (r t - o) <= w_abs t * Rabs (r t - o)) by (apply Rmult_le_compat_r; [apply Rabs_pos|apply w_right; lia]); lra.
  rewrite sum_linear; fold A; lra.
set (s := sums n product n); set (B := (1 + omega + 2.005 * u) * A + v) in *.
destruct (sums_right n product (le_n n) (fun _ _ => fl_format _) n (le_n n)) as [Fs Hs]; fold s in Fs, Hs.
assert (B1 : Rabs (sum product (S n)) <= B) by (apply Rle_trans with (1 := sum_size _ _); exact sizes).
assert (S1 : Rabs (s - sum product (S n)) <= (u + kappa) * B).
  apply Rle_trans with (1 := Hs); rewrite Rmult_plus_distr_r; apply Rplus_le_compat; apply Rmult_le_compat_l; lra.
assert (S2 : Rabs (sum product (S n) - sum exact_product (S n)) <= (omega + 2.005 * u) * A + v).
  replace (sum product (S n) - sum exact_product (S n)) with (sum (fun t => product t - exact_product t) (S n)).
    apply Rle_trans with (1 := sum_size _ _); exact errors.
  replace (sum product (S n) - sum exact_product (S n)) with (1 * sum product (S n) + -1 * sum exact_product (S n)) by ring.
  rewrite <- sum_linear; apply sum_eq; intros; ring.
set (O := Rabs (o * T)); assert (O0 : 0 <= O) by apply Rabs_pos.
set (p := fl (o * total)); assert (P := fl_any (o * total)); fold p in P.
assert (P1 : Rabs (o * total - o * T) <= u * O).
  unfold O; rewrite Rabs_mult; replace (o * total - o * T) with (o * (total - T)) by ring; rewrite Rabs_mult.
  replace (u * (Rabs o * Rabs T)) with (Rabs o * (u * Rabs T)) by ring; apply Rmult_le_compat_l; [apply Rabs_pos|exact total_right].
assert (P2 : Rabs (o * total) <= (1 + u) * O).
  replace (o * total) with (o * T + (o * total - o * T)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); fold O; lra.
assert (P3 : u * Rabs (o * total) <= u * ((1 + u) * O)) by (apply Rmult_le_compat_l; assumption).
assert (P4 : Rabs (p - o * T) <= u * ((1 + u) * O) + tiny + u * O).
  replace (p - o * T) with ((p - o * total) + (o * total - o * T)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
set (e := ((omega + 2.005 * u) * A + v) + (u + kappa) * B).
assert (S3 : Rabs (s - sum exact_product (S n)) <= e).
  replace (s - sum exact_product (S n)) with ((s - sum product (S n)) + (sum product (S n) - sum exact_product (S n))) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); unfold e; lra.
assert (S4 : Rabs s <= (1 + u + kappa) * B).
  replace s with (sum product (S n) + (s - sum product (S n))) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (P5 : Rabs p <= O + (u * ((1 + u) * O) + tiny + u * O)).
  replace p with (o * T + (p - o * T)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); fold O; lra.
assert (L := fl_add p s (fl_format _) Fs); change (fl (p + s)) with weighed in L.
assert (L1 : Rabs (p + s) <= O + (u * ((1 + u) * O) + tiny + u * O) + (1 + u + kappa) * B).
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (L2 : u * Rabs (p + s) <= u * (O + (u * ((1 + u) * O) + tiny + u * O) + (1 + u + kappa) * B)) by (apply Rmult_le_compat_l; assumption).
assert (E : Rabs (weighed - exact_value) <=
    u * (O + (u * ((1 + u) * O) + tiny + u * O) + (1 + u + kappa) * B) + (u * ((1 + u) * O) + tiny + u * O) + e).
  replace (weighed - exact_value) with ((weighed - (p + s)) + ((p - o * T) + (s - sum exact_product (S n)))) by (unfold exact_value; ring).
  apply Rle_trans with (1 := Rabs_triang _ _); assert (H := Rabs_triang (p - o * T) (s - sum exact_product (S n))); lra.
apply Rle_trans with (1 := E); clear E.
assert (B2 : B <= 1.0021 * A + v) by (unfold B; assert ((1 + omega + 2.005 * u) * A <= 1.0021 * A) by (apply Rmult_le_compat_r; lra); lra).
assert (B0 : 0 <= B) by (apply Rle_trans with (2 := B1); apply Rabs_pos).
assert (uB : u * B <= u * (1.0021 * A + v)) by (apply Rmult_le_compat_l; assumption).
assert (kB : kappa * B <= kappa * (1.0021 * A + v)) by (apply Rmult_le_compat_l; lra).
assert (small : forall z, 0 <= z -> 0 <= u * z <= / 1048576 * z) by (intros z z1; split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; assumption).
assert (smallk : forall z, 0 <= z -> 0 <= kappa * z <= 0.001 * z) by (intros z z1; split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (uO := small O O0); assert (uuO := small (u * O) ltac:(lra)); assert (uA := small A A0); assert (uv := small v v0).
assert (ut := small tiny t0); assert (uB' := small B B0); assert (uuB := small (u * B) ltac:(lra)); assert (kB' := smallk B B0).
assert (kA := smallk A A0); assert (kv := smallk v v0); assert (ukB := smallk (u * B) ltac:(lra)); assert (kO := smallk O O0).
assert (ukB' : u * (kappa * B) = kappa * (u * B)) by ring.
assert (oO : 0 <= omega * O) by (apply Rmult_le_pos; lra).
assert (uuu : 0 <= u * (u * (u * O)) <= / 1048576 * (u * (u * O))) by (apply small; lra).
unfold spread; fold A O; unfold e.
replace ((omega + 4.03 * u + 1.01 * kappa) * (O + A)) with
  (omega * O + 4.03 * (u * O) + 1.01 * (kappa * O) + omega * A + 4.03 * (u * A) + 1.01 * (kappa * A)) by ring.
unfold v in *; lra.
Qed.
End Value.

(* Plain sums are right, too, up to N u and what is of second order. *)
Lemma right_plain n gamma : INR n * u <= gamma * (1 - INR n * u) -> 0 <= gamma -> right_sums (fun _ => plain emin prec) n gamma.
Proof.
intros G G0 m x mn Fx t tm; split; [apply (plain_format emin prec prec_gt_1 x m Fx t tm)|].
assert (u0 := u_ge_0); assert (nm : INR m <= INR n) by (apply le_INR; exact mn).
assert (G' : INR m * u <= gamma * (1 - INR m * u)).
  assert (INR m * u <= INR n * u) by (apply Rmult_le_compat_r; lra).
  assert (gamma * (1 - INR n * u) <= gamma * (1 - INR m * u)) by (apply Rmult_le_compat_l; lra); lra.
apply Rle_trans with (1 := plain_sum emin prec prec_gt_1 emin_le_0 x m Fx gamma G' G0 t tm).
assert (0 <= u * Rabs (sum x (S t))) by (apply Rmult_le_pos; [exact u0|apply Rabs_pos]).
assert (gamma * sum (size x) (S t) <= gamma * sum (size x) (S m)) by (apply Rmult_le_compat_l; [exact G0|apply sum_size_mono; lia]); lra.
Qed.

(* (58) for values; plain loops have o = 0. *)
Theorem plain_value r weight o total n w w_abs T omega zeta :
  (forall t, (t <= n)%nat -> format (r t)) -> format o ->
  (forall t, (t <= n)%nat -> Rabs (w t) <= w_abs t) ->
  (forall t, (t <= n)%nat -> Rabs (weight t - w t) <= omega * w_abs t + zeta) ->
  Rabs (total - T) <= u * Rabs T -> 0 <= omega <= (3 * INR (S n) + 3) * u -> 0 <= zeta ->
  u <= / 1048576 -> 5 * INR (S n) ^ 2 * u <= 1 ->
  Rabs (weighed (fun _ => plain emin prec) r weight o total n - exact_value r o n w T) <=
  (5 * INR (S n) + 6) * u * spread r o n w_abs T + 1.01 * (zeta * sum (far r o) (S n) + (INR (S n) + 1) * tiny).
Proof.
intros Fr Fo ww wr tr [o0 o1] z0 us Ns; assert (u0 := u_ge_0).
assert (n0 := pos_INR n); assert (N : INR (S n) = INR n + 1) by apply S_INR.
set (q := INR n * u); assert (q0 : 0 <= q) by (apply Rmult_le_pos; assumption).
assert (q2 : q ^ 2 <= u / 5).
  assert (INR n ^ 2 <= INR (S n) ^ 2) by (apply pow_incr; lra).
  assert (q ^ 2 = INR n ^ 2 * u * u) by (unfold q; ring).
  assert (INR n ^ 2 * u <= / 5) by (assert (INR n ^ 2 * u <= INR (S n) ^ 2 * u) by (apply Rmult_le_compat_r; assumption); lra).
  assert (INR n ^ 2 * u * u <= / 5 * u) by (apply Rmult_le_compat_r; assumption); lra.
assert (qs : q <= 0.0005) by (destruct (Rle_or_lt q 0.0005) as [L|L]; [exact L|nra]).
pose (gamma := 1.001 * q).
assert (G : INR n * u <= gamma * (1 - INR n * u)) by (fold q; unfold gamma; assert (0 <= q * (0.0005 - q)) by (apply Rmult_le_pos; lra); lra).
assert (o2 : omega <= 3 * q + 6 * u) by (unfold q; rewrite N in o1; lra).
assert (H := value_right (fun _ => plain emin prec) r weight o total n w w_abs T omega zeta gamma Fr Fo ww wr tr
  ltac:(split; lra) z0 ltac:(unfold gamma; split; lra) us (right_plain n gamma G ltac:(unfold gamma; lra))).
apply Rle_trans with (1 := H); apply Rplus_le_compat_r, Rmult_le_compat_r.
  unfold spread; apply Rplus_le_le_0_compat; [apply Rabs_pos|].
  apply Rle_trans with (sum (fun _ => 0) (S n)); [rewrite sum_const; lra|].
  apply sum_le; intros t tn; apply Rmult_le_pos; [|apply Rabs_pos].
  apply Rle_trans with (2 := ww t ltac:(lia)); apply Rabs_pos.
replace ((5 * INR (S n) + 6) * u) with (5 * q + 11 * u) by (unfold q; rewrite N; ring).
unfold gamma; lra.
Qed.

(* Include-one and leave-one-out values, level and rise: |level| within M, and weights measured by those of |alpha|. *)
Theorem risen_within r weight n g g_abs level exact_level M omega gamma b :
  (forall t, (t <= n)%nat -> format (r t)) -> (forall t, (t < n)%nat -> r t <= r (S t)) ->
  (forall t, (t < n)%nat -> Rabs (g t) <= g_abs t) -> (forall t, (t < n)%nat -> Rabs (weight t - g t) <= omega * g_abs t) ->
  0 <= omega <= 0.001 -> u <= / 1048576 -> INR n * u <= gamma * (1 - INR n * u) -> 0 <= gamma -> (1 + u) * gamma ^ 2 <= 0.02 * u ->
  format level -> Rabs exact_level <= M -> 0 <= b -> Rabs (level - exact_level) <= (omega + 4.1 * u) * M + b ->
  forall m, (m <= n)%nat ->
  Rabs (fl (level + gap_sums emin prec (fun _ => corrected emin prec) r weight n m) - (exact_level + sum (exact_term r g) m)) <=
  (omega + 6 * u) * (M + sum (abs_term r g_abs) m) + 1.01 * (b + INR n * tiny).
Proof.
intros Fr rs gg wg [o0 o1] us G G0 g2 Fl lM b0 lr m mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
assert (M0 : 0 <= M) by (apply Rle_trans with (2 := lM); apply Rabs_pos).
set (term := term emin prec r weight); set (X := sum (exact_term r g)); set (Z := sum (abs_term r g_abs)).
assert (near : forall t, (t < n)%nat -> Rabs (term t - exact_term r g t) <= (omega + 2.01 * u) * abs_term r g_abs t + tiny /\
    Rabs (exact_term r g t) <= abs_term r g_abs t).
  intros t tn; assert (d0 := rs t tn); assert (e0 : Rabs (exact_term r g t) <= abs_term r g_abs t).
    unfold exact_term, abs_term; rewrite Rabs_mult, (Rabs_pos_eq (r (S t) - r t)) by lra; apply Rmult_le_compat_r; [lra|apply gg; exact tn].
  split; [|exact e0]; assert (a0 := Rle_trans _ _ _ (Rabs_pos _) e0).
  assert (H : Rabs (term t - exact_term r g t) <= (omega + 2.005 * u) * (g_abs t * Rabs (r (S t) - r t)) + 1.0001 * 0 * Rabs (r (S t) - r t) + tiny).
    refine (product_near (fun _ => r (S t)) (fun _ => weight t) (r t) 0 (fun _ => g t) (fun _ => g_abs t) omega 0
      _ (Fr t _) _ _ _ _ us 0%nat (le_n 0)); intros; try apply Fr; try lia; try lra.
      apply gg; exact tn.
    rewrite Rplus_0_r; apply wg; exact tn.
  rewrite (Rabs_pos_eq (r (S t) - r t)) in H by lra; fold (abs_term r g_abs t) in H.
  assert (0 <= u * abs_term r g_abs t) by (apply Rmult_le_pos; assumption); lra.
assert (nt : 0 <= INR n * tiny) by (apply Rmult_le_pos; [apply pos_INR|exact t0]).
assert (both : forall k, (k <= n)%nat -> Rabs (X k) <= Z k /\ Rabs (sum term k - X k) <= (omega + 2.01 * u) * Z k + INR k * tiny /\
    sum (size term) k <= (1 + omega + 2.01 * u) * Z k + INR k * tiny).
  induction k as [|k IH]; intros kn.
    unfold X, Z; simpl; unfold Rminus; rewrite Rplus_opp_r, Rabs_R0; lra.
  destruct (IH ltac:(lia)) as (I0 & I1 & I2); destruct (near k ltac:(lia)) as [H H0]; rewrite S_INR; unfold X, Z in *; simpl.
  assert (H1 := Rabs_triang (sum term k - sum (exact_term r g) k) (term k - exact_term r g k)).
  assert (H2 := Rabs_triang (exact_term r g k) (term k - exact_term r g k)).
  assert (H3 := Rabs_triang (sum (exact_term r g) k) (exact_term r g k)).
  replace (exact_term r g k + (term k - exact_term r g k)) with (term k) in H2 by ring; unfold size at 2.
  replace (sum term k + term k - (sum (exact_term r g) k + exact_term r g k)) with
    (sum term k - sum (exact_term r g) k + (term k - exact_term r g k)) by ring.
  repeat split; lra.
destruct (both m mn) as (X0 & X1 & X2).
set (s := gap_sums emin prec (fun _ => corrected emin prec) r weight n m).
assert (S0 : format s /\ Rabs (s - sum term m) <= 1.02 * u * sum (size term) m).
  unfold s; destruct m as [|m]; simpl gap_sums.
    split; [apply zero_format|]; simpl; unfold Rminus; rewrite Rplus_opp_r, Rabs_R0; lra.
  split; [apply fl_format|].
  assert (H := corrected_sum emin prec prec_gt_1 emin_le_0 term n gamma (fun _ _ => fl_format _) G G0 m ltac:(lia)).
  apply Rle_trans with (1 := H); assert (H1 := sum_size term (S m)); assert (H2 := size_ge_0 term (S m)).
  assert (u * Rabs (sum term (S m)) <= u * sum (size term) (S m)) by (apply Rmult_le_compat_l; assumption).
  assert ((1 + u) * gamma ^ 2 * sum (size term) (S m) <= 0.02 * u * sum (size term) (S m)) by (apply Rmult_le_compat_r; assumption); lra.
destruct S0 as [Fs S1].
assert (mt : INR m * tiny <= INR n * tiny) by (apply Rmult_le_compat_r; [exact t0|apply le_INR; exact mn]).
set (x := X m) in *; set (z := Z m) in *; set (y := INR n * tiny) in *; set (l := exact_level) in *.
assert (z0 := Rle_trans _ _ _ (Rabs_pos _) X0).
assert (small : forall v, 0 <= v -> 0 <= u * v <= / 1048576 * v) by (intros v v0; split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; assumption).
assert (uz := small z z0); assert (uy := small y nt); assert (uuz := small (u * z) ltac:(lra)); assert (uM := small M M0).
assert (uuM := small (u * M) ltac:(lra)).
assert (oz : 0 <= omega * z <= 0.001 * z) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (oM : 0 <= omega * M <= 0.001 * M) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (uoz : 0 <= u * (omega * z) <= 0.001 * (u * z)).
  split; [apply Rmult_le_pos; lra|]; replace (0.001 * (u * z)) with (u * (0.001 * z)) by ring; apply Rmult_le_compat_l; lra.
assert (uoM : 0 <= u * (omega * M) <= 0.001 * (u * M)).
  split; [apply Rmult_le_pos; lra|]; replace (0.001 * (u * M)) with (u * (0.001 * M)) by ring; apply Rmult_le_compat_l; lra.
assert (S2 : Rabs (s - x) <= omega * z + 3.04 * (u * z) + 1.001 * y).
  replace (s - x) with ((s - sum term m) + (sum term m - x)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  assert (H : u * sum (size term) m <= u * (z + omega * z + 2.01 * (u * z) + y)) by (apply Rmult_le_compat_l; lra); lra.
assert (L := fl_add level s Fl Fs).
assert (B : Rabs (level + s - (l + x)) <= omega * (M + z) + 4.1 * (u * M) + 3.04 * (u * z) + b + 1.001 * y).
  replace (level + s - (l + x)) with ((level - l) + (s - x)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (C : Rabs (level + s) <= 1.002 * (M + z) + b + 1.001 * y).
  replace (level + s) with ((l + x) + (level + s - (l + x))) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  assert (H := Rabs_triang l x); lra.
assert (D : u * Rabs (level + s) <= u * (1.002 * (M + z) + b + 1.001 * y)) by (apply Rmult_le_compat_l; assumption).
assert (ub := small b b0).
replace (fl (level + s) - (l + x)) with ((fl (level + s) - (level + s)) + (level + s - (l + x))) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

(* Where nothing is negative each is right as a share of itself. *)
Corollary risen_right r weight n g level exact_level omega gamma b :
  (forall t, (t <= n)%nat -> format (r t)) -> (forall t, (t < n)%nat -> r t <= r (S t)) ->
  (forall t, (t < n)%nat -> 0 <= g t) -> (forall t, (t < n)%nat -> Rabs (weight t - g t) <= omega * g t) ->
  0 <= omega <= 0.001 -> u <= / 1048576 -> INR n * u <= gamma * (1 - INR n * u) -> 0 <= gamma -> (1 + u) * gamma ^ 2 <= 0.02 * u ->
  format level -> 0 <= exact_level -> 0 <= b -> Rabs (level - exact_level) <= (omega + 4.1 * u) * exact_level + b ->
  forall m, (m <= n)%nat ->
  Rabs (fl (level + gap_sums emin prec (fun _ => corrected emin prec) r weight n m) - (exact_level + sum (exact_term r g) m)) <=
  (omega + 6 * u) * (exact_level + sum (exact_term r g) m) + 1.01 * (b + INR n * tiny).
Proof.
intros Fr rs g0 wg o us G G0 g2 Fl l0 b0 lr m mn.
exact (risen_within r weight n g g level exact_level exact_level omega gamma b Fr rs
  (fun t tn => Req_le _ _ (Rabs_pos_eq _ (g0 t tn))) wg o us G G0 g2 Fl (Req_le _ _ (Rabs_pos_eq _ l0)) b0 lr m mn).
Qed.
End Format.
