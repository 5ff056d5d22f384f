"""Random rewards on which eq. (56) is held besides: whole functions go wrong beyond a few chosen values."""

from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing.decisions.pairs import Pairs
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.objectives import LStatistic

__all__ = ["FAR", "RANGES", "SENTINELS", "FarOthers", "RandomOthers"]

Floats: TypeAlias = NDArray[np.float64]

RANGES = (2.0, 16.0, 128.0)
"""The largest rewards of either sign: beyond 1, 10 and 100, at which rewards are usually clipped."""

OTHERS = 6
"""The multisets of others in each range: every second one in a quarter of it, so that b may lie outside."""

PLACES = (-15 / 16, -5 / 16, 5 / 16, 15 / 16)
"""Where the values of b lie in the range, up to a sixteenth of it at random."""

DIGITS = 2.0**10
"""Rewards are multiples of ``2^-10``, odd ones for the others and even ones for b: no b is one of them."""

FAR = (
    (0.0, 2.0**11),
    (0.0, 2.0**22),
    (0.0, 2.0**-12),
    (0.0, 2.0**-18),
    (1.0, 2.0**-17),
    (2.0**10, 2.0**8),
    (-(2.0**10), 2.0**8),
)
"""Further centres and largest distances from them: beyond what is clipped at 1000 or a million or overflows
in an exponential, below what is rounded or called zero, closer than what is called equal, and on one side of
zero."""

SENTINELS = (
    (-100.0, -1.0, 0.0, 1.0),
    (1.0, 2.0, 10.0, 100.0),
    (-1000.0, -10.0, 5.0, 1000.0),
    (0.1, 0.2, 0.5, 0.9),
)
"""Rewards that code often takes for something special, as values b."""

FEW_OTHERS = 2
"""The multisets of others in each of these."""

RELATIVE_DIGITS = 2.0**11
"""Their rewards are multiples of the largest over this."""

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
        self.n, self._rng = n, np.random.default_rng(seed)
        self.tables: list[Floats] = []
        self.values: list[tuple[Fraction, ...]] = []
        self._places: list[NDArray[np.int64]] = []
        self._fill()

    def _fill(self) -> None:
        for largest in RANGES:
            b, others = self._within(largest, OTHERS, DIGITS)
            if largest >= WHOLE_FROM:
                b[0] = np.trunc(b[0])
            self._add(b, others)

    def _within(self, largest: float, sets: int, digits: float) -> tuple[Floats, Floats]:
        """Draw values b and sets of others, every second set in a quarter of the range."""
        b = np.array(PLACES) * largest + self._rng.uniform(-1, 1, (sets, len(PLACES))) * largest / 16
        others = [self._distinct(largest / 4 if i % 2 else largest, digits) for i in range(sets)]
        return np.trunc(b * digits / 2) * 2 / digits, np.array(others)

    def _distinct(self, width: float, digits: float) -> Floats:
        """Draw N − 1 odd multiples of ``1/digits`` below width, no two equal; there are 512 or more."""
        half = int(width * digits) // 2
        drawn = self._rng.choice(2 * half, self.n - 1, replace=False)
        return (2 * drawn + 1 - 2 * half) / digits

    def _add(self, b: Floats, others: Floats) -> None:
        """Put each b beside its others, in random order."""
        self.values.append(tuple(Fraction(x) for x in b[0].tolist()))
        sorted_in = np.concatenate([b.reshape(-1, 1), np.repeat(others, len(PLACES), axis=0)], axis=1)
        order = self._rng.permuted(np.tile(np.arange(self.n), (len(sorted_in), 1)), axis=1)
        self.tables.append(np.take_along_axis(sorted_in, order, axis=1))
        self._places.append((order == 0).argmax(axis=1))

    def drop(self, table: int) -> None:
        """Leave one table out."""
        del self.tables[table], self.values[table], self._places[table]

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
        tables, places = np.concatenate(self.tables), np.concatenate(self._places)
        low, high = (
            (tables[row, places[row]], *np.sort(np.delete(tables[row], places[row])).tolist())
            for row in (group * len(PLACES) + place + i for i in (0, 1))
        )
        return tuple(map(Fraction, low)), tuple(map(Fraction, high))


class FarOthers(RandomOthers):
    """The same at other scales and offsets, and with rewards that are often special, as values b.

    What they show can refute and nothing else: roundings that hide a signal at one scale say nothing of
    another.
    """

    def _fill(self) -> None:
        for centre, largest in FAR:
            b, others = self._within(largest, FEW_OTHERS, RELATIVE_DIGITS / largest)
            self._add(centre + b, centre + others)
        for special in SENTINELS:
            _, others = self._within(RANGES[0], FEW_OTHERS, DIGITS)
            self._add(np.array([special] * FEW_OTHERS), others)

    def least_elsewhere(self, errors: Floats) -> Floats:
        """For each pair, the least of the largest errors of the other tables.

        A function that adds a large number to all rewards leaves as much wherever they lie; near zero, that
        is no error of another kind.
        """
        worst = errors.reshape(len(self.tables), -1).max(axis=1)
        least = [np.delete(worst, i).min() if len(worst) > 1 else 0.0 for i in range(len(worst))]
        return np.repeat(least, len(errors) // len(worst))


def _between(values: Floats, others: Floats) -> Floats:
    """How much of the way from each value to the next leads past how many of the others.

    Exact in floats, but to a rounding for decimals such as 0.1.
    """
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
