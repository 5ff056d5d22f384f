(* Numbers that are rounded: Flocq's FLT format, ties to even. Any precision, any least exponent, subnormal numbers with
   it, no largest exponent: overflow is left out.

     u      the unit roundoff: what a sum or difference may be off by, as a share of itself, for none underflows
     tiny   half the least positive number: what a product or a quotient may be off by instead

   Terms and ranks count from 0; sum f n is f 0 + .. + f (n - 1). *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core Relative Plus_error Pff2Flocq.
Local Open Scope R_scope.

Ltac bounds :=
  repeat match goal with H : Rabs _ <= _ |- _ => apply Rabs_le_inv in H; destruct H end;
  try apply Rabs_le; try split.

Fixpoint sum (f : nat -> R) (n : nat) : R := match n with O => 0 | S m => sum f m + f m end.
Definition size (f : nat -> R) (t : nat) : R := Rabs (f t).

Lemma sum_le f g n : (forall t, (t < n)%nat -> f t <= g t) -> sum f n <= sum g n.
Proof.
induction n as [|n IH]; simpl; intros H; [lra|].
assert (f n <= g n) by (apply H; lia). assert (sum f n <= sum g n) by (apply IH; intros; apply H; lia). lra.
Qed.

Lemma sum_eq f g n : (forall t, (t < n)%nat -> f t = g t) -> sum f n = sum g n.
Proof. intros H; apply Rle_antisym; apply sum_le; intros t tn; rewrite H; auto; lra. Qed.

Lemma sum_linear a b f g n : sum (fun t => a * f t + b * g t) n = a * sum f n + b * sum g n.
Proof. induction n as [|n IH]; simpl; [ring|rewrite IH; ring]. Qed.

Lemma sum_scaled c f n : sum (fun t => c * f t) n = c * sum f n.
Proof. induction n as [|n IH]; simpl; [ring|rewrite IH; ring]. Qed.

Lemma sum_const c n : sum (fun _ => c) n = INR n * c.
Proof. induction n as [|n IH]; [simpl; ring|rewrite S_INR; simpl; rewrite IH; ring]. Qed.

Lemma sum_size f n : Rabs (sum f n) <= sum (size f) n.
Proof.
induction n as [|n IH]; simpl; [rewrite Rabs_R0; lra|].
unfold size at 2; apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

Lemma size_ge_0 f n : 0 <= sum (size f) n.
Proof. apply Rle_trans with (2 := sum_size f n); apply Rabs_pos. Qed.

Lemma sum_size_mono f m n : (m <= n)%nat -> sum (size f) m <= sum (size f) n.
Proof. induction 1; simpl; [lra|]. unfold size at 3; assert (H1 := Rabs_pos (f m0)); lra. Qed.

Section Format.
Variables emin prec : Z.
Hypothesis prec_gt_1 : (1 < prec)%Z.
Hypothesis emin_le_0 : (emin <= 0)%Z.
Local Instance prec_gt_0 : Prec_gt_0 prec. Proof. unfold Prec_gt_0; lia. Qed.

Notation format := (generic_format radix2 (FLT_exp emin prec)).
Definition fl : R -> R := round radix2 (FLT_exp emin prec) ZnearestE.
Definition u : R := / 2 * bpow radix2 (- prec + 1).
Definition tiny : R := / 2 * bpow radix2 emin.

Lemma u_ge_0 : 0 <= u.
Proof. unfold u; assert (H := bpow_ge_0 radix2 (- prec + 1)); lra. Qed.

Lemma tiny_ge_0 : 0 <= tiny.
Proof. unfold tiny; assert (H := bpow_ge_0 radix2 emin); lra. Qed.

Lemma fl_format x : format (fl x).
Proof. apply generic_format_round; [apply FLT_exp_valid; apply prec_gt_0|apply valid_rnd_N]. Qed.

Lemma zero_format : format 0.
Proof. apply generic_format_0. Qed.

Lemma fl_any x : Rabs (fl x - x) <= u * Rabs x + tiny.
Proof.
destruct (error_N_FLT radix2 emin prec prec_gt_0 (fun x => negb (Z.even x)) x) as (eps & eta & H1 & H2 & _ & H3).
unfold fl; rewrite H3; replace (x * (1 + eps) + eta - x) with (x * eps + eta) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_mult.
apply Rplus_le_compat; [|exact H2].
rewrite Rmult_comm; apply Rmult_le_compat_r; [apply Rabs_pos|exact H1].
Qed.

(* No sum underflows. *)
Lemma fl_add x y : format x -> format y -> Rabs (fl (x + y) - (x + y)) <= u * Rabs (x + y).
Proof.
intros Fx Fy.
destruct (FLT_plus_error_N_ex radix2 emin prec (fun x => negb (Z.even x)) x y Fx Fy) as (eps & H1 & H2).
unfold fl; rewrite H2; replace ((x + y) * (1 + eps) - (x + y)) with ((x + y) * eps) by ring.
rewrite Rabs_mult, Rmult_comm; apply Rmult_le_compat_r; [apply Rabs_pos|].
apply Rle_trans with (1 := H1); apply u_rod1pu_ro_le_u_ro.
Qed.

Lemma opp_format x : format x -> format (- x).
Proof. apply generic_format_opp. Qed.

Lemma fl_sub x y : format x -> format y -> Rabs (fl (x - y) - (x - y)) <= u * Rabs (x - y).
Proof. intros Fx Fy; apply fl_add; [exact Fx|apply opp_format; exact Fy]. Qed.

Lemma fl_opp x : fl (- x) = - fl x.
Proof. apply round_NE_opp. Qed.

(* Knuth's TwoSum, in the order of the code: what an addition rounds off, found without error. *)
Definition lost x y :=
  let after := fl (x + y) in
  let added := fl (after - x) in
  fl (fl (x - fl (after - added)) + fl (y - added)).

Lemma even_sym x : negb (Z.even x) = negb (negb (Z.even (- (x + 1)))).
Proof. rewrite Z.even_opp, Z.add_1_r, Z.even_succ, <- Z.negb_even; now rewrite Bool.negb_involutive. Qed.

Lemma two_sum x y : format x -> format y -> fl (x + y) + lost x y = x + y.
Proof. exact (TwoSum_correct emin prec (fun x => negb (Z.even x)) prec_gt_1 emin_le_0 even_sym x y). Qed.
End Format.
