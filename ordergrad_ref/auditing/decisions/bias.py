"""The constant that makes a function's answers a gradient, and how far they are from any.

What a pair of spec eq. (56) is held against is the signal of its own: its two sides, and what the gap of its
two rewards is worth where the function is steepest. Roundings are left open as far as they reach: of the
answers, which grow with a baseline, and of the rewards. A baseline therefore hides nothing; where it has
rounded the signal away, nothing is decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.agreement import ROUNDINGS, left_by_sums, left_open
from ordergrad_ref.auditing.decisions.pairs import Pairs
from ordergrad_ref.errors import InvalidInputError

__all__ = [
    "Fit",
    "Violation",
    "check_signal",
    "fitted_constant",
    "roundings",
    "slack",
    "steepest",
    "violation",
]

Floats: TypeAlias = NDArray[np.float64]

U64 = 2.0**-53
"""Answers are kept in float64, whatever their dtype was."""


@dataclass(frozen=True)
class Violation:
    """The largest violation of spec eq. (56), relative to the signal of its pair.

    Attributes
    ----------
    residual : float
        Beyond the roundings that are left open: what must be within the tolerance for "unbiased".
    certain : float
        Beyond all that rounding could explain: what must be beyond the tolerance for "biased".
    """

    residual: float
    certain: float

    def verdict(self, tolerance: float) -> bool | None:
        """Tell whether the equation holds; ``None`` where only rounding could explain that it does not."""
        if self.residual <= tolerance:
            return True
        return False if self.certain > tolerance else None

    def __or__(self, other: "Violation") -> "Violation":
        """Return the worse of both."""
        return Violation(max(self.residual, other.residual), max(self.certain, other.certain))


@dataclass(frozen=True)
class Fit:
    """The constant c, how far the pairs are from it, and its relative precision."""

    constant: float
    violation: Violation
    precision: float


def fitted_constant(pairs: Sequence[Pairs], k: int, u: float) -> Fit:
    """Fit one c in ``A(b′; n) − A(b; n) = c K [q(b′; n) − q(b; n)]`` to the first pairs. Spec eq. (56).

    All pairs are held against it. It is zero where no rise is more than a rounding: no signal.
    """
    first = pairs[0]
    q = k * first.inclusion
    check_signal(q)
    if all(_silent(p, u) for p in pairs):
        return Fit(0.0, Violation(0.0, 0.0), 0.0)
    unit_a, unit_q = float(abs(first.rise).max()), float(abs(q).max())
    if not unit_a:
        return Fit(0.0, _held(pairs, k, 0.0, u), 0.0)
    where = abs(q).argmax()
    x, y = first.rise / unit_a, q / unit_q
    fits = [
        (_held(pairs, k, c, u), c)
        for c in (unit_a / unit_q * float(z) for z in ((x * y).sum() / (y * y).sum(), x[where] / y[where]))
    ]
    worst, c = min(fits, key=lambda fit: fit[0].residual)
    precision = float(abs(first.rise - c * q).max()) / abs(c) / unit_q if c else 1.0
    return Fit(c, worst, precision)


def check_signal(inclusion: Floats) -> None:
    """Refuse an objective whose gradient is zero for every distribution.

    Raises
    ------
    InvalidInputError
        If no inclusion rises.
    """
    if not inclusion.any():
        raise InvalidInputError(
            "objective: expected a gradient that is not zero for every distribution on these rewards, got "
            "one that is; there is nothing to estimate"
        )


def _held(pairs: Sequence[Pairs], k: int, c: float, u: float) -> Violation:
    worst = Violation(0.0, 0.0)
    for p in pairs:
        worst |= violation(p, c * k * p.inclusion, u)
    return worst


def _silent(p: Pairs, u: float) -> bool:
    """Tell whether no rise is more than rounding leaves of the advantages, or of rewards in their unit."""
    unit = float(p.size.max()) / (float(p.reward.max()) or 1.0)
    return bool((abs(p.rise) <= roundings(p.size, p.reward, u, unit)).all())


def slack(p: Pairs, u: float) -> Floats:
    """How far rounding may have moved each rise. Spec section 9.4.

    It is 16 roundings of the largest advantage of both batches, or what sums leave of the largest reward
    where that is more, in the unit of the steepest rise.
    """
    return roundings(p.size, p.reward, u, steepest(p))


def roundings(size: Floats, reward: Floats, u: float, unit: float) -> Floats:
    """``max(16 u |A|, min(u^(3/4), 2^10 u) · unit · |x|)``. Spec section 9.4."""
    return np.maximum(ROUNDINGS * max(u, U64) * size, left_by_sums(max(u, U64)) * unit * reward)


def steepest(p: Pairs) -> float:
    """Return the largest slope ``|A(b′; n) − A(b; n)| / (b′ − b)``."""
    return float((abs(p.rise) / p.gap).max())


def violation(p: Pairs, expected: Floats, u: float, moved: Floats | float = 0.0) -> Violation:
    """``|A(b′; n) − A(b; n) − expected|``, relative to the signal of each pair. Spec section 9.4.

    ``moved`` is how far rounding may have moved what is expected.
    """
    signal = np.maximum.reduce([abs(p.rise), abs(expected), steepest(p) * p.gap])
    error, rounding = abs(p.rise - expected), slack(p, u) + moved
    unit = np.where(signal > 0, signal, 1.0)
    granted = np.minimum(rounding, left_open(u) * signal)
    return Violation(
        *(float((np.maximum(error - r, 0.0) / unit).max(initial=0.0)) for r in (granted, rounding))
    )
