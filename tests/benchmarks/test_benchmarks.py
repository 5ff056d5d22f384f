"""The benchmark runs, and reports what it says that it does. Its times are not judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "cpu.py"


@pytest.mark.slow
def test_quick(tmp_path):
    figures = tmp_path / "figures.json"
    table = tmp_path / "table.md"
    command = [sys.executable, SCRIPT, "--quick", "--repeat", "1", "--json", figures, "--table", table]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=SCRIPT.parent.parent)
    assert "np.sort ms" in run.stdout
    assert table.read_text(encoding="utf-8").count("\n| ") == 8
    rows = json.loads(figures.read_text())["rows"]
    assert {(r["n"], r["dtype"]) for r in rows} == {
        (n, d) for n in (8, 64, 1024) for d in ("float64", "float32")
    }
    assert all(0 < r["error"] <= 16 for r in rows)
