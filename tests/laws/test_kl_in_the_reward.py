"""Theorem of section 11.11: with a KL term in the reward, score weights need pathwise ones beside them.

At a policy the rewards are numbers, whatever logarithm they hold, and move with ``−β ∇log p``. So both sides
are rational: the expectation by all batches, the gradient by the definition, of which the part by the rewards
is a difference quotient, for between ties the objective is linear in each reward.
"""

from fractions import Fraction as F
from itertools import product
from math import prod

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import definition

P, R, BETA = [F(1, 2), F(1, 8), F(3, 8)], [F(1), F(0), F(5)], F(3, 10)
SCORES = [[(a == b) - p for b, p in enumerate(P)] for a in range(3)]  # of action a, by softmax logit b


def expected(weights, n):
    found = [F(0)] * 3
    for actions in product(range(3), repeat=n):
        chance, w = prod(P[a] for a in actions), weights([R[a] for a in actions])
        for b in range(3):
            found[b] += chance * sum(x * SCORES[a][b] for x, a in zip(w, actions, strict=True))
    return found


def gradient(spelling):
    """``K Σ_b q̄_b ∇p_b + Σ_b ∂J/∂r_b ∇r_b``."""
    k, inside = og.objective(spelling).k, definition.expected_inclusion(R, P, spelling)
    value = definition.expected_value(R, P, spelling)
    by_reward = []
    for a in range(3):
        moved = [r + F(1, 2) * (a == b) for b, r in enumerate(R)]
        by_reward.append(2 * (definition.expected_value(moved, P, spelling) - value))
    return [
        sum(k * P[a] * inside[a] * SCORES[a][b] - BETA * by_reward[a] * SCORES[a][b] for a in range(3))
        for b in range(3)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("spelling", "n"), [("mean@1", 2), ("max@2", 3), ("median@3", 4), ("gini@2", 3)])
def test_both_parts_are_the_gradient(spelling, n):
    def both(r):
        return og.score_weights(r, spelling) - BETA * og.pathwise_weights(r, spelling)

    assert expected(both, n) == gradient(spelling)
    alone = expected(lambda r: og.score_weights(r, spelling), n)
    assert (alone == gradient(spelling)) == (spelling == "mean@1")


def test_the_example():
    """max@3, rewards 0, 1, 2, a uniform reference and β = 0.3: the part that is left out, by the gradient."""
    p = np.array([0.5, 0.3, 0.2])
    r = np.array([0.0, 1.0, 2.0]) - 0.3 * np.log(3 * p)
    up_to = np.cumsum(p)
    chance = np.diff(up_to**3, prepend=0)  # that the largest of three is this one
    left_out = -0.3 * (chance - p * chance.sum())
    whole = og.population.logit_gradient(r, np.log(p), "max@3") + left_out
    assert round(float(np.linalg.norm(left_out) / np.linalg.norm(whole)), 2) == 0.31
