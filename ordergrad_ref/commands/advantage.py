"""The command ``ordergrad-ref advantage``."""

import warnings
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from ordergrad_ref import batch, rollouts
from ordergrad_ref.arrays import groups as layout
from ordergrad_ref.commands.terminal import complain
from ordergrad_ref.objectives import LStatistic, RealK
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["ADVANTAGE_EXAMPLES", "advantage_command"]

ADVANTAGE_EXAMPLES = """**Examples**

- ordergrad-ref advantage rollouts.csv --group prompt --reward score --objective "max@4"
- ordergrad-ref advantage rollouts.parquet --group prompt --reward score -o "top(2)@8" --small-groups zero
"""


def advantage_command(
    file: Annotated[Path, typer.Argument(help="Rollouts: .csv, .tsv, .jsonl, .ndjson or .parquet.")],
    reward: Annotated[str, typer.Option(help="Column of rewards.")],
    objective: Annotated[
        str, typer.Option("--objective", "-o", help='Such as "max@4", "top(2)@8", "cvar(0.1)@16".')
    ],
    group: Annotated[
        str | None,
        typer.Option(help="Column of group ids (the prompt). Default: all rows are one group."),
    ] = None,
    column: Annotated[str, typer.Option(help="Name of the new column.")] = "advantage",
    output: Annotated[
        Path | None,
        typer.Option("--output", help="File to write. Default: beside the input, FILE.advantage.csv."),
    ] = None,
    small_groups: Annotated[
        layout.SmallGroups,
        typer.Option(help="Groups of K rewards or fewer: an error, advantage 0, or an empty cell."),
    ] = "raise",
) -> None:
    """Add the canonical advantages to a file of rollouts, as a new last column.

    Rows may come in any order and groups may differ in size. Everything else in the file stays as it is.
    The policy gradient is the sum over a group of (K/N) · advantage · ∇log p.
    """
    alpha = as_objective(objective)
    data = rollouts.read(file, reward, group)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        advantages = batch.advantage(data.rewards, alpha, groups=data.groups, small_groups=small_groups)
    for warning in caught:
        complain("warning", str(warning.message))
    destination = output or _beside(file)
    rollouts.write(data, column, advantages, destination)
    typer.echo(_summary(data, destination, column, alpha, small_groups))


def _beside(file: Path) -> Path:
    """``rollouts.csv`` → ``rollouts.advantage.csv``; ``rollouts.csv.gz`` → ``rollouts.advantage.csv.gz``."""
    suffixes = "".join(file.suffixes[-2:] if file.suffix == ".gz" else file.suffixes[-1:])
    return file.with_name(f"{file.name.removesuffix(suffixes)}.advantage{suffixes}")


def _summary(
    data: rollouts.Rollouts, destination: Path, column: str, alpha: LStatistic | RealK, small_groups: str
) -> str:
    done = f"Wrote {destination}: {column!r} for {alpha}, {len(data.rewards)} rows"
    if data.groups is None:
        return f"{done} in one group."
    _, sizes = np.unique(data.groups, return_counts=True)
    small = sizes[sizes <= float(alpha.k)]
    size = f"{sizes.min()} to {sizes.max()}" if sizes.min() < sizes.max() else str(sizes.max())
    left_out = (
        f" Too small for K = {alpha.k}: {len(small)} of the groups; their {small.sum()} rows got "
        + ("0." if small_groups == "zero" else "no number.")
        if small.size
        else ""
    )
    return f"{done}, groups: {len(sizes)} of {size} rows.{left_out}"
