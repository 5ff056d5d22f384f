(* Definitions of the batch quantities, and the counting behind them.

   A batch has a finite set I of samples, N = #|I|, and T is any function of its
   subsets. S ranges over the subsets of I with K members, all equally likely.

     (17)  v      = E[T(S)]               value K T
     (18)  q_i    = E[T(S) | i in S]      include_one K T i
     (19)  v^(-i) = E[T(S) | i not in S]  leave_one_out K T i
     (20)  A_i    = q_i - v^(-i)          advantage K T i

   Equation numbers are those of docs/spec/1.1/index.md. *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Draws.
Variable I : finType.
Implicit Types (S B : {set I}) (i j : I) (K : nat).

(* The comparison sets: all of size K; those with i; without i; with neither. *)
Definition draws K := [set S : {set I} | #|S| == K].
Definition draws_with K i := [set S in draws K | i \in S].
Definition draws_without K i := [set S in draws K | i \notin S].
Definition draws_without2 K i j := [set S in draws_without K i | j \notin S].

Lemma draws_without2C K i j : draws_without2 K i j = draws_without2 K j i.
Proof. by apply/setP => S; rewrite !inE andbAC. Qed.

(* binomial(N, K) of them. *)
Lemma card_draws_all K : #|draws K| = 'C(#|I|, K).
Proof. exact: card_draws. Qed.

(* binomial(N - 1, K) avoid i. *)
Lemma card_draws_without K i : #|draws_without K i| = 'C(#|I|.-1, K).
Proof.
rewrite -(cardsC1 i) -cards_draws; apply: eq_card => S.
by rewrite !inE -setCS setCK sub1set inE andbC.
Qed.

(* binomial(N - 2, K) avoid i and j. *)
Lemma card_draws_without2 K i j :
  i != j -> #|draws_without2 K i j| = 'C(#|I|.-2, K).
Proof.
move=> ij; have <- : #|~: [set i; j]| = #|I|.-2 by rewrite cardsCs setCK cards2 ij subn2.
rewrite -cards_draws; apply: eq_card => S.
by rewrite !inE -setCS setCK subUset !sub1set !inE -andbA andbC.
Qed.

Section Sums.
Variables (R : Type) (idx : R) (op : Monoid.com_law idx).
Implicit Types T : {set I} -> R.

(* Split by whether i is a member. *)
Lemma draws_split K i T : \big[op/idx]_(S in draws K) T S =
  op (\big[op/idx]_(S in draws_with K i) T S)
     (\big[op/idx]_(S in draws_without K i) T S).
Proof.
rewrite (bigID (fun S : {set I} => i \in S)) /=.
by congr (op _ _); apply: eq_bigl => S; rewrite !inE.
Qed.

(* A set of k + 1 with i is i and a set of k without it. *)
Lemma draws_add k i T : \big[op/idx]_(S in draws_with k.+1 i) T S =
  \big[op/idx]_(S in draws_without k i) T (i |: S).
Proof.
rewrite (reindex_onto (fun S => i |: S) (fun S => S :\ i)) => [|S]; last first.
  by rewrite !inE => /andP[_ /setD1K].
apply: eq_bigl => S; rewrite !inE eqxx andbT.
have [iS|iS] := boolP (i \in S); last by rewrite cardsU1 iS eqSS setU1K // eqxx.
by rewrite andbF; apply/negP => /andP[_ /eqP E]; move: iS; rewrite -E setD11.
Qed.

(* The same among the sets that avoid j. *)
Lemma draws_add2 k i j T : i != j ->
  \big[op/idx]_(S in draws_without k.+1 j | i \in S) T S =
  \big[op/idx]_(S in draws_without2 k i j) T (i |: S).
Proof.
move=> ij; pose T' S := if j \in S then idx else T S.
transitivity (\big[op/idx]_(S in draws_with k.+1 i) T' S).
  rewrite [RHS](bigID (fun S : {set I} => j \in S)) /=.
  rewrite [X in op X _]big1 ?Monoid.mul1m => [|S /andP[_ jS]]; last by rewrite /T' jS.
  apply: eq_big => S; first by rewrite !inE andbAC.
  by rewrite !inE /T' => /andP[/andP[_ /negbTE ->]].
rewrite draws_add (bigID (fun S : {set I} => j \in S)) /=.
rewrite [X in op X _]big1 ?Monoid.mul1m => [|S /andP[_ jS]]; last by rewrite /T' !inE jS orbT.
apply: eq_big => S; first by rewrite !inE.
by rewrite !inE /T' => /andP[_ /negbTE jS]; rewrite !inE jS orbF eq_sym (negbTE ij).
Qed.
End Sums.

(* binomial(N - 1, k) sets of k + 1 members hold i. *)
Lemma card_draws_with k i : #|draws_with k.+1 i| = 'C(#|I|.-1, k).
Proof. by rewrite -sum1_card (draws_add addn_comoid) sum1_card card_draws_without. Qed.
End Draws.

Section Exchange.
Variables (F : ringType) (I : finType).
Implicit Types (G : {set I} -> F) (i j : I).

(* sum_i sum_{S with i} G(S) = K sum_S G(S): a set has K members, *)
Lemma sum_draws_with K G :
  \sum_i \sum_(S in draws_with K i) G S = K%:R * \sum_(S in draws I K) G S.
Proof.
rewrite (exchange_big_dep (fun S => S \in draws I K)) => [|i S _]; last by rewrite inE => /andP[].
rewrite mulr_sumr; apply: eq_bigr => S SK.
rewrite (eq_bigl (mem S)) => [|i]; last by rewrite inE SK.
by rewrite sumr_const mulr_natl; move: SK; rewrite inE => /eqP <-.
Qed.

(* and N - K that are not. *)
Lemma sum_draws_without K G :
  \sum_i \sum_(S in draws_without K i) G S = (#|I| - K)%:R * \sum_(S in draws I K) G S.
Proof.
rewrite (exchange_big_dep (fun S => S \in draws I K)) => [|i S _]; last by rewrite inE => /andP[].
rewrite mulr_sumr; apply: eq_bigr => S SK.
rewrite (eq_bigl (mem (~: S))) => [|i]; last by rewrite inE SK !inE.
by rewrite sumr_const mulr_natl cardsCs setCK; move: SK; rewrite inE => /eqP <-.
Qed.

(* The second index of a pair avoided: N - 1 - K choices of j, *)
Lemma sum_draws_without2 K i G :
  \sum_(j | j != i) \sum_(S in draws_without2 K i j) G S =
    (#|I|.-1 - K)%:R * \sum_(S in draws_without K i) G S.
Proof.
rewrite (exchange_big_dep (fun S => S \in draws_without K i)) => [|j S _]; last by rewrite inE => /andP[].
rewrite mulr_sumr; apply: eq_bigr => S SK.
rewrite (eq_bigl (mem (~: (i |: S)))) => [|j]; last by rewrite inE SK !inE negb_or.
rewrite sumr_const mulr_natl cardsCs setCK cardsU1.
move: SK; rewrite !inE => /andP[/eqP -> ->].
by rewrite subnDA subn1.
Qed.

(* and k + 1 choices of a j to put in. *)
Lemma sum_draws_add2 k i G :
  \sum_(j | j != i) \sum_(S in draws_without2 k i j) G (j |: S) =
    k.+1%:R * \sum_(S in draws_without k.+1 i) G S.
Proof.
under eq_bigr => j ji do rewrite draws_without2C -(draws_add2 _ _ _ ji).
rewrite (exchange_big_dep (fun S => S \in draws_without k.+1 i)) => [|j S _ /andP[]] //.
rewrite mulr_sumr; apply: eq_bigr => S SK.
rewrite (eq_bigl (mem S)) => [|j]; last first.
  by rewrite SK /=; have [->|//] := eqVneq j i; move: SK; rewrite inE => /andP[_ /negbTE].
by rewrite sumr_const mulr_natl; move: SK; rewrite !inE => /andP[/eqP <-].
Qed.
End Exchange.

Section Values.
Variables (F : fieldType) (I : finType).
Implicit Types (P : {set {set I}}) (T : {set I} -> F) (i : I).

(* The mean of T over a family of sets. *)
Definition mean P T : F := (\sum_(S in P) T S) / #|P|%:R.

Definition value K T := mean (draws I K) T.                            (* (17) *)
Definition include_one K T i := mean (draws_with K i) T.               (* (18) *)
Definition leave_one_out K T i := mean (draws_without K i) T.          (* (19) *)
Definition advantage K T i := include_one K T i - leave_one_out K T i. (* (20) *)

Hypothesis char0 : [char F] =i pred0.

Lemma nat_neq0 n : (0 < n)%N -> n%:R != 0 :> F.
Proof. by rewrite (charf0P F).1 // -lt0n. Qed.

Lemma bin_neq0 n m : (m <= n)%N -> 'C(n, m)%:R != 0 :> F.
Proof. by move=> mn; rewrite nat_neq0 // bin_gt0. Qed.

(* A sum is its number of terms times the mean. *)
Lemma sum_mean P T : (0 < #|P|)%N -> \sum_(S in P) T S = #|P|%:R * mean P T.
Proof. by move=> P0; rewrite mulrC divfK ?nat_neq0. Qed.

Lemma mean_const P c : (0 < #|P|)%N -> mean P (fun=> c) = c.
Proof. by move=> P0; rewrite /mean sumr_const -[c *+ _]mulr_natr mulfK ?nat_neq0. Qed.

Lemma sum_value K T : (K <= #|I|)%N ->
  \sum_(S in draws I K) T S = 'C(#|I|, K)%:R * value K T.
Proof. by move=> KN; rewrite sum_mean card_draws_all // bin_gt0. Qed.

Lemma sum_include_one K T i : (0 < K <= #|I|)%N ->
  \sum_(S in draws_with K i) T S = 'C(#|I|.-1, K.-1)%:R * include_one K T i.
Proof.
case: K => // k /andP[_ kN]; rewrite sum_mean card_draws_with // bin_gt0.
by case: #|I| kN.
Qed.

Lemma sum_leave_one_out K T i : (K < #|I|)%N ->
  \sum_(S in draws_without K i) T S = 'C(#|I|.-1, K)%:R * leave_one_out K T i.
Proof. by move=> KN; rewrite sum_mean card_draws_without // bin_gt0; case: #|I| KN. Qed.

(* binomial(N - 1, K - 1) = K / N binomial(N, K) *)
Lemma bin_with n K : (0 < K <= n)%N ->
  'C(n.-1, K.-1)%:R = K%:R / n%:R * 'C(n, K)%:R :> F.
Proof.
case: K => // k /andP[_ /(leq_ltn_trans (leq0n _)) n0]; apply: (mulfI (nat_neq0 n0)).
by rewrite -natrM mul_bin_diag natrM mulrA [in RHS]mulrCA mulfV ?mulr1 ?nat_neq0.
Qed.

(* binomial(N - 1, K) = (1 - K / N) binomial(N, K) *)
Lemma bin_without n K : (K <= n)%N -> (0 < n)%N ->
  'C(n.-1, K)%:R = (1 - K%:R / n%:R) * 'C(n, K)%:R :> F.
Proof.
move=> Kn n0; apply: (mulfI (nat_neq0 n0)); rewrite -natrM mul_bin_down natrM natrB //.
by rewrite mulrA mulrBr mulr1 [n%:R * (_ / _)]mulrCA mulfV ?mulr1 ?nat_neq0.
Qed.
End Values.

(* Other names for the samples change nothing: u is a bijection. *)
Section Relabel.
Variables (J I : finType) (u : J -> I).
Hypothesis u_bij : bijective u.

Lemma imset_bij : bijective (fun S : {set J} => u @: S).
Proof.
case: u_bij => v uv vu; exists (fun S : {set I} => v @: S) => S; rewrite -imset_comp.
  by rewrite (eq_imset _ uv) imset_id.
by rewrite (eq_imset _ vu) imset_id.
Qed.

Section Sums.
Variables (R : Type) (idx : R) (op : Monoid.com_law idx) (T : {set I} -> R).

Lemma draws_relabel K : \big[op/idx]_(S in draws I K) T S =
  \big[op/idx]_(S in draws J K) T (u @: S).
Proof.
rewrite (reindex _ (onW_bij _ imset_bij)); apply: eq_bigl => S.
by rewrite !inE (card_imset _ (bij_inj u_bij)).
Qed.

Lemma draws_with_relabel K j : \big[op/idx]_(S in draws_with K (u j)) T S =
  \big[op/idx]_(S in draws_with K j) T (u @: S).
Proof.
rewrite (reindex _ (onW_bij _ imset_bij)); apply: eq_bigl => S.
by rewrite !inE (card_imset _ (bij_inj u_bij)) (mem_imset _ _ (bij_inj u_bij)).
Qed.

Lemma draws_without_relabel K j : \big[op/idx]_(S in draws_without K (u j)) T S =
  \big[op/idx]_(S in draws_without K j) T (u @: S).
Proof.
rewrite (reindex _ (onW_bij _ imset_bij)); apply: eq_bigl => S.
by rewrite !inE (card_imset _ (bij_inj u_bij)) (mem_imset _ _ (bij_inj u_bij)).
Qed.
End Sums.

Variables (F : fieldType) (T : {set I} -> F).

Lemma value_relabel K : value K T = value K (fun S : {set J} => T (u @: S)).
Proof. by rewrite /value /mean draws_relabel !card_draws_all (bij_eq_card u_bij). Qed.

Lemma include_one_relabel K j :
  include_one K T (u j) = include_one K (fun S : {set J} => T (u @: S)) j.
Proof.
rewrite /include_one /mean draws_with_relabel; congr (_ / _%:R).
by rewrite -sum1_card (draws_with_relabel addn_comoid) sum1_card.
Qed.

Lemma leave_one_out_relabel K j :
  leave_one_out K T (u j) = leave_one_out K (fun S : {set J} => T (u @: S)) j.
Proof.
rewrite /leave_one_out /mean draws_without_relabel; congr (_ / _%:R).
by rewrite -sum1_card (draws_without_relabel addn_comoid) sum1_card.
Qed.
End Relabel.
