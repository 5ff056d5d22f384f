"""What `tests/mutation.py` changes: one thing at a time, and no message, docstring or type."""

import ast
from pathlib import Path

import mutation
import pytest
from reach import Reach, reaching, statement_at

SOURCE = '''
def f(a: int = 1) -> int | None:
    """Add 1."""
    if a < 2:
        raise ValueError(f"{a + 1}")
    return min(a, -1)
'''


def changed(number):
    return ast.unparse(ast.fix_missing_locations(mutation.Changing(number).visit(ast.parse(SOURCE))))


def listed(source=SOURCE):
    changes = mutation.Changing()
    changes.visit(ast.parse(source))
    return [says for _, says in changes.found]


def test_what_is_changed():
    condition, *others = sorted(listed(), key=len, reverse=True)
    assert condition.startswith("if a < 2:")
    assert sorted(others) == sorted(
        [
            "1  →  2",
            "a < 2  →  a <= 2",
            "2  →  3",
            "min(a, -1)  →  max(a, -1)",
            "-1  →  1",
            "1  →  2",
        ]
    )


@pytest.mark.parametrize("number", range(7))
def test_each_changes_one_line(number):
    before, after = ast.unparse(ast.parse(SOURCE)).splitlines(), changed(number).splitlines()
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    assert after[1] == '    """Add 1."""'


def test_an_exchange_that_tells_nothing_is_no_change():
    assert listed("x = f(a, b)") == ["f(a, b)  →  f(b, a)"]
    assert listed("x = max(a, b)") == ["max(a, b)  →  min(a, b)"]
    for call in ("np.minimum(a, b)", "f(a, a)", "f(a, *b)", "f(*a, b)", "f(a)"):
        assert listed(f"x = {call}") == []


def test_all_places_are_there():
    assert all((mutation.ROOT / place).exists() for place in mutation.CORE)
    tests = mutation.python_files(mutation.TESTS)
    assert all((mutation.ROOT / test.partition("::")[0]).is_file() for test in tests)
    assert len(set(tests)) == len(tests) > len(mutation.TESTS)


def test_which_tests_a_mutant_runs(tmp_path):
    """Those that execute its statement: first one case of each function, as far as the seconds allow."""
    file = str(tmp_path / "core.py")
    Path(file).write_text(
        "TWO = 2\n\n\ndef f(a):\n    if a:\n        return (\n            TWO\n        )\n    return 0\n"
    )
    assert [len(statement_at(file, line)) for line in (1, 4, 5, 7, 9)] == [9, 9, 1, 3, 1]
    quick = Reach(
        "", {"b.py::t[1]": 1, "b.py::t[2]": 2, "b.py::u": 4}, {file: {"6": ["b.py::t[1]", "b.py::u"]}}, []
    )
    slow = Reach("", {"a.py::v": 16}, {file: {"5": ["a.py::v"], "7": ["a.py::v"]}}, [])
    assert reaching(file, 7, [slow, quick], 99) == [{"b.py::t[1]": 1, "b.py::u": 4}, {"a.py::v": 16}]
    assert reaching(file, 7, [slow, quick], 6) == [{"b.py::t[1]": 1, "b.py::u": 4}]
    assert reaching(file, 5, [slow, quick], 99) == reaching(file, 5, [slow], 99) == [{"a.py::v": 16}]
    assert reaching(file, 9, [slow, quick], 99) == []
    every = Reach("", quick.seconds, {file: {"5": list(quick.seconds)}}, [])
    assert reaching(file, 5, [every], 5) == [{"b.py::t[1]": 1, "b.py::u": 4}]
