"""The truth table of README, as the command prints it, made a table that a browser lays out.

A page with the line ``<!-- the truth table -->`` gets it in its place. README's text is tested against the
command, and the page against README.
"""

import re
from html import escape
from pathlib import Path
from typing import Any

MARK = "<!-- the truth table -->"
SHOWN = re.compile(r"<!-- the table begins -->\n```text\n(.*?)```", re.DOTALL)
BELOW = re.compile(r"(?<=\b[A-Za-zΣ])_(?:\{([^{}]*)\}|([a-z])(?![A-Za-z_]))")
ABOVE = re.compile(r"\^(\([^()]*\))")


def table(text: str) -> str:
    """Lay out what stands between box-drawing characters as a table, and the lines below it as notes."""
    lines = text.strip("\n").splitlines()
    heads = [_cells(line, "┃") for line in lines if line.startswith("┃")]
    head = _row("th", [" ".join(filter(None, parts)) for parts in zip(*heads, strict=True)])
    body = "".join(_row("td", _cells(line, "│")) for line in lines if line.startswith("│"))
    end = next(i for i, line in enumerate(lines) if line.startswith("└"))
    notes = scripts("\n".join(lines[end + 1 :]))
    return (
        '<div class="pst-scrollable-table-container"><table class="table truth">'
        f"<caption>{lines[0].strip()}</caption><thead>{head}</thead><tbody>{body}</tbody></table></div>"
        f'<p class="truth-notes">{notes}</p>'
    )


def _cells(line: str, bar: str) -> list[str]:
    return [cell.strip() for cell in line.strip(bar).split(bar)]


def scripts(text: str) -> str:
    """Escape a text for a page, and set what is below or above the line there.

    Examples
    --------
    >>> scripts("Σ_{k<N} h_j^(−i) of dr_grpo")
    'Σ<sub>k&lt;N</sub> h<sub>j</sub><sup>(−i)</sup> of dr_grpo'
    """
    return ABOVE.sub(r"<sup>\1</sup>", BELOW.sub(r"<sub>\1\2</sub>", escape(text, quote=False)))


def _row(kind: str, cells: list[str]) -> str:
    return "<tr>" + "".join(f"<{kind}>{scripts(cell)}</{kind}>" for cell in cells) + "</tr>"


def _put(app: Any, _name: str, source: list[str]) -> None:
    if MARK in source[0]:
        readme = Path(app.srcdir).parent / "README.md"
        shown = SHOWN.search(readme.read_text(encoding="utf-8"))
        if shown is None:
            raise ValueError("README.md: expected the truth table, found none")
        source[0] = source[0].replace(MARK, "```{raw} html\n" + table(shown[1]) + "\n```")


def setup(app: Any) -> dict[str, bool]:
    """Put the table into the pages that ask for it. Sphinx calls this."""
    app.connect("source-read", _put)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
