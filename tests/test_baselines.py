"""Optimal baselines by their definition, and what not knowing the policy costs.

Theorem, spec eq. (90). ``A*_i = q_i − E_x q(x; x_−i)`` has the mean zero over ``x_i`` for every ``x_−i``: the
condition of the least ``E A_1²`` over all baselines of the others.
Theorem, spec eqs. (91), (92). For pass@K, ``E h² / E A*² = 1/(1−π)``, and canonical / optimal lies between
N/(N−1) and N/(N−K) and never decreases in π.
"""

from fractions import Fraction
from itertools import combinations_with_replacement
from math import comb

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import definition, maxk
from ordergrad_ref.baselines import optimal, plug_in
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError

F = Fraction
VALUES, PROBABILITIES = [F(3), F(-1), F(1, 2)], [F(1, 6), F(1, 2), F(1, 3)]
OBJECTIVES = ["max@1", "max@2", "max@3", "median@3", "lmoment(2)@2"]


def include_one(x, others, objective):
    return definition.inclusion([x, *others], objective)[0]


@pytest.mark.slow
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("n", [3, 4])
def test_by_definition(objective, n):
    for x in combinations_with_replacement(VALUES, n):
        q = definition.inclusion(list(x), objective)
        others = [[*x[:i], *x[i + 1 :]] for i in range(n)]
        of_policy = [
            sum(p * include_one(y, rest, objective) for y, p in zip(VALUES, PROBABILITIES, strict=True))
            for rest in others
        ]
        of_others = [sum(include_one(y, rest, objective) for y in rest) / (n - 1) for rest in others]
        assert optimal(list(x), objective, VALUES, PROBABILITIES).tolist() == [
            a - b for a, b in zip(q, of_policy, strict=True)
        ]
        assert plug_in(list(x), objective).tolist() == [a - b for a, b in zip(q, of_others, strict=True)]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_optimal_is_the_least(objective):
    for rest in combinations_with_replacement(VALUES, 3):
        first = [optimal([y, *rest], objective, VALUES, PROBABILITIES)[0] for y in VALUES]
        assert sum(p * a for p, a in zip(PROBABILITIES, first, strict=True)) == 0


def squares(advantage, n, pi):
    """``E A_1²`` on rewards 0 and 1."""
    total = F(0)
    for s in range(n + 1):
        a = advantage([F(1)] * s + [F(0)] * (n - s))
        total += comb(n, s) * pi**s * (1 - pi) ** (n - s) * sum(x * x for x in a) / n
    return total


def of_canonical(n, k, pi):
    g = [comb(k - 1, i) * comb(n - k, i) * (1 - pi) ** i for i in range(k)]
    return F(n, n - k) * (1 - sum(i * x for i, x in enumerate(g)) / sum(g) / (n - k))


@pytest.mark.slow
@pytest.mark.parametrize(("n", "k"), [(2, 1), (5, 1), (4, 2), (5, 3), (6, 5), (9, 4)])
def test_what_not_knowing_costs(n, k):
    before = F(n, n - 1)
    for pi in (F(1, 1000), F(1, 8), F(1, 2), F(7, 8), F(999, 1000)):
        least = squares(lambda x, pi=pi: optimal(x, f"max@{k}", [0, 1], [1 - pi, pi]), n, pi)
        assert squares(lambda x: maxk.pkpo_loo_minus_one(x, k) * F(n, k), n, pi) == least / (1 - pi)
        ratio = squares(lambda x: maxk.canonical(x, k), n, pi) / least
        assert ratio == of_canonical(n, k, pi)
        assert before <= ratio <= F(n, n - k)
        before = ratio
        w = [
            comb(c, k - 1) ** 2 * comb(n - 1, c) * (1 - pi) ** c * pi ** (n - 1 - c) for c in range(k - 1, n)
        ]
        off = sum(x * (F(n - 1 - c, n - 1) - pi) ** 2 for c, x in zip(range(k - 1, n), w, strict=True))
        cost = squares(lambda x: plug_in(x, f"max@{k}"), n, pi) / least
        assert cost == 1 + off / sum(w) / (pi * (1 - pi))


def test_which_is_the_better():
    """Canonical beyond K/N, leave-one-out-minus-one below 1/N."""
    n, k = 8, 3
    for pi in (F(1, 9), F(1, 100), F(2, 5), F(9, 10)):
        assert (of_canonical(n, k, pi) < 1 / (1 - pi)) == (pi > F(k, n))


@pytest.mark.parametrize("objective", ["max@1", "max@3", "median@3"])
def test_audit(objective):
    report = og.audit(plug_in, objective, n=5)
    assert report.constant == F(1, og.objective(objective).k)
    assert report.unbiased


def test_groups_and_floats():
    x = np.array([0.0, 1.0, 1.0, 3.0, -2.0, 0.5])
    ids = np.array([0, 1, 0, 1, 0, 1])
    together = plug_in(x, "max@2", groups=ids)
    for g in (0, 1):
        exact = plug_in([F(a) for a in x[ids == g]], "max@2")
        np.testing.assert_allclose(together[ids == g], exact.astype(float), rtol=1e-15)
    table = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
    rows = [optimal(row, "max@2", [0, 1], [0.5, 0.5]) for row in table]
    assert optimal(table, "max@2", [0, 1], [0.5, 0.5]).tolist() == np.stack(rows).tolist()


def test_refuses():
    with pytest.raises(InvalidInputError, match="rewards: expected only the 2 given values, got 2"):
        optimal([0.0, 2.0], "max@2", [0, 1], [0.5, 0.5])
    with pytest.raises(InvalidInputError, match="values: expected one distribution"):
        optimal([0.0, 1.0], "max@2", [[0, 1]], [0.5, 0.5])
    with pytest.raises(InvalidInputError, match="objective: expected an integer K"):
        plug_in([0.0, 1.0, 2.0], "max@1.5")
    with pytest.raises(GroupTooSmallError, match="N ≥ 2"):
        plug_in([0.0], "mean@1")
