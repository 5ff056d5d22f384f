"""Causes of bias that an update alone can have: KL terms, old policies, masks, several groups."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, get_args

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.trainers.cause import Cause, cause
from ordergrad_ref.trainers.kl_terms import FOLLOWS, Estimator, estimate, slope
from ordergrad_ref.trainers.length_causes import some_rewards
from ordergrad_ref.trainers.off_policy_causes import Away
from ordergrad_ref.trainers.policies import tilted, uniform
from ordergrad_ref.trainers.recovery import Recovered, branches
from ordergrad_ref.trainers.samples import Sample
from ordergrad_ref.trainers.update_calls import Update

__all__ = ["away_from", "causes_of_update", "norm_is_fixed"]

TILTS = ((0.4, -0.3, 0.2, 0.1, -0.2, 0.3, -0.1, 0.15), (-0.5, 0.25, -0.1, 0.3, 0.1, -0.4, 0.2, -0.25))
"""Log-ratios of first tokens' probabilities to equal ones: two patterns, as few rewards could hide one."""

ENTROPY = "; it is given no reference: that of a uniform one is an entropy bonus"


def causes_of_update(update: Update, weigh: Recovered, n: int) -> Iterator[Cause]:
    """Find KL terms, masked siblings, and groups that do not leave each other alone. Spec eqs. (98), (99)."""
    policy = list(_of_policy(update, weigh, n))
    yield from policy if weigh.explained else [cause("term beside")]
    if weigh.explained and n > 1 and _equal_answers_differ(update, weigh, n):
        yield cause("duplicates")
    if update.takes("mask"):
        yield from _of_masks(weigh, n)
    if update.takes("groups"):
        yield from _of_groups(weigh, n)


def away_from(weigh: Recovered, n: int) -> tuple[Floats, Away]:
    """Return the weights of a batch where the policy sampled itself, and a function for where another did."""
    batch = [Sample(r, 1 + i % 2) for i, r in enumerate(some_rewards(n))]
    policy, answers = branches([s.length for s in batch])

    def away(by: float) -> tuple[Floats, Floats]:
        old = tilted(policy, by)
        weights = weigh(batch, old=old)
        log_ratios = np.zeros_like(weights)
        for i, a in enumerate(answers):
            log_ratios[i, : len(a)] = policy.log_probs(a) - old.log_probs(a)
        return weights, log_ratios

    return weigh(batch), away


def _of_policy(update: Update, weigh: Recovered, n: int) -> Iterator[Cause]:
    """Change the probabilities of first tokens, rewards equal: what moves is a term of the policy."""
    tilts = [np.array((t * n)[:n]) for t in TILTS]
    for tilt in tilts:
        tilt[-1] = 0.0
    further: dict[str, Any] = {"reference": uniform} if update.takes("reference") else {}
    flat = _batch([Fraction(1)] * n)
    at_equal = weigh(flat, **further)[:, 0]
    moved = np.array([weigh(flat, tilt, **further)[:, 0] - at_equal for tilt in tilts])
    largest = float(abs(weigh(_batch(some_rewards(n)), **further)).max())
    if abs(moved).max() <= weigh.limit * largest:
        if _own_probability_counts(weigh, n, further):
            yield cause("probabilities")
        return
    kept = moved[:, -1]  # of the answer whose probability is as it was
    if abs(kept).max() <= weigh.limit * abs(moved).max():
        yield _of_loss(moved, np.array(tilts), weigh.limit, uniform="" if further else ENTROPY)
    else:
        yield _of_reward(weigh, moved, at_equal, tilts)


def _own_probability_counts(weigh: Recovered, n: int, further: dict[str, Any]) -> bool:
    """Raise the probabilities of the first answer's tokens alone, and see whether its weights move."""
    batch, tilt = [Sample(r, 2) for r in some_rewards(n)], np.zeros(n)
    tilt[0] = np.log(2.5)  # what two tokens that are never sampled can spare
    return not weigh.equal(weigh(batch, **further)[:1], weigh(batch, tilt, **further)[:1])


def _equal_answers_differ(update: Update, weigh: Recovered, n: int) -> bool:
    """Sample one answer twice, the worst or the best, and see whether that counts as two of its type."""
    policy, answers = branches([1] * n)
    answers[1] = answers[0]
    for twice in (0, 10):
        rewards = [Fraction(twice)] * 2 + some_rewards(n)[: n - 2]
        came = update(policy, answers, [float(r) for r in rewards])
        weights = weigh(_batch(rewards))[:, 0]
        if not weigh.equal(came, sum(w * policy.score(a) for w, a in zip(weights, answers, strict=True))):
            return True
    return False


def norm_is_fixed(update: Update, n: int) -> bool:
    """Tell whether gradients of different batches of large rewards are equally long."""
    lengths = ([1] * n, [1 + i % 2 for i in range(n)], [2] * n)
    sizes = []
    for i, pattern in enumerate(lengths):
        policy, answers = branches(pattern)
        rewards = [1000.0 * float(r) for r in some_rewards(n + i)[i:]]
        sizes.append(float(np.linalg.norm(update(policy, answers, rewards))))
    return min(sizes) > 0 and max(sizes) - min(sizes) <= 1e-6 * max(sizes)


def _of_loss(moved: Floats, tilts: Floats, limit: float, *, uniform: str) -> Cause:
    for estimator in get_args(Estimator):
        beta = _multiple(-moved, slope(tilts, estimator), limit)
        if beta is not None:
            follows = FOLLOWS[estimator, "loss"] + uniform
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
        beta = _multiple(moved, np.array(as_rewards), weigh.limit)
        if beta is not None:
            follows = FOLLOWS[estimator, "reward"]
            return cause("KL in the reward", f": {estimator}, with weight {beta:.6g}; it follows {follows}")
    return cause("KL in the reward", ", of a form that is not recognised")


def _of_masks(weigh: Recovered, n: int) -> Iterator[Cause]:
    """Mask the first answer wholly: it has no weight then, and its reward changes nobody else's."""
    rewards = some_rewards(n)
    mask = [[bool(i)] for i in range(n)]
    first = weigh(_batch(rewards), mask=mask)[:, 0]
    other = weigh(_batch([rewards[0] + 11, *rewards[1:]]), mask=mask)[:, 0]
    if abs(first[0]) > weigh.limit * abs(first).max() or not weigh.equal(first[1:], other[1:]):
        yield cause("masked siblings")


def _of_groups(weigh: Recovered, n: int) -> Iterator[Cause]:
    """Change the rewards of a second group: those of the first keep their weights."""
    mine, ids = some_rewards(n), [0] * n + [1] * n
    blocks = list(range(2 * n))
    woven = sorted(blocks, key=lambda i: i % n)

    def beside(theirs: list[Fraction], order: list[int]) -> Floats:
        """The weights of mine, up to what they all have in common: a baseline may depend on anything."""
        both, weights = [*mine, *theirs], np.zeros(2 * n)
        weights[order] = weigh(_batch([both[i] for i in order]), groups=[ids[i] for i in order])[:, 0]
        return weights[:n] - weights[:n].mean()

    some = beside([Fraction(r) for r in range(n)], blocks)
    others = beside([Fraction(3 * r * r) for r in range(n)], blocks)
    equal = beside([Fraction(1)] * n, blocks)
    interleaved = beside([Fraction(r) for r in range(n)], woven)
    if not weigh.equal(some, interleaved):
        yield cause("interleaved ids")
    if not weigh.equal(some, others):
        yield cause("divisor")
    elif not weigh.equal(some, equal):
        yield cause("filtering of groups")


def _batch(rewards: list[Fraction]) -> list[Sample]:
    return [Sample(r, 1) for r in rewards]


def _multiple(x: Floats, y: Floats, limit: float) -> float | None:
    """Return the factor by which x is a multiple of y; ``None`` where it is none."""
    if not (y * y).sum():
        return None
    factor = float((x * y).sum() / (y * y).sum())
    return factor if abs(x - factor * y).max() <= 100 * limit * abs(x).max() else None
