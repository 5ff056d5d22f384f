"""What a page names is there: commands with their options, public names, files of the checkout."""

import re
from pathlib import Path

import typer

import ordergrad_ref as og
from ordergrad_ref import cli

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(p for p in (ROOT / "docs").rglob("*.md") if "1.0" not in p.parts and "paper" not in p.parts),
]


def commands(group, path=()):
    """Each command of the command line by its words, with its options."""
    for name, command in getattr(group, "commands", {}).items():
        options = {o for p in command.params for o in (*p.opts, *p.secondary_opts) if o.startswith("-")}
        yield (*path, name), options
        yield from commands(command, (*path, name))


def test_commands_and_options_are_there():
    known = dict(commands(typer.main.get_command(cli.app)))
    asked = 0
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(r"ordergrad-ref ([a-z-]+[^\n`|&>#]*)", text):
            words = line.split()
            command = max((c for c in known if tuple(words[: len(c)]) == c), key=len, default=None)
            if command is None:
                assert words[0] not in {c[0] for c in known}, (page.name, line)
                continue
            given = {w.partition("=")[0] for w in words if re.fullmatch(r"-{1,2}[a-z][a-z-]*(=.*)?", w)}
            assert given - {"--help"} <= known[command], (page.name, line)
            asked += 1
    assert asked > 50


def test_public_names_are_there():
    asked = set()
    for page in PAGES:
        for name in re.findall(r"`og\.([A-Za-z_.]+)", page.read_text(encoding="utf-8")):
            thing = og
            for part in name.strip(".").split("."):
                assert hasattr(thing, part), (page.name, name)
                thing = getattr(thing, part)
            asked.add(name)
    assert len(asked) > 50


def test_files_are_there():
    asked = set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for name in re.findall(
            r"(?<![\w/.-])(?:tests|benchmarks|proofs|docs|ordergrad_ref)/[\w./-]+\.(?:py|md|json|toml)\b",
            text,
        ):
            assert (ROOT / name).exists(), (page.name, name)
            asked.add(name)
    assert len(asked) > 20
