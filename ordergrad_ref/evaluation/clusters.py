"""The mean over prompts, and how far it may be from the truth: prompts are the clusters."""

import math
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Mean", "mean_of", "resting_on"]


class Mean(NamedTuple):
    """A mean, its standard error and its interval; None for what so few numbers do not tell."""

    estimate: float | None
    standard_error: float | None
    interval: tuple[float, float] | None


def mean_of(values: Sequence[float], confidence: float, *, shares: bool = False) -> Mean:
    """Return the mean of one number for each prompt, its standard error and its interval.

    ``v̄ = (1/G) Σ_p v_p``, ``SE² = 1/(G(G−1)) Σ_p (v_p − v̄)²``. The interval holds every J with
    ``|v̄ − J| ≤ t_(G−1) SE``; of numbers that lie in [0, 1], every J with ``|v̄ − J| ≤ t_(G−1) √(J(1−J)/n)``,
    ``n = v̄(1−v̄)/SE²``, or G where SE is 0. Spec eq. (102), section 11.12.
    """
    from scipy.special import stdtrit

    count = len(values)
    if not count:
        return Mean(None, None, None)
    mean = math.fsum(values) / count
    if count == 1:
        return Mean(mean, None, None)
    squares = math.fsum((value - mean) ** 2 for value in values)
    error = math.sqrt(squares / (count * (count - 1)))
    t = float(stdtrit(count - 1, (1 + confidence) / 2))
    if not shares:
        return Mean(mean, error, (mean - t * error, mean + t * error))
    n = mean * (1 - mean) / error**2 if error else count
    width = t * t / n
    centre = (mean + width / 2) / (1 + width)
    reach = math.sqrt(mean * (1 - mean) * width + width * width / 4) / (1 + width)
    return Mean(mean, error, (max(0.0, centre - reach), min(1.0, centre + reach)))


def resting_on(values: Sequence[float]) -> float:
    """Tell on how many numbers the spread rests: ``(Σ d²)²/Σ d⁴``, ``d = v_p − v̄``; 0 without spread.

    Examples
    --------
    >>> round(resting_on([0, 1] * 50)), round(resting_on([1.0] * 99 + [0.0]))
    (100, 1)
    """
    mean = math.fsum(values) / len(values)
    squares = [(value - mean) ** 2 for value in values]
    fourth = math.fsum(square * square for square in squares)
    return math.fsum(squares) ** 2 / fourth if fourth else 0.0
