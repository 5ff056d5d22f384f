(* The improvement of the maximum, eq. (41), for 2 <= K <= N and any sorted batch
   x_0 <= .. <= x_(N-1); ranks count from 0:

     h_i = E[max(S' + i) - max S' | i not in S']
         = sum_{t<i} (x_(t+1) - x_t) C(t+1, K-1) / C(N-1, K-1),

   S' ranging over sets of K - 1 members. *)

From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets leave_two_out gap_form.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Improvement.
Variables (F : realFieldType) (N : nat) (x : nat -> F).
Hypothesis x_sorted : forall i j, (i <= j < N)%N -> x i <= x j.
Implicit Types (S : {set 'I_N}) (i : 'I_N) (t : nat).

(* The largest reward of a set of k. *)
Definition largest k : {set 'I_N} -> F :=
  lstat_of (fun j => (j == k.-1)%:R) k (fun i : 'I_N => x i).

(* It is the sum of the gaps below some member. *)
Lemma largest_layers k S : (0 < k)%N -> #|S| = k ->
  largest k S = x 0 + \sum_(t < N.-1) [exists s in S, (t < s)%N]%:R * (x t.+1 - x t).
Proof.
move=> k0 Sk; have [s0 s0S] : exists s, s \in S by apply/card_gt0P; rewrite Sk.
have [m mS m_max] := @arg_maxnP _ s0 (mem S) val s0S.
transitivity (x m).
  have sz : size [seq x s | s : 'I_N <- enum S] = k by rewrite size_map -cardE.
  have [/mapP[s sS E] max] := lstat_max k0 sz; apply/le_anti/andP; split.
    rewrite /largest /lstat_of E; apply: x_sorted; rewrite ltn_ord andbT.
    by rewrite mem_enum in sS; apply: (m_max _ sS).
  by apply: max; rewrite map_f // mem_enum.
have mN : (m <= N.-1)%N by rewrite -ltnS prednK ?ltn_ord // (leq_ltn_trans _ (ltn_ord m)).
rewrite (eq_bigr (fun t : 'I_N.-1 => if (t < m)%N then x t.+1 - x t else 0)) => [|t _].
  rewrite -big_mkcond -(big_ord_widen _ (fun t => x t.+1 - x t) mN).
  by rewrite -(big_mkord xpredT (fun t => x t.+1 - x t)) telescope_sumr // addrC subrK.
have -> : [exists s in S, (t < s)%N] = (t < m)%N.
  apply/exists_inP/idP => [[s sS ts]|tm]; last by exists m.
  exact: leq_trans ts (m_max _ sS).
by case: ifP => _; rewrite ?mul1r ?mul0r.
Qed.

Variable K : nat.
Hypothesis K_gt1 : (1 < K)%N.

(* (41) *)
Theorem improvement_gap i :
  improvement K (largest K) (largest K.-1) i =
  \sum_(t < i) (x t.+1 - x t) * ('C(t.+1, K.-1)%:R / 'C(N.-1, K.-1)%:R).
Proof.
have K0 : (0 < K)%N := ltnW K_gt1.
have K10 : (0 < K.-1)%N by rewrite -ltnS prednK.
have iN : (i <= N.-1)%N by rewrite -ltnS prednK ?ltn_ord // (leq_ltn_trans _ (ltn_ord i)).
rewrite improvement_added // /mean card_draws_without card_ord.
pose top t S := (t < i)%N && [forall s in S, (s <= t)%N].
have step S : S \in draws_without K.-1 i -> largest K (i |: S) - largest K.-1 S =
    \sum_(t < N.-1) (top t S)%:R * (x t.+1 - x t).
  rewrite !inE => /andP[/eqP Sk iS].
  rewrite !largest_layers ?cardsU1 ?iS ?Sk ?add1n ?prednK // opprD addrACA subrr add0r -sumrB.
  apply: eq_bigr => t _; rewrite -mulrBl; congr (_ * _).
  have -> : [exists s in i |: S, (t < s)%N] = (t < i)%N || [exists s in S, (t < s)%N].
    apply/exists_inP/orP => [[s /setU1P[->|sS] ts]|[ti|/exists_inP[s sS ts]]].
    - by left.
    - by right; apply/exists_inP; exists s.
    - by exists i; rewrite ?setU11.
    - by exists s; rewrite ?setU1r.
  rewrite /top (_ : [forall s in S, (s <= t)%N] = ~~ [exists s in S, (t < s)%N]).
    by case: (t < i)%N; case: [exists s in S, _]; rewrite /= ?subrr ?subr0.
  by rewrite negb_exists_in; apply: eq_forallb_in => s _; rewrite leqNgt.
rewrite (eq_bigr _ step) exchange_big /= mulr_suml.
rewrite (big_ord_widen _ (fun t => (x t.+1 - x t) * ('C(t.+1, K.-1)%:R / 'C(N.-1, K.-1)%:R)) iN).
rewrite [RHS]big_mkcond; apply: eq_bigr => t _; rewrite -mulr_suml.
rewrite /top; case: ifP => ti /=; last by rewrite big1 ?mul0r.
rewrite mulrAC mulrC; congr (_ * (_ / _)); rewrite -natr_sum; congr _%:R.
have tN : (t.+1 <= N)%N := leq_trans ti (ltnW (ltn_ord i)).
rewrite -[X in 'C(X, _)](card_below tN) -cards_draws -sum1_card big_mkcond [RHS]big_mkcond.
apply: eq_bigr => S _; rewrite !inE.
have -> : (S \subset [set s : 'I_N | (s < t.+1)%N]) = [forall s in S, (s <= t)%N].
  by apply/subsetP/forall_inP => SL s /SL; rewrite inE.
case: (#|S| == K.-1); rewrite ?andbF //= andbT; case: forall_inP => [St|_]; last by case: ifP.
by case: ifP => // /negbFE /St; rewrite leqNgt ti.
Qed.
End Improvement.
