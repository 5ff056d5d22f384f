"""The closed forms on known distributions: the objective itself, and its exact policy gradients.

Every function takes tables ``(G, m)`` of rewards and of their probabilities, both float64 or both exact
rationals, whose probabilities sum to one, and answers atom by atom. Who adds is the caller's choice: any
engine of `ordergrad_ref.closed_forms.sums`.
"""

from fractions import Fraction
from itertools import accumulate
from math import comb
from typing import NamedTuple

import numpy as np

from ordergrad_ref._types import Array, Table
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.rounding import in_kind
from ordergrad_ref.closed_forms.sums import Sums
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic, Objective, RealK

__all__ = ["advantage", "gradient", "inclusion", "logit_gradient", "value"]

SMALL_EXPONENT = 8
"""A power magnifies the rounding of its base by its exponent: up to this one, within the 16 u of eq. (54)."""


class Ranked(NamedTuple):
    """Distributions sorted by reward: r, p, and at each gap ``F_t = P(X ≤ r_(t))`` and ``P(X > r_(t))``."""

    r: Table
    p: Table
    below: Table
    above: Table
    order: Array
    sums: Sums


def value(rewards: Table, probabilities: Table, objective: Objective, sums: Sums = plain) -> Array:
    """``J = Σ_t r_(t) [Φ(F_t) − Φ(F_(t−1))]``. Spec eqs. (2), (31)."""
    return _value(_ranked(rewards, probabilities, sums), objective)


def advantage(rewards: Table, probabilities: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``ā_(t+1) − ā_(t) = d_t b_α(F_t)``, ``Σ_b p_b ā_b = 0``. Spec eq. (30)."""
    d = _ranked(rewards, probabilities, sums)
    return sums.put(_advantage(d, objective), d.order)


def inclusion(rewards: Table, probabilities: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``q̄_b = J + ā_b``. Spec eq. (32)."""
    d = _ranked(rewards, probabilities, sums)
    return sums.put(_value(d, objective)[..., None] + _advantage(d, objective), d.order)


def gradient(rewards: Table, probabilities: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``∂J/∂p_b = K q̄_b``. Spec eq. (33)."""
    return inclusion(rewards, probabilities, objective, sums) * in_kind(objective.k, rewards)


def logit_gradient(rewards: Table, probabilities: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``∂J/∂θ_b = K p_b ā_b``. Spec eq. (34)."""
    a = advantage(rewards, probabilities, objective, sums)
    return a * probabilities * in_kind(objective.k, rewards)


def _ranked(rewards: Table, probabilities: Table, sums: Sums) -> Ranked:
    order = sums.order(rewards)
    r, p = sums.take(rewards, order), sums.take(probabilities, order)
    below = sums.running_sum(p)[..., :-1]
    above = sums.running_sum(p[..., ::-1])[..., -2::-1]
    return Ranked(r, p, below, above, order, sums)


def _advantage(d: Ranked, objective: Objective) -> Table:
    """Spec eq. (30), centred gap by gap: ``ā_(s) = Σ_{t<s} g_t F_t − Σ_{t≥s} g_t (1−F_t)``.

    ``g_t = d_t b_α(F_t)``. Subtracting ``Σ_b p_b ā_b`` at the end would cost an atom of nearly all the
    probability, whose advantage is nearly zero, its digits.
    """
    gain = np.diff(d.r, axis=-1) * _density(objective, d)
    advantage = d.r - d.r
    advantage[..., 1:] += d.sums.running_sum(gain * d.below)
    advantage[..., :-1] -= d.sums.running_sum((gain * d.above)[..., ::-1])[..., ::-1]
    return advantage


def _value(d: Ranked, objective: Objective) -> Array:
    """Spec eq. (31) summed by parts, up and down from the atom in the middle of the objective's mass."""
    low, high = _mass(objective, d)
    gaps = np.diff(d.r, axis=-1)
    t = np.arange(d.r.shape[-1] - 1)
    middle = (abs(low) < abs(high)).sum(axis=-1, keepdims=True)
    upward = np.where(t >= middle, gaps * high, 0).sum(axis=-1)
    downward = np.where(t < middle, gaps * low, 0).sum(axis=-1)
    anchor = np.take_along_axis(d.r, middle, axis=-1)[..., 0]
    return anchor * in_kind(objective.total, d.r) + upward - downward


def _density(objective: Objective, d: Ranked) -> Table:
    """``b_α(F_t)`` at each gap, spec eq. (3); for real K the derivative of spec eq. (15) divided by K."""
    if d.p.dtype == object:
        return _exact_bernstein(_lstatistic(objective).weights, d)
    if isinstance(objective, RealK):
        near, far = (d.below, d.above) if objective.kind == "max" else (d.above, d.below)
        return _power(near, far, float(objective.k) - 1)
    return _bernstein(objective.weights, d)


def _mass(objective: Objective, d: Ranked) -> tuple[Table, Table]:
    """``Φ(F_t)`` and ``Φ(1) − Φ(F_t)`` at each gap: ``F b_β(F)`` and ``(1−F) b_γ(F)``.

    ``β_j = (K/j) Σ_{i≤j} α_i`` and ``γ_j = K/(K−j+1) Σ_{i≥j} α_i``, so that both are right relative to
    themselves where they vanish: a rare reward may be a huge one.
    """
    if isinstance(objective, RealK) and d.p.dtype != object:
        near, far = (d.below, d.above) if objective.kind == "max" else (d.above, d.below)
        κ = float(objective.k)
        mass = _power(near, far, κ)
        with np.errstate(divide="ignore"):
            rest = -np.expm1(κ * np.where(far < 0.5, np.log1p(-np.minimum(far, 0.5)), np.log(near)))
        return (mass, rest) if objective.kind == "max" else (rest, mass)
    alpha = _lstatistic(objective).weights
    bernstein = _exact_bernstein if d.p.dtype == object else _bernstein
    return d.below * bernstein(_means(alpha), d), d.above * bernstein(_means(alpha[::-1])[::-1], d)


def _means(alpha: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """``(K/j) Σ_{i≤j} α_i``."""
    return tuple(total * len(alpha) / j for j, total in enumerate(accumulate(alpha), 1))


def _bernstein(coefficients: tuple[Fraction, ...], d: Ranked) -> Table:
    """``Σ_j c_j C(K−1, j−1) F^(j−1) (1−F)^(K−j)`` in floats; one power where one coefficient alone counts."""
    if not any(coefficients[:-1]):
        return float(coefficients[-1]) * _power(d.below, d.above, len(coefficients) - 1)
    if not any(coefficients[1:]):
        return float(coefficients[0]) * _power(d.above, d.below, len(coefficients) - 1)
    c = np.array([float(a) for a in coefficients])
    return d.sums.binomial_average(c, d.below.ravel(), d.above.ravel()).reshape(d.below.shape)


def _exact_bernstein(coefficients: tuple[Fraction, ...], d: Ranked) -> Table:
    n = len(coefficients) - 1
    zero = d.below * 0
    return sum(
        (c * comb(n, j) * d.below**j * d.above ** (n - j) for j, c in enumerate(coefficients) if c),
        start=zero,
    )


def _power(u: Table, complement: Table, exponent: float) -> Table:
    """``u**exponent``: near one, where a large exponent magnifies the rounding of u, from ``1 − u``."""
    if exponent <= SMALL_EXPONENT:
        return u**exponent
    near_one = np.exp(exponent * np.log1p(-np.minimum(complement, 0.5)))
    return np.where(complement < 0.5, near_one, u**exponent)


def _lstatistic(objective: Objective) -> LStatistic:
    if isinstance(objective, RealK):
        raise InvalidInputError(
            f"objective: {objective} takes powers that leave the rationals; pass float rewards"
        )
    return objective
