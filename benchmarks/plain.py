"""What the plain loops of spec section 9.5 share: nothing is added in another order, or corrected."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add

__all__ = ["elevated", "from_left"]


def from_left(numbers: Iterable[float]) -> float:
    """Add one after the other. Python's own sum corrects what it rounds off, from 3.12 on."""
    return reduce(add, numbers)


def elevated(e: Sequence[float], n: int) -> list[float]:
    """Rank weights for n ranks, one rank at a time: eq. (22)."""
    e = list(e)
    for m in range(len(e), n):
        e = [(t * x + (m - t) * y) / m for t, (x, y) in enumerate(zip([0.0, *e], [*e, 0.0], strict=True))]
    return e
