(* The origin of values, section 9.3: zero, clipped to two of the rewards, is where M is least,

     M(c) = T |c| + sum w_t |r_t - c|,   w >= 0, T >= 0 (the size of the sum of the weights),

   the first by the rank l at which the masses of w pass (W - T) / 2, the second by h at which they reach (W + T) / 2.
   M is convex: slopes of its terms that add up to zero say so. mass k is the mass of the ranks below k, W that of all. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating.
Local Open Scope R_scope.

Section Origin.
Variables (r w : nat -> R) (n : nat) (T : R).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis w_ge_0 : forall t, (t <= n)%nat -> 0 <= w t.
Hypothesis T_ge_0 : 0 <= T.

Definition mass (k : nat) : R := sum w k.
Definition M (c : R) : R := T * Rabs c + sum (fun t => w t * Rabs (r t - c)) (S n).
Let W := mass (S n).

Lemma sorted k m : (k <= m <= n)%nat -> r k <= r m.
Proof.
intros [km mn]; induction m as [|m IH]; [replace k with O by lia; lra|].
apply Nat.le_succ_r in km; destruct km as [km| ->]; [|lra].
assert (H := IH km ltac:(lia)); assert (H1 := r_sorted m ltac:(lia)); lra.
Qed.

Lemma mass_mono k m : (k <= m <= S n)%nat -> mass k <= mass m.
Proof.
intros [km mn]; induction m as [|m IH]; [replace k with O by lia; lra|].
apply Nat.le_succ_r in km; destruct km as [km| ->]; [|lra].
assert (H := IH km ltac:(lia)); assert (H1 := w_ge_0 m ltac:(lia)); unfold mass in *; simpl; lra.
Qed.

(* Slopes: of |r_t - c| at o, and of |c|. *)
Lemma by_slopes o slope tau : (forall t, (t <= n)%nat -> -1 <= slope t <= 1 /\ slope t * (o - r t) = Rabs (r t - o)) ->
  -1 <= tau <= 1 -> tau * o = Rabs o -> T * tau + sum (fun t => w t * slope t) (S n) = 0 -> forall c, M o <= M c.
Proof.
intros S1 t1 t2 zero c; unfold M.
assert (E : sum (fun t => w t * Rabs (r t - o)) (S n) = o * sum (fun t => w t * slope t) (S n) + -1 * sum (fun t => w t * slope t * r t) (S n)).
  rewrite <- sum_linear; apply sum_eq; intros t tn; destruct (S1 t ltac:(lia)) as [_ H]; rewrite <- H; ring.
assert (C : c * sum (fun t => w t * slope t) (S n) + -1 * sum (fun t => w t * slope t * r t) (S n) <= sum (fun t => w t * Rabs (r t - c)) (S n)).
  rewrite <- sum_linear; apply sum_le; intros t tn; destruct (S1 t ltac:(lia)) as [H _]; assert (w0 := w_ge_0 t ltac:(lia)).
  replace (c * (w t * slope t) + -1 * (w t * slope t * r t)) with (w t * (slope t * (c - r t))) by ring.
  apply Rmult_le_compat_l; [exact w0|]; rewrite Rabs_minus_sym; unfold Rabs; destruct (Rcase_abs (c - r t)); nra.
assert (D : T * (tau * c) <= T * Rabs c) by (apply Rmult_le_compat_l; [exact T_ge_0|]; unfold Rabs; destruct (Rcase_abs c); nra).
rewrite E, <- t2; set (A := sum (fun t => w t * slope t) (S n)) in *; assert (A = - (T * tau)) as -> by lra; nra.
Qed.

Lemma sum_split s k : (k <= n)%nat ->
  sum (fun t => w t * (if t <? k then 1 else if t =? k then s else -1)) (S n) = mass k + s * w k - (W - mass (S k)).
Proof.
intros kn; set (f := fun t => w t * (if t <? k then 1 else if t =? k then s else -1)).
assert (lo : forall m, (m <= k)%nat -> sum f m = mass m).
  induction m as [|m IH]; intros mk; [reflexivity|]; unfold mass in *; simpl; rewrite IH by lia; unfold f.
  destruct (Nat.ltb_spec m k); [ring|lia].
assert (hi : forall m, (k < m <= S n)%nat -> sum f m = mass k + s * w k - (mass m - mass (S k))).
  induction m as [|m IH]; intros mk; [lia|].
  change (sum f (S m)) with (sum f m + f m); change (mass (S m)) with (mass m + w m).
  destruct (Nat.eq_dec m k) as [->|ne].
    rewrite lo by lia; unfold f; rewrite Nat.ltb_irrefl, Nat.eqb_refl; unfold mass; simpl; ring.
  rewrite IH by lia; unfold f; destruct (Nat.ltb_spec m k); [lia|]; destruct (Nat.eqb_spec m k); [lia|ring].
apply hi; lia.
Qed.

(* At a reward whose own mass reaches over the balance; *)
Lemma at_reward k tau : (k <= n)%nat -> -1 <= tau <= 1 -> tau * r k = Rabs (r k) ->
  Rabs (T * tau + mass k - W + mass (S k)) <= w k -> forall c, M (r k) <= M c.
Proof.
intros kn t1 t2 reach; set (x := T * tau + mass k - W + mass (S k)) in *.
pose (s := - x / w k).
assert (S1 : -1 <= s <= 1 /\ s * w k = - x).
  destruct (Req_dec (w k) 0) as [z|nz].
    assert (x = 0) as x0 by (rewrite z in reach; assert (H := Rabs_pos x); destruct (Req_dec x 0); [assumption|assert (0 < Rabs x) by (apply Rabs_pos_lt; assumption); lra]).
    unfold s; rewrite x0, z; unfold Rdiv; rewrite Ropp_0, !Rmult_0_l; split; lra.
  assert (w0 := w_ge_0 k kn); apply Rabs_le_inv in reach; split; [|unfold s; field; exact nz].
  unfold s, Rdiv; split; apply Rmult_le_reg_r with (w k); try lra; rewrite Rmult_assoc, Rinv_l; lra.
apply (by_slopes (r k) (fun t => if t <? k then 1 else if t =? k then s else -1) tau); [|exact t1|exact t2|].
  intros t tn; destruct (Nat.ltb_spec t k).
    assert (H1 := sorted t k ltac:(lia)); split; [lra|]; rewrite Rabs_left1; lra.
  destruct (Nat.eqb_spec t k) as [->|ne].
    split; [tauto|]; rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; ring.
  assert (H1 := sorted k t ltac:(lia)); split; [lra|]; rewrite Rabs_pos_eq; lra.
rewrite sum_split by exact kn; destruct S1 as [_ S1]; unfold x in S1; lra.
Qed.

(* or at zero, where the masses of both sides are balanced by T. *)
Lemma at_zero k : (k <= S n)%nat -> (forall t, (t < k)%nat -> r t <= 0) -> (forall t, (k <= t <= n)%nat -> 0 <= r t) ->
  - T <= 2 * mass k - W <= T -> forall c, M 0 <= M c.
Proof.
intros kn lo hi balance; set (x := 2 * mass k - W) in *.
pose (tau := - x / T).
assert (S1 : -1 <= tau <= 1 /\ T * tau = - x).
  destruct (Req_dec T 0) as [z|nz].
    assert (x = 0) as x0 by lra; unfold tau; rewrite x0, z; unfold Rdiv; rewrite Ropp_0, !Rmult_0_l; split; lra.
  split; [|unfold tau; field; exact nz].
  unfold tau, Rdiv; split; apply Rmult_le_reg_r with T; try lra; rewrite Rmult_assoc, Rinv_l; lra.
apply (by_slopes 0 (fun t => if t <? k then 1 else -1) tau); [|tauto|rewrite Rabs_R0; ring|].
  intros t tn; rewrite Rminus_0_r; destruct (Nat.ltb_spec t k).
    assert (H1 := lo t ltac:(lia)); split; [lra|]; rewrite Rabs_left1; lra.
  assert (H1 := hi t ltac:(lia)); split; [lra|]; rewrite Rabs_pos_eq; lra.
assert (E : forall m, (m <= S n)%nat -> sum (fun t => w t * (if t <? k then 1 else -1)) m = if m <=? k then mass m else 2 * mass k - mass m).
  induction m as [|m IH]; intros mn; [reflexivity|].
  change (sum (fun t => w t * (if t <? k then 1 else -1)) (S m)) with (sum (fun t => w t * (if t <? k then 1 else -1)) m + w m * (if m <? k then 1 else -1)).
  rewrite IH by lia; change (mass (S m)) with (mass m + w m).
  destruct (Nat.leb_spec m k); destruct (Nat.leb_spec (S m) k); destruct (Nat.ltb_spec m k); try lia; try ring.
  replace k with m by lia; ring.
rewrite E by lia; destruct S1 as [_ S1]; rewrite S1; destruct (Nat.leb_spec (S n) k); unfold x, W in *; [replace k with (S n) by lia|]; ring.
Qed.

Lemma first_positive l h : (l < h)%nat -> r l <= 0 -> 0 <= r h -> (h <= n)%nat ->
  exists k, (l < k <= h)%nat /\ (forall t, (t < k)%nat -> r t <= 0) /\ (forall t, (k <= t <= n)%nat -> 0 <= r t).
Proof.
intros lh rl rh hn; remember (h - l)%nat as d eqn:E; revert l lh rl E; induction d as [|d IH]; intros l lh rl E; [lia|].
destruct (Rle_or_lt 0 (r (S l))) as [pos|neg].
  exists (S l); split; [lia|]; split; intros t tk.
    assert (H := sorted t l ltac:(lia)); lra.
  assert (H := sorted (S l) t ltac:(lia)); lra.
destruct (Nat.eq_dec (S l) h) as [e|ne]; [rewrite e in neg; lra|].
destruct (IH (S l) ltac:(lia) ltac:(lra) ltac:(lia)) as (k & k1 & k2); exists k; split; [lia|exact k2].
Qed.

Theorem origin_right l h : (l <= n)%nat -> (h <= n)%nat ->
  2 * mass l <= W - T < 2 * mass (S l) -> 2 * mass h < W + T <= 2 * mass (S h) ->
  forall c, M (Rmin (Rmax 0 (r l)) (r h)) <= M c.
Proof.
intros ln hn [l1 l2] [h1 h2] c.
assert (wl : mass (S l) = mass l + w l) by reflexivity; assert (wh : mass (S h) = mass h + w h) by reflexivity.
assert (low : 0 <= r l -> M (r l) <= M c).
  intros p; apply (at_reward l 1); [exact ln|lra|rewrite Rabs_pos_eq; lra|apply Rabs_le; lra].
assert (high : r h <= 0 -> M (r h) <= M c).
  intros p; apply (at_reward h (-1)); [exact hn|lra|rewrite Rabs_left1; lra|apply Rabs_le; lra].
unfold Rmin; destruct (Rle_dec (Rmax 0 (r l)) (r h)) as [a|a]; unfold Rmax in *; destruct (Rle_dec 0 (r l)) as [b|b].
- apply low; exact b.
- destruct (Rle_or_lt (r h) 0) as [z|z]; [replace 0 with (r h) by lra; apply high; exact z|].
  assert (lh : (l < h)%nat).
    destruct (Nat.le_gt_cases h l) as [hl|]; [assert (H := sorted h l ltac:(lia)); lra|assumption].
  destruct (first_positive l h lh ltac:(lra) ltac:(lra) hn) as (k & k1 & k2 & k3).
  apply (at_zero k); [lia|exact k2|exact k3|].
  assert (H := mass_mono (S l) k ltac:(lia)); assert (H1 := mass_mono k h ltac:(lia)); lra.
- destruct (Nat.le_gt_cases l h) as [lh|hl]; [assert (H := sorted l h ltac:(lia)); lra|].
  assert (H := mass_mono (S h) l ltac:(lia)); destruct (Rle_or_lt (r h) 0) as [z|z]; [apply high; exact z|].
  assert (T = 0) as T0 by lra; apply (at_reward h 1); [exact hn|lra|rewrite Rabs_pos_eq; lra|rewrite T0 in *; apply Rabs_le; lra].
- apply high; lra.
Qed.
End Origin.
