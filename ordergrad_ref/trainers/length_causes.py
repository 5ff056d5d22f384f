"""Why weights depend on lengths or on places: what answers are divided by, and which tokens count for more.

Rewards are held fixed. What is left where all rewards are equal, as of a KL term, is taken away first.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.agreement import tolerance
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.trainers.cause import Cause, cause
from ordergrad_ref.trainers.characterisation import Judgement, judged
from ordergrad_ref.trainers.samples import ByType, Sample, Weigh, gathered, long_types

__all__ = ["LONGEST", "causes_of_lengths", "judged_long", "some_rewards"]

LENGTHS = ((1, 3, 2, 1, 2), (3, 3, 1, 1, 1), (1, 1, 1, 3, 2), (2, 2, 2, 2, 2), (3, 1, 2, 3, 1))
LONGEST = max(map(max, LENGTHS))
"""The most tokens of an answer by which causes are told."""

REWARDS = (1, 5, 0, 2, 9, 3, 7, 4)

READINGS: tuple[Callable[[Floats, int], float], ...] = (
    lambda row, length: float(row[0]),
    lambda row, length: float(row[length - 1]),
    lambda row, length: float(row[:length].mean()),
)
"""The weight of an answer whose tokens differ: of its first, its last, or their mean.

A discount from either end leaves one of them alone, so that it is not taken for a divisor.
"""


def some_rewards(n: int) -> list[Fraction]:
    """N rewards, whose order is no order of lengths."""
    return [Fraction(r) for r in (REWARDS * n)[:n]]


def causes_of_lengths(weigh: Weigh, n: int, u: float) -> Iterator[Cause]:
    """Find divisors of lengths, a length that counts as a reward, and tokens that count for more."""
    differ = _tokens_differ(weigh, [3, *[2] * (n - 1)], u)
    tried = [[1] * n, *([pattern[i % len(pattern)] for i in range(n)] for pattern in LENGTHS)]
    moved = [_moved(weigh, lengths) for lengths in tried]
    names = [_divisor(read, tried, moved, u) for read in (READINGS if differ else READINGS[:1])]
    told = {name for name in names if name is not None}
    if "" in told or (not told and differ and _of_own_length_alone(tried, moved, u)):
        name = ""
    else:
        name = next((name for name in names if name), "lengths")
    if name in ("", "lengths") and _length_is_a_reward(weigh, n, u):
        yield cause("length penalty")
    elif name:
        yield cause(name)
    if _has_padding(weigh, n, u):
        yield cause("padding")
    if differ:
        yield cause("positions")


def judged_long(
    weigh: Weigh, objective: LStatistic, shorter: ByType, length: int, u: float, constant: float
) -> tuple[Judgement, Cause] | None:
    """Judge the longest answers where shorter ones have a constant; None where the longest have it, too.

    Where the order of a batch counts, but not all orders of the shorter were tried, there is nothing to
    compare with.
    """
    few = shorter.by_order <= tolerance(u) * shorter.largest
    if not few and not shorter.every_order:
        return None
    longest = gathered(weigh, long_types(length), shorter.n, few_orders=few)
    verdict = judged(longest, objective, u)
    if verdict.holds is not False and abs(verdict.fitted - constant) <= tolerance(u) * abs(constant):
        return None
    differ = _tokens_differ(weigh, [length] * shorter.n, u)
    return verdict, cause("positions" if differ else "truncated answers")


def _tokens_differ(weigh: Weigh, lengths: list[int], u: float) -> bool:
    """Tell whether the tokens of an answer have different weights."""
    moved = _moved(weigh, lengths)
    spread = max(float(np.ptp(row[:length])) for row, length in zip(moved, lengths, strict=True))
    return spread > tolerance(u) * float(abs(moved).max())


def _moved(weigh: Weigh, lengths: list[int]) -> Floats:
    """What rewards add to the weights that answers of these lengths have where all rewards are equal."""
    some, flat = some_rewards(len(lengths)), [Fraction(1)] * len(lengths)
    return weigh(_batch(some, lengths)) - weigh(_batch(flat, lengths))


def _divisor(
    read: Callable[[Floats, int], float], tried: list[list[int]], moved: list[Floats], u: float
) -> str | None:
    """Name what weights are divided by, compared with answers of one token; "" is nothing, None not known."""
    one, *others = [np.array([read(row, t) for row, t in zip(w, ls, strict=True)])
                    for w, ls in zip(moved, tried, strict=True)]  # fmt: skip
    known = abs(one) > 1e-3 * abs(one).max()
    if not known.any():
        return None
    lengths = [np.array(ls, dtype=float) for ls in tried[1:]]
    limit = 100 * tolerance(u)
    for name, share in _shares(len(one)):
        right = [(one * share(x))[known] for x in lengths]
        if all(_fits(w[known], r, limit) for w, r in zip(others, right, strict=True)):
            return name
    return None


def _shares(n: int) -> Iterator[tuple[str, Callable[[Floats], Floats]]]:
    """The ways in which frameworks divide, as shares of what answers of one token have."""
    yield "", np.ones_like
    yield "own length", lambda x: 1 / x
    yield "token mean", lambda x: np.full_like(x, 1 / x.mean())
    yield "longest answer", lambda x: np.full_like(x, 1 / x.max())
    for size in (s for s in range(2, n) if n % s == 0):
        yield "micro-batches", lambda x, s=size: np.repeat(1 / x.reshape(-1, s).mean(axis=1), s)  # type: ignore[misc]
        yield "micro-batches", lambda x, s=size: np.tile(1 / x.reshape(s, -1).mean(axis=0), s)  # type: ignore[misc]
        yield "micro-batches", lambda x, s=size: np.repeat(1 / x.reshape(-1, s).max(axis=1), s)  # type: ignore[misc]
    yield "truncated answers", lambda x: (x < LONGEST).astype(float)


def _fits(came: Floats, right: Floats, limit: float) -> bool:
    return bool((abs(came - right) <= limit * abs(came)).all())


def _of_own_length_alone(tried: list[list[int]], moved: list[Floats], u: float) -> bool:
    """Tell whether the lengths of the others change nothing: what is left is where a token stands."""
    rows: dict[tuple[int, int], Floats] = {}
    limit = tolerance(u) * max(float(abs(w).max()) for w in moved)
    return all(
        bool((abs(row - rows.setdefault((i, length), row)) <= limit).all())
        for lengths, w in zip(tried, moved, strict=True)
        for i, (length, row) in enumerate(zip(lengths, w, strict=True))
    )


def _length_is_a_reward(weigh: Weigh, n: int, u: float) -> bool:
    """Tell whether an answer's own length moves its weight where all rewards are zero."""
    short, long = (weigh(_batch([Fraction(0)] * n, [t, *[2] * (n - 1)]))[0, 0] for t in (1, LONGEST))
    scale = float(abs(weigh(_batch(some_rewards(n), [2] * n))).max())
    return bool(abs(long - short) > tolerance(u) * scale)


def _has_padding(weigh: Weigh, n: int, u: float) -> bool:
    w = weigh(_batch(some_rewards(n), [3, *[2] * (n - 1)]))
    behind = max(abs(w[1:, 2:]).max(initial=0.0), abs(w[:, 3:]).max(initial=0.0))
    return bool(behind > tolerance(u) * abs(w).max())


def _batch(rewards: list[Fraction], lengths: list[int]) -> list[Sample]:
    return [Sample(r, length) for r, length in zip(rewards, lengths, strict=True)]
