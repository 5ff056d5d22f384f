"""Law: every picture of the library has a command, which writes one file and says so in one line."""

import pytest

from ordergrad_ref import plot
from ordergrad_ref.commands.plot import app

pytest.importorskip("matplotlib", reason="pip install '.[plot]'")
DISTRIBUTION = ("--rewards", "0,1,2", "--probabilities", "1/2,1/4,1/4")
ARGUMENTS = {
    "rank-weights": ("-o", "max@4,median@5", "-n", 8),
    "spectrum": ("-o", "cvar(0.25)@4,cvar(0.25)@16"),
    "objectives": ("-o", "mean@1", "-o", "max@4", *DISTRIBUTION),
    "advantages": ("-o", "max@2", "--rewards", "0,1,1/2,-3"),
    "pass-at-k": ("-n", 4, "--successes", "0,1,4", "-k", "1,2"),
    "bias": ("grpo", "-o", "mean@1", "-n", 3),
    "total-variance": ("-o", "max@1,max@2", *DISTRIBUTION, "-n", 6),
    "signal-to-noise": ("-o", "max@1,max@2", *DISTRIBUTION, "-n", 6, "--estimators", "advantage,maxpo"),
}


def test_every_picture_has_a_command():
    commands = {command.name.replace("-", "_") for command in app.registered_commands}
    assert commands == set(plot.__all__)


@pytest.mark.slow
@pytest.mark.parametrize("name", ARGUMENTS)
def test_it_writes_a_picture(command, tmp_path, name):
    result = command("plot", name, *ARGUMENTS[name], "--output", tmp_path / "picture.svg")
    assert (result.status, result.err) == (0, "")
    assert result.out == f"Written: {tmp_path / 'picture.svg'}\n"
    assert "<svg" in (tmp_path / "picture.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("spectrum", "-o", "max@4", "--output", "a.xyz"), "expected a name that ends in one of"),
        (("advantages", "-o", "max@2", "--rewards", "0,x"), "--rewards: expected numbers such as"),
        (("bias", "grop", "-o", "mean@1"), "did you mean 'grpo'"),
        (("spectrum", "-o", "mix@4"), "did you mean"),
        (("spectrum", "-o", "max@4", "--output", "no/a.svg"), "no/a.svg: expected a file that"),
        (("pass-at-k", "-n", "4", "--successes", "1/2"), "successes: expected integers"),
    ],
)
def test_bad_plot(command, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    result = command("plot", *arguments)
    assert (result.status, result.out) == (2, "")
    assert message in result.err
    assert list(tmp_path.iterdir()) == []
