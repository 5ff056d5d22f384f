(* At K = N no estimator of max@N is both unbiased and centred: eq. (38), the part on
   existence. The estimator need not be equivariant.

     Let A be unbiased with a constant c <> 0, and centred, for the objective of a
     symmetric h at K = N. Then for all outcomes a, b

       sum_{g subset of I} (-1)^(#g) h(b on g, a elsewhere) = 0.

     For an L-statistic of rewards r the left side is
     (r(a) - r(b)) sum_{j<N} (-1)^(N-1-j) C(N-1, j) alpha_j, so where two rewards
     differ that sum, the leading coefficient of b_alpha, is zero: deg b_alpha <= N-2.
     (Ranks count from 0.) For max@N it is 1. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets advantage expectation unbiased polarisation.
From Ordergrad Require Import estimators characterisation gap_form.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* The average of an estimator over all orders of the batch. *)
Section Symmetrised.
Variables (F : numFieldType) (X I : finType).
Implicit Types (A : estimator F X I) (u w : {perm I}).

Definition symmetrised A : estimator F X I := fun i x =>
  #|{: {perm I}}|%:R^-1 * \sum_(u : {perm I}) A (u i) (permute x u^-1).

Let orders_neq0 : #|{: {perm I}}|%:R != 0 :> F.
Proof. by rewrite pnatr_eq0 -lt0n; apply/card_gt0P; exists 1%g. Qed.

Lemma symmetrised_equivariant A : equivariant (symmetrised A).
Proof.
move=> w i x; rewrite /symmetrised; congr (_ * _).
rewrite [RHS](reindex_inj (mulgI w)) /=; apply: eq_bigr => u _.
by rewrite permM invMg permuteM mulgKV.
Qed.

Lemma symmetrised_centred A : centred_estimator A -> centred_estimator (symmetrised A).
Proof.
move=> A0 x; rewrite -mulr_sumr exchange_big big1 ?mulr0 // => u _.
by rewrite -[RHS](A0 (permute x u^-1)) [RHS](reindex_inj (@perm_inj _ u)).
Qed.

(* It has the same expected gradient. *)
Lemma symmetrised_expect A p (s : X -> F) :
  expect p (fun x => \sum_i symmetrised A i x * s (x i)) =
  expect p (fun x => \sum_i A i x * s (x i)).
Proof.
pose G x := \sum_i A i x * s (x i).
transitivity (expect p (fun x => #|{: {perm I}}|%:R^-1 * \sum_(u : {perm I}) G (permute x u^-1))).
  apply: eq_expect => x; rewrite /symmetrised.
  under eq_bigr do rewrite -mulrA mulr_suml.
  rewrite -mulr_sumr exchange_big; congr (_ * _); apply: eq_bigr => u _ /=.
  rewrite /G [RHS](reindex_inj (@perm_inj _ u)); apply: eq_bigr => i _.
  by rewrite ffunE permK.
rewrite expectZ expect_sum; under eq_bigr do rewrite expect_permute.
by rewrite sumr_const -[expect _ _ *+ _]mulr_natl mulKf.
Qed.

Lemma symmetrised_unbiased K h A c : unbiased K h A c -> unbiased K h (symmetrised A) c.
Proof. by move=> A_unb p s pd s0; rewrite symmetrised_expect A_unb. Qed.
End Symmetrised.

Section MixedDifference.
Variables (F : numFieldType) (X I : finType) (a b : X).
Implicit Types (g : {ffun I -> bool}) (f : {ffun I -> X} -> F).

(* b on g, a elsewhere. *)
Definition mix g : {ffun I -> X} := [ffun k => if g k then b else a].

Definition mixed_difference f : F :=
  \sum_(g : {ffun I -> bool}) (\prod_k (if g k then -1 else 1)) * f (mix g).

(* It kills whatever does not look at some sample. *)
Lemma mixed_difference_ignores i f : ignores i f -> mixed_difference f = 0.
Proof.
move=> fi; pose flip g : {ffun I -> bool} := put g i (~~ g i).
have flipK : involutive flip.
  by move=> g; rewrite /flip putE put_put negbK put_id.
have : mixed_difference f = - mixed_difference f.
  rewrite /mixed_difference {1}(reindex_inj (inv_inj flipK)) -sumrN /=.
  apply: eq_bigr => g _; rewrite -mulNr; congr (_ * _).
    rewrite (bigD1 i) // [in RHS](bigD1 i) //= putE -mulNr; congr (_ * _).
      by case: (g i); rewrite ?opprK.
    by apply: eq_bigr => k /negbTE ki; rewrite ffunE ki.
  rewrite -(fi (mix g) (mix (flip g) i)); congr f; apply/ffunP => k.
  by rewrite !ffunE; case: (k =P i) => // _; rewrite eqxx.
move/eqP; rewrite -subr_eq0 opprK -mulr2n mulrn_eq0 /= => /eqP //.
Qed.
End MixedDifference.

Section FullBatch.
Variables (F : numFieldType) (X I : finType) (h : seq X -> F).
Notation N := #|I|.
Hypothesis N_gt0 : (0 < N)%N.
Hypothesis h_sym : symmetric h.

(* At K = N the only comparison set is the whole batch. *)
Lemma include_one_full i (x : {ffun I -> X}) :
  include_one N (stat h x) i = h (codom x).
Proof.
rewrite /include_one /mean (_ : draws_with N i = [set [set: I]]).
  by rewrite big_set1 cards1 divr1 /stat codomE enum_setT -enumT.
apply/setP => S; rewrite !inE; apply/andP/eqP => [[/eqP SN _]|->].
  by apply/eqP; rewrite eqEcard subsetT cardsT SN leqnn.
by rewrite cardsT eqxx inE.
Qed.

Theorem unbiased_centred_full (A : estimator F X I) c : c != 0 ->
  unbiased N h A c -> centred_estimator A ->
  forall a b, mixed_difference a b (fun x : {ffun I -> X} => h (codom x)) = 0.
Proof.
move=> c0 A_unb A0 a b.
have NN : (0 < N <= N)%N by rewrite N_gt0 leqnn.
have ign := necessary NN h_sym (symmetrised_equivariant A) (symmetrised_unbiased A_unb).
pose B i x := symmetrised A i x - c * N%:R * include_ones N h i x.
have sumB x : \sum_i B i x = - (N%:R * (c * N%:R) * h (codom x)).
  rewrite sumrB symmetrised_centred // sub0r -mulr_sumr.
  rewrite (eq_bigr (fun=> h (codom x))) => [|i _]; last exact: include_one_full.
  by rewrite sumr_const -[h _ *+ _]mulr_natl mulrA [c * _ * _]mulrC.
have : \sum_i mixed_difference a b (B i) =
    - (N%:R * (c * N%:R) * mixed_difference a b (fun x : {ffun I -> X} => h (codom x))).
  rewrite exchange_big mulr_sumr -sumrN; apply: eq_bigr => g _ /=.
  by rewrite -mulr_sumr sumB mulrN; congr (- _); apply: mulrCA.
rewrite big1 => [/esym/eqP|i _]; last exact: mixed_difference_ignores (ign i).
by rewrite oppr_eq0 !mulf_eq0 pnatr_eq0 (negbTE c0) -leqn0 leqNgt N_gt0 /= => /eqP.
Qed.
End FullBatch.

Section Alternating.
Variable F : realFieldType.

(* sum_{m <= M} (-1)^m C(n + 1, m) = (-1)^M C(n, M) *)
Lemma alternating n M :
  \sum_(m < M.+1) (-1) ^+ m * 'C(n.+1, m)%:R = (-1) ^+ M * 'C(n, M)%:R :> F.
Proof.
elim: M => [|M IH]; first by rewrite big_ord_recr big_ord0 /= !bin0 add0r.
by rewrite big_ord_recr /= IH binS natrD mulrDr exprS !mulN1r !mulNr addrCA subrr addr0.
Qed.

Lemma alternating_step n j (y z : F) : (j <= n)%N ->
  \sum_(m < n.+2) (-1) ^+ m * 'C(n.+1, m)%:R * (if (j < n.+1 - m)%N then y else z) =
  (y - z) * ((-1) ^+ (n - j) * 'C(n, j)%:R).
Proof.
move=> jn; transitivity (
    \sum_(m < n.+2) ((-1) ^+ m * 'C(n.+1, m)%:R * z +
      if (m < (n - j).+1)%N then (y - z) * ((-1) ^+ m * 'C(n.+1, m)%:R) else 0)).
  apply: eq_bigr => m _; rewrite -subSn // !ltn_subRL addnC.
  case: ifP => _; last by rewrite addr0.
  by rewrite [(y - z) * _]mulrC -mulrDr addrC subrK.
rewrite big_split /= -mulr_suml alternating bin_small // mulr0 mul0r add0r -big_mkcond /=.
rewrite -(big_ord_widen n.+2 (fun m => (y - z) * ((-1) ^+ m * 'C(n.+1, m)%:R))).
  by rewrite -mulr_sumr alternating bin_sub.
by rewrite ltnS leqW // leq_subr.
Qed.
End Alternating.

Section LStatisticFull.
Variables (F : realFieldType) (X I : finType) (r : X -> F) (alpha : nat -> F).
Notation N := #|I|.
Hypothesis N_gt0 : (0 < N)%N.

(* An L-statistic of the rewards of N outcomes. *)
Definition lstat_reward K (l : seq X) : F := lstat alpha K (map r l).

Lemma lstat_reward_symmetric K : symmetric (lstat_reward K).
Proof. by move=> l m lm; apply: lstat_perm; apply: perm_map. Qed.

Section TwoRewards.
Variables a b : X.
Hypothesis ab : r a < r b.

(* With m rewards r(b) and N - m rewards r(a) these come first. *)
Lemma lstat_mix (g : {ffun I -> bool}) :
  lstat_reward N (codom (mix a b g)) =
  \sum_(j < N) alpha j * (if (j < N - #|[set k | g k]|)%N then r a else r b).
Proof.
set m := #|_|; have mN : (m <= N)%N := max_card _.
pose l := nseq (N - m) (r a) ++ nseq m (r b).
have nth_l i : (i < N)%N -> l`_i = if (i < N - m)%N then r a else r b.
  move=> iN; rewrite /l nth_cat size_nseq !nth_nseq; case: ltnP => [//|mi].
  by rewrite -(ltn_add2r (N - m)) subnK // addnC subnK // iN.
rewrite /lstat_reward (@lstat_perm _ _ _ _ l); last first.
  apply/seq.permP => P; rewrite count_cat !count_nseq codomE -map_comp count_map.
  rewrite -sum1_count big_enum_cond /= big_mkcond (bigID (fun k => ~~ g k)) /=.
  rewrite (eq_bigr (fun=> nat_of_bool (P (r a)))) => [|k /negbTE gk]; last first.
    by rewrite ffunE gk; case: (P _).
  rewrite [X in (_ + X)%N](eq_bigr (fun=> nat_of_bool (P (r b)))) => [|k /negPn gk]; last first.
    by rewrite ffunE gk; case: (P _).
  rewrite !sum_nat_const; congr (_ + _)%N; rewrite mulnC; congr (_ * _)%N.
    transitivity #|~: [set k | g k]|; last by rewrite cardsCs setCK.
    by apply: eq_card => k; rewrite !inE.
  by apply: eq_card => k; rewrite !inE unfold_in /= negbK.
apply: eq_bigr => j _; rewrite sort_le_id ?nth_l //.
apply/(sortedP 0) => i; rewrite size_cat !size_nseq subnK // => iN.
rewrite (nth_l _ (ltnW iN)) (nth_l _ iN); case: (ltnP i.+1 (N - m)) => [ii|_]; first by rewrite (ltnW ii).
by case: ifP => _ //; apply: ltW.
Qed.

Lemma mixed_difference_lstat :
  mixed_difference a b (fun x : {ffun I -> X} => lstat_reward N (codom x)) =
  (r a - r b) * \sum_(j < N) (-1) ^+ (N.-1 - j) * 'C(N.-1, j)%:R * alpha j.
Proof.
pose G m : F := (-1) ^+ m * \sum_(j < N) alpha j * (if (j < N - m)%N then r a else r b).
transitivity (\sum_(U : {set I}) G #|U|).
  pose ind (U : {set I}) := [ffun k => k \in U].
  have ind_bij : bijective ind.
    exists (fun g : {ffun I -> bool} => [set k | g k]) => [U|g].
      by apply/setP => k; rewrite inE ffunE.
    by apply/ffunP => k; rewrite ffunE inE.
  rewrite /mixed_difference (reindex _ (onW_bij _ ind_bij)) /=; apply: eq_bigr => U _.
  rewrite lstat_mix /G (_ : [set k | ind U k] = U); last by apply/setP => k; rewrite inE ffunE.
  congr (_ * _); rewrite -prodr_const [RHS]big_mkcond; apply: eq_bigr => k _.
  by rewrite ffunE.
transitivity (\sum_(m < N.+1) 'C(N, m)%:R * G m).
  rewrite (partition_big (fun U : {set I} => inord #|U| : 'I_N.+1) predT) //=.
  apply: eq_bigr => m _; rewrite -card_draws_all mulr_natl -sumr_const.
  have UN (U : {set I}) : (#|U| < N.+1)%N by rewrite ltnS max_card.
  apply: eq_big => U; first by rewrite inE -val_eqE /= inordK.
  by move/eqP <-; rewrite inordK.
have N1 : N = N.-1.+1 by rewrite prednK.
rewrite /G; under eq_bigr do rewrite mulrCA mulr_sumr mulr_sumr.
rewrite exchange_big mulr_sumr; apply: eq_bigr => j _ /=.
have jN : (j <= N.-1)%N by rewrite -ltnS -N1.
rewrite mulrA -alternating_step // mulr_suml.
rewrite -N1; apply: eq_bigr => i _; rewrite -!mulrA; do 2!congr (_ * _); exact: mulrC.
Qed.
End TwoRewards.

(* Where two rewards differ, a centred and unbiased estimator at K = N needs a
   leading coefficient of zero. *)
Theorem full_batch_degree a b (A : estimator F X I) c : r a < r b -> c != 0 ->
  unbiased N (lstat_reward N) A c -> centred_estimator A ->
  \sum_(j < N) (-1) ^+ (N.-1 - j) * 'C(N.-1, j)%:R * alpha j = 0.
Proof.
move=> ab c0 A_unb A0.
have := unbiased_centred_full N_gt0 (@lstat_reward_symmetric N) c0 A_unb A0 a b.
rewrite mixed_difference_lstat // => /eqP.
by rewrite mulf_eq0 subr_eq0 lt_eqF // => /eqP.
Qed.
End LStatisticFull.

(* max@N: none. *)
Theorem no_unbiased_centred_max (F : realFieldType) (X I : finType) (r : X -> F) a b
  (A : estimator F X I) c : (0 < #|I|)%N -> r a < r b -> c != 0 ->
  unbiased #|I| (lstat_reward r (fun j => (j == #|I|.-1)%:R) #|I|) A c ->
  ~ centred_estimator A.
Proof.
move=> N0 ab c0 A_unb A0; have := full_batch_degree N0 ab c0 A_unb A0.
have N1 : (#|I|.-1 < #|I|)%N by rewrite prednK.
rewrite (bigD1 (Ordinal N1)) //= eqxx subnn binn !mulr1 big1 => [/eqP|j].
  by rewrite addr0 oner_eq0.
by rewrite -val_eqE /= => /negbTE ->; rewrite mulr0.
Qed.
