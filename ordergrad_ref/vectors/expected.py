"""The answer to each case and the measure of its errors, in exact rationals.

Small cases are enumerated by `ordergrad_ref.definition`, larger ones come from the closed forms on
rationals, which agree with the enumeration wherever both can be computed. No float takes part. Gradients in
logits that differ, and standard errors, are irrational: they are rounded, by less than the case states.
"""

from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import Any

from ordergrad_ref import definition, maxk, population
from ordergrad_ref.definition import published
from ordergrad_ref.objectives import LStatistic, maximum
from ordergrad_ref.vectors import beyond, omitting, softmax
from ordergrad_ref.vectors.batches import (
    LARGEST_ENUMERATED,
    Answer,
    Row,
    absolute,
    answer_of,
    bound,
    rank_weights,
    scale_of,
)
from ordergrad_ref.vectors.nesting import groups_of, nested, scores_of

__all__ = ["answer", "bound_of_softmax"]

FEW_TUPLES = 1024


def bound_of_softmax(m: int, k: int) -> int:
    """What probabilities that were rounded add to c, where the largest reward has one of 1/16 or more.

    ``(2m + 6)(2 + 16 (K − 1))``. Spec section 9.5.
    """
    return (2 * m + 6) * (2 + 16 * (k - 1))


def answer(function: str, given: dict[str, Any], *, closed: bool = False) -> Answer:
    """Answer one case.

    Parameters
    ----------
    function : str
        Its path under ``ordergrad_ref``, such as ``"maxk.pkpo"``.
    given : dict
        ``rewards`` as Fractions, flat with ``groups`` or nested, and what else the function takes.
    closed : bool
        Whether to answer by the closed forms even if enumeration is cheap: the other of the two ways.
    """
    if "where" in given or "nan_policy" in given:
        return omitting.answer_of_remaining(
            function, given, lambda kept: answer(function, kept, closed=closed)
        )
    if "successes" in given:
        return beyond.of_counts(given, closed)
    if "method" in given:
        return beyond.unbiased_standard_errors(given, closed)
    if function in beyond.ANSWERS:
        return beyond.ANSWERS[function](given, closed)
    if function == "rank_weights.floating":
        n, alpha = given["n"], given["objective"]
        scale = max(rank_weights(n, absolute(alpha), closed))
        return Answer(rank_weights(n, alpha, closed), bound(n), scale)
    if function.startswith("population."):
        return _population(function.removeprefix("population."), given, closed)
    if function == "standard_error":
        return _standard_errors(given, closed)
    rows = groups_of(given)
    answers = [
        _group(function, row, by, given, closed) for row, by in zip(rows, scores_of(given), strict=True)
    ]
    return Answer(
        nested(given, [a for a, _ in answers]),
        bound(max(map(len, rows))),
        max(scale for _, scale in answers),
    )


# ---- one batch


def _group(
    function: str, r: Row, by: Row | None, given: dict[str, Any], closed: bool
) -> tuple[Any, Fraction]:
    """Answer for one group, with its scale. Spec eq. (59)."""
    if function.startswith("maxk."):
        return _family(function.removeprefix("maxk."), r, given.get("k"), closed)
    alpha = given["objective"]
    return answer_of(function, r, alpha, closed, by), scale_of(function, r, absolute(alpha), closed, by)


# ---- standard errors, which are irrational


def _standard_errors(given: dict[str, Any], closed: bool) -> Answer:
    """Take the roots of jackknife variances, as rationals within the case's ``within``.

    The N weights are each within ``(5N + 6) u`` of the largest, so the root of the sum of their squares is
    within ``√N`` times that, and squaring and adding take N/2 + 3 roundings more. Spec section 11.3.
    """
    rows, alpha = groups_of(given), given["objective"]
    n = max(map(len, rows))
    roots, scales = [], []
    for r, by in zip(rows, scores_of(given), strict=True):
        w = answer_of("score_weights", r, alpha, closed, by)
        roots.append(softmax.root(Fraction(len(r) - 1, len(r)) * sum(x * x for x in w)))
        scales.append(scale_of("score_weights", r, absolute(alpha), closed, by) * (isqrt(len(r) - 1) + 1))
    return Answer(roots, bound(n) + n // 2 + 3, max(scales), softmax.WITHIN)


# ---- the max@K family, by the sentences of spec section 8


def _family(name: str, r: Row, k: int | None, closed: bool) -> tuple[Any, Fraction]:
    n, largest = len(r), max(map(abs, r))
    arguments = (r,) if k is None else (r, k)
    numbers: Any
    if n <= LARGEST_ENUMERATED and not closed:
        numbers = getattr(published, name)(*arguments)
    elif name == "pass_at_k":
        numbers = Fraction(maxk.pass_at_k(*arguments))
    else:
        numbers = getattr(maxk, name)(*arguments).tolist()
    if name == "pass_at_k":
        return numbers, Fraction(1)
    if k is not None and name in ("pkpo", "pkpo_loo"):
        q = Fraction(k, n) * scale_of("inclusion", r, maximum(k), closed)
        if name == "pkpo":
            return numbers, q
        return numbers, q + Fraction(k, n - 1) * scale_of("leave_one_out", r, maximum(k), closed)
    if name == "pkpo_loo_minus_one" and k == 1:
        return numbers, largest / n
    if name == "subset_mean_baseline" and k == n:
        return numbers, 2 * largest  # the terms q and v, whose difference is zero
    return numbers, max(map(abs, numbers))


# ---- populations


def _population(name: str, given: dict[str, Any], closed: bool) -> Answer:
    r, alpha = given["rewards"], given["objective"]
    m, k = len(r), alpha.k
    p = given["probabilities"] if "probabilities" in given else softmax.probabilities(given["logits"])
    by = given.get("by")
    value = absolute(alpha).total * max(map(abs, r))
    if by is None:
        advantage = max(map(abs, _atoms("advantage", r, p, absolute(alpha), closed)))
    else:
        advantage = 4 * value * (m + 1 / min(_of_runs(p, by)))
    scale = {
        "value": value,
        "advantage": advantage,
        "inclusion": value + advantage,
        "gradient": k * (value + advantage),
        "logit_gradient": k * max(p) * advantage,
    }[name]
    numbers = _atoms(name, r, p, alpha, closed, by)
    if len(set(given.get("logits", [0]))) == 1:
        return Answer(numbers, bound(m + 2 * k), scale)
    assert softmax.is_within(r, alpha)
    c = bound(m + 2 * k) + bound_of_softmax(m, k)
    return Answer([softmax.nearest(x) for x in numbers], c, softmax.nearest(scale), softmax.WITHIN)


def _of_runs(p: Row, by: Row) -> Row:
    """The probabilities of the scores that occur."""
    totals = [sum(q for q, s in zip(p, by, strict=True) if s == score) for score in set(by)]
    return [total for total in totals if total]


def _atoms(name: str, r: Row, p: Row, alpha: LStatistic, closed: bool, by: Row | None = None) -> Any:
    if name == "value":
        return [_expected_value(r, p, alpha, closed, by)]
    if name == "advantage":
        j = _expected_value(r, p, alpha, closed, by)
        return [q - j for q in _atoms("inclusion", r, p, alpha, closed, by)]
    if name == "gradient":
        return [alpha.k * q for q in _atoms("inclusion", r, p, alpha, closed, by)]
    if name == "logit_gradient":
        a = _atoms("advantage", r, p, alpha, closed, by)
        return [alpha.k * pb * ab for pb, ab in zip(p, a, strict=True)]
    if closed or len(r) ** alpha.k > FEW_TUPLES:
        return population.inclusion(r, p, alpha, by=by).tolist()
    return list(_enumerated("expected_inclusion", tuple(r), tuple(p), alpha, _key(by)))


def _expected_value(r: Row, p: Row, alpha: LStatistic, closed: bool, by: Row | None) -> Fraction:
    if closed or len(r) ** alpha.k > FEW_TUPLES:
        return Fraction(population.value(r, p, alpha, by=by))
    return Fraction(_enumerated("expected_value", tuple(r), tuple(p), alpha, _key(by)))


def _key(by: Row | None) -> tuple[Any, ...] | None:
    return None if by is None else tuple(by)


@lru_cache(maxsize=256)
def _enumerated(
    function: str, r: tuple[Any, ...], p: tuple[Any, ...], alpha: LStatistic, by: tuple[Any, ...] | None
) -> Any:
    """Ask the definition, once for all functions that follow from its answer."""
    return getattr(definition, function)(r, p, alpha, by=by)
