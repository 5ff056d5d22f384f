"""A function at other sizes, on other problems, in other numbers: what a full audit adds."""

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing import sizes as numerics
from ordergrad_ref.auditing.decisions import laws
from ordergrad_ref.auditing.decisions.bias import fitted_constant
from ordergrad_ref.auditing.decisions.estimand import respelt
from ordergrad_ref.auditing.decisions.known_estimators import exactly
from ordergrad_ref.auditing.decisions.multisets import Multisets
from ordergrad_ref.auditing.decisions.rationals import ROUNDINGS, Tried, formula, recognised
from ordergrad_ref.auditing.decisions.variance import PROBLEMS, Problem, Variance, variance
from ordergrad_ref.contracts import of as contract_of
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.targets.target import Target

if TYPE_CHECKING:
    from ordergrad_ref.auditing.steps import Inquiry

__all__ = ["Survey"]

Table: TypeAlias = NDArray[np.float64]

THREE_VALUES = (Fraction(0), Fraction(1), Fraction(4))
SEED = 2606
LARGEST_N = 8
MORE_N = 7
MOST_MULTISETS = 1000
SOME = 256
EXACT_REWARDS = 1024
OFFSETS = (Fraction(1), Fraction(10))


class Survey:
    """The questions of a full audit, put to the function of an inquiry."""

    def __init__(self, inquiry: "Inquiry") -> None:
        self.of = inquiry
        contract = contract_of(inquiry.function)
        own = contract is not None and contract.objective(inquiry.n, inquiry.alpha.k) == inquiry.alpha
        self.contract = contract if own else None

    def formula(self) -> None:
        """Fit the constant at other N and K, and look for the formula. Spec eq. (63)."""
        if self.of.constant is None or self.of.constant == 0:
            return
        sizes = dict.fromkeys([*self._sizes(), (self.of.n, self.of.alpha.k)])
        self.of.found["formula"] = formula([self._constant(n, k) for n, k in sizes])

    def variances(self) -> None:
        """Compute exact variances: each problem, then other N, K and offsets on one. Spec eqs. (65), (66)."""
        if not self.of.equivariant:
            return
        n, k = self.of.n, self.of.alpha.k
        problems = self._problems()
        one = next((p for p in problems if p.name == "sparse binary"), problems[0])
        asked = [(p, n, k, Fraction(0)) for p in problems]
        asked += [(one, other, k, Fraction(0)) for other in (k + 1, 2 * n, 4 * n)]
        if self.takes_k:
            asked += [(one, n, other, Fraction(0)) for other in (1, 2, n // 2, n - 1)]
        if not self.of.only_these:
            asked += [(one, n, k, s) for s in OFFSETS]
        rows = (self._variance(*what) for what in dict.fromkeys(asked))
        self.of.found["variances"] = tuple(row for row in rows if row is not None)

    def dtypes(self) -> None:
        """Climb the ladder of dtypes. Spec eqs. (54), (64)."""
        table = self.of.batches[-1]
        rows = np.linspace(0, len(table) - 1, min(len(table), SOME)).astype(int)
        some = table[rows]
        ladder = (
            self._in_float64(some),
            *numerics.dtype_ladder(self.of.function, self.of.alpha, some, self.of.call),
        )
        self.of.found["precisions"] = ladder
        verdicts = [p.holds for p in ladder if p.holds is not None]
        says = ", ".join(
            f"{p.dtype}: {p.error:.2g} u · scale, u = {p.unit_roundoff:.1e}"
            if p.error is not None
            else f"{p.dtype} {p.says.partition(':')[0]}"
            for p in ladder
        )
        worst = max((p.error for p in ladder if p.error is not None), default=None)
        self.of.add("dtypes", all(verdicts) if verdicts else None, says, violation=worst)

    def _in_float64(self, table: Table) -> numerics.Precision:
        """Beside the exact answer of the known estimator that it equals, if there is one."""
        known = next(iter(self.of.found["lookalikes"]), None)
        some = table[: max(EXACT_REWARDS // table.shape[1], 1)]
        exact = None if known is None else exactly(known, self.of.found["estimand"], some)
        if exact is None:
            return numerics.Precision("float64", self.of.u, None, "not known: it equals nothing exact")
        error = numerics.in_roundings(self.of.call(some), exact, self.of.u)
        return numerics.Precision("float64", self.of.u, error, f"beside {known}, in exact rationals")

    def offset(self) -> None:
        """Add a million times the range. Spec eq. (64)."""
        invariant = next((f.holds for f in self.of.findings if f.name == "shift_invariant"), None)
        if not invariant:
            self.of.add("large_offsets", None, "not shift-invariant")
            return
        try:
            loss = numerics.offset_loss(self.of.call, self.of.batches[-1], self.of.answers[-1])
        except TargetError as error:
            self.of.add("large_offsets", None, str(error))
            return
        if loss is None:
            self.of.add("large_offsets", None, "the rewards have too many digits to add an offset exactly")
            return
        says = f"at an offset of a million ranges, off by {loss:.2g} of the largest advantage"
        self.of.add("large_offsets", loss <= self.of.tolerance, says, violation=loss)

    def large_groups(self) -> None:
        """Double the group until 2048. Spec eq. (60)."""
        found = self.of.found.get("estimand")
        if self.of.constant is None or not self.of.constant or found is None:
            self.of.add("large_groups", None, "no constant, nothing to hold large groups against")
            return
        tried = self.of.found["formula"].tried
        if any(t.says == "biased" and t.k == self.of.alpha.k < t.n for t in tried):
            self.of.add("large_groups", None, "not unbiased for this objective at other sizes")
            return
        if self.contract is not None and self._objective_at(self.of.alpha.k, 2 * self.of.n) != self.of.alpha:
            self.of.add("large_groups", None, "its objective changes with N")
            return
        values = np.array([float(v) for v in self.of.support])
        size, wrong = numerics.largest_group(
            self.of.target, self.of.alpha, values, self.of.n, self.of.tolerance
        )
        says = f"at N = {size}: {wrong}" if wrong else f"right up to N = {size}"
        if not wrong and size < numerics.SIZES[-1]:
            says += "; beyond it takes too long"
        self.of.add("large_groups", wrong is None, says)

    def layouts(self) -> None:
        """Give it groups of several sizes, in turn and shuffled, by their ids. Spec eq. (62)."""
        target, n = self.of.target, self.of.n
        if not target.takes_ids:
            self.of.add("layouts", None)
            return
        rng = np.random.default_rng(SEED)
        values = np.array([float(v) for v in self.of.support])
        says = []
        for name, sizes in {"equal": (n,) * 5, "ragged": (n, n + 3, n + 1, n, n + 2)}.items():
            groups = [rng.choice(values, size) for size in sizes]
            try:
                found = laws.layout_dependence(target.flat, lambda x: self.of.call(x[None])[0], groups, SEED)
            except TargetError as error:
                says.append(f"groups of {name} sizes: {error}")
                continue
            wrong = [layout for layout, v in found.items() if v > self.of.tolerance * max(self.of.scales)]
            if wrong:
                says.append(f"groups of {name} sizes are answered differently {' and '.join(wrong)}")
        self.of.add("layouts", not says, "; ".join(says) or None)

    def edge_sizes(self) -> None:
        """Try one reward, K = 1 and K = N. Spec eq. (38)."""
        n, k = self.of.n, self.of.alpha.k
        sizes = [(1, 1), (1, k), (n, 1), (k, k)] if self.takes_k else [(1, k), (k, k)]
        values = np.array([float(v) for v in self.of.support])
        found = numerics.edges(self._objective_at, self.of.function, self.of.target, k, values, sizes)
        self.of.found["edges"] = found
        says = "; ".join(f"N = {e.n}, K = {e.k} {e.says.partition(':')[0]}" for e in found)
        self.of.add("edge_sizes", all(e.sound for e in found), says)

    # ---- sizes, problems

    @cached_property
    def takes_k(self) -> bool:
        """Whether its answers change with the K that it is given."""
        alpha, table = self.of.alpha, self.of.batches[0]
        for k in (alpha.k - 1, alpha.k + 1):
            other = respelt(alpha, k) if 0 < k < self.of.n else None
            if other is None:
                continue
            try:
                answer = Target(self.of.function, other)(table)
            except TargetError:
                return True
            return bool(abs(answer - self.of.answers[0]).max() > self.of.tolerance * self.of.scales[0])
        return False

    def _sizes(self) -> Iterator[tuple[int, int]]:
        k = self.of.alpha.k
        if self.takes_k and (self.contract is not None or respelt(self.of.alpha, 2) is not None):
            yield from ((n, j) for n in range(2, LARGEST_N + 1) for j in range(1, n + 1))
        else:
            yield from ((n, k) for n in range(max(k, 2), max(k, 2) + MORE_N))

    def _objective_at(self, k: int, n: int | None = None) -> LStatistic | None:
        if self.contract is not None and n is not None:
            return self.contract.objective(n, k)
        return self.of.alpha if k == self.of.alpha.k else respelt(self.of.alpha, k)

    def _constant(self, n: int, k: int) -> Tried:
        """Fit the constant on three values (or the first of those that were given)."""
        if (n, k) == (self.of.n, self.of.alpha.k):
            return Tried(n, k, self.of.constant)
        values = self.of.support[:3] if self.of.only_these else THREE_VALUES
        alpha = self._objective_at(k, n)
        if alpha is None or alpha.k > n:
            return Tried(n, k, None, "no such objective")
        try:
            target, multisets = Target(self.of.function, alpha), Multisets(n, values)
            table = multisets.table
            by_value = (
                multisets.mean_by_value(table, target(table))
                if self.of.equivariant
                else multisets.mean_over_arrangements(target)
            )
            d = multisets.differences(by_value, alpha)
            c, residual, precision = fitted_constant(d, alpha.k, target.unit_roundoff)
        except (TargetError, InvalidInputError) as error:
            return Tried(n, k, None, str(error))
        self.of.progress.called(len(table))
        if residual > np.sqrt(target.unit_roundoff):
            return Tried(n, k, None, "biased")
        return Tried(n, k, recognised(c, max(ROUNDINGS * target.unit_roundoff, 2 * precision)))

    def _problems(self) -> list[Problem]:
        if not self.of.only_these:
            return list(PROBLEMS)
        known = [p for p in PROBLEMS if set(p.rewards) <= set(self.of.support)]
        m = len(self.of.support)
        rare = (Fraction(2 * m - 1, 2 * m), *[Fraction(1, 2 * m * (m - 1))] * (m - 1))
        return known or [
            Problem("uniform", self.of.support, (Fraction(1, m),) * m),
            Problem("mostly the least", self.of.support, rare),
        ]

    def _variance(self, problem: Problem, n: int, k: int, offset: Fraction) -> Variance | None:
        alpha = self._objective_at(k, n)
        if alpha is None or alpha.k > n or comb(n + len(problem.rewards) - 1, n) > MOST_MULTISETS:
            return None
        try:
            target = Target(self.of.function, alpha)
            row = variance(target, problem, n, alpha, offset, self.of.u)
        except (TargetError, InvalidInputError):
            return None
        self.of.progress.called(1)
        return row
