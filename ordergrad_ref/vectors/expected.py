"""The answer to each case and the measure of its errors, in exact rationals.

Small cases are enumerated by `ordergrad_ref.definition`, larger ones come from the closed forms on
rationals, which agree with the enumeration wherever both can be computed. No float takes part. Gradients in
logits that differ, and standard errors, are irrational: they are rounded, by less than the case states.
"""

from fractions import Fraction
from math import isqrt
from typing import Any, NamedTuple, TypeAlias

from ordergrad_ref import batch, definition, maxk, population
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.definition import published
from ordergrad_ref.objectives import LStatistic, maximum
from ordergrad_ref.vectors import softmax
from ordergrad_ref.vectors.nesting import groups_of, nested

__all__ = ["Answer", "answer", "bound", "bound_of_softmax"]

Row: TypeAlias = list[Any]  # Fractions

LARGEST_ENUMERATED = 10
FEW_TUPLES = 1024


class Answer(NamedTuple):
    """Exact numbers, nested as the rewards are, or one value for each group; and the bound of their errors.

    ``|got − expected| ≤ c · u · scale``, spec eq. (57). Exact where ``within`` is zero, else off by less than
    that.
    """

    numbers: list[Any]
    c: int
    scale: Fraction
    within: Fraction = Fraction(0)


def bound(size: int) -> int:
    """``c = 5 n + 6``; n is the size of a group, or the atoms of a population plus 2 K. Spec eq. (58)."""
    return 5 * size + 6


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
    if function == "rank_weights.floating":
        n, alpha = given["n"], given["objective"]
        scale = max(_rank_weights(n, _absolute(alpha), closed))
        return Answer(_rank_weights(n, alpha, closed), bound(n), scale)
    if function.startswith("population."):
        return _population(function.removeprefix("population."), given, closed)
    if function == "standard_error":
        return _standard_errors(given, closed)
    rows = groups_of(given)
    answers = [_group(function, row, given, closed) for row in rows]
    return Answer(
        nested(given, [a for a, _ in answers]),
        bound(max(map(len, rows))),
        max(scale for _, scale in answers),
    )


# ---- one batch


def _group(function: str, r: Row, given: dict[str, Any], closed: bool) -> tuple[Any, Fraction]:
    """Answer for one group, with its scale. Spec eq. (59)."""
    if function.startswith("maxk."):
        return _family(function.removeprefix("maxk."), r, given.get("k"), closed)
    alpha = given["objective"]
    return _batch(function, r, alpha, closed), _batch_scale(function, r, _absolute(alpha), closed)


def _batch(function: str, r: Row, alpha: LStatistic, closed: bool) -> Any:
    n, k = len(r), alpha.k
    if closed or n > LARGEST_ENUMERATED:
        exact = getattr(batch, function)(r, alpha)
        return exact.tolist() if function != "value" else Fraction(exact)
    if function == "score_weights":
        return [Fraction(k, n) * a for a in definition.advantage(r, alpha)]
    if function == "pathwise_weights":
        w = _rank_weights(n, alpha, closed)
        ascending = sorted(r)
        tied = {x: [w[m] for m in range(n) if ascending[m] == x] for x in r}
        return [sum(tied[x]) / len(tied[x]) for x in r]
    return getattr(definition, function)(r, alpha)


def _rank_weights(n: int, alpha: LStatistic, closed: bool) -> Row:
    """``w_m = v(1_{≥ m}) − v(1_{> m})``: the value, eq. (17), of batches of zeros and ones."""
    if closed or n > LARGEST_ENUMERATED:
        return rank_weights.exact(n, alpha)
    v = [definition.value([Fraction(t >= m) for t in range(n)], alpha) for m in range(n)]
    return [high - low for high, low in zip(v, [*v[1:], Fraction(0)], strict=True)]


def _batch_scale(function: str, r: Row, absolute: LStatistic, closed: bool) -> Fraction:
    n, k = len(r), absolute.k
    value = absolute.total * max(map(abs, r))
    if function == "value":
        return value
    if function == "pathwise_weights":
        return max(_batch(function, r, absolute, closed))
    if function == "inclusion" and n == k:
        return value
    advantage: Fraction = max(map(abs, _batch("advantage", r, absolute, closed)))
    return {
        "advantage": advantage,
        "score_weights": Fraction(k, n) * advantage,
        "inclusion": value + Fraction(n - k, n) * advantage,
        "leave_one_out": value + Fraction(k, n) * advantage,
    }[function]


# ---- standard errors, which are irrational


def _standard_errors(given: dict[str, Any], closed: bool) -> Answer:
    """Take the roots of jackknife variances, as rationals within the case's ``within``.

    The N weights are each within ``(5N + 6) u`` of the largest, so the root of the sum of their squares is
    within ``√N`` times that, and squaring and adding take N/2 + 3 roundings more. Spec section 11.3.
    """
    rows, alpha = groups_of(given), given["objective"]
    n = max(map(len, rows))
    roots, scales = [], []
    for r in rows:
        w = _batch("score_weights", r, alpha, closed)
        roots.append(softmax.root(Fraction(len(r) - 1, len(r)) * sum(x * x for x in w)))
        scales.append(_batch_scale("score_weights", r, _absolute(alpha), closed) * (isqrt(len(r) - 1) + 1))
    return Answer(roots, bound(n) + n // 2 + 3, max(scales), softmax.WITHIN)


# ---- the max@K family, by the sentences of spec section 8


def _family(name: str, r: Row, k: int | None, closed: bool) -> tuple[Any, Fraction]:
    n, largest = len(r), max(map(abs, r))
    arguments = (r,) if k is None else (r, k)
    numbers: Any
    if (n <= LARGEST_ENUMERATED and not closed) or name == "grpo":
        numbers = getattr(published, name)(*arguments)
    elif name == "pass_at_k":
        numbers = Fraction(maxk.pass_at_k(*arguments))
    else:
        numbers = getattr(maxk, name)(*arguments).tolist()
    if name == "pass_at_k":
        return numbers, Fraction(1)
    if k is not None and name in ("pkpo", "pkpo_loo"):
        q = Fraction(k, n) * _batch_scale("inclusion", r, maximum(k), closed)
        if name == "pkpo":
            return numbers, q
        return numbers, q + Fraction(k, n - 1) * _batch_scale("leave_one_out", r, maximum(k), closed)
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
    value = _absolute(alpha).total * max(map(abs, r))
    advantage = max(map(abs, _atoms("advantage", r, p, _absolute(alpha), closed)))
    scale = {
        "value": value,
        "advantage": advantage,
        "inclusion": value + advantage,
        "gradient": k * (value + advantage),
        "logit_gradient": k * max(p) * advantage,
    }[name]
    numbers = _atoms(name, r, p, alpha, closed)
    if len(set(given.get("logits", [0]))) == 1:
        return Answer(numbers, bound(m + 2 * k), scale)
    assert softmax.is_within(r, alpha)
    c = bound(m + 2 * k) + bound_of_softmax(m, k)
    return Answer([softmax.nearest(x) for x in numbers], c, softmax.nearest(scale), softmax.WITHIN)


def _atoms(name: str, r: Row, p: Row, alpha: LStatistic, closed: bool) -> Any:
    if name == "value":
        return [_expected_value(r, p, alpha, closed)]
    if name == "advantage":
        j = _expected_value(r, p, alpha, closed)
        return [q - j for q in _atoms("inclusion", r, p, alpha, closed)]
    if name == "gradient":
        return [alpha.k * q for q in _atoms("inclusion", r, p, alpha, closed)]
    if name == "logit_gradient":
        a = _atoms("advantage", r, p, alpha, closed)
        return [alpha.k * pb * ab for pb, ab in zip(p, a, strict=True)]
    if closed or len(r) ** alpha.k > FEW_TUPLES:
        return population.inclusion(r, p, alpha).tolist()
    return definition.expected_inclusion(r, p, alpha)


def _expected_value(r: Row, p: Row, alpha: LStatistic, closed: bool) -> Fraction:
    if closed or len(r) ** alpha.k > FEW_TUPLES:
        return Fraction(population.value(r, p, alpha))
    return definition.expected_value(r, p, alpha)


def _absolute(alpha: LStatistic) -> LStatistic:
    return LStatistic([abs(w) for w in alpha.weights])
