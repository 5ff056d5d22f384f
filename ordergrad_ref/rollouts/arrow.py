"""Arrow's own files: Feather and the stream that data sets are kept in; both need pyarrow."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
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

__all__ = ["Arrow"]


@dataclass(frozen=True)
class Arrow:
    """Record batches, in the file or the stream format; new batches are not compressed."""

    unit = "row"
    kind = "Arrow"

    def rows(self, path: Path, columns: Sequence[str], text: Sequence[str]) -> Iterator[Batch]:
        """Yield rows and their cells."""
        with _opened(path) as (schema, batches, _):
            tops = [top_level(schema, name, str(path)) for name in (*columns, *text)]
            for name, (top, rest) in zip((*columns, *text), tops, strict=True):
                refuse_kind(schema.field(top).type, rest, name in columns, f"{path}, column {name!r}")
            yield from cells_of(batches, tops)

    def columns(self, path: Path) -> list[str]:
        """Return the names of the columns."""
        with _opened(path) as (schema, _, _):
            return arrow_paths(schema)

    def append(self, path: Path, columns: Sequence[str], added: Added, file: Bytes) -> None:
        """Write each record batch with the new columns."""
        import pyarrow as pa

        with _opened(path) as (schema, batches, new):
            refuse_existing(schema.names, columns, path)
            fields = new_fields(columns, added.has_lists)
            for field in fields:
                schema = schema.append(field)
            with new(file, schema) as writer:
                for batch in batches:
                    cells = new_cells(added, len(batch))
                    writer.write_batch(pa.RecordBatch.from_arrays([*batch.columns, *cells], schema=schema))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Iterator[Any], Any]]:
    """Give the schema, the batches, and what writes such a file."""
    try:
        import pyarrow as pa
    except ImportError:
        raise InvalidInputError(
            f"{path}: expected pyarrow to be installed, got none; pip install 'ordergrad_ref[parquet]'"
        ) from None
    with path.open("rb") as raw:
        is_file = raw.read(6) == b"ARROW1"
        raw.seek(0)
        try:
            source = pa.ipc.open_file(raw) if is_file else pa.ipc.open_stream(raw)
            batches = map(source.get_batch, range(source.num_record_batches)) if is_file else iter(source)
            yield source.schema, batches, pa.ipc.new_file if is_file else pa.ipc.new_stream
        except (pa.ArrowException, OSError) as error:
            raise InvalidInputError(f"{path}: expected an Arrow file, got {error}") from error
