"""JSON Lines."""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.cells import shown
from ordergrad_ref.rollouts.columns import position, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes
from ordergrad_ref.rollouts.text import BOM, lines
from ordergrad_ref.rollouts.unchanged import Watch, counted, one_a_row

__all__ = ["JsonLines"]

_Members: TypeAlias = tuple[tuple[str, Any], ...]
_SPACE = " \t\r\n"


class JsonLines:
    """One JSON object on each line; a blank line is no row."""

    unit = "line"

    def cells(
        self, path: Path, rewards: Sequence[str], groups: Sequence[str]
    ) -> Iterator[tuple[int, list[Any], list[Any]]]:
        """Yield line, rewards and group of each object."""
        for number, _, members in _objects(path):
            if members is not None:
                where = f"{path}, line {number}"
                names = [name for name, _ in members]
                i = [position(names, name, where) for name in rewards]
                j = [position(names, name, where) for name in groups]
                yield number, [members[place][1] for place in i], [members[place][1] for place in j]

    def append(
        self, path: Path, columns: Sequence[str], values: NDArray[np.float64], file: Bytes, seen: Watch
    ) -> None:
        """Write each object with its new members before its closing brace."""
        keys = [json.dumps(column) for column in columns]
        rows = zip(*(column.tolist() for column in values), strict=True)
        added = one_a_row(counted(rows, seen), path)
        for _, line, members in _objects(path):
            if members is not None:
                refuse_existing([name for name, _ in members], columns, path)
                body = line.rstrip(_SPACE).removesuffix("}").rstrip(_SPACE)
                new = "".join(f", {key}: {_number(x)}" for key, x in zip(keys, next(added), strict=True))
                line = body + new + line[len(body) :]
            file.write(line.encode())


def _number(value: float) -> str:
    return "null" if math.isnan(value) else repr(value)


def _objects(path: Path) -> Iterator[tuple[int, str, _Members | None]]:
    """Yield number, text and members of each line; a blank line has no members."""
    for number, line in enumerate(lines(path, newline="\n"), 1):
        text = line.removeprefix(BOM)
        blank = not text.strip(_SPACE)
        yield number, line, None if blank else _members(text, f"{path}, line {number}")


def _members(text: str, where: str) -> _Members:
    """Read an object as pairs, for a dictionary would hide a key that is there twice."""
    try:
        members = json.loads(text, object_pairs_hook=tuple)
    except (ValueError, RecursionError) as error:
        reason = str(error)
        if isinstance(error, json.JSONDecodeError):  # whose own "line 1" would mislead
            reason = f"{error.msg} at character {error.pos + 1}"
        raise InvalidInputError(f"{where}: expected one JSON object, got broken JSON ({reason})") from None
    if not isinstance(members, tuple):
        raise InvalidInputError(f"{where}: expected one JSON object, got {shown(members)}")
    return members
