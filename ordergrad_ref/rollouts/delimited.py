"""Text with a delimiter: comma, tab, semicolon or bar."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import quick
from ordergrad_ref.rollouts.added import Added, texts
from ordergrad_ref.rollouts.cells import parsed
from ordergrad_ref.rollouts.columns import no_column, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes, codec_of
from ordergrad_ref.rollouts.quick import Quick
from ordergrad_ref.rollouts.text import BOM, blocks, encoding_of, lines
from ordergrad_ref.rollouts.unchanged import Watch

__all__ = ["Delimited", "delimited"]

DELIMITERS = (",", "\t", ";", "|")
DECIMAL = re.compile(r"[+-]?\d+([.,])\d+(?:[eE][+-]?\d+)?")
ENOUGH = 1000  # rows


def delimited(path: Path, columns: Sequence[str], encoding: str | None, first: str) -> "Delimited":
    """Return the format whose delimiter gives the columns: the usual one of the suffix, or else another."""
    name = encoding_of(path, encoding)
    usual = Delimited(first, name)
    if not columns:
        tables = [Delimited(delimiter, name) for delimiter in (first, *DELIMITERS)]
        return max(tables, key=lambda table: len(_header(table, path)))
    for delimiter in (first, *DELIMITERS):
        table = Delimited(delimiter, name)
        header = _header(table, path)
        if header and all(column in header for column in columns):
            comma = delimiter == ";" and _has_decimal_commas(table.records(path), header, columns)
            return Delimited(delimiter, name, comma)
    return usual


def _header(table: "Delimited", path: Path) -> list[str]:
    """Return the names of the columns, none where quotes do not fit the delimiter."""
    try:
        return table.columns(path)
    except InvalidInputError:
        return []


def _has_decimal_commas(
    records: Iterator[tuple[int, str, list[str]]], header: list[str], columns: Sequence[str]
) -> bool:
    """Tell by the first numbers with decimals, if there are any."""
    places = [header.index(column) for column in columns]
    for _, _, cells in islice(records, ENOUGH):
        for cell in (cells[i] for i in places if i < len(cells)):
            if found := DECIMAL.fullmatch(cell.strip()):
                return found[1] == ","
    return False


@dataclass(frozen=True)
class Delimited:
    """Text with a delimiter, quoted as spreadsheets and the csv module do.

    Where it is a semicolon, decimals may have a comma, as where spreadsheets write such files; new ones have
    it where the old ones do.
    """

    delimiter: str
    encoding: str = "utf-8"
    comma: bool = False
    unit = "line"
    kind = "delimited"

    def rows(
        self, path: Path, columns: Sequence[str], text: Sequence[str]
    ) -> Iterator[tuple[int, list[Any]]]:
        """Yield line and cells of each row: numbers where the text is one, but ids as they are written."""
        header: list[str] = []
        places: list[tuple[int, bool]] = []
        comma = self.delimiter == ";"
        for number, _, cells in self.records(path):
            if not cells:
                continue
            where = f"{path}, line {number}"
            if not header:
                header = cells
                places = [(_position(header, name, where), False) for name in columns]
                places += [(_position(header, name, where), True) for name in text]
            elif len(cells) != len(header):
                raise InvalidInputError(
                    f"{where}: expected {len(header)} cells as in the header, got {len(cells)}"
                )
            else:
                yield number, [cells[i] if is_text else parsed(cells[i], comma) for i, is_text in places]

    def columns(self, path: Path) -> list[str]:
        """Return the names of the columns."""
        return next((cells for _, _, cells in self.records(path) if cells), [])

    def quickly(self, path: Path, reward: str, group: str | None, seen: Watch) -> Quick | None:
        """Read the usual case at once, or None."""
        if not self._has_plain_lines(path):
            return None
        return quick.delimited(path, self.delimiter, reward, group, seen)

    def append(self, path: Path, columns: Sequence[str], added: Added, file: Bytes) -> None:
        """Write each record with its new cells before the end of its last line."""
        refuse_existing(next(cells for _, _, cells in self.records(path) if cells), columns, path)
        if self._has_plain_lines(path):
            lines = blocks(path, header=True)
            file.write(self._longer(next(lines), lambda rows: [self._quoted(columns).encode()]))
            for block in lines:
                file.write(self._longer(block, lambda rows: self._encoded(added, rows)))
            return
        new = chain([self._quoted(columns)], map(self._cells, added.by_row()))
        for _, text, cells in self.records(path):
            body = text.rstrip("\r\n")
            cell = self.delimiter + next(new) if cells else ""
            file.write((body + cell + text[len(body) :]).encode(self.encoding))

    def _longer(self, block: bytes, new: Callable[[int], list[bytes]]) -> bytes:
        """Return plain lines, each that is not blank with its new cell."""
        delimiter = self.delimiter.encode()
        bodies = block.splitlines()
        end = b"\r\n" if b"\r" in block else b"\n"
        alike = end == b"\n" or block.count(end) == block.count(b"\n") == block.count(b"\r")
        if alike and b"" not in bodies:
            whole = end.join(map(delimiter.join, zip(bodies, new(len(bodies)), strict=True)))
            return whole + end if block.endswith(b"\n") else whole
        cells = iter(new(sum(map(bool, bodies))))
        lines = zip(bodies, block.splitlines(keepends=True), strict=True)
        return b"".join(
            body + delimiter + next(cells) + line[len(body) :] if body else line for body, line in lines
        )

    def _encoded(self, added: Added, rows: int) -> list[bytes]:
        """Return the new cells of the next rows."""
        if added.has_lists:
            return [self._cells(values).encode() for values in added.by_row(rows)]
        columns = [texts(column, "") for column in added.block(rows)[0]]
        return "\n".join(map(self.delimiter.join, zip(*columns, strict=True))).encode().split(b"\n")

    def _has_plain_lines(self, path: Path) -> bool:
        """Tell whether each line of bytes is a row, and needs no parsing."""
        as_bytes = self.encoding == "utf-8" and not self.comma and not codec_of(path)
        return as_bytes and quick.is_plain(path, self.delimiter)

    def _quoted(self, cells: Sequence[str]) -> str:
        line = io.StringIO()
        csv.writer(line, delimiter=self.delimiter, lineterminator="").writerow(cells)
        return line.getvalue()

    def _cells(self, values: Sequence[Any]) -> str:
        if any(isinstance(value, list) for value in values):
            return self._quoted([_list(value) for value in values])
        return self.delimiter.join("" if math.isnan(value) else self._number(value) for value in values)

    def _number(self, value: float) -> str:
        return repr(value).replace(".", ",") if self.comma else repr(value)

    def records(self, path: Path) -> Iterator[tuple[int, str, list[str]]]:
        """Yield first line, text and cells of each record; a blank line is one without cells."""
        record: list[str] = []

        def taken() -> Iterator[str]:
            for number, line in enumerate(lines(path, "", self.encoding)):
                record.append(line)
                yield line if number else line.removeprefix(BOM)

        number = 1
        limit = csv.field_size_limit(2**31 - 1)  # completions outgrow the default of 128 KiB
        try:
            for cells in csv.reader(taken(), delimiter=self.delimiter, strict=True):
                yield number, "".join(record), cells
                number += len(record)
                record.clear()
        except csv.Error as error:
            raise InvalidInputError(f"{path}, line {number}: expected quotes in pairs, got {error}") from None
        finally:
            csv.field_size_limit(limit)


def _position(names: list[str], wanted: str, where: str) -> int:
    """Find the one column of that name, or say what may have been meant."""
    if names.count(wanted) == 1:
        return names.index(wanted)
    if wanted in names:
        raise InvalidInputError(f"{where}: expected one column {wanted!r}, got {names.count(wanted)}")
    raise no_column(names, wanted, where)


def _list(values: list[float]) -> str:
    return f"[{', '.join('null' if math.isnan(value) else repr(value) for value in values)}]"
