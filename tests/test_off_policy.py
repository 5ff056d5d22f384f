"""Theorems (85), (86): samples of another policy, weighed by importance ratios, against enumeration."""

from fractions import Fraction as F
from itertools import product
from math import prod

import numpy as np
import pytest
from helpers.problems import BATCHES, objectives

import ordergrad_ref as og
from ordergrad_ref import definition, off_policy
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError

RATIOS = [F(1, 2), F(3), F(0), F(2, 3), F(1), F(5, 4), F(1, 7)]


@pytest.mark.slow
@pytest.mark.parametrize("batch", [b for b in BATCHES if len(b.rewards) < 6], ids=str)
def test_both_are_the_enumerated_ones(batch):
    r, rho = list(batch.rewards), RATIOS[: len(batch.rewards)]
    for k in range(1, len(r) + 1):
        for alpha in objectives(k):
            assert off_policy.value(r, rho, alpha) == definition.off_policy_value(r, rho, alpha), alpha
            expected = definition.off_policy_score_weights(r, rho, alpha)
            assert off_policy.score_weights(r, rho, alpha).tolist() == expected, alpha


@pytest.mark.parametrize("spelling", ["max@2", "gini@2", "median@3"])
def test_the_gradient_of_another_policy_is_unbiased(spelling):
    """In softmax logits, ``∇_b log π(a) = [a = b] − π_b``, over all batches of 3 from μ."""
    rewards, mu, pi = [F(0), F(1), F(5)], [F(1, 2), F(1, 4), F(1, 4)], [F(1, 3), F(1, 2), F(1, 6)]
    value, gradient = F(0), [F(0)] * 3
    for atoms in product(range(3), repeat=3):
        chance = prod((mu[a] for a in atoms), start=F(1))
        r, rho = [rewards[a] for a in atoms], [pi[a] / mu[a] for a in atoms]
        value += chance * off_policy.value(r, rho, spelling)
        w = off_policy.score_weights(r, rho, spelling)
        for b in range(3):
            gradient[b] += chance * sum(x * ((a == b) - pi[b]) for x, a in zip(w, atoms, strict=True))
    assert value == definition.expected_value(rewards, pi, spelling)
    inside = definition.expected_inclusion(rewards, pi, spelling)
    k = og.objective(spelling).k
    assert gradient == [k * p * (q - value) for p, q in zip(pi, inside, strict=True)]


def test_ratios_of_one_give_the_on_policy_ones():
    r = [F(3), F(1), F(4), F(1), F(5)]
    ones = [F(1)] * 5
    assert off_policy.value(r, ones, "max@3") == og.value(r, "max@3")
    assert off_policy.score_weights(r, ones, "max@3").tolist() == og.maxk.pkpo(r, 3).tolist()


def test_large_groups_neither_overflow_nor_cancel():
    """At ratios 1 the answer is known; sums of products of one sign keep relative precision: 8 N u."""
    r = np.arange(512.0) % 37
    w = off_policy.score_weights(r, np.ones(512), "max@64")
    np.testing.assert_allclose(w, og.maxk.pkpo(r, 64), rtol=8 * 512 * 2.0**-53)
    assert w.sum() == pytest.approx(64 * off_policy.value(r, np.ones(512), "max@64"), rel=1e-12)


def test_tables_groups_and_dtypes():
    table, rho = np.array([[0.0, 1.0, 3.0], [2.0, 2.0, 5.0]]), np.array([[1.0, 2.0, 0.5], [1.0, 1.0, 3.0]])
    got = off_policy.score_weights(table, rho, "max@2")
    ragged = off_policy.score_weights(table.T.ravel(), rho.T.ravel(), "max@2", groups=[7, 8] * 3)
    np.testing.assert_array_equal(ragged[::2], got[0])
    values = off_policy.value(table.T.ravel(), rho.T.ravel(), "max@2", groups=[7, 8] * 3)
    np.testing.assert_array_equal(values, off_policy.value(table, rho, "max@2"))
    assert off_policy.value(table.astype(np.float32), rho, "max@2").dtype == np.float32


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"ratios": [1.0, 2.0]}, InvalidInputError, "ratios: expected one for each reward"),
        ({"ratios": [1.0, -1.0, 1.0]}, InvalidInputError, r"ratios: expected finite numbers .* got -1\.0"),
        ({"ratios": [1.0, np.nan, 1.0]}, InvalidInputError, "ratios: expected finite numbers .* got nan"),
        ({"ratios": [F(1)] * 3}, InvalidInputError, "both as floats or both as exact rationals"),
        ({"rewards": [0.0, np.inf, 1.0]}, NonFiniteRewardError, "rewards: expected finite numbers, got inf"),
        ({"ratios": [1e200] * 3}, InvalidInputError, "ratios: expected answers that float64 holds, got one"),
        ({"objective": "max@4"}, GroupTooSmallError, "at least K = 4 for max@4, got N = 3"),
        ({"objective": "max@1.5"}, InvalidInputError, r"objective: expected an integer K, got max@1\.5"),
    ],
)
def test_wrong_arguments_are_refused(changed, error, message):
    given = {"rewards": [0.0, 1.0, 3.0], "ratios": [1.0, 2.0, 0.5], "objective": "max@2", **changed}
    with pytest.raises(error, match=message):
        off_policy.score_weights(given["rewards"], given["ratios"], given["objective"])
