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

from ordergrad_ref.closed_forms import gap_form, rank_weights
from ordergrad_ref.kernels.gpu import expressions
from ordergrad_ref.objectives import Objective

__all__ = ["MODES", "Mode", "Plan", "answer", "by_expressions", "by_kernel", "plan_for"]

Array: TypeAlias = Any

NEGATED = ("leave_one_out",)
"""Quantities whose gaps count from above: their kernels see the rewards negated."""

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
    """How to launch a kernel: its C++ name, blocks, threads in each block, dynamic shared memory in bytes."""

    kernel: str
    blocks: int
    threads: int
    shared: int


@dataclass(frozen=True)
class Weights:
    """A kernel's weights on the device: of gaps and of rewards, or the latter's prefix sums in two parts.

    And for the weights of rewards, the ranks and the total of a `ordergrad_ref.closed_forms.sums.Level`.
    """

    first: Array
    second: Array
    low: int
    high: int
    total: float


class Asked(NamedTuple):
    """What a kernel is told of a quantity: its mode, its weights, and factors of gaps and of rewards."""

    mode: Mode
    weights: Weights
    scale: float
    sign: float


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
            np.int32(asked.weights.low),
            np.int32(asked.weights.high),
            np.float64(asked.weights.total),
            np.float64(asked.scale),
            np.float64(asked.sign),
        ),
        shared_mem=plan.shared,
    )
    return answers


def by_expressions(name: str, table: Array, objective: Objective) -> Array:
    """Answer groups of any size by CuPy's sort and array expressions."""
    import cupy

    groups, n = table.shape
    mode, weights, scale, sign = _asked(cupy, name, n, objective)
    if sign < 0:
        table = -table
    order = cupy.argsort(table, axis=-1)
    r = cupy.take_along_axis(table, order, axis=-1).astype(np.float64, copy=False)
    spoil = (r - r).sum(axis=-1)  # NaN if any reward is not finite
    if mode in (Mode.VALUE, Mode.MIXED):
        v = expressions.value(cupy, r, weights.second, weights.low, weights.high, weights.total) + spoil
    if mode is Mode.VALUE:
        return v.astype(table.dtype, copy=False)
    if mode is Mode.PATHWISE:
        ranked = expressions.tied_weights(cupy, r, weights.first, weights.second) + spoil[:, None]
    elif mode is Mode.MIXED:
        ranked = v[:, None] + scale * expressions.rise(cupy, r, weights.first[:-1])
    else:
        ranked = scale * (expressions.advantage(cupy, r, weights.first[:-1]) + spoil[:, None])
    answers = cupy.empty(table.shape, table.dtype)
    answers.reshape(-1)[order + cupy.arange(groups)[:, None] * n] = ranked.astype(table.dtype, copy=False)
    return answers


def _asked(cupy: Any, name: str, n: int, objective: Objective) -> Asked:
    k = float(objective.k)
    scale = {"score_weights": k / n, "inclusion": (n - k) / n, "leave_one_out": k / n}.get(name, 1.0)
    return Asked(MODES[name], _weights(cupy, name, objective, n), scale, -1.0 if name in NEGATED else 1.0)


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


def _weights(cupy: Any, name: str, alpha: Objective, n: int) -> Weights:
    """Compute the weights on the host and upload them once.

    Each stream has its own copy, so that its order alone says when a copy is there and when it may be freed;
    and each thread, for every thread's default stream can have the same handle.
    """
    stream = cupy.cuda.get_current_stream()
    alike = "advantage" if MODES[name] is Mode.ADVANTAGE else name
    return _uploaded(alike, alpha, n, cupy.cuda.Device().id, stream.ptr, get_ident())


@cached(
    LRUCache(CACHED_ON_GPU_BYTES, getsizeof=lambda w: max(1, w.first.nbytes + w.second.nbytes)), lock=Lock()
)
def _uploaded(name: str, alpha: Objective, n: int, *_: int) -> Weights:
    import cupy

    table = np.empty((0, n))
    if MODES[name] is Mode.PATHWISE:
        prefix, lost = expressions.prefix_sums(np, rank_weights.floating(n, alpha))
        return Weights(cupy.asarray(prefix), cupy.asarray(lost), 0, 0, 0.0)
    gaps = rank_weights.elevated(n - 1, alpha) * n / (n - 1) if n - 1 >= alpha.k else np.zeros(n - 1)
    if name in NEGATED:
        level, gaps = gap_form.level_without_highest(table, alpha), gaps[::-1]
    elif name == "inclusion" and n > alpha.k:
        level = gap_form.level_with_lowest(table, alpha)
    else:
        level = gap_form.level_of_all(table, alpha)
    first = np.append(gaps, 0.0)  # after the last rank there is no gap
    weights = np.ascontiguousarray(level.weights)
    return Weights(cupy.asarray(first), cupy.asarray(weights), level.low, level.high, level.total)
