"""The closed forms on a table of groups: weigh the gaps between sorted rewards, add them up, centre.

Every function takes a table ``(G, N)`` of float64, or of exact rationals in an object array, and answers in
the same numbers: the rank weights are the only thing that differs, so what is proved of the one holds for
the other up to rounding. Who adds is the caller's choice: any engine of `ordergrad_ref.closed_forms.sums`.
"""

import numpy as np

from ordergrad_ref._types import Array, Table
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.rounding import in_kind
from ordergrad_ref.closed_forms.sums import Level, Sums
from ordergrad_ref.objectives import Objective

__all__ = [
    "advantage",
    "elevated",
    "inclusion",
    "leave_one_out",
    "pathwise_weights",
    "score_weights",
    "value",
]


def advantage(table: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``A_(t+1) − A_(t) = (r_(t+1) − r_(t)) · N/(N−1) · e_t^(N−1)``, ``Σ_i A_i = 0``. Spec eq. (25)."""
    n = table.shape[-1]
    return sums.centred_rise(table, elevated(n - 1, objective, table) * n / (n - 1))


def value(table: Table, objective: Objective, sums: Sums = plain) -> Array:
    """``v = Σ_m w_m r_(m)``, ``w_m = (K/N) e_m^(N)``. Spec eq. (23)."""
    return sums.value(table, _level(table, objective))


def inclusion(table: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``q_i = v + (N−K)/N · A_i``. Spec eq. (26)."""
    n, k = table.shape[-1], in_kind(objective.k, table)
    if n == k:
        return np.repeat(value(table, objective, sums)[..., None], n, axis=-1)
    weights = elevated(n - 1, objective, table) * (n - k) / (n - 1)
    return sums.centred_rise(table, weights, _level(table, objective))


def leave_one_out(table: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``v^(−i) = v − (K/N) A_i``. Spec eq. (27)."""
    n, k = table.shape[-1], in_kind(objective.k, table)
    weights = elevated(n - 1, objective, table) * -k / (n - 1)
    return sums.centred_rise(table, weights, _level(table, objective))


def score_weights(table: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``w_i = (K/N) A_i``. Spec eq. (28)."""
    n, k = table.shape[-1], in_kind(objective.k, table)
    return sums.centred_rise(table, elevated(n - 1, objective, table) * k / (n - 1))


def pathwise_weights(table: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``w_i = (K/N) e^(N)_{rank(i)}``, averaged over tied ranks. Spec eq. (29)."""
    return sums.path(table, _rank_weights(table, objective))


def elevated(n: int, objective: Objective, like: Table) -> Array:
    """``e_t^(n)``, exact where the table is exact. Spec eq. (22)."""
    if like.dtype == object:
        return np.array(rank_weights.elevated_exact(n, objective), dtype=object)
    return rank_weights.elevated(n, objective)


def _rank_weights(table: Table, objective: Objective) -> Array:
    """``w_m = (K/N) e_m^(N)``. Spec eq. (23)."""
    n = table.shape[-1]
    return elevated(n, objective, table) * in_kind(objective.k, table) / n


def _level(table: Table, objective: Objective) -> Level:
    weights = _rank_weights(table, objective)
    return Level(weights, int(np.argmax(abs(weights))), in_kind(objective.total, table))
