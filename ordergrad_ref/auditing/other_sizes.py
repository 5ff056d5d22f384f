"""Two group sizes that nobody asked about, one table each: code goes wrong at odd N, and at large N.

Bias is decided at the group size N that was named. A half that is rounded, a sort that is stable for up to
16 numbers, a loop that ends at 32 show at others. So eq. (56) is held there, with a constant of each size,
and so are the laws that hold at N. This refutes, and proves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise, product
from math import comb, gcd

import numpy as np

from ordergrad_ref.agreement import same_answer, tolerance
from ordergrad_ref.auditing.decisions.bias import fitted_constant
from ordergrad_ref.auditing.decisions.estimand import respelt
from ordergrad_ref.auditing.decisions.pairs import Pairs
from ordergrad_ref.auditing.evidence import SEED, Evidence, Table
from ordergrad_ref.auditing.finding import Column, Lesson
from ordergrad_ref.auditing.properties import PROPERTIES
from ordergrad_ref.auditing.refusal import refusal
from ordergrad_ref.auditing.work import lines_run
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.errors import TargetError, TooSlowError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.targets.caller import Caller

__all__ = ["other_sizes"]

LARGEST = 33
"""Odd, and above the 16 and 32 numbers from which sorts and sums often go another way."""

MOST_SUBSETS = 50_000
"""The most subsets of K rewards that so large a group may have, for functions that enumerate them."""

MOST_LINES = 2**18
"""The most lines of Python that its table may take, foretold as if each size took as much more as N + 1."""

MOST_VALUES = 8
"""The most rewards b that are tried beside the same others."""

ROUNDED = (0.1, 0.3, 0.7, 1.1, -0.9, 1 / 3)
"""Rewards that no binary float is: what rounding leaves of their sums may be taken for a spread."""

MORE = (0, 1, 3)
"""By how much larger these groups are: sums of 4, 8 or 16 equal numbers, and of one more, are often exact."""

PASSED_AS = {"float64": 2.0**-53, "float32": 2.0**-24}
"""The dtypes in which they are passed, and the unit roundoff u of each."""


def other_sizes(e: Evidence) -> None:
    """Ask about groups of N + 1 and of up to 33, and about equal rewards. Spec section 9.4."""
    _equal_rewards(e)
    if not (e.holds("unbiased") and e.orderless):
        e.add("other_sizes", None)
        return
    sizes: tuple[int, ...] = ()
    try:
        sizes = _sizes(e)
        judged = [_judged(e, n) for n in sizes]
    except TooSlowError as error:
        judged = [Judged(None, f"not decided: {error}")]
    except TargetError as error:
        judged = [Judged(None, f"groups of {e.n + 1} are not taken: {error}")]
    wrong = next((one for one in judged if one.holds is False), None)
    if wrong is not None:
        e.add("other_sizes", False, wrong.says, lesson=wrong.lesson)
        return
    right = [str(n) for n, one in zip(sizes, judged, strict=False) if one.holds]
    says = [f"right in groups of {' and '.join(right)}, where it was tried"] if right else []
    says += [one.says for one in judged if not one.holds]
    e.add("other_sizes", bool(right) or None, "; ".join(says) or None)


@dataclass(frozen=True)
class Judged:
    """What was found at one size, in words, and the batches that show it."""

    holds: bool | None
    says: str = ""
    lesson: Lesson | None = None


# ---- which sizes


def _sizes(e: Evidence) -> tuple[int, ...]:
    """Choose N + 1, and the largest up to 33 at which a function that grows like this one answers soon.

    The measure is a count, so no verdict depends on the speed of a machine.
    """
    n = e.n
    here, next_ = (_lines(e, size) for size in (n, n + 1))
    growth = max(next_ / max(here, 1), 1.0)
    for size in range(LARGEST, n + 1, -1):
        # A function that cuts flat rewards into groups of n would answer groups of 2 n, and not these.
        if (
            gcd(size, n) == 1
            and comb(size, e.objective.k) <= MOST_SUBSETS
            and next_ * growth ** (size - n - 1) <= MOST_LINES
        ):
            return n + 1, size
    return (n + 1,)


def _lines(e: Evidence, n: int) -> int:
    table = Beside(e, e.objective, n).table
    e.call(table)  # what is done once for each shape, such as compiling, is not counted
    return lines_run(lambda: e.call(table), below=Caller.invoke)


# ---- the batches


class Beside:
    """Batches of n: each of the values b beside the same others, for a few multisets of others.

    Where the rank weights are largest a rise shows most; where all others are the smallest or the largest,
    the ends show; and one multiset is random.
    """

    def __init__(self, e: Evidence, alpha: LStatistic, n: int) -> None:
        some = np.linspace(0, len(e.values) - 1, min(len(e.values), MOST_VALUES)).astype(int)
        self._values = [e.values[i] for i in some]
        m = len(self._values)
        rng = np.random.default_rng((SEED, n))
        best = int(abs(rank_weights.elevated(n, alpha)).argmax())
        smallest = [np.repeat([0, m - 1], [count, n - 1 - count]) for count in (best, 0, n - 1)]
        self._others = np.array([*smallest, rng.integers(m, size=n - 1)])
        rows = np.column_stack([np.tile(np.arange(m), len(self._others)), np.repeat(self._others, m, axis=0)])
        order = rng.permuted(np.tile(np.arange(n), (len(rows), 1)), axis=1)
        self.table: Table = np.array(self._values, dtype=np.float64)[np.take_along_axis(rows, order, axis=1)]

    def pairs(self, answers: Table, alpha: LStatistic) -> Pairs:
        """Arrange the answers as pairs of neighbouring values b, beside the inclusions. Spec eq. (60)."""
        m = len(self._values)
        mine = self.table == np.tile(np.array(self._values, dtype=np.float64), len(self._others))[:, None]
        # Over ties, whose order may count; beside one of them, as a sum of large numbers would lose digits.
        one = np.take_along_axis(answers, mine.argmax(axis=1)[:, None], axis=1)
        a = one[:, 0] + np.where(mine, answers - one, 0).sum(axis=1) / mine.sum(axis=1)
        below = np.stack([(self._others <= b).sum(axis=1) for b in range(m - 1)], axis=1)
        gaps = np.array([high - low for low, high in pairwise(self._values)], dtype=object)
        e = np.array(rank_weights.elevated_exact(answers.shape[1], alpha), dtype=object)
        gap = np.broadcast_to(gaps.astype(np.float64), below.shape).ravel()
        between = np.zeros((below.size, len(e)))
        between[np.arange(below.size), below.ravel()] = gap
        return Pairs(
            np.diff(a.reshape(-1, m), axis=1).ravel(),
            (gaps * e[below]).astype(np.float64).ravel(),
            between,
            gap,
            *(
                np.maximum(x[:, 1:], x[:, :-1]).ravel()
                for x in (abs(y).max(axis=1).reshape(-1, m) for y in (answers, self.table))
            ),
        )

    def two(self, pair: int) -> tuple[tuple[Fraction, Fraction], tuple[int, int]]:
        """Give both values b of a pair, and the rows of their batches."""
        m = len(self._values)
        others, b = divmod(pair, m - 1)
        return (self._values[b], self._values[b + 1]), (others * m + b, others * m + b + 1)


# ---- what is decided


def _judged(e: Evidence, n: int) -> Judged:
    """Hold eq. (56), then the laws that hold at N, in groups of n."""
    alpha = e.objective_at(e.objective.k, n)
    if alpha is None:
        return Judged(None, f"groups of {n} have another objective")
    asked = Beside(e, alpha, n)
    try:
        answers = (e.call if alpha == e.objective else e.at(alpha))(asked.table)
        alone = e.call(asked.table[1:2]) if e.target.takes_tables else answers[1:2]
    except TargetError as error:
        return Judged(None, f"groups of {n} are not taken: {refusal(error)}")
    if not same_answer(answers[1:2], alone, e.unit_roundoff):
        return Judged(None, f"groups of {n} are not kept apart, as where the group size is fixed")
    pairs = asked.pairs(answers, alpha)
    fit = fitted_constant([pairs], alpha.k, e.unit_roundoff)
    holds = fit.violation.verdict(e.tolerance)
    if holds is None:
        return Judged(None, f"not decided in groups of {n}: rounded by more than what it must tell")
    if not holds or fit.constant <= 0:
        if _k_goes_with_n(e, asked, answers, alpha):
            return Judged(None, f"in groups of {n} the gradient of another objective, whose K goes with N")
        wrong = "biased" if fit.constant else "no signal"
        return Judged(
            False, f"{wrong} in groups of {n}", _of_bias(asked, answers, pairs, fit.constant, alpha)
        )
    for row in PROPERTIES.values():
        if row.violation is not None and e.holds(row.name):
            violations = row.violation(asked.table, answers)
            if violations.max() > e.tolerance * abs(answers).max():
                worst = int(violations.argmax())
                lesson = Lesson(f"In groups of {n}, {row.broken}.", _columns(asked.table, answers, [worst]))
                return Judged(False, f"not {row.label} in groups of {n}", lesson)
    return Judged(True)


def _k_goes_with_n(e: Evidence, asked: Beside, answers: Table, alpha: LStatistic) -> bool:
    """Tell whether the function estimates the same kind of objective of another K there, as of all N."""
    if alpha.name is None:
        return alpha.k >= e.n - 1
    for k in range(alpha.k + 1, answers.shape[1] + 1):
        other = respelt(alpha, k)
        if other is None:
            continue
        pairs = asked.pairs(answers, other)
        if pairs.inclusion.any():
            fit = fitted_constant([pairs], k, e.unit_roundoff)
            if fit.constant > 0 and fit.violation.verdict(e.tolerance):
                return True
    return False


def _of_bias(asked: Beside, answers: Table, pairs: Pairs, c: float, alpha: LStatistic) -> Lesson:
    needed = c * alpha.k * pairs.inclusion
    worst = int(abs(pairs.rise - needed).argmax())
    (low, high), rows = asked.two(worst)
    says = (
        f"One reward is {low}, or {high}; the others stay. Its advantage rises by {pairs.rise[worst]:.5g}, "
        f"but a gradient of {alpha} with c = {c:.4g}, which fits best there, needs "
        f"c K [q({high}; n) − q({low}; n)] = {needed[worst]:.5g} (spec eq. (56))."
    )
    return Lesson(says, _columns(asked.table, answers, rows))


def _columns(table: Table, answers: Table, rows: Sequence[int]) -> tuple[Column, ...]:
    """Show batches side by side, each in ascending order."""
    columns = []
    for row, label in zip(rows, ("reward", "or"), strict=False):
        order = np.argsort(table[row], kind="stable")
        columns += [
            Column(label, tuple(map(Fraction, table[row, order].tolist()))),
            Column("came", tuple(answers[row, order].tolist())),
        ]
    return tuple(columns)


def _equal_rewards(e: Evidence) -> None:
    """Ask about equal rewards whose sum is rounded, in float64 and in float32. Spec eq. (62)."""
    (place,) = [i for i, finding in enumerate(e.findings) if finding.name == "zero_on_equal_rewards"]
    if not e.findings[place].holds or e.only_these or not e.scales[0]:
        return
    for n, (dtype, u_of_rewards) in product((e.n + more for more in MORE), PASSED_AS.items()):
        table = np.tile(np.array(ROUNDED, dtype=dtype)[:, None], n)
        try:
            answers = e.call(table)
        except TargetError:  # too slow, or not taken: nothing else hangs on it
            continue
        u = max(e.unit_roundoff, u_of_rewards)
        worst = int(abs(answers).max(axis=1).argmax())
        size = float(abs(answers[worst]).max())
        if size > tolerance(u) * e.scales[0]:
            equal = f"{n} rewards of {ROUNDED[worst]:.3g}, passed as {dtype}"
            e.findings[place] = replace(
                e.findings[place],
                holds=False,
                says=f"{equal}, do not give zeros: what rounding leaves of their sum is taken for a spread",
                violation=size / e.scales[0],
                lesson=Lesson(
                    "All rewards are equal: every advantage must be 0, whatever their sum is rounded to.",
                    (
                        Column("reward", tuple(table[worst].tolist())),
                        Column("came", tuple(answers[worst].tolist())),
                    ),
                ),
            )
            return
