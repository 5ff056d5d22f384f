"""How near the GPU kernels come to a copy's speed and to the exact answer, beside PyTorch and JAX.

    python benchmarks/gpu.py

Bandwidth counts eight bytes for each float32 reward, one read and one write, and is given as a fraction of
what a device-to-device copy of the same array reached in the same run. Times are medians of CUDA events over
several inputs in turn, together larger than the second-level cache for the large shapes, after a warm-up;
JAX's are of many calls in a row. Errors are the largest of a sample of groups, in units of u · scale, against
exact rationals (spec eq. (54) allows 16).
"""

import sys
import time
from fractions import Fraction

import numpy as np

import ordergrad_ref as og
from ordergrad_ref.arrays import cupy_arrays, torch_tensors

SHAPES = [(512, 8), (1024, 16), (256, 64), (2**20, 8), (2**20, 16), (2**17, 64), (2**16, 128), (2**14, 1024)]
OBJECTIVE = "max@4"
INPUTS = 4
REPEATS = 50
SAMPLE = 20
U = 2.0**-24
COLUMNS = (
    "groups × N",
    "kernel ms",
    "copy ms",
    "of copy",
    "GB/s",
    "error",
    "torch.sort ms",
    "sort ÷ kernel",
    "PyTorch ms",
    "÷ sort",
    "captured ms",
    "compiled ms",
    "÷ sort",
    "error",
    "jax.sort ms",
    "JAX jit ms",
    "÷ sort",
)


def main():
    """Print one line a shape; without a GPU, say so and fail."""
    cupy = find_gpu()
    properties = cupy.cuda.runtime.getDeviceProperties(0)
    print(f"{properties['name'].decode()}, CuPy {cupy.__version__}, {OBJECTIVE}, float32\n")
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---|" + "---:|" * (len(COLUMNS) - 1))
    for groups, n in SHAPES:
        inputs = [cupy.random.standard_normal((groups, n), dtype=np.float32) for _ in range(INPUTS)]
        answer = cupy.empty_like(inputs[0])
        kernel = median(cupy, lambda x: cupy_arrays.answer("advantage", x, OBJECTIVE), inputs)
        copy = median(cupy, lambda x, to=answer: cupy.copyto(to, x), inputs)
        off = error(cupy, inputs[0], lambda x: cupy_arrays.answer("advantage", x, OBJECTIVE))
        figures = [f"{kernel:.3f}", f"{copy:.3f}", f"{copy / kernel:.0%}"]
        figures += [f"{8e-6 * groups * n / kernel:.0f}", f"{off:.2f}", *by_torch(cupy, inputs, kernel)]
        figures += by_jax(cupy, inputs)
        print(f"| {groups} × {n} | " + " | ".join(figures) + " |", flush=True)


def find_gpu():
    """Import CuPy and see a device, or exit with what is missing."""
    try:
        import cupy

        cupy.cuda.Device(0).compute_capability  # noqa: B018  # raises where there is no device
    except ImportError:
        sys.exit("benchmarks/gpu.py: no CuPy here; pip install 'ordergrad_ref[gpu]' on a machine with a GPU")
    except cupy.cuda.runtime.CUDARuntimeError as missing:
        sys.exit(f"benchmarks/gpu.py: no GPU here ({missing}); nothing was measured")
    return cupy


def median(cupy, function, inputs):
    """Time the function over the inputs in turn: median milliseconds between events."""
    for x in inputs:
        function(x)
    times = []
    for i in range(REPEATS):
        start, end = cupy.cuda.Event(), cupy.cuda.Event()
        start.record()
        function(inputs[i % len(inputs)])
        end.record()
        end.synchronize()
        times.append(cupy.cuda.get_elapsed_time(start, end))
    return float(np.median(times))


def by_torch(cupy, inputs, kernel):
    """Time ``torch.sort`` and PyTorch's own operations: eager, replayed from a graph, and compiled."""
    try:
        import torch
    except ImportError:
        return ["no torch"]
    if not torch.cuda.is_available():
        return ["no CUDA torch"]
    torch_tensors._has_cupy = lambda: False  # as where CuPy is not installed

    def advantage(x):
        return og.advantage(x, OBJECTIVE)

    compiled = torch.compile(advantage, fullgraph=True)
    tensors = [torch.from_dlpack(x) for x in inputs]
    sort = median(cupy, lambda x: torch.sort(x, dim=-1), tensors)
    eager = median(cupy, advantage, tensors)
    fused = median(cupy, compiled, tensors)
    graphs = {x.data_ptr(): captured(torch, advantage, x) for x in tensors}
    replayed = median(cupy, lambda x: graphs[x.data_ptr()].replay(), tensors)
    off = error(cupy, inputs[0], lambda x: cupy.from_dlpack(compiled(torch.from_dlpack(x))))
    times = [f"{sort:.3f}", f"{sort / kernel:.1f}", f"{eager:.3f}", f"{eager / sort:.1f}"]
    return [*times, f"{replayed:.3f}", f"{fused:.3f}", f"{fused / sort:.1f}", f"{off:.2f}"]


def captured(torch, function, x):
    """Capture what a function does to an array in a CUDA graph."""
    graph = torch.cuda.CUDAGraph()
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        function(x)
    return graph


def by_jax(cupy, inputs):
    """Time JAX's sort and the same function under ``jit``, by the host's clock: many calls in a row."""
    try:
        import jax
    except ImportError:
        return ["no JAX"]
    if jax.default_backend() != "gpu":
        return ["no GPU for JAX"]
    arrays = [jax.numpy.asarray(cupy.asnumpy(x)) for x in inputs]
    sort = per_call(jax.jit(jax.numpy.sort), arrays)
    answer = per_call(jax.jit(lambda x: og.advantage(x, OBJECTIVE)), arrays)
    return [f"{sort:.3f}", f"{answer:.3f}", f"{answer / sort:.1f}"]


def per_call(function, arrays):
    """Milliseconds a call, of `REPEATS` in a row, the least of three."""
    times = []
    for _ in range(4):
        start = time.perf_counter()
        for i in range(REPEATS):
            answer = function(arrays[i % len(arrays)])
        answer.block_until_ready()
        times.append((time.perf_counter() - start) / REPEATS * 1e3)
    return min(times[1:])


def error(cupy, x, answer):
    """The largest error over a sample of groups, in units of u · scale."""
    rows = np.random.default_rng(0).choice(len(x), SAMPLE, replace=False)
    got = cupy.asnumpy(answer(x)[cupy.asarray(rows)])
    worst = Fraction(0)
    for answers, rewards in zip(got.tolist(), cupy.asnumpy(x[cupy.asarray(rows)]).tolist(), strict=True):
        exact = og.advantage([Fraction(r) for r in rewards], OBJECTIVE)
        off = max(abs(Fraction(a) - e) for a, e in zip(answers, exact, strict=True))
        worst = max(worst, off / max(map(abs, exact)))
    return float(worst / Fraction(U))


if __name__ == "__main__":
    main()
