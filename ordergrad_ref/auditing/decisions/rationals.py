"""Floating-point numbers taken for the fractions that they are rounded from, and fractions printed."""

from fractions import Fraction
from math import inf, isfinite

from ordergrad_ref.agreement import RECOGNISABLE

__all__ = ["as_float", "recognised", "shown", "within", "written"]

LARGEST_DENOMINATOR = 10_000
"""The largest denominator that is tried for a constant; in float64 chance would allow larger ones."""

FEW = 1000
"""The largest denominator that is tried before the one that the size of the problem suggests."""


def recognised(c: float, precision: float) -> Fraction | float:
    """Return the fraction that c, or else 1/c, is; c itself where chance may have met it.

    ``precision`` is relative to c. A fraction counts where the chance that one of so small a denominator lies
    so near is below `RECOGNISABLE`. Spec section 9.4.

    Examples
    --------
    >>> recognised(0.3333333333333333, 1e-15), recognised(0.123456789, 1e-3)
    (Fraction(1, 3), 0.123456789)
    """
    if c == 0:
        return Fraction(0)
    if not isfinite(precision):
        return c
    near = Fraction(precision)
    x = Fraction(c) if abs(c) >= 1 else 1 / Fraction(c)
    fraction = x.limit_denominator(LARGEST_DENOMINATOR)
    chance = 2 * near * abs(x) * fraction.denominator**2
    if abs(fraction - x) > near * abs(x) or chance > RECOGNISABLE:
        return c
    return fraction if abs(c) >= 1 else 1 / fraction


def written(reward: Fraction) -> str:
    """Write a reward as a fraction, or as the decimal of the float that it is, where that is shorter.

    Examples
    --------
    >>> written(Fraction(1, 2)), written(Fraction(0.1)), written(Fraction(-1, 3))
    ('1/2', '0.1', '-1/3')
    """
    x = as_float(reward)
    is_float = isfinite(x) and Fraction(x) == reward
    return min(str(reward), repr(x), key=len) if is_float else str(reward)


def within(x: float, precision: float, denominator: int = 1) -> Fraction | None:
    """Return the fraction within an absolute precision of x: of a few digits, else of the given denominator.

    ``None`` where chance may have met it. Spec section 9.4.
    """
    exact = Fraction(x)
    few = exact.limit_denominator(FEW)
    if abs(few - exact) <= precision and 2 * precision * few.denominator**2 <= RECOGNISABLE:
        return few
    counted = Fraction(round(exact * denominator), denominator)
    found = abs(counted - exact) <= precision and 2 * precision * denominator <= RECOGNISABLE
    return counted if found else None


def as_float(x: Fraction) -> float:
    """Round to float64; beyond its range infinity."""
    try:
        return float(x)
    except OverflowError:
        return inf if x > 0 else -inf


def shown(constant: Fraction | float) -> str:
    """Print a constant: a recognised one as a fraction, another to nine digits."""
    return str(constant) if isinstance(constant, Fraction) else f"{constant:.9g}"
