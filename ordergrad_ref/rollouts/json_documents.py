"""A JSON document: an array of objects, which can grow a column; or rows within one, which are only read."""

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.added import Added
from ordergrad_ref.rollouts.batches import Batch, in_batches
from ordergrad_ref.rollouts.columns import Absent, Members, find, paths, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes
from ordergrad_ref.rollouts.json_arrays import SPACE, items
from ordergrad_ref.rollouts.json_lines import with_members
from ordergrad_ref.rollouts.text import BOM, pieces, text_of

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
            rows = _chosen(list(_tables(self._document(path))), names, path)
        return in_batches(
            (number, [find(members, name, f"{path}, item {number}") for name in names])
            for number, members in enumerate(rows, 1)
        )

    def columns(self, path: Path) -> list[str]:
        """Return the names of the columns."""
        if _begins_with_bracket(path, self.encoding):
            return list(paths(next(_objects(path, self.encoding))))
        tables = [rows for rows in _tables(self._document(path)) if rows]
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
            return json.loads(text_of(path, self.encoding).removeprefix(BOM), object_pairs_hook=tuple)
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

    def _samples(self, path: Path) -> Iterator[tuple[str, Members]]:
        """Yield name and content of each sample's file."""
        try:
            with zipfile.ZipFile(path) as log:
                names = sorted(n for n in log.namelist() if n.startswith("samples/") and n.endswith(".json"))
                for name in names:
                    yield name, json.loads(log.read(name), object_pairs_hook=tuple)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
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


def is_one_document(text: str) -> bool:
    """Tell a document from JSON Lines: an array, or an object that goes on after its line."""
    start = text.removeprefix(BOM).lstrip(SPACE)
    if start[:1] != "{":
        return True
    first, newline, rest = start.partition("\n")
    try:
        json.loads(first)
    except ValueError:
        return True
    return not (newline and rest.strip(SPACE))


def _tables(value: Any, depth: int = 3) -> Iterator[list[Members]]:
    """Yield every list of rows in a document: of objects, by columns, or numbers for each key."""
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) for item in value):
            yield value
    elif isinstance(value, tuple):
        parts = [inner for _, inner in value]
        names = dict(value)
        if isinstance(names.get("columns"), list) and isinstance(names.get("data"), list):
            yield [tuple(zip(names["columns"], row, strict=False)) for row in names["data"]]
        if parts and all(isinstance(part, list) for part in parts):
            if all(isinstance(item, tuple) for part in parts for item in part):
                yield [(("key", key), *item) for key, part in value for item in part]
            elif len({len(part) for part in parts}) == 1:
                heads = [name for name, _ in value]  # one that is there twice too
                yield [tuple(zip(heads, row, strict=True)) for row in zip(*parts, strict=True)]
            yield [(("key", key), ("value", part)) for key, part in value]
        if depth:
            for part in parts:
                yield from _tables(part, depth - 1)


def _chosen(tables: list[list[Members]], names: Sequence[str], path: Path) -> list[Members]:
    """Return the first table whose first row has what is wanted; else the longest, which tells what lacks."""
    for rows in tables:
        if rows and not any(isinstance(find(rows[0], name, str(path)), Absent) for name in names):
            return rows
    if not tables:
        raise InvalidInputError(f"{path}: expected a list of objects, got none in this document")
    return max(tables, key=len)


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
