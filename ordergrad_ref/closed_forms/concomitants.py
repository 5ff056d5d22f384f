"""Selected by a score, valued by a reward: the engine that takes its order from scores.

A closed form says what to weigh and add, an engine in which order. With this one the formulas of
`ordergrad_ref.closed_forms.gap_form` answer what eqs. (75) and (76) of the specification say of concomitants:
gaps are signed, and rewards whose scores are equal are answered as the average over all of their orders.

With ``y`` the rewards in the order of their scores, ``B`` a run of equal scores on the ranks ``a … b``,
``ȳ_B`` its mean and ``g_t`` the weight on gap t, the sum of the weighted gaps below sample i is on average ::

    L_i = Σ_{runs C below} (ȳ_next(C) − ȳ_C) g_last(C) + (y_i − ȳ_B) · mean(g_a … g_(b−1))

Where the scores are the rewards, ``y_i = ȳ_B``, and what is left is the gap form, bit for bit.

A mean is kept as one reward of its run and how far the mean lies from it: rounded to one number it would lose
what lies below the last digit of large rewards, and differences of rewards are what is asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ordergrad_ref._types import Array, Floats, Table
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms import two_sided
from ordergrad_ref.closed_forms.array_api import first_tied, last_tied
from ordergrad_ref.closed_forms.in_order import mean_over_ties
from ordergrad_ref.closed_forms.rounding import sums_between, total
from ordergrad_ref.closed_forms.sums import Level

__all__ = ["Means", "OrderedBy", "Runs", "means_of_runs", "runs_of"]


class Runs(NamedTuple):
    """For each rank the first and the last rank of its run of equal scores, counted from zero."""

    first: Array
    last: Array


class Means(NamedTuple):
    """``ȳ_B`` at each rank, as the first reward of its run and what is to be added to it."""

    first: Table
    rest: Table

    def gaps(self) -> Table:
        """``ȳ_(t+1) − ȳ_(t)``, rounded as a difference of rewards is."""
        first, rest = self
        return (first[..., 1:] - first[..., :-1]) + (rest[..., 1:] - rest[..., :-1])

    def deviations(self, y: Table) -> Table:
        """``y_i − ȳ_B``, rounded as a difference of rewards is."""
        return (y - self.first) - self.rest


@dataclass(frozen=True)
class OrderedBy:
    """The sums of `ordergrad_ref.closed_forms.sums`, in the order of the scores ``(G, N)``.

    ``downward`` turns the order round: for formulas that are asked about negated rewards.
    """

    scores: Table
    downward: bool = False

    def centred_rise(self, table: Table, weights: Array) -> Table:
        """``L_i``, less its mean over the group."""
        return self._by_rank(table, lambda y, runs: plain.centred(_mean_rise(y, weights, runs)))

    def both_sides(self, table: Table, below: Array, above: Array) -> Table:
        """``L_i`` less its mean over the group, from both sides: spec section 11.15."""

        def answer(y: Table, runs: Runs) -> Table:
            means = means_of_runs(y, runs)
            shares = means.deviations(y) * _mean_weights(below + above[::-1], runs)
            return two_sided.from_gaps(means.gaps().T, below, above) + shares

        return self._by_rank(table, answer)

    def rise(self, table: Table, weights: Array, level: Level) -> Table:
        """``L_i``, plus the group's weighted rewards."""

        def answer(y: Table, runs: Runs) -> Table:
            levels = _weighed(means_of_runs(y, runs), level)
            return _mean_rise(y, weights, runs) + levels[..., None]

        return self._by_rank(table, answer)

    def value(self, table: Table, level: Level) -> Array:
        """``Σ_m w_m y_(m)``, averaged over the orders of equal scores: ``Σ_m w_m ȳ_(m)``."""
        y, runs, _ = self._sorted(table)
        return _weighed(means_of_runs(y, runs), level)

    def path(self, table: Table, weights: Array) -> Table:
        """``w_{rank of the score}``, averaged over equal scores."""
        return self._by_rank(table, lambda y, runs: mean_over_ties(runs.first, weights))

    def order(self, table: Table) -> Array:
        """Sort each group by its scores."""
        order = np.argsort(self.scores, axis=-1, kind="stable")
        return order[..., ::-1] if self.downward else order

    def take(self, table: Table, order: Array) -> Table:
        """Carry numbers from the places of the rewards to the ranks of their scores."""
        return plain.take(table, order)

    def put(self, table: Table, order: Array) -> Table:
        """Carry numbers from the ranks of the scores to the places of the rewards."""
        return plain.put(table, order)

    def running_sum(self, table: Table) -> Table:
        """Add up along each group, corrected for rounding."""
        return plain.running_sum(table)

    def binomial_average(self, alpha: Floats, below: Floats, above: Floats) -> Floats:
        """Average rank weights over binomial distributions. Spec eq. (3)."""
        return plain.binomial_average(alpha, below, above)

    def _sorted(self, table: Table) -> tuple[Table, Runs, Array]:
        order = self.order(table)
        wide = table.astype(np.float64) if table.dtype == np.float32 else table
        return plain.take(wide, order), runs_of(plain.take(self.scores, order)), order

    def _by_rank(self, table: Table, answer: Callable[[Table, Runs], Table]) -> Table:
        y, runs, order = self._sorted(table)
        return plain.put(answer(y, runs), order)


def runs_of(ascending: Table) -> Runs:
    """Find the runs of equal scores among sorted ones, in an array of any library."""
    return Runs(first_tied(ascending), last_tied(ascending))


def means_of_runs(y: Table, runs: Runs) -> Means:
    """``ȳ_B`` at each rank, taken from the first of each run: equal numbers have themselves for a mean."""
    first = np.take_along_axis(y, runs.first, axis=-1)
    rest = sums_between(y - first, runs.first, runs.last + 1)
    return Means(first, rest / (runs.last - runs.first + 1))


def _mean_rise(y: Table, weights: Array, runs: Runs) -> Table:
    """``L_i`` at each rank: the weighted gaps between means of runs, and each sample's share in its own."""
    means = means_of_runs(y, runs)
    rise = y - y
    rise[..., 1:] = plain.running_sum(means.gaps() * weights)
    return rise + means.deviations(y) * _mean_weights(weights, runs)


def _mean_weights(weights: Array, runs: Runs) -> Table:
    """``mean(g_a … g_(b−1))`` at each rank: of the weights of the gaps inside its run."""
    steps = np.maximum(runs.last - runs.first, 1)
    return sums_between(weights, runs.first, runs.last) / steps


def _weighed(means: Means, level: Level) -> Array:
    """``Σ_m w_m ȳ_(m)``: see `ordergrad_ref.closed_forms.sums.weighed`."""
    low, high = (means.first[..., m] + means.rest[..., m] for m in (level.low, level.high))
    origin = np.minimum(np.maximum(low, 0), high)
    return origin * level.total + total(level.weights * ((means.first - origin[..., None]) + means.rest))
