"""What an audit knows so far of one function: what it was asked, what it answered, what was found."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.agreement import agree
from ordergrad_ref.auditing.decisions.estimand import respelt
from ordergrad_ref.auditing.decisions.laws import difference
from ordergrad_ref.auditing.decisions.multisets import Differences, Multisets
from ordergrad_ref.auditing.decisions.pairs import Pairs
from ordergrad_ref.auditing.decisions.random_others import FarOthers, RandomOthers
from ordergrad_ref.auditing.finding import Batch, Finding
from ordergrad_ref.auditing.progress import Progress
from ordergrad_ref.auditing.properties import FULL_PROPERTIES, PROPERTIES
from ordergrad_ref.auditing.refusal import refusal
from ordergrad_ref.contracts import Contract
from ordergrad_ref.contracts import of as contract_of
from ordergrad_ref.errors import TargetError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.targets.target import Target

__all__ = ["SEED", "Evidence", "Place", "Table"]

Table: TypeAlias = NDArray[np.float64]

SEED = 2606
"""Of every random batch and order: no verdict depends on chance."""

RUN = 2**14
"""The most rewards in one call, unless one group has more: pairs of rewards fit in memory."""


@dataclass(frozen=True)
class Place:
    """All batches of some values, the mean answers by value, and both sides of spec eq. (56) there."""

    multisets: Multisets
    by_value: Table
    differences: Differences


@dataclass
class Evidence:
    """One function, one objective, one group size, and all that the steps of an audit found so far.

    Attributes
    ----------
    function : callable
        The estimator.
    objective : LStatistic
        What it is audited for.
    n : int
        Group size N.
    values : tuple of Fractions
        The reward values to enumerate.
    only_these : bool
        Whether it must not be called on other rewards, but for shifts and multiples.
    progress : Progress
        The bar that counts the groups that were answered.
    target : Target
        The function as a map from tables of rewards to tables of advantages.
    multisets : Multisets
        All batches of N of the values, up to order.
    random : RandomOthers or None
        Batches of other rewards; ``None`` where it must not be called on others.
    far : FarOthers or None
        Batches at other scales, which can refute bias and decide nothing else; likewise.
    batches, answers : lists of (G, N) arrays
        The tables that it was called on first, the multisets before random ones, and its answers.
    orderless : bool
        Whether, averaged over ties, no order that was tried changed an answer: then one order of each batch
        stands for all.
    by_value : (G, m) array
        The mean answer by value, for each multiset: over all its orders unless one stands for all.
    scales : list of floats
        The largest ``|A|`` of each answer.
    unit_roundoff, tolerance : float
        u of the coarsest dtype that the function returned, and ``√u``. Spec eq. (55).
    differences : Differences
        Both sides of spec eq. (56), on the values.
    draws : (S, P) array
        Where answers are random: both sides' rises of all pairs, under each of S seeds.
    means : list of (G, N) arrays
        The means of the answers over these seeds, on the multisets and on each table of random batches.
    pairs : list of Pairs
        The same for each pair of batches that was compared: on the values, then on other rewards.
    far_refutes : bool
        Whether bias shows at other scales alone.
    constant_on_values : float or None
        The constant that fits on the values, where bias shows on other rewards alone.
    elsewhere : Place or None
        Where bias shows, if it shows on other rewards alone.
    violations : dict of lists of (G,) arrays
        Of each law by its name, on each batch of the first tables.
    findings : list of Findings
        The verdicts so far.
    found : dict
        What else was found, by the names of the report's attributes.
    """

    function: Callable[..., Any]
    objective: LStatistic
    n: int
    values: tuple[Fraction, ...]
    only_these: bool
    progress: Progress
    target: Target = field(init=False)
    multisets: Multisets = field(init=False)
    random: RandomOthers | None = field(init=False)
    far: FarOthers | None = field(init=False)
    batches: list[Table] = field(default_factory=list)
    answers: list[Table] = field(default_factory=list)
    scales: list[float] = field(default_factory=list)
    unit_roundoff: float = 2.0**-53
    tolerance: float = float("nan")
    orderless: bool = True
    by_value: Table = field(init=False)
    differences: Differences = field(init=False)
    draws: Table = field(init=False)
    means: list[Table] = field(default_factory=list)
    pairs: list[Pairs] = field(default_factory=list)
    far_refutes: bool = False
    constant_on_values: float | None = None
    elsewhere: Place | None = None
    violations: dict[str, list[NDArray[np.float64]]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the target and the batches."""
        self.target = Target(self.function, self.objective)
        self.multisets = Multisets(self.n, self.values)
        self.random = None if self.only_these else RandomOthers(self.n, SEED)
        self.far = None if self.only_these else FarOthers(self.n, SEED)

    @property
    def place(self) -> Place:
        """Where all batches were asked about: on the values, or on others where bias shows there alone."""
        return self.elsewhere or Place(self.multisets, self.by_value, self.differences)

    def anew(self, progress: Progress) -> "Evidence":
        """Begin again, with what was found out about how to call the function."""
        fresh = Evidence(self.function, self.objective, self.n, self.values, self.only_these, progress)
        fresh.target = self.target
        return fresh

    def at(self, objective: LStatistic) -> Target:
        """Reach the function for another objective or group size; held to float32 if it is so at this one."""
        target = Target(self.function, objective)
        if self.target.held_to_float32:
            target.hold_to_float32()
        return target

    @property
    def own_contract(self) -> Contract | None:
        """The contract of the function, if the audit is for the objective that it names."""
        contract = contract_of(self.function)
        own = contract is not None and contract.objective(self.n, self.objective.k) == self.objective
        return contract if own else None

    def objective_at(self, k: int, n: int | None = None) -> LStatistic | None:
        """Return what it should estimate at another K, and at another N where its contract says so."""
        contract = self.own_contract
        if contract is not None and n is not None:
            return contract.objective(n, k)
        return self.objective if k == self.objective.k else respelt(self.objective, k)

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
        asked = {**PROPERTIES, **FULL_PROPERTIES}[name]
        self.findings.append(Finding(name, holds, says or asked.sentence(holds), asked.equation, **more))

    def law(self, name: str, violations: list[NDArray[np.float64]], says: str | None = None) -> None:
        """Note whether a law holds, from its violation on each batch of each table. Spec eqs. (55), (62)."""
        holds = self.agree(violations)
        self.violations[name] = violations
        worst, batch = 0.0, None
        for x, a, v, scale in zip(self.batches, self.answers, violations, self.scales, strict=False):
            relative = float(v.max()) / scale if scale else 0.0
            if relative > worst:
                row = int(v.argmax())
                worst, batch = relative, _in_text(x[row], a[row])
        self.add(name, holds, says, violation=worst, batch=None if holds else batch)

    def agree(self, violations: list[NDArray[np.float64]]) -> bool:
        """Tell whether violations, for the first tables or for all, count as zero. Spec eq. (55)."""
        return agree(violations, self.scales, self.tolerance)

    @cached_property
    def takes_k(self) -> bool:
        """Whether its answers change with the K that it is given."""
        for k in (self.objective.k - 1, self.objective.k + 1):
            other = respelt(self.objective, k) if 0 < k < self.n else None
            if other is None:
                continue
            try:
                answers = Target(self.function, other)(self.batches[0])
            except TargetError as error:
                refusal(error)
                return True
            return not self.agree([difference(answers, self.answers[0])])
        return False

    def holds(self, name: str) -> bool | None:
        """Look up a verdict; ``None`` where there is none so far."""
        return next((f.holds for f in self.findings if f.name == name), None)


def _in_text(rewards: Table, advantages: Table) -> Batch:
    return Batch(
        tuple(str(Fraction(x)) for x in rewards.tolist()), tuple(float(a) for a in advantages.tolist())
    )
