"""Degree elevation: ``e_t^(n) = Σ_j α_j C(t−1, j−1) C(n−t, K−j) / C(n−1, K−1)`` (22), exact and floating.

The exact weights are the definition's: the value of a batch whose only non-zero reward is the m-th is the
m-th weight. The floating ones are compared with the exact ones, in units of ``u · max |e|``.
"""

import tracemalloc
from contextlib import nullcontext
from fractions import Fraction as F
from math import comb

import numpy as np
import pytest
from helpers.problems import objectives
from hypothesis import given
from hypothesis import strategies as st

import ordergrad_ref as og
from ordergrad_ref import definition
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.errors import BiasedEstimatorWarning, GroupTooSmallError, InvalidInputError

u = 2.0**-53
weights = st.lists(st.fractions(-2, 2, max_denominator=5), min_size=1, max_size=6)


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2, 3, 5, 7])
def test_exact_weights_are_the_definition(n):
    """v is linear in the sorted rewards: steps 0 … 0 1 … 1 pick out tail sums of the weights."""
    for k in range(1, n + 1):
        for alpha in objectives(k):
            w = rank_weights.exact(n, alpha)
            for m in range(n + 1):
                step = [0] * (n - m) + [1] * m
                assert sum(w[n - m :]) == definition.value(step, alpha)


@pytest.mark.slow
@given(weights, st.integers(0, 5))
def test_elevation_by_one_repeated(alpha, more):
    """Elevation from n to n + 1 coefficients is ``e_t' = ((t−1) e_(t−1) + (n+1−t) e_t) / n``."""
    e = [F(a) for a in alpha]
    for n in range(len(alpha), len(alpha) + more):
        padded = [F(0), *e, F(0)]
        e = [((t - 1) * padded[t - 1] + (n + 1 - t) * padded[t]) / n for t in range(1, n + 2)]
    assert rank_weights.elevated_exact(len(alpha) + more, og.LStatistic(alpha)) == e


@pytest.mark.slow
@given(weights, st.integers(0, 20))
def test_sum(alpha, more):
    objective = og.LStatistic(alpha)
    assert sum(rank_weights.exact(objective.k + more, objective)) == sum(alpha)


@pytest.mark.slow
@given(weights)
def test_identity_at_n_equal_k(alpha):
    objective = og.LStatistic(alpha)
    assert rank_weights.exact(objective.k, objective) == list(objective.weights)


@pytest.mark.slow
@given(weights, st.integers(0, 20))
def test_symmetry(alpha, more):
    n = len(alpha) + more
    mirrored = rank_weights.exact(n, og.LStatistic(alpha[::-1]))
    assert mirrored == rank_weights.exact(n, og.LStatistic(alpha))[::-1]


@pytest.mark.slow
@given(weights, st.integers(0, 6))
def test_reduction_has_the_same_weights(alpha, more):
    objective = og.LStatistic(alpha)
    n = objective.k + more
    assert rank_weights.exact(n, objective.reduced()) == rank_weights.exact(n, objective)


def _error(n, alpha):
    """The largest error of the floating coefficients, in units of u · max |e|."""
    exact = rank_weights.elevated_exact(n, alpha)
    scale = max(map(abs, exact))
    return max(abs(F(float(x)) - e) for x, e in zip(rank_weights.elevated(n, alpha), exact, strict=True)) / (
        scale * F(u)
    )


@pytest.mark.slow
@pytest.mark.parametrize(("n", "k"), [(4, 2), (8, 8), (16, 15), (64, 8), (136, 68), (256, 64), (400, 399)])
def test_floating_is_exact_to_8_roundings(n, k):
    """Few spikes, few jumps and the average outward each lose a few u at every rank; 8 is twice that."""
    for alpha in objectives(k):
        assert _error(n, alpha) <= 8, alpha


@pytest.mark.slow
@pytest.mark.parametrize(("n", "k"), [(1000, 500), (2000, 40)])
@pytest.mark.parametrize("name", ["max", "median", "cvar(0.3)", "gini"])
def test_floating_is_exact_to_8_roundings_at_larger_sizes(n, k, name):
    assert _error(n, og.objective(f"{name}@{k}")) <= 8


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 3, 50, 1000, 4000])
def test_max_keeps_relative_precision_where_it_is_tiny(k):
    """``e_t = C(t−1, K−1)/C(n−1, K−1)``: each within 8 u of its own size, down to underflow."""
    n = 4096
    exact = rank_weights.elevated_exact(n, f"max@{k}")
    floating = rank_weights.elevated(n, f"max@{k}")
    for x, e in zip(floating, exact, strict=True):
        if e > F(1e-280):
            assert abs(F(float(x)) - e) <= 8 * F(u) * e
        else:
            assert 0 <= x <= 1e-270


@pytest.mark.slow
def test_max_is_within_2_1_roundings_down_to_the_least_number():
    """Products behind eq. (24): within ``2.1 u`` of themselves, and where they are subnormal ``η`` more."""
    η, least = F(1, 2**1075), F(1, 2**1022)
    for n, k, ranks in [
        (1000, 500, range(490, 1001)),
        (10**5, 1000, range(46_000, 51_000, 250)),
        (10**6, 300, range(81_310, 121_310, 2000)),
    ]:
        largest, smallest = rank_weights.elevated(n, f"max@{k}"), rank_weights.elevated(n, f"min@{k}")
        ways = comb(n - 1, k - 1)
        for t in ranks:
            e = F(comb(t - 1, k - 1), ways)
            bound = F(21, 10) * F(u) * e + (η if e < least else 0)
            assert abs(F(float(largest[t - 1])) - e) <= bound, (n, k, t)
            assert smallest[n - t] == largest[t - 1]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["max", "min", "top(5)", "cvar(0.1)", "upper_cvar(0.25)", "median"])
@pytest.mark.parametrize(("n", "k"), [(300, 150), (20_000, 200), (10**6, 10**4), (10**6, 999_999)])
def test_no_size_overflows(name, n, k):
    w = rank_weights.floating(n, f"{name}@{k}")
    assert np.isfinite(w).all()
    assert (w >= 0).all()
    np.testing.assert_allclose(w.sum(), 1, rtol=1e-12)


@pytest.mark.slow
def test_dense_weights_at_a_million_samples():
    """b_α of the Gini objective is linear, so its coefficients on n samples are those of gini@n."""
    n, k = 10**6, 10**4
    e = rank_weights.elevated(n, f"gini@{k}")
    t = np.arange(1, n + 1)
    expected = 2 * (2 * t - (n + 1)) / (n - 1) / k
    np.testing.assert_allclose(e, expected, rtol=0, atol=8 * u * expected[-1])


def test_memory_at_a_million_samples():
    tracemalloc.start()
    rank_weights.elevated(10**6 - 1, "cvar(0.2)@10000")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6


@pytest.mark.slow
def test_cache_returns_the_same_array_and_is_bounded():
    alpha = og.objective("max@3")
    assert rank_weights.elevated(50, alpha) is rank_weights.elevated(50, og.objective("max@3"))
    for n in range(200_000, 200_100):
        rank_weights.elevated(n, alpha)
    cache = rank_weights._elevated.cache
    assert cache.currsize <= cache.maxsize
    assert sum(e.nbytes for e in cache.values()) <= rank_weights.CACHED_BYTES


def test_cached_array_cannot_be_changed_by_a_caller():
    e = rank_weights.elevated(10, "max@3")
    with pytest.raises(ValueError, match="read-only"):
        e[0] = 1
    floating = rank_weights.floating(10, "max@3")
    floating[:] = 0
    assert rank_weights.floating(10, "max@3").sum() == pytest.approx(1)


def test_real_k_equals_the_integer_one_at_an_integer():
    """(16) is (22) for integer κ; for κ between two integers the weights lie between theirs at the top."""
    n = 12
    for kind in ("max", "min"):
        for k in (1, 2, 5, 12):
            alpha = og.objectives.RealK(kind, k)
            np.testing.assert_allclose(
                rank_weights.elevated(n, alpha),
                rank_weights.elevated(n, f"{kind}@{k}"),
                atol=8 * u,
                rtol=8 * u,
            )
    tops = [rank_weights.floating(n, f"max@{k}")[-1] for k in ("2", "2.5", "3")]
    assert tops == sorted(tops)
    assert rank_weights.floating(n, "max@2.5").sum() == pytest.approx(1, abs=8 * u)


def test_real_k_gives_constant_rewards_their_value_and_says_that_it_is_biased():
    with pytest.warns(BiasedEstimatorWarning, match="no estimator is unbiased"):
        assert og.value(np.ones(9), "max@2.5") == pytest.approx(1, abs=8 * u)


def test_real_k_is_as_near_as_proved():
    """Section 11.14: ``|Φ_n(m) − (m/n)^κ| ≤ κ(κ−1)/(n+1−κ)``; values by a frequency off by δ."""
    for κ, n in ((1.0, 5), (1.5, 2), (2.5, 3), (2.5, 40), (9.75, 10), (9.75, 300)):
        name = f"max@{κ}"
        near = κ * (κ - 1) / (n + 1 - κ) + 8 * n * u
        Φ = np.append(0.0, np.cumsum(rank_weights.floating(n, name)))
        assert np.abs(Φ - (np.arange(n + 1) / n) ** κ).max() <= near, (κ, n)
        for ones in range(n + 1):
            with pytest.warns(BiasedEstimatorWarning) if κ % 1 else nullcontext():
                v = og.value(np.arange(n) >= n - ones + 0.0, name)
            for π in (0.0, 0.3, 1.0):
                assert abs(v - (1 - (1 - π) ** κ)) <= near + κ * abs(ones / n - π), (κ, n, ones, π)


def test_real_k_is_biased_and_consistent():
    """Uniform on {0, 1}: J = 1 − 2^(−κ). The expected estimate misses it, by less and less as N grows."""
    κ, errors = 2.5, []
    for n in (4, 16, 64):
        w = rank_weights.floating(n, f"max@{κ}")
        tails = np.append(0.0, np.cumsum(w[::-1]))
        binomial = np.array([float(F(comb(n, s), 2**n)) for s in range(n + 1)])
        errors.append(abs(tails @ binomial - (1 - 2**-κ)))
    assert errors[0] > 1e-4
    assert errors[2] < errors[1] < errors[0]


@pytest.mark.parametrize("function", [rank_weights.exact, rank_weights.floating])
def test_fewer_samples_than_k(function):
    with pytest.raises(GroupTooSmallError, match="expected at least K = 4 samples for max@4, got 3"):
        function(3, "max@4")


def test_exact_weights_of_real_k_do_not_exist():
    with pytest.raises(InvalidInputError, match="expected one with exact rational weights on"):
        rank_weights.exact(5, "max@2.5")


def test_n_must_be_an_integer():
    with pytest.raises(InvalidInputError, match=r"n: expected an integer, got 5\.0"):
        rank_weights.exact(5.0, "max@2")


@pytest.mark.parametrize(
    "alpha", ["max@4", "max@2.5", "cvar(0.3)@6", og.LStatistic([F(1, 3), 0, F(-1, 7)])], ids=str
)
@pytest.mark.parametrize("n", [7, np.int32(7), 1000])
def test_the_bounds_are_in_units_of_the_dtype_that_is_returned(n, alpha):
    assert np.finfo(rank_weights.floating(n, alpha).dtype).eps == 2 * u
    assert np.finfo(rank_weights.elevated(n, alpha).dtype).eps == 2 * u


@pytest.mark.parametrize("n", [65, 130, 192])
@pytest.mark.parametrize(
    "alpha",
    [
        og.objective("midrange(20)@64"),
        og.objective("harrell_davis(0.9)@64"),
        og.LStatistic([F(1, 1 + i) for i in range(17)] + [0] * 47),
        og.LStatistic([F(2) ** -j for j in range(64)]),
        og.objective("quantile(0.5)@64"),
    ],
    ids=lambda a: a.name or "dense",
)
def test_positive_weights_keep_relative_precision_where_they_nearly_vanish(alpha, n):
    """In valleys and tails of ``α`` the coefficients are tiny, and a group's gaps may all lie there.

    Spikes, steps and the average outward are all exact to 64 u of each coefficient's own size.
    """
    for x, e in zip(rank_weights.elevated(n, alpha), rank_weights.elevated_exact(n, alpha), strict=True):
        if e > F(1e-250):
            assert abs(F(float(x)) - e) <= 64 * F(u) * e
        else:
            assert 0 <= x <= 1e-240


@pytest.mark.parametrize("integer", [np.int8, np.int32, np.int64])
def test_a_numpy_integer_is_an_integer(integer):
    """It neither overflows nor leaves its overflow in the cache."""
    assert (
        rank_weights.floating(integer(101), "median@61").tolist()
        == rank_weights.floating(101, "median@61").tolist()
    )
    assert rank_weights.floating(np.int32(100_000), "median@60001").sum() == pytest.approx(1)


def test_weights_too_large_for_floats_and_too_many_samples():
    with pytest.raises(InvalidInputError, match="expected rank weights that float64 holds"):
        rank_weights.floating(5, og.LStatistic([10**400, 1]))
    with pytest.raises(InvalidInputError, match="at most 1099511627776 samples"):
        rank_weights.floating(10**30, "max@2")


def test_the_work_that_is_foretold():
    """``docs/guides/objectives.md``: 10⁴ ranks on 10⁶ samples are answered, 10⁶ on 2·10⁶ are refused."""
    work = rank_weights.average_work
    assert work(10**6, 10**4) < rank_weights.LARGEST_WORK < work(2 * 10**6, 10**6)
