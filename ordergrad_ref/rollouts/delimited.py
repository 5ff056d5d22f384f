"""Text with a delimiter: comma, tab, semicolon or bar."""

import csv
import io
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.added import Added, texts
from ordergrad_ref.rollouts.batches import FEW, Batch, cut, joined, listed
from ordergrad_ref.rollouts.cells import parsed_all
from ordergrad_ref.rollouts.columns import no_column, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes
from ordergrad_ref.rollouts.decimals import have_commas
from ordergrad_ref.rollouts.plain_lines import is_plain
from ordergrad_ref.rollouts.text import BOM, blocks, encoding_of, lines

__all__ = ["Delimited", "delimited"]

DELIMITERS = (",", "\t", ";", "|")


def delimited(
    path: Path, rewards: Sequence[str], ids: Sequence[str], encoding: str | None, first: str
) -> "Delimited":
    """Return the format whose delimiter gives the columns: the usual one of the suffix, or else another."""
    name = encoding_of(path, encoding)
    usual = Delimited(first, name)
    if not rewards:
        tables = [Delimited(delimiter, name) for delimiter in (first, *DELIMITERS)]
        return max(tables, key=lambda table: len(_header(table, path)))
    for delimiter in (first, *DELIMITERS):
        table = Delimited(delimiter, name)
        header = _header(table, path)
        if header and all(column in header for column in (*rewards, *ids)):
            comma = delimiter == ";" and have_commas(table.rows(path, [], rewards), rewards, path)
            return Delimited(delimiter, name, comma)
    return usual


def _header(table: "Delimited", path: Path) -> list[str]:
    """Return the names of the columns, none where quotes do not fit the delimiter."""
    try:
        return table.columns(path)
    except InvalidInputError:
        return []


@dataclass(frozen=True)
class Delimited:
    """Text with a delimiter, quoted as spreadsheets and the csv module do.

    Where it is a semicolon, decimals may have a comma, as where spreadsheets write such files; new ones have
    it where the old ones do. ``1,000`` is one there, and never a thousand.
    """

    delimiter: str
    encoding: str = "utf-8"
    comma: bool = False
    unit = "line"
    kind = "delimited"

    def rows(self, path: Path, columns: Sequence[str], text: Sequence[str]) -> Iterator[Batch]:
        """Yield rows: numbers where the text is one, but ids as they are written."""
        comma = self.delimiter == ";"
        for numbers, cells in joined(self._wanted(path, [*columns, *text])):
            read = [parsed_all(listed(column), comma) for column in cells[: len(columns)]]
            yield Batch(numbers, [*read, *cells[len(columns) :]])

    def _wanted(self, path: Path, names: Sequence[str]) -> Iterator[Batch]:
        """Yield a few rows at a time: the line of each, and its cells in these columns."""
        header: list[str] = []
        for numbers, records in self._records(path):
            if not header:
                header = records[0]
                places = [_position(header, name, f"{path}, line {numbers[0]}") for name in names]
                numbers, records = numbers[1:], records[1:]
            lengths = list(map(len, records))
            fitting = len(records)
            if lengths.count(len(header)) < fitting:
                fitting = next(i for i, length in enumerate(lengths) if length != len(header))
            yield Batch(numbers[:fitting], [[cells[i] for cells in records[:fitting]] for i in places])
            if fitting < len(records):
                raise InvalidInputError(
                    f"{path}, line {numbers[fitting]}: expected {len(header)} cells as in the header, "
                    f"got {lengths[fitting]}"
                )

    def columns(self, path: Path) -> list[str]:
        """Return the names of the columns."""
        return next((records[0] for _, records in self._records(path)), [])

    def append(self, path: Path, columns: Sequence[str], added: Added, file: Bytes) -> None:
        """Write each record with its new cells before the end of its last line."""
        refuse_existing(self.columns(path), columns, path)
        if self._has_plain_lines(path):
            lines = blocks(path, header=True)
            file.write(self._longer(next(lines), lambda rows: [self._quoted(columns).encode()]))
            for block in lines:
                file.write(self._longer(block, lambda rows: self._encoded(added, rows)))
            return
        new = chain([self._quoted(columns)], map(self._cells, added.by_row()))
        for text, cells in self._texts(path):
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
        return self.encoding == "utf-8" and not self.comma and is_plain(path, self.delimiter)

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

    def _records(self, path: Path) -> Iterator[tuple[Sequence[int], list[list[str]]]]:
        """Yield a few records at a time, without blank lines: the first line of each, and its cells."""
        next_line = 1
        with self._reader(lines(path, "", self.encoding)) as reader:
            try:
                for records in cut(reader, FEW, (InvalidInputError, csv.Error)):
                    usual = reader.line_num == next_line - 1 + len(records) and [] not in records
                    heights = [1] * len(records) if usual else map(_height, records)
                    *starts, next_line = accumulate(heights, initial=next_line)
                    filled = [both for both in zip(starts, records, strict=True) if both[1]]
                    if filled:
                        yield [number for number, _ in filled], [cells for _, cells in filled]
            except csv.Error as error:
                raise _odd_quotes(path, next_line, error) from None

    def _texts(self, path: Path) -> Iterator[tuple[str, list[str]]]:
        """Yield text and cells of each record; a blank line is one without cells."""
        record: list[str] = []

        def taken() -> Iterator[str]:
            for line in lines(path, "", self.encoding):
                record.append(line)
                yield line

        with self._reader(taken()) as reader:
            try:
                for cells in reader:
                    yield "".join(record), cells
                    record.clear()
            except csv.Error as error:
                raise _odd_quotes(path, reader.line_num - len(record) + 1, error) from None

    @contextmanager
    def _reader(self, text: Iterator[str]) -> Iterator[Any]:
        limit = csv.field_size_limit(2**31 - 1)  # completions outgrow the default of 128 KiB
        try:
            first = next(text, "").removeprefix(BOM)
            yield csv.reader(chain([first], text), delimiter=self.delimiter, strict=True)
        finally:
            csv.field_size_limit(limit)


def _odd_quotes(path: Path, line: int, error: csv.Error) -> InvalidInputError:
    if "expected after" in str(error):
        return InvalidInputError(
            f"{path}, line {line}: expected the end of a cell after its closing quote, got more of it; "
            "double the quotes within a cell, and leave no space after the last one"
        )
    return InvalidInputError(f"{path}, line {line}: expected quotes in pairs, got {error}")


def _height(cells: Sequence[str]) -> int:
    """Return the number of lines of a record: those that end within its cells, and one."""
    text = "".join(cells)
    if "\n" not in text and "\r" not in text:
        return 1
    return 1 + sum(cell.count("\n") + cell.count("\r") - cell.count("\r\n") for cell in cells)


def _position(names: list[str], wanted: str, where: str) -> int:
    """Find the one column of that name, or say what may have been meant."""
    if names.count(wanted) == 1:
        return names.index(wanted)
    if wanted in names:
        raise InvalidInputError(f"{where}: expected one column {wanted!r}, got {names.count(wanted)}")
    raise no_column(names, wanted, where)


def _list(values: list[float]) -> str:
    return f"[{', '.join('null' if math.isnan(value) else repr(value) for value in values)}]"
