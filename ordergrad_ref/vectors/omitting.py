"""Samples that do not count: the answer is that of the others, and stands in their places. Spec eq. (78)."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ordergrad_ref.vectors.batches import Answer
from ordergrad_ref.vectors.golden import PER_GROUP

__all__ = ["answer_of_remaining", "remaining"]

UNDEFINED = ("inclusion", "leave_one_out")
"""Functions without an answer for what does not count; all others answer zero."""


def remaining(given: dict[str, Any]) -> dict[str, Any]:
    """Take away what does not count, and the word for it.

    Examples
    --------
    >>> remaining({"rewards": ["nan", 1, 2], "by": [7, 8, 9], "nan_policy": "omit"})
    {'rewards': [1, 2], 'by': [8, 9]}
    """
    if not {"where", "nan_policy"} & set(given):
        return given
    counts = given["where"] if "where" in given else _are_numbers(given["rewards"])
    return {
        name: _kept(x, counts) if name in ("rewards", "by", "groups") else x
        for name, x in given.items()
        if name not in ("where", "nan_policy")
    }


def answer_of_remaining(
    function: str, given: dict[str, Any], answer: Callable[[dict[str, Any]], Answer]
) -> Answer:
    """Answer for what counts, and put the answers in their places."""
    found = answer(remaining(given))
    if function in PER_GROUP:
        return found
    counts = given["where"] if "where" in given else _are_numbers(given["rewards"])
    blank = None if function in UNDEFINED else Fraction(0)
    return found._replace(numbers=_put_back(found.numbers, counts, blank))


def _are_numbers(x: Any) -> Any:
    return [_are_numbers(part) for part in x] if isinstance(x, list) else x != "nan"


def _kept(x: list[Any], counts: list[Any]) -> list[Any]:
    if isinstance(counts[0], list):
        return [_kept(row, own) for row, own in zip(x, counts, strict=True)]
    return [part for part, counted in zip(x, counts, strict=True) if counted]


def _put_back(x: list[Any], counts: list[Any], blank: Fraction | None) -> list[Any]:
    if isinstance(counts[0], list):
        return [_put_back(row, own, blank) for row, own in zip(x, counts, strict=True)]
    answers = iter(x)
    return [next(answers) if counted else blank for counted in counts]
