"""The gap form in array expressions, for groups too large for a kernel's registers and shared memory.

``xp`` is CuPy; NumPy does as well. Sums run by doubling, ``log₂ N`` passes over the array, and carry what
each addition rounds off, as the bound of spec section 9 asks.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

__all__ = ["advantage", "prefix_sums", "rise", "tied_weights", "value"]

Array: TypeAlias = Any
Parts: TypeAlias = tuple[Array, ...]


def advantage(xp: Any, r: Array, gap_weights: Array) -> Array:
    """``A_(m) = S_m − M`` of sorted rewards, ``S_m = Σ_{t<m} g_t d_t`` and M their mean. Spec eq. (25)."""
    n = r.shape[-1]
    terms = xp.diff(r, axis=-1) * gap_weights
    rise, lost = _from_zero(xp, _running(xp, terms))
    mean = _total(xp, rise, lost) / n
    return (rise - mean) + lost


def rise(xp: Any, r: Array, gap_weights: Array) -> Array:
    """``S_m = Σ_{t<m} g_t d_t`` of sorted rewards. Spec eqs. (26), (27)."""
    total, lost = _from_zero(xp, _running(xp, xp.diff(r, axis=-1) * gap_weights))
    return total + lost


def value(xp: Any, r: Array, weights: Array, low: int, high: int, total: float) -> Array:
    """``v = Σ_m w_m r_(m)`` of sorted rewards, taken from zero clipped to two of them. Spec eq. (23)."""
    origin = xp.minimum(xp.maximum(r[..., low : low + 1], 0.0), r[..., high : high + 1])
    return (origin * total + _total(xp, weights * (r - origin)))[..., 0]


def tied_weights(xp: Any, r: Array, prefix: Array, lost: Array) -> Array:
    """Give each run of equal sorted rewards the mean of its weights, from their prefix sums."""
    m = xp.arange(r.shape[-1])
    same = r[..., 1:] == r[..., :-1]
    edge = xp.zeros_like(same[..., :1])
    start = xp.where(xp.concatenate([edge, same], axis=-1), 0, m)
    end = xp.where(xp.concatenate([same, edge], axis=-1), r.shape[-1], m + 1)
    (start,) = _scan(xp, lambda a, b: (xp.maximum(a[0], b[0]),), (start,))
    (end,) = _scan(xp, lambda a, b: (xp.minimum(a[0], b[0]),), (end[..., ::-1],))
    end = end[..., ::-1]
    return ((prefix[end] - prefix[start]) + (lost[end] - lost[start])) / (end - start)


def prefix_sums(xp: Any, weights: Array) -> Parts:
    """Sum the first 0, 1, …, n weights; and what those sums rounded off."""
    return _from_zero(xp, _running(xp, weights))


def _running(xp: Any, terms: Array) -> Parts:
    return _scan(xp, _two_sum, (terms, xp.zeros_like(terms)))


def _total(xp: Any, *parts: Array) -> Array:
    """Add up along the last axis, which stays with length one, by halving."""
    total, lost = parts if len(parts) == 2 else (parts[0], xp.zeros_like(parts[0]))
    while (n := total.shape[-1]) > 1:
        half = n // 2
        odd = total[..., 2 * half :], lost[..., 2 * half :]
        joined = _two_sum(
            (total[..., :half], lost[..., :half]), (total[..., half : 2 * half], lost[..., half : 2 * half])
        )
        total, lost = (xp.concatenate([a, b], axis=-1) for a, b in zip(joined, odd, strict=True))
    return total + lost


def _two_sum(a: Parts, b: Parts) -> Parts:
    """Knuth's two-sum: the sum, and all that it and the sums before it rounded off."""
    total = a[0] + b[0]
    added = total - a[0]
    return total, (a[1] + b[1]) + ((a[0] - (total - added)) + (b[0] - added))


def _scan(xp: Any, join: Callable[[Parts, Parts], Parts], parts: Parts) -> Parts:
    """Join all elements up to each along the last axis: Hillis and Steele 1986."""
    d, n = 1, parts[0].shape[-1]
    while d < n:
        joined = join(tuple(p[..., :-d] for p in parts), tuple(p[..., d:] for p in parts))
        parts = tuple(xp.concatenate([p[..., :d], q], axis=-1) for p, q in zip(parts, joined, strict=True))
        d *= 2
    return parts


def _from_zero(xp: Any, parts: Parts) -> Parts:
    return tuple(xp.concatenate([xp.zeros_like(p[..., :1]), p], axis=-1) for p in parts)
