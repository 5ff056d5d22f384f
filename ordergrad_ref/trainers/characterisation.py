"""Whether weights on log-probabilities follow an objective's gradient, for every policy. Spec eq. (98).

For answers of the given types, the update ``E[Σ_i Σ_t w_it ∇log π(y_it | y_i,<t)]`` is ``c ∇J`` for every
policy iff for each multiset n of ``N − 1`` others, each position t, and all types b, b′ of at least t
tokens::

    w_t(b; n) − w_t(b′; n) = c (K/N) [q(b; n) − q(b′; n)]

where ``w_t(b; n)`` is the mean weight of the t-th token of an answer of type b among others n, and q the
include-one value of the rewards. This file takes numbers and calls nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement, pairwise

import numpy as np

from ordergrad_ref.agreement import ROUNDINGS, constant_precision, tolerance
from ordergrad_ref.auditing.decisions.rationals import recognised
from ordergrad_ref.definition import inclusion
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.trainers.samples import ByType, Sample

__all__ = ["Judgement", "Mismatch", "include_one", "judged"]


@dataclass(frozen=True)
class Mismatch:
    """Two answers among the same others, whose weights differ by what they should not.

    Attributes
    ----------
    others : tuple of N − 1 Samples
        The others.
    first, second : Sample
        The two answers.
    position : int
        The token, counted from 1.
    came, right : float
        The difference of their weights, second less first, and what it should be.
    """

    others: tuple[Sample, ...]
    first: Sample
    second: Sample
    position: int
    came: float
    right: float

    def __str__(self) -> str:
        """Write rewards and lengths, and both differences."""
        others = ", ".join(f"({s.reward}, {s.length})" for s in self.others)
        one, two = (f"({s.reward}, {s.length})" for s in (self.first, self.second))
        return (
            f"Among others of (reward, length) {others}, the weight of token {self.position} of an answer "
            f"{two} less that of an answer {one} is {self.came:.6g}; by the constant that fits best "
            f"it should be {self.right:.6g}."
        )


@dataclass(frozen=True)
class Judgement:
    """What spec eq. (98) says of weights on a few types.

    Attributes
    ----------
    holds : bool or None
        Whether one constant that is not zero fits; ``None`` where roundings hide it.
    constant : Fraction, float or None
        The constant c; ``None`` where none fits.
    fitted : float
        The constant that fits the largest signal.
    residual : float
        The largest violation, relative to the largest difference.
    mismatch : Mismatch or None
        The smallest violation in rewards and lengths: the fewest types, then the fewest tokens.
    """

    holds: bool | None
    constant: Fraction | float | None
    fitted: float
    residual: float
    mismatch: Mismatch | None


def judged(by_type: ByType, objective: LStatistic, u: float, without_equal: bool = False) -> Judgement:
    """Decide spec eq. (98) on the types at hand.

    Parameters
    ----------
    by_type : ByType
        The mean weights.
    objective : LStatistic
        The objective.
    u : float
        The unit roundoff of the dtype in which the weights were computed.
    without_equal : bool
        Leave out batches all of whose rewards are equal.

    Raises
    ------
    InvalidInputError
        Where the types have one and the same reward, so that there is nothing to estimate.
    """
    pairs = _pairs(by_type, objective, without_equal)
    came = np.array([p[0] for p in pairs])
    right = np.array([p[1] for p in pairs])
    if not right.any():
        raise InvalidInputError(
            f"types: expected rewards on which {objective} has a gradient, got "
            f"{sorted({str(s.reward) for s in by_type.types})}; there is nothing to estimate"
        )
    scale, limit = float(abs(came).max()), tolerance(u)
    rounding = ROUNDINGS * u * by_type.largest
    if scale <= rounding:  # nothing differs, or nothing that rounding could not explain
        return Judgement(None if scale else False, None if scale else Fraction(0), 0.0, 0.0, None)
    fits = [
        float(came @ right / (right @ right)),
        float(came[abs(right).argmax()] / right[abs(right).argmax()]),
    ]
    worst, c = min((float(abs(came - c * right).max()), c) for c in fits)
    residual = worst / scale
    if residual <= limit:
        precision = constant_precision(u, worst / (abs(c) * float(abs(right).max())) if c else 0.0)
        return Judgement(True, recognised(c, precision), c, residual, None)
    if rounding > limit * scale:
        return Judgement(None, None, c, residual, None)
    return Judgement(False, None, c, residual, _smallest(pairs, c, limit * scale))


def _pairs(
    by_type: ByType, objective: LStatistic, without_equal: bool
) -> list[tuple[float, float, tuple[int, ...], int, int, int, ByType]]:
    types, n = by_type.types, by_type.n
    share = Fraction(objective.k, n)
    pairs = []
    for others in combinations_with_replacement(range(len(types)), n - 1):
        rewards = tuple(types[o].reward for o in others)
        for t in range(max(s.length for s in types)):
            alive = [b for b, s in enumerate(types) if s.length > t]
            if without_equal:
                alive = [b for b in alive if {types[b].reward, *rewards} != {types[b].reward}]
            for first, second in pairwise(alive):
                w = [by_type.mean[tuple(sorted((*others, b))), b][t] for b in (first, second)]
                q = [include_one(types[b].reward, rewards, objective) for b in (first, second)]
                pairs.append(
                    (float(w[1] - w[0]), float(share * (q[1] - q[0])), others, first, second, t, by_type)
                )
    return pairs


@cache
def include_one(reward: Fraction, others: tuple[Fraction, ...], objective: LStatistic) -> Fraction:
    """``q(b; n)``: the include-one value of a reward among others, by definition. Spec eq. (18)."""
    return inclusion([reward, *others], objective)[0]


def _smallest(
    pairs: Sequence[tuple[float, float, tuple[int, ...], int, int, int, ByType]], c: float, limit: float
) -> Mismatch:
    """Find the violation of fewest different types, then fewest tokens, that is clearly one."""
    wrong = [p for p in pairs if abs(p[0] - c * p[1]) > limit]
    clear = max(abs(p[0] - c * p[1]) for p in wrong) / 4

    def size(pair: tuple[float, float, tuple[int, ...], int, int, int, ByType]) -> tuple[bool, int, int, int]:
        came, right, others, first, second, t, found = pair
        types = [found.types[b] for b in (*others, first, second)]
        return abs(came - c * right) < clear, len({*types}), sum(s.length for s in types), t

    came, right, others, first, second, t, found = min(wrong, key=size)
    types = found.types
    return Mismatch(tuple(types[o] for o in others), types[first], types[second], t + 1, came, c * right)
