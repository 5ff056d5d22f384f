"""JSON Lines."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import quick
from ordergrad_ref.rollouts.cells import shown
from ordergrad_ref.rollouts.columns import Members, find, paths, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes, codec_of, opened
from ordergrad_ref.rollouts.quick import Quick
from ordergrad_ref.rollouts.text import BOM, lines, readable
from ordergrad_ref.rollouts.unchanged import Watch, counted, one_a_row

__all__ = ["SPACE", "JsonLines", "number_text", "with_members"]

SPACE = " \t\r\n"
SPACE_BYTES, BOM_BYTES = SPACE.encode(), BOM.encode()


@dataclass(frozen=True)
class JsonLines:
    """One JSON object on each line; a blank line is no row."""

    encoding: str = "utf-8"
    unit = "line"
    kind = "JSON Lines"

    def rows(
        self, path: Path, columns: Sequence[str], text: Sequence[str]
    ) -> Iterator[tuple[int, list[Any]]]:
        """Yield line and cells of each object."""
        names = [*columns, *text]
        for number, _, members in self._objects(path):
            if members is not None:
                where = f"{path}, line {number}"
                yield number, [find(members, name, where) for name in names]

    def columns(self, path: Path) -> list[str]:
        """Return the names of the columns."""
        return next((list(paths(members)) for _, _, members in self._objects(path) if members), [])

    def quickly(self, path: Path, reward: str, group: str | None, seen: Watch) -> Quick | None:
        """Read the usual case at once, or None."""
        return (
            None
            if self.encoding != "utf-8" or codec_of(path)
            else quick.json_lines(path, reward, group, seen)
        )

    def append(
        self, path: Path, columns: Sequence[str], rows: Iterator[list[Any]], file: Bytes, seen: Watch
    ) -> None:
        """Write each object with its new members before its closing brace."""
        keys = [json.dumps(column) for column in columns]
        added = one_a_row(counted(rows, seen), path)
        if self.encoding == "utf-8":
            _append_bytes(path, columns, keys, added, file)
            return
        for _, line, members in self._objects(path):
            if members is not None:
                refuse_existing([name for name, _ in members], columns, path)
                line = with_members(line, keys, next(added), empty=not members)
            file.write(line.encode(self.encoding))

    def _objects(self, path: Path) -> Iterator[tuple[int, str, Members | None]]:
        """Yield number, text and members of each line; a blank line has no members."""
        for number, line in enumerate(lines(path, "\n", self.encoding), 1):
            text = line.removeprefix(BOM)
            blank = not text.strip(SPACE)
            yield number, line, None if blank else _members(text, f"{path}, line {number}")


def _append_bytes(
    path: Path, columns: Sequence[str], keys: Sequence[str], added: Iterator[list[Any]], file: Bytes
) -> None:
    """Do the same without parsing again the lines that reading has found to be objects.

    A line is parsed only if one of the new names may be in it: as it is, or with an escape.
    """
    escape, marks = b"\\u", [f'"{column}"'.encode() for column in columns]
    odd = any(json.dumps(column, ensure_ascii=False)[1:-1] != column or "/" in column for column in columns)
    heads = [f"{key}: " for key in keys]
    with readable(path), opened(path) as raw:
        for number, line in enumerate(raw, 1):
            body = line.rstrip(SPACE_BYTES)
            if not body or body == BOM_BYTES:
                file.write(line)
                continue
            if odd or escape in line or marks[0] in line or any(mark in line for mark in marks[1:]):
                members = _members(line.decode().removeprefix(BOM), f"{path}, line {number}")
                refuse_existing([name for name, _ in members], columns, path)
            if not body.endswith(b"}"):
                raise InvalidInputError(f"{path}, line {number}: expected one JSON object, got another line")
            body = body[:-1].rstrip(SPACE_BYTES)
            values = next(added)
            if len(values) == 1:
                new = heads[0] + number_text(values[0])
            else:
                new = ", ".join(head + number_text(x) for head, x in zip(heads, values, strict=True))
            comma = b"" if body.endswith(b"{") else b", "  # the object had no member
            file.write(body + comma + new.encode() + line[len(body) :])


def with_members(text: str, keys: Sequence[str], values: Sequence[Any], empty: bool) -> str:
    """Return the text of an object with new members before its closing brace."""
    body = text.rstrip(SPACE).removesuffix("}").rstrip(SPACE)
    new = ", ".join(f"{key}: {number_text(x)}" for key, x in zip(keys, values, strict=True))
    return body + ("" if empty else ", ") + new + text[len(body) :]


def number_text(value: Any) -> str:
    """Write a number, or a list of numbers, as JSON: NaN as null."""
    if type(value) is list:
        return f"[{', '.join(map(number_text, value))}]"
    return "null" if math.isnan(value) else repr(value)


def _members(text: str, where: str) -> Members:
    """Read an object as pairs."""
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
