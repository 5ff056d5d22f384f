"""What an advantage is on average where one sample is known, and the natural gradient that it is.

Theorem, spec eq. (93). ``E[A_i | x_i = b] = ā_b``, and of any unbiased advantage ``c K q̄_b`` less a constant.
Theorem, spec eq. (94). ``K ā`` solves ``F x = ∇J``, F the Fisher information of softmax logits.
"""

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import definition
from ordergrad_ref.definition import published

F = Fraction
REWARDS, PROBABILITIES = [F(0), F(1), F(1), F(4)], [F(1, 2), F(1, 4), F(1, 8), F(1, 8)]


def given_the_first(estimator, n):
    m = len(REWARDS)
    return [
        sum(
            prod(PROBABILITIES[a] for a in others) * estimator([REWARDS[a] for a in (b, *others)])[0]
            for others in product(range(m), repeat=n - 1)
        )
        for b in range(m)
    ]


@pytest.mark.parametrize(("objective", "n"), [("max@2", 3), ("median@3", 4), ("lmoment(2)@2", 3)])
def test_the_mean_advantage_given_the_reward(objective, n):
    found = given_the_first(lambda x: definition.advantage(x, objective), n)
    assert found == og.population.advantage(REWARDS, PROBABILITIES, objective).tolist()


def test_of_an_advantage_that_is_not_centred():
    found = given_the_first(lambda x: published.improvement(x, 2), 3)
    q = og.population.inclusion(REWARDS, PROBABILITIES, "max@2")
    assert found == [x - og.population.value(REWARDS, PROBABILITIES, "max@1") for x in q]


@pytest.mark.parametrize("objective", ["max@3", "median@3", "gini@2"])
def test_natural_gradient(objective):
    p = np.array(PROBABILITIES)
    fisher = np.diag(p) - np.multiply.outer(p, p)
    k = og.objective(objective).k
    natural = k * og.population.advantage(REWARDS, PROBABILITIES, objective)
    gradient = og.population.gradient(REWARDS, PROBABILITIES, objective)
    by_logit = p * (gradient - p @ gradient)
    assert (fisher @ natural).tolist() == by_logit.tolist()
