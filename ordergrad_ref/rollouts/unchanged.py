"""Go through the rows of a file, as long as it is the one that was read."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Never, TypeAlias, TypeVar

from ordergrad_ref.errors import InvalidInputError

__all__ = ["OFTEN", "Watch", "changed", "counted", "refuse_changed", "stamp"]

T = TypeVar("T")

Watch: TypeAlias = Callable[[int], None]
"""Told now and then how many rows are done."""

OFTEN = 4096


def stamp(path: Path) -> tuple[int, int]:
    """Return the size and the modification time, which change with the content."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def refuse_changed(path: Path, then: tuple[int, int]) -> None:
    """Refuse a file that is not what it was."""
    if not path.exists() or stamp(path) != then:
        changed(path)


def counted(rows: Iterable[T], seen: Watch) -> Iterator[T]:
    """Yield the rows, and tell how many they are so far."""
    for number, row in enumerate(rows, 1):
        yield row
        if number % OFTEN == 0:
            seen(number)


def changed(path: Path) -> Never:
    """Refuse a file that has changed since it was read."""
    raise InvalidInputError(
        f"{path}: expected the file as it was read, got one that has changed since; run the command again"
    )
