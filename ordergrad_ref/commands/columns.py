"""New columns for the rows of files: one quantity of several objectives, group by group."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref import batch
from ordergrad_ref.commands.portions import portions
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import Objective
from ordergrad_ref.rollouts import Rollouts
from ordergrad_ref.rollouts.groups import Groups

__all__ = ["NEEDS_MORE", "Columns", "What", "computed", "numbered"]

What: TypeAlias = Literal[
    "advantage", "score_weights", "value", "inclusion", "leave_one_out", "pathwise_weights"
]
NEEDS_MORE = ("advantage", "score_weights", "leave_one_out")  # than K rewards, and the others K


@dataclass(frozen=True)
class Columns:
    """Answers, and the rows that have none.

    Attributes
    ----------
    answers : (objectives, n) float64 array
        NaN where a row has none.
    small : (objectives, n) bool array
        Rows of groups that are too small.
    lost : (n,) bool array
        Rows that count and whose reward is missing, or a reward of whose group is.
    number : (n,) int array
        The group of each row; -1 for a row that takes no part.
    names : list or None
        The groups; None where all rows are one.
    warnings : list of str
        What was warned of.
    """

    answers: NDArray[np.float64]
    small: NDArray[np.bool_]
    lost: NDArray[np.bool_]
    number: NDArray[np.integer]
    names: list[Any] | None
    warnings: list[str]

    @property
    def many(self) -> int:
        """How many groups there are."""
        return 1 if self.names is None else len(self.names)

    @property
    def sizes(self) -> list[int] | None:
        """How many rewards each group has."""
        if self.names is None:
            return None
        return np.bincount(self.number[self.number >= 0], minlength=self.many).tolist()

    def names_of(self, rows: NDArray[np.bool_]) -> list[Any] | None:
        """Return the group of each of these rows."""
        names = self.names
        return None if names is None else [names[i] for i in self.number[rows].tolist()]

    def missing_sentence(self, policy: str) -> str:
        """Say how many rows got nothing since a reward is missing."""
        many = int(self.lost.sum())
        whose = "their reward is missing" if policy == "skip" else "a reward of their group is missing"
        return f" {many} rows got no number: {whose}." if many else ""


def computed(
    read: Sequence[Rollouts],
    alphas: Sequence[Objective],
    what: What,
    *,
    group_size: int | None,
    by: NDArray[np.float64] | None = None,
    where: NDArray[np.bool_] | None = None,
) -> Columns:
    """Compute a quantity for the rows of all files together.

    A missing reward is NaN. Where those are skipped, its row takes no part; else its whole group does not.
    What does not count by ``where`` may miss its reward, and is answered as in any other group.
    """
    rewards = read[0].rewards if len(read) == 1 else np.concatenate([one.rewards for one in read])
    names, number = _numbered(read, group_size)
    counts = np.ones(len(rewards), dtype=bool) if where is None else where
    gone = np.isnan(rewards) & counts
    if read[0].missing == "raise" and gone.any():
        raise InvalidInputError("reward: expected a number for each sample that counts, got none in a list")
    if read[0].missing == "skip":
        number = np.where(gone, -1, number)
        lost = gone
    else:
        many = int(number.max(initial=0)) + 1
        lost = (np.bincount(number[gone], minlength=many) > 0)[number] & counts
    taking_part = np.where(lost, -1, number) if lost.any() else number
    beside = {name: values for name, values in (("by", by), ("where", where)) if values is not None}
    answers = np.full((len(alphas), len(rewards)), np.nan)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for rows in portions(taking_part):
            some = {name: values[rows] for name, values in beside.items()}
            for row, alpha in zip(answers, alphas, strict=True):
                row[rows] = _one(rewards[rows], number[rows], alpha, what, some)
    said = list(dict.fromkeys(str(warning.message) for warning in caught))
    return Columns(answers, np.isnan(answers) & ~lost & counts, lost, number, names, said)


def _one(
    rewards: NDArray[np.float64],
    number: NDArray[np.integer],
    alpha: Objective,
    what: What,
    beside: dict[str, NDArray[Any]],
) -> NDArray[np.float64]:
    found = getattr(batch, what)(rewards, alpha, groups=number, small_groups="nan", **beside)
    if what != "value":
        return found
    _, place = np.unique(number, return_inverse=True)
    return found[place]


def _numbered(
    read: Sequence[Rollouts], group_size: int | None
) -> tuple[list[Any] | None, NDArray[np.integer]]:
    if group_size is not None:
        return _by_position(read, group_size)
    if read[0].grouping is None:
        return None, np.zeros(sum(len(one.rewards) for one in read), dtype=np.intp)
    return numbered(read)


def numbered(read: Sequence[Rollouts]) -> Groups:
    """Number the groups over all files, in the order in which they first come; -1 is no group.

    Where no column names them, and rows are groups, those of different files are different.
    """
    if len(read) == 1 and read[0].grouping is not None:
        return read[0].grouping
    known: dict[Any, int] = {}
    numbers = []
    for i, one in enumerate(read):
        names, number = one.grouping or Groups([], np.empty(0, dtype=np.intp))
        places = [known.setdefault(name if one.grouped else (i, name), len(known)) for name in names]
        numbers.append(np.array([*places, -1], dtype=np.intp)[number])
    return Groups(list(known), np.concatenate(numbers))


def _by_position(read: Sequence[Rollouts], size: int) -> Groups:
    if size < 1:
        raise InvalidInputError(f"group_size: expected at least 1, got {size}")
    numbers: list[NDArray[np.integer]] = []
    before = 0
    for one in read:
        rows = len(one.rewards)
        if rows % size:
            raise InvalidInputError(
                f"group_size: expected a divisor of the {rows} rows of {one.path}, got {size}"
            )
        numbers.append(before + np.arange(rows) // size)
        before += rows // size
    return Groups(list(range(before)), np.concatenate(numbers))
