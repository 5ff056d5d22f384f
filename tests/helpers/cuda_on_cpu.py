"""A CuPy that is NumPy, and launches CUDA kernels on the CPU: the same source, compiled as C++.

Every launch runs twice, its threads in either order between barriers, into memory with marked margins: a
missing barrier or a write out of bounds is an `AssertionError`.
"""

import ctypes
import fcntl
import hashlib
import subprocess
import types
from pathlib import Path

import numpy as np

SHIM = Path(__file__).with_name("cuda_on_cpu.h")
SHARED_ON_SM_90 = 232_448
MARGIN = 64

LAUNCHER = """
#include "{shim}"
#include "kernels.cu"
using T = {dtype};
extern "C" bool launch(unsigned blocks, unsigned threads, bool reverse, const T* rewards, T* out,
                       long long groups, int n, const double* first, const double* second, int low,
                       int high, double total, double scale, double sign) {{
    return emulated::launch(blocks, threads, reverse, [&] {{
        {expression}(rewards, out, groups, n, first, second, low, high, total, scale, sign);
    }});
}}
"""


class Device:
    def __init__(self, number=0, shared=SHARED_ON_SM_90):
        self.id = number
        self.attributes = {"MaxSharedMemoryPerBlockOptin": shared}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def __eq__(self, other):
        return self.id == other.id

    def __repr__(self):
        return f"<CUDA Device {self.id}>"


class Array(np.ndarray):
    number = 0

    @property
    def device(self):
        return Device(self.number)

    @property
    def data(self):
        return types.SimpleNamespace(ptr=self.ctypes.data)


class OutOfMemoryError(MemoryError):
    pass


def wrapped(x):
    if isinstance(x, np.ndarray):
        return x.view(Array)
    return tuple(map(wrapped, x)) if isinstance(x, tuple) else x


class CupyOnCpu(types.ModuleType):
    """NumPy's functions, answering in `Array`, and the few things that only CuPy has.

    What it compiles stays in the folder, for all that share it.
    """

    ndarray = Array

    def __init__(self, folder):
        super().__init__("cupy")
        self.launched = []
        self.libraries = {}
        self.folder = folder
        self.RawModule = lambda **given: RawModule(self, **given)
        self.cuda = types.SimpleNamespace(
            Device=Device,
            get_current_stream=lambda: types.SimpleNamespace(ptr=0),
            memory=types.SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
        )

    def __getattr__(self, name):
        function = getattr(np, name)
        return lambda *args, **kwargs: wrapped(function(*args, **kwargs))

    @staticmethod
    def empty(shape, dtype):
        return np.full(shape, -777, dtype).view(Array)

    @staticmethod
    def asnumpy(x):
        return np.asarray(x)


class RawModule:
    def __init__(self, cupy, *, code, options, name_expressions):
        self.cupy, self.code = cupy, code
        assert options == ("-std=c++17",)
        assert len(name_expressions) == 1

    def get_function(self, expression):
        libraries = self.cupy.libraries
        if expression not in libraries:
            libraries[expression] = self.compiled(expression)
        return Kernel(self.cupy, expression, libraries[expression])

    def compiled(self, expression):
        folder = self.cupy.folder / hashlib.sha256((expression + self.code).encode()).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # other workers wait, and find it made
            if not (folder / "launch.so").exists():
                self.compile(expression, folder)
        library = ctypes.CDLL(str(folder / "launch.so"))
        library.launch.restype = ctypes.c_bool
        return library

    def compile(self, expression, folder):
        (folder / "kernels.cu").write_text(self.code, encoding="utf-8")
        dtype = expression[expression.index("<") + 1 : expression.index(",")]
        source = LAUNCHER.format(shim=SHIM, dtype=dtype, expression=expression)
        (folder / "launch.cpp").write_text(source, encoding="utf-8")
        flags = ["-std=c++17", "-O1", "-ffp-contract=off", "-shared", "-fPIC", "-Wno-unknown-pragmas"]
        subprocess.run(["g++", *flags, "-o", "launch.part", "launch.cpp"], cwd=folder, check=True)
        (folder / "launch.part").rename(folder / "launch.so")


class Kernel:
    max_dynamic_shared_size_bytes = 48 * 1024

    def __init__(self, cupy, expression, library):
        self.cupy, self.expression, self.library = cupy, expression, library

    def __call__(self, grid, block, args, *, shared_mem):
        self.cupy.launched.append(self.expression)
        assert shared_mem <= self.max_dynamic_shared_size_bytes <= SHARED_ON_SM_90
        rewards, out, *rest = args
        assert [type(a) for a in rest] == [
            np.int64, np.int32, Array, Array, np.int32, np.int32, np.float64, np.float64, np.float64
        ]  # fmt: skip
        assert rewards.flags.c_contiguous
        ctyped = [
            ctypes.c_void_p(a.ctypes.data)
            if isinstance(a, np.ndarray)
            else np.ctypeslib.as_ctypes_type(a.dtype)(a)
            for a in rest
        ]
        answers = []
        for reverse in (False, True):
            read, written = in_margins(rewards, np.nan), in_margins(out, 12345.0)
            before = read.tobytes()
            ok = self.library.launch(
                grid[0], block[0], ctypes.c_bool(reverse), middle(read), middle(written), *ctyped
            )
            assert ok, "the threads of a warp or block parted company at a barrier"
            assert read.tobytes() == before
            assert (written[:MARGIN] == 12345).all()
            assert (written[-MARGIN:] == 12345).all()
            answers.append(written[MARGIN:-MARGIN].copy())
        assert answers[0].tobytes() == answers[1].tobytes(), "the answers depend on the order of the threads"
        out.reshape(-1)[...] = answers[0]


def in_margins(x, mark):
    """Copy an array between margins, as well aligned as it was."""
    memory = np.empty(x.size + 2 * MARGIN + 32, x.dtype)
    skip = (x.ctypes.data - memory.ctypes.data) % 16 // x.dtype.itemsize
    framed = memory[skip : skip + x.size + 2 * MARGIN]
    framed[:] = mark
    framed[MARGIN:-MARGIN] = np.asarray(x).ravel()
    return framed


def middle(framed):
    return ctypes.c_void_p(framed.ctypes.data + MARGIN * framed.dtype.itemsize)
