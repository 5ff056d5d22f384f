"""Change one thing in the core, run the tests that guard it, and list the changes that no test notices.

    python tests/mutation.py [--sample 300] [--seed 2606] [--only TEXT] [--json OUT]

The core is what `CORE` names: the closed forms, the decisions of the audit, and the compiled loops, which run
here as plain Python. A change, or *mutant*, is one of these:

- a comparison, an arithmetic or a bitwise operator, ``and`` or ``or``, becomes its neighbour;
- a number becomes the next one; ``True`` becomes ``False``; a minus sign goes;
- a condition is negated; a statement is left out;
- the first two arguments of a call change places; ``min`` becomes ``max``, ``any`` becomes ``all``.

Docstrings, messages, annotations, decorators, ``raise`` and ``import`` statements stay: whether they are
right is not for numbers to tell. The mutants of a seed are the same on every machine. Each is imported in a
process of its own, in which pytest runs the tests of the room until one fails; no file is changed. A process
that has computed for `MOST_SECONDS` counts as killed: a loop that does not end is noticed. The exit status is
1 where tests fail without any change, and 0 otherwise: a survivor asks for a reader, who finds a missing test
or a reason why nothing can tell.

Neither mutmut nor Cosmic Ray draws a sample by a seed and gives each room its own tests.
"""

import argparse
import ast
import copy
import importlib
import json
import os
import random
import resource
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MOST_SECONDS = 300
"""Of computing, not of waiting: the load of the machine decides nothing."""

MOMENTS = ["tests/test_exact_variance.py", "tests/test_baselines.py"]
CORE: dict[str, list[str]] = {
    "ordergrad_ref/closed_forms/advantage_moments.py": MOMENTS,
    "ordergrad_ref/closed_forms/boundary_counts.py": MOMENTS,
    "ordergrad_ref/closed_forms/error_bars.py": ["tests/test_standard_error.py"],
    "ordergrad_ref/closed_forms/array_api.py": ["tests/arrays/test_native.py"],
    "ordergrad_ref/closed_forms/segments.py": ["tests/arrays/test_native.py"],
    "ordergrad_ref/closed_forms": [
        "tests/closed_forms/test_rank_weights.py",
        "tests/test_population.py",
        "tests/closed_forms/test_closed_forms.py",
        "tests/closed_forms/test_floating.py",
        "tests/closed_forms/test_value_bound.py::test_the_origin_is_the_best_one",
    ],
    "ordergrad_ref/auditing/decisions": [
        "tests/auditing/test_steps.py",
        "tests/auditing/decisions",
        "tests/auditing/test_lessons.py",
        "tests/auditing/test_identity.py",
    ],
    "ordergrad_ref/kernels": [
        "tests/kernels/test_smallest_tables.py",
        *(
            f"tests/kernels/test_kernels.py::{name}"
            for name in (
                "test_merging_two_sorted_runs_from_any_place",
                "test_known_probabilities_against_exact_rationals",
                "test_known_probabilities",
                "test_sizes_choose_the_engine",
                "test_one_huge_group_in_parts",
                "test_the_network_sorts_all_zeros_and_ones",
            )
        ),
    ],
}
"""The tests of each room, the quickest first; those of a file's own name come before them."""

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
RENAMED = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """The change of this number in a file, and what it is in words."""

    file: str
    number: int
    line: int
    says: str

    def __str__(self) -> str:
        """Where and what."""
        return f"{self.file}:{self.line}: {self.says}"


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
    if isinstance(node, ast.Call) and len(node.args) > 1 and not isinstance(node.args[1], ast.Starred):
        yield _with(node, args=[node.args[1], node.args[0], *node.args[2:]])
    if isinstance(node, ast.AugAssign | ast.Continue | ast.Break) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        yield None


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
                self.found.append((node.lineno, f"{was}  →  {now}"))
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


def tests_of(file: str) -> list[str]:
    """List its own tests, then those of its room."""
    path = Path(file)
    own = Path("tests", *path.parts[1:-1], f"test_{path.name}")
    room = next(tests for place, tests in CORE.items() if file.startswith(place))
    return [*([str(own)] if (ROOT / own).is_file() else []), *room]


def status(file: str, number: int | None) -> int:
    """Run the tests of a file with one change, or with none; give pytest's exit status, or −1 for the limit.

    The process is a copy of this one, which has the large libraries already.
    """
    sys.stdout.flush()
    child = os.fork()
    if not child:
        _run(file, number)
    _, ended = os.waitpid(child, 0)
    return -1 if os.WIFSIGNALED(ended) else os.WEXITSTATUS(ended)


def _run(file: str, number: int | None) -> None:
    result = 1
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        if number is not None:
            _change_on_import(ROOT / file, number)
        pytest = importlib.import_module("pytest")
        options = ["-x", "-q", "-m", "not slow", "-p", "no:xdist", "-p", "no:cacheprovider", "-W", "ignore"]
        result = int(pytest.main([*options, *tests_of(file)]))
    finally:
        os._exit(result)


def _change_on_import(path: Path, number: int) -> None:
    as_it_is = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> Any:
        if Path(self.path) != path:
            return as_it_is(self, fullname)
        tree = Changing(number).visit(ast.parse(path.read_text(encoding="utf-8")))
        return compile(ast.fix_missing_locations(tree), str(path), "exec")

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


def files() -> list[str]:
    """List the core's files."""
    found = {str(path.relative_to(ROOT)) for place in CORE for path in (ROOT / place).rglob("*.py")}
    return sorted(file for file in found if not any(part in file for part in LEFT_OUT))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; give the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sample", type=int, default=300, help="how many mutants; 300 by default")
    parser.add_argument("--seed", type=int, default=2606, help="which ones; 2606 by default")
    parser.add_argument("--only", metavar="TEXT", help="those alone whose file, line and change contain it")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all, with what became of each")
    asked = parser.parse_args(arguments)

    os.chdir(ROOT)
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    for library in ("numpy", "scipy.stats", "numba", "pytest", "hypothesis", "sympy"):
        importlib.import_module(library)  # once, for all the copies of this process

    every = [m for file in files() for m in mutants(file) if not asked.only or asked.only in str(m)]
    # In the order in which they are drawn: what an interrupt leaves is a random sample, too.
    chosen = random.Random(asked.seed).sample(every, min(asked.sample, len(every)))
    print(f"{len(chosen)} of {len(every)} mutants, seed {asked.seed}", flush=True)
    broken = [room for room in CORE if any(room in m.file for m in chosen) and status(room, None)]
    if broken:
        print(f"tests fail without any change: {', '.join(broken)}")
        return 1

    rows = []
    for mutant in chosen:
        survives = status(mutant.file, mutant.number) == 0
        rows.append({"mutant": str(mutant), "killed": not survives})
        if asked.json:
            asked.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
        killed = sum(row["killed"] for row in rows)
        print(f"{killed} of {len(rows)}: {'SURVIVES' if survives else 'killed  '} {mutant}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
