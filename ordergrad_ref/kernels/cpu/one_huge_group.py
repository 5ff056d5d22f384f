"""One group too large for one thread: its keys are packed and sorted in parts, which are then merged."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

from ordergrad_ref._types import Array, Floats
from ordergrad_ref.closed_forms.sums import Level
from ordergrad_ref.kernels.cpu import loops
from ordergrad_ref.kernels.cpu.threads import runs

__all__ = ["answer"]

NONE = np.empty(0)


def answer(table: Array, rise: Floats, path: Floats, level: Level, workers: int) -> Array:
    """Answer group after group, each by all workers."""
    out = np.empty_like(table)
    with ThreadPoolExecutor(workers) as pool:
        for row, answers in zip(table, out, strict=True):
            _answer(pool, workers, row, rise, path, level, answers)
    return out


def _answer(
    pool: ThreadPoolExecutor, workers: int, row: Array, rise: Floats, path: Floats, level: Level, out: Array
) -> None:
    n = row.size
    bits = loops.place_bits(n)
    parts = runs(n, -(-n // workers))
    keys = np.empty(n, np.uint64)
    base = min(pool.map(lambda ab: loops.smallest_of(row[ab[0] : ab[1]]), parts))

    def in_parts(function: Callable[[int, int], Any]) -> None:
        list(pool.map(lambda part: function(*part), parts))

    def sort(a: int, b: int) -> None:
        loops.pack(row[a:b], base, a, bits, keys[a:b])
        keys[a:b].sort()

    in_parts(sort)
    keys, rest = _merged(pool, workers, keys, [a for a, _ in parts] + [n])
    s = rest.view(np.float64)
    in_parts(lambda a, b: loops.unpack(row, keys[a:b], bits, s[a:b]))
    loops.repair(s, keys, bits)
    loops.by_rank(s, rise, NONE, path, *level, s)
    in_parts(lambda a, b: loops.place(s[a:b], keys[a:b], bits, out))


def _merged(pool: ThreadPoolExecutor, workers: int, keys: Array, ends: list[int]) -> tuple[Array, Array]:
    """Merge sorted runs two by two, each merge in as many parts as there are workers; and memory left over.

    The system hands out new memory more slowly than it is filled.
    """
    merged = np.empty_like(keys)
    while len(ends) > 2:
        tasks = []
        kept = ends[::2] + ([ends[-1]] if len(ends) % 2 == 0 else [])
        for start, stop in pairwise(kept):
            middle = next((e for e in ends if start < e < stop), stop)
            a, b = keys[start:middle], keys[middle:stop]
            for low, high in runs(stop - start, -(-(stop - start) // workers)):
                i = loops.split(a, b, low)
                tasks.append((a, b, i, low - i, merged[start + low : start + high]))
        list(pool.map(lambda task: loops.merge(*task), tasks))
        keys, merged, ends = merged, keys, kept
    return keys, merged
