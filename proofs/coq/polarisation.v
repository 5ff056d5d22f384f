(* Polarisation: a polynomial that vanishes at all positive points has no
   coefficients.

   For f a function of batches x: I -> X let E_p[f] = sum_x prod_i p(x_i) f(x), a
   homogeneous polynomial in the p(a) of degree #I. Then for each batch z

     sum_{u permutation of I} f(z o u)
       = sum_{g subset of I} (-1)^(#I - #g) E_(1 + sum_{k in g} delta_(z_k))[f].

   The points on the right are positive; so if E_p[f] = 0 for all positive p of
   total 1, hence by homogeneity for all positive p, the sum of f over all orders
   of every batch is zero. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import expectation.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Identity.
Variables (F : comRingType) (X I : finType) (z : {ffun I -> X}).
Implicit Types (x : {ffun I -> X}) (g : {ffun I -> bool}) (f : {ffun I -> option I}).

(* 1 + sum_{k in g} delta_(z_k), and (-1)^(#I - #g). *)
Definition corner g a : F := 1 + \sum_k (g k && (z k == a))%:R.
Definition sign g : F := \prod_k (if g k then 1 else -1).

(* corner = a sum over the 1 (None) and the k (Some k), present or not in g. *)
Let present g (o : option I) : F := if o is Some k then (g k)%:R else 1.
Let hits a (o : option I) : F := if o is Some k then (z k == a)%:R else 1.

Lemma cornerE g a : corner g a = \sum_o present g o * hits a o.
Proof.
rewrite (bigD1 None) //= mulr1 (reindex_omap Some id) => [|[]] //=.
congr (1 + _); apply: eq_big => k; first by rewrite eqxx.
by rewrite /present /hits -natrM mulnb.
Qed.

(* The alternating sum over g leaves the f that reach all of I. *)
Lemma sum_sign f : \sum_g sign g * \prod_i present g (f i) =
  [forall k, Some k \in codom f]%:R.
Proof.
pose G k (b : bool) : F := (if b then 1 else -1) * (if Some k \in codom f then b%:R else 1).
transitivity (\sum_(g : {ffun I -> bool}) \prod_k G k (g k)).
  apply: eq_bigr => g _; rewrite big_split /=; congr (_ * _).
  have [/forallP gf|] := boolP [forall k, (Some k \in codom f) ==> g k].
    rewrite !big1 // => k _; first by case: ifP => // kf; rewrite (implyP (gf k) kf).
    by rewrite /present; case E: (f k) => [j|//]; rewrite (implyP (gf j)) // -E codom_f.
  rewrite negb_forall => /existsP[k]; rewrite negb_imply => /andP[kf /negbTE gk].
  rewrite [RHS](bigD1 k) //= kf gk ?mulr0n ?mulr0 ?mul0r.
  by have /codomP[i fi] := kf; rewrite (bigD1 i) //= /present -fi gk ?mulr0n ?mulr0 ?mul0r.
rewrite -bigA_distr_bigA /=.
have [/forallP all|] := boolP [forall k, Some k \in codom f].
  by rewrite big1 // => k _; rewrite big_bool /G !all /= mulr0n mulr0 addr0 mulr1.
rewrite negb_forall => /existsP[k /negbTE kf].
by rewrite (bigD1 k) //= big_bool /G kf /= !mulr1 addrN mul0r.
Qed.

(* Those are the permutations. *)
Lemma sum_onto (H : {ffun I -> option I} -> F) :
  \sum_f H f * [forall k, Some k \in codom f]%:R =
  \sum_(u : {perm I}) H [ffun i => Some (u i)].
Proof.
transitivity (\sum_(f : {ffun I -> option I} | [forall k, Some k \in codom f]) H f).
  rewrite [RHS]big_mkcond; apply: eq_bigr => f _.
  by case: [forall k, _]; rewrite ?mulr1 ?mulr0.
pose some_perm (u : {perm I}) := [ffun i => Some (u i)].
pose perm_of (f : {ffun I -> option I}) : option {perm I} := insub [ffun i => odflt i (f i)].
have some_permK u : perm_of (some_perm u) = Some u.
  rewrite /perm_of (_ : [ffun i => _] = pval u) ?valK //.
  by apply/ffunP => i; rewrite !ffunE /= pvalE.
rewrite (reindex_omap some_perm perm_of) => [|f /forallP onto].
  apply: eq_bigl => u; rewrite some_permK eqxx andbT.
  by apply/forallP => k; apply/codomP; exists (u^-1 k)%g; rewrite ffunE permKV.
have fU : {subset map Some (enum I) <= codom f}.
  by move=> o /mapP[k _ ->].
have uI : uniq (map Some (enum I)) by rewrite (map_inj_uniq Some_inj) enum_uniq.
have sz : (size (codom f) <= size (map Some (enum I)))%N by rewrite size_codom size_map -cardE.
have fI : injective f by apply/injectiveP; apply: leq_size_uniq uI fU sz.
have [_ memf] := uniq_min_size uI fU sz.
have f_some i : f i = Some (odflt i (f i)).
  by have := codom_f f i; rewrite -memf => /mapP[k _ ->].
have inj : injectiveb [ffun i => odflt i (f i)].
  by apply/injectiveP => i j; rewrite !ffunE => E; apply: fI; rewrite f_some E -f_some.
rewrite /perm_of insubT /=; congr Some; apply/ffunP => i.
by rewrite ffunE -pvalE /= ffunE -f_some.
Qed.

Theorem polarisation (f : {ffun I -> X} -> F) :
  \sum_g sign g * expect (corner g) f = \sum_(u : {perm I}) f (permute z u).
Proof.
transitivity (\sum_x (\sum_g sign g * weight (corner g) x) * f x).
  under eq_bigr do rewrite /expect mulr_sumr.
  rewrite exchange_big; apply: eq_bigr => x _; rewrite mulr_suml.
  by apply: eq_bigr => g _; rewrite mulrA.
have coef x : \sum_g sign g * weight (corner g) x = \sum_(u : {perm I}) (permute z u == x)%:R.
  transitivity (\sum_(h : {ffun I -> option I})
      (\prod_i hits (x i) (h i)) * [forall k, Some k \in codom h]%:R).
    under eq_bigr => g _.
      rewrite /weight; under eq_bigr do rewrite cornerE.
      rewrite (bigA_distr_bigA (fun i o => present g o * hits (x i) o)) mulr_sumr.
      under eq_bigr do rewrite big_split /=.
      over.
    rewrite exchange_big; apply: eq_bigr => h _ /=.
    rewrite -sum_sign mulr_sumr; apply: eq_bigr => g _.
    by rewrite mulrA mulrC.
  rewrite sum_onto; apply: eq_bigr => u _.
  have [<-|ne] := eqVneq (permute z u) x.
    by rewrite big1 // => i _; rewrite !ffunE /= eqxx.
  have [i zi] : exists i, z (u i) != x i.
    by apply/existsP; apply: contraNT ne => /existsPn E; apply/eqP/ffunP => i;
      rewrite ffunE; apply/eqP; rewrite -[_ == _]negbK.
  by rewrite (bigD1 i) //= ffunE /= (negbTE zi) mul0r.
under eq_bigr do rewrite coef mulr_suml.
rewrite exchange_big; apply: eq_bigr => u _.
rewrite (bigD1 (permute z u)) //= eqxx mul1r big1 ?addr0 // => x.
by rewrite eq_sym => /negbTE ->; rewrite mul0r.
Qed.
End Identity.

(* A distribution of full support: positive, of total 1. *)
Definition distribution (F : numFieldType) (X : finType) (p : X -> F) :=
  (forall a, 0 < p a) /\ total p = 1.

Theorem vanishing (F : numFieldType) (X I : finType) (f : {ffun I -> X} -> F) (a0 : X) :
  (forall p, distribution p -> expect p f = 0) ->
  forall z, \sum_(u : {perm I}) f (permute z u) = 0.
Proof.
move=> f0 z; rewrite -polarisation big1 // => g _; set c := corner F z g.
have c_gt0 a : 0 < c a by rewrite /c /corner ltr_paddr ?ltr01 // sumr_ge0 // => k _; rewrite ler0n.
have t_gt0 : 0 < total c.
  by rewrite /total (bigD1 a0) //= ltr_paddr // sumr_ge0 // => a _; apply: ltW.
have t_neq0 : total c != 0 by rewrite gt_eqF.
suff -> : expect c f = total c ^+ #|I| * expect (fun a => c a / total c) f.
  rewrite f0 ?mulr0 //; split=> [a|]; first exact: divr_gt0.
  by rewrite /total -mulr_suml -/(total c) mulfV.
rewrite /expect mulr_sumr; apply: eq_bigr => x _; rewrite mulrA; congr (_ * _).
by rewrite /weight big_split /= prodr_const exprVn mulrCA mulfV ?mulr1 ?expf_neq0.
Qed.
