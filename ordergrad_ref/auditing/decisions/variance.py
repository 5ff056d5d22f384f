"""The exact variance of a gradient estimator on a known policy: a sum over multisets, in rationals.

The estimator ``ĝ = (1/N) Σ_i A_i ∇_θ log p(x_i)`` of a softmax policy depends on a batch through the counts
of its rewards and the sum of the advantages at each. So its mean and its covariance are finite sums, spec
eq. (65), and no simulation is needed. Where several actions have the same reward, the variance within each
reward is added, spec eq. (71).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import comb, factorial, lcm, prod
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref import population
from ordergrad_ref.agreement import ROUNDINGS
from ordergrad_ref.auditing.decisions.multisets import Multisets
from ordergrad_ref.auditing.decisions.rationals import as_float, within
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.objectives import LStatistic

__all__ = [
    "PROBLEMS",
    "Moments",
    "Problem",
    "Variance",
    "canonical_sums",
    "moments",
    "true_gradient",
    "variance",
]

Table: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """A softmax policy over actions with a few different rewards, with a name.

    Attributes
    ----------
    name : str
        What reports call it.
    rewards, probabilities : tuples of m Fractions
        The distribution of the rewards.
    offset : Fraction
        What was added to all rewards of the problem of that name.
    actions : int
        How many equally likely actions there are for each reward.
    """

    name: str
    rewards: tuple[Fraction, ...]
    probabilities: tuple[Fraction, ...]
    offset: Fraction = Fraction(0)
    actions: int = 1

    def shifted(self, offset: Fraction) -> "Problem":
        """Add a number to all rewards."""
        return replace(self, rewards=tuple(r + offset for r in self.rewards), offset=self.offset + offset)

    def batches(self, n: int) -> Table:
        """Return all batches of n rewards up to order, the least first, ``(M, n)``."""
        return Multisets(n, self.rewards).table


def _problem(name: str, rewards: str, probabilities: str, actions: int = 1) -> Problem:
    r, p = (tuple(map(Fraction, numbers.split())) for numbers in (rewards, probabilities))
    return Problem(name, r, p, actions=actions)


PROBLEMS = (
    _problem("coin", "0 1", "1/2 1/2"),
    _problem("sparse binary", "0 1", "7/8 1/8"),
    _problem("rare success", "0 1", "63/64 1/64"),
    _problem("nearly solved", "0 1", "1/16 15/16"),
    _problem("graded", "0 1 2 3", "1/4 1/4 1/4 1/4"),
    _problem("heavy tail", "0 1 4 64", "1/2 1/4 3/16 1/16"),
    _problem("coin, 4 actions a reward", "0 1", "1/2 1/2", 4),
    _problem("sparse binary, 4 actions a reward", "0 1", "7/8 1/8", 4),
    _problem("rare success, 4 actions a reward", "0 1", "63/64 1/64", 4),
    _problem("nearly solved, 4 actions a reward", "0 1", "1/16 15/16", 4),
)
"""The problems of a full audit: which estimator varies least depends on how many actions share a reward."""


@dataclass(frozen=True)
class Moments:
    """``E ĝ`` and ``tr Cov ĝ`` of a policy, exact. Spec eqs. (65), (71).

    With M equally likely actions for each reward, the logit of an action has ``1/M`` of the expected gradient
    by the logit of its reward: so squared lengths, and the trace of the reward-level part, are those by the
    logits of the rewards divided by M.

    Attributes
    ----------
    mean : tuple of m Fractions
        ``E ĝ`` by the logits of the rewards.
    covariance : tuple of m tuples of m Fractions
        ``Cov ĝ`` by the logits of the rewards: all of it where each reward belongs to one action.
    within : Fraction
        ``(1/N) E[A_1² σ²(x_1)]``, with ``σ² = 1 − 1/M``.
    actions : int
        M.
    """

    mean: tuple[Fraction, ...]
    covariance: tuple[tuple[Fraction, ...], ...]
    within: Fraction = Fraction(0)
    actions: int = 1

    @property
    def total_variance(self) -> Fraction:
        """``tr Cov ĝ`` by the logits of the actions. Spec eq. (71)."""
        return (
            sum((row[i] for i, row in enumerate(self.covariance)), Fraction(0)) / self.actions + self.within
        )

    @property
    def signal_to_noise(self) -> float | None:
        """``|E ĝ|² / tr Cov ĝ``, ``None`` where nothing varies. Spec eq. (66)."""
        noise = self.total_variance
        signal = sum((x * x for x in self.mean), Fraction(0)) / self.actions
        return as_float(signal / noise) if noise else None


@dataclass(frozen=True)
class Variance:
    """The variance of an estimator on one problem at one size, beside the canonical one's.

    Attributes
    ----------
    problem : Problem
        The policy; its rewards include its offset.
    n, k : int
        Group size, and the objective's K.
    moments : Moments
        Of ``ĝ`` as the function has it.
    scale : Fraction or None
        The constant that ĝ is divided by to compare: ``⟨E ĝ, ∇J⟩ / |∇J|²``, which is c where it is
        unbiased. ``None`` where it is not positive.
    canonical : Fraction or None
        ``tr Cov`` of the canonical estimator of ``∇J``; ``None`` where spec eq. (38) has none.
    exact : bool
        Whether all advantages were recognised as fractions, so that every number here is exact.
    """

    problem: Problem
    n: int
    k: int
    moments: Moments
    scale: Fraction | None
    canonical: Fraction | None
    exact: bool

    @property
    def offset(self) -> Fraction:
        """What was added to all rewards of the named problem."""
        return self.problem.offset

    @property
    def total(self) -> Fraction | None:
        """``tr Cov(ĝ / scale)``: the variance as an estimator of ``∇J``. Spec eq. (66)."""
        return self.moments.total_variance / self.scale**2 if self.scale else None

    @property
    def ratio(self) -> Fraction | None:
        """The same divided by the canonical estimator's. Spec eq. (66)."""
        return self.total / self.canonical if self.total is not None and self.canonical else None


def variance(
    problem: Problem, n: int, objective: LStatistic, advantages: Table, u: float = 2.0**-53
) -> Variance:
    """Compute mean and covariance of ``(1/N) Σ_i A_i ∇_θ log π(a_i)`` exactly. Spec eqs. (65), (66), (71).

    The advantages are taken for the fractions that they are rounded from where all are recognised as such,
    else for the binary fractions that they are.

    Parameters
    ----------
    problem : Problem
        The policy.
    n : int
        Group size N.
    objective : LStatistic
        Whose gradient ``∇J`` is to be estimated.
    advantages : (M, n) array
        The estimator's answer to ``problem.batches(n)``.
    u : float
        Unit roundoff of the advantages.
    """
    multisets = Multisets(n, problem.rewards)
    sums, exact = _sums(multisets, advantages, objective.k, u)
    found = moments(multisets.counts, sums, problem.probabilities, problem.actions)
    true = true_gradient(problem, objective)
    along = sum((a * b for a, b in zip(found.mean, true, strict=True)), Fraction(0))
    norm = sum((b * b for b in true), Fraction(0))
    best = canonical_sums(multisets, objective)
    canonical = None
    if best is not None:
        canonical = moments(multisets.counts, best, problem.probabilities, problem.actions).total_variance
    scale = along / norm if norm and along > 0 else None
    return Variance(problem, n, objective.k, found, scale, canonical, exact)


def moments(
    counts: NDArray[np.int64],
    sums: Sequence[Sequence[Fraction]],
    probabilities: Sequence[Fraction],
    actions: int = 1,
) -> Moments:
    """``E ĝ`` and ``Cov ĝ`` over multisets n: ``ĝ_b = (S_b − p_b Σ_c S_c)/N``. Spec eqs. (65), (71).

    The part within rewards is ``(1/N²) E[Σ_b S_b²/n_b] (1 − 1/M)``: equal rewards have equal advantages here,
    so that ``S_b²/n_b`` is the sum of their squares.

    Parameters
    ----------
    counts : (M, m) array
        The multisets of N rewards: how often each value occurs.
    sums : (M, m) Fractions
        ``S_b``, the sum of the advantages of the rewards of value b.
    probabilities : m Fractions
        The policy.
    actions : int
        M, how many equally likely actions there are for each reward.

    Examples
    --------
    >>> moments(np.array([[1, 0], [0, 1]]), [[0, 0], [0, 1]], [Fraction(1, 2), Fraction(1, 2)]).mean
    (Fraction(-1, 4), Fraction(1, 4))
    """
    m = len(probabilities)
    n = int(counts[0].sum())
    first = [Fraction(0)] * m
    second = [[Fraction(0)] * m for _ in range(m)]
    squares = Fraction(0)
    for count, s in zip(counts.tolist(), sums, strict=True):
        ways = factorial(n) // prod(factorial(c) for c in count)
        chance = ways * prod((p**c for p, c in zip(probabilities, count, strict=True)), start=Fraction(1))
        squares += chance * sum((x * x / c for x, c in zip(s, count, strict=True) if c), Fraction(0))
        total = sum(s)
        g = [(x - p * total) / n for x, p in zip(s, probabilities, strict=True)]
        for a in range(m):
            weighted = chance * g[a]
            first[a] += weighted
            for b in range(a + 1):
                second[a][b] += weighted * g[b]
    covariance = [[second[max(a, b)][min(a, b)] - first[a] * first[b] for b in range(m)] for a in range(m)]
    within = squares / n**2 * (1 - Fraction(1, actions))
    return Moments(tuple(first), tuple(map(tuple, covariance)), within, actions)


def true_gradient(problem: Problem, objective: LStatistic) -> list[Fraction]:
    """``∂J/∂θ_b = K p_b ā_b`` by the logits of the rewards. Spec eq. (34)."""
    advantages = population.advantage(_objects(problem.rewards), _objects(problem.probabilities), objective)
    return [objective.k * p * a for p, a in zip(problem.probabilities, advantages.tolist(), strict=True)]


def canonical_sums(multisets: Multisets, objective: LStatistic) -> list[list[Fraction]] | None:
    """``K S_b`` of the canonical advantage, exactly, so that it estimates ``∇J``; ``None`` if none exists.

    Values next to each other differ by ``d_s N/(N−1) e_t^(N−1)``, t the number of rewards at most the lower;
    values that do not occur have no sum. Spec eqs. (25), (38).
    """
    n, alpha = multisets.n, objective if objective.k < multisets.n else objective.reduced()
    if alpha.k >= n:
        return None
    e = [Fraction(0), *rank_weights.elevated_exact(n - 1, alpha), Fraction(0)]
    gaps = [(high - low) * Fraction(n, n - 1) * alpha.k for low, high in pairwise(multisets.values)]
    sums = []
    for count in multisets.counts.tolist():
        level, advantages, at_most = Fraction(0), [Fraction(0)], 0
        for c, gap in zip(count, gaps, strict=False):
            at_most += c
            level += gap * e[at_most]
            advantages.append(level)
        centre = sum((c * a for c, a in zip(count, advantages, strict=True)), Fraction(0)) / n
        sums.append([c * (a - centre) for c, a in zip(count, advantages, strict=True)])
    return sums


def _objects(xs: Sequence[Fraction]) -> NDArray[np.object_]:
    return np.array(xs, dtype=object)


def _sums(multisets: Multisets, advantages: Table, k: int, u: float) -> tuple[list[list[Fraction]], bool]:
    """``S_b`` on each multiset: of the fractions that the advantages are, where all are recognised."""
    n = multisets.n
    means = np.nan_to_num(multisets.mean_by_value(multisets.table, advantages))
    precision = np.broadcast_to(ROUNDINGS * u * abs(advantages).max(axis=1, keepdims=True), means.shape)
    denominator = n * (n - 1) * lcm(comb(n - 1, k - 1), comb(n - 2, k - 1) or 1) if n > 1 else 1
    pairs = set(zip(means.ravel().tolist(), precision.ravel().tolist(), strict=True))
    fractions = {(x, e): within(x, e, denominator) for x, e in pairs}
    exact = None not in fractions.values()

    def number(x: float, e: float) -> Fraction:
        fraction = fractions[x, e]
        return fraction if exact and fraction is not None else Fraction(x)

    rows = zip(multisets.counts.tolist(), means.tolist(), precision.tolist(), strict=True)
    return [[c * number(x, e) for c, x, e in zip(*row, strict=True)] for row in rows], exact
