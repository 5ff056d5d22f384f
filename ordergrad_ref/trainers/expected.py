"""The expected update at a small policy, by enumeration of all batches. Spec eq. (100)."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement, product
from math import factorial, prod

import numpy as np

from ordergrad_ref import population
from ordergrad_ref._types import Floats
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.trainers.angles import compared
from ordergrad_ref.trainers.lending import Policy
from ordergrad_ref.trainers.policies import Problem, TablePolicy
from ordergrad_ref.trainers.report import Answer, OnPolicy
from ordergrad_ref.trainers.update_calls import Update

__all__ = ["batches", "expected_update", "true_gradient"]

MOST_BATCHES = 20_000
"""The most batches of one policy: beyond, a verdict would take minutes."""


def batches(
    probabilities: Sequence[float], n: int, *, every_order: bool
) -> Iterator[tuple[tuple[int, ...], float]]:
    """Yield all batches of n answers, as indices, each with its exact probability.

    Parameters
    ----------
    probabilities : m floats
        Of the answers.
    n : int
        Group size N.
    every_order : bool
        Whether all orders of a batch are yielded, or one that stands for all.
    """
    m = len(probabilities)
    count = m**n if every_order else factorial(n + m - 1) // factorial(n) // factorial(m - 1)
    if count > MOST_BATCHES:
        raise InvalidInputError(
            f"policies: expected at most {MOST_BATCHES} batches, got {count} of n = {n} from {m} answers; "
            "pass a smaller policy"
        )
    if every_order:
        for batch in product(range(m), repeat=n):
            yield batch, prod(probabilities[i] for i in batch)
        return
    for batch in combinations_with_replacement(range(m), n):
        orders = factorial(n) // prod(factorial(c) for c in Counter(batch).values())
        yield batch, orders * prod(probabilities[i] for i in batch)


def true_gradient(problem: Problem, objective: LStatistic) -> Floats:
    """``∇J = Σ_a p_a (∂J/∂p_a) ∇log p_a``, by all parameters of the policy. Spec eqs. (33), (100)."""
    by_mass = population.gradient(problem.rewards, problem.probabilities, objective)
    scores = np.array([problem.policy.score(a) for a in problem.answers])
    return np.tensordot(problem.probabilities * np.asarray(by_mass), scores, axes=1)


def expected_update(
    update: Update,
    problem: Problem,
    objective: LStatistic,
    n: int,
    *,
    every_order: bool,
    sampling: Policy | None = None,
    reference: TablePolicy | None = None,
    progress: Callable[[], None] = lambda: None,
) -> OnPolicy:
    """Compare ``Σ_batches P(batch) g(batch)`` with ∇J at one policy. Spec eq. (100).

    Parameters
    ----------
    update : Update
        The update g.
    problem : Problem
        The policy, its answers and their rewards.
    objective : LStatistic
        The objective.
    n : int
        Group size N.
    every_order : bool
        Whether all orders of each batch are asked for.
    sampling : TablePolicy or ModulePolicy, optional
        The policy that samples; by default the policy itself.
    reference : TablePolicy, optional
        The reference policy; by default the policy itself.
    progress : callable
        Called for each batch.
    """
    source = problem.policy if sampling is None else sampling
    chances = [source.probability(a) for a in problem.answers]
    true = true_gradient(problem, objective)
    mean = np.zeros_like(true)
    square = total = 0.0
    for batch, p in batches(chances, n, every_order=every_order):
        answers = [problem.answers[i] for i in batch]
        rewards = [float(problem.rewards[i]) for i in batch]
        gradient = update(problem.policy, answers, rewards, old=sampling, reference=reference)
        mean += p * gradient
        square += p * float((gradient**2).sum())
        total += p
        progress()
    mean, square = mean / total, square / total
    angle, constant, residual = compared(mean.ravel(), true.ravel())
    variance = max(square - float((mean**2).sum()), 0.0)
    found = zip(problem.answers, problem.rewards, problem.probabilities, strict=True)
    return OnPolicy(
        problem.name + ("" if sampling is None else ", sampled by another policy"),
        tuple(Answer(a, len(a), float(r), float(p)) for a, r, p in found),
        tuple(mean.ravel().tolist()),
        tuple(true.ravel().tolist()),
        angle,
        constant,
        residual,
        variance,
        sampling is not None,
    )
