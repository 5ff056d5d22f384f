"""Mistakes with groups, scores and masks, planted in exact arithmetic."""

from fractions import Fraction
from typing import Any

from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.vectors.batches import Row
from ordergrad_ref.vectors.golden import PER_GROUP
from ordergrad_ref.vectors.nesting import groups_of
from ordergrad_ref.vectors.omitting import UNDEFINED
from ordergrad_ref.vectors.plain import DoesNotApplyError, Given, NoNumberError, asked, each, plain

__all__ = [
    "group_ids_of_32_bits",
    "groups_mixed",
    "left_out_as_zero",
    "mask_ignored",
    "score_ties_by_position",
    "scores_ignored",
    "ties_by_position",
    "zero_for_no_answer",
]


def groups_mixed(function: str, given: Given) -> list[Any]:
    """Answer all groups as one."""
    if "groups" not in given or "where" in given:
        raise DoesNotApplyError
    name, alpha = asked(function, given)
    found = plain(name, given["rewards"], alpha, given.get("by"))
    return found if isinstance(found, list) else [found] * len(groups_of(given))


def group_ids_of_32_bits(function: str, given: Given) -> list[Any]:
    """Cut the ids of groups to 32 bits."""
    if "groups" not in given or "where" in given:
        raise DoesNotApplyError
    cut = {**given, "groups": [(g + 2**31) % 2**32 - 2**31 for g in given["groups"]]}
    _, alpha = asked(function, given)
    found = each(function, cut, plain)
    lost = len(set(given["groups"])) - len(set(cut["groups"]))
    if (lost and function in PER_GROUP) or min(map(len, groups_of(cut))) <= alpha.k:
        raise NoNumberError
    return found


def scores_ignored(function: str, given: Given) -> list[Any]:
    """Select by the rewards."""
    if "by" not in given:
        raise DoesNotApplyError
    return each(function, {name: x for name, x in given.items() if name != "by"}, plain)


def score_ties_by_position(function: str, given: Given) -> list[Any]:
    """Take the order of equal scores from their places."""
    if "by" not in given:
        raise DoesNotApplyError
    return each(function, given, _by_places)


def _by_places(name: str, r: Row, alpha: LStatistic, by: Row | None) -> Any:
    of = r if by is None else by
    order = sorted(range(len(r)), key=lambda i: of[i])
    return plain(name, r, alpha, [Fraction(order.index(i)) for i in range(len(r))])


def ties_by_position(function: str, given: Given) -> list[Any]:
    """Give equal rewards the ranks of their places."""
    if function != "pathwise_weights" or "by" in given:
        raise DoesNotApplyError
    return each(function, given, _by_places)


def mask_ignored(function: str, given: Given) -> list[Any]:
    """Count what does not count."""
    if not {"where", "nan_policy"} & set(given):
        raise DoesNotApplyError
    if "nan_policy" in given:
        raise NoNumberError
    return each(function, {name: x for name, x in given.items() if name != "where"}, plain)


def left_out_as_zero(function: str, given: Given) -> list[Any]:
    """Count what does not count as a reward of zero."""
    if not {"where", "nan_policy"} & set(given):
        raise DoesNotApplyError
    rewards = _zeros_where(given["rewards"], given.get("where"))
    rest = {name: x for name, x in given.items() if name not in ("where", "nan_policy")}
    return each(function, {**rest, "rewards": rewards}, plain)


def _zeros_where(rewards: list[Any], where: list[Any] | None) -> list[Any]:
    """Put zero where the mask does not count, or where there is NaN."""
    if isinstance(rewards[0], list):
        return [_zeros_where(row, where and own) for row, own in zip(rewards, where or rewards, strict=True)]
    counts = where or [x != "nan" for x in rewards]
    return [x if own else Fraction(0) for x, own in zip(rewards, counts, strict=True)]


def zero_for_no_answer(function: str, given: Given) -> list[Any]:
    """Answer zero for what has no answer."""
    if function not in UNDEFINED:
        raise DoesNotApplyError
    return _zeros(each(function, given, plain))


def _zeros(x: Any) -> Any:
    return [_zeros(part) for part in x] if isinstance(x, list) else x or Fraction(0)
