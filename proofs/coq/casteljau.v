(* De Casteljau's scheme for b_alpha(F), eq. (3), and for Phi(F), eq. (31), exactly and as plain loops do it, section 9.5:

     c_j^(0) = e_j,   c_j^(s+1) = fl(fl(fl(1 - F) c_j^(s)) + fl(F c_(j+1)^(s))),   and c_0^(K-1) is the answer.

   The combination is convex: what coefficients are off by, relative to those of |alpha|, is passed on and not amplified, and
   each step adds three roundings. F is any number of the format from 0 to 1. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums near.
Local Open Scope R_scope.

(* Exact. *)
Fixpoint casteljau (F : R) (e : nat -> R) (s j : nat) : R :=
  match s with O => e j | S s => (1 - F) * casteljau F e s j + F * casteljau F e s (S j) end.

Lemma casteljau_bounded F e A s : 0 <= F <= 1 -> forall j, (forall i, (j <= i <= j + s)%nat -> 0 <= e i <= A) -> 0 <= casteljau F e s j <= A.
Proof.
intros F01; induction s as [|s IH]; intros j eA; simpl; [apply eA; lia|].
assert (H := IH j ltac:(intros; apply eA; lia)); assert (H1 := IH (S j) ltac:(intros; apply eA; lia)); nra.
Qed.

Lemma casteljau_ge_0 F e s : 0 <= F <= 1 -> forall j, (forall i, (j <= i <= j + s)%nat -> 0 <= e i) -> 0 <= casteljau F e s j.
Proof.
intros F01; induction s as [|s IH]; intros j e0; simpl; [apply e0; lia|].
apply Rplus_le_le_0_compat; (apply Rmult_le_pos; [lra|apply IH; intros; apply e0; lia]).
Qed.

Lemma sum_first f n : sum f (S n) = f 0%nat + sum (fun i => f (S i)) n.
Proof. induction n as [|n IH]; [simpl; ring|]; change (sum f (S (S n))) with (sum f (S n) + f (S n)); rewrite IH; simpl; ring. Qed.

(* It is Bernstein's polynomial. *)
Theorem casteljau_bernstein F e s : forall j,
  casteljau F e s j = sum (fun i => C s i * F ^ i * (1 - F) ^ (s - i) * e (j + i)%nat) (S s).
Proof.
assert (C0 : forall n, C n 0 = 1) by (intros n; unfold C; rewrite Nat.sub_0_r; simpl; field; apply INR_fact_neq_0).
assert (Cn : forall n, C n n = 1) by (intros n; unfold C; rewrite Nat.sub_diag; simpl; field; apply INR_fact_neq_0).
induction s as [|s IH]; intros j; [simpl; rewrite C0, Nat.add_0_r; ring|].
simpl casteljau; rewrite (IH j), (IH (S j)).
pose (x i := C s i * F ^ i * (1 - F) ^ (s - i) * e (j + i)%nat); pose (y i := C s i * F ^ i * (1 - F) ^ (s - i) * e (S j + i)%nat).
pose (z i := C (S s) i * F ^ i * (1 - F) ^ (S s - i) * e (j + i)%nat); fold x; fold y; fold z.
assert (H : forall m, (m <= s)%nat -> sum z (S m) = (1 - F) * sum x (S m) + F * sum y m).
  induction m as [|m IHm]; intros ms.
    simpl; unfold z, x; rewrite !C0, !Nat.sub_0_r; simpl; ring.
  change (sum z (S (S m))) with (sum z (S m) + z (S m)); change (sum x (S (S m))) with (sum x (S m) + x (S m)).
  change (sum y (S m)) with (sum y m + y m); rewrite IHm by lia; unfold z, x, y; rewrite <- (pascal s m) by lia.
  replace (S s - S m)%nat with (s - m)%nat by lia; replace (S j + m)%nat with (j + S m)%nat by lia.
  replace (s - m)%nat with (S (s - S m)) by lia; simpl; ring.
change (sum z (S (S s))) with (sum z (S s) + z (S s)); rewrite H by lia; change (sum y (S s)) with (sum y s + y s).
unfold z, y; rewrite !Cn, !Nat.sub_diag; replace (S j + s)%nat with (j + S s)%nat by lia; simpl; ring.
Qed.

(* Its derivative is that of the differences, *)
Theorem casteljau_derivative e s : forall j F,
  derivable_pt_lim (fun F => casteljau F e (S s) j) F (INR (S s) * casteljau F (fun i => e (S i) - e i) s j).
Proof.
assert (D : forall F s j, casteljau F (fun i => e (S i) - e i) s j = casteljau F e s (S j) - casteljau F e s j).
  intros F; induction s0 as [|s0 IH]; intros j; simpl; [reflexivity|rewrite !IH; ring].
assert (L : forall (f f' : R -> R) F l l', derivable_pt_lim f F l -> derivable_pt_lim f' F l' ->
    derivable_pt_lim (fun F => (1 - F) * f F + F * f' F) F (f' F - f F + ((1 - F) * l + F * l'))).
  intros f f' F l l' H H'; assert (A := derivable_pt_lim_minus _ _ F _ _ (derivable_pt_lim_const 1 F) (derivable_pt_lim_id F)).
  assert (B := derivable_pt_lim_plus _ _ F _ _ (derivable_pt_lim_mult _ _ F _ _ A H) (derivable_pt_lim_mult _ _ F _ _ (derivable_pt_lim_id F) H')).
  unfold minus_fct, mult_fct, plus_fct, fct_cte, id in B.
  replace (f' F - f F + ((1 - F) * l + F * l')) with ((0 - 1) * f F + (1 - F) * l + (1 * f' F + F * l')) by ring; exact B.
induction s as [|s IH]; intros j F.
  assert (H := L _ _ F _ _ (derivable_pt_lim_const (e j) F) (derivable_pt_lim_const (e (S j)) F)); unfold fct_cte in H.
  simpl casteljau; replace (INR 1 * (e (S j) - e j)) with (e (S j) - e j + ((1 - F) * 0 + F * 0)) by (simpl; ring); exact H.
assert (H := L _ _ F _ _ (IH j F) (IH (S j) F)).
replace (INR (S (S s)) * casteljau F (fun i => e (S i) - e i) (S s) j) with
  (casteljau F e (S s) (S j) - casteljau F e (S s) j + ((1 - F) * (INR (S s) * casteljau F (fun i => e (S i) - e i) s j) +
   F * (INR (S s) * casteljau F (fun i => e (S i) - e i) s (S j)))); [exact H|].
rewrite <- D, (S_INR (S s)); simpl casteljau; ring.
Qed.

(* so that Phi, with Phi' = K b_alpha and Phi(0) = 0, has the partial sums of alpha for coefficients; and Phi(F) = F b_beta(F). *)
Definition tails (alpha : nat -> R) (K j : nat) : R := INR K / INR (S j) * sum alpha (S j).

Theorem Phi_is alpha k F : F * casteljau F (tails alpha (S k)) k 0 = casteljau F (sum alpha) (S k) 0.
Proof.
rewrite !casteljau_bernstein, (sum_first _ (S k)); simpl (sum alpha (0 + 0)); rewrite Rmult_0_r, Rplus_0_l, <- sum_scaled.
apply sum_eq; intros i ik; unfold tails; rewrite !Nat.add_0_l; replace (S k - S i)%nat with (k - i)%nat by lia.
assert (E : C (S k) (S i) = C k i * (INR (S k) / INR (S i))).
  unfold C; replace (S k - S i)%nat with (k - i)%nat by lia; rewrite !fact_simpl, !mult_INR.
  field; repeat split; try apply INR_fact_neq_0; apply not_0_INR; lia.
rewrite E; simpl pow; ring.
Qed.

Theorem Phi_derivative alpha k F : derivable_pt_lim (fun F => casteljau F (sum alpha) (S k) 0) F (INR (S k) * casteljau F alpha k 0).
Proof.
assert (H := casteljau_derivative (sum alpha) k 0 F).
assert (E : forall s j, casteljau F (fun i => sum alpha (S i) - sum alpha i) s j = casteljau F alpha s j).
  induction s as [|s IH]; intros j; simpl; [ring|rewrite !IH; reflexivity].
rewrite E in H; exact H.
Qed.

(* (31) by parts, between 0 = G_0 and G_(n+1) = 1: what the gaps take away from the largest. *)
Theorem by_parts (r G e : nat -> R) k n : e 0%nat = 0 -> G 0%nat = 0 -> G (S n) = 1 ->
  sum (fun t => r t * (casteljau (G (S t)) e k 0 - casteljau (G t) e k 0)) (S n) =
  r n * e k - sum (fun t => (r (S t) - r t) * casteljau (G (S t)) e k 0) n.
Proof.
intros e0 G0 G1; pose (P t := casteljau (G t) e k 0).
assert (at0 : P 0%nat = 0) by (assert (H : forall s j, casteljau 0 e s j = e j) by (induction s as [|s IH]; intros j; simpl;
  [|rewrite !IH]; ring); unfold P; rewrite G0, H; exact e0).
assert (at1 : P (S n) = e k) by (assert (H : forall s j, casteljau 1 e s j = e (s + j)%nat) by
  (induction s as [|s IH]; intros j; [reflexivity|simpl casteljau; rewrite !IH; replace (s + S j)%nat with (S s + j)%nat by lia; ring]); unfold P;
    rewrite G1, H, Nat.add_0_r; reflexivity).
change (sum (fun t => r t * (P (S t) - P t)) (S n) = r n * e k - sum (fun t => (r (S t) - r t) * P (S t)) n); rewrite <- at1.
clear at1 G1; clearbody P; induction n as [|n IH]; [simpl; rewrite at0; ring|].
change (sum (fun t => r t * (P (S t) - P t)) (S (S n))) with (sum (fun t => r t * (P (S t) - P t)) (S n) + r (S n) * (P (S (S n)) - P (S n))).
change (sum (fun t => (r (S t) - r t) * P (S t)) (S n)) with (sum (fun t => (r (S t) - r t) * P (S t)) n + (r (S n) - r n) * P (S n)).
rewrite IH; ring.
Qed.

Section Format.
Variables emin prec : Z.
Hypothesis prec_gt_1 : (1 < prec)%Z.
Notation format := (generic_format radix2 (FLT_exp emin prec)).
Local Notation fl := (fl emin prec).
Local Notation u := (u prec).
Local Notation tiny := (tiny emin).

(* As the loops do it. *)
Fixpoint casteljau_plainly (F : R) (e : nat -> R) (s j : nat) : R :=
  match s with
  | O => e j
  | S s => fl (fl (fl (1 - F) * casteljau_plainly F e s j) + fl (F * casteljau_plainly F e s (S j)))
  end.

Theorem casteljau_right F read e t y z s : 0 <= F <= 1 -> format F -> format 1 -> 0 <= y -> 0 <= z ->
  forall j, (forall i, (j <= i <= j + s)%nat -> near (read i) (e i) (t i) y z) ->
  near (casteljau_plainly F read s j) (casteljau F e s j) (casteljau F t s j) (3 * INR s * u + y) (exp (3 * INR s * u) * (z + 2 * INR s * tiny)).
Proof.
intros F01 FF F1 y0 z0; assert (u0 := u_ge_0 prec); assert (t0 := tiny_ge_0 emin); induction s as [|s IH]; intros j N.
  simpl; replace (3 * 0 * u) with 0 by ring; rewrite exp_0; apply near_more with (1 := N j ltac:(lia)); lra.
assert (A := IH j ltac:(intros; apply N; lia)); assert (B := IH (S j) ltac:(intros; apply N; lia)).
set (Y := 3 * INR s * u + y) in *; set (Z := exp (3 * INR s * u) * (z + 2 * INR s * tiny)) in *.
assert (s0 := pos_INR s); assert (su : 0 <= 3 * INR s * u) by (apply Rmult_le_pos; lra); assert (Y0 : 0 <= Y) by (unfold Y; lra).
assert (st : 0 <= INR s * tiny) by (apply Rmult_le_pos; assumption); assert (X := exp_ge_1 _ su); assert (U := exp_ge_1 u u0).
assert (Z0 : 0 <= Z) by (unfold Z; apply Rmult_le_pos; lra).
assert (G := fl_sub emin prec prec_gt_1 1 F F1 FF); rewrite (Rabs_pos_eq (1 - F)) in G by lra.
assert (P := near_fl emin prec prec_gt_1 _ _ _ _ _ (near_scaled (1 - F) (fl (1 - F)) u _ _ _ _ _ ltac:(lra) u0 G A Y0) ltac:(lra)
  ltac:(apply Rmult_le_pos; [lra|apply Rmult_le_pos; lra])).
assert (Q := near_fl emin prec prec_gt_1 _ _ _ _ _ (near_times F _ _ _ _ _ (proj1 F01) B) Y0 ltac:(apply Rmult_le_pos; lra)).
assert (cZ : forall c, 0 <= c -> exp u * (c * Z) <= exp u * (exp u * (c * Z))).
  intros c c0; apply Rmult_le_compat_l; [lra|]; assert (0 <= c * Z) by (apply Rmult_le_pos; assumption).
  rewrite <- (Rmult_1_l (c * Z)) at 1; apply Rmult_le_compat_r; lra.
assert (H := cZ F (proj1 F01)).
apply near_more with (y' := u + (u + Y)) (z' := exp u * (exp u * (F * Z)) + tiny) in Q; [|lra|lra].
apply near_more with (y' := u + (u + Y)) (z' := exp u * (exp u * ((1 - F) * Z)) + tiny) in P; [|lra|lra].
assert (R := near_fl_add emin prec prec_gt_1 _ _ _ _ _ _ (fl_format _ _ prec_gt_1 _) (fl_format _ _ prec_gt_1 _) (near_add _ _ _ _ _ _ _ _ _ P Q) ltac:(lra)
  ltac:(apply Rplus_le_le_0_compat; (apply Rplus_le_le_0_compat; [|exact t0]); apply Rmult_le_pos; try lra; apply Rmult_le_pos; try lra; apply Rmult_le_pos; lra)).
apply near_more with (1 := R); rewrite S_INR; [unfold Y; lra|].
replace (3 * (INR s + 1) * u) with (u + (u + (u + 3 * INR s * u))) by ring; rewrite !exp_plus.
replace (exp u * (exp u * (exp u * exp (3 * INR s * u))) * (z + 2 * (INR s + 1) * tiny)) with
  (exp u * (exp u * (exp u * Z)) + exp u * (exp u * (exp u * exp (3 * INR s * u)) * (2 * tiny))) by (unfold Z; ring).
replace (exp u * (exp u * (exp u * ((1 - F) * Z)) + tiny + (exp u * (exp u * (F * Z)) + tiny))) with
  (exp u * (exp u * (exp u * Z)) + exp u * (1 * (2 * tiny))) by ring.
apply Rplus_le_compat_l, Rmult_le_compat_l; [lra|]; apply Rmult_le_compat_r; [lra|].
assert (1 <= exp u * exp (3 * INR s * u)) by nra; nra.
Qed.

(* Where the polynomial of |alpha| is zero, so is every product on the way. *)
Theorem casteljau_of_none F read t s : 0 <= F <= 1 -> forall j, (forall i, (j <= i <= j + s)%nat -> 0 <= t i /\ (t i = 0 -> read i = 0)) ->
  casteljau F t s j = 0 -> casteljau_plainly F read s j = 0.
Proof.
intros F01; assert (fl0 : fl 0 = 0) by (apply round_0, valid_rnd_N); induction s as [|s IH]; intros j N E; [apply (N j ltac:(lia)); exact E|].
simpl in *; assert (a0 := casteljau_ge_0 F t s F01 j (fun i ij => proj1 (N i ltac:(lia)))).
assert (b0 := casteljau_ge_0 F t s F01 (S j) (fun i ij => proj1 (N i ltac:(lia)))).
assert (A : 0 <= (1 - F) * casteljau F t s j) by (apply Rmult_le_pos; lra); assert (B : 0 <= F * casteljau F t s (S j)) by (apply Rmult_le_pos; lra).
replace (fl (1 - F) * casteljau_plainly F read s j) with 0.
  replace (F * casteljau_plainly F read s (S j)) with 0; [rewrite fl0, Rplus_0_r; exact fl0|].
  destruct (Rmult_integral F (casteljau F t s (S j)) ltac:(lra)) as [Z|Z]; [rewrite Z; ring|rewrite (IH (S j)); [ring|intros; apply N; lia|exact Z]].
destruct (Rmult_integral (1 - F) (casteljau F t s j) ltac:(lra)) as [Z|Z]; [rewrite Z, fl0; ring|rewrite (IH j); [ring|intros; apply N; lia|exact Z]].
Qed.

Lemma casteljau_format F read s j : (forall i, format (read i)) -> format (casteljau_plainly F read s j).
Proof. intros R; destruct s; simpl; [apply R|apply fl_format; exact prec_gt_1]. Qed.
End Format.
