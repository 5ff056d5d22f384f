(* Characterisation, eq. (37): for 0 < K <= N, h any symmetric function of K
   outcomes and A any equivariant estimator,

     A is unbiased with constant c for the objective of h
       if and only if
     A_i(x) - c K q_i(x) does not depend on x_i, for each i.

   An include-one value plus any baseline that does not see its own sample. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets advantage expectation unbiased polarisation estimators.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Characterisation.
Variables (F : numFieldType) (X I : finType) (K : nat) (h : seq X -> F).
Implicit Types (A : estimator F X I) (p s : X -> F) (c : F) (i : I) (x : {ffun I -> X}).
Notation N := #|I|.
Hypothesis KN : (0 < K <= N)%N.

(* E[sum_i (A_i - c K q_i) s(x_i)] = 0 is what eq. (36) asks. *)
Lemma expect_rest A c p s : distribution p -> centred p s ->
  expect p (fun x => \sum_i A i x * s (x i)) - N%:R * c * derivative K h p s =
  expect p (fun x => \sum_i (A i x - c * K%:R * include_ones K h i x) * s (x i)).
Proof.
move=> [_ p1] s0; have N0 : N%:R != 0 :> F.
  by rewrite pnatr_eq0 -lt0n; case/andP: KN; apply: leq_trans.
have := include_one_unbiased (char_num F) h KN p1 s0 (B := fun _ _ => 0) (fun _ _ _ => erefl).
move=> <-; rewrite -expectZ -expectB; apply: eq_expect => x.
rewrite mulr_sumr -sumrB; apply: eq_bigr => i _; rewrite subr0 mulrBl; congr (_ - _).
rewrite /include_ones; move: (include_one K _ i) (s (x i)) => q t.
by rewrite !mulrA -[_ * c * _]mulrA [_ * (c * _)]mulrC mulfK.
Qed.

(* Sufficient: equivariance is not needed. *)
Theorem sufficient A c :
  (forall i, ignores i (fun x => A i x - c * K%:R * include_ones K h i x)) ->
  unbiased K h A c.
Proof.
move=> D_ign p s pd s0; apply/eqP; rewrite -subr_eq0 expect_rest // expect_sum.
case: pd => _ p1; rewrite big1 // => i _.
exact: (expect_baseline p1 s0 (D_ign i)).
Qed.

(* Necessary: two outcomes in the place of x_i make no difference. *)
Theorem necessary A c : symmetric h -> equivariant A -> unbiased K h A c ->
  forall i, ignores i (fun x => A i x - c * K%:R * include_ones K h i x).
Proof.
move=> h_sym A_eqv A_unb; pose D : estimator F X I := fun i x =>
  A i x - c * K%:R * include_ones K h i x.
have D_eqv : equivariant D.
  by move=> u i x; rewrite /D A_eqv include_ones_equivariant.
suff D_ign a b i x : D i (put x i a) - D i (put x i b) = 0.
  by move=> i x a; have /eqP := D_ign a (x i) i x; rewrite put_id subr_eq0 => /eqP.
pose B : estimator F X I := fun i x => D i (put x i a) - D i (put x i b).
have B_eqv : equivariant B.
  move=> u j y; rewrite /B !D_eqv; congr (D j _ - D j _); apply/ffunP => k;
    by rewrite !ffunE (inj_eq perm_inj).
apply: (baseline_zero B_eqv) i x => [i x d|z]; first by rewrite /B !put_put.
have EB p : distribution p -> expect p (fun x => \sum_i B i x) = 0.
  move=> pd; have [p_gt0 p1] := pd.
  have p_neq0 d : p d != 0 by rewrite gt_eqF.
  pose s d := (d == a)%:R / p a - (d == b)%:R / p b.
  have ps (G : X -> F) : \sum_d p d * (G d * s d) = G a - G b.
    under eq_bigr do rewrite /s mulrBr mulrBr.
    rewrite sumrB; congr (_ - _).
      rewrite (bigD1 a) //= eqxx big1 => [|d /negbTE ->]; last by rewrite mul0r !mulr0.
      by rewrite addr0 mul1r mulrCA mulfV ?mulr1.
    rewrite (bigD1 b) //= eqxx big1 => [|d /negbTE ->]; last by rewrite mul0r !mulr0.
    by rewrite addr0 mul1r mulrCA mulfV ?mulr1.
  have s0 : centred p s.
    by have := ps (fun=> 1); rewrite subrr /centred => E; rewrite -[RHS]E;
      apply: eq_bigr => d _; rewrite mul1r.
  have := expect_rest A c pd s0; rewrite A_unb // subrr expect_sum => /esym E.
  rewrite -[RHS]E expect_sum; apply: eq_bigr => i _.
  rewrite [RHS](expect_redraw i) //; apply: eq_expect => x.
  by under [RHS]eq_bigr do rewrite putE; rewrite ps.
have : \sum_(u : {perm I}) \sum_i B i z = 0.
  rewrite -[RHS](vanishing a EB z); apply: eq_bigr => u _.
  by rewrite (reindex_inj (@perm_inj _ u)); apply: eq_bigr => k _; rewrite B_eqv.
rewrite sumr_const => /eqP; rewrite -mulr_natl mulf_eq0 pnatr_eq0 => /orP[|/eqP //].
by rewrite -leqn0 leqNgt => /negP[]; apply/card_gt0P; exists 1%g.
Qed.

(* (37) *)
Theorem characterisation A c : symmetric h -> equivariant A ->
  unbiased K h A c <->
  forall i, ignores i (fun x => A i x - c * K%:R * include_ones K h i x).
Proof. by move=> h_sym A_eqv; split; [apply: necessary | apply: sufficient]. Qed.
End Characterisation.
