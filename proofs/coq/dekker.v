(* Dekker's product in float64, as the code has it: what a product and a quotient round off, found without error.

     high, low           the halves of a number, of 26 and 27 bits
     product_error a b c = a b - c, where c is fl(a b); and where a is fl(c / b), for whole numbers 0 < c <= b < 2^24 *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core Sterbenz Pff2Flocq.
From Ordergrad Require Import floating.
Local Open Scope R_scope.

Local Notation format := (generic_format radix2 (FLT_exp (-1074) 53)).
Local Notation fl := (fl (-1074) 53).
Local Notation u := (u 53).
Local Instance prec_gt_0 : Prec_gt_0 53 := eq_refl.

Definition splitter : R := 134217729. (* 2^27 + 1 *)
Definition high a : R := let p := fl (splitter * a) in fl (p - fl (p - a)).
Definition low a : R := fl (a - high a).
Definition product_error a b c : R :=
  fl (fl (fl (fl (fl (high a * high b) - c) + fl (high a * low b)) + fl (low a * high b)) + fl (low a * low b)).

Lemma fl_id x : format x -> fl x = x.
Proof. intros F; apply round_generic; [apply valid_rnd_N|exact F]. Qed.

Lemma highE a : high a = fl (fl (a - fl (a * (bpow radix2 27 + 1))) + fl (a * (bpow radix2 27 + 1))).
Proof.
assert (E : bpow radix2 27 + 1 = splitter) by (unfold splitter; simpl; lra).
rewrite E, (Rmult_comm a); unfold high; set (p := fl (splitter * a)); cbv zeta.
replace (p - a) with (- (a - p)) by ring; rewrite fl_opp.
replace (p - - fl (a - p)) with (fl (a - p) + p) by ring; reflexivity.
Qed.

Lemma high_right a : format a -> high a = floating.fl (-1074) 26 a.
Proof.
intros Fa; rewrite highE; refine (Veltkamp_Even radix2 (-1074) 53 _ 27 _ _ _ _ a Fa eq_refl); lia.
Qed.

Lemma halves a : format a -> a = high a + low a /\ generic_format radix2 (FLT_exp (-1074) 27) (low a).
Proof.
intros Fa; unfold low; rewrite !highE.
refine (Veltkamp_tail radix2 (-1074) 53 (fun x => negb (Z.even x)) 27 _ _ _ _ a Fa); lia.
Qed.

Theorem product_error_right a b : format a -> format b -> bpow radix2 (-969) <= Rabs (a * b) ->
  product_error a b (fl (a * b)) = a * b - fl (a * b).
Proof.
intros Fa Fb ab; assert (D := Dekker radix2 (-1074) 53 (fun x => negb (Z.even x)) ltac:(lia) ltac:(lia) a b Fa Fb (or_introl eq_refl)).
cbv zeta in D; change (53 - Z.div2 53)%Z with 27%Z in D; destruct D as [D _]; specialize (D (or_intror ab)).
change (round radix2 (FLT_exp (-1074) 53) (Znearest (fun x => negb (Z.even x)))) with fl in D.
rewrite <- !highE in D; unfold product_error, low.
replace (fl (high a * high b) - fl (a * b)) with (- fl (a * b) + fl (high a * high b)) by ring; lra.
Qed.

(* Whole numbers, and a number of few digits times one of them. *)
Lemma whole_format (prec m e : Z) : (0 < prec)%Z -> (Z.abs m < 2 ^ prec)%Z -> (-1074 <= e)%Z ->
  generic_format radix2 (FLT_exp (-1074) prec) (IZR m * bpow radix2 e).
Proof.
intros p0 mp e0; apply generic_format_FLT; exists (Float radix2 m e); [reflexivity|exact mp|exact e0].
Qed.

Lemma multiple_format (prec : Z) x (y : Z) : (0 < prec <= 29)%Z -> (0 <= y < 2 ^ 24)%Z ->
  generic_format radix2 (FLT_exp (-1074) prec) x -> format (x * IZR y).
Proof.
intros p0 y0 Fx; assert (P : Prec_gt_0 prec) by (unfold Prec_gt_0; lia); destruct (FLT_format_generic radix2 (-1074) prec x Fx) as [[m e] E M e0]; simpl in M, e0.
rewrite E; unfold F2R; simpl Fnum; simpl Fexp.
replace (IZR m * bpow radix2 e * IZR y) with (IZR (m * y) * bpow radix2 e) by (rewrite mult_IZR; ring).
apply whole_format; [lia| |exact e0]; rewrite Z.abs_mul, (Z.abs_eq y) by lia.
apply Z.le_lt_trans with (2 ^ prec * (2 ^ 24 - 1))%Z; [apply Z.mul_le_mono_nonneg; lia|].
assert (2 ^ prec <= 2 ^ 29)%Z by (apply Z.pow_le_mono_r; lia).
assert (0 < 2 ^ prec)%Z by (apply Z.pow_pos_nonneg; lia); lia.
Qed.

Theorem remainder_right (c b : Z) : (0 < c <= b)%Z -> (b < 2 ^ 24)%Z -> let q := fl (IZR c / IZR b) in
  product_error q (IZR b) (IZR c) = q * IZR b - IZR c.
Proof.
intros cb b24 q; set (x := IZR c); set (y := IZR b).
assert (x1 : 1 <= x) by (apply (IZR_le 1); lia); assert (xy : x <= y) by (apply IZR_le; lia).
assert (y24 : y <= 16777216) by (apply (IZR_le _ 16777216); lia).
assert (Fq : format q) by (apply fl_format; reflexivity).
assert (whole : forall prec z, (24 <= prec)%Z -> (0 < z < 2 ^ 24)%Z -> generic_format radix2 (FLT_exp (-1074) prec) (IZR z)).
  intros prec z p z24; rewrite <- (Rmult_1_r (IZR z)); apply (whole_format prec z 0); try lia.
  assert (2 ^ 24 <= 2 ^ prec)%Z by (apply Z.pow_le_mono_r; lia); lia.
assert (Fx : format x) by (apply whole; lia); assert (Fy : format y) by (apply whole; lia).
(* the quotient *)
assert (T : 0 < tiny (-1074) <= / 1000000000000000000000000000000).
  unfold tiny; split; [assert (H := bpow_gt_0 radix2 (-1074)); lra|].
  assert (H : bpow radix2 (-1074) <= bpow radix2 (-100)) by (apply bpow_le; lia).
  assert (E : bpow radix2 (-100) = / 1267650600228229401496703205376) by (simpl; lra); rewrite E in H; lra.
assert (iy : / 16777216 <= / y <= 1).
  split; [apply Rinv_le_contravar; lra|rewrite <- Rinv_1; apply Rinv_le_contravar; lra].
assert (q0 : / 16777216 <= x / y <= 1).
  split; [unfold Rdiv; assert (1 * / y <= x * / y) by (apply Rmult_le_compat_r; lra); lra|].
  apply Rmult_le_reg_r with y; [lra|]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra.
assert (U : u = / 9007199254740992) by (unfold floating.u; simpl; lra).
assert (Q := fl_any (-1074) 53 eq_refl (x / y)); change (fl (x / y)) with q in Q; rewrite (Rabs_pos_eq (x / y)), U in Q by lra. clearbody q.
assert (q1 : / 17000000 <= q <= 1.001) by (apply Rabs_le_inv in Q; lra).
assert (D : Rabs (q * y - x) <= / 9007199254740992 * x + tiny (-1074) * y).
  replace (q * y - x) with ((q - x / y) * y) by (field; lra); rewrite Rabs_mult, (Rabs_pos_eq y) by lra.
  replace (/ 9007199254740992 * x + tiny (-1074) * y) with ((/ 9007199254740992 * (x / y) + tiny (-1074)) * y) by (field; lra).
  apply Rmult_le_compat_r; lra.
assert (ty : tiny (-1074) * y <= / 1000000000000000000000000000000 * 16777216) by (apply Rmult_le_compat; lra).
(* the remainder is a number of the format *)
assert (Fd : format (q * y - x)).
  destruct (FLT_format_generic radix2 (-1074) 53 q Fq) as [[m e] E M e0]; simpl in M, e0; unfold F2R in E; simpl in E.
  assert (B := bpow_gt_0 radix2 e); assert (m1 : (1 <= m)%Z).
    apply (Zlt_le_succ 0), lt_IZR; apply Rmult_lt_reg_r with (1 := B); rewrite <- E; lra.
  assert (e1 : (e <= 0)%Z).
    apply (le_bpow radix2); assert (1 * bpow radix2 e <= IZR m * bpow radix2 e) by (apply Rmult_le_compat_r; [lra|apply (IZR_le 1); exact m1]).
    destruct (Z.le_gt_cases e 0) as [L|L]; [apply bpow_le; exact L|exfalso].
    assert (bpow radix2 1 <= bpow radix2 e) by (apply bpow_le; lia); simpl in *; lra.
  assert (m53 : IZR m <= 9007199254740992) by (apply (IZR_le _ 9007199254740992); lia).
  assert (qe : q <= 9007199254740992 * bpow radix2 e) by (rewrite E; apply Rmult_le_compat_r; lra).
  assert (R : q * y - x = IZR (m * b - c * 2 ^ (- e)) * bpow radix2 e).
    rewrite minus_IZR, !mult_IZR; change 2%Z with (radix_val radix2); rewrite IZR_Zpower by lia.
    rewrite Rmult_minus_distr_r, (Rmult_assoc (IZR c)), <- bpow_plus, Z.add_opp_diag_l; fold x y; rewrite E; simpl (bpow radix2 0); ring.
  rewrite R; apply whole_format; [lia| |exact e0]; apply lt_IZR; rewrite abs_IZR.
  apply Rmult_lt_reg_r with (1 := B); rewrite <- (Rabs_pos_eq (bpow radix2 e)) at 1 by lra; rewrite <- Rabs_mult, <- R.
  apply Rle_lt_trans with (1 := D); change (IZR (2 ^ 53)) with 9007199254740992.
  assert (x <= 2 * (q * 16777216)).
    assert (q * y <= q * 16777216) by (apply Rmult_le_compat_l; lra); apply Rabs_le_inv in D; lra.
  lra.
(* its halves *)
assert (H : high y = y) by (rewrite high_right by exact Fy; apply round_generic; [apply valid_rnd_N|apply whole; lia]).
assert (L : low y = 0) by (unfold low; rewrite H, Rminus_diag_eq by reflexivity; apply round_0, valid_rnd_N).
destruct (halves q Fq) as [S Fl]; assert (Fh : generic_format radix2 (FLT_exp (-1074) 26) (high q)).
  rewrite high_right by exact Fq; apply fl_format; lia.
assert (hq := fl_any (-1074) 26 eq_refl q); rewrite <- (high_right q Fq) in hq.
assert (V : floating.u 26 = / 67108864) by (unfold floating.u; simpl; lra); rewrite V, (Rabs_pos_eq q) in hq by lra.
assert (F1 : format (high q * y)) by (apply (multiple_format 26); [lia|lia|exact Fh]).
assert (F2 : format (low q * y)) by (apply (multiple_format 27); [lia|lia|exact Fl]).
assert (hy : Rabs (high q * y - x) <= x / 2).
  replace (high q * y - x) with ((high q - q) * y + (q * y - x)) by ring; apply Rle_trans with (1 := Rabs_triang _ _).
  rewrite Rabs_mult, (Rabs_pos_eq y) by lra.
  assert (Rabs (high q - q) * y <= (/ 67108864 * q + tiny (-1074)) * y) by (apply Rmult_le_compat_r; lra).
  assert (q * y <= 1.001 * x) by (apply Rabs_le_inv in D; lra); lra.
unfold product_error; rewrite H, L, !Rmult_0_r, (fl_id 0) by apply generic_format_0.
rewrite (fl_id (high q * y)) by exact F1; rewrite (fl_id (low q * y)) by exact F2.
assert (F3 : format (high q * y - x)) by (apply sterbenz; try typeclasses eauto; [exact F1|exact Fx|apply Rabs_le_inv in hy; lra]).
rewrite (fl_id (high q * y - x)) by exact F3; rewrite !Rplus_0_r, (fl_id (high q * y - x)) by exact F3.
replace (high q * y - x + low q * y) with (q * y - x) by (rewrite S at 1; ring).
rewrite !fl_id; reflexivity || exact Fd || (rewrite fl_id; exact Fd).
Qed.
