"""The command line without its commands: each is imported when it is asked for, and no other."""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from ordergrad_ref.commands.options import Command

__all__ = ["NAMES", "Commands", "Root"]

NAMES = ("audit", "evaluate", "audit-trainer", "doctor", "advantage", "cite", "plot", "vectors")
"""The commands in the order of the help. Each has its module: its function and `EXAMPLES`, or an `app`."""


class Root(TyperGroup):
    """The group of all commands."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = Commands()

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, which takes no command."""
        return list(self.commands)


class Commands(MutableMapping[str, Any]):
    """The commands by name."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = dict.fromkeys(NAMES)

    def __getitem__(self, name: str) -> Any:
        if self._made[name] is None:
            self._made[name] = _made(name)
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def _made(name: str) -> Any:
    """Import a command, and build it as a member of a group, as its options inherit from one."""
    word = name.replace("-", "_")
    module = import_module(f"ordergrad_ref.commands.{word}")
    group = typer.Typer(rich_markup_mode="markdown", pretty_exceptions_enable=False)
    if hasattr(module, "app"):
        group.add_typer(module.app)
    else:
        group.command(name, cls=Command, epilog=module.EXAMPLES)(getattr(module, f"{word}_command"))
    return get_group(group).commands[name]
