"""The house: no room imports one above it, no two files import each other, and the plan says what is so."""

import ast
import re
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "ordergrad_ref"
CONFIGURATION = ROOT / "pyproject.toml"
LINTER = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))["tool"]["importlinter"]
LAYERS = [
    re.split(r"\s*[|:]\s*", layer)
    for contract in LINTER["contracts"]
    if contract["id"] == "rooms"
    for layer in contract["layers"]
]


@pytest.fixture(scope="module")
def imports():
    """Which file imports which, at the top, inside functions and for type checkers."""
    graph = grimp.build_graph("ordergrad_ref", exclude_type_checking_imports=False, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def circle(imports):
    """Find files that import each other in a circle.

    >>> circle({"a": {"b"}, "b": {"c"}, "c": set()})
    >>> sorted(set(circle({"a": {"b"}, "b": {"a", "c"}, "c": set()})))
    ['a', 'b']
    """
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_no_room_imports_one_above_it():
    assert lint_imports(config_filename=str(CONFIGURATION), no_cache=True) == 0


def test_no_files_import_each_other(imports):
    assert circle(imports) is None


def test_nobody_inside_imports_the_whole_package(imports):
    """``import ordergrad_ref as og`` inside would reach every room from any, and no contract would see it."""
    assert [module for module, imported in imports.items() if "ordergrad_ref" in imported] == []


@pytest.mark.slow
def test_no_file_hides_an_import_from_those_who_look():
    """A module of ours is imported by a statement, and not by its name as a string."""
    hidden = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in PACKAGE.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).endswith(("import_module", "__import__"))
        and any("ordergrad_ref" in ast.unparse(argument) for argument in call.args)
    ]
    assert hidden == []


def test_every_file_has_its_place():
    rooms = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert sorted(room for layer in LAYERS for room in layer) == sorted(rooms - {"__init__"})


def test_the_table_of_contributing_is_the_order():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = [re.findall(r"`(\w+)`", row) for row in re.findall(r"^\| (`.*?`) \| ", text, flags=re.MULTILINE)]
    assert table == LAYERS[::-1]


def test_the_tests_mirror_the_package():
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    beside = {"benchmarks", "docs", "helpers", "laws", "proofs"}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert folders - beside <= rooms
