"""What one batch of rewards is answered with, in exact rationals, and the measure of its errors.

By enumeration of the definition up to ten rewards, by the closed forms on rationals beyond. With scores
(``by``), samples are ordered by them; the scale is then another one, since gaps have either sign.
"""

from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from ordergrad_ref import batch, definition
from ordergrad_ref.closed_forms import rank_weights as closed_rank_weights
from ordergrad_ref.objectives import LStatistic

__all__ = [
    "LARGEST_ENUMERATED",
    "Answer",
    "Row",
    "absolute",
    "answer_of",
    "bound",
    "rank_weights",
    "scale_of",
]

Row: TypeAlias = list[Any]  # Fractions

LARGEST_ENUMERATED = 10


class Answer(NamedTuple):
    """Exact numbers, nested as the rewards are, or one value for each group; and the bound of their errors.

    ``|got − expected| ≤ c · u · scale``, spec eq. (57). Exact where ``within`` is zero, else off by less than
    that. ``None`` stands in the place of a reward that does not count and has no answer.
    """

    numbers: list[Any]
    c: int
    scale: Fraction
    within: Fraction = Fraction(0)


def bound(size: int) -> int:
    """``c = 5 n + 6``; n is the size of a group, or the atoms of a population plus 2 K. Spec eq. (58)."""
    return 5 * size + 6


def absolute(alpha: LStatistic) -> LStatistic:
    """Give the objective with the magnitudes of the rank weights."""
    return LStatistic([abs(w) for w in alpha.weights])


def answer_of(function: str, r: Row, alpha: LStatistic, closed: bool = False, by: Row | None = None) -> Any:
    """Answer for one batch, by enumeration unless it is large or ``closed``."""
    n, k = len(r), alpha.k
    if closed or n > LARGEST_ENUMERATED:
        exact = getattr(batch, function)(r, alpha, **({} if by is None else {"by": by}))
        return exact.tolist() if function != "value" else Fraction(exact)
    if function == "score_weights":
        return [Fraction(k, n) * a for a in answer_of("advantage", r, alpha, by=by)]
    if function == "pathwise_weights":
        w, order = rank_weights(n, alpha, closed), r if by is None else by
        ascending = sorted(order)
        tied = {x: [w[m] for m in range(n) if ascending[m] == x] for x in order}
        return [sum(tied[x]) / len(tied[x]) for x in order]
    scores = None if by is None else tuple(by)
    if function == "advantage":
        pairs = zip(*(_enumerated(part, tuple(r), alpha, scores) for part in PARTS), strict=True)
        return [q - v for q, v in pairs]
    found = _enumerated(function, tuple(r), alpha, scores)
    return list(found) if isinstance(found, list) else found


PARTS = ("inclusion", "leave_one_out")
"""An advantage is the difference of these. Spec eq. (20)."""


@lru_cache(maxsize=1024)
def _enumerated(function: str, r: tuple[Any, ...], alpha: LStatistic, by: tuple[Any, ...] | None) -> Any:
    """Ask the definition, once for all functions that follow from its answer."""
    return getattr(definition, function)(r, alpha, by=by)


def rank_weights(n: int, alpha: LStatistic, closed: bool = False) -> Row:
    """``w_m = v(1_{≥ m}) − v(1_{> m})``: the value, eq. (17), of batches of zeros and ones."""
    if closed or n > LARGEST_ENUMERATED:
        return closed_rank_weights.exact(n, alpha)
    return list(_enumerated_rank_weights(n, alpha))


@lru_cache(maxsize=1024)
def _enumerated_rank_weights(n: int, alpha: LStatistic) -> Row:
    v = [definition.value([Fraction(t >= m) for t in range(n)], alpha) for m in range(n)]
    return [high - low for high, low in zip(v, [*v[1:], Fraction(0)], strict=True)]


def scale_of(
    function: str, r: Row, magnitudes: LStatistic, closed: bool = False, by: Row | None = None
) -> Fraction:
    """Measure the errors of a batch: spec eq. (59), and with scores what section 9.5 says of them."""
    n, k = len(r), magnitudes.k
    value = magnitudes.total * max(map(abs, r))
    if function == "value":
        return value
    if function == "pathwise_weights":
        return max(answer_of(function, r, magnitudes, closed, by))
    if function == "inclusion" and n == k:
        return value
    advantage: Fraction = (
        4 * Fraction(n, k) * value
        if by is not None
        else max(map(abs, answer_of("advantage", r, magnitudes, closed)))
    )
    return {
        "advantage": advantage,
        "score_weights": Fraction(k, n) * advantage,
        "inclusion": value + Fraction(n - k, n) * advantage,
        "leave_one_out": value + Fraction(k, n) * advantage,
    }[function]
