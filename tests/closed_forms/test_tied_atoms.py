"""Known distributions selected by a score are the definition, and rare atoms of equal score keep digits.

``J = Σ_B ȳ_B [Φ(F_B) − Φ(F_B−)]``; ``ā_b`` rises by ``(ȳ_next − ȳ_B) b_α(F_B)`` between runs of equal scores,
plus ``(y_b − ȳ_B) [Φ(F_B) − Φ(F_B−)] / (K p_B)`` within its own. Spec eq. (77).
"""

from fractions import Fraction as F
from itertools import product

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import definition
from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError
from ordergrad_ref.objectives import LStatistic

OBJECTIVES = ["max@3", "min@2", "mean@2", LStatistic([2, "-1/3", "5/4"])]
REWARDS = [F(3), F(-1), F(4), F(1, 3)]
PROBABILITIES = [F(1, 8), F(1, 2), F(1, 8), F(1, 4)]
u = 2.0**-53


def population(name, rewards, probabilities, objective, by):
    return getattr(og.population, name)(rewards, probabilities, objective, by=by)


@pytest.mark.slow
@pytest.mark.parametrize("scores", [s for s in product(range(3), repeat=4) if s[0] <= 1], ids=str)
def test_it_is_the_definition(scores):
    for alpha in OBJECTIVES[sum(scores) % 2 :: 2]:
        j = definition.expected_value(REWARDS, PROBABILITIES, alpha, by=scores)
        q = definition.expected_inclusion(REWARDS, PROBABILITIES, alpha, by=scores)
        arguments = REWARDS, PROBABILITIES, alpha, scores
        assert population("value", *arguments) == j
        assert population("inclusion", *arguments).tolist() == q
        assert population("advantage", *arguments).tolist() == [x - j for x in q]


@pytest.mark.parametrize("alpha", OBJECTIVES, ids=str)
def test_impossible_atoms_have_their_include_one_value(alpha):
    p = [F(1, 2), F(0), F(0), F(1, 2)]
    for scores in ((0, 1, 1, 2), (1, 1, 0, 2), (0, 0, 0, 0), (2, 2, 3, 0)):
        q = definition.expected_inclusion(REWARDS, p, alpha, by=scores)
        assert population("inclusion", REWARDS, p, alpha, scores).tolist() == q


RARE = 2.0**-40
SPREAD = np.array([1.0, 5.0, 2.0, 7.0])
LOW_AND_HIGH = ((0, 0, 1, 2), (1, 1, 0, 2), (2, 2, 0, 1))


@pytest.mark.parametrize("scores", LOW_AND_HIGH)
@pytest.mark.parametrize("objective", ["max@5", "min@5", "median@5", "gini@5"])
def test_rare_atoms_keep_their_digits(objective, scores):
    """Within ``16 u max |α| · spread``: a difference of two Φ over ``p_B = 3 · 2^-40`` leaves 13 bits."""
    p = np.array([RARE, 2 * RARE, 0.5, 0.5 - 3 * RARE])
    got = population("advantage", SPREAD, p, objective, scores)
    exact = population("advantage", list(map(F, SPREAD)), list(map(F, p)), objective, scores)
    error = max(abs(F(a) - b) for a, b in zip(got.tolist(), exact, strict=True))
    assert error <= 16 * u * max(map(abs, og.objective(objective).weights)) * 6


@pytest.mark.parametrize("scores", LOW_AND_HIGH)
@pytest.mark.parametrize("objective", ["max@2.5", "min@2.5"])
def test_so_they_do_for_real_k(objective, scores):
    """Rare atoms lie where their run does: apart, they move by what b_α does over ``3 · 2^-40``."""
    p = np.array([RARE, 2 * RARE, 0.5, 0.5 - 3 * RARE])
    together = population("advantage", SPREAD, p, objective, scores)
    apart = population("advantage", SPREAD, p, objective, np.array(scores) * 2 + [0, 1, 0, 0])
    assert abs(together - apart).max() <= 10 * 3 * RARE * 7


@pytest.mark.parametrize("name", ["value", "advantage", "inclusion", "gradient", "logit_gradient"])
@pytest.mark.parametrize("objective", ["max@3", "gini@4", "max@2.5"])
def test_the_rewards_as_scores_change_no_bit(name, objective):
    y, p = np.array([0.1, 0.3, 0.1, 1e9, -0.7, 0.1]), np.array([0.1, 0.2, 0.3, 0.1, 0.3, 0.0])
    plain = getattr(og.population, name)(y, p, objective)
    assert (population(name, y, p, objective, y) == plain).all()


def test_scores_are_broadcast():
    y, p, s = np.array([[1.0, 2, 0], [3, 1, 1]]), np.array([0.25, 0.25, 0.5]), np.array([1, 0, 1])
    answer = population("advantage", y, p, "max@2", s)
    assert (answer == [population("advantage", row, p, "max@2", s) for row in y]).all()
    assert population("value", y[0], p, "max@2", np.array([[0, 1, 2], [1, 1, 1]])).shape == (2,)


@pytest.mark.parametrize(
    ("by", "objective", "error", "message"),
    [
        ([1, 2], "max@2", InvalidInputError, r"by: expected the rewards' shape \(\.\.\., m\), got"),
        ([1, np.nan, 2], "max@2", NonFiniteRewardError, "by: expected numbers, got nan at position 1"),
        (["a", "b", "c"], "max@2", InvalidInputError, "by: expected real numbers, a score for each reward"),
        ([1, 1, 2], "gini@2000", InvalidInputError, r"by: expected atoms of equal score .* K > 1024"),
    ],
)
def test_bad_scores_are_refused(by, objective, error, message):
    with pytest.raises(error, match=message):
        population("advantage", [0.0, 1.0, 3.0], [0.5, 0.25, 0.25], objective, by)


def test_in_every_library(xp):
    y, p, s = np.array([[1.0, 2, 0], [3, 1, 1]]), np.array([[0.25, 0.25, 0.5]] * 2), np.array([[1, 0, 1]] * 2)
    expected = population("advantage", y, p, "max@2", s)
    for by in (xp.array(s, np.int64), s.tolist()):
        answer = population("advantage", xp.array(y), xp.array(p), "max@2", by)
        assert xp.is_own(answer)
        assert (xp.numpy(answer) == expected).all()
