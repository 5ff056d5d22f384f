"""The second derivatives of the objective by the probabilities, from the gaps. Spec eq. (95)."""

from fractions import Fraction
from itertools import accumulate
from math import comb

import numpy as np

from ordergrad_ref._types import Array, Table
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.rounding import in_kind
from ordergrad_ref.closed_forms.sums import Sums
from ordergrad_ref.objectives import LStatistic

__all__ = ["hessian"]


def hessian(rewards: Table, probabilities: Table, objective: LStatistic, sums: Sums = plain) -> Array:
    """``∂²J/∂p_a ∂p_b = K(K−1) E[T(r_a, r_b, X_3 … X_K)]``, of shape ``(G, m, m)``. Spec eq. (95).

    With c of K draws at or below a boundary, a gap of one there counts ``τ_c = Σ_{j>c} α_j``. Two of the
    draws are a and b, and the others are binomial:
    ``r_(1) τ_0 + Σ_t d_t E τ_([a≤t] + [b≤t] + Bin(K−2, F_t))``.
    """
    k = objective.k
    square = np.zeros(rewards.shape[:-1] + rewards.shape[-1:] * 2, rewards.dtype)
    if k == 1:
        return square + in_kind(Fraction(0), rewards)
    order = sums.order(rewards)
    r, p = sums.take(rewards, order), sums.take(probabilities, order)
    below, above = sums.running_sum(p)[..., :-1], sums.running_sum(p[..., ::-1])[..., -2::-1]
    tails = [Fraction(0), *accumulate(reversed(objective.weights))][::-1]
    gaps = np.diff(r, axis=-1)
    none, one, both = (
        _from_the_lowest(gaps * _binomial_average(tails[c : c + k - 1], below, above, sums)) for c in range(3)
    )
    a, b = np.ogrid[: r.shape[-1], : r.shape[-1]]
    low, high = np.minimum(a, b), np.maximum(a, b)
    level = r[..., :1] * in_kind(tails[0], rewards) + both[..., -1:]
    at_ranks = level[..., None] + (none - one)[..., low] + (one - both)[..., high]
    place = np.argsort(order, axis=-1)
    rows = np.take_along_axis(at_ranks, place[..., :, None], axis=-2)
    return np.take_along_axis(rows, place[..., None, :], axis=-1) * in_kind(Fraction(k * (k - 1)), rewards)


def _binomial_average(values: list[Fraction], below: Table, above: Table, sums: Sums) -> Table:
    """``Σ_j values_j C(n, j) F^j (1−F)^(n−j)`` at each boundary, n one less than there are values."""
    if below.dtype != object:
        of = np.array([float(v) for v in values])
        return sums.binomial_average(of, below.ravel(), above.ravel()).reshape(below.shape)
    n = len(values) - 1
    terms = (v * comb(n, j) * below**j * above ** (n - j) for j, v in enumerate(values) if v)
    return sum(terms, start=below * 0)


def _from_the_lowest(terms: Table) -> Table:
    """Add up the terms of the boundaries below each atom."""
    added = np.zeros((*terms.shape[:-1], terms.shape[-1] + 1), terms.dtype)
    added[..., 1:] = plain.running_sum(terms)
    return added
