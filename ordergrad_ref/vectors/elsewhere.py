"""Mistakes with what is neither a batch of `plain` nor of `known`: the family, off-policy weights, variances.

What is given is changed, or what is answered; the right answers are the library's closed forms, on rationals.
"""

from collections.abc import Callable
from fractions import Fraction
from math import comb
from typing import Any, TypeAlias

import numpy as np

from ordergrad_ref import variance
from ordergrad_ref.closed_forms.error_bars import unbiased_variance
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.vectors import softmax
from ordergrad_ref.vectors.batches import Answer, absolute
from ordergrad_ref.vectors.expected import answer
from ordergrad_ref.vectors.known import normalised
from ordergrad_ref.vectors.nesting import groups_of
from ordergrad_ref.vectors.omitting import answer_of_remaining, remaining
from ordergrad_ref.vectors.plain import DoesNotApplyError, Given, NoNumberError

__all__ = ["ELSEWHERE", "ONLY_ELSEWHERE"]

Wrong: TypeAlias = Callable[[str, Given], list[Any]]

WITH_K = ("pkpo", "pkpo_loo", "pkpo_loo_minus_one", "canonical", "subset_mean_baseline", "rlbon")
WITHOUT_K = ("rloo", "dr_grpo", "grpo", "runner_up_gap", "maxrl", "vr_cond")
FAMILY = {
    name: f"{'estimators' if name in ('rlbon', 'vr_cond') else 'maxk'}.{name}" for name in WITH_K + WITHOUT_K
}
SHARES = (
    "maxk.pkpo", "maxk.pkpo_loo_minus_one", "estimators.rlbon", "off_policy.score_weights",
    "off_policy.first_order_weights", "rank_weights.floating",
)  # fmt: skip
ONE_FOR_EACH = (
    *FAMILY.values(), "maxk.maxpo", "estimators.pass_at_k_training", "off_policy.score_weights",
    "off_policy.first_order_weights", "baselines.plug_in", "baselines.optimal", "variance.moments.mean",
)  # fmt: skip
"""Functions that answer one number for each reward."""


def _right(function: str, given: Given) -> list[Any]:
    """Answer without a mistake; a question that was changed may have no answer."""
    try:
        return _answer(function, given)
    except InvalidInputError:
        raise DoesNotApplyError from None


def _answer(function: str, given: Given) -> list[Any]:
    if function.startswith("variance.moments."):
        arguments = (given[name] for name in ("rewards", "probabilities", "objective", "n", "estimator"))
        found = getattr(variance.moments(*arguments), function.rpartition(".")[2])
        return found.tolist() if hasattr(found, "tolist") else [Fraction(found)]
    if "method" in given:
        tables = [np.array([r], dtype=object) for r in groups_of(given)]
        return [softmax.root(Fraction(unbiased_variance(x, given["objective"])[0])) for x in tables]
    return answer(function, given, closed=True).numbers


def _given(name: str, change: Callable[[Any], Any]) -> Wrong:
    """Change what is given by that name."""

    def wrong(function: str, given: Given) -> list[Any]:
        if name not in given:
            raise DoesNotApplyError
        return _right(function, given | {name: change(given[name])})

    return wrong


def _rewards(change: Callable[[Fraction], Fraction]) -> Wrong:
    """Change rewards, and the values that they may have."""

    def wrong(function: str, given: Given) -> list[Any]:
        names = [name for name in ("rewards", "values") if name in given]
        if not names or isinstance(given[names[0]][0], list):
            raise DoesNotApplyError
        return _right(function, given | {name: [change(x) for x in given[name]] for name in names})

    return wrong


def _answers(change: Callable[[list[Any], Given], list[Any]], *functions: str) -> Wrong:
    """Change the answers of these functions, for what counts."""

    def wrong(function: str, given: Given) -> list[Any]:
        if function not in functions:
            raise DoesNotApplyError

        def of(kept: Given) -> Answer:
            return Answer(change(_right(function, kept), kept), 0, Fraction(0))

        return (answer_of_remaining(function, given, of) if "where" in given else of(given)).numbers

    return wrong


def _times(factor: Callable[[int, int], Fraction], *functions: str) -> Wrong:
    """Multiply the answers by a factor of N and K."""

    def change(numbers: list[Any], given: Given) -> list[Any]:
        k = given["k"] if "k" in given else given["objective"].k if "objective" in given else 1
        if "groups" in given:
            sizes = [given["groups"].count(name) for name in given["groups"]]
        else:
            sizes = [given["n"] if "n" in given else len(given["rewards"])] * len(numbers)
        return [_scaled(x, factor(n, k)) for x, n in zip(numbers, sizes, strict=True)]

    return _answers(change, *functions)


def _scaled(x: Any, factor: Fraction) -> Any:
    return [_scaled(part, factor) for part in x] if isinstance(x, list) else x * factor


# ---- the family


def _as(name: str) -> Wrong:
    """Answer as another of the family, which may have no answer at this size, or for these rewards."""

    def wrong(function: str, given: Given) -> list[Any]:
        own = function.rpartition(".")[2]
        alike = (*WITH_K, "maxpo", "pass_at_k_training") if name in WITH_K else WITHOUT_K
        of_baselines = function.startswith("baselines.") and name == "canonical"
        if (own not in alike and not of_baselines) or own == name or {own, name} == {"maxpo", "canonical"}:
            raise DoesNotApplyError
        try:
            return _right("advantage" if of_baselines else FAMILY[name], given)
        except DoesNotApplyError:
            raise NoNumberError from None

    return wrong


def _not_divided(function: str, given: Given) -> list[Any]:
    if function != "estimators.vr_cond" and not function.startswith("variance.moments."):
        raise DoesNotApplyError
    power = 1 if function.rpartition(".")[2] in ("vr_cond", "mean") else 2
    return _times(lambda n, k: Fraction(n**power), function)(function, given)


def _of_n(numbers: list[Any], given: Given) -> list[Any]:
    n = len(given["rewards"])
    return [(-1 if x < 0 else 1) * softmax.root(x * x * n / (n - 1)) for x in numbers]


def _in_sorted_order(numbers: list[Any], given: Given) -> list[Any]:
    if "groups" in given:
        raise DoesNotApplyError
    r = given["rewards"]
    return [numbers[i] for i in sorted(range(len(r)), key=lambda i: r[i])]


def _first_of_the_best(numbers: list[Any], given: Given) -> list[Any]:
    r = given["rewards"]
    below = [x for x in r if x < max(r)]
    return [max(r) - max(below) if below and i == r.index(max(r)) else Fraction(0) for i in range(len(r))]


def _with_replacement(function: str, given: Given) -> list[Any]:
    if function != "maxk.pass_at_k":
        raise DoesNotApplyError
    counted = remaining(given)
    n = counted["n"] if "n" in counted else len(groups_of(counted)[0])
    s = counted["successes"] if "successes" in counted else sum(groups_of(counted)[0])
    return [1 - (1 - Fraction(s, n)) ** given["k"]]


def _k_ignored(function: str, given: Given) -> list[Any]:
    if "k" not in given or function.startswith("order_statistics."):  # whose answer has K columns
        raise DoesNotApplyError
    return _right(function, given | {"k": 1})


# ---- ranks


def _by_ranks(change: Callable[[list[Any]], list[Any]]) -> Wrong:
    """Change the order of what is answered for each rank of K, or of N for rank weights."""

    def of(numbers: list[Any], given: Given) -> list[Any]:
        return [change(row) for row in numbers] if isinstance(numbers[0], list) else change(numbers)

    names = (f"order_statistics.{name}" for name in ("value", "inclusion", "advantage"))
    return _answers(of, "rank_weights.floating", *names)


def _from_the_best(function: str, given: Given) -> list[Any]:
    if "objective" in given:
        return _given("objective", lambda alpha: LStatistic(alpha.weights[::-1]))(function, given)
    return _by_ranks(lambda row: row[::-1])(function, given)


def _overflow(of: Callable[[int, int], bool]) -> Wrong:
    def wrong(function: str, given: Given) -> list[Any]:
        if function not in ("maxk.pass_at_k", "rank_weights.floating") or "where" in given:
            raise DoesNotApplyError
        n = given["n"] if "n" in given else len(given["rewards"])
        if of(n, given["k"] if "k" in given else given["objective"].k):
            raise NoNumberError
        return _right(function, given)

    return wrong


# ---- samples of another policy, known distributions, masks


def _swapped(function: str, given: Given) -> list[Any]:
    if "ratios" not in given:
        raise DoesNotApplyError
    if min(given["rewards"]) < 0:
        raise NoNumberError
    return _right(function, given | {"rewards": given["ratios"], "ratios": given["rewards"]})


def _pairs_once(numbers: list[Any], given: Given) -> list[Any]:
    return [[x / (1 if a == b else 2) for b, x in enumerate(row)] for a, row in enumerate(numbers)]


def _mask_ignored(function: str, given: Given) -> list[Any]:
    if "where" not in given:
        raise DoesNotApplyError
    return _right(function, {name: x for name, x in given.items() if name != "where"})


def _left_out_as_zero(function: str, given: Given) -> list[Any]:
    if "where" not in given:
        raise DoesNotApplyError
    counted = [x if own else Fraction(0) for x, own in zip(given["rewards"], given["where"], strict=True)]
    return _mask_ignored(function, given | {"rewards": counted})


OF_ADVANTAGES = (*FAMILY.values(), "maxk.maxpo", "estimators.pass_at_k_training")

ELSEWHERE: dict[str, Wrong] = {
    "rank-off-by-one": _by_ranks(lambda row: [*row[1:], row[-1]]),
    "weights-from-the-best": _from_the_best,
    "absolute-weights": _given("objective", absolute),
    "weights-normalised": _given("objective", normalised),
    "weights-as-integers": _given("objective", lambda alpha: LStatistic([w // 1 for w in alpha.weights])),
    "rewards-as-integers": _rewards(lambda x: Fraction(int(x))),
    "negative-rewards-as-zero": _rewards(lambda x: max(x, Fraction(0))),
    "clipped-at-zero": _answers(lambda a, given: [max(x, Fraction(0)) for x in a], *OF_ADVANTAGES),
    "in-sorted-order": _answers(_in_sorted_order, *ONE_FOR_EACH),
    "k-over-n-forgotten": _times(lambda n, k: Fraction(n, k), *SHARES),
    "k-ignored": _k_ignored,
    "not-divided-by-n": _not_divided,
    "deviation-of-n": _answers(_of_n, "maxk.grpo"),
    "with-replacement": _with_replacement,
    "overflow-at-35": _overflow(lambda n, k: n >= 35),
    "overflow-at-136": _overflow(lambda n, k: comb(n, k) >= 2**128),
    "overflow-at-171": _overflow(lambda n, k: n >= 171),
    "ties-by-argmax": _answers(_first_of_the_best, "maxk.runner_up_gap"),
    "ratios-ignored": _given("ratios", lambda ratios: [Fraction(1)] * len(ratios)),
    "rewards-and-ratios-swapped": _swapped,
    "probabilities-ignored": _given("probabilities", lambda p: [Fraction(1, len(p))] * len(p)),
    "gradient-without-k": _times(lambda n, k: Fraction(1, k * (k - 1) or 1), "population.hessian"),
    "k-squared": _times(lambda n, k: Fraction(k, k - 1 or 1), "population.hessian"),
    "pairs-counted-once": _answers(_pairs_once, "population.hessian"),
    "mask-ignored": _mask_ignored,
    "left-out-as-zero": _left_out_as_zero,
    **{f"as-{name.replace('_', '-')}": _as(name) for name in FAMILY},
}
"""What each mistake answers there."""

ONLY_ELSEWHERE = {
    "k-ignored": "K is taken for one",
    "not-divided-by-n": "what is a mean over the N samples is their sum",
    "deviation-of-n": "the deviation of the rewards has the divisor N, where N − 1 belongs",
    "ratios-ignored": "the ratios of the two policies are ignored",
    "rewards-and-ratios-swapped": "rewards and ratios are taken for each other",
    "k-squared": "second derivatives have the factor K² for K (K − 1)",
    "pairs-counted-once": "second derivatives by two different probabilities are half of what they should be",
    **{f"as-{name.replace('_', '-')}": f"the answers are those of {path}" for name, path in FAMILY.items()},
}
"""Mistakes that are made there alone, and what they are."""
