"""How the loops are compiled: without the interpreter lock, and kept on disk where that is possible."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core.caching import FunctionCache

__all__ = ["compiled", "in_memory", "inlined", "is_kept"]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(loop: Function) -> Function:
    """Compile a loop on first use, for each dtype it meets."""
    return _compiled(loop)


def inlined(loop: Function) -> Function:
    """Compile a loop into its callers: passing a dozen arrays takes as long as adding up 64 numbers."""
    return _compiled(loop, forceinline=True)


def _compiled(loop: Function, forceinline: bool = False) -> Function:
    # Numba keeps a function by its name and its own file; what it calls or takes from others may change too.
    loop.__qualname__ = f"{loop.__qualname__}.{_edition()}"
    dispatcher: Any = numba.njit(nogil=True, error_model="numpy", forceinline=forceinline)(loop)
    with suppress(OSError, RuntimeError):  # there is no place to write a cache to
        dispatcher._cache = CacheThatMayFail(loop)
    return cast("Function", dispatcher)


class CacheThatMayFail(FunctionCache):
    """Numba's cache, whose files may be cut short, not ours to read, or on a disk that is full.

    Nothing on the disk is needed: a loop that cannot be read is compiled, one that cannot be kept is used.
    Numba itself lets whatever reading or writing raised reach the caller.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Read a compiled loop; None where there is none that can be read."""
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:
            _warn_once(self.cache_path, "read", f"{type(error).__name__}: {error}")
        try:
            self.flush()  # forget what the index says, so that the loop can be kept anew
        except Exception:
            self.disable()
        return None

    def keeps(self, dtype: Any) -> bool:
        """Tell whether there is a compiled loop whose first argument is of the dtype."""
        try:
            kinds = [key[0] for key in self._cache_file._load_index()]
        except Exception:
            return False
        return any(kind[0].dtype.name == dtype.name for kind in kinds)

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled loop, if the disk lets us."""
        try:
            super().save_overload(sig, data)
        except Exception as error:
            _warn_once(self.cache_path, "written", f"{type(error).__name__}: {error}")
            self.disable()


def in_memory(loop: Any, dtype: Any) -> bool:
    """Tell whether a loop has been compiled, or read, for tables of a dtype."""
    return _is_compiled(loop) and any(kind[0].dtype.name == dtype.name for kind in loop.signatures)


@cache
def is_kept(loop: Any, dtype: Any) -> bool:
    """Tell whether a loop for tables of a dtype can be read from the disk. It is looked up once."""
    return _is_compiled(loop) and isinstance(loop._cache, CacheThatMayFail) and loop._cache.keeps(dtype)


def _is_compiled(loop: Any) -> bool:
    """Tell whether Numba compiles a loop: with ``NUMBA_DISABLE_JIT=1`` it leaves the function as it is."""
    return hasattr(loop, "signatures")


@lru_cache(maxsize=1)
def _warned() -> list[str]:
    return []


def _warn_once(folder: str, done: str, why: str) -> None:
    """Say once in a process what is the matter and what helps."""
    if _warned():
        return
    _warned().append(folder)
    warnings.warn(
        f"the compiled loops kept in {folder} cannot be {done} ({why}); they are compiled again, which takes "
        "seconds at each start. Delete that folder, or let NUMBA_CACHE_DIR name one that can be written",
        RuntimeWarning,
        stacklevel=2,
    )


@lru_cache(maxsize=1)
def _edition() -> str:
    """Tell one state of all these files from another."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return blake2b(b"".join(file.read_bytes() for file in files), digest_size=8).hexdigest()
