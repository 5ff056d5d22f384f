"""The variance of a value, estimated from the batch that it was computed on.

Both estimates take a table ``(G, N)`` of float64, or of exact rationals in an object array, as
`ordergrad_ref.closed_forms.gap_form` does. Their roots are standard errors.
"""

from fractions import Fraction

import numpy as np

from ordergrad_ref._types import Array, Table
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.rounding import in_kind
from ordergrad_ref.closed_forms.sums import Sums
from ordergrad_ref.objectives import LStatistic

__all__ = ["jackknife_variance", "unbiased_variance"]


def jackknife_variance(table: Table, objective: LStatistic, sums: Sums = plain) -> Array:
    """``(N−1)/N Σ_i w_i²``, for the score weights are ``w_i = v − v^(−i)``. Spec eq. (79)."""
    n = table.shape[-1]
    w = gap_form.score_weights(table, objective, sums)
    variance: Array = (w * w).sum(axis=-1) * (n - 1) / n
    return variance


def unbiased_variance(table: Table, objective: LStatistic) -> Array:
    """``v² − mean of T(S) T(S')`` over sets that share no reward, gap by gap. Spec eq. (80).

    But for a constant ``T(S) = Σ_t d_t g(c_t)``, where ``g(c) = Σ_(j>K−c) α_j`` and ``c_t`` is how many
    rewards of S lie above gap t. Let ``c'_t`` be the same of S'. Given that ``c'_t = c``,

    * ``M_t(c) = w_(t−K+1) + … + w_(t−K+c)`` is by how much the mean of ``g(c_t)`` lies below that at 0, where
      w are the rank weights on the ``N − K`` rewards that S' leaves;
    * ``B_t(c)`` is the mean of ``d_t g(c'_t) + 2 Σ_(u>t) d_u g(c'_u)``: of c rewards among the ``N − t``
      above gap t the lowest is one with probability ``c/(N−t)``, which leads from gap ``t + 1`` to gap t.

    The estimate is ``Σ_t d_t Cov(M_t(c'_t), B_t(c'_t))`` over the hypergeometric law ``p_t`` of ``c'_t``:
    O(N K), and covariances of factors that are centred, so that nothing large cancels.
    """
    n, k = table.shape[-1], objective.k
    gaps = np.diff(np.sort(table, axis=-1), axis=-1)
    zero, one = in_kind(Fraction(0), table), in_kind(Fraction(1), table)
    alpha = np.array([in_kind(a, table) for a in objective.weights])
    count = np.arange(k + 1) * one
    g = np.append(zero, np.cumsum(alpha[::-1]))
    w = gap_form.elevated(n - k, objective, table) * k / (n - k)
    w = np.concatenate([[zero] * k, w, [zero] * k])

    p = np.where(count == 0, one, zero)
    above = np.multiply.outer(gaps[..., 0] * zero, g)
    variance = gaps[..., 0] * zero
    for t in range(n - 1, 0, -1):
        p = p * (t + 1 - k + count) / (t + 1) + np.append(zero, (p * (k - count))[:-1]) / (t + 1)
        lowest = np.minimum(count / (n - t), one)
        above = lowest * np.roll(above, 1, axis=-1) + (1 - lowest) * above
        gap = gaps[..., t - 1]
        m = np.append(zero, np.cumsum(w[t : t + k]))
        b = np.multiply.outer(gap, g) + 2 * above
        centred = b - (b * p).sum(axis=-1)[..., None]
        variance = variance + gap * (centred * ((m - (p * m).sum()) * p)).sum(axis=-1)
        above = above + np.multiply.outer(gap, g)
    return variance
