"""The formats of files: by the suffix of the name, and where it says nothing by the first bytes."""

import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.added import Added
from ordergrad_ref.rollouts.arrow import Arrow
from ordergrad_ref.rollouts.batches import Batch
from ordergrad_ref.rollouts.compression import Bytes, codec_by_name, opened, without_codec
from ordergrad_ref.rollouts.delimited import delimited
from ordergrad_ref.rollouts.json_documents import EvalLog, JsonDocument, is_one_document
from ordergrad_ref.rollouts.json_lines import JsonLines
from ordergrad_ref.rollouts.json_values import value_of
from ordergrad_ref.rollouts.parquet import Parquet
from ordergrad_ref.rollouts.text import BOM, encoding_by_mark, encoding_of, readable

__all__ = ["Format", "family", "format_of"]


class Format(Protocol):
    """A format of file: where its cells are, and how it grows a column."""

    @property
    def unit(self) -> str:
        """What a row is called."""

    @property
    def kind(self) -> str:
        """What the format is called."""

    def rows(self, path: Path, columns: Sequence[str], text: Sequence[str]) -> Iterator[Batch]:
        """Yield rows and their cells, those of ``text`` as they are written."""

    def columns(self, path: Path) -> list[str]:
        """Return the names of the columns."""

    def append(self, path: Path, columns: Sequence[str], added: Added, file: Bytes) -> None:
        """Write the table at ``path`` with these columns more, and these cells in them."""


_FAMILIES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".psv": "psv",
    ".jsonl": "JSON Lines",
    ".ndjson": "JSON Lines",
    ".json": "JSON",
    ".eval": "eval log",
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".arrow": "Arrow",
    ".feather": "Arrow",
}
_USUAL = {"csv": ",", "tsv": "\t", "psv": "|"}
LONGEST, HEAD = 2**26, 2**10  # bytes of a first line, and of what follows it


def family(path: Path) -> str | None:
    """Return the family of formats that the suffix names; text may be compressed."""
    return _FAMILIES.get(without_codec(path).suffix.lower())


def format_of(path: Path, rewards: Sequence[str], ids: Sequence[str], encoding: str | None = None) -> Format:
    """Return the format of a file in which these columns are wanted."""
    named = family(path)
    if named in ("Parquet", "Arrow") and codec_by_name(path):
        raise InvalidInputError(
            f"{path}: expected a {named} file as it is, got a compressed one; decompress it first"
        )
    with readable(path), opened(path) as raw, io.BufferedReader(cast(Any, raw)) as stream:
        head = stream.readline(LONGEST) + stream.read(HEAD)
    by_mark = encoding_by_mark(head)
    by_bytes = _by_bytes(path, head, by_mark)
    if named is None and by_bytes == "csv" and b"\0" in head and by_mark is None:
        raise InvalidInputError(
            f"{path}: expected delimited text, JSON Lines, JSON, Parquet, Arrow or a log of inspect_ai, "
            "got a file of another kind"
        )
    if named in _USUAL and by_bytes == "JSON" and _is_json(head.partition(b"\n")[0]):
        raise InvalidInputError(
            f"{path}: expected delimited text, by its name, got JSON; name it .jsonl, or .json"
        )
    unzipped = named == "eval log" and not head.startswith(b"PK")
    found = by_bytes if named is None or unzipped else named
    if found == "Parquet":
        return Parquet()
    if found == "Arrow":
        return Arrow()
    if found == "eval log":
        return EvalLog()
    if found in _USUAL:
        return delimited(path, rewards, ids, encoding, _USUAL[found])
    spelt = encoding_of(path, encoding)
    if found == "JSON":
        document = is_one_document(head.decode(spelt, errors="replace"))
        return JsonDocument(spelt) if document else JsonLines(spelt)
    return JsonLines(spelt)


def _by_bytes(path: Path, head: bytes, encoding: str | None) -> str:
    """Tell a format by its first bytes; a header of columns is what is left, and may begin as they do."""
    if head.startswith(b"PAR1") and _ends_with(path, b"PAR1"):
        return "Parquet"
    if head.startswith((b"ARROW1\0\0", b"\xff\xff\xff\xff")):
        return "Arrow"
    if head.startswith(b"PK\3\4") and EvalLog().reads(path):
        return "eval log"
    start = head.decode(encoding or "utf-8", errors="replace").removeprefix(BOM).lstrip()[:1]
    return "JSON" if start in ("{", "[") else "csv"


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(value_of(line.decode("utf-8-sig")), tuple | list)
    except (ValueError, RecursionError):
        return False


def _ends_with(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        file.seek(-len(mark), os.SEEK_END)
        return file.read() == mark
