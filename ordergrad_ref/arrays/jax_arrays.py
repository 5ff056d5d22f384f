"""JAX: concrete arrays on the CPU through the host; all others, and traced ones, by JAX's own operations.

Traced are arrays under ``jit``, ``vmap``, ``grad``, ``scan``, ``shard_map`` and their like. Nothing is called
back: `ordergrad_ref.arrays.native`.
"""

from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays import native
from ordergrad_ref.arrays.groups import answer_on_host
from ordergrad_ref.arrays.host import as_ids
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply", "place", "seen"]


def apply(task: Task, rewards: Any, groups: Any = None) -> Any:
    """Answer a JAX array with another; differentiable where the task has a slope.

    Without ``jax_enable_x64`` what would be float64 elsewhere, the answer to integers, is float32.
    """
    import jax

    if isinstance(groups, jax.core.Tracer):
        return native.answer(task, jax.lax.stop_gradient(rewards), groups, traced=True)
    ids = seen(groups, "groups") if compat.is_jax_array(groups) else as_ids(groups)
    if isinstance(rewards, jax.core.Tracer) or (task.any_library and not _on_cpu(rewards)):
        return _native(task, rewards, ids)
    answer = np.asarray(answer_on_host(task, seen(rewards, "rewards"), ids))
    dtype = jax.dtypes.canonicalize_dtype(answer.dtype)
    return jax.device_put(answer.astype(dtype, copy=False), place(rewards, answer.shape))


def _native(task: Task, rewards: Any, ids: Any) -> Any:
    import jax

    if task.slope is None:
        return native.answer(task, jax.lax.stop_gradient(rewards), ids)

    @jax.custom_jvp  # type: ignore[untyped-decorator]
    def value(x: Any) -> Any:
        return native.answer(task, x, ids)

    @value.defjvp  # type: ignore[untyped-decorator]
    def rise(primals: Any, tangents: Any) -> Any:
        """``dv = Σ_i w_i dr_i``, with the pathwise weights. Spec eq. (29)."""
        (x,), (dx,) = primals, tangents
        weighted = apply(task.derivative(), x, ids) * dx
        if ids is None:
            return value(x), weighted.sum(axis=-1)
        member = native.members_of(ids, x)
        return value(x), jax.ops.segment_sum(weighted, member.number, num_segments=len(member.names))

    return value(native.as_floats(rewards))


def _on_cpu(rewards: Any) -> bool:
    return all(device.platform == "cpu" for device in rewards.devices())


def seen(x: Any, name: str) -> Any:
    """Show a concrete array as NumPy does; keys of random numbers, and deleted arrays, it does not."""
    try:
        return np.asarray(x)
    except (RuntimeError, TypeError) as error:
        raise InvalidInputError(
            f"{name}: expected an array of numbers, got a {type(x).__name__} of dtype {x.dtype} ({error})"
        ) from error


def place(rewards: Any, shape: tuple[int, ...]) -> Any:
    """Put the answer where the rewards are; a smaller answer from several devices, on the default one."""
    if shape == rewards.shape:
        return rewards.sharding
    devices = rewards.devices()
    return next(iter(devices)) if len(devices) == 1 else None
