"""Read the rewards of a file and their groups; write the file with one column more."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import cells
from ordergrad_ref.rollouts.atomic import replacing
from ordergrad_ref.rollouts.compression import compressing
from ordergrad_ref.rollouts.formats import format_of

__all__ = ["Rollouts", "read", "write"]


@dataclass(frozen=True, eq=False)
class Rollouts:
    """The rewards of a file, one a row, in the file's order.

    Attributes
    ----------
    path : Path
        The file.
    rewards : (n,) float64 array
        Finite rewards.
    groups : (n,) object array or None
        The group of each reward, all of one type: the text of the cell in CSV, the value in JSON
        Lines and Parquet (text, bytes or a number).
    stamp : tuple of int
        Size and modification time of the file when it was read.
    """

    path: Path
    rewards: NDArray[np.float64]
    groups: NDArray[np.object_] | None
    stamp: tuple[int, int]


def read(path: str | os.PathLike[str], reward: str, group: str | None = None) -> Rollouts:
    """Read the rewards, and the groups they belong to.

    Parameters
    ----------
    path : path
        A ``.csv``, ``.tsv``, ``.jsonl`` or ``.ndjson`` file, gzipped too (``.csv.gz``), or a
        ``.parquet`` file.
    reward : str
        The column of rewards: finite numbers, or booleans as 1 and 0 (in CSV the words true and
        false in any case).
    group : str, optional
        The column of group ids.

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
        id; ids of more than one type are refused, for ``3`` and ``"3"`` may be meant as one group.

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
    table = format_of(path)
    stamp = _stamp(path)
    if not stamp[0]:
        raise InvalidInputError(f"{path}: expected at least one row of data, got an empty file")

    rewards: list[float] = []
    groups: list[Any] = []
    seen: dict[Any, Any] = {}  # holds each id once: an id may be a whole prompt
    for number, reward_cell, group_cell in table.cells(path, reward, reward if group is None else group):
        column = reward
        try:
            rewards.append(cells.reward(reward_cell))
            if group is not None:
                column = group
                name = cells.group_id(group_cell, like=groups[0] if groups else group_cell)
                groups.append(seen.setdefault(name, name))
        except InvalidInputError as error:
            where = f"{path}, {table.unit} {number}, column {column!r}"
            raise type(error)(f"{where}: {error}") from None
    if not rewards:
        raise InvalidInputError(f"{path}: expected at least one row of data, got none")
    ids = None if group is None else np.array(groups, dtype=object)
    return Rollouts(path, np.array(rewards), ids, stamp)


def write(rollouts: Rollouts, column: str, values: ArrayLike, output: str | os.PathLike[str]) -> None:
    r"""Write the file that the rollouts came from, with one column more.

    A number is written as the shortest decimal that reads back as the same float64; NaN as an empty
    cell in CSV, as null in JSON Lines and Parquet. The output appears whole or not at all: whatever
    fails, the file that stood there stands. A file replaced hands on its mode bits; a symbolic link
    is followed.

    Parameters
    ----------
    rollouts : Rollouts
        What `read` returned.
    column : str
        The new column's name.
    values : (n,) array
        One number a row, finite or NaN.
    output : path
        A file of the input's format, gzipped or not; may be the input itself.

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
    if not column:
        raise InvalidInputError("column: expected a name, got ''")
    numbers = _one_a_row(values, rollouts)
    if not path.exists() or _stamp(path) != rollouts.stamp:
        raise InvalidInputError(f"{path}: expected the file as it was read, got one that has changed since")
    with replacing(output) as raw, compressing(raw, output) as file:
        table.append(path, column, numbers, file)


def _one_a_row(values: ArrayLike, rollouts: Rollouts) -> NDArray[np.float64]:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.shape != rollouts.rewards.shape:
        raise InvalidInputError(
            f"values: expected one for each of the {len(rollouts.rewards)} rows of {rollouts.path}, "
            f"got shape {numbers.shape}"
        )
    if np.isinf(numbers).any():
        row = np.flatnonzero(np.isinf(numbers))[0]
        raise InvalidInputError(f"values: expected finite numbers or NaN, got {numbers[row]} at {row}")
    return numbers


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
