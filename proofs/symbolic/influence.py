"""``K ā`` is the influence function: for all K and all α, at up to four atoms. Spec eq. (35).

Claim. ``d/dε J((1−ε) p + ε δ_b)`` at ε = 0 is ``K ā_b``: the Gâteaux derivative towards atom b.

Proof. ``J = r_m Φ(1) − Σ_t d_t Φ(F_t)`` (eq. (31), summed by parts), and the mixture has
``F_t(ε) = (1−ε) F_t + ε [b ≤ t]``. With Φ an unspecified differentiable function, ``Φ' = K b_α``, the
derivative is ``−Σ_t d_t K b_α(F_t) ([b ≤ t] − F_t)``; SymPy takes it for m = 2, 3, 4 atoms, and it equals K
times the gaps ``d_t b_α(F_t)`` added up and centred. It is what eq. (30) says, centred gap by gap:
``ā_b = Σ_{t<b} d_t b_α(F_t) F_t − Σ_{t≥b} d_t b_α(F_t) (1−F_t)``.

Beside it, from the definition: for ``K ≤ 4``, three atoms, symbolic p, rewards and α, the derivative of the
sum over all tuples is ``K (q̄_b − J)``.
"""

from collections.abc import Iterator

import sympy
from sympy import symbols

from proofs.symbolic.batches import objective, simplex, symbolic
from proofs.symbolic.population_gradients import K, Phi, Population, b
from proofs.symbolic.population_values import include_first
from proofs.symbolic.steps import Step, show


def steps() -> Iterator[Step]:
    """Any Φ; then the definition."""
    eps = symbols("epsilon")
    for m in (2, 3, 4):
        p = list(symbols(f"p1:{m}", positive=True))
        population = Population([*p, 1 - sum(p)])
        a = population.advantage()
        F = [population.below(t) for t in range(1, m)]
        for atom in range(1, m + 1):
            mixed = [(1 - eps) * f + eps * int(atom <= t) for t, f in enumerate(F, 1)]
            value = population.top * Phi(1) - sum(
                d * Phi(f) for d, f in zip(population.gaps, mixed, strict=True)
            )
            gateaux = sympy.diff(value, eps).subs(eps, 0)
            by_gaps = sum(
                d * b(f) * (f if t < atom else f - 1)
                for t, (d, f) in enumerate(zip(population.gaps, F, strict=True), 1)
            )
            yield Step(f"m = {m}, atom {atom}: K ā", gateaux, sympy.expand(K * a[atom - 1]))
            yield Step(f"m = {m}, atom {atom}: centred gap by gap", gateaux, sympy.expand(K * by_gaps))

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
