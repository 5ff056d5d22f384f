"""How near the GPU kernels come to the speed of a copy, and how near to the exact answer.

    python benchmarks/gpu.py

Bandwidth counts eight bytes a float32 reward, one read and one write, and is given as a fraction of what a
device-to-device copy of the same array reached in the same run. Times are medians of CUDA events over several
inputs in turn, together larger than the second-level cache, after a warm-up. Errors are the largest of a
sample of groups, in units of u · scale, against exact rationals (spec eq. (54) allows 16).
"""

import sys
from fractions import Fraction

import numpy as np

import ordergrad_ref as og
from ordergrad_ref.arrays import cupy_arrays

SHAPES = [(2**20, 16), (2**17, 64), (2**14, 1024)]
OBJECTIVE = "max@4"
INPUTS = 4
REPEATS = 50
SAMPLE = 20
U = 2.0**-24


def main():
    """Print one line a shape; without a GPU, say so and fail."""
    cupy = find_gpu()
    properties = cupy.cuda.runtime.getDeviceProperties(0)
    print(f"{properties['name'].decode()}, CuPy {cupy.__version__}, {OBJECTIVE}, float32")
    print("    groups x N      ms  copy ms  of copy    GB/s  torch.sort ms  error")
    for groups, n in SHAPES:
        inputs = [cupy.random.standard_normal((groups, n), dtype=np.float32) for _ in range(INPUTS)]
        answer = cupy.empty_like(inputs[0])
        kernel = median(cupy, lambda x: cupy_arrays.answer("advantage", x, OBJECTIVE), inputs)
        copy = median(cupy, lambda x, to=answer: cupy.copyto(to, x), inputs)
        sort = torch_sort(cupy, inputs)
        print(
            f"{groups:>8} x {n:<4}{kernel:>7.3f}{copy:>9.3f}{copy / kernel:>9.0%}"
            f"{8e-6 * groups * n / kernel:>8.0f}{sort:>15}{error(cupy, inputs[0]):>7.2f}"
        )


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


def torch_sort(cupy, inputs):
    """Time ``torch.sort`` of the same arrays, seen through DLPack, on the same stream."""
    try:
        import torch
    except ImportError:
        return "no torch"
    if not torch.cuda.is_available():
        return "no CUDA torch"
    stream = torch.cuda.ExternalStream(cupy.cuda.get_current_stream().ptr)
    with torch.cuda.stream(stream):
        time = median(cupy, lambda x: torch.sort(x, dim=-1), [torch.from_dlpack(x) for x in inputs])
    return f"{time:.3f}"


def error(cupy, x):
    """The largest error over a sample of groups, in units of u · scale."""
    rows = np.random.default_rng(0).choice(len(x), SAMPLE, replace=False)
    got = cupy.asnumpy(cupy_arrays.answer("advantage", x, OBJECTIVE)[cupy.asarray(rows)])
    worst = Fraction(0)
    for answers, rewards in zip(got.tolist(), cupy.asnumpy(x[cupy.asarray(rows)]).tolist(), strict=True):
        exact = og.advantage([Fraction(r) for r in rewards], OBJECTIVE)
        off = max(abs(Fraction(a) - e) for a, e in zip(answers, exact, strict=True))
        worst = max(worst, off / max(map(abs, exact)))
    return float(worst / Fraction(U))


if __name__ == "__main__":
    main()
