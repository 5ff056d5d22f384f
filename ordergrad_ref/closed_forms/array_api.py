"""How sorted rewards are added up on the array API standard: one text for PyTorch, JAX and any other library.

The functions are those of `ordergrad_ref.closed_forms.sums.Sums`, and the formulas those of that file, in
operations of the standard alone (sort, gather, difference, cumulative sum): they run on whatever device holds
the rewards, in the rewards' own dtype, and can be traced, compiled, vectorised and differentiated. Tables may
have any number of leading axes.

Two things differ from plain NumPy. A library may add in parallel, in whatever order, so that sums are
corrected by their residuals, whatever they are (`running_sum`). And in parallel sums a gap of zero may yet
change a bit, so that tied rewards are given the answer of the first of them (`by_rank`).
"""

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from threading import Lock
from typing import Any, TypeAlias

import array_api_compat as compat
import numpy as np
from cachetools import LRUCache

from ordergrad_ref._types import Array, Floats
from ordergrad_ref.closed_forms.sums import Level

__all__ = [
    "binomial_average",
    "both_sides",
    "by_rank",
    "centred",
    "centred_rise",
    "constant",
    "first_tied",
    "last_tied",
    "looked_up",
    "order",
    "ordered",
    "path",
    "put",
    "ranks",
    "residuals",
    "rise",
    "running_sum",
    "sums_between",
    "take",
    "value",
    "weighed",
    "weighted_fall",
    "weighted_rise",
]

Tensor: TypeAlias = Any
"""An array of floats of any library, ``(..., N)``."""

UPLOADED: LRUCache[Any, Tensor] = LRUCache(2**26, getsizeof=lambda tensor: tensor.nbytes)
"""Weights that lie beside tensors, and are kept there for later calls: 64 MiB of them."""

SHORT, MANY = 128, 2**16
"""Ranks in a row, and rows in a table, with which PyTorch on CUDA adds across the rows, since along them
131072 × 64 take seven times as long, 1048576 × 8 sixty times; at 65536 × 128 and 8192 × 64 it is no gain."""

CAPTURED: list[Tensor] = []
"""Weights in the host's pinned memory, which CUDA graphs read anew whenever they are replayed."""

LOCK = Lock()


def centred_rise(table: Tensor, weights: Array) -> Tensor:
    """``x_(m) = Σ_{t<m} d_t · weight_t``, less its mean over the group."""
    return by_rank(table, lambda r: centred(weighted_rise(r, weights)))


def both_sides(table: Tensor, below: Array, above: Array) -> Tensor:
    """``A_i = Σ_t d_t · (below_t where r_i ≥ r_(t+1), else −above_t)``, added by halves. Spec section 11.15.

    That needs no order, only sorted rewards, and JAX's compiler makes one loop of all N² products.
    """
    return _of_both_sides(below.tobytes(), above.tobytes())(table)


@lru_cache(maxsize=256)
def _of_both_sides(below: bytes, above: bytes) -> Callable[[Tensor], Tensor]:
    """Compile the same for given weights."""
    import jax

    weights = list(zip(np.frombuffer(below), -np.frombuffer(above)[::-1], strict=True))

    def answer(table: Tensor) -> Tensor:
        xp, number = compat.array_namespace(table), _host_dtype(table)
        r, terms = xp.sort(table, axis=-1), []
        for t, (low, high) in enumerate(weights):
            weight = xp.where(table >= r[..., t + 1, None], number(low), number(high))
            terms.append((r[..., t + 1, None] - r[..., t, None]) * weight)
        while len(terms) > 1:
            pairs = zip(terms[::2], terms[1::2], strict=False)
            terms = [first + second for first, second in pairs] + terms[len(terms) // 2 * 2 :]
        return terms[0]

    compiled: Callable[[Tensor], Tensor] = jax.jit(answer)
    return compiled


def rise(table: Tensor, weights: Array, level: Level) -> Tensor:
    """``x_(m) = Σ_{t<m} d_t · weight_t``, plus the group's weighted sorted rewards."""
    return by_rank(table, lambda r: weighted_rise(r, weights) + weighed(r, level)[..., None])


def value(table: Tensor, level: Level) -> Tensor:
    """``Σ_m w_m r_(m)`` of each group."""
    return weighed(compat.array_namespace(table).sort(table, axis=-1), level)


def path(table: Tensor, weights: Array) -> Tensor:
    """``w_{rank(i)}``, averaged over tied ranks: ``(P_b − P_a)/(b − a)`` from the sums ``P`` of the weights.

    Each sum is held in two numbers, for it is much larger than a weight.
    """
    xp = compat.array_namespace(table)
    r, ranks = ordered(table)
    first, last = first_tied(r), last_tied(r)
    high = np.append(0.0, np.cumsum(weights))
    low = np.append(0.0, np.cumsum(weights - np.diff(high)))
    low = (high - high.astype(_host_dtype(r))) + low
    total = sum(
        _pick(xp, constant(part, r), last + 1) - _pick(xp, constant(part, r), first) for part in (high, low)
    )
    alone = xp.broadcast_to(constant(weights, r), r.shape)
    mean = xp.where(first == last, alone, total / xp.astype(last - first + 1, r.dtype))
    return put(mean, ranks)


def order(table: Tensor) -> Tensor:
    """Sort each group: where the reward of each rank lies."""
    return compat.array_namespace(table).argsort(table, axis=-1)


def ordered(table: Tensor) -> tuple[Tensor, Tensor]:
    """Sort each group, and tell where the reward of each rank lies, tied ones in any order."""
    if compat.is_torch_array(table):
        return tuple(table.sort(dim=-1))
    ranks = compat.array_namespace(table).argsort(table, axis=-1, stable=False)
    return take(table, ranks), ranks


def take(table: Tensor, order: Tensor) -> Tensor:
    """Carry numbers from the places of the rewards to their ranks."""
    return compat.array_namespace(table).take_along_axis(table, order, axis=-1)


def put(table: Tensor, order: Tensor) -> Tensor:
    """Carry numbers from the ranks of the rewards to their places: by a second sort in the standard alone."""
    if compat.is_torch_array(table):
        return table.scatter(-1, order, table)
    xp = compat.array_namespace(table)
    if compat.is_jax_array(table):
        import jax

        def put_row(row: Tensor, order: Tensor) -> Tensor:
            return xp.zeros_like(row).at[order].set(row, unique_indices=True)

        for _ in table.shape[1:]:
            put_row = jax.vmap(put_row)  # so that whatever other axes are sharded stay so
        return put_row(table, order)
    return take(table, xp.argsort(order, axis=-1))


def looked_up(numbers: Array, places: Tensor, like: Tensor) -> Tensor:
    """Find numbers of the host by their places, beside an array."""
    xp, held = compat.array_namespace(like), constant(numbers, like)
    if compat.is_torch_array(like) or compat.is_jax_array(like):
        return held[places]
    return xp.reshape(xp.take(held, xp.reshape(places, (-1,)), axis=0), places.shape)


def running_sum(table: Tensor) -> Tensor:
    """``S_t + Σ_{s≤t} [x_s − (S_s − S_(s−1))]``, whatever sums S the library finds.

    In exact arithmetic that is the sum whatever S is. The differences are recovered with what they round off
    (Knuth's two-sum), so that what is lost is of the second order: spec section 9.3.
    """
    xp = compat.array_namespace(table)
    after = _sums(xp, table)
    before = xp.concat([xp.zeros_like(after[..., :1]), after[..., :-1]], axis=-1)
    return after + _sums(xp, residuals(before, after, table))


def sums_between(terms: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Add up ``x_t`` over ``start ≤ t < end``: see `ordergrad_ref.closed_forms.rounding.sums_between`."""
    xp = compat.array_namespace(terms)
    none = xp.zeros_like(terms[..., :1])
    after = _sums(xp, terms)
    before = xp.concat([none, after[..., :-1]], axis=-1)
    rest = _sums(xp, residuals(before, after, terms))

    def between(sums: Tensor) -> Tensor:
        sums = xp.concat([none, sums], axis=-1)
        return xp.take_along_axis(sums, end, axis=-1) - xp.take_along_axis(sums, start, axis=-1)

    return between(after) + between(rest)


def residuals(before: Tensor, after: Tensor, x: Tensor) -> Tensor:
    """``x − (after − before)``, the difference taken with what it rounds off."""
    added = after - before
    virtual = after - added
    rounded_off = (after - (added + virtual)) + (virtual - before)
    return (x - added) - rounded_off


def binomial_average(alpha: Floats, below: Tensor, above: Tensor) -> Tensor:
    """``b_α(F)``, spec eq. (3), by de Casteljau's averages: ``c_j ← (1−F) c_j + F c_(j+1)``."""
    xp = compat.array_namespace(below)
    c = xp.zeros_like(below)[..., None] + constant(alpha, below)
    f, g = below[..., None], above[..., None]
    for _ in range(len(alpha) - 1):
        c = g * c[..., :-1] + f * c[..., 1:]
    return c[..., 0]


def by_rank(table: Tensor, transform: Callable[[Tensor], Tensor]) -> Tensor:
    """Sort each group ascending, transform, and put the results back; tied rewards get the first one's."""
    r, ranks = ordered(table)
    return put(take(transform(r), first_tied(r)), ranks)


def weighted_rise(r: Tensor, weights: Array) -> Tensor:
    """``Σ_{t<m} d_t · weight_t`` for each rank m, from the gaps ``d_t = r_(t+1) − r_(t)``."""
    xp = compat.array_namespace(r)
    terms = xp.diff(r, axis=-1) * constant(weights, r)
    return xp.concat([xp.zeros_like(r[..., :1]), running_sum(terms)], axis=-1)


def weighted_fall(r: Tensor, weights: Array) -> Tensor:
    """``Σ_{t≥m} d_t · weight_t`` for each rank m: the rise of the negated rewards, from above."""
    xp = compat.array_namespace(r)
    return xp.flip(weighted_rise(-xp.flip(r, axis=-1), weights[::-1]), axis=-1)


def centred(x: Tensor) -> Tensor:
    """Subtract each group's mean, from a corrected sum."""
    return x - running_sum(x)[..., -1:] / x.shape[-1]


def weighed(r: Tensor, level: Level) -> Tensor:
    """``T o + Σ_m w_m (r_(m) − o)`` of sorted rewards, o being zero clipped to ``[r_(low), r_(high)]``."""
    xp = compat.array_namespace(r)
    low, high = r[..., level.low, None], r[..., level.high, None]
    origin = xp.minimum(xp.maximum(low, xp.zeros_like(low)), high)
    terms = constant(level.weights, r) * (r - origin)
    return origin[..., 0] * level.total + running_sum(terms)[..., -1]


def constant(numbers: Array, like: Tensor) -> Tensor:
    """Round numbers of the host to the dtype of an array, and put them beside it."""
    numbers = np.ascontiguousarray(numbers, _host_dtype(like))
    if isinstance(like, np.ndarray):
        return numbers
    if compat.is_torch_array(like):
        return _uploaded(numbers, like)
    xp = compat.array_namespace(like)
    return xp.asarray(numbers) if compat.is_jax_array(like) else xp.asarray(numbers, device=like.device)


def _uploaded(numbers: Array, like: Tensor) -> Tensor:
    """Upload to the device of a tensor, once: later calls wait for no copy, as a CUDA graph asks."""
    import torch

    plain = type(like) is torch.Tensor and not torch._C._len_torch_dispatch_stack()
    key = (numbers.tobytes(), numbers.dtype.char, like.device)
    with LOCK:
        if plain and key in UPLOADED:
            return UPLOADED[key]
    if plain and like.device.type == "cuda" and torch.cuda.is_current_stream_capturing():
        CAPTURED.append(torch.from_numpy(numbers.copy()).pin_memory())
        return CAPTURED[-1].to(like.device, non_blocking=True)
    tensor = torch.asarray(numbers.copy(), device=like.device)
    if plain and not torch._C._functorch.is_functorch_wrapped_tensor(tensor):  # nor one that is being traced
        with LOCK, suppress(ValueError):  # larger than all that is kept
            UPLOADED[key] = tensor
    return tensor


def _host_dtype(like: Tensor) -> type[np.floating[Any]]:
    return np.float64 if str(like.dtype).endswith("float64") else np.float32


def first_tied(r: Tensor) -> Tensor:
    """Find for each rank the first rank of the same reward."""
    xp = compat.array_namespace(r)
    t = ranks(r)
    return _running_maximum(xp, xp.where(_rises(xp, r, first=True), t, xp.zeros_like(t)))


def last_tied(r: Tensor) -> Tensor:
    """Find for each rank the last rank of the same reward."""
    xp = compat.array_namespace(r)
    from_last = xp.flip(ranks(r), axis=-1)
    ends = xp.where(_rises(xp, r, first=False), from_last, xp.zeros_like(from_last))
    return r.shape[-1] - 1 - xp.flip(_running_maximum(xp, xp.flip(ends, axis=-1)), axis=-1)


def ranks(r: Tensor) -> Tensor:
    """Number the ranks from 0 on, beside the rewards."""
    xp, n = compat.array_namespace(r), r.shape[-1]
    return xp.arange(n) if compat.is_jax_array(r) else xp.arange(n, device=compat.device(r))


def _rises(xp: Any, r: Tensor, *, first: bool) -> Tensor:
    """Tell which ranks are the first, or the last, of their reward."""
    rises = r[..., 1:] != r[..., :-1]
    edge = xp.ones_like(r[..., :1], dtype=xp.bool)
    return xp.concat([edge, rises] if first else [rises, edge], axis=-1)


def _sums(xp: Any, x: Tensor) -> Tensor:
    """``Σ_{s≤t} x_s`` as the library finds them."""
    if _is_narrow(x):
        return x.mT.contiguous().cumsum(-2).mT.contiguous()
    return xp.cumulative_sum(x, axis=-1)


def _is_narrow(x: Tensor) -> bool:
    """Tell whether PyTorch adds faster across rows than along them: on CUDA, where many of them are short."""
    if not compat.is_torch_array(x) or x.device.type != "cuda" or x.ndim < 2:
        return False
    import torch

    plain = type(x) is torch.Tensor  # a compiler writes better sums of its own
    return plain and x.shape[-1] <= SHORT and x.numel() > MANY * x.shape[-1]


def _running_maximum(xp: Any, x: Tensor) -> Tensor:
    """``max_{s≤t} x_s``, which the standard does not have: by doubling."""
    if isinstance(x, np.ndarray):
        return np.maximum.accumulate(x, axis=-1)
    if _is_narrow(x):
        return x.mT.contiguous().cummax(-2).values.mT
    if compat.is_torch_array(x) and x.device.type in ("cpu", "cuda"):
        return x.cummax(-1).values
    if compat.is_jax_array(x):
        import jax

        return jax.lax.cummax(x, axis=x.ndim - 1)
    d = 1
    while d < x.shape[-1]:
        x = xp.concat([x[..., :d], xp.maximum(x[..., d:], x[..., :-d])], axis=-1)
        d *= 2
    return x


def _pick(xp: Any, numbers: Tensor, places: Tensor) -> Tensor:
    """Take ``numbers[places]`` in every group."""
    shape = (*places.shape[:-1], numbers.shape[0])
    return xp.take_along_axis(xp.broadcast_to(numbers, shape), places, axis=-1)
