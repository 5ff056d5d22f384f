"""What `tests/mutation.py` changes: one thing at a time, and no message, docstring or type."""

import ast

import mutation
import pytest

SOURCE = '''
def f(a: int = 1) -> int | None:
    """Add 1."""
    if a < 2:
        raise ValueError(f"{a + 1}")
    return min(a, -1)
'''


def changed(number):
    return ast.unparse(ast.fix_missing_locations(mutation.Changing(number).visit(ast.parse(SOURCE))))


def listed():
    changes = mutation.Changing()
    changes.visit(ast.parse(SOURCE))
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
            "min(a, -1)  →  min(-1, a)",
            "-1  →  1",
            "1  →  2",
        ]
    )


@pytest.mark.parametrize("number", range(8))
def test_each_changes_one_line(number):
    before, after = ast.unparse(ast.parse(SOURCE)).splitlines(), changed(number).splitlines()
    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    assert after[1] == '    """Add 1."""'


def test_every_file_of_the_core_has_tests():
    for file in mutation.files():
        assert all((mutation.ROOT / test.partition("::")[0]).exists() for test in mutation.tests_of(file))
