(* Real-valued K, section 2.8: the value of a batch tends to the objective, with a bound that says how fast: section 11.14.

     phi kappa m d   Phi_n(m) of eq. (16), n = m + d, from the top by Phi_n(m) = Phi_n(m+1) (m + 1 - kappa) / (m + 1)
     Phi kappa n m   the same, zero up to kappa - 1
     power kappa u   u^kappa, zero at zero *)

From Coq Require Import Reals Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating.
Local Open Scope R_scope.

(* Bernoulli's inequality with real powers, from 1 + x <= exp x. *)
Lemma ln_le z : 0 < z -> ln z <= z - 1.
Proof. intros z0; assert (H := exp_ineq1_le (ln z)); rewrite exp_ln in H by exact z0; lra. Qed.

Lemma exp_le a b : a <= b -> exp a <= exp b.
Proof. intros [ab| ->]; [apply Rlt_le, exp_increasing; exact ab|lra]. Qed.

Lemma bernoulli kappa x : 1 <= kappa -> 0 < 1 + kappa * x -> 0 < 1 + x -> 1 + kappa * x <= Rpower (1 + x) kappa.
Proof.
intros k1 kx x1; rewrite <- (exp_ln (1 + kappa * x)) by exact kx; apply exp_le; set (w := 1 + x) in *; set (z := 1 + kappa * x) in *.
assert (iw : 0 < / w) by (apply Rinv_0_lt_compat; exact x1).
assert (A : ln z <= z / w - 1 + ln w).
  assert (H := ln_le (z / w) ltac:(apply Rmult_lt_0_compat; lra)); unfold Rdiv in *; rewrite ln_mult, ln_Rinv in H by assumption; lra.
assert (B : 0 <= / w - 1 + ln w) by (assert (H := ln_le (/ w) iw); rewrite ln_Rinv in H by exact x1; lra).
assert (C : (kappa - 1) * 0 <= (kappa - 1) * (/ w - 1 + ln w)) by (apply Rmult_le_compat_l; lra).
assert (E : z / w - 1 + (kappa - 1) * (/ w - 1) = 0) by (unfold z, w in *; field; lra); lra.
Qed.

Definition power kappa x : R := if Rle_dec x 0 then 0 else Rpower x kappa.

Lemma power_pos kappa x : 0 < x -> power kappa x = Rpower x kappa.
Proof. intros x0; unfold power; destruct (Rle_dec x 0) as [L|L]; [lra|reflexivity]. Qed.

Lemma power_ge_0 kappa x : 0 <= power kappa x.
Proof. unfold power; destruct (Rle_dec x 0); [lra|apply Rlt_le, exp_pos]. Qed.

Section Kappa.
Variable kappa : R.
Hypothesis kappa_ge_1 : 1 <= kappa.
Notation power := (power kappa).

Lemma power_le_id x : 0 <= x <= 1 -> power x <= x.
Proof.
intros [[x0|<-] x1]; [|unfold real_k.power; destruct (Rle_dec 0 0); lra]; rewrite power_pos by exact x0.
rewrite <- (exp_ln x) at 2 by exact x0; apply exp_le; assert (H := ln_le x x0).
assert ((kappa - 1) * ln x <= (kappa - 1) * 0) by (apply Rmult_le_compat_l; lra); lra.
Qed.

Lemma power_lipschitz y x : 0 <= y <= x -> x <= 1 -> power x - kappa * (x - y) <= power y <= power x.
Proof.
intros [[y0|<-] yx] x1.
  assert (x0 : 0 < x) by lra; assert (P := power_le_id x ltac:(lra)); rewrite !power_pos in * by assumption; split.
    assert (ix : 0 < / x) by (apply Rinv_0_lt_compat; exact x0).
    assert (S : Rpower x kappa * (1 + kappa * (y / x - 1)) <= Rpower y kappa).
      assert (p0 : 0 < Rpower x kappa) by apply exp_pos; destruct (Rlt_or_le 0 (1 + kappa * (y / x - 1))) as [L|L].
        replace y with (x * (1 + (y / x - 1))) at 2 by (field; lra).
        assert (q : 0 < 1 + (y / x - 1)) by (replace (1 + (y / x - 1)) with (y * / x) by (field; lra); apply Rmult_lt_0_compat; lra).
        rewrite <- Rpower_mult_distr by assumption; apply Rmult_le_compat_l; [lra|apply bernoulli; assumption].
      apply Rle_trans with 0; [nra|apply Rlt_le, exp_pos].
    assert (D : Rpower x kappa * (kappa * ((x - y) / x)) <= kappa * (x - y)).
      replace (kappa * (x - y)) with (x * (kappa * ((x - y) / x))) by (field; lra); apply Rmult_le_compat_r; [|exact P].
      apply Rmult_le_pos; [lra|]; apply Rmult_le_pos; lra.
    replace (Rpower x kappa * (1 + kappa * (y / x - 1))) with (Rpower x kappa - Rpower x kappa * (kappa * ((x - y) / x))) in S by (field; lra); lra.
  apply Rle_Rpower_l; lra.
assert (P := power_le_id x ltac:(lra)); assert (P0 := power_ge_0 kappa x).
replace (power 0) with 0 by (unfold real_k.power; destruct (Rle_dec 0 0); lra); split; [|lra].
assert (x <= kappa * x) by (rewrite <- (Rmult_1_l x) at 1; apply Rmult_le_compat_r; lra); lra.
Qed.

Fixpoint phi (m d : nat) : R := match d with O => 1 | S d => phi (S m) d * ((INR (S m) - kappa) / INR (S m)) end.
Definition Phi (n m : nat) : R := if Rlt_dec (kappa - 1) (INR m) then phi m (n - m) else 0.

(* Its two sides. *)
Lemma phi_between d : forall m, kappa - 1 < INR m ->
  Rpower ((INR m + 1 - kappa) / (INR (m + d) + 1 - kappa)) kappa <= phi m d <= Rpower (INR m / INR (m + d)) kappa.
Proof.
induction d as [|d IH]; intros m km; assert (m0 : 0 < INR m) by lra.
  rewrite Nat.add_0_r; unfold Rdiv; rewrite !Rinv_r by lra; unfold Rpower; rewrite ln_1, Rmult_0_r, exp_0; simpl; lra.
assert (j1 : INR (S m) = INR m + 1) by apply S_INR; destruct (IH (S m) ltac:(lra)) as [L U].
replace (m + S d)%nat with (S m + d)%nat by lia; change (phi m (S d)) with (phi (S m) d * ((INR (S m) - kappa) / INR (S m))).
set (n := INR (S m + d)) in *; set (j := INR (S m)) in *; assert (nj : j <= n) by (apply le_INR; lia).
assert (f0 : 0 < (j - kappa) / j) by (apply Rmult_lt_0_compat; [lra|apply Rinv_0_lt_compat; lra]).
split.
  apply Rle_trans with (Rpower ((j + 1 - kappa) / (n + 1 - kappa)) kappa * ((j - kappa) / j)); [|apply Rmult_le_compat_r; lra].
  assert (a : 0 < (j - kappa) / (j + 1 - kappa)) by (apply Rmult_lt_0_compat; [lra|apply Rinv_0_lt_compat; lra]).
  assert (b : 0 < (j + 1 - kappa) / (n + 1 - kappa)) by (apply Rmult_lt_0_compat; [lra|apply Rinv_0_lt_compat; lra]).
  replace ((INR m + 1 - kappa) / (n + 1 - kappa)) with ((j + 1 - kappa) / (n + 1 - kappa) * ((j - kappa) / (j + 1 - kappa))) by (rewrite j1 in *; field; lra).
  rewrite <- Rpower_mult_distr by assumption; apply Rmult_le_compat_l; [apply Rlt_le, exp_pos|].
  assert (i : 0 < / (j - kappa)) by (apply Rinv_0_lt_compat; lra).
  assert (B := bernoulli kappa (/ (j - kappa)) kappa_ge_1 ltac:(nra) ltac:(lra)).
  set (w := 1 + / (j - kappa)) in *; assert (E : Rpower ((j - kappa) / (j + 1 - kappa)) kappa * Rpower w kappa = 1).
    rewrite Rpower_mult_distr by (unfold w; lra); replace ((j - kappa) / (j + 1 - kappa) * w) with 1 by (unfold w; field; lra).
    unfold Rpower; rewrite ln_1, Rmult_0_r; apply exp_0.
  assert (p0 : 0 < Rpower w kappa) by apply exp_pos; apply Rmult_le_reg_r with (1 := p0); rewrite E.
  replace 1 with ((j - kappa) / j * (1 + kappa * / (j - kappa))) by (field; lra); apply Rmult_le_compat_l; lra.
apply Rle_trans with (Rpower (j / n) kappa * ((j - kappa) / j)); [apply Rmult_le_compat_r; lra|].
assert (i : 0 < / j) by (apply Rinv_0_lt_compat; lra); assert (n1 : 0 < / n) by (apply Rinv_0_lt_compat; lra).
replace (INR m / n) with (j / n * (INR m / j)) by (field; lra).
rewrite <- Rpower_mult_distr by (apply Rmult_lt_0_compat; lra); apply Rmult_le_compat_l; [apply Rlt_le, exp_pos|].
replace (INR m / j) with (1 + - / j) by (rewrite j1 in *; field; lra); replace ((j - kappa) / j) with (1 + kappa * - / j) in * by (field; lra).
apply bernoulli; [exact kappa_ge_1|exact f0|].
replace (1 + - / j) with (INR m * / j) by (rewrite j1 in *; field; lra); apply Rmult_lt_0_compat; lra.
Qed.

(* Phi is near the power. *)
Theorem Phi_close n m : kappa <= INR n -> (m <= n)%nat -> Rabs (Phi n m - power (INR m / INR n)) <= kappa * (kappa - 1) / (INR n + 1 - kappa).
Proof.
intros kn mn; set (N := INR n) in *; assert (mN : 0 <= INR m <= N) by (split; [apply pos_INR|apply le_INR; exact mn]).
assert (N1 : 0 < / N <= 1) by (split; [apply Rinv_0_lt_compat; lra|rewrite <- Rinv_1; apply Rinv_le_contravar; lra]).
assert (D : 0 < / (N + 1 - kappa) <= 1) by (split; [apply Rinv_0_lt_compat; lra|rewrite <- Rinv_1; apply Rinv_le_contravar; lra]).
assert (q : 0 <= INR m / N <= 1).
  split; [apply Rmult_le_pos; lra|]; apply Rmult_le_reg_r with N; [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra.
unfold Phi; destruct (Rlt_dec (kappa - 1) (INR m)) as [km|km].
  destruct (phi_between (n - m) m km) as [L U]; replace (m + (n - m))%nat with n in L, U by lia; fold N in L, U.
  assert (m0 : 0 < INR m) by lra.
  assert (a : 0 < (INR m + 1 - kappa) / (N + 1 - kappa)) by (apply Rmult_lt_0_compat; lra).
  assert (E : INR m / N - (INR m + 1 - kappa) / (N + 1 - kappa) = (kappa - 1) * (1 - INR m / N) * / (N + 1 - kappa)) by (field; lra).
  assert (E0 : 0 <= (kappa - 1) * (1 - INR m / N) * / (N + 1 - kappa) <= (kappa - 1) * / (N + 1 - kappa)).
    split; [apply Rmult_le_pos; [apply Rmult_le_pos|]; lra|apply Rmult_le_compat_r; [lra|]].
    rewrite <- (Rmult_1_r (kappa - 1)) at 2; apply Rmult_le_compat_l; lra.
  destruct (power_lipschitz ((INR m + 1 - kappa) / (N + 1 - kappa)) (INR m / N) ltac:(lra) ltac:(lra)) as [P1 P2].
  rewrite <- power_pos in L, U by (try exact a; apply Rmult_lt_0_compat; lra).
  assert (kappa * (INR m / N - (INR m + 1 - kappa) / (N + 1 - kappa)) <= kappa * (kappa - 1) / (N + 1 - kappa)).
    rewrite E; unfold Rdiv; rewrite (Rmult_assoc kappa); apply Rmult_le_compat_l; lra.
  apply Rabs_le; lra.
assert (P := power_le_id (INR m / N) q); assert (P0 := power_ge_0 kappa (INR m / N)).
rewrite Rminus_0_l, Rabs_Ropp, Rabs_pos_eq by exact P0; apply Rle_trans with (1 := P).
apply Rle_trans with ((kappa - 1) * / N); [apply Rmult_le_compat_r; lra|].
unfold Rdiv; apply Rmult_le_compat; try lra.
  rewrite <- (Rmult_1_l (kappa - 1)) at 1; apply Rmult_le_compat_r; lra.
apply Rinv_le_contravar; lra.
Qed.

(* Rewards x_0 <= .. <= x_T, of n samples c_t up to x_t: the value by eq. (23), equal rewards taken together, and the objective. *)
Section Value.
Variables (T : nat) (x : nat -> R).
Definition weighed (G : nat -> R) : R := G O * x O + sum (fun t => (G (S t) - G t) * x (S t)) T.
Definition value n (c : nat -> nat) : R := weighed (fun t => Phi n (c t)).
Definition objective (F : nat -> R) : R := weighed (fun t => power (F t)).

Lemma by_gaps G : G T = 1 -> weighed G = x T - sum (fun t => G t * (x (S t) - x t)) T.
Proof.
unfold weighed; intros GT; replace (x T) with (G T * x T) by (rewrite GT; ring); clear GT.
induction T as [|t IH]; simpl; [ring|]; lra.
Qed.

(* And the value near the objective, where frequencies are within delta. *)
Theorem consistent n c F delta : kappa <= INR n -> (forall t, (t < T)%nat -> x t <= x (S t)) ->
  (forall t, (t <= T)%nat -> (c t <= n)%nat) -> c T = n -> F T = 1 -> (forall t, (t <= T)%nat -> 0 <= F t <= 1) ->
  (forall t, (t < T)%nat -> Rabs (INR (c t) / INR n - F t) <= delta) ->
  Rabs (value n c - objective F) <= (kappa * (kappa - 1) / (INR n + 1 - kappa) + kappa * delta) * (x T - x O).
Proof.
intros kn xs cn cT FT F01 near; set (N := INR n) in *; assert (N0 : 0 < / N) by (apply Rinv_0_lt_compat; lra).
unfold value, objective; rewrite !by_gaps.
- set (b := kappa * (kappa - 1) / (N + 1 - kappa) + kappa * delta).
  assert (rises : x T - x O = sum (fun t => x (S t) - x t) T) by (clear; induction T as [|t IH]; simpl; [ring|rewrite <- IH; ring]).
  rewrite rises; replace (x T - sum (fun t => Phi n (c t) * (x (S t) - x t)) T - (x T - sum (fun t => power (F t) * (x (S t) - x t)) T)) with
    (- (1 * sum (fun t => Phi n (c t) * (x (S t) - x t)) T + -1 * sum (fun t => power (F t) * (x (S t) - x t)) T)) by ring.
  rewrite Rabs_Ropp, <- sum_linear; apply Rle_trans with (1 := sum_size _ _).
  replace (b * sum (fun t => x (S t) - x t) T) with (sum (fun t => b * (x (S t) - x t) + 0 * 0) T) by (rewrite (sum_linear b 0 _ (fun _ => 0)), sum_const; ring).
  apply sum_le; intros t tT; unfold size; assert (d0 := xs t tT); set (d := x (S t) - x t).
  replace (1 * (Phi n (c t) * d) + -1 * (power (F t) * d)) with ((Phi n (c t) - power (F t)) * d) by ring.
  rewrite Rabs_mult, (Rabs_pos_eq d), Rmult_0_l, Rplus_0_r by (unfold d; lra); apply Rmult_le_compat_r; [unfold d; lra|].
  assert (A := Phi_close n (c t) kn (cn t ltac:(lia))); fold N in A; assert (B := near t tT).
  assert (ct : 0 <= INR (c t) <= N) by (split; [apply pos_INR|apply le_INR, cn; lia]).
  assert (q : 0 <= INR (c t) / N <= 1).
    split; [apply Rmult_le_pos; lra|]; apply Rmult_le_reg_r with N; [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra.
  assert (f := F01 t ltac:(lia)); assert (C : Rabs (power (INR (c t) / N) - power (F t)) <= kappa * delta).
    apply Rabs_le_inv in B; destruct (Rle_or_lt (F t) (INR (c t) / N)) as [L|L].
      destruct (power_lipschitz (F t) (INR (c t) / N) ltac:(lra) ltac:(lra)) as [P Q].
      assert (kappa * (INR (c t) / N - F t) <= kappa * delta) by (apply Rmult_le_compat_l; lra); apply Rabs_le; lra.
    destruct (power_lipschitz (INR (c t) / N) (F t) ltac:(lra) ltac:(lra)) as [P Q].
    assert (kappa * (F t - INR (c t) / N) <= kappa * delta) by (apply Rmult_le_compat_l; lra); apply Rabs_le; lra.
  replace (Phi n (c t) - power (F t)) with ((Phi n (c t) - power (INR (c t) / N)) + (power (INR (c t) / N) - power (F t))) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); unfold b; lra.
- rewrite FT, power_pos by lra; unfold Rpower; rewrite ln_1, Rmult_0_r; apply exp_0.
- rewrite cT; unfold Phi; fold N; destruct (Rlt_dec (kappa - 1) N) as [_|no]; [rewrite Nat.sub_diag; reflexivity|lra].
Qed.
End Value.

End Kappa.
