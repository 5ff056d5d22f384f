"""The gap form on a GPU: a table of groups of one size in, their answers out.

Groups of up to 1024 rewards are sorted and answered in the registers of a warp, larger ones in the shared
memory of a block, each reward read once and written once; what fits neither is sorted by CuPy and answered in
array expressions. Where a group goes shows in its speed only. Nothing waits for the GPU.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from math import ceil
from pathlib import Path
from threading import Lock, get_ident
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from cachetools import LRUCache, cached

from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.kernels.gpu import expressions
from ordergrad_ref.objectives import Objective

__all__ = ["MODES", "Mode", "Plan", "answer", "by_expressions", "by_kernel", "plan_for"]

Array: TypeAlias = Any

SOURCE = Path(__file__).with_name("gap_form.cu")
WARPS, THREADS = 4, 512  # a block of each kernel, as in the source
LARGEST_IN_A_WARP = 1024
"""32 lanes, each with 32 ranks in its registers; more would not fit there."""
RANKS = {4: 4, 8: 4, 16: 8, 32: 8, 64: 16, 128: 16, 256: 16, 512: 16, 1024: 32}
"""How many ranks a lane holds of a group padded to the size on the left."""
SUMS = 256
"""Bytes of a block's shared memory that hold its warps' sums, at most."""
WORD = 16
"""Bytes in the widest load."""
CACHED_ON_GPU_BYTES = 2**26
"""Bytes of uploaded weights that are kept for later calls, small beside the memory of any GPU."""


class Mode(IntEnum):
    """What a kernel computes, numbered as in its source."""

    ADVANTAGE = 0
    VALUE = 1
    MIXED = 2
    PATHWISE = 3


MODES = {
    "advantage": Mode.ADVANTAGE,
    "score_weights": Mode.ADVANTAGE,
    "value": Mode.VALUE,
    "inclusion": Mode.MIXED,
    "leave_one_out": Mode.MIXED,
    "pathwise_weights": Mode.PATHWISE,
}


class Plan(NamedTuple):
    """How to launch a kernel: its C++ name, blocks, threads a block, dynamic shared memory in bytes."""

    kernel: str
    blocks: int
    threads: int
    shared: int


@dataclass(frozen=True)
class Weights:
    """A kernel's weights on the device: of gaps and of rewards, or the latter's prefix sums in two parts."""

    first: Array
    second: Array
    anchor: int


class Asked(NamedTuple):
    """What a kernel is told of a quantity: its mode, its weights, their total, and a factor of the gaps."""

    mode: Mode
    weights: Weights
    total: float
    scale: float


def answer(name: str, table: Array, objective: Objective) -> Array:
    """Answer a contiguous table ``(G, N)`` of float64 or float32 on the current device.

    ``name`` is one of `MODES`, G at least one, and N enough for the objective:
    `ordergrad_ref.arrays.cupy_arrays` sees to that.
    """
    plan = plan_for(table, MODES[name], _shared_limit(table.device.id))
    if plan is None:
        return by_expressions(name, table, objective)
    return by_kernel(name, table, objective, plan)


def by_kernel(name: str, table: Array, objective: Objective, plan: Plan) -> Array:
    """Answer by the CUDA kernel that was planned."""
    import cupy

    groups, n = table.shape
    asked = _asked(cupy, name, n, objective)
    answers = cupy.empty((groups,) if asked.mode is Mode.VALUE else table.shape, table.dtype)
    _kernel(plan.kernel, plan.shared, table.device.id)(
        (plan.blocks,),
        (plan.threads,),
        (
            table,
            answers,
            np.int64(groups),
            np.int32(n),
            asked.weights.first,
            asked.weights.second,
            np.int32(asked.weights.anchor),
            np.float64(asked.total),
            np.float64(asked.scale),
        ),
        shared_mem=plan.shared,
    )
    return answers


def by_expressions(name: str, table: Array, objective: Objective) -> Array:
    """Answer groups of any size by CuPy's sort and array expressions."""
    import cupy

    groups, n = table.shape
    mode, weights, total, scale = _asked(cupy, name, n, objective)
    order = cupy.argsort(table, axis=-1)
    r = cupy.take_along_axis(table, order, axis=-1).astype(np.float64, copy=False)
    spoil = (r - r).sum(axis=-1)  # NaN if any reward is not finite
    v = 0.0
    if mode in (Mode.VALUE, Mode.MIXED):
        v = expressions.value(cupy, r, weights.second, weights.anchor, total) + spoil
        if mode is Mode.VALUE:
            return v.astype(table.dtype, copy=False)
        v = v[:, None]
    if mode is Mode.PATHWISE:
        ranked = expressions.tied_weights(cupy, r, weights.first, weights.second) + spoil[:, None]
    else:
        ranked = v + scale * (expressions.advantage(cupy, r, weights.first[:-1]) + spoil[:, None])
    answers = cupy.empty(table.shape, table.dtype)
    answers.reshape(-1)[order + cupy.arange(groups)[:, None] * n] = ranked.astype(table.dtype, copy=False)
    return answers


def _asked(cupy: Any, name: str, n: int, objective: Objective) -> Asked:
    mode, k = MODES[name], float(objective.k)
    scale = {"score_weights": k / n, "inclusion": (n - k) / n, "leave_one_out": -k / n}.get(name, 1.0)
    weights = _weights(cupy, objective, n, mode is Mode.PATHWISE)
    return Asked(mode, weights, float(objective.total), scale)


def plan_for(table: Array, mode: Mode, shared_limit: int) -> Plan | None:
    """Choose the kernel for a table, or none where a group is larger than shared memory."""
    groups, n = table.shape
    kind = {4: "float", 8: "double"}[table.dtype.itemsize]
    padded = max(4, 1 << (n - 1).bit_length())
    if n <= LARGEST_IN_A_WARP:
        ranks = RANKS[padded]
        lanes = padded // ranks
        wide = WORD // table.dtype.itemsize
        load = wide if n % wide == 0 and table.data.ptr % WORD == 0 else 1
        blocks = ceil(groups / (WARPS * (32 // lanes)))
        full = str(n == padded).lower()
        name = f"warp_groups<{kind}, {lanes}, {ranks}, {load}, {full}, {mode:d}>"
        return Plan(name, blocks, 32 * WARPS, 0)
    shared = SUMS + padded * (table.dtype.itemsize + 2)  # keys, and their places in 16 bits
    if shared > shared_limit or padded > 2**16:
        return None
    return Plan(f"block_groups<{kind}, {padded // THREADS}, {mode:d}>", groups, THREADS, shared)


@lru_cache
def _shared_limit(device: int) -> int:
    import cupy

    return int(cupy.cuda.Device(device).attributes["MaxSharedMemoryPerBlockOptin"])


@lru_cache
def _kernel(expression: str, shared: int, device: int) -> Any:
    """Compile one kernel for the current device, which is ``device``; CuPy keeps the binary on disk."""
    import cupy

    module = cupy.RawModule(
        code=SOURCE.read_text(encoding="utf-8"), options=("-std=c++17",), name_expressions=(expression,)
    )
    kernel = module.get_function(expression)
    if shared:
        kernel.max_dynamic_shared_size_bytes = shared
    return kernel


def _weights(cupy: Any, alpha: Objective, n: int, prefix: bool) -> Weights:
    """Compute the weights on the host and upload them once.

    Each stream has its own copy, so that its order alone says when a copy is there and when it may be freed;
    and each thread, for every thread's default stream can have the same handle.
    """
    stream = cupy.cuda.get_current_stream()
    return _uploaded(alpha, n, prefix, cupy.cuda.Device().id, stream.ptr, get_ident())


@cached(
    LRUCache(CACHED_ON_GPU_BYTES, getsizeof=lambda w: max(1, w.first.nbytes + w.second.nbytes)), lock=Lock()
)
def _uploaded(alpha: Objective, n: int, prefix: bool, *_: int) -> Weights:
    import cupy

    w = rank_weights.floating(n, alpha)
    if prefix:
        first, second = expressions.prefix_sums(np, w)
    else:
        gaps = rank_weights.elevated(n - 1, alpha) * n / (n - 1) if n - 1 >= alpha.k else np.zeros(n - 1)
        first, second = np.append(gaps, 0.0), w  # after the last rank there is no gap
    return Weights(cupy.asarray(first), cupy.asarray(second), int(np.argmax(abs(w))))
