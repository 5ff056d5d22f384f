"""What a function's slopes are called: ``g = c K e^(N)`` is recognised as its objective, in every unit."""

from fractions import Fraction as F

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.auditing.decisions.estimand import UNNAMED, _candidates, estimand, spelling
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.objectives import LStatistic

U, TOLERANCE = 2.0**-53, 2.0**-26.5
N = 6


def named(alpha, c=1.0, asked="max@4"):
    """Name the objective whose slopes these are, in any unit."""
    g = c * float(alpha.k) * rank_weights.elevated(N, alpha)
    return estimand(g, og.objective(asked), TOLERANCE, U)


@pytest.mark.parametrize("c", [0.25, -3.0, 2.0**-90, 2.0**80])
@pytest.mark.parametrize(
    "name", ["mean@1", "max@2", "max@6", "min@3", "gini@2", "lmoment(3)@5", "cvar(0.5)@4"]
)
def test_objectives_have_their_names(name, c):
    found = named(og.objective(name), c)
    assert found.constant == pytest.approx(c, rel=1e-14)
    assert found.name == name or found.objective == og.objective(name).reduced()


def test_sums_of_pass_at_k():
    assert named(maxk.maxrl_objective(N)).name == "Σ_{k≤N−1} pass@k / k"
    assert named(maxk.maxrl_objective(N + 1)).name == "Σ_{k≤N} pass@k / k"


def test_the_asked_one_is_no_other():
    found = named(og.objective("max@4"))
    assert found is None or found.objective != og.objective("max@4")
    assert estimand(np.zeros(N), og.objective("max@4"), TOLERANCE, U) is None


def test_what_has_no_name_is_normalised():
    """To weights with the sum one; where their sum is zero, to a largest of ``1/N``."""
    found = estimand(np.array([1.0, 3.0, 2.0, 5.0, -4.0, 5.0]), og.objective("max@4"), TOLERANCE, U)
    assert found.name == UNNAMED
    assert found.constant == 2
    assert found.objective == LStatistic([F(g, 12) for g in (1, 3, 2, 5, -4, 5)])
    found = estimand(np.array([1.0, 3.0, -2.0, 3.0, -4.0, -1.0]), og.objective("max@4"), TOLERANCE, U)
    assert found.constant == 4
    assert found.objective == LStatistic([F(g, 24) for g in (1, 3, -2, 3, -4, -1)])


def test_other_spellings():
    assert spelling(LStatistic([0, 0, 1]), 5) == "max@3"
    assert spelling(LStatistic([F(1, 3), F(1, 3), F(1, 3)]), 5) == "mean@1"
    assert spelling(og.objective("median@3"), 5) == "median@3"
    odd = LStatistic([1, 3, 2, 5])
    assert spelling(odd, 5) == str(odd)


@pytest.mark.parametrize("size", [1 / 32, 1.0, 32.0])
def test_a_constant_is_as_precise_as_the_slopes_whatever_their_unit(size):
    """Off by 1e-9 of the largest slope: 3/8 is recognised, and what is off by 1e-7 is not."""
    e = np.array(rank_weights.elevated(6, "max@2")) * 2
    off = e.copy()
    off[-1] += 1e-9
    for c, is_a_fraction in ((0.375, True), (0.375 * (1 + 1e-7), False)):
        found = estimand(size * c * off, og.objective("max@3"), 1e-8, 2.0**-53)
        assert found.name == "max@2"
        assert isinstance(found.constant, F) is is_a_fraction
        assert float(found.constant) == pytest.approx(size * c, rel=2e-9)


def test_no_candidate_has_more_ranks_than_the_group():
    """In groups of one there is the mean of one, and no Gini of two."""
    for n in (1, 2, 5, 20):
        assert all(alpha.k <= n for _, alpha in _candidates(og.objective("mean@1"), n))
