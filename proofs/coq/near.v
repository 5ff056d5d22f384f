(* Errors counted: near x e t y z says that x is e but for y of t, which is at least |e|, and but for z.

     |x - e| <= (exp y - 1) t + z,   |e| <= t

   y counts roundings in units of u: each adds one, for 1 + u <= exp u, and a product adds up those of its factors. z is what underflows. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums.
Local Open Scope R_scope.

Definition near x e t y z : Prop := Rabs (x - e) <= (exp y - 1) * t + z /\ Rabs e <= t.

Lemma exp_ge_1 y : 0 <= y -> 1 <= exp y.
Proof. intros y0; assert (H := exp_ineq1_le y); lra. Qed.

(* Above, the sum of a geometric series. *)
Lemma exp_small y : 0 <= y <= 0.05 -> exp y <= 1 + y + 1.06 * y ^ 2.
Proof.
intros y0; assert (H := exp_ineq1_le (- y)); assert (E : exp y * exp (- y) = 1) by (rewrite <- exp_plus, Rplus_opp_r; apply exp_0).
assert (P := exp_pos y); assert (exp y * (1 - y) <= 1) by nra.
apply Rmult_le_reg_r with (1 - y); [lra|]; nra.
Qed.

Lemma near_self e t : Rabs e <= t -> near e e t 0 0.
Proof. intros E; split; [|exact E]; unfold Rminus at 1; rewrite Rplus_opp_r, Rabs_R0, exp_0; lra. Qed.

Lemma near_of x e t y z : Rabs (x - e) <= y * t + z -> Rabs e <= t -> near x e t y z.
Proof.
intros X E; split; [|exact E]; assert (H := exp_ineq1_le y); assert (t0 := Rle_trans _ _ _ (Rabs_pos e) E).
assert (y * t <= (exp y - 1) * t) by (apply Rmult_le_compat_r; lra); lra.
Qed.

Lemma near_size x e t y z : near x e t y z -> Rabs x <= exp y * t + z.
Proof. intros [X E]; replace x with (e + (x - e)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra. Qed.

Lemma near_more x e t y z y' z' : near x e t y z -> y <= y' -> z <= z' -> near x e t y' z'.
Proof.
intros [X E] yy zz; split; [|exact E]; assert (t0 := Rle_trans _ _ _ (Rabs_pos e) E).
assert (exp y <= exp y') by (destruct yy as [L| ->]; [apply Rlt_le, exp_increasing, L|lra]).
assert ((exp y - 1) * t <= (exp y' - 1) * t) by (apply Rmult_le_compat_r; lra); lra.
Qed.

Lemma near_wide x e t y z t' : near x e t y z -> t <= t' -> 0 <= y -> near x e t' y z.
Proof.
intros [X E] tt y0; split; [|lra]; assert (H := exp_ge_1 y y0).
assert ((exp y - 1) * t <= (exp y - 1) * t') by (apply Rmult_le_compat_l; lra); lra.
Qed.

Lemma near_opp x e t y z : near x e t y z -> near (- x) (- e) t y z.
Proof. intros [X E]; split; [replace (- x - - e) with (- (x - e)) by ring|]; rewrite Rabs_Ropp; assumption. Qed.

Lemma near_add x e t x' e' t' y z z' : near x e t y z -> near x' e' t' y z' -> near (x + x') (e + e') (t + t') y (z + z').
Proof.
intros [X E] [X' E']; split; [replace (x + x' - (e + e')) with ((x - e) + (x' - e')) by ring|]; apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

(* A product. *)
Lemma near_mult x e t y z x' e' t' y' z' : near x e t y z -> near x' e' t' y' z' -> 0 <= y -> 0 <= y' ->
  near (x * x') (e * e') (t * t') (y + y') (exp y * t * z' + exp y' * t' * z + z * z').
Proof.
intros N N' y0 y0'; assert (S := near_size _ _ _ _ _ N); destruct N as [X E]; destruct N' as [X' E'].
assert (Y := exp_ge_1 y y0); assert (Y' := exp_ge_1 y' y0'); unfold near; rewrite exp_plus.
assert (t0 := Rle_trans _ _ _ (Rabs_pos e) E); assert (t0' := Rle_trans _ _ _ (Rabs_pos e') E').
split; [|rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption].
replace (x * x' - e * e') with (x * (x' - e') + (x - e) * e') by ring.
apply Rle_trans with (1 := Rabs_triang _ _); rewrite !Rabs_mult.
assert (A : Rabs x * Rabs (x' - e') <= (exp y * t + z) * ((exp y' - 1) * t' + z')) by (apply Rmult_le_compat; try apply Rabs_pos; assumption).
assert (B : Rabs (x - e) * Rabs e' <= ((exp y - 1) * t + z) * t') by (apply Rmult_le_compat; try apply Rabs_pos; assumption).
lra.
Qed.

(* By a factor c that is not negative, exact or rounded. *)
Lemma near_scaled c q d x e t y z : 0 <= c -> 0 <= d -> Rabs (q - c) <= d * c -> near x e t y z -> 0 <= y ->
  near (q * x) (c * e) (c * t) (d + y) (exp d * (c * z)).
Proof.
intros c0 d0 Q N y0; assert (C : near q c c d 0) by (apply near_of; [lra|rewrite Rabs_pos_eq; lra]).
apply near_more with (1 := near_mult _ _ _ _ _ _ _ _ _ _ C N d0 y0); [lra|right; ring].
Qed.

Lemma near_times c x e t y z : 0 <= c -> near x e t y z -> near (c * x) (c * e) (c * t) y (c * z).
Proof.
intros c0 [X E]; split.
  rewrite <- Rmult_minus_distr_l, Rabs_mult, (Rabs_pos_eq c) by exact c0.
  apply Rle_trans with (c * ((exp y - 1) * t + z)); [apply Rmult_le_compat_l; assumption|right; ring].
rewrite Rabs_mult, (Rabs_pos_eq c) by exact c0; apply Rmult_le_compat_l; assumption.
Qed.

Section Format.
Variables emin prec : Z.
Hypothesis prec_gt_1 : (1 < prec)%Z.
Notation format := (generic_format radix2 (FLT_exp emin prec)).
Local Notation fl := (fl emin prec).
Local Notation u := (u prec).
Local Notation tiny := (tiny emin).
Local Notation plain := (plain emin prec).

Lemma rounded_within a b e t y z : near a e t y z -> 0 <= y -> 0 <= z -> forall v, Rabs (b - a) <= u * Rabs a + v ->
  near b e t (u + y) (exp u * z + v).
Proof.
intros N y0 z0 v B; assert (S := near_size _ _ _ _ _ N); destruct N as [X E]; split; [|exact E].
assert (u0 := u_ge_0 prec); assert (U := exp_ineq1_le u); assert (Y := exp_ge_1 y y0); rewrite exp_plus.
assert (t0 := Rle_trans _ _ _ (Rabs_pos e) E); assert (H : u * Rabs a <= (exp u - 1) * (exp y * t + z)).
  apply Rmult_le_compat; try lra; apply Rabs_pos.
replace (b - e) with ((b - a) + (a - e)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

Lemma near_fl x e t y z : near x e t y z -> 0 <= y -> 0 <= z -> near (fl x) e t (u + y) (exp u * z + tiny).
Proof. intros N y0 z0; apply rounded_within with (1 := N); [exact y0|exact z0|apply fl_any; exact prec_gt_1]. Qed.

(* No sum underflows. *)
Lemma near_fl_add a b e t y z : format a -> format b -> near (a + b) e t y z -> 0 <= y -> 0 <= z ->
  near (fl (a + b)) e t (u + y) (exp u * z).
Proof.
intros Fa Fb N y0 z0; rewrite <- (Rplus_0_r (exp u * z)); apply rounded_within with (1 := N); [exact y0|exact z0|].
rewrite Rplus_0_r; apply fl_add; assumption.
Qed.

Lemma near_fl_sub a b e t y z : format a -> format b -> near (a - b) e t y z -> 0 <= y -> 0 <= z ->
  near (fl (a - b)) e t (u + y) (exp u * z).
Proof. intros Fa Fb; apply near_fl_add; [exact Fa|apply opp_format; exact Fb]. Qed.

(* Sums from the left: each addition counts for all terms before it. *)
Lemma near_plain x e t y z n : (forall k, (k <= n)%nat -> format (x k)) -> (forall k, (k <= n)%nat -> near (x k) (e k) (t k) y z) -> 0 <= y -> 0 <= z ->
  forall m, (m <= n)%nat -> near (plain x m) (sum e (S m)) (sum t (S m)) (INR m * u + y) (exp (INR m * u) * (INR (S m) * z)).
Proof.
intros Fx N y0 z0; assert (u0 := u_ge_0 prec); induction m as [|m IH]; intros mn.
  simpl sum; simpl plain; rewrite !Rplus_0_l, Rmult_0_l, exp_0, Rplus_0_l; simpl INR; rewrite !Rmult_1_l; apply N; lia.
assert (m0 := pos_INR m); assert (mu : 0 <= INR m * u) by (apply Rmult_le_pos; assumption).
assert (M := exp_ge_1 _ mu); assert (A := IH ltac:(lia)).
assert (z1 : 0 <= exp (INR m * u) * (INR (S m) * z)) by (apply Rmult_le_pos; [lra|apply Rmult_le_pos; [apply pos_INR|exact z0]]).
assert (B := near_more _ _ _ _ _ (INR m * u + y) z (N (S m) mn) ltac:(lra) ltac:(lra)).
assert (C := near_fl_add _ _ _ _ _ _ (plain_format emin prec prec_gt_1 x n Fx m ltac:(lia)) (Fx (S m) mn) (near_add _ _ _ _ _ _ _ _ _ A B) ltac:(lra) ltac:(lra)).
apply near_more with (1 := C); rewrite !S_INR in *.
  right; ring.
replace ((INR m + 1) * u) with (u + INR m * u) by ring; rewrite exp_plus, Rmult_assoc.
assert (U := exp_ge_1 u u0); apply Rmult_le_compat_l; [lra|].
assert (z <= exp (INR m * u) * z) by (rewrite <- (Rmult_1_l z) at 1; apply Rmult_le_compat_r; lra); lra.
Qed.
End Format.
