"""Tables of findings, for a terminal."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from rich.table import Table
from rich.text import Text

from ordergrad_ref.auditing.decisions.estimand import UNNAMED
from ordergrad_ref.auditing.decisions.rationals import as_float
from ordergrad_ref.auditing.report import FULL_PROPERTIES, PROPERTIES, Report, shown
from ordergrad_ref.contracts import Contract

__all__ = ["family_table", "mark", "report_table", "report_tables", "variance_table"]

WIDE = 110
MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("–", "dim")}


def mark(finding: bool | None) -> Text:
    """Show a finding as a tick, a cross, or a dash where it does not apply."""
    symbol, style = MARKS[finding]
    return Text(symbol, style=style)


def report_tables(report: Report, objective: str | None = None) -> list[Table]:
    """Lay out one report: the properties, and the variances where there are some."""
    return [report_table(report, objective), *([variance_table(report)] if report.variances else [])]


def report_table(report: Report, objective: str | None = None) -> Table:
    """Lay out one report, a property a row; ``objective`` is what to call it, if not by its spelling."""
    spelling = objective or str(report.objective)
    title = f"{report.target}, audited for {spelling} in groups of {report.n}"
    # Text, for names and errors of strangers may look like markup.
    table = Table(
        title=Text(title, style="table.title"),
        caption=Text(_caption(report), style="table.caption"),
        caption_justify="left",
    )
    table.add_column("property")
    table.add_column("", justify="center")
    table.add_column("finding")
    for name in PROPERTIES:
        table.add_row(name.replace("_", "-"), mark(report.finding(name).holds), Text(_sentence(report, name)))
    for finding in report.findings:
        if finding.name in FULL_PROPERTIES:
            table.add_row(finding.name.replace("_", "-"), mark(finding.holds), Text(finding.says))
    table.add_section()
    for label, says in _identities(report):
        table.add_row(label, "", Text(says))
    return table


def _caption(report: Report) -> str:
    says = [report.called_with]
    if isfinite(report.tolerance):
        u = f"{report.unit_roundoff:.2g}"
        says.append(f"numbers agree within {report.tolerance:.2g} of the advantages at hand (√u, u = {u})")
    if report.unbiased is not None:
        says.append(
            f"bias is decided for every distribution on the rewards {', '.join(map(str, report.values))}"
        )
    stopped = f"\nInterrupted at {report.interrupted}: the rest is missing." if report.interrupted else ""
    return "; ".join(filter(None, says)) + stopped


def _identities(report: Report) -> list[tuple[str, str]]:
    """What it is: the objective, the estimators that it equals, the constant as a formula."""
    rows = []
    found = report.estimand
    if found is not None:
        c = f"c = {shown(found.constant)}"
        name = found.name
        if name == UNNAMED:
            weights = ", ".join(f"{float(w):.6g}" for w in found.objective.weights)
            name = f"{name} of K = {found.objective.k} with weights ({weights})"
        two = ", as every estimator is for some objective on two rewards" if len(report.values) == 2 else ""
        rows.append(("gradient of", f"{name}, {c}{two if not report.unbiased else ''}"))
    elif report.unbiased is False and report.interrupted is None:
        no_signal = report.constant == 0
        rows.append(("gradient of", "nothing" if no_signal else "no L-statistic of at most N ranks"))
    if report.lookalikes:
        rows.append(("equals", "; ".join(map(str, report.lookalikes))))
    if report.formula is not None:
        text = f"c = {report.formula.text}, " if report.formula.text else ""
        rows.append(("formula", text + report.formula.says))
    return rows


def variance_table(report: Report) -> Table:
    """Lay out the exact variances, a problem, size and offset a row. Spec eqs. (65), (66)."""
    caption = (
        "Exact, over all batches. variance: tr Cov of (1/N) Σ A ∇_θ log p by the logits, scaled to ∇J; "
        "ratio: to the canonical advantage's; signal to noise: |E ĝ|² / tr Cov ĝ."
    )
    table = Table(title="Variance of the gradient estimator", caption=caption, caption_justify="left")
    for name in ("problem", "N", "K", "offset", "variance", "ratio", "signal to noise"):
        table.add_column(name, justify="left" if name == "problem" else "right")
    for row in report.variances:
        snr = row.moments.signal_to_noise
        table.add_row(
            row.problem.name,
            str(row.n),
            str(row.k),
            str(row.offset),
            "–" if row.total is None else f"{as_float(row.total):.6g}",
            "–" if row.ratio is None else f"{as_float(row.ratio):.6g}",
            "–" if snr is None else f"{snr:.6g}",
        )
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
    return report.finding(name).says
