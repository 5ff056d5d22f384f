(* Section 11.14: for every law of finitely many values x_0 <= .. <= x_T the values of max@kappa and min@kappa converge to the
   objective.

     expect N f     the expectation of f over lists of N independent draws, v of 0 .. T with probability p v
     off n          1 where the distance of value and objective at the first n draws is more than eps, else 0
     strays N M     the largest of off N, .., off (N + M)

   `converges` says that for every eps and eta there is an N from which on all strays N M have an expectation of eta at most,
   whatever M is: that the values stray once more after N with probability eta at most. By continuity of a measure that is
   almost sure convergence; strays N 0 alone is convergence in probability. *)

From Coq Require Import Reals List ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating real_k coins.
Local Open Scope R_scope.

(* The fourth moment of a count, and what it says of a frequency. *)
Lemma mean_fourth N pi (w := pi * (1 - pi)) : forall m, mean N (fun x => (m + count x) ^ 4) pi =
  (m + INR N * pi) ^ 4 + 6 * (m + INR N * pi) ^ 2 * (INR N * w) + 4 * (m + INR N * pi) * (INR N * w * (1 - 2 * pi)) +
  (3 * (INR N * w) ^ 2 + INR N * w * (1 - 6 * w)).
Proof.
unfold w; induction N as [|N IH]; intros m; [unfold count; simpl; ring|]; rewrite mean_S.
rewrite (mean_eq N pi (fun x => (m + count (true :: x)) ^ 4) (fun x => (m + 1 + count x) ^ 4)), (mean_eq N pi (fun x => (m + count (false :: x)) ^ 4) (fun x => (m + count x) ^ 4)).
- rewrite !IH, S_INR; ring.
- reflexivity.
- intros x _; unfold count; simpl length; rewrite S_INR; ring.
Qed.

Theorem very_rarely_far N pi delta : (0 < N)%nat -> 0 <= pi <= 1 -> 0 < delta -> mean N (far N pi delta) pi <= / (2 * INR N ^ 2 * delta ^ 4).
Proof.
intros N0 p01 d0; assert (n1 : 1 <= INR N) by (apply (le_INR 1); lia); set (n := INR N) in *.
set (s := / (n * delta) ^ 4); assert (s0 : 0 < s) by (apply Rinv_0_lt_compat, pow_lt, Rmult_lt_0_compat; lra).
apply Rle_trans with (mean N (fun x => s * (- (n * pi) + count x) ^ 4 + 0 * 0) pi).
  apply mean_le; [exact p01|]; intros x _; unfold far; fold n; rewrite Rmult_0_l, Rplus_0_r.
  assert (sq : forall z, z ^ 4 = (z ^ 2) ^ 2) by (intros; ring).
  destruct (Rle_dec (Rabs (count x / n - pi)) delta) as [L|L]; [apply Rmult_le_pos; [lra|rewrite sq; apply pow2_ge_0]|apply Rnot_le_lt in L].
  replace (- (n * pi) + count x) with (n * (count x / n - pi)) by (field; lra); rewrite <- (Rinv_l ((n * delta) ^ 4)) by (apply pow_nonzero; nra).
  apply Rmult_le_compat_l; [lra|]; rewrite (sq (n * (count x / n - pi))), (sq (n * delta)).
  rewrite <- (pow2_abs (n * (count x / n - pi))), Rabs_mult, (Rabs_pos_eq n) by lra.
  apply pow_incr; split; [apply pow2_ge_0|]; apply pow_incr; split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_l; lra].
rewrite (mean_linear N pi s 0 _ (fun _ => 0)), mean_fourth, mean_const; fold n; set (w := pi * (1 - pi)).
assert (w0 : 0 <= w <= / 4).
  unfold w; split; [apply Rmult_le_pos; lra|]; assert (H := pow2_ge_0 (pi - / 2)); simpl in H; lra.
replace (- (n * pi) + n * pi) with 0 by ring.
replace (/ (2 * n ^ 2 * delta ^ 4)) with (s * (n ^ 2 / 2)) by (unfold s; field; split; lra).
rewrite Rmult_0_l, Rplus_0_r; apply Rmult_le_compat_l; [lra|].
assert (a : 0 <= n * w <= n / 4) by (split; [apply Rmult_le_pos|]; nra).
assert (b : (n * w) ^ 2 <= (n / 4) ^ 2) by (apply pow_incr; exact a).
assert (c : 0 <= n * w * w) by (apply Rmult_le_pos; lra); assert (d : n <= n ^ 2) by nra.
simpl in *; lra.
Qed.

Section Law.
Variables (T : nat) (p : nat -> R).
Hypothesis p_ge_0 : forall v, (v <= T)%nat -> 0 <= p v.
Hypothesis p_total : sum p (S T) = 1.

Fixpoint expect (N : nat) (f : list nat -> R) : R :=
  match N with O => f nil | S N => sum (fun v => p v * expect N (fun x => f (v :: x))) (S T) end.
Definition law t : R := sum p (S t).

Lemma expect_S N f : expect (S N) f = sum (fun v => p v * expect N (fun x => f (v :: x))) (S T).
Proof. reflexivity. Qed.

Lemma expect_le N : forall f g, (forall x, length x = N -> Forall (fun v => (v <= T)%nat) x -> f x <= g x) -> expect N f <= expect N g.
Proof.
induction N as [|N IH]; intros f g fg; [apply fg; [reflexivity|constructor]|].
rewrite !expect_S; apply sum_le; intros v vT; apply Rmult_le_compat_l; [apply p_ge_0; lia|].
apply IH; intros x xN xT; apply fg; [simpl; rewrite xN; reflexivity|constructor; [lia|exact xT]].
Qed.

Lemma expect_eq N f g : (forall x, length x = N -> f x = g x) -> expect N f = expect N g.
Proof. intros fg; apply Rle_antisym; apply expect_le; intros x xN _; rewrite fg by exact xN; lra. Qed.

Lemma expect_linear N : forall a b f g, expect N (fun x => a * f x + b * g x) = a * expect N f + b * expect N g.
Proof.
induction N as [|N IH]; intros a b f g; [reflexivity|]; rewrite !expect_S, <- sum_linear; apply sum_eq; intros v _; rewrite IH; ring.
Qed.

Lemma expect_const N c : expect N (fun _ => c) = c.
Proof.
induction N as [|N IH]; [reflexivity|]; rewrite expect_S; transitivity (sum (fun v => c * p v) (S T)).
  apply sum_eq; intros v _; rewrite IH; ring.
rewrite sum_scaled, p_total; ring.
Qed.

Lemma expect_sum N (f : nat -> list nat -> R) n : expect N (fun x => sum (fun t => f t x) n) = sum (fun t => expect N (f t)) n.
Proof.
induction n as [|n IH]; [exact (expect_const N 0)|].
change (sum (fun t => expect N (f t)) (S n)) with (sum (fun t => expect N (f t)) n + expect N (f n)); rewrite <- IH.
transitivity (expect N (fun x => 1 * sum (fun t => f t x) n + 1 * f n x)); [apply expect_eq; intros; simpl; ring|rewrite expect_linear; ring].
Qed.

(* What depends on the first n draws alone. *)
Lemma expect_first n : forall N f, (n <= N)%nat -> expect N (fun x => f (firstn n x)) = expect n f.
Proof.
induction n as [|n IH]; intros N f nN; [apply (expect_const N (f nil))|]; destruct N as [|N]; [lia|].
rewrite !expect_S; apply sum_eq; intros v _; f_equal; apply (IH N (fun x => f (v :: x))); lia.
Qed.

(* Whether a draw is up to x_t is a coin. *)
Definition up_to t (x : list nat) : list bool := map (fun v => Nat.leb v t) x.

Lemma law_split t A B : (t <= T)%nat -> sum (fun v => p v * (if Nat.leb v t then A else B)) (S T) = law t * A + (1 - law t) * B.
Proof.
intros tT; pose (f v := p v * (if Nat.leb v t then A else B)); fold f.
assert (H : forall m, sum f (S m) = sum p (S (Nat.min m t)) * A + (sum p (S m) - sum p (S (Nat.min m t))) * B).
  induction m as [|m IH]; [unfold f; simpl; ring|].
  change (sum f (S (S m))) with (sum f (S m) + f (S m)); change (sum p (S (S m))) with (sum p (S m) + p (S m)); rewrite IH; unfold f.
  destruct (Nat.leb_spec (S m) t) as [L|L].
    rewrite !Nat.min_l by lia; change (sum p (S (S m))) with (sum p (S m) + p (S m)); ring.
  rewrite !Nat.min_r by lia; ring.
rewrite H, Nat.min_r by exact tT; fold (law t); rewrite p_total; ring.
Qed.

Lemma as_coin N t : (t <= T)%nat -> forall g, expect N (fun x => g (up_to t x)) = mean N g (law t).
Proof.
intros tT; induction N as [|N IH]; intros g; [reflexivity|]; rewrite expect_S, mean_S, <- law_split by exact tT.
apply sum_eq; intros v _; f_equal; unfold up_to; simpl map.
destruct (Nat.leb v t); [apply (IH (fun x => g (true :: x)))|apply (IH (fun x => g (false :: x)))].
Qed.

Definition counts (x : list nat) t : nat := length (filter (fun v => Nat.leb v t) x).

Lemma count_up_to t x : count (up_to t x) = INR (counts x t).
Proof. unfold count, counts, up_to; f_equal; induction x as [|v x IH]; simpl; [reflexivity|]; destruct (Nat.leb v t); simpl; rewrite IH; reflexivity. Qed.

Lemma counts_le x t : (counts x t <= length x)%nat.
Proof. unfold counts; induction x as [|v x IH]; simpl; [lia|]; destruct (Nat.leb v t); simpl; lia. Qed.

Lemma counts_all x : Forall (fun v => (v <= T)%nat) x -> counts x T = length x.
Proof.
unfold counts; induction 1 as [|v x vT _ IH]; simpl; [reflexivity|]; destruct (Nat.leb_spec v T); [simpl; lia|lia].
Qed.

Lemma law_01 t : (t <= T)%nat -> 0 <= law t <= 1.
Proof.
intros tT; assert (up : forall d, (t + d <= T)%nat -> sum p (S t) <= sum p (S (t + d))).
  induction d as [|d IH]; intros dT; [rewrite Nat.add_0_r; lra|]; assert (I := IH ltac:(lia)); rewrite Nat.add_succ_r.
  change (sum p (S (S (t + d)))) with (sum p (S (t + d)) + p (S (t + d))); assert (P := p_ge_0 (S (t + d)) ltac:(lia)); lra.
assert (H := up (T - t)%nat ltac:(lia)); replace (t + (T - t))%nat with T in H by lia; unfold law; split; [|lra].
rewrite <- (Rmult_0_r (INR (S t))), <- sum_const; apply sum_le; intros v vt; apply p_ge_0; lia.
Qed.

(* Something that is small where all frequencies are within delta, as `consistent` says of the distance of value and objective. *)
Section Far.
Variables (eps delta : R) (N0 : nat) (distance : nat -> list nat -> R).
Hypothesis delta_gt_0 : 0 < delta.
Hypothesis N0_ge_2 : (2 <= N0)%nat.
Hypothesis small : forall n y, (N0 <= n)%nat -> length y = n -> Forall (fun v => (v <= T)%nat) y ->
  (forall t, (t < T)%nat -> Rabs (INR (counts y t) / INR n - law t) <= delta) -> distance n y <= eps.

Definition off n (s : list nat) : R := if Rle_dec (distance n (firstn n s)) eps then 0 else 1.
Fixpoint strays N M (s : list nat) : R :=
  match M with O => off N s | S M => Rmax (strays N M s) (off (N + S M) s) end.

Lemma off_01 n s : 0 <= off n s <= 1.
Proof. unfold off; destruct (Rle_dec _ _); lra. Qed.

Lemma off_le n : (N0 <= n)%nat -> forall s, length (firstn n s) = n -> Forall (fun v => (v <= T)%nat) (firstn n s) ->
  off n s <= sum (fun t => far n (law t) delta (up_to t (firstn n s))) T.
Proof.
intros nN s sn sT; set (y := firstn n s) in *; pose (f t := far n (law t) delta (up_to t y)); fold f.
assert (f01 : forall t, f t = 0 /\ Rabs (INR (counts y t) / INR n - law t) <= delta \/ f t = 1).
  intros t; unfold f, far; rewrite count_up_to; destruct (Rle_dec _ _) as [L|L]; [left; split; [reflexivity|exact L]|right; reflexivity].
assert (f0 : forall m, 0 <= sum f m).
  intros m; rewrite <- (Rmult_0_r (INR m)), <- sum_const; apply sum_le; intros t _; destruct (f01 t) as [[-> _]| ->]; lra.
assert (all : forall m, (forall t, (t < m)%nat -> Rabs (INR (counts y t) / INR n - law t) <= delta) \/ 1 <= sum f m).
  induction m as [|m [IH|IH]]; [left; intros; lia| |right; simpl; destruct (f01 m) as [[-> _]| ->]; lra].
  destruct (f01 m) as [[E L]|E]; [left; intros t tm; destruct (Nat.eq_dec t m) as [->|ne]; [exact L|apply IH; lia]|].
  right; simpl; rewrite E; assert (H := f0 m); lra.
destruct (all T) as [near|H]; [|assert (H1 := off_01 n s); lra].
unfold off; fold y; destruct (Rle_dec _ _) as [_|no]; [apply f0|exfalso; exact (no (small n y nN sn sT near))].
Qed.

Lemma off_rare n : (N0 <= n)%nat -> expect n (off n) <= INR T / (2 * delta ^ 4) * / INR n ^ 2.
Proof.
intros nN; assert (n0 : 0 < INR n) by (apply lt_0_INR; lia).
apply Rle_trans with (expect n (fun s => sum (fun t => far n (law t) delta (up_to t s)) T)).
  apply expect_le; intros s sn sT; assert (F : firstn n s = s) by (rewrite <- sn; apply firstn_all).
  assert (H := off_le n nN s); rewrite F in H; apply H; assumption.
rewrite (expect_sum n (fun t s => far n (law t) delta (up_to t s))).
apply Rle_trans with (sum (fun _ => / (2 * INR n ^ 2 * delta ^ 4)) T).
  apply sum_le; intros t tT; rewrite (as_coin n t ltac:(lia) (far n (law t) delta)); apply very_rarely_far; [lia|apply law_01; lia|exact delta_gt_0].
rewrite sum_const; right; field; split; lra.
Qed.

(* Once more after N. *)
Theorem strays_rare N M : (N0 <= N)%nat -> expect (N + M) (strays N M) <= INR T / (2 * delta ^ 4) * / (INR N - 1).
Proof.
intros NN; assert (n2 : 2 <= INR N) by (apply (le_INR 2); lia).
assert (c0 : 0 <= INR T / (2 * delta ^ 4)).
  apply Rmult_le_pos; [apply pos_INR|apply Rlt_le, Rinv_0_lt_compat, Rmult_lt_0_compat; [lra|apply pow_lt; exact delta_gt_0]].
set (c := INR T / (2 * delta ^ 4)) in *.
assert (one : forall m, (m <= M)%nat -> expect (N + M) (off (N + m)) <= c * (/ (INR (N + m) - 1) - / INR (N + m))).
  intros m mM; set (n := (N + m)%nat); assert (nN : INR N <= INR n) by (apply le_INR; unfold n; lia).
  assert (E : expect (N + M) (off n) = expect n (off n)).
    rewrite <- (expect_first n (N + M) (off n)) by (unfold n; lia); apply expect_eq; intros s _.
    unfold off; rewrite firstn_firstn, Nat.min_id; reflexivity.
  rewrite E; apply Rle_trans with (1 := off_rare n ltac:(unfold n; lia)); fold c; apply Rmult_le_compat_l; [exact c0|].
  replace (/ (INR n - 1) - / INR n) with (/ ((INR n - 1) * INR n)) by (field; lra).
  apply Rinv_le_contravar; [apply Rmult_lt_0_compat|]; simpl; nra.
assert (nonneg : forall k s, 0 <= strays N k s).
  induction k as [|k IHk]; intros s; [apply off_01|simpl; apply Rle_trans with (1 := IHk s); apply Rmax_l].
assert (all : forall m, (m <= M)%nat -> expect (N + M) (strays N m) <= c * (/ (INR N - 1) - / INR (N + m))).
  induction m as [|m IH]; intros mM; [assert (H := one 0%nat mM); rewrite Nat.add_0_r in *; exact H|].
  apply Rle_trans with (expect (N + M) (fun s => 1 * strays N m s + 1 * off (N + S m) s)).
    apply expect_le; intros s _ _; simpl; assert (A := nonneg m s); assert (B := off_01 (N + S m) s); apply Rmax_lub; lra.
  rewrite expect_linear; assert (A := IH ltac:(lia)); assert (B := one (S m) mM).
  assert (E : INR (N + S m) - 1 = INR (N + m)) by (rewrite Nat.add_succ_r, S_INR; ring); rewrite E in B; lra.
apply Rle_trans with (1 := all M (le_n M)); apply Rmult_le_compat_l; [exact c0|].
assert (0 < / INR (N + M)) by (apply Rinv_0_lt_compat, lt_0_INR; lia); lra.
Qed.
End Far.

Section Objectives.
Variables (kappa : R) (x : nat -> R).
Hypothesis kappa_ge_1 : 1 <= kappa.
Hypothesis x_sorted : forall t, (t < T)%nat -> x t <= x (S t).

Let range_ge_0 : 0 <= x T - x O.
Proof.
assert (H : forall m, (m <= T)%nat -> x O <= x m) by (induction m as [|m IH]; intros mT; [lra|]; assert (I := IH ltac:(lia)); assert (J := x_sorted m ltac:(lia)); lra).
assert (J := H T (le_n T)); lra.
Qed.

(* max@kappa, eq. (23) with the weights (16); and min@kappa, with these in reverse order: both by gaps. *)
Definition max_distance n y : R := Rabs (value kappa T x n (counts y) - objective kappa T x law).
Definition min_value n c : R := x O + sum (fun t => Phi kappa n (n - c t) * (x (S t) - x t)) T.
Definition min_objective : R := x O + sum (fun t => power kappa (1 - law t) * (x (S t) - x t)) T.
Definition min_distance n y : R := Rabs (min_value n (counts y) - min_objective).

(* That these are the weights in reverse order: rank m has Phi (n - m + 1) - Phi (n - m), c_(t-1) < m <= c_t has x_t. *)
Lemma min_value_weights n c : c T = n ->
  min_value n c = (1 - Phi kappa n (n - c O)) * x O + sum (fun t => (Phi kappa n (n - c t) - Phi kappa n (n - c (S t))) * x (S t)) T.
Proof.
intros cT; set (G t := Phi kappa n (n - c t)); unfold min_value; fold G.
assert (GT : G T = 0) by (unfold G; rewrite cT, Nat.sub_diag; unfold Phi; simpl INR; destruct (Rlt_dec _ _); [exfalso; lra|reflexivity]).
assert (A : forall m, x O + sum (fun t => G t * (x (S t) - x t)) m = (1 - G O) * x O + sum (fun t => (G t - G (S t)) * x (S t)) m + G m * x m).
  induction m as [|m IH]; simpl; [ring|]; rewrite <- Rplus_assoc, IH; ring.
change (fun t => Phi kappa n (n - c t) * (x (S t) - x t)) with (fun t => G t * (x (S t) - x t)); rewrite A, GT; unfold G; ring.
Qed.

Lemma min_consistent n y delta : kappa <= INR n -> length y = n ->
  (forall t, (t < T)%nat -> Rabs (INR (counts y t) / INR n - law t) <= delta) ->
  min_distance n y <= (kappa * (kappa - 1) / (INR n + 1 - kappa) + kappa * delta) * (x T - x O).
Proof.
intros kn yn near; set (N := INR n) in *; assert (N0 : 0 < / N) by (apply Rinv_0_lt_compat; lra).
set (b := kappa * (kappa - 1) / (N + 1 - kappa) + kappa * delta).
assert (rises : x T - x O = sum (fun t => x (S t) - x t) T) by (clear; induction T as [|t IH]; simpl; [ring|rewrite <- IH; ring]).
unfold min_distance, min_value, min_objective; rewrite rises.
replace (x O + sum (fun t => Phi kappa n (n - counts y t) * (x (S t) - x t)) T - (x O + sum (fun t => power kappa (1 - law t) * (x (S t) - x t)) T)) with
  (1 * sum (fun t => Phi kappa n (n - counts y t) * (x (S t) - x t)) T + -1 * sum (fun t => power kappa (1 - law t) * (x (S t) - x t)) T) by ring.
rewrite <- sum_linear; apply Rle_trans with (1 := sum_size _ _).
rewrite <- sum_scaled; apply sum_le; intros t tT; unfold size; assert (d0 := x_sorted t tT); set (d := x (S t) - x t).
replace (1 * (Phi kappa n (n - counts y t) * d) + -1 * (power kappa (1 - law t) * d)) with ((Phi kappa n (n - counts y t) - power kappa (1 - law t)) * d) by ring.
rewrite Rabs_mult, (Rabs_pos_eq d) by (unfold d; lra); apply Rmult_le_compat_r; [unfold d; lra|].
assert (cn : (counts y t <= n)%nat) by (rewrite <- yn; apply counts_le).
assert (A := Phi_close kappa kappa_ge_1 n (n - counts y t) kn ltac:(lia)); fold N in A; rewrite minus_INR in A by exact cn; fold N in A.
assert (B := near t tT); set (q := INR (counts y t) / N) in *.
replace ((N - INR (counts y t)) / N) with (1 - q) in A by (unfold q; field; lra).
assert (ct : 0 <= INR (counts y t) <= N) by (split; [apply pos_INR|apply le_INR; exact cn]).
assert (q01 : 0 <= q <= 1).
  unfold q; split; [apply Rmult_le_pos; lra|]; apply Rmult_le_reg_r with N; [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra.
assert (f := law_01 t ltac:(lia)); assert (C : Rabs (power kappa (1 - q) - power kappa (1 - law t)) <= kappa * delta).
  apply Rabs_le_inv in B; destruct (Rle_or_lt (law t) q) as [L|L].
    destruct (power_lipschitz kappa kappa_ge_1 (1 - q) (1 - law t) ltac:(lra) ltac:(lra)) as [P Q].
    assert (kappa * (1 - law t - (1 - q)) <= kappa * delta) by (apply Rmult_le_compat_l; lra); apply Rabs_le; lra.
  destruct (power_lipschitz kappa kappa_ge_1 (1 - law t) (1 - q) ltac:(lra) ltac:(lra)) as [P Q].
  assert (kappa * (1 - q - (1 - law t)) <= kappa * delta) by (apply Rmult_le_compat_l; lra); apply Rabs_le; lra.
replace (Phi kappa n (n - counts y t) - power kappa (1 - law t)) with
  ((Phi kappa n (n - counts y t) - power kappa (1 - q)) + (power kappa (1 - q) - power kappa (1 - law t))) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); unfold b; lra.
Qed.

Lemma max_consistent n y delta : kappa <= INR n -> length y = n -> Forall (fun v => (v <= T)%nat) y ->
  (forall t, (t < T)%nat -> Rabs (INR (counts y t) / INR n - law t) <= delta) ->
  max_distance n y <= (kappa * (kappa - 1) / (INR n + 1 - kappa) + kappa * delta) * (x T - x O).
Proof.
intros kn yn yT near.
exact (consistent kappa kappa_ge_1 T x n (counts y) law delta kn x_sorted
  (fun t _ => Nat.le_trans _ _ _ (counts_le y t) (Nat.eq_le_incl _ _ yn)) (eq_trans (counts_all y yT) yn) p_total (fun t tT => law_01 t tT) near).
Qed.

(* Eq. (113). *)
Theorem values_stray eps delta N M : 0 < delta -> (2 <= N)%nat -> kappa <= INR N ->
  (kappa * (kappa - 1) / (INR N + 1 - kappa) + kappa * delta) * (x T - x O) <= eps ->
  expect (N + M) (strays eps max_distance N M) <= INR T / (2 * delta ^ 4) * / (INR N - 1) /\
  expect (N + M) (strays eps min_distance N M) <= INR T / (2 * delta ^ 4) * / (INR N - 1).
Proof.
intros d0 N2 kN sm; assert (later : forall n, (N <= n)%nat -> kappa <= INR n /\
    (kappa * (kappa - 1) / (INR n + 1 - kappa) + kappa * delta) * (x T - x O) <= eps).
  intros n nN; assert (H : INR N <= INR n) by (apply le_INR; exact nN); split; [lra|].
  apply Rle_trans with (2 := sm); apply Rmult_le_compat_r; [exact range_ge_0|]; apply Rplus_le_compat_r; unfold Rdiv.
  apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|apply Rinv_le_contravar; lra].
split.
  apply (strays_rare eps delta N max_distance d0 N2); [|apply le_n]; intros m y mN ym yT near; destruct (later m mN) as [km bm].
  apply Rle_trans with (1 := max_consistent m y delta km ym yT near); exact bm.
apply (strays_rare eps delta N min_distance d0 N2); [|apply le_n]; intros m y mN ym yT near; destruct (later m mN) as [km bm].
apply Rle_trans with (1 := min_consistent m y delta km ym near); exact bm.
Qed.

Theorem converges eps eta : 0 < eps -> 0 < eta ->
  exists N0, forall N M, (N0 <= N)%nat -> expect (N + M) (strays eps max_distance N M) <= eta /\ expect (N + M) (strays eps min_distance N M) <= eta.
Proof.
intros e0 h0; set (D := x T - x O); set (delta := eps / (2 * kappa * (D + 1))); assert (D0 : 0 <= D) by exact range_ge_0.
assert (d0 : 0 < delta) by (apply Rmult_lt_0_compat; [exact e0|apply Rinv_0_lt_compat; nra]).
assert (d1 : kappa * delta * D <= eps / 2).
  replace (kappa * delta * D) with (eps / 2 * (D / (D + 1))) by (unfold delta; field; split; lra).
  rewrite <- (Rmult_1_r (eps / 2)) at 2; apply Rmult_le_compat_l; [lra|].
  apply Rmult_le_reg_r with (D + 1); [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l by lra; lra.
set (c := INR T / (2 * delta ^ 4)); assert (c0 : 0 <= c).
  apply Rmult_le_pos; [apply pos_INR|apply Rlt_le, Rinv_0_lt_compat, Rmult_lt_0_compat; [lra|apply pow_lt; exact d0]].
set (a := kappa * (kappa - 1) * D); assert (a0 : 0 <= a) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra|exact D0]).
assert (b0 : 0 <= a * 2 / eps) by (apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; exact e0]).
assert (h1 : 0 <= c / eta) by (apply Rmult_le_pos; [exact c0|apply Rlt_le, Rinv_0_lt_compat; exact h0]).
set (b := 2 + kappa + a * 2 / eps + c / eta) in *; destruct (archimed b) as [big _]; set (N0 := Z.to_nat (up b)).
assert (large : forall n, (N0 <= n)%nat -> b < INR n).
  intros n nN; apply Rlt_le_trans with (1 := big); apply Rle_trans with (INR N0); [|apply le_INR; exact nN].
  unfold N0; rewrite INR_IZR_INZ, Z2Nat.id; [lra|]; apply le_IZR; unfold b in *; lra.
exists N0; intros N M NN; assert (n := large N NN); unfold b in n.
assert (small : (kappa * (kappa - 1) / (INR N + 1 - kappa) + kappa * delta) * D <= eps).
  rewrite Rmult_plus_distr_r; replace (kappa * (kappa - 1) / (INR N + 1 - kappa) * D) with (a / (INR N + 1 - kappa)) by (unfold a; field; lra).
  assert (a / (INR N + 1 - kappa) <= eps / 2); [|lra].
  apply Rmult_le_reg_r with (INR N + 1 - kappa); [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  apply Rle_trans with (eps / 2 * (a * 2 / eps)); [right; field; lra|apply Rmult_le_compat_l; lra].
assert (last : c * / (INR N - 1) <= eta).
  apply Rmult_le_reg_r with (INR N - 1); [lra|]; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  apply Rle_trans with (eta * (c / eta)); [right; field; lra|apply Rmult_le_compat_l; lra].
destruct (values_stray eps delta N M d0 ltac:(apply INR_le; simpl; lra) ltac:(lra) small) as [A B].
split; apply Rle_trans with (2 := last); assumption.
Qed.
End Objectives.
End Law.
