(* Whether the direction of an estimator's expected gradient is right, whatever its length: eq. (61), and what decides it.

   For an equivariant A, a symmetric h of K <= N outcomes and a policy p let, for outcomes a, b,

     D(p) = E[A(b; X) - A(a; X)],   H(p) = K E[q(b; X) - q(a; X)],   X the N - 1 others.

     the expected gradient is N c times the true one, towards all scores, iff D = c H for all a, b that p reaches;
     D H' = D' H at all policies of full support iff each coefficient of D H' - D' H is zero: a sum over the orders of
       two batches;
     where all D H' = D' H, one pair whose coefficients of D and of H are not negative, nor all zero, on the batches that p
       can draw, proves that c(p) > 0;
     and a pair with such an H, none of whose coefficients of D is positive, refutes it.                              *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets advantage expectation unbiased polarisation estimators.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* Probabilities; an outcome may have none. *)
Definition policy (F : numFieldType) (X : finType) (p : X -> F) := (forall a, 0 <= p a) /\ total p = 1.

(* Products of expectations, coefficient by coefficient. *)
Section Products.
Variables (F : numFieldType) (X I : finType).
Implicit Types (p : X -> F) (f g : {ffun I -> X} -> F) (z : {ffun I + I -> X}).

Definition first z : {ffun I -> X} := [ffun i => z (inl i)].
Definition second z : {ffun I -> X} := [ffun i => z (inr i)].
Definition product f g z : F := f (first z) * g (second z).

Lemma expect_product p f g : expect p (product f g) = expect p f * expect p g.
Proof.
pose both (y : {ffun I -> X} * {ffun I -> X}) : {ffun I + I -> X} :=
  [ffun o => match o with inl i => y.1 i | inr i => y.2 i end].
have bK : cancel both (fun z => (first z, second z)).
  by move=> [y y']; congr pair; apply/ffunP => i; rewrite !ffunE.
have Kb : cancel (fun z => (first z, second z)) both.
  by move=> z; apply/ffunP => -[i|i]; rewrite !ffunE.
rewrite /expect mulr_suml (reindex both) /=; last by exists (fun z => (first z, second z)) => y _; rewrite ?bK ?Kb.
under [RHS]eq_bigr do rewrite mulr_sumr.
rewrite (pair_bigA _ (fun y y' => weight p y * f y * (weight p y' * g y'))) /=.
apply: eq_bigr => -[y y'] _; rewrite /product /=; have [-> ->] : first (both (y, y')) = y /\ second (both (y, y')) = y'.
  by have := bK (y, y') => -[].
rewrite mulrACA; congr (_ * _); rewrite /weight big_sumType /=.
by congr (_ * _); apply: eq_bigr => i _; rewrite ffunE.
Qed.

(* The coefficient of the batch z, all orders together. *)
Definition coefficient (G : {ffun I + I -> X} -> F) z : F := \sum_(u : {perm I + I}) G (permute z u).

Theorem proportional_by_coefficients f g f' g' (a0 : X) :
  (forall p, distribution p -> expect p f * expect p g' = expect p f' * expect p g) <->
  forall z, coefficient (fun z => product f g' z - product f' g z) z = 0.
Proof.
set G := fun z => _; have EG p : expect p G = expect p f * expect p g' - expect p f' * expect p g.
  by rewrite expectB !expect_product.
split=> [E z|C p _].
  by apply: (vanishing a0) => p pd; rewrite EG E // subrr.
apply/eqP; rewrite -subr_eq0 -EG; have u0 : #|{: {perm I + I}}|%:R != 0 :> F.
  by rewrite pnatr_eq0 -lt0n; apply/card_gt0P; exists 1%g.
rewrite -(mulrI_eq0 _ (mulfI u0)) mulr_natl -sumr_const; apply/eqP.
rewrite -(eq_bigr _ (fun u _ => expect_permute p u G)) -expect_sum /expect big1 // => z _.
by rewrite [X in _ * X]C mulr0.
Qed.
End Products.

Section Direction.
Variables (F : numFieldType) (X I : finType) (K : nat) (h : seq X -> F).
Notation N := #|I|.
Hypothesis KN : (0 < K <= N)%N.
Hypothesis h_sym : symmetric h.
Implicit Types (p s : X -> F) (a b : X) (c : F) (x : {ffun I -> X}) (B : estimator F X I).

Let N_neq0 : N%:R != 0 :> F.
Proof. by rewrite pnatr_eq0 -lt0n; case/andP: KN; apply: leq_trans. Qed.

Variable i : I.

(* One outcome for another in the place of the sample i, beside the others of a batch. *)
Definition change B a b x : F := B i (put x i b) - B i (put x i a).
Definition rise B a b p : F := expect p (change B a b).

Lemma gradient_by_rises B p s a : equivariant B -> total p = 1 -> centred p s ->
  expect p (fun x => \sum_j B j x * s (x j)) = N%:R * \sum_b p b * s b * rise B a b p.
Proof.
move=> B_eqv p1 s0; rewrite expect_sum (eq_bigr (fun=> expect p (fun x => B i x * s (x i)))) => [|j _]; last first.
  pose f y := B i y * s (y i); rewrite -/f -[RHS](expect_permute p (tperm i j)); apply: eq_expect => x.
  by rewrite /f -B_eqv ffunE tpermL.
rewrite sumr_const -[_ *+ _]mulr_natl; congr (_ * _).
rewrite (expect_redraw i _ p1) expect_sum.
transitivity (\sum_b (p b * s b * rise B a b p + p b * s b * expect p (fun x => B i (put x i a)))).
  apply: eq_bigr => b _; rewrite -mulrDr /rise /change expectB subrK -expectZ; apply: eq_expect => x.
  by rewrite putE [B i _ * _]mulrC mulrA.
by rewrite big_split /= -mulr_suml (_ : \sum_b p b * s b = 0) ?mul0r ?addr0 //; exact: s0.
Qed.

Definition wanted_rise a b p : F := K%:R * rise (include_ones K h) a b p.

Lemma derivative_by_rises p s a : total p = 1 -> centred p s ->
  derivative K h p s = \sum_b p b * s b * wanted_rise a b p.
Proof.
move=> p1 s0.
rewrite -(include_one_unbiased (char_num F) h KN p1 s0 (B := fun _ _ => 0) (fun _ _ _ => erefl)).
transitivity (K%:R / N%:R * expect p (fun x => \sum_j include_ones K h j x * s (x j))).
  rewrite -expectZ; apply: eq_expect => x; rewrite mulr_sumr; apply: eq_bigr => j _.
  by rewrite subr0 -mulrA.
rewrite (gradient_by_rises a _ p1 s0); last exact: include_ones_equivariant.
by rewrite mulrA divfK // mulr_sumr; apply: eq_bigr => b _; rewrite /wanted_rise mulrCA.
Qed.

Variable A : estimator F X I.
Hypothesis A_eqv : equivariant A.

(* At p, towards every score. *)
Definition right_at p c := forall s, centred p s ->
  expect p (fun x => \sum_j A j x * s (x j)) = N%:R * c * derivative K h p s.

(* (61) *)
Theorem right_at_rises p c : policy p ->
  right_at p c <-> forall a b, p a != 0 -> p b != 0 -> rise A a b p = c * wanted_rise a b p.
Proof.
case=> p_ge0 p1; split=> [right a b a0 b0|E s s0].
  pose s d := (d == b)%:R / p b - (d == a)%:R / p a.
  have ps (G : X -> F) : \sum_d p d * s d * G d = G b - G a.
    under eq_bigr do rewrite /s mulrBr mulrBl.
    rewrite sumrB; congr (_ - _).
      rewrite (bigD1 b) //= eqxx big1 => [|d /negbTE ->]; last by rewrite !(mul0r, mulr0).
      by rewrite addr0 mul1r mulfV ?mul1r.
    rewrite (bigD1 a) //= eqxx big1 => [|d /negbTE ->]; last by rewrite !(mul0r, mulr0).
    by rewrite addr0 mul1r mulfV ?mul1r.
  have s0 : centred p s.
    by have := ps (fun=> 1); rewrite subrr /centred => E; rewrite -[RHS]E; apply: eq_bigr => d _; rewrite mulr1.
  have zero B : rise B a a p = 0 by rewrite /rise /change /expect big1 // => x _; rewrite subrr mulr0.
  have := right s s0; rewrite (gradient_by_rises a A_eqv p1 s0) (derivative_by_rises a p1 s0) !ps -mulrA.
  by move/(mulfI N_neq0); rewrite /wanted_rise !zero mulr0 !subr0.
have [a a0] : exists a, p a != 0.
  apply/existsP; apply: contraT => /existsPn p0; move/eqP: p1; rewrite /total big1 => [|a _].
    by rewrite eq_sym oner_eq0.
  by apply/eqP; have := p0 a; rewrite negbK.
rewrite (gradient_by_rises a A_eqv p1 s0) (derivative_by_rises a p1 s0) -mulrA; congr (_ * _).
rewrite mulr_sumr; apply: eq_bigr => b _; have [->|b0] := eqVneq (p b) 0; first by rewrite !mul0r mulr0.
by rewrite E // mulrCA.
Qed.

(* The batches that p can draw, and signs on them. *)
Definition drawn p x := forall j, p (x j) != 0.

Lemma rise_ge0 B a b p : policy p -> (forall x, drawn p x -> 0 <= change B a b x) -> 0 <= rise B a b p.
Proof.
case=> p_ge0 _ B0; apply: sumr_ge0 => x _; have [x0|] := boolP [forall j, p (x j) != 0].
  by rewrite mulr_ge0 ?B0 ?prodr_ge0 //; apply/forallP.
rewrite negb_forall => /existsP[j]; rewrite negbK => /eqP pj.
by rewrite /weight (bigD1 j) //= pj !mul0r.
Qed.

Lemma rise_gt0 B a b p x : policy p -> (forall x, drawn p x -> 0 <= change B a b x) ->
  drawn p x -> 0 < change B a b x -> 0 < rise B a b p.
Proof.
move=> pd B0 px Bx; have [p_ge0 _] := pd; have w0 y : 0 <= weight p y by rewrite prodr_ge0.
rewrite /rise /expect (bigD1 x) //= ltr_paddr //; last first.
  by rewrite mulr_gt0 ?prodr_gt0 // => j _; rewrite lt_neqAle eq_sym px p_ge0.
apply: sumr_ge0 => y _; have [y0|] := boolP [forall j, p (y j) != 0].
  by rewrite mulr_ge0 ?B0 //; apply/forallP.
rewrite negb_forall => /existsP[j]; rewrite negbK => /eqP pj.
by rewrite /weight (bigD1 j) //= pj !mul0r.
Qed.

(* Parallel, and one pair of the right signs: the direction is right at p. *)
Theorem direction_proved p a b x y : policy p -> p a != 0 -> p b != 0 ->
  (forall d e, p d != 0 -> p e != 0 -> rise A d e p * wanted_rise a b p = rise A a b p * wanted_rise d e p) ->
  (forall z, drawn p z -> 0 <= change A a b z) -> drawn p x -> 0 < change A a b x ->
  (forall z, drawn p z -> 0 <= change (include_ones K h) a b z) -> drawn p y -> 0 < change (include_ones K h) a b y ->
  exists2 c, 0 < c & right_at p c.
Proof.
move=> pd a0 b0 par A0 px Ax H0 py Hy; have K0 : 0 < K%:R :> F by rewrite ltr0n; case/andP: KN.
have D := rise_gt0 pd A0 px Ax; have H : 0 < wanted_rise a b p by rewrite mulr_gt0 ?(rise_gt0 pd H0 py Hy).
exists (rise A a b p / wanted_rise a b p); first by rewrite divr_gt0.
apply/right_at_rises => // d e d0 e0; rewrite mulrAC -par // mulfK // gt_eqF //.
Qed.

(* A pair of the wrong signs: it is right with no positive c, although the gradient is not zero. *)
Theorem direction_refuted p a b y : policy p -> p a != 0 -> p b != 0 ->
  (forall z, drawn p z -> change A a b z <= 0) ->
  (forall z, drawn p z -> 0 <= change (include_ones K h) a b z) -> drawn p y -> 0 < change (include_ones K h) a b y ->
  forall c, right_at p c -> c <= 0.
Proof.
move=> pd a0 b0 A0 H0 py Hy c /right_at_rises => /(_ pd a b a0 b0) E.
have K0 : 0 < K%:R :> F by rewrite ltr0n; case/andP: KN.
have H : 0 < wanted_rise a b p by rewrite mulr_gt0 ?(rise_gt0 pd H0 py Hy).
rewrite -(pmulr_lle0 _ H) -E -oppr_ge0; have -> : - rise A a b p = rise A b a p.
  by rewrite /rise /expect -sumrN; apply: eq_bigr => x _; rewrite -mulrN /change opprB.
by apply: rise_ge0 => // x px; rewrite /change -opprB oppr_ge0 A0.
Qed.
End Direction.
