(* Products that keep what rounding takes, behind the weights of max@K, eq. (24): factors rho_i = (t - K) / (t - 1).

     q_i = fl(rho_i),  p_(i+1) = fl(p_i q_i),   result = fl(p_i fl(1 + C_i)),

   C the running sum of e_i - f_i, of what each product and each quotient rounds off, relative to it. Nothing underflows,
   as the code sees to: its p_0 is 2^900, it follows the products down to 2^-200, and divides the results by 2^900, which
   is what may add tiny. And the e_i - f_i are found within 5 u of their sizes, which is what Dekker's products are for. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums.
Local Open Scope R_scope.

Section Format.
Variables emin prec : Z.
Hypothesis prec_gt_1 : (1 < prec)%Z.
Notation format := (generic_format radix2 (FLT_exp emin prec)).
Local Notation fl := (fl emin prec).
Local Notation u := (u prec).
Local Notation tiny := (tiny emin).
Local Notation u_ge_0 := (u_ge_0 prec).
Local Notation fl_any := (fl_any emin prec prec_gt_1).
Local Notation fl_add := (fl_add emin prec prec_gt_1).

Section Product.
Variables (rho q p lost C : nat -> R) (n : nat).
Definition e i : R := (p i * q i - p (S i)) / p (S i).
Definition f i : R := q i / rho i - 1.
Fixpoint exact_power i : R := match i with O => p O | S i => exact_power i * rho i end.
Definition corrected_power i : R := fl (p i * fl (1 + C i)).

Hypothesis p_gt_0 : forall i, (i <= n)%nat -> 0 < p i.
Hypothesis rho_gt_0 : forall i, (i < n)%nat -> 0 < rho i.
Hypothesis product_right : forall i, (i < n)%nat -> Rabs (p (S i) - p i * q i) <= u * Rabs (p i * q i).
Hypothesis quotient_right : forall i, (i < n)%nat -> Rabs (q i - rho i) <= u * rho i.
Hypothesis lost_right : forall i, (i < n)%nat -> Rabs (lost i - (e i - f i)) <= 5 * u * (Rabs (e i) + Rabs (f i)) + u ^ 2.
Hypothesis C_format : forall i, (i <= n)%nat -> format (C i).
Hypothesis C_right : forall i, (i <= n)%nat -> Rabs (C i - sum lost i) <= 1.1 * (INR n * u) * sum (size lost) i.
Hypothesis one_format : format 1.
Hypothesis u_small : u <= / 1048576.
Hypothesis n_small : INR n * u <= 0.001.

Lemma e_small i : (i < n)%nat -> Rabs (e i) <= 1.001 * u.
Proof.
intros ni; assert (u0 := u_ge_0); assert (P := p_gt_0 (S i) ni); assert (H := product_right i ni).
set (x := p i * q i) in *; assert (X : Rabs x <= 1.0005 * p (S i)).
  assert (Rabs x <= p (S i) + u * Rabs x).
    replace x with (p (S i) + - (p (S i) - x)) at 1 by ring; apply Rle_trans with (1 := Rabs_triang _ _).
    rewrite Rabs_Ropp, (Rabs_pos_eq (p (S i))) by lra; lra.
  assert (u * Rabs x <= / 1048576 * Rabs x) by (apply Rmult_le_compat_r; [apply Rabs_pos|exact u_small]); lra.
unfold e; fold x; unfold Rdiv; rewrite Rabs_mult, Rabs_inv, (Rabs_pos_eq (p (S i))) by lra.
apply Rmult_le_reg_r with (p (S i)); [exact P|]; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
rewrite Rabs_minus_sym; apply Rle_trans with (1 := H).
assert (u * Rabs x <= u * (1.0005 * p (S i))) by (apply Rmult_le_compat_l; assumption).
assert (0 <= u * p (S i)) by (apply Rmult_le_pos; lra); lra.
Qed.

Lemma f_small i : (i < n)%nat -> Rabs (f i) <= u.
Proof.
intros ni; assert (P := rho_gt_0 i ni); unfold f; replace (q i / rho i - 1) with ((q i - rho i) / rho i) by (field; lra).
unfold Rdiv; rewrite Rabs_mult, Rabs_inv, (Rabs_pos_eq (rho i)) by lra.
apply Rmult_le_reg_r with (rho i); [exact P|]; rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra; apply quotient_right; exact ni.
Qed.

(* What the plain product is off by: the product of all (1 + e) / (1 + f), and that is 1 + sum (e - f) to second order. *)
Lemma off i : (i <= n)%nat -> exists g, exact_power i = p i * g /\
  Rabs (g - (1 + sum (fun j => e j - f j) i)) <= 2.1 * (INR i * u) ^ 2 /\ Rabs (sum (fun j => e j - f j) i) <= 2.001 * (INR i * u).
Proof.
assert (u0 := u_ge_0); induction i as [|i IH]; intros ni.
  exists 1; simpl; split; [ring|]; rewrite !Rplus_0_r, Rminus_diag_eq, Rabs_R0 by reflexivity; split; lra.
destruct (IH ltac:(lia)) as (g & G & D & B); assert (E1 := e_small i ltac:(lia)); assert (F1 := f_small i ltac:(lia)).
assert (P := p_gt_0 (S i) ltac:(lia)); assert (P0 := p_gt_0 i ltac:(lia)); assert (R0 := rho_gt_0 i ltac:(lia)).
apply Rabs_le_inv in E1; apply Rabs_le_inv in F1; set (a := e i) in *; set (b := f i) in *.
exists (g * ((1 + a) / (1 + b))); split.
  assert (p (S i) * (1 + a) = p i * q i) by (unfold a, e; field; lra).
  assert (q i = rho i * (1 + b)) by (unfold b, f; field; lra).
  simpl exact_power; rewrite G; replace (p (S i) * (g * ((1 + a) / (1 + b)))) with (g * (p (S i) * (1 + a)) / (1 + b)) by (field; lra).
  rewrite H, H0; field; lra.
set (s := sum (fun j => e j - f j) i) in *; change (sum (fun j => e j - f j) (S i)) with (s + (a - b)).
rewrite S_INR; set (x := INR i * u) in *; replace ((INR i + 1) * u) with (x + u) by (unfold x; ring).
assert (x0 : 0 <= x <= 0.001).
  split; [apply Rmult_le_pos; [apply pos_INR|exact u0]|]; apply Rle_trans with (2 := n_small).
  apply Rmult_le_compat_r; [exact u0|apply le_INR; lia].
split.
  set (h := (1 + a) / (1 + b) - 1 - (a - b)); assert (hE : h = - b * (a - b) / (1 + b)) by (unfold h; field; lra).
  assert (ab : Rabs (a - b) <= 2.001 * u) by (apply Rabs_le; lra).
  assert (inv : 0 < / (1 + b) <= 1.0001).
    split; [apply Rinv_0_lt_compat; lra|]; apply Rmult_le_reg_r with (1 + b); [lra|]; rewrite Rinv_l by lra; lra.
  assert (h1 : Rabs h <= 2.0015 * u ^ 2).
    rewrite hE; unfold Rdiv; rewrite !Rabs_mult, Rabs_Ropp, (Rabs_pos_eq (/ (1 + b))) by lra.
    assert (Rabs b <= u) by (apply Rabs_le; lra).
    assert (Rabs b * Rabs (a - b) <= u * (2.001 * u)) by (apply Rmult_le_compat; try apply Rabs_pos; assumption).
    assert (Rabs b * Rabs (a - b) * / (1 + b) <= u * (2.001 * u) * 1.0001).
      apply Rmult_le_compat; try lra; apply Rmult_le_pos; apply Rabs_pos.
    nra.
  set (d := g - (1 + s)) in *.
  replace (g * ((1 + a) / (1 + b)) - (1 + (s + (a - b)))) with (d + (s + d) * (a - b) + (1 + s + d) * h) by (unfold h, d; field; lra).
  assert (sd : Rabs (s + d) <= 2.01 * x) by (apply Rle_trans with (1 := Rabs_triang _ _); nra).
  assert (T1 : Rabs ((s + d) * (a - b)) <= 2.01 * x * (2.001 * u)).
    rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption.
  assert (T2 : Rabs ((1 + s + d) * h) <= 1.0021 * (2.0015 * u ^ 2)).
    rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; [|exact h1].
    replace (1 + s + d) with (1 + (s + d)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_R1; lra.
  apply Rle_trans with (1 := Rabs_triang _ _); assert (H := Rabs_triang d ((s + d) * (a - b))).
  assert (0 <= x * u) by (apply Rmult_le_pos; lra); assert (0 <= u ^ 2) by apply pow2_ge_0.
  replace ((x + u) ^ 2) with (x ^ 2 + 2 * (x * u) + u ^ 2) by ring; lra.
apply Rle_trans with (1 := Rabs_triang _ _); assert (Rabs (a - b) <= 2.001 * u) by (apply Rabs_le; lra); lra.
Qed.

Theorem corrected_product i : (i <= n)%nat ->
  Rabs (corrected_power i - exact_power i) <= (2.02 * u + 4.5 * (INR n * u) ^ 2 + 11 * (INR n * u) * u) * exact_power i + tiny.
Proof.
intros ni; assert (u0 := u_ge_0); destruct (off i ni) as (g & G & D & B); set (s := sum (fun j => e j - f j) i) in *.
set (y := INR n * u) in *; assert (y0 : 0 <= y) by (apply Rmult_le_pos; [apply pos_INR|exact u0]).
assert (x : 0 <= INR i * u <= y).
  split; [apply Rmult_le_pos; [apply pos_INR|exact u0]|apply Rmult_le_compat_r; [exact u0|apply le_INR; exact ni]].
assert (L : forall j, (j <= n)%nat -> sum (size lost) j <= 2.01 * (INR j * u) /\ Rabs (sum lost j - sum (fun j => e j - f j) j) <= 11.01 * (INR j * u) * u).
  induction j as [|j IH]; intros jn; [simpl; rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; lra|].
  destruct (IH ltac:(lia)) as [I1 I2]; assert (E1 := e_small j ltac:(lia)); assert (F1 := f_small j ltac:(lia)).
  assert (H := lost_right j ltac:(lia)); replace (u ^ 2) with (u * u) in H by ring; rewrite S_INR; simpl.
  assert (H1 : 5 * u * (Rabs (e j) + Rabs (f j)) <= 5 * u * (2.001 * u)) by (apply Rmult_le_compat_l; lra).
  assert (uu : 0 <= u * u <= / 1048576 * u) by (split; [apply Rmult_le_pos; assumption|apply Rmult_le_compat_r; assumption]).
  split.
    unfold size at 2; replace (lost j) with ((e j - f j) + (lost j - (e j - f j))) by ring.
    apply Rle_trans with (sum (size lost) j + (Rabs (e j - f j) + Rabs (lost j - (e j - f j)))); [assert (T := Rabs_triang (e j - f j) (lost j - (e j - f j))); lra|].
    assert (T := Rabs_triang (e j) (- f j)); rewrite Rabs_Ropp in T; fold (e j - f j) in T; lra.
  replace (sum lost j + lost j - (sum (fun j => e j - f j) j + (e j - f j))) with
    ((sum lost j - sum (fun j => e j - f j) j) + (lost j - (e j - f j))) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
destruct (L i ni) as [L1 L2]; assert (CR := C_right i ni); fold y s in CR, L2.
assert (c1 : 1.1 * y * sum (size lost) i <= 1.1 * y * (2.01 * y)) by (apply Rmult_le_compat_l; lra).
assert (l2 : 11.01 * (INR i * u) * u <= 11.01 * y * u) by (apply Rmult_le_compat_r; lra).
assert (yu : 0 <= y * u <= 0.001 * u) by (split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_r; assumption]).
assert (CS : Rabs (C i - s) <= 2.22 * y ^ 2 + 11.01 * (y * u)).
  replace (C i - s) with ((C i - sum lost i) + (sum lost i - s)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  assert (0 <= y ^ 2) by apply pow2_ge_0; lra.
assert (x2 : (INR i * u) ^ 2 <= y ^ 2) by (apply pow_incr; exact x).
assert (y2 : 0 <= y ^ 2 <= 0.001 * y) by (split; [apply pow2_ge_0|replace (y ^ 2) with (y * y) by ring; apply Rmult_le_compat_r; assumption]).
assert (CG : Rabs (1 + C i - g) <= 4.32 * y ^ 2 + 11.01 * (y * u)).
  replace (1 + C i - g) with ((C i - s) + - (g - (1 + s))) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite Rabs_Ropp; lra.
assert (g1 : 0.9975 <= g <= 1.0025) by (apply Rabs_le_inv in D; apply Rabs_le_inv in B; lra).
assert (A := fl_add 1 (C i) one_format (C_format i ni)); set (k := fl (1 + C i)) in *.
assert (A1 : Rabs (1 + C i) <= 1.004) by (apply Rabs_le; apply Rabs_le_inv in CG; lra).
assert (K : Rabs (k - g) <= 4.32 * y ^ 2 + 11.01 * (y * u) + 1.004 * u).
  replace (k - g) with ((k - (1 + C i)) + (1 + C i - g)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  assert (u * Rabs (1 + C i) <= u * 1.004) by (apply Rmult_le_compat_l; assumption); lra.
assert (K1 : Rabs k <= 1.005) by (apply Rabs_le; apply Rabs_le_inv in K; lra).
assert (P0 := p_gt_0 i ni); assert (R := fl_any (p i * k)); change (fl (p i * k)) with (corrected_power i) in R.
rewrite Rabs_mult, (Rabs_pos_eq (p i)) in R by lra; set (z := p i) in *.
assert (zk : u * (z * Rabs k) <= u * (z * 1.005)) by (apply Rmult_le_compat_l; [exact u0|apply Rmult_le_compat_l; lra]).
assert (pk : Rabs (z * k - z * g) <= z * (4.32 * y ^ 2 + 11.01 * (y * u) + 1.004 * u)).
  replace (z * k - z * g) with (z * (k - g)) by ring; rewrite Rabs_mult, (Rabs_pos_eq z) by lra; apply Rmult_le_compat_l; lra.
rewrite G; replace (corrected_power i - z * g) with ((corrected_power i - z * k) + (z * k - z * g)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _).
set (v := 2.02 * u + 4.5 * y ^ 2 + 11 * y * u).
assert (T : z * (4.32 * y ^ 2 + 11.01 * (y * u) + 2.01 * u) <= z * (g * v)).
  apply Rmult_le_compat_l; [lra|]; assert (0.9975 * v <= g * v) by (apply Rmult_le_compat_r; [unfold v|]; lra); unfold v in *; lra.
assert (0 <= z * u) by (apply Rmult_le_pos; lra); lra.
Qed.
End Product.
End Format.

(* float64, up to ten million factors: the weight of a gap has a quotient and a product more. *)
Theorem float64_product rho q p lost C n :
  (forall i, (i <= n)%nat -> 0 < p i) -> (forall i, (i < n)%nat -> 0 < rho i) ->
  (forall i, (i < n)%nat -> Rabs (p (S i) - p i * q i) <= u 53 * Rabs (p i * q i)) ->
  (forall i, (i < n)%nat -> Rabs (q i - rho i) <= u 53 * rho i) ->
  (forall i, (i < n)%nat -> Rabs (lost i - (e q p i - f rho q i)) <= 5 * u 53 * (Rabs (e q p i) + Rabs (f rho q i)) + u 53 ^ 2) ->
  (forall i, (i <= n)%nat -> generic_format radix2 (FLT_exp (-1074) 53) (C i)) ->
  (forall i, (i <= n)%nat -> Rabs (C i - sum lost i) <= 1.1 * (INR n * u 53) * sum (size lost) i) ->
  INR n <= 10000000 -> forall i, (i <= n)%nat ->
  Rabs (corrected_power (-1074) 53 p C i - exact_power rho p i) <= 2.09 * u 53 * exact_power rho p i + tiny (-1074).
Proof.
intros p0 r0 pr qr lr Cf Cr nN i ni; assert (U : u 53 = / 9007199254740992) by (unfold u; simpl; lra).
assert (one : generic_format radix2 (FLT_exp (-1074) 53) 1) by (apply (generic_format_bpow radix2 (FLT_exp (-1074) 53) 0); unfold FLT_exp; lia).
assert (n0 := pos_INR n); assert (y : INR n * u 53 <= 0.001) by (rewrite U; lra).
assert (H := corrected_product (-1074) 53 ltac:(lia) rho q p lost C n p0 r0 pr qr lr Cf Cr one ltac:(rewrite U; lra) y i ni).
apply Rle_trans with (1 := H); apply Rplus_le_compat_r, Rmult_le_compat_r.
  clear H; induction i as [|i IH]; simpl; [apply Rlt_le, p0; lia|].
  apply Rmult_le_pos; [apply IH; lia|apply Rlt_le, r0; lia].
assert (INR n * u 53 <= 10000000 * u 53) by (apply Rmult_le_compat_r; [rewrite U; lra|exact nN]).
assert ((INR n * u 53) ^ 2 <= (10000000 * u 53) ^ 2) by (apply pow_incr; split; [apply Rmult_le_pos; [exact n0|rewrite U; lra]|assumption]).
rewrite U in *; simpl pow in *; lra.
Qed.
