"""The sentences that define the published estimators, held to what can be counted or proved without them.

Law: the improvement of eq. (41) compares each set that holds i with the same set without it. Theorem: MaxPO's
leave-two-out (43), its pairwise form (44) and the canonical advantage (45) are one. The numbers of the
specification's example are the docstrings' own.
"""

from fractions import Fraction as F
from itertools import combinations, combinations_with_replacement

import numpy as np
import pytest
from helpers.problems import BATCHES
from helpers.wrong_estimators import RIGHT, improvement
from sympy import QQ

from ordergrad_ref import definition, estimators
from ordergrad_ref.definition import published
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError
from proofs.symbolic import family_bias

CASES = [(b.rewards, k) for b in BATCHES for k in range(1, len(b.rewards) + 1)]
PROPER = [(x, k) for x, k in CASES if k < len(x)]


def mean(xs):
    xs = list(xs)
    return sum(xs, F(0)) / len(xs)


def test_every_estimator_of_the_library_has_its_sentence():
    assert {*estimators.NAMED, "pass_at_k", "improvement", "leave_two_out"} == set(published.__all__)


@pytest.mark.parametrize(("x", "k"), CASES, ids=str)
def test_improvement_compares_each_set_with_itself_and_i(x, k):
    """The mean of ``max(T ∪ i) − max(T)`` over the sets T of K − 1 others; ``max(∅) = 0``."""

    def of(i):
        others = [*x[:i], *x[i + 1 :]]
        return mean(max([x[i], *t]) - (max(t) if t else 0) for t in combinations(others, k - 1))

    assert published.improvement(x, k) == [of(i) for i in range(len(x))]


@pytest.mark.parametrize(("x", "k"), PROPER, ids=str)
def test_maxpo_pairwise(x, k):
    n = len(x)
    pairwise = [
        mean(
            max([x[i], *t]) - max([x[j], *t])
            for j in range(n)
            if j != i
            for t in combinations([x[m] for m in range(n) if m not in (i, j)], k - 1)
        )
        for i in range(n)
    ]
    assert published.maxpo(x, k) == pairwise
    assert published.canonical(x, k) == pairwise
    assert definition.advantage(x, f"max@{k}") == pairwise


def test_the_baseline_of_two_is_the_other():
    """On the batch without i the only other's improvement is its reward."""
    assert published.leave_two_out([3, 7], 1) == [7, 3]


@pytest.mark.parametrize("x", [b.rewards for b in BATCHES], ids=str)
def test_runner_up_gap_is_the_improvement_at_k_equal_n(x):
    assert published.runner_up_gap(x) == published.improvement(x, len(x))


@pytest.mark.parametrize("x", [b.rewards for b in BATCHES], ids=str)
def test_estimators_of_the_mean(x):
    n = len(x)
    assert published.rloo(x) == published.canonical(x, 1) == [a - (sum(x) - a) / (n - 1) for a in x]
    expected = [F(n - 1, n) * a for a in published.rloo(x)]
    assert published.dr_grpo(x) == published.subset_mean_baseline(x, 1) == expected


@pytest.mark.parametrize("x", [[0, 1], [0, 0, 1], [1, 1, 1], [0, 1, 0, 1, 1]])
def test_maxrl_by_the_number_of_successes(x):
    assert published.maxrl(x) == [F(a * len(x), sum(x)) - 1 for a in x]


def test_where_nothing_can_be_divided_by_there_is_zero():
    assert published.maxrl([0, 0, 0]) == published.grpo([5, 5, 5]) == [0, 0, 0]


# ---- the same sentences elsewhere: in the proofs, and in floats


@pytest.mark.parametrize("name", family_bias.FAMILY)
def test_the_proofs_speak_of_these_sentences(name):
    values = (0, 1) if name == "maxrl" else (0, 1, 4)
    for n, k in family_bias.sizes(name):
        arguments = (k,) if family_bias.FAMILY[name].target == "max@K" else ()
        for batch in combinations_with_replacement(range(len(values)), n):
            ours = getattr(published, name)([F(values[b]) for b in batch], *arguments)
            theirs = family_bias.FAMILY[name].advantages(batch, k, [QQ(x) for x in values])
            assert ours == [F(int(a.numerator), int(a.denominator)) for a in theirs]


@pytest.mark.parametrize(("x", "k"), PROPER, ids=str)
def test_the_estimators_that_audits_are_tested_with_are_these_in_floats(x, k):
    """Both means are of at most C(6, 3) = 20 maxima: 19 u each, a division, and 2 u for their difference."""
    floats = np.array([float(a) for a in x])
    bound = 64 * 2.0**-53 * abs(floats).max()
    expected = [float(a) for a in published.canonical(x, k)]
    np.testing.assert_allclose(RIGHT["canonical"][0](floats, k), expected, rtol=0, atol=bound)
    if k > 1:
        expected = [float(a) for a in published.improvement(x, k)]
        np.testing.assert_allclose(improvement(floats, k), expected, rtol=0, atol=bound)


# ---- what has no answer


@pytest.mark.parametrize("name", ["rloo", "dr_grpo", "grpo", "runner_up_gap", "maxrl"])
def test_one_reward_is_too_few(name):
    with pytest.raises(GroupTooSmallError, match="rewards: expected at least 2, got 1"):
        getattr(published, name)([1])


@pytest.mark.parametrize("name", ["pkpo_loo", "maxpo", "leave_two_out", "canonical"])
def test_k_equal_n_leaves_nobody_out(name):
    with pytest.raises(GroupTooSmallError, match="too few for max@3"):
        getattr(published, name)([1, 2, 3], 3)


def test_an_irrational_deviation_is_refused():
    with pytest.raises(InvalidInputError, match=r"expected a rational standard deviation, got the .* of 1/2"):
        published.grpo([0, 1])


@pytest.mark.parametrize("function", [published.maxrl, lambda x: published.pass_at_k(x, 2)])
def test_other_rewards_than_0_and_1_are_refused(function):
    with pytest.raises(InvalidInputError, match="rewards: expected only 0 and 1, got 1/2"):
        function([F(0), F(1, 2), F(1)])
