(* How many of n independent draws lie up to each of two boundaries: eq. (88), and its sweep.

   X is a finite set of outcomes with probabilities p, B and C two predicates, all of B in C: what lies up to the
   lower and up to the upper boundary, with the probabilities P and Q. The two counts are trinomial,

     (88)   E[G(#B, #C)] = sum_(l <= m <= n) C(n, m) C(m, l) P^l (Q - P)^(m-l) (1 - Q)^(n-m) G(l, m)

   and a Markov chain. Let qs be the masses between the boundaries up to the lower one, rs those from there to the
   upper one. One boundary further, what is known of each count d is

     (104)  step q v d = sum_(c <= d) v_c C(n - c, d - c) q^(d-c)

   and a sweep over qs from "no draw so far", a product with f, a sweep over rs and one with g (1 - Q)^(n-d) give
   E[f(#B) g(#C)]. That is how polynomially many steps do for exponentially many batches: boundary_counts.py performs
   it, on rationals as it stands here. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets expectation.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Lemma bin_pair n m l : (l <= m <= n)%N -> ('C(n, m) * 'C(m, l) = 'C(n, l) * 'C(n - l, m - l))%N.
Proof.
case/andP=> lm mn; have ln := leq_trans lm mn.
have pos : (0 < l`! * ((m - l)`! * (n - m)`!))%N by rewrite !muln_gt0 !fact_gt0.
apply/eqP; rewrite -(eqn_pmul2r pos); apply/eqP.
have nl : (n - l - (m - l) = n - m)%N by rewrite subnBA // subnK.
transitivity n`!; last first.
  rewrite -(bin_fact ln) -(@bin_fact (n - l) (m - l)) ?leq_sub2r // nl.
  by rewrite !mulnA; congr (_ * _ * _)%N; rewrite -!mulnA; congr (_ * _)%N; rewrite mulnC.
rewrite -(bin_fact mn) -(bin_fact lm) !mulnA; congr (_ * _)%N; rewrite -!mulnA; congr (_ * _)%N.
Qed.

Section Trinomial.
Variables (F : comRingType) (X I : finType) (p : X -> F) (B C : pred X).
Hypothesis p1 : total p = 1.
Hypothesis BC : forall a, B a -> C a.
Notation n := #|I|.
Notation P := (\sum_(a | B a) p a).
Notation Q := (\sum_(a | C a) p a).

Definition up_to (A : pred X) (y : {ffun I -> X}) : {set I} := [set i | A (y i)].

(* A function of the size alone, summed over the subsets. *)
Lemma sum_subsets (S : {set I}) (f : nat -> F) :
  \sum_(R : {set I} | R \subset S) f #|R| = \sum_(l < #|S|.+1) 'C(#|S|, l)%:R * f l.
Proof.
rewrite (partition_big (fun R : {set I} => inord #|R| : 'I_#|S|.+1) predT) //=.
apply: eq_bigr => l _; rewrite -cards_draws mulr_natl -sumr_const.
apply: eq_big => [R|R /andP[RS /eqP <-]]; last by rewrite inordK // ltnS subset_leq_card.
rewrite inE; have [RS|//] := boolP (R \subset S).
by rewrite -val_eqE /= inordK // ltnS subset_leq_card.
Qed.

(* The batches whose draws up to the boundaries are those in R and in S. *)
Lemma weight_up_to (R S : {set I}) : R \subset S ->
  \sum_(y | (up_to C y == S) && (up_to B y == R)) weight p y =
  P ^+ #|R| * (Q - P) ^+ (#|S| - #|R|) * (1 - Q) ^+ (n - #|S|).
Proof.
move=> RS; pose A i a := (C a == (i \in S)) && (B a == (i \in R)).
rewrite (eq_bigl (fun y => y \in family A)) => [|y]; last first.
  apply/andP/familyP => [[/eqP yS /eqP yR] i|yA].
    by rewrite unfold_in /A -[in i \in S]yS -[in i \in R]yR !inE !eqxx.
  by split; apply/eqP/setP => i; have /andP[/eqP E /eqP E'] : A i (y i) := yA i; rewrite inE.
rewrite /weight -(bigA_distr_big_dep A (fun=> p)).
have between : \sum_(a | C a && ~~ B a) p a = Q - P.
  rewrite [Q](bigID B) /= [X in X + _ - _](eq_bigl B) => [|a]; first by rewrite addrAC subrr add0r.
  by case Ba: (B a); rewrite ?andbF // BC.
have beyond : \sum_(a | ~~ C a) p a = 1 - Q by rewrite -p1 /total [X in _ = X - _](bigID C) /= addrAC subrr add0r.
rewrite (bigID (mem S)) /= (bigID (mem R)) /=; congr (_ * _ * _).
- rewrite -prodr_const; apply: eq_big => [i|i /andP[iS iR]].
    by have [/(subsetP RS) ->|] := boolP (i \in R); rewrite ?andbF.
  by apply: eq_bigl => a; rewrite /A iS iR !eqb_id; case Ba: (B a); rewrite ?andbF // BC.
- have <- : #|S :\: R| = (#|S| - #|R|)%N by rewrite cardsD (setIidPr RS).
  rewrite -between -prodr_const; apply: eq_big => [i|i /andP[iS iR]]; first by rewrite inE andbC.
  by apply: eq_bigl => a; rewrite /A iS (negbTE iR) eqb_id eqbF_neg.
have <- : #|~: S| = (n - #|S|)%N by rewrite cardsCs setCK.
rewrite -beyond -prodr_const; apply: eq_big => [i|i iS]; first by rewrite inE.
apply: eq_bigl => a; rewrite /A (negbTE iS) eqbF_neg.
have /negbTE -> : i \notin R by apply: contra iS; apply: (subsetP RS).
by rewrite eqbF_neg; case Ba: (B a); rewrite ?andbT // BC.
Qed.

(* (88) *)
Theorem two_counts (G : nat -> nat -> F) :
  expect p (fun y => G #|up_to B y| #|up_to C y|) =
  \sum_(m < n.+1) \sum_(l < m.+1)
    ('C(n, m) * 'C(m, l))%:R * (P ^+ l * (Q - P) ^+ (m - l) * (1 - Q) ^+ (n - m)) * G l m.
Proof.
rewrite /expect (partition_big (up_to C) predT) //=.
transitivity (\sum_(S : {set I}) \sum_(l < #|S|.+1) 'C(#|S|, l)%:R *
    (P ^+ l * (Q - P) ^+ (#|S| - l) * (1 - Q) ^+ (n - #|S|) * G l #|S|)).
  apply: eq_bigr => S _.
  rewrite -(sum_subsets S (fun l => P ^+ l * (Q - P) ^+ (#|S| - l) * (1 - Q) ^+ (n - #|S|) * G l #|S|)).
  rewrite (partition_big (up_to B) (fun R => R \subset S)) => [|y /eqP <-]; last first.
    by apply/subsetP => i; rewrite !inE; apply: BC.
  apply: eq_bigr => R RS; rewrite -(weight_up_to RS) mulr_suml.
  by apply: eq_bigr => y /andP[/eqP -> /eqP ->].
rewrite (eq_bigl (fun S : {set I} => S \subset setT)) => [|S]; last by rewrite subsetT.
rewrite (sum_subsets setT (fun m => \sum_(l < m.+1) 'C(m, l)%:R *
    (P ^+ l * (Q - P) ^+ (m - l) * (1 - Q) ^+ (n - m) * G l m))) cardsT.
apply: eq_bigr => m _; rewrite mulr_sumr; apply: eq_bigr => l _.
by rewrite natrM -!mulrA.
Qed.
End Trinomial.

Section Sweep.
Variables (F : comRingType) (n : nat).
Implicit Types (v a f g : nat -> F) (q : F) (qs rs : seq F).

Definition transition q c d : F := 'C(n - c, d - c)%:R * q ^+ (d - c).

(* (104) *)
Definition step v q d : F := \sum_(c < n.+1 | (c <= d)%N) v c * transition q c d.
Definition sweep v qs : nat -> F := foldl step v qs.
Definition none d : F := (d == 0%N)%:R.

Lemma eq_step v a q d : (forall c, (c <= n)%N -> v c = a c) -> step v q d = step a q d.
Proof. by move=> va; apply: eq_bigr => c _; rewrite va // -ltnS. Qed.

(* Two steps are one over both masses. *)
Lemma transition_transition q r (c d : nat) : (c <= d <= n)%N ->
  \sum_(e < n.+1 | (c <= e <= d)%N) transition q c e * transition r e d = transition (q + r) c d.
Proof.
case/andP=> cd dn; pose h e := transition q c e * transition r e d.
transitivity (\sum_(c <= e < d.+1) h e).
  rewrite (big_nat_widenl _ 0) // (big_nat_widen _ _ n.+1) ?ltnS // big_mkord.
  by apply: eq_bigl => e; rewrite ltnS.
rewrite -{1}[c]add0n big_addn subSn // big_mkord /transition [q + r]addrC exprDn mulr_sumr.
apply: eq_bigr => k _; have kd : (k <= d - c)%N by rewrite -ltnS.
rewrite /h /transition addnK [(d - (k + c))%N]subnDA subnAC -[X in _ = _ * X]mulr_natl.
rewrite [(n - (k + c))%N]subnDA subnAC mulrACA -natrM -bin_pair; last by rewrite kd leq_sub2r.
by rewrite natrM -!mulrA [q ^+ k * _]mulrC.
Qed.

Lemma step_step v q r d : (d <= n)%N -> step (step v q) r d = step v (q + r) d.
Proof.
move=> dn; rewrite /step; under eq_bigr do rewrite mulr_suml.
rewrite (exchange_big_dep (fun c : 'I_n.+1 => (c <= d)%N)) /= => [|e c ed ce]; last exact: leq_trans ed.
apply: eq_bigr => c cd; under eq_bigr do rewrite -mulrA; rewrite -mulr_sumr; congr (_ * _).
by rewrite -transition_transition ?cd //; apply: eq_bigl => e; rewrite andbC.
Qed.

Lemma step0 v d : (d <= n)%N -> step v 0 d = v d.
Proof.
move=> dn; have dn' : (d < n.+1)%N by [].
rewrite /step (bigD1 (Ordinal dn')) //= /transition subnn bin0 expr0 !mulr1 big1 ?addr0 // => c.
rewrite -val_eqE /= => /andP[cd cd']; have dc : (d - c != 0)%N by rewrite subn_eq0 -ltnNge ltn_neqAle cd' cd.
by rewrite expr0n (negbTE dc) !mulr0.
Qed.

Lemma sweepE v qs d : (d <= n)%N -> sweep v qs d = step v (\sum_(q <- qs) q) d.
Proof.
elim: qs v d => [|q qs IH] v d dn; first by rewrite big_nil step0.
by rewrite /sweep /= -/(sweep _ _) IH // step_step // big_cons.
Qed.

Lemma sweep_none qs c : (c <= n)%N -> sweep none qs c = 'C(n, c)%:R * (\sum_(q <- qs) q) ^+ c.
Proof.
move=> cn; rewrite sweepE // /step (bigD1 ord0) //= /none eqxx mul1r /transition !subn0 [X in _ + X]big1 ?addr0 // => e.
by case/andP=> _; rewrite -val_eqE /= => /negbTE ->; rewrite mul0r.
Qed.
End Sweep.

Section Moments.
Variables (F : comRingType) (X I : finType) (p : X -> F) (B C : pred X) (qs rs : seq F).
Hypothesis p1 : total p = 1.
Hypothesis BC : forall a, B a -> C a.
Hypothesis massB : \sum_(a | B a) p a = \sum_(q <- qs) q.
Hypothesis massC : \sum_(a | C a) p a = \sum_(q <- qs) q + \sum_(r <- rs) r.
Notation n := #|I|.

(* (104): one sweep gives the second moments. *)
Theorem moments_by_sweep (f g : nat -> F) :
  expect p (fun y : {ffun I -> X} => f #|up_to B y| * g #|up_to C y|) =
  \sum_(d < n.+1) sweep n (fun c => sweep n (none F) qs c * f c) rs d *
                  (g d * (1 - \sum_(a | C a) p a) ^+ (n - d)).
Proof.
rewrite (two_counts I p1 BC (fun l m => f l * g m)); apply: eq_bigr => d _.
have dn : (d <= n)%N by rewrite -ltnS.
rewrite sweepE // /step mulr_suml.
pose h c := sweep n (none F) qs c * f c * transition n (\sum_(r <- rs) r) c d *
  (g d * (1 - \sum_(a | C a) p a) ^+ (n - d)).
rewrite -(big_ord_widen n.+1 h (ltn_ord d)); apply: eq_bigr => c _.
have cd : (c <= d)%N by rewrite -ltnS.
rewrite /h sweep_none ?(leq_trans cd) // massB massC [X in X - _]addrC addrK bin_pair ?cd // natrM /transition.
set x := (_ ^+ c); set y := (_ ^+ (d - c)); set z := (_ ^+ (n - d)).
rewrite -!mulrA; congr (_ * _); rewrite mulrCA; congr (_ * _); rewrite [RHS]mulrCA; congr (_ * _).
by rewrite [RHS]mulrCA; congr (_ * _); rewrite mulrC -mulrA.
Qed.
End Moments.

(* The sums of the answers to each outcome, and two samples put in by hand: eqs. (87) and (89). *)
Section TwoSamples.
Variables (F : comRingType) (X I : finType) (p : X -> F).
Hypothesis p1 : total p = 1.
Variable A : I -> {ffun I -> X} -> F.
Implicit Types (x : {ffun I -> X}) (i j : I) (a b : X).

Definition answers_to a x : F := \sum_(i | x i == a) A i x.

Lemma expect_at i a (f : {ffun I -> X} -> F) :
  expect p (fun x => (x i == a)%:R * f x) = p a * expect p (fun x => f (put x i a)).
Proof.
rewrite (expect_redraw i) // -expectZ; apply: eq_expect => x.
rewrite (bigD1 a) //= putE eqxx mul1r big1 ?addr0 // => c /negbTE ca.
by rewrite putE ca mul0r mulr0.
Qed.

Lemma answers_toE a x : answers_to a x = \sum_i (x i == a)%:R * A i x.
Proof.
by rewrite /answers_to big_mkcond; apply: eq_bigr => i _; case: eqP; rewrite ?mul1r ?mul0r.
Qed.

(* (89): N pi_a times the mean of one answer, *)
Theorem mean_of_answers a :
  expect p (answers_to a) = \sum_i p a * expect p (fun x => A i (put x i a)).
Proof.
rewrite (eq_expect _ (answers_toE a)) expect_sum.
by apply: eq_bigr => i _; rewrite (expect_at i a (A i)).
Qed.

(* and N terms of one sample, N (N - 1) of two. *)
Theorem product_of_answers a b :
  expect p (fun x => answers_to a x * answers_to b x) =
  (a == b)%:R * (\sum_i p a * expect p (fun x => A i (put x i a) ^+ 2)) +
  \sum_i \sum_(j | j != i)
    p a * (p b * expect p (fun x => A i (put (put x i a) j b) * A j (put (put x i a) j b))).
Proof.
rewrite mulr_sumr -big_split /=.
transitivity (\sum_i \sum_j expect p (fun x => (x i == a)%:R * ((x j == b)%:R * (A i x * A j x)))).
  under eq_bigr do rewrite -expect_sum; rewrite -expect_sum; apply: eq_expect => x.
  rewrite !answers_toE mulr_suml; apply: eq_bigr => i _; rewrite mulr_sumr; apply: eq_bigr => j _.
  by rewrite mulrACA !mulrA.
apply: eq_bigr => i _; rewrite (bigD1 i) //=; congr (_ + _); last first.
  apply: eq_bigr => j ji; transitivity (p b * expect p (fun x => (put x j b i == a)%:R *
      (A i (put x j b) * A j (put x j b)))).
    rewrite -(expect_at j b (fun x => (x i == a)%:R * (A i x * A j x))).
    by apply: eq_expect => x; rewrite mulrCA.
  rewrite mulrCA; congr (_ * _).
  rewrite -(expect_at i a (fun x => A i (put x j b) * A j (put x j b))).
  have ij : (i == j) = false by rewrite eq_sym; exact: negbTE.
  by apply: eq_expect => x; rewrite ffunE ij.
transitivity ((a == b)%:R * expect p (fun x => (x i == a)%:R * A i x ^+ 2)).
  rewrite -expectZ; apply: eq_expect => x; rewrite expr2 !mulrA; do 2 congr (_ * _).
  by rewrite [RHS]mulrC; case: eqP => [->|_]; rewrite ?mul1r ?mul0r ?mulr1 // eq_sym.
by rewrite (expect_at i a (fun x => A i x ^+ 2)).
Qed.
End TwoSamples.

Section LinearInGaps.
Variables (F : comRingType) (X I : finType) (p : X -> F) (M n : nat).
Variables (gap : nat -> F) (B : nat -> pred X) (U D : nat -> nat -> F).
Hypothesis p1 : total p = 1.
Hypothesis size : #|I| = n.+2.
Implicit Types (x : {ffun I -> X}) (i j : I) (a b : X).

Definition answer t a c : F := if B t a then D t c else U t c.
Definition answered a x : F := \sum_(t < M) gap t * answer t a #|up_to (B t) x|.

(* (87) *)
Definition linear i x : F := answered (x i) x.

(* What two given samples add to what the others have. *)
Lemma count_two (C : pred X) x i j a b : i != j ->
  #|up_to C (put (put x i a) j b)| = (C a + C b + #|[set k | C (x k) & (k != i) && (k != j)]|)%N.
Proof.
move=> ij; rewrite (cardsD1 j) !inE putE -addnA addnCA; congr (_ + _)%N.
rewrite (cardsD1 i) !inE ij ffunE (negbTE ij) putE; congr (_ + _)%N; apply: eq_card => k.
rewrite !inE !ffunE; have [->|kj] /= := eqVneq k j; first by rewrite !andbF.
by case: (eqVneq k i); rewrite ?andbF ?andbT.
Qed.

(* They are n independent draws. *)
Lemma expect_others (G : nat -> nat -> F) (C C' : pred X) i j : i != j ->
  expect p (fun x => G #|[set k | C (x k) & (k != i) && (k != j)]| #|[set k | C' (x k) & (k != i) && (k != j)]|) =
  expect p (fun y : {ffun 'I_n -> X} => G #|up_to C y| #|up_to C' y|).
Proof.
move=> ij; pose A := [set k | (k != i) && (k != j)].
have <- : #|A| = n.
  rewrite (_ : A = ~: [set i; j]); last by apply/setP => k; rewrite !inE negb_or.
  by rewrite cardsCs setCK cards2 ij size subn2.
rewrite -(expect_sub _ (@enum_val_inj _ (mem A)) p1); apply: eq_expect => x.
have E (c : pred X) : #|[set k | c (x k) & (k != i) && (k != j)]| =
    #|up_to c [ffun m : 'I_#|A| => x (enum_val m)]|.
  rewrite -(card_imset _ (@enum_val_inj _ (mem A))); apply: eq_card => k; rewrite !inE.
  apply/andP/imsetP => [[ck kA]|[m]]; last first.
    by rewrite !inE ffunE => cm ->; split=> //; have := enum_valP m; rewrite inE.
  have kA' : k \in A by rewrite inE.
  by exists (enum_rank_in kA' k); rewrite ?inE ?ffunE enum_rankK_in.
by rewrite !E.
Qed.

(* Of the answers to two outcomes c and c' on a batch with a at i and b at j. *)
Lemma expect_answered i j a b c c' : i != j ->
  expect p (fun x => answered c (put (put x i a) j b) * answered c' (put (put x i a) j b)) =
  \sum_(s < M) \sum_(t < M) gap s * gap t * expect p (fun y : {ffun 'I_n -> X} =>
    answer s c (B s a + B s b + #|up_to (B s) y|) * answer t c' (B t a + B t b + #|up_to (B t) y|)).
Proof.
move=> ij; pose at_ s c (m : nat) : F := answer s c (B s a + B s b + m).
transitivity (expect p (fun x => \sum_(s < M) \sum_(t < M) gap s * gap t *
    (at_ s c #|[set k | B s (x k) & (k != i) && (k != j)]| *
     at_ t c' #|[set k | B t (x k) & (k != i) && (k != j)]|))).
  apply: eq_expect => x; rewrite /answered mulr_suml; apply: eq_bigr => s _.
  by rewrite mulr_sumr; apply: eq_bigr => t _; rewrite mulrACA !count_two.
rewrite expect_sum; apply: eq_bigr => s _; rewrite expect_sum; apply: eq_bigr => t _.
by rewrite expectZ (expect_others (fun m m' => at_ s c m * at_ t c' m')).
Qed.

(* (88): H_ab, *)
Theorem product_by_counts i j a b : i != j ->
  expect p (fun x => linear i (put (put x i a) j b) * linear j (put (put x i a) j b)) =
  \sum_(s < M) \sum_(t < M) gap s * gap t * expect p (fun y : {ffun 'I_n -> X} =>
    answer s a (B s a + B s b + #|up_to (B s) y|) * answer t b (B t a + B t b + #|up_to (B t) y|)).
Proof.
move=> ij; rewrite -(expect_answered a b a b ij); apply: eq_expect => x.
by rewrite /linear putE ffunE (negbTE ij) putE.
Qed.

(* and D_a, the mean over b. *)
Theorem square_by_counts i j a : i != j ->
  expect p (fun x => linear i (put x i a) ^+ 2) =
  \sum_b p b * \sum_(s < M) \sum_(t < M) gap s * gap t * expect p (fun y : {ffun 'I_n -> X} =>
    answer s a (B s a + B s b + #|up_to (B s) y|) * answer t a (B t a + B t b + #|up_to (B t) y|)).
Proof.
move=> ij; rewrite (expect_redraw j) // expect_sum; apply: eq_bigr => b _.
rewrite expectZ -(expect_answered a b a a ij); congr (_ * _); apply: eq_expect => x.
have swap : put (put x j b) i a = put (put x i a) j b.
  by apply/ffunP => k; rewrite !ffunE; case: eqP => // ->; rewrite (negbTE ij).
by rewrite /linear putE swap expr2.
Qed.
End LinearInGaps.
