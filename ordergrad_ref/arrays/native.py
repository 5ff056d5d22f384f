"""Answers by the operations of the rewards' own library: on their device, in their dtype, traced or not.

Rewards are not looked at, for that would wait for the device, and while tracing there is nothing to see. What
is known of the arguments without them is refused as everywhere: shape, dtype, groups that are too small. What
the rewards are shows in the answers: a NaN or infinite reward makes its own group's answers NaN, and no other
group's, whatever ``nan_policy`` says. A sum that overflows is infinite or NaN.
"""

from typing import Any, TypeAlias

import array_api_compat as compat
import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array
from ordergrad_ref.arrays.groups import NAN_POLICIES, SMALL_GROUPS, one_of
from ordergrad_ref.arrays.ids import Members, group_ids, members
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms import segments
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, shown

__all__ = ["answer", "as_floats", "members_of", "places"]

Tensor: TypeAlias = Any


def answer(task: Task, rewards: Tensor, groups: Any = None, *, traced: bool = False) -> Tensor:
    """Answer rewards of shape (..., N), or flat ones with ids, known to the host or ``traced``."""
    one_of("small_groups", task.small_groups, SMALL_GROUPS)
    one_of("nan_policy", task.nan_policy, NAN_POLICIES)
    if not task.any_library:
        raise InvalidInputError(
            f"rewards: expected an array whose numbers are known for {task.name}, got a traced one; call "
            "it outside of what is compiled or vectorised, on (..., N) rewards"
        )
    if rewards.ndim == 0:
        raise InvalidInputError("rewards: expected shape (..., N), got a single number")
    x = as_floats(rewards)
    if traced:
        return _segments(task, x, groups)
    if groups is not None:
        return _ragged(task, x, members_of(groups, x))
    if x.shape[-1] == 0:
        raise InvalidInputError(f"rewards: expected at least one in each group, got shape {tuple(x.shape)}")
    return _dense(task, x, "every group")


def members_of(groups: ArrayLike, rewards: Tensor) -> Members:
    """Number the groups of flat rewards, by ids that the host knows."""
    if rewards.ndim != 1:
        raise InvalidInputError(
            f"rewards: expected a flat array, one reward for each group id, got shape {tuple(rewards.shape)}"
        )
    return members(group_ids(groups, rewards.shape[0]))


def as_floats(rewards: Tensor) -> Tensor:
    """Read rewards in the dtype of the answer: halves in float32, integers in the widest float there is."""
    xp = compat.array_namespace(rewards)
    kind = str(rewards.dtype).rpartition(".")[2]
    if kind in ("float64", "float32"):
        return rewards
    if kind in ("float16", "bfloat16"):
        return xp.astype(rewards, xp.float32)
    if kind == "bool" or kind.startswith(("int", "uint")):
        return xp.astype(rewards, _widest(xp, rewards))
    raise InvalidInputError(
        "rewards: expected real numbers (float64, float32, float16, bfloat16, integers or booleans), got "
        f"dtype {rewards.dtype}"
    )


def _widest(xp: Any, rewards: Tensor) -> Any:
    """Take float64, or float32 in JAX without ``jax_enable_x64``; refuse where there is no float64."""
    if compat.is_jax_array(rewards):
        return xp.result_type(float)
    if compat.is_torch_array(rewards) and rewards.device.type == "mps":
        raise InvalidInputError(
            f"rewards: expected floats on {rewards.device}, which has no float64 to answer integers in, got "
            f"{rewards.dtype}; pass rewards.float()"
        )
    return xp.float64


def _dense(task: Task, x: Tensor, name: str) -> Tensor:
    """Answer groups of one size."""
    xp = compat.array_namespace(x)
    n = x.shape[-1]
    if n < task.needs.size and 0 not in x.shape:
        if task.small_groups == "raise":
            raise GroupTooSmallError(f"rewards: {name} {task.needs.why(n)}")
        fill = float("nan") if task.small_groups == "nan" else 0.0
        return xp.full_like(x[..., 0] if task.per_group else x, fill)
    finite = xp.all(xp.isfinite(x), axis=-1, keepdims=True)
    result = task.kernel(xp.where(finite, x, xp.zeros_like(x)))
    return xp.where(finite[..., 0] if task.per_group else finite, result, xp.full_like(result, float("nan")))


def _ragged(task: Task, x: Tensor, known: Members) -> Tensor:
    """Answer the groups of each size together: one gather for each size, and one for all answers."""
    xp = compat.array_namespace(x)
    names, number, sizes = known
    order = np.argsort(number, kind="stable")
    start = np.cumsum(sizes) - sizes
    parts, whereto = [], []
    for n in np.unique(sizes):
        numbers = np.flatnonzero(sizes == n)
        rewards = order[start[numbers][:, None] + np.arange(n)]
        table = xp.reshape(xp.take(x, places(rewards.ravel(), x), axis=0), rewards.shape)
        part = _dense(task, table, f"group {shown(_plain(names[numbers[0]]))}")
        parts.append(xp.reshape(part, (-1,)))
        whereto.append(numbers if task.per_group else rewards.ravel())
    if not parts:
        return x
    return xp.take(xp.concat(parts), places(np.argsort(np.concatenate(whereto)), x), axis=0)


def _segments(task: Task, x: Tensor, ids: Tensor) -> Tensor:
    """Answer flat rewards whose ids are traced. A group that is too small is NaN: nothing can be raised."""
    if task.objective is None or task.name not in segments.QUANTITIES:
        raise InvalidInputError(
            f"groups: expected ids known while tracing for {task.name}, got traced ones; pass ids known when "
            "the function is compiled, or rewards of shape (G, N) without groups"
        )
    if x.ndim != 1 or ids.shape != x.shape:
        raise InvalidInputError(
            f"groups: expected one id for each of flat rewards, got shapes {tuple(ids.shape)} and "
            f"{tuple(x.shape)}"
        )
    xp = compat.array_namespace(x)
    nan = xp.full_like(x, float("nan"))
    finite = xp.isfinite(x)
    s = segments.sort(xp.where(finite, x, xp.zeros_like(x)), ids)
    bad = segments.total(s, xp.where(finite, xp.zeros_like(x), xp.ones_like(x)))
    result = segments.QUANTITIES[task.name](s, segments.checked(task.objective))
    small = xp.zeros_like(x) if task.small_groups == "zero" else nan
    result = xp.where(s.n < task.needs.size, small, result)
    return segments.placed(s, xp.where(bad > 0, nan, result))


def places(numbers: Array, like: Tensor) -> Tensor:
    """Put indices beside an array."""
    xp = compat.array_namespace(like)
    return xp.asarray(numbers) if compat.is_jax_array(like) else xp.asarray(numbers, device=like.device)


def _plain(name: Any) -> Any:
    return name.item() if isinstance(name, np.generic) else name
