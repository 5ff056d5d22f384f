"""Sample quantiles: the nine rules of Hyndman and Fan."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.objectives.exact_numbers import Number, group_size, parameter, spell
from ordergrad_ref.objectives.lstatistic import LStatistic

__all__ = ["POSITIONS", "quantile"]

Place: TypeAlias = Callable[[Fraction, int], Fraction]
"""The place of the quantile q among K sorted rewards; the ranks on both sides of it share the weight."""

HALF = Fraction(1, 2)


def _plotting(a: Fraction) -> Place:
    return lambda q, k: q * (k + 1 - 2 * a) + a


def _nearest(q: Fraction, k: int) -> Fraction:
    """The rank nearest to ``q K``; of two, the even one."""
    return Fraction(round(q * k))


POSITIONS: dict[str, Place] = {
    "inverted_cdf": lambda q, k: Fraction(math.ceil(q * k)),
    "averaged_inverted_cdf": lambda q, k: (math.ceil(q * k) + math.floor(q * k + 1)) * HALF,
    "closest_observation": _nearest,
    "interpolated_inverted_cdf": lambda q, k: q * k,
    "hazen": _plotting(HALF),
    "weibull": _plotting(Fraction(0)),
    "linear": _plotting(Fraction(1)),
    "median_unbiased": _plotting(Fraction(1, 3)),
    "blom": _plotting(Fraction(3, 8)),
}
"""The rules by NumPy's names, in the order of their types 1 to 9; Blom's is NumPy's ``normal_unbiased``."""

_ALIASES = {f"type{i}": name for i, name in enumerate(POSITIONS, 1)} | {"normal_unbiased": "blom"}


def quantile(q: Number, k: int, position: str = "hazen") -> LStatistic:
    """Return quantile(q)@K: one or two neighbouring order statistics, by one of nine rules.

    The weight is shared by the ranks on both sides of ``pos``, clamped to ``[1, K]``. The continuous rules,
    types 5 to 9, have ``pos = q(K+1−2a) + a`` with a plotting position a: 1/2 (``"hazen"``), 0
    (``"weibull"``), 1 (``"linear"``, NumPy's default), 1/3 (``"median_unbiased"``) or 3/8 (``"blom"``).
    Type 4 has ``pos = qK``; types 1 to 3 jump. Spec eq. (8); Hyndman and Fan, Am. Stat. 50 (1996).

    Parameters
    ----------
    q
        The level, ``0 <= q <= 1``.
    k
        The size K of the comparison set.
    position
        The rule by name: one of NumPy's methods that Hyndman and Fan list, or ``"type1"`` … ``"type9"``.

    Raises
    ------
    InvalidInputError
        If `q`, `k` or `position` is out of range.

    Examples
    --------
    >>> quantile(0.25, 4).weights
    (Fraction(1, 2), Fraction(1, 2), Fraction(0, 1), Fraction(0, 1))
    >>> quantile(0.25, 4, "type7")
    objective('quantile(0.25, linear)@4')
    """
    K = group_size(k)
    level = parameter(q, "q")
    if not 0 <= level <= 1:
        raise InvalidInputError(f"q: expected 0 <= q <= 1, got q = {spell(level)}")
    rule = _ALIASES.get(position, position) if isinstance(position, str) else position
    if not isinstance(rule, str) or rule not in POSITIONS:
        raise InvalidInputError(f"position: {expected_one_of(POSITIONS, position)}")
    pos = min(max(POSITIONS[rule](level, K), Fraction(1)), Fraction(K))
    below = math.floor(pos)
    weights = [Fraction(0)] * K
    weights[below - 1] = 1 - (pos - below)
    if below < K:
        weights[below] = pos - below
    variant = "" if rule == "hazen" else f", {rule}"
    return LStatistic(weights, name=f"quantile({spell(level)}{variant})@{K}")
