(* The sign of a polynomial on (0, 1) by halving, which decides eq. (61) on two values: where no Bernstein coefficient is
   negative and one is positive, so is the polynomial; else de Casteljau's scheme gives the coefficients on both halves.

     lower_k = (the k-th repeated mean of neighbours)_0,   upper_k = (the (n-1-k)-th)_k

   n is the number of coefficients. `positive` answers Some true, Some false, or None after too many halvings. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets advantage expectation unbiased polarisation estimators gap_form population bernstein.
From Ordergrad Require Import direction.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Halves.
Variable F : realFieldType.
Implicit Types (c d : nat -> F) (u v : F) (n k : nat).

Definition means c j : F := (c j + c j.+1) / 2%:R.
Definition lower c k : F := iter k means c 0%N.
Definition upper n c k : F := iter (n.-1 - k) means c k.

(* One coefficient more. *)
Lemma bernstein_more n c u : (bernstein n.+2 c).[u] =
  (1 - u) * (bernstein n.+1 c).[u] + u * (bernstein n.+1 (fun j => c j.+1)).[u].
Proof.
have at_ m d : (bernstein m.+1 d).[u] = \sum_(j < m.+1) d j * 'C(m, j)%:R * (u ^+ j * (1 - u) ^+ (m - j)).
  rewrite /bernstein horner_sum; apply: eq_bigr => j _ /=.
  by rewrite hornerZ hornerM hornerXn horner_exp hornerD hornerN hornerX hornerC.
rewrite !at_ !mulr_sumr.
transitivity (\sum_(j < n.+2) (c j * 'C(n, j)%:R * (u ^+ j * (1 - u) ^+ (n.+1 - j)) +
    (if (j : nat) is i.+1 then c j * 'C(n, i)%:R * (u ^+ j * (1 - u) ^+ (n.+1 - j)) else 0))).
  apply: eq_bigr => -[[|j] jn] _ /=; first by rewrite !bin0 addr0.
  by rewrite binS natrD mulrDr mulrDl.
rewrite big_split /=; congr (_ + _).
  rewrite big_ord_recr /= bin_small // mulr0 mul0r addr0; apply: eq_bigr => j _.
  by rewrite subSn -1?ltnS // exprS [u ^+ j * _]mulrCA [LHS]mulrCA.
rewrite big_ord_recl /= add0r; apply: eq_bigr => j _; rewrite /bump /= add1n subSS exprS.
by rewrite -[u * _ * _]mulrA [LHS]mulrCA.
Qed.

Lemma bernstein_one n c u : (bernstein n.+1 c).[1] = c n /\ (bernstein 1 c).[u] = c 0%N.
Proof.
split; last by rewrite /bernstein big_ord_recl big_ord0 addr0 hornerZ !expr0 mulr1 hornerC !mulr1.
elim: n c => [|n IH] c; last by rewrite bernstein_more subrr mul0r add0r mul1r IH.
by rewrite /bernstein big_ord_recl big_ord0 addr0 hornerZ !expr0 mulr1 hornerC !mulr1.
Qed.

Lemma bernstein_means n c u : (bernstein n (means c)).[u] =
  ((bernstein n c).[u] + (bernstein n (fun j => c j.+1)).[u]) / 2%:R.
Proof.
rewrite /bernstein !horner_sum -big_split mulr_suml; apply: eq_bigr => j _ /=; rewrite !hornerZ -mulrDl -mulrDl.
by rewrite /means -!mulrA; congr (_ * _); rewrite mulrCA; congr (_ * _); apply: mulrC.
Qed.

Let two_neq0 : 2%:R != 0 :> F. Proof. by rewrite pnatr_eq0. Qed.
Let half_rest u : 1 - u + u / 2%:R = 1 - u / 2%:R.
Proof. by rewrite -addrA; congr (1 + _); rewrite {1}[u](splitr u) opprD subrK. Qed.

Lemma eq_bernstein n c d : (forall j, (j < n)%N -> c j = d j) -> bernstein n c = bernstein n d.
Proof. by move=> E; apply: eq_bigr => j _; rewrite E. Qed.

Theorem lower_half n c u : (bernstein n.+1 (lower c)).[u] = (bernstein n.+1 c).[u / 2%:R].
Proof.
elim: n c => [|n IH] c; first by rewrite !(bernstein_one 0 _ _).2.
rewrite !bernstein_more IH (@eq_bernstein _ (fun j => lower c j.+1) (lower (means c))) => [|j _]; last by rewrite /lower iterSr.
rewrite IH bernstein_means; set P := (bernstein _ c).[_]; set Q := (bernstein _ _).[_].
rewrite mulrA mulrAC mulrDr addrA -mulrDl half_rest //.
Qed.

Lemma iter_shift m c k : iter m means c k.+1 = iter m means (fun j => c j.+1) k.
Proof. by elim: m k => // m IH k; rewrite !iterS /means !IH. Qed.

Theorem upper_half n c u : (bernstein n.+1 (upper n.+1 c)).[u] = (bernstein n.+1 c).[(1 + u) / 2%:R].
Proof.
elim: n c => [|n IH] c; first by rewrite !(bernstein_one 0 _ _).2.
rewrite !bernstein_more (@eq_bernstein _ (upper n.+2 c) (upper n.+1 (means c))) => [|j jn]; last first.
  by rewrite /upper /= subSn -1?ltnS // iterSr.
rewrite (@eq_bernstein _ (fun j => upper n.+2 c j.+1) (upper n.+1 (fun j => c j.+1))) => [|j jn]; last first.
  by rewrite /upper /= subSS iter_shift.
rewrite !IH bernstein_means; set P := (bernstein _ c).[_]; set Q := (bernstein _ _).[_].
have E : 1 - (1 + u) / 2%:R = (1 - u) / 2%:R.
  by apply: (mulIf two_neq0); rewrite [LHS]mulrBl !divfK // mul1r opprD addrA -[2%:R]/(1 + 1) addrK.
have E' : (1 + u) / 2%:R = (1 - u) / 2%:R + u.
  by apply: (mulIf two_neq0); rewrite [RHS]mulrDl !divfK // mulr_natr mulr2n addrA subrK.
by rewrite E E' mulrA mulrAC mulrDr -addrA -mulrDl.
Qed.

(* The verdict, and that it is sound. *)
Definition signs n c : bool := [forall j : 'I_n, 0 <= c j] && [exists j : 'I_n, 0 < c j].
Fixpoint positive depth n c : option bool :=
  if signs n c then Some true else
  if depth is m.+1 then
    if lower c n.-1 <= 0 then Some false else
    match positive m n (lower c), positive m n (upper n c) with
    | Some true, Some true => Some true
    | Some false, _ | _, Some false => Some false
    | _, _ => None
    end
  else None.

Lemma signs_positive n c u : signs n c -> 0 < u < 1 -> 0 < (bernstein n c).[u].
Proof.
case/andP=> /forallP c0 /existsP[k ck] /andP[u0 u1]; rewrite /bernstein horner_sum.
have term j : 0 < ('X^j * (1 - 'X) ^+ (n.-1 - j)).[u] :> F.
  rewrite hornerM hornerXn horner_exp hornerD hornerN hornerX hornerC.
  by rewrite mulr_gt0 ?exprn_gt0 // subr_gt0.
have kn : (k <= n.-1)%N by rewrite -ltnS (leq_trans (ltn_ord k)) // leqSpred.
rewrite (bigD1 k) //= ltr_paddr //.
  by apply: sumr_ge0 => j _; rewrite hornerZ mulr_ge0 ?(ltW (term _)) // mulr_ge0 ?ler0n //; exact: c0.
by rewrite hornerZ mulr_gt0 // mulr_gt0 // ltr0n bin_gt0.
Qed.

Lemma at_half n c : (0 < n)%N -> lower c n.-1 = (bernstein n c).[1 / 2%:R].
Proof. by case: n => // n _; rewrite -lower_half (bernstein_one _ _ 0).1. Qed.

Theorem positive_sound depth n c u : (0 < n)%N -> positive depth n c = Some true -> 0 < u < 1 -> 0 < (bernstein n c).[u].
Proof.
move=> n0; elim: depth c u => [|m IH] c u /=; case: ifP => [sg _|_ //]; try exact: signs_positive.
case: (leP (lower c n.-1) 0) => [//|mid]; case El: (positive m n (lower c)) => [[]|] //;
  case Eu: (positive m n (upper n c)) => [[]|] // _.
case/andP=> u0 u1; have n1 : n = n.-1.+1 by rewrite prednK.
have two_gt0 : 0 < 2%:R :> F by rewrite ltr0n.
case: (ltgtP u (1 / 2%:R)) => [lo|hi|->]; last by rewrite -at_half.
  rewrite -[u](mulfK two_neq0) n1 -lower_half -n1; apply: IH => //.
  by rewrite mulr_gt0 //= -ltr_pdivl_mulr.
have -> : u = (1 + (u * 2%:R - 1)) / 2%:R by rewrite addrC subrK mulfK.
rewrite n1 -upper_half -n1; apply: IH => //; rewrite subr_gt0 -ltr_pdivr_mulr // hi /=.
by rewrite ltr_subl_addr -[1 + 1]/(2%:R) -[X in _ < X]mul1r ltr_pmul2r.
Qed.

Theorem negative_sound depth n c : (0 < n)%N -> positive depth n c = Some false ->
  exists u, 0 < u < 1 /\ (bernstein n c).[u] <= 0.
Proof.
move=> n0; elim: depth c => [|m IH] c /=; case: ifP => // _.
have half0 : 0 < 1 / 2%:R :> F by rewrite divr_gt0 ?ltr01 ?ltr0n.
have half1 : 1 / 2%:R < 1 :> F by rewrite ltr_pdivr_mulr ?ltr0n // mul1r ltr1n.
case: (leP (lower c n.-1) 0) => [mid _|_]; first by exists (1 / 2%:R); rewrite half0 half1 -at_half.
have [two_gt0 n1] : 0 < 2%:R :> F /\ n = n.-1.+1 by rewrite ltr0n prednK.
have low : positive m n (lower c) = Some false -> exists u, 0 < u < 1 /\ (bernstein n c).[u] <= 0.
  case/IH=> u [/andP[u0 u1] Pu]; exists (u / 2%:R); move: Pu; rewrite n1 lower_half => ->; split=> //.
  by rewrite divr_gt0 //= ltr_pdivr_mulr // mul1r (lt_trans u1) // ltr1n.
have high : positive m n (upper n c) = Some false -> exists u, 0 < u < 1 /\ (bernstein n c).[u] <= 0.
  case/IH=> u [/andP[u0 u1] Pu]; exists ((1 + u) / 2%:R); move: Pu; rewrite n1 upper_half => ->; split=> //.
  by rewrite divr_gt0 ?addr_gt0 ?ltr01 //= ltr_pdivr_mulr // mul1r -[2%:R]/(1 + 1) ltr_add2l.
case: (positive m n (lower c)) low => [[]|] low; case: (positive m n (upper n c)) high => [[]|] high // _; auto.
Qed.
End Halves.

(* On two outcomes D is the polynomial whose coefficients are the changes beside m = 0, .., N - 1 of the second. *)
Section OnTwo.
Variables (F : realFieldType) (X I : finType) (A : estimator F X I) (i : I) (a b : X) (G : nat -> F) (p : X -> F).
Hypothesis p1 : total p = 1.
Hypothesis two : forall d, d != a -> d != b -> p d = 0.
Hypothesis by_number : forall x : {ffun I -> X}, (forall j, (x j == a) || (x j == b)) ->
  change i A a b x = G #|[set j | (j != i) && (x j == b)]|.

Theorem rise_on_two : rise i A a b p = (bernstein #|I| G).[p b].
Proof.
pose J := [finType of {j : I | j != i}]; have N0 : (0 < #|I|)%N by apply/card_gt0P; exists i.
have cJ : #|J| = #|I|.-1.
  by rewrite card_sig -(cardsC1 i); apply: eq_card => j; rewrite !inE.
pose f (y : {ffun J -> X}) := G #|[set k | y k == b]|.
transitivity (expect p f).
  rewrite -(expect_sub f (@val_inj _ _ J) p1); apply: eq_bigr => x _.
  have [/forallP xab|] := boolP [forall j, (x j == a) || (x j == b)].
    rewrite by_number // /f; congr (_ * G _); rewrite -(card_imset _ (@val_inj _ _ J)); apply: eq_card => j.
    rewrite inE; apply/andP/imsetP => [[ji xb]|[k]]; first by exists (Sub j ji); rewrite ?inE ?ffunE ?SubK.
    by rewrite inE ffunE => xb ->; split; first exact: (valP k).
  rewrite negb_forall => /existsP[j]; rewrite negb_or => /andP[ja jb].
  by rewrite /weight (bigD1 j) //= two ?mul0r.
have := expect_count (fun d => d == b) p1 J G; rewrite big_pred1_eq cJ => ->.
rewrite /bernstein horner_sum prednK //; apply: eq_bigr => m _.
by rewrite hornerZ hornerM hornerXn horner_exp hornerD hornerN hornerX hornerC mulrC mulrA.
Qed.
End OnTwo.
