"""The gap form from both sides, for groups of few rewards: nothing is centred, and nothing corrected.

``A_(m) = Σ_{t<m} d_t below_t − Σ_{t≥m} d_t above_t`` with the gaps ``d_t = r_(t+1) − r_(t)``; for the
advantage ``below_t = t e_t/(N−1)`` and ``above_t = (N−t) e_t/(N−1)``, ``e = e^(N−1)``. Spec section 11.15.

Where α ≥ 0 no term is negative, and both sums together are at most the largest ``|A_i|``. So a sum may lose a
few roundings of itself, where in the gap form, which subtracts a mean, it may lose one: sums of at most `FEW`
terms are made plainly, **by halves**, so that no term takes part in more than six additions. Each half is
added up by halves, and then the last sum of the first half is added to each sum of the second::

    x1      x2       x3      x4       x5      x6       x7      x8
    x1   x1+x2       x3   x3+x4       x5   x5+x6       x7   x7+x8       of pairs
    x1   x1+x2  x1+…+x3  x1+…+x4      x5   x5+x6  x5+…+x7  x5+…+x8      of fours
    x1   x1+x2  x1+…+x3  x1+…+x4 x1+…+x5 x1+…+x6  x1+…+x7  x1+…+x8      of eights

The bound is that of the gap form: spec section 11.15. Where a gap is zero, so is its term, and both sums stay
as they are, to the last bit: tied rewards are answered alike. `ordergrad_ref.kernels.cpu` adds in this order.
"""

from functools import cache

import numpy as np

from ordergrad_ref._types import Array, Floats, Table

__all__ = ["FEW", "both_sides", "both_sides_of_one", "from_gaps", "sums_of_few"]

FEW = 64
"""Rewards in a group up to which the bound holds of sums by halves: no term takes part in seven additions."""

MANY = 2**11
"""Gaps from which on it pays to keep NumPy from copying rows: to say so takes three microseconds."""

MANY_SUMS = 2**13
"""Sums from which on rows are added where they lie: that is slower for few, and reads fewer numbers."""

LEAST_BUFFER = 16
"""Numbers in the smallest buffer that NumPy takes."""


def both_sides(r: Table, below: Array, above: Array) -> Table:
    """Answer each rank of sorted groups ``(G, N)``; ``above`` has the highest gap first."""
    gaps = r.T[1:] - r.T[:-1]
    if gaps.size < MANY:
        return from_gaps(gaps, below, above)
    with np.errstate():
        # NumPy copies rows into its buffers before it adds them to others, in twice the time; but not rows
        # that are longer than a buffer. At its end `errstate` gives buffers back the size that they had.
        np.setbufsize(LEAST_BUFFER)
        return from_gaps(gaps, below, above)


def from_gaps(gaps: Table, below: Array, above: Array) -> Table:
    """Answer in the same way, given gaps ``(N − 1, G)``."""
    n, groups = len(gaps) + 1, gaps.shape[1]
    # From the lowest rank up, and beside it from the highest down: half as many calls.
    sums = np.empty((_rows(n) + 1, 2 * groups), gaps.dtype)
    sums[0] = 0
    sums[n:] = 0
    np.multiply(gaps, below[:, None], out=sums[1:n, :groups])
    np.multiply(gaps[::-1], above[:, None], out=sums[1:n, groups:])
    sums_of_few(sums)
    answer: Table = (sums[:n, :groups] - sums[n - 1 :: -1, groups:]).T
    return answer


def both_sides_of_one(rewards: Floats, below: Floats, above: Floats) -> Floats:
    """Answer each reward of one group: complex numbers add up from both ends in a single call."""
    n = len(rewards)
    order = rewards.argsort()
    r = rewards[order]
    gaps = r[1:] - r[:-1]
    sums = np.zeros(_rows(n) + 1, complex)
    np.multiply(gaps, below, out=sums.real[1:n])
    np.multiply(gaps[::-1], above, out=sums.imag[1:n])
    sums_of_few(sums)
    answers = np.empty(n)
    answers[order] = sums.real[:n] - sums.imag[n - 1 :: -1]
    return answers


def sums_of_few(x: Array) -> None:
    """Replace rows by their running sums, by halves: they are a power of two, and a row of zeros is last."""
    rows = len(x) - 1
    if x.size < MANY_SUMS and not x.dtype.hasobject:
        for added in _added(rows):
            x += x.take(added, axis=0)
        return
    half = 1
    while half < rows:
        halves = x[:rows].reshape(-1, 2, half, *x.shape[1:])
        second = halves[:, 1]
        second += halves[:, 0, -1:]
        half *= 2


@cache
def _added(rows: int) -> list[Array]:
    """Find what is added to each row: to second halves the last row of the first, to others the zeros."""
    row, halves = np.arange(rows + 1), [1 << level for level in range(rows.bit_length() - 1)]
    return [np.where((row & half > 0) & (row < rows), (row & -half) - 1, rows) for half in halves]


def _rows(n: int) -> int:
    """Round up to a power of two."""
    return 1 << (n - 1).bit_length()
