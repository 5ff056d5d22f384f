"""How far a command has come, for a person who waits at a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

__all__ = ["PATIENCE", "busy", "rows_done"]

PATIENCE = 2.0
"""Seconds after which progress is shown: what takes less needs none."""


@contextmanager
def rows_done(label: str, rows: int | None = None) -> Iterator[Callable[[int], None]]:
    """Count rows on standard error once two seconds have passed, if that is a terminal.

    Parameters
    ----------
    label : str
        What is being done.
    rows : int, optional
        How many rows there are, where that is known.

    Yields
    ------
    callable
        To be told how many rows are done.
    """
    with _shown(label, rows, counts=True) as update:
        yield update


@contextmanager
def busy(label: str) -> Iterator[None]:
    """Show, in the same way, that a command is at something of which the parts are not counted."""
    with _shown(label, None, counts=False):
        yield


@contextmanager
def _shown(label: str, total: int | None, counts: bool) -> Iterator[Callable[[int], None]]:
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich import progress
    from rich.console import Console

    said, passed = progress.TextColumn("{task.description}"), progress.TimeElapsedColumn()
    counted = (said, progress.BarColumn(), progress.MofNCompleteColumn(), passed)
    columns = counted if counts else (progress.SpinnerColumn(), said, passed)
    bar = progress.Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(label, total=total)
    timer = Timer(PATIENCE, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda done: bar.update(task, completed=done)
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
