"""Law (98), (100): an update is judged by its exact expectation, and each cause of bias by its own mark.

The expectation is computed once more here, from its definition, in exact rationals.
"""

from fractions import Fraction as F
from inspect import signature
from itertools import product
from math import atan2, degrees, prod

import numpy as np
import pytest
from helpers import updates

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.trainers import Problem, TablePolicy
from ordergrad_ref.trainers.policies import uniform

TABLE = {(): [F(1, 2), F(1, 2)], (1,): [F(1, 4), F(3, 4)]}
REWARDS = {(0,): 1, (1, 0): 3, (1, 1): 0}
PROBLEM = Problem(TABLE, REWARDS)


def score(answer):
    """∇ log p by the logits of TABLE, in exact rationals."""
    rows = {prefix: [F(0), F(0)] for prefix in TABLE}
    for t, token in enumerate(answer):
        for v in (0, 1):
            rows[answer[:t]][v] += (v == token) - TABLE[answer[:t]][v]
    return [x for row in rows.values() for x in row]


def chance(answer):
    return prod(TABLE[answer[:t]][token] for t, token in enumerate(answer))


def enumerated(weigh, n, answers=tuple(REWARDS)):
    """``E[Σ_i w_i ∇log p_i]`` over all ordered batches."""
    total = [F(0)] * 4
    for batch in product(answers, repeat=n):
        p = prod(map(chance, batch))
        for w, a in zip(weigh(batch), batch, strict=True):
            total = [x + p * w * s for x, s in zip(total, score(a), strict=True)]
    return total


def gradient_of_max_2():
    """``∇ E[max]`` of two answers: the score-function identity, with no sample to spare."""
    return enumerated(lambda batch: [max(REWARDS[a] for a in batch)] * 2, 2)


def over_own_length(batch):
    advantages = og.definition.advantage([F(REWARDS[a]) for a in batch], "max@2")
    return [F(2, 3) * x / len(a) for x, a in zip(advantages, batch, strict=True)]


@pytest.mark.slow
def test_expected_update_and_angle_are_those_of_the_definition():
    (row,) = og.audit_update(updates.own_length, "max@2", 3, policies=[PROBLEM]).policies
    expected, true = enumerated(over_own_length, 3), gradient_of_max_2()
    assert np.allclose(row.expected, [float(x) for x in expected], rtol=0, atol=1e-14)
    assert np.allclose(row.true, [float(x) for x in true], rtol=0, atol=1e-14)
    dot = sum(x * y for x, y in zip(expected, true, strict=True))
    square = sum(x * x for x in true)
    across = sum((x - dot / square * y) ** 2 for x, y in zip(expected, true, strict=True))
    angle = degrees(atan2(float(across) ** 0.5, float(dot) / float(square) ** 0.5))
    assert angle > 1
    assert abs(row.angle - angle) < 1e-10
    assert abs(row.constant - float(dot / square)) < 1e-14


OF_FOUR = (
    updates.micro_batches,
    updates.split_group,
    updates.split_by_turns,
    updates.masked_rightly,
    updates.masked_siblings,
)
"""Split in halves, or right without one of them."""


OFF_POLICY_ALONE = (updates.clipped, updates.mean_ratio, updates.inverse_ratio, updates.stale)
"""Right where the policy itself sampled."""


def judged(update):
    n = 4 if update in OF_FOUR else 3
    return og.audit_update(update, "max@2", n, policies=[PROBLEM, og.trainers.policies.PROBLEMS[1]])


def angle_by_definition(update, n):
    """Between the sum over all ordered batches, each with its probability, and the exact gradient."""
    policy = TablePolicy({prefix: [float(p) for p in row] for prefix, row in TABLE.items()})
    further = {"old": policy, "reference": uniform(policy), "groups": [0] * n}
    expected = np.zeros(4)
    for batch in product(REWARDS, repeat=n):
        given = {**further, "mask": [[True] * len(a) for a in batch]}
        taken = {name: x for name, x in given.items() if name in signature(update).parameters}
        gradient = update(policy, list(map(list, batch)), np.array([REWARDS[a] for a in batch]), **taken)
        expected += float(prod(map(chance, batch))) * np.ravel(gradient)
    true = np.array([float(x) for x in gradient_of_max_2()])
    along = expected @ true / np.linalg.norm(true)
    across = np.linalg.norm(expected - along * true / np.linalg.norm(true))
    return degrees(atan2(across, along))


@pytest.mark.slow
@pytest.mark.parametrize("update", updates.RIGHT, ids=lambda f: f.__name__)
def test_a_right_update_is_unbiased_for_every_policy(update):
    report = judged(update)
    assert (report.unbiased, report.constant, report.causes) == (True, 1, ())
    assert report.angle < 1e-6
    assert report.counterexample is None


@pytest.mark.slow
@pytest.mark.parametrize("update", updates.WRONG, ids=lambda f: f.__name__)
def test_each_cause_is_found_and_no_other(update):
    report = judged(update)
    (row,) = (p for p in report.policies if p.name == PROBLEM.name)
    assert abs(row.angle - angle_by_definition(update, report.n)) < 1e-6
    assert [c.name for c in report.causes] == updates.WRONG[update]
    assert report.unbiased is (update in OFF_POLICY_ALONE)


@pytest.mark.slow
def test_exact_importance_weights_are_told_from_ratios_that_are_right_to_first_order():
    """Spec eq. (86) has no angle where another policy sampled; a ratio times an advantage has, eq. (101)."""
    exact, ratio = judged(updates.exact_elsewhere), judged(updates.whole_ratio)
    assert [p.off_policy for p in exact.policies] == [False, True, False, True]
    assert max(p.angle for p in exact.policies) < 1e-6
    assert "as spec eq. (86)" in exact.notes[0]
    assert max(p.angle for p in ratio.policies if p.off_policy) > 0.1
    assert ratio.notes == ()


@pytest.mark.slow
def test_a_baseline_of_other_groups_is_no_divisor():
    def centred_by_batch(policy, answers, rewards, groups):
        return updates.summed(policy, answers, np.asarray(rewards) - np.mean(rewards))

    types = [(0, 1), (1, 2), (3, 1)]
    report = og.audit_update(centred_by_batch, "mean@1", 3, policies=[PROBLEM], types=types)
    assert (report.unbiased, report.causes) == (True, ())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("update", "says"),
    [
        (updates.kl_in_loss_k2, "k2, with weight 0.1"),
        (updates.kl_in_loss_k3, "k3, with weight 0.1"),
        (updates.kl_in_reward_k1, "k1, with weight 0.1"),
        (updates.kl_in_reward_k3, "k3, with weight 0.1"),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_which_estimator_of_a_kl_divergence(update, says):
    assert says in judged(update).causes[0].says


@pytest.mark.slow
def test_a_part_of_a_group_that_is_right_for_itself_is_a_split_alone():
    """RLOO on each half is right for the mean, and so is the whole update."""
    types = [(0, 1), (1, 2), (3, 1)]
    report = og.audit_update(updates.split_group, "mean@1", 4, policies=[PROBLEM], types=types)
    assert (report.unbiased, report.constant, report.causes) == (True, 2, ())


@pytest.mark.parametrize(
    ("update", "says"),
    [
        (lambda policy, answers, rewards: np.random.rand() * policy.score(answers[0]), "not deterministic"),  # noqa: NPY002
        (lambda policy, answers, rewards: policy.array * np.nan, "not finite"),
        (lambda policy, answers, rewards: policy.array[:1], "shape (1, 2), the policy (2, 2)"),
        (lambda policy, answers, rewards: rewards.fill(0) or policy.array, "changes its input: rewards"),
        (lambda policy, answers, rewards: answers.pop() and policy.array, "changes its input: answers"),
        (lambda policy, answers, rewards: policy.array.fill(0) or policy.array, "changes its input: policy"),
        (lambda policy, answers, rewards: {(9,): [0, 0]}, "not of the policy"),
        (lambda policy, answers, rewards: "nothing", "no array: str"),
    ],
)
def test_what_cannot_be_judged_has_a_verdict(update, says):
    def two_rows(policy, answers, rewards):
        return update(policy, answers, rewards)

    report = og.audit_update(two_rows, "mean@1", 2, policies=[PROBLEM], types=[(0, 1), (1, 2)])
    assert report.unbiased is None
    if "shape" not in says:
        assert says in report.refusal
    assert report.verdict == f"cannot be judged: {report.refusal}"


def test_errors():
    def fails(policy, answers, rewards):
        raise RuntimeError("no such device")

    with pytest.raises(TargetError, match="update: fails raised RuntimeError: no such device"):
        og.audit_update(fails, "mean@1", 2)
    with pytest.raises(TargetError, match=r"update: expected \(policy, answers, rewards\)"):
        og.audit_update(lambda rewards: rewards, "mean@1", 2)
    with pytest.raises(InvalidInputError, match="n: expected an integer of at least K = 4, got 2"):
        og.audit_update(updates.right, "max@4", 2)
    with pytest.raises(InvalidInputError, match="policies: expected one or more Problems, got"):
        og.audit_update(updates.right, "max@2", 3, policies=[TABLE])
    with pytest.raises(InvalidInputError, match="policies: expected one or more Problems, got 3"):
        og.audit_update(updates.right, "max@2", 3, policies=3)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({(): [0.5, 0.6]}, "sum to one"),
        ({(1,): [0.5, 0.5]}, "the empty prefix"),
        ({(): [0.5, 0.5], (1,): [1.0]}, "rows of one length"),
        ({(): [0.5, 0.5], (1, 1): [0.5, 0.5]}, "can be reached"),
    ],
)
def test_a_table_that_is_no_policy(table, says):
    with pytest.raises(InvalidInputError, match=f"table: expected .*{says}.*, got"):
        TablePolicy(table)


def test_an_answer_without_a_reward():
    with pytest.raises(InvalidInputError, match=r"rewards: expected .*, got none for \(1, 1\)"):
        Problem(TABLE, {(0,): 1, (1, 0): 3})


def test_the_score_of_an_answer_is_the_derivative_of_its_log_probability():
    policy = TablePolicy(TABLE)
    for answer in REWARDS:
        assert policy.score(answer).ravel().tolist() == [float(x) for x in score(answer)]
        assert abs(policy.log_probs(answer).sum() - np.log(float(chance(answer)))) < 1e-15
