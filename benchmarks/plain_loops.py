"""How far plain loops, and the library, lie below what spec eqs. (58), (59) and (112) allow.

    python benchmarks/plain_loops.py

Values, include-one and leave-one-out values, score weights and pathwise weights by the loops of spec
section 9.5 in float64, against exact rationals, on rewards of a normal and a log-normal law, the latter
with ties: the largest error in units of u times the scale of eq. (59), and as a share of the ``5N + 6``
that a port may need.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from plain import elevated, from_left  # beside this script

import ordergrad_ref as og
from ordergrad_ref.closed_forms.rank_weights import exact

__all__ = ["plainly", "rows", "scales"]

SIZES = ((8, 40), (64, 8), (512, 1))
"""Rewards in a group, and groups."""
OBJECTIVES = ("max@1", "max@4", "top(2)@4", "median@5", "gini@3", "lmoment(3)@4", "cvar(0.3)@4")
QUANTITIES = ("value", "inclusion", "leave_one_out", "score_weights", "pathwise_weights")


def rows() -> Iterator[tuple[str, ...]]:
    """Measure each quantity at each size."""
    rng = np.random.default_rng(0)
    for n, groups in SIZES:
        x = rng.normal(size=(groups, n))
        tied = np.round(np.exp(3 * x), 1)
        worst = {name: [0.0, 0.0] for name in QUANTITIES}
        for row in np.sort(np.concatenate([x, tied])):
            for spelling in OBJECTIVES:
                _compare(row, og.objective(spelling), worst)
        for name, (loops, library) in worst.items():
            yield str(n), name, f"{loops:.2f}", f"{loops / (5 * n + 6):.4f}", f"{library:.2f}"


def _compare(row: np.ndarray, alpha: og.LStatistic, worst: dict[str, list[float]]) -> None:
    loops, scale = plainly(row.tolist(), alpha), scales(row.tolist(), alpha)
    for name in QUANTITIES:
        right = np.atleast_1d(getattr(og, name)([Fraction(r) for r in row.tolist()], alpha)).tolist()
        library = np.atleast_1d(getattr(og, name)(row, alpha)).tolist()
        for column, got in enumerate((loops[name], library)):
            off = max(abs(Fraction(g) - r) for g, r in zip(got, right, strict=True))
            worst[name][column] = max(worst[name][column], float(off / scale[name] * 2**53))


def plainly(r: Sequence[float], alpha: og.LStatistic) -> dict[str, list[float]]:
    """The five quantities of ascending rewards by plain loops, spec section 9.5."""
    n, k = len(r), alpha.k
    gaps = [n * e / (n - 1) for e in _elevated(alpha, n - 1)]
    ranks = [e * k / n for e in _elevated(alpha, n)]
    rise = [0.0]
    for t in range(1, n):
        rise.append(rise[-1] + (r[t] - r[t - 1]) * gaps[t - 1])
    mean = from_left(rise) / n
    a = [s - mean for s in rise]
    v = from_left(w * x for w, x in zip(ranks, r, strict=True))
    paths: list[float] = []
    while len(paths) < n:
        first = len(paths)
        b = r.count(r[first])
        paths += [from_left(ranks[first : first + b]) / b] * b
    return {
        "value": [v],
        "inclusion": [v + (n - k) / n * x for x in a],
        "leave_one_out": [v - k / n * x for x in a],
        "score_weights": [k / n * x for x in a],
        "pathwise_weights": paths,
    }


def scales(r: Sequence[float], alpha: og.LStatistic) -> dict[str, Fraction]:
    """Spec eq. (59), exactly."""
    n, k = len(r), alpha.k
    sizes = og.LStatistic([abs(a) for a in alpha.weights])
    s = max(map(abs, og.advantage([Fraction(x) for x in r], sizes)))
    v = max(abs(Fraction(x)) for x in r) * sum(sizes.weights)
    return {
        "value": v,
        "inclusion": v + Fraction(n - k, n) * s,
        "leave_one_out": v + Fraction(k, n) * s,
        "score_weights": Fraction(k, n) * s,
        "pathwise_weights": max(exact(n, sizes)),
    }


def _elevated(alpha: og.LStatistic, n: int) -> list[float]:
    return elevated([a.numerator / a.denominator for a in alpha.weights], n)


if __name__ == "__main__":
    for row in (("N", "quantity", "loops, u · scale", "of 5N + 6", "library, u · scale"), *rows()):
        print(" | ".join(row))
