"""Rows in portions of whole groups, so that memory is not filled with what is computed on the way."""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["portions"]

AT_ONCE = 2**16
"""Rows of a portion, or one group that has more."""

Rows: TypeAlias = slice | NDArray[np.intp]


def portions(number: NDArray[np.integer]) -> Iterator[Rows]:
    """Yield the places of rows, whole groups at a time.

    Parameters
    ----------
    number : (n,) int array
        The group of each row; -1 for a row that is in no portion.

    Examples
    --------
    >>> [rows.tolist() for rows in portions(np.array([1, -1, 0, 1]))]
    [[2, 0, 3]]
    """
    ends = np.cumsum(np.bincount(number[number >= 0]))
    first = len(number) - int(ends[-1]) if len(ends) else len(number)
    rising = bool((number[1:] >= number[:-1]).all())
    order = None if rising else np.argsort(number, kind="stable")
    done = 0
    while first + done < len(number):
        stop = int(ends[np.searchsorted(ends, min(done + AT_ONCE, ends[-1]))])
        rows = slice(first + done, first + stop)
        yield rows if order is None else order[rows]
        done = stop
