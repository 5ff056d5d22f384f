"""What an audit found, as data, as sentences and as a table."""

from dataclasses import dataclass, field
from fractions import Fraction
from math import inf
from typing import Any

from ordergrad_ref.auditing.decisions.counterexample import Counterexample, Policy
from ordergrad_ref.auditing.decisions.estimand import UNNAMED, Estimand
from ordergrad_ref.auditing.decisions.known_estimators import Lookalike
from ordergrad_ref.auditing.decisions.rationals import Formula
from ordergrad_ref.auditing.decisions.variance import Variance
from ordergrad_ref.auditing.finding import Finding
from ordergrad_ref.auditing.properties import EQUATIONS, SENTENCES
from ordergrad_ref.auditing.sizes import Edge, Precision
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic

__all__ = ["PROPERTIES", "Report"]

LAWS = ("centred", "shift_invariant", "permutation_equivariant", "tie_consistent")
PROPERTIES = (
    "unbiased",
    *LAWS,
    "direction_right",
    "positively_homogeneous",
    "monotone",
    "zero_on_equal_rewards",
    "groups_apart",
    "deterministic",
    "input_unchanged",
)
FULL_PROPERTIES = ("dtypes", "large_offsets", "large_groups", "layouts", "edge_sizes")


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
        recognised as one, None where no constant fits. Zero: the estimator carries no signal; negative:
        it descends.
    residual : float
        The largest violation of spec eq. (56) by the best constant, relative to the largest advantage.
    tolerance : float
        What counted as zero, relative to the largest advantage. Spec eq. (55).
    unit_roundoff : float
        u of the coarsest dtype that the function returned.
    counterexample : Counterexample or None
        Where it is biased: the smallest policy that shows it, if one of denominator up to 6 does.
    sweep : tuple of Policies
        Where it is biased: policies along a line, for a picture of the bias.
    estimand : Estimand or None
        The objective that it is unbiased for, up to a constant of either sign; None where there is none
        among the L-statistics of at most N ranks. Spec eq. (60).
    lookalikes : tuple of Lookalikes
        The known estimators that it equals up to a factor.
    formula : Formula or None
        The constant as a formula in N and K; None unless the audit was a full one. Spec eq. (63).
    variances : tuple of Variances
        Exact variances on named problems; empty unless the audit was a full one. Spec eqs. (65), (66).
    precisions : tuple of Precisions
        Errors by dtype; empty unless the audit was a full one. Spec eq. (64).
    edges : tuple of Edges
        What it does with one reward, at K = 1 and at K = N; empty unless the audit was a full one.
    interrupted : str or None
        What the audit was doing when it was interrupted; later findings are missing then.
    groups_apart : bool or None
        Whether a batch of groups is answered as group by group; None where it takes one group at a time.
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
    interrupted: str | None = None
    groups_apart: bool | None = field(default=None, compare=False)

    def finding(self, name: str) -> Finding:
        """Look up a property by its name, such as ``"shift_invariant"``.

        Raises
        ------
        InvalidInputError
            Where there is no property of that name.
        """
        if name not in EQUATIONS:
            raise InvalidInputError(f"name: expected one of {', '.join(EQUATIONS)}, got {name!r}")
        for finding in self.findings:
            if finding.name == name:
                return finding
        if name == "groups_apart" and self.called_with:
            apart = self.groups_apart
            return Finding(name, apart, SENTENCES[name][apart], EQUATIONS[name])
        why = (
            f"not finished: interrupted at {self.interrupted}"
            if self.interrupted
            else "asked for by full=True"
        )
        return Finding(name, None, why, EQUATIONS[name])

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
        """Whether adding a number to all rewards changes nothing; None where its domain has no shifts."""
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
        if self.unbiased is None:
            return f"bias not decided: interrupted at {self.interrupted}"
        if self.constant is None:
            return f"biased for {self.objective} (residual {self.residual:.2g}){self._instead()}"
        if self.constant == 0:
            return (
                "no signal: the expected gradient is zero, or lost in rounding, for every distribution "
                f"({self.objective})"
            )
        if self.constant < 0:
            return f"reversed: the expected gradient is {shown(self.constant)} times that of {self.objective}"
        return f"unbiased for {self.objective} up to c = {shown(self.constant)}"

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

        None where there is none, or none that float64 can hold.
        """
        factor = 1 / (self.n * self.constant) if self.constant else None
        return factor if factor is not None and abs(factor) < inf else None

    def to_json(self) -> dict[str, Any]:
        """Give everything as JSON data, in the form of ``ordergrad_ref/auditing/report.schema.json``."""
        from ordergrad_ref.auditing.serial import to_json

        return to_json(self)

    def table(self) -> str:
        """Lay the findings out as text, with the counterexample where there is one."""
        from io import StringIO

        from rich.console import Console

        from ordergrad_ref.reports.text import report_tables

        text = StringIO()
        # Plain text, whatever the environment says of colours and notebooks.
        plain = Console(width=100, file=text, color_system=None, force_jupyter=False)
        for table in report_tables(self):
            plain.print(table)
        return text.getvalue() + (
            f"Smallest counterexample\n{self.counterexample}\n" if self.counterexample else ""
        )

    def __str__(self) -> str:
        """Say what was found in one line."""
        marks = {True: "yes", False: "no", None: "n/a"}
        laws = ", ".join(f"{name.replace('_', '-')} {marks[self.finding(name).holds]}" for name in LAWS)
        return f"{self.target}: {self.verdict}; {laws}"


def shown(constant: Fraction | float) -> str:
    """Print a constant: a recognised one as a fraction, another to nine digits."""
    return str(constant) if isinstance(constant, Fraction) else f"{constant:.9g}"
