"""A progress bar on a terminal, for an audit that takes longer than two seconds."""

import sys
from threading import Timer
from types import TracebackType
from typing import Any, Self

__all__ = ["Progress"]

PATIENCE = 2.0
"""Seconds before the bar appears. It is the only clock of an audit, and decides nothing."""


class Progress:
    """Steps of known number; drawn on standard error once two seconds have passed, if that is a terminal.

    Examples
    --------
    >>> with Progress(total=2) as progress:
    ...     progress.step("one thing")
    ...     progress.called(64)
    ...     progress.step("another")
    """

    def __init__(self, total: int) -> None:
        self._total, self._done, self._groups = total, -1, 0
        self._label = ""
        self._bar: Any = None
        self._timer: Timer | None = None

    def __enter__(self) -> Self:
        """Start the clock."""
        if sys.stderr.isatty():
            self._timer = Timer(PATIENCE, self._draw)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Erase the bar, and stop the clock."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        if self._bar is not None:
            self._bar.stop()

    def step(self, label: str) -> None:
        """Begin the next step."""
        self._done += 1
        self._label, self._groups = label, 0
        self._update()

    def called(self, groups: int) -> None:
        """Count groups that the function has answered in this step."""
        self._groups += groups
        self._update()

    def _draw(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        bar = Bar(*columns, console=Console(stderr=True), transient=True)
        bar.add_task("", total=self._total)
        bar.start()
        self._bar = bar
        self._update()

    def _update(self) -> None:
        if self._bar is not None:
            count = f", {self._groups} groups" if self._groups else ""
            self._bar.update(
                self._bar.task_ids[0], completed=max(self._done, 0), description=self._label + count
            )
