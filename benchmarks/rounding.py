"""What ``rounding="correct"`` costs, and how far the answers without it lie below their bound.

Errors are those of advantages in float64, in units of u · scale, against exact rationals: spec eq. (54)
allows 16, of which 15.1 are proved. Times are of the processor, the least of three.
"""

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

import ordergrad_ref as og

__all__ = ["rows"]

SIZES = ((1, 8), (512, 8), (64, 64), (16, 256), (1, 4096))
OBJECTIVES = ("max@4", "mean@1", "top(2)@4", "median@5", "cvar(0.3)@4")
COLUMNS = ("groups × N", "bounded ms", "correct ms", "ratio", "largest error")


def rows() -> Iterator[tuple[str, ...]]:
    """Measure every row of the table, with rewards of normal and of heavy-tailed laws."""
    rng = np.random.default_rng(0)
    for groups, n in SIZES:
        x = rng.normal(size=(groups, n))
        bounded = _least(lambda x=x: og.advantage(x, "max@4"), 50)
        correct = _least(lambda x=x: og.advantage(x, "max@4", rounding="correct"), 1)
        error = max(_error(y, objective) for y in (x, np.exp(3 * x)) for objective in OBJECTIVES)
        yield (
            f"{groups} × {n}",
            f"{bounded:.3g}",
            f"{correct:.3g}",
            f"{correct / bounded:.0f}",
            f"{error:.2f}",
        )


def _least(call: Callable[[], Any], times: int) -> float:
    """Milliseconds of a call, the mean of so many."""

    def once() -> float:
        start = time.process_time()
        for _ in range(times):
            call()
        return 1e3 * (time.process_time() - start) / times

    call()
    return min(once() for _ in range(3))


def _error(x: Any, objective: str) -> float:
    """The largest error of a group's advantages, in roundings of its largest one."""
    worst = Fraction(0)
    for row, got in zip(x.tolist(), og.advantage(x, objective).tolist(), strict=True):
        exact = og.advantage([Fraction(v) for v in row], objective)
        errors = [abs(Fraction(g) - e) for g, e in zip(got, exact, strict=True)]
        worst = max(worst, max(errors) / max(map(abs, exact)))
    return float(worst * 2**53)


if __name__ == "__main__":
    for row in (COLUMNS, *rows()):
        print(" | ".join(row))
