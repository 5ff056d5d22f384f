"""The steps of every audit: each asks the function, has its answers judged, and notes what was found."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.agreement import COARSE, ROUNDINGS, constant_precision, tolerance
from ordergrad_ref.auditing.decisions import laws
from ordergrad_ref.auditing.decisions.bias import Violation as Residual
from ordergrad_ref.auditing.decisions.bias import fitted_constant, violation
from ordergrad_ref.auditing.decisions.counterexample import Counterexample, smallest, sweep, uniform
from ordergrad_ref.auditing.decisions.direction import direction_is_right
from ordergrad_ref.auditing.decisions.estimand import Estimand, estimand, fitted_slopes, spelling
from ordergrad_ref.auditing.decisions.known_estimators import claims, lookalikes
from ordergrad_ref.auditing.decisions.multisets import Multisets
from ordergrad_ref.auditing.decisions.random_others import FarOthers
from ordergrad_ref.auditing.decisions.rationals import recognised
from ordergrad_ref.auditing.evidence import SEED, Evidence, Place, Table
from ordergrad_ref.auditing.properties import PROPERTIES
from ordergrad_ref.auditing.refusal import refusal
from ordergrad_ref.auditing.singles import hides_singles
from ordergrad_ref.errors import TargetError, TooSlowError

__all__ = [
    "again", "bias", "every_batch", "instead", "known_estimators", "laws_of_answers", "order", "precision",
    "scale_dependence", "shift_dependence",
]  # fmt: skip

Function: TypeAlias = Callable[[Table], Table]
Violation: TypeAlias = NDArray[np.float64]

SMALLEST = 2.0**-1074
"""What a rounding is near zero, where floats lie no closer: answers to small rewards may be as small."""

MOST_ARRANGEMENTS = 2**16
"""The most arrangements on which a function of tables is called: all of four values in groups of 8."""

MOST_CALLS = 2**12
"""The same for a function of one group: a call for each."""


def every_batch(e: Evidence) -> None:
    """Call the function on all multisets of the values, and on random batches. Spec section 9.4."""
    e.batches = [e.multisets.table]
    if e.random is not None:
        e.batches += e.random.tables
    # The first call is with all of a table: it finds out which shape the function takes.
    e.answers = [e.target(x) for x in e.batches]
    precision(e, e.call)
    # The target compares its input after every call and raises where it changed: to come here is the proof.
    e.add("input_unchanged", True)


def precision(e: Evidence, call: Function) -> None:
    """Find the precision of the answers, and whether they were computed in another. Spec section 9.4."""
    in_float64 = e.target.unit_roundoff == e.unit_roundoff
    if in_float64 and e.random is not None and hides_singles(call, e.random.tables[0][:2]):
        e.target.hold_to_float32()
    e.unit_roundoff = e.target.unit_roundoff
    e.tolerance = tolerance(e.unit_roundoff)
    e.scales = [float(abs(a).max()) for a in e.answers]
    e.found |= {"tolerance": e.tolerance, "unit_roundoff": e.unit_roundoff}


def order(e: Evidence) -> None:
    """Call it on the same batches in other orders: in all, where that is affordable. Spec eq. (62).

    The measure of what is affordable is a count, so no verdict depends on the speed of a machine.
    """
    table, answers = e.multisets.table, e.answers[0]
    every = e.multisets.orders <= (MOST_ARRANGEMENTS if e.target.takes_tables else MOST_CALLS)
    if every:
        disorder, uneven, e.by_value = _every_arrangement(e)
    else:
        disorder = order_dependence(e.call, table, answers, e.multisets.mean_by_value, SEED)
        uneven = laws.tie_dependence(table, answers)
    elsewhere = [_disorder_of_random(e, x, a) for x, a in zip(e.batches[1:], e.answers[1:], strict=True)]
    e.orderless = e.agree([disorder, *elsewhere])
    e.found["every_order"] = every
    violations = [np.maximum(disorder, uneven), *elsewhere]
    words = _orders_in_words(e, every, e.agree(violations))
    e.law("permutation_equivariant", violations, words)
    if not every:
        e.by_value = (
            e.multisets.mean_by_value(table, answers)
            if e.orderless
            else e.multisets.mean_over_arrangements((x, e.call(x)) for x in e.multisets.arrangements())
        )


def bias(e: Evidence) -> None:
    """Decide whether one constant fits all differences. Spec eq. (56).

    On the values that decides for every distribution. On other rewards, where a few pairs are tried, it can
    refute.
    """
    k, u = e.objective.k, e.unit_roundoff
    e.differences = e.multisets.differences(e.by_value, e.objective)
    e.pairs = [e.differences.pairs]
    if e.random is not None and e.orderless:
        e.pairs.append(e.random.pairs(e.answers[1:], e.objective))
    fit = fitted_constant(e.pairs, k, u)
    verdict = fit.violation.verdict(e.tolerance)
    if verdict and fit.constant and e.far is not None and e.orderless:
        far = _answered_far(e, e.far, fit.constant)
        if far is not None and far.verdict(max(e.tolerance, COARSE)) is False:
            verdict, fit = False, replace(fit, violation=far)
            e.far_refutes = True
    precision = constant_precision(u, fit.precision)
    e.found["constant"] = recognised(fit.constant, precision) if verdict else None
    e.found["residual"] = fit.violation.residual
    says = None
    if verdict is False:
        on_values = fitted_constant(e.pairs[:1], k, u)
        elsewhere = on_values.violation.verdict(e.tolerance) is not False
        says = _shown(e, on_values.constant if elsewhere else None)
    holds = verdict and fit.constant > 0
    e.add("unbiased", holds, says, violation=fit.violation.residual)


def _answered_far(e: Evidence, far: FarOthers, constant: float) -> Residual | None:
    """Ask about rewards at other scales; leave out a scale at which the function refuses, and say so."""
    answers: list[Table] = []
    for place in reversed(range(len(far.tables))):
        try:
            answers.insert(0, _quietly(e, far.tables[place]))
        except TargetError as error:
            e.target.notice(f"rewards of this size are left out: {refusal(error)}")
            far.drop(place)
    if not answers:
        return None
    pairs = far.pairs(answers, e.objective)
    expected = constant * e.objective.k * pairs.inclusion
    elsewhere = far.least_elsewhere(abs(pairs.rise - expected))
    return violation(pairs, expected, e.unit_roundoff, moved=ROUNDINGS * (SMALLEST + elsewhere))


def _quietly(e: Evidence, table: Table) -> Table:
    """Ask about rewards that nobody named: what it warns of there is of no interest."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return e.call(table)


def _shown(e: Evidence, constant: float | None) -> str | None:
    """Find a policy that shows the bias: on the values, or where it keeps a constant on them, on others."""
    k = e.objective.k
    if constant is None:
        e.found["counterexample"] = smallest(e.differences, e.values, k, e.tolerance)
        e.found["sweep"] = sweep(e.differences, e.values, k, e.tolerance)
        return None
    assert e.random is not None
    e.constant_on_values = constant
    assert e.far is not None
    for values in [*e.random.values, *e.far.values]:
        multisets = Multisets(e.n, values)
        try:
            by_value = multisets.mean_by_value(multisets.table, _quietly(e, multisets.table))
        except TargetError as error:
            refusal(error)
            continue
        d = multisets.differences(by_value, e.objective)
        there = fitted_constant([d.pairs], k, e.unit_roundoff)
        if there.violation.verdict(e.tolerance) is False:
            e.found["counterexample"] = smallest(d, values, k, e.tolerance)
            e.found["sweep"] = sweep(d, values, k, e.tolerance)
        elif abs(there.constant - constant) > e.tolerance * abs(constant):
            both = (uniform(x, v, k) for x, v in ((e.differences, e.values), (d, values)))
            e.found["counterexample"] = Counterexample(tuple(both))
        else:
            continue
        e.elsewhere = Place(multisets, by_value, d)
        break
    mine = ", ".join(map(str, e.values))
    return (
        f"the expected gradient is a constant times the true one on the rewards {mine}, and not on all others"
    )


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
    c = e.found["constant"]
    if c is not None:
        e.add("direction_right", c > 0)
        e.found["estimand"] = Estimand(spelling(e.objective, e.n), e.objective, c) if c else None
        return
    if e.holds("unbiased") is None:
        e.add("direction_right", None, PROPERTIES["unbiased"].undecided)
        e.found["estimand"] = None
        return
    e.add("direction_right", _direction(e))
    g, moved = fitted_slopes(e.pairs[0], e.unit_roundoff)
    fits = not e.far_refutes and all(
        violation(p, p.between @ g, e.unit_roundoff, p.between @ moved).residual <= e.tolerance
        for p in e.pairs
    )
    e.found["estimand"] = estimand(g, e.objective, e.tolerance, e.unit_roundoff) if fits else None


def _direction(e: Evidence) -> bool | None:
    """Decide by polynomials; where they decide nothing, one policy of a wrong angle refutes."""
    right = direction_is_right(e.place.differences, e.objective.k, e.tolerance, e.unit_roundoff)
    shown = e.found.get("counterexample")
    if right is None and shown is not None and shown.turned(4 * e.tolerance):
        return False
    # Where bias shows on other rewards alone, a direction can be refuted there, and not be proved.
    return None if right and e.constant_on_values is not None else right


def known_estimators(e: Evidence) -> None:
    """Compare the answers with those of the published estimators. Spec section 9.6."""
    meant = e.found["estimand"] or Estimand(str(e.objective), e.objective, 0.0)
    refuted = {finding.name for finding in e.findings if finding.holds is False}
    e.found["lookalikes"] = tuple(
        known
        for known in lookalikes(e.batches, e.answers, meant, e.tolerance, e.unit_roundoff)
        if not refuted & claims(known, e.objective, meant.objective, e.n)
    )


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


def _every_arrangement(e: Evidence) -> tuple[Violation, Violation, Table]:
    """Call it on all arrangements; return by how much order and ties matter, and the mean by value."""
    multisets = e.multisets
    here = np.nan_to_num(multisets.mean_by_value(multisets.table, e.answers[0]))
    disorder, uneven = np.zeros(len(here)), np.zeros(len(here))

    def answered() -> Iterator[tuple[Table, Table]]:
        for x in multisets.arrangements():
            a, rows = e.call(x), multisets.rows(x)
            there = np.nan_to_num(multisets.mean_by_value(x, a))
            np.maximum.at(disorder, rows, laws.difference(there, here[rows]))
            np.maximum.at(uneven, rows, laws.tie_dependence(x, a))
            yield x, a

    return disorder, uneven, multisets.mean_over_arrangements(answered())


def _disorder_of_random(e: Evidence, table: Table, advantages: Table) -> Violation:
    """``|A(x_π) − A(x)_π|`` for a few orders of batches without ties."""

    def there(x: Table, order: NDArray[np.int64]) -> Table:
        return np.take_along_axis(x, order, axis=1)

    return np.maximum.reduce(
        [
            laws.difference(e.call(there(table, p)), there(advantages, p))
            for p in laws.some_orders(table, SEED)
        ]
    )


def _orders_in_words(e: Evidence, every: bool, holds: bool) -> str:
    """Say whether the order matters, and whether any order was left out."""
    usual = PROPERTIES["permutation_equivariant"].sentence(holds)
    if not holds:
        return "the order of tied rewards matters" if e.orderless else usual
    if every:
        return f"{usual}: all {e.multisets.orders} arrangements were tried"
    return f"{usual} where it was tried; all {e.multisets.orders} arrangements are too many"
