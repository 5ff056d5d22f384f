"""The steps of an audit, in order; what is found until an interrupt is kept."""

import warnings
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing.decisions import laws
from ordergrad_ref.auditing.decisions.bias import fitted_constant, slack, violation
from ordergrad_ref.auditing.decisions.counterexample import smallest
from ordergrad_ref.auditing.decisions.direction import direction_is_right
from ordergrad_ref.auditing.decisions.estimand import Estimand, estimand, named, spectrum
from ordergrad_ref.auditing.decisions.known_estimators import lookalikes
from ordergrad_ref.auditing.decisions.multisets import Differences, Multisets
from ordergrad_ref.auditing.decisions.rationals import ROUNDINGS, recognised
from ordergrad_ref.auditing.decisions.sweep import sweep
from ordergrad_ref.auditing.finding import Batch, Finding
from ordergrad_ref.auditing.full_steps import Survey
from ordergrad_ref.auditing.progress import Progress
from ordergrad_ref.auditing.properties import EQUATIONS, SENTENCES
from ordergrad_ref.auditing.report import Report
from ordergrad_ref.errors import TargetError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.targets.target import Target

__all__ = ["Inquiry"]

Table: TypeAlias = NDArray[np.float64]
Step: TypeAlias = tuple[str, Callable[[], None]]

RANDOM_BATCHES = 32
RUN = 2**14
SEED = 2606


class Inquiry:
    """One function, one objective, one group size: everything that is asked about them.

    Parameters
    ----------
    function : callable
        The estimator.
    alpha : LStatistic
        What it is audited for.
    n : int
        Group size.
    support : tuple of Fractions
        The reward values to enumerate.
    only_these : bool
        Whether it must not be called on other rewards.
    full : bool
        Whether to ask about other sizes and problems too.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        alpha: LStatistic,
        n: int,
        support: tuple[Fraction, ...],
        *,
        only_these: bool,
        full: bool,
    ) -> None:
        self.function, self.alpha, self.n, self.support = function, alpha, n, support
        self.only_these = only_these
        self.target = Target(function, alpha)
        self.multisets = Multisets(n, support)
        self.findings: list[Finding] = []
        self.found: dict[str, Any] = {}
        self.steps: list[Step] = [
            ("every batch", self._every_batch),
            ("the order of the rewards", self._order),
            ("bias", self._bias),
            ("the laws", self._laws),
            ("the direction, and other objectives", self._instead),
            ("known estimators", self._lookalikes),
        ]
        if full:
            survey = Survey(self)
            self.steps += _quietly(
                ("the constant at other N and K", survey.formula),
                ("exact variances", survey.variances),
                ("dtypes", survey.dtypes),
                ("a large offset", survey.offset),
                ("large groups", survey.large_groups),
                ("layouts of group ids", survey.layouts),
                ("edge sizes", survey.edge_sizes),
            )
        self.steps.append(("the same again", self._again))

    def report(self) -> Report:
        """Take the steps; an interrupt (Ctrl-C) ends them early."""
        interrupted = None
        with Progress(len(self.steps)) as self.progress:
            for label, step in self.steps:
                self.progress.step(label)
                try:
                    step()
                except KeyboardInterrupt:
                    interrupted = label
                    break
        return Report(
            target=self.target.name,
            called_with=self.target.called_with,
            objective=self.alpha,
            n=self.n,
            values=self.support,
            findings=tuple(self.findings),
            interrupted=interrupted,
            groups_apart=self.target.groups_apart,
            **self.found,
        )

    def call(self, table: Table) -> Table:
        """Call the function on a table, a run of groups at a time."""
        groups = max(RUN // table.shape[1], 1)
        runs = []
        for start in range(0, len(table), groups):
            runs.append(self.target(table[start : start + groups]))
            self.progress.called(len(runs[-1]))
        return np.concatenate(runs)

    def add(self, name: str, holds: bool | None, says: str | None = None, **more: Any) -> None:
        """Note the verdict on a property; in its usual words unless others are given."""
        self.findings.append(Finding(name, holds, says or SENTENCES[name][holds], EQUATIONS[name], **more))

    # ---- the steps

    def _every_batch(self) -> None:
        self.batches = [self.multisets.table]
        if not self.only_these:
            self.batches.append(_random_batches(self.n))
        # The first call is with all of a table: it finds out which shape the function takes.
        self.answers = [self.target(x) for x in self.batches]
        self.u = self.target.unit_roundoff
        self.tolerance = float(np.sqrt(self.u))
        self.scales = [float(abs(a).max()) for a in self.answers]
        self.found |= {"tolerance": self.tolerance, "unit_roundoff": self.u}
        self.add("input_unchanged", True)

    def _order(self) -> None:
        table = self.multisets.table
        disorder = laws.order_dependence(
            self.call, table, self.answers[0], self.multisets.mean_by_value, SEED
        )
        self._law("permutation_equivariant", [disorder])
        self.equivariant = bool(self.findings[-1].holds)

    def _bias(self) -> None:
        by_value = (
            self.multisets.mean_by_value(self.multisets.table, self.answers[0])
            if self.equivariant
            else self.multisets.mean_over_arrangements(self.call)
        )
        d = self.differences = self.multisets.differences(by_value, self.alpha)
        c, residual, precision = fitted_constant(d, self.alpha.k, self.u)
        fits = residual <= self.tolerance
        self.constant = recognised(c, max(ROUNDINGS * self.u, 2 * precision)) if fits else None
        self.found |= {"constant": self.constant, "residual": residual}
        if not fits:
            self.found["counterexample"] = smallest(d, self.support, self.alpha.k, self.tolerance)
            self.found["sweep"] = sweep(d, self.support, self.alpha.k, self.tolerance)
        self.add("unbiased", fits and c > 0, violation=residual)

    def _laws(self) -> None:
        pairs = list(zip(self.batches, self.answers, strict=True))
        self._law("centred", [laws.off_centre(a) for a in self.answers])
        self._law("tie_consistent", [laws.tie_dependence(x, a) for x, a in pairs])
        self._law("monotone", [laws.discord(x, a) for x, a in pairs])
        self._law("zero_on_equal_rewards", [laws.signal_of_equals(x, a) for x, a in pairs])
        try:
            self._law("shift_invariant", [laws.shift_dependence(self.call, x, a) for x, a in pairs])
        except TargetError:
            if not self.only_these:
                raise
            self.add("shift_invariant", None)
        try:
            self._law("positively_homogeneous", [laws.scale_dependence(self.call, x, a) for x, a in pairs])
            if not self.findings[-1].holds:
                self._degree_zero(pairs)
        except TargetError:
            self.add("positively_homogeneous", None)

    def _degree_zero(self, pairs: list[tuple[Table, Table]]) -> None:
        free = [laws.homogeneity_dependence(self.call, x, a) for x, a in pairs]
        if self._agree(free):
            finding = self.findings.pop()
            says = "no: the unit of the rewards cancels (degree zero)"
            self.add("positively_homogeneous", False, says, violation=finding.violation, batch=finding.batch)

    def _instead(self) -> None:
        c, d = self.constant, self.differences
        if c is not None:
            self.add("direction_right", c > 0)
            self.found["estimand"] = Estimand(named(self.alpha, self.n), self.alpha, c) if c else None
            return
        self.add("direction_right", direction_is_right(d, self.alpha.k, self.tolerance, self.u))
        self.found["estimand"] = self._other_objective(d)

    def _other_objective(self, d: Differences) -> Estimand | None:
        g, expected, rounding = spectrum(d, self.support, self.u)
        if violation(d, expected, slack(d, self.u) + rounding).max() > self.tolerance:
            return None
        return estimand(g, self.alpha, self.tolerance, self.u)

    def _lookalikes(self) -> None:
        meant = self.found["estimand"] or Estimand(str(self.alpha), self.alpha, 0.0)
        self.found["lookalikes"] = lookalikes(self.batches, self.answers, meant, self.tolerance, self.u)

    def _again(self) -> None:
        try:
            again = self.call(self.batches[0])
        except TargetError as error:
            self.add("deterministic", False, f"the same rewards were not answered again: {error}")
            return
        self._law("deterministic", [abs(again - self.answers[0]).max(axis=1)])

    # ---- from violations to findings

    def _law(self, name: str, violations: list[NDArray[np.float64]]) -> None:
        holds = self._agree(violations)
        worst, batch = 0.0, None
        for x, a, v, scale in zip(self.batches, self.answers, violations, self.scales, strict=False):
            relative = float(v.max()) / scale if scale else 0.0
            if relative > worst:
                row = int(v.argmax())
                worst, batch = relative, _shown(x[row], a[row])
        self.add(name, holds, violation=worst, batch=None if holds else batch)

    def _agree(self, violations: list[NDArray[np.float64]]) -> bool:
        return all(
            bool(v.max() <= self.tolerance * scale) for v, scale in zip(violations, self.scales, strict=False)
        )


def _quietly(*steps: Step) -> list[Step]:
    """Silence what a function warns of at sizes that nobody asked for: its answers are judged."""

    def silenced(step: Callable[[], None]) -> None:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            step()

    return [(label, partial(silenced, step)) for label, step in steps]


def _shown(rewards: Table, advantages: Table) -> Batch:
    return Batch(
        tuple(str(Fraction(x)) for x in rewards.tolist()), tuple(float(a) for a in advantages.tolist())
    )


def _random_batches(n: int) -> Any:
    """Batches of distinct multiples of 1/16 of either sign, so that shifts are exact."""
    rng = np.random.default_rng(SEED)
    return np.stack([rng.choice(64 * n, n, replace=False) - 32.0 * n for _ in range(RANDOM_BATCHES)]) / 16
