"""What is public is named, documented, and cites equations that the specification has; importing is light."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("name", MODULES)
def test_all_is_what_the_module_defines_without_underscore(name):
    module = importlib.import_module(name)
    if not hasattr(module, "__all__") or Path(module.__file__).name == "__init__.py" or name in FACADES:
        return
    defined = {
        key
        for key, thing in vars(module).items()
        if not key.startswith("_")
        and (inspect.isfunction(thing) or inspect.isclass(thing))
        and thing.__module__ == name
    }
    assert defined >= {k for k in module.__all__ if inspect.isfunction(getattr(module, k))}
    assert set(module.__all__) <= set(vars(module))


def test_the_public_names_are_those_of_the_architecture():
    assert set(og.__all__) >= {
        "LStatistic", "advantage", "audit", "definition", "inclusion", "leave_one_out", "maxk", "objective",
        "pathwise_weights", "population", "rank_weights", "score_weights", "value",
    }  # fmt: skip
    assert all(hasattr(og, name) for name in og.__all__)


def test_equations_are_numbered_once_and_in_order():
    found = equations()
    assert found == list(range(1, len(found) + 1))


@pytest.mark.parametrize("path", sorted((ROOT / "ordergrad_ref").rglob("*.py")), ids=lambda p: p.name)
def test_every_citation_is_of_an_equation_that_exists(path):
    assert set(cited(path.read_text(encoding="utf-8"))) <= set(equations())


def test_a_citation_of_a_missing_equation_would_be_found():
    assert cited("Spec eqs. (20), (25); and spec eq. (99).") == [20, 25, 99]
    assert 99 not in equations()


CITING = (
    "batch",
    "population",
    "maxk",
    "closed_forms.rank_weights",
    "definition.l_statistics",
    "definition.published",
    "auditing.audit",
    "contracts",
)


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        (n, t)
        for n, t in public_objects()
        if n.removeprefix("ordergrad_ref.").rpartition(".")[0] in CITING and inspect.isfunction(t)
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_public_functions_name_their_equation(name, thing):
    doc = inspect.getdoc(thing)
    assert cited(doc) or "section" in doc, name


@pytest.mark.parametrize(
    ("name", "thing"), list(public_objects()), ids=lambda x: x if isinstance(x, str) else ""
)
def test_public_things_are_documented(name, thing):
    assert inspect.getdoc(thing), name


def test_importing_loads_nothing_heavy():
    code = (
        "import sys; import ordergrad_ref; heavy = {'scipy', 'numba', 'cupy', 'matplotlib', 'rich', 'typer', "
        "'pyarrow', 'sympy', 'torch', 'jax', 'pandas'}; print(sorted(heavy & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_importing_costs_little_beyond_numpy():
    """Less than NumPy itself, each cumulative as the interpreter counts it in the same run."""
    assert min(_import_ratio() for _ in range(5)) < 1


def _import_ratio():
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import numpy\nimport ordergrad_ref"],
        capture_output=True,
        text=True,
        check=True,
    )
    micro = {
        name.strip(): int(total) for _, total, name in (x.split("|") for x in run.stderr.splitlines()[1:])
    }
    return micro["ordergrad_ref"] / micro["numpy"]
