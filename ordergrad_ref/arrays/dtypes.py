"""Which numbers are read, in which they are computed, and in which they are answered."""

import sys
from decimal import Decimal
from numbers import Rational
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array
from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError
from ordergrad_ref.objectives.exact_numbers import exact

__all__ = ["as_fractions", "as_numbers", "at", "is_masked", "nearest", "rounded_once"]

EXACT = Rational | float | Decimal | np.float32 | np.float16 | np.bool_
"""What an object array may hold: types that are rationals exactly (NumPy's integers are `Rational`)."""


UNEQUAL = "; for groups of unequal size pass flat rewards and groups=ids"


def is_masked(given: Any) -> bool:
    """Tell whether an array is masked: none is before `numpy.ma` is imported, which takes a while."""
    return "numpy.ma" in sys.modules and isinstance(given, np.ma.MaskedArray)


def as_numbers(
    x: ArrayLike, name: str, *, keep_float32: bool = False, remedy: str = UNEQUAL
) -> tuple[Array, Any]:
    """Read an argument as float64, or as exact rationals; and the dtype to answer in.

    float64 and float32 are answered in kind, float16 and bfloat16 in float32, booleans and integers in
    float64, object arrays and sequences of ``Fraction`` in exact rationals. The argument is not changed.
    ``remedy`` is what the error says of what is no array.
    """
    if is_masked(x):
        raise InvalidInputError(f"{name}: expected a plain array, got a masked one; fill or drop first")
    try:
        array = np.asarray(x)
    except Exception as error:  # whatever an object that claims to be an array raises
        raise InvalidInputError(
            f"{name}: expected numbers of shape (..., N), got a {type(x).__name__} that is no such array "
            f"({error}){remedy}"
        ) from error
    if array.dtype == object:
        return as_fractions(array, name), object
    kind = array.dtype.type  # in whichever byte order
    if kind in (np.float64, np.float32):
        return array.astype(kind if keep_float32 else np.float64, copy=False), kind
    if kind is np.float16 or array.dtype.name == "bfloat16":
        return array.astype(np.float64), np.float32
    if array.dtype.kind in "biu":
        widened = array.astype(np.float64)
        if array.dtype.itemsize == 8 and (abs(widened) > 2.0**53).any():
            raise InvalidInputError(
                f"{name}: expected integers of at most 2**53, which float64 holds exactly, got "
                f"{array.flat[abs(widened).argmax()]}; subtract an offset first, or pass Fractions"
            )
        return widened, np.float64
    raise InvalidInputError(
        f"{name}: expected real numbers (float64, float32, float16, bfloat16, integers, booleans or "
        f"Fractions), got dtype {array.dtype}"
    )


def rounded_once(result: Array, dtype: Any) -> Any:
    """Round a result to the dtype of the answer."""
    if result.dtype == dtype:
        return result[()]
    if result.dtype == object:
        return nearest(result, dtype)[()]
    with np.errstate(all="ignore"):
        answer = result.astype(dtype, copy=False)
    if dtype == np.float32 and result.dtype != np.float32 and np.isinf(answer).any():
        raise InvalidInputError(
            "rewards: expected a result within float32, got one beyond it; pass float64 rewards"
        )
    return answer[()]


def nearest(exact: Array, dtype: Any) -> Array:
    """Round each rational to the nearest float of the dtype, of two to the even one. Spec section 11.13.

    On the way to a float32 it becomes the odd one of the two float64 that enclose it. By way of the nearest
    it would be rounded twice: what lies just beside the middle of two float32 would be taken for the middle.
    """
    result = np.empty(exact.shape)
    for place, x in np.ndenumerate(exact):
        try:
            result[place] = _odd(x) if dtype == np.float32 else float(x)
        except OverflowError:
            result[place] = np.inf
    with np.errstate(all="ignore"):
        answer = result.astype(dtype)
    if np.isinf(answer).any():
        raise InvalidInputError(
            f"rewards: expected a result within {np.dtype(dtype)}, got one beyond it; scale the rewards down"
        )
    return answer


def _odd(x: Any) -> float:
    """Return the rational if float64 holds it, else of its two neighbours the one whose last bit is one."""
    near = float(x)
    if near == x or near != near or int(np.float64(near).view(np.int64)) % 2:
        return near
    return float(np.nextafter(near, np.inf if near < x else -np.inf))


def as_fractions(array: Array, name: str) -> Array:
    """Take numbers in an object array as exact rationals."""
    answer = np.empty(array.shape, dtype=object)
    for place, x in np.ndenumerate(array):
        if not isinstance(x, EXACT):
            where = f" at position {at(place)}" if place else ""
            raise InvalidInputError(f"{name}: expected numbers, got {x!r} ({type(x).__name__}){where}")
        try:
            answer[place] = exact(x, name, truth=True)
        except InvalidInputError:  # a number of these kinds that is no rational is not finite
            raise NonFiniteRewardError(
                f"{name}: expected finite numbers, got {x} at position {at(place)} of an exact array"
            ) from None
    return answer


def at(place: tuple[Any, ...]) -> str:
    """Write a position in an array: ``3``, or ``(1, 3)``."""
    return str(place[0]) if len(place) == 1 else str(tuple(int(i) for i in place))
