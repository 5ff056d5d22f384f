"""A JSON document: an array of objects, which can grow a column; or rows within one, which are only read."""

import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product, repeat
from pathlib import Path
from typing import Any, NamedTuple

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.added import Added
from ordergrad_ref.rollouts.batches import Batch, in_batches
from ordergrad_ref.rollouts.cells import SHORT
from ordergrad_ref.rollouts.columns import Absent, Members, find, paths, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes
from ordergrad_ref.rollouts.json_arrays import SPACE, items
from ordergrad_ref.rollouts.json_lines import with_members
from ordergrad_ref.rollouts.json_values import value_of
from ordergrad_ref.rollouts.text import BOM, pieces, text_of
from ordergrad_ref.rollouts.zipped import members_of

__all__ = ["EvalLog", "JsonDocument", "is_one_document"]


@dataclass(frozen=True)
class JsonDocument:
    """One JSON value; the columns that are wanted decide which list in it holds the rows."""

    encoding: str = "utf-8"
    unit = "item"
    kind = "JSON"

    def rows(self, path: Path, columns: Sequence[str], text: Sequence[str]) -> Iterator[Batch]:
        """Yield rows and their cells."""
        names = [*columns, *text]
        if _begins_with_bracket(path, self.encoding):
            rows: Iterable[Members] = _objects(path, self.encoding)
        else:
            rows = _chosen(self._document(path), names, path)
        return in_batches(
            (number, [find(members, name, f"{path}, item {number}") for name in names])
            for number, members in enumerate(rows, 1)
        )

    def columns(self, path: Path) -> list[str]:
        """Return the names of the columns."""
        if _begins_with_bracket(path, self.encoding):
            return list(paths(next(_objects(path, self.encoding))))
        value = self._document(path)
        tables = [table.rows for table in (*_tables(value), *_tables_of_objects(value)) if table.rows]
        return list(paths(max(tables, key=len)[0])) if tables else []

    def append(self, path: Path, columns: Sequence[str], added: Added, file: Bytes) -> None:
        """Write the array of objects with the new members in each."""
        keys, new_cells = [json.dumps(column) for column in columns], added.by_row()
        for before, text, members in items(path, self.encoding):
            if members is not None:
                refuse_existing([name for name, _ in members], columns, path)
                text = with_members(text, keys, next(new_cells), empty=not members)
            file.write((before + text).encode(self.encoding))

    def _document(self, path: Path) -> Any:
        try:
            return value_of(text_of(path, self.encoding).removeprefix(BOM))
        except (ValueError, RecursionError) as error:
            if isinstance(error, InvalidInputError):
                raise
            raise InvalidInputError(f"{path}: expected JSON, got broken JSON ({error})") from None


@dataclass(frozen=True)
class EvalLog:
    """A log of inspect_ai in its zipped form: one JSON file for each sample."""

    unit = "sample"
    kind = "eval log"

    def rows(self, path: Path, columns: Sequence[str], text: Sequence[str]) -> Iterator[Batch]:
        """Yield samples and their cells."""
        names = [*columns, *text]
        return in_batches(
            (number, [find(members, column, f"{path}, {name}") for column in names])
            for number, (name, members) in enumerate(self._samples(path), 1)
        )

    def reads(self, path: Path) -> bool:
        """Tell a log from other zipped files: it has samples."""
        try:
            with path.open("rb") as file:
                return any(_is_sample(member.name) for member in members_of(path, file))
        except (ValueError, struct.error):
            return False

    def _samples(self, path: Path) -> Iterator[tuple[str, Members]]:
        """Yield name and content of each sample's file."""
        try:
            with path.open("rb") as directory, path.open("rb") as log:
                for member in members_of(path, directory):
                    if _is_sample(member.name):
                        yield member.name, value_of(member.content(path, log).decode())
        except (ValueError, OSError, struct.error, zlib.error) as error:
            if isinstance(error, InvalidInputError):
                raise
            raise InvalidInputError(f"{path}: expected a log of inspect_ai, got {error}") from None

    def columns(self, path: Path) -> list[str]:
        """Return the names of the columns."""
        _, members = next(self._samples(path), ("", ()))
        return list(paths(members))

    def append(self, path: Path, columns: Sequence[str], added: Added, file: Bytes) -> None:
        """Refuse: the log has its own form."""
        raise InvalidInputError(
            f"{path}: expected a table that can have one more column, got a log of samples, "
            "which can be evaluated"
        )


def _is_sample(name: str) -> bool:
    return name.startswith("samples/") and name.endswith(".json")


def is_one_document(text: str) -> bool:
    """Tell a document from JSON Lines: an array, or an object that goes on after its line."""
    start = text.removeprefix(BOM).lstrip(SPACE)
    if start[:1] != "{":
        return True
    first, newline, rest = start.partition("\n")
    try:
        value_of(first)
    except ValueError:
        return True
    return not (newline and rest.strip(SPACE))


class _Table(NamedTuple):
    """Rows in a document: the name of the place, the lists that they are made of, how many cells each has."""

    place: str
    lists: list[list[Any]]
    rows: list[Members]
    width: int | None = None

    def has(self, names: Sequence[str], where: str) -> bool:
        """Tell whether a row has all that is wanted."""
        return any(
            not any(isinstance(find(members, name, where), Absent) for name in names) for members in self.rows
        )


def _tables(value: Any, place: str = "", depth: int = 3) -> Iterator[_Table]:
    """Yield every list of rows in a document: of objects, by columns, or numbers for each key."""
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) for item in value):
            yield _Table(place, [value], value)
    elif isinstance(value, tuple):
        parts = [inner for _, inner in value]
        before = f"{place}." if place else ""
        heads, data = ([inner for name, inner in value if name == key] for key in ("columns", "data"))
        for head, cells in product(heads, data):
            if isinstance(head, list) and isinstance(cells, list) and all(isinstance(c, list) for c in cells):
                rows = [tuple(zip(chain(head, repeat("")), row, strict=False)) for row in cells]
                yield _Table(f"{before}data", [head, cells], rows, len(head))
        if parts and all(isinstance(part, list) for part in parts):
            objects = [(key, _object(item)) for key, part in value for item in part]
            if all(found is not None for _, found in objects):
                yield _Table(place, parts, [(("key", key), *found) for key, found in objects if found])
            elif len({len(part) for part in parts}) == 1:
                names = [name for name, _ in value]  # one that is there twice too
                rows = [tuple(zip(names, row, strict=True)) for row in zip(*parts, strict=True)]
                yield _Table(place, parts, rows)
            yield _Table(place, parts, [(("key", key), ("value", part)) for key, part in value])
        if depth:
            for name, part in value:
                yield from _tables(part, f"{before}{name}", depth - 1)


def _object(item: Any) -> Members | None:
    """Return an object, or the one that stands behind its number, as bigcode-evaluation-harness writes it."""
    if isinstance(item, list) and len(item) == 2 and isinstance(item[0], int):
        item = item[1]
    return item if isinstance(item, tuple) else None


def _tables_of_objects(value: Any) -> Iterator[_Table]:
    """Yield both readings of objects under keys, as pandas writes tables: keys name rows, or columns."""
    if not value or not isinstance(value, tuple):
        return
    if not all(isinstance(part, tuple) and part for _, part in value):
        return
    yield _Table("its objects", [], [(("key", key), *part) for key, part in value])
    keys = [[key for key, _ in part] for _, part in value]
    if all(each == keys[0] for each in keys):
        columns = [[(name, cell) for _, cell in part] for name, part in value]
        rows = [(("key", key), *row) for key, row in zip(keys[0], zip(*columns, strict=True), strict=True)]
        yield _Table("its columns", [], rows)


def _chosen(value: Any, names: Sequence[str], path: Path) -> Iterator[Members]:
    """Yield the rows of the one table that has what is wanted; else of the longest, which tells what lacks.

    What is a part of a table that has it is no other table. Objects under keys are rows where no list has it.
    """
    lists, objects = list(_tables(value)), list(_tables_of_objects(value))
    if not lists + objects:
        raise InvalidInputError(f"{path}: expected a list of objects, got none in this document")
    found = _having(lists, names, path) or _having(objects, names, path)
    if len(found) > 1:
        places = SHORT.repr([table.place for table in found])
        raise InvalidInputError(
            f"{path}: expected one list of rows with {' and '.join(map(repr, names))}, "
            f"got {len(found)}, {places}; write those that are meant to a file of their own"
        )
    table = found[0] if found else max(lists or objects, key=lambda table: len(table.rows))
    for number, members in enumerate(table.rows, 1):
        if table.width not in (None, len(members)):
            raise InvalidInputError(
                f"{path}, item {number}: expected {table.width} cells as in the columns, got {len(members)}"
            )
        yield members


def _having(tables: list[_Table], names: Sequence[str], path: Path) -> list[_Table]:
    """Return the tables that have what is wanted, but for parts of others."""
    found: list[_Table] = []
    taken: set[int] = set()
    for table in tables:
        lists = set(map(id, table.lists))
        if taken.isdisjoint(lists) and table.has(names, str(path)):
            found.append(table)
            taken |= lists
    return found


def _objects(path: Path, encoding: str) -> Iterator[Members]:
    """Yield the objects of an array, at least one."""
    number = 0
    for _, _, members in items(path, encoding):
        if members is not None:
            number += 1
            yield members
    if not number:
        raise InvalidInputError(f"{path}: expected a list of objects, got none in this document")


def _begins_with_bracket(path: Path, encoding: str) -> bool:
    begin = ""
    for piece in pieces(path, encoding):
        begin = piece.lstrip(BOM + SPACE)[:1]
        if begin:
            break
    return begin == "["
