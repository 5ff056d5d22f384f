"""Groups of few rewards from both sides: sums from below less sums from above. Spec section 11.15.

The order of the additions is that of `ordergrad_ref.closed_forms.two_sided`, and so are the bits: blocks of
four ranks, counted from the end at which the sums begin. A last block may reach beyond the group: behind it
stand rows of its largest reward, before it rows of its smallest, and the gaps between them are zero.
"""

import numpy as np

from ordergrad_ref.kernels.cpu.compiler import compiled
from ordergrad_ref.kernels.cpu.network import S, W, any_negative, low, row

__all__ = ["add_up", "add_up_one", "rows_from_an_end"]


@compiled
def rows_from_an_end(weights, lead):
    """Put a zero before the weights of gaps, for the rank that ends the group, and ``lead`` behind them."""
    padded = np.zeros(1 + weights.size + lead if weights.size else 0)
    for t in range(weights.size):
        padded[1 + t] = weights[t]
    return padded


@compiled
def lead_out(s, lead, n):
    """Copy the largest rewards into the rows behind them."""
    for t in range(lead + 1 + n, 2 * (lead + 1) + n):
        row(s, t)[:] = row(s, lead + n)


@compiled
def add_up(s, up, down, lead, n, before, least, a):
    """Answer at each rank of W groups, in the rows from ``lead`` on; tell whether a gap is negative."""
    lead_out(s, lead, n)
    before[:] = 0.0
    least[:] = np.inf
    for t in range(lead, lead + up.size, 4):
        i = t - lead
        up4(s[t * S :], up[i], up[i + 1], up[i + 2], up[i + 3], before, least, a[t * S :])
    before[:] = 0.0
    for i in range(0, down.size, 4):
        t = lead + n - 4 - i
        down4(s[(t + 1) * S :], down[i], down[i + 1], down[i + 2], down[i + 3], before, a[t * S :])
    return any_negative(least)


@compiled
def up4(s, w0, w1, w2, w3, before, least, a):
    """Add up a block from below."""
    for b in range(W):
        s0, s1, s2, s3, s4 = s[b], s[b + S], s[b + 2 * S], s[b + 3 * S], s[b + 4 * S]
        d0, d1, d2, d3 = s1 - s0, s2 - s1, s3 - s2, s4 - s3
        least[b] = low(least[b], low(low(d0, d1), low(d2, d3)))
        x0 = d0 * w0
        x1 = x0 + d1 * w1
        x2 = x1 + d2 * w2
        x3 = x2 + d3 * w3
        sum_ = before[b]
        a[b], a[b + S], a[b + 2 * S] = sum_ + x0, sum_ + x1, sum_ + x2
        a[b + 3 * S] = before[b] = sum_ + x3


@compiled
def down4(s, w0, w1, w2, w3, before, a):
    """Add up a block from above, its first rank the highest, and subtract."""
    for b in range(W):
        s0, s1, s2, s3, s4 = s[b], s[b + S], s[b + 2 * S], s[b + 3 * S], s[b + 4 * S]
        x0 = (s4 - s3) * w0
        x1 = x0 + (s3 - s2) * w1
        x2 = x1 + (s2 - s1) * w2
        x3 = x2 + (s1 - s0) * w3
        sum_ = before[b]
        a[b + 3 * S] -= sum_ + x0
        a[b + 2 * S] -= sum_ + x1
        a[b + S] -= sum_ + x2
        a[b] -= sum_ + x3
        before[b] = sum_ + x3


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
