"""Change one thing in the core, run the tests that execute it, and list the changes that no test notices.

    python tests/mutation.py FOLDER [--sample 300] [--seed 2606] [--only TEXT] [--seconds 60]

The core is what `CORE` names: the closed forms, the decisions of the audit, and the compiled loops, which run
here as plain Python. A change, or *mutant*, is one of these:

- a comparison, an arithmetic or a bitwise operator, ``and`` or ``or``, becomes its neighbour;
- a number becomes the next one; ``True`` becomes ``False``; a minus sign goes;
- a condition is negated; a statement is left out;
- ``min`` becomes ``max``, ``any`` becomes ``all``; the first two arguments of any other call change places.

Docstrings, messages, annotations, decorators, ``raise`` and ``import`` statements stay: whether they are
right is not for numbers to tell. The mutants of a seed are the same on every machine. Each is imported in a
process of its own, in which pytest runs tests until one fails; no file is changed.

Of `TESTS`, `reach.py` measures once which execute which line. A mutant runs those that execute its statement
(outside of functions: anything of its file), the quickest case of each test function first, then the second
ones, as far as they take ``--seconds`` of computing without a change. A test that computes for ten times as
long as that, and ten seconds, fails: a loop that does not end is noticed. What no test executes survives.

``FOLDER`` keeps what was measured, and in ``mutants.json`` what became of each. Who runs it again goes on:
mutants that were killed are not run again, and survivors are. A survivor asks for a reader, who finds a
missing test or a reason why nothing can tell; `mutation_survivors.md` lists those reasons.

Neither mutmut nor Cosmic Ray draws a sample by a seed.
"""

import argparse
import ast
import copy
import importlib
import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest
from reach import OPTIONS, ROOT, in_a_copy, measure, reaching

CORE = ("ordergrad_ref/closed_forms", "ordergrad_ref/auditing/decisions", "ordergrad_ref/kernels")
TESTS = (
    "tests/closed_forms",
    "tests/auditing/decisions",
    *(
        f"tests/kernels/test_kernels.py::{name}"
        for name in (
            "test_merging_two_sorted_runs_from_any_place",
            "test_known_probabilities_against_exact_rationals",
            "test_known_probabilities",
            "test_sizes_choose_the_engine",
            "test_one_huge_group_in_parts",
            "test_the_network_sorts_all_zeros_and_ones",
            "test_the_network_loses_no_key_whatever_it_is",
            "test_no_more_rows_are_stored_than_the_next_power_of_two",
            "test_order_of_many_groups",
        )
    ),
    "tests/kernels/test_smallest_tables.py",
    "tests/auditing/test_identity.py",
    "tests/auditing/test_lessons.py",
    "tests/auditing/test_no_false_green.py::test_random_others",
    "tests/auditing/test_no_false_green.py::test_inclusions_of_random_others_are_those_of_the_definition",
    "tests/auditing/test_steps.py",
    "tests/test_baselines.py",
    "tests/test_exact_variance.py",
    "tests/test_off_policy.py",
    "tests/test_order_statistics.py",
    "tests/test_population.py",
    "tests/test_standard_error.py",
    "tests/arrays/test_native.py",
)
LEFT_OUT = ("__init__.py", "compiler.py", "threads.py", "gpu")
"""Compiling, threads and CUDA, which these runs do not have."""

SWAPPED: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NOT_NUMBERS = ("decorator_list", "returns", "annotation")
SYMMETRIC = ("min", "max", "minimum", "maximum")
"""The order of their arguments tells nothing."""
RENAMED = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """The change of this number in a file, and what it is in words."""

    file: str
    number: int
    line: int
    says: str

    def __str__(self) -> str:
        """Where, what, and its number, for the same text may stand twice in a line."""
        return f"{self.file}:{self.line}: {self.says}  ({self.number})"


# ---- changes


def variants(node: ast.AST) -> Iterator[ast.AST | None]:
    """Give what a node may become; None: it is left out."""
    match node:
        case ast.Compare(ops=[op, *rest]) if type(op) in SWAPPED:
            yield _with(node, ops=[SWAPPED[type(op)](), *rest])
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op) if type(op) in SWAPPED:
            yield _with(node, op=SWAPPED[type(op)]())
        case ast.Constant(value=bool(value)):
            yield _with(node, value=not value)
        case ast.Constant(value=int() | float() as value):
            yield _with(node, value=value + 1)
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield node.operand
        case ast.Call(func=ast.Name(id=name)) if name in RENAMED:
            yield _with(node, func=ast.Name(RENAMED[name], ast.Load()))
        case ast.Attribute(attr=name) if name in RENAMED:
            yield _with(node, attr=RENAMED[name])
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield _with(node, test=ast.UnaryOp(ast.Not(), test))
    if isinstance(node, ast.Call) and len(node.args) > 1 and _order_tells(node):
        yield _with(node, args=[node.args[1], node.args[0], *node.args[2:]])
    if isinstance(node, ast.AugAssign | ast.Continue | ast.Break) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        yield None


def _order_tells(call: ast.Call) -> bool:
    if ast.unparse(call.func).split(".")[-1] in SYMMETRIC:
        return False
    first, second = map(ast.unparse, call.args[:2])
    return first != second and "*" not in (first[0], second[0])


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


class Changing(ast.NodeTransformer):
    """Make the change of one number, or none and list them all."""

    def __init__(self, number: int | None = None) -> None:
        self.number, self.count = number, 0
        self.found: list[tuple[int, str]] = []

    def visit(self, node: ast.AST) -> Any:
        """Change this node, or those in it."""
        if isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr | ast.arg):
            return node
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
            return node
        for changed in variants(node):
            number, self.count = self.count, self.count + 1
            if self.number is None:
                was, now = (_brief(x) for x in (node, changed))
                self.found.append((getattr(node, "lineno", 0), f"{was}  →  {now}"))
            elif number == self.number:
                self.number = -1
                there = changed if changed is not None else ast.Pass()
                return ast.copy_location(there, node)
        kept = {name: getattr(node, name) for name in NOT_NUMBERS if hasattr(node, name)}
        for name in kept:
            setattr(node, name, [] if name == "decorator_list" else None)
        self.generic_visit(node)
        for name, value in kept.items():
            setattr(node, name, value)
        return node


def _brief(node: ast.AST | None) -> str:
    text = "nothing" if node is None else " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
    return text if len(text) < 90 else f"{text[:88]}…"


def mutants(file: str) -> list[Mutant]:
    """List all changes of a file."""
    listing = Changing()
    listing.visit(ast.parse((ROOT / file).read_text(encoding="utf-8")))
    return [Mutant(file, i, line, says) for i, (line, says) in enumerate(listing.found)]


# ---- runs


class Running:
    """A plugin of pytest: these tests of a file, each in ten times its seconds and ten more."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep them, the quickest first."""
        kept = [item for item in items if item.nodeid in self.seconds]
        items[:] = sorted(kept, key=lambda item: self.seconds[item.nodeid])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """End the process where it computes, not waits, for longer."""
        signal.setitimer(signal.ITIMER_PROF, 10 + 10 * self.seconds[item.nodeid])


def survives(mutant: Mutant, tests: Sequence[dict[str, float]]) -> bool:
    """Tell whether all of them pass in spite of the change."""

    def run() -> int:
        signal.setitimer(signal.ITIMER_PROF, 20)  # for the import
        _change_on_import(ROOT / mutant.file, mutant.number)
        for seconds in tests:
            file = next(iter(seconds)).partition("::")[0]
            if status := int(pytest.main([*OPTIONS, "-x", file], plugins=[Running(seconds)])):
                return status
        return 0

    status = in_a_copy(run)
    if status >= pytest.ExitCode.INTERNAL_ERROR:
        raise SystemExit(f"{mutant}: pytest ends with {status}")
    return status == 0


def _change_on_import(path: Path, number: int) -> None:
    as_it_is = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> Any:
        if Path(self.path) != path:
            return as_it_is(self, fullname)
        tree = Changing(number).visit(ast.parse(path.read_text(encoding="utf-8")))
        return compile(ast.fix_missing_locations(tree), str(path), "exec")

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]


def python_files(places: Sequence[str]) -> list[str]:
    """List the Python files at these places, and the tests that are named."""
    found = (
        [place, *sorted(str(p.relative_to(ROOT)) for p in (ROOT / place).rglob("*.py"))] for place in places
    )
    return [file for some in found for file in some if ".py" in file]


def files() -> list[str]:
    """List the core's files."""
    return sorted(file for file in python_files(CORE) if not any(part in file for part in LEFT_OUT))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; give the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where what is found is kept")
    parser.add_argument("--sample", type=int, default=300, help="how many mutants; 300 by default")
    parser.add_argument("--seed", type=int, default=2606, help="which ones; 2606 by default")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="those whose file, line and change contain it"
    )
    parser.add_argument("--seconds", type=float, default=60, help="how much of the tests a mutant runs; 60")
    asked = parser.parse_args(arguments)

    os.chdir(ROOT)
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    for library in ("numpy", "scipy.stats", "numba", "hypothesis", "sympy"):
        importlib.import_module(library)  # once, for all the copies of this process

    asked.folder.mkdir(parents=True, exist_ok=True)
    reaches = [measure(test_file, files(), asked.folder) for test_file in python_files(TESTS)]
    every = [m for file in files() for m in mutants(file) if asked.only in str(m)]
    # In the order in which they are drawn: what an interrupt leaves is a random sample, too.
    chosen = random.Random(asked.seed).sample(every, min(asked.sample, len(every)))
    print(f"{len(chosen)} of {len(every)} mutants, seed {asked.seed}", flush=True)

    out = asked.folder / "mutants.json"
    became = json.loads(out.read_text(encoding="utf-8")) if out.is_file() else {}
    for i, mutant in enumerate(chosen, 1):
        if became.get(str(mutant)) == "killed":
            continue
        tests = reaching(mutant.file, mutant.line, reaches, asked.seconds)
        became[str(mutant)] = "survives" if survives(mutant, tests) else "killed"
        out.write_text(json.dumps(became, indent=1, ensure_ascii=False), encoding="utf-8")
        print(f"{i} {became[str(mutant)]} {mutant} ({sum(map(len, tests))} tests)", flush=True)
    count = Counter(became[str(mutant)] for mutant in chosen)
    print(f"{count['killed']} of {len(chosen)} killed, {count['survives']} survive")
    return 0


if __name__ == "__main__":
    sys.exit(main())
