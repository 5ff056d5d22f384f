(* Several actions a reward: the decomposition of the variance, eq. (71).

   X is a finite set of actions with probabilities p, R the finite set of rewards that
   occur, rho the reward of an action, and I the samples. The rewards of a batch x of
   actions are rho o x, and

     p_R r     = sum_(rho a = r) p a                        the law of a reward
     g|r       = sum_(rho a = r) p a g a / p_R r            a conditional mean
     sbar r    = s|r,    sigma2 r = (s^2)|r - (s|r)^2       of a score s

   Given the rewards, actions are independent, each with the law of its own reward alone:

     E_p[f(rho o x) prod_i g_i(x_i)] = E_(p_R)[f(y) prod_i (g_i | y_i)]

   Hence for advantages A_i(rho o x) that are functions of the rewards alone, of any form,

     E  [sum_i A_i s(x_i)] = E[sum_i A_i sbar(y_i)]
     Var[sum_i A_i s(x_i)] = Var[sum_i A_i sbar(y_i)] + sum_i E[A_i^2 sigma2(y_i)]

   and, where A is equivariant, the last sum is N E[A_k^2 sigma2(y_k)] for every k. The trace
   of a covariance is the sum of such variances over the parameters. Divided by N^2 it is (71).

   Scores need not have mean zero, nor p be positive: every reward has p_R r <> 0. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import expectation.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Rewards.
Variables (F : fieldType) (X R : finType) (rho : X -> R) (p : X -> F).
Implicit Types (g s : X -> F) (r : R).

Definition reward_law r : F := \sum_(a | rho a == r) p a.
Definition given g r : F := (\sum_(a | rho a == r) p a * g a) / reward_law r.
Definition mean_score s r : F := given s r.
Definition spread s r : F := given (fun a => s a ^+ 2) r - mean_score s r ^+ 2.

Hypothesis occurs : forall r, reward_law r != 0.

Lemma given_one r : given (fun=> 1) r = 1.
Proof.
rewrite -[RHS](divff (occurs r)); congr (_ / _).
by apply: eq_bigr => a _; apply: mulr1.
Qed.

Lemma total_reward_law : total reward_law = total p.
Proof. by rewrite /total [RHS](partition_big rho predT). Qed.

Section Batch.
Variable I : finType.
Implicit Types (x : {ffun I -> X}) (y : {ffun I -> R}) (f : {ffun I -> R} -> F) (i j : I).

Definition rewards x : {ffun I -> R} := [ffun i => rho (x i)].

(* Given the rewards, actions are independent. *)
Theorem independent_given_rewards f (g : I -> X -> F) :
  expect p (fun x => f (rewards x) * \prod_i g i (x i)) =
  expect reward_law (fun y => f y * \prod_i given (g i) (y i)).
Proof.
rewrite /expect (partition_big rewards predT) //=; apply: eq_bigr => y _.
under eq_bigr => x /eqP xy do rewrite xy mulrCA /weight -big_split /=.
rewrite -mulr_sumr [RHS]mulrCA; congr (_ * _).
rewrite (eq_bigl (fun x => x \in family (fun i a => rho a == y i))) => [|x]; last first.
  apply/eqP/familyP => [<- i|xy]; first by apply/eqP; rewrite ffunE.
  by apply/ffunP => i; rewrite ffunE; have /eqP := xy i.
rewrite -(bigA_distr_big_dep (fun i a => rho a == y i) (fun i a => p a * g i a)).
by rewrite /weight -big_split; apply: eq_bigr => i _ /=; rewrite /given mulrC divfK.
Qed.

Lemma given_rewards f : expect p (fun x => f (rewards x)) = expect reward_law f.
Proof.
transitivity (expect p (fun x => f (rewards x) * \prod_(i : I) (fun=> 1) (x i))).
  by apply: eq_expect => x; rewrite big1 ?mulr1.
rewrite (independent_given_rewards f (fun _ _ => 1)).
by apply: eq_expect => y; rewrite big1 ?mulr1 // => i _; rewrite given_one.
Qed.

Lemma given_rewards1 f i g :
  expect p (fun x => f (rewards x) * g (x i)) =
  expect reward_law (fun y => f y * given g (y i)).
Proof.
pose G k := if k == i then g else fun=> 1.
have one (h : I -> F) : (forall k, k != i -> h k = 1) -> \prod_k h k = h i.
  by move=> h1; rewrite (bigD1 i) //= big1 ?mulr1.
transitivity (expect p (fun x => f (rewards x) * \prod_k G k (x k))).
  apply: eq_expect => x; rewrite one => [|k ki]; first by rewrite /G eqxx.
  by rewrite /G (negbTE ki).
rewrite independent_given_rewards; apply: eq_expect => y; rewrite one => [|k ki].
  by rewrite /G eqxx.
by rewrite /G (negbTE ki) given_one.
Qed.

Lemma given_rewards2 f i j g h : i != j ->
  expect p (fun x => f (rewards x) * (g (x i) * h (x j))) =
  expect reward_law (fun y => f y * (given g (y i) * given h (y j))).
Proof.
move=> ij; have ji : j != i by rewrite eq_sym.
pose G k := if k == i then g else if k == j then h else fun=> 1.
have two (e : I -> F) : (forall k, k != i -> k != j -> e k = 1) -> \prod_k e k = e i * e j.
  move=> e1; rewrite (bigD1 i) //= (bigD1 j) //= big1 ?mulr1 // => k /andP[ki kj].
  exact: e1.
transitivity (expect p (fun x => f (rewards x) * \prod_k G k (x k))).
  apply: eq_expect => x; rewrite two => [|k ki kj].
    by rewrite /G eqxx (negbTE ji) eqxx.
  by rewrite /G (negbTE ki) (negbTE kj).
rewrite independent_given_rewards; apply: eq_expect => y; rewrite two => [|k ki kj].
  by rewrite /G eqxx (negbTE ji) eqxx.
by rewrite /G (negbTE ki) (negbTE kj) given_one.
Qed.

(* Advantages made of the rewards alone. *)
Variable A : I -> {ffun I -> R} -> F.

Definition variance (Y : finType) (q : Y -> F) (f : {ffun I -> Y} -> F) : F :=
  expect q (fun z => f z ^+ 2) - expect q f ^+ 2.

(* The expected gradient is that of the rewards. *)
Theorem mean_of_rewards s :
  expect p (fun x => \sum_i A i (rewards x) * s (x i)) =
  expect reward_law (fun y => \sum_i A i y * mean_score s (y i)).
Proof. by rewrite !expect_sum; apply: eq_bigr => i _; apply: given_rewards1. Qed.

Lemma second_moment s :
  expect p (fun x => (\sum_i A i (rewards x) * s (x i)) ^+ 2) =
  expect reward_law (fun y => (\sum_i A i y * mean_score s (y i)) ^+ 2) +
  \sum_i expect reward_law (fun y => A i y ^+ 2 * spread s (y i)).
Proof.
have square (e : I -> F) : (\sum_i e i) ^+ 2 = \sum_i \sum_j e i * e j.
  by rewrite expr2 mulr_suml; apply: eq_bigr => i _; rewrite mulr_sumr.
under eq_expect do rewrite square; under [in RHS]eq_expect do rewrite square.
rewrite !expect_sum -big_split; apply: eq_bigr => i _ /=.
rewrite !expect_sum (bigD1 i) //= [in RHS](bigD1 i) //= addrAC; congr (_ + _); last first.
  apply: eq_bigr => j ji; have ij : i != j by rewrite eq_sym.
  transitivity (expect p (fun x => A i (rewards x) * A j (rewards x) * (s (x i) * s (x j)))).
    by apply: eq_expect => x; rewrite mulrACA.
  rewrite (given_rewards2 (fun y => A i y * A j y)) //.
  by apply: eq_expect => y; rewrite [RHS]mulrACA.
transitivity (expect p (fun x => A i (rewards x) ^+ 2 * s (x i) ^+ 2)).
  by apply: eq_expect => x; rewrite -exprMn expr2.
rewrite (given_rewards1 (fun y => A i y ^+ 2) i (fun a => s a ^+ 2)) /expect -big_split.
apply: eq_bigr => y _ /=; rewrite -mulrDr; congr (_ * _).
by rewrite -expr2 exprMn -mulrDr /spread addrC subrK.
Qed.

(* (71), for one parameter and with the sum over the samples written out. *)
Theorem decomposition s :
  variance p (fun x => \sum_i A i (rewards x) * s (x i)) =
  variance reward_law (fun y => \sum_i A i y * mean_score s (y i)) +
  \sum_i expect reward_law (fun y => A i y ^+ 2 * spread s (y i)).
Proof. by rewrite /variance mean_of_rewards second_moment addrAC. Qed.

(* (71): the trace over the parameters d, for advantages that are the same function for every sample. *)
Hypothesis equivariant : forall (u : {perm I}) i y, A (u i) y = A i (permute y u).

Theorem decomposition_trace (D : finType) (s : D -> X -> F) (k : I) :
  \sum_d variance p (fun x => \sum_i A i (rewards x) * s d (x i)) =
  \sum_d variance reward_law (fun y => \sum_i A i y * mean_score (s d) (y i)) +
  #|I|%:R * expect reward_law (fun y => A k y ^+ 2 * \sum_d spread (s d) (y k)).
Proof.
under eq_bigr do rewrite decomposition; rewrite big_split; congr (_ + _) => /=.
rewrite exchange_big /= mulr_natl -sumr_const; apply: eq_bigr => i _.
rewrite -expect_sum -[RHS](expect_permute _ (tperm k i)).
apply: eq_expect => y; rewrite -equivariant ffunE tpermL mulr_sumr.
by apply: eq_bigr.
Qed.
End Batch.
End Rewards.
