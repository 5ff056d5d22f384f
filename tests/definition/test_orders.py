"""Selected by a score, on paper: the order is that of the scores, and every order of equal ones. Eq. (75)."""

from fractions import Fraction as F
from itertools import pairwise, permutations

import numpy as np
import pytest

from ordergrad_ref import definition
from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError

# Scores 1, 2, 3, 4 and rewards 0, 3, 5, 1. The better score of a pair: 3, 5, 1, 5, 1, 1.
REWARDS, SCORES = [0, 3, 5, 1], [1, 2, 3, 4]


def test_the_value_is_the_mean_reward_of_the_better_score():
    assert definition.value(REWARDS, "max@2", by=SCORES) == F(3 + 5 + 1 + 5 + 1 + 1, 6)


def test_the_favourite_of_the_score_is_pushed_down():
    assert definition.inclusion(REWARDS, "max@2", by=SCORES) == [3, 3, F(11, 3), 1]
    assert definition.leave_one_out(REWARDS, "max@2", by=SCORES) == [F(7, 3), F(7, 3), F(5, 3), F(13, 3)]
    assert definition.advantage(REWARDS, "max@2", by=SCORES) == [F(2, 3), F(2, 3), 2, F(-10, 3)]


def test_equal_scores_are_tossed_for():
    # Of the three orders of the two 7s beside 0, the largest is one 7 or the other.
    assert definition.l_statistic([5, 1, 2], "max@3", by=[7, 0, 7]) == F(5 + 2, 2)
    assert definition.l_statistic([5, 1, 2], "rank(2)@3", by=[7, 0, 7]) == F(5 + 2, 2)
    assert definition.l_statistic([5, 1, 2], "min@3", by=[7, 0, 7]) == 1


@pytest.mark.parametrize("scores", [(0, 0, 0, 0), (1, 0, 1, 1), (2, 2, 0, 0), (3, 1, 2, 0)])
def test_the_orders_are_all_permutations_along_which_scores_ascend(scores):
    every = [p for p in permutations(range(4)) if all(scores[a] <= scores[b] for a, b in pairwise(p))]
    assert sorted(definition.l_statistics.orders_by(scores)) == every


def test_the_rewards_as_scores_change_nothing():
    for rewards in ([3, 1, 4, 1], [0, 0, 0], [F(1, 3), -2, F(1, 3), 5]):
        assert definition.advantage(rewards, "max@2", by=rewards) == definition.advantage(rewards, "max@2")


def test_a_population():
    # P(0) = 1/4 with score 1, P(3) = 3/4 with score 0: the better of two is 3 only where both are.
    p = [F(1, 4), F(3, 4)]
    assert definition.expected_value([0, 3], p, "max@2", by=[1, 0]) == 3 * F(9, 16)
    assert definition.expected_inclusion([0, 3], p, "max@2", by=[1, 0]) == [0, 3 * F(3, 4)]
    assert definition.expected_inclusion([0, 3], p, "max@2", by=[5, 5]) == [F(9, 8), F(21, 8)]


def test_infinite_scores_are_ordered():
    assert definition.value([5, 1], "max@2", by=[-np.inf, np.float32(0)]) == 1


@pytest.mark.parametrize(
    ("by", "error", "message"),
    [
        ([1, 2], InvalidInputError, "by: expected a score for each of the 3 rewards, got 2"),
        ([1, float("nan"), 2], NonFiniteRewardError, "by: expected numbers, got nan at position 1"),
        ([1, "2", 3], InvalidInputError, r"by: expected numbers, got '2' \(str\) at position 1"),
    ],
)
def test_bad_scores_are_refused(by, error, message):
    with pytest.raises(error, match=message):
        definition.value([1, 2, 3], "max@2", by=by)
