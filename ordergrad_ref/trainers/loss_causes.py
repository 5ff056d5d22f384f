"""Causes of bias that show where the log-probabilities of a loss move: terms of them, and old policies."""

from collections.abc import Sequence

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.agreement import tolerance
from ordergrad_ref.trainers.loss_weights import LossWeights
from ordergrad_ref.trainers.off_policy_causes import Away
from ordergrad_ref.trainers.samples import Sample

__all__ = ["away_from", "own_log_prob_counts"]


def own_log_prob_counts(weigh: LossWeights, types: Sequence[Sample], n: int) -> bool:
    """Make one token of the first answer less likely, and see whether that answer's weights move."""
    batch, log_probs = _batch(types, n), weigh.some_log_probs(n)
    less = log_probs.copy()
    less[0, 1] -= 1
    before, after = weigh(batch, log_probs), weigh(batch, less)
    return bool(abs(after - before)[0].max() > tolerance(weigh.unit_roundoff) * abs(before).max())


def away_from(weigh: LossWeights, types: Sequence[Sample], n: int) -> tuple[Floats, Away]:
    """Return the weights of a batch where the policy sampled itself, and a function for where another did."""
    batch, log_probs = _batch(types, n), weigh.some_log_probs(n)
    lengths = np.array([[s.length] for s in batch])
    pattern = np.cos(np.arange(log_probs.size)).reshape(log_probs.shape)
    tokens = np.arange(log_probs.shape[1]) < lengths

    def away(by: float) -> tuple[Floats, Floats]:
        log_ratios = by * pattern * tokens
        return weigh(batch, log_probs, old=log_probs - log_ratios), log_ratios

    return weigh(batch, log_probs), away


def _batch(types: Sequence[Sample], n: int) -> list[Sample]:
    """N answers of one or two tokens, with the rewards of the types: a loss may take no others."""
    rewards = list(dict.fromkeys(s.reward for s in types))
    return [Sample(rewards[i % len(rewards)], 2 - i % 2) for i in range(n)]
