"""How far a command has come with a file, for a person who waits at a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

__all__ = ["PATIENCE", "rows_done"]

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
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(label, total=rows)
    timer = Timer(PATIENCE, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda done: bar.update(task, completed=done)
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
