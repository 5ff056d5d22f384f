"""The mean over prompts, and how far it may be from the truth: prompts are the clusters."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from ordergrad_ref.errors import InvalidInputError

__all__ = ["Mean", "degrees", "doubt", "mean_of", "resting_on"]

FEW = 6
"""Prompts on which a standard error rests, below which it is called doubtful."""
PRIOR = 0.24
"""Degrees of freedom by which shares count as zeros and ones. Chosen by benchmarks/intervals.py."""


class Mean(NamedTuple):
    """A mean, its standard error and its interval; None for what so few numbers do not tell."""

    estimate: float | None
    standard_error: float | None
    interval: tuple[float, float] | None


def mean_of(values: Sequence[float], confidence: float, *, shares: bool = False) -> Mean:
    """Return the mean of one number for each prompt, its standard error and its interval.

    ``v̄ = (1/G) Σ_p v_p``, ``SE² = 1/(G(G−1)) Σ_p (v_p − v̄)²``. The interval holds every J with
    ``|v̄ − J| ≤ t_(G−1) SE``; of numbers that lie in [0, 1], every J with ``|v̄ − J| ≤ t_m √(J(1−J) ρ/G)``,
    ``ρ = (f ρ̂ + ν)/(f + ν)``, ``ρ̂ = G SE²/(v̄(1−v̄))``, with f of `degrees`, ``m = min(f + ν, G−1)`` and
    ``ν = 0.24``. Without spread m is G−1 and ρ is 1. Spec eqs. (102), (110), (111), section 11.12.
    """
    from scipy.special import stdtrit

    count = len(values)
    if not count:
        return Mean(None, None, None)
    mean, deviations, exponent = _spread(values)
    if count == 1:
        return Mean(mean, None, None)
    squares = math.fsum(deviation**2 for deviation in deviations)
    error = _times(math.sqrt(squares / (count * (count - 1))), exponent)
    if not shares:
        t = float(stdtrit(count - 1, (1 + confidence) / 2))
        low, high = mean - t * error, mean + t * error
        if not (math.isfinite(low) and math.isfinite(high)):
            raise _overflow()
        return Mean(mean, error, (low, high))
    known, ratio = float(count - 1), 1.0
    if error and 0 < mean < 1:
        f = degrees(count, resting_on(values))
        ratio = (f * count * error**2 / (mean * (1 - mean)) + PRIOR) / (f + PRIOR)
        known = min(f + PRIOR, known)
    t = float(stdtrit(known, (1 + confidence) / 2))
    width = t * t * ratio / count
    centre = (mean + width / 2) / (1 + width)
    reach = math.sqrt(mean * (1 - mean) * width + width * width / 4) / (1 + width)
    return Mean(mean, error, (max(0.0, centre - reach), min(1.0, centre + reach)))


def degrees(count: int, rests_on: float) -> float:
    """Return the degrees of freedom of a spread that rests on so many of the numbers.

    ``f = 2 / (1/r − (G−3)/(G(G−1)))``, at most G − 1: Satterthwaite's, those of the χ² that is as uncertain,
    relative to its mean, as the squared spread. Spec eq. (110).

    Examples
    --------
    >>> degrees(30, 30 / 3), round(degrees(30, 2.0), 1)
    (29.0, 4.3)
    """
    return min(count - 1.0, 2 / (1 / rests_on - (count - 3) / (count * (count - 1))))


def resting_on(values: Sequence[float]) -> float:
    """Tell on how many numbers the spread rests: ``(Σ d²)²/Σ d⁴``, ``d = v_p − v̄``; 0 without spread.

    Examples
    --------
    >>> round(resting_on([0, 1] * 50)), round(resting_on([1.0] * 99 + [0.0]))
    (100, 1)
    """
    squares = [deviation**2 for deviation in _spread(values)[1]]
    fourth = math.fsum(square * square for square in squares)
    return math.fsum(squares) ** 2 / fourth if fourth else 0.0


def doubt(values: Sequence[float], what: str = "value") -> str:
    """Say what the interval of at least one number does not, or nothing."""
    if len(values) == 1:
        return "one prompt tells nothing about others: no standard error"
    rests_on = resting_on(values)
    if not rests_on:
        return f"all prompts have the same {what}: the standard error of 0 tells nothing"
    if len(values) >= FEW and rests_on < FEW:
        return f"the standard error rests on about {max(1, round(rests_on))} prompts: it may be too small"
    return ""


def _spread(values: Sequence[float]) -> tuple[float, list[float], int]:
    """Return the mean, the deviations from it over ``2**exponent``, none above 2, and the exponent.

    So no sum overflows, and no square or fourth power of them overflows or vanishes.
    """
    size = _exponent(values)
    scaled = [math.ldexp(value, -size) for value in values]
    mean = math.fsum(scaled) / len(scaled)
    mean = min(max(mean, min(scaled)), max(scaled))  # rounding takes it out of equal values
    deviations = [value - mean for value in scaled]
    spread = _exponent(deviations)
    return _times(mean, size), [math.ldexp(deviation, -spread) for deviation in deviations], size + spread


def _exponent(values: Sequence[float]) -> int:
    largest = max(map(abs, values))
    if largest == math.inf:
        raise _overflow()
    return math.frexp(largest)[1]


def _times(value: float, exponent: int) -> float:
    try:
        return math.ldexp(value, exponent)
    except OverflowError:
        raise _overflow() from None


def _overflow() -> InvalidInputError:
    return InvalidInputError(
        "rewards: expected answers that float64 holds, got one that overflows float64; scale the rewards down"
    )
