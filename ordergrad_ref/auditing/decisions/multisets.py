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
from itertools import combinations_with_replacement, islice, pairwise, product
from math import comb, factorial, prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

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

    ``advantage`` is ``A(b; n)``, ``inclusion`` is ``q(b; n)`` less a constant; ``spread`` and ``size`` are
    the range and the largest absolute value of the advantages of the whole batch n + b, ``reward`` the
    largest absolute reward in it.
    """

    others: NDArray[np.int64]
    advantage: Floats
    inclusion: Floats
    spread: Floats
    size: Floats
    reward: Floats


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
            with np.errstate(invalid="ignore"):
                columns.append(np.where(here, advantages, 0).sum(axis=1) / here.sum(axis=1))
        return np.stack(columns, axis=1)

    def differences(self, by_value: Floats, objective: LStatistic) -> Differences:
        """Arrange the means by value as ``A(b; n)``, beside the exact ``q(b; n)``, rounded once."""
        others = _counts(self.n - 1, len(self.values))
        row = {tuple(c): i for i, c in enumerate(self.counts.tolist())}
        m = len(self.values)
        index = np.array(
            [[row[tuple(o + (b == c) for c, o in enumerate(n))] for b in range(m)] for n in others.tolist()]
        )
        high, low = np.nanmax(by_value, axis=1), np.nanmin(by_value, axis=1)
        return Differences(
            others,
            by_value[index, np.arange(m)],
            self._inclusion(others, objective),
            (high - low)[index],
            np.maximum(abs(high), abs(low))[index],
            abs(self.table).max(axis=1)[index],
        )

    def _inclusion(self, others: NDArray[np.int64], objective: LStatistic) -> Floats:
        """``q(v_s; n) − q(v_1; n)``: the sum of ``d e_t^(N)`` over the gaps below ``v_s``. Spec eq. (60)."""
        e = rank_weights.elevated_exact(self.n, objective)
        rise = np.array([[high - low] for low, high in pairwise(self.values)], dtype=object) * np.array(
            [e], dtype=object
        )
        below = np.cumsum(others, axis=1)[:, :-1]
        q = np.zeros((len(others), len(self.values)), dtype=object)
        q[:, 1:] = np.cumsum(rise[np.arange(len(rise)), below], axis=1)
        return q.astype(np.float64)

    def arrangements(self) -> Iterator[Floats]:
        """Yield all batches in every order, in tables of at most 2¹⁴.

        Raises
        ------
        InvalidInputError
            Where they are more than 2²¹.
        """
        m, n = len(self.values), self.n
        if m**n > MOST_BATCHES:
            raise InvalidInputError(
                f"n: expected fewer for a function that depends on the order of the rewards, got {n}, "
                f"which leaves {m}**{n} batches to call it on; audit it at a smaller n or with fewer values"
            )
        values = np.array(self.values, dtype=np.float64)
        indices = product(range(m), repeat=n)
        while run := list(islice(indices, RUN)):
            yield values[np.array(run)]

    def mean_over_arrangements(self, answered: Iterable[tuple[Floats, Floats]]) -> Floats:
        """Average the means by value over all orders of each multiset. Spec eq. (37).

        Parameters
        ----------
        answered : iterable of pairs of (G, N) arrays
            The tables of `arrangements`, and the advantages of each.
        """
        row = {tuple(c): i for i, c in enumerate(self.counts.tolist())}
        total, seen = np.zeros(self.counts.shape), np.zeros(len(self.counts))
        for table, advantages in answered:
            by_value = np.nan_to_num(self.mean_by_value(table, advantages))
            counts = np.stack([(table == float(v)).sum(axis=1) for v in self.values], axis=1)
            rows = np.array([row[tuple(c)] for c in counts.tolist()])
            np.add.at(total, rows, by_value)
            np.add.at(seen, rows, 1)
        return np.where(self.counts > 0, total / seen[:, None], np.nan)


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
