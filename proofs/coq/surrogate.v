(* PPO's surrogate is the objective to first order: eq. (101), for every L-statistic, every K and finite laws.

   p is the policy that was sampled, q the new one, the p' of the specification.

     J(p)     the objective;   L = J(p) + sum_b (q_b - p_b) dJ/dp_b, where dJ/dp_b is K times the include-one value of b, (33)
     TV       half the sum of |q_b - p_b|

     E_p[1/N sum_i K A_i q(x_i) / p(x_i)] = L - J(p)                                   for N > K and p > 0
     |J(q) - L| <= K (K-1) / 2 slope (hi - lo) TV^2,   lo <= rewards <= hi,  |alpha_(j+1) - alpha_j| <= slope
     J(q) <= L where alpha ascends

   By gaps, (31) and (32), J(q) - L is the sum of the gaps times what a polynomial W of degree K has beyond its tangent,
   W(v) - W(u) - (v - u) W'(u), from u = F_t to v, the same of q. With the coefficients c of W, de Casteljau's scheme is
   W(u) = (mix_u^K c)_0 where (mix_u c)_j = (1 - u) c_j + u c_(j+1); and mix_v - mix_u = (v - u) rise, (rise c)_j = c_(j+1) - c_j. So what is
   beyond the tangent is a sum of K (K-1) / 2 terms (v - u)^2 times means of rise (rise c), which are differences of alpha. *)

From mathcomp Require Import all_ssreflect all_algebra.
From Ordergrad Require Import subsets advantage expectation unbiased gap_form closed_form population bernstein same_objective spectrum halving.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Tangent.
Variable F : realFieldType.
Implicit Types (u v lo hi : F) (c : nat -> F) (n j : nat).

Definition mix u c j : F := (1 - u) * c j + u * c j.+1.
Definition rise c j : F := c j.+1 - c j.
Definition scheme u n c : nat -> F := iter n (mix u) c.

(* What the scheme has beyond its tangent. *)
Definition remainder u v n c j : F :=
  scheme v n c j - scheme u n c j - n%:R * (v - u) * scheme u n.-1 (rise c) j.

Lemma schemeS u n c j : scheme u n.+1 c j = mix u (scheme u n c) j.
Proof. by rewrite /scheme iterS. Qed.

Lemma rise_scheme u n c j : rise (scheme u n c) j = scheme u n (rise c) j.
Proof.
elim: n j => [|n IH] j //; rewrite [RHS]schemeS /mix -!IH /rise !schemeS /mix !mulrBr.
by rewrite opprD addrACA.
Qed.

Lemma mix_rise u v c j : mix v c j = mix u c j + (v - u) * rise c j.
Proof.
have E w : mix w c j = c j + w * rise c j by rewrite /mix /rise mulrBl mul1r mulrBr -addrA [- _ + _]addrC.
by rewrite !E mulrBl -addrA [u * _ + _]addrC subrK.
Qed.

Lemma remainderS u v n c j : remainder u v n.+1 c j =
  n%:R * (v - u) ^+ 2 * scheme u n.-1 (rise (rise c)) j + mix v (remainder u v n c) j.
Proof.
pose D := v - u; pose S := scheme u n (rise c) j; pose Q := scheme u n.-1 (rise (rise c)) j.
have whole i : scheme v n c i = scheme u n c i + n%:R * D * scheme u n.-1 (rise c) i + remainder u v n c i.
  by rewrite /remainder -(addrA (scheme v n c i)) -opprD addrC subrK.
have mixed : mix v (scheme v n c) j = scheme u n.+1 c j + D * S + n%:R * D * mix v (scheme u n.-1 (rise c)) j + mix v (remainder u v n c) j.
  have -> : scheme u n.+1 c j + D * S = mix v (scheme u n c) j by rewrite (mix_rise u) -schemeS rise_scheme.
  rewrite /mix !whole !mulrDr addrACA [X in X + _]addrACA; congr (_ + _ + _).
  by congr (_ + _); apply: mulrCA.
have inner : n%:R * D * mix v (scheme u n.-1 (rise c)) j = n%:R * D * S + n%:R * D ^+ 2 * Q.
  case: n @S @Q {whole mixed} => [|n] S Q; first by rewrite !mul0r addr0.
  by rewrite (mix_rise u) -schemeS rise_scheme mulrDr expr2 !mulrA.
have cancel4 (a b d e f : F) : a + b + (d + e) + f - a - (d + b) = e + f.
  have -> : a + b + (d + e) + f = a + (d + b + (e + f)) by rewrite [d + b]addrC -!addrA.
  by rewrite [a + _]addrC addrK addrC addKr.
have tangent : n.+1%:R * (v - u) * scheme u n (rise c) j = n%:R * D * S + D * S.
  by rewrite -/D mulrSr [(_ + 1) * D]mulrDl mul1r [LHS]mulrDl.
by rewrite {1}/remainder (schemeS v) mixed inner [n.+1.-1]/= tangent; apply: cancel4.
Qed.

(* Means stay where the coefficients are. *)
Lemma scheme_within u n c lo hi j : 0 <= u <= 1 -> (forall i, (j <= i <= j + n)%N -> lo <= c i <= hi) -> lo <= scheme u n c j <= hi.
Proof.
case/andP=> u0 u1; elim: n j => [|n IH] j cj; first by apply: cj; rewrite leqnn leq_addr.
have /andP[l1 h1] : lo <= scheme u n c j <= hi by apply: IH => i /andP[ji ij]; apply: cj; rewrite ji addnS leqW.
have /andP[l2 h2] : lo <= scheme u n c j.+1 <= hi.
  by apply: IH => i /andP[ji ij]; apply: cj; rewrite ltnW // addnS -addSn.
have u1' : 0 <= 1 - u by rewrite subr_ge0.
have share x : (1 - u) * x + u * x = x by rewrite mulrBl mul1r subrK.
by rewrite schemeS /mix -{1}(share lo) -{1}(share hi) !ler_add ?ler_wpmul2l.
Qed.

Lemma remainder_within u v n c lo hi j : 0 <= u <= 1 -> 0 <= v <= 1 ->
  (forall i, (j <= i)%N -> (i.+2 <= j + n)%N -> lo <= rise (rise c) i <= hi) ->
  'C(n, 2)%:R * (v - u) ^+ 2 * lo <= remainder u v n c j <= 'C(n, 2)%:R * (v - u) ^+ 2 * hi.
Proof.
move=> u01 v01; elim: n j => [|n IH] j cj.
  by rewrite /remainder /scheme /= subrr !mul0r subr0 lexx.
have sq : 0 <= (v - u) ^+ 2 by rewrite sqr_ge0.
have nD : 0 <= n%:R * (v - u) ^+ 2 by rewrite mulr_ge0 ?ler0n.
have /andP[l0 h0] : n%:R * (v - u) ^+ 2 * lo <= n%:R * (v - u) ^+ 2 * scheme u n.-1 (rise (rise c)) j <=
    n%:R * (v - u) ^+ 2 * hi.
  case: n {IH} cj nD => [|n] cj nD; first by rewrite !mul0r lexx.
  have /andP[l h] : lo <= scheme u n (rise (rise c)) j <= hi.
    by apply: scheme_within => // i /andP[ji ij]; apply: cj => //; rewrite !addnS !ltnS.
  by rewrite !ler_wpmul2l.
have /andP[l1 h1] := IH j (fun i ji ij => cj i ji (leq_trans ij (leq_add (leqnn j) (leqnSn n)))).
have /andP[l2 h2] : 'C(n, 2)%:R * (v - u) ^+ 2 * lo <= remainder u v n c j.+1 <= 'C(n, 2)%:R * (v - u) ^+ 2 * hi.
  by apply: IH => i ji ij; apply: cj; [exact: ltnW | rewrite addnS -addSn].
have [v0 v1] := andP v01; have v1' : 0 <= 1 - v by rewrite subr_ge0.
have share x : (1 - v) * x + v * x = x by rewrite mulrBl mul1r subrK.
have E x : 'C(n.+1, 2)%:R * (v - u) ^+ 2 * x =
    n%:R * (v - u) ^+ 2 * x + ((1 - v) * ('C(n, 2)%:R * (v - u) ^+ 2 * x) + v * ('C(n, 2)%:R * (v - u) ^+ 2 * x)).
  by rewrite share binS bin1 addnC natrD !mulrDl.
rewrite !E remainderS /mix; apply/andP; split; apply: ler_add => //.
  by apply: ler_add; apply: ler_wpmul2l.
by apply: ler_add; apply: ler_wpmul2l.
Qed.

(* The scheme is the Bernstein polynomial. *)
Lemma scheme_bernstein u n c j : scheme u n c j = (bernstein n.+1 (fun i => c (j + i)%N)).[u].
Proof.
elim: n j => [|n IH] j; first by rewrite (bernstein_one 0 _ u).2 addn0.
rewrite schemeS bernstein_more /mix !IH; congr (_ + _ * _.[_]).
by apply: eq_bernstein => i _; rewrite addnS addSn.
Qed.
End Tangent.

Section Surrogate.
Variables (F : realFieldType) (X : finType) (r p q : X -> F) (k : nat) (alpha : nat -> F).
Notation K := k.+1.
Notation h := (outcome_statistic r K alpha).

Definition surrogate : F := objective K h p + \sum_b (q b - p b) * (K%:R * expected_inclusion r p k alpha b).
Definition total_variation : F := (\sum_b `|q b - p b|) / 2%:R.

Hypothesis p1 : total p = 1.
Hypothesis q1 : total q = 1.

Let moved0 : \sum_b (q b - p b) = 0.
Proof. by rewrite sumrB -/(total q) -/(total p) p1 q1 subrr. Qed.

(* What PPO's loss is in expectation, before it is clipped. *)
Theorem surrogate_expected (I : finType) : (K < #|I|)%N -> (forall b, p b != 0) ->
  expect p (fun x : {ffun I -> X} => #|I|%:R^-1 * \sum_i K%:R * advantage K (stat h x) i * (q (x i) / p (x i))) =
  surrogate - objective K h p.
Proof.
move=> KN p0; pose s b := q b / p b - 1.
have ps b : p b * s b = q b - p b by rewrite mulrBr mulr1 mulrC divfK.
have s0 : centred p s by rewrite /centred; under eq_bigr do rewrite ps.
rewrite /surrogate addrC addKr; under [RHS]eq_bigr do rewrite -ps.
rewrite -derivative_inclusion // -(advantage_unbiased (I := I) (char_num F) h _ p1 s0) //.
apply: eq_expect => x; have c : \sum_i K%:R / #|I|%:R * advantage K (stat h x) i = 0.
  by rewrite -mulr_sumr (advantage_centred (char_num F)) ?mulr0.
rewrite mulr_sumr -[RHS]addr0 -[X in _ = _ + X]c -big_split; apply: eq_bigr => i _ /=.
by rewrite /s [_ * (_ - 1)]mulrBr mulr1 subrK mulrC [K%:R / _ * _]mulrAC [RHS]mulrAC.
Qed.

(* The slopes of the coefficients are rank weights. *)
Lemma rise_tail i : (i < K)%N -> rise (tail K alpha) i = - alpha i.
Proof. by move=> iK; rewrite /rise (tail_step _ iK) opprD addrC subrK. Qed.

Lemma rise_rise_tail i : (i.+1 < K)%N -> rise (rise (tail K alpha)) i = alpha i - alpha i.+1.
Proof. by move=> iK; rewrite {1}/rise !rise_tail ?(ltnW iK) // opprK addrC. Qed.

Section Gaps.
Variables (M : nat) (x : nat -> F).
Hypothesis x_sorted : forall i j, (i <= j <= M)%N -> x i <= x j.
Hypothesis rx : forall a, exists2 m, (m <= M)%N & r a = x m.
Notation u t := (mass r p (x t)).
Notation v t := (mass r q (x t)).

Lemma beyond_gaps : objective K h q - surrogate =
  \sum_(t < M) (x t.+1 - x t) * remainder (u t) (v t) K (tail K alpha) 0.
Proof.
pose beta t := (bernstein K alpha).[u t].
have slope t : scheme (u t) k (rise (tail K alpha)) 0 = - beta t.
  rewrite scheme_bernstein (@eq_bernstein _ _ _ (fun i => -1 * alpha i)) => [|i iK].
    by rewrite -scale_bernstein hornerZ mulN1r.
  by rewrite add0n rise_tail // mulN1r.
have level w y : layer r w K alpha K 0 y = scheme (mass r w y) K (tail K alpha) 0.
  by rewrite layer_beyond scheme_bernstein.
have first_part : \sum_b (q b - p b) * (K%:R * expected_inclusion r p k alpha b) =
    \sum_(t < M) (x t.+1 - x t) * (K%:R * (v t - u t) * - beta t).
  pose c := x 0%N * tail K alpha 0 + \sum_(t < M) (x t.+1 - x t) * layer r p K alpha k 0 (x t).
  have E b : (q b - p b) * (K%:R * expected_inclusion r p k alpha b) =
      K%:R * c * (q b - p b) - K%:R * \sum_(t < M) (x t.+1 - x t) * (beta t * ((r b <= x t)%R%:R * (q b - p b))).
    rewrite (@inclusion_closed_form _ _ r p p1 k alpha M x x_sorted rx) /layers.
    have -> : \sum_(t < M) (x t.+1 - x t) * layer r p K alpha k (r b <= x t)%R (x t) =
        \sum_(t < M) (x t.+1 - x t) * layer r p K alpha k 0 (x t) - \sum_(t < M) (x t.+1 - x t) * (beta t * (r b <= x t)%R%:R).
      by rewrite -sumrB; apply: eq_bigr => t _; rewrite layer_known mulrBr [_ * _.[_]]mulrC.
    rewrite addrA -/c [K%:R * (c - _)]mulrBr [_ * (K%:R * c - _)]mulrBr; congr (_ - _); first by rewrite mulrC.
    by rewrite mulrCA mulr_sumr; congr (_ * _); apply: eq_bigr => t _; rewrite mulrC -!mulrA.
  rewrite (eq_bigr _ (fun b _ => E b)) sumrB -mulr_sumr moved0 mulr0 sub0r -mulr_sumr exchange_big /=.
  rewrite -mulrN -sumrN mulr_sumr; apply: eq_bigr => t _; rewrite -!mulr_sumr.
  have -> : \sum_b (r b <= x t)%R%:R * (q b - p b) = v t - u t.
    by rewrite /mass -sumrB [RHS]big_mkcond; apply: eq_bigr => b _; case: (r b <= x t); rewrite ?mul1r ?mul0r.
  by rewrite !mulrN; congr (- _); rewrite mulrCA; congr (_ * _); rewrite [beta t * _]mulrC mulrA.
rewrite /surrogate first_part (@objective_closed_form _ _ r q q1 K alpha M x x_sorted rx).
rewrite (@objective_closed_form _ _ r p p1 K alpha M x x_sorted rx) /layers.
have cancel4 (a b d e : F) : a + b - (a + d + e) = b - d - e.
  by rewrite -[a + d + e]addrA opprD addrACA subrr add0r opprD addrA.
rewrite cancel4 -!sumrB; apply: eq_bigr => t _.
by rewrite -!mulrBr !level /remainder slope.
Qed.

Lemma moved_mass y : `|mass r q y - mass r p y| <= total_variation.
Proof.
have -> : mass r q y - mass r p y = \sum_(b | r b <= y) (q b - p b) by rewrite sumrB.
rewrite /total_variation ler_pdivl_mulr ?ltr0n // -[X in _ * X]ger0_norm ?ler0n // -normrM mulr_natr mulr2n.
have -> : \sum_(b | r b <= y) (q b - p b) + \sum_(b | r b <= y) (q b - p b) =
    \sum_b (if r b <= y then q b - p b else - (q b - p b)).
  have E : \sum_(b | r b <= y) (q b - p b) = - \sum_(b | ~~ (r b <= y)) (q b - p b).
    by have := moved0; rewrite (bigID (fun b => r b <= y)) /= => /eqP; rewrite addr_eq0 => /eqP.
  rewrite [X in _ + X]E.
  rewrite [RHS](bigID (fun b => r b <= y)) /= -sumrN; congr (_ + _); apply: eq_bigr => b.
    by move=> ->.
  by move=> /negbTE ->.
apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => b _.
by case: (r b <= y); rewrite ?normrN.
Qed.
End Gaps.

Hypothesis p_ge_0 : forall b, 0 <= p b.
Hypothesis q_ge_0 : forall b, 0 <= q b.

Let mass01 (w : X -> F) y : (forall b, 0 <= w b) -> total w = 1 -> 0 <= mass r w y <= 1.
Proof.
move=> w0 w1; rewrite /mass sumr_ge0 //= -w1 /total [X in _ <= X](bigID (fun b => r b <= y)) /=.
by rewrite ler_addl sumr_ge0.
Qed.

(* The rewards in order, and nothing else among them. *)
Lemma sorted_support : exists (M : nat) (x : nat -> F), [/\ forall i j, (i <= j <= M)%N -> x i <= x j,
  forall a, exists2 m, (m <= M)%N & r a = x m & forall m, (m <= M)%N -> exists a, x m = r a].
Proof.
have X0 : (0 < #|X|)%N.
  rewrite lt0n; apply/negP => /eqP X0; have := oner_neq0 F.
  by rewrite -p1 /total big1 ?eqxx // => a _; have := fintype0 a; rewrite X0 => /(_ erefl).
have [w [x [w_inj wx xs]]] := ranked_exists r; exists #|X|.-1, x; split.
- by move=> i j /andP[ij jM]; apply: xs; rewrite ij -(prednK X0) ltnS.
- have [w' _ wK] : bijective w by apply: inj_card_bij; rewrite ?card_ord.
  by move=> a; exists (w' a); rewrite ?wK -?wx ?wK // -ltnS prednK.
by move=> m mM; have mX : (m < #|X|)%N by [rewrite -(prednK X0) ltnS]; exists (w (Ordinal mX)); rewrite wx.
Qed.

Variables lo hi : F.
Hypothesis range : forall a, lo <= r a <= hi.

Lemma surrogate_within low high : low <= 0 <= high ->
  (forall i, (i.+1 < K)%N -> low <= alpha i - alpha i.+1 <= high) ->
  'C(K, 2)%:R * low * (hi - lo) * total_variation ^+ 2 <= objective K h q - surrogate <=
  'C(K, 2)%:R * high * (hi - lo) * total_variation ^+ 2.
Proof.
case/andP=> low0 high0 steps; have [M [x [x_sorted rx xr]]] := sorted_support.
rewrite (beyond_gaps x_sorted rx).
have sum_gaps : \sum_(t < M) (x t.+1 - x t) <= hi - lo.
  rewrite -(big_mkord xpredT (fun t => x t.+1 - x t)) telescope_sumr //.
  have [a ->] := xr M (leqnn M); have [b ->] := xr 0%N (leq0n M).
  by have /andP[_ ah] := range a; have /andP[bl _] := range b; rewrite ler_sub.
have c0 : 0 <= 'C(K, 2)%:R :> F by rewrite ler0n.
have tv (D : F) : `|D| <= total_variation -> D ^+ 2 <= total_variation ^+ 2.
  by move=> D1; rewrite -real_normK ?num_real // ler_pexpn2r ?nnegrE ?(le_trans _ D1).
have step (t : 'I_M) : (x t.+1 - x t) * ('C(K, 2)%:R * total_variation ^+ 2 * low) <=
    (x t.+1 - x t) * remainder (mass r p (x t)) (mass r q (x t)) K (tail K alpha) 0 <=
    (x t.+1 - x t) * ('C(K, 2)%:R * total_variation ^+ 2 * high).
  have d0 : 0 <= x t.+1 - x t by rewrite subr_ge0 x_sorted // leqnSn ltn_ord.
  pose D := mass r q (x t) - mass r p (x t).
  have D2 : 'C(K, 2)%:R * D ^+ 2 <= 'C(K, 2)%:R * total_variation ^+ 2 by rewrite ler_wpmul2l ?tv ?moved_mass.
  have /andP[l h1] : 'C(K, 2)%:R * D ^+ 2 * low <=
      remainder (mass r p (x t)) (mass r q (x t)) K (tail K alpha) 0 <= 'C(K, 2)%:R * D ^+ 2 * high.
    by apply: remainder_within => [||i _ iK]; rewrite ?mass01 ?rise_rise_tail ?steps.
  apply/andP; split; apply: ler_wpmul2l => //; first by apply: le_trans l; apply: ler_wnmul2r.
  by apply: le_trans h1 _; apply: ler_wpmul2r.
have total_of (z : F) : 'C(K, 2)%:R * z * (hi - lo) * total_variation ^+ 2 =
    (hi - lo) * ('C(K, 2)%:R * total_variation ^+ 2 * z).
  by rewrite mulrAC [RHS]mulrC; congr (_ * _); rewrite mulrAC.
rewrite !total_of; apply/andP; split.
  apply: (@le_trans _ _ (\sum_(t < M) (x t.+1 - x t) * ('C(K, 2)%:R * total_variation ^+ 2 * low))).
    rewrite -mulr_suml; apply: ler_wnmul2r sum_gaps.
    by apply: mulr_ge0_le0 => //; apply: mulr_ge0 => //; apply: sqr_ge0.
  by apply: ler_sum => t _; case/andP: (step t).
apply: (@le_trans _ _ (\sum_(t < M) (x t.+1 - x t) * ('C(K, 2)%:R * total_variation ^+ 2 * high))).
  by apply: ler_sum => t _; case/andP: (step t).
rewrite -mulr_suml; apply: ler_wpmul2r sum_gaps.
by apply: mulr_ge0 => //; apply: mulr_ge0 => //; apply: sqr_ge0.
Qed.

(* (101) *)
Theorem surrogate_bound slope : (forall j, (j.+1 < K)%N -> `|alpha j.+1 - alpha j| <= slope) ->
  `|objective K h q - surrogate| <= 'C(K, 2)%:R * slope * (hi - lo) * total_variation ^+ 2.
Proof.
move=> small; have [k0|k0] := posnP k.
  have : 'C(K, 2)%:R * 0 * (hi - lo) * total_variation ^+ 2 <= objective K h q - surrogate <=
      'C(K, 2)%:R * 0 * (hi - lo) * total_variation ^+ 2.
    by apply: surrogate_within => [|i iK]; [rewrite lexx | move: iK; rewrite k0].
  rewrite mulr0 !mul0r => /le_anti <-; rewrite normr0 (@bin_small K 2) ?mul0r ?lexx //.
  by rewrite ltnS k0.
have s0 : 0 <= slope by apply: le_trans (small 0%N _).
have /andP[l h1] : 'C(K, 2)%:R * - slope * (hi - lo) * total_variation ^+ 2 <= objective K h q - surrogate <=
    'C(K, 2)%:R * slope * (hi - lo) * total_variation ^+ 2.
  apply: surrogate_within => [|i /small]; first by rewrite oppr_le0 s0.
  by rewrite distrC ler_norml.
by move: l; rewrite mulrN !mulNr ler_norml h1 andbT.
Qed.

Theorem surrogate_above : (forall j, (j.+1 < K)%N -> alpha j <= alpha j.+1) -> objective K h q <= surrogate.
Proof.
move=> up; pose low := - \sum_(i < K) `|alpha i - alpha i.+1|.
have low0 : low <= 0 by rewrite oppr_le0 sumr_ge0.
have /andP[_] : 'C(K, 2)%:R * low * (hi - lo) * total_variation ^+ 2 <= objective K h q - surrogate <=
    'C(K, 2)%:R * 0 * (hi - lo) * total_variation ^+ 2.
  apply: surrogate_within => [|i iK]; first by rewrite low0 lexx.
  rewrite subr_le0 up // andbT /low ler_oppl; apply: le_trans (ler_norm _) _.
  by rewrite normrN (bigD1 (Ordinal (ltnW iK))) //= ler_addl sumr_ge0.
by rewrite mulr0 !mul0r subr_le0.
Qed.
End Surrogate.
