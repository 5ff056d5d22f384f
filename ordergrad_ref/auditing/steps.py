"""The steps of every audit: each asks the function, has its answers judged, and notes what was found."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing.decisions import laws
from ordergrad_ref.auditing.decisions.agreement import constant_precision
from ordergrad_ref.auditing.decisions.bias import fitted_constant, slack, violation
from ordergrad_ref.auditing.decisions.counterexample import smallest, sweep
from ordergrad_ref.auditing.decisions.direction import direction_is_right
from ordergrad_ref.auditing.decisions.estimand import Estimand, estimand, fitted_slopes, spelling
from ordergrad_ref.auditing.decisions.known_estimators import lookalikes
from ordergrad_ref.auditing.decisions.rationals import recognised
from ordergrad_ref.auditing.evidence import SEED, Evidence, Table
from ordergrad_ref.auditing.properties import PROPERTIES
from ordergrad_ref.auditing.refusal import refusal
from ordergrad_ref.errors import TargetError, TooSlowError
from ordergrad_ref.targets.agreement import tolerance

__all__ = ["again", "bias", "every_batch", "instead", "known_estimators", "laws_of_answers", "order"]

Function: TypeAlias = Callable[[Table], Table]
Violation: TypeAlias = NDArray[np.float64]

RANDOM_BATCHES = 32
"""How many random batches the laws are tried on besides. Spec section 9.8."""


def every_batch(e: Evidence) -> None:
    """Call the function on all multisets of the values, and on random batches. Spec section 9.4."""
    e.batches = [e.multisets.table]
    if not e.only_these:
        e.batches.append(_random_batches(e.n))
    # The first call is with all of a table: it finds out which shape the function takes.
    e.answers = [e.target(x) for x in e.batches]
    e.unit_roundoff = e.target.unit_roundoff
    e.tolerance = tolerance(e.unit_roundoff)
    e.scales = [float(abs(a).max()) for a in e.answers]
    e.found |= {"tolerance": e.tolerance, "unit_roundoff": e.unit_roundoff}
    # The target compares its input after every call and raises where it changed: to come here is the proof.
    e.add("input_unchanged", True)


def order(e: Evidence) -> None:
    """Call it on the same batches in other orders. Spec eq. (62)."""
    table = e.multisets.table
    disorder = order_dependence(e.call, table, e.answers[0], e.multisets.mean_by_value, SEED)
    e.law("permutation_equivariant", [disorder])


def bias(e: Evidence) -> None:
    """Decide whether one constant fits all differences, for every distribution. Spec eq. (56)."""
    by_value = (
        e.multisets.mean_by_value(e.multisets.table, e.answers[0])
        if e.holds("permutation_equivariant")
        else e.multisets.mean_over_arrangements((x, e.call(x)) for x in e.multisets.arrangements())
    )
    e.by_value = by_value
    d = e.differences = e.multisets.differences(by_value, e.objective)
    c, residual, precision = fitted_constant(d, e.objective.k, e.unit_roundoff)
    fits = residual <= e.tolerance
    e.found["constant"] = recognised(c, constant_precision(e.unit_roundoff, precision)) if fits else None
    e.found["residual"] = residual
    if not fits:
        e.found["counterexample"] = smallest(d, e.values, e.objective.k, e.tolerance)
        e.found["sweep"] = sweep(d, e.values, e.objective.k, e.tolerance)
    e.add("unbiased", fits and c > 0, violation=residual)


def laws_of_answers(e: Evidence) -> None:
    """Judge the laws by the answers that are there, then by answers to shifted and scaled rewards."""
    pairs = list(zip(e.batches, e.answers, strict=True))
    for row in PROPERTIES.values():
        if row.violation is not None:
            e.law(row.name, [row.violation(x, a) for x, a in pairs])
    try:
        e.law("shift_invariant", [shift_dependence(e.call, x, a) for x, a in pairs])
    except TargetError as error:
        refusal(error)
        if not e.only_these:
            raise
        e.add("shift_invariant", None)
    try:
        e.law("positively_homogeneous", [scale_dependence(e.call, x, a) for x, a in pairs])
        if not e.holds("positively_homogeneous"):
            _degree_zero(e, pairs)
    except TargetError as error:
        refusal(error)
        e.add("positively_homogeneous", None)


def instead(e: Evidence) -> None:
    """Say whether the direction is right, and of which objective it is the gradient. Spec eqs. (60), (61)."""
    c, d = e.found["constant"], e.differences
    if c is not None:
        e.add("direction_right", c > 0)
        e.found["estimand"] = Estimand(spelling(e.objective, e.n), e.objective, c) if c else None
        return
    e.add("direction_right", direction_is_right(d, e.objective.k, e.tolerance, e.unit_roundoff))
    g, expected, rounding = fitted_slopes(d, e.values, e.unit_roundoff)
    fits = violation(d, expected, slack(d, e.unit_roundoff) + rounding).max() <= e.tolerance
    e.found["estimand"] = estimand(g, e.objective, e.tolerance, e.unit_roundoff) if fits else None


def known_estimators(e: Evidence) -> None:
    """Compare the answers with those of the published estimators. Spec section 9.6."""
    meant = e.found["estimand"] or Estimand(str(e.objective), e.objective, 0.0)
    e.found["lookalikes"] = lookalikes(e.batches, e.answers, meant, e.tolerance, e.unit_roundoff)


def again(e: Evidence) -> None:
    """Ask the first question again."""
    try:
        answers = e.call(e.batches[0])
    except TooSlowError as error:
        e.add("deterministic", None, f"not decided: {error}")
        return
    except TargetError as error:
        e.add("deterministic", False, f"the same rewards were not answered again: {error}")
        return
    e.law("deterministic", [laws.difference(answers, e.answers[0])])


# ---- violations that take further calls


def order_dependence(
    call: Function,
    table: Table,
    advantages: Table,
    means: Callable[[Table, Table], Table],
    seed: int,
) -> Violation:
    """``|A(πx) − πA(x)|`` over permutations π; ``means`` averages over ties. Spec eqs. (37), (62).

    An estimator that fails it has the same expected gradient as its average over all orders.
    """
    here = np.nan_to_num(means(table, advantages))
    worst = np.zeros(len(table))
    for rows, shuffled in laws.reordered(table, seed):
        there = np.nan_to_num(means(shuffled, call(shuffled)))
        worst[rows] = np.maximum(worst[rows], laws.difference(there, here[rows]))
    return worst


def shift_dependence(call: Function, table: Table, advantages: Table) -> Violation:
    """``|A(x + s) − A(x)|`` for two shifts s. Spec eq. (62)."""
    return np.maximum.reduce([laws.difference(call(table + s), advantages) for s in laws.shifts(table)])


def scale_dependence(call: Function, table: Table, advantages: Table) -> Violation:
    """``|A(λx) − λ A(x)| / λ`` for ``λ = 4`` and ``1/2``: positive homogeneity. Spec eq. (62).

    L-statistics are positively homogeneous of degree one, and so is every advantage in spec section 8 but
    those divided by a spread or a mean.
    """
    return np.maximum.reduce([laws.difference(call(table * s) / s, advantages) for s in laws.MULTIPLES])


def _degree_zero(e: Evidence, pairs: list[tuple[Table, Table]]) -> None:
    """Say so where ``A(λx) = A(x)`` instead: the unit of the rewards cancels. Spec eq. (62)."""
    largest = max(laws.MULTIPLES)
    if e.agree([laws.difference(e.call(x * largest), a) for x, a in pairs]):
        finding = e.findings.pop()
        says = "no: the unit of the rewards cancels (degree zero)"
        e.add("positively_homogeneous", False, says, violation=finding.violation, batch=finding.batch)


def _random_batches(n: int) -> Table:
    """Batches of distinct multiples of 1/16 of either sign, so that shifts are exact."""
    rng = np.random.default_rng(SEED)
    rows = [rng.choice(64 * n, n, replace=False) - 32.0 * n for _ in range(RANDOM_BATCHES)]
    return np.stack(rows) / 16
