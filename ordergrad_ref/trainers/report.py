"""What an audit of a loss or an update found, as data, in sentences, as a table and as JSON."""

from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any, Literal

from ordergrad_ref._version import __spec_version__, __version__
from ordergrad_ref.auditing import serial
from ordergrad_ref.auditing.decisions.rationals import shown
from ordergrad_ref.auditing.properties import MARKS
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.trainers.cause import Cause
from ordergrad_ref.trainers.characterisation import Mismatch
from ordergrad_ref.trainers.samples import Sample

__all__ = ["FORMAT", "FORMAT_VERSION", "Answer", "OnPolicy", "TrainerReport"]

FORMAT = "ordergrad_ref trainer report"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Answer:
    """One answer of a small policy: its tokens where there are any, its length, reward and probability."""

    tokens: tuple[int, ...] | None
    length: int
    reward: Fraction | float
    probability: float


@dataclass(frozen=True)
class OnPolicy:
    """What the expected update is at one policy, and what it should be. Spec eq. (100).

    Attributes
    ----------
    name : str
        Which policy it is.
    answers : tuple of Answers
        All of its answers.
    expected, true : tuples of floats
        The expected update, and ∇J, by the same parameters.
    angle : float
        Degrees between them; 90 where the expected update vanishes.
    constant : float
        ``⟨expected, true⟩ / ⟨true, true⟩``.
    residual : float
        ``|expected − constant · true| / |expected|``.
    variance : float or None
        The trace of the covariance of the update, of one batch.
    off_policy : bool
        Whether another policy sampled.
    """

    name: str
    answers: tuple[Answer, ...]
    expected: tuple[float, ...]
    true: tuple[float, ...]
    angle: float
    constant: float
    residual: float
    variance: float | None = None
    off_policy: bool = False


@dataclass(frozen=True)
class TrainerReport:
    """What was found of a loss, or of an update, for one objective and group size.

    Attributes
    ----------
    kind : {"loss", "update"}
        What was judged.
    target : str
        Its name.
    called_with : str
        How it was called.
    objective : LStatistic
        What it was judged for.
    n : int
        Group size N.
    types : tuple of Samples
        Rewards and lengths on which spec eq. (98) was decided, for every policy.
    unbiased : bool or None
        Whether the expected update is one positive constant times ∇J; ``None`` where that is not decided.
    constant : Fraction, float or None
        That constant; negative where the update descends, ``None`` where none fits.
    formula : str or None
        The constant as a formula in N, K and T, the number of columns; ``None`` where none was found.
    residual : float
        The largest violation, relative to the largest difference of two weights.
    causes : tuple of Causes
        Why it is biased.
    mismatch : Mismatch or None
        The smallest counterexample in rewards and lengths.
    policies : tuple of OnPolicies
        Expected updates at small policies, and the true gradients.
    notes : tuple of str
        What else was noticed.
    refusal : str or None
        Why it could not be judged: it is not deterministic, not finite, changes its input, …
    every_order : bool
        Whether all orders of each batch were tried.
    unit_roundoff : float
        u of the dtype of its answers.
    module, command : str or None
        Where it is defined, and the command line that asked.
    """

    kind: Literal["loss", "update"]
    target: str
    called_with: str = field(compare=False)
    objective: LStatistic
    n: int
    types: tuple[Sample, ...] = ()
    unbiased: bool | None = None
    constant: Fraction | float | None = None
    formula: str | None = None
    residual: float = 0.0
    causes: tuple[Cause, ...] = ()
    mismatch: Mismatch | None = None
    policies: tuple[OnPolicy, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: str | None = None
    every_order: bool = True
    unit_roundoff: float = 2.0**-53
    module: str | None = field(default=None, compare=False)
    command: str | None = field(default=None, compare=False)

    @property
    def counterexample(self) -> OnPolicy | None:
        """The smallest policy at which the expected update is wrong; ``None`` where it is unbiased."""
        return None if self.unbiased else next((p for p in self.policies if not p.off_policy), None)

    @property
    def angle(self) -> float | None:
        """Degrees between the expected update and ∇J at the policy where they are largest; on policy."""
        angles = [p.angle for p in self.policies if not p.off_policy]
        return max(angles) if angles else None

    @property
    def verdict(self) -> str:
        """One sentence. Spec eqs. (98), (100)."""
        what = f"the expected {'gradient of the loss' if self.kind == 'loss' else 'update'}"
        if self.refusal is not None:
            return f"cannot be judged: {self.refusal}"
        if self.unbiased is None:
            return "bias not decided: rounding hides what would decide it"
        if self.constant is None:
            angle = "" if not self.angle else f", {self.angle:.4g}° off at a small policy"
            because = "; ".join(c.says for c in self.causes)
            return f"biased for {self.objective}{angle}" + (f": {because}" if because else "")
        if self.constant == 0:
            return f"no signal: {what} is zero for every policy ({self.objective})"
        c = shown(self.constant) + (f" = {self.formula}" if self._tells else "")
        if self.constant < 0:
            return f"reversed: {what} is {c} times that of {self.objective}, for every policy"
        granted = (
            "" if self.every_order else "; orders of a batch that were not tried are taken to change nothing"
        )
        return f"unbiased for {self.objective}: {what} is c ∇J for every policy, c = {c}{granted}"

    @property
    def _tells(self) -> bool:
        return self.formula is not None and any(letter in self.formula for letter in "NKT")

    def table(self) -> str:
        """Lay out the findings as plain text."""
        lines = [
            f"{self.target}, a {self.kind}, for {self.objective}, groups of N = {self.n}",
            f"{MARKS[self.unbiased]} {self.verdict}",
            f"  {self.called_with}",
        ]
        lines += [f"  cause: {c}" for c in self.causes]
        lines += [f"  note: {note}" for note in self.notes]
        if self.policies:
            lines += [
                "",
                "  policy                                angle      c            residual   variance",
            ]
            lines += [f"  {_row(p)}" for p in self.policies]
        if self.mismatch is not None:
            lines += ["", f"Smallest counterexample. {self.mismatch}"]
        if self.counterexample is not None:
            lines += ["", *_policy_lines(self.counterexample)]
        return "\n".join(lines) + "\n"

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        from ordergrad_ref.auditing.tables import as_html

        return as_html([], [self.table()])

    def __str__(self) -> str:
        """The table."""
        return self.table()

    def to_json(self) -> dict[str, Any]:
        """Give everything as JSON data, in the form of ``ordergrad_ref/trainers/report.schema.json``."""
        m = self.mismatch
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "specification": __spec_version__,
            "version": __version__,
            "kind": self.kind,
            "target": self.target,
            "module": self.module,
            "command": self.command,
            "called_with": self.called_with,
            "objective": serial.objective_data(self.objective),
            "n": self.n,
            "types": [_sample(s) for s in self.types],
            "verdict": self.verdict,
            "unbiased": self.unbiased,
            "constant": serial.number_data(self.constant),
            "formula": self.formula,
            "residual": serial.float_data(self.residual),
            "unit_roundoff": self.unit_roundoff,
            "every_order": self.every_order,
            "causes": [asdict(c) for c in self.causes],
            "mismatch": None
            if m is None
            else {
                "says": str(m),
                "others": [_sample(s) for s in m.others],
                "first": _sample(m.first),
                "second": _sample(m.second),
                "position": m.position,
                "came": m.came,
                "right": m.right,
            },
            "policies": [_policy_data(p) for p in self.policies],
            "notes": list(self.notes),
            "refusal": self.refusal,
        }


def _sample(s: Sample) -> dict[str, Any]:
    return {"reward": str(s.reward), "length": s.length}


def _policy_data(p: OnPolicy) -> dict[str, Any]:
    return {
        "name": p.name,
        "off_policy": p.off_policy,
        "answers": [
            {
                "tokens": None if a.tokens is None else list(a.tokens),
                "length": a.length,
                "reward": float(a.reward),
                "probability": a.probability,
            }
            for a in p.answers
        ],
        "expected": list(p.expected),
        "true": list(p.true),
        "angle": p.angle,
        "constant": p.constant,
        "residual": serial.float_data(p.residual),
        "variance": serial.float_data(p.variance),
    }


def _row(p: OnPolicy) -> str:
    variance = "" if p.variance is None else f"{p.variance:.4g}"
    return f"{p.name:<37} {p.angle:>9.6f}° {p.constant:<12.6g} {p.residual:<10.2g} {variance}".rstrip()


def _policy_lines(p: OnPolicy) -> list[str]:
    lines = [f"Smallest policy that shows it ({p.name}): {p.angle:.6g}° off, c = {p.constant:.6g} there."]
    lines.append("  length  reward  probability  tokens")
    for a in p.answers:
        tokens = "" if a.tokens is None else " ".join(map(str, a.tokens))
        lines.append(f"  {a.length:>6}  {float(a.reward):>6.4g}  {a.probability:>11.4g}  {tokens}".rstrip())
    if len(p.true) <= 12:
        lines.append("  expected  " + "  ".join(f"{x:.5g}" for x in p.expected))
        lines.append("  true      " + "  ".join(f"{x:.5g}" for x in p.true))
    return lines
