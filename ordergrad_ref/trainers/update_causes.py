"""Causes of bias that an update alone can have: KL terms, old policies, masks, several groups."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, get_args

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.agreement import tolerance
from ordergrad_ref.trainers.cause import Cause, cause
from ordergrad_ref.trainers.kl_terms import FOLLOWS, Estimator, estimate, slope
from ordergrad_ref.trainers.policies import tilted, uniform
from ordergrad_ref.trainers.recovery import Recovered, branches
from ordergrad_ref.trainers.samples import Sample
from ordergrad_ref.trainers.update_calls import Update

__all__ = ["causes_of_update", "off_policy_causes"]

LIMIT = tolerance(2.0**-53)
REWARDS = (1, 5, 0, 2, 9, 3, 7, 4)
TILTS = ((0.4, -0.3, 0.2, 0.1, -0.2, 0.3, -0.1, 0.15), (-0.5, 0.25, -0.1, 0.3, 0.1, -0.4, 0.2, -0.25))
"""Log-ratios of first tokens' probabilities to equal ones: two patterns, as few rewards could hide one."""


def causes_of_update(update: Update, weigh: Recovered, n: int) -> Iterator[Cause]:
    """Find KL terms, masked siblings, and groups that do not leave each other alone. Spec eqs. (98), (99)."""
    policy = list(_of_policy(update, weigh, n))
    yield from policy if weigh.explained else [cause("term beside")]
    if update.takes("mask"):
        yield from _of_masks(weigh, n)
    if update.takes("groups"):
        yield from _of_groups(weigh, n)


def off_policy_causes(weigh: Recovered, n: int) -> Iterator[Cause]:
    """Compare the weights where another policy sampled with ratios times those on policy. Spec eq. (101)."""
    batch = [Sample(r, 1 + i % 2) for i, r in enumerate(_rewards(n))]
    policy, answers = branches([s.length for s in batch])
    old = tilted(policy, 0.75)
    of_tokens = [np.exp(policy.log_probs(a) - old.log_probs(a)) for a in answers]
    on, off = weigh(batch), weigh(batch, old=old)
    by_token, by_answer = on.copy(), on.copy()
    for i, ratios in enumerate(of_tokens):
        by_token[i, : len(ratios)] *= ratios
        by_answer[i] *= ratios.prod()
    if _equal(off, on) and not _equal(by_token, on):
        yield cause("stale samples")
    elif not _equal(off, by_token) and not _equal(off, by_answer):
        yield cause("clipping")


def _of_policy(update: Update, weigh: Recovered, n: int) -> Iterator[Cause]:
    """Change the probabilities of first tokens, rewards equal: what moves is a term of the policy."""
    tilts = [np.array((t * n)[:n]) for t in TILTS]
    for tilt in tilts:
        tilt[-1] = 0.0
    further: dict[str, Any] = {"reference": uniform} if update.takes("reference") else {}
    flat = _batch([Fraction(1)] * n)
    at_equal = weigh(flat, **further)[:, 0]
    moved = np.array([weigh(flat, tilt, **further)[:, 0] - at_equal for tilt in tilts])
    largest = float(abs(weigh(_batch(_rewards(n)), **further)).max())
    if abs(moved).max() <= LIMIT * largest:
        return
    kept = moved[:, -1]  # of the answer whose probability is as it was
    if abs(kept).max() <= LIMIT * abs(moved).max():
        yield _of_loss(moved, np.array(tilts))
    else:
        yield _of_reward(weigh, moved, at_equal, tilts)


def _of_loss(moved: Floats, tilts: Floats) -> Cause:
    for estimator in get_args(Estimator):
        beta = _multiple(-moved, slope(tilts, estimator))
        if beta is not None:
            follows = FOLLOWS[estimator, "loss"]
            return cause(
                "KL in the loss", f": {estimator}, with weight {beta:.6g} on a token; it follows {follows}"
            )
    return cause("KL in the loss", ", or another term of the probabilities, that is none of k1, k2, k3")


def _of_reward(weigh: Recovered, moved: Floats, at_equal: Floats, tilts: list[Floats]) -> Cause:
    for estimator in get_args(Estimator):
        as_rewards = [
            weigh(_batch([1 - Fraction(float(k)) for k in estimate(tilt, estimator)]))[:, 0] - at_equal
            for tilt in tilts
        ]
        beta = _multiple(moved, np.array(as_rewards))
        if beta is not None:
            follows = FOLLOWS[estimator, "reward"]
            return cause("KL in the reward", f": {estimator}, with weight {beta:.6g}; it follows {follows}")
    return cause("KL in the reward", ", of a form that is not recognised")


def _of_masks(weigh: Recovered, n: int) -> Iterator[Cause]:
    """Mask the first answer wholly: it has no weight then, and its reward changes nobody else's."""
    rewards = _rewards(n)
    mask = [[bool(i)] for i in range(n)]
    first = weigh(_batch(rewards), mask=mask)[:, 0]
    other = weigh(_batch([rewards[0] + 11, *rewards[1:]]), mask=mask)[:, 0]
    if abs(first[0]) > LIMIT * abs(first).max() or not _equal(first[1:], other[1:]):
        yield cause("masked siblings")


def _of_groups(weigh: Recovered, n: int) -> Iterator[Cause]:
    """Change the rewards of a second group: those of the first keep their weights."""
    mine, ids = _rewards(n), [0] * n + [1] * n
    blocks = list(range(2 * n))
    woven = sorted(blocks, key=lambda i: i % n)

    def beside(theirs: list[Fraction], order: list[int]) -> Floats:
        both, weights = [*mine, *theirs], np.zeros(2 * n)
        weights[order] = weigh(_batch([both[i] for i in order]), groups=[ids[i] for i in order])[:, 0]
        return weights[:n]

    some = beside([Fraction(r) for r in range(n)], blocks)
    others = beside([Fraction(3 * r * r) for r in range(n)], blocks)
    equal = beside([Fraction(1)] * n, blocks)
    interleaved = beside([Fraction(r) for r in range(n)], woven)
    if not _equal(some, interleaved):
        yield cause("interleaved ids")
    if not _equal(some, others):
        yield cause("divisor")
    elif not _equal(some, equal):
        yield cause("filtering of groups")


def _batch(rewards: list[Fraction]) -> list[Sample]:
    return [Sample(r, 1) for r in rewards]


def _rewards(n: int) -> list[Fraction]:
    return [Fraction(r) for r in (REWARDS * n)[:n]]


def _equal(x: Floats, y: Floats) -> bool:
    return bool(abs(x - y).max(initial=0.0) <= LIMIT * max(abs(x).max(initial=0.0), abs(y).max(initial=0.0)))


def _multiple(x: Floats, y: Floats) -> float | None:
    """Return the factor by which x is a multiple of y; ``None`` where it is none."""
    if not (y * y).sum():
        return None
    factor = float((x * y).sum() / (y * y).sum())
    return factor if abs(x - factor * y).max() <= 100 * LIMIT * abs(x).max() else None
