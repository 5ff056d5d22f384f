"""The laws that an advantage may keep: one small function each, which gives the violation on each batch.

Each law is an equation, and each function its residual: ``(G,)``, zero where the law holds. Spec eq. (62).
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "discord",
    "homogeneity_dependence",
    "layout_dependence",
    "off_centre",
    "order_dependence",
    "scale_dependence",
    "shift_dependence",
    "signal_of_equals",
    "tie_dependence",
]

Table: TypeAlias = NDArray[np.float64]
Rewards: TypeAlias = NDArray[np.float64]
Ids: TypeAlias = NDArray[np.int64]
Violation: TypeAlias = NDArray[np.float64]
Function: TypeAlias = Callable[[Table], Table]

PERMUTATIONS = 3
ALL_ORDERS = 4
EACH_ORDER_ON_ALL = 16
SHARES = 32


def off_centre(advantages: Table) -> Violation:
    """``|Σ_i A_i| / N``. Spec eq. (25).

    Of the estimators that are unbiased with a given constant, exactly one is centred on every batch:
    spec eq. (38).
    """
    return abs(advantages.mean(axis=1))


def shift_dependence(function: Function, table: Table, advantages: Table) -> Violation:
    """``|A(x + s) − A(x)|`` for two shifts s, powers of two above the range. Spec eq. (62).

    An unbiased estimator may fail it: ``A − cKq`` is any function of the others, spec eq. (37).
    """
    unit = 2.0 ** np.floor(np.log2(np.ptp(table)))
    return np.maximum.reduce(
        [abs(function(table + s) - advantages).max(axis=1) for s in (2 * unit, -4 * unit)]
    )


def scale_dependence(function: Function, table: Table, advantages: Table) -> Violation:
    """``|A(λx) − λ A(x)| / λ`` for ``λ = 4`` and ``1/2``: positive homogeneity. Spec eq. (62).

    L-statistics are positively homogeneous of degree one, and so is every advantage in spec section 8 but
    those divided by a spread or a mean.
    """
    return np.maximum.reduce([abs(function(table * s) / s - advantages).max(axis=1) for s in (4.0, 0.5)])


def homogeneity_dependence(function: Function, table: Table, advantages: Table) -> Violation:
    """``|A(λx) − A(x)|`` for ``λ = 4``: of degree zero, the unit of the rewards cancels. Spec eq. (62)."""
    return abs(function(table * 4.0) - advantages).max(axis=1)


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


def order_dependence(
    function: Function,
    table: Table,
    advantages: Table,
    means: Callable[[Table, Table], Table],
    seed: int,
) -> Violation:
    """``|A(πx) − πA(x)|`` over permutations π; ``means`` averages over ties. Spec eqs. (37), (62).

    All permutations up to N = 4; a few systematic and a few random ones beyond, above N = 16 each of them
    on every so many-th batch. One that fails has the same expected gradient as its average over all orders.
    """
    here = np.nan_to_num(means(table, advantages))
    worst = np.zeros(len(table))
    for rows, shuffled in _reordered(table, np.random.default_rng(seed)):
        there = np.nan_to_num(means(shuffled, function(shuffled)))
        worst[rows] = np.maximum(worst[rows], abs(there - here[rows]).max(axis=1))
    return worst


def layout_dependence(
    of_flat: Callable[[Rewards, Ids], Rewards],
    of_group: Callable[[Rewards], Rewards],
    groups: Sequence[Rewards],
    seed: int,
) -> dict[str, float]:
    """``max |A − A_group|`` for flat rewards with group ids, by layout. Spec eq. (62).

    What a group gets depends on its own rewards alone, wherever they stand: one group after another, one
    sample of each group in turn, or shuffled; with groups of several sizes the layouts are ragged.

    Parameters
    ----------
    of_flat : callable (rewards (n,), ids (n,)) -> (n,) array
        The function that takes group ids.
    of_group : callable (rewards (N,)) -> (N,) array
        What a group gets alone.
    groups : sequence of (N,) arrays
        The groups, of one size or of several.
    seed : int
        Of the shuffle.

    Returns
    -------
    dict
        The largest difference in each layout: ``"contiguous"``, ``"interleaved"``, ``"shuffled"``.
    """
    rewards = np.concatenate(groups)
    alone = np.concatenate([of_group(x) for x in groups])
    ids = np.repeat(np.arange(len(groups)), [len(x) for x in groups])
    place = np.concatenate([np.arange(len(x)) for x in groups])
    layouts = {
        "contiguous": np.arange(len(rewards)),
        "interleaved": np.lexsort((ids, place)),
        "shuffled": np.random.default_rng(seed).permutation(len(rewards)),
    }
    return {
        name: float(abs(of_flat(rewards[order], ids[order]) - alone[order]).max())
        for name, order in layouts.items()
    }


def _reordered(table: Table, rng: np.random.Generator) -> Iterator[tuple[slice, Table]]:
    """All orders where they are few; else reversed, rotated, neighbours exchanged, and some at random."""
    n = table.shape[1]
    everything = slice(None)
    if n <= ALL_ORDERS:
        yield from ((everything, table[:, order]) for order in permutations(range(n)))
        return
    yield everything, table[:, ::-1]
    share = 1 if n <= EACH_ORDER_ON_ALL else -(-2 * (n - 1) // SHARES)
    for i in range(1, n):
        rows = slice(i % share, None, share)
        yield rows, np.roll(table[rows], i, axis=1)
        yield rows, table[rows][:, [*range(i - 1), i, i - 1, *range(i + 1, n)]]
    for _ in range(PERMUTATIONS):
        yield everything, rng.permuted(table, axis=1)


def tie_dependence(table: Table, advantages: Table) -> Violation:
    """``|A_i − A_j|`` over rewards that tie, ``x_i = x_j``. Spec eq. (62).

    Averaging over ties keeps the expected gradient and can only lower its variance, for it conditions on
    the counts (Rao and Blackwell).
    """
    order = np.argsort(table, axis=1, kind="stable")
    r, a = (np.take_along_axis(x, order, axis=1) for x in (table, advantages))
    tied = r[:, 1:] == r[:, :-1]
    return np.where(tied, abs(np.diff(a, axis=1)), 0.0).max(axis=1, initial=0.0)
