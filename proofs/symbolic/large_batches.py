"""What remains of variances in large batches. Spec eq. (96).

Claim. For fixed K and any symmetric T, as N → ∞,

    N Var v → K² Σ_b p_b ā_b²,     N Cov ĝ → Cov ψ(a_1),
    ψ(a) = (K q̄_a − β) s(a) + Σ_b π_b ∂²J/∂p_a∂p_b s(b).

Proof. A mean over the subsets of K samples of a symmetric T has the variance

    Σ_{c=1}^{K} C(K, c) C(N−K, K−c) / C(N, K) · ζ_c,     ζ_c = Var E[T | X_1 … X_c]

(Hoeffding, 1948): from the definition for ``K ≤ N ≤ 4`` and two atoms. N times the factor of ``ζ_1`` tends to
K², those of the others to zero, for ``K ≤ 5``; and ``ζ_1 = Σ_b p_b ā_b²``. ``(K/N) Σ_i q_i s(a_i)`` is such a
mean, of ``T Σ_{i∈S} s(a_i)``: K times what is expected of it given ``a_1 = a`` is ``ψ(a)`` with β = 0, from
the definition for ``K ≤ 4``, three actions, and any scores. (That a baseline adds ``−β s(a)``, and nothing
else: in words, in the specification.)
"""

from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement
from math import comb
from typing import Any

import sympy
from sympy import QQ, Integer, symbols

from proofs.symbolic.batches import Batch, expectation, mean, one_for_each, simplex
from proofs.symbolic.steps import Step, show

N = symbols("N", positive=True)


def steps() -> Iterator[Step]:
    """The limits, Hoeffding's formula, and the projection of the gradient estimate."""
    for k in range(1, 6):
        for c in range(1, k + 1):
            factor = sympy.binomial(k, c) * falling(N - k, k - c) / falling(N, k)
            limit = sympy.limit(sympy.cancel(N * factor), N, sympy.oo)
            stated = Integer(k**2 if c == 1 else 0)
            yield Step(f"K = {k}: N times the factor of ζ_{c} tends to", limit, stated)
    for n in range(1, 5):
        for k in range(1, n + 1):
            yield from hoeffding(n, k)
    for k in range(1, 5):
        yield from projection(k)


def falling(x: sympy.Expr, count: int) -> sympy.Expr:
    """``C(x, count)`` as a polynomial in x."""
    return sympy.prod([x - i for i in range(count)]) / sympy.factorial(count)


def hoeffding(n: int, k: int) -> Iterator[Step]:
    """The variance of the value, and the first of its parts."""
    t, (p1,) = one_for_each(combinations_with_replacement(range(2), k), "p1")
    p = simplex([p1])

    def statistic(x: Batch) -> Any:
        return t[tuple(sorted(x))]

    def value(x: Batch) -> Any:
        return mean(map(statistic, combinations(x, k)))

    def zeta(c: int) -> Any:
        held = lambda x: expectation(p, k - c, lambda y: statistic((*x, *y)))  # noqa: E731
        return expectation(p, c, lambda x: held(x) ** 2) - expectation(p, k, statistic) ** 2

    variance = expectation(p, n, lambda x: value(x) ** 2) - expectation(p, n, value) ** 2
    parts = sum(zeta(c) * QQ(comb(k, c) * comb(n - k, k - c), comb(n, k)) for c in range(1, k + 1))
    yield Step(f"N = {n}, K = {k}: Var v", variance.as_expr(), parts.as_expr())
    j = expectation(p, k, statistic)
    a = [expectation(p, k - 1, lambda y, b=b: statistic((b, *y))) - j for b in range(2)]
    squares = sum(own * x**2 for own, x in zip(p, a, strict=True))
    yield Step(f"N = {n}, K = {k}: ζ_1 = Σ p ā²", zeta(1).as_expr(), squares.as_expr())


def projection(k: int) -> Iterator[Step]:
    """K times the mean of ``T Σ s`` given the first action, and ``ψ`` by second derivatives."""
    t, free = one_for_each(combinations_with_replacement(range(3), k), "p1 p2 p3 s1 s2 s3")
    p, s = free[:3], free[3:]

    def kernel(x: Batch) -> Any:
        return t[tuple(sorted(x))] * sum(s[b] for b in x)

    j = expectation(p, k, lambda x: t[tuple(sorted(x))])
    normal = {p[2].as_expr(): 1 - p[0].as_expr() - p[1].as_expr()}
    for a in range(3):
        held = expectation(p, k - 1, lambda x, a=a: kernel((a, *x))) * k
        slope = j.diff(p[a])  # K q̄_a, eq. (33)
        psi = slope * s[a] + sum(p[b] * slope.diff(p[b]) * s[b] for b in range(3))
        yield Step(f"K = {k}: ψ(a_{a + 1})", held.as_expr().subs(normal), psi.as_expr().subs(normal))


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
