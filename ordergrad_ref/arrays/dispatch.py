"""Arrays of other libraries in, the same kind of array out.

The functions of `ordergrad_ref.batch` and `ordergrad_ref.maxk` are written for NumPy. Here an array of
another library is recognised (by ``array-api-compat``, which imports none of them), handed over as a NumPy
array, and the answer handed back in its kind, dtype and device:

=========== ==========================================================================================
PyTorch     on the CPU without a copy; gradients flow through ``value`` (they are its pathwise weights)
            and through nothing else: `ordergrad_ref.arrays.torch_tensors`
JAX         concrete arrays, and traced ones inside ``jit`` and ``vmap``, by a callback:
            `ordergrad_ref.arrays.jax_arrays`
Dask        lazily, block by block; the last axis is made one chunk: `ordergrad_ref.arrays.dask_arrays`
CuPy        on the GPU, by ``ordergrad_ref.kernels.gpu``
others      through the array API standard
=========== ==========================================================================================
"""

import importlib
from dataclasses import dataclass, replace
from typing import Any

import array_api_compat as compat
import numpy as np
from numpy.typing import DTypeLike, NDArray

from ordergrad_ref.arrays import groups as layout
from ordergrad_ref.arrays.groups import Kernel, NanPolicy, Needs, SmallGroups
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError
from ordergrad_ref.objectives import LStatistic, RealK

__all__ = ["Task", "apply", "as_ids", "import_cupy", "on_gpu"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """What to do with every group, whatever holds the rewards.

    ``slope`` is the kernel of the derivative of a number a group by its rewards, where there is one;
    ``objective`` is set where ``kernels.gpu`` has the function called ``name``.
    """

    name: str
    kernel: Kernel
    needs: Needs
    per_group: bool = False
    takes_float32: bool = False
    small_groups: SmallGroups = "raise"
    nan_policy: NanPolicy = "raise"
    slope: Kernel | None = None
    objective: LStatistic | RealK | None = None

    def __call__(self, rewards: Any, groups: Any = None) -> Any:
        """Answer for NumPy arrays, and whatever NumPy reads as such."""
        return layout.apply(
            self.kernel,
            rewards,
            self.needs,
            per_group=self.per_group,
            takes_float32=self.takes_float32,
            groups=groups,
            small_groups=self.small_groups,
            nan_policy=self.nan_policy,
        )

    def derivative(self) -> "Task":
        """Weigh each reward by ``∂v/∂r_i``: the pathwise weights. Spec eq. (29)."""
        assert self.slope is not None
        return replace(self, name="pathwise_weights", kernel=self.slope, per_group=False, slope=None)

    def dtype_of_answer(self, shape: tuple[int, ...], dtype: DTypeLike, *, ragged: bool = False) -> Any:
        """Find the answer's dtype before any reward is known, and refuse what no rewards could mend."""
        if not shape:
            raise InvalidInputError("rewards: expected shape (..., N), got a single number")
        n = shape[-1]
        if not ragged and n < self.needs.size and self.small_groups == "raise" and 0 not in shape:
            raise GroupTooSmallError(f"rewards: every group {self.needs.why(n)}")
        return self(np.empty((0, n), dtype=dtype)).dtype


def apply(task: Task, rewards: Any, groups: Any = None) -> Any:
    """Answer in the kind, dtype and device of the rewards. Nothing of the caller's is changed."""
    if compat.is_numpy_array(rewards) or not compat.is_array_api_obj(rewards):
        return task(rewards, as_ids(groups))
    if compat.is_torch_array(rewards):
        from ordergrad_ref.arrays import torch_tensors as arrays_torch

        return arrays_torch.apply(task, rewards, groups)
    if compat.is_jax_array(rewards):
        from ordergrad_ref.arrays import jax_arrays as arrays_jax

        return arrays_jax.apply(task, rewards, groups)
    if compat.is_dask_array(rewards):
        from ordergrad_ref.arrays import dask_arrays as arrays_dask

        return arrays_dask.apply(task, rewards, groups)
    if compat.is_cupy_array(rewards):
        return on_gpu(task, rewards, groups)
    answer = np.asarray(task(_from_standard(rewards, "rewards"), as_ids(groups)))
    return compat.array_namespace(rewards).asarray(answer, device=compat.device(rewards))


def on_gpu(task: Task, rewards: Any, groups: Any = None) -> Any:
    """Answer a ``cupy.ndarray`` with another; what has no kernel there passes through the host.

    Kernels do not wait for the rewards to be looked at: there a NaN makes its own group's answers NaN.
    """
    cupy = import_cupy()
    if task.objective is None:
        ids = groups.get() if compat.is_cupy_array(groups) else as_ids(groups)
        return cupy.asarray(task(rewards.get(), ids))
    gpu = importlib.import_module("ordergrad_ref.kernels.gpu")
    return gpu.apply(
        task.name,
        rewards,
        task.objective,
        groups=groups,
        small_groups=task.small_groups,
    )


def import_cupy() -> Any:
    """Import CuPy for rewards that lie on a GPU."""
    try:
        import cupy
    except ImportError as error:
        raise ImportError(
            "rewards: expected CuPy to be there for rewards on a GPU: pip install 'ordergrad_ref[gpu]'"
        ) from error
    return cupy


def as_ids(groups: Any) -> Any:
    """Take group ids from an array of any library that lies in the host's memory."""
    if groups is None or compat.is_numpy_array(groups) or not compat.is_array_api_obj(groups):
        return groups
    if compat.is_dask_array(groups):
        raise InvalidInputError("groups: expected ids in memory, got a lazy array; pass groups.compute()")
    if compat.is_cupy_array(groups):
        raise InvalidInputError(
            "groups: expected ids in the memory of the rewards, the host's, got a cupy.ndarray; "
            "pass groups.get()"
        )
    if compat.is_torch_array(groups):
        from ordergrad_ref.arrays import torch_tensors as arrays_torch

        return arrays_torch.as_numpy(groups, "groups")
    return groups if compat.is_jax_array(groups) else _from_standard(groups, "groups")


def _from_standard(x: Any, name: str) -> NDArray[Any]:
    """Read any array of the standard: by DLPack, else as NumPy reads it."""
    try:
        return np.from_dlpack(x)
    except (AttributeError, BufferError, NotImplementedError, RuntimeError, TypeError, ValueError):
        pass
    try:
        array = np.asarray(x)
    except (NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        raise InvalidInputError(
            f"{name}: expected an array that NumPy can read, got a {type(x).__name__} that is not ({error})"
        ) from error
    if array.dtype == object:
        raise InvalidInputError(
            f"{name}: expected an array that NumPy can read, got a {type(x).__name__} that is not"
        )
    return array
