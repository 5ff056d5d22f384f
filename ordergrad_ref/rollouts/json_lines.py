"""JSON Lines."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.cells import shown
from ordergrad_ref.rollouts.columns import position, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes
from ordergrad_ref.rollouts.text import BOM, lines

__all__ = ["JsonLines"]

_Members: TypeAlias = tuple[tuple[str, Any], ...]
_SPACE = " \t\r\n"


class JsonLines:
    """One JSON object a line; a blank line is no row."""

    unit = "line"

    def cells(self, path: Path, reward: str, group: str) -> Iterator[tuple[int, Any, Any]]:
        """Yield line, reward and group of each object."""
        for number, _, members in _objects(path):
            if members is not None:
                where = f"{path}, line {number}"
                names = [name for name, _ in members]
                i, j = position(names, reward, where), position(names, group, where)
                yield number, members[i][1], members[j][1]

    def append(self, path: Path, column: str, values: NDArray[np.float64], file: Bytes) -> None:
        """Write each object with one member more before its closing brace."""
        key = json.dumps(column)
        rows = iter(values.tolist())
        for _, line, members in _objects(path):
            if members is not None:
                refuse_existing([name for name, _ in members], column, path)
                value = next(rows)
                body = line.rstrip(_SPACE).removesuffix("}").rstrip(_SPACE)
                member = f", {key}: {'null' if math.isnan(value) else repr(value)}"
                line = body + member + line[len(body) :]
            file.write(line.encode())


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
