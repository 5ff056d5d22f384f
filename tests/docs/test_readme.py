"""The README shows what the command prints."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_truth_table_is_the_one_that_the_command_prints():
    command = [sys.executable, "-m", "ordergrad_ref", "audit"]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
    run = subprocess.run(
        command, capture_output=True, encoding="utf-8", check=True, cwd=ROOT, env=environment
    )
    shown = (ROOT / "README.md").read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]
    printed = "\n".join(line.rstrip() for line in run.stdout.strip("\n").splitlines())
    assert shown.strip("\n") == printed
