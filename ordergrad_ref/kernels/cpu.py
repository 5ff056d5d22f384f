"""The closed forms on large tables: which loop, in which runs, on how many threads.

Groups of up to 64 rewards go through a sorting network, side by side; larger ones through NumPy's own sort of
packed keys; one huge group is sorted in parts that are then merged. NumPy's sort and the loops all release
the interpreter lock, so plain threads suffice.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.kernels import loops

__all__ = ["centred_rise", "level", "path"]

Array: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[np.float64]

NETWORK = 64
WIDTH = 32
RUN = 2**16
HUGE = 2**17
NONE = np.empty(0)


def centred_rise(table: Array, weights: Floats) -> Array:
    """Answer each reward by the centred sum of the weighted gaps below it."""
    return _answer(table, weights, NONE)


def path(table: Array, weights: Floats) -> Array:
    """Answer each reward by the weight of its rank, averaged over ties."""
    return _answer(table, NONE, weights)


def level(table: Array, weights: Floats, anchor: int, total: float) -> Floats:
    """Answer each group by its weighted sorted rewards; the weights sum to ``total``."""
    groups, n = table.shape
    out = np.empty(groups)

    def some(a: int, b: int) -> None:
        loops.dot(np.sort(table[a:b], axis=-1), weights, anchor, total, out[a:b])

    with ThreadPoolExecutor(_workers()) as pool:
        _each(pool, _runs(groups, max(1, RUN // n)), some)
    return out


def _answer(table: Array, rise: Floats, path: Floats) -> Array:
    groups, n = table.shape
    table = np.ascontiguousarray(table)
    out = np.empty_like(table)
    bits = max(1, (n - 1).bit_length())
    workers = _workers()
    with ThreadPoolExecutor(workers) as pool:
        if n <= NETWORK:
            pairs = _network(n)
            step = max(WIDTH, RUN // n // WIDTH * WIDTH)
            _each(
                pool,
                _runs(groups, step),
                lambda a, b: loops.small(table[a:b], rise, path, pairs, bits, out[a:b]),
            )
        elif n < HUGE or groups >= workers:
            _each(
                pool,
                _runs(groups, max(1, RUN // n)),
                lambda a, b: _by_keys(table[a:b], rise, path, bits, out[a:b]),
            )
        else:
            for row, result in zip(table, out, strict=True):
                _huge(pool, workers, row, rise, path, bits, result)
    return out


def _by_keys(table: Array, rise: Floats, path: Floats, bits: int, out: Array) -> None:
    keys = np.empty(table.shape, np.uint64)
    loops.pack_groups(table, bits, keys)
    keys.sort(axis=-1)
    loops.finish(table, keys, rise, path, bits, out)


def _huge(
    pool: ThreadPoolExecutor, workers: int, row: Array, rise: Floats, path: Floats, bits: int, out: Array
) -> None:
    n = row.size
    parts = _runs(n, -(-n // workers))
    keys = np.empty(n, np.uint64)
    base = min(pool.map(lambda ab: loops.smallest_of(row[ab[0] : ab[1]]), parts))

    def sort(a: int, b: int) -> None:
        loops.pack(row[a:b], base, a, bits, keys[a:b])
        keys[a:b].sort()

    _each(pool, parts, sort)
    keys = _merged(pool, workers, keys, [a for a, _ in parts] + [n])
    s = np.empty((n, 1))
    _each(pool, parts, lambda a, b: loops.unpack(row, keys[a:b], bits, s[a:b, 0]))
    loops.repair(s[:, 0], keys, bits)
    at_rank = np.empty((n, 1))
    loops.ranked(s, rise, path, at_rank, np.empty((4, 1)))
    _each(pool, parts, lambda a, b: loops.place(at_rank[a:b, 0], keys[a:b], bits, out))


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


def _each(
    pool: ThreadPoolExecutor, runs: Iterable[tuple[int, int]], function: Callable[[int, int], Any]
) -> None:
    for _ in pool.map(lambda run: function(*run), runs):
        pass


@lru_cache
def _network(n: int) -> NDArray[np.int64]:
    """Batcher's odd-even merge sort: the pairs to compare and exchange, in order."""
    pairs = [
        (i + j, i + j + k)
        for p in (2**e for e in range((n - 1).bit_length()))
        for k in (p >> e for e in range(p.bit_length()))
        for j in range(k % p, n - k, 2 * k)
        for i in range(min(k, n - j - k))
        if (i + j) // (2 * p) == (i + j + k) // (2 * p)
    ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _workers() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
