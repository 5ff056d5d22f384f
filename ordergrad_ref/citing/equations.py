"""The numbered equations of the specification, as it states them."""

import json
import re
from functools import cache
from importlib import resources
from typing import NamedTuple

from ordergrad_ref._version import __spec_version__
from ordergrad_ref.errors import InvalidInputError

__all__ = ["Equation", "equation", "read_specification"]

DISPLAYED = re.compile(r"\$\$\n(.*?)\n\$\$", re.DOTALL)
TAG = re.compile(r"\s*\\tag\{(\d+)\}\s*")
HEADING = re.compile(r"^#{2,4} (.+)$", re.MULTILINE)


class Equation(NamedTuple):
    """One numbered equation.

    Attributes
    ----------
    number : int
        Its number, which never changes within an edition.
    section : str
        Number and name of the section that states it.
    statement : str
        The paragraph before it, in Markdown.
    tex : str
        The formula.
    """

    number: int
    section: str
    statement: str
    tex: str


def read_specification(text: str) -> list[Equation]:
    r"""Read the numbered equations of a specification in Markdown.

    Examples
    --------
    >>> read_specification("## 1 Objective\n\nA sum.\n\n$$\na + b\n\\tag{1}\n$$\n")[0].statement
    'A sum.'
    """
    found = []
    headings = [(h.start(), h[1]) for h in HEADING.finditer(text)]
    for formula in DISPLAYED.finditer(text):
        number = TAG.search(formula[1])
        if number is None:
            continue
        section = [name for start, name in headings if start < formula.start()][-1]
        before = text[: formula.start()].rstrip().split("\n\n")[-1]
        statement = "" if before.startswith(("#", "$$")) else " ".join(before.split())
        found.append(Equation(int(number[1]), section, statement, TAG.sub("\n", formula[1]).strip()))
    return sorted(found)


@cache
def _all() -> dict[int, Equation]:
    text = resources.files("ordergrad_ref.citing").joinpath("equations.json").read_text(encoding="utf-8")
    return {row[0]: Equation(*row) for row in json.loads(text)}


def equation(number: int) -> Equation:
    """Return an equation of this edition of the specification.

    Raises
    ------
    InvalidInputError
        If there is none of that number.

    Examples
    --------
    >>> equation(25).section
    '4.3 The gap form'
    """
    if number not in _all():
        last = max(_all())
        raise InvalidInputError(
            f"number: expected an equation of specification {__spec_version__}, 1 … {last}, got {number}"
        )
    return _all()[number]
