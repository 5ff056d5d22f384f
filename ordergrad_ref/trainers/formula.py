"""The constant of a loss or an update as one formula in N, K and T. Spec eqs. (63), (98)."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

__all__ = ["constant_formula"]

FACTORS = {"N": range(-2, 3), "(N−1)": range(-1, 2), "K": range(-2, 3), "T": range(-2, 3)}


def constant_formula(tried: Sequence[tuple[int, int, int, Fraction | float]]) -> str | None:
    """Find ``c = ρ N^a (N−1)^b K^d T^e``, ρ rational, from ``(N, K, T, c)`` at several sizes.

    A factor that never varied does not occur. ``None`` where none, or more than one, fits all sizes.

    Examples
    --------
    >>> constant_formula([(n, 2, t, Fraction(1, t)) for n in (3, 4, 5) for t in (4, 5)])
    '1/T'
    """
    exact = [(n, k, t, c) for n, k, t, c in tried if isinstance(c, Fraction) and c]
    if len(exact) < len(tried) or len(exact) < 3:
        return None
    columns = {
        "N": [n for n, *_ in exact],
        "(N−1)": [n - 1 for n, *_ in exact],
        "K": [k for _, k, *_ in exact],
        "T": [t for *_, t, _ in exact],
    }
    ranges = [
        FACTORS[name] if len(set(column)) > 1 and min(column) > 0 else range(1)
        for name, column in columns.items()
    ]
    fits = []
    for exponents in product(*ranges):
        ratios = {
            c / _product([column[i] for column in columns.values()], exponents)
            for i, (*_, c) in enumerate(exact)
        }
        if len(ratios) == 1:
            fits.append((ratios.pop(), exponents))
    return _written(*fits[0], tuple(columns)) if len(fits) == 1 else None


def _product(bases: list[int], exponents: tuple[int, ...]) -> Fraction:
    result = Fraction(1)
    for base, exponent in zip(bases, exponents, strict=True):
        result *= Fraction(base) ** exponent
    return result


def _written(rho: Fraction, exponents: tuple[int, ...], names: tuple[str, ...]) -> str:
    def side(number: int, sign: int) -> str:
        powers = [
            name + ("²" if abs(e) == 2 else "")
            for name, e in zip(names, exponents, strict=True)
            if sign * e > 0
        ]
        return " ".join(([str(number)] if number != 1 else []) + powers)

    above, below = side(abs(rho.numerator), 1) or "1", side(rho.denominator, -1)
    minus = "−" if rho < 0 else ""
    return minus + above + (f"/({below})" if " " in below else f"/{below}" if below else "")
