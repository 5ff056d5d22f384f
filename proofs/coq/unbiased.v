(* The likelihood-ratio estimator is unbiased: eq. (28), for every N > K > 0,
   every function h of K outcomes (symmetric or not), every distribution p on a
   finite set of outcomes and every score s of mean zero under p.

     J(p)  = E[h(X_1 .. X_K)]
     J'(p) = E[h(X_1 .. X_K) sum_j s(X_j)]
           = the derivative at 0 of the polynomial e |-> J(p (1 + e s))
           = K E[h(X_1 .. X_K) s(X_1)]               if h is symmetric

     E[sum_i K/N (q_i - v^(-i)) s(x_i)] = J'(p)

   T(S) is h of the outcomes in S, taken in a fixed order of the samples. Any baseline
   that ignores x_i may stand for v^(-i), and then N = K is allowed too. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets expectation.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Objective.
Variables (F : comRingType) (X : finType).
Implicit Types (h : seq X -> F) (p s : X -> F).

Definition symmetric h := forall l m, perm_eq l m -> h l = h m.

Definition objective K h p :=
  expect p (fun y : {ffun 'I_K -> X} => h (codom y)).

Definition derivative K h p s :=
  expect p (fun y : {ffun 'I_K -> X} => h (codom y) * \sum_j s (y j)).

(* T(S) on the batch x. *)
Definition stat (I : finType) h (x : {ffun I -> X}) (S : {set I}) : F :=
  h [seq x i | i <- enum S].

(* J' = K E[h(X_1 .. X_K) s(X_1)] *)
Lemma derivative_symmetric k h p s : symmetric h ->
  derivative k.+1 h p s =
    k.+1%:R * expect p (fun y : {ffun 'I_k.+1 -> X} => h (codom y) * s (y ord0)).
Proof.
move=> h_sym; pose f (y : {ffun 'I_k.+1 -> X}) := h (codom y) * s (y ord0).
transitivity (\sum_(j < k.+1) expect p (fun y => f (permute y (tperm ord0 j)))).
  rewrite -expect_sum; apply: eq_expect => y; rewrite mulr_sumr; apply: eq_bigr => j _.
  rewrite /f ffunE tpermL; congr (_ * _); apply: h_sym; rewrite perm_sym.
  exact: perm_codom_permute.
by under eq_bigr do rewrite expect_permute; rewrite sumr_const card_ord mulr_natl.
Qed.
End Objective.

(* A comparison set has the law of K draws. *)
Lemma expect_set (F : comRingType) (I X : finType) (h : seq X -> F) p K (S : {set I}) : total p = 1 -> S \in draws I K ->
  expect p (fun x => stat h x S) = objective K h p.
Proof.
rewrite inE => p1 /eqP <-; rewrite /objective -(expect_sub _ (@enum_val_inj _ (mem S)) p1).
apply: eq_expect => x; congr h; rewrite codomE -[in LHS](map_tnth_enum (enum_tuple (mem S))) -map_comp.
apply: eq_map => j; rewrite /= ffunE; congr (x _).
by rewrite (tnth_nth (enum_default j)) (enum_val_nth (enum_default j)).
Qed.

Section Derivative.
Variables (F : fieldType) (X : finType) (K : nat).
Variables (h : seq X -> F) (p s : X -> F).

(* p (1 + e s), a polynomial in e for each outcome. *)
Definition along a : {poly F} := (p a)%:P * (1 + s a *: 'X).

(* It keeps the total mass where s has mean zero, *)
Lemma total_along : centred p s -> total along = (total p)%:P.
Proof.
move=> s0; under [LHS]eq_bigr do rewrite /along mulrDr mulr1 mul_polyC scalerA.
by rewrite big_split /= -scaler_suml s0 scale0r addr0 rmorph_sum.
Qed.

(* and the objective's derivative along it, at e = 0, is J'. *)
Theorem derivative_is_derivative :
  (objective K (fun l => (h l)%:P) along)^`().[0] = derivative K h p s.
Proof.
have prod_along (y : seq X) :
    (\prod_(a <- y) along a).[0] = \prod_(a <- y) p a /\
    (\prod_(a <- y) along a)^`().[0] = \prod_(a <- y) p a * \sum_(a <- y) s a.
  elim: y => [|a y [IH0 IH1]].
    by rewrite !big_nil -polyC1 derivC !hornerC mulr0.
  rewrite !big_cons derivM /along !derivE !hornerE IH0 IH1; split=> //.
  by rewrite [RHS]mulrDr /= mulrAC mulrA.
rewrite /objective /derivative /expect (raddf_sum (deriv_additive _)) horner_sum.
apply: eq_bigr => y _ /=; rewrite derivM derivC mulr0 addr0 hornerM hornerC.
have [_] := prod_along (codom y); rewrite !big_codom -/(weight _ y) => ->.
by rewrite mulrAC mulrA.
Qed.
End Derivative.

Section Unbiased.
Variables (F : fieldType) (I X : finType).
Hypothesis char0 : [char F] =i pred0.
Variables (K : nat) (h : seq X -> F) (p s : X -> F).
Notation N := #|I|.
Implicit Types (x : {ffun I -> X}) (S : {set I}) (i : I).

(* T(S) does not look at a sample outside S. *)
Lemma stat_ignores S i : i \notin S -> ignores i (fun x => stat h x S).
Proof.
move=> iS x a; congr h; apply/eq_in_map => j; rewrite mem_enum ffunE => jS.
by case: eqP => // ji; rewrite -ji jS in iS.
Qed.

Lemma leave_one_out_ignores i : ignores i (fun x => leave_one_out K (stat h x) i).
Proof.
move=> x a; congr (_ / _); apply: eq_bigr => S.
by rewrite inE => /andP[_ iS]; rewrite stat_ignores.
Qed.

(* Each comparison set has the law of K draws:
   E[T(S) sum_{i in S} s(x_i)] = J'(p) where #|S| = K. *)
Lemma expect_stat S : total p = 1 -> S \in draws I K ->
  expect p (fun x => stat h x S * \sum_(i in S) s (x i)) = derivative K h p s.
Proof.
rewrite inE => p1 /eqP <-; rewrite /derivative -(expect_sub _ (@enum_val_inj _ (mem S)) p1).
apply: eq_expect => x; congr (_ * _).
  congr h; rewrite codomE -[in LHS](map_tnth_enum (enum_tuple (mem S))) -map_comp.
  apply: eq_map => j; rewrite /= ffunE; congr (x _).
  by rewrite (tnth_nth (enum_default j)) (enum_val_nth (enum_default j)).
by rewrite big_enum_val; apply: eq_bigr => j _; rewrite ffunE.
Qed.

(* sum_i K/N q_i g_i is the mean over S of T(S) sum_{i in S} g_i. *)
Lemma sum_include_one_score (T : {set I} -> F) (g : I -> F) : (0 < K <= N)%N ->
  \sum_i K%:R / N%:R * include_one K T i * g i =
    mean (draws I K) (fun S => T S * \sum_(i in S) g i).
Proof.
move=> KN; have [K0 KN'] := andP KN.
have cN : 'C(N, K)%:R != 0 :> F by exact: bin_neq0.
apply: (mulfI cN); rewrite -(sum_value char0) //.
transitivity (\sum_i \sum_(S in draws_with K i) T S * g i).
  rewrite mulr_sumr; apply: eq_bigr => i _; rewrite -mulr_suml (sum_include_one char0) //.
  by rewrite (bin_with char0) // [LHS]mulrA; congr (_ * _); rewrite mulrCA; apply: mulrA.
rewrite (exchange_big_dep (fun S => S \in draws I K)) => [|i S _]; last by rewrite inE => /andP[].
apply: eq_bigr => S SK; rewrite mulr_sumr; apply: eq_bigl => i.
by rewrite inE SK.
Qed.

(* Any baseline that ignores x_i will do, for K = N too. *)
Theorem include_one_unbiased (B : I -> {ffun I -> X} -> F) : (0 < K <= N)%N ->
  total p = 1 -> centred p s -> (forall i, ignores i (B i)) ->
  expect p (fun x =>
    \sum_i K%:R / N%:R * (include_one K (stat h x) i - B i x) * s (x i)) =
  derivative K h p s.
Proof.
move=> KN p1 s0 Bi; pose S0 := mean (draws I K) (fun=> derivative K h p s).
transitivity S0; last first.
  by rewrite /S0 (mean_const char0) // card_draws_all bin_gt0; case/andP: KN.
transitivity (expect p (fun x =>
    mean (draws I K) (fun S => stat h x S * \sum_(i in S) s (x i))
    - \sum_i K%:R / N%:R * (B i x * s (x i)))).
  apply: eq_expect => x; rewrite -sum_include_one_score // -sumrB.
  by apply: eq_bigr => i _; rewrite mulrBr mulrBl [X in _ = _ - X]mulrA.
rewrite expectB expect_sum [X in _ - X]big1 ?subr0 => [|i _].
  rewrite /S0 /mean -(eq_bigr _ (fun S SK => expect_stat p1 SK)) -expect_sum.
  by rewrite mulrC -expectZ; apply: eq_expect => x; rewrite mulrC.
by rewrite expectZ expect_baseline // mulr0.
Qed.

(* (28) *)
Theorem advantage_unbiased : (0 < K < N)%N -> total p = 1 -> centred p s ->
  expect p (fun x => \sum_i K%:R / N%:R * advantage K (stat h x) i * s (x i)) =
  derivative K h p s.
Proof.
move=> /andP[K0 KN] p1 s0; apply: include_one_unbiased => //; first by rewrite K0 ltnW.
exact: leave_one_out_ignores.
Qed.
End Unbiased.
