"""Outcomes as a table and as data."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from ordergrad_ref.conformance.checking import Outcome

__all__ = ["as_json", "first_failures", "outcome_table"]


def outcome_table(outcomes: Sequence[Outcome], title: str) -> Table:
    """Lay outcomes out: a function a row, a kind of case a column, passed of asked in the cells."""
    kinds = list(dict.fromkeys(outcome.case.group for outcome in outcomes))
    table = Table(
        title=title, caption="worst: the largest error in units of u · scale", caption_justify="left"
    )
    table.add_column("function", no_wrap=True)
    for kind in (*kinds, "all"):
        table.add_column(kind, justify="right", no_wrap=True)
    table.add_column("worst", justify="right", no_wrap=True)
    for function in dict.fromkeys(outcome.case.function for outcome in outcomes):
        row = [outcome for outcome in outcomes if outcome.case.function == function]
        cells = [_cell([outcome for outcome in row if outcome.case.group == kind]) for kind in kinds]
        errors = [outcome.error for outcome in row if outcome.error is not None]
        table.add_row(function, *cells, _cell(row), f"{max(errors):.3g}" if errors else "")
    return table


def first_failures(outcomes: Sequence[Outcome], most: int = 5) -> list[str]:
    """Say what went wrong, of the first few."""
    failed = [outcome for outcome in outcomes if outcome.verdict == "failed"]
    lines = [f"{outcome.case.id}: {outcome.said}" for outcome in failed[:most]]
    return lines + ([f"and {len(failed) - most} more"] if len(failed) > most else [])


def as_json(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Give outcomes as plain data, a dictionary a case; an infinite error as None."""
    return [
        {
            "id": outcome.case.id,
            "function": outcome.case.function,
            "group": outcome.case.group,
            "verdict": outcome.verdict,
            "error": outcome.error if outcome.error != float("inf") else None,
            "c": outcome.case.c,
            "said": outcome.said,
        }
        for outcome in outcomes
    ]


def _cell(outcomes: Sequence[Outcome]) -> Text | str:
    asked = [outcome for outcome in outcomes if outcome.verdict != "not offered"]
    if not outcomes:
        return ""
    if not asked:
        return Text("not offered", style="dim")
    passed = sum(outcome.verdict == "passed" for outcome in asked)
    if passed == len(asked):
        return Text(f"{passed} ✓", style="green")
    return Text(f"{passed}/{len(asked)} ✗", style="red")
