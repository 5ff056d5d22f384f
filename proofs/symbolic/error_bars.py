"""The jackknife, and a variance from disjoint sets that is unbiased: small sizes. Spec eqs. (79), (80).

Claim. For ``K < N``, ``v̄`` the mean of the ``v^(−i)`` and ``w_i = (K/N) A_i``,

    (N−1)/N Σ_i (v^(−i) − v̄)² = (N−1)/N Σ_i w_i²,

and for ``N ≥ 2K``, with S and S' uniform among the pairs of K-subsets without a common member,

    E[v² − E[T(S) T(S')]] = Var v.

For the maximum of rewards 0 and 1 the estimate is ``(1 − v_K)² − (1 − v_2K)``.

Proof. The first for ``N ≤ 5`` from the definition, with a symbol for T of each subset. The second by the
expectation over all batches, T being any symmetric function of K draws of three atoms (two for N > 4), with a
symbol for each of its values and for p. The third for all N and K: of f failures, S and S' have none but
failures with the chance ``C(f, K) C(f−K, K) / (C(N, K) C(N−K, K)) = C(f, 2K) / C(N, 2K)`` for ``f ≥ 2K``, and
never for ``f < 2K``, where ``C(f, 2K)`` is zero; and for T − 1 in the place of T both terms of the estimate
change alike.
"""

from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement

from sympy import QQ, Integer, symbols

from proofs.symbolic.batches import Batch, expectation, mean, one_for_each, simplex
from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.steps import Step, show

N, K, f = symbols("N K f", integer=True)
SIZES = [(3, 2, 1), (3, 3, 1), (3, 4, 1), (3, 4, 2), (2, 5, 1), (2, 5, 2), (2, 6, 1), (2, 6, 2), (2, 6, 3)]
"""Numbers of atoms, N and K."""


def steps() -> Iterator[Step]:
    """Jackknife, expectation, and the maximum."""
    for n in range(2, 6):
        for k in range(1, n):
            yield jackknife(n, k)
    for m, n, k in SIZES:
        yield unbiased(m, n, k)
    both = binomial(f, K) * binomial(f - K, K) / (binomial(N, K) * binomial(N - K, K))
    where = (K - 1, 2 * K - 2, f - 2 * K, N - f)
    yield equal("both sets fail", [both], [binomial(f, 2 * K) / binomial(N, 2 * K)], where)
    v, products, one = symbols("v products v_1")
    moved = (v - 1) ** 2 - (products - 2 * v + 1)
    yield Step("T − 1 in the place of T", moved, v**2 - products)
    yield Step("so it is (1−v)² less that chance", moved.subs(products, one + 2 * v - 1), (1 - v) ** 2 - one)


def jackknife(n: int, k: int) -> Step:
    """Both sides, with a symbol for T of each subset."""
    t, _ = one_for_each(combinations(range(n), k))
    without = [mean(x for s, x in t.items() if i not in s) for i in range(n)]
    included = [mean(x for s, x in t.items() if i in s) for i in range(n)]
    w = [(q - v) * QQ(k, n) for q, v in zip(included, without, strict=True)]
    left = sum((x - mean(without)) ** 2 for x in without) * QQ(n - 1, n)
    right = sum(x**2 for x in w) * QQ(n - 1, n)
    return Step(f"N = {n}, K = {k}: the jackknife", left.as_expr(), right.as_expr())


def pairs(n: int, k: int) -> list[tuple[Batch, Batch]]:
    """The ordered pairs of subsets that have no member in common."""
    sets = list(combinations(range(n), k))
    return [(a, b) for a in sets for b in sets if not set(a) & set(b)]


def unbiased(m: int, n: int, k: int) -> Step:
    """The expectation of the estimate less the variance, for any symmetric T."""
    keys = combinations_with_replacement(range(m), k)
    t, free = one_for_each(keys, " ".join(f"p{b + 1}" for b in range(m - 1)))
    p, disjoint = simplex(free), pairs(n, k)

    def statistic(x: Batch, s: Batch) -> object:
        return t[tuple(sorted(x[i] for i in s))]

    def value(x: Batch) -> object:
        return mean(statistic(x, s) for s in combinations(range(n), k))

    products = expectation(p, n, lambda x: mean(statistic(x, a) * statistic(x, b) for a, b in disjoint))
    left = expectation(p, n, lambda x: value(x) ** 2) - products
    variance = expectation(p, n, lambda x: value(x) ** 2) - expectation(p, n, value) ** 2
    return Step(f"N = {n}, K = {k}, {m} atoms: E Var_U less Var v", (left - variance).as_expr(), Integer(0))


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
