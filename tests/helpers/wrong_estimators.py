"""Estimators of the gradient of max@K that are wrong in a known way, some that are right, and what each is.

A wrong one is the right advantage with one mistake, such as is made in practice. Beside it stands what an
audit must say of it, from the mathematics: the constant c of spec eq. (36) (None where it is biased), and
whether it is centred, shift-invariant, permutation-equivariant and tie-consistent. All take one group of
rewards ``(N,)`` and K.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from math import comb, prod

import numpy as np


@dataclass(frozen=True)
class Truth:
    """What an estimator is; ``constant(n, k)`` gives c, or None."""

    constant: object
    centred: bool
    shift_invariant: bool
    permutation_equivariant: bool = field(default=True, kw_only=True)
    tie_consistent: bool = field(default=True, kw_only=True)


WRONG, RIGHT = {}, {}


def is_(register, *truth, **more):
    def decorate(function):
        register[function.__name__] = (function, Truth(*truth, **more))
        return function

    return decorate


def biased(n, k):
    return None


# ---- the right advantage, from its definition over subsets


MOST_SETS = 50_000


@cache
def comparisons(n, k):
    """Give the sets of K as indices ``(C, K)``, and which set holds which sample ``(C, N)``."""
    if comb(n, k) > MOST_SETS:
        raise ValueError(f"{comb(n, k)} sets of {k} of {n} rewards are too many to enumerate")
    sets = np.array(list(combinations(range(n), k)))
    holds = np.zeros((len(sets), n), dtype=bool)
    holds[np.arange(len(sets))[:, None], sets] = True
    return sets, holds


def include_one(x, k):
    sets, holds = comparisons(len(x), k)
    return x[sets].max(axis=1) @ holds / holds.sum(axis=0)


def leave_one_out(x, k):
    sets, holds = comparisons(len(x), k)
    return x[sets].max(axis=1) @ ~holds / (~holds).sum(axis=0)


@is_(RIGHT, lambda n, k: Fraction(1, k), True, True)
def canonical(x, k):
    return include_one(x, k) - leave_one_out(x, k)


def improvement(x, k):
    """``h_i``: by how much ``x_i`` raises the maximum of K − 1 others, on average."""
    others = [np.delete(x, i) for i in range(len(x))]
    return np.array(
        [
            np.maximum(x[i] - others[i][comparisons(len(x) - 1, k - 1)[0]].max(axis=1), 0).mean()
            for i in range(len(x))
        ]
    )


# ---- wrong


@is_(WRONG, biased, False, False)
def rank_off_by_one(x, k):
    """The r-th smallest beats C(r−1, K−1) sets of others; here C(r, K−1): i is among its own rivals."""
    n = len(x)
    order = np.argsort(x, kind="stable")
    wins = np.array([comb(r, k - 1) for r in range(1, n + 1)])
    loses_to = np.triu([[comb(s - 1, k - 2) for s in range(1, n + 1)]] * n, 1)
    q = np.empty(n)
    q[order] = (wins * x[order] + loses_to @ x[order]) / comb(n, k - 1)
    return q


@is_(WRONG, lambda n, k: Fraction(n, k * k), False, False)
def swapped_constant(x, k):
    """PKPO with N/K where K/N belongs: the direction is right, c is N/K² instead of 1/N."""
    return include_one(x, k) * len(x) / k


@is_(WRONG, biased, True, True)
def baseline_includes_itself(x, k):
    """The mean improvement of the whole batch as baseline: every h_j depends on x_i, and so does the mean."""
    h = improvement(x, k)
    return h - h.mean()


@is_(WRONG, biased, True, True)
def divided_by_std(x, k):
    """The right advantage over its own standard deviation: each batch gets its own constant."""
    a = canonical(x, k)
    return a / (a.std() or 1)


@is_(WRONG, biased, True, True)
def divided_by_std_and_epsilon(x, k):
    a = canonical(x, k)
    return a / (a.std() + 1e-4)


@is_(WRONG, biased, True, True)
def unit_sum_of_magnitudes(x, k):
    """Weights made to sum to one in magnitude."""
    a = canonical(x, k)
    return a / (abs(a).sum() or 1)


@is_(WRONG, biased, False, False)
def with_replacement(x, k):
    """A plug-in (V-statistic): the K − 1 rivals are drawn with replacement, from a batch that includes i."""
    n = len(x)
    below = np.array([(x <= v).sum() for v in np.sort(x)]) / n
    levels = np.sort(x)
    steps = np.diff(below ** (k - 1), prepend=0)
    return np.array([np.maximum(v, levels) @ steps for v in x])


@is_(WRONG, biased, False, True, permutation_equivariant=False, tie_consistent=False)
def first_argmax_over_mean(x, k):
    """All credit to one argmax, the first of those that tie; and the mean of the others is no runner-up."""
    a = np.zeros(len(x))
    top = np.argmax(x)
    a[top] = x[top] - np.delete(x, top).mean()
    return a


@is_(WRONG, biased, False, True)
def argmaxes_over_mean(x, k):
    """Credit to each argmax alike, over the mean of the batch."""
    return np.where(x == x.max(), x - x.mean(), 0.0)


@is_(WRONG, lambda n, k: Fraction(1, k), True, True, permutation_equivariant=False, tie_consistent=False)
def ties_by_index(x, k):
    """Right on average over tied samples, but the earlier of two takes from the later: noise for nothing."""
    a = canonical(x, k)
    for v in np.unique(x):
        tied = np.flatnonzero(x == v)
        a[tied[0]] += 1
        a[tied[-1]] -= 1
    return a


def two_in_n_for_every_even_position(n, k):
    return Fraction(2 * ((n + 1) // 2), n * k)


@is_(
    WRONG, two_in_n_for_every_even_position, False, True, permutation_equivariant=False, tie_consistent=False
)
def even_positions_only(x, k):
    """Twice the advantage for every other sample, from the first: right on average over positions only."""
    return canonical(x, k) * (2.0 * (np.arange(len(x)) % 2 == 0))


@is_(WRONG, biased, False, False, permutation_equivariant=False, tie_consistent=False)
def running_best(x, k):
    """What each sample adds to the best so far: another objective, and one that depends on the order."""
    best = np.maximum.accumulate(x)
    return np.append(best[0], np.diff(best))


@is_(WRONG, lambda n, k: -Fraction(1, k), True, True)
def reversed_sign(x, k):
    """Descends."""
    return leave_one_out(x, k) - include_one(x, k)


@is_(WRONG, biased, False, True)
def clipped(x, k):
    """Clipped to ±1: large gaps count for less."""
    return np.clip(canonical(x, k), -1, 1)


@is_(WRONG, biased, True, True)
def of_ranks(x, k):
    """The advantage of the ranks of the rewards: another reward."""
    return canonical(np.searchsorted(np.sort(x), x).astype(float), k)


@is_(WRONG, biased, True, True)
def another_k(x, k):
    return canonical(x, k - 1)


@is_(WRONG, biased, False, False)
def only_good_samples(x, k):
    """Negative weights dropped, as in filtering for the best samples; and no baseline."""
    q = include_one(x, k)
    return np.where(q > q.mean(), q, 0.0)


@is_(WRONG, lambda n, k: Fraction(0), False, False)
def baseline_alone(x, k):
    """The baseline without the include-one value: it does not depend on x_i, hence no gradient at all."""
    return leave_one_out(x, k)


# ---- right


@is_(RIGHT, lambda n, k: Fraction(3, 7 * k), True, True)
def three_sevenths(x, k):
    return canonical(x, k) * 3 / 7


@is_(RIGHT, lambda n, k: Fraction(1, k), False, False)
def inclusion_alone(x, k):
    return include_one(x, k)


@is_(RIGHT, lambda n, k: Fraction(1, k), False, True)
def improvement_alone(x, k):
    return improvement(x, k)


@is_(RIGHT, lambda n, k: Fraction(1, k), False, False)
def another_leave_one_out_baseline(x, k):
    """Any function of the others will do as a baseline: here the square of the smallest of them."""
    return include_one(x, k) - np.array([np.delete(x, i).min() ** 2 for i in range(len(x))])


@is_(RIGHT, lambda n, k: Fraction(1, k), False, True)
def one_more_leave_one_out_baseline(x, k):
    return canonical(x, k) + np.array([np.ptp(np.delete(x, i)) for i in range(len(x))])


# ---- the same function in every form that an audit takes


def forms(f):
    """Yield f in each calling convention that an audit knows, by the name of the convention."""

    def one_group(rewards, k):
        (_,) = rewards.shape
        return f(rewards, k)

    def table(rewards, k):
        _, _ = rewards.shape
        return np.stack([f(row, k) for row in rewards])

    def either(rewards, k):
        return one_group(rewards, k) if rewards.ndim == 1 else table(rewards, k)

    class Callable:
        def __call__(self, rewards, k):
            return one_group(rewards, k)

    yield from (one_group, table, either, Callable())
    yield lambda rewards, K: one_group(rewards, K)
    yield lambda rewards, *, k: one_group(rewards, k)
    yield lambda rewards, objective: one_group(rewards, objective.k)
    yield lambda rewards, temperature=1.0, *rest, K=None, **options: table(rewards, K)
    yield lambda rewards, k: one_group(rewards, k).tolist()


# ---- expected gradients, from the definition of an expectation


def expected_gradient(f, rewards, probabilities, n):
    """``E[(1/N) Σ_i A_i ∇_θ log p(x_i)]`` of a softmax policy: all m^N batches, in exact rationals."""
    p = [Fraction(x) for x in probabilities]
    with_each = [Fraction(0)] * len(p)  # Σ of A_i over the samples of one kind, for each kind
    for atoms in product(range(len(p)), repeat=n):
        chance = prod(p[b] for b in atoms)
        advantages = f(np.array([float(rewards[b]) for b in atoms]))
        for b, a in zip(atoms, advantages, strict=True):
            with_each[b] += chance * Fraction(float(a))
    return [(own - p[c] * sum(with_each)) / n for c, own in enumerate(with_each)]
