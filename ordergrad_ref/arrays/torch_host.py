"""PyTorch with scores or a mask: through the host; a gradient for ``value`` alone, in ``torch.vmap`` too."""

from functools import cache
from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays.groups import answer_on_host
from ordergrad_ref.arrays.host import as_ids, beside_on_host, check_tensor, on_host
from ordergrad_ref.arrays.ids import group_ids, members
from ordergrad_ref.arrays.samples import NOTHING, Beside
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.arrays.torch_tensors import is_plain
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply"]


def apply(task: Task, rewards: Any, groups: Any, beside: Beside) -> Any:
    """Answer a tensor with a tensor on its device; differentiable where the task has a slope."""
    check_tensor(rewards, "rewards")
    for x, name, what in (
        (groups, "groups", "ids"),
        (beside.by, "by", "scores"),
        (beside.where, "where", "a mask"),
    ):
        if compat.is_torch_array(x):
            check_tensor(x, name)
            if x.device != rewards.device:
                raise InvalidInputError(
                    f"{name}: expected {what} on the device of the rewards, {rewards.device}, got {x.device}"
                )
    if any(_is_traced(x) for x in (rewards, groups, *beside) if compat.is_torch_array(x)):
        raise InvalidInputError(
            "rewards: expected a tensor whose numbers are known beside by, where or nan_policy='omit', got a "
            "traced one; call it outside of what is compiled"
        )
    return _differentiable()(rewards, task, groups, beside)


def _is_traced(tensor: Any) -> bool:
    """Tell whether no numbers lie behind a tensor; those of ``torch.vmap`` are handed over later."""
    import torch

    return not (is_plain(tensor) or torch._C._functorch.is_functorch_wrapped_tensor(tensor))


@cache
def _differentiable() -> Any:
    """Make the ``torch.autograd.Function``; here, so that PyTorch is imported by its users alone."""
    import torch

    class Answer(torch.autograd.Function):  # type: ignore[misc]
        """``v`` with ``∂v/∂r_i = w_i``, the pathwise weights (spec eq. (29)); anything else a constant."""

        @staticmethod
        def forward(rewards: Any, task: Task, groups: Any, beside: Beside) -> Any:
            return _answer(task, rewards, groups, beside)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            rewards, ctx.task, ctx.groups, ctx.beside = inputs
            if ctx.task.slope is None:
                ctx.mark_non_differentiable(output)
            else:
                ctx.save_for_backward(rewards)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            (rewards,) = ctx.saved_tensors
            weights = Answer.apply(rewards, ctx.task.derivative(), ctx.groups, ctx.beside)
            if ctx.groups is None:
                of_each = gradient[..., None]
            else:
                member = members(group_ids(_ids_on_host(ctx.groups), rewards.numel())).number
                of_each = gradient[torch.from_numpy(member).to(gradient.device)]
            return (weights * of_each).to(rewards.dtype), None, None, None

        @staticmethod
        def vmap(info: Any, in_dims: Any, rewards: Any, task: Task, groups: Any, beside: Beside) -> Any:
            if groups is not None:
                raise InvalidInputError(
                    "groups: expected none under torch.vmap, got ids; one row is one group"
                )

            def in_front(x: Any, dim: int | None) -> Any:
                if x is None or not compat.is_torch_array(x):
                    x = None if x is None else torch.as_tensor(x)
                if x is None or dim is not None:
                    return None if x is None else x.movedim(dim, 0)
                return x.expand(info.batch_size, *x.shape)

            dims = in_dims[3] if in_dims[3] is not None else NOTHING
            every = Beside(*map(in_front, beside, dims))
            return Answer.apply(in_front(rewards, in_dims[0]), task, None, every), 0

    return Answer.apply


def _answer(task: Task, rewards: Any, groups: Any, beside: Beside) -> Any:
    import torch

    if rewards.dtype in (torch.float16, torch.bfloat16):
        rewards = rewards.float()
    known = beside_on_host(Beside(*(x.cpu() if compat.is_torch_array(x) else x for x in beside)))
    held = on_host(rewards, "rewards")
    answer = np.asarray(answer_on_host(task, held, _ids_on_host(groups), known))
    return torch.from_numpy(answer).to(rewards.device)


def _ids_on_host(groups: Any) -> Any:
    """Show ids in the host's memory; tensors among them were checked when they came in."""
    return on_host(groups, "groups") if compat.is_torch_array(groups) else as_ids(groups)
