"""The command ``ordergrad-ref audit``: what it prints, and its exit status.

Law: 0 where all that is claimed or required holds, 1 where it does not, 2 for bad input, which is answered in
one line on standard error.
"""

import json
import re
import sys
from pathlib import Path

import pytest
from helpers.running import is_one_line, process

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.commands.audit import EXAMPLES

FAMILY = list(maxk.FAMILY)


def cells(table):
    """The rows of a printed table, as lists of cells."""
    return [[c.strip() for c in line.split("│")[1:-1]] for line in table.splitlines() if "│" in line]


def tick(finding):
    return {True: "✓", False: "✗", None: "–"}[finding]


# ---- audit of the family


@pytest.mark.slow
@pytest.mark.parametrize(
    ("objective", "n"), [("max@4", 6), ("mean@2", 5), ("max@3", 3), ("harrell_davis(0.5)@4", 5)]
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


@pytest.mark.slow
def test_family_names_the_values_it_used(command):
    assert "on the rewards -2, 0, 1/2, 4 (maxrl: 0, 1).\n" in command("audit", "-n", 5).out
    assert "on the rewards 0, 2, 3 (maxrl: 0, 1).\n" in command("audit", "--values", "0,2,3", "-n", 5).out
    assert "on the rewards 0, 1.\n" in command("audit", "--values", "1,0", "-n", 5).out


@pytest.mark.slow
def test_family_with_requirements(command):
    result = command("audit", "--require", "centred", "-n", 5)
    assert result.status == 1
    assert [line.split(":")[1].strip() for line in result.err.splitlines()] == [
        name for name in FAMILY if not maxk.FAMILY[name].contract.centred
    ]


@pytest.mark.slow
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
    assert command("audit", "-n", 5).status == 1


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["max@4", "harrell_davis(0.125)@4"])
def test_family_fits_eighty_columns(command, monkeypatch, objective):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    result = command("audit", "-o", objective, "-n", 5)
    assert "…" not in result.out
    assert max(map(len, result.out.splitlines())) <= 80
    assert [row[0] for row in cells(result.out) if row[0] in FAMILY] == FAMILY
    assert next(row[2:4] for row in cells(result.out) if row[0] == "canonical") == ["max@K", "1/4"]
    header = [line.split("┃")[2].strip() for line in result.out.splitlines() if line.startswith("┃")]
    assert "".join(header).replace(" ", "") == f"∇{objective}"


# ---- audit of one


@pytest.mark.slow
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
        ("estimators.py:Best.method", ["-o", "mean@1"], 0),
        ("estimators:Best.advantage", ["-o", "max@3", "-n", "6"], 0),
    ],
)
def test_audit_of_one(here, command, target, arguments, status):
    result = command("audit", target, *arguments)
    assert result.status == status
    assert result.err.startswith("not held: ") if status else result.err == ""
    assert "unbiased" in result.out


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["shapes.py:depth"],
            "depth expected to take rewards (and k, K or objective; group ids; a mask), needs pass_k",
        ),
        (["shapes.py:depth", "--kwarg", "pas_k=4"], "got 'pas_k'; did you mean 'pass_k'?"),
        (["shapes.py:depth", "--kwarg", "4"], "kwarg: expected name=value, got '4'"),
        (["shapes.py:depth", "--kwarg", "pass_k=four"], "depth raised "),
        (["shapes.py:spread", "--layout", "tokens"], "spread "),
        (["shapes.py:spread", "--layout", "flat"], "layout: expected for flat a parameter for group ids"),
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


@pytest.mark.slow
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
        (["no_such.py:f"], "target: expected a file, got no_such.py, which is none"),
        (["package:f"], "target: expected the name of a function in package, got 'f'"),
        (["broken.py:f"], "importing broken.py raised SyntaxError: "),
        (["broken:f"], "importing broken raised SyntaxError: "),
        (["raises.py:f"], "importing raises.py raised OSError: no such device"),
        (["leaves.py:f"], "importing leaves.py raised SystemExit: 0"),
        (["leaves:f"], "importing leaves raised SystemExit: 0"),
        (["estimators.py:unbaised"], "in estimators.py, got 'unbaised'; did you mean 'unbiased'?"),
        (["estimators.py:Best.advntage"], "got 'Best.advntage'; did you mean 'advantage'?"),
        (["estimators.py:constant"], "expected a function, got estimators.py:constant, a int"),
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


def test_an_unknown_objective_is_told_where_the_spellings_are(command):
    result = command("audit", "maxpo", "-o", "maxx@4")
    assert result.status == 2
    assert "error: --objective: expected a known name, got 'maxx'" in result.err
    assert "did you mean 'max@4'? docs/guides/objectives.md lists all spellings" in result.err
    assert is_one_line(result.err)


@pytest.mark.parametrize("arguments", [["--nope"], ["-n", "many"], ["maxpo", "--timeout", "soon"]])
def test_bad_usage(command, arguments):
    result = command("audit", *arguments)
    assert result.status == 2
    assert "Usage: " in result.err
    assert "Traceback" not in result.err


# ---- as a process


@pytest.mark.slow
def test_a_process_finds_what_lies_in_the_current_folder(here):
    for target in ("package.module:advantage", "estimators.py:unbiased", "estimators.py:imports_when_called"):
        result = process("audit", target, "-o", "mean@1", cwd=here)
        assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.slow
def test_a_file_finds_its_siblings_from_elsewhere(here):
    (here / "away").mkdir()
    for target in ("../estimators.py:unbiased", "../estimators.py:imports_when_called"):
        result = process("audit", target, "-o", "mean@1", cwd=here / "away")
        assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.slow
def test_what_a_target_prints_stays_out_of_the_table(here):
    result = process("audit", "prints.py:f", "-o", "mean@1", cwd=here)
    assert result.returncode == 0
    assert "hello" not in result.stdout.decode()
    assert result.stderr == b"hello from prints\n"


@pytest.mark.slow
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


@pytest.mark.slow
def test_leaving_at_import_is_no_success(here):
    result = process("audit", "leaves.py:f", cwd=here)
    assert result.returncode == 2
    assert result.stdout == b""
    assert is_one_line(result.stderr.decode())


@pytest.mark.slow
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


# ---- help


@pytest.mark.slow
def test_examples_in_the_help_are_commands(here, command):
    """Each example of `audit` that needs no file of the reader's runs."""
    examples = [line.removeprefix("- ordergrad-ref ") for line in EXAMPLES.splitlines() if "- " in line]
    ready = [e.split() for e in examples if ":" not in e and "port.js" not in e]
    assert len(ready) >= 2
    for example in ready:
        assert command(*example).status == 0


@pytest.mark.slow
def test_what_takes_tables_and_mixes_their_groups_fails(here, command):
    """Its single groups are right; what they get in a batch depends on the others."""
    Path("mixing.py").write_text(
        "def of_tables(rewards: list[list[float]]):\n"
        "    size = 1 + max(abs(x) for g in rewards for x in g) - max(abs(x) for x in rewards[0])\n"
        "    return [[(x - sum(g) / len(g)) * size for x in g] for g in rewards]\n\n"
        "def of_one(x):\n"
        "    return x - x.mean()\n",
        encoding="utf-8",
    )
    result = command("audit", "mixing.py:of_tables", "-o", "mean@1", "-n", "3")
    assert result.status == 1
    assert "not held: groups-apart: expected each group to get in a call with others" in result.err
    assert (
        command("audit", "mixing.py:of_tables", "-o", "mean@1", "-n", "3", "--require", "unbiased").status
        == 0
    )
    assert command("audit", "mixing.py:of_one", "-o", "mean@1", "-n", "3").status == 0


# ---- several targets


@pytest.mark.slow
def test_several_targets_are_a_table_and_the_first_lesson_of_each_that_fails(here, command):
    result = command(
        "audit", "estimators.py:unbiased", "estimators.py:biased", "rloo", "-o", "mean@1", "-n", "4"
    )
    assert result.status == 1
    rows = {row[0]: row for row in cells(result.out)}
    assert rows["estimators.py:unbiased"][2] == rows["rloo"][2] == "✓"
    assert rows["estimators.py:biased"][2] == "✗"
    assert "estimators.py:biased: biased for mean@1" in result.out
    assert re.search(r"A\(\S+; n\) − A\(\S+; n\) is", result.out)
    assert result.err == "not held: estimators.py:biased: unbiased: expected to hold, does not\n"


@pytest.mark.slow
def test_several_targets_as_data(here, command):
    result = command("audit", "rloo", "maxpo", "-n", "5", "--json", "--html", "both.html")
    assert result.status == 0
    reports = json.loads(result.out)
    assert [r["target"] for r in reports] == ["rloo", "maxpo"]
    assert [r["module"] for r in reports] == ["ordergrad_ref.maxk"] * 2
    assert {r["command"] for r in reports} == {"ordergrad-ref audit rloo maxpo -n 5 --json --html both.html"}
    assert "Audit of 2 estimators" in Path("both.html").read_text(encoding="utf-8")


def test_an_audit_says_for_which_objective_it_judged(command):
    assert "Judged for mean@1, which is what grpo claims." in command("audit", "grpo", "-n", "4").out
    assert "which is what" not in command("audit", "rloo", "-o", "mean@1", "-n", "4").out


@pytest.mark.slow
@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("targets", [[], ["rloo", "dr_grpo"]], ids=["family", "targets"])
def test_narrow_terminals_have_fewer_columns_and_say_so(command, monkeypatch, targets, width):
    """No word is broken into letters, and every column that is left out is named."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    out = re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", command("audit", *targets).out)
    assert "…" not in out
    assert max(map(len, out.splitlines())) <= width
    assert "Not shown: " in out
    shown = [cell.strip() for line in out.splitlines() if line.startswith("┃") for cell in line.split("┃")]
    assert {"c", "centred", "invariant"} <= set(shown)
    assert " ".join(out.split()).count("widen the terminal, or ask for --json.") == 1
