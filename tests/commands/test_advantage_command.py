"""The command ``ordergrad-ref advantage``.

Law: the columns that it adds are the definition's, group by group; bad input is one line and status 2, and
changes no file.
"""

import csv
import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.rollout_files import realistic_rollouts
from helpers.running import is_one_line, process

import ordergrad_ref as og
from ordergrad_ref import definition

SCORES = {".csv": csv, ".jsonl": json, ".parquet": pq}


def columns(path):
    """The prompts, the scores and the advantages of a file, read by its format's own library."""
    if path.suffix == ".parquet":
        rows = pq.read_table(path, columns=["prompt", "score", "advantage"]).to_pylist()
    elif path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    else:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    advantages = [float("nan") if r["advantage"] in ("", None) else float(r["advantage"]) for r in rows]
    return [r["prompt"] for r in rows], np.array([float(r["score"]) for r in rows]), np.array(advantages)


def by_group(prompts):
    groups = {}
    for i, prompt in enumerate(prompts):
        groups.setdefault(prompt, []).append(i)
    return groups


@pytest.fixture(scope="module")
def rollouts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rollouts")
    for suffix in SCORES:
        realistic_rollouts(folder / f"runs{suffix}")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["max@4", "top(2)@3"])
@pytest.mark.parametrize("suffix", SCORES)
def test_advantage_is_the_definition_group_by_group(rollouts, command, tmp_path, suffix, objective):
    source, output = rollouts / f"runs{suffix}", tmp_path / f"out{suffix}"
    result = command(
        "advantage", source, "--group", "prompt", "--reward", "score", "-o", objective, "--output", output
    )
    assert (result.status, result.err) == (0, "")
    assert result.out == (
        f"Wrote {output}: 'advantage' for {objective}, 10000 rows, groups: 1200 of 5 to 16 rows.\n"
    )
    prompts, scores, advantages = columns(output)
    groups = by_group(prompts)
    assert len(groups) == 1200

    for rows in groups.values():
        expected = og.advantage(scores[rows], objective)
        assert abs(advantages[rows] - expected).max() <= 2.0**-49 * abs(expected).max()

    sizes_seen = set()
    for rows in groups.values():
        if len(rows) in sizes_seen or len(rows) > 10:
            continue
        sizes_seen.add(len(rows))
        exact = definition.advantage([Fraction(x) for x in scores[rows]], objective)
        scale = max(map(abs, exact))
        for got, expected in zip(advantages[rows], exact, strict=True):
            assert abs(Fraction(got) - expected) <= 16 * scale / 2**53
    assert sizes_seen == {5, 6, 7, 8, 9, 10}


@pytest.mark.slow
def test_small_groups_are_an_error_that_names_one(rollouts, command):
    before = sorted(p.name for p in rollouts.iterdir())
    result = command(
        "advantage", rollouts / "runs.csv", "--group", "prompt", "--reward", "score", "-o", "max@8"
    )
    assert result.status == 2
    assert result.out == ""
    assert is_one_line(result.err)
    assert (
        "; choose a smaller K, or leave them out with --small-groups nan or --small-groups zero" in result.err
    )
    name = result.err.split("group '")[1].split("'")[0]
    with (rollouts / "runs.csv").open(encoding="utf-8", newline="") as file:
        size = sum(row["prompt"] == name for row in csv.DictReader(file))
    assert 5 <= size <= 8
    assert f"has N = {size}" in result.err
    with (rollouts / "runs.csv").open(encoding="utf-8", newline="") as file:
        sizes = Counter(row["prompt"] for row in csv.DictReader(file))
    small = sum(n <= 8 for n in sizes.values())
    assert f"got fewer in {small} of the 1200 groups: group " in result.err
    assert sorted(p.name for p in rollouts.iterdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SCORES)
@pytest.mark.parametrize("policy", ["zero", "nan"])
def test_small_groups(rollouts, command, tmp_path, suffix, policy):
    output = tmp_path / f"out{suffix}"
    arguments = ["--group", "prompt", "--reward", "score", "-o", "max@8", "--small-groups", policy]
    assert command("advantage", rollouts / f"runs{suffix}", *arguments, "--output", output).status == 0
    prompts, scores, advantages = columns(output)
    small = 0
    for rows in by_group(prompts).values():
        if len(rows) <= 8:
            small += 1
            assert (advantages[rows] == 0).all() if policy == "zero" else np.isnan(advantages[rows]).all()
        else:
            expected = og.advantage(scores[rows], "max@8")
            assert abs(advantages[rows] - expected).max() <= 2.0**-49 * abs(expected).max()
    assert 0 < small < 1200


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "runs.csv"
    path.write_text("prompt,score\na,0\nb,1\na,1\nb,2\na,3\nb,0\n")
    return path


REWARDS = ["--reward", "score", "-o", "max@2"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("runs.csv", "runs.advantage.csv"),
        ("runs.v2.csv", "runs.v2.advantage.csv"),
        ("runs.csv.gz", "runs.advantage.csv.gz"),
        ("runs[a]:100:.csv", "runs[a]:100:.advantage.csv"),
        ("runs", "runs.advantage"),
    ],
)
def test_default_output(small, command, name, expected):
    text = small.read_bytes()
    Path(name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    result = command("advantage", name, "--group", "prompt", *REWARDS)
    assert result.status == 0
    assert result.out == f"Wrote {expected}: 'advantage' for max@2, 6 rows, groups: 2 of 3 rows.\n"
    written = Path(expected).read_bytes()
    written = gzip.decompress(written) if name.endswith(".gz") else written
    assert written == b"prompt,score,advantage\na,0,-1.0\nb,1,-0.5\na,1,-1.0\nb,2,1.0\na,3,2.0\nb,0,-0.5\n"


def test_output_onto_the_input(small, command):
    result = command("advantage", small, "--group", "prompt", *REWARDS, "--output", small, "--column", "A")
    assert result.status == 0
    assert small.read_text().startswith("prompt,score,A\na,0,-1.0\n")
    assert [p.name for p in small.parent.iterdir()] == ["runs.csv"]
    again = command("advantage", small, "--group", "prompt", *REWARDS, "--output", small, "--column", "A")
    assert again.status == 2
    assert "'A', which exists already; choose another name with --column" in again.err
    assert small.read_text().count("A") == 1


def test_without_groups_all_rows_are_one(small, command):
    result = command("advantage", small, *REWARDS)
    assert result.out == "Wrote runs.advantage.csv: 'advantage' for max@2, 6 rows in one group.\n".replace(
        "runs.adv", f"{small.parent}/runs.adv"
    )
    _, scores, advantages = columns(small.with_name("runs.advantage.csv"))
    exact = definition.advantage([Fraction(x) for x in scores], "max@2")
    np.testing.assert_allclose(advantages, np.array(exact, dtype=float), rtol=1e-15)


def test_real_valued_k_warns_in_one_line(small, command):
    result = command("advantage", small, "--reward", "score", "-o", "max@2.5")
    assert result.status == 0
    assert result.err.startswith("warning: max@2.5: ")
    assert is_one_line(result.err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["runs.csv", "--reward", "scor", "-o", "max@2"], "expected a column 'scor'"),
        (["runs.csv", "--reward", "scor", "-o", "max@2"], "did you mean 'score'?"),
        (["runs.csv", *REWARDS, "--group", "promt"], "did you mean 'prompt'?"),
        (["runs.csv", "--reward", "prompt", "-o", "max@2"], "column 'prompt': expected a finite number"),
        (["runs.csv", *REWARDS, "--column", "score"], "'score', which exists already"),
        (
            ["runs.csv", "--reward", "score", "-o", "max@6"],
            "got fewer in the only group: the file has N = 6",
        ),
        (["no_such.csv", *REWARDS], "no_such.csv: expected a file, got no such file"),
        (["runs.txt", *REWARDS], "runs.txt: expected at least one row of data, got none"),
        (["runs.csv", *REWARDS, "--output", "out.jsonl"], "formats are not converted"),
        (
            ["runs.csv", *REWARDS, "--output", "no_such/out.csv"],
            "out.csv: expected a file that can be written",
        ),
    ],
)
def test_bad_advantage(small, command, arguments, message):
    small.with_suffix(".txt").write_text("prompt,score\n")
    before = sorted(p.name for p in small.parent.iterdir())
    result = command("advantage", *arguments)
    assert result.status == 2
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert message in result.err
    assert is_one_line(result.err)
    assert sorted(p.name for p in small.parent.iterdir()) == before


# ---- several columns


@pytest.fixture
def several(tmp_path, monkeypatch):
    """Two steps hold the same prompts: groups are right only where both columns make them."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "runs.csv"
    rows = ["1,a,0,4", "1,a,1,2", "1,a,3,0", "2,a,5,1", "2,a,0,1", "2,a,2,8", "1,b,0,1", "1,b,0,3", "1,b,2,1"]
    path.write_text("step,prompt,right,length\n" + "".join(f"{row}\n" for row in rows))
    return path


def exactly(rewards, objective):
    """The definition, group by group, rounded."""
    found = [0.0] * len(rewards)
    for start in range(0, len(rewards), 3):
        part = [Fraction(x) for x in rewards[start : start + 3]]
        found[start : start + 3] = map(float, definition.advantage(part, objective))
    return found


RIGHT, LENGTH = [0, 1, 3, 5, 0, 2, 0, 0, 2], [4, 2, 0, 1, 1, 8, 1, 3, 1]
BOTH = ["--group", "step", "--group", "prompt"]


def test_two_groups_are_a_composite_group(several, command):
    result = command("advantage", several, *BOTH, "--reward", "right", "-o", "max@2")
    assert (result.status, result.err) == (0, "")
    assert "9 rows, groups: 3 of 3 rows." in result.out
    with several.with_name("runs.advantage.csv").open() as file:
        found = [float(row["advantage"]) for row in csv.DictReader(file)]
    np.testing.assert_allclose(found, exactly(RIGHT, "max@2"), atol=1e-14)


@pytest.mark.parametrize(
    ("weights", "factors"),
    [([], (1, 1)), (["--weight", "1", "--weight", "-0.5"], (1, Fraction(-1, 2)))],
)
def test_two_rewards_are_summed(several, command, weights, factors):
    rewards = ["--reward", "right", "--reward", "length", *weights]
    assert command("advantage", several, *BOTH, *rewards, "-o", "max@2").status == 0
    with several.with_name("runs.advantage.csv").open() as file:
        found = [float(row["advantage"]) for row in csv.DictReader(file)]
    summed = [factors[0] * r + factors[1] * s for r, s in zip(RIGHT, LENGTH, strict=True)]
    np.testing.assert_allclose(found, exactly(summed, "max@2"), atol=1e-14)


@pytest.mark.parametrize(
    ("named", "names"),
    [([], ["advantage[max@2]", "advantage[mean@1]"]), (["--column", "A", "--column", "B"], ["A", "B"])],
)
def test_two_objectives_are_two_columns(several, command, named, names):
    result = command("advantage", several, *BOTH, "--reward", "right", "-o", "max@2", "-o", "mean@1", *named)
    assert result.status == 0
    assert f"{names[0]!r} for max@2, {names[1]!r} for mean@1, 9 rows" in result.out
    with several.with_name("runs.advantage.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[4:] == names
    for name, objective in zip(names, ("max@2", "mean@1"), strict=True):
        found = [float(row[name]) for row in rows]
        np.testing.assert_allclose(found, exactly(RIGHT, objective), atol=1e-14)


def test_each_objective_leaves_out_its_own_small_groups(several, command):
    result = command(
        "advantage",
        several,
        *BOTH,
        "--reward",
        "right",
        "-o",
        "max@3",
        "-o",
        "max@2",
        "--small-groups",
        "nan",
    )
    assert result.status == 0
    assert result.out.endswith(
        "groups: 3 of 3 rows. Too small for K = 3: 3 of the 3 groups; their 9 rows got no number.\n"
    )
    with several.with_name("runs.advantage.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["advantage[max@3]"] for row in rows} == {""}
    assert "" not in {row["advantage[max@2]"] for row in rows}


def test_a_composite_group_is_named(several, command):
    result = command("advantage", several, *BOTH, "--reward", "right", "-o", "max@3")
    assert result.status == 2
    assert "got fewer in 3 of the 3 groups: group ('1', 'a') has N = 3" in result.err
    assert "small_groups=" not in result.err
    assert "og." not in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--weight", "2", "--weight", "3"], "--weight: expected one for each --reward, 1, or none, got 2"),
        (
            ["--column", "A", "--column", "B"],
            "expected one for each --objective, 1, or none, got 2",
        ),
        (["-o", "max@2"], "--column: expected different names, got ['advantage[max@2]', 'advantage[max@2]']"),
        (["--weight", "nan"], "weights: expected finite numbers"),
    ],
)
def test_numbers_of_options_that_do_not_fit(several, command, arguments, message):
    result = command("advantage", several, "--reward", "right", "-o", "max@2", *arguments)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert is_one_line(result.err)
    assert [p.name for p in several.parent.iterdir()] == ["runs.csv"]


# ---- files


def test_a_second_run_replaces_nothing_unless_asked(small, command):
    output = small.with_name("runs.advantage.csv")
    assert command("advantage", small, *REWARDS).status == 0
    first = output.read_bytes()
    for named in ([], ["--output", output]):
        again = command("advantage", small, "--reward", "score", "-o", "mean@1", *named)
        assert (again.status, again.out) == (2, "")
        assert "got one that exists; choose another with --output, or pass --overwrite" in again.err
        assert output.read_bytes() == first
    assert command("advantage", small, "--reward", "score", "-o", "mean@1", "--overwrite").status == 0
    assert output.read_bytes() != first


@pytest.mark.skipif(os.name != "posix", reason="mode bits are POSIX's")
def test_a_private_input_has_a_private_output(small, command):
    small.chmod(0o600)
    assert command("advantage", small, *REWARDS).status == 0
    assert small.with_name("runs.advantage.csv").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux alone")
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_name_that_is_not_utf8(tmp_path, suffix):
    name = os.fsencode(tmp_path) + b"/caf\xe9" + suffix.encode()
    if suffix == ".parquet":
        with open(name, "wb") as file:
            pq.write_table(pa.table({"score": [0.0, 1.0, 3.0]}), file)
    else:
        text = "score\n0\n1\n3\n" if suffix == ".csv" else '{"score": 0}\n{"score": 1}\n{"score": 3}\n'
        Path(os.fsdecode(name)).write_text(text)
    done = process("advantage", os.fsdecode(name), *REWARDS, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"caf\\udce9.advantage" in done.stdout
    assert os.listdir(os.fsencode(tmp_path)).count(b"caf\xe9.advantage" + suffix.encode()) == 1


def test_integers_beyond_floats_are_refused_with_their_row(small, command):
    small.write_text(f"prompt,score\na,{2**53}\na,{2**53 + 1}\na,0\n")
    result = command("advantage", small, *REWARDS)
    assert result.status == 2
    assert "line 3, column 'score': expected an integer of at most 2**53" in result.err


# ---- what is written, by whom a group is made, and what is missing


@pytest.mark.parametrize("what", ["score_weights", "value", "inclusion", "leave_one_out", "pathwise_weights"])
def test_other_quantities(several, command, what):
    options = ["--group", "step", "--group", "prompt", "--reward", "right", "-o", "max@2,mean@1"]
    result = command("advantage", several, *options, "--what", what, "--output", "out.csv")
    assert (result.status, result.err) == (0, "")
    with open("out.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for objective in ("max@2", "mean@1"):
        for start in range(0, 9, 3):
            group = [float(row["right"]) for row in rows[start : start + 3]]
            expected = np.broadcast_to(getattr(og, what)(group, objective), 3)
            got = [float(row[f"{what}[{objective}]"]) for row in rows[start : start + 3]]
            assert got == expected.tolist()


def test_groups_by_position(several, command):
    options = ["--reward", "right", "-o", "max@2", "--column", "a"]
    by_name = command("advantage", several, *options, "--group", "step", "--group", "prompt")
    by_place = command("advantage", several, *options, "--group-size", 3, "--output", "b.csv")
    assert (by_name.status, by_place.status) == (0, 0)
    assert Path("runs.advantage.csv").read_text() == Path("b.csv").read_text()
    for size, message in ((4, "--group-size: expected a divisor of the 9 rows"), (0, "expected at least 1")):
        assert (
            message in command("advantage", several, *options, "--group-size", size, "--output", "c.csv").err
        )
    both = command("advantage", several, *options, "--group-size", 3, "--group", "step", "--output", "c.csv")
    assert "--group-size: expected either this or --group, got both" in both.err


def advantages(name):
    return [json.loads(line)["advantage"] for line in Path(name).read_text().splitlines()]


@pytest.mark.parametrize("policy", ["skip", "nan", "zero"])
def test_missing_rewards(tmp_path, monkeypatch, command, policy):
    monkeypatch.chdir(tmp_path)
    rows = [("a", 1), ("a", 0), ("b", 2), ("a", None), ("b", 0), ("b", 5), ("a", 1)]
    Path("in.jsonl").write_text("".join(json.dumps({"p": p, "r": r}) + "\n" for p, r in rows))
    options = ["--group", "p", "--reward", "r", "-o", "max@2", "--output", "out.jsonl"]
    assert command("advantage", "in.jsonl", *options).status == 2
    result = command("advantage", "in.jsonl", *options, "--missing", policy)
    assert (result.status, result.err) == (0, "")
    found = advantages("out.jsonl")
    a, b = [found[i] for i in (0, 1, 3, 6)], [found[i] for i in (2, 4, 5)]
    assert b == og.advantage([2.0, 0.0, 5.0], "max@2").tolist()
    if policy == "zero":
        assert "1 rewards are missing, and count as 0." in result.out
        assert a == og.advantage([1.0, 0.0, 0.0, 1.0], "max@2").tolist()
    elif policy == "nan":
        assert a == [None] * 4
        assert "4 rows got no number: a reward of their group is missing" in result.out
    else:
        assert [a[0], a[1], a[3]] == og.advantage([1.0, 0.0, 1.0], "max@2").tolist()
        assert a[2] is None
        assert "1 rows got no number: their reward is missing" in result.out


def test_a_summary_line_is_skipped(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    Path("in.jsonl").write_text('{"id": 1, "ok": true}\n{"id": 1, "ok": false}\n{"pass@1": 0.5}\n')
    options = ["--group", "id", "--reward", "ok", "-o", "mean@1"]
    assert "line 3: expected a column 'ok'" in command("advantage", "in.jsonl", *options).err
    assert command("advantage", "in.jsonl", *options, "--missing", "skip").status == 0
    assert advantages("in.advantage.jsonl") == [1, -1, None]


def test_groups_reach_over_files(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    for seed, rewards in enumerate([(1, 0), (0, 0), (1, 3)]):
        rows = "".join(json.dumps({"p": p, "r": r}) + "\n" for p, r in zip("ab", rewards, strict=True))
        Path(f"rs{seed}.jsonl").write_text(rows)
    result = command("advantage", "rs*.jsonl", "--group", "p", "--reward", "r", "-o", "max@2")
    assert (result.status, result.err) == (0, "")
    found = [advantages(f"rs{seed}.advantage.jsonl") for seed in range(3)]
    assert [x for x, _ in found] == og.advantage([1.0, 0.0, 1.0], "max@2").tolist()
    assert [x for _, x in found] == og.advantage([0.0, 0.0, 3.0], "max@2").tolist()
    several = command("advantage", "rs*.jsonl", "--reward", "r", "-o", "max@2", "--output", "x.jsonl")
    assert "--output: expected one file to write it from, got 3" in several.err


def test_lists_of_rewards_get_lists(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    Path("in.jsonl").write_text('{"r": [0, 1, 3]}\n{"r": [0, 0, 1]}\n')
    assert command("advantage", "in.jsonl", "--reward", "r", "-o", "max@2").status == 0
    assert advantages("in.advantage.jsonl") == og.advantage([[0, 1, 3], [0, 0, 1]], "max@2").tolist()


@pytest.mark.slow
def test_standard_input_and_output(tmp_path):
    data = '{"p": 1, "r": "yes"}\n{"p": 1, "r": "no"}\n'
    line = ["advantage", "-", "--group", "p", "--reward", "r", "-o", "mean@1", "--map", "yes=1,no=0"]
    run = subprocess.run(
        [sys.executable, "-m", "ordergrad_ref", *line],
        input=data,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert run.returncode == 0
    assert run.stdout == data.replace("}", ', "advantage": 1.0}', 1).replace(
        '"no"}', '"no", "advantage": -1.0}'
    )
    assert run.stderr.startswith("Wrote standard output: 'advantage' for mean@1, 2 rows")
    assert list(tmp_path.iterdir()) == []
    listed = ["advantage", "/dev/stdin", *line[2:]]
    piped = subprocess.run(
        [sys.executable, "-m", "ordergrad_ref", *listed, "--output", "-"],
        input=data, capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert piped.stdout == run.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [("yes", "got 'yes'"), ("yes=x", "got 'yes=x'"), ("=1", "got '=1'"), ("yes=1,yes=0", "'yes' again")],
)
def test_words_that_are_no_numbers(tmp_path, monkeypatch, command, words, message):
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("r\nyes\n")
    result = command("advantage", "in.csv", "--reward", "r", "-o", "mean@1", "--map", words)
    assert result.status == 2
    assert result.err.startswith("error: --map: expected")
    assert message in result.err


def test_samples_selected_by_a_score_and_samples_that_do_not_count(several, command):
    options = ["--group", "step", "--group", "prompt", "--reward", "right", "-o", "max@2"]
    rows = list(csv.DictReader(several.read_text().splitlines()))
    groups = [row["step"] + row["prompt"] for row in rows]
    rewards, scores = ([float(row[name]) for row in rows] for name in ("right", "length"))
    result = command("advantage", several, *options, "--by", "length", "--output", "by.csv")
    assert (result.status, result.err) == (0, "")
    got = [float(row["advantage"]) for row in csv.DictReader(Path("by.csv").read_text().splitlines())]
    assert got == og.advantage(rewards, "max@2", groups=groups, by=scores).tolist()

    Path("masked.csv").write_text("p,r,ok\na,1,true\na,0,1\na,9,false\na,3,True\n")
    masked = ["advantage", "masked.csv", "--group", "p", "--reward", "r", "-o", "max@2", "--where"]
    assert command(*masked, "ok", "--output", "where.csv").status == 0
    got = [float(row["advantage"]) for row in csv.DictReader(Path("where.csv").read_text().splitlines())]
    assert got == og.advantage([1.0, 0.0, 9.0, 3.0], "max@2", where=[True, True, False, True]).tolist()
    assert "--where: expected true and false, or 1 and 0, in 'r', got 9.0" in command(*masked, "r").err


@pytest.mark.parametrize("what", ["inclusion", "leave_one_out"])
def test_a_row_that_does_not_count_makes_no_group_too_small(command, what, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("masked.csv").write_text("p,r,ok\na,1,1\na,0,1\na,9,0\na,3,1\n")
    options = ["--group", "p", "--reward", "r", "-o", "max@2", "--where", "ok", "--what", what, "--overwrite"]
    assert command("advantage", "masked.csv", *options, "--output", "out.csv").status == 0
    got = [row[what] for row in csv.DictReader(Path("out.csv").read_text().splitlines())]
    expected = getattr(og, what)([1.0, 0.0, 3.0], "max@2").tolist()
    assert got.pop(2) == ""
    assert list(map(float, got)) == expected


@pytest.mark.parametrize("missing", ["skip", "nan"])
def test_a_row_that_does_not_count_may_miss_its_reward(command, missing, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("masked.csv").write_text("p,r,ok\na,1,1\na,0,1\na,,0\na,3,1\nb,,1\nb,1,1\nb,1,1\n")
    options = ["--group", "p", "--reward", "r", "-o", "max@2", "--where", "ok", "--missing", missing]
    options += ["--small-groups", "nan", "--output", "out.csv", "--overwrite"]
    assert command("advantage", "masked.csv", *options).status == 0
    got = [row["advantage"] for row in csv.DictReader(Path("out.csv").read_text().splitlines())]
    expected = og.advantage([1.0, 0.0, 9.0, 3.0], "max@2", where=[True, True, False, True])
    assert list(map(float, got[:4])) == expected.tolist()
    assert got[4:] == ["", "", ""]


def test_a_row_that_does_not_count_is_zero_beside_a_missing_reward(command, here):
    """As in ``og.advantage`` with ``nan_policy="propagate"``: it has no part in what its group lacks."""
    Path("masked.csv").write_text("r,ok\n5,0\n1,1\n,1\n3,1\n")
    options = ["--reward", "r", "-o", "max@2", "--where", "ok", "--missing", "nan", "--output", "out.csv"]
    result = command("advantage", "masked.csv", *options)
    assert Path("out.csv").read_text() == "r,ok,advantage\n5,0,0.0\n1,1,\n,1,\n3,1,\n"
    assert "3 rows got no number: a reward of their group is missing" in result.out


def test_a_row_that_does_not_count_needs_no_reward(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ["--reward", "r", "-o", "max@2", "--where", "ok", "--output"]
    expected = og.advantage([1.0, 0.0, 9.0, 3.0], "max@2", where=[True, True, False, True]).tolist()
    Path("rows.csv").write_text("p,r,ok,s\na,1,1,1\na,0,1,0\na,,0,\na,3,1,3\n")
    assert command("advantage", "rows.csv", *options, "out.csv", "--by", "s").status == 0
    got = [row["advantage"] for row in csv.DictReader(Path("out.csv").read_text().splitlines())]
    assert list(map(float, got)) == expected
    Path("rows.csv").write_text("p,r,ok\na,1,1\na,,0\na,,1\na,3,1\n")
    result = command("advantage", "rows.csv", *options, "no.csv")
    assert (result.status, "rows.csv, line 4, column 'r': expected a finite number" in result.err) == (
        2,
        True,
    )
    Path("lists.jsonl").write_text('{"r": [1, 0, null, 3], "ok": [true, true, false, true]}\n')
    assert command("advantage", "lists.jsonl", *options, "out.jsonl").status == 0
    assert json.loads(Path("out.jsonl").read_text())["advantage"] == expected
    Path("lists.jsonl").write_text('{"r": [1, 0, null, null], "ok": [true, true, false, true]}\n')
    result = command("advantage", "lists.jsonl", *options, "no.jsonl")
    assert (result.status, "expected a number for each sample that counts" in result.err) == (2, True)
    assert not list(Path().glob("no.*"))


def test_words_are_numbers_in_the_other_columns_too(command, here):
    """What the error of ``--where`` and ``--by`` advises is heeded; numbers there keep their meaning."""
    (here / "a.csv").write_text("s,counts,by\n1,yes,low\n5,no,low\n3,yes,high\n")
    base = ("advantage", "a.csv", "--reward", "s", "-o", "mean@1", "--where", "counts", "--overwrite")
    assert "--map yes=NUMBER" in command(*base).err
    assert command(*base, "--map", "yes=1,no=0,1=7", "--by", "by").status == 2
    assert command(*base, "--map", "yes=1,no=0,1=7,low=0,high=1", "--by", "by").status == 0
    with open("a.advantage.csv", newline="") as file:
        assert [float(row["advantage"]) for row in csv.DictReader(file)] == [4.0, 0.0, -4.0]


def test_rows_of_lists_are_counted(command, here):
    (here / "a.jsonl").write_text('{"r": [1, 0, 5]}\n{"r": [1, 2]}\n')
    out = command("advantage", "a.jsonl", "--reward", "r", "-o", "mean@1").out
    assert out.endswith(", 2 rows of 5 rewards, groups: 2 of 2 to 3 rewards.\n")
    each = command("evaluate", "a.jsonl", "--reward", "r", "-o", "mean@1", "--per-group").out
    assert "\n0\t3\t2\n" in each  # not 1.9999999999999998, as six thirds are in floats
