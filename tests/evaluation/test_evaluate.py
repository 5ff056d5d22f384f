"""Estimates over prompts, spec eq. (102).

Law: where prompts are drawn independently, and samples of each, the mean of the prompts' unbiased values is
unbiased, and so is the square of its standard error. Held by enumeration of all prompts and all samples.
"""

import json
import math
from fractions import Fraction as F
from importlib.resources import files
from itertools import product
from operator import mul

import jsonschema
import numpy as np
import pytest
from scipy import stats

import ordergrad_ref as og
from ordergrad_ref import evaluation
from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError, UnknownObjectiveError
from ordergrad_ref.evaluation.clusters import degrees

SCHEMA = json.loads((files(evaluation) / "evaluation.schema.json").read_text(encoding="utf-8"))
PASSED = [[1, 0, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]]


def experiments(rates, sizes):
    """Every choice of prompts and every outcome of their samples, with its probability."""
    for chosen in product(rates, repeat=len(sizes)):
        of_prompts = F(1, len(rates) ** len(sizes))
        for bits in product((0, 1), repeat=sum(sizes)):
            probability, rows, rest = of_prompts, [], list(bits)
            for rate, size in zip(chosen, sizes, strict=True):
                row, rest = rest[:size], rest[size:]
                rows.append(row)
                probability *= rate ** sum(row) * (1 - rate) ** (size - sum(row))
            yield probability, rows


@pytest.mark.parametrize(("k", "sizes"), [(1, (1, 1)), (1, (2, 3)), (2, (2, 2)), (2, (2, 3)), (1, (1, 1, 2))])
def test_estimate_and_squared_error_are_unbiased(k, sizes):
    """Sums of at most 2^10 terms that are right to a few roundings of numbers below 1."""
    rates = (F(1, 4), F(2, 3))
    ids = np.repeat(np.arange(len(sizes)), sizes)
    mean = square = spread = 0.0
    for probability, rows in experiments(rates, sizes):
        found = og.evaluate(np.concatenate(rows), ids, f"pass@{k}").estimates[0]
        mean += float(probability) * found.estimate
        square += float(probability) * found.estimate**2
        spread += float(probability) * found.standard_error**2
    truth = sum(1 - (1 - rate) ** k for rate in rates) / len(rates)
    assert abs(mean - float(truth)) <= 2.0**-43
    assert abs(spread - (square - mean**2)) <= 2.0**-43  # prompts of any sizes: one mean, not one variance


def human_eval(n, c, k):
    """The published formula, arXiv 2107.03374, in exact rationals; 1 where fewer than k samples fail."""
    return 1 - F(math.comb(n - c, k), math.comb(n, k)) if n - c >= k else F(1)


def test_pass_at_k_is_that_of_human_eval_where_there_are_k_samples():
    counts = [(n, c) for n in range(1, 9) for c in range(n + 1)]
    rewards = np.concatenate([[1] * c + [0] * (n - c) for n, c in counts])
    ids = np.repeat(np.arange(len(counts)), [n for n, _ in counts])
    found = og.evaluate(rewards, ids, [f"pass@{k}" for k in range(1, 9)])
    for row, values in enumerate(found.values):
        k = row + 1
        for (n, c), value in zip(counts, values, strict=True):
            if n < k:
                assert math.isnan(value)  # there human-eval answers 1, even for no success of all
                assert human_eval(n, c, k) == 1
            else:
                assert abs(value - float(human_eval(n, c, k))) <= 2.0**-50
        assert found.estimates[row].left_out == (
            {"fewer samples than K": few} if (few := sum(n < k for n, _ in counts)) else {}
        )


def test_interval_of_values_of_any_size_is_student_s():
    rows = [[1, 0, 0, 3], [0, 0, 0, 0], [1, 5, 1, 1]]
    values = np.array(rows).mean(axis=1)
    found = og.evaluate(rows, None, "mean@1", confidence=0.9).estimates[0]
    low, high = stats.t.interval(0.9, 2, loc=values.mean(), scale=stats.sem(values))
    assert np.allclose(found.interval, (low, high), rtol=0, atol=2.0**-46)
    assert found.standard_error == pytest.approx(stats.sem(values), rel=2.0**-50)


@pytest.mark.parametrize(
    "rows",
    [PASSED, [[0, 0]] * 5, [[1, 1]] * 30, [[0, 1]] * 4, [[1, 1]] * 8 + [[0, 1]], [[0, 0]] * 9 + [[1, 1]] * 3],
)
def test_interval_of_shares_is_wilson_s(rows):
    """Its ends are the two solutions of the equality (111), with the degrees (110) in rationals."""
    found = og.evaluate(rows, None, "pass@1").estimates[0]
    values = [F(sum(row), len(row)) for row in rows]
    g, v = len(rows), sum(values) / len(rows)
    second, fourth = (sum((value - v) ** power for value in values) for power in (2, 4))
    m, ratio = F(g - 1), F(1)
    if second:
        f = min(m, 2 / (fourth / second**2 - F(g - 3, g * (g - 1))))
        prior = F(24, 100)
        ratio = (f * (second / (g - 1)) / (v * (1 - v)) + prior) / (f + prior)
        m = min(m, f + prior)
    t = stats.t.ppf(0.975, float(m))
    low, high = found.interval
    assert 0 <= low < high <= 1
    for end in (low, high):
        assert abs((float(v) - end) ** 2 - t * t * end * (1 - end) * float(ratio) / g) <= 2.0**-44


def test_degrees_of_freedom_are_those_of_the_variance_of_the_spread():
    """(110): ``2σ⁴/Var s²`` of G draws, where G/r is the kurtosis; by enumeration of all draws."""
    values, weights = (F(0), F(1), F(3)), (F(1, 2), F(1, 3), F(1, 6))
    mean = sum(map(mul, weights, values))
    variance, fourth = (
        sum(w * (x - mean) ** p for w, x in zip(weights, values, strict=True)) for p in (2, 4)
    )
    for g in (2, 3, 4):
        square = F(0)
        for draw in product(range(3), repeat=g):
            probability = math.prod(weights[i] for i in draw)
            middle = sum(values[i] for i in draw) / g
            square += probability * (sum((values[i] - middle) ** 2 for i in draw) / (g - 1)) ** 2
        exact = 2 * variance**2 / (square - variance**2)
        rests_on = g * variance**2 / fourth
        assert abs(degrees(g, float(rests_on)) - min(g - 1, float(exact))) <= 2.0**-48


@pytest.mark.parametrize(
    ("objective", "wilson"),
    [("max@3", True), ("gini@2", False), (og.LStatistic([F(3, 2), F(-1, 2)]), False)],
)
def test_wilson_s_interval_needs_weights_of_a_mean(objective, wilson):
    """Of zeros and ones, only objectives with weights that are not negative and sum to 1 lie in [0, 1]."""
    found = og.evaluate([[1, 0, 0, 1], [0, 0, 0, 0], [1, 1, 0, 1]], None, objective).estimates[0]
    low, high = found.interval
    assert (abs((low + high) / 2 - found.estimate) > 2.0**-40) is wilson


@pytest.mark.parametrize("objective", ["pass@1", "max@2", "median@3"])
def test_within_is_the_jackknife_of_each_prompt(objective):
    rows = [[0.0, 1.0, 3.0, 4.5, 5.0], [2.0, 2.0, 0.5, -1.0]]
    variances = []
    for row in rows:
        left = np.array([og.value([*row[:i], *row[i + 1 :]], objective) for i in range(len(row))])
        variances.append((len(row) - 1) / len(row) * ((left - left.mean()) ** 2).sum())
    found = og.evaluate(np.concatenate(rows), [0] * 5 + [1] * 4, objective).estimates[0]
    assert abs(found.within - math.sqrt(sum(variances)) / 2) <= 2.0**-49


def test_difference_is_paired_by_prompt():
    first = og.evaluate([1, 0, 1, 1, 0, 0, 1], list("aabbccd"), ["pass@1", "pass@2"])
    second = og.evaluate([0, 0, 1, 0, 0, 1, 1], list("bbaacce"), ["pass@1", "pass@2"])
    one, two = first.compare(second).differences
    gaps = np.array([0.5 - 0.5, 1.0 - 0.0, 0.0 - 0.5])
    assert (one.estimate, one.prompts) == (gaps.mean(), 3)
    assert one.standard_error == pytest.approx(stats.sem(gaps), rel=2.0**-50)
    assert one.left_out == {"only in the first": 1, "only in the second": 1}
    assert two.estimate == np.mean([1 - 1, 1 - 0, 0 - 1])


def test_a_missing_reward_is_refused_or_leaves_out_what_was_asked_for():
    rewards, prompts = [1.0, 0.0, math.nan, 1.0, 1.0, 0.0], [*"aaabbb"]
    with pytest.raises(NonFiniteRewardError, match="rewards: expected finite numbers, got nan at 2; "):
        og.evaluate(rewards, prompts, "pass@1")
    whole = og.evaluate(rewards, prompts, "pass@2", nan_policy="propagate")
    assert whole["pass@2"].left_out == {"a reward is missing": 1}
    assert whole["pass@2"].estimate == pytest.approx(1.0)
    sample = og.evaluate(rewards, prompts, "pass@3", nan_policy="omit")
    assert sample["pass@3"].left_out == {"fewer samples than K": 1}
    assert (sample.samples, sample.sizes.tolist()) == (5, [2, 3])


@pytest.mark.parametrize(
    ("rows", "objective", "says"),
    [
        ([[1, 0]], "pass@1", "one prompt"),
        ([[1, 1], [1, 1]], "pass@1", "the standard error of 0 tells nothing"),
        ([[1, 1]] * 9 + [[0, 0]], "pass@1", "rests on about 1 prompts"),
        ([[1, 0], [1, 1]], "pass@4", "no prompt has K = 4 samples"),
        ([[1, 0.5], [1, 1], [0, 0]], "pass@1", "so it is max@1 of them, and no share that passes"),
        ([[1, 0.5], [1, 1], [0, 0]], "pass^2", "so it is min@2 of them, and no share that passes"),
        ([[1, 0.5], [1, 1], [0, 0]], "max@2", ""),
        (PASSED, "pass@1", ""),
    ],
)
def test_what_an_interval_does_not_tell_is_said(rows, objective, says):
    found = og.evaluate(rows, None, objective)
    remark = found.estimates[0].remark
    assert says in remark
    assert bool(remark) == bool(says)
    assert remark in str(found)
    assert remark in found._repr_html_()


def test_prompts_that_the_same_objective_would_use_are_named():
    found = og.evaluate([1, 0, 1, 1, 0], ["a", "a", "a", "b", "c"], ["avg@3", "max@3", "avg@1"])
    assert "the same as mean@1, for which prompts with 1 samples or more would do" in found["avg@3"].remark
    assert found["avg@1"].estimate == pytest.approx(5 / 9)
    assert "the same as" not in found["max@3"].remark + found["avg@1"].remark


def test_differences_that_are_all_the_same_are_told():
    one = og.evaluate([[1, 0], [1, 1], [0, 0]], None, "pass@1")
    (same,) = one.compare(one).differences
    assert same.remark == "all prompts have the same difference: the standard error of 0 tells nothing"
    apart = og.evaluate([1, 0], ["a", "b"], "pass@1").compare(og.evaluate([1, 0], ["c", "d"], "pass@1"))
    assert apart.differences[0].remark == "no prompt has a value in both"


def test_json_is_of_the_published_schema():
    found = og.evaluate(
        [1, 0, 1, 1, 0], [("a", 1), ("a", 1), ("b", 2), ("b", 2), ("c", 3)], ["pass@1", "pass@2"]
    )
    data = json.loads(found.to_json(per_group=True))
    jsonschema.validate({**data, "comparison": found.compare(found).to_dict()}, SCHEMA)
    assert data["per_group"][2] == {
        "group": ["c", 3],
        "samples": 1,
        "values": {"pass@1": 0.0, "pass@2": None},
    }
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**data, "samples": -1}, SCHEMA)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "match"),
    [
        ((PASSED, None, []), {}, InvalidInputError, "objectives: expected at least one, got none"),
        ((PASSED, None, ["pass@1", "max@1", "pass@1"]), {}, InvalidInputError,
         "objectives: expected each once, got 'pass@1' again"),
        ((PASSED, None, "hat@4"), {}, UnknownObjectiveError, "objective"),
        ((PASSED, [1, 2, 3], "pass@1"), {}, InvalidInputError, r"rewards: expected shape \(M,\) with groups"),
        (([1, 0], None, "pass@1"), {}, InvalidInputError, r"rewards: expected a table \(G, N\)"),
        ((["a"], ["p"], "pass@1"), {}, InvalidInputError, "rewards: expected numbers, got an array of <U1"),
        ((PASSED, None, "pass@1"), {"confidence": 1}, InvalidInputError, "confidence: expected"),
        ((PASSED, None, "pass@1"), {"nan_policy": "drop"}, InvalidInputError, "nan_policy: expected one of"),
        (([2**53 + 1], [0], "pass@1"), {}, InvalidInputError, "rewards: expected integers of at most"),
        ((np.ma.array([1, 0], mask=[0, 1]), [0, 0], "pass@1"), {}, InvalidInputError,
         "rewards: expected a plain array, got a masked one"),
        (([[1.5e308], [-1.5e308]], None, "mean@1"), {}, InvalidInputError, "rewards: expected answers that"),
    ],
)  # fmt: skip
def test_bad_arguments(arguments, options, error, match):
    with pytest.raises(error, match=match):
        og.evaluate(*arguments, **options)


@pytest.mark.parametrize("size", [1e-200, 1e-90, 1e80, 1e160, 1e307])
def test_the_unit_of_the_rewards_does_not_matter(size):
    """Squares of deviations overflowed from 1e154 on, their squares from 1e77, and vanished as early."""
    rows = np.array([[1, 0], [3, 1], [0, 1]] * 3 + [[9, 0]], dtype=float)
    one, same = og.evaluate(rows, None, "mean@1"), og.evaluate(rows * size, None, "mean@1")
    for name in ("estimate", "standard_error", "interval", "within"):
        expected = np.multiply(getattr(one["mean@1"], name), size)
        assert np.allclose(getattr(same["mean@1"], name), expected, rtol=1e-13, atol=0)
    assert same["mean@1"].remark == one["mean@1"].remark


def test_equal_values_have_no_spread_whatever_is_rounded():
    """The sum of 25 thirds over 25 is no third in floats: the interval shrank to a point."""
    equal = og.evaluate([[1, 0, 0]] * 25, None, "pass@1")["pass@1"]
    assert equal.standard_error == 0
    assert equal.interval[1] - equal.interval[0] > 0.3
    sizes = [n for n in range(3, 100, 3) for _ in range(n)]
    rewards = [float(i < n // 3) for n in range(3, 100, 3) for i in range(n)]
    alike = og.evaluate(rewards, sizes, "pass@1")["pass@1"]
    assert alike.standard_error == 0
    assert alike.interval[1] - alike.interval[0] > 0.3
    assert alike.remark.startswith("all prompts have the same value")


def test_only_like_evaluations_are_compared():
    with pytest.raises(InvalidInputError, match="other: expected an evaluation, got None"):
        og.evaluate(PASSED, None, "pass@1").compare(None)
    with pytest.raises(InvalidInputError, match="other: expected an evaluation of"):
        og.evaluate(PASSED, None, "pass@1").compare(og.evaluate(PASSED, None, "pass@2"))
    numbers, truths = (og.evaluate([1, 0], ids, "pass@1") for ids in ([0, 1], [False, True]))
    for one, other in ((numbers, truths), (truths, numbers)):
        with pytest.raises(InvalidInputError, match="expected prompts that are named alike, got "):
            one.compare(other)
    with pytest.raises(InvalidInputError, match="objective: expected one of"):
        og.evaluate(PASSED, None, "pass@1")["pass@2"]


def test_the_mean_of_integers_is_rounded_once():
    """The kernels add thirds, and their mean of 1, 0 and 5 is 1.9999999999999998."""
    rows = [[1, 0, 5], [7, 0, 0], [-1, -2, 5], [2**49, 1, 0]]
    for spelling in ("mean@1", "mean@3"):
        found = og.evaluate(rows, None, spelling)
        assert found.values[0].tolist() == [float(F(sum(row), 3)) for row in rows]
    uneven, groups = [1, 0, 5, 1, 0, 1, 0, 0], ["c", "c", "c", "a", "a", "b", "b", "b"]
    assert og.evaluate(uneven, groups, "pass@1").values.tolist() == [[1 / 2, 1 / 3, 2]]
