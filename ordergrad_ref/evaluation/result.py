"""What an evaluation found, as data, as JSON and as a table."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref._version import __spec_version__
from ordergrad_ref.errors import InvalidInputError, shown
from ordergrad_ref.evaluation.clusters import doubt, mean_of
from ordergrad_ref.evaluation.table import as_html, as_text

__all__ = ["Comparison", "Difference", "Estimate", "Evaluation"]

TOO_FEW, MISSING = "fewer samples than K", "a reward is missing"
HERE, THERE = "only in the first", "only in the second"


@dataclass(frozen=True)
class Estimate:
    """One objective over all prompts.

    Attributes
    ----------
    objective : str
        The spelling of the objective.
    k : int or float
        Its number of draws.
    estimate : float or None
        The mean of the prompts' unbiased values; None where no prompt has one.
    standard_error : float or None
        By the spread of the prompts' values; None for fewer than two prompts.
    interval : (float, float) or None
        The confidence interval of the evaluation's level: Student's, or of Wilson's form where all rewards
        are 0 or 1 and the rank weights are not negative and sum to 1.
    within : float or None
        The part of the standard error that further samples of the same prompts would take away; None
        where a prompt that is used has only K samples.
    prompts : int
        How many prompts the mean is over.
    left_out : dict of str to int
        How many prompts are left out, for each reason.
    remark : str
        What a reader of the interval has to know, or nothing.
    """

    objective: str
    k: float
    estimate: float | None
    standard_error: float | None
    interval: tuple[float, float] | None
    within: float | None
    prompts: int
    left_out: Mapping[str, int]
    remark: str


@dataclass(frozen=True)
class Difference:
    """One objective of two evaluations: the first minus the second, over the prompts of both.

    Attributes
    ----------
    objective : str
        The spelling of the objective.
    estimate, standard_error, interval
        Of the mean of the prompts' differences, as in `Estimate`; the interval is Student's always.
    prompts : int
        How many prompts have a value in both.
    left_out : dict of str to int
        How many do not, for each reason.
    remark : str
        What a reader of the interval has to know, or nothing.
    """

    objective: str
    estimate: float | None
    standard_error: float | None
    interval: tuple[float, float] | None
    prompts: int
    left_out: Mapping[str, int]
    remark: str


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Estimates of several objectives from the same samples; a notebook shows them as a table.

    Attributes
    ----------
    estimates : tuple of Estimate
        One for each objective, in the order asked for.
    confidence : float
        The level of the intervals.
    samples : int
        How many rewards were used.
    names : list
        The prompts, in ascending order.
    sizes : (P,) int array
        How many samples each prompt has.
    values : (objectives, P) float64 array
        The unbiased value of each prompt; NaN where it is left out.
    """

    estimates: tuple[Estimate, ...]
    confidence: float
    samples: int
    names: list[Any]
    sizes: NDArray[np.intp]
    values: NDArray[np.float64]

    def __getitem__(self, objective: str) -> Estimate:
        """Return the estimate of an objective, by the spelling that was given."""
        for estimate in self.estimates:
            if estimate.objective == objective:
                return estimate
        spellings = [estimate.objective for estimate in self.estimates]
        raise InvalidInputError(f"objective: expected one of {spellings}, got {objective!r}")

    def compare(self, other: "Evaluation") -> "Comparison":
        """Return this evaluation minus another, paired by prompt. Spec eq. (102).

        Parameters
        ----------
        other : Evaluation
            Of the same objectives; prompts are paired by their names.

        Raises
        ------
        InvalidInputError
            The objectives or the confidence differ, or the other is no evaluation; the prompts of one are
            called true and false, and those of the other by numbers.
        """
        if not isinstance(other, Evaluation):
            raise InvalidInputError(f"other: expected an evaluation, got {shown(other)}")
        mine, theirs = ([e.objective for e in each.estimates] for each in (self, other))
        if mine != theirs or self.confidence != other.confidence:
            raise InvalidInputError(
                f"other: expected an evaluation of {mine} at {self.confidence}, "
                f"got one of {theirs} at {other.confidence}"
            )
        if _has_truths(self.names) is not _has_truths(other.names):
            raise InvalidInputError(
                f"other: expected prompts that are named alike, got {shown(other.names[0])} and so on "
                f"beside {shown(self.names[0])}; true and 1 are not one prompt"
            )
        place = {name: i for i, name in enumerate(other.names)}
        both = [(i, place[name]) for i, name in enumerate(self.names) if name in place]
        unpaired = {HERE: len(self.names) - len(both), THERE: len(other.names) - len(both)}
        differences = []
        for number, spelling in enumerate(mine):
            gaps = [float(self.values[number, i] - other.values[number, j]) for i, j in both]
            used = [gap for gap in gaps if not math.isnan(gap)]
            left_out = {**unpaired, "no value in one of the two": len(gaps) - len(used)}
            mean = mean_of(used, self.confidence)
            remark = doubt(used, "difference") if used else "no prompt has a value in both"
            differences.append(Difference(spelling, *mean, len(used), _positive(left_out), remark))
        return Comparison(tuple(differences), self.confidence)

    def to_dict(self, *, per_group: bool = False) -> dict[str, Any]:
        """Give everything as JSON data, in the form of ``ordergrad_ref/evaluation/evaluation.schema.json``.

        Parameters
        ----------
        per_group : bool
            The values of each prompt too.
        """
        data = {
            "specification": __spec_version__,
            "confidence": self.confidence,
            "samples": self.samples,
            "prompts": len(self.names),
            "estimates": [_as_data(estimate) for estimate in self.estimates],
        }
        if per_group:
            spellings = [estimate.objective for estimate in self.estimates]
            data["per_group"] = [
                {
                    "group": _plain(name),
                    "samples": int(size),
                    "values": {s: _null(v) for s, v in zip(spellings, column.tolist(), strict=True)},
                }
                for name, size, column in zip(self.names, self.sizes, self.values.T, strict=True)
            ]
        return data

    def to_json(self, *, per_group: bool = False) -> str:
        """Give `to_dict` as text."""
        return json.dumps(self.to_dict(per_group=per_group), indent=1, allow_nan=False)

    def _repr_html_(self) -> str:
        return as_html([_as_data(estimate) for estimate in self.estimates], self.confidence)

    def __str__(self) -> str:
        return as_text([_as_data(estimate) for estimate in self.estimates], self.confidence)


@dataclass(frozen=True)
class Comparison:
    """Differences of two evaluations, paired by prompt.

    Attributes
    ----------
    differences : tuple of Difference
        The first minus the second, one for each objective.
    confidence : float
        The level of the intervals.
    """

    differences: tuple[Difference, ...]
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Give everything as JSON data, as the member ``differences`` of the evaluation's schema."""
        return {
            "confidence": self.confidence,
            "differences": [_as_data(difference) for difference in self.differences],
        }

    def _repr_html_(self) -> str:
        return as_html([_as_data(difference) for difference in self.differences], self.confidence)

    def __str__(self) -> str:
        return as_text([_as_data(difference) for difference in self.differences], self.confidence)


def _has_truths(names: Sequence[Any]) -> bool:
    """Tell whether names are true and false, which equal 1 and 0."""
    return any(isinstance(name, bool | np.bool_) for name in names)


def _positive(counts: Mapping[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in counts.items() if count}


def _as_data(found: Estimate | Difference) -> dict[str, Any]:
    data = dict(vars(found))
    data["interval"] = None if found.interval is None else list(found.interval)
    data["left_out"] = dict(found.left_out)
    return data


def _plain(name: Any) -> Any:
    """Give a prompt's name as JSON has it: a composite one as a list."""
    if isinstance(name, tuple):
        return [_plain(part) for part in name]
    if isinstance(name, np.generic):
        name = name.item()
    return name if isinstance(name, str | int | float | bool) else str(name)


def _null(value: float) -> float | None:
    return None if math.isnan(value) else value
