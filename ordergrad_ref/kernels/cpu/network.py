"""A sorting network over groups side by side: the compiler turns each comparator into vector instructions.

Keys lie in rows, one for each place in a group; a row holds one key of each of `W` groups::

              group 0   group 1   …   group 63  |  8 unused
    place 0      k         k      …      k      |  · · · ·     numbers 0 … 71
    place 1      k         k      …      k      |  · · · ·     numbers 72 … 143
    …
    place N−1    k         k      …      k      |  · · · ·
    stored       ∞         ∞      …      ∞      |  · · · ·     up to a power of two

A comparator takes two rows and leaves the smaller key of each group in the earlier one. It is the same for
all groups, so that the compiler makes a few vector instructions of it, without a branch.

The network is Batcher's bitonic sorter in the form in which every comparator leaves the larger key in the
later row: rows past the last, imagined to hold a key larger than all, never have to be touched. Runs of eight
rows are sorted first. Then a stage merges sorted runs of ``half`` rows two by two::

    mirror    0 1 2 3 | 4 5 6 7     compare 0–7, 1–6, 2–5, 3–4: the second run is read backward; now the first
                                    half holds the smallest keys, and each half goes up and down once
    halve     0 1 2 3 | 4 5 6 7     compare 0–2, 1–3 and 4–6, 5–7, then neighbours: each half is sorted so

Two steps at a time are done on four rows, while they are in registers.
"""

from ordergrad_ref.kernels.cpu.compiler import compiled

__all__ = ["S", "W", "any_negative", "high", "low", "row", "sort", "stored_rows"]

W = 64
"""Groups side by side: a row is eight lines of the processor's cache."""

S = W + 8
"""Numbers from row to row: 64 would put all rows on the same few sets of the processor's cache."""


@compiled
def stored_rows(n):
    """How many rows of keys the network needs for groups of n: a power of two."""
    rows = 8
    while rows < n:
        rows *= 2
    return rows


@compiled
def sort(key, n):
    """Sort each group's first n keys; those in the other stored rows must be larger than all."""
    for i in range(0, n, 8):
        sort8(eight(key, i))
    half = 8
    while half < n:
        merge(key, n, half)
        half *= 2


@compiled
def merge(key, n, half):
    """Merge sorted runs of ``half`` rows, two by two: mirror the second, then halve the distance."""
    quarter = half // 2
    for start in range(0, n - half, 2 * half):
        end = start + 2 * half - 1
        for i in range(max(0, end - quarter - n + 1), quarter):
            a, b = start + i, end - i
            mirror4(row(key, a), row(key, a + quarter), row(key, b - quarter), row(key, b))
    step = quarter // 2
    while step >= 16:
        quarter = step // 2
        for start in range(0, n, 2 * step):
            for i in range(start, start + quarter):
                halve4(row(key, i), row(key, i + quarter), row(key, i + step), row(key, i + step + quarter))
        step //= 4
    if step == 8:
        for start in range(0, n, 16):
            for i in range(start, start + 8):
                exchange(row(key, i), row(key, i + 8))
    for i in range(0, n, 8):
        halve8(eight(key, i))


@compiled
def row(rows, i):
    """Show row i: the numbers of all groups at one place."""
    return rows[i * S : i * S + W]


@compiled
def eight(rows, i):
    """Show eight rows from i on."""
    return rows[i * S : (i + 8) * S]


@compiled
def low(a, b):
    """Return the smaller key of a pair; with `high`, neither is lost, whatever they are, NaN or equal."""
    return a if a < b else b


@compiled
def high(a, b):
    """Return the larger key of a pair, or the first where they are equal."""
    return b if a < b else a


@compiled
def any_negative(numbers):
    """Tell whether one of W numbers is negative."""
    negative = False
    for b in range(W):
        negative |= numbers[b] < 0
    return negative


@compiled
def exchange(r0, r1):
    """Compare two rows."""
    for b in range(W):
        k0, k1 = r0[b], r1[b]
        r0[b], r1[b] = low(k0, k1), high(k0, k1)


@compiled
def mirror4(r0, r1, r2, r3):
    """Compare rows (0, 3) and (1, 2), then (0, 1) and (2, 3): the mirror, and the first halving."""
    for b in range(W):
        k0, k1, k2, k3 = r0[b], r1[b], r2[b], r3[b]
        k0, k3, k1, k2 = low(k0, k3), high(k0, k3), low(k1, k2), high(k1, k2)
        r0[b], r1[b], r2[b], r3[b] = low(k0, k1), high(k0, k1), low(k2, k3), high(k2, k3)


@compiled
def halve4(r0, r1, r2, r3):
    """Compare rows (0, 2) and (1, 3), then (0, 1) and (2, 3): two halvings."""
    for b in range(W):
        k0, k1, k2, k3 = r0[b], r1[b], r2[b], r3[b]
        k0, k2, k1, k3 = low(k0, k2), high(k0, k2), low(k1, k3), high(k1, k3)
        r0[b], r1[b], r2[b], r3[b] = low(k0, k1), high(k0, k1), low(k2, k3), high(k2, k3)


@compiled
def halve8(r):
    """Compare rows four apart, then two, then neighbours: the last three halvings."""
    for b in range(W):
        k0, k1, k2, k3 = r[b], r[b + S], r[b + 2 * S], r[b + 3 * S]
        k4, k5, k6, k7 = r[b + 4 * S], r[b + 5 * S], r[b + 6 * S], r[b + 7 * S]
        k0, k4, k1, k5 = low(k0, k4), high(k0, k4), low(k1, k5), high(k1, k5)
        k2, k6, k3, k7 = low(k2, k6), high(k2, k6), low(k3, k7), high(k3, k7)
        k0, k2, k1, k3 = low(k0, k2), high(k0, k2), low(k1, k3), high(k1, k3)
        k4, k6, k5, k7 = low(k4, k6), high(k4, k6), low(k5, k7), high(k5, k7)
        r[b], r[b + S], r[b + 2 * S], r[b + 3 * S] = low(k0, k1), high(k0, k1), low(k2, k3), high(k2, k3)
        r[b + 4 * S], r[b + 5 * S] = low(k4, k5), high(k4, k5)
        r[b + 6 * S], r[b + 7 * S] = low(k6, k7), high(k6, k7)


@compiled
def sort8(r):
    """Sort eight rows by the 19 comparators of the shortest network that is known to do so."""
    for b in range(W):
        k0, k1, k2, k3 = r[b], r[b + S], r[b + 2 * S], r[b + 3 * S]
        k4, k5, k6, k7 = r[b + 4 * S], r[b + 5 * S], r[b + 6 * S], r[b + 7 * S]
        k0, k2, k1, k3 = low(k0, k2), high(k0, k2), low(k1, k3), high(k1, k3)
        k4, k6, k5, k7 = low(k4, k6), high(k4, k6), low(k5, k7), high(k5, k7)
        k0, k4, k1, k5 = low(k0, k4), high(k0, k4), low(k1, k5), high(k1, k5)
        k2, k6, k3, k7 = low(k2, k6), high(k2, k6), low(k3, k7), high(k3, k7)
        k0, k1, k2, k3 = low(k0, k1), high(k0, k1), low(k2, k3), high(k2, k3)
        k4, k5, k6, k7 = low(k4, k5), high(k4, k5), low(k6, k7), high(k6, k7)
        k2, k4, k3, k5 = low(k2, k4), high(k2, k4), low(k3, k5), high(k3, k5)
        k1, k4, k3, k6 = low(k1, k4), high(k1, k4), low(k3, k6), high(k3, k6)
        r[b], r[b + S], r[b + 2 * S] = k0, low(k1, k2), high(k1, k2)
        r[b + 3 * S], r[b + 4 * S] = low(k3, k4), high(k3, k4)
        r[b + 5 * S], r[b + 6 * S], r[b + 7 * S] = low(k5, k6), high(k5, k6), k7
