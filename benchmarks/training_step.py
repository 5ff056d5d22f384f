"""What a call costs at the sizes of a training step: in NumPy, by compiled loops, PyTorch, JAX, and by ids.

Each time is the least of its repetitions, in seconds of the processor, so that what else runs on the machine
does not count; but by the clock in JAX, which computes on threads of its own. Each ratio is to the sort by
the same library of the same array in the same run. The error is in units of u · scale, against exact
rationals, on the first group.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np

import ordergrad_ref as og
from ordergrad_ref.kernels.at_hand import AT_HAND, COMPILING_PAYS

__all__ = ["rows"]

SIZES = ((1, 8), (1, 64), (64, 8), (512, 8), (1024, 16), (2000, 16), (256, 64))
OBJECTIVE = "max@4"
Clock: TypeAlias = Callable[[], float]
COLUMNS = ("what", "groups × N", "dtype", "call µs", "sort µs", "ratio", "error")


def rows(repeat: int) -> Iterator[tuple[str, ...]]:
    """Measure every row of the table."""
    rng = np.random.default_rng(0)
    np.ones(10**6)  # freed again, as in any training: else the allocator asks the system for each array anew
    tables = [rng.normal(size=size).astype(dtype) for dtype in ("float64", "float32") for size in SIZES]
    AT_HAND.answered = -(10**12)  # so that no loops are fetched on the way
    for x in tables:
        yield _row("NumPy", x, *_numpy(x), repeat)
    AT_HAND.answered = COMPILING_PAYS
    for dtype in ("float64", "float32"):
        og.advantage(np.ones((1000, 8), dtype), OBJECTIVE)
    for x in tables:
        yield _row("loops in memory", x, *_numpy(x), repeat)
    yield from _by_ids(rng, repeat // 5)
    for x in tables:
        if find_spec("torch") is not None:
            yield _row("PyTorch, its own operations", x, *_torch(x), repeat)
        if find_spec("jax") is not None and x.dtype == np.float32:
            yield _row("JAX, jit, by the clock", x, *_jax(x), repeat, time.perf_counter)


def _by_ids(rng: np.random.Generator, repeat: int) -> Iterator[tuple[str, ...]]:
    for count in (2**16, 2**18):
        numbers, x = rng.integers(0, count // 16, count), rng.normal(size=count)
        text = np.array([f"prompt-{number}" for number in numbers])
        for name, ids in (("integers", numbers), ("strings", text), ("objects", text.astype(object))):
            call, sort = _least(
                lambda ids=ids, x=x: og.advantage(x, OBJECTIVE, groups=ids, small_groups="zero"),
                lambda ids=ids: np.argsort(ids, kind="stable"),
                repeat,
            )
            figures = f"{call:.0f}", f"{sort:.0f}", f"{call / sort:.1f}"
            yield f"ids: {name}", str(count), "float64", *figures, ""


def _row(
    what: str,
    x: Any,
    call: Callable[[], Any],
    sort: Callable[[], Any],
    repeat: int,
    clock: Clock = time.process_time,
) -> tuple[str, ...]:
    call_us, sort_us = _least(call, sort, repeat, clock)
    exact = og.advantage([Fraction(float(v)) for v in x[0]], OBJECTIVE)
    errors = [abs(Fraction(float(a)) - b) for a, b in zip(np.asarray(call())[0], exact, strict=True)]
    error = max(errors) / max(map(abs, exact)) / Fraction(float(np.finfo(x.dtype).eps)) * 2
    size = f"{x.shape[0]} × {x.shape[1]}"
    ratio = f"{call_us / sort_us:.1f}"
    return what, size, x.dtype.name, f"{call_us:.1f}", f"{sort_us:.1f}", ratio, f"{float(error):.1f}"


def _least(
    call: Callable[[], Any], sort: Callable[[], Any], repeat: int, clock: Clock = time.process_time
) -> tuple[float, float]:
    """Microseconds of both, taken in turn, for as many calls as take a millisecond."""
    least = [np.inf, np.inf]
    for _ in range(repeat + 1):
        for i, function in enumerate((call, sort)):
            start, end, calls = clock(), time.perf_counter() + 1e-3, 0
            while time.perf_counter() < end or not calls:
                function()
                calls += 1
            least[i] = min(least[i], (clock() - start) / calls * 1e6)
    return least[0], least[1]


def _numpy(x: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    return lambda: og.advantage(x, OBJECTIVE), lambda: np.sort(x)


def _torch(x: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """By PyTorch's own operations, as on other devices: ``torch.vmap`` asks for them on the CPU too."""
    import torch

    torch.set_num_threads(1)
    rewards = torch.from_numpy(x)
    answer = torch.vmap(lambda r: og.advantage(r, OBJECTIVE))
    return lambda: answer(rewards), lambda: torch.sort(rewards)


def _jax(x: Any) -> tuple[Callable[[], Any], Callable[[], Any]]:
    import jax

    rewards = jax.numpy.asarray(x)
    answer, sort = jax.jit(lambda r: og.advantage(r, OBJECTIVE)), jax.jit(jax.numpy.sort)
    return lambda: answer(rewards).block_until_ready(), lambda: sort(rewards).block_until_ready()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=50, help="repetitions, of which the least counts")
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---|" + "---:|" * (len(COLUMNS) - 1))
    for row in rows(parser.parse_args().repeat):
        print("| " + " | ".join(row) + " |", flush=True)
