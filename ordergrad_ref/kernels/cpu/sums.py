"""Sums of large tables of floats, by compiled loops: which loops, in which runs, on how many threads.

The functions are those of `ordergrad_ref.closed_forms.sums.Sums`.

Many groups of up to 32 768 rewards are answered side by side; of larger or fewer ones packed keys are sorted
one group after the other, by NumPy if they are short; one huge group is sorted in parts that are then merged.
NumPy's sort and the loops all release the interpreter lock, so plain threads suffice.
"""

from collections.abc import Callable

import numpy as np

from ordergrad_ref._types import Array, Floats
from ordergrad_ref.closed_forms.bernstein import negligible_term
from ordergrad_ref.closed_forms.sums import Level
from ordergrad_ref.kernels.cpu import long_sort, loops, one_huge_group, population_loops, side_by_side
from ordergrad_ref.kernels.cpu.compiler import in_memory, is_kept
from ordergrad_ref.kernels.cpu.finite import is_noted, note
from ordergrad_ref.kernels.cpu.lanes import LANES
from ordergrad_ref.kernels.cpu.network import IN_REGISTERS
from ordergrad_ref.kernels.cpu.threads import each, runs, workers

__all__ = [
    "at_hand",
    "binomial_average",
    "both_sides",
    "centred_rise",
    "found_finite",
    "looks",
    "order",
    "path",
    "put",
    "rise",
    "running_sum",
    "take",
    "value",
]

LARGEST_SIDE_BY_SIDE = 2**15
"""Rewards in a group up to which many groups are sorted side by side, by a network, rather than one by one.

Measured on two threads, in nanoseconds for each reward: 3 against 9 at 1024 rewards, 5 against 20 at 16 384,
6 against 23 at 32 768, 27 against 28 at 131 072. Fewer than eight groups leave places idle. Up to 16 rewards
that pays: in microseconds, 6.8 against 7.5 for one group of 16, but 8.7 against 8.1 for one of 64.
"""

REWARDS_IN_A_RUN = 2**16
"""What a thread takes at once: half a megabyte of rewards, which with their keys stay in its own cache."""

LEAST_IN_PARTS = 2**17
"""Rewards in a group from which all threads share it, where there are fewer groups than threads: two runs."""

NONE = np.empty(0)
"""The weights that are not asked for; the loops are compiled for arrays, and take no None."""

NO_LEVEL = Level(NONE, 0, 0, 0.0)


def centred_rise(table: Array, weights: Floats) -> Array:
    """Answer each reward by the centred sum of the weighted gaps below it."""
    return _answer(table, weights, NONE, NONE, NO_LEVEL)


def both_sides(table: Array, below: Floats, above: Floats) -> Array:
    """Answer each reward by the sum of the weighted gaps below it, less that of those above."""
    return _answer(table, below, above, NONE, NO_LEVEL)


def rise(table: Array, weights: Floats, level: Level) -> Array:
    """Answer each reward by the sum of the weighted gaps below it, plus the group's level."""
    return _answer(table, weights, NONE, NONE, level)


def path(table: Array, weights: Floats) -> Array:
    """Answer each reward by the weight of its rank, averaged over ties."""
    return _answer(table, NONE, NONE, weights, NO_LEVEL)


def value(table: Array, level: Level) -> Floats:
    """Answer each group by its weighted sorted rewards."""
    groups, n = table.shape
    table = _writeable(table)
    out = np.empty(groups)

    def many(a: int, b: int) -> None:
        side_by_side.values(table[a:b], *level, out[a:b])

    def some(a: int, b: int) -> None:
        loops.weighed_groups(np.sort(table[a:b], axis=-1), *level, out[a:b])

    if _many(groups, n):
        each(runs(groups, _blocks(n)), many)
    else:
        each(runs(groups, _rows(n)), some)
    return out


def at_hand(table: Array, *, per_group: bool, kept: bool) -> bool:
    """Tell whether the loops for such a table are in memory, or also where ``kept`` on the disk."""
    groups, n = table.shape
    loop: Callable[..., None]
    dtype = table.dtype
    if per_group:
        loop = side_by_side.values if _many(groups, n) else loops.weighed_groups
    elif _in_parts(groups, n):
        loop, dtype = long_sort.merge, np.dtype(np.uint64)
    else:
        loop = side_by_side.answer if _many(groups, n) else loops.finish
    return in_memory(loop, dtype) or (kept and is_kept(loop, dtype))


def looks(table: Array) -> bool:
    """Tell whether loops in memory answer a table side by side: they find what is not finite."""
    return table.ndim == 2 and _many(*table.shape) and in_memory(side_by_side.answer, table.dtype)


def found_finite(answers: Array) -> bool:
    """Tell whether these are the last answers, and loops found on their way that all are finite."""
    return is_noted(answers)


def order(table: Array) -> Array:
    """Sort each group: where the reward of each rank lies."""
    out = np.empty(table.shape, np.intp)

    def some(a: int, b: int) -> None:
        out[a:b] = np.argsort(table[a:b], axis=-1)

    each(runs(len(table), _rows(table.shape[1])), some)
    return out


def take(table: Array, order: Array) -> Array:
    """Carry numbers from the places of the rewards to their ranks."""
    return _row_by_row(population_loops.take, table, order)


def put(table: Array, order: Array) -> Array:
    """Carry numbers from the ranks of the rewards to their places."""
    return _row_by_row(population_loops.put, table, order)


def running_sum(table: Array) -> Array:
    """Add up along each group, correcting for the rounding: see `ordergrad_ref.closed_forms.rounding`."""
    return _row_by_row(population_loops.running_sum, table)


def binomial_average(alpha: Floats, below: Floats, above: Floats) -> Floats:
    """Average the rank weights over a binomial distribution: see `ordergrad_ref.closed_forms.bernstein`."""
    below, above, out = _writeable(below), _writeable(above), np.empty_like(below)
    negligible = negligible_term(len(alpha))
    each(
        runs(len(below), REWARDS_IN_A_RUN),
        lambda a, b: population_loops.binomial_average(alpha, negligible, below[a:b], above[a:b], out[a:b]),
    )
    return out


def _row_by_row(loop: Callable[..., None], *tables: Array) -> Array:
    """Apply a loop to runs of groups."""
    inputs = [_writeable(t) for t in tables]
    groups, n = inputs[0].shape
    out = np.empty((groups, n))
    each(runs(groups, _rows(n)), lambda a, b: loop(*(t[a:b] for t in inputs), out[a:b]))
    return out


def _answer(table: Array, rise: Floats, fall: Floats, path: Floats, level: Level) -> Array:
    groups, n = table.shape
    table, rise, fall = _writeable(table), _writeable(rise), _writeable(fall)
    if _in_parts(groups, n):
        return one_huge_group.answer(table, rise, path, level, workers())
    out = np.empty_like(table)
    bits = loops.place_bits(n)

    all_finite = []

    def many(a: int, b: int) -> None:
        all_finite.append(side_by_side.answer(table[a:b], rise, fall, path, *level, out[a:b]))

    def some(a: int, b: int) -> None:
        keys = np.empty((b - a, n), np.uint64)
        loops.pack_groups(table[a:b], bits, keys)
        if n < long_sort.SHORTEST:
            keys.sort(axis=-1)
        else:
            long_sort.sort_each(keys)
        loops.finish(table[a:b], keys, rise, fall, path, *level, bits, out[a:b])

    if _many(groups, n):
        each(runs(groups, _blocks(n)), many)
        if not path.size and all(all_finite):
            note(out)
    else:
        each(runs(groups, _rows(n)), some)
    return out


def _writeable(table: Array) -> Array:
    """Give the loops the one kind of array that they are compiled for."""
    return table if table.flags.carray else np.require(table, requirements=["C", "W"])


def _in_parts(groups: int, n: int) -> bool:
    return n >= LEAST_IN_PARTS and groups < workers()


def _many(groups: int, n: int) -> bool:
    return n <= LARGEST_SIDE_BY_SIDE and (groups >= LANES or n <= IN_REGISTERS)


def _rows(n: int) -> int:
    """Groups in a run; there may be nothing to add up in them, as between the atoms of a single one."""
    return max(1, REWARDS_IN_A_RUN // max(1, n))


def _blocks(n: int) -> int:
    """Groups in a run: whole blocks of them."""
    return max(LANES, REWARDS_IN_A_RUN // n // LANES * LANES)
