"""Law: what the first pages show is complete, runs as it stands, and prints what stands below it."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from ordergrad_ref import cli, plot
from ordergrad_ref.citing import cite

ROOT = Path(__file__).parents[2]
START = ROOT / "docs" / "guides" / "start"
LIBRARIES = {"NumPy": "numpy", "PyTorch": "torch", "JAX": "jax"}


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
def test_a_loop_trains_for_its_objective(library, capsys):
    """Each loop finds the second answer for max@4, and the first for the mean."""
    pytest.importorskip(LIBRARIES[library])
    page = (START / "train.md").read_text(encoding="utf-8")
    code = page.split(f"\n## {library}\n")[1].split("```python\n")[1].split("```")[0]
    for objective, best in (("max@4", 1), ("mean@1", 0)):
        names = {}
        exec(code.replace("max@4", objective), names)
        assert float(names["p"][best]) > 0.9
    assert capsys.readouterr().out.count("\n") == 2


@pytest.mark.slow
def test_commands_on_a_file_print_what_stands_below(tmp_path):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash on this machine")
    blocks = re.findall(r"```(bash|text)\n(.*?)```", (START / "file.md").read_text("utf-8"), flags=re.S)
    command = f'ordergrad-ref() {{ PYTHONPATH="{ROOT}" "{sys.executable}" -m ordergrad_ref "$@"; }}\n'
    shown = 0
    for (kind, text), (after, expected) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if kind == "bash":
            run = subprocess.run(
                [bash, "-e"], input=command + text, capture_output=True, encoding="utf-8", cwd=tmp_path
            )
            assert run.returncode == 0, run.stderr
            if after == "text":
                printed = (run.stderr + run.stdout).splitlines()
                assert [line.rstrip() for line in printed] == expected.splitlines()
                shown += 1
    assert shown == 2


def test_the_page_of_citations_has_the_entries_that_the_command_prints():
    assert f"```bibtex\n{cite()}\n```" in (ROOT / "docs" / "citing.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_command_on_the_page_of_pictures_writes_a_picture(tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib", reason="pip install '.[plot]'")
    page = (ROOT / "docs" / "guides" / "plotting.md").read_text(encoding="utf-8")
    commands = page.split("```bash\n")[1].split("```")[0].splitlines()
    monkeypatch.chdir(tmp_path)
    for command in commands:
        words = shlex.split(command)[1:]
        typer.main.get_command(cli.app).main(words, standalone_mode=False)
        drawn = Path(words[-1] if "--output" in words else f"{words[1]}.svg")
        assert drawn.stat().st_size > 1000
    assert {shlex.split(command)[2] for command in commands} == {
        name.replace("_", "-") for name in plot.__all__
    }
