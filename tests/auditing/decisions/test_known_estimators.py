"""Which known estimators a function equals: the whole list, and nothing twice. Spec section 9.6."""

from fractions import Fraction as F

import pytest

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.auditing.decisions.estimand import Estimand
from ordergrad_ref.auditing.decisions.known_estimators import _is_maximum, _known
from ordergrad_ref.objectives import LStatistic


def listed(function, objective, n, values=None):
    return [str(known) for known in og.audit(function, objective, n, values).lookalikes]


def test_the_whole_list():
    """A maximum is listed under its published names alone, not again as a canonical advantage."""
    assert listed(maxk.canonical, "max@3", 6) == [
        "maxpo at K = 3",
        "canonical at K = 3",
        "2 × subset_mean_baseline at K = 3",
        "2 × rlbon at K = 3",
    ]
    assert listed(lambda x: og.advantage(x, "median@3"), "median@3", 6) == [
        "the canonical advantage of median@3 at K = 3"
    ]
    assert listed(lambda x: og.advantage(x, "mean@1"), "mean@1", 6) == [
        "maxpo at K = 1",
        "canonical at K = 1",
        "rloo",
        "6/5 × subset_mean_baseline at K = 1",
        "6/5 × dr_grpo",
        "6 × rlbon at K = 1",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "k", "asked", "found"),
    [
        (16, 5, 9, True),
        (17, 5, 9, False),
        (17, 8, 9, True),
        (17, 10, 9, True),
        (17, 16, 4, True),
        (17, 2, 9, True),
    ],
)
def test_which_k_are_tried(n, k, asked, found):
    """All up to N = 16; beyond, 1, 2, those beside the asked one, and N − 1 and N."""
    names = listed(lambda x: maxk.pkpo(x, k), f"max@{asked}", n, (0, 1))
    assert (f"pkpo at K = {k}" in names) == found


def test_which_objectives_are_a_maximum():
    assert [_is_maximum(LStatistic(w)) for w in ([1], [0, 1], [0, 0, 1])] == [True] * 3
    assert [_is_maximum(LStatistic(w)) for w in ([1, 1], [0, 2], [1, 0], [F(1, 2), 0, F(1, 2)])] == [
        False
    ] * 4


@pytest.mark.parametrize(
    ("n", "ks"), [(16, range(1, 17)), (17, (1, 2, 8, 9, 10, 16, 17)), (40, (1, 2, 8, 9, 10, 39, 40))]
)
def test_sizes_at_which_a_known_estimator_is_tried(n, ks):
    meant = Estimand("max@9", og.objective("max@9"), F(1))
    tried = [k for name, k, _ in _known(n, meant) if name == "pkpo"]
    assert tried == list(ks)


def test_the_canonical_advantage_needs_no_more_than_the_reduced_k():
    """gini@6 is gini@2, which has an advantage in groups of six."""
    meant = Estimand("gini@6", og.objective("gini@6"), F(1))
    found = [(name, k) for name, k, _ in _known(6, meant) if name.startswith("the canonical")]
    assert found == [("the canonical advantage of gini@6", 2)]
