"""The value and its derivatives where rewards are weighed by ratios, exactly and to first order."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from ordergrad_ref._types import Array, Table
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.closed_forms.rounding import in_kind
from ordergrad_ref.closed_forms.sums import running_sum, weighted_fall, weighted_rise
from ordergrad_ref.objectives import LStatistic, rank

__all__ = ["first_order_weights", "score_weights", "value"]


class _Means(NamedTuple):
    """Means over the sets of ``j = 0 … K`` of m rewards: of ``Π ρ``, and of that times a part of T."""

    products: Array
    parts: Array


def value(table: Table, ratios: Table, objective: LStatistic) -> Array:
    """``v_ρ``: the mean of ``Π_{i∈S} ρ_i T(S)`` over the subsets of K. Spec eq. (85)."""
    r, rho, _ = _sorted(table, ratios)
    return _prefixes(r, rho, _weights(objective, table))[-1].parts[:, objective.k]


def score_weights(table: Table, ratios: Table, objective: LStatistic) -> Table:
    """``w_i = ρ_i ∂v_ρ/∂ρ_i``, from what lies below and above each reward. Spec eq. (86).

    With the means E and V of `_Means` below rank i and E' and V' above it, and ``h_i(j)`` the chance that the
    reward of rank i is in a set and its j-th::

        w_i = ρ_i Σ_j h_i(j) [(V(j−1) + α_j r_i E(j−1)) E'(K−j) + E(j−1) V'(K−j)]

    O(N K) sums of products; where α and r are not negative, all terms have one sign.
    """
    r, rho, order = _sorted(table, ratios)
    alpha = _weights(objective, table)
    n, k = table.shape[-1], objective.k
    below = _prefixes(r, rho, alpha)
    above = _prefixes(r[:, ::-1], rho[:, ::-1], alpha[::-1])[::-1]
    chance = (
        np.stack([gap_form.elevated(n, rank(k + 1 - j, k), table) for j in range(1, k + 1)], axis=-1) * k / n
    )
    w = np.empty_like(r)
    for i in range(n):
        low, high = below[i], above[i + 1]
        e, v = low.products[:, :k], low.parts[:, :k]
        e_above, v_above = high.products[:, k - 1 :: -1], high.parts[:, k - 1 :: -1]
        terms = (v + alpha * r[:, i, None] * e) * e_above + e * v_above
        w[:, i] = rho[:, i] * (terms * chance[i]).sum(axis=-1)
    result = np.empty_like(w)
    np.put_along_axis(result, order, w, axis=-1)
    return result


def first_order_weights(table: Table, ratios: Table, objective: LStatistic) -> Table:
    """``w'_i = (K/N) ρ_i q_i + K(K−1)/(N(N−1)) Σ_{l≠i} δ_l q_il``, ``δ = ρ − 1``. Spec eq. (108)."""
    r, rho, order = _sorted(table, ratios)
    n, k = table.shape[-1], objective.k
    w = rho * _include_one(r, objective) * k / n
    if k > 1:
        w = w + _weighed_pairs(r, rho - 1, objective) * (k * (k - 1)) / (n * (n - 1))
    result = np.empty_like(w)
    np.put_along_axis(result, order, w, axis=-1)
    return result


def _include_one(r: Table, objective: LStatistic) -> Table:
    """``q_i = T_0 r_i + Σ_{t≥i} d_t G_t(0) − Σ_{t<i} d_t [T_0 − G_t(1)]`` of sorted rewards, ``T_0 = Σ α``.

    ``G_t(c)`` is the mean of the sum of the α above gap t, ``T_0 − G_t(1)`` of those below, i being above.
    The sums start at ``r_i``, since ρ_i may be large and multiplies their errors: started at another reward,
    they would have errors of its size, though at K = 1 no set that holds i holds it.
    """
    k, heads = objective.k, _partial_sums(objective.weights)
    above = gap_form.elevated(r.shape[-1], LStatistic(_partial_sums(objective.weights[::-1])[:k][::-1]), r)
    below = gap_form.elevated(r.shape[-1], LStatistic(heads[:k]), r)
    rise, fall = weighted_rise(r, below[1:]), weighted_fall(r, above[:-1])
    return in_kind(objective.total, r) * r + fall - rise


def _weighed_pairs(r: Table, delta: Table, objective: LStatistic) -> Table:
    """``Σ_{l≠i} δ_l q_il`` of sorted rewards: ``q_il`` is the mean of T over the sets that hold i and l.

    ``q_il = T_0 r_(1) + Σ_t d_t G_t(c)``, c of the two being above gap t, ``T_0 = Σ α``. Of all ``l ≠ i``
    those above gap t have ``Δ_t = Σ_{l>t} δ_l``, less ``δ_i`` if i is one of them; so with ``D = Σ δ``::

        Σ_{l≠i} δ_l q_il = T_0 r_(1) (D − δ_i) − δ_i [Σ_{t<i} d_t G_t(2) + Σ_{t≥i} d_t G_t(0)]
            + Σ_{t<i} d_t [Δ_t G_t(2) + (D − Δ_t) G_t(1)] + Σ_{t≥i} d_t [Δ_t G_t(1) + (D − Δ_t) G_t(0)]
    """
    none, one, both = (_gap_values(above, r, objective) for above in range(3))
    from_here_on = running_sum(delta[..., ::-1])[..., ::-1]
    high, total = from_here_on[..., 1:], from_here_on[..., :1]
    low = total - high
    own = weighted_rise(r, both) + weighted_fall(r, none)
    others = weighted_rise(r, high * both + low * one) + weighted_fall(r, high * one + low * none)
    return in_kind(objective.total, r) * r[..., :1] * (total - delta) - delta * own + others


def _gap_values(above: int, r: Table, objective: LStatistic) -> Array:
    """``G_t(c)``: the mean of the sum of the α above gap t, where c of two members are, and others may be.

    ``K − 2`` others are drawn of ``N − 2``, of which ``N − t − c`` are above: an elevation of the sums
    ``α_K + … + α_(K−c−m+1)``, m of the drawn being above, eq. (22). Zero where c of two cannot be.
    """
    n, k = r.shape[-1], objective.k
    tails = _partial_sums(objective.weights[::-1])
    e = gap_form.elevated(n - 1, LStatistic(tails[above : above + k - 1][::-1]), like=r)
    zero = e[:1] - e[:1]
    return np.concatenate([zero, e[:-1]] if above == 0 else [e[1:], zero] if above == 2 else [e])


def _partial_sums(alpha: Sequence[Fraction]) -> list[Fraction]:
    """``0, α_1, α_1 + α_2, …``."""
    return list(accumulate(alpha, initial=Fraction(0)))


def _prefixes(r: Table, rho: Table, alpha: Array) -> list[_Means]:
    """Carry the means from the first ``m − 1`` rewards to the first m: the last is in a set, or it is not."""
    n, k = r.shape[-1], len(alpha)
    zero, one = r[:, :1] - r[:, :1], in_kind(Fraction(1), r)
    size = np.array([in_kind(Fraction(j), r) for j in range(k + 1)])
    e = np.concatenate([zero + one] + [zero] * k, axis=-1)
    v = np.concatenate([zero] * (k + 1), axis=-1)
    means = [_Means(e, v)]
    for m in range(1, n + 1):
        x, p = r[:, m - 1, None], rho[:, m - 1, None]
        share = np.minimum(size / m, one)
        with_it, taken = p * share[1:], alpha * x * e[:, :-1] + v[:, :-1]
        v = np.concatenate([zero, (1 - share[1:]) * v[:, 1:] + with_it * taken], axis=-1)
        e = np.concatenate([zero + one, (1 - share[1:]) * e[:, 1:] + with_it * e[:, :-1]], axis=-1)
        means.append(_Means(e, v))
    return means


def _sorted(table: Table, ratios: Table) -> tuple[Table, Table, Array]:
    order = np.argsort(table, axis=-1, kind="stable")
    return np.take_along_axis(table, order, axis=-1), np.take_along_axis(ratios, order, axis=-1), order


def _weights(objective: LStatistic, like: Table) -> Array:
    return np.array([in_kind(a, like) for a in objective.weights])
