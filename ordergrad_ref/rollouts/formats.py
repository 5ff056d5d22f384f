"""The formats of files, by the suffix of the name."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.compression import Bytes, is_gzipped
from ordergrad_ref.rollouts.delimited import Delimited
from ordergrad_ref.rollouts.json_lines import JsonLines
from ordergrad_ref.rollouts.parquet import Parquet
from ordergrad_ref.rollouts.unchanged import Watch

__all__ = ["Format", "format_of"]


class Format(Protocol):
    """A format of file: where its cells are, and how it grows a column."""

    unit: str

    def cells(
        self, path: Path, rewards: Sequence[str], groups: Sequence[str]
    ) -> Iterator[tuple[int, list[Any], list[Any]]]:
        """Yield the number, the rewards and the group's cells of each row."""

    def append(
        self, path: Path, columns: Sequence[str], values: NDArray[np.float64], file: Bytes, seen: Watch
    ) -> None:
        """Write the table at ``path`` with these columns more, of the values ``(columns, rows)``."""


_JSON_LINES = JsonLines()
_FORMATS: dict[str, Format] = {
    ".csv": Delimited(","),
    ".tsv": Delimited("\t"),
    ".jsonl": _JSON_LINES,
    ".ndjson": _JSON_LINES,
    ".parquet": Parquet(),
}


def format_of(path: Path) -> Format:
    """Return the format that the suffix names; text may be gzipped."""
    name = path.with_suffix("") if is_gzipped(path) else path
    suffix = name.suffix.lower()
    if suffix == ".json":
        raise InvalidInputError(
            f"{path}: expected JSON Lines (.jsonl, .ndjson), one object on each line, got .json"
        )
    if suffix not in _FORMATS or (is_gzipped(path) and suffix == ".parquet"):
        raise InvalidInputError(
            f"{path}: expected a name that ends in .csv, .tsv, .jsonl or .ndjson, "
            f"each also with .gz, or in .parquet, got {path.name!r}"
        )
    return _FORMATS[suffix]
