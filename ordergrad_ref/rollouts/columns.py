"""Columns by name: one that must be there once, one that must not be there yet."""

import difflib
from collections.abc import Sequence
from pathlib import Path

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.cells import SHORT, parsed

__all__ = ["position", "refuse_existing"]


def position(names: Sequence[str], wanted: str, where: str) -> int:
    """Find the one column of that name, or say what may have been meant."""
    if names.count(wanted) == 1:
        return names.index(wanted)
    if wanted in names:
        raise InvalidInputError(f"{where}: expected one column {wanted!r}, came {names.count(wanted)}")
    came = f"{SHORT.repr(list(names))}{_hint(names, wanted)}"
    raise InvalidInputError(f"{where}: expected a column {wanted!r}, came {came}")


def _hint(names: Sequence[str], wanted: str) -> str:
    if "." in wanted and wanted.split(".")[0] in names:
        return "; nested keys are not supported: copy the value to the top level"
    if close := difflib.get_close_matches(wanted, names, n=1):
        return f"; did you mean {close[0]!r}?"
    if any(isinstance(parsed(name), float) for name in names):
        return "; is the header missing?"
    return ""


def refuse_existing(names: Sequence[str], column: str, path: Path) -> None:
    """Refuse a new column whose name is taken."""
    if column in names:
        raise InvalidInputError(f"{path}: column {column!r} exists already; choose another with --column")
