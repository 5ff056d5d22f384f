"""Rewards, probabilities and perhaps scores in, one array out, in the kind of the first of a library's.

As `ordergrad_ref.arrays.dispatch`, for functions of known distributions. Their answers are constants: none
carries a gradient, and where one would be taken for granted it is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref._types import Array
from ordergrad_ref.arrays.host import check_tensor, from_standard, on_host
from ordergrad_ref.arrays.samples import ranks_of, scores_of
from ordergrad_ref.errors import InvalidInputError

__all__ = ["Pair", "apply"]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A function of two arrays of shape ``(..., m)``, and of scores or None, broadcast against each other.

    Attributes
    ----------
    names : (str, str)
        What they are called.
    answer : callable
        Computes it on what NumPy reads, and scores or None.
    per_group : bool
        Whether the answer has shape ``(...)``, or ``(..., m)``.
    """

    names: tuple[str, str]
    answer: Callable[[Any, Any, Any], Any]
    per_group: bool


def apply(pair: Pair, first: Any, second: Any, by: Any = None) -> Any:
    """Answer in the kind and on the device of the first array that is of a library's."""
    for x in (first, second, by):
        if compat.is_array_api_obj(x) and not compat.is_numpy_array(x):
            if compat.is_jax_array(x):
                return _jax(pair, first, second, by)
            if compat.is_dask_array(x):
                return _dask(pair, first, second, by)
            answer = pair.answer(*_hosts(pair, first, second, by))
            if compat.is_torch_array(x):
                import torch

                return torch.from_numpy(np.array(answer)).to(x.device)
            if compat.is_cupy_array(x):
                from ordergrad_ref.arrays.cupy_arrays import import_cupy

                return import_cupy().asarray(np.asarray(answer))
            return compat.array_namespace(x).asarray(np.asarray(answer), device=compat.device(x))
    return pair.answer(first, second, by)


def _hosts(pair: Pair, *arrays: Any) -> list[Any]:
    return [_host(x, name) for x, name in zip(arrays, (*pair.names, "by"), strict=True)]


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
        return on_host((x.float() if half else x).detach(), name)
    if compat.is_dask_array(x):
        raise InvalidInputError(f"{name}: expected an array in memory, got a lazy one; pass {name}.compute()")
    return x.get() if compat.is_cupy_array(x) else from_standard(x, name)


def _jax(pair: Pair, first: Any, second: Any, by: Any) -> Any:
    """Answer concrete arrays through the host, traced ones (``jit``, ``vmap``) by a callback to it."""
    import jax

    *hosts, scores = _hosts(pair, first, second, by)
    if not any(isinstance(x, jax.core.Tracer) for x in (*hosts, scores)):
        first, second = map(np.asarray, hosts)
        answer = np.asarray(pair.answer(first, second, scores))
        return jax.numpy.asarray(answer.astype(jax.dtypes.canonicalize_dtype(answer.dtype), copy=False))
    if scores is not None:
        hosts.append(scores if compat.is_jax_array(scores) else ranks_of(scores_of(scores)))
    arrays = [jax.numpy.asarray(x) for x in hosts]
    try:
        shape = np.broadcast_shapes(*(x.shape for x in arrays))
    except ValueError:
        raise InvalidInputError(
            f"{pair.names[1]}: expected the shape of {pair.names[0]}, (..., m), got "
            f"{' and '.join(str(x.shape) for x in arrays)}"
        ) from None
    wide = np.result_type(*(_of_answer(x.dtype) for x in arrays[:2]))
    answered = jax.ShapeDtypeStruct(
        shape[:-1] if pair.per_group else shape, jax.dtypes.canonicalize_dtype(wide)
    )

    def on_host(x: Any, y: Any, by: Any = None) -> Array:
        scores = None if by is None else np.asarray(by)
        return np.asarray(pair.answer(np.asarray(x), np.asarray(y), scores), answered.dtype)

    @jax.custom_jvp  # type: ignore[untyped-decorator]
    def call(*arrays: Any) -> Any:
        return jax.pure_callback(on_host, answered, *arrays, vmap_method="broadcast_all")

    @call.defjvp  # type: ignore[untyped-decorator]
    def refuse(primals: Any, tangents: Any) -> Any:
        raise InvalidInputError(
            f"{pair.names[0]}: expected no derivative to be asked for, got one, and answers are constants; "
            "use jax.lax.stop_gradient; population.gradient and logit_gradient are derivatives"
        )

    return call(*arrays)


def _dask(pair: Pair, first: Any, second: Any, by: Any) -> Any:
    """Answer lazily, block by block; the last axis becomes one chunk."""
    import dask.array

    names = (*pair.names, "by")
    arrays = [
        x if compat.is_dask_array(x) else _host(x, name)
        for x, name in zip((first, second, by), names, strict=True)
        if x is not None
    ]
    try:
        x, y, *scores = dask.array.broadcast_arrays(*map(dask.array.asarray, arrays))
    except ValueError as error:
        raise InvalidInputError(
            f"{pair.names[1]}: expected the shape of {pair.names[0]}, (..., m), got another ({error})"
        ) from error
    if not x.ndim:
        raise InvalidInputError(f"{pair.names[0]}: expected shape (..., m), got a single number")
    x = x.rechunk({x.ndim - 1: -1})
    dtype = np.result_type(_of_answer(x.dtype), _of_answer(y.dtype))
    return dask.array.map_blocks(
        pair.answer,
        x,
        y.rechunk(x.chunks),
        *(s.rechunk(x.chunks) for s in scores),
        drop_axis=[x.ndim - 1] if pair.per_group else [],
        dtype=dtype,
        meta=np.empty((0,) * (x.ndim - pair.per_group), dtype),
    )


def _of_answer(dtype: Any) -> Any:
    """Answer float32 and halves in float32, all else in float64."""
    return np.float32 if np.dtype(dtype).itemsize <= 4 and np.dtype(dtype).kind not in "biu" else np.float64
