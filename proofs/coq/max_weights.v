(* The weights of max@K in float64, as closed_forms/rank_weights.py and gap_form.py compute them: eq. (24), N <= 10^7.

   The i-th factor is x / y, x = n - i - K and y = n - i - 1 whole numbers, i = 0, 1, .. from the top. The products start at
   2^900, are followed down to 2^-200, and are corrected by what each product and each quotient rounds off, found by Dekker's
   product and added up in blocks of 65536. The weight of a gap is fl(fl(e N) / (N - 1)). *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core Mult_error Relative.
From Ordergrad Require Import floating running_sums products dekker blocks float_formats rounded_advantages.
Local Open Scope R_scope.

Local Notation format := (generic_format radix2 (FLT_exp (-1074) 53)).
Local Notation fl := (floating.fl (-1074) 53).
Local Notation u := (u 53).
Local Notation tiny := (tiny (-1074)).
Local Notation fl_format := (fl_format (-1074) 53 eq_refl).
Local Notation fl_any := (fl_any (-1074) 53 eq_refl).
Local Instance prec_gt_0 : Prec_gt_0 53 := eq_refl.

Definition top : R := bpow radix2 900.
Definition nothing : R := bpow radix2 (-200).
Definition at_once : nat := Z.to_nat 65536.

Section Weights.
Variables n K : nat.

Definition x i : R := INR (n - i - K).
Definition y i : R := INR (n - i - 1).
Definition quotient i : R := fl (x i / y i).
Fixpoint product i : R := match i with O => top | S j => fl (product j * quotient j) end.
Definition lost i : R :=
  fl (fl (product_error (product i) (quotient i) (product (S i)) / product (S i)) - fl (product_error (quotient i) (y i) (x i) / x i)).
Definition correction : nat -> R := blocked (-1074) 53 at_once lost.
Definition power i : R := (* e of the rank n - i *)
  match i with
  | O => 1
  | S _ => if Rle_dec (product i) nothing then 0 else fl (fl (product i * fl (1 + correction i)) * bpow radix2 (-900))
  end.

Fixpoint exact i : R := match i with O => 1 | S j => exact j * (x j / y j) end.

Hypothesis K_gt_0 : (0 < K)%nat.
Hypothesis n_small : INR n <= 10000000.

Lemma fl_normal z : bpow radix2 (-1022) <= Rabs z -> Rabs (fl z - z) <= u * Rabs z.
Proof. exact (relative_error_N_FLT radix2 (-1074) 53 eq_refl (fun t => negb (Z.even t)) z). Qed.

Lemma uE : u = / 9007199254740992. Proof. unfold floating.u; simpl; lra. Qed.

Lemma whole i : (0 < n - i - K)%nat -> exists a b : Z, (0 < a <= b)%Z /\ (b < 2 ^ 24)%Z /\ x i = IZR a /\ y i = IZR b.
Proof.
intros p; exists (Z.of_nat (n - i - K)), (Z.of_nat (n - i - 1)); unfold x, y; rewrite !INR_IZR_INZ.
repeat split; try lia; apply lt_IZR; rewrite <- INR_IZR_INZ; change (IZR (2 ^ 24)) with 16777216.
apply Rle_lt_trans with (INR n); [apply le_INR; lia|lra].
Qed.

Lemma factor i : (0 < n - i - K)%nat -> 1 <= x i <= y i /\ y i <= 10000000 /\ / 10000000 <= x i / y i <= 1.
Proof.
intros p; assert (a : 1 <= x i) by (apply (le_INR 1); lia); assert (b : x i <= y i) by (apply le_INR; lia).
assert (c : y i <= 10000000) by (apply Rle_trans with (2 := n_small), le_INR; lia).
repeat split; try assumption; apply Rmult_le_reg_r with (y i); try lra; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra.
Qed.

Lemma quotient_near i : (0 < n - i - K)%nat ->
  Rabs (quotient i - x i / y i) <= u * (x i / y i) /\ / 10000001 <= quotient i <= 1 /\ format (quotient i).
Proof.
intros p; destruct (factor i p) as (xy & y0 & r); assert (B : bpow radix2 (-1022) <= / 10000000).
  apply Rle_trans with (bpow radix2 (-24)); [apply bpow_le; lia|simpl; lra].
assert (H := fl_normal (x i / y i)); rewrite (Rabs_pos_eq (x i / y i)) in H by lra; specialize (H ltac:(lra)); fold (quotient i) in H.
split; [exact H|split; [|apply fl_format]]; split; [rewrite uE in H; apply Rabs_le_inv in H; lra|].
rewrite <- (fl_id 1); [|apply (generic_format_bpow radix2 (FLT_exp (-1074) 53) 0); unfold FLT_exp; lia].
apply round_le; [apply FLT_exp_valid; exact eq_refl|apply valid_rnd_N|lra].
Qed.

Lemma product_format i : format (product i).
Proof. destruct i; [apply generic_format_bpow; unfold FLT_exp; lia|apply fl_format]. Qed.

Lemma product_ge_0 i : (i <= n - K)%nat -> 0 <= product i.
Proof.
induction i as [|i IH]; intros p; [apply bpow_ge_0|].
destruct (quotient_near i ltac:(lia)) as (_ & q & _); simpl; rewrite <- (fl_id 0) by apply generic_format_0.
apply round_le; [apply FLT_exp_valid; exact eq_refl|apply valid_rnd_N|apply Rmult_le_pos; [apply IH; lia|lra]].
Qed.

Lemma product_falls i j : (i <= j <= n - K)%nat -> product j <= product i.
Proof.
intros [ij jn]; induction j as [|j IH]; [replace i with O by lia; lra|].
apply Nat.le_succ_r in ij; destruct ij as [ij| ->]; [|lra]; apply Rle_trans with (2 := IH ij ltac:(lia)).
destruct (quotient_near j ltac:(lia)) as (_ & q & _); assert (p0 := product_ge_0 j ltac:(lia)); simpl.
apply Rle_trans with (fl (product j * 1)).
  apply round_le; [apply FLT_exp_valid; exact eq_refl|apply valid_rnd_N|apply Rmult_le_compat_l; lra].
rewrite Rmult_1_r, fl_id by apply product_format; lra.
Qed.

Lemma scaled z : format z -> Rabs (fl (z * bpow radix2 (-900)) - z * bpow radix2 (-900)) <= tiny /\
  (bpow radix2 (-1022) <= Rabs (z * bpow radix2 (-900)) -> fl (z * bpow radix2 (-900)) = z * bpow radix2 (-900)).
Proof.
intros Fz; set (w := z * bpow radix2 (-900)).
assert (E : bpow radix2 (-1022) <= Rabs w -> fl w = w).
  intros W; apply fl_id, mult_bpow_exact_FLT; [exact Fz|].
  assert (W' : bpow radix2 (-122) <= Rabs z).
    apply Rmult_le_reg_r with (bpow radix2 (-900)); [apply bpow_gt_0|]; rewrite <- bpow_plus.
    rewrite <- (Rabs_pos_eq (bpow radix2 (-900))) by apply bpow_ge_0; rewrite <- Rabs_mult; exact W.
  assert (M := mag_ge_bpow radix2 z (-121) W'); lia.
split; [|exact E].
destruct (Rle_or_lt (bpow radix2 (-1022)) (Rabs w)) as [W|W].
  rewrite (E W), Rminus_diag_eq, Rabs_R0 by reflexivity; unfold floating.tiny; assert (H := bpow_ge_0 radix2 (-1074)); lra.
assert (H := error_le_half_ulp radix2 (FLT_exp (-1074) 53) (fun t => negb (Z.even t)) w).
rewrite ulp_FLT_small in H; [exact H|exact eq_refl|apply Rlt_trans with (1 := W), bpow_lt; lia].
Qed.

Lemma exact_gt_0 i : (i <= n - K)%nat -> 0 < exact i.
Proof.
induction i as [|i IH]; intros p; simpl; [lra|]; destruct (factor i ltac:(lia)) as (_ & _ & r).
apply Rmult_lt_0_compat; [apply IH; lia|lra].
Qed.

Lemma exact_power_is i : exact_power (fun i => x i / y i) product i = top * exact i.
Proof. induction i as [|i IH]; simpl; [ring|rewrite IH; ring]. Qed.

(* What is corrected: while the products are above 2^-200, within 2.09 u of themselves. *)
Lemma corrected_right i : (i <= n - K)%nat -> nothing < product i ->
  Rabs (fl (product i * fl (1 + correction i)) - top * exact i) <= 2.09 * u * (top * exact i) + tiny.
Proof.
intros ni alive; rewrite <- exact_power_is.
assert (big : forall j, (j <= i)%nat -> nothing < product j).
  intros j ji; apply Rlt_le_trans with (1 := alive), product_falls; lia.
assert (nothing0 : 0 < nothing) by apply bpow_gt_0.
assert (T : 0 < tiny <= / 10 * u ^ 2).
  unfold floating.tiny; split; [assert (H := bpow_gt_0 radix2 (-1074)); lra|].
  assert (H : bpow radix2 (-1074) <= bpow radix2 (-110)) by (apply bpow_le; lia).
  assert (E : bpow radix2 (-110) = / 1298074214633706907132624082305024) by (simpl; lra); rewrite E in H; rewrite uE; lra.
assert (in_ : INR i <= INR n) by (apply le_INR; lia).
assert (small : INR i * u <= 0.001) by (rewrite uE; assert (H := pos_INR i); lra).
assert (P : forall j, (j < i)%nat -> / 10000001 * nothing <= product j * quotient j).
  intros j ji; destruct (quotient_near j ltac:(lia)) as (_ & q & _); assert (b := big j ltac:(lia)).
  rewrite (Rmult_comm (product j)); apply Rmult_le_compat; lra.
assert (N : bpow radix2 (-969) <= / 10000001 * nothing).
  apply Rle_trans with (bpow radix2 (-24) * nothing).
    unfold nothing; rewrite <- bpow_plus; apply bpow_le; lia.
  apply Rmult_le_compat_r; [lra|]; simpl; lra.
assert (N' : bpow radix2 (-1022) <= bpow radix2 (-969)) by (apply bpow_le; lia).
assert (B := blocked_right (-1074) 53 eq_refl ltac:(lia) at_once lost i ltac:(unfold at_once; lia)
  ltac:(intros; apply fl_format) small).
assert (R : forall j, (j < i)%nat -> Rabs (product (S j) - product j * quotient j) <= u * Rabs (product j * quotient j)).
  intros j ji; simpl; apply fl_normal; assert (H := P j ji); rewrite Rabs_pos_eq; lra.
refine (Rle_trans _ _ _ (float64_product (fun j => x j / y j) quotient product lost correction i _ _ R _ _ _ _ _ i (le_n i)) _).
- intros j ji; apply Rlt_trans with (1 := nothing0), big; exact ji.
- intros j ji; destruct (factor j ltac:(lia)) as (_ & _ & r); lra.
- intros j ji; apply quotient_near; lia.
- intros j ji; destruct (factor j ltac:(lia)) as (xy & y0 & r); destruct (quotient_near j ltac:(lia)) as (Q & q & Fq).
  assert (p0 := big (S j) ltac:(lia)); destruct (whole j ltac:(lia)) as (a & b & ab & b24 & xE & yE).
  assert (D : product_error (product j) (quotient j) (product (S j)) / product (S j) = e quotient product j).
    unfold e; f_equal; simpl; apply product_error_right; [apply product_format|exact Fq|].
    assert (H := P j ji); rewrite Rabs_pos_eq; lra.
  assert (D' : product_error (quotient j) (y j) (x j) / x j = f (fun j => x j / y j) quotient j).
    unfold f; unfold quotient at 1; rewrite xE, yE, (remainder_right a b ab b24), <- xE, <- yE; fold (quotient j); field; lra.
  unfold lost; rewrite D, D'; set (g := e quotient product j); set (h := f (fun j => x j / y j) quotient j).
  assert (G := fl_any g); assert (H := fl_any h).
  assert (A := fl_sub (-1074) 53 eq_refl (fl g) (fl h) (fl_format g) (fl_format h)).
  assert (g0 := Rabs_pos g); assert (h0 := Rabs_pos h).
  assert (gh : Rabs (fl g - fl h) <= (1 + u) * (Rabs g + Rabs h) + 2 * tiny).
    replace (fl g - fl h) with ((g - h) + ((fl g - g) - (fl h - h))) by ring.
    apply Rle_trans with (1 := Rabs_triang _ _); assert (I := Rabs_triang g (- h)); rewrite Rabs_Ropp in I; fold (g - h) in I.
    assert (J := Rabs_triang (fl g - g) (- (fl h - h))); rewrite Rabs_Ropp in J; fold (fl g - g - (fl h - h)) in J; lra.
  replace (fl (fl g - fl h) - (g - h)) with ((fl (fl g - fl h) - (fl g - fl h)) + ((fl g - g) - (fl h - h))) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _).
  assert (J := Rabs_triang (fl g - g) (- (fl h - h))); rewrite Rabs_Ropp in J; fold (fl g - g - (fl h - h)) in J.
  rewrite uE in *; lra.
- intros j ji; apply (blocked_right (-1074) 53 eq_refl ltac:(lia) at_once lost i); try (unfold at_once; lia); [intros; apply fl_format|exact small].
- intros j ji; apply (blocked_right (-1074) 53 eq_refl ltac:(lia) at_once lost i); try (unfold at_once; lia); [intros; apply fl_format|exact small].
- lra.
- apply Rle_refl.
Qed.
Lemma exact_falls i : (i < n - K)%nat -> exact (S i) <= exact i.
Proof.
intros p; destruct (factor i ltac:(lia)) as (_ & _ & r); assert (E := exact_gt_0 i ltac:(lia)); simpl.
rewrite <- (Rmult_1_r (exact i)) at 2; apply Rmult_le_compat_l; lra.
Qed.

Lemma nothing_gt_0 : 0 < nothing. Proof. apply bpow_gt_0. Qed.

Lemma next i : (i < n - K)%nat -> nothing < product i -> Rabs (product (S i) - product i * quotient i) <= u * (product i * quotient i).
Proof.
intros ni alive; assert (N := nothing_gt_0); destruct (quotient_near i ltac:(lia)) as (_ & q & _).
assert (z0 : 0 <= product i * quotient i) by (apply Rmult_le_pos; lra); rewrite <- (Rabs_pos_eq _ z0) at 2; apply fl_normal.
rewrite Rabs_pos_eq by exact z0; apply Rle_trans with (bpow radix2 (-24) * nothing).
  unfold nothing; rewrite <- bpow_plus; apply bpow_le; lia.
rewrite (Rmult_comm (product i)); assert (E : bpow radix2 (-24) <= / 10000001) by (simpl; lra).
assert (0 <= bpow radix2 (-24)) by apply bpow_ge_0; apply Rmult_le_compat; lra.
Qed.

(* What is followed, plainly multiplied, is right to a hundredth. *)
Lemma followed i : (i <= n - K)%nat -> nothing < product i -> exists g, top * exact i = product i * g /\ 0.99 <= g <= 1.01.
Proof.
intros ni alive; assert (N := nothing_gt_0); rewrite <- exact_power_is.
assert (big : forall j, (j <= i)%nat -> nothing < product j).
  intros j ji; apply Rlt_le_trans with (1 := alive), product_falls; lia.
assert (small : 0 <= INR i * u <= 0.001).
  assert (H := pos_INR i); assert (INR i <= INR n) by (apply le_INR; lia); rewrite uE; lra.
destruct (off 53 (fun j => x j / y j) quotient product i) with (i := i) as (g & G & D & S); try lia; try (rewrite ?uE in *; lra).
- intros j ji; apply Rlt_trans with (1 := N), big; exact ji.
- intros j ji; destruct (factor j ltac:(lia)) as (_ & _ & r); lra.
- intros j ji; apply Rle_trans with (1 := next j ltac:(lia) (big j ltac:(lia))), Rmult_le_compat_l; [rewrite uE; lra|apply Rle_abs].
- intros j ji; apply quotient_near; lia.
- exists g; split; [exact G|]; assert (P : (INR i * u) ^ 2 <= 0.001 ^ 2) by (apply pow_incr; exact small).
  apply Rabs_le_inv in D; apply Rabs_le_inv in S; simpl in *; lra.
Qed.

(* What is not followed any more is below 2^-1099. *)
Lemma dead i : (i <= n - K)%nat -> product i <= nothing -> exact i <= tiny.
Proof.
assert (N := nothing_gt_0); induction i as [|i IH]; intros ni small.
  exfalso; assert (H : nothing < top) by (apply bpow_lt; lia); simpl in small; lra.
destruct (Rle_or_lt (product i) nothing) as [L|alive].
  apply Rle_trans with (2 := IH ltac:(lia) L), exact_falls; lia.
destruct (followed i ltac:(lia) alive) as (g & G & g1).
destruct (quotient_near i ltac:(lia)) as (Q & q & _); destruct (factor i ltac:(lia)) as (_ & _ & r).
assert (R := next i ltac:(lia) alive); set (z := product i) in *; set (h := x i / y i) in *; rewrite uE in *.
assert (zq : z * quotient i <= 1.01 * nothing).
  assert (0 <= z * quotient i) by (apply Rmult_le_pos; lra); apply Rabs_le_inv in R; lra.
assert (zh : 0 <= z * h <= 1.02 * nothing).
  assert (h <= 1.001 * quotient i) by (apply Rabs_le_inv in Q; lra).
  assert (z * h <= z * (1.001 * quotient i)) by (apply Rmult_le_compat_l; lra); split; [apply Rmult_le_pos|]; lra.
assert (F : top * exact (S i) <= 2 * nothing).
  change (exact (S i)) with (exact i * h); replace (top * (exact i * h)) with (z * h * g) by (rewrite <- Rmult_assoc, G; ring).
  apply Rle_trans with (1.02 * nothing * 1.01); [apply Rmult_le_compat|]; lra.
assert (t0 : 0 < top) by apply bpow_gt_0; apply Rmult_le_reg_l with (1 := t0); apply Rle_trans with (1 := F).
unfold top, nothing, floating.tiny; change 2 with (bpow radix2 1) at 1; change (/ 2) with (bpow radix2 (-1)).
rewrite <- !bpow_plus; apply bpow_le; lia.
Qed.

Lemma beyond i : (n - K < i)%nat -> product i = 0 /\ exact i = 0.
Proof.
induction i as [|i IH]; intros ni; [lia|]; simpl; unfold quotient.
assert (Z : fl 0 = 0) by (apply fl_id, generic_format_0).
destruct (Nat.eq_dec i (n - K)) as [->|ne]; [|destruct (IH ltac:(lia)) as [-> ->]; rewrite !Rmult_0_l; split; [exact Z|reflexivity]].
unfold x; replace (n - (n - K) - K)%nat with O by lia; unfold Rdiv; rewrite !Rmult_0_l, Z, !Rmult_0_r; split; [exact Z|reflexivity].
Qed.

(* Eq. (24), as computed. *)
Theorem power_right i : (i < n)%nat ->
  Rabs (power i - exact i) <= 2.1 * u * exact i + tiny /\ (bpow radix2 (-1021) <= exact i -> Rabs (power i - exact i) <= 2.1 * u * exact i).
Proof.
intros ni; assert (t0 : 0 < tiny) by (unfold floating.tiny; assert (H := bpow_gt_0 radix2 (-1074)); lra).
assert (U := uE); destruct i as [|i]; [simpl; rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; split; lra|].
destruct (Nat.le_gt_cases (S i) (n - K)) as [in_|out].
  assert (E := exact_gt_0 (S i) in_); unfold power; destruct (Rle_dec (product (S i)) nothing) as [L|L].
    assert (H := dead (S i) in_ L); rewrite Rminus_0_l, Rabs_Ropp, Rabs_pos_eq by lra.
    split; [assert (0 <= u * exact (S i)) by (apply Rmult_le_pos; lra); lra|intros B; exfalso].
    assert (bpow radix2 (-1075) < bpow radix2 (-1021)) by (apply bpow_lt; lia).
    replace tiny with (bpow radix2 (-1075)) in H; [lra|].
    unfold floating.tiny; change (/ 2) with (bpow radix2 (-1)); rewrite <- bpow_plus; reflexivity.
  assert (alive := Rnot_le_lt _ _ L); assert (C := corrected_right (S i) in_ alive).
  set (z := fl (product (S i) * fl (1 + correction (S i)))) in *; set (h := exact (S i)) in *.
  assert (top0 : 0 < top) by apply bpow_gt_0.
  assert (one : top * bpow radix2 (-900) = 1) by (unfold top; rewrite <- bpow_plus; reflexivity).
  set (s := bpow radix2 (-900)) in *; assert (s0 : 0 < s) by apply bpow_gt_0.
  assert (near : Rabs (z * s - h) <= 2.1 * u * h).
    replace (z * s - h) with ((z - top * h) * s) by (rewrite Rmult_minus_distr_r; replace (top * h * s) with (top * s * h) by ring; rewrite one; ring).
    rewrite Rabs_mult, (Rabs_pos_eq s) by lra.
    apply Rle_trans with ((2.09 * u * (top * h) + tiny) * s); [apply Rmult_le_compat_r; lra|].
    replace ((2.09 * u * (top * h) + tiny) * s) with (2.09 * u * (top * s * h) + tiny * s) by ring; rewrite one.
    destruct (followed (S i) in_ alive) as (g & G & g1); fold h in G.
    assert (N := nothing_gt_0); assert (H : nothing / 2 <= top * h).
      rewrite G; assert (product (S i) * 0.99 <= product (S i) * g) by (apply Rmult_le_compat_l; lra); lra.
    assert (H' : bpow radix2 (-1101) <= h).
      apply Rmult_le_reg_l with (1 := top0); apply Rle_trans with (2 := H); unfold top, nothing, Rdiv; change (/ 2) with (bpow radix2 (-1)).
      rewrite <- !bpow_plus; apply bpow_le; lia.
    assert (T : tiny * s <= bpow radix2 (-100) * bpow radix2 (-1101)).
      unfold floating.tiny, s; change (/ 2) with (bpow radix2 (-1)); rewrite <- !bpow_plus; apply bpow_le; lia.
    assert (W : bpow radix2 (-100) <= 0.01 * u) by (rewrite U; simpl; lra).
    assert (bpow radix2 (-100) * bpow radix2 (-1101) <= 0.01 * u * h) by (apply Rmult_le_compat; try apply bpow_ge_0; assumption); lra.
  destruct (scaled z (fl_format _)) as [S1 S2]; fold s in S1, S2; split.
    replace (fl (z * s) - h) with ((fl (z * s) - z * s) + (z * s - h)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
  intros B; rewrite S2; [exact near|].
  assert (E2 : bpow radix2 (-1021) = 2 * bpow radix2 (-1022)) by (change 2 with (bpow radix2 1); rewrite <- bpow_plus; reflexivity).
  assert (u * h <= / 10 * h) by (apply Rmult_le_compat_r; lra).
  apply Rle_trans with (z * s); [|apply Rle_abs]; apply Rabs_le_inv in near; lra.
destruct (beyond (S i) out) as [P E]; unfold power; rewrite P, E.
destruct (Rle_dec 0 nothing) as [L|L]; [rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; split; lra|].
exfalso; assert (N := nothing_gt_0); lra.
Qed.
(* The weight of a gap, c = N for advantages, N - K and K for the rises of include-one and leave-one-out values; n = N - 1. *)
Definition extreme_weight c i : R := fl (fl (power i * INR c) / INR n).
Definition exact_extreme_weight c i : R := exact i * INR c / INR n.

Theorem extreme_weight_right c i : (i < n)%nat -> (0 < c <= S n)%nat ->
  Rabs (extreme_weight c i - exact_extreme_weight c i) <= 4.2 * u * exact_extreme_weight c i + 5.1 * tiny.
Proof.
intros ni cn; destruct (power_right i ni) as [P _]; assert (U := uE).
assert (t0 : 0 < tiny) by (unfold floating.tiny; assert (H := bpow_gt_0 radix2 (-1074)); lra).
assert (E : 0 <= exact i).
  destruct (Nat.le_gt_cases i (n - K)) as [L|L]; [apply Rlt_le, exact_gt_0; exact L|destruct (beyond i L) as [_ ->]; lra].
assert (n1 : 1 <= INR n) by (apply (le_INR 1); lia); assert (c1 : 1 <= INR c) by (apply (le_INR 1); lia).
assert (cn' : INR c <= 2 * INR n) by (assert (H : INR c <= INR (S n)) by (apply le_INR; lia); rewrite S_INR in H; lra).
unfold extreme_weight, exact_extreme_weight; set (p := power i) in *; set (h := exact i) in *; set (k := INR c) in *; set (m := INR n) in *.
assert (A := fl_any (p * k)); set (a := fl (p * k)) in *; assert (B := fl_any (a / m)); set (b := fl (a / m)) in *.
assert (hk : 0 <= h * k) by (apply Rmult_le_pos; lra); set (g := h * k) in *.
assert (PK : Rabs (p * k - g) <= 2.1 * u * g + tiny * k).
  unfold g; replace (p * k - h * k) with ((p - h) * k) by ring; rewrite Rabs_mult, (Rabs_pos_eq k) by lra.
  replace (2.1 * u * (h * k) + tiny * k) with ((2.1 * u * h + tiny) * k) by ring; apply Rmult_le_compat_r; lra.
assert (tk : tiny <= tiny * k <= 2 * (tiny * m)).
  split; [rewrite <- (Rmult_1_r tiny) at 1; apply Rmult_le_compat_l; lra|].
  replace (2 * (tiny * m)) with (tiny * (2 * m)) by ring; apply Rmult_le_compat_l; lra.
assert (P2 : Rabs (p * k) <= g + (2.1 * u * g + tiny * k)).
  replace (p * k) with (g + (p * k - g)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq g) by exact hk; lra.
assert (AG : Rabs (a - g) <= 3.101 * u * g + 2.001 * (tiny * k)).
  replace (a - g) with ((a - p * k) + (p * k - g)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite U in *; lra.
assert (im : 0 < / m <= 1) by (split; [apply Rinv_0_lt_compat; lra|rewrite <- Rinv_1; apply Rinv_le_contravar; lra]).
assert (AM : Rabs (a / m - g / m) <= 3.101 * u * (g / m) + 4.002 * tiny).
  replace (a / m - g / m) with ((a - g) * / m) by (field; lra); rewrite Rabs_mult, (Rabs_pos_eq (/ m)) by lra.
  replace (3.101 * u * (g / m) + 4.002 * tiny) with ((3.101 * u * g + 4.002 * (tiny * m)) * / m) by (field; lra).
  apply Rmult_le_compat_r; lra.
assert (gm : 0 <= g / m) by (apply Rmult_le_pos; lra).
assert (A2 : Rabs (a / m) <= g / m + (3.101 * u * (g / m) + 4.002 * tiny)).
  replace (a / m) with (g / m + (a / m - g / m)) at 1 by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq (g / m)) by exact gm; lra.
replace (b - g / m) with ((b - a / m) + (a / m - g / m)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite U in *; lra.
Qed.

Lemma threshold : u * bpow radix2 (-1020) = 4 * tiny.
Proof.
transitivity (bpow radix2 1 * bpow radix2 (-1074)); [|unfold floating.tiny; change (bpow radix2 1) with 2; field].
transitivity (bpow radix2 (-53) * bpow radix2 (-1020)); [|rewrite <- !bpow_plus; reflexivity].
rewrite uE; f_equal; simpl; lra.
Qed.

(* Within six roundings where nothing underflows. *)
Corollary extreme_weight_within c i : (i < n)%nat -> (0 < c <= S n)%nat -> bpow radix2 (-1020) <= exact_extreme_weight c i ->
  Rabs (extreme_weight c i - exact_extreme_weight c i) <= 6 * u * exact_extreme_weight c i.
Proof.
intros ni cn B; apply Rle_trans with (1 := extreme_weight_right c i ni cn); set (g := exact_extreme_weight c i) in *.
assert (E := threshold); assert (t0 : 0 <= tiny) by (unfold floating.tiny; assert (H := bpow_ge_0 radix2 (-1074)); lra).
assert (u * bpow radix2 (-1020) <= u * g) by (apply Rmult_le_compat_l; [rewrite uE|]; lra); lra.
Qed.
End Weights.

(* Eq. (24): what these weights are. *)
Theorem exact_is n K i : (0 < K)%nat -> (i <= n - K)%nat -> exact n K i = C (n - 1 - i) (K - 1) / C (n - 1) (K - 1).
Proof.
intros K0 ni; assert (fact0 : forall k, INR (fact k) <> 0) by apply INR_fact_neq_0.
assert (C0 : forall a b, C a b <> 0).
  intros a b; unfold C, Rdiv; apply Rmult_integral_contrapositive_currified; [apply fact0|].
  apply Rinv_neq_0_compat, Rmult_integral_contrapositive_currified; apply fact0.
induction i as [|i IH]; simpl; [rewrite Nat.sub_0_r; field; apply C0|].
rewrite IH by lia; set (a := (n - 1 - S i)%nat); set (b := (K - 1)%nat).
replace (n - 1 - i)%nat with (S a) by (unfold a; lia).
assert (E : C (S a) b * (x n K i / y n i) = C a b).
  unfold x, y; replace (n - i - K)%nat with (S (a - b)) by (unfold a, b; lia); replace (n - i - 1)%nat with (S a) by (unfold a; lia).
  unfold C; replace (S a - b)%nat with (S (a - b)) by (unfold a, b; lia); rewrite !fact_simpl, !mult_INR.
  field; repeat split; try apply fact0; apply not_0_INR; lia.
rewrite <- E; field; split; [apply not_0_INR; unfold y; lia|apply C0].
Qed.

(* (54), from rewards to advantages, nothing assumed of the weights: N = n + 1 rewards, n gaps. Of max@K the t-th gap has the
   (n - 1 - t)-th of the weights above, of min@K the t-th. With c = N they are those of advantages, with c = K of score weights. *)
Section Advantages.
Variables (place : nat -> nat) (r : nat -> R) (n K c : nat) (scale : R).
Hypothesis place_small : forall t, (t < n)%nat -> (place t < n)%nat.
Hypothesis sizes : (0 < K <= n)%nat /\ INR (S n) <= 10000000.
Hypothesis factor_small : (0 < c <= S n)%nat.
Hypothesis r_format : forall t, (t <= n)%nat -> format (r t).
Hypothesis r_sorted : forall t, (t < n)%nat -> r t <= r (S t).
Let weight t : R := extreme_weight n K c (place t).
Let g t : R := exact_extreme_weight n K c (place t).
Hypothesis scale_right : forall m, (m <= n)%nat -> Rabs (centred_sum n (exact_term r g) m) <= scale.

Let n_small : INR n <= 10000000. Proof. destruct sizes as [_ H]; rewrite S_INR in H; lra. Qed.
Let tiny_gt_0 : 0 < tiny. Proof. unfold floating.tiny; assert (H := bpow_gt_0 radix2 (-1074)); lra. Qed.

Let g_ge_0 t : 0 <= g t.
Proof.
assert (n1 : 1 <= INR n) by (apply (le_INR 1); lia); unfold g, exact_extreme_weight; set (i := place t).
apply Rmult_le_pos; [|apply Rlt_le, Rinv_0_lt_compat; lra]; apply Rmult_le_pos; [|apply pos_INR].
destruct (Nat.le_gt_cases i (n - K)) as [L|L].
  apply Rlt_le, (exact_gt_0 n K ltac:(lia) n_small); exact L.
destruct (beyond n K ltac:(lia) i L) as [_ ->]; lra.
Qed.

(* Weights that underflow take the place of their exact ones. *)
Let h t : R := if Rle_dec (bpow radix2 (-1020)) (g t) then g t else weight t.

Let h_near t : (t < n)%nat -> Rabs (h t - g t) <= 22 * tiny.
Proof.
intros tn; unfold h; destruct (Rle_dec (bpow radix2 (-1020)) (g t)) as [L|L]; [rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; lra|].
assert (H := extreme_weight_right n K ltac:(lia) n_small c (place t) (place_small t tn) factor_small); fold (weight t) (g t) in H.
assert (E := threshold); apply Rnot_le_lt in L; assert (u * g t <= u * bpow radix2 (-1020)) by (apply Rmult_le_compat_l; [rewrite uE|]; lra); lra.
Qed.

Let h_right t : (t < n)%nat -> Rabs (weight t - h t) <= 6 * u * Rabs (h t).
Proof.
intros tn; unfold h; destruct (Rle_dec (bpow radix2 (-1020)) (g t)) as [L|L].
  rewrite (Rabs_pos_eq (g t)) by apply g_ge_0; apply extreme_weight_within; [lia|exact n_small|apply place_small; exact tn|lia|exact L].
rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; assert (H := Rabs_pos (weight t)); apply Rmult_le_pos; [rewrite uE|]; lra.
Qed.

Let range : R := r n - r O.

Let moved k : (forall t, (t < n)%nat -> Rabs (k t - g t) <= 22 * tiny) ->
  forall m, (m <= n)%nat -> Rabs (centred_sum n (exact_term r k) m - centred_sum n (exact_term r g) m) <= 44 * (tiny * range).
Proof.
intros near; assert (rise : forall m, (m <= n)%nat -> r O <= r m <= r n).
  assert (up : forall a b, (a <= b <= n)%nat -> r a <= r b).
    intros a b [ab bn]; induction b as [|b IH]; [replace a with O by lia; lra|].
    apply Nat.le_succ_r in ab; destruct ab as [ab| ->]; [|lra]; assert (H := IH ab ltac:(lia)); assert (H1 := r_sorted b ltac:(lia)); lra.
  intros m mn; split; apply up; lia.
assert (one : forall m, (m <= n)%nat -> Rabs (sum (exact_term r k) m - sum (exact_term r g) m) <= 22 * tiny * (r m - r O)).
  induction m as [|m IH]; intros mn; simpl; [rewrite !Rminus_diag_eq, Rabs_R0 by reflexivity; lra|].
  assert (D := r_sorted m ltac:(lia)); assert (I := IH ltac:(lia)); assert (H := near m ltac:(lia)).
  unfold exact_term at 2 4; set (d := r (S m) - r m); assert (d0 : 0 <= d) by (unfold d; lra).
  replace (sum (exact_term r k) m + k m * d - (sum (exact_term r g) m + g m * d)) with
    (sum (exact_term r k) m - sum (exact_term r g) m + (k m - g m) * d) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_mult, (Rabs_pos_eq d) by exact d0.
  assert (Rabs (k m - g m) * d <= 22 * tiny * d) by (apply Rmult_le_compat_r; assumption).
  replace (22 * tiny * (r (S m) - r O)) with (22 * tiny * (r m - r O) + 22 * tiny * d) by (unfold d; ring); lra.
assert (all : forall m, (m <= n)%nat -> Rabs (sum (exact_term r k) m - sum (exact_term r g) m) <= 22 * (tiny * range)).
  intros m mn; apply Rle_trans with (1 := one m mn); rewrite Rmult_assoc; apply Rmult_le_compat_l; [lra|].
  apply Rmult_le_compat_l; [lra|]; unfold range; assert (H := rise m mn); lra.
assert (N : 0 < INR (S n)) by (apply lt_0_INR; lia).
assert (mean : Rabs (sum (sum (exact_term r k)) (S n) - sum (sum (exact_term r g)) (S n)) <= INR (S n) * (22 * (tiny * range))).
  assert (D := sum_linear 1 (-1) (sum (exact_term r k)) (sum (exact_term r g)) (S n)).
  replace (sum (sum (exact_term r k)) (S n) - sum (sum (exact_term r g)) (S n)) with
    (1 * sum (sum (exact_term r k)) (S n) + -1 * sum (sum (exact_term r g)) (S n)) by ring; rewrite <- D.
  apply Rle_trans with (1 := sum_size _ _); rewrite <- sum_const; apply sum_le; intros t tn; unfold size.
  replace (1 * sum (exact_term r k) t + -1 * sum (exact_term r g) t) with (sum (exact_term r k) t - sum (exact_term r g) t) by ring.
  apply all; lia.
intros m mn; unfold centred_sum; set (a := sum (sum (exact_term r k)) (S n)) in *; set (b := sum (sum (exact_term r g)) (S n)) in *.
replace (sum (exact_term r k) m - a / INR (S n) - (sum (exact_term r g) m - b / INR (S n))) with
  ((sum (exact_term r k) m - sum (exact_term r g) m) - (a - b) * / INR (S n)) by (field; lra).
apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp, Rabs_mult, (Rabs_pos_eq (/ INR (S n))) by (apply Rlt_le, Rinv_0_lt_compat; exact N).
assert (Rabs (a - b) * / INR (S n) <= 22 * (tiny * range)).
  apply Rmult_le_reg_r with (1 := N); rewrite Rmult_assoc, Rinv_l by lra; lra.
assert (H1 := all m mn); lra.
Qed.

Theorem extreme_within m : (m <= n)%nat ->
  Rabs (centred (-1074) 53 (fun _ => corrected (-1074) 53) r weight n m - centred_sum n (exact_term r g) m) <=
  15.1 * u * scale + (1.01 * INR (S n) + 45 * range) * tiny.
Proof.
intros mn; set (scale' := scale + 44 * (tiny * range)).
assert (abs_near : forall t, (t < n)%nat -> Rabs (Rabs (h t) - g t) <= 22 * tiny).
  intros t tn; apply Rle_trans with (2 := h_near t tn); rewrite <- (Rabs_pos_eq (g t)) at 1 by apply g_ge_0; apply Rabs_triang_inv2.
assert (r0 : 0 <= range).
  assert (up : forall b, (b <= n)%nat -> r O <= r b).
    induction b as [|b IH]; intros bn; [lra|]; assert (H := IH ltac:(lia)); assert (H1 := r_sorted b ltac:(lia)); lra.
  unfold range; assert (H := up n (le_n n)); lra.
assert (H := float64_within r weight n h (fun t => Rabs (h t)) (6 * u) scale' ltac:(lia) (proj2 sizes) r_format r_sorted
  ltac:(intros; apply Rle_refl) h_right ltac:(rewrite uE; lra)).
assert (S1 : forall m, (m <= n)%nat -> Rabs (centred_sum n (abs_term r (fun t => Rabs (h t))) m) <= scale').
  intros k kn; assert (M := moved (fun t => Rabs (h t)) abs_near k kn); assert (P := scale_right k kn).
  change (abs_term r (fun t => Rabs (h t))) with (exact_term r (fun t => Rabs (h t))).
  set (a := centred_sum n (exact_term r (fun t => Rabs (h t))) k) in *; set (b := centred_sum n (exact_term r g) k) in *.
  replace a with (b + (a - b)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); unfold scale'; lra.
assert (A := H S1 m mn); assert (M := moved h h_near m mn).
set (a := centred (-1074) 53 (fun _ => corrected (-1074) 53) r weight n m) in *.
set (b := centred_sum n (exact_term r h) m) in *; set (d := centred_sum n (exact_term r g) m) in *.
replace (a - d) with ((a - b) + (b - d)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
assert (tr : 0 <= tiny * range) by (apply Rmult_le_pos; lra); unfold scale' in A; rewrite uE in *; lra.
Qed.
End Advantages.

Corollary max_within r n K c scale (g := fun t => exact_extreme_weight n K c (n - 1 - t)) : (0 < K <= n)%nat -> (0 < c <= S n)%nat -> INR (S n) <= 10000000 ->
  (forall t, (t <= n)%nat -> format (r t)) -> (forall t, (t < n)%nat -> r t <= r (S t)) ->
  (forall m, (m <= n)%nat -> Rabs (centred_sum n (exact_term r g) m) <= scale) -> forall m, (m <= n)%nat ->
  Rabs (centred (-1074) 53 (fun _ => corrected (-1074) 53) r (fun t => extreme_weight n K c (n - 1 - t)) n m - centred_sum n (exact_term r g) m) <=
  15.1 * u * scale + (1.01 * INR (S n) + 45 * (r n - r O)) * tiny.
Proof. intros Kn cN nN Fr rs sc; apply (extreme_within (fun t => n - 1 - t)%nat r n K c scale); try assumption; [intros; lia|split; assumption]. Qed.

Corollary min_within r n K c scale (g := fun t => exact_extreme_weight n K c t) : (0 < K <= n)%nat -> (0 < c <= S n)%nat -> INR (S n) <= 10000000 ->
  (forall t, (t <= n)%nat -> format (r t)) -> (forall t, (t < n)%nat -> r t <= r (S t)) ->
  (forall m, (m <= n)%nat -> Rabs (centred_sum n (exact_term r g) m) <= scale) -> forall m, (m <= n)%nat ->
  Rabs (centred (-1074) 53 (fun _ => corrected (-1074) 53) r (fun t => extreme_weight n K c t) n m - centred_sum n (exact_term r g) m) <=
  15.1 * u * scale + (1.01 * INR (S n) + 45 * (r n - r O)) * tiny.
Proof. intros Kn cN nN Fr rs sc; apply (extreme_within (fun t => t) r n K c scale); try assumption; [intros; lia|split; assumption]. Qed.
