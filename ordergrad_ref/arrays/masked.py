"""Masked arrays, told without importing them."""

import sys
from typing import Any

__all__ = ["is_masked"]


def is_masked(given: Any) -> bool:
    """Tell whether an array is masked: none is before `numpy.ma` is imported, which takes a while."""
    return "numpy.ma" in sys.modules and isinstance(given, sys.modules["numpy.ma"].MaskedArray)
