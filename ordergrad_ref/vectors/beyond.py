"""The answers of what is in neither paper, spec section 11, with the measure of their errors.

Expected numbers are enumerated here as everywhere; ``closed`` asks the closed forms on rationals instead.
Section 9.5 of the specification says why plain loops stay within each bound.
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import comb, isqrt, prod
from typing import Any, TypeAlias

import numpy as np

from ordergrad_ref import baselines, definition, estimators, maxk, off_policy, population, variance
from ordergrad_ref.closed_forms import error_bars
from ordergrad_ref.definition import published
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic, maximum, rank
from ordergrad_ref.order_statistics import order_statistics
from ordergrad_ref.vectors import softmax
from ordergrad_ref.vectors.batches import (
    LARGEST_ENUMERATED,
    Answer,
    Row,
    absolute,
    answer_of,
    bound,
    scale_of,
)
from ordergrad_ref.vectors.moments import baselines as enumerated_baselines
from ordergrad_ref.vectors.moments import moments
from ordergrad_ref.vectors.nesting import groups_of, nested

__all__ = ["ANSWERS", "of_counts", "unbiased_standard_errors"]

Given: TypeAlias = dict[str, Any]


def _ceiling(x: Fraction) -> int:
    return -(-x.numerator // x.denominator)


def _value(r: Row, alpha: LStatistic) -> Fraction:
    """``V``, which no value exceeds. Spec eq. (59)."""
    return absolute(alpha).total * max(map(abs, r))


# ---- all order statistics of K


def _order_statistics(quantity: str) -> Callable[[Given, bool], Answer]:
    def answer(given: Given, closed: bool) -> Answer:
        r, k = given["rewards"], given["k"]
        each = [rank(k - j, k) for j in range(k)]
        scale = max(scale_of(quantity, r, alpha, closed) for alpha in each)
        if closed:
            found = getattr(order_statistics(r, k), quantity).tolist()
        elif quantity == "value":
            found = [answer_of(quantity, r, alpha) for alpha in each]
        else:
            found = list(map(list, zip(*(answer_of(quantity, r, alpha) for alpha in each), strict=True)))
        return Answer(found, bound(len(r)), scale)

    return answer


# ---- samples of another policy


def _off_policy(quantity: str) -> Callable[[Given, bool], Answer]:
    """Enumerate. Products of K ratios and their sums take fewer than 2 N + 2 K roundings, none amplified.

    To first order the terms have either sign: the scale is that of their magnitudes, ``1 + Σ |ρ − 1|``.
    """
    enumerated = getattr(definition, f"off_policy_{quantity}")

    def answer(given: Given, closed: bool) -> Answer:
        alpha, rows = given["objective"], groups_of(given)
        ones = LStatistic([absolute(alpha).total / alpha.k] * alpha.k)
        answers, scales = [], []
        for r, rho in zip(rows, groups_of({**given, "rewards": given["ratios"]}), strict=True):
            found = getattr(off_policy, quantity)(r, rho, alpha) if closed else enumerated(r, rho, alpha)
            answers.append(Fraction(found) if quantity == "value" else list(found))
            if quantity == "first_order_weights":
                rho = [1 + abs(p - 1) for p in rho]
            largest = enumerated([abs(x) for x in r], rho, ones)
            scales.append(alpha.k * (largest if quantity == "value" else max(largest)))
        return Answer(nested(given, answers), bound(max(map(len, rows)) + alpha.k), max(scales))

    return answer


# ---- baselines


def _baseline(estimator: str) -> Callable[[Given, bool], Answer]:
    """Subtract a mean of include-one values: each is at most V, and has the scale of eq. (26), below 3 V."""

    def answer(given: Given, closed: bool) -> Answer:
        r, alpha = given["rewards"], given["objective"]
        law = (given["values"], given["probabilities"]) if "values" in given else None
        others, largest = (len(r), r) if law is None else (len(law[0]), law[0])
        if closed:
            numbers = list(getattr(baselines, estimator)(r, alpha, *(law or ())))
        else:
            pairs = zip(
                answer_of("inclusion", r, alpha), enumerated_baselines(r, law, alpha, estimator), strict=True
            )
            numbers = [q - b for q, b in pairs]
        return Answer(numbers, bound(len(r)) + others + 2, 6 * _value(largest, alpha))

    return answer


# ---- error bars without bias


def unbiased_standard_errors(given: Given, closed: bool) -> Answer:
    """``√(v² − P)``: v and P are each within ``(5N + 6) u`` of V and V², and the root halves what it divides.

    So the error is below ``2 (5N + 6) u V²/SE``.
    """
    rows, alpha = groups_of(given), given["objective"]
    roots, scales = [], []
    for r in rows:
        if closed or len(r) > LARGEST_ENUMERATED:
            (found,) = error_bars.unbiased_variance(np.array([r], dtype=object), alpha)
        else:
            found = definition.unbiased_variance(r, alpha)
        roots.append(softmax.root(Fraction(found)))
        scales.append(softmax.nearest(_value(r, alpha) ** 2 / roots[-1]))
    return Answer(roots, 2 * bound(max(map(len, rows))) + 4, max(scales), softmax.WITHIN)


# ---- rewards 0 and 1


def of_counts(given: Given, closed: bool) -> Answer:
    """One minus a product of min(s, K) quotients, each of three roundings. Spec eq. (53)."""
    n, s, k = given["n"], given["successes"], given["k"]
    if closed:
        n_, s_, k_ = (np.array(x, dtype=object) for x in (n, s, k))
        found = Fraction(maxk.pass_at_k(n=n_, successes=s_, k=k_))
    elif n <= LARGEST_ENUMERATED:
        found = definition.value([Fraction(i < s) for i in range(n)], maximum(k))
    else:  # sets of K of which all fail, among all sets
        found = 1 - Fraction(comb(n - s, k), comb(n, k))
    return Answer([found], 4 * min(s, k) + 4, Fraction(1))


def _vr_cond(given: Given, closed: bool) -> Answer:
    r = given["rewards"]
    numbers = estimators.vr_cond(r).tolist() if closed else published.vr_cond(r)
    return Answer(numbers, bound(len(r)), max(map(abs, numbers)))


def _rlbon(given: Given, closed: bool) -> Answer:
    r, k = given["rewards"], given["k"]
    numbers = estimators.rlbon(r, k).tolist() if closed else published.rlbon(r, k)
    return Answer(numbers, bound(len(r)), max(map(abs, numbers)))


def _over_root(deviations: Row, variance: Fraction) -> Row:
    """``d/√variance`` as signed roots of squares, each within the case's ``within``."""
    return [(-1 if d < 0 else 1) * softmax.root(d * d / variance) if d else Fraction(0) for d in deviations]


def _pass_at_k_training(given: Given, closed: bool) -> Answer:
    """``(q_i − v)/√(v (1 − v))``: a relative error of v and one of 1 − v, halved by the root. Spec eq. (109).

    The c that has been published is larger by a unit of ``5 N + 6`` and more.
    """
    r, k = given["rewards"], given["k"]
    n, v = len(r), Fraction(answer_of("value", r, maximum(k), closed))
    deviations = [q - v for q in answer_of("inclusion", r, maximum(k), closed)]
    if not 0 < v < 1:
        return Answer([Fraction(0)] * n, bound(n), Fraction(0))
    numbers = _over_root(deviations, v * (1 - v))
    spread = _ceiling((1 / v + 1 / (1 - v)) / 2)
    return Answer(numbers, bound(n) * (3 + spread), max(map(abs, numbers)), softmax.WITHIN)


def _grpo(given: Given, closed: bool) -> Answer:
    """With a root the norm adds ``√N`` times the error of a deviation. Spec eq. (115).

    Rational deviations have the c of eq. (58): they are asked of whole numbers, whose sums are exact.
    """
    (r,) = groups_of(given)
    n, deviations = len(r), published.dr_grpo(r)
    try:
        numbers = published.grpo(r)
        return Answer(numbers, bound(n), max(map(abs, numbers)))
    except InvalidInputError:
        numbers = _over_root(deviations, sum((d * d for d in deviations), Fraction(0)) / (n - 1))
    c = bound(n) * (isqrt(n - 1) + 2) + n // 2 + 4
    return Answer(numbers, c, max(map(abs, numbers)), softmax.WITHIN)


# ---- known distributions


def _hessian(given: Given, closed: bool) -> Answer:
    r, p, alpha = given["rewards"], given["probabilities"], given["objective"]
    m, k = len(r), alpha.k
    if closed:
        numbers = population.hessian(r, p, alpha).tolist()
    else:
        numbers = [[k * (k - 1) * _with_two(a, b, r, p, alpha) for b in range(m)] for a in range(m)]
    return Answer(numbers, bound(m + 2 * k), k * (k - 1) * _value(r, alpha))


def _with_two(a: int, b: int, r: Row, p: Row, alpha: LStatistic) -> Fraction:
    """``E[T(r_a, r_b, X_3 … X_K)]``; zero where there are no two draws."""
    return sum(
        (
            prod((p[c] for c in others), start=Fraction(1))
            * definition.l_statistic([r[a], r[b], *(r[c] for c in others)], alpha)
            for others in (product(range(len(r)), repeat=alpha.k - 2) if alpha.k > 1 else ())
        ),
        Fraction(0),
    )


def _moments(quantity: str) -> Callable[[Given, bool], Answer]:
    """Enumerate all batches of actions.

    Let W be the largest weight. A weight is within ``(5N + 6) u W``, so each component of the estimate within
    ``(6N + 9) u N W``; a product of two has twice that and one rounding, and a probability N of them, one for
    each sample, in a sum over at most ``m^N`` batches; the product of the means takes the same again.
    """

    def answer(given: Given, closed: bool) -> Answer:
        r, p, alpha = given["rewards"], given["probabilities"], given["objective"]
        n, estimator, m = given["n"], given["estimator"], len(given["rewards"])
        enumerated = moments(r, p, alpha, n, estimator)
        numbers: Any = getattr(enumerated, quantity)
        if closed:
            numbers = getattr(variance.moments(r, p, alpha, n, estimator), quantity)
            numbers = numbers.tolist() if isinstance(numbers, np.ndarray) else Fraction(numbers)
        largest = n * enumerated.largest
        scale = largest if quantity == "mean" else largest**2 * (m if quantity == "total_variance" else 1)
        numbers = numbers if isinstance(numbers, list) else [numbers]
        return Answer(numbers, 26 * n + 46 + 2 * m**n, scale)

    return answer


ANSWERS: dict[str, Callable[[Given, bool], Answer]] = {
    **{f"order_statistics.{name}": _order_statistics(name) for name in ("value", "inclusion", "advantage")},
    **{f"off_policy.{name}": _off_policy(name) for name in ("value", "score_weights", "first_order_weights")},
    **{f"baselines.{name}": _baseline(name) for name in ("optimal", "plug_in")},
    "estimators.pass_at_k_training": _pass_at_k_training,
    "estimators.rlbon": _rlbon,
    "estimators.vr_cond": _vr_cond,
    "maxk.grpo": _grpo,
    "population.hessian": _hessian,
    **{
        f"variance.moments.{name}": _moments(name)
        for name in ("mean", "covariance", "total_variance", "within")
    },
}
