"""Realised rewards in, value, advantage, inclusion, leave-one-out and gradient weights out.

Every function takes ``rewards`` of shape ``(..., N)``, groups along the last axis, or flat rewards with
``groups``, one id a reward in any order. The common arguments:

``objective``
    An ``LStatistic`` or a spelling such as ``"max@4"`` (spec section 2).
``groups``
    One id for each of the flat rewards; groups may be interleaved and of unequal size.
``small_groups``
    What to do with a group too small for the objective: ``"raise"`` (default), or answer ``"nan"``, or
    ``"zero"`` so that the group contributes nothing to a gradient.
``nan_policy``
    What to do with a NaN or infinite reward: ``"raise"`` (default), or ``"propagate"``: all of its group's
    answers are NaN, and no other group's.

dtypes: float64 and float32 are answered in kind (float32 is computed in float64 and rounded once), float16
and bfloat16 in float32, integers and booleans in float64; a sequence of ``Fraction``, or an object array, in
exact rationals. The rewards are never changed.

Arrays of PyTorch, JAX, Dask, CuPy and of the array API standard are answered in kind:
`ordergrad_ref.arrays.dispatch`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from math import ceil
from typing import Any, TypeAlias

from numpy.typing import ArrayLike

from ordergrad_ref.arrays import dispatch as arrays
from ordergrad_ref.arrays.dispatch import Task
from ordergrad_ref.arrays.groups import NanPolicy, Needs, SmallGroups
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.errors import BiasedEstimatorWarning, InvalidInputError
from ordergrad_ref.objectives import LStatistic, RealK
from ordergrad_ref.objectives import objective as as_objective

__all__ = [
    "advantage",
    "inclusion",
    "leave_one_out",
    "pathwise_weights",
    "score_weights",
    "value",
]

Objective: TypeAlias = LStatistic | RealK

REDUCIBLE_K = 64


def value(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
) -> Any:
    """Estimate the objective without bias: the mean of ``T(S)`` over subsets of K of the N rewards.

    ``v = Σ_m w_m r_(m)``, ``w_m = (K/N) e_m^(N)``. Spec eqs. (17), (23); OrderGrad, arXiv 2606.06096.

    Parameters
    ----------
    rewards : (..., N) array
        Rewards, ``N ≥ K``; flat with ``groups``.
    objective : LStatistic, RealK or str
        The objective, or its spelling.
    groups : (N,) array, optional
        Group ids of flat rewards.
    small_groups : {"raise", "nan"}
        Policy for groups of fewer than K rewards. A value of zero would be a lie: ``"zero"`` is refused.
    nan_policy : {"raise", "propagate"}
        Policy for non-finite rewards.

    Returns
    -------
    (...) array, or (G,) array with groups
        One value a group, in the rewards' unit; with ``groups`` in the order of ``numpy.unique(groups)``.

    Raises
    ------
    GroupTooSmallError, NonFiniteRewardError, InvalidInputError, UnknownObjectiveError

    Examples
    --------
    >>> float(value([0.0, 1.0, 3.0], "mean@1"))
    1.3333333333333333
    >>> value([[0, 1, 3, 5], [2, 2, 2, 2]], "top(2)@4")
    array([4., 2.])
    """
    _refuse_zero(small_groups, "value")
    return _apply(
        gap_form.value,
        rewards,
        objective,
        _k_rewards,
        groups,
        small_groups,
        nan_policy,
        per_group=True,
    )


def advantage(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
) -> Any:
    """Compute the canonical advantages ``A_i = q_i − v^(−i)``: unbiased, and zero on average in every group.

    ``A_(t+1) − A_(t) = (r_(t+1) − r_(t)) · N/(N−1) · e_t^(N−1)``, ``Σ_i A_i = 0``. Spec eqs. (20), (25);
    OrderGrad, arXiv 2606.06096. The gradient of the objective is ``(K/N) Σ_i A_i ∇log p(x_i)``: see
    `score_weights`.

    Parameters
    ----------
    rewards : (..., N) array
        Rewards, ``N > K``; flat with ``groups``.
    objective : LStatistic, RealK or str
        The objective, or its spelling.
    groups : (N,) array, optional
        Group ids of flat rewards.
    small_groups : {"raise", "nan", "zero"}
        Policy for groups of K rewards or fewer.
    nan_policy : {"raise", "propagate"}
        Policy for non-finite rewards.

    Returns
    -------
    (..., N) array
        One advantage a reward, in its place and unit. Tied rewards get equal advantages.

    Raises
    ------
    GroupTooSmallError
        Where ``N ≤ K``: no centred unbiased estimator exists there for max@K (spec eq. (38)).
    NonFiniteRewardError, InvalidInputError, UnknownObjectiveError

    Examples
    --------
    >>> advantage([0.0, 1.0, 3.0, 5.0], "max@2")
    array([-1.33333333, -1.33333333,  0.        ,  2.66666667])
    >>> advantage([0, 1, 1, 0, 1], "max@2", groups=["a", "b", "a", "a", "b"], small_groups="zero")
    array([-0.5,  0. ,  1. , -0.5,  0. ])
    """
    return _apply(
        gap_form.advantage,
        rewards,
        objective,
        _more_than_k_rewards,
        groups,
        small_groups,
        nan_policy,
    )


def inclusion(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
) -> Any:
    """Compute the include-one values ``q_i``: the mean of ``T(S)`` over the subsets that contain ``i``.

    ``q_i = v + (N−K)/N · A_i``. Spec eqs. (18), (26); OrderGrad, arXiv 2606.06096.

    Parameters
    ----------
    rewards : (..., N) array
        Rewards, ``N ≥ K``; flat with ``groups``.
    objective : LStatistic, RealK or str
        The objective, or its spelling.
    groups : (N,) array, optional
        Group ids of flat rewards.
    small_groups : {"raise", "nan"}
        Policy for groups of fewer than K rewards.
    nan_policy : {"raise", "propagate"}
        Policy for non-finite rewards.

    Returns
    -------
    (..., N) array
        One include-one value a reward, in its place and unit.

    Raises
    ------
    GroupTooSmallError, NonFiniteRewardError, InvalidInputError, UnknownObjectiveError

    Examples
    --------
    >>> inclusion([0.0, 1.0, 3.0], "max@2")
    array([2., 2., 3.])
    """
    _refuse_zero(small_groups, "include-one value")
    return _apply(
        gap_form.inclusion, rewards, objective, _included_k_rewards, groups, small_groups, nan_policy
    )


def leave_one_out(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
) -> Any:
    """Compute the leave-one-out values ``v^(−i)``: the mean of ``T(S)`` over the subsets without ``i``.

    ``v^(−i) = v − (K/N) A_i``. Spec eqs. (19), (27); OrderGrad, arXiv 2606.06096.

    Parameters
    ----------
    rewards : (..., N) array
        Rewards, ``N > K``; flat with ``groups``.
    objective : LStatistic, RealK or str
        The objective, or its spelling.
    groups : (N,) array, optional
        Group ids of flat rewards.
    small_groups : {"raise", "nan"}
        Policy for groups of K rewards or fewer.
    nan_policy : {"raise", "propagate"}
        Policy for non-finite rewards.

    Returns
    -------
    (..., N) array
        One leave-one-out value a reward, in its place and unit.

    Raises
    ------
    GroupTooSmallError, NonFiniteRewardError, InvalidInputError, UnknownObjectiveError

    Examples
    --------
    >>> leave_one_out([0.0, 1.0, 3.0], "max@2")
    array([3., 3., 1.])
    """
    _refuse_zero(small_groups, "leave-one-out value")
    return _apply(
        gap_form.leave_one_out,
        rewards,
        objective,
        _left_out_k_rewards,
        groups,
        small_groups,
        nan_policy,
    )


def score_weights(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
) -> Any:
    """Compute ``w_i`` such that ``Σ_i w_i ∇log p(x_i)`` is unbiased for the objective's gradient.

    ``w_i = (K/N) A_i``, the likelihood-ratio (score-function) estimator. Spec eq. (28); OrderGrad,
    arXiv 2606.06096.

    Parameters
    ----------
    rewards : (..., N) array
        Rewards, ``N > K``; flat with ``groups``.
    objective : LStatistic, RealK or str
        The objective, or its spelling.
    groups : (N,) array, optional
        Group ids of flat rewards.
    small_groups : {"raise", "nan", "zero"}
        Policy for groups of K rewards or fewer.
    nan_policy : {"raise", "propagate"}
        Policy for non-finite rewards.

    Returns
    -------
    (..., N) array
        One weight a reward, in its place and unit; each group's weights sum to zero.

    Raises
    ------
    GroupTooSmallError, NonFiniteRewardError, InvalidInputError, UnknownObjectiveError

    Examples
    --------
    >>> score_weights([0.0, 1.0, 3.0, 4.0], "mean@2")
    array([-0.66666667, -0.33333333,  0.33333333,  0.66666667])
    """
    return _apply(
        gap_form.score_weights,
        rewards,
        objective,
        _more_than_k_rewards,
        groups,
        small_groups,
        nan_policy,
    )


def pathwise_weights(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
) -> Any:
    """Compute ``w_i`` such that ``Σ_i w_i ∇R_i`` is unbiased where rewards are almost surely distinct.

    ``w_i = (K/N) e^(N)_{rank(i)}``, averaged over tied ranks: the pathwise (reparameterised) estimator.
    Spec eq. (29); OrderGrad, arXiv 2606.06096.

    Parameters
    ----------
    rewards : (..., N) array
        Rewards, ``N ≥ K``; flat with ``groups``.
    objective : LStatistic, RealK or str
        The objective, or its spelling.
    groups : (N,) array, optional
        Group ids of flat rewards.
    small_groups : {"raise", "nan", "zero"}
        Policy for groups of fewer than K rewards.
    nan_policy : {"raise", "propagate"}
        Policy for non-finite rewards.

    Returns
    -------
    (..., N) array
        One weight a reward, in its place; without unit. Each group's weights sum to ``Σ_j α_j``.

    Raises
    ------
    GroupTooSmallError, NonFiniteRewardError, InvalidInputError, UnknownObjectiveError

    Examples
    --------
    >>> pathwise_weights([3.0, 0.0, 1.0], "max@2")
    array([0.66666667, 0.        , 0.33333333])
    """
    return _apply(gap_form.pathwise_weights, rewards, objective, _k_rewards, groups, small_groups, nan_policy)


def _apply(
    kernel: Callable[[Any, Objective], Any],
    rewards: ArrayLike,
    objective: Objective | str,
    needs: Callable[[Objective], Needs],
    groups: ArrayLike | None,
    small_groups: SmallGroups,
    nan_policy: NanPolicy,
    *,
    per_group: bool = False,
) -> Any:
    alpha = as_objective(objective)
    if isinstance(alpha, RealK):
        warnings.warn(
            f"{alpha}: from finitely many rewards no estimator is unbiased for a K that is not an integer; "
            "this one is consistent (spec eq. (16)). With known probabilities, og.population is exact",
            BiasedEstimatorWarning,
            stacklevel=3,
        )
    task = Task(
        name=kernel.__name__,
        kernel=lambda table: kernel(table, alpha),
        needs=needs(alpha),
        per_group=per_group,
        takes_float32=True,
        small_groups=small_groups,
        nan_policy=nan_policy,
        slope=(lambda table: gap_form.pathwise_weights(table, alpha)) if kernel is gap_form.value else None,
        objective=alpha if kernel.__name__ in __all__ else None,
    )
    return arrays.apply(task, rewards, groups)


def _k_rewards(alpha: Objective) -> Needs:
    size = ceil(alpha.k)
    return Needs(size, lambda n: f"has N = {n}; {alpha} compares K = {alpha.k} and needs N ≥ {size}")


def _included_k_rewards(alpha: Objective) -> Needs:
    """For a K that is not an integer, include-one values are defined by advantages: spec section 2.8."""
    return _k_rewards(alpha) if ceil(alpha.k) == alpha.k else _left_out_k_rewards(alpha)


def _left_out_k_rewards(alpha: Objective) -> Needs:
    size = ceil(alpha.k) + 1
    return Needs(size, lambda n: f"has N = {n}; leaving one out of {alpha}, K = {alpha.k}, needs N ≥ {size}")


def _more_than_k_rewards(alpha: Objective) -> Needs:
    size = ceil(alpha.k) + 1

    def why(n: int) -> str:
        return (
            f"has N = {n}; the advantage q_i − v^(−i) of {alpha}, K = {alpha.k}, needs N ≥ {size}: "
            "no set of K rewards leaves one out. " + _remedy(alpha, n)
        )

    return Needs(size, why)


def _remedy(alpha: Objective, n: int) -> str:
    """Say what to do: by spec eq. (38), a centred unbiased estimator exists iff ``deg b_α ≤ N − 2``."""
    if isinstance(alpha, LStatistic) and alpha.k <= REDUCIBLE_K and (k := max(alpha.degree, 0) + 1) < n:
        return (
            f"But {alpha} is also an objective of K = {k}, which {n} rewards suffice for: "
            "pass objective.reduced() (the advantage scales with 1/K, the score weights stay)"
        )
    no_such = "No centred unbiased estimator exists there (spec eq. (38))"
    if n == alpha.k and alpha.k > 1 and alpha == as_objective(f"max@{n}"):
        return (
            f"{no_such}; og.maxk.pkpo_loo_minus_one(rewards, {n}) is unbiased there, though not centred. "
            f"Or sample more, or lower K to {n - 1}; small_groups='zero' leaves such groups out of a gradient"
        )
    lower = f", or lower K to {n - 1} or less" if n > 1 else ""
    return (
        f"{no_such}: sample at least {ceil(alpha.k) + 1 - n} more{lower}; "
        "small_groups='zero' leaves such groups out of a gradient"
    )


def _refuse_zero(small_groups: str, quantity: str) -> None:
    if small_groups == "zero":
        raise InvalidInputError(
            f"small_groups: expected 'raise' or 'nan' here, got 'zero'; a {quantity} of zero would be untrue"
        )
