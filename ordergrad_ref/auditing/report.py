"""What an audit found, as data, in sentences, as JSON and as a table.

A report composes the forms of its parts, which stand below it: their JSON in ``serial``, their tables in
``tables``. So nothing below knows of reports, and what reads reports, such as the web page, stands above.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from ordergrad_ref._version import __spec_version__, __version__
from ordergrad_ref.agreement import COARSE
from ordergrad_ref.auditing import serial
from ordergrad_ref.auditing.decisions.chance import Draws
from ordergrad_ref.auditing.decisions.constant_formula import Formula
from ordergrad_ref.auditing.decisions.counterexample import Counterexample, Policy
from ordergrad_ref.auditing.decisions.diagnosis import Diagnosis
from ordergrad_ref.auditing.decisions.estimand import UNNAMED, Estimand
from ordergrad_ref.auditing.decisions.known_estimators import Lookalike
from ordergrad_ref.auditing.decisions.rationals import shown
from ordergrad_ref.auditing.decisions.variance import Variance
from ordergrad_ref.auditing.dtypes import Precision
from ordergrad_ref.auditing.finding import Finding, Lesson
from ordergrad_ref.auditing.properties import FULL_PROPERTIES, PROPERTIES, property_named
from ordergrad_ref.auditing.sizes import Edge
from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.objectives import LStatistic

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Report"]

DTYPES = {2.0**-8: "bfloat16", 2.0**-11: "float16", 2.0**-24: "float32", 2.0**-53: "float64"}
"""Dtypes by their unit roundoff."""

LOST = PROPERTIES["unbiased"].undecided.partition(": ")[2]


@dataclass(frozen=True)
class Report:
    """The findings on one function for one objective and group size.

    Attributes
    ----------
    target : str
        The function's name.
    called_with : str
        Which shape of rewards it was called with.
    objective : LStatistic
        What it was audited for.
    n : int
        Group size N.
    values : tuple of Fractions
        The reward values on which bias was decided, for every distribution over them.
    findings : tuple of Findings
        Every property's verdict, its worst violation and where that is; `finding` looks one up.
    constant : Fraction, float or None
        The ``c`` of ``E[(1/N) Σ A_i ∇log p(x_i)] = c ∇J`` (spec eq. (36)); a Fraction where it was
        recognised as one, ``None`` where no constant fits. Zero: the estimator carries no signal; negative:
        it descends.
    residual : float
        The largest violation of spec eq. (56) by the best constant, relative to the largest advantage.
    tolerance : float
        What counted as zero, relative to the largest advantage. Spec eq. (55).
    unit_roundoff : float
        u of the coarsest dtype that the function returned.
    draws : Draws or None
        What was estimated, where its answers are random; then ``tolerance`` is the largest bias that the
        estimate leaves open, and ``constant`` an estimate. Spec eq. (103).
    counterexample : Counterexample or None
        Where it is biased: the smallest policy that shows it, if one of denominator up to 6 does.
    sweep : tuple of Policies
        Where it is biased: policies along a line, for a picture of the bias.
    estimand : Estimand or None
        The objective that it is unbiased for, up to a constant of either sign; ``None`` where no
        L-statistic of at most N ranks is. Spec eq. (60).
    lookalikes : tuple of Lookalikes
        The known estimators that it equals up to a factor.
    formula : Formula or None
        The constant as a formula in N and K; ``None`` unless the audit was a full one. Spec eq. (63).
    variances : tuple of Variances
        Exact variances on named problems; empty unless the audit was a full one. Spec eqs. (65), (66).
    precisions : tuple of Precisions
        Errors by dtype; empty unless the audit was a full one. Spec eq. (64).
    edges : tuple of Edges
        What it does with one reward, at K = 1 and at K = N; empty unless the audit was a full one.
    diagnosis : Diagnosis or None
        Which kind of mistake gives exactly what it answers, and what to do; ``None`` where no known one does.
    interrupted : str or None
        What the audit was doing when it was interrupted; later findings are missing then.
    groups_apart : bool or None
        Whether a batch of groups is answered as group by group; ``None`` where it takes one group at a time.
    mixes_groups : bool
        Whether it takes several groups in one call, and lets what one gets depend on the others.
    module : str or None
        The module that the function says it was defined in.
    command, date, commit : str or None
        The command line that asked for the report, if one did; the day, in UTC, and the commit at which Git
        keeps the file that the function was defined in.
    every_order : bool
        Whether it was called on all arrangements of the rewards; else the verdict on bias takes for granted
        that orders which were not tried change nothing. Spec section 9.4.
    """

    target: str
    called_with: str = field(compare=False)
    objective: LStatistic
    n: int
    values: tuple[Fraction, ...]
    findings: tuple[Finding, ...] = ()
    constant: Fraction | float | None = None
    residual: float = float("nan")
    tolerance: float = float("nan")
    unit_roundoff: float = 2.0**-53
    counterexample: Counterexample | None = None
    sweep: tuple[Policy, ...] = ()
    estimand: Estimand | None = None
    lookalikes: tuple[Lookalike, ...] = ()
    formula: Formula | None = None
    variances: tuple[Variance, ...] = ()
    precisions: tuple[Precision, ...] = ()
    edges: tuple[Edge, ...] = ()
    diagnosis: Diagnosis | None = None
    interrupted: str | None = None
    groups_apart: bool | None = field(default=None, compare=False)
    mixes_groups: bool = field(default=False, compare=False)
    draws: Draws | None = None
    module: str | None = field(default=None, compare=False)
    command: str | None = field(default=None, compare=False)
    date: str | None = field(default=None, compare=False)
    commit: str | None = field(default=None, compare=False)
    every_order: bool = field(default=False, compare=False)

    def finding(self, name: str) -> Finding:
        """Look up a property by its name, such as ``"shift_invariant"`` or ``"shift-invariant"``.

        Raises
        ------
        InvalidInputError
            Where there is no property of that name.
        """
        asked = property_named(name.replace("-", "_") if isinstance(name, str) else name)
        if asked is None:
            raise InvalidInputError(f"name: {expected_one_of([*PROPERTIES, *FULL_PROPERTIES], name)}")
        name = asked.name
        for finding in self.findings:
            if finding.name == name:
                return finding
        if name == "groups_apart" and self.called_with:
            apart = self.groups_apart
            return Finding(name, apart, asked.sentence(apart), asked.equation)
        why = (
            f"not finished: interrupted at {self.interrupted}"
            if self.interrupted
            else "asked for by full=True"
        )
        return Finding(name, None, why, asked.equation)

    @property
    def unbiased(self) -> bool | None:
        """Whether its expected gradient is a positive constant times the true one. Spec eq. (37)."""
        return self.finding("unbiased").holds

    @property
    def direction_right(self) -> bool | None:
        """Whether it is a positive multiple at every policy, that may depend on it. Spec eq. (61)."""
        return self.finding("direction_right").holds

    @property
    def centred(self) -> bool | None:
        """Whether ``Σ_i A_i = 0`` on every batch. Spec eq. (25)."""
        return self.finding("centred").holds

    @property
    def shift_invariant(self) -> bool | None:
        """Whether adding a number to all rewards changes nothing; ``None`` where its domain has no shifts."""
        return self.finding("shift_invariant").holds

    @property
    def permutation_equivariant(self) -> bool | None:
        """Whether the order of the rewards does not matter."""
        return self.finding("permutation_equivariant").holds

    @property
    def tie_consistent(self) -> bool | None:
        """Whether tied rewards get equal advantages."""
        return self.finding("tie_consistent").holds

    @property
    def verdict(self) -> str:
        """One sentence on bias. Spec eqs. (37), (60), (61)."""
        if self.draws is not None:
            return self.draws.sentence(self.objective)
        if self.unbiased is None:
            why = f"interrupted at {self.interrupted}" if self.interrupted else LOST
            return f"bias not decided: {why}"
        if self.constant is None:
            where = self._beyond()
            return f"biased for {self.objective}{where} (residual {self.residual:.2g}){self._instead()}"
        granted = self._granted()
        if self.constant == 0:
            return (
                "no signal: the expected gradient is zero, or lost in rounding, for every distribution on "
                f"these rewards ({self.objective})"
            )
        if self.constant < 0:
            return (
                f"reversed: the expected gradient is {shown(self.constant)} times that of {self.objective}, "
                f"for every distribution on these rewards{granted}"
            )
        constant = self.constant_in_words
        sizes = self.finding("other_sizes")
        granted += f"; but {sizes.says}" if sizes.holds is False else ""
        return f"unbiased{self.within} for {self.objective} on these rewards up to {constant}{granted}"

    @property
    def within(self) -> str:
        """The tolerance, where it is coarse: ``" within 6.2 % (bfloat16)"``; else nothing. Section 9.4."""
        if not self.tolerance > COARSE:
            return ""
        if self.draws is not None:
            return f" within {100 * self.tolerance:.2g} % ({self.draws.seeds} seeds)"
        dtype = DTYPES.get(self.unit_roundoff, f"u = {self.unit_roundoff:.2g}")
        return f" within {100 * self.tolerance:.2g} % ({dtype})"

    @property
    def canonical_constant(self) -> Fraction | None:
        """The constant ``1/K`` of the canonical advantage, where there is one of N rewards. Spec eq. (38)."""
        alpha = self.objective
        return Fraction(1, alpha.k) if min(alpha.k, alpha.reduced().k) < self.n else None

    @property
    def constant_in_words(self) -> str:
        """``c = 7/32; the canonical advantage has 1/4``: the second part where they differ."""
        c, canonical = self.constant or Fraction(0), self.canonical_constant
        usual = canonical is None or abs(float(c - canonical)) <= self.tolerance * float(canonical)
        return f"c = {shown(c)}" + ("" if usual else f"; the canonical advantage has {canonical}")

    def _beyond(self) -> str:
        """Say so where the bias shows on other rewards than those on which all batches were tried."""
        shown_on = [] if self.counterexample is None else self.counterexample.policies[-1].rewards
        return "" if set(shown_on) <= set(self.values) else f" beyond the rewards {self._values()}"

    def _values(self) -> str:
        return ", ".join(map(str, self.values))

    def _granted(self) -> str:
        """Say what the verdict takes for granted, where not every order of the rewards was tried."""
        if self.every_order or not self.permutation_equivariant:
            return ""
        return "; taken for granted: orders of the rewards that were not tried change nothing"

    def _instead(self) -> str:
        parts = []
        found = self.estimand
        # On two rewards every estimator has an objective: only one with a name is news.
        if found is not None and (len(self.values) > 2 or found.name != UNNAMED):
            sense = "unbiased" if found.constant > 0 else "reversed"
            parts.append(f"; {sense} for {found.name} up to c = {shown(found.constant)}")
        if self.direction_right:
            parts.append("; its direction is right, its constant depends on the policy")
        return "".join(parts)

    @property
    def to_gradient(self) -> Fraction | float | None:
        """The factor on ``Σ_i A_i ∇log p(x_i)`` that makes it the gradient: ``1/(N c)``. Spec eq. (36).

        ``None`` where the constant is none or zero, or the factor is beyond float64.
        """
        factor = 1 / (self.n * self.constant) if self.constant else None
        return factor if factor is not None and abs(factor) < inf else None

    def to_json(self) -> dict[str, Any]:
        """Give everything as JSON data, in the form of ``ordergrad_ref/auditing/report.schema.json``.

        Every property is there: one that was not decided is null. Spec section 9.
        """
        asked = {f.name for f in self.findings}
        names = [*PROPERTIES, *(name for name in FULL_PROPERTIES if name in asked)]
        counterexample = self.counterexample
        return {
            "format": serial.FORMAT,
            "format_version": serial.FORMAT_VERSION,
            "specification": __spec_version__,
            "version": __version__,
            "target": self.target,
            "module": self.module,
            "command": self.command,
            "date": self.date,
            "commit": self.commit,
            "called_with": self.called_with,
            "objective": serial.objective_data(self.objective),
            "n": self.n,
            "values": serial.texts(self.values),
            "tolerance": serial.float_data(self.tolerance),
            "unit_roundoff": self.unit_roundoff,
            "interrupted": self.interrupted,
            "verdict": self.verdict,
            "constant": serial.number_data(self.constant),
            "canonical_constant": serial.number_data(self.canonical_constant),
            "every_order": self.every_order,
            "draws": serial.draws_data(self.draws),
            "to_gradient": serial.number_data(self.to_gradient),
            "residual": serial.float_data(self.residual),
            "properties": [serial.finding_data(self.finding(name)) for name in names],
            "counterexample": None
            if counterexample is None
            else [serial.policy_data(p) for p in counterexample.policies],
            "sweep": [serial.policy_data(p) for p in self.sweep],
            "estimand": serial.estimand_data(self.estimand),
            "lookalikes": [serial.lookalike_data(known) for known in self.lookalikes],
            "diagnosis": serial.diagnosis_data(self.diagnosis),
            "formula": serial.formula_data(self.formula),
            "variances": [serial.variance_data(row) for row in self.variances],
            "dtypes": [serial.precision_data(p) for p in self.precisions],
            "edges": [serial.edge_data(e) for e in self.edges],
        }

    def table(self) -> str:
        """Lay the findings out as plain text, with the counterexample where there is one."""
        from ordergrad_ref.auditing.tables import plain

        return "\n\n".join([plain(self.tables()).rstrip(), *self.lessons()]) + "\n"

    def _repr_html_(self) -> str:
        """Show the tables and the lessons in a notebook."""
        from ordergrad_ref.auditing.tables import as_html

        return as_html(self.tables(), self.lessons())

    def lessons(self) -> list[str]:
        """Say of each property that does not hold how the smallest batch shows it, and what is right there.

        Each lesson is a paragraph of its own; the kind of mistake is the first, the smallest counterexample
        the last.
        """
        labels = {name: row.label for name, row in {**PROPERTIES, **FULL_PROPERTIES}.items()}
        paragraphs = [f"Diagnosis: {self.diagnosis}"] if self.diagnosis is not None else []
        paragraphs += [
            f"{labels[name]}: {lesson}"
            for name in labels
            if (lesson := self._lesson(name)) is not None and name != "direction_right"
        ]
        if self.counterexample is not None:
            paragraphs.append(f"Smallest counterexample\n{self.counterexample}")
        return paragraphs

    def _lesson(self, name: str) -> Lesson | None:
        return next((f.lesson for f in self.findings if f.name == name), None)

    def tables(self, objective: str | None = None) -> "list[Table]":
        """Lay out the findings, and the variances of a full audit, for a `rich.console.Console`.

        ``objective`` is what to call the objective, if not by its spelling.
        """
        from ordergrad_ref.auditing.tables import findings_table, variance_table

        asked = {f.name: f for f in self.findings}
        findings = [
            (p.label, self.finding(name).holds, self._sentence(name)) for name, p in PROPERTIES.items()
        ]
        findings += [
            (p.label, asked[name].holds, asked[name].says)
            for name, p in FULL_PROPERTIES.items()
            if name in asked
        ]
        title = f"{self.target}, audited for {objective or self.objective} in groups of {self.n}"
        table = findings_table(title, self._caption(), findings, self._identities())
        return [table, *([variance_table(self.variances)] if self.variances else [])]

    @property
    def gradient(self) -> str:
        """``∇J`` by the advantages, such as ``2 Σ A ∇log p``; a dash where the estimator is biased."""
        factor = self.to_gradient
        if factor is None or not self.unbiased:
            return "–"
        return "Σ A ∇log p" if factor == 1 else f"{shown(factor)} Σ A ∇log p"

    def _sentence(self, name: str) -> str:
        if name != "unbiased":
            return self.finding(name).says
        if not self.unbiased or self.to_gradient is None or self.draws is not None:
            return self.verdict
        within = f"unbiased{self.within}; " if self.within else ""
        return f"{within}{self.constant_in_words}; the gradient is {self.gradient}{self._granted()}"

    def _caption(self) -> str:
        says = [self.called_with]
        if self.draws is not None:
            return "; ".join([*says, f"each call under a seed of its own, {self.draws.seeds} in all"])
        if isfinite(self.tolerance):
            u = f"{self.unit_roundoff:.2g}"
            says.append(f"numbers agree within {self.tolerance:.2g} of the advantages at hand (√u, u = {u})")
        if self.unbiased is not None:
            says.append(f"bias is decided for every distribution on the rewards {self._values()}")
        if self.unbiased is False and self.constant is None:
            says.append(
                "the residual is the largest difference to the nearest gradient, as a share of the "
                "signal there (spec eq. (56))"
            )
        stopped = f"\nInterrupted at {self.interrupted}: the rest is missing." if self.interrupted else ""
        return "; ".join(filter(None, says)) + stopped

    def _identities(self) -> list[tuple[str, str]]:
        """Say what the estimator is: its objective, its equals among the known, its constant's formula."""
        rows = []
        found = self.estimand
        if found is not None:
            name = found.name
            if name == UNNAMED:
                weights = ", ".join(f"{float(w):.6g}" for w in found.objective.weights)
                name = f"{name} of K = {found.objective.k} with weights ({weights})"
            two = ", as every estimator is for some objective on two rewards" if len(self.values) == 2 else ""
            rows.append(
                ("gradient of", f"{name}, c = {shown(found.constant)}{two if not self.unbiased else ''}")
            )
        elif self.unbiased is False and self.interrupted is None and self.draws is None:
            no_signal = self.constant == 0
            rows.append(("gradient of", "nothing" if no_signal else "no L-statistic of at most N ranks"))
        if self.lookalikes:
            rows.append(("equals", "; ".join(map(str, self.lookalikes))))
        if self.formula is not None:
            text = f"c = {self.formula.text}, " if self.formula.text else ""
            rows.append(("formula", text + self.formula.says))
        return rows

    def __str__(self) -> str:
        """Say what was found in one line, and below it what each failure teaches."""
        says = {True: "yes", False: "no", None: "n/a"}
        laws = ", ".join(
            f"{p.label} {says[self.finding(p.name).holds]}" for p in PROPERTIES.values() if p.headline
        )
        return "\n\n".join([f"{self.target}: {self.verdict}; {laws}", *self.lessons()])
