"""What a policy shows: the angle between two gradients, and the constant that would be right there alone.

Angles and ratios of vectors that are known in advance; lengths far from one lose nothing.
"""

from fractions import Fraction as F
from itertools import product
from math import gcd, prod

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import definition
from ordergrad_ref.auditing.decisions.counterexample import (
    LEAST_TURN,
    Counterexample,
    Policy,
    _compositions,
    _different_constants,
    _policies,
    smallest,
    sweep,
    uniform,
)
from ordergrad_ref.auditing.decisions.multisets import Multisets


def policy(expected, true):
    m = len(expected)
    return Policy((F(0), F(1), F(2))[:m], (F(1, m),) * m, expected, true)


@pytest.mark.parametrize("size", [2.0**-700, 0.25, 1.0, 8.0, 2.0**700])
@pytest.mark.parametrize("c", [0.375, 4.0])
def test_the_constant_of_one_policy(c, size):
    true = (-size, 0.5 * size, 0.5 * size)
    assert policy(tuple(c * x for x in true), true).ratio == c


def test_the_constant_is_that_of_the_part_along_the_true_gradient():
    """``⟨e, t⟩ / ⟨t, t⟩``: the part across it counts for nothing."""
    assert policy((3.0, 5.0), (1.0, 0.0)).ratio == 3
    assert policy((3.0, 5.0), (-2.0, 0.0)).ratio == -1.5


@pytest.mark.parametrize("size", [2.0**-700, 1.0, 2.0**700])
@pytest.mark.parametrize(
    ("expected", "angle"), [((2, 0), 0), ((1, 1), 45), ((0, 3), 90), ((-1, 1), 135), ((-5, 0), 180)]
)
def test_angles(expected, angle, size):
    assert policy(tuple(size * x for x in expected), (1.0, 0.0)).angle == pytest.approx(angle, abs=1e-6)


def test_angles_to_both_axes():
    assert policy((3.0, 0.0), (5.0, 5.0)).angle == pytest.approx(45)
    assert policy((1.0, 1.0, 1.0), (1.0, 1.0, -2.0)).angle == pytest.approx(90)


def test_no_gradient_is_a_right_angle():
    assert policy((0.0, 0.0), (1.0, 0.0)).angle == policy((1.0, 0.0), (0.0, 0.0)).angle == 90


def test_what_counts_as_turned():
    right, slightly, across = ((1.0, x) for x in (0.0, 4 * LEAST_TURN, 1.0))
    along = (1.0, 0.0)
    assert not Counterexample((policy(right, along),)).turned(0)
    assert Counterexample((policy(slightly, along),)).turned(0)
    assert not Counterexample((policy(slightly, along),)).turned(1e-4)
    assert Counterexample((policy(across, along),)).turned(1e-4)
    assert Counterexample((policy((-1.0, 0.0), along),)).turned(1e-4)
    assert not Counterexample((policy(across, along), policy(across, along))).turned(1e-4)


def differences(answer, n, spelling, values=None):
    multisets = Multisets(n, values or VALUES)
    by_value = multisets.mean_by_value(multisets.table, answer(multisets.table))
    return multisets.differences(by_value, og.objective(spelling))


def by_definition(answer, p, n, spelling):
    """Both gradients by the logits, over all batches of the policy, in exact rationals."""
    m, rewards = len(p.rewards), p.rewards
    gradient = [F(0)] * m
    for atoms in product(range(m), repeat=n):
        chance = prod((p.probabilities[b] for b in atoms), start=F(1))
        a = answer(np.array([[rewards[b] for b in atoms]], dtype=object))[0]
        for c in range(m):
            score = sum((x * ((b == c) - p.probabilities[c]) for b, x in zip(atoms, a, strict=True)), F(0))
            gradient[c] += chance * score / n
    value = definition.expected_value(rewards, p.probabilities, spelling)
    inside = definition.expected_inclusion(rewards, p.probabilities, spelling)
    k = og.objective(spelling).k
    return gradient, [k * q * (x - value) for q, x in zip(p.probabilities, inside, strict=True)]


VALUES = (F(-2), F(0), F(4))


def assert_policy(p, answer, n, spelling):
    for got, exact in zip((p.expected, p.true), by_definition(answer, p, n, spelling), strict=True):
        assert abs(np.array(got) - np.array(exact, dtype=float)).max() <= 1e-13


def squares(x):
    """Right on two values but for the constant; of three, a wrong direction."""
    return x * abs(x) - (x * abs(x)).mean(axis=-1, keepdims=True)


def test_gradients_are_those_of_the_definition():
    d = differences(squares, 3, "max@2")
    assert_policy(uniform(d, VALUES, 2), squares, 3, "max@2")
    swept = sweep(d, VALUES, 2, 1e-8)
    assert [p.probabilities[-1] for p in swept] == [F(i, 20) for i in range(1, 20)] * 2
    assert {p.rewards for p in swept} == {VALUES[:2], VALUES}
    for p in swept:
        assert len(set(p.probabilities[:-1])) == 1
        assert sum(p.probabilities) == 1
    for p in swept[::9]:
        assert_policy(p, squares, 3, "max@2")


def test_the_smallest_policy_of_a_wrong_direction():
    """Two equally likely rewards where the sign is wrong; three where two show a constant alone."""
    reversed_ = smallest(differences(lambda x: -og.advantage(x, "max@2"), 3, "max@2"), VALUES, 2, 1e-8)
    (only,) = reversed_.policies
    assert (only.rewards, only.probabilities, round(only.angle)) == (VALUES[:2], (F(1, 2), F(1, 2)), 180)
    tiny = tuple(v / 2**60 for v in VALUES)
    found = smallest(differences(lambda x: -og.advantage(x, "max@2"), 3, "max@2", tiny), tiny, 2, 1e-8)
    assert found.rewards == tiny[:2]
    found = smallest(differences(squares, 3, "mean@1"), VALUES, 1, 1e-8)
    (only,) = found.policies
    assert only.rewards == VALUES
    assert found.turned(1e-8)
    assert_policy(only, squares, 3, "mean@1")


def test_two_policies_of_different_constants():
    """Of two values the direction cannot be wrong, and half of it is lost where the larger comes twice."""

    def uneven(x):
        a = og.advantage(x, "mean@1")
        return np.where((x == x.max(axis=-1, keepdims=True)).sum(axis=-1, keepdims=True) == 2, a / 2, a)

    found = smallest(differences(uneven, 3, "mean@1", VALUES[:2]), VALUES[:2], 1, 1e-8)
    first, second = found.policies
    assert first.probabilities == (F(1, 2), F(1, 2))
    assert abs(first.ratio - second.ratio) > 0.05
    assert not found.turned(1e-8)
    for p in found.policies:
        assert_policy(p, uneven, 3, "mean@1")
    for c in (1, 3):
        assert (
            smallest(differences(lambda x, c=c: c * og.advantage(x, "max@2"), 3, "max@2"), VALUES, 2, 1e-8)
            is None
        )


def test_what_is_printed():
    across = Policy((F(0), F(1)), (F(1, 2), F(1, 2)), (0.5, 0.0), (0.0, 0.25))
    assert str(Counterexample((across,))).splitlines() == [
        "rewards (0, 1) with probabilities (1/2, 1/2)",
        "  expected gradient (+0.5, +0)",
        "  true gradient     (+0, +0.25)",
        "  angle 90°: no positive constant turns one into the other",
    ]
    along = Policy((F(0), F(1)), (F(1, 3), F(2, 3)), (-0.5, 0.5), (-0.25, 0.25))
    assert str(Counterexample((along, along))).splitlines()[3] == "  here the constant would be 2"


@pytest.mark.parametrize(("total", "parts"), [(4, 2), (5, 2), (3, 3), (6, 3)])
def test_probabilities_that_are_tried(total, parts):
    """All of this denominator in lowest terms, the most even first, and equally even ones in order."""
    every = [c for c in product(range(1, total + 1), repeat=parts) if sum(c) == total and gcd(*c) == 1]
    policies = _policies(differences(squares, 3, "mean@1"), VALUES, 1, 2)
    assert {p.probabilities[0].denominator for p in policies} == {2, 3, 4, 5, 6}
    assert list(_compositions(total, parts)) == sorted(every, key=lambda c: max(c) - min(c))


@pytest.mark.parametrize("size", [2.0**-30, 1.0, 2.0**30])
def test_constants_differ_by_a_share_of_the_largest(size):
    """Whatever the unit: ratios apart by 1e-6 of themselves differ, by 1e-10 they do not."""

    def found(share):
        ratios = (size, size * (1 + share))
        return _different_constants([policy((-c, c), (-1.0, 1.0)) for c in ratios], 1e-8)

    assert [p.ratio for p in found(1e-6).policies] == pytest.approx([size, size * (1 + 1e-6)], rel=1e-12)
    assert found(1e-10) is None
