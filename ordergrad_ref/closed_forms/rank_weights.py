"""K rank weights → weights on n sorted samples: degree elevation, exact and floating.

``e_t^(n) = Σ_j α_j C(t−1, j−1) C(n−t, K−j) / C(n−1, K−1)`` (spec eq. (22)) is a hypergeometric average of
the rank weights: draw ``K − 1`` of the ``n − 1`` other ranks; ``j − 1`` is how many fall below rank ``t``.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import comb
from threading import Lock

import numpy as np
from cachetools import LRUCache, cached

from ordergrad_ref._types import Floats
from ordergrad_ref.closed_forms.bernstein import (
    average_work,
    hypergeometric_average,
    hypergeometric_spikes,
    hypergeometric_steps,
)
from ordergrad_ref.closed_forms.rounding import running_product
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError
from ordergrad_ref.objectives import LStatistic, Objective, RealK
from ordergrad_ref.objectives import objective as as_objective
from ordergrad_ref.objectives.exact_numbers import integer, over_one_denominator

__all__ = ["as_floats", "elevated", "elevated_exact", "exact", "floating"]

CACHED_BYTES = 2**26
"""Bytes of weights kept for later calls, exact and floating ones apart: those of eight million ranks."""

ONE_BY_ONE = 16
"""Up to so many rank weights that are not zero, or jumps between them, are elevated one by one, O(N) each."""

LARGEST_N = 2**40
"""The largest number of samples: its weights would take eight terabytes, so a larger one is a mistake."""

LOW_DEGREE = 3
"""The degree up to which a polynomial b_α is looked for behind many rank weights."""

LARGEST_WORK = 2**31
"""Steps of the general average at most, about half a minute's."""

LARGEST_EXACT_WORK = 2_000_000
"""Products of binomial coefficients that exact weights take at most."""

QUICK = 2**24
"""Steps that are taken without asking whether a smaller K would do."""


def exact(n: int, objective: Objective | str) -> list[Fraction]:
    """Weigh n sorted samples exactly: ``v = Σ_m w_m r_(m)``, ``w_m = (K/n) e_m^(n)``. Spec eq. (23).

    Parameters
    ----------
    n : int
        Number of samples, at least ``K``.
    objective : LStatistic or str
        The objective, or its spelling.

    Returns
    -------
    list of n Fractions
        Ascending: the last weight multiplies the largest sample. They sum to ``Σ_j α_j``.

    Raises
    ------
    GroupTooSmallError
        Where ``n < K``.
    InvalidInputError
        Where the objective's K is not an integer: its weights are irrational.

    Examples
    --------
    >>> exact(3, "max@2")
    [Fraction(0, 1), Fraction(1, 3), Fraction(2, 3)]
    """
    n, alpha = _checked(n, objective)
    return [Fraction(alpha.k) / n * e for e in elevated_exact(n, alpha)]


def floating(n: int, objective: Objective | str) -> Floats:
    """Weigh n sorted samples in float64: ``v = Σ_m w_m r_(m)``, ``w_m = (K/n) e_m^(n)``. Spec eq. (23).

    Parameters
    ----------
    n : int
        Number of samples, at least ``K``.
    objective : LStatistic, RealK or str
        The objective, or its spelling.

    Returns
    -------
    (n,) float64 array
        Ascending: the last weight multiplies the largest sample.

    Raises
    ------
    GroupTooSmallError
        Where ``n < K``.

    Examples
    --------
    >>> floating(4, "max@2")
    array([0.        , 0.16666667, 0.33333333, 0.5       ])
    """
    n, alpha = _checked(n, objective)
    return elevated(n, alpha) * (float(alpha.k) / n)


def elevated_exact(n: int, objective: Objective | str) -> list[Fraction]:
    """Elevate the rank weights to n Bernstein coefficients, exactly. Spec eq. (22).

    Parameters
    ----------
    n : int
        Number of coefficients, at least ``K``.
    objective : LStatistic or str
        The objective, or its spelling.

    Returns
    -------
    list of n Fractions
        ``e_t^(n)``, ``t = 1 … n``.

    Raises
    ------
    GroupTooSmallError
        Where ``n < K``.
    InvalidInputError
        Where the objective's K is not an integer.

    Examples
    --------
    >>> elevated_exact(3, "max@2")
    [Fraction(0, 1), Fraction(1, 2), Fraction(1, 1)]
    """
    n, alpha = _checked(n, objective)
    if isinstance(alpha, RealK):
        raise InvalidInputError(
            f"objective: expected one with exact rational weights on {n} samples, got {alpha}; "
            "use float rewards, or an integer K"
        )
    return list(_elevated_exact(n, alpha))


def elevated(n: int, objective: Objective | str) -> Floats:
    """Elevate the rank weights to n Bernstein coefficients, in float64. Spec eq. (22).

    Max and min follow their ratio recurrence (spec eq. (24)); every other objective is averaged outward
    from the mode of the hypergeometric distribution and divided by the distribution's own sum, so that
    nothing overflows at any size. Each coefficient is within a few units of roundoff of ``max |α|``.

    Parameters
    ----------
    n : int
        Number of coefficients, at least ``K``.
    objective : LStatistic, RealK or str
        The objective, or its spelling.

    Returns
    -------
    (n,) float64 array, read-only
        ``e_t^(n)``, ``t = 1 … n``; for real-valued K the coefficients of spec eq. (16).

    Raises
    ------
    GroupTooSmallError
        Where ``n < K``.

    Examples
    --------
    >>> elevated(3, "max@2")
    array([0. , 0.5, 1. ])
    """
    return _elevated(*_checked(n, objective))


@cached(LRUCache(CACHED_BYTES, getsizeof=lambda e: 64 * len(e)), lock=Lock())
def _elevated_exact(n: int, alpha: LStatistic) -> tuple[Fraction, ...]:
    k = alpha.k
    integers, denominator = over_one_denominator(alpha.weights)
    numerators = {j: a for j, a in enumerate(integers, 1) if a}
    if n * len(numerators) > LARGEST_EXACT_WORK:
        raise InvalidInputError(
            f"n: expected n times the number of rank weights that are not zero to be at most "
            f"{LARGEST_EXACT_WORK} for exact weights of {_short(alpha)}, "
            f"got {n} * {len(numerators)}; use floats"
        )
    denominator *= comb(n - 1, k - 1)
    sums = [0] * n
    for j, a in numerators.items():
        for t, ways in enumerate(_ways(j, n, k), j):
            sums[t - 1] += a * ways
    return tuple(Fraction(x, denominator) for x in sums)


def _ways(j: int, n: int, k: int) -> Iterator[int]:
    """``C(t−1, j−1) C(n−t, K−j)`` for ``t = j … n−K+j``, each from the one before; for other t it is zero."""
    ways = comb(n - j, k - j)
    yield ways
    for t in range(j, n - k + j):
        ways = ways * t * (n - k + j - t) // ((t - j + 1) * (n - t))
        yield ways


@cached(LRUCache(CACHED_BYTES, getsizeof=lambda e: e.nbytes), lock=Lock())
def _elevated(n: int, alpha: Objective) -> Floats:
    e = _dispatch(n, alpha)
    e.setflags(write=False)
    return e


def _dispatch(n: int, alpha: Objective) -> Floats:
    if isinstance(alpha, RealK):
        largest = _real_maximum(n, alpha.k)
        return largest if alpha.kind == "max" else largest[::-1].copy()
    floats = as_floats(alpha)
    if not floats[:-1].any():
        largest = _maximum(n, alpha.k)
        return largest if floats[-1] == 1 else floats[-1] * largest
    if not floats[1:].any():
        return floats[0] * _maximum(n, alpha.k)[::-1]
    if np.count_nonzero(floats) <= ONE_BY_ONE:
        return hypergeometric_spikes(floats, n)
    if np.count_nonzero(np.diff(floats)) <= ONE_BY_ONE:
        return hypergeometric_steps(floats, n)
    if (work := average_work(n, alpha.k)) > QUICK and (smaller := _of_low_degree(alpha)) is not None:
        # By spec eq. (5) both have the same K e: only the polynomial counts.
        return hypergeometric_spikes(as_floats(smaller), n) * (smaller.k / alpha.k)
    if work > LARGEST_WORK:
        raise InvalidInputError(
            f"n: expected a smaller n or K, got n = {n} and K = {alpha.k}: the weights of {_short(alpha)} "
            f"on n samples take about {work:.0e} steps, and at most {LARGEST_WORK:.0e} are taken. Objectives "
            "of few distinct rank weights (max, top, median, quantile, cvar, trimmed) are quick at every size"
        )
    return hypergeometric_average(floats, n)


def _of_low_degree(alpha: LStatistic) -> LStatistic | None:
    """Return the same objective by at most `LOW_DEGREE` + 1 rank weights, if there is one. Spec eq. (5)."""
    row = list(alpha.weights)
    for start in (0, len(row) // 2):  # the first weights may all be zero, of no polynomial
        some = row[start : start + 2 * LOW_DEGREE + 2]
        for _ in range(LOW_DEGREE + 1):
            some = [after - before for before, after in pairwise(some)]
        if any(some):
            return None
    for _ in range(LOW_DEGREE + 1):
        row = [after - before for before, after in pairwise(row)]
        if not any(row):
            return alpha.reduced()
    return None


@cached(LRUCache(CACHED_BYTES, getsizeof=lambda a: a.nbytes), lock=Lock())
def as_floats(alpha: LStatistic) -> Floats:
    """Round the rank weights ``α_j`` to float64. Spec eq. (1)."""
    try:
        return np.array([float(a) for a in alpha.weights])
    except OverflowError:
        raise InvalidInputError(
            "objective: expected rank weights that float64 holds, got a larger one; scale them down"
        ) from None


def _maximum(n: int, k: int) -> Floats:
    """``e_n = 1``, ``e_(t−1) = e_t (t−K)/(t−1)``: spec eq. (24)."""
    t = np.arange(n, 1, -1, dtype=np.float64)
    e = np.empty(n)
    e[0] = 1.0
    e[1:] = running_product(t, lambda t: np.maximum(t - k, 0.0), lambda t: t - 1.0)
    return e[::-1]


def _real_maximum(n: int, kappa: Fraction) -> Floats:
    """``e_m = (n/κ)[Φ_n(m) − Φ_n(m−1)]``, ``Φ_n(m−1)/Φ_n(m) = (m−κ)/m``, ``Φ_n(m) = 0`` for ``m ≤ κ−1``."""
    κ = float(kappa)
    m = np.arange(n, 0, -1, dtype=np.float64)
    Φ = np.append(1.0, running_product(m, lambda m: np.maximum(m - κ, 0.0), lambda m: m)[:-1])
    return (n / np.maximum(m, κ) * Φ)[::-1]


def _short(alpha: Objective) -> str:
    """Name an objective; of one without a name, its first rank weights."""
    text = str(alpha)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _checked(n: int, objective: Objective | str) -> tuple[int, Objective]:
    n = integer(n, "n", -LARGEST_N, LARGEST_N, f"at most {LARGEST_N} samples")
    alpha = as_objective(objective)
    if n < alpha.k:
        raise GroupTooSmallError(f"n: expected at least K = {alpha.k} samples for {_short(alpha)}, got {n}")
    return n, alpha
