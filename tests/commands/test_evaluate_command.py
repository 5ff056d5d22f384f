"""The command ``ordergrad-ref evaluate``: the numbers are those of ``og.evaluate``; bad input is one line."""

import csv
import gzip
import io
import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from helpers.running import is_one_line

import ordergrad_ref as og
from ordergrad_ref import evaluation
from ordergrad_ref.commands.spellings import split
from ordergrad_ref.errors import InvalidInputError

SCHEMA = json.loads((files(evaluation) / "evaluation.schema.json").read_text(encoding="utf-8"))
ROWS = [("a", 1), ("b", 0), ("a", 0), ("b", 0), ("c", 1), ("c", 1), ("d", 1)]
BASE = ("--group", "task_id", "--reward", "passed", "-o", "pass@1,pass@2")


@pytest.fixture
def samples(here):
    path = here / "samples.jsonl"
    path.write_text("".join(json.dumps({"task_id": t, "passed": bool(p)}) + "\n" for t, p in ROWS))
    return path


@pytest.fixture
def expected():
    names, passed = zip(*ROWS, strict=True)
    return og.evaluate(np.array(passed), names, ["pass@1", "pass@2"])


def test_json_is_that_of_python(command, samples, expected):
    result = command("evaluate", samples, *BASE, "--json", "--per-group")
    assert (result.status, result.err) == (0, "")
    assert json.loads(result.out) == expected.to_dict(per_group=True)


@pytest.mark.parametrize("name", ["advantage", "evaluate"])
def test_a_file_counts_once(name, command, samples, monkeypatch):
    """Given twice, as it is or by a pattern, its samples would count twice; a folder is no file."""
    monkeypatch.chdir(samples.parent)
    for again in ("samples.jsonl", "./samples.jsonl", "*.jsonl"):
        result = command(name, "samples.jsonl", again, *BASE)
        assert result.status == 2
        assert result.err == "error: samples.jsonl: expected each file once, got it again\n"
    result = command(name, ".", *BASE)
    assert (result.status, result.err) == (2, "error: .: expected a file, got a directory\n")
    assert [path.name for path in samples.parent.glob("*.jsonl")] == ["samples.jsonl"]


@pytest.mark.parametrize("name", ["samples.jsonl", "samples.jsonl.gz"])
def test_what_advantage_wrote_is_left_out_of_a_pattern(name, command, samples, monkeypatch):
    """Its samples are those of the file beside it; what is named itself is taken."""
    monkeypatch.chdir(samples.parent)
    if name.endswith(".gz"):
        Path(name).write_bytes(gzip.compress(samples.read_bytes()))
        samples.unlink()
    first = command("advantage", name, *BASE[:4], "-o", "mean@1", "--small-groups", "zero")
    ours = f"samples.advantage{name.removeprefix('samples')}"
    assert (first.status, Path(ours).is_file()) == (0, True)
    for arguments in (("evaluate",), ("advantage", "--small-groups", "zero", "--overwrite")):
        result = command(*arguments, "samples*", *BASE[:4], "-o", "mean@1")
        assert result.status == 0
        assert (
            result.err
            == f"remark: {ours}: left out of samples*; `advantage` has written it from another one\n"
        )
        assert "7 " in result.out
    assert command("evaluate", name, ours, *BASE).out.startswith("14 samples")


def test_samples_that_are_skipped_are_counted(command, samples):
    samples.write_text(samples.read_text() + '{"task_id": "d"}\n{"score": 1}\n')
    result = command("evaluate", samples, *BASE, "--missing", "skip")
    assert result.err == "remark: samples.jsonl: 2 samples without a reward or a group are left out\n"
    assert result.out.startswith("7 samples of 4 prompts\n")
    samples.write_text('{"task_id": "d", "passed": null}\n')
    result = command("evaluate", samples, *BASE, "--missing", "zero")
    assert result.err == "remark: samples.jsonl: 1 samples without a reward count as 0\n"
    result = command("evaluate", samples, *BASE, "--missing", "nan")
    assert "pass@1: no prompt is left" in result.out


def test_table_shows_every_number(command, samples, expected):
    result = command("evaluate", samples, *BASE)
    assert (result.status, result.err) == (0, "")
    assert result.out == f"7 samples of 4 prompts\n{expected}\n"
    assert "1: fewer samples than K" in result.out


def test_csv(command, samples, expected):
    rows = list(csv.DictReader(io.StringIO(command("evaluate", samples, *BASE, "--csv").out)))
    assert [float(row["estimate"]) for row in rows] == [e.estimate for e in expected.estimates]
    assert [row["left_out"] for row in rows] == ["0", "1"]
    each = list(csv.DictReader(io.StringIO(command("evaluate", samples, *BASE, "--csv", "--per-group").out)))
    assert [row["group"] for row in each] == ["a", "b", "c", "d"]
    assert [row["pass@2"] for row in each] == ["1.0", "0.0", "1.0", ""]


def test_names_with_commas_stay_in_the_table_of_prompts(command, here):
    (here / "a.csv").write_text('p,q,s\n"a,b",c,1\n"a,b",c,0\n')
    for groups, name in ([("p",), "a,b"], [("p", "q"), '["a,b", "c"]']):
        options = [part for column in groups for part in ("--group", column)]
        out = command("evaluate", "a.csv", *options, "--reward", "s", "-o", "pass@1", "--per-group").out
        last = list(csv.reader(io.StringIO(out.split("\n\n")[1]), delimiter="\t"))[-1]
        assert last == [name, "2", "0.5"]


def test_a_prompt_may_be_in_several_files(command, samples, expected):
    lines = samples.read_text().splitlines(keepends=True)
    for i in range(2):
        (samples.parent / f"part{i}.jsonl").write_text("".join(lines[i::2]))
    result = command("evaluate", "part0.jsonl", "part1.jsonl", *BASE, "--json")
    assert json.loads(result.out) == expected.to_dict()


IDS = {"whole.jsonl": ["1", "1"], "decimal.jsonl": ["1.0"], "true.jsonl": ["true"], "text.jsonl": ['"1"'],
       "chat.jsonl": ["[1]"], "table.csv": "task_id,passed\n1,1\n"}  # fmt: skip


def test_ids_are_of_one_type_in_all_files(command, here):
    """As within a file: true, 1, 1.0 and "1" are told apart or are one, depending on who looks."""
    for name, ids in IDS.items():
        lines = ids if isinstance(ids, str) else "".join(f'{{"task_id": {i}, "passed": 1}}\n' for i in ids)
        Path(name).write_text(lines)
    for name in list(IDS)[1:]:
        for line in (["evaluate"], ["evaluate", "--compare"], ["advantage"]):
            result = command(line[0], "whole.jsonl", *line[1:], name, *BASE[:4], "-o", "mean@1")
            assert result.status == 2
            assert f"error: {name}, column 'task_id': expected group ids of one type in all" in result.err
            assert result.err.endswith(
                "and integers, such as 1, in whole.jsonl; write them alike in all files\n"
            )
    same = command("evaluate", "text.jsonl", "table.csv", *BASE[:4], "-o", "mean@1")
    assert same.out.startswith("2 samples of 1 prompts\n")


def test_comparison_is_paired(command, samples, expected):
    other = samples.parent / "other.jsonl"
    other.write_text("".join(json.dumps({"task_id": t, "passed": 1 - p}) + "\n" for t, p in ROWS[:-1]))
    result = command("evaluate", samples, *BASE, "--json", "--compare", other)
    data = json.loads(result.out)
    jsonschema.validate(data, SCHEMA)
    one = data["comparison"]["differences"][0]
    assert (one["estimate"], one["prompts"], one["left_out"]) == (0.0, 3, {"only in the first": 1})
    assert "The first minus the second" in command("evaluate", samples, *BASE, "--compare", other).out


def test_picture(command, samples):
    pytest.importorskip("matplotlib")
    result = command("evaluate", samples, *BASE, "--plot", "curve.svg")
    assert (result.status, result.err) == (0, "")
    assert "<svg" in (samples.parent / "curve.svg").read_text()
    before = samples.read_bytes()
    own = command("evaluate", samples, *BASE, "--plot", samples)
    assert (own.status, own.out, samples.read_bytes()) == (2, "", before)
    assert own.err == f"error: --plot: expected a file for the picture alone, got {samples}, which is read\n"
    bad = command("evaluate", samples, *BASE, "--plot", "curve.xyz")
    assert bad.status == 2
    assert "--plot: expected a name that ends in one of" in bad.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--group", "task", "--reward", "passed", "-o", "pass@1"), "did you mean 'task_id'?"),
        (("--group", "task_id", "--reward", "passed", "-o", "pass@1,"), "--objective: expected spellings"),
        (("--group", "task_id", "--reward", "passed", "-o", "pass@x"), "K: expected a number"),
        (
            ("--group", "task_id", "--reward", "passed", "-o", "pass@1", "--confidence", "95"),
            "--confidence: ",
        ),
    ],
)
def test_bad_evaluate(command, samples, arguments, message):
    result = command("evaluate", samples, *arguments)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert is_one_line(result.err)


def test_commas_within_parentheses_do_not_split():
    assert split("pass@1, trimmed_mean(1,2)@8") == ["pass@1", "trimmed_mean(1,2)@8"]
    with pytest.raises(InvalidInputError, match="objective: expected spellings between commas"):
        split("pass@1,,pass@2")


def test_words_and_missing_rewards(command, here):
    path = here / "log.jsonl"
    values = ["C", "I", None, "C", "C", None]
    path.write_text(
        "".join(json.dumps({"id": i // 2, "s": {"v": v}}) + "\n" for i, v in enumerate(values)) + '{"n": 1}\n'
    )
    options = ("--group", "id", "--reward", "s.v", "-o", "pass@1", "--map", "C=1,I=0", "--json")
    assert (
        "line 3, column 's.v': expected a finite number, got null" in command("evaluate", path, *options).err
    )
    skipped = json.loads(command("evaluate", path, *options, "--missing", "skip").out)
    assert (skipped["samples"], skipped["estimates"][0]["estimate"]) == (4, (0.5 + 1 + 1) / 3)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    whole = json.loads(command("evaluate", path, *options, "--missing", "nan").out)
    assert whole["estimates"][0]["left_out"] == {"a reward is missing": 2}
    zero = json.loads(command("evaluate", path, *options, "--missing", "zero").out)
    assert zero["estimates"][0]["estimate"] == 0.5


def test_lists_of_rewards_need_no_group(command, here):
    (here / "a.jsonl").write_text('{"r": [1, 0]}\n{"r": [0, 0]}\n')
    data = json.loads(command("evaluate", "a.jsonl", "--reward", "r", "-o", "pass@2", "--json").out)
    assert data == og.evaluate([[1, 0], [0, 0]], None, "pass@2").to_dict()
    (here / "b.jsonl").write_text((here / "a.jsonl").read_text())
    two = json.loads(command("evaluate", "a.jsonl", "b.jsonl", "--reward", "r", "-o", "pass@2", "--json").out)
    assert (two["prompts"], two["estimates"][0]["estimate"]) == (4, 0.5)


def test_lists_beside_a_group_are_remarked_on(command, here):
    Path("tokens.jsonl").write_text('{"p": 1, "r": [0, 1]}\n{"p": 2, "r": [0, 0]}\n')
    line = ["evaluate", "tokens.jsonl", "-o", "pass@1", "--reward"]
    assert "each number in them is read as a sample" in command(*line, "r", "--group", "p").err
    assert command(*line, "r").err == command(*line, "r.1", "--group", "p").err == ""


def test_a_column_of_prompts_is_asked_for(command, samples):
    result = command("evaluate", samples, "--reward", "passed", "-o", "pass@1")
    assert result.status == 2
    assert "--group: expected the column that names the prompt, got none" in result.err
    both = command("evaluate", samples, *BASE, "--json", "--csv")
    assert "expected one of --json and --csv, got both" in both.err


def test_rows_without_rewards_are_counted(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lists.jsonl").write_text('{"r": [1, 0]}\n{"r": []}\n{"r": [0, 0]}\n')
    result = command("evaluate", "lists.jsonl", "--reward", "r", "-o", "pass@1")
    assert result.status == 0
    assert "4 samples of 2 prompts" in result.out
    assert "warning: lists.jsonl: 1 rows hold no rewards, and are left out" in result.err
