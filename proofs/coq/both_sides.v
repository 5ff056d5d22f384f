(* Advantages of few rewards from both sides, section 11.15: plain sums by halves from below, less those from above.

     p, q       the weighted gaps below a rank, from the lowest up, and above it, from the highest down, each after a zero
     halves     both halves of the terms by themselves, and then to each sum of the second half the last one of the first
     two_sided  fl(by_halves p - by_halves q): no mean, and no corrections
     one_sum    the same as a single sum by halves for each rank

   No term takes part in more than six additions, for 64 terms are halved six times. Both exact sums together are at most
   the scale, since they are the mean distance of a rank from all. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums rounded_advantages blocks.
Local Open Scope R_scope.

(* What eq. (25) centres is the sum of the shares t/N of the gaps below, less the shares (N - t)/N of those above. *)
Section Shares.
Variables (y : nat -> R) (n : nat).
Let X := sum y.
Definition from_below m : R := sum (fun t => INR (S t) * y t) m.
Definition from_above m : R := sum (fun j => INR (S j) * y (n - S j)%nat) (n - m).

Lemma below_all m : sum (fun k => X m - X k) m = from_below m.
Proof.
unfold from_below; induction m as [|m IH]; [reflexivity|].
cbn [sum]; rewrite <- IH, S_INR.
replace (sum (fun k => X (S m) - X k) m) with (sum (fun k => 1 * (X m - X k) + 1 * y m) m).
  rewrite (sum_linear 1 1 (fun k => X m - X k) (fun _ => y m)), sum_const; unfold X; cbn [sum]; ring.
apply sum_eq; intros k _; unfold X; cbn [sum]; ring.
Qed.

Lemma reversed (f : nat -> R) m l : sum (fun j => f (m + l - S j)%nat) l = sum (fun j => f (m + j)%nat) l.
Proof.
induction l as [|l IH]; [reflexivity|].
change (S l) with (1 + l)%nat at 2; rewrite sum_shift; cbn [sum].
replace (sum (fun j => f (m + S l - S (1 + j))%nat) l) with (sum (fun j => f (m + l - S j)%nat) l).
  rewrite IH; replace (m + S l - 1)%nat with (m + l)%nat by lia; ring.
apply sum_eq; intros j _; f_equal; lia.
Qed.

Lemma above_all m l : (m + l = n)%nat -> sum (fun k => X (m + S k)%nat - X m) l = from_above m.
Proof.
intros E; unfold from_above; replace (n - m)%nat with l by lia; rewrite <- E; clear E.
induction l as [|l IH]; [reflexivity|].
transitivity (sum (fun k => X (m + S k)%nat - X m) l + (X (m + S l)%nat - X m)); [reflexivity|].
rewrite IH; change (S l) with (1 + l)%nat at 3; rewrite sum_shift; cbn [sum].
replace (sum (fun j => INR (S (1 + j)) * y (m + S l - S (1 + j))%nat) l) with
  (sum (fun j => 1 * (INR (S j) * y (m + l - S j)%nat) + 1 * y (m + l - S j)%nat) l).
  rewrite (sum_linear 1 1 (fun j => INR (S j) * y (m + l - S j)%nat)), reversed; unfold X.
  replace (m + S l)%nat with (m + (1 + l))%nat at 1 by lia; rewrite sum_shift.
  change (1 + l)%nat with (S l); cbn [sum INR]; replace (m + S l - 1)%nat with (m + l)%nat by lia; ring.
apply sum_eq; intros j _; replace (m + S l - S (1 + j))%nat with (m + l - S j)%nat by lia.
rewrite (S_INR (1 + j)); change (1 + j)%nat with (S j); ring.
Qed.

Lemma split_at m f : (m <= n)%nat -> sum f (S n) = sum f m + f m + sum (fun k => f (m + S k)%nat) (n - m).
Proof.
intros mn; replace (S n) with (m + (1 + (n - m)))%nat by lia; rewrite !sum_shift; cbn [sum].
replace (sum (fun j => f (m + (1 + j))%nat) (n - m)) with (sum (fun k => f (m + S k)%nat) (n - m)) by reflexivity.
rewrite Nat.add_0_r; ring.
Qed.

Theorem both_sides_centred m : (m <= n)%nat ->
  sum y m - sum X (S n) / INR (S n) = (from_below m - from_above m) / INR (S n).
Proof.
intros mn; assert (N0 : INR (S n) <> 0) by (apply not_0_INR; lia).
assert (H := below_all m); assert (G := above_all m (n - m) ltac:(lia)).
rewrite <- H, <- G, (split_at m X mn); fold X.
assert (E1 : sum (fun k => X m - X k) m = INR m * X m - sum X m).
  replace (sum (fun k => X m - X k) m) with (sum (fun k => 1 * X m + (-1) * X k) m) by (apply sum_eq; intros; ring).
  rewrite sum_linear, sum_const; ring.
assert (E2 : sum (fun k => X (m + S k)%nat - X m) (n - m) = sum (fun k => X (m + S k)%nat) (n - m) - INR (n - m) * X m).
  replace (sum (fun k => X (m + S k)%nat - X m) (n - m)) with
    (sum (fun k => 1 * X (m + S k)%nat + (-1) * X m) (n - m)) by (apply sum_eq; intros; ring).
  rewrite sum_linear, sum_const; ring.
assert (E3 : INR (S n) = INR m + 1 + INR (n - m)).
  rewrite <- S_INR, <- plus_INR; f_equal; lia.
rewrite E1, E2; apply Rmult_eq_reg_r with (INR (S n)); [|exact N0].
unfold Rdiv; rewrite Rmult_minus_distr_r, !Rmult_assoc, Rinv_l, !Rmult_1_r by exact N0; rewrite E3; ring.
Qed.

Lemma distances m : (m <= n)%nat -> (forall t, (t < n)%nat -> 0 <= y t) ->
  sum (fun k => Rabs (X m - X k)) (S n) = from_below m + from_above m.
Proof.
intros mn y0; assert (mono : forall k l, (k <= l <= n)%nat -> X k <= X l).
  intros k l [kl ln]; induction l as [|l IH]; [replace k with O by lia; lra|].
  apply Nat.le_succ_r in kl; destruct kl as [kl| ->]; [|lra].
  assert (H := IH kl ltac:(lia)); assert (H1 := y0 l ltac:(lia)); unfold X in *; cbn [sum]; lra.
rewrite (split_at m _ mn), <- below_all, <- (above_all m (n - m)) by lia.
unfold Rminus at 2; rewrite Rplus_opp_r, Rabs_R0, Rplus_0_r; f_equal; apply sum_eq; intros k kn.
  apply Rabs_pos_eq; assert (H := mono k m ltac:(lia)); lra.
rewrite Rabs_minus_sym; apply Rabs_pos_eq; assert (H := mono m (m + S k)%nat ltac:(lia)); lra.
Qed.
End Shares.

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
Local Notation fl_add := (fl_add emin prec prec_gt_1).
Local Notation fl_sub := (fl_sub emin prec prec_gt_1).
Let grown k := (1 + u) ^ k.

Let grown_ge_1 k : 1 <= grown k.
Proof. apply pow_R1_Rle; assert (H := u_ge_0); lra. Qed.

Let grown_mono j k : (j <= k)%nat -> grown j <= grown k.
Proof. intros jk; apply Rle_pow; [assert (H := u_ge_0); lra|exact jk]. Qed.

Lemma fl_same x : format x -> fl x = x.
Proof. intros F; apply round_generic; [apply valid_rnd_N|exact F]. Qed.

(* An addition lets what its terms are off by, as shares of their sizes, grow by 1 + u. *)
Lemma added c p k s1 s2 a1 a2 : format c -> format p -> Rabs s1 <= a1 -> Rabs s2 <= a2 ->
  Rabs (c - s1) <= (grown k - 1) * a1 -> Rabs (p - s2) <= (grown k - 1) * a2 ->
  Rabs (fl (c + p) - (s1 + s2)) <= (grown (S k) - 1) * (a1 + a2).
Proof.
intros Fc Fp S1 S2 H1 H2; assert (u0 := u_ge_0); assert (H := fl_add c p Fc Fp).
assert (G : Rabs (c + p) <= grown k * (a1 + a2)).
  replace (c + p) with ((c - s1) + (p - s2) + (s1 + s2)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); assert (A := Rabs_triang (c - s1) (p - s2)).
  assert (B := Rabs_triang s1 s2); lra.
assert (U : u * Rabs (c + p) <= u * (grown k * (a1 + a2))) by (apply Rmult_le_compat_l; assumption).
replace (fl (c + p) - (s1 + s2)) with ((fl (c + p) - (c + p)) + ((c - s1) + (p - s2))) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); assert (A := Rabs_triang (c - s1) (p - s2)).
change (grown (S k)) with ((1 + u) * grown k); lra.
Qed.

Lemma exactly x k : Rabs (x - x) <= (grown k - 1) * Rabs x.
Proof.
unfold Rminus at 1; rewrite Rplus_opp_r, Rabs_R0; apply Rmult_le_pos; [assert (H := grown_ge_1 k); lra|apply Rabs_pos].
Qed.

(* Sums of 2^k terms: the one of the terms 0 to t. *)
Fixpoint halves k (x : nat -> R) (t : nat) : R :=
  match k with
  | O => x t
  | S j => let half := (2 ^ j)%nat in
    if (t <? half)%nat then halves j x t else fl (halves j x (Nat.pred half) + halves j (fun s => x (half + s)%nat) (t - half))
  end.
Definition by_halves x i : R := match i with O => 0 | S t => halves 6 x t end.

(* One addition for each time that the terms are halved. *)
Theorem halves_right k : forall x t, (t < 2 ^ k)%nat -> (forall s, (s <= t)%nat -> format (x s)) ->
  format (halves k x t) /\ Rabs (halves k x t - sum x (S t)) <= ((1 + u) ^ k - 1) * sum (size x) (S t).
Proof.
induction k as [|k IH]; intros x t tk Fx.
  replace t with O by (simpl in tk; lia); split; [apply Fx; lia|]; cbn [halves sum]; unfold size; rewrite !Rplus_0_l; apply (exactly _ 0).
cbn [halves]; set (half := (2 ^ k)%nat) in *; assert (h0 : (0 < half)%nat) by (apply Nat.neq_0_lt_0, Nat.pow_nonzero; lia).
destruct (Nat.ltb_spec t half) as [L|L].
  destruct (IH x t L Fx) as [F H]; split; [exact F|]; apply Rle_trans with (1 := H); apply Rmult_le_compat_r; [apply size_ge_0|].
  assert (G := grown_mono k (S k) ltac:(lia)); unfold grown in G; lra.
assert (E : (2 ^ S k = half + half)%nat) by (unfold half; simpl; lia).
destruct (IH x (Nat.pred half) ltac:(lia) ltac:(intros; apply Fx; lia)) as [F1 H1].
destruct (IH (fun s => x (half + s)%nat) (t - half)%nat ltac:(lia) ltac:(intros; apply Fx; lia)) as [F2 H2].
split; [apply fl_format|]; replace (S (Nat.pred half)) with half in H1 by lia; replace (S t) with (half + S (t - half))%nat by lia.
rewrite !sum_shift; change (fun j => size x (half + j)%nat) with (size (fun s => x (half + s)%nat)).
exact (added _ _ k _ _ _ _ F1 F2 (sum_size _ _) (sum_size _ _) H1 H2).
Qed.

(* Six additions at most. *)
Theorem few_right x i : (i <= 64)%nat -> (forall t, (t < i)%nat -> format (x t)) ->
  format (by_halves x i) /\ Rabs (by_halves x i - sum x i) <= ((1 + u) ^ 6 - 1) * sum (size x) i.
Proof.
destruct i as [|t]; intros t64 Fx.
  split; [apply zero_format|]; cbn [by_halves sum]; rewrite Rminus_0_r, Rabs_R0, Rmult_0_r; lra.
apply halves_right; [simpl; lia|intros s st; apply Fx; lia].
Qed.

(* Up to 64 terms, each within lambda of its size and what underflows in it. *)
Lemma halved z e a b lambda l : (l <= 64)%nat -> 0 <= lambda -> (forall s, (s < l)%nat -> format (z s)) ->
  (forall s, (s < l)%nat -> Rabs (e s) <= a s /\ Rabs (z s - e s) <= lambda * a s + b s) ->
  format (by_halves z l) /\ Rabs (by_halves z l - sum e l) <= ((1 + u) ^ 6 * (1 + lambda) - 1) * sum a l + (1 + u) ^ 6 * sum b l.
Proof.
intros l64 l0 Fz right_terms; assert (u0 := u_ge_0).
destruct (few_right z l l64 Fz) as [F H]; split; [exact F|].
assert (D : Rabs (sum z l - sum e l) <= lambda * sum a l + sum b l).
  replace (sum z l - sum e l) with (sum (fun s => 1 * z s + (-1) * e s) l) by (rewrite sum_linear; ring).
  apply Rle_trans with (1 := sum_size _ _); apply Rle_trans with (sum (fun s => lambda * a s + 1 * b s) l).
    apply sum_le; intros s sl; unfold size; replace (1 * z s + -1 * e s) with (z s - e s) by ring.
    destruct (right_terms s sl) as [_ K]; lra.
  rewrite sum_linear; lra.
assert (Z : sum (size z) l <= (1 + lambda) * sum a l + sum b l).
  apply Rle_trans with (sum (fun s => (1 + lambda) * a s + 1 * b s) l); [|rewrite sum_linear; lra].
  apply sum_le; intros s sl; destruct (right_terms s sl) as [K1 K2]; unfold size.
  replace (z s) with (e s + (z s - e s)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
set (k := (1 + u) ^ 6) in *; assert (k1 : 1 <= k) by (apply pow_R1_Rle; lra).
assert (W : (k - 1) * sum (size z) l <= (k - 1) * ((1 + lambda) * sum a l + sum b l)) by (apply Rmult_le_compat_l; lra).
set (c := by_halves z l) in *; replace (c - sum e l) with ((c - sum z l) + (sum z l - sum e l)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

(* A zero and l <= 63 terms. *)
Definition after_zero (z : nat -> R) t : R := match t with O => 0 | S s => z s end.

Lemma sum_after_zero z l : sum (after_zero z) (S l) = sum z l.
Proof. change (S l) with (1 + l)%nat; rewrite sum_shift; cbn [sum after_zero plus]; rewrite !Rplus_0_l; reflexivity. Qed.

Lemma one_side z e a lambda l : (l <= 63)%nat -> 0 <= lambda -> (forall s, (s < l)%nat -> format (z s)) ->
  (forall s, (s < l)%nat -> Rabs (e s) <= a s /\ Rabs (z s - e s) <= lambda * a s + tiny) ->
  format (by_halves (after_zero z) (S l)) /\
  Rabs (by_halves (after_zero z) (S l) - sum e l) <= ((1 + u) ^ 6 * (1 + lambda) - 1) * sum a l + (1 + u) ^ 6 * (INR l * tiny).
Proof.
intros l63 l0 Fz right_terms.
rewrite <- (sum_const tiny l), <- (sum_after_zero e), <- (sum_after_zero a), <- (sum_after_zero (fun _ => tiny)).
apply halved; [lia|exact l0| |]; intros [|t] tl.
- apply zero_format.
- apply Fz; lia.
- cbn [after_zero]; unfold Rminus; rewrite Rplus_opp_r, Rabs_R0, Rmult_0_r; lra.
- apply right_terms; lia.
Qed.

Section Algorithm.
Variables (r below above : nat -> R) (n : nat).
Local Notation term := (term emin prec r).

Definition two_sided m : R :=
  fl (by_halves (after_zero (term below)) (S m) - by_halves (after_zero (fun j => term above (n - S j))) (S (n - m))).

Variables (g g_abs : nat -> R) (omega scale : R).
Let N := INR (S n).
Definition share_below (w : nat -> R) t : R := INR (S t) / N * w t.
Definition share_above (w : nat -> R) t : R := INR (n - t) / N * w t.

Hypothesis n_few : (0 < n <= 63)%nat.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis g_abs_right : forall t, (t < n)%nat -> Rabs (g t) <= g_abs t.
Hypothesis below_right : forall t, (t < n)%nat ->
  Rabs (below t - share_below g t) <= omega * share_below g_abs t.
Hypothesis above_right : forall t, (t < n)%nat ->
  Rabs (above t - share_above g t) <= omega * share_above g_abs t.
Hypothesis omega_ge_0 : 0 <= omega.
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (centred_sum n (abs_term r g_abs) m) <= scale.

Let lambda := (1 + u) ^ 2 * (1 + omega) - 1.
Let N_gt_0 : 0 < N. Proof. apply lt_0_INR; lia. Qed.
Let lambda_ge_0 : 0 <= lambda. Proof. assert (u0 := u_ge_0); unfold lambda; nra. Qed.

Let share_sizes (c : nat -> R) t : (t < n)%nat -> 0 <= c t -> Rabs (c t / N * g t) <= c t / N * g_abs t.
Proof.
intros tn c0; rewrite Rabs_mult, Rabs_pos_eq.
  apply Rmult_le_compat_l; [|apply g_abs_right; exact tn].
  apply Rmult_le_pos; [exact c0|apply Rlt_le, Rinv_0_lt_compat, N_gt_0].
apply Rmult_le_pos; [exact c0|apply Rlt_le, Rinv_0_lt_compat, N_gt_0].
Qed.

Let below_sizes t : (t < n)%nat -> Rabs (share_below g t) <= share_below g_abs t.
Proof. intros tn; apply (share_sizes (fun s => INR (S s)) t tn); apply pos_INR. Qed.

Let above_sizes t : (t < n)%nat -> Rabs (share_above g t) <= share_above g_abs t.
Proof. intros tn; apply (share_sizes (fun s => INR (n - s)) t tn); apply pos_INR. Qed.

Let sized w w_abs t : (t < n)%nat -> Rabs (w t) <= w_abs t -> Rabs (exact_term r w t) <= abs_term r w_abs t.
Proof.
intros tn H; assert (S0 := r_sorted t tn); unfold exact_term, abs_term; rewrite Rabs_mult, (Rabs_pos_eq (r (S t) - r t)) by lra.
apply Rmult_le_compat_r; [lra|exact H].
Qed.

Let sides_apart m : (m <= n)%nat -> centred_sum n (exact_term r g) m =
  sum (exact_term r (share_below g)) m - sum (fun j => exact_term r (share_above g) (n - S j)) (n - m).
Proof.
intros mn; unfold centred_sum; rewrite (both_sides_centred (exact_term r g) n m mn).
unfold from_below, from_above, Rdiv; rewrite Rmult_minus_distr_r; f_equal; rewrite Rmult_comm, <- sum_scaled; apply sum_eq; intros j jn.
  unfold exact_term, share_below, N; field; apply not_0_INR; lia.
unfold exact_term, share_above, N; replace (n - (n - S j))%nat with (S j) by lia; field; apply not_0_INR; lia.
Qed.

Let sides_size m : (m <= n)%nat ->
  sum (abs_term r (share_below g_abs)) m + sum (fun j => abs_term r (share_above g_abs) (n - S j)) (n - m) <= scale.
Proof.
intros mn; assert (M := mean_distance r n g g_abs scale (proj1 n_few) r_sorted g_abs_right scale_right m mn); fold N in M.
assert (Y0 : forall t, (t < n)%nat -> 0 <= abs_term r g_abs t).
  intros t tn; apply (abs_term_ge_0 r n g g_abs r_sorted g_abs_right t tn).
rewrite (distances (abs_term r g_abs) n m mn Y0) in M.
apply Rmult_le_reg_l with N; [exact N_gt_0|]; apply Rle_trans with (2 := M); right.
unfold from_below, from_above; rewrite Rmult_plus_distr_l, <- !sum_scaled; f_equal; apply sum_eq; intros j jn.
  unfold abs_term, share_below; field; lra.
unfold abs_term, share_above; replace (n - (n - S j))%nat with (S j) by lia; field; lra.
Qed.

(* Within (1 + omega)(1 + u)^9 - 1 of the scale, and what underflows. *)
Theorem two_sided_right m : (m <= n)%nat ->
  Rabs (two_sided m - centred_sum n (exact_term r g) m) <=
  ((1 + u) ^ 9 * (1 + omega) - 1) * scale + (1 + u) ^ 7 * (INR n * tiny).
Proof.
intros mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
set (e := share_below g); set (e_abs := share_below g_abs); set (f := share_above g); set (f_abs := share_above g_abs).
assert (Tb := term_right emin prec prec_gt_1 r below n e e_abs omega (proj1 n_few) r_format r_sorted below_sizes below_right).
assert (Ta := term_right emin prec prec_gt_1 r above n f f_abs omega (proj1 n_few) r_format r_sorted above_sizes above_right).
fold lambda in Tb, Ta.
destruct (one_side (term below) (exact_term r e) (abs_term r e_abs) lambda m) as [Fp Hp]; [lia|exact lambda_ge_0| | |].
- intros s sm; apply fl_format.
- intros s sm; split; [apply sized; [lia|apply below_sizes; lia]|apply Tb; lia].
- destruct (one_side (fun j => term above (n - S j)) (fun j => exact_term r f (n - S j)) (fun j => abs_term r f_abs (n - S j))
    lambda (n - m)) as [Fq Hq]; [lia|exact lambda_ge_0| | |].
  + intros s sm; apply fl_format.
  + intros s sm; split; [apply sized; [lia|apply above_sizes; lia]|apply Ta; lia].
  + set (P := by_halves (after_zero (term below)) (S m)) in *.
    set (Q := by_halves (after_zero (fun j => term above (n - S j))) (S (n - m))) in *.
    set (k := (1 + u) ^ 6) in *; set (Ap := sum (abs_term r e_abs) m) in *.
    set (Aq := sum (fun j => abs_term r f_abs (n - S j)) (n - m)) in *.
    assert (X := sides_apart m mn); fold e f in X; assert (A := sides_size m mn); fold e_abs f_abs Ap Aq in A.
    assert (pos : forall h w l, (forall j, (j < l)%nat -> (h j < n)%nat) ->
      (forall t, (t < n)%nat -> 0 <= w t) -> 0 <= sum (fun j => abs_term r w (h j)) l).
      intros h w l hl w0; apply Rle_trans with (sum (fun _ => 0) l); [rewrite sum_const; lra|].
      apply sum_le; intros j jl; assert (S0 := r_sorted (h j) (hl j jl)); unfold abs_term.
      apply Rmult_le_pos; [apply w0, hl; exact jl|lra].
    assert (Ap0 : 0 <= Ap).
      apply (pos (fun j => j)); [intros; lia|]; intros t tn; apply Rle_trans with (2 := below_sizes t tn); apply Rabs_pos.
    assert (Aq0 : 0 <= Aq).
      apply (pos (fun j => n - S j)%nat); [intros; lia|]; intros t tn.
      apply Rle_trans with (2 := above_sizes t tn); apply Rabs_pos.
    assert (k1 : 1 <= k) by (apply pow_R1_Rle; lra).
    set (L := k * (1 + lambda) - 1) in *.
    assert (L0 : 0 <= L) by (unfold L; nra).
    assert (nt : INR m * tiny + INR (n - m) * tiny = INR n * tiny).
      rewrite <- Rmult_plus_distr_r, <- plus_INR; do 2 f_equal; lia.
    set (v := INR n * tiny) in *; assert (v0 : 0 <= v) by (apply Rmult_le_pos; [apply pos_INR|exact t0]).
    assert (LA : L * (Ap + Aq) <= L * scale) by (apply Rmult_le_compat_l; assumption).
    assert (D : Rabs (P - Q - centred_sum n (exact_term r g) m) <= L * scale + k * v).
      rewrite X; set (Ep := sum (exact_term r e) m) in *; set (Eq := sum (fun j => exact_term r f (n - S j)) (n - m)) in *.
      replace (P - Q - (Ep - Eq)) with ((P - Ep) - (Q - Eq)) by ring.
      apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp; rewrite <- nt; lra.
    assert (C : Rabs (centred_sum n (exact_term r g) m) <= scale).
      rewrite X; apply Rle_trans with (2 := A); apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp.
      apply Rplus_le_compat; apply Rle_trans with (1 := sum_size _ _); apply sum_le; intros j jn; unfold size.
        apply sized; [lia|apply below_sizes; lia].
      apply sized; [lia|apply above_sizes; lia].
    assert (H := fl_sub P Q Fp Fq); fold (two_sided m) in H; change (fl (P - Q)) with (two_sided m) in H.
    assert (B : Rabs (P - Q) <= (L + 1) * scale + k * v).
      replace (P - Q) with ((P - Q - centred_sum n (exact_term r g) m) + centred_sum n (exact_term r g) m) by ring.
      apply Rle_trans with (1 := Rabs_triang _ _); lra.
    assert (UB : u * Rabs (P - Q) <= u * ((L + 1) * scale + k * v)) by (apply Rmult_le_compat_l; assumption).
    replace (two_sided m - centred_sum n (exact_term r g) m) with
      ((two_sided m - (P - Q)) + (P - Q - centred_sum n (exact_term r g) m)) by ring.
    apply Rle_trans with (1 := Rabs_triang _ _).
    replace ((1 + u) ^ 9 * (1 + omega) - 1) with ((1 + u) * (L + 1) - 1) by (unfold L, lambda, k; ring).
    replace ((1 + u) ^ 7) with ((1 + u) * k) by (unfold k; ring); lra.
Qed.

(* Each answer by itself, as JAX adds it up: one sum of all gaps, those above with the opposite sign. *)
Let from_rank (w v : nat -> R) m t : R := if (t <? m)%nat then w t else v t.
Definition one_sum m : R := by_halves (term (from_rank below (fun t => - above t) m)) n.

Let sum_from_rank y z m : (m <= n)%nat -> sum (from_rank y z m) n = sum y m + sum (fun j => z (n - S j)%nat) (n - m).
Proof.
intros mn; replace n with (m + (n - m))%nat at 1 by lia; rewrite sum_shift; f_equal.
  apply sum_eq; intros t tm; unfold from_rank; destruct (Nat.ltb_spec t m); [reflexivity|lia].
rewrite <- (sum_eq _ _ _ (fun j _ => f_equal z (f_equal (fun k => k - S j)%nat (Nat.sub_add m n mn)))).
rewrite Nat.add_comm, reversed; apply sum_eq; intros j jn; unfold from_rank; destruct (Nat.ltb_spec (m + j) m); [lia|reflexivity].
Qed.

Theorem one_sum_right m : (m <= n)%nat ->
  Rabs (one_sum m - centred_sum n (exact_term r g) m) <= ((1 + u) ^ 8 * (1 + omega) - 1) * scale + (1 + u) ^ 6 * (INR n * tiny).
Proof.
intros mn; assert (u0 := u_ge_0); set (c := from_rank below (fun t => - above t) m).
set (e := from_rank (share_below g) (fun t => - share_above g t) m).
set (a := from_rank (share_below g_abs) (share_above g_abs) m).
assert (sizes : forall t, (t < n)%nat -> Rabs (e t) <= a t).
  intros t tn; unfold e, a, from_rank; destruct (Nat.ltb_spec t m); [apply below_sizes; exact tn|].
  rewrite Rabs_Ropp; apply above_sizes; exact tn.
assert (near : forall t, (t < n)%nat -> Rabs (c t - e t) <= omega * a t).
  intros t tn; unfold c, e, a, from_rank; destruct (Nat.ltb_spec t m); [apply below_right; exact tn|].
  replace (- above t - - share_above g t) with (- (above t - share_above g t)) by ring; rewrite Rabs_Ropp; apply above_right; exact tn.
assert (T := term_right emin prec prec_gt_1 r c n e a omega (proj1 n_few) r_format r_sorted sizes near); fold lambda in T.
destruct (halved (term c) (exact_term r e) (abs_term r a) (fun _ => tiny) lambda n) as [_ H]; [lia|exact lambda_ge_0| | |].
- intros s sn; apply fl_format.
- intros s sn; split; [apply sized; [exact sn|apply sizes; exact sn]|apply T; exact sn].
- rewrite sum_const in H; change (by_halves (term c) n) with (one_sum m) in H.
  assert (E : sum (exact_term r e) n = centred_sum n (exact_term r g) m).
    rewrite (sides_apart m mn); transitivity (sum (from_rank (exact_term r (share_below g)) (fun t => - exact_term r (share_above g) t) m) n).
      apply sum_eq; intros t tn; unfold exact_term, e, from_rank; destruct (t <? m)%nat; ring.
    rewrite (sum_from_rank _ _ m mn); unfold Rminus; f_equal.
    rewrite <- (Rmult_1_l (sum (fun j => exact_term r (share_above g) (n - S j)) (n - m))), Ropp_mult_distr_l, <- sum_scaled.
    apply sum_eq; intros; ring.
  assert (A : sum (abs_term r a) n <= scale).
    apply Rle_trans with (2 := sides_size m mn); right; rewrite <- (sum_from_rank _ (abs_term r (share_above g_abs)) m mn).
    apply sum_eq; intros t tn; unfold abs_term, a, from_rank; destruct (t <? m)%nat; reflexivity.
  rewrite E in H; apply Rle_trans with (1 := H); apply Rplus_le_compat_r.
  replace ((1 + u) ^ 8 * (1 + omega) - 1) with ((1 + u) ^ 6 * (1 + lambda) - 1) by (unfold lambda; ring).
  apply Rmult_le_compat_l; [|exact A].
  assert (k1 : 1 <= (1 + u) ^ 6) by (apply pow_R1_Rle; lra); assert (L := lambda_ge_0); nra.
Qed.

(* The same in figures. *)
Theorem two_sided_within m : u <= / 1048576 -> omega <= 0.001 -> (m <= n)%nat ->
  Rabs (two_sided m - centred_sum n (exact_term r g) m) <= (omega + 9.01 * u) * scale + 1.01 * INR (S n) * tiny.
Proof.
intros us os mn; apply Rle_trans with (1 := two_sided_right m mn); assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
assert (s0 : 0 <= scale) by (apply Rle_trans with (2 := scale_right 0 (Nat.le_0_l n)); apply Rabs_pos).
assert (c3 : (1 + u) ^ 3 <= 1 + 3.00001 * u) by nra.
assert (c1 : 1 <= (1 + u) ^ 3) by (apply pow_R1_Rle; lra).
assert (c9 : (1 + u) ^ 9 <= 1 + 9.0001 * u).
  replace ((1 + u) ^ 9) with ((1 + u) ^ 3 * (1 + u) ^ 3 * (1 + u) ^ 3) by ring.
  apply Rle_trans with ((1 + 3.00001 * u) * (1 + 3.00001 * u) * (1 + 3.00001 * u)); [|nra].
  repeat apply Rmult_le_compat; try lra; nra.
assert (c7 : (1 + u) ^ 7 <= 1.01).
  apply Rle_trans with ((1 + u) ^ 9); [apply Rle_pow; [lra|lia]|lra].
apply Rplus_le_compat.
  apply Rmult_le_compat_r; [exact s0|].
  assert ((1 + u) ^ 9 * (1 + omega) <= (1 + 9.0001 * u) * (1 + omega)) by (apply Rmult_le_compat_r; lra); nra.
rewrite Rmult_assoc; apply Rmult_le_compat; [apply pow_le; lra|apply Rmult_le_pos; [apply pos_INR|exact t0]|exact c7|].
apply Rmult_le_compat_r; [exact t0|apply le_INR; lia].
Qed.

Theorem one_sum_within m : u <= / 1048576 -> omega <= 0.001 -> (m <= n)%nat ->
  Rabs (one_sum m - centred_sum n (exact_term r g) m) <= (omega + 8.01 * u) * scale + 1.01 * INR (S n) * tiny.
Proof.
intros us os mn; apply Rle_trans with (1 := one_sum_right m mn); assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
assert (s0 : 0 <= scale) by (apply Rle_trans with (2 := scale_right 0 (Nat.le_0_l n)); apply Rabs_pos).
assert (c2 : 1 <= (1 + u) ^ 2 <= 1 + 2.00001 * u) by (split; [apply pow_R1_Rle; lra|nra]).
assert (c4 : 1 <= (1 + u) ^ 4 <= 1 + 4.00003 * u).
  replace ((1 + u) ^ 4) with ((1 + u) ^ 2 * (1 + u) ^ 2) by ring; nra.
assert (c8 : (1 + u) ^ 8 <= 1 + 8.0002 * u).
  replace ((1 + u) ^ 8) with ((1 + u) ^ 4 * (1 + u) ^ 4) by ring; nra.
assert (c6 : (1 + u) ^ 6 <= 1.01) by (apply Rle_trans with ((1 + u) ^ 8); [apply Rle_pow; [lra|lia]|lra]).
apply Rplus_le_compat.
  apply Rmult_le_compat_r; [exact s0|].
  assert ((1 + u) ^ 8 * (1 + omega) <= (1 + 8.0002 * u) * (1 + omega)) by (apply Rmult_le_compat_r; lra); nra.
rewrite Rmult_assoc; apply Rmult_le_compat; [apply pow_le; lra|apply Rmult_le_pos; [apply pos_INR|exact t0]|exact c6|].
apply Rmult_le_compat_r; [exact t0|apply le_INR; lia].
Qed.
End Algorithm.
End Format.
