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
from ordergrad_ref.rollouts.batches import Batch, Cells, Words, listed
from ordergrad_ref.rollouts.cells import LARGEST_INTEGER
from ordergrad_ref.rollouts.columns import Absent, no_column
from ordergrad_ref.rollouts.groups import Groups

__all__ = ["Rows"]

T = TypeVar("T")

NUMBERS, PLAIN_IDS = {float, int, bool}, cells.IDS.keys() - {tuple}


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
        self.number = array("i")  # of the group; -1 is none
        self.lengths = array("q")  # where rows have lists
        self.rows = 0
        self.zeros = 0  # in place of missing rewards
        self._lists: bool | None = None
        self._held: dict[Any, int] = {}  # holds each id once: an id may be a whole prompt
        self.first: list[Any] = []  # ids
        self._never: dict[str, InvalidInputError] = {}
        self._there: set[str] = set()

    def take(self, batch: Batch, may_be_missing: Sequence[bool], where: str) -> None:
        """Read rows; an error names the row by its number after ``where``."""
        if self._takes_plainly(batch):
            return
        columns = map(listed, batch.columns)
        for number, optional, *row in zip(batch.numbers, may_be_missing, *columns, strict=True):
            try:
                self._take_one(row[: len(self.names)], row[len(self.names) :], optional)
            except InvalidInputError as error:
                raise type(error)(f"{where} {number}{error}") from None

    def _takes_plainly(self, batch: Batch) -> bool:
        """Take rows all at once, as `_take_one` would, where each is a finite number in a group."""
        if not self.as_it_is or self._lists:
            return False
        rewards = self._plain_rewards(batch.columns[0])
        if rewards is None:
            return False
        first = self.first or list(map(_first, batch.columns[1:]))
        ids = [found for found in map(_plain_ids, batch.columns[1:], first) if found is not None]
        if len(ids) < len(first):
            return False
        self.first = first
        if ids:
            self.number.frombytes(self._numbers_of(ids).tobytes())
        self.rewards.frombytes(rewards.tobytes())
        self.rows += len(rewards)
        self._lists = False
        self._there.update(self._never)
        return True

    def _plain_rewards(self, cells: Cells) -> NDArray[np.float64] | None:
        """Return finite numbers, none so large that it may be an integer that floats do not hold."""
        if self.reading.words:
            cells = list(map(self.reading.meant, listed(cells)))
        if isinstance(cells, Words):
            return None
        if not isinstance(cells, np.ndarray) and set(map(type, cells)) - NUMBERS:
            return None
        try:
            numbers = np.asarray(cells, dtype=np.float64)
        except OverflowError:
            return None
        return numbers if (np.abs(numbers) < LARGEST_INTEGER).all() else None

    def _numbers_of(self, ids: Sequence[Cells]) -> NDArray[np.int32]:
        """Return the number of each row's group."""
        held = self._held
        if len(ids) == 1 and isinstance(ids[0], Words):
            words, places = ids[0]
            return np.array([held.setdefault(word, len(held)) for word in words], dtype=np.int32)[places]
        columns = list(map(listed, ids))
        keys = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
        for key in dict.fromkeys(keys):
            held.setdefault(key, len(held))
        return np.fromiter(map(held.__getitem__, keys), dtype=np.int32, count=len(keys))

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
        names = list(self._held) if self.ids else list(range(self.rows))
        return Groups(names, np.frombuffer(self.number, dtype=np.int32)), lengths

    def _take_one(self, rewards: Sequence[Any], group: Sequence[Any], may_be_missing: bool) -> None:
        """Read one row; an error begins where the name of the row ends."""
        reading = self.reading
        if may_be_missing and reading.missing == "raise":
            reading = replace(reading, missing="nan")
        keeps = reading.missing != "raise"
        rewards = [self._present(n, c, keeps) for n, c in zip(self.names, rewards, strict=True)]
        group = [
            self._present(n, c, self.reading.missing == "skip") for n, c in zip(self.ids, group, strict=True)
        ]
        parts: list[Any] = _read(self.names, rewards, reading.read)
        if reading.missing == "zero":
            self.zeros += sum(map(reading.missing_in, rewards))
        key = self._key(group)
        for name, part, cell in zip(self.names, parts, rewards, strict=True):
            if self._lists is None:
                self._lists = isinstance(part, list)
            if isinstance(part, list) is not self._lists:
                kinds = ("a number", "a list") if self._lists is False else ("a list", cells.shown(cell))
                raise InvalidInputError(f", column {name!r}: expected {kinds[0]} as before, got {kinds[1]}")
        several = self._samples(parts) if self._lists else [parts]
        if self._lists:
            self.lengths.append(len(several))
        for one in several:
            total = one[0] if self.as_it_is else self._sum(one)
            self.rewards.append(math.nan if key < 0 and self.ids else total)
            if self.ids or self._lists:
                self.number.append(key if self.ids else self.rows)
        self.rows += 1

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
        self.first = self.first or list(group)
        pairs = list(zip(group, self.first, strict=True))
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


def _first(cells: Cells) -> Any:
    return cells.words[cells.places[0]] if isinstance(cells, Words) else listed(cells[:1])[0]


def _plain_ids(column: Cells, like: Any) -> Cells | None:
    """Return ids as they are held, where all of them are ids of the same type as ``like``; else None."""
    if cells.id_type(like) is not tuple:
        return column if _are_plain_ids(column, like) else None
    try:
        return [cells.group_id(value, like) for value in listed(column)]
    except InvalidInputError:
        return None


def _are_plain_ids(cells: Cells, like: Any) -> bool:
    """Tell whether all cells are ids of the same type as ``like``, and need no reading."""
    values = cells.words if isinstance(cells, Words) else listed(cells)
    if type(like) not in PLAIN_IDS or set(map(type, values)) != {type(like)} or "" in values:
        return False
    return type(like) is not float or not any(value != value for value in values)


def _read(columns: Sequence[str], row: Sequence[Any], meaning: Callable[[Any], T]) -> list[T]:
    """Read the cells of a row; an error names the column."""
    read = []
    for column, cell in zip(columns, row, strict=True):
        try:
            read.append(meaning(cell))
        except InvalidInputError as error:
            reason = str(error)
            if isinstance(cell, str) and cell.strip() == column:
                reason = f"{reason.partition('; ')[0]}; is the header repeated?"
            raise type(error)(f", column {column!r}: {reason}") from None
    return read
