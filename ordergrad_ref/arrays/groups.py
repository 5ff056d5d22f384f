"""From the caller's arrays to tables of groups and back: dense, flat with group ids, ragged.

Rewards are validated here, once. A kernel sees a finite table ``(G, N)`` in which every group is large
enough; ragged groups are sorted into one such table for each size.
"""

import reprlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Rational
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError

__all__ = ["NanPolicy", "Needs", "SmallGroups", "apply", "as_numbers", "rounded_once"]

Array: TypeAlias = NDArray[Any]
Kernel: TypeAlias = Callable[[Array], Array]
SmallGroups: TypeAlias = Literal["raise", "nan", "zero"]
NanPolicy: TypeAlias = Literal["raise", "propagate"]

EXACT = Rational | float | Decimal | np.float32 | np.float16 | np.bool_
"""What an object array may hold: types that are rationals exactly (NumPy's integers are `Rational`)."""


@dataclass(frozen=True)
class Needs:
    """How many rewards a kernel needs of a group, and why, said of a group of ``n``."""

    size: int
    why: Callable[[int], str]


@dataclass(frozen=True)
class Block:
    """Groups of one size: their numbers, the places of their rewards (None: in order), their rewards."""

    numbers: Array | range
    places: Array | None
    table: Array


def apply(
    kernel: Kernel,
    rewards: ArrayLike,
    needs: Needs,
    *,
    per_group: bool = False,
    takes_float32: bool = False,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
) -> Any:
    """Validate, lay the groups out in tables, apply the kernel to each, and put the results back in place.

    The kernel maps ``(G, N)`` to ``(G, N)``, one number a reward, or ``per_group`` to ``(G,)``. Tables are
    float64, or exact; float32 too where the kernel ``takes_float32``.
    """
    _one_of("small_groups", small_groups, get_args(SmallGroups))
    _one_of("nan_policy", nan_policy, get_args(NanPolicy))
    x, answer_dtype = as_numbers(rewards, "rewards", keep_float32=takes_float32)
    if groups is None:
        count, name, blocks = _dense(x)
        shape = x.shape[:-1] if per_group else x.shape
    else:
        count, name, blocks = _ragged(x, groups)
        shape = (count,) if per_group else x.shape

    result = None if groups is None else np.empty(shape, dtype=x.dtype)
    for block in blocks:
        finite = _finite(block, name, nan_policy)
        n = block.table.shape[1]
        if n < needs.size:
            part = _too_small(block, needs, small_groups, f"{name(block.numbers[0])} {needs.why(n)}")
            part = part[:, 0] if per_group else part
        else:
            with np.errstate(all="ignore"):
                part = kernel(block.table if finite.all() else np.where(finite[:, None], block.table, 0))
            _check_spread(part, block, name)
        if not finite.all():
            part[~finite] = np.nan
        if result is None:
            return rounded_once(part.reshape(shape), answer_dtype)
        result[block.numbers if per_group else block.places] = part

    return rounded_once(np.empty(shape) if result is None else result, answer_dtype)


def as_numbers(x: ArrayLike, name: str, *, keep_float32: bool = False) -> tuple[Array, Any]:
    """Read an argument as float64, or as exact rationals; and the dtype to answer in.

    float64 and float32 are answered in kind, float16 and bfloat16 in float32, booleans and integers in
    float64, object arrays and sequences of ``Fraction`` in exact rationals. The argument is not changed.
    """
    if isinstance(x, np.ma.MaskedArray):
        raise InvalidInputError(f"{name}: expected a plain array, got a masked one; fill or drop first")
    try:
        array = np.asarray(x)
    except (ValueError, TypeError, RuntimeError) as error:
        raise InvalidInputError(
            f"{name}: expected numbers of shape (..., N), got a {type(x).__name__} that is no such array "
            f"({error}); for groups of unequal size pass flat rewards and groups=ids"
        ) from error
    if array.dtype == object:
        return _as_fractions(array, name), object
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
    with np.errstate(all="ignore"):
        answer = result.astype(dtype, copy=False)
    if dtype == np.float32 and result.dtype != np.float32 and np.isinf(answer).any():
        raise InvalidInputError("rewards: the result overflows float32; pass float64 rewards")
    return answer[()]


def _as_fractions(array: Array, name: str) -> Array:
    exact = np.empty(array.shape, dtype=object)
    for place, x in np.ndenumerate(array):
        if not isinstance(x, EXACT):
            where = f" at position {_at(place)}" if place else ""
            raise InvalidInputError(f"{name}: expected numbers, got {x!r} ({type(x).__name__}){where}")
        try:
            exact[place] = Fraction(x.item() if isinstance(x, np.generic) else x)
        except (ValueError, OverflowError):
            raise NonFiniteRewardError(
                f"{name}: expected finite numbers, got {x} at position {_at(place)} of an exact array"
            ) from None
    return exact


def _dense(x: Array) -> tuple[int, Callable[[int], str], Iterable[Block]]:
    if x.ndim == 0:
        raise InvalidInputError(f"rewards: expected shape (..., N), got the single number {x[()]}")
    leading, n = x.shape[:-1], x.shape[-1]
    if n == 0:
        raise InvalidInputError(f"rewards: expected at least one in each group, got shape {x.shape}")
    table = np.ascontiguousarray(x).reshape(-1, n)  # the order of a sum follows the memory's

    def name(number: int) -> str:
        return f"group {_at(np.unravel_index(number, leading))}" if leading else "the batch"

    return len(table), name, [Block(range(len(table)), None, table)] if len(table) else []


def _ragged(x: Array, groups: ArrayLike) -> tuple[int, Callable[[int], str], Iterable[Block]]:
    if x.ndim != 1:
        raise InvalidInputError(
            f"rewards: expected a flat array, one reward for each group id, got shape {x.shape}"
        )
    ids = _group_ids(groups, len(x))
    try:
        names, member, sizes = np.unique(ids, return_inverse=True, return_counts=True)
        ordered = ids.dtype != object or (names[:-1] < names[1:]).all()
    except TypeError as error:
        raise InvalidInputError(f"groups: expected ids of one sortable kind ({error})") from error
    if not ordered:
        raise InvalidInputError("groups: expected ids of one sortable kind, got some without an order")
    order = np.argsort(member, kind="stable")
    start = np.cumsum(sizes) - sizes

    def blocks() -> Iterator[Block]:
        for n in np.unique(sizes):
            numbers = np.flatnonzero(sizes == n)
            places = order[start[numbers][:, None] + np.arange(n)]
            yield Block(numbers, places, x[places])

    return len(names), lambda number: f"group {_short(names.item(number))}", blocks()


def _group_ids(groups: ArrayLike, count: int) -> Array:
    if isinstance(groups, np.ma.MaskedArray):
        raise InvalidInputError("groups: expected a plain array, got a masked one; fill or drop first")
    try:
        ids = np.asarray(groups)
    except (ValueError, TypeError, RuntimeError) as error:
        raise InvalidInputError(f"groups: expected a flat array of ids ({error})") from error
    if ids.shape != (count,):
        raise InvalidInputError(
            f"groups: expected one id for each of the {count} rewards, got shape {ids.shape}"
        )
    if not count:
        raise InvalidInputError("rewards: expected at least one, got none")
    unfit = ~np.isfinite(ids) if ids.dtype.kind == "f" else ids != ids
    if unfit.any():
        where = np.flatnonzero(unfit)[0]
        raise InvalidInputError(f"groups: expected finite ids, got {ids[where]} at position {where}")
    if isinstance(groups, list | tuple) and ids.dtype.kind in "fUS":
        # NumPy would make one group of 1 and "1", and another of 2**53 and 2**53 + 1 beside a float.
        for given, read in zip(groups, ids.tolist(), strict=True):
            if given != read:
                raise InvalidInputError(
                    f"groups: expected ids of one kind, got {_short(given)}, which would be read as "
                    f"{_short(read)}"
                )
    return ids


def _finite(block: Block, name: Callable[[int], str], nan_policy: NanPolicy) -> Array:
    """Tell for each group whether all its rewards are finite."""
    if block.table.dtype == object:
        return np.ones(len(block.table), dtype=bool)
    if _all_finite(block.table):
        return np.ones(len(block.table), dtype=bool)
    finite: Array = np.isfinite(block.table)
    if nan_policy == "raise":
        group, i = np.argwhere(~finite)[0]
        place = group * block.table.shape[1] + i if block.places is None else block.places[group, i]
        raise NonFiniteRewardError(
            f"rewards: expected finite numbers, got {block.table[group, i]} in "
            f"{name(block.numbers[group])}, position {i} of the group, {place} of all; "
            "nan_policy='propagate' confines NaN to its own group"
        )
    return np.asarray(finite.all(axis=1))


def _too_small(block: Block, needs: Needs, small_groups: SmallGroups, complaint: str) -> Array:
    if small_groups == "raise":
        raise GroupTooSmallError(f"rewards: {complaint}")
    if small_groups == "nan" and block.table.dtype == object:
        raise InvalidInputError("small_groups: exact rationals have no NaN; expected 'raise' or 'zero'")
    return np.full_like(block.table, np.nan if small_groups == "nan" else Fraction(0))


def _check_spread(part: Array, block: Block, name: Callable[[int], str]) -> None:
    if part.dtype == object or _all_finite(part):
        return
    group = np.argwhere(~np.isfinite(part))[0][0]
    remedy = "pass float64 rewards" if part.dtype == np.float32 else "scale the rewards down"
    raise InvalidInputError(
        f"rewards: the spread of {name(block.numbers[group])} overflows {part.dtype}; {remedy}"
    )


def _all_finite(x: Array) -> bool:
    """Tell whether all numbers are finite: surely where their sum is, which costs no memory."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(x.sum()) or np.isfinite(x).all())


def _one_of(name: str, got: str, choices: tuple[str, ...]) -> None:
    if got not in choices:
        raise InvalidInputError(f"{name}: expected one of {', '.join(map(repr, choices))}, got {got!r}")


def _short(name: Any) -> str:
    return reprlib.repr(name)


def _at(place: tuple[Any, ...]) -> str:
    return str(place[0]) if len(place) == 1 else str(tuple(int(i) for i in place))
