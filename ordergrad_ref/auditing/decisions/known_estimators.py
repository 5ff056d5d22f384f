"""Which published estimators a function equals, up to a factor, on every batch that was tried."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref import batch
from ordergrad_ref.agreement import constant_precision
from ordergrad_ref.auditing.decisions.estimand import EVERY_K, Estimand
from ordergrad_ref.auditing.decisions.rationals import recognised, shown
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.estimators import NAMED
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.published import takes_k

__all__ = ["Lookalike", "claims", "exactly", "lookalikes"]

Table: TypeAlias = NDArray[np.float64]

MOST_REWARDS = 2**14
"""The most rewards of a table on which every known estimator is computed: some milliseconds for each."""


@dataclass(frozen=True)
class Lookalike:
    """A known estimator that the function equals: ``A = factor · known`` on every batch.

    Attributes
    ----------
    name : str
        Its name in `ordergrad_ref.maxk` or `ordergrad_ref.estimators`, or ``"the canonical advantage of …"``
        another objective than max@K.
    k : int or None
        Its K; ``None`` where it takes no K.
    factor : Fraction or float
        What to multiply it by to get the function.
    """

    name: str
    k: int | None
    factor: Fraction | float

    def __str__(self) -> str:
        """Such as ``5/8 × canonical at K = 3``."""
        factor = "" if self.factor == 1 else f"{shown(self.factor)} × "
        return f"{factor}{self.name}" + (f" at K = {self.k}" if self.k is not None else "")


def lookalikes(
    batches: list[Table], answers: list[Table], meant: Estimand, tolerance: float, u: float
) -> tuple[Lookalike, ...]:
    """Compare with every estimator of spec section 8 at every K, and with the canonical advantage.

    ``A = ϱ B``, with ϱ fitted by least squares, within the tolerance of spec eq. (55) on the tried batches:
    the enumerated multisets (or evenly spaced ones of many) and the random batches. Several published names
    are one function (spec eqs. (43), (45), (46)); those of factor one come first, then those of the asked K.
    """
    found = []
    some = [_some(x) for x in batches]
    own = [a[rows] for a, rows in zip(answers, some, strict=True)]
    tables = [x[rows] for x, rows in zip(batches, some, strict=True)]
    for name, k, known in _known(tables[0].shape[1], meant):
        try:
            factor = _factor(own, map(known, tables), tolerance, u)
        except InvalidInputError:
            continue
        if factor is not None:
            found.append(Lookalike(name, k, factor))
    return tuple(sorted(found, key=lambda f: (f.factor != 1, f.k not in (None, meant.objective.k))))


def claims(known: Lookalike, asked: LStatistic, meant: LStatistic, n: int) -> set[str]:
    """Name what a known estimator is, of the properties that an audit for ``asked`` judges.

    A function that was found to lack one of them is another, however near their answers are.
    """
    held = {"permutation_equivariant", "tie_consistent"}
    if known.name in NAMED:
        contract = NAMED[known.name].contract
        k = known.k or asked.k
        own, target = set(map(str, contract.claims(k))), contract.objective(n, k)
    else:
        own, target = {"unbiased", "centred", "shift_invariant"}, meant
    if known.factor < 0 or target.reduced() != asked.reduced():
        own.discard("unbiased")
    return held | own


def exactly(known: Lookalike, meant: Estimand | None, table: Table) -> Table | None:
    """Answer ``factor · known`` in exact rationals, rounded once; ``None`` where it leaves them."""
    if not isinstance(known.factor, Fraction):
        return None
    rewards = np.array([[Fraction(x) for x in row] for row in table.tolist()], dtype=object)
    try:
        if known.name in NAMED:
            answer = NAMED[known.name](rewards, known.k)
        elif meant is not None and meant.objective.k < table.shape[1]:
            answer = batch.advantage(rewards, meant.objective)
        else:
            return None
    except InvalidInputError:
        return None
    rounded: Table = (answer * known.factor).astype(np.float64)
    return rounded


def _some(table: Table) -> Any:
    most = max(MOST_REWARDS // table.shape[1], 1)
    if len(table) <= most:
        return slice(None)
    return np.linspace(0, len(table) - 1, most).astype(int)


def _known(n: int, meant: Estimand) -> Iterator[tuple[str, int | None, Callable[[Table], Table]]]:
    alpha = meant.objective
    near = {1, 2, alpha.k - 1, alpha.k, alpha.k + 1, n - 1, n}
    sizes = [k for k in range(1, n + 1) if n <= EVERY_K or k in near]
    for name, estimator in NAMED.items():
        for k in sizes if takes_k(estimator) else [None]:
            yield name, k, partial(_answer, estimator, k)
    canonical = alpha if alpha.k < n else alpha.reduced()
    if canonical.k < n and not _is_maximum(canonical):
        canonical_advantage = partial(batch.advantage, objective=canonical)
        yield f"the canonical advantage of {meant.name}", canonical.k, canonical_advantage


def _answer(estimator: Callable[..., Table], k: int | None, x: Table) -> Table:
    return estimator(x, k)


def _is_maximum(alpha: LStatistic) -> bool:
    return alpha.weights[-1] == 1 and not any(alpha.weights[:-1])


def _factor(own: list[Table], known: Iterator[Table], tolerance: float, u: float) -> Fraction | float | None:
    """Fit ϱ on the first table; the others are asked for one by one, while it fits."""
    factor = error = 0.0
    for x, y in zip(own, known, strict=True):
        size = float(abs(x).max())
        if not factor:
            factor = _least_squares(x, y)
        if not factor:
            return None
        error = max(error, float(abs(x - factor * y).max()) / size if size else 0.0)
        if error > tolerance:
            return None
    return recognised(factor, constant_precision(u, error))


def _least_squares(x: Table, y: Table) -> float:
    """``Σ x y / Σ y²``, in units in which neither overflows; zero where either is."""
    of_x, of_y = float(abs(x).max()), float(abs(y).max())
    if not of_x or not of_y:
        return 0.0
    a, b = x / of_x, y / of_y
    return float((a * b).sum() / (b * b).sum()) * (of_x / of_y)
