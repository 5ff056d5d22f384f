"""Where the time of groups answered side by side goes: each step of the loops alone, on one thread."""

import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

import ordergrad_ref as og
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.closed_forms.two_sided import FEW
from ordergrad_ref.kernels.cpu import network as net
from ordergrad_ref.kernels.cpu import side_by_side as sides
from ordergrad_ref.kernels.cpu.lanes import LANES
from ordergrad_ref.kernels.cpu.rows import rows, turn_back, turn_over
from ordergrad_ref.kernels.cpu.sums import NO_LEVEL, NONE

__all__ = ["shares"]

OF_FEW = "turn into rows", "sort them", "add up by rank", "undo the sorting", "turn back"
OF_MANY = "pack keys", "sort them", "fetch rewards in order", "add up by rank", "put answers back"


@numba.njit(nogil=True, error_model="numpy")
def few(step: int, x: Any, rise: Any, fall: Any, s: Any, a: Any, outcomes: Any, out: Any) -> None:
    """Do one step for every eight groups of a table, whose groups are short and a multiple of eight."""
    n = x.shape[1]
    rewards, answers = x.reshape(-1), out.reshape(-1)
    for i in range(0, x.size, LANES * n):
        if step == 0:
            turn_over(rewards, i, n, s)
        elif step == 1:
            net.sort_noting(s, n, outcomes)
        elif step == 2:
            sides.by_rank(s, n, rise, fall, NONE, NONE, 0, 0, 0.0, a)
        elif step == 3:
            net.undo(a, n, outcomes)
        else:
            turn_back(a, n, answers, i)


@numba.njit(nogil=True, error_model="numpy")
def many(step: int, x: Any, rise: Any, fall: Any, key: Any, s: Any, a: Any, out: Any) -> None:
    """Do the same where groups are long."""
    n = x.shape[1]
    rewards, answers = x.reshape(-1), out.reshape(-1)
    for i in range(0, x.size, LANES * n):
        if step == 0:
            sides.pack(rewards, i, n, key)
        elif step == 1:
            net.sort(key, n)
        elif step == 2:
            sides.fetch(rewards, i, n, key, s)
        elif step == 3:
            sides.by_rank(s, n, rise, fall, NONE, NONE, 0, 0, 0.0, a if fall.size else s)
        else:
            sides.put(a if fall.size else s, key, n, answers, i)


def shares(groups: int, n: int, k: int, repeat: int) -> dict[str, float]:
    """Nanoseconds a reward: each step on one thread, and all in one pass."""
    x = np.random.default_rng(groups + n).normal(size=(groups, n))
    out = np.empty_like(x)
    e, t = rank_weights.elevated(n - 1, og.objective(f"max@{k}")) / (n - 1), np.arange(1, n)
    short = n <= net.IN_REGISTERS
    weights = [e * t, (e * (n - t))[::-1].copy()] if n <= FEW else [e * n, NONE]
    steps, names = (few, OF_FEW) if short else (many, OF_MANY)
    key, s, a = rows(net.stored_rows(n)), rows(net.stored_rows(n)), rows(2 * FEW)
    arrays = [s, a, np.empty(net.COMPARATORS, np.uint8)] if short else [key, s, a]

    def least(function: Callable[[], Any]) -> float:
        seconds = []
        for _ in range(repeat + 1):
            start = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - start)
        return min(seconds) / x.size * 1e9

    found = {
        name: least(lambda step=step: steps(step, x, *weights, *arrays, out))  # type: ignore[misc]
        for step, name in enumerate(names)
    }
    found["all in one pass"] = least(lambda: sides.answer(x, *weights, NONE, *NO_LEVEL, out))
    return found
