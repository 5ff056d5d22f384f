"""JAX with scores or a mask: through the host, called back where JAX traces (``jit``, ``vmap``, ``grad``)."""

import math
from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays.groups import answer_on_host, dtype_of_answer
from ordergrad_ref.arrays.host import as_ids, beside_on_host
from ordergrad_ref.arrays.ids import group_ids, members
from ordergrad_ref.arrays.jax_arrays import place, seen
from ordergrad_ref.arrays.samples import Beside, mask_of, ranks_of, scores_of
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply"]


def apply(task: Task, rewards: Any, groups: Any, beside: Beside) -> Any:
    """Answer a JAX array with another; differentiable where the task has a slope.

    Without ``jax_enable_x64`` what would be float64 elsewhere, the answer to integers, is float32.
    """
    import jax

    if not any(isinstance(x, jax.core.Tracer) for x in (rewards, groups, *beside)):
        answer = np.asarray(
            answer_on_host(task, seen(rewards, "rewards"), _ids(groups), beside_on_host(beside))
        )
        dtype = jax.dtypes.canonicalize_dtype(answer.dtype)
        return jax.device_put(answer.astype(dtype, copy=False), place(rewards, answer.shape))
    return _traced(task, rewards, groups, beside)


def _traced(task: Task, rewards: Any, groups: Any, beside: Beside) -> Any:
    import jax

    ids = groups if compat.is_jax_array(groups) else as_ids(groups)
    ragged, traced = ids is not None, isinstance(ids, jax.core.Tracer)
    dtype = jax.dtypes.canonicalize_dtype(dtype_of_answer(task, rewards.shape, rewards.dtype, ragged=ragged))
    shape, member = rewards.shape, None
    if task.per_group and traced:
        raise InvalidInputError(
            "groups: expected ids known while tracing, for the shape depends on them, got traced ones; "
            "pass ids known when the function is compiled, or rewards of shape (G, N) without groups"
        )
    if task.per_group and ragged:
        names, member, _ = members(group_ids(ids, math.prod(rewards.shape)))
        shape = (len(names),)
    elif task.per_group:
        shape = shape[:-1]

    def answer(x: Any, traced_ids: Any, beside: Beside) -> Any:
        known_ids = ids if traced_ids is None else np.asarray(traced_ids)
        known = Beside(*(y if y is None else np.asarray(y) for y in beside))
        return np.asarray(answer_on_host(task, np.asarray(x), known_ids, known), dtype)

    def call(x: Any, beside: Beside) -> Any:
        return jax.pure_callback(
            answer,
            jax.ShapeDtypeStruct(shape, dtype),
            x,
            ids if traced else None,
            beside,
            vmap_method="sequential" if ragged else "broadcast_all",
        )

    beside = jax.lax.stop_gradient(_operands(beside, rewards.shape))
    if task.slope is None:
        return call(jax.lax.stop_gradient(rewards), beside)

    differentiable = jax.custom_jvp(call)

    @differentiable.defjvp  # type: ignore[untyped-decorator]
    def rise(primals: Any, tangents: Any) -> Any:
        """``dv = Σ_i w_i dr_i``, with the pathwise weights (spec eq. (29))."""
        (x, beside), (dx, _) = primals, tangents
        weighted = _traced(task.derivative(), x, ids, beside) * dx
        if member is None:
            return differentiable(x, beside), weighted.sum(axis=-1)
        return differentiable(x, beside), jax.ops.segment_sum(weighted, member, num_segments=shape[0])

    return differentiable(rewards, beside)


def _operands(beside: Beside, shape: tuple[int, ...]) -> Beside:
    """Make arrays of JAX of scores and masks: of scores their ranks, as float32 would tie some of float64."""
    import jax

    by, where = beside_on_host(beside)
    scores = by if by is None or compat.is_jax_array(by) else jax.numpy.asarray(ranks_of(scores_of(by)))
    mask = where if where is None or compat.is_jax_array(where) else jax.numpy.asarray(mask_of(where))
    for x, name in ((scores, "by"), (mask, "where")):
        if x is not None and x.shape != shape:
            raise InvalidInputError(
                f"{name}: expected one for each reward, of shape {shape}, got shape {x.shape}"
            )
    return Beside(scores, mask)


def _ids(groups: Any) -> Any:
    return seen(groups, "groups") if compat.is_jax_array(groups) else as_ids(groups)
