"""The command as a process of its own, and what its messages look like."""

import os
import subprocess
import sys
from pathlib import Path

import ordergrad_ref as og

ROOT = Path(og.__file__).parents[1]

HEEDING_SIGNALS = [
    sys.executable,
    "-c",
    "import os, signal, sys\n"
    "for name in ('SIGINT', 'SIGTERM', 'SIGHUP'):\n"
    "    signal.signal(getattr(signal, name), signal.SIG_DFL)\n"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])",
]
"""An interpreter that heeds signals, whoever started the tests: shells let their background jobs ignore an
interrupt, and nohup a hangup, and a process hands that on to those that it starts."""

LONGEST = 300
"""Seconds to wait for a process that must end: far more than it needs, so that a hang is a failure."""


def process(*arguments, cwd, **environment):
    """Run the command as a process of its own, which finds no module in the current folder by itself."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "ordergrad_ref", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        check=False,
    )


def is_one_line(text):
    return text.endswith("\n") and text.count("\n") == 1 and "Traceback" not in text
