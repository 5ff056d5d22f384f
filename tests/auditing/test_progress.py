"""An audit that is interrupted keeps what it found; one that takes long shows that it is alive."""

import builtins
import dataclasses
import io
import json
import re
import sys
import threading
import time
import types
from importlib.resources import files

import jsonschema
import pytest
import rich
from helpers.wrong_estimators import canonical

import ordergrad_ref as og
from ordergrad_ref import _progress, auditing, cli, maxk, trainers
from ordergrad_ref.auditing.properties import PROPERTIES
from ordergrad_ref.errors import TargetError

SCHEMA = json.loads((files(auditing) / "report.schema.json").read_text(encoding="utf-8"))


class Interrupted:
    """The canonical advantage, until somebody presses Ctrl-C."""

    __name__ = "interrupted"

    def __init__(self, after):
        self.after, self.calls = after, 0

    def __call__(self, rewards, k):
        (_,) = rewards.shape
        self.calls += 1
        if self.calls == self.after:
            raise KeyboardInterrupt
        return canonical(rewards, k)


def calls_in_all():
    whole = Interrupted(0)
    assert og.audit(whole, "max@2", n=4).interrupted is None
    return whole.calls


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.5, 0.9, 0.95, 1.0])
def test_a_partial_report(share):
    """Whenever it comes: what was found stands, the rest is said to be missing, and all forms can be had."""
    whole = og.audit(Interrupted(0), "max@2", n=4)
    report = og.audit(Interrupted(max(1, int(share * calls_in_all()))), "max@2", n=4)
    assert report.interrupted is not None
    for name in PROPERTIES:
        finding = report.finding(name)
        assert finding.holds in (whole.finding(name).holds, None)
        if finding.holds is None and name != "groups_apart":
            assert "interrupted at" in finding.says
    assert "Interrupted at" in report.table()
    assert "nan" not in report.table()
    assert str(report)
    jsonschema.validate(json.loads(json.dumps(report.to_json(), allow_nan=False)), SCHEMA)


@pytest.mark.slow
@pytest.mark.parametrize("more", [1, 200, 900])
def test_a_partial_full_report(more):
    """Interrupted among the further questions: everything on bias is there."""
    report = og.audit(Interrupted(calls_in_all() + more), "max@2", n=4, full=True)
    assert report.interrupted in ("the constant at other N and K", "exact variances")
    assert report.unbiased
    assert report.finding("monotone").holds
    assert report.finding("deterministic").holds is None
    jsonschema.validate(json.loads(json.dumps(report.to_json(), allow_nan=False)), SCHEMA)


@pytest.mark.slow
def test_later_is_more():
    known = [
        sum(og.audit(Interrupted(after), "max@2", n=4).finding(p).holds is not None for p in PROPERTIES)
        for after in (1, 50, calls_in_all())
    ]
    assert known == sorted(known)
    assert known[0] == 0
    assert known[-1] >= 9


def test_an_interrupt_on_the_command_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "slow.py").write_text(
        "calls = 0\n"
        "def f(x):\n"
        "    global calls\n"
        "    calls += 1\n"
        "    if calls > 2000:\n"
        "        raise KeyboardInterrupt\n"
        "    (_,) = x.shape\n"
        "    return x - x.mean()\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["ordergrad-ref", "audit", "slow.py:f", "-o", "mean@1"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    printed = capsys.readouterr()
    assert end.value.code == 130
    assert "unbiased" in printed.out
    assert printed.err.startswith("interrupted: at ")


@pytest.mark.slow
def test_an_interrupt_in_the_family(monkeypatch, capsys):
    """It ends the whole command, with the rows that are done."""
    whole = auditing.audit

    def third_is_interrupted(function, *arguments, **keywords):
        report = whole(function, *arguments, **keywords)
        stopped = function is maxk.pkpo_loo_minus_one
        return dataclasses.replace(report, interrupted="bias") if stopped else report

    monkeypatch.setattr("ordergrad_ref.commands.audit.audit", third_is_interrupted)
    monkeypatch.setattr(sys, "argv", ["ordergrad-ref", "audit"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    printed = capsys.readouterr()
    assert end.value.code == 130
    assert "pkpo_loo " in printed.out
    assert "maxpo" not in printed.out
    assert printed.err.startswith("interrupted: at bias")


# ---- the bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def centred(x):
    return x - x.mean(axis=-1, keepdims=True)


COUNT = re.compile(r"[a-z], \d+ groups")


def wait_until(condition):
    """Wait a minute at most: a bar that never comes is a failure, not a test without end."""
    for _ in range(60_000):
        if condition():
            return
        time.sleep(0.001)
    raise AssertionError("expected a bar, got none in a minute")


def slower_than_the_bar(drawn):
    """Answer each time after the bar was drawn once more, until it has shown a count: no clock decides."""

    def advantage(x):
        before = drawn()
        wait_until(lambda: drawn() != before or COUNT.search(before))
        return centred(x)

    return advantage


@pytest.fixture
def on_a_terminal(monkeypatch):
    """Give a function that makes standard error a terminal: pytest sets its own before each test's body."""

    def become(patience):
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(_progress, "PATIENCE", patience)
        monkeypatch.setattr(sys, "stderr", Terminal())
        return sys.stderr

    return become


@pytest.mark.slow
def test_a_long_audit_shows_a_bar(on_a_terminal):
    terminal = on_a_terminal(0)
    report = og.audit(slower_than_the_bar(terminal.getvalue), "mean@1", n=3, values=(0, 1))
    assert report.unbiased
    assert COUNT.search(terminal.getvalue())


def test_a_short_audit_shows_none(on_a_terminal):
    terminal = on_a_terminal(60)
    og.audit(canonical, "max@2", n=4)
    assert terminal.getvalue() == ""


def test_what_is_no_terminal_gets_none(monkeypatch):
    """Nor where IPython has been imported, but does not run the code."""
    monkeypatch.setattr(_progress, "PATIENCE", 0)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    og.audit(centred, "mean@1", n=3, values=(0, 1))
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    og.audit(centred, "mean@1", n=3, values=(0, 1))
    assert sys.stderr.getvalue() == ""


class Html:
    """IPython's, as far as it is needed."""

    def __init__(self, data):
        self.data = data


class ZMQInteractiveShell:
    """What `rich` knows a notebook by."""

    def __init__(self):
        self.drawn, self.displays = [""], 0

    def display(self, bar, display_id):
        assert display_id is True
        self.displays += 1
        self.update(bar)
        return self

    def update(self, thing):
        html = isinstance(thing, Html)
        self.drawn.append(thing.data if html else thing._repr_mimebundle_([], [])["text/plain"])


@pytest.fixture
def in_a_notebook(monkeypatch):
    """Give a function that makes the process a notebook's kernel."""

    def become(patience):
        shell = ZMQInteractiveShell()
        display = types.SimpleNamespace(display=shell.display, HTML=Html)
        monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(display=display))
        monkeypatch.setitem(sys.modules, "IPython.display", display)
        monkeypatch.setattr(builtins, "get_ipython", lambda: shell, raising=False)
        monkeypatch.setattr(rich, "_console", None)  # which it makes once, for all later uses
        monkeypatch.setattr(_progress, "PATIENCE", patience)
        return shell

    return become


@pytest.mark.slow
def test_a_long_audit_shows_a_bar_in_a_notebook(in_a_notebook, capsys):
    """In one place below the cell, which is empty at the end; and nothing is printed."""
    notebook = in_a_notebook(0)
    slow = slower_than_the_bar(lambda: "".join(notebook.drawn))
    assert og.audit(slow, "mean@1", n=3, values=(0, 1)).unbiased
    assert COUNT.search("".join(notebook.drawn))
    assert (notebook.displays, notebook.drawn[-1]) == (1, "")
    assert capsys.readouterr() == ("", "")


def test_a_short_audit_shows_none_in_a_notebook(in_a_notebook):
    notebook = in_a_notebook(60)
    og.audit(canonical, "max@2", n=4)
    assert notebook.displays == 0


def test_an_audit_of_an_update_or_a_loss_shows_a_bar_too(in_a_notebook):
    """The first answer waits until the bar is drawn."""
    notebook = in_a_notebook(0)

    def loss(log_probs, advantages):
        wait_until(lambda: "Auditing" in notebook.drawn[-1])
        raise ValueError("enough")

    def update(policy, answers, rewards):
        loss(policy, rewards)

    for shown, (judge, function) in enumerate(
        ((trainers.audit_loss, loss), (trainers.audit_update, update)), start=1
    ):
        with pytest.raises(TargetError):
            judge(function, "max@2")
        assert (notebook.displays, notebook.drawn[-1]) == (shown, "")


@pytest.mark.slow
@pytest.mark.parametrize("patience", [0, 60])
def test_no_thread_is_left(on_a_terminal, patience):
    on_a_terminal(patience)
    before = threading.active_count()
    og.audit(centred, "mean@1", n=3, values=(0, 1))
    for _ in range(100):  # the bar's own thread has been told to end, and ends in its own time
        if threading.active_count() == before:
            break
        time.sleep(0.02)
    assert threading.active_count() == before
