"""What every command says on a terminal, and the exit status that it ends with."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer
from rich.console import Console

__all__ = ["INTERRUPTED", "complain", "conclude", "console", "stop", "styled", "tidying_up"]

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


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


def console() -> Console:
    """A terminal as wide as it is; a pipe or a file gets lines long enough for every table."""
    return Console() if sys.stdout.isatty() else Console(width=200)


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
