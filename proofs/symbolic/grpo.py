"""GRPO is biased: for every L-statistic and all ``N ≥ 2``; on two rewards for all ``N ≥ 4``. Spec eq. (49).

Claim. ``A_i = (x_i − x̄)/σ``, σ² with the divisor N − 1, satisfies eq. (37) for no constant c > 0:

1. on any three rewards a < b < b', for every L-statistic with K ≤ N, at every N ≥ 2;
2. on rewards 0 and 1, for the mean, at every N ≥ 4; at N = 2 and 3 it does there.

Proof. 1. On the batch (b, a, …, a) the first advantage is ``(N−1)/√N``, whatever b is; at b = a it is zero.
Of the include-one value there, only the weight of the largest sees b: ``q(b) = α_K b + a Σ_{j<K} α_j``. Eq.
(37) demands ``(N−1)/√N = c K α_K (b − a)``, and the same with b'. Subtract: ``c K α_K (b' − b) = 0``, so
that the right-hand sides are zero, and the left is not.

2. For the mean, eq. (37) demands that ``Δ_s = A(1; s) − A(0; s)`` is c, whatever the number s of successes
   among the others. But ``Δ_0 = (N−1)/√N`` and ``Δ_1 = √((N−1)(N−2)/(2N)) + 1/√N``: equal only if
   ``(N−2)²/N = (N−1)(N−2)/(2N)``, that is for N = 2 or 3.

Exhibited: for N = 4 the expectation of ``(1/N) Σ A_i ∇log p(x_i)`` is ``G(π) ∇π``, π the chance of a 1, and
``∇J = ∇π``. The bias ``G(π) − c`` is not zero for any c, because G' is not zero. On three rewards
``r_1 < r_2 < r_3`` at N = 2 it is, along ``∂/∂p_1 − ∂/∂p_3``, ``−(1+p_2)/√2``, where ``c (r_1 − r_3)``
should be: again for no c.
"""

from collections.abc import Iterator

import sympy
from sympy import Rational, sqrt, symbols

from proofs.symbolic.steps import Step, show

N, s = symbols("N s", positive=True)
a, b, pi = symbols("a b pi", positive=True)


def squared(x: sympy.Expr, mean: sympy.Expr, variance: sympy.Expr) -> sympy.Expr:
    """``((x − x̄)/σ)²``."""
    return (x - mean) ** 2 / variance


def advantages(successes: int, size: int) -> tuple[sympy.Expr, sympy.Expr]:
    """The advantage of a 1 and of a 0 in a batch of zeros and ones; zero where all are equal."""
    if successes in (0, size):
        return sympy.Integer(0), sympy.Integer(0)
    mean = Rational(successes, size)
    deviation = sqrt(mean * (1 - mean) * size / (size - 1))
    return (1 - mean) / deviation, -mean / deviation


def expected(size: int) -> sympy.Expr:
    """``G(π)``: the mean of ``A(1; s) − A(0; s)`` over the N − 1 others."""
    return sympy.expand(
        sum(
            sympy.binomial(size - 1, others)
            * pi**others
            * (1 - pi) ** (size - 1 - others)
            * (advantages(others + 1, size)[0] - advantages(others, size)[1])
            for others in range(size)
        )
    )


def expected_of_pairs(p: tuple[sympy.Symbol, ...], atom: int, other: int) -> sympy.Expr:
    """``E[A(b; X) − A(b'; X)]`` at N = 2: the advantage is ``±1/√2``, by whose reward is the larger."""

    def advantage(b: int, x: int) -> sympy.Expr:
        return sympy.sign(b - x) / sqrt(2)

    return sum(weight * (advantage(atom, x) - advantage(other, x)) for x, weight in enumerate(p))


def steps() -> Iterator[Step]:
    """Three rewards; two rewards; the polynomial at N = 4 and those at 2 and 3."""
    mean = (b + (N - 1) * a) / N
    variance = ((b - mean) ** 2 + (N - 1) * (a - mean) ** 2) / (N - 1)
    yield Step("on (b, a, …, a): A(b)² = (N−1)²/N, without b", squared(b, mean, variance), (N - 1) ** 2 / N)

    rate = s / N
    spread = N / (N - 1) * rate * (1 - rate)
    one, zero = squared(sympy.Integer(1), rate, spread), squared(sympy.Integer(0), rate, spread)
    yield Step("Δ_0² = A(1; 0)²", one.subs(s, 1), (N - 1) ** 2 / N)
    yield Step("A(1; 1)²", one.subs(s, 2), (N - 1) * (N - 2) / (2 * N))
    yield Step("A(0; 1)²", zero.subs(s, 1), 1 / N)
    difference = ((N - 1) / sqrt(N) - 1 / sqrt(N)) ** 2 - (N - 1) * (N - 2) / (2 * N)
    yield Step("(Δ_0 − 1/√N)² − (Δ_1 − 1/√N)²", sympy.simplify(difference), (N - 2) * (N - 3) / (2 * N))

    bias = 3 * (2 - sqrt(3)) * (pi**2 - pi) / 2
    yield Step("N = 4: G(π) − 3/2", sympy.expand(expected(4) - Rational(3, 2)), sympy.expand(bias))
    p = symbols("p1:4", positive=True)
    sum_to_one = {p[2]: 1 - p[0] - p[1]}
    yield Step(
        "N = 2, three rewards: the expectation along ∂/∂p_1 − ∂/∂p_3",
        sympy.expand(expected_of_pairs(p, 0, 2).subs(sum_to_one)),
        sympy.expand(-(1 + p[1]) / sqrt(2)),
    )
    yield Step("N = 2: G(π), a constant", expected(2), 1 / sqrt(2))
    yield Step("N = 3: G(π), a constant", expected(3), 2 / sqrt(3))


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
