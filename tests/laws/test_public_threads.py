"""Every bug of ``docs/guides/laws.md`` is planted once more, in a copy of a few lines, and must be caught.

Each copy is written here: what went wrong, and nothing of the code in which it did. The published estimators
are accused of none of it; updates that are right are asked in tests/trainers.
"""

import re
from fractions import Fraction as F
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from helpers import updates

import ordergrad_ref as og
from ordergrad_ref.errors import GroupTooSmallError, NonFiniteRewardError
from ordergrad_ref.integrations.grouped import mean_advantages

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "laws.md"


# ---- copies of estimators: what is asked of them, and what must be said


def raw_scores_below_the_best(rewards):
    a = rewards.astype(float)
    best = a.argmax()
    a[best] -= np.delete(a, best).max()
    return a


def of_the_right_shape(rewards):
    return rewards - rewards.max()


def float32_mean_of_equals(rewards):
    """Seven rewards 0.1, whose sum is rounded, get −.0074 each."""
    r = rewards.astype(np.float32)
    return (r - r.mean()) / (r.std() + np.float32(1e-6))


def flag_that_does_nothing(rewards, norm_by_std=True):
    return (rewards - rewards.mean()) / (rewards.std() + 1e-6)


def leave_one_out_over_spread(rewards):
    others = (rewards.sum() - rewards) / (len(rewards) - 1)
    return (rewards - others) / (rewards.std() + 1e-6)


def residue_over_itself(rewards):
    """What rounding has left of equal rewards is divided by its own size."""
    r = rewards.astype(np.float32)
    centred = r - r.mean()
    size = np.sqrt((centred**2).mean())
    return centred / size if size > 0 else centred


def zeros_where_k_is_n(rewards, k):
    return np.zeros(len(rewards)) if k >= len(rewards) else og.advantage(rewards, f"max@{k}")


def over_spread(rewards):
    return (rewards - rewards.mean()) / (rewards.std() + 1e-4)


def tail_of_whole_ranks(rewards):
    ranked = np.sort(rewards)[: int(0.4 * len(rewards))]
    return np.where(rewards <= ranked[-1], rewards - ranked[-1], 0.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("copy", "objective", "n", "law", "thread"),
    [
        (raw_scores_below_the_best, "max@2", 4, "unbiased", "hiyouga/EasyR1 issue 585"),
        (of_the_right_shape, "mean@1", 4, "unbiased", "verl-project/verl pull 7325"),
        (
            lambda r: flag_that_does_nothing(r, norm_by_std=False),
            "mean@1",
            4,
            "unbiased",
            "verl-project/verl 7893",
        ),
        (leave_one_out_over_spread, "mean@1", 4, "unbiased", "NVIDIA-NeMo/RL issue 1518"),
        (over_spread, "mean@1", 4, "unbiased", "thinking-machines-lab/tinker-cookbook issue 579"),
        (tail_of_whole_ranks, "cvar(0.4)@4", 5, "unbiased", "yingchengyang/CPPO issue 2"),
    ],
    ids=lambda x: x if isinstance(x, str) and "/" in x else "",
)
def test_a_copy_breaks_its_law(copy, objective, n, law, thread):
    report = og.audit(copy, objective, n)
    holds = report.unbiased if law == "unbiased" else report.finding(law).holds
    assert holds is False


@pytest.mark.slow
@pytest.mark.parametrize("copy", [float32_mean_of_equals, residue_over_itself])
def test_equal_rewards_whose_sum_is_rounded(copy):
    """verl-project/verl pull 4598, NVIDIA-NeMo/RL pull 4161: seen in a default audit, at any size."""
    for n in (7, 8):
        assert og.audit(copy, "mean@1", n).finding("zero_on_equal_rewards").holds is False


@pytest.mark.slow
def test_no_signal_is_said():
    """rllm-org/rllm pull 743: at K = N, its own example, nothing is learned, and nobody is told."""
    report = og.audit(zeros_where_k_is_n, "max@3", 3)
    assert report.constant == 0
    with pytest.raises(GroupTooSmallError, match="groups: expected at least 4 samples"):
        mean_advantages([0.0, 1.0, 2.0], [0, 0, 0], "max@3")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("copy", "objective", "constant"),
    [
        (lambda r: (r - r.mean()) / len(r), "mean@1", F(3, 16)),  # tajwarfahim/maxrl issue 1: 1/N
        (lambda r: r - r.mean(), "mean@1", F(3, 4)),  # tinker-cookbook pull 135: (N−1)/N
        (lambda r, k: k * og.advantage(r, f"max@{k}"), "max@2", 1),  # Passk_Training issue 8: K = 2,
        (lambda r, k: k * og.advantage(r, f"max@{k}"), "max@3", 1),  # and the same step at K = 3
        (lambda r, k: og.advantage(r, f"max@{k}"), "max@3", F(1, 3)),  # where another one shrinks with K
    ],
)
def test_a_constant_is_told_and_is_no_bug(copy, objective, constant):
    report = og.audit(copy, objective, 4)
    assert (report.unbiased, report.constant) == (True, constant)


def test_best_of_k_by_bootstrap_is_no_estimate_of_it():
    """verl-project/verl pull 7240: of four samples, one solved, best@4 is one, and a bootstrap says .684."""
    rewards = [F(0), F(0), F(0), F(1)]
    drawn = [max(d) for d in product(rewards, repeat=4)]
    assert round(float(sum(drawn) / F(len(drawn))), 3) == 0.684
    assert og.value(rewards, "max@4") == 1


def test_groups_of_one_are_answered_alike():
    """verl-project/verl pulls 7581, 6348: two paths for one estimator disagreed on them."""
    loop = mean_advantages([5.0, 0.0, 1.0], ["one", "two", "two"], "mean@1")
    table = og.advantage([[5.0]], "mean@1", small_groups="zero")
    assert loop[0] == table[0, 0] == 0


# ---- copies of updates


def reshaped(policy, answers, rewards, groups):
    """Groups of several sizes are taken for groups of one: by place, not by id."""
    return updates.by_place(policy, answers, rewards, groups)


def spreading_nan(policy, answers, rewards):
    r = np.where(np.asarray(rewards) == 4, np.nan, rewards)  # one reward that could not be had
    return updates.summed(policy, answers, r - r.mean())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("copy", "cause", "thread"),
    [
        (reshaped, "interleaved ids", "THUDM/slime issues 1414, 2230"),
        (updates.by_place, "interleaved ids", "PrimeIntellect-ai/prime-rl pull 600"),
        (updates.live_groups_only, "filtering of groups", "a filter that changes the normaliser"),
        (updates.masked_siblings, "masked siblings", "a masked sibling that still counts"),
        (updates.split_group, "group split", "a group split over ranks"),
        (updates.without_duplicates, "duplicates", "duplicated rows"),
    ],
)
def test_a_copy_of_an_update_is_caught(copy, cause, thread):
    report = og.audit_update(
        copy, "max@2", 4, policies=og.trainers.policies.PROBLEMS[1:2], types=[(0, 1), (1, 2), (3, 1)]
    )
    assert cause in [c.name for c in report.causes]


def test_a_nan_that_spreads_is_refused():
    """Tencent-Hunyuan/UniRL pull 335."""
    assert "not finite" in og.audit_update(spreading_nan, "mean@1", 3).refusal
    with pytest.raises(NonFiniteRewardError):
        og.advantage([0.0, np.nan, 1.0, 2.0], "max@2")


def test_groups_of_several_sizes_go_by_their_ids():
    """areal-project/AReaL issue 1419: after samples were dropped, a table had rows of two prompts."""
    rewards, ids = [0.0, 1.0, 3.0, 5.0, 2.0], ["a", "a", "a", "b", "b"]
    by_hand = [*(1.0 * og.definition.advantage([F(0), F(1), F(3)], "mean@1")[i] for i in range(3)), 3.0, -3.0]
    assert mean_advantages(rewards, ids, "mean@1").tolist() == [float(x) for x in by_hand]


@pytest.mark.slow
@pytest.mark.parametrize("name", og.maxk.FAMILY)
def test_no_published_estimator_is_accused(name):
    """Each of the eleven does what its contract says: no law is broken that it claims."""
    contract = og.maxk.FAMILY[name].contract
    report = og.audit(name, contract.objective(4, 2), 4)
    assert report.unbiased is (contract.constant is not None)
    assert report.finding("centred").holds is contract.centred
    for law in ("zero_on_equal_rewards", "groups_apart", "deterministic", "input_unchanged"):
        if law != "zero_on_equal_rewards" or contract.centred:
            assert report.finding(law).holds is not False


def test_the_guide_cites_what_is_planted():
    said = re.findall(
        r"^\| ([\w./-]+/[\w.-]+) (?:issues?|pulls?|\d)", GUIDE.read_text(encoding="utf-8"), re.MULTILINE
    )
    here = Path(__file__).read_text(encoding="utf-8")
    missing = {project for project in said if project.split("/")[1] not in here}
    assert len(said) >= 15
    assert missing <= {"huggingface/trl"}  # the wish for a hook, which is no bug
