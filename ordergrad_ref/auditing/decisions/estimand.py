"""Which L-statistic a function estimates, if any: the differences of its advantages say so."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref import maxk
from ordergrad_ref.agreement import ROUNDINGS, constant_precision
from ordergrad_ref.agreement import tolerance as tolerance_of
from ordergrad_ref.auditing.decisions.bias import slack
from ordergrad_ref.auditing.decisions.pairs import Pairs
from ordergrad_ref.auditing.decisions.rationals import recognised, within
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic, RealK
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["EVERY_K", "UNNAMED", "Estimand", "estimand", "fitted_slopes", "respelt", "spelling"]

Floats: TypeAlias = NDArray[np.float64]

UNNAMED = "an L-statistic"
EVERY_K = 16
"""The largest group size at which names are tried at every K; beyond, near the asked K, 1, N/2 and N."""

NAMES = (
    ["max", "min", "median"]
    + [f"{name}({m})" for name in ("top", "bottom", "rank", "lmoment") for m in range(2, 9)]
    + [f"{name}({m})" for name in ("trimmed", "winsorized", "midrange") for m in (1, 2, 3)]
    + [f"{name}({q})" for name in ("cvar", "upper_cvar") for q in ("0.1", "0.2", "0.25", "0.3", "0.5")]
    + [f"quantile({q})" for q in ("0.1", "0.25", "0.75", "0.9")]
    + ["harrell_davis(0.5)", "wang(0.5)", "wang(-0.5)", "proportional_hazard(2)"]
)


@dataclass(frozen=True)
class Estimand:
    """The objective whose gradient a function estimates without bias. Spec eq. (60).

    Attributes
    ----------
    name : str
        Its spelling, or its formula, or ``"an L-statistic"`` where it has no name here.
    objective : LStatistic
        Its rank weights; normalised to a sum of one where it has no name and they have a sum.
    constant : Fraction or float
        The constant ``c`` of spec eq. (36) for it; negative where the function descends.
    """

    name: str
    objective: LStatistic
    constant: Fraction | float


def fitted_slopes(p: Pairs, u: float) -> tuple[Floats, Floats]:
    """Fit ``g`` of ``A(v_(s+1); n) − A(v_s; n) = (v_(s+1) − v_s) g_t`` by least squares, rank by rank.

    ``t − 1`` of the others are at most ``v_s``. **Theorem** (spec eq. (60)): an equivariant A is unbiased
    for *some* L-statistic of at most N ranks, up to a constant of either sign, for every distribution on the
    values, iff such ``g_1 … g_N`` exist; and then they are the Bernstein coefficients of ``c K b_α``. On two
    values they always exist.

    Returns
    -------
    (N,) array
        g, in the function's unit a unit of reward.
    (N,) array
        How far rounding may have moved each ``g_t``.
    """
    rank, n = (p.between > 0).argmax(axis=1), p.between.shape[1]
    gap = p.gap / p.gap.max()
    squares = np.bincount(rank, gap**2, n)
    g, moved = (np.bincount(rank, x * gap, n) / squares / p.gap.max() for x in (p.rise, slack(p, u)))
    return g, moved


def estimand(g: Floats, asked: LStatistic, tolerance: float, u: float) -> Estimand | None:
    """Name the objective whose spectrum is a multiple of the Bernstein polynomial with coefficients g.

    Two objectives are the same iff their spectra are, spec eq. (5): a candidate is recognised by
    ``g = c K e^(N)``, the mean first, then the asked one's like at other K, then the other names. None
    where g is zero: no signal.
    """
    scale = float(abs(g).max())
    if scale == 0:
        return None
    for name, alpha in _candidates(asked, len(g)):
        e = alpha.k * rank_weights.elevated(len(g), alpha)
        unit = float(abs(e).max())
        if not unit or alpha == asked:
            continue
        e = e / unit
        c = float((g / scale) @ e / (e @ e)) * scale
        error = float(abs(g - c * e).max())
        if error <= tolerance * scale:
            constant = recognised(c / unit, constant_precision(u, error / scale))
            return Estimand(name, alpha, constant)
    return _unnamed(g, scale, u)


def spelling(objective: LStatistic, n: int) -> str:
    """Return the objective's spelling, or that of another way to write it, for groups of n. Spec eq. (5)."""
    if objective.name is not None:
        return objective.name
    meant = objective.k * rank_weights.elevated(n, objective)
    for name, alpha in _candidates(objective, n):
        other = alpha.k * rank_weights.elevated(n, alpha)
        if abs(other - meant).max() <= ROUNDINGS * 2.0**-53 * abs(meant).max():
            return name
    return str(objective)


def respelt(objective: LStatistic, k: int) -> LStatistic | None:
    """Take the same objective at another K: ``max@4`` → ``max@3``; ``None`` where there is none."""
    if objective.name is None:
        return None
    try:
        other = as_objective(f"{objective.name.rpartition('@')[0]}@{k}")
    except InvalidInputError:
        return None
    return None if isinstance(other, RealK) else other


def _candidates(asked: LStatistic, n: int) -> Iterator[tuple[str, LStatistic]]:
    near = {1, 2, 4, 8, asked.k - 1, asked.k, asked.k + 1, n // 2, n - 1, n}
    sizes = [k for k in range(1, n + 1) if n <= EVERY_K or k in near]
    of_k = partial(_spelt, sizes)
    yield from of_k("mean", [1])
    for k in sizes:
        other = respelt(asked, k)
        if other is not None:
            yield str(other), other
    yield from of_k("max")
    yield from of_k("min")
    for limit, most in (("N−1", n), ("N", n + 1)):
        if most > 2:
            yield f"Σ_{{k≤{limit}}} pass@k / k", maxk.maxrl_objective(most)
    yield from of_k("gini", [2])
    for name in NAMES[2:]:
        yield from of_k(name)


def _spelt(sizes: list[int], name: str, only: list[int] | None = None) -> Iterator[tuple[str, LStatistic]]:
    for k in only or sizes:
        if k not in sizes:
            continue
        try:
            alpha: Any = as_objective(f"{name}@{k}")
        except InvalidInputError:
            continue
        yield str(alpha), alpha


def _unnamed(g: Floats, scale: float, u: float) -> Estimand:
    """Normalise ``c K e^(N) = g`` to ``Σ_j α_j = 1``, or to a largest of ``1/N`` where the sum is zero."""
    total = float(g.mean())
    c = total if abs(total) > tolerance_of(u) * scale else scale
    alpha = g / (c * len(g))
    precision = ROUNDINGS * u * float(abs(alpha).max())
    known = [w for a in alpha.tolist() if (w := within(a, precision)) is not None]
    snapped = len(known) == len(alpha)
    objective = LStatistic(known).reduced() if snapped else LStatistic(alpha)
    return Estimand(UNNAMED, objective, recognised(c, constant_precision(u)))
