"""A number is called a fraction where chance would hardly have met one: spec section 9.4."""

from fractions import Fraction

import pytest

from ordergrad_ref.auditing.decisions.rationals import recognised, within


@pytest.mark.parametrize(
    ("precision", "is_one"), [(1e-9, True), (1.2e-7, True), (1.3e-7, False), (1e-6, False)]
)
def test_the_chance_grows_with_the_square_of_the_denominator(precision, is_one):
    """``2 · precision · |x| · 113² ≤ 1/100`` up to 1.246e-7."""
    c = 355 / 113
    assert recognised(c, precision) == (Fraction(355, 113) if is_one else c)
    assert isinstance(recognised(c, precision), Fraction) == is_one
    assert recognised(1 / c, precision) == (Fraction(113, 355) if is_one else 1 / c)


def test_a_fraction_of_the_given_denominator():
    """``2 · precision · 99991 ≤ 1/100`` up to 5.0e-8; of a thousand or less, ``2 · precision · q²``."""
    x = 12345 / 99991
    assert within(x, 1e-9, 99991) == Fraction(12345, 99991)
    assert within(x, 4.9e-8, 99991) == Fraction(12345, 99991)
    assert within(x, 5.1e-8, 99991) is None
    assert within(x, 1e-9) is None
    assert within(1 / 3, 1e-9) == Fraction(1, 3)
    assert within(0.123, 1e-9) == Fraction(123, 1000)
    assert within(0.123, 1e-8) is None
