"""Answers that float64 holds though a sum on the way to them overflows: from scaled rewards."""

from collections.abc import Callable
from typing import Any, Never, TypeAlias

import numpy as np

from ordergrad_ref._types import Array, Table

__all__ = ["all_finite", "without_overflow"]

Rows: TypeAlias = Any
FEW = 2**16
"""Numbers of which each is looked at: that is quicker than to let a sum overflow in silence."""

SCALES = (64, 600)
"""Powers of two: the first leaves room for any sum of rewards, the second for large rank weights as well."""


def without_overflow(
    kernel: Callable[[Table, Rows], Array], table: Table, degree: int, refuse: Callable[[Array], Never]
) -> Array:
    """Answer the groups ``(G, N)``, again and scaled those whose answers are not finite.

    ``kernel(rewards, rows)`` answers some of the groups. Its answers are homogeneous in the rewards, of the
    given degree: multiplying by a power of two and dividing by it rounds nothing off but what underflows,
    which is nothing beside what overflowed. Answers that float64 does not hold even so are for ``refuse``.
    """
    with np.errstate(all="ignore"):
        answer = kernel(table, slice(None))
        for scale in SCALES:
            if answer.dtype.hasobject or all_finite(answer):
                return answer
            rows = ~np.isfinite(answer).reshape(len(answer), -1).all(axis=1)
            scaled = np.ldexp(table[rows].astype(np.float64, copy=False), -scale)
            again = np.ldexp(kernel(scaled, rows).astype(np.float64, copy=False), scale * degree)
            answer[rows] = again
    return answer if all_finite(answer) else refuse(answer)


def all_finite(x: Array) -> bool:
    """Tell whether all numbers are finite: of many, surely where their sum is, which costs no memory."""
    if x.size < FEW:
        return bool(np.count_nonzero(np.isfinite(x)) == x.size)
    with np.errstate(all="ignore"):
        return bool(np.isfinite(x.sum()) or np.isfinite(x).all())
