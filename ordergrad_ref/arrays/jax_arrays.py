"""JAX: concrete arrays through the host; traced ones (``jit``, ``vmap``, ``grad``) by a callback to it."""

import math
from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays.groups import answer_on_host, dtype_of_answer
from ordergrad_ref.arrays.host import as_ids
from ordergrad_ref.arrays.ids import group_ids, members
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply"]


def apply(task: Task, rewards: Any, groups: Any = None) -> Any:
    """Answer a JAX array with another; differentiable where the task has a slope.

    Without ``jax_enable_x64`` what would be float64 elsewhere, the answer to integers, is float32.
    """
    import jax

    if not (isinstance(rewards, jax.core.Tracer) or isinstance(groups, jax.core.Tracer)):
        answer = np.asarray(answer_on_host(task, _seen(rewards, "rewards"), _ids(groups)))
        dtype = jax.dtypes.canonicalize_dtype(answer.dtype)
        return jax.device_put(answer.astype(dtype, copy=False), _place(rewards, answer.shape))
    return _traced(task, rewards, groups)


def _traced(task: Task, rewards: Any, groups: Any) -> Any:
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

    def answer(x: Any, traced_ids: Any) -> Any:
        known_ids = ids if traced_ids is None else np.asarray(traced_ids)
        return np.asarray(answer_on_host(task, np.asarray(x), known_ids), dtype)

    def call(x: Any) -> Any:
        return jax.pure_callback(
            answer,
            jax.ShapeDtypeStruct(shape, dtype),
            x,
            ids if traced else None,
            vmap_method="sequential" if ragged else "broadcast_all",
        )

    if task.slope is None:
        return call(jax.lax.stop_gradient(rewards))

    differentiable = jax.custom_jvp(call)

    @differentiable.defjvp  # type: ignore[untyped-decorator]
    def rise(primals: Any, tangents: Any) -> Any:
        """``dv = Σ_i w_i dr_i``, with the pathwise weights (spec eq. (29))."""
        (x,), (dx,) = primals, tangents
        weighted = apply(task.derivative(), x, ids) * dx
        if member is None:
            return differentiable(x), weighted.sum(axis=-1)
        return differentiable(x), jax.ops.segment_sum(weighted, member, num_segments=shape[0])

    return differentiable(rewards)


def _seen(x: Any, name: str) -> Any:
    """Show a concrete array as NumPy does; keys of random numbers, and deleted arrays, it does not."""
    try:
        return np.asarray(x)
    except (RuntimeError, TypeError) as error:
        raise InvalidInputError(
            f"{name}: expected an array of numbers, got a {type(x).__name__} of dtype {x.dtype} ({error})"
        ) from error


def _ids(groups: Any) -> Any:
    return _seen(groups, "groups") if compat.is_jax_array(groups) else as_ids(groups)


def _place(rewards: Any, shape: tuple[int, ...]) -> Any:
    """Put the answer where the rewards are; a smaller answer from several devices, on the default one."""
    if shape == rewards.shape:
        return rewards.sharding
    devices = rewards.devices()
    return next(iter(devices)) if len(devices) == 1 else None
