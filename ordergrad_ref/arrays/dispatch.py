"""Arrays of other libraries in, the same kind of array out.

The public functions are written for NumPy. Here an array of another library is recognised (by
``array-api-compat``, which imports none of them) and answered in its kind, dtype and device: through a NumPy
array, or by the library's own operations (`ordergrad_ref.arrays.native`).

=========== ==========================================================================================
PyTorch     on the CPU without a copy; on other devices and where it traces, by its own operations; gradients
            flow through ``value``, its pathwise weights, and where they are asked for:
            `ordergrad_ref.arrays.torch_tensors`
JAX         on the CPU through the host; on other devices and where it traces, by its own operations:
            `ordergrad_ref.arrays.jax_arrays`
Dask        lazily, block by block; the last axis is made one chunk: `ordergrad_ref.arrays.dask_arrays`
CuPy        on the GPU, by CUDA kernels or its own operations: `ordergrad_ref.arrays.cupy_arrays`
others      through the array API standard
=========== ==========================================================================================
"""

from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays.groups import answer_on_host
from ordergrad_ref.arrays.host import as_ids, beside_on_host, from_standard
from ordergrad_ref.arrays.samples import NOTHING, Beside
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply"]


def apply(task: Task, rewards: Any, groups: Any = None, beside: Beside = NOTHING) -> Any:
    """Answer in the kind, dtype and device of the rewards. Nothing of the caller's is changed."""
    if task.differentiable and not (compat.is_torch_array(rewards) or compat.is_jax_array(rewards)):
        raise InvalidInputError(
            "differentiable: expected False for all but arrays of PyTorch and JAX, for no gradient flows "
            f"through a {type(rewards).__name__}, got True"
        )
    if compat.is_numpy_array(rewards) or not compat.is_array_api_obj(rewards):
        return answer_on_host(task, rewards, as_ids(groups), beside_on_host(beside))
    if compat.is_torch_array(rewards):
        from ordergrad_ref.arrays import torch_tensors

        return torch_tensors.apply(task, rewards, groups, beside)
    if compat.is_jax_array(rewards):
        from ordergrad_ref.arrays import jax_arrays

        return jax_arrays.apply(task, rewards, groups, beside)
    if compat.is_dask_array(rewards):
        from ordergrad_ref.arrays import dask_arrays

        return dask_arrays.apply(task, rewards, groups, beside, block=apply)
    if compat.is_cupy_array(rewards):
        from ordergrad_ref.arrays import cupy_arrays

        return cupy_arrays.apply(task, rewards, groups, beside)
    answer = np.asarray(
        answer_on_host(task, from_standard(rewards, "rewards"), as_ids(groups), beside_on_host(beside))
    )
    return compat.array_namespace(rewards).asarray(answer, device=compat.device(rewards))
