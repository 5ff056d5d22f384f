"""Law: an error says what was expected and what came, wherever it is raised.

The law is read off the source: the message of every ``raise`` of an error of ours, ``{…}`` for each value.
"""

import ast
import re
from pathlib import Path

import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import did_you_mean, expected_one_of

PACKAGE = Path(og.__file__).parent
ERRORS = {
    "InvalidInputError",
    "UnknownObjectiveError",
    "NonFiniteRewardError",
    "GroupTooSmallError",
    "TargetError",
}
ROOMS = [
    "objectives",
    "definition",
    "closed_forms",
    "kernels",
    "arrays",
    "batch.py",
    "error_bars.py",
    "off_policy.py",
    "order_statistics.py",
    "population.py",
    "baselines.py",
    "maxk.py",
    "estimators.py",
    "variance.py",
    "published.py",
    "contracts.py",
    "targets",
    "evaluation",
    "rollouts",
    "vectors",
    "auditing",
    "trainers",
    "integrations",
    "reports",
    "conformance",
    "commands",
    "cli.py",
    "errors.py",
]
LAW = re.compile(r"^[^:]+: (.*: )?expected\b.*\bgot\b", re.DOTALL)

WITHOUT_A_NAME = {"rollouts/cells.py"}
"""Files whose caller knows the name, here file, line and column, and puts it before the message."""

DEEDS = re.compile(
    r"\b(raised|returned|changed|mixes groups|did not answer|ended it|cannot start|does not offer)\b"
    r"|\b(is asynchronous|answers the same rewards differently|answers at random)\b"
)
"""What code that is not ours did: no argument was wrong, so that the message tells the deed."""

ELSEWHERE = {
    "arrays/groups.py": "the message is that of Needs: how many rewards a group has, and how many it needs",
    "arrays/cupy_arrays.py": "the message is that of Needs",
    "arrays/native.py": "the message is that of Needs",
    "targets/parameters.py": "the message is made by _unknown",
    "targets/process.py": "the message is what the other process said, or how it ended",
    "targets/target.py": "the message is the error of the better reading",
    "vectors/golden.py": "the message is the schema's, or that of _inconsistency",
    "vectors/expected.py": "our own generator met a case that it cannot state",
}
"""Files where some messages are values from elsewhere, of which the source shows no word."""


def template(node):
    """The message as it stands in the source, with {…} for every value that the source does not say."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(template, node.values))
    if isinstance(node, ast.FormattedValue):
        return template(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return template(node.left) + template(node.right)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "expected_one_of":
        return "expected one of {…}, got {…}"
    return "{…}"


def raised(file):
    """Line and message of every raise of an error of ours in a file."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = getattr(node.exc.func, "id", "")
            if name in ERRORS:
                yield node.lineno, template(node.exc.args[0])


FILES = sorted(
    path
    for room in ROOMS
    for path in ((PACKAGE / room).rglob("*.py") if (PACKAGE / room).is_dir() else [PACKAGE / room])
)


def breaks_the_law(name, message):
    if name in WITHOUT_A_NAME:
        message = f"{{…}}: {message}"
    own = message.replace("{…}", "").removeprefix("rewards:").replace("every group", "")
    made_elsewhere = name in ELSEWHERE and not re.search(r"\w{2}", own)
    return not (LAW.match(message) or DEEDS.search(message) or made_elsewhere)


@pytest.mark.slow
def test_every_message_says_what_was_expected_and_what_came():
    found = [
        f"{name}:{line}: {message}"
        for file in FILES
        for name in [file.relative_to(PACKAGE).as_posix()]
        for line, message in raised(file)
        if breaks_the_law(name, message)
    ]
    assert found == []


@pytest.mark.slow
def test_the_law_sees_messages():
    """Every form in which a message is written here is read, and the law refuses what it should."""
    assert sum(len(list(raised(file))) for file in FILES) > 60
    read = [
        template(ast.parse(source, mode="eval").body)
        for source in (
            "'k: expected one, got none'",
            "f'{name}: expected {what}, got {value!r}' + (hint if near else '')",
            "f'kind: {expected_one_of(KINDS, kind)}'",
        )
    ]
    assert all(map(LAW.match, read)), read
    for bad in ("k must be 1, got 2", "expected one, got two", "k: expected one", "k: two came"):
        assert not LAW.match(bad)
        assert not DEEDS.search(bad)


def test_what_is_spelt_alike_is_suggested():
    assert did_you_mean("maxx", ["min", "max"]) == "; did you mean 'max'?"
    assert did_you_mean("maxx", ["min", "max"], spelt="{}@8".format) == "; did you mean 'max@8'?"
    assert did_you_mean("mx", ["max", "mix"], most=2) == "; did you mean 'mix' or 'max'?"
    assert did_you_mean("zzz", ["min", "max"]) == did_you_mean(["max"], ["max"]) == ""


def test_expected_one_of():
    assert expected_one_of({"max": 1, "min": 2}, "mux") == (
        "expected one of 'max', 'min', got 'mux'; did you mean 'max'?"
    )
    assert expected_one_of(iter(["max"]), 3) == "expected one of 'max', got 3"
