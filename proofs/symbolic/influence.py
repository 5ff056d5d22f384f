"""``K ā`` is the influence function: for all K, all α and any number of atoms. Spec eqs. (15), (30), (35).

Claim. ``d/dε J((1−ε) p + ε δ_b)`` at ε = 0 is ``K ā_b``: the Gâteaux derivative towards atom b.

Proof. ``J = r_m Φ(1) − Σ_t d_t Φ(F_t)`` (eq. (31), summed by parts), and the mixture has
``F_t(ε) = (1−ε) F_t + ε [b ≤ t]``. With Φ an unspecified differentiable function, ``Φ' = K b_α``, each gap
contributes ``−d_t K b_α(F_t) ([b ≤ t] − F_t)``. That is K times what it contributes to

    ā_b = Σ_{t<b} d_t b_α(F_t) − Σ_t d_t b_α(F_t) (1 − F_t),

the gaps of eq. (30) added up, less their mean: atoms above the gap have the probability ``1 − F_t``.

As in `population_gradients`, K need not be an integer.

Beside it, from the definition: for ``K ≤ 4``, three atoms, symbolic p, rewards and α, the derivative of the
sum over all tuples is ``K (q̄_b − J)``.
"""

from collections.abc import Iterator

import sympy
from sympy import symbols

from proofs.symbolic.batches import objective, simplex, symbolic
from proofs.symbolic.population_gradients import F, K, Phi, b, influence
from proofs.symbolic.population_values import include_first
from proofs.symbolic.steps import Step, show


def steps() -> Iterator[Step]:
    """Any Φ, on both sides of a gap; then the definition."""
    eps = symbols("epsilon")
    for of_it, where in ((True, "b ≤ t"), (False, "b > t")):
        mixed = (1 - eps) * F + eps * int(of_it)
        gateaux = sympy.diff(-Phi(mixed), eps).subs(eps, 0)
        yield Step(f"gap t, {where}: the derivative", gateaux, -K * influence(of_it))
        added_up = b(F) * (int(not of_it) - (1 - F))
        yield Step(f"gap t, {where}: eq. (30), added up and centred", K * added_up, -K * influence(of_it))

    for k in (1, 2, 3, 4):
        p1, p2, e, *rest = symbolic("p1 p2 epsilon r1 r2 r3 " + " ".join(f"a{j}" for j in range(1, k + 1)))
        r, alpha, p = rest[:3], rest[3:], simplex([p1, p2])
        j = objective(p, alpha, r)
        for atom in range(3):
            towards = [(1 - e) * x + e * int(i == atom) for i, x in enumerate(p)]
            gateaux = objective(towards, alpha, r).diff(e).evaluate(e, 0).set_ring(e.ring)
            right = (include_first(atom, p, alpha, r) - j) * k
            yield Step(f"definition, K = {k}, atom {atom + 1}", gateaux.as_expr(), right.as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
