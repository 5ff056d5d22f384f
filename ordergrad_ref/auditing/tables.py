"""The parts of a report as tables for a terminal."""

from collections.abc import Iterable, Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ordergrad_ref.auditing.decisions.rationals import as_float
from ordergrad_ref.auditing.decisions.variance import Variance
from ordergrad_ref.auditing.properties import MARKS

__all__ = ["findings_table", "mark", "plain", "variance_table"]

STYLES = {True: "green", False: "red", None: "dim"}


def mark(verdict: bool | None) -> Text:
    """Draw a verdict as a tick, a cross, or a dash where it does not apply."""
    return Text(MARKS[verdict], style=STYLES[verdict])


def findings_table(
    title: str,
    caption: str,
    findings: Iterable[tuple[str, bool | None, str]],
    identities: Iterable[tuple[str, str]],
) -> Table:
    """Lay out properties, each a name, a verdict and a sentence, and below them what the estimator is."""
    # Text, for names and errors of other people's code may look like markup.
    table = Table(
        title=Text(title, style="table.title"),
        caption=Text(caption, style="table.caption"),
        caption_justify="left",
    )
    table.add_column("property")
    table.add_column("", justify="center")
    table.add_column("finding")
    for label, verdict, says in findings:
        table.add_row(label, mark(verdict), Text(says))
    table.add_section()
    for label, says in identities:
        table.add_row(label, "", Text(says))
    return table


def variance_table(rows: Sequence[Variance]) -> Table:
    """Lay out exact variances, one row for each problem, size and offset. Spec eqs. (65), (66), (71)."""
    caption = (
        "Exact, over all batches. variance: tr Cov of (1/N) Σ A ∇_θ log π by the logits, scaled to ∇J; "
        "ratio: to the canonical advantage's; signal to noise: |E ĝ|² / tr Cov ĝ."
    )
    table = Table(title="Variance of the gradient estimator", caption=caption, caption_justify="left")
    for name in ("problem", "N", "K", "offset", "variance", "ratio", "signal to noise"):
        table.add_column(name, justify="left" if name == "problem" else "right")
    for row in rows:
        snr = row.moments.signal_to_noise
        table.add_row(
            row.problem.name,
            str(row.n),
            str(row.k),
            str(row.problem.offset),
            "–" if row.total is None else f"{as_float(row.total):.6g}",
            "–" if row.ratio is None else f"{as_float(row.ratio):.6g}",
            "–" if snr is None else f"{snr:.6g}",
        )
    return table


def plain(tables: Iterable[Table]) -> str:
    """Print tables as plain text, 100 columns wide, whatever the environment says of colours."""
    text = StringIO()
    console = Console(width=100, file=text, color_system=None, force_jupyter=False)
    for table in tables:
        console.print(table)
    return text.getvalue()
