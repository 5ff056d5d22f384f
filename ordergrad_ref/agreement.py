"""The thresholds of spec section 9.4 by which an audit decides, each beside its equation.

They stand below `targets`, which asks by eq. (55) whether a target repeats its answer. ``u`` is the unit
roundoff of the dtype that the function returned, ``scale`` the largest ``|A|`` at hand.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CHANCE",
    "COARSE",
    "MOST_LEFT_OPEN",
    "RECOGNISABLE",
    "ROUNDINGS",
    "agree",
    "constant_precision",
    "left_by_sums",
    "left_open",
    "same_answer",
    "tolerance",
]

Floats: TypeAlias = NDArray[np.float64]

ROUNDINGS = 16
"""Roundings of the largest ``|A|`` that an answer may be off by: ``16 u · scale``. Spec eqs. (54), (56)."""

RECOGNISABLE = 0.01
"""The largest chance at which a number is still called a fraction: one in a hundred. Spec section 9.4."""


COARSE = 1e-3
"""The largest tolerance within which "unbiased" is said, and can be required, without a word of it."""

CHANCE = 1e-6
"""The chance δ that a function of random answers is called biased and is not. Spec eq. (103)."""

MOST_LEFT_OPEN = 0.1
"""The largest bias that may be left open where "no bias seen" is said of random answers. Spec eq. (103)."""


def left_by_sums(u: float) -> float:
    """``u^(3/4)``, at most ``2^10 u``: what weighted sums may leave of the largest reward where they cancel.

    Weights ``exp(log Γ …)`` are off by a few dozen roundings, hundreds in large groups. Spec section 9.4.
    """
    return min(u**0.75, 2.0**10 * u)


def left_open(u: float) -> float:
    """``100 √u``, at most a thousandth: the share of a signal that rounding may explain without a word.

    Where roundings of the answers are more than that, and the equation fails by more than that, the audit
    does not decide. Spec section 9.4.
    """
    return float(min(100 * np.sqrt(u), COARSE))


def tolerance(u: float) -> float:
    """``√u``, relative to scale: what counts as zero in answers of unit roundoff u. Spec eq. (55)."""
    return float(np.sqrt(u))


def same_answer(a: Floats, b: Floats, u: float) -> bool:
    """Tell whether ``max |a − b| ≤ √u · max |a|``. Spec eq. (55)."""
    return bool(abs(a - b).max() <= tolerance(u) * abs(a).max())


def agree(violations: Sequence[Floats], scales: Sequence[float], tolerance: float) -> bool:
    """Tell whether every violation is at most ``tolerance · scale``, each table with its own scale.

    Spec eq. (55). Tables without violations are those that were not asked about; they do not count.
    """
    return all(bool(v.max() <= tolerance * scale) for v, scale in zip(violations, scales, strict=False))


def constant_precision(u: float, error: float = 0.0) -> float:
    """``max(16 u, 2 · error)``: how precisely a fitted constant is known. Spec section 9.4."""
    return max(ROUNDINGS * u, 2 * error)
