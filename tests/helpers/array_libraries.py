"""The array libraries that the laws are run over: how to make an array of each, and how to read it."""

import importlib
from contextlib import nullcontext
from dataclasses import dataclass
from types import ModuleType

import array_api_compat as compat
import numpy as np
import pytest

LIBRARIES = ("numpy", "array_api_strict", "torch", "jax.numpy", "dask.array", "cupy")


@dataclass
class Library:
    name: str
    module: ModuleType

    def array(self, values, dtype=np.float64):
        """Make an array of the library; Dask's in chunks that cut the groups, NumPy's read-only."""
        x = np.array(values, dtype=dtype)
        if self.name == "dask.array":
            return self.module.from_array(x, chunks=tuple(max(1, n // 2) for n in x.shape))
        if self.name == "numpy":
            x.flags.writeable = False
            return x
        return self.module.asarray(x)

    def numpy(self, x):
        if self.name == "cupy":
            return x.get()
        return np.asarray(x)

    @property
    def on_host(self):
        """Tell whether NumPy answers: in the very same numbers, and looking at each of them."""
        if self.name == "jax.numpy":
            return importlib.import_module("jax").default_backend() == "cpu"
        return self.name != "cupy"

    def is_own(self, x):
        if self.name == "numpy":
            return compat.is_numpy_array(x)  # a single number too
        return isinstance(x, type(self.array([1.0])))

    def dtype(self, x):
        return str(x.dtype).rpartition(".")[2]

    def device(self, x):
        return compat.device(x)


def library(name):
    """Import a library, or skip the test and say why."""
    module = pytest.importorskip(name, reason=f"{name} is not installed", exc_type=ImportError)
    if name == "cupy":
        try:
            module.cuda.runtime.getDeviceCount()
        except Exception as error:
            pytest.skip(f"CuPy finds no GPU ({error})")
    return Library(name, module)


def with_float64(name):
    """Let JAX have float64, as all others do; skip the test where there is no JAX."""
    return pytest.importorskip("jax").enable_x64(True) if name == "jax.numpy" else nullcontext()
