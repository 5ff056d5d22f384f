"""Random rewards on which eq. (56) is held besides: whole functions go wrong beyond a few chosen values."""

from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing.decisions.pairs import Pairs
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.objectives import LStatistic

__all__ = ["RANGES", "RandomOthers"]

Floats: TypeAlias = NDArray[np.float64]

RANGES = (2.0, 16.0, 128.0)
"""The largest rewards of either sign: beyond 1, 10 and 100, at which rewards are usually clipped."""

OTHERS = 6
"""The multisets of others in each range: every second one in a quarter of it, so that b may lie outside."""

PLACES = (-15 / 16, -5 / 16, 5 / 16, 15 / 16)
"""Where the values of b lie in the range, up to a sixteenth of it at random."""

DIGITS = 2.0**10
"""Rewards are multiples of ``2^-10``, odd ones for the others and even ones for b: no two are equal."""


WHOLE_FROM = 16.0
"""From this range on, the values on which all batches can be asked about are integers, easier to read."""


class RandomOthers:
    """For each range a table of batches: random others n, each with a few random values b, in random order.

    Parameters
    ----------
    n : int
        Group size N.
    seed : int
        Of the random numbers: the same for every audit.

    Attributes
    ----------
    tables : list of (G, N) arrays
        The batches, one table for each of `RANGES`.
    values : list of tuples of Fractions
        Four of the values b in each range, on which all batches can be asked about where a pair fails.
    """

    def __init__(self, n: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.tables: list[Floats] = []
        self.values: list[tuple[Fraction, ...]] = []
        self._places: list[NDArray[np.int64]] = []
        for largest in RANGES:
            b = np.array(PLACES) * largest + rng.uniform(-1, 1, (OTHERS, len(PLACES))) * largest / 16
            width = np.where(np.arange(OTHERS) % 2, largest / 4, largest)[:, None]
            others = rng.uniform(-1, 1, (OTHERS, n - 1)) * width
            b, others = (
                np.trunc(b * DIGITS / 2) * 2 / DIGITS,
                (np.trunc(others * DIGITS / 2) * 2 + 1) / DIGITS,
            )
            if largest >= WHOLE_FROM:
                b[0] = np.trunc(b[0])
            self.values.append(tuple(Fraction(x) for x in b[0].tolist()))
            sorted_in = np.concatenate([b.reshape(-1, 1), np.repeat(others, len(PLACES), axis=0)], axis=1)
            order = rng.permuted(np.tile(np.arange(n), (len(sorted_in), 1)), axis=1)
            self.tables.append(np.take_along_axis(sorted_in, order, axis=1))
            self._places.append((order == 0).argmax(axis=1))

    def pairs(self, answers: list[Floats], objective: LStatistic) -> Pairs:
        """Arrange the answers to the tables as pairs of neighbouring values b."""
        b, a, size, reward, others = [], [], [], [], []
        for table, answer, places in zip(self.tables, answers, self._places, strict=True):
            rows = np.arange(len(table))
            b.append(table[rows, places])
            a.append(answer[rows, places])
            size.append(abs(answer).max(axis=1))
            reward.append(abs(table).max(axis=1))
            rest = np.ones(table.shape, dtype=bool)
            rest[rows, places] = False
            others.append(np.sort(table[rest].reshape(len(table), -1), axis=1)[:: len(PLACES)])
        values, advantage = (np.concatenate(x).reshape(-1, len(PLACES)) for x in (b, a))
        both = [np.concatenate(x).reshape(-1, len(PLACES)) for x in (size, reward)]
        between = _between(values, np.concatenate(others))
        return Pairs(
            np.diff(advantage, axis=1).ravel(),
            _inclusion(between, objective),
            between,
            np.diff(values, axis=1).ravel(),
            *(np.maximum(x[:, 1:], x[:, :-1]).ravel() for x in both),
        )

    def rises(self, answers: list[Floats]) -> Floats:
        """``A(b′; n) − A(b; n)`` of the pairs of `pairs`, in their order."""
        a = [x[np.arange(len(x)), places] for x, places in zip(answers, self._places, strict=True)]
        return np.diff(np.concatenate(a).reshape(-1, len(PLACES)), axis=1).ravel()

    def batches(self, pair: int) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """Give both batches of one of the pairs, the reward that differs first."""
        group, place = divmod(pair, len(PLACES) - 1)
        first, second = (np.concatenate(self.tables)[group * len(PLACES) + place + i] for i in (0, 1))
        others = np.intersect1d(first, second)
        low, high = (np.setdiff1d(x, others).tolist() + others.tolist() for x in (first, second))
        return tuple(map(Fraction, low)), tuple(map(Fraction, high))


def _between(values: Floats, others: Floats) -> Floats:
    """How much of the way from each value to the next leads past how many of the others: exact in floats."""
    edges = np.full((len(others), others.shape[1] + 2), np.inf)
    edges[:, 0], edges[:, 1:-1] = -np.inf, others
    low, high = edges[:, None, :-1], edges[:, None, 1:]
    way = np.minimum(values[:, 1:, None], high) - np.maximum(values[:, :-1, None], low)
    past: Floats = np.maximum(way, 0.0).reshape(-1, edges.shape[1] - 1)
    return past


def _inclusion(between: Floats, objective: LStatistic) -> Floats:
    e = rank_weights.elevated_exact(between.shape[1], objective)
    rows = [
        sum((Fraction(way) * e[t] for t, way in enumerate(row) if way), Fraction(0))
        for row in between.tolist()
    ]
    return np.array([float(x) for x in rows])
