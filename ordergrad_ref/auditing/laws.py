"""The laws that an advantage may keep: one small function each, which answers with the largest violation."""

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["off_centre", "order_dependence", "shift_dependence", "tie_dependence"]

Table: TypeAlias = NDArray[np.float64]
Function: TypeAlias = Callable[[Table], Table]

PERMUTATIONS = 3
ALL_ORDERS = 4


def off_centre(advantages: Table) -> float:
    """``max |Σ_i A_i| / N`` over the batches. Spec eq. (25)."""
    return float(abs(advantages.mean(axis=1)).max())


def shift_dependence(function: Function, table: Table, advantages: Table) -> float:
    """``max |A(x + s) − A(x)|`` over the batches and two shifts s, powers of two above their range."""
    unit = 2.0 ** np.floor(np.log2(np.ptp(table)))
    return max(float(abs(function(table + s) - advantages).max()) for s in (2 * unit, -4 * unit))


def order_dependence(
    function: Function,
    table: Table,
    advantages: Table,
    means: Callable[[Table, Table], Table],
    seed: int,
) -> float:
    """``max |A(πx) − πA(x)|`` over the batches and permutations π; ``means`` averages over ties.

    All permutations up to N = 4; a few systematic and a few random ones beyond.
    """
    here = np.nan_to_num(means(table, advantages))
    worst = 0.0
    for shuffled in _reordered(table, np.random.default_rng(seed)):
        there = np.nan_to_num(means(shuffled, function(shuffled)))
        worst = max(worst, float(abs(there - here).max()))
    return worst


def _reordered(table: Table, rng: np.random.Generator) -> Iterator[Table]:
    """All orders where they are few; else reversed, rotated, neighbours exchanged, and some at random."""
    n = table.shape[1]
    if n <= ALL_ORDERS:
        yield from (table[:, order] for order in permutations(range(n)))
        return
    yield table[:, ::-1]
    for i in range(1, n):
        yield np.roll(table, i, axis=1)
        yield table[:, [*range(i - 1), i, i - 1, *range(i + 1, n)]]
    for _ in range(PERMUTATIONS):
        yield rng.permuted(table, axis=1)


def tie_dependence(table: Table, advantages: Table) -> float:
    """``max |A_i − A_j|`` over rewards that tie, ``x_i = x_j``."""
    order = np.argsort(table, axis=1, kind="stable")
    r, a = (np.take_along_axis(x, order, axis=1) for x in (table, advantages))
    tied = r[:, 1:] == r[:, :-1]
    return float(np.where(tied, abs(np.diff(a, axis=1)), 0.0).max(initial=0.0))
