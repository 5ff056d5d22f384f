"""Objectives of K samples that are no L-statistics: majority votes, diversity, any symmetric function.

``J = E[T(X_1 … X_K)]`` for a symmetric T of K samples of any kind: rewards, answers, programs. What sections
3, 5.1, 7 and 8.2 of the specification prove holds of every such T, see its section 11.10. Subsets are
enumerated in exact rationals, and T is called with each as a list, in three orders, to see whether it is
symmetric. Where there are too many subsets, `sampled_advantage` draws some.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations
from math import sqrt
from random import Random
from typing import Any, NamedTuple, TypeAlias

from ordergrad_ref.definition.l_statistics import exact
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, shown
from ordergrad_ref.objectives.exact_numbers import integer

__all__ = ["Sampled", "advantage", "inclusion", "leave_one_out", "sampled_advantage", "value"]

LARGEST_K = 10**6
"""Samples in a subset at most: a larger number is a mistake."""

Function: TypeAlias = Callable[[list[Any]], Any]
"""T, of K samples in any order."""


class Sampled(NamedTuple):
    """Advantages from some of the subsets, N floats, and the standard error of each."""

    advantages: list[float]
    standard_errors: list[float]


def value(samples: Sequence[Any], k: int, function: Function) -> Fraction:
    """Average ``T(S)`` over all subsets ``S`` of ``K`` of the samples. Spec eq. (17).

    Parameters
    ----------
    samples : N objects
        One batch.
    k : int
        K, from 1 to N.
    function : callable
        T: takes a list of K samples in any order, and returns a finite number; it is taken exactly.

    Returns
    -------
    Fraction

    Raises
    ------
    GroupTooSmallError
        Where ``N < K``.
    InvalidInputError
        Where T returns no finite number, or another one for another order.

    Examples
    --------
    >>> value("aab", 2, lambda answers: len(set(answers)))
    Fraction(5, 3)
    """
    of = _subsets(samples, k, function, left_out=0)
    return _mean(list(of.values()))


def inclusion(samples: Sequence[Any], k: int, function: Function) -> list[Fraction]:
    """Average ``T(S)`` over the subsets that contain ``i``, for each ``i``. Spec eq. (18).

    Parameters, errors: see `value`.

    Examples
    --------
    >>> inclusion("aab", 2, lambda answers: len(set(answers)))
    [Fraction(3, 2), Fraction(3, 2), Fraction(2, 1)]
    """
    of = _subsets(samples, k, function, left_out=0)
    return [_mean([t for s, t in of.items() if i in s]) for i in range(len(samples))]


def leave_one_out(samples: Sequence[Any], k: int, function: Function) -> list[Fraction]:
    """Average ``T(S)`` over the subsets that do not contain ``i``, for each ``i``. Spec eq. (19).

    Parameters, errors: see `value`; needs ``N > K``.

    Examples
    --------
    >>> leave_one_out("aab", 2, lambda answers: len(set(answers)))
    [Fraction(2, 1), Fraction(2, 1), Fraction(1, 1)]
    """
    of = _subsets(samples, k, function, left_out=1)
    return [_mean([t for s, t in of.items() if i not in s]) for i in range(len(samples))]


def advantage(samples: Sequence[Any], k: int, function: Function) -> list[Fraction]:
    """Subtract leave-one-out from include-one: ``A_i = q_i − v^(−i)``. Spec eq. (20).

    Unbiased with ``c = 1/K`` and centred, and the only advantage that is both: spec section 11.10.

    Parameters, errors: see `value`; needs ``N > K``.

    Examples
    --------
    Majority of three answers, of which "x" is right, ties counted as the share of the right one:

    >>> from statistics import multimode
    >>> def majority(answers):
    ...     best = multimode(answers)
    ...     return Fraction("x" in best, len(best))
    >>> advantage(["x", "x", "y", "z"], 3, majority)
    [Fraction(4, 9), Fraction(4, 9), Fraction(-4, 9), Fraction(-4, 9)]
    """
    of = _subsets(samples, k, function, left_out=1)
    return [
        _mean([t for s, t in of.items() if i in s]) - _mean([t for s, t in of.items() if i not in s])
        for i in range(len(samples))
    ]


def sampled_advantage(samples: Sequence[Any], k: int, function: Function, draws: int, seed: int) -> Sampled:
    """Estimate the advantages from some random subsets, without bias, and say how far off they are.

    ``A_i`` is the covariance of ``T(S)`` with ``W_i(S) = N/K`` where S contains i, else ``−N/(N−K)``, and the
    covariance of a sample of subsets, with the divisor ``draws − 1``, has that expectation. Spec eq. (97). So
    the gradient stays unbiased, and the advantages add up to zero as the exact ones do.

    Parameters
    ----------
    samples, k, function
        As for `value`; needs ``N > K``.
    draws : int
        How many subsets are drawn, at least 2, independently and uniformly.
    seed : int
        Of the draws: the same seed gives the same answer.

    Returns
    -------
    Sampled
        The standard errors are those of the draws, given the batch, estimated from their spread.

    Raises
    ------
    GroupTooSmallError
        Where ``N ≤ K``.
    InvalidInputError
        For any other wrong argument, and as `value`.

    Examples
    --------
    >>> found = sampled_advantage("aab", 2, lambda answers: len(set(answers)), draws=1000, seed=0)
    >>> [round(a, 1) for a in found.advantages], max(found.standard_errors) < 0.05
    ([-0.5, -0.5, 1.0], True)
    """
    k = _size(samples, k, left_out=1)
    draws = integer(draws, "draws", 2, 10**9, "2 <= draws <= 1 000 000 000")
    random, n = Random(integer(seed, "seed", -(2**64), 2**64, "a 64-bit integer")), len(samples)
    sets = [frozenset(random.sample(range(n), k)) for _ in range(draws)]
    values = [float(_number(function([samples[i] for i in s]))) for s in sets]
    mean = sum(values) / draws
    advantages, errors = [], []
    for i in range(n):
        weights = [n / k if i in s else -n / (n - k) for s in sets]
        centre = sum(weights) / draws
        products = [(t - mean) * (w - centre) for t, w in zip(values, weights, strict=True)]
        found = sum(products) / (draws - 1)
        spread = sum((x - found) ** 2 for x in products) / (draws - 1)
        advantages.append(found)
        errors.append(sqrt(spread / draws))
    return Sampled(advantages, errors)


def _subsets(
    samples: Sequence[Any], k: int, function: Function, left_out: int
) -> dict[tuple[int, ...], Fraction]:
    """``T(S)`` of every subset S of K places."""
    k = _size(samples, k, left_out)
    return {s: _symmetric(function, [samples[i] for i in s]) for s in combinations(range(len(samples)), k)}


def _symmetric(function: Function, subset: list[Any]) -> Fraction:
    """Call T with a subset, with its first two exchanged and with its first moved to the end."""
    first, *others = (
        _number(function(order))
        for order in (subset[:], [*subset[1::-1], *subset[2:]], [*subset[1:], *subset[:1]])
    )
    if any(other != first for other in others):
        raise InvalidInputError(
            f"function: expected one that does not see the order of its samples, got {first} and "
            f"{next(other for other in others if other != first)} for two orders of {shown(subset)}"
        )
    return first


def _number(answer: Any) -> Fraction:
    return exact(answer, "function")


def _mean(values: list[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _size(samples: Sequence[Any], k: int, left_out: int) -> int:
    k = integer(k, "k", 1, LARGEST_K, f"1 <= k <= {LARGEST_K}")
    if len(samples) < k + left_out:
        raise GroupTooSmallError(
            f"samples: expected at least {k + left_out} for K = {k}{' and one left out' * left_out}, got "
            f"{len(samples)}"
        )
    return k
