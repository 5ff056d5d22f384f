(* Section 9.5, logits that differ: how far the gradient (34) moves where the probabilities of a population do. Real numbers,
   nothing rounded.

     weight_at        b_alpha(F_t), the weight of a gap, eq. (3)
     logit_gradient   K p_b times the centred sums of weighted gaps, eqs. (30) and (34)

   If every p_b and every F_t moves by a share of delta of itself, and 1 - F_t >= 1/16 below each gap that is not zero, then
   K p_b a_b moves by ((1 + delta)^2 (1 + 15 delta)^(K-1) - 1) K p_b s, s the largest advantage under |alpha|. F need not
   be the sums of p any more, nor p add up to one. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums rounded_advantages near casteljau centred_atoms.
Local Open Scope R_scope.

(* Coefficients that are larger give a larger polynomial, *)
Lemma casteljau_le c c_abs x : 0 <= x <= 1 -> forall s j, (forall i, (i <= s)%nat -> Rabs (c (j + i)%nat) <= c_abs (j + i)%nat) ->
  Rabs (casteljau x c s j) <= casteljau x c_abs s j.
Proof.
intros x01; induction s as [|s IH]; intros j cc; simpl; [assert (H := cc 0%nat (le_n 0)); rewrite Nat.add_0_r in H; exact H|].
assert (A := IH j ltac:(intros; apply cc; lia)).
assert (B := IH (S j) ltac:(intros i si; replace (S j + i)%nat with (j + S i)%nat by lia; apply cc; lia)).
apply Rle_trans with (1 := Rabs_triang _ _); rewrite !Rabs_mult, (Rabs_pos_eq (1 - x)), (Rabs_pos_eq x) by lra.
apply Rplus_le_compat; apply Rmult_le_compat_l; lra.
Qed.

(* and none is larger than all of these. *)
Lemma casteljau_small c x A : 0 <= x <= 1 -> forall s j, (forall i, (i <= s)%nat -> Rabs (c (j + i)%nat) <= A) -> Rabs (casteljau x c s j) <= A.
Proof.
intros x01; induction s as [|s IH]; intros j cA; simpl; [assert (H := cA 0%nat (le_n 0)); rewrite Nat.add_0_r in H; exact H|].
assert (a := IH j ltac:(intros; apply cA; lia)).
assert (b := IH (S j) ltac:(intros i si; replace (S j + i)%nat with (j + S i)%nat by lia; apply cA; lia)).
apply Rle_trans with (1 := Rabs_triang _ _); rewrite !Rabs_mult, (Rabs_pos_eq (1 - x)), (Rabs_pos_eq x) by lra.
assert ((1 - x) * Rabs (casteljau x c s j) <= (1 - x) * A) by (apply Rmult_le_compat_l; lra).
assert (x * Rabs (casteljau x c s (S j)) <= x * A) by (apply Rmult_le_compat_l; lra); lra.
Qed.

(* Where x and 1 - x move by a share of themselves, the polynomial moves by that share of |c|'s for each draw. *)
Theorem casteljau_moves c c_abs x y M : 0 <= x <= 1 -> 0 <= M -> Rabs (y - x) <= M * x -> Rabs (y - x) <= M * (1 - x) ->
  forall s j, (forall i, (i <= s)%nat -> Rabs (c (j + i)%nat) <= c_abs (j + i)%nat) ->
  Rabs (casteljau y c s j - casteljau x c s j) <= ((1 + M) ^ s - 1) * casteljau x c_abs s j.
Proof.
intros x01 M0 yx y1; induction s as [|s IH]; intros j cc; [simpl; unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra|].
assert (cj : forall i, (i <= s)%nat -> Rabs (c (j + i)%nat) <= c_abs (j + i)%nat) by (intros; apply cc; lia).
assert (cs : forall i, (i <= s)%nat -> Rabs (c (S j + i)%nat) <= c_abs (S j + i)%nat).
  intros i si; replace (S j + i)%nat with (j + S i)%nat by lia; apply cc; lia.
assert (A := IH j cj); assert (B := IH (S j) cs).
assert (A1 := casteljau_le c c_abs x x01 s j cj); assert (B1 := casteljau_le c c_abs x x01 s (S j) cs).
simpl; set (a := casteljau x c s j) in *; set (b := casteljau x c s (S j)) in *.
set (a' := casteljau y c s j) in *; set (b' := casteljau y c s (S j)) in *.
set (ta := casteljau x c_abs s j) in *; set (tb := casteljau x c_abs s (S j)) in *; set (P := (1 + M) ^ s) in *.
assert (P1 : 1 <= P) by (apply pow_R1_Rle; lra).
assert (A2 : Rabs a' <= P * ta) by (replace a' with (a + (a' - a)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra).
assert (B2 : Rabs b' <= P * tb) by (replace b' with (b + (b' - b)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra).
replace ((1 - y) * a' + y * b' - ((1 - x) * a + x * b)) with
  (((1 - x) * (a' - a) + x * (b' - b)) + ((y - x) * b' - (y - x) * a')) by ring.
apply Rle_trans with (1 := Rabs_triang _ _).
assert (D : Rabs ((1 - x) * (a' - a) + x * (b' - b)) <= (1 - x) * ((P - 1) * ta) + x * ((P - 1) * tb)).
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite !Rabs_mult, (Rabs_pos_eq (1 - x)), (Rabs_pos_eq x) by lra.
  apply Rplus_le_compat; apply Rmult_le_compat_l; lra.
assert (E : Rabs ((y - x) * b' - (y - x) * a') <= M * x * (P * tb) + M * (1 - x) * (P * ta)).
  unfold Rminus at 1; apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp, !Rabs_mult.
  apply Rplus_le_compat; apply Rmult_le_compat; try apply Rabs_pos; assumption.
replace (((1 + M) * P - 1) * ((1 - x) * ta + x * tb)) with
  ((1 - x) * ((P - 1) * ta) + x * ((P - 1) * tb) + (M * x * (P * tb) + M * (1 - x) * (P * ta))) by ring; lra.
Qed.

(* Where x moves by e instead, by 2 e for each draw, times the largest coefficient. *)
Lemma casteljau_steps c x y A e : 0 <= x <= 1 -> 0 <= y <= 1 -> Rabs (y - x) <= e -> forall s j, (forall i, (i <= s)%nat -> Rabs (c (j + i)%nat) <= A) ->
  Rabs (casteljau y c s j - casteljau x c s j) <= INR s * (2 * e * A).
Proof.
intros x01 y01 yx; induction s as [|s IH]; intros j cA; [simpl; unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra|].
assert (cj : forall i, (i <= s)%nat -> Rabs (c (j + i)%nat) <= A) by (intros; apply cA; lia).
assert (cs : forall i, (i <= s)%nat -> Rabs (c (S j + i)%nat) <= A) by (intros i si; replace (S j + i)%nat with (j + S i)%nat by lia; apply cA; lia).
assert (a := IH j cj); assert (b := IH (S j) cs); rewrite S_INR; set (D := INR s * (2 * e * A)) in *; simpl.
assert (a' := casteljau_small c y A y01 s j cj); assert (b' := casteljau_small c y A y01 s (S j) cs).
set (v := casteljau y c s j) in *; set (w := casteljau y c s (S j)) in *.
set (v0 := casteljau x c s j) in *; set (w0 := casteljau x c s (S j)) in *.
replace ((1 - y) * v + y * w - ((1 - x) * v0 + x * w0)) with ((1 - x) * (v - v0) + x * (w - w0) + ((y - x) * w - (y - x) * v)) by ring.
assert (E : Rabs ((y - x) * w - (y - x) * v) <= 2 * e * A).
  unfold Rminus at 1; apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp, !Rabs_mult.
  assert (Rabs (y - x) * Rabs w <= e * A) by (apply Rmult_le_compat; try apply Rabs_pos; assumption).
  assert (Rabs (y - x) * Rabs v <= e * A) by (apply Rmult_le_compat; try apply Rabs_pos; assumption); lra.
apply Rle_trans with (1 := Rabs_triang _ _); apply Rle_trans with (D + 2 * e * A); [|unfold D; lra].
apply Rplus_le_compat; [|exact E]; apply Rle_trans with (1 := Rabs_triang _ _).
rewrite !Rabs_mult, (Rabs_pos_eq (1 - x)), (Rabs_pos_eq x) by lra.
assert ((1 - x) * Rabs (v - v0) <= (1 - x) * D) by (apply Rmult_le_compat_l; lra).
assert (x * Rabs (w - w0) <= x * D) by (apply Rmult_le_compat_l; lra); lra.
Qed.

(* Terms that move by omega of their sizes and nu_t, probabilities that move by delta of themselves and eta. *)
Section Atoms.
Variables (n : nat) (p y y_abs p' y' nu : nat -> R) (omega delta eta scale : R).
Hypothesis p_ge_0 : forall b, (b <= n)%nat -> 0 <= p b.
Hypothesis p_total : sum p (S n) = 1.
Hypothesis y_right : forall t, (t < n)%nat -> Rabs (y t) <= y_abs t.
Hypothesis scale_right : forall b, (b <= n)%nat -> Rabs (centred_by p n y_abs b) <= scale.
Hypothesis y_near : forall t, (t < n)%nat -> Rabs (y' t - y t) <= omega * y_abs t + nu t.
Hypothesis p_near : forall b, (b <= n)%nat -> Rabs (p' b - p b) <= delta * p b + eta.
Hypothesis omega_ge_0 : 0 <= omega.
Hypothesis delta_ge_0 : 0 <= delta.
Hypothesis eta_ge_0 : 0 <= eta.
Hypothesis nu_ge_0 : forall t, (t < n)%nat -> 0 <= nu t.
Local Notation N := (INR (S n)).
Local Notation X_abs := (sum y_abs).
Local Notation total := (sum nu n).

Let apart f f_abs : (forall t, (t < n)%nat -> Rabs (f t) <= f_abs t) ->
  forall a b, (a <= b <= n)%nat -> Rabs (sum f b - sum f a) <= sum f_abs b - sum f_abs a.
Proof.
intros ff a b [ab bn]; induction b as [|b IH].
  replace a with O by lia; simpl; unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra.
apply Nat.le_succ_r in ab; destruct ab as [ab| ->]; [|unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra].
assert (H := IH ab ltac:(lia)); assert (H1 := ff b ltac:(lia)); simpl.
replace (sum f b + f b - sum f a) with ((sum f b - sum f a) + f b) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

Let X_abs_mono a b : (a <= b <= n)%nat -> X_abs a <= X_abs b.
Proof. intros H; assert (E := apart y y_abs y_right a b H); assert (P := Rabs_pos (sum y b - sum y a)); lra. Qed.

Let nu_sum a b : (a <= b <= n)%nat -> 0 <= sum nu b - sum nu a <= total.
Proof.
assert (E : forall a, (a <= n)%nat -> sum nu a = sum (size nu) a).
  intros c cn; apply sum_eq; intros t tc; unfold size; rewrite Rabs_pos_eq; [reflexivity|apply nu_ge_0; lia].
intros ab; rewrite (E b), (E a), (E n) by lia; assert (H := sum_size_mono nu a b ltac:(lia)); assert (H1 := sum_size_mono nu b n ltac:(lia)).
assert (H2 := size_ge_0 nu a); lra.
Qed.

Lemma mean_within : 0 <= mean_by p n X_abs <= scale.
Proof.
assert (H := scale_right 0%nat ltac:(lia)); unfold centred_by in H; simpl (sum y_abs 0) in H; apply Rabs_le_inv in H; split; [|lra].
assert (E := mean_le p n p_ge_0 (fun _ => 0) X_abs (fun b bn => X_abs_mono 0 b ltac:(lia))).
rewrite (mean_const p n p_total) in E; exact E.
Qed.

Theorem advantage_within b : (b <= n)%nat -> Rabs (centred_by p n y b) <= scale.
Proof.
intros bn; assert (H := centred_small_by p n p_ge_0 p_total X_abs scale X_abs_mono scale_right (sum y) 1 0 ltac:(lra)).
assert (H1 := H ltac:(intros; rewrite Rmult_1_l, Rplus_0_r; apply apart; assumption) b bn); unfold centred_by; lra.
Qed.

Theorem advantage_moves b : (b <= n)%nat ->
  Rabs (centred_by p' n y' b - centred_by p n y b) <=
  ((1 + delta) * (1 + omega) - 1 + 2 * (1 + omega) * (N * eta)) * scale + (1 + delta + N * eta) * total.
Proof.
intros bn; pose (f t := y' t - y t).
assert (Df : forall a, sum y' a - sum y a = sum f a).
  intros a; replace (sum y' a - sum y a) with (1 * sum y' a + -1 * sum y a) by ring; rewrite <- sum_linear; apply sum_eq; intros; unfold f; ring.
assert (L : forall a d e, sum (fun t => d * y_abs t + e * nu t) a = d * X_abs a + e * sum nu a) by (intros; apply sum_linear).
assert (far : forall a c, (a <= c <= n)%nat -> Rabs (sum f c - sum f a) <= omega * (X_abs c - X_abs a) + total).
  intros a c ac; assert (V := nu_sum a c ac).
  apply Rle_trans with (1 := apart f (fun t => omega * y_abs t + 1 * nu t) ltac:(intros t tn; cbv beta; rewrite Rmult_1_l; exact (y_near t tn)) a c ac).
  rewrite !L; lra.
assert (sizes : forall a, (a <= n)%nat -> Rabs (sum y' a) <= (1 + omega) * X_abs a + total).
  intros a an; assert (V := nu_sum 0 a ltac:(lia)).
  assert (H := apart y' (fun t => (1 + omega) * y_abs t + 1 * nu t) ltac:(intros t tn; cbv beta; assert (H := y_near t tn); assert (H1 := y_right t tn);
    replace (y' t) with (y t + (y' t - y t)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra) 0%nat a ltac:(lia)).
  rewrite !L in H; simpl (sum _ 0) in *; rewrite Rminus_0_r in H; lra.
assert (M := mean_within); assert (top : X_abs n <= 2 * scale).
  assert (H := scale_right n (le_n n)); unfold centred_by in H; apply Rabs_le_inv in H; lra.
assert (E : centred_by p' n y' b - centred_by p n y b = (sum f b - mean_by p n (sum f)) - sum (fun a => (p' a - p a) * sum y' a) (S n)).
  assert (E2 : mean_by p n (sum f) = 1 * mean_by p n (sum y') + -1 * mean_by p n (sum y)).
    rewrite <- mean_linear; apply sum_eq; intros a _; rewrite <- Df; ring.
  assert (E3 : sum (fun a => (p' a - p a) * sum y' a) (S n) = 1 * mean_by p' n (sum y') + -1 * mean_by p n (sum y')).
    unfold mean_by; rewrite <- sum_linear; apply sum_eq; intros; ring.
  unfold centred_by; rewrite E2, E3, <- Df; ring.
rewrite E; unfold Rminus at 1; apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp.
assert (A := centred_small_by p n p_ge_0 p_total X_abs scale X_abs_mono scale_right (sum f) omega total omega_ge_0 far b bn).
assert (B : Rabs (sum (fun a => (p' a - p a) * sum y' a) (S n)) <= delta * ((1 + omega) * scale + total) + N * (eta * ((1 + omega) * (2 * scale) + total))).
  apply Rle_trans with (1 := sum_size _ _); set (Y := (1 + omega) * (2 * scale) + total).
  apply Rle_trans with (sum (fun a => delta * (p a * ((1 + omega) * X_abs a + total * 1)) + 1 * (eta * Y)) (S n)).
    apply sum_le; intros a an; unfold size; rewrite Rabs_mult; assert (H := sizes a ltac:(lia)); assert (P := p_near a ltac:(lia)).
    assert (s0 : 0 <= (1 + omega) * X_abs a + total) by (apply Rle_trans with (2 := H); apply Rabs_pos).
    apply Rle_trans with ((delta * p a + eta) * ((1 + omega) * X_abs a + total)); [apply Rmult_le_compat; try apply Rabs_pos; assumption|].
    assert (H1 := X_abs_mono a n ltac:(lia)); assert ((1 + omega) * X_abs a <= (1 + omega) * (2 * scale)) by (apply Rmult_le_compat_l; lra).
    assert (eta * ((1 + omega) * X_abs a + total) <= eta * Y) by (apply Rmult_le_compat_l; unfold Y; lra); lra.
  rewrite sum_linear, sum_const; fold (mean_by p n (fun a => (1 + omega) * X_abs a + total * 1)).
  rewrite mean_linear, (mean_const p n p_total).
  assert ((1 + omega) * mean_by p n X_abs <= (1 + omega) * scale) by (apply Rmult_le_compat_l; lra).
  assert (delta * ((1 + omega) * mean_by p n X_abs + total * 1) <= delta * ((1 + omega) * scale + total)) by (apply Rmult_le_compat_l; lra); unfold Y; lra.
lra.
Qed.
End Atoms.

(* The weight of a gap below which at most 15/16 lies: F moves by a share of delta of itself, and by eta. *)
Lemma weight_moves c c_abs x y delta eta A k :
  0 <= x <= 15 / 16 -> 0 <= y -> 0 <= delta <= 1 / 32 -> 0 <= eta <= 1 / 64 -> Rabs (y - x) <= delta * x + eta ->
  (forall j, (j <= k)%nat -> Rabs (c j) <= c_abs j) -> (forall j, (j <= k)%nat -> Rabs (c j) <= A) ->
  Rabs (casteljau y c k 0 - casteljau x c k 0) <=
  ((1 + 15 * delta) ^ k - 1) * casteljau x c_abs k 0 + INR k * (2 * eta * A).
Proof.
intros x01 y0 [d0 d1] [e0 e1] yx cc cA.
assert (dx : 0 <= delta * x <= 1 / 32) by nra.
pose (z := Rmax (x - delta * x) (Rmin (x + delta * x) y)).
assert (z1 : Rabs (z - x) <= delta * x) by (unfold z, Rmax, Rmin; repeat destruct Rle_dec; apply Rabs_le; lra).
assert (z2 : Rabs (y - z) <= eta) by (apply Rabs_le_inv in yx; unfold z, Rmax, Rmin; repeat destruct Rle_dec; apply Rabs_le; lra).
assert (z01 : 0 <= z <= 1) by (apply Rabs_le_inv in z1; nra).
assert (y1 : 0 <= y <= 1) by (apply Rabs_le_inv in yx; lra).
assert (P := casteljau_moves c c_abs x z (15 * delta) ltac:(lra) ltac:(lra) ltac:(nra) ltac:(nra) k 0%nat cc).
assert (Q := casteljau_steps c z y A eta z01 y1 z2 k 0%nat cA).
replace (casteljau y c k 0 - casteljau x c k 0) with
  ((casteljau y c k 0 - casteljau z c k 0) + (casteljau z c k 0 - casteljau x c k 0)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

(* Probabilities p with sums F, and p' and F' near them. *)
Definition below (p : nat -> R) t : R := sum p (S t).
Definition weight_at k (c F : nat -> R) t : R := casteljau (F t) c k 0.
Definition logit_gradient (r : nat -> R) n k (c p F : nat -> R) b : R := INR (S k) * p b * centred_by p n (exact_term r (weight_at k c F)) b.

Section Gradient.
Variables (r : nat -> R) (n k : nat) (c c_abs p p' F' : nat -> R) (delta scale : R).
Local Notation F := (below p).
Local Notation y := (exact_term r (weight_at k c F)).
Local Notation y_abs := (exact_term r (weight_at k c_abs F)).

Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis c_right : forall j, (j <= k)%nat -> Rabs (c j) <= c_abs j.
Hypothesis p_ge_0 : forall b, (b <= n)%nat -> 0 <= p b.
Hypothesis p_total : sum p (S n) = 1.

Lemma below_right t : (t < n)%nat -> 0 <= F t <= 1.
Proof.
intros tn; unfold below; assert (E : forall a, (a <= S n)%nat -> sum p a = sum (size p) a).
  intros a an; apply sum_eq; intros s sa; unfold size; rewrite Rabs_pos_eq; [reflexivity|apply p_ge_0; lia].
split; [|rewrite <- p_total, (E (S n)) by lia]; rewrite (E (S t)) by lia; [apply size_ge_0|apply sum_size_mono; lia].
Qed.

Lemma weight_right t : (t < n)%nat -> Rabs (weight_at k c F t) <= weight_at k c_abs F t.
Proof. intros tn; apply casteljau_le; [apply below_right; exact tn|exact c_right]. Qed.

Lemma term_right t : (t < n)%nat -> Rabs (y t) <= y_abs t.
Proof.
intros tn; assert (H := r_sorted t tn); unfold exact_term; rewrite Rabs_mult, (Rabs_pos_eq (r (S t) - r t)) by lra.
apply Rmult_le_compat_r; [lra|apply weight_right; exact tn].
Qed.

Hypothesis top_likely : forall t, (t < n)%nat -> r t < r (S t) -> 1 / 16 <= 1 - F t.
Hypothesis scale_right : forall b, (b <= n)%nat -> Rabs (centred_by p n y_abs b) <= scale.
Hypothesis delta_ge_0 : 0 <= delta.
Hypothesis p_near : forall b, (b <= n)%nat -> Rabs (p' b - p b) <= delta * p b.
Hypothesis F_near : forall t, (t < n)%nat -> r t < r (S t) -> Rabs (F' t - F t) <= delta * F t.

Theorem gradient_moves b : (b <= n)%nat ->
  Rabs (logit_gradient r n k c p' F' b - logit_gradient r n k c p F b) <=
  ((1 + delta) ^ 2 * (1 + 15 * delta) ^ k - 1) * (INR (S k) * p b * scale).
Proof.
intros bn; set (P := (1 + 15 * delta) ^ k); assert (P1 : 1 <= P) by (apply pow_R1_Rle; lra).
set (y' := exact_term r (weight_at k c F')); set (a := centred_by p n y b); set (a' := centred_by p' n y' b).
assert (near : forall t, (t < n)%nat -> Rabs (y' t - y t) <= (P - 1) * y_abs t + 0).
  intros t tn; destruct (Rle_lt_or_eq_dec _ _ (r_sorted t tn)) as [dt|E]; [|unfold y', exact_term; rewrite E; unfold Rminus; rewrite !Rplus_opp_r, !Rmult_0_r, Rplus_opp_r, Rabs_R0; lra].
  assert (x01 := below_right t tn); assert (T := top_likely t tn dt); assert (H := F_near t tn dt).
  assert (M := casteljau_moves c c_abs (F t) (F' t) (15 * delta) x01 ltac:(lra) ltac:(nra) ltac:(nra) k 0%nat c_right); fold P in M.
  unfold y', exact_term, weight_at; rewrite <- Rmult_minus_distr_r, Rabs_mult, (Rabs_pos_eq (r (S t) - r t)) by lra.
  rewrite Rplus_0_r, <- Rmult_assoc; apply Rmult_le_compat_r; lra.
assert (A := advantage_moves n p y y_abs p' y' (fun _ => 0) (P - 1) delta 0 scale p_ge_0 p_total term_right scale_right near
  ltac:(intros a0 a0n; rewrite Rplus_0_r; apply p_near; exact a0n) ltac:(lra) delta_ge_0 ltac:(lra) ltac:(intros; lra) b bn).
fold a a' in A; rewrite sum_const in A.
replace (((1 + delta) * (1 + (P - 1)) - 1 + 2 * (1 + (P - 1)) * (INR (S n) * 0)) * scale + (1 + delta + INR (S n) * 0) * (INR n * 0))
  with (((1 + delta) * P - 1) * scale) in A by ring.
assert (B := advantage_within n p y y_abs scale p_ge_0 p_total term_right scale_right b bn); fold a in B.
assert (s0 := Rle_trans _ _ _ (Rabs_pos _) B).
assert (C : Rabs a' <= (1 + delta) * P * scale) by (replace a' with (a + (a' - a)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra).
assert (k0 := pos_INR (S k)); assert (p0 := p_ge_0 b bn); unfold logit_gradient; fold y' a a'.
replace (INR (S k) * p' b * a' - INR (S k) * p b * a) with (INR (S k) * ((p' b - p b) * a' + p b * (a' - a))) by ring.
rewrite Rabs_mult, (Rabs_pos_eq (INR (S k))) by exact k0.
replace (((1 + delta) ^ 2 * P - 1) * (INR (S k) * p b * scale)) with
  (INR (S k) * (delta * p b * ((1 + delta) * P * scale) + p b * (((1 + delta) * P - 1) * scale))) by ring.
apply Rmult_le_compat_l; [exact k0|]; apply Rle_trans with (1 := Rabs_triang _ _); rewrite !Rabs_mult, (Rabs_pos_eq (p b)) by exact p0.
apply Rplus_le_compat; [apply Rmult_le_compat; try apply Rabs_pos; [apply p_near; exact bn|exact C]|apply Rmult_le_compat_l; assumption].
Qed.
End Gradient.

(* Any power, in figures. *)
Lemma power_moves delta k : 0 <= delta <= 1 / 1000 -> 480 * INR k * delta <= 1 ->
  (1 + delta) ^ 2 * (1 + 15 * delta) ^ k - 1 <= (2.001 + 16 * INR k) * delta.
Proof.
intros [d0 d1] kd; assert (k0 := pos_INR k).
assert (P : (1 + 15 * delta) ^ k * (1 - 15 * INR k * delta) <= 1).
  clear kd k0; induction k as [|k IH]; [simpl; lra|]; rewrite S_INR; set (q := (1 + 15 * delta) ^ k) in *.
  assert (q0 : 0 <= q) by (apply pow_le; lra); assert (k0 := pos_INR k); simpl; fold q.
  apply Rle_trans with (2 := IH); replace ((1 + 15 * delta) * q * (1 - 15 * (INR k + 1) * delta)) with
    (q * (1 - 15 * INR k * delta - (15 * delta) * (15 * delta) * (INR k + 1))) by ring.
  apply Rmult_le_compat_l; [exact q0|]; assert (0 <= 15 * delta * (15 * delta) * (INR k + 1)) by (repeat apply Rmult_le_pos; lra); lra.
set (q := (1 + 15 * delta) ^ k) in *; set (v := INR k * delta) in *.
assert (v0 : 0 <= v) by (apply Rmult_le_pos; assumption); assert (v1 : 480 * v <= 1) by (unfold v; lra).
replace (15 * INR k * delta) with (15 * v) in P by (unfold v; ring).
assert (Q : q <= 1 + 15.484 * v) by nra.
assert (D : (1 + delta) ^ 2 <= 1 + 2.001 * delta) by nra.
assert (q0 : 0 <= q) by (apply pow_le; lra).
replace ((2.001 + 16 * INR k) * delta) with (2.001 * delta + 16 * v) by (unfold v; ring).
assert ((1 + delta) ^ 2 * q <= (1 + 2.001 * delta) * (1 + 15.484 * v)) by (apply Rmult_le_compat; nra).
assert (delta * v <= 1 / 1000 * v) by (apply Rmult_le_compat_r; lra); lra.
Qed.
