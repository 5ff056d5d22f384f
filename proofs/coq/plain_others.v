(* (58) and (59) for the other quantities, as plain loops form them from the advantages A and the weights of plain_weights.v:

     value            plain sums of fl(r_t w_t)                                         within (4N + 4) u V
     score weights    K/N A, in two roundings                                           within (5N + 6) u of K/N scale
     include-one      fl(value + (N-K)/N A), eq. (26)                                   of V + (N-K)/N scale
     leave-one-out    fl(value - K/N A), eq. (27)                                       of V + K/N scale
     pathwise         plain sums of the b weights of a tie, over b                      of the largest weight

   and what underflows. V = max |r| times the sum of |alpha|, N = n + 1 rewards. In eqs. (26), (27) the roundings of A exceed
   5N + 6 by less than one; but the share of scale that counts is 2V at most, and V is counted with 4N + 6 alone. Rank weights
   are read with rho roundings each, 3.01 at most; what is less is left to what is made of these quantities, plain_family.v. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums rounded_advantages plain_loops plain_weights.
Local Open Scope R_scope.

(* Rank weights of n ranks add up to those of K, *)
Lemma pairs_sum e n m : (m <= n)%nat ->
  sum (fun t => INR t * e (Nat.pred t) + INR (n - t) * e t) (S m) = INR (S n) * sum e m + INR (n - m) * e m.
Proof.
induction m as [|m IH]; intros mn; [simpl sum; rewrite Nat.sub_0_r; simpl (INR 0); ring|].
pose (f t := INR t * e (Nat.pred t) + INR (n - t) * e t); fold f; fold f in IH.
change (sum f (S (S m))) with (sum f (S m) + f (S m)); rewrite IH by lia; unfold f; simpl Nat.pred.
change (sum e (S m)) with (sum e m + e m); rewrite !minus_INR by lia; rewrite !S_INR; ring.
Qed.

Lemma raised_sum K alpha s : (0 < K)%nat -> sum (raised K alpha s) (K + s) = INR (K + s) / INR K * sum alpha K.
Proof.
intros K0; assert (k0 : 0 < INR K) by (apply lt_0_INR; exact K0); induction s as [|s IH].
  rewrite Nat.add_0_r; replace (sum (raised K alpha 0) K) with (sum alpha K) by (apply sum_eq; reflexivity); field; lra.
assert (n0 : 0 < INR (K + s)) by (apply lt_0_INR; lia).
transitivity (/ INR (K + s) * sum (fun t => INR t * raised K alpha s (Nat.pred t) + INR (K + s - t) * raised K alpha s t) (S (K + s))).
  rewrite <- sum_scaled; replace (K + S s)%nat with (S (K + s)) by lia; apply sum_eq; intros t ts; simpl raised; unfold Rdiv; ring.
rewrite pairs_sum, Nat.sub_diag, IH by lia; replace (K + S s)%nat with (S (K + s)) by lia; simpl (INR 0); field; lra.
Qed.

(* and none is larger than all of these together. *)
Lemma raised_small K alpha A s : (0 < K)%nat -> (forall t, (t < K)%nat -> 0 <= alpha t <= A) ->
  forall t, (t < K + s)%nat -> 0 <= raised K alpha s t <= A.
Proof.
intros K0 aA; induction s as [|s IH]; intros t ts; simpl; [apply aA; lia|].
set (n := INR (K + s)); assert (n0 : 0 < n) by (apply lt_0_INR; lia); assert (i0 := Rinv_0_lt_compat _ n0).
assert (A0 : 0 <= A) by (assert (H := aA 0%nat K0); lra).
assert (X : 0 <= INR t * raised K alpha s (Nat.pred t) <= INR t * A).
  destruct t as [|t]; [simpl; lra|]; assert (H := IH t ltac:(lia)); assert (t0 := pos_INR (S t)); simpl Nat.pred.
  split; [apply Rmult_le_pos|apply Rmult_le_compat_l]; lra.
assert (Y : 0 <= INR (K + s - t) * raised K alpha s t <= INR (K + s - t) * A).
  destruct (Nat.eq_dec t (K + s)) as [->|ne]; [rewrite Nat.sub_diag; simpl; lra|].
  assert (H := IH t ltac:(lia)); assert (t0 := pos_INR (K + s - t)); split; [apply Rmult_le_pos|apply Rmult_le_compat_l]; lra.
assert (E : INR t * A + INR (K + s - t) * A = A * n) by (unfold n; rewrite <- Rmult_plus_distr_r, <- plus_INR; replace (t + (K + s - t))%nat with (K + s)%nat by lia; ring).
unfold Rdiv; split; [apply Rmult_le_pos; lra|].
apply Rmult_le_reg_r with n; [exact n0|]; rewrite Rmult_assoc, Rinv_l by lra; lra.
Qed.

Lemma sum_has f n t : (forall k, (k < n)%nat -> 0 <= f k) -> (t < n)%nat -> f t <= sum f n.
Proof.
induction n as [|n IH]; intros f0 tn; [lia|]; simpl; assert (H := f0 n ltac:(lia)).
destruct (Nat.eq_dec t n) as [->|ne]; [|assert (f t <= sum f n) by (apply IH; [intros; apply f0|]; lia); lra].
assert (0 <= sum f n); [|lra].
rewrite <- (Rmult_0_r (INR n)), <- sum_const; apply sum_le; intros k kn; apply f0; lia.
Qed.

(* Centred sums of terms that are not negative are within all of these together. *)
Lemma centred_small_sums y n : (forall t, (t < n)%nat -> 0 <= y t) -> forall m, (m <= n)%nat -> Rabs (centred_sum n y m) <= sum y n.
Proof.
intros y0 m mn; unfold centred_sum; assert (N0 : 0 < INR (S n)) by (apply lt_0_INR; lia); assert (i0 := Rinv_0_lt_compat _ N0).
assert (B : forall k, (k <= n)%nat -> 0 <= sum y k <= sum y n).
  assert (E : forall j, (j <= n)%nat -> sum y j = sum (size y) j).
    intros j jn; apply sum_eq; intros t tj; unfold size; rewrite Rabs_pos_eq; [reflexivity|apply y0; lia].
  intros k kn; rewrite (E k kn), (E n) by lia; split; [apply size_ge_0|apply sum_size_mono; exact kn].
assert (L : 0 <= sum (sum y) (S n) <= INR (S n) * sum y n).
  split; [rewrite <- (Rmult_0_r (INR (S n))), <- sum_const|rewrite <- sum_const]; apply sum_le; intros t tn; apply B; lia.
assert (M : 0 <= sum (sum y) (S n) / INR (S n) <= sum y n).
  unfold Rdiv; split; [apply Rmult_le_pos; lra|].
  apply Rmult_le_reg_r with (INR (S n)); [exact N0|]; rewrite Rmult_assoc, Rinv_l by lra; lra.
assert (H := B m mn); apply Rabs_le; lra.
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
Local Notation plain := (plain emin prec).
Local Notation scaled := (scaled emin prec).
Local Notation raised_plainly := (raised_plainly emin prec).

Lemma scaled_format a b x y : scaled a b x y -> format y.
Proof. intros [(q & _ & ->)| ->]; apply fl_format. Qed.

(* One more sum: of a value and an advantage, each within what it may be. *)
Lemma added_right v a x y e f V S : format v -> format a -> Rabs x <= V -> Rabs y <= S -> Rabs (v - x) <= e -> Rabs (a - y) <= f ->
  Rabs (fl (v + a) - (x + y)) <= (1 + u) * (e + f) + u * (V + S).
Proof.
intros Fv Fa X Y E F; assert (u0 := u_ge_0); assert (H := fl_add v a Fv Fa).
assert (B : Rabs (v + a - (x + y)) <= e + f).
  replace (v + a - (x + y)) with ((v - x) + (a - y)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (C : Rabs (v + a) <= V + S + (e + f)).
  replace (v + a) with ((x + y) + (v + a - (x + y))) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  assert (D := Rabs_triang x y); lra.
assert (u * Rabs (v + a) <= u * (V + S + (e + f))) by (apply Rmult_le_compat_l; assumption).
replace (fl (v + a) - (x + y)) with ((fl (v + a) - (v + a)) + (v + a - (x + y))) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

(* A tie: the sum of b weights by whoever adds, over b. *)
Lemma tied_right ranks w w_abs first b s gamma omega zeta W :
  (0 < b)%nat -> (forall t, (t < b)%nat -> Rabs (w (first + t)%nat) <= w_abs (first + t)%nat <= W) ->
  (forall t, (t < b)%nat -> Rabs (ranks (first + t)%nat - w (first + t)%nat) <= omega * w_abs (first + t)%nat + zeta) ->
  Rabs (s - sum (fun t => ranks (first + t)%nat) b) <= gamma * sum (size (fun t => ranks (first + t)%nat)) b ->
  0 <= omega -> 0 <= zeta -> 0 <= gamma ->
  Rabs (fl (s / INR b) - sum (fun t => w (first + t)%nat) b / INR b) <=
  ((1 + u) * (1 + gamma) * (1 + omega) - 1) * W + (1 + u) * (1 + gamma) * zeta + tiny.
Proof.
intros b0 wW near sum_right o0 z0 g0; assert (u0 := u_ge_0); assert (B0 : 0 < INR b) by (apply lt_0_INR; exact b0).
assert (i0 := Rinv_0_lt_compat _ B0); set (x t := ranks (first + t)%nat) in *; set (y t := w (first + t)%nat) in *.
assert (W0 : 0 <= W) by (assert (H := wW 0%nat b0); assert (P := Rabs_pos (w (first + 0)%nat)); lra).
set (E := omega * W + zeta).
assert (each : forall t, (t < b)%nat -> Rabs (x t - y t) <= E /\ Rabs (x t) <= W + E).
  intros t tb; assert (H := near t tb); assert (H1 := wW t tb); fold (x t) (y t) in H; fold (y t) in H1.
  assert (omega * w_abs (first + t)%nat <= omega * W) by (apply Rmult_le_compat_l; lra).
  split; [unfold E; lra|]; replace (x t) with (y t + (x t - y t)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); unfold E; lra.
assert (D : Rabs (sum x b - sum y b) <= INR b * E).
  replace (sum x b - sum y b) with (sum (fun t => 1 * x t + -1 * y t) b) by (rewrite sum_linear; ring).
  apply Rle_trans with (1 := sum_size _ _); rewrite <- sum_const; apply sum_le; intros t tb; unfold size.
  replace (1 * x t + -1 * y t) with (x t - y t) by ring; apply each; exact tb.
assert (Z : sum (size x) b <= INR b * (W + E)) by (rewrite <- sum_const; apply sum_le; intros t tb; apply each; exact tb).
assert (G : gamma * sum (size x) b <= gamma * (INR b * (W + E))) by (apply Rmult_le_compat_l; assumption).
assert (Y : Rabs (sum y b) <= INR b * W).
  apply Rle_trans with (1 := sum_size _ _); rewrite <- sum_const; apply sum_le; intros t tb; unfold size, y; assert (H := wW t tb); lra.
assert (over : forall v c, Rabs v <= INR b * c -> Rabs (v / INR b) <= c).
  intros v c H; unfold Rdiv; rewrite Rabs_mult, Rabs_inv, (Rabs_pos_eq (INR b)) by lra.
  apply Rmult_le_reg_r with (INR b); [exact B0|]; rewrite Rmult_assoc, Rinv_l by lra; lra.
set (F := E + gamma * (W + E)).
assert (A1 : Rabs ((s - sum y b) / INR b) <= F).
  apply over; replace (s - sum y b) with ((s - sum x b) + (sum x b - sum y b)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); unfold F; lra.
assert (A2 : Rabs (s / INR b) <= W + F).
  replace (s / INR b) with (sum y b / INR b + (s - sum y b) / INR b) by (field; lra).
  apply Rle_trans with (1 := Rabs_triang _ _); assert (H := over _ _ Y); lra.
assert (H := fl_any (s / INR b)); assert (A3 : u * Rabs (s / INR b) <= u * (W + F)) by (apply Rmult_le_compat_l; assumption).
replace (fl (s / INR b) - sum y b / INR b) with ((fl (s / INR b) - s / INR b) + (s - sum y b) / INR b) by (field; lra).
apply Rle_trans with (1 := Rabs_triang _ _); unfold F, E in *; lra.
Qed.

Section Loops.
Variables (rho : R) (K n : nat) (alpha alpha_abs read gaps ranks r : nat -> R) (largest scale : R).
Local Notation N := (INR (S n)).
Local Notation g := (exact_gap_weight K n alpha).
Local Notation g_abs := (exact_gap_weight K n alpha_abs).
Local Notation w := (exact_rank_weight K n alpha).
Local Notation w_abs := (exact_rank_weight K n alpha_abs).

Hypothesis KN : (0 < K <= S n)%nat.
Hypothesis n_gt_0 : (0 < n)%nat.
Hypothesis alpha_right : forall t, (t < K)%nat -> Rabs (alpha t) <= alpha_abs t.
Hypothesis rho_range : 0 <= rho <= 3.01.
Hypothesis read_right : forall t, (t < K)%nat -> Rabs (read t - alpha t) <= rho * u * alpha_abs t + tiny.
Hypothesis ranks_made : forall t, (t <= n)%nat -> scaled (INR K) N (raised_plainly K read (S n - K) t) (ranks t).
Hypothesis u_small : u <= / 1048576.
Hypothesis N_small : 5 * N ^ 2 * u <= 1.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_small : forall t, (t <= n)%nat -> Rabs (r t) <= largest.

Definition exact_value : R := sum (fun t => w t * r t) (S n).
Definition exact_advantage : nat -> R := centred_sum n (exact_term r g).
Definition plain_value : R := plain (fun t => fl (ranks t * r t)) n.
Definition plain_advantage : nat -> R := centred emin prec (fun _ => plain) r gaps n.
Definition V : R := largest * sum alpha_abs K.
Definition value_under : R := (4.2 * N * largest + 1.01) * (N * tiny).
Definition advantage_under : R := (6.4 * (r n - r 0%nat) + 2.2) * (N * tiny).

Let n1 : 1 <= INR n. Proof. apply (le_INR 1); lia. Qed.
Let Nn : N = INR n + 1. Proof. apply S_INR. Qed.
Let q_small : 0 <= N * u <= 0.0005 /\ (N * u) ^ 2 <= u / 5.
Proof.
assert (u0 := u_ge_0); assert (qq : (N * u) ^ 2 <= u / 5) by (replace ((N * u) ^ 2) with (N ^ 2 * u * u) by ring; nra).
split; [|exact qq]; split; [apply Rmult_le_pos; lra|]; destruct (Rle_or_lt (N * u) 0.0005) as [L|L]; [exact L|nra].
Qed.
Let alpha_ge_0 : forall t, (t < K)%nat -> 0 <= alpha_abs t.
Proof. intros t tK; apply Rle_trans with (2 := alpha_right t tK); apply Rabs_pos. Qed.
Let largest_ge_0 : 0 <= largest.
Proof. apply Rle_trans with (2 := r_small 0%nat (Nat.le_0_l n)); apply Rabs_pos. Qed.
Let total_ge_0 : 0 <= sum alpha_abs K.
Proof. rewrite <- (Rmult_0_r (INR K)), <- sum_const; apply sum_le; exact alpha_ge_0. Qed.
Let V_ge_0 : 0 <= V. Proof. apply Rmult_le_pos; assumption. Qed.

Let w_right t : (t <= n)%nat -> Rabs (w t) <= w_abs t.
Proof.
intros tn; unfold exact_rank_weight; assert (f0 : 0 <= INR K / N).
  apply Rmult_le_pos; [apply pos_INR|apply Rlt_le, Rinv_0_lt_compat; lra].
rewrite Rabs_mult, (Rabs_pos_eq _ f0); apply Rmult_le_compat_l; [exact f0|apply raised_le; [lia|exact alpha_right|lia]].
Qed.

Let w_sum : sum w_abs (S n) = sum alpha_abs K.
Proof.
assert (k0 : 0 < INR K) by (apply lt_0_INR; lia); assert (H := raised_sum K alpha_abs (S n - K) ltac:(lia)).
replace (K + (S n - K))%nat with (S n) in H by lia.
transitivity (INR K / N * sum (raised K alpha_abs (S n - K)) (S n)); [rewrite <- sum_scaled; reflexivity|rewrite H; field; lra].
Qed.

(* The value. *)
Lemma value_small : Rabs exact_value <= V.
Proof.
unfold exact_value, V; apply Rle_trans with (1 := sum_size _ _); rewrite <- w_sum, <- sum_scaled; apply sum_le; intros t tn.
unfold size; rewrite Rabs_mult, Rmult_comm; apply Rmult_le_compat; try apply Rabs_pos; [apply r_small|apply w_right]; lia.
Qed.

Lemma value_beside : Rabs (plain_value - exact_value) <= (4 * N + 0.96 + rho) * u * V + value_under.
Proof.
assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); destruct q_small as [[q0 q1] q2]; set (q := N * u) in *.
set (omega := (3 * N - 0.06 + rho) * u); set (zeta := 4.1 * N * tiny); set (ru := rho * u).
assert (o1 : omega = 3 * q - 0.06 * u + ru) by (unfold omega, q, ru; ring).
assert (r1 : 0 <= ru <= 3.01 * u) by (unfold ru; split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (uq' : u <= q / 2) by (unfold q; nra).
assert (near : forall t, (t <= n)%nat -> Rabs (ranks t - w t) <= omega * w_abs t + zeta).
  intros t tn; exact (rank_weight_right emin prec prec_gt_1 rho K n alpha alpha_abs read KN n_gt_0 alpha_right rho_range read_right u_small N_small (ranks t) t (ranks_made t tn) tn).
set (p t := fl (ranks t * r t)); set (d := (1 + u) * (1 + omega) - 1).
assert (z0 : 0 <= zeta) by (unfold zeta; apply Rmult_le_pos; lra).
assert (d0 : 0 <= d) by (unfold d; nra).
assert (each : forall t, (t < S n)%nat -> Rabs (p t - w t * r t) <= largest * d * w_abs t + ((1 + u) * zeta * largest + tiny)).
  intros t tn; assert (H := near t ltac:(lia)); assert (R := r_small t ltac:(lia)); assert (A := w_right t ltac:(lia)).
  assert (a0 := Rle_trans _ _ _ (Rabs_pos _) A); assert (F := fl_any (ranks t * r t)); fold (p t) in F.
  assert (X : Rabs (ranks t) <= (1 + omega) * w_abs t + zeta).
    replace (ranks t) with (w t + (ranks t - w t)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
  assert (Y : Rabs (ranks t * r t) <= ((1 + omega) * w_abs t + zeta) * largest).
    rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption.
  assert (Z : Rabs ((ranks t - w t) * r t) <= (omega * w_abs t + zeta) * largest).
    rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption.
  assert (Y' : u * Rabs (ranks t * r t) <= u * (((1 + omega) * w_abs t + zeta) * largest)) by (apply Rmult_le_compat_l; assumption).
  replace (p t - w t * r t) with ((p t - ranks t * r t) + (ranks t - w t) * r t) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); unfold d; lra.
set (U := N * ((1 + u) * zeta * largest + tiny)).
assert (U0 : 0 <= U).
  unfold U; apply Rmult_le_pos; [lra|]; apply Rplus_le_le_0_compat; [|exact t0]; apply Rmult_le_pos; [apply Rmult_le_pos; lra|exact largest_ge_0].
assert (D : sum (size (fun t => p t - w t * r t)) (S n) <= d * V + U).
  apply Rle_trans with (sum (fun t => largest * d * w_abs t + 1 * ((1 + u) * zeta * largest + tiny)) (S n)).
    apply sum_le; intros t tn; unfold size; assert (H := each t tn); lra.
  rewrite sum_linear, sum_const, w_sum; unfold U, V; lra.
assert (B : sum (size p) (S n) <= V + (d * V + U)).
  apply Rle_trans with (sum (fun t => 1 * (largest * w_abs t) + 1 * size (fun t => p t - w t * r t) t) (S n)).
    apply sum_le; intros t tn; unfold size; replace (p t) with (w t * r t + (p t - w t * r t)) at 1 by ring.
    apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_mult.
    assert (Rabs (w t) * Rabs (r t) <= w_abs t * largest).
      apply Rmult_le_compat; try apply Rabs_pos; [apply w_right|apply r_small]; lia.
    lra.
  rewrite sum_linear, sum_scaled, w_sum; fold V; lra.
assert (nu : INR n * u = q - u) by (unfold q; rewrite Nn; ring).
set (gamma := (q - u) * (1 + 1.01 * (q - u))); set (v := q - u) in *.
assert (uq : u <= q / 2) by (unfold q; nra).
assert (v0 : 0 <= v <= 0.0005) by (unfold v; lra).
assert (G : INR n * u <= gamma * (1 - INR n * u)) by (rewrite nu; unfold gamma; nra).
assert (G0 : 0 <= gamma) by (unfold gamma; apply Rmult_le_pos; lra).
assert (G1 : gamma <= q - u + 1.01 * q ^ 2) by (unfold gamma; assert (v * v <= q * q) by (apply Rmult_le_compat; unfold v; lra); unfold v in *; lra).
assert (G2 : gamma <= 0.001) by lra.
assert (S1 := plain_sum emin prec prec_gt_1 emin_le_0 p n (fun _ _ => fl_format _) gamma G G0 n (le_n n)).
assert (S2 : Rabs (sum p (S n) - exact_value) <= d * V + U).
  replace (sum p (S n) - exact_value) with (sum (fun t => p t - w t * r t) (S n)).
    apply Rle_trans with (1 := sum_size _ _); exact D.
  unfold exact_value; replace (sum p (S n) - sum (fun t => w t * r t) (S n)) with (1 * sum p (S n) + -1 * sum (fun t => w t * r t) (S n)) by ring.
  rewrite <- sum_linear; apply sum_eq; intros; ring.
assert (S3 : gamma * sum (size p) (S n) <= gamma * (V + (d * V + U))) by (apply Rmult_le_compat_l; assumption).
assert (T : Rabs (plain_value - exact_value) <= (d + gamma * (1 + d)) * V + (1 + gamma) * U).
  replace (plain_value - exact_value) with ((plain p n - sum p (S n)) + (sum p (S n) - exact_value)) by (unfold plain_value; fold p; ring).
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
apply Rle_trans with (1 := T); apply Rplus_le_compat.
  apply Rmult_le_compat_r; [exact V_ge_0|]; replace ((4 * N + 0.96 + rho) * u) with (4 * q + 0.96 * u + ru) by (unfold q, ru; ring).
  assert (uo : u * omega <= u * 0.0016) by (apply Rmult_le_compat_l; lra).
  assert (d1 : d <= 3 * q + 0.942 * u + ru) by (unfold d; lra).
  assert (g1 : gamma * d <= 1.001 * q * (3 * q + 4 * u)) by (apply Rmult_le_compat; try assumption; nra).
  assert (u * q <= 0.0005 * u) by (rewrite Rmult_comm; apply Rmult_le_compat_r; lra); nra.
unfold value_under, U, zeta.
replace (N * ((1 + u) * (4.1 * N * tiny) * largest + tiny)) with (N * tiny * (4.1 * (1 + u) * (N * largest) + 1)) by ring.
assert (nl : 0 <= N * largest) by (apply Rmult_le_pos; lra); assert (nt : 0 <= N * tiny) by (apply Rmult_le_pos; lra).
replace ((4.2 * N * largest + 1.01) * (N * tiny)) with (N * tiny * (4.2 * (N * largest) + 1.01)) by ring.
replace ((1 + gamma) * (N * tiny * (4.1 * (1 + u) * (N * largest) + 1))) with (N * tiny * ((4.1 * ((1 + gamma) * (1 + u))) * (N * largest) + (1 + gamma))) by ring.
apply Rmult_le_compat_l; [exact nt|].
assert ((4.1 * ((1 + gamma) * (1 + u))) * (N * largest) <= 4.2 * (N * largest)) by (apply Rmult_le_compat_r; [exact nl|nra]); lra.
Qed.

Lemma value_within : Rabs (plain_value - exact_value) <= (4 * N + 4) * u * V + value_under.
Proof.
assert (u0 := u_ge_0); apply Rle_trans with (1 := value_beside); apply Rplus_le_compat_r, Rmult_le_compat_r; [exact V_ge_0|].
apply Rmult_le_compat_r; lra.
Qed.

(* Pathwise weights, eq. (29): of b tied ranks from `first` on. *)
Theorem plain_pathwise_weights first b most : (0 < b)%nat -> (first + b <= S n)%nat -> (forall t, (t <= n)%nat -> w_abs t <= most) ->
  Rabs (fl (plain (fun t => ranks (first + t)%nat) (Nat.pred b) / INR b) - sum (fun t => w (first + t)%nat) b / INR b) <=
  (4 * N + 4) * u * most + 4.7 * (N * tiny).
Proof.
intros b0 bn wm; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); destruct q_small as [[q0 q1] q2]; set (q := N * u) in *.
assert (nu : INR n * u = q - u) by (unfold q; rewrite Nn; ring); assert (uq : u <= q / 2) by (unfold q; nra).
set (gamma := (q - u) * (1 + 1.01 * (q - u))); set (v := q - u) in *; assert (v0 : 0 <= v <= 0.0005) by (unfold v; lra).
assert (G : INR n * u <= gamma * (1 - INR n * u)) by (rewrite nu; unfold gamma; nra).
assert (G0 : 0 <= gamma) by (unfold gamma; apply Rmult_le_pos; lra).
assert (G1 : gamma <= q - u + 1.01 * q ^ 2) by (unfold gamma; assert (v * v <= q * q) by (apply Rmult_le_compat; unfold v; lra); unfold v in *; lra).
assert (Fr : forall t, (t <= Nat.pred b)%nat -> format (ranks (first + t)%nat)).
  intros t tb; exact (scaled_format _ _ _ _ (ranks_made (first + t)%nat ltac:(lia))).
assert (G' : INR (Nat.pred b) * u <= gamma * (1 - INR (Nat.pred b) * u)).
  assert (INR (Nat.pred b) <= INR n) by (apply le_INR; lia).
  assert (INR (Nat.pred b) * u <= INR n * u) by (apply Rmult_le_compat_r; assumption).
  assert (gamma * (1 - INR n * u) <= gamma * (1 - INR (Nat.pred b) * u)) by (apply Rmult_le_compat_l; lra); lra.
assert (P := plain_sum emin prec prec_gt_1 emin_le_0 (fun t => ranks (first + t)%nat) (Nat.pred b) Fr gamma G' G0 (Nat.pred b) (le_n _)).
replace (S (Nat.pred b)) with b in P by lia.
set (omega := (3 * N - 0.06 + rho) * u); set (zeta := 4.1 * N * tiny); set (ru := rho * u).
assert (r1 : 0 <= ru <= 3.01 * u) by (unfold ru; split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (o1 : omega = 3 * q - 0.06 * u + ru) by (unfold omega, q, ru; ring).
assert (z0 : 0 <= zeta) by (unfold zeta; apply Rmult_le_pos; lra).
assert (H := tied_right ranks w w_abs first b _ gamma omega zeta most b0
  (fun t tb => conj (w_right (first + t)%nat ltac:(lia)) (wm (first + t)%nat ltac:(lia)))
  (fun t tb => rank_weight_right emin prec prec_gt_1 rho K n alpha alpha_abs read KN n_gt_0 alpha_right rho_range read_right u_small N_small _ (first + t)%nat
     (ranks_made (first + t)%nat ltac:(lia)) ltac:(lia)) P ltac:(lra) z0 G0).
assert (m0 : 0 <= most) by (apply Rle_trans with (2 := wm 0%nat (Nat.le_0_l n)); apply Rle_trans with (2 := w_right 0%nat (Nat.le_0_l n)); apply Rabs_pos).
apply Rle_trans with (1 := H); rewrite Rplus_assoc; apply Rplus_le_compat.
  apply Rmult_le_compat_r; [exact m0|]; replace ((4 * N + 4) * u) with (4 * q + 4 * u) by (unfold q; ring).
  assert (g1 : gamma <= 0.001) by lra; set (e := u + gamma + u * gamma).
  assert (ug : 0 <= u * gamma <= 0.001 * u) by (split; [apply Rmult_le_pos|rewrite Rmult_comm; apply Rmult_le_compat_r]; lra).
  assert (qs : q ^ 2 <= 0.0005 * q) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra).
  assert (e0 : 0 <= e) by (unfold e; lra).
  assert (e1 : e * omega <= 1.002 * q * (3 * q + 3 * u)) by (apply Rmult_le_compat; unfold e in *; lra).
  assert (uq2 : u * q <= 0.0005 * u) by (rewrite Rmult_comm; apply Rmult_le_compat_r; lra).
  replace ((1 + u) * (1 + gamma) * (1 + omega) - 1) with (e + omega + e * omega) by (unfold e; ring).
  rewrite o1 in *; unfold e in *; lra.
assert (c : (1 + u) * (1 + gamma) <= 1.002).
  assert (H1 : u * gamma <= u * 0.001) by (apply Rmult_le_compat_l; lra); lra.
assert ((1 + u) * (1 + gamma) * zeta <= 1.002 * zeta) by (apply Rmult_le_compat_r; assumption).
assert (2 * tiny <= N * tiny) by (apply Rmult_le_compat_r; lra); unfold zeta in *; lra.
Qed.
(* Those that need K < N: the advantage, a share of it, and what is added to a value. *)
Hypothesis K_le_n : (K <= n)%nat.
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis gaps_made : forall t, (t < n)%nat -> scaled N (INR n) (raised_plainly K read (n - K) t) (gaps t).
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (centred_sum n (abs_term r g_abs) m) <= scale.

(* A share a / b of the advantage. *)
Lemma share_within a b m y : 0 <= a -> 1 <= b -> a <= b -> (m <= n)%nat -> scaled a b (plain_advantage m) y ->
  forall s, (forall k, (k <= n)%nat -> Rabs (centred_sum n (abs_term r g_abs) k) <= s) ->
  Rabs (y - a / b * exact_advantage m) <= (5 * N + 2.98 + rho) * u * (a / b * s) + advantage_under.
Proof.
intros a0 b1 ab mn made s sc; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); destruct q_small as [[q0 q1] q2].
assert (s0 : 0 <= s) by (apply Rle_trans with (2 := sc 0%nat (Nat.le_0_l n)); apply Rabs_pos).
assert (n0 : (0 < n)%nat) by lia.
assert (gg : forall t, (t < n)%nat -> Rabs (g t) <= g_abs t).
  intros t tn; unfold exact_gap_weight; assert (f0 : 0 <= N / INR n) by (apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; lra]).
  rewrite Rabs_mult, (Rabs_pos_eq _ f0); apply Rmult_le_compat_l; [exact f0|apply raised_le; [lia|exact alpha_right|lia]].
assert (A := exact_within_scale r n g g_abs s n0 r_sorted gg sc m mn); fold (exact_advantage m) in A.
assert (P := plain_advantages emin prec prec_gt_1 emin_le_0 rho K n alpha alpha_abs read gaps KN n_gt_0 alpha_right rho_range read_right u_small N_small K_le_n gaps_made
  r s r_format r_sorted sc m mn); fold (plain_advantage m) (exact_advantage m) in P.
assert (R0 := range_ge_0 r n n0 r_sorted 0 n ltac:(lia)); set (range := r n - r 0%nat) in *.
set (W := (5 * N + 0.97 + rho) * u) in *; set (Z := (6.3 * range + 1.01) * N * tiny) in *.
assert (ru : rho * u <= 3.01 * u) by (apply Rmult_le_compat_r; lra).
assert (W0 : 0 <= W <= 0.0026) by (unfold W; split; [apply Rmult_le_pos; lra|lra]).
assert (nt : 0 <= N * tiny) by (apply Rmult_le_pos; lra).
assert (Z0 : 0 <= Z) by (unfold Z; rewrite Rmult_assoc; apply Rmult_le_pos; [unfold range; lra|exact nt]).
assert (f : 0 <= a / b <= 1).
  unfold Rdiv; split; [apply Rmult_le_pos; [exact a0|apply Rlt_le, Rinv_0_lt_compat; lra]|].
  apply Rmult_le_reg_r with b; [lra|]; rewrite Rmult_assoc, Rinv_l by lra; lra.
apply Rle_trans with (1 := scaled_right emin prec prec_gt_1 a b _ y (exact_advantage m) s W Z a0 b1 made A P (proj1 W0) Z0 ltac:(lra)).
rewrite Rplus_assoc; apply Rplus_le_compat.
  apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|].
  assert (H : ((1 + u) ^ 2 - 1) * W <= 2.0001 * u * 0.0026) by (apply Rmult_le_compat; nra).
  assert ((1 + u) ^ 2 <= 1 + 2.0001 * u) by nra; unfold W in *; lra.
assert (U2 : (1 + u) ^ 2 <= 1.00001) by nra.
assert (H : a / b * ((1 + u) ^ 2 * Z) <= 1 * (1.00001 * Z)).
  apply Rmult_le_compat; try lra; [apply Rmult_le_pos; nra|apply Rmult_le_compat_r; assumption].
assert (t2 : 2 * tiny <= N * tiny) by (apply Rmult_le_compat_r; lra).
assert (rt : 0 <= range * (N * tiny)) by (apply Rmult_le_pos; [unfold range; lra|exact nt]).
unfold advantage_under; fold range; unfold Z in *; lra.
Qed.

(* Score weights, eq. (28). *)
Theorem plain_score_weights m y : (m <= n)%nat -> scaled (INR K) N (plain_advantage m) y ->
  Rabs (y - INR K / N * exact_advantage m) <= (5 * N + 6) * u * (INR K / N * scale) + advantage_under.
Proof.
intros mn made; assert (u0 := u_ge_0); assert (K0 := pos_INR K); assert (k1 : INR K <= N) by (apply le_INR; lia).
apply Rle_trans with (1 := share_within (INR K) N m y K0 ltac:(lra) k1 mn made scale scale_right).
apply Rplus_le_compat_r, Rmult_le_compat_r; [|apply Rmult_le_compat_r; lra].
assert (s0 : 0 <= scale) by (apply Rle_trans with (2 := scale_right 0%nat (Nat.le_0_l n)); apply Rabs_pos).
apply Rmult_le_pos; [apply Rmult_le_pos; [exact K0|apply Rlt_le, Rinv_0_lt_compat; lra]|exact s0].
Qed.

(* A share that leaves one out of N at least is 2V at most. *)
Lemma share_small a : 0 <= a <= INR n -> a / N * sum (abs_term r g_abs) n <= 2 * V.
Proof.
intros a0; set (A := sum alpha_abs K); assert (iN : 0 < / N) by (apply Rinv_0_lt_compat; lra).
assert (in0 : 0 < / INR n) by (apply Rinv_0_lt_compat; lra).
assert (g0 : forall t, (t < n)%nat -> 0 <= g_abs t <= N / INR n * A).
  intros t tn; unfold exact_gap_weight; assert (f0 : 0 <= N / INR n) by (apply Rmult_le_pos; lra).
  assert (H := raised_small K alpha_abs A (n - K) ltac:(lia) (fun t tK => conj (alpha_ge_0 t tK) (sum_has alpha_abs K t alpha_ge_0 tK)) t ltac:(lia)).
  split; [apply Rmult_le_pos|apply Rmult_le_compat_l]; lra.
assert (B : forall k, (k <= n)%nat -> sum (abs_term r g_abs) k <= N / INR n * A * (r k - r 0%nat)).
  induction k as [|k IH]; intros kn; [simpl sum; lra|]; assert (H := IH ltac:(lia)).
  change (sum (abs_term r g_abs) (S k)) with (sum (abs_term r g_abs) k + g_abs k * (r (S k) - r k)).
  assert (g_abs k * (r (S k) - r k) <= N / INR n * A * (r (S k) - r k)); [|lra].
  apply Rmult_le_compat_r; [assert (H1 := r_sorted k ltac:(lia)); lra|apply g0; lia].
assert (G0 : 0 <= N / INR n * A) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra|exact total_ge_0]).
assert (R2 : r n - r 0%nat <= 2 * largest).
  assert (H := r_small n (le_n n)); assert (H1 := r_small 0%nat (Nat.le_0_l n)); apply Rabs_le_inv in H; apply Rabs_le_inv in H1; lra.
assert (f0 : 0 <= a / N) by (apply Rmult_le_pos; lra).
apply Rle_trans with (a / N * (N / INR n * A * (2 * largest))).
  apply Rmult_le_compat_l; [exact f0|]; apply Rle_trans with (1 := B n (le_n n)); apply Rmult_le_compat_l; assumption.
replace (a / N * (N / INR n * A * (2 * largest))) with (a * / INR n * (2 * V)) by (unfold V; fold A; field; lra).
rewrite <- (Rmult_1_l (2 * V)) at 2; apply Rmult_le_compat_r; [assert (H := V_ge_0); lra|].
apply Rmult_le_reg_r with (INR n); [lra|]; rewrite Rmult_assoc, Rinv_l by lra; lra.
Qed.

(* (26), (27): a value, and a share of the advantage added or subtracted; some part of the scale, at most 2V, is enough. *)
Lemma beside_part a m y x sign : 0 <= a <= INR n -> (m <= n)%nat -> scaled a N (plain_advantage m) y ->
  (sign = 1 /\ x = y \/ sign = -1 /\ x = - y) ->
  exists S, 0 <= S /\ S <= a / N * scale /\ S <= 2 * V /\ Rabs (exact_value + sign * (a / N * exact_advantage m)) <= V + S /\
  Rabs (fl (plain_value + x) - (exact_value + sign * (a / N * exact_advantage m))) <=
  u * ((4 * N + 1.97 + rho) * V + (5 * N + 3.99 + rho) * S) + 1.01 * (value_under + advantage_under).
Proof.
intros a0 mn made signed; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); destruct q_small as [[q0 q1] q2].
set (s := Rmin scale (sum (abs_term r g_abs) n)).
assert (y0 : forall t, (t < n)%nat -> 0 <= abs_term r g_abs t).
  intros t tn; apply Rmult_le_pos; [|assert (H := r_sorted t tn); lra].
  apply Rmult_le_pos; [apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; lra]|].
  apply (raised_small K alpha_abs (sum alpha_abs K)); [lia| |lia]; intros k kK; split; [apply alpha_ge_0; exact kK|apply sum_has; [exact alpha_ge_0|exact kK]].
assert (sc : forall k, (k <= n)%nat -> Rabs (centred_sum n (abs_term r g_abs) k) <= s).
  intros k kn; apply Rmin_glb; [apply scale_right; exact kn|apply centred_small_sums; assumption].
assert (f0 : 0 <= a / N) by (apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; lra]).
assert (s0 : 0 <= s) by (apply Rle_trans with (2 := sc 0%nat (Nat.le_0_l n)); apply Rabs_pos).
set (S := a / N * s); assert (S0 : 0 <= S) by (apply Rmult_le_pos; assumption).
assert (S1 : S <= a / N * scale) by (apply Rmult_le_compat_l; [exact f0|apply Rmin_l]).
assert (S2 : S <= 2 * V).
  apply Rle_trans with (2 := share_small a a0); apply Rmult_le_compat_l; [exact f0|apply Rmin_r].
assert (A := share_within a N m y (proj1 a0) ltac:(lra) ltac:(lra) mn made s sc); fold S in A.
assert (E : Rabs (a / N * exact_advantage m) <= S).
  assert (gg : forall t, (t < n)%nat -> Rabs (g t) <= g_abs t).
    intros t tn; unfold exact_gap_weight; assert (f1 : 0 <= N / INR n) by (apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; lra]).
    rewrite Rabs_mult, (Rabs_pos_eq _ f1); apply Rmult_le_compat_l; [exact f1|apply raised_le; [lia|exact alpha_right|lia]].
  rewrite Rabs_mult, (Rabs_pos_eq _ f0); apply Rmult_le_compat_l; [exact f0|].
  exact (exact_within_scale r n g g_abs s ltac:(lia) r_sorted gg sc m mn).
set (z := a / N * exact_advantage m) in *; assert (Fy := scaled_format _ _ _ _ made).
assert (X : format x /\ Rabs (sign * z) <= S /\ Rabs (x - sign * z) <= (5 * N + 2.98 + rho) * u * S + advantage_under).
  destruct signed as [[-> ->]|[-> ->]].
    rewrite Rmult_1_l; auto.
  split; [apply generic_format_opp; exact Fy|]; replace (-1 * z) with (- z) by ring; rewrite Rabs_Ropp; split; [exact E|].
  replace (- y - - z) with (- (y - z)) by ring; rewrite Rabs_Ropp; exact A.
destruct X as (Fx & X1 & X2); exists S; split; [exact S0|split; [exact S1|split; [exact S2|]]].
split; [apply Rle_trans with (1 := Rabs_triang _ _); assert (H := value_small); lra|].
assert (Fv : format plain_value) by (apply (plain_format emin prec prec_gt_1 _ n (fun _ _ => fl_format _) n (le_n n))).
apply Rle_trans with (1 := added_right _ _ _ _ _ _ _ _ Fv Fx value_small X1 value_beside X2).
assert (v0 : 0 <= V) by exact V_ge_0; set (uV := u * V); set (uS := u * S).
assert (uV0 : 0 <= uV) by (apply Rmult_le_pos; assumption). assert (uS0 : 0 <= uS) by (apply Rmult_le_pos; assumption).
assert (nt : 0 <= N * tiny) by (apply Rmult_le_pos; lra).
assert (vu0 : 0 <= value_under).
  unfold value_under; apply Rmult_le_pos; [|exact nt]; assert (0 <= N * largest) by (apply Rmult_le_pos; lra); lra.
assert (au0 : 0 <= advantage_under).
  unfold advantage_under; apply Rmult_le_pos; [|exact nt]; assert (H := range_ge_0 r n ltac:(lia) r_sorted 0 n ltac:(lia)); lra.
assert (uu : u * (value_under + advantage_under) <= 0.01 * (value_under + advantage_under)) by (apply Rmult_le_compat_r; lra).
assert (ru : rho * u <= 3.01 * u) by (apply Rmult_le_compat_r; lra).
assert (k1 : u * ((4 * N + 0.96 + rho) * uV) <= 0.01 * uV) by (rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra).
assert (k2 : u * ((5 * N + 2.98 + rho) * uS) <= 0.01 * uS) by (rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra).
replace ((4 * N + 0.96 + rho) * u * V) with ((4 * N + 0.96 + rho) * uV) by (unfold uV; ring).
replace ((5 * N + 2.98 + rho) * u * S) with ((5 * N + 2.98 + rho) * uS) by (unfold uS; ring).
replace (u * ((4 * N + 1.97 + rho) * V + (5 * N + 3.99 + rho) * S)) with ((4 * N + 1.97 + rho) * uV + (5 * N + 3.99 + rho) * uS) by (unfold uV, uS; ring).
replace (u * (V + S)) with (uV + uS) by (unfold uV, uS; ring).
lra.
Qed.

Lemma beside_within a m y x sign : 0 <= a <= INR n -> (m <= n)%nat -> scaled a N (plain_advantage m) y ->
  (sign = 1 /\ x = y \/ sign = -1 /\ x = - y) ->
  Rabs (fl (plain_value + x) - (exact_value + sign * (a / N * exact_advantage m))) <=
  (5 * N + 6) * u * (V + a / N * scale) + 1.01 * (value_under + advantage_under).
Proof.
intros a0 mn made signed; assert (u0 := u_ge_0); destruct (beside_part a m y x sign a0 mn made signed) as (S & S0 & S1 & S2 & _ & H).
apply Rle_trans with (1 := H); apply Rplus_le_compat_r; rewrite (Rmult_comm (5 * N + 6) u), Rmult_assoc; apply Rmult_le_compat_l; [exact u0|].
assert (v0 := V_ge_0); assert (k : 2 * V <= N * V) by (apply Rmult_le_compat_r; lra).
assert (rV : rho * V <= 3.01 * V) by (apply Rmult_le_compat_r; lra).
assert (rS : rho * S <= 3.01 * S) by (apply Rmult_le_compat_r; lra).
assert ((5 * N + 6) * S <= (5 * N + 6) * (a / N * scale)) by (apply Rmult_le_compat_l; lra).
lra.
Qed.

Theorem plain_include_one m y : (m <= n)%nat -> scaled (INR (S n - K)) N (plain_advantage m) y ->
  Rabs (fl (plain_value + y) - (exact_value + INR (S n - K) / N * exact_advantage m)) <=
  (5 * N + 6) * u * (V + INR (S n - K) / N * scale) + 1.01 * (value_under + advantage_under).
Proof.
intros mn made; rewrite <- (Rmult_1_l (INR (S n - K) / N * exact_advantage m)).
apply (beside_within (INR (S n - K)) m y y 1); [|exact mn|exact made|left; split; reflexivity].
split; [apply pos_INR|apply le_INR; lia].
Qed.

Theorem plain_leave_one_out m y : (m <= n)%nat -> scaled (INR K) N (plain_advantage m) y ->
  Rabs (fl (plain_value - y) - (exact_value - INR K / N * exact_advantage m)) <=
  (5 * N + 6) * u * (V + INR K / N * scale) + 1.01 * (value_under + advantage_under).
Proof.
intros mn made; unfold Rminus at 2 3; replace (- (INR K / N * exact_advantage m)) with (-1 * (INR K / N * exact_advantage m)) by ring.
apply (beside_within (INR K) m y (- y) (-1)); [|exact mn|exact made|right; split; reflexivity].
split; [apply pos_INR|apply le_INR; lia].
Qed.

End Loops.
End Format.
