"""What an audit found, as data, as sentences and as a table."""

from dataclasses import dataclass, field
from fractions import Fraction

from ordergrad_ref.auditing.counterexample import Counterexample
from ordergrad_ref.objectives import LStatistic

__all__ = ["PROPERTIES", "Report"]

PROPERTIES = (
    "unbiased",
    "centred",
    "shift_invariant",
    "permutation_equivariant",
    "tie_consistent",
)


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
    unbiased : bool
        Whether its expected gradient is a positive constant times the true one. Spec eq. (37).
    constant : Fraction, float or None
        The ``c`` of ``E[(1/N) Σ A_i ∇log p(x_i)] = c ∇J`` (spec eq. (36)); a Fraction where it was
        recognised as one, None where no constant fits. Zero: the estimator carries no signal; negative:
        it descends.
    centred, permutation_equivariant, tie_consistent : bool
        Whether ``Σ_i A_i = 0`` on every batch; the order of the rewards does not matter; tied rewards get
        equal advantages.
    shift_invariant : bool or None
        Whether adding a number to all rewards changes nothing; None where the function's domain has no
        shifts.
    residual : float
        The largest violation of spec eq. (56) by the best constant, relative to the largest advantage.
    tolerance : float
        What counted as zero, relative to the largest advantage. Spec eq. (55).
    counterexample : Counterexample or None
        Where it is biased: the smallest policy that shows it, if one of denominator up to 6 does.
    """

    target: str
    called_with: str = field(compare=False)
    objective: LStatistic
    n: int
    values: tuple[Fraction, ...]
    unbiased: bool
    constant: Fraction | float | None
    centred: bool
    shift_invariant: bool | None
    permutation_equivariant: bool
    tie_consistent: bool
    residual: float
    tolerance: float
    counterexample: Counterexample | None

    @property
    def verdict(self) -> str:
        """One sentence on bias. Spec eq. (37)."""
        if self.constant is None:
            return f"biased for {self.objective} (residual {self.residual:.2g})"
        if self.constant == 0:
            return (
                "no signal: the expected gradient is zero, or lost in rounding, for every distribution "
                f"({self.objective})"
            )
        if self.constant < 0:
            return f"reversed: the expected gradient is {shown(self.constant)} times that of {self.objective}"
        return f"unbiased for {self.objective} up to c = {shown(self.constant)}"

    @property
    def to_gradient(self) -> Fraction | float | None:
        """The factor on ``Σ_i A_i ∇log p(x_i)`` that makes it the gradient: ``1/(N c)``. Spec eq. (36)."""
        return 1 / (self.n * self.constant) if self.constant else None

    def table(self) -> str:
        """Lay the findings out as text, with the counterexample where there is one."""
        from io import StringIO

        from rich.console import Console

        from ordergrad_ref.auditing.rendering import report_table

        text = StringIO()
        # Plain text, whatever the environment says of colours and notebooks.
        plain = Console(width=100, file=text, color_system=None, force_jupyter=False)
        plain.print(report_table(self))
        return text.getvalue() + (
            f"Smallest counterexample\n{self.counterexample}\n" if self.counterexample else ""
        )

    def __str__(self) -> str:
        """Say what was found in one line."""
        marks = {True: "yes", False: "no", None: "n/a"}
        laws = ", ".join(f"{name.replace('_', '-')} {marks[getattr(self, name)]}" for name in PROPERTIES[1:])
        return f"{self.target}: {self.verdict}; {laws}"


def shown(constant: Fraction | float) -> str:
    """Print a constant: a recognised one as a fraction, another to nine digits."""
    return str(constant) if isinstance(constant, Fraction) else f"{constant:.9g}"
