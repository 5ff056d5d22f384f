(* Independent draws from a finite distribution.

   X is a finite set of outcomes, p a function on it, and a batch is a function
   x from samples to outcomes. Its weight is prod_i p(x_i), and

     E[f] = sum_x prod_i p(x_i) f(x).

   Nothing here needs p to be positive; the total mass is 1 where stated. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Lemma big_codom (R : Type) (idx : R) (op : Monoid.com_law idx) (I X : finType)
  (y : {ffun I -> X}) (G : X -> R) :
  \big[op/idx]_(a <- codom y) G a = \big[op/idx]_j G (y j).
Proof. by rewrite codomE big_map; apply: big_enum. Qed.

Section Expectation.
Variables (F : comRingType) (X : finType).
Implicit Types (p s g : X -> F) (a b : X).

Definition weight (I : finType) p (x : {ffun I -> X}) : F := \prod_i p (x i).
Definition expect (I : finType) p (f : {ffun I -> X} -> F) : F :=
  \sum_x weight p x * f x.

(* Mean zero under p: what a score function has. *)
Definition centred p s := \sum_a p a * s a = 0.
Definition total p := \sum_a p a.

(* The batch x with outcome a put at place i. *)
Definition put (I : finType) (x : {ffun I -> X}) i a : {ffun I -> X} :=
  [ffun j => if j == i then a else x j].

(* f does not look at place i. *)
Definition ignores (I : finType) (Y : Type) i (f : {ffun I -> X} -> Y) :=
  forall x a, f (put x i a) = f x.

Section Batch.
Variable I : finType.
Implicit Types (x : {ffun I -> X}) (i j : I) (f h : {ffun I -> X} -> F).

Lemma putE x i a : put x i a i = a.
Proof. by rewrite ffunE eqxx. Qed.

Lemma put_put x i a b : put (put x i a) i b = put x i b.
Proof. by apply/ffunP => j; rewrite !ffunE; case: eqP. Qed.

Lemma put_id x i : put x i (x i) = x.
Proof. by apply/ffunP => j; rewrite !ffunE; case: eqP => // ->. Qed.

Lemma weight_put p x i a : p (x i) * weight p (put x i a) = p a * weight p x.
Proof.
rewrite /weight (bigD1 i) // [in RHS](bigD1 i) //= putE mulrCA; do 2!congr (_ * _).
by apply: eq_bigr => j /negbTE ji; rewrite ffunE ji.
Qed.

Lemma eq_expect p f h : f =1 h -> expect p f = expect p h.
Proof. by move=> fh; apply: eq_bigr => x _; rewrite fh. Qed.

Lemma expect_sum p (J : Type) (r : seq J) (P : pred J) (f : J -> {ffun I -> X} -> F) :
  expect p (fun x => \sum_(j <- r | P j) f j x) = \sum_(j <- r | P j) expect p (f j).
Proof. by rewrite exchange_big; apply: eq_bigr => x _; rewrite mulr_sumr. Qed.

Lemma expectZ p c f : expect p (fun x => c * f x) = c * expect p f.
Proof. by rewrite mulr_sumr; apply: eq_bigr => x _; rewrite mulrCA. Qed.

Lemma expectB p f h : expect p (fun x => f x - h x) = expect p f - expect p h.
Proof. by rewrite -sumrB; apply: eq_bigr => x _; rewrite mulrBr. Qed.

(* Redraw one sample: E[f(x)] = E[sum_a p(a) f(x with a at i)]. *)
Lemma expect_redraw p i f : total p = 1 ->
  expect p f = expect p (fun x => \sum_a p a * f (put x i a)).
Proof.
move=> p1; transitivity (\sum_(y : {ffun I -> X} * X) p y.2 * (weight p y.1 * f y.1)).
  rewrite -(pair_bigA _ (fun x a => p a * (weight p x * f x))) /=.
  by apply: eq_bigr => x _; rewrite -mulr_suml -/(total p) p1 mul1r.
pose swap (y : {ffun I -> X} * X) := (put y.1 i y.2, y.1 i).
have swapK : involutive swap by case=> x a; rewrite /swap /= putE put_put put_id.
rewrite (reindex_inj (inv_inj swapK)) /= /expect.
under [in RHS]eq_bigr do rewrite mulr_sumr.
rewrite (pair_bigA _ (fun x a => weight p x * (p a * f (put x i a)))) /=.
by apply: eq_bigr => -[x a] _ /=; rewrite mulrA weight_put mulrA [weight p x * _]mulrC.
Qed.

(* Independence: E[f(x) g(x_i)] = E[f(x)] E[g(X)] if f does not look at x_i. *)
Lemma expect_indep p i f g : total p = 1 -> ignores i f ->
  expect p (fun x => f x * g (x i)) = expect p f * \sum_a p a * g a.
Proof.
move=> p1 fi; rewrite (expect_redraw i) // mulrC -expectZ; apply: eq_expect => x.
by rewrite mulr_suml; apply: eq_bigr => a _; rewrite putE fi [f x * _]mulrC mulrA.
Qed.

(* A function that does not look at x_i has no covariance with a score of x_i. *)
Lemma expect_baseline p s i f : total p = 1 -> centred p s -> ignores i f ->
  expect p (fun x => f x * s (x i)) = 0.
Proof. by move=> p1 s0 fi; rewrite expect_indep // s0 mulr0. Qed.
End Batch.

(* The batch in another order. *)
Definition permute (I : finType) (x : {ffun I -> X}) (u : {perm I}) : {ffun I -> X} :=
  [ffun j => x (u j)].

Lemma permuteM (I : finType) (x : {ffun I -> X}) (u v : {perm I}) :
  permute (permute x u) v = permute x (v * u).
Proof. by apply/ffunP => j; rewrite !ffunE permM. Qed.

Lemma permute1 (I : finType) (x : {ffun I -> X}) : permute x 1 = x.
Proof. by apply/ffunP => j; rewrite !ffunE perm1. Qed.

Lemma perm_codom_permute (I : finType) (x : {ffun I -> X}) (u : {perm I}) :
  perm_eq (codom (permute x u)) (codom x).
Proof.
have -> : codom (permute x u) = map x (map u (enum I)).
  by rewrite codomE -[RHS]map_comp; apply: eq_map => j; rewrite /= ffunE.
rewrite codomE perm_map // uniq_perm ?(map_inj_uniq perm_inj) ?enum_uniq // => j.
by rewrite mem_enum -(permKV u j) map_f ?mem_enum.
Qed.

(* Independent draws are exchangeable. *)
Lemma expect_permute (I : finType) p (u : {perm I}) (f : {ffun I -> X} -> F) :
  expect p (fun x => f (permute x u)) = expect p f.
Proof.
have uK : cancel (fun x => permute x u) (fun x => permute x u^-1).
  by move=> x; rewrite permuteM mulVg permute1.
rewrite /expect [RHS](reindex_inj (can_inj uK)) /=.
apply: eq_bigr => x _; congr (_ * _); rewrite /weight (reindex_inj (@perm_inj _ u)).
by apply: eq_bigr => i _; rewrite ffunE.
Qed.

(* Some of the samples, in any order, are again independent draws:
   E[f(x_e(j), j in J)] = E[f(y)] for e injective. *)
Lemma expect_sub (I J : finType) (e : J -> I) p (f : {ffun J -> X} -> F) :
  injective e -> total p = 1 ->
  expect p (fun x : {ffun I -> X} => f [ffun j => x (e j)]) = expect p f.
Proof.
move=> e_inj p1.
rewrite /expect (partition_big (fun x : {ffun I -> X} => [ffun j => x (e j)]) predT) //=.
apply: eq_bigr => y _.
under eq_bigr => x /eqP xy do rewrite xy.
rewrite -mulr_suml; congr (_ * _).
pose Q i a := [forall j, (e j == i) ==> (y j == a)].
rewrite (eq_bigl (fun x => x \in family Q)) => [|x]; last first.
  apply/eqP/familyP => [xy i|xQ].
    by apply/forallP => j; apply/implyP => /eqP <-; rewrite -xy ffunE.
  by apply/ffunP => j; have /forallP/(_ j) := xQ (e j); rewrite eqxx ffunE => /eqP.
rewrite /weight -(bigA_distr_big_dep Q (fun=> p)) (bigID (mem (codom e))) /= mulrC.
rewrite big1 ?mul1r => [|i ei]; last first.
  rewrite -[RHS]p1; apply: eq_bigl => a; apply/forallP => j; apply/implyP => /eqP ej.
  by rewrite -ej codom_f in ei.
rewrite codomE -big_uniq /=; last by rewrite map_inj_uniq ?enum_uniq.
rewrite big_map big_enum /=; apply: eq_bigr => j _.
rewrite (eq_bigl (pred1 (y j))) ?big_pred1_eq // => a; apply/forallP/eqP => [/(_ j)|-> k].
  by rewrite eqxx => /eqP.
by apply/implyP => /eqP/e_inj ->.
Qed.
End Expectation.
