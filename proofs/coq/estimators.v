(* Estimators of the policy gradient, and what makes one right: section 7.

   An estimator A turns a batch x into advantages A_i(x), i in I, N = #I. It is
     equivariant  if A_(u i)(x) = A_i(x o u) for every permutation u of I: the same
                  function of x_i and of the multiset of the others;
     centred      if sum_i A_i(x) = 0 for every batch x;
     unbiased with constant c, eq. (36), for the objective of h, if
       E[sum_i A_i(x) s(x_i)] = N c J'(p)
     for every distribution p of full support and every score s of mean zero.

   Full support only weakens the demand: the positive results (unbiased.v) hold for
   every p, the negative ones need no more than these. *)

From mathcomp Require Import all_ssreflect all_algebra all_fingroup.
From Ordergrad Require Import subsets advantage expectation unbiased polarisation.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.Theory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Definitions.
Variables (F : numFieldType) (X I : finType).
Definition estimator := I -> {ffun I -> X} -> F.
Implicit Types (A B : estimator) (x : {ffun I -> X}) (i : I) (u : {perm I}).

Definition equivariant A := forall u i x, A (u i) x = A i (permute x u).
Definition centred_estimator A := forall x, \sum_i A i x = 0.
Definition unbiased K (h : seq X -> F) A c := forall p s,
  distribution p -> centred p s ->
  expect p (fun x => \sum_i A i x * s (x i)) = #|I|%:R * c * derivative K h p s.

Definition include_ones K (h : seq X -> F) : estimator :=
  fun i x => include_one K (stat h x) i.
Definition canonical K (h : seq X -> F) : estimator :=
  fun i x => advantage K (stat h x) i.

Variables (K : nat) (h : seq X -> F).
Hypothesis h_sym : symmetric h.

Lemma stat_permute x u (S : {set I}) : stat h x (u @: S) = stat h (permute x u) S.
Proof.
apply: h_sym.
rewrite (_ : map (permute x u) _ = map x (map u (enum S))); last first.
  by rewrite -map_comp; apply: eq_map => i /=; rewrite ffunE.
apply: perm_map; apply: uniq_perm; rewrite ?(map_inj_uniq perm_inj) ?enum_uniq // => i.
rewrite mem_enum; apply/imsetP/mapP => -[j jS ->]; exists j => //; first by rewrite mem_enum.
by rewrite -(mem_enum (mem S)).
Qed.

Let perm_bij u : bijective u.
Proof. exact: (Bijective (permK u) (permKV u)). Qed.

Lemma include_ones_equivariant : equivariant (include_ones K h).
Proof.
move=> u i x; rewrite /include_ones (include_one_relabel (perm_bij u)).
by congr (_ / _); apply: eq_bigr => S _; rewrite stat_permute.
Qed.

Lemma canonical_equivariant : equivariant (canonical K h).
Proof.
move=> u i x; rewrite /canonical /advantage (include_one_relabel (perm_bij u)).
rewrite (leave_one_out_relabel (perm_bij u)).
by congr (_ / _ - _ / _); apply: eq_bigr => S _; rewrite stat_permute.
Qed.

(* A baseline, a function of the others alone, is determined by its sums:
   if sum_i B_i(x) = 0 for every x, then B = 0. *)
Theorem baseline_zero B : equivariant B -> (forall i, ignores i (B i)) ->
  centred_estimator B -> forall i x, B i x = 0.
Proof.
move=> B_eqv B_ign B0 i x.
(* Induct on how many samples differ from a = x_i. *)
have [a xi] : exists a, x i = a by exists (x i).
have [m] := ubnP #|[set j | x j != a]|; elim: m i x xi => // m IH i x xi; rewrite ltnS => xm.
have := B0 x; rewrite (bigID (fun k => x k == a)) /= [X in _ + X]big1 => [|k xk]; last first.
  rewrite -(B_ign k x a) IH ?putE //; apply: leq_trans xm; apply: proper_card; apply/properP.
  split; last by exists k; rewrite !inE // putE eqxx.
  by apply/subsetP => j; rewrite !inE ffunE; case: (j =P k) => // _; rewrite eqxx.
rewrite addr0 (eq_bigr (fun=> B i x)) => [|k /eqP xk]; last first.
  rewrite -(tpermL i k) B_eqv; congr B; apply/ffunP => j; rewrite ffunE.
  by case: tpermP => // ->; rewrite xk xi.
rewrite sumr_const => /eqP; rewrite -mulr_natl mulf_eq0 pnatr_eq0 => /orP[|/eqP //].
by rewrite -leqn0 leqNgt => /negP[]; apply/card_gt0P; exists i; apply/eqP.
Qed.
End Definitions.
