"""Sums on the array API standard, for tables of any number of axes, are the plain ones row by row.

NumPy and array-api-strict stand for every library: both sides are sums of a few terms, 16 u of the largest.
"""

from fractions import Fraction

import numpy as np
import pytest
from helpers.array_libraries import library

import ordergrad_ref as og
from ordergrad_ref.closed_forms import array_api
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.sums import level

U = 2.0**-53
N = 6
X = np.random.default_rng(0).integers(-9, 9, (2, 3, N)) / 4
WEIGHTS = np.array([0.5, 0.0, 1.0, 2.0, -1.0, 3.0])
LEVEL = level(WEIGHTS, 5.5)

SUMS = {
    "centred_rise": lambda sums, x: sums.centred_rise(x, WEIGHTS[1:]),
    "rise": lambda sums, x: sums.rise(x, WEIGHTS[1:], LEVEL),
    "value": lambda sums, x: sums.value(x, LEVEL),
    "path": lambda sums, x: sums.path(x, WEIGHTS),
    "running_sum": lambda sums, x: sums.running_sum(x),
    "weighted_fall": lambda sums, x: sums.weighted_fall(x, WEIGHTS[1:]),
    "in order": lambda sums, x: sums.take(x, sums.order(x)),
    "put back": lambda sums, x: sums.put(sums.take(x, sums.order(x)), sums.order(x)),
}


@pytest.mark.parametrize("name", ["numpy", "array_api_strict"])
def test_every_sum_at_one_two_and_three_axes(name):
    xp = np if name == "numpy" else library(name).module
    for what, f in SUMS.items():
        expected = f(plain, X.reshape(-1, N)).reshape(*X.shape[:2], -1)
        for x, rows in ((X, expected), (X[0], expected[0]), (X[0, 1], expected[0, 1])):
            got = np.asarray(f(array_api, xp.asarray(x)))
            assert abs(got.reshape(rows.shape) - rows).max() <= 16 * U * 20, what


def test_averages_over_a_binomial_distribution():
    f = np.array([[0.0, 0.25], [0.5, 1.0]])
    got = array_api.binomial_average(WEIGHTS, f, 1 - f)
    assert (
        abs(got - plain.binomial_average(WEIGHTS, f.ravel(), 1 - f.ravel()).reshape(2, 2)).max() <= 16 * U * 3
    )


def test_ties_are_found_in_every_row():
    r = np.sort(X, axis=-1)
    first, last = array_api.first_tied(r), array_api.last_tied(r)
    for row, a, b in zip(r.reshape(-1, N).tolist(), first.reshape(-1, N), last.reshape(-1, N), strict=True):
        assert a.tolist() == [row.index(v) for v in row]
        assert b.tolist() == [N - 1 - row[::-1].index(v) for v in row]


@pytest.mark.slow
def test_weights_are_uploaded_once():
    torch = library("torch").module
    one, two = (array_api.constant(w, torch.zeros(2, dtype=torch.float64)) for w in (WEIGHTS, WEIGHTS.copy()))
    assert one is two
    assert array_api.constant(WEIGHTS, torch.zeros(2)).dtype == torch.float32


@pytest.mark.slow
def test_jax_answers_few_rewards_from_both_sides_within_the_bound():
    """``9.02 u · scale`` in the rewards' own dtype, spec section 11.15, and the same to equal rewards."""
    jax = pytest.importorskip("jax")
    rng = np.random.default_rng(0)
    for n, k in ((7, 3), (64, 4)):
        x = (rng.normal(size=n) * 2.0 ** rng.integers(-8, 8, n)).astype(np.float32)
        x[n // 2 :] = x[: n - n // 2]
        answers = np.asarray(jax.jit(lambda r, k=k: og.advantage(r, f"max@{k}"))(jax.numpy.asarray(x)))
        exact = og.advantage([Fraction(v) for v in x.tolist()], f"max@{k}")
        errors = [abs(Fraction(a) - e) for a, e in zip(answers.tolist(), exact, strict=True)]
        assert max(errors) <= Fraction(902, 100) / 2**24 * max(abs(exact))
        assert all(len(set(answers[x == value])) == 1 for value in x)
