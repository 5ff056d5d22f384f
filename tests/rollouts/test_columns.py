"""Several columns of groups and of rewards."""

import csv
import json
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import read, write

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
