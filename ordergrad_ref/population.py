"""Known rewards and probabilities in, the objective itself and its exact policy gradients out.

Every function takes ``rewards`` and ``probabilities`` of shape ``(..., m)``, one distribution over m atoms
along the last axis, broadcast against each other; floats, or exact rationals (object arrays or sequences of
``Fraction``), answered as by `ordergrad_ref.batch`, in the wider of their two dtypes. Probabilities of each
distribution sum to one: exactly where they are rationals; where they are floats to within the square root
of the unit roundoff of float64, or float32 where they are no wider, and that rounding is then divided out.
The rewards and probabilities are never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate
from math import comb
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ordergrad_ref.arrays.groups import as_numbers, rounded_once
from ordergrad_ref.closed_forms import gap_form, rounding
from ordergrad_ref.closed_forms.bernstein import binomial_average
from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError
from ordergrad_ref.objectives import LStatistic, RealK
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["advantage", "gradient", "inclusion", "logit_gradient", "value"]

Array: TypeAlias = NDArray[Any]
Objective: TypeAlias = LStatistic | RealK

SMALL_EXPONENT = 8


def value(rewards: ArrayLike, probabilities: ArrayLike, objective: Objective | str) -> Any:
    """Compute the objective ``J = E[T(X_1 … X_K)]``.

    ``J = Σ_t r_(t) [Φ(F_t) − Φ(F_(t−1))]``, ``Φ(u) = K ∫_0^u b_α``. Spec eqs. (2), (31); OrderGrad,
    arXiv 2606.06096.

    Parameters
    ----------
    rewards, probabilities : (..., m) arrays
        The reward and the probability of each atom.
    objective : LStatistic, RealK or str
        The objective, or its spelling; real-valued K is exact here (spec eq. (15)).

    Returns
    -------
    (...) array
        In the rewards' unit.

    Raises
    ------
    InvalidInputError, NonFiniteRewardError, UnknownObjectiveError

    Examples
    --------
    >>> float(value([0.0, 1.0], [0.5, 0.5], "max@2"))
    0.75
    """
    return _answer(_value, rewards, probabilities, objective)


def advantage(rewards: ArrayLike, probabilities: ArrayLike, objective: Objective | str) -> Any:
    """Compute the population advantages ``ā_b = q̄_b − J``.

    ``ā_(t+1) − ā_(t) = d_t b_α(F_t)``, ``Σ_b p_b ā_b = 0``. Spec eq. (30); OrderGrad, arXiv 2606.06096.
    ``K ā`` is the influence function of the objective, spec eq. (35).

    Parameters
    ----------
    rewards, probabilities : (..., m) arrays
        The reward and the probability of each atom.
    objective : LStatistic, RealK or str
        The objective, or its spelling.

    Returns
    -------
    (..., m) array
        In the rewards' unit.

    Raises
    ------
    InvalidInputError, NonFiniteRewardError, UnknownObjectiveError

    Examples
    --------
    >>> advantage([0.0, 1.0], [0.75, 0.25], "max@2")
    array([-0.1875,  0.5625])
    """
    return _answer(_advantage, rewards, probabilities, objective)


def inclusion(rewards: ArrayLike, probabilities: ArrayLike, objective: Objective | str) -> Any:
    """Compute ``q̄_b = E[T(X_1 … X_K) | X_1 = r_b] = J + ā_b``. Spec eq. (32); OrderGrad, arXiv 2606.06096.

    Parameters
    ----------
    rewards, probabilities : (..., m) arrays
        The reward and the probability of each atom.
    objective : LStatistic, RealK or str
        The objective, or its spelling.

    Returns
    -------
    (..., m) array
        In the rewards' unit.

    Raises
    ------
    InvalidInputError, NonFiniteRewardError, UnknownObjectiveError

    Examples
    --------
    >>> inclusion([0.0, 1.0], [0.75, 0.25], "max@2")
    array([0.25, 1.  ])
    """
    return _answer(_inclusion, rewards, probabilities, objective)


def gradient(rewards: ArrayLike, probabilities: ArrayLike, objective: Objective | str) -> Any:
    """Differentiate by the probabilities: ``∂J/∂p_b = K q̄_b``. Spec eq. (33); OrderGrad, arXiv 2606.06096.

    J is extended beyond the simplex as a homogeneous polynomial of degree K in p; along the simplex the
    extension does not matter.

    Parameters
    ----------
    rewards, probabilities : (..., m) arrays
        The reward and the probability of each atom.
    objective : LStatistic, RealK or str
        The objective, or its spelling.

    Returns
    -------
    (..., m) array
        In the rewards' unit.

    Raises
    ------
    InvalidInputError, NonFiniteRewardError, UnknownObjectiveError

    Examples
    --------
    >>> gradient([0.0, 1.0], [0.75, 0.25], "max@2")
    array([0.5, 2. ])
    """
    return _answer(lambda r, d, o: _inclusion(r, d, o) * _k(o, r), rewards, probabilities, objective)


def logit_gradient(rewards: ArrayLike, logits: ArrayLike, objective: Objective | str) -> Any:
    """Differentiate by the logits of a softmax policy: ``∂J/∂θ_b = K p_b ā_b``. Spec eq. (34).

    The exact policy gradient (OrderGrad, arXiv 2606.06096) of a categorical policy
    ``p_b = exp(θ_b) / Σ_c exp(θ_c)``.

    Parameters
    ----------
    rewards, logits : (..., m) arrays
        The reward and the logit of each atom; floats, since the exponential leaves the rationals.
    objective : LStatistic, RealK or str
        The objective, or its spelling.

    Returns
    -------
    (..., m) array
        In the rewards' unit; sums to zero.

    Raises
    ------
    InvalidInputError, NonFiniteRewardError, UnknownObjectiveError

    Examples
    --------
    >>> logit_gradient([0.0, 1.0], [0.0, 0.0], "max@2")
    array([-0.25,  0.25])
    """
    return _answer(
        lambda r, d, o: _advantage(r, d, o) * d.p * _k(o, r),
        rewards,
        logits,
        objective,
        second="logits",
        policy=_softmax,
    )


class _Sorted(NamedTuple):
    """Distributions sorted by reward: p, and at each gap ``P(X ≤ r_(t))`` and ``P(X > r_(t))``."""

    p: Array
    below: Array
    above: Array


_Formula: TypeAlias = Callable[[Array, _Sorted, Objective], Array]
_Policy: TypeAlias = Callable[[Array, Any], Array]


def _advantage(r: Array, d: _Sorted, objective: Objective) -> Array:
    """Spec eq. (30), centred gap by gap: ``ā_(s) = Σ_{t<s} g_t F_t − Σ_{t≥s} g_t (1−F_t)``.

    ``g_t = d_t b_α(F_t)``. Subtracting ``Σ_b p_b ā_b`` at the end would cost an atom of nearly all the
    probability, whose advantage is nearly zero, its digits.
    """
    gain = np.diff(r, axis=-1) * _density(objective, d)
    advantage = r - r
    advantage[..., 1:] += _running_sum(gain * d.below)
    advantage[..., :-1] -= _running_sum((gain * d.above)[..., ::-1])[..., ::-1]
    return advantage


def _value(r: Array, d: _Sorted, objective: Objective) -> Array:
    """Spec eq. (31) summed by parts, up and down from the atom in the middle of the objective's mass."""
    low, high = _mass(objective, d)
    gaps = np.diff(r, axis=-1)
    t = np.arange(r.shape[-1] - 1)
    middle = (abs(low) < abs(high)).sum(axis=-1, keepdims=True)
    upward = np.where(t >= middle, gaps * high, 0).sum(axis=-1)
    downward = np.where(t < middle, gaps * low, 0).sum(axis=-1)
    anchor = np.take_along_axis(r, middle, axis=-1)[..., 0]
    return anchor * _total(objective, r) + upward - downward


def _inclusion(r: Array, d: _Sorted, objective: Objective) -> Array:
    return _value(r, d, objective)[..., None] + _advantage(r, d, objective)


def _density(objective: Objective, d: _Sorted) -> Array:
    """``b_α(F_t)`` at each gap, spec eq. (3); for real K the derivative of spec eq. (15) divided by K."""
    if d.p.dtype == object:
        return _exact_bernstein(_lstatistic(objective).weights, d)
    if isinstance(objective, RealK):
        near, far = (d.below, d.above) if objective.kind == "max" else (d.above, d.below)
        return _power(near, far, float(objective.k) - 1)
    return _bernstein(objective.weights, d)


def _mass(objective: Objective, d: _Sorted) -> tuple[Array, Array]:
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


def _bernstein(coefficients: tuple[Fraction, ...], d: _Sorted) -> Array:
    if not any(coefficients[:-1]):
        return float(coefficients[-1]) * _power(d.below, d.above, len(coefficients) - 1)
    if not any(coefficients[1:]):
        return float(coefficients[0]) * _power(d.above, d.below, len(coefficients) - 1)
    c = np.array([float(a) for a in coefficients])
    average = _kernels().binomial_average if gap_form.large(d.p) else binomial_average
    return average(c, d.below.ravel(), d.above.ravel()).reshape(d.below.shape)


def _exact_bernstein(coefficients: tuple[Fraction, ...], d: _Sorted) -> Array:
    n = len(coefficients) - 1
    zero = d.below * 0
    return sum(
        (c * comb(n, j) * d.below**j * d.above ** (n - j) for j, c in enumerate(coefficients) if c),
        start=zero,
    )


def _power(u: Array, complement: Array, exponent: float) -> Array:
    """``u**exponent``: near one, where a large exponent magnifies the rounding of u, from ``1 − u``."""
    if exponent <= SMALL_EXPONENT:
        return u**exponent
    near_one = np.exp(exponent * np.log1p(-np.minimum(complement, 0.5)))
    return np.where(complement < 0.5, near_one, u**exponent)


def _answer(
    formula: _Formula,
    rewards: ArrayLike,
    probabilities: ArrayLike,
    objective: Objective | str,
    second: str = "probabilities",
    policy: _Policy | None = None,
) -> Any:
    alpha = as_objective(objective)
    r, r_dtype = as_numbers(rewards, "rewards")
    p, p_dtype = as_numbers(probabilities, second)
    if r.dtype.hasobject is not p.dtype.hasobject:
        raise InvalidInputError(
            f"{second}: expected the rewards' kind of number, got {_kind(r)} rewards and {_kind(p)} {second}"
        )
    try:
        r, p = np.broadcast_arrays(r, p)
    except ValueError:
        raise InvalidInputError(
            f"{second}: expected the rewards' shape (..., m), got {r.shape} and {p.shape}"
        ) from None
    _check_atoms(r, "rewards")
    _check_atoms(p, second)
    shape = r.shape
    with np.errstate(all="ignore"):
        p = (policy or _normalised)(np.ascontiguousarray(p), p_dtype)
        r, p = r.reshape(-1, shape[-1]), p.reshape(-1, shape[-1])
        order = _order(r)
        ranked_r, ranked_p = _take(r, order), _take(p, order)
        d = _Sorted(
            ranked_p,
            _running_sum(ranked_p)[..., :-1],
            _running_sum(ranked_p[..., ::-1])[..., -2::-1],
        )
        result = formula(ranked_r, d, alpha)
    if not r.dtype.hasobject and not np.isfinite(result).all():
        raise InvalidInputError("rewards: their spread overflows float64; scale them down")
    answer = result.reshape(shape[:-1]) if result.ndim == 1 else _put(result, order).reshape(shape)
    return rounded_once(answer, np.result_type(r_dtype, p_dtype))


def _order(r: Array) -> Array:
    return _kernels().order(r) if gap_form.large(r) else np.argsort(r, axis=-1)


def _take(x: Array, order: Array) -> Array:
    return _kernels().take(x, order) if gap_form.large(x) else np.take_along_axis(x, order, axis=-1)


def _put(x: Array, order: Array) -> Array:
    if gap_form.large(x):
        return _kernels().put(x, order)
    answer = np.empty_like(x)
    np.put_along_axis(answer, order, x, axis=-1)
    return answer


def _running_sum(x: Array) -> Array:
    return _kernels().running_sum(x) if gap_form.large(x) else rounding.running_sum(x)


def _kernels() -> ModuleType:
    """Load the compiled loops, which large tables alone are worth."""
    from ordergrad_ref.kernels.cpu import sums as cpu

    return cpu


def _check_atoms(x: Array, name: str) -> None:
    if x.ndim == 0 or x.shape[-1] == 0:
        raise InvalidInputError(f"{name}: expected shape (..., m) with m ≥ 1 atoms, got shape {x.shape}")
    if x.dtype != object and not np.isfinite(x).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
        raise NonFiniteRewardError(f"{name}: expected finite numbers, got {x[where]} at position {where}")


def _normalised(p: Array, dtype: Any) -> Array:
    if (p < 0).any():
        where = tuple(int(i) for i in np.argwhere(p < 0)[0])
        raise InvalidInputError(f"probabilities: expected none below zero, got {p[where]} at {where}")
    total = p.sum(axis=-1, keepdims=True)
    tolerance = 0 if p.dtype == object else np.sqrt(np.finfo(dtype).eps / 2)
    wrong = abs(total - 1) > tolerance
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise InvalidInputError(
            f"probabilities: expected a sum of one, got {total[where]}"
            + (f" in distribution {where[:-1]}" if where[:-1] else "")
        )
    return p / total


def _softmax(θ: Array, dtype: Any) -> Array:
    if θ.dtype == object:
        raise InvalidInputError("logits: expected floats, got exact rationals; use gradient with exact p")
    weight = np.exp(θ - θ.max(axis=-1, keepdims=True))
    return weight / weight.sum(axis=-1, keepdims=True)


def _kind(x: Array) -> str:
    return "exact" if x.dtype == object else "float"


def _lstatistic(objective: Objective) -> LStatistic:
    if isinstance(objective, RealK):
        raise InvalidInputError(
            f"objective: {objective} takes powers that leave the rationals; pass float rewards"
        )
    return objective


def _k(objective: Objective, like: Array) -> Any:
    return objective.k if isinstance(objective.k, int) or like.dtype == object else float(objective.k)


def _total(objective: Objective, like: Array) -> Any:
    total = objective.total if isinstance(objective, LStatistic) else 1
    return total if like.dtype == object else float(total)
