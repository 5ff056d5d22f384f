"""What off-policy values and weights are: subsets weighed by their importance ratios, enumerated."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from math import prod

from ordergrad_ref.definition.l_statistics import exact, l_statistic
from ordergrad_ref.errors import GroupTooSmallError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["off_policy_first_order_weights", "off_policy_score_weights", "off_policy_value"]


def off_policy_value(
    rewards: Sequence[Fraction], ratios: Sequence[Fraction], objective: LStatistic | str
) -> Fraction:
    """Average ``Π_{i∈S} ρ_i T(S)`` over all subsets of K. Spec eq. (85).

    Examples
    --------
    >>> off_policy_value([0, 1, 3], [1, 2, Fraction(1, 2)], "max@2")
    Fraction(13, 6)
    """
    subsets = _subsets(rewards, ratios, objective)
    return sum(subsets.values(), Fraction(0)) / len(subsets)


def off_policy_score_weights(
    rewards: Sequence[Fraction], ratios: Sequence[Fraction], objective: LStatistic | str
) -> list[Fraction]:
    """Average the same over all subsets, those without ``i`` counting 0, for each ``i``. Spec eq. (86).

    Examples
    --------
    >>> off_policy_score_weights([0, 1, 3], [1, 2, Fraction(1, 2)], "max@2")
    [Fraction(7, 6), Fraction(5, 3), Fraction(3, 2)]
    """
    return _with_each(len(rewards), _subsets(rewards, ratios, objective))


def off_policy_first_order_weights(
    rewards: Sequence[Fraction], ratios: Sequence[Fraction], objective: LStatistic | str
) -> list[Fraction]:
    """Average ``(1 + Σ_{l∈S} (ρ_l − 1)) T(S)`` likewise, for each ``i``. Spec eq. (108); arXiv 2510.23393.

    Examples
    --------
    >>> off_policy_first_order_weights([0, 1, 3], [1, 2, Fraction(1, 2)], "max@2")
    [Fraction(7, 6), Fraction(13, 6), Fraction(2, 1)]
    """
    return _with_each(len(rewards), _subsets(rewards, ratios, objective, _to_first_order))


def _product(ratios: Iterable[Fraction]) -> Fraction:
    return prod(ratios, start=Fraction(1))


def _to_first_order(ratios: Iterable[Fraction]) -> Fraction:
    return 1 + sum((p - 1 for p in ratios), Fraction(0))


def _with_each(n: int, subsets: dict[tuple[int, ...], Fraction]) -> list[Fraction]:
    return [sum((x for s, x in subsets.items() if i in s), Fraction(0)) / len(subsets) for i in range(n)]


def _subsets(
    rewards: Sequence[Fraction],
    ratios: Sequence[Fraction],
    objective: LStatistic | str,
    weight: Callable[[Iterable[Fraction]], Fraction] = _product,
) -> dict[tuple[int, ...], Fraction]:
    n, k = len(rewards), int(as_objective(objective).k)
    if n < k:
        raise GroupTooSmallError(f"rewards: expected at least K = {k} for {objective}, got {n}")
    rho = [exact(p, "ratios") for p in ratios]
    return {
        s: weight(rho[i] for i in s) * l_statistic([rewards[i] for i in s], objective)
        for s in combinations(range(n), k)
    }
