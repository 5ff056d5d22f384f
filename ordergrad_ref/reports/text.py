"""The max@K family as one table for a terminal."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from ordergrad_ref.auditing.decisions.rationals import shown
from ordergrad_ref.auditing.report import Report
from ordergrad_ref.auditing.tables import Cells, fitted, mark
from ordergrad_ref.contracts import Contract

__all__ = ["LEGEND", "WIDE", "family_table", "targets_table"]

WIDE = 110
"""The width from which on formulas and factors are shown too."""


def family_table(
    rows: Sequence[tuple[Contract, Report | None, Report | None]], objective: str, n: int, width: int
) -> Table:
    """Lay out a family, one row for each estimator.

    A row shows its contract, the audit for ``objective`` and the audit for its own objective.

    An estimator that is not defined for groups of n has no audits. In less than 110 columns, the formulas
    and the factors, which follow from the constants, are left out; in still less, more is.
    """
    narrow = 1 if width < WIDE else 0
    layout: tuple[tuple[str, int, bool, dict[str, Any]], ...] = (
        ("estimator", 0, False, {}),
        ("advantage A_i", 9 * narrow, True, {}),
        (f"∇ {objective}", 0, True, {"justify": "center", "overflow": "fold"}),
        ("unbiased for", 3, True, {}),
        ("c", 0, False, {"justify": "right"}),
        ("∇J is", 8 * narrow, False, {"justify": "right"}),
        ("centred", 1, False, {"justify": "center"}),
        ("shift-\ninvariant", 2, False, {"justify": "center"}),
    )
    cells = list(zip(*(_family_row(*row, n) for row in rows), strict=True)) or [()] * len(layout)
    columns = [
        Cells(heading, column, rank, wraps, options)
        for (heading, rank, wraps, options), column in zip(layout, cells, strict=True)
        if not (rank >= 8 and width < WIDE)
    ]
    table = fitted(f"Which of these is the gradient of {objective}? Groups of N = {n}.", columns, width)
    if narrow:
        others = str(table.caption or "").removeprefix("Not shown: ")
        rest = others or "widen the terminal, or ask for --json."
        table.caption = f"Not shown: advantage A_i, ∇J is{', ' if others else '; '}{rest}"
    return table


def targets_table(rows: Sequence[tuple[str, Report]], width: int) -> Table:
    """Lay out reports on several targets, one row for each."""
    reports = [report for _, report in rows]
    columns = [
        Cells("target", [Text(name) for name, _ in rows], 0, True, {"overflow": "fold"}),
        Cells("audited for", [str(r.objective) for r in reports], 4, True),
        Cells("unbiased", [mark(r.unbiased) for r in reports], 0, False, {"justify": "center"}),
        Cells("gradient of", [r.estimand.name if r.estimand else "–" for r in reports], 3, True),
        Cells(
            "c",
            [shown(r.estimand.constant) if r.estimand else "–" for r in reports],
            0,
            False,
            {"justify": "right"},
        ),
        *(
            Cells(heading, [mark(r.finding(name).holds) for r in reports], rank, False, {"justify": "center"})
            for heading, name, rank in (
                ("centred", "centred", 1),
                ("shift-\ninvariant", "shift_invariant", 2),
                ("tie-\nconsistent", "tie_consistent", 5),
                ("groups-\napart", "groups_apart", 6),
            )
        ),
    ]
    return fitted(f"{len(rows)} targets, groups of N = {reports[0].n}", columns, width)


LEGEND = """q_i: the mean of the best of K over the sets that hold sample i; v: over all sets of K;
v^(−i): over the sets without i; u_i^(K−1): the mean of the best of K − 1 others; h_i = q_i − u_i^(K−1)."""
"""What the letters of the family's formulas mean."""


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
