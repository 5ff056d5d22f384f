"""Answers by the operations of the rewards' own library: on their device, in their dtype, traced or not.

Numbers are not looked at, for that would wait for the device, and while tracing there is nothing to see. What
is known of the arguments without them is refused as everywhere: shape, dtype, groups that are too small. What
the numbers are shows in the answers: a NaN or infinite reward, or a NaN score, makes its own group's answers
NaN, and no other group's, unless ``nan_policy="omit"`` leaves a NaN out. A group that a mask or traced ids
make too small is answered by NaN, or by zero where ``small_groups`` says so. A sum that overflows is infinite
or NaN.
"""

from functools import partial
from typing import Any, NamedTuple, TypeAlias

import array_api_compat as compat
import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array
from ordergrad_ref.arrays.groups import NAN_POLICIES, SMALL_GROUPS, one_of
from ordergrad_ref.arrays.ids import Members, group_ids, members
from ordergrad_ref.arrays.samples import NOTHING, Beside, mask_of, ranks_of, scores_of
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms import segments
from ordergrad_ref.closed_forms.array_api import take
from ordergrad_ref.closed_forms.segment_weights import weights_for
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, shown

__all__ = ["answer", "as_floats", "by_sample", "knows", "marked", "members_of", "nan_among", "put_beside"]

Tensor: TypeAlias = Any


class Given(NamedTuple):
    """Rewards, and beside them scores and which of them count, or None."""

    rewards: Tensor
    scores: Tensor | None
    counts: Tensor | None


def knows(task: Task, beside: Beside) -> bool:
    """Tell whether answers can be found by the rewards' own library."""
    return task.on_samples() is not None if by_sample(task, beside) else task.any_library


def by_sample(task: Task, beside: Beside) -> bool:
    """Tell whether scores, a mask or derivatives ask for `ordergrad_ref.closed_forms.segments`."""
    return bool(beside) or task.nan_policy == "omit" or task.differentiable


def answer(
    task: Task, rewards: Tensor, groups: Any = None, beside: Beside = NOTHING, *, traced: bool = False
) -> Tensor:
    """Answer rewards of shape (..., N), or flat ones with ids, known to the host or ``traced``."""
    one_of("small_groups", task.small_groups, SMALL_GROUPS)
    one_of("nan_policy", task.nan_policy, NAN_POLICIES)
    if not knows(task, beside):
        raise InvalidInputError(
            f"rewards: expected an array whose numbers are known for {task.name}, got a traced one; call "
            "it outside of what is compiled or vectorised, on (..., N) rewards"
        )
    if rewards.ndim == 0:
        raise InvalidInputError("rewards: expected shape (..., N), got a single number")
    given = _given(task, as_floats(rewards), beside)
    if traced:
        return _with_traced_ids(task, given, groups)
    if groups is not None:
        return _ragged(task, given, members_of(groups, rewards))
    if rewards.shape[-1] == 0:
        raise InvalidInputError(
            f"rewards: expected at least one in each group, got shape {tuple(rewards.shape)}"
        )
    return _dense(task, given, "every group")


def _given(task: Task, x: Tensor, beside: Beside) -> Given:
    """Put scores and masks beside the rewards: of the host's scores their ranks, which any dtype holds."""
    by, where = beside
    if by is not None and not _is_like(by, x):
        by = put_beside(ranks_of(scores_of(by)), x)
    if where is not None and not _is_like(where, x):
        where = put_beside(mask_of(where), x)
    for given, name, what in ((by, "by", "a score"), (where, "where", "True or False")):
        if given is not None and given.shape != x.shape:
            raise InvalidInputError(
                f"{name}: expected {what} for each reward, of shape {tuple(x.shape)}, got shape "
                f"{tuple(given.shape)}"
            )
    xp = compat.array_namespace(x)
    if where is not None and where.dtype != xp.bool:
        raise InvalidInputError(
            f"where: expected booleans, True for the rewards that count, got dtype {where.dtype}; "
            "compare first, such as where=mask != 0"
        )
    if by is not None and "complex" in str(by.dtype):
        raise InvalidInputError(f"by: expected real numbers, a score for each reward, got dtype {by.dtype}")
    if task.nan_policy == "omit":
        missing = nan_among(x) if by is None else nan_among(x) | nan_among(by)
        where = ~missing if where is None else where & ~missing
    return Given(x, by, where)


def _is_like(x: Any, like: Tensor) -> bool:
    return compat.is_array_api_obj(x) and compat.array_namespace(x) is compat.array_namespace(like)


def nan_among(x: Tensor) -> Tensor:
    """Tell which numbers are NaN, of any dtype."""
    return x != x


def marked(answers: Tensor, good: Tensor) -> Tensor:
    """Make answers NaN, and what is derived from them, where they are no good."""
    xp = compat.array_namespace(answers)
    one = xp.ones_like(answers)
    return answers * xp.where(good, one, one * float("nan"))


def members_of(groups: ArrayLike, rewards: Tensor) -> Members:
    """Number the groups of flat rewards, by ids that the host knows."""
    if rewards.ndim != 1:
        raise InvalidInputError(
            f"rewards: expected a flat array, one reward for each group id, got shape {tuple(rewards.shape)}"
        )
    return members(group_ids(groups, rewards.shape[0]))


def as_floats(rewards: Tensor, name: str = "rewards") -> Tensor:
    """Read numbers in the dtype of the answer: halves in float32, integers in the widest float there is."""
    xp = compat.array_namespace(rewards)
    kind = str(rewards.dtype).rpartition(".")[2]
    if kind in ("float64", "float32"):
        return rewards
    if kind in ("float16", "bfloat16"):
        return xp.astype(rewards, xp.float32)
    if kind == "bool" or kind.startswith(("int", "uint")):
        return xp.astype(rewards, _widest(xp, rewards, name))
    raise InvalidInputError(
        f"{name}: expected real numbers (float64, float32, float16, bfloat16, integers or booleans), got "
        f"dtype {rewards.dtype}"
    )


def _widest(xp: Any, rewards: Tensor, name: str) -> Any:
    """Take float64, or float32 in JAX without ``jax_enable_x64``; refuse where there is no float64."""
    if compat.is_jax_array(rewards):
        return xp.result_type(float)
    if compat.is_torch_array(rewards) and rewards.device.type == "mps":
        raise InvalidInputError(
            f"{name}: expected floats on {rewards.device}, which has no float64 to answer integers in, got "
            f"{rewards.dtype}; pass {name}.float()"
        )
    return xp.float64


def _dense(task: Task, given: Given, name: str) -> Tensor:
    """Answer groups of one size, of which some may not count."""
    x = given.rewards
    xp = compat.array_namespace(x)
    n = x.shape[-1]
    if n < task.needs.size and 0 not in x.shape:
        if task.small_groups == "raise":
            raise GroupTooSmallError(f"rewards: {name} {task.needs.why(n)}")
        fill = float("nan") if task.small_groups == "nan" else 0.0
        answers = xp.full_like(x[..., 0] if task.per_group else x, fill)
        return answers if task.per_group else _left_out(task, given, answers)
    if given.scores is not None or given.counts is not None or task.differentiable:
        return _samples(task, given)
    finite = xp.all(xp.isfinite(x), axis=-1, keepdims=True)
    result = task.kernel(xp.where(finite, x, xp.zeros_like(x)))
    return xp.where(finite[..., 0] if task.per_group else finite, result, xp.full_like(result, float("nan")))


def _ragged(task: Task, given: Given, known: Members) -> Tensor:
    """Answer the groups of each size together: one gather for each size, and one for all answers."""
    x = given.rewards
    xp = compat.array_namespace(x)
    names, number, sizes = known
    order = np.argsort(number, kind="stable")
    start = np.cumsum(sizes) - sizes
    parts, whereto = [], []
    for n in np.unique(sizes):
        numbers = np.flatnonzero(sizes == n)
        rewards = order[start[numbers][:, None] + np.arange(n)]
        places = put_beside(rewards.ravel(), x)
        tables = (None if y is None else xp.reshape(xp.take(y, places, axis=0), rewards.shape) for y in given)
        part = _dense(task, Given(*tables), f"group {shown(_plain(names[numbers[0]]))}")
        parts.append(xp.reshape(part, (-1,)))
        whereto.append(numbers if task.per_group else rewards.ravel())
    if not parts:
        return x
    return xp.take(xp.concat(parts), put_beside(np.argsort(np.concatenate(whereto)), x), axis=0)


def _with_traced_ids(task: Task, given: Given, ids: Tensor) -> Tensor:
    """Answer flat rewards whose ids are traced."""
    if task.on_samples() is None or task.per_group:
        raise InvalidInputError(
            f"groups: expected ids known while tracing for {task.name}, got traced ones; pass ids known when "
            "the function is compiled, or rewards of shape (G, N) without groups"
        )
    if given.rewards.ndim != 1 or ids.shape != given.rewards.shape:
        raise InvalidInputError(
            f"groups: expected one id for each of flat rewards, got shapes {tuple(ids.shape)} and "
            f"{tuple(given.rewards.shape)}"
        )
    return _samples(task, given, ids)


def _samples(task: Task, given: Given, ids: Tensor | None = None) -> Tensor:
    """Answer samples whose order, groups or derivatives are asked for: nothing can be raised."""
    formula = task.on_samples()
    assert formula is not None
    x, scores, counts = given
    xp = compat.array_namespace(x)
    fit = xp.isfinite(x) if scores is None else xp.isfinite(x) & ~nan_among(scores)
    good = fit if counts is None else fit & counts
    bad = ~fit if counts is None else ~fit & counts
    y = xp.where(good, x, xp.zeros_like(x))
    s = segments.sort(
        y, y if scores is None else scores, ids=ids, left_out=None if counts is None else ~counts
    )
    n = x.shape[-1] if ids is None else None
    result = formula(s, partial(weights_for, n=n, all_count=counts is None))
    small = xp.zeros_like(y) if task.small_groups == "zero" else xp.full_like(y, float("nan"))
    result = xp.where(s.n < task.needs.size, small, result)
    spoilt = segments.total(s, take(xp.astype(bad, y.dtype), s.order), s.group)
    result = marked(result, spoilt == 0)
    if not task.per_group:
        return _left_out(task, given, segments.placed(s, result))
    result = result[..., 0]
    return result if counts is None else marked(result, xp.any(counts, axis=-1))


def _left_out(task: Task, given: Given, answers: Tensor) -> Tensor:
    """Answer for what does not count."""
    if given.counts is None:
        return answers
    xp = compat.array_namespace(answers)
    return xp.where(given.counts, answers, xp.full_like(answers, task.of_left_out))


def put_beside(numbers: Array, like: Tensor) -> Tensor:
    """Put numbers of the host beside an array."""
    xp = compat.array_namespace(like)
    return xp.asarray(numbers) if compat.is_jax_array(like) else xp.asarray(numbers, device=like.device)


def _plain(name: Any) -> Any:
    return name.item() if isinstance(name, np.generic) else name
