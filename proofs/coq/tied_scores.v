(* Selected by a score with ties, valued by a reward: eqs. (75) and (76), for every alpha, 0 < K < N and every tie.

   Samples are numbered so that their scores s ascend; y are their rewards, in any order. W are the orders among
   which a tie is broken: the permutations w with s(w_t) = s_t, w_t the sample on rank t, all equally likely.

     (75)  T(S) = mean over W of sum_(i in S) alpha_(number of members of S on lower ranks) y_i
                = sum_(i in S) y_i times the mean of alpha over the ranks in S of the scores equal to s_i
     (76)  v    = sum_m K/N e_m^(N) ybar_m
           A_i  = L_i - 1/N sum_j L_j,   with g_t = N/(N-1) e_t^(N-1),
           L_i  = sum_(t : s_(t+1) <= s_i) (ybar_(t+1) - ybar_t) g_t
                  + (y_i - ybar_i) / (b_i - 1) sum_(t : s_t = s_(t+1) = s_i) g_t

   b_i is the number of samples of the score s_i and ybar_i their mean reward. Inside a run the first sum has zeros. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets advantage gap_form closed_form concomitants.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Untied.
Variables (F : realFieldType) (n K : nat) (alpha z : nat -> F).
Notation N := n.+1.
Hypothesis K_gt0 : (0 < K)%N.
Implicit Types i m : 'I_N.
Local Notation T := (@concomitant F N alpha z).
Local Notation g t := (N%:R / N.-1%:R * elevated alpha K N.-1 t).

(* (76) without ties, the value and the advantages. *)
Lemma concomitant_value : (K <= N)%N ->
  value K T = \sum_(m < N) K%:R / N%:R * elevated alpha K N m * z m.
Proof.
move=> KN; have cN : 'C(#|'I_N|, K)%:R != 0 :> F by rewrite (bin_neq0 (char_num F)) // card_ord.
apply: (mulfI cN); rewrite -(sum_value (char_num F)) ?card_ord // mulr_sumr.
rewrite (exchange_big_dep predT) //=; apply: eq_bigr => i _.
transitivity (\sum_(S in draws_with K.-1.+1 i) alpha (below S i) * z i).
  by apply: eq_bigl => S; rewrite !inE (prednK K_gt0).
rewrite -mulr_suml draws_add mulrA; congr (_ * _).
rewrite (eq_bigr (fun S => alpha (below S i))) => [|S]; last first.
  by rewrite inE => /andP[_ iS]; rewrite below_add // ltnn.
rewrite (sum_alpha_without alpha K_gt0 KN) (bin_with (char_num F)) ?K_gt0 // mulrA.
by congr (_ * _); rewrite mulrC.
Qed.

Hypothesis KN : (K < N)%N.

Definition rise m : F := \sum_(t < n | (t < m)%N) (z t.+1 - z t) * g t.

Lemma concomitant_advantage m : advantage K T m = rise m - N%:R^-1 * \sum_i rise i.
Proof.
pose A0 := advantage K T ord0.
have step i : advantage K T i = A0 + rise i.
  case: i => i; elim: i => [|i IH] iN.
    by rewrite /rise big1 ?addr0 //; congr advantage; apply: val_inj.
  have E : rise (Ordinal iN) = rise (Ordinal (ltnW iN)) + (z i.+1 - z i) * g i.
    have i_n : (i < n)%N by [].
    rewrite /rise (bigD1 (Ordinal i_n)) ?ltnSn //= addrC; congr (_ + _); apply: eq_bigl => t.
    by rewrite -val_eqE /= ltnS [in RHS]ltn_neqAle andbC.
  rewrite E addrA -(IH (ltnW iN)).
  by rewrite -(@concomitant_gap _ _ _ alpha z K_gt0 KN (Ordinal (ltnW iN)) (Ordinal iN)) // addrC subrK.
rewrite step addrC; congr (_ + _).
have := advantage_centred (char_num F) T K_gt0; rewrite card_ord => /(_ KN).
under eq_bigr do rewrite step.
rewrite big_split /= sumr_const card_ord -[A0 *+ _]mulr_natl => /eqP; rewrite addr_eq0 => /eqP E.
by rewrite -mulrN -E mulrA mulVf ?mul1r // pnatr_eq0.
Qed.
End Untied.

Section Tied.
Variables (F : realFieldType) (n K : nat) (alpha : nat -> F).
Notation N := n.+1.
Variables (s y : 'I_N -> F).
Hypothesis s_sorted : forall i j : 'I_N, (i <= j)%N -> s i <= s j.
Hypothesis K_gt0 : (0 < K)%N.
Implicit Types (i j t : 'I_N) (w : {perm 'I_N}) (S : {set 'I_N}).
Local Notation g t := (N%:R / N.-1%:R * elevated alpha K N.-1 t).

Definition orders : {set {perm 'I_N}} := [set w : {perm 'I_N} | [forall t, s (w t) == s t]].
Definition run i : {set 'I_N} := [set j | s j == s i].
Definition run_mean i : F := (\sum_(j in run i) y j) / #|run i|%:R.

(* In the order w: how many of S are on lower ranks than i, and the statistic. *)
Definition below_in w S i := #|[set k in S | ((w^-1)%g k < (w^-1)%g i)%N]|.
Definition ordered w S : F := \sum_(i in S) alpha (below_in w S i) * y i.

Definition rewards_in w (t : nat) : F := y (w (inord t)).
Local Notation in_order w := (@concomitant F N alpha (rewards_in w)).

(* (75) *)
Definition tied S : F := (\sum_(w in orders) ordered w S) / #|orders|%:R.

Lemma score_perm w t : w \in orders -> s (w t) = s t.
Proof. by rewrite inE => /forallP/(_ t)/eqP. Qed.

Lemma score_inv w t : w \in orders -> s ((w^-1)%g t) = s t.
Proof. by move=> wW; rewrite -(score_perm ((w^-1)%g t) wW) permKV. Qed.

Lemma orders_gt0 : (0 < #|orders|)%N.
Proof. by apply/card_gt0P; exists 1%g; rewrite inE; apply/forallP => t; rewrite perm1. Qed.

Let W0 : #|orders|%:R != 0 :> F.
Proof. by rewrite pnatr_eq0 -lt0n orders_gt0. Qed.

Lemma run_gt0 i : (0 < #|run i|)%N.
Proof. by apply/card_gt0P; exists i; rewrite inE. Qed.

Let run0 i : #|run i|%:R != 0 :> F.
Proof. by rewrite pnatr_eq0 -lt0n run_gt0. Qed.

Lemma score_tperm a b t : s a = s b -> s (tperm a b t) = s t.
Proof. by move=> ab; case: tpermP => // ->. Qed.

(* Two ranks of equal scores may change places before any order, two samples after it. *)
Lemma orders_before a b (f : {perm 'I_N} -> F) : s a = s b ->
  \sum_(w in orders) f w = \sum_(w in orders) f (tperm a b * w)%g.
Proof.
move=> ab; rewrite (reindex_inj (mulgI (tperm a b))); apply: eq_bigl => w; rewrite !inE.
apply/forallP/forallP => wW t; last by rewrite permM (eqP (wW _)) score_tperm.
by have := wW (tperm a b t); rewrite permM tpermK score_tperm.
Qed.

Lemma orders_after a b (f : {perm 'I_N} -> F) : s a = s b ->
  \sum_(w in orders) f w = \sum_(w in orders) f (w * tperm a b)%g.
Proof.
move=> ab; rewrite (reindex_inj (mulIg (tperm a b))); apply: eq_bigl => w; rewrite !inE.
by apply: eq_forallb => t; rewrite permM score_tperm.
Qed.

(* An order permutes each run. *)
Lemma sum_run w i (f : 'I_N -> F) : w \in orders -> \sum_(j in run i) f (w j) = \sum_(j in run i) f j.
Proof.
move=> wW; rewrite [RHS](reindex_inj (@perm_inj _ w)); apply: eq_bigl => j.
by rewrite !inE (score_perm j wW).
Qed.

(* What stands on rank t is on average the mean of its run. *)
Lemma mean_on_rank (f : 'I_N -> F) t :
  \sum_(w in orders) f (w t) = #|orders|%:R * ((\sum_(j in run t) f j) / #|run t|%:R).
Proof.
apply: (mulfI (run0 t)); rewrite [RHS]mulrCA [X in _ = _ * X]mulrC divfK // !mulr_natl -!sumr_const.
transitivity (\sum_(j in run t) \sum_(w in orders) f (w j)).
  apply: eq_bigr => j; rewrite inE => /eqP jt; rewrite (orders_before (a := j) (b := t)) //.
  by apply: eq_bigr => w _; rewrite permM tpermR.
rewrite exchange_big /=; apply: eq_bigr => w wW.
by rewrite (sum_run _ _ wW).
Qed.

Lemma mean_reward_on_rank t : \sum_(w in orders) y (w t) = #|orders|%:R * run_mean t.
Proof. exact: mean_on_rank. Qed.

Lemma eq_run i j : s i = s j -> run i = run j.
Proof. by move=> ij; apply/setP => k; rewrite !inE ij. Qed.

Lemma eq_run_mean i j : s i = s j -> run_mean i = run_mean j.
Proof. by move=> ij; rewrite /run_mean (eq_run ij). Qed.

(* Two ranks a, b of the run of i, the gap between which counts where i stands beyond: a moves up to i itself. *)
Lemma gap_inside (a b i : 'I_N) : b = a.+1 :> nat -> s a = s i -> s b = s i ->
  \sum_(w in orders) (a < (w^-1)%g i)%N%:R * (y (w b) - y (w a)) =
  #|orders|%:R * ((y i - run_mean i) / #|run i|.-1%:R).
Proof.
move=> ba ai bi; have ab : a != b by apply/eqP => ab; move: ba; rewrite ab => /n_Sn.
have abs : s a = s b by rewrite ai bi.
pose at_b w := (w b == i)%:R : F; pose beyond w := (b < (w^-1)%g i)%N%:R : F.
have split_ w : (a < (w^-1)%g i)%N%:R = at_b w + beyond w.
  rewrite /at_b /beyond -(inj_eq (@perm_inj _ (w^-1)%g)) permK -val_eqE /= ba.
  by rewrite [in LHS]leq_eqVlt; case: ltngtP; rewrite ?addr0 ?add0r.
have cancel : \sum_(w in orders) beyond w * y (w b) = \sum_(w in orders) beyond w * y (w a).
  rewrite (orders_before _ abs); apply: eq_bigr => w _; rewrite permM tpermR; congr (_%:R * _).
  rewrite /beyond invMg permM tpermV; case: tpermP => // ->.
    by rewrite ltnn ba ltnNge leqnSn.
  by rewrite ltnn ba ltnNge leqnSn.
have mean_at_b : \sum_(w in orders) at_b w = #|orders|%:R / #|run i|%:R.
  rewrite (mean_on_rank (fun j => (j == i)%:R)) (eq_run bi) (bigD1 i) ?inE //= eqxx big1 ?addr0 ?mul1r //.
  by move=> j /andP[_ /negbTE ->].
have b1 : (1 < #|run i|)%N.
  rewrite (cardsD1 a) (cardsD1 b) !inE ai bi !eqxx /= -[b == a]/(b == a) eq_sym ab.
  by [].
have b0 : #|run i|.-1%:R != 0 :> F by rewrite pnatr_eq0 -lt0n -ltnS prednK // ltnW.
have lower : \sum_(w in orders) at_b w * y (w a) =
    #|orders|%:R / #|run i|%:R * ((\sum_(j in run i) y j - y i) / #|run i|.-1%:R).
  apply: (mulfI b0); rewrite [RHS]mulrCA [X in _ = _ * X]mulrC divfK // -mean_at_b mulr_suml.
  have <- : #|run i :\ b| = #|run i|.-1 by rewrite [in RHS](cardsD1 b) inE bi eqxx.
  rewrite mulr_natl -sumr_const.
  transitivity (\sum_(j in run i :\ b) \sum_(w in orders) at_b w * y (w j)).
    apply: eq_bigr => j; rewrite !inE => /andP[jb /eqP ji].
    rewrite (orders_before (a := j) (b := a)) ?ji ?ai //.
    by apply: eq_bigr => w _; rewrite /at_b !permM tpermR tpermD // eq_sym.
  rewrite exchange_big /=; apply: eq_bigr => w wW; rewrite -mulr_sumr.
  rewrite /at_b; case: eqP => [wb|_]; last by rewrite !mul0r.
  rewrite !mul1r -(sum_run i y wW) [in RHS](bigD1 b) ?inE ?bi //= wb addrAC subrr add0r.
  by apply: eq_bigl => j; rewrite !inE andbC.
under eq_bigr do rewrite split_ mulrDl.
rewrite big_split /= [X in _ + X](_ : _ = 0) ?addr0; last first.
  by under eq_bigr do rewrite mulrBr; rewrite sumrB cancel subrr.
under eq_bigr do rewrite mulrBr.
rewrite sumrB lower.
have -> : \sum_(w in orders) at_b w * y (w b) = #|orders|%:R / #|run i|%:R * y i.
  rewrite -mean_at_b mulr_suml; apply: eq_bigr => w _; rewrite /at_b.
  by case: eqP => [->|]; rewrite ?mul0r.
rewrite -mulrBr -!mulrA; congr (_ * _); rewrite /run_mean.
have E : #|run i|%:R = #|run i|.-1%:R + 1 :> F.
  by rewrite -{1}(prednK (run_gt0 i)) -addn1 natrD.
apply: (mulfI (run0 i)); rewrite mulVKf //; apply: (mulIf b0); rewrite mulrBl divfK //.
rewrite mulrA divfK // mulrBr [X in _ = _ - X]mulrC divfK // opprB addrA; congr (_ - _).
by rewrite E mulrDl mul1r mulrC.
Qed.

(* Any other gap counts always or never. *)
Lemma gap_outside (a b i : 'I_N) w : b = a.+1 :> nat -> w \in orders -> ~~ ((s a == s i) && (s b == s i)) ->
  (a < (w^-1)%g i)%N = (s b <= s i).
Proof.
move=> ba wW out; have E := score_inv i wW.
have ab : s a <= s b by apply: s_sorted; rewrite ba.
case: (ltnP a ((w^-1)%g i)) => [ai|ia]; first by rewrite -E; symmetry; apply: s_sorted; rewrite ba.
have ia' : s i <= s a by rewrite -E; apply: s_sorted.
symmetry; apply/negbTE; apply: contra out => bi.
have /eqP -> : s b == s i by rewrite eq_le bi (le_trans ia').
by rewrite eqxx andbT eq_le ia' (le_trans ab).
Qed.

Definition lower (t : 'I_n) : 'I_N := inord t.
Definition upper (t : 'I_n) : 'I_N := inord t.+1.

(* (76) *)
Definition mean_rise i : F :=
  \sum_(t < n | s (upper t) <= s i) (run_mean (upper t) - run_mean (lower t)) * g t +
  (y i - run_mean i) / #|run i|.-1%:R * \sum_(t < n | (s (lower t) == s i) && (s (upper t) == s i)) g t.

Lemma mean_over_orders i :
  \sum_(w in orders) rise K alpha (rewards_in w) ((w^-1)%g i) = #|orders|%:R * mean_rise i.
Proof.
rewrite /rise; under eq_bigr do rewrite big_mkcond.
rewrite exchange_big /= /mean_rise mulrDr !mulr_sumr [X in _ = X + _]big_mkcond [X in _ = _ + X]big_mkcond -big_split /=.
apply: eq_bigr => t _; move: (_ / _ * elevated _ _ _ t) => c.
have lowE : lower t = t :> nat by rewrite inordK // ltnW // ltnS.
have upE : upper t = t.+1 :> nat by rewrite inordK // ltnS.
transitivity (c * \sum_(w in orders) (lower t < (w^-1)%g i)%N%:R * (y (w (upper t)) - y (w (lower t)))).
  rewrite mulr_sumr; apply: eq_bigr => w _; rewrite lowE; case: ifP; last by rewrite mul0r mulr0.
  by rewrite mul1r mulrC.
have [/andP[/eqP li /eqP ui]|out] := boolP ((s (lower t) == s i) && (s (upper t) == s i)).
  rewrite gap_inside ?upE ?lowE // ui lexx (eq_run_mean (etrans ui (esym li))) subrr mul0r mulr0 add0r.
  by rewrite mulrCA; congr (_ * _); apply: mulrC.
rewrite addr0; under eq_bigr => w wW do rewrite (gap_outside _ wW out) ?upE ?lowE //.
rewrite -mulr_sumr sumrB !mean_reward_on_rank -mulrBr; case: ifP; last by rewrite mul0r mulr0.
by rewrite mul1r => _; rewrite mulrCA; congr (_ * _); apply: mulrC.
Qed.

(* In one order, the samples by their ranks. *)
Lemma ordered_relabel w S : ordered w (w @: S) = in_order w S.
Proof.
rewrite /ordered /concomitant big_imset /=; last by move=> i j _ _; apply: perm_inj.
apply: eq_bigr => i iS; rewrite /rewards_in inord_val; congr (alpha _ * _).
rewrite /below_in /below -[RHS](card_imset _ (@perm_inj _ w)); apply: eq_card => k; rewrite inE.
apply/andP/imsetP => [[/imsetP[j jS ->]]|[j]]; rewrite ?permK.
  by move=> ji; exists j; rewrite // inE jS.
by rewrite inE => /andP[jS ji] ->; rewrite imset_f // permK.
Qed.

(* What a set of ordinals sums to by the ranks within it. *)
Lemma sum_below (R : {set 'I_N}) (f : nat -> F) : \sum_(m in R) f (below R m) = \sum_(j < #|R|) f j.
Proof. by rewrite big_enum_val; apply: eq_bigr => j _; rewrite below_enum_val. Qed.

Definition lower_in S i := #|[set k in S | s k < s i]|.
Definition equals_in S i : {set 'I_N} := [set k in S | s k == s i].

Lemma below_in_run w S i j : w \in orders -> s j = s i ->
  below_in w S j = (lower_in S i + #|[set k in equals_in S i | ((w^-1)%g k < (w^-1)%g j)%N]|)%N.
Proof.
move=> wW ji; rewrite /below_in /lower_in -cardsUI.
rewrite [X in (_ + X)%N](_ : _ = 0%N) ?addn0; last first.
  apply: eq_card0 => k; rewrite !inE; case: (k \in S) => //=.
  by case: (ltgtP (s k) (s i)).
apply: eq_card => k; rewrite !inE; case: (k \in S) => //=.
case: (ltgtP (s k) (s i)) => //= ki.
  apply/idP; rewrite ltnNge; apply/negP => /s_sorted; rewrite !score_inv // ji.
  by rewrite leNgt ki.
by apply/negbTE; rewrite -leqNgt ltnW // ltnNge; apply/negP => /s_sorted; rewrite !score_inv // ji leNgt ki.
Qed.

Lemma mean_rank_weight S i : i \in S ->
  \sum_(w in orders) alpha (below_in w S i) =
  #|orders|%:R * ((\sum_(j < #|equals_in S i|) alpha (lower_in S i + j)) / #|equals_in S i|%:R).
Proof.
move=> iS; have iR : i \in equals_in S i by rewrite inE iS eqxx.
have R0 : #|equals_in S i|%:R != 0 :> F by rewrite pnatr_eq0 -lt0n; apply/card_gt0P; exists i.
apply: (mulfI R0); rewrite [RHS]mulrCA [X in _ = _ * X]mulrC divfK // !mulr_natl -!sumr_const.
transitivity (\sum_(j in equals_in S i) \sum_(w in orders) alpha (below_in w S j)).
  apply: eq_bigr => j; rewrite inE => /andP[jS /eqP ji]; rewrite [RHS](orders_after (a := i) (b := j)) //.
  apply: eq_bigr => w _; congr alpha; rewrite /below_in -(card_imset _ (@perm_inj _ (tperm i j))).
  apply: eq_card => k; rewrite [RHS]inE invMg !permM !tpermV tpermR.
  apply/imsetP/andP => [[l]|[kS ki]].
    by rewrite inE => /andP[lS li] ->; rewrite tpermK; split=> //; case: tpermP => // ->.
  by exists (tperm i j k); rewrite ?tpermK // inE ki andbT; case: tpermP => // ->.
rewrite exchange_big /=; apply: eq_bigr => w wW; pose R := (w^-1)%g @: equals_in S i.
have RE : #|R| = #|equals_in S i| by rewrite card_imset //; apply: perm_inj.
rewrite -RE -(sum_below R (fun r : nat => alpha (lower_in S i + r)%N)) big_imset /=; last first.
  by move=> j k _ _; apply: perm_inj.
apply: eq_bigr => j; rewrite inE => /andP[_ /eqP ji]; rewrite (below_in_run S wW ji) /below.
congr (alpha (_ + _)); rewrite -[LHS](card_imset _ (@perm_inj _ (w^-1)%g)); apply: eq_card => m.
rewrite !inE; apply/imsetP/andP => [[k]|[/imsetP[k kR ->] kj]].
  by rewrite inE => /andP[kR kj] ->; rewrite imset_f.
by exists k; rewrite // inE kR.
Qed.

(* (75): a member has the mean of alpha over the ranks of its equals in the set itself. *)
Theorem tied_own_orders S : tied S = \sum_(i in S)
  (\sum_(j < #|equals_in S i|) alpha (lower_in S i + j)) / #|equals_in S i|%:R * y i.
Proof.
apply: (mulIf W0); rewrite divfK // exchange_big mulr_suml; apply: eq_bigr => i iS /=.
by rewrite -mulr_suml mean_rank_weight // -[LHS]mulrA [LHS]mulrC.
Qed.

(* (76): the value *)
Theorem tied_value : (K <= N)%N ->
  value K tied = \sum_(m < N) K%:R / N%:R * elevated alpha K N m * run_mean m.
Proof.
move=> KN; have bij w : bijective w by exists (w^-1)%g; [apply: permK | apply: permKV].
have -> : value K tied = (\sum_(w in orders) value K (ordered w)) / #|orders|%:R.
  rewrite /value /mean /tied -!mulr_suml mulrAC; congr (_ / _ / _).
  by rewrite exchange_big.
apply: (mulIf W0); rewrite divfK // mulr_suml.
transitivity (\sum_(w in orders) \sum_(m < N) K%:R / N%:R * elevated alpha K N m * y (w m)).
  apply: eq_bigr => w _; rewrite (value_relabel (bij w)).
  have -> : value K (fun S => ordered w (w @: S)) = value K (in_order w).
    by congr (_ / _); apply: eq_bigr => S _; rewrite ordered_relabel.
  by rewrite concomitant_value //; apply: eq_bigr => m _; rewrite /rewards_in inord_val.
rewrite exchange_big; apply: eq_bigr => m _ /=.
by rewrite -mulr_sumr mean_reward_on_rank mulrCA mulrC.
Qed.

Hypothesis KN : (K < N)%N.

(* (76): the advantages *)
Theorem tied_advantage i : advantage K tied i = mean_rise i - N%:R^-1 * \sum_j mean_rise j.
Proof.
have bij w : bijective w by exists (w^-1)%g; [apply: permK | apply: permKV].
have lin : advantage K tied i = (\sum_(w in orders) advantage K (ordered w) i) / #|orders|%:R.
  rewrite /advantage sumrB mulrBl; congr (_ - _).
    rewrite /include_one /mean /tied -!mulr_suml mulrAC; congr (_ / _ / _).
    by rewrite exchange_big.
  rewrite /leave_one_out /mean /tied -!mulr_suml mulrAC; congr (_ / _ / _).
  by rewrite exchange_big.
apply: (mulIf W0); rewrite lin divfK // mulrBl -mulrA [_ * #|orders|%:R]mulrC.
rewrite [X in _ = _ - _ * X]mulrC mulr_sumr; under [in RHS]eq_bigr do rewrite -mean_over_orders.
rewrite -mean_over_orders exchange_big /= mulr_sumr -sumrB; apply: eq_bigr => w _.
have -> : advantage K (ordered w) i =
    advantage K (in_order w) ((w^-1)%g i).
  rewrite -{1}[i](permKV w) /advantage include_one_relabel // leave_one_out_relabel //.
  by congr (_ / _ - _ / _); apply: eq_bigr => S _; rewrite ordered_relabel.
rewrite concomitant_advantage //; congr (_ - _ * _).
by rewrite (reindex_inj (@perm_inj _ (w^-1)%g)).
Qed.
End Tied.
