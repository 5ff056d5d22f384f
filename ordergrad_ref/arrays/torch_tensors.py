"""PyTorch: tensors on any device, traced or not; a gradient for ``value`` alone.

======================================= ==================================================================
a plain tensor on the CPU               without a copy, as NumPy's arrays: `ordergrad_ref.arrays.groups`
a plain tensor on CUDA, with CuPy there by CuPy's kernels, without a copy: `ordergrad_ref.arrays.cupy_arrays`
everything else                         by PyTorch's own operations: `ordergrad_ref.arrays.native`
======================================= ==================================================================

Everything else is any other device, and what stands for a tensor while PyTorch traces: under
``torch.compile``, ``torch.vmap``, the transformations of ``torch.func``, ``make_fx`` and fake tensors.
Quantities that are computed in NumPy alone pass through the host, and are refused while PyTorch traces.
"""

from functools import cache
from importlib.util import find_spec
from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays import native
from ordergrad_ref.arrays.groups import answer_on_host
from ordergrad_ref.arrays.host import as_ids, check_tensor, on_host
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply", "is_plain"]


def apply(task: Task, rewards: Any, groups: Any = None) -> Any:
    """Answer a tensor with a tensor on its device; differentiable where the task has a slope."""
    check_tensor(rewards, "rewards")
    if compat.is_torch_array(groups):
        check_tensor(groups, "groups")
        if groups.device != rewards.device:
            raise InvalidInputError(
                f"groups: expected ids on the device of the rewards, {rewards.device}, got {groups.device}"
            )
    if task.slope is None:
        return _answer(task, rewards.detach(), groups)
    return _value().apply(rewards, task, groups)


@cache
def _value() -> Any:
    """Make the ``torch.autograd.Function``; here, so that PyTorch is imported by its users alone."""
    import torch

    class Value(torch.autograd.Function):  # type: ignore[misc]
        """``v`` with ``∂v/∂r_i = w_i``, the pathwise weights. Spec eq. (29)."""

        generate_vmap_rule = True

        @staticmethod
        def forward(rewards: Any, task: Task, groups: Any) -> Any:
            return _answer(task, rewards, groups)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            rewards, ctx.task, ctx.groups = inputs
            ctx.save_for_backward(rewards)
            ctx.save_for_forward(rewards)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            (rewards,) = ctx.saved_tensors
            weights = _answer(ctx.task.derivative(), rewards.detach(), ctx.groups)
            each = (..., None) if ctx.groups is None else _number(ctx.groups, rewards)
            return (weights * gradient[each]).to(rewards.dtype), None, None

        @staticmethod
        def jvp(ctx: Any, tangent: Any, *_: Any) -> Any:
            (rewards,) = ctx.saved_tensors
            weighted = _answer(ctx.task.derivative(), rewards.detach(), ctx.groups) * tangent
            if ctx.groups is None:
                return weighted.sum(-1)
            number = _number(ctx.groups, rewards)
            return weighted.new_zeros(int(number.max()) + 1).index_add(0, number, weighted)

    return Value


def _answer(task: Task, rewards: Any, groups: Any) -> Any:
    import torch

    if compat.is_torch_array(groups) and not is_plain(groups):
        return native.answer(task, rewards, groups, traced=True)
    if not is_plain(rewards):
        return native.answer(task, rewards, _known(groups))
    if rewards.device.type == "cuda" and task.objective is not None and _has_cupy():
        return _on_cuda(task, rewards.detach(), groups)
    if rewards.device.type != "cpu" and task.any_library:
        return native.answer(task, rewards, _known(groups))
    if rewards.dtype in (torch.float16, torch.bfloat16):
        rewards = rewards.float()
    answer = answer_on_host(task, on_host(rewards, "rewards"), _known(groups))
    return torch.from_numpy(np.asarray(answer)).to(rewards.device)


def is_plain(tensor: Any) -> bool:
    """Tell whether numbers lie behind a tensor now, and nobody follows what is done with it."""
    import torch

    return not (
        tensor.device.type == "meta"
        or type(tensor).__torch_dispatch__ is not torch.Tensor.__torch_dispatch__
        or torch._C._functorch.is_functorch_wrapped_tensor(tensor)
        or torch._C._len_torch_dispatch_stack()
        or torch.jit.is_tracing()
    )


@cache
def _has_cupy() -> bool:
    return find_spec("cupy") is not None


def _on_cuda(task: Task, rewards: Any, groups: Any) -> Any:
    """Pass by DLPack to the CuPy kernels and back, on PyTorch's current stream, without a copy."""
    import torch

    from ordergrad_ref.arrays import cupy_arrays

    cupy = cupy_arrays.import_cupy()
    stream = torch.cuda.current_stream(rewards.device).cuda_stream
    with cupy.cuda.Device(rewards.device.index), cupy.cuda.ExternalStream(stream):
        ids = cupy.from_dlpack(groups.detach()) if compat.is_torch_array(groups) else groups
        return torch.from_dlpack(cupy_arrays.apply(task, cupy.from_dlpack(rewards), ids))


def _number(groups: Any, rewards: Any) -> Any:
    """Find the number of each reward's group."""
    return native.places(native.members_of(_known(groups), rewards).number, rewards)


def _known(groups: Any) -> Any:
    """Show ids to the host, which waits for ids on a device; tensors were checked when they came in."""
    if not compat.is_torch_array(groups):
        return as_ids(groups)
    return on_host(groups, "groups")
