"""Arrays of any library in, one of the same kind out, for what NumPy alone computes."""

from collections.abc import Callable
from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays.pair import host

__all__ = ["through_host"]


def through_host(answer: Callable[..., Any], **arrays: Any) -> Any:
    """Answer by NumPy in the host's memory, in the kind and on the device of the first array of a library."""
    got = answer(*(host(x, name) for name, x in arrays.items()))
    libraries = (x for x in arrays.values() if compat.is_array_api_obj(x) and not compat.is_numpy_array(x))
    own = next(libraries, None)
    if own is None:
        return got
    if compat.is_cupy_array(own):
        from ordergrad_ref.arrays.cupy_arrays import import_cupy

        return import_cupy().asarray(np.asarray(got))
    return compat.array_namespace(own).asarray(np.asarray(got), device=compat.device(own))
