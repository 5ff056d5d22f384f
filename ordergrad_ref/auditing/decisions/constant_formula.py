"""The constant c as one formula in N and K, found from its values at several sizes. Spec eq. (63)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

__all__ = ["Formula", "Tried", "formula"]


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
    """

    text: str | None
    says: str
    tried: tuple[Tried, ...]


FACTORS = {
    "N": (range(-2, 3), lambda n, k: n),
    "K": (range(-2, 3), lambda n, k: k),
    "(N−1)": (range(-1, 2), lambda n, k: n - 1),
    "(K−1)": (range(-1, 2), lambda n, k: k - 1),
    "(K+1)": (range(-1, 2), lambda n, k: k + 1),
    "(N−K)": (range(-1, 2), lambda n, k: n - k),
    "(N−K+1)": (range(-1, 2), lambda n, k: n - k + 1),
}
ONLY_N = ("N", "(N−1)")


def formula(tried: Sequence[Tried]) -> Formula:
    """Find ``c = ρ N^a K^b (N−1)^c (K−1)^d (K+1)^e (N−K)^f (N−K+1)^g`` with ρ rational. Spec eq. (63).

    Exponents are −1, 0, 1, of N and K up to ±2; where K never varied, of N and N − 1 alone. It is named
    only if it is right at all sizes and every other choice of exponents is wrong at one of them.

    Examples
    --------
    >>> sizes = [(n, k) for n in range(3, 9) for k in range(2, n)]
    >>> formula([Tried(n, k, Fraction(n - k, n * k)) for n, k in sizes]).text
    '(N−K)/(N K)'
    """
    tried = tuple(tried)
    exact = [t for t in tried if isinstance(t.constant, Fraction) and t.constant and t.n > 1]
    one_k = len({t.k for t in exact}) == 1
    if not one_k:  # at K = 1 and K = N factors vanish
        exact = [t for t in exact if 1 < t.k < t.n]
    if len({t.n for t in exact}) < 2:
        return Formula(None, "a constant at fewer than two N: no formula", tried)
    sizes = f"{len(exact)} sizes, " + _range("N", [t.n for t in exact])
    if not one_k:
        sizes += ", " + _range("K", [t.k for t in exact])
    names = ONLY_N if one_k else tuple(FACTORS)
    logs = [[FACTORS[name][1](t.n, t.k) for name in names] for t in exact]
    fits = []
    for exponents in product(*(FACTORS[name][0] for name in names)):
        rho: Fraction | None = None
        for t, factors in zip(exact, logs, strict=True):
            assert isinstance(t.constant, Fraction)
            value = t.constant
            for factor, exponent in zip(factors, exponents, strict=True):
                if exponent:
                    value /= Fraction(factor) ** exponent
            if rho is None:
                rho = value
            elif rho != value:
                break
        else:
            assert rho is not None
            fits.append((rho, exponents))
    if len(fits) != 1:
        kind = f"in N alone, at K = {exact[0].k}," if one_k else "of this kind"
        why = f"no formula {kind} fits" if not fits else f"{len(fits)} formulas fit"
        return Formula(None, f"{why} ({sizes})", tried)
    return Formula(_written(*fits[0], names), f"right at {sizes}; every other candidate is wrong", tried)


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
