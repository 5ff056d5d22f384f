"""Rows of numbers, one of each of eight groups, and how groups are laid in them: places turn into rows."""

import numpy as np

from ordergrad_ref.kernels.cpu.compiler import compiled
from ordergrad_ref.kernels.cpu.lanes import LANES, turn

__all__ = ["rows", "turn_back", "turn_over"]


@compiled
def rows(n):
    """Make n rows of ∞, each a line of the processor's cache."""
    numbers = np.full((n + 1) * LANES, np.inf)
    start = -(numbers.ctypes.data // 8) % LANES
    return numbers[start : start + n * LANES]


@compiled
def turn_over(x, i, n, s):
    """Lay the rewards of eight groups in rows: squares, and then what is left one by one."""
    for t in range(0, n - 7, 8):
        turn(x, i + t, n, s, t * LANES, LANES)
    for t in range(n // 8 * 8, n):
        for b in range(LANES):
            s[np.uint64(t * LANES + b)] = x[np.uint64(i + b * n + t)]


@compiled
def turn_back(a, n, out, i):
    """Lay rows of answers in eight groups."""
    for t in range(0, n - 7, 8):
        turn(a, t * LANES, LANES, out, i + t, n)
    for t in range(n // 8 * 8, n):
        for b in range(LANES):
            out[np.uint64(i + b * n + t)] = a[np.uint64(t * LANES + b)]
