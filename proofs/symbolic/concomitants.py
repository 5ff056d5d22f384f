"""Selected by a score: the averaged gap form, by enumeration at ``N ≤ 4``, every tie. Spec eqs. (75), (76).

Claim. Sort the samples by score, runs of equal scores B on the ranks ``a … b``, with rewards y of any order,
``g_t = N/(N−1) e_t^(N−1)`` and ``w_m = (K/N) e_m^(N)``. Then ``v = Σ_m w_m ȳ_(m)``, ``Σ_i A_i = 0`` and

    A_i − A_j = L_i − L_j,
    L_i = Σ_{runs C below i} (ȳ_next(C) − ȳ_C) g_last(C) + (y_i − ȳ_B) · mean(g_a … g_(b−1)).

Proof. For each N, each K and each way in which scores tie, all subsets of K are enumerated, and of each
subset all orders in which the scores ascend; the mean of ``Σ_j α_j y_[j]`` over them is T. Include-one and
leave-one-out values are means of T over subsets. Rewards and rank weights are symbols. (For all N and K, in
words: the specification.)
"""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, pairwise, permutations, product
from math import comb
from typing import Any

from sympy import QQ

from proofs.symbolic.batches import Numbers, mean, symbolic
from proofs.symbolic.steps import Step, show

SIZES = [(n, k) for n in (2, 3, 4) for k in range(1, n)]


def runs_of(n: int) -> Iterator[list[list[int]]]:
    """List all ways to cut the ranks ``0 … n−1`` into runs of equal scores."""
    for cuts in product((False, True), repeat=n - 1):
        edges = [0, *(t + 1 for t, cut in enumerate(cuts) if cut), n]
        yield [list(range(a, b)) for a, b in pairwise(edges)]


def statistic(subset: Sequence[int], runs: list[list[int]], alpha: Numbers, y: Numbers) -> Any:
    """``T``: the mean of ``Σ_j α_j y_[j]`` over the orders of the subset in which the scores ascend."""
    tied = [[i for i in run if i in subset] for run in runs]
    orders = [list(chain(*order)) for order in product(*map(permutations, tied))]
    return mean(sum(a * y[i] for a, i in zip(alpha, order, strict=True)) for order in orders)


def elevated(n: int, alpha: Numbers) -> list[Any]:
    """``e_t^(n)``, eq. (22)."""
    k = len(alpha)
    return [
        sum(a * QQ(comb(t, j) * comb(n - 1 - t, k - 1 - j), comb(n - 1, k - 1)) for j, a in enumerate(alpha))
        for t in range(n)
    ]


def averaged_gaps(runs: list[list[int]], alpha: Numbers, y: Numbers) -> list[Any]:
    """``L_i``."""
    n = len(y)
    g = [e * QQ(n, n - 1) for e in elevated(n - 1, alpha)]
    means = [mean(y[i] for i in run) for run in runs]
    rise, level = [], y[0] * 0
    for number, run in enumerate(runs):
        inside = mean(g[run[0] : run[-1]]) if len(run) > 1 else 0
        rise += [level + (y[i] - means[number]) * inside for i in run]
        if run[-1] < n - 1:
            level += (means[number + 1] - means[number]) * g[run[-1]]
    return rise


def steps() -> Iterator[Step]:
    """Value, differences of advantages and their sum, for each size and each tie."""
    for n, k in SIZES:
        symbols = symbolic(" ".join([*(f"y{i}" for i in range(n)), *(f"a{j}" for j in range(k))]))
        y, alpha = symbols[:n], symbols[n:]
        for runs in runs_of(n):
            case = f"N = {n}, K = {k}, runs of {'+'.join(str(len(run)) for run in runs)}"
            values = {s: statistic(s, runs, alpha, y) for s in combinations(range(n), k)}
            w = [e * QQ(k, n) for e in elevated(n, alpha)]
            weighed = sum(mean(y[j] for j in run) * w[i] for run in runs for i in run)
            yield Step(f"{case}: v = Σ_m w_m ȳ_(m)", mean(values.values()).as_expr(), weighed.as_expr())
            a = [
                mean(t for s, t in values.items() if i in s)
                - mean(t for s, t in values.items() if i not in s)
                for i in range(n)
            ]
            rise = averaged_gaps(runs, alpha, y)
            for i in range(1, n):
                left, right = a[i] - a[0], rise[i] - rise[0]
                yield Step(f"{case}: A_{i + 1} − A_1 = L_{i + 1} − L_1", left.as_expr(), right.as_expr())
            yield Step(f"{case}: Σ_i A_i = 0", sum(a).as_expr(), (y[0] * 0).as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
