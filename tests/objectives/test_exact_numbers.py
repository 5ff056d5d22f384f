"""What a parameter means; and the largest and finest that is read: below 1e300, of up to 400 digits."""

from fractions import Fraction as F

import pytest

import ordergrad_ref as og
from ordergrad_ref.objectives.exact_numbers import number, parameter

LARGEST, FINEST = 10**300 - 1, F(1, 10**400 - 1)


@pytest.mark.parametrize("value", [LARGEST, -LARGEST, FINEST, F(10**400 - 2, 10**400 - 1)])
def test_the_largest_and_the_finest_parameters(value):
    assert parameter(value, "tau") == value


@pytest.mark.parametrize("value", [10**300, -(10**300), F(1, 10**400)])
def test_one_more_is_refused(value):
    with pytest.raises(og.errors.InvalidInputError, match="tau: expected a number below 1e300 in size"):
        parameter(value, "tau")


def test_a_parameter_is_what_it_prints_as():
    assert parameter(0.1, "q") == F(1, 10)
    assert parameter(F(0.1), "q") == F(0.1) != F(1, 10)


def test_the_longest_text_that_is_read():
    assert number("." + "1" * 1199, "q").denominator > 10**1190
    with pytest.raises(og.errors.InvalidInputError, match="q: expected a number written as"):
        number("." + "1" * 1200, "q")
