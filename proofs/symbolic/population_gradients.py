"""Exact policy gradients: for all K and all α, at up to four atoms. Spec eqs. (33), (34).

Claim. ``∂J/∂p_b = K q̄_b``, J being extended as a homogeneous polynomial of degree K; and for softmax
logits ``∂J/∂θ_b = K p_b ā_b``.

Proof. By eq. (31), summed by parts, ``J = r_m Φ(1) − Σ_t d_t Φ(F_t)``; off the simplex, with P the sum of
all p, ``J = P^K [r_m Φ(1) − Σ_t d_t Φ(F_t/P)]``. Φ is left an unspecified differentiable function with
``Φ' = K b_α``, and K a symbol. So SymPy takes the two derivatives for all K and all α at once, for m = 2,
3, 4 atoms; they are compared with ``ā``, the gaps ``d_t b_α(F_t)`` added up and centred, and
``q̄_b = J + ā_b``.

Beside it, from the definition: for ``K ≤ 4``, three atoms, symbolic p, rewards and α, ``∂/∂p_b`` of the sum
over all tuples is K times the sum with the first draw fixed.
"""

from collections.abc import Iterator, Sequence

import sympy
from sympy import Function, exp, symbols

from proofs.symbolic.batches import gradient_of, objective, symbolic
from proofs.symbolic.population_values import include_first
from proofs.symbolic.steps import Step, show

K = symbols("K", positive=True)
b = Function("b")


class Phi(Function):
    """An unspecified function with ``Φ' = K b``."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Differentiate by the argument."""
        return K * b(self.args[0])


class Population:
    """m atoms in ascending order: their probabilities, and symbols for gaps and the largest reward."""

    def __init__(self, p: Sequence[sympy.Expr]) -> None:
        """Take the probabilities, which need not sum to one."""
        self.p = list(p)
        self.gaps = symbols(f"d1:{len(p)}")
        self.top = symbols("r_m")

    def below(self, t: int) -> sympy.Expr:
        """``F_t``."""
        return sum(self.p[:t], start=sympy.Integer(0))

    def value(self) -> sympy.Expr:
        """``r_m Φ(1) − Σ_t d_t Φ(F_t/P)``."""
        total = self.below(len(self.p))
        return self.top * Phi(1) - sum(d * Phi(self.below(t) / total) for t, d in enumerate(self.gaps, 1))

    def advantage(self) -> list[sympy.Expr]:
        """``ā``: the gaps ``d_t b_α(F_t)`` added up, less the mean. Eq. (30)."""
        rise = [sympy.Integer(0)]
        for t, d in enumerate(self.gaps, 1):
            rise.append(rise[-1] + d * b(self.below(t)))
        mean = sum(x * y for x, y in zip(self.p, rise, strict=True))
        return [x - mean for x in rise]


def as_symbols(expression: sympy.Expr) -> sympy.Expr:
    """Put a symbol for each of the numbers Φ(u) and b(u), with u in lowest terms."""
    return expression.replace(
        lambda e: isinstance(e, Phi | b),
        lambda e: sympy.Symbol(f"{e.func}[{sympy.cancel(e.args[0])}]"),
    )


def steps() -> Iterator[Step]:
    """Both gradients for any Φ; the first from the definition."""
    for m in (2, 3, 4):
        p = symbols(f"p1:{m + 1}", positive=True)
        population, total = Population(p), sum(p)
        on_simplex = {p[-1]: 1 - sum(p[:-1])}
        q = [population.value() + x for x in population.advantage()]
        for i in range(m):
            derivative = sympy.expand(sympy.diff(total**K * population.value(), p[i]) / total**K)
            left, right = (as_symbols(x.subs(on_simplex)) for x in (derivative, K * q[i]))
            yield Step(f"m = {m}: ∂J/∂p_{i + 1} = K q̄_{i + 1}", left, right)

        theta = symbols(f"theta1:{m + 1}", real=True)
        weights = [exp(x) for x in theta]
        softmax = Population([w / sum(weights) for w in weights])
        normalised = Population([*softmax.p[:-1], 1 - sum(softmax.p[:-1])])
        for i in range(m):
            derivative = sympy.diff(normalised.value(), theta[i])
            left, right = (
                as_symbols(x.subs(dict(zip(weights, p, strict=True))))
                for x in (derivative, K * softmax.p[i] * softmax.advantage()[i])
            )
            yield Step(f"m = {m}: ∂J/∂θ_{i + 1} = K p_{i + 1} ā_{i + 1}", left, right)

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
