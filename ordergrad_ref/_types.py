"""The names of arrays in signatures."""

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Floats", "NanPolicy", "Rounding", "SmallGroups", "Table"]

Array: TypeAlias = NDArray[Any]
"""Floats, or exact rationals with ``dtype=object``; any shape."""

Table: TypeAlias = NDArray[Any]
"""The same, of shape ``(G, N)``: G groups of N rewards."""

Floats: TypeAlias = NDArray[np.float64]

SmallGroups: TypeAlias = Literal["raise", "nan", "zero"]
"""What to answer for a group that is too small for the objective."""

NanPolicy: TypeAlias = Literal["raise", "propagate", "omit"]
"""What to do with a NaN or infinite reward; ``"omit"`` is about NaN alone."""

Rounding: TypeAlias = Literal["bounded", "correct"]
"""Whether answers are within the bound of spec eq. (54), or the exact ones, rounded once."""
