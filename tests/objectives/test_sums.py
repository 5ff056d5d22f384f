"""Theorem (81): objectives add, elevated to the larger K; and the objectives that are made so."""

import pickle
from fractions import Fraction as F
from math import comb

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import LStatistic, definition, objective
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import (
    between,
    cvar,
    quantile,
    sample_range,
    trimmed,
    trimmed_lmoment,
    upper_cvar,
)

REWARDS, P = [F(0), F(1), F(5)], [F(1, 2), F(1, 3), F(1, 6)]
BATCH = [F(3), F(1), F(4), F(1), F(5)]
PAIRS = [("mean@1", "max@4"), ("median@3", "min@2"), ("gini@2", "cvar(0.3)@3"), ("max@2", "max@2")]


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_the_value_of_a_sum_is_the_sum_of_the_values(a, b):
    a, b = objective(a), objective(b)
    for both, minus in ((a + b, 1), (a - b, -1), (a + -b, -1)):
        assert both.k == max(a.k, b.k)
        for value, given in ((definition.expected_value, (REWARDS, P)), (definition.value, (BATCH,))):
            assert value(*given, both) == value(*given, a) + minus * value(*given, b)
    assert definition.value(BATCH, F(2, 3) * a) == F(2, 3) * definition.value(BATCH, a)


def test_score_weights_add_and_advantages_by_the_quotient_of_ks():
    a, b = objective("max@2"), objective("median@4")
    w = og.score_weights(BATCH, a) + 3 * og.score_weights(BATCH, b)
    assert og.score_weights(BATCH, a + 3 * b).tolist() == w.tolist()
    advantage = F(2, 4) * og.advantage(BATCH, a) + 3 * og.advantage(BATCH, b)
    assert og.advantage(BATCH, a + 3 * b).tolist() == advantage.tolist()


@pytest.mark.parametrize("spelling", ["max@2", "mean@3", "gini@2", "lmoment(3)@3", "rank(2)@3"])
def test_elevation_keeps_the_objective_and_reduction_leads_back(spelling):
    alpha = objective(spelling)
    for k in range(alpha.k, 6):
        elevated = alpha.elevated(k)
        assert elevated.k == k
        assert elevated.reduced() == alpha.reduced()
        assert definition.value(BATCH, elevated) == definition.value(BATCH, alpha)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("0.5*mean@1 + 0.5*max@8", "0.5*mean@1 + 0.5*max@8"),
        ("max@8-min@8", "max@8 - min@8"),
        (" - MAX@3", "-max@3"),
        ("1/3 * quantile(0.25, weibull)@4 - wang(-0.5)@4", "1/3*quantile(0.25, weibull)@4 - wang(-0.5)@4"),
        ("max@2 + max@2", "2*max@2"),
        ("max@8 - max@8", "0*max@8"),
        ("best-of-8 - top2@4", "max@8 - top(2)@4"),
        ("2*max@4", "2*max@4"),
    ],
)
def test_spellings_round_trip(written, canonical):
    read = objective(written)
    assert (str(read), objective(canonical)) == (canonical, read)
    assert repr(read) == f"objective({canonical!r})"
    assert str(pickle.loads(pickle.dumps(read))) == canonical


def test_arithmetic_spells_itself_as_it_is_read():
    half = 0.5 * objective("mean@1") + objective("max@8") * F(1, 2)
    assert half == objective("0.5*mean@1 + 0.5*max@8")
    assert str(half) == "0.5*mean@1 + 0.5*max@8"
    assert (LStatistic([1, 2]) + objective("max@2")).name is None
    assert np.float64(2) * objective("max@2") == 2 * objective("max@2") == objective("max@2") * np.int64(2)
    assert objective("0.5*mean + 0.5*max", k=8) == half


def test_a_number_is_no_objective():
    with pytest.raises(TypeError, match="unsupported operand"):
        objective("max@2") + 1
    with pytest.raises(InvalidInputError, match="factor: expected a finite number, got nan"):
        float("nan") * objective("max@2")


@pytest.mark.parametrize(
    ("spelling", "message"),
    [
        ("0.5*", r"expected terms such as 0\.5\*max@8 in a sum, got '0\.5\*'"),
        ("*max@8", r"expected terms such as 0\.5\*max@8"),
        ("max@8 + ", r"expected terms such as 0\.5\*max@8 in a sum, got ''"),
        ("a*max@8", "coefficient: expected a number"),
        ("max@2.5 + mean@1", r"expected integers K in a sum, got max@2\.5"),
        ("max@8 + mox@1", "did you mean 'max@1'"),
        ("max + mean@1", "expected a K"),
    ],
)
def test_wrong_sums_are_refused(spelling, message):
    with pytest.raises(InvalidInputError, match=message):
        objective(spelling)
    with pytest.raises(InvalidInputError, match=r"k: expected the K of 'max@8 - min@2', 8, or none, got 4"):
        objective("max@8 - min@2", k=4)


def test_what_takes_too_long_is_refused():
    with pytest.raises(InvalidInputError, match="k: expected k times the number of rank weights"):
        objective("cvar(0.5)@2000 + max@4000")
    with pytest.raises(InvalidInputError, match="k: expected K = 3 <= k"):
        objective("max@3").elevated(2)


def test_trimmed_l_moments():
    """Elamir and Seheult's definition: a combination of expected order statistics."""
    for r, low, high in ((1, 1, 1), (2, 1, 1), (3, 0, 1), (2, 0, 0), (3, 1, 0)):
        n = r + low + high
        expected = sum(
            F((-1) ** i * comb(r - 1, i), r)
            * definition.expected_value(REWARDS, P, f"rank({n + 1 - (r + low - i)})@{n}")
            for i in range(r)
        )
        for k in (n, n + 1):
            assert definition.expected_value(REWARDS, P, trimmed_lmoment(r, low, high, k)) == expected
    assert trimmed_lmoment(3, 0, 0, 5) == objective("lmoment(3)@5")
    assert str(objective("trimmed_lmoment(2, 1, 1)@8")) == "trimmed_lmoment(2, 1, 1)@8"
    with pytest.raises(InvalidInputError, match="high: expected 0 <= high <= K - r - low = 1"):
        trimmed_lmoment(2, 1, 2, 4)


def test_range_and_between():
    assert definition.l_statistic(BATCH, sample_range(5)) == 4 == definition.l_statistic(BATCH, "range@5")
    assert sample_range(5) == objective("max@5 - min@5")
    for k in (1, 4, 7):
        assert between(0, "0.3", k) == cvar("0.3", k)
        assert between("0.7", 1, k) == upper_cvar("0.3", k)
    assert between("1/4", "3/4", 8) == trimmed(2, 8)
    with pytest.raises(
        InvalidInputError, match=r"low and high: expected 0 <= low < high <= 1, got low = 0\.5"
    ):
        objective("between(0.5, 0.5)@4")


NUMPY = [
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
]


@pytest.mark.parametrize(("number", "method"), list(enumerate(NUMPY, 1)))
def test_the_nine_rules_of_hyndman_and_fan(number, method):
    """NumPy's answers, at levels that are binary fractions: no rounding decides on which side of a jump."""
    for k in (1, 2, 5, 8):
        x = np.sort(np.random.default_rng(k).integers(0, 99, k).astype(float))
        for level in range(17):
            rule = quantile(F(level, 16), k, f"type{number}")
            assert rule == quantile(F(level, 16), k, method)
            if number == 3:  # of two equally near ranks the even one, as in the paper and in R
                continue
            got = sum(float(w) * value for w, value in zip(rule.weights, x, strict=True))
            assert got == pytest.approx(np.quantile(x, level / 16, method=method), abs=1e-12)


def test_type_3_takes_the_nearest_rank_and_of_two_the_even_one():
    places = {"0.3": 2, "0.5": 2, "0.7": 4, "0.1": 1, "0": 1, "1": 5}  # q K = 1.5, 2.5, 3.5, 0.5, 0, 5
    for q, place in places.items():
        assert quantile(q, 5, "type3").weights.index(1) + 1 == place


def test_type_7_is_numpys_default():
    x = [3.0, 1.0, 4.0, 1.5]
    assert og.value(x, "quantile(0.3, linear)@4") == pytest.approx(np.quantile(x, 0.3))
