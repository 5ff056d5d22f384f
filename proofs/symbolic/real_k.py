"""Real-valued K on a batch: what holds for all real ``κ ≥ 1`` and all n, and what fails. Spec eq. (16).

Claim. With ``Φ_n(m) = C(m, κ)/C(n, κ)`` for m > κ − 1, else 0:

1. at κ = K, an integer, ``(n/K) [Φ_n(m) − Φ_n(m−1)]`` is ``e_m^(n)`` of max@K, for all 1 ≤ m ≤ n;
2. for real κ and m > κ it is ``(n/m) Φ_n(m)``;
3. ``Φ_N(m) = (m/N) Φ_(N−1)(m−1) + (1−m/N) Φ_(N−1)(m)`` for m > κ, and for κ real not at ``m = ⌊κ⌋``.

The weights ``(κ/n) e_m^(n)`` sum to ``Φ_n(n) − Φ_n(0) = 1``, as ``0 ≤ κ − 1``.

Proof. 1 is Pascal's rule, term by term. For the others ``Γ(z+1) = z Γ(z)``; every argument is positive
where m > κ. The exception in 3 is exhibited: κ = 3/2, N = 3, m = 1, where ``Φ_2(0)`` is zero by definition.
"""

from collections.abc import Iterator

import sympy
from sympy import Rational, gamma, symbols

from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.max_recurrence import e
from proofs.symbolic.steps import Step, show

K, t, n = symbols("K t n", integer=True)
m, size, kappa = symbols("m N kappa", positive=True)


def phi(m: sympy.Expr, size: sympy.Expr, kappa: sympy.Expr = kappa) -> sympy.Expr:
    """``C(m, κ)/C(N, κ)`` by gamma functions."""
    return gamma(m + 1) * gamma(size - kappa + 1) / (gamma(m - kappa + 1) * gamma(size + 1))


def steps() -> Iterator[Step]:
    """Integer κ, real κ, the recurrence in N and its exception."""
    from_batch = binomial(t, K) / binomial(n, K), binomial(t - 1, K) / binomial(n, K)
    yield equal(
        "κ = K: (n/K) [C(m, K) − C(m−1, K)] / C(n, K) = C(m−1, K−1) / C(n−1, K−1)",
        [from_batch[0] * (n / K), -from_batch[1] * (n / K)],
        [e],
        (K - 1, n - K, t - 1, n - t),
    )
    whole = phi(m, size)
    ratio = sympy.gammasimp(phi(m - 1, size) / whole)
    yield Step("Φ_n(m−1) / Φ_n(m) = (m−κ)/m", ratio, (m - kappa) / m)
    yield Step("(n/κ) [Φ_n(m) − Φ_n(m−1)] / Φ_n(m) = n/m", size / kappa * (1 - ratio), size / m)

    before = sympy.gammasimp(phi(m - 1, size - 1) / whole)
    same = sympy.gammasimp(phi(m, size - 1) / whole)
    yield Step(
        "(m/N) Φ_(N−1)(m−1) + (1−m/N) Φ_(N−1)(m) = Φ_N(m)",
        m / size * before + (1 - m / size) * same,
        sympy.Integer(1),
    )

    half = Rational(3, 2)
    by_two = Rational(2, 3) * phi(sympy.Integer(1), sympy.Integer(2), half)
    yield Step(
        "not at κ = 3/2, N = 3, m = 1: Φ_3(1) − (2/3) Φ_2(1) = −1/24",
        phi(sympy.Integer(1), sympy.Integer(3), half) - by_two,
        -Rational(1, 24),
    )


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
