"""Which mistakes fit a port's failures, by the tags of the cases that it fails, and by its answers."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ordergrad_ref.vectors.checking import Outcome
from ordergrad_ref.vectors.golden import Case
from ordergrad_ref.vectors.mistakes import MISTAKES
from ordergrad_ref.vectors.plain import DoesNotApplyError, NoNumberError

__all__ = ["Fit", "fitting"]

LEAST_CAUGHT, LEAST_COVERED = 0.95, 0.8
COMPARED = 12
TOLERANCE = 1e-4
"""Of the largest number of a wrong answer: float32's roundings are far below."""


class Fit(NamedTuple):
    """A mistake, how many cases with its tag there were and failed, and how many failed without it."""

    tag: str
    says: str
    failed: int
    tagged: int
    others_failed: int
    others: int

    def __str__(self) -> str:
        """Such as "all 96 cases tagged ties-by-argmax failed, and 3 of 1400 others: …"."""
        all_of = f"all {self.tagged}" if self.failed == self.tagged else f"{self.failed} of {self.tagged}"
        return (
            f"{all_of} cases tagged {self.tag} failed, and {self.others_failed} of {self.others} others: "
            f"{self.says}"
        )


def fitting(outcomes: Sequence[Outcome], says: Mapping[str, str], most: int = 3) -> list[Fit]:
    """List the mistakes whose cases fail, nearly all of them and few others; the best first.

    A mistake is looked for in the functions, with the options, that have its tag and that failed at all: a
    port may make it in one of them alone. Where cases do not tell mistakes apart, the port's answers do.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Those of a port.
    says : mapping
        The sentence of each tag.
    most : int
        How many to list.

    Returns
    -------
    list of Fit
        Empty where nothing fits, and where nothing failed.
    """
    judged = [outcome for outcome in outcomes if outcome.verdict != "not offered"]
    fits, everywhere = [], _failed(judged)
    for tag, sentence in says.items():
        places = {_place(o) for o in judged if tag in o.case.tags and o.verdict == "failed"}
        here = [o for o in judged if _place(o) in places]
        tagged = [o for o in here if tag in o.case.tags]
        others = [o for o in here if tag not in o.case.tags]
        failed, others_failed = _failed(tagged), _failed(others)
        if failed and failed >= LEAST_CAUGHT * len(tagged) and failed >= LEAST_COVERED * everywhere:
            fit = Fit(tag, sentence, failed, len(tagged), others_failed, len(others))
            fits.append((_agreeing(tag, tagged), fit))
    best = max((agreeing for agreeing, _ in fits), default=0.0)
    likely = [fit for agreeing, fit in fits if agreeing == best]
    return sorted(likely, key=lambda fit: (fit.others_failed + fit.tagged - fit.failed, -fit.failed))[:most]


def _agreeing(tag: str, tagged: Sequence[Outcome]) -> float:
    """The share of some failed cases in which the port's answer is the one that the mistake gives."""
    asked = [o for o in tagged if o.got is not None][:: max(1, len(tagged) // COMPARED)]
    if tag not in MISTAKES or not asked:
        return 0.0
    return sum(_agrees(tag, outcome) for outcome in asked) / len(asked)


def _agrees(tag: str, outcome: Outcome) -> bool:
    try:
        wrong = MISTAKES[tag].answer(outcome.case.function, _exactly(outcome.case))
    except (DoesNotApplyError, NoNumberError):
        return False
    got, table = np.asarray(outcome.got, np.float64), np.array(wrong, np.float64)
    return bool(np.allclose(got, table, rtol=0, atol=TOLERANCE * np.nanmax(abs(table)), equal_nan=True))


def _exactly(case: Case) -> dict[str, Any]:
    """What the case gives, as rationals."""
    numbers = ("rewards", "by", "probabilities", "logits")
    given = {name: _rationals(x) if name in numbers else x for name, x in case.given.items()}
    return given | ({"objective": case.objective} if "objective" in given else {})


def _rationals(x: Any) -> Any:
    if isinstance(x, list):
        return [_rationals(part) for part in x]
    return x if x in ("nan", "inf", "-inf") else Fraction(x)


def _place(outcome: Outcome) -> tuple[str, tuple[str, ...], bool]:
    return outcome.case.function, outcome.case.options, outcome.case.error is None


def _failed(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.verdict == "failed" for outcome in outcomes)
