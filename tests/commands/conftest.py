"""The command, run in this process; and estimators in files for it to judge."""

import sys
from types import SimpleNamespace

import pytest

from ordergrad_ref import cli

ESTIMATORS = """
import numpy as np
from sibling import centre

def unbiased(x):
    return centre(x)

def biased(x):
    return centre(x) / (x.std() or 1)

def imports_when_called(x):
    from another_sibling import spread
    return centre(x) / spread(x)

class Best:
    @staticmethod
    def advantage(x, k):
        from ordergrad_ref import maxk
        return maxk.canonical(x, k)

    def method(self, x):
        return x

def fails(x):
    raise RuntimeError("device\\nnot found")

def too_few(x):
    return x[1:]

def in_place(x):
    x -= x.mean()
    return x

def leaves(x):
    raise SystemExit(0)

constant = 3
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with estimators in it, which is the current one, and modules of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    (tmp_path / "sibling.py").write_text("def centre(x):\n    return x - x.mean()\n")
    (tmp_path / "another_sibling.py").write_text("def spread(x):\n    return 2.0\n")
    (tmp_path / "estimators.py").write_text(ESTIMATORS)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "module.py").write_text("def advantage(x):\n    return x - x.mean()\n")
    (tmp_path / "broken.py").write_text("def f(x:\n")
    (tmp_path / "raises.py").write_text("raise OSError('no such\\ndevice')\n")
    (tmp_path / "leaves.py").write_text("import sys\nsys.exit(0)\n")
    (tmp_path / "prints.py").write_text("print('hello from prints')\ndef f(x):\n    return x\n")
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the command from its arguments to its exit status."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["ordergrad-ref", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return SimpleNamespace(status=end.value.code or 0, out=printed.out, err=printed.err)

    return call
