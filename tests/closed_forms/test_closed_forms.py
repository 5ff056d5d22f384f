"""The closed forms are the definitions: equal, as exact rationals, on every shared problem.

v, q_i, v^(−i), A_i by enumeration of subsets  ==  the gap form after one sort        (22)–(27)
"""

from fractions import Fraction as F

import numpy as np
import pytest
from helpers.problems import BATCHES, upto

import ordergrad_ref as og
from ordergrad_ref import definition

every_batch = pytest.mark.parametrize("batch", BATCHES, ids=str)


@every_batch
def test_value(batch):
    for alpha in upto(batch):
        assert og.value(list(batch.rewards), alpha) == definition.value(batch.rewards, alpha), alpha


@pytest.mark.slow
@every_batch
def test_inclusion(batch):
    for alpha in upto(batch):
        got = og.inclusion(list(batch.rewards), alpha).tolist()
        assert got == definition.inclusion(batch.rewards, alpha), alpha


@pytest.mark.slow
@every_batch
def test_leave_one_out(batch):
    for alpha in upto(batch, least=1):
        got = og.leave_one_out(list(batch.rewards), alpha).tolist()
        assert got == definition.leave_one_out(batch.rewards, alpha), alpha


@pytest.mark.slow
@every_batch
def test_advantage(batch):
    for alpha in upto(batch, least=1):
        got = og.advantage(list(batch.rewards), alpha).tolist()
        assert got == definition.advantage(batch.rewards, alpha), alpha


@pytest.mark.slow
@every_batch
def test_score_weights(batch):
    n = len(batch.rewards)
    for alpha in upto(batch, least=1):
        expected = [F(alpha.k, n) * a for a in definition.advantage(batch.rewards, alpha)]
        assert og.score_weights(list(batch.rewards), alpha).tolist() == expected, alpha


@pytest.mark.slow
@every_batch
def test_pathwise_weights(batch):
    """``Σ_i w_i ẋ_i`` is the derivative of v along ẋ: v is piecewise linear, so a small exact step gives it.

    Where rewards tie there are two one-sided derivatives; the weights average them.
    """
    x, n = batch.rewards, len(batch.rewards)
    gaps = [abs(a - b) for a in x for b in x if a != b]
    step = min(gaps, default=F(1)) / 3
    for alpha in upto(batch):
        w = og.pathwise_weights(list(x), alpha).tolist()
        for i in range(n):
            up, down = (definition.value([*x[:i], x[i] + s, *x[i + 1 :]], alpha) for s in (step, -step))
            tied = [j for j in range(n) if x[j] == x[i]]
            if len(tied) == 1:
                assert (up - down) / (2 * step) == w[i], alpha
            else:
                assert len({w[j] for j in tied}) == 1, alpha
        together = definition.value([a + step for a in x], alpha) - definition.value(x, alpha)
        assert sum(w) == together / step, alpha


def test_the_comparison_can_fail():
    wrong = [a * F(5, 4) for a in definition.advantage([0, 1, 3], "max@2")]
    assert og.advantage([F(0), F(1), F(3)], "max@2").tolist() != wrong


def test_exact_answers_are_exact():
    answer = og.advantage(np.array([F(1, 3), F(0), F(2)], dtype=object), "max@2")
    assert answer.dtype == object
    assert all(type(a) is F for a in answer)


def test_rationals_without_a_short_denominator_are_sorted_too():
    """200 denominators near 10⁹ have none of 4096 bits in common."""
    rewards = [F((-1) ** i * i, 10**9 + i) for i in range(200)]
    weights = og.pathwise_weights(rewards, "max@200").tolist()
    assert weights.index(1) == rewards.index(max(rewards)) == 198
    assert og.value(rewards, "max@200") == rewards[198]
    assert og.value(rewards, "min@200") == rewards[199]
