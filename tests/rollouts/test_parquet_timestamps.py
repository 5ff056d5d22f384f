"""Timestamps of Parquet are kept to the nanosecond, or refused where they would change."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.marked_rollouts import append_marks

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import read, write
from ordergrad_ref.rollouts.parquet import _has_int96


def test_parquet_timestamps_of_spark_are_kept(tmp_path):
    """INT96, in columns and inside of lists, before 1970 and to the nanosecond."""
    path = tmp_path / "in.parquet"
    kind = pa.timestamp("ns")
    # pyarrow before 23 misreads coarser INT96 times before 1970, so that such a file is refused there.
    before_1970 = -1_001 if int(pa.__version__.split(".")[0]) >= 23 else 1_001
    table = pa.table(
        {
            "score": [1.0, 2.0, 3.0],
            "when": pa.array([before_1970, None, 1_999_999_999], kind),
            "turns": pa.array([[1, None], [], None], pa.list_(kind)),
        }
    )
    pq.write_table(table, path, use_deprecated_int96_timestamps=True, row_group_size=2)
    append_marks(path, tmp_path / "out.parquet", group=None)
    before, after = pq.ParquetFile(path), pq.ParquetFile(tmp_path / "out.parquet")
    assert after.read().drop_columns("advantage").equals(before.read())
    assert after.read().drop_columns("advantage").equals(table)
    for i in range(len(before.schema)):
        assert after.schema.column(i).equals(before.schema.column(i))
    assert after.schema.column(1).physical_type == "INT96"
    before.close()
    after.close()


def test_parquet_timestamps_that_would_change(tmp_path):
    """INT96 in a year that int64 nanoseconds do not reach is read as another year."""
    path = tmp_path / "bad.parquet"
    far = pa.table({"score": [1.0], "when": pa.array([32_503_680_000_000], pa.timestamp("ms"))})
    pq.write_table(far, path, use_deprecated_int96_timestamps=True)
    nanoseconds = pq.read_table(path)["when"][0].value  # without pandas pyarrow shows no such timestamp
    assert np.datetime64(nanoseconds, "ns").astype("datetime64[Y]") == np.datetime64("1830")
    rollouts = read(path, "score")
    with pytest.raises(InvalidInputError, match="expected INT96 timestamps from 1677-09-22"):
        write(rollouts, "advantage", [0.0], tmp_path / "out.parquet")
    assert [p.name for p in tmp_path.iterdir()] == ["bad.parquet"]


def test_parquet_timestamps_of_two_kinds(tmp_path, monkeypatch):
    """pyarrow writes timestamps of one kind alone, so that such a file is read from two."""
    path = tmp_path / "bad.parquet"
    leaves = []
    for old in (True, False):
        when = pa.table({f"old={old}": pa.array([0], pa.timestamp("ns"))})
        pq.write_table(when, path, use_deprecated_int96_timestamps=old)
        leaves.append(pq.ParquetFile(path).schema.column(0))
    with pytest.raises(InvalidInputError, match="'old=True' and 'old=False': expected timestamps of one"):
        _has_int96(leaves, path)
    assert _has_int96(leaves[:1], path)
    assert not _has_int96(leaves[1:], path)
