"""Law (28): the mean over a group's samples of what a trainer is given, times scores, is ∇J without bias.

So what it is given is K times the canonical advantage of the samples that count, by enumeration.
"""

from fractions import Fraction as F
from types import SimpleNamespace

import numpy as np
import pytest

from ordergrad_ref import definition
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError
from ordergrad_ref.integrations import rllm, slime
from ordergrad_ref.integrations.grouped import mean_advantages

REWARDS = [0.0, 3.0, 1.0, 1.0, 5.0, 0.0, 2.0, 2.0]
IDS = ["b", "a", "b", "a", "a", "b", "b", "a"]


def by_definition(rewards, ids, name, k, counts=None):
    counts = [True] * len(ids) if counts is None else counts
    answer = [F(0)] * len(ids)
    for g in set(ids):
        here = [i for i, j in enumerate(ids) if j == g and counts[i]]
        if len(here) > k:
            for i, x in zip(here, definition.advantage([F(rewards[i]) for i in here], name), strict=True):
                answer[i] = k * x
    return [float(x) for x in answer]


@pytest.mark.parametrize(("name", "k"), [("mean@1", 1), ("max@2", 2), ("max@3", 3), ("median@3", 3)])
def test_interleaved_groups(name, k):
    came = mean_advantages(REWARDS, IDS, name)
    assert np.allclose(came, by_definition(REWARDS, IDS, name, k), rtol=0, atol=1e-14)


def test_a_sample_that_does_not_count_is_no_sibling():
    counts = [True] * 4 + [False] + [True] * 3
    came = mean_advantages(REWARDS, IDS, "max@2", counts)
    assert np.allclose(came, by_definition(REWARDS, IDS, "max@2", 2, counts), rtol=0, atol=1e-14)
    changed = [*REWARDS[:4], np.nan, *REWARDS[5:]]
    assert mean_advantages(changed, IDS, "max@2", counts).tolist() == came.tolist()


def test_what_is_too_small_is_left_out_alone_and_refused_together():
    assert mean_advantages([1, 2, 3, 9, 9], [0, 0, 0, 1, 1], "max@2")[3:].tolist() == [0, 0]
    with pytest.raises(GroupTooSmallError, match=r"groups: expected at least 5 samples .*, got at most 4"):
        mean_advantages(REWARDS, IDS, "max@4")
    assert mean_advantages(REWARDS, IDS, "max@4", [False] * 8).tolist() == [0] * 8


def test_an_objective_of_a_smaller_k_is_taken_for_one():
    assert (
        mean_advantages(REWARDS, IDS, "mean@16").tolist() == mean_advantages(REWARDS, IDS, "mean@1").tolist()
    )


def test_errors():
    with pytest.raises(InvalidInputError, match="groups: expected an id for each of 8 rewards, got 7"):
        mean_advantages(REWARDS, IDS[1:], "max@2")
    with pytest.raises(InvalidInputError, match="objective: expected an integer K, got"):
        mean_advantages(REWARDS, IDS, "max@2.5")
    with pytest.raises(NonFiniteRewardError):
        mean_advantages([np.nan, *REWARDS[1:]], IDS, "max@2")


def test_rllm_s_signature():
    groups = [np.array([0.0, 1.0, 3.0]), np.array([2.0, 2.0, 5.0, 0.0])]
    advantages, returns = rllm.estimator("max@2")(groups, SimpleNamespace(), traj_groups=[])
    assert [a.shape for a in advantages] == [(3,), (4,)]
    for a, r in zip(advantages, groups, strict=True):
        assert np.allclose(a, by_definition(r, [0] * len(r), "max@2", 2), rtol=0, atol=1e-14)
    assert returns is advantages
    assert rllm.estimator("max@2")([], None) == ([], [])


class Sample:
    """A stand-in of slime's, as ``slime/utils/types.py`` has it."""

    def __init__(self, reward, group_index=None, remove_sample=False):
        self.reward, self.group_index, self.remove_sample = reward, group_index, remove_sample

    def get_reward_value(self, args):
        return self.reward


def test_slime_s_signature():
    post_process = slime.rewards_post_process("max@2")
    args = SimpleNamespace(n_samples_per_prompt=4)
    raw, trained = post_process(args, [Sample(r) for r in REWARDS])
    assert raw == REWARDS
    assert np.allclose(trained, by_definition(REWARDS, [0] * 4 + [1] * 4, "max@2", 2), rtol=0, atol=1e-14)
    samples = [Sample(r, i, i == "a" and r == 5) for r, i in zip(REWARDS, IDS, strict=True)]
    counts = [not s.remove_sample for s in samples]
    came = post_process(args, samples)[1]
    assert np.allclose(came, by_definition(REWARDS, IDS, "max@2", 2, counts), rtol=0, atol=1e-14)
