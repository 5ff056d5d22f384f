"""The objects of a JSON array, one after another: a file may be larger than memory."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.cells import shown
from ordergrad_ref.rollouts.columns import Members
from ordergrad_ref.rollouts.json_values import value_at
from ordergrad_ref.rollouts.text import BOM, pieces

__all__ = ["SPACE", "Item", "items"]

SPACE = " \t\r\n"


class Item(NamedTuple):
    """An object of an array: the text since the one before it, its own text, its members.

    After the last one comes what is left of the text, without members.
    """

    before: str
    text: str
    members: Members | None


def items(path: Path, encoding: str) -> Iterator[Item]:
    """Yield each object of an array, and then the end of the text."""
    window = _Window(pieces(path, encoding), path)
    if window.next(BOM + SPACE) != "[":
        raise InvalidInputError(
            f"{path}: expected an array of objects, which can have one more column, got another document; "
            "it can be evaluated"
        )
    window.place += 1
    number = 0
    while (sign := window.next()) != "]":
        number += 1
        if number > 1:
            if sign != ",":
                raise _broken(path, f"no comma or bracket after item {number - 1}")
            window.place += 1
            window.next()
        yield window.item(number)
    window.place += 1
    if window.next():
        raise _broken(path, "more after its end")
    yield Item(window.text[window.done :], "", None)


class _Window:
    """The part of the text that is in memory, from the end of the last item on; and the place in it."""

    def __init__(self, parts: Iterator[str], path: Path) -> None:
        self.parts, self.path = parts, path
        self.text, self.done, self.place = next(parts, ""), 0, 0

    def next(self, space: str = SPACE) -> str:
        """Go to the next sign that is no space, and return it; nothing at the end."""
        while True:
            while (sign := self.text[self.place : self.place + 1]) and sign in space:
                self.place += 1
            if sign or not self._grown():
                return sign

    def item(self, number: int) -> Item:
        """Read the object that begins here, and go to its end."""
        while True:
            try:
                members, stop = value_at(self.text, self.place)
                break
            except (ValueError, RecursionError) as error:
                if isinstance(error, RecursionError) or not self._grown():
                    reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
                    raise _broken(self.path, f"{reason} in item {number}") from None
        if not isinstance(members, tuple):
            raise InvalidInputError(
                f"{self.path}: expected an array of objects, got {shown(members)} as item {number}"
            )
        found = Item(self.text[self.done : self.place], self.text[self.place : stop], members)
        self.done = self.place = stop
        return found

    def _grown(self) -> bool:
        """Let go of what is done, and take as much text again as is left, if there is more."""
        kept, found = self.text[self.done :], []
        wanted = len(kept)
        for part in self.parts:
            found.append(part)
            wanted -= len(part)
            if wanted <= 0:
                break
        self.text, self.place, self.done = kept + "".join(found), self.place - self.done, 0
        return bool(found)


def _broken(path: Path, reason: str) -> InvalidInputError:
    return InvalidInputError(f"{path}: expected JSON, got broken JSON ({reason})")
