"""The constant c as one formula in N and K, found from its values at several sizes. Spec eq. (63)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod

__all__ = ["Formula", "Tried", "formula"]


SQRT_U = 2.0**-26.5
"""Spec eq. (55) in float64."""


@dataclass(frozen=True)
class Tried:
    """The constant found at one size; None where the function was biased, or not defined, there."""

    n: int
    k: int
    constant: Fraction | float | None
    says: str = ""


@dataclass(frozen=True)
class Formula:
    """What the constants at several sizes have in common.

    Attributes
    ----------
    text : str or None
        The formula, such as ``"(N−K)/(N K)"``: the only one of spec eq. (63) that all sizes agree with.
    says : str
        Where it was tried, or why there is none.
    tried : tuple of Tried
        The constant at each size.
    rho : Fraction or None
        The formula's rational factor; ``None`` where there is no formula.
    exponents : tuple of int
        The exponents of `FACTORS`.
    tolerance : float
        Within which constants that are no fractions count as equal, relative to them.
    """

    text: str | None
    says: str
    tried: tuple[Tried, ...]
    rho: Fraction | None = None
    exponents: tuple[int, ...] = ()
    tolerance: float = SQRT_U

    def at(self, n: int, k: int) -> Fraction | float | None:
        """Predict the constant at another size: by the formula, or where all that were found are one.

        ``None`` where neither says anything.
        """
        if self.rho is not None:
            return self.rho * _product(self.exponents, n, k)
        found = [t for t in self.tried if t.constant and t.k == k]
        c = found[0].constant if len({t.n for t in found}) > 1 else None
        return c if c and all(_same(t.constant or 0, c, self.tolerance) for t in found) else None


FACTORS: dict[str, tuple[range, Callable[[int, int], int]]] = {
    "N": (range(-2, 3), lambda n, k: n),
    "K": (range(-2, 3), lambda n, k: k),
    "(N−1)": (range(-1, 2), lambda n, k: n - 1),
    "(K−1)": (range(-1, 2), lambda n, k: k - 1),
    "(K+1)": (range(-1, 2), lambda n, k: k + 1),
    "(N−K)": (range(-1, 2), lambda n, k: n - k),
    "(N−K+1)": (range(-1, 2), lambda n, k: n - k + 1),
}
ONLY_N = ("N", "(N−1)")


def formula(tried: Sequence[Tried], tolerance: float = SQRT_U) -> Formula:
    """Find ``c = ρ N^a K^b (N−1)^c (K−1)^d (K+1)^e (N−K)^f (N−K+1)^g`` with ρ rational. Spec eq. (63).

    Exponents are −1, 0, 1, of N and K up to ±2; where K never varied, of N and N − 1 alone. It is named
    only if it is right at all sizes and every other choice of exponents is wrong at one of them. A constant
    that was not recognised as a fraction agrees within the relative tolerance.

    Examples
    --------
    >>> sizes = [(n, k) for n in range(3, 9) for k in range(2, n)]
    >>> formula([Tried(n, k, Fraction(n - k, n * k)) for n, k in sizes]).text
    '(N−K)/(N K)'
    """
    tried = tuple(tried)
    found = [t for t in tried if t.constant and t.n > 1]
    one_k = len({t.k for t in found}) == 1
    if not one_k:  # at K = 1 and K = N factors vanish
        found = [t for t in found if 1 < t.k < t.n]
    if len({t.n for t in found}) < 2:
        return Formula(None, "a constant at fewer than two N: no formula", tried, tolerance=tolerance)
    wrong = next((t for t in tried if t.n > 1 and t.k < t.n and _is_biased(t, one_k)), None)
    if wrong is not None:
        what = wrong.says or "no signal"
        return Formula(
            None, f"no formula: {what} at N = {wrong.n}, K = {wrong.k}", tried, tolerance=tolerance
        )
    sizes = f"{len(found)} sizes, " + _range("N", [t.n for t in found])
    if not one_k:
        sizes += ", " + _range("K", [t.k for t in found])
    names = ONLY_N if one_k else tuple(FACTORS)
    # Fractions first: most candidates end at the second of them.
    found.sort(key=lambda t: not isinstance(t.constant, Fraction))
    fits = []
    for chosen in product(*(FACTORS[name][0] if name in names else (0,) for name in FACTORS)):
        rho: Fraction | float | None = None
        for t in found:
            assert t.constant is not None
            value = t.constant / _product(chosen, t.n, t.k)
            if rho is None:
                rho = value
            elif not _same(value, rho, tolerance):
                break
        else:
            assert rho is not None
            fits.append((rho, chosen))
    if len(fits) != 1:
        kind = f"in N alone, at K = {found[0].k}," if one_k else "of this kind"
        why = f"no formula {kind} fits" if not fits else f"{len(fits)} formulas fit"
        return Formula(None, f"{why} ({sizes})", tried, tolerance=tolerance)
    rho, exponents = fits[0]
    if not isinstance(rho, Fraction):
        return Formula(None, f"no formula with a rational factor fits ({sizes})", tried, tolerance=tolerance)
    right = f"right at {sizes}; every other candidate is wrong"
    return Formula(_written(rho, exponents, tuple(FACTORS)), right, tried, rho, exponents, tolerance)


def _is_biased(t: Tried, one_k: bool) -> bool:
    """Tell whether a size inside was tried and has no constant, though the function answered."""
    if t.constant is None:
        return t.says in ("biased", "lost in rounding")
    return t.constant == 0 and (one_k or t.k > 1)


def _same(x: Fraction | float, y: Fraction | float, tolerance: float) -> bool:
    if isinstance(x, Fraction) and isinstance(y, Fraction):
        return x == y
    return abs(float(x) - float(y)) <= tolerance * abs(float(y))


@cache
def _product(exponents: tuple[int, ...], n: int, k: int) -> Fraction:
    factors = (Fraction(at(n, k)) ** e for (_, at), e in zip(FACTORS.values(), exponents, strict=True) if e)
    return prod(factors, start=Fraction(1))


def _range(name: str, sizes: list[int]) -> str:
    return f"{min(sizes)} ≤ {name} ≤ {max(sizes)}"


def _written(rho: Fraction, exponents: tuple[int, ...], names: tuple[str, ...]) -> str:
    def side(number: int, sign: int) -> list[str]:
        powers = [(name, sign * e) for name, e in zip(names, exponents, strict=True) if sign * e > 0]
        written = [name + ("²" if e == 2 else "") for name, e in powers]
        return ([str(number)] if number != 1 else []) + written

    above, below = side(abs(rho.numerator), 1), side(rho.denominator, -1)
    top = " ".join(above) or "1"
    if len(above) == 1 and not below:
        top = top.removeprefix("(").removesuffix(")")
    bottom = " ".join(below)
    return (
        ("−" if rho < 0 else "") + top + (f"/({bottom})" if len(below) > 1 else f"/{bottom}" if below else "")
    )
