"""The command ``ordergrad-ref cite``."""

from typing import Annotated

import typer

from ordergrad_ref.citing import cite
from ordergrad_ref.commands.terminal import needs_output

__all__ = ["EXAMPLES", "cite_command"]

EXAMPLES = """**Examples**

- ordergrad-ref cite
- ordergrad-ref cite 25
- ordergrad-ref cite maxpo
"""


def cite_command(
    what: Annotated[
        str | None, typer.Argument(help="Number of an equation, or name of an estimator or a paper.")
    ] = None,
) -> None:
    """Print an equation as the specification states it, and BibTeX for its paper and for this package."""
    needs_output()
    typer.echo(cite(what))
