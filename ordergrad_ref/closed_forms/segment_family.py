"""The published estimators on samples of `ordergrad_ref.closed_forms.segments`.

The formulas are those of `ordergrad_ref.maxk` and of `ordergrad_ref.estimators`, with the size n of each
sample's own group.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import array_api_compat as compat

from ordergrad_ref.closed_forms.array_api import take
from ordergrad_ref.closed_forms.segments import (
    Sorted,
    Weights,
    advantage,
    centred,
    inclusion,
    leave_one_out,
    rise,
    score_weights,
    total,
)
from ordergrad_ref.objectives import Objective, maximum

__all__ = ["FORMULAS", "Formula", "binary"]

Tensor: TypeAlias = Any

Formula: TypeAlias = Callable[[Sorted, Callable[[Objective], Weights], int], Tensor]
"""Answers each sorted sample, from the weights of an objective, and K."""


def _pkpo(s: Sorted, weights: Callable[[Objective], Weights], k: int) -> Tensor:
    """``(K/n) q_i``. Spec eq. (39)."""
    return inclusion(s, weights(maximum(k)), maximum(k)) * k / s.size


def _pkpo_loo(s: Sorted, weights: Callable[[Objective], Weights], k: int) -> Tensor:
    """``(K/n) q_i − K/(n−1) v^(−i)``. Spec eq. (40)."""
    baseline = leave_one_out(s, weights(maximum(k)), maximum(k))
    return _pkpo(s, weights, k) - baseline * k / (s.size - 1)


def _pkpo_loo_minus_one(s: Sorted, weights: Callable[[Objective], Weights], k: int) -> Tensor:
    """``(K/n) h_i``, ``h_i = Σ_{t<i} d_t e_(t+1)^(n)``, and ``x_i/n`` at ``K = 1``. Spec eqs. (41), (42)."""
    return s.y / s.size if k == 1 else rise(s, weights(maximum(k)).rank(s))


def _canonical(s: Sorted, weights: Callable[[Objective], Weights], k: int) -> Tensor:
    """``q_i − v^(−i)``. Spec eqs. (43), (45)."""
    return advantage(s, weights(maximum(k)), maximum(k))


def _rlbon(s: Sorted, weights: Callable[[Objective], Weights], k: int) -> Tensor:
    """``v − v^(−i) = (K/n) A_i``. Spec eq. (106)."""
    return score_weights(s, weights(maximum(k)), maximum(k))


def _subset_mean_baseline(s: Sorted, weights: Callable[[Objective], Weights], k: int) -> Tensor:
    """``q_i − v = (n−K)/n · A_i``. Spec eq. (46)."""
    return _canonical(s, weights, k) * (s.size - k) / s.size


def _dr_grpo(s: Sorted, weights: Callable[[Objective], Weights], k: int) -> Tensor:
    """``x_i − mean``. Spec eq. (48)."""
    return centred(s, rise(s, compat.array_namespace(s.y).ones_like(s.y)))


def _rloo(s: Sorted, weights: Callable[[Objective], Weights], k: int) -> Tensor:
    """``x_i`` less the mean of the others. Spec eq. (47)."""
    return _dr_grpo(s, weights, k) * s.size / (s.size - 1)


def _grpo(s: Sorted, weights: Callable[[Objective], Weights], k: int) -> Tensor:
    """``(x_i − mean) / std``, zero where all rewards are equal. Spec eq. (49)."""
    xp = compat.array_namespace(s.y)
    deviation = _dr_grpo(s, weights, k)
    one = xp.ones_like(s.y)
    ends = (abs(take(deviation, place)) for place in s.group)  # sorted: one of them is the largest
    largest = xp.maximum(*ends)
    z = deviation / xp.where(largest == 0, one, largest)
    std = xp.sqrt(total(s, z * z, s.group) / xp.maximum(s.size - 1, one))
    return z / xp.where(std == 0, one, std)


def _maxrl(s: Sorted, weights: Callable[[Objective], Weights], k: int) -> Tensor:
    """``(x_i − mean) / mean``, 0 without success, and NaN for other rewards than 0 and 1. Spec eq. (51)."""
    xp = compat.array_namespace(s.y)
    rate = total(s, s.y, s.group) / s.size
    return binary(s, _dr_grpo(s, weights, k) / xp.where(rate == 0, xp.ones_like(rate), rate))


def binary(s: Sorted, answers: Tensor) -> Tensor:
    """Keep the answers of groups whose rewards are 0 and 1; those of others are NaN."""
    xp = compat.array_namespace(s.y)
    other = total(s, xp.astype((s.y != 0) & (s.y != 1), s.y.dtype), s.group)
    return xp.where(other == 0, answers, xp.full_like(answers, float("nan")))


def _runner_up_gap(s: Sorted, weights: Callable[[Objective], Weights], k: int) -> Tensor:
    """Top minus runner-up on the argmax, else 0. Spec eq. (50)."""
    xp = compat.array_namespace(s.y)
    return rise(s, xp.astype(s.t == s.n, s.y.dtype))


FORMULAS: dict[str, Formula] = {
    "pkpo": _pkpo,
    "pkpo_loo": _pkpo_loo,
    "pkpo_loo_minus_one": _pkpo_loo_minus_one,
    "maxpo": _canonical,
    "canonical": _canonical,
    "subset_mean_baseline": _subset_mean_baseline,
    "rlbon": _rlbon,
    "rloo": _rloo,
    "dr_grpo": _dr_grpo,
    "grpo": _grpo,
    "maxrl": _maxrl,
    "runner_up_gap": _runner_up_gap,
}
"""The formulas by name."""
