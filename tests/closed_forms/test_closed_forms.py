"""The closed forms are the definitions: equal, as exact rationals, on every shared problem.

v, q_i, v^(−i), A_i by enumeration of subsets  ==  the gap form after one sort        (22)–(27)
"""

from fractions import Fraction as F

import numpy as np
import pytest
from helpers.problems import cases

import ordergrad_ref as og
from ordergrad_ref import definition


def names(parameter):
    return str(parameter) if not isinstance(parameter, og.LStatistic) or parameter.name else "unnamed"


@pytest.mark.parametrize(("batch", "alpha"), cases(), ids=names)
def test_value(batch, alpha):
    assert og.value(list(batch.rewards), alpha) == definition.value(batch.rewards, alpha)


@pytest.mark.slow
@pytest.mark.parametrize(("batch", "alpha"), cases(), ids=names)
def test_inclusion(batch, alpha):
    assert og.inclusion(list(batch.rewards), alpha).tolist() == definition.inclusion(batch.rewards, alpha)


@pytest.mark.slow
@pytest.mark.parametrize(("batch", "alpha"), cases(least=1), ids=names)
def test_leave_one_out(batch, alpha):
    got = og.leave_one_out(list(batch.rewards), alpha).tolist()
    assert got == definition.leave_one_out(batch.rewards, alpha)


@pytest.mark.slow
@pytest.mark.parametrize(("batch", "alpha"), cases(least=1), ids=names)
def test_advantage(batch, alpha):
    assert og.advantage(list(batch.rewards), alpha).tolist() == definition.advantage(batch.rewards, alpha)


@pytest.mark.slow
@pytest.mark.parametrize(("batch", "alpha"), cases(least=1), ids=names)
def test_score_weights(batch, alpha):
    n, k = len(batch.rewards), alpha.k
    expected = [F(k, n) * a for a in definition.advantage(batch.rewards, alpha)]
    assert og.score_weights(list(batch.rewards), alpha).tolist() == expected


@pytest.mark.slow
@pytest.mark.parametrize(("batch", "alpha"), cases(), ids=names)
def test_pathwise_weights(batch, alpha):
    """``Σ_i w_i ẋ_i`` is the derivative of v along ẋ: v is piecewise linear, so a small exact step gives it.

    Where rewards tie there are two one-sided derivatives; the weights average them.
    """
    x, n = batch.rewards, len(batch.rewards)
    gaps = [abs(a - b) for a in x for b in x if a != b]
    step = min(gaps, default=F(1)) / 3
    w = og.pathwise_weights(list(x), alpha).tolist()
    for i in range(n):
        up, down = (definition.value([*x[:i], x[i] + s, *x[i + 1 :]], alpha) for s in (step, -step))
        tied = [j for j in range(n) if x[j] == x[i]]
        if len(tied) == 1:
            assert (up - down) / (2 * step) == w[i]
        else:
            assert len({w[j] for j in tied}) == 1
    together = definition.value([a + step for a in x], alpha) - definition.value(x, alpha)
    assert sum(w) == together / step


def test_the_comparison_can_fail():
    wrong = [a * F(5, 4) for a in definition.advantage([0, 1, 3], "max@2")]
    assert og.advantage([F(0), F(1), F(3)], "max@2").tolist() != wrong


def test_exact_answers_are_exact():
    answer = og.advantage(np.array([F(1, 3), F(0), F(2)], dtype=object), "max@2")
    assert answer.dtype == object
    assert all(type(a) is F for a in answer)
