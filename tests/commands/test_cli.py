"""The command ``ordergrad-ref`` as such: versions, help, encodings, crashes."""

import os
import subprocess
import sys

import pytest
from helpers.running import ROOT, process

import ordergrad_ref as og


@pytest.mark.slow
def test_version():
    import ordergrad_ref

    result = process("--version", cwd="/")
    assert result.returncode == 0
    assert result.stdout.decode().strip() == (
        f"ordergrad-ref {ordergrad_ref.__version__}, specification {ordergrad_ref.__spec_version__}"
    )


@pytest.mark.slow
def test_ticks_in_a_pipe_of_any_encoding(here):
    result = process("audit", "grpo", cwd=here, PYTHONIOENCODING="ascii")
    assert result.returncode == 0
    assert "✓" in result.stdout.decode()
    result = process("audit", "no_such_µ.py:f", cwd=here, PYTHONIOENCODING="latin-1")
    assert result.returncode == 2
    assert "no_such_µ.py" in result.stderr.decode()


@pytest.mark.slow
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
            assert word in " ".join(result.out.split())


LOADED = """
import sys
from ordergrad_ref import cli
sys.argv = ["ordergrad-ref", *sys.argv[1:]]
try:
    cli.main()
except SystemExit:
    print(*sys.modules, file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "begin"),
    [
        ("advantage", ["--output", "-"], "score,advantage\n1,-1.0\n"),
        ("evaluate", ["--group", "score", "--csv"], "objective,of,estimate"),
    ],
)
def test_a_command_imports_itself_alone(name, options, begin, tmp_path):
    """The list decides how long each command takes to start, and no clock."""
    (tmp_path / "a.csv").write_text("score\n1\n2\n")
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            LOADED,
            name,
            tmp_path / "a.csv",
            "--reward",
            "score",
            "-o",
            "mean@1",
            *options,
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert run.stdout.startswith(begin)
    loaded = set(run.stderr.split())
    assert f"ordergrad_ref.commands.{name}" in loaded
    others = {"advantage", "audit", "audit_trainer", "cite", "doctor", "evaluate", "plot", "vectors"} - {name}
    assert not {f"ordergrad_ref.commands.{other}" for other in others} & loaded
    unasked = {"ordergrad_ref.auditing", "ordergrad_ref.trainers", "numba", "pyarrow", "rich.progress"}
    assert not unasked & loaded


def test_no_arguments_show_help(command):
    result = command()
    assert "Usage: " in result.out + result.err
    assert "advantage" in result.out + result.err


@pytest.mark.slow
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


def test_cite_prints_what_the_library_says(command):
    for what in ((), ("25",), ("maxpo",)):
        assert command("cite", *what).out == og.cite(*what) + "\n"
    assert command("cite", "0").status == 2


@pytest.mark.parametrize(
    ("line", "known"),
    [(("plot", "inclusion"), "'bias'"), (("vectors", "checks"), "mean 'check'"), (("no",), "'audit'")],
)
def test_a_command_that_is_not_there_is_answered_with_those_that_are(line, known, command):
    result = command(*line)
    assert result.status == 2
    assert result.err.startswith("error: command: expected one of '")
    assert known in result.err
