"""Estimators beside the max@K family: against their sentences in the definition, and their contracts.

Theorems (83), (84): pass@k training's advantages are biased but for K = N − 1 and for N = 3, K = 1;
conditional weights reach k = N.
"""

from fractions import Fraction as F
from itertools import product
from math import comb

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.definition import published
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError
from ordergrad_ref.estimators import BEYOND, NAMED, pass_at_k_training, vr_cond

BATCHES = [x for n in (2, 3, 5) for x in product((0, 1), repeat=n)]


@pytest.mark.parametrize("x", BATCHES, ids=str)
def test_vr_cond(x):
    assert vr_cond([F(r) for r in x]).tolist() == published.vr_cond(x)


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
    assert [*NAMED][-2:] == ["pass_at_k_training", "vr_cond"]
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
        (lambda: pass_at_k_training([0, 1], 1, scale="gradient"), InvalidInputError, "is biased"),
        (lambda: pass_at_k_training([0, 1]), InvalidInputError, "k: expected the size"),
    ],
)
def test_wrong_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
