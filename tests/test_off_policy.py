"""Theorems (85), (86), (108): samples of another policy, weighed by ratios, against enumeration."""

from fractions import Fraction as F
from itertools import product
from math import comb, prod

import numpy as np
import pytest
from helpers.array_libraries import library, with_float64
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
            expected = definition.off_policy_first_order_weights(r, rho, alpha)
            assert off_policy.first_order_weights(r, rho, alpha).tolist() == expected, alpha


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


def first_order_of_the_paper(r, rho, k):
    """``(1/C(n,k)) Σ_j w'_ij r_j`` of arXiv 2510.23393, section 3.3, for rewards in ascending order."""
    n, delta = len(r), [p - 1 for p in rho]

    def sets(m, size):
        return comb(m, size) if m >= size >= 0 else 0

    def w(i, j):
        if j == i:
            return sets(i - 1, k - 1) * (1 + delta[i - 1]) + sets(i - 2, k - 2) * sum(delta[: i - 1])
        below = sum(delta[m] for m in range(j - 1) if m != i - 1)
        return sets(j - 2, k - 2) * (1 + delta[i - 1] + delta[j - 1]) + sets(j - 3, k - 3) * below

    return [sum(w(i, j) * r[j - 1] for j in range(max(i, k), n + 1)) / comb(n, k) for i in range(1, n + 1)]


def test_first_order_weights_of_the_maximum_are_those_of_the_paper():
    r, rho = [F(-2), F(0), F(1), F(1), F(5)], RATIOS[:5]
    for k in range(1, 6):
        expected = first_order_of_the_paper(r, rho, k)
        assert off_policy.first_order_weights(r, rho, f"max@{k}").tolist() == expected, k


@pytest.mark.parametrize(
    ("r", "rho", "spelling"),
    [
        ([3.0], [2.0], "max@1"),
        ([-1.0, 1e-9], [0.0, 1000.0], "max@1"),
        ([-1.0, 1e-9, 2e-9], [0.0, 1e6, 1e6], "max@1"),
        ([-1.0, 1e-9, 2e-9, 3.0], [0.0, 1e6, 1e6, 1.0], "gini@3"),
    ],
)
def test_a_large_ratio_does_not_multiply_errors_of_other_rewards(r, rho, spelling):
    """Within ``5 (N + K) + 6`` u of the largest weight of the magnitudes, spec section 9.5."""
    got, k = off_policy.first_order_weights(r, rho, spelling), og.objective(spelling).k
    r, rho = [F(x) for x in r], [F(p) for p in rho]
    expected = definition.off_policy_first_order_weights(r, rho, spelling)
    total = sum(abs(a) for a in og.objective(spelling).weights)
    sizes, ratios = [abs(x) for x in r], [1 + abs(p - 1) for p in rho]
    scale = max(definition.off_policy_first_order_weights(sizes, ratios, og.LStatistic([total] * k)))
    worst = max(abs(F(x) - e) for x, e in zip(got.tolist(), expected, strict=True))
    assert worst <= (5 * (len(r) + k) + 6) * F(1, 2**53) * scale


@pytest.mark.parametrize("spelling", ["max@1", "max@2", "gini@3"])
def test_the_bias_to_first_order_is_what_the_products_have_beyond_it(spelling):
    """``∇J − E Σ w'_i ∇log π = K E[∇log π(x_1) R T]``, ``R = Π ρ − 1 − Σ (ρ − 1)``, and its bound."""
    rewards, mu, pi = [F(0), F(1), F(5)], [F(1, 2), F(1, 4), F(1, 4)], [F(1, 3), F(1, 2), F(1, 6)]
    k, rho = og.objective(spelling).k, [p / m for p, m in zip(pi, mu, strict=True)]

    def mean_over_batches(n, of):
        """``E_μ Σ_i w_i ∇_b log π(x_i)`` in softmax logits."""
        gradient = [F(0)] * 3
        for atoms in product(range(3), repeat=n):
            chance = prod((mu[a] for a in atoms), start=F(1))
            weights = of([rewards[a] for a in atoms], [rho[a] for a in atoms])
            for b in range(3):
                each = zip(weights, atoms, strict=True)
                gradient[b] += chance * sum(w * ((a == b) - pi[b]) for w, a in each)
        return gradient

    def beyond(r, rho):
        rest = prod(rho, start=F(1)) - 1 - sum(p - 1 for p in rho)
        return [k * rest * definition.l_statistic(r, spelling), *[F(0)] * (k - 1)]

    first = mean_over_batches(3, lambda r, rho: off_policy.first_order_weights(r, rho, spelling))
    exact = mean_over_batches(k, lambda r, rho: definition.off_policy_score_weights(r, rho, spelling))
    bias = mean_over_batches(k, beyond)
    assert [e - f for e, f in zip(exact, first, strict=True)] == bias
    assert any(bias) == (k > 1)
    sets = [definition.l_statistic(list(r), spelling) for r in product(rewards, repeat=k)]
    l1 = sum(abs(p - m) for p, m in zip(pi, mu, strict=True))
    bound = k * (max(sets) - min(sets)) / 2 * ((1 + l1) ** k - 1 - k * l1)
    assert max(map(abs, bias)) <= bound  # in a logit no score is above 1


def test_the_baseline_of_the_guide_is_the_value_of_the_others():
    """``w − ρ K/(N−K) (v − w) = w − ρ (K/N) v_ρ^(−i)``; with ratios of one it is the weight of eq. (28)."""
    r, n, k = [F(3), F(1), F(4), F(1), F(5)], 5, 2
    for rho in (RATIOS[:5], [F(1)] * 5):
        w = og.score_weights(r, "max@2", ratios=rho)
        v = off_policy.value(r, rho, "max@2")
        got = w - np.array(rho) * k / (n - k) * (v - w)
        others = [off_policy.value(r[:i] + r[i + 1 :], rho[:i] + rho[i + 1 :], "max@2") for i in range(n)]
        assert got.tolist() == [x - p * F(k, n) * b for x, p, b in zip(w, rho, others, strict=True)]
    assert got.tolist() == og.score_weights(r, "max@2").tolist()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["torch", "jax.numpy", "array_api_strict"])
def test_other_libraries_are_answered_in_kind(name):
    with with_float64(name):
        xp = library(name)
        r, rho = [0.0, 1.0, 3.0], [1.0, 2.0, 0.5]
        for given in ((xp.array(r), xp.array(rho)), (xp.array(r), rho), (r, xp.array(rho))):
            got = off_policy.score_weights(*given, "max@2")
            assert xp.is_own(got)
            np.testing.assert_array_equal(xp.numpy(got), off_policy.score_weights(r, rho, "max@2"))


def test_score_weights_take_ratios():
    r, rho = [F(3), F(1), F(4), F(1), F(5)], RATIOS[:5]
    got = og.score_weights(r, "median@3", ratios=rho)
    assert got.tolist() == definition.off_policy_score_weights(r, rho, "median@3")
    ids = [0, 1, 0, 1, 1]
    expected = off_policy.score_weights(r, rho, "max@2", groups=ids)
    assert (og.score_weights(r, "max@2", ratios=rho, groups=ids) == expected).all()
    for name, other in (("by", r), ("where", [True] * 5), ("small_groups", "zero"), ("rounding", "correct")):
        with pytest.raises(InvalidInputError, match=f"{name}: expected its default beside ratios"):
            og.score_weights(r, "max@2", ratios=rho, **{name: other})


def test_ratios_of_one_give_the_on_policy_ones():
    r = [F(3), F(1), F(4), F(1), F(5)]
    ones = [F(1)] * 5
    assert off_policy.value(r, ones, "max@3") == og.value(r, "max@3")
    assert off_policy.score_weights(r, ones, "max@3").tolist() == og.maxk.pkpo(r, 3).tolist()
    assert off_policy.first_order_weights(r, ones, "max@3").tolist() == og.maxk.pkpo(r, 3).tolist()


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
