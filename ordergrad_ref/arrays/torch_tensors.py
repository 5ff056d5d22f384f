"""PyTorch: tensors on any device, traced or not; a gradient for ``value``, and where ``differentiable``.

======================================= ==================================================================
a plain tensor on the CPU               without a copy, as NumPy's arrays: `ordergrad_ref.arrays.groups`
a plain tensor on CUDA, with CuPy there by CuPy's kernels, without a copy: `ordergrad_ref.arrays.cupy_arrays`
everything else                         by PyTorch's own operations: `ordergrad_ref.arrays.native`
======================================= ==================================================================

Everything else is any other device, and what stands for a tensor while PyTorch traces: under
``torch.compile``, ``torch.vmap``, the transformations of ``torch.func``, ``make_fx`` and fake tensors.
Quantities that are computed in NumPy alone pass through the host, and are refused while PyTorch traces.
"""

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any, TypeAlias

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays import native
from ordergrad_ref.arrays.groups import answer_on_host
from ordergrad_ref.arrays.host import (
    as_ids,
    beside_on_host,
    check_devices,
    check_tensor,
    on_host,
    with_known_size,
)
from ordergrad_ref.arrays.samples import NOTHING, Beside
from ordergrad_ref.arrays.task import Task

__all__ = ["apply", "is_plain"]

Way: TypeAlias = Callable[[Task, Any, Any, Beside], Any]
"""Who answers: the host, PyTorch's own operations, or CuPy's kernels."""


def apply(task: Task, rewards: Any, groups: Any = None, beside: Beside = NOTHING) -> Any:
    """Answer a tensor with a tensor on its device; differentiable where the task has a slope or says so."""
    named = {"rewards": rewards, "groups": groups, "by": beside.by, "where": beside.where}
    tensors = {name: x for name, x in named.items() if compat.is_torch_array(x)}
    for name, x in tensors.items():
        check_tensor(x, name)
    check_devices(tensors)
    rewards = with_known_size(rewards)
    beside = Beside(*map(with_known_size, beside))
    way = _way(task, tensors, beside)
    if task.differentiable or (task.slope is not None and way is _native and native.by_sample(task, beside)):
        return _native(task, rewards, groups, beside)  # linear in the rewards: PyTorch finds the derivative
    if task.slope is None:
        return way(task, rewards.detach(), groups, beside)
    return _value().apply(rewards, task, groups, beside, way)


def _way(task: Task, tensors: dict[str, Any], beside: Beside) -> Way:
    """Choose who answers."""
    if not all(map(is_plain, tensors.values())):
        return _native
    device, by_sample = tensors["rewards"].device.type, native.by_sample(task, beside)
    if device == "cuda" and task.objective is not None and not by_sample and _has_cupy() and not _captured():
        return _on_cuda
    return _native if device != "cpu" and native.knows(task, beside) else _on_host


@cache
def _value() -> Any:
    """Make the ``torch.autograd.Function``; here, so that PyTorch is imported by its users alone."""
    import torch

    class Value(torch.autograd.Function):  # type: ignore[misc]
        """``v`` with ``∂v/∂r_i = w_i``, the pathwise weights. Spec eq. (29)."""

        generate_vmap_rule = True

        @staticmethod
        def forward(rewards: Any, task: Task, groups: Any, beside: Beside, way: Way) -> Any:
            return _unless_traced(way, rewards)(task, rewards, groups, beside)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            rewards, *ctx.others = inputs
            ctx.save_for_backward(rewards)
            ctx.save_for_forward(rewards)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            rewards, slope, groups = _slope(ctx)
            each = (..., None) if groups is None else _number(groups, rewards)
            return (slope * gradient[each]).to(rewards.dtype), None, None, None, None

        @staticmethod
        def jvp(ctx: Any, tangent: Any, *_: Any) -> Any:
            rewards, slope, groups = _slope(ctx)
            if groups is None:
                return (slope * tangent).sum(-1)
            number = _number(groups, rewards)
            return slope.new_zeros(int(number.max()) + 1).index_add(0, number, slope * tangent)

    def _slope(ctx: Any) -> tuple[Any, Any, Any]:
        (rewards,), (task, groups, beside, way) = ctx.saved_tensors, ctx.others
        way = _unless_traced(way, rewards)
        return rewards, way(task.derivative(), rewards.detach(), groups, beside), groups

    return Value


def _unless_traced(way: Way, rewards: Any) -> Way:
    return way if is_plain(rewards) else _native


def _native(task: Task, rewards: Any, groups: Any, beside: Beside) -> Any:
    if compat.is_torch_array(groups) and not is_plain(groups):
        return native.answer(task, rewards, groups, beside, traced=True)
    return native.answer(task, rewards, _known(groups), beside)


def _on_host(task: Task, rewards: Any, groups: Any, beside: Beside) -> Any:
    import torch

    if rewards.dtype in (torch.float16, torch.bfloat16):
        rewards = rewards.float()
    if beside:
        beside = beside_on_host(Beside(*(x.cpu() if compat.is_torch_array(x) else x for x in beside)))
    answer = answer_on_host(task, on_host(rewards, "rewards"), _known(groups), beside)
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


def _captured() -> bool:
    """Tell whether a CUDA graph is being captured: from its pool PyTorch's own operations take memory."""
    import torch

    return bool(torch.cuda.is_current_stream_capturing())


def _on_cuda(task: Task, rewards: Any, groups: Any, beside: Beside) -> Any:
    """Pass by DLPack to the CuPy kernels and back, on PyTorch's current stream, without a copy."""
    import torch

    from ordergrad_ref.arrays import cupy_arrays

    cupy = cupy_arrays.import_cupy()
    stream = torch.cuda.current_stream(rewards.device)
    with cupy.cuda.Device(rewards.device.index), cupy_arrays.stream_of(stream):
        ids = cupy.from_dlpack(groups.detach()) if compat.is_torch_array(groups) else groups
        return torch.from_dlpack(cupy_arrays.apply(task, cupy.from_dlpack(rewards.detach()), ids))


def _number(groups: Any, rewards: Any) -> Any:
    """Find the number of each reward's group."""
    return native.put_beside(native.members_of(_known(groups), rewards).number, rewards)


def _known(groups: Any) -> Any:
    """Show ids to the host, which waits for ids on a device; tensors were checked when they came in."""
    if not compat.is_torch_array(groups):
        return as_ids(groups)
    return on_host(groups, "groups")
