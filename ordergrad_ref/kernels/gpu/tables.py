"""The gap form on a GPU: a CuPy array in, a CuPy array out, on its device and current stream.

Groups of up to 1024 rewards are sorted and answered in the registers of a warp, larger ones in the shared
memory of a block, each reward read once and written once; what fits neither is sorted by CuPy and answered in
array expressions. Where a group goes shows in its speed only.

Nothing waits for the GPU unless it has to: ``check_finite``, and group ids that lie on the GPU, whose sizes
decide what to launch. Unchecked, a NaN or infinite reward makes its own group's answers NaN, and no other's.
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
from numpy.typing import ArrayLike, NDArray

from ordergrad_ref.arrays import groups as layout
from ordergrad_ref.arrays.groups import Needs, SmallGroups
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError
from ordergrad_ref.kernels.gpu import expressions
from ordergrad_ref.objectives import LStatistic, RealK
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["apply"]

Array: TypeAlias = Any
Objective: TypeAlias = LStatistic | RealK

SOURCE = Path(__file__).with_name("gap_form.cu")
WARPS, THREADS = 4, 512  # a block of each kernel, as in the source
LARGEST_IN_A_WARP = 1024
RANKS = {4: 4, 8: 4, 16: 8, 32: 8, 64: 16, 128: 16, 256: 16, 512: 16, 1024: 32}
"""How many ranks a lane holds of a group padded to the size on the left."""
SUMS = 256
"""Bytes of a block's shared memory that hold its warps' sums, at most."""
WORD = 16
"""Bytes in the widest load."""
CACHED_BYTES = 2**26


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


def apply(
    name: str,
    rewards: Array,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    check_finite: bool = False,
) -> Array:
    """Answer as ``ordergrad_ref.<name>`` does, for rewards on a GPU. Spec eqs. (23), (25), (26) to (29).

    Parameters
    ----------
    name : {"advantage", "score_weights", "value", "inclusion", "leave_one_out", "pathwise_weights"}
        The quantity.
    rewards : (..., N) cupy.ndarray
        Rewards: float64 or float32, answered in kind; float16, in float32; integers and booleans, in float64.
    objective : LStatistic, RealK or str
        The objective, or its spelling.
    groups : (N,) cupy.ndarray or sequence, optional
        Group ids of flat rewards. Ids on the GPU cost one synchronisation, for their sizes.
    small_groups : {"raise", "nan", "zero"}
        Policy for groups too small for the objective.
    check_finite : bool
        Whether to wait for the rewards and refuse NaN, infinity and overflow.

    Returns
    -------
    (..., N) cupy.ndarray, for the value (...)
        In the rewards' unit, on their device and its current stream.

    Raises
    ------
    GroupTooSmallError, InvalidInputError, UnknownObjectiveError
    NonFiniteRewardError
        With ``check_finite``.
    MemoryError
        Where the GPU has not enough; nothing is returned, and no argument is changed.
    """
    import cupy

    if name not in MODES:
        raise InvalidInputError(f"name: expected one of {', '.join(MODES)}, got {name!r}")
    layout._one_of("small_groups", small_groups, ("raise", "nan", "zero"))
    if not isinstance(rewards, cupy.ndarray):
        raise InvalidInputError(f"rewards: expected a cupy.ndarray, got a {type(rewards).__name__}")
    alpha = as_objective(objective)
    needs = _needs(name, alpha, small_groups)
    with rewards.device:
        try:
            x = _as_floats(cupy, rewards)
            if check_finite:
                _refuse_non_finite(cupy, x)
            if groups is None:
                return _dense(cupy, name, x, alpha, needs, small_groups, check_finite)
            return _ragged(cupy, name, x, alpha, needs, groups, small_groups, check_finite)
        except cupy.cuda.memory.OutOfMemoryError as error:
            raise MemoryError(
                f"rewards: not enough memory on {rewards.device} for the {name} of {rewards.size} rewards "
                f"({rewards.nbytes} bytes, and as many again for the answer): {error}"
            ) from error


def _needs(name: str, alpha: Objective, small_groups: SmallGroups) -> Needs:
    from ordergrad_ref import batch  # which may have called us

    if name in ("value", "inclusion", "leave_one_out"):
        batch._refuse_zero(small_groups, name)
    return {
        "value": batch._k_rewards,
        "pathwise_weights": batch._k_rewards,
        "inclusion": batch._included_k_rewards,
        "leave_one_out": batch._left_out_k_rewards,
        "advantage": batch._more_than_k_rewards,
        "score_weights": batch._more_than_k_rewards,
    }[name](alpha)


def _as_floats(cupy: Any, rewards: Array) -> Array:
    dtype = rewards.dtype
    if dtype in (np.float32, np.float64):
        x = rewards
    elif dtype == np.float16 or dtype.name == "bfloat16":
        x = rewards.astype(np.float32)
    elif dtype.kind in "biu":
        x = rewards.astype(np.float64)
    else:
        raise InvalidInputError(
            "rewards: expected real numbers (float64, float32, float16, bfloat16, integers or booleans), "
            f"got dtype {dtype}"
        )
    if x.ndim == 0:
        raise InvalidInputError("rewards: expected shape (..., N), got a single number")
    return cupy.ascontiguousarray(x)


def _refuse_non_finite(cupy: Any, x: Array) -> None:
    finite = cupy.isfinite(x)
    if not bool(finite.all()):
        place = tuple(int(i) for i in cupy.argwhere(~finite)[0])
        raise NonFiniteRewardError(
            f"rewards: expected finite numbers, got {x[place].item()} at position {layout._at(place)}; "
            "check_finite=False confines NaN to its own group"
        )


def _dense(
    cupy: Any,
    name: str,
    x: Array,
    alpha: Objective,
    needs: Needs,
    small_groups: SmallGroups,
    check_finite: bool,
) -> Array:
    leading, n = x.shape[:-1], x.shape[-1]
    if n == 0:
        raise InvalidInputError(f"rewards: expected at least one in each group, got shape {x.shape}")
    table = x.reshape(-1, n)
    if n < needs.size and table.size:
        first = f"group {layout._at((0,) * len(leading))}" if leading else "the batch"
        _too_small(needs, n, small_groups, first)
    part = _answer(cupy, name, table, alpha, needs, small_groups, check_finite)
    return part.reshape(leading if name == "value" else x.shape)


def _ragged(
    cupy: Any,
    name: str,
    x: Array,
    alpha: Objective,
    needs: Needs,
    groups: ArrayLike,
    small_groups: SmallGroups,
    check_finite: bool,
) -> Array:
    """Answer the groups of each size together: one gather, one launch, one scatter a size."""
    if x.ndim != 1:
        raise InvalidInputError(
            f"rewards: expected a flat array, one reward for each group id, got shape {x.shape}"
        )
    names, order, sizes = _members(cupy, x, groups)
    if len(small := np.flatnonzero(sizes < needs.size)):
        number = int(small[0])
        _too_small(needs, int(sizes[number]), small_groups, f"group {layout._short(names[number].item())}")
    start = np.cumsum(sizes) - sizes
    result = cupy.empty(len(sizes) if name == "value" else len(x), x.dtype)
    for n in np.unique(sizes).tolist():
        numbers = np.flatnonzero(sizes == n)
        places = order[cupy.asarray(start[numbers])[:, None] + cupy.arange(n)]
        part = _answer(cupy, name, x[places], alpha, needs, small_groups, check_finite)
        result[cupy.asarray(numbers) if name == "value" else places] = part
    return result


def _members(cupy: Any, x: Array, groups: ArrayLike) -> tuple[Array, Array, NDArray[np.int64]]:
    """Name the groups, list the places of the rewards group by group, and count each group's."""
    if isinstance(groups, cupy.ndarray):
        ids: Any = groups
        if ids.device != x.device:
            raise InvalidInputError(f"groups: expected ids on {x.device} with the rewards, got {ids.device}")
        if ids.shape != x.shape:
            raise InvalidInputError(
                f"groups: expected one id for each of the {len(x)} rewards, got shape {ids.shape}"
            )
        if not len(x):
            raise InvalidInputError("rewards: expected at least one, got none")
        if ids.dtype.kind not in "biuf" or not bool(cupy.isfinite(ids).all()):
            raise InvalidInputError(f"groups: expected finite ids, integers or floats, got dtype {ids.dtype}")
        xp = cupy
    else:
        ids, xp = layout._group_ids(groups, len(x)), np
    try:
        names, member, sizes = xp.unique(ids, return_inverse=True, return_counts=True)
    except TypeError as error:
        raise InvalidInputError(f"groups: expected ids of one sortable kind ({error})") from error
    order = xp.argsort(member, kind="stable")
    return names, cupy.asarray(order), sizes if xp is np else cupy.asnumpy(sizes)


def _too_small(needs: Needs, n: int, small_groups: SmallGroups, group: str) -> None:
    if small_groups == "raise":
        raise GroupTooSmallError(f"rewards: {group} {needs.why(n)}")


def _answer(
    cupy: Any,
    name: str,
    table: Array,
    alpha: Objective,
    needs: Needs,
    small_groups: SmallGroups,
    check_finite: bool,
) -> Array:
    """Answer a table (G, N) whose groups are of one size."""
    groups, n = table.shape
    mode, k = MODES[name], float(alpha.k)
    shape = (groups,) if mode is Mode.VALUE else table.shape
    if n < needs.size:
        return cupy.full(shape, np.nan if small_groups == "nan" else 0.0, table.dtype)
    if not groups:
        return cupy.empty(shape, table.dtype)
    weights = _weights(cupy, alpha, n, mode is Mode.PATHWISE)
    total = float(alpha.total) if isinstance(alpha, LStatistic) else 1.0
    scale = {"score_weights": k / n, "inclusion": (n - k) / n, "leave_one_out": -k / n}.get(name, 1.0)
    plan = _plan(table, mode, _shared_limit(table.device.id))
    if plan is None:
        answer = _by_library(cupy, mode, table, weights, total, scale)
    else:
        answer = cupy.empty(shape, table.dtype)
        _kernel(plan.kernel, plan.shared, table.device.id)(
            (plan.blocks,),
            (plan.threads,),
            (
                table,
                answer,
                np.int64(groups),
                np.int32(n),
                weights.first,
                weights.second,
                np.int32(weights.anchor),
                np.float64(total),
                np.float64(scale),
            ),
            shared_mem=plan.shared,
        )
    if check_finite and not bool(cupy.isfinite(answer).all()):
        raise InvalidInputError(
            f"rewards: the spread of a group overflows {table.dtype}; scale the rewards down"
        )
    return answer


def _plan(table: Array, mode: Mode, shared_limit: int) -> Plan | None:
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


@cached(LRUCache(CACHED_BYTES, getsizeof=lambda w: max(1, w.first.nbytes + w.second.nbytes)), lock=Lock())
def _uploaded(alpha: Objective, n: int, prefix: bool, *_: int) -> Weights:
    import cupy

    w = rank_weights.floating(n, alpha)
    if prefix:
        first, second = expressions.prefix_sums(np, w)
    else:
        gaps = rank_weights.elevated(n - 1, alpha) * n / (n - 1) if n - 1 >= alpha.k else np.zeros(n - 1)
        first, second = np.append(gaps, 0.0), w  # after the last rank there is no gap
    return Weights(cupy.asarray(first), cupy.asarray(second), int(np.argmax(abs(w))))


def _by_library(cupy: Any, mode: Mode, table: Array, weights: Weights, total: float, scale: float) -> Array:
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
    answer = cupy.empty(table.shape, table.dtype)
    groups, n = table.shape
    answer.reshape(-1)[order + cupy.arange(groups)[:, None] * n] = ranked.astype(table.dtype, copy=False)
    return answer
