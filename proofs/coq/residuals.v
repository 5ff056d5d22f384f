(* Sums in any order, as a library adds on a device: corrected by their residuals, eq. (74).

     x_t - (S_t - S_(t-1)), the difference found with what it rounds off, is added up by the library as well.

   Nothing is asked of the library but that its sums of any terms are within gamma of the sizes of all terms. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums.
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
Local Notation fl_sub := (fl_sub emin prec prec_gt_1).
Local Notation fl_opp := (fl_opp emin prec).
Local Notation opp_format := (opp_format emin prec).
Local Notation lost := (lost emin prec).
Local Notation two_sum := (two_sum emin prec prec_gt_1 emin_le_0).
Local Notation right_sums := (right_sums emin prec).

(* Sums in any order, of a library: corrected by their residuals, eq. (74). *)
Definition residual before after x :=
  let added := fl (after - before) in
  let virtual := fl (after - added) in
  let rounded_off := fl (fl (after - fl (added + virtual)) + fl (virtual - before)) in
  fl (fl (x - added) - rounded_off).

Definition before (S : nat -> R) (t : nat) : R := match t with O => 0 | S s => S s end.
Definition residuals (S x : nat -> R) (t : nat) : R := residual (before S t) (S t) (x t).
Definition by_residuals (sums : nat -> (nat -> R) -> nat -> R) (m : nat) (x : nat -> R) (t : nat) : R :=
  fl (sums m x t + sums m (residuals (sums m x) x) t).

(* A difference is found with what it rounds off: TwoSum of a and -b. *)
Lemma two_difference a b : format a -> format b ->
  let added := fl (a - b) in
  let virtual := fl (a - added) in
  added + fl (fl (a - fl (added + virtual)) + fl (virtual - b)) = a - b.
Proof.
intros Fa Fb added virtual; assert (E := two_sum a (- b) Fa (opp_format b Fb)).
unfold lost in E; fold (a - b) in E; fold added in E.
replace (added - a) with (- (a - added)) in E by ring; rewrite fl_opp in E; fold virtual in E.
replace (added - - virtual) with (added + virtual) in E by ring.
replace (- b - - virtual) with (virtual - b) in E by ring; exact E.
Qed.

Lemma residual_right a b x : format a -> format b -> format x ->
  let rho := x - (a - b) in
  Rabs (residual b a x - rho) <= (u + u * (1 + u) ^ 2) * Rabs rho + u ^ 2 * (1 + u) * Rabs x.
Proof.
intros Fa Fb Fx rho; assert (E := two_difference a b Fa Fb); cbv zeta in E.
unfold residual; cbv zeta; set (added := fl (a - b)) in *.
set (off := fl (fl (a - fl (added + fl (a - added))) + fl (fl (a - added) - b))) in *.
assert (u0 := u_ge_0); assert (Fd : format added) by apply fl_format; assert (Fo : format off) by apply fl_format.
assert (H1 := fl_sub a b Fa Fb); fold added in H1.
assert (H2 := fl_sub x added Fx Fd); set (p := fl (x - added)) in *; assert (Fp : format p) by apply fl_format.
assert (H3 := fl_sub p off Fp Fo); set (r := fl (p - off)) in *.
assert (O : Rabs off <= u * (Rabs x + Rabs rho)).
  replace off with (- (added - (a - b))) by lra; rewrite Rabs_Ropp; apply Rle_trans with (1 := H1).
  apply Rmult_le_compat_l; [exact u0|]; replace (a - b) with (x - rho) by (unfold rho; ring).
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp; lra.
assert (P : Rabs (x - added) <= Rabs rho + u * (Rabs x + Rabs rho)).
  replace (x - added) with (rho + off) by (unfold rho; lra).
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (P' : u * Rabs (x - added) <= u * (Rabs rho + u * (Rabs x + Rabs rho))) by (apply Rmult_le_compat_l; lra).
assert (Q : Rabs (p - off) <= Rabs rho + u * (Rabs rho + u * (Rabs x + Rabs rho))).
  replace (p - off) with (rho + (p - (x - added))) by (unfold rho; lra).
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (Q' : u * Rabs (p - off) <= u * (Rabs rho + u * (Rabs rho + u * (Rabs x + Rabs rho)))) by (apply Rmult_le_compat_l; lra).
replace (r - rho) with ((r - (p - off)) + (p - (x - added))) by (unfold rho; lra).
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

(* (74) *)
Lemma residuals_telescope (S x : nat -> R) t :
  S t + sum (fun s => x s - (S s - before S s)) (Datatypes.S t) = sum x (Datatypes.S t).
Proof. induction t as [|t IH]; [simpl; ring|]; simpl in *; lra. Qed.

(* What residuals leave where the library's own sums are within gamma of the sizes of all terms. *)
Definition leaves gamma (n : nat) : R :=
  let rho := 2 * gamma * INR (S n) in
  let off := (u + u * (1 + u) ^ 2) * rho + u ^ 2 * (1 + u) in
  (1 + u) * (gamma * (rho + off) + off).

Theorem right_by_residuals sums n gamma : 0 <= gamma ->
  (forall m x, (m <= n)%nat -> (forall t, (t <= m)%nat -> format (x t)) -> forall t, (t <= m)%nat ->
     format (sums m x t) /\ Rabs (sums m x t - sum x (S t)) <= gamma * sum (size x) (S m)) ->
  right_sums (by_residuals sums) n (leaves gamma n).
Proof.
intros G0 lib m x mn Fx t tm; split; [apply fl_format|].
set (s := sums m x); set (r := residuals s x); set (B := sum (size x) (S m)).
assert (u0 := u_ge_0); assert (B0 : 0 <= B) by apply size_ge_0.
assert (Fs : forall k, (k <= m)%nat -> format (s k)) by (intros k km; apply lib; auto).
assert (Fb : forall k, (k <= m)%nat -> format (before s k)).
  intros [|k] km; simpl; [apply zero_format|apply Fs; lia].
assert (err : forall k, (k <= m)%nat -> Rabs (s k - sum x (S k)) <= gamma * B) by (intros k km; apply lib; auto).
pose (rho k := x k - (s k - before s k)).
assert (H1 : forall k, (k < S m)%nat -> Rabs (rho k) <= 2 * gamma * B).
  intros [|k] km; assert (H := err _ (proj1 (Nat.lt_succ_r _ _) km)).
    unfold rho; simpl in *; replace (x 0%nat - (s 0%nat - 0)) with (- (s 0%nat - (0 + x 0%nat))) by ring.
    rewrite Rabs_Ropp; assert (0 <= gamma * B) by (apply Rmult_le_pos; lra); lra.
  assert (H' := err k ltac:(lia)); unfold rho; simpl before.
  replace (x (S k) - (s (S k) - s k)) with ((s k - sum x (S k)) - (s (S k) - sum x (S (S k)))) by (simpl; ring).
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp; lra.
assert (R1 : sum (size rho) (S m) <= 2 * gamma * INR (S m) * B).
  apply Rle_trans with (sum (fun _ => 2 * gamma * B) (S m)); [apply sum_le; intros k km; apply H1; exact km|].
  rewrite sum_const; lra.
pose (a := u + u * (1 + u) ^ 2); pose (b := u ^ 2 * (1 + u)).
assert (a0 : 0 <= a) by (unfold a; nra). assert (b0 : 0 <= b) by (unfold b; nra).
pose (R0 := 2 * gamma * INR (S n)); assert (N0 := pos_INR (S n)).
assert (R00 : 0 <= R0) by (unfold R0; apply Rmult_le_pos; lra).
assert (R2 : sum (size rho) (S m) <= R0 * B).
  apply Rle_trans with (1 := R1); apply Rmult_le_compat_r; [exact B0|].
  apply Rmult_le_compat_l; [lra|apply le_INR; lia].
assert (D : sum (size (fun k => r k - rho k)) (S m) <= (a * R0 + b) * B).
  apply Rle_trans with (sum (fun k => a * size rho k + b * size x k) (S m)).
    apply sum_le; intros k km; apply residual_right; [apply Fs|apply Fb|apply Fx]; lia.
  rewrite sum_linear; fold B; assert (a * sum (size rho) (S m) <= a * (R0 * B)) by (apply Rmult_le_compat_l; lra); lra.
assert (Z : sum (size r) (S m) <= (R0 + (a * R0 + b)) * B).
  apply Rle_trans with (sum (fun k => 1 * size rho k + 1 * size (fun k => r k - rho k) k) (S m)).
    apply sum_le; intros k km; unfold size; replace (r k) with (rho k + (r k - rho k)) at 1 by ring.
    apply Rle_trans with (1 := Rabs_triang _ _); lra.
  rewrite sum_linear; lra.
assert (Fr : forall k, (k <= m)%nat -> format (r k)) by (intros; apply fl_format).
destruct (lib m r mn Fr t tm) as [Fc C].
assert (T : Rabs (s t + sums m r t - sum x (S t)) <= (gamma * (R0 + (a * R0 + b)) + (a * R0 + b)) * B).
  assert (E := residuals_telescope s x t); fold (rho) in E.
  replace (s t + sums m r t - sum x (S t)) with
    ((sums m r t - sum r (S t)) + sum (fun k => 1 * r k + (-1) * rho k) (S t)).
    2: rewrite sum_linear; unfold rho in *; lra.
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rmult_plus_distr_r; apply Rplus_le_compat.
    apply Rle_trans with (1 := C); rewrite Rmult_assoc; apply Rmult_le_compat_l; [exact G0|exact Z].
  apply Rle_trans with (1 := sum_size _ _); apply Rle_trans with (2 := D).
  apply Rle_trans with (sum (size (fun k => r k - rho k)) (S t)); [|apply sum_size_mono; lia].
  apply Req_le, sum_eq; intros; unfold size; f_equal; ring.
assert (H := fl_add (s t) (sums m r t) (Fs t tm) Fc); unfold by_residuals; fold s; fold r.
set (kappa := gamma * (R0 + (a * R0 + b)) + (a * R0 + b)) in *.
replace (leaves gamma n) with ((1 + u) * kappa) by reflexivity.
assert (A : Rabs (s t + sums m r t) <= Rabs (sum x (S t)) + kappa * B).
  replace (s t + sums m r t) with (sum x (S t) + (s t + sums m r t - sum x (S t))) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (A' : u * Rabs (s t + sums m r t) <= u * (Rabs (sum x (S t)) + kappa * B)) by (apply Rmult_le_compat_l; lra).
replace (fl (s t + sums m r t) - sum x (S t)) with
  ((fl (s t + sums m r t) - (s t + sums m r t)) + (s t + sums m r t - sum x (S t))) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.
End Format.
