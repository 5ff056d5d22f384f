"""From the caller's arrays to tables of groups and back: dense, flat with group ids, ragged.

Rewards are validated here, once. A kernel sees a finite table ``(G, N)`` in which every group is large
enough; ragged groups are sorted into one such table for each size.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple, Never, get_args

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ordergrad_ref._types import Array, NanPolicy, SmallGroups
from ordergrad_ref.arrays.dtypes import at, rounded_once
from ordergrad_ref.arrays.ids import group_ids, members, stable_order
from ordergrad_ref.arrays.overflow import all_finite, without_overflow
from ordergrad_ref.arrays.samples import NOTHING, Beside, Samples, read
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms.group_sizes import Needs
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError, shown
from ordergrad_ref.kernels.choice import answered

__all__ = [
    "NAN_POLICIES",
    "SMALL_GROUPS",
    "NanPolicy",
    "SmallGroups",
    "answer_on_host",
    "dtype_of_answer",
    "one_of",
]


SMALL_GROUPS, NAN_POLICIES = get_args(SmallGroups), get_args(NanPolicy)


class Block(NamedTuple):
    """Groups of one size: their numbers, the places of their rewards (None: in order), rewards and scores."""

    numbers: Array | range
    places: Array | None
    table: Array
    scores: Array | None


class Layout(NamedTuple):
    """How many groups there are, what messages call each, and blocks that hold all that counts."""

    how_many: int
    name: Callable[[int], str]
    blocks: Iterable[Block]


def answer_on_host(
    task: Task, rewards: ArrayLike, groups: ArrayLike | None = None, beside: Beside = NOTHING
) -> Any:
    """Validate, lay the groups out in tables, apply the kernel to each, and put the answers back in place.

    For NumPy arrays, and whatever NumPy reads as such.
    """
    one_of("small_groups", task.small_groups, SMALL_GROUPS)
    one_of("nan_policy", task.nan_policy, NAN_POLICIES)
    per_group = task.per_group
    samples = read(rewards, beside, task.nan_policy, keep_float32=task.takes_float32)
    x = samples.rewards
    count, name, blocks = _dense(samples) if groups is None else _ragged(samples, groups)
    shape = x.shape if not per_group else x.shape[:-1] if groups is None else (count,)
    columns = (task.columns,) if task.columns else ()

    result = None
    if groups is not None or samples.counts is not None:
        left_out = task.of_left_out if x.dtype != object or task.of_left_out else Fraction(0)
        dtype = object if task.exact else x.dtype
        result = np.full((count if per_group else x.size, *columns), left_out, dtype=dtype)
    for block in blocks:
        part = None
        if task.by_gaps and block.scores is None and block.table.shape[1] >= task.needs.size:
            part = answered(task.kernel, block.table)
        if part is None:
            part = _looked_at(task, block, name)
        if result is None:
            return rounded_once(part.reshape((*shape, *columns)), samples.dtype)
        result[block.numbers if per_group else block.places] = rounded_once(part, result.dtype)

    result = np.empty((*shape, *columns)) if result is None else result.reshape((*shape, *columns))
    return rounded_once(result, samples.dtype)


def _looked_at(task: Task, block: Block, name: Callable[[int], str]) -> Array:
    """Look for rewards that are not finite, answer the others, and look at the answers."""
    unfit, n = _unfit(block, name, task.nan_policy), block.table.shape[1]
    if n < task.needs.size:
        complaint = f"{name(block.numbers[0])} {task.needs.why(n)}"
        part = _too_small(block, task.needs, task.small_groups, complaint)
        part = part[:, 0] if task.per_group else part[:, :n]
        part = np.repeat(part[..., None], task.columns, axis=-1) if task.columns else part
    else:
        table = block.table if unfit is None else np.where(unfit[:, None], 0, block.table)
        part = without_overflow(
            _kernel(task, block.scores), table, task.degree, partial(_refuse_overflow, block, name)
        )
    if unfit is not None:
        part[unfit] = np.nan
    return part


def _kernel(task: Task, scores: Array | None) -> Callable[[Array, Any], Array]:
    if scores is None:
        return lambda table, _: task.kernel(table)
    return lambda table, rows: task.kernel(table, scores[rows])


def dtype_of_answer(task: Task, shape: tuple[int, ...], dtype: DTypeLike, *, ragged: bool = False) -> Any:
    """Find the answer's dtype before any reward is known, and refuse what no rewards could mend."""
    if not shape:
        raise InvalidInputError("rewards: expected shape (..., N), got a single number")
    n = shape[-1]
    if not ragged and n < task.needs.size and task.small_groups == "raise" and 0 not in shape:
        raise GroupTooSmallError(f"rewards: every group {task.needs.why(n)}")
    return answer_on_host(task, np.empty((0, n), dtype=dtype)).dtype


def _dense(samples: Samples) -> Layout:
    x, counts = samples.rewards, samples.counts
    if x.ndim == 0:
        raise InvalidInputError(f"rewards: expected shape (..., N), got the single number {x[()]}")
    leading, n = x.shape[:-1], x.shape[-1]
    if n == 0:
        raise InvalidInputError(f"rewards: expected at least one in each group, got shape {x.shape}")

    def name(number: int) -> str:
        return f"group {at(np.unravel_index(number, leading))}" if leading else "the batch"

    def table(array: Array) -> Array:
        return np.ascontiguousarray(array).reshape(-1, n)  # the order of a sum follows the memory's

    size = x.size // n
    if counts is not None:
        return _unequal(samples, np.arange(x.size) // n, np.full(size, n), name)
    scores = None if samples.scores is None else table(samples.scores)
    return Layout(size, name, [Block(range(size), None, table(x), scores)] if size else [])


def _ragged(samples: Samples, groups: ArrayLike) -> Layout:
    x = samples.rewards
    if x.ndim != 1:
        raise InvalidInputError(
            f"rewards: expected a flat array, one reward for each group id, got shape {x.shape}"
        )
    names, member, sizes = members(group_ids(groups, len(x)))
    return _unequal(samples, member, sizes, lambda number: f"group {shown(_plain(names[number]))}")


def _unequal(samples: Samples, member: Array, all_sizes: Array, name: Callable[[int], str]) -> Layout:
    """Lay out groups of unequal size, of which only what counts is a member. Spec eq. (78)."""
    x, scores = samples.rewards.ravel(), samples.scores
    sizes, order = all_sizes, stable_order(member)
    if samples.counts is not None:
        counts = samples.counts.ravel()
        order = order[counts[order]]
        sizes = np.bincount(member[counts], minlength=len(all_sizes))
    start = np.cumsum(sizes) - sizes

    def name_and_rest(number: int) -> str:
        left_out = all_sizes[number] - sizes[number]
        return name(number) + (f" ({left_out} of its {all_sizes[number]} left out)" if left_out else "")

    def blocks() -> Iterator[Block]:
        for n in np.unique(sizes):
            numbers = np.flatnonzero(sizes == n)
            places = order[start[numbers][:, None] + np.arange(n)]
            yield Block(numbers, places, x[places], None if scores is None else scores.ravel()[places])

    return Layout(len(sizes), name_and_rest, blocks())


def _plain(name: Any) -> Any:
    return name.item() if isinstance(name, np.generic) else name


def _unfit(block: Block, name: Callable[[int], str], nan_policy: NanPolicy) -> Array | None:
    """Tell the groups whose rewards are not all finite, or scores not all numbers; None where none is."""
    fits = []
    if not block.table.dtype.hasobject and not all_finite(block.table):
        fit = np.isfinite(block.table)
        if nan_policy != "propagate":
            omit = nan_policy == "omit"
            _refuse(block, block.table, fit, name, "rewards", "finite numbers", omit)
        fits.append(fit)
    if block.scores is not None and block.scores.dtype.kind == "f":
        fit = ~np.isnan(block.scores)
        if not fit.all():
            if nan_policy == "raise":
                _refuse(block, block.scores, fit, name, "by", "numbers", False)
            fits.append(fit)
    return ~np.logical_and.reduce(fits).all(axis=1) if fits else None


def _refuse(
    block: Block, table: Array, fit: Array, name: Callable[[int], str], argument: str, what: str, omit: bool
) -> Never:
    group, i = np.argwhere(~fit)[0]
    place = group * block.table.shape[1] + i if block.places is None else block.places[group, i]
    got = table[group, i]
    propagate = "" if omit else "nan_policy='propagate' confines NaN to its own group; "
    leave_out = "nan_policy='omit'" if np.isnan(got) else "where=numpy.isfinite(rewards)"
    raise NonFiniteRewardError(
        f"{argument}: expected {what}, got {got} in {name(block.numbers[group])}, position {i} of the group, "
        f"{place} of all; {propagate}{leave_out} leaves such samples out"
    )


def _too_small(block: Block, needs: Needs, small_groups: SmallGroups, complaint: str) -> Array:
    if small_groups == "raise":
        raise GroupTooSmallError(f"rewards: {complaint}")
    if small_groups == "nan" and block.table.dtype == object:
        raise InvalidInputError(
            "small_groups: expected 'raise' or 'zero' for exact rationals, got 'nan', which they have not"
        )
    answer = np.nan if small_groups == "nan" else Fraction(0)
    return np.full((len(block.table), max(1, block.table.shape[1])), answer, dtype=block.table.dtype)


def _refuse_overflow(block: Block, name: Callable[[int], str], part: Array) -> Never:
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
