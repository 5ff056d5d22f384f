"""PyTorch: tensors on the CPU without a copy, on CUDA by DLPack; a gradient for ``value`` alone."""

from functools import cache
from typing import Any

import array_api_compat as compat
import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.arrays import dispatch as arrays
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply", "as_numpy"]


def apply(task: arrays.Task, rewards: Any, groups: Any = None) -> Any:
    """Answer a tensor with a tensor on its device; differentiable where the task has a slope."""
    _check(rewards, "rewards")
    if compat.is_torch_array(groups):
        _check(groups, "groups")
        if groups.device != rewards.device:
            raise InvalidInputError(
                f"groups: expected ids on the device of the rewards, {rewards.device}, got {groups.device}"
            )
    return _differentiable()(rewards, task, groups)


def as_numpy(tensor: Any, name: str) -> NDArray[Any]:
    """Show a tensor in the host's memory as a NumPy array, without a copy."""
    _check(tensor, name)
    if tensor.device.type != "cpu":
        raise InvalidInputError(f"{name}: expected a tensor in the host's memory, got one on {tensor.device}")
    try:
        return np.asarray(tensor.detach().resolve_neg().numpy())
    except (RuntimeError, TypeError) as error:
        raise InvalidInputError(
            f"{name}: expected a tensor that NumPy can read, got dtype {tensor.dtype} ({error})"
        ) from error


@cache
def _differentiable() -> Any:
    """Make the ``torch.autograd.Function``; here, so that PyTorch is imported by its users alone."""
    import torch

    class Answer(torch.autograd.Function):  # type: ignore[misc]
        """``v`` with ``∂v/∂r_i = w_i``, the pathwise weights (spec eq. (29)); anything else a constant."""

        @staticmethod
        def forward(rewards: Any, task: arrays.Task, groups: Any) -> Any:
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
                ids = _on_host(ctx.groups)
                member = np.unique(ids, return_inverse=True)[1]
                of_each = gradient[torch.from_numpy(member).to(gradient.device)]
            return (weights * of_each).to(rewards.dtype), None, None

        @staticmethod
        def vmap(info: Any, in_dims: Any, rewards: Any, task: arrays.Task, groups: Any) -> Any:
            if groups is not None:
                raise InvalidInputError("groups: under torch.vmap expected none; one row is one group")
            return Answer.apply(rewards.movedim(in_dims[0], 0), task, None), 0

    return torch.compiler.disable(Answer.apply)  # a graph break, not a guess at what NumPy does


def _answer(task: arrays.Task, rewards: Any, groups: Any) -> Any:
    import torch

    if rewards.dtype in (torch.float16, torch.bfloat16):
        rewards = rewards.float()
    if rewards.device.type == "cuda":
        return _on_cuda(task, rewards.detach(), groups)
    answer = np.asarray(task(as_numpy(rewards, "rewards"), arrays.as_ids(groups)))
    return torch.from_numpy(answer)


def _on_cuda(task: arrays.Task, rewards: Any, groups: Any) -> Any:
    """Pass by DLPack to the CuPy kernels and back, on PyTorch's current stream, without a copy."""
    import torch

    cupy = arrays.import_cupy()
    stream = torch.cuda.current_stream(rewards.device).cuda_stream
    with cupy.cuda.Device(rewards.device.index), cupy.cuda.ExternalStream(stream):
        ids = cupy.from_dlpack(groups.detach()) if compat.is_torch_array(groups) else groups
        return torch.from_dlpack(arrays.on_gpu(task, cupy.from_dlpack(rewards), ids))


def _on_host(groups: Any) -> Any:
    return groups.cpu().numpy() if compat.is_torch_array(groups) else np.asarray(arrays.as_ids(groups))


def _check(tensor: Any, name: str) -> None:
    import torch

    if tensor.is_nested or tensor.layout != torch.strided:
        what = "a nested one" if tensor.is_nested else f"layout {tensor.layout}"
    elif tensor.is_quantized:
        what = f"a quantised one, {tensor.dtype}; dequantize() it"
    elif tensor.device.type not in ("cpu", "cuda"):
        what = f"one on the device {tensor.device}"
    else:
        return
    raise InvalidInputError(f"{name}: expected a dense tensor on the CPU or on CUDA, got {what}")
