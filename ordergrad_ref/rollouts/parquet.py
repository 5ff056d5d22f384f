"""Parquet, which needs pyarrow."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.columns import position, refuse_existing
from ordergrad_ref.rollouts.compression import Bytes

__all__ = ["Parquet"]


class Parquet:
    """A Parquet file, one row group at a time."""

    unit = "row"

    def cells(self, path: Path, reward: str, group: str) -> Iterator[tuple[int, Any, Any]]:
        """Yield number, reward and group of each row."""
        pa, pq = _pyarrow(path)
        with _readable(path), pq.ParquetFile(path) as source:
            schema = source.schema_arrow
            for column in (reward, group):
                kind = schema.field(position(schema.names, column, str(path))).type
                if pa.types.is_nested(kind) or pa.types.is_temporal(kind):
                    raise InvalidInputError(
                        f"{path}, column {column!r}: expected numbers or text, got {kind}"
                    )
            _refuse_int96(source.schema, path)
            rows = (
                row
                for batch in source.iter_batches(columns=sorted({reward, group}))
                for row in zip(batch.column(reward).to_pylist(), batch.column(group).to_pylist(), strict=True)
            )
            for number, row in enumerate(rows, 1):
                yield number, *row

    def append(self, path: Path, column: str, values: NDArray[np.float64], file: Bytes) -> None:
        """Write each row group with one column more."""
        pa, pq = _pyarrow(path)
        with pq.ParquetFile(path) as source:
            refuse_existing(source.schema_arrow.names, column, path)
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


def _refuse_int96(schema: Any, path: Path) -> None:
    leaves = (schema.column(i) for i in range(len(schema)))
    if old := [leaf.path for leaf in leaves if leaf.physical_type == "INT96"]:
        raise InvalidInputError(
            f"{path}, column {old[0]!r}: expected TIMESTAMP, got INT96, which "
            "cannot be written back unchanged"
        )


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
