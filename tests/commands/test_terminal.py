"""Law: what a command says on a terminal, and its exit status, heed the environment and the signals."""

import os
import signal
import subprocess
import sys
import time

import pytest
from helpers.running import HEEDING_SIGNALS, LONGEST, ROOT

from ordergrad_ref import _progress
from ordergrad_ref.commands import progress
from ordergrad_ref.commands.terminal import tidying_up

pty = pytest.importorskip("pty", reason="this system has no terminals of that kind")

ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "TERM")}


def on_a_terminal(*arguments, cwd, **environment):
    """Run the command with standard error on a terminal; give what was written there."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "ordergrad_ref", *arguments],
        cwd=cwd,
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 4096):
            written += chunk
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return child.wait(LONGEST), written


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colour_is_left_out_where_it_is_not_wanted(environment, coloured, tmp_path):
    status, written = on_a_terminal("audit", "no_such_name", cwd=tmp_path, **environment)
    assert status == 2
    assert (b"\x1b" in written) == coloured
    assert b"error" in written


def test_signals_leave_with_their_number():
    for number in (signal.SIGTERM, signal.SIGHUP):
        before = signal.signal(number, signal.SIG_DFL)
        try:
            with pytest.raises(SystemExit) as end, tidying_up():
                signal.raise_signal(number)
            assert end.value.code == 128 + number
            assert signal.getsignal(number) is signal.SIG_DFL
        finally:
            signal.signal(number, before)


def test_an_ignored_signal_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with tidying_up():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


WAITS_BEFORE_THE_END = """
import os, signal
os.replace = lambda temporary, target: signal.pause()
from ordergrad_ref import cli
cli.main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_killed_command_leaves_nothing_half_written(number, tmp_path):
    """Stopped before its temporary file takes its place: the file is gone, and the status says why."""
    source = tmp_path / "runs.csv"
    source.write_text("prompt,score\n" + "".join(f"{i % 5},{i % 7}\n" for i in range(40)))
    options = ["--group", "prompt", "--reward", "score", "-o", "max@4"]
    child = subprocess.Popen(
        [*HEEDING_SIGNALS, "-c", WAITS_BEFORE_THE_END, "advantage", source, *options],
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list(tmp_path.glob(".*.tmp")):
        assert child.poll() is None
        time.sleep(0.001)
    child.send_signal(number)
    _, said = child.communicate(timeout=LONGEST)
    assert child.returncode == 128 + number
    assert said == f"interrupted: by {number.name}; nothing was written\n"
    assert [p.name for p in tmp_path.iterdir()] == ["runs.csv"]


def test_progress_is_for_terminals_and_long_runs(capsys, monkeypatch):
    with progress.rows_done("Reading runs.csv") as seen:
        seen(10)
    assert capsys.readouterr() == ("", "")

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.rows_done("Reading runs.csv") as seen:
        seen(10)
    assert "Reading" not in capsys.readouterr().err

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(_progress, "PATIENCE", 0.0)
    with progress.rows_done("Writing runs.csv", 100) as seen:
        seen(40)
        out, err = capsys.readouterr()
        while "40/100" not in err:  # the bar is drawn by a thread of its own
            time.sleep(0.01)
            more = capsys.readouterr()
            out, err = out + more.out, err + more.err
    assert out == ""
    assert "Writing runs.csv" in err
    with progress.busy("Computing"):
        err = ""
        while "Computing" not in err:
            time.sleep(0.01)
            err += capsys.readouterr().err
