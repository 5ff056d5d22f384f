"""The orders that scores leave possible: ascending, and every order among equal ones as likely as another."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, permutations, product
from typing import Any

from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError, shown

__all__ = ["orders_by", "scores_of"]


def orders_by(scores: Sequence[Any]) -> Iterator[tuple[int, ...]]:
    """List all orders of the places in which the scores ascend.

    Examples
    --------
    >>> list(orders_by([7, 0, 7]))
    [(1, 0, 2), (1, 2, 0)]
    """
    ascending = sorted(range(len(scores)), key=lambda i: scores[i])
    tied = [list(run) for _, run in groupby(ascending, key=lambda i: scores[i])]
    return (tuple(chain(*runs)) for runs in product(*map(permutations, tied)))


def scores_of(by: Iterable[Any], count: int) -> list[Any]:
    """Read a score for each of so many rewards; what can be told apart is, infinities too."""
    scores = [x.item() if hasattr(x, "item") else x for x in by]
    if len(scores) != count:
        raise InvalidInputError(
            f"by: expected a score for each of the {count} rewards, got {len(scores)} of them"
        )
    for place, x in enumerate(scores):
        try:
            unordered = not x <= x
            _ = x < 0
        except TypeError:
            raise InvalidInputError(
                f"by: expected numbers, got {shown(x)} ({type(x).__name__}) at position {place}"
            ) from None
        if unordered:
            raise NonFiniteRewardError(f"by: expected numbers, got {x} at position {place}")
    return scores
