"""The commands ``ordergrad-ref vectors check | export | explain``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ordergrad_ref.commands.lazily import Group
from ordergrad_ref.commands.options import Command
from ordergrad_ref.commands.progress import busy
from ordergrad_ref.commands.screen import console
from ordergrad_ref.commands.terminal import needs_output, styled
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.vectors.checking import check
from ordergrad_ref.vectors.diagnosis import fitting
from ordergrad_ref.vectors.explain import explain
from ordergrad_ref.vectors.golden import export, load
from ordergrad_ref.vectors.implementations import Implementation, InProcess, OutOfProcess
from ordergrad_ref.vectors.rendering import as_json, first_failures, not_offered, outcome_table

__all__ = ["app"]

CHECK_EXAMPLES = """**Examples**

- ordergrad-ref vectors check ordergrad_ref
- ordergrad-ref vectors check my_package.advantages --dtype float32
- ordergrad-ref vectors check --process "node port.js"
"""

app = typer.Typer(
    name="vectors",
    cls=Group,
    help="Golden vectors in exact rationals: hold an implementation to them, copy them, explain one.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)


@app.command("check", cls=Command, epilog=CHECK_EXAMPLES)
def check_command(
    context: typer.Context,
    implementation: Annotated[
        str | None,
        typer.Argument(
            help="module, file.py, module:object or file.py:object, with functions named as ours.",
            show_default=False,
        ),
    ] = None,
    process: Annotated[
        str | None, typer.Option(help="Instead: a command that speaks the process protocol.")
    ] = None,
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = "float64",
    vectors: Annotated[
        Path | None, typer.Option(help="Directory of vectors, as exported. Default: this package's own.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds that each answer may take.")] = 10.0,
    as_data: Annotated[bool, typer.Option("--json", help="Print the outcomes as JSON.")] = False,
) -> None:
    """Hold an implementation to the golden vectors.

    A function or an option that it lacks is not offered, which is no failure. Exit status: 0 all cases that
    it offers pass, 1 some do not, 2 bad input, or nothing is offered.
    """
    if (implementation is None) is (process is None):
        raise InvalidInputError(
            "implementation: expected either a module or file, or --process and a command, got "
            + ("neither" if process is None else "both")
        )
    cases = load(vectors)
    target: Implementation
    if process is not None:
        target = OutOfProcess(process, timeout)
    else:
        assert implementation is not None
        if context.obj is not None:
            context.obj.fork(implementation)
        target = InProcess(implementation, timeout)
    try:
        with busy(f"Checking {target.name}"):
            outcomes = check(target, cases, dtype)
    finally:
        if isinstance(target, OutOfProcess):
            target.close()
    counts = {
        verdict: sum(outcome.verdict == verdict for outcome in outcomes)
        for verdict in ("passed", "failed", "not offered")
    }
    if counts["not offered"] == len(outcomes):
        raise InvalidInputError(
            f"implementation: expected functions named as ours, got none from {target.name}; see the guide"
        )
    fits = fitting(outcomes, cases.mistakes)
    if as_data:
        head = {"implementation": target.name, "specification": cases.specification, "dtype": dtype}
        fitted = [fit._asdict() for fit in fits]
        typer.echo(json.dumps({**head, **counts, "mistakes": fitted, "cases": as_json(outcomes)}))
    else:
        offered = len(outcomes) - counts["not offered"]
        typer.echo(f"{counts['passed']} of {offered} cases that it offers pass; there are {len(outcomes)}.")
        for fit in fits:
            typer.echo(f"Perhaps: {fit}")
        screen = console()
        title = f"{target.name} against the golden vectors {cases.specification}, in {dtype}"
        screen.print(outcome_table(outcomes, title))
        if lacking := not_offered(outcomes):
            screen.print(f"Not offered: {lacking}", highlight=False)
        for line in first_failures(outcomes):
            typer.echo(f"{styled('failed')}: {line}")
        if counts["failed"]:
            typer.echo("The whole way to an answer: ordergrad-ref vectors explain ID")
    if counts["failed"]:
        raise typer.Exit(1)


@app.command("export", cls=Command)
def export_command(
    directory: Annotated[Path, typer.Argument(help="Where to; made if need be.")],
) -> None:
    """Copy the vectors, their manifest and their schemas into a directory."""
    written = export(directory)
    typer.echo(f"Wrote {len(written)} files to {directory}: {', '.join(file.name for file in written)}")


@app.command("explain", cls=Command)
def explain_command(
    name: Annotated[str, typer.Argument(metavar="ID", help="A case's id.")],
) -> None:
    """Print a case, the definition evaluated on it step by step, and its equation numbers."""
    needs_output()
    typer.echo(explain(load()[name]))
