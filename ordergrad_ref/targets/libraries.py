"""The array libraries in which functions take rewards, and how to read an answer of any of them."""

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import array_api_compat as compat
import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import TargetError

__all__ = ["NUMPY", "Library", "as_numpy", "chance", "dtype_name", "loaded", "ways_to_make"]


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


def _torch_list(x: NDArray[Any]) -> Any:
    return list(_torch(x))


def _numpy_list(x: NDArray[Any]) -> Any:
    return list(_numpy(x))


NUMPY = Library("numpy", "NumPy arrays", _numpy)

# They are tried in this order. Functions that make tensors of PyTorch's default dtype take no float64.
LIBRARIES = (
    NUMPY,
    Library("torch", "PyTorch tensors", _torch),
    Library("torch", "PyTorch tensors of float32", _torch_float32),
    Library("jax", "JAX arrays", _jax),
    Library("list", "lists", _list),
    Library("numpy", "a list of NumPy arrays", _numpy_list),
    Library("torch", "a list of PyTorch tensors", _torch_list),
)


def ways_to_make(name: str) -> list[Library]:
    """List the ways to make arrays of one library.

    Raises
    ------
    TargetError
        If the library is not installed.
    """
    if name in ("torch", "jax"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise TargetError(f"library: expected {name} to be installed, got {error}") from error
    return [library for library in LIBRARIES if library.name == name]


def loaded() -> Iterator[Library]:
    """Yield the libraries that this process has loaded; by now a function has loaded the one that it uses."""
    for library in LIBRARIES:
        if library.name in ("numpy", "list") or sys.modules.get(library.name) is not None:
            yield library


def as_numpy(answer: Any) -> NDArray[Any]:
    """Convert whatever a function answers to a NumPy array on the host, with NaN where it is masked."""
    if type(answer) is np.ndarray:
        return answer
    if isinstance(answer, list | tuple) and any(map(compat.is_torch_array, answer)):
        return np.stack([as_numpy(part) for part in answer])  # NumPy reads no tensor that requires grad
    if compat.is_torch_array(answer):
        tensor = answer.detach().cpu().resolve_neg().resolve_conj()
        answer = tensor.float() if dtype_name(tensor) == "bfloat16" else tensor
    if isinstance(answer, np.ma.MaskedArray):
        return np.asarray(np.ma.filled(answer.astype(np.result_type(answer.dtype, np.float32)), np.nan))
    return np.asarray(answer)


def dtype_name(answer: Any) -> str:
    """Name the dtype of any library's array, such as ``float32``; NumPy's dtype of anything else."""
    if type(answer) is np.ndarray:
        return _numpy_name(answer.dtype)
    if isinstance(answer, list | tuple) and any(map(compat.is_torch_array, answer)):
        answer = answer[0]
    dtype = answer.dtype if hasattr(answer, "dtype") else np.asarray(answer).dtype
    return str(dtype).rpartition(".")[2]


_numpy_name = cache(str)  # which NumPy puts together anew each time


def chance(name: str, library: str, seed: int) -> Any:
    """Make what a parameter of that name draws from: a seed, a JAX key, or a generator of the library."""
    if name == "seed":
        return seed
    if "key" in name or library == "jax":
        return importlib.import_module("jax").random.PRNGKey(seed)
    if library == "torch":
        return importlib.import_module("torch").Generator().manual_seed(seed)
    return np.random.default_rng(seed)
