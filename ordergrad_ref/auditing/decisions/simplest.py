"""The simplest batch, and the simplest pair of batches, that show how a law is broken.

A batch is the simpler the fewer different rewards it has, then the smaller these are. Among those that break
the law by at least a quarter of the worst, the simplest is shown: a reader can compute it by hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing.decisions.bias import fitted_constant, roundings, steepest
from ordergrad_ref.auditing.decisions.multisets import Differences

__all__ = ["Fit", "Pair", "constant_of_most", "simplest_batch", "simplest_pair"]

Floats: TypeAlias = NDArray[np.float64]

CLEAR = 0.25
"""The share of the worst violation that what is shown must show."""

MANY = 0.25
"""The share of all pairs that agree on a constant from which on it is taken, and not one fitted to all."""


@dataclass(frozen=True)
class Fit:
    """The constant of the nearest gradient, and the share of all pairs that it is right for.

    ``share`` is ``None`` where no constant is right for many, and c is fitted to all by least squares.
    """

    c: float
    share: float | None


@dataclass(frozen=True)
class Pair:
    """Two batches with the same others in which one reward is b or b′. Spec eq. (56).

    Attributes
    ----------
    others : tuple of m ints
        How often each value occurs among the others.
    low, high : int
        Which of the values the one reward is.
    came, inclusion : float
        ``A(high; n) − A(low; n)``, and ``q(high; n) − q(low; n)``.
    """

    others: tuple[int, ...]
    low: int
    high: int
    came: float
    inclusion: float


def constant_of_most(d: Differences, k: int, u: float, tolerance: float) -> Fit:
    """Find the constant that spec eq. (56) has on most pairs of batches; else fit one to all of them.

    A function that is right but on ties, or but beyond a bound, has the same constant on all other pairs.
    """
    a, q, rounding = _pairs(d, u)
    judged = abs(q) > 0
    ratio = np.where(judged & (abs(a) > rounding), a, 0.0)[judged] / (k * q[judged])
    ordered = np.sort(ratio[ratio > 0])
    if len(ordered):
        until = np.searchsorted(ordered, ordered * (1 + 2 * tolerance), side="right")
        count = until - np.arange(len(ordered))
        best = int(count.argmax())
        share = int(count[best]) / len(ratio)
        if share >= MANY:
            return Fit(float(ordered[best : until[best]].mean()), share)
    return Fit(fitted_constant([d.pairs], k, u).constant, None)


def simplest_pair(
    d: Differences, values: Sequence[Fraction], k: int, c: float, u: float, tolerance: float
) -> Pair | None:
    """Find the simplest pair that breaks ``A(b; n) − A(b′; n) = c K [q(b; n) − q(b′; n)]``, spec eq. (56)."""
    a, q, rounding = _pairs(d, u)
    gaps = np.array([d.values[high] - d.values[low] for low, high in _columns(d)])
    scale = np.maximum.reduce([abs(a), abs(c * k * q), np.broadcast_to(steepest(d.pairs) * gaps, a.shape)])
    violation = np.maximum(abs(a - c * k * q) - rounding, 0.0) / np.where(scale > 0, scale, 1.0)
    enough = max(CLEAR * float(violation.max(initial=0.0)), tolerance)
    broken = np.argwhere(violation > enough)
    if not len(broken):
        return None
    columns = _columns(d)
    present = d.others[broken[:, 0]] > 0
    np.put_along_axis(present, np.array(columns)[broken[:, 1]], True, axis=1)
    different = present.sum(axis=1)

    def how_small(place: list[int]) -> tuple[Fraction, list[int]]:
        row, column = place
        ends = sum(abs(values[i]) for i in columns[column])
        return sum((abs(values[i]) * o for i, o in enumerate(d.others[row].tolist())), Fraction(ends)), place

    row, column = min(broken[different == different.min()].tolist(), key=how_small)
    low, high = columns[column]
    return Pair(tuple(d.others[row].tolist()), low, high, float(a[row, column]), float(q[row, column]))


def simplest_batch(
    tables: Sequence[Floats], violations: Sequence[Floats], scales: Sequence[float], tolerance: float
) -> tuple[int, int] | None:
    """Find the simplest batch that breaks a law: its table and its row; the enumerated tables come first."""
    for i, (table, violation, scale) in enumerate(zip(tables, violations, scales, strict=False)):
        worst = float(violation.max(initial=0.0))
        if worst <= tolerance * scale:
            continue
        broken = np.flatnonzero(violation >= max(CLEAR * worst, tolerance * scale))
        rows = table[broken]
        different = 1 + (np.diff(np.sort(rows, axis=1), axis=1) > 0).sum(axis=1)
        return i, int(broken[np.lexsort((abs(rows).sum(axis=1), different))[0]])
    return None


def _columns(d: Differences) -> list[tuple[int, int]]:
    return list(combinations(range(d.advantage.shape[1]), 2))


def _pairs(d: Differences, u: float) -> tuple[Floats, Floats, Floats]:
    """Both sides of spec eq. (56) for all pairs of values, and how far rounding may move the left one."""
    one = roundings(d.size, d.reward, u, steepest(d.pairs))
    a, q, rounding = (
        np.stack(x, axis=1)
        for x in zip(
            *(
                (
                    d.advantage[:, high] - d.advantage[:, low],
                    d.inclusion[:, high] - d.inclusion[:, low],
                    np.maximum(one[:, low], one[:, high]),
                )
                for low, high in _columns(d)
            ),
            strict=True,
        )
    )
    return a, q, rounding
