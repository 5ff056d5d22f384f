"""The named objectives: one function each, returning an `LStatistic` that knows its spelling.

A parameter q, τ or λ is meant exactly: a `Fraction`, an int, a decimal string, or a float, which
stands for the decimal it prints as (``0.1`` is one tenth, not the nearest binary fraction).
Every function raises `InvalidInputError` for a parameter out of the range that it states.
"""

import math
from fractions import Fraction
from itertools import accumulate

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives.exact_numbers import (
    LARGEST_K,
    Number,
    differences,
    group_size,
    integer,
    parameter,
    spell,
)
from ordergrad_ref.objectives.lstatistic import LStatistic

__all__ = [
    "between",
    "bottom",
    "cvar",
    "gini",
    "harrell_davis",
    "lmoment",
    "maximum",
    "mean",
    "median",
    "midrange",
    "minimum",
    "range_weights",
    "rank",
    "sample_range",
    "top",
    "trimmed",
    "trimmed_lmoment",
    "upper_cvar",
    "winsorized",
]

LARGEST_LMOMENT = 10_000_000
"""The largest r K of lmoment(r)@K: beyond it, making the weights takes minutes."""

ZERO, HALF, ONE = Fraction(0), Fraction(1, 2), Fraction(1)


def maximum(k: int) -> LStatistic:
    """Return max@K: ``α_K = 1``, the best of K; pass@K where rewards are 0 or 1. Spec eq. (6).

    Examples
    --------
    >>> maximum(3).weights
    (Fraction(0, 1), Fraction(0, 1), Fraction(1, 1))
    """
    K = group_size(k)
    return LStatistic([ZERO] * (K - 1) + [ONE], name=f"max@{K}")


def minimum(k: int) -> LStatistic:
    """Return min@K: ``α_1 = 1``, the worst of K. Spec eq. (6)."""
    K = group_size(k)
    return LStatistic([ONE] + [ZERO] * (K - 1), name=f"min@{K}")


def mean(k: int) -> LStatistic:
    """Return mean@K: ``α_j = 1/K``, the expected reward whatever the K. Spec eqs. (5), (6)."""
    K = group_size(k)
    return LStatistic([Fraction(1, K)] * K, name=f"mean@{K}")


def rank(r: int, k: int) -> LStatistic:
    """Return rank(r)@K: ``α_(K+1−r) = 1``, the r-th **largest**; ``1 <= r <= K``. Spec eq. (6)."""
    K = group_size(k)
    r = _count(r, K, "r")
    return LStatistic([ZERO] * (K - r) + [ONE] + [ZERO] * (r - 1), name=f"rank({r})@{K}")


def top(m: int, k: int) -> LStatistic:
    """Return top(m)@K: the mean of the m largest, ``1 <= m <= K``. Spec eq. (6).

    Examples
    --------
    >>> top(2, 3).weights
    (Fraction(0, 1), Fraction(1, 2), Fraction(1, 2))
    """
    K = group_size(k)
    m = _count(m, K, "m")
    return LStatistic([ZERO] * (K - m) + [Fraction(1, m)] * m, name=f"top({m})@{K}")


def bottom(m: int, k: int) -> LStatistic:
    """Return bottom(m)@K: the mean of the m smallest, ``1 <= m <= K``. Spec eq. (6)."""
    K = group_size(k)
    m = _count(m, K, "m")
    return LStatistic([Fraction(1, m)] * m + [ZERO] * (K - m), name=f"bottom({m})@{K}")


def midrange(m: int, k: int) -> LStatistic:
    """Return midrange(m)@K: ``½ bottom(m) + ½ top(m)``, ``1 <= m <= K``. Spec eq. (6).

    Examples
    --------
    >>> midrange(1, 3).weights
    (Fraction(1, 2), Fraction(0, 1), Fraction(1, 2))
    """
    K = group_size(k)
    m = _count(m, K, "m")
    share = [HALF / m] * m
    weights = share + [ZERO] * (K - m)
    weights[K - m :] = [a + b for a, b in zip(weights[K - m :], share, strict=True)]
    return LStatistic(weights, name=f"midrange({m})@{K}")


def median(k: int) -> LStatistic:
    """Return median@K: the middle reward, or the mean of the two middle ones. Spec eq. (7)."""
    K = group_size(k)
    weights = [ZERO] * K
    weights[(K - 1) // 2] += HALF
    weights[K // 2] += HALF
    return LStatistic(weights, name=f"median@{K}")


def trimmed(m: int, k: int) -> LStatistic:
    """Return trimmed(m)@K: the mean without the m smallest and m largest, ``2m < K``. Spec eq. (7).

    Examples
    --------
    >>> trimmed(1, 4).weights
    (Fraction(0, 1), Fraction(1, 2), Fraction(1, 2), Fraction(0, 1))
    """
    K = group_size(k)
    m = _less_than_half(m, K)
    kept = K - 2 * m
    weights = [ZERO] * m + [Fraction(1, kept)] * kept + [ZERO] * m
    return LStatistic(weights, name=f"trimmed({m})@{K}")


def winsorized(m: int, k: int) -> LStatistic:
    """Return winsorized(m)@K: the mean after the m smallest and m largest move to their neighbours.

    ``α_(m+1)`` and ``α_(K−m)`` gain ``m/K`` each; ``2m < K``. Spec eq. (7).

    Examples
    --------
    >>> winsorized(1, 4).weights
    (Fraction(0, 1), Fraction(1, 2), Fraction(1, 2), Fraction(0, 1))
    """
    K = group_size(k)
    m = _less_than_half(m, K)
    weights = [ZERO] * m + [Fraction(1, K)] * (K - 2 * m) + [ZERO] * m
    weights[m] += Fraction(m, K)
    weights[K - m - 1] += Fraction(m, K)
    return LStatistic(weights, name=f"winsorized({m})@{K}")


def harrell_davis(q: Number, k: int) -> LStatistic:
    """Return harrell_davis(q)@K, the beta-weighted quantile estimator; ``0 < q < 1``.

    ``α_j = I_{j/K}((K+1)q, (K+1)(1−q)) − I_{(j−1)/K}(…)`` with I the regularised incomplete beta
    function. I is evaluated in double precision and the differences are exact, so that
    ``Σ_j α_j = 1``. Spec eq. (9); Harrell and Davis, Biometrika 69 (1982).
    """
    from scipy.special import betainc

    K = group_size(k)
    level = parameter(q, "q")
    if not 0 < level < 1:
        raise InvalidInputError(f"q: expected 0 < q < 1, got q = {spell(level)}")
    a, b = float((K + 1) * level), float((K + 1) * (1 - level))
    weights = differences(betainc(a, b, [j / K for j in range(1, K)]))
    return LStatistic(weights, name=f"harrell_davis({spell(level)})@{K}")


def cvar(tau: Number, k: int) -> LStatistic:
    """Return cvar(τ)@K: the mean of the lower tail of mass τ, its boundary cut exactly.

    ``α_j = (1/τ) |[(j−1)/K, j/K] ∩ [0, τ]|``, ``0 < τ <= 1``. Spec eq. (10).

    Examples
    --------
    >>> cvar(0.3, 5).weights[:3]
    (Fraction(2, 3), Fraction(1, 3), Fraction(0, 1))
    """
    K = group_size(k)
    mass = _tail(tau)
    return LStatistic(range_weights(ZERO, mass, K), name=f"cvar({spell(mass)})@{K}")


def upper_cvar(tau: Number, k: int) -> LStatistic:
    """Return upper_cvar(τ)@K: the mean of the upper tail of mass τ, the mirror of `cvar`.

    ``α_j = (1/τ) |[(j−1)/K, j/K] ∩ [1−τ, 1]|``, ``0 < τ <= 1``. Spec eq. (10).
    """
    K = group_size(k)
    mass = _tail(tau)
    return LStatistic(range_weights(1 - mass, ONE, K), name=f"upper_cvar({spell(mass)})@{K}")


def between(low: Number, high: Number, k: int) -> LStatistic:
    """Return between(low, high)@K: the mean over the quantile levels from low to high, cut exactly.

    ``α_j = |[(j−1)/K, j/K] ∩ [low, high]| / (high − low)``, ``0 <= low < high <= 1``: `cvar` and
    `upper_cvar` are its ends, a mean trimmed by fractions its middle. Spec eq. (10).

    Examples
    --------
    >>> [str(w) for w in between("1/4", "5/8", 4).weights]
    ['0', '2/3', '1/3', '0']
    """
    K = group_size(k)
    first, last = parameter(low, "low"), parameter(high, "high")
    if not 0 <= first < last <= 1:
        raise InvalidInputError(
            f"low and high: expected 0 <= low < high <= 1, got low = {spell(first)}, high = {spell(last)}"
        )
    return LStatistic(range_weights(first, last, K), name=f"between({spell(first)}, {spell(last)})@{K}")


def sample_range(k: int) -> LStatistic:
    """Return range@K: the best of K less the worst, ``K >= 2``. Spec eqs. (6), (81).

    Examples
    --------
    >>> [str(w) for w in sample_range(3).weights]
    ['-1', '0', '1']
    """
    K = integer(k, "K", 2, LARGEST_K, f"2 <= K <= {LARGEST_K} for range")
    return LStatistic([-ONE] + [ZERO] * (K - 2) + [ONE], name=f"range@{K}")


def gini(k: int) -> LStatistic:
    """Return gini@K: Gini's mean difference ``E|X − X'|``, ``K >= 2``.

    ``α_j = 2(2j−K−1) / (K(K−1))``. Spec eq. (11).

    Examples
    --------
    >>> gini(2).weights
    (Fraction(-1, 1), Fraction(1, 1))
    """
    K = integer(k, "K", 2, LARGEST_K, f"2 <= K <= {LARGEST_K} for gini")
    weights = [Fraction(2 * (2 * j - K - 1), K * (K - 1)) for j in range(1, K + 1)]
    return LStatistic(weights, name=f"gini@{K}")


def lmoment(r: int, k: int) -> LStatistic:
    """Return lmoment(r)@K: the r-th L-moment, ``1 <= r <= K`` and ``r K <= 10 000 000``.

    ``l_r = Σ_{i<r} (−1)^(r−1−i) C(r−1,i) C(r−1+i,i) b_i`` with the probability-weighted moments
    ``b_i = (1/K) Σ_j C(j−1,i)/C(K−1,i) x_(j)``. Spec eq. (12); Hosking, J. R. Stat. Soc. B 52
    (1990).

    Examples
    --------
    >>> [str(w) for w in lmoment(3, 3).weights]
    ['1/3', '-2/3', '1/3']
    """
    K = group_size(k)
    r = _count(r, K, "r")
    if r * K > LARGEST_LMOMENT:
        raise InvalidInputError(
            f"r: expected r * K <= {LARGEST_LMOMENT} for lmoment, whose weights have many digits, "
            f"got {r} * {K}; lower r or K"
        )
    # The weights are a polynomial of degree r − 1 in j, whose leading differences at j = 1 are the factors of
    # C(j−1, i): a table of differences gives all of its values by additions alone.
    scale = K * math.lcm(*(math.comb(K - 1, i) for i in range(r)))
    row = [
        (-1) ** (r - 1 - i)
        * math.comb(r - 1, i)
        * math.comb(r - 1 + i, i)
        * (scale // (K * math.comb(K - 1, i)))
        for i in range(r)
    ]
    values = [row[-1]] * (K - r + 1)
    for leading in reversed(row[:-1]):
        values = list(accumulate(values, initial=leading))
    weights = [Fraction(value, scale) for value in values]
    return LStatistic(weights, name=f"lmoment({r})@{K}")


def trimmed_lmoment(r: int, low: int, high: int, k: int) -> LStatistic:
    """Return trimmed_lmoment(r, low, high)@K: the r-th L-moment trimmed by low and high ranks.

    ``(1/r) Σ_{i<r} (−1)^i C(r−1,i) E[X_(r+low−i : r+low+high)]``, an objective of ``r + low + high`` ranks,
    elevated to K. Spec eqs. (12), (81); Elamir and Seheult, Comput. Stat. Data Anal. 43 (2003).

    Raises
    ------
    InvalidInputError
        If `r` is below 1, `low` or `high` below 0, or their sum exceeds `k`.

    Examples
    --------
    >>> [str(w) for w in trimmed_lmoment(2, 1, 1, 4).weights]
    ['0', '-1/2', '1/2', '0']
    """
    K = group_size(k)
    r = _count(r, K, "r")
    low = integer(low, "low", 0, K - r, f"0 <= low <= K - r = {K - r}")
    high = integer(high, "high", 0, K - r - low, f"0 <= high <= K - r - low = {K - r - low}")
    weights = [ZERO] * (r + low + high)
    for i in range(r):
        weights[r + low - i - 1] = Fraction((-1) ** i * math.comb(r - 1, i), r)
    return LStatistic(
        LStatistic(weights).elevated(K).weights, name=f"trimmed_lmoment({r}, {low}, {high})@{K}"
    )


def range_weights(low: Fraction, high: Fraction, k: int) -> list[Fraction]:
    """Return the rank weights of the mean over the quantile levels ``[low, high]``.

    ``α_j = |[(j−1)/K, j/K] ∩ [low, high]| / (high − low)``, for ``0 <= low < high <= 1``.
    """

    def overlap(j: int) -> Fraction:
        return min(Fraction(j, k), high) - max(Fraction(j - 1, k), low)

    width = high - low
    first, last = math.floor(low * k) + 1, math.ceil(high * k)
    weights = [ZERO] * (first - 1) + [1 / (k * width)] * (last - first + 1) + [ZERO] * (k - last)
    for j in (first, last):
        weights[j - 1] = overlap(j) / width
    return weights


def _count(value: int, K: int, what: str) -> int:
    return integer(value, what, 1, K, f"1 <= {what} <= K = {K}")


def _less_than_half(m: int, K: int) -> int:
    return integer(m, "m", 0, (K - 1) // 2, f"0 <= m and 2m < K = {K}")


def _tail(tau: Number) -> Fraction:
    mass = parameter(tau, "tau")
    if not 0 < mass <= 1:
        raise InvalidInputError(f"tau: expected 0 < tau <= 1, got tau = {spell(mass)}")
    return mass
