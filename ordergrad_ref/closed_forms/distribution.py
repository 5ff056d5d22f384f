"""The closed forms on known distributions: the objective itself, and its exact policy gradients.

Every function takes tables ``(G, m)`` of rewards and of their probabilities, both float64 or both exact
rationals, whose probabilities sum to one, and answers atom by atom. Who adds is the caller's choice: any
engine of `ordergrad_ref.closed_forms.sums`, or `ordergrad_ref.closed_forms.array_api` for tables of another
library than NumPy. With scores, atoms are sorted by these: spec eq. (77).
"""

from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import comb, isqrt, prod
from types import EllipsisType
from typing import NamedTuple

import array_api_compat as compat
import numpy as np

from ordergrad_ref._types import Array, Floats, Table
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.array_api import constant, ranks
from ordergrad_ref.closed_forms.bernstein import ALL_TERMS_UP_TO_K
from ordergrad_ref.closed_forms.rounding import in_kind
from ordergrad_ref.closed_forms.sums import Sums
from ordergrad_ref.closed_forms.tied_atoms import TiedAtoms, tied_atoms
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic, Objective, RealK
from ordergrad_ref.objectives.exact_numbers import over_one_denominator

__all__ = ["advantage", "gradient", "inclusion", "logit_gradient", "slope", "value"]

LARGEST_EXACT_K = 2000
"""Above it, exact powers of the probabilities have more digits than anybody waits for."""

LARGEST_WORK = 2**31
"""Steps of the average over binomial distributions at most, about half a minute's."""

LARGEST_K_OF_TIES = 1024
"""Above it, finding Gauss's nodes for atoms of equal score takes longer than all the rest."""

SMALL_EXPONENT = 8
"""A power magnifies the rounding of its base by its exponent: up to this one, within the 16 u of eq. (54)."""


class Ranked(NamedTuple):
    """Distributions sorted by reward: r, its gaps, p; at each gap ``P(X ≤ r_(t))``, ``P(X > r_(t))``."""

    r: Table
    gaps: Table
    p: Table
    below: Table
    above: Table
    order: Array
    sums: Sums
    tied: TiedAtoms | None = None


def value(
    rewards: Table,
    probabilities: Table,
    objective: Objective,
    sums: Sums = plain,
    scores: Table | None = None,
) -> Array:
    """``J = Σ_t r_(t) [Φ(F_t) − Φ(F_(t−1))]``. Spec eqs. (2), (31)."""
    return _value(_ranked(rewards, probabilities, sums, scores), objective)


def advantage(
    rewards: Table,
    probabilities: Table,
    objective: Objective,
    sums: Sums = plain,
    scores: Table | None = None,
) -> Table:
    """``ā_(t+1) − ā_(t) = d_t b_α(F_t)``, ``Σ_b p_b ā_b = 0``. Spec eq. (30)."""
    d = _ranked(rewards, probabilities, sums, scores)
    return sums.put(_advantage(d, objective), d.order)


def inclusion(
    rewards: Table,
    probabilities: Table,
    objective: Objective,
    sums: Sums = plain,
    scores: Table | None = None,
) -> Table:
    """``q̄_b = J + ā_b``. Spec eq. (32)."""
    d = _ranked(rewards, probabilities, sums, scores)
    return sums.put(_value(d, objective)[..., None] + _advantage(d, objective), d.order)


def gradient(
    rewards: Table,
    probabilities: Table,
    objective: Objective,
    sums: Sums = plain,
    scores: Table | None = None,
) -> Table:
    """``∂J/∂p_b = K q̄_b``. Spec eq. (33)."""
    return inclusion(rewards, probabilities, objective, sums, scores) * in_kind(objective.k, rewards)


def logit_gradient(
    rewards: Table,
    probabilities: Table,
    objective: Objective,
    sums: Sums = plain,
    scores: Table | None = None,
) -> Table:
    """``∂J/∂θ_b = K p_b ā_b``. Spec eq. (34)."""
    a = advantage(rewards, probabilities, objective, sums, scores)
    return a * probabilities * in_kind(objective.k, rewards)


def slope(
    rewards: Table,
    probabilities: Table,
    objective: Objective,
    sums: Sums = plain,
    scores: Table | None = None,
) -> Table:
    """``∂J/∂r_b = p_b/p_B · [Φ(F_B) − Φ(F_B−)]``, B the atoms of the same reward, or score. Spec eq. (31).

    The difference is taken of whichever is smaller there, Φ or ``Φ(1) − Φ``.
    """
    d = _ranked(rewards, probabilities, sums, rewards if scores is None else scores)
    assert d.tied is not None
    xp = compat.array_namespace(d.r)
    low, high = _mass(objective, d)
    none = d.r[..., :1] - d.r[..., :1]
    all_ = none + in_kind(objective.total, d.r)
    low, high = xp.concat([none, low, all_], axis=-1), xp.concat([all_, high, none], axis=-1)
    start, end = d.tied.runs.first, d.tied.runs.last + 1
    low_start, low_end, high_start, high_end = (
        xp.take_along_axis(mass, t, axis=-1) for mass in (low, high) for t in (start, end)
    )
    mass = xp.where(abs(low_end) < abs(high_start), low_end - low_start, high_start - high_end)
    nowhere = d.tied.width == 0
    share = d.p / xp.where(nowhere, xp.ones_like(d.tied.width), d.tied.width)
    return sums.put(share * mass, d.order)


def _ranked(rewards: Table, probabilities: Table, sums: Sums, scores: Table | None) -> Ranked:
    order = sums.order(rewards if scores is None else scores)
    r, p = sums.take(rewards, order), sums.take(probabilities, order)
    below, above = sums.running_sum(p)[..., :-1], _sum_from_above(sums, p)[..., 1:]
    if scores is None:
        return Ranked(r, r[..., 1:] - r[..., :-1], p, below, above, order, sums)
    tied = tied_atoms(r, p, compat.array_namespace(r).take_along_axis(scores, order, axis=-1))
    r = tied.means.first + tied.means.rest
    return Ranked(r, tied.means.gaps(), p, below, above, order, sums, tied)


def _sum_from_above(sums: Sums, x: Table) -> Table:
    """``Σ_{s≥t} x_s``."""
    xp = compat.array_namespace(x)
    return xp.flip(sums.running_sum(xp.flip(x, axis=-1)), axis=-1)


def _advantage(d: Ranked, objective: Objective) -> Table:
    """Spec eq. (30), centred gap by gap: ``ā_(s) = Σ_{t<s} g_t F_t − Σ_{t≥s} g_t (1−F_t)``.

    ``g_t = d_t b_α(F_t)``. Subtracting ``Σ_b p_b ā_b`` at the end would cost an atom of nearly all the
    probability, whose advantage is nearly zero, its digits.
    """
    gain = d.gaps * _density(objective, d)
    xp, none = compat.array_namespace(d.r), d.r[..., :1] - d.r[..., :1]
    from_below = xp.concat([none, d.sums.running_sum(gain * d.below)], axis=-1)
    from_above = xp.concat([_sum_from_above(d.sums, gain * d.above), none], axis=-1)
    advantage = from_below - from_above
    return advantage if d.tied is None else advantage + _share(d.tied, d, objective)


def _share(tied: TiedAtoms, d: Ranked, objective: Objective) -> Table:
    """``(y_b − ȳ_B) · mean of b_α over its run``: what an atom adds to its run's advantage. Spec eq. (77)."""
    xp, none = compat.array_namespace(d.p), d.p[..., :1] - d.p[..., :1]
    one = none + in_kind(Fraction(1), d.p)
    below, above = xp.concat([none, d.below, one], axis=-1), xp.concat([one, d.above, none], axis=-1)

    def edge(t: Array, runs: tuple[Array, ...] | EllipsisType) -> Ranked:
        return d._replace(
            below=xp.take_along_axis(below, t, axis=-1)[runs],
            above=xp.take_along_axis(above, t, axis=-1)[runs],
        )

    def mean(runs: tuple[Array, ...] | EllipsisType) -> Table:
        low, high = edge(tied.runs.first, runs), edge(tied.runs.last + 1, runs)
        return _mean_density(objective, low, high, tied.width[runs])

    if not isinstance(d.r, np.ndarray):
        return tied.rest * mean(...)
    share = d.r - d.r
    atoms = np.nonzero(tied.rest)  # there alone, for a mean of exact rationals takes its time
    if atoms[0].size:
        ends, run = np.unique((atoms[0], tied.runs.first[atoms]), axis=1, return_inverse=True)
        share[atoms] = tied.rest[atoms] * mean(tuple(ends))[run.ravel()]
    return share


def _mean_density(objective: Objective, low: Ranked, high: Ranked, width: Array) -> Array:
    """``1/p_B ∫ b_α`` from ``F_B−`` to ``F_B``, and ``b_α(F_B)`` where ``p_B = 0``.

    Exactly ``[Φ(F_B) − Φ(F_B−)] / (K p_B)``. In floats that difference would cost rare atoms their digits:
    powers are subtracted relative to the larger one, and all else is averaged at Gauss's nodes, as many as
    are exact for a polynomial of degree K − 1.
    """
    xp = compat.array_namespace(width)
    k, nowhere = in_kind(objective.k, width), width == 0
    width = xp.where(nowhere, xp.ones_like(width), width)
    if width.dtype == object:
        mean = (_mass(objective, high)[0] - _mass(objective, low)[0]) / (width * k)
    elif kind := _extreme(objective):
        u, rest = (high.below, high.above) if kind == "max" else (low.above, low.below)
        with np.errstate(divide="ignore"):
            fall = -xp.expm1(k * xp.log1p(-_at_most(width / u, 1.0)))
        mean = _power(u, rest, k - 1) * u * fall / (width * k) * in_kind(objective.total, width)
    else:
        mean = _at_nodes(_lstatistic(objective), low, high, width)
    return xp.where(nowhere, _density(objective, low), mean)


def _at_nodes(objective: LStatistic, low: Ranked, high: Ranked, width: Array) -> Array:
    if objective.k > LARGEST_K_OF_TIES:
        raise InvalidInputError(
            f"by: expected atoms of equal score to have equal rewards for K > {LARGEST_K_OF_TIES}, "
            f"got others and K = {objective.k}; max@K and min@K take any K"
        )
    x, weights = _nodes(max(1, (objective.k + 1) // 2))
    up, down, half = (constant(part / 2, width) for part in (1 + x, 1 - x, weights))
    below = low.below[..., None] + width[..., None] * up
    above = high.above[..., None] + width[..., None] * down
    density = _density(objective, low._replace(below=below, above=above, p=below))
    return compat.array_namespace(width).sum(density * half, axis=-1)


@lru_cache(maxsize=64)
def _nodes(count: int) -> tuple[Floats, Floats]:
    """Gauss's nodes between −1 and 1, and their weights."""
    return np.polynomial.legendre.leggauss(count)


def _value(d: Ranked, objective: Objective) -> Array:
    """Spec eq. (31) summed by parts, up and down from the atom in the middle of the objective's mass."""
    xp = compat.array_namespace(d.r)
    low, high = _mass(objective, d)
    middle = xp.sum(xp.astype(abs(low) < abs(high), xp.int32), axis=-1, keepdims=True)
    anchor = xp.take_along_axis(d.r, middle, axis=-1)[..., 0] * in_kind(objective.total, d.r)
    if d.r.shape[-1] == 1:
        return anchor
    above, none = ranks(d.gaps) >= middle, d.gaps - d.gaps
    upward = d.sums.running_sum(xp.where(above, d.gaps * high, none))[..., -1]
    downward = d.sums.running_sum(xp.where(above, none, d.gaps * low))[..., -1]
    return anchor + upward - downward


def _density(objective: Objective, d: Ranked) -> Table:
    """``b_α(F_t)`` at each gap, spec eq. (3); for real K the derivative of spec eq. (15) divided by K."""
    if d.p.dtype == object:
        return _exact_bernstein(_lstatistic(objective).weights, d)
    if isinstance(objective, RealK):
        near, far = (d.below, d.above) if objective.kind == "max" else (d.above, d.below)
        return _power(near, far, float(objective.k) - 1)
    return _bernstein(rank_weights.as_floats(objective), d)


def _mass(objective: Objective, d: Ranked) -> tuple[Table, Table]:
    """``Φ(F_t)`` and ``Φ(1) − Φ(F_t)`` at each gap: ``F b_β(F)`` and ``(1−F) b_γ(F)``.

    ``β_j = (K/j) Σ_{i≤j} α_i`` and ``γ_j = K/(K−j+1) Σ_{i≥j} α_i``, so that both are right relative to
    themselves where they vanish: a rare reward may be a huge one.
    """
    xp = compat.array_namespace(d.p)
    κ, total = in_kind(objective.k, d.p), in_kind(objective.total, d.p)
    kind = _extreme(objective)
    if kind and d.p.dtype == object:
        _lstatistic(objective)
        near = d.below if kind == "max" else d.above
        mass = near ** int(κ) * total
        rest = total - mass
    elif kind:
        near, far = (d.below, d.above) if kind == "max" else (d.above, d.below)
        mass = _power(near, far, κ) * total
        with np.errstate(divide="ignore"):
            log = xp.where(far < 0.5, xp.log1p(-_at_most(far, 0.5)), xp.log(near))
            rest = -xp.expm1(κ * log) * total
    if kind:
        return (mass, rest) if kind == "max" else (rest, mass)
    alpha = _lstatistic(objective).weights
    if d.p.dtype == object:
        return (
            d.below * _exact_bernstein(_means(alpha), d),
            d.above * _exact_bernstein(_means(alpha[::-1])[::-1], d),
        )
    upward, downward = _float_means(_lstatistic(objective))
    return d.below * _bernstein(upward, d), d.above * _bernstein(downward, d)


def _extreme(objective: Objective) -> str | None:
    """Tell whether one rank alone weighs, the highest or the lowest: then powers say it all."""
    if isinstance(objective, RealK):
        return objective.kind
    if not any(objective.weights[:-1]):
        return "max"
    return None if any(objective.weights[1:]) else "min"


def _means(alpha: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """``(K/j) Σ_{i≤j} α_i``."""
    return tuple(total * len(alpha) / j for j, total in enumerate(accumulate(alpha), 1))


@lru_cache(maxsize=8)
def _float_means(objective: LStatistic) -> tuple[Floats, Floats]:
    """``(K/j) Σ_{i≤j} α_i`` from below, and the same from above: added up in integers, rounded once."""
    k = objective.k
    values, scale = over_one_denominator(objective.weights)

    def means(values: list[int]) -> Floats:
        return np.array([total * k / (scale * j) for j, total in enumerate(accumulate(values), 1)])

    try:
        return means(values), means(values[::-1])[::-1].copy()  # in memory's order too
    except OverflowError:
        raise InvalidInputError(
            "objective: expected rank weights whose sums float64 holds, got a larger one; scale them down"
        ) from None


def _bernstein(c: Floats, d: Ranked) -> Table:
    """``Σ_j c_j C(K−1, j−1) F^(j−1) (1−F)^(K−j)`` in floats; one power where one coefficient alone counts."""
    if not c[:-1].any():
        return c[-1] * _power(d.below, d.above, len(c) - 1)
    if not c[1:].any():
        return c[0] * _power(d.above, d.below, len(c) - 1)
    terms = 2 * len(c) if len(c) <= ALL_TERMS_UP_TO_K else min(2 * len(c), 10 * isqrt(len(c)) + 100)
    gaps = prod(d.below.shape)
    if gaps * terms > LARGEST_WORK:
        raise InvalidInputError(
            f"objective: expected a smaller K, or fewer atoms, got K = {len(c)} and {gaps} gaps "
            f"between atoms, which take about {gaps * terms:.0e} steps; at most "
            f"{LARGEST_WORK:.0e} are taken"
        )
    xp = compat.array_namespace(d.below)
    below, above = xp.reshape(d.below, (-1,)), xp.reshape(d.above, (-1,))
    return xp.reshape(d.sums.binomial_average(c, below, above), d.below.shape)


def _exact_bernstein(coefficients: tuple[Fraction, ...], d: Ranked) -> Table:
    n = len(coefficients) - 1
    zero = d.below * 0
    if n >= LARGEST_EXACT_K and sum(map(bool, coefficients)) > 1:
        raise InvalidInputError(
            f"objective: expected K <= {LARGEST_EXACT_K} for exact probabilities (max and min of any K), "
            f"got K = {n + 1}; pass floats"
        )
    return sum(
        (c * comb(n, j) * d.below**j * d.above ** (n - j) for j, c in enumerate(coefficients) if c),
        start=zero,
    )


def _power(u: Table, complement: Table, exponent: float) -> Table:
    """``u**exponent``: near one, where a large exponent magnifies the rounding of u, from ``1 − u``."""
    if exponent <= SMALL_EXPONENT:
        return u**exponent
    xp = compat.array_namespace(u)
    near_one = xp.exp(exponent * xp.log1p(-_at_most(complement, 0.5)))
    return xp.where(complement < 0.5, near_one, u**exponent)


def _at_most(x: Table, bound: float) -> Table:
    """``min(x, bound)``."""
    xp = compat.array_namespace(x)
    return xp.where(x < bound, x, xp.full_like(x, bound))


def _lstatistic(objective: Objective) -> LStatistic:
    if isinstance(objective, RealK):
        raise InvalidInputError(
            f"objective: expected an integer K for exact rewards, got {objective}, whose powers leave "
            "the rationals; pass float rewards"
        )
    return objective
