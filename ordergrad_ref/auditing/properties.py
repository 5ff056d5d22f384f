"""The properties that an audit judges: one row each, and everything that is said of them anywhere.

A row gives the name, the equation, the sentences of the verdicts and the formula; the audit's findings, a
report's text and JSON and the web page read it. A law that the answers at hand decide is added by one row:
its ``violation`` is asked on every batch. For one that takes further calls a step is written besides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing.decisions import laws

__all__ = ["FULL_PROPERTIES", "MARKS", "PROPERTIES", "Property", "property_named"]

Table: TypeAlias = NDArray[np.float64]
Violation: TypeAlias = NDArray[np.float64]

MARKS = {True: "✓", False: "✗", None: "–"}
"""How a verdict is drawn: the property holds, does not, does not apply or is not decided."""


@dataclass(frozen=True)
class Property:
    """One property of an estimator.

    Attributes
    ----------
    name : str
        Such as ``"shift_invariant"``.
    equation : int
        Its equation in the specification.
    formula : tuple of str
        That equation in TeX, in one line or several.
    holds, broken, undecided : str
        The verdict in words: that it holds, that it does not, or why it is not decided.
        Empty where the step that judges it always says more.
    violation : callable (rewards (G, N), advantages (G, N)) -> (G,), optional
        By how much each batch violates it, if the answers at hand decide that.
    headline : bool
        Whether it stands in a report's one line.
    full : bool
        Whether only a full audit asks for it.
    cited : str
        The equations behind it, where they are more than one.
    measure, unit : str
        What its largest violation is called, and in what it is measured.
    """

    name: str
    equation: int
    formula: tuple[str, ...]
    holds: str = ""
    broken: str = ""
    undecided: str = ""
    violation: Callable[[Table, Table], Violation] | None = None
    headline: bool = False
    full: bool = False
    cited: str = ""
    measure: str = "violation"
    unit: str = "of the advantages at hand"

    @property
    def label(self) -> str:
        """The name as people write it: ``shift-invariant``."""
        return self.name.replace("_", "-")

    @property
    def citation(self) -> str:
        """Where the specification defines it: ``eq. (62)``."""
        return self.cited or f"eq. ({self.equation})"

    def sentence(self, verdict: bool | None) -> str:
        """Return the verdict in words."""
        return {True: self.holds, False: self.broken, None: self.undecided}[verdict]


_ROWS = (
    Property(
        name="unbiased",
        equation=37,
        cited="eqs. (36), (56), hence (37)",
        formula=(
            r"𝔼\Bigl[\frac1N \sum_i A_i\, \nabla\log p(x_i)\Bigr] = c\, \nabla J, \quad c > 0",
            r"A(b; n) - A(b′; n) = c K\, \bigl[q(b; n) - q(b′; n)\bigr]",
        ),
        holds="the expected gradient is a positive constant times the true one, for every distribution on "
        "these rewards",
        broken="the expected gradient is no positive constant times the true one, for some distribution on "
        "these rewards",
        undecided="not decided: its answers are rounded by more than what they must tell",
    ),
    Property(
        name="centred",
        equation=25,
        formula=(r"\sum_i A_i = 0",),
        holds="advantages sum to zero in every group",
        broken="advantages do not sum to zero",
        violation=lambda rewards, advantages: laws.off_centre(advantages),
        headline=True,
    ),
    Property(
        name="shift_invariant",
        equation=62,
        formula=(r"A(x + s) = A(x)",),
        holds="adding a number to all rewards changes nothing",
        broken="adding a number to all rewards changes the advantages",
        undecided="its rewards cannot be shifted",
        headline=True,
    ),
    Property(
        name="permutation_equivariant",
        equation=62,
        formula=(r"A(x_\pi) = A(x)_\pi",),
        holds="the order of the rewards does not matter",
        broken="the order of the rewards matters",
        headline=True,
    ),
    Property(
        name="tie_consistent",
        equation=62,
        formula=(r"x_i = x_j \;\Rightarrow\; A_i = A_j",),
        holds="tied rewards get equal advantages",
        broken="tied rewards get different advantages",
        violation=laws.tie_dependence,
        headline=True,
    ),
    Property(
        name="direction_right",
        equation=61,
        formula=(r"𝔼\Bigl[\frac1N \sum_i A_i\, \nabla\log p(x_i)\Bigr] = c(p)\, \nabla J, \quad c(p) > 0",),
        holds="at every policy on these rewards the expected gradient points where the true one does",
        broken="at some policy the expected gradient does not point where the true one does",
        undecided="the signs of its polynomials decide nothing",
    ),
    Property(
        name="positively_homogeneous",
        equation=62,
        formula=(r"A(\lambda x) = \lambda A(x), \quad \lambda > 0",),
        holds="rewards in another unit give advantages in that unit",
        broken="rewards in another unit do not give the same advantages in that unit",
        undecided="its rewards cannot be scaled",
    ),
    Property(
        name="monotone",
        equation=62,
        formula=(r"x_i < x_j \;\Rightarrow\; A_i \le A_j",),
        holds="a larger reward never gets less than a smaller one beside it",
        broken="a larger reward gets less than a smaller one beside it",
        violation=laws.discord,
    ),
    Property(
        name="zero_on_equal_rewards",
        equation=62,
        formula=(r"A(r, \dots, r) = 0",),
        holds="all-equal rewards give zeros",
        broken="all-equal rewards do not give zeros",
        violation=laws.signal_of_equals,
    ),
    Property(
        name="groups_apart",
        equation=62,
        formula=(r"A(\text{batch of groups}) = (A(\text{group}))_{\text{groups}}",),
        holds="a batch of groups is answered as group by group",
        broken="a batch of groups is not answered as group by group: it mixes groups, or works along "
        "another axis",
        undecided="takes one group at a time",
    ),
    Property(
        name="deterministic",
        equation=62,
        formula=(),
        holds="the same rewards get the same answer, at the end of the audit too",
        broken="the same rewards got another answer at the end of the audit than at its start",
    ),
    Property(
        name="other_sizes",
        equation=56,
        formula=(r"A(b; n) - A(b′; n) = c_N K\, \bigl[q(b; n) - q(b′; n)\bigr]",),
        holds="right in groups of two other sizes, where it was tried",
        broken="wrong in groups of another size",
        undecided="not asked: at the size that was named it is not unbiased, or orders matter",
    ),
    Property(
        name="input_unchanged",
        equation=62,
        formula=(),
        holds="the rewards are left as they were, on every call",
    ),
    Property(
        name="dtypes",
        equation=64,
        cited="eqs. (54), (64)",
        formula=(r"\max_i \left| \hat A_i - A_i \right| \le (5N + 6)\, \mathrm u \cdot \text{scale}",),
        full=True,
        measure="error",
        unit="u · scale",
    ),
    Property(
        name="large_offsets",
        equation=64,
        formula=(
            r"\max_i \left| A_i(x + s) - A_i(x) \right| \le \sqrt{\mathrm u} \cdot \text{scale}, \quad "
            r"s = 2^{20} \cdot \text{range}",
        ),
        full=True,
    ),
    Property(
        name="large_groups",
        equation=60,
        formula=(r"A(v_{s+1}; n) - A(v_s; n) = (v_{s+1} - v_s)\, c K\, e_t^{(N)}",),
        full=True,
    ),
    Property(
        name="layouts",
        equation=62,
        formula=(r"A(\text{flat rewards with ids}) = (A(\text{group}))_{\text{groups}}",),
        holds="groups are answered as alone: of one size or several, one after another, in turn, shuffled",
        broken="a group's answer depends on where its rewards stand",
        undecided="takes no group ids",
        full=True,
    ),
    Property(
        name="edge_sizes",
        equation=38,
        formula=(r"\deg\, b_\alpha \le N - 2",),
        full=True,
    ),
)

PROPERTIES = {row.name: row for row in _ROWS if not row.full}
"""What every audit judges, by name, in the order of a report."""

FULL_PROPERTIES = {row.name: row for row in _ROWS if row.full}
"""What a full audit judges besides."""


def property_named(name: str) -> Property | None:
    """Look up a property; ``None`` where there is none of that name."""
    return PROPERTIES.get(name) or FULL_PROPERTIES.get(name)
