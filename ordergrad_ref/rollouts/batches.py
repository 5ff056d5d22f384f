"""Rows, many at a time: what each of them would cost alone is spent once."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import InvalidInputError

__all__ = ["FEW", "MANY", "Batch", "Cells", "Words", "cut", "in_batches", "joined", "listed"]

T = TypeVar("T")

FEW, MANY = 32, 1024
"""So many whole rows at once, and so many of the wanted cells: one may be a whole prompt or completion."""


class Words(NamedTuple):
    """Cells of text: each word once, and its place for each cell."""

    words: list[str]
    places: NDArray[np.integer]


Cells: TypeAlias = Sequence[Any] | NDArray[Any] | Words


class Batch(NamedTuple):
    """Rows that follow each other: the number of each, and the cells of each column."""

    numbers: Sequence[int]
    columns: Sequence[Cells]


def listed(cells: Cells) -> Sequence[Any]:
    """Return cells as a list of Python's own types."""
    if isinstance(cells, Words):
        return [cells.words[place] for place in cells.places.tolist()]
    return cells.tolist() if isinstance(cells, np.ndarray) else cells


def cut(items: Iterator[T], many: int, errors: tuple[type[Exception], ...]) -> Iterator[list[T]]:
    """Cut into lists; what comes before an error is given before it is raised."""
    error = None
    while error is None:
        found: list[T] = []
        try:
            found.extend(islice(items, many))
        except errors as raised:
            error = raised
        if not found:
            break
        yield found
    if error is not None:
        raise error


def in_batches(rows: Iterator[tuple[int, Sequence[Any]]]) -> Iterator[Batch]:
    """Join numbers and cells of rows."""
    for found in cut(rows, MANY, (InvalidInputError,)):
        numbers, cells = zip(*found, strict=True)
        yield Batch(numbers, list(zip(*cells, strict=True)))


def joined(parts: Iterator[Batch]) -> Iterator[Batch]:
    """Join batches of a few rows."""
    for found in cut(parts, MANY // FEW, (InvalidInputError,)):
        numbers = list(chain.from_iterable(part.numbers for part in found))
        if numbers:
            columns = zip(*(part.columns for part in found), strict=True)
            yield Batch(numbers, [list(chain.from_iterable(map(listed, column))) for column in columns])
