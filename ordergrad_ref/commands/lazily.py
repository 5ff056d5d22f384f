"""A group of commands, each of which is imported when it is asked for."""

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from ordergrad_ref.errors import InvalidInputError, expected_one_of

__all__ = ["Adding", "Group", "group_of"]

Adding = Callable[[typer.Typer], object]
"""Imports a command and adds it to an application."""


class Group(TyperGroup):
    """A group that says which commands there are, where another is asked for."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that is named."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise InvalidInputError(f"command: {expected_one_of(self.list_commands(ctx), args[0])}")
        return super().resolve_command(ctx, args)


def group_of(adding: dict[str, Adding]) -> type[TyperGroup]:
    """Make the class of a group that has these commands, in this order."""

    class Lazy(Group):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.commands = _Commands(adding)

        def list_commands(self, ctx: Any) -> list[str]:
            return list(self.commands)

    return Lazy


class _Commands(MutableMapping[str, Any]):
    def __init__(self, adding: dict[str, Adding]) -> None:
        self._adding = adding
        self._made: dict[str, Any] = dict.fromkeys(adding)

    def __getitem__(self, name: str) -> Any:
        if self._made[name] is None:
            app = typer.Typer(rich_markup_mode="markdown", pretty_exceptions_enable=False)
            self._adding[name](app)
            self._made[name] = get_group(app).commands[name]
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)
