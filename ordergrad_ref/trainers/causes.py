"""Why weights on log-probabilities are biased: each cause by itself, with the other things held right.

A cause is found by what it alone does to the weights: the advantages in batches of one length, the lengths
with the rewards held fixed. So two causes at once are both found.
"""

from collections.abc import Iterator
from fractions import Fraction

from ordergrad_ref._types import Floats
from ordergrad_ref.agreement import tolerance
from ordergrad_ref.auditing.audit import audit
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.trainers.cause import Cause, cause
from ordergrad_ref.trainers.characterisation import judged
from ordergrad_ref.trainers.length_causes import LONGEST, causes_of_lengths, some_rewards
from ordergrad_ref.trainers.samples import Batch, Sample, Weigh, gathered

__all__ = ["causes_of"]

EQUAL = tuple(Sample(Fraction(r), 1) for r in (-2, 0, "1/2", 4))
"""Types of one length: what is wrong with these is wrong with the advantages."""


def causes_of(weigh: Weigh, objective: LStatistic, n: int, u: float) -> tuple[Cause, ...]:
    """Find what is wrong with weights on log-probabilities, the advantages first. Spec eq. (98)."""
    return (*_of_rewards(_one_token(weigh, n), objective, n, u), *causes_of_lengths(weigh, n, u))


def _one_token(weigh: Weigh, n: int) -> Weigh:
    """Let one token stand for an answer: the only one, or where that has no weight, the heaviest of three.

    A loss that leaves out the first or the last token gives no weight to an answer of one token.
    """

    def at(length: int, token: int) -> Weigh:
        return lambda batch: weigh([Sample(s.reward, length) for s in batch])[:, token : token + 1]

    batch = [Sample(r, LONGEST) for r in some_rewards(n)]
    if at(1, 0)(batch).any():
        return at(1, 0)
    return at(LONGEST, int(abs(weigh(batch)[:, :LONGEST]).sum(axis=0).argmax()))


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
    before = _first(weigh, rewards)
    for size in (s for s in range(1, n) if n % s == 0):
        for part in (range(size), range(0, n, n // size)):
            changed = [r if i in part else r + 7 * i + 1 for i, r in enumerate(rewards)]
            after = _first(weigh, changed)
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
        return _first(weigh, [Fraction(float(r)) for r in rewards])

    try:
        report = audit(advantages, objective, n, values=[s.reward for s in EQUAL])
    except (TargetError, InvalidInputError):
        return ""
    if report.unbiased is False and report.estimand is not None and report.estimand.constant > 0:
        return f"; they are those of {report.estimand.name}"
    if report.lookalikes:
        return f"; they are those of {report.lookalikes[0].name}"
    return f"; {report.diagnosis.says.rstrip('.')}" if report.diagnosis is not None else ""


def _first(weigh: Weigh, rewards: list[Fraction]) -> Floats:
    """The weights of the first tokens of answers of one token."""
    return weigh([Sample(r, 1) for r in rewards])[:, 0]
