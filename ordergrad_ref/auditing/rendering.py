"""Tables of findings, for a terminal."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from ordergrad_ref.auditing.report import PROPERTIES, Report, shown
from ordergrad_ref.contracts import Contract

__all__ = ["family_table", "mark", "report_table"]

WIDE = 110
MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("–", "dim")}


def mark(finding: bool | None) -> Text:
    """Show a finding as a tick, a cross, or a dash where it does not apply."""
    symbol, style = MARKS[finding]
    return Text(symbol, style=style)


def report_table(report: Report, objective: str | None = None) -> Table:
    """Lay out one report, a property a row; ``objective`` is what to call it, if not by its spelling."""
    spelling = objective or str(report.objective)
    title = f"{report.target}, audited for {spelling} in groups of {report.n}"
    table = Table(title=title, caption=report.called_with, caption_justify="left")
    table.add_column("property")
    table.add_column("", justify="center")
    table.add_column("finding")
    for name in PROPERTIES:
        finding = getattr(report, name)
        table.add_row(name.replace("_", "-"), mark(finding), _sentence(report, name))
    return table


def family_table(
    rows: Sequence[tuple[Contract, Report | None, Report | None]], objective: str, n: int, width: int
) -> Table:
    """Lay out a family, an estimator a row: its contract, the audit for ``objective``, the audit for its own.

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
    shown_columns = [c for c in columns if width >= WIDE or c not in ("advantage A_i", "∇J is")]
    for column in shown_columns:
        table.add_column(column, **columns[column])
    for row in rows:
        cells = dict(zip(columns, _family_row(*row, n), strict=True))
        table.add_row(*(cells[column] for column in shown_columns))
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
        _to_gradient(own),
        mark(own.centred),
        mark(own.shift_invariant),
    )


def _own_objective(contract: Contract, own: Report) -> Text:
    if own.constant == 0:
        return Text("no signal at K = N", style="yellow")
    return Text(contract.target) if own.unbiased else Text(f"biased for {contract.target}", style="red")


def _to_gradient(report: Report) -> str:
    factor = report.to_gradient
    if factor is None or not report.unbiased:
        return "–"
    return "Σ A ∇log p" if factor == 1 else f"{shown(factor)} Σ A ∇log p"


def _sentence(report: Report, name: str) -> str:
    if name == "unbiased":
        factor = report.to_gradient
        if not report.unbiased or factor is None:
            return report.verdict
        return f"c = {shown(report.constant or 0)}; the gradient is {_to_gradient(report)}"
    finding = getattr(report, name)
    if finding is None:
        return "its rewards cannot be shifted"
    return SENTENCES[name][finding]


SENTENCES = {
    "centred": {
        True: "advantages sum to zero in every group",
        False: "advantages do not sum to zero",
    },
    "shift_invariant": {
        True: "adding a number to all rewards changes nothing",
        False: "adding a number to all rewards changes the advantages",
    },
    "permutation_equivariant": {
        True: "the order of the rewards does not matter",
        False: "the order of the rewards matters",
    },
    "tie_consistent": {
        True: "tied rewards get equal advantages",
        False: "tied rewards get different advantages",
    },
}
