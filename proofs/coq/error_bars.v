(* Error bars: eqs. (79) and (80), for every N, K, every function h of K outcomes and finite laws.

     (79)  Var_J = (N-1)/N sum_i (v^(-i) - mean)^2 = (N-1)/N sum_i w_i^2,  w_i = K/N A_i           for K < N
     (80)  Var_U = v^2 - E[T(S) T(S') | S and S' disjoint],  E Var_U = Var v                       for 2K <= N

   That Var_U is not negative for L-statistics whose weights have one sign is in disjoint_sets.v; by how much Var_J is above, in hoeffding.v.

   merge A x y is x at the places in A and y elsewhere: of independent batches a batch again. *)

From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets advantage expectation unbiased decomposition disjoint_sets.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Jackknife.
Variables (F : fieldType) (I : finType).
Hypothesis char0 : [char F] =i pred0.
Variables (K : nat) (T : {set I} -> F).
Notation N := #|I|.

(* (79) *)
Definition jackknife_variance : F :=
  N.-1%:R / N%:R * \sum_i (leave_one_out K T i - (\sum_j leave_one_out K T j) / N%:R) ^+ 2.

Hypothesis K_gt0 : (0 < K)%N.
Hypothesis KN : (K < N)%N.

Theorem jackknife_squares :
  jackknife_variance = N.-1%:R / N%:R * \sum_i (K%:R / N%:R * advantage K T i) ^+ 2.
Proof.
have N0 : N%:R != 0 :> F by rewrite (nat_neq0 char0) // (leq_ltn_trans (leq0n _) KN).
congr (_ * _); apply: eq_bigr => i _.
rewrite sum_leave_one_outs // mulrAC divff // mul1r leave_one_out_advantage //.
by rewrite addrAC subrr add0r sqrrN.
Qed.
End Jackknife.

Section Merge.
Variables (F : comRingType) (I X : finType) (p : X -> F).
Hypothesis p1 : total p = 1.
Implicit Types (A S : {set I}) (x y : {ffun I -> X}) (f : {ffun I -> X} -> F).

Definition merge A x y : {ffun I -> X} := [ffun i => if i \in A then x i else y i].

Lemma expect_constant c : expect p (fun _ : {ffun I -> X} => c) = c.
Proof.
rewrite /expect -mulr_suml -[RHS]mul1r; congr (_ * _).
transitivity (\prod_(i : I) \sum_a p a); first by rewrite bigA_distr_bigA.
by rewrite big1 // => i _; apply: p1.
Qed.

Lemma expect_merge A f : expect p f = expect p (fun x => expect p (fun y => f (merge A x y))).
Proof.
transitivity (\sum_(x : {ffun I -> X}) \sum_(y : {ffun I -> X}) weight p x * (weight p y * f x)).
  rewrite /expect; apply: eq_bigr => x _; rewrite -mulr_sumr -mulr_suml; congr (_ * _).
  rewrite -[LHS]mul1r; congr (_ * _); rewrite -[LHS](expect_constant 1) /expect.
  by apply: eq_bigr => y _; rewrite mulr1.
rewrite pair_bigA /=; pose swap (z : {ffun I -> X} * {ffun I -> X}) := (merge A z.1 z.2, merge A z.2 z.1).
have swapK : involutive swap.
  by case=> x y; congr (_, _); apply/ffunP => i; rewrite !ffunE; case: (i \in A).
rewrite (reindex_inj (inv_inj swapK)) /=.
transitivity (\sum_(z : {ffun I -> X} * {ffun I -> X}) weight p z.1 * (weight p z.2 * f (merge A z.1 z.2))).
  apply: eq_bigr => -[x y] _ /=; rewrite !mulrA; congr (_ * _); rewrite /weight -!big_split.
  by apply: eq_bigr => i _; rewrite !ffunE /=; case: (i \in A); rewrite // mulrC.
rewrite -(pair_bigA _ (fun x y => weight p x * (weight p y * f (merge A x y)))) /=.
by apply: eq_bigr => x _; rewrite /expect mulr_sumr.
Qed.

Variable h : seq X -> F.

Lemma stat_merge A S x y : S \subset A -> stat h (merge A x y) S = stat h x S.
Proof.
by move=> /subsetP SA; congr h; apply/eq_in_map => i; rewrite mem_enum ffunE => /SA ->.
Qed.

Lemma stat_merge_rest A S x y : [disjoint S & A] -> stat h (merge A x y) S = stat h y S.
Proof.
move=> SA; congr h; apply/eq_in_map => i; rewrite mem_enum ffunE => iS.
by rewrite (disjointFr SA iS).
Qed.

(* Samples without a common member are independent. *)
Lemma expect_two_sets S S' : [disjoint S & S'] ->
  expect p (fun x => stat h x S * stat h x S') = expect p (fun x => stat h x S) * expect p (fun x => stat h x S').
Proof.
move=> SS; rewrite (expect_merge S) mulrC -expectZ; apply: eq_expect => x.
rewrite mulrC -expectZ; apply: eq_expect => y.
by rewrite stat_merge // stat_merge_rest // disjoint_sym.
Qed.
End Merge.

Section Unbiased.
Variables (F : fieldType) (I X : finType) (K : nat) (h : seq X -> F) (p : X -> F).
Hypothesis char0 : [char F] =i pred0.
Hypothesis p1 : total p = 1.
Hypothesis KN : (K + K <= #|I|)%N.

Lemma expect_value (L : nat) : (L <= #|I|)%N ->
  expect p (fun x : {ffun I -> X} => value L (stat h x)) = objective L h p.
Proof.
move=> LN; have d0 : (0 < #|draws I L|)%N by rewrite card_draws_all bin_gt0.
rewrite -[RHS](mean_const char0 _ d0) /mean -(eq_bigr _ (fun S SK => expect_set h p1 SK)) -expect_sum.
by rewrite [RHS]mulrC -expectZ; apply: eq_expect => x; rewrite mulrC.
Qed.

(* (80) *)
Theorem unbiased_variance_unbiased :
  expect p (fun x : {ffun I -> X} => unbiased_variance K (stat h x)) = variance p (fun x : {ffun I -> X} => value K (stat h x)).
Proof.
rewrite /variance expect_value ?(leq_trans _ KN) ?leq_addr // expectB; congr (_ - _).
have pairs0 : (0 < #|disjoint_pairs I K|)%N.
  have /card_gt0P[S] : (0 < #|draws I K|)%N by rewrite card_draws_all bin_gt0 (leq_trans _ KN) ?leq_addr.
  rewrite inE => /eqP SK; have /card_gt0P[S'] : (0 < #|[set S' : {set I} | S' \subset ~: S & #|S'| == K]|)%N.
    by rewrite cards_draws bin_gt0 -(leq_add2l #|S|) cardsC SK.
  rewrite inE => /andP[S'S S'K]; apply/card_gt0P; exists (S, S').
  by rewrite inE /= SK eqxx S'K disjoint_sym disjoints_subset.
have independent P : P \in disjoint_pairs I K ->
    expect p (fun x : {ffun I -> X} => stat h x P.1 * stat h x P.2) = objective K h p ^+ 2.
  rewrite inE => /and3P[P1 P2 P12]; rewrite expect_two_sets //.
  by rewrite (expect_set (K := K) h p1) ?inE // (expect_set (K := K) h p1) ?inE // expr2.
transitivity (#|disjoint_pairs I K|%:R^-1 *
    \sum_(P in disjoint_pairs I K) expect p (fun x : {ffun I -> X} => stat h x P.1 * stat h x P.2)).
  by rewrite -expect_sum -expectZ; apply: eq_expect => x; rewrite mulrC.
by rewrite (eq_bigr _ independent) sumr_const -[X in _ * X]mulr_natl mulKf // (nat_neq0 char0).
Qed.
End Unbiased.
