"""What a sample adds to the value of its batch is its score weight, for every symmetric T. Spec eq. (106).

Claim. For ``1 ≤ K < N``, and T any function of the subsets of K samples,

    v − v^(−i) = (K/N) (q_i − v^(−i)) = w_i,     Σ_i (v − v^(−i)) = 0,

so that it is unbiased with ``c = 1/N``: ``E[Σ_i (v − v^(−i)) ∇log p(x_i)] = ∇J``.

Proof. Of the ``C(N, K)`` subsets ``C(N−1, K−1)`` hold i and ``C(N−1, K)`` do not: shares of ``K/N`` and
``1 − K/N``, for all N and K. So ``v = (K/N) q_i + (1 − K/N) v^(−i)``, and the rest is algebra.

Beside it, from the definition: for ``N ≤ 5`` a symbol stands for T of each subset; and for the maximum,
``N ≤ 4`` and three atoms, the expectation over all batches is differentiated.
"""

from collections.abc import Iterator
from itertools import combinations

from sympy import QQ, Integer, symbols

from proofs.symbolic.batches import (
    gradient_of,
    leave_one_out,
    maximum,
    mean,
    objective,
    one_for_each,
    score_gradient,
    simplex,
    symbolic,
    value,
)
from proofs.symbolic.hypergeometric import Term, binomial, equal
from proofs.symbolic.steps import Step, show

N, K = symbols("N K", integer=True)
SIZES = (K - 1, N - K - 1)
"""What is at least zero: 1 ≤ K < N."""


def steps() -> Iterator[Step]:
    """Shares and algebra for all sizes; the definition and the expectation at small ones."""
    inside, outside = K / N, 1 - K / N
    yield equal("i ∈ S: K/N", [binomial(N - 1, K - 1) / binomial(N, K)], [Term(inside)], SIZES)
    yield equal("i ∉ S: 1 − K/N", [binomial(N - 1, K) / binomial(N, K)], [Term(outside)], SIZES)
    q, without = symbols("q v_without")
    v = inside * q + outside * without
    yield Step("v − v^(−i) = (K/N) (q_i − v^(−i))", v - without, inside * (q - without))
    for n in range(2, 6):
        for k in range(1, n):
            yield from of_any_statistic(n, k)
    for n in (2, 3, 4):
        for k in range(1, n):
            yield from of_the_maximum(n, k)


def of_any_statistic(n: int, k: int) -> Iterator[Step]:
    """From the definition, with a symbol for T of each subset."""
    t, _ = one_for_each(combinations(range(n), k))
    v, total = mean(t.values()), 0
    for i in range(n):
        q = mean(x for s, x in t.items() if i in s)
        without = mean(x for s, x in t.items() if i not in s)
        total += v - without
        right = (q - without) * QQ(k, n)
        yield Step(f"N = {n}, K = {k}: v − v^(−{i + 1})", (v - without).as_expr(), right.as_expr())
    yield Step(f"N = {n}, K = {k}: their sum", total.as_expr(), Integer(0))


def of_the_maximum(n: int, k: int) -> Iterator[Step]:
    """From the definition, the expectation over all batches."""
    p1, p2, *r = symbolic("p1 p2 r1 r2 r3")
    p, alpha = simplex([p1, p2]), maximum(k)

    def weights(x: tuple[int, ...]) -> list[object]:
        return [value(x, alpha, r) - leave_one_out(x, i, alpha, r) for i in range(n)]

    found = score_gradient(p, n, weights, 0)
    true = gradient_of(objective(p, alpha, r), p1)
    yield Step(f"N = {n}, K = {k}, max: ∂J/∂p_1", found.as_expr(), true.as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
