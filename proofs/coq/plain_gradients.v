(* From the value and the advantages of a population, as near as plain_populations.v finds them, to what plain loops make of them:

     include-one values (32)  fl(J + a)          within (5 (m + 2K) + 6) u of V + scale
     gradients                fl(K q) (33), fl(fl(K p) a) (34)   of K (V + scale), K p scale

   and what underflows. m = n + 1 atoms, K = k + 1 ranks. *)

From Coq Require Import Reals ZArith Psatz.
From Flocq Require Import Core.
From Ordergrad Require Import floating near.
Local Open Scope R_scope.

Section Format.
Variables emin prec : Z.
Hypothesis prec_gt_1 : (1 < prec)%Z.
Hypothesis emin_le_0 : (emin <= 0)%Z.
Notation format := (generic_format radix2 (FLT_exp emin prec)).
Local Notation fl := (fl emin prec).
Local Notation u := (u prec).
Local Notation tiny := (tiny emin).

Section Parts.
Variables (k n : nat) (jh j ah a p V scale zJ zA : R).
Local Notation K := (INR (S k)).
Local Notation m := (INR (S n)).

Hypothesis small : (m + 2 * K) * u <= 0.001.
Hypothesis jh_format : format jh.
Hypothesis j_small : Rabs j <= V.
Hypothesis jh_near : Rabs (jh - j) <= (5 * m + 9.5 * K + 4) * u * V + zJ.
Hypothesis ah_format : format ah.
Hypothesis a_small : Rabs a <= scale.
Hypothesis ah_near : Rabs (ah - a) <= (3.1 * (m + K) + 1.1) * u * scale + zA.
Hypothesis p_ge_0 : 0 <= p.
Hypothesis zJ_ge_0 : 0 <= zJ.
Hypothesis zA_ge_0 : 0 <= zA.

Let u0 : 0 <= u := u_ge_0 prec.
Let t0 : 0 <= tiny := tiny_ge_0 emin.
Let k0 : 0 <= INR k := pos_INR k.
Let n0 : 0 <= INR n := pos_INR n.
Let Kk : K = INR k + 1 := S_INR k.
Let mn : m = INR n + 1 := S_INR n.
Let small_parts : 0 <= INR k * u /\ 0 <= INR n * u /\ 3 * u + INR n * u + 2 * (INR k * u) <= 0.001.
Proof. repeat split; try (apply Rmult_le_pos; assumption); rewrite Kk, mn in small; lra. Qed.
Let V_ge_0 : 0 <= V := Rle_trans _ _ _ (Rabs_pos _) j_small.
Let scale_ge_0 : 0 <= scale := Rle_trans _ _ _ (Rabs_pos _) a_small.
Let n_times : 5 * (m + 2 * K) + 6 = 5 * INR n + 10 * INR k + 21.
Proof. rewrite mn, Kk; ring. Qed.

(* Eq. (32). *)
Lemma inclusion_within :
  Rabs (fl (jh + ah) - (j + a)) <=
  (5 * m + 9.5 * K + 5.2) * u * (V + scale) + 1.01 * (zJ + zA).
Proof.
destruct small_parts as (ku & nu & s); assert (J := jh_near); assert (B := ah_near).
assert (V0 := V_ge_0).
assert (U0 := exp_small u ltac:(lra)); assert (U1 := exp_ge_1 u u0); assert (uu : u ^ 2 <= 0.001 * u) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra).
set (e := (5 * m + 9.5 * K + 4) * u) in *; set (z := zJ + zA).
assert (E : 0 <= e <= 0.008) by (unfold e; rewrite mn, Kk; lra); assert (s0 := scale_ge_0); assert (VS : 0 <= V + scale) by lra.
assert (S1 : (3.1 * (m + K) + 1.1) * u * scale <= e * scale) by (apply Rmult_le_compat_r; [exact scale_ge_0|unfold e; rewrite mn, Kk; lra]).
assert (N : near (jh + ah) (j + a) (V + scale) 0 (e * (V + scale) + z)).
  split; [|apply Rle_trans with (1 := Rabs_triang _ _); apply Rplus_le_compat; [exact j_small|exact a_small]].
  rewrite exp_0; replace (jh + ah - (j + a)) with
    ((jh - j) + (ah - a)) by ring.
  apply Rle_trans with (1 := Rabs_triang _ _); unfold z; lra.
assert (N1 := proj1 N); rewrite exp_0 in N1; assert (P := Rabs_pos (jh + ah - (j + a))).
assert (D := proj1 (near_fl_add emin prec prec_gt_1 _ _ _ _ _ _ jh_format ah_format N (Rle_refl 0) ltac:(lra))); rewrite Rplus_0_r in D;
  apply Rle_trans with (1 := D).
pose (uS := u * (V + scale)); assert (uS0 : 0 <= uS) by (apply Rmult_le_pos; assumption).
assert (H1 : (exp u - 1) * (V + scale) <= 1.0011 * uS) by (unfold uS; rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra).
assert (H2 : e * ((exp u - 1) * (V + scale)) <= 0.008 * (1.0011 * uS)) by (apply Rmult_le_compat; try lra; apply Rmult_le_pos; lra).
assert (z0 : 0 <= z) by (apply Rplus_le_le_0_compat; [exact zJ_ge_0|exact zA_ge_0]).
assert (H3 : exp u * z <= 1.01 * z) by (apply Rmult_le_compat_r; lra).
replace ((5 * m + 9.5 * K + 5.2) * u * (V + scale)) with (e * (V + scale) + 1.2 * uS) by (unfold e, uS; lra); lra.
Qed.

Theorem included_right :
  Rabs (fl (jh + ah) - (j + a)) <=
  (5 * (m + 2 * K) + 6) * u * (V + scale) + 1.01 * (zJ + zA).
Proof.
apply Rle_trans with (1 := inclusion_within); apply Rplus_le_compat_r, Rmult_le_compat_r.
  assert (H := V_ge_0); assert (H1 := scale_ge_0); lra.
apply Rmult_le_compat_r; [exact u0|]; rewrite n_times, mn, Kk; lra.
Qed.

(* Eq. (33). *)
Theorem gradient_right :
  Rabs (fl (K * fl (jh + ah)) - K * (j + a)) <=
  (5 * (m + 2 * K) + 6) * u * (K * (V + scale)) + (1.02 * K * (zJ + zA) + tiny).
Proof.
destruct small_parts as (ku & nu & s); assert (B := inclusion_within); set (q := fl (jh + ah)) in *.
assert (V0 := V_ge_0); set (S1 := V + scale) in *; assert (s0 := scale_ge_0); assert (S0 : 0 <= S1) by (unfold S1; lra).
assert (U0 := exp_small u ltac:(lra)); assert (U1 := exp_ge_1 u u0); assert (uu : u ^ 2 <= 0.001 * u) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra).
set (e := (5 * m + 9.5 * K + 5.2) * u) in *; set (z := zJ + zA) in *; set (x := j + a) in *.
assert (E : 0 <= e <= 0.01) by (unfold e; rewrite mn, Kk; lra); assert (K0 : 0 <= K) by (rewrite Kk; lra).
assert (X : Rabs x <= S1) by (apply Rle_trans with (1 := Rabs_triang _ _); apply Rplus_le_compat; [exact j_small|exact a_small]).
assert (z0 : 0 <= z) by (apply Rplus_le_le_0_compat; [exact zJ_ge_0|exact zA_ge_0]).
assert (eS : 0 <= e * S1) by (apply Rmult_le_pos; lra); assert (N : near q x S1 0 (e * S1 + 1.01 * z)) by (split; [rewrite exp_0; lra|exact X]).
assert (D := proj1 (near_fl emin prec prec_gt_1 _ _ _ _ _ (near_times K _ _ _ _ _ K0 N) (Rle_refl 0) ltac:(apply Rmult_le_pos; lra))); rewrite Rplus_0_r in D;
  apply Rle_trans with (1 := D).
pose (KS := K * S1); assert (KS0 : 0 <= KS) by (apply Rmult_le_pos; assumption); assert (Kz : 0 <= K * z) by (apply Rmult_le_pos; assumption).
assert (uKS : 0 <= u * KS) by (apply Rmult_le_pos; assumption); assert (kKS : 0 <= INR k * (u * KS)) by (apply Rmult_le_pos; assumption).
assert (H1 : (exp u - 1) * KS <= 1.0011 * (u * KS)) by (rewrite <- Rmult_assoc; apply Rmult_le_compat_r; lra).
assert (H2 : e * ((exp u - 1) * KS) <= 0.01 * (1.0011 * (u * KS))) by (apply Rmult_le_compat; try lra; apply Rmult_le_pos; lra).
assert (H3 : exp u * (K * z) <= 1.0011 * (K * z)) by (apply Rmult_le_compat_r; lra).
replace ((5 * (m + 2 * K) + 6) * u * (K * S1)) with (e * KS + 0.5 * (INR k * (u * KS)) + 1.3 * (u * KS)) by (unfold e, KS; rewrite mn, Kk; lra).
replace (exp u * (K * (e * S1 + 1.01 * z))) with (e * KS + e * ((exp u - 1) * KS) + 1.01 * (exp u * (K * z))) by (unfold KS; ring); fold KS; lra.
Qed.

(* Eq. (34). *)
Theorem logit_gradient_right :
  Rabs (fl (fl (K * p) * ah) - K * p * a) <=
  (5 * (m + 2 * K) + 6) * u * (K * p * scale) + 1.01 * ((K * p + 1) * zA + (scale + 1) * tiny).
Proof.
destruct small_parts as (ku & nu & s); assert (B := ah_near); assert (pb := p_ge_0); assert (K0 : 0 <= K) by (rewrite Kk; lra).
set (e := (3.1 * (m + K) + 1.1) * u) in *; assert (E : 0 <= e <= 0.0032) by (unfold e; rewrite mn, Kk; lra); set (c := K * p) in *;
  assert (c0 : 0 <= c) by (apply Rmult_le_pos; assumption).
assert (s0 := scale_ge_0); assert (zA0 := zA_ge_0); set (z := zA) in *.
assert (U0 := exp_pos u); assert (E0 := exp_pos e); assert (c1 : 0 <= exp u * c) by (apply Rmult_le_pos; lra);
  assert (e1 : 0 <= exp e * scale) by (apply Rmult_le_pos; lra).
assert (sum0 : 0 <= exp u * c * z + exp e * scale * tiny + tiny * z) by (repeat apply Rplus_le_le_0_compat; apply Rmult_le_pos; assumption).
assert (Q : near (fl c) c c u tiny) by (apply near_of; [assert (H := fl_any emin prec prec_gt_1 c); rewrite (Rabs_pos_eq c c0) in H; exact H|rewrite Rabs_pos_eq;
  lra]).
assert (D := proj1 (near_fl emin prec prec_gt_1 _ _ _ _ _ (near_mult _ _ _ _ _ _ _ _ _ _ Q
  (near_of _ _ _ _ _ B (a_small)) u0 (proj1 E)) (Rplus_le_le_0_compat _ _ u0 (proj1 E)) sum0)); apply Rle_trans with (1 := D).
set (y := u + (u + e)); assert (Y := exp_small y ltac:(unfold y; lra)); assert (Y0 : 0 <= y <= 0.004) by (unfold y; lra).
assert (yy : y ^ 2 <= 0.004 * y) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra).
assert (cs : 0 <= c * scale) by (apply Rmult_le_pos; assumption); assert (ucs : 0 <= u * (c * scale)) by (apply Rmult_le_pos; assumption).
assert (ncs : 0 <= INR n * (u * (c * scale))) by (apply Rmult_le_pos; assumption); assert (kcs : 0 <= INR k * (u * (c * scale))) by (apply Rmult_le_pos; assumption).
assert (H1 : (exp y - 1) * (c * scale) <= 1.005 * y * (c * scale)) by (apply Rmult_le_compat_r; lra).
assert (Ye : y * (c * scale) = (3.1 * INR n + 3.1 * INR k + 9.3) * (u * (c * scale))) by (unfold y, e; rewrite mn, Kk; lra).
assert (H2 : (5 * (m + 2 * K) + 6) * u * (c * scale) = (5 * INR n + 10 * INR k + 21) * (u * (c * scale))) by (rewrite n_times; ring).
assert (mono : forall w, 0 <= w <= 0.0032 -> exp w <= 1.0038) by (intros w w0; assert (H := exp_small w ltac:(lra));
  assert (w ^ 2 <= 0.0032 * w) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra); lra).
assert (E1 := mono e E); assert (Uu : exp u <= 1.0011).
  assert (H := exp_small u ltac:(lra)); assert (u ^ 2 <= 0.001 * u) by (simpl; rewrite Rmult_1_r; apply Rmult_le_compat_r; lra); lra.
assert (cz : 0 <= c * z) by (apply Rmult_le_pos; assumption); assert (st : 0 <= scale * tiny) by (apply Rmult_le_pos; assumption).
assert (tz : 0 <= tiny * z <= z).
  assert (half : tiny <= / 2) by (unfold floating.tiny; assert (H := bpow_le radix2 emin 0 emin_le_0); simpl in H; lra).
  split; [apply Rmult_le_pos; assumption|rewrite <- (Rmult_1_l z) at 2; apply Rmult_le_compat_r; lra].
assert (P1 : exp u * c * z <= 1.0011 * (c * z)) by (rewrite Rmult_assoc; apply Rmult_le_compat_r; lra).
assert (P2 : exp e * scale * tiny <= 1.0038 * (scale * tiny)) by (rewrite Rmult_assoc; apply Rmult_le_compat_r; lra).
assert (P3 : exp u * (exp u * c * z + exp e * scale * tiny + tiny * z) <= 1.0011 * (1.0011 * (c * z) + 1.0038 * (scale * tiny) + z)).
  apply Rmult_le_compat; lra.
fold y; lra.
Qed.
End Parts.
End Format.
