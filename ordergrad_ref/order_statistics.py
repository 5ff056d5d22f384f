"""All order statistics of K at once: what every L-statistic of K is made of."""

import math
from typing import Any, Literal, NamedTuple

import array_api_compat as compat
import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref import batch
from ordergrad_ref._types import Array, NanPolicy, SmallGroups, Table
from ordergrad_ref.arrays import dispatch
from ordergrad_ref.arrays.samples import Beside
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.closed_forms.group_sizes import NEVER_ZERO, needs_of
from ordergrad_ref.kernels.choice import sums_for
from ordergrad_ref.objectives import LStatistic, rank
from ordergrad_ref.objectives.exact_numbers import group_size

__all__ = ["OrderStatistics", "order_statistics"]


class OrderStatistics(NamedTuple):
    """Values, include-one values and advantages of the j-th smallest of K, ``j = 1 … K`` along the last axis.

    Spec eq. (82). An L-statistic's own are their sums weighted by α: ``v = Σ_j α_j v_j``, and so on.
    """

    value: Any
    """(..., K) array, or (G, K) with groups: ``v_j``."""
    inclusion: Any
    """(..., N, K) array: ``q_ij``."""
    advantage: Any
    """(..., N, K) array: ``A_ij``."""


def order_statistics(
    rewards: ArrayLike,
    k: int,
    *,
    groups: ArrayLike | None = None,
    small_groups: Literal["raise", "nan"] = "raise",
    nan_policy: NanPolicy = "raise",
    by: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> OrderStatistics:
    """Compute ``v_j``, ``q_ij`` and ``A_ij`` of the j-th smallest of K, for all j: a sort, and O(N K).

    All that `ordergrad_ref.value`, `inclusion` and `advantage` say of any objective of K is linear in these.
    Arrays of other libraries than NumPy, and samples with scores, are sorted once for each j. Spec eq. (82);
    OrderGrad, arXiv 2606.06096.

    Parameters
    ----------
    rewards : (..., N) array, or (M,) with ``groups``
        As for `ordergrad_ref.value`: any library's array, or exact rationals.
    k : int
        The size K of the comparison sets, ``K < N``.
    groups : (M,) array, optional
        An id for each of the flat rewards.
    small_groups : {"raise", "nan"}
        What to do with a group of at most K rewards.
    nan_policy : {"raise", "propagate", "omit"}
        What to do with a NaN or infinite reward.
    by, where : arrays of the rewards' shape, optional
        A score for each reward, by which the order is made, and which rewards count: see
        `ordergrad_ref.batch`. Spec eqs. (75), (78).

    Returns
    -------
    OrderStatistics
        ``value`` (..., K), ``inclusion`` (..., N, K) and ``advantage`` (..., N, K), in the rewards' unit,
        j ascending along the last axis.

    Raises
    ------
    GroupTooSmallError, NonFiniteRewardError, InvalidInputError
        As `ordergrad_ref.advantage` does.

    Examples
    --------
    >>> found = order_statistics([0.0, 1.0, 3.0], 2)
    >>> found.value
    array([0.33333333, 2.33333333])
    >>> found.advantage
    array([[-1. , -1. ],
           [ 0.5, -1. ],
           [ 0.5,  2. ]])
    """
    size = group_size(k)
    quantities = ("value", "inclusion", "advantage")
    if compat.is_array_api_obj(rewards) and not compat.is_numpy_array(rewards):
        options: dict[str, Any] = {"groups": groups, "small_groups": small_groups, "nan_policy": nan_policy}
        options |= {"by": by, "where": where}
        return OrderStatistics(*(_one_by_one(rewards, size, name, options) for name in quantities))
    beside = Beside(by, where)
    tasks = [_task(name, size, small_groups, nan_policy) for name in quantities]
    return OrderStatistics(*(dispatch.apply(task, rewards, groups, beside) for task in tasks))


def _task(quantity: str, k: int, small_groups: SmallGroups, nan_policy: NanPolicy) -> Task:
    def kernel(table: Table, scores: Table | None = None) -> Array:
        from ordergrad_ref.closed_forms import all_ranks

        if scores is None:
            return getattr(all_ranks, quantity)(table, k)
        engine = sums_for(table, scores)
        return np.stack([getattr(gap_form, quantity)(table, alpha, engine) for alpha in _ranks(k)], axis=-1)

    return Task(
        name=quantity,
        kernel=kernel,
        needs=needs_of(quantity, rank(k, k), small_groups),
        per_group=quantity == "value",
        columns=k,
        small_groups=small_groups,
        nan_policy=nan_policy,
        of_left_out=math.nan if quantity in NEVER_ZERO else 0,
    )


def _ranks(k: int) -> list[LStatistic]:
    return [rank(k - j, k) for j in range(k)]


def _one_by_one(rewards: ArrayLike, k: int, quantity: str, options: dict[str, Any]) -> Any:
    """Let another library answer each order statistic by itself: it may trace, or follow derivatives."""
    columns = [getattr(batch, quantity)(rewards, alpha, **options) for alpha in _ranks(k)]
    return compat.array_namespace(columns[0]).stack(columns, axis=-1)
