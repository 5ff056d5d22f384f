"""The array libraries in which functions take rewards, and how to read an answer of any of them."""

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import array_api_compat as compat
import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import TargetError

__all__ = ["LIBRARIES", "NUMPY", "Library", "as_numpy", "dtype_name", "named"]


@dataclass(frozen=True)
class Library:
    """A library's name, how reports call its arrays, and how to make one of a NumPy array."""

    name: str
    arrays: str
    array: Callable[[NDArray[Any]], Any]


def _numpy(x: NDArray[Any]) -> Any:
    return np.array(x, order="C")


def _torch(x: NDArray[Any]) -> Any:
    torch = importlib.import_module("torch")
    if x.dtype.name == "bfloat16":
        return torch.from_numpy(x.astype(np.float32)).to(torch.bfloat16)
    return torch.from_numpy(_numpy(x))


def _torch_float32(x: NDArray[Any]) -> Any:
    return _torch(x.astype(np.float32) if x.dtype == np.float64 else x)


def _jax(x: NDArray[Any]) -> Any:
    return importlib.import_module("jax.numpy").asarray(_numpy(x))


def _list(x: NDArray[Any]) -> Any:
    return x.tolist()


NUMPY = Library("numpy", "NumPy arrays", _numpy)

# In this order they are tried. Functions that make tensors of PyTorch's default dtype take no float64.
LIBRARIES = (
    NUMPY,
    Library("torch", "PyTorch tensors", _torch),
    Library("torch", "PyTorch tensors of float32", _torch_float32),
    Library("jax", "JAX arrays", _jax),
    Library("list", "lists", _list),
)


def named(name: str) -> list[Library]:
    """Find the ways to make arrays of one library.

    Raises
    ------
    TargetError
        Where the library is not installed.
    """
    if name in ("torch", "jax"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise TargetError(f"library: expected {name} to be installed, it is not ({error})") from error
    return [library for library in LIBRARIES if library.name == name]


def loaded() -> Iterator[Library]:
    """Give the libraries that the process has loaded: a function has loaded its own, at the latest by now."""
    for library in LIBRARIES:
        if library.name in ("numpy", "list") or sys.modules.get(library.name) is not None:
            yield library


def as_numpy(answer: Any) -> NDArray[Any]:
    """Read whatever a function answers as a NumPy array on the host: no gradient, NaN where masked."""
    if compat.is_torch_array(answer):
        tensor = answer.detach().cpu().resolve_neg().resolve_conj()
        answer = tensor.float() if dtype_name(tensor) == "bfloat16" else tensor
    if isinstance(answer, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(answer.astype(np.result_type(answer.dtype, np.float32)), np.nan))
    return np.asarray(answer)


def dtype_name(answer: Any) -> str:
    """``float32``, of any library's array; of anything else what NumPy makes of it."""
    dtype = answer.dtype if hasattr(answer, "dtype") else np.asarray(answer).dtype
    return str(dtype).rpartition(".")[2]
