"""Words of Arrow's dictionaries: a column of Parquet is read so, and no text is made or compared by row."""

from typing import Any

import numpy as np

from ordergrad_ref.rollouts.batches import Words
from ordergrad_ref.rollouts.buffers import numbers_of

__all__ = ["Coded"]


class Coded:
    """A column of text as places in a dictionary, batch after batch: most have the dictionary of the last."""

    def __init__(self) -> None:
        self._dictionary: Any = None

    def words(self, column: Any) -> Words:
        """Return the words that are in these cells, as they first come, and the place of each cell's.

        A dictionary may have words that are in no cell.
        """
        if self._dictionary is None or not self._dictionary.equals(column.dictionary):
            self._dictionary = column.dictionary
            self._words = column.dictionary.to_pylist()
            self._first, self._place = np.empty((2, len(self._words)), dtype=np.intp)
        codes = numbers_of(column.indices)
        rows = np.arange(len(codes))
        self._first[codes[::-1]] = rows[::-1]  # of several, the last one is kept
        there = codes[self._first[codes] == rows]
        self._place[there] = rows[: len(there)]
        return Words([self._words[code] for code in there.tolist()], self._place[codes])
