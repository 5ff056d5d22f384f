(* Section 2.4: an objective whose weights are at most 1 / (K tau), as those of cvar(tau)@K are, is never below the
   conditional value at risk.

   That is the largest over c of c - E[(c - X)^+] / tau (Rockafellar and Uryasev 2000), so it is enough that

     J_alpha >= c - E[(c - X)^+] / tau   for every c,

   where alpha >= 0 sums to one. It holds for each K draws already: sum_j alpha_j (x_(j) - c) takes off no more than
   1 / (K tau) of each (c - x_i)^+. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets expectation unbiased gap_form population.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Cvar.
Variables (F : realFieldType) (X : finType) (r p : X -> F) (K : nat) (alpha : nat -> F) (tau c : F).
Hypothesis p_ge0 : forall a, 0 <= p a.
Hypothesis p1 : total p = 1.
Hypothesis K_gt0 : (0 < K)%N.
Hypothesis tau_gt0 : 0 < tau.
Hypothesis alpha_ge0 : forall j, (j < K)%N -> 0 <= alpha j.
Hypothesis alpha_sum : \sum_(j < K) alpha j = 1.
Hypothesis alpha_small : forall j, (j < K)%N -> alpha j <= (K%:R * tau)^-1.

Definition shortfall (y : F) : F := if c <= y then 0 else c - y.

(* Each K draws. *)
Lemma lstat_shortfall (l : seq F) : size l = K ->
  c - (K%:R * tau)^-1 * (\sum_(y <- l) shortfall y) <= lstat alpha K l.
Proof.
move=> lK; rewrite /lstat; set s := sort <=%R l; have sK : size s = K by rewrite size_sort.
have -> : \sum_(y <- l) shortfall y = \sum_(j < K) shortfall s`_j.
  transitivity (\sum_(y <- s) shortfall y); first by apply: perm_big; rewrite perm_sym perm_sort.
  by rewrite (big_nth 0) sK big_mkord.
rewrite -{1}[c]mul1r -{1}alpha_sum mulr_suml mulr_sumr -sumrB; apply: ler_sum => j _.
rewrite ler_subl_addr -ler_subl_addl -mulrBr.
apply: (@le_trans _ _ (alpha j * shortfall s`_j)).
  by rewrite ler_wpmul2l ?alpha_ge0 // /shortfall; case: ifP; rewrite ?subr_le0.
have s0 : 0 <= shortfall s`_j by rewrite /shortfall; case: (leP c) => [_|/ltW]; rewrite ?lexx ?subr_ge0.
by rewrite ler_wpmul2r ?alpha_small.
Qed.

Lemma expect_one (g : X -> F) (i : 'I_K) : expect p (fun y : {ffun 'I_K -> X} => g (y i)) = \sum_a p a * g a.
Proof.
rewrite -[RHS]mul1r -(expect_const p1 [finType of 'I_K] 1) -(expect_indep g p1 (i := i)) //.
by apply: eq_expect => y; rewrite mul1r.
Qed.

Theorem never_below_cvar :
  c - tau^-1 * (\sum_a p a * shortfall (r a)) <= objective K (outcome_statistic r K alpha) p.
Proof.
have k0 : K%:R != 0 :> F by rewrite pnatr_eq0 -lt0n.
apply: (@le_trans _ _ (expect p (fun y : {ffun 'I_K -> X} =>
    c - (K%:R * tau)^-1 * \sum_i shortfall (r (y i))))); last first.
  apply: ler_sum => y _; rewrite ler_wpmul2l ?prodr_ge0 //.
  have := lstat_shortfall (l := map r (codom y)); rewrite size_map size_codom card_ord => /(_ erefl).
  by rewrite big_map big_codom.
have E i : expect p (fun y : {ffun 'I_K -> X} => shortfall (r (y i))) = \sum_a p a * shortfall (r a).
  exact: (expect_one (fun a => shortfall (r a)) i).
rewrite expectB expectZ (expect_const p1) expect_sum (eq_bigr _ (fun i _ => E i)).
rewrite sumr_const card_ord; set S := \sum_a _.
have -> : (K%:R * tau)^-1 * (S *+ K) = tau^-1 * S by rewrite -[S *+ K]mulr_natl invfM mulrA [_ * K%:R]mulrAC mulVf // mul1r.
exact: lexx.
Qed.
End Cvar.
