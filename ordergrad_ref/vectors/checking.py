"""Hold an implementation to the golden vectors, case by case."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from ordergrad_ref import errors
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.vectors.golden import Case
from ordergrad_ref.vectors.implementations import Floats, Implementation, NotOffered, Refused

__all__ = ["UNIT_ROUNDOFF", "Outcome", "check", "error_in_units"]

Verdict: TypeAlias = Literal["passed", "failed", "not offered"]

UNIT_ROUNDOFF = {"float64": Fraction(1, 2**53), "float32": Fraction(1, 2**24)}


@dataclass(frozen=True)
class Outcome:
    """The result of one case.

    Attributes
    ----------
    case : Case
    verdict : {"passed", "failed", "not offered"}
    error : float or None
        The largest error in units of u · scale; None if there was no answer to measure.
    said : str
        The reason of a failure, in one sentence.
    got : array or None
        The answer, where there is one.
    dtype : str
        The dtype of the question.
    """

    case: Case
    verdict: Verdict
    error: float | None = None
    said: str = ""
    got: Floats | None = None
    dtype: str = "float64"


def check(implementation: Implementation, cases: Iterable[Case], dtype: str = "float64") -> list[Outcome]:
    """Ask an implementation every case, and judge its answers.

    Parameters
    ----------
    implementation : Implementation
        The implementation that answers.
    cases : iterable of Case
        The vectors.
    dtype : {"float64", "float32"}
        The dtype of the question. Its unit roundoff u bounds the error.

    Returns
    -------
    list of Outcome
        One for each case, in their order.
    """
    if dtype not in UNIT_ROUNDOFF:
        raise InvalidInputError(f"dtype: expected {' or '.join(UNIT_ROUNDOFF)}, got {dtype!r}")
    return [replace(_outcome(implementation, case, dtype), dtype=dtype) for case in cases]


def error_in_units(got: Floats, case: Case, dtype: str) -> float:
    """``max |got − expected| / (u · scale)``, computed exactly. Spec eq. (57).

    If the scale is zero, it is 0 for an exact answer and infinite for any other. Places without an answer do
    not count.
    """
    difference = max(_differences(got, case))
    if case.scale == 0:
        return math.inf if difference else 0.0
    return float(difference / (UNIT_ROUNDOFF[dtype] * case.scale))


def _outcome(implementation: Implementation, case: Case, dtype: str) -> Outcome:
    if not implementation.offers(case.function, case.options):
        return Outcome(case, "not offered")
    try:
        got = implementation.answer(case, dtype)
    except NotOffered:
        return Outcome(case, "not offered")
    except Refused as refusal:
        return _refused(case, refusal)
    except TargetError as trouble:
        return Outcome(case, "failed", said=str(trouble))
    if case.error is not None:
        return Outcome(case, "failed", said=f"expected a refusal, {case.error}, got an answer")
    blank = np.array([e is None for e in _expected(case)]).reshape(got.shape)
    if not np.isnan(got[blank]).all():
        said = "expected NaN in the place of what does not count, got a number"
        return Outcome(case, "failed", said=said, got=got)
    if not np.isfinite(got[~blank]).all():
        return Outcome(case, "failed", said="expected finite numbers, got NaN or infinity")
    error = error_in_units(got, case, dtype)
    if error <= case.c:
        return Outcome(case, "passed", error)
    return Outcome(case, "failed", error, _difference(got, case, error), got)


def _refused(case: Case, refusal: Refused) -> Outcome:
    if case.error is None:
        return Outcome(case, "failed", said=f"expected an answer, got {refusal}")
    if _names(refusal.classes) in _accepted(case.error):
        return Outcome(case, "passed")
    return Outcome(case, "failed", said=f"expected to be refused with {case.error}, got {refusal}")


def _accepted(error: str) -> set[str]:
    """Return the names of the expected class and its bases, down to ``ValueError``."""
    return {c.__name__ for c in getattr(errors, error).__mro__} - {"Exception", "BaseException", "object"}


def _names(classes: Sequence[str]) -> str:
    """Return the nearest class that has a name here; an implementation's own errors may derive from it."""
    known = {*errors.__all__, "ValueError"}
    return next((name for name in classes if name in known), "")


def _expected(case: Case) -> list[Fraction | None]:
    """All expected numbers, one after the other."""
    flat: list[Fraction | None] = np.array(case.expected, dtype=object).ravel().tolist()
    return flat


def _differences(got: Floats, case: Case) -> list[Fraction]:
    return [
        Fraction(0) if e is None else abs(Fraction(g) - e)
        for g, e in zip(got.ravel().tolist(), _expected(case), strict=True)
    ]


def _difference(got: Floats, case: Case, error: float) -> str:
    expected = _expected(case)
    differences = _differences(got, case)
    i = differences.index(max(differences))
    allowed = f"{error:.3g} u·scale off, {case.c} allowed" if case.scale else "it must be exact"
    exact = str(expected[i]) if len(str(expected[i])) <= 24 else f"{float(expected[i] or 0)!r}"
    return f"expected [{i}] = {exact}, got {float(got.ravel()[i])!r}: {allowed}"
