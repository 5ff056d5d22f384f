"""How far a command has come, for a person who waits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ordergrad_ref._progress import Bar

__all__ = ["busy", "rows_done"]


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
    with Bar("rows", label, rows) as bar:

        def update(done: int) -> None:
            bar.done = done

        yield update


def busy(label: str) -> Bar:
    """Show, in the same way, that a command is at something of which the parts are not counted."""
    return Bar("busy", label)
