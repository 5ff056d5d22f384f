(* Running sums, section 9.1, as the code forms them.

     plain      S_t = fl(S_(t-1) + x_t)
     rest       what each of these additions rounds off, found by TwoSum
     corrected  fl(S_t + the plain sum of the rests): within u of the sum itself, and gamma^2 of the sizes of its terms

   gamma is N u / (1 - N u), or more. right_sums says that of whoever adds, and all that follows supposes it alone. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating.
Local Open Scope R_scope.

Section Format.
Variables emin prec : Z.
Hypothesis prec_gt_1 : (1 < prec)%Z.
Hypothesis emin_le_0 : (emin <= 0)%Z.
Notation format := (generic_format radix2 (FLT_exp emin prec)).
Local Notation fl := (fl emin prec).
Local Notation u := (u prec).
Local Notation u_ge_0 := (u_ge_0 prec).
Local Notation fl_format := (fl_format emin prec prec_gt_1).
Local Notation zero_format := (zero_format emin prec).
Local Notation fl_add := (fl_add emin prec prec_gt_1).
Local Notation lost := (lost emin prec).
Local Notation two_sum := (two_sum emin prec prec_gt_1 emin_le_0).

(* One term after the other. *)
Fixpoint plain (x : nat -> R) (t : nat) : R :=
  match t with O => x O | S s => fl (plain x s + x t) end.

Definition rest (x : nat -> R) (t : nat) : R :=
  match t with O => 0 | S s => lost (plain x s) (x t) end.

Definition corrected (x : nat -> R) (t : nat) : R := fl (plain x t + plain (rest x) t).

Section Sums.
Variables (x : nat -> R) (n : nat).
Hypothesis x_format : forall t, (t <= n)%nat -> format (x t).

Lemma plain_format t : (t <= n)%nat -> format (plain x t).
Proof. destruct t; simpl; intros tn; [apply x_format; lia|apply fl_format]. Qed.

Lemma rest_format t : format (rest x t).
Proof. destruct t; simpl; [apply zero_format|apply fl_format]. Qed.

Lemma plain_rest t : (t <= n)%nat -> plain x t + sum (rest x) (S t) = sum x (S t).
Proof.
induction t as [|t IH]; intros tn; [simpl; ring|].
assert (E := two_sum (plain x t) (x (S t)) (plain_format t ltac:(lia)) (x_format (S t) tn)).
change (plain x (S t)) with (fl (plain x t + x (S t))).
change (sum (rest x) (S (S t))) with (sum (rest x) (S t) + lost (plain x t) (x (S t))).
change (sum x (S (S t))) with (sum x (S t) + x (S t)).
rewrite <- IH by lia; lra.
Qed.

Lemma rest_small t : (S t <= n)%nat -> Rabs (rest x (S t)) <= u * Rabs (plain x t + x (S t)).
Proof.
intros tn; assert (Fp := plain_format t ltac:(lia)); assert (Fx := x_format (S t) tn).
assert (E := two_sum _ _ Fp Fx); assert (H := fl_add _ _ Fp Fx); simpl.
replace (lost (plain x t) (x (S t))) with (- (fl (plain x t + x (S t)) - (plain x t + x (S t)))) by lra.
rewrite Rabs_Ropp; exact H.
Qed.

Variable gamma : R.
Hypothesis gamma_large : INR n * u <= gamma * (1 - INR n * u).
Hypothesis gamma_ge_0 : 0 <= gamma.

Lemma rest_total t : (t <= n)%nat -> sum (size (rest x)) (S t) <= gamma * sum (size x) (S t).
Proof.
intros tn; set (B := sum (size x) (S t)); set (E := sum (size (rest x)) (S t)).
assert (u0 := u_ge_0); assert (B0 : 0 <= B) by apply size_ge_0; assert (E0 : 0 <= E) by apply size_ge_0.
assert (H : forall s, (s <= t)%nat -> sum (size (rest x)) (S s) <= INR s * (u * (B + E))).
  induction s as [|s IH]; intros st; [simpl; unfold size; simpl; rewrite Rabs_R0; lra|].
  change (sum (size (rest x)) (S (S s))) with (sum (size (rest x)) (S s) + Rabs (rest x (S s))).
  rewrite S_INR; assert (H1 := IH ltac:(lia)); assert (H2 := rest_small s ltac:(lia)).
  assert (H3 : Rabs (plain x s + x (S s)) <= B + E).
    assert (P := plain_rest s ltac:(lia)).
    replace (plain x s + x (S s)) with (sum x (S (S s)) - sum (rest x) (S s)) by (simpl in *; lra).
    apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp; apply Rplus_le_compat.
      apply Rle_trans with (1 := sum_size _ _); apply sum_size_mono; lia.
    apply Rle_trans with (1 := sum_size _ _); apply sum_size_mono; lia.
  assert (H4 : u * Rabs (plain x s + x (S s)) <= u * (B + E)) by (apply Rmult_le_compat_l; lra).
  lra.
assert (H1 := H t (le_n t)); fold E in H1.
assert (H2 : INR t * (u * (B + E)) <= INR n * (u * (B + E))).
  apply Rmult_le_compat_r; [apply Rmult_le_pos; lra|apply le_INR; exact tn].
assert (nu : INR n * u < 1).
  destruct (Rlt_or_le (INR n * u) 1) as [L|L]; [exact L|exfalso; nra].
apply Rmult_le_reg_l with (1 - INR n * u); [lra|].
apply Rle_trans with (INR n * u * B); nra.
Qed.

(* Section 9.1: a sum of t + 1 <= n + 1 terms. *)
Theorem plain_sum t : (t <= n)%nat -> Rabs (plain x t - sum x (S t)) <= gamma * sum (size x) (S t).
Proof.
intros tn; replace (plain x t - sum x (S t)) with (- sum (rest x) (S t)) by (assert (P := plain_rest t tn); lra).
rewrite Rabs_Ropp; apply Rle_trans with (1 := sum_size _ _); apply rest_total; exact tn.
Qed.
End Sums.

Theorem corrected_sum x n gamma :
  (forall t, (t <= n)%nat -> format (x t)) -> INR n * u <= gamma * (1 - INR n * u) -> 0 <= gamma ->
  forall t, (t <= n)%nat ->
  Rabs (corrected x t - sum x (S t)) <= u * Rabs (sum x (S t)) + (1 + u) * gamma ^ 2 * sum (size x) (S t).
Proof.
intros Fx G G0 t tn; assert (Fr : forall t, (t <= n)%nat -> format (rest x t)) by (intros; apply rest_format).
assert (P := plain_rest x n Fx t tn); assert (E := rest_total x n Fx gamma G G0 t tn).
assert (C := plain_sum (rest x) n Fr gamma G G0 t tn).
assert (H := fl_add (plain x t) (plain (rest x) t) (plain_format x n Fx t tn) (plain_format _ n Fr t tn)).
fold (corrected x t) in H; set (X := sum x (S t)) in *; set (B := sum (size x) (S t)) in *.
assert (u0 := u_ge_0); assert (C1 : Rabs (plain x t + plain (rest x) t - X) <= gamma ^ 2 * B).
  replace (plain x t + plain (rest x) t - X) with (plain (rest x) t - sum (rest x) (S t)) by lra.
  apply Rle_trans with (1 := C); simpl; rewrite Rmult_1_r, Rmult_assoc.
  apply Rmult_le_compat_l; [exact G0|exact E].
assert (A : Rabs (plain x t + plain (rest x) t) <= Rabs X + gamma ^ 2 * B).
  replace (plain x t + plain (rest x) t) with (X + (plain x t + plain (rest x) t - X)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (A' : u * Rabs (plain x t + plain (rest x) t) <= u * (Rabs X + gamma ^ 2 * B)) by (apply Rmult_le_compat_l; lra).
replace (corrected x t - X) with ((corrected x t - (plain x t + plain (rest x) t)) + (plain x t + plain (rest x) t - X)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

(* Whoever adds: of length n + 1 at most, within u of the sum itself and kappa of the sizes of all terms. *)
Definition right_sums (sums : nat -> (nat -> R) -> nat -> R) (n : nat) (kappa : R) : Prop :=
  forall m x, (m <= n)%nat -> (forall t, (t <= m)%nat -> format (x t)) -> forall t, (t <= m)%nat ->
  format (sums m x t) /\
  Rabs (sums m x t - sum x (S t)) <= u * Rabs (sum x (S t)) + kappa * sum (size x) (S m).

Theorem right_corrected n gamma : INR n * u <= gamma * (1 - INR n * u) -> 0 <= gamma ->
  right_sums (fun _ => corrected) n ((1 + u) * gamma ^ 2).
Proof.
intros G G0 m x mn Fx t tm; split; [apply fl_format|].
assert (u0 := u_ge_0); assert (nm : INR m <= INR n) by (apply le_INR; exact mn).
assert (G' : INR m * u <= gamma * (1 - INR m * u)).
  assert (INR m * u <= INR n * u) by (apply Rmult_le_compat_r; lra).
  assert (gamma * (1 - INR n * u) <= gamma * (1 - INR m * u)) by (apply Rmult_le_compat_l; lra); lra.
apply Rle_trans with (1 := corrected_sum x m gamma Fx G' G0 t tm).
apply Rplus_le_compat_l, Rmult_le_compat_l; [apply Rmult_le_pos; [lra|apply pow2_ge_0]|].
apply sum_size_mono; lia.
Qed.
End Format.
