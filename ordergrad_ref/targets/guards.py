"""What keeps a user's function from harming an audit: a time limit, captured output, known seeds."""

import io
import mmap
import os
import random
import signal
import struct
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from types import FrameType
from typing import Any, NoReturn

import numpy as np

__all__ = [
    "Deadline",
    "Printed",
    "TimedOut",
    "can_time",
    "reseed",
    "seeded",
    "staying",
    "stdout_to_stderr",
    "within",
]

AGAIN = 1.0
"""Seconds after which a function that has caught `TimedOut` is told again."""

# As they were before a target could put its own in their place.
_SEED, _GETSTATE, _SETSTATE, _NOW = random.seed, random.getstate, random.setstate, time.monotonic


class Deadline:
    """When the call that is running must have ended, in memory that a forked process shares with its parent.

    A process that supervises this one reads it there, whatever the call does.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 16)

    def set(self, seconds: float | None) -> None:
        """Begin a call that may take so many seconds; None ends it."""
        until = 0.0 if seconds is None else _NOW() + seconds
        struct.pack_into("dd", self._memory, 0, until, seconds or 0.0)

    def passed(self) -> tuple[float, float] | None:
        """Tell by how many seconds a limit has passed, and what the limit was; None while none has."""
        until, seconds = struct.unpack_from("dd", self._memory)
        late = _NOW() - until
        return (late, seconds) if until and late > 0 else None


DEADLINE = Deadline()


class TimedOut(BaseException):
    """Raised inside the function when its time is up. No ``except Exception`` of its own catches it."""


def can_time() -> bool:
    """Tell whether `within` works here: on the main thread of a POSIX system."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """Raise `TimedOut` in the block after that many seconds, as soon as Python code runs again.

    It is raised again each second, for code that catches it. It needs the main thread of a POSIX system. A
    loop in C that never returns, or one that catches everything, cannot be interrupted in this way; a
    separate process, which the command makes of itself, can be ended.
    """
    if seconds is None:
        yield
        return

    running = True

    def alarm(number: int, frame: FrameType | None) -> None:
        if running:
            raise TimedOut

    before = signal.signal(signal.SIGALRM, alarm)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    start = time.monotonic()
    DEADLINE.set(seconds)
    try:
        yield
    finally:
        running = False
        DEADLINE.set(None)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:  # a caller's own limit, on all of this
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - start), 1e-3), interval)


class Printed(io.TextIOBase):
    """A text stream that keeps the first line and the number of lines."""

    def __init__(self) -> None:
        self.first = ""
        self.lines = 0

    def write(self, text: str) -> int:
        """Keep the first line, count line ends, and return the number of characters, as streams do."""
        if not self.lines:
            self.first += text.partition("\n")[0]
        self.lines += text.count("\n")
        return len(text)

    def writable(self) -> bool:
        """Return True, as a stream that can be written to does."""
        return True

    def __str__(self) -> str:
        """Return a sentence about what was printed; empty if nothing was."""
        if not (self.first or self.lines):
            return ""
        first = self.first if len(self.first) <= 40 else f"{self.first[:40]}…"
        return f"it prints to standard output ({first!r} first), which is kept out of this report"


@contextmanager
def staying() -> Iterator[None]:
    """Turn ``os._exit`` into `SystemExit` while the block runs.

    A target that calls ``os._exit(0)`` would otherwise end this process as if the audit had passed. Processes
    that the target forks can still leave in this way, and end here if they did not: this work is not theirs.
    """
    leave, own = os._exit, os.getpid()

    def stay(status: int) -> NoReturn:
        if os.getpid() == own:
            raise SystemExit(status)
        leave(status)

    os._exit = stay
    try:
        yield
    finally:
        os._exit = leave
        if os.getpid() != own:
            leave(1)


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send what is written to standard output, by Python, C or child processes, to standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        with redirect_stdout(sys.stderr):
            yield
    finally:
        if not sys.stdout.closed:
            sys.stdout.flush()  # what was written to the stream itself, not through its name
        os.dup2(kept, 1)
        os.close(kept)
        if sys.stdout.closed:  # by the target
            sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115


APART = 2**20
"""How far the seeds of several generators lie apart, so that none repeats what another draws."""


@contextmanager
def seeded(seed: int, kept: Sequence[Any] = ()) -> Iterator[None]:
    """Seed the global random states of Python, NumPy and a loaded PyTorch; restore them afterwards.

    Likewise the generators that a function has ``kept``.
    """
    torch = sys.modules.get("torch")
    python, numpy = _GETSTATE(), np.random.get_state()  # noqa: NPY002
    pytorch = torch.get_rng_state() if torch else None
    own = [_state(generator) for generator in kept]
    reseed(seed, kept)
    try:
        yield
    finally:
        _SETSTATE(python)
        np.random.set_state(numpy)  # noqa: NPY002
        if torch:
            torch.set_rng_state(pytorch)
        for generator, state in zip(kept, own, strict=True):
            _restore(generator, state)


def reseed(seed: int, kept: Sequence[Any] = ()) -> None:
    """Seed them once more, where `seeded` restores them: a draw for each call costs little in this way."""
    _SEED(seed)
    np.random.seed(seed)  # noqa: NPY002
    torch = sys.modules.get("torch")
    if torch:
        _seed_torch(torch, seed)
    for place, generator in enumerate(kept, start=1):
        own = seed + place * APART
        if isinstance(generator, np.random.Generator):
            generator.bit_generator.state = type(generator.bit_generator)(own).state
        elif hasattr(generator, "manual_seed"):
            generator.manual_seed(own)
        else:
            generator.seed(own)


def _seed_torch(torch: Any, seed: int) -> None:
    """Seed the CPU alone where there is no CUDA, for which `torch.manual_seed` keeps a traceback."""
    (torch.manual_seed if torch.cuda.is_available() else torch.default_generator.manual_seed)(seed)


def _state(generator: Any) -> Any:
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator.state
    return getattr(generator, "getstate" if isinstance(generator, random.Random) else "get_state")()


def _restore(generator: Any, state: Any) -> None:
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = state
    else:
        getattr(generator, "setstate" if isinstance(generator, random.Random) else "set_state")(state)
