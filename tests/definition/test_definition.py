"""The definition is checked by hand: against the numbers that its sentences give on paper."""

import ast
from fractions import Fraction as F
from pathlib import Path

import pytest

from ordergrad_ref import definition
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError

# Rewards 1, 4, 2 and max@2. Subsets: {1,4} → 4, {1,2} → 2, {4,2} → 4.
REWARDS = [1, 4, 2]


def test_value():
    assert definition.value(REWARDS, "max@2") == F(4 + 2 + 4, 3)


def test_inclusion():
    assert definition.inclusion(REWARDS, "max@2") == [F(4 + 2, 2), F(4 + 4, 2), F(2 + 4, 2)]


def test_leave_one_out():
    assert definition.leave_one_out(REWARDS, "max@2") == [4, 2, 4]


def test_advantage():
    assert definition.advantage(REWARDS, "max@2") == [-1, 2, -1]


def test_ascending_weights_multiply_the_smallest_first():
    assert definition.l_statistic([5, 1, 3], "min@3") == 1
    assert definition.l_statistic([5, 1, 3], "rank(2)@3") == 3


def test_tied_rewards_are_different_samples():
    # {0,0'} → 0, {0,1} → 1, {0',1} → 1.
    assert definition.value([0, 0, 1], "max@2") == F(2, 3)


def test_expected_value_and_inclusion():
    # P(0) = 2/3, P(3) = 1/3: the maximum of two is 0 with probability 4/9.
    p = [F(2, 3), F(1, 3)]
    assert definition.expected_value([0, 3], p, "max@2") == 3 * (1 - F(4, 9))
    assert definition.expected_inclusion([0, 3], p, "max@2") == [1, 3]


def test_the_batch_value_is_unbiased_for_the_expected_value():
    # All 3-tuples of a fair coin: the mean of v is J.
    half = F(1, 2)
    tuples = [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    mean = sum(definition.value(t, "max@2") for t in tuples) / 8
    assert mean == definition.expected_value([0, 1], [half, half], "max@2") == F(3, 4)


@pytest.mark.parametrize(
    ("function", "rewards"),
    [
        (definition.value, [1]),
        (definition.inclusion, [1]),
        (definition.leave_one_out, [1, 2]),
        (definition.advantage, [1, 2]),
    ],
)
def test_too_few_rewards(function, rewards):
    with pytest.raises(GroupTooSmallError, match=r"too few for max@2"):
        function(rewards, "max@2")


def test_real_k_has_no_subsets():
    with pytest.raises(InvalidInputError, match=r"objective: expected an integer K, got max@2\.5"):
        definition.value([1, 2, 3], "max@2.5")


def test_wrong_number_of_rewards():
    with pytest.raises(InvalidInputError, match="expected K = 2"):
        definition.l_statistic([1, 2, 3], "max@2")


def imported_by(module):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    return {
        name
        for node in ast.walk(tree)
        for name in (
            [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }


def test_it_imports_no_array_library_and_no_closed_form():
    assert imported_by(definition.l_statistics) == {
        "collections.abc",
        "fractions",
        "itertools",
        "math",
        "ordergrad_ref.definition.orders",
        "ordergrad_ref.errors",
        "ordergrad_ref.objectives",
        "typing",
    }
    assert imported_by(definition.published) == {
        "collections.abc",
        "fractions",
        "math",
        "ordergrad_ref.definition.l_statistics",
        "ordergrad_ref.errors",
        "ordergrad_ref.objectives",
        "typing",
    }


@pytest.mark.parametrize("wrong", ["a", None, float("nan"), [1, 2]])
def test_what_is_no_number_is_refused(wrong):
    with pytest.raises(InvalidInputError, match="rewards: expected finite numbers"):
        definition.value([wrong, 1], "max@2")


def test_one_probability_for_each_reward():
    with pytest.raises(InvalidInputError, match="one for each of the 2 rewards, got 3"):
        definition.expected_value([0, 1], [F(1, 2), F(1, 4), F(1, 4)], "max@1")
