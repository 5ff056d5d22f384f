"""Law: Parquet comes back value for value, with its schema, row groups and codecs."""

import datetime
import decimal
import math
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.marked_rollouts import append_marks, refused

from ordergrad_ref.errors import NonFiniteRewardError
from ordergrad_ref.rollouts import read, write


@pytest.fixture
def table():
    text = ["007", "1,5", None]
    day = datetime.datetime(2026, 6, 6, tzinfo=datetime.UTC)
    return pa.table(
        {
            "prompt": pa.array(["007", "007", "8"]).dictionary_encode(),
            "score": pa.array([1.0, 0.5, 0.1], pa.float32()),
            "text": pa.array(text, pa.large_string()),
            "turns": pa.array([[{"role": "user"}], [], None]),
            "when": pa.array([day, day, None], pa.timestamp("ns", "UTC")),
            "price": pa.array([decimal.Decimal("0.10"), None, decimal.Decimal("2.00")]),
            "half": pa.array([np.float16(0.5), None, np.float16(1.0)], pa.float16()),
            "nothing": pa.nulls(3),
            "a.b": pa.array([1, 2**63 - 1, None]),
        },
        metadata={"huggingface": '{"info": {}}'},
    )


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd"])
@pytest.mark.parametrize("compliant", [True, False])
def test_parquet_is_untouched(codec, compliant, table, tmp_path):
    path, output = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(table, path, row_group_size=2, compression=codec, use_compliant_nested_type=compliant)
    rollouts = read(path, "score", "prompt")
    assert rollouts.rewards.tolist() == [1, 0.5, float(np.float32(0.1))]
    assert rollouts.groups.tolist() == ["007", "007", "8"]
    write(rollouts, "advantage", [math.nan, 1e-300, -0.0], output)

    before, after = pq.ParquetFile(path), pq.ParquetFile(output)
    added = pa.field("advantage", pa.float64())
    assert after.schema_arrow.equals(before.schema_arrow.append(added), check_metadata=True)
    assert after.schema_arrow.metadata[b"huggingface"] == b'{"info": {}}'
    for i in range(len(before.schema)):
        assert after.schema.column(i).equals(before.schema.column(i))
    assert [after.metadata.row_group(i).num_rows for i in range(2)] == [2, 1]
    codecs = {after.metadata.row_group(0).column(i).compression for i in range(len(after.schema))}
    assert codecs == {before.metadata.row_group(0).column(0).compression}

    rows = after.read()
    assert rows.drop_columns("advantage").equals(before.read())
    assert rows["advantage"].to_pylist() == [None, 1e-300, 0]
    assert math.copysign(1, rows["advantage"][2].as_py()) == -1
    before.close()
    after.close()


def test_parquet_with_an_empty_row_group(tmp_path):
    path = tmp_path / "rollouts.parquet"
    part = pa.table({"score": [1.0, 0.0]})
    with pq.ParquetWriter(path, part.schema) as writer:
        for rows in (part[:0], part, part[:0]):
            writer.write_table(rows)
    write(read(path, "score"), "advantage", [0.5, -0.5], path)
    assert pq.read_table(path).to_pydict() == {"score": [1, 0], "advantage": [0.5, -0.5]}


def test_pandas_reads_its_own_index_and_types_back(tmp_path):
    pd = pytest.importorskip("pandas")
    path = tmp_path / "rollouts.parquet"
    frame = pd.DataFrame(
        {
            "prompt": pd.Categorical(["007", "007", "8"]),
            "score": pd.array([1, 0, 1], "Int64"),
            "when": pd.to_datetime(["2026-06-06"] * 3).tz_localize("UTC"),
        },
        index=pd.Index([30, 10, 20], name="row"),
    )
    frame.to_parquet(path)
    rollouts = read(path, "score", "prompt")
    write(rollouts, "advantage", [0.5, math.nan, -0.5], path)
    back = pd.read_parquet(path)
    assert back.pop("advantage").isna().tolist() == [False, True, False]
    pd.testing.assert_frame_equal(back, frame)


@pytest.mark.parametrize(
    ("array", "rewards"),
    [
        (pa.array([1, 0], pa.int8()), [1, 0]),
        (pa.array([2**53, 2**53 - 1], pa.uint64()), [2**53, 2**53 - 1]),
        (pa.array([True, False]), [1, 0]),
        (pa.array(np.array([0.5, 0.25], np.float16)), [0.5, 0.25]),
        (pa.array([decimal.Decimal("0.10"), decimal.Decimal("0.30")]), [0.1, 0.3]),
        (pa.array([0.5, 0.5]).dictionary_encode(), [0.5, 0.5]),
    ],
    ids=lambda x: str(x.type) if isinstance(x, pa.Array) else "",
)
def test_parquet_rewards_of_any_number_type(array, rewards, tmp_path):
    path = tmp_path / "rollouts.parquet"
    pq.write_table(pa.table({"score": array}), path)
    assert read(path, "score").rewards.tolist() == rewards


def test_parquet_columns_with_dots_and_namesakes(tmp_path):
    path = tmp_path / "rollouts.parquet"
    pq.write_table(pa.table({"a": [{"b": 5.0}], "a.b": [1.0], "b": ["7"]}), path)
    rollouts = read(path, "a.b", "b")
    assert (rollouts.rewards.tolist(), rollouts.groups.tolist()) == ([1.0], ["7"])


def test_each_parquet_column_keeps_its_codec(tmp_path):
    path, output = tmp_path / "in.parquet", tmp_path / "out.parquet"
    table = pa.table(
        {"score": [1.0] * 9, "text": ["a" * 99] * 9, "turns": [[{"role": "u"}]] * 9, "a.b": [1] * 9}
    )
    codecs = {"score": "snappy", "text": "zstd", "turns.list.element.role": "gzip", "a.b": "none"}
    pq.write_table(table, path, compression=codecs)
    append_marks(path, output, group=None)

    def kept(file):
        with pq.ParquetFile(file) as opened:
            group = opened.metadata.row_group(0)
            chunks = [group.column(i) for i in range(group.num_columns)]
            return {chunk.path_in_schema: chunk.compression for chunk in chunks}

    assert len(set(kept(path).values())) == 4
    assert kept(output) == {**kept(path), "advantage": "SNAPPY"}


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ({"prompt": ["a"], "scores": [1.0]}, "'score'.*did you mean 'scores'"),
        ({"prompt": ["a", "b"], "score": [1.0, None]}, "row 2, .* got null"),
        ({"prompt": ["a", None], "score": [1, 1]}, "row 2, .*'prompt': .*null"),
        ({"prompt": [1, math.nan], "score": [1, 1]}, "row 2, .* id, got nan"),
        ({"prompt": ["a"], "score": ["1"]}, "row 1, .* got '1'"),
        ({"prompt": ["a"], "score": [{"a": 1}]}, "'score': .* got struct"),
        ({"prompt": [datetime.date(2026, 6, 6)], "score": [1.0]}, "'prompt': .* got date32"),
        ({"prompt": pa.array([], "string"), "score": pa.array([], "int8")}, "at least one row"),
    ],
)
def test_bad_parquet(columns, match, tmp_path):
    path = tmp_path / "bad.parquet"
    pq.write_table(pa.table(columns), path)
    refused(path, match)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_parquet_rewards_that_are_not_finite(bad, tmp_path):
    path = tmp_path / "bad.parquet"
    pq.write_table(pa.table({"prompt": ["a", "a"], "score": [1, bad]}), path)
    refused(path, f"row 2, column 'score': .* got {bad}", NonFiniteRewardError)


def test_parquet_rows_are_counted_over_row_groups(tmp_path):
    path = tmp_path / "bad.parquet"
    score = [*map(float, range(100_000)), None]
    pq.write_table(pa.table({"score": score}), path, row_group_size=999)
    refused(path, "row 100001, column 'score'", group=None)


def test_parquet_column_twice(tmp_path):
    path = tmp_path / "bad.parquet"
    twice = pa.Table.from_arrays([pa.array([1.0])] * 2, ["score", "score"])
    pq.write_table(twice, path)
    refused(path, "expected one column 'score', got 2", group=None)


@pytest.mark.parametrize("data", [b"", b"not Parquet", b"PAR1" + bytes(99) + b"PAR1", None])
def test_corrupt_parquet(data, realistic, tmp_path):
    path = tmp_path / "bad.parquet"
    path.write_bytes((realistic / "rollouts.parquet").read_bytes()[:-9] if data is None else data)
    refused(
        path,
        "expected a Parquet file, got"
        if data != b""
        else "expected at least one row of data, got an empty file",
    )


def test_missing_pyarrow(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"score": [1.0]}), path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    refused(path, r"pip install 'ordergrad_ref\[parquet\]'", group=None)


def test_import_loads_no_pyarrow():
    code = "import sys, ordergrad_ref.rollouts; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
