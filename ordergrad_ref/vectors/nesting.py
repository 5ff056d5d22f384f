"""From the rewards of a case to its groups, and from the answers of groups to the nesting of the rewards."""

from collections.abc import Sequence
from typing import Any

__all__ = ["groups_of", "nested", "scores_of"]


def groups_of(given: dict[str, Any]) -> list[list[Any]]:
    """List the rewards of each group, groups in ascending order of their ids.

    Examples
    --------
    >>> groups_of({"rewards": [3, 1, 4], "groups": [7, 2, 7]})
    [[1], [3, 4]]
    """
    rewards = given["rewards"]
    if "groups" in given:
        pairs = list(zip(given["groups"], rewards, strict=True))
        return [[x for g, x in pairs if g == name] for name in sorted(set(given["groups"]))]
    return rewards if isinstance(rewards[0], list) else [rewards]


def scores_of(given: dict[str, Any]) -> list[Any]:
    """List the scores of each group, in the order of `groups_of`; None for each where there are no scores.

    Examples
    --------
    >>> scores_of({"rewards": [3, 1, 4], "by": [0, 5, 9], "groups": [7, 2, 7]})
    [[5], [0, 9]]
    """
    if "by" not in given:
        return [None] * len(groups_of(given))
    return groups_of({**given, "rewards": given["by"]})


def nested(given: dict[str, Any], answers: Sequence[Any]) -> list[Any]:
    """Put the answers of the groups where their rewards came from; answers of one number stay a list.

    Examples
    --------
    >>> nested({"rewards": [3, 1, 4], "groups": [7, 2, 7]}, [["b"], ["a", "c"]])
    ['a', 'b', 'c']
    """
    if not isinstance(answers[0], list):
        return list(answers)
    if "groups" in given:
        places = {name: iter(row) for name, row in zip(sorted(set(given["groups"])), answers, strict=True)}
        return [next(places[g]) for g in given["groups"]]
    return list(answers) if isinstance(given["rewards"][0], list) else answers[0]
