"""The command ``ordergrad-ref``: judge an estimator, evaluate a file of rollouts, or add advantages to it."""

import faulthandler
import io
import sys
import traceback
from contextlib import suppress
from typing import Annotated

import typer

from ordergrad_ref._version import __spec_version__, __version__
from ordergrad_ref.commands.lazily import Adding, group_of
from ordergrad_ref.commands.options import Command
from ordergrad_ref.commands.supervisor import Supervisor
from ordergrad_ref.commands.terminal import BAD_INPUT, INTERNAL, complain
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.targets.words import one_line

__all__ = ["app", "main"]


def _commands() -> dict[str, Adding]:
    """Say how each command is added; in the order of the help."""

    def audit(app: typer.Typer) -> None:
        from ordergrad_ref.commands.audit import EXAMPLES, audit_command

        app.command("audit", cls=Command, epilog=EXAMPLES)(audit_command)

    def evaluate(app: typer.Typer) -> None:
        from ordergrad_ref.commands.evaluate import EXAMPLES, evaluate_command

        app.command("evaluate", cls=Command, epilog=EXAMPLES)(evaluate_command)

    def audit_trainer(app: typer.Typer) -> None:
        from ordergrad_ref.commands.audit_trainer import EXAMPLES, audit_trainer_command

        app.command("audit-trainer", cls=Command, epilog=EXAMPLES)(audit_trainer_command)

    def doctor(app: typer.Typer) -> None:
        from ordergrad_ref.commands.doctor import EXAMPLES, doctor_command

        app.command("doctor", cls=Command, epilog=EXAMPLES)(doctor_command)

    def advantage(app: typer.Typer) -> None:
        from ordergrad_ref.commands.advantage import EXAMPLES, advantage_command

        app.command("advantage", cls=Command, epilog=EXAMPLES)(advantage_command)

    def cite(app: typer.Typer) -> None:
        from ordergrad_ref.commands.cite import EXAMPLES, cite_command

        app.command("cite", cls=Command, epilog=EXAMPLES)(cite_command)

    def plot(app: typer.Typer) -> None:
        from ordergrad_ref.commands.plot import app as plot_app

        app.add_typer(plot_app)

    def vectors(app: typer.Typer) -> None:
        from ordergrad_ref.commands.vectors import app as vectors_app

        app.add_typer(vectors_app)

    return {
        "audit": audit,
        "evaluate": evaluate,
        "audit-trainer": audit_trainer,
        "doctor": doctor,
        "advantage": advantage,
        "cite": cite,
        "plot": plot,
        "vectors": vectors,
    }


app = typer.Typer(
    name="ordergrad-ref",
    cls=group_of(_commands()),
    help="""Judge an estimator of an order-statistic policy gradient, or get the right advantages.

- ordergrad-ref evaluate samples.jsonl --group task_id --reward passed -o pass@1,pass@4

- ordergrad-ref advantage rollouts.csv --group prompt --reward score -o max@4

- ordergrad-ref audit my_package.advantages:best_of_k -o max@4 -n 8
""",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the versions and exit.")] = False,
) -> None:
    if version:
        typer.echo(f"ordergrad-ref {__version__}, specification {__spec_version__}")
        raise typer.Exit


def main(supervisor: Supervisor | None = None) -> None:
    """Run the command; bad input ends in one line on standard error and exit status 2.

    Parameters
    ----------
    supervisor : Supervisor, optional
        How it begins and ends as a process of its own. Without one, it is run in this process, which a target
        can then end or hold.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # ✓ and ∇ in a pipe or a file too, whatever the locale; names of files that are not UTF-8 anywhere
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
    if not faulthandler.is_enabled():
        with suppress(io.UnsupportedOperation, AttributeError, ValueError):  # no real standard error
            faulthandler.enable(all_threads=False)  # a target that crashes the interpreter is named, at least
    if supervisor is None:
        _command(None)
    else:
        supervisor.run(lambda: _command(supervisor))


def _command(supervisor: Supervisor | None) -> None:
    try:
        app(obj=supervisor)
    except (InvalidInputError, TargetError, OSError) as error:
        complain("error", str(error))
        sys.exit(BAD_INPUT)
    except Exception as error:
        traceback.print_exc()
        complain(
            "internal error",
            f"{one_line(error)}; this is a fault of ordergrad-ref, not of what was judged: please report it",
        )
        sys.exit(INTERNAL)
