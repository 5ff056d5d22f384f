"""How much a gradient estimate varies on a known policy: exactly, in polynomial time, without simulation.

A policy chooses among m actions, softmax logits are its parameters, and N actions are sampled. ``ĝ = Σ_i w_i
∇_θ log π(a_i)`` estimates the gradient of an objective by the weights of an estimator, each in its unbiased
scale, so that all estimate the same ``∇J``. Several actions may have the same reward. One distribution is
answered at a time, as NumPy arrays: floats, or exact rationals where rewards and probabilities are. The cost
is that of O(m N²) probabilities and O(m² N²) products; below a second at m = 64, N = 1024.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref import baselines, batch, population
from ordergrad_ref._types import Array, Table
from ordergrad_ref.arrays.distributions import one_distribution
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.closed_forms.advantage_moments import advantage_moments, covariance_of_sums
from ordergrad_ref.closed_forms.rounding import in_kind
from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.maxk import FAMILY
from ordergrad_ref.objectives import LStatistic, Objective, RealK
from ordergrad_ref.objectives import objective as as_objective
from ordergrad_ref.objectives.exact_numbers import integer
from ordergrad_ref.published import takes_k

__all__ = ["ESTIMATORS", "Moments", "limit", "moments"]

LARGEST_N = 4096
"""Samples at most: the batches of zeros and ones are N² numbers, and so are the transitions of the counts."""

LARGEST_M = 128
"""Different rewards at most: m² pairs of samples, each with m boundaries, are 64 MiB."""

_WEIGHTS: dict[str, Callable[[Table, LStatistic], Table]] = {
    "advantage": batch.score_weights,
    "inclusion": lambda x, alpha: batch.inclusion(x, alpha) * in_kind(Fraction(alpha.k, x.shape[-1]), x),
    "plug_in": lambda x, alpha: baselines.plug_in(x, alpha) * in_kind(Fraction(alpha.k, x.shape[-1]), x),
}

ESTIMATORS = (*_WEIGHTS, "optimal", *(name for name in FAMILY if name != "grpo"))
"""What `moments` knows: the canonical, no, the plug-in and the optimal baseline; and the max@K family."""


@dataclass(frozen=True)
class Moments:
    """Mean and covariance of a gradient estimate. Spec eqs. (65), (71), (89).

    Attributes
    ----------
    mean : (m,) array
        ``E ĝ``, one number for each action's logit; ``∇J`` where the estimator is unbiased.
    covariance : (m, m) array
        ``Cov ĝ``.
    within : number
        ``N E[w_1² σ²(x_1)]``, the part of the total variance that several actions with one reward cause.
    """

    mean: Array
    covariance: Array
    within: Any

    @property
    def total_variance(self) -> Any:
        """``tr Cov ĝ``. Spec eq. (71)."""
        return np.trace(self.covariance)

    @property
    def signal_to_noise(self) -> Any:
        """``|E ĝ|² / tr Cov ĝ``, ``None`` where nothing varies. Spec eq. (66)."""
        return (self.mean @ self.mean) / self.total_variance if self.total_variance else None


def moments(
    rewards: ArrayLike,
    probabilities: ArrayLike,
    objective: LStatistic | str,
    n: int,
    estimator: str = "advantage",
) -> Moments:
    """Compute mean and covariance of an estimate of ``∇J`` from N samples. Spec eqs. (87)–(89).

    Every estimator that is linear in the gaps adds up what it answers to rewards 0 and 1, and so its second
    moments follow from the trinomial law of how many samples lie at or below each of two boundaries.

    Parameters
    ----------
    rewards, probabilities : (m,) arrays
        Of each action. Exact rationals are answered exactly. Of floats, second moments are subtracted from
        each other: a variance that is very much smaller loses digits, and rationals lose none.
    objective : LStatistic or str
        The objective, or its spelling.
    n : int
        Group size N, ``2 … 4096``.
    estimator : str
        ``"advantage"``, the canonical advantage; ``"inclusion"``, include-one values without a baseline;
        ``"plug_in"`` and ``"optimal"``, the baselines of `ordergrad_ref.baselines`; or the name of one of
        `ordergrad_ref.maxk` whose objective this is.

    Returns
    -------
    Moments

    Raises
    ------
    GroupTooSmallError
        Where the estimator needs more samples.
    UnknownObjectiveError
        Where a spelling names no objective.
    NonFiniteRewardError
        Where a number is not finite.
    InvalidInputError
        For any other wrong argument: an unknown or biased estimator, one of another objective, or ``maxrl``
        on rewards other than 0 and 1, on which alone it is linear.

    Examples
    --------
    The figure of OrderGrad, arXiv 2606.06096, for 8 arms and N = 64, without simulation:

    >>> policy = np.exp(np.random.default_rng(0).normal(size=8))
    >>> of_figure = moments(np.arange(8.0), policy / policy.sum(), "max@4", 64)
    >>> round(float(of_figure.total_variance), 8)
    0.01989631

    >>> half = Fraction(1, 2)
    >>> moments([0, 1], [half, half], "max@2", 4).total_variance
    Fraction(1, 12)
    """
    alpha = _integer_k(objective)
    n = integer(n, "n", 2, LARGEST_N, f"2 <= n <= {LARGEST_N}")
    r, p = one_distribution(rewards, probabilities)
    if not isinstance(estimator, str) or estimator not in ESTIMATORS:
        raise InvalidInputError(f"estimator: {expected_one_of(ESTIMATORS, estimator)}")
    values, place = np.unique(r[p > 0], return_inverse=True)
    if len(values) > LARGEST_M:
        raise InvalidInputError(
            f"rewards: expected at most {LARGEST_M} different ones, got {len(values)}; round them"
        )
    actions = p[p > 0]
    of_values = np.array([actions[place == v].sum() for v in range(len(values))], dtype=p.dtype)
    above, below = _weights_of_steps(estimator, alpha, n, values, of_values)
    gaps = np.append(values[:1], np.diff(values))
    of_rewards = advantage_moments(gaps, of_values, above, below)
    of_actions = type(of_rewards)(
        of_rewards.mean[place], of_rewards.square[place], of_rewards.product[np.ix_(place, place)]
    )
    centre = np.eye(len(actions), dtype=int) - actions[:, None]  # the score of action b is e_b − π
    covariance = centre @ covariance_of_sums(of_actions, actions, n) @ centre.T
    spread = 1 - np.array([((actions[place == v] / of_values[v]) ** 2).sum() for v in range(len(values))])
    sampled = np.flatnonzero(p > 0)
    mean, everywhere = p - p, np.multiply.outer(p - p, p - p)
    mean[sampled] = centre @ (n * actions * of_actions.mean)
    everywhere[np.ix_(sampled, sampled)] = covariance
    return Moments(mean, everywhere, n * (of_values * of_rewards.square) @ spread)


def limit(
    rewards: ArrayLike,
    probabilities: ArrayLike,
    objective: LStatistic | str,
    estimator: str = "advantage",
) -> Array:
    """Compute ``lim N Cov ĝ`` as N grows: the covariance of the estimate's influence. Spec eq. (96).

    ``Cov ψ(X)``, ``ψ(a) = (K q̄_a − β) s(a) + Σ_b π_b (∂²J/∂p_a ∂p_b) s(b)``, s the scores, and β the limit of
    K times the baseline: 0 for ``"inclusion"`` and ``"pkpo"``, ``K J_(K−1)`` for ``"pkpo_loo_minus_one"``,
    ``K J`` for all others.

    Arguments, errors: see `moments`; of the family, those whose objective does not depend on N.

    Returns
    -------
    (m, m) array

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> np.trace(limit([0, 1], [half, half], "max@2"))
    Fraction(1, 8)
    """
    alpha = _integer_k(objective)
    r, p = one_distribution(rewards, probabilities)
    known = [name for name in ESTIMATORS if name not in ("runner_up_gap", "maxrl")]
    if not isinstance(estimator, str) or estimator not in known:
        raise InvalidInputError(f"estimator: {expected_one_of(known, estimator)}")
    k = alpha.k
    if estimator in FAMILY:
        _of_objective(estimator, alpha, k + 2, r)
    baseline = r[0] - r[0]
    if estimator == "pkpo_loo_minus_one" and k > 1:
        baseline = population.value(r, p, f"max@{k - 1}")
    elif estimator not in ("inclusion", "pkpo", "pkpo_loo_minus_one"):
        baseline = population.value(r, p, alpha)
    score = np.eye(len(p), dtype=int) - p
    influence = (population.inclusion(r, p, alpha) - baseline)[:, None] * k * score
    influence = influence + (population.hessian(r, p, alpha) * p) @ score
    centred = influence - p @ influence
    return centred.T @ (p[:, None] * centred)


def _weights_of_steps(
    estimator: str, alpha: LStatistic, n: int, values: Array, probabilities: Array
) -> tuple[Table, Table]:
    """What a sample above, and one below a boundary gets, for C = 0 … N at or below it. Spec eq. (87)."""
    if estimator == "optimal":
        return _optimal(alpha, n, probabilities)
    ones = np.arange(n)[None, :] >= np.arange(n + 1)[:, None]  # row C has C zeros, then ones
    zero_and_one = [Fraction(0), Fraction(1)] if values.dtype == object else [0.0, 1.0]
    batches = np.array(zero_and_one)[ones.astype(int)]
    weights = _of_objective(estimator, alpha, n, values)(batches, alpha)
    m = len(values)
    return np.broadcast_to(weights[:, -1], (m, n + 1)), np.broadcast_to(weights[:, 0], (m, n + 1))


def _optimal(alpha: LStatistic, n: int, probabilities: Array) -> tuple[Table, Table]:
    """``F_t e_(C+1)`` above and ``−(1−F_t) e_C`` below boundary t, times K/N. Spec eq. (90)."""
    exact = probabilities.dtype == object
    e = np.array(rank_weights.elevated_exact(n, alpha), object) if exact else rank_weights.elevated(n, alpha)
    e = e * in_kind(Fraction(alpha.k, n), probabilities)
    below = np.append(probabilities[:1] * 0, np.cumsum(probabilities)[:-1])
    rest = np.cumsum(probabilities[::-1])[::-1]
    return np.multiply.outer(below, np.append(e, 0)), -np.multiply.outer(rest, np.append(0, e))


def _of_objective(
    estimator: str, alpha: LStatistic, n: int, values: Array
) -> Callable[[Table, LStatistic], Table]:
    if estimator in _WEIGHTS:
        return _WEIGHTS[estimator]
    contract = FAMILY[estimator].contract
    if contract.objective(n, alpha.k) != alpha:
        raise InvalidInputError(
            f"estimator: expected one for the gradient of {alpha} in groups of {n}, got {estimator!r}, which "
            f"is for {contract.target}; 'advantage' is for every objective"
        )
    if contract.domain == "binary" and any(x not in (0, 1) for x in values):
        raise InvalidInputError(f"rewards: expected only 0 and 1 for {estimator}, got {values[-1]}")

    def weights(x: Table, alpha: LStatistic) -> Table:
        return FAMILY[estimator](x, *[alpha.k] * takes_k(FAMILY[estimator]), scale="gradient")

    return weights


def _integer_k(objective: Objective | str) -> LStatistic:
    alpha = as_objective(objective)
    if isinstance(alpha, RealK):
        raise InvalidInputError(
            f"objective: expected an integer K, got {alpha}, whose batch estimator is biased"
        )
    return alpha
