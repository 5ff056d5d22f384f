"""JSON Lines."""

import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import quick
from ordergrad_ref.rollouts.added import Added, texts
from ordergrad_ref.rollouts.cells import shown
from ordergrad_ref.rollouts.columns import Members, find, paths, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes, codec_of
from ordergrad_ref.rollouts.json_arrays import SPACE
from ordergrad_ref.rollouts.quick import Quick
from ordergrad_ref.rollouts.text import BOM, blocks, lines
from ordergrad_ref.rollouts.unchanged import Watch

__all__ = ["JsonLines", "number_text", "with_members"]

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

    def append(self, path: Path, columns: Sequence[str], added: Added, file: Bytes) -> None:
        """Write each object with its new members before its closing brace."""
        if self.encoding == "utf-8":
            longer = Lines(path, columns, added)
            for block in blocks(path):
                file.write(longer.quickly(block) or longer.carefully(block))
            return
        keys, new_cells = [json.dumps(column) for column in columns], added.by_row()
        for _, line, members in self._objects(path):
            if members is not None:
                refuse_existing([name for name, _ in members], columns, path)
                line = with_members(line, keys, next(new_cells), empty=not members)
            file.write(line.encode(self.encoding))

    def _objects(self, path: Path) -> Iterator[tuple[int, str, Members | None]]:
        """Yield number, text and members of each line; a blank line has no members."""
        for number, line in enumerate(lines(path, "\n", self.encoding), 1):
            text = line.removeprefix(BOM)
            blank = not text.strip(SPACE)
            yield number, line, None if blank else _members(text, f"{path}, line {number}")


class Lines:
    """Lines of bytes with new members, without parsing again what reading has found to be objects.

    A line is parsed only if one of the new names may be in it: as it is, or with an escape.
    """

    def __init__(self, path: Path, columns: Sequence[str], added: Added) -> None:
        self.path, self.columns, self.added = path, columns, added
        self.keys = [json.dumps(column) for column in columns]
        self.marks = [f'"{column}"'.encode() for column in columns]
        self.odd = any(
            json.dumps(column, ensure_ascii=False)[1:-1] != column or "/" in column for column in columns
        )
        self.number = 0  # of lines

    def quickly(self, block: bytes) -> bytes | None:
        """Return the lines where each ends with its brace, and none may have a new name; else None."""
        if self.added.has_lists or self._may_have_names(block) or not _ends_usually(block):
            return None
        bodies = block[:-2].split(b"}\n")
        self.number += len(bodies)
        heads = [f"{key}: " for key in self.keys]
        columns = [texts(column, "null") for column in self.added.block(len(bodies))[0]]
        new = [f", {heads[0]}{text}" for text in columns[0]]
        for head, column in zip(heads[1:], columns[1:], strict=True):
            new = [f"{before}, {head}{text}" for before, text in zip(new, column, strict=True)]
        cells = "\n".join(new).encode().split(b"\n")
        return b"}\n".join(map(bytes.__add__, bodies, cells)) + b"}\n"

    def carefully(self, block: bytes) -> bytes:
        """Return the lines, one by one."""
        lines = list(io.BytesIO(block))  # which end with "\n" alone
        bodies = [line.rstrip(SPACE_BYTES) for line in lines]
        filled = [body not in (b"", BOM_BYTES) for body in bodies]
        cells = self.added.by_row(sum(filled))
        parts = []
        for line, body, is_row in zip(lines, bodies, filled, strict=True):
            self.number += 1
            parts.append(self._longer(line, body, next(cells)) if is_row else line)
        return b"".join(parts)

    def _may_have_names(self, text: bytes) -> bool:
        escaped = b"\\" in text and b"\\u" in text
        return self.odd or escaped or any(mark in text for mark in self.marks)

    def _longer(self, line: bytes, body: bytes, values: list[Any]) -> bytes:
        where = f"{self.path}, line {self.number}"
        if self._may_have_names(line):
            members = _members(line.decode().removeprefix(BOM), where)
            refuse_existing([name for name, _ in members], self.columns, self.path)
        if not body.endswith(b"}"):
            raise InvalidInputError(f"{where}: expected one JSON object, got another line")
        body = body[:-1].rstrip(SPACE_BYTES)
        new = ", ".join(f"{key}: {number_text(x)}" for key, x in zip(self.keys, values, strict=True))
        comma = b"" if body.endswith(b"{") else b", "  # the object had no member
        return body + comma + new.encode() + line[len(body) :]


def _ends_usually(block: bytes) -> bool:
    """Tell whether each line ends with a member, a brace and a line feed, without space between."""
    codes = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(codes == ord("\n"))
    if not block.endswith(b"\n") or ends[0] < 2 or not (codes[ends - 1] == ord("}")).all():
        return False
    return not np.isin(codes[ends - 2], [*SPACE_BYTES, ord("{")]).any()


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
