"""What every command says on a terminal, and the exit status that it ends with."""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import typer

from ordergrad_ref.errors import InvalidInputError

__all__ = [
    "BAD_INPUT",
    "INTERNAL",
    "INTERRUPTED",
    "UNREAD",
    "complain",
    "conclude",
    "needs_output",
    "stop",
    "stopped_in_one_line",
    "styled",
    "tidying_up",
    "writing",
]

BAD_INPUT = 2
INTERNAL = 70  # EX_SOFTWARE of sysexits.h: a fault of ours, which is never "does not hold"
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
UNREAD = 141  # 128 + SIGPIPE


def stop(interrupted: str | None) -> None:
    """End with the status of an interrupt where the audit was interrupted."""
    if interrupted is not None:
        complain("interrupted", f"at {interrupted}; what was found until then is above")
        raise typer.Exit(INTERRUPTED)


def conclude(failures: list[str]) -> None:
    """Name what does not hold, and end with status 1 where there is any."""
    for failure in failures:
        complain("not held", failure)
    if failures:
        raise typer.Exit(1)


def complain(label: str, sentence: str) -> None:
    """Print a sentence on standard error."""
    typer.echo(f"{styled(label)}: {sentence}", err=True)


def styled(label: str) -> str:
    """Set the word at the head of a complaint apart, unless the environment asks for plain text."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown")
    return label if plain else typer.style(label, fg="red", bold=True)


@contextmanager
def stopped_in_one_line(written: Sequence[object] = ()) -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP end the command tidily, and say so, and which files are written."""
    try:
        with tidying_up():
            yield
    except KeyboardInterrupt:
        complain("interrupted", f"by SIGINT; {_done(written)}")
        raise
    except SystemExit as end:
        complain("interrupted", f"by {signal.Signals(int(end.code or 0) - 128).name}; {_done(written)}")
        raise


def needs_output() -> None:
    """Refuse a standard output that is closed, of a command whose answer goes there."""
    if sys.stdout is None:
        raise InvalidInputError("standard output: expected an open one, got one that is closed")


@contextmanager
def writing(what: str) -> Iterator[None]:
    """Say of a disk that fails what was being written; the error itself names nothing."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror or error}, while {what} was written") from error


def _done(written: Sequence[object]) -> str:
    return f"written before: {', '.join(map(str, written))}" if written else "nothing was written"


@contextmanager
def tidying_up() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the command as errors do, so that nothing half-written is left.

    The status is 128 + the signal's number. A signal that is ignored, as nohup asks, stays ignored.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    ours = [s for s in map(signal.Signals.__getitem__, names) if signal.getsignal(s) is signal.SIG_DFL]
    for s in ours:
        signal.signal(s, leave)
    try:
        yield
    finally:
        for s in ours:
            signal.signal(s, signal.SIG_DFL)
