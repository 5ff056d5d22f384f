"""Among the unbiased estimators exactly one is centred (38): by exact linear algebra, at small sizes.

An equivariant estimator that is unbiased with constant c is ``cK q_i`` plus a baseline ``β(x_{−i})``, one
unknown for each multiset of N − 1 rewards. Centring is one linear equation for each multiset of N rewards.
The system has full column rank, so at most one solution; the canonical baseline solves it for K < N, and for
max@K nothing does at K = N.
"""

from fractions import Fraction as F
from itertools import combinations_with_replacement

import pytest
import sympy

from ordergrad_ref import definition, objective

VALUES = (F(0), F(1), F(3))
SIZES = [(n, k) for n in (2, 3, 4, 5) for k in range(1, n + 1)]


def system(n, alpha):
    """The centring equations ``Σ_i β(x_{−i}) = −Σ_i q_i``."""
    others = list(combinations_with_replacement(VALUES, n - 1))
    column = {o: j for j, o in enumerate(others)}
    rows, right = [], []
    for x in combinations_with_replacement(VALUES, n):
        row = [0] * len(others)
        for i in range(n):
            row[column[(*x[:i], *x[i + 1 :])]] += 1
        rows.append(row)
        right.append(-sum(definition.inclusion(x, alpha)))
    return (
        sympy.Matrix(rows),
        sympy.Matrix([sympy.Rational(b.numerator, b.denominator) for b in right]),
        others,
    )


@pytest.mark.parametrize(("n", "k"), SIZES)
def test_at_most_one(n, k):
    a, _, others = system(n, objective(f"max@{k}"))
    assert a.rank() == len(others)


@pytest.mark.parametrize(("n", "k"), [s for s in SIZES if s[1] < s[0]])
@pytest.mark.parametrize("name", ["max", "median", "cvar(0.3)"])
def test_the_canonical_baseline_is_the_one(n, k, name):
    alpha = objective(f"{name}@{k}")
    a, right, others = system(n, alpha)
    canonical = [-definition.value(o, alpha) for o in others]
    assert a * sympy.Matrix([sympy.Rational(b.numerator, b.denominator) for b in canonical]) == right


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_none_for_max_at_k_equal_n(n):
    a, right, others = system(n, objective(f"max@{n}"))
    assert a.row_join(right).rank() == len(others) + 1


@pytest.mark.parametrize("spelling", ["mean@3", "gini@3", "lmoment(2)@4", "median@4"])
def test_one_at_k_equal_n_where_the_degree_allows_it(spelling):
    """Degree at most N − 2: a centred unbiased estimator exists although no subset leaves one out."""
    alpha = objective(spelling)
    assert alpha.degree <= alpha.k - 2
    a, right, others = system(alpha.k, alpha)
    assert a.row_join(right).rank() == len(others)
