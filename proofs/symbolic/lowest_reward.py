"""One unbiased estimator alone never reinforces the lowest reward: its shape, at ``N ≤ 4``. Spec eq. (107).

Claim. Let ``2 ≤ K ≤ N``. Of the estimators of max@K that are unbiased with the constant c, which are
``A_i = cK q_i − B(x_{−i})`` by eq. (37), one alone is zero at every reward that none of its siblings is
below: ``A_i = cK h_i`` with ``h_i = q_i − u_i``, u the mean of the maximum over the sets of K − 1 others.

Proof. Where no sibling is below ``x_i``, ``q_i = u_i``: the weight of the m-th smallest of the N − 1 others
is ``C(m−1, K−2) / C(N−1, K−1)`` in both, in q as that of rank m + 1 beside a reward of rank 1, for all N and
K. So ``A_i = 0`` there says ``B = cK u``, whichever such reward asks, and leaves ``A = cK h``.

Beside it, from the definition: for ``N ≤ 4``, every multiset of N − 1 siblings on three atoms, and every
reward at or below them, the equation ``cK q − B = 0`` is solved for B, and what it leaves is ``cK h`` at
every reward.
"""

from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement

from sympy import solve, symbols

from proofs.symbolic.batches import Batch, Numbers, include_one, maximum, mean, symbolic
from proofs.symbolic.gap_weights import C, K, N, j, m
from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.steps import Step, show

BELOW = binomial(m - 1, K - 2) / binomial(N - 1, K - 1)
"""The weight in u of the m-th smallest of the others."""


def mean_of_siblings(others: Batch, k: int, r: Numbers) -> object:
    """``u``: the mean of the maximum over the sets of K − 1 of the others."""
    return mean(r[max(s)] for s in combinations(others, k - 1))


def steps() -> Iterator[Step]:
    """The weights for all sizes; B and A at small ones."""
    included = C.at((j, K), (m, m + 1))
    where = (K - 2, N - K, m - 1, N - 1 - m)
    yield equal("in q beside a lowest reward, as in u: C(m−1, K−2) / C(N−1, K−1)", [included], [BELOW], where)
    for n in (2, 3, 4):
        for k in range(2, n + 1):
            for others in combinations_with_replacement(range(3), n - 1):
                yield from of_siblings(others, k)


def of_siblings(others: Batch, k: int) -> Iterator[Step]:
    """What a lowest reward demands of B, and what is left of A."""
    r, c, b = symbolic("r1 r2 r3"), *symbols("c B")
    u = mean_of_siblings(others, k, r).as_expr()  # type: ignore[attr-defined]
    q = [include_one((x, *others), 0, maximum(k), r).as_expr() for x in range(3)]
    case = f"N = {len(others) + 1}, K = {k}: siblings {', '.join(f'r{x + 1}' for x in others)}"
    for lowest in range(min(others) + 1):
        (found,) = solve(c * k * q[lowest] - b, b)
        yield Step(f"{case}: no reward at r{lowest + 1} demands B", found, c * k * u)
        for x in range(3):
            yield Step(f"{case}: and leaves at r{x + 1} cK h", c * k * q[x] - found, c * k * (q[x] - u))


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
