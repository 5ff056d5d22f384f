"""The closed forms on a table of groups: sort once, weigh the gaps, add them up, centre.

Every function takes a table ``(G, N)`` of float64, or of exact rationals in an object array, and answers in
the same numbers: the rank weights are the only thing that differs, so what is proved of the one holds for
the other up to rounding. Large tables, float64 or float32, go to `ordergrad_ref.kernels`, which computes the
same sums by compiled loops.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.closed_forms.rounding import running_sum
from ordergrad_ref.objectives import LStatistic, RealK

__all__ = [
    "Level",
    "advantage",
    "by_rank",
    "centred",
    "elevated",
    "inclusion",
    "large",
    "leave_one_out",
    "pathwise_weights",
    "score_weights",
    "value",
    "weighed",
    "weighted_rise",
]

Table: TypeAlias = NDArray[Any]
Objective: TypeAlias = LStatistic | RealK

LARGE = 2**15
"""Rewards in a table from which on compiled loops pay; fewer are answered without loading a compiler."""


class Level(NamedTuple):
    """Weights of sorted rewards, and their sum.

    Rewards are taken from the one that weighs most, the anchor, so that a large offset common to all costs
    no digits.
    """

    weights: Table
    anchor: int
    total: Any


def advantage(table: Table, objective: Objective) -> Table:
    """``A_(t+1) − A_(t) = (r_(t+1) − r_(t)) · N/(N−1) · e_t^(N−1)``, ``Σ_i A_i = 0``. Spec eq. (25)."""
    n = table.shape[-1]
    return _centred_rise(table, elevated(n - 1, objective, like=table) * n / (n - 1))


def value(table: Table, objective: Objective) -> Table:
    """``v = Σ_m w_m r_(m)``, ``w_m = (K/N) e_m^(N)``. Spec eq. (23)."""
    level = _level(table, objective)
    if large(table):
        from ordergrad_ref.kernels.cpu import sums as cpu

        return cpu.value(table, level)
    return weighed(np.sort(_wide(table), axis=-1), level)


def inclusion(table: Table, objective: Objective) -> Table:
    """``q_i = v + (N−K)/N · A_i``. Spec eq. (26)."""
    n, k = table.shape[-1], _k(objective, table)
    if n == k:
        return np.repeat(value(table, objective)[..., None], n, axis=-1)
    weights = elevated(n - 1, objective, like=table) * (n - k) / (n - 1)
    return _centred_rise(table, weights, _level(table, objective))


def leave_one_out(table: Table, objective: Objective) -> Table:
    """``v^(−i) = v − (K/N) A_i``. Spec eq. (27)."""
    n = table.shape[-1]
    weights = elevated(n - 1, objective, like=table) * -_k(objective, table) / (n - 1)
    return _centred_rise(table, weights, _level(table, objective))


def score_weights(table: Table, objective: Objective) -> Table:
    """``w_i = (K/N) A_i``. Spec eq. (28)."""
    n = table.shape[-1]
    return _centred_rise(table, elevated(n - 1, objective, like=table) * _k(objective, table) / (n - 1))


def pathwise_weights(table: Table, objective: Objective) -> Table:
    """``w_i = (K/N) e^(N)_{rank(i)}``, averaged over tied ranks. Spec eq. (29)."""
    w = _rank_weights(table, objective)
    if large(table):
        from ordergrad_ref.kernels.cpu import sums as cpu

        return cpu.path(table, w)
    return by_rank(table, lambda r: _mean_over_ties(r, w))


def _centred_rise(table: Table, weights: Table, level: Level | None = None) -> Table:
    """Add weighted gaps up in sorted order, centre, and add the weighted rewards where a level is given."""
    if large(table):
        from ordergrad_ref.kernels.cpu import sums as cpu

        return cpu.centred_rise(table, weights, level)

    def transform(r: Table) -> Table:
        a = centred(weighted_rise(r, weights))
        return a if level is None else a + weighed(r, level)[..., None]

    return by_rank(table, transform)


def _level(table: Table, objective: Objective) -> Level:
    weights = _rank_weights(table, objective)
    return Level(weights, int(np.argmax(abs(weights))), _total(objective, table))


def weighed(r: Table, level: Level) -> Table:
    """``Σ_m w_m r_(m)``, taken from the anchor's reward."""
    origin = r[..., level.anchor]
    return origin * level.total + (level.weights * (r - origin[..., None])).sum(axis=-1)


def elevated(n: int, objective: Objective, like: Table) -> Table:
    """``e_t^(n)``, exact where the table is exact. Spec eq. (22)."""
    if like.dtype == object:
        return np.array(rank_weights.elevated_exact(n, objective), dtype=object)
    return rank_weights.elevated(n, objective)


def by_rank(table: Table, transform: Callable[[Table], Table]) -> Table:
    """Sort each group ascending, transform, and put the results back where the rewards came from."""
    table = _wide(table)
    order = np.argsort(table, axis=-1)
    result = np.empty_like(table)
    np.put_along_axis(result, order, transform(np.take_along_axis(table, order, axis=-1)), axis=-1)
    return result


def weighted_rise(r: Table, weights: Table) -> Table:
    """``Σ_{t<m} d_t · weight_t`` for each rank m, from the gaps ``d_t = r_(t+1) − r_(t)``."""
    rise = r - r
    rise[..., 1:] = running_sum(np.diff(r, axis=-1) * weights)
    return rise


def centred(x: Table) -> Table:
    """Subtract each group's mean, from a corrected sum: spec section 9 rests on it."""
    return x - running_sum(x)[..., -1:] / x.shape[-1]


def _mean_over_ties(r: Table, w: Table) -> Table:
    """Give each run of equal rewards the mean of its weights."""
    first = np.ones(r.shape, dtype=bool)
    first[..., 1:] = r[..., 1:] != r[..., :-1]
    starts = np.flatnonzero(first)
    lengths = np.diff(np.append(starts, r.size))
    sums = np.add.reduceat(np.broadcast_to(w, r.shape).ravel(), starts) if r.size else starts
    return np.repeat(sums / lengths, lengths).reshape(r.shape)


def _rank_weights(table: Table, objective: Objective) -> Table:
    n = table.shape[-1]
    return elevated(n, objective, like=table) * _k(objective, table) / n


def large(table: Table) -> bool:
    """Tell whether compiled loops pay."""
    return table.dtype != object and table.size >= LARGE and table.shape[-1] > 1


def _wide(table: Table) -> Table:
    return table.astype(np.float64) if table.dtype == np.float32 else table


def _k(objective: Objective, like: Table) -> Any:
    return objective.k if isinstance(objective.k, int) or like.dtype == object else float(objective.k)


def _total(objective: Objective, like: Table) -> Any:
    total = objective.total if isinstance(objective, LStatistic) else 1
    return total if like.dtype == object else float(total)
