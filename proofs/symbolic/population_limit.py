"""Batch weights tend to the population's: for all K and α, with the error term. Spec eqs. (3), (22).

Claim. As ``n → ∞`` with ``t/n → u``, ``e_t^(n) → b_α(u)``, uniformly in u. More precisely, with
``s = (t−1)/(n−1)``,

    e_t^(n) = b_α(s) − s(1−s) b_α''(s) / (2(n−1)) + O(1/n²).

Proof. *Limit.* By induction on K, for each rank j. ``H_K,j = C(t−1, j−1) C(n−t, K−j) / C(n−1, K−1)`` grows
by

    H_(K+1, j+1) / H_K,j = K (t−j) / (j (n−K)),
    H_(K+1, j)   / H_K,j = K (n−t−K+j) / ((K−j+1) (n−K)).

Put ``t = x n`` and ``n = 1/ε``: both are rational functions of x and ε, continuous where ``Kε < 1``. At
ε = 0 they are ``K x / j`` and ``K (1−x) / (K−j+1)``: the same ratios as of
``C(K−1, j−1) x^(j−1) (1−x)^(K−j)``. Both start from 1 at K = 1. Continuous functions on a compact set are
uniformly so.

*Error.* ``b_α`` is a combination of the monomials ``u^d``, d < K, whose elevated coefficients are those of
max@(d+1): ``a_t = C(t−1, d) / C(n−1, d) = Π_{i<d} (s − iε) / (1 − iε)``, ``ε = 1/(n−1)``. Its logarithm has
at ε = 0 the derivative ``Σ_{i<d} (i − i/s)``, for every d, so that
``a_t = s^d + ε s^d (1 − 1/s) d(d−1)/2 + O(ε²)``: the claim for ``u^d``. (At s = 0 the coefficient is a
polynomial in s, d ≥ 2, or there is no error.)
"""

from collections.abc import Iterator

import sympy
from sympy import symbols

from proofs.symbolic.degree_elevation import H, K, j, n, t
from proofs.symbolic.hypergeometric import Term, binomial, equal
from proofs.symbolic.steps import Step, show

x, eps = symbols("x epsilon")
s = symbols("s", positive=True)
d, i = symbols("d i", integer=True, positive=True)

RANGE = (j - 1, K - j, n - K - 1, t - 1, n - t)
"""What is at least zero: 1 ≤ j ≤ K < n and 1 ≤ t ≤ n."""


def steps() -> Iterator[Step]:
    """Ratios and their limits; then the error term of a monomial."""
    up, same = H.at((K, K + 1), (j, j + 1)), H.at((K, K + 1))
    growth = K * (t - j) / (j * (n - K)), K * (n - t - K + j) / ((K - j + 1) * (n - K))
    yield equal("H_(K+1, j+1) = K (t−j) / (j (n−K)) H_K,j", [up], [H * growth[0]], RANGE)
    yield equal("H_(K+1, j) = K (n−t−K+j) / ((K−j+1)(n−K)) H_K,j", [same], [H * growth[1]], RANGE)
    yield equal("H_1,1 = 1", [H.at((K, 1), (j, 1))], [Term(sympy.Integer(1))], (n - 1, t - 1, n - t))

    def in_the_limit(ratio: sympy.Expr) -> sympy.Expr:
        return sympy.cancel(ratio.subs([(t, x * n), (n, 1 / eps)])).subs(eps, 0)

    yield Step("first ratio at ε = 0", in_the_limit(growth[0]), K * x / j)
    yield Step("second ratio at ε = 0", in_the_limit(growth[1]), K * (1 - x) / (K - j + 1))
    yield equal("C(K, j) = K/j C(K−1, j−1)", [binomial(K, j)], [binomial(K - 1, j - 1) * (K / j)], RANGE[:2])
    yield equal(
        "C(K, j−1) = K/(K−j+1) C(K−1, j−1)",
        [binomial(K, j - 1)],
        [binomial(K - 1, j - 1) * (K / (K - j + 1))],
        RANGE[:2],
    )

    factor = (s - i * eps) / (1 - i * eps)
    slope = sympy.diff(sympy.log(factor), eps).subs(eps, 0)
    total = sympy.summation(sympy.expand(slope), (i, 0, d - 1))
    claimed = -s * (1 - s) * d * (d - 1) * s ** (d - 2) / 2
    yield Step("d/dε of Π (s−iε)/(1−iε) at ε = 0, over s^d", total, sympy.powsimp(claimed / s**d))
    for degree in range(2, 6):
        exact = sympy.prod([factor.subs(i, at) for at in range(degree)])
        first = sympy.diff(exact, eps).subs(eps, 0)
        yield Step(f"the same, d = {degree}", first, -s * (1 - s) * sympy.diff(s**degree, s, 2) / 2)


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
