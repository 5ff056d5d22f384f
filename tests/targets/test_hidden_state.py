"""What a first call leaves behind: found by a copy that was made before it, and left out of every call."""

import numpy as np
import pytest

import ordergrad_ref as og


def first_baseline():
    """The mean of the first rewards, for all rewards ever after."""
    baseline = None

    def advantage(rewards):
        nonlocal baseline
        if baseline is None:
            baseline = rewards.mean()
        return rewards - baseline

    return advantage


def first_size():
    kept = {}

    def advantage(rewards):
        return (rewards - rewards.mean()) / kept.setdefault("scale", 1 + abs(rewards).max())

    return advantage


def in_a_default(rewards, kept=[]):  # noqa: B006
    kept.append(rewards.mean())
    return rewards - kept[0]


class FirstBaseline:
    def __init__(self):
        self.baseline = None

    def __call__(self, rewards):
        if self.baseline is None:
            self.baseline = rewards.mean()
        return rewards - self.baseline


@pytest.mark.slow
@pytest.mark.parametrize("function", [first_baseline(), in_a_default, FirstBaseline()])
def test_a_baseline_kept_from_the_first_call_is_that_of_the_rewards_themselves(function):
    report = og.audit(function, "mean@1", n=4)
    assert report.constant == og.audit(lambda x: x - x.mean(), "mean@1", n=4).constant
    assert "keeps state" in report.called_with


def test_a_size_kept_from_the_first_call_divides_by_the_rewards_themselves():
    assert og.audit(first_size(), "mean@1", n=4).unbiased is False


def test_what_is_kept_for_others_to_see_is_no_state():
    seen = []

    def advantage(rewards):
        seen.append(rewards.copy())
        return rewards - np.mean(rewards)

    report = og.audit(advantage, "mean@1", n=4)
    assert report.unbiased
    assert "keeps state" not in report.called_with
    assert seen
