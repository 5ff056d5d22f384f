(* The gap form: eqs. (22) and (25), for every L-statistic and 0 < K < N.

   Ranks count from 0 here: t = 0 .. N - 1 is the t + 1 of the specification, and
   alpha_j its alpha_(j+1). The batch is x_0 <= x_1 <= .. <= x_(N-1); closed_form.v
   has batches in any order.

     (1)   T(S) = sum_{j<K} alpha_j y_j, y the rewards in S in ascending order
     (22)  e_t^(n) = sum_{j<K} alpha_j C(t, j) C(n-1-t, K-1-j) / C(n-1, K-1)
           q_(t+1) - q_(t) = (N-K)/(N-1) (x_(t+1) - x_t) e_t^(N-1)
           v^(-(t)) - v^(-(t+1)) = K/(N-1) (x_(t+1) - x_t) e_t^(N-1)
     (25)  A_(t+1) - A_(t) = (x_(t+1) - x_t) N/(N-1) e_t^(N-1)

   Ties are allowed. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets advantage.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Neighbours.
Variables (F : fieldType) (I : finType).
Hypothesis char0 : [char F] =i pred0.
Variables (K : nat) (T : {set I} -> F).
Notation N := #|I|.
Variables a b : I.
Hypothesis ab : a != b.
Hypothesis K_gt0 : (0 < K)%N.

(* What a's place is worth to b, summed over the sets with neither. *)
Definition exchange := \sum_(S in draws_without2 K.-1 a b) (T (b |: S) - T (a |: S)).

Lemma draws_without_add (c d : I) : c != d ->
  \sum_(S in draws_without K d) T S =
  \sum_(S in draws_without2 K.-1 c d) T (c |: S) + \sum_(S in draws_without2 K c d) T S.
Proof.
move=> cd; rewrite -(draws_add2 _ _ _ cd) (prednK K_gt0).
rewrite (bigID (fun S : {set I} => c \in S)) /=; congr (_ + _).
by apply: eq_bigl => S; rewrite draws_without2C !inE.
Qed.

Lemma sum_without_exchange :
  \sum_(S in draws_without K a) T S - \sum_(S in draws_without K b) T S = exchange.
Proof.
have ba : b != a by rewrite eq_sym.
rewrite (draws_without_add ab) (draws_without_add ba) !(draws_without2C _ b a).
by rewrite opprD addrACA subrr addr0 -sumrB.
Qed.

(* q_b - q_a *)
Lemma include_one_exchange :
  include_one K T b - include_one K T a = exchange / 'C(N.-1, K.-1)%:R.
Proof.
rewrite /include_one /mean -sum_without_exchange.
rewrite -(prednK K_gt0) !card_draws_with (prednK K_gt0) -mulrBl; congr (_ / _).
apply/eqP; rewrite subr_eq addrAC -subr_eq opprK; apply/eqP.
by rewrite -(draws_split _ K b T) addrC -(draws_split _ K a T).
Qed.

(* v^(-a) - v^(-b) *)
Lemma leave_one_out_exchange :
  leave_one_out K T a - leave_one_out K T b = exchange / 'C(N.-1, K)%:R.
Proof.
by rewrite /leave_one_out /mean !card_draws_without -mulrBl sum_without_exchange.
Qed.
End Neighbours.

(* The sets with j members in L and m in R: C(#L, j) C(#R, m). *)
Lemma card_draws_two (I : finType) (L R : {set I}) j m : [disjoint L & R] ->
  #|[set S : {set I} | [&& S \subset L :|: R, #|S :&: L| == j & #|S :&: R| == m]]| =
  ('C(#|L|, j) * 'C(#|R|, m))%N.
Proof.
move=> LR; rewrite -!cards_draws -cardsX.
have LR0 : L :&: R = set0 by apply/eqP; rewrite setI_eq0.
rewrite -(@card_in_imset _ _ (fun S => (S :&: L, S :&: R))) => [|S S']; last first.
  rewrite !inE => /andP[/setIidPl SL _] /andP[/setIidPl SL' _] [eL eR].
  by rewrite -SL -SL' !setIUr eL eR.
apply: eq_card => -[A B]; rewrite !inE /=; apply/imsetP/idP => [[S]|].
  by rewrite !inE => /and3P[_ SL SR] [-> ->]; rewrite !subsetIr SL SR.
case/andP=> /andP[AL Aj] /andP[BR Bm]; have [/setIidPl AL' /setIidPl BR'] := (AL, BR).
have AR0 : A :&: R = set0 by apply/eqP; rewrite -subset0 -LR0 setSI.
have BL0 : B :&: L = set0 by apply/eqP; rewrite -subset0 -LR0 setIC setIS.
have eL : (A :|: B) :&: L = A by rewrite setIUl AL' BL0 setU0.
have eR : (A :|: B) :&: R = B by rewrite setIUl AR0 BR' set0U.
by exists (A :|: B); rewrite ?inE eL eR ?setUSS ?Aj.
Qed.

Section LStatistic.
Variable F : realFieldType.
Implicit Types (alpha : nat -> F) (l : seq F) (n K : nat).

(* (1) *)
Definition lstat alpha K l : F := \sum_(j < K) alpha j * (sort <=%R l)`_j.

(* (22) *)
Definition elevated alpha K n t : F :=
  \sum_(j < K) alpha j * ('C(t, j) * 'C(n.-1 - t, K.-1 - j))%:R / 'C(n.-1, K.-1)%:R.

(* T(S) on the batch r. *)
Definition lstat_of (I : finType) alpha K (r : I -> F) (S : {set I}) : F :=
  lstat alpha K [seq r i | i <- enum S].

Lemma lstat_perm alpha K l l' : perm_eq l l' -> lstat alpha K l = lstat alpha K l'.
Proof. by move=> /perm_sort_leP ll'; rewrite /lstat ll'. Qed.
End LStatistic.

(* max@K: weight 1 on the largest of K and 0 elsewhere does pick the largest. *)
Lemma lstat_max (F : realFieldType) K (l : seq F) : (0 < K)%N -> size l = K ->
  lstat (fun j => (j == K.-1)%:R) K l \in l /\
  forall y, y \in l -> y <= lstat (fun j => (j == K.-1)%:R) K l.
Proof.
move=> K0 lK; have K1 : (K.-1 < K)%N by rewrite prednK.
have -> : lstat (fun j => (j == K.-1)%:R) K l = (sort <=%R l)`_(K.-1).
  rewrite /lstat (bigD1 (Ordinal K1)) //= eqxx mul1r big1 ?addr0 // => j.
  by rewrite -val_eqE /= => /negbTE ->; rewrite mul0r.
split=> [|y]; first by rewrite -(mem_sort <=%R) mem_nth // size_sort lK.
rewrite -(mem_sort <=%R) => /(nthP 0)[i]; rewrite size_sort lK => iK <-.
apply: (sorted_leq_nth le_trans le_refl); rewrite ?inE ?size_sort ?lK //.
  exact: sort_le_sorted.
by rewrite -ltnS prednK.
Qed.

(* m of the numbers below n are below m. *)
Lemma card_below n m : (m <= n)%N -> #|[set i : 'I_n | (i < m)%N]| = m.
Proof.
move=> mn; rewrite -sum1dep_card -(big_ord_widen n (fun=> 1%N) mn).
by rewrite sum1_card card_ord.
Qed.

Section Ordinals.
Variable N : nat.
Implicit Types (S : {set 'I_N}) (i j a b : 'I_N).

(* How many of S are below i. *)
Definition below S i := #|[set s in S | (s < i)%N]|.

Lemma belowE S i : below S i = (\sum_(s in S) (s < i))%N.
Proof.
rewrite /below -sum1_card big_mkcond [RHS]big_mkcond; apply: eq_bigr => s _.
by rewrite inE; case: (s \in S).
Qed.

Lemma below_add S i j : j \notin S -> below (j |: S) i = ((j < i) + below S i)%N.
Proof. by move=> jS; rewrite !belowE big_setU1. Qed.

Lemma enum_sorted S : sorted (relpre val ltn) (enum S).
Proof.
rewrite /enum_mem sorted_filter //; first by move=> ? ? ?; apply: ltn_trans.
by rewrite -enumT -sorted_map val_enum_ord iota_ltn_sorted.
Qed.

Lemma enum_val_lt S (j k : 'I_#|S|) : (enum_val j < enum_val k)%N = (j < k)%N.
Proof.
have up (i l : 'I_#|S|) : (i < l)%N -> (enum_val i < enum_val l)%N.
  rewrite !(enum_val_nth (enum_default i)).
  apply: (@sorted_ltn_nth _ (relpre val ltn)); rewrite ?inE -?cardE ?enum_sorted //.
  by move=> ? ? ?; apply: ltn_trans.
case: (ltngtP j k) => [/up //|/up/ltnW|/val_inj ->]; last by rewrite ltnn.
by rewrite leqNgt => /negbTE.
Qed.

(* The j-th member of S has j members below it. *)
Lemma below_enum_val S (j : 'I_#|S|) : below S (enum_val j) = j.
Proof.
rewrite /below (_ : [set s in S | _] = [set enum_val k | k in [set k : 'I_#|S| | (k < j)%N]]).
  by rewrite card_imset ?card_below 1?ltnW //; apply: enum_val_inj.
apply/setP => s; rewrite inE; apply/andP/imsetP => [[sS sj]|[k]].
  exists (enum_rank_in sS s); last by rewrite enum_rankK_in.
  by rewrite inE -enum_val_lt enum_rankK_in.
by rewrite inE => kj ->; rewrite enum_valP enum_val_lt.
Qed.

(* The sets of k members of L + R, L the samples below i, by how many are in L. *)
Lemma card_by_below k i (j : nat) (R : {set 'I_N}) :
  [disjoint [set l : 'I_N | (l < i)%N] & R] -> (j <= k)%N ->
  #|[set S : {set 'I_N} | [&& S \subset [set l : 'I_N | (l < i)%N] :|: R, #|S| == k & below S i == j]]| =
  ('C(i, j) * 'C(#|R|, k - j))%N.
Proof.
set L := [set l | _] => LR jk; have cL : #|L| = i by rewrite card_below // ltnW.
rewrite -[X in 'C(X, j)]cL -card_draws_two //; apply: eq_card => S; rewrite !inE.
have -> : below S i = #|S :&: L| by apply: eq_card => l; rewrite !inE.
have [/setIidPl SLR|//] := boolP (_ \subset _).
have -> : #|S| = (#|S :&: L| + #|S :&: R|)%N.
  by rewrite -{1}SLR setIUr cardsU setIACA setIid (disjoint_setI0 LR) setI0 cards0 subn0.
rewrite /= andbC; case: eqP => //= ->.
by rewrite -[in RHS](eqn_add2l j) subnKC.
Qed.

(* Those without i, *)
Lemma card_below_without k i (j : nat) : (j <= k)%N ->
  #|[set S in draws_without k i | below S i == j]| = ('C(i, j) * 'C(N.-1 - i, k - j))%N.
Proof.
move=> jk; pose R := [set l : 'I_N | (i < l)%N].
have <- : #|R| = (N.-1 - i)%N.
  rewrite (_ : R = ~: [set l : 'I_N | (l < i.+1)%N]); last by apply/setP => l; rewrite !inE -leqNgt.
  by rewrite cardsCs setCK card_below // card_ord -subn1 -subnDA add1n.
rewrite -card_by_below //; last first.
  rewrite -setI_eq0; apply/eqP/setP => l; rewrite !inE.
  by apply/negbTE/negP => /andP[li /ltnW]; rewrite leqNgt li.
apply: eq_card => S; rewrite !inE andbA; congr (_ && _); rewrite andbC; congr (_ && _).
apply/idP/subsetP => [iS l lS|SLR]; last by apply/negP => /SLR; rewrite !inE ltnn.
by rewrite !inE -neq_ltn; apply: contraNneq iS => /val_inj <-.
Qed.

(* and those without a and its successor b. *)
Lemma card_below_without2 k a b (j : nat) : b = a.+1 :> nat -> (j <= k)%N ->
  #|[set S in draws_without2 k a b | below S a == j]| = ('C(a, j) * 'C(N.-2 - a, k - j))%N.
Proof.
move=> ba jk; pose R := [set l : 'I_N | (b < l)%N].
have <- : #|R| = (N.-2 - a)%N.
  rewrite (_ : R = ~: [set l : 'I_N | (l < b.+1)%N]); last by apply/setP => l; rewrite !inE -leqNgt.
  by rewrite cardsCs setCK card_below // card_ord ba -subn2 -subnDA add2n.
rewrite -card_by_below //; last first.
  rewrite -setI_eq0; apply/eqP/setP => l; rewrite !inE ba.
  by apply/negbTE/negP => /andP[la /ltnW]; rewrite ltnNge ltnW.
apply: eq_card => S; rewrite !inE andbA; congr (_ && _); rewrite -andbA andbC; congr (_ && _).
apply/andP/subsetP => [[aS bS] l lS|SLR]; last first.
  by split; apply/negP => /SLR; rewrite !inE ba ltnn ltnNge leqnSn.
rewrite !inE ba; case: (ltngtP l a) => // [al|/val_inj la]; last by rewrite -la lS in aS.
by rewrite ltn_neqAle al andbT -ba; apply: contraNneq bS => /val_inj ->.
Qed.

(* Sum a function of the number below i by that number. *)
Lemma sum_by_below (F : ringType) (f : nat -> F) K (P : {set {set 'I_N}}) i (c : nat -> nat) :
  (0 < K)%N -> (forall S, S \in P -> #|S| = K.-1) ->
  (forall j : nat, (j <= K.-1)%N -> #|[set S in P | below S i == j]| = c j) ->
  \sum_(S in P) f (below S i) = \sum_(j < K) f j * (c j)%:R.
Proof.
move=> K_gt0 PK Pc; have below_lt S : S \in P -> (below S i < K)%N.
  move/PK => SK; rewrite -(prednK K_gt0) ltnS -SK; apply: subset_leq_card.
  by apply/subsetP => l; rewrite inE => /andP[].
rewrite (partition_big (fun S => insubd (Ordinal K_gt0) (below S i)) predT) //=.
apply: eq_bigr => j _; have jK : (j <= K.-1)%N by rewrite -ltnS (prednK K_gt0).
rewrite -(Pc _ jK) mulr_natr -sumr_const.
apply: eq_big => S.
  rewrite inE; have [/below_lt SK|//] := boolP (S \in _).
  by rewrite -val_eqE /= val_insubd SK.
by case/andP=> /below_lt SK /eqP <-; rewrite val_insubd SK.
Qed.
End Ordinals.

Section GapForm.
Variables (F : realFieldType) (N K : nat) (alpha : nat -> F) (x : nat -> F).
Hypothesis x_sorted : forall i j, (i <= j < N)%N -> x i <= x j.
Implicit Types (S : {set 'I_N}) (i j a b t : 'I_N).
Let T : {set 'I_N} -> F := lstat_of alpha K (fun i : 'I_N => x i).

(* On a sorted batch a member's rank in S is the number of members below it. *)
Lemma lstat_rank S : S \in draws _ K -> T S = \sum_(i in S) alpha (below S i) * x i.
Proof.
rewrite inE => /eqP SK; rewrite /T /lstat_of /lstat sort_le_id; last first.
  rewrite sorted_map; apply: sub_sorted (enum_sorted S) => i j /= ij.
  by apply: x_sorted; rewrite ltnW //=.
rewrite [RHS]big_enum_val -SK; apply: eq_bigr => j _.
rewrite below_enum_val (nth_map (enum_default j)) -?cardE //.
Qed.

Hypothesis K_gt0 : (0 < K)%N.
Hypothesis KN : (K < N)%N.
Variables a b : 'I_N.
Hypothesis ba : b = a.+1 :> nat.

Let ab : a != b.
Proof. by apply/eqP => ab; move: ba; rewrite ab => /n_Sn. Qed.

(* Changing a into its successor b moves one reward by the gap. *)
Lemma lstat_step S : S \in draws_without2 K.-1 a b ->
  T (b |: S) - T (a |: S) = (x b - x a) * alpha (below S a).
Proof.
rewrite !inE => /andP[/andP[/eqP SK aS] bS].
have card (c : 'I_N) : c \notin S -> c |: S \in draws _ K.
  by move=> cS; rewrite inE cardsU1 cS SK add1n (prednK K_gt0).
have Sb : below S b = below S a.
  rewrite !belowE; apply: eq_bigr => i iS; rewrite ba ltnS leq_eqVlt.
  by have [/val_inj ia|] := eqP; rewrite ?ia ?(negbTE aS) // in iS.
rewrite !lstat_rank ?card // !big_setU1 //= !below_add // !ltnn !add0n Sb opprD addrACA.
have -> : \sum_(i in S) alpha (below (b |: S) i) * x i =
          \sum_(i in S) alpha (below (a |: S) i) * x i.
  apply: eq_bigr => i iS; rewrite !below_add //; congr (alpha (nat_of_bool _ + _) * _).
  rewrite ba [LHS]ltn_neqAle -ba; case: eqP => // /val_inj bi.
  by rewrite bi iS in bS.
by rewrite subrr addr0 -mulrBr mulrC.
Qed.

(* Averaged over those sets, alpha is elevated. *)
Lemma sum_alpha_below :
  \sum_(S in draws_without2 K.-1 a b) alpha (below S a) =
  'C(N.-2, K.-1)%:R * elevated alpha K N.-1 a.
Proof.
have C0 : 'C(N.-2, K.-1)%:R != 0 :> F.
  rewrite (bin_neq0 (char_num F)) //; move: K_gt0 KN.
  by case: K => // k _; case: N => [|[|n]].
have PK S : S \in draws_without2 K.-1 a b -> #|S| = K.-1.
  by rewrite !inE => /andP[/andP[/eqP]].
pose c (j : nat) := ('C(a, j) * 'C(N.-2 - a, K.-1 - j))%N.
have Pc (j : nat) (jK : (j <= K.-1)%N) : _ = c j := card_below_without2 ba jK.
rewrite (sum_by_below alpha K_gt0 PK Pc).
by rewrite /elevated mulr_sumr; apply: eq_bigr => j _; rewrite [RHS]mulrC divfK.
Qed.

Lemma exchange_lstat : exchange K T a b =
  (x b - x a) * ('C(N.-2, K.-1)%:R * elevated alpha K N.-1 a).
Proof. by rewrite -sum_alpha_below mulr_sumr; apply: eq_bigr => S; apply: lstat_step. Qed.

Let ratio m d c : (0 < c)%N -> (N.-1 * m = d * c)%N ->
  m%:R / c%:R = d%:R / N.-1%:R :> F.
Proof.
move=> c0 nm; have N1 : (0 < N.-1)%N by move: (leq_ltn_trans K_gt0 KN); case: N => [|[]].
by apply/eqP; rewrite eqr_div ?pnatr_eq0 -?lt0n // -!natrM mulnC nm.
Qed.

(* q_(t+1) - q_t *)
Theorem include_one_gap :
  include_one K T b - include_one K T a =
    (N - K)%:R / N.-1%:R * ((x b - x a) * elevated alpha K N.-1 a).
Proof.
rewrite (include_one_exchange T ab K_gt0) exchange_lstat card_ord.
rewrite -(@ratio 'C(N.-2, K.-1) _ 'C(N.-1, K.-1)).
- by rewrite [in LHS]mulrCA [LHS]mulrAC.
- by rewrite bin_gt0 -!subn1 leq_sub2r // ltnW.
- by rewrite mul_bin_down -!subn1 subnBA ?subnK // (leq_trans K_gt0) // ltnW.
Qed.

(* v^(-t) - v^(-(t+1)) *)
Theorem leave_one_out_gap :
  leave_one_out K T a - leave_one_out K T b =
    K%:R / N.-1%:R * ((x b - x a) * elevated alpha K N.-1 a).
Proof.
rewrite (leave_one_out_exchange T ab K_gt0) exchange_lstat card_ord.
rewrite -(@ratio 'C(N.-2, K.-1) _ 'C(N.-1, K)).
- by rewrite [in LHS]mulrCA [LHS]mulrAC.
- by rewrite bin_gt0 -ltnS prednK // (leq_ltn_trans _ KN).
- by rewrite mul_bin_diag prednK.
Qed.

(* (25) *)
Theorem advantage_gap :
  advantage K T b - advantage K T a =
    (x b - x a) * (N%:R / N.-1%:R * elevated alpha K N.-1 a).
Proof.
rewrite /advantage opprD opprK addrACA [- _ + _]addrC include_one_gap leave_one_out_gap.
by rewrite -mulrDl -mulrDl -natrD subnK 1?ltnW // mulrCA.
Qed.
End GapForm.
