"""Second derivatives by the probabilities are those of the polynomial that the objective is. Spec eq. (95).

Floats are held to 16 u · K(K−1) · Σ|α| · max|r|: sums of a few terms of that size, each right to a few u.
"""

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
import sympy

import ordergrad_ref as og
from ordergrad_ref import definition
from ordergrad_ref.errors import InvalidInputError

F = Fraction
REWARDS, PROBABILITIES = [F(3), F(-1), F(3), F(1, 2)], [F(1, 6), F(1, 2), F(1, 12), F(1, 4)]


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["mean@1", "max@2", "max@3", "median@3", "lmoment(2)@2", "min@4"])
def test_hessian_is_that_of_the_polynomial(objective):
    k = og.objective(objective).k
    p = sympy.symbols("p0:4")
    polynomial = sum(
        sympy.Rational(definition.l_statistic([REWARDS[b] for b in atoms], objective))
        * prod(p[b] for b in atoms)
        for atoms in product(range(4), repeat=k)
    )
    at = {x: sympy.Rational(y) for x, y in zip(p, PROBABILITIES, strict=True)}
    expected = [[sympy.diff(polynomial, x, y).subs(at) for y in p] for x in p]
    exact = og.population.hessian(REWARDS, PROBABILITIES, objective)
    assert exact.tolist() == [[F(x.p, x.q) for x in row] for row in expected]
    floats = og.population.hessian(np.array(REWARDS, float), np.array(PROBABILITIES, float), objective)
    total = float(sum(abs(a) for a in og.objective(objective).weights))
    assert abs(floats - exact.astype(float)).max() <= 16 * 2.0**-53 * k * (k - 1) * total * 3


def test_one_atom_and_refusals():
    assert og.population.hessian([F(2)], [F(1)], "max@3").tolist() == [[12]]
    with pytest.raises(InvalidInputError, match="objective: expected an integer K"):
        og.population.hessian([0.0, 1.0], [0.5, 0.5], "max@2.5")
    with pytest.raises(InvalidInputError, match="rewards: expected one distribution"):
        og.population.hessian([[0.0, 1.0]], [[0.5, 0.5]], "max@2")


@pytest.mark.parametrize("m", [2, 3, 5, 6])
def test_hessian_of_any_number_of_atoms(m):
    """Of max@3: ``6 Σ_c p_c max(r_a, r_b, r_c)``."""
    r = [F(x) for x in (3, -1, 4, 3, -5, 9)[:m]]
    p = [F(x, sum(range(1, m + 1))) for x in range(1, m + 1)]
    expected = [[6 * sum(z * max(x, y, w) for z, w in zip(p, r, strict=True)) for y in r] for x in r]
    assert og.population.hessian(r, p, "max@3").tolist() == expected
