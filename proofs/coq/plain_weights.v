(* The weights of plain loops, section 9.5: rank weights are elevated one rank at a time, in the order of the code,

     e_t^(n+1) = fl(fl(fl(t e_(t-1)^(n)) + fl((n - t) e_t^(n))) / n),   weight_t = N / (N-1) e_t^(N-1) in two roundings,

   and the combination is convex, so that errors relative to the weights of |alpha| are passed on and not amplified. `raised`
   is the exact recursion, eq. (22) by elevated_step; s steps lead from K ranks to K + s. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums rounded_advantages plain_loops.
Local Open Scope R_scope.

(* Exact. *)
Fixpoint raised (K : nat) (alpha : nat -> R) (s t : nat) : R :=
  match s with
  | O => alpha t
  | S s => (INR t * raised K alpha s (Nat.pred t) + INR (K + s - t) * raised K alpha s t) / INR (K + s)
  end.

Lemma raised_le K alpha beta s : (0 < K)%nat -> (forall t, (t < K)%nat -> Rabs (alpha t) <= beta t) ->
  forall t, (t < K + s)%nat -> Rabs (raised K alpha s t) <= raised K beta s t.
Proof.
intros K0 ab; induction s as [|s IH]; intros t ts; simpl; [apply ab; lia|].
assert (n0 : 0 < INR (K + s)) by (apply lt_0_INR; lia).
unfold Rdiv; rewrite Rabs_mult, Rabs_inv, (Rabs_pos_eq (INR (K + s))) by lra.
apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; exact n0|].
apply Rle_trans with (1 := Rabs_triang _ _); rewrite !Rabs_mult, !(Rabs_pos_eq (INR _)) by apply pos_INR.
apply Rplus_le_compat.
  destruct t as [|t]; [simpl; lra|]; apply Rmult_le_compat_l; [apply pos_INR|apply IH; simpl; lia].
destruct (Nat.eq_dec t (K + s)) as [->|ne]; [rewrite Nat.sub_diag; simpl; lra|].
apply Rmult_le_compat_l; [apply pos_INR|apply IH; lia].
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
Local Notation fl_any := (fl_any emin prec prec_gt_1).
Local Notation fl_add := (fl_add emin prec prec_gt_1).

(* As the loops do it. *)
Fixpoint raised_plainly (K : nat) (read : nat -> R) (s t : nat) : R :=
  match s with
  | O => read t
  | S s => fl (fl (fl (INR t * raised_plainly K read s (Nat.pred t)) + fl (INR (K + s - t) * raised_plainly K read s t)) / INR (K + s))
  end.

Section Elevation.
Variables (K : nat) (alpha alpha_abs read : nat -> R) (omega zeta : R).
Hypothesis K_gt_0 : (0 < K)%nat.
Hypothesis alpha_right : forall t, (t < K)%nat -> Rabs (alpha t) <= alpha_abs t.
Hypothesis read_right : forall t, (t < K)%nat -> Rabs (read t - alpha t) <= omega * alpha_abs t + zeta.
Hypothesis omega_ge_0 : 0 <= omega.
Hypothesis zeta_ge_0 : 0 <= zeta.

Definition relative s : R := (1 + u) ^ (3 * s) * (1 + omega) - 1.
Definition absolute s : R := (1 + u) ^ (3 * s) * (zeta + 3 * INR s * tiny).

Let power_ge_1 k : 1 <= (1 + u) ^ k.
Proof. apply pow_R1_Rle; assert (u0 := u_ge_0); lra. Qed.

Theorem raised_right s : forall t, (t < K + s)%nat ->
  Rabs (raised_plainly K read s t - raised K alpha s t) <= relative s * raised K alpha_abs s t + absolute s.
Proof.
assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
induction s as [|s IH]; intros t ts.
  unfold relative, absolute; simpl; replace ((1 * (1 + omega) - 1) * alpha_abs t + 1 * (zeta + 3 * 0 * tiny)) with (omega * alpha_abs t + zeta) by ring.
  apply read_right; lia.
set (n := INR (K + s)); assert (n1 : 1 <= n) by (apply (le_INR 1); lia).
set (a := INR t); set (b := INR (K + s - t)).
assert (a0 : 0 <= a) by apply pos_INR; assert (b0 : 0 <= b) by apply pos_INR.
assert (ab : a + b = n) by (unfold a, b, n; rewrite <- plus_INR; f_equal; lia).
set (x := raised_plainly K read s (Nat.pred t)); set (y := raised_plainly K read s t).
set (ex := raised K alpha s (Nat.pred t)); set (ey := raised K alpha s t).
set (tx := raised K alpha_abs s (Nat.pred t)); set (ty := raised K alpha_abs s t).
set (w := relative s); set (z := absolute s).
assert (w0 : 0 <= w) by (unfold w, relative; assert (H := power_ge_1 (3 * s)%nat); nra).
assert (z0 : 0 <= z).
  unfold z, absolute; apply Rmult_le_pos; [assert (H := power_ge_1 (3 * s)%nat); lra|].
  assert (0 <= INR s * tiny) by (apply Rmult_le_pos; [apply pos_INR|exact t0]); lra.
(* a term with its factor: zero where there is none *)
assert (X : a * Rabs (x - ex) <= a * (w * tx + z) /\ a * Rabs ex <= a * tx).
  unfold a; destruct t as [|t]; [simpl; lra|]; split; (apply Rmult_le_compat_l; [apply pos_INR|]).
    apply IH; simpl; lia.
  apply (raised_le K alpha alpha_abs s K_gt_0 alpha_right); simpl; lia.
assert (Y : b * Rabs (y - ey) <= b * (w * ty + z) /\ b * Rabs ey <= b * ty).
  unfold b; destruct (Nat.eq_dec t (K + s)) as [E|ne]; [rewrite E, Nat.sub_diag; simpl; lra|].
  split; (apply Rmult_le_compat_l; [apply pos_INR|]).
    apply IH; lia.
  apply (raised_le K alpha alpha_abs s K_gt_0 alpha_right); lia.
change (raised_plainly K read (S s) t) with (fl (fl (fl (a * x) + fl (b * y)) / n)).
change (raised K alpha (S s) t) with ((a * ex + b * ey) / n).
change (raised K alpha_abs (S s) t) with ((a * tx + b * ty) / n).
set (e := a * tx + b * ty).
assert (x1 : a * Rabs x <= a * ((1 + w) * tx + z)).
  replace x with (ex + (x - ex)) by ring; apply Rle_trans with (a * (Rabs ex + Rabs (x - ex))).
    apply Rmult_le_compat_l; [exact a0|apply Rabs_triang].
  lra.
assert (y1 : b * Rabs y <= b * ((1 + w) * ty + z)).
  replace y with (ey + (y - ey)) by ring; apply Rle_trans with (b * (Rabs ey + Rabs (y - ey))).
    apply Rmult_le_compat_l; [exact b0|apply Rabs_triang].
  lra.
assert (ax : Rabs (a * x) = a * Rabs x) by (rewrite Rabs_mult, (Rabs_pos_eq a); auto).
assert (by_ : Rabs (b * y) = b * Rabs y) by (rewrite Rabs_mult, (Rabs_pos_eq b); auto).
set (B := (1 + w) * e + n * z).
assert (B1 : Rabs (a * x) + Rabs (b * y) <= B) by (rewrite ax, by_; unfold B, e; rewrite <- ab; lra).
assert (B0 : 0 <= B) by (apply Rle_trans with (2 := B1); assert (H := Rabs_pos (a * x)); assert (H' := Rabs_pos (b * y)); lra).
assert (D : Rabs (a * x + b * y - (a * ex + b * ey)) <= w * e + n * z).
  replace (a * x + b * y - (a * ex + b * ey)) with (a * (x - ex) + b * (y - ey)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite !Rabs_mult, (Rabs_pos_eq a), (Rabs_pos_eq b) by assumption.
  unfold e; rewrite <- ab; lra.
assert (P := fl_any (a * x)); assert (Q := fl_any (b * y)).
set (p := fl (a * x)) in *; set (q := fl (b * y)) in *.
assert (PQ : Rabs (p + q - (a * x + b * y)) <= u * B + 2 * tiny).
  replace (p + q - (a * x + b * y)) with ((p - a * x) + (q - b * y)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _).
  assert (u * (Rabs (a * x) + Rabs (b * y)) <= u * B) by (apply Rmult_le_compat_l; assumption); lra.
assert (PQ1 : Rabs (p + q) <= (1 + u) * B + 2 * tiny).
  replace (p + q) with ((a * x + b * y) + (p + q - (a * x + b * y))) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); assert (H := Rabs_triang (a * x) (b * y)); lra.
assert (S1 := fl_add p q (fl_format _) (fl_format _)); set (c := fl (p + q)) in *.
assert (S2 : u * Rabs (p + q) <= u * ((1 + u) * B + 2 * tiny)) by (apply Rmult_le_compat_l; assumption).
assert (C : Rabs (c - (a * x + b * y)) <= ((1 + u) ^ 2 - 1) * B + 2 * (1 + u) * tiny).
  replace (c - (a * x + b * y)) with ((c - (p + q)) + (p + q - (a * x + b * y))) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (C1 : Rabs c <= (1 + u) ^ 2 * B + 2 * (1 + u) * tiny).
  replace c with ((a * x + b * y) + (c - (a * x + b * y))) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); assert (H := Rabs_triang (a * x) (b * y)); lra.
assert (F := fl_any (c / n)).
assert (over : forall v, Rabs (v / n) = Rabs v / n).
  intros v; unfold Rdiv; rewrite Rabs_mult, Rabs_inv, (Rabs_pos_eq n) by lra; reflexivity.
rewrite over in F.
assert (G : Rabs (fl (c / n) - (a * ex + b * ey) / n) <=
    (u * ((1 + u) ^ 2 * B + 2 * (1 + u) * tiny) + ((1 + u) ^ 2 - 1) * B + 2 * (1 + u) * tiny + (w * e + n * z)) / n + tiny).
  replace (fl (c / n) - (a * ex + b * ey) / n) with ((fl (c / n) - c / n) + (c - (a * ex + b * ey)) / n) by (field; lra).
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite over.
  assert (H : Rabs (c - (a * ex + b * ey)) <= ((1 + u) ^ 2 - 1) * B + 2 * (1 + u) * tiny + (w * e + n * z)).
    replace (c - (a * ex + b * ey)) with ((c - (a * x + b * y)) + (a * x + b * y - (a * ex + b * ey))) by ring.
    apply Rle_trans with (1 := Rabs_triang _ _); lra.
  assert (H1 : u * (Rabs c / n) <= u * ((1 + u) ^ 2 * B + 2 * (1 + u) * tiny) / n).
    unfold Rdiv; rewrite <- Rmult_assoc; apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|].
    apply Rmult_le_compat_l; assumption.
  assert (H2 : Rabs (c - (a * ex + b * ey)) / n <= (((1 + u) ^ 2 - 1) * B + 2 * (1 + u) * tiny + (w * e + n * z)) / n).
    unfold Rdiv; apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|exact H].
  unfold Rdiv in *; lra.
apply Rle_trans with (1 := G).
replace ((u * ((1 + u) ^ 2 * B + 2 * (1 + u) * tiny) + ((1 + u) ^ 2 - 1) * B + 2 * (1 + u) * tiny + (w * e + n * z)) / n + tiny) with
  (((1 + u) ^ 3 * (1 + w) - 1) * (e / n) + ((1 + u) ^ 3 * z + (2 * (1 + u) ^ 2 / n + 1) * tiny)) by (unfold B; field; lra).
assert (E3 : (1 + u) ^ (3 * S s) = (1 + u) ^ 3 * (1 + u) ^ (3 * s)) by (rewrite <- pow_add; f_equal; lia).
apply Rplus_le_compat.
  right; unfold relative; rewrite E3; unfold w, relative; ring.
unfold absolute; rewrite E3, S_INR.
replace ((1 + u) ^ 3 * (1 + u) ^ (3 * s) * (zeta + 3 * (INR s + 1) * tiny)) with
  ((1 + u) ^ 3 * z + 3 * ((1 + u) ^ 3 * (1 + u) ^ (3 * s)) * tiny) by (unfold z, absolute; ring).
apply Rplus_le_compat_l, Rmult_le_compat_r; [exact t0|].
assert (H1 := power_ge_1 (3 * s)%nat); assert (H2 := power_ge_1 3%nat); assert (H3 := power_ge_1 2%nat).
assert (H4 : (1 + u) ^ 2 / n <= (1 + u) ^ 2).
  unfold Rdiv; rewrite <- (Rmult_1_r ((1 + u) ^ 2)) at 2; apply Rmult_le_compat_l; [lra|].
  rewrite <- Rinv_1; apply Rinv_le_contravar; lra.
assert (H5 : (1 + u) ^ 3 = (1 + u) ^ 2 * (1 + u)) by ring.
assert (H6 : (1 + u) ^ 2 <= (1 + u) ^ 3) by (rewrite H5; nra).
assert (H7 : (1 + u) ^ 3 <= (1 + u) ^ 3 * (1 + u) ^ (3 * s)) by nra.
unfold Rdiv in *; lra.
Qed.
End Elevation.

Lemma power_small k : INR k * u <= 0.01 -> (1 + u) ^ k <= 1 + INR k * u + 0.51 * (INR k * u) ^ 2.
Proof.
assert (u0 := u_ge_0); induction k as [|k IH]; intros small; [simpl; lra|].
rewrite S_INR in *; assert (k0 := pos_INR k).
assert (H := IH ltac:(lra)); set (x := INR k * u) in *; assert (x0 : 0 <= x) by (apply Rmult_le_pos; assumption).
replace ((INR k + 1) * u) with (x + u) in * by (unfold x; ring); simpl pow in *.
apply Rle_trans with ((1 + u) * (1 + x + 0.51 * (x * (x * 1)))); [apply Rmult_le_compat_l; lra|].
assert (u * (0.02 * x + 0.51 * u - 0.51 * (x * x)) >= 0).
  apply Rle_ge, Rmult_le_pos; [exact u0|]; assert (0 <= x * (0.01 - x)) by (apply Rmult_le_pos; lra); lra.
lra.
Qed.

(* A number times a / b, in two roundings: the quotient first, rounded as a number of its own, or the product first. *)
Definition scaled a b x y : Prop := (exists q, Rabs (q - a / b) <= u * (a / b) /\ y = fl (q * x)) \/ y = fl (fl (a * x) / b).

Lemma scaled_right a b x y e e_abs w z :
  0 <= a -> 1 <= b -> scaled a b x y -> Rabs e <= e_abs -> Rabs (x - e) <= w * e_abs + z -> 0 <= w -> 0 <= z -> u <= 0.05 ->
  Rabs (y - a / b * e) <= ((1 + u) ^ 2 * (1 + w) - 1) * (a / b * e_abs) + a / b * ((1 + u) ^ 2 * z) + 2.1 * tiny.
Proof.
intros a0 b1 made E R w0 z0 us; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (e0 := Rle_trans _ _ _ (Rabs_pos _) E).
assert (i0 : 0 < / b <= 1) by (split; [apply Rinv_0_lt_compat; lra|rewrite <- Rinv_1; apply Rinv_le_contravar; lra]).
set (f := a / b) in *; assert (f0 : 0 <= f) by (apply Rmult_le_pos; lra).
set (X := (1 + w) * e_abs + z); assert (X1 : Rabs x <= X).
  replace x with (e + (x - e)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); unfold X; lra.
assert (D : Rabs (f * (x - e)) <= f * (w * e_abs + z)).
  rewrite Rabs_mult, (Rabs_pos_eq f) by exact f0; apply Rmult_le_compat_l; assumption.
assert (F : Rabs (y - f * x) <= ((1 + u) ^ 2 - 1) * (f * X) + 2.1 * tiny).
  destruct made as [(q & Q & ->)| ->].
    fold f in Q; assert (Q1 : Rabs q <= (1 + u) * f).
      replace q with (f + (q - f)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq f) by exact f0; lra.
    assert (H := fl_any (q * x)).
    assert (A1 : Rabs (q * x) <= (1 + u) * f * X) by (rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption).
    assert (A2 : Rabs ((q - f) * x) <= u * f * X) by (rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption).
    assert (A3 : u * Rabs (q * x) <= u * ((1 + u) * f * X)) by (apply Rmult_le_compat_l; assumption).
    replace (fl (q * x) - f * x) with ((fl (q * x) - q * x) + (q - f) * x) by ring.
    apply Rle_trans with (1 := Rabs_triang _ _); lra.
  assert (H := fl_any (a * x)); set (p := fl (a * x)) in *.
  assert (A1 : Rabs (a * x) <= a * X) by (rewrite Rabs_mult, (Rabs_pos_eq a) by exact a0; apply Rmult_le_compat_l; assumption).
  assert (A2 : u * Rabs (a * x) <= u * (a * X)) by (apply Rmult_le_compat_l; assumption).
  assert (A3 : Rabs p <= (1 + u) * (a * X) + tiny).
    replace p with (a * x + (p - a * x)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
  assert (over : forall v, Rabs (v / b) = Rabs v * / b).
    intros v; unfold Rdiv; rewrite Rabs_mult, Rabs_inv, (Rabs_pos_eq b) by lra; reflexivity.
  assert (less : tiny * / b <= tiny) by (rewrite <- (Rmult_1_r tiny) at 2; apply Rmult_le_compat_l; lra).
  assert (G := fl_any (p / b)); rewrite over in G.
  assert (B1 : Rabs p * / b <= (1 + u) * (f * X) + tiny).
    apply Rle_trans with (((1 + u) * (a * X) + tiny) * / b); [apply Rmult_le_compat_r; lra|unfold f, Rdiv; lra].
  assert (B2 : u * (Rabs p * / b) <= u * ((1 + u) * (f * X) + tiny)) by (apply Rmult_le_compat_l; assumption).
  assert (B3 : Rabs ((p - a * x) / b) <= u * (f * X) + tiny).
    rewrite over; apply Rle_trans with ((u * (a * X) + tiny) * / b); [apply Rmult_le_compat_r; lra|unfold f, Rdiv; lra].
  assert (B4 : u * tiny <= 0.05 * tiny) by (apply Rmult_le_compat_r; assumption).
  replace (fl (p / b) - f * x) with ((fl (p / b) - p / b) + (p - a * x) / b) by (unfold f; field; lra).
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
replace (y - f * e) with ((y - f * x) + f * (x - e)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); unfold X in F; lra.
Qed.

(* Rank weights p / q as they are read: numerator, denominator and quotient rounded. *)
Lemma read_within p q p_read q_read : 0 < q -> Rabs (p_read - p) <= u * Rabs p -> Rabs (q_read - q) <= u * q -> u <= / 1048576 ->
  Rabs (fl (p_read / q_read) - p / q) <= 3.01 * u * Rabs (p / q) + tiny.
Proof.
intros q0 P Q us; assert (u0 := u_ge_0); assert (d : (1 - u) * q <= q_read) by (apply Rabs_le_inv in Q; lra).
assert (d0 : 0 < (1 - u) * q) by (apply Rmult_lt_0_compat; lra); set (x := Rabs (p / q)); assert (x0 : 0 <= x) by apply Rabs_pos.
assert (E : Rabs (p_read / q_read - p / q) <= 2.001 * u * x).
  replace (p_read / q_read - p / q) with ((p_read - p) / q_read - p / q * ((q_read - q) / q_read)) by (field; lra).
  assert (i0 : 0 < / q_read) by (apply Rinv_0_lt_compat; lra).
  assert (i1 : / q_read <= 1.0001 * / q).
    apply Rmult_le_reg_r with q_read; [lra|]; rewrite Rinv_l by lra; apply Rmult_le_reg_r with q; [exact q0|].
    replace (1.0001 * / q * q_read * q) with (1.0001 * q_read) by (field; lra).
    apply Rle_trans with (1.0001 * ((1 - u) * q)); [|lra]; rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra.
  assert (over : forall e c, Rabs e <= u * c -> 0 <= c -> Rabs (e / q_read) <= 1.0001 * u * (c * / q)).
    intros e c H c0; unfold Rdiv; rewrite Rabs_mult, (Rabs_pos_eq (/ q_read)) by lra.
    replace (1.0001 * u * (c * / q)) with (u * c * (1.0001 * / q)) by ring.
    apply Rmult_le_compat; try lra; apply Rabs_pos.
  assert (A := over _ _ P (Rabs_pos p)); assert (B := over _ _ Q ltac:(lra)); rewrite Rinv_r, Rmult_1_r in B by lra.
  replace (Rabs p * / q) with x in A by (unfold x, Rdiv; rewrite Rabs_mult, (Rabs_pos_eq (/ q)); [reflexivity|apply Rlt_le, Rinv_0_lt_compat; exact q0]).
  unfold Rminus at 1; apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp, (Rabs_mult (p / q)); fold x.
  assert (x * Rabs ((q_read - q) / q_read) <= x * (1.0001 * u)) by (apply Rmult_le_compat_l; assumption).
  assert (0 <= u * x) by (apply Rmult_le_pos; assumption); lra.
assert (H := fl_any (p_read / q_read)); assert (C : Rabs (p_read / q_read) <= x + 2.001 * u * x).
  replace (p_read / q_read) with (p / q + (p_read / q_read - p / q)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); fold x; lra.
assert (D : u * Rabs (p_read / q_read) <= u * (x + 2.001 * u * x)) by (apply Rmult_le_compat_l; assumption).
assert (ux : 0 <= u * x) by (apply Rmult_le_pos; assumption).
assert (uux : u * (u * x) <= / 1048576 * (u * x)) by (apply Rmult_le_compat_r; assumption).
replace (fl (p_read / q_read) - p / q) with ((fl (p_read / q_read) - p_read / q_read) + (p_read / q_read - p / q)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

(* From the rank weights, read with rho roundings, to the weights of ranks and of gaps: three for quotients, none for 0 and 1. *)
Section Weights.
Variables (rho : R) (K n : nat) (alpha alpha_abs read weight : nat -> R).
Definition exact_rank_weight (alpha : nat -> R) t : R := INR K / INR (S n) * raised K alpha (S n - K) t.
Definition exact_gap_weight (alpha : nat -> R) t : R := INR (S n) / INR n * raised K alpha (n - K) t.

Hypothesis KN : (0 < K <= S n)%nat.
Hypothesis n_gt_0 : (0 < n)%nat.
Hypothesis alpha_right : forall t, (t < K)%nat -> Rabs (alpha t) <= alpha_abs t.
Hypothesis rho_range : 0 <= rho <= 3.01.
Hypothesis read_right : forall t, (t < K)%nat -> Rabs (read t - alpha t) <= rho * u * alpha_abs t + tiny.
Hypothesis u_small : u <= / 1048576.
Hypothesis N_small : 5 * INR (S n) ^ 2 * u <= 1.

(* (58) for rank weights K/N e_t^(N): what plain_value of values.v supposes of weights. *)
Theorem rank_weight_right y t : scaled (INR K) (INR (S n)) (raised_plainly K read (S n - K) t) y -> (t <= n)%nat ->
  Rabs (y - exact_rank_weight alpha t) <=
  (3 * INR (S n) - 0.06 + rho) * u * exact_rank_weight alpha_abs t + 4.1 * INR (S n) * tiny.
Proof.
intros made tn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
set (N := INR (S n)) in *; assert (n1 : 1 <= INR n) by (apply (le_INR 1); lia).
assert (Nn : N = INR n + 1) by (unfold N; apply S_INR).
set (s := (S n - K)%nat) in *; assert (sN : INR s <= N - 1).
  assert (INR s <= INR n) by (apply le_INR; unfold s; lia); lra.
assert (s0 := pos_INR s).
assert (ru0 : 0 <= rho * u <= 3.01 * u) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (qq : (N * u) ^ 2 <= u / 5) by (replace ((N * u) ^ 2) with (N ^ 2 * u * u) by ring; nra).
assert (q0 : 0 <= N * u) by (apply Rmult_le_pos; lra).
assert (q_small : N * u <= 0.0005) by (destruct (Rle_or_lt (N * u) 0.0005) as [L|L]; [exact L|nra]).
assert (R := raised_right K alpha alpha_abs read (rho * u) tiny ltac:(lia) alpha_right read_right (proj1 ru0) t0 s t ltac:(unfold s; lia)).
set (e := raised K alpha s t) in *; set (e_abs := raised K alpha_abs s t) in *; set (x := raised_plainly K read s t) in *.
assert (E := raised_le K alpha alpha_abs s ltac:(lia) alpha_right t ltac:(unfold s; lia)); fold e e_abs in E.
assert (e0 := Rle_trans _ _ _ (Rabs_pos _) E).
set (w := relative (rho * u) s) in *; set (z := absolute tiny s) in *; set (f := INR K / N) in *.
assert (f0 : 0 <= f <= 1).
  assert (k0 := pos_INR K); assert (k1 : INR K <= N) by (apply le_INR; lia).
  unfold f, Rdiv; split; [apply Rmult_le_pos; [exact k0|apply Rlt_le, Rinv_0_lt_compat; lra]|].
  apply Rmult_le_reg_r with N; try lra; rewrite Rmult_assoc, Rinv_l by lra; lra.
assert (k3 : INR (3 * s + 2) = 3 * INR s + 2) by (rewrite plus_INR, mult_INR; simpl; lra).
assert (P : (1 + u) ^ (3 * s + 2) <= 1 + (3 * N - 1) * u + 4.6 * (N * u) ^ 2).
  assert (H := power_small (3 * s + 2) ltac:(rewrite k3; nra)); rewrite k3 in H.
  assert (H1 : (3 * INR s + 2) * u <= (3 * N - 1) * u) by (apply Rmult_le_compat_r; lra).
  assert (H2 : 0 <= (3 * INR s + 2) * u <= 3 * (N * u)) by (split; [apply Rmult_le_pos; lra|nra]).
  assert (H3 : ((3 * INR s + 2) * u) ^ 2 <= 9 * (N * u) ^ 2) by nra; assert (H4 := pow2_ge_0 (N * u)); lra.
assert (P2 : (1 + u) ^ (3 * s + 2) = (1 + u) ^ 2 * (1 + u) ^ (3 * s)) by (rewrite pow_add; ring).
assert (P1 : 1 <= (1 + u) ^ (3 * s)) by (apply pow_R1_Rle; lra).
assert (W : (1 + u) ^ 2 * (1 + w) - 1 <= (3 * N - 0.06 + rho) * u).
  unfold w, relative; replace ((1 + u) ^ 2 * (1 + ((1 + u) ^ (3 * s) * (1 + rho * u) - 1)) - 1) with
    ((1 + u) ^ (3 * s + 2) * (1 + rho * u) - 1) by (rewrite P2; ring).
  set (v := (1 + u) ^ (3 * s + 2)) in *.
  assert (v1 : v <= 1.003) by nra.
  assert (rho * u * v <= rho * u * 1.003) by (apply Rmult_le_compat_l; lra); lra.
assert (Z : (1 + u) ^ 2 * z <= 3.02 * N * tiny).
  unfold z, absolute; rewrite <- Rmult_assoc, <- P2; set (v := (1 + u) ^ (3 * s + 2)) in *.
  assert (v1 : v <= 1.003) by nra. assert (v0 : 0 <= v) by (rewrite P2; nra).
  assert (H : tiny + 3 * INR s * tiny <= 3 * N * tiny) by nra.
  apply Rle_trans with (1.003 * (3 * N * tiny)); [|nra].
  apply Rmult_le_compat; [exact v0| |exact v1|exact H]; nra.
assert (w0 : 0 <= w) by (unfold w, relative; nra).
assert (z0 : 0 <= z) by (unfold z, absolute; apply Rmult_le_pos; [lra|nra]).
fold s x in made; unfold exact_rank_weight; fold s e e_abs N f.
apply Rle_trans with (1 := scaled_right (INR K) N x y e e_abs w z (pos_INR K) ltac:(lra) made E R w0 z0 ltac:(lra)); fold f.
assert (fe : 0 <= f * e_abs) by (apply Rmult_le_pos; lra).
assert (T1 : ((1 + u) ^ 2 * (1 + w) - 1) * (f * e_abs) <= (3 * N - 0.06 + rho) * u * (f * e_abs)) by (apply Rmult_le_compat_r; assumption).
assert (T2 : f * ((1 + u) ^ 2 * z) <= 1 * (3.02 * N * tiny)).
  apply Rmult_le_compat; [lra|apply Rmult_le_pos; [nra|exact z0]|lra|exact Z].
assert (2 * tiny <= N * tiny) by nra; lra.
Qed.

Hypothesis K_le_n : (K <= n)%nat.
Hypothesis weight_made : forall t, (t < n)%nat -> scaled (INR (S n)) (INR n) (raised_plainly K read (n - K) t) (weight t).

Theorem gap_weight_right t : (t < n)%nat ->
  Rabs (weight t - exact_gap_weight alpha t) <=
  (3 * INR (S n) - 3.07 + rho) * u * exact_gap_weight alpha_abs t + 6.2 * INR (S n) * tiny.
Proof.
intros tn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
set (N := INR (S n)) in *; assert (n1 : 1 <= INR n) by (apply (le_INR 1); lia).
assert (Nn : N = INR n + 1) by (unfold N; apply S_INR).
set (s := (n - K)%nat) in *; assert (sN : INR s <= N - 2).
  assert (INR s <= INR (n - 1)) by (apply le_INR; unfold s; lia); rewrite minus_INR in * by lia; simpl in *; lra.
assert (s0 := pos_INR s).
assert (ru0 : 0 <= rho * u <= 3.01 * u) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (qq : (N * u) ^ 2 <= u / 5) by (replace ((N * u) ^ 2) with (N ^ 2 * u * u) by ring; nra).
assert (q0 : 0 <= N * u) by (apply Rmult_le_pos; lra).
assert (q_small : N * u <= 0.0005) by (destruct (Rle_or_lt (N * u) 0.0005) as [L|L]; [exact L|nra]).
assert (R := raised_right K alpha alpha_abs read (rho * u) tiny ltac:(lia) alpha_right read_right (proj1 ru0) t0 s t ltac:(unfold s; lia)).
set (e := raised K alpha s t) in *; set (e_abs := raised K alpha_abs s t) in *; set (x := raised_plainly K read s t) in *.
assert (E := raised_le K alpha alpha_abs s ltac:(lia) alpha_right t ltac:(unfold s; lia)); fold e e_abs in E.
assert (e0 := Rle_trans _ _ _ (Rabs_pos _) E).
set (w := relative (rho * u) s) in *; set (z := absolute tiny s) in *; set (f := N / INR n) in *.
assert (f0 : 1 <= f <= 2).
  unfold f, Rdiv; split; apply Rmult_le_reg_r with (INR n); try lra; rewrite Rmult_assoc, Rinv_l by lra; lra.
assert (k3 : INR (3 * s + 2) = 3 * INR s + 2) by (rewrite plus_INR, mult_INR; simpl; lra).
assert (P : (1 + u) ^ (3 * s + 2) <= 1 + (3 * N - 4) * u + 4.6 * (N * u) ^ 2).
  assert (H := power_small (3 * s + 2) ltac:(rewrite k3; nra)); rewrite k3 in H.
  assert (H1 : (3 * INR s + 2) * u <= (3 * N - 4) * u) by (apply Rmult_le_compat_r; lra).
  assert (H2 : 0 <= (3 * INR s + 2) * u <= 3 * (N * u)) by (split; [apply Rmult_le_pos; lra|nra]).
  assert (H3 : ((3 * INR s + 2) * u) ^ 2 <= 9 * (N * u) ^ 2) by nra; assert (H4 := pow2_ge_0 (N * u)); lra.
assert (P2 : (1 + u) ^ (3 * s + 2) = (1 + u) ^ 2 * (1 + u) ^ (3 * s)) by (rewrite pow_add; ring).
assert (P1 : 1 <= (1 + u) ^ (3 * s)) by (apply pow_R1_Rle; lra).
assert (W : (1 + u) ^ 2 * (1 + w) - 1 <= (3 * N - 3.07 + rho) * u).
  unfold w, relative; replace ((1 + u) ^ 2 * (1 + ((1 + u) ^ (3 * s) * (1 + rho * u) - 1)) - 1) with
    ((1 + u) ^ (3 * s + 2) * (1 + rho * u) - 1) by (rewrite P2; ring).
  set (v := (1 + u) ^ (3 * s + 2)) in *.
  assert (v1 : v <= 1.003) by nra.
  assert (rho * u * v <= rho * u * 1.003) by (apply Rmult_le_compat_l; lra); lra.
assert (Z : (1 + u) ^ 2 * z <= 3.02 * (N - 1) * tiny).
  unfold z, absolute; rewrite <- Rmult_assoc, <- P2; set (v := (1 + u) ^ (3 * s + 2)) in *.
  assert (v1 : v <= 1.003) by nra. assert (v0 : 0 <= v) by (rewrite P2; nra).
  assert (H : tiny + 3 * INR s * tiny <= 3 * (N - 1) * tiny) by nra.
  apply Rle_trans with (1.003 * (3 * (N - 1) * tiny)); [|nra].
  apply Rmult_le_compat; [exact v0| |exact v1|exact H]; nra.
assert (w0 : 0 <= w) by (unfold w, relative; nra).
assert (z0 : 0 <= z) by (unfold z, absolute; apply Rmult_le_pos; [lra|nra]).
assert (made := weight_made t tn); fold s x in made; unfold exact_gap_weight; fold s e e_abs N f.
apply Rle_trans with (1 := scaled_right N (INR n) x (weight t) e e_abs w z ltac:(lra) n1 made E R w0 z0 ltac:(lra)); fold f.
assert (fe : 0 <= f * e_abs) by (apply Rmult_le_pos; lra).
assert (T1 : ((1 + u) ^ 2 * (1 + w) - 1) * (f * e_abs) <= (3 * N - 3.07 + rho) * u * (f * e_abs)) by (apply Rmult_le_compat_r; assumption).
assert (T2 : f * ((1 + u) ^ 2 * z) <= 2 * (3.02 * (N - 1) * tiny)).
  apply Rmult_le_compat; [lra|apply Rmult_le_pos; [nra|exact z0]|lra|exact Z].
assert (0 <= N * tiny) by (apply Rmult_le_pos; lra); lra.
Qed.

(* (58) for advantages: elevation, gaps, products, sums, mean. *)
Theorem plain_advantages r scale :
  (forall t, (t <= n)%nat -> format (r t)) -> (forall t, (t < n)%nat -> r t <= r (S t)) ->
  (forall m, (m <= n)%nat -> Rabs (centred_sum n (abs_term r (exact_gap_weight alpha_abs)) m) <= scale) ->
  forall m, (m <= n)%nat ->
  Rabs (centred emin prec (fun _ => plain emin prec) r weight n m - centred_sum n (exact_term r (exact_gap_weight alpha)) m) <=
  (5 * INR (S n) + 0.97 + rho) * u * scale + (6.3 * (r n - r 0%nat) + 1.01) * INR (S n) * tiny.
Proof.
intros Fr rs sc m mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (N0 := pos_INR (S n)); assert (n1 := pos_INR n).
assert (n0 : (0 < n)%nat) by lia.
assert (gg : forall t, (t < n)%nat -> Rabs (exact_gap_weight alpha t) <= exact_gap_weight alpha_abs t).
  intros t tn; unfold exact_gap_weight; rewrite Rabs_mult, Rabs_pos_eq.
    apply Rmult_le_compat_l; [|apply raised_le; [lia|exact alpha_right|lia]].
    apply Rmult_le_pos; [exact N0|apply Rlt_le, Rinv_0_lt_compat, lt_0_INR; exact n0].
  apply Rmult_le_pos; [exact N0|apply Rlt_le, Rinv_0_lt_compat, lt_0_INR; exact n0].
assert (n2 : 1 <= INR n) by (apply (le_INR 1); lia); assert (N1 := S_INR n).
assert (o : 0 <= (3 * INR (S n) - 3.07 + rho) * u <= (3 * INR (S n) - 0.06) * u).
  split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra.
assert (H := plain_beside emin prec prec_gt_1 emin_le_0 r weight (exact_gap_weight alpha) (exact_gap_weight alpha_abs) n
  ((3 * INR (S n) - 3.07 + rho) * u) (6.2 * INR (S n) * tiny) scale n0 Fr rs gg gap_weight_right o ltac:(nra) u_small N_small sc m mn).
apply Rle_trans with (1 := H); assert (R0 := range_ge_0 r n n0 rs 0 n ltac:(lia)).
assert (0 <= INR (S n) * tiny * (r n - r 0%nat)) by (apply Rmult_le_pos; [apply Rmult_le_pos; assumption|lra]); lra.
Qed.
End Weights.
End Format.
