"""What each broken law teaches: the smallest batch that breaks it, what came, and what is right there.

The right answer beside a wrong one is the nearest: ``c K`` times the canonical advantage (spec eq. (25)), c
the constant that the function itself has on most pairs of batches; and for a law what the law demands.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref import batch
from ordergrad_ref.agreement import ROUNDINGS, constant_precision
from ordergrad_ref.auditing.decisions import diagnosis, laws
from ordergrad_ref.auditing.decisions.rationals import recognised, shown, written
from ordergrad_ref.auditing.decisions.simplest import (
    Fit,
    Pair,
    constant_of_most,
    simplest_batch,
    simplest_pair,
)
from ordergrad_ref.auditing.evidence import SEED, Evidence
from ordergrad_ref.auditing.finding import Column, Finding, Lesson
from ordergrad_ref.errors import TargetError

__all__ = ["Nearest", "diagnose", "teach"]

Row: TypeAlias = NDArray[np.float64]
Table: TypeAlias = NDArray[np.float64]


def teach(e: Evidence) -> None:
    """Add a lesson to each finding that does not hold."""
    if e.target.groups_apart is False:
        e.add("groups_apart", False)
    nearest = Nearest(e)
    e.findings = [
        _taught(finding, nearest) if finding.holds is False and finding.lesson is None else finding
        for finding in e.findings
    ]


def diagnose(e: Evidence) -> None:
    """Say what kind of mistake gives exactly these answers, if a known one does."""
    unbiased, k = e.holds("unbiased"), e.objective.k
    if diagnosis.is_published(e.found["lookalikes"], k):
        return
    found = diagnosis.of_constant(e.found["constant"], e.objective, e.n)
    laws_held = ("tie_consistent", "permutation_equivariant")
    if not unbiased or not all(e.holds(name) for name in laws_held):
        found = (
            diagnosis.of_objective(None if unbiased else e.found["estimand"], e.objective, e.n)
            or _mistake(e)
            or found
        )
    if found is None and e.target.groups_apart is False:
        found = _mixing(e)
    e.found["diagnosis"] = found


def _mistake(e: Evidence) -> diagnosis.Diagnosis | None:
    batches, answers = list(e.batches), list(e.answers)
    if e.holds("permutation_equivariant") is False:
        batches.append(np.random.default_rng(SEED).permuted(e.batches[0], axis=1))
        answers.append(e.call(batches[-1]))
    return diagnosis.recognised_mistake(batches, answers, e.objective, e.tolerance, e.unit_roundoff)


def _mixing(e: Evidence) -> diagnosis.Diagnosis | None:
    some = np.linspace(0, len(e.batches[0]) - 1, e.n + 1).astype(int)
    table = e.batches[0][some]
    together = e.target.together(table)
    return None if together is None else diagnosis.of_groups(together, e.call(table), e.tolerance)


def _taught(finding: Finding, nearest: "Nearest") -> Finding:
    lesson = LESSONS.get(finding.name)
    try:
        return finding if lesson is None else replace(finding, lesson=lesson(nearest))
    except TargetError:  # of further calls, which no verdict depends on
        return finding


class Nearest:
    """The evidence, and the right estimator that is nearest to the function."""

    def __init__(self, e: Evidence) -> None:
        self.e = e
        alpha = e.objective if e.objective.k < e.n else e.objective.reduced()
        self._canonical = alpha if alpha.k < e.n else None

    @cached_property
    def fit(self) -> Fit:
        """The constant of the nearest gradient: its own, else what most pairs have, else ``1/K``."""
        e, c = self.e, self.e.found.get("constant")
        if e.constant_on_values:
            return Fit(abs(e.constant_on_values), None)
        if c is None:
            found = constant_of_most(e.place.differences, e.objective.k, e.unit_roundoff, e.tolerance)
            if found.c > 0:
                return found
        elif c:
            return Fit(abs(float(c)), None)
        return Fit(1 / e.objective.k, None)

    @property
    def constant(self) -> Fraction | float:
        """That constant, as a fraction if it is one."""
        return recognised(self.fit.c, constant_precision(self.e.unit_roundoff))

    def right(self, table: Table) -> tuple[Column, ...]:
        """Answer each batch by the nearest right estimator, if there is a canonical one. Spec eq. (38)."""
        if self._canonical is None:
            return ()
        answers = batch.advantage(table, self._canonical) * (self.fit.c * self._canonical.k)
        return tuple(Column("right", tuple(row)) for row in answers.tolist())

    @property
    def right_is(self) -> str:
        """Say what stands in the column of the right answers."""
        if self._canonical is None:
            return (
                f"No centred unbiased estimator of {self.e.objective} exists in groups of {self.e.n} "
                "(spec eq. (38))."
            )
        factor = self.constant * self._canonical.k
        times = "" if factor == 1 else f"{_brief(factor)} × "
        return f"Right: {times}the canonical advantage of {self._canonical}."

    def broken(self, name: str) -> tuple[Row, Row] | None:
        """Return the simplest batch that breaks a law, and its answer."""
        e = self.e
        place = simplest_batch(e.batches, e.violations.get(name, []), e.scales, e.tolerance)
        return None if place is None else (e.batches[place[0]][place[1]], e.answers[place[0]][place[1]])

    def answer(self, *rows: Row) -> Table:
        """Ask the function about batches."""
        return self.e.call(np.stack(rows))


# ---- bias


def _bias(nearest: Nearest) -> Lesson | None:
    e = nearest.e
    c = nearest.fit.c
    values = e.place.multisets.values
    pair = simplest_pair(e.place.differences, values, e.objective.k, c, e.unit_roundoff, e.tolerance)
    if pair is None:
        return None
    low, high = written(values[pair.low]), written(values[pair.high])
    q = recognised(pair.inclusion, ROUNDINGS * 2.0**-53)
    k = e.objective.k
    says = (
        f"One reward is {low}, or {high}; the others, n, stay. A({high}; n) − A({low}; n) is "
        f"{pair.came:.5g}, but a gradient of {e.objective} needs c K [q({high}; n) − q({low}; n)] = "
        f"{_brief(nearest.constant)} · {k} · {shown(q)} = {c * k * pair.inclusion:.5g} (spec eq. (56)). "
        f"{_why(nearest)}"
    )
    table, answers = _both(e, pair)
    right = nearest.right(table)
    columns = [
        column
        for i in range(2)
        for column in (
            Column("reward" if i == 0 else "or", _exact(table[i])),
            Column("came", tuple(answers[i].tolist())),
            *right[i : i + 1],
        )
    ]
    return Lesson(f"{says} {nearest.right_is}", tuple(columns))


def _why(nearest: Nearest) -> str:
    fit, constant = nearest.fit, _brief(nearest.constant)
    if fit.share is not None:
        return f"c = {constant} is right on {fit.share:.0%} of all such pairs."
    if nearest.e.constant_on_values:
        return f"c = {constant} is right on the rewards {', '.join(map(str, nearest.e.values))}."
    if nearest.e.found.get("constant") is None:
        return f"No c is right on many pairs; c = {constant} fits them best."
    return (
        f"c = {constant} is the size of its constant." if nearest.e.found["constant"] else f"c = {constant}."
    )


def _both(e: Evidence, pair: Pair) -> tuple[Table, Table]:
    """Both batches, the one reward in its place, and the answers as means over ties and orders."""
    rewards, answers = [], []
    place = e.place
    index = {tuple(c): i for i, c in enumerate(place.multisets.counts.tolist())}
    for value in (pair.low, pair.high):
        counts = tuple(o + (b == value) for b, o in enumerate(pair.others))
        others = np.repeat(np.arange(len(counts)), pair.others)
        atoms = np.concatenate([others, [value]])
        rewards.append(np.array([float(v) for v in place.multisets.values])[atoms])
        answers.append(place.by_value[index[counts]][atoms])
    return np.stack(rewards), np.stack(answers)


def _direction(nearest: Nearest) -> Lesson | None:
    found = nearest.e.found.get("counterexample")
    if found is None or len(found.policies) > 1:
        return None
    (policy,) = found.policies
    says = (
        f"On a softmax policy over these rewards the expected gradient is {policy.angle:.3g}° away from the "
        "true one: no positive constant turns one into the other."
    )
    columns = (
        Column("reward", policy.rewards),
        Column("probability", policy.probabilities),
        Column("expected", policy.expected),
        Column("true", policy.true),
    )
    return Lesson(says, columns)


# ---- laws of the answers that are there


def _centred(nearest: Nearest) -> Lesson | None:
    found = nearest.broken("centred")
    if found is None:
        return None
    x, a = found
    says = f"Σ A is {a.sum():.5g} where it must be 0. {nearest.right_is}"
    return Lesson(says, (_rewards(x), _came(a), *nearest.right(x[None])))


def _ties(nearest: Nearest) -> Lesson | None:
    found = nearest.broken("tie_consistent")
    if found is None:
        return None
    x, a = found
    i, j = _worst_pair(np.where(x[:, None] == x, abs(a[:, None] - a), 0.0))
    says = (
        f"Two rewards of {_exact(x)[i]} get {a[i]:.5g} and {a[j]:.5g}; they must get the same. "
        "Their average keeps the expected gradient."
    )
    return Lesson(says, (_rewards(x), _came(a), Column("averaged", tuple(_tie_averages(x, a)))))


def _monotone(nearest: Nearest) -> Lesson | None:
    found = nearest.broken("monotone")
    if found is None:
        return None
    x, a = found
    low, high = _worst_pair(np.where(x[:, None] < x, a[:, None] - a, 0.0))
    r = _exact(x)
    says = f"The reward {r[high]} gets {a[high]:.5g}, the smaller {r[low]} beside it {a[low]:.5g}."
    return Lesson(f"{says} {nearest.right_is}", (_rewards(x), _came(a), *nearest.right(x[None])))


def _equal_rewards(nearest: Nearest) -> Lesson | None:
    found = nearest.broken("zero_on_equal_rewards")
    if found is None:
        return None
    x, a = found
    zeros = Column("must be", (0.0,) * len(x))
    return Lesson(
        "All rewards are equal: there is nothing to prefer, and every advantage must be 0.",
        (_rewards(x), _came(a), zeros),
    )


# ---- laws that compare with another answer


def _shift(nearest: Nearest) -> Lesson | None:
    found = nearest.broken("shift_invariant")
    if found is None:
        return None
    x, a = found
    shifts = laws.shifts(nearest.e.batches[0])
    answers = nearest.answer(*(x + s for s in shifts))
    worst = int(abs(answers - a).max(axis=1).argmax())
    s = Fraction(shifts[worst])
    says = f"The same rewards, all {abs(s)} {'larger' if s > 0 else 'smaller'}, must get the same advantages."
    return _compared(says, x, a, x + float(s), answers[worst], tuple(a.tolist()))


def _scale(nearest: Nearest) -> Lesson | None:
    found = nearest.broken("positively_homogeneous")
    if found is None:
        return None
    x, a = found
    answers = nearest.answer(*(x * s for s in laws.MULTIPLES))
    wrong = [float(abs(there - s * a).max()) / s for there, s in zip(answers, laws.MULTIPLES, strict=True)]
    worst = int(np.argmax(wrong))
    s = laws.MULTIPLES[worst]
    says = f"Rewards {s:g} times as large must get advantages {s:g} times as large."
    return _compared(says, x, a, x * s, answers[worst], tuple((s * a).tolist()))


def _order(nearest: Nearest) -> Lesson | None:
    found = nearest.broken("permutation_equivariant")
    if found is None:
        return None
    if nearest.e.orderless:
        return _ties(nearest)
    x, a = found
    orders = np.concatenate([rows for _, rows in laws.reordered(x[None], SEED)])
    if not len(orders):
        return _ties(nearest)
    answers = nearest.answer(*orders)
    mean = dict(zip(x.tolist(), _tie_averages(x, a), strict=True))
    demanded = np.array([[mean[r] for r in row] for row in orders.tolist()])
    got = np.array([_tie_averages(row, there) for row, there in zip(orders, answers, strict=True)])
    wrong = abs(got - demanded).max(axis=1)
    if wrong.max() <= nearest.e.tolerance * max(nearest.e.scales):
        return _ties(nearest)  # to exchange equal rewards is an order, too
    first = int(np.flatnonzero(wrong >= wrong.max() / 4)[0])
    says = "The same rewards in another order must get the same advantages, each reward its own."
    return _compared(says, x, a, orders[first], answers[first], tuple(demanded[first].tolist()))


def _again(nearest: Nearest) -> Lesson | None:
    found = nearest.broken("deterministic")
    if found is None:
        return None
    x, a = found
    now = nearest.answer(x)[0]
    return Lesson("The same rewards, asked about again.", (_rewards(x), _came(a), Column("now", tuple(now))))


def _groups(nearest: Nearest) -> Lesson | None:
    e = nearest.e
    low, high = (float(v) for v in (e.values[0], e.values[-1]))
    rising = np.array([[low] * (e.n - i) + [high] * i for i in range(min(e.n, 4))])
    table = np.concatenate([rising, e.multisets.table[len(e.multisets.table) // 2][None]])
    alone = nearest.answer(*table)
    for rows in ([0, 1], [1, 2], range(len(table))):
        together = e.target.together(table[rows])
        if together is None:
            return None
        wrong = abs(together - alone[rows]).max(axis=1)
        if wrong.max() > e.tolerance * e.scales[0]:
            break
    else:
        return None
    ids = np.repeat(np.arange(1, len(rows) + 1), e.n)
    columns = (
        Column("group", tuple(Fraction(int(i)) for i in ids)),
        _rewards(table[rows].ravel()),
        Column("together", tuple(together.ravel().tolist())),
        Column("alone", tuple(alone[rows].ravel().tolist())),
    )
    return Lesson("A group must get in a batch of groups what it gets alone.", columns)


LESSONS: dict[str, Callable[[Nearest], Lesson | None]] = {
    "unbiased": _bias,
    "direction_right": _direction,
    "centred": _centred,
    "tie_consistent": _ties,
    "monotone": _monotone,
    "zero_on_equal_rewards": _equal_rewards,
    "shift_invariant": _shift,
    "positively_homogeneous": _scale,
    "permutation_equivariant": _order,
    "deterministic": _again,
    "groups_apart": _groups,
}
"""How to show that a property is broken, by its name."""


def _compared(says: str, x: Row, a: Row, other: Row, came: Row, demanded: tuple[float, ...]) -> Lesson:
    columns = (
        _rewards(x),
        _came(a),
        Column("reward′", _exact(other)),
        Column("came′", tuple(came.tolist())),
        Column("must be", demanded),
    )
    return Lesson(says, columns)


def _brief(x: Fraction | float) -> str:
    return str(x) if isinstance(x, Fraction) else f"{x:.4g}"


def _rewards(x: Row) -> Column:
    return Column("reward", _exact(x))


def _came(a: Row) -> Column:
    return Column("came", tuple(a.tolist()))


def _exact(x: Row) -> tuple[Fraction, ...]:
    return tuple(map(Fraction, x.tolist()))


def _tie_averages(x: Row, a: Row) -> list[float]:
    return [float(a[x == r].mean()) for r in x]


def _worst_pair(violation: Table) -> tuple[int, int]:
    i, j = np.unravel_index(violation.argmax(), violation.shape)
    return int(i), int(j)
