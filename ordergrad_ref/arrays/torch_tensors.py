"""PyTorch: tensors on the CPU without a copy, on CUDA by DLPack; a gradient for ``value`` alone."""

from functools import cache
from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays import cupy_arrays
from ordergrad_ref.arrays.groups import answer_on_host
from ordergrad_ref.arrays.host import as_ids, check_tensor, seen_by_numpy
from ordergrad_ref.arrays.ids import group_ids, members
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply"]


def apply(task: Task, rewards: Any, groups: Any = None) -> Any:
    """Answer a tensor with a tensor on its device; differentiable where the task has a slope."""
    check_tensor(rewards, "rewards")
    if compat.is_torch_array(groups):
        check_tensor(groups, "groups")
        if groups.device != rewards.device:
            raise InvalidInputError(
                f"groups: expected ids on the device of the rewards, {rewards.device}, got {groups.device}"
            )
    return _differentiable()(rewards, task, groups)


@cache
def _differentiable() -> Any:
    """Make the ``torch.autograd.Function``; here, so that PyTorch is imported by its users alone."""
    import torch

    class Answer(torch.autograd.Function):  # type: ignore[misc]
        """``v`` with ``∂v/∂r_i = w_i``, the pathwise weights (spec eq. (29)); anything else a constant."""

        @staticmethod
        def forward(rewards: Any, task: Task, groups: Any) -> Any:
            return _answer(task, rewards, groups)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            rewards, ctx.task, ctx.groups = inputs
            if ctx.task.slope is None:
                ctx.mark_non_differentiable(output)
            else:
                ctx.save_for_backward(rewards)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            (rewards,) = ctx.saved_tensors
            weights = Answer.apply(rewards, ctx.task.derivative(), ctx.groups)
            if ctx.groups is None:
                of_each = gradient[..., None]
            else:
                member = members(group_ids(_ids_on_host(ctx.groups), rewards.numel())).number
                of_each = gradient[torch.from_numpy(member).to(gradient.device)]
            return (weights * of_each).to(rewards.dtype), None, None

        @staticmethod
        def vmap(info: Any, in_dims: Any, rewards: Any, task: Task, groups: Any) -> Any:
            if groups is not None:
                raise InvalidInputError(
                    "groups: expected none under torch.vmap, got ids; one row is one group"
                )
            return Answer.apply(rewards.movedim(in_dims[0], 0), task, None), 0

    return torch.compiler.disable(Answer.apply)  # a graph break, not a guess at what NumPy does


def _answer(task: Task, rewards: Any, groups: Any) -> Any:
    import torch

    if rewards.dtype in (torch.float16, torch.bfloat16):
        rewards = rewards.float()
    if rewards.device.type == "cuda":
        return _on_cuda(task, rewards.detach(), groups)
    answer = np.asarray(answer_on_host(task, seen_by_numpy(rewards, "rewards"), _ids_on_host(groups)))
    return torch.from_numpy(answer)


def _on_cuda(task: Task, rewards: Any, groups: Any) -> Any:
    """Pass by DLPack to the CuPy kernels and back, on PyTorch's current stream, without a copy."""
    import torch

    cupy = cupy_arrays.import_cupy()
    stream = torch.cuda.current_stream(rewards.device).cuda_stream
    with cupy.cuda.Device(rewards.device.index), cupy.cuda.ExternalStream(stream):
        ids = cupy.from_dlpack(groups.detach()) if compat.is_torch_array(groups) else groups
        return torch.from_dlpack(cupy_arrays.apply(task, cupy.from_dlpack(rewards), ids))


def _ids_on_host(groups: Any) -> Any:
    """Show ids in the host's memory; tensors among them were checked when they came in."""
    return seen_by_numpy(groups.cpu(), "groups") if compat.is_torch_array(groups) else as_ids(groups)
