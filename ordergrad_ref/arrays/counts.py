"""Counts of samples and successes, read from any array of integers."""

from typing import Any

import array_api_compat as compat
import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array
from ordergrad_ref.arrays.dtypes import is_masked
from ordergrad_ref.arrays.host import as_ids
from ordergrad_ref.errors import InvalidInputError, shown
from ordergrad_ref.objectives.exact_numbers import integer

__all__ = ["LARGEST_COUNT", "counts", "refuse_larger"]

LARGEST_COUNT = 10**9
"""The largest number of samples: more were never taken, and exact products would take minutes."""


def counts(name: str, given: ArrayLike, least: int) -> Array:
    """Read integers of at least ``least``, as an array of Python's in an object array.

    Raises
    ------
    InvalidInputError
        For anything else: floats, truth values, negative numbers, numbers beyond `LARGEST_COUNT`.
    """
    if is_masked(given):
        raise InvalidInputError(f"{name}: expected a plain array, got a masked one; fill or drop first")
    seen: Any = as_ids(given) if compat.is_array_api_obj(given) else given
    try:
        array = np.asarray(seen)
    except Exception as error:  # ragged lists, and whatever an object raises that is no array
        raise InvalidInputError(
            f"{name}: expected an array of integers, got {shown(given)} ({error})"
        ) from None
    if array.dtype.kind not in "iuO" and array.size:
        raise InvalidInputError(f"{name}: expected integers, got {shown(given)} (dtype {array.dtype})")
    bounds = f"{least} <= {name} <= {LARGEST_COUNT}"
    read = [integer(x, name, least, LARGEST_COUNT, bounds) for x in array.ravel().tolist()]
    return np.array(read, dtype=object).reshape(array.shape)


def refuse_larger(name: str, smaller: Array, than: str, larger: Array) -> None:
    """Refuse counts that exceed others."""
    beyond = smaller > larger
    if np.any(beyond):
        first = np.flatnonzero(beyond)[0]
        got, most = smaller.flat[first], larger.flat[first]
        at = f" at position {first}" if smaller.ndim else ""
        raise InvalidInputError(f"{name}: expected at most {than} = {most}, got {got}{at}")
