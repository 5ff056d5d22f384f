"""Read the rewards of a file and their groups; write the file with new columns."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.rollouts import cells
from ordergrad_ref.rollouts.added import Added
from ordergrad_ref.rollouts.atomic import replacing
from ordergrad_ref.rollouts.compression import compressing, without_codec
from ordergrad_ref.rollouts.delimited import Delimited
from ordergrad_ref.rollouts.formats import Format, family, format_of
from ordergrad_ref.rollouts.groups import Groups
from ordergrad_ref.rollouts.rows import Rows
from ordergrad_ref.rollouts.unchanged import Watch, refuse_changed, stamp

__all__ = ["Rollouts", "columns_of", "read", "write"]

Names = str | Sequence[str]


@dataclass(frozen=True, eq=False)
class Rollouts:
    """The rewards of a file, one for each sample, in the file's order.

    Attributes
    ----------
    path : Path
        The file.
    rewards : (n,) float64 array
        Finite rewards; NaN where one is missing and that is allowed.
    grouping : Groups or None
        The names of the groups, all of one type, each once, and the number of each reward's: the text of the
        cell in CSV, the value in JSON Lines and Parquet (text, bytes or a number); of several columns, the
        tuple of those. Lists and objects, such as chat messages, are given as JSON text.
    stamp : tuple of int
        Size and modification time of the file when it was read.
    format : Format
        The format that it was read by.
    lengths : (rows,) int array or None
        How many rewards each row has, where the cells of rewards are lists.
    missing : {"raise", "skip", "nan", "zero"}
        What was asked for missing rewards.
    grouped : bool
        Whether a column names the groups.
    first_ids : tuple
        The first id of each column of ids, as it is in the file; all others of the column are of its type.
    zeros : int
        How many rewards are missing and were read as 0.
    """

    path: Path
    rewards: NDArray[np.float64]
    grouping: Groups | None
    stamp: tuple[int, int]
    format: Format
    lengths: NDArray[np.intp] | None = None
    missing: cells.Missing = "raise"
    grouped: bool = False
    first_ids: tuple[Any, ...] = ()
    zeros: int = 0

    @property
    def groups(self) -> NDArray[np.object_] | None:
        """The group of each reward, ``(n,)``; None for a row that has none, or where there are no groups."""
        return None if self.grouping is None else self.grouping.by_reward()


def read(
    path: str | os.PathLike[str],
    reward: Names,
    group: Names | None = None,
    *,
    weights: Sequence[float] | None = None,
    words: Mapping[str, float] | None = None,
    missing: cells.Missing = "raise",
    optional: ArrayLike | None = None,
    encoding: str | None = None,
    seen: Watch = lambda rows: None,
) -> Rollouts:
    """Read the rewards, and the groups they belong to.

    Parameters
    ----------
    path : path
        A file of delimited text (``.csv``, ``.tsv``; comma, tab, semicolon or bar, whichever gives the
        columns that are asked for), JSON Lines, a JSON document, Parquet, Arrow, or a log of inspect_ai
        (``.eval``); text may be compressed by gzip, bzip2, xz or zstd. Where the suffix says nothing, the
        first bytes do.
    reward : str or list of str
        The column of rewards: finite numbers, or booleans as 1 and 0 (in CSV the words true and
        false in any case), or lists of these, so that a row is a prompt. Of several columns, the sum is the
        reward. In JSON, Parquet and Arrow, ``scores.match.value`` reaches into objects.
    group : str or list of str, optional
        The column of group ids. With several columns, rows that agree in all of them are a group. Where
        rewards are lists and there is no such column, each row is a group.
    weights : list of float, optional
        The factor of each column of rewards in the sum. Default: 1.
    words : dict, optional
        Words that are rewards: ``{"passed": 1, "failed": 0}``.
    missing : {"raise", "skip", "nan", "zero"}
        What to do with a missing reward (no cell, null, NaN, an empty cell): refuse it (``"raise"``); read
        it as NaN, which the caller then leaves out, as also the reward of a row without a group (``"skip"``);
        read it as NaN (``"nan"``); or read it as 0 (``"zero"``).
    optional : (rows,) bool array, optional
        Rows that may be without a reward even under ``"raise"``: it is NaN then.
    encoding : str, optional
        Of text that is neither UTF-8 nor has a byte-order mark, such as ``"cp1252"``.
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
    if missing not in cells.MISSING:
        raise InvalidInputError(f"missing: {expected_one_of(cells.MISSING, missing)}")
    names, ids = _names(reward), [] if group is None else _names(group)
    then = stamp(path)
    if not then[0]:
        raise InvalidInputError(f"{path}: expected at least one row of data, got an empty file")
    table = format_of(path, names, ids, encoding)
    into = Rows(names, ids, _factors(weights, names), cells.Rewards(missing, words or {}), weights is None)
    free = [] if optional is None else np.asarray(optional, dtype=bool).tolist()
    done = 0
    for batch in table.rows(path, names, ids):
        rows = len(batch.numbers)
        may_be_missing = free[done : done + rows]
        into.take(batch, may_be_missing + [False] * (rows - len(may_be_missing)), f"{path}, {table.unit}")
        done += rows
        seen(done)
    if not into.rewards:
        raise InvalidInputError(f"{path}: expected at least one row of data, got none")
    into.refuse_never_there(str(path))
    refuse_changed(path, then)
    groups, lengths = into.groups_and_lengths()
    rewards, first = np.frombuffer(into.rewards), tuple(into.first)
    return Rollouts(path, rewards, groups, then, table, lengths, missing, bool(ids), first, into.zeros)


def columns_of(path: str | os.PathLike[str], *, encoding: str | None = None) -> list[str]:
    """Return the names of a file's columns, and the paths into the objects of its first row.

    Parameters
    ----------
    path : path
        A file as for `read`.
    encoding : str, optional
        As for `read`.

    Raises
    ------
    InvalidInputError
        The file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "rollouts.jsonl")
    >>> _ = path.write_text('{"id": 1, "scores": {"match": 0.5}}')
    >>> columns_of(path)
    ['id', 'scores', 'scores.match']
    """
    path = Path(path)
    return format_of(path, [], [], encoding).columns(path)


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
    suffix = without_codec(path).suffix
    if suffix and family(output) is None and without_codec(output).suffix != suffix:
        raise InvalidInputError(
            f"{output}: expected a name that ends in {suffix}, as that of {path}, got {output.name!r}"
        )
    if family(output) != family(path):
        raise InvalidInputError(
            f"{output}: expected the format of {path}, got another; formats are not converted"
        )
    names = _names(column)
    if not all(names):
        raise InvalidInputError("column: expected a name, got ''")
    if len(set(names)) < len(names):
        raise InvalidInputError(f"column: expected different names, got {names}")
    encoding = rollouts.format.encoding if isinstance(rollouts.format, Delimited) else "utf-8"
    for name in names:
        try:
            name.encode(encoding)
        except UnicodeEncodeError:
            raise InvalidInputError(
                f"column: expected a name that {encoding} can spell, got {name!r}"
            ) from None
    numbers = _one_a_row(values, rollouts, () if isinstance(column, str) else (len(names),))
    refuse_changed(path, rollouts.stamp)
    with replacing(output, like=path) as raw:
        with compressing(raw, output) as file:
            rollouts.format.append(path, names, Added(numbers, rollouts.lengths, path, seen), file)
        refuse_changed(path, rollouts.stamp)


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
