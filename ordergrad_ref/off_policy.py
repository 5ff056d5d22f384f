"""Rewards of samples from another policy: exact values and gradient weights by importance ratios.

What follows holds for every function here, and is not repeated there.

``rewards`` : (..., N) array, or (M,) with ``groups``
    Rewards of samples from the policy μ that sampled. Floats are answered in kind, a sequence of ``Fraction``
    or an object array in exact rationals, and arrays of other libraries in kind by way of the host's memory:
    lazy and traced ones are refused, and no gradient flows through the answers.
``ratios`` : array of the rewards' shape
    ``ρ_i = π(x_i)/μ(x_i) ≥ 0`` for each sample, π being the policy whose objective is meant.
``objective`` : LStatistic or str
    The objective, or its spelling, of an integer K.
``groups`` : (M,) array, optional
    An id for each of the flat rewards.

All functions raise `GroupTooSmallError` where a group has fewer than K rewards, `NonFiniteRewardError` for a
NaN or infinite reward, and `InvalidInputError` for any other wrong argument.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array, Table
from ordergrad_ref.arrays.dtypes import as_numbers, rounded_once
from ordergrad_ref.arrays.host import as_ids
from ordergrad_ref.arrays.ids import group_ids, members
from ordergrad_ref.arrays.through_host import through_host
from ordergrad_ref.closed_forms import off_policy
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError
from ordergrad_ref.objectives import LStatistic, Objective
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["first_order_weights", "score_weights", "value"]


def value(
    rewards: ArrayLike, ratios: ArrayLike, objective: Objective | str, *, groups: ArrayLike | None = None
) -> Any:
    """Estimate the objective of π without bias: the mean of ``Π_{i∈S} ρ_i T(S)`` over subsets of K.

    ``O(N K)`` by sums of products. Spec eq. (85). Arguments and errors: see `ordergrad_ref.off_policy`.

    Returns
    -------
    (...) array, or (G,) array with groups
        A value for each group; with ``groups`` in the order of ``numpy.unique(groups)``.

    Examples
    --------
    >>> float(value([0.0, 1.0, 3.0], [1.0, 2.0, 0.5], "max@2"))
    2.166666666666667
    """
    return _answer(off_policy.value, rewards, ratios, objective, groups, per_group=True)


def score_weights(
    rewards: ArrayLike, ratios: ArrayLike, objective: Objective | str, *, groups: ArrayLike | None = None
) -> Any:
    """Compute ``w_i`` such that ``Σ_i w_i ∇log π(x_i)`` is unbiased for the gradient of π's objective.

    ``w_i = ρ_i ∂v_ρ/∂ρ_i``: the mean over all subsets, those without i counting 0. Spec eq. (86). Exact, not
    to first order in ``ρ − 1``, and without a baseline: where all ratios are 1 it is ``(K/N) q_i``.
    ``O(N K)``, and where the rank weights and rewards are not negative nothing cancels. Arguments and errors:
    see `ordergrad_ref.off_policy`.

    Returns
    -------
    (..., N) array
        A weight for each reward, in the rewards' unit. Each group's weights sum to K times its value.

    See Also
    --------
    ordergrad_ref.score_weights : takes ``ratios=``, and answers the same.

    Examples
    --------
    >>> score_weights([0.0, 1.0, 3.0], [1.0, 2.0, 0.5], "max@2")
    array([1.16666667, 1.66666667, 1.5       ])
    """
    return _answer(off_policy.score_weights, rewards, ratios, objective, groups, per_group=False)


def first_order_weights(
    rewards: ArrayLike, ratios: ArrayLike, objective: Objective | str, *, groups: ArrayLike | None = None
) -> Any:
    """Weigh samples of another policy to first order in ``ρ − 1``: ``Π ρ`` replaced by ``1 + Σ (ρ − 1)``.

    ``w'_i``, the mean of ``[i ∈ S] (1 + Σ_{l∈S} (ρ_l − 1)) T(S)`` over all subsets of K. Spec eq. (108); for
    max@K, arXiv 2510.23393. The bias is of second order in the distance of the policies, and zero at K = 1;
    `score_weights` has none. ``O(N)`` after a sort and the rank weights. Arguments and errors: see
    `ordergrad_ref.off_policy`.

    Returns
    -------
    (..., N) array
        A weight for each reward, in the rewards' unit.

    Examples
    --------
    >>> first_order_weights([0.0, 1.0, 3.0], [1.0, 2.0, 0.5], "max@2")
    array([1.16666667, 2.16666667, 2.        ])
    """
    return _answer(off_policy.first_order_weights, rewards, ratios, objective, groups, per_group=False)


def _answer(
    formula: Callable[[Table, Table, LStatistic], Array],
    rewards: ArrayLike,
    ratios: ArrayLike,
    objective: Objective | str,
    groups: ArrayLike | None,
    *,
    per_group: bool,
) -> Any:
    alpha = as_objective(objective)
    if not isinstance(alpha, LStatistic):
        raise InvalidInputError(
            f"objective: expected an integer K, got {alpha}; only sets of rewards have products"
        )

    def answer(x: ArrayLike, rho: ArrayLike) -> Any:
        return _on_host(formula, x, rho, alpha, groups, per_group)

    return through_host(answer, rewards=rewards, ratios=ratios)


def _on_host(
    formula: Callable[[Table, Table, LStatistic], Array],
    rewards: ArrayLike,
    ratios: ArrayLike,
    alpha: LStatistic,
    groups: ArrayLike | None,
    per_group: bool,
) -> Any:
    x, dtype = as_numbers(rewards, "rewards")
    rho, _ = as_numbers(ratios, "ratios")
    _check(x, rho)
    if groups is None:
        if x.ndim == 0 or x.shape[-1] == 0:
            raise InvalidInputError(f"rewards: expected shape (..., N) with N >= 1, got {x.shape}")
        _enough(x.shape[-1], alpha)
        got = _finite(formula, x.reshape(-1, x.shape[-1]), rho.reshape(-1, x.shape[-1]), alpha)
        return rounded_once(got.reshape(x.shape[:-1] if per_group else x.shape), dtype)
    if x.ndim != 1:
        raise InvalidInputError(
            f"rewards: expected a flat array, one reward for each group id, got shape {x.shape}"
        )
    names, member, sizes = members(group_ids(as_ids(groups), len(x)))
    result = np.empty(len(names) if per_group else len(x), dtype=x.dtype)
    for number, size in enumerate(sizes):
        _enough(size, alpha)
        places = np.flatnonzero(member == number)
        got = _finite(formula, x[None, places], rho[None, places], alpha)[0]
        result[number if per_group else places] = got
    return rounded_once(result, dtype)


def _finite(
    formula: Callable[[Table, Table, LStatistic], Array], x: Table, rho: Table, alpha: LStatistic
) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        answer = formula(x, rho, alpha)
    if answer.dtype != object and not np.isfinite(answer).all():
        raise InvalidInputError(
            "ratios: expected answers that float64 holds, got one that overflows float64; scale rewards or "
            "ratios down"
        )
    return answer


def _check(x: Array, rho: Array) -> None:
    if x.shape != rho.shape:
        raise InvalidInputError(f"ratios: expected one for each reward, shape {x.shape}, got {rho.shape}")
    if (x.dtype == object) != (rho.dtype == object):
        raise InvalidInputError(
            f"ratios: expected rewards and ratios both as floats or both as exact rationals, got {rho.dtype} "
            f"beside {x.dtype}"
        )
    if x.dtype != object and not np.isfinite(x).all():
        raise NonFiniteRewardError(f"rewards: expected finite numbers, got {x[~np.isfinite(x)][0]}")
    wrong = ~((rho >= 0) & (rho < np.inf))
    if wrong.any():
        raise InvalidInputError(f"ratios: expected finite numbers of at least 0, got {rho[wrong][0]}")


def _enough(n: int, alpha: LStatistic) -> None:
    if n < alpha.k:
        raise GroupTooSmallError(
            f"rewards: expected groups of at least K = {alpha.k} for {alpha}, got N = {n}"
        )
