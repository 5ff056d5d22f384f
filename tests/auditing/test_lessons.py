"""What each failure teaches: the batch that is shown breaks the law, and what is called right keeps it.

Law: the rewards of a lesson, given to the function again, are answered by the column "came". Law: the column
"right" is a multiple of the canonical advantage of its definition, ``q_i − v^(−i)`` by enumeration.
"""

from functools import cache
from itertools import permutations

import numpy as np
import pytest
from helpers.wrong_estimators import WRONG, canonical

import ordergrad_ref as og
from ordergrad_ref import definition
from ordergrad_ref.auditing.properties import PROPERTIES

N, K = 5, 3
PAIRS = list(permutations(range(N), 2))
SHOWN = {
    "centred": lambda x, a: abs(sum(a)) > 1e-6,
    "zero_on_equal_rewards": lambda x, a: len(set(x)) == 1 and any(a),
    "tie_consistent": lambda x, a: any(a[i] != a[j] for i, j in PAIRS if x[i] == x[j]),
    "monotone": lambda x, a: any(a[i] > a[j] for i, j in PAIRS if x[i] < x[j]),
}


def columns(lesson):
    return {column.label: np.array([float(v) for v in column.numbers]) for column in lesson.columns}


@cache
def report_of(name):
    return og.audit(lambda x: WRONG[name][0](x, K), "max@3", n=N)


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_every_failure_has_a_lesson(name):
    report = report_of(name)
    for finding in report.findings:
        if finding.name == "direction_right":  # shown by its counterexample, which need not be an angle
            continue
        assert (finding.lesson is not None) == (finding.holds is False), finding.name
        if finding.lesson is not None:
            assert f"{PROPERTIES[finding.name].label}: {finding.lesson}" in report.lessons()
            assert str(finding.lesson) in str(report)
            assert finding.lesson.says in report.table()


@pytest.mark.parametrize("name", WRONG)
def test_the_batch_shown_is_answered_so_and_breaks_the_law(name):
    for law, is_broken in SHOWN.items():
        finding = report_of(name).finding(law)
        lesson = finding.lesson
        if lesson is None:
            continue
        shown = columns(lesson)
        if "passed as float32" in finding.says:
            shown["reward"] = shown["reward"].astype(np.float32)
        assert shown["came"].tolist() == pytest.approx(WRONG[name][0](shown["reward"], K))
        assert is_broken(shown["reward"].tolist(), shown["came"].tolist()), law


@pytest.mark.parametrize("name", WRONG)
def test_what_is_called_right_is_the_canonical_advantage(name):
    for law in ("centred", "monotone"):
        lesson = report_of(name).finding(law).lesson
        if lesson is None:
            continue
        shown = columns(lesson)
        right = definition.advantage(lesson.columns[0].numbers, og.objective("max@3"))
        exact = np.array([float(a) for a in right])
        factor = (shown["right"] @ exact) / (exact @ exact) if exact.any() else 1.0
        assert factor > 0
        assert shown["right"] == pytest.approx(factor * exact)


@pytest.mark.parametrize("name", WRONG)
def test_of_a_biased_function_two_batches_differ_in_one_reward(name):
    """Both sides of spec eq. (56), by the sentence and by the numbers in the columns."""
    report = report_of(name)
    lesson = report.finding("unbiased").lesson
    if report.unbiased is not False:
        assert lesson is None
        return
    first, came, right, second, other, also_right = (
        np.array([float(v) for v in c.numbers]) for c in lesson.columns
    )
    assert (first[:-1] == second[:-1]).all()
    assert first[-1] < second[-1]
    assert f"{other[-1] - came[-1]:.5g}" in lesson.says
    alpha = og.objective("max@3")
    q = [definition.inclusion(x.tolist(), alpha)[-1] for x in (first, second)]
    needed = float(q[1] - q[0])
    exact = [float(a) for x in (first, second) for a in definition.advantage(x.tolist(), alpha)]
    shown = np.array([*right, *also_right])
    scale = (shown @ exact) / np.dot(exact, exact) if any(exact) else 1.0  # and q does not change
    assert shown == pytest.approx(scale * np.array(exact))
    assert f"= {scale * needed:.5g} (spec eq. (56))" in lesson.says
    assert abs((other[-1] - came[-1]) - scale * needed) > 1e-6


@pytest.mark.slow
def test_of_many_pairs_the_constant_is_taken_that_is_right_on_most():
    """A function that is right but on ties, where one sample takes all, is shown beside its own constant."""

    def greedy(x):
        a = canonical(x, K)
        if (x == x.max()).sum() > 1:
            a[x == x.max()] += 1
        return a

    says = og.audit(greedy, "max@3", n=N).finding("unbiased").lesson.says
    assert "c = 1/3 is right on" in says


def test_without_a_canonical_advantage_the_lesson_says_so():
    report = og.audit(lambda x: x - x.mean(), "max@4", n=4)
    assert "exists in groups of 4 (spec eq. (38))" in report.finding("unbiased").lesson.says


def test_a_law_of_two_answers_shows_both():
    lesson = og.audit(lambda x: x.copy(), "mean@1", n=4).finding("shift-invariant").lesson
    shown = columns(lesson)
    assert set(np.round(shown["reward′"] - shown["reward"], 9).tolist()) == {
        float(shown["reward′"][0] - shown["reward"][0])
    }
    assert (shown["came′"] == shown["reward′"]).all()
    assert (shown["must be"] == shown["came"]).all()


def test_a_batch_beside_its_groups_alone():
    lesson = og.audit(lambda x: x - x.mean(), "mean@1", n=4).finding("groups_apart").lesson
    shown = columns(lesson)
    together = shown["reward"] - shown["reward"].mean()
    assert shown["together"] == pytest.approx(together)
    for group in set(shown["group"]):
        here = shown["group"] == group
        assert shown["alone"][here] == pytest.approx(shown["reward"][here] - shown["reward"][here].mean())
    assert (shown["together"] != shown["alone"]).any()


def test_properties_are_found_by_either_spelling():
    report = report_of("clipped")
    assert report.finding("tie-consistent") == report.finding("tie_consistent")
