"""The many questions: a grid of objectives, group sizes, ties, offsets, scales and signs, for each function.

Every cell is small enough to be enumerated. A mistake changes hundreds of cells; which ones they are tells
it from others: `ordergrad_ref.vectors.mistakes`.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction

from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.vectors.questions import BATCH, Question, slug, spelled

__all__ = ["grid"]

FUNCTIONS = (*BATCH, "standard_error")

OBJECTIVES: dict[str, LStatistic] = {
    **{
        name: spelled(name)
        for name in (
            "max@1", "max@2", "max@3", "max@4", "min@2", "min@3", "mean@2", "median@3", "rank(2)@4",
            "top(2)@4", "trimmed(1)@4", "gini@2",
        )
    },
    "minus-three-halves@1": LStatistic(["-3/2"]),
    "signed@2": LStatistic(["2", "-1/2"]),
    "signed@3": LStatistic(["1/3", "-2/5", "7/4"]),
    "signed@4": LStatistic(["-1/4", "3/8", "0", "5/3"]),
}  # fmt: skip

PATTERNS: dict[str, list[int]] = {
    "distinct": [3, 0, 5, 1, 6, 2, 7],
    "two-levels": [0, 1, 1, 0, 1, 0, 0],
    "three-levels": [2, 0, 5, 2, 0, 5, 2],
    "tied-at-the-top": [6, 6, 1, 0, 6, 3, 2],
    "tied-at-the-bottom": [0, 4, 0, 1, 0, 7, 0],
}

CHANGES: dict[str, Callable[[int], Fraction]] = {
    "": lambda x: Fraction(x),
    "around-zero": lambda x: Fraction(2 * x - 5, 4),
    "offset": lambda x: Fraction(192 + x),
    "negative": lambda x: Fraction(-1 - 5 * x),
    "huge": lambda x: Fraction(x) * 2**40,
    "tiny": lambda x: Fraction(x - 3, 2**40),
}
KINDS = {"offset": "offset", "huge": "magnitude", "tiny": "magnitude"}


def grid() -> Iterator[Question]:
    """List its cells, function by function: the least group that has advantages, and seven rewards.

    Besides, one group whose binomial coefficients are beyond float32, as ReMAC's code met.
    """
    for function in FUNCTIONS:
        for name, alpha in OBJECTIVES.items():
            for n in (alpha.k + 1, 7):
                for pattern, levels in PATTERNS.items():
                    for change, of in CHANGES.items():
                        kind = KINDS.get(change, "basic" if pattern == "distinct" else "ties")
                        given = {"objective": alpha, "rewards": [of(x) for x in levels[:n]]}
                        name_of_cell = slug("grid", function, name, f"n{n}", pattern, change)
                        yield Question(name_of_cell, kind, function, given)
        rewards = [Fraction(int(i in (5, 90))) for i in range(136)]
        given = {"objective": spelled("max@68"), "rewards": rewards}
        yield Question(slug("grid", function, "max@68", "n136"), "large", function, given)
