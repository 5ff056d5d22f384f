"""Group ids: read, checked, and numbered in the order of ``numpy.unique``."""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array
from ordergrad_ref.arrays.dtypes import is_masked
from ordergrad_ref.errors import InvalidInputError, shown

__all__ = ["Members", "group_ids", "members", "stable_order"]


NEVER_MISSING = {str, int, bytes, bool}


class Members(NamedTuple):
    """The groups' names in ascending order, the number of each reward's group, and the size of each group."""

    names: Any
    number: Array
    sizes: Array


def group_ids(groups: ArrayLike, count: int) -> Array:
    """Read the group ids of so many rewards, and refuse ids that NumPy would take for others.

    A sequence of tuples is one of composite ids, as a ``pandas.MultiIndex`` is.
    """
    if is_masked(groups):
        raise InvalidInputError("groups: expected a plain array, got a masked one; fill or drop first")
    try:
        if isinstance(groups, list | tuple) and groups and all(isinstance(id_, tuple) for id_ in groups):
            ids = np.empty(len(groups), dtype=object)
            ids[:] = groups
        else:
            ids = np.asarray(groups)
    except Exception as error:  # whatever an object that claims to be an array raises
        raise InvalidInputError(f"groups: expected a flat array of ids, got none ({error})") from error
    if ids.shape != (count,):
        columns = ids.ndim == 2 and len(ids) == count and count > 0
        remedy = "; of several columns make one id each, such as list(map(tuple, groups))" if columns else ""
        raise InvalidInputError(
            f"groups: expected one id for each of the {count} rewards, got shape {ids.shape}{remedy}"
        )
    _refuse_missing(ids)
    if isinstance(groups, list | tuple) and ids.dtype.kind in "fUS":
        # NumPy would make one group of 1 and "1", and another of 2**53 and 2**53 + 1 beside a float.
        for given, read in zip(groups, ids.tolist(), strict=True):
            if given != read:
                raise InvalidInputError(
                    f"groups: expected ids of one kind, got {shown(given)}, which would be read as "
                    f"{shown(read)}"
                )
    return ids


def members(ids: Array) -> Members:
    """Number the groups in the order of ``numpy.unique``: text and objects by a dictionary."""
    if ids.dtype.kind in "biu" and ids.size:
        order = stable_order(ids)
        ascending = ids[order]
        starts = np.flatnonzero(np.append(True, ascending[1:] != ascending[:-1]))
        sizes = np.diff(starts, append=ids.size)
        number = np.empty(ids.size, dtype=np.intp)
        number[order] = np.repeat(np.arange(len(starts)), sizes)
        return Members(ascending[starts], number, sizes)
    if ids.dtype.kind in "biufcmM":
        names, number, sizes = np.unique(ids, return_inverse=True, return_counts=True)
        return Members(names, number, sizes)
    try:
        listed = ids.tolist()
        ordered = sorted(set(listed))
        strict = all(before < after for before, after in pairwise(ordered))
        rank = dict(zip(ordered, range(len(ordered)), strict=True))
        number = np.fromiter(map(rank.__getitem__, listed), dtype=np.intp, count=len(listed))
    except Exception as error:  # whatever comparing or hashing the caller's objects raises
        raise InvalidInputError(f"groups: expected ids of one sortable kind, got others ({error})") from error
    if not strict:
        raise InvalidInputError("groups: expected ids of one sortable kind, got some without an order")
    return Members(ordered, number, np.bincount(number, minlength=len(ordered)))


def stable_order(numbers: Array) -> Array:
    """Sort integers, equal ones as they stand; NumPy is ten times faster where 16 bits tell them apart."""
    low, high = (int(numbers.min()), int(numbers.max())) if numbers.size else (0, 0)
    if high - low < 2**16:
        numbers = numbers.astype(np.uint16) - np.uint16(low % 2**16)  # modulo 2**16, as the difference is
    return np.argsort(numbers, kind="stable")


def _refuse_missing(ids: Array) -> None:
    """Refuse an id that stands for none: NaN, NaT, None, ``pandas.NA``, also within a tuple."""
    if ids.dtype.kind in "biuUSV":
        return
    if ids.dtype.kind in "fcmM":
        unfit = ~np.isfinite(ids)
    elif set(map(type, listed := ids.tolist())) <= NEVER_MISSING:
        return
    else:
        unfit = np.fromiter(map(_is_missing, listed), dtype=bool, count=len(ids))
    if unfit.any():
        where = np.flatnonzero(unfit)[0]
        raise InvalidInputError(
            f"groups: expected finite ids, got {ids[where]} at position {where}; "
            "drop such rewards, or give them an id of their own"
        )


def _is_missing(id_: Any) -> bool:
    if type(id_) in NEVER_MISSING:
        return False
    if isinstance(id_, tuple):
        return any(map(_is_missing, id_))
    if id_ is None or type(id_).__name__ in ("NAType", "NaTType"):
        return True
    try:
        return bool(id_ != id_)
    except Exception:  # it cannot be compared, so it cannot be sorted either
        return True
