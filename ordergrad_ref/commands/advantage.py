"""The command ``ordergrad-ref advantage``."""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import typer
from numpy.typing import NDArray

from ordergrad_ref import rollouts
from ordergrad_ref._types import SmallGroups
from ordergrad_ref.commands.columns import NEEDS_MORE, What, computed
from ordergrad_ref.commands.completion import complete_column, complete_objective
from ordergrad_ref.commands.inputs import (
    STANDARD,
    beside,
    local_files,
    refuse_other_ids,
    remark_on_lists,
    words_of,
)
from ordergrad_ref.commands.progress import busy, rows_done
from ordergrad_ref.commands.spellings import split
from ordergrad_ref.commands.terminal import complain, needs_output, stopped_in_one_line, writing
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError
from ordergrad_ref.objectives import LStatistic, RealK
from ordergrad_ref.objectives import objective as as_objective
from ordergrad_ref.rollouts import Rollouts
from ordergrad_ref.rollouts.cells import Missing, parsed

__all__ = ["EXAMPLES", "advantage_command"]

EXAMPLES = """**Examples**

- ordergrad-ref advantage rollouts.csv --group prompt --reward score --objective "max@4"
- ordergrad-ref advantage rollouts.parquet --group prompt --reward score -o "top(2)@8" --small-groups zero
- ordergrad-ref advantage runs.jsonl --group step --group prompt --reward score -o "max@4,mean@4"
- ordergrad-ref advantage runs.csv --reward right --weight 1 --reward length --weight -0.1 -o "max@4"
- cat runs.jsonl | ordergrad-ref advantage - --group id --reward passed -o "pass@4" > advantages.jsonl
"""


def advantage_command(
    file: Annotated[
        list[Path],
        typer.Argument(
            help="Rollouts: delimited text, JSON Lines, JSON, Parquet, Arrow; text may be compressed. Groups "
            "may reach over several files. - is standard input.",
        ),
    ],
    reward: Annotated[
        list[str],
        typer.Option(
            help="Column of rewards, or of lists of rewards, such as score or attributes.reward. Repeat it "
            "for the sum of several columns.",
            autocompletion=complete_column,
        ),
    ],
    objective: Annotated[
        list[str],
        typer.Option(
            "--objective",
            "-o",
            help='Such as "max@4", "top(2)@8", "cvar(0.1)@16". Repeat it for a column of each.',
            autocompletion=complete_objective,
        ),
    ],
    group: Annotated[
        list[str] | None,
        typer.Option(
            help="Column of group ids (the prompt). Repeat it where the rows of a group agree in several "
            "columns. Default: all rows are one group, or each row where rewards are lists.",
            autocompletion=complete_column,
        ),
    ] = None,
    group_size: Annotated[
        int | None, typer.Option(help="Instead: groups are so many rows that follow each other.")
    ] = None,
    weight: Annotated[
        list[float] | None,
        typer.Option(help="Factor of a column of rewards in the sum, once for each --reward. Default: 1."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="Column of scores by which samples are selected, and valued by their rewards.",
            autocompletion=complete_column,
        ),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(
            help="Column of true and false, or 1 and 0: rows of 0 take no part, get 0, and need no reward.",
            autocompletion=complete_column,
        ),
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="Words that are rewards, or numbers in the other columns: passed=1,failed=0."
        ),
    ] = None,
    missing: Annotated[
        Missing,
        typer.Option(
            help="A missing reward: an error, a row that takes no part, a group without advantages, or a "
            "reward of 0."
        ),
    ] = "raise",
    what: Annotated[What, typer.Option(help="What to write for each row.")] = "advantage",
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="Name of the new column, once for each objective. Default: advantage, or what is written; "
            "of several, advantage[max@4] and so on."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="File to write, or - for standard output. Default: beside the input, FILE.advantage.csv.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the output where there is one already.")
    ] = False,
    small_groups: Annotated[
        SmallGroups,
        typer.Option(help="Groups of K rewards or fewer: an error, an empty cell, or advantage 0."),
    ] = "raise",
    encoding: Annotated[str | None, typer.Option(help="Of text that is not UTF-8, such as cp1252.")] = None,
) -> None:
    """Add the canonical advantages to a file of rollouts, as new last columns.

    Rows may come in any order and groups may differ in size. Everything else in the file stays as it is.
    The policy gradient is the sum over a group of (K/N) · advantage · ∇log p.
    """
    alphas = [as_objective(spelling) for given in objective for spelling in split(given)]
    columns = _columns(column, alphas, what)
    if weight and len(weight) != len(reward):
        raise InvalidInputError(
            f"weight: expected one for each --reward, {len(reward)}, or none, got {len(weight)}"
        )
    if group and group_size is not None:
        raise InvalidInputError("group_size: expected either this or --group, got both")
    if what in ("value", "inclusion", "leave_one_out") and small_groups == "zero":
        raise InvalidInputError(f"small_groups: expected raise or nan for {what}, got 'zero'")
    piped = output == STANDARD or (output is None and file == [STANDARD])
    if piped:
        needs_output()
    if output is None and not piped and any(one == STANDARD or one.is_fifo() for one in file):
        raise InvalidInputError(
            "output: expected a name for what comes through a pipe, got none; pass --output -"
        )
    written: list[Path] = []
    with ExitStack() as stack:
        stack.enter_context(stopped_in_one_line(written))
        files = stack.enter_context(local_files(file))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ordergrad-ref.")))
        if (output is not None or piped) and len(files) > 1:
            raise InvalidInputError(f"output: expected one file to write it from, got {len(files)}")
        outputs = [folder / path.name for path in files] if piped else [output or beside(p) for p in files]
        for path, destination in zip(files, outputs, strict=True):
            _refuse_existing(destination, path, overwrite)
        meanings = words_of(words)
        own = {word: value for word, value in meanings.items() if isinstance(parsed(word), str)}
        masks = None if where is None else [_counting(path, where, own, missing, encoding) for path in files]
        optional = [None if masks is None else masks[i].without for i in range(len(files))]
        read = []
        for path, may_lack in zip(files, optional, strict=True):
            with rows_done(f"Reading {path.name}") as seen:
                read.append(
                    rollouts.read(
                        path,
                        reward,
                        group or None,
                        weights=weight or None,
                        words=meanings,
                        missing=missing,
                        optional=may_lack,
                        encoding=encoding,
                        seen=seen,
                    )
                )
        refuse_other_ids(read, group)
        for data in read:
            remark_on_lists(data, reward, group)
        scores = None if by is None else _scores(by, files, own, missing, optional, encoding)
        counts = None if masks is None else np.concatenate([mask.counts for mask in masks])
        with busy("Computing"):
            found = computed(read, alphas, what, group_size=group_size, by=scores, where=counts)
        left_out = [
            _too_small(found.names_of(small), small, alpha, small_groups, what, found.many)
            for alpha, small in zip(alphas, found.small, strict=True)
        ]
        table = np.where(found.small, 0.0, found.answers) if small_groups == "zero" else found.answers
        for sentence in found.warnings:
            complain("warning", sentence)
        stop = 0
        for data, destination in zip(read, outputs, strict=True):
            start, stop = stop, stop + len(data.rewards)
            with rows_done(f"Writing {destination.name}", len(data.rewards)) as seen:
                rollouts.write(data, columns, table[:, start:stop], destination, seen=seen)
            written += [] if piped else [destination]
        if piped:
            with writing("standard output"), outputs[0].open("rb") as answer:
                shutil.copyfileobj(answer, sys.stdout.buffer)
                sys.stdout.buffer.flush()
        label = "standard output" if piped else ", ".join(map(str, outputs))
        summary = _summary(found.sizes, _amount(read), label, columns, alphas)
        missed = found.missing_sentence(missing) + _zeros(read)
        with writing("the summary"):
            typer.echo(summary + missed + "".join(left_out), err=piped)


def _scores(
    column: str,
    files: Sequence[Path],
    words: dict[str, float],
    missing: Missing,
    optional: Sequence[NDArray[np.bool_] | None],
    encoding: str | None,
) -> NDArray[np.float64]:
    """Read the scores by which samples are selected, one for each reward."""
    parts = []
    for path, may_lack in zip(files, optional, strict=True):
        with rows_done(f"Reading {column} of {path.name}") as seen:
            found = rollouts.read(
                path, column, words=words, missing=missing, optional=may_lack, encoding=encoding, seen=seen
            )
            parts.append(found.rewards)
    return np.concatenate(parts)


class _Mask(NamedTuple):
    """Which rewards count, and which rows have one that does not: these may be without rewards."""

    counts: NDArray[np.bool_]
    without: NDArray[np.bool_]


def _counting(
    path: Path, column: str, words: dict[str, float], missing: Missing, encoding: str | None
) -> _Mask:
    with rows_done(f"Reading {column} of {path.name}") as seen:
        found = rollouts.read(path, column, words=words, missing=missing, encoding=encoding, seen=seen)
    if len(odd := found.rewards[~np.isin(found.rewards, (0.0, 1.0))]):
        raise InvalidInputError(f"where: expected true and false, or 1 and 0, in {column!r}, got {odd[0]}")
    counts = found.rewards == 1
    if found.lengths is None:
        return _Mask(counts, ~counts)
    rows = np.split(counts, np.cumsum(found.lengths)[:-1])
    return _Mask(counts, np.array([not row.all() for row in rows]))


def _columns(given: Sequence[str] | None, alphas: Sequence[LStatistic | RealK], what: What) -> list[str]:
    if given:
        if len(given) != len(alphas):
            raise InvalidInputError(
                f"column: expected one for each --objective, {len(alphas)}, or none, got {len(given)}"
            )
        return list(given)
    return [what] if len(alphas) == 1 else [f"{what}[{alpha}]" for alpha in alphas]


def _refuse_existing(destination: Path, file: Path, overwrite: bool) -> None:
    """Refuse to replace a file, unless asked; the input itself is asked for by its name."""
    in_place = destination.exists() and file.exists() and destination.samefile(file)
    if destination.is_file() and not in_place and not overwrite:
        raise InvalidInputError(
            f"{destination}: expected a new file, got one that exists; "
            "choose another with --output, or pass --overwrite"
        )


def _too_small(
    names: Sequence[object] | None,
    small: NDArray[np.bool_],
    alpha: LStatistic | RealK,
    policy: SmallGroups,
    what: What,
    many: int,
) -> str:
    """Say which groups are too small for K, as an error where they are to be one."""
    if not small.any():
        return ""
    rows = int(small.sum())
    remedy = "choose a smaller K"
    if names is None:
        which, of, n = "the file", "the only group", rows
    else:
        distinct: dict[object, int] = {}
        for name in names:
            distinct[name] = distinct.get(name, 0) + 1
        first = min(distinct, key=str)
        which, of, n = f"group {first!r}", f"{len(distinct)} of the {many} groups", distinct[first]
        remedy += ", or leave them out with --small-groups nan or --small-groups zero"
    if policy == "raise":
        needed = "more than" if what in NEEDS_MORE else "at least"
        raise GroupTooSmallError(
            f"objective: expected {needed} K = {alpha.k} rewards in each group for {alpha}, "
            f"got fewer in {of}: {which} has N = {n}; {remedy}"
        )
    cells = "0." if policy == "zero" else "no number."
    return f" Too small for K = {alpha.k}: {of}; their {rows} rows got {cells}"


def _zeros(read: Sequence[Rollouts]) -> str:
    many = sum(one.zeros for one in read)
    return f" {many} rewards are missing, and count as 0." if many else ""


def _amount(read: Sequence[Rollouts]) -> str:
    """Say how many rows there are, and how many rewards where these are in lists."""
    rewards = sum(len(one.rewards) for one in read)
    rows = sum(len(one.rewards if one.lengths is None else one.lengths) for one in read)
    return f"{rows} rows" if all(one.lengths is None for one in read) else f"{rows} rows of {rewards} rewards"


def _summary(
    sizes: Sequence[int] | None, amount: str, label: str, columns: Sequence[str], alphas: Sequence[object]
) -> str:
    what = ", ".join(f"{column!r} for {alpha}" for column, alpha in zip(columns, alphas, strict=True))
    done = f"Wrote {label}: {what}, {amount}"
    if sizes is None:
        return f"{done} in one group."
    least, most = min(sizes, default=0), max(sizes, default=0)
    size = f"{least} to {most}" if least < most else f"{most}"
    return f"{done}, groups: {len(sizes)} of {size} {amount.split()[-1]}."
