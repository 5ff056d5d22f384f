"""Why weights on log-probabilities are biased: each cause by itself, with the other things held right.

A cause is found by what it alone does to the weights: the advantages in batches of one length, the lengths
with the rewards held fixed. So two causes at once are both found.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.agreement import tolerance
from ordergrad_ref.auditing.audit import audit
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.trainers.cause import Cause, cause
from ordergrad_ref.trainers.characterisation import judged
from ordergrad_ref.trainers.samples import Batch, Sample, Weigh, gathered

__all__ = ["LONGEST", "causes_of"]

EQUAL = tuple(Sample(Fraction(r), 1) for r in (-2, 0, "1/2", 4))
"""Types of one length: what is wrong with these is wrong with the advantages."""


def causes_of(weigh: Weigh, objective: LStatistic, n: int, u: float) -> tuple[Cause, ...]:
    """Find what is wrong with weights on log-probabilities, the advantages first. Spec eq. (98)."""
    return (*_of_rewards(weigh, objective, n, u), *_of_lengths(weigh, n, u), *_of_tokens(weigh, n, u))


def _of_rewards(weigh: Weigh, objective: LStatistic, n: int, u: float) -> Iterator[Cause]:
    equal = gathered(weigh, EQUAL, n)
    if judged(equal, objective, u).holds is not False:
        return
    part = _part(weigh, n, u) if equal.by_order > tolerance(u) * equal.largest else range(n)
    if len(part) < n:
        yield cause("group split", f" of {len(part)} of {n} answers")
        if _right_in_parts(weigh, objective, n, part, u):
            return
    elif judged(equal, objective, u, without_equal=True).holds:
        yield cause("filtering")
        return
    yield cause("advantages", _diagnosis(weigh, objective, n))


def _part(weigh: Weigh, n: int, u: float) -> range:
    """Find the fewest answers, side by side or dealt out by turns, whose weights depend on no others."""
    rewards = [Fraction(3 * i * i - 5 * i, 2) for i in range(n)]
    before = _first(weigh, rewards, [1] * n)
    for size in (s for s in range(1, n) if n % s == 0):
        for part in (range(size), range(0, n, n // size)):
            changed = [r if i in part else r + 7 * i + 1 for i, r in enumerate(rewards)]
            after = _first(weigh, changed, [1] * n)
            if abs(after - before)[list(part)].max() <= tolerance(u) * abs(before).max():
                return part
    return range(n)


def _right_in_parts(weigh: Weigh, objective: LStatistic, n: int, part: range, u: float) -> bool:
    """Tell whether a part of a group, taken for a group, has right weights."""

    def of_part(batch: Batch) -> Floats:
        whole = [batch[0]] * n
        for i, sample in zip(part, batch, strict=True):
            whole[i] = sample
        return weigh(whole)[list(part)]

    try:
        right = judged(gathered(of_part, EQUAL, len(part)), objective, u).holds
        return bool(len(part) >= objective.k and right)
    except InvalidInputError:
        return False


def _diagnosis(weigh: Weigh, objective: LStatistic, n: int) -> str:
    """Let the audit of functions say what is wrong with the advantages by themselves."""

    def advantages(rewards: Floats) -> Floats:
        return _first(weigh, [Fraction(float(r)) for r in rewards], [1] * len(rewards))

    try:
        report = audit(advantages, objective, n, values=[s.reward for s in EQUAL])
    except (TargetError, InvalidInputError):
        return ""
    if report.unbiased is False and report.estimand is not None and report.estimand.constant > 0:
        return f"; they are those of {report.estimand.name}"
    if report.lookalikes:
        return f"; they are those of {report.lookalikes[0].name}"
    return f"; {report.diagnosis.says.rstrip('.')}" if report.diagnosis is not None else ""


LENGTHS = ((1, 3, 2, 1, 2), (3, 3, 1, 1, 1), (1, 1, 1, 3, 2), (2, 2, 2, 2, 2), (3, 1, 2, 3, 1))
LONGEST = max(map(max, LENGTHS))
"""The most tokens of an answer by which causes are told."""


def _of_lengths(weigh: Weigh, n: int, u: float) -> Iterator[Cause]:
    """By what a weight is divided, compared with answers of one token each."""
    rewards = [Fraction(r) for r in ((1, 5, 0, 2, 9, 3, 7, 4) * n)[:n]]
    flat = [Fraction(1)] * n
    one = _first(weigh, rewards, [1] * n) - _first(weigh, flat, [1] * n)
    known = abs(one) > 1e-3 * abs(one).max()
    if not known.any():
        return
    divisors, lengths = [], []
    for pattern in LENGTHS:
        ls = [pattern[i % len(pattern)] for i in range(n)]
        now = _first(weigh, rewards, ls) - _first(weigh, flat, ls)
        if not now[known].all():
            yield cause("lengths")
            return
        lengths.append(np.array(ls, dtype=float))
        divisors.append(one[known] / now[known])
    name = next(
        (name for name, f in _divisors(n) if _fits(divisors, [f(x)[known] for x in lengths], u)), "lengths"
    )
    if name:
        yield cause(name)


def _divisors(n: int) -> Iterator[tuple[str, Callable[[Floats], Floats]]]:
    """The ways in which frameworks divide, as factors relative to answers of one token."""
    yield "", np.ones_like
    yield "own length", lambda x: x
    yield "token mean", lambda x: np.full_like(x, x.mean())
    yield "longest answer", lambda x: np.full_like(x, x.max())
    for size in (s for s in range(2, n) if n % s == 0):
        yield "micro-batches", lambda x, s=size: np.repeat(x.reshape(-1, s).mean(axis=1), s)  # type: ignore[misc]
        yield "micro-batches", lambda x, s=size: np.tile(x.reshape(s, -1).mean(axis=0), s)  # type: ignore[misc]
        yield "micro-batches", lambda x, s=size: np.repeat(x.reshape(-1, s).max(axis=1), s)  # type: ignore[misc]


def _fits(came: list[Floats], right: list[Floats], u: float) -> bool:
    limit = 100 * tolerance(u)
    return all(bool((abs(c - r) <= limit * abs(r)).all()) for c, r in zip(came, right, strict=True))


def _of_tokens(weigh: Weigh, n: int, u: float) -> Iterator[Cause]:
    rewards = [Fraction(r) for r in ((1, 5, 0, 2, 9, 3, 7, 4) * n)[:n]]
    w = weigh([Sample(r, 2 if i else 3) for i, r in enumerate(rewards)])
    limit = tolerance(u) * abs(w).max()
    if abs(w[1:, 2:]).max(initial=0.0) > limit or abs(w[:, 3:]).max(initial=0.0) > limit:
        yield cause("padding")
    plain = weigh([Sample(Fraction(1), 2 if i else 3) for i in range(n)])
    moved = w - plain
    if abs(moved[:, 0] - moved[:, 1]).max() > limit:
        yield cause("positions")


def _first(weigh: Weigh, rewards: list[Fraction], lengths: list[int]) -> Floats:
    """The weights of the first tokens."""
    return weigh([Sample(r, length) for r, length in zip(rewards, lengths, strict=True)])[:, 0]
