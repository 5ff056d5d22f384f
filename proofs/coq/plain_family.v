(* (58) and (59) for the max@K family, section 8, from the values and advantages of plain loops, plain_others.v. The rank weights
   of the maximum are 0 and 1, and read as they are.

     pkpo                  K/N fl(value + (N-K)/N A), eq. (39), at K = N K/N value             within (5N + 6) u of K/N (V + (N-K)/N s)
     pkpo_loo              less K/(N-1) fl(value - K/N A), eq. (40)                            and of K/(N-1) (V + K/N s)
     canonical, maxpo      A, eqs. (43), (45)                                                  within (5N + 0.97) u s
     subset_mean_baseline  (N-K)/N A, eq. (46), at K = N the difference of two values          of (N-K)/N s, at K = N of 2V
     dr_grpo, rloo         gaps added up, less the mean of these sums; N/(N-1) times that      of the largest, eqs. (47), (48)
     runner_up_gap         one difference, eq. (50)

   and what underflows. s is the largest advantage, V the largest reward, N = n + 1 rewards. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums rounded_advantages plain_loops plain_weights plain_others.
Local Open Scope R_scope.

Definition maximum K t : R := if Nat.eq_dec (S t) K then 1 else 0.

Lemma maximum_ge_0 K t : 0 <= maximum K t <= 1.
Proof. unfold maximum; destruct (Nat.eq_dec (S t) K); lra. Qed.

Lemma sum_maximum K : (0 < K)%nat -> sum (maximum K) K = 1.
Proof.
destruct K as [|K]; [lia|intros _]; simpl.
replace (maximum (S K) K) with 1 by (unfold maximum; destruct (Nat.eq_dec (S K) (S K)); [reflexivity|lia]).
rewrite (sum_eq _ (fun _ => 0)), sum_const; [ring|].
intros t tK; unfold maximum; destruct (Nat.eq_dec (S t) (S K)); [lia|reflexivity].
Qed.

(* What is left of gaps that are added up, less the mean of these sums. *)
Lemma centred_gaps r n m : centred_sum n (exact_term r (fun _ => 1)) m = r m - sum r (S n) / INR (S n).
Proof.
assert (G : forall k, sum (exact_term r (fun _ => 1)) k = r k - r 0%nat).
  induction k as [|k IH]; simpl; [ring|]; rewrite IH; unfold exact_term; ring.
assert (N0 : INR (S n) <> 0) by (apply not_0_INR; lia); unfold centred_sum; rewrite G.
rewrite (sum_eq _ (fun k => 1 * r k + -1 * r 0%nat)) by (intros k _; rewrite G; ring).
rewrite sum_linear, sum_const; field; exact N0.
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
Local Notation fl_sub := (fl_sub emin prec prec_gt_1).
Local Notation plain := (plain emin prec).
Local Notation scaled := (scaled emin prec).
Local Notation raised_plainly := (raised_plainly emin prec).

(* Where all rewards are equal nothing is rounded. *)
Theorem plain_of_equals r weight n : (forall t, (t <= n)%nat -> r t = r 0%nat) -> forall m, (m <= n)%nat ->
  gap_sums emin prec (fun _ => plain) r weight n m = 0 /\ centred emin prec (fun _ => plain) r weight n m = 0.
Proof.
assert (F : fl 0 = 0) by (apply round_0, valid_rnd_N); intros eq.
assert (zeros : forall x k, (k <= n)%nat -> (forall t, (t <= n)%nat -> x t = 0) -> plain x k = 0).
  intros x k kn x0; induction k as [|k IH]; simpl; [apply x0; lia|]; rewrite IH, (x0 (S k)), Rplus_0_r by lia; exact F.
assert (T : forall t, (t < n)%nat -> term emin prec r weight t = 0).
  intros t tn; unfold term; rewrite (eq (S t)), (eq t), Rminus_diag_eq, F, Rmult_0_l by (lia || reflexivity); exact F.
assert (G : forall m, (m <= n)%nat -> gap_sums emin prec (fun _ => plain) r weight n m = 0).
  intros [|m] mn; [reflexivity|]; simpl; assert (H : forall k, (k < n)%nat -> plain (term emin prec r weight) k = 0).
    induction k as [|k IH]; intros kn; simpl; [apply T; lia|]; rewrite IH, T, Rplus_0_r by lia; exact F.
  apply H; lia.
intros m mn; split; [apply G; exact mn|]; unfold centred; rewrite (G m mn), (zeros _ n) by (lia || exact G).
unfold Rdiv; rewrite Rmult_0_l, F, Rminus_diag_eq by reflexivity; exact F.
Qed.

(* A number within u (a V + b S), in magnitude V + S at most, times f / g. *)
Lemma times_right f g x z e a b V S w : 0 <= f -> 1 <= g -> f <= g -> scaled f g x z -> 0 <= V -> 0 <= S -> 0 <= w ->
  Rabs e <= V + S -> Rabs (x - e) <= u * (a * V + b * S) + w -> 0 <= a -> 0 <= b -> a * u <= 0.0027 -> b * u <= 0.0027 -> u <= / 1048576 ->
  Rabs (z - f / g * e) <= u * (f / g * ((a + 2.01) * V + (b + 2.01) * S)) + (1.01 * w + 2.1 * tiny).
Proof.
intros f0 g1 fg made V0 S0 w0 E X a0 b0 au bu us; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
assert (r : 0 <= f / g <= 1).
  assert (i0 : 0 < / g) by (apply Rinv_0_lt_compat; lra); unfold Rdiv; split; [apply Rmult_le_pos; lra|].
  apply Rmult_le_reg_r with g; [lra|]; rewrite Rmult_assoc, Rinv_l by lra; lra.
set (q := f / g) in *; set (B := a * V + b * S) in *.
assert (B0 : 0 <= B) by (unfold B; apply Rplus_le_le_0_compat; apply Rmult_le_pos; assumption).
assert (uB0 : 0 <= u * B) by (apply Rmult_le_pos; assumption).
assert (H := scaled_right emin prec prec_gt_1 f g x z e (V + S) 0 (u * B + w) f0 g1 made E
  ltac:(rewrite Rmult_0_l, Rplus_0_l; exact X) (Rle_refl 0) ltac:(lra) ltac:(lra)); fold q in H.
assert (U2 : (1 + u) ^ 2 <= 1 + 2.0001 * u) by nra.
assert (uB : u * B <= 0.0027 * (V + S)).
  unfold B; replace (u * (a * V + b * S)) with (a * u * V + b * u * S) by ring.
  assert (a * u * V <= 0.0027 * V) by (apply Rmult_le_compat_r; assumption).
  assert (b * u * S <= 0.0027 * S) by (apply Rmult_le_compat_r; assumption); lra.
assert (T1 : ((1 + u) ^ 2 * (1 + 0) - 1) * (q * (V + S)) <= 2.0001 * u * (q * (V + S))).
  apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|lra].
assert (T2 : q * ((1 + u) ^ 2 * (u * B + w)) <= q * (u * B + 2.0001 * u * (0.0027 * (V + S)) + 1.01 * w)).
  apply Rmult_le_compat_l; [lra|].
  apply Rle_trans with ((1 + 2.0001 * u) * (u * B + w)); [apply Rmult_le_compat_r; lra|].
  assert (2.0001 * u * (u * B) <= 2.0001 * u * (0.0027 * (V + S))) by (apply Rmult_le_compat_l; lra).
  assert (2.0001 * u * w <= 0.01 * w) by (apply Rmult_le_compat_r; lra); lra.
assert (T3 : q * (1.01 * w) <= 1 * (1.01 * w)) by (apply Rmult_le_compat_r; lra).
apply Rle_trans with (1 := H); fold B.
replace (u * (q * ((a + 2.01) * V + (b + 2.01) * S))) with (q * (u * B) + 2.01 * (u * (q * (V + S)))) by (unfold B; ring).
assert (P : 0 <= u * (q * (V + S))) by (apply Rmult_le_pos; [exact u0|apply Rmult_le_pos; lra]).
replace (2.0001 * u * (q * (V + S))) with (2.0001 * (u * (q * (V + S)))) in T1 by ring.
replace (q * (u * B + 2.0001 * u * (0.0027 * (V + S)) + 1.01 * w)) with
  (q * (u * B) + 2.0001 * 0.0027 * (u * (q * (V + S))) + q * (1.01 * w)) in T2 by ring.
lra.
Qed.

Section Loops.
Variables (K n : nat) (gaps ranks r : nat -> R) (largest scale : R).
Local Notation N := (INR (S n)).
Local Notation value := (exact_value K n (maximum K) r).
Local Notation advantage := (exact_advantage K n (maximum K) r).
Local Notation plain_value := (plain_value emin prec n ranks r).
Local Notation plain_advantage := (plain_advantage emin prec n gaps r).
Local Notation value_under := (value_under emin n largest).
Local Notation advantage_under := (advantage_under emin n r).

Hypothesis KN : (0 < K <= S n)%nat.
Hypothesis n_gt_0 : (0 < n)%nat.
Hypothesis ranks_made : forall t, (t <= n)%nat -> scaled (INR K) N (raised_plainly K (maximum K) (S n - K) t) (ranks t).
Hypothesis u_small : u <= / 1048576.
Hypothesis N_small : 5 * N ^ 2 * u <= 1.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_small : forall t, (t <= n)%nat -> Rabs (r t) <= largest.

Let q_small : 0 <= N * u <= 0.0005.
Proof. assert (u0 := u_ge_0); assert (N0 := pos_INR (S n)); split; [apply Rmult_le_pos|nra]; assumption. Qed.
Let N2 : 2 <= N. Proof. apply (le_INR 2); lia. Qed.
Let VE : V K (maximum K) largest = largest. Proof. unfold V; rewrite sum_maximum by lia; ring. Qed.
Let largest_ge_0 : 0 <= largest.
Proof. apply Rle_trans with (2 := r_small 0%nat (Nat.le_0_l n)); apply Rabs_pos. Qed.
Let its_size t (tK : (t < K)%nat) : Rabs (maximum K t) <= maximum K t.
Proof. rewrite Rabs_pos_eq by apply maximum_ge_0; apply Rle_refl. Qed.
Let as_it_is t (tK : (t < K)%nat) : Rabs (maximum K t - maximum K t) <= 0 * u * maximum K t + tiny.
Proof. assert (H := tiny_ge_0); rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; lra. Qed.
Let none : 0 <= 0 <= 3.01. Proof. lra. Qed.
Let value_format : format plain_value.
Proof. apply (plain_format emin prec prec_gt_1 _ n (fun _ _ => fl_format _) n (le_n n)). Qed.
Let value_under_ge : 2.02 * tiny <= value_under.
Proof.
assert (t0 := tiny_ge_0); unfold value_under; assert (n0 : 0 <= N * largest) by (apply Rmult_le_pos; lra).
assert (t2 : 2 * tiny <= N * tiny) by (apply Rmult_le_compat_r; lra).
assert (1.01 * (N * tiny) <= (4.2 * N * largest + 1.01) * (N * tiny)) by (apply Rmult_le_compat_r; lra); lra.
Qed.

Lemma family_value : Rabs (plain_value - value) <= (4 * N + 0.96) * u * largest + value_under.
Proof.
assert (H := value_beside emin prec prec_gt_1 emin_le_0 0 K n (maximum K) (maximum K) (maximum K) ranks r largest
  KN n_gt_0 its_size none as_it_is ranks_made u_small N_small r_small); rewrite VE, Rplus_0_r in H; exact H.
Qed.

Lemma family_value_small : Rabs value <= largest.
Proof. rewrite <- VE; exact (value_small K n (maximum K) (maximum K) r largest KN n_gt_0 its_size r_small). Qed.

(* (39) where every sample is in every set, *)
Theorem plain_pkpo_of_all z : K = S n -> scaled (INR K) N plain_value z ->
  Rabs (z - INR K / N * value) <= (5 * N + 6) * u * (INR K / N * largest) + 2.1 * value_under.
Proof.
intros KE made; assert (u0 := u_ge_0); assert (v0 := value_under_ge); assert (t0 := tiny_ge_0).
assert (H := family_value); assert (E := family_value_small); assert (kn : INR K <= N) by (rewrite KE; lra).
assert (T := times_right (INR K) N plain_value z value (4 * N + 0.96) 0 largest 0 value_under (pos_INR K) ltac:(lra) kn made
  largest_ge_0 (Rle_refl 0) ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) (Rle_refl 0) ltac:(lra) ltac:(lra) u_small).
assert (f0 : 0 <= INR K / N) by (apply Rmult_le_pos; [apply pos_INR|apply Rlt_le, Rinv_0_lt_compat; lra]).
assert (L : 0 <= u * (INR K / N * largest)) by (apply Rmult_le_pos; [exact u0|apply Rmult_le_pos; assumption]).
assert ((4 * N + 2.97) * (u * (INR K / N * largest)) <= (5 * N + 6) * (u * (INR K / N * largest))) by (apply Rmult_le_compat_r; lra).
lra.
Qed.

(* and (46) there, of two values, whose weights may have been found otherwise. *)
Theorem plain_baseline_of_all other : (forall t, (t <= n)%nat -> scaled (INR K) N (raised_plainly K (maximum K) (S n - K) t) (other t)) ->
  Rabs (fl (plain_value - plain_others.plain_value emin prec n other r)) <= (5 * N + 6) * u * (2 * largest) + 2.1 * value_under.
Proof.
intros made; assert (u0 := u_ge_0); assert (v0 := value_under_ge); assert (t0 := tiny_ge_0).
assert (H := family_value); set (w := plain_others.plain_value emin prec n other r).
assert (G := value_beside emin prec prec_gt_1 emin_le_0 0 K n (maximum K) (maximum K) (maximum K) other r largest
  KN n_gt_0 its_size none as_it_is made u_small N_small r_small); rewrite VE, Rplus_0_r in G; fold w in G.
assert (Fw : format w) by (apply (plain_format emin prec prec_gt_1 _ n (fun _ _ => fl_format _) n (le_n n))).
assert (D : Rabs (plain_value - w) <= 2 * ((4 * N + 0.96) * u * largest + value_under)).
  replace (plain_value - w) with ((plain_value - value) - (w - value)) by ring; unfold Rminus at 1.
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp; lra.
assert (F := fl_sub plain_value w value_format Fw).
assert (D' : u * Rabs (plain_value - w) <= 0.001 * Rabs (plain_value - w)) by (apply Rmult_le_compat_r; [apply Rabs_pos|lra]).
replace (fl (plain_value - w)) with ((fl (plain_value - w) - (plain_value - w)) + (plain_value - w)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); assert (L : 0 <= u * largest) by (apply Rmult_le_pos; assumption).
assert (1.001 * (4 * N + 0.96) * (u * largest) <= (5 * N + 6) * (u * largest)) by (apply Rmult_le_compat_r; lra).
lra.
Qed.

(* Those that leave someone out. *)
Hypothesis K_le_n : (K <= n)%nat.
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis gaps_made : forall t, (t < n)%nat -> scaled N (INR n) (raised_plainly K (maximum K) (n - K) t) (gaps t).
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (advantage m) <= scale.

Let under_ge_0 : 4 * tiny <= advantage_under.
Proof.
assert (t0 := tiny_ge_0); assert (R0 := range_ge_0 r n n_gt_0 r_sorted 0 n ltac:(lia)); unfold advantage_under.
assert (t2 : 2 * tiny <= N * tiny) by (apply Rmult_le_compat_r; lra).
assert (2.2 * (N * tiny) <= (6.4 * (r n - r 0%nat) + 2.2) * (N * tiny)) by (apply Rmult_le_compat_r; lra); lra.
Qed.

(* (43), (45) *)
Theorem plain_canonical m : (m <= n)%nat ->
  Rabs (plain_advantage m - advantage m) <= (5 * N + 0.97) * u * scale + (6.3 * (r n - r 0%nat) + 1.01) * N * tiny.
Proof.
intros mn; assert (H := plain_advantages emin prec prec_gt_1 emin_le_0 0 K n (maximum K) (maximum K) (maximum K) gaps KN n_gt_0
  its_size none as_it_is u_small N_small K_le_n gaps_made r scale r_format r_sorted scale_right m mn).
rewrite Rplus_0_r in H; exact H.
Qed.

(* (46) *)
Theorem plain_subset_mean_baseline m y : (m <= n)%nat -> scaled (INR (S n - K)) N (plain_advantage m) y ->
  Rabs (y - INR (S n - K) / N * advantage m) <= (5 * N + 2.98) * u * (INR (S n - K) / N * scale) + advantage_under.
Proof.
intros mn made; assert (H := share_within emin prec prec_gt_1 emin_le_0 0 K n (maximum K) (maximum K) (maximum K) gaps r KN n_gt_0
  its_size none as_it_is u_small N_small r_format K_le_n r_sorted gaps_made (INR (S n - K)) N m y (pos_INR _) ltac:(lra)
  ltac:(apply le_INR; lia) mn made scale scale_right).
rewrite Rplus_0_r in H; exact H.
Qed.

(* Include-one and leave-one-out values, of what is left to them by (39) and (40). *)
Let beside a m y x sign : 0 <= a <= INR n -> (m <= n)%nat -> scaled a N (plain_advantage m) y ->
  (sign = 1 /\ x = y \/ sign = -1 /\ x = - y) ->
  exists s, 0 <= s /\ s <= a / N * scale /\ s <= 2 * largest /\ Rabs (value + sign * (a / N * advantage m)) <= largest + s /\
  Rabs (fl (plain_value + x) - (value + sign * (a / N * advantage m))) <=
  u * ((4 * N + 1.97) * largest + (5 * N + 3.99) * s) + 1.01 * (value_under + advantage_under).
Proof.
intros a0 mn made signed; destruct (beside_part emin prec prec_gt_1 emin_le_0 0 K n (maximum K) (maximum K) (maximum K) gaps ranks r
  largest scale KN n_gt_0 its_size none as_it_is ranks_made u_small N_small r_format r_small K_le_n r_sorted gaps_made scale_right
  a m y x sign a0 mn made signed) as (s & H); exists s; rewrite VE, !Rplus_0_r in H; exact H.
Qed.

(* The same, times f / g. *)
Let part a m y x sign f g z : 0 <= a <= INR n -> (m <= n)%nat -> scaled a N (plain_advantage m) y ->
  (sign = 1 /\ x = y \/ sign = -1 /\ x = - y) -> 0 <= f -> 1 <= g -> f <= g -> scaled f g (fl (plain_value + x)) z ->
  let e := f / g * (value + sign * (a / N * advantage m)) in
  exists t, 0 <= t /\ t <= f / g * (a / N * scale) /\ t <= 2 * (f / g * largest) /\ Rabs e <= f / g * largest + t /\
  Rabs (z - e) <= u * ((4 * N + 3.98) * (f / g * largest) + (5 * N + 6) * t) + 1.4 * (value_under + advantage_under).
Proof.
intros a0 mn made signed f0 g1 fg times e; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (w0 := value_under_ge).
assert (w1 := under_ge_0); destruct (beside a m y x sign a0 mn made signed) as (s & s0 & s1 & s2 & E & H).
assert (q0 : 0 <= f / g) by (apply Rmult_le_pos; [exact f0|apply Rlt_le, Rinv_0_lt_compat; lra]).
assert (T := times_right f g _ z _ (4 * N + 1.97) (5 * N + 3.99) largest s (1.01 * (value_under + advantage_under)) f0 g1 fg times largest_ge_0 s0 ltac:(lra) E H
  ltac:(lra) ltac:(lra) ltac:(lra) ltac:(lra) u_small).
assert (l1 : f / g * s <= f / g * (a / N * scale)) by (apply Rmult_le_compat_l; assumption).
assert (l2 : f / g * s <= f / g * (2 * largest)) by (apply Rmult_le_compat_l; assumption).
exists (f / g * s); split; [apply Rmult_le_pos; assumption|]; split; [exact l1|split; [lra|split]].
  unfold e; rewrite Rabs_mult, (Rabs_pos_eq (f / g)) by exact q0.
  rewrite <- Rmult_plus_distr_l; apply Rmult_le_compat_l; assumption.
unfold e; apply Rle_trans with (1 := T).
replace (f / g * ((4 * N + 1.97 + 2.01) * largest + (5 * N + 3.99 + 2.01) * s)) with
  ((4 * N + 1.97 + 2.01) * (f / g * largest) + (5 * N + 3.99 + 2.01) * (f / g * s)) by ring.
apply Rplus_le_compat; [apply Rmult_le_compat_l; lra|lra].
Qed.

Local Notation q m := (value + INR (S n - K) / N * advantage m).
Local Notation v_without m := (value - INR K / N * advantage m).

(* (39) *)
Theorem plain_pkpo m y z : (m <= n)%nat -> scaled (INR (S n - K)) N (plain_advantage m) y -> scaled (INR K) N (fl (plain_value + y)) z ->
  Rabs (z - INR K / N * q m) <=
  (5 * N + 6) * u * (INR K / N * (largest + INR (S n - K) / N * scale)) + 1.4 * (value_under + advantage_under).
Proof.
intros mn made times; assert (u0 := u_ge_0); assert (kn : INR K <= N) by (apply le_INR; lia).
destruct (part (INR (S n - K)) m y y 1 (INR K) N z ltac:(split; [apply pos_INR|apply le_INR; lia]) mn made
  ltac:(left; split; reflexivity) (pos_INR K) ltac:(lra) kn times) as (t & p0 & t1 & _ & _ & H).
rewrite Rmult_1_l in H; apply Rle_trans with (1 := H); apply Rplus_le_compat_r.
rewrite (Rmult_comm (5 * N + 6) u), Rmult_assoc; apply Rmult_le_compat_l; [exact u0|].
assert (l0 : 0 <= INR K / N * largest).
  apply Rmult_le_pos; [apply Rmult_le_pos; [apply pos_INR|apply Rlt_le, Rinv_0_lt_compat; lra]|exact largest_ge_0].
assert ((5 * N + 6) * t <= (5 * N + 6) * (INR K / N * (INR (S n - K) / N * scale))) by (apply Rmult_le_compat_l; lra).
assert ((4 * N + 3.98) * (INR K / N * largest) <= (5 * N + 6) * (INR K / N * largest)) by (apply Rmult_le_compat_r; lra).
lra.
Qed.

(* (40) *)
Theorem plain_pkpo_loo m y z y' z' : (m <= n)%nat ->
  scaled (INR (S n - K)) N (plain_advantage m) y -> scaled (INR K) N (fl (plain_value + y)) z ->
  scaled (INR K) N (plain_advantage m) y' -> scaled (INR K) (INR n) (fl (plain_value - y')) z' ->
  Rabs (fl (z - z') - (INR K / N * q m - INR K / INR n * v_without m)) <=
  (5 * N + 6) * u * (INR K / N * (largest + INR (S n - K) / N * scale) + INR K / INR n * (largest + INR K / N * scale)) +
  2.9 * (value_under + advantage_under).
Proof.
intros mn made times made' times'; assert (u0 := u_ge_0); assert (kn : INR K <= N) by (apply le_INR; lia).
assert (kn' : INR K <= INR n) by (apply le_INR; exact K_le_n); assert (n1 : 1 <= INR n) by (apply (le_INR 1); lia).
destruct (part (INR (S n - K)) m y y 1 (INR K) N z ltac:(split; [apply pos_INR|apply le_INR; lia]) mn made
  ltac:(left; split; reflexivity) (pos_INR K) ltac:(lra) kn times) as (t & p0 & p1 & p2 & P & H).
destruct (part (INR K) m y' (- y') (-1) (INR K) (INR n) z' ltac:(split; [apply pos_INR|exact kn']) mn made'
  ltac:(right; split; reflexivity) (pos_INR K) n1 kn' times') as (t' & p0' & p1' & p2' & P' & H').
rewrite Rmult_1_l in P, H; replace (value + -1 * (INR K / N * advantage m)) with (v_without m) in P', H' by ring.
set (e := INR K / N * q m) in *; set (e' := INR K / INR n * v_without m) in *.
set (l := INR K / N * largest) in *; set (l' := INR K / INR n * largest) in *.
assert (l0 : 0 <= l) by lra; assert (l0' : 0 <= l') by lra; set (W := value_under + advantage_under) in *.
assert (W0 : 0 <= W) by (assert (t0 := tiny_ge_0); assert (w0 := value_under_ge); assert (w1 := under_ge_0); unfold W; lra).
assert (Fz := scaled_format emin prec prec_gt_1 _ _ _ _ times); assert (Fz' := scaled_format emin prec prec_gt_1 _ _ _ _ times').
assert (G := added_right emin prec prec_gt_1 z (- z') e (- e') _ _ _ _ Fz (generic_format_opp _ _ _ Fz') P
  ltac:(rewrite Rabs_Ropp; exact P') H ltac:(replace (- z' - - e') with (- (z' - e')) by ring; rewrite Rabs_Ropp; exact H')).
replace (z - z') with (z + - z') by ring; replace (e - e') with (e + - e') by ring.
apply Rle_trans with (1 := G).
assert (small : forall x, 0 <= x -> u * ((5 * N + 6) * x) <= 0.003 * x).
  intros x x0; rewrite <- Rmult_assoc; apply Rmult_le_compat_r; [exact x0|lra].
assert (s1 := small l l0); assert (s2 := small t p0); assert (s3 := small l' l0'); assert (s4 := small t' p0').
set (B := (4 * N + 3.98) * l + (5 * N + 6) * t) in *; set (B' := (4 * N + 3.98) * l' + (5 * N + 6) * t') in *.
assert (ul : 0 <= (N + 2) * l /\ 0 <= (N + 2) * l') by (split; apply Rmult_le_pos; lra).
assert (b1 : u * B <= 0.003 * (l + t)) by (apply Rle_trans with (u * ((5 * N + 6) * l + (5 * N + 6) * t)); [apply Rmult_le_compat_l; unfold B; lra|lra]).
assert (b2 : u * B' <= 0.003 * (l' + t')) by (apply Rle_trans with (u * ((5 * N + 6) * l' + (5 * N + 6) * t')); [apply Rmult_le_compat_l; unfold B'; lra|lra]).
assert (b3 : u * (u * B) <= u * (0.003 * (l + t))) by (apply Rmult_le_compat_l; assumption).
assert (b4 : u * (u * B') <= u * (0.003 * (l' + t'))) by (apply Rmult_le_compat_l; assumption).
assert (uW : u * W <= 0.001 * W) by (apply Rmult_le_compat_r; lra).
assert (nl : 2 * l <= N * l /\ 2 * l' <= N * l') by (split; apply Rmult_le_compat_r; lra).
assert (C : B + 1.003 * (l + t) + (B' + 1.003 * (l' + t')) <= (5 * N + 6) * (l + t) + (5 * N + 6) * (l' + t')) by (unfold B, B'; lra).
assert (C' := Rmult_le_compat_l u _ _ u0 C).
assert (M : (5 * N + 6) * (l + t) + (5 * N + 6) * (l' + t') <=
    (5 * N + 6) * (INR K / N * (largest + INR (S n - K) / N * scale) + INR K / INR n * (largest + INR K / N * scale))).
  rewrite <- Rmult_plus_distr_l; apply Rmult_le_compat_l; [lra|]; unfold l, l' in *; lra.
assert (M' := Rmult_le_compat_l u _ _ u0 M); lra.
Qed.
End Loops.

(* (48): weights are 1, and products with them no roundings. *)
Section Deviations.
Variables (n : nat) (r : nat -> R) (scale : R).
Local Notation N := (INR (S n)).
Local Notation deviation m := (r m - sum r (S n) / N).
Definition plain_deviation : nat -> R := centred emin prec (fun _ => plain) r (fun _ => 1) n.

Hypothesis n_gt_0 : (0 < n)%nat.
Hypothesis u_small : u <= / 1048576.
Hypothesis N_small : 5 * N ^ 2 * u <= 1.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (deviation m) <= scale.

Theorem plain_dr_grpo m : (m <= n)%nat -> Rabs (plain_deviation m - deviation m) <= (2 * N + 4.04) * u * scale + 1.01 * (N * tiny).
Proof.
intros mn; assert (u0 := u_ge_0); assert (N2 : 2 <= N) by (apply (le_INR 2); lia).
rewrite <- centred_gaps.
assert (H := plain_beside emin prec prec_gt_1 emin_le_0 r (fun _ => 1) (fun _ => 1) (fun _ => 1) n 0 0 scale n_gt_0 r_format r_sorted
  ltac:(intros; cbv beta; rewrite Rabs_R1; lra) ltac:(intros; cbv beta; rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; lra)
  ltac:(split; [lra|apply Rmult_le_pos; lra]) (Rle_refl 0) u_small N_small).
rewrite Rmult_0_l, !Rplus_0_l in H; apply H; [|exact mn].
intros k kn; change (abs_term r (fun _ => 1)) with (exact_term r (fun _ => 1)); rewrite centred_gaps; apply scale_right; exact kn.
Qed.

(* (47) *)
Theorem plain_rloo m y : (m <= n)%nat -> scaled N (INR n) (plain_deviation m) y ->
  Rabs (y - (r m - (sum r (S n) - r m) / INR n)) <= (2 * N + 6.06) * u * (N / INR n * scale) + 3.2 * (N * tiny).
Proof.
intros mn made; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (N2 : 2 <= N) by (apply (le_INR 2); lia).
assert (n1 : 1 <= INR n) by (apply (le_INR 1); lia); assert (Nn : N = INR n + 1) by apply S_INR.
assert (qu : 0 <= N * u <= 0.0005) by (split; [apply Rmult_le_pos|nra]; lra).
assert (s0 : 0 <= scale) by (apply Rle_trans with (2 := scale_right 0 ltac:(lia)); apply Rabs_pos).
replace (r m - (sum r (S n) - r m) / INR n) with (N / INR n * deviation m) by (rewrite Nn; field; lra).
set (W := (2 * N + 4.04) * u); assert (W0 : 0 <= W <= 0.0011) by (unfold W; split; [apply Rmult_le_pos|]; lra).
assert (nt : 2 * tiny <= N * tiny) by (apply Rmult_le_compat_r; lra).
assert (H := scaled_right emin prec prec_gt_1 N (INR n) _ y (deviation m) scale W (1.01 * (N * tiny)) ltac:(lra) n1 made (scale_right m mn)
  (plain_dr_grpo m mn) (proj1 W0) ltac:(lra) ltac:(lra)).
apply Rle_trans with (1 := H).
assert (U2 : (1 + u) ^ 2 <= 1 + 2.0001 * u) by nra.
assert (r2 : 1 <= N / INR n <= 2) by (split; apply Rmult_le_reg_r with (INR n); try lra; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra).
assert (T1 : ((1 + u) ^ 2 * (1 + W) - 1) * (N / INR n * scale) <= (2 * N + 6.06) * u * (N / INR n * scale)).
  apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|].
  assert ((1 + u) ^ 2 * (1 + W) <= (1 + 2.0001 * u) * (1 + W)) by (apply Rmult_le_compat_r; lra).
  assert (2.0001 * u * W <= 2.0001 * u * 0.0011) by (apply Rmult_le_compat_l; lra); unfold W in *; lra.
assert (T2 : N / INR n * ((1 + u) ^ 2 * (1.01 * (N * tiny))) <= 2 * (1.001 * (1.01 * (N * tiny)))).
  apply Rmult_le_compat; [lra|apply Rmult_le_pos; nra|lra|apply Rmult_le_compat_r; lra].
lra.
Qed.

(* (50) *)
Theorem plain_runner_up_gap : Rabs (fl (r n - r (Nat.pred n)) - (r n - r (Nat.pred n))) <= u * Rabs (r n - r (Nat.pred n)).
Proof. apply fl_sub; apply r_format; lia. Qed.
End Deviations.
End Format.
