(* GRPO, eq. (49), as plain loops compute it from deviations that are within D u of the largest deviation M.

     norm     plain sum of fl(dev^2)          sigma  fl(sqrt(fl(norm / (N - 1))))          grpo  fl(dev / sigma), 0 where sigma is 0

   Within (1.1 D (1 + sqrt N) + 0.6 N + 3) u of the largest answer: the norm moves by sqrt N times what a deviation is off by. For the
   deviations of plain_family.v that is below (5N + 6)(1 + sqrt N) + N/2 + 3; for whole numbers, whose sums are exact, D is 2.02, and
   it is below 5N + 6. Nothing underflows that counts: 100 N tiny is below u and u M^2. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums rounded_advantages plain_loops plain_family plain_binary.
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
Local Notation fl_any := (fl_any emin prec prec_gt_1).
Local Notation fl_sub := (fl_sub emin prec prec_gt_1).
Local Notation plain := (plain emin prec).
Local Notation plain_deviation := (plain_deviation emin prec).

Section Normed.
Variables (n : nat) (dev : nat -> R).
Local Notation N := (INR (S n)).

Definition norm : R := plain (fun t => fl (dev t * dev t)) n.
Definition plain_sigma : R := fl (sqrt (fl (norm / INR n))).
Definition plain_grpo m : R := if Rlt_dec 0 plain_sigma then fl (dev m / plain_sigma) else 0.

Variables (d : nat -> R) (D M scale : R).
Definition squares : R := sum (fun t => d t * d t) (S n).
Definition sigma : R := sqrt (squares / INR n).

Hypothesis n_gt_0 : (0 < n)%nat.
Hypothesis u_small : u <= / 1048576.
Hypothesis N_small : 5 * N ^ 2 * u <= 1.
Hypothesis dev_right : forall t, (t <= n)%nat -> Rabs (dev t - d t) <= D * u * M.
Hypothesis M_largest : forall t, (t <= n)%nat -> Rabs (d t) <= M.
Hypothesis M_reached : exists t, (t <= n)%nat /\ Rabs (d t) = M.
Hypothesis M_gt_0 : 0 < M.
Hypothesis D_gt_0 : 0 < D.
Hypothesis D_small : sqrt N * (D * u) <= 0.025.
Hypothesis tiny_small : 100 * (N * tiny) <= u.
Hypothesis tiny_square : 100 * (N * tiny) <= u * M ^ 2.
Hypothesis scale_right : forall t, (t <= n)%nat -> Rabs (d t / sigma) <= scale.

Let X := sqrt N * (D * u).
Let N1 : 2 <= N. Proof. apply (le_INR 2); lia. Qed.
Let n1 : 1 <= INR n. Proof. apply (le_INR 1); lia. Qed.
Let Nn : N = INR n + 1. Proof. apply S_INR. Qed.
Let u_gt_0 : 0 < u. Proof. unfold floating.u; assert (H := bpow_gt_0 radix2 (- prec + 1)); lra. Qed.
Let qs : 0 <= N * u <= 0.0005 /\ (N * u) ^ 2 <= u / 5.
Proof.
assert (u0 := u_ge_0); assert (qq : (N * u) ^ 2 <= u / 5) by (replace ((N * u) ^ 2) with (N ^ 2 * u * u) by ring; nra).
split; [split; [apply Rmult_le_pos; lra|nra]|exact qq].
Qed.
Let sN : 1 <= sqrt N.
Proof. rewrite <- sqrt_1; apply sqrt_le_1; lra. Qed.
Let sN2 : sqrt N * sqrt N = N. Proof. apply sqrt_sqrt; lra. Qed.
Let X_gt_0 : 0 < X. Proof. unfold X; apply Rmult_lt_0_compat; [lra|apply Rmult_lt_0_compat; [exact D_gt_0|exact u_gt_0]]. Qed.
Let Du : D * u <= X. Proof. unfold X; rewrite <- (Rmult_1_l (D * u)) at 1; apply Rmult_le_compat_r; [apply Rmult_le_pos|]; lra. Qed.
Let tiny_M : 100 * (N * tiny) <= u * M.
Proof.
destruct (Rle_or_lt 1 M) as [H|H]; [apply Rle_trans with (1 := tiny_small); rewrite <- (Rmult_1_r u) at 1; apply Rmult_le_compat_l; lra|].
assert (M ^ 2 <= M) by nra; apply Rle_trans with (1 := tiny_square), Rmult_le_compat_l; lra.
Qed.

Lemma squares_large : M ^ 2 <= squares <= N * M ^ 2.
Proof.
split.
  destruct M_reached as (t & tn & <-); unfold squares.
  replace (Rabs (d t) ^ 2) with (d t * d t) by (rewrite RPow_abs, Rabs_pos_eq by apply pow2_ge_0; ring).
  assert (H : forall k, (t < k)%nat -> d t * d t <= sum (fun t => d t * d t) k).
    induction k as [|k IH]; intros tk; [lia|]; simpl; assert (S0 : 0 <= sum (fun t => d t * d t) k).
      rewrite <- (Rmult_0_r (INR k)), <- sum_const; apply sum_le; intros; nra.
    destruct (Nat.eq_dec t k) as [->|ne]; [lra|]; assert (H := IH ltac:(lia)); nra.
  apply H; lia.
unfold squares; rewrite <- sum_const; apply sum_le; intros t tn; assert (H := M_largest t ltac:(lia)).
replace (d t * d t) with (Rabs (d t) * Rabs (d t)) by (rewrite <- Rabs_mult, Rabs_pos_eq by nra; reflexivity).
simpl; rewrite Rmult_1_r; apply Rmult_le_compat; try apply Rabs_pos; exact H.
Qed.

(* The squares of what is off by D u M. *)
Lemma near_squares : Rabs (sum (fun t => dev t * dev t) (S n) - squares) <= (2 * X + X ^ 2) * squares.
Proof.
destruct squares_large as [q1 _]; set (e := D * u * M) in *.
assert (e0 : 0 < e) by (unfold e; apply Rmult_lt_0_compat; [apply Rmult_lt_0_compat|]; assumption).
assert (eX : e / X * N * e = X * M ^ 2).
  unfold e, X; rewrite <- sN2 at 2; field; split; [lra|split; lra].
assert (eX2 : N * e ^ 2 = X ^ 2 * M ^ 2) by (unfold e, X; rewrite <- sN2 at 1; ring).
replace (sum (fun t => dev t * dev t) (S n) - squares) with (sum (fun t => 1 * (dev t * dev t) + -1 * (d t * d t)) (S n)).
  2: rewrite sum_linear; unfold squares; ring.
apply Rle_trans with (1 := sum_size _ _).
apply Rle_trans with (sum (fun t => X * (d t * d t) + 1 * (e / X * e + e ^ 2)) (S n)).
  apply sum_le; intros t tn; unfold size; assert (H := dev_right t ltac:(lia)); fold e in H.
  replace (1 * (dev t * dev t) + -1 * (d t * d t)) with (2 * d t * (dev t - d t) + (dev t - d t) ^ 2) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq ((dev t - d t) ^ 2)) by apply pow2_ge_0.
  assert (s : (dev t - d t) ^ 2 <= e ^ 2) by (rewrite <- (Rabs_pos_eq ((dev t - d t) ^ 2)), <- RPow_abs by apply pow2_ge_0; apply pow_incr; split; [apply Rabs_pos|exact H]).
  assert (p : Rabs (2 * d t * (dev t - d t)) <= 2 * Rabs (d t) * e).
    rewrite !Rabs_mult, (Rabs_pos_eq 2) by lra; apply Rmult_le_compat_l; [|exact H]; assert (a := Rabs_pos (d t)); lra.
  assert (am : 2 * Rabs (d t) * e <= X * (d t * d t) + e / X * e).
    replace (d t * d t) with (Rabs (d t) * Rabs (d t)) by (rewrite <- Rabs_mult, Rabs_pos_eq by nra; reflexivity).
    set (a := Rabs (d t)); apply Rmult_le_reg_l with X; [exact X_gt_0|].
    replace (X * (X * (a * a) + e / X * e)) with (X * a * (X * a) + e * e) by (field; lra).
    assert (0 <= (X * a - e) ^ 2) by apply pow2_ge_0; lra.
  lra.
rewrite sum_linear, sum_const; fold squares.
replace (X * squares + 1 * (N * (e / X * e + e ^ 2))) with (X * squares + (e / X * N * e + N * e ^ 2)) by ring.
rewrite eX, eX2; assert (X * M ^ 2 <= X * squares) by (apply Rmult_le_compat_l; lra).
assert (X ^ 2 * M ^ 2 <= X ^ 2 * squares) by (apply Rmult_le_compat_r || apply Rmult_le_compat_l; [apply pow2_ge_0|exact q1]); lra.
Qed.

Lemma norm_right : Rabs (norm - squares) <= (2.03 * X + 1.06 * (N * u) + 0.3 * u) * squares.
Proof.
assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); destruct squares_large as [q1 _]; destruct qs as [[q0 q2] q3].
set (Q := squares) in *; assert (Q0 : 0 < Q) by (assert (0 < M ^ 2) by (apply pow_lt; lra); lra).
assert (H := near_squares); fold Q in H; set (S2 := sum (fun t => dev t * dev t) (S n)) in *.
assert (x2 : X ^ 2 <= 0.025 * X) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; unfold X in *; lra).
assert (H' : Rabs (S2 - Q) <= 2.025 * X * Q) by (apply Rle_trans with (1 := H); apply Rmult_le_compat_r; lra).
assert (XQ : 0 <= X * Q <= 0.025 * Q) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; unfold X in *; lra).
assert (S20 : 0 <= S2 <= 1.051 * Q).
  split; [unfold S2; rewrite <- (Rmult_0_r N), <- sum_const; apply sum_le; intros; nra|].
  replace S2 with (Q + (S2 - Q)) by ring; assert (A := Rle_abs (S2 - Q)); lra.
set (x t := fl (dev t * dev t)); assert (nt : N * tiny <= 0.01 * (u * Q)).
  assert (u * M ^ 2 <= u * Q) by (apply Rmult_le_compat_l; assumption); lra.
assert (each : forall t, (t < S n)%nat -> Rabs (x t - dev t * dev t) <= u * (dev t * dev t) + 1 * tiny).
  intros t tn; assert (F := fl_any (dev t * dev t)); rewrite (Rabs_pos_eq (dev t * dev t)) in F by nra; unfold x; lra.
assert (B : Rabs (sum x (S n) - S2) <= u * S2 + N * tiny).
  replace (sum x (S n) - S2) with (sum (fun t => 1 * x t + -1 * (dev t * dev t)) (S n)) by (rewrite sum_linear; unfold S2; ring).
  apply Rle_trans with (1 := sum_size _ _); unfold S2; rewrite <- sum_const, <- sum_scaled.
  replace (sum (fun t => u * (dev t * dev t)) (S n) + sum (fun _ => tiny) (S n)) with
    (sum (fun t => 1 * (u * (dev t * dev t)) + 1 * tiny) (S n)) by (rewrite sum_linear; ring).
  apply sum_le; intros t tn; unfold size; replace (1 * x t + -1 * (dev t * dev t)) with (x t - dev t * dev t) by ring.
  assert (E := each t tn); lra.
assert (C : sum (size x) (S n) <= (1 + u) * S2 + N * tiny).
  unfold S2; rewrite <- sum_const, <- sum_scaled.
  replace (sum (fun t => (1 + u) * (dev t * dev t)) (S n) + sum (fun _ => tiny) (S n)) with
    (sum (fun t => 1 * ((1 + u) * (dev t * dev t)) + 1 * tiny) (S n)) by (rewrite sum_linear; ring).
  apply sum_le; intros t tn; unfold size; replace (x t) with (dev t * dev t + (x t - dev t * dev t)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq (dev t * dev t)) by nra; assert (E := each t tn); lra.
set (gamma := N * u - 0.79 * u); assert (nu : INR n * u = N * u - u) by (rewrite Nn; ring).
assert (uq : 2 * u <= N * u) by (apply Rmult_le_compat_r; lra).
assert (G : INR n * u <= gamma * (1 - INR n * u)) by (rewrite nu; unfold gamma; nra).
assert (P := plain_sum emin prec prec_gt_1 emin_le_0 x n (fun _ _ => fl_format _) gamma G ltac:(unfold gamma; lra) n (le_n n)).
change (plain x n) with norm in P; assert (P' : gamma * sum (size x) (S n) <= gamma * ((1 + u) * S2 + N * tiny)) by (apply Rmult_le_compat_l; [unfold gamma; lra|exact C]).
assert (uS : u * S2 <= 1.051 * (u * Q)) by (assert (u * S2 <= u * (1.051 * Q)) by (apply Rmult_le_compat_l; lra); lra).
assert (qS : N * u * S2 <= 1.051 * (N * u * Q)) by (assert (N * u * S2 <= N * u * (1.051 * Q)) by (apply Rmult_le_compat_l; lra); lra).
assert (uQ : 0 <= u * Q) by (apply Rmult_le_pos; lra).
assert (k1 : N * u * (u * S2) <= 0.0005 * (1.051 * (u * Q))) by (apply Rmult_le_compat; try lra; apply Rmult_le_pos; lra).
assert (k2 : N * u * (N * tiny) <= 0.0005 * (0.01 * (u * Q))) by (apply Rmult_le_compat; try lra; apply Rmult_le_pos; lra).
assert (k3 : 0 <= u * (u * S2)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]).
assert (k4 : 0 <= u * (N * tiny)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra]).
assert (k5 : 0 <= u * S2) by (apply Rmult_le_pos; lra); assert (k6 : 0 <= N * u * Q) by (apply Rmult_le_pos; lra).
replace (norm - Q) with ((norm - sum x (S n)) + ((sum x (S n) - S2) + (S2 - Q))) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); assert (T := Rabs_triang (sum x (S n) - S2) (S2 - Q)); unfold gamma in *; lra.
Qed.

Lemma sigma_gt_0 : 0 < sigma /\ sigma * sigma = squares / INR n /\ M <= INR n * sigma /\ sigma <= 2 * M.
Proof.
destruct squares_large as [q1 q2]; assert (m2 : 0 < M ^ 2) by (apply pow_lt; lra); assert (i0 : 0 < / INR n) by (apply Rinv_0_lt_compat; lra).
assert (p : 0 < squares / INR n) by (apply Rmult_lt_0_compat; lra).
assert (s0 : 0 < sigma) by (apply sqrt_lt_R0; exact p); assert (ss : sigma * sigma = squares / INR n) by (apply sqrt_sqrt; lra).
split; [exact s0|split; [exact ss|]]; set (s := sigma) in *.
assert (E : squares = INR n * (s * s)) by (rewrite ss; field; lra).
assert (nn : INR n <= INR n * INR n) by nra; split.
  apply Rsqr_incr_0_var; [|apply Rmult_le_pos; lra]; unfold Rsqr; assert (INR n * (s * s) <= INR n * INR n * (s * s)) by (apply Rmult_le_compat_r; nra); nra.
apply Rsqr_incr_0_var; [|lra]; unfold Rsqr; apply Rmult_le_reg_l with (INR n); [lra|].
assert (N * M ^ 2 <= 2 * INR n * M ^ 2) by (apply Rmult_le_compat_r; lra); assert (0 <= INR n * M ^ 2) by (apply Rmult_le_pos; lra); nra.
Qed.

Lemma plain_sigma_right : Rabs (plain_sigma - sigma) <= (1.05 * X + 0.55 * (N * u) + 1.75 * u) * sigma.
Proof.
assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); destruct qs as [[q0 q2] _]; destruct squares_large as [q1 _].
destruct sigma_gt_0 as (s0 & ss & Ms & _); assert (H := norm_right); set (Q := squares) in *; set (s := sigma) in *.
assert (Q0 : 0 < Q) by (assert (0 < M ^ 2) by (apply pow_lt; lra); lra); assert (i0 : 0 < / INR n) by (apply Rinv_0_lt_compat; lra).
set (Y := 2.03 * X + 1.06 * (N * u) + 0.3 * u) in *; assert (X1 : X <= 0.025) by exact D_small.
assert (Y0 : 0 < Y <= 0.052) by (unfold Y; lra).
assert (A : Rabs (norm / INR n - s * s) <= Y * (s * s)).
  rewrite ss; replace (norm / INR n - Q / INR n) with ((norm - Q) * / INR n) by (field; lra).
  rewrite Rabs_mult, (Rabs_pos_eq (/ INR n)) by lra; unfold Rdiv; rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra.
assert (s2 : 0 < s * s) by (apply Rmult_lt_0_compat; assumption).
assert (tn : tiny <= 0.01 * (u * (s * s))).
  assert (M ^ 2 * / INR n <= Q * / INR n) by (apply Rmult_le_compat_r; lra).
  assert (N * tiny * / INR n <= 0.01 * (u * M ^ 2) * / INR n) by (apply Rmult_le_compat_r; lra).
  assert (u * (M ^ 2 * / INR n) <= u * (Q * / INR n)) by (apply Rmult_le_compat_l; lra).
  assert (1 * tiny <= N * / INR n * tiny).
    apply Rmult_le_compat_r; [exact t0|]; apply Rmult_le_reg_r with (INR n); [lra|]; rewrite Rmult_assoc, Rinv_l by lra; lra.
  unfold Rdiv in ss; rewrite ss; lra.
set (v := fl (norm / INR n)); assert (F := fl_any (norm / INR n)); fold v in F.
assert (An : Rabs (norm / INR n) <= 1.052 * (s * s)).
  replace (norm / INR n) with (s * s + (norm / INR n - s * s)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  rewrite (Rabs_pos_eq (s * s)) by lra; assert (Y * (s * s) <= 0.052 * (s * s)) by (apply Rmult_le_compat_r; lra); lra.
assert (uA : u * Rabs (norm / INR n) <= u * (1.052 * (s * s))) by (apply Rmult_le_compat_l; assumption).
set (Z := Y + 1.063 * u); assert (Z0 : 0 < Z <= 0.053) by (unfold Z; lra).
assert (V : Rabs (v - s * s) <= Z * (s * s)).
  replace (v - s * s) with ((v - norm / INR n) + (norm / INR n - s * s)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); unfold Z; lra.
assert (Zs : Z * (s * s) <= 0.053 * (s * s)) by (apply Rmult_le_compat_r; lra).
assert (v0 : 0 < v) by (apply Rabs_le_inv in V; lra).
set (w := sqrt v); assert (w0 : 0 < w) by (apply sqrt_lt_R0; exact v0); assert (ww : w * w = v) by (apply sqrt_sqrt; lra).
assert (w1 : (1 - Z) * s <= w).
  apply Rsqr_incr_0_var; [|lra]; unfold Rsqr; rewrite ww; apply Rabs_le_inv in V.
  apply Rle_trans with ((1 - Z) * (s * s)); [|lra]; replace ((1 - Z) * s * ((1 - Z) * s)) with ((1 - Z) * ((1 - Z) * (s * s))) by ring.
  apply Rmult_le_compat_l; [lra|]; assert (0 <= Z * (s * s)) by (apply Rmult_le_pos; lra); lra.
assert (W : Rabs (w - s) <= 0.515 * Z * s).
  assert (ws : 1.947 * s <= w + s) by (assert (Z * s <= 0.053 * s) by (apply Rmult_le_compat_r; lra); lra).
  apply Rmult_le_reg_r with (w + s); [lra|]; rewrite <- (Rabs_pos_eq (w + s)) at 1 by lra; rewrite <- Rabs_mult.
  replace ((w - s) * (w + s)) with (v - s * s) by (rewrite <- ww; ring).
  assert (0.515 * Z * s * (1.947 * s) <= 0.515 * Z * s * (w + s)) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|exact ws]).
  assert (0 <= Z * (s * s)) by (apply Rmult_le_pos; lra); lra.
assert (G := fl_any w); change (fl w) with plain_sigma in G.
assert (Zs' : 0 <= Z * s <= 0.053 * s) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (wS : w <= 1.03 * s) by (apply Rabs_le_inv in W; lra); rewrite (Rabs_pos_eq w) in G by lra.
assert (uw : u * w <= u * (1.03 * s)) by (apply Rmult_le_compat_l; lra).
assert (ts : tiny <= 0.01 * (u * s)).
  assert (u * M <= u * (INR n * s)) by (apply Rmult_le_compat_l; lra).
  apply Rmult_le_reg_l with N; [lra|]; assert (u * s * INR n <= u * s * N) by (apply Rmult_le_compat_l; [apply Rmult_le_pos|]; lra); lra.
replace (plain_sigma - s) with ((plain_sigma - w) + (w - s)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
apply Rle_trans with ((0.515 * Z + 1.04 * u) * s); [lra|]; apply Rmult_le_compat_r; [lra|unfold Z, Y; lra].
Qed.

Theorem grpo_right m : (m <= n)%nat ->
  Rabs (plain_grpo m - d m / sigma) <= (1.1 * D * (1 + sqrt N) + 0.6 * N + 3) * u * scale.
Proof.
intros mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); destruct qs as [[q0 q2] _]; assert (X1 : X <= 0.025) by exact D_small.
destruct sigma_gt_0 as (s0 & _ & _ & sM); assert (H := plain_sigma_right); assert (A := scale_right m mn); assert (E := dev_right m mn).
assert (Ms : M / sigma <= scale).
  destruct M_reached as (t & tn & <-); apply Rle_trans with (2 := scale_right t tn).
  unfold Rdiv; rewrite Rabs_mult, (Rabs_pos_eq (/ sigma)); [lra|apply Rlt_le, Rinv_0_lt_compat; exact s0].
set (s := sigma) in *; set (Z := 1.05 * X + 0.55 * (N * u) + 1.75 * u) in *; assert (Z0 : 0 < Z <= 0.027) by (unfold Z; lra).
assert (Zs : Z * s <= 0.027 * s) by (apply Rmult_le_compat_r; lra); assert (P : 0.973 * s <= plain_sigma) by (apply Rabs_le_inv in H; lra).
assert (i0 : 0 < / s) by (apply Rinv_0_lt_compat; exact s0); assert (half : / 2 <= scale).
  apply Rle_trans with (2 := Ms); apply Rmult_le_reg_r with s; [exact s0|]; unfold Rdiv; rewrite (Rmult_assoc M), Rinv_l by lra; lra.
unfold plain_grpo; destruct (Rlt_dec 0 plain_sigma) as [pos|no]; [|lra]; set (p := plain_sigma) in *.
assert (ip : 0 < / p <= 1.028 * / s).
  split; [apply Rinv_0_lt_compat; lra|]; apply Rmult_le_reg_r with (p * s); [apply Rmult_lt_0_compat; lra|].
  replace (/ p * (p * s)) with s by (field; lra); replace (1.028 * / s * (p * s)) with (1.028 * p) by (field; lra); lra.
assert (K1 : Rabs ((dev m - d m) / p) <= 1.028 * (D * u * scale)).
  unfold Rdiv; rewrite Rabs_mult, (Rabs_pos_eq (/ p)) by lra.
  apply Rle_trans with (D * u * M * (1.028 * / s)); [apply Rmult_le_compat; try lra; apply Rabs_pos|].
  assert (D * u * (M / s) <= D * u * scale) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|exact Ms]); unfold Rdiv in *; lra.
assert (K2 : Rabs (d m / p - d m / s) <= 1.028 * (Z * scale)).
  replace (d m / p - d m / s) with (- (d m / s * ((p - s) * / p))) by (field; lra).
  rewrite Rabs_Ropp, !Rabs_mult, (Rabs_pos_eq (/ p)) by lra.
  assert (Q : Rabs (p - s) * / p <= Z * s * (1.028 * / s)) by (apply Rmult_le_compat; try lra; apply Rabs_pos).
  replace (Z * s * (1.028 * / s)) with (1.028 * Z) in Q by (field; lra).
  apply Rle_trans with (scale * (1.028 * Z)); [|lra]; apply Rmult_le_compat; try assumption; [apply Rabs_pos|].
  apply Rmult_le_pos; [apply Rabs_pos|lra].
assert (K3 : Rabs (dev m / p - d m / s) <= 1.028 * (D * u * scale) + 1.028 * (Z * scale)).
  replace (dev m / p - d m / s) with ((dev m - d m) / p + (d m / p - d m / s)) by (field; lra); apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (sc0 : 0 < scale) by lra.
assert (Dx : D * u * scale <= 0.025 * scale) by (apply Rmult_le_compat_r; lra); assert (Zx : Z * scale <= 0.027 * scale) by (apply Rmult_le_compat_r; lra).
assert (F := fl_any (dev m / p)); assert (F1 : Rabs (dev m / p) <= 1.06 * scale).
  replace (dev m / p) with (d m / s + (dev m / p - d m / s)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (F2 : u * Rabs (dev m / p) <= u * (1.06 * scale)) by (apply Rmult_le_compat_l; lra).
assert (ts : tiny <= 0.02 * (u * scale)).
  assert (u * / 2 <= u * scale) by (apply Rmult_le_compat_l; lra); assert (2 * tiny <= N * tiny) by (apply Rmult_le_compat_r; lra); lra.
replace (fl (dev m / p) - d m / s) with ((fl (dev m / p) - dev m / p) + (dev m / p - d m / s)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _).
replace ((1.1 * D * (1 + sqrt N) + 0.6 * N + 3) * u * scale) with
  (1.1 * (D * u * scale) + 1.1 * (X * scale) + 0.6 * (N * u * scale) + 3 * (u * scale)) by (unfold X; ring).
assert (0 <= X * scale) by (apply Rmult_le_pos; lra); assert (0 <= N * u * scale) by (apply Rmult_le_pos; lra).
assert (0 <= u * scale) by (apply Rmult_le_pos; lra); assert (0 <= D * u * scale) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra).
replace (Z * scale) with (1.05 * (X * scale) + 0.55 * (N * u * scale) + 1.75 * (u * scale)) in * by (unfold Z; ring).
lra.
Qed.
End Normed.

(* Of the deviations of plain loops. *)
Section Loops.
Variables (n : nat) (r : nat -> R) (M scale : R).
Local Notation N := (INR (S n)).
Local Notation deviation := (fun m => r m - sum r (S n) / N).

Hypothesis n_gt_0 : (0 < n)%nat.
Hypothesis u_small : u <= / 1048576.
Hypothesis N_small : 5 * N ^ 2 * u <= 1.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis M_largest : forall t, (t <= n)%nat -> Rabs (deviation t) <= M.
Hypothesis M_reached : exists t, (t <= n)%nat /\ Rabs (deviation t) = M.
Hypothesis M_gt_0 : 0 < M.
Hypothesis tiny_small : 100 * (N * tiny) <= u.
Hypothesis tiny_square : 100 * (N * tiny) <= u * M ^ 2.
Hypothesis scale_right : forall t, (t <= n)%nat -> Rabs (deviation t / sigma n deviation) <= scale.

Let tiny_M : 100 * (N * tiny) <= u * M.
Proof.
assert (u0 := u_ge_0); destruct (Rle_or_lt 1 M) as [H|H].
  apply Rle_trans with (1 := tiny_small); rewrite <- (Rmult_1_r u) at 1; apply Rmult_le_compat_l; lra.
assert (M ^ 2 <= M) by nra; apply Rle_trans with (1 := tiny_square), Rmult_le_compat_l; lra.
Qed.
Let N2 : 2 <= N. Proof. apply (le_INR 2); lia. Qed.
Let qu : 0 <= N * u <= 0.0005 /\ N ^ 2 * u <= 0.2.
Proof. assert (u0 := u_ge_0); split; [split; [apply Rmult_le_pos; lra|nra]|lra]. Qed.
Let sN : 1 <= sqrt N. Proof. rewrite <- sqrt_1; apply sqrt_le_1; lra. Qed.
Let sqrt_small c : 0 <= c -> sqrt N * ((2 * N + c) * u) <= 0.0201 + c * 0.0005.
Proof.
intros c0; assert (u0 := u_ge_0); destruct qu as [[q0 q1] q2]; set (s := sqrt N) in *; assert (ss : s * s = N) by (apply sqrt_sqrt; lra).
assert (su : 0 <= s * u <= 0.0005) by (split; [apply Rmult_le_pos; lra|]; assert (s <= N) by nra; assert (s * u <= N * u) by (apply Rmult_le_compat_r; lra); lra).
assert (sq : s * (N * u) <= 0.01005).
  apply Rsqr_incr_0_var; [|lra]; unfold Rsqr; replace (s * (N * u) * (s * (N * u))) with (N ^ 2 * u * (N * u)) by (rewrite <- ss; ring).
  apply Rle_trans with (0.2 * 0.0005); [apply Rmult_le_compat; try assumption; apply Rmult_le_pos; [nra|exact u0]|lra].
assert (c * (s * u) <= c * 0.0005) by (apply Rmult_le_compat_l; lra); lra.
Qed.

Theorem plain_grpo_within m : (m <= n)%nat ->
  Rabs (plain_grpo n (plain_deviation n r) m - deviation m / sigma n deviation) <= ((5 * N + 6) * (1 + sqrt N) + N / 2 + 3) * u * scale.
Proof.
intros mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (s0 : 0 <= scale) by (apply Rle_trans with (2 := scale_right m mn); apply Rabs_pos).
assert (near : forall t, (t <= n)%nat -> Rabs (plain_deviation n r t - deviation t) <= (2 * N + 4.06) * u * M).
  intros t tn; assert (H := plain_dr_grpo emin prec prec_gt_1 emin_le_0 n r M n_gt_0 u_small N_small r_format r_sorted M_largest t tn).
  apply Rle_trans with (1 := H); assert (0 <= u * M) by (apply Rmult_le_pos; lra); lra.
assert (K := sqrt_small 4.06 ltac:(lra)).
assert (H := grpo_right n (plain_deviation n r) deviation (2 * N + 4.06) M scale n_gt_0 u_small N_small near M_largest M_reached
  M_gt_0 ltac:(lra) ltac:(lra) tiny_small tiny_square scale_right m mn).
apply Rle_trans with (1 := H); apply Rmult_le_compat_r; [exact s0|]; apply Rmult_le_compat_r; [exact u0|].
assert ((1.1 * (2 * N + 4.06)) * (1 + sqrt N) <= (4 * N + 6) * (1 + sqrt N)) by (apply Rmult_le_compat_r; lra).
assert (0 <= N * sqrt N) by (apply Rmult_le_pos; lra); lra.
Qed.

(* Whole numbers, whose sums are exact. *)
Hypothesis r_whole : forall t, (t <= n)%nat -> whole (r t).
Hypothesis range_small : N * (r n - r 0%nat) < bpow radix2 prec.

Lemma whole_deviation m : (m <= n)%nat -> Rabs (plain_deviation n r m - deviation m) <= 2.02 * u * M.
Proof.
intros mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (n0 := pos_INR n); assert (Nn : N = INR n + 1) by apply S_INR.
assert (R0 := range_ge_0 r n n_gt_0 r_sorted); assert (R1 := R0 0%nat n ltac:(lia)); set (range := r n - r 0%nat) in *.
assert (apart : forall k j, (k <= j <= n)%nat -> whole (r j - r k) /\ 0 <= r j - r k <= range).
  intros k j kj; destruct (r_whole j ltac:(lia)) as [a Ea]; destruct (r_whole k ltac:(lia)) as [b Eb]; split.
    exists (a - b)%Z; rewrite minus_IZR, Ea, Eb; reflexivity.
  assert (H := R0 k j kj); assert (H1 := R0 0%nat k ltac:(lia)); assert (H2 := R0 j n ltac:(lia)); unfold range; lra.
assert (range_lt : range < bpow radix2 prec) by (assert (1 * range <= N * range) by (apply Rmult_le_compat_r; unfold range; lra); lra).
assert (exact_difference : forall k j, (k <= j <= n)%nat -> fl (r j - r k) = r j - r k).
  intros k j kj; destruct (apart k j kj) as [w b]; apply (fl_of_format emin prec), (whole_format emin prec prec_gt_1 emin_le_0); [exact w|rewrite Rabs_pos_eq; lra].
set (term := term emin prec r (fun _ => 1)).
assert (T : forall t, (t < n)%nat -> term t = r (S t) - r t).
  intros t tn; unfold term, rounded_advantages.term; rewrite Rmult_1_r, (exact_difference t (S t)) by lia; apply exact_difference; lia.
set (sums := gap_sums emin prec (fun _ => plain) r (fun _ => 1) n).
assert (G : forall k, (k <= n)%nat -> sums k = r k - r 0%nat).
  intros [|k] kn; [unfold sums; simpl; ring|]; unfold sums; simpl; fold term.
  assert (H : forall j, (j < n)%nat -> plain term j = r (S j) - r 0%nat).
    induction j as [|j IH]; intros jn; simpl; [apply T; lia|]; rewrite IH, T by lia.
    replace (r (S j) - r 0%nat + (r (S (S j)) - r (S j))) with (r (S (S j)) - r 0%nat) by ring; apply exact_difference; lia.
  apply H; lia.
assert (sums_whole : forall k, (k <= n)%nat -> whole (sums k)) by (intros k kn; rewrite G by lia; apply apart; lia).
assert (small : sum (size sums) (S n) < bpow radix2 prec).
  apply Rle_lt_trans with (2 := range_small); rewrite <- sum_const; apply sum_le; intros k kn; unfold size; rewrite G by lia.
  destruct (apart 0%nat k ltac:(lia)) as [_ b]; rewrite Rabs_pos_eq; lra.
destruct (plain_whole emin prec prec_gt_1 emin_le_0 sums n sums_whole small n (le_n n)) as [E _].
assert (mean : sum sums (S n) / N = sum r (S n) / N - r 0%nat).
  rewrite (sum_eq sums (fun k => 1 * r k + -1 * r 0%nat)) by (intros k kn; rewrite G by lia; ring); rewrite sum_linear, sum_const; field; lra.
change (plain_deviation n r m) with (fl (sums m - fl (plain sums n / N))); rewrite E, mean; set (a := sum r (S n) / N - r 0%nat).
assert (A : Rabs a <= M) by (assert (H := M_largest 0%nat ltac:(lia)); replace a with (- (r 0%nat - sum r (S n) / N)) by (unfold a; ring); rewrite Rabs_Ropp; exact H).
assert (F := fl_any a); assert (uA : u * Rabs a <= u * M) by (apply Rmult_le_compat_l; assumption).
assert (Fs : format (sums m)).
  rewrite G, <- (exact_difference 0%nat m) by lia; apply fl_format.
assert (S1 := fl_sub (sums m) (fl a) Fs (fl_format a)).
assert (B : Rabs (sums m - fl a - deviation m) <= u * M + tiny).
  rewrite G by lia; replace (r m - r 0%nat - fl a - (r m - sum r (S n) / N)) with (- (fl a - a)) by (unfold a; ring); rewrite Rabs_Ropp; lra.
assert (C : Rabs (sums m - fl a) <= M + (u * M + tiny)).
  replace (sums m - fl a) with (deviation m + (sums m - fl a - deviation m)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  assert (H := M_largest m mn); cbv beta in *; lra.
assert (D : u * Rabs (sums m - fl a) <= u * (M + (u * M + tiny))) by (apply Rmult_le_compat_l; assumption).
assert (uM : 0 <= u * M) by (apply Rmult_le_pos; lra); assert (u * (u * M) <= / 1048576 * (u * M)) by (apply Rmult_le_compat_r; assumption).
assert (2 * tiny <= N * tiny) by (apply Rmult_le_compat_r; lra); assert (u * tiny <= / 1048576 * tiny) by (apply Rmult_le_compat_r; assumption).
replace (fl (sums m - fl a) - (r m - sum r (S n) / N)) with
  ((fl (sums m - fl a) - (sums m - fl a)) + (sums m - fl a - deviation m)) by (cbv beta; ring).
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

Theorem plain_grpo_of_whole m : (m <= n)%nat ->
  Rabs (plain_grpo n (plain_deviation n r) m - deviation m / sigma n deviation) <= (5 * N + 6) * u * scale.
Proof.
intros mn; assert (u0 := u_ge_0); assert (s0 : 0 <= scale) by (apply Rle_trans with (2 := scale_right m mn); apply Rabs_pos).
assert (K : sqrt N * (2.02 * u) <= 0.025).
  assert (H := sqrt_small 2.02 ltac:(lra)); apply Rle_trans with (sqrt N * ((2 * N + 2.02) * u)); [|lra].
  apply Rmult_le_compat_l; [lra|apply Rmult_le_compat_r; lra].
assert (H := grpo_right n (plain_deviation n r) deviation 2.02 M scale n_gt_0 u_small N_small whole_deviation M_largest M_reached
  M_gt_0 ltac:(lra) K
  tiny_small tiny_square scale_right m mn).
apply Rle_trans with (1 := H); apply Rmult_le_compat_r; [exact s0|]; apply Rmult_le_compat_r; [exact u0|].
assert (ss : sqrt N * sqrt N = N) by (apply sqrt_sqrt; lra); assert (sqrt N <= N / 2 + / 2) by (assert (0 <= (sqrt N - 1) ^ 2) by apply pow2_ge_0; lra); lra.
Qed.
End Loops.
End Format.
