"""Estimators beside the max@K family: against their sentences in the definition, and their contracts.

Theorems (83), (84): pass@k training's advantages are biased but for K = N − 1 and for N = 3, K = 1;
conditional weights reach k = N. Theorems (106), (107): what a sample adds to the value is its score weight,
and one unbiased estimator alone never reinforces the lowest reward. Theorem (109): how wrong (83) may be.
"""

from fractions import Fraction as F
from itertools import product
from math import comb, isqrt

import numpy as np
import pytest
from helpers.problems import BATCHES as REAL

import ordergrad_ref as og
from ordergrad_ref.definition import published
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError
from ordergrad_ref.estimators import BEYOND, NAMED, pass_at_k_training, rlbon, vr_cond

BATCHES = [x for n in (2, 3, 5) for x in product((0, 1), repeat=n)]


@pytest.mark.parametrize("x", BATCHES, ids=str)
def test_vr_cond(x):
    assert vr_cond([F(r) for r in x]).tolist() == published.vr_cond(x)


@pytest.mark.slow
def test_rlbon_is_the_score_weight():
    """(106): ``v − v^(−i) = (K/N) A_i``, the sentence of the definition by enumeration."""
    for batch in REAL:
        r, n = list(batch.rewards), len(batch.rewards)
        for k in range(1, n):
            expected = published.rlbon(r, k)
            assert rlbon(r, k).tolist() == expected
            assert rlbon(r, k, scale="gradient").tolist() == expected
            assert expected == [F(k, n) * a for a in published.canonical(r, k)]


UNBIASED = [
    (name, e) for name, e in NAMED.items() if e.contract.target == "max@K" and e.contract.constant is not None
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "estimator"), UNBIASED, ids=[name for name, _ in UNBIASED])
def test_one_unbiased_estimator_alone_never_reinforces_the_lowest(name, estimator):
    """(107): what an unbiased one gives beyond what it gives in the place of the lowest is ``cK h_i``."""
    for batch in REAL[2:7]:
        r, n = list(batch.rewards), len(batch.rewards)
        for k in range(2, n):
            c, h = estimator.contract.constant.mean(n, k), published.improvement(r, k)
            for i in range(n):
                lowest = [*r[:i], min(r[:i] + r[i + 1 :]), *r[i + 1 :]]
                assert estimator(r, k)[i] - estimator(lowest, k)[i] == c * k * h[i]
                if name == "pkpo_loo_minus_one":
                    assert estimator(lowest, k)[i] == 0


@pytest.mark.parametrize("n", [2, 4, 5, 6])
def test_pass_at_k_training(n):
    """Where the divisor is rational it is the sentence; everywhere (46) divided by the root."""
    for s in range(n + 1):
        x = np.array([1.0] * s + [0.0] * (n - s))
        for k in range(1, n + 1):
            got = pass_at_k_training(x, k)
            v = float(published.pass_at_k(x, k))
            without = np.array([float(a) for a in published.subset_mean_baseline(x, k)])
            np.testing.assert_allclose(got * np.sqrt(v * (1 - v)), without, atol=1e-14)
            try:
                expected = published.pass_at_k_training(x, k)
            except InvalidInputError:
                continue
            np.testing.assert_allclose(got, [float(a) for a in expected], atol=1e-14)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 16])
def test_where_the_divisor_costs_no_bias(n):
    """Eq. (37) on rewards 0 and 1: ``A(1; s) − A(0; s) = cK C(N−1−s, K−1)/C(N−1, K−1)`` for all s or not."""
    for k in range(1, n):
        of = [pass_at_k_training([1.0] * s + [0.0] * (n - s), k) for s in range(n + 1)]
        came = [of[s + 1][0] - of[s][-1] for s in range(n)]
        right = [came[0] * comb(n - 1 - s, k - 1) / comb(n - 1, k - 1) for s in range(n)]
        assert np.allclose(came, right, rtol=0, atol=1e-12) == (k == n - 1 or (n, k) == (3, 1))
        assert k < n - 1 or came[0] == pytest.approx(((n - k) / k) ** 0.5)


@pytest.mark.parametrize(("n", "k"), [(2, 1), (3, 1), (3, 2), (6, 5)])
def test_where_it_is_unbiased_it_has_a_gradient_scale(n, k):
    """``E[Σ A_i ∇log p(x_i)] = K (1 − π)^(K−1)``, the derivative of pass@K by π, at rewards 0 and 1."""
    for pi in (0.125, 0.75):
        mean = 0.0
        for s in range(n + 1):
            x = np.array([1.0] * s + [0.0] * (n - s))
            chance = comb(n, s) * pi**s * (1 - pi) ** (n - s)
            score = x / pi - (1 - x) / (1 - pi)
            mean += chance * (pass_at_k_training(x, k, scale="gradient") * score).sum()
        assert mean == pytest.approx(k * (1 - pi) ** (k - 1), rel=1e-12)


def wrongest(n, s, k, u):
    """The largest error of (83), in units of u times the largest answer, that (109) leaves to a port."""
    x, b = [1] * s + [0] * (n - s), (5 * n + 6) * u
    v, d = published.pass_at_k(x, k), published.subset_mean_baseline(x, k)
    largest, found = max(map(abs, d)), F(0)

    def root(y):
        return F(isqrt(y.numerator * 10**80 // y.denominator), 10**40)

    for up, down, final in product((1, -1), repeat=3):
        of_v, of_rest = v + up * b, (1 - v + up * b) * (1 + up * u)
        divisor = root(of_v * of_rest * (1 + up * u)) * (1 + up * u)
        for each in set(d):
            wrong = (each + down * b * largest) / divisor * (1 + final * u)
            found = max(found, abs(wrong - each / root(v * (1 - v))))
    return found * root(v * (1 - v)) / largest / u


@pytest.mark.parametrize(("n", "s", "k"), [(2, 1, 1), (8, 1, 1), (8, 1, 3), (8, 4, 3), (8, 5, 3), (30, 1, 2)])
def test_how_wrong_pass_at_k_training_may_be(n, s, k):
    """(109): within ``B (2 + S)``, and beyond ``B (1 + S)``, so that the bound is no idle one."""
    b, v = 5 * n + 6, published.pass_at_k([1] * s + [0] * (n - s), k)
    spread = (1 / v + 1 / (1 - v)) / 2
    for u in (F(1, 2**24), F(1, 2**53)):
        assert b * spread**2 * u <= F(1, 8)
        assert b * (1 + spread) < wrongest(n, s, k, u) <= b * (2 + spread)


def test_it_is_the_formula_of_the_paper_s_code():
    """``(1 − ρ)/σ`` for a success, ``(1 − ρ − C(n−c−1, k−1)/C(n−1, k−1))/σ`` for a failure, ρ = pass@k."""
    got = pass_at_k_training([1, 0, 0, 0], 2)
    np.testing.assert_allclose(got, [1, -1 / 3, -1 / 3, -1 / 3], rtol=1e-14)
    assert (pass_at_k_training([1, 1, 1, 0], 2) == 0).all()


def test_a_rare_failure_keeps_its_relative_precision():
    x = np.array([1.0] * 900 + [0.0] * 100)
    failed = 1 - og.maxk.pass_at_k(n=F(1000), successes=900, k=90)
    got = pass_at_k_training(x, 90)[0]
    assert got == pytest.approx(float(failed) ** 0.5, rel=1e-12)


@pytest.mark.parametrize("name", BEYOND)
@pytest.mark.parametrize("n", [4, 6])
def test_contracts(name, n):
    contract = BEYOND[name].contract
    report = og.audit(name, contract.objective(n, 2), n)
    assert report.constant == (contract.constant and contract.constant.mean(n, 2))
    assert report.unbiased == contract.unbiased
    assert report.centred == contract.centred
    assert any(known.name == name for known in report.lookalikes)


def test_names():
    assert [*NAMED][-3:] == ["rlbon", "pass_at_k_training", "vr_cond"]
    assert set(og.maxk.FAMILY) < set(NAMED)
    with pytest.raises(InvalidInputError, match="did you mean 'vr_cond'"):
        og.audit("vr_cnd", "max@2", 4)


def test_gradient_scale_and_groups():
    x = [1, 0, 0, 1, 1, 0]
    assert vr_cond([F(r) for r in x], scale="gradient").tolist() == published.vr_cond(x)
    ragged = vr_cond(x, groups=[0, 0, 1, 1, 1, 0])
    np.testing.assert_allclose(ragged[[0, 1, 5]], vr_cond([1, 0, 0]))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: vr_cond([0, 2, 1]), InvalidInputError, "only 0 and 1 for vr_cond, got 2"),
        (lambda: pass_at_k_training([0, 2, 1], 2), InvalidInputError, "only 0 and 1 for pass_at_k_training"),
        (lambda: pass_at_k_training([F(0), F(1)], 1), InvalidInputError, "takes a square root"),
        (lambda: pass_at_k_training([0, 1], 3), GroupTooSmallError, "needs N ≥ 3"),
        (
            lambda: pass_at_k_training([0, 1, 1, 0], 1, scale="gradient"),
            InvalidInputError,
            "is biased at N = 4",
        ),
        (
            lambda: pass_at_k_training([0, 1, 1, 0], 4, scale="gradient"),
            InvalidInputError,
            "is biased at N = 4",
        ),
        (lambda: rlbon([0, 1], 2), GroupTooSmallError, "needs N ≥ 3"),
        (lambda: pass_at_k_training([0, 1]), InvalidInputError, "k: expected the size"),
    ],
)
def test_wrong_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
