"""The parts of a report as tables for a terminal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from ordergrad_ref.auditing.decisions.rationals import as_float
from ordergrad_ref.auditing.decisions.variance import Variance
from ordergrad_ref.auditing.properties import MARKS

__all__ = ["Cells", "as_html", "findings_table", "fitted", "mark", "plain", "variance_table"]

FOLDED = 12
"""The least width of a column whose words may be folded, unless they are shorter."""

STYLES = {True: "green", False: "red", None: "dim"}

NOTEBOOK = Theme(
    {"green": "#ffffff on #1a7f37", "red": "#ffffff on #b3261e", "dim": "none", "table.caption": "italic"}
)
"""Styles for pages that may be light or dark: no colour has a contrast of 4.5 with both white and #111, so
marks bring their own ground, and words take the page's colour."""


def mark(verdict: bool | None) -> Text:
    """Draw a verdict as a tick, a cross, or a dash where it does not apply."""
    return Text(MARKS[verdict], style=STYLES[verdict])


@dataclass(frozen=True)
class Cells:
    """One column of a table that gives columns up where the terminal is narrow.

    Attributes
    ----------
    heading : str
        Its heading.
    cells : sequence of Text or str
        One for each row.
    rank : int
        The columns of the highest rank go first; those of rank 0 stay.
    wraps : bool
        Whether a cell may take several lines.
    options : dict
        How `rich` lays it out.
    """

    heading: str
    cells: Sequence[Text | str]
    rank: int = 0
    wraps: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """The least width in which it can be read."""
        lines = [line for cell in (self.heading, *self.cells) for line in str(cell).splitlines()]
        if not self.wraps:
            return max(map(cell_len, lines), default=0)
        longest = max((cell_len(word) for line in lines for word in line.split()), default=0)
        return min(longest, FOLDED) if self.options.get("overflow") == "fold" else longest


def fitted(title: str, columns: Sequence[Cells], width: int) -> Table:
    """Lay out the columns that can be read in a width, and say below the table which are left out."""
    kept, left_out = list(columns), []
    while sum(c.width + 3 for c in kept) + 1 > width and any(c.rank for c in kept):
        gone = max(kept, key=lambda c: c.rank)
        kept.remove(gone)
        left_out.append(" ".join(gone.heading.split()).replace("- ", "-"))
    note = (
        f"Not shown: {', '.join(reversed(left_out))}; widen the terminal, or ask for --json."
        if left_out
        else ""
    )
    table = Table(title=Text(title, style="table.title"), caption=note or None, caption_justify="left")
    for column in kept:
        options = {"no_wrap": not column.wraps, "min_width": min(column.width, width // 2), **column.options}
        table.add_column(column.heading, **options)
    for row in zip(*(column.cells for column in kept), strict=True):
        table.add_row(*row)
    return table


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


FRAME = "<pre style='line-height: 1.2; overflow-x: auto'>{code}</pre>"


def as_html(tables: Iterable[Table], paragraphs: Iterable[str]) -> str:
    """Draw tables, and paragraphs below them, as a piece of a web page that needs no style sheet."""
    console = Console(
        file=StringIO(), record=True, width=100, force_terminal=True, force_jupyter=False, theme=NOTEBOOK
    )
    for table in tables:
        console.print(table)
    for paragraph in paragraphs:
        console.print(Text(f"\n{paragraph}"))
    return console.export_html(inline_styles=True, code_format=FRAME)


def plain(tables: Iterable[Table]) -> str:
    """Print tables as plain text, 100 columns wide, whatever the environment says of colours."""
    text = StringIO()
    console = Console(width=100, file=text, color_system=None, force_jupyter=False)
    for table in tables:
        console.print(table)
    return text.getvalue()
