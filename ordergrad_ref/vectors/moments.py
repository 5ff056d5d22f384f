"""Mean and covariance of a gradient estimate over all batches of actions, enumerated in exact rationals.

What `ordergrad_ref.variance.moments` computes in polynomial time. Spec eqs. (65), (71), (89).
"""

from collections import Counter
from fractions import Fraction
from functools import lru_cache
from itertools import combinations_with_replacement
from math import factorial, prod
from typing import Any, NamedTuple

from ordergrad_ref import definition
from ordergrad_ref.definition import published
from ordergrad_ref.maxk import FAMILY
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.published import takes_k
from ordergrad_ref.vectors.batches import Row, absolute, answer_of

__all__ = ["Moments", "moments", "weights"]


class Moments(NamedTuple):
    """As those of `ordergrad_ref.variance`, and the largest magnitude of a weight, as errors are measured."""

    mean: Row
    covariance: list[Row]
    total_variance: Fraction
    within: Fraction
    largest: Fraction


def weights(x: Row, policy: tuple[Row, Row], alpha: LStatistic, estimator: str) -> Row:
    """The weights of one batch in the scale of ∇J, by the sentences that define them."""
    n = len(x)
    scale = Fraction(alpha.k, n)
    if estimator in FAMILY:
        answer = getattr(published, estimator)(x, *[alpha.k] * takes_k(FAMILY[estimator]))
        constant = FAMILY[estimator].contract.constant
        assert constant is not None
        return [a / constant.sum(n, alpha.k) for a in answer]
    if estimator == "advantage":
        return [scale * a for a in answer_of("advantage", x, alpha)]
    q = answer_of("inclusion", x, alpha)
    if estimator == "inclusion":
        return [scale * a for a in q]
    return [scale * (a - b) for a, b in zip(q, baselines(x, policy, alpha, estimator), strict=True)]


def baselines(x: Row, policy: tuple[Row, Row] | None, alpha: LStatistic, estimator: str) -> Row:
    """The mean include-one value of what may take i's place: a new sample, or another. Spec (90), (91)."""
    found = []
    for i in range(len(x)):
        rest = [*x[:i], *x[i + 1 :]]
        if estimator == "optimal":
            assert policy is not None
            law = list(zip(*policy, strict=True))
        else:
            law = [(y, Fraction(1, len(rest))) for y in rest]
        found.append(sum((p * definition.inclusion([y, *rest], alpha)[0] for y, p in law if p), Fraction(0)))
    return found


def moments(r: Row, p: Row, alpha: LStatistic, n: int, estimator: str) -> Moments:
    """Enumerate the multisets of n actions, each as likely as its orders."""
    return _moments(tuple(r), tuple(p), alpha, n, estimator)


@lru_cache(maxsize=256)
def _moments(r: tuple[Any, ...], p: tuple[Any, ...], alpha: LStatistic, n: int, estimator: str) -> Moments:
    m = len(r)
    of_reward = {x: sum(q for y, q in zip(r, p, strict=True) if y == x) for x in r}
    spread = {
        x: 1 - sum((q / of_reward[x]) ** 2 for y, q in zip(r, p, strict=True) if y == x)
        for x in r
        if of_reward[x]
    }
    mean, within, largest = [Fraction(0)] * m, Fraction(0), Fraction(0)
    second = [[Fraction(0)] * m for _ in range(m)]
    for actions in combinations_with_replacement([b for b in range(m) if p[b]], n):
        counts = Counter(actions)
        orders = factorial(n) // prod(map(factorial, counts.values()))
        chance = orders * prod((p[a] for a in actions), start=Fraction(1))
        batch = [r[a] for a in actions]
        w = weights(batch, (list(r), list(p)), alpha, estimator)
        g = [sum((x for a, x in zip(actions, w, strict=True) if a == b), -p[b] * sum(w)) for b in range(m)]
        mean = [a + chance * x for a, x in zip(mean, g, strict=True)]
        second = [
            [a + chance * x * y for a, y in zip(row, g, strict=True)]
            for row, x in zip(second, g, strict=True)
        ]
        within += chance * sum((x * x * spread[r[a]] for a, x in zip(actions, w, strict=True)), Fraction(0))
        magnitudes = [abs(x) for x in w]
        if estimator in ("advantage", "inclusion"):
            magnitudes += map(abs, weights(batch, (list(r), list(p)), absolute(alpha), estimator))
        largest = max(largest, *magnitudes)
    covariance = [
        [s - x * y for s, y in zip(row, mean, strict=True)] for row, x in zip(second, mean, strict=True)
    ]
    total = sum((covariance[b][b] for b in range(m)), Fraction(0))
    return Moments(mean, covariance, total, within, largest)
