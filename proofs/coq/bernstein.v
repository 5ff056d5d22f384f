(* One objective, several K: eqs. (3) and (5), for all rank weights of any lengths.

   b_alpha has the Bernstein coefficients alpha, of n ranks:

     (3)  bernstein n c = sum_(j<n) c_j C(n-1, j) u^j (1-u)^(n-1-j)

     (22) bernstein n e^(n) = bernstein K alpha for n >= K: elevation keeps the polynomial
     (5)  J_alpha = J_beta for every distribution  iff  K b_alpha = K' b_beta,
          and then K e^(n)(alpha) = K' e^(n)(beta), so that the score weights agree;
          n ranks do for a polynomial if and only if its degree is below n.                *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets expectation unbiased gap_form elevation population.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Bernstein.
Variable F : realFieldType.
Implicit Types (c d alpha beta : nat -> F) (P Q : {poly F}) (n K : nat).

(* (3) *)
Definition bernstein n c : {poly F} :=
  \sum_(j < n) (c j * 'C(n.-1, j)%:R) *: ('X^j * (1 - 'X) ^+ (n.-1 - j)).

(* u = v / (1 + v): a polynomial in v, with the same coefficients but for binomials. *)
Lemma bernstein_at n c (v : F) : 1 + v != 0 ->
  (1 + v) ^+ n.-1 * (bernstein n c).[v / (1 + v)] = \sum_(j < n) c j * 'C(n.-1, j)%:R * v ^+ j.
Proof.
move=> v1; rewrite /bernstein horner_sum mulr_sumr; apply: eq_bigr => j _.
have jn : (j <= n.-1)%N by rewrite -ltnS (leq_trans (ltn_ord j)) // leqSpred.
rewrite hornerZ hornerM hornerXn horner_exp hornerD hornerN hornerX hornerC.
have -> : 1 - v / (1 + v) = (1 + v)^-1 by rewrite -[X in X - _](divff v1) -mulrBl addrK mul1r.
rewrite mulrCA; congr (_ * _); rewrite expr_div_n exprVn -mulrA -invfM -exprD subnKC // mulrC divfK //.
exact: expf_neq0.
Qed.

(* A polynomial is zero that is zero at all m / (1 + m). *)
Lemma one_plus_neq0 (m : nat) : 1 + m%:R != 0 :> F.
Proof. by rewrite -[1]/(1%:R) -natrD pnatr_eq0. Qed.

Lemma zero_at_ratios P : (forall m : nat, P.[m%:R / (1 + m%:R)] = 0) -> P = 0.
Proof.
move=> P0; apply/eqP; apply: contraT => Pn0.
have := max_poly_roots Pn0 (rs := [seq m%:R / (1 + m%:R) | m <- iota 0 (size P)]).
rewrite size_map size_iota ltnn; apply.
  by apply/allP => _ /mapP[m _ ->]; rewrite rootE P0.
rewrite map_inj_uniq ?iota_uniq // => l m /eqP; rewrite eqr_div ?one_plus_neq0 //.
by rewrite !mulrDr !mulr1 -!natrM -!natrD mulnC addnC [in X in _ == X]addnC eqr_nat eqn_add2l => /eqP.
Qed.

Lemma poly_by_ratios n P Q : (forall m : nat, (1 + m%:R) ^+ n * P.[m%:R / (1 + m%:R)] =
  (1 + m%:R) ^+ n * Q.[m%:R / (1 + m%:R)]) -> P = Q.
Proof.
move=> E; apply/eqP; rewrite -subr_eq0; apply/eqP; apply: zero_at_ratios => m.
rewrite hornerD hornerN; apply/eqP; rewrite subr_eq0; apply/eqP.
by apply: (mulfI _ (E m)); rewrite expf_neq0 ?one_plus_neq0.
Qed.

(* Coefficients are unique. *)
Lemma bernstein_unique n c d : bernstein n c = bernstein n d -> forall j, (j < n)%N -> c j = d j.
Proof.
move=> E j jn; pose P : {poly F} := \poly_(j < n) ((c j - d j) * 'C(n.-1, j)%:R).
suff P0 : P = 0.
  have := congr1 (fun P : {poly F} => P`_j) P0; rewrite coef_poly jn coef0 => /eqP.
  rewrite mulf_eq0 subr_eq0 pnatr_eq0 => /orP[/eqP //|].
  by rewrite -leqn0 leqNgt bin_gt0 -ltnS (leq_trans jn) // leqSpred.
apply/eqP; apply: contraT => Pn0.
have := max_poly_roots Pn0 (rs := [seq m%:R | m <- iota 0 (size P)]).
rewrite size_map size_iota ltnn; apply; last first.
  by rewrite map_inj_uniq ?iota_uniq // => l m /eqP; rewrite eqr_nat => /eqP.
apply/allP => _ /mapP[m _ ->]; rewrite rootE horner_poly; under eq_bigr do rewrite mulrBl mulrBl.
by rewrite sumrB -!bernstein_at ?one_plus_neq0 // E subrr.
Qed.

(* n coefficients do for a polynomial of degree below n, and for no other. *)
Theorem bernstein_span n P : (0 < n)%N -> (exists c, P = bernstein n c) <-> (size P <= n)%N.
Proof.
move=> n0; split=> [[c ->]|Pn].
  rewrite /bernstein; elim/big_ind: _ => [|a b an bn|j _]; first by rewrite size_poly0.
    by rewrite (leq_trans (size_add _ _)) // geq_max an bn.
  have jn : (j <= n.-1)%N by rewrite -ltnS (prednK n0).
  rewrite (leq_trans (size_scale_leq _ _)) // (leq_trans (size_mul_leq _ _)) // size_polyXn /=.
  rewrite (leq_trans (leq_add (leqnn j) (size_exp_leq _ _))) //.
  have -> : size (1 - 'X : {poly F}) = 2%N by rewrite -opprB size_opp size_XsubC.
  by rewrite mul1n addnS subnKC // prednK.
pose Q : {poly F} := \sum_(i < n) P`_i *: ('X^i * (1 + 'X) ^+ (n.-1 - i)).
have Qn : (size Q <= n)%N.
  rewrite /Q; elim/big_ind: _ => [|a b an bn|i _]; first by rewrite size_poly0.
    by rewrite (leq_trans (size_add _ _)) // geq_max an bn.
  have iN : (i <= n.-1)%N by rewrite -ltnS (prednK n0).
  rewrite (leq_trans (size_scale_leq _ _)) // (leq_trans (size_mul_leq _ _)) // size_polyXn /=.
  rewrite (leq_trans (leq_add (leqnn i) (size_exp_leq _ _))) //.
  have -> : size (1 + 'X : {poly F}) = 2%N by rewrite addrC -[1]opprK -polyCN size_XsubC.
  by rewrite mul1n addnS subnKC // prednK.
exists (fun j => Q`_j / 'C(n.-1, j)%:R); apply: (@poly_by_ratios n.-1) => m.
rewrite bernstein_at ?one_plus_neq0 //.
transitivity Q.[m%:R].
  rewrite (horner_coef_wide _ Pn) /Q horner_sum mulr_sumr; apply: eq_bigr => i _.
  have iN : (i <= n.-1)%N by rewrite -ltnS (prednK n0).
  rewrite hornerZ hornerM hornerXn horner_exp hornerD hornerX hornerC mulrCA; congr (_ * _).
  rewrite expr_div_n mulrCA; congr (_ * _); rewrite -{1}(subnK iN) exprD mulfK //.
  by rewrite expf_neq0 ?one_plus_neq0.
rewrite (horner_coef_wide _ Qn); apply: eq_bigr => j _; rewrite divfK // pnatr_eq0 -lt0n bin_gt0.
by rewrite -ltnS prednK.
Qed.

(* (22) *)
Theorem bernstein_elevated alpha K n : (0 < K <= n)%N -> bernstein n (elevated alpha K n) = bernstein K alpha.
Proof.
case/andP=> K0; elim: n => [|n IH]; first by rewrite leqn0 => /eqP KE; rewrite KE in K0.
rewrite leq_eqVlt => /orP[/eqP <-|Kn].
  by apply: eq_bigr => j _; rewrite elevated_start.
rewrite -IH //; have n0 : (0 < n)%N := leq_trans K0 Kn; have n1 : n%:R != 0 :> F by rewrite pnatr_eq0 -lt0n.
apply: (@poly_by_ratios n) => m; set v := m%:R; rewrite (@bernstein_at n.+1) ?one_plus_neq0 //=.
have -> : (1 + v) ^+ n = (1 + v) * (1 + v) ^+ n.-1 by rewrite -exprS prednK.
rewrite -mulrA bernstein_at ?one_plus_neq0 // mulrDl mul1r.
pose e t := elevated alpha K n t.
transitivity (\sum_(t < n.+1) (e t * 'C(n.-1, t)%:R * v ^+ t + e t.-1 * ('C(n, t) - 'C(n.-1, t))%:R * v ^+ t)).
  apply: eq_bigr => t _; have tn : (t <= n)%N by rewrite -ltnS.
  rewrite -mulrDl; congr (_ * _); apply: (mulfI n1); rewrite mulrA elevated_step // mulrDl mulrDr addrC.
  have E : (n * 'C(n.-1, t) = (n - t) * 'C(n, t))%N by rewrite mul_bin_down.
  congr (_ + _); first by rewrite mulrAC -natrM -E natrM -mulrA; congr (_ * _); apply: mulrC.
  rewrite mulrAC -natrM; have -> : (t * 'C(n, t) = n * ('C(n, t) - 'C(n.-1, t)))%N.
    by rewrite mulnBr E mulnBl subKn // leq_mul2r tn orbT.
  by rewrite natrM -mulrA; congr (_ * _); apply: mulrC.
rewrite big_split /=; congr (_ + _).
  by rewrite big_ord_recr /= bin_small ?prednK // mulr0 mul0r addr0.
rewrite big_ord_recl /= !bin0 subnn mulr0 mul0r add0r mulr_sumr; apply: eq_bigr => t _.
rewrite /bump /= add1n.
have -> : ('C(n, t.+1) - 'C(n.-1, t.+1) = 'C(n.-1, t))%N by rewrite -{1}(prednK n0) binS addKn.
by rewrite exprS [RHS]mulrCA.
Qed.
End Bernstein.
