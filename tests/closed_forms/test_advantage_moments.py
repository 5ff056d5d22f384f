"""Moments of one and of two advantages, given their atoms, and of sums by atom: all m^N samples, ``==``."""

from fractions import Fraction as F
from itertools import product
from math import prod

import numpy as np

from ordergrad_ref.closed_forms.advantage_moments import advantage_moments, covariance_of_sums

M, N = 3, 4
P = [F(1, 2), F(1, 3), F(1, 6)]
GAPS = [F(-2), F(1, 2), F(3)]


def table(seed):
    return np.array([F(int(x), 6) for x in np.random.default_rng(seed).integers(-9, 9, M * (N + 1))]).reshape(
        M, N + 1
    )


ABOVE, BELOW = table(1), table(2)


def advantages(atoms):
    """What each sample gets: for each gap, by whether it lies above it and how many do not."""
    found = []
    for a in atoms:
        parts = [(ABOVE if a >= t else BELOW)[t, sum(b < t for b in atoms)] * GAPS[t] for t in range(M)]
        found.append(sum(parts, F(0)))
    return found


def test_moments_are_those_of_all_samples():
    samples = [(atoms, prod(P[b] for b in atoms), advantages(atoms)) for atoms in product(range(M), repeat=N)]
    mean, square, both = [F(0)] * M, [F(0)] * M, np.full((M, M), F(0))
    for atoms, chance, a in samples:
        mean[atoms[0]] += chance / P[atoms[0]] * a[0]
        square[atoms[0]] += chance / P[atoms[0]] * a[0] ** 2
        both[atoms[0], atoms[1]] += chance / (P[atoms[0]] * P[atoms[1]]) * a[0] * a[1]
    found = advantage_moments(np.array(GAPS), np.array(P), ABOVE, BELOW)
    assert found.mean.tolist() == mean
    assert found.square.tolist() == square
    assert found.product.tolist() == both.tolist()

    sums = [
        [sum((x for x, b in zip(a, atoms, strict=True) if b == c), F(0)) for c in range(M)]
        for atoms, _, a in samples
    ]
    chances = [chance for _, chance, _ in samples]
    of_one = [sum(p * s[c] for p, s in zip(chances, sums, strict=True)) for c in range(M)]
    covariance = [
        [
            sum(p * s[c] * s[d] for p, s in zip(chances, sums, strict=True)) - of_one[c] * of_one[d]
            for d in range(M)
        ]
        for c in range(M)
    ]
    assert covariance_of_sums(found, np.array(P), N).tolist() == covariance
