"""A report as JSON: of the published schema, exact where the report is, and complete."""

import json
import re
import sys
from datetime import UTC, datetime
from fractions import Fraction
from html import unescape
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from helpers.wrong_estimators import WRONG, canonical

import ordergrad_ref as og
from ordergrad_ref import auditing, cli, maxk
from ordergrad_ref.auditing.properties import FULL_PROPERTIES, PROPERTIES

SCHEMA = json.loads((files(auditing) / "report.schema.json").read_text(encoding="utf-8"))


def valid(report):
    """The report's JSON, through text and back, held against the schema."""
    data = json.loads(json.dumps(report.to_json(), allow_nan=False))
    jsonschema.validate(data, SCHEMA, cls=jsonschema.Draft202012Validator)
    return data


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["maxpo", "grpo", "subset_mean_baseline", "runner_up_gap", "maxrl"])
def test_full_reports(name):
    estimator = maxk.FAMILY[name]
    report = og.audit(estimator, estimator.contract.objective(5, 3), n=5, full=True)
    data = valid(report)
    assert [p["name"] for p in data["properties"]] == [*PROPERTIES, *FULL_PROPERTIES]
    assert len(data["variances"]) == len(report.variances) > 0
    for row, found in zip(data["variances"], report.variances, strict=True):
        if found.exact and found.ratio is not None:
            assert Fraction(row["ratio"]["exact"]) == found.ratio
    for p in data["properties"]:
        assert p["holds"] == report.finding(p["name"]).holds


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_reports_of_mistakes(name):
    report = og.audit(lambda x: WRONG[name][0](x, 3), "max@3", n=5)
    data = valid(report)
    assert [p["name"] for p in data["properties"]] == list(PROPERTIES)
    assert data["verdict"] == report.verdict
    if report.counterexample is not None:
        first = data["counterexample"][0]
        assert tuple(map(Fraction, first["probabilities"])) == report.counterexample.probabilities
        assert tuple(first["expected_gradient"]) == report.counterexample.expected
        assert first["angle"] == report.counterexample.policies[0].angle
    broken = [p for p in data["properties"] if p["holds"] is False and p["batch"] is not None]
    assert all(p["violation"] > 0 for p in broken)


@pytest.mark.slow
def test_numbers_are_exact_text():
    data = valid(og.audit(canonical, "max@3", n=6))
    assert data["constant"] == {"exact": "1/3", "approximate": 1 / 3}
    assert data["to_gradient"]["exact"] == "1/2"
    assert data["values"] == ["-2", "0", "1/2", "4"]
    assert data["objective"] == {"name": "max@3", "k": 3, "weights": ["0", "0", "1"]}
    assert data["estimand"]["name"] == "max@3"
    assert data["lookalikes"][0] == {"name": "maxpo", "k": 3, "factor": {"exact": "1", "approximate": 1.0}}
    irrational = valid(og.audit(lambda x: canonical(x, 3) * np.pi, "max@3", n=6))
    assert irrational["constant"]["exact"] is None
    assert irrational["constant"]["approximate"] == pytest.approx(np.pi / 3)


def test_numbers_beyond_float64():
    """Squares of squares of 1e100 have no float; the report has them exactly, or not at all."""
    report = og.audit(lambda x: x * x, "max@2", n=3, values=(0, 1e100), full=True)
    row = valid(report)["variances"][0]
    assert row["covariance"][0][0]["approximate"] is None


@pytest.mark.slow
def test_what_the_schema_forbids():
    """It is no schema of everything."""
    data = valid(og.audit(canonical, "max@3", n=5))
    for change in ({"format_version": 2}, {"values": [0.5]}, {"surprise": 1}, {"n": "5"}, {"constant": 0.3}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(data | change, SCHEMA)
    assert set(data) - set(SCHEMA["required"]) == {
        "canonical_constant",
        "diagnosis",
        "draws",
        "every_order",
        "module",
        "command",
        "date",
        "commit",
    }  # came later than reports that are kept
    for name in SCHEMA["required"]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({k: v for k, v in data.items() if k != name}, SCHEMA)


# ---- on the command line


@pytest.fixture
def command(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["ordergrad-ref", "audit", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code or 0, capsys.readouterr()

    return run


def today():
    return datetime.now(UTC).date().isoformat()


@pytest.mark.slow
def test_json_of_one(command):
    before = today()
    status, printed = command("maxpo", "-n", "5", "-o", "max@3", "--json", "--full")
    data = json.loads(printed.out)
    assert status == 0
    jsonschema.validate(data, SCHEMA)
    assert data.pop("command") == "ordergrad-ref audit maxpo -n 5 -o max@3 --json --full"
    assert before <= data.pop("date") <= today()
    data |= {"command": None, "date": None, "commit": None}
    assert data == json.loads(json.dumps(og.audit(maxk.maxpo, "max@3", n=5, full=True).to_json()))
    assert data["formula"]["text"] == "1/K"


@pytest.mark.slow
def test_json_of_a_failure_is_still_json(command):
    status, printed = command("grpo", "-o", "mean@1", "--json")
    assert status == 1
    assert json.loads(printed.out)["constant"] is None
    assert printed.err.startswith("not held: unbiased")


@pytest.mark.slow
def test_json_of_the_family(command):
    status, printed = command("--json", "-n", "5")
    assert status == 0
    reports = json.loads(printed.out)
    assert [r["target"] for r in reports] == list(maxk.FAMILY)
    for r in reports:
        jsonschema.validate(r, SCHEMA)


@pytest.mark.slow
def test_full_prints_more(command):
    _, brief = command("pkpo")
    status, full = command("pkpo", "--full")
    assert status == 0
    assert "Variance of the gradient estimator" not in brief.out
    for says in ("Variance of the gradient estimator", "c = 1/N, right at 21 sizes", "large-groups"):
        assert says in full.out
    status, printed = command("--full")
    assert status == 2
    assert "target: expected one to audit with --full" in printed.err


def test_a_notebook_shows_the_table_and_what_a_target_says_is_text():
    def doubtful(x):
        return x**3

    doubtful.__name__ = doubtful.__qualname__ = "<script>alert(1)</script>"
    report = og.audit(doubtful, "mean@1", n=3)
    shown = report._repr_html_()
    assert "<script" not in shown
    text = unescape(re.sub(r"<[^>]*>", "", shown))
    for finding in report.findings:
        assert PROPERTIES[finding.name].label in text
    assert all(line.strip() in text for line in str(report.counterexample).splitlines())
