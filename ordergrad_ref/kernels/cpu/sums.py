"""The closed forms on large tables: which loops, in which runs, on how many threads.

Groups of up to 1024 rewards are answered many at once, side by side; larger or fewer ones go through NumPy's
own sort of packed keys; one huge group is sorted in parts that are then merged. NumPy's sort and the loops
all release the interpreter lock, so plain threads suffice.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from os import getpid
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.closed_forms.bernstein import negligible_term
from ordergrad_ref.closed_forms.gap_form import Level
from ordergrad_ref.kernels.cpu import loops, side_by_side
from ordergrad_ref.kernels.cpu import population_loops as known
from ordergrad_ref.kernels.cpu.network import W

__all__ = ["binomial_average", "centred_rise", "order", "path", "put", "running_sum", "take", "value"]

Array: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[np.float64]

NETWORK = 1024
RUN = 2**16
HUGE = 2**17
NONE = np.empty(0)


NO_LEVEL = Level(NONE, 0, 0.0)


def centred_rise(table: Array, weights: Floats, level: Level | None = None) -> Array:
    """Answer each reward by the centred sum of the weighted gaps below it, plus the group's level."""
    return _answer(table, weights, NONE, level or NO_LEVEL)


def path(table: Array, weights: Floats) -> Array:
    """Answer each reward by the weight of its rank, averaged over ties."""
    return _answer(table, NONE, weights, NO_LEVEL)


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
        _each(_runs(groups, _blocks(n)), many)
    else:
        _each(_runs(groups, max(1, RUN // n)), some)
    return out


def order(table: Array) -> Array:
    """Sort each group: where the reward of each rank lies."""
    out = np.empty(table.shape, np.intp)

    def some(a: int, b: int) -> None:
        out[a:b] = np.argsort(table[a:b], axis=-1)

    _each(_runs(len(table), max(1, RUN // table.shape[1])), some)
    return out


def take(table: Array, order: Array) -> Array:
    """Carry the numbers of each group to their ranks."""
    return _row_by_row(known.take, table, order)


def put(table: Array, order: Array) -> Array:
    """Carry them back."""
    return _row_by_row(known.put, table, order)


def running_sum(table: Array) -> Array:
    """Add up along each group, correcting for the rounding: see `ordergrad_ref.closed_forms.rounding`."""
    return _row_by_row(known.running_sum, table)


def binomial_average(alpha: Floats, below: Floats, above: Floats) -> Floats:
    """Average the rank weights over a binomial distribution: see `ordergrad_ref.closed_forms.bernstein`."""
    below, above, out = _writeable(below), _writeable(above), np.empty_like(below)
    negligible = negligible_term(len(alpha))
    _each(
        _runs(len(below), RUN),
        lambda a, b: known.binomial_average(alpha, negligible, below[a:b], above[a:b], out[a:b]),
    )
    return out


def _row_by_row(loop: Callable[..., None], *tables: Array) -> Array:
    """Apply a loop to runs of groups."""
    inputs = [_writeable(t) for t in tables]
    groups, n = inputs[0].shape
    out = np.empty((groups, n))
    _each(_runs(groups, max(1, RUN // n)), lambda a, b: loop(*(t[a:b] for t in inputs), out[a:b]))
    return out


def _answer(table: Array, rise: Floats, path: Floats, level: Level) -> Array:
    groups, n = table.shape
    table = _writeable(table)
    out = np.empty_like(table)
    bits = max(1, (n - 1).bit_length())

    def many(a: int, b: int) -> None:
        side_by_side.answer(table[a:b], rise, path, *level, out[a:b])

    def some(a: int, b: int) -> None:
        keys = np.empty((b - a, n), np.uint64)
        loops.pack_groups(table[a:b], bits, keys)
        keys.sort(axis=-1)
        loops.finish(table[a:b], keys, rise, path, *level, bits, out[a:b])

    if _many(groups, n):
        _each(_runs(groups, _blocks(n)), many)
    elif n < HUGE or groups >= _workers():
        _each(_runs(groups, max(1, RUN // n)), some)
    else:
        with ThreadPoolExecutor(_workers()) as pool:
            for row, result in zip(table, out, strict=True):
                _huge(pool, row, rise, path, level, bits, result)
    return out


def _writeable(table: Array) -> Array:
    """Give the loops the one kind of array that they are compiled for."""
    return np.require(table, requirements=["C", "W"])


def _many(groups: int, n: int) -> bool:
    return n <= W or (n <= NETWORK and groups >= W * _workers())


def _blocks(n: int) -> int:
    """Groups in a run: whole blocks of them."""
    return max(W, RUN // n // W * W)


def _huge(
    pool: ThreadPoolExecutor, row: Array, rise: Floats, path: Floats, level: Level, bits: int, out: Array
) -> None:
    n, workers = row.size, _workers()
    parts = _runs(n, -(-n // workers))
    keys = np.empty(n, np.uint64)
    base = min(pool.map(lambda ab: loops.smallest_of(row[ab[0] : ab[1]]), parts))

    def in_parts(function: Callable[[int, int], Any]) -> None:
        list(pool.map(lambda part: function(*part), parts))

    def sort(a: int, b: int) -> None:
        loops.pack(row[a:b], base, a, bits, keys[a:b])
        keys[a:b].sort()

    in_parts(sort)
    keys = _merged(pool, workers, keys, [a for a, _ in parts] + [n])
    s, at_rank = np.empty(n), np.empty(n)
    in_parts(lambda a, b: loops.unpack(row, keys[a:b], bits, s[a:b]))
    loops.repair(s, keys, bits)
    loops.by_rank(s, rise, path, *level, at_rank)
    in_parts(lambda a, b: loops.place(at_rank[a:b], keys[a:b], bits, out))


def _merged(pool: ThreadPoolExecutor, workers: int, keys: Array, ends: list[int]) -> Array:
    """Merge sorted runs two by two, each merge in as many parts as there are workers."""
    while len(ends) > 2:
        merged = np.empty_like(keys)
        tasks = []
        kept = ends[::2] + ([ends[-1]] if len(ends) % 2 == 0 else [])
        for start, stop in pairwise(kept):
            middle = next((e for e in ends if start < e < stop), stop)
            a, b = keys[start:middle], keys[middle:stop]
            for low, high in _runs(stop - start, -(-(stop - start) // workers)):
                i = loops.split(a, b, low)
                tasks.append((a, b, i, low - i, merged[start + low : start + high]))
        list(pool.map(lambda task: loops.merge(*task), tasks))
        keys, ends = merged, kept
    return keys


def _runs(size: int, length: int) -> list[tuple[int, int]]:
    return [(a, min(a + length, size)) for a in range(0, size, length)]


def _each(runs: list[tuple[int, int]], function: Callable[[int, int], Any]) -> None:
    """Do all runs, on this thread and as many others as there are workers."""
    todo = iter(runs)  # a list's iterator gives each run to one thread only

    def work() -> None:
        for run in todo:
            function(*run)

    others = min(_workers(), len(runs)) - 1
    shares = [_pool(getpid()).submit(work) for _ in range(others)]
    work()
    for share in shares:
        if not share.cancel():  # else other callers keep the threads busy, and nothing is left to do
            share.result()


@lru_cache(maxsize=1)
def _pool(process: int) -> ThreadPoolExecutor:
    """Keep threads for later calls: starting them takes as long as a small table. A fork needs its own."""
    return ThreadPoolExecutor(max(1, _workers() - 1), "ordergrad_ref")


def _workers() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
