(* Uniqueness, eq. (38): for 0 < K < N, h any symmetric function of K outcomes and
   A any equivariant estimator,

     A is unbiased with constant c and centred on every batch
       if and only if
     A_i = c K (q_i - v^(-i)).                                               *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets advantage expectation unbiased polarisation.
From Ordergrad Require Import estimators characterisation.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Uniqueness.
Variables (F : numFieldType) (X I : finType) (K : nat) (h : seq X -> F).
Implicit Types (A : estimator F X I) (c : F) (i : I) (x : {ffun I -> X}).
Hypothesis K_gt0 : (0 < K)%N.
Hypothesis KN : (K < #|I|)%N.

Let KN' : (0 < K <= #|I|)%N.
Proof. by rewrite K_gt0 ltnW. Qed.

(* The canonical advantage is centred, and unbiased with constant 1 / K. *)
Theorem canonical_centred : centred_estimator (canonical K h : estimator F X I).
Proof. by move=> x; exact: (advantage_centred (char_num F) (stat h x) K_gt0 KN). Qed.

Theorem canonical_unbiased c :
  unbiased K h (fun i x => c * K%:R * canonical K h i x : F) (c : F).
Proof.
apply: sufficient => // i x a; rewrite /canonical /advantage -!mulrBr /include_ones.
by rewrite ![_ - _ - include_one _ _ _]addrAC !subrr !sub0r leave_one_out_ignores.
Qed.

Theorem canonical_unique A c : symmetric h -> equivariant A ->
  unbiased K h A c -> centred_estimator A ->
  forall i x, A i x = c * K%:R * canonical K h i x.
Proof.
move=> h_sym A_eqv A_unb A0 i x.
pose B : estimator F X I := fun i x => A i x - c * K%:R * canonical K h i x.
suff: B i x = 0 by move/eqP; rewrite subr_eq0 => /eqP.
apply: baseline_zero => [u j y|j y a|y].
- by rewrite /B A_eqv canonical_equivariant.
- have E z : B j z = A j z - c * K%:R * include_ones K h j z
                     + c * K%:R * leave_one_out K (stat h z) j.
    by rewrite /B /canonical /advantage mulrBr opprB addrA addrAC.
  by rewrite !E leave_one_out_ignores (necessary KN' h_sym A_eqv A_unb).
by rewrite sumrB A0 -mulr_sumr canonical_centred mulr0 subr0.
Qed.
End Uniqueness.
