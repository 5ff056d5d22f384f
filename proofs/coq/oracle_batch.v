(* The oracle computes the batch quantities of the definitions, for every 0 < K <= N (K < N where an
   advantage is needed), every list of rank weights and every list of rewards, in any order and with ties:
   eqs. (17) to (20), with the score weights of (28) and the pathwise weights of (29).

   The numbers are compared in any ordered field F; ofQ takes the oracle's rationals there. *)

From Coq Require Import ZArith QArith.
From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets advantage gap_form closed_form oracle embedding oracle_weights.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* Below a member of a sorted list lie as many as its first equal has before it. *)
Lemma place_of (F : realFieldType) (s : seq F) t : sorted <=%R s -> (t < size s)%N ->
  (count (fun z : F => (z < s`_t)%R) s <= t)%N /\ s`_(count (fun z : F => (z < s`_t)%R) s) = s`_t.
Proof.
move=> s_sorted ts; set m := count _ s.
have mt : (m <= t)%N.
  by rewrite leqNgt; apply/negP => tm; have := nth_count_lt 0 s_sorted tm; rewrite ltxx.
split=> //; apply/le_anti/andP; split; last first.
  by apply: (nth_count_ge 0 s_sorted); rewrite leqnn (leq_ltn_trans mt).
by apply: (sorted_leq_nth le_trans le_refl); rewrite ?inE // (leq_ltn_trans mt).
Qed.

Section Batch.
Variables (F : realFieldType) (alpha l : seq Q).
Notation ofQ := (ofQ F).
Notation K := (size alpha).
Notation N := (size l).

(* What the definitions speak of: a batch of N samples and an L-statistic. *)
Definition batch : 'I_N -> F := fun i => ofQ (nth q0 l i).
Definition statistic : {set 'I_N} -> F := lstat_of (fun j => ofQ (nth q0 alpha j)) K batch.

Let x : seq Q := sort at_most l.
Let X (t : nat) : F := ofQ (nth q0 x t).
Let a (j : nat) : F := ofQ (nth q0 alpha j).

Let size_x : size x = N. Proof. exact: size_sort. Qed.

Let map_x : map ofQ x = sort <=%R (map ofQ l).
Proof.
have x_total : total at_most by move=> y z; rewrite !(ofQ_le F) le_total.
apply: (sorted_eq le_trans le_anti); rewrite ?sort_le_sorted //.
  by rewrite sorted_map -(eq_sorted (@ofQ_le F)) sort_sorted.
rewrite perm_sym perm_sort /x; have [i_l pi ->] := perm_iota_sort at_most q0 l.
by rewrite -[X in perm_eq (map _ X)](mkseq_nth q0 l) /mkseq -!map_comp perm_map // perm_sym.
Qed.

Let x_sorted : sorted <=%R (map ofQ x).
Proof. by rewrite map_x sort_le_sorted. Qed.

Let XE t : X t = (map ofQ x)`_t.
Proof. exact: ofQ_nth. Qed.

Let X_sorted i j : (i <= j < N)%N -> X i <= X j.
Proof.
case/andP=> ij jN; rewrite !XE; apply: (sorted_leq_nth le_trans le_refl) => //;
  by rewrite inE size_map size_x // (leq_ltn_trans ij).
Qed.

Lemma sorted_rewards i j : (i <= j < N)%N ->
  ofQ (nth q0 (sort at_most l) i) <= ofQ (nth q0 (sort at_most l) j).
Proof. exact: X_sorted. Qed.

(* An order that sorts the batch. *)
Let ranked : exists u : 'I_#|'I_N| -> 'I_N, injective u /\ forall t, batch (u t) = X t.
Proof.
pose s := sort (relpre batch <=%R) (enum 'I_N).
have s_uniq : uniq s by rewrite sort_uniq enum_uniq.
have size_s : size s = #|'I_N| by rewrite size_sort -cardE.
have map_s : map batch s = map ofQ x.
  rewrite map_x -sort_map; congr sort; rewrite -[in RHS](mkseq_nth q0 l) /mkseq -val_enum_ord.
  by rewrite -!map_comp.
exists (fun t => nth (enum_val t) s t); split=> [t t'|t].
  rewrite (set_nth_default (enum_val t')) ?size_s // => /eqP.
  by rewrite nth_uniq ?size_s // => /eqP/val_inj.
by rewrite XE -map_s (nth_map (enum_val t)) ?size_s.
Qed.

(* A reward's place holds its equal. *)
Lemma place_in (i : 'I_N) : (place l (nth q0 l i) < N)%N /\
  ofQ (nth q0 x (place l (nth q0 l i))) = ofQ (nth q0 l i).
Proof.
have : ofQ (nth q0 l i) \in map ofQ x.
  by rewrite map_x mem_sort; apply/(nthP 0); exists i; rewrite ?size_map // (nth_map q0).
case/(nthP 0) => t tx E.
have -> : place l (nth q0 l i) = count (fun z : F => (z < (map ofQ x)`_t)%R) (map ofQ x).
  have /permP -> : perm_eq (map ofQ x) (map ofQ l) by rewrite map_x perm_sort.
  by rewrite count_map E; apply: eq_count => z /=; rewrite (ofQ_lt F).
have [mt Xmt] := place_of x_sorted tx.
split; last by rewrite ofQ_nth Xmt.
by rewrite -[X in (_ < X)%N]size_x -(size_map ofQ x) (leq_ltn_trans mt).
Qed.

Hypothesis K_gt0 : (0 < K)%N.

(* (17) by (23) *)
Theorem oracle_value : (K <= N)%N -> ofQ (value alpha l) = subsets.value K statistic.
Proof.
move=> KN; have [u [u_inj ux]] := ranked.
have N0 : #|'I_N| = N := card_ord N.
have S i j : (i <= j < #|'I_N|)%N -> X i <= X j by rewrite N0; apply: X_sorted.
rewrite (value_closed_form a u_inj ux S K_gt0) ?N0 // ofQ_sum big_map.
rewrite (big_nth (q0, q0)) size_zip size_x size_rank_weights minnn big_mkord.
apply: eq_bigr => t _; rewrite nth_zip ?size_rank_weights //= ofQM.
by rewrite oracle_rank_weights.
Qed.

(* The running sums of gap times weight, *)
Let G m : F := \sum_(t < m) (X t.+1 - X t) * (N%:R / N.-1%:R * elevated a K N.-1 t).

Let size_gaps : size (gap_terms alpha l) = N.-1.
Proof.
by rewrite size_map !size_zip size_behead size_x size_elevate (minn_idPr (leq_pred _)) minnn.
Qed.

Let gap_term t : (t < N.-1)%N -> ofQ (nth q0 (gap_terms alpha l) t) =
  (X t.+1 - X t) * (N%:R / N.-1%:R * elevated a K N.-1 t).
Proof.
move=> tN; have sz : size (zip x (behead x)) = N.-1.
  by rewrite size_zip size_behead size_x (minn_idPr (leq_pred _)).
rewrite (nth_map ((q0, q0), q0)); last by rewrite size_zip -/x sz size_elevate minnn.
rewrite nth_zip ?sz ?size_elevate //= nth_zip_cond sz tN /= nth_behead.
by rewrite ofQM ofQB ofQM ofQ_div !ofQ_nat oracle_elevate.
Qed.

Let foldl_add y s : ofQ (foldl qadd y s) = ofQ y + \sum_(z <- s) ofQ z.
Proof.
by elim: s y => [|z s IH] y; rewrite /= ?big_nil ?addr0 // big_cons IH ofQD addrA.
Qed.

Let running_sum m : (m <= N.-1)%N ->
  ofQ (nth q0 (qnat 0 :: scanl qadd (qnat 0) (gap_terms alpha l)) m) = G m.
Proof.
case: m => [|m] mN; first by rewrite /= ofQ_nat /G big_ord0.
rewrite /= nth_scanl ?size_gaps // foldl_add ofQ_nat add0r.
rewrite (big_nth q0) big_mkord size_take size_gaps.
have -> : (if (m.+1 < N.-1)%N then m.+1 else N.-1) = m.+1.
  by case: ltnP => // Nm; apply/eqP; rewrite eqn_leq Nm.
by apply: eq_bigr => t _; rewrite nth_take // gap_term // (leq_trans (ltn_ord t)).
Qed.

Hypothesis KN : (K < N)%N.

Let N_gt0 : (0 < N)%N. Proof. exact: leq_ltn_trans KN. Qed.

(* less their mean. *)
Let sorted_advantage t : (t < N)%N ->
  ofQ (nth q0 (sorted_advantages alpha l) t) = G t - N%:R^-1 * \sum_(m < N) G m.
Proof.
move=> tN; rewrite (nth_map q0) ?ofQB ?ofQ_div ?ofQ_nat; last first.
  by rewrite /= size_scanl size_gaps prednK.
rewrite running_sum; last by rewrite -ltnS prednK.
congr (_ - _).
rewrite ofQ_sum mulrC; congr (_ * _); rewrite (big_nth q0) /= size_scanl size_gaps prednK //.
rewrite big_mkord; apply: eq_bigr => m _; rewrite running_sum //.
by rewrite -ltnS prednK.
Qed.

Lemma size_sorted_advantages : size (sorted_advantages alpha l) = N.
Proof. by rewrite size_map /= size_scanl size_gaps prednK. Qed.

Let G_tie m t : (m <= t < N)%N -> X m = X t -> G m = G t.
Proof.
case/andP=> mt tN Xmt; pose f s := (X s.+1 - X s) * (N%:R / N.-1%:R * elevated a K N.-1 s).
have GE n : G n = \sum_(0 <= s < n) f s by rewrite big_mkord.
rewrite !GE [RHS](@big_cat_nat _ _ _ m) //= [X in _ = _ + X]big_nat_cond [X in _ = _ + X]big1 ?addr0 // => s.
rewrite andbT => /andP[ms st]; have sN : (s.+1 < N)%N := leq_ltn_trans st tN.
suff E : X s.+1 = X s by rewrite /f E subrr mul0r.
apply/le_anti; rewrite [X s <= X s.+1]X_sorted ?leqnSn // andbT.
apply: (@le_trans _ _ (X m)); last by rewrite X_sorted // ms ltnW.
by rewrite Xmt X_sorted // st.
Qed.

(* (20) by (25) *)
Theorem oracle_advantage (i : 'I_N) :
  ofQ (nth q0 (advantage alpha l) i) = subsets.advantage K statistic i.
Proof.
have [u [u_inj ux]] := ranked; have N0 : #|'I_N| = N := card_ord N.
have S s t : (s <= t < #|'I_N|)%N -> X s <= X t by rewrite N0; apply: X_sorted.
have [v uv vu] : bijective u by apply: inj_card_bij; rewrite ?card_ord.
rewrite -(vu i); move: (v i) => t.
have tN : (t < N)%N by rewrite -[X in (_ < X)%N]N0.
have -> : subsets.advantage K statistic (u t) = G t - N%:R^-1 * \sum_(m < N) G m.
  have KN' : (K < #|'I_N|)%N by rewrite N0.
  rewrite (advantage_closed_form a u_inj ux S K_gt0 KN') /running /G.
  by move: (nat_of_ord t) => m; rewrite N0.
have -> : nth q0 (advantage alpha l) (u t) =
    nth q0 (sorted_advantages alpha l) (place l (nth q0 l (u t))) by rewrite (nth_map q0).
have -> : place l (nth q0 l (u t)) = count (fun z : F => (z < X t)%R) (map ofQ x).
  have /permP -> : perm_eq (map ofQ x) (map ofQ l) by rewrite map_x perm_sort.
  rewrite count_map; apply: eq_count => z /=.
  by rewrite (ofQ_lt F) -/(batch _) ux.
have tx : (t < size (map ofQ x))%N by rewrite size_map size_x.
have [] := place_of x_sorted tx; rewrite -!XE => mt Xmt.
rewrite sorted_advantage ?(leq_ltn_trans mt) //; congr (_ - _).
by apply: G_tie; rewrite ?mt.
Qed.

Lemma size_advantage : size (advantage alpha l) = N.
Proof. exact: size_map. Qed.

(* (19) by (27) *)
Theorem oracle_leave_one_out (i : 'I_N) :
  ofQ (nth q0 (leave_one_out alpha l) i) = subsets.leave_one_out K statistic i.
Proof.
have KN' : (K < #|'I_N|)%N by rewrite card_ord.
rewrite (leave_one_out_advantage (char_num F) statistic K_gt0 KN') card_ord.
rewrite (nth_map q0) ?size_advantage // ofQB ofQM ofQ_div !ofQ_nat oracle_advantage.
by rewrite oracle_value // ltnW.
Qed.

(* (28) *)
Theorem oracle_score_weights (i : 'I_N) :
  ofQ (nth q0 (score_weights alpha l) i) = K%:R / N%:R * subsets.advantage K statistic i.
Proof. by rewrite (nth_map q0) ?size_advantage // ofQM ofQ_div !ofQ_nat oracle_advantage. Qed.
End Batch.

(* (18) by (26); the whole batch is the only set of N. *)
Theorem oracle_inclusion (F : realFieldType) (alpha l : seq Q) (i : 'I_(size l)) :
  (0 < size alpha <= size l)%N ->
  ofQ F (nth q0 (inclusion alpha l) i) = include_one (size alpha) (@statistic F alpha l) i.
Proof.
case/andP=> K0; rewrite leq_eqVlt /inclusion; case: eqP => [KN _|_ /= KN].
  rewrite nth_nseq ltn_ord oracle_value //; last by rewrite KN.
  rewrite /include_one /value KN.
  suff <- : draws [finType of 'I_(size l)] (size l) = draws_with (size l) i by [].
  apply/setP => S; rewrite !inE; case: eqP => //= SN; apply/esym.
  suff -> : S = setT by rewrite inE.
  by apply/eqP; rewrite eqEcard subsetT cardsT card_ord; apply/eq_leq/esym.
have KN' : (size alpha < #|'I_(size l)|)%N by rewrite card_ord.
rewrite (include_one_advantage (char_num F) (@statistic F alpha l) K0 KN') card_ord.
rewrite (nth_map q0) ?size_advantage // ofQD ofQM ofQ_div !ofQ_nat oracle_advantage //.
by rewrite oracle_value // ltnW.
Qed.

(* Equals have the same share. *)
Lemma share_eq (F : realFieldType) (l w : seq Q) y z : ofQ F y = ofQ F z -> share l w y = share l w z.
Proof.
move=> yz; have E : (fun p : Q * Q => at_most y p.2 && at_most p.2 y) =1
                    (fun p => at_most z p.2 && at_most p.2 z).
  by move=> p; rewrite !(ofQ_le F) yz.
by rewrite /share (eq_filter E).
Qed.

Lemma nth_shares (F : realFieldType) (l w : seq Q) z s ys t : s = share l w z -> (t < size ys)%N ->
  nth q0 (shares l w z s ys) t = share l w (nth q0 ys t).
Proof.
elim: ys z s t => // y ys IH z s t -> /=; set s' := if _ then _ else _.
have -> : s' = share l w y.
  by rewrite /s' !(ofQ_le F) -eq_le; case: eqP => // /esym; apply: share_eq.
by case: t => //= t; apply: IH.
Qed.

(* (29) the mean rank weight of the equals. *)
Theorem oracle_pathwise_weights (F : realFieldType) (alpha l : seq Q) (i : 'I_(size l)) :
  (0 < size alpha)%N ->
  let N := size l in let x t := nth q0 (sort at_most l) t in let y := nth q0 l i in
  ofQ F (nth q0 (pathwise_weights alpha l) i) =
  (\sum_(t < N | ofQ F (x t) == ofQ F y)
     (size alpha)%:R / N%:R * elevated (fun j => ofQ F (nth q0 alpha j)) (size alpha) N t) /
  #|[set t : 'I_N | ofQ F (x t) == ofQ F y]|%:R.
Proof.
move=> K0 N x y; set w := rank_weights alpha N.
have [yN xy] := place_in F i.
rewrite (nth_map q0) // (nth_shares F) ?size_sort // (share_eq _ _ xy).
rewrite /share ofQ_div ofQ_nat ofQ_sum.
have sz : size (zip w (sort at_most l)) = N by rewrite size_zip size_rank_weights size_sort minnn.
have E p : at_most y p && at_most p y = (ofQ F p == ofQ F y) by rewrite !(ofQ_le F) eq_sym eq_le.
rewrite -/y big_map big_filter size_map size_filter; congr (_ / _%:R); last first.
  rewrite -sum1_count (big_nth (q0, q0)) sz big_mkord -sum1_card; apply: eq_bigl => t.
  by rewrite inE nth_zip ?size_rank_weights ?size_sort //= -E.
rewrite (big_nth (q0, q0)) sz big_mkord; apply: eq_big => t.
  by rewrite nth_zip ?size_rank_weights ?size_sort //= -E.
by rewrite nth_zip ?size_rank_weights ?size_sort //= oracle_rank_weights.
Qed.
