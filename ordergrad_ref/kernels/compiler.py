"""How the loops are compiled: without the interpreter lock, and kept on disk where that is possible."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import numba

__all__ = ["compiled"]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(loop: Function) -> Function:
    """Compile a loop on first use, for each dtype it meets."""
    compile_ = partial(numba.njit, nogil=True, error_model="numpy")
    try:
        return cast("Function", compile_(loop, cache=True))
    except RuntimeError:  # there is no place to write a cache to
        return cast("Function", compile_(loop))
