"""How sorted rewards are added up, in plain NumPy: one engine for float64 and for exact rationals.

A closed form says what to weigh and add; an engine says how. Every engine offers the functions of `Sums`:
this file, for any numbers, and `ordergrad_ref.kernels.cpu.sums`, for large tables of floats.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from ordergrad_ref._types import Array, Floats, Table
from ordergrad_ref.closed_forms import bernstein, rounding, two_sided
from ordergrad_ref.closed_forms.in_order import find_order, in_order, mean_over_ties

__all__ = [
    "Level",
    "Sums",
    "binomial_average",
    "both_sides",
    "by_rank",
    "centred",
    "centred_rise",
    "level",
    "order",
    "path",
    "put",
    "rise",
    "running_sum",
    "take",
    "value",
    "weighed",
    "weighted_fall",
    "weighted_rise",
]


AT_ONCE = 2**16
"""Rewards answered at once: a dozen arrays of 512 KiB each, however many rewards there are."""

MANY = 96
"""Groups, and more than a group has rewards, from which on they are added up rank by rank.

Measured, in microseconds for the running sums: 16 against 14 at 64 groups of 8, 17 against 21 at 128, 50
against 180 at 1024 of 16, 96 against 157 at 256 of 64.
"""


class Level(NamedTuple):
    """Weights of sorted rewards, where to take the rewards from, and the sum of the weights.

    ``Σ_m w_m r_(m) = T o + Σ_m w_m (r_(m) − o)`` for every origin o, ``T = Σ w``. In floating point its error
    is a few u of ``|T| |o| + Σ w̃_m |r_(m) − o|``, where w̃ are the weights of ``|α|``: for α of one sign
    ``|w|``. With ``|w|`` that is least at the weighted median of the rewards, by ``|w|``, and of zero, by
    ``|T|``: at zero clipped to ``[r_(low), r_(high)]``, two ranks that depend on the weights alone. Spec
    section 9.3.
    """

    weights: Array
    low: int
    high: int
    total: Any


class Sums(Protocol):
    """What a closed form asks of whoever adds. Tables are ``(G, N)``; weights are the same for all groups."""

    def centred_rise(self, table: Table, weights: Array) -> Table:
        """Add up the weighted gaps below each reward, and centre each group."""

    def both_sides(self, table: Table, below: Array, above: Array) -> Table:
        """Add up the weighted gaps below each reward, less those above it, from the highest gap down.

        Groups are of few rewards.
        """

    def rise(self, table: Table, weights: Array, level: Level) -> Table:
        """Add up the weighted gaps below each reward, and add the group's level."""

    def value(self, table: Table, level: Level) -> Array:
        """Add up each group's weighted sorted rewards."""

    def path(self, table: Table, weights: Array) -> Table:
        """Give each reward the weight of its rank, averaged over ties."""

    def order(self, table: Table) -> Array:
        """Sort each group: where the reward of each rank lies."""

    def take(self, table: Table, order: Array) -> Table:
        """Carry numbers from the places of the rewards to their ranks."""

    def put(self, table: Table, order: Array) -> Table:
        """Carry numbers from the ranks of the rewards to their places."""

    def running_sum(self, table: Table) -> Table:
        """Add up along each group, corrected for rounding."""

    def binomial_average(self, alpha: Floats, below: Floats, above: Floats) -> Floats:
        """Average rank weights over binomial distributions. Spec eq. (3)."""


def level(weights: Array, total: Any) -> Level:
    """Weigh sorted rewards; ``total`` is the exact sum of the weights.

    ``low`` is the first rank up to which ``|w|`` exceeds ``(Σ|w| − |Σw|)/2``, ``high`` the first up to which
    it reaches ``(Σ|w| + |Σw|)/2``: of weights of one sign the first and the last that is not zero.
    """
    mass = np.cumsum(abs(weights))
    drift = abs(np.cumsum(weights)[-1])  # rounded as the mass is, so equal to it where all signs are
    last = int(np.searchsorted(mass, mass[-1]))
    low = int(np.searchsorted(mass, (mass[-1] - drift) / 2, side="right"))
    high = int(np.searchsorted(mass, (mass[-1] + drift) / 2))
    return Level(weights, min(low, last), min(high, last), total)


def centred_rise(table: Table, weights: Array) -> Table:
    """``x_(m) = Σ_{t<m} d_t · weight_t``, less its mean over the group."""
    return by_rank(table, lambda r: centred(weighted_rise(r, weights)))


def both_sides(table: Table, below: Array, above: Array) -> Table:
    """``Σ_{t<m} d_t below_t − Σ_{t≥m} d_t above_t``. Spec section 11.15."""
    if len(table) == 1 and not table.dtype.hasobject:
        return two_sided.both_sides_of_one(_wide(table[0]), below, above)[None]
    return by_rank(table, lambda r: two_sided.both_sides(r, below, above), "F")


def rise(table: Table, weights: Array, level: Level) -> Table:
    """``x_(m) = Σ_{t<m} d_t · weight_t``, plus the group's weighted sorted rewards."""
    return by_rank(table, lambda r: weighted_rise(r, weights) + weighed(r, level)[..., None])


def value(table: Table, level: Level) -> Array:
    """``Σ_m w_m r_(m)`` of each group."""
    if _is_large(table):
        return _in_blocks(table, lambda some: value(some, level))
    table = _wide(table)
    r = take(table, order(table)) if table.dtype.hasobject else np.sort(table, axis=-1)
    return weighed(np.asfortranarray(r) if _many_short(r) else r, level)


def path(table: Table, weights: Array) -> Table:
    """``w_{rank(i)}``, averaged over tied ranks."""
    return by_rank(table, lambda r: mean_over_ties(r, weights))


def order(table: Table) -> Array:
    """Sort each group: where the reward of each rank lies."""
    return find_order(table)


def take(table: Table, order: Array) -> Table:
    """Carry numbers from the places of the rewards to their ranks."""
    return np.ascontiguousarray(table).reshape(-1)[_places(order)]


def put(table: Table, order: Array) -> Table:
    """Carry numbers from the ranks of the rewards to their places."""
    placed = np.empty(table.shape, table.dtype)
    placed.reshape(-1)[_places(order)] = table
    return placed


def running_sum(table: Table) -> Table:
    """``S_t = x_1 + … + x_t`` along each group: see `ordergrad_ref.closed_forms.rounding`."""
    return rounding.running_sum(table)


def binomial_average(alpha: Floats, below: Floats, above: Floats) -> Floats:
    """``b_α(F)``, spec eq. (3): see `ordergrad_ref.closed_forms.bernstein`."""
    return bernstein.binomial_average(alpha, below, above)


def by_rank(
    table: Table, transform: Callable[[Table], Table], layout: Literal["C", "F"] | None = None
) -> Table:
    """Sort each group ascending, transform, and put the results back where the rewards came from.

    What is transformed lies in memory group by group, ``"C"``, or rank by rank, ``"F"``; else as its sums are
    added up faster.
    """
    if _is_large(table):
        return _in_blocks(table, lambda some: by_rank(some, transform, layout))
    table = np.ascontiguousarray(_wide(table))
    single = table.ndim == 2 and len(table) == 1 and not table.dtype.hasobject
    groups = table[0] if single else table  # a dimension less spares microseconds
    r, places = in_order(groups, layout or ("F" if _many_short(groups) else "C"))
    placed = np.empty(table.shape, table.dtype)
    placed.reshape(-1)[places] = transform(r)
    return placed


def _is_large(table: Table) -> bool:
    return table.ndim == 2 and table.size > 2 * AT_ONCE and len(table) > 1 and not table.dtype.hasobject


def _in_blocks(table: Table, answer: Callable[[Table], Table]) -> Table:
    """Answer a few groups at a time, so that what is computed on the way stays in cache, and is small."""
    step = max(1, AT_ONCE // table.shape[1])
    first = answer(table[:step])
    answers = np.empty((len(table), *first.shape[1:]), first.dtype)
    answers[:step] = first
    for start in range(step, len(table), step):
        answers[start : start + step] = answer(table[start : start + step])
    return answers


def _places(ranks: Array) -> Array:
    """Number the places through all groups."""
    if ranks.ndim == 1 or len(ranks) == 1:
        return ranks
    groups, n = ranks.shape
    return ranks + np.arange(0, groups * n, n)[:, None]


def weighted_rise(r: Table, weights: Array) -> Table:
    """``Σ_{t<m} d_t · weight_t`` for each rank m, from the gaps ``d_t = r_(t+1) − r_(t)``."""
    terms = np.empty_like(r)
    terms[..., 0] = Fraction(0) if r.dtype.hasobject else 0.0
    gaps = terms[..., 1:]
    np.subtract(r[..., 1:], r[..., :-1], out=gaps)
    gaps *= weights
    return running_sum(terms)


def weighted_fall(r: Table, weights: Array) -> Table:
    """``Σ_{t≥m} d_t · weight_t`` for each rank m: the rise of the negated rewards, from above."""
    return weighted_rise(-r[..., ::-1], weights[..., ::-1])[..., ::-1]


def centred(x: Table) -> Table:
    """Subtract each group's mean, from a corrected sum: spec section 9 rests on it."""
    mean = rounding.total(x) / x.shape[-1]
    return x - mean[..., None]


def weighed(r: Table, level: Level) -> Array:
    """``T o + Σ_m w_m (r_(m) − o)`` of sorted rewards, o being zero clipped to ``[r_(low), r_(high)]``."""
    origin = np.minimum(np.maximum(r[..., level.low], 0), r[..., level.high])
    return origin * level.total + rounding.total(level.weights * (r - origin[..., None]))


def _many_short(table: Table) -> bool:
    """Tell whether there are so many groups that whole ranks are added faster than whole groups."""
    return table.ndim == 2 and len(table) >= max(MANY, table.shape[1]) and not table.dtype.hasobject


def _wide(table: Table) -> Table:
    return table.astype(np.float64) if table.dtype == np.float32 else table
