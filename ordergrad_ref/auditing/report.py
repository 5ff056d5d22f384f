"""What an audit found, as data, as sentences and as a table."""

from dataclasses import dataclass
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
    counterexample : Counterexample or None
        Where it is biased: the smallest policy that shows it.
    """

    target: str
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
    counterexample: Counterexample | None

    @property
    def verdict(self) -> str:
        """One sentence on bias. Spec eq. (37)."""
        if self.constant is None:
            return f"biased for {self.objective} (residual {self.residual:.2g})"
        if self.constant == 0:
            return f"no signal: the expected gradient is zero for every distribution ({self.objective})"
        if self.constant < 0:
            return f"reversed: the expected gradient is {self.constant} times that of {self.objective}"
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
        Console(width=100, file=text).print(report_table(self))
        return text.getvalue() + (
            f"Smallest counterexample\n{self.counterexample}\n" if self.counterexample else ""
        )

    def __str__(self) -> str:
        """Say what was found in one line."""
        marks = {True: "yes", False: "no", None: "n/a"}
        laws = ", ".join(f"{name} {marks[getattr(self, name)]}" for name in PROPERTIES[1:])
        return f"{self.target}: {self.verdict}; {laws}".replace("_", "-")


def shown(constant: Fraction | float) -> str:
    """Print a constant: a recognised one as a fraction, another to nine digits."""
    return str(constant) if isinstance(constant, Fraction) else f"{constant:.9g}"
