"""The closed forms on a table of groups: weigh the gaps between sorted rewards, add them up, centre.

Every function takes a table ``(G, N)`` of float64, or of exact rationals in an object array, and answers in
the same numbers: the rank weights are the only thing that differs, so what is proved of the one holds for
the other up to rounding. Who adds is the caller's choice: any engine of `ordergrad_ref.closed_forms.sums`.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from threading import Lock
from typing import Any, TypeVar

import array_api_compat as compat
import numpy as np
from cachetools import LRUCache, cached

from ordergrad_ref._types import Array, Table
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.rounding import in_kind
from ordergrad_ref.closed_forms.sums import Level, Sums, level
from ordergrad_ref.closed_forms.two_sided import FEW
from ordergrad_ref.objectives import LStatistic, Objective, RealK

__all__ = [
    "advantage",
    "elevated",
    "gap_weights",
    "inclusion",
    "leave_one_out",
    "level_of_all",
    "level_with_lowest",
    "level_without_highest",
    "pathwise_weights",
    "score_weights",
    "value",
    "weights_of_ranks",
]

KINDS = np.empty(0), np.empty(0, dtype=object)
"""Numbers that are rounded, and exact ones."""

CACHED_BYTES = 2**27
"""Bytes of weights kept for later calls, of each kind: those of sixteen million ranks."""


def advantage(table: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``A_(t+1) − A_(t) = (r_(t+1) − r_(t)) · N/(N−1) · e_t^(N−1)``, ``Σ_i A_i = 0``. Spec eq. (25).

    In small groups from both sides, spec section 11.15: see `ordergrad_ref.closed_forms.two_sided`.
    """
    return _centred(table, table.shape[-1], objective, sums)


def value(table: Table, objective: Objective, sums: Sums = plain) -> Array:
    """``v = Σ_m w_m r_(m)``, ``w_m = (K/N) e_m^(N)``. Spec eq. (23)."""
    return sums.value(table, level_of_all(table, objective))


def inclusion(table: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``q_(m) = q_(1) + (N−K)/N · (A_(m) − A_(1))``: where α and the rewards are ≥ 0, nothing cancels.

    The same as ``q_i = v + (N−K)/N · A_i``, spec eq. (26).
    """
    n, k = table.shape[-1], in_kind(objective.k, table)
    if n == k:
        return value(table, objective, sums)[..., None] + (table - table)
    rise = _gap_weights(n, n - k, objective, table.dtype == object)
    return sums.rise(table, rise, level_with_lowest(table, objective))


def leave_one_out(table: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``v^(−(m)) = v^(−(N)) + (K/N) · (A_(N) − A_(m))``: where α and the rewards are ≥ 0, nothing cancels.

    The same as ``v^(−i) = v − (K/N) A_i``, spec eq. (27). The gaps above a reward are those below it when all
    rewards are negated.
    """
    n, k = table.shape[-1], in_kind(objective.k, table)
    rise = _gap_weights(n, k, objective, table.dtype == object)
    return sums.rise(-table, rise[::-1], level_without_highest(table, objective))


def score_weights(table: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``w_i = (K/N) A_i``. Spec eq. (28)."""
    return _centred(table, in_kind(objective.k, table), objective, sums)


def pathwise_weights(table: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``w_i = (K/N) e^(N)_{rank(i)}``, averaged over tied ranks. Spec eq. (29)."""
    return sums.path(table, _rank_weights(table.shape[-1], objective, table.dtype == object))


def elevated(n: int, objective: Objective, like: Table) -> Array:
    """``e_t^(n)``, exact where the table is exact. Spec eq. (22)."""
    if like.dtype == object:
        return np.array(rank_weights.elevated_exact(n, objective), dtype=object)
    return rank_weights.elevated(n, objective)


def gap_weights(n: int, objective: Objective) -> Array:
    """``n/(n−1) · e_t^(n−1)`` in float64, which weigh the gaps for the advantage. Spec eq. (25)."""
    return _gap_weights(n, n, objective, False)


def weights_of_ranks(n: int, objective: Objective) -> Array:
    """``w_m = (K/n) e_m^(n)`` in float64. Spec eq. (23)."""
    return _rank_weights(n, objective, False)


def level_of_all(table: Table, objective: Objective) -> Level:
    """Weigh the sorted rewards for the value."""
    return _of_all(table.shape[-1], objective, table.dtype == object)


def level_with_lowest(table: Table, objective: Objective) -> Level:
    """Weigh the sorted rewards for ``q_(1)``: the lowest sampled reward is the lowest of its subset.

    ``α_1`` on itself, and on the others the rank weights ``α_2 … α_K``, elevated to ``N − 1``.
    """
    return _with_lowest(table.shape[-1], objective, table.dtype == object)


def level_without_highest(table: Table, objective: Objective) -> Level:
    """Weigh the sorted **negated** rewards for ``v^(−(N))``, the value of all but the highest reward."""
    return _without_highest(table.shape[-1], objective, table.dtype == object)


T = TypeVar("T", Array, Level)


def _kept(function: Callable[..., T]) -> Callable[..., T]:
    """Keep what depends on N and the objective alone for later calls; nobody writes into it."""
    return cached(LRUCache(CACHED_BYTES, getsizeof=_bytes), lock=Lock())(function)


def _bytes(weights: Array | Level) -> int:
    array = weights.weights if isinstance(weights, Level) else weights
    return array.nbytes * (8 if array.dtype == object else 1)  # a rational takes several words


@_kept
def _gap_weights(n: int, factor: Any, objective: Objective, exact: bool) -> Array:
    """``e_t^(N−1) · factor/(N−1)``."""
    return elevated(n - 1, objective, KINDS[exact]) * factor / (n - 1)


def _centred(table: Table, factor: Any, objective: Objective, sums: Sums) -> Table:
    """``factor/N · A_i``: from both sides in groups of few rewards, in NumPy and in JAX."""
    n = table.shape[-1]
    if n <= FEW and (isinstance(table, np.ndarray) or compat.is_jax_array(table)):
        sides = _weights_of_sides(n, factor, objective, table.dtype.hasobject)
        if sides is not None:
            return sums.both_sides(table, *sides)
    return sums.centred_rise(table, _gap_weights(n, factor, objective, table.dtype == object))


@lru_cache(maxsize=1024)  # of a call's microseconds it spares one, and these weights are few
def _weights_of_sides(n: int, factor: Any, objective: Objective, exact: bool) -> tuple[Array, Array] | None:
    """``e_t^(N−1) t · factor/(N(N−1))`` for sums from below; for those from above with ``N − t`` for t.

    Each begins with the gap at which its sums begin, and is rounded once. None where a weight is negative,
    for terms would cancel, and sums have to be corrected; and none where K is not an integer, for then no
    weight is exact.
    """
    if isinstance(objective, RealK):
        return None
    e = elevated(n - 1, objective, KINDS[True])
    if (e < 0).any():
        return None
    unit: Any = Fraction(factor) / (n * (n - 1))
    share = np.arange(1, n) * unit
    below, above = e * share, (e * share[::-1])[::-1]
    if not exact:
        rank_weights.as_floats(objective)  # refuses what float64 does not hold
        below, above = below.astype(float), above.astype(float)
    return below, above


@_kept
def _rank_weights(n: int, objective: Objective, exact: bool) -> Array:
    """``w_m = (K/N) e_m^(N)``. Spec eq. (23)."""
    like = KINDS[exact]
    return elevated(n, objective, like) * in_kind(objective.k, like) / n


@_kept
def _of_all(n: int, objective: Objective, exact: bool) -> Level:
    return level(_rank_weights(n, objective, exact), in_kind(objective.total, KINDS[exact]))


@_kept
def _with_lowest(n: int, objective: Objective, exact: bool) -> Level:
    like = KINDS[exact]
    k = in_kind(objective.k, like)
    weights = _rank_weights(n, objective, exact)
    if isinstance(objective, RealK):  # defined by its advantages
        gaps = elevated(n - 1, objective, like) * (n - k) / (n - 1) * (np.arange(n - 1, 0, -1) / n)
        weights = weights + np.append(gaps, 0) - np.append(0, gaps)
    else:
        weights = weights * 0
        weights[0] = in_kind(objective.weights[0], like)
        if objective.k > 1:
            weights[1:] = elevated(n - 1, _without_first(objective), like) * (k - 1) / (n - 1)
    return level(weights, in_kind(objective.total, like))


@_kept
def _without_highest(n: int, objective: Objective, exact: bool) -> Level:
    like = KINDS[exact]
    e = elevated(n - 1, objective, like) * in_kind(objective.k, like) / (n - 1)
    weights = np.append(e, 0)
    if isinstance(objective, RealK):  # defined by its advantages
        gaps = e * (np.arange(1, n) / n)
        weights = _rank_weights(n, objective, exact) + np.append(gaps, 0) - np.append(0, gaps)
    return level(-weights[::-1], -in_kind(objective.total, like))


@lru_cache(maxsize=64)
def _without_first(objective: LStatistic) -> LStatistic:
    return LStatistic(objective.weights[1:])
