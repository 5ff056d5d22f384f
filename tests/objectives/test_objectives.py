"""An objective is its rank weights, exactly.

Theorems. (1) The same objective may have several K: J depends on the polynomial K b_α alone, and
the smallest K is deg b_α + 1 (spec eqs. (3) to (5)). (2) Each named objective is a statistic that
others compute independently: on K sorted numbers its weights give the value that the definition,
the standard library, NumPy or SciPy gives (spec eqs. (6) to (12)).
"""

import ast
import copy
import math
import pickle
import statistics
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise, product
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from helpers.in_turn import in_turn
from hypothesis import given
from hypothesis import strategies as st

from ordergrad_ref import objectives
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import (
    LStatistic,
    bottom,
    cvar,
    gini,
    harrell_davis,
    lmoment,
    maximum,
    mean,
    median,
    midrange,
    minimum,
    objective,
    quantile,
    rank,
    top,
    trimmed,
    upper_cvar,
    winsorized,
)

F = Fraction

# Unsorted, with a tie and a negative number, none of them a binary fraction.
SAMPLE = [F(7, 3), F(-2, 5), F(11, 7), F(7, 3), F(0), F(13, 9), F(-9, 4), F(5), F(1, 11), F(8, 3)]
SIZES = range(1, len(SAMPLE) + 1)

small_fractions = st.fractions(min_value=-5, max_value=5, max_denominator=12)
weight_vectors = st.lists(small_fractions, min_size=1, max_size=9)
levels = st.fractions(min_value=0, max_value=1, max_denominator=40)


def statistic(objective: LStatistic, sample: list[Fraction]) -> Fraction:
    """Σ_j α_j x_(j), spec eq. (1)."""
    assert objective.k == len(sample)
    return sum((w * x for w, x in zip(objective.weights, sorted(sample), strict=True)), start=F(0))


def monomials(objective: LStatistic) -> list[Fraction]:
    """Coefficients of K b_α(u), by multiplying out each Bernstein polynomial of spec eq. (3)."""
    K = objective.k
    coefficients = [F(0)] * K
    for j, weight in enumerate(objective.weights, start=1):
        for i in range(K - j + 1):
            term = math.comb(K - 1, j - 1) * math.comb(K - j, i) * (-1) ** i
            coefficients[j - 1 + i] += K * weight * term
    return coefficients


def degree_of(coefficients: list[Fraction]) -> int:
    return max((d for d, c in enumerate(coefficients) if c), default=-1)


def elevated(weights: list[Fraction]) -> list[Fraction]:
    """The weights of size K + 1 for the same K b_α: textbook elevation of Bernstein form."""
    K = len(weights)
    padded = [F(0), *weights, F(0)]
    ours = [(j * padded[j] + (K - j) * padded[j + 1]) / K for j in range(K + 1)]
    return [w * K / (K + 1) for w in ours]


def expectation(objective: LStatistic, values: list[int], masses: list[Fraction]) -> Fraction:
    """J_α(p) by enumerating all K-tuples of atoms, spec eq. (2)."""
    return sum(
        (
            math.prod(masses[i] for i in drawn) * statistic(objective, [F(values[i]) for i in drawn])
            for drawn in product(range(len(values)), repeat=objective.k)
        ),
        start=F(0),
    )


# --- LStatistic -----------------------------------------------------------------------------------


def test_weights_are_ascending_exact_rationals():
    ours = LStatistic([1, F(1, 3), 0.1, Decimal("0.1"), "1/3", "-0.25", np.float32(0.1), np.int8(3)])
    assert ours.weights == (
        F(1),
        F(1, 3),
        F(3602879701896397, 36028797018963968),
        F(1, 10),
        F(1, 3),
        F(-1, 4),
        F(13421773, 134217728),
        F(3),
    )
    assert ours.k == 8
    assert ours.name is None
    assert all(type(w) is Fraction for w in ours.weights)


@pytest.mark.parametrize(
    "array",
    [
        np.array([0.0, 0.25, 0.75]),
        np.array([0.0, 0.25, 0.75], dtype=np.float16),
        np.array([F(0), F(1, 4), F(3, 4)], dtype=object),
        np.array([[0.0, 0.25, 0.75], [9, 9, 9]])[0],
    ],
)
def test_arrays_are_read_and_left_alone(array):
    array.setflags(write=False)
    assert LStatistic(array).weights == (F(0), F(1, 4), F(3, 4))


def test_any_ordered_iterable_will_do():
    assert LStatistic(F(j) for j in range(3)) == LStatistic((0, 1, 2)) == LStatistic(range(3))


def test_from_top_is_the_other_order():
    assert LStatistic.from_top([3, 2, 1]).weights == (1, 2, 3)
    assert LStatistic.from_top(iter([3, 2, 1])).weights == (1, 2, 3)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([], "weights: expected at least one number, got none"),
        (np.zeros(0), "weights: expected at least one number"),
        ([0, math.nan], r"weights\[1\]: expected a finite number, got nan"),
        ([math.inf], r"weights\[0\]: expected a finite number, got inf"),
        ([Decimal("NaN")], "expected a finite number"),
        (np.array([0, -np.inf]), r"weights\[1\]: expected a finite number"),
        ([1, None], r"weights\[1\]: expected a number, got None \(NoneType\)"),
        ([1j], r"weights\[0\]: expected a number, got 1j \(complex\)"),
        ([True, False], r"weights\[0\]: expected a number, got True \(bool\)"),
        (np.array([True]), r"weights\[0\]: expected a number, got True"),
        (["a third"], r"weights\[0\]: expected a number written as 8, 0.25 or 3/10, got 'a third'"),
        (["1/0"], "expected a number written as"),
        (["nan"], "expected a number written as"),
        ([[0, 1]], r"weights\[0\]: expected a number, got \[0, 1\] \(list\)"),
        (np.eye(2), r"weights: expected one dimension, got shape \(2, 2\)"),
        (np.array(1.0), r"weights: expected one dimension, got shape \(\)"),
        (np.ma.array([1.0, 2.0], mask=[False, True]), r"weights\[1\]: expected a number"),
        (3, r"weights: expected an ordered sequence of numbers, got 3 \(int\)"),
        (None, "weights: expected an ordered sequence"),
        ({1, 2}, "weights: expected an ordered sequence"),
        ({0: 1}, "weights: expected an ordered sequence"),
        (b"12", "weights: expected an ordered sequence"),
        ("max@8", r"write objective\('max@8'\)"),
    ],
)
def test_bad_weights_are_refused(weights, message):
    with pytest.raises(InvalidInputError, match=message):
        LStatistic(weights)
    with pytest.raises(InvalidInputError, match=message):
        LStatistic.from_top(weights)


def test_equality_is_by_weights_alone():
    named, plain = maximum(3), LStatistic([0, 0, 1])
    assert named == plain
    assert hash(named) == hash(plain)
    assert len({named, plain, minimum(3)}) == 2
    assert named != minimum(3)
    assert named != maximum(4)
    assert named != (F(0), F(0), F(1))


def test_instances_are_immutable():
    ours = maximum(3)
    with pytest.raises(AttributeError, match="immutable"):
        ours.k = 4
    with pytest.raises(AttributeError, match="immutable"):
        ours.extra = 4
    with pytest.raises(AttributeError, match="immutable"):
        del ours.weights
    assert not hasattr(ours, "__dict__")


@pytest.mark.parametrize("ours", [maximum(3), LStatistic([F(1, 3), 2])])
def test_copies_and_pickles_are_equal(ours):
    for other in (copy.copy(ours), copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert other == ours
        assert other.name == ours.name


@pytest.mark.slow
@given(weight_vectors)
def test_repr_can_be_pasted_back(weights):
    ours = LStatistic(weights)
    assert eval(repr(ours)) == ours
    assert str(ours) == repr(ours)


def test_repr_shows_the_spelling_of_a_named_objective():
    assert repr(maximum(8)) == "objective('max@8')"
    assert eval(repr(maximum(8))) == maximum(8)
    assert str(maximum(8)) == "max@8"
    assert repr(LStatistic([0, 0, 0.5, 0.5])) == "LStatistic([0, 0, Fraction(1, 2), Fraction(1, 2)])"


@pytest.mark.slow
@given(weight_vectors)
def test_total_is_the_value_at_constant_rewards(weights):
    ours = LStatistic(weights)
    assert ours.total == statistic(ours, [F(1)] * len(weights))


# --- degree and reduction -------------------------------------------------------------------------


@pytest.mark.slow
@given(weight_vectors)
def test_degree_is_that_of_the_bernstein_polynomial(weights):
    ours = LStatistic(weights)
    assert ours.degree == degree_of(monomials(ours))


@pytest.mark.parametrize("K", range(1, 12))
def test_degree_of_every_power(K):
    """Σ_j f(j) B_j has the degree of the polynomial f, for every degree up to K − 1."""
    for d in range(K):
        ours = LStatistic([math.prod(range(j - d + 1, j + 1)) for j in range(K)])
        assert ours.degree == d == degree_of(monomials(ours))


@pytest.mark.parametrize(
    ("spelling", "degree"),
    [
        ("max@5", 4),
        ("min@5", 4),
        ("mean@5", 0),
        ("mean@1", 0),
        ("max@1", 0),
        ("gini@6", 1),
        ("lmoment(3)@6", 2),
        ("median@5", 4),
        ("median@4", 2),
        ("trimmed(1)@6", 4),
        ("proportional_hazard(3)@7", 2),
    ],
)
def test_degree_of_named_objectives(spelling, degree):
    assert objective(spelling).degree == degree


def test_zero_weights_have_degree_minus_one_and_reduce_to_one_zero():
    assert LStatistic([0, 0, 0]).degree == -1
    assert LStatistic([0, 0, 0]).reduced() == LStatistic([0])


@pytest.mark.slow
@given(weight_vectors)
def test_reduction_keeps_the_polynomial_and_is_the_smallest(weights):
    ours = LStatistic(weights)
    smaller = ours.reduced()
    assert smaller.k == max(ours.degree, 0) + 1
    padding = [F(0)] * (ours.k - smaller.k)
    assert monomials(smaller) + padding == monomials(ours)
    assert smaller.total == ours.total
    assert smaller.reduced() is smaller


@pytest.mark.slow
@given(weight_vectors, st.integers(1, 5))
def test_reduction_undoes_degree_elevation(weights, times):
    raised = weights
    for _ in range(times):
        raised = elevated(raised)
    assert LStatistic(raised).reduced() == LStatistic(weights).reduced()


@pytest.mark.slow
@given(
    st.lists(small_fractions, min_size=2, max_size=3),
    st.lists(st.integers(1, 9), min_size=3, max_size=3),
)
def test_reduction_keeps_the_expectation_for_every_distribution(weights, counts):
    values, masses = [-2, 1, 5], [F(n, sum(counts)) for n in counts]
    raised = LStatistic(elevated(weights))
    smaller = raised.reduced()
    assert smaller.k <= len(weights) < raised.k
    assert expectation(raised, values, masses) == expectation(smaller, values, masses)


@pytest.mark.parametrize("K", range(2, 8))
def test_named_reductions(K):
    assert mean(K).reduced() == mean(1)
    assert gini(K).reduced() == gini(2)
    for r in range(1, K + 1):
        assert lmoment(r, K).reduced() == lmoment(r, r)
    assert maximum(K).reduced() is not maximum(K)
    assert maximum(K).reduced() == maximum(K)


def test_different_objectives_keep_different_reductions():
    reductions = {objective(s).reduced() for s in ("max@4", "min@4", "mean@4", "gini@4", "median@4")}
    assert len(reductions) == 5


# --- the named objectives -------------------------------------------------------------------------


@pytest.mark.parametrize("K", SIZES)
def test_max_min_mean_median(K):
    x = SAMPLE[:K]
    assert statistic(maximum(K), x) == max(x)
    assert statistic(minimum(K), x) == min(x)
    assert statistic(mean(K), x) == statistics.mean(x)
    assert statistic(median(K), x) == statistics.median(x)


@pytest.mark.parametrize("K", SIZES)
def test_rank_top_bottom_midrange(K):
    x = SAMPLE[:K]
    descending = sorted(x, reverse=True)
    for m in range(1, K + 1):
        largest, smallest = statistics.mean(descending[:m]), statistics.mean(descending[-m:])
        assert statistic(rank(m, K), x) == descending[m - 1]
        assert statistic(top(m, K), x) == largest
        assert statistic(bottom(m, K), x) == smallest
        assert statistic(midrange(m, K), x) == (largest + smallest) / 2


@pytest.mark.parametrize("K", SIZES)
def test_trimmed_and_winsorized(K):
    x = SAMPLE[:K]
    floats = np.array(x, dtype=float)
    for m in range((K + 1) // 2):
        kept = sorted(x)[m : K - m]
        assert statistic(trimmed(m, K), x) == statistics.mean(kept)
        clipped = [min(max(value, kept[0]), kept[-1]) for value in x]
        assert statistic(winsorized(m, K), x) == statistics.mean(clipped)
        # SciPy takes proportions and rounds the counts down.
        cut = (m + 0.5) / K if 2 * m + 1 < K else m / K
        assert float(statistic(trimmed(m, K), x)) == pytest.approx(
            scipy.stats.trim_mean(floats, cut), abs=1e-14
        )
        winsorised = scipy.stats.mstats.winsorize(floats, limits=(cut, cut))
        assert float(statistic(winsorized(m, K), x)) == pytest.approx(winsorised.mean(), abs=1e-14)


@in_turn("K", SIZES)
@in_turn("q", ["0", "0.1", "1/4", "1/3", "0.5", "0.77", "0.95", "1"])
def test_quantile_positions(K, q):
    x = SAMPLE[:K]
    floats, level = np.array(x, dtype=float), float(F(q))
    for position in ("hazen", "weibull"):
        assert float(statistic(quantile(q, K, position), x)) == pytest.approx(
            np.quantile(floats, level, method=position), abs=1e-13
        )
    blom = scipy.stats.mstats.mquantiles(floats, [level], alphap=3 / 8, betap=3 / 8)
    assert float(statistic(quantile(q, K, "blom"), x)) == pytest.approx(blom[0], abs=1e-13)


@pytest.mark.parametrize("K", range(2, 11))
@pytest.mark.parametrize("q", [0.05, 0.25, 0.5, 0.9])
def test_harrell_davis_is_scipys(K, q):
    x = SAMPLE[:K]
    theirs = scipy.stats.mstats.hdquantiles(np.array(x, dtype=float), [q])
    assert float(statistic(harrell_davis(q, K), x)) == pytest.approx(theirs[0], abs=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("K", SIZES)
@given(tau=levels.filter(bool))
def test_cvar_integrates_the_empirical_quantile_function(K, tau):
    x = SAMPLE[:K]

    def tail_mean(values):
        taken, left = F(0), tau
        for value in values:
            mass = min(F(1, K), left)
            taken, left = taken + mass * value, left - mass
        assert left == 0
        return taken / tau

    assert statistic(cvar(tau, K), x) == tail_mean(sorted(x))
    assert statistic(upper_cvar(tau, K), x) == tail_mean(sorted(x, reverse=True))


@pytest.mark.parametrize("K", SIZES)
def test_cvar_at_whole_ranks(K):
    assert cvar(1, K) == upper_cvar(1, K) == mean(K)
    for m in range(1, K + 1):
        assert cvar(F(m, K), K) == bottom(m, K)
        assert upper_cvar(F(m, K), K) == top(m, K)
    assert cvar(F(1, K + 1), K) == minimum(K)
    assert K == 1 or cvar(F(2, 2 * K - 1), K) != minimum(K)


@pytest.mark.parametrize("K", range(2, 11))
def test_gini_is_the_mean_absolute_difference(K):
    x = SAMPLE[:K]
    assert statistic(gini(K), x) == statistics.mean(abs(a - b) for a, b in combinations(x, 2))


def u_statistic_l_moment(r: int, x: list[Fraction]) -> Fraction:
    """The L-moment's definition: mean over r-subsets of Σ_i (−1)^i C(r−1,i) x_(r−i) / r."""
    return statistics.mean(
        sum((-1) ** i * math.comb(r - 1, i) * s[r - 1 - i] for i in range(r)) / F(r)
        for s in combinations(sorted(x), r)
    )


@pytest.mark.parametrize("K", range(1, 9))
def test_lmoment_is_the_u_statistic(K):
    x = SAMPLE[:K]
    for r in range(1, K + 1):
        assert statistic(lmoment(r, K), x) == u_statistic_l_moment(r, x)


@pytest.mark.parametrize("K", range(4, 11))
@pytest.mark.parametrize("r", [1, 2, 3, 4])
def test_lmoment_is_scipys(K, r):
    x = SAMPLE[:K]
    theirs = scipy.stats.lmoment(np.array(x, dtype=float), order=r, standardize=False)
    assert float(statistic(lmoment(r, K), x)) == pytest.approx(theirs, abs=1e-14)


LOCATIONS = [
    "max@7",
    "min@7",
    "mean@7",
    "rank(3)@7",
    "top(3)@7",
    "bottom(3)@7",
    "midrange(5)@7",
    "median@6",
    "trimmed(2)@7",
    "winsorized(2)@7",
    "quantile(0.3)@7",
    "quantile(0.3, weibull)@7",
    "quantile(0.3, blom)@7",
    "harrell_davis(0.3)@7",
    "cvar(0.3)@7",
    "upper_cvar(0.3)@7",
    "lmoment(1)@7",
    "wang(0.5)@7",
    "proportional_hazard(2.5)@7",
]


@pytest.mark.parametrize("spelling", LOCATIONS)
def test_weights_of_a_location_sum_to_one_exactly_and_are_not_negative(spelling):
    ours = objective(spelling)
    assert sum(ours.weights) == 1
    assert min(ours.weights) >= 0


@pytest.mark.parametrize("spelling", ["gini@7", "lmoment(2)@7", "lmoment(3)@7", "lmoment(7)@7"])
def test_weights_of_a_scale_or_shape_sum_to_zero_exactly(spelling):
    assert sum(objective(spelling).weights) == 0


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ("min@7", "max@7"),
        ("bottom(2)@7", "top(2)@7"),
        ("cvar(0.3)@7", "upper_cvar(0.3)@7"),
        ("quantile(0.3)@7", "quantile(0.7)@7"),
        ("quantile(0.3, blom)@7", "quantile(0.7, blom)@7"),
        ("rank(2)@7", "rank(6)@7"),
        ("median@8", "median@8"),
        ("midrange(3)@8", "midrange(3)@8"),
        ("winsorized(2)@8", "winsorized(2)@8"),
    ],
)
def test_mirror_pairs(lower, upper):
    assert objective(lower).weights == objective(upper).weights[::-1]


@pytest.mark.parametrize("q", [0.1, 0.5, 0.8])
def test_harrell_davis_mirrors_to_rounding(q):
    """Weights come from I near 0 on one side and near 1 on the other: one unit of rounding at 1."""
    pairs = zip(harrell_davis(q, 9).weights, harrell_davis(1 - F(str(q)), 9).weights[::-1], strict=True)
    assert max(abs(a - b) for a, b in pairs) <= 8 * 2**-53


def test_literal_weights():
    """Small cases by hand from spec eqs. (6) to (12)."""
    assert quantile("0.3", 4).weights == (F(3, 10), F(7, 10), 0, 0)  # pos = 0.3·4 + ½ = 1.7
    assert quantile("0.3", 4, "weibull").weights == (F(1, 2), F(1, 2), 0, 0)  # pos = 1.5
    assert quantile("0.3", 4, "blom").weights == (F(7, 20), F(13, 20), 0, 0)  # pos = 1.65
    assert cvar("0.3", 4).weights == (F(5, 6), F(1, 6), 0, 0)  # .25/.3 and .05/.3
    assert upper_cvar("0.3", 4).weights == (0, 0, F(1, 6), F(5, 6))
    assert winsorized(1, 5).weights == (0, F(2, 5), F(1, 5), F(2, 5), 0)
    assert gini(3).weights == (F(-2, 3), 0, F(2, 3))
    assert lmoment(3, 3).weights == (F(1, 3), F(-2, 3), F(1, 3))


def test_a_float_parameter_means_the_decimal_that_it_prints_as():
    assert cvar(0.1, 16) == cvar("0.1", 16) == cvar(F(1, 10), 16) == cvar(Decimal("0.1"), 16)
    assert cvar(0.1, 16) == cvar(np.float64(0.1), 16) == cvar(np.float32(0.1), 16)
    assert cvar(0.1, 16) != cvar(F(0.1), 16)
    assert cvar(1e-5, 4).name == "cvar(0.00001)@4"


@pytest.mark.parametrize("K", [np.int64(4), np.uint8(4), F(4)])
def test_k_may_be_any_integer_type(K):
    assert maximum(K) == maximum(4)
    assert type(maximum(K).k) is int
    assert maximum(K).name == "max@4"
    assert midrange(np.int64(2), K).name == "midrange(2)@4"


CONSTRUCTORS = [
    maximum,
    minimum,
    mean,
    median,
    gini,
    lambda k: rank(1, k),
    lambda k: top(1, k),
    lambda k: bottom(1, k),
    lambda k: midrange(1, k),
    lambda k: trimmed(0, k),
    lambda k: winsorized(0, k),
    lambda k: quantile(0.5, k),
    lambda k: harrell_davis(0.5, k),
    lambda k: cvar(0.5, k),
    lambda k: upper_cvar(0.5, k),
    lambda k: lmoment(1, k),
]


@in_turn("constructor", CONSTRUCTORS)
@pytest.mark.parametrize(
    ("k", "message"),
    [
        (0, "K: expected . <= K <= 1000000.*, got K = 0"),
        (-1, "got K = -1"),
        (1_000_001, "got K = 1000001"),
        (True, r"K: expected an integer, got True \(bool\)"),
        (np.True_, "K: expected an integer"),
        (8.0, r"K: expected an integer, got 8.0 \(float\)"),
        (F(5, 2), "K: expected an integer, got 2.5"),
        ("8", r"K: expected an integer, got '8' \(str\)"),
        (None, r"K: expected an integer, got None \(NoneType\)"),
    ],
)
def test_bad_k_is_refused(constructor, k, message):
    with pytest.raises(InvalidInputError, match=message):
        constructor(k)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rank(0, 4), r"r: expected 1 <= r <= K = 4, got r = 0"),
        (lambda: rank(5, 4), r"r: expected 1 <= r <= K = 4, got r = 5"),
        (lambda: top(0, 4), r"m: expected 1 <= m <= K = 4, got m = 0"),
        (lambda: top(5, 4), r"m: expected 1 <= m <= K = 4, got m = 5"),
        (lambda: top(1.5, 4), r"m: expected an integer, got 1.5 \(float\)"),
        (lambda: top(True, 4), r"m: expected an integer, got True \(bool\)"),
        (lambda: bottom(-1, 4), "got m = -1"),
        (lambda: midrange(5, 4), "got m = 5"),
        (lambda: trimmed(2, 4), r"m: expected 0 <= m and 2m < K = 4, got m = 2"),
        (lambda: winsorized(2, 4), r"m: expected 0 <= m and 2m < K = 4, got m = 2"),
        (lambda: trimmed(-1, 4), "got m = -1"),
        (lambda: quantile(1.01, 4), r"q: expected 0 <= q <= 1, got q = 1.01"),
        (lambda: quantile(-0.01, 4), "got q = -0.01"),
        (lambda: quantile(math.nan, 4), "q: expected a finite number, got nan"),
        (lambda: quantile("half", 4), "q: expected a number written as"),
        (lambda: quantile(None, 4), r"q: expected a number, got None \(NoneType\)"),
        (lambda: quantile(True, 4), r"q: expected a number, got True \(bool\)"),
        (lambda: quantile(0.5, 4, "lagrange"), r"position: expected one of 'inverted_cdf', .* 'blom', got"),
        (lambda: quantile(0.5, 4, ["hazen"]), "position: expected one of"),
        (lambda: harrell_davis(0, 4), r"q: expected 0 < q < 1, got q = 0"),
        (lambda: harrell_davis(1, 4), r"q: expected 0 < q < 1, got q = 1"),
        (lambda: cvar(0, 4), r"tau: expected 0 < tau <= 1, got tau = 0"),
        (lambda: cvar(2, 4), r"tau: expected 0 < tau <= 1, got tau = 2"),
        (lambda: cvar(math.inf, 4), "tau: expected a finite number, got inf"),
        (
            lambda: cvar(F(1, 10**400), 4),
            "tau: expected a number below 1e300 in size and of at most 400 digits",
        ),
        (lambda: upper_cvar(0, 4), "got tau = 0"),
        (lambda: gini(1), r"K: expected 2 <= K <= 1000000 for gini, got K = 1"),
        (lambda: lmoment(0, 4), r"r: expected 1 <= r <= K = 4, got r = 0"),
        (lambda: lmoment(5, 4), r"r: expected 1 <= r <= K = 4, got r = 5"),
    ],
)
def test_bad_parameters_are_refused(call, message):
    with pytest.raises(InvalidInputError, match=message):
        call()


@pytest.mark.parametrize("q", ["1e-9", "0.000000000000000000001", "0.999999999999999999999"])
def test_extreme_levels_stay_finite(q):
    level = F(q)
    for ours in (harrell_davis(level, 5), quantile(level, 5), cvar(level, 5)):
        assert sum(ours.weights) == 1


@pytest.mark.parametrize("constructor", [maximum, minimum, mean])
def test_a_hundred_thousand_ranks_share_their_numbers(constructor):
    ours = constructor(100_000)
    assert len({id(w) for w in ours.weights}) <= 2
    assert ours.degree == (0 if constructor is mean else 99_999)


# --- the package ----------------------------------------------------------------------------------


def test_no_module_here_imports_numpy_or_scipy_at_its_top():
    """The definitions import objectives, and must not load NumPy by it."""
    sources = sorted(Path(objectives.__file__).parent.glob("*.py"))
    assert len(sources) >= 6
    for source in sources:
        for node in ast.parse(source.read_text(encoding="utf-8")).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {n.split(".")[0] for n in names} & {"numpy", "scipy"}, source.name


def test_public_names_are_sorted_and_exist():
    assert objectives.__all__ == sorted(objectives.__all__)
    assert all(a != b for a, b in pairwise(objectives.__all__))
    assert all(callable(getattr(objectives, name)) for name in objectives.__all__)
