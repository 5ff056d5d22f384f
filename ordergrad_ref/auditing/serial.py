"""The parts of a report as JSON data: exact numbers as text, in the form of ``report.schema.json``.

Exact rationals are text such as ``"1/4"``; where a number may be inexact it is an object of ``exact``, text
or null, and ``approximate``.
"""

from dataclasses import asdict
from fractions import Fraction
from math import isfinite
from typing import Any

from ordergrad_ref.auditing.decisions.chance import Draws
from ordergrad_ref.auditing.decisions.constant_formula import Formula
from ordergrad_ref.auditing.decisions.counterexample import Policy
from ordergrad_ref.auditing.decisions.diagnosis import Diagnosis
from ordergrad_ref.auditing.decisions.estimand import Estimand
from ordergrad_ref.auditing.decisions.known_estimators import Lookalike
from ordergrad_ref.auditing.decisions.rationals import as_float
from ordergrad_ref.auditing.decisions.variance import Variance
from ordergrad_ref.auditing.dtypes import Precision
from ordergrad_ref.auditing.finding import Finding, Lesson
from ordergrad_ref.auditing.sizes import Edge
from ordergrad_ref.objectives import LStatistic

__all__ = [
    "FORMAT",
    "FORMAT_VERSION",
    "diagnosis_data",
    "edge_data",
    "estimand_data",
    "finding_data",
    "float_data",
    "formula_data",
    "lesson_data",
    "lookalike_data",
    "number_data",
    "objective_data",
    "policy_data",
    "precision_data",
    "texts",
    "variance_data",
]

FORMAT = "ordergrad_ref audit report"
FORMAT_VERSION = 1

Data = dict[str, Any]


def finding_data(finding: Finding) -> Data:
    """``{"name": "centred", "holds": true, …}``."""
    batch = finding.batch
    return {
        "name": finding.name,
        "holds": finding.holds,
        "says": finding.says,
        "equation": finding.equation,
        "violation": float_data(finding.violation),
        "batch": None
        if batch is None
        else {"rewards": list(batch.rewards), "advantages": list(batch.advantages)},
        "lesson": lesson_data(finding.lesson),
    }


def diagnosis_data(diagnosis: Diagnosis | None) -> Data | None:
    """``{"name": "a divisor", "says": …, "remedy": …}``, or null."""
    return None if diagnosis is None else asdict(diagnosis)


def lesson_data(lesson: Lesson | None) -> Data | None:
    """``{"says": …, "columns": [{"label": "reward", "numbers": ["0", "1"]}, …]}``, or null.

    Rewards are exact text, answers are numbers.
    """
    if lesson is None:
        return None
    return {
        "says": lesson.says,
        "columns": [
            {
                "label": column.label,
                "numbers": [str(x) if isinstance(x, Fraction) else float_data(x) for x in column.numbers],
            }
            for column in lesson.columns
        ],
    }


def policy_data(policy: Policy) -> Data:
    """``{"rewards": ["0", "1"], "probabilities": ["1/2", "1/2"], …}``."""
    return {
        "rewards": texts(policy.rewards),
        "probabilities": texts(policy.probabilities),
        "expected_gradient": list(policy.expected),
        "true_gradient": list(policy.true),
        "angle": policy.angle,
        "constant": policy.ratio,
    }


def estimand_data(estimand: Estimand | None) -> Data | None:
    """``{"name": "mean@1", …}``, or null."""
    if estimand is None:
        return None
    return {
        "name": estimand.name,
        "objective": objective_data(estimand.objective),
        "constant": number_data(estimand.constant),
    }


def lookalike_data(known: Lookalike) -> Data:
    """``{"name": "pkpo", "k": 4, …}``."""
    return {"name": known.name, "k": known.k, "factor": number_data(known.factor)}


def formula_data(formula: Formula | None) -> Data | None:
    """``{"text": "1/N", …}``, or null."""
    if formula is None:
        return None
    return {
        "text": formula.text,
        "says": formula.says,
        "tried": [
            {"n": t.n, "k": t.k, "constant": number_data(t.constant), "says": t.says} for t in formula.tried
        ],
    }


def variance_data(row: Variance) -> Data:
    """``{"problem": "coin", …}``: exact where every advantage was recognised as a fraction."""
    return {
        "problem": row.problem.name,
        "rewards": texts(row.problem.rewards),
        "probabilities": texts(row.problem.probabilities),
        "actions": row.problem.actions,
        "n": row.n,
        "k": row.k,
        "offset": str(row.problem.offset),
        "exact": row.exact,
        "scale": _rational(row.scale, row.exact),
        "variance": _rational(row.total, row.exact),
        "canonical_variance": _rational(row.canonical, True),
        "ratio": _rational(row.ratio, row.exact),
        "signal_to_noise": float_data(row.moments.signal_to_noise),
        "expected_gradient": [_rational(x, row.exact) for x in row.moments.mean],
        "covariance": [[_rational(x, row.exact) for x in line] for line in row.moments.covariance],
        "within": _rational(row.moments.within, row.exact),
    }


def precision_data(precision: Precision) -> Data:
    """``{"dtype": "float32", …}``."""
    return {
        "dtype": precision.dtype,
        "unit_roundoff": precision.unit_roundoff,
        "error": float_data(precision.error),
        "holds": precision.holds,
        "says": precision.says,
    }


def edge_data(edge: Edge) -> Data:
    """``{"n": 1, "k": 1, …}``."""
    return {"n": edge.n, "k": edge.k, "sound": edge.sound, "says": edge.says}


def objective_data(objective: LStatistic) -> Data:
    """``{"name": "max@2", "k": 2, "weights": ["0", "1"]}``."""
    return {"name": objective.name, "k": objective.k, "weights": texts(objective.weights)}


def texts(xs: tuple[Fraction, ...]) -> list[str]:
    """Write fractions as text."""
    return [str(x) for x in xs]


def draws_data(draws: Draws | None) -> Data | None:
    """Give the estimate of a function whose answers are random; null where they are not."""
    if draws is None:
        return None
    c = draws.constants
    return {
        "seeds": draws.seeds,
        "refuted": c.refuted,
        "low": float_data(c.low),
        "high": float_data(c.high),
        "unseen": float_data(c.unseen),
    }


def number_data(x: Fraction | float | None) -> Data | None:
    """``{"exact": "1/4", "approximate": 0.25}``; exact is null where the number is a float."""
    return None if x is None else _rational(Fraction(x), isinstance(x, Fraction))


def float_data(x: float | None) -> float | None:
    """Return the float; JSON has no NaN and no infinity, which become null."""
    return x if x is not None and isfinite(x) else None


def _rational(x: Fraction | None, exact: bool) -> Data | None:
    return None if x is None else {"exact": str(x) if exact else None, "approximate": float_data(as_float(x))}
