(* The sign of eq. (80): where no rank weight is negative, the variance from disjoint sets is not negative. For every
   N >= 2K, every alpha >= 0 and every batch, in any order and with ties.

     (80)  Var_U = v^2 - E[T(S) T(S')], S and S' uniform among the ordered pairs of K-sets without a common member

   Of T it is used that it does not fall where a member of S is exchanged for one of a higher reward, and nothing else; nor need both sets
   be of one size. (Sampling without replacement is negatively associated: Joag-Dev and Proschan, 1983.)

     M_B f       the mean of f over the K-subsets of B
     M_B f g     the mean of f(S) g(S') over the disjoint pairs of a K-subset S and an L-subset S' of B
     M_B f g <= M_B f M_B g

   by induction on B. Let m be a highest reward of B, B' the others, n + 1 their number, p = K / (n + 1), q = L / (n + 1); and F0, G0 the
   means over the subsets of B', F1, G1 those where m is put into subsets of one member less. Then M_B f = F0 + p (F1 - F0), M_B g likewise,
   and as m is in S, in S' or in neither, M_B f g <= p F1 G0 + q F0 G1 + (1 - p - q) F0 G0, which is p q (F1 - F0) (G1 - G0) less than
   M_B f M_B g. *)

From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets gap_form.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variables (F : fieldType) (I : finType).

Definition disjoint_pairs (K : nat) :=
  [set P : {set I} * {set I} | [&& #|P.1| == K, #|P.2| == K & [disjoint P.1 & P.2]]].

(* (80) *)
Definition unbiased_variance K (T : {set I} -> F) : F :=
  value K T ^+ 2 - (\sum_(P in disjoint_pairs K) T P.1 * T P.2) / #|disjoint_pairs K|%:R.
End Definitions.

Section Within.
Variables (F : realFieldType) (I : finType).
Implicit Types (B S : {set I}) (f g : {set I} -> F) (m : I) (K L : nat).

Definition within B K := [set S : {set I} | (S \subset B) && (#|S| == K)].
Definition mean_in B K f : F := mean (within B K) f.
Definition with_member m f : {set I} -> F := fun S => f (m |: S).
Definition mean_pairs B K L f g : F := mean_in B K (fun S => f S * mean_in (B :\: S) L g).

Lemma card_within B K : #|within B K| = 'C(#|B|, K).
Proof. exact: cards_draws. Qed.

Lemma within0 B : within B 0 = [set set0].
Proof.
apply/setP => S; rewrite !inE cards_eq0 andbC; case: eqP => // ->; exact: sub0set.
Qed.

Lemma mean_in0 B f : mean_in B 0 f = f set0.
Proof. by rewrite /mean_in /mean within0 big_set1 cards1 divr1. Qed.

Lemma sum_within B K f : \sum_(S in within B K) f S = 'C(#|B|, K)%:R * mean_in B K f.
Proof.
rewrite -card_within; have [P0|P0] := posnP #|within B K|.
  by rewrite P0 mul0r (cards0_eq P0) big_set0.
by rewrite (sum_mean (char_num F)).
Qed.

Lemma mean_in_eq B K f g : {in within B K, f =1 g} -> mean_in B K f = mean_in B K g.
Proof. by move=> fg; congr (_ / _); apply: eq_bigr. Qed.

Lemma mean_inD B K f g : mean_in B K (fun S => f S + g S) = mean_in B K f + mean_in B K g.
Proof. by rewrite /mean_in /mean big_split mulrDl. Qed.

Lemma mean_inZ B K c f : mean_in B K (fun S => c * f S) = c * mean_in B K f.
Proof. by rewrite /mean_in /mean -mulr_sumr mulrA. Qed.

(* The subsets of m and B, by whether m is a member. *)
Lemma within_split m B k f : m \notin B ->
  \sum_(S in within (m |: B) k.+1) f S =
  \sum_(S in within B k) f (m |: S) + \sum_(S in within B k.+1) f S.
Proof.
move=> mB; rewrite (bigID (fun S : {set I} => m \in S)) /=; congr (_ + _); last first.
  apply: eq_bigl => S; rewrite !inE andbAC; congr (_ && _).
  apply/andP/idP => [[SB mS]|SB].
    by rewrite -(setU1K mB) subsetD1 SB.
  by rewrite (subset_trans SB (subsetUr _ _)); split=> //; apply: contra mB; apply: (subsetP SB).
rewrite (reindex_onto (fun S => m |: S) (fun S => S :\ m)) => [|S /andP[_ /setD1K]] //.
apply: eq_bigl => S; rewrite !inE eqxx andbT.
have [mS|mS] := boolP (m \in S).
  rewrite [RHS](_ : _ = false); last by apply/negP => /andP[/subsetP/(_ _ mS)]; rewrite (negbTE mB).
  by apply/negP => /andP[_ /eqP E]; move: mS; rewrite -E setD11.
rewrite setU1K // eqxx andbT cardsU1 mS eqSS; congr (_ && _).
apply/idP/idP => [|SB]; last exact: setUS.
move=> /subsetP H; apply/subsetP => i iS; have := H i; rewrite !inE iS orbT => /(_ isT).
by case/orP => // /eqP im; rewrite -im iS in mS.
Qed.

Lemma mean_add m B K f : m \notin B -> (K <= #|B|.+1)%N -> mean_in (m |: B) K f =
  K%:R / #|B|.+1%:R * mean_in B K.-1 (with_member m f) + (1 - K%:R / #|B|.+1%:R) * mean_in B K f.
Proof.
case: K => [|k] mB kn; first by rewrite !mean_in0 mul0r mul0r add0r subr0 mul1r.
have nE : #|m |: B| = #|B|.+1 by rewrite cardsU1 mB.
have c0 : 'C(#|B|.+1, k.+1)%:R != 0 :> F by rewrite (bin_neq0 (char_num F)).
apply: (mulfI c0); rewrite -nE -sum_within within_split // !sum_within nE mulrDr.
have := bin_with (char_num F) (n := #|B|.+1) (K := k.+1) kn; rewrite /= => ->.
have := bin_without (char_num F) (n := #|B|.+1) kn isT; rewrite /= => ->.
by congr (_ + _); rewrite [in RHS]mulrA; congr (_ * _); rewrite mulrC.
Qed.

(* m is in S, in S' or in neither. *)
Lemma mean_pairs_add m B K L f g (p := K%:R / #|B|.+1%:R) (q := L%:R / #|B|.+1%:R) :
  m \notin B -> (K + L <= #|B|.+1)%N -> mean_pairs (m |: B) K L f g =
  p * mean_pairs B K.-1 L (with_member m f) g + q * mean_pairs B K L.-1 f (with_member m g)
  + (1 - p - q) * mean_pairs B K L f g.
Proof.
move=> mB KL; rewrite {1}/mean_pairs mean_add ?(leq_trans (leq_addr L K)) // -/p -addrA; congr (_ + _).
  congr (_ * _); apply: mean_in_eq => S; rewrite inE => /andP[SB _]; congr (_ * mean_in _ _ _).
  by apply/setP => i; rewrite !inE negb_or; case: eqP => [->|//]; rewrite (negbTE mB) andbF.
have n0 : #|B|.+1%:R != 0 :> F by rewrite (nat_neq0 (char_num F)).
have [Kn|nK] := leqP K #|B|; last first.
  have KE : K = #|B|.+1 by apply/eqP; rewrite eqn_leq nK (leq_trans (leq_addr L K) KL).
  have L0 : L = 0%N by apply/eqP; rewrite -leqn0 -(leq_add2l K) addn0 KE -{1}KE.
  by rewrite /q L0 /p KE divff // subrr !mul0r subr0 mul0r addr0.
pose l := L%:R / (#|B| - K).+1%:R : F.
have pl : (1 - p) * l = q.
  have d0 : (#|B| - K).+1%:R != 0 :> F by rewrite (nat_neq0 (char_num F)).
  have -> : 1 - p = (#|B| - K).+1%:R / #|B|.+1%:R.
    by rewrite -subSn // natrB ?(leqW Kn) // mulrBl divff.
  by rewrite mulrC mulrA divfK.
rewrite -pl [(1 - p - _) as X in X * _](_ : _ = (1 - p) * (1 - l)); last by rewrite mulrBr mulr1.
rewrite -[_ * l * _]mulrA -[_ * (1 - l) * _]mulrA -mulrDr /mean_pairs -[l * _]mean_inZ -[(1 - l) * _]mean_inZ -mean_inD.
congr (_ * _); apply: mean_in_eq => S.
rewrite inE => /andP[SB /eqP SK]; have mS : m \notin S by apply: contra mB; apply: (subsetP SB).
have -> : (m |: B) :\: S = m |: (B :\: S).
  by apply/setP => i; rewrite !inE; case: eqP => // ->; rewrite mS.
have nS : #|B :\: S| = (#|B| - K)%N by rewrite cardsD (setIidPr SB) SK.
rewrite mean_add ?inE ?negb_and ?mB ?orbT ?nS //; last first.
  by rewrite -subSn // leq_subRL ?(leqW Kn).
by rewrite mulrDr ![f S * (_ * _)]mulrCA.
Qed.
End Within.

Section Rising.
Variables (F : realFieldType) (I : finType) (r : I -> F).
Implicit Types (B S : {set I}) (f g : {set I} -> F) (m : I) (K L : nat).

(* A member exchanged for one of a higher reward. *)
Definition rising B K f := forall a b S, a \in B -> b \in B -> S \subset B -> a \notin S -> b \notin S ->
  #|S|.+1 = K -> r a <= r b -> f (a |: S) <= f (b |: S).

Lemma rising_sub B m K f : rising (m |: B) K f -> rising B K f.
Proof.
move=> up a b S aB bB SB; apply: up; rewrite ?inE ?aB ?bB ?orbT //.
exact: subset_trans SB (subsetUr _ _).
Qed.

Lemma rising_with B m K f : m \notin B -> (0 < K)%N -> rising (m |: B) K f -> rising B K.-1 (with_member m f).
Proof.
move=> mB K0 up a b S aB bB SB aS bS SK rab; rewrite /with_member !(setUCA [set m]).
have mS : m \notin S by apply: contra mB; apply: (subsetP SB).
have ne c : c \in B -> c != m by move=> cB; apply: contraNneq mB => <-.
apply: up; rewrite ?inE ?aB ?bB ?orbT ?negb_or ?ne //; first exact: setUS.
by rewrite cardsU1 mS add1n SK prednK.
Qed.

(* m is worth more than another member. *)
Lemma mean_with m B k f : m \notin B -> (k < #|B|)%N -> rising (m |: B) k.+1 f -> (forall b, b \in B -> r b <= r m) ->
  mean_in B k.+1 f <= mean_in B k (with_member m f).
Proof.
move=> mB kn up top; have c0 : 0 < 'C(#|B|, k.+1)%:R :> F by rewrite ltr0n bin_gt0.
have k0 : 0 < k.+1%:R :> F by rewrite ltr0n.
rewrite -(ler_pmul2l c0) -(ler_pmul2l k0) -sum_within.
have -> : k.+1%:R * ('C(#|B|, k.+1)%:R * mean_in B k (with_member m f)) =
    \sum_(S in within B k) (#|B| - k)%:R * f (m |: S).
  rewrite -mulr_sumr sum_within !mulrA -!natrM mul_bin_left.
  by rewrite [X in X%:R]mulnC.
have -> : k.+1%:R * (\sum_(S in within B k.+1) f S) = \sum_(S in within B k) \sum_(b in B :\: S) f (b |: S).
  rewrite [RHS](exchange_big_dep predT) //=; pose T S := if S \subset B then f S else 0.
  have -> : \sum_(S in within B k.+1) f S = \sum_(S in draws I k.+1) T S.
    by rewrite -big_mkcondr; apply: eq_bigl => S; rewrite !inE andbC.
  rewrite -sum_draws_with; apply: eq_bigr => i _; rewrite draws_add -big_mkcondr.
  by apply: eq_bigl => S; rewrite !inE subUset sub1set; case: (i \in B); case: (S \subset B); case: (i \in S); case: (_ == k).
apply: ler_sum => S; rewrite inE => /andP[SB /eqP Sk].
have <- : #|B :\: S| = (#|B| - k)%N by rewrite cardsD (setIidPr SB) Sk.
rewrite mulr_natl -sumr_const; apply: ler_sum => b; rewrite inE => /andP[bS bB].
apply: up; rewrite ?inE ?bB ?eqxx ?orbT ?top ?Sk //; first exact: subset_trans SB (subsetUr _ _).
by apply: contra mB; apply: (subsetP SB).
Qed.

Lemma top_member B : (0 < #|B|)%N -> exists2 m, m \in B & forall b, b \in B -> r b <= r m.
Proof.
by case/card_gt0P => i iB; case: (Order.TotalTheory.arg_maxP r iB) => m mB top; exists m.
Qed.

(* What is said at the head of this file, of numbers. *)
Lemma three_places (p q F0 F1 G0 G1 : F) :
  (p * F1 + (1 - p) * F0) * (q * G1 + (1 - q) * G0) =
  p * (F1 * G0) + q * (F0 * G1) + (1 - p - q) * (F0 * G0) + p * q * ((F1 - F0) * (G1 - G0)).
Proof.
have [D ->] : exists D, F1 = F0 + D by exists (F1 - F0); rewrite addrC subrK.
have [E ->] : exists E, G1 = G0 + E by exists (G1 - G0); rewrite addrC subrK.
rewrite [F0 + D - F0]addrAC subrr add0r [G0 + E - G0]addrAC subrr add0r.
have share a x d : a * (x + d) + (1 - a) * x = x + a * d by rewrite mulrDr mulrBl mul1r addrC addrA subrK.
rewrite !share [RHS](_ : _ = F0 * G0 + (p * (D * G0) + q * (F0 * E)) + p * q * (D * E)); last first.
  congr (_ + _); rewrite [(F0 + D) * G0]mulrDl [F0 * (G0 + E)]mulrDr [p * (_ + _)]mulrDr [q * (_ + _)]mulrDr addrACA !mulrBl mul1r.
  by rewrite -[_ - _ - _]addrA -opprD [LHS]addrC addrA subrK.
rewrite mulrDl !mulrDr [F0 * (q * E)]mulrCA -[p * D * G0]mulrA [p * D * (q * E)]mulrACA !addrA.
by congr (_ + _); apply: addrAC.
Qed.

Theorem disjoint_pairs_below n : forall B K L f g, #|B| = n -> (K + L <= n)%N -> rising B K f -> rising B L g ->
  mean_pairs B K L f g <= mean_in B K f * mean_in B L g.
Proof.
elim: n => [|n IH] B0 K L f g Bn KL upf upg.
  move: KL; rewrite leqn0 addn_eq0 => /andP[/eqP -> /eqP ->].
  by rewrite /mean_pairs !mean_in0.
have [|m mB0 top0] := @top_member B0; first by rewrite Bn.
pose B := B0 :\ m; have mB : m \notin B by rewrite setD11.
have E : m |: B = B0 by rewrite setD1K.
move: B mB E => B mB E; rewrite -{}E in Bn upf upg top0 mB0 *.
have top b : b \in B -> r b <= r m by move=> bB; apply: top0; rewrite inE bB orbT.
have nB : #|B| = n by move: Bn; rewrite cardsU1 mB => -[].
rewrite mean_pairs_add ?nB // !mean_add ?nB //; last 2 first.
- exact: leq_trans (leq_addl _ _) KL.
- exact: leq_trans (leq_addr _ _) KL.
set p := K%:R / _; set q := L%:R / _.
set F0 := mean_in B K f; set G0 := mean_in B L g.
set F1 := mean_in B K.-1 _; set G1 := mean_in B L.-1 _.
have n0 : 0 < n.+1%:R :> F by rewrite ltr0n.
have p0 : 0 <= p by rewrite /p divr_ge0 ?ler0n.
have q0 : 0 <= q by rewrite /q divr_ge0 ?ler0n.
have pq : 0 <= 1 - p - q.
  by rewrite -addrA -opprD subr_ge0 -mulrDl ler_pdivr_mulr // mul1r -natrD ler_nat.
have mK : p != 0 -> (0 < K)%N by rewrite lt0n; apply: contraNneq => K0; rewrite /p K0 mul0r.
have mL : q != 0 -> (0 < L)%N by rewrite lt0n; apply: contraNneq => L0; rewrite /q L0 mul0r.
have one : p * mean_pairs B K.-1 L (with_member m f) g <= p * (F1 * G0).
  have [->|/mK K0] := eqVneq p 0; first by rewrite !mul0r.
  apply: ler_wpmul2l => //; apply: IH => //; last exact: rising_sub upg.
    by rewrite -ltnS -addSn prednK.
  exact: rising_with.
have two : q * mean_pairs B K L.-1 f (with_member m g) <= q * (F0 * G1).
  have [->|/mL L0] := eqVneq q 0; first by rewrite !mul0r.
  apply: ler_wpmul2l => //; apply: IH => //; first by rewrite -ltnS -addnS prednK.
    exact: rising_sub upf.
  exact: rising_with.
have none : (1 - p - q) * mean_pairs B K L f g <= (1 - p - q) * (F0 * G0).
  have [->|pq0] := eqVneq (1 - p - q) 0; first by rewrite !mul0r.
  apply: ler_wpmul2l => //; apply: IH => //; try exact: rising_sub upf; try exact: rising_sub upg.
  rewrite -ltnS ltn_neqAle KL andbT; apply: contraNneq pq0 => KLn.
  by rewrite -addrA -opprD -mulrDl -natrD KLn divff ?subrr // gt_eqF.
apply: le_trans (ler_add (ler_add one two) none) _.
rewrite three_places ler_addl.
have [->|/mK K0] := eqVneq p 0; first by rewrite !mul0r.
have [->|/mL L0] := eqVneq q 0; first by rewrite mulr0 mul0r.
have Kn : (K.-1 < #|B|)%N by rewrite nB prednK // -ltnS (leq_trans _ KL) // -addn1 leq_add2l.
have Ln : (L.-1 < #|B|)%N by rewrite nB prednK // -ltnS (leq_trans _ KL) // -add1n leq_add2r.
do 2!apply: mulr_ge0 => //; rewrite subr_ge0.
  by have := @mean_with m B K.-1 f mB Kn; rewrite prednK //; apply.
by have := @mean_with m B L.-1 g mB Ln; rewrite prednK //; apply.
Qed.
End Rising.

Section Sign.
Variables (F : realFieldType) (I : finType) (K : nat).
Hypothesis KN : (K + K <= #|I|)%N.

Lemma sum_disjoint_pairs (f : {set I} -> {set I} -> F) :
  \sum_(P in disjoint_pairs I K) f P.1 P.2 = \sum_(S in within setT K) \sum_(S' in within (setT :\: S) K) f S S'.
Proof.
rewrite pair_big_dep; apply: eq_bigl => -[S S']; rewrite !inE subsetT /=; congr (_ && _).
by rewrite andbC setTD -disjoints_subset disjoint_sym.
Qed.

Lemma mean_disjoint_pairs (f g : {set I} -> F) :
  (\sum_(P in disjoint_pairs I K) f P.1 * g P.2) / #|disjoint_pairs I K|%:R = mean_pairs setT K K f g.
Proof.
have rest (S : {set I}) : S \in within setT K -> #|within (setT :\: S) K| = 'C(#|I| - K, K).
  by rewrite inE => /andP[_ /eqP SK]; rewrite card_within setTD cardsCs setCK SK.
rewrite (sum_disjoint_pairs (fun S S' => f S * g S')) -sum1_card natr_sum (sum_disjoint_pairs (fun _ _ => 1)).
under [X in _ / X]eq_bigr => S SK do rewrite sumr_const rest //.
rewrite sumr_const -mulr_natr invfM mulrA /mean_pairs /mean_in [RHS]/mean; congr (_ / _).
rewrite mulr_suml; apply: eq_bigr => S SK; rewrite -mulr_sumr -mulrA; congr (_ * _).
by rewrite /mean rest.
Qed.

Variable r : I -> F.
Implicit Type alpha : nat -> F.

(* The estimate does not see the sign of T. *)
Lemma unbiased_variance_opp (T U : {set I} -> F) : (forall S, T S = - U S) ->
  unbiased_variance K T = unbiased_variance K U.
Proof.
move=> TU; rewrite /unbiased_variance /value /mean (eq_bigr _ (fun S _ => TU S)) sumrN mulNr sqrrN.
by congr (_ - _ / _); apply: eq_bigr => P _; rewrite !TU mulrNN.
Qed.

Lemma value_within (T : {set I} -> F) : value K T = mean_in setT K T.
Proof.
by rewrite /value /mean_in; congr (mean _ _); apply/setP => S; rewrite !inE subsetT.
Qed.

(* Any function of K samples that does not fall where a reward rises. *)
Theorem rising_variance_ge_0 (T : {set I} -> F) : rising r setT K T -> 0 <= unbiased_variance K T.
Proof.
move=> up; rewrite /unbiased_variance mean_disjoint_pairs value_within subr_ge0.
by apply: (@disjoint_pairs_below _ _ r #|I|); rewrite ?cardsT.
Qed.

(* The j-th smallest of K does not fall. *)
Lemma nth_sort_le (x y : F) (s : seq F) j : x <= y -> (j <= size s)%N ->
  (sort <=%R (x :: s))`_j <= (sort <=%R (y :: s))`_j.
Proof.
move=> xy js; set c := (sort <=%R (y :: s))`_j.
have js' z : (j < size (sort <=%R (z :: s)))%N by rewrite size_sort.
have sorted_count z a : count a (sort <=%R (z :: s)) = count a (z :: s) by apply/seq.permP/permEl/perm_sort.
apply: (nth_count_le 0 (sort_le_sorted _)); rewrite sorted_count /=.
have : (j < count (<=%R^~ c) (sort <=%R (y :: s)))%N.
  rewrite ltnNge; apply/negP => H.
  have C : (count (<=%R^~ c) (sort <=%R (y :: s)) <= j < size (sort <=%R (y :: s)))%N by rewrite H js'.
  by have := nth_count_gt 0 (sort_le_sorted _) C; rewrite ltxx.
rewrite sorted_count /= => /leq_trans; apply; rewrite leq_add2r.
by case: (boolP (y <= c)) => // yc; rewrite (le_trans xy yc).
Qed.

Theorem unbiased_variance_ge_0 alpha : (forall j, (j < K)%N -> 0 <= alpha j) ->
  0 <= unbiased_variance K (lstat_of alpha K r).
Proof.
move=> a0; apply: (@rising_variance_ge_0 (lstat_of alpha K r)) => a b S _ _ _ aS bS SK ab.
have add c : c \notin S -> perm_eq [seq r i | i <- enum (c |: S)] (r c :: [seq r i | i <- enum S]).
  move=> cS; rewrite -[r c :: _]/(map r (c :: enum S)); apply: perm_map; apply: uniq_perm.
  - exact: enum_uniq.
  - by rewrite /= mem_enum cS enum_uniq.
  - by move=> i; rewrite mem_enum !inE mem_enum.
rewrite /lstat_of !(lstat_perm alpha K (add _ _)) // /lstat; apply: ler_sum => j _.
by apply: ler_wpmul2l; rewrite ?a0 // nth_sort_le // size_map -cardE -ltnS SK.
Qed.

Corollary unbiased_variance_one_sign alpha : (forall j, (j < K)%N -> alpha j <= 0) ->
  0 <= unbiased_variance K (lstat_of alpha K r).
Proof.
move=> a0; rewrite (@unbiased_variance_opp _ (lstat_of (fun j => - alpha j) K r)) => [|S]; last first.
  by rewrite /lstat_of /lstat -sumrN; apply: eq_bigr => j _; rewrite mulNr opprK.
by apply: unbiased_variance_ge_0 => j jK; rewrite oppr_ge0 a0.
Qed.
End Sign.
