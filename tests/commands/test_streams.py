"""Standard input and output that are closed or full, and pipes: one sentence says which."""

import errno
import io
import os
import sys

import pytest

CSV = "p,s\na,1\na,0\n"
BASE = ("--group", "p", "--reward", "s", "-o", "mean@1")


class Full(io.RawIOBase):
    """A disk that takes nothing."""

    def writable(self):
        return True

    def write(self, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def table(here):
    (here / "a.csv").write_text(CSV)
    return "a.csv"


@pytest.mark.parametrize(
    ("stream", "arguments"), [("input", ("-", *BASE)), ("output", ("a.csv", *BASE, "--output", "-"))]
)
def test_a_closed_stream(stream, arguments, command, table, monkeypatch):
    monkeypatch.setattr(sys, f"std{stream[:-3]}", None)
    result = command("advantage", *arguments)
    assert result.status == 2
    assert result.err == f"error: standard {stream}: expected an open one, got one that is closed\n"


@pytest.mark.parametrize("line", [("evaluate", "a.csv", *BASE), ("cite", "25"), ("vectors", "explain", "x")])
def test_an_answer_has_somewhere_to_go(line, command, table, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    result = command(*line)
    assert result.status == 2
    assert result.err == "error: standard output: expected an open one, got one that is closed\n"


@pytest.mark.parametrize(
    ("name", "more", "what"),
    [
        ("advantage", ("--output", "-"), "standard output"),
        ("advantage", (), "the summary"),
        ("evaluate", ("--json",), "standard output"),
    ],
)
def test_a_full_disk_behind_standard_output(name, more, what, command, table, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(Full(), write_through=True))
    result = command(name, table, *BASE, *more)
    assert result.status == 2
    assert result.err.endswith(f"{os.strerror(errno.ENOSPC)}, while {what} was written\n")


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="no names for pipes")
def test_what_comes_through_a_pipe_has_no_name_beside_it(command, table):
    """The answer would lie in a folder that is removed."""
    end, other = os.pipe()
    os.write(other, CSV.encode())
    os.close(other)
    for files in ((f"/dev/fd/{end}",), ("-", table)):
        result = command("advantage", *files, *BASE)
        assert (result.status, result.err.endswith("got none; pass --output -\n")) == (2, True)
    os.close(end)


@pytest.mark.parametrize(("name", "more"), [("α", ("--encoding", "latin-1")), ("\udcff", ())])
def test_a_name_that_the_file_cannot_spell(name, more, command, table):
    result = command("advantage", table, *BASE, "--column", name, *more)
    assert result.status == 2
    assert result.err.startswith("error: --column: expected a name that ")
