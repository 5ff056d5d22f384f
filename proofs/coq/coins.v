(* Rewards of two values, section 2.8: the first with probability pi, N of them independent.

     mean N f pi   the expectation of f over lists of N coins, true with probability pi

   No function of N coins has the expectation k pi^a where a is no whole number; and how often a coin shows true is rarely far
   from pi, which is what the bound of consistent in real_k.v supposes of each count. *)

From Coq Require Import Reals List Psatz.
From Ordergrad Require Import floating.
Local Open Scope R_scope.

Fixpoint mean (N : nat) (f : list bool -> R) (pi : R) : R :=
  match N with
  | O => f nil
  | S N => pi * mean N (fun x => f (true :: x)) pi + (1 - pi) * mean N (fun x => f (false :: x)) pi
  end.

Lemma mean_S N f pi : mean (S N) f pi = pi * mean N (fun x => f (true :: x)) pi + (1 - pi) * mean N (fun x => f (false :: x)) pi.
Proof. reflexivity. Qed.

Lemma mean_eq N pi : forall f g, (forall x, length x = N -> f x = g x) -> mean N f pi = mean N g pi.
Proof.
induction N as [|N IH]; intros f g fg; simpl; [apply fg; reflexivity|].
f_equal; f_equal; apply IH; intros x xN; apply fg; simpl; rewrite xN; reflexivity.
Qed.

Lemma mean_linear N pi : forall a b f g, mean N (fun x => a * f x + b * g x) pi = a * mean N f pi + b * mean N g pi.
Proof. induction N as [|N IH]; intros a b f g; simpl; [ring|rewrite !IH; ring]. Qed.

Lemma mean_const N pi c : mean N (fun _ => c) pi = c.
Proof. induction N as [|N IH]; simpl; [ring|rewrite IH; ring]. Qed.

Lemma mean_le N pi : 0 <= pi <= 1 -> forall f g, (forall x, length x = N -> f x <= g x) -> mean N f pi <= mean N g pi.
Proof.
intros p01; induction N as [|N IH]; intros f g fg; simpl; [apply fg; reflexivity|].
apply Rplus_le_compat; apply Rmult_le_compat_l; try lra; apply IH; intros x xN; apply fg; simpl; rewrite xN; reflexivity.
Qed.

Lemma mean_flip N pi : forall f, mean N f (1 - pi) = mean N (fun x => f (map negb x)) pi.
Proof. induction N as [|N IH]; intros f; simpl; [reflexivity|rewrite !IH; simpl; ring]. Qed.

(* It is a polynomial of degree N. *)
Definition polynomial (c : nat -> R) (n : nat) (x : R) : R := sum (fun j => c j * x ^ j) n.

Lemma shifted c n x : x * polynomial c n x = polynomial (fun j => match j with O => 0 | S i => c i end) (S n) x.
Proof.
unfold polynomial; induction n as [|n IH]; [simpl; ring|].
change (sum (fun j => c j * x ^ j) (S n)) with (sum (fun j => c j * x ^ j) n + c n * x ^ n); rewrite Rmult_plus_distr_l, IH.
simpl; ring.
Qed.

Lemma mean_polynomial N : forall f, exists c, forall pi, mean N f pi = polynomial c (S N) pi.
Proof.
induction N as [|N IH]; intros f.
  exists (fun _ => f nil); intros pi; unfold polynomial; simpl; ring.
destruct (IH (fun x => f (true :: x))) as [a A]; destruct (IH (fun x => f (false :: x))) as [b B].
exists (fun j => match j with O => 0 | S i => a i - b i end + (if Nat.eq_dec j (S N) then 0 else b j)).
intros x; simpl mean; rewrite A, B.
assert (L : polynomial b (S N) x = polynomial (fun j => if Nat.eq_dec j (S N) then 0 else b j) (S (S N)) x).
  unfold polynomial; change (sum (fun j => (if Nat.eq_dec j (S N) then 0 else b j) * x ^ j) (S (S N))) with
    (sum (fun j => (if Nat.eq_dec j (S N) then 0 else b j) * x ^ j) (S N) + (if Nat.eq_dec (S N) (S N) then 0 else b (S N)) * x ^ S N).
  destruct (Nat.eq_dec (S N) (S N)) as [_|no]; [rewrite Rmult_0_l, Rplus_0_r|contradiction no; reflexivity].
  apply sum_eq; intros j jN; destruct (Nat.eq_dec j (S N)); [lia|reflexivity].
assert (D : polynomial a (S N) x - polynomial b (S N) x = polynomial (fun j => a j - b j) (S N) x).
  unfold polynomial; replace (sum (fun j => a j * x ^ j) (S N) - sum (fun j => b j * x ^ j) (S N)) with
    (1 * sum (fun j => a j * x ^ j) (S N) + -1 * sum (fun j => b j * x ^ j) (S N)) by ring.
  rewrite <- sum_linear; apply sum_eq; intros j _; ring.
replace (x * polynomial a (S N) x + (1 - x) * polynomial b (S N) x) with
  (x * (polynomial a (S N) x - polynomial b (S N) x) + polynomial b (S N) x) by ring.
rewrite D, shifted, L; unfold polynomial; set (n := S (S N)).
rewrite <- (Rmult_1_l (sum _ n)) at 1; rewrite <- (Rmult_1_l (sum (fun j => (if Nat.eq_dec j (S N) then 0 else b j) * x ^ j) n)).
rewrite <- sum_linear; apply sum_eq; intros j _; ring.
Qed.

(* A polynomial is not multiplied by one number, no power of two, where its argument is doubled. *)
Lemma not_doubled lambda n : (forall j, lambda <> 2 ^ j) ->
  forall c P h, 0 < h -> (forall x, 0 < x < h -> P x = polynomial c n x) -> (forall x, 0 < x < h -> P (2 * x) = lambda * P x) ->
  exists h', 0 < h' /\ forall x, 0 < x < h' -> P x = 0.
Proof.
intros no; induction n as [|n IH]; intros c P h h0 Pc D.
  exists h; split; [exact h0|]; intros x xh; rewrite Pc by exact xh; reflexivity.
assert (ne := no n); apply (IH (fun j => (2 ^ j - 2 ^ n) / (lambda - 2 ^ n) * c j) P (h / 2)); [lra| |intros x xh; apply D; lra].
intros x xh; assert (A := Pc (2 * x) ltac:(lra)); rewrite (D x ltac:(lra)) in A; assert (B := Pc x ltac:(lra)).
apply Rmult_eq_reg_l with (lambda - 2 ^ n); [|lra].
replace ((lambda - 2 ^ n) * P x) with (lambda * P x - 2 ^ n * P x) by ring; rewrite A, B.
unfold polynomial; clear A B Pc D; change (sum (fun j => c j * (2 * x) ^ j) (S n)) with (sum (fun j => c j * (2 * x) ^ j) n + c n * (2 * x) ^ n).
change (sum (fun j => c j * x ^ j) (S n)) with (sum (fun j => c j * x ^ j) n + c n * x ^ n); rewrite Rpow_mult_distr.
replace ((lambda - 2 ^ n) * sum (fun j => (2 ^ j - 2 ^ n) / (lambda - 2 ^ n) * c j * x ^ j) n) with
  (1 * sum (fun j => c j * (2 * x) ^ j) n + - 2 ^ n * sum (fun j => c j * x ^ j) n); [ring|].
rewrite <- sum_linear; replace (lambda - 2 ^ n) with (lambda - 2 ^ n + 0) at 1 by ring.
rewrite <- (Rplus_0_r ((lambda - 2 ^ n + 0) * _)); rewrite <- (Rmult_0_l (sum (fun _ => 0) n)), <- sum_linear.
apply sum_eq; intros j _; rewrite Rpow_mult_distr; field; lra.
Qed.

Theorem no_unbiased_power N a k f : k <> 0 -> (forall j, a <> INR j) -> ~ (forall pi, 0 < pi < 1 -> mean N f pi = k * Rpower pi a).
Proof.
intros k0 ja E; destruct (mean_polynomial N f) as [c C].
destruct (not_doubled (Rpower 2 a) (S N)) with (c := c) (P := mean N f) (h := / 2) as (h & h0 & Z).
- intros j; rewrite <- Rpower_pow by lra; unfold Rpower; intros F; apply exp_inv in F; apply (ja j).
  apply Rmult_eq_reg_r in F; [exact F|]; assert (H : ln 1 < ln 2) by (apply ln_increasing; lra); rewrite ln_1 in H; lra.
- lra.
- intros x _; apply C.
- intros x xh; rewrite !E by lra; rewrite <- Rpower_mult_distr by lra; ring.
- set (x := Rmin (h / 2) (/ 2)); assert (x1 : 0 < x <= / 2 /\ x <= h / 2).
    unfold x; repeat split; [apply Rmin_glb_lt; lra|apply Rmin_r|apply Rmin_l].
  assert (z := Z x ltac:(lra)); rewrite E in z by lra; apply Rmult_integral in z; destruct z as [z|z]; [lra|].
  assert (H := exp_pos (a * ln x)); unfold Rpower in z; lra.
Qed.

(* The objectives and their derivatives: min@kappa is pi^kappa, max@kappa is 1 - (1 - pi)^kappa. *)
Corollary minimum_not_estimable N kappa f : (forall j, kappa <> INR j) -> ~ (forall pi, 0 < pi < 1 -> mean N f pi = Rpower pi kappa).
Proof.
intros no E; apply (no_unbiased_power N kappa 1 f R1_neq_R0 no); intros pi p01; rewrite E by exact p01; ring.
Qed.

Corollary maximum_not_estimable N kappa f : (forall j, kappa <> INR j) -> ~ (forall pi, 0 < pi < 1 -> mean N f pi = 1 - Rpower (1 - pi) kappa).
Proof.
intros no E; apply (minimum_not_estimable N kappa (fun x => 1 * 1 + -1 * f (map negb x)) no); intros pi p01.
rewrite (mean_linear N pi 1 (-1) (fun _ => 1)), mean_const, <- mean_flip, E by lra; replace (1 - (1 - pi)) with pi by ring; ring.
Qed.

Corollary minimum_derivative_not_estimable N kappa f : 1 <= kappa -> (forall j, kappa <> INR j) ->
  ~ (forall pi, 0 < pi < 1 -> mean N f pi = kappa * Rpower pi (kappa - 1)).
Proof.
intros k1 no; apply no_unbiased_power; [lra|]; intros j E; apply (no (S j)); rewrite S_INR; lra.
Qed.

Corollary maximum_derivative_not_estimable N kappa f : 1 <= kappa -> (forall j, kappa <> INR j) ->
  ~ (forall pi, 0 < pi < 1 -> mean N f pi = kappa * Rpower (1 - pi) (kappa - 1)).
Proof.
intros k1 no E; apply (minimum_derivative_not_estimable N kappa (fun x => f (map negb x)) k1 no); intros pi p01.
rewrite <- mean_flip, E by lra; replace (1 - (1 - pi)) with pi by ring; reflexivity.
Qed.

(* How often it shows true. *)
Definition count (x : list bool) : R := INR (length (filter (fun b => b) x)).

Lemma mean_count N pi : forall m, mean N (fun x => m + count x) pi = m + INR N * pi.
Proof.
induction N as [|N IH]; intros m; [unfold count; simpl; ring|]; rewrite mean_S.
rewrite (mean_eq N pi (fun x => m + count (true :: x)) (fun x => (m + 1) + count x)), (mean_eq N pi (fun x => m + count (false :: x)) (fun x => m + count x)).
- rewrite !IH, S_INR; ring.
- reflexivity.
- intros x _; unfold count; simpl length; rewrite S_INR; ring.
Qed.

Lemma mean_square N pi : forall m, mean N (fun x => (m + count x) ^ 2) pi = (m + INR N * pi) ^ 2 + INR N * pi * (1 - pi).
Proof.
induction N as [|N IH]; intros m; [unfold count; simpl; ring|]; rewrite mean_S.
rewrite (mean_eq N pi (fun x => (m + count (true :: x)) ^ 2) (fun x => (m + 1 + count x) ^ 2)), (mean_eq N pi (fun x => (m + count (false :: x)) ^ 2) (fun x => (m + count x) ^ 2)).
- rewrite !IH, S_INR; ring.
- reflexivity.
- intros x _; unfold count; simpl length; rewrite S_INR; ring.
Qed.

(* Chebyshev: the frequency is off by more than delta with a probability of 1 / (4 N delta^2) at most. *)
Definition far N pi delta (x : list bool) : R := if Rle_dec (Rabs (count x / INR N - pi)) delta then 0 else 1.

Theorem rarely_far N pi delta : (0 < N)%nat -> 0 <= pi <= 1 -> 0 < delta -> mean N (far N pi delta) pi <= / (4 * INR N * delta ^ 2).
Proof.
intros N0 p01 d0; assert (n0 : 0 < INR N) by (apply lt_0_INR; exact N0); set (n := INR N) in *.
set (s := / (n * delta) ^ 2); assert (s0 : 0 < s) by (apply Rinv_0_lt_compat, pow_lt, Rmult_lt_0_compat; assumption).
apply Rle_trans with (mean N (fun x => s * (- (n * pi) + count x) ^ 2 + 0 * 0) pi).
  apply mean_le; [exact p01|]; intros x _; unfold far; fold n; rewrite Rmult_0_l, Rplus_0_r.
  destruct (Rle_dec (Rabs (count x / n - pi)) delta) as [L|L]; [apply Rmult_le_pos; [lra|apply pow2_ge_0]|apply Rnot_le_lt in L].
  replace (- (n * pi) + count x) with (n * (count x / n - pi)) by (field; lra); rewrite <- (Rinv_l ((n * delta) ^ 2)) by (apply pow_nonzero; nra).
  apply Rmult_le_compat_l; [lra|]; rewrite <- (pow2_abs (n * (count x / n - pi))), Rabs_mult, (Rabs_pos_eq n) by lra.
  apply pow_incr; split; [apply Rmult_le_pos; lra|apply Rmult_le_compat_l; lra].
rewrite (mean_linear N pi s 0 _ (fun _ => 0)), mean_square, mean_const; fold n.
replace (s * ((- (n * pi) + n * pi) ^ 2 + n * pi * (1 - pi)) + 0 * 0) with (pi * (1 - pi) * (/ (n * delta ^ 2))) by (unfold s; field; split; lra).
replace (/ (4 * n * delta ^ 2)) with (/ 4 * / (n * delta ^ 2)) by (field; split; lra).
apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat, Rmult_lt_0_compat; [exact n0|apply pow_lt; exact d0]|].
assert (H := pow2_ge_0 (pi - / 2)); simpl in H; lra.
Qed.
