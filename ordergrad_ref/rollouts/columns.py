"""Columns by name or by the path into nested objects; one that must not be there yet."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from ordergrad_ref.errors import InvalidInputError, did_you_mean
from ordergrad_ref.rollouts.cells import SHORT, parsed

__all__ = ["Absent", "Members", "find", "no_column", "paths", "refuse_existing", "walk"]

Members: TypeAlias = tuple[tuple[str, Any], ...]
"""An object as pairs, for a dictionary would hide a key that is there twice."""

MOST_PATHS = 10_000
PLACE = re.compile("[0-9]{1,18}")
"""The place of an item in a list."""


class Absent(NamedTuple):
    """A cell that is not there, and what is there in its place."""

    members: Any


def find(members: Members, wanted: str, where: str) -> Any:
    """Return the value under a name, or under a dotted path, or `Absent`."""
    values = [value for name, value in members if name == wanted]
    if len(values) > 1:
        raise InvalidInputError(f"{where}: expected one column {wanted!r}, got {len(values)}")
    return values[0] if values else walk(members, wanted, where) if "." in wanted else Absent(members)


def walk(value: Any, path: str, where: str = "") -> Any:
    """Follow a path into objects and lists: ``scores.match.value``, ``rewards.0``; names may have dots.

    A name within a list of objects is a list: ``rollouts.reward`` has the reward of each, or None.
    """
    if isinstance(value, list):
        head, _, rest = path.partition(".")
        if not PLACE.fullmatch(head) and all(isinstance(item, tuple | dict) for item in value):
            cells = [walk(item, path, where) for item in value]
            absent = [isinstance(cell, Absent) for cell in cells]
            if absent and all(absent):
                return Absent(value)
            return [None if lacks else cell for lacks, cell in zip(absent, cells, strict=True)]
        found = value[int(head)] if PLACE.fullmatch(head) and int(head) < len(value) else Absent(value)
        return walk(found, rest, where) if rest and not isinstance(found, Absent) else found
    pairs = value.items() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    for name, inner in pairs:
        if name != path and not path.startswith(f"{name}."):
            continue
        if (times := [other for other, _ in pairs].count(name)) > 1:
            raise InvalidInputError(f"{where}: expected one key {name!r}, got {times}")
        found = inner if name == path else walk(inner, path[len(name) + 1 :], where)
        if not isinstance(found, Absent):
            return found
    return Absent(value)


def no_column(members: Any, wanted: str, where: str) -> InvalidInputError:
    """Say that a column is not there, and what may have been meant."""
    names = [name for name, _ in members] if isinstance(members, tuple) else list(members)
    known = list(islice(paths(members), MOST_PATHS)) if isinstance(members, tuple) else names
    got = f"{SHORT.repr(names)}{_hint(known, wanted)}"
    return InvalidInputError(f"{where}: expected a column {wanted!r}, got {got}")


def refuse_existing(names: Sequence[str], columns: Sequence[str], path: Path) -> None:
    """Refuse a new column whose name is taken."""
    for column in columns:
        if column not in names:
            continue
        raise InvalidInputError(
            f"{path}: expected a new column, got {column!r}, which exists already; "
            "choose another name with --column"
        )


def _hint(known: Sequence[str], wanted: str) -> str:
    last = wanted.rpartition(".")[2]
    if nested := [path for path in known if path.endswith(f".{last}")]:
        return f"; there is {' and '.join(map(repr, nested[:3]))}"
    lower = {name.lower(): name for name in known}
    if close := did_you_mean(wanted, known) or did_you_mean(wanted.lower(), lower, spelt=lower.__getitem__):
        return close
    if known and known[0].startswith("#"):
        return "; is the first line a comment? Remove it"
    if any(isinstance(parsed(name), float) for name in known):
        return "; is the header missing?"
    return ""


def paths(value: Any, before: str = "") -> Iterator[str]:
    """Yield the path to every value, those of objects within too, and of the first object of a list."""
    if isinstance(value, list) and value and isinstance(value[0], tuple | dict):
        value = value[0]
    pairs = value if isinstance(value, tuple) else value.items() if isinstance(value, dict) else ()
    for name, inner in pairs:
        yield f"{before}{name}"
        yield from paths(inner, f"{before}{name}.")
