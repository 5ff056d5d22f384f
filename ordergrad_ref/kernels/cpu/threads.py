"""Work in runs, on as many threads as this process may use. NumPy's sort and the loops hold no lock."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from os import getpid
from typing import Any

__all__ = ["each", "runs", "workers"]


def runs(size: int, length: int) -> list[tuple[int, int]]:
    """Cut ``0 … size`` into runs of a length, the last one shorter; each from its first to before its end."""
    return [(a, min(a + length, size)) for a in range(0, size, length)]


def each(todo: list[tuple[Any, ...]], function: Callable[..., Any]) -> None:
    """Do all runs, on this thread and as many others as there are workers."""
    if len(todo) == 1:
        function(*todo[0])
        return
    left = iter(todo)  # a list's iterator gives each run to one thread only

    def work() -> None:
        for run in left:
            function(*run)

    others = min(workers(), len(todo)) - 1
    shares = [_pool(getpid()).submit(work) for _ in range(others)]
    work()
    for share in shares:
        if not share.cancel():  # else other callers keep the threads busy, and nothing is left to do
            share.result()


@lru_cache(maxsize=1)
def _pool(process: int) -> ThreadPoolExecutor:
    """Keep threads for later calls: starting them takes as long as a small table. A fork needs its own."""
    return ThreadPoolExecutor(max(1, workers() - 1), "ordergrad_ref")


def workers() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
