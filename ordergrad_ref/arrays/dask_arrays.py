"""Dask: a lazy array of groups is answered block by block, when somebody computes it."""

from collections.abc import Callable
from functools import partial
from math import isnan
from typing import Any, TypeAlias

from ordergrad_ref.arrays.groups import dtype_of_answer
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply"]

Block: TypeAlias = Callable[[Task, Any], Any]


def apply(task: Task, rewards: Any, groups: Any = None, *, block: Block) -> Any:
    """Answer each block of groups by ``block(task, rewards)``, for blocks may be arrays of any library.

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
    return dask.array.map_blocks(
        partial(_one_block, task, block),
        rewards.rechunk({last: -1}),
        drop_axis=[last] if task.per_group else [],
        dtype=dtype,
        meta=rewards._meta.astype(dtype),  # with it Dask need not try the function to learn what comes out
    )


def _one_block(task: Task, block: Block, rewards: Any, block_info: Any = None) -> Any:
    try:
        return block(task, rewards)
    except InvalidInputError as error:
        start = tuple(int(begin) for begin, _ in block_info[0]["array-location"])
        error.add_note(f"positions count from {start}, where the block begins in the lazy array")
        raise
