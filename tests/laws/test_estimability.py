"""What N samples can estimate: ``J_α`` iff ``deg b_α ≤ N − 1``, spec eq. (70), by linear algebra.

The expectation of a function of N rewards is a combination of the probabilities of the multisets of N, as
polynomials in the probabilities of the rewards. So it is asked whether ``J_α``, enumerated from its
definition, lies in their span: a rank, in exact rationals.
"""

from collections import Counter
from fractions import Fraction as F
from itertools import combinations_with_replacement, product
from math import factorial, prod

import pytest
import sympy
from sympy import QQ
from sympy.polys.rings import ring

import ordergrad_ref as og
from ordergrad_ref import definition

OBJECTIVES = {
    "max@1": 0, "mean@4": 0, "gini@4": 1, "max@2": 1, "median@3": 2, "median@4": 2, "lmoment(3)@4": 2,
    "max@4": 3, "top(2)@4": 3,
}  # fmt: skip
"""Each with the degree of b_α."""


def simplex(m):
    _, *p = ring([f"p{b}" for b in range(1, m)], QQ)
    return [*p, 1 - sum(p)]


def objective(p, rewards, alpha):
    """``J_α`` as a polynomial, over all K draws."""
    total = p[0] * 0
    for x in product(range(len(p)), repeat=alpha.k):
        t = F(definition.l_statistic([rewards[b] for b in x], alpha))
        total += prod((p[b] for b in x), start=p[0] ** 0) * QQ(t.numerator, t.denominator)
    return total


def multisets(p, n):
    """The probabilities of all multisets of n draws."""
    for x in combinations_with_replacement(range(len(p)), n):
        ways = factorial(n) // prod(map(factorial, Counter(x).values()))
        yield prod((p[b] for b in x), start=p[0] ** 0) * ways


def in_span(polynomial, basis):
    monomials = sorted({m for f in (polynomial, *basis) for m in f.monoms()})
    columns = [[f.get(m, 0) for m in monomials] for f in (*basis, polynomial)]
    without, including = (sympy.Matrix(c).rank() for c in (columns[:-1], columns))
    return without == including


@pytest.mark.slow
@pytest.mark.parametrize("rewards", [(0, 1), (-1, 1, 4)])
@pytest.mark.parametrize("spelling", OBJECTIVES)
def test_what_samples_can_estimate(rewards, spelling):
    alpha = og.objective(spelling)
    p = simplex(len(rewards))
    j = objective(p, [F(r) for r in rewards], alpha)
    estimable = [n for n in range(1, 6) if in_span(j, list(multisets(p, n)))]
    assert estimable == list(range(OBJECTIVES[spelling] + 1, 6))
    assert alpha.reduced().k == OBJECTIVES[spelling] + 1


@pytest.mark.parametrize("spelling", OBJECTIVES)
def test_the_value_of_the_reduced_objective_is_such_a_function(spelling):
    """``E[v] = J`` with no more samples than the reduced objective has ranks."""
    alpha, reduced = og.objective(spelling), og.objective(spelling).reduced()
    rewards = [F(-1), F(1), F(4)]
    p = simplex(3)
    mean = p[0] * 0
    for x in product(range(3), repeat=reduced.k):
        v = F(definition.value([rewards[b] for b in x], reduced))
        mean += prod((p[b] for b in x), start=p[0] ** 0) * QQ(v.numerator, v.denominator)
    assert mean == objective(p, rewards, alpha)


def test_nothing_to_estimate_needs_no_particular_function():
    """``b_α = 0``: rank weights that are all zero, estimated by zero."""
    p = simplex(2)
    assert objective(p, [F(0), F(1)], og.LStatistic([0, 0])) == 0
