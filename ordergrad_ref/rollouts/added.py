"""The new cells of a file's rows, taken from the first row to the last."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.rollouts.unchanged import OFTEN, Watch, changed

__all__ = ["Added", "texts"]


class Added:
    """A number for each new column of each row; or a list of them, where the rewards of a row are a list.

    Parameters
    ----------
    numbers : (columns, n) float64 array
        One for each reward; NaN for a cell without a number.
    lengths : (rows,) int array or None
        How many rewards each row has, where rows have lists of them.
    path : Path
        The file: where it has more rows than when it was read, it has changed, which is an error.
    seen : callable
        Told now and then how many rows are taken.
    """

    def __init__(
        self, numbers: NDArray[np.float64], lengths: NDArray[np.intp] | None, path: Path, seen: Watch
    ) -> None:
        self._numbers, self._lengths, self._path, self._seen = numbers, lengths, path, seen
        self._rows = numbers.shape[1] if lengths is None else len(lengths)
        self._row = self._place = 0

    @property
    def has_lists(self) -> bool:
        """Whether the new cells are lists."""
        return self._lengths is not None

    def block(self, rows: int) -> tuple[NDArray[np.float64], NDArray[np.intp] | None]:
        """Take the next rows: their numbers ``(columns, m)``; how many each has, if they have lists."""
        start, self._row = self._row, self._row + rows
        if self._row > self._rows:
            changed(self._path)
        lengths = None if self._lengths is None else self._lengths[start : self._row]
        place, self._place = self._place, self._place + (rows if lengths is None else int(lengths.sum()))
        self._seen(self._row)
        return self._numbers[:, place : self._place], lengths

    def by_row(self, rows: int | None = None) -> Iterator[list[Any]]:
        """Yield the cells of each of the next rows: numbers, or lists of them."""
        stop = self._rows if rows is None else self._row + rows
        while self._row < stop:
            numbers, lengths = self.block(min(OFTEN, stop - self._row))
            columns = [column.tolist() for column in numbers]
            if lengths is None:
                yield from map(list, zip(*columns, strict=True))
                continue
            ends = np.cumsum(lengths).tolist()
            for start, end in zip([0, *ends], ends, strict=False):
                yield [column[start:end] for column in columns]
        if rows is None:
            changed(self._path)


def texts(numbers: NDArray[np.float64], missing: str) -> list[str]:
    """Write each number as the shortest decimal that reads back as the same float64."""
    written = list(map(repr, numbers.tolist()))
    return [missing if text == "nan" else text for text in written] if np.isnan(numbers).any() else written
