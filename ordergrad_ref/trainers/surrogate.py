"""PPO's surrogate with old advantages: the objective to first order, and how far it may be off."""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref import population
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["surrogate", "surrogate_bound"]


def surrogate(rewards: ArrayLike, old: ArrayLike, new: ArrayLike, objective: LStatistic | str) -> float:
    """``L(p′) = J(p) + Σ_b (p′_b − p_b) ∂J/∂p_b``: what PPO's surrogate is in expectation. Spec eq. (101).

    Parameters
    ----------
    rewards, old, new : (m,) arrays
        The rewards of m actions, and their probabilities under the policy that sampled and another one.
    objective : LStatistic or str
        The objective.

    Examples
    --------
    >>> surrogate([0.0, 1.0], [0.5, 0.5], [0.25, 0.75], "max@2")  # the objective itself is 15/16
    1.0
    """
    step = np.asarray(new, dtype=float) - np.asarray(old, dtype=float)
    value = float(population.value(rewards, old, objective))
    return value + float(step @ np.asarray(population.gradient(rewards, old, objective)))


def surrogate_bound(rewards: ArrayLike, old: ArrayLike, new: ArrayLike, objective: LStatistic | str) -> float:
    """``K(K−1)/2 · max_j |α_(j+1) − α_j| · (r_max − r_min) · TV²``, a bound of ``|J − L|``. Spec eq. (101).

    Parameters
    ----------
    rewards, old, new, objective
        As for `surrogate`.

    Raises
    ------
    InvalidInputError
        Where K is no integer.

    Examples
    --------
    >>> surrogate_bound([0.0, 1.0], [0.5, 0.5], [0.25, 0.75], "max@2")
    0.0625
    """
    alpha = as_objective(objective)
    if not isinstance(alpha, LStatistic):
        raise InvalidInputError(f"objective: expected an integer K, got {alpha}")
    weights = alpha.weights
    k = len(weights)
    steepest = max((abs(b - a) for a, b in pairwise(weights)), default=0)
    distance = float(abs(np.asarray(new, dtype=float) - np.asarray(old, dtype=float)).sum()) / 2
    return k * (k - 1) / 2 * float(steepest) * float(np.ptp(np.asarray(rewards, dtype=float))) * distance**2
