"""Parquet, which needs pyarrow."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.added import Added
from ordergrad_ref.rollouts.arrow_columns import (
    arrow_paths,
    cells_of,
    new_cells,
    new_fields,
    refuse_kind,
    top_level,
)
from ordergrad_ref.rollouts.batches import Batch
from ordergrad_ref.rollouts.columns import refuse_existing
from ordergrad_ref.rollouts.compression import Bytes

__all__ = ["Parquet"]


class Parquet:
    """A Parquet file, one row group at a time."""

    unit = "row"
    kind = "Parquet"

    def rows(self, path: Path, columns: Sequence[str], text: Sequence[str]) -> Iterator[Batch]:
        """Yield rows and their cells."""
        pa, _ = _pyarrow(path)
        with _opened(path) as source, _readable(path):
            schema = source.schema_arrow
            tops = [top_level(schema, name, str(path)) for name in (*columns, *text)]
            for name, (top, rest) in zip((*columns, *text), tops, strict=True):
                refuse_kind(schema.field(top).type, rest, name in columns, f"{path}, column {name!r}")
            _has_int96(_leaves(source), path)
            wanted = sorted({top for top, _ in tops})
            text = [top for top in wanted if str(schema.field(top).type) in ("string", "large_string")]
            metadata = source.metadata
        with _opened(path, metadata=metadata, read_dictionary=text) as source, _readable(path):
            yield from cells_of(source.iter_batches(columns=wanted, use_threads=False), tops)
        pa.default_memory_pool().release_unused()

    def columns(self, path: Path) -> list[str]:
        """Return the names of the columns."""
        with _opened(path) as source:
            return arrow_paths(source.schema_arrow)

    def append(self, path: Path, columns: Sequence[str], added: Added, file: Bytes) -> None:
        """Write each row group with the new columns."""
        _, pq = _pyarrow(path)
        with _opened(path) as source:
            refuse_existing(source.schema_arrow.names, columns, path)
            codecs = _codecs(source)
            fields = new_fields(columns, added.has_lists)
            schema = source.schema_arrow
            for field in fields:
                schema = schema.append(field)
            int96 = _has_int96(_leaves(source), path)
            with pq.ParquetWriter(
                file,
                schema,
                compression={**dict.fromkeys(columns, next(iter(codecs.values()))), **codecs},
                use_compliant_nested_type=False,  # list elements keep the name they have
                use_deprecated_int96_timestamps=int96,
            ) as writer:
                for i in range(source.num_row_groups):
                    with _readable(path):
                        table = source.read_row_group(i, use_threads=False)
                        if int96:
                            _refuse_overflow(path, i, table)
                    for field, cells in zip(fields, new_cells(added, len(table)), strict=True):
                        table = table.append_column(field, cells)
                    writer.write_table(table, row_group_size=max(len(table), 1))


def _leaves(source: Any) -> list[Any]:
    """List the columns as they are stored: a nested one has several."""
    return [source.schema.column(i) for i in range(len(source.schema))]


def _codecs(source: Any) -> dict[str, str]:
    """Name each column's codec in the first row group, by its path, which for a nested one is dotted."""
    group = source.metadata.row_group(0)
    chunks = [group.column(i) for i in range(group.num_columns)]
    return {
        chunk.path_in_schema: "NONE" if chunk.compression == "UNCOMPRESSED" else chunk.compression
        for chunk in chunks
    }


def _has_int96(leaves: Sequence[Any], path: Path) -> bool:
    """Tell whether the timestamps are of the old kind: all, or none, for the writer knows but one."""
    old = [leaf.path for leaf in leaves if leaf.physical_type == "INT96"]
    new = [leaf.path for leaf in leaves if leaf.logical_type.type == "TIMESTAMP"]
    if old and new:
        raise InvalidInputError(
            f"{path}, columns {old[0]!r} and {new[0]!r}: expected timestamps of one physical type, got INT96 "
            "and INT64; cast one of the columns, or write the file as JSON Lines"
        )
    return bool(old)


def _refuse_overflow(path: Path, row_group: int, rows: Any) -> None:
    """Refuse INT96 timestamps that nanoseconds of int64, as which they are read, do not reach."""
    pa, _ = _pyarrow(path)
    with _opened(path, coerce_int96_timestamp_unit="us") as source, _readable(path):
        coarse = source.read_row_group(row_group)
    try:
        coarse.cast(rows.schema)
    except pa.ArrowInvalid as error:
        raise InvalidInputError(
            f"{path}: expected INT96 timestamps from 1677-09-22 to 2262-04-11, got one outside; "
            "cast that column to TIMESTAMP"
        ) from error


@contextmanager
def _opened(path: Path, **options: Any) -> Iterator[Any]:
    """Open by handle: pyarrow takes no path that is not UTF-8."""
    _, pq = _pyarrow(path)
    with _readable(path):
        raw = path.open("rb")
    with raw:
        with _readable(path):
            source = pq.ParquetFile(raw, **options)
        with source:
            yield source


def _pyarrow(path: Path) -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InvalidInputError(
            f"{path}: expected pyarrow to be installed, got none; pip install 'ordergrad_ref[parquet]'"
        ) from None
    return pyarrow, pyarrow.parquet


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    pa, _ = _pyarrow(path)
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise InvalidInputError(f"{path}: expected a Parquet file, got {error}") from error
