"""The questions after the grid, which end their files: those of versions 5 and 8 of the generator."""

from collections.abc import Iterator

from ordergrad_ref.vectors.cases_beyond import of_ratios
from ordergrad_ref.vectors.questions import (
    BATCH,
    BATCHES,
    KINDS,
    OBJECTIVES,
    OFFSETS,
    Question,
    numbers,
    refused,
    slug,
)

__all__ = ["after_the_grid"]


def after_the_grid() -> Iterator[Question]:
    """Ask for what a sample adds to a value, and for off-policy weights to first order."""
    yield from _added_values()
    function = "off_policy.first_order_weights"
    yield from of_ratios(function)
    given = {
        "objective": OBJECTIVES["signed@3"],
        "rewards": numbers([5, 1, 3]),
        "ratios": numbers([2, "1/2", 1]),
    }
    yield Question(slug(function, "signed@3", "n-is-k"), "boundary", function, given)
    yield from _masks_that_differ()


def _masks_that_differ() -> Iterator[Question]:
    """Leave out other places in each group: who takes the first group's mask for all is wrong."""
    table = [numbers(row) for row in ([3, 1, 4, 1], [2, 7, 1, 8], [0, 0, 1, 5])]
    rows = [[True, True, True, False], [False, True, True, True], [True, True, False, True]]
    flat = {"rewards": numbers([3, 0, 1, 4, 1, 6, 2, 9]), "groups": [7, 2, 7, 7, 2, 2, 2, 7]}
    for function in (*BATCH, "standard_error"):
        max2 = {"objective": OBJECTIVES["max@2"]}
        given = {**max2, "rewards": table, "where": rows}
        yield Question(slug(function, "where-table"), "omitted", function, given)
        given = {**max2, **flat, "where": [i not in (2, 6) for i in range(8)]}
        yield Question(slug(function, "where-differs"), "omitted", function, given)


def _added_values() -> Iterator[Question]:
    function = "estimators.rlbon"
    for batch, rewards in {**BATCHES, "offset-192": OFFSETS["192"]}.items():
        for k in (1, 2, 3, len(rewards) - 1):
            given = {"rewards": numbers(rewards), "k": k}
            yield Question(slug(function, f"k{k}", batch), KINDS.get(batch, "basic"), function, given)
    given = {"rewards": numbers(BATCHES["ties"]), "k": 2, "where": [i != 3 for i in range(7)]}
    yield Question(slug(function, "k2", "without-one"), "omitted", function, given)
    yield refused(function, "n-is-k", "GroupTooSmallError", rewards=numbers([1, 0]), k=2)
    yield refused(function, "nan", "NonFiniteRewardError", rewards=[*numbers([1, 0, 2]), "nan"], k=2)
