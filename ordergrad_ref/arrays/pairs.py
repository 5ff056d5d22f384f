"""Two arrays in, such as rewards and probabilities, one out, in the kind of the first that is of a library's.

As `ordergrad_ref.arrays.dispatch`, for functions of known distributions. Their answers are constants: none
carries a gradient, and where one would be taken for granted it is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref._types import Array
from ordergrad_ref.arrays.host import check_tensor, from_standard, seen_by_numpy
from ordergrad_ref.errors import InvalidInputError

__all__ = ["Pair", "apply"]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A function of two arrays of shape ``(..., m)``, broadcast against each other.

    Attributes
    ----------
    names : (str, str)
        What they are called.
    answer : callable
        Computes it on what NumPy reads.
    per_group : bool
        Whether the answer has shape ``(...)``, or ``(..., m)``.
    """

    names: tuple[str, str]
    answer: Callable[[Any, Any], Any]
    per_group: bool


def apply(pair: Pair, first: Any, second: Any) -> Any:
    """Answer in the kind and on the device of the first array that is of a library's."""
    for x in (first, second):
        if compat.is_array_api_obj(x) and not compat.is_numpy_array(x):
            if compat.is_torch_array(x):
                return _torch(pair, first, second, x)
            if compat.is_jax_array(x):
                return _jax(pair, first, second)
            if compat.is_dask_array(x):
                return _dask(pair, first, second)
            hosts = [_host(a, name) for a, name in zip((first, second), pair.names, strict=True)]
            answer = np.asarray(pair.answer(*hosts))
            if compat.is_cupy_array(x):
                from ordergrad_ref.arrays.cupy_arrays import import_cupy

                return import_cupy().asarray(answer)
            return compat.array_namespace(x).asarray(answer, device=compat.device(x))
    return pair.answer(first, second)


def _host(x: Any, name: str) -> Any:
    """Show an array of any library as NumPy's; leave what is none as it is."""
    if compat.is_numpy_array(x) or not compat.is_array_api_obj(x) or compat.is_jax_array(x):
        return x
    if compat.is_torch_array(x):
        import torch

        check_tensor(x, name)
        if x.requires_grad and torch.is_grad_enabled():
            raise InvalidInputError(
                f"{name}: expected a tensor that needs no gradient, got one that requires it, and answers "
                f"are constants; pass {name}.detach(); population.gradient and logit_gradient are derivatives"
            )
        half = x.dtype in (torch.float16, torch.bfloat16)
        return seen_by_numpy((x.float() if half else x).detach().cpu(), name)
    if compat.is_dask_array(x):
        raise InvalidInputError(f"{name}: expected an array in memory, got a lazy one; pass {name}.compute()")
    return x.get() if compat.is_cupy_array(x) else from_standard(x, name)


def _torch(pair: Pair, first: Any, second: Any, like: Any) -> Any:
    import torch

    hosts = [_host(x, name) for x, name in zip((first, second), pair.names, strict=True)]
    return torch.from_numpy(np.array(pair.answer(*hosts))).to(like.device)


def _jax(pair: Pair, first: Any, second: Any) -> Any:
    """Answer concrete arrays through the host, traced ones (``jit``, ``vmap``) by a callback to it."""
    import jax

    hosts = [_host(x, name) for x, name in zip((first, second), pair.names, strict=True)]
    if not any(isinstance(x, jax.core.Tracer) for x in hosts):
        answer = np.asarray(pair.answer(*map(np.asarray, hosts)))
        return jax.numpy.asarray(answer.astype(jax.dtypes.canonicalize_dtype(answer.dtype), copy=False))
    arrays = [jax.numpy.asarray(x) for x in hosts]
    try:
        shape = np.broadcast_shapes(*(x.shape for x in arrays))
    except ValueError:
        raise InvalidInputError(
            f"{pair.names[1]}: expected the shape of {pair.names[0]}, (..., m), got {arrays[0].shape} and "
            f"{arrays[1].shape}"
        ) from None
    wide = np.result_type(*(_of_answer(x.dtype) for x in arrays))
    answered = jax.ShapeDtypeStruct(
        shape[:-1] if pair.per_group else shape, jax.dtypes.canonicalize_dtype(wide)
    )

    def on_host(x: Any, y: Any) -> Array:
        return np.asarray(pair.answer(np.asarray(x), np.asarray(y)), answered.dtype)

    @jax.custom_jvp  # type: ignore[untyped-decorator]
    def call(x: Any, y: Any) -> Any:
        return jax.pure_callback(on_host, answered, x, y, vmap_method="broadcast_all")

    @call.defjvp  # type: ignore[untyped-decorator]
    def refuse(primals: Any, tangents: Any) -> Any:
        raise InvalidInputError(
            f"{pair.names[0]}: expected no derivative to be asked for, got one, and answers are constants; "
            "use jax.lax.stop_gradient; population.gradient and logit_gradient are derivatives"
        )

    return call(*arrays)


def _dask(pair: Pair, first: Any, second: Any) -> Any:
    """Answer lazily, block by block; the last axis becomes one chunk."""
    import dask.array

    arrays = [
        x if compat.is_dask_array(x) else _host(x, name)
        for x, name in zip((first, second), pair.names, strict=True)
    ]
    try:
        x, y = dask.array.broadcast_arrays(*map(dask.array.asarray, arrays))
    except ValueError as error:
        raise InvalidInputError(
            f"{pair.names[1]}: expected the shape of {pair.names[0]}, (..., m), got another ({error})"
        ) from error
    if not x.ndim:
        raise InvalidInputError(f"{pair.names[0]}: expected shape (..., m), got a single number")
    x = x.rechunk({x.ndim - 1: -1})
    return dask.array.map_blocks(
        pair.answer,
        x,
        y.rechunk(x.chunks),
        drop_axis=[x.ndim - 1] if pair.per_group else [],
        dtype=np.result_type(_of_answer(x.dtype), _of_answer(y.dtype)),
        meta=np.empty(
            (0,) * (x.ndim - pair.per_group), np.result_type(_of_answer(x.dtype), _of_answer(y.dtype))
        ),
    )


def _of_answer(dtype: Any) -> Any:
    """Answer float32 and halves in float32, all else in float64."""
    return np.float32 if np.dtype(dtype).itemsize <= 4 and np.dtype(dtype).kind not in "biu" else np.float64
