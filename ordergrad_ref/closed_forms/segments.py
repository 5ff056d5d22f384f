"""The closed forms on samples whose order or groups are not known while the computation is traced.

Traced group ids, a mask, scores, and answers that are differentiated: here the size n of a group, and who is
in it, are numbers like the rewards, and all shapes are static. Samples are sorted by group and score, and
what a formula needs of its group, n, the rank t and the weights, stands at each sample. As in
`ordergrad_ref.closed_forms.concomitants`, with ``y`` the rewards in the order of their scores and B a run of
equal scores, the sum of the weighted gaps below sample i is::

    L_i = Σ_{runs C below} (ȳ_next(C) − ȳ_C) g_last(C) + (y_i − ȳ_B) · mean(g inside B)

Everything is linear in ``y``, so that a library which differentiates finds the derivative at that order;
where the scores are the rewards, it is the mean over all orders of tied ones, as pathwise weights are.

Rows of groups are added up by the library's sums, flat samples within groups by doubling, so that no group's
rewards touch another's; both are corrected by their residuals: `ordergrad_ref.closed_forms.array_api`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeAlias

import array_api_compat as compat

from ordergrad_ref.closed_forms import array_api
from ordergrad_ref.closed_forms.array_api import first_tied, last_tied, put, ranks, residuals, take
from ordergrad_ref.closed_forms.concomitants import Means, Runs
from ordergrad_ref.objectives import Objective

__all__ = [
    "QUANTITIES",
    "Sorted",
    "Weights",
    "advantage",
    "centred",
    "inclusion",
    "leave_one_out",
    "placed",
    "rise",
    "shifted",
    "sort",
    "total",
]

Tensor: TypeAlias = Any


class Weights(Protocol):
    """What each sample is weighed by, given the size of its group and its rank there."""

    def gap(self, s: "Sorted") -> Tensor:
        """``n/(n−1) · e_(t−1)^(n−1)``, the weight of the gap below; at ``t = 1`` it is not used. Eq. (25)."""

    def rank(self, s: "Sorted") -> Tensor:
        """``(K/n) e_t^(n)``. Spec eq. (23)."""


class Sorted(NamedTuple):
    """Samples sorted by group and score: rewards, runs of one group, runs of equal scores in it, the order.

    ``in_rows`` says that every row is one group, but for what is left out, which stands at its end.
    """

    y: Tensor
    group: Runs
    tied: Runs
    order: Tensor
    in_rows: bool

    @property
    def n(self) -> Tensor:
        """The size of each sample's group."""
        return self.group.last - self.group.first + 1

    @property
    def size(self) -> Tensor:
        """The same as a float."""
        return _as_floats(self.n, self.y)

    @property
    def t(self) -> Tensor:
        """The rank of each sample in its group, from 1 on."""
        return ranks(self.y) - self.group.first + 1


def sort(x: Tensor, scores: Tensor, *, ids: Tensor | None, left_out: Tensor | None) -> Sorted:
    """Sort samples by score within groups: by ids where there are any, and what is left out apart."""
    xp = compat.array_namespace(x)
    order = xp.argsort(scores, axis=-1, stable=True)
    keys = [] if ids is None else [ids]
    keys += [] if left_out is None else [xp.astype(left_out, xp.int32)]
    for key in keys:
        order = take(order, xp.argsort(take(key, order), axis=-1, stable=True))
    place = ranks(x)
    group = Runs(xp.zeros_like(order), xp.zeros_like(order) + place[-1])
    for key in keys:
        group = _within(xp, take(key, order), group)
    return Sorted(take(x, order), group, _within(xp, take(scores, order), group), order, ids is None)


def _within(xp: Any, numbers: Tensor, runs: Runs) -> Runs:
    """Cut runs where sorted numbers change."""
    return Runs(xp.maximum(first_tied(numbers), runs.first), xp.minimum(last_tied(numbers), runs.last))


def advantage(s: Sorted, weights: Weights, objective: Objective) -> Tensor:
    """``L_i`` less its mean. Spec eqs. (25), (76)."""
    return centred(s, rise(s, weights.gap(s)))


def score_weights(s: Sorted, weights: Weights, objective: Objective) -> Tensor:
    """``w_i = (K/n) A_i``. Spec eq. (28)."""
    return advantage(s, weights, objective) * (float(objective.k) / s.size)


def pathwise_weights(s: Sorted, weights: Weights, objective: Objective) -> Tensor:
    """``w_i = (K/n) e^(n)_{rank(i)}``, averaged over equal scores. Spec eq. (29)."""
    return total(s, _everywhere(weights.rank(s), s.y), s.tied) / _as_floats(_length(s.tied), s.y)


def value(s: Sorted, weights: Weights, objective: Objective) -> Tensor:
    """``v = T o + Σ_m w_m (ȳ_(m) − o)``, o being zero clipped to the group's rewards. Spec section 9.3."""
    xp = compat.array_namespace(s.y)
    means = _means(s)
    low, high = (take(means.first, place) for place in s.group)
    o = xp.minimum(xp.maximum(low, xp.zeros_like(low)), high)
    terms = weights.rank(s) * ((means.first - o) + means.rest)
    return o * float(objective.total) + total(s, terms, s.group)


def inclusion(s: Sorted, weights: Weights, objective: Objective) -> Tensor:
    """``q_i = v + (n−K)/n · A_i``. Spec eq. (26)."""
    part = (s.size - float(objective.k)) / s.size
    return value(s, weights, objective) + advantage(s, weights, objective) * part


def leave_one_out(s: Sorted, weights: Weights, objective: Objective) -> Tensor:
    """``v^(−i) = v − (K/n) A_i``. Spec eq. (27)."""
    return value(s, weights, objective) - score_weights(s, weights, objective)


QUANTITIES: dict[str, Callable[[Sorted, Weights, Objective], Tensor]] = {
    "value": value,
    "advantage": advantage,
    "score_weights": score_weights,
    "pathwise_weights": pathwise_weights,
    "inclusion": inclusion,
    "leave_one_out": leave_one_out,
}
"""What can be answered, at each sorted sample."""


def rise(s: Sorted, gap: Tensor) -> Tensor:
    """``L_i``, the weight of the gap below each sample standing at it."""
    xp = compat.array_namespace(s.y)
    gap = _everywhere(gap, s.y)
    first, rest = means = _means(s)
    none = xp.zeros_like(s.y)
    steps = xp.where(s.t > 1, (first - shifted(first)) + (rest - shifted(rest)), none)
    below = array_api.running_sum(steps * gap) if s.in_rows else _running_sum(steps * gap, s.group.first)
    inside = total(s, xp.where(ranks(s.y) > s.tied.first, gap, none), s.tied)
    share = inside / _as_floats(xp.maximum(_length(s.tied) - 1, xp.ones_like(s.order)), s.y)
    return take(below, s.tied.first) + means.deviations(s.y) * share


def total(s: Sorted, x: Tensor, runs: Runs) -> Tensor:
    """Add up within each sample's run."""
    if s.in_rows:
        return array_api.sums_between(x, runs.first, runs.last + 1)
    return take(_running_sum(x, runs.first), runs.last)


def centred(s: Sorted, x: Tensor) -> Tensor:
    """Subtract each group's mean."""
    return x - total(s, x, s.group) / s.size


def placed(s: Sorted, answers: Tensor) -> Tensor:
    """Put sorted answers back where the samples came from."""
    return put(answers, s.order)


def shifted(x: Tensor, d: int = 1) -> Tensor:
    """Move numbers up by d places; the first d are no matter what."""
    return compat.array_namespace(x).concat([x[..., :d], x[..., :-d]], axis=-1)


def _means(s: Sorted) -> Means:
    """``ȳ_B`` at each sample."""
    first = take(s.y, s.tied.first)
    return Means(first, total(s, s.y - first, s.tied) / _as_floats(_length(s.tied), s.y))


def _length(runs: Runs) -> Tensor:
    return runs.last - runs.first + 1


def _running_sum(x: Tensor, first: Tensor) -> Tensor:
    """Add up from the first place of each one's run, by doubling, and correct by the residuals."""
    xp = compat.array_namespace(x)
    after = _doubled(x, first)
    before = xp.where(ranks(x) > first, shifted(after), xp.zeros_like(x))
    return after + _doubled(residuals(before, after, x), first)


def _doubled(x: Tensor, first: Tensor) -> Tensor:
    xp = compat.array_namespace(x)
    d = 1
    while d < x.shape[-1]:
        x = x + xp.where(ranks(x) - d >= first, shifted(x, d), xp.zeros_like(x))
        d *= 2
    return x


def _everywhere(weights: Tensor, like: Tensor) -> Tensor:
    return compat.array_namespace(like).broadcast_to(weights, like.shape)


def _as_floats(numbers: Tensor, like: Tensor) -> Tensor:
    return compat.array_namespace(like).astype(numbers, like.dtype)
