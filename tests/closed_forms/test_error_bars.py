"""The variance of a value, estimated from its own batch: by leaving out (79), and from disjoint sets (80).

Theorem (79): the jackknife's variance is (N−1)/N times the sum of squares of the score weights.
Theorem (80): the estimate from sets that share no reward is unbiased, and not negative where α has one sign.
"""

from fractions import Fraction as F
from itertools import product
from math import prod

import numpy as np
import pytest
from helpers.problems import BATCHES, objectives

from ordergrad_ref import LStatistic, definition, maxk, objective
from ordergrad_ref.closed_forms.error_bars import jackknife_variance, unbiased_variance

POPULATION = [F(1, 2), F(1, 3), F(1, 6)]


def table(*rewards):
    return np.array([[F(x) for x in rewards]], dtype=object)


@pytest.mark.slow
@pytest.mark.parametrize("batch", BATCHES, ids=str)
def test_the_sum_of_squared_score_weights_is_the_jackknife(batch):
    for k in range(1, len(batch.rewards)):
        for alpha in objectives(k):
            got = jackknife_variance(table(*batch.rewards), alpha)
            assert got == [definition.jackknife_variance(batch.rewards, alpha)], alpha


@pytest.mark.slow
@pytest.mark.parametrize("batch", BATCHES, ids=str)
def test_the_unbiased_variance_compares_sets_that_share_no_reward(batch):
    for k in range(1, len(batch.rewards) // 2 + 1):
        for alpha in objectives(k):
            got = unbiased_variance(table(*batch.rewards), alpha)
            assert got == [definition.unbiased_variance(batch.rewards, alpha)], alpha
            assert got[0] >= 0 or min(alpha.weights) < 0


def expectations(r, p, n, alpha):
    """The variance of the value, and the means of both estimates, over all batches of n."""
    mean = square = jackknife = unbiased = F(0)
    for atoms in product(range(len(r)), repeat=n):
        weight = prod((p[b] for b in atoms), start=F(1))
        batch = [r[b] for b in atoms]
        v = definition.value(batch, alpha)
        mean += weight * v
        square += weight * v**2
        jackknife += weight * definition.jackknife_variance(batch, alpha)
        unbiased += weight * definition.unbiased_variance(batch, alpha)
    return square - mean**2, jackknife, unbiased


@pytest.mark.parametrize("spelling", ["max@2", "mean@2", "gini@2", "max@1"])
def test_one_estimate_is_unbiased_and_the_other_not_below(spelling):
    variance, jackknife, unbiased = expectations([F(0), F(1), F(5)], POPULATION, 4, objective(spelling))
    assert unbiased == variance
    assert jackknife == variance if spelling in ("max@1", "mean@2") else jackknife > variance


@pytest.mark.parametrize(("n", "k"), [(2, 1), (6, 3), (9, 4)])
def test_of_pass_at_k_it_is_by_two_values(n, k):
    for s in range(n + 1):
        got = unbiased_variance(table(*[1] * s, *[0] * (n - s)), objective(f"max@{k}"))
        one, two = (maxk.pass_at_k(n=n, successes=F(s), k=size) for size in (k, 2 * k))
        assert got == [(1 - one) ** 2 - (1 - two)]


def test_at_k_one_both_are_the_sample_variance_over_n():
    rewards = [F(0), F(1), F(1), F(7), F(-3)]
    mean = sum(rewards) / 5
    expected = [sum((x - mean) ** 2 for x in rewards) / (5 * 4)]
    for estimate in (jackknife_variance, unbiased_variance):
        assert estimate(table(*rewards), objective("max@1")) == expected


def test_with_rank_weights_of_both_signs_it_may_be_negative():
    assert unbiased_variance(table(0, 0, 1, 1), objective("gini@2")) == [F(-2, 9)]


@pytest.mark.parametrize("spelling", ["max@2", "max@12", "min@8", "median@5", "cvar(0.3)@4"])
def test_floats_are_right_to_roundings_of_the_variance_itself(spelling):
    """Sums of N − 1 positive terms, each by at most N updates of a few roundings: 6 N u relatively."""
    rewards = np.random.default_rng(0).integers(0, 50, 24) / 8 + 2.0**20
    alpha = objective(spelling)
    exact = unbiased_variance(table(*map(F, rewards.tolist())), alpha)[0]
    got = F(unbiased_variance(rewards[None], alpha)[0])
    assert abs(got - exact) <= 6 * 24 * F(1, 2**53) * exact


def test_weights_as_given_and_many_groups():
    alpha = LStatistic(["1/3", "2/5"])
    rows = [[0, 1, 4, 4, 9], [1, 1, 1, 1, 1], [5, 3, 2, 8, 0]]
    many = np.array([[F(x) for x in row] for row in rows], dtype=object)
    assert unbiased_variance(many, alpha).tolist() == [
        definition.unbiased_variance(row, alpha) for row in rows
    ]
