(* The definitions give the numbers of the specification, computed without any closed
   form: the batch (3, 1, 4, 1) with max@2 of section 3, by sums over pairs, and the
   gradient in logits of section 6, rewards (0, 1, 3) with probabilities 1/2, 1/3, 1/6
   and max@2, by the sum over all pairs of draws. *)

From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets expectation unbiased gap_form.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Pairs.
Variables (F : fieldType) (I : finType) (T : {set I} -> F).
Implicit Types i j k : I.

(* Sets of one are samples. *)
Lemma sum_singles (P : pred {set I}) (G : {set I} -> F) :
  \sum_(S in [set S : {set I} | (#|S| == 1)%N && P S]) G S = \sum_(k | P [set k]) G [set k].
Proof.
rewrite -[RHS](big_imset G (h := fun k => [set k])) => [|j k _ _ /set1_inj] //=.
apply: eq_bigl => S; rewrite inE; apply/andP/imsetP => [[/cards1P[k ->] Pk]|[k Pk ->]].
  by exists k.
by rewrite cards1.
Qed.

(* Among the pairs with i each partner counts once, *)
Lemma include_one_pairs i :
  include_one 2 T i = (\sum_(j | j != i) T [set i; j]) / #|I|.-1%:R.
Proof.
rewrite /include_one /mean card_draws_with bin1 draws_add; congr (_ / _).
rewrite (_ : draws_without 1 i = [set S : {set I} | (#|S| == 1)%N && (i \notin S)]); last first.
  by apply/setP => S; rewrite !inE.
by rewrite sum_singles; apply: eq_bigl => j; rewrite inE eq_sym.
Qed.

(* and among those without i each of the others, twice. *)
Lemma leave_one_out_pairs i : [char F] =i pred0 ->
  leave_one_out 2 T i =
    (2%:R^-1 * \sum_(j | j != i) \sum_(k | (k != i) && (k != j)) T [set j; k]) / 'C(#|I|.-1, 2)%:R.
Proof.
move=> char0; rewrite /leave_one_out /mean card_draws_without; congr (_ / _).
rewrite -[LHS](mulKf (nat_neq0 char0 (isT : 0 < 2)%N)) -sum_draws_add2; congr (_ * _).
apply: eq_bigr => j _.
rewrite (_ : draws_without2 1 i j =
  [set S : {set I} | (#|S| == 1)%N && ((i \notin S) && (j \notin S))]); last first.
  by apply/setP => S; rewrite !inE andbA.
by rewrite sum_singles; apply: eq_bigl => k; rewrite !inE ![_ == k]eq_sym.
Qed.
End Pairs.

Section Batch.
Let r (i : 'I_4) : rat := [:: 3%:R; 1; 4%:R; 1]`_i.
Let T : {set 'I_4} -> rat := lstat_of (fun j => (j == 1)%N%:R) 2 r.

Lemma max_pair (i j : 'I_4) : i != j -> T [set i; j] = Num.max (r i) (r j).
Proof.
move=> ij; have sz : size [seq r k | k <- enum [set i; j]] = 2%N.
  by rewrite size_map -cardE cards2 ij.
have [/mapP[k kS E] up] := lstat_max (isT : (0 < 2)%N) sz.
have ub k' : k' \in [set i; j] -> r k' <= T [set i; j].
  by move=> kS'; apply: up; rewrite map_f // mem_enum.
apply/le_anti; rewrite le_maxl !ub ?inE ?eqxx ?orbT // andbT /T /lstat_of E.
by move: kS; rewrite mem_enum !inE => /pred2P[->|->]; rewrite le_maxr lexx ?orbT.
Qed.

(* (18) *)
Theorem example_include_one i :
  include_one 2 T i = [:: 10%:R / 3%:R; 8%:R / 3%:R; 4%:R; 8%:R / 3%:R]`_i.
Proof.
rewrite include_one_pairs card_ord.
under eq_bigr => j ji do rewrite max_pair 1?eq_sym //.
rewrite big_mkcond !big_ord_recl big_ord0.
by case: i => -[|[|[|[|]]]] // i4; apply/eqP; vm_compute.
Qed.

(* (19) *)
Theorem example_leave_one_out i :
  leave_one_out 2 T i = [:: 3%:R; 11%:R / 3%:R; 7%:R / 3%:R; 11%:R / 3%:R]`_i.
Proof.
rewrite leave_one_out_pairs ?card_ord; last exact: char_num.
under eq_bigr => j ji do under eq_bigr => k /andP[ki kj] do rewrite max_pair 1?eq_sym //.
under eq_bigr do rewrite big_mkcond !big_ord_recl big_ord0.
rewrite big_mkcond !big_ord_recl big_ord0.
by case: i => -[|[|[|[|]]]] // i4; apply/eqP; vm_compute.
Qed.
End Batch.

Section Population.
Definition largest_of_two (F : realFieldType) : seq F -> F := lstat (fun j => (j == 2.-1)%:R) 2.

Lemma largest_of_twoE (F : realFieldType) (x y : F) : largest_of_two [:: x; y] = Num.max x y.
Proof.
have [mem up] := lstat_max (isT : (0 < 2)%N) (erefl : size [:: x; y] = 2%N).
rewrite -/(largest_of_two _) in mem up; apply/le_anti; rewrite le_maxl !up ?inE ?eqxx ?orbT // andbT.
by move: mem; rewrite !inE => /pred2P[->|->]; rewrite le_maxr lexx ?orbT.
Qed.

(* Batches of two are pairs. *)
Lemma sum_two (F : ringType) (X : finType) (G : {ffun 'I_2 -> X} -> F) :
  \sum_y G y = \sum_a \sum_b G [ffun i => if i == ord0 then a else b].
Proof.
rewrite pair_bigA (reindex (fun ab : X * X => [ffun i => if i == ord0 then ab.1 else ab.2])) //=.
exists (fun y => (y ord0, y (lift ord0 ord0))) => [[a b] _|y _]; first by rewrite !ffunE.
apply/ffunP => i; rewrite ffunE; case: ifP => [/eqP -> //|i0]; congr (y _).
by apply: val_inj; case: i i0 => -[|[|]].
Qed.

Let r (b : 'I_3) : rat := [:: 0; 1; 3%:R]`_b.
Let p (b : 'I_3) : rat := [:: 1 / 2%:R; 1 / 3%:R; 1 / 6%:R]`_b.
Let logit (b a : 'I_3) : rat := (a == b)%:R - p b.

(* (34): J' towards the score of each logit *)
Theorem example_derivative b :
  derivative 2 (fun l => largest_of_two (map r l)) p (logit b) =
    [:: - (19%:R / 36%:R); - (1 / 54%:R); 59%:R / 108%:R]`_b.
Proof.
rewrite /derivative /expect sum_two /weight.
under eq_bigr => a _ do under eq_bigr => c _ do
  rewrite codomE !big_ord_recl !big_ord0 2!enum_ordSl enum_ord0 /= !ffunE /= largest_of_twoE.
rewrite !big_ord_recl !big_ord0.
by case: b => -[|[|[|]]] // b3; apply/eqP; vm_compute.
Qed.
End Population.
