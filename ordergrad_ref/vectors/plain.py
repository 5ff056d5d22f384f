"""The functions of a batch by their closed forms in rationals, with a place for each mistake.

What is not asked otherwise is right: a third way to the answers of the vectors, which knows no definition.
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any, TypeAlias

from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.objectives import LStatistic, maximum
from ordergrad_ref.vectors import softmax
from ordergrad_ref.vectors.batches import Answer, Row
from ordergrad_ref.vectors.nesting import groups_of, nested, scores_of
from ordergrad_ref.vectors.omitting import answer_of_remaining

__all__ = [
    "DoesNotApplyError",
    "Given",
    "NoNumberError",
    "asked",
    "each",
    "of_a_batch",
    "plain",
    "right",
    "right_gap_weights",
]

Given: TypeAlias = dict[str, Any]


class DoesNotApplyError(Exception):
    """The mistake changes nothing that the case asks about."""


class NoNumberError(Exception):
    """The mistake ends in NaN."""


def plain(
    function: str,
    r: Row,
    alpha: LStatistic,
    by: Row | None = None,
    *,
    gap_weights: Callable[[int, LStatistic], Row] | None = None,
    weights: Callable[[int, LStatistic], Row] = rank_weights.exact,
    centred: bool = True,
    factor: Callable[[int, int], Fraction] = lambda n, k: Fraction(k, n),
    of_the_jackknife: Callable[[int], Fraction] = lambda n: Fraction(n - 1, n),
) -> Any:
    """Answer for one group: spec eqs. (23), (26)–(29), (76), (79). Without scores, rewards are the scores."""
    n, k = len(r), alpha.k
    by = r if by is None else by
    runs = [[i for i in range(n) if by[i] == score] for score in sorted(set(by))]
    w = iter(weights(n, alpha))
    shares = [sum((next(w) for _ in run), Fraction(0)) for run in runs]
    if function == "pathwise_weights":
        return _in_places(
            n, runs, [[share / len(run)] * len(run) for run, share in zip(runs, shares, strict=True)]
        )
    means = [sum((r[i] for i in run), Fraction(0)) / len(run) for run in runs]
    v = sum((share * mean for share, mean in zip(shares, means, strict=True)), Fraction(0))
    if function == "value":
        return v
    if n == k and function == "inclusion":
        return [v] * n
    g = (gap_weights or right_gap_weights)(n, alpha)
    ends = list(accumulate(map(len, runs)))
    rise = accumulate(
        ((high - low) * g[end - 1] for (low, high), end in zip(pairwise(means), ends, strict=False)),
        initial=Fraction(0),
    )
    levels = []
    for run, mean, level, end in zip(runs, means, rise, ends, strict=True):
        inside = g[end - len(run) : end - 1]
        slope = sum(inside, Fraction(0)) / len(inside) if inside else Fraction(0)
        levels.append([level + (r[i] - mean) * slope for i in run])
    middle = sum(map(sum, levels), Fraction(0)) / n if centred else Fraction(0)
    a = _in_places(n, runs, [[x - middle for x in level] for level in levels])
    if function == "advantage":
        return a
    if function == "inclusion":
        return [v + Fraction(n - k, n) * x for x in a]
    if function == "leave_one_out":
        return [v - Fraction(k, n) * x for x in a]
    scores = [factor(n, k) * x for x in a]
    if function == "score_weights":
        return scores
    return softmax.root(of_the_jackknife(n) * sum((x * x for x in scores), Fraction(0)))


def _in_places(n: int, runs: list[list[int]], answers: list[Row]) -> Row:
    found = [Fraction(0)] * n
    for run, own in zip(runs, answers, strict=True):
        for i, x in zip(run, own, strict=True):
            found[i] = x
    return found


def right_gap_weights(n: int, alpha: LStatistic) -> Row:
    """``N/(N−1) e_t^(N−1)``. Spec eq. (25)."""
    return [Fraction(n, n - 1) * e for e in rank_weights.elevated_exact(n - 1, alpha)]


def asked(function: str, given: Given) -> tuple[str, LStatistic]:
    """The function of a batch, and its objective; the max@K family has one of them too."""
    if function in ("maxk.canonical", "maxk.maxpo"):
        return "advantage", maximum(given["k"])
    if not of_a_batch(function, given):
        raise DoesNotApplyError
    return function, given["objective"]


def of_a_batch(function: str, given: Given) -> bool:
    """Tell whether `plain` answers it."""
    return function in ("maxk.canonical", "maxk.maxpo") or ("." not in function and "method" not in given)


def each(function: str, given: Given, of_group: Callable[..., Any]) -> list[Any]:
    """Answer group by group, with ``of_group(function, rewards, objective, scores)``, for what counts."""
    if "where" in given or "nan_policy" in given:

        def of(kept: Given) -> Answer:
            return Answer(each(function, kept, of_group), 0, Fraction(0))

        return answer_of_remaining(function, given, of).numbers
    name, alpha = asked(function, given)
    pairs = zip(groups_of(given), scores_of(given), strict=True)
    return nested(given, [of_group(name, r, alpha, by) for r, by in pairs])


def right(function: str, given: Given) -> list[Any]:
    """Answer without a mistake."""
    return each(function, given, plain)
