"""A page for each project of the field report: its functions, by version, and a badge that it may show.

Made from the reports' data whenever the site is built, for the builder ``dirhtml``. The badge is a picture of
the site's own, so that showing it asks nobody else.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Template
from markupsafe import Markup, escape
from truth_table import scripts

COLUMNS = {
    "unbiased": "unbiased",
    "direction_right": "direction",
    "centred": "centred",
    "shift_invariant": "shift",
    "positively_homogeneous": "unit",
    "monotone": "monotone",
    "tie_consistent": "ties",
    "zero_on_equal_rewards": "equal rewards",
    "groups_apart": "groups apart",
    "dtypes": "dtypes",
    "large_offsets": "large offsets",
    "large_groups": "large groups",
    "edge_sizes": "edge sizes",
}
"""The properties that are shown, by the words for them."""
LABEL = "ordergrad_ref audit"
BADGE = Template(
    """<svg xmlns="http://www.w3.org/2000/svg" width="{{ width }}" height="20" role="img"
 aria-label="{{ label }}: {{ says }}">
<rect width="{{ width }}" height="20" fill="#555"/>
<rect x="{{ left }}" width="{{ width - left }}" height="20" fill="{{ colour }}"/>
<g fill="#fff" font-family="DejaVu Sans,Verdana,sans-serif" font-size="11" text-anchor="middle">
<text x="{{ left / 2 }}" y="14">{{ label }}</text>
<text x="{{ (left + width) / 2 }}" y="14">{{ says }}</text></g></svg>
"""
)
SNIPPET = "[![{label}: {says}](SITE/field-reports/projects/{name}.svg)](SITE/field-reports/projects/{name}/)"
"""The badge in Markdown, linked to its page. The site has no address of its own: it is built for any."""
GREEN, AMBER = "#1a7f37", "#9a6700"
LISTED = re.compile(r"LStatistic\(\[.*?\]\)")
"""An objective without a name, as code writes it."""
LETTER = 7
"""Pixels for each letter, with some beside the words."""

PAGE = Template(
    """<h1>{{ breakable(repository) }}</h1>
<p>What its functions compute, at each version that was audited, the newest first. Where a cell is empty, the
function was not audited at that version. <a href="../../">All projects</a>.</p>
<p><img src="../{{ picture }}" alt="{{ label }}: {{ says }}"></p>
<p>The badge counts the functions audited at {{ newest }}. To show it, paste this line of Markdown, with the
address of this site where <code>SITE</code> stands:</p>
<pre><code>{{ snippet }}</code></pre>
<p>“Unbiased” says what the expected gradient is, for the objective that the function is for;
it does not say that an estimator trains well or badly.</p>
<div class="pst-scrollable-table-container"><table class="table project">
<thead><tr><th>function</th>{% for version, place in places.items() %}
<th>{% if place %}<a href="{{ place }}">{{ version }}</a>{% else %}{{ version }}{% endif %}</th>{% endfor %}
</tr></thead>
<tbody>{% for function, options, objective in functions %}
<tr><td><code>{{ breakable(function) }}</code> for {{ objective
}}{% if options %}; options: {{ breakable(options) }}{% endif %}</td>{% for cells in versions.values() %}
<td>{{ cells.get((function, options, objective), "") }}</td>{% endfor %}</tr>{% endfor %}
</tbody></table></div>
""",
    autoescape=True,
)


def address(repository: str) -> str:
    """Name a project's page: ``huggingface-trl`` for ``huggingface/trl``, and for pulls of it."""
    return re.sub(r"[^a-z0-9]+", "-", _project(repository).lower())


def breakable(name: str) -> Markup:
    """Let a long name break where its words end.

    Examples
    --------
    >>> breakable("a/b_c")
    Markup('a/<wbr>b_<wbr>c')
    """
    return Markup("<wbr>").join(map(escape, re.split(r"(?<=[_/])(?=\w)", name)))


def by_version(rows: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Collect the audited functions of each version, the newest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["date"] or "", reverse=True):
        pull = row["repository"].partition(" (")[2].rstrip(")")
        words = pull, (row["commit"] or "an unknown version")[:7], row["date"]
        found.setdefault(" ".join(filter(None, words)), []).append(row)
    return found


def counted(rows: Sequence[dict[str, Any]]) -> tuple[int, str]:
    """Count the functions whose expected gradient is a constant times the true one."""
    right = sum(
        one["holds"] is True
        for row in rows
        for one in row["report"]["properties"]
        if one["name"] == "unbiased"
    )
    return right, f"{right} of {len(rows)} unbiased"


def badge(rows: Sequence[dict[str, Any]]) -> str:
    """Draw how many of a version's functions are unbiased for what they are for, as SVG."""
    right, says = counted(rows)
    left = LETTER * (len(LABEL) + 1)
    width = left + LETTER * (len(says) + 1)
    colour = GREEN if right == len(rows) else AMBER
    return BADGE.render(label=LABEL, says=says, left=left, width=width, colour=colour)


def page(repository: str, rows: Sequence[dict[str, Any]]) -> str:
    """Lay one project out: a badge, then a table of functions against versions, with each verdict."""
    versions = by_version(rows)
    newest = next(iter(versions))
    says = counted(versions[newest])[1]
    return PAGE.render(
        breakable=breakable,
        repository=repository,
        picture=f"{address(repository)}.svg",
        label=LABEL,
        says=says,
        snippet=SNIPPET.format(label=LABEL, says=says, name=address(repository)),
        newest=newest,
        functions=dict.fromkeys(_function(row) for own in versions.values() for row in own),
        versions={name: {_function(row): _found(row) for row in own} for name, own in versions.items()},
        places={name: _place(own[0]) for name, own in versions.items()},
    )


def _project(repository: str) -> str:
    return repository.split(" (")[0]


def _function(row: dict[str, Any]) -> tuple[str, str | None, str]:
    options = "none" if row["options"] == "no option" else row["options"]
    return row["function"], options, row["objective"]


def _found(row: dict[str, Any]) -> Markup:
    """Say the verdict, with the objective in the report's words, and which laws do not hold besides."""
    broken = {one["name"] for one in row["report"]["properties"] if one["holds"] is False} - {"unbiased"}
    failing = ", ".join(head for key, head in COLUMNS.items() if key in broken)
    verdict = LISTED.sub(row["objective"], row["report"]["verdict"])
    return Markup(scripts(verdict + (f"; does not hold: {failing}" if failing else "")))


def _place(row: dict[str, Any]) -> str | None:
    """Find the address of a commit; a release has none here."""
    commit = row["commit"]
    if not commit or "." in commit:
        return None
    return f"https://github.com/{_project(row['repository'])}/commit/{commit}"


def _pages(app: Any) -> Iterator[tuple[str, dict[str, Any], str]]:
    projects: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(Path(app.srcdir, "field-reports").glob("*.json")):
        for row in json.loads(file.read_text(encoding="utf-8")):
            if row.get("report"):
                projects.setdefault(_project(row["repository"]), []).append(row)
    folder = Path(app.outdir, "field-reports", "projects")
    folder.mkdir(parents=True, exist_ok=True)
    for repository, rows in projects.items():
        newest = next(iter(by_version(rows).values()))
        Path(folder, f"{address(repository)}.svg").write_text(badge(newest), encoding="utf-8")
        name = f"field-reports/projects/{address(repository)}"
        yield name, {"title": repository, "body": page(repository, rows)}, "page.html"


def setup(app: Any) -> dict[str, bool]:
    """Add the pages to the site."""
    app.connect("html-collect-pages", _pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
