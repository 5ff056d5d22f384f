(* Populations in closed form: eqs. (30) to (34), for every L-statistic, every K and every finite distribution.

   X has rewards r and probabilities p of total 1; x_0, .., x_M is any ascending list in which every reward stands,
   F(y) the mass of the rewards up to y, tail(m) = alpha_m + .. + alpha_(K-1), and

     layer n c y = sum_m C(n, m) F(y)^m (1 - F(y))^(n-m) tail(c + m),

   what the ranks beyond y weigh on average where c draws are known to be up to y and n are not known.

     (31)  J   = x_0 tail(0) + sum_t (x_(t+1) - x_t) layer K 0 x_t
     (32)  q_b = x_0 tail(0) + sum_t (x_(t+1) - x_t) layer (K-1) [r_b <= x_t] x_t
     (33)  J' = K sum_b p_b s_b q_b towards any s,  (34)  K p_b (q_b - J) towards the score of a logit *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets expectation unbiased gap_form.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Counting.
Variables (F : comRingType) (X : finType) (p : X -> F) (B : pred X).
Hypothesis p1 : total p = 1.
Notation mass := (\sum_(a | B a) p a).

(* How many of n draws are in B is binomial. *)
Lemma expect_count (I : finType) (G : nat -> F) :
  expect p (fun y : {ffun I -> X} => G #|[set i | B (y i)]|) =
  \sum_(m < #|I|.+1) 'C(#|I|, m)%:R * (mass ^+ m * (1 - mass) ^+ (#|I| - m)) * G m.
Proof.
have rest : \sum_(a | ~~ B a) p a = 1 - mass.
  by rewrite -p1 /total [X in _ = X - _](bigID B) /= addrAC subrr add0r.
rewrite /expect (partition_big (fun y : {ffun I -> X} => [set i | B (y i)]) predT) //=.
transitivity (\sum_(S : {set I}) mass ^+ #|S| * (1 - mass) ^+ (#|I| - #|S|) * G #|S|).
  apply: eq_bigr => S _; under eq_bigr => y /eqP yS do rewrite yS.
  rewrite -mulr_suml; congr (_ * _).
  pose Q i a := B a == (i \in S).
  rewrite (eq_bigl (fun y => y \in family Q)) => [|y]; last first.
    apply/eqP/familyP => [yS i|yQ]; first by rewrite unfold_in /Q -yS inE.
    by apply/setP => i; rewrite inE; apply/eqP; have := yQ i; rewrite unfold_in.
  rewrite /weight -(bigA_distr_big_dep Q (fun=> p)) (bigID (mem S)) /=; congr (_ * _).
    rewrite -prodr_const; apply: eq_bigr => i iS; apply: eq_bigl => a.
    by rewrite /Q iS eqb_id.
  rewrite (eq_bigr (fun=> 1 - mass)) => [|i iS].
    rewrite (eq_bigl (fun i => i \in ~: S)) => [|i]; last by rewrite inE.
    by rewrite prodr_const -(cardsC S) addKn.
  by rewrite -rest; apply: eq_bigl => a; rewrite /Q (negbTE iS) eqbF_neg.
rewrite (partition_big (fun S : {set I} => inord #|S| : 'I_#|I|.+1) predT) //=.
apply: eq_bigr => m _; have SE (S : {set I}) : (inord #|S| == m) = (#|S| == m).
  by rewrite -val_eqE /= inordK // ltnS max_card.
under eq_bigl do rewrite SE; under eq_bigr => S /eqP -> do [].
rewrite (eq_bigl (fun S : {set I} => S \in draws I m)) => [|S]; last by rewrite inE.
by rewrite sumr_const card_draws_all -[LHS]mulr_natl mulrA.
Qed.
End Counting.

Section Layers.
Variables (F : realFieldType) (K : nat) (alpha : nat -> F) (M : nat) (x : nat -> F).
Hypothesis x_sorted : forall i j, (i <= j <= M)%N -> x i <= x j.

(* What the ranks from m on weigh. *)
Definition tail m : F := \sum_(j < K | (m <= j)%N) alpha j.

(* A reward is the smallest and the gaps below it. *)
Lemma reward_layers m : (m <= M)%N ->
  x m = x 0%N + \sum_(t < M) (x t.+1 - x t) * (x t < x m)%R%:R.
Proof.
move=> mM; rewrite (bigID (fun t : 'I_M => (t < m)%N)) /= [X in _ + (_ + X)]big1 ?addr0 => [|t]; last first.
  rewrite -leqNgt => mt; have H : x m <= x t by apply: x_sorted; rewrite mt ltnW.
  by rewrite ltNge H mulr0.
rewrite (eq_bigr (fun t : 'I_M => x t.+1 - x t)) => [|t tm].
  rewrite -(big_ord_widen _ (fun t => x t.+1 - x t) mM).
  by rewrite -(big_mkord xpredT (fun t => x t.+1 - x t)) telescope_sumr // addrC subrK.
have tM : (t < M)%N := ltn_ord t.
have low : x t <= x t.+1 by apply: x_sorted; rewrite leqnSn.
have high : x t.+1 <= x m by apply: x_sorted; rewrite tm.
case: ltP => [_|mt]; first by rewrite mulr1.
by rewrite mulr0; apply/eqP; rewrite eq_sym subr_eq0 eq_le low (le_trans high mt).
Qed.

(* (1) by layers *)
Lemma lstat_layers (l : seq F) : size l = K -> (forall y, y \in l -> exists2 m, (m <= M)%N & y = x m) ->
  lstat alpha K l = x 0%N * tail 0 + \sum_(t < M) (x t.+1 - x t) * tail (count (fun y => y <= x t) l).
Proof.
move=> lK lx; pose s := sort <=%R l.
have sK : size s = K by rewrite size_sort.
have s_sorted : sorted <=%R s := sort_le_sorted l.
pose c t := count (fun y => y <= x t) l.
transitivity (\sum_(j < K) alpha j * (x 0%N + \sum_(t < M) (x t.+1 - x t) * (c t <= j)%N%:R)).
  apply: eq_bigr => j _; congr (_ * _); rewrite -/s.
  have [m mM E] : exists2 m, (m <= M)%N & s`_j = x m.
    by apply: lx; rewrite -(mem_sort <=%R) mem_nth // sK.
  rewrite [LHS]E (reward_layers mM); congr (_ + _); apply: eq_bigr => t _; congr (_ * (nat_of_bool _)%:R).
  rewrite -E /c; have /seq.permP <- : perm_eq s l by rewrite perm_sort.
  apply/idP/idP => H; last by apply: nth_count_gt => //; rewrite H sK ltn_ord.
  rewrite leqNgt; apply/negP => jc.
  by have := nth_count_le 0 s_sorted jc; rewrite leNgt H.
under eq_bigr do rewrite mulrDr mulr_sumr.
rewrite big_split /= -mulr_suml mulrC; congr (_ + _).
rewrite exchange_big /=; apply: eq_bigr => t _; rewrite -/(c t) /tail mulr_sumr [RHS]big_mkcond.
by apply: eq_bigr => j _; rewrite mulrCA; case: leqP; rewrite ?mulr1 ?mulr0.
Qed.
End Layers.

Section Population.
Variables (F : realFieldType) (X : finType) (r p : X -> F).
Hypothesis p1 : total p = 1.
Variables (K : nat) (alpha : nat -> F) (M : nat) (x : nat -> F).
Hypothesis x_sorted : forall i j, (i <= j <= M)%N -> x i <= x j.
Hypothesis rx : forall a, exists2 m, (m <= M)%N & r a = x m.
Notation tail := (tail K alpha).

(* The objective's function of K outcomes. *)
Definition outcome_statistic (y : seq X) : F := lstat alpha K (map r y).

Definition mass (y : F) : F := \sum_(a | r a <= y) p a.
Definition layer n c (y : F) : F :=
  \sum_(m < n.+1) 'C(n, m)%:R * (mass y ^+ m * (1 - mass y) ^+ (n - m)) * tail (c + m).
Definition layers n (c : F -> nat) : F :=
  x 0%N * tail 0 + \sum_(t < M) (x t.+1 - x t) * layer n (c (x t)) (x t).

Lemma outcome_statistic_symmetric : symmetric outcome_statistic.
Proof. by move=> l m lm; apply: lstat_perm; apply: perm_map. Qed.

Lemma statistic_layers (y : {ffun 'I_K -> X}) :
  outcome_statistic (codom y) =
  x 0%N * tail 0 + \sum_(t < M) (x t.+1 - x t) * tail #|[set i | r (y i) <= x t]|.
Proof.
rewrite /outcome_statistic (lstat_layers alpha x_sorted) => [|| z /mapP[a _ ->]] //; last first.
  by rewrite size_map size_codom card_ord.
congr (_ + _); apply: eq_bigr => t _; congr (_ * tail _).
rewrite -sum1_count big_map big_mkcond (big_codom _ y (fun a => if r a <= x t then 1%N else 0%N)).
by rewrite -big_mkcond sum1dep_card.
Qed.

Lemma expect_const (I : finType) (c : F) : expect p (fun _ : {ffun I -> X} => c) = c.
Proof.
rewrite /expect -mulr_suml -[RHS]mul1r; congr (_ * _).
transitivity (\prod_(i : I) \sum_a p a); first by rewrite bigA_distr_bigA.
by rewrite big1 // => i _; apply: p1.
Qed.

Lemma expect_layers (I : finType) c n : #|I| = n ->
  expect p (fun y : {ffun I -> X} =>
    x 0%N * tail 0 + \sum_(t < M) (x t.+1 - x t) * tail (c (x t) + #|[set i | r (y i) <= x t]|)) =
  layers n c.
Proof.
move=> In; pose c0 : {ffun I -> X} -> F := fun=> x 0%N * tail 0.
rewrite /expect; under eq_bigr do rewrite mulrDr.
rewrite big_split /= -/(expect p c0) expect_const; congr (_ + _).
rewrite -/(expect p _) expect_sum; apply: eq_bigr => t _; rewrite expectZ; congr (_ * _).
by rewrite (expect_count (fun a => r a <= x t) p1 I (fun m => tail (c (x t) + m))) In.
Qed.

(* (31) *)
Theorem objective_closed_form : objective K outcome_statistic p = layers K (fun=> 0%N).
Proof.
by rewrite -(@expect_layers _ _ K (card_ord K)); apply: eq_expect => y; rewrite statistic_layers.
Qed.
End Population.

Section Gradient.
Variables (F : realFieldType) (X : finType) (r p : X -> F).
Hypothesis p1 : total p = 1.
Variables (k : nat) (alpha : nat -> F).
Notation K := k.+1.
Notation h := (outcome_statistic r K alpha).
Implicit Types (b : X) (s : X -> F).

(* q_b = E[T | X_1 = b] *)
Definition expected_inclusion b : F :=
  expect p (fun y : {ffun 'I_K -> X} => h (codom (put y ord0 b))).

(* (33): towards s, J moves by K q_b for each p_b. *)
Theorem derivative_inclusion s :
  derivative K h p s = \sum_b p b * s b * (K%:R * expected_inclusion b).
Proof.
rewrite derivative_symmetric; last exact: outcome_statistic_symmetric.
rewrite (expect_redraw ord0 _ p1) expect_sum mulr_sumr; apply: eq_bigr => b _.
rewrite mulrCA; congr (_ * _); rewrite /expected_inclusion -!expectZ.
by apply: eq_expect => y; rewrite putE -mulrA; congr (_ * _); rewrite mulrC.
Qed.

(* (32): the mean include-one value is the objective, *)
Theorem mean_inclusion : \sum_b p b * expected_inclusion b = objective K h p.
Proof.
rewrite /objective (expect_redraw ord0 _ p1) expect_sum.
by apply: eq_bigr => b _; rewrite expectZ.
Qed.

Variables (M : nat) (x : nat -> F).
Hypothesis x_sorted : forall i j, (i <= j <= M)%N -> x i <= x j.
Hypothesis rx : forall a, exists2 m, (m <= M)%N & r a = x m.

(* and in closed form. *)
Theorem inclusion_closed_form b :
  expected_inclusion b = layers r p K alpha M x k (fun y => (r b <= y)%R : nat).
Proof.
rewrite -(@expect_layers _ _ r p p1 K alpha M x [finType of 'I_k] _ k (card_ord k)).
rewrite -(expect_sub _ (@lift_inj K ord0) p1); apply: eq_expect => y.
rewrite (statistic_layers alpha x_sorted rx); congr (_ + _); apply: eq_bigr => t _; congr (_ * tail _ _ _).
rewrite -!sum1dep_card big_mkcond [X in _ = (_ + X)%N]big_mkcond big_ord_recl putE.
have -> : (if r b <= x t then 1%N else 0%N) = (r b <= x t)%R by case: (r b <= x t).
apply/eqP; rewrite /= eqn_add2l; apply/eqP; apply: eq_bigr => j _; rewrite !ffunE.
by rewrite eq_sym (negbTE (neq_lift _ _)).
Qed.

(* (34): towards the score of a logit *)
Theorem derivative_logit b :
  derivative K h p (fun a => (a == b)%:R - p b) =
    K%:R * p b * (expected_inclusion b - objective K h p).
Proof.
rewrite derivative_inclusion; under eq_bigr do rewrite mulrBr mulrBl.
rewrite sumrB (bigD1 b) //= eqxx mulr1 big1 ?addr0 => [|a /negbTE ->]; last by rewrite mulr0 mul0r.
rewrite -mean_inclusion mulrBr; congr (_ - _); first by rewrite mulrCA mulrA.
rewrite mulr_sumr; apply: eq_bigr => a _.
by rewrite mulrACA [RHS]mulrACA [p a * _]mulrC.
Qed.
End Gradient.
