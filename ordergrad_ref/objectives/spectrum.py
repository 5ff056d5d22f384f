"""Objectives from a spectrum or a distortion: the mass of each rank's cell of ``[0, 1]``."""

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives.exact_numbers import (
    Number,
    differences,
    exact,
    exact_sequence,
    group_size,
    parameter,
    spell,
)
from ordergrad_ref.objectives.lstatistic import LStatistic

__all__ = ["distortion", "proportional_hazard", "spectrum", "wang"]

_ACCURACY = 1e-10
_LEAST_PARTS = 512
_LARGEST_EXACT_POWER = 64
_LARGEST_EXACT_WORK = 10_000_000


def spectrum(phi: Callable[[float], float] | Iterable[Number], k: int) -> LStatistic:
    """Return the L-statistic of size K for the spectrum φ on the quantile levels.

    ``α_j = ∫_{(j−1)/K}^{j/K} φ(u) du``: the cell averages of φ, divided by K. As K grows the
    objective tends to ``∫ φ(u) Q(u) du``. Spec eq. (13).

    Parameters
    ----------
    phi
        Either a function on ``(0, 1)``, integrated numerically to a relative 1e-10 in each cell, where a
        window narrower than 1/512 may be missed: give samples of such a one, or its `distortion`; or
        M samples, meaning the step function with the value ``phi[i]`` on the i-th of M equal cells,
        integrated exactly.
    k
        The size K of the comparison set.

    Raises
    ------
    InvalidInputError
        If an integral is not finite or does not converge, `phi` returns no number, a sample is no
        finite number, or there is no sample.

    Examples
    --------
    >>> from ordergrad_ref.objectives import spectrum
    >>> spectrum([2, 0], 3).weights
    (Fraction(2, 3), Fraction(1, 3), Fraction(0, 1))
    """
    K = group_size(k)
    if callable(phi):
        return LStatistic([_integral(phi, j, K) for j in range(1, K + 1)])
    samples = exact_sequence(phi, "phi")
    M = len(samples)
    upto = [Fraction(0)]
    for sample in samples:
        upto.append(upto[-1] + sample / M)

    def cumulative(u: Fraction) -> Fraction:
        cell = math.floor(u * M)
        return upto[cell] + (u - Fraction(cell, M)) * samples[cell] if cell < M else upto[M]

    return distortion(cumulative, K)


def distortion(g: Callable[[Any], Any], k: int) -> LStatistic:
    """Return the L-statistic of size K for a cumulative spectrum g, with ``g(0) = 0``.

    ``α_j = g(j/K) − g((j−1)/K)``. Spec eq. (14).

    Parameters
    ----------
    g
        The weight of all quantile levels up to u. It is called with a `Fraction`, so that rational
        formulas stay exact, and with a float if that raises `TypeError`.
    k
        The size K of the comparison set.

    Raises
    ------
    InvalidInputError
        If ``g(0)`` is not 0, or a value of `g` is no finite number.

    Examples
    --------
    >>> from ordergrad_ref.objectives import distortion
    >>> distortion(lambda u: u**2, 3).weights
    (Fraction(1, 9), Fraction(1, 3), Fraction(5, 9))
    """
    K = group_size(k)
    if not callable(g):
        raise InvalidInputError(f"g: expected a function of the quantile level, got a {type(g).__name__}")
    cumulative = [_at(g, Fraction(j, K)) for j in range(K + 1)]
    if cumulative[0] != 0:
        raise InvalidInputError(f"g(0): expected 0, got {float(cumulative[0])!r}")
    return LStatistic([cumulative[j] - cumulative[j - 1] for j in range(1, K + 1)])


def wang(lam: Number, k: int) -> LStatistic:
    """Return wang(λ)@K, the distortion ``g(u) = Φ(Φ⁻¹(u) + λ)`` with Φ the normal distribution.

    λ > 0 favours the low ranks (caution), λ < 0 the high ones; λ = 0 is the mean. g is evaluated in
    double precision with exact ends, so that ``Σ_j α_j = 1``. Spec eq. (14); Wang, J. Risk and
    Insurance 67 (2000).

    Raises
    ------
    InvalidInputError
        If `lam` is no finite number.
    """
    from scipy.special import ndtr, ndtri

    K = group_size(k)
    shift = parameter(lam, "lam")
    weights = differences(ndtr(ndtri([j / K for j in range(1, K)]) + float(shift)))
    return LStatistic(weights, name=f"wang({spell(shift)})@{K}")


def proportional_hazard(rho: Number, k: int) -> LStatistic:
    """Return proportional_hazard(ρ)@K, the distortion ``g(u) = 1 − (1−u)^ρ``, ``ρ > 0``.

    ρ > 1 favours the low ranks, ρ < 1 the high ones; ρ = 1 is the mean. An integer ρ up to 64 gives
    exact weights where ``ρ K <= 10 000 000``; any other is evaluated in double precision, with exact
    differences. Spec eq. (14).

    Raises
    ------
    InvalidInputError
        If `rho` is no positive number.

    Examples
    --------
    >>> from ordergrad_ref.objectives import proportional_hazard
    >>> [str(w) for w in proportional_hazard(2, 3).weights]
    ['5/9', '1/3', '1/9']
    """
    exponent = parameter(rho, "rho")
    if exponent <= 0:
        raise InvalidInputError(f"rho: expected rho > 0, got rho = {spell(exponent)}")
    K = group_size(k)
    if exponent.denominator == 1 and exponent <= _LARGEST_EXACT_POWER and exponent * K <= _LARGEST_EXACT_WORK:
        power = int(exponent)
        scale = K**power
        rest = [j**power for j in range(K, -1, -1)]
        weights = [Fraction(above - below, scale) for above, below in pairwise(rest)]
    else:
        import numpy as np

        weights = differences(1 - (np.arange(K - 1, 0, -1) / K) ** float(exponent))
    return LStatistic(weights, name=f"proportional_hazard({spell(exponent)})@{K}")


def _integral(phi: Callable[[float], float], j: int, K: int) -> Fraction:
    from scipy.integrate import quad

    low, high = (j - 1) / K, j / K
    where = f"phi's integral over cell {j} of {K}, from {low:.6g} to {high:.6g}"
    try:
        # An integral may vanish although φ does not: the size of φ then sets the tolerance.
        parts = max(2, _LEAST_PARTS // K)
        size = sum(abs(float(phi(low + (i + 0.5) / parts * (high - low)))) for i in range(parts)) / (
            parts * K
        )
        value, _, _, *trouble = quad(
            phi,
            low,
            high,
            full_output=1,
            limit=200 + parts,
            points=[low + i / parts * (high - low) for i in range(1, parts)],
            epsabs=_ACCURACY * size,
            epsrel=_ACCURACY,
        )
    except ArithmeticError as problem:
        raise InvalidInputError(f"{where}: expected it to be finite, got {problem!r}") from problem
    except (TypeError, ValueError) as problem:
        raise InvalidInputError(f"phi: expected it to return numbers on (0, 1), got {problem!r}") from problem
    if not math.isfinite(value) or trouble:
        said = f": {' '.join(trouble[0].split())}" if trouble else ""
        raise InvalidInputError(f"{where}: expected it to be finite and to converge, got {value!r}{said}")
    return Fraction(value)


def _at(g: Callable[[Any], Any], u: Fraction) -> Fraction:
    try:
        value = g(u)
    except TypeError:
        value = g(float(u))
    return exact(value, f"g({spell(u)})")
