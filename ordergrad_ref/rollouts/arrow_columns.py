"""What Parquet and Arrow share: cells of record batches, and new columns of numbers or of lists."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.added import Added
from ordergrad_ref.rollouts.batches import Batch, Cells, Words
from ordergrad_ref.rollouts.buffers import arrow_floats, arrow_offsets, numbers_of
from ordergrad_ref.rollouts.coded import Coded
from ordergrad_ref.rollouts.columns import Absent, no_column, paths, walk

__all__ = ["arrow_paths", "cells_of", "new_cells", "new_fields", "refuse_kind", "top_level"]

AT_ONCE = 2**13
"""Rows of a batch: what is not nested is read by columns."""

NUMBERS = ("float", "double", "int8", "int16", "int32", "int64")


def arrow_paths(schema: Any) -> list[str]:
    """Return the names of the columns, and the paths into structures."""
    return list(paths(tuple((field.name, _members(field.type)) for field in schema)))


def top_level(schema: Any, wanted: str, where: str) -> tuple[str, str]:
    """Return the column that holds what is wanted, and the path within it."""
    count = schema.names.count(wanted)
    if count > 1:
        raise InvalidInputError(f"{where}: expected one column {wanted!r}, got {count}")
    if count:
        return wanted, ""
    for name in schema.names:
        if wanted.startswith(f"{name}.") and _has(schema.field(name).type, wanted[len(name) + 1 :]):
            return name, wanted[len(name) + 1 :]
    raise no_column(tuple((field.name, _members(field.type)) for field in schema), wanted, where)


def refuse_kind(kind: Any, rest: str, is_reward: bool, where: str) -> None:
    """Refuse times, and objects as rewards."""
    import pyarrow as pa

    if not rest and (
        pa.types.is_temporal(kind) or (is_reward and pa.types.is_nested(kind) and not is_list(kind))
    ):
        raise InvalidInputError(f"{where}: expected numbers or text, got {kind}")


def is_list(kind: Any) -> bool:
    """Tell whether a cell is a list."""
    import pyarrow as pa

    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def cells_of(batches: Iterable[Any], tops: Sequence[tuple[str, str]]) -> Iterator[Batch]:
    """Yield rows and their cells."""
    start, coded = 1, [Coded() for _ in tops]
    for whole in batches:
        for place in range(0, len(whole), AT_ONCE):
            batch = whole.slice(place, AT_ONCE)
            columns = [
                _cells(batch.column(batch.schema.names.index(top)), rest, words)
                for (top, rest), words in zip(tops, coded, strict=True)
            ]
            yield Batch(range(start, start + len(batch)), columns)
            start += len(batch)


def _cells(column: Any, rest: str, coded: Coded) -> Cells:
    """Return the cells as NumPy's numbers or as words that are held once, where that is possible."""
    if rest:
        found = [walk(value, rest) for value in column.to_pylist()]
        return [None if isinstance(cell, Absent) else cell for cell in found]
    kind = str(column.type)
    if not column.null_count and kind == "bool":
        return numbers_of(column.cast("int8")).astype(bool)
    if not column.null_count and kind in NUMBERS:
        return numbers_of(column)
    if not column.null_count and kind in ("string", "large_string"):
        found = column.dictionary_encode()
        return Words(found.dictionary.to_pylist(), numbers_of(found.indices))
    if not column.null_count and is_coded_text(column.type):
        return coded.words(column)
    return column.to_pylist()


def is_coded_text(kind: Any) -> bool:
    """Tell whether cells are places in a dictionary of text."""
    import pyarrow as pa

    return pa.types.is_dictionary(kind) and str(kind.value_type) in ("string", "large_string")


def new_fields(columns: Sequence[str], lists: bool) -> list[Any]:
    """Return the new columns, of numbers or of lists of them."""
    import pyarrow as pa

    return [pa.field(name, pa.list_(pa.float64()) if lists else pa.float64()) for name in columns]


def new_cells(added: Added, rows: int) -> list[Any]:
    """Take so many rows, and return the arrays of the new columns: NaN is null."""
    import pyarrow as pa

    numbers, lengths = added.block(rows)
    columns = [arrow_floats(column) for column in numbers]
    if lengths is None:
        return columns
    return [pa.ListArray.from_arrays(arrow_offsets(lengths), column) for column in columns]


def _members(kind: Any) -> Any:
    import pyarrow as pa

    return tuple((f.name, _members(f.type)) for f in kind) if pa.types.is_struct(kind) else None


def _has(kind: Any, path: str) -> bool:
    """Tell whether a type has something at a path; a list may have anything."""
    import pyarrow as pa

    if is_list(kind):
        return path.partition(".")[0].isdigit()
    if not pa.types.is_struct(kind):
        return False
    return any(
        f.name == path or (path.startswith(f"{f.name}.") and _has(f.type, path[len(f.name) + 1 :]))
        for f in kind
    )
