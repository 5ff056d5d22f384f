"""Dask: a lazy array of groups is answered block by block, when somebody computes it."""

from collections.abc import Callable
from functools import partial
from math import isnan
from typing import Any, TypeAlias

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays.groups import dtype_of_answer
from ordergrad_ref.arrays.samples import NOTHING, Beside
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply"]

Block: TypeAlias = Callable[[Task, Any, None, Beside], Any]


def apply(task: Task, rewards: Any, groups: Any = None, beside: Beside = NOTHING, *, block: Block) -> Any:
    """Answer each block of groups by ``block(task, rewards, …)``, for blocks may be arrays of any library.

    A group lies in one block, so the last axis becomes one chunk.
    """
    if groups is not None:
        raise InvalidInputError(
            "groups: expected none beside a lazy array, got ids; reshape it to (..., N), chunked by "
            "groups, and pass no ids, or compute() it first"
        )
    if rewards.ndim and isnan(rewards.shape[-1]):
        raise InvalidInputError(
            f"rewards: expected a known number of rewards in a group, got shape {rewards.shape}; "
            "compute_chunk_sizes() finds it"
        )
    import dask.array

    dtype = dtype_of_answer(task, rewards.shape, rewards.dtype)
    last = rewards.ndim - 1
    rewards = rewards.rechunk({last: -1})
    return dask.array.map_blocks(
        partial(_one_block, task, block),
        rewards,
        *(_chunked(x, name, rewards) for x, name in zip(beside, Beside._fields, strict=True)),
        drop_axis=[last] if task.per_group else [],
        dtype=dtype,
        meta=rewards._meta.astype(dtype),  # with it Dask need not try the function to learn what comes out
    )


def _chunked(x: Any, name: str, like: Any) -> Any:
    """Cut scores or a mask, lazy or in memory, as the rewards are cut."""
    if x is None:
        return None
    import dask.array

    array = x if compat.is_dask_array(x) else np.asarray(x)
    if array.shape != like.shape:
        raise InvalidInputError(
            f"{name}: expected one for each reward, of shape {like.shape}, got shape {array.shape}"
        )
    return dask.array.asarray(array).rechunk(like.chunks)


def _one_block(
    task: Task, block: Block, rewards: Any, by: Any = None, where: Any = None, block_info: Any = None
) -> Any:
    try:
        return block(task, rewards, None, Beside(by, where))
    except InvalidInputError as error:
        start = tuple(int(begin) for begin, _ in block_info[0]["array-location"])
        error.add_note(f"positions count from {start}, where the block begins in the lazy array")
        raise
