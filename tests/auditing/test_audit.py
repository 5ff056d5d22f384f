"""The audit says of any function what it is.

Theorem (spec eq. (37)). Let A(b; n) be the advantage that an estimator gives to a reward b beside N − 1
others, averaged over the orders of the batch, n counting the others' values. Then
``E[(1/N) Σ_i A_i ∇log p(x_i)] = c ∇J`` for every distribution on the values iff
``A(b; n) − A(b′; n) = c K [q(b; n) − q(b′; n)]`` for all b, b′ and n.

So finitely many calls decide about all distributions. Here the verdicts are held against contracts, against
estimators of a known mistake, and against expected gradients computed from the definition of an expectation.
"""

import dataclasses
import math
import re
from fractions import Fraction
from functools import partial
from itertools import combinations

import ml_dtypes
import numpy as np
import pytest
from helpers.verdicts import LAWS, findings
from helpers.wrong_estimators import RIGHT, WRONG, canonical, divided_by_std, expected_gradient, forms

import ordergrad_ref as og
from ordergrad_ref import definition, maxk
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.reports.requirements import parse

SIZES = [(n, k) for n in (2, 3, 5, 6) for k in range(2, n + 1)]


# ---- the estimators of the literature are what their contracts claim


@pytest.mark.parametrize(("n", "k"), SIZES)
@pytest.mark.parametrize("name", maxk.FAMILY)
def test_contract(name, n, k):
    estimator = maxk.FAMILY[name]
    contract = estimator.contract
    if n < contract.smallest_group(k):
        with pytest.raises(TargetError, match=f"{name} raised GroupTooSmallError"):
            og.audit(estimator, contract.objective(n, k), n)
        return
    report = og.audit(estimator, contract.objective(n, k), n)
    c = contract.constant and contract.constant.mean(n, k)
    assert findings(report) == {
        "unbiased": c is not None and c > 0,
        "constant": c,
        "centred": contract.centred,
        "shift_invariant": contract.shift_invariant if contract.domain == "real" else None,
        "permutation_equivariant": True,
        "tie_consistent": True,
    }
    assert c is None or isinstance(report.constant, Fraction)
    assert (report.counterexample is None) == (c is not None)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "k"), [(7, 6), (11, 7), (13, 6), (16, 5), (16, 15)])
@pytest.mark.parametrize("name", ["pkpo", "canonical", "subset_mean_baseline", "dr_grpo"])
def test_constants_are_recognised_as_fractions(name, n, k):
    estimator = maxk.FAMILY[name]
    report = og.audit(estimator, estimator.contract.objective(n, k), n, values=(0, 1))
    assert report.constant == estimator.contract.constant.mean(n, k)
    assert isinstance(report.constant, Fraction)


@pytest.mark.slow
def test_a_constant_that_is_no_fraction_stays_a_number():
    for c in (math.sqrt(0.5), 1e-9 * math.pi, 1e12 / math.e):
        report = og.audit(lambda x, k, c=c: canonical(x, k) * k * c, "max@2", n=4)
        assert report.unbiased
        assert isinstance(report.constant, float)
        assert report.constant == pytest.approx(c, rel=1e-12)


@pytest.mark.slow
def test_large_groups():
    report = og.audit(maxk.canonical, "max@8", n=64, values=(0, 1, 2))
    assert report.unbiased
    assert report.constant == Fraction(1, 8)


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["median@5", "top(2)@4", "gini@3", "lmoment(3)@4", "cvar(0.3)@4"])
def test_other_objectives(objective):
    """The canonical advantage is right for each objective, and for no other of them."""
    k = og.objective(objective).k

    def advantage(x):
        return og.advantage(x, objective)

    right = og.audit(advantage, objective, n=6)
    assert right.constant == Fraction(1, k)
    assert right.centred
    assert not og.audit(advantage, "max@4", n=6).unbiased


# ---- every mistake is found, and named


@pytest.mark.slow
@pytest.mark.parametrize(("n", "k"), [(5, 2), (6, 3)])
@pytest.mark.parametrize("name", [*WRONG, *RIGHT])
def test_mistakes_are_named(name, n, k):
    function, truth = {**WRONG, **RIGHT}[name]
    report = og.audit(function, f"max@{k}", n)
    c = truth.constant(n, k)
    assert findings(report) == {
        "unbiased": c is not None and c > 0,
        "constant": c,
        **{law: getattr(truth, law) for law in LAWS},
    }
    assert (report.counterexample is None) == (c is not None)
    if c is None:
        counterexample_is_real(report, lambda x: function(x, k), f"max@{k}", n)


def test_the_list_of_mistakes_is_of_mistakes():
    """None is the right advantage, and each right one is unbiased: the lists themselves can be wrong."""
    for function, truth in WRONG.values():
        laws = [getattr(truth, law) for law in LAWS]
        assert truth.constant(6, 3) != Fraction(1, 3) or not all(laws), function
    for function, truth in RIGHT.values():
        assert truth.constant(6, 3) > 0, function


@pytest.mark.slow
@pytest.mark.parametrize("perfect", [-2, 0, 0.5, 4])
def test_one_multiset_decides(perfect):
    """Right on all batches but one, of equal rewards: biased."""

    def bonus_for_one_batch(x, k):
        return canonical(x, k) + (x == perfect).all()

    def bonus_that_takes_tables(x):
        return maxk.canonical(x, 3) + (x == perfect).all()

    for function in (bonus_for_one_batch, bonus_that_takes_tables):
        report = og.audit(function, "max@3", n=6)
        assert not report.unbiased
        assert report.constant is None
        assert perfect in report.counterexample.rewards
        assert og.audit(function, "max@3", n=6, values={-2, 0, 0.5, 4} - {perfect}).unbiased


@pytest.mark.slow
def test_large_advantages_on_other_rewards_do_not_hide_bias():
    """The batches that decide bias set their own scale; exp is enormous on the random ones."""
    report = og.audit(lambda x: np.exp(x) - np.exp(x).mean(), "max@2", n=16)
    assert not report.unbiased
    assert report.constant is None
    assert not report.shift_invariant

    ties_by_index, _ = WRONG["ties_by_index"]
    assert not og.audit(lambda x: np.exp(x) + ties_by_index(x, 2), "max@2", n=6).tie_consistent
    with pytest.raises(InvalidInputError, match="depends on the order"):
        og.audit(lambda x: np.exp(x) * (np.arange(16) < 8), "max@2", n=16)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1e-12, 1e12])
def test_the_unit_does_not_matter(size):
    for function, truth in (WRONG["divided_by_std"], RIGHT["inclusion_alone"], WRONG["baseline_alone"]):
        report = og.audit(lambda x, k, f=function: f(x, k) * size, "max@3", n=6)
        c = truth.constant(6, 3)
        assert report.unbiased == (c is not None and c > 0)
        assert (report.constant is None) == (report.counterexample is not None) == (c is None)
        assert report.constant is None or float(report.constant) == pytest.approx(float(c) * size)
        assert {law: getattr(report, law) for law in LAWS} == {law: getattr(truth, law) for law in LAWS}
    binary = og.audit(lambda x: divided_by_std(x, 3) * size, "max@3", n=6, values=(0, 1))
    assert len(binary.counterexample.policies) == 2


@pytest.mark.parametrize("values", [(0, 2.0**-60), (0.1, 0.7, 0.9), (-5, 3), (2.0**20, 2.0**20 + 1)])
def test_any_values(values):
    report = og.audit(maxk.canonical, "max@2", n=4, values=values)
    assert report.constant == Fraction(1, 2)
    assert all(getattr(report, law) for law in LAWS)
    assert report.values == tuple(Fraction(v) for v in values)
    assert not og.audit(maxk.pkpo, "max@2", n=4, values=values).centred


@pytest.mark.slow
def test_values_of_numpy_types_are_exact():
    """N = 40 needs binomials beyond 64 bits."""
    for dtype in (np.int64, np.float32, np.bool_):
        report = og.audit(maxk.canonical, "max@20", n=40, values=np.array([0, 1], dtype=dtype))
        assert report.constant == Fraction(1, 20)


@pytest.mark.slow
def test_no_signal_and_reversal_say_so():
    assert "no signal" in og.audit(WRONG["baseline_alone"][0], "max@2", n=4).verdict
    assert "no signal" in og.audit(np.zeros_like, "max@2", n=4).verdict
    reversed_ = og.audit(WRONG["reversed_sign"][0], "max@2", n=4)
    assert "reversed" in reversed_.verdict
    assert "-1/2" in reversed_.verdict
    assert reversed_.to_gradient == Fraction(-1, 2)


@pytest.mark.slow
def test_as_many_rewards_as_are_compared():
    """At K = N nothing centred is unbiased; what is unbiased there is found to be."""
    assert og.audit(maxk.runner_up_gap, "max@4", n=4).constant == Fraction(1, 4)
    assert og.audit(maxk.pkpo_loo_minus_one, "max@4", n=4).constant == Fraction(1, 4)
    silent = og.audit(maxk.subset_mean_baseline, "max@4", n=4)
    assert silent.constant == 0
    assert silent.to_gradient is None
    assert silent.counterexample is None
    assert og.audit(lambda x: x, "max@1", n=1).constant == 1
    with pytest.raises(TargetError, match="No centred unbiased estimator exists"):
        og.audit(maxk.maxpo, "max@4", n=4)


# ---- a counterexample is one


def by_hand(policy, function, objective, n):
    """The two gradients and their angle, from the definitions."""
    k = og.objective(objective).k
    q = definition.expected_inclusion(policy.rewards, policy.probabilities, objective)
    mean = sum(p * x for p, x in zip(policy.probabilities, q, strict=True))
    true = [k * p * (x - mean) for p, x in zip(policy.probabilities, q, strict=True)]
    return expected_gradient(function, policy.rewards, policy.probabilities, n), true


def angle(e, t):
    e, t = (np.array(x, dtype=float) for x in (e, t))
    e, t = e / np.linalg.norm(e), t / np.linalg.norm(t)
    return math.degrees(2 * math.atan2(np.linalg.norm(e - t), np.linalg.norm(e + t)))


BIASED = {name: f for name, (f, truth) in WRONG.items() if truth.constant(6, 3) is None}


def counterexample_is_real(report, function, objective, n):
    (policy,) = report.counterexample.policies
    assert sum(policy.probabilities) == 1
    expected, true = by_hand(policy, function, objective, n)
    np.testing.assert_allclose(policy.expected, np.array(expected, dtype=float), rtol=0, atol=1e-13)
    np.testing.assert_allclose(policy.true, np.array(true, dtype=float), rtol=0, atol=1e-13)
    known = angle(expected, true) if any(expected) else 90  # no gradient at all is in no direction
    assert policy.angle == pytest.approx(known, abs=1e-5)
    assert policy.angle > 1


@pytest.mark.slow
@pytest.mark.parametrize("name", BIASED)
def test_two_rewards_need_two_policies(name):
    """On two rewards all gradients are parallel: bias shows as two constants, each the only right one."""

    def function(x):
        return BIASED[name](x, 3)

    report = og.audit(function, "max@3", n=6, values=(0, 4))
    assert report.constant is None
    ratios = []
    for policy in report.counterexample.policies:
        expected, true = by_hand(policy, function, "max@3", 6)
        ratios.append(expected[1] / true[1])
        assert policy.ratio == pytest.approx(float(ratios[-1]), rel=1e-12)
    if len(ratios) == 2:
        assert abs(ratios[0] - ratios[1]) > 1e-3 * abs(ratios[0])
    else:
        assert ratios[0] < 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "objective", "n"),
    [(maxk.grpo, "mean@1", 6), (maxk.runner_up_gap, "max@3", 6), (partial(divided_by_std, k=2), "max@2", 5)],
    ids=["grpo", "runner_up_gap", "divided_by_std"],
)
def test_counterexample_is_the_smallest(function, objective, n):
    """Three rewards show the wrong direction; no two of them do, whatever their probabilities."""
    report = og.audit(function, objective, n)
    (policy,) = report.counterexample.policies
    assert len(policy.rewards) == 3
    for pair in combinations(report.values, 2):
        for tenths in range(1, 10):
            p = Fraction(tenths, 10)
            two = dataclasses.replace(policy, rewards=pair, probabilities=(1 - p, p))
            expected, true = by_hand(two, function, objective, n)
            assert expected[1] * true[1] > 0


def test_a_descending_estimator_is_shown_on_two_rewards():
    """The direction can be wrong on two rewards only by its sign: here it is, for some distributions."""

    def of_the_minimum(x):
        return -og.advantage(x, "min@3")

    report = og.audit(of_the_minimum, "mean@1", n=5)
    (policy,) = report.counterexample.policies
    assert len(policy.rewards) == 2
    assert policy.angle == pytest.approx(180)
    assert "no positive constant" in str(report.counterexample)


def test_no_counterexample_where_the_true_gradient_vanishes():
    """Gini's mean difference of two equally likely rewards is stationary; rounding has no direction."""

    def of_each_its_own_constant(x):
        return og.advantage(x, "gini@4") / (x.std() or 1)

    report = og.audit(of_each_its_own_constant, "gini@4", n=6, values=(0, 1))
    first, second = report.counterexample.policies
    for policy in (first, second):
        expected, true = by_hand(policy, of_each_its_own_constant, "gini@4", 6)
        assert true[1] != 0
        assert policy.ratio == pytest.approx(float(expected[1] / true[1]), rel=1e-12)
    assert abs(first.ratio - second.ratio) > 1e-3


# ---- how a function is called


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [canonical, divided_by_std, WRONG["even_positions_only"][0]])
def test_verdict_is_independent_of_the_calling_convention(estimator):
    plain = og.audit(estimator, "max@3", n=6)
    for number, form in enumerate(forms(estimator)):
        report = og.audit(form, "max@3", n=6)
        assert dataclasses.replace(report, target=plain.target) == plain, number


@pytest.mark.slow
def test_a_function_of_one_group_that_also_takes_tables():
    """`argmax` and `mean` of a table run over all of it: such a function is called on one group at a time."""

    def runner_up_gap(x):
        a = np.zeros_like(x)
        top = np.argmax(x)
        a[top] = x[top] - np.sort(x)[-2]
        return a

    def wrong_axis_of_a_table(x):
        return x - x.mean(axis=0)

    assert og.audit(runner_up_gap, "max@6", n=6).constant == Fraction(1, 6)
    for function in (lambda x: x - x.mean(), wrong_axis_of_a_table):
        report = og.audit(function, "mean@1", n=6)
        assert report.constant == Fraction(5, 6)
        assert report.centred


@pytest.mark.slow
def test_a_function_of_one_group_meets_no_large_table():
    """Subsets of a table's rows are no subsets of a group's rewards, and there are too many of them."""
    rows, subsets = [0], [0]

    def enumerates_subsets(x, k):
        (rows if x.ndim == 2 else subsets).append(len(x) if x.ndim == 2 else math.comb(len(x), k))
        return canonical(x, k)

    assert og.audit(enumerates_subsets, "max@2", n=6).unbiased
    assert max(rows) <= 7
    assert max(subsets) < 1000


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(7, 6), (6, 7)])
def test_a_table_of_groups_that_depend_on_each_other(shape):
    """Centred over the batch of groups, or divided by its spread: judged one group at a time, and said."""
    n = shape[1]

    def centred_over_the_batch(x):
        _, _ = x.shape
        return x - x.mean()

    def centred_over_the_groups(x):
        _, _ = x.shape
        return x - x.mean(axis=0)

    def divided_by_the_spread_of_the_batch(x):
        _, _ = x.shape
        return (x - x.mean(axis=1, keepdims=True)) / (x.std() or 1)

    for function in (centred_over_the_batch, centred_over_the_groups, divided_by_the_spread_of_the_batch):
        report = og.audit(function, "mean@1", n=n)
        assert report.groups_apart is False
        assert "it mixes groups" in report.called_with


@pytest.mark.slow
def test_k_of_a_partial_stays_bound():
    bound = partial(maxk.maxpo, k=3)
    assert og.audit(bound, "max@3", n=6).unbiased
    assert not og.audit(bound, "max@4", n=6).unbiased
    assert og.audit(partial(maxk.maxpo, scale="gradient"), "max@4", n=6).constant == Fraction(1, 6)


@pytest.mark.slow
def test_order_is_averaged_over_all_arrangements():
    """Only the first sample counts, N-fold: unbiased, though any one order of the rewards says otherwise."""

    def only_the_first(x, k):
        return canonical(x, k) * len(x) * (np.arange(len(x)) == 0)

    def only_the_first_reward(x):
        return x[0] * (np.arange(len(x)) == 0) * len(x)

    report = og.audit(only_the_first, "max@2", n=5)
    assert report.constant == Fraction(1, 2)
    assert not report.permutation_equivariant
    assert not report.centred
    assert og.audit(only_the_first_reward, "mean@1", n=5).constant == 1

    with pytest.raises(
        InvalidInputError, match=r"depends on the order.*4\*\*12.*smaller n or with fewer values"
    ):
        og.audit(only_the_first, "max@2", n=12)
    assert og.audit(only_the_first, "max@2", n=12, values=(0, 1)).constant == Fraction(1, 2)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
def test_coarse_dtypes(dtype):
    """Rounding to the dtype is not bias; dividing by the deviation is, in any dtype."""

    def rounded(f):
        return lambda x, k: (f(x, k) / 3).astype(dtype)

    right = og.audit(rounded(canonical), "max@4", n=7)
    assert right.unbiased
    assert all(getattr(right, law) for law in LAWS)
    assert float(right.constant) == pytest.approx(1 / 12, rel=4 * float(ml_dtypes.finfo(dtype).eps))
    assert right.tolerance == math.sqrt(float(ml_dtypes.finfo(dtype).eps) / 2)
    assert not og.audit(rounded(divided_by_std), "max@4", n=7).unbiased
    assert not og.audit(rounded(WRONG["clipped"][0]), "max@4", n=7).centred


def test_exact_answers():
    for convert in (lambda q: [Fraction(x) for x in q.tolist()], lambda q: (q * 2**30).astype(int)):
        report = og.audit(lambda x, f=convert: f(x), "mean@1", n=3)
        assert report.constant in (1, 2**30)


# ---- what cannot be audited


def changes_its_input(x):
    x -= x.mean()
    return x


class Method:
    def method(self, rewards):
        return rewards


def leaves(x):
    raise SystemExit(0)


def needs_rank(x):
    raise RuntimeError("first line\nsecond line")


SOME = np.random.default_rng(0)

UNFIT = {
    "raises": (lambda x: 1 / 0, r"raised ZeroDivisionError: division by zero, on rewards \["),
    "raises in several lines": (needs_rank, "RuntimeError: first line second line"),
    "exits": (leaves, "raised SystemExit: 0"),
    "returns a number": (lambda x: 1.0, r"return shape \(4,\).*returned float of shape \(\)"),
    "returns nothing": (lambda x: None, "NoneType"),
    "returns too few": (lambda x: x[1:], r"shape \(4,\) .*ndarray of shape \(3,\)"),
    "returns too many": (lambda x: np.outer(x, x), r"of shape \(4, 4\)"),
    "returns ragged lists": (lambda x: [[1], [1, 2], [], 3], "raised ValueError"),
    "returns text": (lambda x: ["a"] * len(x), "real numbers, returned <U1"),
    "returns objects": (lambda x: [{}] * len(x), "real numbers, returned {}"),
    "returns missing values": (lambda x: [None] * len(x), "NaN or infinity"),
    "returns complex numbers": (lambda x: x * 1j, "real numbers, returned complex128"),
    "returns NaN": (lambda x: x / np.float64("nan"), r"NaN or infinity on rewards \[\d"),
    "returns NaN for one group": (
        lambda x: x + (np.nan if x.min() == 4 else 0),
        r"rewards \[4., 4., 4., 4.\]",
    ),
    "returns infinity": (lambda x: x + np.inf, "NaN or infinity"),
    "changes its input": (changes_its_input, "changed its input.*copy"),
    "sorts its input": (lambda x: (x.sort(), x.copy())[1], "changed its input"),
    "needs more": (lambda x, logits, temperature: x, "needs logits, temperature; wrap it"),
    "takes nothing": (lambda: 0, "needs nothing; wrap it"),
    "is a method": (Method.method, "expected a method of an instance, got one of the class itself"),
    "is no function": (3, "expected a callable, got 3"),
    "is random": (
        lambda x: x + np.random.default_rng().normal(size=x.shape),
        "differently each time; fix its seed",
    ),
    "is random about ties": (
        lambda x: (x == x.max()) * (np.random.default_rng().permutation(len(x)) == 0),
        "differently each time",
    ),
    "is random over a table": (
        lambda x: x + np.random.default_rng().normal(size=(x.shape[0], x.shape[1])),
        "differently each time; fix its seed",
    ),
}


@pytest.mark.parametrize("case", UNFIT)
def test_unfit_functions(case):
    function, message = UNFIT[case]
    with pytest.raises(TargetError, match=message) as error:
        og.audit(function, "max@2", n=4)
    assert "\n" not in str(error.value)


def test_both_errors_are_told():
    """A function of tables fails on a row for its shape; what it says of a table is what matters."""

    def advantage(rewards):
        _, _ = rewards.shape
        raise RuntimeError("device not found")

    with pytest.raises(
        TargetError, match=r"not enough values.*on a table of groups RuntimeError: device not f"
    ):
        og.audit(advantage, "max@2", n=4)


BAD = {
    "fewer than K": ({"n": 3}, "n: expected at least K = 4 .* max@4, got 3"),
    "no integer": ({"n": 8.0}, "n: expected an integer group size, got 8.0"),
    "text": ({"n": "8"}, "n: expected an integer"),
    "negative": ({"n": -1}, "n: expected at least"),
    "one value": ({"values": (1,)}, "values: expected at least two distinct"),
    "one value twice": ({"values": (1, 1.0)}, "values: expected at least two distinct"),
    "a misspelt name": ({"function": "canonicl"}, "function: expected .* did you mean 'canonical'"),
    "no values": ({"values": ()}, "values: expected at least one number"),
    "no float": ({"values": (0, Fraction(1, 10))}, "represent exactly, got 1/10"),
    "too large for a float": ({"values": (0, 10**400)}, "represent exactly, got 1000"),
    "NaN": ({"values": (0, math.nan)}, r"values\[1\]: expected a finite number"),
    "infinity": ({"values": (0, math.inf)}, r"values\[1\]: expected a finite number"),
    "None among values": ({"values": (0, None)}, r"values\[1\]: expected a number"),
    "no sequence": ({"values": 5}, "values: expected an ordered sequence"),
    "too many batches": ({"n": 64}, "47905 multisets, too many; pass fewer values"),
    "real-valued K": (
        {"objective": "max@2.5"},
        "expected an integer K, got max@2.5; max@2.5 has no unbiased estimator",
    ),
    "no such objective": ({"objective": "maxx@4"}, "expected a known name, got 'maxx'"),
    "zero objective": (
        {"objective": og.LStatistic([0, 0])},
        "expected a gradient that is not zero for every distribution on these rewards",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments(case):
    arguments, message = BAD[case]
    with pytest.raises(InvalidInputError, match=message):
        og.audit(**{"function": maxk.canonical, "objective": "max@4", **arguments})


def test_a_published_estimator_may_be_named():
    assert og.audit("rloo", "mean@1", n=4).constant == 1
    assert og.audit("pkpo", "max@2", n=4).to_json() | {"target": None} == og.audit(
        maxk.pkpo, "max@2", n=4
    ).to_json() | {"target": None}


def test_a_domain_without_shifts():
    """Binary estimators are audited on 0 and 1 alone; they say that 0 shifted is neither."""
    report = og.audit(maxk.maxrl, maxk.maxrl_objective(5), n=5)
    assert report.values == (0, 1)
    assert report.shift_invariant is None
    with pytest.raises(TargetError, match="expected only 0 and 1 for maxrl"):
        og.audit(maxk.maxrl, maxk.maxrl_objective(5), n=5, values=(0, 1, 2))


# ---- the report


@pytest.mark.slow
def test_table():
    wrong = og.audit(divided_by_std, "max@3", n=6)
    text = wrong.table()
    assert "divided_by_std, audited for max@3 in groups of 6" in text
    for name, tick in [
        ("unbiased", "✗"),
        ("centred", "✓"),
        ("shift-invariant", "✓"),
        ("tie-consistent", "✓"),
    ]:
        assert re.search(f"{name} *│ {tick} │", text)
    assert "Smallest counterexample" in text
    (policy,) = wrong.counterexample.policies
    assert f"angle {policy.angle:.3g}°" in text
    for x in (*policy.expected, *policy.true):
        assert f"{x:+.6g}" in text
    assert ", ".join(map(str, policy.probabilities)) in text

    right = og.audit(canonical, "max@3", n=6).table()
    assert "c = 1/3; the gradient is 1/2 Σ A ∇log p" in right
    assert "counterexample" not in right
    assert "✗" not in right


@pytest.mark.slow
def test_table_is_plain_text(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    text = og.audit(canonical, "max@3", n=6).table()
    assert "\x1b" not in text
    assert "advantages sum to zero in every group" in text


@pytest.mark.slow
def test_one_line():
    assert str(og.audit(maxk.runner_up_gap, "upper_cvar(0.5)@4", n=6)).startswith(
        "runner_up_gap: biased for upper_cvar(0.5)@4 (residual 0.52)"
    )
    first, *lessons = str(og.audit(WRONG["swapped_constant"][0], "max@3", n=6)).splitlines()
    assert any(line.startswith("centred: ") for line in lessons)
    assert first == (
        "swapped_constant: unbiased for max@3 on these rewards up to c = 2/3; the canonical advantage has "
        "1/3; centred no, shift-invariant no, permutation-equivariant yes, tie-consistent yes"
    )


@pytest.mark.slow
def test_small_numbers_are_shown():
    report = og.audit(lambda x: divided_by_std(x, 3) * 1e-9, "max@3", n=6)
    (policy,) = report.counterexample.policies
    assert f"{policy.expected[0]:+.6g}" in report.table()
    assert "+0)" not in report.table()


# ---- repeatable


@pytest.mark.slow
@pytest.mark.parametrize("function", [canonical, divided_by_std, WRONG["running_best"][0]])
def test_deterministic(function):
    """The same report, from the same calls."""
    seen = [], []

    def watched(x, k, *, calls):
        calls.append(x.tolist())
        return function(x, k)

    first, second = (og.audit(partial(watched, calls=calls), "max@3", n=5) for calls in seen)
    assert first == second
    assert seen[0] == seen[1]


@pytest.mark.slow
def test_global_random_state_is_neither_used_nor_changed():
    reports = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002
        before = np.random.get_state()[1].copy()  # noqa: NPY002
        reports.append(og.audit(divided_by_std, "max@3", n=5))
        assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    assert reports[0] == reports[1]


def test_the_function_is_left_alone():
    """A read-only answer, an answer that is the input: both are fine, and nothing of them is kept."""

    def same(x):
        return x

    def frozen(x):
        x = x.copy()
        x.flags.writeable = False
        return x

    assert og.audit(same, "mean@1", n=4).constant == og.audit(frozen, "mean@1", n=4).constant == 1


def test_a_forgotten_axis_is_pointed_out():
    """``x.mean()`` is right for one group and mixes groups in a table: judged on groups, with a warning."""
    report = og.audit(lambda x: x - x.mean(), "mean@1", n=4)
    assert report.unbiased
    assert "answers it differently" in report.called_with
    assert "answers it differently" in " ".join(report.table().split())
    assert og.audit(lambda x: x - x.mean(-1, keepdims=True), "mean@1", n=4).called_with.endswith("(G, N)")


def test_a_function_of_one_group_only_is_said_to_be():
    report = og.audit(lambda x: [a - sum(x.tolist()) / len(x) for a in x.tolist()], "mean@1", n=4)
    assert report.called_with == "called with one group (N,) at a time"


@pytest.mark.parametrize("offset", [0, 10**6, 10**10])
def test_values_far_from_zero_change_no_verdict(offset):
    report = og.audit(maxk.canonical, "max@2", n=4, values=(offset, offset + 1, offset + 4))
    assert report.unbiased
    assert report.constant == Fraction(1, 2)


@pytest.mark.parametrize(
    ("biased", "values"),
    [
        (lambda x: np.sign(x - 1) + x + 5e7, (0, 1, 4)),
        (lambda x: x + 0.05 * x * x / 6 + 5e7, None),
    ],
)
def test_a_large_baseline_hides_no_bias(biased, values):
    assert not og.audit(biased, "mean@1", n=3, values=values).unbiased


def test_a_wide_range_of_values_hides_no_bias():
    report = og.audit(
        lambda x: og.advantage(x, "max@2") + 5 * np.where(x == 1, 1.0, 0.0), "max@2", n=4, values=(0, 1, 1e20)
    )
    assert not report.unbiased


def test_a_large_baseline_is_no_bias():
    report = og.audit(lambda x: og.advantage(x, "max@2") + 1e6, "max@2", n=4)
    assert report.unbiased
    assert not report.centred


@pytest.mark.parametrize("unit", [1e-100, 1e100])
def test_the_unit_of_the_values_does_not_matter(unit):
    report = og.audit(maxk.canonical, "max@2", n=4, values=(0, unit, 4 * unit))
    assert report.constant == Fraction(1, 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    "trigger",
    [
        lambda x: (np.diff(x) < 0).all(),
        lambda x: x[0] == 4 and x[1] == 0.5 and x[2] == 0,
    ],
)
def test_an_order_that_sorting_hides_is_found(trigger):
    def estimator(x):
        (n,) = x.shape
        a = og.advantage(x, "max@2")
        return a + 5 * x if n == 4 and trigger(x) else a

    report = og.audit(estimator, "max@2", n=4)
    assert not report.permutation_equivariant
    assert not report.unbiased


@pytest.mark.parametrize("factor", [29**0.5, 35**0.5, 6**0.5, math.log(6), math.pi])
def test_an_irrational_constant_is_not_taken_for_a_fraction(factor):
    constant = og.audit(lambda x: og.advantage(x, "max@2") * factor, "max@2", n=4).constant
    assert isinstance(constant, float)
    assert constant == pytest.approx(factor / 2, rel=1e-12)


@pytest.mark.parametrize("size", [1e-310, 5e-324 * 2**12, 1e300])
def test_advantages_of_any_magnitude_get_a_verdict(size):
    report = og.audit(lambda x: (x - x.mean(axis=-1, keepdims=True)) * size, "mean@1", n=4)
    assert report.unbiased is not None
    assert parse([f"constant={Fraction(3, 4) * Fraction(size)}"])[0].failure(report) is None
    assert "expected 1000" in (parse(["constant=1e400"])[0].failure(report) or "")
    assert str(report)
    assert report.table()
    assert report.to_json()["constant"]["approximate"] == pytest.approx(0.75 * size, rel=1e-3)


@pytest.mark.slow
def test_a_counterexample_among_many_values_is_found_soon():
    """Only multisets of a policy's own rewards count: nine values make 12 870, a pair of them eight."""
    report = og.audit(lambda x: x - x.mean(axis=-1, keepdims=True), "max@4", n=8, values=range(9))
    assert report.counterexample is not None
    rewards, probabilities = report.counterexample.rewards, report.counterexample.probabilities
    exact = og.population.logit_gradient(
        [float(r) for r in rewards], np.log([float(p) for p in probabilities]), "max@4"
    )
    np.testing.assert_allclose(report.counterexample.true, exact, rtol=1e-12)


def with_roundings(x, k, roundings=40):
    """The canonical max@K, and so many roundings of the rewards, another number of them on every batch."""
    noise = np.sin(np.arange(len(x)) + 10 * x.sum()) * 2.0**-53 * abs(x).max()
    return og.advantage(x, f"max@{k}") + roundings * noise


@pytest.mark.slow
def test_roundings_of_the_rewards_are_not_a_bias():
    """Weights ``exp(log Γ …)`` leave dozens, also where one small reward beside large ones is to get 0."""
    assert not og.advantage([0.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 6.0], "max@4").any()
    report = og.audit(with_roundings, "max@4", n=8)
    assert report.constant == Fraction(1, 4)
    assert report.estimand.name == "max@4"


@pytest.mark.slow
def test_a_millionth_of_the_rewards_is_a_bias():
    assert not og.audit(lambda x, k: with_roundings(x, k, 2.0**33), "max@4", n=6).unbiased
