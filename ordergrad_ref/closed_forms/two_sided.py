"""The gap form from both sides, for groups of few rewards: nothing is centred, and nothing corrected.

``A_(m) = Σ_{t<m} d_t below_t − Σ_{t≥m} d_t above_t`` with the gaps ``d_t = r_(t+1) − r_(t)``; for the
advantage ``below_t = t e_t/(N−1)`` and ``above_t = (N−t) e_t/(N−1)``, ``e = e^(N−1)``. Spec section 11.15.

Where α ≥ 0 no term is negative, and both sums together are at most the largest ``|A_i|``. So a sum may lose a
few roundings of itself, where in the gap form, which subtracts a mean, it may lose one: sums of at most `FEW`
terms are made plainly, in **blocks of four**, so that no term takes part in more than six additions::

    x1  x1+x2  x1+x2+x3  …  |  x5  x5+x6  …  |  …      and to each block the last sum before it is added

The bound is that of the gap form: spec section 11.15. Where a gap is zero, so is its term, and both sums stay
as they are, to the last bit: tied rewards are answered alike. `ordergrad_ref.kernels.cpu` adds in this order.
"""

from itertools import pairwise

import numpy as np

from ordergrad_ref._types import Array, Table

__all__ = ["BLOCK", "FEW", "both_sides", "both_sides_of_one", "sums_of_few"]

FEW = 16
"""Rewards in a group up to which the bound holds of sums in blocks: no term takes part in seven additions."""

BLOCK = 4


def both_sides(gaps: Table, below: Array, above: Array) -> Table:
    """Answer each rank of groups ``(G, N)``, given gaps ``(N − 1, G)``; ``above`` has the highest first."""
    groups = gaps.shape[1]
    # From the lowest rank up, and beside it from the highest down: half as many calls.
    sums = np.empty((len(gaps) + 1, 2 * groups), gaps.dtype)
    sums[0] = 0
    np.multiply(gaps, below[:, None], out=sums[1:, :groups])
    np.multiply(gaps[::-1], above[:, None], out=sums[1:, groups:])
    sums_of_few(sums)
    answer: Table = (sums[:, :groups] - sums[::-1, groups:]).T
    return answer


def both_sides_of_one(rewards: list[float], below: list[float], above: list[float]) -> list[float]:
    """Answer each reward of one group, in Python's own floats: NumPy takes twice as long for so few."""
    order = sorted(range(len(rewards)), key=rewards.__getitem__)
    r = [rewards[i] for i in order]
    gaps = [high - low for low, high in pairwise(r)]
    rise = _sums_of_few([0.0, *(d * w for d, w in zip(gaps, below, strict=True))])
    fall = _sums_of_few([0.0, *(d * w for d, w in zip(gaps[::-1], above, strict=True))])
    answers = rewards.copy()
    for i, up, down in zip(order, rise, fall[::-1], strict=True):
        answers[i] = up - down
    return answers


def sums_of_few(x: Array) -> None:
    """Replace the rows by their running sums, block by block."""
    for start in range(0, len(x), BLOCK):
        block = x[start : start + BLOCK]
        below, *others = block
        for row in others:
            row += below
            below = row
        if start:
            block += x[start - 1]


def _sums_of_few(x: list[float]) -> list[float]:
    before = 0.0
    for start in range(0, len(x), BLOCK):
        total = 0.0
        for i in range(start, min(start + BLOCK, len(x))):
            total += x[i]
            x[i] = before + total
        before = x[i]
    return x
