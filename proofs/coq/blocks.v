(* Running sums in blocks, as the code adds up what products round off: within a block one term after the other, and what all
   blocks before came to is added to each. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums.
Local Open Scope R_scope.

Lemma sum_shift x m n : sum x (m + n) = sum x m + sum (fun j => x (m + j)%nat) n.
Proof. induction n as [|n IH]; [rewrite Nat.add_0_r; simpl; ring|rewrite Nat.add_succ_r; simpl; rewrite IH; ring]. Qed.

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
Local Notation plain := (plain emin prec).

Section Sums.
Variables (B : nat) (x : nat -> R) (n : nat).
Hypothesis B_gt_0 : (0 < B)%nat.
Hypothesis x_format : forall t, (t < n)%nat -> format (x t).
Hypothesis n_small : INR n * u <= 0.001.

Definition block b (j : nat) : R := x (b * B + j)%nat.
Fixpoint carry b : R := match b with O => 0 | S c => fl (carry c + plain (block c) (Nat.pred B)) end.
Definition blocked i : R := match i with O => 0 | S t => fl (carry (t / B) + plain (block (t / B)) (t mod B)) end.

Let right c m := format c /\ Rabs (c - sum x m) <= 1.1 * (INR m * u) * sum (size x) m.

Lemma step c b j : (b * B + S j <= n)%nat -> right c (b * B) -> right (fl (c + plain (block b) j)) (b * B + S j).
Proof.
intros bj [Fc Hc]; split; [apply fl_format|]; assert (u0 := u_ge_0); set (m := (b * B)%nat) in *.
assert (Fb : forall t, (t <= j)%nat -> format (block b t)) by (intros t tj; apply x_format; unfold m in *; lia).
assert (small : forall k, (k <= n)%nat -> 0 <= INR k * u <= 0.001).
  intros k kn; split; [apply Rmult_le_pos; [apply pos_INR|exact u0]|].
  apply Rle_trans with (2 := n_small); apply Rmult_le_compat_r; [exact u0|apply le_INR; exact kn].
assert (a0 := small m ltac:(lia)); assert (b0 := small j ltac:(lia)); set (a := INR m * u) in *; set (d := INR j * u) in *.
assert (G : d <= 1.002 * d * (1 - d)) by (assert (0 <= d * (0.001 - d)) by (apply Rmult_le_pos; lra); lra).
assert (P := plain_sum emin prec prec_gt_1 emin_le_0 (block b) j Fb (1.002 * d) G ltac:(lra) j (le_n j)).
assert (Fp := plain_format emin prec prec_gt_1 (block b) j Fb j (le_n j)).
assert (H := fl_add c (plain (block b) j) Fc Fp); set (p := plain (block b) j) in *.
rewrite !sum_shift; replace (INR (m + S j) * u) with (a + d + u) by (unfold a, d; rewrite plus_INR, S_INR; ring).
change (fun k => x (m + k)%nat) with (block b); change (fun k => size x (m + k)%nat) with (size (block b)).
assert (X0 := sum_size x m); assert (Y0 := sum_size (block b) (S j)).
set (s := sum (size x) m) in *; set (z := sum (size (block b)) (S j)) in *.
assert (s0 : 0 <= s) by apply size_ge_0; assert (z0 : 0 <= z) by apply size_ge_0.
assert (as0 : 0 <= a * s <= 0.001 * s) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (dz : 0 <= d * z <= 0.001 * z) by (split; [apply Rmult_le_pos|apply Rmult_le_compat_r]; lra).
assert (E : Rabs (c + p - (sum x m + sum (block b) (S j))) <= 1.1 * (a * s) + 1.002 * (d * z)).
  replace (c + p - (sum x m + sum (block b) (S j))) with ((c - sum x m) + (p - sum (block b) (S j))) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (T : Rabs (c + p) <= 1.0022 * (s + z)).
  replace (c + p) with ((sum x m + sum (block b) (S j)) + (c + p - (sum x m + sum (block b) (S j)))) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); assert (Q := Rabs_triang (sum x m) (sum (block b) (S j))); lra.
assert (uT : u * Rabs (c + p) <= u * (1.0022 * (s + z))) by (apply Rmult_le_compat_l; assumption).
replace (fl (c + p) - (sum x m + sum (block b) (S j))) with ((fl (c + p) - (c + p)) + (c + p - (sum x m + sum (block b) (S j)))) by ring.
apply Rle_trans with (1 := Rabs_triang _ _).
assert (0 <= a * z) by (apply Rmult_le_pos; lra); assert (0 <= d * s) by (apply Rmult_le_pos; lra).
assert (0 <= u * s) by (apply Rmult_le_pos; lra); assert (0 <= u * z) by (apply Rmult_le_pos; lra); lra.
Qed.

Lemma carry_right b : (b * B <= n)%nat -> right (carry b) (b * B).
Proof.
induction b as [|b IH]; intros bn.
  split; [apply zero_format|simpl; rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; lra].
replace (S b * B)%nat with (b * B + S (Nat.pred B))%nat by lia; apply step; [lia|apply IH; lia].
Qed.

Theorem blocked_right i : (i <= n)%nat -> format (blocked i) /\ Rabs (blocked i - sum x i) <= 1.1 * (INR n * u) * sum (size x) i.
Proof.
intros ni; assert (H : right (blocked i) i).
  destruct i as [|t]; [split; [apply zero_format|simpl; rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; lra]|].
  assert (D := Nat.div_mod t B ltac:(lia)); unfold blocked.
  assert (H := step (carry (t / B)) (t / B) (t mod B) ltac:(lia) (carry_right (t / B) ltac:(lia))).
  replace (t / B * B + S (t mod B))%nat with (S t) in H by lia; exact H.
destruct H as [Fb Hb]; split; [exact Fb|]; apply Rle_trans with (1 := Hb); apply Rmult_le_compat_r; [apply size_ge_0|].
apply Rmult_le_compat_l; [lra|]; apply Rmult_le_compat_r; [apply u_ge_0|apply le_INR; exact ni].
Qed.
End Sums.
End Format.
