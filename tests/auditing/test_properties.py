"""A property is one row of one table: what is said of it anywhere is read from there."""

import json
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from helpers.wrong_estimators import canonical

import ordergrad_ref as og
from ordergrad_ref import auditing
from ordergrad_ref.auditing.properties import FULL_PROPERTIES, PROPERTIES, Property, property_named
from ordergrad_ref.reports import page
from ordergrad_ref.reports.requirements import parse

BOUNDED = Property(
    name="bounded_by_two",
    equation=62,
    formula=(r"A_i \le 2",),
    holds="no advantage is above two",
    broken="some advantage is above two",
    violation=lambda rewards, advantages: np.maximum(advantages.max(axis=1) - 2, 0),
    headline=True,
)


@pytest.mark.slow
@pytest.mark.parametrize(("values", "verdict"), [((0, 1), True), ((0, 1, 4, 6), False)])
def test_a_law_is_added_by_one_row(monkeypatch, values, verdict):
    monkeypatch.setitem(PROPERTIES, BOUNDED.name, BOUNDED)
    report = og.audit(canonical, "max@2", n=4, values=values)
    assert report.finding("bounded_by_two").holds is verdict
    says = BOUNDED.holds if verdict else BOUNDED.broken
    assert f"bounded-by-two {'yes' if verdict else 'no'}" in str(report)
    assert "bounded-by-two" in report.table()
    assert says in report.table()
    data = json.loads(json.dumps(report.to_json()))
    jsonschema.validate(
        data, json.loads((files(auditing) / "report.schema.json").read_text(encoding="utf-8"))
    )
    assert [(p["holds"], p["says"]) for p in data["properties"] if p["name"] == "bounded_by_two"] == [
        (verdict, says)
    ]
    html = page.render([data])
    assert "bounded-by-two" in html
    assert says in html
    assert "<mo>&#x02264;</mo>" in html.split('id="r1-bounded_by_two"')[1]
    (requirement,) = parse(["bounded-by-two"])
    assert (requirement.failure(report) is None) == verdict


def test_rows_are_complete():
    """Each has its formula and both sentences, but those that a step judges in its own words."""
    in_their_own_words = {"dtypes", "large_offsets", "large_groups", "edge_sizes"}
    for name, row in {**PROPERTIES, **FULL_PROPERTIES}.items():
        assert property_named(name) is row
        assert row.full == (name in FULL_PROPERTIES)
        assert bool(row.holds) == (name not in in_their_own_words)
        assert bool(row.broken) == (name not in in_their_own_words | {"input_unchanged"})
        assert bool(row.formula) == (name not in {"deterministic", "input_unchanged"})
        assert row.citation.startswith("eq")
    assert property_named("monotonic") is None
