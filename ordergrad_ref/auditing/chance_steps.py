"""The steps for a function whose answers are random: each batch is asked about under a fixed set of seeds.

What must hold of every draw is judged draw by draw, both sides under one seed. Bias is a matter of the mean
over seeds, and over orders: each seed has a random order of its own, so nothing is taken for granted of them.
"""

from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.agreement import constant_precision
from ordergrad_ref.auditing import lessons, steps
from ordergrad_ref.auditing.decisions import chance, laws
from ordergrad_ref.auditing.decisions.pairs import Pairs
from ordergrad_ref.auditing.decisions.rationals import recognised
from ordergrad_ref.auditing.evidence import SEED, Evidence, Table
from ordergrad_ref.auditing.finding import Column, Finding, Lesson
from ordergrad_ref.auditing.properties import FULL_PROPERTIES, PROPERTIES
from ordergrad_ref.auditing.refusal import refusal
from ordergrad_ref.errors import TargetError

__all__ = ["bias", "draw_by_draw", "draws", "teach", "unasked"]

MOST_CALLS = 2**16
"""The calls on single groups that all draws of all batches may take: some ten seconds."""

FEWEST, MOST = 256, 1024
"""The fewest and the most seeds."""

SEEN = 8
"""Under how many of the seeds the laws are judged."""

RANDOM = "its answers are random"


def seeds(groups: int) -> int:
    """How many seeds there are: as many as the calls allow, whatever a call takes."""
    return min(max(MOST_CALLS // groups, FEWEST), MOST)


def draws(e: Evidence) -> None:
    """Ask about all multisets of the values, and random batches, under every seed. Spec eq. (103)."""
    tables = [e.multisets.table, *(e.random.tables if e.random is not None else ())]
    count = seeds(sum(map(len, tables)))
    rises, total = [], [np.zeros(x.shape) for x in tables]
    for seed in range(1, count + 1):
        answers = [_drawn(e, x, seed) for x in tables]
        rises.append(_rises(e, answers))
        total = [sum_ + a for sum_, a in zip(total, answers, strict=True)]
        if seed <= SEEN:
            e.batches += tables
            e.answers += answers
        e.progress.called(sum(map(len, tables)))
    e.draws, e.means = np.array(rises), [sum_ / count for sum_ in total]
    steps.precision(e, partial(_drawn, e, seed=1))
    e.found["lookalikes"] = ()
    e.add("input_unchanged", True)


def bias(e: Evidence) -> None:
    """Decide whether some constant is within what chance explains of all pairs. Spec eqs. (56), (103)."""
    k, u = e.objective.k, e.unit_roundoff
    e.by_value = e.multisets.mean_by_value(e.multisets.table, e.means[0])
    e.differences = e.multisets.differences(e.by_value, e.objective)
    e.pairs = [e.differences.pairs]
    if e.random is not None:
        e.pairs.append(e.random.pairs(e.means[1:], e.objective))
    pairs = _together(e.pairs)
    half = chance.half_widths(e.draws, pairs.gap)
    left = chance.constants(pairs, half, k, u, e.tolerance)
    one_sided = not left.refuted and left.low * left.high > 0
    precision = constant_precision(u, (left.high - left.low) / 2 / abs(left.best)) if one_sided else np.inf
    found = chance.Draws(len(e.draws), left)
    e.found |= {
        "draws": found,
        "tolerance": max(left.unseen, e.tolerance),
        "residual": left.unseen,
        "constant": recognised(left.best, precision) if one_sided else None,
    }
    lesson = _lesson(e, pairs, half, left) if left.refuted else None
    e.add("unbiased", left.verdict, found.sentence(e.objective), violation=left.unseen, lesson=lesson)
    e.add("direction_right", None, f"not decided: {RANDOM}")


def draw_by_draw(e: Evidence) -> None:
    """Judge the laws under each of the first seeds. Spec eq. (62)."""
    tables = len(e.batches) // SEEN
    asked = [(x, a, 1 + i // tables) for i, (x, a) in enumerate(zip(e.batches, e.answers, strict=True))]
    for row in PROPERTIES.values():
        if row.violation is not None:
            _law(e, row.name, [row.violation(x, a) for x, a, _ in asked])
    disorder = [laws.difference(_drawn(e, x, seed, turn=1), a) for x, a, seed in asked]
    if e.agree(disorder):
        _law(e, "permutation_equivariant", disorder)
    else:
        says = "under one seed the order matters, as where draws go by place; the means are over orders too"
        e.add("permutation_equivariant", None, f"not decided: {says}")
    for name, dependence in (
        ("shift_invariant", steps.shift_dependence),
        ("positively_homogeneous", steps.scale_dependence),
    ):
        try:
            _law(e, name, [dependence(partial(_drawn, e, seed=seed), x, a) for x, a, seed in asked])
        except TargetError as error:
            refusal(error)
            e.add(name, None)
    e.add("other_sizes", None, f"not asked: {RANDOM}")
    e.add("deterministic", None, f"{RANDOM}: one for each seed, and the same under the same")


def unasked(e: Evidence) -> None:
    """Name the properties that a full audit asks for as not decided."""
    for name in FULL_PROPERTIES:
        e.add(name, None, f"not asked: {RANDOM}")


def teach(e: Evidence) -> None:
    """Show each broken law on the smallest batch, as it was drawn."""
    nearest = lessons.Nearest(e)
    e.findings = [_taught(finding, nearest) for finding in e.findings]


def _taught(finding: Finding, nearest: lessons.Nearest) -> Finding:
    row = PROPERTIES.get(finding.name)
    if finding.holds is not False or row is None or row.violation is None:
        return finding
    return replace(finding, lesson=lessons.LESSONS[finding.name](nearest))


def _law(e: Evidence, name: str, violations: list[NDArray[np.float64]]) -> None:
    holds = e.agree(violations)
    where = f", under each of {SEEN} seeds" if holds else ", under some seed"
    e.law(name, violations, PROPERTIES[name].sentence(holds) + where)


def _drawn(e: Evidence, table: Table, seed: int, turn: int = 0) -> Table:
    order = np.random.default_rng((SEED, seed, turn)).permutation(table.shape[1])
    return e.target.drawn(table, seed, order)


def _rises(e: Evidence, answers: list[Table]) -> Table:
    on_values = e.multisets.rises(e.multisets.mean_by_value(e.multisets.table, answers[0]))
    return on_values if e.random is None else np.concatenate([on_values, e.random.rises(answers[1:])])


def _together(pairs: list[Pairs]) -> Pairs:
    names = ("rise", "inclusion", "between", "gap", "size", "reward")
    return Pairs(*(np.concatenate([getattr(p, name) for p in pairs]) for name in names))


def _lesson(e: Evidence, pairs: Pairs, half: Table, left: chance.Constants) -> Lesson:
    """Show the pair that is farthest from the nearest constant."""
    p, k = left.worst, e.objective.k
    first, second = _batches(e, p)
    says = (
        f"One reward is {first[0]}, or {second[0]}; the others stay. On average over {len(e.draws)} seeds "
        f"its advantage differs by {pairs.rise[p]:.4g} ± {half[p]:.2g}; the nearest gradient, with "
        f"c = {left.best:.4g}, needs c K [q(b′; n) − q(b; n)] = {left.best * k * pairs.inclusion[p]:.4g} "
        "(spec eqs. (56), (103))."
    )
    return Lesson(says, (Column("reward", first), Column("or", second)))


def _batches(e: Evidence, p: int) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """Give both batches of a pair, the reward that differs first."""
    on_values = len(e.pairs[0].gap)
    if p < on_values:
        n, b = divmod(p, len(e.values) - 1)
        others = np.repeat(np.array(e.values, dtype=object), e.differences.others[n]).tolist()
        return (e.values[b], *others), (e.values[b + 1], *others)
    assert e.random is not None
    return e.random.batches(p - on_values)
