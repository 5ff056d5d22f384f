"""GRPO is biased: for every L-statistic and all ``N ≥ 2``; on two rewards for all ``N ≥ 4``. Spec eq. (49).

Claim. ``A_i = (x_i − x̄)/(σ + ε)``, σ² with the divisor N − 1, zero where all rewards are equal, satisfies
eq. (37) for no constant c > 0, whatever ``ε ≥ 0`` is:

1. on any three rewards a < b < b', for every L-statistic with K ≤ N, at every N ≥ 2;
2. on rewards 0 and 1, for the mean, at every N ≥ 4; at N = 2 and 3 it does there.

Proof. 1. On the batch (b, a, …, a) with ``b = a + Δ`` the deviation is ``σ = Δ/√N``, and the first advantage
is ``f(Δ) = (N−1)/N · Δ/(Δ/√N + ε)``; at Δ = 0 it is zero. Of the include-one value there, only the weight of
the largest sees b: ``q(b) = α_K b + a Σ_{j<K} α_j``. Eq. (37) demands ``f(Δ) = c K α_K Δ`` at Δ = b − a and
at Δ' = b' − a. But f(Δ)/Δ is positive and strictly decreasing:

    f(Δ)/Δ − f(Δ')/Δ' = (N−1)/N · (Δ' − Δ)/√N / ((Δ/√N + ε) (Δ'/√N + ε)) > 0.

2. For the mean, eq. (37) demands that ``Δ_s = A(1; s) − A(0; s)`` is c, whatever the number s of successes
   among the others. With σ_s the deviation of a batch of s successes,

       Δ_0 = (N−1)/N / (σ_1 + ε),    Δ_1 = (N−2)/N / (σ_2 + ε) + 1/N / (σ_1 + ε),
       Δ_0 − Δ_1 = (N−2)/N · (σ_2 − σ_1)/((σ_1 + ε) (σ_2 + ε)),    σ_2² − σ_1² = (N−3)/(N (N−1)):

   equal only for N = 2 or 3.

Exhibited: for N = 4 the expectation of ``(1/N) Σ A_i ∇log p(x_i)`` is ``G(π) ∇π``, π the chance of a 1, and
``∇J = ∇π``. The bias ``G(π) − c`` is not zero for any c, because G' is not zero: with ε = 0, and with ε a
symbol, where ``G'(0) = 3 (Δ_1 − Δ_0)``. On three rewards ``r_1 < r_2 < r_3`` at N = 2 and ε = 0 it is, along
``∂/∂p_1 − ∂/∂p_3``, ``−(1+p_2)/√2``, where ``c (r_1 − r_3)`` should be: again for no c.
"""

from collections.abc import Iterator

import sympy
from sympy import Rational, sqrt, symbols

from proofs.symbolic.steps import Step, show

N, root, s = symbols("N sqrtN s", positive=True)
a, pi, eps = symbols("a pi epsilon", positive=True)
near, far = symbols("Delta Delta'", positive=True)


def advantages(successes: int, size: int, added: sympy.Expr | int = 0) -> tuple[sympy.Expr, sympy.Expr]:
    """The advantage of a 1 and of a 0 in a batch of zeros and ones; zero where all are equal."""
    if successes in (0, size):
        return sympy.Integer(0), sympy.Integer(0)
    mean = Rational(successes, size)
    deviation = sqrt(mean * (1 - mean) * size / (size - 1))
    return (1 - mean) / (deviation + added), -mean / (deviation + added)


def expected(size: int, added: sympy.Expr | int = 0) -> sympy.Expr:
    """``G(π)``: the mean of ``A(1; s) − A(0; s)`` over the N − 1 others."""
    return sympy.expand(
        sum(
            sympy.binomial(size - 1, others)
            * pi**others
            * (1 - pi) ** (size - 1 - others)
            * (advantages(others + 1, size, added)[0] - advantages(others, size, added)[1])
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
    mean = a + near / N
    variance = ((a + near - mean) ** 2 + (N - 1) * (a - mean) ** 2) / (N - 1)
    yield Step("on (a + Δ, a, …, a): x_1 − x̄ = (N−1)/N Δ", a + near - mean, (N - 1) / N * near)
    yield Step("   and σ² = Δ²/N", variance, near**2 / N)
    slope, beyond = ((root**2 - 1) / root**2 / (x / root + eps) for x in (near, far))
    yield Step(
        "f(Δ)/Δ − f(Δ')/Δ', √N a symbol",
        slope - beyond,
        (root**2 - 1) / root**3 * (far - near) / ((near / root + eps) * (far / root + eps)),
    )

    rate = s / N
    spread = N / (N - 1) * rate * (1 - rate)
    first, second = symbols("sigma_1 sigma_2", positive=True)
    yield Step("σ_1²", spread.subs(s, 1), 1 / N)
    yield Step("σ_2² − σ_1²", spread.subs(s, 2) - spread.subs(s, 1), (N - 3) / (N * (N - 1)))
    none = (1 - rate).subs(s, 1) / (first + eps)
    one = (1 - rate).subs(s, 2) / (second + eps) - (-rate).subs(s, 1) / (first + eps)
    yield Step("Δ_0 − Δ_1", none - one, (N - 2) / N * (second - first) / ((first + eps) * (second + eps)))

    bias = 3 * (2 - sqrt(3)) * (pi**2 - pi) / 2
    yield Step("N = 4: G(π) − 3/2", sympy.expand(expected(4) - Rational(3, 2)), sympy.expand(bias))
    at_zero = sympy.diff(expected(4, eps), pi).subs(pi, 0)
    differences = [advantages(n + 1, 4, eps)[0] - advantages(n, 4, eps)[1] for n in (0, 1)]
    yield Step("N = 4, any ε: G'(0) = 3 (Δ_1 − Δ_0)", at_zero, 3 * (differences[1] - differences[0]))
    p = symbols("p1:4", positive=True)
    sum_to_one = {p[2]: 1 - p[0] - p[1]}
    yield Step(
        "N = 2, three rewards: the expectation along ∂/∂p_1 − ∂/∂p_3",
        sympy.expand(expected_of_pairs(p, 0, 2).subs(sum_to_one)),
        sympy.expand(-(1 + p[1]) / sqrt(2)),
    )
    for added in (0, eps):
        yield Step(f"N = 2, ε = {added}: G(π), a constant", expected(2, added), 1 / (sqrt(2) + 2 * added))
        constant = 2 / (sqrt(3) + 3 * added)
        yield Step(f"N = 3, ε = {added}: G(π), a constant", sympy.simplify(expected(3, added)), constant)


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
