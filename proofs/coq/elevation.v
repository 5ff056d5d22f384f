(* Degree elevation, eq. (22), one rank at a time: for 1 <= K <= n and t = 0, .., n,

     e_t^(K) = alpha_t,   n e_t^(n+1) = t e_(t-1)^(n) + (n - t) e_t^(n),

   which is how plain loops compute the rank weights. Ranks count from 0. *)

From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets gap_form.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma bin_step n K t j : (j < K <= n)%N -> (t <= n)%N ->
  (t * ('C(t.-1, j) * 'C(n - t, K.-1 - j)) + (n - t) * ('C(t, j) * 'C(n.-1 - t, K.-1 - j)) =
   (n - K.-1) * ('C(t, j) * 'C(n - t, K.-1 - j)))%N.
Proof.
case/andP=> jK Kn tn; set m := (K.-1 - j)%N.
have jm : (j + m = K.-1)%N by rewrite subnKC // -ltnS prednK // (leq_ltn_trans _ jK).
have -> : (n.-1 - t = (n - t).-1)%N by rewrite -subn1 subnAC subn1.
rewrite [(t * _)%N]mulnA mul_bin_down [((n - t) * _)%N]mulnCA mul_bin_down.
rewrite mulnCA -mulnA -mulnDl -jm.
have [tj|jt] := ltnP t j; first by rewrite bin_small // !muln0.
have [nm|mn] := ltnP (n - t) m; first by rewrite ['C(n - t, m)]bin_small // !muln0.
congr (_ * _)%N; apply/eqP; rewrite -(eqn_add2r (j + m)) subnK; last first.
  by apply: leq_trans (leq_add jt mn) _; rewrite subnKC.
by rewrite addnACA !subnK // subnKC.
Qed.

Section Elevation.
Variables (F : realFieldType) (alpha : nat -> F) (K : nat).
Hypothesis K_gt0 : (0 < K)%N.

Theorem elevated_start t : (t < K)%N -> elevated alpha K K t = alpha t.
Proof.
move=> tK; rewrite /elevated (bigD1 (Ordinal tK)) //= !binn divr1 mulr1 big1 ?addr0 // => j.
rewrite -val_eqE /= => jt; have [tj|] := ltnP t j; first by rewrite bin_small // mul0n mulr0 mul0r.
rewrite leq_eqVlt (negbTE jt) /= => {}jt.
rewrite ['C(_ - t, _)]bin_small ?muln0 ?mulr0 ?mul0r //.
by rewrite ltn_sub2l // (leq_trans jt) // -ltnS prednK.
Qed.

Theorem elevated_step n t : (K <= n)%N -> (t <= n)%N ->
  n%:R * elevated alpha K n.+1 t =
  t%:R * elevated alpha K n t.-1 + (n - t)%:R * elevated alpha K n t.
Proof.
move=> Kn tn; have K1 : (K.-1 < n)%N by rewrite prednK.
have C0 : 'C(n, K.-1)%:R != 0 :> F by rewrite pnatr_eq0 -lt0n bin_gt0 ltnW.
have C1 : 'C(n.-1, K.-1)%:R != 0 :> F.
  by rewrite pnatr_eq0 -lt0n bin_gt0 -ltnS (prednK (leq_ltn_trans _ K1)).
rewrite /elevated !mulr_sumr -big_split; apply: eq_bigr => j _ /=.
have jK : (j < K <= n)%N by rewrite ltn_ord.
have E : t%:R * ('C(t.-1, j) * 'C(n.-1 - t.-1, K.-1 - j))%:R =
    (t * ('C(t.-1, j) * 'C(n - t, K.-1 - j)))%:R :> F.
  case: (t) => [|t']; first by rewrite mul0n mul0r.
  have -> : (n.-1 - t'.+1.-1 = n - t'.+1)%N by rewrite subnS predn_sub.
  by rewrite -natrM.
have D : n%:R * 'C(n.-1, K.-1)%:R = (n - K.-1)%:R * 'C(n, K.-1)%:R :> F.
  by rewrite -!natrM mul_bin_down.
rewrite !mulrA ![_ * alpha j]mulrC -!mulrA -mulrDr; congr (_ * _).
rewrite [in RHS]mulrA E [in X in _ + X]mulrA -mulrDl -natrM -natrD bin_step //.
apply: (mulIf C0); rewrite mulrA divfK // mulrAC; apply: (mulIf C1).
by rewrite divfK // mulrAC D; set b := ('C(t, j) * _)%N; rewrite natrM mulrAC.
Qed.
End Elevation.
