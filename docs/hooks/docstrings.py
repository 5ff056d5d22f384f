"""Docstrings as Sphinx reads them: an indented block after a line of prose is a formula as it stands."""

import re
from typing import Any

INDENT = re.compile(r" *")


def mark_formulas(lines: list[str]) -> list[str]:
    """Put a ``::`` before each indented block that follows an empty line, unless it belongs to a list.

    Examples
    --------
    >>> mark_formulas(["A sum:", "", "    a + b", "", "and words."])
    ['A sum:', '', '::', '', '    a + b', '', 'and words.']
    >>> mark_formulas(["A sum::", "", "    a + b"])
    ['A sum::', '', '    a + b']
    """
    result: list[str] = []
    before = ""  # the last line of words
    for line in lines:
        deeper = line.strip() and _indent(line) > _indent(before) and result and not result[-1].strip()
        if deeper and not before.lstrip().startswith(("- ", "* ", ">>>")):
            if not before.rstrip().endswith("::"):
                result += [" " * _indent(before) + "::", ""]
            before = " " * _indent(before) + "::"
        elif line.strip() and not (before.strip() == "::" and _indent(line) > _indent(before)):
            before = line
        result.append(line)
    return result


def _indent(line: str) -> int:
    found = INDENT.match(line)
    return len(found[0]) if found else 0


def _process(_app: Any, what: str, _name: str, _thing: Any, _options: Any, lines: list[str]) -> None:
    lines[:] = mark_formulas(lines)
    if what in ("data", "property"):
        lines.insert(0, "\\ ")  # nothing; else Napoleon takes a sentence up to its colon for a type


def _skip(_app: Any, _what: str, _name: str, thing: Any, skip: bool, _options: Any) -> bool | None:
    """Leave out the fields of a named tuple, of which Python says "Alias for field number 1"."""
    return True if (getattr(thing, "__doc__", None) or "").startswith("Alias for field") else None


def setup(app: Any) -> dict[str, bool]:
    """Come before Napoleon, which reads the sections. Sphinx calls this."""
    app.connect("autodoc-skip-member", _skip)
    app.connect("autodoc-process-docstring", _process, priority=100)
    return {"parallel_read_safe": True}
