"""How far the library's weights of gaps are from exact ones, objective by objective.

The weight ``N/(N−1) e_t^(N−1)`` of spec eq. (25) in float64 against exact rationals, in units of ``u``
times the weight of the objective with rank weights ``|α_j|``: the ω of spec eq. (105), for weights of 2⁻¹⁰²⁰
and more.
"""

from collections.abc import Iterator
from fractions import Fraction

import ordergrad_ref as og
from ordergrad_ref.closed_forms import gap_form, rank_weights
from ordergrad_ref.errors import InvalidInputError

__all__ = ["error", "rows"]

OBJECTIVES = [
    "max",
    "min",
    "mean",
    "median",
    "top(2)",
    "bottom(2)",
    "midrange(1)",
    "midrange(2)",
    "range",
    "rank(2)",
    "trimmed(1)",
    "trimmed(3)",
    "winsorized(1)",
    "winsorized(2)",
    "quantile(0.3)",
    "quantile(0.9)",
    "between(0.25,0.75)",
    "cvar(0.3)",
    "cvar(0.05)",
    "upper_cvar(0.1)",
    "gini",
    "lmoment(2)",
    "lmoment(3)",
    "lmoment(4)",
    "lmoment(9)",
]
SIZES = (2, 3, 4, 5, 8, 16, 33, 64, 128)
LEAST = Fraction(1, 2**1020)


def rows() -> Iterator[tuple[str, str, int, int]]:
    """Find the largest error of each objective, and the K and n = N − 1 where it is."""
    for name in OBJECTIVES:
        errors = [
            (error(n, f"{name}@{k}"), k, n)
            for k in SIZES
            if _exists(f"{name}@{k}")
            for n in (k, k + 1, 2 * k, 7, 31, 100, 255, 1000)
            if n >= k
        ]
        worst, k, n = max(errors)
        yield name, f"{float(worst):.2f}", k, n


def error(n: int, name: str) -> Fraction:
    """Give the largest error of the weights of n gaps, in units of u times the weight for ``|α|``."""
    objective = og.objective(name)
    sizes = og.LStatistic([abs(a) for a in objective.weights])
    got = gap_form.gap_weights(n + 1, objective).tolist()
    exact, size = rank_weights.elevated_exact(n, objective), rank_weights.elevated_exact(n, sizes)
    factor = Fraction(n + 1, n)
    errors = [
        abs(Fraction(x) - factor * e) / (factor * s)
        for x, e, s in zip(got, exact, size, strict=True)
        if factor * s >= LEAST
    ]
    return max(errors) * 2**53


def _exists(name: str) -> bool:
    try:
        og.objective(name)
    except InvalidInputError:
        return False
    return True


if __name__ == "__main__":
    for row in (("objective", "largest error", "K", "n"), *rows()):
        print(" | ".join(map(str, row)))
