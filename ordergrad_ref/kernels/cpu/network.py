"""Sorting networks over eight groups side by side: a comparator is a few vector instructions, and no branch.

Numbers lie in rows, one for each place in a group; a row holds one number of each of eight groups::

              group 0   group 1   …   group 7
    place 0      k         k      …      k        numbers 0 … 7
    place 1      k         k      …      k        numbers 8 … 15
    …
    place N−1    k         k      …      k
    stored       ∞         ∞      …      ∞        up to a power of two

A comparator takes two rows and leaves the smaller number of each group in the earlier one.

Up to 16 rows are sorted in registers, by the shortest networks known: of 8 rows by 19 comparators, of 16 by
the 60 of Green (1969). These can note what was exchanged. The same network, run backward, then puts answers
where the rewards came from.

More rows are sorted by Batcher's bitonic sorter in the form in which every comparator leaves the larger
number in the later row: rows past the last, imagined to hold a number larger than all, never have to be
touched. Runs of 16 rows are sorted first. Then a stage merges sorted runs of ``half`` rows two by two::

    mirror    0 1 2 3 | 4 5 6 7     compare 0–7, 1–6, 2–5, 3–4: the second run is read backward; now the first
                                    half holds the smallest numbers, and each half goes up and down once
    halve     0 1 2 3 | 4 5 6 7     compare 0–2, 1–3 and 4–6, 5–7, then neighbours: each half is sorted so

As many steps at a time as registers hold rows for: two when mirrored, up to four when halved.
"""

import numpy as np

from ordergrad_ref.kernels.cpu.compiler import compiled
from ordergrad_ref.kernels.cpu.lanes import LANES, exchanges, high, load, low, store

__all__ = ["COMPARATORS", "IN_REGISTERS", "sort", "sort_noting", "stored_rows", "undo"]

IN_REGISTERS = 16
"""Rows up to which a network sorts them in registers, and can be undone."""

NONE = np.empty(0, np.uint8)

EIGHT = (
    (0, 2), (1, 3), (4, 6), (5, 7), (0, 4), (1, 5), (2, 6), (3, 7), (0, 1), (2, 3), (4, 5), (6, 7),
    (2, 4), (3, 5), (1, 4), (3, 6), (1, 2), (3, 4), (5, 6),
)  # fmt: skip

SIXTEEN = (
    *((i, i + step) for step in (1, 2, 4, 8) for i in range(16) if not i & step),
    (5, 10), (6, 9), (3, 12), (13, 14), (4, 8), (7, 11), (1, 2), (1, 4), (7, 13), (2, 8), (11, 14),
    (2, 4), (5, 6), (9, 10), (11, 13), (3, 8), (7, 12), (6, 8), (10, 12), (3, 5), (7, 9),
    (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (6, 7), (8, 9),
)  # fmt: skip

COMPARATORS = len(SIXTEEN)
"""Pairs whose exchange is noted, at most."""


def halvings(rows):
    """List the comparators of rows half as far apart as there are rows, then half of that, down to one."""
    steps = [rows >> i for i in range(1, rows.bit_length())]
    return tuple((i, i + step) for step in steps for i in range(rows) if not i & step)


sort8, sort16 = exchanges(EIGHT), exchanges(SIXTEEN)
note8, note16 = exchanges(EIGHT, note=True), exchanges(SIXTEEN, note=True)
undo8, undo16 = exchanges(EIGHT, undo=True), exchanges(SIXTEEN, undo=True)
halve2, halve4, halve8, halve16 = (exchanges(halvings(rows)) for rows in (2, 4, 8, 16))


@compiled
def stored_rows(n):
    """How many rows the network needs for groups of n: a power of two."""
    rows = 8
    while rows < n:
        rows *= 2
    return rows


@compiled
def sort_noting(rows, n, outcomes):
    """Sort up to 16 rows, and note which pairs were exchanged."""
    if n <= 8:
        note8(rows, 0, LANES, outcomes)
    else:
        note16(rows, 0, LANES, outcomes)


@compiled
def undo(rows, n, outcomes):
    """Exchange up to 16 rows again, the last pair first: what is at a rank goes to its reward's place."""
    if n <= 8:
        undo8(rows, 0, LANES, outcomes)
    else:
        undo16(rows, 0, LANES, outcomes)


@compiled
def sort(rows, n):
    """Sort each group's first n numbers; those in the other stored rows must be larger than all."""
    if n <= 8:
        sort8(rows, 0, LANES, NONE)
        return
    for i in range(0, n, 16):
        sort16(rows, i * LANES, LANES, NONE)
    half = 16
    while half < n:
        merge(rows, n, half)
        half *= 2


@compiled
def merge(rows, n, half):
    """Merge sorted runs of ``half`` rows, two by two: mirror the second, then halve the distance."""
    quarter = half // 2
    for start in range(0, n - half, 2 * half):
        end = start + 2 * half - 1
        for i in range(max(0, end - quarter - n + 1), quarter):
            mirror4(rows, (start + i) * LANES, (end - i) * LANES, quarter * LANES)
    size = quarter
    while size > 16:
        apart = max(16, size // 16)
        halve_apart(rows, n, size, apart)
        size = apart
    for i in range(0, n, 16):
        if size == 8:
            halve8(rows, i * LANES, LANES, NONE)
            halve8(rows, (i + 8) * LANES, LANES, NONE)
        else:
            halve16(rows, i * LANES, LANES, NONE)


@compiled
def halve_apart(rows, n, size, apart):
    """Halve the distance in runs of ``size`` rows until runs of ``apart`` rows are left to be sorted."""
    for start in range(0, n, size):
        for i in range(start * LANES, (start + apart) * LANES, LANES):
            if size == 2 * apart:
                halve2(rows, i, apart * LANES, NONE)
            elif size == 4 * apart:
                halve4(rows, i, apart * LANES, NONE)
            elif size == 8 * apart:
                halve8(rows, i, apart * LANES, NONE)
            else:
                halve16(rows, i, apart * LANES, NONE)


@compiled
def mirror4(rows, i, j, apart):
    """Compare rows (0, 3) and (1, 2), then (0, 1) and (2, 3): the mirror, and the first halving."""
    k0, k1, k2, k3 = load(rows, i), load(rows, i + apart), load(rows, j - apart), load(rows, j)
    k0, k3, k1, k2 = low(k0, k3), high(k0, k3), low(k1, k2), high(k1, k2)
    store(rows, i, low(k0, k1))
    store(rows, i + apart, high(k0, k1))
    store(rows, j - apart, low(k2, k3))
    store(rows, j, high(k2, k3))
