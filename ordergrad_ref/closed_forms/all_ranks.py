"""The closed forms of all order statistics of K at once: each group is sorted once, whatever K is.

Every function takes a table ``(G, N)`` of float64 or of exact rationals, as those of
`ordergrad_ref.closed_forms.gap_form` do, and answers the j-th smallest of K in column j of a last axis. Spec
eq. (82). With ``P_j(t; n, k) = C(t−1, j−1) C(n−t, k−j) / C(n, k)``, the chance that the j-th smallest of k
samples out of n is the t-th smallest of all, the weights of eqs. (22), (23) and (25) are::

    v_j = Σ_t P_j(t; N, K) r_(t)
    A_(t+1)j − A_(t)j = (r_(t+1) − r_(t)) · (N/K) P_j(t; N−1, K)
"""

from collections.abc import Callable
from fractions import Fraction
from math import comb
from threading import Lock
from typing import Any

import numpy as np
from cachetools import LRUCache, cached

from ordergrad_ref._types import Array, Table
from ordergrad_ref.closed_forms import sums
from ordergrad_ref.closed_forms.bernstein import place_of_rank

__all__ = ["advantage", "inclusion", "places", "value"]

CACHED_BYTES = 2**26
"""Bytes of chances kept for later calls."""


def value(table: Table, k: int) -> Array:
    """``v_j``, ``(G, K)``. Spec eq. (23)."""
    return _weighed(np.sort(table, axis=-1), places(table.shape[-1], k, table.dtype == object))


def inclusion(table: Table, k: int) -> Array:
    """``q_ij``, ``(G, N, K)``: that of the lowest reward, plus the rise above it. Spec eq. (26)."""
    n = table.shape[-1]
    if n == k:
        return value(table, k)[:, None, :] + (table - table)[:, :, None]

    def rise(r: Table) -> Array:
        lowest = _weighed(r, _places_beside_the_lowest(n, k, r.dtype == object))
        return _rises(r, k, n - k) + lowest[:, :, None]

    return _by_rank(table, rise)


def advantage(table: Table, k: int) -> Array:
    """``A_ij``, ``(G, N, K)``. Spec eq. (25)."""
    return _by_rank(table, lambda r: sums.centred(_rises(r, k, r.shape[-1])))


@cached(
    LRUCache(CACHED_BYTES, getsizeof=lambda p: p.nbytes * (8 if p.dtype == object else 1)),
    lock=Lock(),
)
def places(n: int, k: int, exact: bool) -> Array:
    """``P_j(t; n, k)``, ``(k, n)``: in rationals, or in float64. Spec eq. (22)."""
    if exact:
        sets = [[comb(t - 1, j - 1) * comb(n - t, k - j) for t in range(1, n + 1)] for j in range(1, k + 1)]
        chances = np.array([[Fraction(x, comb(n, k)) for x in row] for row in sets], dtype=object)
    else:
        chances = np.array([place_of_rank(j, n, k) for j in range(1, k + 1)])
    chances.setflags(write=False)
    return chances


def _places_beside_the_lowest(n: int, k: int, exact: bool) -> Array:
    """``(k, n)``: the lowest of all is the lowest of its set, and ``k − 1`` of the others have the rest."""
    beside = np.full((k, n), Fraction(0) if exact else 0.0)
    beside[0, 0] += 1
    if k > 1:
        beside[1:, 1:] = places(n - 1, k - 1, exact)
    return beside


def _weighed(r: Table, weights: Array) -> Array:
    """Weigh the sorted rewards by each row of weights, which sum to one: ``(G, K)``."""
    return np.stack([sums.weighed(r, sums.level(row, 1)) for row in weights], axis=-1)


def _rises(r: Table, k: int, factor: Any) -> Array:
    """Add up the gaps below each rank times ``P_j(t; N−1, K) · factor/K``: ``(G, K, N)``."""
    weights = places(r.shape[-1] - 1, k, r.dtype == object) * factor / k
    return sums.weighted_rise(np.repeat(r[:, None, :], k, axis=1), weights)


def _by_rank(table: Table, transform: Callable[[Table], Array]) -> Array:
    """Sort each group, transform ``(G, N)`` into ``(G, K, N)``, and put answers where rewards came from."""
    order = table.argsort(axis=-1)
    answers = transform(np.take_along_axis(table, order, axis=-1))
    placed = np.empty_like(answers)
    np.put_along_axis(placed, order[:, None, :], answers, axis=-1)
    return np.moveaxis(placed, 1, -1)
