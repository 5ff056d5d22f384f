"""The jackknife, and a variance from disjoint sets that is unbiased, in small sizes. Eqs. (79), (80), (114).

Claim. For ``K < N``, ``v̄`` the mean of the ``v^(−i)`` and ``w_i = (K/N) A_i``,

    (N−1)/N Σ_i (v^(−i) − v̄)² = (N−1)/N Σ_i w_i²,

and for ``N ≥ 2K``, with S and S' uniform among the pairs of K-subsets without a common member,

    E[v² − E[T(S) T(S')]] = Var v.

For the maximum of rewards 0 and 1 the estimate is ``(1 − v_K)² − (1 − v_2K)``. With ``α ≥ 0`` it is not
negative. And with ``V_c ≥ 0`` the variance of the c-th component of v (Hoeffding), which add up to ``Var
v``,

    E[(N−1)/N Σ_i w_i²] − Var v = Σ_c N (c−1)/(N−c) V_c,

so that the jackknife is not below, and right only where components above the first vanish.

Proof. The first for ``N ≤ 5`` from the definition, with a symbol for T of each subset. The second by the
expectation over all batches, T being any symmetric function of K draws of three atoms (two for N > 4), with
a symbol for each of its values and for p. The third for all N and K: of f failures, S and S' have none but
failures with the chance ``C(f, K) C(f−K, K) / (C(N, K) C(N−K, K)) = C(f, 2K) / C(N, 2K)`` for ``f ≥ 2K``,
and never for ``f < 2K``, where ``C(f, 2K)`` is zero; and for T − 1 in the place of T both terms of the
estimate change alike. The sign for ``N ≤ 7`` and every ``K ≤ N/2``: as a polynomial in the α_j, the gaps
and the lowest reward the estimate has no negative coefficient, and is without the lowest reward. The
components for ``N ≤ 4`` by the expectation over all batches, T being any symmetric function of draws of two
atoms; and for all N, K and T, since those of different sets of samples are uncorrelated: the component of a
set of c stands in v with one factor, and in ``v^(−i) − v`` with ``c/(N−c)`` times that where i is not in
the set, and with its negative where it is.
"""

from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement
from math import comb

from sympy import QQ, Integer, symbols

from proofs.symbolic.batches import Batch, expectation, l_statistic, mean, one_for_each, simplex, symbolic
from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.steps import Step, show

N, K, f, c = symbols("N K f c", integer=True)
SIZES = [(3, 2, 1), (3, 3, 1), (3, 4, 1), (3, 4, 2), (2, 5, 1), (2, 5, 2), (2, 6, 1), (2, 6, 2), (2, 6, 3)]
"""Numbers of atoms, N and K."""


def steps() -> Iterator[Step]:
    """Jackknife, expectation, the maximum, the sign, and components."""
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
    for n in range(2, 8):
        for k in range(1, n // 2 + 1):
            yield not_negative(n, k)
    for n in range(2, 5):
        for k in range(1, n):
            yield components(n, k)
    counted = (N - 1) / N * ((N - c) * (c / (N - c)) ** 2 + c)
    yield Step("what a component counts beyond one", counted - 1, N * (c - 1) / (N - c))


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


def not_negative(n: int, k: int) -> Step:
    """The negative coefficients of the estimate, added up, and its degree in the lowest reward."""
    lowest, *free = symbolic(
        " ".join(["x", *(f"d{t}" for t in range(1, n)), *(f"a{j}" for j in range(1, k + 1))])
    )
    gaps, alpha = free[: n - 1], free[n - 1 :]
    rewards = [sum(gaps[:i], lowest) for i in range(n)]
    t = {s: l_statistic(s, alpha, rewards) for s in combinations(range(n), k)}
    estimate = mean(t.values()) ** 2 - mean(t[a] * t[b] for a, b in pairs(n, k))
    negative = sum(min(x, 0) for x in estimate.coeffs())
    left = Integer(0) + negative - estimate.degree(lowest)
    return Step(f"N = {n}, K = {k}: no negative coefficient", left, Integer(0))


def components(n: int, k: int) -> Step:
    """Both sides for two atoms and any symmetric T: its components by the means given some of the draws."""
    t, (first,) = one_for_each(combinations_with_replacement(range(2), k), "p")
    p = simplex([first])

    def given(some: Batch) -> object:
        return expectation(p, k - len(some), lambda rest: t[tuple(sorted(some + rest))])

    def component(x: Batch) -> object:
        sets = (s for size in range(len(x) + 1) for s in combinations(x, size))
        return sum(given(s) * (-1) ** (len(x) - len(s)) for s in sets)

    def value(x: Batch) -> object:
        return mean(t[tuple(sorted(s))] for s in combinations(x, k))

    def jackknifed(x: Batch) -> object:
        without = [value(x[:i] + x[i + 1 :]) for i in range(n)]
        return sum((v - mean(without)) ** 2 for v in without) * QQ(n - 1, n)

    variance = expectation(p, n, lambda x: value(x) ** 2) - expectation(p, n, value) ** 2
    left = expectation(p, n, jackknifed) - variance
    right = sum(
        expectation(p, size, lambda x: component(x) ** 2)
        * (QQ(comb(k, size) ** 2, comb(n, size)) * QQ(n * (size - 1), n - size))
        for size in range(1, k + 1)
    )
    return Step(f"N = {n}, K = {k}: the jackknife less Var v", left.as_expr(), right.as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
