"""Objectives of different K add, and are sums of order statistics. Spec eqs. (81), (82).

Claim. With ``P_j(t; n, k) = C(t−1, j−1) C(n−t, k−j) / C(n, k)``, the rank weights
``α_t = Σ_j α'_j P_j(t; K, K')`` are those of the same objective at ``K ≥ K'``, and on every batch of N > K
the value, the leave-one-out values and the score weights are the same. For one K, ``v``, ``q_i`` and ``A_i``
are ``Σ_j α_j`` times those of the order statistics, and

    v_j = Σ_t P_j(t; N, K) r_(t),     A_(t+1)j − A_(t)j = (r_(t+1) − r_(t)) N/K P_j(t; N−1, K).

Proof. ``P_j(t; n, k) = (k/n) e_t^(n)`` of eq. (22), for all n, k, t and j: so α is ``(K'/K) e^(K)``, whose
spectrum ``K b_α`` is that of α' (`degree_elevation`), and (23) and (25) read as they stand. That the score
weights are equal follows by eq. (5).

Beside it, from the definition, by means over subsets of any α' and α, for ``K' < K < N ≤ 5`` and
``K < N ≤ 4``.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import comb

from sympy import QQ, symbols

from proofs.symbolic.batches import Numbers, include_one, leave_one_out, symbolic, value
from proofs.symbolic.degree_elevation import H
from proofs.symbolic.hypergeometric import Term, binomial, equal
from proofs.symbolic.steps import Step, show

n, K, t, j = symbols("n K t j", integer=True)
P = binomial(t - 1, j - 1) * binomial(n - t, K - j) / binomial(n, K)
WHERE = (j - 1, K - j, n - K, t - 1, n - t)
"""What is at least zero: 1 ≤ j ≤ K ≤ n and 1 ≤ t ≤ n."""


def chance(size: int, k: int, rank: int, at: int) -> QQ:
    """``P_j(t; n, k)``."""
    return QQ(comb(at - 1, rank - 1) * comb(size - at, k - rank), comb(size, k))


def added_up(alpha: Numbers, k: int) -> list[object]:
    """Eq. (81), of one objective."""
    of = len(alpha)
    return [sum(a * chance(k, of, i, at) for i, a in enumerate(alpha, 1)) for at in range(1, k + 1)]


def score_weight(x: tuple[int, ...], i: int, alpha: Numbers, r: Numbers) -> object:
    """``(K/N) A_i``."""
    a = include_one(x, i, alpha, r) - leave_one_out(x, i, alpha, r)
    return a * QQ(len(alpha), len(x))


def steps() -> Iterator[Step]:
    """The weights for all sizes, then batches."""
    yield equal("P_j(t; n, K) = (K/n) e_t", [P], [H * Term(K / n)], WHERE)
    gap = H.at((n, n - 1)) * (n / (n - 1))
    higher = (j - 1, K - j, n - K - 1, t - 1, n - 1 - t, n - 2)
    yield equal("N/(N−1) e_t^(N−1) = N/K P_j(t; N−1, K)", [gap], [P.at((n, n - 1)) * (n / K)], higher)
    for size in range(3, 6):
        for k in range(2, size):
            for fewer in range(1, k):
                yield from elevated(size, k, fewer)
    for size in range(2, 5):
        for k in range(1, size):
            yield from by_ranks(size, k)


def elevated(size: int, k: int, fewer: int) -> Iterator[Step]:
    """The value, the leave-one-out values and the score weights, at both K."""
    names = [f"r{i}" for i in range(size)] + [f"a{i}" for i in range(fewer)]
    free = symbolic(" ".join(names))
    r, alpha, x = free[:size], free[size:], tuple(range(size))
    more, case = added_up(alpha, k), f"N = {size}, K = {k}, K' = {fewer}"
    yield Step(f"{case}: v", value(x, more, r).as_expr(), value(x, alpha, r).as_expr())
    for i in x:
        left, right = leave_one_out(x, i, more, r), leave_one_out(x, i, alpha, r)
        yield Step(f"{case}: v^(−{i + 1})", left.as_expr(), right.as_expr())
        left, right = score_weight(x, i, more, r), score_weight(x, i, alpha, r)
        yield Step(f"{case}: w_{i + 1}", left.as_expr(), right.as_expr())


def by_ranks(size: int, k: int) -> Iterator[Step]:
    """Order statistics by their closed forms, and any α as their sum."""
    free = symbolic(" ".join([f"r{i}" for i in range(size)] + [f"a{i}" for i in range(k)]))
    r, alpha, x = free[:size], free[size:], tuple(range(size))
    one, case = r[0] ** 0, f"N = {size}, K = {k}"
    names = ["v", *(f"q_{i + 1}" for i in x), *(f"A_{i + 1}" for i in x)]
    total = dict.fromkeys(names, r[0] * 0)
    for rank in range(1, k + 1):
        unit = [one * (i == rank) for i in range(1, k + 1)]
        v = value(x, unit, r)
        closed = sum(y * chance(size, k, rank, at) for at, y in enumerate(r, 1))
        yield Step(f"{case}, j = {rank}: v_j", v.as_expr(), closed.as_expr())
        q = [include_one(x, i, unit, r) for i in x]
        a = [y - leave_one_out(x, i, unit, r) for i, y in enumerate(q)]
        for at, ((low, high), (below, above)) in enumerate(zip(pairwise(r), pairwise(a), strict=True), 1):
            closed = (high - low) * chance(size - 1, k, rank, at) * QQ(size, k)
            yield Step(f"{case}, j = {rank}: gap {at}", (above - below).as_expr(), closed.as_expr())
        for name, part in zip(names, [v, *q, *a], strict=True):
            total[name] += alpha[rank - 1] * part
    q = [include_one(x, i, alpha, r) for i in x]
    a = [y - leave_one_out(x, i, alpha, r) for i, y in enumerate(q)]
    for name, whole in zip(names, [value(x, alpha, r), *q, *a], strict=True):
        yield Step(f"{case}: {name} is the sum over j", whole.as_expr(), total[name].as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
