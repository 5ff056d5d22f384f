(* What N samples can estimate: eqs. (38) and (70), for every K, smaller or larger than N.

   Rewards r of which two differ, N samples, rank weights alpha of K ranks, c <> 0:

     (38)  an estimator exists that is unbiased with constant c and centred   iff   deg b_alpha <= N - 2,
           and an equivariant one is then A_i = c K' (q'_i - v'^(-i)), whatever way K' < N of writing the objective;
     (70)  a function of N rewards whose expectation is J_alpha exists        iff   deg b_alpha <= N - 1.

   One line of distributions decides: p + z (delta_a - delta_b), p uniform and r_a < r_b. An expectation over N draws is a
   polynomial in z of degree N, and the expected gradient towards (delta_a - delta_b) / p one of degree N - 1, whose
   leading coefficient is sum_x prod_j sigma(x_j) sum_i A_i(x), sigma = delta_a - delta_b: zero if A is centred. The
   estimator need not be equivariant for that. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets advantage expectation unbiased polarisation estimators characterisation uniqueness.
From Ordergrad Require Import gap_form closed_form population bernstein same_objective nonexistence spectrum.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* A product of n polynomials of degree one. *)
Lemma prod_linear (F : fieldType) (J : Type) (l : seq J) (w v : J -> F) :
  (size (\prod_(j <- l) ((w j)%:P + v j *: 'X))%R <= (size l).+1)%N /\
  (\prod_(j <- l) ((w j)%:P + v j *: 'X))`_(size l) = \prod_(j <- l) v j.
Proof.
elim: l => [|j l [IHs IHc]]; first by rewrite !big_nil size_poly1 coef1.
rewrite !big_cons /=; set P := \prod_(i <- l) _ in IHs IHc *.
rewrite mulrDl -scalerAl mul_polyC [_ *: P + _]addrC; split.
  apply: leq_trans (size_add _ _) _; rewrite geq_max.
  apply/andP; split; apply: leq_trans (size_scale_leq _ _) _; last exact: leqW.
  by apply: leq_trans (size_mul_leq _ _) _; rewrite size_polyX.
rewrite coefD !coefZ coefXM /= IHc (_ : P`_(size l).+1 = 0) ?mulr0 ?addr0 //.
exact: (leq_sizeP _ _ IHs).
Qed.

(* A polynomial is zero that is zero at all w / (m + 2). *)
Lemma poly_by_points (F : numFieldType) (w : F) (P Q : {poly F}) : w != 0 ->
  (forall m : nat, P.[w / (m.+2)%:R] = Q.[w / (m.+2)%:R]) -> P = Q.
Proof.
move=> w0 E; apply/eqP; rewrite -subr_eq0; apply: contraT => Pn0.
have := max_poly_roots Pn0 (rs := [seq w / (m.+2)%:R | m <- iota 0 (size (P - Q))]).
rewrite size_map size_iota ltnn; apply.
  by apply/allP => _ /mapP[m _ ->]; rewrite rootE hornerD hornerN E subrr.
rewrite map_inj_uniq ?iota_uniq // => l m /(mulfI w0)/invr_inj/eqP.
by rewrite eqr_nat => /eqP [].
Qed.

Lemma size_spectrum (F : realFieldType) K (alpha : nat -> F) : size (K%:R *: bernstein K alpha) = size (bernstein K alpha).
Proof.
have [->|K0] := posnP K; first by rewrite /bernstein big_ord0 scaler0.
by rewrite size_scale // pnatr_eq0 -lt0n.
Qed.

Section Line.
Variables (F : realFieldType) (X I : finType) (r : X -> F) (K : nat) (alpha : nat -> F).
Notation N := #|I|.
Variables a b : X.
Hypothesis ab : r a < r b.

Let X0 : (0 < #|X|)%N. Proof. by apply/card_gt0P; exists a. Qed.
Let w : F := #|X|%:R^-1.
Let w_gt0 : 0 < w. Proof. by rewrite invr_gt0 ltr0n. Qed.

Definition sigma d : F := (d == a)%:R - (d == b)%:R.
Definition line z d : F := w + sigma d * z.
Definition line_score z d : F := sigma d / line z d.

Lemma sum_sigma (P : pred X) : \sum_(d | P d) sigma d = (P a)%:R - (P b)%:R.
Proof.
have one e : \sum_(d | P d) (d == e)%:R = (P e)%:R :> F.
  rewrite big_mkcond (bigD1 e) //= eqxx big1 => [|d /negbTE ->]; last by case: ifP.
  by rewrite addr0; case: (P e).
by rewrite sumrB !one.
Qed.

Lemma line_distribution m : distribution (line (w / m.+2%:R)).
Proof.
split=> [d|]; last first.
  rewrite /total /line big_split /= -mulr_suml (sum_sigma predT) subrr mul0r addr0 sumr_const.
  by rewrite -[_ *+ _]mulr_natl mulfV // pnatr_eq0 -lt0n.
have small : w / m.+2%:R < w.
  by rewrite gtr_pmulr // invf_lt1 ?ltr0n // -[1]/(1%:R) ltr_nat.
have pos : 0 < w / m.+2%:R by rewrite divr_gt0 ?ltr0n.
rewrite /line /sigma; case: eqP => _; case: eqP => _; rewrite ?subrr ?sub0r ?subr0 ?mul0r ?mul1r ?mulN1r ?addr0 //.
  by rewrite ltr_paddl // ltW.
by rewrite subr_gt0.
Qed.

Lemma line_score_centred m : centred (line (w / m.+2%:R)) (line_score (w / m.+2%:R)).
Proof.
have [p_gt0 _] := line_distribution m; rewrite /centred /line_score.
rewrite -[RHS](subrr ((predT a)%:R : F)) -[X in _ = _ - X]/((predT b)%:R) -sum_sigma; apply: eq_bigr => d _.
by rewrite mulrC divfK // gt_eqF.
Qed.

(* The expected gradient, *)
Definition gradient (A : estimator F X I) : {poly F} :=
  \sum_x \sum_i (A i x * sigma (x i)) *: \prod_(j | j != i) (w%:P + sigma (x j) *: 'X).

Lemma gradient_at A z : (forall d, line z d != 0) ->
  expect (line z) (fun x => \sum_i A i x * line_score z (x i)) = (gradient A).[z].
Proof.
move=> p0; rewrite /expect /gradient horner_sum; apply: eq_bigr => x _; rewrite mulr_sumr horner_sum.
apply: eq_bigr => i _; rewrite hornerZ horner_prod /weight (bigD1 i) //= /line_score.
rewrite [A i x * _]mulrC mulrACA [_ * (sigma _ / _)]mulrC divfK // [X in _ * X]mulrC mulrA.
rewrite [sigma _ * _]mulrC; congr (_ * _); apply: eq_bigr => j _.
by rewrite hornerD hornerC hornerZ hornerX.
Qed.

Lemma gradient_size A : centred_estimator A -> (0 < N)%N -> (size (gradient A) <= N.-1)%N.
Proof.
move=> A0 N0; apply/leq_sizeP => m mN; rewrite /gradient coef_sum.
have co (x : {ffun I -> X}) (i : I) : (\prod_(j | j != i) (w%:P + sigma (x j) *: 'X) : {poly F})`_m =
    if m == N.-1 then \prod_(j | j != i) sigma (x j) else 0.
  rewrite -big_filter; set l := [seq j <- _ | _]; have lN : size l = N.-1.
    by rewrite size_filter -sum1_count -(cardsC1 i) -sum1_card; apply: eq_bigl => j; rewrite !inE.
  have [ls lc] := prod_linear l (fun=> w) (fun j => sigma (x j)).
  case: eqP => [->|/eqP mn]; first by rewrite -lN lc big_filter.
  by rewrite (leq_sizeP _ _ ls) // lN ltn_neqAle eq_sym mn.
have [mE|mE] := eqVneq m N.-1; last first.
  rewrite big1 // => x _; rewrite coef_sum big1 // => i _.
  by rewrite coefZ co (negbTE mE) mulr0.
rewrite big1 // => x _; rewrite coef_sum.
transitivity (\sum_i A i x * \prod_j sigma (x j)); last by rewrite -mulr_suml A0 mul0r.
by apply: eq_bigr => i _; rewrite coefZ co mE eqxx -mulrA [in RHS](bigD1 i).
Qed.

(* and what it is to be. *)
Variables (M : nat) (x : nat -> F).
Hypothesis x_sorted : forall i j, (i <= j <= M)%N -> x i <= x j.
Hypothesis rx : forall d, exists2 m, (m <= M)%N & r d = x m.

Definition between (y : F) : bool := r a <= y < r b.
Definition share y : {poly F} := (w * #|[pred d | r d <= y]|%:R)%:P + (between y)%:R *: 'X.

Lemma sigma_mass y : mass r sigma y = (between y)%:R.
Proof.
rewrite /mass sum_sigma /between ltNge; case: (boolP (r b <= y)) => [by_|_]; last by rewrite subr0 andbT.
by rewrite (le_trans (ltW ab) by_) subrr.
Qed.

Lemma line_mass z y : mass r (line z) y = (share y).[z].
Proof.
rewrite /mass /line big_split /= -mulr_suml -/(mass r sigma y) sigma_mass sumr_const.
by rewrite /share hornerD hornerC hornerZ hornerX -[_ *+ _]mulr_natr.
Qed.

Lemma sum_between : \sum_(t < M) (x t.+1 - x t) * (between (x t))%:R = r b - r a.
Proof.
have [i iM ai] := rx a; have [j jM bj] := rx b.
rewrite ai bj (reward_layers x_sorted iM) (reward_layers x_sorted jM) opprD addrACA subrr add0r -sumrB.
apply: eq_bigr => t _; rewrite -mulrBr -ai -bj /between; congr (_ * _).
have [ta|at_] := ltP (x t) (r a); first by rewrite (lt_trans ta ab) subrr.
by rewrite subr0.
Qed.

Lemma share_comp (P : {poly F}) y : between y -> (P \Po share y)`_(size P).-1 = lead_coef P.
Proof.
move=> yab; rewrite /share yab scale1r addrC -[X in _ + X]opprK -polyCN; set Q := 'X - _.
have Q2 : size Q = 2%N by rewrite /Q size_XsubC.
by rewrite -(size_comp_poly2 P Q2) -lead_coefE lead_coef_comp ?Q2 // lead_coefXsubC expr1n mulr1.
Qed.

Definition wanted c : {poly F} := let B := K%:R *: bernstein K alpha in
  - (N%:R * c) *: \sum_(t < M) (x t.+1 - x t) *: ((between (x t))%:R *: (B \Po share (x t))).

Lemma wanted_at c m : let z := w / m.+2%:R in
  N%:R * c * derivative K (lstat_reward r alpha K) (line z) (line_score z) = (wanted c).[z].
Proof.
move=> z; have pd := line_distribution m; have s0 := line_score_centred m; case: (pd) => p_gt0 p1.
have := derivative_spectrum p1 s0 x_sorted rx K alpha; rewrite -/z => ->.
rewrite /wanted mulrN hornerZ mulNr; congr (- (_ * _)).
rewrite horner_sum; apply: eq_bigr => t _; rewrite !(hornerZ, horner_comp) -line_mass; congr (_ * _).
rewrite [LHS]mulrC; congr (_ * _); rewrite -sigma_mass; apply: eq_bigr => d _.
by rewrite mulrC divfK // gt_eqF // p_gt0.
Qed.

Lemma wanted_lead c : let B := K%:R *: bernstein K alpha in
  (wanted c)`_(size B).-1 = - (N%:R * c * (r b - r a) * lead_coef B).
Proof.
move=> B; rewrite /wanted coefZ mulNr coef_sum -/B -!mulrA -sum_between; congr (- (_ * (_ * _))).
rewrite mulr_suml; apply: eq_bigr => t _; rewrite !coefZ -mulrA; congr (_ * _).
by case yab: (between _); rewrite ?mul0r // share_comp.
Qed.

Lemma centred_degree (A : estimator F X I) c : (0 < N)%N -> c != 0 ->
  unbiased K (lstat_reward r alpha K) A c -> centred_estimator A ->
  (size (K%:R *: bernstein K alpha) <= N.-1)%N.
Proof.
move=> N0 c0 A_unb A0; set B := _ *: _.
have E : gradient A = wanted c.
  apply: (@poly_by_points _ w) => [|m]; first by rewrite gt_eqF.
  have pd := line_distribution m; rewrite -wanted_at -(A_unb _ _ pd (line_score_centred m)).
  by rewrite gradient_at // => d; rewrite gt_eqF //; case: pd.
rewrite leqNgt; apply/negP => large.
have : (gradient A)`_(size B).-1 = - (N%:R * c * (r b - r a) * lead_coef B) by rewrite E; apply: wanted_lead.
rewrite (leq_sizeP _ _ (gradient_size A0 N0)); last by rewrite -ltnS (leq_trans large) // leqSpred.
move/esym/eqP; rewrite oppr_eq0 !mulf_eq0 pnatr_eq0 (negbTE c0) subr_eq0 (gt_eqF ab) lead_coef_eq0.
rewrite -leqn0 leqNgt N0 /= => /eqP B0.
by move: large; rewrite B0 size_poly0.
Qed.

(* The expectation of a function of the batch, and the objective. *)
Definition mean_of (f : {ffun I -> X} -> F) : {poly F} := \sum_x f x *: \prod_j (w%:P + sigma (x j) *: 'X).

Lemma mean_at f z : expect (line z) f = (mean_of f).[z].
Proof.
rewrite /expect /mean_of horner_sum; apply: eq_bigr => y _; rewrite hornerZ horner_prod mulrC; congr (_ * _).
by apply: eq_bigr => j _; rewrite hornerD hornerC hornerZ hornerX.
Qed.

Lemma mean_size f : (size (mean_of f) <= N.+1)%N.
Proof.
rewrite /mean_of; elim/big_ind: _ => [|P Q PN QN|y _]; first by rewrite size_poly0.
  by rewrite (leq_trans (size_add _ _)) // geq_max PN QN.
apply: leq_trans (size_scale_leq _ _) _.
have [ls _] := prod_linear (index_enum I) (fun=> w) (fun j => sigma (y j)).
by apply: leq_trans ls _; rewrite ltnS cardT enumT.
Qed.

Definition objective_of : {poly F} :=
  (x 0%N * tail K alpha 0)%:P + \sum_(t < M) (x t.+1 - x t) *: (beyond K alpha \Po share (x t)).

Lemma objective_at m : let z := w / m.+2%:R in
  objective K (lstat_reward r alpha K) (line z) = objective_of.[z].
Proof.
move=> z; have [_ p1] := line_distribution m.
have := objective_closed_form p1 K alpha x_sorted rx; rewrite -/z => ->.
rewrite /layers /objective_of hornerD hornerC horner_sum; congr (_ + _); apply: eq_bigr => t _.
by rewrite layer_beyond hornerZ horner_comp line_mass.
Qed.

Lemma estimable_degree (f : {ffun I -> X} -> F) :
  (forall p, distribution p -> expect p f = objective K (lstat_reward r alpha K) p) ->
  (size (bernstein K alpha) <= N)%N.
Proof.
move=> Ef; have E : mean_of f = objective_of.
  apply: (@poly_by_points _ w) => [|m]; first by rewrite gt_eqF.
  by rewrite -objective_at -mean_at Ef //; apply: line_distribution.
set B := bernstein K alpha; set W := beyond K alpha.
suff small : (size W <= N.+1)%N.
  have dW : W^`() = - (K%:R *: B) := deriv_beyond K alpha.
  have [W0|W0] := eqVneq W 0.
    by have := size_spectrum K alpha; rewrite -/B -[_ *: _]opprK -dW W0 deriv0 oppr0 size_poly0 => <-.
  by rewrite -(size_spectrum K alpha) -/B -size_opp -dW -ltnS (leq_trans (lt_size_deriv W0)).
rewrite leqNgt; apply/negP => large; have W1 : (N < (size W).-1)%N by rewrite -ltnS (leq_trans large) // leqSpred.
have : objective_of`_(size W).-1 = 0 by rewrite -E (leq_sizeP _ _ (mean_size f)).
have c0 (k : F) : k%:P`_(size W).-1 = 0 by rewrite coefC; case: (size W).-1 W1.
rewrite /objective_of coefD c0 add0r coef_sum.
rewrite (eq_bigr (fun t : 'I_M => (x t.+1 - x t) * (between (x t))%:R * lead_coef W)) => [|t _].
  rewrite -mulr_suml sum_between => /eqP; rewrite mulf_eq0 subr_eq0 (gt_eqF ab) lead_coef_eq0 => /eqP W0.
  by move: large; rewrite W0 size_poly0.
rewrite coefZ -mulrA; congr (_ * _); case yab: (between _); first by rewrite mul1r share_comp.
by rewrite mul0r /share yab scale0r addr0 comp_polyCr c0.
Qed.
End Line.

Section Existence.
Variables (F : realFieldType) (X I : finType) (r : X -> F).
Notation N := #|I|.
Implicit Types (K : nat) (alpha beta : nat -> F) (A : estimator F X I) (c : F).

(* Ways of writing one objective have the same unbiased estimators. *)
Lemma same_unbiased K K' alpha beta A c : same K K' alpha beta ->
  unbiased K (lstat_reward r alpha K) A c -> unbiased K' (lstat_reward r beta K') A c.
Proof.
move=> E A_unb p s pd s0; have p1 := proj2 pd.
by rewrite A_unb //; congr (_ * _); exact: same_derivative.
Qed.

Lemma same_sym K K' alpha beta : same K K' alpha beta -> same K' K beta alpha.
Proof. by move=> E X0 r0 p p0 p1; rewrite E. Qed.

(* (38): whether there is one, *)
Theorem unbiased_centred_exists K alpha a b c : r a < r b -> (0 < N)%N -> c != 0 ->
  (exists A, unbiased K (lstat_reward r alpha K) A c /\ centred_estimator A) <->
  (size (bernstein K alpha) <= N.-1)%N.
Proof.
move=> ab N0 c0; split=> [[A [A_unb A0]]|small].
  have X0 : (0 < #|X|)%N by apply/card_gt0P; exists a.
  have [x [xs rx]] := sorted_rewards r X0.
  by rewrite -size_spectrum; apply: (centred_degree ab xs rx N0 c0 A_unb A0).
have [B0|B0] := eqVneq (bernstein K alpha) 0.
  exists (fun _ _ => 0); split=> [p s [_ p1] s0|x]; last by rewrite big1.
  have X0 : (0 < #|X|)%N by apply/card_gt0P; exists a.
  have [x [xs rx]] := sorted_rewards r X0.
  rewrite [X in _ = _ * X](derivative_spectrum p1 s0 xs rx) B0 scaler0 /expect big1 => [|y _].
    by rewrite big1 ?oppr0 ?mulr0 // => t _; rewrite horner0 mul0r mulr0.
  by rewrite big1 ?mulr0 // => i _; rewrite mul0r.
have K0 : (0 < K)%N by rewrite lt0n; apply: contraNneq B0 => ->; rewrite /bernstein big_ord0.
have N1 : (0 < N.-1)%N by rewrite (leq_trans _ small) // lt0n size_poly_eq0.
have [beta E] := (fewer_ranks alpha N1 K0).2 small; have NN : (N.-1 < N)%N by rewrite prednK.
exists (fun i x => c * N.-1%:R * canonical N.-1 (lstat_reward r beta N.-1) i x); split.
  by apply: (same_unbiased (same_sym E)); apply: canonical_unbiased.
by move=> x; rewrite -mulr_sumr canonical_centred ?mulr0.
Qed.

(* and which one it is: at any K' < N at which the objective can be written. *)
Theorem unbiased_centred_unique K K' alpha beta A c : (0 < K' < N)%N -> same K K' alpha beta -> equivariant A ->
  (unbiased K (lstat_reward r alpha K) A c /\ centred_estimator A) <->
  forall i x, A i x = c * K'%:R * canonical K' (lstat_reward r beta K') i x.
Proof.
case/andP=> K0 KN E A_eqv; split=> [[A_unb A0] i x|AE].
  apply: canonical_unique => //; first exact: lstat_reward_symmetric.
  exact: same_unbiased E A_unb.
split=> [|x]; last by under eq_bigr do rewrite AE; rewrite -mulr_sumr canonical_centred ?mulr0.
apply: (same_unbiased (same_sym E)) => p s pd s0; rewrite -(canonical_unbiased _ K0 KN c pd s0).
by apply: eq_expect => x; apply: eq_bigr => i _; rewrite AE.
Qed.

(* (70) *)
Theorem estimable K alpha a b : r a < r b ->
  (exists f : {ffun I -> X} -> F, forall p, distribution p -> expect p f = objective K (lstat_reward r alpha K) p) <->
  (size (bernstein K alpha) <= N)%N.
Proof.
move=> ab; have X0 : (0 < #|X|)%N by apply/card_gt0P; exists a.
have [x [xs rx]] := sorted_rewards r X0.
split=> [[f Ef]|small]; first exact: (estimable_degree ab xs rx Ef).
have [B0|B0] := eqVneq (bernstein K alpha) 0.
  exists (fun=> 0) => p [_ p1]; have W0 : beyond K alpha = 0.
    by apply: eq_by_deriv; rewrite ?deriv_beyond ?B0 ?beyond_one ?deriv0 ?horner0 ?scaler0 ?oppr0.
  rewrite /expect big1 => [|y _]; last by rewrite mulr0.
  rewrite (objective_closed_form p1 K alpha xs rx) /layers tail_beyond W0 horner0 mulr0 add0r big1 // => t _.
  by rewrite layer_beyond W0 horner0 mulr0.
have K0 : (0 < K)%N by rewrite lt0n; apply: contraNneq B0 => ->; rewrite /bernstein big_ord0.
have N0 : (0 < N)%N by rewrite (leq_trans _ small) // lt0n size_poly_eq0.
have [beta E] := (fewer_ranks alpha N0 K0).2 small.
pose h := lstat_reward r beta N; exists (fun y => h (codom [ffun j : 'I_N => y (enum_val j)])) => p [p_gt0 p1].
rewrite (expect_sub (fun y : {ffun 'I_N -> X} => h (codom y)) (@enum_val_inj _ I) p1).
by rewrite -[LHS](E _ r p) // => d; apply: ltW.
Qed.
End Existence.
