"""Running sums and products that keep what floating point rounds off.

Sums work on arrays of exact rationals too, where nothing is rounded off.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from ordergrad_ref._types import Array

__all__ = ["exactly", "in_kind", "is_by_columns", "running_product", "running_sum", "sums_between", "total"]

Factor: TypeAlias = Callable[[Array], Array]

SPLITTER = 2.0**27 + 1.0
"""Dekker's constant: it splits the 53 bits of a float64 into two halves whose products are exact."""

FACTORS_AT_ONCE = 2**16
"""Factors multiplied up at once: the ten or so arrays of corrections are of 512 KiB, whatever N is."""

SCALE = 2.0**900
"""Products start here instead of at one, so that none of interest underflows, nor overflows when split."""

NOTHING = 2.0**-200
"""Products up to this one, ``2^−1100`` when scaled back, are zero in float64."""


def running_sum(terms: Array) -> Array:
    """Add up along the last axis, ``S_t = S_(t−1) + x_t``, correcting each sum for its rounding error.

    The error of each addition is itself a floating-point number (Knuth's two-sum), so the corrected sums
    are within ``u |S_t| + O(N² u²) Σ |x|`` of the exact ones where plain ones are within ``N u Σ |x|``.
    """
    plain, lost = _plain_and_lost(terms)
    corrected = plain[..., 1:]
    corrected += lost
    return plain


def sums_between(terms: Array, start: Array, end: Array) -> Array:
    """Add up ``x_t`` over ``start ≤ t < end`` along the last axis, for many stretches at once.

    A difference of corrected running sums would be as wrong as these are large. So the plain sums and what
    rounding took from them are subtracted apart: within a few ``u |Σ x_t|`` and ``O(N² u²) Σ |x|`` over all
    terms.
    """
    plain, lost = _plain_and_lost(terms)
    none = np.full((*terms.shape[:-1], 1), in_kind(Fraction(0), terms), dtype=terms.dtype)
    shape = (*start.shape[:-1], plain.shape[-1] + 1)
    plain = np.broadcast_to(np.concatenate([none, plain], axis=-1), shape)
    lost = np.broadcast_to(np.concatenate([none, none, lost], axis=-1)[..., : plain.shape[-1]], shape)

    def between(sums: Array) -> Array:
        difference: Array = np.take_along_axis(sums, end, axis=-1) - np.take_along_axis(sums, start, axis=-1)
        return difference

    return between(plain) + between(lost)


def _plain_and_lost(terms: Array) -> tuple[Array, Array]:
    """Add up plainly, and add up what each addition but the first rounds off (Knuth's two-sum)."""
    plain = _added_up(terms)
    return plain, _added_up(_lost(terms, plain))


def _lost(terms: Array, plain: Array) -> Array:
    """``(before − (after − added)) + (x − added)`` of each addition but the first, in two arrays."""
    before, after, x = plain[..., :-1], plain[..., 1:], terms[..., 1:]
    if plain.dtype.hasobject:  # of exact rationals
        return np.full(x.shape, Fraction(0))
    added = after - before
    lost = after - added
    np.subtract(before, lost, out=lost)
    np.subtract(x, added, out=added)
    lost += added
    return lost


def _added_up(terms: Array) -> Array:
    """Add up plainly: whole ranks, which NumPy's own running sum does not do where they lie side by side."""
    if not is_by_columns(terms):
        return np.add.accumulate(terms, axis=-1)
    ranks = terms.T.copy()
    below, *others = ranks
    for rank in others:
        rank += below
        below = rank
    return ranks.T


def total(terms: Array) -> Array:
    """The last of the running sums, ``S_n``: to the bit."""
    if terms.shape[-1] == 1:
        return terms[..., 0]
    if is_by_columns(terms):
        plain = _added_up(terms)
        return plain[:, -1] + np.add.reduce(_lost(terms, plain).T)  # which adds whole ranks, in their order
    plain, lost = _plain_and_lost(terms)
    return plain[..., -1] + lost[..., -1]


def is_by_columns(table: Array) -> bool:
    """Tell whether the numbers of one rank lie side by side: then whole ranks are added at once."""
    return table.ndim == 2 and table.strides[0] == table.itemsize < table.strides[1]


def running_product(t: Array, numerator: Factor, denominator: Factor) -> Array:
    """Multiply up ``P_i = P_(i−1) · numerator(t_i) / denominator(t_i)``, correcting for the rounding.

    No quotient is above one. n of them multiplied plainly drift by up to ``2 n u``. Here both the remainder
    of each division and the error of each product are recovered (Dekker's product) and their relative sizes
    added up: each result is within a few ``u`` of itself for all n below ``1/√u``, and where it is below the
    least normal number, ``2^−1022``, within half the least positive one, ``η = 2^−1075``, more.
    """
    result = np.zeros(len(t))
    product, correction = SCALE, 0.0
    for start in range(0, len(result), FACTORS_AT_ONCE):
        run = slice(start, start + FACTORS_AT_ONCE)
        x, y = numerator(t[run]), denominator(t[run])
        quotient = x / y
        plain = np.cumprod(np.append(product, quotient))
        alive = np.count_nonzero(plain[1:] > NOTHING)  # the first ones, since products never grow
        if not alive:
            break
        x, y, q, before, p = x[:alive], y[:alive], quotient[:alive], plain[:alive], plain[1 : alive + 1]
        lost = _product_error(before, q, p) / p - _product_error(q, y, x) / x
        corrections = correction + np.cumsum(lost)
        result[start : start + alive] = p * (1.0 + corrections) * (1.0 / SCALE)
        product, correction = plain[-1], corrections[-1]
    return result


def _product_error(a: Array, b: Array, product: Array) -> Array:
    """``a b − product``, exactly, for a product that is within a rounding of ``a b``."""
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b)
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(a: Array) -> tuple[Array, Array]:
    high = SPLITTER * a - (SPLITTER * a - a)
    return high, a - high


def in_kind(number: Any, like: Array) -> Any:
    """Take an exact number into a formula on these numbers: as it is among exact ones, else as a float."""
    return number if like.dtype == object else float(number)


def exactly(floats: Array) -> Array:
    """Take floats as the rationals that they are; exact numbers stay."""
    return floats if floats.dtype == object else np.asarray(np.frompyfunc(Fraction, 1, 1)(floats))
