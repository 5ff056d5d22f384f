(* One objective, several K: eq. (5), for rank weights alpha of K ranks and beta of K' ranks.

     J_alpha = J_beta for every distribution   iff   K b_alpha = K' b_beta as polynomials,
     and then K/N A_i(alpha) = K'/N A_i(beta) on every batch of N > K, K' rewards;
     n ranks do for the objective of alpha     iff   the degree of b_alpha is below n.

   With tail(m) = alpha_m + .. + alpha_(K-1), J is x_0 tail(0) + sum_t (x_(t+1) - x_t) W(F(x_t)), (31), where
   W = bernstein (K+1) tail, and W' = - K b_alpha.                                                        *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets advantage expectation unbiased gap_form closed_form population bernstein.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Weight.
Variable F : realFieldType.
Implicit Types (c alpha : nat -> F) (P : {poly F}).

(* The derivative of a Bernstein form has the differences of its coefficients. *)
Lemma deriv_bernstein n c : (bernstein n.+1 c)^`() = n%:R *: bernstein n (fun j => c j.+1 - c j).
Proof.
have d (j m : nat) : ('X^j * (1 - 'X) ^+ m : {poly F})^`() =
    j%:R *: ('X^j.-1 * (1 - 'X) ^+ m) - m%:R *: ('X^j * (1 - 'X) ^+ m.-1).
  rewrite derivM derivXn deriv_exp derivB -polyC1 derivC derivX sub0r mulN1r mulNrn mulrN.
  by rewrite mulrnAl mulrnAr !scaler_nat.
pose B j : {poly F} := 'X^j * (1 - 'X) ^+ (n.-1 - j).
transitivity (\sum_(j < n.+1) (c j * 'C(n, j)%:R * j%:R) *: ('X^j.-1 * (1 - 'X) ^+ (n - j)) -
              \sum_(j < n.+1) (c j * 'C(n, j)%:R * (n - j)%:R) *: ('X^j * (1 - 'X) ^+ (n - j).-1)).
  rewrite -sumrB /bernstein /= (raddf_sum (deriv_additive F)); apply: eq_bigr => j _ /=.
  by rewrite derivZ d scalerBr !scalerA.
rewrite big_ord_recl mulr0 scale0r add0r big_ord_recr /= subnn mulr0 scale0r addr0.
rewrite /bernstein scaler_sumr -sumrB; apply: eq_bigr => j _ /=; rewrite /bump /= add1n.
have jn := ltn_ord j; have n0 : (0 < n)%N := leq_ltn_trans (leq0n _) jn.
have -> : (n - j.+1 = n.-1 - j)%N by rewrite -subn1 subnAC -subnDA addn1.
have -> : ((n - j).-1 = n.-1 - j)%N by rewrite -!subn1 subnAC.
rewrite -scalerBl scalerA; congr (_ *: _).
have E1 : ('C(n, j.+1) * j.+1 = n * 'C(n.-1, j))%N by rewrite mulnC -mul_bin_diag.
have E2 : ('C(n, j) * (n - j) = n * 'C(n.-1, j))%N by rewrite mulnC mul_bin_down.
by rewrite -!mulrA -!natrM E1 E2 natrM mulrBl mulrBr; congr (_ - _); apply: mulrCA.
Qed.

Lemma scale_bernstein a n c : a *: bernstein n c = bernstein n (fun j => a * c j).
Proof. by rewrite /bernstein scaler_sumr; apply: eq_bigr => j _; rewrite scalerA mulrA. Qed.

(* W, what the ranks beyond a quantile weigh. *)
Definition beyond K alpha : {poly F} := bernstein K.+1 (tail K alpha).

Lemma deriv_beyond K alpha : (beyond K alpha)^`() = - (K%:R *: bernstein K alpha).
Proof.
rewrite deriv_bernstein -scalerN; congr (_ *: _); rewrite -sumrN; apply: eq_bigr => j _.
rewrite -scaleNr -mulNr; congr ((_ * _) *: _); rewrite /tail [X in _ - X](bigD1 j) //= addrC opprD -addrA.
rewrite [X in _ + X](_ : _ = 0) ?addr0 // addrC; apply/eqP; rewrite subr_eq0; apply/eqP.
by apply: eq_bigl => i; rewrite ltn_neqAle eq_sym andbC.
Qed.

Lemma beyond_one K alpha : (beyond K alpha).[1] = 0.
Proof.
rewrite /beyond /bernstein horner_sum big1 // => j _ /=.
rewrite hornerZ hornerM !horner_exp !hornerE subrr.
have [->|jK] := eqVneq (j : nat) K; last first.
  have {}jK : (j < K)%N by rewrite ltn_neqAle jK -ltnS ltn_ord.
  by rewrite expr0n subn_eq0 leqNgt jK /= !mulr0.
have -> : tail K alpha K = 0 by rewrite /tail big_pred0 // => i; rewrite leqNgt ltn_ord.
by rewrite /= !mul0r.
Qed.

(* Polynomials of one derivative and one value are one. *)
Lemma eq_by_deriv P Q : P^`() = Q^`() -> P.[1] = Q.[1] -> P = Q.
Proof.
move=> dPQ vPQ; have E : (P - Q)^`() = 0 by rewrite derivB dPQ subrr.
have D : P - Q = ((P - Q)`_0)%:P.
  apply/polyP => -[|i]; rewrite coefC //=; apply/eqP.
  have := congr1 (fun R : {poly F} => R`_i) E; rewrite coef_deriv coef0 => /eqP.
  by rewrite mulrn_eq0.
apply/eqP; rewrite -subr_eq0 D; have := congr1 (fun R : {poly F} => R.[1]) D.
by rewrite hornerD hornerN hornerC vPQ subrr => <-; rewrite polyC0.
Qed.

Lemma eq_beyond K K' alpha beta :
  beyond K alpha = beyond K' beta <-> K%:R *: bernstein K alpha = K'%:R *: bernstein K' beta.
Proof.
split=> E; first by apply: oppr_inj; rewrite -!deriv_beyond E.
by apply: eq_by_deriv; rewrite ?deriv_beyond ?E ?beyond_one.
Qed.

Lemma layer_beyond (X : finType) (r p : X -> F) K alpha y :
  layer r p K alpha K 0 y = (beyond K alpha).[mass r p y].
Proof.
rewrite /beyond /bernstein horner_sum; apply: eq_bigr => m _ /=.
by rewrite hornerZ hornerM !horner_exp !hornerE /= mulrC !mulrA.
Qed.

Lemma tail_beyond K alpha : tail K alpha 0 = (beyond K alpha).[0].
Proof.
rewrite /beyond /bernstein horner_sum big_ord_recl big1 ?addr0 => [|j _] /=.
  by rewrite hornerZ hornerM !horner_exp !hornerE /= ?subr0 ?expr1n ?bin0 ?mulr1.
by rewrite hornerZ hornerM hornerXn expr0n mul0r mulr0.
Qed.
End Weight.

Section Same.
Variables (F : realFieldType) (K K' : nat) (alpha beta : nat -> F).

Definition same := forall (X : finType) (r p : X -> F), (forall a, 0 <= p a) -> total p = 1 ->
  objective K (outcome_statistic r K alpha) p = objective K' (outcome_statistic r K' beta) p.

(* (5): by two outcomes one way, *)
Lemma same_necessary : same -> beyond K alpha = beyond K' beta.
Proof.
move=> J; apply: (@poly_by_ratios _ 0) => m; rewrite !expr0 !mul1r; set v := _ / _.
pose r (b : bool) : F := b%:R; pose p b := if b then 1 - v else v.
have v0 : 0 <= v by rewrite divr_ge0 ?addr_ge0 ?ler0n ?ler01.
have v1 : v <= 1.
  by rewrite ler_pdivr_mulr ?mul1r ?ler_addr ?ler01 // -[1]/(1%:R) -natrD ltr0n.
have p0 b : 0 <= p b by rewrite /p; case: b; rewrite ?subr_ge0.
have p1 : total p = 1 by rewrite /total big_bool /= subrK.
pose x t : F := (t != 0%N)%:R.
have xs i j : (i <= j <= 1)%N -> x i <= x j.
  by case: i => [|i] /andP[ij j1]; rewrite /x ?ler0n //; case: j ij j1.
have rx a : exists2 t, (t <= 1)%N & r a = x t by exists (a : nat); case: a.
have := J _ r p p0 p1; rewrite !(objective_closed_form p1 _ _ xs rx) /layers !big_ord_recl !big_ord0 !addr0.
rewrite /= !mul0r !add0r subr0 !mul1r !layer_beyond /mass big_mkcond big_bool /= /r /x lexx /=.
by rewrite ler10 add0r.
Qed.

(* by the closed form the other. *)
Theorem same_objective : same <-> K%:R *: bernstein K alpha = K'%:R *: bernstein K' beta.
Proof.
split=> [/same_necessary/eq_beyond //|/eq_beyond E X r p _ p1].
have [u [x [u_inj ux xs]]] := ranked_exists r.
have X0 : (0 < #|X|)%N.
  rewrite lt0n; apply/negP => /eqP/card0_eq X0; move/eqP: p1; rewrite /total big_pred0 //.
  by rewrite eq_sym oner_eq0.
have xs' i j : (i <= j <= #|X|.-1)%N -> x i <= x j.
  by case/andP=> ij jM; apply: xs; rewrite ij -(prednK X0) ltnS.
have rx a : exists2 m, (m <= #|X|.-1)%N & r a = x m.
  have [v vK uK] : bijective u by apply: inj_card_bij; rewrite ?card_ord.
  by exists (v a); rewrite ?uK -?ux ?uK // -ltnS prednK.
rewrite !(objective_closed_form p1 _ _ xs' rx) /layers !tail_beyond E; congr (_ + _).
by apply: eq_bigr => t _; rewrite !layer_beyond E.
Qed.
End Same.

(* (5): the score weights. *)
Theorem same_score_weights (F : realFieldType) K K' (alpha beta : nat -> F) (I : finType) (r : I -> F) i :
  (0 < K < #|I|)%N -> (0 < K' < #|I|)%N -> same K K' alpha beta ->
  K%:R / #|I|%:R * advantage K (lstat_of alpha K r) i = K'%:R / #|I|%:R * advantage K' (lstat_of beta K' r) i.
Proof.
case/andP=> K0 KN /andP[K0' KN'] /same_objective E; have [u [x [u_inj ux xs]]] := ranked_exists r.
have [v vK uK] : bijective u by apply: inj_card_bij; rewrite ?card_ord.
have N0 : (0 < #|I|)%N := leq_ltn_trans (leq0n _) KN.
have e t : (t < #|I|.-1)%N -> K%:R * elevated alpha K #|I|.-1 t = K'%:R * elevated beta K' #|I|.-1 t.
  have le k : (0 < k < #|I|)%N -> (0 < k <= #|I|.-1)%N by case/andP=> -> kN; rewrite -ltnS prednK.
  have Ea : bernstein #|I|.-1 (elevated alpha K #|I|.-1) = bernstein K alpha.
    by apply: bernstein_elevated; apply: le; rewrite K0.
  have Eb : bernstein #|I|.-1 (elevated beta K' #|I|.-1) = bernstein K' beta.
    by apply: bernstein_elevated; apply: le; rewrite K0'.
  by move: E; rewrite -Ea -Eb !scale_bernstein => E; apply: (bernstein_unique E).
have run m : (m <= #|I|.-1)%N -> K%:R * running I K alpha x m = K'%:R * running I K' beta x m.
  move=> mN; rewrite /running !mulr_sumr; apply: eq_bigr => t _; have tN := leq_trans (ltn_ord t) mN.
  rewrite mulrCA [RHS]mulrCA; congr (_ * _).
  by rewrite mulrCA [RHS]mulrCA e.
have at_ m : (m < #|I|)%N -> (m <= #|I|.-1)%N by move=> mN; rewrite -ltnS prednK.
rewrite -(uK i) !(advantage_closed_form _ u_inj ux xs) // mulrAC [RHS]mulrAC; congr (_ / _).
rewrite !mulrBr run ?at_ //; congr (_ - _); rewrite mulrCA [RHS]mulrCA; congr (_ * _).
by rewrite !mulr_sumr; apply: eq_bigr => m _; rewrite run ?at_.
Qed.

(* (5): n ranks do if and only if the degree of b_alpha is below n. *)
Theorem fewer_ranks (F : realFieldType) K (alpha : nat -> F) n : (0 < n)%N -> (0 < K)%N ->
  (exists beta, same K n alpha beta) <-> (size (bernstein K alpha) <= n)%N.
Proof.
move=> n0 K0; have k0 : K%:R != 0 :> F by rewrite pnatr_eq0 -lt0n.
have n1 : n%:R != 0 :> F by rewrite pnatr_eq0 -lt0n.
rewrite -(size_scale (bernstein K alpha) k0) -bernstein_span //.
split=> [[beta /same_objective ->]|[c E]].
  by exists (fun j => n%:R * beta j); rewrite scale_bernstein.
exists (fun j => c j / n%:R); apply/same_objective; rewrite E scale_bernstein.
by apply: eq_bigr => j _; rewrite mulrCA divff // mulr1.
Qed.
