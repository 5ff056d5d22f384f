(* The bound (58) for the advantages of populations, eq. (30), as plain loops compute them, section 9.5:

     rises m             S_0 = 0, S_(t+1) = fl(S_t + fl(fl(r_(t+1) - r_t) weight_t))
     centred_plainly m   fl(S_m - the plain sum of fl(S_k p_k))

   for n + 1 atoms in ascending order, with weight_t computed for b_alpha(F_t). The probabilities p_k may be rounded, too: the bound has
   what each is off by, delta, and what the weights are, omega, so that it also serves where F_t and p_k are not exact. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums rounded_advantages near casteljau.
Local Open Scope R_scope.

Section Exact.
Variables (p : nat -> R) (n : nat).
Definition mean_by (e : nat -> R) : R := sum (fun k => p k * e k) (S n).
Definition centred_by (y : nat -> R) m : R := sum y m - mean_by (sum y).

Hypothesis p_ge_0 : forall k, (k <= n)%nat -> 0 <= p k.
Hypothesis p_total : sum p (S n) = 1.

Lemma mean_linear a b e f : mean_by (fun k => a * e k + b * f k) = a * mean_by e + b * mean_by f.
Proof. unfold mean_by; rewrite <- sum_linear; apply sum_eq; intros; ring. Qed.

Lemma mean_const c : mean_by (fun _ => c) = c.
Proof.
unfold mean_by; transitivity (c * sum p (S n)); [rewrite <- sum_scaled; apply sum_eq; intros; ring|rewrite p_total; ring].
Qed.

Lemma mean_le e f : (forall k, (k <= n)%nat -> e k <= f k) -> mean_by e <= mean_by f.
Proof. intros H; apply sum_le; intros k kn; apply Rmult_le_compat_l; [apply p_ge_0|apply H]; lia. Qed.

Lemma mean_size e : Rabs (mean_by e) <= mean_by (size e).
Proof.
apply Rle_trans with (1 := sum_size _ _); apply sum_le; intros k kn; unfold size; rewrite Rabs_mult, Rabs_pos_eq; [lra|apply p_ge_0; lia].
Qed.

(* Ranks lie nowhere farther from each other, on average, than from an end. *)
Variables (x : nat -> R) (scale : R).
Hypothesis x_mono : forall k m, (k <= m <= n)%nat -> x k <= x m.
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (x m - mean_by x) <= scale.

Lemma mean_distance_by m : (m <= n)%nat -> mean_by (fun k => Rabs (x m - x k)) <= scale.
Proof.
intros mn; set (lo := x 0%nat); set (hi := x n); set (c := x m); set (A := mean_by x).
assert (lc : lo <= c) by (apply x_mono; lia). assert (ch : c <= hi) by (apply x_mono; lia).
assert (L := scale_right 0%nat ltac:(lia)); assert (H := scale_right n (le_n n)); fold lo hi A in L, H.
apply Rabs_le_inv in L; apply Rabs_le_inv in H.
assert (E : (hi - lo) * mean_by (fun k => Rabs (c - x k)) <= (hi - lo) * scale).
  apply Rle_trans with ((hi - c) * (A - lo) + (c - lo) * (hi - A)); [|nra].
  apply Rle_trans with (mean_by (fun k => ((hi - c) - (c - lo)) * x k + 1 * ((c - lo) * hi - (hi - c) * lo))).
    replace ((hi - lo) * mean_by (fun k => Rabs (c - x k))) with (mean_by (fun k => (hi - lo) * Rabs (c - x k) + 0 * 0)) by (rewrite mean_linear; ring).
    apply mean_le; intros k kn; assert (lk : lo <= x k) by (apply x_mono; lia); assert (kh : x k <= hi) by (apply x_mono; lia).
    destruct (Rle_or_lt (x k) c); [rewrite Rabs_pos_eq by lra|rewrite Rabs_left by lra]; nra.
  rewrite mean_linear, mean_const; fold A; right; ring.
destruct (Req_dec hi lo) as [hl|hl]; [|apply Rmult_le_reg_l with (hi - lo); [lra|exact E]].
rewrite <- (mean_const scale); apply mean_le; intros k kn.
assert (lk : lo <= x k) by (apply x_mono; lia). assert (kh : x k <= hi) by (apply x_mono; lia).
replace (c - x k) with 0 by lra; rewrite Rabs_R0; lra.
Qed.

(* What moves apart by no more than a share of x stays within that share of the scale, once centred. *)
Lemma centred_small_by e share nu : 0 <= share ->
  (forall k m, (k <= m <= n)%nat -> Rabs (e m - e k) <= share * (x m - x k) + nu) ->
  forall m, (m <= n)%nat -> Rabs (e m - mean_by e) <= share * scale + nu.
Proof.
intros s0 apart m mn; assert (D := mean_distance_by m mn).
replace (e m - mean_by e) with (mean_by (fun k => 1 * e m + -1 * e k)).
  apply Rle_trans with (1 := mean_size _); apply Rle_trans with (mean_by (fun k => share * Rabs (x m - x k) + 1 * nu)).
    apply mean_le; intros k kn; unfold size; replace (1 * e m + -1 * e k) with (e m - e k) by ring; rewrite Rmult_1_l.
    destruct (Nat.le_ge_cases k m) as [km|mk].
      apply Rle_trans with (1 := apart k m ltac:(lia)); apply Rplus_le_compat_r, Rmult_le_compat_l; [exact s0|apply Rle_abs].
    rewrite Rabs_minus_sym, (Rabs_minus_sym (x m)); apply Rle_trans with (1 := apart m k ltac:(lia)).
    apply Rplus_le_compat_r, Rmult_le_compat_l; [exact s0|apply Rle_abs].
  rewrite mean_linear, mean_const; assert (share * mean_by (fun k => Rabs (x m - x k)) <= share * scale) by (apply Rmult_le_compat_l; assumption); lra.
rewrite mean_linear, mean_const; ring.
Qed.
End Exact.

Section Format.
Variables emin prec : Z.
Hypothesis prec_gt_1 : (1 < prec)%Z.
Notation format := (generic_format radix2 (FLT_exp emin prec)).
Local Notation fl := (fl emin prec).
Local Notation u := (u prec).
Local Notation tiny := (tiny emin).
Local Notation plain := (plain emin prec).
Local Notation fl_format := (fl_format emin prec prec_gt_1).
Local Notation term := (term emin prec).

Section Algorithm.
Variables (r weight p_read : nat -> R) (n : nat).

Fixpoint rises m : R := match m with O => 0 | S m => fl (rises m + term r weight m) end.
Definition centred_plainly m : R := fl (rises m - plain (fun k => fl (rises k * p_read k)) n).

(* Sums of nothing are nothing. *)
Theorem centred_of_none : (forall t, (t < n)%nat -> r (S t) = r t \/ weight t = 0) -> forall m, (m <= n)%nat -> centred_plainly m = 0.
Proof.
intros none; assert (fl0 : fl 0 = 0) by (apply round_0, valid_rnd_N).
assert (T : forall t, (t < n)%nat -> term r weight t = 0).
  intros t tn; unfold rounded_advantages.term; destruct (none t tn) as [E|E];
    rewrite E; [unfold Rminus; rewrite Rplus_opp_r, fl0, Rmult_0_l|rewrite Rmult_0_r]; exact fl0.
assert (Z : forall m, (m <= n)%nat -> rises m = 0) by (induction m as [|m IH]; intros mn; [reflexivity|simpl; rewrite IH, T, Rplus_0_l by lia; exact fl0]).
set (x k := fl (rises k * p_read k)); assert (x0 : forall k, (k <= n)%nat -> x k = 0) by (intros k kn; unfold x; rewrite Z, Rmult_0_l by exact kn; exact fl0).
assert (P : forall m, (m <= n)%nat -> plain x m = 0).
  induction m as [|m IH]; intros mn; [apply x0; exact mn|]; change (fl (plain x m + x (S m)) = 0); rewrite IH, x0, Rplus_0_l by lia; exact fl0.
intros m mn; unfold centred_plainly; fold x; rewrite Z, P, Rminus_0_r by lia; exact fl0.
Qed.

Variables (g g_abs p : nat -> R) (omega zeta delta scale : R).
Local Notation X := (sum (exact_term r g)).
Local Notation X_abs := (sum (abs_term r g_abs)).

Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis p_ge_0 : forall k, (k <= n)%nat -> 0 <= p k.
Hypothesis p_total : sum p (S n) = 1.
Hypothesis p_read_right : forall k, (k <= n)%nat -> Rabs (p_read k - p k) <= delta * p k.
Hypothesis weight_right : forall t, (t < n)%nat -> near (weight t) (g t) (g_abs t) omega zeta.
Hypothesis omega_ge_0 : 0 <= omega.
Hypothesis zeta_ge_0 : 0 <= zeta.
Hypothesis delta_ge_0 : 0 <= delta.
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (centred_by p n (abs_term r g_abs) m) <= scale.

Let u0 : 0 <= u := u_ge_0 prec.
Let t0 : 0 <= tiny := tiny_ge_0 emin.
Let N := INR n.
Let N0 : 0 <= N := pos_INR n.
Let Nu : 0 <= N * u. Proof. apply Rmult_le_pos; assumption. Qed.

Definition in_term : R := 2 * u + omega.
(* What underflows, in all terms. *)
Definition under : R := exp (2 * u) * zeta * (r n - r 0%nat) + N * tiny.

Let g_abs_ge_0 t : (t < n)%nat -> 0 <= g_abs t.
Proof. intros tn; apply Rle_trans with (2 := proj2 (weight_right t tn)); apply Rabs_pos. Qed.

Lemma range_ge_0 k m : (k <= m <= n)%nat -> 0 <= r m - r k.
Proof.
intros [km mn]; induction m as [|m IH]; [replace k with O by lia; lra|].
apply Nat.le_succ_r in km; destruct km as [km| ->]; [|lra].
assert (H := IH km ltac:(lia)); assert (H1 := r_sorted m ltac:(lia)); lra.
Qed.

Let own t : R := exp (2 * u) * zeta * (r (S t) - r t) + tiny.
Let own_ge_0 t : (t < n)%nat -> 0 <= own t.
Proof.
intros tn; assert (H := r_sorted t tn); assert (E := exp_pos (2 * u)).
apply Rplus_le_le_0_compat; [|exact t0]; apply Rmult_le_pos; [apply Rmult_le_pos|]; lra.
Qed.

Lemma under_from k m : (k <= m <= n)%nat -> 0 <= sum own m - sum own k <= under.
Proof.
intros kmn; assert (E := exp_pos (2 * u)); assert (ez : 0 <= exp (2 * u) * zeta) by (apply Rmult_le_pos; lra).
assert (T : forall j, sum own j = exp (2 * u) * zeta * (r j - r 0%nat) + INR j * tiny).
  induction j as [|j IH]; [simpl; ring|]; change (sum own (S j)) with (sum own j + own j); rewrite IH, S_INR; unfold own; ring.
rewrite !T; assert (A := range_ge_0 0 k ltac:(lia)); assert (B := range_ge_0 k m ltac:(lia)); assert (D := range_ge_0 m n ltac:(lia)).
assert (km : INR k <= INR m) by (apply le_INR; lia); assert (mn : INR m <= N) by (apply le_INR; lia); assert (k0 := pos_INR k).
assert (H : 0 <= exp (2 * u) * zeta * (r m - r k)) by (apply Rmult_le_pos; assumption).
assert (H1 : 0 <= exp (2 * u) * zeta * (r k - r 0%nat)) by (apply Rmult_le_pos; assumption).
assert (H2 : 0 <= exp (2 * u) * zeta * (r n - r m)) by (apply Rmult_le_pos; assumption).
assert (H3 : 0 <= (INR m - INR k) * tiny) by (apply Rmult_le_pos; lra).
assert (H4 : (INR m - INR k) * tiny <= N * tiny) by (apply Rmult_le_compat_r; lra).
unfold under; lra.
Qed.

Lemma under_ge_0 : 0 <= under.
Proof. assert (H := under_from 0 0 ltac:(lia)); lra. Qed.

Lemma term_near t : (t < n)%nat -> near (term r weight t) (exact_term r g t) (abs_term r g_abs t) in_term (own t).
Proof.
intros tn; assert (H := r_sorted t tn); assert (D := fl_sub emin prec prec_gt_1 _ _ (r_format (S t) ltac:(lia)) (r_format t ltac:(lia))).
rewrite (Rabs_pos_eq (r (S t) - r t)) in D by lra.
assert (A := near_fl emin prec prec_gt_1 _ _ _ _ _ (near_scaled (r (S t) - r t) _ u _ _ _ _ _ ltac:(lra) u0 D (weight_right t tn) omega_ge_0) ltac:(lra)
  ltac:(apply Rmult_le_pos; [apply Rlt_le, exp_pos|apply Rmult_le_pos; lra])).
unfold rounded_advantages.term, exact_term, abs_term; rewrite (Rmult_comm (g t)), (Rmult_comm (g_abs t)).
apply near_more with (1 := A); unfold in_term, own; [lra|right; replace (2 * u) with (u + u) by ring; rewrite exp_plus; ring].
Qed.

Lemma X_abs_mono k m : (k <= m <= n)%nat -> X_abs k <= X_abs m.
Proof.
intros [km mn]; induction m as [|m IH]; [replace k with O by lia; lra|].
apply Nat.le_succ_r in km; destruct km as [km| ->]; [|lra].
assert (H := IH km ltac:(lia)); assert (H1 := r_sorted m ltac:(lia)); assert (H2 := g_abs_ge_0 m ltac:(lia)); simpl.
assert (0 <= abs_term r g_abs m) by (apply Rmult_le_pos; lra); lra.
Qed.

Lemma X_abs_small m : (m <= n)%nat -> 0 <= X_abs m <= 2 * scale.
Proof.
intros mn; assert (H := scale_right m mn); assert (H1 := scale_right 0%nat ltac:(lia)); assert (H2 := X_abs_mono 0 m ltac:(lia)).
unfold centred_by in *; simpl (sum _ 0) in *; apply Rabs_le_inv in H; apply Rabs_le_inv in H1; lra.
Qed.

Lemma scale_ge_0 : 0 <= scale.
Proof. assert (H := X_abs_small 0 ltac:(lia)); lra. Qed.

Lemma rises_format m : format (rises m).
Proof. destruct m; [apply zero_format|apply fl_format]. Qed.

(* The running sums, *)
Lemma rises_near m : (m <= n)%nat -> near (rises m) (X m) (X_abs m) (INR m * u + in_term) (exp (INR m * u) * sum own m).
Proof.
induction m as [|m IH]; intros mn.
  simpl; split; [unfold Rminus at 1; rewrite Rplus_opp_r, Rabs_R0; lra|rewrite Rabs_R0; lra].
assert (m0 := pos_INR m); assert (mu : 0 <= INR m * u) by (apply Rmult_le_pos; assumption); assert (M := exp_ge_1 _ mu).
assert (i0 : 0 <= in_term) by (unfold in_term; lra); assert (o0 := own_ge_0 m ltac:(lia)).
assert (s0 := proj1 (under_from 0 m ltac:(lia))); simpl (sum own 0) in s0; rewrite Rminus_0_r in s0.
assert (A := near_add _ _ _ _ _ _ _ _ _ (IH ltac:(lia)) (near_more _ _ _ _ _ (INR m * u + in_term) _ (term_near m mn) ltac:(lra) (Rle_refl _))).
assert (B := near_fl_add emin prec prec_gt_1 _ _ _ _ _ _ (rises_format m) (fl_format _) A ltac:(lra) ltac:(apply Rplus_le_le_0_compat;
  [apply Rmult_le_pos; lra|exact o0])).
apply near_more with (1 := B); rewrite S_INR; [lra|].
replace ((INR m + 1) * u) with (u + INR m * u) by ring; rewrite exp_plus, Rmult_assoc; apply Rmult_le_compat_l; [apply Rlt_le, exp_pos|].
simpl sum; assert (own m <= exp (INR m * u) * own m) by (rewrite <- (Rmult_1_l (own m)) at 1; apply Rmult_le_compat_r; assumption); lra.
Qed.

Definition level : R := exp (N * u + in_term) * scale + exp (N * u) * under.
Definition step : R := u * (exp (N * u + in_term) * (2 * scale) + exp (N * u) * under).
Definition in_centre : R := (exp in_term - 1) * scale + under + N * step.
Definition in_mean : R := (exp ((N + 1) * u + delta) - 1) * level + exp (N * u) * ((N + 1) * tiny).

Let sizes m : (m <= n)%nat -> Rabs (rises m) <= exp (N * u + in_term) * X_abs m + exp (N * u) * under.
Proof.
intros mn; assert (S := near_size _ _ _ _ _ (rises_near m mn)); assert (mN : INR m <= N) by (apply le_INR; exact mn).
assert (mu : INR m * u <= N * u) by (apply Rmult_le_compat_r; assumption).
assert (mono : forall a b, a <= b -> exp a <= exp b) by (intros a b [L| ->]; [apply Rlt_le, exp_increasing, L|lra]).
assert (U := under_from 0 m ltac:(lia)); simpl (sum own 0) in U; rewrite Rminus_0_r in U; assert (x0 := X_abs_small m mn).
assert (exp (INR m * u + in_term) * X_abs m <= exp (N * u + in_term) * X_abs m) by (apply Rmult_le_compat_r; [lra|apply mono; lra]).
assert (exp (INR m * u) * sum own m <= exp (N * u) * under) by (apply Rmult_le_compat; [apply Rlt_le, exp_pos|lra|apply mono; lra|lra]); lra.
Qed.

(* each addition of which is off by a little of all terms so far, *)
Lemma step_right m : (m < n)%nat -> Rabs (rises (S m) - (rises m + term r weight m)) <= step.
Proof.
intros mn; change (rises (S m)) with (fl (rises m + term r weight m)); assert (H := fl_add emin prec prec_gt_1 _ (term r weight m) (rises_format m) (fl_format _)).
apply Rle_trans with (1 := H); unfold step; apply Rmult_le_compat_l; [exact u0|].
apply Rle_trans with (1 := Rabs_triang _ _); assert (A := near_size _ _ _ _ _ (rises_near m ltac:(lia))); assert (B := near_size _ _ _ _ _ (term_near m mn)).
assert (x0 := X_abs_small (S m) mn); assert (x1 := X_abs_small m ltac:(lia)); simpl sum in x0.
assert (mN : INR m <= N) by (apply le_INR; lia); assert (mu : INR m * u <= N * u) by (apply Rmult_le_compat_r; assumption).
assert (mu0 : 0 <= INR m * u) by (apply Rmult_le_pos; [apply pos_INR|exact u0]).
assert (mono : forall a b, a <= b -> exp a <= exp b) by (intros a b [L| ->]; [apply Rlt_le, exp_increasing, L|lra]).
assert (U := under_from 0 (S m) ltac:(lia)); simpl (sum own 0) in U; rewrite Rminus_0_r in U; simpl sum in U.
assert (U1 := under_from 0 m ltac:(lia)); simpl (sum own 0) in U1; rewrite Rminus_0_r in U1; assert (o0 := own_ge_0 m mn).
set (E := exp (N * u + in_term)); set (E1 := exp (N * u)).
assert (E0 : 0 <= E) by (apply Rlt_le, exp_pos); assert (E2 : 1 <= E1) by (apply exp_ge_1; exact Nu).
assert (a0 : 0 <= abs_term r g_abs m) by (apply Rmult_le_pos; [apply g_abs_ge_0; exact mn|assert (Q := r_sorted m mn); lra]).
assert (exp (INR m * u + in_term) * X_abs m <= E * X_abs m) by (apply Rmult_le_compat_r; [lra|apply mono; lra]).
assert (exp in_term * abs_term r g_abs m <= E * abs_term r g_abs m) by (apply Rmult_le_compat_r; [exact a0|apply mono; lra]).
assert (E * (X_abs m + abs_term r g_abs m) <= E * (2 * scale)) by (apply Rmult_le_compat_l; lra).
assert (exp (INR m * u) * sum own m <= E1 * sum own m) by (apply Rmult_le_compat_r; [lra|apply mono; lra]).
assert (own m <= E1 * own m) by (rewrite <- (Rmult_1_l (own m)) at 1; apply Rmult_le_compat_r; assumption).
assert (E1 * (sum own m + own m) <= E1 * under) by (apply Rmult_le_compat_l; lra).
lra.
Qed.

Lemma rises_apart k m : (k <= m <= n)%nat ->
  Rabs ((rises m - X m) - (rises k - X k)) <= (exp in_term - 1) * (X_abs m - X_abs k) + (under + N * step).
Proof.
intros kmn; assert (s0 : (0 < n)%nat -> 0 <= step) by (intros n0; apply Rle_trans with (2 := step_right 0 n0); apply Rabs_pos).
assert (H : Rabs ((rises m - X m) - (rises k - X k)) <= (exp in_term - 1) * (X_abs m - X_abs k) + ((sum own m - sum own k) + (INR m - INR k) * step)).
  destruct kmn as [km mn]; induction m as [|m IH].
    replace k with O by lia; unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra.
  apply Nat.le_succ_r in km; destruct km as [km| ->]; [|unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra].
  assert (A := IH km ltac:(lia)); assert (B := proj1 (term_near m mn)); assert (D := step_right m mn); rewrite S_INR.
  change (X (S m)) with (X m + exact_term r g m); change (X_abs (S m)) with (X_abs m + abs_term r g_abs m); change (sum own (S m)) with (sum own m + own m).
  replace (rises (S m) - (X m + exact_term r g m) - (rises k - X k)) with
    ((rises m - X m - (rises k - X k)) + ((term r weight m - exact_term r g m) + (rises (S m) - (rises m + term r weight m)))) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); assert (Q := Rabs_triang (term r weight m - exact_term r g m) (rises (S m) - (rises m + term r weight m))); lra.
apply Rle_trans with (1 := H); assert (U := under_from k m kmn).
assert ((INR m - INR k) * step <= N * step); [|lra].
destruct (Nat.eq_0_gt_0_cases n) as [E|n0].
  replace m with O by lia; replace k with O by lia; unfold N; rewrite E; simpl; lra.
apply Rmult_le_compat_r; [apply s0; exact n0|]; assert (INR m <= N) by (apply le_INR; lia); assert (k0 := pos_INR k); lra.
Qed.

Theorem centred_right_by m : (m <= n)%nat ->
  near (centred_plainly m) (centred_by p n (exact_term r g) m) scale u (exp u * (in_centre + in_mean)).
Proof.
intros mn; set (M := mean_by p n rises); set (T := plain (fun k => fl (rises k * p_read k)) n).
assert (A : Rabs (rises m - M - centred_by p n (exact_term r g) m) <= in_centre).
  assert (H := centred_small_by p n p_ge_0 p_total X_abs scale X_abs_mono scale_right (fun k => rises k - X k) (exp in_term - 1) (under + N * step)
    ltac:(assert (E := exp_ge_1 in_term ltac:(unfold in_term; lra)); lra) rises_apart m mn).
  replace (rises m - M - centred_by p n (exact_term r g) m) with (rises m - X m - mean_by p n (fun k => rises k - X k)).
    unfold in_centre; lra.
  replace (mean_by p n (fun k => rises k - X k)) with (mean_by p n (fun k => 1 * rises k + -1 * X k)).
    rewrite mean_linear; unfold centred_by, M; ring.
  apply sum_eq; intros; ring.
assert (L : mean_by p n (size rises) <= level).
  apply Rle_trans with (mean_by p n (fun k => exp (N * u + in_term) * X_abs k + 1 * (exp (N * u) * under))).
    apply mean_le; [exact p_ge_0|]; intros k kn; rewrite Rmult_1_l; apply sizes; exact kn.
  rewrite mean_linear, mean_const by exact p_total; unfold level; rewrite Rmult_1_l; apply Rplus_le_compat_r, Rmult_le_compat_l; [apply Rlt_le, exp_pos|].
  assert (H := scale_right 0%nat ltac:(lia)); unfold centred_by in H; simpl (sum _ 0) in H; apply Rabs_le_inv in H; lra.
assert (B : Rabs (T - M) <= in_mean).
  assert (each : forall k, (k <= n)%nat -> near (fl (rises k * p_read k)) (p k * rises k) (p k * size rises k) (u + (delta + 0)) (exp u * 0 + tiny)).
    intros k kn; assert (H := near_scaled (p k) (p_read k) delta _ _ _ _ _ (p_ge_0 k kn) delta_ge_0 (p_read_right k kn)
      (near_self (rises k) (size rises k) (Rle_refl _)) (Rle_refl 0)).
    rewrite (Rmult_comm (rises k)); apply near_fl; [exact prec_gt_1| |lra|lra].
    apply near_more with (1 := H); [lra|right; ring].
  assert (H := near_plain emin prec prec_gt_1 (fun k => fl (rises k * p_read k)) _ _ _ _ n (fun k _ => fl_format _) each ltac:(lra) ltac:(lra) n (le_n n)).
  assert (R := proj1 (near_more _ _ _ _ _ ((N + 1) * u + delta) (exp (N * u) * ((N + 1) * tiny)) H ltac:(unfold N; lra)
    ltac:(unfold N; rewrite S_INR; right; ring))).
  apply Rle_trans with (1 := R); unfold in_mean; apply Rplus_le_compat_r, Rmult_le_compat_l; [|exact L].
  assert (E := exp_ge_1 ((N + 1) * u + delta) ltac:(lra)); lra.
assert (S0 := scale_ge_0); assert (Fm : format T) by (apply (plain_format emin prec prec_gt_1 _ n (fun _ _ => fl_format _) n (le_n n))).
assert (Q : Rabs (centred_by p n (exact_term r g) m) <= scale).
  assert (H := centred_small_by p n p_ge_0 p_total X_abs scale X_abs_mono scale_right X 1 0 ltac:(lra)).
  assert (H1 : forall k j, (k <= j <= n)%nat -> Rabs (X j - X k) <= 1 * (X_abs j - X_abs k) + 0).
    intros k j [kj jn]; induction j as [|j IH]; [replace k with O by lia; unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra|].
    apply Nat.le_succ_r in kj; destruct kj as [kj| ->]; [|unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra].
    assert (H1 := IH kj ltac:(lia)); assert (H2 := proj2 (term_near j jn)).
    simpl sum; replace (X j + exact_term r g j - X k) with ((X j - X k) + exact_term r g j) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
  assert (H2 := H H1 m mn); unfold centred_by; lra.
assert (D : near (rises m - T) (centred_by p n (exact_term r g) m) scale 0 (in_centre + in_mean)).
  split; [|exact Q]; rewrite exp_0.
  replace (rises m - T - centred_by p n (exact_term r g) m) with ((rises m - M - centred_by p n (exact_term r g) m) + - (T - M)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp; lra.
assert (c0 : 0 <= in_centre + in_mean) by (apply Rplus_le_le_0_compat; [apply Rle_trans with (2 := A)|apply Rle_trans with (2 := B)]; apply Rabs_pos).
apply near_more with (1 := near_fl_sub emin prec prec_gt_1 _ _ _ _ _ _ (rises_format m) Fm D (Rle_refl 0) c0); lra.
Qed.

(* In figures: a rounding for each of three per atom and one more, what weights and probabilities are off by, and little else. *)
Theorem centred_within_by : let off := omega + delta + (3 * INR (S n) + 1) * u in off <= 0.05 -> forall m, (m <= n)%nat ->
  Rabs (centred_plainly m - centred_by p n (exact_term r g) m) <=
  (1 + 3 * off) * off * scale + (1.12 * zeta * (r n - r 0%nat) + 2.2 * INR (S n) * tiny).
Proof.
cbv zeta; set (off := omega + delta + (3 * INR (S n) + 1) * u); intros small m mn; assert (E := proj1 (centred_right_by m mn)).
apply Rle_trans with (1 := E); clear E; set (a := N * u) in *; set (l := in_term); set (b := a + u + delta).
assert (L : l = 2 * u + omega) by reflexivity; assert (O : off = l + 2 * a + b + u) by (unfold off, b, a, N; rewrite S_INR, L; ring).
assert (S0 := scale_ge_0); assert (V0 := under_ge_0); assert (X0 := exp_small (a + l) ltac:(unfold b in O; lra)).
assert (square : forall y, 0 <= y <= off -> 1.06 * y ^ 2 <= 1.06 * off * y) by (intros y y0; assert (y * y <= off * y) by (apply Rmult_le_compat_r; lra); lra).
assert (X : exp (a + l) <= 1 + 1.06 * off).
  assert (H := square (a + l) ltac:(unfold b in O; lra)); assert (1.06 * off * (a + l) <= 0.06 * (a + l)) by (apply Rmult_le_compat_r; lra); unfold b in O; lra.
assert (B0 := exp_small b ltac:(unfold b in *; lra)); assert (HB := square b ltac:(unfold b in *; lra)).
assert (L0 := exp_small l ltac:(unfold b in O; lra)); assert (HL := square l ltac:(unfold b in O; lra)).
assert (A0 := exp_small a ltac:(unfold b in O; lra)); assert (U0 := exp_small u ltac:(unfold b in O; lra)).
assert (b0 : 0 <= b) by (unfold b; lra); assert (o0 : 0 <= off) by (unfold b in O; lra).
assert (Xb : (exp b - 1) * exp (a + l) <= b * (1 + 2.2 * off)).
  apply Rle_trans with (b * (1 + 1.06 * off) * (1 + 1.06 * off)).
    apply Rmult_le_compat; [assert (H := exp_ge_1 b b0); lra|apply Rlt_le, exp_pos|lra|exact X].
  rewrite Rmult_assoc; apply Rmult_le_compat_l; [exact b0|nra].
assert (Xa : a * (2 * exp (a + l)) <= 2 * a * (1 + 2.2 * off)).
  replace (2 * a * (1 + 2.2 * off)) with (a * (2 * (1 + 2.2 * off))) by ring; apply Rmult_le_compat_l; [exact Nu|lra].
set (total := (exp l - 1) + a * (2 * exp (a + l)) + (exp b - 1) * exp (a + l)).
assert (T : total <= (off - u) * (1 + 2.2 * off)).
  assert (0 <= off * l) by (apply Rmult_le_pos; unfold b in O; lra); replace (off - u) with (l + 2 * a + b) by lra; unfold total; lra.
assert (T0 : 0 <= total).
  assert (H := exp_ge_1 l ltac:(lra)); assert (H1 := exp_ge_1 b b0); assert (H2 := exp_pos (a + l)); unfold total.
  assert (0 <= a * (2 * exp (a + l))) by (apply Rmult_le_pos; lra); assert (0 <= (exp b - 1) * exp (a + l)) by (apply Rmult_le_pos; lra); lra.
assert (u1 : u <= off / 4) by (unfold b in O; lra).
assert (Q : (exp u - 1) + exp u * total <= (1 + 3 * off) * off).
  assert (uu : u * u <= off / 4 * u) by (apply Rmult_le_compat_r; assumption).
  assert (ou : 0 <= off * u) by (apply Rmult_le_pos; assumption); assert (oo : off * off <= 0.05 * off) by (apply Rmult_le_compat_r; lra).
  assert (ou1 : off * u <= off * (off / 4)) by (apply Rmult_le_compat_l; assumption); assert (ou2 : off * u <= 0.05 * u) by (apply Rmult_le_compat_r; lra).
  assert (T1 : total <= 1.11 * off) by lra; assert (F : exp u - 1 <= 1.02 * u) by lra.
  assert (G : (exp u - 1) * total <= 1.02 * u * (1.11 * off)) by (apply Rmult_le_compat; try lra; assert (H := exp_ge_1 u u0); lra).
  lra.
assert (HA := square a ltac:(unfold b in O; lra)); assert (HU := square u ltac:(lra)).
assert (oa : 1.06 * off * a <= 0.053 * a) by (apply Rmult_le_compat_r; lra); assert (ob : 1.06 * off * b <= 0.053 * b) by (apply Rmult_le_compat_r; lra).
assert (ov : 1.06 * off * u <= 0.053 * u) by (apply Rmult_le_compat_r; lra).
assert (F : exp a <= 1.02) by (unfold b in O; lra); assert (Fu : exp u <= 1.0132) by lra; assert (Fb : exp b - 1 <= 0.0527) by (unfold b in *; lra).
assert (V : under <= 1.03 * (zeta * (r n - r 0%nat)) + N * tiny).
  unfold under; rewrite Rmult_assoc; apply Rplus_le_compat_r, Rmult_le_compat_r; [apply Rmult_le_pos; [exact zeta_ge_0|apply range_ge_0; lia]|].
  assert (H := exp_small (2 * u) ltac:(lra)); assert (u * u <= 0.0125 * u) by (apply Rmult_le_compat_r; lra); lra.
assert (A1 := exp_pos a); assert (U1 := exp_pos u); set (v := under) in *; set (x := exp a) in *; set (nt := (N + 1) * tiny).
assert (nt0 : 0 <= nt) by (apply Rmult_le_pos; lra).
assert (W : v + a * (x * v) + ((exp b - 1) * (x * v) + x * nt) <= 1.073 * v + 1.02 * nt).
  assert (xv : x * v <= 1.02 * v) by (apply Rmult_le_compat_r; assumption); assert (xv0 : 0 <= x * v) by (apply Rmult_le_pos; lra).
  assert (a * (x * v) <= 0.0167 * (1.02 * v)) by (apply Rmult_le_compat; try lra; unfold b in O; lra).
  assert ((exp b - 1) * (x * v) <= 0.0527 * (1.02 * v)) by (apply Rmult_le_compat; try lra; assert (H1 := exp_ge_1 b b0); lra).
  assert (x * nt <= 1.02 * nt) by (apply Rmult_le_compat_r; assumption); lra.
assert (R0 : 0 <= zeta * (r n - r 0%nat)) by (apply Rmult_le_pos; [exact zeta_ge_0|apply range_ge_0; lia]).
assert (W1 : exp u * (v + a * (x * v) + ((exp b - 1) * (x * v) + x * nt)) <= 1.0132 * (1.073 * v + 1.02 * nt)).
  apply Rmult_le_compat; [lra| |exact Fu|exact W]; assert (H1 := exp_ge_1 b b0); assert (xv0 : 0 <= x * v) by (apply Rmult_le_pos; lra).
  assert (0 <= a * (x * v)) by (apply Rmult_le_pos; assumption); assert (0 <= (exp b - 1) * (x * v)) by (apply Rmult_le_pos; lra).
  assert (0 <= x * nt) by (apply Rmult_le_pos; lra); lra.
assert (Z : exp u * (in_centre + in_mean) = exp u * total * scale + exp u * (v + a * (x * v) + ((exp b - 1) * (x * v) + x * nt))).
  unfold in_centre, in_mean, step, level, total; fold N a v l x nt; replace ((N + 1) * u + delta) with b by (unfold b, a; ring); rewrite exp_plus; fold x.
  replace (exp (a + l)) with (x * exp l) by (unfold x; rewrite exp_plus; ring); unfold nt, a; ring.
rewrite Z; assert (S1 : ((exp u - 1) + exp u * total) * scale <= (1 + 3 * off) * off * scale) by (apply Rmult_le_compat_r; assumption).
rewrite S_INR; fold N nt; replace (2.2 * (N + 1) * tiny) with (2.2 * nt) by (unfold nt; ring); assert (N * tiny <= nt) by (unfold nt; lra); lra.
Qed.
End Algorithm.
End Format.
