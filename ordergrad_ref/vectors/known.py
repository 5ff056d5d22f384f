"""Mistakes with known distributions, planted in the closed forms of spec section 6, in exact arithmetic.

What is given is changed, or what is answered; the closed forms themselves are the library's, on rationals.
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate
from math import comb
from typing import Any, TypeAlias

from ordergrad_ref import population
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.vectors import softmax
from ordergrad_ref.vectors.batches import Row, absolute
from ordergrad_ref.vectors.plain import DoesNotApplyError, Given

__all__ = ["KNOWN", "ONLY_KNOWN", "asks_of_a_known_distribution", "bernstein", "normalised"]

Wrong: TypeAlias = Callable[[str, Given], list[Any]]

FUNCTIONS = ("value", "advantage", "inclusion", "gradient", "logit_gradient")


def asks_of_a_known_distribution(function: str) -> bool:
    """Tell those of `ordergrad_ref.population` that the closed forms of section 6 answer."""
    return function.removeprefix("population.") in FUNCTIONS and function.startswith("population.")


def bernstein(alpha: LStatistic, u: Fraction) -> Fraction:
    """``b_α(u)``. Spec eq. (3)."""
    k = alpha.k
    terms = (a * comb(k - 1, j) * u**j * (1 - u) ** (k - 1 - j) for j, a in enumerate(alpha.weights))
    return sum(terms, Fraction(0))


def normalised(alpha: LStatistic) -> LStatistic:
    """Divide the rank weights by their sum."""
    if alpha.total in (0, 1):
        raise DoesNotApplyError
    return LStatistic([w / alpha.total for w in alpha.weights])


def _right(function: str, given: Given) -> Row:
    """Answer without a mistake: spec eqs. (30)–(34), (77)."""
    name, r, alpha, p, by = _parts(function, given)
    j = Fraction(population.value(r, p, alpha, by=by))
    if name == "value":
        return [j]
    return _of_inclusion(name, population.inclusion(r, p, alpha, by=by).tolist(), j, p, alpha.k)


def _of_inclusion(name: str, q: Row, j: Fraction, p: Row, k: int) -> Row:
    """What follows from include-one values and their mean. Spec eqs. (32)–(34)."""
    if name == "inclusion":
        return q
    if name == "advantage":
        return [x - j for x in q]
    if name == "gradient":
        return [k * x for x in q]
    return [k * own * (x - j) for x, own in zip(q, p, strict=True)]


def _parts(function: str, given: Given) -> tuple[str, Row, LStatistic, Row, Row | None]:
    name = function.removeprefix("population.")
    p = given["probabilities"] if "probabilities" in given else softmax.probabilities(given["logits"])
    return name, given["rewards"], given["objective"], p, given.get("by")


def _given(**changes: Callable[[Any], Any]) -> Wrong:
    """Change what is given, by its name."""

    def answer(function: str, given: Given) -> list[Any]:
        if not changes.keys() <= given.keys():
            raise DoesNotApplyError
        return _right(function, given | {name: change(given[name]) for name, change in changes.items()})

    return answer


def _answers(change: Callable[[Row, Given], Row], *functions: str) -> Wrong:
    """Change the answers of these functions."""

    def answer(function: str, given: Given) -> list[Any]:
        if _parts(function, given)[0] not in functions:
            raise DoesNotApplyError
        return change(_right(function, given), given)

    return answer


def _scores_ignored(function: str, given: Given) -> list[Any]:
    if "by" not in given:
        raise DoesNotApplyError
    return _right(function, {name: x for name, x in given.items() if name != "by"})


def _probabilities_ignored(function: str, given: Given) -> list[Any]:
    m = len(given["rewards"])
    rest = {name: x for name, x in given.items() if name != "logits"}
    return _right(function, rest | {"probabilities": [Fraction(1, m)] * m})


def _strictly_below(function: str, given: Given) -> list[Any]:
    """``a_(t+1) − a_(t) = d_t b_α(F_(t−1))``."""
    name, r, alpha, p, by = _parts(function, given)
    if by is not None or name == "value":
        raise DoesNotApplyError
    order = sorted(range(len(r)), key=lambda b: r[b])
    below = [Fraction(0), *accumulate(p[b] for b in order)]
    rise = Fraction(0)
    q = list(r)
    for t, b in enumerate(order):
        if t:
            rise += (r[b] - r[order[t - 1]]) * bernstein(alpha, below[t - 1])
        q[b] = rise
    mean = sum((own * x for own, x in zip(p, q, strict=True)), Fraction(0))
    j = Fraction(population.value(r, p, alpha))
    return _of_inclusion(name, [x - mean + j for x in q], j, p, alpha.k)


def _plainly_centred(a: Row, given: Given) -> Row:
    return [x - sum(a, Fraction(0)) / len(a) for x in a]


def _in_sorted_order(answers: Row, given: Given) -> Row:
    r = given["rewards"]
    return [answers[b] for b in sorted(range(len(r)), key=lambda b: r[b])]


def _without_k(answers: Row, given: Given) -> Row:
    return [x / given["objective"].k for x in answers]


def _without_probability(answers: Row, given: Given) -> Row:
    p = _parts("population.logit_gradient", given)[3]
    return [x / own if own else x for x, own in zip(answers, p, strict=True)]


GRADIENTS = ("gradient", "logit_gradient")

KNOWN: dict[str, Wrong] = {
    "weights-from-the-best": _given(objective=lambda alpha: LStatistic(alpha.weights[::-1])),
    "absolute-weights": _given(objective=absolute),
    "weights-normalised": _given(objective=normalised),
    "rewards-as-integers": _given(rewards=lambda r: [Fraction(int(x)) for x in r]),
    "negative-rewards-as-zero": _given(rewards=lambda r: [max(x, Fraction(0)) for x in r]),
    "in-sorted-order": _answers(_in_sorted_order, "advantage", "inclusion", *GRADIENTS),
    "scores-ignored": _scores_ignored,
    "probabilities-ignored": _probabilities_ignored,
    "mass-strictly-below": _strictly_below,
    "mean-without-probabilities": _answers(_plainly_centred, "advantage"),
    "gradient-without-k": _answers(_without_k, *GRADIENTS),
    "gradient-without-probability": _answers(_without_probability, "logit_gradient"),
}
"""What each mistake answers about a known distribution."""

ONLY_KNOWN = {
    "probabilities-ignored": "all atoms of a known distribution count as equally probable",
    "mass-strictly-below": "gaps have the weight at the mass below the lower reward, without its own",
    "mean-without-probabilities": "the mean that centres advantages is not weighed by the probabilities",
    "gradient-without-k": "the derivatives of a known distribution lack the factor K, or K (K − 1)",
    "gradient-without-probability": "the gradients in logits lack the probability of the atom",
}
"""Mistakes that are made with known distributions alone, and what they are."""
