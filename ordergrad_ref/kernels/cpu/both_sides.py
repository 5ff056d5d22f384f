"""Groups of few rewards from both sides: sums from below less sums from above. Spec section 11.15.

The order of the additions is that of `ordergrad_ref.closed_forms.two_sided`, by halves counted from the end
at which the sums begin, and so are the bits.
"""

import numpy as np

from ordergrad_ref.kernels.cpu.compiler import compiled, inlined
from ordergrad_ref.kernels.cpu.lanes import LANES, every, load, store

__all__ = ["add_up", "add_up_one"]


@inlined
def add_up(s, n, rise, fall, a):
    """Fill n rows of ``a`` with the answer at each rank of eight groups; n more hold the sums from above."""
    sums(rising, s, n, rise, a)
    sums(falling, s, n, fall, a[n * LANES :])
    for m in range(n):
        store(a, m * LANES, load(a, m * LANES) - load(a, (2 * n - 1 - m) * LANES))


@inlined
def rising(s, n, m, rise):
    """Weigh the gap below rank m; the lowest has none."""
    if m == 0:
        return every(0.0)
    return (load(s, m * LANES) - load(s, (m - 1) * LANES)) * every(rise[m - 1])


@inlined
def falling(s, n, m, fall):
    """Weigh the gap above the rank that has m above it; the highest has none."""
    if m == 0:
        return every(0.0)
    return (load(s, (n - m) * LANES) - load(s, (n - 1 - m) * LANES)) * every(fall[m - 1])


@inlined
def sums(term, s, n, weights, a):
    """Fill n rows with running sums: of eight at a time in registers, of larger halves in memory."""
    eights = n // 8 * 8
    for m in range(0, eights, 8):
        before = every(0.0) if m % 16 == 0 else load(a, (m - 1) * LANES)
        x0, x1 = term(s, n, m, weights), term(s, n, m + 1, weights)
        x2, x3 = term(s, n, m + 2, weights), term(s, n, m + 3, weights)
        x4, x5 = term(s, n, m + 4, weights), term(s, n, m + 5, weights)
        x6, x7 = term(s, n, m + 6, weights), term(s, n, m + 7, weights)
        x1, x3, x5, x7 = x0 + x1, x2 + x3, x4 + x5, x6 + x7
        x2, x3, x6, x7 = x1 + x2, x1 + x3, x5 + x6, x5 + x7
        x4, x5, x6, x7 = x3 + x4, x3 + x5, x3 + x6, x3 + x7
        store(a, m * LANES, before + x0)
        store(a, (m + 1) * LANES, before + x1)
        store(a, (m + 2) * LANES, before + x2)
        store(a, (m + 3) * LANES, before + x3)
        store(a, (m + 4) * LANES, before + x4)
        store(a, (m + 5) * LANES, before + x5)
        store(a, (m + 6) * LANES, before + x6)
        store(a, (m + 7) * LANES, before + x7)
    for m in range(eights, n):
        store(a, m * LANES, term(s, n, m, weights))
    halves(a, eights, n, 1)
    halves(a, eights // 16 * 16, n, 8)
    halves(a, 0, n, 16)


@inlined
def halves(a, start, end, half):
    """Add up rows by halves that are added up each by itself."""
    while start + half < end:
        for second in range(start + half, end, 2 * half):
            before = load(a, (second - 1) * LANES)
            for m in range(second, min(second + half, end)):
                store(a, m * LANES, before + load(a, m * LANES))
        half *= 2


@compiled
def add_up_one(s, rise, fall, a):
    """Fill ``a`` with the answer at each rank of one group."""
    n = s.size
    down = np.empty(n)
    a[0] = down[0] = 0.0
    for m in range(1, n):
        a[m] = (s[m] - s[m - 1]) * rise[m - 1]
        down[m] = (s[n - m] - s[n - 1 - m]) * fall[m - 1]
    half = 1
    while half < n:
        for second in range(half, n, 2 * half):
            for m in range(second, min(second + half, n)):
                a[m] += a[second - 1]
                down[m] += down[second - 1]
        half *= 2
    for m in range(n):
        a[m] -= down[n - 1 - m]
