"""Mistakes that are made in practice, planted in exact arithmetic: which cases each of them answers wrongly.

A mistake is a way to call `plain`, or to change what it is given or what it answers. A case is tagged with a
mistake where the wrong answer fails it, in float32 too: so tags are computed, and none is only claimed.
"""

from collections.abc import Callable
from fractions import Fraction
from math import comb
from typing import Any, NamedTuple, TypeAlias

from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.vectors import softmax
from ordergrad_ref.vectors.batches import Row, absolute
from ordergrad_ref.vectors.elsewhere import ELSEWHERE, ONLY_ELSEWHERE
from ordergrad_ref.vectors.known import (
    KNOWN,
    ONLY_KNOWN,
    asks_of_a_known_distribution,
    bernstein,
    normalised,
)
from ordergrad_ref.vectors.mistakes_of_options import (
    group_ids_of_32_bits,
    groups_mixed,
    left_out_as_zero,
    mask_ignored,
    score_ties_by_position,
    scores_ignored,
    ties_by_position,
    zero_for_no_answer,
)
from ordergrad_ref.vectors.plain import (
    DoesNotApplyError,
    Given,
    NoNumberError,
    each,
    of_a_batch,
    plain,
    right_gap_weights,
)

__all__ = ["MISTAKES", "Mistake"]

Wrong: TypeAlias = Callable[[str, Given], list[Any]]


class Mistake(NamedTuple):
    """What a port does instead, as the rest of a sentence, and the answers that it then gives."""

    says: str
    answer: Wrong


def _planted(**otherwise: Any) -> Wrong:
    """Do a step of the closed forms otherwise."""

    def answer(function: str, given: Given) -> list[Any]:
        return each(function, given, lambda name, r, alpha, by: plain(name, r, alpha, by, **otherwise))

    return answer


def _of_objective(change: Callable[[LStatistic], LStatistic]) -> Wrong:
    def answer(function: str, given: Given) -> list[Any]:
        return each(function, given, lambda name, r, alpha, by: plain(name, r, change(alpha), by))

    return answer


def _of_rewards(change: Callable[[Fraction], Fraction]) -> Wrong:
    def of_group(name: str, r: Row, alpha: LStatistic, by: Row | None) -> Any:
        return plain(name, [change(x) for x in r], alpha, by)

    return lambda function, given: each(function, given, of_group)


def _of_answers(change: Callable[[Row, Row, Row], Row], *functions: str) -> Wrong:
    """Change the answers of a group, beside its rewards and what orders them."""

    def of_group(name: str, r: Row, alpha: LStatistic, by: Row | None) -> Row:
        if name not in functions:
            raise DoesNotApplyError
        return change(plain(name, r, alpha, by), r, r if by is None else by)

    return lambda function, given: each(function, given, of_group)


# ---- mistakes in the weights


def _next_rank(weights: Callable[[int, LStatistic], Row]) -> Callable[[int, LStatistic], Row]:
    def of(n: int, alpha: LStatistic) -> Row:
        own = weights(n, alpha)
        return [*own[1:], own[-1]]

    return of


def _with_replacement(n: int, alpha: LStatistic) -> Row:
    return [bernstein(alpha, Fraction(t, n)) for t in range(1, n)]


def _unless(overflows: Callable[[int, int], bool]) -> Wrong:
    """Answer rightly, but for sizes at which a number is too large."""

    def weights(n: int, alpha: LStatistic) -> Row:
        if overflows(n, alpha.k):
            raise NoNumberError
        return rank_weights.exact(n, alpha)

    return _planted(weights=weights)


def _as_text(name: str, r: Row, alpha: LStatistic, by: Row | None) -> Any:
    """Sort numbers as JavaScript's ``sort()`` does, by their digits."""
    texts = [repr(float(x)).removesuffix(".0") for x in (r if by is None else by)]
    order = sorted(set(texts))
    return plain(name, r, alpha, [Fraction(order.index(text)) for text in texts])


def _instead(of: str, function: str) -> Wrong:
    """Answer another function than the one that was asked for."""

    def of_group(name: str, r: Row, alpha: LStatistic, by: Row | None) -> Any:
        if name != of:
            raise DoesNotApplyError
        if len(r) == alpha.k:
            raise NoNumberError
        return plain(function, r, alpha, by)

    return lambda function, given: each(function, given, of_group)


# ---- mistakes with answers


def _first_of_the_best(a: Row, r: Row, by: Row) -> Row:
    best = max(r)
    below = [x for x, y in zip(a, r, strict=True) if y < best]
    if by is not r:
        raise DoesNotApplyError
    if not below:
        return a
    first = r.index(best)
    return [x if r[i] < best or i == first else max(below) for i, x in enumerate(a)]


def _in_sorted_order(a: Row, r: Row, by: Row) -> Row:
    return [a[i] for i in sorted(range(len(r)), key=lambda i: by[i])]


def _over_the_deviation(a: Row, r: Row, by: Row) -> Row:
    mean = sum(r) / len(r)
    variance = sum(((x - mean) ** 2 for x in r), Fraction(0)) / len(r)
    return [(-1 if x < 0 else 1) * softmax.root(x * x / variance) if variance else x for x in a]


ADVANTAGES = ("advantage", "score_weights")

OF_BATCHES: dict[str, Mistake] = {
    "rank-off-by-one": Mistake(
        "each reward has the weight of the next higher rank",
        _planted(gap_weights=_next_rank(right_gap_weights), weights=_next_rank(rank_weights.exact)),
    ),
    "weights-from-the-best": Mistake(
        "rank weights are read from the largest reward down",
        _of_objective(lambda alpha: LStatistic(alpha.weights[::-1])),
    ),
    "absolute-weights": Mistake("negative rank weights have lost their sign", _of_objective(absolute)),
    "weights-normalised": Mistake("rank weights are divided by their sum", _of_objective(normalised)),
    "elevated-to-n": Mistake(
        "gaps have the rank weights of N rewards where those of N − 1 belong",
        _planted(
            gap_weights=lambda n, alpha: [
                Fraction(n, n - 1) * e for e in rank_weights.elevated_exact(n, alpha)[1:]
            ]
        ),
    ),
    "own-baseline": Mistake(
        "advantages are (N − 1)/N of what they should be: the sample is in its own baseline",
        _planted(gap_weights=lambda n, alpha: rank_weights.elevated_exact(n - 1, alpha)),
    ),
    "with-replacement": Mistake(
        "gaps have the weights of sets drawn with replacement", _planted(gap_weights=_with_replacement)
    ),
    "not-centred": Mistake("the mean of the running sums is not subtracted", _planted(centred=False)),
    "k-over-n-forgotten": Mistake(
        "score weights are the advantages, without K/N", _planted(factor=lambda n, k: Fraction(1))
    ),
    "k-forgotten": Mistake("score weights have 1/N for K/N", _planted(factor=lambda n, k: Fraction(1, n))),
    "jackknife-factor-forgotten": Mistake(
        "the squares of score weights are added up without the factor (N − 1)/N",
        _planted(of_the_jackknife=lambda n: Fraction(1)),
    ),
    "include-one-for-leave-one-out": Mistake(
        "leave-one-out values are include-one values", _instead("leave_one_out", "inclusion")
    ),
    "leave-one-out-for-include-one": Mistake(
        "include-one values are leave-one-out values", _instead("inclusion", "leave_one_out")
    ),
    "wrong-at-n-is-k": Mistake(
        "groups of just K rewards are refused, or answered otherwise", _unless(lambda n, k: n == k)
    ),
    "overflow-at-35": Mistake("factorials from 35! on overflow in float32", _unless(lambda n, k: n >= 35)),
    "overflow-at-136": Mistake(
        "binomial coefficients beyond 2^128 overflow in float32", _unless(lambda n, k: comb(n, k) >= 2**128)
    ),
    "overflow-at-171": Mistake("factorials from 171! on overflow in float64", _unless(lambda n, k: n >= 171)),
    "sorted-as-text": Mistake(
        "numbers are sorted as text, 10 before 9", lambda function, given: each(function, given, _as_text)
    ),
    "weights-as-integers": Mistake(
        "rank weights are quotients of integers without a remainder",
        _of_objective(lambda alpha: LStatistic([w // 1 for w in alpha.weights])),
    ),
    "rewards-as-integers": Mistake("rewards are cut to integers", _of_rewards(lambda x: Fraction(int(x)))),
    "negative-rewards-as-zero": Mistake(
        "negative rewards count as zero", _of_rewards(lambda x: max(x, Fraction(0)))
    ),
    "clipped-at-zero": Mistake(
        "negative advantages are dropped",
        _of_answers(lambda a, r, by: [max(x, Fraction(0)) for x in a], *ADVANTAGES),
    ),
    "clipped-at-one": Mistake(
        "advantages are clipped to ±1",
        _of_answers(lambda a, r, by: [min(max(x, Fraction(-1)), Fraction(1)) for x in a], *ADVANTAGES),
    ),
    "divided-by-the-deviation": Mistake(
        "advantages are divided by the standard deviation of the rewards",
        _of_answers(_over_the_deviation, *ADVANTAGES),
    ),
    "ties-by-argmax": Mistake(
        "of tied best rewards the first alone counts as the best",
        _of_answers(_first_of_the_best, *ADVANTAGES),
    ),
    "ties-by-position": Mistake(
        "tied rewards have the weights of different ranks, by their places",
        ties_by_position,
    ),
    "in-sorted-order": Mistake(
        "answers are in the order of sorted rewards",
        _of_answers(_in_sorted_order, *ADVANTAGES, "inclusion", "leave_one_out", "pathwise_weights"),
    ),
    "groups-mixed": Mistake("all groups are answered as one", groups_mixed),
    "group-ids-of-32-bits": Mistake("group ids are cut to 32 bits", group_ids_of_32_bits),
    "scores-ignored": Mistake("scores are ignored: the rewards select", scores_ignored),
    "score-ties-by-position": Mistake(
        "equal scores are ordered by their places, not in every order alike", score_ties_by_position
    ),
    "mask-ignored": Mistake("what does not count is counted", mask_ignored),
    "left-out-as-zero": Mistake("what does not count is counted as a reward of zero", left_out_as_zero),
    "zero-for-no-answer": Mistake(
        "what does not count has the answer zero where it has none", zero_for_no_answer
    ),
}


def _does_not_apply(function: str, given: Given) -> list[Any]:
    raise DoesNotApplyError


def _planted_anywhere(tag: str) -> Wrong:
    """Ask about a batch, about a known distribution, or elsewhere, whichever the function is of."""

    def answer(function: str, given: Given) -> list[Any]:
        if asks_of_a_known_distribution(function):
            return KNOWN.get(tag, _does_not_apply)(function, given)
        if tag in OF_BATCHES and of_a_batch(function, given):
            return OF_BATCHES[tag].answer(function, given)
        return ELSEWHERE.get(tag, _does_not_apply)(function, given)

    return answer


_SAYS = {tag: own.says for tag, own in OF_BATCHES.items()} | ONLY_KNOWN | ONLY_ELSEWHERE

MISTAKES = {tag: Mistake(says, _planted_anywhere(tag)) for tag, says in _SAYS.items()}
"""The mistakes by their tags."""
