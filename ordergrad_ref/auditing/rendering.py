"""Tables of findings, for a terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ordergrad_ref.auditing.report import PROPERTIES, Report, shown
from ordergrad_ref.contracts import Contract

__all__ = ["family_table", "mark", "report_table"]

MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("–", "dim")}


def mark(finding: bool | None) -> Text:
    """Show a finding as a tick, a cross, or a dash where it does not apply."""
    symbol, style = MARKS[finding]
    return Text(symbol, style=style)


def report_table(report: Report) -> Table:
    """Lay out one report, a property a row."""
    table = Table(title=f"{report.target}, audited for {report.objective} in groups of {report.n}")
    table.add_column("property")
    table.add_column("", justify="center")
    table.add_column("finding")
    for name in PROPERTIES:
        finding = getattr(report, name)
        table.add_row(name.replace("_", "-"), mark(finding), _sentence(report, name))
    return table


def family_table(
    rows: Sequence[tuple[Contract, Report | None, Report | None]], objective: str, n: int
) -> Table:
    """Lay out a family, an estimator a row: its contract, the audit for ``objective``, the audit for its own.

    An estimator that is not defined for groups of n has no audits.
    """
    table = Table(title=f"Which of these is the gradient of {objective}? Groups of N = {n}.")
    table.add_column("estimator", no_wrap=True)
    table.add_column("advantage A_i")
    table.add_column(f"∇ {objective}", justify="center", no_wrap=True)
    table.add_column("unbiased for", justify="left")
    table.add_column("c", justify="right", no_wrap=True)
    table.add_column("∇J is", justify="right", no_wrap=True)
    table.add_column("centred", justify="center")
    table.add_column("shift-\ninvariant", justify="center")
    for contract, asked, own in rows:
        if asked is None or own is None:
            undefined = Text(f"undefined at N = {n}", style="yellow")
            table.add_row(contract.name, contract.formula, mark(None), undefined, *["–"] * 4)
            continue
        table.add_row(
            contract.name,
            contract.formula,
            mark(asked.unbiased),
            _own_objective(contract, own),
            shown(own.constant) if own.constant is not None else "–",
            _to_gradient(own),
            mark(own.centred),
            mark(own.shift_invariant),
        )
    return table


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
