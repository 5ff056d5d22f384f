"""Advantages of flat rewards in groups, for trainers that take a mean over samples."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Floats
from ordergrad_ref.batch import advantage
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError
from ordergrad_ref.objectives import LStatistic, RealK
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["integer_objective", "mean_advantages"]


def mean_advantages(
    rewards: ArrayLike,
    groups: Sequence[Any],
    objective: LStatistic | str,
    counts: ArrayLike | None = None,
) -> Floats:
    """``K A_i``: the mean of ``K A_i ∇log p`` over the samples of a group is ∇J. Spec eqs. (25), (28).

    Parameters
    ----------
    rewards : (n,) array
        The rewards.
    groups : n hashables
        The group of each, in any order.
    objective : LStatistic or str
        The objective.
    counts : (n,) array of bool, optional
        Whether a sample counts. One that does not gets zero and is no sibling.

    Returns
    -------
    (n,) float64 array
        A group that too few samples are left of gets zeros, unless that is so of every group.

    Raises
    ------
    GroupTooSmallError
        Where no group has enough samples: the settings are wrong, and zeros would hide it.
    InvalidInputError
        Where the objective's K is no integer, or the groups do not match the rewards.
    NonFiniteRewardError
        Where a reward that counts is not finite.

    Examples
    --------
    >>> mean_advantages([0, 1, 9, 3], ["a", "a", "a", "a"], "max@2", counts=[True, True, False, True])
    array([-2., -2.,  0.,  4.])
    """
    alpha = integer_objective(objective).reduced()
    x = np.asarray(rewards, dtype=np.float64)
    kept = np.ones(x.shape, dtype=bool) if counts is None else np.asarray(counts, dtype=bool)
    if x.ndim != 1 or len(groups) != len(x) or kept.shape != x.shape:
        raise InvalidInputError(
            f"groups: expected an id for each of {x.size} rewards, got {len(groups)} for rewards {x.shape}"
        )
    answer = np.zeros_like(x)
    number = {g: i for i, g in enumerate(dict.fromkeys(groups))}
    ids = np.array([number[g] for g in groups], dtype=np.int64)
    if kept.any():
        sizes = np.bincount(ids[kept])
        if sizes.max() <= alpha.k:
            raise GroupTooSmallError(
                f"groups: expected at least {alpha.k + 1} samples in a group for {objective}, got at most "
                f"{sizes.max()}; sample more for each prompt, or lower K"
            )
        answer[kept] = alpha.k * np.asarray(
            advantage(x[kept], alpha, groups=ids[kept], small_groups="zero"), dtype=np.float64
        )
    return answer


def integer_objective(objective: LStatistic | str) -> LStatistic:
    """Read an objective of integer K.

    Raises
    ------
    InvalidInputError
        Where K is no integer.
    """
    alpha = as_objective(objective)
    if isinstance(alpha, RealK):
        raise InvalidInputError(f"objective: expected an integer K, got {alpha}")
    return alpha
