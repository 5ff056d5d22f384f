"""The gap form with signed gaps, averaged over the orders of equal scores, is the definition: (75), (76).

For rewards y in the order of scores, ``L_i = Σ_{runs below} (ȳ_next − ȳ) g + (y_i − ȳ_B) · mean of g in B``,
``A_i = L_i − mean of L`` and ``v = Σ_m w_m ȳ_(m)``. Where s = y, every bit is that of the gap form.
"""

from fractions import Fraction as F
from itertools import product

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import definition
from ordergrad_ref.closed_forms import concomitants
from ordergrad_ref.kernels import choice
from ordergrad_ref.objectives import LStatistic

QUANTITIES = ("value", "inclusion", "leave_one_out", "advantage")
BATCH = (*QUANTITIES, "score_weights", "pathwise_weights")
SIGNED = {k: LStatistic([F((-1) ** j * (2 * j + 1), j + 2) for j in range(k)]) for k in range(1, 5)}
REWARDS = [F(3), F(-1), F(4), F(1, 3), F(-5), F(4)]
SCORES = [s for n in (2, 3, 4) for s in product(range(3), repeat=n) if s == tuple(sorted(s))]
SCORES += [
    (2, 0, 1, 0, 2), (1, 1, 0, 1, 1), (0, 3, 1, 2, 4), (0, 1, 1, 0, 1, 1), (5, 5, 5, 5, 5, 5),
    (2, 1, 2, 0, 1, 2),
]  # fmt: skip
u = 2.0**-53


def exact(y):
    return np.array(y, dtype=object)


@pytest.mark.slow
@pytest.mark.parametrize("scores", SCORES, ids=str)
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_it_is_the_definition(quantity, scores):
    n = len(scores)
    y = REWARDS[:n]
    for k in range(1, n if quantity in ("leave_one_out", "advantage") else min(n, 4) + 1):
        alpha = SIGNED.get(k) or og.objective(f"max@{k}")
        got = getattr(og, quantity)(y, alpha, by=scores)
        expected = getattr(definition, quantity)(y, alpha, by=scores)
        assert got == expected if quantity == "value" else got.tolist() == expected


@pytest.mark.parametrize("scores", SCORES[-6:], ids=str)
def test_pathwise_weights_are_the_derivative_of_the_value(scores):
    """v is linear in the rewards while the scores stay: its slopes are its values at the unit vectors."""
    n = len(scores)
    w = og.pathwise_weights(REWARDS[:n], SIGNED[3], by=scores)
    for i in range(n):
        assert w[i] == definition.value([F(j == i) for j in range(n)], SIGNED[3], by=scores)
    a = og.advantage(REWARDS[:n], SIGNED[3], by=scores)
    assert (og.score_weights(REWARDS[:n], SIGNED[3], by=scores) * n == 3 * a).all()


@pytest.mark.parametrize("f", BATCH)
@pytest.mark.parametrize("objective", ["max@3", "gini@4", "mean@2", "max@2.5"])
@pytest.mark.filterwarnings("ignore::ordergrad_ref.errors.BiasedEstimatorWarning")
def test_the_rewards_as_scores_change_no_bit(f, objective):
    x = np.array([[0.1, 0.1, 0.1, 0.3, 1e9, 0.3], [0.1, 0.7, -0.2, 1 / 3, 5, 1e-30]])
    for dtype in (np.float64, np.float32):
        plain = getattr(og, f)(x.astype(dtype), objective)
        by = getattr(og, f)(x.astype(dtype), objective, by=x.astype(dtype))
        assert by.dtype == plain.dtype
        assert by.tobytes() == plain.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("f", ["advantage", "pathwise_weights"])
def test_nor_where_loops_are_compiled(f, monkeypatch):
    monkeypatch.setattr(choice, "LARGE", 10**5)
    x = np.random.default_rng(0).normal(size=(2, choice.LARGE)).round(3)
    assert (getattr(og, f)(x, "max@8", by=x) == getattr(og, f)(x, "max@8")).all()


def test_nothing_but_the_order_of_the_scores_matters():
    y, s = [3.0, 1.0, 4.0, 1.0, 5.0], np.array([1, 2, 2, -3, 0])
    expected = og.advantage(y, "max@2", by=s)
    for same in (
        s * 2.0**-1060,
        s.astype(np.int8),
        [F(int(x), 7) for x in s],
        np.where(s == 2, np.inf, np.where(s == -3, -np.inf, s)),
        np.array([2**63 + int(x) for x in s], dtype=np.uint64),
        (s * 1000).astype(np.float16),
    ):
        assert (og.advantage(y, "max@2", by=same) == expected).all()


@pytest.mark.parametrize("objective", ["max@4", "cvar(0.3)@8", "gini@5"])
def test_floats_are_the_rationals(objective):
    """``|Â_i − A_i| ≤ 16 u Σ_t g̃_t |y_(t+1) − y_(t)|``, spec section 11.1: the terms are what is rounded."""
    rng = np.random.default_rng(5)
    for ties in (3, 10, 10**6):
        y = rng.integers(-(2**20), 2**20, 40).astype(float) * 2.0 ** rng.integers(-30, 30, 40)
        s = rng.integers(0, ties, 40)
        got = og.advantage(y, objective, by=s)
        expected = og.advantage([F(x) for x in y], objective, by=s)
        absolute = LStatistic([abs(a) for a in og.objective(objective).weights])
        g = np.array([float(e) for e in og.rank_weights.elevated_exact(39, absolute)]) * 40 / 39
        order = np.argsort(s, kind="stable")
        variation = (g * abs(np.diff(y[order]))).sum()
        assert max(abs(F(a) - b) for a, b in zip(got.tolist(), expected, strict=True)) <= 16 * u * variation


def test_runs_of_equal_scores_do_not_cost_each_other_their_digits():
    """The mean of a run is of its own rewards: ``2**50`` in another run would leave no decimals."""
    y = np.array([[2.0**50, -(2.0**50), 3.0, 0.1, 0.2, 0.4, 0.75]])
    first, rest = concomitants.means_of_runs(y, concomitants.runs_of(np.array([[0, 0, 0, 1, 1, 1, 1]])))
    means = first + rest
    mean = sum(map(F, y[0, 3:])) / 4
    assert all(abs(F(m) - mean) <= 4 * u * mean for m in means[0, 3:].tolist())
    assert means[0, :3].tolist() == [1.0] * 3


@pytest.mark.parametrize("f", [*BATCH[3:5], "value", "leave_one_out", "inclusion"])
def test_a_constant_on_all_rewards_costs_no_digits_where_scores_are_equal(f):
    """The mean of 0, 2 and 0 on top of ``2**40`` lies between two floats: rounded to one, it was 1e-5 off."""
    y, s = np.array([0.0, 2.0, 3.0, 2.0, 0.0, 1.0]), [0, 0, 1, 2, 0, 2]
    weightless = "max@3 - mean@2"  # the constant cancels from every quantity
    expected = getattr(og, f)([F(x) for x in y], weightless, by=s)
    got = getattr(og, f)(y + 2.0**40, weightless, by=s)
    assert abs(got - np.asarray(expected, dtype=float)).max() <= 1e-14


@pytest.mark.parametrize("f", ["advantage", "value"])
def test_nor_where_atoms_have_equal_scores(f):
    y, s, p = np.array([0.0, 2.0, 3.0, 0.0]), [0, 0, 1, 0], [F(1, 4), F(1, 8), F(1, 8), F(1, 2)]
    expected = getattr(og.population, f)([F(x) for x in y], p, "max@3 - mean@2", by=s)
    got = getattr(og.population, f)(y + 2.0**40, np.array(p, dtype=float), "max@3 - mean@2", by=s)
    assert abs(got - np.asarray(expected, dtype=float)).max() <= 1e-14


def test_rewards_that_overflow_on_the_way_are_answered():
    y, s = np.array([1.5e308, -1.5e308, 0.0, 1.0e307]), [0, 1, 2, 3]  # the first gap is beyond float64
    assert (og.advantage(y, "max@3", by=s) == og.advantage(y / 2**9, "max@3", by=s) * 2**9).all()


def test_groups_and_ragged_groups_are_answered_one_by_one():
    rng = np.random.default_rng(1)
    y, s, ids = rng.normal(size=30).round(1), rng.integers(0, 4, 30), rng.integers(0, 3, 30)
    for f in BATCH:
        answer = getattr(og, f)(y, "max@2", by=s, groups=ids)
        for g in range(3):
            expected = getattr(og, f)(y[ids == g], "max@2", by=s[ids == g])
            assert (answer[g] == expected) if f == "value" else (answer[ids == g] == expected).all()
    table = og.advantage(y.reshape(5, 6), "max@2", by=s.reshape(5, 6))
    for row in range(5):
        assert (table[row] == og.advantage(y.reshape(5, 6)[row], "max@2", by=s.reshape(5, 6)[row])).all()
