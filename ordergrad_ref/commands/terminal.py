"""What every command says on a terminal, and the exit status that it ends with."""

import sys

import typer
from rich.console import Console

__all__ = ["INTERRUPTED", "complain", "conclude", "console", "stop", "styled"]

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


def styled(label: str) -> str:
    """Set the word at the head of a complaint apart."""
    return typer.style(label, fg="red", bold=True)


def complain(label: str, sentence: str) -> None:
    """Print a sentence on standard error."""
    typer.echo(f"{styled(label)}: {sentence}", err=True)


def console() -> Console:
    """A terminal as wide as it is; a pipe or a file gets lines long enough for every table."""
    return Console() if sys.stdout.isatty() else Console(width=200)
