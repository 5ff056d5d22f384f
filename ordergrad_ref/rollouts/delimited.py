"""Comma- and tab-separated text."""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.cells import parsed
from ordergrad_ref.rollouts.columns import position, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes
from ordergrad_ref.rollouts.text import BOM, lines
from ordergrad_ref.rollouts.unchanged import Watch, counted, one_a_row

__all__ = ["Delimited"]


@dataclass(frozen=True)
class Delimited:
    """Text with a delimiter, quoted as spreadsheets and the csv module do."""

    delimiter: str
    unit = "line"

    def cells(
        self, path: Path, rewards: Sequence[str], groups: Sequence[str]
    ) -> Iterator[tuple[int, list[Any], list[Any]]]:
        """Yield line, rewards and group of each row; a reward as a number where its text is one."""
        header: list[str] = []
        i: list[int] = []
        j: list[int] = []
        for number, _, cells in self._records(path):
            if not cells:
                continue
            where = f"{path}, line {number}"
            if not header:
                header = cells
                i = [position(header, name, where) for name in rewards]
                j = [position(header, name, where) for name in groups]
            elif len(cells) != len(header):
                raise InvalidInputError(
                    f"{where}: expected {len(header)} cells as in the header, got {len(cells)}"
                )
            else:
                yield number, [parsed(cells[place]) for place in i], [cells[place] for place in j]

    def append(
        self, path: Path, columns: Sequence[str], values: NDArray[np.float64], file: Bytes, seen: Watch
    ) -> None:
        """Write each record with its new cells before the end of its last line."""
        refuse_existing(next(cells for _, _, cells in self._records(path) if cells), columns, path)
        rows = zip(*(column.tolist() for column in values), strict=True)
        added = one_a_row(chain([self._names(columns)], map(self._cells, counted(rows, seen))), path)
        for _, text, cells in self._records(path):
            body = text.rstrip("\r\n")
            new = self.delimiter + next(added) if cells else ""
            file.write((body + new + text[len(body) :]).encode())

    def _names(self, columns: Sequence[str]) -> str:
        header = io.StringIO()
        csv.writer(header, delimiter=self.delimiter, lineterminator="").writerow(columns)
        return header.getvalue()

    def _cells(self, values: Sequence[float]) -> str:
        return self.delimiter.join("" if math.isnan(value) else repr(value) for value in values)

    def _records(self, path: Path) -> Iterator[tuple[int, str, list[str]]]:
        """Yield first line, text and cells of each record; a blank line is one without cells."""
        record: list[str] = []

        def taken() -> Iterator[str]:
            for number, line in enumerate(lines(path, newline="")):
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
