"""The expected gradient of an estimator on every policy over three rewards, by enumeration."""

from collections.abc import Callable
from math import factorial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref import population
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic

__all__ = ["angles", "grid"]

Floats: TypeAlias = NDArray[np.float64]


def grid(steps: int) -> Floats:
    """Return the policies ``(a, b, c)/steps`` with all three positive, ``(M, 3)``."""
    counts = [(a, b, steps - a - b) for a in range(1, steps - 1) for b in range(1, steps - a)]
    return np.array(counts, dtype=float) / steps


def angles(
    estimator: Callable[[Any], Any], alpha: LStatistic, values: Floats, n: int, policies: Floats
) -> Floats:
    """Return the angle between expected and true gradient on each policy, in degrees.

    The expected gradient by the logits is ``Σ_m P(m) (1/N) Σ_v m_v A_v(m) (e_v − p)`` over all multisets m of
    N rewards; the true one is ``K p_b ā_b``, spec eq. (34). 90 where one of them vanishes.

    Raises
    ------
    InvalidInputError
        If equal rewards are answered unequally, or the answer is not N finite numbers.
    """
    expected = np.zeros_like(policies)
    for a in range(n + 1):
        for b in range(n + 1 - a):
            counts = np.array([a, b, n - a - b])
            ways = factorial(n) // (factorial(a) * factorial(b) * factorial(n - a - b))
            chance = ways * np.prod(policies**counts, axis=1)
            weights = counts * _answers(estimator, np.repeat(values, counts), counts) / n
            expected += chance[:, None] * (weights - policies * weights.sum())
    true = alpha.k * policies * population.advantage(np.broadcast_to(values, policies.shape), policies, alpha)
    sizes = np.linalg.norm(expected, axis=1) * np.linalg.norm(true, axis=1)
    with np.errstate(invalid="ignore"):
        # The sine keeps its precision where the angle is small, and both vectors lie in one plane.
        sine = abs(np.cross(expected, true) @ np.ones(3)) / np.sqrt(3)
        found = np.degrees(np.arctan2(sine, (expected * true).sum(axis=1)))
    return np.where(sizes > 0, found, 90.0)


def _answers(estimator: Callable[[Any], Any], rewards: Floats, counts: NDArray[np.int_]) -> Floats:
    got = np.asarray(estimator(rewards.copy()), dtype=float)
    if got.shape != rewards.shape or not np.isfinite(got).all():
        raise InvalidInputError(
            f"estimator: expected {len(rewards)} finite numbers for {rewards}, got {got} of shape {got.shape}"
        )
    answers, start = np.zeros(3), 0
    for v, count in enumerate(counts):
        here = got[start : start + count]
        if count:
            if np.ptp(here) > 1e-9 * abs(got).max():
                raise InvalidInputError(
                    f"estimator: expected equal answers to equal rewards, got {here} for {count} times "
                    f"{rewards[start]}; let ordergrad_ref.audit judge what depends on the order"
                )
            answers[v] = here.mean()
        start += count
    return answers
