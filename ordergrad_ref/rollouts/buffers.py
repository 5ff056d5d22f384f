"""Numbers of Arrow as numbers of NumPy, and the other way round, in the same memory.

Sole reason: pyarrow's own conversions load pandas wherever it is installed, for a third of a second.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["arrow_floats", "arrow_offsets", "numbers_of"]


def numbers_of(array: Any) -> NDArray[Any]:
    """Return an array of integers or floats that has no nulls."""
    kind = array.type
    letter = "f" if str(kind) in ("float", "double") else "u" if str(kind).startswith("u") else "i"
    dtype = np.dtype(f"{letter}{kind.bit_width // 8}")
    return np.frombuffer(array.buffers()[1], dtype)[array.offset : array.offset + len(array)]


def arrow_floats(numbers: NDArray[np.float64]) -> Any:
    """Return an array of float64 in which NaN is null."""
    import pyarrow as pa

    missing = np.isnan(numbers)
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
    values = pa.py_buffer(np.ascontiguousarray(numbers, dtype=np.float64))
    return pa.Array.from_buffers(pa.float64(), len(numbers), [valid, values])


def arrow_offsets(lengths: NDArray[np.intp]) -> Any:
    """Return where each list begins, and where the last one ends."""
    import pyarrow as pa

    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.Array.from_buffers(pa.int32(), len(ends), [None, pa.py_buffer(ends)])
