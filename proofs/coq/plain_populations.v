(* (58) and (59) for populations of m = n + 1 atoms and K = k + 1 ranks, as plain loops compute them, section 9.5:

     advantage  (30)   centred sums of the gaps times b_alpha(F_t), by de Casteljau's scheme     (5 (m + 2K) + 6) u of scale
     value      (31)   fl(fl(r_m beta_K) - the sum of fl(fl(fl(gap) F_t) b_beta(F_t)))            of V
     include-one (32)  fl(value + advantage)                                                     of V + scale
     gradients         fl(K include-one) (33), fl(fl(K p) advantage) (34)                        of K (V + scale), K p scale

   and what underflows. beta_j = K/j (alpha_1 + .. + alpha_j), in two roundings, from sums from the left; V = max |r| times the sum of
   |alpha|. F_t are numbers of the format from 0 to 1, and the answer is that at these F_t. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums rounded_advantages plain_weights near casteljau centred_atoms plain_gradients.
Local Open Scope R_scope.

Section Format.
Variables emin prec : Z.
Hypothesis prec_gt_1 : (1 < prec)%Z.
Hypothesis emin_le_0 : (emin <= 0)%Z.
Notation format := (generic_format radix2 (FLT_exp emin prec)).
Local Notation fl := (fl emin prec).
Local Notation u := (u prec).
Local Notation tiny := (tiny emin).
Local Notation plain := (plain emin prec).
Local Notation scaled := (scaled emin prec).
Local Notation fl_format := (fl_format emin prec prec_gt_1).
Local Notation casteljau_plainly := (casteljau_plainly emin prec).
Local Notation centred_plainly := (centred_plainly emin prec).

Section Loops.
Variables (k n : nat) (alpha alpha_abs read r p F : nat -> R) (scale : R).
Local Notation K := (INR (S k)).
Local Notation m := (INR (S n)).
Local Notation range := (r n - r 0%nat).

Hypothesis alpha_right : forall j, (j <= k)%nat -> Rabs (alpha j) <= alpha_abs j.
Hypothesis read_right : forall j, (j <= k)%nat -> Rabs (read j - alpha j) <= 3.01 * u * alpha_abs j + tiny.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis p_ge_0 : forall b, (b <= n)%nat -> 0 <= p b.
Hypothesis p_total : sum p (S n) = 1.
Hypothesis F_right : forall t, (t < n)%nat -> 0 <= F t <= 1.
Hypothesis F_format : forall t, (t < n)%nat -> format (F t).
Hypothesis small : (m + 2 * K) * u <= 0.001.

Definition gap_weight (alpha : nat -> R) t : R := casteljau (F t) alpha k 0.
Definition exact_advantage : nat -> R := centred_by p n (exact_term r (gap_weight alpha)).
Definition plain_advantage : nat -> R := centred_plainly r (fun t => casteljau_plainly (F t) read k 0) p n.
Definition advantage_under : R := (2.3 * K * range + 2.2 * m) * tiny.
Hypothesis scale_right : forall b, (b <= n)%nat -> Rabs (centred_by p n (abs_term r (gap_weight alpha_abs)) b) <= scale.

Let u0 : 0 <= u := u_ge_0 prec.
Let t0 : 0 <= tiny := tiny_ge_0 emin.
Let k0 : 0 <= INR k := pos_INR k.
Let n0 : 0 <= INR n := pos_INR n.
Let Kk : K = INR k + 1 := S_INR k.
Let mn : m = INR n + 1 := S_INR n.
Let one_format : format 1.
Proof. apply generic_format_FLT_1; [unfold Prec_gt_0; lia|exact emin_le_0]. Qed.
Let small_parts : 0 <= INR k * u /\ 0 <= INR n * u /\ 3 * u + INR n * u + 2 * (INR k * u) <= 0.001.
Proof. repeat split; try (apply Rmult_le_pos; assumption); rewrite Kk, mn in small; lra. Qed.
Let read_near j : (j <= k)%nat -> near (read j) (alpha j) (alpha_abs j) (3.01 * u) tiny.
Proof. intros jk; apply near_of; [apply read_right|apply alpha_right]; exact jk. Qed.
Let scale_ge_0 : 0 <= scale.
Proof. apply Rle_trans with (2 := scale_right 0 (Nat.le_0_l n)); apply Rabs_pos. Qed.
Lemma range_ge_0 a b : (a <= b <= n)%nat -> 0 <= r b - r a.
Proof. exact (centred_atoms.range_ge_0 r n r_sorted a b). Qed.

(* Eq. (30). *)
Lemma advantage_near b : (b <= n)%nat -> Rabs (plain_advantage b - exact_advantage b) <= (3.1 * (m + K) + 1.1) * u * scale + advantage_under.
Proof.
intros bn; destruct small_parts as (ku & nu & s); set (omega := 3 * INR k * u + 3.01 * u); set (zeta := exp (3 * INR k * u) * (tiny + 2 * INR k * tiny)).
assert (W : forall t, (t < n)%nat -> near (casteljau_plainly (F t) read k 0) (gap_weight alpha t) (gap_weight alpha_abs t) omega zeta).
  intros t tn; apply (casteljau_right emin prec prec_gt_1); auto; [lra|]; intros j jk; apply read_near; lia.
assert (Z : 0 <= zeta <= 2.01 * K * tiny).
  assert (E := exp_small (3 * INR k * u) ltac:(lra)); assert (E1 := exp_pos (3 * INR k * u)); assert (kt : 0 <= INR k * tiny) by (apply Rmult_le_pos; assumption).
  assert (kk : 0 <= 3 * INR k * u <= 0.0015) by lra; set (x := 3 * INR k * u) in *.
  assert (x2 : x ^ 2 <= 0.0015 * x) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra).
  unfold zeta; split; [apply Rmult_le_pos; lra|].
  apply Rle_trans with (1.002 * (tiny + 2 * INR k * tiny)); [apply Rmult_le_compat_r; lra|rewrite Kk; lra].
assert (H := centred_within_by emin prec prec_gt_1 r _ p n _ _ p omega zeta 0 scale r_format r_sorted p_ge_0 p_total
  (fun b _ => ltac:(unfold Rminus at 1; rewrite Rplus_opp_r, Rabs_R0; lra)) W ltac:(unfold omega; lra) (proj1 Z) (Rle_refl 0) scale_right); cbv zeta in H.
set (off := omega + 0 + (3 * m + 1) * u) in H.
assert (O : off = 3 * (INR n * u) + 3 * (INR k * u) + 7.01 * u) by (unfold off, omega; rewrite mn; lra).
apply Rle_trans with (1 := H ltac:(lra) b bn); clear H; apply Rplus_le_compat.
  apply Rmult_le_compat_r; [exact scale_ge_0|]; assert (off * off <= 0.003 * off) by (apply Rmult_le_compat_r; lra).
  replace ((3.1 * (m + K) + 1.1) * u) with (3.1 * (INR n * u + INR k * u) + 7.3 * u) by (rewrite mn, Kk; lra); lra.
assert (R0 := range_ge_0 0 n ltac:(lia)); unfold advantage_under.
assert (1.12 * zeta * range <= 1.12 * (2.01 * K * tiny) * range) by (apply Rmult_le_compat_r; lra).
assert (0 <= K * range * tiny) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra|exact t0]); lra.
Qed.

Lemma advantage_small b : (b <= n)%nat -> Rabs (exact_advantage b) <= scale.
Proof.
intros bn; assert (W : forall t, (t < n)%nat -> Rabs (gap_weight alpha t) <= gap_weight alpha_abs t).
  intros t tn; apply (casteljau_right emin prec prec_gt_1 (F t) alpha alpha alpha_abs 0 0 k (F_right t tn) (F_format t tn) one_format); try lra.
  intros j jk; apply near_self, alpha_right; lia.
exact (proj2 (centred_right_by emin prec prec_gt_1 r (gap_weight alpha) p n (gap_weight alpha) (gap_weight alpha_abs) p 0 0 0 scale r_format r_sorted p_ge_0 p_total
  (fun b _ => ltac:(unfold Rminus at 1; rewrite Rplus_opp_r, Rabs_R0;
    lra)) (fun t tn => near_self _ _ (W t tn)) (Rle_refl 0) (Rle_refl 0) (Rle_refl 0) scale_right b bn)).
Qed.

Let n_times : 5 * (m + 2 * K) + 6 = 5 * INR n + 10 * INR k + 21.
Proof. rewrite mn, Kk; ring. Qed.

Theorem plain_population_advantage b : (b <= n)%nat ->
  Rabs (plain_advantage b - exact_advantage b) <= (5 * (m + 2 * K) + 6) * u * scale + advantage_under.
Proof.
intros bn; apply Rle_trans with (1 := advantage_near b bn); apply Rplus_le_compat_r, Rmult_le_compat_r; [exact scale_ge_0|].
apply Rmult_le_compat_r; [exact u0|]; rewrite n_times, mn, Kk; lra.
Qed.
(* Where the scale is zero, advantages are exact. *)
Hypothesis read_none : forall j, (j <= k)%nat -> alpha_abs j = 0 -> read j = 0.

Theorem plain_population_advantage_of_none b : (b <= n)%nat -> scale = 0 -> plain_advantage b = 0 /\ exact_advantage b = 0.
Proof.
intros bn none; assert (g0 : forall t, (t < n)%nat -> 0 <= gap_weight alpha_abs t).
  intros t tn; apply casteljau_ge_0; [apply F_right; exact tn|]; intros i ik; apply Rle_trans with (2 := alpha_right i ltac:(lia)); apply Rabs_pos.
split; [|assert (H := advantage_small b bn); rewrite none in H; apply Rabs_le_inv in H; lra].
apply centred_of_none; [|exact bn]; intros t tn.
assert (S0 : forall a, (a <= n)%nat -> sum (abs_term r (gap_weight alpha_abs)) a = mean_by p n (sum (abs_term r (gap_weight alpha_abs)))).
  intros a an; assert (H := scale_right a an); apply Rabs_le_inv in H; unfold centred_by in H; lra.
assert (T := S0 (S t) tn); rewrite <- (S0 t (Nat.lt_le_incl _ _ tn)) in T; simpl sum in T.
destruct (Rmult_integral (gap_weight alpha_abs t) (r (S t) - r t)) as [E|E]; [unfold abs_term in T; lra| |left; lra].
right; apply casteljau_of_none with (t := alpha_abs); [apply F_right; exact tn| |exact E].
intros j jk; split; [apply Rle_trans with (2 := alpha_right j ltac:(lia)); apply Rabs_pos|apply read_none; lia].
Qed.

(* The objective, eq. (31). *)
Variables (largest : R) (beta : nat -> R).
Hypothesis read_format : forall j, (j <= k)%nat -> format (read j).
Hypothesis r_small : forall t, (t <= n)%nat -> Rabs (r t) <= largest.
Hypothesis beta_made : forall j, (j <= k)%nat -> scaled K (INR (S j)) (plain read j) (beta j).

Local Notation A := (sum alpha_abs (S k)).
Definition Phi (alpha : nat -> R) t : R := casteljau (F t) (sum alpha) (S k) 0.
Definition V : R := largest * A.
Definition layer t : R := fl (fl (fl (r (S t) - r t) * F t) * casteljau_plainly (F t) beta k 0).
Definition top : R := fl (r n * beta k).
Definition less (a : R) (x : nat -> R) (b : nat) : R := match b with O => a | S t => fl (a - plain x t) end.
Definition plain_objective : R := less top layer n.
Definition exact_objective : R := r n * sum alpha (S k) - sum (fun t => (r (S t) - r t) * Phi alpha t) n.
Definition objective_under : R := m * K ^ 2 * (10.5 * largest + 1.1 * A + 4) * tiny.

Let alpha_ge_0 j : (j <= k)%nat -> 0 <= alpha_abs j.
Proof. intros jk; apply Rle_trans with (2 := alpha_right j jk); apply Rabs_pos. Qed.
Let largest_ge_0 : 0 <= largest.
Proof. apply Rle_trans with (2 := r_small 0%nat (Nat.le_0_l n)); apply Rabs_pos. Qed.
Let partial e j : (forall i, (i <= k)%nat -> 0 <= e i) -> (j <= S k)%nat -> 0 <= sum e j <= sum e (S k).
Proof.
intros e0 jk; assert (E : forall i, (i <= S k)%nat -> sum e i = sum (size e) i).
  intros i ik; apply sum_eq; intros a ai; unfold size; rewrite Rabs_pos_eq; [reflexivity|apply e0; lia].
rewrite (E j jk), (E (S k) (le_n _)); split; [apply size_ge_0|apply sum_size_mono; exact jk].
Qed.
Let A_ge_0 : 0 <= A. Proof. apply (partial alpha_abs (S k) alpha_ge_0 (le_n _)). Qed.

(* Layers of weights that are not negative are shares of the range. *)
Let layers_bounded e : (forall j, (j <= k)%nat -> 0 <= e j) -> Rabs (r n * sum e (S k) - sum (fun t => (r (S t) - r t) * Phi e t) n) <= largest * sum e (S k).
Proof.
intros e0; set (E := sum e (S k)); assert (E0 := proj1 (partial e (S k) e0 (le_n _)) : 0 <= E).
assert (H : forall a, (a <= n)%nat -> 0 <= sum (fun t => (r (S t) - r t) * Phi e t) a <= (r a - r 0%nat) * E).
  induction a as [|a IH]; intros an; [simpl; lra|]; assert (B := IH ltac:(lia)); assert (D := r_sorted a ltac:(lia)).
  assert (P : 0 <= Phi e a <= E) by (apply casteljau_bounded; [apply F_right; lia|]; intros i ik; apply partial; [exact e0|lia]).
  change (sum (fun t => (r (S t) - r t) * Phi e t) (S a)) with (sum (fun t => (r (S t) - r t) * Phi e t) a + (r (S a) - r a) * Phi e a); nra.
assert (B := H n (le_n n)); assert (R1 := r_small n (le_n n)); assert (R0 := r_small 0%nat ltac:(lia)).
apply Rabs_le_inv in R1; apply Rabs_le_inv in R0; apply Rabs_le; nra.
Qed.

Lemma objective_small : Rabs exact_objective <= V.
Proof.
pose (up j := / 2 * alpha_abs j + / 2 * alpha j); pose (down j := / 2 * alpha_abs j + (- / 2) * alpha j).
assert (e0 : forall j, (j <= k)%nat -> 0 <= up j /\ 0 <= down j) by (intros j jk; assert (H := alpha_right j jk); apply Rabs_le_inv in H; unfold up, down; lra).
assert (U := layers_bounded up (fun j jk => proj1 (e0 j jk))); assert (D := layers_bounded down (fun j jk => proj2 (e0 j jk))).
assert (L : forall j, sum alpha j = sum up j - sum down j /\ sum alpha_abs j = sum up j + sum down j).
  intros j; unfold up, down; rewrite !sum_linear; lra.
assert (P : forall G s j, casteljau G (sum alpha) s j = casteljau G (sum up) s j - casteljau G (sum down) s j).
  intros G; induction s as [|s IH]; intros j; simpl; [apply L|rewrite !IH; ring].
unfold exact_objective, V; replace (r n * sum alpha (S k) - sum (fun t => (r (S t) - r t) * Phi alpha t) n) with
  ((r n * sum up (S k) - sum (fun t => (r (S t) - r t) * Phi up t) n) + - (r n * sum down (S k) - sum (fun t => (r (S t) - r t) * Phi down t) n)).
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp, (proj2 (L (S k))); lra.
rewrite (proj1 (L (S k))); replace (sum (fun t => (r (S t) - r t) * Phi alpha t) n) with
  (sum (fun t => 1 * ((r (S t) - r t) * Phi up t) + -1 * ((r (S t) - r t) * Phi down t)) n); [rewrite sum_linear; ring|].
apply sum_eq; intros t tn; unfold Phi; rewrite P; ring.
Qed.

(* The coefficients of Phi(u) / u. *)
Let beta_near j : (j <= k)%nat -> near (beta j) (tails alpha (S k) j) (tails alpha_abs (S k) j) ((INR k + 5.01) * u) (3.1 * K ^ 2 * tiny).
Proof.
intros jk; destruct small_parts as (ku & nu & s).
assert (N := near_plain emin prec prec_gt_1 read alpha alpha_abs (3.01 * u) tiny k read_format read_near ltac:(lra) t0 j jk).
set (z := 1.002 * K * tiny); assert (kt : 0 <= INR k * tiny) by (apply Rmult_le_pos; assumption); assert (z0 : 0 <= z) by (unfold z; rewrite Kk; lra).
assert (ju : 0 <= INR j * u <= INR k * u) by (split; [apply Rmult_le_pos; [apply pos_INR|exact u0]|apply Rmult_le_compat_r; [exact u0|apply le_INR; exact jk]]).
assert (J0 := exp_small (INR j * u) ltac:(lra)); assert (J1 : (INR j * u) ^ 2 <= 0.001 * (INR j * u)) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra).
assert (Sj : 1 <= INR (S j) <= K) by (split; [apply (le_INR 1); lia|apply le_INR; lia]).
apply near_more with (y' := (INR k + 3.01) * u) (z' := z) in N; [|lra|].
2:{ unfold z; rewrite Rmult_assoc; apply Rmult_le_compat; [apply Rlt_le, exp_pos|apply Rmult_le_pos; lra|lra|apply Rmult_le_compat_r; lra]. }
set (c := K / INR (S j)); assert (i0 : 0 < / INR (S j) <= 1) by (split; [apply Rinv_0_lt_compat; lra|rewrite <- Rinv_1; apply Rinv_le_contravar; lra]).
assert (c0 : 0 <= c <= K) by (unfold c, Rdiv; split; [apply Rmult_le_pos; lra|rewrite <- (Rmult_1_r K) at 2; apply Rmult_le_compat_l; lra]).
assert (U0 := exp_small u ltac:(lra)); assert (U1 := exp_ge_1 u u0); assert (uu : u ^ 2 <= 0.001 * u) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra).
assert (e1 : exp u <= 1.001) by lra; assert (e0 := exp_pos u); assert (k0' : 0 <= (INR k + 3.01) * u) by (rewrite Rmult_plus_distr_r; lra).
assert (cz : 0 <= c * z <= K * z) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; lra]); assert (Kz : 0 <= K * z) by lra.
assert (KK : K * z <= 1.002 * K ^ 2 * tiny) by (unfold z; right; ring); assert (K1 : tiny <= K ^ 2 * tiny).
  rewrite <- (Rmult_1_l tiny) at 1; apply Rmult_le_compat_r; [exact t0|rewrite Kk; nra].
unfold tails; fold c; destruct (beta_made j jk) as [(q & Q & ->)| ->].
  fold c in Q; assert (H := near_fl emin prec prec_gt_1 _ _ _ _ _ (near_scaled c q u _ _ _ _ _ (proj1 c0) u0 Q N k0') ltac:(lra)
    ltac:(apply Rmult_le_pos; lra)).
  apply near_more with (1 := H); [lra|]; assert (exp u * (c * z) <= 1.001 * (K * z)) by (apply Rmult_le_compat; lra).
  assert (exp u * (exp u * (c * z)) <= 1.001 * (1.001 * (K * z))) by (apply Rmult_le_compat; try lra; apply Rmult_le_pos; lra); lra.
assert (H := near_fl emin prec prec_gt_1 _ _ _ _ _ (near_times K _ _ _ _ _ ltac:(lra) N) k0' ltac:(lra)).
assert (eK : 0 <= exp u * (K * z) <= 1.001 * (K * z)) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (H1 := near_fl emin prec prec_gt_1 _ _ _ _ _ (near_times (/ INR (S j)) _ _ _ _ _ (Rlt_le _ _ (proj1 i0)) H) ltac:(lra) ltac:(apply Rmult_le_pos; lra)).
replace (c * sum alpha (S j)) with (/ INR (S j) * (K * sum alpha (S j))) by (unfold c, Rdiv; ring).
replace (c * sum alpha_abs (S j)) with (/ INR (S j) * (K * sum alpha_abs (S j))) by (unfold c, Rdiv; ring).
unfold Rdiv; rewrite (Rmult_comm (fl _)); apply near_more with (1 := H1); [lra|].
assert (exp u * (/ INR (S j) * (exp u * (K * z) + tiny)) <= 1.001 * (1 * (1.001 * (K * z) + tiny))).
  apply Rmult_le_compat; try lra; [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra].
lra.
Qed.

(* A layer: three roundings and those of b_beta. *)
Definition layer_under : R := K ^ 2 * (10.4 * largest + 1.02 * A + 3.7) * tiny.
Let layer_near t : (t < n)%nat ->
  near (layer t) ((r (S t) - r t) * Phi alpha t) ((r (S t) - r t) * Phi alpha_abs t) ((4 * INR k + 8.01) * u) layer_under.
Proof.
intros tn; destruct small_parts as (ku & nu & s); set (d := r (S t) - r t); assert (d0 : 0 <= d) by (assert (H := r_sorted t tn); unfold d; lra).
assert (d2 : d <= 2 * largest).
  assert (H := r_small t ltac:(lia)); assert (H1 := r_small (S t) tn); apply Rabs_le_inv in H; apply Rabs_le_inv in H1; unfold d; lra.
assert (F0 := F_right t tn); assert (D := fl_sub emin prec prec_gt_1 _ _ (r_format (S t) tn) (r_format t ltac:(lia))); fold d in D; rewrite (Rabs_pos_eq d d0) in D.
assert (G := near_fl emin prec prec_gt_1 _ _ _ _ _ (near_scaled d (fl d) u _ _ _ _ _ d0 u0 D (near_self (F t) (F t)
  ltac:(rewrite Rabs_pos_eq; lra)) (Rle_refl 0)) ltac:(lra) ltac:(lra)).
set (z2 := 3.1 * K ^ 2 * tiny) in *; assert (kt : 0 <= INR k * tiny) by (apply Rmult_le_pos; assumption).
assert (K2 : K <= K ^ 2) by (rewrite Kk; nra); assert (Kt : 0 <= K * tiny <= K ^ 2 * tiny) by (split; [rewrite Kk; lra|apply Rmult_le_compat_r; assumption]).
assert (z20 : 0 <= z2) by (unfold z2; lra); assert (y0 : 0 <= (INR k + 5.01) * u) by (rewrite Rmult_plus_distr_r; lra).
assert (B := casteljau_right emin prec prec_gt_1 (F t) beta (tails alpha (S k)) (tails alpha_abs (S k)) _ _
  k F0 (F_format t tn) one_format y0 z20 0 (fun j jk => beta_near j ltac:(lia))).
set (z3 := exp (3 * INR k * u) * (z2 + 2 * INR k * tiny)) in *.
assert (E := exp_small (3 * INR k * u) ltac:(lra)); assert (E1 := exp_pos (3 * INR k * u));
  assert (x2 : (3 * INR k * u) ^ 2 <= 0.0015 * (3 * INR k * u)) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra).
assert (Z3 : 0 <= z3 <= 5.12 * (K ^ 2 * tiny)).
  unfold z3; split; [apply Rmult_le_pos; lra|]; apply Rle_trans with (1.002 * (z2 + 2 * INR k * tiny));
    [apply Rmult_le_compat_r; lra|unfold z2; rewrite Kk in *; lra].
set (tb := casteljau (F t) (tails alpha_abs (S k)) k 0) in *; set (eb := casteljau (F t) (tails alpha (S k)) k 0) in *.
assert (T : 0 <= tb <= K * A).
  apply casteljau_bounded; [exact F0|]; intros j jk; unfold tails; assert (P := partial alpha_abs (S j) alpha_ge_0 ltac:(lia)).
  assert (i0 : 0 < / INR (S j) <= 1) by (assert (1 <= INR (S j)) by (apply (le_INR 1); lia); split; [apply Rinv_0_lt_compat; lra|rewrite <- Rinv_1;
    apply Rinv_le_contravar; lra]).
  assert (K1 : 0 <= K) by (rewrite Kk; lra); unfold Rdiv; split; [apply Rmult_le_pos; [apply Rmult_le_pos; lra|lra]|].
  rewrite Rmult_assoc; apply Rmult_le_compat_l; [exact K1|]; rewrite <- (Rmult_1_l A); apply Rmult_le_compat; lra.
set (yb := 3 * INR k * u + (INR k + 5.01) * u) in *; assert (yb0 : 0 <= yb <= 0.0026) by (unfold yb; rewrite Rmult_plus_distr_r in *; lra).
apply near_more with (y' := 2 * u) (z' := tiny) in G; [|lra|right; ring].
assert (M := near_mult _ _ _ _ _ _ _ _ _ _ G B ltac:(lra) (proj1 yb0)).
set (z4 := exp (2 * u) * (d * F t) * z3 + exp yb * tb * tiny + tiny * z3) in *.
assert (U2 := exp_small (2 * u) ltac:(lra)); assert (U1 := exp_small u ltac:(lra)); assert (UB := exp_small yb ltac:(lra)).
assert (x3 : (2 * u) ^ 2 <= 0.001 * (2 * u)) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra).
assert (x4 : u ^ 2 <= 0.001 * u) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra).
assert (x5 : yb ^ 2 <= 0.0026 * yb) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra).
assert (dF : 0 <= d * F t <= 2 * largest) by (split; [apply Rmult_le_pos; lra|]; apply Rle_trans with (d * 1); [apply Rmult_le_compat_l; lra|lra]).
assert (half : tiny <= / 2) by (unfold floating.tiny; assert (H := bpow_le radix2 emin 0 emin_le_0); simpl in H; lra).
set (Q := K ^ 2 * tiny) in *; assert (LQ : 0 <= largest * Q) by (apply Rmult_le_pos; lra).
assert (Z4 : 0 <= z4 <= 10.3 * (largest * Q) + 1.003 * (K ^ 2 * A * tiny) + 2.57 * Q).
  assert (P1 : 0 <= exp (2 * u) * (d * F t) * z3 <= 1.001 * (2 * largest) * (5.12 * Q)).
    assert (H := exp_pos (2 * u)); assert (P : 0 <= exp (2 * u) * (d * F t) <= 1.001 * (2 * largest)) by (split;
      [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra]).
    split; [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra].
  assert (P2 : 0 <= exp yb * tb * tiny <= 1.003 * (K ^ 2 * A * tiny)).
    assert (H := exp_pos yb); assert (K1 : 0 <= K) by (rewrite Kk; lra); assert (KA : K * A <= K ^ 2 * A) by (apply Rmult_le_compat_r; assumption).
    assert (P : 0 <= exp yb * tb <= 1.003 * (K ^ 2 * A)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra]).
    split; [apply Rmult_le_pos; lra|rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra].
  assert (P3 : 0 <= tiny * z3 <= / 2 * (5.12 * Q)) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat; lra]).
  unfold z4; lra.
assert (N := near_fl emin prec prec_gt_1 _ _ _ _ _ M ltac:(lra) (proj1 Z4)); unfold layer; fold d.
replace (d * Phi alpha t) with (d * F t * eb) by (unfold Phi; rewrite <- Phi_is; unfold eb; ring).
replace (d * Phi alpha_abs t) with (d * F t * tb) by (unfold Phi; rewrite <- Phi_is; unfold tb; ring).
apply near_more with (1 := N); [unfold yb; lra|].
assert (exp u * z4 <= 1.001 * (10.3 * (largest * Q) + 1.003 * (K ^ 2 * A * tiny) + 2.57 * Q)) by (apply Rmult_le_compat; try lra; apply Rlt_le, exp_pos).
assert (0 <= K ^ 2 * A * tiny) by (apply Rmult_le_pos; [apply Rmult_le_pos; [apply pow2_ge_0|exact A_ge_0]|exact t0]).
assert (tiny <= Q) by (unfold Q in *; rewrite Kk in *; lra).
unfold layer_under; replace (K ^ 2 * (10.4 * largest + 1.02 * A + 3.7) * tiny) with (10.4 * (largest * Q) + 1.02 * (K ^ 2 * A * tiny) + 3.7 * Q)
  by (unfold Q; lra); lra.
Qed.

Let layers_small a : (a <= n)%nat -> 0 <= sum (fun t => (r (S t) - r t) * Phi alpha_abs t) a <= (r a - r 0%nat) * A.
Proof.
induction a as [|a IH]; intros an; [simpl; lra|]; assert (B := IH ltac:(lia)); assert (D := r_sorted a ltac:(lia)).
assert (P : 0 <= Phi alpha_abs a <= A) by (apply casteljau_bounded; [apply F_right; lia|]; intros i ik; apply partial; [exact alpha_ge_0|lia]).
change (sum (fun t => (r (S t) - r t) * Phi alpha_abs t) (S a)) with (sum (fun t => (r (S t) - r t) * Phi alpha_abs t) a + (r (S a) - r a) * Phi alpha_abs a); nra.
Qed.

(* More than is needed for one atom, and for two or more what leaves room for the roundings that follow. *)
Lemma objective_within : Rabs (plain_objective - exact_objective) <= (5 * m + 9.5 * K + 4) * u * V + objective_under.
Proof.
destruct small_parts as (ku & nu & s); set (z2 := 3.1 * K ^ 2 * tiny); assert (K1 : 1 <= K) by (rewrite Kk; lra); assert (K2 : 1 <= K ^ 2) by nra.
assert (y0 : 0 <= (INR k + 5.01) * u) by (rewrite Rmult_plus_distr_r; lra); assert (LA := largest_ge_0); assert (AA := A_ge_0);
  assert (V0 : 0 <= V) by (apply Rmult_le_pos; assumption).
set (Q := K ^ 2 * tiny); assert (Q0 : tiny <= Q) by (unfold Q; rewrite <- (Rmult_1_l tiny) at 1; apply Rmult_le_compat_r; assumption).
set (LQ := largest * Q); assert (LQ0 : 0 <= LQ) by (apply Rmult_le_pos; lra); set (AQ := A * Q); assert (AQ0 : 0 <= AQ) by (apply Rmult_le_pos; lra).
assert (U0 := exp_small u ltac:(lra)); assert (U1 := exp_ge_1 u u0); assert (uu : u ^ 2 <= 0.001 * u) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra).
assert (figure : forall y, 0 <= y <= 0.003 -> 0 <= exp y - 1 <= 1.0032 * y).
  intros y yy; assert (H := exp_small y ltac:(lra)); assert (H1 := exp_ge_1 y (proj1 yy));
    assert (y ^ 2 <= 0.003 * y) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra); lra.
assert (T : near top (r n * sum alpha (S k)) V (u + (INR k + 5.01) * u) (exp u * (3.1 * LQ) + tiny)).
  unfold top; apply near_fl; try assumption; [|lra];
    assert (H := near_mult _ _ _ _ _ _ _ _ _ _ (near_self (r n) largest (r_small n (le_n n))) (beta_near k (le_n k)) (Rle_refl 0) y0).
  unfold tails in H; replace (K / K) with 1 in H by (field; lra); rewrite !Rmult_1_l, exp_0 in H.
  apply near_more with (1 := H); [lra|unfold LQ, Q; lra].
set (ya := u + (INR k + 5.01) * u) in *; assert (Ya := figure ya ltac:(unfold ya; lra)); set (za := exp u * (3.1 * LQ) + tiny) in *.
assert (Za : 0 <= za <= 3.11 * LQ + tiny).
  assert (0 <= exp u * (3.1 * LQ) <= 1.0011 * (3.1 * LQ)) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra); unfold za; lra.
assert (goal_under : objective_under = m * (10.5 * LQ + 1.1 * AQ + 4 * Q)) by (unfold objective_under, LQ, AQ, Q; lra).
rewrite goal_under; unfold plain_objective; assert (E := T); destruct E as [TE _].
set (eV := (exp ya - 1) * V) in *; assert (EV : 0 <= eV <= 1.0032 * ya * V) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
pose (uV := u * V); assert (uV0 : 0 <= uV) by (apply Rmult_le_pos; assumption); assert (kV : 0 <= INR k * uV) by (apply Rmult_le_pos; assumption).
assert (nV : 0 <= INR n * uV) by (apply Rmult_le_pos; assumption); assert (YV : ya * V = (INR k + 6.01) * uV) by (unfold ya, uV; lra).
replace ((5 * m + 9.5 * K + 4) * u * V) with (5 * (INR n * uV) + 9.5 * (INR k * uV) + 18.5 * uV) by (unfold uV; rewrite mn, Kk; lra).
destruct (Nat.eq_0_gt_0_cases n) as [En|pos].
  assert (O : exact_objective = r n * sum alpha (S k)) by (unfold exact_objective; replace (sum (fun t => (r (S t) - r t) * Phi alpha t) n) with 0
    by (rewrite En; reflexivity); ring).
  rewrite O; replace (less top layer n) with top by (rewrite En; reflexivity); apply Rle_trans with (1 := TE); rewrite mn; rewrite Rmult_plus_distr_r.
  assert (0 <= INR n * (10.5 * LQ + 1.1 * AQ + 4 * Q)) by (apply Rmult_le_pos; lra); lra.
set (b := Nat.pred n); assert (Sb : S b = n) by (unfold b; lia).
assert (L := near_plain emin prec prec_gt_1 layer _ _ _ _ b (fun t _ => fl_format _) (fun t tb => layer_near t ltac:(lia))
  ltac:(rewrite Rmult_plus_distr_r, Rmult_assoc; lra)
  ltac:(unfold layer_under; apply Rmult_le_pos; [apply Rmult_le_pos|]; lra) b (le_n b)).
rewrite Sb in L; replace (less top layer n) with (fl (top - plain layer b)) by (rewrite <- Sb; reflexivity).
assert (nb : INR n = INR b + 1) by (rewrite <- Sb; apply S_INR); assert (b0 := pos_INR b); assert (bu : 0 <= INR b * u) by (apply Rmult_le_pos; assumption).
assert (n1 : INR n * uV = INR b * uV + uV) by (rewrite nb; ring); assert (n2 : INR n * u = INR b * u + u) by (rewrite nb; ring).
assert (Lt : sum (fun t => (r (S t) - r t) * Phi alpha_abs t) n <= 2 * V).
  apply Rle_trans with (1 := proj2 (layers_small n (le_n n))); unfold V; rewrite <- Rmult_assoc; apply Rmult_le_compat_r; [exact AA|].
  assert (H := r_small n (le_n n)); assert (H1 := r_small 0%nat ltac:(lia)); apply Rabs_le_inv in H; apply Rabs_le_inv in H1; lra.
set (yb := INR b * u + (4 * INR k + 8.01) * u) in *; assert (yb1 : 0 <= yb <= 0.003) by (unfold yb; rewrite Rmult_plus_distr_r, Rmult_assoc; lra).
assert (Yb := figure yb yb1); destruct (near_wide _ _ _ _ _ _ L Lt (proj1 yb1)) as [LE _]; set (zb := exp (INR b * u) * (INR n * layer_under)) in *.
assert (LU : layer_under = 10.4 * LQ + 1.02 * AQ + 3.7 * Q) by (unfold layer_under, LQ, AQ, Q; lra).
assert (Zb : 0 <= zb <= 1.002 * (INR n * (10.4 * LQ + 1.02 * AQ + 3.7 * Q))).
  assert (H := figure (INR b * u) ltac:(lra)); assert (0 <= INR n * (10.4 * LQ + 1.02 * AQ + 3.7 * Q)) by (apply Rmult_le_pos; lra).
  unfold zb; rewrite LU; split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra.
set (fV := (exp yb - 1) * (2 * V)) in *; assert (FV : 0 <= fV <= 1.0032 * yb * (2 * V)) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (YV2 : yb * (2 * V) = 2 * (INR b * uV) + (8 * INR k + 16.02) * uV) by (unfold yb, uV; lra).
assert (N : near (top - plain layer b) exact_objective V 0 (eV + za + (fV + zb))).
  split; [rewrite exp_0|apply objective_small].
  unfold exact_objective; replace (top - plain layer b - (r n * sum alpha (S k) - sum (fun t => (r (S t) - r t) * Phi alpha t) n)) with
    ((top - r n * sum alpha (S k)) + - (plain layer b - sum (fun t => (r (S t) - r t) * Phi alpha t) n)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp; lra.
assert (Z0 : 0 <= eV + za + (fV + zb)) by lra.
assert (D := proj1 (near_fl_sub emin prec prec_gt_1 _ _ _ _ _ _ (fl_format _)
  (plain_format emin prec prec_gt_1 layer b (fun _ _ => fl_format _) b (le_n b)) N (Rle_refl 0) Z0)).
rewrite Rplus_0_r in D; apply Rle_trans with (1 := D).
assert (P1 : exp u * (eV + fV) <= eV + fV + 0.02 * uV).
  assert (H : (exp u - 1) * (eV + fV) <= 1.0011 * u * (0.0032 * V + 0.0064 * V)).
    assert (ya * V <= 0.003 * V) by (apply Rmult_le_compat_r; unfold ya; lra); assert (yb * (2 * V) <= 0.003 * (2 * V)) by (apply Rmult_le_compat_r; lra).
    apply Rmult_le_compat; lra.
  unfold uV in *; lra.
assert (P2 : exp u * (za + zb) <= 1.0011 * (za + zb)) by (apply Rmult_le_compat_r; lra).
assert (P3 : (exp u - 1) * V <= 1.0011 * uV) by (unfold uV; rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra).
rewrite mn, Rmult_plus_distr_r; assert (0 <= INR n * LQ) by (apply Rmult_le_pos; assumption); assert (0 <= INR n * AQ) by (apply Rmult_le_pos; assumption).
assert (0 <= INR n * Q) by (apply Rmult_le_pos; lra); assert (0 <= INR b * uV) by (apply Rmult_le_pos; assumption); lra.
Qed.

Theorem plain_population_value : Rabs (plain_objective - exact_objective) <= (5 * (m + 2 * K) + 6) * u * V + objective_under.
Proof.
apply Rle_trans with (1 := objective_within); apply Rplus_le_compat_r; apply Rmult_le_compat_r; [apply Rmult_le_pos; [exact largest_ge_0|exact A_ge_0]|].
apply Rmult_le_compat_r; [exact u0|]; rewrite n_times, mn, Kk; lra.
Qed.

Theorem plain_population_value_of_none : V = 0 -> plain_objective = 0 /\ exact_objective = 0.
Proof.
intros none; assert (fl0 : fl 0 = 0) by (apply round_0, valid_rnd_N); split; [|assert (H := objective_small); rewrite none in H; apply Rabs_le_inv in H; lra].
assert (nothing : (forall t, (t <= n)%nat -> r t = 0) \/ (forall j, (j <= k)%nat -> beta j = 0)).
  destruct (Rmult_integral _ _ none) as [E|E]; [left; intros t tn; assert (H := r_small t tn); rewrite E in H; apply Rabs_le_inv in H; lra|right].
  assert (a0 : forall j, (j <= k)%nat -> read j = 0).
    intros j jk; apply read_none; [exact jk|]; assert (H := partial alpha_abs j alpha_ge_0 ltac:(lia)); assert (H1 := partial alpha_abs (S j) alpha_ge_0 ltac:(lia)).
    assert (H2 := alpha_ge_0 j jk); rewrite E in H, H1; simpl sum in H1; lra.
  assert (P : forall j, (j <= k)%nat -> plain read j = 0).
    induction j as [|j IH]; intros jk; [apply a0; exact jk|simpl; rewrite IH, a0, Rplus_0_l by lia; exact fl0].
  intros j jk; destruct (beta_made j jk) as [(q & _ & ->)| ->]; rewrite P, Rmult_0_r by exact jk; [exact fl0|unfold Rdiv; rewrite fl0, Rmult_0_l; exact fl0].
assert (T : top = 0) by (unfold top; destruct nothing as [E|E]; rewrite E by lia; rewrite ?Rmult_0_l, ?Rmult_0_r; exact fl0).
assert (L : forall t, (t < n)%nat -> layer t = 0).
  intros t tn; unfold layer; destruct nothing as [E|E].
    rewrite !E, Rminus_0_r, fl0, Rmult_0_l, fl0, Rmult_0_l by lia; exact fl0.
  rewrite (casteljau_of_none emin prec (F t) beta (fun _ => 0) k (F_right t tn) 0), Rmult_0_r; [exact fl0|intros i ik; split; [lra|intros _; apply E; lia]|].
  assert (H := casteljau_bounded (F t) (fun _ => 0) 0 k (F_right t tn) 0 (fun i _ => conj (Rle_refl 0) (Rle_refl 0))); lra.
assert (P : forall t, (t < n)%nat -> plain layer t = 0).
  induction t as [|t IH]; intros tn; [apply L; exact tn|change (fl (plain layer t + layer (S t)) = 0); rewrite IH, L, Rplus_0_l by lia; exact fl0].
unfold plain_objective, less; rewrite T; destruct n as [|b]; [reflexivity|rewrite P, Rminus_0_r by lia; exact fl0].
Qed.

Let advantage_under_ge_0 : 0 <= advantage_under.
Proof.
assert (R0 := range_ge_0 0 n ltac:(lia)); apply Rmult_le_pos; [|exact t0]; assert (0 <= K * range) by (apply Rmult_le_pos; [rewrite Kk|]; lra); lra.
Qed.
Let objective_under_ge_0 : 0 <= objective_under.
Proof.
assert (LA := largest_ge_0); assert (AA := A_ge_0); apply Rmult_le_pos; [|exact t0]; apply Rmult_le_pos; [|lra].
apply Rmult_le_pos; [lra|apply pow2_ge_0].
Qed.
Lemma objective_format : format plain_objective.
Proof. unfold plain_objective, top; destruct n; apply fl_format. Qed.

(* Eqs. (32), (33), (34), by plain_gradients.v. *)
Theorem plain_population_inclusion b : (b <= n)%nat ->
  Rabs (fl (plain_objective + plain_advantage b) - (exact_objective + exact_advantage b)) <=
  (5 * (m + 2 * K) + 6) * u * (V + scale) + 1.01 * (objective_under + advantage_under).
Proof.
intros bn; exact (included_right emin prec prec_gt_1 k n _ _ _ _ V scale _ _ small objective_format objective_small objective_within (fl_format _)
  (advantage_small b bn) (advantage_near b bn) objective_under_ge_0 advantage_under_ge_0).
Qed.

Theorem plain_population_gradient b : (b <= n)%nat ->
  Rabs (fl (K * fl (plain_objective + plain_advantage b)) - K * (exact_objective + exact_advantage b)) <=
  (5 * (m + 2 * K) + 6) * u * (K * (V + scale)) + (1.02 * K * (objective_under + advantage_under) + tiny).
Proof.
intros bn; exact (gradient_right emin prec prec_gt_1 k n _ _ _ _ V scale _ _ small objective_format objective_small objective_within (fl_format _)
  (advantage_small b bn) (advantage_near b bn) objective_under_ge_0 advantage_under_ge_0).
Qed.

Theorem plain_population_logit_gradient b : (b <= n)%nat ->
  Rabs (fl (fl (K * p b) * plain_advantage b) - K * p b * exact_advantage b) <=
  (5 * (m + 2 * K) + 6) * u * (K * p b * scale) + 1.01 * ((K * p b + 1) * advantage_under + (scale + 1) * tiny).
Proof.
intros bn; exact (logit_gradient_right emin prec prec_gt_1 emin_le_0 k n _ _ (p b) scale _ small (advantage_small b bn)
  (advantage_near b bn) (p_ge_0 b bn) advantage_under_ge_0).
Qed.
End Loops.

(* Where all sums of probabilities are numbers of the format, the loop's F_t are these sums, as supposed. *)
Theorem exact_chances p n : (forall t, (t <= n)%nat -> 0 <= p t) -> sum p (S n) = 1 -> (forall t, (t < n)%nat -> format (sum p (S t))) ->
  forall t, (t < n)%nat -> plain p t = sum p (S t) /\ 0 <= sum p (S t) <= 1.
Proof.
intros p0 p1 Fp t tn; split.
  induction t as [|t IH]; [simpl; ring|].
  change (plain p (S t)) with (fl (plain p t + p (S t))); rewrite IH by lia; apply round_generic; [apply valid_rnd_N|exact (Fp (S t) tn)].
assert (mono : forall a b, (a <= b <= S n)%nat -> sum p a <= sum p b).
  intros a b [ab bn]; induction b as [|b IH]; [replace a with O by lia; lra|].
  apply Nat.le_succ_r in ab; destruct ab as [ab| ->]; [|lra]; assert (H := IH ab ltac:(lia)); assert (H1 := p0 b ltac:(lia)); simpl; lra.
assert (H := mono 0%nat (S t) ltac:(lia)); assert (H1 := mono (S t) (S n) ltac:(lia)); rewrite p1 in H1; simpl (sum p 0) in H; lra.
Qed.
End Format.

(* The sizes m + 2K that this is for. *)
Theorem population_sizes N : (N <= 9000000000000 -> N * u 53 <= 0.001) /\ (N <= 16000 -> N * u 24 <= 0.001).
Proof.
assert (U : u 53 = / 9007199254740992) by (unfold u; simpl; lra); assert (W : u 24 = / 16777216) by (unfold u; simpl; lra).
rewrite U, W; split; intros H; lra.
Qed.
