"""Show outcomes as a table, as sentences and as data."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from ordergrad_ref.vectors.checking import Outcome

__all__ = ["as_json", "first_failures", "not_offered", "outcome_table"]


def outcome_table(outcomes: Sequence[Outcome], title: str) -> Table:
    """Tabulate what was offered: a row is a function, a column a kind of case, a cell counts what passed."""
    outcomes = [outcome for outcome in outcomes if outcome.verdict != "not offered"]
    kinds = list(dict.fromkeys(outcome.case.group for outcome in outcomes))
    table = Table(
        title=Text(title), caption="worst: the largest error in units of u · scale", caption_justify="left"
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


def not_offered(outcomes: Sequence[Outcome]) -> str:
    """Name the functions that were not offered, or not for every objective, and the options that were not."""
    answered = {(o.case.function, name) for o in outcomes if o.verdict != "not offered" for name in _asked(o)}
    functions = {function for function, _ in answered}
    names: dict[str, None] = {}
    options: dict[str, dict[str, None]] = {}
    for outcome in outcomes:
        if outcome.verdict == "not offered":
            function = outcome.case.function
            lacking = [name for name in outcome.case.options if (function, name) not in answered]
            if function not in functions:
                names[function] = None
            elif not lacking:
                names[f"{function} (in part)"] = None
            for name in lacking if function in functions else []:
                options.setdefault(name, {})[function] = None
    return ", ".join([*names, *(f"{name} (of {', '.join(of)})" for name, of in options.items())])


def _asked(outcome: Outcome) -> tuple[str, ...]:
    """The options of a case, and nothing for the function by itself."""
    return ("", *outcome.case.options)


def first_failures(outcomes: Sequence[Outcome], most: int = 5) -> list[str]:
    """Say what went wrong in the first few failures."""
    failed = [outcome for outcome in outcomes if outcome.verdict == "failed"]
    lines = [f"{outcome.case.id}: {outcome.said}" for outcome in failed[:most]]
    return lines + ([f"and {len(failed) - most} more"] if len(failed) > most else [])


def as_json(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Give outcomes as plain data, one dictionary for each case; an infinite error is None."""
    return [
        {
            "id": outcome.case.id,
            "function": outcome.case.function,
            "group": outcome.case.group,
            "verdict": outcome.verdict,
            "error": outcome.error if outcome.error != float("inf") else None,
            "c": outcome.case.c,
            "tags": list(outcome.case.tags),
            "said": outcome.said,
        }
        for outcome in outcomes
    ]


def _cell(outcomes: Sequence[Outcome]) -> Text | str:
    if not outcomes:
        return ""
    passed = sum(outcome.verdict == "passed" for outcome in outcomes)
    if passed == len(outcomes):
        return Text(f"{passed} ✓", style="green")
    return Text(f"{passed}/{len(outcomes)} ✗", style="red")
