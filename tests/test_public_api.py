"""What is public is named, documented, and cites equations that the specification has; importing is light."""

import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import public_surface

import ordergrad_ref as og

ROOT = Path(__file__).parent.parent
SPECIFICATION = ROOT / "docs" / "spec" / og.__spec_version__ / "index.md"
MODULES = sorted(
    m.name for m in pkgutil.walk_packages(og.__path__, "ordergrad_ref.") if not m.name.endswith("__main__")
)
FACADES = {"ordergrad_ref.rank_weights"}  # names of a room inside, under the path that callers know
CITATION = re.compile(r"eqs?\.\s+((?:\(\d+\)(?:,\s+(?:and\s+)?|\s+and\s+)?)+)")


def equations():
    return [int(n) for n in re.findall(r"\\tag\{(\d+)\}", SPECIFICATION.read_text(encoding="utf-8"))]


def cited(text):
    return [int(n) for group in CITATION.findall(text) for n in re.findall(r"\d+", group)]


def public_objects():
    for name in MODULES:
        module = importlib.import_module(name)
        for attribute in getattr(module, "__all__", []):
            thing = getattr(module, attribute)
            if getattr(thing, "__module__", None) == name and (
                inspect.isfunction(thing) or inspect.isclass(thing)
            ):
                yield f"{name}.{attribute}", thing


def test_all_is_what_the_module_defines_without_underscore():
    for name in MODULES:
        module = importlib.import_module(name)
        if not hasattr(module, "__all__") or Path(module.__file__).name == "__init__.py" or name in FACADES:
            continue
        defined = {
            key
            for key, thing in vars(module).items()
            if not key.startswith("_")
            and (inspect.isfunction(thing) or inspect.isclass(thing))
            and thing.__module__ == name
        }
        assert defined >= {k for k in module.__all__ if inspect.isfunction(getattr(module, k))}, name
        assert set(module.__all__) <= set(vars(module)), name


def test_the_public_names_are_those_of_the_architecture():
    assert set(og.__all__) >= {
        "LStatistic", "advantage", "audit", "definition", "inclusion", "leave_one_out", "maxk", "objective",
        "pathwise_weights", "population", "rank_weights", "score_weights", "value",
    }  # fmt: skip
    assert all(hasattr(og, name) for name in og.__all__)


def test_equations_are_numbered_once_and_in_order():
    """Numbers never change: an equation of a later version may stand in an earlier section."""
    found = equations()
    assert len(found) == len(set(found))
    assert sorted(found) == list(range(1, len(found) + 1))
    assert [n for n in found if n <= 69] == list(range(1, 70))


def test_a_citation_of_a_missing_equation_would_be_found():
    assert cited("Spec eqs. (20), (25); and spec eq. (999).") == [20, 25, 999]
    assert 999 not in equations()


CITING = (
    "batch",
    "error_bars",
    "off_policy",
    "order_statistics",
    "evaluation.evaluate",
    "population",
    "maxk",
    "baselines",
    "variance",
    "closed_forms.rank_weights",
    "definition.error_bars",
    "definition.l_statistics",
    "definition.symmetric",
    "definition.published",
    "auditing.audit",
    "contracts",
)


def test_public_functions_name_their_equation():
    citing = [
        (name, inspect.getdoc(thing))
        for name, thing in public_objects()
        if name.removeprefix("ordergrad_ref.").rpartition(".")[0] in CITING and inspect.isfunction(thing)
    ]
    assert {name.removeprefix("ordergrad_ref.").rpartition(".")[0] for name, _ in citing} == set(CITING)
    assert [name for name, doc in citing if not (cited(doc) or "section" in doc)] == []


def test_public_things_are_documented():
    things = list(public_objects())
    assert len(things) > 500
    assert [name for name, thing in things if not inspect.getdoc(thing)] == []


RECORD = json.loads((Path(__file__).parent / "public_api.json").read_text(encoding="utf-8"))


def test_a_public_name_keeps_its_parameters_and_attributes():
    """New names, new parameters with a default and new attributes may come; none goes, none changes."""
    names = public_surface.names()
    for name, before in RECORD["names"].items():
        now = names[name]
        assert now["kind"] == before["kind"], name
        if before["kind"] == "function":
            assert public_surface.is_kept(before, now), (name, now)
        if before["kind"] == "class":
            assert set(before["bases"]) <= set(now["bases"]), name
            assert public_surface.is_kept(before["made"], now["made"]), (name, now["made"])
            assert set(before["attributes"]) <= set(now["attributes"]), name
            for attribute, parameters in before["attributes"].items():
                assert public_surface.is_kept(parameters, now["attributes"][attribute]), (name, attribute)


def test_a_command_keeps_its_arguments_and_options():
    """An option may become repeatable; none goes, none is asked for that was not."""
    commands = public_surface.commands()
    for command, before in RECORD["commands"].items():
        now = commands[command]
        for name, option in before.items():
            assert {"repeated": True, **option} == {"repeated": True, **now[name]}, (command, name)
            assert now[name].get("repeated", False) >= option.get("repeated", False), (command, name)
        assert not any(now[name].get("required") for name in set(now) - set(before)), command


def test_every_command_line_was_recorded():
    assert list(RECORD["exit_statuses"]) == list(public_surface.COMMAND_LINES)
    assert set(RECORD["exit_statuses"].values()) == {0, 1, 2, 130}


@pytest.mark.slow
@pytest.mark.parametrize("line", public_surface.COMMAND_LINES)
def test_exit_status(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    public_surface.prepare(tmp_path)
    assert public_surface.exit_status(line) == RECORD["exit_statuses"][line]


SLOW_OF_THE_STANDARD_LIBRARY = {
    "asyncio",
    "concurrent",
    "email",
    "http",
    "multiprocessing",
    "pydoc",
    "sqlite3",
    "ssl",
    "statistics",
    "tkinter",
    "unittest",
    "urllib",
    "xml",
}
FOR_THE_PUBLIC_VERBS = {
    "arrays", "batch", "closed_forms", "contracts", "definition", "error_bars", "errors", "kernels", "maxk",
    "objectives", "order_statistics", "population", "published", "rank_weights", "_types", "_version",
}  # fmt: skip
LOADED = """
import sys, numpy
before = set(sys.modules)
import ordergrad_ref
print(*set(sys.modules) - before)
"""


def test_importing_loads_what_the_public_verbs_need_and_nothing_else():
    """The list decides how long it takes, and no clock; ``benchmarks/importing.py`` measures it."""
    run = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    names = run.stdout.split()
    packages = {name.partition(".")[0] for name in names}
    standard = packages & set(sys.stdlib_module_names)
    assert packages - standard <= {"array_api_compat", "cachetools", "numpy", "ordergrad_ref"}
    assert not standard & SLOW_OF_THE_STANDARD_LIBRARY
    own = [name.split(".") for name in names if name.startswith("ordergrad_ref.")]
    assert {room for _, room, *_ in own} <= FOR_THE_PUBLIC_VERBS
    assert len(own) <= 60
