"""The max@K family: each estimator against the sentence that its paper defines it by, enumerated exactly.

The sentences are those of `ordergrad_ref.definition.published`, and both sides are exact rationals.
"""

import inspect
from fractions import Fraction as F
from math import comb

import numpy as np
import pytest
from helpers.in_turn import in_turn
from helpers.problems import BATCHES
from hypothesis import given
from hypothesis import strategies as st

import ordergrad_ref as og
from ordergrad_ref import contracts, maxk
from ordergrad_ref.definition import published
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError

CASES = [(b.rewards, k) for b in BATCHES for k in range(1, len(b.rewards) + 1)]
PROPER = [(x, k) for x, k in CASES if k < len(x)]
ids = str


@in_turn(("x", "k"), CASES)
def test_pkpo(x, k):
    assert maxk.pkpo(list(x), k).tolist() == published.pkpo(x, k)


@in_turn(("x", "k"), PROPER)
def test_pkpo_loo(x, k):
    assert maxk.pkpo_loo(list(x), k).tolist() == published.pkpo_loo(x, k)


def test_pkpo_loo_of_equal_rewards():
    """As its contract warns: all-equal rewards r give −K r/(N (N−1))."""
    assert maxk.pkpo_loo([F(3)] * 5, 2).tolist() == [F(-2 * 3, 5 * 4)] * 5


@in_turn(("x", "k"), CASES)
def test_pkpo_loo_minus_one(x, k):
    assert maxk.pkpo_loo_minus_one(list(x), k).tolist() == published.pkpo_loo_minus_one(x, k)


@in_turn(("x", "k"), PROPER)
def test_maxpo(x, k):
    assert maxk.maxpo(list(x), k).tolist() == published.maxpo(x, k)


rewards = st.lists(st.fractions(-9, 9, max_denominator=4), min_size=2, max_size=12)


@pytest.mark.slow
@given(rewards, st.data())
def test_maxpo_is_canonical(x, data):
    k = data.draw(st.integers(1, len(x) - 1))
    assert maxk.maxpo(x, k).tolist() == maxk.canonical(x, k).tolist()


@in_turn(("x", "k"), PROPER)
def test_canonical(x, k):
    assert maxk.canonical(list(x), k).tolist() == published.canonical(x, k)


@in_turn(("x", "k"), CASES)
def test_subset_mean_baseline(x, k):
    assert maxk.subset_mean_baseline(list(x), k).tolist() == published.subset_mean_baseline(x, k)


@pytest.mark.parametrize("x", [b.rewards for b in BATCHES], ids=ids)
def test_rloo_and_dr_grpo(x):
    assert maxk.rloo(list(x)).tolist() == published.rloo(x)
    assert maxk.dr_grpo(list(x)).tolist() == published.dr_grpo(x)


@pytest.mark.parametrize("x", [b.rewards for b in BATCHES], ids=ids)
def test_grpo(x):
    floats = np.array([float(a) for a in x])
    std = floats.std(ddof=1)
    expected = (floats - floats.mean()) / std if std > 1e-12 else np.zeros(len(x))
    np.testing.assert_allclose(maxk.grpo(floats), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("x", [[0.1] * 7, [1e-300] * 3, [-0.1] * 100])
def test_grpo_of_equal_floats_is_exactly_zero(x):
    assert (maxk.grpo(np.array(x)) == 0).all()
    assert (maxk.grpo(np.array(x, dtype=np.float32)) == 0).all()


def test_grpo_does_not_see_the_scale_of_tiny_or_huge_rewards():
    x = np.array([0.0, 1.0, 3.0])
    for scale in (1e-300, 1e-160, 1e160, 1e300):
        np.testing.assert_allclose(maxk.grpo(x * scale), maxk.grpo(x), rtol=1e-14)


@pytest.mark.parametrize("x", [b.rewards for b in BATCHES], ids=ids)
def test_runner_up_gap_is_pkpo_loo_minus_one_at_k_equal_n(x):
    assert maxk.runner_up_gap(list(x)).tolist() == maxk.pkpo_loo_minus_one(list(x), len(x)).tolist()
    assert maxk.runner_up_gap(list(x)).tolist() == published.runner_up_gap(x)
    top, second = sorted(x)[-1], sorted(x)[-2]
    assert sorted(maxk.runner_up_gap(list(x))) == [0] * (len(x) - 1) + [top - second]


@pytest.mark.parametrize("x", [[0, 1], [0, 0, 1], [1, 1, 1], [0, 1, 0, 1, 1]])
def test_maxrl(x):
    assert maxk.maxrl([F(a) for a in x]).tolist() == published.maxrl(x)


def test_maxrl_without_success_is_zero():
    assert maxk.maxrl([0, 0, 0]).tolist() == [0, 0, 0]
    assert {type(a) for a in maxk.maxrl([F(0), F(0), F(0)])} == {F}


@pytest.mark.parametrize("n", [2, 3, 5, 9])
def test_maxrl_objective_is_the_harmonic_sum_of_pass_at_k(n):
    """At success probability p, pass@k is ``1 − (1−p)^k``."""
    alpha = maxk.maxrl_objective(n)
    for p in (F(0), F(1, 3), F(1)):
        expected = sum(F(1, k) * (1 - (1 - p) ** k) for k in range(1, n))
        assert og.population.value([F(0), F(1)], [1 - p, p], alpha) == expected


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_pass_at_k(n):
    for s in range(n + 1):
        x = [F(1)] * s + [F(0)] * (n - s)
        for k in range(1, n + 1):
            assert maxk.pass_at_k(x, k) == published.pass_at_k(x, k) == 1 - F(comb(n - s, k), comb(n, k))


def test_pass_at_k_of_one_success_in_four():
    """Best@4 of a group of four with one success is 1, which a bootstrap estimates as .684."""
    assert maxk.pass_at_k([0, 1, 0, 0], 4) == 1


@pytest.mark.parametrize("estimator", maxk.FAMILY.values(), ids=list(maxk.FAMILY))
def test_contract_is_centred_as_it_claims(estimator):
    centred = all(abs(advantages.sum()) < 1e-12 for advantages in answers(estimator))
    assert centred == estimator.contract.centred


@pytest.mark.parametrize("estimator", maxk.FAMILY.values(), ids=list(maxk.FAMILY))
def test_contract_is_shift_invariant_as_it_claims(estimator):
    if estimator.contract.domain == "binary":
        with pytest.raises(InvalidInputError, match="only 0 and 1"):
            estimator([0, 2, 1])
        return
    shifted = answers(estimator, shift=8.0)
    invariant = all(np.allclose(a, b) for a, b in zip(answers(estimator), shifted, strict=True))
    assert invariant == estimator.contract.shift_invariant


def answers(estimator, shift=0.0):
    arguments = (3,) if estimator.contract.target == "max@K" else ()
    return [
        estimator(np.array(x) + shift, *arguments) for x in ([0.0, 1.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0])
    ]


@in_turn(("x", "k"), PROPER)
def test_at_k_equal_one(x, k):
    """What the contracts say of K = 1."""
    x, n = list(x), len(x)
    assert maxk.maxpo(x, 1).tolist() == maxk.canonical(x, 1).tolist() == maxk.rloo(x).tolist()
    assert maxk.pkpo(x, 1).tolist() == maxk.pkpo_loo_minus_one(x, 1).tolist() == [a / n for a in x]
    assert maxk.subset_mean_baseline(x, 1).tolist() == maxk.dr_grpo(x).tolist()


@pytest.mark.parametrize("name", ["canonical", "maxpo", "pkpo_loo"])
def test_at_k_equal_n_it_is_refused(name):
    with pytest.raises(GroupTooSmallError, match=rf"N = 3; {name} of K = 3 needs N ≥ 4"):
        maxk.FAMILY[name]([1, 2, 3], 3)


@pytest.mark.parametrize("name", ["canonical", "maxpo"])
def test_at_k_equal_n_the_error_says_what_to_use(name):
    with pytest.raises(GroupTooSmallError, match=r"No centred unbiased estimator exists.*pkpo_loo_minus_one"):
        maxk.FAMILY[name]([1, 2, 3], 3)


def test_at_k_equal_n_the_subset_mean_leaves_nothing():
    assert maxk.subset_mean_baseline([1, 2, 3], 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize("estimator", maxk.FAMILY.values(), ids=list(maxk.FAMILY))
def test_singletons_are_refused_or_answered_as_declared(estimator):
    arguments = (1,) if estimator.contract.target == "max@K" else ()
    if estimator.contract.smallest_group(1) > 1:
        with pytest.raises(GroupTooSmallError, match="N = 1"):
            estimator([1.0], *arguments)
    else:
        assert estimator([1.0], *arguments) == estimator.contract.constant.sum(1, 1) * 1.0


def test_scale_gradient_of_a_biased_estimator_is_refused():
    with pytest.raises(InvalidInputError, match="grpo is biased"):
        maxk.grpo([0.0, 1.0], scale="gradient")


def test_scale_must_be_known():
    with pytest.raises(InvalidInputError, match="'paper' or 'gradient', got 'mean'"):
        maxk.rloo([0.0, 1.0], scale="mean")


def test_gradient_scales_agree_across_the_centred_family():
    x = [F(0), F(1), F(4), F(4), F(7)]
    expected = og.score_weights(x, "max@3").tolist()
    for name in ("canonical", "maxpo", "subset_mean_baseline"):
        assert maxk.FAMILY[name](x, 3, scale="gradient").tolist() == expected


def test_groups_are_groups():
    x, ids_ = [1, 0, 5, 2, 2, 9], ["b", "a", "b", "a", "a", "b"]
    got = maxk.maxpo(x, 2, groups=ids_)
    np.testing.assert_array_equal(got[[0, 2, 5]], maxk.maxpo([1, 5, 9], 2))
    np.testing.assert_array_equal(got[[1, 3, 4]], maxk.maxpo([0, 2, 2], 2))


@pytest.mark.parametrize("estimator", maxk.FAMILY.values(), ids=list(maxk.FAMILY))
def test_bad_arguments(estimator):
    takes_k = estimator.contract.target == "max@K"
    with pytest.raises(InvalidInputError, match="k: "):
        estimator([0, 1, 1]) if takes_k else estimator([0, 1, 1], 2)
    with pytest.raises(NonFiniteRewardError, match="got nan"):
        estimator([0.0, np.nan, 1.0], *((2,) if takes_k else ()))
    if takes_k:
        for wrong in (0, -1, 1.5, "2"):
            with pytest.raises(InvalidInputError):
                estimator([0, 1, 1], wrong)


def test_grpo_of_exact_rationals_is_refused():
    with pytest.raises(InvalidInputError, match="square root"):
        maxk.grpo([F(1), F(2)])


@pytest.mark.parametrize("function", [maxk.maxrl, lambda x: maxk.pass_at_k(x, 2)])
def test_binary_estimators_refuse_other_rewards(function):
    with pytest.raises(InvalidInputError, match=r"only 0 and 1 for (maxrl|pass_at_k), got 0\.5"):
        function([0.0, 0.5, 1.0])


@pytest.mark.parametrize("estimator", maxk.FAMILY.values(), ids=list(maxk.FAMILY))
def test_signature_shows_k_only_where_it_is_taken(estimator):
    parameters = inspect.signature(estimator).parameters
    assert ("k" in parameters) == (estimator.contract.target == "max@K")
    assert contracts.of(estimator) is estimator.contract
    assert f"({estimator.contract.equation})" in inspect.getdoc(estimator)


def test_k_by_keyword():
    assert maxk.pkpo([0.0, 1.0, 3.0], k=2).tolist() == maxk.pkpo([0.0, 1.0, 3.0], 2).tolist()


def test_at_k_equal_one_pkpo_loo_minus_one_does_not_claim_shift_invariance():
    contract = maxk.pkpo_loo_minus_one.contract
    assert "shift_invariant" in contract.claims(2)
    assert "shift_invariant" not in contract.claims(1)
    assert not og.audit(maxk.pkpo_loo_minus_one, "max@1", n=4).shift_invariant


def test_exact_rewards_without_success_are_answered_exactly():
    exact = maxk.maxrl(np.array([[F(0)] * 3, [F(0), F(1), F(1)]], dtype=object))
    assert {type(a) for a in exact.ravel()} == {F}
    assert exact[0].tolist() == [0, 0, 0]
