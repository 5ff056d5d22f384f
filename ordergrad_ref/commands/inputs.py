"""Files that a command line names: patterns, standard input, pipes; and words that are numbers."""

import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from glob import glob, has_magic
from pathlib import Path

from ordergrad_ref.commands.terminal import complain, writing
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import Rollouts
from ordergrad_ref.rollouts.cells import IDS, id_type, shown
from ordergrad_ref.rollouts.compression import codec_by_name

__all__ = [
    "STANDARD",
    "beside",
    "local_files",
    "refuse_other_ids",
    "remark_on_lists",
    "words_of",
]

STANDARD = Path("-")
"""Standard input, or standard output."""


@contextmanager
def local_files(given: Sequence[Path]) -> Iterator[list[Path]]:
    """Give the files that are meant: each of a pattern; what comes through a pipe, copied to a file.

    A file is read more than once, and a pipe cannot be.

    Raises
    ------
    InvalidInputError
        A file is a directory, or is given twice, whose samples would count twice; a pattern fits nothing.
    """
    with tempfile.TemporaryDirectory(prefix="ordergrad-ref.") as folder:
        files = [path for one in given for path in _meant(one, Path(folder))]
        known = set()
        for path in filter(Path.exists, files):
            if path.is_dir():
                raise InvalidInputError(f"{path}: expected a file, got a directory")
            found = path.stat()
            if (found.st_dev, found.st_ino) in known:
                raise InvalidInputError(f"{path}: expected each file once, got it again")
            known.add((found.st_dev, found.st_ino))
        try:
            yield files
        except InvalidInputError as error:
            error.args = (str(error).replace(f"{folder}/", ""),)
            raise


def _meant(path: Path, folder: Path) -> list[Path]:
    if path == STANDARD:
        if sys.stdin is None:
            raise InvalidInputError("standard input: expected an open one, got one that is closed")
        copy = folder / "standard input"
        with writing(f"a copy of standard input in {folder}"), copy.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        return [copy]
    if path.exists():
        if not stat.S_ISFIFO(path.stat().st_mode):
            return [path]
        copy = folder / f"pipe {path.name}"
        with writing(f"a copy of {path} in {folder}"), path.open("rb") as pipe, copy.open("wb") as file:
            shutil.copyfileobj(pipe, file)
        return [copy]
    if not has_magic(str(path)):
        return [path]
    found = sorted(map(Path, glob(str(path), recursive=True)))
    if not found:
        raise InvalidInputError(f"{path}: expected a pattern of files that are there, got one of none")
    written = set(map(beside, found))
    for ours in filter(written.__contains__, found):
        complain("remark", f"{ours}: left out of {path}; `advantage` has written it from another one")
    return [one for one in found if one not in written]


def beside(file: Path) -> Path:
    """Return the name of what `advantage` writes beside a file, unless another is asked for.

    ``rollouts.csv`` → ``rollouts.advantage.csv``; ``rollouts.csv.gz`` → ``rollouts.advantage.csv.gz``.
    """
    suffixes = "".join(file.suffixes[-2:] if codec_by_name(file) else file.suffixes[-1:])
    return file.with_name(f"{file.name.removesuffix(suffixes)}.advantage{suffixes}")


def refuse_other_ids(read: Sequence[Rollouts], group: Sequence[str] | None) -> None:
    """Refuse ids of another type than in the first file, as within a file: ``"1"`` may be meant by 1."""
    grouped = [one for one in read if one.first_ids]
    for one in grouped[1:]:
        for column, value, like in zip(group or (), one.first_ids, grouped[0].first_ids, strict=True):
            if id_type(value) is not id_type(like):
                raise InvalidInputError(
                    f"{one.path}, column {column!r}: expected group ids of one type in all files, got "
                    f"{IDS[id_type(value)]}, such as {shown(value)}, and {IDS[id_type(like)]}, such as "
                    f"{shown(like)}, in {grouped[0].path}; write them alike in all files"
                )


def remark_on_lists(found: Rollouts, reward: Sequence[str], group: Sequence[str] | None) -> None:
    """Say of lists of rewards beside a group how they are read: they may be the rewards of tokens."""
    if group and found.lengths is not None and (found.lengths > 1).any():
        complain(
            "remark",
            f"{found.path}: {reward[0]} holds lists, and each number in them is read as a sample; "
            "where it is the reward of a token, name the one that is meant by its place, as in rewards.0",
        )


def words_of(given: Sequence[str] | None) -> dict[str, float]:
    """Read ``passed=1,failed=0``.

    Examples
    --------
    >>> words_of(["passed=1,failed=0", "timeout=-0.5"])
    {'passed': 1.0, 'failed': 0.0, 'timeout': -0.5}
    """
    words: dict[str, float] = {}
    for part in (part for one in given or () for part in one.split(",")):
        word, equals, number = part.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if not word.strip() or not equals or not abs(value) < float("inf"):
            raise InvalidInputError(f"words: expected such as passed=1,failed=0, got {part!r}")
        if word.strip() in words:
            raise InvalidInputError(f"words: expected each word once, got {word.strip()!r} again")
        words[word.strip()] = value
    return words
