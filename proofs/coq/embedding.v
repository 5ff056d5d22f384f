(* The oracle's rationals within an ordered field, and what its arithmetic is there. *)

From Coq Require Import ZArith QArith Lia.
From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import oracle.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Embedding.
Variable F : realFieldType.
Implicit Types (a b : Z) (x y : Q).

Definition ofZ a : F := (Z.to_nat a)%:R - (Z.to_nat (- a))%:R.
Definition ofQ x : F := ofZ (Qnum x) / ofZ (Zpos (Qden x)).

Lemma ofZ_nat n : ofZ (Z.of_nat n) = n%:R.
Proof.
by rewrite /ofZ Nat2Z.id (_ : Z.to_nat (- Z.of_nat n) = 0%N) ?subr0 //; lia.
Qed.

Lemma ofZ0 : ofZ Z0 = 0.
Proof. exact: (ofZ_nat 0). Qed.

Lemma ofZN a : ofZ (- a) = - ofZ a.
Proof. by rewrite /ofZ Z.opp_involutive opprB. Qed.

Lemma ofZD a b : ofZ (a + b) = ofZ a + ofZ b.
Proof.
apply/eqP; rewrite /ofZ addrACA -opprD subr_eq addrAC eq_sym subr_eq -!natrD; apply/eqP.
by congr (_ %:R); rewrite -!plusE; lia.
Qed.

Lemma ofZM a b : ofZ (a * b) = ofZ a * ofZ b.
Proof.
have nonneg c : exists n, c = Z.of_nat n \/ c = Z.opp (Z.of_nat n).
  by exists (Z.to_nat (Z.abs c)); lia.
have nat n m : ofZ (Z.of_nat n * Z.of_nat m) = n%:R * m%:R.
  by rewrite -Nat2Z.inj_mul ofZ_nat multE natrM.
have [n [->|->]] := nonneg a; have [m [->|->]] := nonneg b;
  by rewrite ?Z.mul_opp_l ?Z.mul_opp_r ?ofZN ?nat !ofZ_nat ?mulrN ?mulNr.
Qed.

Lemma ofZ_le a b : (ofZ a <= ofZ b) = Z.leb a b.
Proof.
have E : ofZ b - ofZ a = ofZ (Z.sub b a) by rewrite ofZD ofZN.
rewrite -subr_ge0 E; apply/idP/Z.leb_spec0 => [|ab].
  case: (Z.le_gt_cases a b) => // ba.
  rewrite (_ : Z.sub b a = Z.opp (Z.of_nat (Z.to_nat (Z.sub a b)).-1.+1)); last by lia.
  by rewrite ofZN ofZ_nat oppr_ge0 lern0.
by rewrite (_ : Z.sub b a = Z.of_nat (Z.to_nat (Z.sub b a))) ?ofZ_nat ?ler0n //; lia.
Qed.

Lemma ofZ_eq0 a : (ofZ a == 0) = Z.eqb a 0.
Proof.
rewrite eq_le -{1 2}ofZ0.
by rewrite !ofZ_le; case: Z.leb_spec0; case: Z.leb_spec0; case: Z.eqb_spec => //=; lia.
Qed.

Lemma den_gt0 p : 0 < ofZ (Zpos p).
Proof. by rewrite lt_neqAle eq_sym ofZ_eq0 /= -{1}ofZ0 ofZ_le. Qed.

Lemma den_neq0 p : ofZ (Zpos p) != 0.
Proof. by rewrite gt_eqF ?den_gt0. Qed.

Lemma ofQ_Z a : ofQ (inject_Z a) = ofZ a.
Proof. by rewrite /ofQ /= (ofZ_nat 1) divr1. Qed.

Lemma ofQ_nat n : ofQ (qnat n) = n%:R.
Proof. by rewrite ofQ_Z ofZ_nat. Qed.

(* Lowest terms change nothing. *)
Lemma ofQ_reduce x : ofQ (reduce x) = ofQ x.
Proof.
rewrite /ofQ /reduce /=; set n := Qnum x; set d := Zpos (Qden x); set g := Z.gcd n d.
have g0 : Z.lt 0 g.
  by case: (Z.le_gt_cases g 0) => // g0; have := Z.gcd_nonneg n d; have := Z.gcd_eq_0_r n d; lia.
have [n' En] : Z.divide g n := Z.gcd_divide_l n d.
have [d' Ed] : Z.divide g d := Z.gcd_divide_r n d.
have -> : Z.div n g = n' by rewrite En Z.div_mul //; lia.
have -> : Z.div d g = d' by rewrite Ed Z.div_mul //; lia.
have d'0 : Z.lt 0 d'.
  have d0 : Z.lt 0 d by [].
  by move: d0; rewrite Ed => d0; apply/(Z.mul_pos_cancel_r _ _ g0).
have gF : ofZ g != 0 by rewrite ofZ_eq0; case: Z.eqb_spec => //; lia.
by rewrite Z2Pos.id // En Ed !ofZM -mulf_div divff ?mulr1.
Qed.

Lemma ofQD x y : ofQ (qadd x y) = ofQ x + ofQ y.
Proof.
by rewrite ofQ_reduce /ofQ /= ofZD Pos2Z.inj_mul !ofZM addf_div ?den_neq0.
Qed.

Lemma ofQB x y : ofQ (qsub x y) = ofQ x - ofQ y.
Proof.
by rewrite ofQ_reduce /ofQ /= ofZD Pos2Z.inj_mul !ofZM ofZN -addf_div ?den_neq0 ?mulNr.
Qed.

Lemma ofQM x y : ofQ (qmul x y) = ofQ x * ofQ y.
Proof. by rewrite ofQ_reduce /ofQ /= Pos2Z.inj_mul !ofZM mulf_div. Qed.

Lemma ofQV x : ofQ (Qinv x) = (ofQ x)^-1.
Proof.
case: x => -[|n|n] d; rewrite /ofQ /Qinv /= ?invf_div //.
  by rewrite ofZ0 mul0r invr0 mulr0.
rewrite -[Zneg n]/(Z.opp (Zpos n)) -[Zneg d]/(Z.opp (Zpos d)) !ofZN.
by rewrite invrN mulrN mulNr.
Qed.

Lemma ofQ_div x y : ofQ (qdiv x y) = ofQ x / ofQ y.
Proof. by rewrite -ofQV /qdiv /Qdiv -/(qmul x (Qinv y)) ofQM. Qed.

Lemma ofQ_le x y : at_most x y = (ofQ x <= ofQ y).
Proof.
by rewrite /at_most /ofQ ler_pdivr_mulr ?den_gt0 // mulrAC ler_pdivl_mulr ?den_gt0 // -!ofZM ofZ_le.
Qed.

Lemma ofQ_lt x y : ~~ at_most y x = (ofQ x < ofQ y).
Proof. by rewrite ofQ_le ltNge. Qed.

Lemma ofQ_sum (l : seq Q) : ofQ (qsum l) = \sum_(y <- l) ofQ y.
Proof.
by elim: l => [|y l IH]; rewrite ?big_nil ?ofQ_nat // big_cons -IH -ofQD.
Qed.

(* By place. *)
Lemma ofQ_nth (l : seq Q) i : ofQ (nth q0 l i) = (map ofQ l)`_i.
Proof.
have [il|li] := ltnP i (size l); first by rewrite (nth_map q0).
by rewrite !nth_default ?size_map ?ofQ_nat.
Qed.
End Embedding.
