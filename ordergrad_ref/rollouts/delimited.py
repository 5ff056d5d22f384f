"""Text with a delimiter: comma, tab, semicolon or bar."""

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import quick
from ordergrad_ref.rollouts.cells import parsed
from ordergrad_ref.rollouts.columns import no_column, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes, codec_of
from ordergrad_ref.rollouts.quick import Quick
from ordergrad_ref.rollouts.text import BOM, encoding_of, lines, readable
from ordergrad_ref.rollouts.unchanged import OFTEN, Watch, changed, counted, one_a_row

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
        return max(tables, key=lambda table: len(table.columns(path)))
    for delimiter in (first, *DELIMITERS):
        table = Delimited(delimiter, name)
        header = next((cells for _, _, cells in table.records(path) if cells), [])
        if header and all(column in header for column in columns):
            comma = delimiter == ";" and _has_decimal_commas(table.records(path), header, columns)
            return Delimited(delimiter, name, comma)
    return usual


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

    def append(
        self, path: Path, columns: Sequence[str], rows: Iterator[list[Any]], file: Bytes, seen: Watch
    ) -> None:
        """Write each record with its new cells before the end of its last line."""
        refuse_existing(next(cells for _, _, cells in self.records(path) if cells), columns, path)
        new = chain([self._quoted(columns)], map(self._cells, counted(rows, seen)))
        if self._has_plain_lines(path):
            with readable(path), path.open("rb") as raw:
                while block := list(islice(raw, OFTEN)):
                    bodies = [line.rstrip(b"\r\n") for line in block]
                    filled = sum(map(bool, bodies))
                    cells = list(islice(new, filled))
                    if len(cells) < filled:
                        changed(path)
                    after = iter([(self.delimiter + cell).encode() for cell in cells])
                    parts = [
                        body + next(after) + line[len(body) :] if body else line
                        for line, body in zip(block, bodies, strict=True)
                    ]
                    file.write(b"".join(parts))
            return
        added = one_a_row(new, path)
        for _, text, cells in self.records(path):
            body = text.rstrip("\r\n")
            cell = self.delimiter + next(added) if cells else ""
            file.write((body + cell + text[len(body) :]).encode(self.encoding))

    def _has_plain_lines(self, path: Path) -> bool:
        """Tell whether each line of bytes is a row, and needs no parsing."""
        as_bytes = self.encoding == "utf-8" and not self.comma and not codec_of(path)
        return as_bytes and quick.is_plain(path, self.delimiter)

    def _quoted(self, cells: Sequence[str]) -> str:
        line = io.StringIO()
        csv.writer(line, delimiter=self.delimiter, lineterminator="").writerow(cells)
        return line.getvalue()

    def _cells(self, values: Sequence[Any]) -> str:
        if len(values) == 1 and type(values[0]) is float and not self.comma:
            text = repr(values[0])
            return "" if text == "nan" else text
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
