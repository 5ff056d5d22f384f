"""Reports as one web page that needs nothing else: no script, no network; the font of its formulas is in it.

It is made from the JSON form alone (``auditing/report.schema.json``), so that reports saved at
different times, of functions in different environments, can share a page.
"""

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from ordergrad_ref.auditing.properties import MARKS, Property, property_named
from ordergrad_ref.auditing.serial import FORMAT, FORMAT_VERSION
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.reports.mathml import mathml
from ordergrad_ref.reports.pictures import bias_pictures, frames, variance_pictures

__all__ = ["read", "render"]

Data = dict[str, Any]

VERDICTS = {
    True: ("yes", MARKS[True], "holds"),
    False: ("no", MARKS[False], "does not hold"),
    None: ("open", MARKS[None], "not decided"),
}
"""Of each verdict the style class, the mark, and the words for who cannot see it."""

LONGEST = 40
"""The longest fraction that is written out, in characters."""


def read(*saved: str | PathLike[str]) -> list[Data]:
    """Read reports saved by ``ordergrad-ref audit --json``: each file holds one report or a list of them.

    Raises
    ------
    InvalidInputError
        Where a file holds anything else.
    OSError
        Where a file cannot be read.
    """
    reports = []
    for file in saved:
        try:
            data = json.loads(Path(file).read_text(encoding="utf-8"))
        except ValueError as error:
            raise InvalidInputError(f"saved: expected JSON in {file}, got {error}") from None
        found = data if isinstance(data, list) else [data]
        reports += [_checked(report, "saved", f"reports in {file}") for report in found]
    return reports


def render(reports: Sequence[Data], title: str | None = None) -> str:
    """Lay out reports, in their JSON form, as a page: implementations by properties, and each on its own.

    Parameters
    ----------
    reports : sequence of dicts
        As ``Report.to_json()`` gives them, or `read`.
    title : str, optional
        The page's heading. Default: the target, or how many there are.

    Returns
    -------
    str
        HTML, with all that came from a target escaped.

    Raises
    ------
    InvalidInputError
        Where there is no report, or one is of another form.

    Examples
    --------
    >>> from ordergrad_ref import audit
    >>> page = render([audit(lambda x: x - x.mean(), "mean@1", n=4).to_json()], title="Mine")
    >>> page.splitlines()[0], page.count("<script")
    ('<!DOCTYPE html>', 0)
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    if not reports:
        raise InvalidInputError("reports: expected at least one, got none")
    reports = [_checked(report, "reports", f"reports, at index {i}") for i, report in enumerate(reports)]
    environment = Environment(
        loader=PackageLoader("ordergrad_ref.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "breakable": _breakable,
        "cell": _cell,
        "label": _label,
        "mathml": _mathml,
        "number": _number,
        "objective": _objective,
        "property": _property,
        "short": _short,
    }
    environment.globals |= {"marks": VERDICTS, "font": _font()}
    ratios = [picture for r in reports for picture in variance_pictures(r)]
    return environment.get_template("page.html").render(
        title=title or _title(reports),
        reports=reports,
        found=[{p["name"]: p for p in r["properties"]} for r in reports],
        columns=list(dict.fromkeys(p["name"] for r in reports for p in r["properties"])),
        bias=frames([picture for r in reports for picture in bias_pictures(r)]),
        variance=frames(sorted((p for p in ratios if not p.level), key=lambda p: p.x.label)),
        canonical=list(dict.fromkeys(p.target for p in ratios if p.level)),
    )


def _font() -> str:
    """Read the font of the formulas; browsers lay them out well only with a table of mathematics."""
    return b64encode((files("ordergrad_ref.reports") / "fonts" / "formulas.woff2").read_bytes()).decode()


def _checked(report: Any, name: str, what: str) -> Data:
    """Hold a report to its schema; what came after it was saved is null."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    form = (report.get("format"), report.get("format_version")) if isinstance(report, dict) else report
    if form != (FORMAT, FORMAT_VERSION):
        raise InvalidInputError(
            f"{name}: expected {what} of the form {FORMAT!r}, version {FORMAT_VERSION}; got {form!r:.80}"
        )
    schema = json.loads((files("ordergrad_ref.auditing") / "report.schema.json").read_text(encoding="utf-8"))
    error = best_match(Draft202012Validator(schema).iter_errors(report))
    if error is not None:
        raise InvalidInputError(
            f"{name}: expected {what} of the published schema; "
            f"got, at {error.json_path}: {error.message:.200}"
        )
    return _complete(report)


def _complete(report: Data) -> Data:
    """Give a report that was saved before it had lessons and a diagnosis these members, as null."""
    properties = [{"lesson": None} | p for p in report["properties"]]
    new = dict.fromkeys(("diagnosis", "module", "command", "date", "commit"))
    return new | report | {"properties": properties}


def _title(reports: Sequence[Data]) -> str:
    return f"Audit of {reports[0]['target']}" if len(reports) == 1 else f"Audit of {len(reports)} estimators"


def _label(name: str) -> str:
    return name.replace("_", "-")


def _property(finding: Data) -> Property:
    """Look up what is known of a property; of one that another version judged there is its equation alone."""
    return property_named(finding["name"]) or Property(finding["name"], finding["equation"], ())


def _objective(objective: Data) -> str:
    return objective["name"] or f"an L-statistic, K = {objective['k']}"


def _number(x: Data | float | None) -> str:
    """Show a fraction with its decimals, a float with all of its digits, None as a dash.

    Examples
    --------
    >>> _number({"exact": "25/12", "approximate": 25 / 12}), _number(0.1), _number(None)
    ('25/12 ≈ 2.08333333', '0.1', '–')
    """
    if x is None:
        return "–"
    if not isinstance(x, dict):
        return repr(x).removesuffix(".0")
    exact, approximate = x["exact"], x["approximate"]
    if approximate is None:  # beyond float64
        return exact or "–"
    if exact is None or len(exact) > LONGEST:
        return f"≈ {approximate!r}".removesuffix(".0")
    return f"{exact} ≈ {approximate:.9g}" if "/" in exact else str(exact)


def _cell(x: str | float | None) -> str:
    """Show a number of a lesson: exact text as it is, a float to nine digits."""
    return x if isinstance(x, str) else _short(x)


def _short(x: Data | float | None) -> str:
    """Show a fraction alone, anything else to nine digits.

    Examples
    --------
    >>> _short({"exact": "1/8", "approximate": 0.125}), _short(1 / 3)
    ('1/8', '0.333333333')
    """
    exact, approximate = (x["exact"], x["approximate"]) if isinstance(x, dict) else (None, x)
    if approximate is None:
        return exact or "–"
    return exact if exact is not None and len(exact) <= LONGEST else f"{approximate:.9g}"


def _breakable(name: str) -> Any:
    """Let long names break where their words end."""
    from markupsafe import Markup, escape

    return Markup("").join(escape(part) + Markup("<wbr>") for part in re.split(r"(?<=[_.:/])", name))


def _mathml(name: str, display: Literal["block", "inline"] = "block") -> Any:
    from markupsafe import Markup

    return [Markup(formula) for formula in mathml(name, display)]  # made from our own constants alone
