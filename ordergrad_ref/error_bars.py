"""How far a value may be from the objective that it estimates: its standard error, from the same rewards."""

from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array, Floats, NanPolicy, SmallGroups
from ordergrad_ref.arrays import dispatch
from ordergrad_ref.arrays.samples import Beside
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms.error_bars import jackknife_variance, unbiased_variance
from ordergrad_ref.closed_forms.group_sizes import needs_of
from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.kernels.choice import sums_for
from ordergrad_ref.objectives import LStatistic, Objective
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["standard_error"]

Method: TypeAlias = Literal["jackknife", "unbiased"]


def standard_error(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    method: Method = "jackknife",
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
    by: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> Any:
    """Estimate the standard deviation of each group's `value` from the rewards that it was computed on.

    ``SE² = (N−1)/N Σ_i w_i²``, w being the score weights: the jackknife, by one sort. Spec eq. (79). Its
    expectation is never below the variance of the value. ``method="unbiased"`` compares sets that share no
    reward, ``SE² = v² − mean of T(S) T(S')``, whose expectation *is* that variance; of pass@K it is
    ``(1 − v_K)² − (1 − v_2K)``. Spec eq. (80). At ``K = 1`` both are the sample variance over N.

    Over several groups, such as prompts, the groups are what was sampled: the standard error of the mean of
    their values follows from the spread of the values.

    Parameters
    ----------
    rewards : (..., N) array, or (M,) with ``groups``
        As for `ordergrad_ref.value`: any library's array, but no exact rationals, for a root is taken.
    objective : LStatistic or str
        The objective, or its spelling, of an integer K.
    method : {"jackknife", "unbiased"}
        The jackknife needs ``N > K``. ``"unbiased"`` needs ``N ≥ 2 K`` and rank weights of one sign, for else
        its variance may be negative; it takes O(N K), the jackknife O(N log N).
    groups : (M,) array, optional
        An id for each of the flat rewards.
    small_groups : {"raise", "nan"}
        What to do with a group too small; ``"zero"`` is refused.
    nan_policy : {"raise", "propagate", "omit"}
        What to do with a NaN or infinite reward.
    by, where : arrays of the rewards' shape, optional
        A score for each reward, by the jackknife alone, and which rewards count: see `ordergrad_ref.batch`.
        Spec eqs. (75), (78).

    Returns
    -------
    (...) array, or (G,) array with groups
        A standard error for each group, in the rewards' unit; with ``groups`` in the order of
        ``numpy.unique(groups)``.

    Raises
    ------
    GroupTooSmallError, NonFiniteRewardError, UnknownObjectiveError
        As `ordergrad_ref.value` does.
    InvalidInputError
        For an unknown method, scores beside ``"unbiased"``, a K that is no integer, exact rationals, rank
        weights of both signs where the method is ``"unbiased"``, or any other wrong argument.

    Examples
    --------
    >>> float(standard_error([0.0, 1.0, 3.0, 4.0], "mean@1"))
    0.9128709291752769
    >>> standard_error([[0, 1, 0, 1], [1, 1, 1, 1]], "max@2", method="unbiased")
    array([0.16666667, 0.        ])
    """
    alpha = as_objective(objective)
    if not isinstance(method, str) or method not in get_args(Method):
        raise InvalidInputError(f"method: {expected_one_of(get_args(Method), method)}")
    if not isinstance(alpha, LStatistic):
        raise InvalidInputError(
            f"objective: expected an integer K, got {alpha}; its value is no mean over sets of rewards"
        )
    unbiased = method == "unbiased"
    if unbiased and min(alpha.weights) < 0 < max(alpha.weights):
        raise InvalidInputError(
            "objective: expected rank weights of one sign for method='unbiased', since else the unbiased "
            f"estimate of a variance may be negative, got {alpha}; method='jackknife' takes it"
        )

    if unbiased and by is not None:
        raise InvalidInputError(
            "by: expected no scores for method='unbiased', got some; the jackknife takes them"
        )

    def kernel(table: Array, scores: Array | None = None) -> Floats:
        if table.dtype == object:
            raise InvalidInputError(
                "rewards: expected floats, for standard_error takes a square root, got exact rationals; the "
                "variance of spec eq. (79) is (N − 1)/N times the sum of the squares of og.score_weights"
            )
        exponent = np.frexp(np.ptp(table, axis=-1))[
            1
        ]  # squares of scaled rewards neither overflow nor vanish
        scaled = np.ldexp(table, -exponent[:, None])
        if unbiased:
            variance = unbiased_variance(scaled, alpha)
            variance = np.maximum(variance, 0)  # proved: below zero by rounding only
        else:
            variance = jackknife_variance(scaled, alpha, sums_for(scaled, scores))
        return np.ldexp(np.sqrt(variance), exponent)

    task = Task(
        name="standard_error",
        kernel=kernel,
        needs=needs_of("unbiased_standard_error" if unbiased else "standard_error", alpha, small_groups),
        per_group=True,
        small_groups=small_groups,
        nan_policy=nan_policy,
    )
    return dispatch.apply(task, rewards, groups, Beside(by, where))
