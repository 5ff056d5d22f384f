"""Words of Arrow's dictionaries: Parquet holds a column so, and its text is then neither made nor compared."""

from typing import Any

import numpy as np

from ordergrad_ref.rollouts.batches import Words
from ordergrad_ref.rollouts.buffers import numbers_of

__all__ = ["Coded"]


class Coded:
    """A column of text as places in a dictionary, batch after batch: most have the dictionary of the last."""

    def __init__(self) -> None:
        self._dictionary: Any = None
        self._words: list[str] = []

    def words(self, column: Any) -> Words:
        """Return the words that are in these cells, as they first come, and the place of each cell's.

        A dictionary may have words that are in no cell.
        """
        if self._dictionary is None or not self._dictionary.equals(column.dictionary):
            self._dictionary, self._words = column.dictionary, column.dictionary.to_pylist()
        codes = numbers_of(column.indices)
        first = np.full(len(self._words), -1)
        first[codes[::-1]] = np.arange(len(codes))[::-1]  # of several, the last one is kept
        there = np.flatnonzero(first >= 0)
        there = there[np.argsort(first[there])]
        place = np.empty(len(self._words), dtype=np.intp)
        place[there] = np.arange(len(there))
        return Words([self._words[i] for i in there.tolist()], place[codes])
