"""The usual case by pyarrow: one column of numbers, and at most one of ids, with nothing unusual in the file.

Whatever is unusual is left to the readers of each format, whose answers these are, and whose errors name the
place. Sole reason: they take ten times as long.
"""

import codecs
import json
from collections.abc import Callable, Iterator
from csv import reader
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.rollouts.buffers import numbers_of
from ordergrad_ref.rollouts.groups import Groups
from ordergrad_ref.rollouts.unchanged import Watch

__all__ = ["LEAST", "Quick", "delimited", "is_plain", "json_lines", "parquet"]

LEAST = 2**22
"""Bytes of a file for which it is worth to load pyarrow."""
BLOCK, LONGEST = 2**20, 2**24
"""Bytes that are read at once: at first, and where a row is longer."""
QUOTE = ord('"')


class Quick(NamedTuple):
    """Rewards, and the groups they belong to."""

    rewards: NDArray[np.float64]
    groups: Groups | None


def delimited(path: Path, delimiter: str, reward: str, group: str | None, seen: Watch) -> Quick | None:
    """Read text of which each line is a row: `is_plain`."""
    try:
        import pyarrow as pa
        from pyarrow import csv
    except ImportError:
        return None
    with path.open("rb") as file:
        (header,) = reader([file.readline().decode().rstrip("\r\n")], delimiter=delimiter, strict=True)
    names = [reward] if group is None else [reward, group]
    if len(names) != len(set(names)) or any(header.count(name) != 1 for name in names):
        return None
    kinds = {reward: pa.float64()} if group is None else {reward: pa.float64(), group: pa.string()}
    options = csv.ConvertOptions(
        include_columns=names, column_types=kinds, null_values=[], strings_can_be_null=False
    )
    parsing = csv.ParseOptions(delimiter=delimiter, quote_char='"')
    return _in_blocks(
        lambda block: csv.open_csv(
            path, csv.ReadOptions(block_size=block, use_threads=False), parsing, options
        ),
        names,
        seen,
    )


def json_lines(path: Path, reward: str, group: str | None, seen: Watch) -> Quick | None:
    """Read lines that each begin and end with a brace: as many of them as objects means one object each.

    An object cannot go on after a line that ends with a brace, for the next begins with one, and no brace
    opens after one has closed. So no line holds a part of an object, nor two, if the numbers agree.
    """
    try:
        import pyarrow as pa
        from pyarrow import json as objects
    except ImportError:
        return None
    count = _braced_lines(path)
    if not count or not hasattr(objects, "open_json"):
        return None
    with path.open("rb") as file:
        try:
            first = json.loads(file.readline())
        except ValueError:
            return None
    names = [reward] if group is None else [reward, group]
    kinds = {bool: pa.bool_(), int: pa.float64(), float: pa.float64()}
    id_kinds = {str: pa.string(), int: pa.int64()}
    fields = [(reward, kinds.get(type(first.get(reward))))]
    fields += [] if group is None else [(group, id_kinds.get(type(first.get(group))))]
    if len(names) != len(set(names)) or any(kind is None for _, kind in fields):
        return None
    parsing = objects.ParseOptions(explicit_schema=pa.schema(fields), unexpected_field_behavior="ignore")
    found = _in_blocks(
        lambda block: objects.open_json(
            path, objects.ReadOptions(block_size=block, use_threads=False), parsing
        ),
        names,
        seen,
    )
    return found if found is not None and len(found.rewards) == count else None


def parquet(path: Path, reward: str, group: str | None, seen: Watch) -> Quick | None:
    """Read two columns of the kinds that NumPy has."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return None
    names = [reward] if group is None else [reward, group]
    try:
        with path.open("rb") as raw, pq.ParquetFile(raw) as source:
            schema = source.schema_arrow
            if len(names) != len(set(names)) or any(schema.names.count(name) != 1 for name in names):
                return None
            kind = schema.field(reward).type
            if not (pa.types.is_float32(kind) or pa.types.is_float64(kind) or pa.types.is_boolean(kind)):
                return None
            ids = [pa.string(), pa.large_string(), pa.int32(), pa.int64()]
            if group is not None and schema.field(group).type not in ids:
                return None
            if any(source.schema.column(i).physical_type == "INT96" for i in range(len(source.schema))):
                return None
            return _gathered(source.iter_batches(columns=names), names, seen)
    except (pa.ArrowException, OSError):
        return None


def _in_blocks(opened: Callable[[int], Any], names: list[str], seen: Watch) -> Quick | None:
    """Read in blocks as small as the rows allow, for pyarrow holds a dozen; then give their memory back.

    None where pyarrow finds anything that is not as expected.
    """
    import pyarrow as pa

    for block in (BLOCK, LONGEST):
        try:
            return _gathered(opened(block), names, seen)
        except pa.ArrowInvalid as error:
            if "straddl" not in str(error):
                return None
        except (pa.ArrowException, OSError):
            return None
        finally:
            pa.default_memory_pool().release_unused()
    return None


def _gathered(batches: Any, names: list[str], seen: Watch) -> Quick | None:
    """Join the batches; None where a cell is missing, not finite, or beyond the integers of floats."""
    held: dict[Any, int] = {}
    rewards: list[NDArray[np.float64]] = []
    numbers: list[NDArray[np.intp]] = []
    done = 0
    for batch in batches:
        column = batch.column(batch.schema.names.index(names[0]))
        if column.null_count:
            return None
        truth = str(column.type) == "bool"
        values = numbers_of(column.cast("int8") if truth else column).astype(np.float64)
        if not (np.abs(values) < 2.0**53).all():
            return None
        rewards.append(values)
        if len(names) > 1:
            ids = batch.column(batch.schema.names.index(names[1]))
            coded = ids.dictionary_encode()
            if ids.null_count or "" in (words := coded.dictionary.to_pylist()):
                return None
            places = np.array([held.setdefault(word, len(held)) for word in words], dtype=np.intp)
            numbers.append(places[numbers_of(coded.indices)])
        done += len(values)
        seen(done)
    if not done:
        return None
    if len(names) == 1:
        return Quick(np.concatenate(rewards), None)
    return Quick(np.concatenate(rewards), Groups(list(held), np.concatenate(numbers)))


def _chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes, each chunk with the last byte of the one before."""
    last = b""
    with path.open("rb") as file:
        while chunk := file.read(BLOCK):
            yield last + chunk
            last = chunk[-1:]


def is_plain(path: Path, delimiter: str) -> bool:
    """Tell whether each line is a row: UTF-8 without byte-order mark, NUL and lone carriage returns.

    Quotes stand where cells begin and end, or doubled within one, and no line ends between a pair of them;
    then every reader of delimited text sees the same cells.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    first, quoted = True, False
    for chunk in _chunks(path):
        if b"\0" in chunk or chunk[:3] == codecs.BOM_UTF8:
            return False
        if b"\r" in chunk and chunk.count(b"\r", 0, len(chunk) - 1) != chunk.count(b"\r\n"):
            return False
        if b'"' in chunk or quoted:
            if not first:
                quoted ^= chunk[:1] == b'"'  # before the byte that the chunk before had, too
            after = _quotes_pair(chunk if not first else b"\n" + chunk, delimiter, quoted)
            if after is None:
                return False
            quoted = after
        if not _decodes(decoder, chunk if first else chunk[1:]):
            return False
        first = False
    return _ends(decoder) and not quoted


def _quotes_pair(chunk: bytes, delimiter: str, quoted: bool) -> bool | None:
    """Tell whether the bytes end within quotes, given whether they begin there; None where quotes are odd."""
    codes = np.frombuffer(chunk, dtype=np.uint8)
    quotes = codes == QUOTE
    within = (np.cumsum(quotes) + quoted) % 2 == 1  # after each byte
    at_edge = np.isin(codes, [ord(delimiter), ord("\n"), QUOTE])
    opens, closes = quotes & within, quotes & ~within
    if (opens[1:] & ~at_edge[:-1]).any() or (within & (codes == ord("\n"))).any():
        return None
    if (closes[:-1] & ~(at_edge | (codes == ord("\r")))[1:]).any():
        return None
    return bool(within[-1])


def _braced_lines(path: Path) -> int:
    """Count the lines, if each begins with ``{`` and ends with ``}``; else 0."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = between = 0
    first, last = b"", b""
    with path.open("rb") as file:
        while chunk := file.read(BLOCK):
            if not _decodes(decoder, chunk):
                return 0
            first = first or chunk[:1]
            lines += chunk.count(b"\n")
            between += (last + chunk).count(b"}\n{")
            last = (last + chunk)[-2:]
    whole = first == b"{" and last == b"}\n" and between == lines - 1
    return lines if whole and _ends(decoder) else 0


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    if chunk.isascii() and not decoder.getstate()[0]:
        return True
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _ends(decoder: codecs.IncrementalDecoder) -> bool:
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
