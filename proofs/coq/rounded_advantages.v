(* The bound (54): centred running sums of weighted gaps, as the code forms them, against the exact ones of eq. (25).

     term       fl(fl(r_(t+1) - r_t) weight_t)
     gap_sums   their running sums, by whoever adds rightly; rank m has m gaps below it
     centred    fl(gap_sums_m - fl(the last running sum of the gap_sums / N)),   N = n + 1 ranks

   omega is the relative error of the weights, kappa what the sums leave, scale the largest exact advantage under the
   absolute rank weights. The rewards are sorted, and nothing is asked of them else. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums.
Local Open Scope R_scope.

Section Format.
Variables emin prec : Z.
Hypothesis prec_gt_1 : (1 < prec)%Z.
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
Local Notation right_sums := (right_sums emin prec).

Section Algorithm.
Variables (sums : nat -> (nat -> R) -> nat -> R) (r weight : nat -> R) (n : nat).

Definition term t : R := fl (fl (r (S t) - r t) * weight t).
Definition gap_sums m : R := match m with O => 0 | S t => sums (Nat.pred n) term t end.
Definition centred m : R := fl (gap_sums m - fl (sums n gap_sums n / INR (S n))).

(* What it is for: exact weights g, of which those of the absolute rank weights are the sizes. *)
Variables (g g_abs : nat -> R) (omega kappa scale : R).
Definition exact_term t : R := g t * (r (S t) - r t).
Definition abs_term t : R := g_abs t * (r (S t) - r t).
Definition centred_sum (y : nat -> R) m : R := sum y m - sum (sum y) (S n) / INR (S n).

Hypothesis n_gt_0 : (0 < n)%nat.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis g_abs_right : forall t, (t < n)%nat -> Rabs (g t) <= g_abs t.
Hypothesis weight_right : forall t, (t < n)%nat -> Rabs (weight t - g t) <= omega * g_abs t.
Hypothesis omega_ge_0 : 0 <= omega.
Hypothesis kappa_ge_0 : 0 <= kappa.
Hypothesis sums_right : right_sums sums n kappa.
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (centred_sum abs_term m) <= scale.

Let N := INR (S n).
Let N_gt_0 : 0 < N. Proof. apply lt_0_INR; lia. Qed.
Let X := sum exact_term.
Let X_abs := sum abs_term.
Let lambda := (1 + u) ^ 2 * (1 + omega) - 1.
Let scale_ge_0 : 0 <= scale.
Proof. apply Rle_trans with (2 := scale_right 0 (Nat.le_0_l n)); apply Rabs_pos. Qed.
Let lambda_ge_0 : 0 <= lambda. Proof. assert (u0 := u_ge_0); unfold lambda; nra. Qed.

Lemma abs_term_ge_0 t : (t < n)%nat -> 0 <= abs_term t.
Proof.
intros tn; apply Rmult_le_pos; [|assert (H := r_sorted t tn); lra].
apply Rle_trans with (2 := g_abs_right t tn); apply Rabs_pos.
Qed.

Lemma X_abs_mono k m : (k <= m <= n)%nat -> X_abs k <= X_abs m.
Proof.
intros [km mn]; induction m as [|m IH]; [replace k with O by lia; lra|].
apply Nat.le_succ_r in km; destruct km as [km| ->]; [|lra].
assert (H := IH km ltac:(lia)); assert (H1 := abs_term_ge_0 m ltac:(lia)); unfold X_abs in *; simpl; lra.
Qed.

(* The terms: a rounding for the gap, one for the product, omega for the weight. *)
Lemma term_right t : (t < n)%nat -> Rabs (term t - exact_term t) <= lambda * abs_term t + tiny.
Proof.
intros tn; set (d := r (S t) - r t); assert (d0 : 0 <= d) by (assert (H := r_sorted t tn); unfold d; lra).
assert (u0 := u_ge_0); assert (a0 := Rle_trans _ _ _ (Rabs_pos _) (g_abs_right t tn)).
assert (H1 := fl_sub (r (S t)) (r t) (r_format (S t) ltac:(lia)) (r_format t ltac:(lia))); fold d in H1.
rewrite (Rabs_pos_eq d d0) in H1.
assert (W : Rabs (weight t) <= (1 + omega) * g_abs t).
  replace (weight t) with (g t + (weight t - g t)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); assert (H := g_abs_right t tn); assert (H' := weight_right t tn); lra.
assert (H2 := fl_any (fl d * weight t)); change (fl (fl d * weight t)) with (term t) in H2.
assert (P : Rabs (fl d * weight t - exact_term t) <= (u * (1 + omega) + omega) * (g_abs t * d)).
  unfold exact_term; fold d; replace (fl d * weight t - g t * d) with ((fl d - d) * weight t + (weight t - g t) * d) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite !Rabs_mult, (Rabs_pos_eq d d0).
  assert (Rabs (fl d - d) * Rabs (weight t) <= (u * d) * ((1 + omega) * g_abs t)).
    apply Rmult_le_compat; [apply Rabs_pos|apply Rabs_pos|exact H1|exact W].
  assert (Rabs (weight t - g t) * d <= omega * g_abs t * d) by (apply Rmult_le_compat_r; [exact d0|apply weight_right; exact tn]).
  lra.
assert (Q : Rabs (fl d * weight t) <= (1 + u) * d * ((1 + omega) * g_abs t)).
  rewrite Rabs_mult; apply Rmult_le_compat; [apply Rabs_pos|apply Rabs_pos| |exact W].
  replace (fl d) with (d + (fl d - d)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  rewrite (Rabs_pos_eq d d0); lra.
assert (Q' : u * Rabs (fl d * weight t) <= u * ((1 + u) * d * ((1 + omega) * g_abs t))) by (apply Rmult_le_compat_l; lra).
replace (term t - exact_term t) with ((term t - fl d * weight t) + (fl d * weight t - exact_term t)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); unfold lambda, abs_term; fold d; lra.
Qed.

(* Ranks lie nowhere farther from each other, on average, than from an end. *)
Lemma mean_distance m : (m <= n)%nat -> sum (fun k => Rabs (X_abs m - X_abs k)) (S n) <= N * scale.
Proof.
intros mn; set (lo := X_abs 0); set (hi := X_abs n); set (c := X_abs m).
assert (lc : lo <= c) by (apply X_abs_mono; lia). assert (ch : c <= hi) by (apply X_abs_mono; lia).
assert (L := scale_right 0 ltac:(lia)); assert (H := scale_right n (le_n n)).
unfold centred_sum in L, H; fold X_abs in L, H; fold lo in L; fold hi in H; fold N in L, H.
set (A := sum X_abs (S n)) in *.
assert (lA : A - N * lo <= N * scale).
  apply Rabs_le_inv in L; replace (A - N * lo) with (- (N * (lo - A / N))) by (field; lra); nra.
assert (hA : N * hi - A <= N * scale).
  apply Rabs_le_inv in H; replace (N * hi - A) with (N * (hi - A / N)) by (field; lra); nra.
assert (E : (hi - lo) * sum (fun k => Rabs (c - X_abs k)) (S n) <= (hi - lo) * (N * scale)).
  apply Rle_trans with ((hi - c) * (A - N * lo) + (c - lo) * (N * hi - A)); [|nra].
  replace ((hi - lo) * sum (fun k => Rabs (c - X_abs k)) (S n)) with
    (sum (fun k => (hi - lo) * Rabs (c - X_abs k) + 0 * 0) (S n)) by (rewrite sum_linear; ring).
  apply Rle_trans with (sum (fun k => ((hi - c) - (c - lo)) * X_abs k + 1 * ((c - lo) * hi - (hi - c) * lo)) (S n)).
    apply sum_le; intros k kn.
    assert (lk : lo <= X_abs k) by (apply X_abs_mono; lia). assert (kh : X_abs k <= hi) by (apply X_abs_mono; lia).
    destruct (Rle_or_lt (X_abs k) c); [rewrite Rabs_pos_eq by lra|rewrite Rabs_left by lra]; nra.
  rewrite sum_linear, sum_const; fold A; fold N; right; ring.
destruct (Req_dec hi lo) as [hl|hl]; [|apply Rmult_le_reg_l with (hi - lo); [lra|exact E]].
apply Rle_trans with (sum (fun _ => 0) (S n)); [|rewrite sum_const; fold N; nra].
apply sum_le; intros k kn.
assert (lk : lo <= X_abs k) by (apply X_abs_mono; lia). assert (kh : X_abs k <= hi) by (apply X_abs_mono; lia).
replace (c - X_abs k) with 0 by lra; rewrite Rabs_R0; lra.
Qed.

(* What moves apart by no more than a share of X_abs stays within that share of the scale, once centred. *)
Lemma centred_small e share nu : 0 <= share ->
  (forall k m, (k <= m <= n)%nat -> Rabs (e m - e k) <= share * (X_abs m - X_abs k) + nu) ->
  forall m, (m <= n)%nat -> Rabs (e m - sum e (S n) / N) <= share * scale + nu.
Proof.
intros s0 apart m mn.
assert (apart' : forall k, (k < S n)%nat -> Rabs (e m - e k) <= share * Rabs (X_abs m - X_abs k) + nu).
  intros k kn; destruct (Nat.le_ge_cases k m) as [km|mk].
    apply Rle_trans with (1 := apart k m ltac:(lia)); apply Rplus_le_compat_r, Rmult_le_compat_l; [exact s0|apply Rle_abs].
  rewrite Rabs_minus_sym, (Rabs_minus_sym (X_abs m)); apply Rle_trans with (1 := apart m k ltac:(lia)).
  apply Rplus_le_compat_r, Rmult_le_compat_l; [exact s0|apply Rle_abs].
assert (D := mean_distance m mn).
apply Rmult_le_reg_l with N; [exact N_gt_0|].
rewrite <- (Rabs_pos_eq N) at 1 by lra; rewrite <- Rabs_mult.
replace (N * (e m - sum e (S n) / N)) with (sum (fun k => e m + (-1) * e k) (S n)).
  apply Rle_trans with (1 := sum_size _ _).
  apply Rle_trans with (sum (fun k => share * Rabs (X_abs m - X_abs k) + 1 * nu) (S n)).
    apply sum_le; intros k kn; unfold size; replace (e m + -1 * e k) with (e m - e k) by ring.
    apply Rle_trans with (1 := apart' k kn); lra.
  rewrite sum_linear, sum_const; fold N; assert (share * sum (fun k => Rabs (X_abs m - X_abs k)) (S n) <= share * (N * scale)) by (apply Rmult_le_compat_l; lra).
  lra.
replace (sum (fun k => e m + -1 * e k) (S n)) with (sum (fun k => 1 * e m + -1 * e k) (S n)) by (apply sum_eq; intros; ring).
rewrite sum_linear, sum_const; fold N; field; lra.
Qed.

Lemma X_apart k m : (k <= m <= n)%nat -> Rabs (X m - X k) <= 1 * (X_abs m - X_abs k) + 0.
Proof.
intros [km mn]; induction m as [|m IH].
  replace k with O by lia; unfold X, X_abs; simpl; rewrite Rminus_0_r, Rabs_R0; lra.
apply Nat.le_succ_r in km; destruct km as [km| ->]; [|unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra].
assert (H := IH km ltac:(lia)); unfold X, X_abs in *; simpl.
replace (sum exact_term m + exact_term m - sum exact_term k) with ((sum exact_term m - sum exact_term k) + exact_term m) by ring.
apply Rle_trans with (1 := Rabs_triang _ _).
assert (Rabs (exact_term m) <= abs_term m); [|lra].
unfold exact_term, abs_term; rewrite Rabs_mult, (Rabs_pos_eq (r (S m) - r m)).
  apply Rmult_le_compat_r; [assert (H1 := r_sorted m ltac:(lia)); lra|apply g_abs_right; lia].
assert (H1 := r_sorted m ltac:(lia)); lra.
Qed.

(* scale <= scale* *)
Lemma exact_within_scale m : (m <= n)%nat -> Rabs (centred_sum exact_term m) <= scale.
Proof.
intros mn; assert (H := centred_small X 1 0 ltac:(lra) X_apart m mn).
unfold centred_sum; fold X; fold N; lra.
Qed.

Let err m := sum term m - X m.

Lemma err_apart k m : (k <= m <= n)%nat -> Rabs (err m - err k) <= lambda * (X_abs m - X_abs k) + INR n * tiny.
Proof.
intros kmn; assert (t0 := tiny_ge_0).
assert (H : Rabs (err m - err k) <= lambda * (X_abs m - X_abs k) + (INR m - INR k) * tiny).
  destruct kmn as [km mn]; induction m as [|m IH].
    replace k with O by lia; unfold err, X, X_abs; simpl; rewrite !Rminus_0_r, Rabs_R0; lra.
  apply Nat.le_succ_r in km; destruct km as [km| ->]; [|unfold Rminus; rewrite !Rplus_opp_r, Rabs_R0; lra].
  assert (H := IH km ltac:(lia)); assert (H1 := term_right m ltac:(lia)); rewrite S_INR.
  unfold err, X, X_abs in *; simpl.
  replace (sum term m + term m - (sum exact_term m + exact_term m) - (sum term k - sum exact_term k)) with
    ((sum term m - sum exact_term m - (sum term k - sum exact_term k)) + (term m - exact_term m)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
apply Rle_trans with (1 := H); apply Rplus_le_compat_l, Rmult_le_compat_r; [exact t0|].
assert (INR m <= INR n) by (apply le_INR; lia); assert (H1 := pos_INR k); lra.
Qed.

Lemma X_abs_small k m : (k <= m <= n)%nat -> X_abs m - X_abs k <= 2 * scale.
Proof.
intros kmn; assert (H := scale_right k ltac:(lia)); assert (H1 := scale_right m ltac:(lia)).
unfold centred_sum in H, H1; fold X_abs in H, H1; bounds; lra.
Qed.

(* The bound, with every term of higher order. *)
Definition after_terms : R := 2 * lambda * scale + INR n * tiny.
Definition after_sums : R := u * (2 * scale + after_terms) + kappa * (2 * (1 + lambda) * scale + INR n * tiny).
Definition in_mean : R := u * (scale + (after_terms + after_sums)) + kappa * (2 * scale + (after_terms + after_sums)).
Definition before_last : R :=
  lambda * scale + INR n * tiny + 2 * after_sums +
  (in_mean + u * (scale + (after_terms + after_sums) + in_mean) + tiny).

Theorem centred_right m : (m <= n)%nat ->
  Rabs (centred m - centred_sum exact_term m) <= before_last + u * (scale + before_last).
Proof.
intros mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
assert (nt : 0 <= INR n * tiny) by (apply Rmult_le_pos; [apply pos_INR|exact t0]).
assert (Ft : forall t, (t <= Nat.pred n)%nat -> format (term t)) by (intros; apply fl_format).
assert (X2 : forall k, (k <= n)%nat -> Rabs (X k) <= 2 * scale).
  intros k kn; assert (H := X_apart 0 k ltac:(lia)); assert (H1 := X_abs_small 0 k ltac:(lia)).
  replace (X k) with (X k - X 0) by (unfold X; simpl; ring); lra.
assert (E2 : forall k, (k <= n)%nat -> Rabs (err k) <= after_terms).
  intros k kn; assert (H := err_apart 0 k ltac:(lia)); assert (H1 := X_abs_small 0 k ltac:(lia)).
  replace (err k) with (err k - err 0) by (unfold err, X; simpl; ring).
  apply Rle_trans with (1 := H); unfold after_terms.
  assert (lambda * (X_abs k - X_abs 0) <= lambda * (2 * scale)) by (apply Rmult_le_compat_l; [exact lambda_ge_0|exact H1]); lra.
assert (size_terms : sum (size term) n <= 2 * (1 + lambda) * scale + INR n * tiny).
  apply Rle_trans with (sum (fun t => (1 + lambda) * abs_term t + 1 * tiny) n).
    apply sum_le; intros t tn; assert (H := term_right t tn); unfold size.
    replace (term t) with (exact_term t + (term t - exact_term t)) by ring.
    apply Rle_trans with (1 := Rabs_triang _ _).
    assert (H1 := X_apart t (S t) ltac:(lia)); unfold X, X_abs in H1; simpl in H1.
    replace (sum exact_term t + exact_term t - sum exact_term t) with (exact_term t) in H1 by ring; lra.
  rewrite sum_linear, sum_const; fold X_abs.
  assert (H := X_abs_small 0 n ltac:(lia)); replace (X_abs 0) with 0 in H by reflexivity.
  assert ((1 + lambda) * X_abs n <= (1 + lambda) * (2 * scale)) by (apply Rmult_le_compat_l; lra); lra.
assert (rho : forall k, (k <= n)%nat -> format (gap_sums k) /\ Rabs (gap_sums k - sum term k) <= after_sums).
  intros [|k] kn; simpl gap_sums.
    split; [apply zero_format|]; simpl; rewrite Rminus_0_r, Rabs_R0; unfold after_sums, after_terms.
    assert (ls : 0 <= lambda * scale) by (apply Rmult_le_pos; [exact lambda_ge_0|exact scale_ge_0]).
    apply Rplus_le_le_0_compat; apply Rmult_le_pos; lra.
  destruct (sums_right (Nat.pred n) term ltac:(lia) Ft k ltac:(lia)) as [F H]; split; [exact F|].
  apply Rle_trans with (1 := H); replace (S (Nat.pred n)) with n by lia; unfold after_sums; apply Rplus_le_compat.
    apply Rmult_le_compat_l; [exact u0|].
    replace (sum term (S k)) with (X (S k) + err (S k)) by (unfold err; ring).
    apply Rle_trans with (1 := Rabs_triang _ _); apply Rplus_le_compat; [apply X2|apply E2]; exact kn.
  apply Rmult_le_compat_l; [exact kappa_ge_0|exact size_terms].
assert (R2 : forall k, (k <= n)%nat -> Rabs (gap_sums k - X k) <= after_terms + after_sums).
  intros k kn; destruct (rho k kn) as [_ H]; assert (H1 := E2 k kn); unfold err in H1; bounds; lra.
set (a2 := after_terms + after_sums) in *.
set (M := sum gap_sums (S n) / N); set (MX := sum X (S n) / N).
assert (mean_le : forall e c, (forall k, (k <= n)%nat -> Rabs (e k) <= c) -> Rabs (sum e (S n) / N) <= c).
  intros e c H; unfold Rdiv; rewrite Rabs_mult, Rabs_inv, (Rabs_pos_eq N) by lra.
  apply Rmult_le_reg_r with N; [exact N_gt_0|]; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  apply Rle_trans with (1 := sum_size _ _); apply Rle_trans with (sum (fun _ => c) (S n)).
    apply sum_le; intros k kn; apply H; lia.
  rewrite sum_const; fold N; lra.
assert (mean_sub : forall e f, sum e (S n) / N - sum f (S n) / N = sum (fun k => 1 * e k + (-1) * f k) (S n) / N).
  intros e f; rewrite sum_linear; field; lra.
assert (MX1 : Rabs MX <= scale).
  assert (H := exact_within_scale 0 ltac:(lia)); unfold centred_sum in H; fold X in H; fold N in H; fold MX in H.
  simpl in H; unfold Rminus in H; rewrite Rplus_0_l, Rabs_Ropp in H; exact H.
assert (M1 : Rabs (M - MX) <= a2).
  unfold M, MX; rewrite mean_sub; apply mean_le; intros k kn.
  replace (1 * gap_sums k + -1 * X k) with (gap_sums k - X k) by ring; apply R2; exact kn.
assert (M2 : Rabs M <= scale + a2) by (bounds; lra).
destruct (sums_right n gap_sums (le_n n) (fun k kn => proj1 (rho k kn)) n (le_n n)) as [_ HT].
set (T := sums n gap_sums n) in *.
assert (T1 : Rabs (T / N - M) <= in_mean).
  replace (T / N - M) with ((T - sum gap_sums (S n)) / N) by (unfold M; field; lra).
  unfold Rdiv; rewrite Rabs_mult, Rabs_inv, (Rabs_pos_eq N) by lra.
  apply Rmult_le_reg_r with N; [exact N_gt_0|]; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  apply Rle_trans with (1 := HT); unfold in_mean; fold a2; rewrite Rmult_plus_distr_r; apply Rplus_le_compat.
    rewrite Rmult_assoc; apply Rmult_le_compat_l; [exact u0|].
    replace (sum gap_sums (S n)) with (M * N) by (unfold M; field; lra).
    rewrite Rabs_mult, (Rabs_pos_eq N) by lra; apply Rmult_le_compat_r; [lra|exact M2].
  rewrite Rmult_assoc; apply Rmult_le_compat_l; [exact kappa_ge_0|].
  apply Rle_trans with (sum (fun _ => 2 * scale + a2) (S n)); [|rewrite sum_const; fold N; lra].
  apply sum_le; intros k kn; unfold size; replace (gap_sums k) with (X k + (gap_sums k - X k)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); apply Rplus_le_compat; [apply X2|apply R2]; lia.
assert (q : Rabs (fl (T / N) - M) <= in_mean + u * (scale + a2 + in_mean) + tiny).
  assert (H := fl_any (T / N)).
  assert (H1 : Rabs (T / N) <= scale + a2 + in_mean) by (bounds; lra).
  assert (u * Rabs (T / N) <= u * (scale + a2 + in_mean)) by (apply Rmult_le_compat_l; lra).
  bounds; lra.
assert (C : Rabs (gap_sums m - fl (T / N) - centred_sum exact_term m) <= before_last).
  assert (H := centred_small err lambda (INR n * tiny) lambda_ge_0 err_apart m mn).
  assert (H1 := proj2 (rho m mn)).
  assert (H2 : Rabs (sum gap_sums (S n) / N - sum (sum term) (S n) / N) <= after_sums).
    rewrite mean_sub; apply mean_le; intros k kn.
    replace (1 * gap_sums k + -1 * sum term k) with (gap_sums k - sum term k) by ring; apply rho; exact kn.
  fold M in H2; unfold centred_sum; fold X; fold N; fold MX.
  assert (H3 : sum err (S n) / N = sum (sum term) (S n) / N - MX).
    unfold MX; rewrite mean_sub; f_equal; apply sum_eq; intros; unfold err; ring.
  rewrite H3 in H; unfold err in H; unfold before_last; fold a2; bounds; lra.
assert (A := exact_within_scale m mn).
assert (L := fl_sub (gap_sums m) (fl (T / N)) (proj1 (rho m mn)) (fl_format _)).
fold (centred m) in L; change (fl (gap_sums m - fl (T / N))) with (centred m) in L.
assert (G : Rabs (gap_sums m - fl (T / N)) <= scale + before_last) by (bounds; lra).
assert (u * Rabs (gap_sums m - fl (T / N)) <= u * (scale + before_last)) by (apply Rmult_le_compat_l; lra).
bounds; lra.
Qed.

(* The same in figures: omega and 9 u of scale, what the sums leave, and what underflows. *)
Hypothesis u_small : u <= / 1048576.
Hypothesis kappa_small : kappa <= / 1048576.

Lemma lambda_small : omega <= 0.001 -> lambda <= omega + 2.0021 * u.
Proof. assert (u0 := u_ge_0); intros os; unfold lambda; nra. Qed.

Theorem centred_relative m : omega <= 0.001 -> (m <= n)%nat ->
  Rabs (centred m - centred_sum exact_term m) <=
  (1.0001 * omega + 9.005 * u + 6.01 * kappa) * scale + 1.01 * INR (S n) * tiny.
Proof.
intros os mn; apply Rle_trans with (1 := centred_right m mn).
assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (n0 := pos_INR n); rewrite S_INR.
set (v := INR n * tiny); assert (v0 : 0 <= v) by (apply Rmult_le_pos; assumption).
pose (us := u * scale); pose (ks := kappa * scale); pose (ws := omega * scale).
assert (us0 : 0 <= us) by (apply Rmult_le_pos; assumption).
assert (ks0 : 0 <= ks) by (apply Rmult_le_pos; assumption).
assert (ws0 : 0 <= ws) by (apply Rmult_le_pos; assumption).
assert (ls : lambda * scale <= ws + 2.0021 * us).
  replace (ws + 2.0021 * us) with ((omega + 2.0021 * u) * scale) by (unfold ws, us; ring).
  apply Rmult_le_compat_r; [exact scale_ge_0|exact (lambda_small os)].
assert (ls0 : 0 <= lambda * scale) by (apply Rmult_le_pos; [exact lambda_ge_0|exact scale_ge_0]).
assert (small_u : forall z, 0 <= z -> 0 <= u * z <= / 1048576 * z).
  intros z z0; split; [apply Rmult_le_pos; assumption|apply Rmult_le_compat_r; assumption].
assert (small_k : forall z, 0 <= z -> 0 <= kappa * z <= / 1048576 * z).
  intros z z0; split; [apply Rmult_le_pos; assumption|apply Rmult_le_compat_r; assumption].
assert (E : after_terms = 2 * (lambda * scale) + v) by (unfold after_terms, v; ring).
assert (S1 : after_sums = 2 * us + u * after_terms + 2 * ks + kappa * after_terms).
  unfold after_sums; rewrite E; fold v; unfold us, ks; ring.
set (e := after_terms) in *; assert (e0 : 0 <= e) by lra.
assert (ue := small_u e e0); assert (ke := small_k e e0).
set (s := after_sums) in *; assert (s0 : 0 <= s) by lra.
assert (us1 := small_u s s0); assert (ks1 := small_k s s0).
assert (I : in_mean = us + u * e + u * s + 2 * ks + kappa * e + kappa * s).
  unfold in_mean; fold e; fold s; unfold us, ks; ring.
set (i := in_mean) in *; assert (i0 : 0 <= i) by lra; assert (ui := small_u i i0).
assert (B : before_last = lambda * scale + v + 2 * s + (i + us + u * e + u * s + u * i + tiny)).
  unfold before_last; fold e; fold s; fold i; fold v; unfold us; ring.
set (b := before_last) in *; assert (b0 : 0 <= b) by lra; assert (ub := small_u b b0).
replace (b + u * (scale + b)) with (b + us + u * b) by (unfold us; ring).
replace ((1.0001 * omega + 9.005 * u + 6.01 * kappa) * scale + 1.01 * (INR n + 1) * tiny) with
  (1.0001 * ws + 9.005 * us + 6.01 * ks + 1.01 * v + 1.01 * tiny) by (unfold us, ks, ws, v; ring).
lra.
Qed.

Corollary centred_within m : omega <= 6 * u -> (m <= n)%nat ->
  Rabs (centred m - centred_sum exact_term m) <=
  (15.01 * u + 6.01 * kappa) * scale + 1.01 * INR (S n) * tiny.
Proof.
intros o6 mn; assert (u0 := u_ge_0); apply Rle_trans with (1 := centred_relative m ltac:(lra) mn).
apply Rplus_le_compat_r, Rmult_le_compat_r; [exact scale_ge_0|lra].
Qed.
End Algorithm.
End Format.
