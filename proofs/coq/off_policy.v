(* Samples of another policy: eqs. (85), (86) and (108), for all N >= K, functions h of K outcomes and finite laws.

   A batch x is drawn from mu; pi is the policy that is asked for, rho a = pi a / mu a, delta = rho - 1, and s the score of pi.
   S ranges over the subsets of K samples, T(S) is h of the outcomes in S.

     (85)   v_rho = E_S[prod_(l in S) rho_l T(S)]                                  E_mu v_rho = J(pi)
     (86)   w_i   = E_S[[i in S] prod_(l in S) rho_l T(S)]                         E_mu sum_i w_i s(x_i) = J'(pi)
     (108)  w'_i  = E_S[[i in S] (1 + sum_(l in S) delta_l) T(S)]
                  = K/N rho_i q_i + K (K-1) / (N (N-1)) sum_(l <> i) delta_l q_il
            J'(pi) - E_mu sum_i w'_i s(x_i) = K E_mu[s(X_1) R h(X)],   R = prod_l rho_l - 1 - sum_l delta_l
            and this is at most K G (hi - lo) / 2 ((1 + d)^K - 1 - K d) in size,  d = sum_a |pi a - mu a|

   if |s| <= G where mu > 0, and lo <= h <= hi. mu sums to one, and is positive wherever pi is; for the bound pi sums to one too, and s has mean
   zero under pi. Of h only the bias needs the symmetry.
   For a gradient, which is a vector, s is its part in any one direction, and G bounds that. *)

From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets expectation unbiased.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Weights.
Variables (F : fieldType) (I X : finType) (K : nat) (h : seq X -> F) (mu pi s : X -> F).
Notation N := #|I|.
Implicit Types (x : {ffun I -> X}) (S : {set I}) (i l : I).

Definition ratio a := pi a / mu a.
Definition delta a := ratio a - 1.

Definition off_policy_value x : F :=                                   (* (85) *)
  mean (draws I K) (fun S => \prod_(l in S) ratio (x l) * stat h x S).
Definition off_policy_weight x i : F :=                                (* (86) *)
  mean (draws I K) (fun S => (i \in S)%:R * (\prod_(l in S) ratio (x l) * stat h x S)).
Definition first_order_weight x i : F :=                               (* (108) *)
  mean (draws I K) (fun S => (i \in S)%:R * ((1 + \sum_(l in S) delta (x l)) * stat h x S)).
Definition include_two (T : {set I} -> F) i l := mean [set S in draws I K | (i \in S) && (l \in S)] T.

(* What the products have beyond the first order. *)
Definition beyond (z : seq X) : F := \prod_(a <- z) ratio a - 1 - \sum_(a <- z) delta a.

(* Ratios are functions of the outcomes, as h is. *)
Definition whole (z : seq X) : F := \prod_(a <- z) ratio a * h z.
Definition first (z : seq X) : F := (1 + \sum_(a <- z) delta a) * h z.

Lemma stat_whole x S : \prod_(l in S) ratio (x l) * stat h x S = stat whole x S.
Proof. by rewrite /stat /whole big_map big_enum. Qed.

Lemma stat_first x S : (1 + \sum_(l in S) delta (x l)) * stat h x S = stat first x S.
Proof. by rewrite /stat /first big_map big_enum. Qed.

(* A score weight of this form is the sum over the sets that hold the sample. *)
Lemma sum_weights (G : {set I} -> F) (g : I -> F) :
  \sum_i mean (draws I K) (fun S => (i \in S)%:R * G S) * g i = mean (draws I K) (fun S => G S * \sum_(i in S) g i).
Proof.
rewrite /mean; under eq_bigr do rewrite mulrAC; rewrite -mulr_suml; congr (_ / _).
under eq_bigr do rewrite mulr_suml; rewrite exchange_big /=; apply: eq_bigr => S _.
rewrite mulr_sumr [RHS]big_mkcond; apply: eq_bigr => i _ /=.
by case: (i \in S); rewrite ?mul1r ?mul0r.
Qed.

Hypothesis char0 : [char F] =i pred0.
Hypothesis KN : (K <= N)%N.
Hypothesis mu1 : total mu = 1.

Let draws0 : (0 < #|draws I K|)%N.
Proof. by rewrite card_draws_all bin_gt0. Qed.

Lemma expect_weights (H : seq X -> F) :
  expect mu (fun x => \sum_i mean (draws I K) (fun S => (i \in S)%:R * stat H x S) * s (x i)) = derivative K H mu s.
Proof.
under eq_expect do rewrite sum_weights.
rewrite -[RHS](mean_const char0 _ draws0) /mean -(eq_bigr _ (fun S SK => expect_stat H s mu1 SK)) -expect_sum.
by rewrite [RHS]mulrC -expectZ; apply: eq_expect => x; rewrite mulrC.
Qed.

Hypothesis covered : forall a, mu a = 0 -> pi a = 0.

Lemma ratioK a : mu a * ratio a = pi a.
Proof.
have [m0|m0] := eqVneq (mu a) 0; first by rewrite m0 mul0r covered.
by rewrite mulrC divfK.
Qed.

Lemma weight_ratio (J : finType) (y : {ffun J -> X}) : weight mu y * \prod_j ratio (y j) = weight pi y.
Proof. by rewrite /weight -big_split; apply: eq_bigr => j _; apply: ratioK. Qed.

(* A change of measure. *)
Lemma expect_ratio (J : finType) (f : {ffun J -> X} -> F) :
  expect mu (fun y => \prod_j ratio (y j) * f y) = expect pi f.
Proof. by apply: eq_bigr => y _; rewrite mulrA weight_ratio. Qed.

Lemma derivative_whole : derivative K whole mu s = derivative K h pi s.
Proof.
rewrite /derivative -expect_ratio; apply: eq_expect => y.
by rewrite /whole big_codom mulrA.
Qed.

(* (85) *)
Theorem off_policy_value_unbiased : expect mu off_policy_value = objective K h pi.
Proof.
transitivity (objective K whole mu); last first.
  by rewrite /objective -[RHS]expect_ratio; apply: eq_expect => y; rewrite /whole big_codom.
rewrite -[RHS](mean_const char0 _ draws0) /mean -(eq_bigr _ (fun S SK => expect_set whole mu1 SK)) -expect_sum.
rewrite [RHS]mulrC -expectZ; apply: eq_expect => x; rewrite mulrC; congr (_ * _).
by apply: eq_bigr => S _; apply: stat_whole.
Qed.

(* (86) *)
Theorem off_policy_weights_unbiased :
  expect mu (fun x => \sum_i off_policy_weight x i * s (x i)) = derivative K h pi s.
Proof.
rewrite -derivative_whole -expect_weights; apply: eq_expect => x; apply: eq_bigr => i _.
by congr (_ / _ * _); apply: eq_bigr => S _; rewrite stat_whole.
Qed.

(* (108), what the weights leave out *)
Lemma first_order_left_out :
  derivative K h pi s - expect mu (fun x => \sum_i first_order_weight x i * s (x i)) =
  derivative K (fun z => beyond z * h z) mu s.
Proof.
have -> : expect mu (fun x => \sum_i first_order_weight x i * s (x i)) = derivative K first mu s.
  rewrite -expect_weights; apply: eq_expect => x; apply: eq_bigr => i _.
  by congr (_ / _ * _); apply: eq_bigr => S _; rewrite stat_first.
rewrite -derivative_whole /derivative -expectB; apply: eq_expect => y.
by rewrite -mulrBl -mulrBl /beyond opprD addrA.
Qed.

(* How many sets hold a sample, and two of them. *)
Lemma mean_in_draws (T : {set I} -> F) i : (0 < K)%N ->
  mean (draws I K) (fun S => (i \in S)%:R * T S) = K%:R / N%:R * include_one K T i.
Proof.
move=> K0; have c0 : 'C(N, K)%:R != 0 :> F by exact: bin_neq0.
apply: (mulfI c0); rewrite -(sum_value char0) // mulrA [_ * (K%:R / _)]mulrC -(bin_with char0) ?K0 //.
rewrite -(sum_include_one char0) ?K0 // big_mkcond [RHS]big_mkcond; apply: eq_bigr => S _.
by rewrite !inE; case: (_ == K); case: (i \in S); rewrite ?mul1r ?mul0r.
Qed.

Notation holding i l := [set S in draws I K | (i \in S) && (l \in S)].

Lemma card_holding i l : i != l -> (1 < K)%N -> #|holding i l| = 'C(N.-2, K.-2).
Proof.
case: K => [|[|k]] // il _ /=; rewrite -(card_draws_without2 _ il) draws_without2C -!sum1_card.
have li : l != i by rewrite eq_sym.
rewrite -(draws_add2 addn_comoid _ (fun=> 1%N) li) [RHS]big_mkcondr.
transitivity (\sum_(S in draws_without k.+1 i) (l \in i |: S))%N; last first.
  by apply: eq_bigr => S _; rewrite !inE (negbTE li); case: (l \in S).
rewrite -(draws_add addn_comoid k.+1 i (fun S => nat_of_bool (l \in S))) /= big_mkcond [RHS]big_mkcond /=.
by apply: eq_bigr => S _; rewrite !inE; case: (_ == _); case: (i \in S); case: (l \in S).
Qed.

Lemma mean_two_in_draws (T : {set I} -> F) i l : i != l ->
  mean (draws I K) (fun S => (i \in S)%:R * ((l \in S)%:R * T S)) =
  (K * K.-1)%:R / (N * N.-1)%:R * include_two T i l.
Proof.
move=> il; have N2 : (1 < N)%N by rewrite (cardD1 i) (cardD1 l) !inE eq_sym il.
have sumE : \sum_(S in draws I K) (i \in S)%:R * ((l \in S)%:R * T S) = \sum_(S in holding i l) T S.
  rewrite big_mkcond [RHS]big_mkcond; apply: eq_bigr => S _.
  by rewrite !inE; case: (_ == K); case: (i \in S); case: (l \in S); rewrite ?mul1r ?mul0r.
have [K1|K1] := ltnP 1 K; last first.
  have -> : (K * K.-1)%:R = 0 :> F by case: K K1 => [|[|k]] // _; rewrite ?mul0n ?muln0.
  rewrite !mul0r /mean sumE big1 ?mul0r // => S; rewrite !inE => /andP[/eqP SK /andP[iS lS]].
  have : (1 < #|S|)%N by rewrite (cardD1 i) (cardD1 l) !inE eq_sym il iS lS.
  by rewrite SK ltnNge K1.
have c2 : (0 < #|holding i l|)%N.
  rewrite card_holding // bin_gt0; move: KN N2 K1.
  by case: K => [|[|k]] //; case: N => [|[|n]].
have E : (N * N.-1 * #|holding i l|)%N = ('C(N, K) * (K * K.-1))%N.
  rewrite card_holding //; move: KN N2 K1; case: K => [|[|k]] //; case: N => [|[|n]] // _ _ _ /=.
  by rewrite -mulnA mul_bin_diag mulnCA mul_bin_diag mulnA [(k.+1 * _)%N]mulnC mulnC.
have c0 : 'C(N, K)%:R != 0 :> F by exact: bin_neq0.
have n0 : (N * N.-1)%:R != 0 :> F by rewrite nat_neq0 // muln_gt0 -subn1 subn_gt0 N2 ltnW.
rewrite /mean sumE card_draws_all (sum_mean char0) // -/(include_two T i l) mulrAC; congr (_ * _).
by apply/eqP; rewrite eqr_div // -!natrM mulnC E mulnC.
Qed.

(* (108), the weights *)
Theorem first_order_weights x i : (0 < K)%N -> first_order_weight x i =
  K%:R / N%:R * (ratio (x i) * include_one K (stat h x) i) +
  (K * K.-1)%:R / (N * N.-1)%:R * \sum_(l | l != i) delta (x l) * include_two (stat h x) i l.
Proof.
move=> K0; pose T := stat h x.
have split S : (i \in S)%:R * ((1 + \sum_(l in S) delta (x l)) * T S) =
    (i \in S)%:R * (ratio (x i) * T S) + \sum_(l | l != i) delta (x l) * ((i \in S)%:R * ((l \in S)%:R * T S)).
  have [iS|iS] := boolP (i \in S); last by rewrite !mul0r add0r big1 // => l _; rewrite mul0r mulr0.
  rewrite !mul1r (bigD1 i) //= addrA [1 + _]addrC subrK mulrDl; congr (_ + _).
  rewrite mulr_suml big_mkcondl; apply: eq_bigr => l _.
  by case: (l \in S); rewrite !mul1r ?mul0r ?mulr0.
rewrite /first_order_weight /mean (eq_bigr _ (fun S _ => split S)) big_split mulrDl /=; congr (_ + _).
  rewrite -[LHS]/(mean (draws I K) (fun S => (i \in S)%:R * (ratio (x i) * T S))) mean_in_draws //.
  by congr (_ * _); rewrite /include_one /mean -mulr_sumr mulrA.
rewrite exchange_big mulr_suml mulr_sumr; apply: eq_bigr => l li.
rewrite -mulr_sumr -mulrA [_ / #|_|%:R](mean_two_in_draws T) 1?eq_sym // mulrCA.
by [].
Qed.
End Weights.

Section Bound.
Variables (F : realFieldType) (X : finType) (k : nat) (h : seq X -> F) (mu pi s : X -> F) (G lo hi : F).
Notation K := k.+1.
Notation rho := (ratio mu pi).
Notation delta := (delta mu pi).
Notation beyond := (beyond mu pi).
Implicit Types (z : seq X) (y : {ffun 'I_K -> X}).

Hypothesis mu_ge_0 : forall a, 0 <= mu a.
Hypothesis mu1 : total mu = 1.
Hypothesis pi1 : total pi = 1.
Hypothesis covered : forall a, mu a = 0 -> pi a = 0.
Hypothesis s0 : centred pi s.
Hypothesis s_small : forall a, 0 < mu a -> `|s a| <= G.
Hypothesis h_sym : symmetric h.
Hypothesis h_range : forall z, size z = K -> lo <= h z <= hi.

(* Twice the total variation. *)
Definition distance : F := \sum_a `|pi a - mu a|.

Lemma mu_delta a : mu a * delta a = pi a - mu a.
Proof. by rewrite mulrBr mulr1 ratioK. Qed.

Lemma expect_prod (f : X -> F) : expect mu (fun y => \prod_j f (y j)) = (\sum_a mu a * f a) ^+ K.
Proof.
transitivity (\prod_(j < K) \sum_a mu a * f a); last by rewrite prodr_const card_ord.
by rewrite bigA_distr_bigA; apply: eq_bigr => y _; rewrite /weight -big_split.
Qed.

Lemma expect_one (J : finType) (f : X -> F) (j : J) (p : X -> F) : total p = 1 ->
  expect p (fun y : {ffun J -> X} => f (y j)) = \sum_a p a * f a.
Proof.
move=> p1; transitivity (expect p (fun y : {ffun J -> X} => 1 * f (y j))).
  by apply: eq_expect => y; rewrite mul1r.
rewrite (expect_indep f p1) //; rewrite [expect _ _](_ : _ = 1) ?mul1r // /expect.
transitivity (\prod_(i : J) \sum_a p a).
  by rewrite bigA_distr_bigA; apply: eq_bigr => y _; rewrite mulr1.
by rewrite big1.
Qed.

(* What is beyond the first order has no mean beside the score. *)
Lemma beyond_centred : expect mu (fun y => beyond (codom y) * s (y ord0)) = 0.
Proof.
pose m := \sum_a mu a * s a.
have step y : beyond (codom y) * s (y ord0) =
    \prod_j rho (y j) * s (y ord0) - s (y ord0) - \sum_j delta (y j) * s (y ord0).
  by rewrite /beyond !big_codom !mulrBl mul1r mulr_suml.
rewrite (eq_expect _ step) expectB expectB expect_ratio // (expect_one _ _ pi1) (expect_one _ _ mu1) -/m.
rewrite (_ : \sum_a pi a * s a = 0) ?sub0r // expect_sum (bigD1 ord0) //= big1 ?addr0 => [|j j0].
  rewrite (expect_one (fun a => delta a * s a) _ mu1).
  under eq_bigr do rewrite mulrA mu_delta mulrBl.
  by rewrite sumrB (_ : \sum_a pi a * s a = 0) // sub0r -/m opprK addNr.
rewrite (expect_indep s mu1) => [|y a]; last by rewrite !ffunE (negbTE j0).
rewrite (expect_one _ _ mu1); under eq_bigr do rewrite mu_delta.
by rewrite sumrB -/(total pi) -/(total mu) pi1 mu1 subrr mul0r.
Qed.

(* The size of a product beyond its first order. *)
Lemma product_beyond z (e : X -> F) :
  `|\prod_(a <- z) (1 + e a) - 1| <= \prod_(a <- z) (1 + `|e a|) - 1 /\
  `|\prod_(a <- z) (1 + e a) - 1 - \sum_(a <- z) e a| <= \prod_(a <- z) (1 + `|e a|) - 1 - \sum_(a <- z) `|e a|.
Proof.
elim: z => [|a z [IH1 IH2]]; first by rewrite !big_nil !subr0 !subrr normr0.
rewrite !big_cons; set P := \prod_(_ <- _) _ in IH1 IH2 *; set Q := \prod_(_ <- _) _ in IH1 IH2 *.
set A := \sum_(_ <- _) _ in IH2 *; set B := \sum_(_ <- _) _ in IH2 *.
have one : (1 + e a) * P - 1 = P - 1 + e a * P by rewrite mulrDl mul1r addrAC.
have one' : (1 + `|e a|) * Q - 1 = Q - 1 + `|e a| * Q by rewrite mulrDl mul1r addrAC.
have two x p c : p - 1 + x * p - (x + c) = p - 1 - c + x * (p - 1).
  rewrite mulrBr mulr1 opprD [- x - c]addrC !addrA; congr (_ - x).
  by rewrite addrAC.
split.
  rewrite one one'; apply: le_trans (ler_norm_add _ _) (ler_add IH1 _); rewrite normrM ler_wpmul2l //.
  by rewrite -(subrK 1 P) (le_trans (ler_norm_add _ _)) // normr1 -ler_subr_addr.
rewrite one one' !two; apply: le_trans (ler_norm_add _ _) (ler_add IH2 _).
by rewrite normrM ler_wpmul2l.
Qed.

Lemma expect_beyond : expect mu (fun y => `|beyond (codom y)|) <= (1 + distance) ^+ K - 1 - K%:R * distance.
Proof.
pose e a := `|delta a|.
have mean_e : \sum_a mu a * e a = distance.
  by apply: eq_bigr => a _; rewrite -mu_delta normrM ger0_norm.
have mean_1e : \sum_a mu a * (1 + e a) = 1 + distance.
  by under eq_bigr do rewrite mulrDr mulr1; rewrite big_split /= mean_e -/(total mu) mu1.
have <- : expect mu (fun y => \prod_j (1 + e (y j)) - 1 - \sum_j e (y j)) = (1 + distance) ^+ K - 1 - K%:R * distance.
  rewrite expectB expectB (expect_prod (fun a => 1 + e a)) mean_1e expect_sum; congr (_ - _ - _).
    by rewrite (expect_one (fun=> 1) (ord0 : 'I_K) mu1); under eq_bigr do rewrite mulr1.
  by under eq_bigr do rewrite (expect_one _ _ mu1) mean_e; rewrite sumr_const card_ord mulr_natl.
apply: ler_sum => y _; apply: ler_wpmul2l; first by apply: prodr_ge0.
have [_] := product_beyond (codom y) delta; rewrite !big_codom /beyond !big_codom.
by congr (`|_ - _ - _| <= _); apply: eq_bigr => j _; rewrite addrC subrK.
Qed.

Section Batch.
Variable I : finType.
Hypothesis KN : (K <= #|I|)%N.
Notation bias := (derivative K h pi s -
  expect mu (fun x : {ffun I -> X} => \sum_i first_order_weight K h mu pi x i * s (x i))).

(* (108), the bias *)
Theorem first_order_bias : bias = K%:R * expect mu (fun y => beyond (codom y) * h (codom y) * s (y ord0)).
Proof.
rewrite (first_order_left_out h s (char_num F) KN mu1 covered) derivative_symmetric // => z z' zz.
by rewrite (h_sym zz) /off_policy.beyond !(perm_big _ zz).
Qed.

(* (108), the bound *)
Theorem first_order_bound :
  `|bias| <= K%:R * G * ((hi - lo) / 2%:R) * ((1 + distance) ^+ K - 1 - K%:R * distance).
Proof.
pose mid := (lo + hi) / 2%:R; pose half := (hi - lo) / 2%:R.
rewrite first_order_bias -!(mulrA K%:R) -/half normrM (ger0_norm (ler0n _ _)) ler_wpmul2l ?ler0n //.
have -> : expect mu (fun y => beyond (codom y) * h (codom y) * s (y ord0)) =
    expect mu (fun y => beyond (codom y) * (h (codom y) - mid) * s (y ord0)).
  rewrite -[LHS]subr0 -(mulr0 mid) -beyond_centred -expectZ -expectB; apply: eq_expect => y.
  by rewrite [mid * _]mulrCA -[_ * h _ * _]mulrA -mulrBr -mulrBl mulrA.
apply: le_trans (ler_norm_sum _ _ _) _.
have [G0 half0] : 0 <= G /\ 0 <= half.
  have [a ma|none] := pickP (fun a => 0 < mu a).
    have /andP[lh hh] := h_range (size_nseq K a).
    split; first exact: le_trans (normr_ge0 _) (s_small ma).
    by rewrite divr_ge0 ?ler0n // subr_ge0 (le_trans lh hh).
  have := oner_neq0 F; rewrite -mu1 /total big1 ?eqxx // => a _.
  by apply/le_anti; rewrite mu_ge_0 leNgt none.
apply: le_trans (ler_wpmul2l (mulr_ge0 G0 half0) expect_beyond).
rewrite /expect mulr_sumr; apply: ler_sum => y _; rewrite -/half.
have w0 : 0 <= weight mu y by apply: prodr_ge0.
have [wy|wy] := eqVneq (weight mu y) 0; first by rewrite wy !mul0r normr0 mulr0.
have m0 : 0 < mu (y ord0).
  rewrite lt_neqAle mu_ge_0 andbT eq_sym; apply: contraNneq wy => m0.
  by rewrite /weight (bigD1 ord0) //= m0 mul0r.
rewrite normrM (ger0_norm w0) [X in _ <= X]mulrCA ler_wpmul2l // !normrM.
rewrite -mulrA [X in _ <= X]mulrC ler_wpmul2l // mulrC ler_pmul ?s_small //.
have two0 : 2%:R != 0 :> F by rewrite pnatr_eq0.
have loE : - half + mid = lo.
  by rewrite addrC -mulrBl opprB addrACA subrr addr0 -mulr2n -mulr_natr mulfK.
have hiE : half + mid = hi by rewrite -mulrDl addrA subrK -mulr2n -mulr_natr mulfK.
by rewrite ler_norml ler_subr_addr ler_subl_addr loE hiE h_range // size_codom card_ord.
Qed.
End Batch.
End Bound.
