"""All order statistics of K at once: what every L-statistic of K is made of."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import array_api_compat as compat
import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref import batch
from ordergrad_ref._types import NanPolicy
from ordergrad_ref.objectives import rank
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
    """Compute ``v_j``, ``q_ij`` and ``A_ij`` of the j-th smallest of K, for all j; O(N log N) for each.

    All that `ordergrad_ref.value`, `inclusion` and `advantage` say of any objective of K is linear in these.
    Spec eq. (82); OrderGrad, arXiv 2606.06096.

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

    def all_of(quantity: Callable[..., Any]) -> Any:
        options: dict[str, Any] = {"groups": groups, "small_groups": small_groups, "nan_policy": nan_policy}
        options |= {"by": by, "where": where}
        columns = [quantity(rewards, rank(size - j, size), **options) for j in range(size)]
        xp = (
            np
            if np.isscalar(columns[0]) or columns[0].dtype == object
            else compat.array_namespace(columns[0])
        )
        return xp.stack(columns, axis=-1)

    return OrderStatistics(*(all_of(each) for each in (batch.value, batch.inclusion, batch.advantage)))
