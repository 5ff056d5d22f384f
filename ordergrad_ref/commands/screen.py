"""The terminal as a place for tables and colours."""

import os
import sys
from typing import NoReturn

import typer
from rich.console import Console

from ordergrad_ref.commands.terminal import UNREAD

__all__ = ["console"]


def console() -> Console:
    """A terminal as wide as it is; a pipe or a file gets lines long enough for every table."""
    return Screen() if sys.stdout.isatty() else Screen(width=200)


class Screen(Console):
    """A console whose reader may go away before the end, as ``head`` does: that is no verdict."""

    def on_broken_pipe(self) -> NoReturn:
        """End with a status of its own, not with 1."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        raise typer.Exit(UNREAD)
