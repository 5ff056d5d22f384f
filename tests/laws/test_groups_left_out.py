"""Theorem of section 11.2: what groups that are left out, and divisors, do to an expected gradient.

Two prompts, three answers with rewards 0, 1 and 3, groups of three, all batches in exact rationals. A prompt
has logits of its own, so that a gradient is a pair of vectors.
"""

from fractions import Fraction as F
from itertools import product
from math import prod

import pytest

import ordergrad_ref as og

REWARDS = [F(0), F(1), F(3)]
POLICIES = [[F(1, 2), F(1, 4), F(1, 4)], [F(9, 10), F(1, 20), F(1, 20)]]
N, SPELLING = 3, "max@2"


def groups():
    """Each prompt with each group of its answers: their chance, whether rewards differ, and the gradient."""
    for prompt, pi in enumerate(POLICIES):
        for answers in product(range(3), repeat=N):
            rewards = [REWARDS[a] for a in answers]
            w = og.score_weights(rewards, SPELLING)
            gradient = [F(0)] * 6
            for b in range(3):
                gradient[3 * prompt + b] = sum(
                    x * ((a == b) - pi[b]) for x, a in zip(w, answers, strict=True)
                )
            yield F(1, 2) * prod(pi[a] for a in answers), len(set(rewards)) > 1, prompt, rewards, gradient


GROUPS = list(groups())
GRADIENT = [sum(chance * g[b] for chance, _, _, _, g in GROUPS) for b in range(6)]
LIVE = [2 * sum(c for c, live, prompt, _, _ in GROUPS if live and prompt == x) for x in (0, 1)]


def expected(update):
    """The mean of an update over all batches of two groups."""
    batches = product(GROUPS, repeat=2)
    found = [F(0)] * 6
    for one, other in batches:
        for b, part in enumerate(update(one, other)):
            found[b] += one[0] * other[0] * part
    return found


def is_multiple(x, y):
    return all(a * d == b * c for (a, c), (b, d) in product(zip(x, y, strict=True), repeat=2))


@pytest.mark.slow
def test_the_mean_over_the_groups_that_are_left_keeps_the_direction():
    def mean_of_the_live(*batch):
        kept = [g for _, live, _, _, g in batch if live]
        return [sum(parts) / len(kept) for parts in zip(*kept, strict=True)] if kept else []

    live = sum(LIVE) / 2
    factor = (1 - (1 - live) ** 2) / live
    assert expected(mean_of_the_live) == [factor * g for g in GRADIENT]


def test_other_groups_of_the_same_prompt_weigh_each_prompt_by_its_own_chance():
    redrawn = [sum(c / LIVE[x] * g[b] for c, live, x, _, g in GROUPS if live) for b in range(6)]
    assert redrawn == [g / LIVE[b // 3] for b, g in enumerate(GRADIENT)]
    assert is_multiple(redrawn[:3], GRADIENT[:3])
    assert not is_multiple(redrawn, GRADIENT)


def test_of_two_samples_the_groups_that_are_left_have_one_gradient_whatever_the_policy():
    """The example: N = 2, the mean of rewards 0 and 1; the derivative by the logit of success is ½."""
    for pi in (F(1, 2), F(1, 10)):
        up, down = og.score_weights([F(1), F(0)], "mean@1")
        of_one_live_group = up * (1 - pi) - down * pi
        assert of_one_live_group == F(1, 2)


@pytest.mark.slow
def test_a_divisor_of_other_groups_keeps_the_direction_and_one_of_its_own_does_not():
    def largest(*batch):
        return 1 + max(max(rewards) for _, _, _, rewards, _ in batch)

    by_other = expected(lambda one, other: [g / largest(other) for g in one[4]])
    inverse = sum(c / (1 + max(rewards)) for c, _, _, rewards, _ in GROUPS)
    assert by_other == [inverse * g for g in GRADIENT]
    by_all = expected(lambda one, other: [g / largest(one, other) for g in one[4]])
    assert not is_multiple(by_all, GRADIENT)
