"""The command ``ordergrad-ref``: what it prints, and its exit status.

Law: 0 where all that is claimed or required holds, 1 where it does not, 2 for bad input, which is answered in
one line on standard error. Law: the column that `advantage` adds is the definition's, group by group.
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

import ordergrad_ref as og
from ordergrad_ref import definition, maxk
from ordergrad_ref.commands.audit import AUDIT_EXAMPLES

ROOT = Path(og.__file__).parents[1]
FAMILY = list(maxk.FAMILY)

ESTIMATORS = """
import numpy as np
from sibling import centre

def unbiased(x):
    return centre(x)

def biased(x):
    return centre(x) / (x.std() or 1)

def imports_when_called(x):
    from another_sibling import spread
    return centre(x) / spread(x)

class Best:
    @staticmethod
    def advantage(x, k):
        from ordergrad_ref import maxk
        return maxk.canonical(x, k)

    def method(self, x):
        return x

def fails(x):
    raise RuntimeError("device\\nnot found")

def too_few(x):
    return x[1:]

def in_place(x):
    x -= x.mean()
    return x

def leaves(x):
    raise SystemExit(0)

constant = 3
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with estimators in it, which is the current one, and modules of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    (tmp_path / "sibling.py").write_text("def centre(x):\n    return x - x.mean()\n")
    (tmp_path / "another_sibling.py").write_text("def spread(x):\n    return 2.0\n")
    (tmp_path / "estimators.py").write_text(ESTIMATORS)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "module.py").write_text("def advantage(x):\n    return x - x.mean()\n")
    (tmp_path / "broken.py").write_text("def f(x:\n")
    (tmp_path / "raises.py").write_text("raise OSError('no such\\ndevice')\n")
    (tmp_path / "leaves.py").write_text("import sys\nsys.exit(0)\n")
    (tmp_path / "prints.py").write_text("print('hello from prints')\ndef f(x):\n    return x\n")
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def process(*arguments, cwd, **environment):
    """Run the command as a process of its own, which finds no module in the current folder by itself."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "ordergrad_ref", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
    )


def cells(table):
    """The rows of a printed table, as lists of cells."""
    return [[c.strip() for c in line.split("│")[1:-1]] for line in table.splitlines() if "│" in line]


def tick(finding):
    return {True: "✓", False: "✗", None: "–"}[finding]


def is_one_line(text):
    return text.endswith("\n") and text.count("\n") == 1 and "Traceback" not in text


# ---- audit of the family


@pytest.mark.parametrize(
    ("objective", "n"), [("max@4", 8), ("mean@2", 5), ("max@3", 3), ("harrell_davis(0.5)@4", 5)]
)
def test_family_agrees_with_the_reports(command, objective, n):
    result = command("audit", "-o", objective, "-n", n)
    assert result.status == 0
    assert result.err == ""
    rows = {row[0]: row for row in cells(result.out)}
    assert [name for name in rows if name in FAMILY] == FAMILY
    k = og.objective(objective).k
    for name, estimator in maxk.FAMILY.items():
        contract = estimator.contract
        _, formula, asked, _, constant, factor, *laws = rows[name]
        assert formula == contract.formula
        if n < contract.smallest_group(k):
            assert "undefined" in " ".join(rows[name])
            assert asked == constant == "–"
            continue
        own = og.audit(estimator, contract.objective(n, k), n)
        assert asked == tick(og.audit(estimator, objective, n).unbiased)
        assert constant == ("–" if own.constant is None else str(own.constant))
        assert laws == [tick(own.centred), tick(own.shift_invariant)]
        if own.unbiased and own.to_gradient != 1:
            assert factor == f"{own.to_gradient} Σ A ∇log p"


def test_family_names_the_values_it_used(command):
    assert "on the rewards 0, 1, 4, 6 (maxrl: 0, 1).\n" in command("audit").out
    assert "on the rewards 0, 2, 3 (maxrl: 0, 1).\n" in command("audit", "--values", "0,2,3").out
    assert "on the rewards 0, 1.\n" in command("audit", "--values", "1,0").out


def test_family_with_requirements(command):
    result = command("audit", "--require", "centred")
    assert result.status == 1
    assert [line.split(":")[1].strip() for line in result.err.splitlines()] == [
        name for name in FAMILY if not maxk.FAMILY[name].contract.centred
    ]


def test_a_broken_contract_is_found(command, monkeypatch):
    """An estimator that claims more than it keeps ends the audit in status 1."""
    estimator = maxk.FAMILY["pkpo"]

    def claims_too_much(rewards, k):
        return estimator(rewards, k)

    claims_too_much.contract = maxk.FAMILY["canonical"].contract
    monkeypatch.setitem(maxk.FAMILY, "pkpo", claims_too_much)
    result = command("audit", "pkpo")
    assert result.status == 1
    assert result.err == (
        "not held: centred: expected to hold, does not\n"
        "not held: shift-invariant: expected to hold, does not\n"
        "not held: constant: expected 1/4, found 1/8\n"
    )
    assert command("audit").status == 1


@pytest.mark.parametrize("objective", ["max@4", "harrell_davis(0.125)@4"])
def test_family_fits_eighty_columns(command, monkeypatch, objective):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    result = command("audit", "-o", objective)
    assert "…" not in result.out
    assert max(map(len, result.out.splitlines())) <= 80
    assert [row[0] for row in cells(result.out) if row[0] in FAMILY] == FAMILY
    assert next(row[2:4] for row in cells(result.out) if row[0] == "canonical") == ["max@K", "1/4"]
    header = [line.split("┃")[2].strip() for line in result.out.splitlines() if line.startswith("┃")]
    assert "".join(header).replace(" ", "") == f"∇{objective}"


# ---- audit of one


@pytest.mark.parametrize(
    ("target", "arguments", "status"),
    [
        ("maxpo", [], 0),
        ("maxpo", ["-n", "5", "-o", "max@2"], 0),
        ("maxpo", ["-o", "median@3"], 1),
        ("maxpo", ["-o", "max@1"], 0),
        ("grpo", [], 0),
        ("grpo", ["-o", "mean@1"], 1),
        ("grpo", ["--require", "centred"], 0),
        ("grpo", ["--require", "unbiased"], 1),
        ("subset_mean_baseline", ["-n", "4"], 0),
        ("subset_mean_baseline", ["-n", "4", "--require", "unbiased"], 1),
        ("maxrl", [], 0),
        ("maxrl", ["--require", "shift-invariant"], 1),
        ("runner_up_gap", [], 0),
        ("runner_up_gap", ["-o", "max@4"], 1),
        ("runner_up_gap", ["-o", "max@8"], 0),
        ("package.module:advantage", ["-o", "mean@1"], 0),
        ("package.module:advantage", [], 1),
        ("package/module.py:advantage", ["-o", "mean@1"], 0),
        ("./package/module.py:advantage", ["-o", "mean@1", "--values", "-1,0,3"], 0),
        ("estimators:unbiased", ["-o", "mean@1"], 0),
        ("estimators.py:unbiased", ["-o", "mean@1"], 0),
        ("estimators.py:biased", ["-o", "mean@1"], 1),
        ("estimators.py:biased", ["-o", "mean@1", "--require", "centred,tie-consistent"], 0),
        ("estimators.py:imports_when_called", ["-o", "mean@1", "--require", "constant=7/16"], 0),
        ("estimators.py:Best.advantage", [], 0),
        ("estimators:Best.advantage", ["-o", "max@3", "-n", "6"], 0),
    ],
)
def test_audit_of_one(here, command, target, arguments, status):
    result = command("audit", target, *arguments)
    assert result.status == status
    assert result.err.startswith("not held: ") if status else result.err == ""
    assert "unbiased" in result.out


def test_audit_prints_the_report(here, command):
    result = command("audit", "estimators.py:biased", "-o", "mean@1", "-n", 6)
    report = og.audit(lambda x: (x - x.mean()) / (x.std() or 1), "mean@1", n=6)
    assert "biased, audited for mean@1 in groups of 6" in result.out
    found = {row[0]: row[1] for row in cells(result.out)}
    for name in ("unbiased", "centred", "shift_invariant", "permutation_equivariant", "tie_consistent"):
        assert found[name.replace("_", "-")] == tick(getattr(report, name))
    assert str(report.counterexample) in result.out
    assert result.err == "not held: unbiased: expected to hold, does not\n"


def test_objective_without_a_spelling_is_named_in_words(command):
    title = command("audit", "maxrl", "-n", 5).out.splitlines()[0]
    assert title.strip() == f"maxrl, audited for {maxk.maxrl.contract.target} in groups of 5"


@pytest.mark.parametrize(
    ("require", "failures"),
    [
        (["unbiased"], []),
        (["unbiased,centred", "shift-invariant"], []),
        ([" Permutation-Equivariant , tie_consistent"], []),
        (["constant=1/4"], []),
        (["constant=0.25"], []),
        (["constant=1/3"], ["constant: expected 1/3, found 1/4"]),
        (["constant=-1/4,centred"], ["constant: expected -1/4, found 1/4"]),
    ],
)
def test_require(command, require, failures):
    result = command("audit", "canonical", *(x for r in require for x in ("--require", r)))
    assert result.err == "".join(f"not held: {f}\n" for f in failures)
    assert result.status == bool(failures)


def test_required_constant_is_compared_within_the_tolerance_of_the_dtype(here, command):
    (here / "coarse.py").write_text(
        "import numpy as np\n"
        "def f(x, k):\n"
        "    from ordergrad_ref import maxk\n"
        "    return maxk.canonical(x, k).astype(np.float32) * np.float32(123 / 457)\n"
    )
    require = ["coarse.py:f", "--values", "0,1", "--require"]
    assert command("audit", *require, "constant=123/1828").status == 0
    assert command("audit", *require, "constant=124/1828").status == 1


# ---- how it is called


SHAPES = """
def flat(rewards, group_ids):
    return [r - rewards[group_ids == g].mean() for r, g in zip(rewards, group_ids)]

def depth(x, pass_k, mode="maxpo"):
    from ordergrad_ref import maxk
    return getattr(maxk, mode)(x, pass_k)

def spread(x):
    return (x - x.mean()) / x.std()

def hangs(x):
    while True:
        pass
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["flat", "-o", "mean@1"], "called with flat rewards (G·N,) with group ids (group_ids)"),
        (["depth", "--kwarg", "pass_k=4"], "c = 1/4"),
        (["depth", "--kwarg", "pass_k=4", "--kwarg", "mode=pkpo"], "c = 1/8"),
        (["depth", "--kwarg", "pass_k=4", "--layout", "rows"], "called with one group (N,) at a time"),
        (["depth", "--kwarg", "pass_k=4", "--layout", "table", "--library", "numpy"], "with tables (G, N)"),
    ],
)
def test_how_it_is_called(here, command, arguments, words):
    (here / "shapes.py").write_text(SHAPES)
    function, *options = arguments
    result = command("audit", f"shapes.py:{function}", *options)
    assert (result.status, result.err) == (0, "")
    assert words in result.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["shapes.py:depth"],
            "depth expected to take rewards (and k, K or objective; group ids; a mask), needs pass_k",
        ),
        (["shapes.py:depth", "--kwarg", "pas_k=4"], "takes no 'pas_k'; did you mean 'pass_k'?"),
        (["shapes.py:depth", "--kwarg", "4"], "kwarg: expected name=value, got '4'"),
        (["shapes.py:depth", "--kwarg", "pass_k=four"], "depth raised "),
        (["shapes.py:spread", "--layout", "tokens"], "spread "),
        (["shapes.py:spread", "--layout", "flat"], "layout: flat expected a parameter for group ids"),
        (["shapes.py:hangs", "--timeout", "0.3"], "hangs did not answer within 0.3 s, on rewards ["),
        (["shapes.py:hangs", "--timeout", "0"], "timeout: expected a positive number of seconds, got 0.0"),
        (["--process", "/no/such/program"], "process: cannot start /no/such/program: "),
        (
            ["--process", "true", "shapes.py:flat"],
            "target: expected none beside a process, got 'shapes.py:flat'",
        ),
        (["--layout", "rows"], "layout: expected none without a target, got 'rows'"),
    ],
)
def test_how_it_cannot_be_called(here, command, arguments, message):
    (here / "shapes.py").write_text(SHAPES)
    result = command("audit", *arguments)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert is_one_line(result.err)


# ---- bad input is one line, and status 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "target: expected package.module:function, path/to/file.py:function or a built-in"),
        (["nothing"], "got 'nothing'. Built in: pkpo, "),
        (["maxpoo"], "did you mean 'maxpo'?"),
        (["estimators.py"], "target: expected package.module:function, path/to/file.py:function"),
        (["estimators.py:"], "target: expected package.module:function, path/to/file.py:function"),
        ([":f"], "target: expected package.module:function, path/to/file.py:function"),
        (["no_such_module:f"], "importing no_such_module raised ModuleNotFoundError: No module named"),
        (["package.no_such:f"], "importing package.no_such raised ModuleNotFoundError"),
        (["no_such.py:f"], "target: no such file: no_such.py"),
        (["package:f"], "target: package has no 'f'"),
        (["broken.py:f"], "importing broken.py raised SyntaxError: "),
        (["broken:f"], "importing broken raised SyntaxError: "),
        (["raises.py:f"], "importing raises.py raised OSError: no such device"),
        (["leaves.py:f"], "importing leaves.py raised SystemExit: 0"),
        (["leaves:f"], "importing leaves raised SystemExit: 0"),
        (["estimators.py:unbaised"], "estimators.py has no 'unbaised'; did you mean 'unbiased'?"),
        (["estimators.py:Best.advntage"], "has no 'Best.advntage'; did you mean 'advantage'?"),
        (["estimators.py:Best.method"], "needs x; wrap it in a function of the rewards alone"),
        (["estimators.py:constant"], "expected a function, estimators.py:constant is a int"),
        (["estimators.py:fails"], "fails raised RuntimeError: device not found, on rewards ["),
        (["estimators.py:too_few"], "too_few expected to return shape (8,) for rewards of that shape"),
        (["estimators.py:in_place"], "in_place changed its input"),
        (["estimators.py:leaves"], "leaves raised SystemExit: 0, on rewards ["),
        (["json:dumps"], "dumps raised TypeError"),
        (["math:sqrt"], "sqrt raised TypeError"),
        (["maxpo", "-n", "4"], "maxpo raised GroupTooSmallError"),
        (["maxpo", "-n", "3"], "n: expected at least K = 4 rewards a group for max@4, got 3"),
        (["-n", "3"], "n: expected at least K = 4 rewards a group for max@4, got 3"),
        (["-n", "-1", "-o", "max@1"], "n: expected at least K = 1"),
        (["-o", "max@2.5"], "max@2.5 has no unbiased estimator"),
        (["maxpo", "-o", "max@2.5"], "max@2.5 has no unbiased estimator"),
        (["maxpo", "--values", "0,x"], "values: expected numbers such as 0,1,4,6, got '0,x'"),
        (["maxpo", "--values", ""], "values: expected numbers such as 0,1,4,6, got ''"),
        (["maxpo", "--values", "0,1/0"], "values: expected numbers"),
        (["maxpo", "--values", "0,nan"], "values: expected numbers"),
        (["maxpo", "--values", "1"], "values: expected at least two distinct rewards"),
        (["maxpo", "--values", "0,0.1"], "values: expected numbers that floats represent exactly, got 1/10"),
        (["maxpo", "--values", "0,1e400"], "values: expected numbers that floats represent exactly"),
        (["maxpo", "--require", "unbaised"], "got 'unbaised'; did you mean 'unbiased'?"),
        (["maxpo", "--require", "centered"], "got 'centered'; did you mean 'centred'?"),
        (["maxpo", "--require", ""], "require: expected unbiased, centred,"),
        (["maxpo", "--require", "constant"], "require: expected unbiased, centred,"),
        (["maxpo", "--require", "constant=x"], "require: expected a constant such as 1/4, got 'x'"),
        (["maxpo", "--require", "unbiased=1"], "require: expected unbiased, centred,"),
    ],
)
def test_bad_audit(here, command, arguments, message):
    result = command("audit", *arguments)
    assert result.status == 2
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert message in result.err
    assert is_one_line(result.err)


def test_unknown_objective_lists_the_spellings(command):
    result = command("audit", "maxpo", "-o", "maxx@4")
    assert result.status == 2
    assert "error: --objective: expected a known name, got 'maxx'" in result.err
    assert "harrell_davis(q)@K" in result.err


@pytest.mark.parametrize("arguments", [["--nope"], ["-n", "many"], ["a", "b"]])
def test_bad_usage(command, arguments):
    result = command("audit", *arguments)
    assert result.status == 2
    assert "Usage: " in result.err
    assert "Traceback" not in result.err


# ---- as a process


def test_version():
    import ordergrad_ref

    result = process("--version", cwd="/")
    assert result.returncode == 0
    assert result.stdout.decode().strip() == (
        f"ordergrad-ref {ordergrad_ref.__version__}, specification {ordergrad_ref.__spec_version__}"
    )


def test_a_process_finds_what_lies_in_the_current_folder(here):
    for target in ("package.module:advantage", "estimators.py:unbiased", "estimators.py:imports_when_called"):
        result = process("audit", target, "-o", "mean@1", cwd=here)
        assert (result.returncode, result.stderr) == (0, b"")


def test_a_file_finds_its_siblings_from_elsewhere(here):
    (here / "away").mkdir()
    for target in ("../estimators.py:unbiased", "../estimators.py:imports_when_called"):
        result = process("audit", target, "-o", "mean@1", cwd=here / "away")
        assert (result.returncode, result.stderr) == (0, b"")


def test_what_a_target_prints_stays_out_of_the_table(here):
    result = process("audit", "prints.py:f", "-o", "mean@1", cwd=here)
    assert result.returncode == 0
    assert "hello" not in result.stdout.decode()
    assert result.stderr == b"hello from prints\n"


def test_what_a_target_writes_by_any_means_stays_out_of_the_table(here):
    (here / "talks.py").write_text(
        "import os, subprocess, sys\n"
        "print('Python, at import')\n"
        "sys.__stdout__.write('the stream itself')\n"
        "def f(x):\n"
        "    print('Python, in a call')\n"
        "    os.write(1, b'the descriptor')\n"
        "    return x\n"
        "subprocess.run(['echo', 'a child'], check=True)\n"
    )
    result = process("audit", "talks.py:f", "-o", "mean@1", "-n", "3", cwd=here)
    assert result.returncode == 0
    out, err = result.stdout.decode(), result.stderr.decode()
    assert out.lstrip().startswith("f, audited for mean@1 in groups of 3")
    assert "it prints to standard output ('Python, in a call' first)" in " ".join(out.split())
    for words in ("Python, at import", "the stream itself", "the descriptor", "a child"):
        assert words not in out
        assert words in err


def test_leaving_at_import_is_no_success(here):
    result = process("audit", "leaves.py:f", cwd=here)
    assert result.returncode == 2
    assert result.stdout == b""
    assert is_one_line(result.stderr.decode())


@pytest.mark.parametrize("when", ["at import", "in a call"])
def test_leaving_by_the_back_door_is_no_success(here, when):
    leave = "os._exit(0)"
    (here / "vanishes.py").write_text(
        f"import os\n{leave if when == 'at import' else ''}\ndef f(x):\n    {leave}\n"
    )
    for target in ("vanishes.py:f", "vanishes:f"):
        result = process("audit", target, cwd=here)
        assert result.returncode == 2
        assert "raised SystemExit: 0" in result.stderr.decode()
        assert is_one_line(result.stderr.decode())


def test_ticks_in_a_pipe_of_any_encoding(here):
    result = process("audit", "grpo", cwd=here, PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert "✓" in result.stdout.decode()
    result = process("audit", "no_such_µ.py:f", cwd=here, PYTHONIOENCODING="latin-1")
    assert result.returncode == 2
    assert "no_such_µ.py" in result.stderr.decode()


# ---- help


def test_help(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    for arguments, words in {
        ("--help",): ["audit", "advantage", "--version"],
        ("-h",): ["audit", "advantage"],
        ("audit", "--help"): ["Examples", "ordergrad-ref audit maxpo -n 6", "Exit status", "--require"],
        ("advantage", "--help"): ["Examples", "ordergrad-ref advantage rollouts.csv", "--small-groups"],
    }.items():
        result = command(*arguments)
        assert result.status == 0
        for word in words:
            assert word in result.out


def test_no_arguments_show_help(command):
    result = command()
    assert "Usage: " in result.out + result.err
    assert "advantage" in result.out + result.err


def test_examples_in_the_help_are_commands(here, command):
    """Each example of `audit` that needs no file of the reader's runs."""
    examples = [line.removeprefix("- ordergrad-ref ") for line in AUDIT_EXAMPLES.splitlines() if "- " in line]
    ready = [e.split() for e in examples if ":" not in e and "port.js" not in e]
    assert len(ready) >= 2
    for example in ready:
        assert command(*example).status == 0


# ---- advantage


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
        (["runs.txt", *REWARDS], "expected a name that ends in .csv"),
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


# ---- advantage: several columns


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


# ---- advantage: files


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


def test_a_crash_of_the_interpreter_names_the_line(tmp_path):
    file = tmp_path / "crashing.py"
    file.write_text("import ctypes\ndef f(x):\n    return ctypes.string_at(0)\n")
    command = [sys.executable, "-m", "ordergrad_ref", "audit", str(file) + ":f"]
    run = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert run.returncode not in (0, 1)
    assert "Fatal Python error" in run.stderr
    assert f'"{file}", line 3 in f' in run.stderr
