"""Moments of functions of how many samples lie below each atom, against all m^N samples.

In exact rationals ``==``; floats to 1e-13 of the largest moment: transitions are right to 4 u log(N!) each.
"""

from fractions import Fraction as F
from itertools import product
from math import comb, prod

import numpy as np

from ordergrad_ref.closed_forms.boundary_counts import _Floating, common_denominator, moments

P = [F(1, 2), F(1, 6), F(1, 4), F(1, 12)]
N, M = 3, 4


def test_moments_are_those_of_all_samples():
    rng = np.random.default_rng(0)
    f = np.array([F(int(x), 12) for x in rng.integers(-9, 9, M * 2 * (N + 1))]).reshape(M, 2, N + 1)
    first, second = np.full((M, 2), F(0)), np.full((M, 2, M, 2), F(0))
    for atoms in product(range(M), repeat=N):
        chance = prod(P[b] for b in atoms)
        at = np.array([f[t, :, sum(b < t for b in atoms)] for t in range(M)])
        first += chance * at
        second += chance * np.multiply.outer(at, at)
    exact = moments(f, np.array(P), N)
    assert exact.first.tolist() == first.tolist()
    assert exact.second.tolist() == second.tolist()
    floats = moments(f.astype(float), np.array(P, dtype=float), N)
    assert abs(floats.first - first.astype(float)).max() <= 1e-13 * abs(second).max()
    assert abs(floats.second - second.astype(float)).max() <= 1e-13 * abs(second).max()


def test_common_denominator():
    assert common_denominator([F(1, 6), F(3, 4), F(2)]) == 12


def test_which_counts_are_left_out():
    """Those less likely than 1e-60, by the binomial probabilities; the rows of a transition add up to one."""
    n = 300
    law = _Floating(np.array(P, dtype=float), n)
    assert law.support(0) == slice(0, 1)
    for t in range(1, M):
        below = sum(P[:t])
        likely = [c for c in range(n + 1) if comb(n, c) * below**c * (1 - below) ** (n - c) > F(1, 10**60)]
        assert law.support(t) == slice(likely[0], likely[-1] + 1)
    for t in range(M - 1):
        assert abs(law.transition(t).sum(axis=1) - 1).max() <= 4 * 2.0**-53
