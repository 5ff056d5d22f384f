"""Which mistake gives exactly these answers: compare them with each known one, up to a factor.

A function that is a known estimator, as it is published, has no mistake here: what it is was said. Of an
unbiased one only the constant is looked at, for a known slip.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.agreement import constant_precision
from ordergrad_ref.auditing.decisions.estimand import Estimand, respelt
from ordergrad_ref.auditing.decisions.known_estimators import Lookalike
from ordergrad_ref.auditing.decisions.mistakes import Answer, canonical, inclusion, mistakes
from ordergrad_ref.auditing.decisions.rationals import recognised
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.estimators import NAMED
from ordergrad_ref.objectives import LStatistic

__all__ = ["Diagnosis", "of_constant", "of_groups", "of_objective", "recognised_mistake"]

Table: TypeAlias = NDArray[np.float64]

MOST_REWARDS = 2**14
"""The most rewards of a table on which a mistake is compared."""

FIRST = 32
"""The batches of each table on which most mistakes are ruled out."""


@dataclass(frozen=True)
class Diagnosis:
    """What kind of mistake gives exactly what the function answers.

    Attributes
    ----------
    name : str
        The kind, such as ``"a divisor"``.
    says : str
        A sentence: what the function is.
    remedy : str
        A sentence: what to do.
    """

    name: str
    says: str
    remedy: str

    def __str__(self) -> str:
        """Both sentences."""
        return f"{self.says} {self.remedy}"


def is_published(lookalikes: Sequence[Lookalike], k: int) -> bool:
    """Tell whether the function is a known estimator as it is published, at the K that was asked for."""
    return any(known.factor == 1 and known.k in (None, k) and known.name in NAMED for known in lookalikes)


def recognised_mistake(
    batches: Sequence[Table], answers: Sequence[Table], alpha: LStatistic, tolerance: float, u: float
) -> Diagnosis | None:
    """Return the first mistake that agrees on all batches, up to a factor. Spec eq. (55).

    Where the function is right on all of them there is none. Tied rewards may have got their answers in any
    order: what a sort leaves open is no difference.
    """
    some = [_some(x) for x in batches]
    tables = [x[rows] for x, rows in zip(batches, some, strict=True)]
    own = [_sorted(x, a[rows]) for x, a, rows in zip(tables, answers, some, strict=True)]
    few = [np.linspace(0, len(x) - 1, min(len(x), FIRST)).astype(int) for x in tables]
    first = [x[rows] for x, rows in zip(tables, few, strict=True)]
    own_first = [a[rows] for a, rows in zip(own, few, strict=True)]
    for right in (canonical, inclusion):
        try:
            if _factor(own, tables, right, alpha, tolerance) is not None:
                return None  # right on all that was tried, as a clip is that never binds
        except InvalidInputError:  # not defined at this N and K
            continue
    for mistake in mistakes(alpha, tables[0].shape[1]):
        try:
            with np.errstate(all="ignore"):
                if _factor(own_first, first, mistake.answer, alpha, tolerance) is None:
                    continue
                factor = _factor(own, tables, mistake.answer, alpha, tolerance)
        except InvalidInputError:
            continue
        if factor is not None:
            times = _times(recognised(factor, constant_precision(u)))
            return Diagnosis(mistake.name, f"This is exactly {times}{mistake.gives}.", mistake.remedy)
    return None


def _factor(
    own: Sequence[Table], tables: Sequence[Table], answer: Answer, alpha: LStatistic, tolerance: float
) -> float | None:
    theirs = [_sorted(x, np.asarray(answer(x, alpha))) for x in tables]
    size = max(float(abs(a).max()) for a in own)
    unit = max(float(abs(b).max()) for b in theirs)
    if not (size and unit and np.isfinite(unit)):
        return None
    a, b = (np.concatenate([y.ravel() for y in ys]) for ys in (own, theirs))
    factor = float((a / size) @ (b / unit) / ((b / unit) @ (b / unit))) * size / unit
    # Of opposite signs it would be sorted otherwise within ties.
    if factor <= 0:
        return None
    agrees = all(
        float(abs(x - factor * y).max()) <= tolerance * float(abs(x).max())
        for x, y in zip(own, theirs, strict=True)
    )
    return factor if agrees else None


def _sorted(x: Table, a: Table) -> Table:
    """Order each batch by reward, and tied rewards by answer."""
    return np.take_along_axis(a, np.lexsort((a, x), axis=1), axis=1)


def _some(table: Table) -> NDArray[np.int64]:
    most = max(MOST_REWARDS // table.shape[1], 1)
    return np.linspace(0, len(table) - 1, min(len(table), most)).astype(int)


def _times(factor: Fraction | float) -> str:
    if factor == 1:
        return ""
    return f"{factor} times " if isinstance(factor, Fraction) else f"{factor:.6g} times "


# ---- mistakes that the verdict itself shows


def of_objective(found: Estimand | None, asked: LStatistic, n: int) -> Diagnosis | None:
    """Say so where the function is unbiased, but for the asked objective at another K. Spec eq. (60)."""
    if found is None or found.objective == asked or found.constant <= 0:
        return None
    k, other = asked.k, found.objective.k
    if respelt(asked, other) != found.objective:
        return None
    called = {n - k: "N − K", n: "N", k + 1: "K + 1", k - 1: "K − 1"}.get(other, "K")
    return Diagnosis(
        "another K",
        f"This is exactly unbiased for {found.objective}, and {asked} was asked for: it works with "
        f"{called} = {other} where K = {k} belongs.",
        "Look at what is passed for K, at arguments and axes that may be exchanged, and at sets of others, "
        "of which each has K − 1 and not K.",
    )


def of_constant(constant: Fraction | float | None, alpha: LStatistic, n: int) -> Diagnosis | None:
    """Name the factor on the canonical constant ``1/K``, if it is a known slip; reversed signs too."""
    if constant is None:
        return None
    k = alpha.k
    if constant == 0:
        return Diagnosis(
            "no signal",
            "The expected gradient is zero: this is a baseline alone, or its terms cancel.",
            "Add the value of the sets that hold the sample: q_i.",
        )
    if constant < 0:
        return Diagnosis(
            "the sign",
            "This is exactly reversed: it descends where it should ascend.",
            "Exchange the two terms of the difference, or turn the sign: q_i − v^(−i).",
        )
    if not isinstance(constant, Fraction):
        return None
    factor = constant * k
    for name, value, why in _slips(n, k):
        if factor == value != 1:
            return Diagnosis(
                "a constant",
                f"Its c = {constant} is {name} = {value} times the canonical advantage's 1/K: {why}.",
                f"Its direction is right; multiply by {1 / value} for c = 1/K, or scale the step.",
            )
    return None


def _slips(n: int, k: int) -> Iterator[tuple[str, Fraction, str]]:
    yield (
        "(N−1)/N",
        Fraction(n - 1, n),
        "the sample counts in its own baseline, or N stands where N − 1 belongs",
    )
    if n > 1:
        yield "N/(N−1)", Fraction(n, n - 1), "N − 1 stands where N belongs"
    if n > k:
        yield "(N−K)/N", Fraction(n - k, n), "the baseline holds the sample's own sets, as the mean of q does"
    yield "K/N", Fraction(k, n), "each sample's share of the C(N, K) sets, for a sum and not for a mean"
    yield "N/K", Fraction(n, k), "N/K stands where K/N belongs, or a mean was scaled like a sum"
    yield "(N/K)²", Fraction(n * n, k * k), "N/K stands where K/N belongs"
    yield "(K−1)/K", Fraction(k - 1, k), "K − 1 stands where K belongs"
    if k > 1:
        yield "K/(K−1)", Fraction(k, k - 1), "K stands where K − 1 belongs"
    yield "1/N", Fraction(1, n), "the mean over the group was taken twice"
    yield "1/K", Fraction(1, k), "K was divided by twice"
    yield "N", Fraction(n), "the mean over the group was left out"
    yield "K", Fraction(k), "the factor K of ∇J is there already"


# ---- mistakes between groups


def of_groups(together: Table, alone: Table, tolerance: float) -> Diagnosis | None:
    """Say what mixes the groups of a table: the mean of the whole batch, or its spread."""
    difference = together - alone
    scale = max(float(abs(together).max()), float(abs(alone).max()))
    if float(abs(difference).max()) <= tolerance * scale:
        return None
    within = difference - difference.mean(axis=1, keepdims=True)
    if float(abs(within).max()) <= tolerance * scale:
        return Diagnosis(
            "centring over the batch",
            "In a batch each group's advantages are moved by a number: the mean is that of the whole batch.",
            "Take the mean over each group alone: axis −1 of (G, N), with keepdims.",
        )
    ratio = (together * alone).sum(axis=1) / np.where((alone**2).sum(axis=1) > 0, (alone**2).sum(axis=1), 1.0)
    if float(abs(together - ratio[:, None] * alone).max()) <= tolerance * scale:
        return Diagnosis(
            "a divisor of the batch",
            "In a batch each group's advantages are multiplied by a number: they are divided by a spread, or "
            "a sum, of the whole batch.",
            "Divide by nothing that other groups are part of.",
        )
    return None
