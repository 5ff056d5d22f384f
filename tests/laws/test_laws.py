"""The laws of the gap form, each exactly, on exact rationals; and what is left of them in floating point.

Σ_i A_i = 0,   A(x + s) = A(x),   A(λx) = λA(x) for λ ≥ 0,   x_i = x_j ⇒ A_i = A_j,
α ≥ 0 ⇒ A non-decreasing in x,   A_i = N/(N−K) (q_i − v),   v = (K/N) q_i + (1 − K/N) v^(−i).
"""

from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import ordergrad_ref as og
from ordergrad_ref import objectives

rewards = st.lists(st.fractions(-8, 8, max_denominator=6), min_size=2, max_size=9)
weight = st.fractions(-2, 2, max_denominator=5)
u = 2.0**-53


@st.composite
def problems(draw, signed=True):
    """Rewards, and an objective of K < N with weights that are not all zero."""
    x = draw(rewards)
    k = draw(st.integers(1, len(x) - 1))
    alpha = draw(st.lists(weight if signed else abs_weight, min_size=k, max_size=k))
    assume(any(alpha))
    return x, og.LStatistic(alpha)


abs_weight = st.fractions(0, 2, max_denominator=5)


@pytest.mark.slow
@given(problems())
def test_centring(problem):
    x, alpha = problem
    assert og.advantage(x, alpha).sum() == 0


@pytest.mark.slow
@given(problems(), st.fractions(-100, 100))
def test_shift_invariance(problem, s):
    x, alpha = problem
    assert og.advantage([a + s for a in x], alpha).tolist() == og.advantage(x, alpha).tolist()


@pytest.mark.slow
@given(problems(), st.fractions(0, 100))
def test_positive_homogeneity(problem, scale):
    x, alpha = problem
    assert og.advantage([a * scale for a in x], alpha).tolist() == (og.advantage(x, alpha) * scale).tolist()


@pytest.mark.slow
@given(problems())
def test_reflection(problem):
    """Negating the rewards is turning the weights around: T_α(−x) = −T_rev(α)(x)."""
    x, alpha = problem
    mirrored = og.LStatistic(alpha.weights[::-1])
    assert og.advantage([-a for a in x], alpha).tolist() == (-og.advantage(x, mirrored)).tolist()


@pytest.mark.slow
@given(problems(), st.randoms(use_true_random=False))
def test_permutation_equivariance(problem, random):
    x, alpha = problem
    order = list(range(len(x)))
    random.shuffle(order)
    assert og.advantage([x[i] for i in order], alpha).tolist() == og.advantage(x, alpha)[order].tolist()


@pytest.mark.slow
@given(problems())
def test_tied_rewards_get_equal_advantages(problem):
    x, alpha = problem
    tied = [*x, x[0]]
    answer = og.advantage(tied, alpha)
    assert answer[0] == answer[-1]


@pytest.mark.slow
@given(problems(signed=False))
def test_monotone_where_weights_are_not_negative(problem):
    x, alpha = problem
    order = np.argsort(x)
    assert (np.diff(og.advantage(x, alpha)[order]) >= 0).all()


def test_not_monotone_where_a_weight_is_negative():
    answer = og.advantage([F(0), F(1), F(2), F(3)], og.LStatistic([1, -1]))
    assert not (np.diff(answer) >= 0).all()


@pytest.mark.slow
@given(problems())
def test_advantage_from_inclusion_and_value(problem):
    x, alpha = problem
    n, k = len(x), alpha.k
    q, v = og.inclusion(x, alpha), og.value(x, alpha)
    assert og.advantage(x, alpha).tolist() == [F(n, n - k) * (a - v) for a in q]


@pytest.mark.slow
@given(problems())
def test_value_splits_into_with_and_without(problem):
    x, alpha = problem
    n, k = len(x), alpha.k
    v = og.value(x, alpha)
    for q, loo in zip(og.inclusion(x, alpha), og.leave_one_out(x, alpha), strict=True):
        assert v == F(k, n) * q + (1 - F(k, n)) * loo


@pytest.mark.slow
@given(problems(), st.data())
def test_linearity_in_the_weights(problem, data):
    x, alpha = problem
    beta = data.draw(st.lists(weight, min_size=alpha.k, max_size=alpha.k))
    both = og.LStatistic([a + b for a, b in zip(alpha.weights, beta, strict=True)])
    expected = og.advantage(x, alpha) + og.advantage(x, og.LStatistic(beta))
    assert og.advantage(x, both).tolist() == expected.tolist()


@pytest.mark.slow
@given(problems())
def test_reduction_leaves_the_score_weights(problem):
    x, alpha = problem
    reduced = alpha.reduced()
    assert og.score_weights(x, reduced).tolist() == og.score_weights(x, alpha).tolist()
    assert og.value(x, reduced) == og.value(x, alpha)


@pytest.mark.slow
@given(rewards, st.integers(1, 8))
def test_max_is_minus_min_of_minus(x, k):
    assume(k < len(x))
    assert og.value(x, f"max@{k}") == -og.value([-a for a in x], f"min@{k}")


floats = st.lists(st.floats(-1e6, 1e6, width=32), min_size=3, max_size=40)
named = st.sampled_from(
    [objectives.maximum(2), objectives.mean(2), objectives.gini(2), objectives.minimum(2)]
)


@given(floats, named)
def test_floats_are_centred_to_rounding(x, alpha):
    answer = og.advantage(np.array(x), alpha)
    assert abs(answer.sum()) <= 16 * u * len(x) * abs(answer).max(initial=0)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(3, 20))
def test_all_equal_floats_give_exact_zeros(x, n):
    assert (og.advantage([x] * n, "max@2") == 0).all()


@given(floats, named)
def test_tied_floats_get_equal_advantages(x, alpha):
    answer = og.advantage(np.array([*x, x[0], x[0]]), alpha)
    assert answer[0] == answer[-1] == answer[-2]


@given(floats)
def test_floats_are_monotone(x):
    r = np.sort(np.array(x))
    assert (np.diff(og.advantage(r, "max@2")) >= 0).all()


@pytest.mark.parametrize("n", [2, 3, 10])
def test_one_reward_compared_is_rloo(n):
    x = np.arange(n) ** 2.0
    others = [np.delete(x, i).mean() for i in range(n)]
    np.testing.assert_allclose(og.advantage(x, "max@1"), x - others, rtol=4 * u, atol=16 * u * n**2)
