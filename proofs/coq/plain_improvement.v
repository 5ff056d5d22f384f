(* (58) for the improvements (41) and PKPO's leave-one-out-minus-one (42), K >= 2, as plain loops compute them: gaps times weights,
   added up from the left, and K/N times these sums. Nothing is negative and nothing is centred, so that each answer is right as a
   share of itself.

     weights   C(t, K - 1) / C(N - 1, K - 1), the rank weight of the reward above the t-th gap: 0, .., 0, 1 elevated to N ranks
     h         within omega + (N + 1.9) u of itself for weights within omega, (4N - 3.1) u for those of plain loops
     (42)      within 4N u of itself

   and what underflows. At K = 1 it is x_i / N, a rounding. Ranks count from 0: the gap of r_t and r_(t+1) is the t + 1 of section 8. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums rounded_advantages plain_loops plain_weights plain_family.
Local Open Scope R_scope.

(* What the maximum's rank weights of K are for more ranks: eq. (24). *)
Definition all_below K n t : R := if Compare_dec.lt_dec (S t) K then 0 else C t (Nat.pred K) / C n (Nat.pred K).

Lemma C_not_0 a b : C a b <> 0.
Proof.
assert (f := INR_fact_neq_0); unfold C, Rdiv; apply Rmult_integral_contrapositive_currified; [apply f|].
apply Rinv_neq_0_compat, Rmult_integral_contrapositive_currified; apply f.
Qed.

Lemma C_next a k : (k <= a)%nat -> INR (S a - k) * C (S a) k = INR (S a) * C a k.
Proof.
intros ka; assert (f := INR_fact_neq_0); unfold C; replace (S a - k)%nat with (S (a - k)) by lia; rewrite !fact_simpl, !mult_INR.
field; repeat split; try apply f; apply not_0_INR; lia.
Qed.

Theorem raised_maximum K s : (0 < K)%nat -> forall t, (t < K + s)%nat -> raised K (maximum K) s t = all_below K (K + s - 1) t.
Proof.
intros K0; induction s as [|s IH]; intros t ts; unfold all_below.
  simpl; unfold maximum; destruct (Compare_dec.lt_dec (S t) K), (Nat.eq_dec (S t) K); try lia; [reflexivity|].
  replace (K + 0 - 1)%nat with t by lia; replace (Nat.pred K) with t by lia; field; apply C_not_0.
set (k := Nat.pred K); set (a := (K + s - 1)%nat) in *; assert (Ks : INR (K + s) <> 0) by (apply not_0_INR; lia).
assert (k1 : (k <= a)%nat) by (unfold k, a; lia); assert (top := C_next a k k1).
replace (S a - k)%nat with (S s) in top by (unfold a, k; lia); replace (S a) with (K + s)%nat in top by (unfold a; lia).
assert (s0 : INR (S s) <> 0) by (apply not_0_INR; lia).
simpl raised; replace (K + S s - 1)%nat with (K + s)%nat by lia.
assert (E2 : forall x, (t < K + s)%nat -> raised K (maximum K) s t = x -> INR (K + s - t) * raised K (maximum K) s t = INR (K + s - t) * x) by (intros x _ ->; reflexivity).
destruct (Compare_dec.lt_dec (S t) K) as [lower|upper].
  rewrite (IH t) by lia; unfold all_below; destruct (Compare_dec.lt_dec (S t) K); [|lia].
  destruct t as [|t]; [simpl (INR 0); field; exact Ks|]; simpl Nat.pred; rewrite IH by lia; unfold all_below.
  destruct (Compare_dec.lt_dec (S t) K); [field; exact Ks|lia].
assert (second : INR (K + s - t) * raised K (maximum K) s t = INR (K + s - t) * (C t k / C a k)).
  destruct (Nat.eq_dec t (K + s)) as [->|ne]; [rewrite Nat.sub_diag; simpl; ring|].
  rewrite IH by lia; unfold all_below; destruct (Compare_dec.lt_dec (S t) K); [lia|reflexivity].
assert (first : INR t * raised K (maximum K) s (Nat.pred t) = INR (t - k) * (C t k / C a k)).
  destruct t as [|t]; [simpl; ring|]; simpl Nat.pred; rewrite IH by lia; unfold all_below.
  destruct (Compare_dec.lt_dec (S t) K) as [lower|above].
    replace (S t - k)%nat with O by (unfold k; lia); simpl (INR 0); ring.
  assert (H := C_next t k ltac:(unfold k; lia)); fold k; unfold Rdiv; rewrite <- !Rmult_assoc, H; reflexivity.
rewrite first, second, <- Rmult_plus_distr_r, <- plus_INR; replace (t - k + (K + s - t))%nat with (S s) by (unfold k; lia).
assert (c1 := C_not_0 a k); assert (c2 := C_not_0 (K + s) k).
apply Rmult_eq_reg_r with (C (K + s) k * C a k * INR (K + s)); [|repeat (assumption || apply Rmult_integral_contrapositive_currified)].
replace (INR (S s) * (C t k / C a k) / INR (K + s) * (C (K + s) k * C a k * INR (K + s))) with
  (C t k * (INR (S s) * C (K + s) k)) by (field; split; assumption).
rewrite top; field; assumption.
Qed.

Lemma all_below_ge_0 K n t : 0 <= all_below K n t.
Proof.
assert (p : forall a b, 0 < C a b).
  intros a b; assert (f := lt_O_fact); unfold C, Rdiv; apply Rmult_lt_0_compat; [apply lt_0_INR, f|].
  apply Rinv_0_lt_compat, Rmult_lt_0_compat; apply lt_0_INR, f.
unfold all_below; destruct (Compare_dec.lt_dec (S t) K); [lra|].
apply Rlt_le, Rmult_lt_0_compat; [apply p|apply Rinv_0_lt_compat, p].
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
Local Notation fl_any := (fl_any emin prec prec_gt_1).
Local Notation plain := (plain emin prec).
Local Notation scaled := (scaled emin prec).
Local Notation raised_plainly := (raised_plainly emin prec).

Section Risen.
Variables (r : nat -> R) (n : nat).
Local Notation N := (INR (S n)).
Hypothesis n_gt_0 : (0 < n)%nat.
Hypothesis u_small : u <= / 1048576.
Hypothesis N_small : 5 * N ^ 2 * u <= 1.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).

(* Terms of one sign. *)
Theorem risen_plainly weight g omega zeta : (forall t, (t < n)%nat -> 0 <= g t) ->
  (forall t, (t < n)%nat -> Rabs (weight t - g t) <= omega * g t + zeta) -> 0 <= omega <= 3 * N * u -> 0 <= zeta ->
  forall m, (m <= n)%nat ->
  Rabs (gap_sums emin prec (fun _ => plain) r weight n m - sum (exact_term r g) m) <=
  (omega + (N + 1.9) * u) * sum (exact_term r g) m + 1.01 * (zeta * (r n - r 0%nat) + N * tiny).
Proof.
intros g0 wg [o0 o1] z0 m mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (n0 := pos_INR n).
assert (gg : forall t, (t < n)%nat -> Rabs (g t) <= g t) by (intros t tn; rewrite Rabs_pos_eq by (apply g0; exact tn); lra).
set (q := N * u); assert (Nn : N = INR n + 1) by apply S_INR.
assert (qq : q ^ 2 <= u / 5) by (unfold q; replace ((N * u) ^ 2) with (N ^ 2 * u * u) by ring; nra).
assert (q0 : 0 <= q) by (apply Rmult_le_pos; lra); assert (qu : u <= q) by (unfold q; nra).
assert (q1 : q <= 0.0005) by (destruct (Rle_or_lt q 0.0005) as [L|L]; [exact L|nra]).
assert (nu : INR n * u = q - u) by (unfold q; rewrite Nn; ring).
set (gamma := (q - u) * (1 + 1.01 * (q - u))); set (v := q - u) in *; assert (v0 : 0 <= v <= 0.0005) by (unfold v; lra).
assert (G : INR n * u <= gamma * (1 - INR n * u)) by (rewrite nu; unfold gamma; nra).
assert (G0 : 0 <= gamma) by (unfold gamma; apply Rmult_le_pos; lra).
assert (G1 : gamma <= q - 0.79 * u) by (unfold gamma; assert (v * v <= q * q) by (apply Rmult_le_compat; unfold v; lra); unfold v in *; lra).
assert (E := err_apart emin prec prec_gt_1 r weight g g n omega zeta n_gt_0 r_format r_sorted gg wg z0 0 m ltac:(lia)).
assert (S1 := size_of_terms emin prec prec_gt_1 r weight g g n omega zeta n_gt_0 r_format r_sorted gg wg z0 m mn).
assert (P := gap_sums_near emin prec prec_gt_1 emin_le_0 r weight n gamma n_gt_0 G G0 m mn).
change (abs_term r g) with (exact_term r g) in *; simpl (sum _ 0) in E; rewrite !Rminus_0_r in E.
set (X := sum (exact_term r g) m) in *; set (U := under emin prec r n zeta) in *; set (T := sum (term emin prec r weight) m) in *.
set (lambda := (1 + u) ^ 2 * (1 + omega) - 1) in *.
assert (X0 : 0 <= X).
  unfold X; rewrite <- (Rmult_0_r (INR m)), <- sum_const; apply sum_le; intros t tm.
  apply Rmult_le_pos; [apply g0|assert (H := r_sorted t ltac:(lia))]; lra || lia.
assert (R0 := range_ge_0 r n n_gt_0 r_sorted 0 n ltac:(lia)).
assert (zr : 0 <= zeta * (r n - r 0%nat)) by (apply Rmult_le_pos; lra).
assert (U0 : 0 <= U <= 1.001 * (zeta * (r n - r 0%nat)) + N * tiny).
  assert (nt : 0 <= INR n * tiny <= N * tiny) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
  unfold U, under; rewrite (Rmult_assoc ((1 + u) ^ 2)); split; [apply Rplus_le_le_0_compat; [apply Rmult_le_pos; nra|lra]|].
  apply Rplus_le_compat; [apply Rmult_le_compat_r; nra|lra].
assert (l1 : 0 <= lambda <= omega + 2.005 * u).
  unfold lambda; assert ((1 + u) ^ 2 <= 1 + 2.0001 * u) by nra.
  assert ((1 + u) ^ 2 * (1 + omega) <= (1 + 2.0001 * u) * (1 + omega)) by (apply Rmult_le_compat_r; lra).
  assert (u * omega <= u * 0.0015) by (apply Rmult_le_compat_l; unfold q in *; lra); split; [nra|lra].
assert (gl : gamma * lambda <= 0.61 * u).
  assert (gamma * lambda <= q * (3 * q + 2.005 * u)) by (apply Rmult_le_compat; unfold q in *; lra).
  assert (u * q <= u * 0.0005) by (apply Rmult_le_compat_l; lra); lra.
assert (P' : gamma * sum (size (term emin prec r weight)) m <= gamma * ((1 + lambda) * X + U)) by (apply Rmult_le_compat_l; assumption).
assert (gU : gamma * U <= 0.001 * U) by (apply Rmult_le_compat_r; lra).
assert (main : (gamma + gamma * lambda + lambda) * X <= (omega + (N + 1.9) * u) * X) by (apply Rmult_le_compat_r; unfold q in *; lra).
replace (gap_sums emin prec (fun _ => plain) r weight n m - X) with
  ((gap_sums emin prec (fun _ => plain) r weight n m - T) + (T - X)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); assert (nt : 0 <= N * tiny) by (apply Rmult_le_pos; lra); lra.
Qed.

Section Of.
Variable K : nat.
Hypothesis KN : (2 <= K <= S n)%nat.
Definition improvement : nat -> R := sum (exact_term r (fun t => all_below K n (S t))).
Definition plain_improvement : nat -> R :=
  gap_sums emin prec (fun _ => plain) r (fun t => raised_plainly K (maximum K) (S n - K) (S t)) n.

Lemma improvement_ge_0 m : (m <= n)%nat -> 0 <= improvement m.
Proof.
intros mn; unfold improvement; rewrite <- (Rmult_0_r (INR m)), <- sum_const; apply sum_le; intros t tm.
apply Rmult_le_pos; [apply all_below_ge_0|assert (H := r_sorted t ltac:(lia)); lra].
Qed.

(* (41) *)
Theorem plain_improvement_right m : (m <= n)%nat ->
  Rabs (plain_improvement m - improvement m) <=
  (4 * N - 3.1) * u * improvement m + (3.1 * (r n - r 0%nat) + 1.01) * (N * tiny).
Proof.
intros mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); set (s := (S n - K)%nat).
assert (N2 : 2 <= N) by (apply (le_INR 2); lia).
assert (sN : INR s <= N - 2).
  assert (INR s <= INR (n - 1)) by (apply le_INR; unfold s; lia); rewrite minus_INR in * by lia; rewrite S_INR; simpl in *; lra.
assert (s0 := pos_INR s); assert (k3 : INR (3 * s) = 3 * INR s) by (rewrite mult_INR; simpl; lra).
assert (qq : (N * u) ^ 2 <= u / 5) by (replace ((N * u) ^ 2) with (N ^ 2 * u * u) by ring; nra).
assert (q0 : 0 <= N * u) by (apply Rmult_le_pos; lra).
assert (q1 : N * u <= 0.0005) by (destruct (Rle_or_lt (N * u) 0.0005) as [L|L]; [exact L|nra]).
assert (P : 1 <= (1 + u) ^ (3 * s) <= 1 + (3 * N - 5.08) * u).
  split; [apply pow_R1_Rle; lra|]; assert (H := power_small prec (3 * s) ltac:(rewrite k3; nra)); rewrite k3 in H.
  assert (H1 : 3 * INR s * u <= (3 * N - 6) * u) by (apply Rmult_le_compat_r; lra).
  assert (H2 : 0 <= 3 * INR s * u <= 3 * (N * u)) by (split; [apply Rmult_le_pos; lra|nra]).
  assert (H3 : (3 * INR s * u) ^ 2 <= 9 * (N * u) ^ 2) by nra; lra.
assert (near : forall t, (t < n)%nat -> Rabs (raised_plainly K (maximum K) s (S t) - all_below K n (S t)) <=
    (3 * N - 5.08) * u * all_below K n (S t) + 3.02 * (N * tiny)).
  intros t tn; assert (E := raised_maximum K s ltac:(lia) (S t) ltac:(unfold s; lia)).
  replace (K + s - 1)%nat with n in E by (unfold s; lia).
  assert (R := raised_right emin prec prec_gt_1 K (maximum K) (maximum K) (maximum K) 0 0 ltac:(lia)
    ltac:(intros k _; rewrite Rabs_pos_eq by apply maximum_ge_0; lra) ltac:(intros k _; rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; lra)
    (Rle_refl 0) (Rle_refl 0) s (S t) ltac:(unfold s; lia)).
  rewrite E in R; apply Rle_trans with (1 := R); unfold relative, absolute; assert (a0 := all_below_ge_0 K n (S t)).
  apply Rplus_le_compat; [apply Rmult_le_compat_r; lra|].
  assert (H : 3 * INR s * tiny <= 3 * (N * tiny)) by (rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra).
  apply Rle_trans with (1.003 * (3 * (N * tiny))); [|assert (0 <= N * tiny) by (apply Rmult_le_pos; lra); lra].
  apply Rmult_le_compat; [lra| |lra|lra]; assert (0 <= INR s * tiny) by (apply Rmult_le_pos; lra); lra.
assert (nt : 0 <= N * tiny) by (apply Rmult_le_pos; lra).
assert (H := risen_plainly _ (fun t => all_below K n (S t)) ((3 * N - 5.08) * u) (3.02 * (N * tiny)) (fun t _ => all_below_ge_0 K n (S t)) near
  ltac:(split; [apply Rmult_le_pos|]; lra) ltac:(lra) m mn).
fold (plain_improvement m) (improvement m) in H; apply Rle_trans with (1 := H).
assert (I0 := improvement_ge_0 m mn); assert (R0 := range_ge_0 r n n_gt_0 r_sorted 0 n ltac:(lia)).
assert (0 <= (r n - r 0%nat) * (N * tiny)) by (apply Rmult_le_pos; lra).
apply Rplus_le_compat; [apply Rmult_le_compat_r; lra|lra].
Qed.

(* (42) *)
Theorem plain_pkpo_loo_minus_one m y : (m <= n)%nat -> scaled (INR K) N (plain_improvement m) y ->
  Rabs (y - INR K / N * improvement m) <= 4 * N * u * (INR K / N * improvement m) + (3.2 * (r n - r 0%nat) + 2.2) * (N * tiny).
Proof.
intros mn made; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (I0 := improvement_ge_0 m mn).
assert (N2 : 2 <= N) by (apply (le_INR 2); lia); assert (qu : 0 <= N * u <= 0.0005) by (split; [apply Rmult_le_pos|nra]; lra).
assert (R0 := range_ge_0 r n n_gt_0 r_sorted 0 n ltac:(lia)); set (W := (4 * N - 3.1) * u).
assert (W0 : 0 <= W <= 0.002) by (unfold W; split; [apply Rmult_le_pos|]; lra).
assert (nt : 2 * tiny <= N * tiny) by (apply Rmult_le_compat_r; lra); set (Z := (3.1 * (r n - r 0%nat) + 1.01) * (N * tiny)).
assert (rt : 0 <= (r n - r 0%nat) * (N * tiny)) by (apply Rmult_le_pos; lra).
assert (Z0 : 0 <= Z) by (unfold Z; apply Rmult_le_pos; lra).
assert (H := scaled_right emin prec prec_gt_1 (INR K) N _ y (improvement m) (improvement m) W Z (pos_INR K) ltac:(lra) made
  ltac:(rewrite Rabs_pos_eq by exact I0; lra) (plain_improvement_right m mn) (proj1 W0) Z0 ltac:(lra)).
assert (f : 0 <= INR K / N <= 1).
  assert (k0 := pos_INR K); assert (k1 : INR K <= N) by (apply le_INR; lia).
  unfold Rdiv; split; [apply Rmult_le_pos; [exact k0|apply Rlt_le, Rinv_0_lt_compat; lra]|].
  apply Rmult_le_reg_r with N; try lra; rewrite Rmult_assoc, Rinv_l by lra; lra.
assert (U2 : (1 + u) ^ 2 <= 1 + 2.0001 * u) by nra.
assert (T1 : ((1 + u) ^ 2 * (1 + W) - 1) * (INR K / N * improvement m) <= 4 * N * u * (INR K / N * improvement m)).
  apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|].
  assert ((1 + u) ^ 2 * (1 + W) <= (1 + 2.0001 * u) * (1 + W)) by (apply Rmult_le_compat_r; lra).
  assert (2.0001 * u * W <= 2.0001 * u * 0.002) by (apply Rmult_le_compat_l; lra); unfold W in *; lra.
assert (T2 : INR K / N * ((1 + u) ^ 2 * Z) <= 1 * (1.0001 * Z)).
  apply Rmult_le_compat; [lra|apply Rmult_le_pos; nra|lra|apply Rmult_le_compat_r; lra].
unfold Z in *; lra.
Qed.
End Of.

(* Without others there is nothing to improve on. *)
Theorem plain_pkpo_loo_minus_one_of_one x : Rabs (fl (x / N) - x / N) <= u * Rabs (x / N) + tiny.
Proof. apply fl_any. Qed.
End Risen.
End Format.
