"""Values of a population, from the definition: at ``K ≤ 4``, three atoms. Spec eqs. (2), (4), (30)–(32).

Claim. With ascending rewards ``r_1, r_2, r_3``, gaps ``d_t`` and ``F_t = p_1 + … + p_t``,

    J = Σ_t r_t [Φ(F_t) − Φ(F_(t−1))] = ∫ Q(u) K b_α(u) du,     Φ(u) = K ∫_0^u b_α,
    q̄_(t+1) − q̄_t = d_t b_α(F_t),     Σ_b p_b q̄_b = J.

Proof. ``J = Σ p(x_1) … p(x_K) T(x_1 … x_K)`` over all ``3^K`` tuples, and ``q̄_b`` the same with the first
draw fixed, are expanded as polynomials in p, r and α, all symbols. So are the right-hand sides. (The
quantile function is ``r_t`` on ``(F_(t−1), F_t]``, which makes the integral the sum. For all K:
`order_statistics`.)
"""

from collections.abc import Iterator
from math import comb
from typing import Any

from sympy import QQ

from proofs.symbolic.batches import Numbers, expectation, l_statistic, objective, simplex, symbolic
from proofs.symbolic.steps import Step, show


def spectrum(alpha: Numbers, u: Any) -> Any:
    """``b_α(u)``, eq. (3)."""
    k = len(alpha)
    return sum(a * comb(k - 1, j) * u**j * (1 - u) ** (k - 1 - j) for j, a in enumerate(alpha))


def cumulative(alpha: Numbers, u: Any) -> Any:
    """``Φ(u) = K ∫_0^u b_α``: coefficient by coefficient, from ``∫ u^i = u^(i+1)/(i+1)``."""
    k = len(alpha)
    return sum(
        a * QQ(k * comb(k - 1, j) * comb(k - 1 - j, i) * (-1) ** i, i + j + 1) * u ** (i + j + 1)
        for j, a in enumerate(alpha)
        for i in range(k - j)
    )


def include_first(atom: int, p: Numbers, alpha: Numbers, r: Numbers) -> Any:
    """``q̄_b = E[T(r_b, X_2, …, X_K)]``."""
    return expectation(p, len(alpha) - 1, lambda others: l_statistic((atom, *others), alpha, r))


def steps() -> Iterator[Step]:
    """Value, gaps and mean, for each K."""
    for k in (1, 2, 3, 4):
        p1, p2, *rest = symbolic("p1 p2 r1 r2 r3 " + " ".join(f"a{j}" for j in range(1, k + 1)))
        r, alpha, p = rest[:3], rest[3:], simplex([p1, p2])
        F = [p1 * 0, p1, p1 + p2, p1**0]
        j = objective(p, alpha, r)
        by_quantiles = sum(r[t] * (cumulative(alpha, F[t + 1]) - cumulative(alpha, F[t])) for t in range(3))
        yield Step(f"K = {k}: J = Σ_t r_t [Φ(F_t) − Φ(F_(t−1))]", j.as_expr(), by_quantiles.as_expr())
        q = [include_first(b, p, alpha, r) for b in range(3)]
        for t in (0, 1):
            gap = (r[t + 1] - r[t]) * spectrum(alpha, F[t + 1])
            yield Step(f"K = {k}: gap {t + 1}", (q[t + 1] - q[t]).as_expr(), gap.as_expr())
        mean = sum(a * b for a, b in zip(p, q, strict=True))
        yield Step(f"K = {k}: Σ_b p_b q̄_b = J, so Σ_b p_b ā_b = 0", mean.as_expr(), j.as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
