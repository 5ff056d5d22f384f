"""The largest error of the library's weights on a whole grid, certified by exact rationals.

    python benchmarks/weights_grid.py 64

For every ``1 ≤ K ≤ n`` up to the size given, every named family, and every single order statistic, the
weights of n gaps and of n ranks in float64 are compared with their definition, spec eqs. (22), (23) and
(25): sums of products of binomial coefficients, in integers. Errors are in units of ``u`` times the weight
of the objective with rank weights ``|α_j|``, the ω of spec eq. (105), and rounded up: what is printed is a
bound for each size of the grid on the machine that ran it, whatever the rewards.
"""

import sys
from collections.abc import Iterator
from fractions import Fraction
from math import comb
from operator import mul

import ordergrad_ref as og
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives.exact_numbers import over_one_denominator

__all__ = ["FAMILIES", "bounds", "largest_error", "ways"]

FAMILIES = [
    "max",
    "min",
    "mean",
    "median",
    "top(2)",
    "top(3)",
    "bottom(2)",
    "midrange(1)",
    "midrange(2)",
    "range",
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
    "trimmed_lmoment(2, 1, 1)",
    "harrell_davis(0.5)",
    "wang(0.5)",
    "proportional_hazard(2)",
]
HUNDREDTHS = 100 * 2**53
"""Errors are told in hundredths of u."""


def bounds(most: int) -> Iterator[tuple[str, str, int, int, int]]:
    """Find the largest error of each objective, in hundredths of u, and the K and n where it is."""
    worst: dict[tuple[str, str], tuple[int, int, int]] = {}
    for n in range(1, most + 1):
        for k in range(1, n + 1):
            table = ways(n, k)
            for name in [*FAMILIES, *(f"rank({j})" for j in range(1, k + 1))]:
                alpha = _objective(f"{name}@{k}")
                if alpha is None:
                    continue
                row = "rank" if name.startswith("rank") else name
                for kind, error in largest_error(n, alpha, table):
                    worst[row, kind] = max(worst.get((row, kind), (-1, 0, 0)), (error, k, n))
    for (name, kind), (error, k, n) in sorted(worst.items()):
        yield name, kind, error, k, n


def largest_error(n: int, alpha: og.LStatistic, table: list[list[int]]) -> Iterator[tuple[str, int]]:
    """Compare the weights of n gaps and of n ranks with their definition, and round the largest errors up.

    ``|x − f E/D| / (f S/D)`` for a float ``x = p/q``, with ``e_t = E/D`` by eq. (22), S the same for ``|α|``,
    and f the factor ``(n + 1)/n`` of eq. (25) or ``K/n`` of eq. (23).
    """
    integers, denominator = over_one_denominator(alpha.weights)
    D = denominator * comb(n - 1, alpha.k - 1)
    exact = [sum(map(mul, integers, row)) for row in table]
    sizes = [sum(map(mul, map(abs, integers), row)) for row in table]
    for kind, factor, got in (
        ("gaps", Fraction(n + 1, n), gap_form.gap_weights(n + 1, alpha)),
        ("ranks", Fraction(alpha.k, n), gap_form.weights_of_ranks(n, alpha)),
    ):
        above, below = factor.numerator, factor.denominator
        largest = 0
        for x, E, S in zip(got.tolist(), exact, sizes, strict=True):
            p, q = x.as_integer_ratio()
            off = abs(p * below * D - q * above * E) * HUNDREDTHS
            if off and not S:
                raise AssertionError(f"{alpha}: a weight of {n} {kind} is {x} where it is zero")
            largest = max(largest, -(-off // (q * above * S)) if off else 0)
        yield kind, largest


def ways(n: int, k: int) -> list[list[int]]:
    """``C(t−1, j−1) C(n−t, K−j)``, a row over the j of K for each rank t of n."""
    return [[comb(t - 1, j - 1) * comb(n - t, k - j) for j in range(1, k + 1)] for t in range(1, n + 1)]


def _objective(name: str) -> og.LStatistic | None:
    """Give the objective, or None where this K has none, as an L-moment of more ranks."""
    try:
        alpha = og.objective(name)
    except InvalidInputError:
        return None
    assert isinstance(alpha, og.LStatistic)
    return alpha


if __name__ == "__main__":
    print("| objective | weights of | largest error, in u, rounded up | K | n |\n|---|---|---|---|---|")
    for name, kind, error, k, n in bounds(int(sys.argv[1])):
        print(f"| {name} | {kind} | {error / 100:.2f} | {k} | {n} |")
