"""How the loops are compiled: without the interpreter lock, and kept on disk where that is possible."""

from collections.abc import Callable
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

__all__ = ["compiled"]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(loop: Function) -> Function:
    """Compile a loop on first use, for each dtype it meets."""
    # Numba keeps a function by its name and its own file; what it calls or takes from others may change too.
    loop.__qualname__ = f"{loop.__qualname__}.{_edition()}"
    compile_ = partial(numba.njit, nogil=True, error_model="numpy")
    try:
        return cast("Function", compile_(loop, cache=True))
    except RuntimeError:  # there is no place to write a cache to
        return cast("Function", compile_(loop))


@lru_cache(maxsize=1)
def _edition() -> str:
    """Tell one state of all these files from another."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return blake2b(b"".join(file.read_bytes() for file in files), digest_size=8).hexdigest()
