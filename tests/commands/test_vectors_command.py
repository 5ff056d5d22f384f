"""The commands ``ordergrad-ref vectors check | export | explain``."""

import json
import shutil
from collections import Counter

import pytest
from helpers.golden_vectors import VECTORS

from ordergrad_ref import cli
from ordergrad_ref.vectors.questions import EQUATIONS

OFFERED = [case for case in VECTORS if case.function == "advantage" and not case.options]
"""What a port of ``advantage(rewards, objective, groups)`` is asked."""


def run(arguments, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["ordergrad-ref", "vectors", *arguments])
    status = 0
    try:
        cli.main()
    except SystemExit as end:
        status = end.code or 0
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.slow
def test_check_this_library(monkeypatch, capsys):
    status, out, err = run(["check", "ordergrad_ref"], monkeypatch, capsys)
    assert (status, err) == (0, "")
    assert "Not offered" not in out
    assert "✗" not in out
    assert all(function in out for function in EQUATIONS)


@pytest.mark.slow
def test_check_a_file_that_hangs(tmp_path, monkeypatch, capsys):
    """Three hangs of a function are enough to stop asking it. It never ends, however slow the clock is."""
    file = tmp_path / "slow.py"
    file.write_text("def advantage(rewards, objective, groups=None):\n    while True: pass\n")
    status, out, _ = run(["check", str(file), "--timeout", "0.05", "--json"], monkeypatch, capsys)
    outcomes = json.loads(out)["cases"]
    said = Counter(o["said"] for o in outcomes if o["verdict"] == "failed")
    assert status == 1
    assert said["did not answer within 0.05 s"] == 3
    assert (
        sum(said.values())
        == said["did not answer within 0.05 s"] + said["not asked any more: advantage did not answer 3 times"]
        == len(OFFERED)
    )


@pytest.mark.slow
def test_other_functions_of_a_file_that_hangs_are_still_asked(tmp_path, monkeypatch, capsys):
    """Here the time is said to be up, and no clock takes part."""
    file = tmp_path / "slow.py"
    file.write_text(
        "import ordergrad_ref as og\n"
        "from ordergrad_ref.targets.guards import TimedOut\n"
        "value = og.value\n"
        "def advantage(rewards, objective, groups=None):\n"
        "    raise TimedOut\n"
    )
    status, out, _ = run(["check", str(file), "--timeout", "600", "--json"], monkeypatch, capsys)
    outcomes = json.loads(out)["cases"]
    assert status == 1
    assert {o["verdict"] for o in outcomes if o["function"] == "advantage"} == {"failed", "not offered"}
    assert {o["verdict"] for o in outcomes if o["function"] == "value"} == {"passed"}


@pytest.mark.slow
def test_check_a_wrong_file(tmp_path, monkeypatch, capsys):
    file = tmp_path / "mine.py"
    file.write_text(
        "import ordergrad_ref as og\n"
        "def advantage(rewards, objective, groups=None):\n"
        "    n = rewards.shape[-1]\n"
        "    return og.advantage(rewards, objective, groups=groups) * (n - 1) / n\n"
    )
    status, out, _ = run(["check", str(file)], monkeypatch, capsys)
    assert status == 1
    assert "inclusion, leave_one_out, " in out
    assert "by (of advantage), where (of advantage), nan_policy (of advantage)" in " ".join(out.split())
    assert f"of {len(OFFERED)} cases that it offers pass; there are {len(VECTORS)}." in out
    assert out.count("✗") == 7 + 1  # kinds of advantage, all of them; refusals pass
    assert "failed: advantage-max-1-distinct: expected [3] = 28/5, got 4.66666" in out
    assert "u·scale off, 36 allowed" in out
    assert "more" in out
    status, out, _ = run(["check", str(file), "--json", "--dtype", "float32"], monkeypatch, capsys)
    report = json.loads(out)
    assert status == 1
    assert report["failed"] == sum(case["verdict"] == "failed" for case in report["cases"]) > 50
    assert report["passed"] + report["failed"] + report["not offered"] == len(VECTORS)
    assert report["dtype"] == "float32"


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "ordergrad_ref", "--process", "node port.js"],
        ["check", "json"],
        ["check", "no_such_module"],
        ["check", "ordergrad_ref", "--dtype", "float16"],
        ["check", "ordergrad_ref", "--vectors", "/no/such/folder"],
        ["check", "--process", "/no/such/program"],
        ["check", "--process", "node port.js", "--timeout", "0"],
        ["explain", "advantage-max-2-distinkt"],
    ],
    ids=range(9),
)
def test_bad_input_ends_in_one_line(arguments, monkeypatch, capsys):
    status, out, err = run(arguments, monkeypatch, capsys)
    assert status == 2
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1


@pytest.mark.slow
def test_check_exported_vectors(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "a" / "b"
    status, out, _ = run(["export", str(folder)], monkeypatch, capsys)
    assert status == 0
    assert "Wrote 20 files" in out
    status, out, _ = run(["check", "ordergrad_ref", "--vectors", str(folder)], monkeypatch, capsys)
    assert status == 0
    shutil.copy(folder / "value.json", folder / "advantage.json")
    status, _, err = run(["check", "ordergrad_ref", "--vectors", str(folder)], monkeypatch, capsys)
    assert status == 2
    assert "advantage.json: expected the SHA-256" in err


def test_export_onto_a_file(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    status, _, err = run(["export", str(tmp_path / "file")], monkeypatch, capsys)
    assert status == 2
    assert err.startswith("error: ")


@pytest.mark.slow
def test_a_module_that_prints_does_not_spoil_json(tmp_path, monkeypatch, capsys):
    file = tmp_path / "talks.py"
    file.write_text("print('loading')\nfrom ordergrad_ref import value")
    status, out, err = run(["check", str(file), "--json"], monkeypatch, capsys)
    assert status == 0
    assert json.loads(out)["failed"] == 0
    assert err == "loading\n"


def test_explain_by_the_definition(monkeypatch, capsys):
    status, out, _ = run(["explain", "advantage-max-2-distinct"], monkeypatch, capsys)
    assert status == 0
    assert "  5, 0  0, 5    5\n" in out
    assert "v = E[T(S)] = 32/5" in out
    assert "9    9     51/10   39/10" in out
    assert "eqs. (20), (25)" in out
