"""How far plain loops on populations lie below what spec eq. (58) allows.

    python benchmarks/plain_populations.py

The five quantities of spec eqs. (30) to (34) by the loops of section 9.5 in float64, against exact rationals,
where all sums of probabilities are exact; rewards of a normal and a log-normal law, the latter with ties. The
largest error is given in units of u times the scale of eq. (59), and as a share of the ``5 (m + 2K) + 6``
that a port may need.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
from plain import from_left  # beside this script

import ordergrad_ref as og

__all__ = ["plainly", "rows", "scales"]

SIZES = ((2, 40), (8, 20), (64, 4), (512, 1))
"""Atoms of a population, and populations."""
OBJECTIVES = ("max@1", "max@4", "min@16", "median@5", "gini@3", "lmoment(3)@4", "cvar(0.3)@4")
QUANTITIES = ("value", "advantage", "inclusion", "gradient", "logit_gradient")
STEPS = 2**20
"""Probabilities are multiples of one part of these."""


def rows() -> Iterator[tuple[str, ...]]:
    """Measure each quantity at each size."""
    rng = np.random.default_rng(0)
    for m, populations in SIZES:
        worst = {name: [0.0, 0.0] for name in QUANTITIES}
        for _ in range(populations):
            x, p = rng.normal(size=m), dyadic(rng, m)
            for r in (np.sort(x), np.sort(np.round(np.exp(3 * x), 1))):
                for spelling in OBJECTIVES:
                    _compare(r.tolist(), p, og.objective(spelling), worst)
        for name, (units, share) in worst.items():
            yield str(m), name, f"{units:.2f}", f"{share:.4f}"


def _compare(
    r: Sequence[float], p: Sequence[float], alpha: og.LStatistic, worst: dict[str, list[float]]
) -> None:
    loops, scale, right = plainly(r, p, alpha), scales(r, p, alpha), exactly(r, p, alpha)
    for name, numbers in loops.items():
        off = max(abs(Fraction(x) - y) for x, y in zip(numbers, right[name], strict=True))
        units = float(off / scale[name] * 2**53) if off else 0.0
        share = units / (5 * (len(r) + 2 * alpha.k) + 6)
        worst[name] = [max(pair) for pair in zip(worst[name], (units, share), strict=True)]


def dyadic(rng: np.random.Generator, m: int) -> list[float]:
    """Draw probabilities whose sums are exact in float64; some may be zero."""
    cuts = np.sort(rng.integers(0, STEPS + 1, size=m - 1)) / STEPS
    return [float(x) for x in np.diff([0.0, *cuts, 1.0])]


def plainly(r: Sequence[float], p: Sequence[float], alpha: og.LStatistic) -> dict[str, list[float]]:
    """Answer for ascending rewards by plain loops, spec section 9.5."""
    w = [a.numerator / a.denominator for a in alpha.weights]
    k = len(w)
    beta = [k / (j + 1) * total for j, total in enumerate(accumulate(w))]
    below = [*accumulate(p)][:-1]
    gaps = [high - low for low, high in pairwise(r)]
    rises = [*accumulate((d * bernstein(w, f) for d, f in zip(gaps, below, strict=True)), initial=0.0)]
    mean = from_left(s * q for s, q in zip(rises, p, strict=True))
    a = [s - mean for s in rises]
    j = r[-1] * beta[-1]
    if gaps:
        j -= from_left(d * f * bernstein(beta, f) for d, f in zip(gaps, below, strict=True))
    include_one = [j + x for x in a]
    return {
        "value": [j],
        "advantage": a,
        "inclusion": include_one,
        "gradient": [k * q for q in include_one],
        "logit_gradient": [k * q * x for q, x in zip(p, a, strict=True)],
    }


def bernstein(e: Sequence[float], u: float) -> float:
    """Evaluate the polynomial with coefficients e by de Casteljau's scheme, eq. (3)."""
    for _ in range(len(e) - 1):
        e = [(1 - u) * low + u * high for low, high in pairwise(e)]
    return e[0]


def exactly(r: Sequence[float], p: Sequence[float], alpha: og.LStatistic) -> dict[str, list[Fraction]]:
    """Answer in exact rationals."""
    rewards, chances, k = [Fraction(x) for x in r], [Fraction(x) for x in p], alpha.k
    a = list(og.population.advantage(rewards, chances, alpha))
    j = Fraction(og.population.value(rewards, chances, alpha))
    return {
        "value": [j],
        "advantage": a,
        "inclusion": [j + x for x in a],
        "gradient": [k * (j + x) for x in a],
        "logit_gradient": [k * q * x for q, x in zip(chances, a, strict=True)],
    }


def scales(r: Sequence[float], p: Sequence[float], alpha: og.LStatistic) -> dict[str, Fraction]:
    """Spec eq. (59), exactly."""
    sizes = og.LStatistic([abs(a) for a in alpha.weights])
    s = max(map(abs, og.population.advantage([Fraction(x) for x in r], [Fraction(x) for x in p], sizes)))
    v = max(abs(Fraction(x)) for x in r) * sum(sizes.weights)
    return {
        "value": v,
        "advantage": s,
        "inclusion": v + s,
        "gradient": alpha.k * (v + s),
        "logit_gradient": alpha.k * s * Fraction(max(p)),
    }


if __name__ == "__main__":
    for row in (("m", "quantity", "loops, u · scale", "of 5 (m + 2K) + 6"), *rows()):
        print(" | ".join(row))
