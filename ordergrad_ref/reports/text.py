"""The max@K family as one table for a terminal."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from ordergrad_ref.auditing.decisions.rationals import shown
from ordergrad_ref.auditing.report import Report
from ordergrad_ref.auditing.tables import mark
from ordergrad_ref.contracts import Contract

__all__ = ["family_table"]

WIDE = 110
"""The width from which on formulas and factors are shown too."""


def family_table(
    rows: Sequence[tuple[Contract, Report | None, Report | None]], objective: str, n: int, width: int
) -> Table:
    """Lay out a family, one row for each estimator.

    A row shows its contract, the audit for ``objective`` and the audit for its own objective.

    An estimator that is not defined for groups of n has no audits. In less than 110 columns, the formulas
    and the factors, which follow from the constants, are left out.
    """
    table = Table(title=f"Which of these is the gradient of {objective}? Groups of N = {n}.")
    columns: dict[str, dict[str, Any]] = {
        "estimator": {"no_wrap": True},
        "advantage A_i": {},
        f"∇ {objective}": {"justify": "center", "overflow": "fold"},
        "unbiased for": {},
        "c": {"justify": "right", "no_wrap": True},
        "∇J is": {"justify": "right", "no_wrap": True},
        "centred": {"justify": "center", "no_wrap": True},
        "shift-\ninvariant": {"justify": "center", "no_wrap": True},
    }
    kept = [c for c in columns if width >= WIDE or c not in ("advantage A_i", "∇J is")]
    for column in kept:
        table.add_column(column, **columns[column])
    for row in rows:
        cells = dict(zip(columns, _family_row(*row, n), strict=True))
        table.add_row(*(cells[column] for column in kept))
    return table


def _family_row(
    contract: Contract, asked: Report | None, own: Report | None, n: int
) -> tuple[Text | str, ...]:
    if asked is None or own is None:
        undefined = Text(f"undefined at N = {n}", style="yellow")
        return contract.name, contract.formula, mark(None), undefined, "–", "–", "–", "–"
    return (
        contract.name,
        contract.formula,
        mark(asked.unbiased),
        _own_objective(contract, own),
        shown(own.constant) if own.constant is not None else "–",
        own.gradient,
        mark(own.centred),
        mark(own.shift_invariant),
    )


def _own_objective(contract: Contract, own: Report) -> Text:
    if own.constant == 0:
        return Text("no signal at K = N", style="yellow")
    return Text(contract.target) if own.unbiased else Text(f"biased for {contract.target}", style="red")
