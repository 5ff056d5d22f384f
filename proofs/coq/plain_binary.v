(* (58) for rewards 0 and 1, as plain loops compute MaxRL, eq. (51), and pass@k, eq. (53).

     whole numbers   are added up without rounding, as far as the format has them all
     maxrl           fl(fl(x - rate) / rate), rate the sum over N in one rounding, 0 without success   within 4.02 u of the largest
     conditional     fl(fl(fl(x N / sum) - 1) / N), eq. (84), -1/N without success                    the same
     pass_at_k       the value of max@K, family_value, or 1 less a product of quotients, each within e   within m (e + u) and u

   and what underflows, which for MaxRL is nothing: N tiny is below u / 1000. MaxRL is exact where every answer is zero. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating running_sums.
Local Open Scope R_scope.

Definition whole x : Prop := exists k, x = IZR k.

Section Format.
Variables emin prec : Z.
Hypothesis prec_gt_1 : (1 < prec)%Z.
Hypothesis emin_le_0 : (emin <= 0)%Z.
Notation format := (generic_format radix2 (FLT_exp emin prec)).
Local Notation fl := (fl emin prec).
Local Notation u := (u prec).
Local Notation tiny := (tiny emin).
Local Notation u_ge_0 := (u_ge_0 prec).
Local Notation tiny_ge_0 := (tiny_ge_0 emin).
Local Notation fl_format := (fl_format emin prec prec_gt_1).
Local Notation fl_any := (fl_any emin prec prec_gt_1).
Local Notation fl_sub := (fl_sub emin prec prec_gt_1).
Local Notation plain := (plain emin prec).

Lemma fl_of_format x : format x -> fl x = x.
Proof. apply round_generic, valid_rnd_N. Qed.

Lemma whole_format x : whole x -> Rabs x < bpow radix2 prec -> format x.
Proof.
intros [k ->] small; apply generic_format_FLT; exists (Float radix2 k 0); simpl; [unfold F2R; simpl; ring| |exact emin_le_0].
apply lt_IZR; rewrite abs_IZR; apply Rlt_le_trans with (1 := small), Req_le; symmetry; apply (IZR_Zpower radix2); lia.
Qed.

Lemma one_format : format 1.
Proof.
apply whole_format; [exists 1%Z; reflexivity|]; rewrite Rabs_R1; change 1 with (bpow radix2 0); apply bpow_lt; lia.
Qed.

Lemma plain_whole x n : (forall t, (t <= n)%nat -> whole (x t)) -> sum (size x) (S n) < bpow radix2 prec ->
  forall t, (t <= n)%nat -> plain x t = sum x (S t) /\ whole (sum x (S t)).
Proof.
intros each small; induction t as [|t IH]; intros tn.
  simpl; destruct (each 0%nat tn) as [k E]; split; [ring|exists k; lra].
destruct (IH ltac:(lia)) as [E [k Ek]]; destruct (each (S t) tn) as [j Ej].
assert (W : whole (sum x (S (S t)))) by (exists (k + j)%Z; rewrite plus_IZR, <- Ek, <- Ej; reflexivity).
split; [|exact W]; change (plain x (S t)) with (fl (plain x t + x (S t))); rewrite E.
change (sum x (S t) + x (S t)) with (sum x (S (S t))); apply fl_of_format, whole_format; [exact W|].
apply Rle_lt_trans with (2 := small); apply Rle_trans with (1 := sum_size _ _); apply sum_size_mono; lia.
Qed.

Lemma u_of_prec : u * bpow radix2 prec = 1.
Proof.
unfold floating.u; rewrite Rmult_assoc, <- bpow_plus; replace (- prec + 1 + prec)%Z with 1%Z by lia; simpl; lra.
Qed.

(* (51) *)
Section MaxRL.
Variables (r : nat -> R) (n : nat) (scale : R).
Local Notation N := (INR (S n)).
Hypothesis binary : forall t, (t <= n)%nat -> r t = 0 \/ r t = 1.
Hypothesis u_small : u <= / 1048576.
Hypothesis N_small : 5 * N ^ 2 * u <= 1.
Hypothesis tiny_small : 1000 * (N * tiny) <= u.

Definition plain_rate : R := fl (plain r n / N).
Definition plain_maxrl x : R := if Rlt_dec 0 (plain r n) then fl (fl (x - plain_rate) / plain_rate) else 0.
Definition rate : R := sum r (S n) / N.
Definition maxrl x : R := if Rlt_dec 0 (sum r (S n)) then (x - rate) / rate else 0.

Hypothesis scale_right : forall t, (t <= n)%nat -> Rabs (maxrl (r t)) <= scale.

Let N1 : 1 <= N. Proof. apply (le_INR 1); lia. Qed.

Lemma successes : plain r n = sum r (S n) /\ whole (sum r (S n)).
Proof.
apply plain_whole with (n := n); [intros t tn; destruct (binary t tn) as [-> | ->]; [exists 0%Z|exists 1%Z]; reflexivity| |lia].
apply Rle_lt_trans with N.
  rewrite <- (Rmult_1_r N), <- sum_const; apply sum_le; intros t tn; unfold size.
  destruct (binary t ltac:(lia)) as [-> | ->]; [rewrite Rabs_R0|rewrite Rabs_R1]; lra.
assert (E := u_of_prec); assert (u0 := u_ge_0); set (b := bpow radix2 prec) in *.
destruct (Rle_or_lt b N) as [H|H]; [exfalso|exact H].
assert (u * b <= u * N) by (apply Rmult_le_compat_l; assumption); assert (u * N <= u * (5 * N ^ 2)) by (apply Rmult_le_compat_l; [exact u0|nra]).
nra.
Qed.

Lemma all_or_not : (forall t, (t <= n)%nat -> r t = 1) \/ exists t, (t <= n)%nat /\ r t = 0.
Proof.
assert (H : forall k, (k <= S n)%nat -> (forall t, (t < k)%nat -> r t = 1) \/ exists t, (t <= n)%nat /\ r t = 0).
  induction k as [|k IH]; intros kn; [left; intros t tk; lia|]; destruct (IH ltac:(lia)) as [all|one]; [|right; exact one].
  destruct (binary k ltac:(lia)) as [zero|one]; [right; exists k; split; [lia|exact zero]|left; intros t tk].
  destruct (Nat.eq_dec t k) as [->|ne]; [exact one|apply all; lia].
destruct (H (S n) (le_n _)) as [all|one]; [left; intros t tn; apply all; lia|right; exact one].
Qed.

Theorem maxrl_right m : (m <= n)%nat -> Rabs (plain_maxrl (r m) - maxrl (r m)) <= 4.02 * u * scale.
Proof.
intros mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (sm := scale_right m mn).
assert (s0 : 0 <= scale) by (apply Rle_trans with (2 := sm); apply Rabs_pos).
assert (us : 0 <= u * scale) by (apply Rmult_le_pos; assumption).
destruct successes as [E W]; unfold plain_maxrl; rewrite E; assert (sc := scale_right); unfold maxrl in *.
destruct (Rlt_dec 0 (sum r (S n))) as [pos|none]; [|rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; lra].
unfold plain_rate; rewrite E; fold rate; destruct all_or_not as [all|(k & kn & fails)].
  assert (R1 : rate = 1).
    unfold rate; rewrite (sum_eq _ (fun _ => 1)), sum_const by (intros t tn; apply all; lia); field; lra.
  assert (F0 : fl 0 = 0) by (apply fl_of_format, generic_format_0).
  rewrite R1, (all m mn), (fl_of_format 1 one_format); replace (1 - 1) with 0 by ring; rewrite F0; replace (0 / 1) with 0 by field.
  rewrite F0, Rminus_diag_eq, Rabs_R0 by reflexivity; lra.
assert (s1 : 1 <= sum r (S n)) by (destruct W as [z Ez]; rewrite Ez in *; apply IZR_le; assert (H := lt_IZR 0 z pos); lia).
assert (p0 : / N <= rate).
  unfold rate, Rdiv; rewrite <- (Rmult_1_l (/ N)) at 1; apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|exact s1].
assert (iN : 0 < / N) by (apply Rinv_0_lt_compat; lra); set (p := rate) in *; set (P := fl p).
assert (big : 1 <= scale).
  assert (H := sc k kn); rewrite fails in H; unfold Rminus in H; rewrite Rplus_0_l in H.
  replace (- p / p) with (- (1)) in H by (field; lra); rewrite Rabs_Ropp, Rabs_R1 in H; exact H.
set (x := r m) in *; assert (x01 : 0 <= x <= 1) by (unfold x; destruct (binary m mn) as [-> | ->]; lra).
set (A := (x - p) / p) in *.
assert (tp : 1000 * tiny <= u * p).
  assert (H : 1000 * (N * tiny) * p <= u * p) by (apply Rmult_le_compat_r; lra).
  assert (1 <= N * p) by (apply Rmult_le_reg_l with (/ N); [exact iN|]; rewrite <- Rmult_assoc, Rinv_l; lra).
  assert (tiny * 1 <= tiny * (N * p)) by (apply Rmult_le_compat_l; assumption); lra.
assert (HP : Rabs (P - p) <= 1.001 * u * p) by (assert (H := fl_any p); fold P in H; rewrite (Rabs_pos_eq p) in H by lra; lra).
assert (up : u * p <= 0.000001 * p) by (apply Rmult_le_compat_r; lra).
assert (Pp : 0.9999 * p <= P) by (apply Rabs_le_inv in HP; lra).
assert (iP : 0 < / P <= 1.0002 * / p).
  split; [apply Rinv_0_lt_compat; lra|]; apply Rmult_le_reg_r with (P * p); [apply Rmult_lt_0_compat; lra|].
  replace (/ P * (P * p)) with p by (field; lra); replace (1.0002 * / p * (P * p)) with (1.0002 * P) by (field; lra); lra.
assert (xp : 0 <= x / p <= 2 * scale).
  split; [apply Rmult_le_pos; [lra|apply Rlt_le, Rinv_0_lt_compat; lra]|].
  replace (x / p) with (1 + A) by (unfold A; field; lra); apply Rabs_le_inv in sm; lra.
assert (D1 : Rabs (x / P - x / p) <= 1.001 * u * (1.0002 * (2 * scale))).
  replace (x / P - x / p) with (- ((P - p) * (x / p) * / P)) by (field; lra).
  rewrite Rabs_Ropp, !Rabs_mult, (Rabs_pos_eq (x / p)), (Rabs_pos_eq (/ P)) by lra.
  apply Rle_trans with (1.001 * u * p * (2 * scale) * (1.0002 * / p)).
    apply Rmult_le_compat; [apply Rmult_le_pos; [apply Rabs_pos|lra]|lra| |lra].
    apply Rmult_le_compat; [apply Rabs_pos|lra|exact HP|lra].
  right; field; lra.
assert (D2 : Rabs (x / P - 1) <= 1.0001 * scale).
  replace (x / P - 1) with (A + (x / P - x / p)) by (unfold A; field; lra).
  apply Rle_trans with (1 := Rabs_triang _ _); assert (u * scale <= 0.000001 * scale) by (apply Rmult_le_compat_r; lra); lra.
assert (Fx : format x) by (unfold x; destruct (binary m mn) as [-> | ->]; [apply generic_format_0|apply one_format]).
assert (S1 := fl_sub x P Fx (fl_format p)); set (d := fl (x - P)) in *.
assert (D3 : Rabs (d / P - (x / P - 1)) <= u * (1.0001 * scale)).
  replace (d / P - (x / P - 1)) with ((d - (x - P)) * / P) by (field; lra); rewrite Rabs_mult, (Rabs_pos_eq (/ P)) by lra.
  apply Rle_trans with (u * Rabs (x - P) * / P); [apply Rmult_le_compat_r; lra|].
  rewrite Rmult_assoc; apply Rmult_le_compat_l; [exact u0|].
  replace (Rabs (x - P) * / P) with (Rabs (x / P - 1)); [exact D2|].
  replace (x / P - 1) with ((x - P) * / P) by (field; lra); rewrite Rabs_mult, (Rabs_pos_eq (/ P)) by lra; reflexivity.
assert (D4 : Rabs (d / P - A) <= 3.004 * (u * scale)).
  replace (d / P - A) with ((d / P - (x / P - 1)) + (x / P - x / p)) by (unfold A; field; lra).
  apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (D5 : Rabs (d / P) <= 1.001 * scale).
  replace (d / P) with (A + (d / P - A)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  assert (u * scale <= 0.000001 * scale) by (apply Rmult_le_compat_r; lra); lra.
assert (F := fl_any (d / P)); assert (F' : u * Rabs (d / P) <= u * (1.001 * scale)) by (apply Rmult_le_compat_l; assumption).
assert (ts : 1000 * tiny <= u * scale).
  assert (tiny * 1 <= tiny * N) by (apply Rmult_le_compat_l; lra); assert (u * 1 <= u * scale) by (apply Rmult_le_compat_l; lra); lra.
replace (fl (d / P) - A) with ((fl (d / P) - d / P) + (d / P - A)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

(* (84): conditional weights. *)
Definition plain_conditional x : R :=
  if Rlt_dec 0 (plain r n) then fl (fl (fl (x * N / plain r n) - 1) / N) else fl (- (1) / N).
Definition conditional x : R := if Rlt_dec 0 (sum r (S n)) then (x * N / sum r (S n) - 1) / N else - (1) / N.

Theorem conditional_right most m : (forall t, (t <= n)%nat -> Rabs (conditional (r t)) <= most) -> (m <= n)%nat ->
  Rabs (plain_conditional (r m) - conditional (r m)) <= 4.02 * u * most.
Proof.
intros largest mn; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (lm := largest m mn).
assert (m0 : 0 <= most) by (apply Rle_trans with (2 := lm); apply Rabs_pos); assert (um : 0 <= u * most) by (apply Rmult_le_pos; assumption).
assert (iN : 0 < / N) by (apply Rinv_0_lt_compat; lra); assert (i1 : / N <= 1) by (rewrite <- Rinv_1; apply Rinv_le_contravar; lra).
assert (tN : 1000 * tiny <= u * / N).
  apply Rmult_le_reg_r with N; [lra|]; replace (u * / N * N) with u by (field; lra); lra.
assert (over : forall y, Rabs (y / N) = Rabs y * / N) by (intros y; unfold Rdiv; rewrite Rabs_mult, (Rabs_pos_eq (/ N)) by lra; reflexivity).
destruct successes as [E W]; unfold plain_conditional; rewrite E; assert (sc := largest); unfold conditional in *.
destruct (Rlt_dec 0 (sum r (S n))) as [pos|none].
  2: assert (F := fl_any (- (1) / N)); rewrite over, Rabs_Ropp, Rabs_R1 in F, lm; assert (u * (1 * / N) <= u * most) by (apply Rmult_le_compat_l; lra); lra.
destruct all_or_not as [all|(k & kn & fails)].
  assert (R1 : sum r (S n) = N) by (rewrite (sum_eq _ (fun _ => 1)), sum_const by (intros t tn; apply all; lia); ring).
  assert (F0 : fl 0 = 0) by (apply fl_of_format, generic_format_0).
  rewrite R1, (all m mn); replace (1 * N / N) with 1 by (field; lra); rewrite (fl_of_format 1 one_format); replace (1 - 1) with 0 by ring.
  rewrite F0; replace (0 / N) with 0 by (field; lra); rewrite F0, Rminus_diag_eq, Rabs_R0 by reflexivity; lra.
assert (big : / N <= most).
  assert (H := sc k kn); rewrite fails in H; replace (0 * N / sum r (S n) - 1) with (- (1)) in H by (field; lra).
  rewrite over, Rabs_Ropp, Rabs_R1 in H; lra.
assert (s1 : 1 <= sum r (S n)) by (destruct W as [z Ez]; rewrite Ez in *; apply IZR_le; assert (H := lt_IZR 0 z pos); lia).
set (x := r m) in *; set (y := x * N / sum r (S n)) in *; set (T := N * most); assert (T1 : 1 <= T).
  unfold T; apply Rmult_le_reg_l with (/ N); [exact iN|]; replace (/ N * (N * most)) with most by (field; lra); lra.
assert (yT : Rabs (y - 1) <= T).
  rewrite over in lm; unfold T; apply Rmult_le_reg_r with (/ N); [exact iN|]; replace (N * most * / N) with most by (field; lra); exact lm.
assert (x01 : 0 <= x) by (unfold x; destruct (binary m mn) as [-> | ->]; lra).
assert (y0 : 0 <= y <= 2 * T).
  split; [unfold y, Rdiv; apply Rmult_le_pos; [apply Rmult_le_pos; lra|apply Rlt_le, Rinv_0_lt_compat; lra]|apply Rabs_le_inv in yT; lra].
assert (F1 := fl_any y); rewrite (Rabs_pos_eq y) in F1 by lra; set (y' := fl y) in *.
assert (uT : 0 <= u * T) by (apply Rmult_le_pos; lra); assert (uuT : u * (u * T) <= / 1048576 * (u * T)) by (apply Rmult_le_compat_r; assumption).
assert (uy : u * y <= u * (2 * T)) by (apply Rmult_le_compat_l; lra).
assert (tT : 1000 * tiny <= u * T).
  assert (u * 1 <= u * T) by (apply Rmult_le_compat_l; assumption); assert (u * / N <= u * 1) by (apply Rmult_le_compat_l; assumption); lra.
assert (D1 : Rabs (y' - y) <= 2.001 * (u * T)) by lra.
assert (F2 := fl_sub y' 1 (fl_format y) one_format); set (d := fl (y' - 1)) in *.
assert (D2 : Rabs (y' - 1) <= 1.001 * T).
  replace (y' - 1) with ((y - 1) + (y' - y)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  assert (u * T <= / 1048576 * T) by (apply Rmult_le_compat_r; lra); lra.
assert (D3 : u * Rabs (y' - 1) <= u * (1.001 * T)) by (apply Rmult_le_compat_l; assumption).
assert (D4 : Rabs (d - (y - 1)) <= 3.003 * (u * T)).
  replace (d - (y - 1)) with ((d - (y' - 1)) + (y' - y)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); lra.
assert (D5 : Rabs d <= 1.002 * T).
  replace d with ((y - 1) + (d - (y - 1))) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  assert (u * T <= / 1048576 * T) by (apply Rmult_le_compat_r; lra); lra.
assert (F3 := fl_any (d / N)); rewrite over in F3; assert (TN : T * / N = most) by (unfold T; field; lra).
assert (A1 : u * (Rabs d * / N) <= 1.002 * (u * most)).
  replace (1.002 * (u * most)) with (u * (1.002 * T * / N)) by (rewrite <- TN; ring); apply Rmult_le_compat_l; [exact u0|].
  apply Rmult_le_compat_r; lra.
assert (A2 : Rabs (d / N - (y - 1) / N) <= 3.003 * (u * most)).
  replace (d / N - (y - 1) / N) with ((d - (y - 1)) / N) by (field; lra); rewrite over.
  replace (3.003 * (u * most)) with (3.003 * (u * T) * / N) by (rewrite <- TN; ring); apply Rmult_le_compat_r; lra.
assert (A3 : u * / N <= u * most) by (apply Rmult_le_compat_l; assumption).
replace (fl (d / N) - (y - 1) / N) with ((fl (d / N) - d / N) + (d / N - (y - 1) / N)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.
End MaxRL.

(* (53), as a product: of m quotients between 0 and 1. *)
Fixpoint plain_product (q : nat -> R) m : R := match m with O => 1 | S m => fl (plain_product q m * q m) end.

Fixpoint product (f : nat -> R) m : R := match m with O => 1 | S m => product f m * f m end.

Lemma product_format q m : format (plain_product q m).
Proof. destruct m; [exact one_format|apply fl_format]. Qed.

Lemma plain_product_right q f e m : (forall i, (i < m)%nat -> 0 <= f i <= 1 /\ Rabs (q i - f i) <= e) -> 0 <= e ->
  INR m * (e + u + tiny) <= 0.003 -> u <= / 1048576 ->
  0 <= product f m <= 1 /\ Rabs (plain_product q m - product f m) <= 1.01 * (INR m * (e + u + tiny)).
Proof.
intros near e0 small us; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); induction m as [|m IH].
  simpl; split; [lra|]; rewrite Rminus_diag_eq, Rabs_R0 by reflexivity; lra.
rewrite S_INR in *; destruct (IH ltac:(intros; apply near; lia) ltac:(lra)) as [p01 D]; destruct (near m (le_n _)) as [f01 Q]; simpl.
set (P := product f m) in *; set (P' := plain_product q m) in *; set (c := e + u + tiny) in *; set (d := 1.01 * (INR m * c)) in *.
assert (d0 : 0 <= d <= 0.0031).
  assert (0 <= INR m * c) by (apply Rmult_le_pos; [apply pos_INR|unfold c; lra]); unfold d, c in *; lra.
split; [split; [apply Rmult_le_pos; lra|]; rewrite <- (Rmult_1_r 1); apply Rmult_le_compat; lra|].
assert (A : Rabs P' <= 1 + d).
  replace P' with (P + (P' - P)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq P) by lra; lra.
assert (B : Rabs (q m) <= 1 + e).
  replace (q m) with (f m + (q m - f m)) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq (f m)) by lra; lra.
assert (C : Rabs (P' * q m) <= (1 + d) * (1 + e)) by (rewrite Rabs_mult; apply Rmult_le_compat; try apply Rabs_pos; assumption).
assert (H := fl_any (P' * q m)); assert (H' : u * Rabs (P' * q m) <= u * ((1 + d) * (1 + e))) by (apply Rmult_le_compat_l; assumption).
assert (E : Rabs (P' * q m - P * f m) <= (1 + d) * e + d * 1).
  replace (P' * q m - P * f m) with (P' * (q m - f m) + (P' - P) * f m) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  rewrite !Rabs_mult, (Rabs_pos_eq (f m)) by lra; apply Rplus_le_compat; apply Rmult_le_compat; try apply Rabs_pos; lra.
assert (small' : e <= 0.003) by (assert (0 <= INR m * c) by (apply Rmult_le_pos; [apply pos_INR|unfold c; lra]); unfold c in *; lra).
assert (de : d * e <= 0.0031 * e) by (apply Rmult_le_compat_r; lra).
assert (ue : u * ((1 + d) * (1 + e)) <= u * 1.0063) by (apply Rmult_le_compat_l; nra).
replace (fl (P' * q m) - P * f m) with ((fl (P' * q m) - P' * q m) + (P' * q m - P * f m)) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); unfold d, c in *; lra.
Qed.

Theorem plain_pass_at_k q f e m : (forall i, (i < m)%nat -> 0 <= f i <= 1 /\ Rabs (q i - f i) <= e) -> 0 <= e ->
  INR m * (e + u + tiny) <= 0.003 -> u <= / 1048576 ->
  Rabs (fl (1 - plain_product q m) - (1 - product f m)) <= 1.02 * (INR m * (e + u + tiny)) + u.
Proof.
intros near e0 small us; assert (u0 := u_ge_0); destruct (plain_product_right q f e m near e0 small us) as [p01 D].
assert (F := fl_sub 1 (plain_product q m) one_format (product_format q m)); set (P := product f m) in *; set (P' := plain_product q m) in *.
set (d := INR m * (e + u + tiny)) in *; assert (A : Rabs (1 - P' - (1 - P)) <= 1.01 * d).
  replace (1 - P' - (1 - P)) with (- (P' - P)) by ring; rewrite Rabs_Ropp; exact D.
assert (B : Rabs (1 - P') <= 1 + 1.01 * d).
  replace (1 - P') with ((1 - P) + (1 - P' - (1 - P))) by ring; apply Rle_trans with (1 := Rabs_triang _ _); rewrite (Rabs_pos_eq (1 - P)) by lra; lra.
assert (u * Rabs (1 - P') <= u * (1 + 1.01 * d)) by (apply Rmult_le_compat_l; assumption).
assert (d0 : 0 <= d).
  assert (0 <= 1.01 * d) by (apply Rle_trans with (2 := D); apply Rabs_pos); lra.
assert (u * d <= / 1048576 * d) by (apply Rmult_le_compat_r; assumption).
replace (fl (1 - P') - (1 - P)) with ((fl (1 - P') - (1 - P')) + (1 - P' - (1 - P))) by ring.
apply Rle_trans with (1 := Rabs_triang _ _); lra.
Qed.

(* By counts: quotients of whole numbers. *)
Theorem plain_pass_at_k_of_counts a b m : (forall i, (i < m)%nat -> (a i <= b i)%nat /\ (0 < b i)%nat) ->
  INR m * (u + tiny) <= 0.0014 -> u <= / 1048576 ->
  Rabs (fl (1 - plain_product (fun i => fl (INR (a i) / INR (b i))) m) - (1 - product (fun i => INR (a i) / INR (b i)) m)) <=
  (2.04 * INR m + 1) * u + 2.04 * INR m * tiny.
Proof.
intros ab small us; assert (u0 := u_ge_0); assert (t0 := tiny_ge_0); assert (m0 := pos_INR m).
assert (H := plain_pass_at_k (fun i => fl (INR (a i) / INR (b i))) (fun i => INR (a i) / INR (b i)) (u + tiny) m).
assert (K : 0 <= INR m * (u + tiny)) by (apply Rmult_le_pos; lra).
eapply Rle_trans; [apply H; [|lra|lra|exact us]|lra].
intros i im; destruct (ab i im) as [le pos]; assert (b0 : 0 < INR (b i)) by (apply lt_0_INR; exact pos).
assert (r : 0 <= INR (a i) / INR (b i) <= 1).
  assert (H1 := le_INR _ _ le); assert (H2 := pos_INR (a i)); unfold Rdiv; split; [apply Rmult_le_pos; [exact H2|apply Rlt_le, Rinv_0_lt_compat; exact b0]|].
  apply Rmult_le_reg_r with (INR (b i)); [exact b0|]; rewrite Rmult_assoc, Rinv_l; lra.
split; [exact r|]; assert (F := fl_any (INR (a i) / INR (b i))); rewrite (Rabs_pos_eq (INR (a i) / INR (b i))) in F by lra.
assert (u * (INR (a i) / INR (b i)) <= u * 1) by (apply Rmult_le_compat_l; lra); lra.
Qed.
End Format.
