"""Floating point: ``|got − exact| ≤ 16 u · scale`` (54), scale the largest exact |A| of the group.

The bound is the specification's: gaps, weights, products, a corrected running sum and a corrected mean each
cost a few u of the advantages' range. Rewards are exact in their dtype; float32 is computed in float64 and
rounded once. The exact side is the closed form on Fractions, which the tests of closed forms equate with the
definition.
"""

from fractions import Fraction as F
from math import comb

import numpy as np
import pytest

import ordergrad_ref as og

UNIT = {np.dtype(np.float64): 2.0**-53, np.dtype(np.float32): 2.0**-24}
OFFSETS = (0.0, 1e3, 1e6, 1e9)
C = 16


def errors(got, exact, u):
    """The largest error in units of u · scale."""
    scale = max(abs(e) for e in exact)
    if not scale:
        assert (got == 0).all()
        return 0
    return max(abs(F(float(g)) - e) for g, e in zip(got, exact, strict=True)) / (F(u) * scale)


def rewards(n, offset, dtype, kind="normal"):
    rng = np.random.default_rng(n)
    x = {
        "normal": rng.normal(size=n),
        "heavy tail": rng.standard_cauchy(size=n),
        "binary": (rng.random(n) < 0.3).astype(float),
        "geometric": 2.0 ** -np.arange(n).clip(max=200),
    }[kind]
    return (x + offset).astype(dtype)


def fractions(x):
    return [F(float(a)) for a in x]


def ks(n):
    return sorted({1, 2, 4, max(1, n // 8), n // 2, n - 1})


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "heavy tail", "binary", "geometric"])
@pytest.mark.parametrize("dtype", UNIT, ids=str)
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("n", [8, 64])
def test_advantage(n, offset, dtype, kind):
    x = rewards(n, offset, dtype, kind)
    for k in ks(n):
        for name in ("max", "min", "mean", "median", "rank(1)", "top(1)", "cvar(0.3)", "upper_cvar(0.3)"):
            alpha = og.objective(f"{name}@{k}")
            exact = og.advantage(fractions(x), alpha)
            assert errors(og.advantage(x, alpha), exact, UNIT[dtype]) <= C, alpha


@pytest.mark.parametrize("dtype", UNIT, ids=str)
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("name", ["gini", "lmoment(2)", "lmoment(3)"])
def test_advantage_of_signed_weights(name, offset, dtype):
    """With σ sign changes the bound is 16 (σ + 1) u · scale: σ = 1 for Gini and λ₂, 2 for λ₃."""
    sign_changes = 2 if name == "lmoment(3)" else 1
    x = rewards(64, offset, dtype)
    for k in (4, 32, 63):
        alpha = og.objective(f"{name}@{k}")
        exact = og.advantage(fractions(x), alpha)
        assert errors(og.advantage(x, alpha), exact, UNIT[dtype]) <= C * (sign_changes + 1)


@pytest.mark.slow
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("n", [512, 4096])
@pytest.mark.parametrize("name", ["max", "median"])
def test_advantage_of_large_groups(n, offset, name):
    dtype = np.dtype(np.float64)
    x = rewards(n, offset, dtype)
    for k in ks(n):
        alpha = og.objective(f"{name}@{k}")
        assert errors(og.advantage(x, alpha), og.advantage(fractions(x), alpha), UNIT[dtype]) <= C, alpha
    x32 = rewards(n, offset, np.dtype(np.float32))
    got = og.advantage(x32, f"max@{n - 1}")
    assert got.dtype == np.float32
    assert errors(got, og.advantage(fractions(x32), f"max@{n - 1}"), 2.0**-24) <= C


@pytest.mark.slow
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("n", [8, 64, 512])
def test_maxpo(n, offset):
    """Leave-two-out takes the difference of two such sums, and so twice the roundings."""
    x = rewards(n, offset, np.float64)
    for k in ks(n):
        exact = og.maxk.maxpo(fractions(x), k)
        assert errors(og.maxk.maxpo(x, k), exact, 2.0**-53) <= 2 * C


@pytest.mark.slow
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("name", ["max", "mean", "median", "cvar(0.3)", "gini", "lmoment(2)"])
def test_value(name, offset):
    """Rewards are taken from the one that weighs most, so the error is in units of value and spread."""
    x = rewards(200, offset, np.float64)
    alpha = og.objective(f"{name}@20")
    exact = og.value(fractions(x), alpha)
    spread = max(abs(a) for a in og.advantage(fractions(x), alpha))
    assert abs(F(float(og.value(x, alpha))) - exact) <= C * F(2.0**-53) * max(abs(exact), spread)


def test_a_large_offset_costs_no_digits_of_an_objective_without_location():
    """Gini's mean difference does not see the offset: 10⁹ must not cost it nine digits."""
    x = rewards(200, 1e9, np.float64)
    exact = og.value(fractions(x), "gini@5")
    assert abs(F(float(og.value(x, "gini@5"))) - exact) <= C * F(2.0**-53) * exact


def test_the_bound_is_tight_enough_to_notice_float32_arithmetic():
    x = rewards(64, 1e3, np.float64)
    exact = og.advantage(fractions(x), "max@8")
    sloppy = og.advantage(x.astype(np.float32), "max@8").astype(np.float64)
    assert errors(sloppy, exact, 2.0**-53) > C


@pytest.mark.parametrize("far", [-1e6, -1e15])
@pytest.mark.parametrize("k", [2, 3])
def test_one_low_reward_far_away_costs_the_others_no_digits(far, k):
    """A failure penalty: the gap below which fewer than K rewards lie has no weight in max@K at all."""
    x = [far, 0.0, 1.0, 3.0, 3.5]
    exact = og.advantage([F(a) for a in x], f"max@{k}")
    for got in (og.maxk.maxpo(x, k), og.advantage(x, f"max@{k}")):
        assert errors(got, exact, 2.0**-53) <= C


@pytest.mark.parametrize("alpha", ["max@3", og.LStatistic([-1, 0, 0]), "bottom(2)@3"], ids=str)
@pytest.mark.parametrize("far", [-1e15, 1e15])
def test_value_is_not_drowned_by_a_reward_that_weighs_nothing(alpha, far):
    """The rewards are taken from the one that weighs most, by absolute weight."""
    x = [far, *np.linspace(0, 1, 9)]
    exact = og.value([F(float(a)) for a in x], alpha)
    w = og.rank_weights.exact(10, alpha)
    scale = sum(abs(a) * abs(F(float(b))) for a, b in zip(w, sorted(x), strict=True))
    assert abs(F(float(og.value(x, alpha))) - exact) <= C * F(2.0**-53) * scale


@pytest.mark.parametrize(("n", "k", "t"), [(1001, 500, 500), (1001, 500, 502), (100_001, 1000, 50_571)])
def test_advantages_near_the_least_number_keep_their_digits(n, k, t):
    """By (22) and (25) the gap above t equal rewards weighs ``C(t−1, K−1) N / (C(N−2, K−1) (N−1))``."""
    gap = F(comb(t - 1, k - 1) * n, comb(n - 2, k - 1) * (n - 1))
    below, above = -gap * (n - t) / n, gap * t / n
    r = np.repeat([0.0, 1.0], [t, n - t])
    for got in (og.advantage(r, f"max@{k}"), -og.advantage(-r, f"min@{k}")):
        assert len(set(got)) == 2
        assert errors(got[[0, -1]], [below, above], 2.0**-53) <= C


def test_near_ties_are_not_ties():
    w = og.pathwise_weights([0.0, 1e-12, 1.0], "max@2")
    assert w.tolist() == [0.0, pytest.approx(1 / 3), pytest.approx(2 / 3)]
