"""Columns by name: one that must be there once, one that must not be there yet."""

from collections.abc import Sequence
from pathlib import Path

from ordergrad_ref.errors import InvalidInputError, did_you_mean
from ordergrad_ref.rollouts.cells import SHORT, parsed

__all__ = ["position", "refuse_existing"]


def position(names: Sequence[str], wanted: str, where: str) -> int:
    """Find the one column of that name, or say what may have been meant."""
    if names.count(wanted) == 1:
        return names.index(wanted)
    if wanted in names:
        raise InvalidInputError(f"{where}: expected one column {wanted!r}, got {names.count(wanted)}")
    got = f"{SHORT.repr(list(names))}{_hint(names, wanted)}"
    raise InvalidInputError(f"{where}: expected a column {wanted!r}, got {got}")


def _hint(names: Sequence[str], wanted: str) -> str:
    if "." in wanted and wanted.split(".")[0] in names:
        return "; nested keys are not supported: copy the value to the top level"
    if close := did_you_mean(wanted, names):
        return close
    if any(isinstance(parsed(name), float) for name in names):
        return "; is the header missing?"
    return ""


def refuse_existing(names: Sequence[str], columns: Sequence[str], path: Path) -> None:
    """Refuse a new column whose name is taken."""
    for column in columns:
        if column not in names:
            continue
        raise InvalidInputError(
            f"{path}: expected a new column, got {column!r}, which exists already; "
            "choose another name with --column"
        )
