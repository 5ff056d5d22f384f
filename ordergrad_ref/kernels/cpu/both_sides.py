"""Groups of few rewards from both sides: sums from below less sums from above. Spec section 11.15.

The order of the additions is that of `ordergrad_ref.closed_forms.two_sided`, and so are the bits: blocks of
four ranks, counted from the end at which the sums begin.
"""

from ordergrad_ref.kernels.cpu.compiler import compiled, inlined
from ordergrad_ref.kernels.cpu.lanes import LANES, every, load, store

__all__ = ["add_up", "add_up_one"]


@inlined
def add_up(s, n, rise, fall, a):
    """Fill n rows of ``a`` with the answer at each rank of eight groups; n more hold the sums from above."""
    before_rise = total_rise = before_fall = total_fall = every(0.0)
    below, above = load(s, 0), load(s, (n - 1) * LANES)
    store(a, 0, total_rise)
    store(a, (n + n - 1) * LANES, total_fall)
    for m in range(1, n):
        if m % 4 == 0:
            before_rise, total_rise = before_rise + total_rise, every(0.0)
            before_fall, total_fall = before_fall + total_fall, every(0.0)
        i, j = m * LANES, (n - 1 - m) * LANES
        higher, lower = load(s, i), load(s, j)
        total_rise = total_rise + (higher - below) * every(rise[m - 1])
        total_fall = total_fall + (above - lower) * every(fall[m - 1])
        store(a, i, before_rise + total_rise)
        store(a, n * LANES + j, before_fall + total_fall)
        below, above = higher, lower
    for i in range(0, n * LANES, LANES):
        store(a, i, load(a, i) - load(a, n * LANES + i))


@compiled
def add_up_one(s, rise, fall, a):
    """Fill ``a`` with the answer at each rank of one group."""
    n = s.size
    before = total = 0.0
    for m in range(n):
        if m % 4 == 0:
            before, total = before + total, 0.0
        if m:
            total += (s[m] - s[m - 1]) * rise[m - 1]
        a[m] = before + total
    before = total = 0.0
    for m in range(n):
        if m % 4 == 0:
            before, total = before + total, 0.0
        if m:
            total += (s[n - m] - s[n - 1 - m]) * fall[m - 1]
        a[n - 1 - m] -= before + total
