"""From the caller's arrays to tables of groups and back: dense, flat with group ids, ragged.

Rewards are validated here, once. A kernel sees a finite table ``(G, N)`` in which every group is large
enough; ragged groups are sorted into one such table for each size.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ordergrad_ref._types import Array, NanPolicy, SmallGroups
from ordergrad_ref.arrays.dtypes import as_numbers, at, rounded_once
from ordergrad_ref.arrays.ids import group_ids, members
from ordergrad_ref.arrays.overflow import all_finite, without_overflow
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms.group_sizes import Needs
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError, shown

__all__ = ["NanPolicy", "SmallGroups", "answer_on_host", "dtype_of_answer", "one_of"]


@dataclass(frozen=True)
class Block:
    """Groups of one size: their numbers, the places of their rewards (None: in order), their rewards."""

    numbers: Array | range
    places: Array | None
    table: Array


def answer_on_host(task: Task, rewards: ArrayLike, groups: ArrayLike | None = None) -> Any:
    """Validate, lay the groups out in tables, apply the kernel to each, and put the answers back in place.

    For NumPy arrays, and whatever NumPy reads as such.
    """
    one_of("small_groups", task.small_groups, get_args(SmallGroups))
    one_of("nan_policy", task.nan_policy, get_args(NanPolicy))
    needs, per_group = task.needs, task.per_group
    x, answer_dtype = as_numbers(rewards, "rewards", keep_float32=task.takes_float32)
    if groups is None:
        count, name, blocks = _dense(x)
        shape = x.shape[:-1] if per_group else x.shape
    else:
        count, name, blocks = _ragged(x, groups)
        shape = (count,) if per_group else x.shape

    result = None if groups is None else np.empty(shape, dtype=x.dtype)
    for block in blocks:
        finite = _finite(block, name, task.nan_policy)
        n = block.table.shape[1]
        if n < needs.size:
            part = _too_small(block, needs, task.small_groups, f"{name(block.numbers[0])} {needs.why(n)}")
            part = part[:, 0] if per_group else part
        else:
            table = block.table if finite.all() else np.where(finite[:, None], block.table, 0)
            part = without_overflow(lambda some, _: task.kernel(some), table, task.degree)
            _check_overflow(part, block, name)
        if not finite.all():
            part[~finite] = np.nan
        if result is None:
            return rounded_once(part.reshape(shape), answer_dtype)
        result[block.numbers if per_group else block.places] = part

    return rounded_once(np.empty(shape) if result is None else result, answer_dtype)


def dtype_of_answer(task: Task, shape: tuple[int, ...], dtype: DTypeLike, *, ragged: bool = False) -> Any:
    """Find the answer's dtype before any reward is known, and refuse what no rewards could mend."""
    if not shape:
        raise InvalidInputError("rewards: expected shape (..., N), got a single number")
    n = shape[-1]
    if not ragged and n < task.needs.size and task.small_groups == "raise" and 0 not in shape:
        raise GroupTooSmallError(f"rewards: every group {task.needs.why(n)}")
    return answer_on_host(task, np.empty((0, n), dtype=dtype)).dtype


def _dense(x: Array) -> tuple[int, Callable[[int], str], Iterable[Block]]:
    if x.ndim == 0:
        raise InvalidInputError(f"rewards: expected shape (..., N), got the single number {x[()]}")
    leading, n = x.shape[:-1], x.shape[-1]
    if n == 0:
        raise InvalidInputError(f"rewards: expected at least one in each group, got shape {x.shape}")
    table = np.ascontiguousarray(x).reshape(-1, n)  # the order of a sum follows the memory's

    def name(number: int) -> str:
        return f"group {at(np.unravel_index(number, leading))}" if leading else "the batch"

    return len(table), name, [Block(range(len(table)), None, table)] if len(table) else []


def _ragged(x: Array, groups: ArrayLike) -> tuple[int, Callable[[int], str], Iterable[Block]]:
    if x.ndim != 1:
        raise InvalidInputError(
            f"rewards: expected a flat array, one reward for each group id, got shape {x.shape}"
        )
    names, member, sizes = members(group_ids(groups, len(x)))
    order = np.argsort(member, kind="stable")
    start = np.cumsum(sizes) - sizes

    def blocks() -> Iterator[Block]:
        for n in np.unique(sizes):
            numbers = np.flatnonzero(sizes == n)
            places = order[start[numbers][:, None] + np.arange(n)]
            yield Block(numbers, places, x[places])

    return len(names), lambda number: f"group {shown(_plain(names[number]))}", blocks()


def _plain(name: Any) -> Any:
    return name.item() if isinstance(name, np.generic) else name


def _finite(block: Block, name: Callable[[int], str], nan_policy: NanPolicy) -> Array:
    """Tell for each group whether all its rewards are finite."""
    if block.table.dtype == object:
        return np.ones(len(block.table), dtype=bool)
    if all_finite(block.table):
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
        raise InvalidInputError(
            "small_groups: expected 'raise' or 'zero' for exact rationals, got 'nan', which they have not"
        )
    return np.full_like(block.table, np.nan if small_groups == "nan" else Fraction(0))


def _check_overflow(part: Array, block: Block, name: Callable[[int], str]) -> None:
    if part.dtype == object or all_finite(part):
        return
    group = np.argwhere(~np.isfinite(part))[0][0]
    remedy = "pass float64 rewards" if part.dtype == np.float32 else "scale the rewards down"
    raise InvalidInputError(
        f"rewards: expected an answer that {part.dtype} holds, got one for {name(block.numbers[group])} that "
        f"overflows {part.dtype}; {remedy}"
    )


def one_of(name: str, got: str, choices: tuple[str, ...]) -> None:
    """Refuse an option that is none of the choices."""
    if not isinstance(got, str) or got not in choices:
        raise InvalidInputError(f"{name}: expected one of {', '.join(map(repr, choices))}, got {shown(got)}")
