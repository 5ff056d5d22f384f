"""Read the rewards of a file and their groups; write the file with new columns."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import cells
from ordergrad_ref.rollouts.atomic import replacing
from ordergrad_ref.rollouts.compression import compressing
from ordergrad_ref.rollouts.formats import format_of
from ordergrad_ref.rollouts.unchanged import Watch, counted, refuse_changed, stamp

__all__ = ["Rollouts", "read", "write"]

Names = str | Sequence[str]
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Rollouts:
    """The rewards of a file, one for each row, in the file's order.

    Attributes
    ----------
    path : Path
        The file.
    rewards : (n,) float64 array
        Finite rewards.
    groups : (n,) object array or None
        The group of each reward, all of one type: the text of the cell in CSV, the value in JSON
        Lines and Parquet (text, bytes or a number); of several columns, the tuple of those.
    stamp : tuple of int
        Size and modification time of the file when it was read.
    """

    path: Path
    rewards: NDArray[np.float64]
    groups: NDArray[np.object_] | None
    stamp: tuple[int, int]


def read(
    path: str | os.PathLike[str],
    reward: Names,
    group: Names | None = None,
    *,
    weights: Sequence[float] | None = None,
    seen: Watch = lambda rows: None,
) -> Rollouts:
    """Read the rewards, and the groups they belong to.

    Parameters
    ----------
    path : path
        A ``.csv``, ``.tsv``, ``.jsonl`` or ``.ndjson`` file, gzipped too (``.csv.gz``), or a
        ``.parquet`` file.
    reward : str or list of str
        The column of rewards: finite numbers, or booleans as 1 and 0 (in CSV the words true and
        false in any case). Of several columns, the sum is the reward.
    group : str or list of str, optional
        The column of group ids. With several columns, rows that agree in all of them are a group.
    weights : list of float, optional
        The factor of each column of rewards in the sum. Default: 1.
    seen : callable
        Told now and then how many rows have been read.

    Returns
    -------
    Rollouts
        Rewards ``(n,)``, and groups ``(n,)`` or None.

    Raises
    ------
    NonFiniteRewardError
        A reward is NaN or infinite.
    InvalidInputError
        The file cannot be read, a column is missing or there twice, or a cell is no number or no
        id; an integer is beyond ``2**53`` and no float64; ids of more than one type are refused,
        for ``3`` and ``"3"`` may be meant as one group.

    Examples
    --------
    See `write`.
    """
    path = Path(path)
    if not path.exists():
        raise InvalidInputError(f"{path}: expected a file, got no such file")
    if not path.is_file():
        got = "a directory" if path.is_dir() else "a device"
        raise InvalidInputError(f"{path}: expected a file, got {got}")
    names, ids = _names(reward), [] if group is None else _names(group)
    factors = _factors(weights, names)
    table = format_of(path)
    then = stamp(path)
    if not then[0]:
        raise InvalidInputError(f"{path}: expected at least one row of data, got an empty file")

    rewards: list[float] = []
    groups: list[Any] = []
    held: dict[Any, Any] = {}  # holds each id once: an id may be a whole prompt
    first: list[Any] = []
    for number, reward_cells, group_cells in counted(table.cells(path, names, ids), seen):
        first = first or group_cells
        try:
            parts = _read(names, reward_cells, cells.reward)
            plain = weights is None and len(parts) == 1
            rewards.append(parts[0] if plain else cells.weighted_sum(parts, factors))
            key = _read(ids, zip(group_cells, first, strict=True), lambda pair: cells.group_id(*pair))
        except InvalidInputError as error:
            raise type(error)(f"{path}, {table.unit} {number}, {error}") from None
        if ids:
            name = key[0] if len(key) == 1 else tuple(key)
            groups.append(held.setdefault(name, name))
    if not rewards:
        raise InvalidInputError(f"{path}: expected at least one row of data, got none")
    return Rollouts(path, np.array(rewards), _object_array(groups) if ids else None, then)


def write(
    rollouts: Rollouts,
    column: Names,
    values: ArrayLike,
    output: str | os.PathLike[str],
    *,
    seen: Watch = lambda rows: None,
) -> None:
    r"""Write the file that the rollouts came from, with new last columns.

    A number is written as the shortest decimal that reads back as the same float64; NaN as an empty
    cell in CSV, as null in JSON Lines and Parquet. The output appears whole or not at all: whatever
    fails, a file that was there before is left as it was. The output has the mode bits of the file
    that it replaces, or else of the input; a symbolic link is followed.

    Parameters
    ----------
    rollouts : Rollouts
        What `read` returned.
    column : str or list of str
        The new column's name, or several.
    values : (n,) array, or (columns, n)
        One number for each row, finite or NaN.
    output : path
        A file of the input's format, gzipped or not; may be the input itself.
    seen : callable
        Told now and then how many rows have been written.

    Raises
    ------
    InvalidInputError
        The column exists, the values do not fit the rows, the output cannot be written there, or
        the input has changed since it was read.
    OSError
        The disk failed or filled up on the way.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "rollouts.csv")
    >>> _ = path.write_text('prompt,answer,score\n007,"4, I think",1.0\n007,5,0.0\n')
    >>> rollouts = read(path, reward="score", group="prompt")
    >>> rollouts.rewards
    array([1., 0.])
    >>> rollouts.groups
    array(['007', '007'], dtype=object)
    >>> write(rollouts, "advantage", [0.5, -0.5], path)
    >>> print(path.read_text())
    prompt,answer,score,advantage
    007,"4, I think",1.0,0.5
    007,5,0.0,-0.5
    """
    path, output = rollouts.path, Path(output)
    table = format_of(path)
    if format_of(output) != table:
        raise InvalidInputError(
            f"{output}: expected the format of {path}, got another; formats are not converted"
        )
    names = _names(column)
    if not all(names):
        raise InvalidInputError("column: expected a name, got ''")
    if len(set(names)) < len(names):
        raise InvalidInputError(f"column: expected different names, got {names}")
    numbers = _one_a_row(values, rollouts, () if isinstance(column, str) else (len(names),))
    refuse_changed(path, rollouts.stamp)
    with replacing(output, like=path) as raw:
        with compressing(raw, output) as file:
            table.append(path, names, numbers, file, seen)
        refuse_changed(path, rollouts.stamp)


def _read(columns: list[str], row: Iterable[Any], meaning: Callable[[Any], T]) -> list[T]:
    """Read the cells of a row; an error names the column."""
    read = []
    for column, cell in zip(columns, row, strict=True):
        try:
            read.append(meaning(cell))
        except InvalidInputError as error:
            raise type(error)(f"column {column!r}: {error}") from None
    return read


def _names(given: Names) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _factors(weights: Sequence[float] | None, names: list[str]) -> list[float]:
    if weights is None:
        return [1.0] * len(names)
    if len(weights) != len(names):
        raise InvalidInputError(
            f"weights: expected one for each of the {len(names)} columns of rewards, got {len(weights)}"
        )
    if not np.isfinite(weights).all():
        raise InvalidInputError(f"weights: expected finite numbers, got {list(weights)}")
    return list(weights)


def _object_array(things: list[Any]) -> NDArray[np.object_]:
    """Hold the things as they are, where NumPy would make tuples a table."""
    array = np.empty(len(things), dtype=object)
    array[:] = things
    return array


def _one_a_row(values: ArrayLike, rollouts: Rollouts, columns: tuple[int, ...]) -> NDArray[np.float64]:
    """Check the values, and return them as a table ``(columns, n)``."""
    numbers = np.asarray(values, dtype=np.float64)
    rows = len(rollouts.rewards)
    if numbers.shape != (*columns, rows):
        raise InvalidInputError(
            f"values: expected one for each of the {rows} rows of {rollouts.path}, got shape {numbers.shape}"
        )
    if np.isinf(numbers).any():
        place = np.argwhere(np.isinf(numbers))[0]
        raise InvalidInputError(
            f"values: expected finite numbers or NaN, got {numbers[tuple(place)]} at {place[-1]}"
        )
    return numbers.reshape(-1, rows)
