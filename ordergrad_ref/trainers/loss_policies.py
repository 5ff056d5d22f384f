"""Small policies at which the expected gradient of a loss is computed, as `expected` does for an update.

The answers of a policy are told apart by their first tokens; all further tokens are certain.
"""

from collections.abc import Sequence
from itertools import combinations, combinations_with_replacement
from math import factorial, prod

import numpy as np

from ordergrad_ref import population
from ordergrad_ref._types import Floats
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.trainers.angles import compared
from ordergrad_ref.trainers.characterisation import include_one
from ordergrad_ref.trainers.expected import batches
from ordergrad_ref.trainers.loss_weights import LossWeights
from ordergrad_ref.trainers.report import Answer, OnPolicy
from ordergrad_ref.trainers.samples import ByType, Sample

__all__ = ["at_policy", "smallest_policy"]

CLEAR = 1e-6
"""Degrees from which on an angle counts."""


def smallest_policy(by_type: ByType, objective: LStatistic) -> list[OnPolicy]:
    """Find the fewest types, equally likely and told apart by their first token, where the angle is not 0."""
    for m in (2, 3):
        tried = [
            _on_policy(by_type, chosen, objective) for chosen in combinations(range(len(by_type.types)), m)
        ]
        wrong = [p for p in tried if p is not None and p.angle > CLEAR]
        if wrong:
            return [max(wrong, key=lambda p: p.angle)]
    return []


def _on_policy(by_type: ByType, chosen: tuple[int, ...], objective: LStatistic) -> OnPolicy | None:
    """Compute the expected gradient by the logits of the first token. Spec eqs. (98), (100)."""
    m, n = len(chosen), by_type.n
    p = 1 / m
    g, q = np.zeros(m), np.zeros(m)
    for others in combinations_with_replacement(range(m), n - 1):
        arrangements = factorial(n - 1) // prod(factorial(others.count(i)) for i in range(m))
        weight = arrangements * p ** (n - 1)
        rest = tuple(chosen[o] for o in others)
        for i, b in enumerate(chosen):
            g[i] += weight * n * by_type.mean[tuple(sorted((*rest, b))), b][0]
            rewards = tuple(by_type.types[o].reward for o in rest)
            q[i] += weight * objective.k * float(include_one(by_type.types[b].reward, rewards, objective))
    expected, true = p * (g - g.mean()), p * (q - q.mean())
    if not abs(true).max() > 0:
        return None
    angle, constant, residual = compared(expected, true)
    answers = tuple(Answer(None, by_type.types[b].length, by_type.types[b].reward, p) for b in chosen)
    return OnPolicy(
        f"{m} answers, equally likely", answers, tuple(expected), tuple(true), angle, constant, residual
    )


def at_policy(
    weigh: LossWeights, types: Sequence[Sample], objective: LStatistic, n: int, *, elsewhere: bool = False
) -> OnPolicy:
    """Call a loss with the log-probabilities of a policy, for all batches. Spec eq. (100).

    Parameters
    ----------
    weigh : LossWeights
        The loss.
    types : sequence of Samples
        The answers are the first three of different rewards, not all equally likely.
    objective : LStatistic
        The objective.
    n : int
        Group size N.
    elsewhere : bool
        Whether another policy sampled.
    """
    answers = list({s.reward: s for s in types}.values())[:3]
    shares = np.array([2.0, 1.0, 1.0])[: len(answers)]
    p, other = shares / shares.sum(), shares[::-1] / shares.sum()
    sampling = other if elsewhere else p
    g = np.zeros(len(p))
    for batch, chance in batches(sampling.tolist(), n, every_order=False):
        orders = {batch, batch[::-1]}
        for order in orders:
            now, before = (_first_tokens(weigh, x[list(order)]) for x in (p, sampling))
            weights = weigh([answers[b] for b in order], now, old=before)
            np.add.at(g, list(order), chance / len(orders) * weights[:, 0])
    expected = g - p * g.sum()
    by_mass = np.asarray(population.gradient([float(s.reward) for s in answers], p, objective))
    true = p * (by_mass - p @ by_mass)
    return OnPolicy(
        f"{len(p)} answers{', sampled by another policy' if elsewhere else ''}",
        tuple(Answer(None, s.length, s.reward, float(x)) for s, x in zip(answers, p, strict=True)),
        tuple(expected.tolist()),
        tuple(true.tolist()),
        *compared(expected, true),
        off_policy=elsewhere,
    )


def _first_tokens(weigh: LossWeights, probabilities: Floats) -> Floats:
    """Log-probabilities ``(N, T)`` of answers whose further tokens are certain."""
    log_probs = np.zeros_like(weigh.some_log_probs(len(probabilities)))
    log_probs[:, 0] = np.log(probabilities)
    return log_probs
