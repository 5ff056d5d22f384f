"""PyTorch's known distributions: plain tensors on the CPU through the host, others by its operations."""

from functools import cache
from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays import native_pairs
from ordergrad_ref.arrays.host import check_devices, check_tensor, with_known_size
from ordergrad_ref.arrays.pair import NO_DERIVATIVE, Pair, hosts
from ordergrad_ref.arrays.torch_tensors import is_plain
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply"]


def apply(pair: Pair, first: Any, second: Any, by: Any) -> Any:
    """Answer with a tensor on the device of those given; differentiable where the pair has slopes."""
    import torch

    arrays = dict(zip((*pair.names, "by"), (first, second, by), strict=True))
    tensors = {name: x for name, x in arrays.items() if compat.is_torch_array(x)}
    for name, x in tensors.items():
        check_tensor(x, name)
    check_devices(tensors)
    first, second, by = map(with_known_size, (first, second, by))
    if pair.slopes is not None:
        return _value().apply(first, second, by, pair)
    for name in pair.names:
        if name in tensors and tensors[name].requires_grad and torch.is_grad_enabled():
            raise InvalidInputError(
                f"{name}: expected a tensor that needs no gradient, got one that requires it, and answers "
                f"are constants; pass {name}.detach(); {NO_DERIVATIVE}"
            )
    return _answer(pair, first, second, by)


@cache
def _value() -> Any:
    """Make the ``torch.autograd.Function``; here, so that PyTorch is imported by its users alone."""
    import torch

    class Value(torch.autograd.Function):  # type: ignore[misc]
        """``J`` with ``∂J/∂r_b`` and ``∂J/∂p_b = K q̄_b``. Spec eqs. (31), (33)."""

        generate_vmap_rule = True

        @staticmethod
        def forward(first: Any, second: Any, by: Any, pair: Pair) -> Any:
            return _answer(pair, first, second, by)

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.inputs = [None if compat.is_torch_array(x) else x for x in inputs[:3]]
            ctx.pair = inputs[3]
            tensors = [x if compat.is_torch_array(x) else None for x in inputs[:3]]
            ctx.save_for_backward(*tensors)
            ctx.save_for_forward(*tensors)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            return (
                *(
                    (slope * gradient[..., None]).sum_to_size(x.shape).to(x.dtype) if needed else None
                    for x, slope, needed in _slopes(ctx, ctx.needs_input_grad)
                ),
                None,
                None,
            )

        @staticmethod
        def jvp(ctx: Any, *tangents: Any) -> Any:
            moved = [t is not None for t in tangents[:2]]
            return sum(
                (slope * t).sum(-1)
                for t, (_, slope, needed) in zip(tangents, _slopes(ctx, moved), strict=False)
                if needed
            )

    def _slopes(ctx: Any, needed: Any) -> Any:
        """Each array, the derivative by it, and whether it is needed."""
        first, second, by = (
            saved if given is None else given
            for saved, given in zip(ctx.saved_tensors, ctx.inputs, strict=True)
        )
        constants = [x.detach() if compat.is_torch_array(x) else x for x in (first, second, by)]
        for x, slope, asked in zip((first, second), ctx.pair.slopes, needed, strict=False):
            yield x, _answer(slope, *constants) if asked else None, asked

    return Value


def _answer(pair: Pair, first: Any, second: Any, by: Any) -> Any:
    import torch

    tensors = [x for x in (first, second, by) if compat.is_torch_array(x)]
    if all(is_plain(x) and x.device.type == "cpu" for x in tensors):
        return torch.from_numpy(np.array(pair.answer(*hosts(pair, first, second, by))))
    return native_pairs.answer(pair, *native_pairs.together(pair, first, second, by, like=tensors[0]))
