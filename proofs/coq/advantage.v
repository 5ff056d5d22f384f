(* The batch identities, for every 0 < K < N and every function T of subsets.

     (21)  v = K/N q_i + (1 - K/N) v^(-i),   A_i = N/(N-K) (q_i - v)
     (25)  sum_i A_i = 0
     (26)  q_i = v + (N-K)/N A_i
     (27)  v^(-i) = v - K/N A_i                                             *)

From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

Section Advantage.
Variables (F : fieldType) (I : finType).
Hypothesis char0 : [char F] =i pred0.
Variables (K : nat) (T : {set I} -> F).
Notation N := #|I|.
Hypothesis K_gt0 : (0 < K)%N.

Let N_neq0 : (K <= N)%N -> N%:R != 0 :> F.
Proof. by move=> KN; rewrite (nat_neq0 char0) ?(leq_trans K_gt0). Qed.

(* sum_i q_i = N v, also for K = N. *)
Lemma sum_include_ones : (K <= N)%N -> \sum_i include_one K T i = N%:R * value K T.
Proof.
move=> KN; have cN : 'C(N.-1, K.-1)%:R != 0 :> F.
  by rewrite (bin_neq0 char0) // -!subn1 leq_sub2r.
apply: (mulfI cN); rewrite mulr_sumr.
under eq_bigr do rewrite -sum_include_one ?K_gt0 //.
rewrite sum_draws_with (sum_value char0) // (bin_with char0) ?K_gt0 //.
by rewrite !mulrA [_ / _ * _ * _]mulrAC divfK ?N_neq0.
Qed.

(* sum_i v^(-i) = N v *)
Lemma sum_leave_one_outs : (K < N)%N -> \sum_i leave_one_out K T i = N%:R * value K T.
Proof.
move=> KN; have cN : 'C(N.-1, K)%:R != 0 :> F.
  by rewrite (bin_neq0 char0) //; case: #|I| KN.
have KN' := ltnW KN; apply: (mulfI cN); rewrite mulr_sumr.
under eq_bigr do rewrite -sum_leave_one_out //.
rewrite sum_draws_without sum_value // bin_without ?(leq_trans _ KN) //.
by rewrite natrB // !mulrA [(1 - _) * _ * _]mulrAC [(1 - _) * _]mulrBl mul1r divfK ?N_neq0.
Qed.

Hypothesis KN : (K < N)%N.
Let KN' := ltnW KN.

(* (21), first half *)
Theorem value_split i :
  value K T = K%:R / N%:R * include_one K T i + (1 - K%:R / N%:R) * leave_one_out K T i.
Proof.
apply: (mulfI (bin_neq0 char0 KN')); rewrite -sum_value // (draws_split _ _ i) /=.
rewrite sum_leave_one_out // bin_without ?(leq_trans _ KN) //.
rewrite (sum_include_one char0) ?K_gt0 // (bin_with char0) ?K_gt0 //.
by rewrite mulrDr; congr (_ + _); rewrite [in RHS]mulrCA mulrA.
Qed.

(* (27) *)
Theorem leave_one_out_advantage i :
  leave_one_out K T i = value K T - K%:R / N%:R * advantage K T i.
Proof.
rewrite (value_split i) /advantage mulrBr mulrBl mul1r [RHS]addrC opprB.
by rewrite !addrA subrK addrAC subrr add0r.
Qed.

(* (26) *)
Theorem include_one_advantage i :
  include_one K T i = value K T + (N - K)%:R / N%:R * advantage K T i.
Proof.
rewrite natrB // mulrBl divff ?N_neq0 // mulrBl mul1r addrCA -leave_one_out_advantage.
by rewrite /advantage subrK.
Qed.

(* (21), second half *)
Theorem advantage_value i :
  advantage K T i = N%:R / (N - K)%:R * (include_one K T i - value K T).
Proof.
rewrite include_one_advantage [_ + _ - _]addrAC subrr add0r mulrA mulrA divfK.
  by rewrite divff ?mul1r ?N_neq0.
by rewrite (nat_neq0 char0) ?subn_gt0.
Qed.

(* (25), second half: the advantages of every batch sum to zero. *)
Theorem advantage_centred : \sum_i advantage K T i = 0.
Proof. by rewrite sumrB sum_include_ones // sum_leave_one_outs // subrr. Qed.
End Advantage.
