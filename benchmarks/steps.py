"""Where the time of groups answered side by side goes: each step of the loops alone, on one thread."""

import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

import ordergrad_ref as og
from ordergrad_ref.arrays.groups import answer_on_host
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.closed_forms.group_sizes import Needs
from ordergrad_ref.closed_forms.two_sided import FEW
from ordergrad_ref.kernels.cpu import both_sides
from ordergrad_ref.kernels.cpu import network as net
from ordergrad_ref.kernels.cpu import side_by_side as sides
from ordergrad_ref.kernels.cpu.sums import NO_LEVEL, NONE

__all__ = ["shares"]

W, S = net.W, net.S
STEPS = ("pack keys", "sort them", "fetch rewards in order", "add up gaps and centre", "put answers back")


@numba.njit(nogil=True, error_model="numpy")
def repeated(step: int, x: Any, rise: Any, fall: Any, key: Any, s: Any, a: Any, state: Any, out: Any) -> None:
    """Do one step for every block of a table whose groups are a multiple of W."""
    n = x.shape[1]
    lead = -n % 4
    places, mask = key.view(np.int64), np.int64(net.stored_rows(n) - 1)
    for g in range(0, x.shape[0], W):
        if step == 0:
            sides.pack(x[g : g + W], mask, places)
        elif step == 1:
            net.sort(key, n)
        elif step == 2:
            sides.fetch(x[g : g + W], mask, places, s[(lead + 1) * S :])
        elif step == 3:
            sides.lead_in(s, lead)
            if fall.size:
                both_sides.add_up(s, rise, fall, lead, n, state[:W], state[W : 2 * W], a)
            else:
                sides.accumulate(s, rise, lead, state, a)
                sides.find_origin(state, False, n)
        else:
            sides.put(a[lead * S :], mask, places, fall.size == 0, state, out[g : g + W])


def shares(groups: int, n: int, k: int, repeat: int) -> dict[str, float]:
    """Nanoseconds a reward: each step on one thread, all in one pass, and looking for NaN and infinity.

    The last is done twice, before and after.
    """
    x = np.random.default_rng(groups + n).normal(size=(groups, n))
    out, lead = np.empty_like(x), -n % 4
    e, t = rank_weights.elevated(n - 1, og.objective(f"max@{k}")) / (n - 1), np.arange(1, n)
    weights = [e * t, (e * (n - t))[::-1].copy()] if n <= FEW else [e * n, NONE]
    rise, fall = (both_sides.rows_from_an_end(w, lead) for w in weights)
    if n > FEW:
        rise = np.concatenate([np.zeros(lead + 1), weights[0]])
    key = np.full(net.stored_rows(n) * S, np.inf)
    s, a, state = np.zeros((2 * (lead + 1) + n) * S), np.zeros((2 * lead + n) * S), np.zeros(6 * W)

    def least(function: Callable[[], Any]) -> float:
        seconds = []
        for _ in range(repeat + 1):
            start = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - start)
        return min(seconds) / x.size * 1e9

    found = {
        name: least(lambda step=step: repeated(step, x, rise, fall, key, s, a, state, out))  # type: ignore[misc]
        for step, name in enumerate(STEPS)
    }
    found["all in one pass"] = least(lambda: sides.answer(x, *weights, NONE, *NO_LEVEL, out))
    task = Task(name="nothing", kernel=lambda _: out, needs=Needs(1, str), takes_float32=True)
    found["check rewards and answers"] = least(lambda: answer_on_host(task, x))
    return found
