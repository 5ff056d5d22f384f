"""Estimates as a table: columns, and each row as text for the terminal and for a notebook."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["as_html", "as_rows", "as_text"]


def as_rows(found: Sequence[Mapping[str, Any]], confidence: float) -> tuple[list[str], list[list[str]]]:
    """Return the heads of the columns and the cells of each row; a difference has no part within prompts."""
    difference = not any("within" in one for one in found)
    heads = [
        "objective",
        "difference" if difference else "estimate",
        "std. error",
        f"{100 * confidence:g} % interval",
        *([] if difference else ["within prompts"]),
        "prompts",
        "left out",
    ]
    return heads, [_row(one, difference) for one in found]


def as_text(found: Sequence[Mapping[str, Any]], confidence: float) -> str:
    """Return the table in columns of equal width, remarks below."""
    heads, rows = as_rows(found, confidence)
    table = [heads, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(heads))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([*lines, *_remarks(found)])


def as_html(found: Sequence[Mapping[str, Any]], confidence: float) -> str:
    """Return the table as HTML."""
    heads, rows = as_rows(found, confidence)
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    notes = "".join(f"<p>{escape(remark)}</p>" for remark in _remarks(found))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


def _row(one: Mapping[str, Any], difference: bool) -> list[str]:
    interval = one["interval"]
    return [
        one["objective"],
        _number(one["estimate"]),
        _number(one["standard_error"]),
        "–" if interval is None else f"{_number(interval[0])} to {_number(interval[1])}",
        *([] if difference else [_number(one["within"])]),
        str(one["prompts"]),
        ", ".join(f"{count}: {reason}" for reason, count in one["left_out"].items()) or "0",
    ]


def _remarks(found: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{one['objective']}: {one['remark']}" for one in found if one.get("remark")]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
