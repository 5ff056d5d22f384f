"""The command, run in this process."""

import sys
from types import SimpleNamespace

import pytest

from ordergrad_ref import cli


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
