"""Comma- and tab-separated text."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.cells import parsed
from ordergrad_ref.rollouts.columns import position, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes
from ordergrad_ref.rollouts.text import BOM, lines

__all__ = ["Delimited"]


@dataclass(frozen=True)
class Delimited:
    """Text with a delimiter, quoted as spreadsheets and the csv module do."""

    delimiter: str
    unit = "line"

    def cells(self, path: Path, reward: str, group: str) -> Iterator[tuple[int, Any, Any]]:
        """Yield line, reward and group of each row; the reward as a number where its text is one."""
        header: list[str] = []
        for number, _, cells in self._records(path):
            if not cells:
                continue
            where = f"{path}, line {number}"
            if not header:
                header = cells
                i, j = position(header, reward, where), position(header, group, where)
            elif len(cells) != len(header):
                raise InvalidInputError(
                    f"{where}: expected {len(header)} cells as in the header, got {len(cells)}"
                )
            else:
                yield number, parsed(cells[i]), cells[j]

    def append(self, path: Path, column: str, values: NDArray[np.float64], file: Bytes) -> None:
        """Write each record with one cell more before the end of its last line."""
        refuse_existing(next(cells for _, _, cells in self._records(path) if cells), column, path)
        added = self._column(column, values)
        for _, text, cells in self._records(path):
            body = text.rstrip("\r\n")
            cell = self.delimiter + next(added) if cells else ""
            file.write((body + cell + text[len(body) :]).encode())

    def _column(self, column: str, values: NDArray[np.float64]) -> Iterator[str]:
        name = io.StringIO()
        csv.writer(name, delimiter=self.delimiter, lineterminator="").writerow([column])
        yield name.getvalue()
        for value in values.tolist():
            yield "" if math.isnan(value) else repr(value)

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
