"""The field report as one table that can be filtered, made from its data.

A page with the line ``<!-- the dashboard of FILE -->`` gets it in its place, whenever the site is built.
The filter is a few lines of JavaScript on the page itself, without which the whole table is there.
"""

import json
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from projects import COLUMNS, address

MARK = re.compile(r"^<!-- the dashboard of (\S+) -->$", re.MULTILINE)
ANSWERS = {
    True: ("yes", "holds"),
    False: ("no", "does not hold"),
    None: ("–", "is not decided, or not asked"),
}

FILTER = """
<form class="filter" onsubmit="return false">
<label>Project or function <input type="search" name="words" autocomplete="off"></label>
<label>Property <select name="column"><option value="">any</option>{options}</select></label>
<label>Answer <select name="answer"><option value="">any</option><option value="yes">holds</option>
<option value="no">does not hold</option><option value="–">not decided</option></select></label>
<output aria-live="polite">{count} of {count} functions</output>
</form>
"""
SCRIPT = """
<script>
(() => {
  const form = document.querySelector("form.filter");
  const rows = [...document.querySelectorAll("table.dashboard tbody tr")];
  const show = () => {
    const words = form.words.value.toLowerCase().split(/\\s+/);
    const column = form.column.value, answer = form.answer.value;
    let shown = 0;
    for (const row of rows) {
      const cells = column ? [row.querySelector(`[data-property="${column}"]`)]
                           : [...row.querySelectorAll("[data-property]")];
      const fits = words.every(word => row.dataset.words.includes(word))
                   && (!answer || cells.some(cell => cell.textContent === answer));
      row.hidden = !fits;
      shown += fits;
    }
    form.querySelector("output").textContent = `${shown} of ${rows.length} functions`;
  };
  form.addEventListener("input", show);
})();
</script>
"""


def dashboard(rows: Sequence[dict[str, Any]]) -> str:
    """Lay the audited functions out as a table of all, which links to a page for each project."""
    audited = [row for row in rows if row.get("report")]
    options = "".join(f'<option value="{key}">{head}</option>' for key, head in COLUMNS.items())
    heads = "".join(f"<th>{head}</th>" for head in ("project", "function", "for", "c", *COLUMNS.values()))
    table = (
        '<div class="pst-scrollable-table-container"><table class="table dashboard">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(map(_row, audited))}</tbody></table></div>"
    )
    shown = FILTER.format(options=options, count=len(audited)) + table + SCRIPT
    return "```{raw} html\n" + shown.strip() + "\n```"


def _row(row: dict[str, Any]) -> str:
    report = row["report"]
    holds = {one["name"]: one for one in report["properties"]}
    project = f'<a href="projects/{address(row["repository"])}/">{escape(row["repository"])}</a>'
    cells = "".join(_cell(key, holds[key]) for key in COLUMNS)
    words = escape(f"{row['repository']} {row['name']} {row['function']} {row['objective']}".lower())
    texts = (project, escape(row["name"]), escape(row["objective"]), _c(report))
    return f'<tr data-words="{words}">{"".join(f"<td>{text}</td>" for text in texts)}{cells}</tr>'


def _cell(key: str, found: dict[str, Any]) -> str:
    answer, says = ANSWERS[found["holds"]]
    title = escape(f"{says}: {found['says']}")
    mark = {"yes": "holds", "no": "fails"}.get(answer, "open")
    return f'<td class="{mark}" data-property="{key}" title="{title}">{answer}</td>'


def _c(report: dict[str, Any]) -> str:
    constant = report["constant"]
    return "–" if constant is None else constant["exact"] or f"{constant['approximate']:.6g}"


def _put(app: Any, name: str, source: list[str]) -> None:
    folder = Path(app.srcdir, name).parent

    def made(mark: re.Match[str]) -> str:
        return dashboard(json.loads((folder / mark[1]).read_text(encoding="utf-8")))

    source[0] = MARK.sub(made, source[0])


def setup(app: Any) -> dict[str, bool]:
    """Add the table to the pages that ask for it."""
    app.connect("source-read", _put)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
