"""Reports on losses and updates as one web page that needs nothing else: no script, no network, no font."""

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from ordergrad_ref.auditing.properties import MARKS
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.trainers.report import FORMAT, FORMAT_VERSION

__all__ = ["render"]

Data = dict[str, Any]

CLASSES = {True: "yes", False: "no", None: "open"}
"""Of each verdict the style class."""


def render(reports: Sequence[Data], title: str | None = None) -> str:
    """Lay out reports of `audit_loss` and `audit_update`, in their JSON form, as a page.

    Parameters
    ----------
    reports : sequence of dicts
        As ``TrainerReport.to_json()`` gives them.
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
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    if not reports:
        raise InvalidInputError("reports: expected at least one, got none")
    for report in reports:
        _check(report)
    environment = Environment(
        loader=PackageLoader("ordergrad_ref.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    one = f"Audit of {reports[0]['target']}" if len(reports) == 1 else f"Audit of {len(reports)} trainers"
    return environment.get_template("trainer.html").render(
        title=title or one, reports=reports, marks=MARKS, classes=CLASSES
    )


def _check(report: Any) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    form = (report.get("format"), report.get("format_version")) if isinstance(report, dict) else report
    if form != (FORMAT, FORMAT_VERSION):
        raise InvalidInputError(
            f"reports: expected the form {FORMAT!r}, version {FORMAT_VERSION}; got {form!r:.80}"
        )
    schema = json.loads((files("ordergrad_ref.trainers") / "report.schema.json").read_text(encoding="utf-8"))
    error = best_match(Draft202012Validator(schema).iter_errors(report))
    if error is not None:
        raise InvalidInputError(
            f"reports: expected the published schema; got, at {error.json_path}: {error.message:.200}"
        )
