"""The command ``ordergrad-ref evaluate``."""

import csv
import io
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import typer

from ordergrad_ref import rollouts
from ordergrad_ref.commands.columns import numbered
from ordergrad_ref.commands.completion import complete_column, complete_objective
from ordergrad_ref.commands.inputs import (
    local_files,
    refuse_other_ids,
    remark_on_lists,
    words_of,
)
from ordergrad_ref.commands.progress import busy, rows_done
from ordergrad_ref.commands.spellings import split
from ordergrad_ref.commands.terminal import complain, needs_output, stopped_in_one_line, writing
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.evaluation import Comparison, Evaluation, evaluate
from ordergrad_ref.rollouts import Rollouts

__all__ = ["EXAMPLES", "evaluate_command"]

EXAMPLES = """**Examples**

- ordergrad-ref evaluate samples.jsonl --group task_id --reward passed -o pass@1,pass@4,pass@16
- ordergrad-ref evaluate new.jsonl --group task_id --reward passed -o pass@1 --compare old.jsonl
- ordergrad-ref evaluate rollouts.csv --group prompt --reward score -o "max@4" -o "cvar(0.1)@8" --per-group
"""


def evaluate_command(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Scored samples: delimited text, JSON Lines, JSON, Parquet, Arrow, a log of inspect_ai; "
            "text may be compressed. A prompt may be in several files. - is standard input."
        ),
    ],
    reward: Annotated[
        list[str],
        typer.Option(
            help="Column of rewards, or of lists of rewards, such as passed or scores.match.value. Repeat it "
            "for the sum of several columns.",
            autocompletion=complete_column,
        ),
    ],
    objective: Annotated[
        list[str],
        typer.Option(
            "--objective",
            "-o",
            help='Such as pass@1,pass@4 or "cvar(0.1)@8"; repeatable.',
            autocompletion=complete_objective,
        ),
    ],
    group: Annotated[
        list[str] | None,
        typer.Option(
            help="Column that names the prompt. Repeat it where several columns do. Not needed where rewards "
            "are lists, and a row is a prompt.",
            autocompletion=complete_column,
        ),
    ] = None,
    words: Annotated[
        list[str] | None, typer.Option("--map", help="Words that are rewards: passed=1,failed=0.")
    ] = None,
    missing: Annotated[
        Literal["raise", "skip", "nan", "zero"],
        typer.Option(
            help="A missing reward: an error, a sample that is left out, a prompt that is, or a reward of 0."
        ),
    ] = "raise",
    per_group: Annotated[bool, typer.Option("--per-group", help="Each prompt's values too.")] = False,
    compare: Annotated[
        list[Path] | None,
        typer.Option(help="Other file of the same prompts: the difference, paired by prompt. Repeatable."),
    ] = None,
    confidence: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.95,
    as_data: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print the table as CSV; with --per-group, each prompt's values.")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Picture to write: estimates against K, with their intervals.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of text that is not UTF-8, such as cp1252.")] = None,
) -> None:
    """Estimate pass@k and other objectives over the prompts of a file, with error bars.

    Each prompt's value is unbiased, from all its samples; it needs as many as K, and a prompt with fewer is
    left out and counted. The standard error is that of the mean over prompts.
    """
    spellings = [spelling for given in objective for spelling in split(given)]
    if as_data and as_csv:
        raise InvalidInputError("as_csv: expected one of --json and --csv, got both")
    needs_output()
    numbers = words_of(words)

    def read(paths: Sequence[Path]) -> list[Rollouts]:
        return [_read(path, reward, group or None, numbers, missing, encoding) for path in paths]

    with stopped_in_one_line():
        with local_files(files) as local, local_files(compare or []) as others:
            _refuse_input(plot, [*local, *others])
            mine, theirs = read(local), read(others)
            refuse_other_ids([*mine, *theirs], group)
        found = _evaluated(mine, spellings, confidence)
        comparison = found.compare(_evaluated(theirs, spellings, confidence)) if theirs else None
        if plot is not None:
            from ordergrad_ref.commands.curve import draw  # and with it all that is drawn

            draw(found, plot)
    if as_data:
        data = found.to_dict(per_group=per_group)
        if comparison is not None:
            data["comparison"] = comparison.to_dict()
        answer = json.dumps(data, indent=1, allow_nan=False) + "\n"
    elif as_csv:
        answer = _csv(found, comparison, per_group)
    else:
        answer = _text(found, comparison, per_group) + "\n"
    with writing("standard output"):
        typer.echo(answer, nl=False)


def _refuse_input(plot: Path | None, read: Sequence[Path]) -> None:
    """Refuse to write a picture over a file of samples."""
    if plot is not None and plot.exists() and any(plot.samefile(file) for file in read):
        raise InvalidInputError(f"plot: expected a file for the picture alone, got {plot}, which is read")


def _read(
    file: Path,
    reward: list[str],
    group: list[str] | None,
    words: dict[str, float],
    missing: Literal["raise", "skip", "nan", "zero"],
    encoding: str | None,
) -> Rollouts:
    with rows_done(f"Reading {file.name}") as seen:
        found = rollouts.read(file, reward, group, words=words, missing=missing, encoding=encoding, seen=seen)
    if found.grouping is None:
        raise InvalidInputError(
            f"group: expected the column that names the prompt, got none, and no lists of rewards in {file}"
        )
    remark_on_lists(found, reward, group)
    if missing == "skip" and (lost := int(np.isnan(found.rewards).sum())):
        complain("remark", f"{file.name}: {lost} samples without a reward or a group are left out")
    if found.zeros:
        complain("remark", f"{file.name}: {found.zeros} samples without a reward count as 0")
    empty = 0 if found.lengths is None else int((found.lengths == 0).sum())
    if empty:
        complain("warning", f"{file}: {empty} rows hold no rewards, and are left out")
    return found


def _evaluated(read: Sequence[Rollouts], spellings: list[str], confidence: float) -> Evaluation:
    names, number = numbered(read)
    rewards = np.concatenate([one.rewards for one in read])
    present = number >= 0
    policy = "omit" if read[0].missing == "skip" else "propagate"
    with busy("Computing"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = evaluate(
            rewards[present],
            number[present],
            spellings,
            confidence=confidence,
            nan_policy=policy,
        )
    for sentence in dict.fromkeys(str(warning.message) for warning in caught):
        complain("warning", sentence)
    return replace(found, names=[names[i] for i in found.names])


def _text(found: Evaluation, comparison: Comparison | None, per_group: bool) -> str:
    parts = [f"{found.samples} samples of {len(found.names)} prompts", str(found)]
    if comparison is not None:
        parts += ["", "The first minus the second, paired by prompt", str(comparison)]
    if per_group:
        parts += ["", _each(found, "\t", "{:.15g}".format).rstrip("\n")]
    return "\n".join(parts)


def _csv(found: Evaluation, comparison: Comparison | None, per_group: bool) -> str:
    if per_group:
        return _each(found, ",", repr)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["objective", "of", "estimate", "standard_error", "low", "high", "prompts", "left_out"])
    differences = () if comparison is None else comparison.differences
    for what, rows in (("estimate", found.estimates), ("difference", differences)):
        for one in rows:
            low, high = one.interval or (None, None)
            lost = sum(one.left_out.values())
            writer.writerow(
                [one.objective, what, one.estimate, one.standard_error, low, high, one.prompts, lost]
            )
    return text.getvalue()


def _each(found: Evaluation, delimiter: str, number: Callable[[float], str]) -> str:
    """Return each prompt's values; with 15 digits, 2 is not written as 1.9999999999999998."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["group", "samples", *(estimate.objective for estimate in found.estimates)])
    for one in found.to_dict(per_group=True)["per_group"]:
        values = ["" if value is None else number(value) for value in one["values"].values()]
        writer.writerow([_cell(one["group"]), one["samples"], *values])
    return text.getvalue()


def _cell(name: object) -> object:
    return json.dumps(name) if isinstance(name, list) else name
