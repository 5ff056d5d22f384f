"""What a policy shows: the angle between two gradients, and the constant that would be right there alone.

Angles and ratios of vectors that are known in advance; lengths far from one lose nothing.
"""

from fractions import Fraction as F

import pytest

from ordergrad_ref.auditing.decisions.counterexample import LEAST_TURN, Counterexample, Policy


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
