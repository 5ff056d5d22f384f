(* Eq. (29): pathwise weights. Rewards move with a parameter, and what they are random by does not.

     pathwise r i  the mean of the rank weights K/N e_m^(N) over the ranks of the equals of i

   The value of a batch is the sum of pathwise weight times reward, and stays it while the order of the rewards stays: so these
   weights are its derivative, and their sum with the derivatives of the rewards has the mean J' under each finite law of what
   is random (pathwise_finite), and under any other law by which expectation and derivative may be exchanged (pathwise_law). *)

From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets expectation unbiased gap_form closed_form nonexistence.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Batch.
Variables (F : realFieldType) (I : finType) (K : nat) (alpha : nat -> F).
Notation N := #|I|.
Implicit Types (r s : I -> F).

Definition rank_weight m : F := K%:R / N%:R * elevated alpha K N m.
Definition up_to r y := #|[set j | r j <= y]|.
Definition under r y := #|[set j | r j < y]|.
Definition equals r i := [set j | r j == r i].
Definition pathwise r i : F :=
  (\sum_(m < N | (under r (r i) <= m < up_to r (r i))%N) rank_weight m) / #|equals r i|%:R.
Notation v r := (value K (lstat_of alpha K r)).

Hypothesis K_gt0 : (0 < K)%N.
Hypothesis KN : (K <= N)%N.

(* The m-th of the sorted rewards is up to y where more than m of them are. *)
Lemma rank_up_to (x : nat -> F) (m : 'I_N) (P : pred F) : (forall i j, (i <= j < N)%N -> x i <= x j) ->
  (forall a b, a <= b -> P b -> P a) -> (m < #|[set j : 'I_N | P (x j)]|)%N = P (x m).
Proof.
move=> xs down; case Pm: (P (x m)).
  rewrite -[X in (X <= _)%N](@card_below N m.+1) //; apply/subset_leq_card/subsetP => j; rewrite !inE ltnS => jm.
  by apply: down Pm; apply: xs; rewrite jm /=.
apply/negbTE; rewrite -leqNgt -[X in (_ <= X)%N](@card_below N m); last exact: ltnW.
apply/subset_leq_card/subsetP => j; rewrite !inE ltnNge; apply: contraTN => mj.
by apply/negP => /(down _ _ (xs _ _ _)) -/(_ m); rewrite mj ltn_ord Pm => /(_ isT).
Qed.

Lemma value_pathwise r s : (forall i j, r i < r j -> s i < s j) -> (forall i j, r i = r j -> s i = s j) ->
  v s = \sum_i pathwise r i * s i.
Proof.
move=> lt eq; have [u [x [u_inj rx xs]]] := ranked_exists r.
have u_bij : bijective u by apply: inj_card_bij; rewrite ?card_ord.
pose y (m : nat) : F := if insub m is Some t then s (u t) else 0.
have sy t : s (u t) = y t by rewrite /y insubT // => lt_t; congr (s (u _)); apply: val_inj.
have ys i j : (i <= j < N)%N -> y i <= y j.
  case/andP=> ij jN; have iN := leq_ltn_trans ij jN; rewrite -[i]/(val (Ordinal iN)) -[j]/(val (Ordinal jN)) -!sy.
  have := xs i j; rewrite ij jN -[i]/(val (Ordinal iN)) -[j]/(val (Ordinal jN)) -!rx => /(_ isT).
  by rewrite le_eqVlt => /predU1P[/eq ->//|/lt/ltW].
have count P : #|[set j | P (r j)]| = #|[set t : 'I_N | P (x t)]|.
  rewrite -(card_imset _ u_inj); apply: eq_card => j; rewrite inE; apply/idP/imsetP => [Pj|[t]].
    by have [w _ wK] := u_bij; exists (w j); rewrite ?wK // inE -rx wK.
  by rewrite inE -rx => ? ->.
rewrite (value_closed_form alpha u_inj sy ys K_gt0 KN) [RHS](reindex u) /=; last exact: onW_bij.
have run (t m : 'I_N) : (under r (r (u t)) <= m < up_to r (r (u t)))%N = (r (u m) == r (u t)).
  have up : (m < up_to r (r (u t)))%N = (r (u m) <= r (u t)).
    rewrite /up_to (count (fun z => z <= r (u t))) !rx.
    by rewrite (@rank_up_to x m (fun z => z <= x t) xs) // => a b ab /(le_trans ab).
  have below : (m < under r (r (u t)))%N = (r (u m) < r (u t)).
    rewrite /under (count (fun z => z < r (u t))) !rx.
    by rewrite (@rank_up_to x m (fun z => z < x t) xs) // => a b ab /(le_lt_trans ab).
  by rewrite up leqNgt below -leNgt andbC eq_le.
under [RHS]eq_bigr => t _ do rewrite /pathwise (eq_bigl _ _ (run t)) -mulrA mulr_suml.
rewrite (exchange_big_dep predT) //=; apply: eq_bigr => m _.
transitivity (\sum_(t | r (u m) == r (u t)) rank_weight m * ((#|equals r (u m)|%:R)^-1 * s (u m))); last first.
  apply: eq_bigr => t /eqP E; rewrite (eq _ _ E); congr (_ * (_%:R^-1 * _)).
  by apply: eq_card => j; rewrite !inE E.
rewrite sumr_const -[RHS]mulr_natl mulrCA sy -/(rank_weight m); congr (_ * _).
have E : #|[pred t | r (u m) == r (u t)]| = #|equals r (u m)|.
  rewrite /equals (count (fun z => z == r (u m))) cardsE; apply: eq_card => t.
  by rewrite /in_mem /= !rx eq_sym.
by rewrite [X in X%:R * _]E mulVKf // pnatr_eq0 -lt0n; apply/card_gt0P; exists (u m); rewrite inE.
Qed.

(* While the order stays, the value moves by the pathwise weights, exactly. *)
Theorem pathwise_difference r s : (forall i j, r i < r j -> s i < s j) -> (forall i j, r i = r j -> s i = s j) ->
  v s - v r = \sum_i pathwise r i * (s i - r i).
Proof.
move=> lt eq; rewrite (value_pathwise lt eq) (@value_pathwise r r) // -sumrB.
by apply: eq_bigr => i _; rewrite mulrBr.
Qed.
End Batch.

(* Derivatives, in any ordered field. *)
Section Near.
Variable F : realFieldType.
Implicit Types (P Q : F -> Prop) (f g : F -> F).

Definition near P := exists2 d : F, 0 < d & forall h, `|h| < d -> P h.
Definition derivative_at f t l := forall e, 0 < e -> near (fun h => `|f (t + h) - f t - l * h| <= e * `|h|).

Lemma near_sub P Q : (forall h, P h -> Q h) -> near P -> near Q.
Proof. by move=> PQ [d d0 Pd]; exists d => // h /Pd/PQ. Qed.

Lemma near_and P Q : near P -> near Q -> near (fun h => P h /\ Q h).
Proof.
case=> a a0 Pa [b b0 Qb]; exists (Num.min a b) => [|h]; first by rewrite lt_minr a0.
by rewrite lt_minr => /andP[/Pa ? /Qb].
Qed.

Lemma near_all (I : finType) (P : I -> F -> Prop) : (forall i, near (P i)) -> near (fun h => forall i, P i h).
Proof.
move=> nP; suff [d d0 Pd] : near (fun h => forall i, i \in enum I -> P i h).
  by exists d => // h hd i; apply: Pd; rewrite ?mem_enum.
elim: (enum I) => [|i l IH]; first by exists 1 => [|h _ i]; rewrite ?ltr01 ?in_nil.
apply: near_sub (near_and (nP i) IH) => h [Pi Pl] j.
by rewrite inE => /orP[/eqP ->|/Pl].
Qed.

Lemma derivative_local f g t l : f t = g t -> near (fun h => f (t + h) = g (t + h)) -> derivative_at f t l -> derivative_at g t l.
Proof. by move=> fg n D e e0; apply: near_sub (near_and n (D e e0)) => h [<-]; rewrite fg. Qed.

Lemma derivative_sum (I : finType) (w : I -> F) (f : F -> I -> F) t (l : I -> F) :
  (forall i, derivative_at (f^~ i) t (l i)) -> derivative_at (fun z => \sum_i w i * f z i) t (\sum_i w i * l i).
Proof.
move=> D e e0; pose W := 1 + \sum_i `|w i|.
have W0 : 0 < W by rewrite ltr_spaddl // sumr_ge0.
have := near_all (fun i => D i (e / W) (divr_gt0 e0 W0)); apply: near_sub => h Dh.
rewrite mulr_suml -!sumrB (le_trans (ler_norm_sum _ _ _)) //.
apply: le_trans (_ : \sum_i `|w i| * (e / W * `|h|) <= _).
  by apply: ler_sum => i _; rewrite -mulrA -!mulrBr normrM ler_wpmul2l.
rewrite -mulr_suml mulrA ler_wpmul2r // mulrCA ger_pmulr // ler_pdivr_mulr // mul1r /W.
by rewrite ler_addr ler01.
Qed.

(* What is different at t keeps its order near t. *)
Lemma order_kept (I : finType) (f : F -> I -> F) t (l : I -> F) :
  (forall i, derivative_at (f^~ i) t (l i)) -> near (fun h => forall i j, f t i < f t j -> f (t + h) i < f (t + h) j).
Proof.
move=> D; apply: near_all => i; apply: near_all => j.
have [ij|ij] := boolP (f t i < f t j); last by exists 1 => //; rewrite ltr01.
pose c := 1 + `|l i| + (1 + `|l j|); have c0 : 0 < c by rewrite addr_gt0 ?ltr_spaddl.
have [d d0 near_t] := near_and (D i 1 ltr01) (D j 1 ltr01).
exists (Num.min d ((f t j - f t i) / c)) => [|h]; first by rewrite lt_minr d0 divr_gt0 // subr_gt0.
rewrite lt_minr => /andP[/near_t[Di Dj]]; rewrite ltr_pdivl_mulr // => small _.
have step k : `|f (t + h) k - f t k - l k * h| <= 1 * `|h| -> `|f (t + h) k - f t k| <= (1 + `|l k|) * `|h|.
  move=> Dk; rewrite -(subrK (l k * h) (_ - _)) (le_trans (ler_norm_add _ _)) // mulrDl normrM.
  by rewrite ler_add2r.
have := le_trans (ler_norm _) (step i Di); rewrite ler_subl_addr => /le_lt_trans; apply.
have := le_trans (ler_norm _) (_ : `|- (f (t + h) j - f t j)| <= _); rewrite normrN => /(_ _ (step j Dj)).
rewrite opprB ler_subl_addr -ler_subl_addl => /(lt_le_trans _); apply.
by rewrite ltr_subr_addr addrAC -ltr_subr_addr -mulrDl mulrC.
Qed.
End Near.

Section Derivatives.
Variables (F : realFieldType) (I : finType) (K : nat) (alpha : nat -> F).
Hypothesis KN : (0 < K <= #|I|)%N.
Notation v r := (value K (lstat_of alpha K r)).

(* The derivative of the value of a batch: where rewards are different, or equal and stay so. *)
Theorem value_derivative (f : F -> I -> F) t (l : I -> F) : (forall i, derivative_at (f^~ i) t (l i)) ->
  near (fun h => forall i j, f t i = f t j -> f (t + h) i = f (t + h) j) ->
  derivative_at (fun z => v (f z)) t (\sum_i pathwise K alpha (f t) i * l i).
Proof.
case/andP: KN => K_gt0 KN' D ties; apply: derivative_local (derivative_sum (pathwise K alpha (f t)) D).
  by rewrite (@value_pathwise _ _ _ _ K_gt0 KN' (f t) (f t)).
apply: near_sub (near_and (order_kept D) ties) => h [lt eq].
by rewrite (@value_pathwise _ _ _ _ K_gt0 KN' (f t) (f (t + h))).
Qed.

(* (29) where what is random has a finite law p: what differs has different rewards, or equal ones that stay so. *)
Theorem pathwise_finite (X : finType) (p : X -> F) (R : F -> X -> F) t (l : X -> F) : total p = 1 ->
  (forall a, derivative_at (R^~ a) t (l a)) -> near (fun h => forall a b, R t a = R t b -> R (t + h) a = R (t + h) b) ->
  derivative_at (fun z => objective K (lstat_reward (R z) alpha K) p) t
    (expect p (fun x : {ffun I -> X} => \sum_i pathwise K alpha (R t \o x) i * l (x i))).
Proof.
move=> p1 D ties; have K0 : (0 < K)%N by case/andP: KN.
have mean_value z : expect p (fun x : {ffun I -> X} => v (R z \o x)) = objective K (lstat_reward (R z) alpha K) p.
  have c0 : #|draws I K|%:R != 0 :> F by rewrite card_draws_all pnatr_eq0 -lt0n bin_gt0; case/andP: KN.
  transitivity (expect p (fun x : {ffun I -> X} => #|draws I K|%:R^-1 * \sum_(S in draws I K) stat (lstat_reward (R z) alpha K) x S)).
    apply: eq_expect => x; rewrite /value /mean mulrC; congr (_ * _); apply: eq_bigr => S _.
    by rewrite /stat /lstat_reward /lstat_of; congr lstat; rewrite -map_comp.
  rewrite expectZ expect_sum (eq_bigr (fun=> objective K (lstat_reward (R z) alpha K) p)) => [|S SK].
    by rewrite sumr_const -[X in _ * X]mulr_natl mulKf.
  exact: expect_set.
apply: derivative_local (_ : derivative_at (fun z => \sum_x weight p x * v (R z \o x)) t _) => //.
- exact: mean_value.
- by exists 1 => [|h _]; [exact: ltr01|apply: mean_value].
apply: (derivative_sum (weight p) (f := fun z (x : {ffun I -> X}) => v (R z \o x))) => x.
apply: (value_derivative (f := fun z => R z \o x) (fun i => D (x i))).
by apply: near_sub ties => h eq i j /= /eq.
Qed.

(* (29) for any other law: E is linear; S is its sure event, such as that rewards are different, outside of which it sees nothing;
   samples are exchangeable; and the derivative of E of the value is E of its derivative. *)
Section Law.
Variables (Omega : Type) (E : (Omega -> F) -> F) (sure : Omega -> Prop) (R : F -> I -> Omega -> F) (l : I -> Omega -> F) (J : F -> F) (t : F).
Hypothesis E_linear : forall a b f g, E (fun w => a * f w + b * g w) = a * E f + b * E g.
Hypothesis E_sure : forall f g, (forall w, sure w -> f w = g w) -> E f = E g.
Hypothesis exchangeable : forall z S, S \in draws I K -> E (fun w => lstat_of alpha K (R z ^~ w) S) = J z.
Hypothesis distinct : forall w, sure w -> injective (R t ^~ w).
Hypothesis smooth : forall w i, sure w -> derivative_at (fun z => R z i w) t (l i w).
Hypothesis exchanged : forall d, (forall w, sure w -> derivative_at (fun z => v (R z ^~ w)) t (d w)) ->
  derivative_at (fun z => E (fun w => v (R z ^~ w))) t (E d).

Theorem pathwise_law : derivative_at J t (E (fun w => \sum_i pathwise K alpha (R t ^~ w) i * l i w)).
Proof.
have E0 : E (fun=> 0) = 0.
  by rewrite -[LHS](E_sure (fun w _ => _ : 0 * 0 + 0 * 0 = 0)) ?E_linear ?mul0r ?addr0 // !mul0r addr0.
have E_sum (s : seq {set I}) (f : {set I} -> Omega -> F) c : E (fun w => \sum_(S <- s) f S w / c) = \sum_(S <- s) E (f S) / c.
  elim: s => [|S s IH]; first by rewrite big_nil -[RHS]E0; apply: E_sure => w _; rewrite big_nil.
  rewrite big_cons -IH -[X in _ + X]mul1r [E (f S) / c]mulrC -E_linear; apply: E_sure => w _.
  by rewrite big_cons mul1r [c^-1 * _]mulrC.
have mean z : E (fun w => v (R z ^~ w)) = J z.
  have c0 : #|draws I K|%:R != 0 :> F by rewrite card_draws_all pnatr_eq0 -lt0n bin_gt0; case/andP: KN.
  transitivity (\sum_(S <- enum (draws I K)) E (fun w => lstat_of alpha K (R z ^~ w) S) / #|draws I K|%:R).
    rewrite -E_sum; apply: E_sure => w _; rewrite /value /subsets.mean -mulr_suml; congr (_ / _).
    by rewrite big_enum.
  rewrite -mulr_suml big_enum /= (eq_bigr (fun=> J z)) => [|S]; last exact: exchangeable.
  by rewrite sumr_const -[X in X / _]mulr_natr mulfK.
apply: derivative_local (exchanged _); first exact: mean.
  by exists 1 => [|h _]; [exact: ltr01|apply: mean].
move=> w sw; apply: (value_derivative (f := fun z => R z ^~ w)); first by move=> i; apply: smooth.
by exists 1 => [|h _ i j /(distinct sw) ->]; first exact: ltr01.
Qed.
End Law.
End Derivatives.
