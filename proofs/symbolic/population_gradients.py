"""Exact policy gradients: for all K, all α and any number of atoms. Spec eqs. (15), (33), (34).

Claim. ``∂J/∂p_b = K q̄_b``, J being extended as a homogeneous polynomial of degree K; and for softmax
logits ``∂J/∂θ_b = K p_b ā_b``.

Proof. By eq. (31), summed by parts, ``J = r_m Φ(1) − Σ_t d_t Φ(F_t)``; off the simplex, with P the sum of
all p, ``J = P^K [r_m Φ(1) − Σ_t d_t Φ(F_t/P)]``. By eq. (30), centred gap by gap,

    ā_b = Σ_t d_t b_α(F_t) (F_t − [b ≤ t]),     q̄_b = J + ā_b.

So both claims are sums over gaps, and it suffices to compare, for each gap, what multiplies ``−d_t``. A gap
sees the population as two masses: B below it and U above it, ``F_t = B/(B+U)``; and ``p_b`` is part of B if
b ≤ t, else of U. SymPy differentiates by them, K being a symbol and Φ an unspecified function with
``Φ' = K b_α``: all K, all α, all atoms at once. What multiplies ``r_m Φ(1)`` is ``P^K``, with the
derivative K. For logits, ``B = β + e^θ`` if b ≤ t, else ``U = υ + e^θ``, the others being held fixed; the
sum of probabilities stays one.

Nothing asks K to be an integer: with Φ of eq. (15), and Φ'/κ for b_α, the same holds for real κ.

Beside it, from the definition: for ``K ≤ 4``, three atoms, symbolic p, rewards and α, ``∂/∂p_b`` of the sum
over all tuples is K times the sum with the first draw fixed.
"""

from collections.abc import Iterator

import sympy
from sympy import Function, exp, symbols

from proofs.symbolic.batches import gradient_of, objective, symbolic
from proofs.symbolic.population_values import include_first
from proofs.symbolic.steps import Step, show

K, F = symbols("K F", positive=True)
below, above = symbols("B U", positive=True)
theta = symbols("theta", real=True)
b = Function("b")


class Phi(Function):
    """An unspecified function with ``Φ' = K b``."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Differentiate by the argument."""
        return K * b(self.args[0])


def influence(of_it: bool) -> sympy.Expr:
    """What multiplies ``−d_t`` in ``ā_b``: ``b_α(F_t) ([b ≤ t] − F_t)``."""
    return b(F) * (int(of_it) - F)


def steps() -> Iterator[Step]:
    """Probabilities and logits, on both sides of a gap; then the definition."""
    total = below + above
    gap = total**K * Phi(below / total)
    on_simplex = {below: F, above: 1 - F}
    for mass, of_it, where in ((below, True, "b ≤ t"), (above, False, "b > t")):
        derivative = sympy.diff(gap, mass).subs(on_simplex)
        yield Step(f"∂J/∂p_b, {where}", derivative, K * (Phi(F) + influence(of_it)))
    top = sympy.diff(total**K, below).subs(on_simplex)
    yield Step("∂/∂p_b of P^K", top, K)

    rest = symbols("rest", positive=True)
    for of_it, where in ((True, "b ≤ t"), (False, "b > t")):
        share = (rest + exp(theta) if of_it else rest) / (rest + exp(theta) + above)
        own = exp(theta) / (rest + exp(theta) + above)
        derivative = sympy.diff(Phi(share), theta)
        claim = K * own * influence(of_it).subs(F, share)
        yield Step(f"∂J/∂θ_b, {where}", *(x.subs(b(share), symbols("b_t")) for x in (derivative, claim)))

    for k in (1, 2, 3, 4):
        free = symbolic("p1 p2 p3 r1 r2 r3 " + " ".join(f"a{j}" for j in range(1, k + 1)))
        p, r, alpha = free[:3], free[3:6], free[6:]
        j = objective(p, alpha, r)
        for i, x in enumerate(p):
            left, right = gradient_of(j, x), include_first(i, p, alpha, r) * k
            yield Step(f"definition, K = {k}: ∂J/∂p_{i + 1} = K q̄_{i + 1}", left.as_expr(), right.as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
