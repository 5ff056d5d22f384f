"""What an audit must find for exit status 0: the target's own claims, or what the caller requires."""

from dataclasses import dataclass
from fractions import Fraction

from ordergrad_ref.agreement import COARSE
from ordergrad_ref.auditing.decisions.rationals import shown
from ordergrad_ref.auditing.properties import FULL_PROPERTIES, PROPERTIES
from ordergrad_ref.auditing.report import Report
from ordergrad_ref.contracts import Contract
from ordergrad_ref.errors import InvalidInputError, did_you_mean
from ordergrad_ref.objectives import LStatistic

__all__ = ["Requirement", "claims", "parse"]


LIMIT = Fraction(str(COARSE))

MIXED = (
    "groups-apart: expected each group to get in a call with others what it gets alone, but what it gets "
    "depends on the others; to require only what was found of single groups, name it: --require unbiased"
)


@dataclass(frozen=True)
class Requirement:
    """One property of a report, or its constant.

    "Unbiased" is met only if it was decided ``within`` a thousandth, or what the caller says: in bfloat16 it
    is decided within 6 %. Spec section 9.4.

    One that is ``tacit`` is failed by what was found not to hold, and not by what could not be tested;
    "groups apart" by what takes several groups in one call and mixes them: a function of one group may answer
    tables as it likes.
    """

    name: str
    constant: Fraction | None = None
    within: Fraction = LIMIT
    tacit: bool = False

    def __str__(self) -> str:
        """Such as ``shift-invariant`` or ``constant=1/4``."""
        name = self.name.replace("_", "-")
        return name if self.constant is None else f"{name}={self.constant}"

    def failure(self, report: Report) -> str | None:
        """Say what came instead; ``None`` where the report meets the requirement."""
        label = self.name.replace("_", "-")
        if self.name == "constant":
            if self.constant is not None and _is(self.constant, report):
                return None
            found = "none" if report.constant is None else shown(report.constant)
            return f"constant: expected {self.constant}, found {found}"
        if self.tacit and self.name == "groups_apart":
            return MIXED if report.mixes_groups else None
        finding = report.finding(self.name)
        if self.tacit and finding.holds is None:
            return None
        if finding.holds is None:
            return f"{label}: expected to hold, cannot be tested: {finding.says}"
        if self.name == "unbiased" and finding.holds and report.tolerance > self.within:
            decided = report.within or f" within {report.tolerance:.2g}"
            finer = "audit it in a finer dtype" if report.draws is None else "average over more draws in it"
            return (
                f"unbiased: expected within {float(self.within):g}, decided only{decided}; "
                f"{finer}, or require unbiased={report.tolerance:.2g}"
            )
        return None if finding.holds else f"{label}: expected to hold, does not"


def _is(constant: Fraction, report: Report) -> bool:
    c = report.constant
    return c is not None and abs(Fraction(c) - constant) <= Fraction(report.tolerance) * abs(constant)


def claims(
    contract: Contract | None, objective: LStatistic, n: int, k: int, *, asked: bool
) -> list[Requirement]:
    """List what a contract claims in groups of n; a function without one claims that it is unbiased.

    Either way groups must not be mixed where several are taken in one call, which no single group shows, and
    what holds in groups of n must hold in groups of other sizes, where they are taken.
    Where another objective than the contract's own is ``asked`` for, being unbiased for it is what is tested.
    """
    always = [Requirement("groups_apart", tacit=True), Requirement("other_sizes", tacit=True)]
    if contract is None:
        return [Requirement("unbiased"), *always]
    required = always
    required += [
        Requirement(name) for name in PROPERTIES if name in contract.claims(k) and name != "unbiased"
    ]
    if objective == contract.objective(n, k) and contract.constant is not None:
        c = contract.constant.mean(n, k)
        required.append(Requirement("constant", c))
        if c:
            required.append(Requirement("unbiased"))
    elif asked:
        required.append(Requirement("unbiased"))
    return required


def parse(require: list[str]) -> list[Requirement]:
    """Read ``unbiased,centred``, ``constant=1/4`` and ``unbiased=1/10``: unbiased within a tenth.

    Examples
    --------
    >>> [(r.name, r.constant) for r in parse(["shift-invariant,constant=1/4"])]
    [('shift_invariant', None), ('constant', Fraction(1, 4))]
    """
    return [_one(text.strip()) for group in require for text in group.split(",")]


def _one(text: str) -> Requirement:
    name, equals, number = text.partition("=")
    name = name.strip().lower().replace("-", "_")
    if name == "constant" and equals:
        try:
            return Requirement("constant", Fraction(number.strip()))
        except (ValueError, ZeroDivisionError):
            raise InvalidInputError(f"require: expected a constant such as 1/4, got {number!r}") from None
    if name == "unbiased" and equals:
        try:
            within = Fraction(number.strip())
        except (ValueError, ZeroDivisionError):
            within = Fraction(0)
        if 0 < within < 1:
            return Requirement("unbiased", within=within)
    if name in (*PROPERTIES, *FULL_PROPERTIES) and not equals:
        return Requirement(name)
    known = [*(p.replace("_", "-") for p in (*PROPERTIES, *FULL_PROPERTIES)), "constant=1/4", "unbiased=1/10"]
    raise InvalidInputError(f"require: expected {', '.join(known)}, got {text!r}{did_you_mean(text, known)}")
