"""How wrong pass@k training may be: the inequalities of the bound, as polynomials. Spec eq. (109).

Claim. Let ``b = B u``, ``t = b S``, with ``B ≥ 16``, ``S ≥ 2`` and ``B S² u ≤ 1/8``, that is ``u ≤ b/16``,
``b ≤ t/2`` and ``t² ≤ b/8``. Let the numerator be within b of the largest, the factors v and 1 − v of the
product within ``b/v`` and ``b/(1−v)`` of themselves, the second rounded once more, and the product, its root
and the quotient rounded once each. Then the answer is within ``2b + t = B (2 + S) u`` of the largest.

Proof. The relative errors in the product add up to at most ``z = b/v + b/(1−v) + 2u = 2t + 2u``, with
``S = 1/(2v) + 1/(2(1−v))``, which is at least 2.

1. ``−ln(1−x) ≤ x + x²`` for ``0 ≤ x ≤ 1/2``: both are 0 at 0, and the slopes differ by
   ``x (1−2x)/(1−x) ≥ 0``. So the inverse root of the product is within ``e^y − 1``, ``y = (z + z²)/2``, of
   the right one.
2. ``e^y ≤ 1 + y + y²/2 + y³`` for ``0 ≤ y ≤ 1``, as ``Σ_{n≥3} 1/n! < 1``; with it
   ``e^y − 1 ≤ η = z/2 + 0.7 z²`` for ``z ≤ 0.13``, and z is at most that.
3. The answer is within ``(1+b)(1+η)(1+u)/(1−u) − 1`` of the largest. Times ``1 − u``, what is left of the
   bound is a polynomial in u, b and t, and at least ``b/16``: wherever it has a minus, u is at most ``b/16``,
   t² at most ``b/8``, and what remains of t and b is at most ``1/16`` and ``1/32``.

A step says how large a remainder is at least; it is read off term by term.
"""

from collections.abc import Iterator

import sympy
from sympy import Integer, Poly, Rational, symbols

from proofs.symbolic.steps import Step, show

x, y, z, u, b, t = symbols("x y z u b t", nonnegative=True)
SEVENTH = Rational(7, 10)


def eta(of: sympy.Expr) -> sympy.Expr:
    """``η``: how far the inverse root may be off."""
    return of / 2 + SEVENTH * of**2


def in_units_of_b(powers: tuple[int, ...]) -> sympy.Expr:
    """Give the most that ``u^i b^j t^k`` can be, in units of b."""
    i, j, k = powers
    if i:
        return Rational(1, 16) ** i * Rational(1, 32) ** (i - 1 + j) * Rational(1, 16) ** k
    if j:
        return Rational(1, 32) ** (j - 1) * Rational(1, 16) ** k
    return Rational(1, 8) * Rational(1, 16) ** (k - 2)


def steps() -> Iterator[Step]:
    """Logarithm, exponential, and the answer."""
    v = symbols("v")
    size = 1 / (2 * v) + 1 / (2 * (1 - v))
    yield Step("S − 2 = (1−2v)²/(2v(1−v)) ≥ 0", size - 2, (1 - 2 * v) ** 2 / (2 * v * (1 - v)))
    slope = sympy.diff(x + x**2 + sympy.log(1 - x), x)
    yield Step("1: the slopes differ by x (1−2x)/(1−x)", slope, x * (1 - 2 * x) / (1 - x))
    yield Step("2: z is at most 33 t/16, as u ≤ b/16 ≤ t/32", (2 * t + 2 * t / 32), Rational(33, 16) * t)
    yield positive("   33/16 · 1/16 ≤ 0.13", Rational(13, 100) - Rational(33, 256))
    power = (z + z**2) / 2
    rest = sympy.expand((eta(z) - (power + power**2 / 2 + power**3)) / z**2)
    smallest = rest.subs(z, 0) + sum(
        c * Rational(13, 100) ** n for (n,), c in Poly(rest, z).terms() if n and c < 0
    )
    yield positive("   (η − y − y²/2 − y³)/z² is at least", smallest)
    answer = (1 + b) * (1 + eta(2 * t + 2 * u)) * (1 + u)
    left = sympy.expand((2 * b + t + 1) * (1 - u) - answer)
    terms = dict(Poly(left, u, b, t).terms())
    in_t_alone = terms.get((0, 0, 1), Integer(0))
    yield Step("3: what is left of the bound has no term in t alone", in_t_alone, Integer(0))
    smallest = terms.get((0, 1, 0), Integer(0)) + sum(
        c * in_units_of_b(powers) for powers, c in terms.items() if c < 0
    )
    yield positive("   and is, in units of b, at least", smallest)


def positive(sentence: str, number: sympy.Expr) -> Step:
    """Say what a positive number is; a number that is not positive is no proof."""
    return Step(f"{sentence} {number}, which is positive", Integer(1 if number > 0 else 0), Integer(1))


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
