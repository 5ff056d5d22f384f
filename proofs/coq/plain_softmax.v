(* Softmax by plain loops, section 9.5, logits that differ:

     e_b       an exponential of logit_b - top that is right to one unit in the last place; top is the largest logit
     total     their sum, by any n additions: atoms ascend here, and exponentials may be added up before they are sorted
     share_b   fl(e_b / total), against p_b = exp(logit_b) / sum of exp(logit)
     risen_t   the running sums of the shares, against F_t = p_0 + .. + p_t

   m = n + 1 logits. A sum of m adds m - 1 roundings, an exponential 2, a quotient 1: F_t is within (2m + 3.9) u of itself, and
   what underflows. That the subtraction is exact, or as good as the exponential, is in e_right. *)

From Coq Require Import Reals ZArith Psatz List Permutation.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums plain_others moved_probabilities.
Local Open Scope R_scope.

Definition softmax (logit : nat -> R) (n b : nat) : R := exp (logit b) / sum (fun a => exp (logit a)) (S n).

Lemma sum_ge_0 f n : (forall t, (t < n)%nat -> 0 <= f t) -> 0 <= sum f n.
Proof. intros f0; rewrite <- (Rmult_0_r (INR n)), <- sum_const; apply sum_le; exact f0. Qed.

Section Softmax.
Variables (logit : nat -> R) (n : nat) (top : R).
Local Notation shifted := (fun a => exp (logit a - top)).

Lemma softmax_shifted b : softmax logit n b = exp (logit b - top) / sum shifted (S n).
Proof.
unfold softmax; assert (E : forall a, exp (logit a) = exp top * exp (logit a - top)) by (intros a; rewrite <- exp_plus; f_equal; ring).
rewrite (sum_eq _ (fun a => exp top * exp (logit a - top))), sum_scaled, (E b) by (intros; apply E).
assert (T := exp_pos top); assert (S0 : 0 < sum shifted (S n)).
  simpl; assert (H := exp_pos (logit n - top)); assert (H1 := sum_ge_0 shifted n ltac:(intros; apply Rlt_le, exp_pos)); lra.
field; lra.
Qed.

Lemma softmax_ge_0 b : 0 <= softmax logit n b.
Proof.
unfold softmax; apply Rmult_le_pos; [apply Rlt_le, exp_pos|apply Rlt_le, Rinv_0_lt_compat].
simpl; assert (H := exp_pos (logit n)); assert (H1 := sum_ge_0 (fun a => exp (logit a)) n ltac:(intros; apply Rlt_le, exp_pos)); lra.
Qed.

Lemma softmax_total : sum (softmax logit n) (S n) = 1.
Proof.
set (E := sum (fun a => exp (logit a)) (S n)); assert (E0 : 0 < E).
  unfold E; simpl; assert (H := exp_pos (logit n)); assert (H1 := sum_ge_0 (fun a => exp (logit a)) n ltac:(intros; apply Rlt_le, exp_pos)); lra.
rewrite (sum_eq _ (fun b => / E * exp (logit b))) by (intros; unfold softmax; fold E; field; lra).
rewrite sum_scaled; fold E; field; lra.
Qed.
End Softmax.

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

(* Added up one after the other, in any order. *)
Lemma total_in_any_order e n order : (forall b, (b <= n)%nat -> format (e b)) -> Permutation (map order (seq 0 (S n))) (seq 0 (S n)) -> INR n * u < 1 ->
  Rabs (plain (fun t => e (order t)) n - sum e (S n)) <= INR n * u / (1 - INR n * u) * sum (size e) (S n).
Proof.
intros Fe perm nu; assert (u0 := u_ge_0); assert (L : forall f m, sum f m = fold_right Rplus 0 (map f (seq 0 m))).
  intros f m; induction m as [|m IH]; [reflexivity|]; rewrite seq_S, map_app, fold_right_app; simpl; rewrite IH.
  generalize (f m); clear; intros c; induction (map f (seq 0 m)) as [|a l IH]; simpl; lra.
assert (any : forall f, sum (fun t => f (order t)) (S n) = sum f (S n)).
  intros f; rewrite !L, <- (map_map order f); apply Permutation_map with (f := f) in perm; induction perm; simpl; lra.
assert (G : INR n * u / (1 - INR n * u) * (1 - INR n * u) = INR n * u) by (field; lra).
rewrite <- (any e), <- (any (size e)); apply (plain_sum emin prec prec_gt_1 emin_le_0 (fun t => e (order t)) n); [|lra| |lia].
  intros t tn; apply Fe; assert (H : In (order t) (seq 0 (S n))) by (apply (Permutation_in _ perm), in_map, in_seq; lia); apply in_seq in H; lia.
apply Rmult_le_pos; [apply Rmult_le_pos; [apply pos_INR|exact u0]|apply Rlt_le, Rinv_0_lt_compat; lra].
Qed.

(* A unit in the last place. *)
Lemma ulp_within x : 0 < x -> ulp radix2 (FLT_exp emin prec) x <= 2 * u * x + 2 * tiny.
Proof.
intros x0; assert (P := prec_gt_0 prec prec_gt_1); assert (u0 := u_ge_0); assert (t0 := tiny_ge_0).
assert (U : 2 * u = bpow radix2 (1 - prec)) by (unfold floating.u; replace (1 - prec)%Z with (- prec + 1)%Z by lia; field).
assert (T : 2 * tiny = bpow radix2 emin) by (unfold floating.tiny; field).
destruct (Rle_or_lt (bpow radix2 (emin + prec - 1)) (Rabs x)) as [L|L].
  assert (H := ulp_FLT_le radix2 emin prec x L); rewrite (Rabs_pos_eq x) in H by lra; rewrite <- U in H; lra.
assert (S : Rabs x < bpow radix2 (emin + prec)) by (apply Rlt_le_trans with (1 := L), bpow_le; lia).
rewrite (ulp_FLT_small radix2 emin prec x S), <- T; assert (0 <= 2 * u * x) by (apply Rmult_le_pos; [apply Rmult_le_pos|]; lra); lra.
Qed.

Section Shares.
Variables (n : nat) (logit e : nat -> R) (top total : R).
Definition share b : R := fl (e b / total).
Local Notation p := (softmax logit n).
Local Notation N := (INR (S n)).

Hypothesis n_gt_0 : (0 < n)%nat.
Hypothesis total_sum : Rabs (total - sum e (S n)) <= INR n * u / (1 - INR n * u) * sum (size e) (S n).
Hypothesis e_right : forall b, (b <= n)%nat -> Rabs (e b - exp (logit b - top)) <= ulp radix2 (FLT_exp emin prec) (exp (logit b - top)).
Hypothesis top_right : exists b, (b <= n)%nat /\ logit b = top.
Hypothesis u_small : u <= / 1048576.
Hypothesis N_small : 5 * N ^ 2 * u <= 1.
Hypothesis tiny_small : tiny <= u ^ 2.

Let q := N * u.
Let gamma := (q - u) * (1 + 1.01 * (q - u)).
Let sizes : 2 * u <= q <= 0.0005 /\ q ^ 2 <= u / 5 /\ N * tiny <= 0.0005 * u.
Proof.
assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (N2 : 2 <= N) by (apply (le_INR 2); lia).
assert (qq : q ^ 2 <= u / 5) by (unfold q; replace ((N * u) ^ 2) with (N ^ 2 * u * u) by ring; nra).
assert (q2 : 2 * u <= q) by (unfold q; nra).
assert (q1 : q <= 0.0005) by (destruct (Rle_or_lt q 0.0005) as [L|L]; [exact L|nra]).
repeat split; try assumption; apply Rle_trans with (N * u ^ 2); [apply Rmult_le_compat_l; lra|].
replace (N * u ^ 2) with (q * u) by (unfold q; ring); apply Rmult_le_compat_r; assumption.
Qed.
Let gamma_right : INR n * u <= gamma * (1 - INR n * u) /\ 0 <= gamma /\ gamma <= q - 0.79 * u.
Proof.
assert (u0 := u_ge_0); destruct sizes as [[q2 q1] [qq _]].
assert (nu : INR n * u = q - u) by (unfold q; rewrite S_INR; ring); rewrite nu; unfold gamma; set (v := q - u).
assert (0 <= v <= 0.0005) by (unfold v; lra); repeat split; try nra; assert (v ^ 2 <= q ^ 2) by (unfold v in *; nra); unfold v in *; nra.
Qed.

Let exact_total := sum (fun a => exp (logit a - top)) (S n).
Let exact_total_ge_1 : 1 <= exact_total.
Proof.
destruct top_right as (b & bn & E); unfold exact_total.
assert (H := sum_has (fun a => exp (logit a - top)) (S n) b ltac:(intros; apply Rlt_le, exp_pos) ltac:(lia)); simpl in H.
rewrite E, Rminus_diag_eq, exp_0 in H by reflexivity; exact H.
Qed.

Let e_near b : (b <= n)%nat -> Rabs (e b - exp (logit b - top)) <= 2 * u * exp (logit b - top) + 2 * tiny.
Proof. intros bn; apply Rle_trans with (1 := e_right b bn), ulp_within, exp_pos. Qed.

(* The sum, of which the largest term is 1: nothing underflows. *)
Lemma total_right : Rabs (total - exact_total) <= (q + 1.22 * u) * exact_total.
Proof.
assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); destruct sizes as [[q2 q1] [qq Nt]]; destruct gamma_right as [G [G0 G1]].
pose (x a := exp (logit a - top)); assert (E1 := exact_total_ge_1); change exact_total with (sum x (S n)) in *; set (E := sum x (S n)) in *.
assert (x0 : forall a, 0 < x a) by (intros; apply exp_pos).
assert (near : forall a, (a <= n)%nat -> Rabs (e a - x a) <= 2 * u * x a + 2 * tiny) by (intros; apply e_near; assumption).
assert (D : Rabs (sum e (S n) - E) <= 2.001 * u * E).
  replace (sum e (S n) - E) with (sum (fun a => 1 * e a + -1 * x a) (S n)) by (rewrite sum_linear; unfold E; ring).
  apply Rle_trans with (1 := sum_size _ _); apply Rle_trans with (sum (fun a => 2 * u * x a + 2 * tiny * 1) (S n)).
    apply sum_le; intros a an; unfold size; replace (1 * e a + -1 * x a) with (e a - x a) by ring; assert (H := near a ltac:(lia)); lra.
  rewrite sum_linear, sum_const; fold E; assert (0.001 * u * 1 <= 0.001 * u * E) by (apply Rmult_le_compat_l; lra); lra.
assert (Z : sum (size e) (S n) <= (1 + 2.001 * u) * E).
  apply Rle_trans with (sum (fun a => (1 + 2 * u) * x a + 2 * tiny * 1) (S n)).
    apply sum_le; intros a an; unfold size; assert (H := near a ltac:(lia)); assert (H1 := x0 a).
    replace (e a) with (x a + (e a - x a)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq (x a)) by lra; lra.
  rewrite sum_linear, sum_const; fold E; assert (0.001 * u * 1 <= 0.001 * u * E) by (apply Rmult_le_compat_l; lra); lra.
assert (n1 : 0 < 1 - INR n * u) by (assert (nu : INR n * u = q - u) by (unfold q; rewrite S_INR; ring); lra).
assert (G2 : INR n * u / (1 - INR n * u) <= gamma).
  unfold Rdiv; apply Rmult_le_reg_r with (1 - INR n * u); [exact n1|]; rewrite Rmult_assoc, Rinv_l by lra; lra.
assert (H : Rabs (total - sum e (S n)) <= gamma * sum (size e) (S n)).
  apply Rle_trans with (1 := total_sum), Rmult_le_compat_r; [apply size_ge_0|exact G2].
assert (H1 : gamma * sum (size e) (S n) <= (q - 0.79 * u) * ((1 + 2.001 * u) * E)).
  apply Rmult_le_compat; try assumption; apply size_ge_0.
replace (total - E) with ((total - sum e (S n)) + (sum e (S n) - E)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _).
assert ((q - 0.79 * u) * (1 + 2.001 * u) + 2.001 * u <= q + 1.22 * u) by nra.
assert (((q - 0.79 * u) * (1 + 2.001 * u) + 2.001 * u) * E <= (q + 1.22 * u) * E) by (apply Rmult_le_compat_r; lra); lra.
Qed.

Theorem share_right b : (b <= n)%nat -> Rabs (share b - p b) <= (N + 4.46) * u * p b + 3.03 * tiny.
Proof.
intros bn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); destruct sizes as [[q2 q1] [qq Nt]].
assert (T := total_right); assert (E1 := exact_total_ge_1); set (E := exact_total) in *; set (t := total) in *.
set (tau := q + 1.22 * u) in *; assert (tau1 : 0 <= tau <= 0.001) by (unfold tau; lra).
assert (tE : (1 - tau) * E <= t) by (apply Rabs_le_inv in T; lra); assert (t1 : 0.999 <= t) by nra.
assert (P := softmax_shifted logit n top b); fold exact_total E in P; set (x := exp (logit b - top)) in *.
assert (p0 := softmax_ge_0 logit n b); set (pb := p b) in *; assert (xE : x = pb * E) by (rewrite P; field; lra).
assert (A := e_near b bn); fold x in A.
assert (Q : Rabs (e b / t - pb) <= (q + 3.45 * u) * pb + 2.01 * tiny).
  replace (e b / t - pb) with (((e b - x) - pb * (t - E)) / t) by (rewrite xE; field; lra).
  unfold Rdiv; rewrite Rabs_mult, (Rabs_pos_eq (/ t)) by (apply Rlt_le, Rinv_0_lt_compat; lra).
  apply Rmult_le_reg_r with t; [lra|]; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
  assert (B : Rabs (e b - x - pb * (t - E)) <= 2 * u * x + 2 * tiny + pb * (tau * E)).
    unfold Rminus at 1; apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp, Rabs_mult, (Rabs_pos_eq pb) by exact p0.
    apply Rplus_le_compat; [exact A|apply Rmult_le_compat_l; assumption].
  apply Rle_trans with (1 := B); rewrite xE.
  assert (C : (2 * u + tau) <= (q + 3.45 * u) * (1 - tau)) by (unfold tau; nra).
  assert (C1 : (2 * u + tau) * (pb * E) <= (q + 3.45 * u) * (1 - tau) * (pb * E)) by (apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|exact C]).
  assert (C2 : (q + 3.45 * u) * pb * ((1 - tau) * E) <= (q + 3.45 * u) * pb * t) by (apply Rmult_le_compat_l; [apply Rmult_le_pos; lra|exact tE]).
  assert (C3 : 2.01 * tiny * 0.999 <= 2.01 * tiny * t) by (apply Rmult_le_compat_l; lra); lra.
assert (H := fl_any (e b / t)); fold t (share b) in H; change (fl (e b / t)) with (share b) in H.
assert (K : Rabs (e b / t) <= pb + ((q + 3.45 * u) * pb + 2.01 * tiny)).
  replace (e b / t) with (pb + (e b / t - pb)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq pb) by exact p0; lra.
assert (K1 : u * Rabs (e b / t) <= u * (pb + ((q + 3.45 * u) * pb + 2.01 * tiny))) by (apply Rmult_le_compat_l; assumption).
assert (K2 : u * ((q + 3.45 * u) * pb) <= u * (0.001 * pb)) by (apply Rmult_le_compat_l; [exact u0|apply Rmult_le_compat_r; lra]).
assert (K3 : u * (2.01 * tiny) <= 0.01 * tiny) by nra; assert (K4 : 0 <= u * pb) by (apply Rmult_le_pos; assumption).
replace (share b - pb) with ((share b - e b / t) + (e b / t - pb)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); replace ((N + 4.46) * u * pb) with (q * pb + 4.46 * (u * pb)) by (unfold q; ring); lra.
Qed.

Theorem risen_share_right t : (t < n)%nat ->
  Rabs (plain share t - below p t) <= (2 * N + 3.9) * u * below p t + 3.04 * N * tiny.
Proof.
intros tn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); destruct sizes as [[q2 q1] [qq Nt]]; destruct gamma_right as [G [G0 G1]].
set (F := below p t); assert (p0 := softmax_ge_0 logit n); set (d := (N + 4.46) * u); assert (dq : d = q + 4.46 * u) by (unfold d, q; ring).
assert (F0 : 0 <= F) by (apply sum_ge_0; intros; apply p0).
assert (S1 : INR (S t) <= N) by (apply le_INR; lia); assert (S0 := pos_INR (S t)).
assert (St : INR (S t) * (3.03 * tiny) <= 3.03 * (N * tiny)) by nra.
assert (near : Rabs (sum share (S t) - F) <= d * F + 3.03 * (N * tiny)).
  replace (sum share (S t) - F) with (sum (fun a => 1 * share a + -1 * p a) (S t)) by (rewrite sum_linear; unfold F, below; ring).
  apply Rle_trans with (1 := sum_size _ _); apply Rle_trans with (sum (fun a => d * p a + 3.03 * tiny * 1) (S t)).
    apply sum_le; intros a an; unfold size; replace (1 * share a + -1 * p a) with (share a - p a) by ring; assert (H := share_right a ltac:(lia)); fold d in H; lra.
  rewrite sum_linear, sum_const; fold (below p t) F; lra.
assert (Z : sum (size share) (S t) <= (1 + d) * F + 3.03 * (N * tiny)).
  apply Rle_trans with (sum (fun a => (1 + d) * p a + 3.03 * tiny * 1) (S t)).
    apply sum_le; intros a an; unfold size; assert (H := share_right a ltac:(lia)); fold d in H; assert (H1 := p0 a).
    replace (share a) with (p a + (share a - p a)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq (p a)) by lra; lra.
  rewrite sum_linear, sum_const; fold (below p t) F; lra.
assert (H := plain_sum emin prec prec_gt_1 emin_le_0 share n ltac:(intros; apply fl_format) gamma G G0 t ltac:(lia)).
assert (H1 : gamma * sum (size share) (S t) <= (q - 0.79 * u) * ((1 + d) * F + 3.03 * (N * tiny))).
  apply Rmult_le_compat; try assumption; apply size_ge_0.
assert (H2 : (q - 0.79 * u) * (3.03 * (N * tiny)) <= 0.01 * (N * tiny)).
  assert (0 <= N * tiny) by (apply Rmult_le_pos; [apply pos_INR|exact t0]); nra.
assert (D : (q - 0.79 * u) * (1 + d) + d <= 2 * q + 3.9 * u) by (rewrite dq; nra).
assert (D1 : ((q - 0.79 * u) * (1 + d) + d) * F <= (2 * q + 3.9 * u) * F) by (apply Rmult_le_compat_r; assumption).
replace (plain share t - F) with ((plain share t - sum share (S t)) + (sum share (S t) - F)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); replace ((2 * N + 3.9) * u) with (2 * q + 3.9 * u) by (unfold q; ring); lra.
Qed.
End Shares.
End Format.
