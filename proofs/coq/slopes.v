(* Which L-statistic an estimator is unbiased for, if any: eq. (60). For rewards r of outcomes, and an equivariant A,

     A is unbiased with constant c for J_alpha, 0 < K <= N
       if and only if
     A(b; n) - A(a; n) = (r_b - r_a) c K e_t^(N)   for neighbours r_a <= r_b and every n of N - 1 others,

   t of which have rewards up to r_a. (Ranks count from 0, so t is the t - 1 of the specification.) So some L-statistic of
   at most N ranks and some c will do if and only if there are slopes g_0, .., g_(N-1) with g_t for c K e_t^(N), and where
   two rewards differ there is no choice of slopes. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets advantage expectation unbiased polarisation estimators characterisation.
From Ordergrad Require Import gap_form closed_form elevation population nonexistence.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* A reward that rises past no other. *)
Lemma lstat_rise (F : realFieldType) (alpha : nat -> F) k (a b : F) (l : seq F) : size l = k -> a <= b ->
  (forall y, y \in l -> (y <= a) || (b <= y)) ->
  lstat alpha k.+1 (b :: l) - lstat alpha k.+1 (a :: l) = (b - a) * alpha (count (fun y => y <= a) l).
Proof.
move=> lk ab apart; pose lo := sort <=%R [seq y <- l | y <= a]; pose hi := sort <=%R [seq y <- l | ~~ (y <= a)].
set m := count _ l; have lom : size lo = m by rewrite size_sort size_filter.
have mk : (m <= k)%N by rewrite -lk count_size.
have lstatE y : a <= y -> y <= b -> lstat alpha k.+1 (y :: l) = \sum_(j < k.+1) alpha j * (lo ++ y :: hi)`_j.
  move=> ay yb; rewrite (@lstat_perm _ _ _ _ (lo ++ y :: hi)); last first.
    apply/seq.permP => P; rewrite count_cat /= addnCA; congr (_ + _)%N.
    have /seq.permP -> : perm_eq lo [seq y <- l | y <= a] by rewrite perm_sort.
    have /seq.permP -> : perm_eq hi [seq y <- l | ~~ (y <= a)] by rewrite perm_sort.
    by rewrite -count_cat; apply/seq.permP; rewrite perm_sym (perm_filterC (fun z => z <= a)).
  rewrite /lstat sort_le_id // sorted_pairwise ?pairwise_cat /=; last exact: le_trans.
  rewrite -!sorted_pairwise ?sort_le_sorted ?andbT /=; try exact: le_trans.
  apply/andP; split.
    apply/allrelP => z z'; rewrite mem_sort mem_filter => /andP[za _]; rewrite inE => /orP[/eqP ->|].
      exact: le_trans ay.
    by rewrite mem_sort mem_filter -ltNge => /andP[/ltW/(le_trans za)].
  apply/allP => z; rewrite mem_sort mem_filter => /andP[/negbTE za zl].
  by have := apart z zl; rewrite za => /(le_trans yb).
rewrite !lstatE // -sumrB (bigD1 (inord m)) //= inordK // big1 ?addr0 => [|j jm].
  by rewrite !nth_cat lom ltnn subnn /= -mulrBr mulrC.
rewrite !nth_cat lom; case: ltnP => [_|mj]; first by rewrite subrr.
have {}jm : (j : nat) != m by apply: contraNneq jm => jm; apply/eqP/val_inj; rewrite /= inordK // jm.
by rewrite -(subnSK (_ : m < j)%N) ?subrr // ltn_neqAle eq_sym jm.
Qed.

Section Rise.
Variables (F : realFieldType) (X I : finType) (r : X -> F).
Notation N := #|I|.
Implicit Types (a b d : X) (i : I) (x : {ffun I -> X}) (S : {set I}) (alpha g : nat -> F).

(* Neighbours: no reward lies strictly between. *)
Definition neighbours a b := (r a <= r b) && [forall d, (r d <= r a) || (r b <= r d)].

(* How many of the others have rewards up to r_a. *)
Definition others_up_to a i x : nat := #|[set j | (j != i) && (r (x j) <= r a)]|.

Lemma lstat_put alpha k a b i x S : neighbours a b -> S \in draws_without k i ->
  let h := lstat_reward r alpha k.+1 in
  stat h (put x i b) (i |: S) - stat h (put x i a) (i |: S) =
  (r b - r a) * alpha #|S :&: [set j | (j != i) && (r (x j) <= r a)]|.
Proof.
case/andP=> ab /forallP apart; rewrite !inE => /andP[/eqP Sk iS] h.
have E d : stat h (put x i d) (i |: S) = lstat alpha k.+1 (r d :: [seq r (x j) | j <- enum S]).
  apply: lstat_perm; rewrite -map_comp.
  have -> : r d :: [seq r (x j) | j <- enum S] = [seq r (put x i d j) | j <- i :: enum S].
    rewrite /= putE; congr (_ :: _); apply/eq_in_map => j; rewrite mem_enum ffunE => jS.
    by case: eqP => // ji; rewrite -ji jS in iS.
  apply: perm_map; apply: uniq_perm; rewrite /= ?enum_uniq ?andbT ?mem_enum // => j.
  by rewrite mem_enum inE in_set1 inE mem_enum.
rewrite !E lstat_rise ?size_map -?cardE // => [|y /mapP[j _ ->]]; last exact: apart.
congr (_ * alpha _); rewrite count_map -sum1_count big_enum_cond /= -sum1_card; apply: eq_bigl => j.
by rewrite !inE; case jS: (j \in S) => //=; case: eqP => // ji; rewrite -ji jS in iS.
Qed.

Lemma sum_alpha_up_to alpha k i (L : {set I}) : (k < N)%N -> i \notin L ->
  \sum_(S in draws_without k i) alpha #|S :&: L| = 'C(N.-1, k)%:R * elevated alpha k.+1 N #|L|.
Proof.
move=> kN iL; have C0 : 'C(N.-1, k)%:R != 0 :> F.
  by rewrite pnatr_eq0 -lt0n bin_gt0 -ltnS (leq_trans kN) // leqSpred.
pose R := ~: (i |: L); have LR : [disjoint L & R].
  by rewrite -setI_eq0; apply/eqP/setP => j; rewrite !inE negb_or; case: (j \in L); rewrite ?andbF.
have cR : #|R| = (N.-1 - #|L|)%N by rewrite /R cardsCs setCK cardsU1 iL -subn1 -subnDA.
have count (j : nat) : (j <= k)%N ->
    #|[set S in draws_without k i | #|S :&: L| == j]| = ('C(#|L|, j) * 'C(N.-1 - #|L|, k - j))%N.
  move=> jk; rewrite -cR -(card_draws_two _ _ LR); apply: eq_card => S; rewrite !inE.
  have -> : (S \subset L :|: R) = (i \notin S).
    apply/subsetP/idP => [SLR|iS l lS]; first by apply/negP => /SLR; rewrite !inE eqxx (negbTE iL).
    by rewrite !inE negb_or; case: (l \in L) => //=; rewrite andbT; apply: contraNneq iS => <-.
  case iS: (i \in S); first by rewrite andbF.
  have -> : #|S| = (#|S :&: L| + #|S :&: R|)%N.
    rewrite -(cardsID L S); congr (_ + _)%N; apply: eq_card => l; rewrite !inE negb_or.
    case lS: (l \in S); rewrite ?andbF //= andbT; case: eqP => // li; by rewrite -li lS in iS.
  rewrite /= andbT andbC; case: eqP => //= ->.
  by rewrite -[in RHS](eqn_add2l j) subnKC.
rewrite (partition_big (fun S : {set I} => inord #|S :&: L| : 'I_k.+1) predT) //= /elevated mulr_sumr.
have small S : S \in draws_without k i -> (#|S :&: L| < k.+1)%N.
  by rewrite !inE ltnS => /andP[/eqP <- _]; rewrite subset_leq_card // subsetIl.
apply: eq_bigr => j _; have jk : (j <= k)%N by rewrite -ltnS.
rewrite [RHS]mulrC divfK // -count // mulr_natr -sumr_const.
apply: eq_big => S.
  by rewrite inE; case SD: (S \in _) => //=; rewrite -val_eqE /= inordK // small.
by case/andP=> SD /eqP <-; rewrite inordK // small.
Qed.

(* Include-one values rise by elevated weights. *)
Theorem include_one_rise alpha K a b i x : (0 < K <= N)%N -> neighbours a b ->
  let q d := include_ones K (lstat_reward r alpha K) i (put x i d) in
  q b - q a = (r b - r a) * elevated alpha K N (others_up_to a i x).
Proof.
case: K => // k kN ab /=; rewrite /include_ones /include_one /mean -mulrBl !draws_add -sumrB.
rewrite (eq_bigr _ (fun S SD => lstat_put alpha x ab SD)) -mulr_sumr.
rewrite sum_alpha_up_to ?inE ?eqxx // card_draws_with mulrCA mulrAC mulfV ?mul1r //.
by rewrite pnatr_eq0 -lt0n bin_gt0 -ltnS (leq_trans kN) // leqSpred.
Qed.

Variables (A : estimator F X I).
Hypothesis A_eqv : equivariant A.

(* (60) *)
Definition slopes g := forall i x a b, neighbours a b ->
  A i (put x i b) - A i (put x i a) = (r b - r a) * g (others_up_to a i x).

(* Differences between neighbours are all of them. *)
Lemma by_neighbours (D : {ffun I -> X} -> F) i :
  (forall x a b, neighbours a b -> D (put x i b) = D (put x i a)) -> ignores i D.
Proof.
move=> near x d; rewrite -[in RHS](put_id x i).
have up a b : r a <= r b -> D (put x i b) = D (put x i a).
  have [m] := ubnP #|[set e | r a < r e < r b]|; elim: m a b => // m IH a b; rewrite ltnS => abm ab.
  have [ne|] := boolP (neighbours a b); first exact: near.
  rewrite /neighbours ab negb_forall => /existsP[e]; rewrite negb_or -!ltNge => /andP[ae eb].
  have less (P : pred X) : (forall z, P z -> r a < r z < r b) -> ~~ P e -> (#|[set z | P z]| < m)%N.
    move=> sub nPe; apply: leq_trans abm; apply: proper_card; apply/properP; split.
      by apply/subsetP => z; rewrite !inE => /sub.
    by exists e; rewrite !inE ?ae.
  rewrite (IH e b) ?(IH a e) ?ltW //; apply: less => [z /andP[az zb]|]; rewrite ?ltxx ?andbF //.
    by rewrite az (lt_trans zb eb).
  by rewrite (lt_trans ae az) zb.
by have [dx|/ltW dx] := lerP (r d) (r (x i)); rewrite (up _ _ dx).
Qed.

Theorem unbiased_by_slopes alpha K c : (0 < K <= N)%N ->
  unbiased K (lstat_reward r alpha K) A c <-> slopes (fun t => c * K%:R * elevated alpha K N t).
Proof.
move=> KN; rewrite characterisation //; last exact: lstat_reward_symmetric.
have step i x a b : neighbours a b ->
    (A i (put x i b) - c * K%:R * include_ones K (lstat_reward r alpha K) i (put x i b) ==
     A i (put x i a) - c * K%:R * include_ones K (lstat_reward r alpha K) i (put x i a)) =
    (A i (put x i b) - A i (put x i a) == (r b - r a) * (c * K%:R * elevated alpha K N (others_up_to a i x))).
  move=> ab; have across (y z v w : F) : (y - z == v - w) = (y - v == z - w).
    by rewrite -subr_eq0 -[in RHS]subr_eq0 !opprB addrACA [- z - v]addrC -addrACA.
  by rewrite across -mulrBr (include_one_rise alpha i x KN ab) mulrCA.
split=> [ign i x a b ab|sl i]; first by apply/eqP; rewrite -step // !ign.
by apply: by_neighbours => x a b ab; apply/eqP; rewrite step // sl.
Qed.

(* Whether there is an objective at all, *)
Theorem some_objective : (0 < N)%N ->
  (exists K alpha c, (0 < K <= N)%N /\ unbiased K (lstat_reward r alpha K) A c) <-> exists g, slopes g.
Proof.
move=> N0; have n0 : N%:R != 0 :> F by rewrite pnatr_eq0 -lt0n.
split=> [[K [alpha [c [KN /unbiased_by_slopes sl]]]]|[g sl]].
  by exists (fun t => c * K%:R * elevated alpha K N t); apply: sl.
exists N, (fun t => g t / N%:R), 1; split; first by rewrite N0 leqnn.
apply/unbiased_by_slopes => [|i x a b ab]; first by rewrite N0 leqnn.
rewrite sl // elevated_start //; first by rewrite mul1r [N%:R * _]mulrC divfK.
rewrite -(cardsT I) proper_card //; apply/properP; split; first exact: subsetT.
by exists i; rewrite !inE ?eqxx.
Qed.

(* and that it is determined. *)
Theorem slopes_unique g g' a b : neighbours a b -> r a < r b -> slopes g -> slopes g' ->
  forall t, (t < N)%N -> g t = g' t.
Proof.
move=> ne ab sl sl' t tN; pose i : I := enum_val (Ordinal tN).
pose L : {set I} := [set enum_val k | k in [set k : 'I_N | (k < t)%N]].
pose x : {ffun I -> X} := [ffun j => if j \in L then a else b].
have iL : i \notin L by apply/imsetP => -[k]; rewrite inE => kt /enum_val_inj E; rewrite -E ltnn in kt.
have E : others_up_to a i x = t.
  rewrite -[RHS](card_below (ltnW tN)) -(card_imset _ (@enum_val_inj _ I)); apply: eq_card => j.
  rewrite inE ffunE -/L; case: ifP => jL; last by rewrite leNgt ab andbF.
  by rewrite lexx andbT; apply: contraNneq iL => <-.
have := sl i x a b ne; rewrite sl' // E => /mulfI; rewrite subr_eq0 (gt_eqF ab) => /(_ isT) //.
Qed.
End Rise.
