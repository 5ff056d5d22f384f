"""Batches of rewards and objectives that the tests share, as tagged data.

Everything is an exact rational, so that both sides of a comparison can be exact.
"""

from dataclasses import dataclass
from fractions import Fraction

from ordergrad_ref import LStatistic, objective
from ordergrad_ref.errors import InvalidInputError


@dataclass(frozen=True)
class Batch:
    name: str
    rewards: tuple[Fraction, ...]
    ties: bool

    def __str__(self):
        return self.name


def _batch(name, rewards, ties=False):
    return Batch(name, tuple(map(Fraction, rewards)), ties)


BATCHES = [
    _batch("two", [3, 1]),
    _batch("two equal", [2, 2], ties=True),
    _batch("three", [0, "1/3", -2]),
    _batch("binary", [0, 1, 0, 1], ties=True),
    _batch("one success", [0, 0, 0, 0, 1], ties=True),
    _batch("all equal", ["1/7"] * 5, ties=True),
    _batch("distinct", ["5/2", -1, "1/3", 7, "2/7"]),
    _batch("tied in the middle", [4, -3, 0, 0, 9, 0], ties=True),
    _batch("heavy tail", [1, 2, -1000, "1/2", 3, 10**6]),
    _batch("graded", ["1/4", "3/4", "1/2", 1, 0, "1/4", "1/2"], ties=True),
]

SPELLINGS = [
    "max", "min", "mean", "median", "rank(2)", "top(2)", "bottom(2)", "midrange(1)", "midrange(2)",
    "trimmed(1)", "winsorized(1)", "quantile(0.25)", "quantile(0.9, weibull)", "quantile(1/3, blom)",
    "cvar(0.3)", "upper_cvar(0.3)", "gini", "lmoment(2)", "lmoment(3)", "harrell_davis(0.5)",
    "wang(0.5)", "proportional_hazard(2)",
]  # fmt: skip


def objectives(k):
    """All named objectives that exist at K, and two without structure: one of mixed signs."""
    found = []
    for name in SPELLINGS:
        try:
            found.append(objective(f"{name}@{k}"))
        except InvalidInputError:
            continue
    found.append(LStatistic([Fraction(1, j + 2) for j in range(k)]))
    found.append(LStatistic([Fraction((-1) ** j * (j + 1), 3) for j in range(k)]))
    return found


def upto(batch, least=0):
    """All objectives of K ≤ N − least."""
    return [alpha for k in range(1, len(batch.rewards) + 1 - least) for alpha in objectives(k)]
