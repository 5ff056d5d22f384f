"""Known distributions answered by the operations of their own library: on their device, traced or not.

As in `ordergrad_ref.arrays.native`, numbers are not looked at. A distribution that is none is answered by
NaN: where a reward, logit or probability is not finite, a score NaN, a probability below zero, or their sum
further from one than the square root of the unit roundoff. No other distribution is.
"""

from typing import Any, TypeAlias

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays.dtypes import as_numbers
from ordergrad_ref.arrays.native import as_floats, marked, nan_among, put_beside
from ordergrad_ref.arrays.pair import Pair
from ordergrad_ref.arrays.samples import ranks_of, scores_of
from ordergrad_ref.closed_forms.array_api import running_sum
from ordergrad_ref.errors import InvalidInputError

__all__ = ["answer", "together"]

Tensor: TypeAlias = Any


def answer(pair: Pair, rewards: Tensor, second: Tensor, by: Tensor | None) -> Tensor:
    """Answer what `together` has put into one shape, dtype and place."""
    xp = compat.array_namespace(rewards)
    fit = xp.isfinite(rewards) & xp.isfinite(second)
    if by is not None:
        fit = fit & ~nan_among(by)
    good = xp.all(fit, axis=-1, keepdims=True)
    r, p = (xp.where(good, x, xp.zeros_like(x)) for x in (rewards, second))
    if pair.logits:
        p = xp.exp(p - xp.max(p, axis=-1, keepdims=True))
        p = p / running_sum(p)[..., -1:]
    else:
        total = running_sum(p)[..., -1:]
        tolerance = float(xp.finfo(p.dtype).eps / 2) ** 0.5
        good = good & xp.all(p >= 0, axis=-1, keepdims=True) & (abs(total - 1) <= tolerance)
        p = xp.where(good, p / xp.where(good, total, xp.ones_like(total)), xp.full_like(p, 1 / p.shape[-1]))
    return marked(pair.formula(r, p, by), good[..., 0] if pair.per_group else good)


def together(
    pair: Pair, first: Any, second: Any, by: Any, like: Tensor
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Broadcast rewards, probabilities or logits, and scores: floats of one dtype, and an order."""
    xp = compat.array_namespace(like)
    r, p = (_floats(x, name, like) for x, name in zip((first, second), pair.names, strict=True))
    dtype = xp.result_type(r, p)
    r, p = xp.astype(r, dtype, copy=False), xp.astype(p, dtype, copy=False)
    if by is not None:
        by = by if _is_like(by, like) else put_beside(ranks_of(scores_of(by)), like)
    shapes = [tuple(x.shape) for x in (r, p, by) if x is not None]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise InvalidInputError(
            f"{pair.names[1]}: expected the shape of {pair.names[0]}, (..., m), got "
            f"{' and '.join(map(str, shapes))}"
        ) from None
    if not shape or not shape[-1]:
        raise InvalidInputError(
            f"{pair.names[0]}: expected shape (..., m) with m ≥ 1 atoms, got shape {shape}"
        )
    r, p = xp.broadcast_to(r, shape), xp.broadcast_to(p, shape)
    return r, p, None if by is None else xp.broadcast_to(by, shape)


def _floats(x: Any, name: str, like: Tensor) -> Tensor:
    if _is_like(x, like):
        return as_floats(x, name)
    numbers, dtype = as_numbers(x, name, remedy="")
    if numbers.dtype == object:
        raise InvalidInputError(
            f"{name}: expected the kind of number of a {type(like).__name__}, got exact rationals"
        )
    return as_floats(put_beside(numbers.astype(dtype), like), name)


def _is_like(x: Any, like: Tensor) -> bool:
    """Tell whether an array is of the same library."""
    return (compat.is_jax_array(x) and compat.is_jax_array(like)) or (
        compat.is_torch_array(x) and compat.is_torch_array(like)
    )
