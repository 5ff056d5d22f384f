"""The tags of a case: the mistakes that it exposes, each planted and seen to fail it."""

from fractions import Fraction
from typing import Any

from ordergrad_ref.vectors.batches import Answer
from ordergrad_ref.vectors.mistakes import MISTAKES
from ordergrad_ref.vectors.nesting import groups_of
from ordergrad_ref.vectors.plain import DoesNotApplyError, NoNumberError, of_a_batch
from ordergrad_ref.vectors.questions import Question

__all__ = ["SAYS", "tags_of"]

UNIT_ROUNDOFF = Fraction(1, 2**24)
LARGEST_GROUP = 64

SAYS = {tag: mistake.says for tag, mistake in MISTAKES.items()} | {
    "sizes-unchecked": "groups that are too small are not refused as such",
    "nan-unchecked": "NaN is not refused as such",
    "infinity-unchecked": "infinity is not refused as such",
    "not-finite-unchecked": "neither NaN nor infinity is refused as such",
    "input-unchecked": "what is of the wrong shape, or out of its range, is not refused",
}
"""What a port does that fails the cases of a tag."""


def tags_of(question: Question, right: Answer | None) -> list[str]:
    """Plant each mistake, and list those whose answers fail the case, in float64 and in float32.

    Of batches above 64 rewards only what is about large numbers is asked.

    Examples
    --------
    >>> from ordergrad_ref.vectors.expected import answer
    >>> from ordergrad_ref.vectors.questions import one
    >>> asked = one("score_weights", "basic", "max@1", "two", [7, 4])
    >>> tags_of(asked, answer(asked.function, asked.given))[:3]
    ['own-baseline', 'with-replacement', 'not-centred']
    """
    if right is None:
        return _of_refusal(question)
    of_batch = of_a_batch(question.function, question.given)
    large = of_batch and max(map(len, groups_of(question.given))) > LARGEST_GROUP
    asked = [tag for tag in MISTAKES if not large or tag.startswith("overflow-at-")]
    return [tag for tag in asked if _fails(tag, question, right)]


def _of_refusal(question: Question) -> list[str]:
    """What a port does that does not refuse what it must."""
    if question.error == "GroupTooSmallError":
        return ["sizes-unchecked"]
    if question.error != "NonFiniteRewardError":
        return ["input-unchecked"]
    given = [x for name in ("rewards", "by", "logits") for x in _flat(question.given.get(name, []))]
    return ["nan-unchecked" if "nan" in given else "infinity-unchecked", "not-finite-unchecked"]


def _fails(tag: str, question: Question, right: Answer) -> bool:
    try:
        wrong = MISTAKES[tag].answer(question.function, question.given)
    except DoesNotApplyError:
        return False
    except NoNumberError:
        return True
    allowed = right.c * UNIT_ROUNDOFF * right.scale
    return any(
        (a is None) != (b is None) or (a is not None and abs(a - b) > allowed)
        for a, b in zip(_flat(wrong), _flat(right.numbers), strict=True)
    )


def _flat(x: Any) -> list[Any]:
    return [number for part in x for number in _flat(part)] if isinstance(x, list) else [x]
