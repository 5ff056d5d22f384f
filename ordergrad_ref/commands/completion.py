"""What the shell offers after a tab: objectives, estimators, and the columns of the file that was named."""

from collections.abc import Iterator
from pathlib import Path

import typer

from ordergrad_ref.objectives.spelling import ALIASES, REGISTRY
from ordergrad_ref.rollouts import columns_of

__all__ = ["complete_column", "complete_estimator", "complete_objective"]


def complete_objective(incomplete: str) -> Iterator[str]:
    """Offer the names, up to where a number is to follow; after a comma, those of the next objective."""
    before, comma, last = incomplete.rpartition(",")
    for name in [*ALIASES, *REGISTRY]:
        opening = "(" if name in REGISTRY and REGISTRY[name].parameters else "@"
        if f"{name}{opening}".startswith(last):
            yield f"{before}{comma}{name}{opening}"


def complete_estimator(incomplete: str) -> Iterator[str]:
    """Offer the estimators that are built in."""
    from ordergrad_ref.maxk import FAMILY

    yield from (name for name in FAMILY if name.startswith(incomplete))


def complete_column(ctx: typer.Context, incomplete: str) -> Iterator[str]:
    """Offer the columns of the first file; none where it cannot be read.

    Where the option that is completed ends the line, it lacks its value: the parser stops there, and leaves
    the files unread.
    """
    files = ctx.params.get("file") or ctx.params.get("files") or ctx.args
    if not files or not Path(files[0]).is_file():  # a pipe would be waited for
        return
    try:
        names = columns_of(files[0])
    except Exception:  # a shell that waits for a word is no place for errors
        return
    yield from (name for name in names if name.startswith(incomplete))
