"""Files of rollouts: read the rewards and their groups, write the file back with one column more.

A file is comma- or tab-separated text, JSON Lines (where a key is a column) or Parquet; its suffix
says which. Text is UTF-8 and comes back byte for byte, but for the new cell at the end of each row:
quoting, line ends, byte-order mark, the spelling of every number. Parquet keeps columns, types,
values, row groups, codec and the schema's metadata, pandas' included; its pages are encoded afresh.

Messages count the lines of text, and the rows of Parquet, from 1.
"""

import csv
import difflib
import gzip
import io
import json
import math
import os
import reprlib
import stat
import uuid
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError

__all__ = ["Rollouts", "read", "write"]

_Bytes: TypeAlias = IO[bytes] | gzip.GzipFile


@dataclass(frozen=True, eq=False)
class Rollouts:
    """The rewards of a file, one a row, in the file's order.

    Attributes
    ----------
    path : Path
        The file.
    rewards : (n,) float64 array
        Finite rewards.
    groups : (n,) object array or None
        The group of each reward, all of one type: the text of the cell in CSV, the value in JSON
        Lines and Parquet (text, bytes or a number).
    stamp : tuple of int
        Size and modification time of the file when it was read.
    """

    path: Path
    rewards: NDArray[np.float64]
    groups: NDArray[np.object_] | None
    stamp: tuple[int, int]


def read(path: str | os.PathLike[str], reward: str, group: str | None = None) -> Rollouts:
    """Read the rewards, and the groups they belong to.

    Parameters
    ----------
    path : path
        A ``.csv``, ``.tsv``, ``.jsonl`` or ``.ndjson`` file, gzipped too (``.csv.gz``), or a
        ``.parquet`` file.
    reward : str
        The column of rewards: finite numbers, or booleans as 1 and 0 (in CSV the words true and
        false in any case).
    group : str, optional
        The column of group ids.

    Returns
    -------
    Rollouts
        Rewards ``(n,)``, and groups ``(n,)`` or None.

    Raises
    ------
    NonFiniteRewardError
        A reward is NaN or infinite.
    InvalidInputError
        The file cannot be read, a column is missing or there twice, or a cell is no number or no
        id; ids of more than one type are refused, for ``3`` and ``"3"`` may be meant as one group.

    Examples
    --------
    See `write`.
    """
    path = Path(path)
    if not path.exists():
        raise InvalidInputError(f"{path}: no such file")
    if not path.is_file():
        came = "a directory" if path.is_dir() else "a device"
        raise InvalidInputError(f"{path}: expected a file, came {came}")
    table = _table(path)
    stamp = _stamp(path)
    if not stamp[0]:
        raise InvalidInputError(f"{path}: the file is empty")

    rewards: list[float] = []
    groups: list[Any] = []
    seen: dict[Any, Any] = {}  # holds each id once: an id may be a whole prompt
    for number, reward_cell, group_cell in table.cells(path, reward, group):
        column = reward
        try:
            rewards.append(_number(reward_cell))
            if group is not None:
                column = group
                name = _name(group_cell, like=groups[0] if groups else group_cell)
                groups.append(seen.setdefault(name, name))
        except InvalidInputError as error:
            where = f"{path}, {table.unit} {number}, column {column!r}"
            raise type(error)(f"{where}: {error}") from None
    if not rewards:
        raise InvalidInputError(f"{path}: expected at least one row of data, came none")
    ids = None if group is None else np.array(groups, dtype=object)
    return Rollouts(path, np.array(rewards), ids, stamp)


def write(rollouts: Rollouts, column: str, values: ArrayLike, output: str | os.PathLike[str]) -> None:
    r"""Write the file that the rollouts came from, with one column more.

    A number is written as the shortest decimal that reads back as the same float64; NaN as an empty
    cell in CSV, as null in JSON Lines and Parquet. The output appears whole or not at all: whatever
    fails, the file that stood there stands. A file replaced hands on its mode bits; a symbolic link
    is followed.

    Parameters
    ----------
    rollouts : Rollouts
        What `read` returned.
    column : str
        The new column's name.
    values : (n,) array
        One number a row, finite or NaN.
    output : path
        A file of the input's format, gzipped or not; may be the input itself.

    Raises
    ------
    InvalidInputError
        The column exists, the values do not fit the rows, the output cannot be written there, or
        the input has changed since it was read.
    OSError
        The disk failed or filled up on the way.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "rollouts.csv")
    >>> _ = path.write_text('prompt,answer,score\n007,"4, I think",1.0\n007,5,0.0\n')
    >>> rollouts = read(path, reward="score", group="prompt")
    >>> rollouts.rewards
    array([1., 0.])
    >>> rollouts.groups
    array(['007', '007'], dtype=object)
    >>> write(rollouts, "advantage", [0.5, -0.5], path)
    >>> print(path.read_text())
    prompt,answer,score,advantage
    007,"4, I think",1.0,0.5
    007,5,0.0,-0.5
    """
    path, output = rollouts.path, Path(output)
    table = _table(path)
    if _table(output) != table:
        raise InvalidInputError(
            f"{output}: expected a file of the same format as {path}; formats are not converted"
        )
    if not column:
        raise InvalidInputError("column: expected a name, came ''")
    cells = np.asarray(values, dtype=np.float64)
    if cells.shape != rollouts.rewards.shape:
        raise InvalidInputError(
            f"values: expected one for each of the {len(rollouts.rewards)} rows of {path}, "
            f"came shape {cells.shape}"
        )
    if np.isinf(cells).any():
        row = np.flatnonzero(np.isinf(cells))[0]
        raise InvalidInputError(f"values: expected finite or NaN, came {cells[row]} at {row}")
    if not path.exists() or _stamp(path) != rollouts.stamp:
        raise InvalidInputError(f"{path}: the file has changed since it was read")
    with _replacing(output) as file:
        table.append(path, column, cells, file)


# ---- formats


class _Table(Protocol):
    """A format of file: where its cells are, and how it grows a column."""

    unit: str

    def cells(self, path: Path, reward: str, group: str | None) -> Iterator[tuple[int, Any, Any]]:
        """Yield the number, the reward and the group of each row."""

    def append(self, path: Path, column: str, values: NDArray[np.float64], file: _Bytes) -> None:
        """Write the table at ``path`` with one column more."""


class _Delimited:
    """Text with a delimiter, quoted as spreadsheets and the csv module do."""

    unit = "line"

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter

    def cells(self, path: Path, reward: str, group: str | None) -> Iterator[tuple[int, Any, Any]]:
        header: list[str] = []
        i = j = 0
        for number, _, cells in self._records(path):
            if not cells:
                continue
            if not header:
                header = cells
                i = _position(header, reward, f"{path}, line {number}")
                j = i if group is None else _position(header, group, f"{path}, line {number}")
            elif len(cells) != len(header):
                raise InvalidInputError(
                    f"{path}, line {number}: expected {len(header)} cells as in the header, came {len(cells)}"
                )
            else:
                yield number, _parsed(cells[i]), cells[j]

    def append(self, path: Path, column: str, values: NDArray[np.float64], file: _Bytes) -> None:
        _refuse(next(cells for _, _, cells in self._records(path) if cells), column, path)
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
        lines: list[str] = []

        def taken() -> Iterator[str]:
            for number, line in enumerate(_lines(path, newline="")):
                lines.append(line)
                yield line if number else line.removeprefix(_BOM)

        number = 1
        limit = csv.field_size_limit(2**31 - 1)  # completions outgrow the default of 128 KiB
        try:
            for cells in csv.reader(taken(), delimiter=self.delimiter, strict=True):
                yield number, "".join(lines), cells
                number += len(lines)
                lines.clear()
        except csv.Error as error:
            raise InvalidInputError(f"{path}, line {number}: expected quotes in pairs ({error})") from None
        finally:
            csv.field_size_limit(limit)


class _JsonLines:
    """One JSON object a line; a blank line is no row."""

    unit = "line"

    def cells(self, path: Path, reward: str, group: str | None) -> Iterator[tuple[int, Any, Any]]:
        for number, _, members in self._objects(path):
            if members is not None:
                where = f"{path}, line {number}"
                names = [name for name, _ in members]
                i = _position(names, reward, where)
                j = i if group is None else _position(names, group, where)
                yield number, members[i][1], members[j][1]

    def append(self, path: Path, column: str, values: NDArray[np.float64], file: _Bytes) -> None:
        key = json.dumps(column)
        rows = iter(values.tolist())
        for _, line, members in self._objects(path):
            if members is not None:
                _refuse([name for name, _ in members], column, path)
                value = next(rows)
                body = line.rstrip(_JSON_SPACE).removesuffix("}").rstrip(_JSON_SPACE)
                member = f", {key}: {'null' if math.isnan(value) else repr(value)}"
                line = body + member + line[len(body) :]
            file.write(line.encode())

    def _objects(self, path: Path) -> Iterator[tuple[int, str, tuple[tuple[str, Any], ...] | None]]:
        """Yield number, text and members of each line; a blank line has no members."""
        for number, line in enumerate(_lines(path, newline="\n"), 1):
            text = line.removeprefix(_BOM)
            if not text.strip(_JSON_SPACE):
                yield number, line, None
                continue
            try:
                # Pairs, for a dictionary would hide a key that is there twice.
                members = json.loads(text, object_pairs_hook=tuple)
            except (ValueError, RecursionError) as error:
                reason = str(error)
                if isinstance(error, json.JSONDecodeError):  # whose own "line 1" would mislead
                    reason = f"{error.msg} at character {error.pos + 1}"
                raise InvalidInputError(
                    f"{path}, line {number}: expected one JSON object, came broken JSON ({reason})"
                ) from None
            if not isinstance(members, tuple):
                raise InvalidInputError(
                    f"{path}, line {number}: expected one JSON object, came {_shown(members)}"
                )
            yield number, line, members


class _Parquet:
    """A Parquet file, one row group at a time."""

    unit = "row"

    def cells(self, path: Path, reward: str, group: str | None) -> Iterator[tuple[int, Any, Any]]:
        pa, pq = _pyarrow(path)
        with _readable(path), pq.ParquetFile(path) as source:
            schema = source.schema_arrow
            columns = [reward, reward if group is None else group]
            for column in columns:
                kind = schema.field(_position(schema.names, column, str(path))).type
                if pa.types.is_nested(kind) or pa.types.is_temporal(kind):
                    raise InvalidInputError(
                        f"{path}, column {column!r}: expected numbers or text, came {kind}"
                    )
            leaves = (source.schema.column(i) for i in range(len(source.schema)))
            if old := [leaf.path for leaf in leaves if leaf.physical_type == "INT96"]:
                raise InvalidInputError(
                    f"{path}, column {old[0]!r}: expected TIMESTAMP, came INT96, which "
                    "cannot be written back unchanged"
                )
            number = 0
            for batch in source.iter_batches(columns=sorted(set(columns))):
                for row in zip(*(batch.column(name).to_pylist() for name in columns), strict=True):
                    number += 1
                    yield number, *row

    def append(self, path: Path, column: str, values: NDArray[np.float64], file: _Bytes) -> None:
        pa, pq = _pyarrow(path)
        with pq.ParquetFile(path) as source:
            _refuse(source.schema_arrow.names, column, path)
            field = pa.field(column, pa.float64())
            codec = source.metadata.row_group(0).column(0).compression
            with pq.ParquetWriter(
                file,
                source.schema_arrow.append(field),
                compression="NONE" if codec == "UNCOMPRESSED" else codec,
                use_compliant_nested_type=False,  # list elements keep the name they have
            ) as writer:
                start = 0
                for i in range(source.num_row_groups):
                    with _readable(path):
                        rows = source.read_row_group(i)
                    cells = pa.array(values[start : start + len(rows)], from_pandas=True)
                    rows = rows.append_column(field, cells)
                    writer.write_table(rows, row_group_size=max(len(rows), 1))
                    start += len(rows)


_TABLES: dict[str, _Table] = {
    ".csv": _Delimited(","),
    ".tsv": _Delimited("\t"),
    ".jsonl": _JsonLines(),
    ".parquet": _Parquet(),
}
_TABLES[".ndjson"] = _TABLES[".jsonl"]


def _table(path: Path) -> _Table:
    name = path.with_suffix("") if _gzipped(path) else path
    suffix = name.suffix.lower()
    if suffix == ".json":
        raise InvalidInputError(
            f"{path}: expected JSON Lines (.jsonl, .ndjson), one object a line, came .json"
        )
    if suffix not in _TABLES or (_gzipped(path) and suffix == ".parquet"):
        raise InvalidInputError(
            f"{path}: expected a name that ends in .csv, .tsv, .jsonl or .ndjson, "
            "each also with .gz, or in .parquet"
        )
    return _TABLES[suffix]


# ---- columns and cells


def _position(names: Sequence[str], wanted: str, where: str) -> int:
    if names.count(wanted) == 1:
        return names.index(wanted)
    if wanted in names:
        raise InvalidInputError(f"{where}: expected one column {wanted!r}, came {names.count(wanted)}")
    hint = ""
    if "." in wanted and wanted.split(".")[0] in names:
        hint = "; nested keys are not supported: copy the value to the top level"
    elif close := difflib.get_close_matches(wanted, names, n=1):
        hint = f"; did you mean {close[0]!r}?"
    elif any(isinstance(_parsed(name), float) for name in names):
        hint = "; is the header missing?"
    raise InvalidInputError(f"{where}: expected a column {wanted!r}, came {_SHORT.repr(list(names))}{hint}")


def _refuse(names: Sequence[str], column: str, path: Path) -> None:
    if column in names:
        raise InvalidInputError(f"{path}: column {column!r} exists already; choose another with --column")


def _parsed(cell: str) -> float | bool | str:
    """Read a cell of text: a number, true or false, else the text itself."""
    word = cell.strip().lower()
    if word in ("true", "false"):
        return word == "true"
    try:
        return cell if "_" in cell else float(cell)  # float("1_000") is Python's, not CSV's
    except ValueError:
        return cell


def _number(value: Any) -> float:
    if not isinstance(value, Real | Decimal):
        raise InvalidInputError(f"expected a finite number, came {_shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise NonFiniteRewardError(f"expected a finite number, came {_shown(value)}")
    return number


def _name(value: Any, like: Any) -> str | bytes | float:
    if value is None or value == "" or value != value:
        raise InvalidInputError(f"expected a group id, came {_shown(value)}")
    if not isinstance(value, str | bytes | int | float):
        raise InvalidInputError(f"expected text or a number as group id, came {_shown(value)}")
    if type(value) is not type(like):
        raise InvalidInputError(f"expected group ids of one type, came {_shown(value)} after {_shown(like)}")
    return value


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict | tuple):
        return "an object"
    return "a list" if isinstance(value, list) else _SHORT.repr(value)


# ---- files


_BOM = "\ufeff"
_JSON_SPACE = " \t\r\n"
_SHORT = reprlib.Repr()  # a cell may be a whole completion
_SHORT.maxlist, _SHORT.maxstring, _SHORT.maxlong, _SHORT.maxother = 20, 60, 60, 60


def _lines(path: Path, newline: str) -> Iterator[str]:
    """Yield the lines of UTF-8 text with their ends as they are."""
    opened = gzip.open if _gzipped(path) else open
    try:
        with opened(path, "rt", encoding="utf-8", errors="surrogateescape", newline=newline) as text:
            for number, line in enumerate(text, 1):
                _check_utf8(line, f"{path}, line {number}")
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInputError(f"{path}: the file cannot be read ({error})") from error


def _check_utf8(line: str, where: str) -> None:
    """Refuse bytes that are no UTF-8: surrogateescape reads the byte b as U+DC00 + b."""
    try:
        line.encode()
    except UnicodeEncodeError as error:
        raise InvalidInputError(
            f"{where}: expected UTF-8 text, came the byte 0x{ord(line[error.start]) - 0xDC00:02x}"
        ) from None


@contextmanager
def _replacing(output: Path) -> Iterator[_Bytes]:
    """Write a file beside the output, which takes the output's place once it is whole."""
    target = Path(os.path.realpath(output))
    if target.exists() and not target.is_file():
        raise InvalidInputError(f"{output}: expected a file to write, came a directory or device")
    temporary = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        temporary.touch(exist_ok=False)
    except OSError as error:
        raise InvalidInputError(f"{output}: cannot be written ({error.strerror})") from error
    try:
        with temporary.open("wb") as file:
            if target.exists():
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            if _gzipped(output):
                with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as compressed:
                    yield compressed
            else:
                yield file
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _gzipped(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _pyarrow(path: Path) -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InvalidInputError(
            f"{path}: Parquet needs pyarrow: pip install 'ordergrad_ref[parquet]'"
        ) from None
    return pyarrow, pyarrow.parquet


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    pa, _ = _pyarrow(path)
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise InvalidInputError(f"{path}: cannot be read as Parquet ({error})") from error
