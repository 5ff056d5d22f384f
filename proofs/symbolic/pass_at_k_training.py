"""Pass@k training has a constant for ``K = N − 1``, and for N = 3, K = 1, alone. Spec eq. (83).

Claim. ``A_i = (q_i − v)/σ`` with ``σ² = v (1−v)``, zero where v is 0 or 1, on rewards 0 and 1 and for
``1 ≤ K < N``, satisfies eq. (37) just there, with ``cK = (1−v_1)/σ_1``.

Proof. Let ``v_s = 1 − C(N−s, K)/C(N, K)`` be the value with s successes,
``q_s = 1 − C(N−1−s, K−1)/C(N−1, K−1)`` the include-one value of a failure beside s; a success has 1. For all
N, K and s

    (1 − v_(s+1)) + (v_s − q_s) = (1 − v_1) (1 − q_s),

so that eq. (37) with ``cK = (1−v_1)/σ_1``, which s = 0 demands, says for ``1 ≤ s < N``

    (1 − v_(s+1)) (1/σ_(s+1) − 1/σ_1) + (v_s − q_s) (1/σ_s − 1/σ_1) = 0.

If K = N − 1, then ``v_2 = 1``, and both terms are zero. Otherwise s = 1 demands ``σ_2 = σ_1``, that is
``v_1 + v_2 = 1``, for ``σ_2² − σ_1² = (v_2 − v_1)(1 − v_1 − v_2)`` and the v_s rise until they are 1; then s
= 2 demands ``v_3 = 1``, K = N − 2, where ``v_1 + v_2 − 1 = (N−3)/(N−1)``: N = 3.

Beside it, from the definition: for ``2 ≤ N ≤ 5``, by subsets and over all batches, ``∂J`` and the expectation
of ``Σ_i A_i ∂log p(x_i)`` are polynomials in the chance of a failure, the second with roots in its
coefficients. It is cN times the first for the pairs of the claim, with its c, and for no others a multiple.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import sympy
from sympy import Integer, Rational, sqrt, symbols

from proofs.symbolic.batches import (
    Batch,
    gradient_of,
    include_one,
    maximum,
    objective,
    score_gradient,
    symbolic,
    value,
)
from proofs.symbolic.hypergeometric import Term, binomial, equal, vanishes
from proofs.symbolic.steps import Step, show

N, K, s = symbols("N K s", integer=True)
FAILS = binomial(N - s, K) / binomial(N, K)
"""``1 − v_s``."""
BESIDE = binomial(N - 1 - s, K - 1) / binomial(N - 1, K - 1)
"""``1 − q_s``."""
SIZES = (K - 1, N - K - 1)
"""What is at least zero: 1 ≤ K < N."""


def at(successes: sympy.Expr | int, subset: sympy.Expr = K) -> Term:
    """``1 − v_s`` at other s, and other K."""
    return FAILS.at((s, sympy.sympify(successes)), (K, subset))


def steps() -> Iterator[Step]:
    """The identities for all sizes, and the demands at small ones."""
    where = (*SIZES, s, N - 1 - s)
    yield equal("1 − v_1 = (N−K)/N", [at(1)], [Term((N - K) / N)], SIZES)
    yield equal(
        "(1 − v_(s+1)) + (v_s − q_s) = (1 − v_1)(1 − q_s)",
        [at(s + 1), BESIDE, -FAILS],
        [BESIDE * ((N - K) / N)],
        where,
    )
    rise = binomial(N - s - 1, K - 1) / binomial(N, K)
    yield equal("v_(s+1) − v_s = C(N−s−1, K−1)/C(N, K)", [FAILS, -at(s + 1)], [rise], where)
    yield equal("v_0 = 0", [at(0)], [Term(Integer(1))], SIZES)
    yield vanishes("K = N − 1: v_2 = 1, as C(N−2, N−1) = 0", at(2, N - 1), (N - 2,))
    yield vanishes("K = N − 2: v_3 = 1, as C(N−3, N−2) = 0", at(3, N - 2), (N - 3,))
    low, high = symbols("v_1 v_2")
    yield Step(
        "σ_2² − σ_1² = (v_2 − v_1)(1 − v_1 − v_2)",
        high * (1 - high) - low * (1 - low),
        (high - low) * (1 - low - high),
    )
    yield equal(
        "K = N − 2: v_1 + v_2 − 1 = (N−3)/(N−1)",
        [Term(Integer(1)), -at(1, N - 2), -at(2, N - 2)],
        [Term((N - 3) / (N - 1))],
        (N - 3,),
    )
    for n in range(2, 6):
        for k in range(1, n):
            yield by_definition(n, k)


def has_a_constant(n: int, k: int) -> bool:
    """The claim."""
    return k == n - 1 or (n, k) == (3, 1)


def by_definition(n: int, k: int) -> Step:
    """Whether the expected gradient is a multiple of the true one; where it is, the multiple must be cN."""
    p, *inverse = symbolic(" ".join(["p", *(f"inverse{s}" for s in range(n + 1))]))
    rewards, alpha = [p * 0, p**0], maximum(k)

    def advantages(x: Batch) -> list[Any]:
        v = value(x, alpha, rewards)
        return [(include_one(x, i, alpha, rewards) - v) * inverse[sum(x)] for i in range(n)]

    def deviation(s: int) -> sympy.Expr:
        v = value((0,) * (n - s) + (1,) * s, alpha, rewards).as_expr()
        return sqrt(v * (1 - v))

    found = score_gradient([p, 1 - p], n, advantages, 0).as_expr()
    roots = {x.as_expr(): 1 / y if (y := deviation(s)) else 0 for s, x in enumerate(inverse)}
    ours = coefficients(found.subs(roots), n)
    true = coefficients(gradient_of(objective([p, 1 - p], alpha, rewards), p).as_expr(), n)
    times = sqrt(Rational(n - k, k)) / k * n
    minors = (a * d - b * c for (a, b), (c, d) in combinations(zip(ours, true, strict=True), 2))
    holds = int(all(sympy.radsimp(minor) == 0 for minor in minors))
    if holds and any(sympy.radsimp(a - times * b) for a, b in zip(ours, true, strict=True)):
        holds = -1  # it has a constant, but not the one that is claimed
    sentence = f"N = {n}, K = {k}: it has a constant{'' if has_a_constant(n, k) else ': no'}"
    return Step(sentence, Integer(holds), Integer(has_a_constant(n, k)))


def coefficients(polynomial: sympy.Expr, n: int) -> list[sympy.Expr]:
    """By powers of the chance of a failure."""
    expanded = sympy.expand(polynomial)
    return [expanded.coeff(symbols("p"), power) for power in range(n)]


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
