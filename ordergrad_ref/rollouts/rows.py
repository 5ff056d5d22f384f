"""Rows of cells become rewards and the groups they belong to."""

import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import cells
from ordergrad_ref.rollouts.columns import Absent, no_column
from ordergrad_ref.rollouts.groups import Groups

__all__ = ["Rows"]

T = TypeVar("T")


class Rows:
    """What has been read of a file so far."""

    def __init__(
        self,
        names: Sequence[str],
        ids: Sequence[str],
        weights: Sequence[float],
        read: cells.Rewards,
        sole: bool,
    ) -> None:
        self.names, self.ids, self.weights = names, ids, weights
        self.reading = read
        self.as_it_is = sole and len(names) == 1
        self.rewards = array("d")
        self.number = array("q")  # of the group; -1 is none
        self.lengths = array("q")
        self._lists: bool | None = None
        self._held: dict[Any, int] = {}  # holds each id once: an id may be a whole prompt
        self._first: list[Any] = []
        self._never: dict[str, InvalidInputError] = {}
        self._there: set[str] = set()

    def take(self, rewards: Sequence[Any], group: Sequence[Any], may_be_missing: bool = False) -> None:
        """Read one row; an error begins where the name of the row ends."""
        if self._takes_plainly(rewards, group):
            return
        reading = self.reading
        if may_be_missing and reading.missing == "raise":
            reading = replace(reading, missing="nan")
        keeps = reading.missing != "raise"
        rewards = [self._present(n, c, keeps) for n, c in zip(self.names, rewards, strict=True)]
        group = [
            self._present(n, c, self.reading.missing == "skip") for n, c in zip(self.ids, group, strict=True)
        ]
        parts: list[Any] = _read(self.names, rewards, reading.read)
        key = self._key(group)
        for name, part, cell in zip(self.names, parts, rewards, strict=True):
            if self._lists is None:
                self._lists = isinstance(part, list)
            if isinstance(part, list) is not self._lists:
                kinds = ("a number", "a list") if self._lists is False else ("a list", cells.shown(cell))
                raise InvalidInputError(f", column {name!r}: expected {kinds[0]} as before, got {kinds[1]}")
        several = self._samples(parts) if self._lists else [parts]
        self.lengths.append(len(several))
        for one in several:
            total = one[0] if self.as_it_is else self._sum(one)
            self.rewards.append(math.nan if key < 0 and self.ids else total)
            self.number.append(key if self.ids else len(self.lengths) - 1)

    def _takes_plainly(self, rewards: Sequence[Any], group: Sequence[Any]) -> bool:
        """Take the usual row as `take` would: a finite float in a group of text, after others like it."""
        if not self.as_it_is or self._lists is not False or len(group) > 1:
            return False
        if type(rewards[0]) is not float or not math.isfinite(rewards[0]):
            return False
        number = len(self.lengths)
        if group:
            if type(group[0]) is not str or not group[0] or type(self._first[0]) is not str:
                return False
            number = self._held.setdefault(group[0], len(self._held))
        self._there.update(self._never)
        self.lengths.append(1)
        self.rewards.append(rewards[0])
        self.number.append(number)
        return True

    def refuse_never_there(self, path: str) -> None:
        """Refuse a column that no row has, though a missing cell may be."""
        for name, error in self._never.items():
            if name not in self._there:
                raise type(error)(f"{path}, in every row{error}")

    def groups_and_lengths(self) -> tuple[Groups | None, NDArray[np.intp] | None]:
        """Return the groups of the rewards, and how many rewards a row has, where rows have lists."""
        lengths = np.array(self.lengths, dtype=np.intp) if self._lists else None
        if not self.ids and not self._lists:
            return None, lengths
        names = list(self._held) if self.ids else list(range(len(self.lengths)))
        return Groups(names, np.array(self.number, dtype=np.intp)), lengths

    def _present(self, name: str, cell: Any, may_be_missing: bool) -> Any:
        if not isinstance(cell, Absent):
            self._there.add(name)
            return cell
        if not may_be_missing or name not in self._never:
            error = no_column(cell.members, name, "")
            if not may_be_missing:
                raise error
            self._never[name] = error
        return None

    def _key(self, group: Sequence[Any]) -> int:
        """Return the number of the group; -1 where it is missing and such rows are skipped."""
        if self.reading.missing == "skip" and any(cell is None or cell == "" for cell in group):
            return -1
        self._first = self._first or list(group)
        pairs = list(zip(group, self._first, strict=True))
        key = _read(self.ids, pairs, lambda pair: cells.group_id(*pair))
        name = key[0] if len(key) == 1 else tuple(key)
        return self._held.setdefault(name, len(self._held))

    def _samples(self, parts: Sequence[Any]) -> list[list[float]]:
        lengths = {name: len(part) for name, part in zip(self.names, parts, strict=True)}
        if len(set(lengths.values())) > 1:
            raise InvalidInputError(f", rewards: expected lists of one length, got {lengths}")
        return [list(sample) for sample in zip(*parts, strict=True)]

    def _sum(self, parts: Sequence[float]) -> float:
        try:
            return cells.weighted_sum(parts, self.weights)
        except InvalidInputError as error:
            raise type(error)(f", {error}") from None


def _read(columns: Sequence[str], row: Sequence[Any], meaning: Callable[[Any], T]) -> list[T]:
    """Read the cells of a row; an error names the column."""
    read = []
    for column, cell in zip(columns, row, strict=True):
        try:
            read.append(meaning(cell))
        except InvalidInputError as error:
            raise type(error)(f", column {column!r}: {error}") from None
    return read
