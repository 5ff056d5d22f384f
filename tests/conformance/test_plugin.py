"""``pytest --pyargs ordergrad_ref.conformance``: one test for each property, and expected failures.

Law: a property that holds passes, one that does not fails; with a line in the file of expected failures, one
that does not hold is an expected failure, and one that does fails. Law: a run that does not ask for these
tests has none of their options.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest

import _ordergrad_ref_pytest
import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.auditing.properties import PROPERTIES
from ordergrad_ref.conformance import plugin
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.targets.adapted import LayoutName, LibraryName
from ordergrad_ref.vectors.golden import load

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]

FUNCTIONS = """
def centred(x):
    return x - x.mean(-1, keepdims=True)

def biased(x):
    return (x - x.mean()) / (x.std() or 1)

def bound(x, depth, mode="no"):
    assert (depth, mode) == (3, "yes")
    return x

def fails(x):
    raise RuntimeError("device not found")
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run pytest on the conformance tests in a folder of its own; give the outcome of each property."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    pytester.makepyfile(functions=FUNCTIONS)

    def run(*options):
        result = pytester.runpytest_inprocess(
            "-p", "_ordergrad_ref_pytest", "-p", "no:cacheprovider", "-rA",
            "-W", "ignore::pytest.PytestAssertRewriteWarning",
            "--pyargs", "ordergrad_ref.conformance", *options,
        )  # fmt: skip
        words = [line.split(" - ")[0].split() for line in result.outlines if "test_property[" in line]
        result.found = {
            test.partition("[")[2].rstrip("]"): outcome for outcome, test in (w for w in words if len(w) == 2)
        }
        return result

    return run


OUTCOMES = {True: "PASSED", False: "FAILED"}


def outcomes(report):
    """What each property's test must come to; the skipped are not listed."""
    verdicts = {plugin.label(p): plugin.holds(report, p) for p in PROPERTIES}
    return {p: OUTCOMES[holds] for p, holds in verdicts.items() if holds is not None}


@pytest.mark.slow
def test_one_test_for_each_property(run):
    report = og.audit(lambda x: x - x.mean(-1, keepdims=True), "mean@1")
    result = run("--ordergrad-target", "functions.py:centred", "--ordergrad-objective=mean@1")
    assert result.ret == 0
    assert result.found == outcomes(report)
    assert set(result.found.values()) == {"PASSED"}


@pytest.mark.slow
def test_what_does_not_hold_fails_with_its_reason(run):
    report = og.audit(lambda x: (x - x.mean()) / (x.std() or 1), "max@3", n=5)
    result = run("--ordergrad-target=functions:biased", "--ordergrad-objective=max@3", "--ordergrad-n=5")
    assert result.ret == 1
    assert result.found == outcomes(report)
    assert result.found["unbiased"] == "FAILED"
    output = result.stdout.str()
    assert report.verdict in output
    assert str(report.counterexample) in output
    assert "Traceback" not in output
    told = "".join(line for line in output.splitlines() if not line.startswith("SKIPPED"))
    assert "test_properties.py:" not in told.replace("test_properties.py::", "")


def test_what_cannot_be_tested_is_skipped(run):
    report = og.audit(maxk.maxrl, "mean@1", values=(0, 1))
    result = run("--ordergrad-target=maxrl", "--ordergrad-values=0,1", "--ordergrad-objective=mean@1")
    assert result.found == outcomes(report)
    assert "shift-invariant" not in result.found
    assert result.parseoutcomes()["skipped"] == len(PROPERTIES) - len(result.found) + 1  # and the vectors


@pytest.mark.slow
def test_arguments_are_bound(run):
    result = run(
        "--ordergrad-target=functions.py:bound", "--ordergrad-objective=mean@1", "--ordergrad-layout=rows",
        "--ordergrad-kwarg=depth=3", "--ordergrad-kwarg", "mode=yes", "--ordergrad-library=numpy",
        "--ordergrad-timeout=5",
    )  # fmt: skip
    assert result.found["unbiased"] == "PASSED"
    assert result.found["centred"] == "FAILED"


# ---- golden vectors


PORT = """
import json, sys
from ordergrad_ref.vectors.golden import load
input()
print(json.dumps({"protocol": "ordergrad-ref/1", "name": "a cheat", "functions": ["value"]}), flush=True)
cases = [case for case in load() if case.function == "value" and not case.options]
kinds = dict.fromkeys(case.group for case in cases)
answers = [(case.error, case.expected) for kind in kinds for case in cases if case.group == kind]
for (error, expected), line in zip(answers, sys.stdin):
    said = {"error": {"class": error, "message": ""}} if error else {"result": [float(x) for x in expected]}
    if "late" in sys.argv and expected:
        said["result"][0] += 1 + abs(said["result"][0])
    print(json.dumps({"id": json.loads(line)["id"], **said}), flush=True)
"""


@pytest.mark.slow
def test_vectors_of_a_process(run, pytester, monkeypatch):
    """One test for each function and kind: those that it offers are judged, the others skipped."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (pytester.path / "port.py").write_text(PORT)
    kinds = {(case.function, case.group) for case in load()}
    offered = {group for function, group in kinds if function == "value"} - {"scores", "omitted"}
    assert 1 < len(offered) < len(kinds)
    process = f"--ordergrad-process={sys.executable} {pytester.path / 'port.py'}"

    right = run(process, "-k", "test_vector")
    assert right.ret == 0
    outcomes = right.parseoutcomes()
    assert (outcomes["passed"], outcomes["skipped"]) == (len(offered), len(kinds) - len(offered))

    wrong = run(f"{process} late", "-k", "test_vector")
    assert wrong.ret == 1
    outcomes = wrong.parseoutcomes()
    assert (outcomes["passed"], outcomes["failed"]) == (1, len(offered) - 1)  # refusals pass
    wrong.stdout.fnmatch_lines("The whole way to the answer: ordergrad-ref vectors explain ID")


# ---- expected failures


@pytest.mark.slow
def test_expected_failures(run, pytester):
    """What fails without the file is expected with it; the rest is as before."""
    arguments = ["--ordergrad-objective=mean@1", "--ordergrad-n=5"]
    plain = run("--ordergrad-target=functions.py:biased", *arguments).found
    failed = [p for p, outcome in plain.items() if outcome == "FAILED"]
    assert failed
    file = pytester.path / "known.txt"
    file.write_text("# of old\n\n" + "".join(f"{p}   # the deviation\n" for p in failed))
    arguments.append("--ordergrad-expected-failures=known.txt")

    biased = run("--ordergrad-target=functions.py:biased", *arguments)
    assert biased.ret == 0
    assert biased.found == {p: "XFAIL" if p in failed else "PASSED" for p in plain}

    centred = run("--ordergrad-target=functions.py:centred", *arguments)
    assert centred.ret == 1
    assert centred.found["unbiased"] == "FAILED"
    line = failed.index("unbiased") + 3
    centred.stdout.fnmatch_lines(f"stale entry in line {line} of the expected failures: it holds")


def test_an_entry_that_cannot_be_tested_is_stale(run, pytester):
    pytester.path.joinpath("known.txt").write_text("shift_invariant")
    result = run(
        "--ordergrad-target=maxrl", "--ordergrad-objective=mean@1", "--ordergrad-expected-failures=known.txt"
    )
    assert result.found["shift-invariant"] == "FAILED"
    result.stdout.fnmatch_lines("stale entry in line 1 * cannot be tested: its rewards cannot be shifted")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "unbiased\nunbaised",
            r"2: expected one of .*, got 'unbaised'; did you mean 'unbiased'\?",
        ),
        ("fast", "1: expected one of 'unbiased', .*, got 'fast'$"),
        ("centred\n\nCentred", "3: expected each property once, got Centred again after line 1"),
    ],
)
def test_bad_expected_failures(tmp_path, text, message):
    file = tmp_path / "known.txt"
    file.write_text(text)
    with pytest.raises(InvalidInputError, match=message) as error:
        plugin.expected_failures(file)
    assert str(file) in str(error.value)


def test_no_file_of_expected_failures(tmp_path):
    with pytest.raises(InvalidInputError, match=r"expected a file of UTF-8 text, got .*nowhere"):
        plugin.expected_failures(tmp_path / "nowhere")


def test_unknown_names_stop_the_run(run, pytester):
    pytester.path.joinpath("known.txt").write_text("unbaised")
    result = run("--ordergrad-target=maxpo", "--ordergrad-expected-failures=known.txt")
    assert result.ret == 2
    assert result.found == {}
    result.stdout.fnmatch_lines("expected-failures: *known.txt:1: expected *did you mean 'unbiased'?")


# ---- nothing to judge, or nothing that can be judged


def test_without_a_target_everything_is_skipped_and_says_how(run):
    result = run()
    assert result.ret == 0
    assert result.parseoutcomes() == {"skipped": len(PROPERTIES) + 1}
    result.stdout.fnmatch_lines("*no process: pytest --pyargs * --ordergrad-process='node port.js'*")
    result.stdout.fnmatch_lines("*nothing to judge: pytest --pyargs * --ordergrad-target=package.module*")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--ordergrad-target=functions.py:fails"],
            "fails raised RuntimeError: device not found, on rewards*",
        ),
        (
            ["--ordergrad-target=functions.py:centered"],
            "target: expected the name of a function in functions.py, got 'centered'; did you mean*",
        ),
        (["--ordergrad-target=maxpo", "--ordergrad-n=3"], "n: expected at least K = 4 rewards*"),
        (["--ordergrad-target=maxpo", "--ordergrad-values=0,x"], "values: expected numbers such as 0,1,4,6*"),
        (["--ordergrad-process=/no/such/program"], "process: cannot start /no/such/program*"),
    ],
)
def test_errors_are_one_line_for_each_test(run, arguments, message):
    result = run(*arguments, "-k", "test_property")
    assert result.ret == 1
    assert result.parseoutcomes()["errors"] == len(PROPERTIES)
    result.stdout.fnmatch_lines(message)
    assert "Error:" not in result.stdout.str().replace("RuntimeError: device", "")
    assert "test_properties.py:" not in result.stdout.str().replace("test_properties.py::", "")


def test_bad_options(run, capfd):
    result = run("--ordergrad-layout=dense")
    assert result.ret == 4
    assert "invalid choice: 'dense'" in result.stderr.str()


# ---- several targets, and what is required


@pytest.mark.slow
def test_every_target_for_every_objective_at_every_size(run):
    """The product of what is named; the head of the run says what is judged."""
    result = run(
        "--ordergrad-target=functions.py:centred", "--ordergrad-target=rloo", "--ordergrad-objective=mean@1",
        "--ordergrad-objective=max@2", "--ordergrad-n=4", "--ordergrad-n=5", "--ordergrad-require=unbiased",
    )  # fmt: skip
    assert result.found == {
        f"{target}-{objective}-n{n}-unbiased": "PASSED" if objective == "mean@1" else "FAILED"
        for target in ("functions.py:centred", "rloo")
        for objective in ("mean@1", "max@2")
        for n in (4, 5)
    }
    result.stdout.fnmatch_lines(
        "ordergrad_ref: judges functions.py:centred, rloo for mean@1, max@2 at N = 4, 5; required: unbiased"
    )


def test_what_is_required_alone_is_tested(run):
    result = run(
        "--ordergrad-target=functions.py:centred", "--ordergrad-objective=mean@1", "--ordergrad-n=4",
        "--ordergrad-require=centred,constant=3/4", "--ordergrad-require=constant=1",
    )  # fmt: skip
    assert result.found == {"centred": "PASSED", "constant=3/4": "PASSED", "constant=1": "FAILED"}
    result.stdout.fnmatch_lines("constant: expected 1, found 3/4")


def test_what_is_required_and_cannot_be_tested_fails(run):
    """Without --ordergrad-full nobody asked about dtypes: that is no pass, and no skip."""
    asked = ["--ordergrad-target=rloo", "--ordergrad-objective=mean@1", "--ordergrad-n=4"]
    assert run(*asked, "--ordergrad-require=dtypes").found == {"dtypes": "FAILED"}


@pytest.mark.slow
def test_a_full_audit_has_more_properties(run):
    result = run(
        "--ordergrad-target=rloo", "--ordergrad-objective=mean@1", "--ordergrad-n=4", "--ordergrad-full"
    )
    assert {"dtypes", "large-offsets", "edge-sizes"} <= set(result.found)
    assert result.ret == 0


def test_a_requirement_that_is_none_stops_the_run(run):
    result = run("--ordergrad-target=rloo", "--ordergrad-require=unbaised")
    assert result.ret == 2
    result.stdout.fnmatch_lines("require: expected *got 'unbaised'; did you mean 'unbiased'?")


@pytest.mark.slow
def test_a_failure_teaches(run):
    """Rewards, what came and what is right stand in the message, and what gives exactly these answers."""
    output = run("--ordergrad-target=functions.py:biased", "--ordergrad-objective=max@2").stdout.str()
    assert re.search(r"A\(\S+; n\) − A\(\S+; n\) is -?[\d.]+, but a gradient of max@2 needs c K", output)
    assert re.search(r"samples +reward +came +right +or +came +right", output)
    assert "Rewards 0.5 times as large must get advantages 0.5 times as large." in output


# ---- who sees the options

OURS = re.compile(r"^  (--ordergrad-[a-z-]+)", re.MULTILINE)
ALL = [f"--ordergrad-{name}" for name in _ordergrad_ref_pytest.OPTIONS]


@pytest.fixture
def shown(pytester, monkeypatch):
    """List the options of this plug-in that ``pytest --help`` shows."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def shown(*arguments):
        again = (
            "-Wignore::pytest.PytestAssertRewriteWarning"  # it was imported by the run that this test is in
        )
        result = pytester.runpytest_inprocess(again, "-p", "_ordergrad_ref_pytest", "--help", *arguments)
        assert result.ret == 0
        return OURS.findall(result.stdout.str())

    return shown


@pytest.mark.parametrize(
    "arguments",
    [[], ["tests"], ["--pyargs", "json"], ["-k", "ordergrad"], ["test_ordergrad_ref.py"]],
    ids=str,
)
def test_other_peoples_runs_have_no_option_of_ours(shown, arguments):
    assert shown(*arguments) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--pyargs", "ordergrad_ref.conformance"],
        ["--pyargs", "ordergrad_ref.conformance.test_properties::test_property"],
        [str(ROOT / "ordergrad_ref" / "conformance")],
        ["--ordergrad-target=maxpo"],
        ["--ordergrad-n", "4"],
    ],
    ids=range(5),
)
def test_a_run_that_asks_has_them_all(shown, arguments):
    assert shown(*arguments) == ALL


def test_a_run_may_ask_in_its_environment(shown, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "-q --ordergrad-target='my.package:function'")
    assert shown() == ALL


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("pytest.ini", "[pytest]\naddopts = --ordergrad-target=maxpo --ordergrad-n=5\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = ["--ordergrad-target=maxpo", "-q"]\n'),
        ("tox.ini", "[pytest]\naddopts = --pyargs ordergrad_ref.conformance\n"),
    ],
)
def test_a_run_may_ask_in_its_configuration(shown, pytester, file, content):
    pytester.path.joinpath(file).write_text(content)
    assert shown() == ALL


@pytest.mark.skipif(pytest.version_tuple < (8, 2), reason="pytest reads arguments from files since 8.2")
def test_a_run_may_ask_in_a_file_of_arguments(shown, pytester):
    pytester.path.joinpath("arguments").write_text("-q\n--ordergrad-target=maxpo\n")
    assert shown("@arguments") == ALL
    pytester.path.joinpath("arguments").write_text("-q\n")
    assert shown("@arguments") == []


@pytest.mark.slow
def test_options_in_the_configuration_are_heeded(run, pytester):
    """As the guide has it; what stands on the command line comes last, and counts."""
    pytester.makeini(
        "[pytest]\naddopts = --ordergrad-target=functions.py:biased --ordergrad-objective=mean@1"
    )
    assert run().found["unbiased"] == "FAILED"
    assert run("--ordergrad-target=functions.py:centred").found["unbiased"] == "PASSED"


@pytest.fixture
def installed(pytester, monkeypatch):
    """Run pytest in a process where the package looks installed, plug-in and all."""
    metadata = pytester.mkdir("site") / "ordergrad_ref-0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: ordergrad_ref\nVersion: 0\n")
    entry = "[pytest11]\n_ordergrad_ref_pytest = _ordergrad_ref_pytest\n"
    (metadata / "entry_points.txt").write_text(entry)
    monkeypatch.setenv("PYTHONPATH", f"{metadata.parent}{os.pathsep}{ROOT}")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)

    def installed(*arguments):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=pytester.path)

    return installed


@pytest.mark.slow
def test_installed_it_is_silent_until_asked(installed):
    assert OURS.findall(installed("--help").stdout) == []
    assert OURS.findall(installed("--help", "--pyargs", "ordergrad_ref.conformance").stdout) == ALL


@pytest.mark.slow
def test_the_documented_command_works(installed):
    result = installed(
        "--pyargs", "ordergrad_ref.conformance", "--ordergrad-target=maxpo", "--ordergrad-objective=max@4"
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(PROPERTIES)} passed, 1 skipped" in result.stdout


# ---- how it is installed


def test_the_options_cost_nothing():
    code = "import _ordergrad_ref_pytest, sys; print({'ordergrad_ref', 'numpy', 'pytest'} & set(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout == "set()\n"


def test_the_options_know_all_layouts_and_libraries():
    options = _ordergrad_ref_pytest.OPTIONS
    assert options["layout"]["choices"] == get_args(LayoutName)
    assert options["library"]["choices"] == get_args(LibraryName)


def test_the_options_are_installed():
    """An entry point of the module's own name, so that ``-p`` does not register it twice."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    name = _ordergrad_ref_pytest.__name__
    assert project["project"]["entry-points"]["pytest11"] == {name: name}
    assert f"{name}.py" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    assert f"/{name}.py" in project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
