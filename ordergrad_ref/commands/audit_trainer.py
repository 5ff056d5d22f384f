"""The command ``ordergrad-ref audit-trainer``."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ordergrad_ref.commands.provenance import command_line
from ordergrad_ref.commands.screen import console
from ordergrad_ref.commands.terminal import BAD_INPUT, complain, conclude
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.targets.guards import stdout_to_stderr
from ordergrad_ref.targets.resolving import reached
from ordergrad_ref.trainers import TrainerReport, audit_loss, audit_update
from ordergrad_ref.trainers.audit_update import UpdateLibrary
from ordergrad_ref.trainers.loss_arguments import is_loss

__all__ = ["EXAMPLES", "audit_trainer_command"]

EXAMPLES = """**Examples**

- ordergrad-ref audit-trainer my_trainer.py:loss -o "max@2"
- ordergrad-ref audit-trainer my_trainer.py:loss -o "mean@1" --advantages grpo
- ordergrad-ref audit-trainer my_trainer.py:update -o "max@2" -n 4 --html update.html
- ordergrad-ref audit-trainer my_package.losses:policy_loss --argument x=log_probs --kwarg epsilon=0.2
"""


def audit_trainer_command(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(help="A loss or an update: package.module:function or path/to/file.py:function.")
    ],
    objective: Annotated[
        str, typer.Option("--objective", "-o", help="What it should follow the gradient of.")
    ] = "max@2",
    n: Annotated[int, typer.Option("-n", help="Group size N.")] = 4,
    advantages: Annotated[
        str | None,
        typer.Option(
            help="Of a loss: which advantages it is given, such as grpo or rloo. "
            "Default: K times the canonical ones."
        ),
    ] = None,
    argument: Annotated[
        list[str] | None,
        typer.Option(help="What an argument of a loss takes, name=role, such as x=log_probs. Repeat it."),
    ] = None,
    kwarg: Annotated[
        list[str] | None,
        typer.Option(help="A further argument of the function, name=value; JSON, or else text. Repeat it."),
    ] = None,
    library: Annotated[
        UpdateLibrary | None,
        typer.Option(
            help="What the function takes, numpy or torch. Default: of a loss what is loaded, of an update "
            "numpy."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Also write a web page.")] = None,
) -> None:
    """Judge a trainer's loss, for every policy, or its whole update, at small ones.

    A function that takes log-probabilities is a loss. Any other is an update: it takes (policy, answers,
    rewards), the policy as a table of token probabilities by prefix, and returns a gradient by the logits of
    the table; or, with --library torch, the policy as a module, and returns a loss. Exit status: 0 unbiased,
    1 biased, 2 bad input, or a function that cannot be judged.
    """
    if context.obj is not None:
        context.obj.fork(target)
    with stdout_to_stderr(), reached(target, keywords=kwarg or []) as adapted:
        report = _report(adapted.function, objective, n, advantages, argument or [], library)
    report = replace(report, command=command_line())
    if html is not None:
        from ordergrad_ref.reports import trainer_page

        html.write_text(trainer_page.render([report.to_json()]), encoding="utf-8")
        typer.echo(f"Wrote {html}", err=True)
    if as_json:
        typer.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        console().print(report.table(), highlight=False, markup=False)
    if report.refusal is not None:
        complain("error", f"{report.target}: {report.refusal}")
        raise typer.Exit(BAD_INPUT)
    conclude([] if report.unbiased else [f"{report.target}: {report.verdict}"])


def _report(
    function: object,
    objective: str,
    n: int,
    advantages: str | None,
    arguments: list[str],
    library: UpdateLibrary | None,
) -> TrainerReport:
    told = dict(_pair(text) for text in arguments)
    assert callable(function)
    if told or is_loss(function):
        return audit_loss(function, objective, n, advantages=advantages, arguments=told, library=library)
    if advantages is not None:
        raise InvalidInputError(f"advantages: expected none for an update, got {advantages!r}")
    return audit_update(function, objective, n, library=library)


def _pair(text: str) -> tuple[str, str]:
    name, equals, role = text.partition("=")
    if not equals:
        raise InvalidInputError(f"argument: expected name=role, got {text!r}")
    return name.strip(), role.strip()
