"""One known distribution: two arrays of one length, both floats or both exact rationals."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array
from ordergrad_ref.arrays.dtypes import as_numbers
from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError

__all__ = ["one_distribution"]


def one_distribution(
    values: ArrayLike, probabilities: ArrayLike, names: tuple[str, str] = ("rewards", "probabilities")
) -> tuple[Array, Array]:
    """Read values and their probabilities, float64 or exact; refuse what is no distribution.

    Integers go with either. Probabilities sum to one: exactly where they are rationals; where they are floats
    to within the square root of the unit roundoff of their dtype, which is then divided out.
    """
    (v, _), (p, dtype) = (
        as_numbers(_beside(x, y), name, remedy="")
        for x, y, name in ((values, probabilities, names[0]), (probabilities, values, names[1]))
    )
    if v.dtype != p.dtype:
        kind = "exact rationals" if v.dtype == object else "floats"
        raise InvalidInputError(f"{names[1]}: expected {kind}, as the {names[0]} are, got {p.dtype}")
    for x, name in ((v, names[0]), (p, names[1])):
        if x.ndim != 1 or not x.size:
            raise InvalidInputError(
                f"{name}: expected one distribution, of shape (m,) with m ≥ 1, got shape {x.shape}"
            )
        if x.dtype != object and not np.isfinite(x).all():
            where = int(np.flatnonzero(~np.isfinite(x))[0])
            raise NonFiniteRewardError(f"{name}: expected finite numbers, got {x[where]} at position {where}")
    if len(v) != len(p):
        raise InvalidInputError(f"{names[1]}: expected one for each of the {len(v)} {names[0]}, got {len(p)}")
    if (p < 0).any():
        where = int(np.flatnonzero(p < 0)[0])
        raise InvalidInputError(f"{names[1]}: expected none below zero, got {p[where]} at position {where}")
    total = p.sum()
    tolerance: Any = 0 if p.dtype == object else np.sqrt(np.finfo(dtype).eps / 2)
    if abs(total - 1) > tolerance:
        raise InvalidInputError(f"{names[1]}: expected a sum of one, got {total}")
    return v, p / total


def _beside(x: ArrayLike, other: ArrayLike) -> ArrayLike:
    """Take integers beside exact rationals as such."""
    try:
        integers, exact = np.asarray(x).dtype.kind in "biu", np.asarray(other).dtype == object
    except Exception:  # what is no array is refused by as_numbers
        return x
    return np.asarray(x).astype(object) if integers and exact else x
