"""The laws that an advantage may keep, each as the violation on each batch. Spec eq. (62).

Each law is an equation and its function the residual: ``(G,)``, zero where the law holds. Some are judged by
the answers that are there. Others compare with answers to rewards that were shifted, scaled or reordered: for
these the rewards to ask about stand here, and the calls are made by the steps.
"""

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MULTIPLES",
    "difference",
    "discord",
    "off_centre",
    "orders_of_groups",
    "reordered",
    "shifts",
    "signal_of_equals",
    "some_orders",
    "tie_dependence",
]

Table: TypeAlias = NDArray[np.float64]
Violation: TypeAlias = NDArray[np.float64]

MULTIPLES = (4.0, 0.5)
"""The factors by which rewards are multiplied: powers of two, so that nothing is rounded."""

ALL_ORDERS = 4
"""The largest N at which all ``N!`` orders are tried."""

RANDOM_ORDERS = 3
"""The random orders that are tried beyond."""

EACH_ORDER_ON_ALL = 16
"""The largest N at which each systematic order is tried on every batch; beyond, on a sample."""

SHARES = 32
"""Above it, how many calls on whole tables the systematic orders together may cost."""


# ---- judged by the answers that are there


def off_centre(advantages: Table) -> Violation:
    """``|Σ_i A_i| / N``. Spec eq. (25).

    Of the estimators that are unbiased with a given constant, exactly one is centred on every batch:
    spec eq. (38).
    """
    return abs(advantages.mean(axis=1))


def tie_dependence(table: Table, advantages: Table) -> Violation:
    """``|A_i − A_j|`` over rewards that tie, ``x_i = x_j``. Spec eq. (62).

    Averaging over ties keeps the expected gradient and can only lower its variance, for it conditions on
    the counts (Rao and Blackwell).
    """
    order = np.argsort(table, axis=1, kind="stable")
    r, a = (np.take_along_axis(x, order, axis=1) for x in (table, advantages))
    tied = r[:, 1:] == r[:, :-1]
    return np.where(tied, abs(np.diff(a, axis=1)), 0.0).max(axis=1, initial=0.0)


def signal_of_equals(table: Table, advantages: Table) -> Violation:
    """``|A_i|`` where all rewards are equal, zero on other batches. Spec eq. (62).

    Centred and tie-consistent estimators keep it; so does all that is a difference of rewards.
    """
    return np.where(np.ptp(table, axis=1) == 0, abs(advantages).max(axis=1), 0.0)


def discord(table: Table, advantages: Table) -> Violation:
    """``max (A_i − A_j)⁺`` over ``x_i < x_j``: the advantage decreases in the reward. Spec eq. (62).

    The canonical advantage is non-decreasing where ``α ≥ 0``: its increments are ``d_t N/(N−1) e_t^(N−1)``,
    spec eq. (25), and elevation keeps the sign. Of signed rank weights nothing of the kind is expected.
    """
    order = np.lexsort((advantages, table), axis=1)
    r, a = (np.take_along_axis(x, order, axis=1) for x in (table, advantages))
    so_far = np.maximum.accumulate(a, axis=1)[:, :-1]
    # The largest of smaller rewards stands where their run of ties ends; later ties see the same one.
    rises = r[:, 1:] > r[:, :-1]
    below = np.maximum.accumulate(np.where(rises, so_far, -np.inf), axis=1)
    return np.maximum(below - a[:, 1:], 0.0).max(axis=1, initial=0.0)


# ---- judged by answers to other rewards


def difference(answers: Table, advantages: Table) -> Violation:
    """``max_i |A′_i − A_i|``, between what was answered to other rewards and what it should be."""
    return abs(answers - advantages).max(axis=1)


def shifts(table: Table) -> tuple[float, float]:
    """Return two numbers to add to all rewards: powers of two above the range, of either sign. Spec eq. (62).

    They round nothing. An unbiased estimator may fail shift-invariance: ``A − cKq`` is any function of the
    others, spec eq. (37).
    """
    unit = float(2.0 ** np.floor(np.log2(np.ptp(table))))
    return 2 * unit, -4 * unit


def reordered(table: Table, seed: int) -> Iterator[tuple[slice, Table]]:
    """Yield reordered batches, each with the rows of the table that they are. Spec eq. (62).

    All permutations up to N = 4; beyond reversed, rotated, neighbours exchanged and three at random, above
    N = 16 each rotation and exchange on a sample of the batches: every n-th.
    """
    n = table.shape[1]
    everything = slice(None)
    if n <= ALL_ORDERS:
        yield from ((everything, table[:, order]) for order in permutations(range(n)))
        return
    rng = np.random.default_rng(seed)
    yield everything, table[:, ::-1]
    share = 1 if n <= EACH_ORDER_ON_ALL else -(-2 * (n - 1) // SHARES)
    for i in range(1, n):
        rows = slice(i % share, None, share)
        yield rows, np.roll(table[rows], i, axis=1)
        yield rows, table[rows][:, [*range(i - 1), i, i - 1, *range(i + 1, n)]]
    for _ in range(RANDOM_ORDERS):
        yield everything, rng.permuted(table, axis=1)


def some_orders(table: Table, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield a few orders ``(G, N)`` of batches without ties: up, down, reversed, rotated and random ones."""
    rising = np.argsort(table, axis=1)
    yield from (rising, rising[:, ::-1])
    n = table.shape[1]
    rng = np.random.default_rng(seed)
    for order in (np.arange(n)[::-1], np.roll(np.arange(n), 1), rng.permutation(n), rng.permutation(n)):
        yield np.broadcast_to(order, table.shape)


def orders_of_groups(sizes: Sequence[int], seed: int) -> dict[str, NDArray[np.int64]]:
    """Return the orders in which the rewards of groups may stand in one flat array. Spec eq. (62).

    ``"contiguous"`` is one group after another, ``"interleaved"`` one sample of each group in turn, and
    ``"shuffled"`` any order.
    """
    ids = np.repeat(np.arange(len(sizes)), sizes)
    place = np.concatenate([np.arange(size) for size in sizes])
    return {
        "contiguous": np.arange(len(ids)),
        "interleaved": np.lexsort((ids, place)),
        "shuffled": np.random.default_rng(seed).permutation(len(ids)),
    }
