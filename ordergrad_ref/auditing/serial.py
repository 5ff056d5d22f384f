"""A report as JSON data: exact numbers as text, in the form of ``report.schema.json`` beside this file."""

from fractions import Fraction
from math import isfinite
from typing import Any

from ordergrad_ref._version import __spec_version__, __version__
from ordergrad_ref.auditing.decisions.counterexample import Counterexample, Policy
from ordergrad_ref.auditing.decisions.rationals import Formula, as_float
from ordergrad_ref.auditing.decisions.variance import Variance
from ordergrad_ref.auditing.finding import Finding
from ordergrad_ref.auditing.report import FULL_PROPERTIES, PROPERTIES, Report
from ordergrad_ref.objectives import LStatistic

__all__ = ["FORMAT", "FORMAT_VERSION", "to_json"]

FORMAT = "ordergrad_ref audit report"
FORMAT_VERSION = 1

Data = dict[str, Any]


def to_json(report: Report) -> Data:
    """Give everything in a report, every property included: one that was not tried is null. Spec section 9.

    Exact rationals are text such as ``"1/4"``; where a number may be inexact it is an object of ``exact``,
    text or null, and ``approximate``.
    """
    asked = {f.name for f in report.findings}
    names = [*PROPERTIES, *(name for name in FULL_PROPERTIES if name in asked)]
    found = report.estimand
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "specification": __spec_version__,
        "version": __version__,
        "target": report.target,
        "called_with": report.called_with,
        "objective": _objective(report.objective),
        "n": report.n,
        "values": _texts(report.values),
        "tolerance": _float(report.tolerance),
        "unit_roundoff": report.unit_roundoff,
        "interrupted": report.interrupted,
        "verdict": report.verdict,
        "constant": _number(report.constant),
        "to_gradient": _number(report.to_gradient),
        "residual": _float(report.residual),
        "properties": [_finding(report.finding(name)) for name in names],
        "counterexample": _counterexample(report.counterexample),
        "sweep": [_policy(p) for p in report.sweep],
        "estimand": None
        if found is None
        else {
            "name": found.name,
            "objective": _objective(found.objective),
            "constant": _number(found.constant),
        },
        "lookalikes": [
            {"name": known.name, "k": known.k, "factor": _number(known.factor)} for known in report.lookalikes
        ],
        "formula": _formula(report.formula),
        "variances": [_variance(row) for row in report.variances],
        "dtypes": [
            {
                "dtype": p.dtype,
                "unit_roundoff": p.unit_roundoff,
                "error": _float(p.error),
                "holds": p.holds,
                "says": p.says,
            }
            for p in report.precisions
        ],
        "edges": [{"n": e.n, "k": e.k, "sound": e.sound, "says": e.says} for e in report.edges],
    }


def _finding(finding: Finding) -> Data:
    batch = finding.batch
    return {
        "name": finding.name,
        "holds": finding.holds,
        "says": finding.says,
        "equation": finding.equation,
        "violation": _float(finding.violation),
        "batch": None
        if batch is None
        else {"rewards": list(batch.rewards), "advantages": list(batch.advantages)},
    }


def _counterexample(counterexample: Counterexample | None) -> list[Data] | None:
    return None if counterexample is None else [_policy(p) for p in counterexample.policies]


def _policy(policy: Policy) -> Data:
    return {
        "rewards": _texts(policy.rewards),
        "probabilities": _texts(policy.probabilities),
        "expected_gradient": list(policy.expected),
        "true_gradient": list(policy.true),
        "angle": policy.angle,
        "constant": policy.ratio,
    }


def _formula(formula: Formula | None) -> Data | None:
    if formula is None:
        return None
    return {
        "text": formula.text,
        "says": formula.says,
        "tried": [
            {"n": t.n, "k": t.k, "constant": _number(t.constant), "says": t.says} for t in formula.tried
        ],
    }


def _variance(row: Variance) -> Data:
    return {
        "problem": row.problem.name,
        "rewards": _texts(row.problem.rewards),
        "probabilities": _texts(row.problem.probabilities),
        "n": row.n,
        "k": row.k,
        "offset": str(row.offset),
        "exact": row.exact,
        "scale": _rational(row.scale, row.exact),
        "variance": _rational(row.total, row.exact),
        "canonical_variance": _rational(row.canonical, True),
        "ratio": _rational(row.ratio, row.exact),
        "signal_to_noise": _float(row.moments.signal_to_noise),
        "expected_gradient": [_rational(x, row.exact) for x in row.moments.mean],
        "covariance": [[_rational(x, row.exact) for x in line] for line in row.moments.covariance],
    }


def _objective(objective: LStatistic) -> Data:
    return {"name": objective.name, "k": objective.k, "weights": _texts(objective.weights)}


def _texts(xs: tuple[Fraction, ...]) -> list[str]:
    return [str(x) for x in xs]


def _number(x: Fraction | float | None) -> Data | None:
    return None if x is None else _rational(Fraction(x), isinstance(x, Fraction))


def _rational(x: Fraction | None, exact: bool) -> Data | None:
    """``{"exact": "1/4", "approximate": 0.25}``."""
    return None if x is None else {"exact": str(x) if exact else None, "approximate": _float(as_float(x))}


def _float(x: float | None) -> float | None:
    """JSON has no NaN and no infinity."""
    return x if x is not None and isfinite(x) else None
