"""An L-statistic: exact weights on the ranks of K rewards."""

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Never, Self, TypeVar

from ordergrad_ref.errors import InvalidInputError, shown
from ordergrad_ref.objectives.exact_numbers import Number, exact_sequence

__all__ = ["LStatistic"]

T = TypeVar("T")


class LStatistic:
    r"""The objective ``J_α(p) = E[Σ_j α_j X_(j)]`` of K independent rewards, by its rank weights α.

    The weights are **ascending**: the first multiplies the smallest reward, the last the largest.
    They are held as exact rationals. Spec eqs. (1), (2); OrderGrad, arXiv 2606.06096.

    Parameters
    ----------
    weights
        The K rank weights: int, Fraction, float (converted bit for bit), Decimal, or strings such
        as ``"1/3"``; a one-dimensional array or any other ordered iterable of these.
    name
        The canonical spelling, given by the named constructors; leave it out otherwise.

    Raises
    ------
    InvalidInputError
        If there is no weight, or one is no finite number, or there are two dimensions.

    Notes
    -----
    Instances are immutable. Two are equal if their weights are; the name plays no part. The same
    objective may be written with several K (spec eq. (5)): compare the `reduced` forms for that.

    Examples
    --------
    >>> from ordergrad_ref.objectives import LStatistic
    >>> upper_half = LStatistic([0, 0, 0.5, 0.5])
    >>> upper_half
    LStatistic([0, 0, Fraction(1, 2), Fraction(1, 2)])
    >>> upper_half == LStatistic.from_top(["1/2", "1/2", 0, 0])
    True
    """

    __slots__ = ("_degree", "_hash", "_total", "k", "name", "weights")

    k: int
    """The size K of the comparison set."""
    name: str | None
    """The canonical spelling, such as ``"max@8"``, or None."""
    weights: tuple[Fraction, ...]
    """The K ascending rank weights."""

    def __init__(self, weights: Iterable[Number], *, name: str | None = None) -> None:
        checked = _checked(weights)
        object.__setattr__(self, "k", len(checked))
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "weights", checked)

    @classmethod
    def from_top(cls, weights: Iterable[Number]) -> Self:
        """Return the L-statistic whose weights are given top rank first.

        Raises
        ------
        InvalidInputError
            As the constructor does.

        Examples
        --------
        >>> from ordergrad_ref.objectives import LStatistic
        >>> LStatistic.from_top([3, 2, 1]).weights
        (Fraction(1, 1), Fraction(2, 1), Fraction(3, 1))
        """
        return cls(reversed(_checked(weights)))

    @property
    def total(self) -> Fraction:
        """Return ``Σ_j α_j``: the objective's value where all rewards are 1."""
        return self._once("_total", lambda: sum(self.weights, start=Fraction(0)))

    @property
    def degree(self) -> int:
        """Return the degree of ``b_α(u) = Σ_j α_j C(K−1,j−1) u^(j−1) (1−u)^(K−j)``.

        The coefficient of ``u^d`` is ``C(K−1,d) Δ^d α_1``, with Δ the forward difference. Spec eq.
        (3). Where all weights are 0 it is −1, so that the rule "a centred unbiased estimator from N
        rewards exists iff ``degree <= N−2``", spec eq. (38), holds for ``N = 1`` too.

        Examples
        --------
        >>> from ordergrad_ref.objectives import objective
        >>> [objective(s).degree for s in ("max@8", "mean@8", "gini@8")]
        [7, 0, 1]
        """
        return self._once("_degree", lambda: _degree(self.weights))

    def reduced(self) -> "LStatistic":
        """Return the L-statistic of smallest K with the same objective J for every distribution.

        ``J_α = ∫ Q(u) K b_α(u) du`` depends on the polynomial ``K b_α`` alone, so the smallest K is
        ``K' = degree + 1``. With the leading differences as coordinates,
        ``Δ^e α'_1 = K C(K−1,e) / (K' C(K'−1,e)) Δ^e α_1``. Spec eqs. (4), (5).

        Examples
        --------
        >>> from ordergrad_ref.objectives import objective
        >>> objective("gini@8").reduced() == objective("gini@2")
        True
        """
        K, reduced_k = self.k, max(self.degree, 0) + 1
        if reduced_k == K:
            return self
        leading = [
            Fraction(K * math.comb(K - 1, e), reduced_k * math.comb(reduced_k - 1, e)) * difference
            for e, difference in enumerate(_leading_differences(self.weights[:reduced_k]))
        ]
        return LStatistic(
            sum((math.comb(j, e) * leading[e] for e in range(j + 1)), start=Fraction(0))
            for j in range(reduced_k)
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LStatistic):
            return NotImplemented
        return self.weights == other.weights

    def __hash__(self) -> int:
        return self._once("_hash", lambda: hash(self.weights))

    def __repr__(self) -> str:
        if self.name is not None:
            return f"objective({self.name!r})"
        shown = (repr(w) if w.denominator != 1 else str(w) for w in self.weights)
        return f"LStatistic([{', '.join(shown)}])"

    def __str__(self) -> str:
        return self.name if self.name is not None else repr(self)

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"an LStatistic is immutable: cannot set {name!r}")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"an LStatistic is immutable: cannot delete {name!r}")

    def _once(self, slot: str, compute: Callable[[], T]) -> T:
        """Return the value kept in `slot`, computed the first time."""
        if not hasattr(self, slot):
            object.__setattr__(self, slot, compute())
        kept: T = getattr(self, slot)
        return kept

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (self.weights, self.name)


def _restored(weights: tuple[Fraction, ...], name: str | None) -> LStatistic:
    return LStatistic(weights, name=name)


def _checked(weights: Iterable[Number]) -> tuple[Fraction, ...]:
    if isinstance(weights, str):
        raise InvalidInputError(
            f"weights: expected a sequence of numbers, got the string {shown(weights)}; "
            "for a spelling write objective('max@8')"
        )
    return exact_sequence(weights, "weights")


def _degree(weights: tuple[Fraction, ...]) -> int:
    # Of the degrees that occur, most are near 0 (mean, Gini, L-moments) or near K−1 (max, tails):
    # so the search comes from both ends, in integers.
    scale = math.lcm(*{w.denominator for w in weights})
    values = [w.numerator * (scale // w.denominator) for w in weights]
    if not any(values):
        return -1
    row, top = values, len(values) - 1
    for low in range(len(values)):
        row = [after - before for before, after in pairwise(row)]
        if not any(row):
            return low
        # As many zeros as only a polynomial of the highest degree can have.
        if row.count(0) == len(row) - 1:
            return top
        if _difference(values, top - low) != 0:
            return top - low
    raise AssertionError("unreachable: the last row is empty")


def _difference(values: list[int], order: int) -> int:
    """Return ``Δ^d α_1 = Σ_j (−1)^(d−j) C(d,j) α_(j+1)``."""
    total, binomial = 0, 1
    for j in range(order + 1):
        if values[j]:
            total += binomial * values[j] * (-1) ** (order - j)
        binomial = binomial * (order - j) // (j + 1)
    return total


def _leading_differences(weights: tuple[Fraction, ...]) -> list[Fraction]:
    """Return ``Δ^e α_1`` for ``e = 0 … len(weights) − 1``."""
    leading, row = [], list(weights)
    while row:
        leading.append(row[0])
        row = [after - before for before, after in pairwise(row)]
    return leading
