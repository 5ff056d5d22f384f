(* (58) where logits differ, section 9.5: the gradient (34) of plain loops, from exponentials that are right to one unit in the last
   place to the answer.

     share_b   the quotients of plain_softmax.v, risen_t their running sums
     weight_t  de Casteljau's scheme at risen_t
     answer    fl(fl(K share_b) (S_b - mean of S by the shares))

   It is within [5 (m + 2K) + (2m + 6)(2 + 16 (K - 1))] u K s max p of K p_b a_b, m = n + 1 atoms, s the largest advantage under |alpha|,
   and what underflows, where the largest reward has a probability of 1/16 or more: six less than (58) allows. The shares do not add up
   to one; over what they add up to they do, and centred_atoms.v is asked about that distribution, with the weights that are right at p. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums rounded_advantages plain_others near casteljau centred_atoms moved_probabilities plain_softmax.
Local Open Scope R_scope.

Lemma power_exp x k : 0 <= x -> (1 + x) ^ k <= exp (INR k * x).
Proof.
intros x0; induction k as [|k IH]; [simpl; rewrite Rmult_0_l, exp_0; lra|].
rewrite S_INR; replace ((INR k + 1) * x) with (x + INR k * x) by ring; rewrite exp_plus; simpl.
apply Rmult_le_compat; [lra|apply pow_le; lra|apply exp_ineq1_le|exact IH].
Qed.

(* What is near where F has moved is near. *)
Lemma near_moved w e t y z e' t' x nu : near w e' t' y z -> 0 <= y -> Rabs e <= t ->
  Rabs (e' - e) <= (exp x - 1) * t + nu -> Rabs (t' - t) <= (exp x - 1) * t + nu -> near w e t (y + x) (exp y * nu + z).
Proof.
intros [W _] y0 E D T; split; [|exact E]; assert (Y := exp_ge_1 y y0); rewrite exp_plus; apply Rabs_le_inv in T.
assert ((exp y - 1) * t' <= (exp y - 1) * (exp x * t + nu)) by (apply Rmult_le_compat_l; lra).
replace (w - e) with ((w - e') + (e' - e)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
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
Local Notation plain := (plain emin prec).

Lemma fl_ge_0 x : 0 <= x -> 0 <= fl x.
Proof.
intros x0; rewrite <- (round_0 radix2 (FLT_exp emin prec) ZnearestE).
apply round_le; [apply FLT_exp_valid; exact (prec_gt_0 prec prec_gt_1)|apply valid_rnd_N|exact x0].
Qed.

Lemma plain_ge_0 x t : (forall s, (s <= t)%nat -> 0 <= x s) -> 0 <= plain x t.
Proof.
induction t as [|t IH]; intros x0; simpl; [apply x0; lia|]; apply fl_ge_0.
assert (H := IH ltac:(intros; apply x0; lia)); assert (H1 := x0 (S t) ltac:(lia)); lra.
Qed.

Lemma one_format : format 1.
Proof. change 1 with (bpow radix2 0); apply generic_format_bpow; unfold FLT_exp; lia. Qed.

Section Logits.
Variables (n k : nat) (logit e r c c_abs read : nat -> R) (top total A scale : R).
Local Notation N := (INR (S n)).
Local Notation K := (INR (S k)).
Local Notation p := (softmax logit n).
Local Notation F := (below p).
Local Notation share := (share emin prec e total).
Local Notation risen := (plain share).
Definition weight t : R := casteljau_plainly emin prec (risen t) read k 0.

Hypothesis n_gt_0 : (0 < n)%nat.
Hypothesis total_sum : Rabs (total - sum e (S n)) <= INR n * u / (1 - INR n * u) * sum (size e) (S n).
Hypothesis e_ge_0 : forall b, (b <= n)%nat -> 0 <= e b.
Hypothesis e_right : forall b, (b <= n)%nat -> Rabs (e b - exp (logit b - top)) <= ulp radix2 (FLT_exp emin prec) (exp (logit b - top)).
Hypothesis top_right : exists b, (b <= n)%nat /\ logit b = top.
Hypothesis r_format : forall b, (b <= n)%nat -> format (r b).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Hypothesis c_right : forall j, (j <= k)%nat -> Rabs (c j) <= c_abs j <= A.
Hypothesis read_right : forall j, (j <= k)%nat -> Rabs (read j - c j) <= 3.01 * u * c_abs j + tiny.
Hypothesis top_likely : forall t, (t < n)%nat -> r t < r (S t) -> 1 / 16 <= 1 - F t.
Hypothesis scale_right : forall b, (b <= n)%nat -> Rabs (centred_by p n (exact_term r (weight_at k c_abs F)) b) <= scale.
Hypothesis u_small : u <= / 1048576.
Hypothesis N_small : 5 * N ^ 2 * u <= 1.
Hypothesis K_small : 2400 * INR k * (N + 2) * u <= 1.
Hypothesis tiny_small : tiny <= u ^ 2.

Definition delta : R := (2 * N + 3.9) * u.

Let p_ge_0 b : (b <= n)%nat -> 0 <= p b. Proof. intros; apply softmax_ge_0. Qed.
Let p_total : sum p (S n) = 1. Proof. apply softmax_total. Qed.

Let sizes : 0 <= delta <= 0.0011 /\ 0 <= N * tiny <= 0.0005 * u /\ 0 <= N * u <= 0.0005 /\ 2 <= N /\ 0 <= INR k * u <= 1 / 9600 /\ 1200 * (INR k * delta) <= 1.
Proof.
assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (N2 : 2 <= N) by (apply (le_INR 2); lia); set (q := N * u).
assert (k0 := pos_INR k); assert (ku : 0 <= INR k * u) by (apply Rmult_le_pos; assumption).
assert (q1 : q <= 0.0005).
  assert (qq : q ^ 2 <= u / 5) by (unfold q; replace ((N * u) ^ 2) with (N ^ 2 * u * u) by ring; nra).
  destruct (Rle_or_lt q 0.0005) as [L|L]; [exact L|unfold q in *; nra].
assert (q0 : 0 <= q) by (apply Rmult_le_pos; lra).
assert (d : delta = 2 * q + 3.9 * u) by (unfold delta, q; ring).
assert (KN : 2400 * (INR k * u) * (N + 2) <= 1) by lra.
repeat split; try lra; [apply Rmult_le_pos; lra| |nra|].
  apply Rle_trans with (N * u ^ 2); [apply Rmult_le_compat_l; lra|].
  replace (N * u ^ 2) with (q * u) by (unfold q; ring); apply Rmult_le_compat_r; assumption.
unfold delta; nra.
Qed.

Let share_near b : (b <= n)%nat -> Rabs (share b - p b) <= (N + 4.46) * u * p b + 3.03 * tiny.
Proof. apply (share_right emin prec prec_gt_1 n logit e top); assumption. Qed.

Lemma share_ge_0 b : (b <= n)%nat -> 0 <= share b.
Proof.
intros bn; apply fl_ge_0; assert (T := total_right emin prec prec_gt_1 n logit e top total n_gt_0 total_sum e_right top_right u_small N_small tiny_small).
destruct sizes as [_ [_ [q0 [N2 _]]]]; assert (u0 := u_ge_0); set (E := sum _ (S n)) in T; assert (E0 : 0 <= E) by (apply sum_ge_0; intros; apply Rlt_le, exp_pos).
assert ((N * u + 1.22 * u) * E <= 1 * E) by (apply Rmult_le_compat_r; lra); assert (P : 0 <= total) by (apply Rabs_le_inv in T; lra).
unfold Rdiv; apply Rmult_le_pos; [apply e_ge_0; exact bn|]; destruct P as [P|P]; [apply Rlt_le, Rinv_0_lt_compat; exact P|rewrite <- P, Rinv_0; lra].
Qed.

(* The weights, relative to what they are at the logits. *)
Definition omega : R := 3 * INR k * u + 3.01 * u + INR k * (15 * delta).
Definition zeta : R := 1.01 * (2 * INR k + 1 + 6.08 * INR k * N * A) * tiny.

Lemma weight_near t : (t < n)%nat -> r t < r (S t) -> near (weight t) (weight_at k c F t) (weight_at k c_abs F t) omega zeta.
Proof.
intros tn gap; destruct sizes as [d0 [t0 [q0 [N2 [ku kd]]]]]; assert (u0 := u_ge_0); assert (tt := tiny_ge_0); assert (k0 := pos_INR k).
assert (A0 : 0 <= A) by (assert (H := c_right 0%nat ltac:(lia)); assert (H1 := Rabs_pos (c 0%nat)); lra).
assert (x01 := below_right n p p_ge_0 p_total t tn); assert (T := top_likely t tn gap).
assert (R := risen_share_right emin prec prec_gt_1 emin_le_0 n logit e top total n_gt_0 total_sum e_right top_right u_small N_small tiny_small t tn).
assert (y0 : 0 <= risen t) by (apply plain_ge_0; intros; apply share_ge_0; lia).
fold delta in R; set (x := F t) in *; set (y := risen t) in *; set (eta := 3.04 * N * tiny) in *.
assert (eta0 : 0 <= eta <= 0.001) by (unfold eta; lra).
assert (y1 : y <= 1) by (apply Rabs_le_inv in R; nra).
assert (abs_right : forall j, (j <= k)%nat -> Rabs (c_abs j) <= c_abs j).
  intros j jk; assert (H := c_right j jk); assert (H1 := Rabs_pos (c j)); rewrite Rabs_pos_eq; lra.
assert (M : forall co, (forall j, (j <= k)%nat -> Rabs (co j) <= c_abs j) ->
    Rabs (casteljau y co k 0 - casteljau x co k 0) <= (exp (INR k * (15 * delta)) - 1) * casteljau x c_abs k 0 + INR k * (2 * eta * A)).
  intros co cc; assert (W := weight_moves co c_abs x y delta eta A k ltac:(lra) y0 ltac:(lra) ltac:(lra) R cc
    ltac:(intros j jk; apply Rle_trans with (1 := cc j jk), c_right; exact jk)).
  assert (P := power_exp (15 * delta) k ltac:(lra)); apply Rle_trans with (1 := W), Rplus_le_compat_r, Rmult_le_compat_r; [|lra].
  apply Rle_trans with (2 := casteljau_le c_abs c_abs x x01 k 0 abs_right), Rabs_pos.
assert (Q := casteljau_right emin prec prec_gt_1 y read c c_abs (3.01 * u) tiny k (conj y0 y1)
  ltac:(apply (plain_format emin prec prec_gt_1 share n (fun _ _ => fl_format _)); lia) one_format ltac:(lra) tt 0%nat
  ltac:(intros j jk; apply near_of; [apply read_right|apply c_right]; lia)).
assert (H := near_moved _ _ _ _ _ _ _ _ _ Q ltac:(lra) (casteljau_le c c_abs x x01 k 0 (fun j jk => proj1 (c_right j jk)))
  (M c (fun j jk => proj1 (c_right j jk))) (M c_abs abs_right)).
apply near_more with (1 := H); [unfold omega; lra|].
assert (E : exp (3 * INR k * u + 3.01 * u) <= 1.01) by (assert (S := exp_small (3 * INR k * u + 3.01 * u) ltac:(lra)); nra).
assert (E1 : exp (3 * INR k * u) <= 1.01) by (assert (S := exp_small (3 * INR k * u) ltac:(lra)); nra).
assert (B : exp (3 * INR k * u + 3.01 * u) * (INR k * (2 * eta * A)) <= 1.01 * (INR k * (2 * eta * A))).
  apply Rmult_le_compat_r; [apply Rmult_le_pos; [exact k0|apply Rmult_le_pos; lra]|exact E].
assert (kt : 0 <= INR k * tiny) by (apply Rmult_le_pos; assumption).
assert (D : exp (3 * INR k * u) * (tiny + 2 * INR k * tiny) <= 1.01 * (tiny + 2 * INR k * tiny)) by (apply Rmult_le_compat_r; lra).
apply Rle_trans with (1 := Rplus_le_compat _ _ _ _ B D); unfold zeta, eta; lra.
Qed.

(* The shares over what they add up to are a distribution, near them and near p. *)
Local Notation T := (sum share (S n)).
Definition normal b : R := share b / T.
Local Notation tau := ((N + 4.47) * u).

Let T_right : Rabs (T - 1) <= tau /\ 0 <= tau <= 0.0006.
Proof.
destruct sizes as [d0 [t0 [q0 [N2 [ku kd]]]]]; assert (u0 := u_ge_0); split; [|split; [apply Rmult_le_pos; lra|lra]].
rewrite <- p_total; replace (T - sum p (S n)) with (sum (fun b => 1 * share b + -1 * p b) (S n)) by (rewrite sum_linear; ring).
apply Rle_trans with (1 := sum_size _ _); apply Rle_trans with (sum (fun b => (N + 4.46) * u * p b + 3.03 * tiny * 1) (S n)).
  apply sum_le; intros b bn; unfold size; replace (1 * share b + -1 * p b) with (share b - p b) by ring; assert (H := share_near b ltac:(lia)); lra.
rewrite sum_linear, sum_const, p_total; lra.
Qed.

Lemma normal_ge_0 b : (b <= n)%nat -> 0 <= normal b.
Proof.
intros bn; destruct T_right as [H H1]; apply Rabs_le_inv in H; apply Rmult_le_pos; [apply share_ge_0; exact bn|].
apply Rlt_le, Rinv_0_lt_compat; lra.
Qed.

Lemma normal_total : sum normal (S n) = 1.
Proof.
destruct T_right as [H H1]; apply Rabs_le_inv in H; rewrite (sum_eq normal (fun b => / T * share b)) by (intros; unfold normal; field; lra).
rewrite sum_scaled; field; lra.
Qed.

Lemma share_normal b : (b <= n)%nat -> Rabs (share b - normal b) <= tau * normal b.
Proof.
intros bn; destruct T_right as [H H1]; assert (T0 : T <> 0) by (apply Rabs_le_inv in H; lra); assert (G := normal_ge_0 b bn).
replace (share b - normal b) with ((T - 1) * normal b) by (unfold normal; field; exact T0).
rewrite Rabs_mult, (Rabs_pos_eq (normal b)) by exact G; apply Rmult_le_compat_r; assumption.
Qed.

Lemma normal_near b : (b <= n)%nat -> Rabs (normal b - p b) <= (2 * N + 9.4) * u * p b + 3.04 * tiny.
Proof.
intros bn; destruct sizes as [d0 [t0 [q0 [N2 [ku kd]]]]]; assert (u0 := u_ge_0); assert (tt := tiny_ge_0).
destruct T_right as [H [H1 H2]]; assert (S0 := share_near b bn); assert (P := p_ge_0 b bn); set (pb := p b) in *.
assert (T1 : 1 - tau <= T) by (apply Rabs_le_inv in H; lra); assert (T0 : 0.999 <= T) by lra.
replace (normal b - pb) with (((share b - pb) - pb * (T - 1)) / T) by (unfold normal; field; lra).
unfold Rdiv; rewrite Rabs_mult, (Rabs_pos_eq (/ T)) by (apply Rlt_le, Rinv_0_lt_compat; lra).
apply Rmult_le_reg_r with T; [lra|]; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
assert (B : Rabs (share b - pb - pb * (T - 1)) <= (N + 4.46) * u * pb + 3.03 * tiny + pb * tau).
  unfold Rminus at 1; apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp, Rabs_mult, (Rabs_pos_eq pb) by exact P.
  apply Rplus_le_compat; [exact S0|apply Rmult_le_compat_l; assumption].
apply Rle_trans with (1 := B); set (q := N * u) in *.
assert (qq : q * q <= u / 5) by (unfold q; replace (N * u * (N * u)) with (N ^ 2 * u * u) by ring; nra).
assert (C : (N + 4.46) * u + tau <= (2 * N + 9.4) * u * (1 - tau)).
  replace ((N + 4.46) * u) with (q + 4.46 * u) by (unfold q; ring); replace ((2 * N + 9.4) * u) with (2 * q + 9.4 * u) by (unfold q; ring).
  replace ((N + 4.47) * u) with (q + 4.47 * u) by (unfold q; ring); nra.
assert (C1 : ((N + 4.46) * u + tau) * pb <= (2 * N + 9.4) * u * (1 - tau) * pb) by (apply Rmult_le_compat_r; assumption).
assert (C2 : (2 * N + 9.4) * u * pb * (1 - tau) <= (2 * N + 9.4) * u * pb * T).
  apply Rmult_le_compat_l; [apply Rmult_le_pos; [apply Rmult_le_pos|]; lra|exact T1].
assert (C3 : 3.04 * tiny * 0.999 <= 3.04 * tiny * T) by (apply Rmult_le_compat_l; lra); lra.
Qed.

(* Below a gap of zero any weight will do. *)
Let positive t : {r t < r (S t)} + {r (S t) <= r t} := Rlt_le_dec (r t) (r (S t)).
Definition right_weight (co : nat -> R) (other : nat -> R) t : R := if positive t then weight_at k co F t else other t.

Lemma right_terms co other t : (t < n)%nat -> exact_term r (right_weight co other) t = exact_term r (weight_at k co F) t.
Proof.
intros tn; unfold exact_term, right_weight; destruct (positive t) as [L|L]; [reflexivity|].
assert (H := r_sorted t tn); replace (r (S t) - r t) with 0 by lra; ring.
Qed.

Lemma sum_upto f g m : (forall t, (t < n)%nat -> f t = g t) -> (m <= n)%nat -> sum f m = sum g m.
Proof. intros fg mn; apply sum_eq; intros; apply fg; lia. Qed.

Lemma centred_upto q f g b : (forall t, (t < n)%nat -> f t = g t) -> (b <= n)%nat -> centred_by q n f b = centred_by q n g b.
Proof.
intros fg bn; unfold centred_by; rewrite (sum_upto f g b fg bn); f_equal; apply sum_eq; intros a an; rewrite (sum_upto f g a fg) by lia; reflexivity.
Qed.

Let scale_ge_0 : 0 <= scale.
Proof. apply Rle_trans with (2 := scale_right 0%nat ltac:(lia)); apply Rabs_pos. Qed.
Local Notation more := ((2 * N + 9.41) * u).

(* What normalising the shares moves. *)
Let normal_moves co b : (forall j, (j <= k)%nat -> Rabs (co j) <= c_abs j) -> (b <= n)%nat ->
  Rabs (centred_by normal n (exact_term r (weight_at k co F)) b - centred_by p n (exact_term r (weight_at k co F)) b) <= more * scale.
Proof.
intros cc bn; destruct sizes as [d0 [t0 [q0 [N2 [ku kd]]]]]; assert (u0 := u_ge_0); assert (tt := tiny_ge_0).
assert (M := advantage_moves n p (exact_term r (weight_at k co F)) (exact_term r (weight_at k c_abs F)) normal (exact_term r (weight_at k co F)) (fun _ => 0)
  0 ((2 * N + 9.4) * u) (3.04 * tiny) scale p_ge_0 p_total (term_right r n k co c_abs p r_sorted cc p_ge_0 p_total) scale_right
  ltac:(intros t tn; unfold Rminus; rewrite Rplus_opp_r, Rabs_R0; lra) normal_near (Rle_refl 0) ltac:(apply Rmult_le_pos; lra) ltac:(lra) ltac:(intros; lra) b bn).
rewrite sum_const, !Rmult_0_r, Rplus_0_r in M; apply Rle_trans with (1 := M), Rmult_le_compat_r; [exact scale_ge_0|lra].
Qed.

Definition plain_centred : nat -> R := centred_plainly emin prec r weight share n.
Definition plain_gradient b : R := fl (fl (K * share b) * plain_centred b).
Local Notation exact := (centred_by p n (exact_term r (weight_at k c F))).
Local Notation range := (r n - r 0%nat).
Definition centred_under : R := 1.12 * zeta * range + 2.2 * N * tiny.
Let error := 15.7 * (INR k * delta) + (3.15 * INR k + 6.19 * N + 18.31) * u.

(* Advantages, *)
Lemma centred_right b : (b <= n)%nat -> Rabs (plain_centred b - exact b) <= error * scale + centred_under.
Proof.
intros bn; destruct sizes as [d0 [t0 [q0 [N2 [ku kd]]]]]; assert (u0 := u_ge_0); assert (tt := tiny_ge_0); assert (k0 := pos_INR k).
destruct T_right as [_ [tau0 tau1]]; assert (s0 := scale_ge_0).
assert (A0 : 0 <= A) by (assert (H := c_right 0%nat ltac:(lia)); assert (H1 := Rabs_pos (c 0%nat)); lra).
assert (kd0 : 0 <= INR k * delta) by (apply Rmult_le_pos; lra).
assert (o0 : 0 <= omega) by (unfold omega; lra).
assert (z0 : 0 <= zeta).
  unfold zeta; apply Rmult_le_pos; [|exact tt]; assert (0 <= INR k * N * A) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra|exact A0]); lra.
set (g := right_weight c weight); set (g_abs := right_weight c_abs (size weight)).
assert (near_g : forall t, (t < n)%nat -> near (weight t) (g t) (g_abs t) omega zeta).
  intros t tn; unfold g, g_abs, right_weight; destruct (positive t) as [L|L]; [apply weight_near; assumption|].
  apply near_more with (1 := near_self _ _ (Rle_refl (Rabs (weight t)))); assumption.
assert (cc : forall j, (j <= k)%nat -> Rabs (c j) <= c_abs j) by (intros j jk; apply c_right; exact jk).
assert (cc' : forall j, (j <= k)%nat -> Rabs (c_abs j) <= c_abs j).
  intros j jk; assert (H := c_right j jk); assert (H1 := Rabs_pos (c j)); rewrite Rabs_pos_eq; lra.
assert (sc : forall a, (a <= n)%nat -> Rabs (centred_by normal n (abs_term r g_abs) a) <= (1 + more) * scale).
  intros a an; change (abs_term r g_abs) with (exact_term r g_abs).
  assert (E := centred_upto normal _ _ a (right_terms c_abs (size weight)) an); fold g_abs in E; rewrite E; clear E; assert (H := normal_moves c_abs a cc' an); assert (H1 := scale_right a an).
  set (v := centred_by normal n _ a) in *; set (w := centred_by p n _ a) in *.
  replace v with (w + (v - w)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
set (off := omega + tau + (3 * N + 1) * u).
assert (O : off = 15 * (INR k * delta) + (3 * INR k + 4 * N + 8.48) * u) by (unfold off, omega; lra).
assert (off1 : 0 <= off <= 0.0151) by lra.
assert (H := centred_within_by emin prec prec_gt_1 r weight share n g g_abs normal omega zeta tau ((1 + more) * scale) r_format r_sorted
  normal_ge_0 normal_total share_normal near_g o0 z0 tau0 sc); cbv zeta in H; fold off in H; specialize (H ltac:(lra) b bn); fold plain_centred in H.
assert (E := centred_upto normal _ _ b (right_terms c weight) bn); fold g in E; rewrite E in H; clear E; assert (M := normal_moves c b cc bn).
set (v := centred_by normal n _ b) in *; set (w := exact b) in *.
replace (plain_centred b - w) with ((plain_centred b - v) + (v - w)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
assert (G : (1 + 3 * off) * off * (1 + more) <= 1.0466 * off).
  replace ((1 + 3 * off) * off * (1 + more)) with ((1 + 3 * off) * (1 + more) * off) by ring; apply Rmult_le_compat_r; [lra|].
  assert (more <= 0.00102) by lra; apply Rle_trans with (1.0453 * 1.00102); [apply Rmult_le_compat|]; lra.
assert (G1 : (1 + 3 * off) * off * (1 + more) * scale <= 1.0466 * off * scale) by (apply Rmult_le_compat_r; assumption).
assert (G2 : (1.0466 * off + more) * scale <= error * scale) by (apply Rmult_le_compat_r; [exact s0|unfold error; lra]).
unfold centred_under; lra.
Qed.

(* and the gradient, eq. (34). *)
Variable P : R.
Hypothesis P_right : forall b, (b <= n)%nat -> p b <= P.
Definition gradient_under : R := K * ((2.4 + 7.1 * N * A) * K * range + 3 * N) * tiny.

Theorem plain_gradient_right b : (b <= n)%nat ->
  Rabs (plain_gradient b - logit_gradient r n k c p F b) <=
  (5 * (N + 2 * K) + (2 * N + 6) * (2 + 16 * INR k)) * u * (K * scale * P) + gradient_under.
Proof.
intros bn; destruct sizes as [d0 [t0 [q0 [N2 [ku kd]]]]]; assert (u0 := u_ge_0); assert (tt := tiny_ge_0); assert (k0 := pos_INR k).
assert (s0 := scale_ge_0); assert (C := centred_right b bn); set (a := exact b) in *; set (a' := plain_centred b) in *; set (z := centred_under) in *.
assert (Kk : K = INR k + 1) by apply S_INR; assert (kd0 : 0 <= INR k * delta) by (apply Rmult_le_pos; lra).
assert (A0 : 0 <= A) by (assert (H := c_right 0%nat ltac:(lia)); assert (H1 := Rabs_pos (c 0%nat)); lra).
assert (R0 : 0 <= range).
  assert (H : forall m, (m <= n)%nat -> r 0%nat <= r m).
    induction m as [|m IH]; intros mn; [lra|]; assert (H := IH ltac:(lia)); assert (H1 := r_sorted m mn); lra.
  assert (H1 := H n (le_n n)); lra.
assert (kNA : 0 <= INR k * N * A) by (apply Rmult_le_pos; [apply Rmult_le_pos; lra|exact A0]).
assert (zz : z = (1.1312 * (2 * INR k + 1 + 6.08 * (INR k * N * A)) * range + 2.2 * N) * tiny) by (unfold z, centred_under, zeta; lra).
assert (z0 : 0 <= z).
  rewrite zz; apply Rmult_le_pos; [|exact tt]; assert (0 <= (2 * INR k + 1 + 6.08 * (INR k * N * A)) * range) by (apply Rmult_le_pos; lra); lra.
assert (a1 : Rabs a <= scale).
  exact (advantage_within n p _ _ scale p_ge_0 p_total
    (term_right r n k c c_abs p r_sorted (fun j jk => proj1 (c_right j jk)) p_ge_0 p_total) scale_right b bn).
assert (e0 : 0 <= error <= 0.0172) by (unfold error; lra).
assert (a2 : Rabs a' <= 1.0172 * scale + z).
  replace a' with (a + (a' - a)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  assert (error * scale <= 0.0172 * scale) by (apply Rmult_le_compat_r; lra); lra.
assert (p0 := p_ge_0 b bn); assert (S0 := share_near b bn); set (pb := p b) in *; set (s := share b) in *.
assert (p1 : pb <= P) by (apply P_right; exact bn).
assert (NP : 1 <= N * P) by (rewrite <- p_total, <- sum_const; apply sum_le; intros; apply P_right; lia).
set (Kp := K * pb); assert (Kp0 : 0 <= Kp) by (apply Rmult_le_pos; lra); assert (KP : Kp <= K * P) by (apply Rmult_le_compat_l; lra).
set (w := (3.04 * K + 1) * tiny); assert (w0 : 0 <= w) by (apply Rmult_le_pos; lra).
assert (Kt : tiny <= K * tiny) by (rewrite <- (Rmult_1_l tiny) at 1; apply Rmult_le_compat_r; lra).
assert (near_s : Rabs (K * s - Kp) <= (N + 4.46) * u * Kp + 3.03 * (K * tiny)).
  unfold Kp; rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_pos_eq K) by lra.
  apply Rle_trans with (K * ((N + 4.46) * u * pb + 3.03 * tiny)); [apply Rmult_le_compat_l; lra|right; ring].
set (x := fl (K * s)); assert (X : Rabs (x - Kp) <= (N + 5.47) * u * Kp + w).
  assert (H := fl_any (K * s)); fold x in H.
  assert (H1 : Rabs (K * s) <= Kp + ((N + 4.46) * u * Kp + 3.03 * (K * tiny))).
    replace (K * s) with (Kp + (K * s - Kp)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq Kp) by exact Kp0; lra.
  assert (H2 : u * Rabs (K * s) <= u * (Kp + ((N + 4.46) * u * Kp + 3.03 * (K * tiny)))) by (apply Rmult_le_compat_l; assumption).
  assert (H3 : (N + 4.46) * u * Kp <= 0.001 * Kp) by (apply Rmult_le_compat_r; lra).
  assert (H4 : u * ((N + 4.46) * u * Kp) <= u * (0.001 * Kp)) by (apply Rmult_le_compat_l; assumption).
  assert (H5 : u * (3.03 * (K * tiny)) <= 0.001 * (3.03 * (K * tiny))) by (apply Rmult_le_compat_r; lra).
  replace (x - Kp) with ((x - K * s) + (K * s - Kp)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  assert (0 <= u * Kp) by (apply Rmult_le_pos; assumption); unfold w; lra.
set (B := 1.0172 * scale + z) in *; assert (B0 : 0 <= B) by (unfold B; lra).
assert (D : Rabs (x * a' - Kp * a) <= ((N + 5.47) * u * Kp + w) * B + Kp * (error * scale + z)).
  replace (x * a' - Kp * a) with ((x - Kp) * a' + Kp * (a' - a)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  rewrite !Rabs_mult, (Rabs_pos_eq Kp) by exact Kp0; apply Rplus_le_compat; [apply Rmult_le_compat; try apply Rabs_pos; assumption|apply Rmult_le_compat_l; assumption].
assert (E : Rabs (x * a') <= (1.001 * Kp + w) * B).
  rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; [|exact a2].
  replace x with (Kp + (x - Kp)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq Kp) by exact Kp0.
  assert ((N + 5.47) * u * Kp <= 0.001 * Kp) by (apply Rmult_le_compat_r; lra); lra.
assert (H := fl_any (x * a')); change (fl (x * a')) with (plain_gradient b) in H.
assert (E1 : u * Rabs (x * a') <= u * ((1.001 * Kp + w) * B)) by (apply Rmult_le_compat_l; assumption).
unfold logit_gradient; fold pb a Kp; replace (plain_gradient b - Kp * a) with ((plain_gradient b - x * a') + (x * a' - Kp * a)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); apply Rle_trans with (u * ((1.001 * Kp + w) * B) + tiny + (((N + 5.47) * u * Kp + w) * B + Kp * (error * scale + z))); [lra|].
(* by what it is relative to *)
set (Y := K * scale * P); set (Ys := Kp * scale); assert (Ys0 : 0 <= Ys) by (apply Rmult_le_pos; assumption).
assert (YY : Ys <= Y) by (unfold Ys, Y; replace (K * scale * P) with (K * P * scale) by ring; apply Rmult_le_compat_r; assumption).
assert (uY0 : 0 <= u * Y) by (apply Rmult_le_pos; lra).
assert (tY : K * tiny * scale <= 0.0005 * u * Y).
  apply Rle_trans with (N * tiny * Y); [|apply Rmult_le_compat_r; lra].
  replace (N * tiny * Y) with (N * P * (K * tiny * scale)) by (unfold Y; ring).
  rewrite <- (Rmult_1_l (K * tiny * scale)) at 1; apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|exact NP].
assert (ws : w * scale <= 0.0021 * u * Y).
  apply Rle_trans with (4.04 * (K * tiny * scale)); [|lra].
  replace (4.04 * (K * tiny * scale)) with (4.04 * (K * tiny) * scale) by ring; apply Rmult_le_compat_r; [exact s0|unfold w; lra].
assert (Kz : 0 <= K * z) by (apply Rmult_le_pos; lra).
assert (wz : w * z <= 0.001 * (K * z)).
  replace (0.001 * (K * z)) with (0.001 * K * z) by ring; apply Rmult_le_compat_r; [exact z0|]; unfold w.
  assert (N1 : tiny <= N * tiny) by (rewrite <- (Rmult_1_l tiny) at 1; apply Rmult_le_compat_r; lra).
  assert (K * tiny <= K * 0.0002) by (apply Rmult_le_compat_l; lra); lra.
assert (Kpz : Kp * z <= K * z).
  apply Rmult_le_compat_r; [exact z0|]; unfold Kp; rewrite <- (Rmult_1_r K) at 2; apply Rmult_le_compat_l; [lra|].
  rewrite <- p_total; apply (sum_has p (S n) b); [intros; apply p_ge_0|]; lia.
assert (Kpz0 : 0 <= Kp * z) by (apply Rmult_le_pos; assumption).
assert (ws0 : 0 <= w * scale) by (apply Rmult_le_pos; assumption); assert (wz0 : 0 <= w * z) by (apply Rmult_le_pos; assumption).
assert (by_u : forall v, 0 <= v -> u * v <= 0.00001 * v) by (intros; apply Rmult_le_compat_r; lra).
assert (u1 := by_u _ ws0); assert (u2 := by_u _ wz0); assert (u3 := by_u _ Kpz0).
assert (F1 : u * ((1.001 * Kp + w) * B) <= 1.0183 * (u * Ys) + 0.0001 * (u * Y) + 0.001 * (K * z)).
  replace (u * ((1.001 * Kp + w) * B)) with (1.001 * 1.0172 * (u * Ys) + 1.001 * (u * (Kp * z)) + 1.0172 * (u * (w * scale)) + u * (w * z)) by (unfold B, Ys; ring).
  assert (0 <= u * Ys) by (apply Rmult_le_pos; assumption); lra.
assert (F2 : ((N + 5.47) * u * Kp + w) * B <= 1.0172 * ((N + 5.47) * u * Ys) + 0.0022 * (u * Y) + 0.003 * (K * z)).
  replace (((N + 5.47) * u * Kp + w) * B) with (1.0172 * ((N + 5.47) * u * Ys) + (N + 5.47) * u * (Kp * z) + 1.0172 * (w * scale) + w * z) by (unfold B, Ys; ring).
  assert ((N + 5.47) * u * (Kp * z) <= 0.001 * (Kp * z)) by (apply Rmult_le_compat_r; lra); lra.
assert (F3 : Kp * (error * scale + z) <= error * Ys + K * z) by (unfold Ys; lra).
set (c1 := 1.0183 * u + 1.0172 * ((N + 5.47) * u) + error).
assert (c2 : 0 <= c1 <= (5 * (N + 2 * K) + (2 * N + 6) * (2 + 16 * INR k)) * u - 0.0023 * u).
  assert (Nk : 0 <= INR k * u * N) by (apply Rmult_le_pos; lra); assert (Nu : 2 * u <= N * u) by (apply Rmult_le_compat_r; lra); unfold c1, error, delta; rewrite Kk; split; [unfold delta in kd0; lra|lra].
assert (c1 * Ys <= c1 * Y) by (apply Rmult_le_compat_l; lra).
assert (c1 * Y <= ((5 * (N + 2 * K) + (2 * N + 6) * (2 + 16 * INR k)) * u - 0.0023 * u) * Y) by (apply Rmult_le_compat_r; lra).
assert (U : 1.004 * (K * z) + tiny <= gradient_under).
  assert (KN : 2 <= K * N) by nra; rewrite zz; unfold gradient_under.
  assert (G : 1.004 * (K * (1.1312 * (2 * INR k + 1 + 6.08 * (INR k * N * A)) * range + 2.2 * N)) + 1 <= K * ((2.4 + 7.1 * N * A) * K * range + 3 * N)).
    assert (NA : INR k * N * A <= K * N * A) by (apply Rmult_le_compat_r; [exact A0|apply Rmult_le_compat_r; lra]).
    assert (G : 1.1358 * (2 * INR k + 1 + 6.08 * (INR k * N * A)) * range <= (2.4 + 7.1 * N * A) * K * range) by (apply Rmult_le_compat_r; lra).
    assert (K * (1.1358 * (2 * INR k + 1 + 6.08 * (INR k * N * A)) * range) <= K * ((2.4 + 7.1 * N * A) * K * range)) by (apply Rmult_le_compat_l; lra).
    assert (0 <= K * (2 * INR k + 1 + 6.08 * (INR k * N * A)) * range) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra); lra.
  apply Rle_trans with ((1.004 * (K * (1.1312 * (2 * INR k + 1 + 6.08 * (INR k * N * A)) * range + 2.2 * N)) + 1) * tiny); [right; ring|].
  apply Rmult_le_compat_r; assumption.
fold Y; unfold c1 in *; lra.
Qed.
End Logits.
End Format.

(* The sizes, of m atoms and K = k + 1 ranks, that this is for, and two formats. *)
Theorem logit_sizes m k : tiny (-1074) <= u 53 ^ 2 /\ tiny (-149) <= u 24 ^ 2 /\
  (k * (m + 2) <= 3.7 * 10 ^ 12 -> 2400 * k * (m + 2) * u 53 <= 1) /\ (k * (m + 2) <= 6990 -> 2400 * k * (m + 2) * u 24 <= 1).
Proof.
assert (U : u 53 = / 9007199254740992) by (unfold u; simpl; lra).
assert (V : u 24 = / 16777216) by (unfold u; simpl; lra).
assert (T : forall emin prec, (emin - 1 <= - prec * 2)%Z -> tiny emin <= u prec ^ 2).
  intros emin prec H; unfold tiny, u; replace ((/ 2 * bpow radix2 (- prec + 1)) ^ 2) with (bpow radix2 (- prec * 2)).
    replace (/ 2 * bpow radix2 emin) with (bpow radix2 (emin - 1)) by (unfold Zminus; rewrite bpow_plus; simpl; lra); apply bpow_le; exact H.
  replace (- prec * 2)%Z with ((- prec + 1) + (- prec + 1) + -2)%Z by ring; rewrite !bpow_plus; replace (bpow radix2 (-2)) with (/ 4) by (simpl; lra); field.
split; [apply T; lia|split; [apply T; lia|]]; rewrite U, V; split; intros H; simpl in H; lra.
Qed.
