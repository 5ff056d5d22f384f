"""Whether a direction is right, and whether a polynomial is positive, down to a gap of ``2^−80``.

``(y − m/2^40)² + g`` with ``y = π/(1−π)``, times ``(1−π)²``, has the Bernstein coefficients
``(m²/2^80 + g, −m/2^40, 1)``: all of them are floats.
"""

from fractions import Fraction as F
from itertools import product

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.auditing.decisions.direction import _positive, direction_is_right
from ordergrad_ref.auditing.decisions.multisets import Multisets
from ordergrad_ref.objectives import LStatistic


@pytest.mark.parametrize(("gap", "positive"), [(1, True), (0, False), (-1, False), (2**40, True)])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (2, 1, 0)])
def test_a_minimum_next_to_zero(gap, positive, order):
    """In either direction, in several places, and in whatever order the coefficients come."""
    for m in (2**20 + 1, 2**20 + 3, 2**21 + 5, 3 * 2**20 + 7):
        coefficients = np.array([(m * m + gap) * 2.0**-80, -m * 2.0**-40, 1.0])
        for upward in (coefficients, coefficients[::-1]):
            assert _positive(upward[list(order)], np.array(order)) is positive


def test_signs_of_all_small_polynomials():
    """Of degree 3 with coefficients −1, 0, 1, against their values: ``b_0 = 0`` at an end is no refusal."""
    p = np.linspace(0, 1, 201)[1:-1]
    basis = np.array([(1 - p) ** 3, 3 * p * (1 - p) ** 2, 3 * p**2 * (1 - p), p**3])
    for b in product((-1.0, 0.0, 1.0), repeat=4):
        values = np.array(b) @ basis
        least = values.min()
        if abs(least) > 1e-4 or not any(b) or min(b) == 0:
            assert _positive(np.array(b), np.arange(4)) is bool(least > 0), b


def differences(answer, values, n, spelling):
    multisets = Multisets(n, tuple(map(F, values)))
    by_value = multisets.mean_by_value(multisets.table, answer(multisets.table))
    return multisets.differences(by_value, og.objective(spelling))


def is_right(answer, values, n, spelling):
    d = differences(answer, values, n, spelling)
    return direction_is_right(d, og.objective(spelling).k, 2.0**-26.5, 2.0**-53)


@pytest.mark.parametrize("values", [(0, 1), (-2, 0, 4), (-2, 0, F(1, 2), 4)])
def test_right_and_wrong_directions(values):
    """The same coefficients, zeros too, are no difference; nor is what rounding leaves of a baseline."""
    assert is_right(lambda x: og.advantage(x, "max@2"), values, 3, "max@2") is True
    assert is_right(lambda x: og.inclusion(x, "max@3"), values, 3, "max@3") is True
    assert is_right(lambda x: og.advantage(x, "max@2") * 5 + 1e9, values, 3, "max@2") is True
    assert is_right(lambda x: -og.advantage(x, "max@2"), values, 3, "max@2") is False
    assert is_right(lambda x: 0 * x, values, 3, "max@2") is False
    for unit in (2.0**-300, 2.0**300):
        assert is_right(lambda x, unit=unit: unit * og.advantage(x, "max@2"), values, 3, "max@2") is True
    if len(values) > 2:
        for unit in (2.0**-600, 1.0):
            assert is_right(lambda x, unit=unit: unit * x * abs(x), values, 3, "mean@1") is False
        assert is_right(lambda x: og.advantage(x, "max@2"), values, 3, "min@2") is False


def test_nothing_is_decided_where_the_true_gradient_has_both_signs():
    """Of the smaller of two less the larger: right, but not by the signs of coefficients."""
    alpha = LStatistic([1, -1])
    d = differences(lambda x: og.advantage(x, alpha), (0, 2, 3), 3, alpha)
    assert direction_is_right(d, 2, 2.0**-26.5, 2.0**-53) is None


def test_what_rounding_leaves_has_no_sign():
    """Ten roundings of a baseline of 10^9, the wrong way where the true difference is zero."""

    def answer(x):
        safe = x.sum(axis=1, keepdims=True) == 3  # three ones: whether one of them is there changes no max@3
        return og.advantage(x, "max@3") + 1e9 - np.where(safe & (x == 1), 1e-6, 0)

    assert is_right(answer, (0, 1), 4, "max@3") is True
    assert is_right(lambda x: answer(x) - 1e9, (0, 1), 4, "max@3") is False
