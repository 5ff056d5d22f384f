(* By how much the jackknife's variance is above: eq. (114), for every K < N, every symmetric function h of K outcomes and finite laws.

     known A        E[T | X_A = x_A], what is known of T by the samples in A, K - #A samples being drawn anew
     component C    h_c of the samples in C: the sum over A <= C of (-1)^(#C - #A) known A
     part c         C(K, c) / C(N, c) times the sum of the components of c samples,  V_c its variance

     T(S) is the sum of the components of its subsets, and components of different sets are uncorrelated (Hoeffding, 1948). So v is the
     sum of its parts, Var v = V_1 + .. + V_K, and in v^(-i) - v a component of c samples has c / (N - c) times its factor in v where i is
     not one of them, and -1 times where it is:

     (114)  E Var_J - Var v = sum_(c = 1..K) N (c - 1) / (N - c) V_c                                                   *)

From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets advantage expectation unbiased decomposition boundary_counts error_bars.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Subsets.
Variables (I : finType) (R : zmodType).
Implicit Types (A C S : {set I}).

(* The subsets of C by whether i is a member. *)
Lemma sum_toggle i C (f : {set I} -> R) : i \in C ->
  \sum_(A : {set I} | A \subset C) f A = \sum_(A : {set I} | A \subset C :\ i) (f A + f (i |: A)).
Proof.
move=> iC; rewrite (bigID (fun A : {set I} => i \in A)) /= addrC big_split /=; congr (_ + _).
  by apply: eq_bigl => A; rewrite subsetD1.
rewrite (reindex_onto (fun A => i |: A) (fun A => A :\ i)) => [|A /andP[_ /setD1K]] //=.
apply: eq_bigl => A; rewrite setU11 andbT subUset sub1set iC /= subsetD1.
have [iA|iA] := boolP (i \in A); last by rewrite setU1K // eqxx.
by rewrite !andbF; apply/negbTE/negP => /andP[_ /eqP E]; move: iA; rewrite -E setD11.
Qed.

(* How many sets of K hold C. *)
Lemma card_above K C : (K <= #|I|)%N ->
  #|[set S in draws I K | C \subset S]| = 'C(#|I| - #|C|, #|I| - K).
Proof.
move=> KN; rewrite -(card_imset _ (inv_inj (@setCK I))).
have <- : #|~: C| = (#|I| - #|C|)%N by rewrite cardsCs setCK.
rewrite -cards_draws; apply: eq_card => U; rewrite inE; apply/imsetP/andP => [[S]|[UC /eqP U1]].
  by rewrite !inE => /andP[/eqP SK CS] ->; rewrite setCS CS cardsCs setCK SK eqxx.
exists (~: U); last by rewrite setCK.
by rewrite !inE cardsCs setCK U1 subKn // eqxx -setCS setCK.
Qed.
End Subsets.

Section Components.
Variables (F : fieldType) (I X : finType) (K : nat) (h : seq X -> F) (p : X -> F).
Hypothesis char0 : [char F] =i pred0.
Hypothesis p1 : total p = 1.
Hypothesis h_sym : symmetric h.
Notation N := #|I|.
Implicit Types (A C S : {set I}) (i : I) (x y : {ffun I -> X}).

Definition known A x : F := objective (K - #|A|) (fun z => h ([seq x i | i <- enum A] ++ z)) p.
Definition component C x : F := \sum_(A : {set I} | A \subset C) (-1) ^+ (#|C| - #|A|) * known A x.
Definition part c x : F := 'C(K, c)%:R / 'C(N, c)%:R * \sum_(C in draws I c) component C x.

(* Whatever set of K samples A stands in. *)
Lemma known_merge S A x : S \in draws I K -> A \subset S -> expect p (fun y => stat h (merge A x y) S) = known A x.
Proof.
rewrite inE => /eqP SK AS.
have SA : S :\: A \in draws I (K - #|A|) by rewrite inE cardsD (setIidPr AS) SK.
rewrite /known -(expect_set _ p1 SA); apply: eq_expect => y; apply: h_sym.
have -> : [seq x i | i <- enum A] = [seq merge A x y i | i <- enum A].
  by apply/eq_in_map => i; rewrite mem_enum ffunE => ->.
have -> : [seq y i | i <- enum (S :\: A)] = [seq merge A x y i | i <- enum (S :\: A)].
  by apply/eq_in_map => i; rewrite mem_enum ffunE inE => /andP[/negbTE ->].
rewrite -map_cat; apply: perm_map; apply: uniq_perm; first exact: enum_uniq.
  rewrite cat_uniq !enum_uniq andbT; apply/hasPn => i; rewrite mem_enum inE => /andP[iA _].
  by rewrite /= mem_enum.
by move=> i; rewrite mem_cat !mem_enum inE; case: (boolP (i \in A)) => // /(subsetP AS).
Qed.

Lemma known_all S x : S \in draws I K -> known S x = stat h x S.
Proof.
move=> SK; rewrite -(known_merge x SK (subxx S)) -[RHS](expect_constant I p1).
by apply: eq_expect => y; rewrite stat_merge.
Qed.

(* One sample more is known, and drawn anew. *)
Lemma known_redraw S i A x : S \in draws I K -> i \in S -> A \subset S -> i \notin A ->
  \sum_a p a * known (i |: A) (put x i a) = known A x.
Proof.
move=> SK iS AS iA; have iAS : i |: A \subset S by rewrite subUset sub1set iS.
rewrite -(known_merge x SK AS) (expect_redraw i _ p1).
under eq_bigr do rewrite -(known_merge _ SK iAS) -expectZ.
rewrite -expect_sum; apply: eq_expect => y; apply: eq_bigr => a _; congr (_ * stat h _ _).
by apply/ffunP => j; rewrite !ffunE !inE; case: eqP => [->|//]; rewrite (negbTE iA).
Qed.

Lemma known_ignores i A x a : i \notin A -> known A (put x i a) = known A x.
Proof.
move=> iA; rewrite /known (_ : [seq put x i a j | j <- enum A] = [seq x j | j <- enum A]) //.
apply/eq_in_map => j; rewrite mem_enum ffunE => jA.
by case: eqP => // ji; rewrite -ji jA in iA.
Qed.

Lemma component_ignores i C : i \notin C -> ignores i (component C).
Proof.
move=> iC x a; apply: eq_bigr => A AC'; rewrite known_ignores //.
by apply: contra iC; apply: (subsetP AC').
Qed.

(* A component has no mean over any of its samples. *)
Lemma component_mean S i C x : S \in draws I K -> C \subset S -> i \in C ->
  \sum_a p a * component C (put x i a) = 0.
Proof.
move=> SK CS iC; under eq_bigr do rewrite mulr_sumr; rewrite exchange_big /= (sum_toggle _ iC) big1 // => A.
rewrite subsetD1 => /andP[AC' iA].
have AS := subset_trans AC' CS; have iS := subsetP CS _ iC.
have -> : \sum_a p a * ((-1) ^+ (#|C| - #|A|) * known A (put x i a)) = (-1) ^+ (#|C| - #|A|) * known A x.
  by under eq_bigr do rewrite known_ignores //; rewrite -mulr_suml -/(total p) p1 mul1r.
have -> : \sum_a p a * ((-1) ^+ (#|C| - #|i |: A|) * known (i |: A) (put x i a)) =
    (-1) ^+ (#|C| - #|i |: A|) * known A x.
  by under eq_bigr do rewrite mulrCA; rewrite -mulr_sumr (known_redraw x SK iS AS iA).
have less : (#|A| < #|C|)%N.
  by apply: proper_card; rewrite properE AC'; apply/subsetPn; exists i.
by rewrite cardsU1 iA add1n -(subnSK less) exprS mulN1r mulNr addNr.
Qed.

(* T(S) is the sum of the components of its subsets. *)
Lemma sum_components S x : S \in draws I K -> \sum_(C : {set I} | C \subset S) component C x = stat h x S.
Proof.
move=> SK; rewrite -(known_all x SK) /component.
rewrite (exchange_big_dep (fun A : {set I} => A \subset S)) => [|C A CS AC'] /=; last exact: subset_trans AC' CS.
rewrite (bigD1 S) //= [X in _ + X]big1 ?addr0 => [|A /andP[AS AS']].
  rewrite (big_pred1 S) => [|C]; first by rewrite subnn expr0 mul1r.
  by rewrite /= -eqEsubset.
have [i iS iA] : exists2 i, i \in S & i \notin A.
  by apply/subsetPn; apply: contra AS' => SA; rewrite eqEsubset AS.
rewrite big_mkcondr (sum_toggle _ iS) big1 // => C; rewrite subsetD1 => /andP[CS iC].
have -> : (A \subset i |: C) = (A \subset C).
  apply/idP/idP => [AiC|/subset_trans]; last by apply; apply: subsetUr.
  by rewrite -(setU1K iC) subsetD1 AiC.
case: (boolP (A \subset C)) => AC'; last by rewrite addr0.
by rewrite cardsU1 iC add1n subSn ?subset_leq_card // exprS mulN1r mulNr addrN.
Qed.

(* Components of different sets are uncorrelated. *)
Notation holder C := (exists2 S, S \in draws I K & C \subset S).
Definition moment C : F := expect p (fun x => component C x ^+ 2).

Lemma expect_component C : holder C -> C != set0 -> expect p (component C) = 0.
Proof.
case=> S SK CS /set0Pn[i iC]; rewrite (expect_redraw i _ p1) -[RHS](expect_constant I p1).
by apply: eq_expect => x; rewrite (component_mean x SK CS iC).
Qed.

Lemma uncorrelated_at i C C' : holder C -> i \in C -> i \notin C' ->
  expect p (fun x => component C x * component C' x) = 0.
Proof.
case=> S SK CS iC iC'; rewrite (expect_redraw i _ p1) -[RHS](expect_constant I p1); apply: eq_expect => x.
under eq_bigr do rewrite (component_ignores iC') mulrA.
by rewrite -mulr_suml (component_mean x SK CS iC) mul0r.
Qed.

Lemma uncorrelated C C' : holder C -> holder C' -> C != C' -> expect p (fun x => component C x * component C' x) = 0.
Proof.
move=> HC HC'; rewrite eqEsubset negb_and => /orP[/subsetPn[i iC iC']|/subsetPn[i iC' iC]].
  exact: (uncorrelated_at HC iC iC').
rewrite -[RHS](uncorrelated_at HC' iC' iC); apply: eq_expect => x; exact: mulrC.
Qed.

Section Sums.
Variable a : {set I} -> F.
Hypothesis held : forall C, a C != 0 -> holder C.

Lemma second_moment_sum : expect p (fun x => (\sum_C a C * component C x) ^+ 2) = \sum_C a C ^+ 2 * moment C.
Proof.
transitivity (\sum_C \sum_C' a C * a C' * expect p (fun x => component C x * component C' x)).
  under [RHS]eq_bigr do under eq_bigr do rewrite -expectZ; under [RHS]eq_bigr do rewrite -expect_sum.
  rewrite -expect_sum; apply: eq_expect => x; rewrite expr2 mulr_suml; apply: eq_bigr => C _.
  by rewrite mulr_sumr; apply: eq_bigr => C' _; rewrite mulrACA.
apply: eq_bigr => C _; rewrite (bigD1 C) //= [X in _ + X]big1 ?addr0 => [|C' CC'].
  by rewrite -expr2; congr (_ * _); apply: eq_expect => x; rewrite expr2.
have [->|/held HC] := eqVneq (a C) 0; first by rewrite !mul0r.
have [->|/held HC'] := eqVneq (a C') 0; first by rewrite mulr0 mul0r.
by rewrite uncorrelated ?mulr0 // eq_sym.
Qed.

Lemma component0 x : component set0 x = objective K h p.
Proof.
rewrite /component (big_pred1 set0) => [|A]; last by rewrite /= subset0.
by rewrite cards0 expr0 mul1r /known cards0 subn0 enum_set0.
Qed.

Lemma first_moment_sum : expect p (fun x => \sum_C a C * component C x) = a set0 * objective K h p.
Proof.
rewrite expect_sum (bigD1 set0) //= [X in _ + X]big1 ?addr0 => [|C C0]; rewrite expectZ.
  by rewrite -[RHS](expect_constant I p1) -expectZ; apply: eq_expect => x; rewrite component0.
by have [->|/held HC] := eqVneq (a C) 0; rewrite ?mul0r // expect_component // mulr0.
Qed.
End Sums.

Lemma moment0 : moment set0 = objective K h p ^+ 2.
Proof. by rewrite -[RHS](expect_constant I p1); apply: eq_expect => x; rewrite component0. Qed.

(* The share of the sets in P that hold C. *)
Definition share (P : {set {set I}}) C : F := #|[set S in P | C \subset S]|%:R / #|P|%:R.

Lemma mean_components (P : {set {set I}}) x : P \subset draws I K ->
  mean P (stat h x) = \sum_C share P C * component C x.
Proof.
move=> /subsetP PK; rewrite /mean (eq_bigr _ (fun S SP => esym (sum_components x (PK S SP)))).
rewrite (exchange_big_dep predT) //= mulr_suml; apply: eq_bigr => C _.
rewrite (eq_bigl (mem [set S in P | C \subset S])) => [|S]; last by rewrite /= inE.
by rewrite sumr_const -[X in X / _]mulr_natl mulrAC.
Qed.

Hypothesis K_gt0 : (0 < K)%N.
Hypothesis KN : (K < N)%N.
Notation beta C := (share (draws I K) C).

Lemma held_beta C : beta C != 0 -> holder C.
Proof.
rewrite /share mulf_eq0 negb_or => /andP[H _].
have /card_gt0P[S] : (0 < #|[set S in draws I K | C \subset S]|)%N.
  by rewrite lt0n; apply: contraNneq H => ->.
by rewrite inE => /andP[SK CS]; exists S.
Qed.

Lemma betaE C : (#|C| <= K)%N -> beta C = 'C(K, #|C|)%:R / 'C(N, #|C|)%:R.
Proof.
move=> CK; rewrite /share (card_above _ (ltnW KN)) card_draws_all.
have c1 : 'C(N, K)%:R != 0 :> F by rewrite (bin_neq0 char0) // ltnW.
have c2 : 'C(N, #|C|)%:R != 0 :> F by rewrite (bin_neq0 char0) // (leq_trans CK (ltnW KN)).
apply/eqP; rewrite eqr_div // -natrM -natrM; apply/eqP; congr (_%:R).
have -> : (N - K = N - #|C| - (K - #|C|))%N by rewrite subnBA // subnK // (leq_trans CK (ltnW KN)).
rewrite bin_sub ?(leq_sub2r _ (ltnW KN)) // mulnC -(@bin_pair N K) ?CK ?(ltnW KN) //.
exact: mulnC.
Qed.

Lemma share_without i C : share (draws_without K i) C = if i \in C then 0 else N%:R / (N - #|C|)%:R * beta C.
Proof.
have [iC|iC] := boolP (i \in C).
  rewrite /share (_ : [set S in draws_without K i | C \subset S] = set0) ?cards0 ?mul0r //.
  by apply/setP => S; rewrite !inE; apply/negbTE/negP => /andP[/andP[_ /negP iS] /subsetP/(_ i iC)].
have CN : (#|C| < N)%N by rewrite -(cardsC C) -addn1 leq_add2l; apply/card_gt0P; exists i; rewrite inE.
pose m := (N - #|C|).-1; pose d := (N - K).-1.
have mE : (N - #|C| = m.+1)%N by rewrite /m prednK // subn_gt0.
have dE : (N - K = d.+1)%N by rewrite /d prednK // subn_gt0.
have count : #|[set S in draws_without K i | C \subset S]| = 'C(m, d).
  apply/eqP; rewrite -(eqn_add2l 'C(m, d.+1)) -[X in _ == X]binS -mE -dE -(card_above C (ltnW KN)).
  have <- : #|[set S in draws I K | i |: C \subset S]| = 'C(m, N - K).
    by rewrite (card_above _ (ltnW KN)) cardsU1 iC add1n subnS.
  rewrite -(cardsID [set S : {set I} | i \in S] [set S in draws I K | C \subset S]); apply/eqP; congr (_ + _)%N.
    by apply: eq_card => S; rewrite !inE subUset sub1set andbCA andbC -andbA andbC.
  by apply: eq_card => S; rewrite !inE andbA [(i \notin S) && _]andbC.
rewrite /share count card_draws_without (card_above _ (ltnW KN)) card_draws_all mE dE.
have c1 : 'C(N, K)%:R != 0 :> F by rewrite (bin_neq0 char0) // ltnW.
have c2 : 'C(N.-1, K)%:R != 0 :> F by rewrite (bin_neq0 char0) // -ltnS prednK // (leq_ltn_trans _ KN).
have m0 : m.+1%:R != 0 :> F by rewrite (nat_neq0 char0).
have n1 : (m.+1 * 'C(m, d) = d.+1 * 'C(m.+1, d.+1))%N := mul_bin_diag m.+1 d.
have n2 : (N * 'C(N.-1, K) = d.+1 * 'C(N, K))%N by rewrite mul_bin_down dE.
rewrite mulf_div; apply/eqP; rewrite eqr_div ?mulf_neq0 // -!natrM; apply/eqP; congr (_%:R).
by rewrite mulnA [('C(m, d) * _)%N]mulnC n1 [RHS]mulnAC n2 [RHS]mulnAC.
Qed.

Lemma deviation i C : (#|C| < N)%N -> share (draws_without K i) C - beta C =
  beta C * (if i \in C then -1 else #|C|%:R / (N - #|C|)%:R).
Proof.
move=> CN; rewrite share_without; case: (i \in C); first by rewrite sub0r mulrN1.
have d0 : (N - #|C|)%:R != 0 :> F by rewrite (nat_neq0 char0) // subn_gt0.
rewrite [RHS]mulrC -[X in _ - X]mul1r -mulrBl; congr (_ * _).
by rewrite -[X in _ - X](divff d0) -mulrBl -natrB ?leq_subr // subKn // ltnW.
Qed.

Lemma sum_deviations C :
  \sum_i (share (draws_without K i) C - beta C) ^+ 2 = (N * #|C|)%:R / (N - #|C|)%:R * beta C ^+ 2.
Proof.
have [b0|b0] := eqVneq (beta C) 0.
  by rewrite b0 expr2 !mulr0 big1 // => i _; rewrite share_without b0; case: ifP; rewrite ?mulr0 subr0 expr2 mul0r.
have [S SK CS] := held_beta b0.
have CN : (#|C| < N)%N by move: SK (subset_leq_card CS); rewrite inE => /eqP -> CK; apply: leq_ltn_trans KN.
have d0 : (N - #|C|)%:R != 0 :> F by rewrite (nat_neq0 char0) // subn_gt0.
under eq_bigr do rewrite (deviation _ CN) exprMn; rewrite -mulr_sumr mulrC; congr (_ * _).
rewrite (bigID (mem C)) /= (eq_bigr (fun=> 1)) => [|i ->]; last by rewrite expr2 mulrNN mulr1.
rewrite sumr_const (eq_bigr (fun=> (#|C|%:R / (N - #|C|)%:R) ^+ 2)) => [|i /negbTE ->] //.
rewrite (eq_bigl (mem (~: C))) => [|i]; last by rewrite /= inE.
rewrite sumr_const -[X in _ + X]mulr_natl (_ : #|~: C| = (N - #|C|)%N); last by rewrite cardsCs setCK.
have NE : N%:R = (N - #|C|)%:R + #|C|%:R :> F by rewrite -natrD subnK // ltnW.
have cE : (N - #|C|)%:R * (#|C|%:R / (N - #|C|)%:R) = #|C|%:R :> F by rewrite mulrC divfK.
rewrite expr2 mulrA cE natrM NE mulrDl [RHS]mulrDl.
by rewrite [(N - #|C|)%:R * _ / _]mulrAC divff // mul1r mulrA.
Qed.

Notation v x := (value K (stat h x)).
Notation V c := (variance p (part c)).

Lemma variance_part c : (0 < c <= K)%N -> V c = \sum_(C in draws I c) beta C ^+ 2 * moment C.
Proof.
case/andP=> c0 cK; pose a C : F := if C \in draws I c then beta C else 0.
have partE x : part c x = \sum_C a C * component C x.
  rewrite /part mulr_sumr big_mkcond; apply: eq_bigr => C _; rewrite /a inE.
  by case: eqP => [Cc|_]; rewrite ?mul0r // betaE Cc.
have held C : a C != 0 -> holder C by rewrite /a; case: ifP => _; [exact: held_beta | rewrite eqxx].
rewrite /variance (eq_expect _ partE) (eq_expect _ (fun x => congr1 (fun z => z ^+ 2) (partE x))).
rewrite second_moment_sum // first_moment_sum // {2}/a inE cards0 eq_sym (gtn_eqF c0) mul0r expr2 mulr0 subr0.
rewrite [RHS]big_mkcond; apply: eq_bigr => C _; rewrite /a; case: ifP => // _.
by rewrite expr2 !mul0r.
Qed.

(* Sums over all sets by their sizes. *)
Lemma by_size (g : nat -> F) : \sum_(C : {set I}) g #|C| * (beta C ^+ 2 * moment C) =
  g 0%N * objective K h p ^+ 2 + \sum_(1 <= c < K.+1) g c * V c.
Proof.
rewrite (partition_big (fun C : {set I} => inord #|C| : 'I_N.+1) predT) //=.
have size_of (C : {set I}) : (inord #|C| : 'I_N.+1) = #|C| :> nat by rewrite inordK // ltnS max_card.
transitivity (\sum_(c < N.+1) g c * \sum_(C in draws I c) beta C ^+ 2 * moment C).
  apply: eq_bigr => c _; rewrite mulr_sumr; apply: eq_big => [C|C /eqP <-]; last by rewrite size_of.
  by rewrite inE -val_eqE /= size_of.
rewrite -(big_mkord xpredT (fun c => g c * \sum_(C in draws I c) beta C ^+ 2 * moment C)) big_ltn //.
congr (_ * _ + _).
  rewrite (big_pred1 set0) => [|C]; last by rewrite inE cards_eq0.
  by rewrite betaE cards0 // !bin0 divr1 expr1n mul1r moment0.
rewrite (big_cat_nat _ _ _ (ltn0Sn K)) /=; last exact: ltnW.
rewrite [X in _ + X]big_nat_cond [X in _ + X]big1 ?addr0 => [|c].
  by rewrite !big_nat; apply: eq_bigr => c /andP[c0 cK]; rewrite variance_part // c0.
rewrite andbT => /andP[Kc _]; rewrite big1 ?mulr0 // => C; rewrite inE => /eqP Cc.
have [->|/held_beta[S]] := eqVneq (beta C) 0; first by rewrite expr2 !mul0r.
by rewrite inE => /eqP SK /subset_leq_card; rewrite SK Cc leqNgt Kc.
Qed.

(* Var v = V_1 + .. + V_K *)
Theorem variance_parts : variance p (fun x => v x) = \sum_(1 <= c < K.+1) V c.
Proof.
have valueE x : v x = \sum_C beta C * component C x by rewrite /value mean_components.
rewrite /variance (eq_expect _ valueE) (eq_expect _ (fun x => congr1 (fun z => z ^+ 2) (valueE x))).
rewrite (second_moment_sum held_beta) (first_moment_sum held_beta).
have -> : beta set0 = 1 by rewrite betaE cards0 // !bin0 divr1.
rewrite (eq_bigr (fun C : {set I} => 1 * (beta C ^+ 2 * moment C))) => [|C _]; last by rewrite mul1r.
rewrite (by_size (fun=> 1)) !mul1r addrC addKr; apply: eq_bigr => c _; exact: mul1r.
Qed.

(* (114) *)
Theorem jackknife_above :
  expect p (fun x => jackknife_variance K (stat h x)) - variance p (fun x => v x) =
  \sum_(1 <= c < K.+1) (N * c.-1)%:R / (N - c)%:R * V c.
Proof.
have N0 : N%:R != 0 :> F by rewrite (nat_neq0 char0) // (leq_ltn_trans _ KN).
have outE i x : leave_one_out K (stat h x) i - v x = \sum_C (share (draws_without K i) C - beta C) * component C x.
  rewrite /leave_one_out /value !mean_components //; last by apply/subsetP => S; rewrite inE => /andP[].
  by rewrite -sumrB; apply: eq_bigr => C _; rewrite mulrBl.
have held i C : share (draws_without K i) C - beta C != 0 -> holder C.
  rewrite share_without => H; apply: held_beta; apply: contraNneq H => ->.
  by case: ifP; rewrite ?mulr0 subr0.
have squares : expect p (fun x => jackknife_variance K (stat h x)) =
    \sum_(C : {set I}) (N.-1 * #|C|)%:R / (N - #|C|)%:R * (beta C ^+ 2 * moment C).
  transitivity (N.-1%:R / N%:R * \sum_i \sum_C (share (draws_without K i) C - beta C) ^+ 2 * moment C).
    under [in RHS]eq_bigr do rewrite -(second_moment_sum (@held _)).
    rewrite -expect_sum -expectZ; apply: eq_expect => x; rewrite /jackknife_variance; congr (_ * _).
    apply: eq_bigr => i _; rewrite sum_leave_one_outs // mulrAC divff // mul1r.
    by rewrite outE.
  rewrite exchange_big mulr_sumr /=; apply: eq_bigr => C _; rewrite -mulr_suml sum_deviations.
  rewrite -(mulrA _ (beta C ^+ 2)) [LHS]mulrA; congr (_ * _).
  by rewrite !natrM !mulrA divfK.
rewrite squares variance_parts (by_size (fun c => (N.-1 * c)%:R / (N - c)%:R)) muln0 !mul0r add0r -sumrB.
rewrite !big_nat; apply: eq_bigr => c /andP[c0 cK].
have d0 : (N - c)%:R != 0 :> F by rewrite (nat_neq0 char0) // subn_gt0 (leq_ltn_trans _ KN) // -ltnS.
rewrite -[X in _ - X]mul1r -mulrBl; congr (_ * _).
have cN : (c.-1 <= N.-1)%N by rewrite -!subn1 leq_sub2r // ltnW // (leq_ltn_trans _ KN) // -ltnS.
have E : (N.-1 * c = N * c.-1 + (N - c))%N.
  move: cN; case: c c0 {cK d0} => // c _ /=; case: #|I| KN => // n _ cn.
  by rewrite mulnS subSS mulSn addnAC [(c + _)%N]addnC subnK.
by rewrite -[X in _ - X](divff d0) -mulrBl E natrD addrK.
Qed.
End Components.

Import Order.Theory Num.Theory.

(* So the jackknife's variance is not below. *)
Corollary jackknife_not_below (F : realFieldType) (I X : finType) (K : nat) (h : seq X -> F) (p : X -> F) :
  (forall a, 0 <= p a) -> total p = 1 -> symmetric h -> (0 < K)%N -> (K < #|I|)%N ->
  variance p (fun x : {ffun I -> X} => value K (stat h x)) <=
  expect p (fun x : {ffun I -> X} => jackknife_variance K (stat h x)).
Proof.
move=> p0 p1 h_sym K0 KN; rewrite -subr_ge0 (jackknife_above (char_num F)) // big_nat sumr_ge0 // => c cK.
rewrite (variance_part (char_num F)) //; apply: mulr_ge0; first by rewrite divr_ge0 ?ler0n.
apply: sumr_ge0 => C _; apply: mulr_ge0; rewrite ?sqr_ge0 //; apply: sumr_ge0 => x _.
by apply: mulr_ge0; rewrite ?sqr_ge0 //; apply: prodr_ge0.
Qed.
