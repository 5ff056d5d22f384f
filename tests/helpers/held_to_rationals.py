"""Three groups of six with scores, a mask and ids, and answers about them held to exact rationals.

Answers are within (16 + extra) u · scale, u that of the rewards' dtype, scale the largest answer, or reward
where an answer is a value.
"""

from fractions import Fraction as F

import numpy as np

import ordergrad_ref as og

BATCH = ("value", "advantage", "inclusion", "leave_one_out", "score_weights", "pathwise_weights")
VALUES = ("value", "inclusion", "leave_one_out")
OBJECTIVE = "max@3"
X = np.array([[3.0, 1.0, 4.0, 1.0, 5.0, 9.25], [2.0, 6.5, 5.0, 3.0, 5.0, -8.0], [7.0] * 6]) + 1000
SCORES = np.array([[1, 2, 2, 0, 3, 3], [4, 4, 4, 1, 0, 5], [0, 1, 2, 3, 4, 5]])
COUNTS = np.array([[1, 0, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1], [1, 1, 0, 1, 1, 0]], dtype=bool)
IDS = np.array([2, 0, 2, 0, 0, 2, 1, 1, 2, 1, 1, 0, 1, 2, 2, 0, 0, 0])


def exactly(x):
    return np.vectorize(lambda y: F(float(y)), otypes=[object])(x)


def check(answer, name, x, extra=0, objective=OBJECTIVE, **options):
    """Hold one answer about rewards x to that for the same rewards as rationals."""
    answer, exact = np.asarray(answer), exactly(x)
    expected = np.asarray(getattr(og, name)(exact, objective, **options))
    assert answer.shape == expected.shape, name
    assert answer.dtype.name == x.dtype.name, name
    out = np.vectorize(lambda e: e != e, otypes=[bool])(expected)  # what does not count has no value
    assert (np.isnan(answer) == out).all(), (name, options)
    expected, got = expected[~out], exactly(answer[~out])
    scale = max(map(abs, expected))
    scale = max(scale, abs(exact).max()) if name in VALUES else scale
    u = F(float(np.finfo(answer.dtype).eps)) / 2
    error = max(abs(got - expected))
    assert error <= (16 + extra) * u * scale, (name, objective, options, float(error))
