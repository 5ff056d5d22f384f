"""Law: whatever a target does, the command ends in time, and its status 0 means that a report was written.

Each target is a file that the command judges as a process of its own; the limits are far above what is waited
for, and far below what a target would hold the process for.
"""

import os
import signal
import subprocess
import sys
import time

import pytest
from helpers.running import HEEDING_SIGNALS, LONGEST, ROOT, process

from ordergrad_ref.commands import supervisor

HOSTILE = """
import atexit, os, posix, random, signal, sys, threading, time

def centred(x):
    return x - x.mean(-1, keepdims=True)

def retries_whatever_comes(x):
    while True:
        try:
            time.sleep(0.02)
            raise OSError("not ready")
        except:
            continue

def cancels_the_alarm(x):
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    time.sleep(1000)

def holds_the_interpreter(x):
    import ctypes
    ctypes.PyDLL(None).sleep(1000)

def leaves_by_posix(x):
    posix._exit(0)

def is_killed(x):
    os.kill(os.getpid(), signal.SIGKILL)

def at_exit(x):
    atexit.register(posix._exit, 0)
    return 0 * x

def by_the_hook(x):
    sys.excepthook = lambda *error: posix._exit(0)
    return 0 * x

def by_a_thread(x):
    def when_the_main_thread_is_done():
        threading.main_thread().join()
        posix._exit(0)
    threading.Thread(target=when_the_main_thread_is_done).start()
    return 0 * x

def leaves_a_thread(x):
    threading.Thread(target=time.sleep, args=[1000]).start()
    return centred(x)

def closes_the_stream(x):
    sys.__stdout__.close()
    return centred(x)

def patches_random(x):
    random.seed = random.getstate = random.setstate = None
    return centred(x)

def patches_exit(x):
    os._exit = sys.exit = lambda status=0: posix._exit(0)
    os.write = lambda *anything: 0
    return centred(x)

def forks_and_comes_back(x):
    os.fork()
    return centred(x)

class AttributesRaise:
    def __getattr__(self, name):
        raise RuntimeError(name)
    def __call__(self, x):
        return centred(x)

attributes_raise = AttributesRaise()
"""
IMPORTS = {
    "hangs": "import time\ntime.sleep(1000)\n",
    "raises_what_is_no_exception": "class Stop(BaseException):\n    pass\nraise Stop('now')\n",
    "leaves": "import posix\nposix._exit(0)\n",
    "swallows": "import time\nwhile True:\n    try:\n        time.sleep(0.02)\n    except:\n        pass\n",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not supervisor.FORKS, reason="this system cannot fork and wait for signals"),
]


@pytest.fixture
def judge(tmp_path):
    (tmp_path / "hostile.py").write_text(HOSTILE)
    for name, text in IMPORTS.items():
        (tmp_path / f"{name}.py").write_text(text)

    def judged(target, *arguments):
        ended = process("audit", target, "-o", "mean@1", "-n", "4", *arguments, cwd=tmp_path)
        return ended.returncode, ended.stdout.decode(), ended.stderr.decode()

    return judged


@pytest.mark.parametrize(
    "target",
    [
        "hostile.py:retries_whatever_comes",
        "hostile.py:cancels_the_alarm",
        "hostile.py:holds_the_interpreter",
    ],
)
def test_a_call_that_cannot_be_interrupted_is_ended(target, judge):
    status, out, err = judge(target, "--timeout", "0.5")
    assert (status, out) == (2, "")
    assert "did not answer within 0.5 s" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("hangs.py:f", "target: expected to import hangs.py:f within 0.5 s, got no end of it"),
        ("swallows.py:f", "swallows.py:f did not answer within 0.5 s, and could not be interrupted"),
    ],
)
def test_an_import_has_a_limit_too(target, said, judge, tmp_path):
    first = "from ordergrad_ref.targets import resolving\nresolving.TIMEOUT = 0.5"
    ended = driven(first, "audit", target, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", f"error: {said}\n")


@pytest.mark.parametrize("target", ["hostile.py:leaves_by_posix", "leaves.py:f"])
def test_who_ends_the_process_does_not_end_it_with_zero(target, judge):
    status, out, err = judge(target)
    assert (status, out) == (2, "")
    assert err == f"error: {target} ended the process with status 0 before the command was done\n"


def test_who_puts_its_own_exit_in_place_does_not_end_it_with_zero(judge):
    status, _, err = judge("hostile.py:patches_exit")
    assert status == 2
    assert "ended the process with status 0 before the command was done" in err


@pytest.mark.parametrize("target", ["at_exit", "by_the_hook", "by_a_thread"])
def test_what_does_not_hold_stays_that_way(target, judge):
    status, out, err = judge(f"hostile.py:{target}")
    assert status == 1
    assert "no signal" in out
    assert "not held: unbiased" in err


@pytest.mark.parametrize(
    "target",
    [
        "centred",
        "leaves_a_thread",
        "closes_the_stream",
        "patches_random",
        "attributes_raise",
        "forks_and_comes_back",
    ],
)
def test_a_right_function_is_judged_whatever_else_it_does(target, judge):
    status, out, err = judge(f"hostile.py:{target}")
    assert (status, err) == (0, "")
    assert "c = 3/4" in out


def test_an_import_that_raises_what_is_no_exception(judge):
    status, out, err = judge("raises_what_is_no_exception.py:f")
    assert (status, out) == (2, "")
    assert err == "error: target: importing raises_what_is_no_exception.py raised Stop: now\n"


def test_a_process_that_is_killed_says_so(judge):
    status, out, err = judge("hostile.py:is_killed")
    assert (status, out) == (-signal.SIGKILL, "")
    assert err == (
        "error: hostile.py:is_killed: the process was ended by SIGKILL before the command was done\n"
    )


# ---- our own faults


DRIVER = """
import sys
from ordergrad_ref import cli
from ordergrad_ref.commands import audit, supervisor
{first}
cli.main(supervisor.Supervisor())
"""


def driven(first, *arguments, cwd):
    return subprocess.run(
        [sys.executable, "-P", "-c", DRIVER.format(first=first), *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_fault_of_ours_is_not_a_verdict(judge, tmp_path):
    ended = driven("audit.audit = lambda *a, **k: [][1]", "audit", "hostile.py:centred", cwd=tmp_path)
    assert ended.returncode == 70
    assert ended.stdout == ""
    assert (
        "internal error: IndexError: list index out of range; this is a fault of ordergrad-ref"
        in ended.stderr
    )


def test_without_a_fork_a_thread_looks_at_the_limit(judge, tmp_path):
    target = "hostile.py:retries_whatever_comes"
    ended = driven("supervisor.FORKS = False", "audit", target, "--timeout", "0.5", cwd=tmp_path)
    assert ended.returncode == 2
    assert f"error: {target} did not answer within 0.5 s, and could not be interrupted" in ended.stderr
    ended = driven(
        "supervisor.FORKS = False", "audit", "hostile.py:leaves_a_thread", "-o", "mean@1", cwd=tmp_path
    )
    assert (ended.returncode, ended.stderr) == (0, "")


# ---- signals


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)], ids=["INT", "TERM"]
)
def test_a_signal_while_the_target_is_imported(number, status, tmp_path):
    """It is sent to the process that waits, and reaches the one that works."""
    (tmp_path / "waits.py").write_text(
        "import pathlib, time\npathlib.Path('here').touch()\ntime.sleep(1000)\n"
    )
    child = subprocess.Popen(
        [*HEEDING_SIGNALS, "-m", "ordergrad_ref", "audit", "waits.py:f"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "here").exists():
        assert child.poll() is None
        time.sleep(0.01)
    child.send_signal(number)
    out, err = child.communicate(timeout=LONGEST)
    assert (child.returncode, out, err) == (status, "", "")


def test_an_interrupt_before_the_package_is_there_is_quiet(tmp_path):
    code = (
        "import signal, sys, _ordergrad_ref_command as command\n"
        "class Finder:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'numpy':\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "command.main()\n"
    )
    ended = subprocess.run(
        [*HEEDING_SIGNALS, "-P", "-c", code, "audit", "maxpo"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_a_reader_that_goes_away_is_no_verdict(judge, tmp_path):
    command = f"{sys.executable} -m ordergrad_ref audit hostile.py:centred -o mean@1; echo $? > status"
    subprocess.run(
        ["sh", "-c", f"({command}) | true"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
        check=False,
    )
    assert (tmp_path / "status").read_text().strip() in ("0", "141")
