"""Laws (99), (101): whose gradient KL estimators follow, and how far off PPO's surrogate may be."""

from fractions import Fraction as F
from itertools import product
from math import prod

import numpy as np
import pytest
import sympy

from ordergrad_ref import definition, objective
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.trainers.kl_terms import expected_gradient
from ordergrad_ref.trainers.surrogate import surrogate, surrogate_bound

LOGITS = sympy.symbols("a b c")
AT = (F(1, 2), F(-1, 4), F(0))
REFERENCE = (F(1, 5), F(3, 10), F(1, 2))


def by_logits(divergence):
    """Differentiate a function of the probabilities by the logits, at AT."""
    weights = [sympy.exp(x) for x in LOGITS]
    p = [w / sum(weights) for w in weights]
    at = {x: sympy.Rational(v.numerator, v.denominator) for x, v in zip(LOGITS, AT, strict=True)}
    return [float(sympy.diff(divergence(p), x).subs(at).evalf(30)) for x in LOGITS]


def reverse(p):
    return sum(x * sympy.log(x / sympy.Rational(str(r))) for x, r in zip(p, REFERENCE, strict=True))


def forward(p):
    return sum(
        sympy.Rational(str(r)) * sympy.log(sympy.Rational(str(r)) / x)
        for x, r in zip(p, REFERENCE, strict=True)
    )


def half_square(p):
    return sum(x * sympy.log(x / sympy.Rational(str(r))) ** 2 / 2 for x, r in zip(p, REFERENCE, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimator", "place", "divergence"),
    [
        ("k1", "loss", lambda p: sympy.Integer(0)),
        ("k2", "loss", reverse),
        ("k3", "loss", forward),
        ("k1", "reward", reverse),
        ("k2", "reward", lambda p: half_square(p) - reverse(p)),
        ("k3", "reward", lambda p: reverse(p) - forward(p)),
    ],
)
def test_whose_gradient_each_estimator_follows(estimator, place, divergence):
    weights = np.exp([float(x) for x in AT])
    came = expected_gradient(weights / weights.sum(), [float(r) for r in REFERENCE], estimator, place)
    assert np.allclose(came, by_logits(divergence), rtol=0, atol=1e-15)


def test_what_is_no_distribution_or_no_estimator():
    with pytest.raises(InvalidInputError, match="reference: expected positive probabilities"):
        expected_gradient([0.5, 0.5], [1.0, 0.0], "k1")
    with pytest.raises(InvalidInputError, match="estimator: expected one of 'k1', 'k2', 'k3', got 'k4'"):
        expected_gradient([0.5, 0.5], [0.5, 0.5], "k4")
    with pytest.raises(InvalidInputError, match="place: expected one of 'loss', 'reward', got 'log'"):
        expected_gradient([0.5, 0.5], [0.5, 0.5], "k1", "log")


REWARDS = (F(0), F(1), F(3))
POLICIES = [(F(1, 2), F(1, 4), F(1, 4)), (F(1, 8), F(3, 4), F(1, 8)), (F(0), F(1, 2), F(1, 2))]


def first_order(rewards, old, new, k, name):
    """``T[old^K] + K T[new − old, old^(K−1)]``, over all tuples."""
    total = F(0)
    for t in product(range(len(rewards)), repeat=k):
        statistic = definition.l_statistic([rewards[i] for i in t], name)
        rest = prod(old[i] for i in t[1:])
        total += statistic * rest * (old[t[0]] + k * (new[t[0]] - old[t[0]]))
    return total


@pytest.mark.parametrize("name", ["mean@1", "max@2", "max@3", "min@3", "median@3", "gini@2"])
def test_the_surrogate_is_the_first_order_part_and_within_its_bound(name):
    k = objective(name).k
    for old, new in product(POLICIES, repeat=2):
        exact = first_order(REWARDS, old, new, k, name)
        arguments = [[float(x) for x in xs] for xs in (REWARDS, old, new)]
        assert abs(surrogate(*arguments, name) - float(exact)) < 1e-14
        error = definition.expected_value(REWARDS, new, name) - exact
        assert abs(float(error)) <= surrogate_bound(*arguments, name) + 1e-14
        if name.startswith("max"):
            assert error <= 0


def test_the_bound_is_sharp():
    old, new = (F(1), F(0)), (F(1, 2), F(1, 2))
    error = definition.expected_value([F(0), F(1)], new, "max@2") - first_order(
        (F(0), F(1)), old, new, 2, "max@2"
    )
    assert error == F(-1, 4)
    assert surrogate_bound([0.0, 1.0], [1.0, 0.0], [0.5, 0.5], "max@2") == 0.25


def test_the_bound_needs_an_integer_k():
    with pytest.raises(InvalidInputError, match="objective: expected an integer K, got"):
        surrogate_bound([0.0, 1.0], [1.0, 0.0], [0.5, 0.5], "max@2.5")
