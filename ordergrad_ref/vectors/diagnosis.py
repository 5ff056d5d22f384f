"""Which mistakes fit a port's failures, by the tags of the cases that it fails, and by its answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ordergrad_ref.vectors.checking import UNIT_ROUNDOFF, Outcome
from ordergrad_ref.vectors.golden import Case
from ordergrad_ref.vectors.mistakes import MISTAKES
from ordergrad_ref.vectors.plain import DoesNotApplyError, NoNumberError

__all__ = ["Fit", "fitting"]

LEAST_CAUGHT, LEAST_COVERED, LEAST_AGREEING = 0.95, 0.8, 0.5
COMPARED = 12
TOLERANCE = 1e-4
"""Of the largest number of a wrong answer: float32's roundings are far below."""
IN_FLOAT32 = "in-float32"
UNITS = UNIT_ROUNDOFF["float32"] / UNIT_ROUNDOFF["float64"]


class Fit(NamedTuple):
    """A mistake, how many cases with its tag there were and failed, and how many failed without it."""

    tag: str
    says: str
    failed: int
    tagged: int = 0
    others_failed: int = 0
    others: int = 0

    def __str__(self) -> str:
        """Such as "all 96 cases tagged ties-by-argmax failed, and 3 of 1400 others: …"."""
        if self.tag == IN_FLOAT32:
            return f"{self.failed} cases failed, each of which would pass in float32: {self.says}"
        all_of = f"all {self.tagged}" if self.failed == self.tagged else f"{self.failed} of {self.tagged}"
        return (
            f"{all_of} cases tagged {self.tag} failed, and {self.others_failed} of {self.others} others: "
            f"{self.says}"
        )


def fitting(outcomes: Sequence[Outcome], says: Mapping[str, str], most: int = 3) -> list[Fit]:
    """List the mistakes whose cases fail, nearly all of them and few others; the best first.

    A mistake is looked for in the functions, with the options, that have its tag and that failed at all: a
    port may make it in one of them alone. The port's answers must be those that the mistake gives, in half
    of the cases that are compared, and best of all mistakes. Where no mistake is enough, several may be.

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
    rounded = [outcome for outcome in judged if _would_pass_in_float32(outcome)]
    in_float32 = Fit(IN_FLOAT32, "numbers may have been rounded to it on the way", len(rounded))
    if rounded and len(rounded) == _failed(judged):
        return [in_float32]
    found = _explaining(judged, says, most)
    if rounded and not found:
        places = {id(outcome) for outcome in rounded}
        more = _explaining([o for o in judged if id(o) not in places], says, most - 1)
        found = [in_float32, *more] if more else []
    return found


def _explaining(judged: Sequence[Outcome], says: Mapping[str, str], most: int) -> list[Fit]:
    """List the mistakes each of which explains nearly all failures; else some that do so together."""
    found = [fitted for tag, sentence in says.items() for fitted in _fit(tag, sentence, judged)]
    least = LEAST_COVERED * _failed(judged)
    alone = _agreed(fitted for fitted in found if len(fitted[1]) >= least)
    if alone:
        best = max(agreeing for _, _, agreeing in alone)
        likely = [fit for fit, _, agreeing in alone if agreeing == best]
        likely.sort(key=lambda fit: (fit.others_failed + fit.tagged - fit.failed, -fit.failed))
        return likely[:most]
    left = _agreed(fitted for fitted in found if len(fitted[1]) < least)
    together, explained = list[Fit](), set[str]()
    while left and len(explained) < least and len(together) < most:
        fit, cases, _ = max(left, key=lambda fitted: (len(fitted[1] - explained), fitted[2]))
        together, explained = [*together, fit], explained | cases
        left = [fitted for fitted in left if fitted[1] - explained]
    return together if len(explained) >= least else []


def _fit(
    tag: str, sentence: str, judged: Sequence[Outcome]
) -> Iterator[tuple[Fit, set[str], Sequence[Outcome]]]:
    """Yield a mistake's fit, the cases that it fails, and what came of them; or nothing."""
    places = {_place(o) for o in judged if tag in o.case.tags and o.verdict == "failed"}
    here = [o for o in judged if _place(o) in places]
    tagged = [o for o in here if tag in o.case.tags]
    others = [o for o in here if tag not in o.case.tags]
    failed = [o for o in tagged if o.verdict == "failed"]
    if failed and len(failed) >= LEAST_CAUGHT * len(tagged):
        fit = Fit(tag, sentence, len(failed), len(tagged), _failed(others), len(others))
        yield fit, {o.case.id for o in failed}, failed


def _agreed(
    fits: Iterable[tuple[Fit, set[str], Sequence[Outcome]]],
) -> list[tuple[Fit, set[str], float]]:
    """Keep those whose answers the port gives, and say how far it does."""
    found = [(fit, cases, _agreeing(fit.tag, failed)) for fit, cases, failed in fits]
    return [(fit, cases, agreeing) for fit, cases, agreeing in found if agreeing >= LEAST_AGREEING]


def _would_pass_in_float32(outcome: Outcome) -> bool:
    asked = outcome.verdict == "failed" and outcome.dtype == "float64" and outcome.error is not None
    return asked and float(outcome.error or 0) <= outcome.case.c * UNITS


def _agreeing(tag: str, failed: Sequence[Outcome]) -> float:
    """The share of some failed cases in which the port answers as the mistake does; of refusals, all."""
    if tag not in MISTAKES:
        return 1.0
    asked = failed[:: max(1, len(failed) // COMPARED)]
    return sum(_agrees(tag, outcome) for outcome in asked) / len(asked)


def _agrees(tag: str, outcome: Outcome) -> float:
    """Whether the answer is the mistake's; half where the mistake has none and the port has."""
    try:
        wrong = MISTAKES[tag].answer(outcome.case.function, _exactly(outcome.case))
    except DoesNotApplyError:
        return 0.0
    except NoNumberError:
        return 1.0 if outcome.got is None else 0.5
    if outcome.got is None:
        return 0.0
    got, table = np.asarray(outcome.got, np.float64), np.array(wrong, np.float64)
    return float(np.allclose(got, table, rtol=0, atol=TOLERANCE * np.nanmax(abs(table)), equal_nan=True))


def _exactly(case: Case) -> dict[str, Any]:
    """What the case gives, as rationals."""
    numbers = ("rewards", "by", "ratios", "values", "probabilities", "logits")
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
