"""JAX: concrete arrays on the CPU through the host; all others, and traced ones, by JAX's own operations.

Traced are arrays under ``jit``, ``vmap``, ``grad``, ``scan``, ``shard_map`` and their like. Nothing is called
back: `ordergrad_ref.arrays.native`.
"""

from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays import native
from ordergrad_ref.arrays.groups import answer_on_host
from ordergrad_ref.arrays.host import as_ids, beside_on_host
from ordergrad_ref.arrays.samples import NOTHING, Beside
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply", "is_concrete_on_cpu"]


def apply(task: Task, rewards: Any, groups: Any = None, beside: Beside = NOTHING) -> Any:
    """Answer a JAX array with another; differentiable where the task has a slope or asks for it.

    Without ``jax_enable_x64`` what would be float64 elsewhere, the answer to integers, is float32.
    """
    import jax

    arrays = [x for x in (rewards, groups, *beside) if compat.is_jax_array(x)]
    traced = any(isinstance(x, jax.core.Tracer) for x in arrays)
    if traced or (native.knows(task, beside) and not all(map(is_concrete_on_cpu, arrays))):
        return _native(task, rewards, groups, beside)
    ids = _seen(groups, "groups") if compat.is_jax_array(groups) else as_ids(groups)
    answer = np.asarray(answer_on_host(task, _seen(rewards, "rewards"), ids, beside_on_host(beside)))
    dtype = jax.dtypes.canonicalize_dtype(answer.dtype)
    return jax.device_put(answer.astype(dtype, copy=False), _place(rewards, answer.shape))


def _native(task: Task, rewards: Any, groups: Any, beside: Beside) -> Any:
    import jax

    constant = task.slope is None and not task.differentiable
    x = jax.lax.stop_gradient(rewards) if constant else rewards
    if isinstance(groups, jax.core.Tracer):
        return native.answer(task, x, groups, beside, traced=True)
    ids = _seen(groups, "groups") if compat.is_jax_array(groups) else as_ids(groups)
    if task.slope is None or native.by_sample(task, beside):
        return native.answer(task, x, ids, beside)  # JAX finds the derivative: all is linear in the rewards

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


def is_concrete_on_cpu(array: Any) -> bool:
    """Tell whether the numbers of a JAX array lie in the host's memory."""
    import jax

    return not isinstance(array, jax.core.Tracer) and all(d.platform == "cpu" for d in array.devices())


def _seen(x: Any, name: str) -> Any:
    """Show a concrete array as NumPy does; keys of random numbers, and deleted arrays, it does not."""
    try:
        return np.asarray(x)
    except (RuntimeError, TypeError) as error:
        raise InvalidInputError(
            f"{name}: expected an array of numbers, got a {type(x).__name__} of dtype {x.dtype} ({error})"
        ) from error


def _place(rewards: Any, shape: tuple[int, ...]) -> Any:
    """Put the answer where the rewards are; a smaller answer from several devices, on the default one."""
    if shape == rewards.shape:
        return rewards.sharding
    devices = rewards.devices()
    return next(iter(devices)) if len(devices) == 1 else None
