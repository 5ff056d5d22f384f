"""Rewards, probabilities and perhaps scores in, one array out, in the kind of the first of a library's.

As `ordergrad_ref.arrays.dispatch`, for functions of known distributions: PyTorch and JAX on the CPU through
the host, on other devices and where they trace by their own operations. The value has its derivatives; all
other answers are constants, and where a derivative would be taken for granted it is refused.
"""

from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays.pair import Pair, host, hosts
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply"]


def apply(pair: Pair, first: Any, second: Any, by: Any = None) -> Any:
    """Answer in the kind and on the device of the first array that is of a library's."""
    for x in (first, second, by):
        if compat.is_array_api_obj(x) and not compat.is_numpy_array(x):
            if compat.is_jax_array(x):
                from ordergrad_ref.arrays import jax_pairs

                return jax_pairs.apply(pair, first, second, by)
            if compat.is_torch_array(x):
                from ordergrad_ref.arrays import torch_pairs

                return torch_pairs.apply(pair, first, second, by)
            if compat.is_dask_array(x):
                return _dask(pair, first, second, by)
            answer = pair.answer(*hosts(pair, first, second, by))
            if compat.is_cupy_array(x):
                from ordergrad_ref.arrays.cupy_arrays import import_cupy

                return import_cupy().asarray(np.asarray(answer))
            return compat.array_namespace(x).asarray(np.asarray(answer), device=compat.device(x))
    return pair.answer(first, second, by)


def _dask(pair: Pair, first: Any, second: Any, by: Any) -> Any:
    """Answer lazily, block by block; the last axis becomes one chunk."""
    import dask.array

    names = (*pair.names, "by")
    arrays = [
        x if compat.is_dask_array(x) else host(x, name)
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
