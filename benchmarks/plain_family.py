"""How far plain loops of the max@K family lie below what spec eq. (115) allows.

    python benchmarks/plain_family.py

Every estimator of section 8 by the loops that eq. (115) is about, in float64, against exact rationals:
ascending rewards of a normal law, the same far from zero, and rewards 0 and 1. The largest error in units of
u times the scale of section 9.5, and as a share of what is proved.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from math import sqrt

import numpy as np
import plain  # beside this script

from ordergrad_ref import maxk
from ordergrad_ref.estimators import NAMED
from ordergrad_ref.vectors import softmax

__all__ = ["PROVED", "binary", "elevated", "errors", "family", "rows"]

SIZES = ((8, 40), (64, 4), (256, 1))
"""Rewards in a group, and groups."""

PROVED: dict[str, Callable[[int], float]] = {
    "pkpo": lambda n: 5 * n + 6,
    "pkpo_loo": lambda n: 5 * n + 6,
    "pkpo_loo_minus_one": lambda n: 4 * n,
    "canonical": lambda n: 5 * n + 0.97,
    "subset_mean_baseline": lambda n: 5 * n + 6,
    "rloo": lambda n: 2 * n + 6.06,
    "dr_grpo": lambda n: 2 * n + 4.04,
    "grpo": lambda n: (5 * n + 6) * (1 + sqrt(n)) + n / 2 + 3,
    "runner_up_gap": lambda n: 1,
    "maxrl": lambda n: 4.02,
    "vr_cond": lambda n: 4.02,
    "pass_at_k": lambda n: 2.04 * n + 1,
}
"""c, in units of u times the scale. MaxPO is computed as the canonical advantage; eq. (84) is beside it."""


def rows() -> Iterator[tuple[str, ...]]:
    """Measure each estimator at each size."""
    rng = np.random.default_rng(0)
    for n, groups in SIZES:
        worst = dict.fromkeys(PROVED, 0.0)
        for normal in np.sort(rng.normal(size=(groups, n))):
            ones = sorted(int(x > 0) for x in normal)
            for k in (1, 4, n):
                for r in (normal.tolist(), (normal + 100).tolist()):
                    for name, off in errors(family(r, k), r, k).items():
                        worst[name] = max(worst[name], off)
                for name, off in errors(binary(ones, k), ones, k).items():
                    worst[name] = max(worst[name], off)
        for name, off in worst.items():
            yield str(n), name, f"{off:.2f}", f"{off / PROVED[name](n):.4f}"


def family(r: Sequence[float], k: int) -> dict[str, list[float]]:
    """All of section 8 but MaxRL and pass@k, of ascending rewards."""
    n, on_n = len(r), elevated(k, len(r))
    v = plain.from_left(w * k / n * x for w, x in zip(on_n, r, strict=True))
    a = _centred(r, [n * e / (n - 1) for e in elevated(k, n - 1)]) if k < n else []
    q = [v + (n - k) / n * x for x in a] if k < n else [v] * n
    d = _centred(r, [1.0] * (n - 1))
    sigma = sqrt(plain.from_left(x * x for x in d) / (n - 1))
    found = {
        "pkpo": [k / n * x for x in q],
        "pkpo_loo_minus_one": [k / n * h for h in _risen(r, on_n[1:])] if k > 1 else [x / n for x in r],
        "subset_mean_baseline": [(n - k) / n * x for x in a] if k < n else [x - v for x in q],
        "dr_grpo": d,
        "rloo": [n / (n - 1) * x for x in d],
        "grpo": [x / sigma if sigma > 0 else 0.0 for x in d],
        "runner_up_gap": [0.0] * (n - 1) + [r[-1] - r[-2]],
    }
    if k < n:
        without = [v - k / n * x for x in a]
        found["canonical"] = a
        found["pkpo_loo"] = [k / n * x - k / (n - 1) * y for x, y in zip(q, without, strict=True)]
    return found


def binary(r: Sequence[int], k: int) -> dict[str, list[float]]:
    """MaxRL, conditional weights, and pass@k as a product of quotients, of rewards 0 and 1."""
    n, s = len(r), sum(r)
    rate, m = s / n, min(s, k)
    fails = 1.0
    for i in range(m):
        fails *= (n - max(s, k) - i) / (n - i)
    return {
        "maxrl": [(x - rate) / rate if s > 0 else 0.0 for x in r],
        "vr_cond": [(x * n / s - 1) / n if s > 0 else -1 / n for x in r],
        "pass_at_k": [1 - fails],
    }


def errors(found: dict[str, list[float]], r: Sequence[float], k: int) -> dict[str, float]:
    """The largest error of each, in units of u times its scale: spec section 9.5."""
    n, exact, result = len(r), [Fraction(x) for x in r], {}
    largest = max(map(abs, exact))
    for name, numbers in found.items():
        right = _right(name, exact, k)
        scale = max(map(abs, right))
        if name in ("pkpo", "pkpo_loo"):
            s = max(map(abs, maxk.canonical(exact, k))) if k < n else Fraction(0)
            scale = Fraction(k, n) * (largest + Fraction(n - k, n) * s)
            scale += Fraction(k, n - 1) * (largest + Fraction(k, n) * s) if name == "pkpo_loo" else 0
        scales = {
            "pass_at_k": [Fraction(1)],
            "pkpo_loo_minus_one": [abs(x) for x in right],  # each of itself
            "subset_mean_baseline": [2 * largest if k == n else scale] * n,
        }.get(name, [scale] * n)
        off = [abs(Fraction(x) - y) for x, y in zip(numbers, right, strict=True)]
        assert not any(e for e, s in zip(off, scales, strict=True) if s == 0), name
        result[name] = max(float(e / s * 2**53) if s else 0.0 for e, s in zip(off, scales, strict=True))
    return result


def _right(name: str, r: list[Fraction], k: int) -> list[Fraction]:
    if name == "grpo":
        d = maxk.dr_grpo(r).tolist()
        variance = sum(x * x for x in d) / (len(r) - 1)
        return [(1 if x > 0 else -1) * softmax.root(x * x / variance) if x else Fraction(0) for x in d]
    takes_k = name not in ("rloo", "dr_grpo", "runner_up_gap", "maxrl", "vr_cond")
    estimator = NAMED[name] if name != "pass_at_k" else maxk.pass_at_k
    found = estimator(r, k) if takes_k else estimator(r)
    return [Fraction(found)] if name == "pass_at_k" else found.tolist()


def elevated(k: int, n: int) -> list[float]:
    """The rank weights 0, …, 0, 1 of the maximum for n ranks."""
    return plain.elevated([0.0] * (k - 1) + [1.0], n)


def _risen(r: Sequence[float], weights: list[float]) -> list[float]:
    gaps = [high - low for low, high in pairwise(r)]
    return [*accumulate((d * w for d, w in zip(gaps, weights, strict=True)), initial=0.0)]


def _centred(r: Sequence[float], weights: list[float]) -> list[float]:
    risen = _risen(r, weights)
    mean = plain.from_left(risen) / len(r)
    return [x - mean for x in risen]


if __name__ == "__main__":
    for row in (("N", "estimator", "loops, u · scale", "of what is proved"), *rows()):
        print(" | ".join(row))
