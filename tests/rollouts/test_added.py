"""The columns that are added: their names, their values, and where they are written."""

import gzip
import math

import numpy as np
import pytest
from helpers.marked_rollouts import CSV

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import read, write

SEVERAL = b"step,prompt,right,length\n1,a,1,10\n1,b,0,20\n2,a,1,5\n1,a,0,30\n"


@pytest.mark.parametrize("names", [["A", "A"], ["A", ""], "right", ["A", "right"]])
def test_bad_names_of_new_columns(names, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(SEVERAL)
    values = np.zeros(4 if isinstance(names, str) else (2, 4))
    with pytest.raises(InvalidInputError, match=r"expected (a new column|a name|different names)"):
        write(read(path, "right"), names, values, tmp_path / "out.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


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


def test_the_name_that_is_expected_is_one_that_will_do(tmp_path):
    """Of a packed file it ends as the text does, since ``.gz`` may be added to any name."""
    path = tmp_path / "plain.csv.gz"
    path.write_bytes(gzip.compress(CSV["plain"]))
    with pytest.raises(InvalidInputError, match=r"expected a name that ends in \.csv, as that of"):
        write(read(path, "score"), "a", [1, 2], tmp_path / "out.gz")


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
