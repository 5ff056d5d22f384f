"""What the error bars are: the jackknife and the unbiased variance of a value, by enumeration.

Slow and obviously right, as `l_statistics` is. Both are variances, in the square of the rewards' unit, and
exact rationals; `ordergrad_ref.standard_error` is their root.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

from ordergrad_ref.definition.l_statistics import l_statistic, leave_one_out, value
from ordergrad_ref.errors import GroupTooSmallError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["jackknife_variance", "unbiased_variance"]


def jackknife_variance(rewards: Sequence[Fraction], objective: LStatistic | str) -> Fraction:
    """Leave each reward out in turn: ``(N−1)/N Σ_i (v^(−i) − mean)²``. Spec eq. (79).

    Parameters
    ----------
    rewards : N numbers
        One batch. Integers, Fractions and floats are taken exactly.
    objective : LStatistic or str
        The objective, or its spelling.

    Returns
    -------
    Fraction
        The jackknife's estimate of the variance of ``v`` (Tukey 1958), in the square of the rewards' unit.

    Raises
    ------
    GroupTooSmallError
        Where ``N < K + 1``: no subset leaves a reward out.

    Examples
    --------
    >>> jackknife_variance([0, 1, 3], "max@2")
    Fraction(16, 9)
    """
    n, without = len(rewards), leave_one_out(rewards, objective)
    mean = sum(without, Fraction(0)) / n
    return Fraction(n - 1, n) * sum(((v - mean) ** 2 for v in without), Fraction(0))


def unbiased_variance(rewards: Sequence[Fraction], objective: LStatistic | str) -> Fraction:
    """Compare sets that share no reward: ``v² − mean of T(S) T(S')``, ``S ∩ S' = ∅``. Spec eq. (80).

    Parameters
    ----------
    rewards : N numbers
        One batch. Integers, Fractions and floats are taken exactly.
    objective : LStatistic or str
        The objective, or its spelling.

    Returns
    -------
    Fraction
        The estimate of the variance of ``v`` that is unbiased for every distribution, in the square of the
        rewards' unit. It may be negative where rank weights have both signs.

    Raises
    ------
    GroupTooSmallError
        Where ``N < 2 K``: no two sets share no reward.

    Examples
    --------
    >>> unbiased_variance([0, 0, 1, 1], "max@2")
    Fraction(1, 36)
    """
    alpha = as_objective(objective)
    v = value(rewards, objective)
    n, k = len(rewards), int(alpha.k)
    if n < 2 * k:
        raise GroupTooSmallError(f"rewards: expected at least 2 K = {2 * k} for {alpha}, got {n}")
    subsets = list(combinations(range(n), k))
    of = {s: l_statistic([rewards[i] for i in s], objective) for s in subsets}
    products = [of[s] * of[t] for s in subsets for t in subsets if not set(s) & set(t)]
    return v**2 - sum(products, Fraction(0)) / len(products)
