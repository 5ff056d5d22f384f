"""Pairs of batches that differ in one reward: both sides of spec eq. (56), for each pair one row."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pairs"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Batches of the same others n, with a reward b in the one and ``b′ > b`` in the other.

    Attributes
    ----------
    rise : (P,) array
        ``A(b′; n) − A(b; n)``.
    inclusion : (P,) array
        ``q(b′; n) − q(b; n)``, computed in exact rationals and rounded once.
    between : (P, N) array
        How much of the way from b to b′ leads past ``t − 1`` of the others, for each t. For any rank weights
        the inclusion is this times ``e^(N)``: spec eq. (60).
    gap : (P,) array
        ``b′ − b``.
    size : (P,) array
        The largest ``|A|`` of both batches.
    reward : (P,) array
        The largest absolute reward of both batches.
    """

    rise: Floats
    inclusion: Floats
    between: Floats
    gap: Floats
    size: Floats
    reward: Floats
