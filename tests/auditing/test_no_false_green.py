"""No verdict is green on a function that is wrong, by kind of mistake.

Theorem (spec eq. (37)). A function is unbiased with constant c on a set of rewards iff one c fits all pairs
of batches that differ in one reward, spec eq. (56). What follows from that: a function that is right on a few
chosen rewards and wrong on others is wrong; a baseline, however large, excuses no bias; a verdict holds for
the arrangements, sizes and digits on which it was decided, and says so.
"""

import json
from fractions import Fraction
from functools import partial
from importlib.resources import files
from inspect import signature
from math import lgamma

import jsonschema
import ml_dtypes
import numpy as np
import pytest
from helpers.wrong_estimators import WRONG, canonical, divided_by_std

import ordergrad_ref as og
from ordergrad_ref import auditing, maxk
from ordergrad_ref.auditing.decisions.random_others import RANGES, RandomOthers
from ordergrad_ref.reports.requirements import parse


def of_max4(x):
    return og.advantage(x, "max@4")


# ---- rewards: of either sign, no integers, beyond the usual clips


def buffer_from_zero(x):
    """The runner-up as the largest of what came before, from a buffer of zeros."""
    (n,) = x.shape
    a = np.zeros(n)
    top = x.argmax()
    second = 0.0
    for i in range(n):
        if i != top:
            second = max(second, x[i])
    a[top] = x[top] - second
    return a


ON_SOME_REWARDS = {
    "cast to integers": lambda x: of_max4(np.trunc(x)),
    "rounded to integers": lambda x: of_max4(np.round(x)),
    "rounded to tenths": lambda x: of_max4(np.round(x, 1)),
    "rounded to hundredths": lambda x: of_max4(np.round(x, 2)),
    "rounded to 1e-4": lambda x: of_max4(np.round(x, 4)),
    "clipped at zero": lambda x: of_max4(np.maximum(x, 0)),
    "clipped above zero": lambda x: of_max4(np.minimum(x, 0)),
    "magnitudes": lambda x: of_max4(abs(x)),
    "negative rewards masked": lambda x: of_max4(x) * (x >= 0),
    "negative advantages of negative rewards masked": lambda x: np.where(
        (x < 0) & (of_max4(x) < 0), 0, of_max4(x)
    ),
    "bonus beyond 100": lambda x: of_max4(x) + (x > 100),
    "masked at 0.1": lambda x: of_max4(x) * (x != 0.1),
    "bonus at -1000": lambda x: of_max4(x) + (x == -1000),
    "threshold at 3": lambda x: of_max4(1.0 * (x > 3)),
    **{f"clipped at {c}": partial(lambda x, c: of_max4(np.clip(x, -c, c)), c=c) for c in (1, 5, 10, 50, 100)},
    **{
        f"advantages clipped at {c}": partial(lambda x, c: np.clip(of_max4(x), -c, c), c=c)
        for c in (5, 10, 50)
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", ON_SOME_REWARDS)
def test_right_on_some_rewards_only(mistake):
    function = ON_SOME_REWARDS[mistake]
    report = og.audit(function, "max@4", n=6)
    assert report.unbiased is False
    assert report.constant is None
    assert report.estimand is None
    assert report.lookalikes == ()
    assert report.direction_right is not True


@pytest.mark.slow
def test_a_runner_up_from_a_buffer_of_zeros():
    right = og.audit(maxk.runner_up_gap, "max@6", n=6)
    assert right.unbiased
    assert not og.audit(buffer_from_zero, "max@6", n=6).unbiased


def test_bias_on_other_rewards_has_a_counterexample_and_a_sentence():
    report = og.audit(ON_SOME_REWARDS["clipped at 10"], "max@4", n=6)
    (policy,) = report.counterexample.policies
    assert max(abs(x) for x in policy.rewards) > 10
    assert policy.angle > 1
    assert report.sweep
    assert "biased for max@4 beyond the rewards -2, 0, 1/2, 4" in report.verdict
    assert "not on all others" in report.finding("unbiased").says


def test_another_constant_on_other_rewards_is_shown_by_two_policies():
    """Right on each range of rewards, with a constant of its own."""

    def in_units_of_its_own(x):
        return of_max4(x) * np.where(abs(x).max(axis=-1, keepdims=True) > 4, 0.5, 1.0)

    report = og.audit(in_units_of_its_own, "max@4", n=6)
    assert report.unbiased is False
    assert report.direction_right is None
    first, second = report.counterexample.policies
    assert first.ratio == pytest.approx(0.25)
    assert second.ratio == pytest.approx(0.125)


def test_values_that_are_given_are_the_only_ones():
    """Nobody who says which rewards there are is told of others."""
    for values in ((0, 1, 4, 6), (-10, 0, 10)):
        assert og.audit(ON_SOME_REWARDS["clipped at 10"], "max@4", n=6, values=values).unbiased
    assert not og.audit(ON_SOME_REWARDS["clipped at 5"], "max@4", n=6, values=(0, 1, 4, 6)).unbiased


@pytest.mark.parametrize("n", [1, 2, 5, 8, 40])
def test_random_others(n):
    """Each table has ranges and places as the specification says; the inclusion is the exact one."""
    random = RandomOthers(n, seed=1)
    for largest, table, values in zip(RANGES, random.tables, random.values, strict=True):
        assert table.shape[1] == n
        assert abs(table).max() <= largest
        assert max(values) > Fraction(7, 8) * Fraction(largest) - 1
        assert min(values) < 0
        assert all(len(set(row)) == n for row in table.tolist())
    objective = og.objective("mean@1")
    pairs = random.pairs([x.copy() for x in random.tables], objective)
    assert pairs.inclusion.tolist() == pairs.gap.tolist()
    assert pairs.rise.tolist() == pairs.gap.tolist()
    assert pairs.between.sum(axis=1).tolist() == pairs.gap.tolist()
    assert random.tables[0].tolist() == RandomOthers(n, seed=1).tables[0].tolist()


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["max@3", "median@3", "gini@4"])
def test_inclusions_of_random_others_are_those_of_the_definition(objective):
    random = RandomOthers(6, seed=3)
    alpha = og.objective(objective)
    exact = [
        np.array(
            [
                [float(q) for q in og.definition.inclusion([Fraction(r) for r in row], alpha)]
                for row in table.tolist()
            ]
        )
        for table in random.tables
    ]
    pairs = random.pairs(exact, alpha)
    np.testing.assert_allclose(pairs.rise, pairs.inclusion, rtol=0, atol=1e-13 * 128)


# ---- small rewards


def ties_within(x, atol, rtol=0.0):
    order = np.argsort(x, axis=-1)
    r = np.take_along_axis(x, order, axis=-1)
    for i in range(1, r.shape[-1]):
        same = abs(r[..., i] - r[..., i - 1]) <= atol + rtol * abs(r[..., i])
        r[..., i] = np.where(same, r[..., i - 1], r[..., i])
    out = np.empty_like(r)
    np.put_along_axis(out, order, r, axis=-1)
    return of_max4(out)


@pytest.mark.slow
def test_small_differences_are_no_ties_and_no_zeros():
    for function in (
        lambda x: np.where(abs(of_max4(x)) < 1e-6, 0, of_max4(x)),
        lambda x: ties_within(x, 1e-5),
        lambda x: ties_within(x, 1e-8, 1e-5),
        lambda x: ties_within(x.astype(np.float32), 1e-5).astype(np.float32),
        lambda x: ties_within(x, 0, 1e-5),
        lambda x: of_max4(x) * (x.std(-1, keepdims=True) > 1e-6),
    ):
        assert og.audit(function, "max@4", n=6).unbiased is False


@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
def test_what_rounds_small_rewards_away_is_not_accused(dtype):
    """Beside 1 the coarse dtypes hold no difference of 2^-18, float16 has no number below 2^-24."""
    assert og.audit(lambda x: of_max4(x.astype(dtype).astype(float)).astype(dtype), "max@4", n=6).unbiased


# ---- order


def one_arrangement(x, worst):
    return of_max4(x) + (x == np.array(worst)).all(axis=-1, keepdims=True)


@pytest.mark.slow
@pytest.mark.parametrize("worst", [(4, 0, -2, 0.5, 0.5, -2, 4, 0), (0.5, 4, 4, -2, 0, 0, -2, 0.5)])
def test_wrong_on_one_arrangement_of_65536(worst):
    report = og.audit(partial(one_arrangement, worst=worst), "max@4", n=8)
    assert report.permutation_equivariant is False
    assert report.unbiased is False
    assert report.every_order


@pytest.mark.slow
def test_orders_that_were_not_tried_are_named():
    def of_one_group(x):
        (_,) = x.shape
        return x - x.mean()

    few, many, tables = (
        og.audit(f, "mean@1", n)
        for f, n in ((of_one_group, 6), (of_one_group, 8), (lambda x: x - x.mean(-1, keepdims=True), 8))
    )
    assert few.every_order
    assert tables.every_order
    assert not many.every_order
    granted = "taken for granted: orders of the rewards that were not tried change nothing"
    assert granted in many.verdict
    assert granted in " ".join(many.table().replace("│", " ").split())
    assert many.to_json()["every_order"] is False
    assert "all 65536 arrangements are too many" in many.finding("permutation_equivariant").says
    for report in (few, tables):
        assert "granted" not in report.verdict
        assert "arrangements were tried" in report.finding("permutation_equivariant").says


def test_an_order_that_matters_on_other_rewards_alone():
    def first_of_large_ones(x):
        a = of_max4(x)
        return np.where((abs(x) > 20).any(axis=-1, keepdims=True) & (np.arange(x.shape[-1]) == 0), 2 * a, a)

    assert og.audit(first_of_large_ones, "max@4", n=6).permutation_equivariant is False


@pytest.mark.slow
@pytest.mark.parametrize("sign", [1, -1])
def test_an_order_that_no_batch_of_four_values_can_have(sign):
    """Eight rewards that rise strictly: four values have ties, and random batches hardly ever rise."""

    def twice_if_sorted(x):
        rises = (np.diff(sign * x, axis=-1) > 0).all(axis=-1, keepdims=True)
        return (x - x.mean(axis=-1, keepdims=True)) * (1 + rises)

    report = og.audit(twice_if_sorted, "mean@1", n=8)
    assert report.permutation_equivariant is False


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 4, 6, 9])
def test_unequal_answers_to_equal_rewards_depend_on_their_order(n):
    """``A(x_π) = A(x)_π`` with ``x_π = x``: spec eq. (62)."""
    report = og.audit(WRONG["ties_by_index"][0], "max@2", n)
    assert report.tie_consistent is False
    assert report.permutation_equivariant is False
    assert report.unbiased
    assert "tied rewards" in report.finding("permutation_equivariant").says


# ---- a large baseline


@pytest.mark.slow
@pytest.mark.parametrize("step", [0.05, 0.001])
@pytest.mark.parametrize("power", range(2, 17, 2))
def test_a_baseline_hides_no_bias(power, step):
    def with_baseline(x, step=step):
        others = (x.sum(axis=-1, keepdims=True) - x) / (x.shape[-1] - 1)
        return of_max4(x) * (1 + step * (x >= 4)) + 10.0**power * (1 + others / 8)

    def alone(x):
        return of_max4(x) * (1 + step * (x >= 4)) + 10.0**power

    for function in (with_baseline, alone):
        report = og.audit(function, "max@4", n=6)
        assert report.unbiased is not True
        if power <= 8:
            assert report.unbiased is False
            assert report.counterexample is not None


@pytest.mark.slow
@pytest.mark.parametrize("power", range(2, 17, 2))
def test_a_baseline_is_no_bias(power):
    """Right, and rounded: unbiased, or where the roundings are as large as the signal, not decided."""
    report = og.audit(lambda x: of_max4(x) + 10.0**power, "max@4", n=6)
    assert report.counterexample is None
    if power <= 8:
        assert report.unbiased
        assert float(report.constant) == pytest.approx(0.25, rel=1e-6)
    elif power < 16:
        assert report.unbiased is None
        assert "not decided" in report.verdict
        assert report.direction_right is None


@pytest.mark.parametrize("values", [(0, 1, 10**8), (-(10**6), 0, 1), (10**6, 10**6 + 1, 10**6 + 4)])
def test_a_wide_range_or_an_offset_of_the_values_hides_no_bias(values):
    low = sorted(values)[-2] if values[0] < 0 else values[1]

    def bent(x):
        return of_max4(np.where(x == low, x + 0.05, x))

    assert og.audit(of_max4, "max@4", n=6, values=values).constant == Fraction(1, 4)
    assert og.audit(bent, "max@4", n=6, values=values).unbiased is False


def by_log_gamma(x, k):
    """``N/(N−K) (q − v)`` with weights ``exp(log Γ …)``, as in many trainers."""
    n = x.shape[-1]

    def binomial(a, b):
        return np.exp(lgamma(a + 1) - lgamma(b + 1) - lgamma(a - b + 1)) if 0 <= b <= a else 0.0

    order = np.argsort(x, axis=-1)
    r = np.take_along_axis(x, order, axis=-1)
    win = np.array([binomial(t, k - 1) for t in range(n)]) / binomial(n - 1, k - 1)
    tie = np.array([binomial(t - 1, k - 2) for t in range(n)]) / binomial(n - 1, k - 1)
    above = np.cumsum((tie * r)[..., ::-1], axis=-1)[..., ::-1]
    q = win * r + np.concatenate([above[..., 1:], np.zeros_like(above[..., :1])], axis=-1)
    value = (k / n) * (win * r).sum(axis=-1, keepdims=True)
    a = np.empty_like(x)
    np.put_along_axis(a, order, (q - value) * n / (n - k), axis=-1)
    return a


@pytest.mark.slow
@pytest.mark.parametrize("offset", [0, 1e3, 1e6])
@pytest.mark.parametrize(("n", "k"), [(5, 2), (8, 4), (16, 6), (32, 8)])
def test_honest_log_gamma_weights_are_unbiased(n, k, offset):
    values = (-2, 0.5, 4) if n > 16 else None
    report = og.audit(lambda x: by_log_gamma(x + offset, k), f"max@{k}", n, values)
    assert report.unbiased
    assert float(report.constant) == pytest.approx(1 / k, rel=1e-6)


def test_digits_that_an_offset_of_its_own_takes_are_no_bias_near_zero():
    """Weights that are off by some roundings, of three million each: as much at every reward."""
    assert og.audit(lambda x: by_log_gamma(x + 3e6, 2), "max@2", n=5).unbiased


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "k"), [(4, 2), (8, 4), (9, 8)])
@pytest.mark.parametrize("name", maxk.FAMILY)
def test_no_false_alarm_on_the_contracts(name, n, k, dtype):
    estimator = maxk.FAMILY[name]
    objective = estimator.contract.objective(n, k)
    values = (0, 1) if estimator.contract.domain == "binary" else None
    given = (k,) if "k" in signature(estimator).parameters else ()
    report = og.audit(lambda x: estimator(x.astype(dtype), *given), objective, n, values)
    assert report.unbiased == (estimator.contract.constant is not None)


# ---- digits


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "words"),
    [
        (ml_dtypes.bfloat16, "within 6.2 % (bfloat16)"),
        (np.float16, "within 2.2 % (float16)"),
        (np.float32, ""),
    ],
)
def test_a_coarse_verdict_says_how_coarse(dtype, words):
    def biased_by_two_percent(x):
        return (of_max4(x) * np.where(x >= 4, 1.005, 1.0)).astype(dtype)

    for function in (lambda x: of_max4(x).astype(dtype), biased_by_two_percent):
        report = og.audit(function, "max@4", n=6)
        if not words:
            assert "within" not in report.verdict
            continue
        assert report.unbiased
        assert f"unbiased {words} for max@4" in report.verdict
        assert f"unbiased {words}" in " ".join(report.table().replace("│", " ").split())
        (usual,), (loose,) = parse(["unbiased"]), parse(["unbiased=1/10"])
        assert "decided only within" in usual.failure(report)
        assert loose.failure(report) is None
    with pytest.raises(og.errors.InvalidInputError, match="unbiased=1/10, got 'unbiased=x'"):
        parse(["unbiased=x"])


# ---- the constant


@pytest.mark.slow
def test_a_constant_that_is_not_the_canonical_one_is_said():
    report = og.audit(lambda x: of_max4(x) * 7 / 8, "max@4", n=6)
    words = "c = 7/32; the canonical advantage has 1/4"
    assert words in report.verdict
    assert words in str(report)
    assert words in " ".join(report.table().replace("│", " ").split())
    data = report.to_json()
    assert words in data["verdict"]
    assert data["canonical_constant"] == {"exact": "1/4", "approximate": 0.25}
    jsonschema.validate(
        data, json.loads((files(auditing) / "report.schema.json").read_text(encoding="utf-8"))
    )
    assert "canonical" not in og.audit(of_max4, "max@4", n=6).verdict
    assert og.audit(maxk.runner_up_gap, "max@6", n=6).canonical_constant is None
    assert og.audit(lambda x: x - x.mean(-1, keepdims=True), "mean@3", n=3).canonical_constant == Fraction(
        1, 3
    )


def with_group_size_capped(x, k):
    return og.advantage(x, f"max@{k}") / min(x.shape[-1], 8)


@pytest.mark.slow
def test_the_constant_is_held_in_large_groups():
    of_k = og.audit(with_group_size_capped, "max@4", n=8, full=True).finding("large_groups")
    assert of_k.holds is False
    assert "at N = 32: its constant is 0.03125, smaller groups predict 1/128" in of_k.says
    fixed_k = og.audit(partial(with_group_size_capped, k=4), "max@4", n=8, full=True)
    assert fixed_k.finding("large_groups").holds is not True
    irrational = og.audit(lambda x: of_max4(x) * np.pi, "max@4", n=8, full=True)
    assert irrational.finding("large_groups").holds


@pytest.mark.slow
@pytest.mark.parametrize("odd", [2**0.5, 1.25])
def test_a_formula_is_right_at_all_sizes(odd):
    """An irrational constant at one size counts as much as a rational one."""

    def odd_at_one_size(x, k):
        return og.advantage(x, f"max@{k}") * (odd if (x.shape[-1], k) == (6, 3) else 1.0)

    report = og.audit(odd_at_one_size, "max@4", n=8, full=True)
    assert report.formula.text is None
    assert "no formula" in report.formula.says


@pytest.mark.slow
def test_a_formula_says_where_the_function_is_biased():
    def biased_at_one_size(x, k):
        return (divided_by_std if (len(x), k) == (6, 3) else canonical)(x, k)

    report = og.audit(biased_at_one_size, "max@4", n=7, full=True)
    assert report.formula.text is None
    assert report.formula.says == "no formula: biased at N = 6, K = 3"


# ---- direction, lookalikes


@pytest.mark.slow
def test_a_wrong_angle_decides_the_direction():
    """Where the polynomials are too many to multiply, or the faces to walk."""
    large = og.audit(lambda x: maxk.grpo(x), "mean@1", n=30)
    assert large.counterexample is not None
    assert large.direction_right is False
    many = og.audit(lambda x: maxk.grpo(x), "mean@1", n=3, values=range(12))
    assert many.direction_right is False


def test_a_function_that_forgets_to_unsort_is_no_known_estimator():
    """Right on sorted batches: whatever was only enumerated in order would say so."""

    def forgets_to_unsort(x):
        return of_max4(np.sort(x, axis=-1))

    for values in (None, (0, 1, 4, 6), (0, 1)):
        report = og.audit(forgets_to_unsort, "max@4", n=6, values=values)
        assert report.permutation_equivariant is False
        assert report.lookalikes == ()


def test_the_reversed_canonical_advantage_is_minus_a_known_one():
    report = og.audit(lambda x: -of_max4(x), "max@4", n=6)
    assert any(known.factor == -1 and known.name == "canonical" for known in report.lookalikes)
