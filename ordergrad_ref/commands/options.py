"""What holds for the options of every command: none is dropped, and an error names them as they are typed."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperCommand

from ordergrad_ref.commands.terminal import INTERRUPTED, UNREAD
from ordergrad_ref.errors import InvalidInputError, TargetError

__all__ = ["Command", "in_options"]


class Command(TyperCommand):
    """A command that takes an option twice only where both are used."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse an option that is given again: the parser would keep the last one and say nothing."""
        _, _, given = self.make_parser(ctx).parse_args(list(args))
        for option, times in Counter(given).items():
            if times > 1 and option.param_type_name == "option" and not option.multiple:
                raise InvalidInputError(f"{max(option.opts, key=len)}: expected once, got it {times} times")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an error that names an argument of the library names the option instead."""
        if ctx.obj is not None:
            ctx.obj.heed_interrupts()
        try:
            return super().invoke(ctx)
        except (InvalidInputError, TargetError) as error:
            options = {
                option.name: max(option.opts, key=len)
                for option in self.params
                if option.param_type_name == "option" and option.name is not None
            }
            error.args = (in_options(str(error), options),)
            raise
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            raise typer.Exit(UNREAD) from None


def in_options(message: str, options: Mapping[str, str]) -> str:
    """Write the arguments of Python in a message as options, where the command has one of that name.

    Examples
    --------
    >>> in_options("n: expected more, or small_groups='zero'", {"n": "-n", "small_groups": "--small-groups"})
    '-n: expected more, or --small-groups zero'
    """
    name, colon, rest = message.partition(": ")
    head = options.get(name.replace("-", "_"), name)

    def option(match: re.Match[str]) -> str:
        return f"{options[match[1]]} {match[2]}" if match[1] in options else match[0]

    return head + colon + re.sub(r"\b([a-z_]+)='?([\w.]+)'?", option, rest)
