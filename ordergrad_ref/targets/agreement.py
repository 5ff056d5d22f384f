"""When two answers of a function in floating point count as the same. Spec eq. (55)."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["same_answer", "tolerance"]

Table: TypeAlias = NDArray[np.float64]


def tolerance(u: float) -> float:
    """``√u``, relative to scale: what counts as zero in answers of unit roundoff u. Spec eq. (55)."""
    return float(np.sqrt(u))


def same_answer(a: Table, b: Table, u: float) -> bool:
    """Tell whether ``max |a − b| ≤ √u · max |a|``. Spec eq. (55)."""
    return bool(abs(a - b).max() <= tolerance(u) * abs(a).max())
