"""``proofs/README.md`` has a row for every equation of the specification, and names only what exists.

A row: equation, claim, code, symbolic proof, sizes, machine-checked theorem, test. A proof that a row names
cites the row's equation; equations that the code cites are equations of the specification.
"""

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

from ordergrad_ref import __spec_version__
from proofs.symbolic import PROOFS

ROOT = Path(__file__).parents[2]
SPECIFICATION = ROOT / "docs" / "spec" / __spec_version__ / "index.md"
TABLE = ROOT / "proofs" / "README.md"
SOURCES = sorted([*(ROOT / "ordergrad_ref").rglob("*.py"), *(ROOT / "proofs").rglob("*.py")])

NUMBER = r"\(\d+\)"
CITATION = re.compile(rf"\b[Ee]qs?\.\s+({NUMBER}(?:(?:,| and| to|–|,? and)\s*{NUMBER})*)")
COQ = ROOT / "proofs" / "coq"
ASKED = re.compile(r"^Print Assumptions ([\w']+)\.$", re.MULTILINE)
THEOREM = re.compile(r"^\s*(?:Theorem|Lemma|Corollary|Proposition|Fact|Remark)\s+([\w']+)", re.MULTILINE)


class Row(NamedTuple):
    equation: int
    claim: str
    code: list[str]
    symbolic: list[str]
    sizes: str
    theorems: list[str]
    tests: list[str]


def rows(table: str) -> list[Row]:
    result = []
    for line in table.splitlines():
        if re.match(rf"\| {NUMBER} \|", line):
            equation, claim, code, symbolic, sizes, theorems, tests = line.strip("| ").split(" | ")
            result.append(
                Row(
                    int(equation[1:-1]),
                    claim,
                    named(code),
                    named(symbolic),
                    sizes,
                    named(theorems),
                    named(tests),
                )
            )
    return result


def named(cell: str) -> list[str]:
    names = re.findall(r"`([^`]+)`", cell)
    assert names or cell == "—", f"neither a name nor —: {cell}"
    return names


def equations(specification: str) -> set[int]:
    return {int(n) for n in re.findall(r"\\tag\{(\d+)\}", specification)}


def cited(text: str) -> set[int]:
    """The equations that a text cites; ranges are meant with all that lies between."""
    result: set[int] = set()
    for citation in CITATION.findall(" ".join(text.split())):
        numbers = [int(n) for n in re.findall(r"\d+", citation)]
        joints = re.split(NUMBER, citation)[1:-1]
        result |= set(numbers)
        for first, joint, last in zip(numbers, joints, numbers[1:], strict=False):
            if joint.strip() in ("to", "–"):
                result |= set(range(first, last))
    return result


def exists(name: str) -> bool:
    """Whether ``og.…`` is an object of the package, or of one of its modules."""
    head, *rest = name.split(".")
    if head != "og":
        return False
    found, path = import_module("ordergrad_ref"), "ordergrad_ref"
    for part in rest:
        path += f".{part}"
        if not hasattr(found, part):
            try:
                import_module(path)
            except ImportError:
                return False
        found = getattr(found, part)
    return True


def functions(name: str) -> set[str]:
    """The functions of a test file, in whichever folder of the tests it lies; their names are unique."""
    found = [*(ROOT / "tests").rglob(name)]
    if not found:
        return set()
    (test_file,) = found
    tree = ast.parse(test_file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def theorems() -> set[str]:
    """What is stated, and checked for assumptions."""
    texts = (path.read_text(encoding="utf-8") for path in COQ.glob("*.v"))
    return {name for text in texts for name in THEOREM.findall(text)} & asked()


def asked() -> set[str]:
    files = COQ.glob("assumptions*.v")  # of those that assume nothing, and of those about real numbers
    return {name for path in files for name in ASKED.findall(path.read_text(encoding="utf-8"))}


def mistakes(table: str, specification: str, checked: set[str]) -> list[str]:
    """What is wrong with a table: equations without a row or with two, and names of nothing."""
    found = rows(table)
    numbers = [row.equation for row in found]
    wanted = equations(specification)
    result = [f"({n}) has no row" for n in sorted(wanted - set(numbers))]
    result += [f"({n}) is no equation" for n in sorted(set(numbers) - wanted)]
    result += [f"({n}) has several rows" for n in sorted(set(numbers)) if numbers.count(n) > 1]
    for row in found:
        at = f"({row.equation})"
        result += [f"{at}: no code {name}" for name in row.code if not exists(name)]
        result += [f"{at}: no proof {name}" for name in row.symbolic if name not in PROOFS]
        result += [f"{at}: no theorem {name}" for name in row.theorems if name not in checked]
        for test in row.tests:
            file, _, function = test.partition("::")
            if not function.startswith("test_") or function not in functions(file):
                result.append(f"{at}: no test {test}")
    return result


@pytest.fixture
def table():
    return TABLE.read_text(encoding="utf-8")


@pytest.fixture
def specification():
    return SPECIFICATION.read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_equation_has_a_row_of_things_that_exist(table, specification):
    assert equations(specification) >= set(range(1, 57))
    assert mistakes(table, specification, theorems()) == []


def test_every_row_names_code_and_a_test(table):
    assert [row.equation for row in rows(table) if not (row.code and row.tests)] == []


def test_every_proof_is_in_the_table(table):
    assert sorted({name for row in rows(table) for name in row.symbolic}) == PROOFS


KIND = re.compile(r"`\w+` \((identity|statement|identity, statement)\)")


def kinds(row: str) -> set[str]:
    """Of what the symbolic proofs of a row are: its statement, an identity behind it, or both."""
    cell = row.strip("| ").split(" | ")[3]
    assert cell == "—" or re.sub(KIND, "", cell).strip(", ") == "", f"of what: {cell}"
    return {kind for found in KIND.findall(cell) for kind in found.split(", ")}


def test_the_table_says_of_what_each_symbolic_proof_is(table):
    """And for which sizes, of either kind."""
    found = [line for line in table.splitlines() if re.match(rf"\| {NUMBER} \|", line)]
    for row in found:
        sizes = row.strip("| ").split(" | ")[4]
        assert ("identity: " in sizes) is ("identity" in kinds(row)), row
        assert ("statement: " in sizes) is ("statement" in kinds(row)), row
    with pytest.raises(AssertionError, match="of what: `gap_weights`"):
        kinds(ROW)


def test_a_proof_cites_the_equations_of_its_rows(table):
    for name in PROOFS:
        proved = {row.equation for row in rows(table) if name in row.symbolic}
        assert proved <= cited(import_module(f"proofs.symbolic.{name}").__doc__), name


def test_only_equations_that_exist_are_cited(specification):
    exist = equations(specification)
    for path in SOURCES:
        assert cited(path.read_text(encoding="utf-8")) <= exist, path


def test_citations_are_found():
    text = "Spec eq. (22). Spec eqs. (23), (25), (26) to (29); eqs.\n    (41)–(43) and eq. (5), not (99)."
    assert cited(text) == {22, 23, 25, 26, 27, 28, 29, 41, 42, 43, 5}
    package = "".join(path.read_text(encoding="utf-8") for path in SOURCES if "ordergrad_ref" in path.parts)
    assert cited(package) >= {1, 22, 25, 38, 53}


ROW = "| (1) | claim | `og.value` | `gap_weights` | all N | — | `test_laws.py::test_centring` |"
ONE = r"\tag{1}"


@pytest.mark.parametrize(
    ("row", "spec", "mistake"),
    [
        (ROW, ONE, []),
        (ROW, ONE + r"\tag{2}", ["(2) has no row"]),
        (ROW, "", ["(1) is no equation"]),
        (f"{ROW}\n{ROW}", ONE, ["(1) has several rows"]),
        (ROW.replace("og.value", "og.worth"), ONE, ["(1): no code og.worth"]),
        (ROW.replace("og.value", "og.maxk.value.worth"), ONE, ["(1): no code og.maxk.value.worth"]),
        (ROW.replace("og.value", "value"), ONE, ["(1): no code value"]),
        (ROW.replace("gap_weights", "gap"), ONE, ["(1): no proof gap"]),
        (ROW.replace("| — |", "| `gap_form` |"), ONE, ["(1): no theorem gap_form"]),
        (ROW.replace("test_centring", "test_nothing"), ONE, ["(1): no test test_laws.py::test_nothing"]),
        (ROW.replace("test_laws", "test_none"), ONE, ["(1): no test test_none.py::test_centring"]),
        (ROW.replace("test_centring", "floats"), ONE, ["(1): no test test_laws.py::floats"]),
    ],
)
def test_mistakes_are_found(row, spec, mistake):
    assert mistakes(row, spec, checked=set()) == mistake


def test_a_theorem_that_exists_is_no_mistake():
    stated = THEOREM.findall("(* Theorem *)\nTheorem gap_form : True.\n  Lemma pascal' n : n = n.\n")
    assert stated == ["gap_form", "pascal'"]
    assert mistakes(ROW.replace("| — |", "| `gap_form` |"), ONE, checked=set(stated)) == []


def test_every_theorem_of_coq_s_own_table_is_checked_for_assumptions():
    lines = (COQ / "README.md").read_text(encoding="utf-8").splitlines()
    first = [line.split("|")[1] for line in lines if line.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(first))) == sorted(asked())


def test_an_empty_cell_is_refused():
    with pytest.raises(AssertionError, match="neither a name nor —"):
        rows(ROW.replace("`og.value`", "value"))


def test_the_documentation_shows_this_table():
    page = (ROOT / "docs" / "proofs.md").read_text(encoding="utf-8")
    assert "```{include} ../proofs/README.md\n:start-after: <!-- the table begins -->\n" in page
    assert "<!-- the table begins -->" in (ROOT / "proofs" / "README.md").read_text(encoding="utf-8")
    assert "\nProofs <proofs>\n" in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
