"""What the cells mean: numbers, booleans, group ids, and numbers that are refused."""

import decimal
import json
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.marked_rollouts import refused

from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError
from ordergrad_ref.rollouts import read, write
from ordergrad_ref.rollouts.cells import group_id


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


def test_brackets_without_end_are_bad_cells(tmp_path):
    """A model may write any number of them, where a reward or a prompt is looked for."""
    path = tmp_path / "deep.csv"
    path.write_text("prompt,score\na," + "[" * 100_000 + "\n")
    refused(path, r"line 2, column 'score': expected a finite number, got '\[\[\[")
    deep = []
    for _ in range(10_000):
        deep = [deep]
    with pytest.raises(InvalidInputError, match="expected a group id, got a list that is too deep"):
        group_id(deep, deep)


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


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [
        ("not ok", "such as --map 'not ok=NUMBER'"),
        ("0x10", "write it as a number such as"),
        ("1_000", "write it as a number such as"),
        ('"1,5"', "write it as a number such as"),
        ('"yes, no"', "got 'yes, no'$"),
        ("score", "got 'score'; is the header repeated"),
    ],
)
def test_words_are_mapped_where_they_can_be(cell, remedy, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"prompt,score\na,{cell}\n")
    refused(path, remedy)
