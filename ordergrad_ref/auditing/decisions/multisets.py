"""All batches on a few reward values, up to order: they decide bias for every distribution on these values.

By the characterisation (spec eqs. (37), (56)) an estimator A is unbiased with constant c, for every
distribution on the values, iff for each multiset n of ``N − 1`` others and each pair of values b, b′::

    A(b; n) − A(b′; n) = c K [q(b; n) − q(b′; n)]

and for values next to each other the right side is a gap times a function of rank alone (spec eq. (60))::

    q(v_(s+1); n) − q(v_s; n) = (v_(s+1) − v_s) e_t^(N),   t = 1 + how many of the others are at most v_s
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations_with_replacement, islice, pairwise, product
from math import comb, factorial, prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing.decisions.pairs import Pairs
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic

__all__ = ["Differences", "Multisets", "multinomials"]

Floats: TypeAlias = NDArray[np.float64]

MOST_REWARDS = 2**20
"""The most rewards in all multisets together: 8 MB, and a minute for a function of one group."""

MOST_BATCHES = 2**21
"""The most arrangements on which a function that depends on the order is called."""

RUN = 2**14
"""Arrangements in one table, so that they never all stand in memory."""


@dataclass(frozen=True)
class Differences:
    """Both sides of spec eq. (56): a row for each multiset n of others, a column for each value b.

    ``advantage`` is ``A(b; n)``, ``inclusion`` is ``q(b; n)`` less a constant; ``size`` is the largest
    absolute advantage of the whole batch n + b, ``reward`` the largest absolute reward in it; ``values`` are
    the m values. ``pairs`` has neighbouring values with the same others: what holds for these holds for all.
    """

    others: NDArray[np.int64]
    values: Floats
    advantage: Floats
    inclusion: Floats
    size: Floats
    reward: Floats
    pairs: Pairs


class Multisets:
    """The multisets of ``N`` rewards with values in ``values``, as a table of sorted batches.

    Parameters
    ----------
    n : int
        Group size N.
    values : sequence of Fractions
        The distinct reward values, ascending; exactly representable as floats.
    """

    def __init__(self, n: int, values: tuple[Fraction, ...]) -> None:
        self.n, self.values = n, values
        if comb(n + len(values) - 1, n) * n > MOST_REWARDS:
            raise InvalidInputError(
                f"values: expected fewer for groups of n = {n}, got {len(values)}, which make "
                f"{comb(n + len(values) - 1, n)} multisets, too many; pass fewer values"
            )
        self.counts = _counts(n, len(values))
        self.table = _sorted_batches(np.array(values, dtype=np.float64), self.counts)

    def mean_by_value(self, table: Floats, advantages: Floats) -> Floats:
        """Average the advantages over the rewards of each value: ``(G, m)``, NaN where a value is absent."""
        columns = []
        for value in self.values:
            here = table == float(value)
            # Beside one of them, as a sum of large equal numbers would lose digits.
            one = np.take_along_axis(advantages, here.argmax(axis=1)[:, None], axis=1)
            with np.errstate(invalid="ignore"):
                mean = np.where(here, advantages - one, 0).sum(axis=1) / here.sum(axis=1)
            columns.append(one[:, 0] + mean)
        return np.stack(columns, axis=1)

    def differences(self, by_value: Floats, objective: LStatistic) -> Differences:
        """Arrange the means by value as ``A(b; n)``, beside the exact ``q(b; n)``, rounded once."""
        others, index, m = self._others, self._index, len(self.values)
        advantage = by_value[index, np.arange(m)]
        size, reward = np.nanmax(abs(by_value), axis=1)[index], abs(self.table).max(axis=1)[index]
        e = rank_weights.elevated_exact(self.n, objective)
        gaps = np.array([high - low for low, high in pairwise(self.values)], dtype=object)
        rises = gaps[:, None] * np.array([e], dtype=object)
        below = np.cumsum(others, axis=1)[:, :-1]
        rise = rises[np.arange(m - 1), below]
        q = np.zeros((len(others), m), dtype=object)
        q[:, 1:] = np.cumsum(rise, axis=1)
        gap = np.broadcast_to(gaps.astype(np.float64), below.shape).ravel()
        between = np.zeros((below.size, self.n))
        between[np.arange(below.size), below.ravel()] = gap
        pairs = Pairs(
            np.diff(advantage, axis=1).ravel(),
            rise.astype(np.float64).ravel(),
            between,
            gap,
            *(np.maximum(x[:, 1:], x[:, :-1]).ravel() for x in (size, reward)),
        )
        values = np.array(self.values, dtype=np.float64)
        return Differences(others, values, advantage, q.astype(np.float64), size, reward, pairs)

    def rises(self, by_value: Floats) -> Floats:
        """``A(b′; n) − A(b; n)`` of the pairs of `differences`, in their order."""
        return np.diff(by_value[self._index, np.arange(len(self.values))], axis=1).ravel()

    @cached_property
    def _others(self) -> NDArray[np.int64]:
        return _counts(self.n - 1, len(self.values))

    @cached_property
    def _index(self) -> NDArray[np.int64]:
        """The row of each batch n + b: a row for each n, a column for each b."""
        row = {tuple(c): i for i, c in enumerate(self.counts.tolist())}
        m = len(self.values)
        return np.array(
            [
                [row[tuple(o + (b == c) for c, o in enumerate(n))] for b in range(m)]
                for n in self._others.tolist()
            ]
        )

    @property
    def orders(self) -> int:
        """How many arrangements all batches have together: ``m^N``."""
        return len(self.values) ** self.n

    def arrangements(self) -> Iterator[Floats]:
        """Yield all batches in every order, in tables of at most 2¹⁴.

        Raises
        ------
        InvalidInputError
            Where they are more than 2²¹.
        """
        m, n = len(self.values), self.n
        if self.orders > MOST_BATCHES:
            raise InvalidInputError(
                f"n: expected fewer for a function that depends on the order of the rewards, got {n}, "
                f"which leaves {m}**{n} batches to call it on; audit it at a smaller n or with fewer values"
            )
        values = np.array(self.values, dtype=np.float64)
        indices = product(range(m), repeat=n)
        while run := list(islice(indices, RUN)):
            yield values[np.array(run)]

    def rows(self, table: Floats) -> NDArray[np.int64]:
        """Find the row of each batch's multiset, whatever its order."""
        powers = (self.n + 1) ** np.arange(len(self.values), dtype=object)
        row = {code: i for i, code in enumerate((self.counts @ powers).tolist())}
        counts = np.stack([(table == float(v)).sum(axis=1) for v in self.values], axis=1)
        return np.array([row[code] for code in (counts @ powers).tolist()])

    def mean_over_arrangements(self, answered: Iterable[tuple[Floats, Floats]]) -> Floats:
        """Average the means by value over all orders of each multiset. Spec eq. (37).

        Parameters
        ----------
        answered : iterable of pairs of (G, N) arrays
            The tables of `arrangements`, and the advantages of each.
        """
        first, total, seen = (np.zeros(self.counts.shape) for _ in range(3))
        for table, advantages in answered:
            rows, by_value = self.rows(table), np.nan_to_num(self.mean_by_value(table, advantages))
            # What is added up is the difference from one of the orders: nothing, where no order matters.
            new, where = np.unique(rows, return_index=True)
            fresh = seen[new, 0] == 0
            first[new[fresh]] = by_value[where[fresh]]
            np.add.at(total, rows, by_value - first[rows])
            np.add.at(seen, rows, 1)
        return np.where(self.counts > 0, first + total / seen, np.nan)


def multinomials(counts: NDArray[np.int64]) -> Floats:
    """``n! / Π n_b!``: the arrangements of each multiset."""
    size = int(counts[0].sum())
    return np.array([float(factorial(size) // prod(factorial(c) for c in n)) for n in counts.tolist()])


def _sorted_batches(values: NDArray[Any], counts: NDArray[Any]) -> NDArray[Any]:
    return np.repeat(np.tile(values, len(counts)), counts.ravel()).reshape(len(counts), -1)


def _counts(n: int, m: int) -> NDArray[Any]:
    """How often each of m values occurs, for every multiset of n of them."""
    return np.array(
        [
            np.bincount(c, minlength=m) if n else np.zeros(m, int)
            for c in combinations_with_replacement(range(m), n)
        ]
    ).reshape(-1, m)
