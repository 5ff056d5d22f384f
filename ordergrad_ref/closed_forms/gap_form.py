"""The closed forms on a table of groups: weigh the gaps between sorted rewards, add them up, centre.

Every function takes a table ``(G, N)`` of float64, or of exact rationals in an object array, and answers in
the same numbers: the rank weights are the only thing that differs, so what is proved of the one holds for
the other up to rounding. Who adds is the caller's choice: any engine of `ordergrad_ref.closed_forms.sums`.
"""

from functools import lru_cache

import numpy as np

from ordergrad_ref._types import Array, Table
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.rounding import in_kind
from ordergrad_ref.closed_forms.sums import Level, Sums, level
from ordergrad_ref.objectives import LStatistic, Objective, RealK

__all__ = [
    "advantage",
    "elevated",
    "inclusion",
    "leave_one_out",
    "level_of_all",
    "level_with_lowest",
    "level_without_highest",
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
    return sums.value(table, level_of_all(table, objective))


def inclusion(table: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``q_(m) = q_(1) + (N−K)/N · (A_(m) − A_(1))``: where α and the rewards are ≥ 0, nothing cancels.

    The same as ``q_i = v + (N−K)/N · A_i``, spec eq. (26).
    """
    n, k = table.shape[-1], in_kind(objective.k, table)
    if n == k:
        return value(table, objective, sums)[..., None] + (table - table)
    rise = elevated(n - 1, objective, table) * (n - k) / (n - 1)
    return sums.rise(table, rise, level_with_lowest(table, objective))


def leave_one_out(table: Table, objective: Objective, sums: Sums = plain) -> Table:
    """``v^(−(m)) = v^(−(N)) + (K/N) · (A_(N) − A_(m))``: where α and the rewards are ≥ 0, nothing cancels.

    The same as ``v^(−i) = v − (K/N) A_i``, spec eq. (27). The gaps above a reward are those below it when all
    rewards are negated.
    """
    n, k = table.shape[-1], in_kind(objective.k, table)
    rise = elevated(n - 1, objective, table) * k / (n - 1)
    return sums.rise(-table, rise[::-1], level_without_highest(table, objective))


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


def level_of_all(table: Table, objective: Objective) -> Level:
    """Weigh the sorted rewards for the value."""
    return level(_rank_weights(table, objective), in_kind(objective.total, table))


def level_with_lowest(table: Table, objective: Objective) -> Level:
    """Weigh the sorted rewards for ``q_(1)``: the lowest sampled reward is the lowest of its subset.

    ``α_1`` on itself, and on the others the rank weights ``α_2 … α_K``, elevated to ``N − 1``.
    """
    n, k = table.shape[-1], in_kind(objective.k, table)
    weights = _rank_weights(table, objective)
    if isinstance(objective, RealK):  # defined by its advantages
        gaps = elevated(n - 1, objective, table) * (n - k) / (n - 1) * (np.arange(n - 1, 0, -1) / n)
        weights = weights + np.append(gaps, 0) - np.append(0, gaps)
    else:
        weights = weights * 0
        weights[0] = in_kind(objective.weights[0], table)
        if objective.k > 1:
            weights[1:] = elevated(n - 1, _without_first(objective), table) * (k - 1) / (n - 1)
    return level(weights, in_kind(objective.total, table))


def level_without_highest(table: Table, objective: Objective) -> Level:
    """Weigh the sorted **negated** rewards for ``v^(−(N))``, the value of all but the highest reward."""
    n, k = table.shape[-1], in_kind(objective.k, table)
    e = elevated(n - 1, objective, table) * k / (n - 1)
    weights = np.append(e, 0)
    if isinstance(objective, RealK):  # defined by its advantages
        gaps = e * (np.arange(1, n) / n)
        weights = _rank_weights(table, objective) + np.append(gaps, 0) - np.append(0, gaps)
    return level(-weights[::-1], -in_kind(objective.total, table))


@lru_cache(maxsize=64)
def _without_first(objective: LStatistic) -> LStatistic:
    return LStatistic(objective.weights[1:])
