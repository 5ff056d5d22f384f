"""Pass@k from counts, in integers: nothing cancels, and one division rounds."""

from functools import lru_cache
from math import perm

__all__ = ["passing_sets"]

CERTAIN = 40
"""``C(n−s, k)/C(n, k) ≤ exp(−s k/n)``, and ``1 − exp(−40)`` is 1 in float64."""


@lru_cache(maxsize=2**12)
def passing_sets(n: int, s: int, k: int, *, exact: bool = False) -> tuple[int, int]:
    """Give ``1 − C(n−s, k)/C(n, k)`` as two integers, whose quotient it is. Spec eq. (53).

    ``C(n−s, k)/C(n, k) = Π_{i<m} (n − M − i)/(n − i)`` with m the smaller and M the larger of s and k: as few
    factors as there are. Where float64 cannot tell the answer from 1, it is 1 unless it must be ``exact``: so
    there are at most √(40 n) factors.
    """
    few, many = sorted((s, k))
    if not exact and few * many > CERTAIN * n:
        return 1, 1
    whole = perm(n, few)
    return whole - perm(n - many, few), whole
