"""Max and min of a real number of samples: every quantity by its definition, in exact rationals.

``v = Σ_m [Φ(m) − Φ(m−1)] r_(m)`` with ``Φ(m) = C(m, κ)/C(N, κ)``, the product of ``(j − κ)/j`` over
``m < j ≤ N`` and 0 for ``m ≤ κ − 1``; the gaps of the advantages are those of spec eq. (25), and the rest
follows from eqs. (26)-(29).
"""

from fractions import Fraction as F
from itertools import pairwise
from math import prod

import numpy as np
import pytest

import ordergrad_ref as og

U = 2.0**-53
REWARDS = [[-2.5, 0.5, 4.0], [3.0, -1.0, 0.25, 8.0], [0.5, 2.0, 2.0, -6.0, 1.0, 2.0]]


def steps(n, kappa, kind):
    """``[Φ(m) − Φ(m−1)]`` for m = 1 … n; of min in the opposite order."""
    phi = [
        prod((j - kappa) / F(j) for j in range(m + 1, n + 1)) if m > kappa - 1 else F(0) for m in range(n + 1)
    ]
    found = [b - a for a, b in pairwise(phi)]
    return found if kind == "max" else found[::-1]


KINDS = [("max", F(3, 2)), ("min", F(3, 2)), ("max", F(7, 4)), ("max", F(13, 5)), ("min", F(9, 2))]


def expected(x, kappa, kind):
    """All of them for one group, in the order of its rewards."""
    n = len(x)
    order = sorted(range(n), key=x.__getitem__)
    r = [F(x[i]) for i in order]
    w = steps(n, kappa, kind)
    value = sum(a * b for a, b in zip(w, r, strict=True))
    gaps = [(n - 1) / kappa * e * F(n, n - 1) for e in steps(n - 1, kappa, kind)]  # e_t N/(N−1)
    risen = [sum(((r[t + 1] - r[t]) * gaps[t] for t in range(m)), F(0)) for m in range(n)]
    sorted_a = [a - sum(risen) / n for a in risen]
    tied = [sum(b for b, y in zip(w, r, strict=True) if y == a) / r.count(a) for a in r]
    a, path = ([by_rank[order.index(i)] for i in range(n)] for by_rank in (sorted_a, tied))
    return {
        "value": value,
        "advantage": a,
        "inclusion": [value + (n - kappa) / n * y for y in a],
        "leave_one_out": [value - kappa / n * y for y in a],
        "score_weights": [kappa / n * y for y in a],
        "pathwise_weights": path,
    }


@pytest.mark.filterwarnings("ignore::ordergrad_ref.errors.BiasedEstimatorWarning")
def test_all_quantities():
    """A few dozen products and sums each, of terms no larger than N times the largest reward."""
    for x in REWARDS:
        for kind, kappa in ((kind, kappa) for kind, kappa in KINDS if kappa <= len(x) - 1):
            for name, exact in expected(x, kappa, kind).items():
                got = np.asarray(getattr(og, name)(x, f"{kind}@{kappa}"))
                want = np.array(exact, dtype=float)
                slack = 32 * U * len(x) * max(map(abs, x))
                assert abs(got - want).max() <= slack, (name, kind, kappa, x)
