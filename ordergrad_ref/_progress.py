"""A bar for whoever waits more than two seconds, at a terminal or in a notebook; logs and pipes get none."""

import sys
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn

__all__ = ["PATIENCE", "Bar", "Kind"]

PATIENCE = 2.0
"""Seconds before a bar appears: what takes less needs none. It decides nothing."""

PERIOD = 0.1
"""Seconds from one drawing to the next."""

Kind: TypeAlias = Literal["steps", "rows", "busy"]


class Bar:
    """What is being done, and how much of it is done; drawn by a thread of its own once it takes long.

    Attributes
    ----------
    label : str
        What is being done, to be changed at will.
    done : int
        How much of it is done, likewise.

    Examples
    --------
    >>> with Bar("rows", "Reading runs.csv", total=2) as bar:
    ...     bar.done = 1
    """

    def __init__(self, kind: Kind, label: str = "", total: int | None = None) -> None:
        self.label, self.done = label, 0
        self._kind, self._total = kind, total
        self._ended = Event()
        self._drawing: Thread | None = None

    def __enter__(self) -> Self:
        """Start the clock, where somebody watches."""
        console = _watched()
        if console is not None:
            self._drawing = Thread(target=self._draw, args=(console,), daemon=True)
            self._drawing.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Erase the bar, and stop the clock."""
        self._ended.set()
        if self._drawing is not None:
            self._drawing.join()

    def _draw(self, console: "Console") -> None:
        began = console.get_time()
        if self._ended.wait(PATIENCE):
            return
        from rich.progress import Progress

        bar = Progress(*_columns(self._kind), console=console, transient=True, auto_refresh=False)
        bar.add_task(self.label, total=self._total)
        bar.tasks[0].start_time = began
        shown = _InNotebook(bar) if console.is_jupyter else bar
        shown.start()
        while not self._ended.wait(PERIOD):
            bar.update(bar.task_ids[0], completed=self.done, description=self.label)
            shown.refresh()
        shown.stop()


class _InNotebook:
    """A bar below a cell, by IPython's own means: `rich` asks for widgets, which not every notebook has."""

    def __init__(self, bar: "Progress") -> None:
        self._bar = bar
        self._handle: Any = None

    def start(self) -> None:
        from IPython.display import display

        self._handle = display(self._bar, display_id=True)

    def refresh(self) -> None:
        self._handle.update(self._bar)

    def stop(self) -> None:
        from IPython.display import HTML

        self._handle.update(HTML(""))


def _watched() -> "Console | None":
    """Open standard error, if that is a terminal or the code runs in a notebook."""
    terminal = sys.stderr.isatty()
    if not terminal and "IPython" not in sys.modules:
        return None
    from rich.console import Console

    console = Console(stderr=True)
    return console if terminal or console.is_jupyter else None


def _columns(kind: Kind) -> "tuple[ProgressColumn, ...]":
    from rich import progress

    words, passed = progress.TextColumn("{task.description}", markup=False), progress.TimeElapsedColumn()
    if kind == "steps":
        return progress.BarColumn(), words, passed
    if kind == "rows":
        return words, progress.BarColumn(), progress.MofNCompleteColumn(), passed
    return progress.SpinnerColumn(), words, passed
