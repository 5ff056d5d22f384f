"""The command as a process of its own, and what its messages look like."""

import os
import subprocess
import sys
from pathlib import Path

import ordergrad_ref as og

ROOT = Path(og.__file__).parents[1]


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
