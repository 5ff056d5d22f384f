"""Bias of a function whose answers are random: what the mean over a fixed number of seeds tells of it.

Theorem (Maurer and Pontil 2009, theorem 4; spec eq. (103)). Let S independent draws of a rise lie within an
interval of length R, and let V be their sample variance. Then with probability at least ``1 − δ``, for all P
rises at once,

    |mean − expectation| ≤ √(2 V L / S) + 7 R L / (3 (S − 1)),   L = log(4 P / δ)

So each pair of spec eq. (56) says between which bounds the constant lies, and where no constant is within the
bounds of all pairs, the function is biased, up to the chance δ. The seeds are fixed: no verdict depends on
the run. What is supposed is that draws under different seeds are independent, and that none leaves the range.
"""

from dataclasses import dataclass
from math import log
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.agreement import CHANCE, MOST_LEFT_OPEN
from ordergrad_ref.auditing.decisions.bias import check_signal, slack, steepest
from ordergrad_ref.auditing.decisions.pairs import Pairs
from ordergrad_ref.objectives import LStatistic

__all__ = ["Constants", "Draws", "constants", "half_widths"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Constants:
    """The constants that no pair excludes, and how large a bias is not excluded.

    Attributes
    ----------
    low, high : float
        The least and the largest of them.
    refuted : bool
        Whether every constant is excluded by some pair: a bias. Then ``low`` and ``high`` say nothing.
    best : float
        The one of least squares of the slopes among them; where there are none, of all.
    unseen : float
        How far some rise may be from that of ``best``, relative to the signal of its pair.
    worst : int
        The pair that is farthest from ``best``, in units of what chance explains.
    """

    low: float
    high: float
    refuted: bool
    best: float
    unseen: float
    worst: int

    @property
    def verdict(self) -> bool | None:
        """Biased or descending; unbiased, where no bias beyond a tenth is left open; else not decided."""
        if self.refuted or self.high < 0:
            return False
        return True if self.low > 0 and self.unseen <= MOST_LEFT_OPEN else None


@dataclass(frozen=True)
class Draws:
    """What was estimated of a function whose answers are random.

    Attributes
    ----------
    seeds : int
        Over how many seeds the means were taken.
    constants : Constants
        The constants that the means leave open.
    """

    seeds: int
    constants: Constants

    def sentence(self, objective: LStatistic) -> str:
        """Say what the means tell of bias, and how surely. Spec eq. (103)."""
        c = self.constants
        between = f"c between {c.low:.4g} and {c.high:.4g}"
        means = f"its answers are random: means of {self.seeds} seeds, spec eq. (103)"
        if c.refuted:
            return f"biased for {objective}: no constant fits the mean answers on these rewards; {means}"
        if c.high < 0:
            return f"reversed for {objective}: none but negative constants fit, {between}; {means}"
        seen = f"no bias seen beyond {100 * c.unseen:.2g} % of the signal for {objective} on these rewards"
        if c.verdict:
            return f"{seen}, {between}; {means}"
        why = "" if c.low > 0 else ", and no signal either"
        return f"bias not decided: {seen}{why}, {between}; {means}"


def half_widths(draws: Floats, gap: Floats) -> Floats:
    """``√(2 V L / S) + 7 R L / (3 (S − 1))`` of each rise. Spec eq. (103).

    Parameters
    ----------
    draws : (S, P) array
        Of each rise, S independent draws.
    gap : (P,) array
        The gap of the rewards of each pair: R is the largest range seen per gap, times the gap.
    """
    s, p = draws.shape
    bits = log(4 * p / CHANCE)
    width = (np.ptp(draws, axis=0) / gap).max() * gap
    found: Floats = np.sqrt(2 * draws.var(axis=0, ddof=1) * bits / s) + 7 * width * bits / (3 * (s - 1))
    return found


def constants(pairs: Pairs, half: Floats, k: int, u: float, tolerance: float) -> Constants:
    """Intersect what all pairs say of c in ``A(b′; n) − A(b; n) = c K [q(b′; n) − q(b; n)]``.

    Parameters
    ----------
    pairs : Pairs
        With mean rises.
    half : (P,) array
        Their `half_widths`.
    k : int
        The objective's K.
    u, tolerance : float
        The unit roundoff of the answers, and what counts as zero: roundings exclude nothing.

    Raises
    ------
    InvalidInputError
        If the objective's gradient is zero for every distribution.
    """
    q = k * pairs.inclusion
    check_signal(q)
    signal = np.maximum(abs(pairs.rise), steepest(pairs) * pairs.gap)
    around = half + slack(pairs, u) + tolerance * signal
    some = q != 0
    ends = (pairs.rise[some] + np.multiply.outer((-1, 1), around[some])) / q[some]
    low, high = float(ends.min(axis=0).max()), float(ends.max(axis=0).min())
    refuted = low > high or bool((abs(pairs.rise) > around)[~some].any())
    slope, slope_q = pairs.rise / pairs.gap, q / pairs.gap
    best = float((slope * slope_q).sum() / (slope_q * slope_q).sum())
    if not refuted:
        best = min(max(best, low), high)
    error = abs(pairs.rise - best * q)
    unit = np.maximum(signal, abs(best * q))
    unit = np.where(unit > 0, unit, 1.0)
    worst = int((error / np.where(around > 0, around, 1.0)).argmax())
    return Constants(low, high, refuted, best, float(((error + half) / unit).max()) + tolerance, worst)
