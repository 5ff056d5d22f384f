"""Law: delimited text comes back byte for byte, but for the new last column."""

import csv
import json

import pytest
from helpers.marked_rollouts import CSV, MARKS, append_marks, refused, without_added

from ordergrad_ref.rollouts import read, write


def csv_rows(path):
    limit = csv.field_size_limit(2**31 - 1)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [row for row in csv.reader(file) if row]
    finally:
        csv.field_size_limit(limit)


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


def test_new_name_is_quoted(tmp_path):
    path = tmp_path / "a"
    name = 'max@4, "unbiased"'
    for suffix, data in [(".csv", "score\n1\n"), (".jsonl", '{"score": 1}\n')]:
        path = tmp_path / f"a{suffix}"
        path.write_text(data)
        write(read(path, "score"), name, [0.5], path)
    assert next(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))[name] == "0.5"
    assert json.loads((tmp_path / "a.jsonl").read_text())[name] == 0.5


BAD_CSV = {
    "empty": (b"", "expected at least one row of data, got an empty file"),
    "blank": (b"\n\r\n", "at least one row of data, got none"),
    "only a byte-order mark": (b"\xef\xbb\xbf", "at least one row of data, got none"),
    "no rows": (b"prompt,score\n", "at least one row of data, got none"),
    "no header": (b"a,1\nb,0\n", "line 1: expected a column 'score', .* is the header missing"),
    "another case": (b"prompt,SCORE\na,1\n", "expected a column 'score', .*; did you mean 'SCORE'"),
    "comment": (b"# run 7\nprompt,score\na,1\n", "'score', got .*; is the first line a comment. Remove it"),
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
    "Arabic digits": ("prompt,score\na,\u0661\n".encode(), "column 'score': .* got '\u0661'"),
    "wide digits": ("prompt,score\na,1\nb,\uff11\n".encode(), "line 3, column .score.: .* got .\uff11."),
    "long reward": (b"prompt,score\na," + b"x" * 999, r"got 'x+\.\.\.x+'$"),
    "group missing": (
        b"prompt,score\n,1\n",
        "line 2, column 'prompt': expected a group id, got ''",
    ),
    "open quote": (b'prompt,score\na,1\nb,"0\n', "line 3: expected quotes in pairs"),
    "text after a quote": (b'prompt,score\n"a"b,1\n', "line 2: expected the end of a cell after its closing"),
    "space after a quote": (b'prompt,score\n"a" ,1\n', "line 2: .*leave no space after the last one"),
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
