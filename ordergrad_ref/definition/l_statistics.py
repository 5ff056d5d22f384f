"""What the quantities are: enumeration in exact rationals, straight from the sentences that define them.

Slow and obviously right; everything else in the package is tested against this file. It imports no array
library and contains no closed form. Cost: ``C(N, K)`` subsets on a batch, ``m**K`` tuples on a population.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import prod
from typing import Any

from ordergrad_ref.definition.orders import orders_by, scores_of
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.objectives import objective as as_objective

__all__ = [
    "advantage",
    "expected_inclusion",
    "expected_value",
    "inclusion",
    "l_statistic",
    "leave_one_out",
    "value",
]


def l_statistic(
    rewards: Iterable[Fraction], objective: LStatistic | str, *, by: Iterable[Any] | None = None
) -> Fraction:
    """Weigh the sorted rewards: ``T(x) = Σ_j α_j x_(j)``. Spec eqs. (1), (75).

    Parameters
    ----------
    rewards : K numbers
        A comparison set; exactly as many rewards as the objective has rank weights.
    objective : LStatistic or str
        The objective, or its spelling.
    by : as many numbers, optional
        A score for each reward: the order is that of the scores, uniformly random among equal ones.
        Spec eq. (75).

    Returns
    -------
    Fraction
        The L-statistic, in the rewards' unit.

    Raises
    ------
    InvalidInputError
        Where there are not exactly ``K`` rewards.

    Examples
    --------
    >>> l_statistic([3, 1, 2], "max@3")
    Fraction(3, 1)
    >>> l_statistic([3, 1, 2], "max@3", by=[0, 7, 7])
    Fraction(3, 2)
    """
    alpha = _lstatistic(objective).weights
    values = [exact(x, "rewards") for x in rewards]
    if len(values) != len(alpha):
        raise InvalidInputError(
            f"rewards: expected K = {len(alpha)} of them for {objective}, got {len(values)}"
        )
    if by is None:
        return sum((a * x for a, x in zip(alpha, sorted(values), strict=True)), Fraction(0))
    orders = list(orders_by(scores_of(by, len(values))))
    total = sum((a * values[i] for order in orders for a, i in zip(alpha, order, strict=True)), Fraction(0))
    return total / len(orders)


def value(
    rewards: Sequence[Fraction], objective: LStatistic | str, *, by: Sequence[Any] | None = None
) -> Fraction:
    """Average ``T(S)`` over all subsets ``S`` of ``K`` of the rewards. Spec eq. (17).

    Parameters
    ----------
    rewards : N numbers
        One batch. Integers, Fractions and floats are taken exactly.
    objective : LStatistic or str
        The objective, or its spelling.
    by : N numbers, optional
        A score for each reward, which selects: see `l_statistic`. Spec eq. (75).

    Returns
    -------
    Fraction
        ``v = E[T(S)]``, in the rewards' unit.

    Raises
    ------
    GroupTooSmallError
        Where ``N < K``.

    Examples
    --------
    >>> value([0, 1, 3], "max@2")
    Fraction(7, 3)
    """
    return _mean(rewards, objective, by, _subsets(rewards, objective))


def inclusion(
    rewards: Sequence[Fraction], objective: LStatistic | str, *, by: Sequence[Any] | None = None
) -> list[Fraction]:
    """Average ``T(S)`` over the subsets that contain ``i``, for each ``i``. Spec eq. (18).

    Parameters
    ----------
    rewards : N numbers
        One batch. Integers, Fractions and floats are taken exactly.
    objective : LStatistic or str
        The objective, or its spelling.
    by : N numbers, optional
        A score for each reward, which selects: see `l_statistic`. Spec eq. (75).

    Returns
    -------
    list of N Fractions
        ``q_i = E[T(S) | i ∈ S]``, in the rewards' unit.

    Raises
    ------
    GroupTooSmallError
        Where ``N < K``.

    Examples
    --------
    >>> inclusion([0, 1, 3], "max@2")
    [Fraction(2, 1), Fraction(2, 1), Fraction(3, 1)]
    """
    subsets = _subsets(rewards, objective)
    return [_mean(rewards, objective, by, [s for s in subsets if i in s]) for i in range(len(rewards))]


def leave_one_out(
    rewards: Sequence[Fraction], objective: LStatistic | str, *, by: Sequence[Any] | None = None
) -> list[Fraction]:
    """Average ``T(S)`` over the subsets that do not contain ``i``, for each ``i``. Spec eq. (19).

    Parameters
    ----------
    rewards : N numbers
        One batch. Integers, Fractions and floats are taken exactly.
    objective : LStatistic or str
        The objective, or its spelling.
    by : N numbers, optional
        A score for each reward, which selects: see `l_statistic`. Spec eq. (75).

    Returns
    -------
    list of N Fractions
        ``v^(−i) = E[T(S) | i ∉ S]``, in the rewards' unit.

    Raises
    ------
    GroupTooSmallError
        Where ``N < K + 1``: no subset leaves ``i`` out.

    Examples
    --------
    >>> leave_one_out([0, 1, 3], "max@2")
    [Fraction(3, 1), Fraction(3, 1), Fraction(1, 1)]
    """
    subsets = _subsets(rewards, objective)
    return [_mean(rewards, objective, by, [s for s in subsets if i not in s]) for i in range(len(rewards))]


def advantage(
    rewards: Sequence[Fraction], objective: LStatistic | str, *, by: Sequence[Any] | None = None
) -> list[Fraction]:
    """Subtract leave-one-out from include-one: ``A_i = q_i − v^(−i)``. Spec eq. (20).

    Parameters
    ----------
    rewards : N numbers
        One batch. Integers, Fractions and floats are taken exactly.
    objective : LStatistic or str
        The objective, or its spelling.
    by : N numbers, optional
        A score for each reward, which selects: see `l_statistic`. Spec eq. (75).

    Returns
    -------
    list of N Fractions
        The canonical advantages (OrderGrad, arXiv 2606.06096), in the rewards' unit.

    Raises
    ------
    GroupTooSmallError
        Where ``N < K + 1``.

    Examples
    --------
    >>> advantage([0, 1, 3], "max@2")
    [Fraction(-1, 1), Fraction(-1, 1), Fraction(2, 1)]
    >>> advantage([0, 1, 3], "max@2", by=[2, 1, 0])
    [Fraction(-1, 1), Fraction(1, 2), Fraction(1, 2)]
    """
    return [
        q - v
        for q, v in zip(
            inclusion(rewards, objective, by=by), leave_one_out(rewards, objective, by=by), strict=True
        )
    ]


def expected_value(
    rewards: Sequence[Fraction],
    probabilities: Sequence[Fraction],
    objective: LStatistic | str,
    *,
    by: Sequence[Any] | None = None,
) -> Fraction:
    """Sum ``T(x) p(x_1) … p(x_K)`` over all ``m**K`` tuples: the objective itself. Spec eq. (2).

    Parameters
    ----------
    rewards : m numbers
        The reward of each atom.
    probabilities : m numbers
        The probability of each atom. They need not sum to one: ``J`` is then its own extension to a
        homogeneous polynomial, which is what the partial derivatives of eq. (33) are taken of.
    objective : LStatistic or str
        The objective, or its spelling.
    by : m numbers, optional
        A score for each atom, which selects: see `l_statistic`. Spec eq. (75).

    Returns
    -------
    Fraction
        ``J(p) = E[T(X_1 … X_K)]``, in the rewards' unit.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> expected_value([0, 1], [half, half], "max@2")
    Fraction(3, 4)
    """
    k = len(_lstatistic(objective).weights)
    p = _probabilities(probabilities, rewards)
    by = None if by is None else scores_of(by, len(rewards))
    return sum(
        (
            prod((p[b] for b in atoms), start=Fraction(1))
            * l_statistic([rewards[b] for b in atoms], objective, by=_of(by, atoms))
            for atoms in product(range(len(rewards)), repeat=k)
        ),
        Fraction(0),
    )


def expected_inclusion(
    rewards: Sequence[Fraction],
    probabilities: Sequence[Fraction],
    objective: LStatistic | str,
    *,
    by: Sequence[Any] | None = None,
) -> list[Fraction]:
    """Fix the first of the ``K`` draws at atom ``b`` and average over the others. Spec eq. (32).

    Parameters
    ----------
    rewards : m numbers
        The reward of each atom.
    probabilities : m numbers
        The probability of each atom.
    objective : LStatistic or str
        The objective, or its spelling.
    by : m numbers, optional
        A score for each atom, which selects: see `l_statistic`. Spec eq. (75).

    Returns
    -------
    list of m Fractions
        ``q̄_b = E[T(X_1 … X_K) | X_1 = r_b]``, in the rewards' unit.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> expected_inclusion([0, 1], [half, half], "max@2")
    [Fraction(1, 2), Fraction(1, 1)]
    """
    k = len(_lstatistic(objective).weights)
    p = _probabilities(probabilities, rewards)
    by = None if by is None else scores_of(by, len(rewards))
    return [
        sum(
            (
                prod((p[c] for c in others), start=Fraction(1))
                * l_statistic([rewards[c] for c in (b, *others)], objective, by=_of(by, (b, *others)))
                for others in product(range(len(rewards)), repeat=k - 1)
            ),
            Fraction(0),
        )
        for b in range(len(rewards))
    ]


def exact(x: Any, name: str) -> Fraction:
    try:
        return Fraction(x.item() if hasattr(x, "item") else x)
    except (TypeError, ValueError, OverflowError):
        raise InvalidInputError(f"{name}: expected finite numbers, got {x!r}") from None


def _probabilities(probabilities: Sequence[Fraction], rewards: Sequence[Fraction]) -> list[Fraction]:
    if len(probabilities) != len(rewards):
        raise InvalidInputError(
            f"probabilities: expected one for each of the {len(rewards)} rewards, got {len(probabilities)}"
        )
    return [exact(p, "probabilities") for p in probabilities]


def _subsets(rewards: Sequence[Fraction], objective: LStatistic | str) -> list[tuple[int, ...]]:
    return list(combinations(range(len(rewards)), len(_lstatistic(objective).weights)))


def _of(by: Sequence[Any] | None, places: tuple[int, ...]) -> list[Any] | None:
    """Take the scores of some samples, where there are scores."""
    return None if by is None else [by[i] for i in places]


def _mean(
    rewards: Sequence[Fraction],
    objective: LStatistic | str,
    by: Sequence[Any] | None,
    subsets: list[tuple[int, ...]],
) -> Fraction:
    if not subsets:
        raise GroupTooSmallError(
            f"rewards: expected enough for a subset, got {len(rewards)}, too few for {objective}"
        )
    alpha = _lstatistic(objective)
    by = None if by is None else scores_of(by, len(rewards))
    total = sum((l_statistic([rewards[i] for i in s], alpha, by=_of(by, s)) for s in subsets), Fraction(0))
    return total / len(subsets)


def _lstatistic(objective: LStatistic | str) -> LStatistic:
    alpha = as_objective(objective)
    if not isinstance(alpha, LStatistic):
        raise InvalidInputError(
            f"objective: expected an integer K, got {alpha}; subsets of {alpha.k} cannot be enumerated"
        )
    return alpha
