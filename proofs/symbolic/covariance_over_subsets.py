"""The advantage is a covariance over subsets, and some subsets estimate it. Spec eq. (97).

Claim. With ``W_i(S) = N/K`` where i is in S and ``−N/(N−K)`` where not, S uniform, T any function of the
subsets,

    A_i = E[T(S) W_i(S)],    E W_i = 0,    E W_i² = N²/(K(N−K)),    Σ_i W_i(S) = 0,

and the covariance ``Â_i`` of M independent subsets with the divisor M − 1 has the mean ``A_i`` and the
variance ``(E[(T−v)² W_i²] − A_i²)/M + (E[(T−v)²] E[W_i²] + A_i²)/(M(M−1))``. The bound on it follows by
``1/M + 1/(M(M−1)) = 1/(M−1)``.

Proof. ``i ∈ S`` has the chance K/N, and the moments of W are algebra, for all N, K and M. The rest from the
definition: ``A_i`` for ``K < N ≤ 5``, and mean and variance of ``Â_i`` over all M-tuples of subsets, for
``N ≤ 3`` and ``M ≤ 3``; with a symbol for T of each subset.
"""

from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

from sympy import QQ, Integer, symbols

from proofs.symbolic.batches import mean, one_for_each
from proofs.symbolic.steps import Step, show

N, K, M = symbols("N K M")
INSIDE, OUTSIDE = N / K, -N / (N - K)


def steps() -> Iterator[Step]:
    """The moments of W, the advantage, and what M subsets estimate."""
    share = K / N
    yield Step("E W_i = 0", share * INSIDE + (1 - share) * OUTSIDE, Integer(0))
    yield Step("E W_i²", share * INSIDE**2 + (1 - share) * OUTSIDE**2, N**2 / (K * (N - K)))
    yield Step("Σ_i W_i(S) = 0", K * INSIDE + (N - K) * OUTSIDE, Integer(0))
    yield Step("1/M + 1/(M(M−1))", 1 / M + 1 / (M * (M - 1)), 1 / (M - 1))
    for n in range(2, 6):
        for k in range(1, n):
            t, w = of_the_first(n, k)
            covariance = mean(t[s] * w[s] for s in t)
            yield Step(f"N = {n}, K = {k}: A_1", covariance.as_expr(), advantage(t).as_expr())
    for n in (2, 3):
        for k in range(1, n):
            for many in (2, 3):
                yield from sampled(n, k, many)


def of_the_first(n: int, k: int) -> tuple[dict[Any, Any], dict[Any, QQ]]:
    """T and ``W_1`` of each subset."""
    t, _ = one_for_each(combinations(range(n), k))
    inside, outside = (QQ.from_sympy(w.subs({N: n, K: k})) for w in (INSIDE, OUTSIDE))
    return t, {s: inside if 0 in s else outside for s in t}


def advantage(t: dict[Any, Any]) -> Any:
    """``A_1 = q_1 − v^(−1)``."""
    return mean(x for s, x in t.items() if 0 in s) - mean(x for s, x in t.items() if 0 not in s)


def sampled(n: int, k: int, many: int) -> Iterator[Step]:
    """Mean and variance of the estimate, over all draws of subsets."""
    t, w = of_the_first(n, k)
    a, v, case = advantage(t), mean(t.values()), f"N = {n}, K = {k}, M = {many}"

    def estimate(drawn: Any) -> Any:
        middle, centre = mean(t[s] for s in drawn), mean(w[s] for s in drawn)
        return sum((t[s] - middle) * (w[s] - centre) for s in drawn) * QQ(1, many - 1)

    answers = [estimate(drawn) for drawn in product(t, repeat=many)]
    yield Step(f"{case}: E Â_1", mean(answers).as_expr(), a.as_expr())
    square = mean(w[s] ** 2 for s in t)
    first = mean((t[s] - v) ** 2 * w[s] ** 2 for s in t) - a**2
    second = mean((t[s] - v) ** 2 for s in t) * square + a**2
    stated = first * QQ(1, many) + second * QQ(1, many * (many - 1))
    yield Step(f"{case}: Var Â_1", (mean(x**2 for x in answers) - a**2).as_expr(), stated.as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
