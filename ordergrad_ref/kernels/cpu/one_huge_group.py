"""One group too large for one thread: its keys are packed and sorted in parts, which are then merged."""

from itertools import pairwise

import numpy as np

from ordergrad_ref._types import Array, Floats
from ordergrad_ref.closed_forms.sums import Level
from ordergrad_ref.kernels.cpu import long_sort, loops
from ordergrad_ref.kernels.cpu.threads import each, runs

__all__ = ["answer"]

NONE = np.empty(0)


def answer(table: Array, rise: Floats, path: Floats, level: Level, parts: int) -> Array:
    """Answer group after group, each in parts by all threads."""
    out = np.empty_like(table)
    for row, answers in zip(table, out, strict=True):
        _answer(parts, row, rise, path, level, answers)
    return out


def _answer(parts: int, row: Array, rise: Floats, path: Floats, level: Level, out: Array) -> None:
    n = row.size
    bits = loops.place_bits(n)
    todo = runs(n, -(-n // parts))
    keys, spare, smallest = np.empty(n, np.uint64), np.empty(n, np.uint64), []
    each(todo, lambda a, b: smallest.append(loops.smallest_of(row[a:b])))
    base = min(smallest)

    def sort(a: int, b: int) -> None:
        loops.pack(row[a:b], base, a, bits, keys[a:b])
        long_sort.sort(keys[a:b], spare[a:b])

    each(todo, sort)
    keys, spare = _merged(parts, keys, spare, [a for a, _ in todo] + [n])
    s = spare.view(np.float64)

    def fetch(a: int, b: int) -> None:
        if not loops.unpack(row, keys[a:b], bits, s[a:b]):
            loops.repair(s[a:b], keys[a:b], bits)

    each(_apart(keys, np.uint64(bits), todo), fetch)
    loops.by_rank(s, rise, NONE, path, *level, s)
    each(todo, lambda a, b: loops.place(s[a:b], keys[a:b], bits, out))


def _apart(keys: Array, bits: np.uint64, todo: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Move the ends of parts so that keys which differ in their places alone are in one part."""
    next_ones = [((keys[end - 1] >> bits) + np.uint64(1)) << bits for _, end in todo]
    return list(pairwise([0, *(int(np.searchsorted(keys, key)) for key in next_ones)]))


def _merged(parts: int, keys: Array, merged: Array, ends: list[int]) -> tuple[Array, Array]:
    """Merge sorted runs two by two, each merge in as many parts; and give back the memory left over.

    The system hands out new memory more slowly than it is filled.
    """
    while len(ends) > 2:
        tasks = []
        kept = ends[::2] + ([ends[-1]] if len(ends) % 2 == 0 else [])
        for start, stop in pairwise(kept):
            middle = next((e for e in ends if start < e < stop), stop)
            a, b = keys[start:middle], keys[middle:stop]
            for low, high in runs(stop - start, -(-(stop - start) // parts)):
                i = long_sort.split(a, b, low)
                tasks.append((a, b, i, low - i, merged[start + low : start + high]))
        each(tasks, long_sort.merge)
        keys, merged, ends = merged, keys, kept
    return keys, merged
