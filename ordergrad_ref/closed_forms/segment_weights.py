"""The weights that stand at each sample of `ordergrad_ref.closed_forms.segments`: three ways to find them.

Where the size of the groups is known they are those of `ordergrad_ref.closed_forms.gap_form`; where it is
known up to what a mask leaves out, they are looked up in a table of all sizes; else they are computed where
they are needed.
"""

from functools import lru_cache
from math import ceil
from typing import Any, NamedTuple, TypeAlias

import array_api_compat as compat
import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.closed_forms.array_api import constant, looked_up
from ordergrad_ref.closed_forms.segments import Sorted, Weights
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic, Objective

__all__ = ["LARGEST_K", "weights_for"]

Tensor: TypeAlias = Any

LARGEST_K = 128
"""Rank weights that are elevated at each sample at most: that takes K² operations on all samples."""

LARGEST_TABLE = 256
"""The largest groups whose weights are looked up: those of all sizes take half a megabyte."""


def weights_for(objective: Objective, *, n: int | None, all_count: bool) -> Weights:
    """Choose the weights of groups of ``n`` samples, of which some may not count; None: of any size."""
    if n is not None and all_count:
        return OfSize(objective, n)
    if n is not None and n <= LARGEST_TABLE:
        return OfAnySizeUpTo(objective, n)
    if not isinstance(objective, LStatistic) or objective.k > LARGEST_K:
        raise InvalidInputError(
            f"objective: expected an integer K of at most {LARGEST_K} where the sizes of groups are traced, "
            f"by ids or by a mask on more than {LARGEST_TABLE} rewards, got {objective}; pass rewards of "
            "shape (G, N) without groups or where"
        )
    return Drawn(objective)


class OfSize(NamedTuple):
    """Groups of n samples, all of which count."""

    objective: Objective
    n: int

    def gap(self, s: Sorted) -> Tensor:
        """See `Weights`."""
        return constant(_gaps(self.objective, self.n), s.y)

    def rank(self, s: Sorted) -> Tensor:
        """See `Weights`."""
        return constant(_ranks(self.objective, self.n), s.y)


class OfAnySizeUpTo(NamedTuple):
    """Groups of up to n samples: row m of a table has the weights of groups of m."""

    objective: Objective
    n: int

    def gap(self, s: Sorted) -> Tensor:
        """See `Weights`."""
        return _looked_up(_table(_gaps, self.objective, self.n), s)

    def rank(self, s: Sorted) -> Tensor:
        """See `Weights`."""
        return _looked_up(_table(_ranks, self.objective, self.n), s)


class Drawn(NamedTuple):
    """Groups of any size, for integer K."""

    objective: LStatistic

    def gap(self, s: Sorted) -> Tensor:
        """See `Weights`."""
        xp = compat.array_namespace(s.y)
        n = s.size
        t = xp.maximum(s.t - 1, xp.ones_like(s.order))
        return elevated(self.objective, s.n - 1, t, s.y) * n / _at_least_one(xp, n - 1)

    def rank(self, s: Sorted) -> Tensor:
        """See `Weights`."""
        return elevated(self.objective, s.n, s.t, s.y) * self.objective.k / s.size


def elevated(objective: LStatistic, n: Tensor, t: Tensor, like: Tensor) -> Tensor:
    """``e_t^(n) = Σ_j α_j P(j − 1 of K − 1 others lie below)``, n and t differing by sample. Spec eq. (22).

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
    total = xp.zeros_like(like)
    for a, c in zip(alpha, chances, strict=True):
        total = total + a * c
    return total


def _gaps(objective: Objective, n: int) -> Floats:
    """Weigh the gaps below the ranks of n; none where no reward can be left out."""
    if n < objective.k + 1:
        return np.zeros(n)
    return np.append(0.0, gap_form.gap_weights(n, objective))


def _ranks(objective: Objective, n: int) -> Floats:
    return gap_form.weights_of_ranks(n, objective) if n >= objective.k else np.zeros(n)


@lru_cache(maxsize=64)
def _table(weights: Any, objective: Objective, n: int) -> Floats:
    rows = np.zeros((n + 1, n))
    for size in range(ceil(objective.k), n + 1):
        rows[size, :size] = weights(objective, size)
    return rows


def _looked_up(table: Floats, s: Sorted) -> Tensor:
    return looked_up(table.ravel(), s.n * table.shape[1] + (s.t - 1), s.y)


def _at_least_one(xp: Any, x: Tensor) -> Tensor:
    return xp.maximum(x, xp.ones_like(x))


def _at_least_zero(xp: Any, x: Tensor) -> Tensor:
    return xp.maximum(x, xp.zeros_like(x))
