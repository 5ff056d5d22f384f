"""An L-statistic: exact weights on the ranks of K rewards."""

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Never, Self, TypeVar

from ordergrad_ref.errors import InvalidInputError, shown
from ordergrad_ref.objectives.exact_numbers import (
    LARGEST_K,
    Number,
    exact_sequence,
    integer,
    over_one_denominator,
    parameter,
)
from ordergrad_ref.objectives.sum_spelling import name_of_multiple, name_of_sum

__all__ = ["LStatistic"]

T = TypeVar("T")

LARGEST_ELEVATION = 200_000
"""Products of binomial coefficients in exact weights of a larger K, at most."""


class LStatistic:
    r"""The objective ``J_α(p) = E[Σ_j α_j X_(j)]`` of K independent rewards, by its rank weights α.

    Objectives add: ``a + b``, ``a - b``, ``2 * a`` are objectives of the larger K, exactly.
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
    __array_ufunc__ = None  # so that NumPy's numbers leave the product to us

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
        return self._once("_total", lambda: _sum(self.weights))

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

    def elevated(self, k: int) -> "LStatistic":
        """Return the same objective by the rank weights of k rewards, ``k >= K``.

        ``α'_t = Σ_j α_j C(t−1,j−1) C(k−t,K−j) / C(k,K)``: the mean of T over the subsets of K among k.
        `reduced` leads back. Spec eqs. (5), (22), (81).

        Raises
        ------
        InvalidInputError
            If `k` is no integer, below K, or so large that the exact weights would take minutes.

        Examples
        --------
        >>> from ordergrad_ref.objectives import objective
        >>> objective("max@2").elevated(3)
        LStatistic([0, Fraction(1, 3), Fraction(2, 3)])
        """
        n = integer(k, "k", self.k, LARGEST_K, f"K = {self.k} <= k <= {LARGEST_K}")
        if n == self.k:
            return self
        used = {j: a for j, a in enumerate(self.weights, 1) if a}
        if n * len(used) > LARGEST_ELEVATION:
            raise InvalidInputError(
                f"k: expected k times the number of rank weights that are not zero to be at most "
                f"{LARGEST_ELEVATION} for exact weights, got {n} * {len(used)}"
            )
        if len(set(self.weights)) == 1:
            return LStatistic([self.total / n] * n)
        scale = math.comb(n, self.k)
        return LStatistic(
            sum(a * math.comb(t - 1, j - 1) * math.comb(n - t, self.k - j) for j, a in used.items())
            / Fraction(scale)
            for t in range(1, n + 1)
        )

    def __add__(self, other: object) -> "LStatistic":
        """Elevate both to the larger K and add the rank weights. Spec eq. (81)."""
        if not isinstance(other, LStatistic):
            return NotImplemented
        k = max(self.k, other.k)
        pairs = zip(self.elevated(k).weights, other.elevated(k).weights, strict=True)
        return LStatistic([a + b for a, b in pairs], name=name_of_sum(self.name, other.name))

    def __sub__(self, other: object) -> "LStatistic":
        return self + -1 * other if isinstance(other, LStatistic) else NotImplemented

    def __neg__(self) -> "LStatistic":
        return -1 * self

    def __mul__(self, factor: Number) -> "LStatistic":
        """Multiply all rank weights by a number, which is meant exactly: 0.1 is a tenth. Spec eq. (81)."""
        if isinstance(factor, str | LStatistic):
            return NotImplemented
        by = parameter(factor, "factor")
        return LStatistic([by * a for a in self.weights], name=name_of_multiple(by, self.name))

    __rmul__ = __mul__

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
        try:
            kept: T = getattr(self, slot)
        except AttributeError:
            kept = compute()
            object.__setattr__(self, slot, kept)
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


def _sum(weights: tuple[Fraction, ...]) -> Fraction:
    numerators, denominator = over_one_denominator(weights)
    return Fraction(sum(numerators), denominator)


def _degree(weights: tuple[Fraction, ...]) -> int:
    # Of the degrees that occur, most are near 0 (mean, Gini, L-moments) or near K−1 (max, tails):
    # so the search comes from both ends, in integers.
    values, _ = over_one_denominator(weights)
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
