"""JSON Lines."""

import io
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.added import Added, texts
from ordergrad_ref.rollouts.batches import Batch, in_batches
from ordergrad_ref.rollouts.cells import shown
from ordergrad_ref.rollouts.columns import Members, find, paths, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes
from ordergrad_ref.rollouts.json_arrays import SPACE
from ordergrad_ref.rollouts.json_values import value_of
from ordergrad_ref.rollouts.text import BOM, blocks, line_lists, lines

__all__ = ["JsonLines", "number_text", "with_members"]

MARK = "one line and the next"
BETWEEN = f',"{MARK}",'
ESCAPED = re.compile(r"\\u00[0-7]|\\/")
"""An escape that stands for a sign of ASCII."""
SPACE_BYTES, BOM_BYTES = SPACE.encode(), BOM.encode()


@dataclass(frozen=True)
class JsonLines:
    """One JSON object on each line; a blank line is no row."""

    encoding: str = "utf-8"
    unit = "line"
    kind = "JSON Lines"

    def rows(self, path: Path, columns: Sequence[str], text: Sequence[str]) -> Iterator[Batch]:
        """Yield lines and their cells."""
        names, before = [*columns, *text], 0
        for some in line_lists(path, "\n", self.encoding):
            cells = _usual_cells(some, names)
            if cells is not None:
                yield Batch(range(before + 1, before + 1 + len(some)), cells)
            else:
                yield from in_batches(self._cells(path, names, some, before))
            before += len(some)

    def _cells(
        self, path: Path, names: Sequence[str], some: Sequence[str], before: int
    ) -> Iterator[tuple[int, list[Any]]]:
        for number, line in enumerate(some, before + 1):
            where = f"{path}, line {number}"
            members = _members(line, where)
            if members is not None:
                yield number, [find(members, name, where) for name in names]

    def columns(self, path: Path) -> list[str]:
        """Return the names of the columns."""
        return next((list(paths(members)) for _, members in self._objects(path) if members), [])

    def append(self, path: Path, columns: Sequence[str], added: Added, file: Bytes) -> None:
        """Write each object with its new members before its closing brace."""
        if self.encoding == "utf-8":
            longer = Lines(path, columns, added)
            for block in blocks(path):
                file.write(longer.quickly(block) or longer.carefully(block))
            return
        keys, new_cells = [json.dumps(column) for column in columns], added.by_row()
        for line, members in self._objects(path):
            if members is not None:
                refuse_existing([name for name, _ in members], columns, path)
                line = with_members(line, keys, next(new_cells), empty=not members)
            file.write(line.encode(self.encoding))

    def _objects(self, path: Path) -> Iterator[tuple[str, Members | None]]:
        """Yield text and members of each line; a blank line has no members."""
        for number, line in enumerate(lines(path, "\n", self.encoding), 1):
            yield line, _members(line, f"{path}, line {number}")


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
            members = _members(line.decode(), where)
            refuse_existing([name for name, _ in members or ()], self.columns, self.path)
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


def _usual_cells(lines: Sequence[str], names: Sequence[str]) -> list[list[Any]] | None:
    """Return the cells of lines that are one object each, in which each name stands once; else None.

    The lines become one array, with a mark between them that is in none: where it is every second item, each
    line is one value. No object hides a second cell of a name, also not by an escape, if there is none.
    """
    text = BETWEEN.join(lines)
    if text.count(MARK) != len(lines) - 1 or ESCAPED.search(text):
        return None
    if any(text.count(json.dumps(name, ensure_ascii=False)) != len(lines) for name in names):
        return None
    if "\\u" in text and not "".join(names).isascii():
        return None
    try:
        found = json.loads(f"[{text}]")
        objects = found[::2]
        if len(objects) == len(lines) and found[1::2] == [MARK] * (len(lines) - 1):
            cells = [[members[name] for members in objects] for name in names]
            return _in_pairs(text, names) if any(map(_may_hide_keys, cells)) else cells
    except (ValueError, RecursionError, KeyError, TypeError):
        pass
    return None


def _in_pairs(text: str, names: Sequence[str]) -> list[list[Any]]:
    """Return the cells of such lines once more, objects as pairs."""
    objects = [dict(members) for members in value_of(f"[{text}]")[::2]]
    return [[members[name] for members in objects] for name in names]


def _may_hide_keys(cells: Sequence[Any]) -> bool:
    """Tell whether an object may be in a cell, in which a key that is there twice is lost."""
    types = set(map(type, cells))
    inner = chain.from_iterable(cell for cell in cells if type(cell) is list) if list in types else ()
    return dict in types or not {dict, list}.isdisjoint(map(type, inner))


def _members(line: str, where: str) -> Members | None:
    """Read an object as pairs; a blank line is none."""
    text = line.removeprefix(BOM)
    if not text.strip(SPACE):
        return None
    try:
        members = value_of(text)
    except (ValueError, RecursionError) as error:
        reason = str(error)
        if isinstance(error, json.JSONDecodeError):  # whose own "line 1" would mislead
            reason = f"{error.msg} at character {error.pos + 1}"
        raise InvalidInputError(f"{where}: expected one JSON object, got broken JSON ({reason})") from None
    if not isinstance(members, tuple):
        raise InvalidInputError(f"{where}: expected one JSON object, got {shown(members)}")
    return members
