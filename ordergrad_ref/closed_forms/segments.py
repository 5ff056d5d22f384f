"""The closed forms on flat rewards whose group ids are not known while the computation is traced.

All shapes are static: rewards are sorted by group and reward, and what a formula needs of its group, the size
n and the rank t, is a number that stands at each reward. Sums run within groups by doubling, so that no
group's rewards touch another's, and are corrected by their residuals as those of
`ordergrad_ref.closed_forms.array_api` are. Rank weights are computed where they are needed, for n and t are
known there alone.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import array_api_compat as compat

from ordergrad_ref.closed_forms.array_api import first_tied, last_tied, put, residuals
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic, Objective

__all__ = ["LARGEST_K", "QUANTITIES", "Sorted", "checked", "elevated", "placed", "sort", "total"]

Tensor: TypeAlias = Any

LARGEST_K = 128
"""Rank weights that are elevated at each reward at most: that takes K² operations on all rewards."""


class Sorted(NamedTuple):
    """Rewards sorted by group and reward, the first and last place of each one's group, and their order."""

    r: Tensor
    first: Tensor
    last: Tensor
    order: Tensor

    @property
    def n(self) -> Tensor:
        """The size of each reward's group."""
        return self.last - self.first + 1

    @property
    def t(self) -> Tensor:
        """The rank of each reward in its group, from 1 on."""
        return _places(self.r) - self.first + 1


def sort(x: Tensor, ids: Tensor) -> Sorted:
    """Sort flat rewards by group and reward."""
    xp = compat.array_namespace(x)
    by_reward = xp.argsort(x)
    order = xp.take(by_reward, xp.argsort(xp.take(ids, by_reward, axis=0), stable=True), axis=0)
    return Sorted(xp.take(x, order, axis=0), *_runs(xp.take(ids, order, axis=0)), order)


def advantage(s: Sorted, objective: LStatistic) -> Tensor:
    """``A_(t+1) − A_(t) = (r_(t+1) − r_(t)) · n/(n−1) · e_t^(n−1)``, ``Σ_i A_i = 0``. Spec eq. (25)."""
    xp = compat.array_namespace(s.r)
    n = xp.astype(s.n, s.r.dtype)
    inside = s.t > 1
    gaps = xp.where(inside, s.r - _shifted(xp, s.r, 1), 0 * s.r)
    weights = elevated(objective, s.n - 1, xp.where(inside, s.t - 1, s.t), s.r) * n
    rise = _running_sum(gaps * weights / _at_least_one(xp, n - 1), s.first)
    mean = xp.take(_running_sum(rise, s.first), s.last, axis=0) / n
    tied, _ = _tied(s)
    return xp.take(rise - mean, tied, axis=0)


def score_weights(s: Sorted, objective: LStatistic) -> Tensor:
    """``w_i = (K/n) A_i``. Spec eq. (28)."""
    xp = compat.array_namespace(s.r)
    return advantage(s, objective) * objective.k / xp.astype(s.n, s.r.dtype)


def pathwise_weights(s: Sorted, objective: LStatistic) -> Tensor:
    """``w_i = (K/n) e^(n)_{rank(i)}``, averaged over tied ranks. Spec eq. (29)."""
    xp = compat.array_namespace(s.r)
    first, last = _tied(s)
    total = xp.take(_running_sum(_rank_weights(s, objective), first), last, axis=0)
    return total / xp.astype(last - first + 1, s.r.dtype)


def inclusion(s: Sorted, objective: LStatistic) -> Tensor:
    """``q_i = v + (n−K)/n · A_i``. Spec eq. (26)."""
    xp = compat.array_namespace(s.r)
    part = xp.astype(s.n - objective.k, s.r.dtype) / xp.astype(s.n, s.r.dtype)
    return _value(s, objective) + advantage(s, objective) * part


def leave_one_out(s: Sorted, objective: LStatistic) -> Tensor:
    """``v^(−i) = v − (K/n) A_i``. Spec eq. (27)."""
    return _value(s, objective) - score_weights(s, objective)


def total(s: Sorted, x: Tensor) -> Tensor:
    """Add up numbers that stand beside the unsorted rewards, within each sorted reward's group."""
    xp = compat.array_namespace(x)
    return xp.take(_running_sum(xp.take(x, s.order, axis=0), s.first), s.last, axis=0)


def placed(s: Sorted, answers: Tensor) -> Tensor:
    """Put sorted answers back where the rewards came from."""
    return put(answers, s.order)


QUANTITIES: dict[str, Callable[[Sorted, LStatistic], Tensor]] = {
    "advantage": advantage,
    "score_weights": score_weights,
    "pathwise_weights": pathwise_weights,
    "inclusion": inclusion,
    "leave_one_out": leave_one_out,
}
"""What can be answered, sorted as the rewards are; the value's shape depends on the number of groups."""


def checked(objective: Objective) -> LStatistic:
    """Refuse objectives whose weights cannot be computed here."""
    if not isinstance(objective, LStatistic) or objective.k > LARGEST_K:
        raise InvalidInputError(
            f"groups: expected ids known while tracing for {objective}, got traced ones, with which K is an "
            f"integer of at most {LARGEST_K}; pass rewards of shape (G, N) without groups"
        )
    return objective


def elevated(objective: LStatistic, n: Tensor, t: Tensor, like: Tensor) -> Tensor:
    """``e_t^(n) = Σ_j α_j P(j − 1 of K − 1 others lie below)``, n and t differing by reward. Spec eq. (22).

    The others are drawn one by one: after s draws, j of them below, the next lies below with the chance
    ``(t − 1 − j)/(n − 1 − s)``. All terms are positive, so that each chance keeps its digits up to 4 K u.
    """
    xp = compat.array_namespace(like)
    below, above, others = (xp.astype(m, like.dtype) for m in (t - 1, n - t, n - 1))
    chances = [xp.ones_like(like)]
    alpha = [float(a) for a in objective.weights]
    for s in range(objective.k - 1):
        rest = _at_least_one(xp, others - s)
        down = [c * (_at_least_zero(xp, below - j) / rest) for j, c in enumerate(chances)]
        up = [c * (_at_least_zero(xp, above - (s - j)) / rest) for j, c in enumerate(chances)]
        chances = [a + b for a, b in zip([*up, 0.0], [0.0, *down], strict=True)]
    total = 0 * like
    for a, c in zip(alpha, chances, strict=True):
        total = total + a * c
    return total


def _rank_weights(s: Sorted, objective: LStatistic) -> Tensor:
    """``w_m = (K/n) e_m^(n)``. Spec eq. (23)."""
    xp = compat.array_namespace(s.r)
    return elevated(objective, s.n, s.t, s.r) * objective.k / xp.astype(s.n, s.r.dtype)


def _value(s: Sorted, objective: LStatistic) -> Tensor:
    """``v = T o + Σ_m w_m (r_(m) − o)``, o being zero clipped to the group's rewards. Spec section 9.3."""
    xp = compat.array_namespace(s.r)
    zero = 0 * s.r
    o = xp.minimum(xp.maximum(xp.take(s.r, s.first, axis=0), zero), xp.take(s.r, s.last, axis=0))
    terms = _rank_weights(s, objective) * (s.r - o)
    return o * float(objective.total) + xp.take(_running_sum(terms, s.first), s.last, axis=0)


def _running_sum(x: Tensor, first: Tensor) -> Tensor:
    """Add up from the first place of each one's run, by doubling, and correct by the residuals."""
    xp = compat.array_namespace(x)
    after = _doubled(x, first)
    before = xp.where(_places(x) > first, _shifted(xp, after, 1), 0 * x)
    return after + _doubled(residuals(before, after, x), first)


def _doubled(x: Tensor, first: Tensor) -> Tensor:
    xp = compat.array_namespace(x)
    d = 1
    while d < x.shape[0]:
        x = x + xp.where(_places(x) - d >= first, _shifted(xp, x, d), xp.zeros_like(x))
        d *= 2
    return x


def _tied(s: Sorted) -> tuple[Tensor, Tensor]:
    """Find the first and the last place of the same reward in the same group."""
    xp = compat.array_namespace(s.r)
    first, last = _runs(s.r)
    return xp.maximum(first, s.first), xp.minimum(last, s.last)


def _runs(sorted_: Tensor) -> tuple[Tensor, Tensor]:
    """Find the first and the last place of each run of equal numbers."""
    return first_tied(sorted_), last_tied(sorted_)


def _places(x: Tensor) -> Tensor:
    xp = compat.array_namespace(x)
    return xp.arange(x.shape[0]) if compat.is_jax_array(x) else xp.arange(x.shape[0], device=x.device)


def _shifted(xp: Any, x: Tensor, d: int) -> Tensor:
    return xp.concat([x[:d], x[:-d]])


def _at_least_one(xp: Any, x: Tensor) -> Tensor:
    return xp.maximum(x, xp.ones_like(x))


def _at_least_zero(xp: Any, x: Tensor) -> Tensor:
    return xp.maximum(x, xp.zeros_like(x))
