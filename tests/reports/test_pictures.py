"""What the pictures of the audit's web page are drawn from, and how.

Law: a sweep is the definition's expectation, over all batches in order and all comparison sets in order.
Law: every point of a picture lies in its frame.
"""

from dataclasses import replace
from fractions import Fraction as F
from itertools import product
from math import prod

import numpy as np
import pytest
from helpers.page_reports import report, reports
from helpers.wrong_estimators import canonical

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.auditing.decisions.counterexample import sweep
from ordergrad_ref.auditing.decisions.multisets import Multisets
from ordergrad_ref.definition.l_statistics import l_statistic
from ordergrad_ref.reports import pictures

# ---- what the pictures are drawn from


def by_definition(function, objective, rewards, probabilities, n):
    """Both gradients by the logits: over all batches in order, and over all comparison sets in order."""
    m, k = len(rewards), objective.k
    expected, true = [0.0] * m, [F(0)] * m
    for batch in product(range(m), repeat=n):
        chance = prod(probabilities[b] for b in batch)
        answer = function(np.array([float(rewards[b]) for b in batch]))
        for b in range(m):
            score = [(i == b) - probabilities[b] for i in batch]
            expected[b] += (
                float(chance) * sum(float(a) * float(s) for a, s in zip(answer, score, strict=True)) / n
            )
    for chosen in product(range(m), repeat=k):
        chance = prod(probabilities[b] for b in chosen)
        t = l_statistic([rewards[b] for b in chosen], objective)
        for b in range(m):
            true[b] += chance * t * sum((i == b) - probabilities[b] for i in chosen)
    return expected, true


@pytest.mark.parametrize("objective", ["max@2", "gini@2", "top(2)@3"])
def test_sweep_is_the_definitions_expectation(objective):
    """Of GRPO, biased for all of these, on two and on three rewards."""
    found = og.audit(maxk.grpo, objective, n=3, values=[0, 1, 4]).sweep
    assert {len(p.rewards) for p in found} == {2, 3}
    for p in found[::5]:
        expected, true = by_definition(maxk.grpo, og.objective(objective), p.rewards, p.probabilities, 3)
        assert p.expected == pytest.approx(expected, abs=1e-13)
        assert p.true == pytest.approx([float(t) for t in true], abs=1e-13)


def test_sweep_of_the_unbiased_is_flat():
    alpha, values = og.objective("max@2"), (F(0), F(1), F(4))
    multisets = Multisets(4, values)
    by_value = multisets.mean_by_value(multisets.table, maxk.canonical(multisets.table, 2))
    for p in sweep(multisets.differences(by_value, alpha), values, 2, 1e-8):
        assert p.ratio == pytest.approx(1 / 2, rel=1e-12)
        assert p.angle == pytest.approx(0, abs=1e-5)
    assert og.audit(maxk.canonical, alpha, n=4).sweep == ()


def test_sweep_leaves_out_where_the_true_gradient_vanishes():
    """Gini's mean difference of a coin is p(1 − p): no slope at one half."""
    found = [p for p in og.audit(maxk.grpo, "gini@2", n=4).sweep if len(p.rewards) == 2]
    steps = [p.probabilities[1] for p in found]
    assert steps == [F(i, 20) for i in range(1, 20) if i != 10]
    assert found[0].ratio > 0 > found[-1].ratio


# ---- pictures


@pytest.mark.parametrize(
    "values", [[0.35, 4.6], [1, 1], [0, 180], [-2, 3], [1e-9, 1], [2.3, 2.31], [-1, -1], [0, 0], [1e-3, 9e8]]
)
def test_ticks_frame_the_values(values):
    axis = pictures._vertical("y", values)
    assert axis.low <= min(values) <= max(values) <= axis.high
    assert 2 <= len(axis.ticks) <= 10
    assert sorted(axis.ticks) == list(axis.ticks)
    assert all(axis.end <= axis.at(v) <= axis.start for v in values)


def test_pictures_of_a_biased_estimator():
    length, direction = pictures.bias_pictures(reports()[2])
    assert [y for _, y in length.points] == [
        p["constant"] for p in reports()[2]["sweep"] if len(p["rewards"]) == 2
    ]
    assert [y for _, y in direction.points] == [
        p["angle"] for p in reports()[2]["sweep"] if len(p["rewards"]) == 4
    ]
    assert length.reference is None
    assert pictures.bias_pictures(reports()[0]) == []


def test_pictures_of_the_same_thing_share_their_axes():
    """Each point lies where it is in numbers; at most six lines to a frame."""
    length, direction = pictures.bias_pictures(reports()[2])
    twice = replace(length, target="twice", points=tuple((x, 2 * y) for x, y in length.points))
    (alone,) = pictures.frames([length])
    assert alone.lines == (length,)
    both, other = pictures.frames([length, direction, twice])
    assert both.targets == f"{length.target}, twice"
    assert other.lines == (direction,)
    one, two = both.lines
    assert (one.x, one.y) == (two.x, two.y)
    for line in both.lines:
        assert all(one.y.end <= one.y.at(y) <= one.y.start for _, y in line.points)
    assert [len(frame.lines) for frame in pictures.frames([length] * 7)] == [6, 1]


@pytest.mark.slow
def test_pictures_of_variance():
    against_k, against_n = pictures.variance_pictures(reports()[1])
    assert (against_k.x.label, against_n.x.label) == ("K", "N")
    assert [x for x, _ in against_k.points] == [1, 2, 3, 4]
    row = next(
        v for v in reports()[1]["variances"] if (v["problem"], v["n"], v["k"]) == ("sparse binary", 5, 2)
    )
    assert dict(against_k.points)[2] == row["ratio"]["approximate"]
    assert not against_k.level
    (canonical_itself,) = pictures.variance_pictures(report(lambda x: canonical(x, 3), "max@3", full=True))
    assert canonical_itself.level
    assert pictures.variance_pictures(reports()[0]) == []
