"""The command ``ordergrad-ref advantage``."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from ordergrad_ref import batch, rollouts
from ordergrad_ref.arrays import groups as layout
from ordergrad_ref.commands.progress import rows_done
from ordergrad_ref.commands.terminal import complain, tidying_up
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError
from ordergrad_ref.objectives import LStatistic, RealK
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["ADVANTAGE_EXAMPLES", "advantage_command"]

ADVANTAGE_EXAMPLES = """**Examples**

- ordergrad-ref advantage rollouts.csv --group prompt --reward score --objective "max@4"
- ordergrad-ref advantage rollouts.parquet --group prompt --reward score -o "top(2)@8" --small-groups zero
- ordergrad-ref advantage runs.jsonl --group step --group prompt --reward score -o "max@4" -o "mean@4"
- ordergrad-ref advantage runs.csv --reward right --weight 1 --reward length --weight -0.1 -o "max@4"
"""


def advantage_command(
    file: Annotated[
        Path, typer.Argument(help="Rollouts: .csv, .tsv, .jsonl, .ndjson, each also with .gz; or .parquet.")
    ],
    reward: Annotated[
        list[str], typer.Option(help="Column of rewards. Repeat it for the sum of several columns.")
    ],
    objective: Annotated[
        list[str],
        typer.Option(
            "--objective",
            "-o",
            help='Such as "max@4", "top(2)@8", "cvar(0.1)@16". Repeat it for a column of each.',
        ),
    ],
    group: Annotated[
        list[str] | None,
        typer.Option(
            help="Column of group ids (the prompt). Repeat it where the rows of a group agree in several "
            "columns. Default: all rows are one group."
        ),
    ] = None,
    weight: Annotated[
        list[float] | None,
        typer.Option(help="Factor of a column of rewards in the sum, once for each --reward. Default: 1."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="Name of the new column, once for each objective. Default: advantage; "
            "of several, advantage[max@4] and so on."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="File to write. Default: beside the input, FILE.advantage.csv."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the output where there is one already.")
    ] = False,
    small_groups: Annotated[
        layout.SmallGroups,
        typer.Option(help="Groups of K rewards or fewer: an error, an empty cell, or advantage 0."),
    ] = "raise",
) -> None:
    """Add the canonical advantages to a file of rollouts, as new last columns.

    Rows may come in any order and groups may differ in size. Everything else in the file stays as it is.
    The policy gradient is the sum over a group of (K/N) · advantage · ∇log p.
    """
    alphas = [as_objective(spelling) for spelling in objective]
    columns = _columns(column, alphas)
    if weight and len(weight) != len(reward):
        raise InvalidInputError(
            f"weight: expected one for each --reward, {len(reward)}, or none, got {len(weight)}"
        )
    destination = output or _beside(file)
    _refuse_existing(destination, file, overwrite)
    with rows_done(f"Reading {file.name}") as seen:
        data = rollouts.read(file, reward, group or None, weights=weight or None, seen=seen)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = [batch.advantage(data.rewards, a, groups=data.groups, small_groups="nan") for a in alphas]
    for warning in caught:
        complain("warning", str(warning.message))
    left_out = [
        _too_small(data, alpha, np.isnan(advantages), small_groups)
        for alpha, advantages in zip(alphas, found, strict=True)
    ]
    table = np.nan_to_num(found, nan=0.0 if small_groups == "zero" else np.nan)
    with tidying_up(), rows_done(f"Writing {destination.name}", len(data.rewards)) as seen:
        rollouts.write(data, columns, table, destination, seen=seen)
    typer.echo(_summary(data, destination, columns, alphas) + "".join(left_out))


def _columns(given: Sequence[str] | None, alphas: Sequence[LStatistic | RealK]) -> list[str]:
    if given:
        if len(given) != len(alphas):
            raise InvalidInputError(
                f"column: expected one for each --objective, {len(alphas)}, or none, got {len(given)}"
            )
        return list(given)
    return ["advantage"] if len(alphas) == 1 else [f"advantage[{alpha}]" for alpha in alphas]


def _beside(file: Path) -> Path:
    """``rollouts.csv`` → ``rollouts.advantage.csv``; ``rollouts.csv.gz`` → ``rollouts.advantage.csv.gz``."""
    suffixes = "".join(file.suffixes[-2:] if file.suffix == ".gz" else file.suffixes[-1:])
    return file.with_name(f"{file.name.removesuffix(suffixes)}.advantage{suffixes}")


def _refuse_existing(destination: Path, file: Path, overwrite: bool) -> None:
    """Refuse to replace a file, unless asked; the input itself is asked for by its name."""
    in_place = destination.exists() and file.exists() and destination.samefile(file)
    if destination.is_file() and not in_place and not overwrite:
        raise InvalidInputError(
            f"{destination}: expected a new file, got one that exists; "
            "choose another with --output, or pass --overwrite"
        )


def _too_small(
    data: rollouts.Rollouts, alpha: LStatistic | RealK, small: NDArray[np.bool_], policy: layout.SmallGroups
) -> str:
    """Say which groups are too small for K, as an error where they are to be one."""
    if not small.any():
        return ""
    rows = int(small.sum())
    remedy = "choose a smaller K"
    if data.groups is None:
        which, of, n = "the file", "the only group", rows
    else:
        names, sizes = np.unique(data.groups[small], return_counts=True)
        which, of, n = f"group {names[0]!r}", f"{len(sizes)} of the {len(set(data.groups))} groups", sizes[0]
        remedy += ", or leave them out with --small-groups nan or --small-groups zero"
    if policy == "raise":
        raise GroupTooSmallError(
            f"objective: expected more than K = {alpha.k} rewards in each group for {alpha}, "
            f"got fewer in {of}: {which} has N = {n}; {remedy}"
        )
    cells = "0." if policy == "zero" else "no number."
    return f" Too small for K = {alpha.k}: {of}; their {rows} rows got {cells}"


def _summary(
    data: rollouts.Rollouts, destination: Path, columns: Sequence[str], alphas: Sequence[LStatistic | RealK]
) -> str:
    what = ", ".join(f"{column!r} for {alpha}" for column, alpha in zip(columns, alphas, strict=True))
    done = f"Wrote {destination}: {what}, {len(data.rewards)} rows"
    if data.groups is None:
        return f"{done} in one group."
    _, sizes = np.unique(data.groups, return_counts=True)
    size = f"{sizes.min()} to {sizes.max()}" if sizes.min() < sizes.max() else str(sizes.max())
    return f"{done}, groups: {len(sizes)} of {size} rows."
