"""Averages of rank weights over a hypergeometric and a binomial distribution, against exact sums.

Each coefficient is within 16 u of the largest rank weight, or of itself where all have one sign.
"""

from fractions import Fraction as F
from math import comb

import numpy as np

from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.closed_forms.bernstein import binomial_average, hypergeometric_steps
from ordergrad_ref.objectives import LStatistic, objective

U = 2.0**-53


def test_stretches_of_equal_weights():
    """Zeros, ones and twos, next to each other and apart."""
    for runs in ([1, 0], [0, 1], [0, 1, 0, 2], [2, 1, 0, 1], [1, -1, 0]):
        weights = [w for w in runs for _ in range(12)]
        got = hypergeometric_steps(np.array(weights, dtype=float), len(weights) + 9)
        exact = rank_weights.elevated_exact(len(weights) + 9, LStatistic(weights))
        assert all(
            abs(F(g) - e) <= 16 * U * max(map(abs, weights)) for g, e in zip(got, exact, strict=True)
        ), runs


def test_binomial_averages_up_to_the_ends():
    """``Σ_j α_j C(K−1, j−1) F^(j−1) (1−F)^(K−j)``: at F = 0 the first weight alone, at 1 the last."""
    alpha = [3, 5, -7, 2]
    below = [F(0), F(1, 2**30), F(1, 4), F(1, 2), F(7, 8), F(1)]
    exact = [sum(a * comb(3, j) * f**j * (1 - f) ** (3 - j) for j, a in enumerate(alpha)) for f in below]
    f = np.array(below, dtype=float)
    got = binomial_average(np.array(alpha, dtype=float), f, 1 - f)
    assert (got[0], got[-1]) == (3, 2)
    assert all(abs(F(g) - e) <= 16 * U * 7 for g, e in zip(got, exact, strict=True))


def test_objectives_of_low_degree_are_written_by_few_weights():
    """Of degree 3 at most in the quantile: the weights are the same polynomial. Spec eq. (5)."""
    for k in (9, 50):
        for moment in (1, 2, 3, 4):
            alpha = objective(f"lmoment({moment})@{k}")
            assert rank_weights._of_low_degree(alpha) == alpha.reduced()
            assert alpha.reduced().k == moment
        for other in (f"lmoment(5)@{k}", f"max@{k}", f"min@{k}", f"median@{k}"):
            assert rank_weights._of_low_degree(objective(other)) is None
