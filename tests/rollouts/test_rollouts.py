"""Files of rollouts.

Law: the input is the output without its last column, byte for byte in text, value for value in
Parquet. Law: the output appears whole or not at all.
"""

import csv
import datetime
import decimal
import gzip
import json
import math
import os
import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.full_disk import disk_of
from helpers.rollout_files import realistic_rollouts

from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError
from ordergrad_ref.rollouts import files, read, write
from ordergrad_ref.rollouts.parquet import _has_int96

MARKS = 3141_0000.25  # values no input holds, so that they can be taken out again
MARK = rb"3141\d{4}\.25"
ADDED = {
    ".csv": rb",(?:advantage|%s)" % MARK,
    ".tsv": rb"\t(?:advantage|%s)" % MARK,
    ".jsonl": rb', "advantage": %s' % MARK,
}


def without_added(suffix, data):
    return re.sub(ADDED[suffix], b"", data)


def append_marks(path, output, reward="score", group="prompt"):
    rollouts = read(path, reward, group)
    write(rollouts, "advantage", MARKS + np.arange(len(rollouts.rewards)), output)
    return rollouts


def csv_rows(path):
    limit = csv.field_size_limit(2**31 - 1)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [row for row in csv.reader(file) if row]
    finally:
        csv.field_size_limit(limit)


# ---- text comes back byte for byte


CSV = {
    "plain": b"prompt,text,score\n007,a,1\n007,b,0.50\n",
    "CRLF": b"prompt,text,score\r\n007,a,1\r\n007,b,0.50\r\n",
    "CR": b"prompt,text,score\r007,a,1\r007,b,0.50\r",
    "no last newline": b"prompt,text,score\n007,a,1\n007,b,0.50",
    "byte-order mark": b"\xef\xbb\xbfprompt,text,score\n007,a,1\n007,b,1.50E+00\n",
    "byte-order mark, quoted name": b'\xef\xbb\xbf"prompt",text,score\n007,a,1\n007,b,0\n',
    "everything quoted": b'"prompt","text","score"\n"007","a","1"\n"007","","0.50"\n',
    "newlines in cells": b'prompt,score,text\n007,1,"a\nb\r\nc\rd"\r\n007,0,"\n\n"\n',
    "quotes in cells": b'prompt,score,text\n007,1,"""a"", ""b"""\n007,0,"\'"\n',
    "last cell empty": b"prompt,score,text\n007,1,\n007,0,\n",
    "blank lines": b"\n\nprompt,text,score\n007,a,1\n\r\n\n007,b,0\n\n",
    "other line separators": "prompt,score,text\n7,1,a\u2028b\x85c\x0bd\x0ce\n7,0,\x00\n".encode(),
    "unicode": "prompt,score,text\nπ,1,🙂 解\nπ,0,e\u0301\n".encode(),
    "spelling of numbers": b"prompt,score,text\n1e3,+1.,1_000\n1e3, .5e0 ,-0\n1000,1,NaN\n",
    "long cell": b"prompt,score,text\n007,1," + b"x" * 300_000 + b"\n007,0,\n",
    "unrelated names twice": b"prompt,x,x,,,score\n007,1,2,3,4,1\n007,,,,,0\n",
}


@pytest.mark.parametrize("data", CSV.values(), ids=CSV)
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_delimited_text_is_untouched(data, suffix, tmp_path):
    if suffix == ".tsv":
        data = data.replace(b",", b"\t")
    path, output = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    path.write_bytes(data)
    limit = csv.field_size_limit()
    append_marks(path, output)
    assert csv.field_size_limit() == limit
    assert output.read_bytes() != data
    assert without_added(suffix, output.read_bytes()) == data
    assert path.read_bytes() == data


@pytest.mark.parametrize("data", CSV.values(), ids=CSV)
def test_csv_reads_back(data, tmp_path):
    path, output = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_bytes(data)
    rollouts = append_marks(path, output)

    before, after = csv_rows(path), csv_rows(output)
    marks = [repr(MARKS + i) for i in range(len(rollouts.rewards))]
    assert [row[-1] for row in after] == ["advantage", *marks]
    assert [row[:-1] for row in after] == before
    score, prompt = before[0].index("score"), before[0].index("prompt")
    assert rollouts.rewards.tolist() == [float(row[score]) for row in before[1:]]
    assert rollouts.groups.tolist() == [row[prompt] for row in before[1:]]


JSONL = {
    "spaced": b'{"prompt": "007", "score": 1}\n{"prompt": "007", "score": 0.50}\n',
    "compact": b'{"prompt":7,"score":1.0E-5}\n{"prompt":7,"score":0}\n',
    "room at the brace": b'  { "prompt": 7, "score": 1 } \n\t{"score":0,"prompt":7\t}\t\n',
    "CRLF": b'{"prompt":7,"score":1}\r\n{"prompt":7,"score":0}\r\n',
    "no last newline": b'{"prompt":7,"score":1}\n{"prompt":7,"score":0}',
    "byte-order mark": b'\xef\xbb\xbf{"prompt":7,"score":1}\n{"prompt":7,"score":0}\n',
    "blank lines": b'\n{"prompt":7,"score":1}\n \r\n\n{"prompt":7,"score":0}\n\n',
    "braces in text": b'{"prompt":7,"score":1,"text":"}"}\n{"prompt":7,"score":0,"text":"\\"}"}\n',
    "escapes": b'{"\\u0070rompt":"\\u00e9","score":1}\n{"prompt":"\xc3\xa9","score":0,"x":"\\/"}\n',
    "line separators": '{"prompt":"\u2028","score":1}\n{"prompt":"\x85","score":0}\n'.encode(),
    "nested": b'{"prompt":7,"score":1,"x":{"score":[3]}}\n{"score":0,"prompt":7,"x":[{}]}\n',
    "numbers no float holds": b'{"prompt":7,"score":1,"x":1e400,"y":12345678901234567890.10}\n',
    "unrelated key twice": b'{"prompt":7,"score":1,"x":1,"x":2}\n',
}


@pytest.mark.parametrize("data", JSONL.values(), ids=JSONL)
def test_json_lines_are_untouched(data, tmp_path):
    path, output = tmp_path / "in.jsonl", tmp_path / "out.ndjson"
    path.write_bytes(data)
    rollouts = append_marks(path, output)
    assert without_added(".jsonl", output.read_bytes()) == data

    before, after = (
        [json.loads(line) for line in p.read_text("utf-8-sig").split("\n") if line.strip()]
        for p in (path, output)
    )
    assert [row.pop("advantage") for row in after] == [MARKS + i for i in range(len(before))]
    assert after == before
    assert rollouts.rewards.tolist() == [row["score"] for row in before]
    assert rollouts.groups.tolist() == [row["prompt"] for row in before]


@pytest.mark.parametrize(("suffix", "data"), [(".csv", CSV["CRLF"]), (".jsonl", JSONL["CRLF"])])
def test_gzip_in_and_out(suffix, data, tmp_path):
    path, plain, output = (tmp_path / f"{x}{suffix}" for x in ("in", "plain", "out"))
    zipped = path.with_suffix(f"{suffix}.gz")
    zipped.write_bytes(gzip.compress(data))
    path.write_bytes(data)
    append_marks(path, plain)
    append_marks(zipped, output)
    append_marks(path, output.with_suffix(f"{suffix}.gz"))
    append_marks(zipped, zipped)
    assert output.read_bytes() == plain.read_bytes()
    assert gzip.decompress(output.with_suffix(f"{suffix}.gz").read_bytes()) == plain.read_bytes()
    assert gzip.decompress(zipped.read_bytes()) == plain.read_bytes()


# ---- Parquet comes back value for value


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


# ---- what the cells mean


def test_shortest_decimals_read_back_exactly(tmp_path):
    values = [0.1, 1 / 3, 5e-324, -1.7976931348623157e308, 1e16, -0.0, 2.0**53, math.nan]
    n = len(values)
    for suffix, data in [(".csv", b"score\n" + b"1\n" * n), (".jsonl", b'{"score": 1}\n' * n)]:
        path = tmp_path / f"rollouts{suffix}"
        path.write_bytes(data)
        write(read(path, "score"), "a", values, path)
        lines = path.read_text().splitlines()
        if suffix == ".csv":
            cells = [line.split(",")[1] for line in lines[1:]]
            assert cells == [*map(repr, values[:-1]), ""]
            got = [*map(float, cells[:-1]), math.nan]
        else:
            loaded = [json.loads(line)["a"] for line in lines]
            assert loaded[-1] is None
            got = [*map(float, loaded[:-1]), math.nan]
        assert np.array(got).tobytes() == np.array(values).tobytes()


def test_booleans_are_one_and_zero(tmp_path):
    (tmp_path / "a.csv").write_text("score\nTrue\nfalse\nTRUE\n0\n")
    (tmp_path / "a.jsonl").write_text('{"score":true}\n{"score":false}\n{"score":true}\n{"score":0}\n')
    for name in ("a.csv", "a.jsonl"):
        rollouts = read(tmp_path / name, "score")
        assert rollouts.rewards.tolist() == [1, 0, 1, 0]
        assert rollouts.rewards.dtype == np.float64
        assert rollouts.groups is None


def test_group_ids_are_the_text_of_the_cell(tmp_path):
    (tmp_path / "a.csv").write_text('p,score\n7,1\n007,1\n7.0,1\n" 7",1\n"7",1\n')
    groups = read(tmp_path / "a.csv", "score", "p").groups
    assert groups.tolist() == ["7", "007", "7.0", " 7", "7"]


def test_a_long_group_id_is_held_once(tmp_path):
    (tmp_path / "a.csv").write_text("p,score\n" + f"{'x' * 1000},1\n" * 3)
    groups = read(tmp_path / "a.csv", "score", "p").groups
    assert groups[0] is groups[1] is groups[2]


def test_new_name_is_quoted(tmp_path):
    path = tmp_path / "a"
    name = 'max@4, "unbiased"'
    for suffix, data in [(".csv", "score\n1\n"), (".jsonl", '{"score": 1}\n')]:
        path = tmp_path / f"a{suffix}"
        path.write_text(data)
        write(read(path, "score"), name, [0.5], path)
    assert next(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))[name] == "0.5"
    assert json.loads((tmp_path / "a.jsonl").read_text())[name] == 0.5


# ---- the realistic file


@pytest.fixture(scope="module")
def realistic(tmp_path_factory):
    folder = tmp_path_factory.mktemp("realistic")
    for suffix in (".csv", ".jsonl", ".parquet"):
        realistic_rollouts(folder / f"rollouts{suffix}")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_realistic_rollouts(suffix, realistic, tmp_path):
    path, output = realistic / f"rollouts{suffix}", tmp_path / f"out{suffix}"
    before = path.read_bytes()
    rollouts = append_marks(path, output)
    sizes = Counter(rollouts.groups.tolist())
    assert (len(rollouts.rewards), len(sizes)) == (10_000, 1_200)
    assert (min(sizes.values()), max(sizes.values())) == (5, 16)
    assert {0.0, 1.0} < set(rollouts.rewards.tolist())

    if suffix == ".parquet":
        rows = pq.read_table(output)
        assert rows["advantage"].to_pylist() == [MARKS + i for i in range(10_000)]
        assert rows.drop_columns("advantage").equals(pq.read_table(path))
    else:
        assert not re.search(ADDED[suffix], before)
        assert without_added(suffix, output.read_bytes()) == before
        assert len(re.findall(MARK, output.read_bytes())) == 10_000
    again = tmp_path / f"again{suffix}"
    realistic_rollouts(again)
    assert again.read_bytes() == before


@pytest.mark.slow
def test_realistic_rollouts_are_the_same_in_every_format(realistic):
    text, lines, parquet = (
        read(realistic / f"rollouts{suffix}", "score", "prompt") for suffix in (".csv", ".jsonl", ".parquet")
    )
    assert np.array_equal(text.rewards, lines.rewards)
    assert np.array_equal(text.rewards, parquet.rewards)
    assert np.array_equal(text.groups, lines.groups)
    assert np.array_equal(text.groups, parquet.groups)


# ---- whole or not at all


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl", ".parquet"])
@pytest.mark.parametrize("in_place", [True, False])
def test_disk_full_half_way_leaves_the_old_file(suffix, in_place, realistic, tmp_path):
    path, output = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    data = (realistic / f"rollouts{suffix.removesuffix('.gz')}").read_bytes()
    path.write_bytes(gzip.compress(data, 1) if suffix.endswith("gz") else data)
    output.write_bytes(b"what stood here")
    target = path if in_place else output
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    rollouts = read(path, "score", "prompt")

    half = disk_of(path.stat().st_size // 2)
    with half, pytest.raises(OSError, match="too large"):
        write(rollouts, "advantage", rollouts.rewards, target)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    write(rollouts, "advantage", rollouts.rewards, target)
    assert target.read_bytes() != before[target.name]
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_interruption_leaves_the_old_file(error, tmp_path, monkeypatch):
    path = tmp_path / "rollouts.csv"
    path.write_bytes(CSV["plain"])
    rollouts = read(path, "score")

    def fail(*_):
        raise error

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(error):
        write(rollouts, "advantage", [0, 0], path)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [CSV["plain"]]


@pytest.mark.slow
def test_input_broken_half_way_leaves_the_old_file(realistic, tmp_path):
    path, output = tmp_path / "in.parquet", tmp_path / "out.parquet"
    path.write_bytes((realistic / "rollouts.parquet").read_bytes())
    output.write_bytes(b"what stood here")
    with pq.ParquetFile(path) as file:
        chunk = file.metadata.row_group(2).column(1)
    data = bytearray(path.read_bytes())
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    data[start : start + chunk.total_compressed_size] = bytes(chunk.total_compressed_size)
    path.write_bytes(data)
    rollouts = read(path, "score")
    with pytest.raises(InvalidInputError, match=r"in\.parquet: expected a Parquet file, got"):
        write(rollouts, "advantage", rollouts.rewards, output)
    assert output.read_bytes() == b"what stood here"
    assert len(list(tmp_path.iterdir())) == 2


posix = pytest.mark.skipif(os.name != "posix", reason="mode bits and links are POSIX's")


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_mode_bits_are_kept(mode, tmp_path):
    path = tmp_path / "rollouts.csv"
    path.write_bytes(CSV["plain"])
    path.chmod(mode)
    append_marks(path, path)
    assert path.stat().st_mode & 0o7777 == mode


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_a_new_file_has_the_mode_of_the_input(mode, tmp_path):
    path, output = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_bytes(CSV["plain"])
    path.chmod(mode)
    append_marks(path, output)
    assert output.stat().st_mode & 0o7777 == mode


@posix
def test_what_is_half_written_is_private(tmp_path, monkeypatch):
    """From its first byte on, the temporary file is readable by no one who may not read the input."""
    path = tmp_path / "in.csv"
    path.write_bytes(CSV["plain"])
    path.chmod(0o600)
    seen = []
    real = os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (seen.append(os.stat(a).st_mode & 0o777), real(a, b)))
    append_marks(path, tmp_path / "out.csv")
    assert seen == [0o600]


@posix
@pytest.mark.parametrize("dangling", [True, False])
def test_a_symbolic_link_is_followed(dangling, tmp_path):
    path, real, link = tmp_path / "in.csv", tmp_path / "far" / "real.csv", tmp_path / "link.csv"
    real.parent.mkdir()
    path.write_bytes(CSV["plain"])
    if not dangling:
        real.write_bytes(b"what stood here")
    link.symlink_to("far/real.csv")
    append_marks(path, link)
    assert link.is_symlink()
    assert without_added(".csv", real.read_bytes()) == CSV["plain"]


# ---- errors


def refused(path, match, error=InvalidInputError, reward="score", group="prompt"):
    with pytest.raises(error, match=match) as caught:
        read(path, reward, group)
    assert type(caught.value) is error
    assert str(path) in str(caught.value)


BAD_CSV = {
    "empty": (b"", "expected at least one row of data, got an empty file"),
    "blank": (b"\n\r\n", "at least one row of data, got none"),
    "only a byte-order mark": (b"\xef\xbb\xbf", "at least one row of data, got none"),
    "no rows": (b"prompt,score\n", "at least one row of data, got none"),
    "no header": (b"a,1\nb,0\n", "line 1: expected a column 'score', .* is the header missing"),
    "misspelt": (b"prompt,scroe\na,1\n", "line 1: .* 'score', got .*; did you mean 'scroe'"),
    "no group": (b"Prompt,score\na,1\n", "expected a column 'prompt', .*did you mean 'Prompt'"),
    "no delimiter": (b"prompt score\na 1\n", r"expected a column 'score', got \['prompt score'"),
    "name twice": (b"prompt,score,score\na,1,2\n", "line 1: expected one column 'score', got 2"),
    "too few": (b"prompt,score\na,1\n\nb\n", "line 4: expected 2 cells as in the header, got 1"),
    "too many": (b'prompt,score\n"\n\n",1\nb,1,5\n', "line 5: expected 2 cells .* got 3"),
    "n/a": (
        b"prompt,score\na,n/a\n",
        "line 2, column 'score': expected a finite number, got 'n/a'",
    ),
    "no reward": (b"prompt,score\na,1\na,\n", "line 3, column 'score': .* got ''"),
    "decimal comma": (b'prompt,score\na,"1,5"\n', "column 'score': .* got '1,5'"),
    "underscore": (b"prompt,score\na,1_0\n", "column 'score': .* got '1_0'"),
    "long reward": (b"prompt,score\na," + b"x" * 999, r"got 'x+\.\.\.x+'$"),
    "group missing": (
        b"prompt,score\n,1\n",
        "line 2, column 'prompt': expected a group id, got ''",
    ),
    "open quote": (b'prompt,score\na,1\nb,"0\n', "line 3: expected quotes in pairs"),
    "text after a quote": (b'prompt,score\n"a"b,1\n', "line 2: expected quotes in pairs"),
    "Latin-1": (
        b"prompt,score\na,1\ncaf\xe9,1\n",
        "line 3: expected UTF-8 text, got the byte 0xe9",
    ),
    "cut character": (
        b"prompt,score\na,1\n\xc3",
        "line 3: expected UTF-8 text, got the byte 0xc3",
    ),
    "UTF-16 without a mark": ("prompt,score\na,1\n".encode("utf-16-le"), "expected a column 'score'"),
}


@pytest.mark.parametrize(("data", "match"), BAD_CSV.values(), ids=BAD_CSV)
def test_bad_csv(data, match, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(data)
    refused(path, match)


BAD_JSONL = {
    "empty": (b"", "expected at least one row of data, got an empty file"),
    "blank": (b"\n\n", "at least one row of data, got none"),
    "broken": (b'\n{"prompt": 1, "score": 1\n', "line 2: .* got broken JSON .*at character 26"),
    "pretty-printed": (b'{\n"prompt": 1,\n"score": 1\n}\n', "line 1: .* got broken JSON"),
    "two objects": (b'{"score": 1} {"score": 2}\n', "line 1: .* got broken JSON .*Extra data"),
    "deep": (b"[" * 100_000 + b"\n", "line 1: .* got broken JSON"),
    "an array": (b'[{"prompt": 1, "score": 1}]\n', "line 1: expected one JSON object, got a list"),
    "a number": (b"1\n", "line 1: expected one JSON object, got 1"),
    "null": (b"null\n", "line 1: expected one JSON object, got null"),
    "no key": (
        b'{"prompt": 1, "score": 1}\n{"prompt": 1, "scores": 1}\n',
        "line 2: .*mean 'scores'",
    ),
    "no keys": (b"{}\n", r"line 1: expected a column 'score', got \[\]"),
    "key twice": (
        b'{"prompt": 1, "score": 1, "score": 2}\n',
        "line 1: .*one column 'score', got 2",
    ),
    "text": (b'{"prompt": 1, "score": "1"}\n', "line 1, column 'score': .* got '1'"),
    "no reward": (b'{"prompt": 1, "score": null}\n', "line 1, column 'score': .* got null"),
    "object": (b'{"prompt": 1, "score": {"a": 1}}\n', "line 1, column 'score': .* got an object"),
    "list of lists": (b'{"prompt": 1, "score": [[1]]}\n', "line 1, column 'score': .* got a list of lists"),
    "list after a number": (
        b'{"prompt": 1, "score": 1}\n{"prompt": 1, "score": [1]}\n',
        "line 2, column 'score': expected a number as before, got a list",
    ),
    "no group": (b'{"prompt": null, "score": 1}\n', "line 1, column 'prompt': .* id, got null"),
    "empty group": (b'{"prompt": "", "score": 1}\n', "line 1, column 'prompt': .* id, got ''"),
    "NaN group": (b'{"prompt": NaN, "score": 1}\n', "line 1, column 'prompt': .* id, got nan"),
    "list among ids": (
        b'{"prompt": 1, "score": 1}\n{"prompt": [1], "score": 1}\n',
        "line 2, column 'prompt': expected group ids of one type, got a list after 1",
    ),
    "mixed groups": (
        b'{"prompt": 1, "score": 1}\n{"prompt": "1", "score": 1}\n',
        "line 2, column 'prompt': expected group ids of one type, got '1' after 1",
    ),
    "true is not 1": (
        b'{"prompt": 1, "score": 1}\n{"prompt": true, "score": 1}\n',
        "line 2, column 'prompt': expected group ids of one type, got True after 1",
    ),
    "Latin-1": (b'{"prompt": "\xe9", "score": 1}\n', "line 1: expected UTF-8 text, .* 0xe9"),
}


@pytest.mark.parametrize(("data", "match"), BAD_JSONL.values(), ids=BAD_JSONL)
def test_bad_json_lines(data, match, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_bytes(data)
    refused(path, match)


def test_a_nested_key_is_hinted_at(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"prompt": 1, "attributes": {"reward": 1}}\n')
    refused(path, "expected a column 'reward', got .*; there is 'attributes.reward'", reward="reward")
    refused(path, "'attributes.rewards'.*; did you mean 'attributes.reward'", reward="attributes.rewards")


@pytest.mark.parametrize(
    ("name", "data", "line", "got"),
    [
        ("a.csv", b"prompt,score\na,1\na,nan\n", 3, "nan"),
        ("a.csv", b"prompt,score\na,1\na,-Infinity\n", 3, "-inf"),
        ("a.csv", b"prompt,score\na,1\na,1e999\n", 3, "inf"),
        ("a.jsonl", b'\n{"prompt": 1, "score": NaN}\n', 2, "nan"),
        ("a.jsonl", b'\n{"prompt": 1, "score": -Infinity}\n', 2, "-inf"),
        ("a.jsonl", b'{"prompt": 1, "score": 1%s}\n' % (b"0" * 400), 1, "10000"),
    ],
)
def test_rewards_that_are_not_finite(name, data, line, got, tmp_path):
    path = tmp_path / name
    path.write_bytes(data)
    match = f"line {line}, column 'score': expected a finite number, got {got}"
    refused(path, match, NonFiniteRewardError)


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


BEYOND = {
    ".csv": b"prompt,score\na,1\na,%d\n",
    ".jsonl": b'{"prompt":"a","score":1}\n{"prompt":"a","score":%d}\n',
}


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", "decimal.parquet"])
@pytest.mark.parametrize("sign", [1, -1])
def test_integers_that_floats_do_not_hold(suffix, sign, tmp_path):
    """2 for a true 1 is the advantage of 2^53 + 1 beside 2^53, where both become floats."""
    path = tmp_path / f"big{suffix}"

    def holding(integer):
        if suffix in BEYOND:
            path.write_bytes(BEYOND[suffix] % integer)
        else:
            kind = pa.decimal128(38, 2) if suffix.startswith("decimal") else pa.int64()
            score = [decimal.Decimal(x) if kind != pa.int64() else x for x in (1, integer)]
            pq.write_table(pa.table({"prompt": ["a", "a"], "score": pa.array(score, kind)}), path)

    holding(sign * 2**53)
    assert read(path, "score", "prompt").rewards.tolist() == [1, sign * 2.0**53]
    holding(sign * (2**53 + 1))
    place = "row 2" if suffix.endswith("parquet") else "line 3" if suffix == ".csv" else "line 2"
    refused(path, rf"{place}, column 'score': expected an integer of at most 2\*\*53.*{2**53 + 1}")


def test_large_floats_are_floats(tmp_path):
    path = tmp_path / "big.csv"
    path.write_bytes(b"score\n1e300\n9007199254740993.5\n")
    assert read(path, "score").rewards.tolist() == [1e300, 9007199254740993.5]


# ---- several columns


SEVERAL = b"step,prompt,right,length\n1,a,1,10\n1,b,0,20\n2,a,1,5\n1,a,0,30\n"


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_several_columns_of_groups_and_rewards(suffix, tmp_path):
    path = tmp_path / f"in{suffix}"
    rows = list(csv.DictReader(SEVERAL.decode().splitlines()))
    numbers = [{**row, "right": int(row["right"]), "length": int(row["length"])} for row in rows]
    if suffix == ".csv":
        path.write_bytes(SEVERAL)
    elif suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in numbers))
    else:
        pq.write_table(pa.Table.from_pylist(numbers), path)
    rollouts = read(path, ["right", "length"], ["step", "prompt"], weights=[1, -0.5])
    assert rollouts.rewards.tolist() == [-4, -10, -1.5, -15]
    assert rollouts.groups.tolist() == [("1", "a"), ("1", "b"), ("2", "a"), ("1", "a")]
    assert rollouts.groups.shape == (4,)
    assert read(path, ["right", "length"]).rewards.tolist() == [11, 20, 6, 30]
    assert read(path, "length", weights=[2]).rewards.tolist() == [20, 40, 10, 60]

    output = tmp_path / f"out{suffix}"
    write(rollouts, ["A, first", "B"], [[1, 2, 3, math.nan], [5, 6, 7, 8]], output)
    if suffix == ".csv":
        after = list(csv.DictReader(output.read_text().splitlines()))
        assert [row["A, first"] for row in after] == ["1.0", "2.0", "3.0", ""]
        assert [row["B"] for row in after] == ["5.0", "6.0", "7.0", "8.0"]
        return
    after = (
        [json.loads(line) for line in output.read_text().splitlines()]
        if suffix == ".jsonl"
        else pq.read_table(output).to_pylist()
    )
    assert [list(row) for row in after] == [[*row, "A, first", "B"] for row in numbers]
    assert [row["A, first"] for row in after] == [1, 2, 3, None]
    assert [row["B"] for row in after] == [5, 6, 7, 8]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"weights": [1]}, "weights: expected one for each of the 2 columns of rewards, got 1"),
        ({"weights": [1, math.nan]}, "weights: expected finite numbers"),
        ({"weights": [1e308, 1e308]}, r"line 2, sum of the rewards: expected a finite number"),
    ],
)
def test_bad_weights(arguments, match, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(SEVERAL)
    with pytest.raises(InvalidInputError, match=match):
        read(path, ["right", "length"], **arguments)


@pytest.mark.parametrize("names", [["A", "A"], ["A", ""], "right", ["A", "right"]])
def test_bad_names_of_new_columns(names, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(SEVERAL)
    values = np.zeros(4 if isinstance(names, str) else (2, 4))
    with pytest.raises(InvalidInputError, match=r"expected (a new column|a name|different names)"):
        write(read(path, "right"), names, values, tmp_path / "out.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_rows_are_counted(suffix, realistic, tmp_path):
    counts = []
    rollouts = read(realistic / f"rollouts{suffix}", "score", seen=counts.append)
    assert counts == [4096, 8192]
    counts.clear()
    write(rollouts, "A", rollouts.rewards, tmp_path / f"out{suffix}", seen=counts.append)
    assert counts == sorted(counts)
    assert 0 < counts[-1] <= 10_000


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


@pytest.mark.parametrize("cut", [lambda z: z[: len(z) // 2], lambda z: b"not gzip", lambda z: z[:-8]])
def test_corrupt_gzip(cut, realistic, tmp_path):
    path = tmp_path / "bad.csv.gz"
    path.write_bytes(cut(gzip.compress((realistic / "rollouts.csv").read_bytes(), 1)))
    refused(path, "expected a file that can be read, got")


def test_no_such_file(tmp_path):
    refused(tmp_path / "none.csv", "no such file")
    refused(tmp_path, "expected a file, got a directory")


def test_unknown_kinds(tmp_path):
    for name in ("a.xlsx", "a", "a.bin"):
        (tmp_path / name).write_bytes(b"PK\x03\x04\0\0")
        refused(tmp_path / name, "expected delimited text, JSON Lines, .*, got a file of another kind")
    (tmp_path / "a.parquet.gz").write_bytes(b"x")
    refused(tmp_path / "a.parquet.gz", "expected a Parquet file as it is, got a compressed one")
    (tmp_path / "a.json").write_bytes(b"[]")
    refused(tmp_path / "a.json", "expected a list of objects, got none in this document")
    (tmp_path / "a.csv.bz2").write_bytes(b"x")
    refused(tmp_path / "a.csv.bz2", "expected a file that can be read, got")


def test_suffix_in_capitals(tmp_path):
    (tmp_path / "A.CSV").write_bytes(CSV["plain"])
    assert read(tmp_path / "A.CSV", "score").rewards.tolist() == [1, 0.5]


def test_missing_pyarrow(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"score": [1.0]}), path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    refused(path, r"pip install 'ordergrad_ref\[parquet\]'", group=None)


def test_import_loads_no_pyarrow():
    code = "import sys, ordergrad_ref.rollouts; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_column_that_exists(suffix, realistic):
    path = realistic / f"rollouts{suffix}"
    before = path.read_bytes()
    rollouts = read(path, "score")
    with pytest.raises(InvalidInputError, match=r"'step', which exists already.*--column"):
        write(rollouts, "step", rollouts.rewards, path)
    assert path.read_bytes() == before
    assert not list(realistic.glob(".*"))


def test_column_that_exists_on_one_line_only(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(before := b'{"score": 1}\n{"score": 0, "advantage": 0}\n')
    with pytest.raises(InvalidInputError, match="'advantage', which exists already"):
        write(read(path, "score"), "advantage", [1, 2], path)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [before]


@pytest.mark.parametrize(
    ("column", "values", "output", "match"),
    [
        ("a", [1], "out.csv", r"each of the 2 rows of .*plain\.csv, got shape \(1,\)"),
        ("a", [[1, 2]], "out.csv", r"got shape \(1, 2\)"),
        ("a", [1, math.inf], "out.csv", "expected finite numbers or NaN, got inf at 1"),
        ("", [1, 2], "out.csv", "column: expected a name"),
        ("a", [1, 2], "out.tsv", r"out\.tsv: expected the format of .*plain\.csv, got another"),
        ("a", [1, 2], "out.txt", r"out\.txt: expected a name that ends in"),
        ("a", [1, 2], "nowhere/out.csv", r"out\.csv: expected a file that can be written, got No such file"),
        ("a", [1, 2], "folder.csv", r"folder\.csv: expected a file to write, got a directory"),
    ],
)
def test_bad_output(column, values, output, match, tmp_path):
    path = tmp_path / "plain.csv"
    path.write_bytes(CSV["plain"])
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InvalidInputError, match=match):
        write(read(path, "score"), column, values, tmp_path / output)
    assert {p.name for p in tmp_path.iterdir()} == {"plain.csv", "folder.csv"}


@pytest.mark.parametrize("now", [CSV["plain"] + b"8,c,1\n", None])
def test_input_that_changed(now, tmp_path):
    path, output = tmp_path / "a.csv", tmp_path / "out.csv"
    path.write_bytes(CSV["plain"])
    rollouts = read(path, "score")
    path.write_bytes(now) if now else path.unlink()
    with pytest.raises(InvalidInputError, match="expected the file as it was read, got one that has changed"):
        write(rollouts, "advantage", [1, 2], output)
    assert not output.exists()


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl"])
@pytest.mark.parametrize("by", ["longer", "shorter"])
def test_input_that_changes_while_it_is_written(suffix, by, tmp_path, monkeypatch):
    """A line more or fewer between the check and the last row is an error, and leaves no file."""
    path, output = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    line = b"007,c,2\n" if "csv" in suffix else b'{"prompt":7,"score":2}\n'
    data = CSV["plain"] if "csv" in suffix else JSONL["compact"]
    pack = gzip.compress if suffix.endswith("gz") else bytes
    path.write_bytes(pack(data + line))
    rollouts = read(path, "score")
    real = files.replacing

    def meanwhile(*arguments, **named):
        path.write_bytes(pack(data + line + line if by == "longer" else data))
        return real(*arguments, **named)

    monkeypatch.setattr(files, "replacing", meanwhile)
    with pytest.raises(InvalidInputError, match="expected the file as it was read, got one that has changed"):
        write(rollouts, "advantage", [0, 0, 0], output)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
