"""One constant for all pairs, or none: spec eq. (56), by numbers alone.

A pair is held against its own signal. Roundings are left open as far as they reach, and no further than a
share of the signal; between both nothing is decided. Spec section 9.4.
"""

from dataclasses import replace

import numpy as np
import pytest

from ordergrad_ref.agreement import left_by_sums, left_open
from ordergrad_ref.auditing.decisions.bias import (
    Fit,
    Violation,
    fitted_constant,
    roundings,
    slack,
    violation,
)
from ordergrad_ref.auditing.decisions.pairs import Pairs

U = 2.0**-53


def pairs(rise, inclusion, size=1.0, reward=1.0):
    rise, inclusion = (np.array(x, dtype=float) for x in (rise, inclusion))
    ones = np.ones(len(rise))
    return Pairs(rise, inclusion, np.diag(ones), ones, size * ones, reward * ones)


def test_the_better_of_two_fits_is_taken():
    """By least squares, or by the pair with the largest q."""
    fit = fitted_constant([pairs([1, 1, 1, 2], [1, 1, 1, 1.001])], 1, U)
    assert fit.constant == pytest.approx(1.25, rel=1e-3)
    assert fit.violation.residual == pytest.approx(0.375, rel=1e-2)
    assert fit.precision == pytest.approx(0.6, rel=1e-2)


def test_the_constant_is_one_for_k_times_q():
    for k in (1, 3):
        fit = fitted_constant([pairs([0.5, 1.5], [1, 3])], k, U)
        assert fit.constant == pytest.approx(0.5 / k, rel=1e-15)
        assert fit.violation.verdict(1e-8)


def test_other_pairs_are_held_against_the_same_constant():
    right, other = pairs([1, 2], [1, 2]), pairs([2, 4], [1, 2])
    assert fitted_constant([right], 1, U).violation.verdict(1e-8)
    assert fitted_constant([other], 1, U).violation.verdict(1e-8)
    fit = fitted_constant([right, other], 1, U)
    assert fit.constant == pytest.approx(1)
    assert fit.violation.residual == pytest.approx(0.5)


def test_no_signal_is_zero_everywhere_or_a_violation():
    silent, loud = pairs([0, 1e-17], [1, 2]), pairs([1, 2], [1, 2])
    assert fitted_constant([silent], 1, U).constant == 0
    assert fitted_constant([silent, silent], 1, U).violation == Violation(0, 0)
    assert fitted_constant([silent, loud], 1, U).violation.verdict(1e-8) is False
    zero = pairs([0, 0], [1, 2])
    assert fitted_constant([zero, loud], 1, U).violation.verdict(1e-8) is False


def test_three_verdicts():
    assert Violation(1e-9, 0).verdict(1e-8) is True
    assert Violation(1e-3, 0).verdict(1e-8) is None
    assert Violation(1e-3, 1e-3).verdict(1e-8) is False
    assert Violation(1, 0) | Violation(0, 1) == Violation(1, 1)


@pytest.mark.parametrize(
    ("size", "error", "verdict"),
    [
        (1, 1e-9, True),
        (1, 1e-7, False),
        (1e9, 1e-6, True),  # 16 u of the answers are 1.8e-6: no more than a millionth is left open
        (1e9, 1.5e-6, None),
        (1e9, 3e-6, False),
        (1e12, 1e-3, None),
        (1e12, 3e-3, False),
    ],
)
def test_roundings_of_a_baseline(size, error, verdict):
    p = pairs([1, 1 + error], [1, 1], size=size)
    assert violation(p, p.inclusion, U).verdict(2.0**-26.5) is verdict


def test_the_scale_of_a_pair_is_its_own():
    """A pair far above does not excuse one below; a flat one is held against the steepest."""
    p = pairs([1e8, 1.05, 0], [1e8, 1, 0])
    p = replace(p, gap=np.array([1e8, 1, 1]), between=np.diag([1e8, 1, 1]))
    assert violation(p, p.inclusion, U).residual == pytest.approx(0.05 / 1.05)
    flat = pairs([1, 1e-9], [1, 0])
    assert violation(flat, flat.inclusion, U).verdict(2.0**-26.5) is True
    assert violation(pairs([1, 1e-7], [1, 0]), flat.inclusion, U).verdict(2.0**-26.5) is False


def test_what_rounding_may_explain():
    """``max(16 u |A|, min(u^(3/4), 2^10 u) · slope · |x|)``."""
    assert left_by_sums(2.0**-24) == 2.0**-18
    assert left_by_sums(2.0**-8) == 2.0**-6
    assert left_by_sums(U) == 2.0**-43
    assert left_open(U) == pytest.approx(1.05e-6, rel=0.01)
    assert left_open(2.0**-24) == left_open(2.0**-8) == 1e-3
    assert slack(pairs([1], [1], size=2.0**20), U).tolist() == [2.0**-29]
    assert slack(pairs([3], [1], size=1, reward=2), U).tolist() == [6 * 2.0**-43]
    assert slack(pairs([0], [1], size=1), 0.0).tolist() == [2.0**-49]  # answers are kept in float64


def test_silence_is_measured_by_the_advantages_and_not_by_the_rewards():
    """16 u of rewards of a million are 2e-9: a rise of 1e-11 beside advantages of one is a signal still."""
    assert fitted_constant([pairs([1e-11], [1], size=1, reward=1e6)], 1, U).constant == pytest.approx(1e-11)
    assert fitted_constant([pairs([1e-11], [1], size=1e6, reward=1)], 1, U).constant == 0


@pytest.mark.parametrize("unit", [2.0**-90, 1.0, 2.0**60])
def test_a_violation_is_relative_to_the_signal(unit):
    """Of each pair, in whatever unit the answers are."""
    p = pairs(unit * np.array([1.0, 1.5]), [1, 1], size=unit)
    found = violation(p, unit * p.inclusion, U)
    assert found.residual == pytest.approx(1 / 3, rel=1e-9)


def test_roundings_are_those_of_the_answers_and_at_least_of_float64():
    """``max(16 u |A|, min(u^(3/4), 2^10 u) · unit · |x|)``, by powers of two."""
    one, none = np.ones(1), np.zeros(1)
    for u, at_least in ((2.0**-24, 2.0**-24), (2.0**-53, 2.0**-53), (2.0**-64, 2.0**-53)):
        assert roundings(one, none, u, 1.0) == 16 * at_least
        assert roundings(none, 4 * one, u, 8.0) == 32 * min(at_least**0.75, 2.0**10 * at_least)


def test_silence_is_no_violation():
    assert fitted_constant([pairs([0, 1e-17], [1, 2])], 1, U) == Fit(0.0, Violation(0.0, 0.0), 0.0)
