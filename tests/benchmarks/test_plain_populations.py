"""Law: plain loops on populations compute what Coq defines, within what spec eq. (116) proves."""

from fractions import Fraction as F

import numpy as np
import pytest
from helpers.scripts import benchmark

import ordergrad_ref as og


def populations():
    """Ascending rewards, and probabilities whose sums are exact: ties, an offset, an atom without any."""
    rng = np.random.default_rng(5)
    yield [3.0], [1.0]
    yield [254.0, 255.0, 255.0, 256.1], [0.25, 0.5, 0.0, 0.25]
    for m in (2, 7):
        yield np.sort(np.round(rng.normal(size=m), 1)).tolist(), benchmark("plain_populations").dyadic(rng, m)


def in_coq(r, p, alpha):
    """Compute what ``casteljau.v``, ``centred_atoms.v``, ``plain_populations.v`` define, named as there."""
    n, k, big_k = len(r) - 1, alpha.k - 1, alpha.k

    def fl(x):
        return F(float(x))  # to the nearest, ties to even

    def plain(x, t):
        return x(0) if t == 0 else fl(plain(x, t - 1) + x(t))

    def casteljau_plainly(chance, e, s, j):
        if s == 0:
            return e(j)
        low, high = (casteljau_plainly(chance, e, s - 1, i) for i in (j, j + 1))
        return fl(fl(fl(1 - chance) * low) + fl(chance * high))

    def read(j):
        return fl(fl(alpha.weights[j].numerator) / fl(alpha.weights[j].denominator))

    def below(t):
        return plain(lambda b: p[b], t)

    def term(t):
        return fl(fl(r[t + 1] - r[t]) * casteljau_plainly(below(t), read, k, 0))

    def rises(m):
        return F(0) if m == 0 else fl(rises(m - 1) + term(m - 1))

    def centred_plainly(m):
        return fl(rises(m) - plain(lambda b: fl(rises(b) * p[b]), n))

    def beta(j):
        return fl(fl(F(big_k, j + 1)) * plain(read, j))

    def layer(t):
        return fl(fl(fl(r[t + 1] - r[t]) * below(t)) * casteljau_plainly(below(t), beta, k, 0))

    top = fl(r[n] * beta(k))
    objective = top if n == 0 else fl(top - plain(layer, n - 1))
    a = [centred_plainly(m) for m in range(n + 1)]
    q = [fl(objective + x) for x in a]
    return {
        "value": [objective],
        "advantage": a,
        "inclusion": q,
        "gradient": [fl(big_k * x) for x in q],
        "logit_gradient": [fl(fl(big_k * p[b]) * a[b]) for b in range(n + 1)],
    }


@pytest.mark.slow
def test_loops_compute_what_is_defined_in_coq():
    for r, p in populations():
        for alpha in map(og.objective, ("max@1", "lmoment(3)@4", "cvar(0.3)@3")):
            got = benchmark("plain_populations").plainly(r, p, alpha)
            assert got == in_coq([F(x) for x in r], [F(x) for x in p], alpha), (r, str(alpha))


@pytest.mark.slow
def test_loops_are_within_what_is_proved():
    loops = benchmark("plain_populations")
    for r, p in populations():
        for alpha in map(og.objective, ("max@1", "min@9", "lmoment(3)@4", "cvar(0.3)@4")):
            m, k = len(r), alpha.k
            got, right, scale = (f(r, p, alpha) for f in (loops.plainly, loops.exactly, loops.scales))
            for name, numbers in got.items():
                c = {"advantage": 3.1 * (m + k) + 1.1, "value": 5 * m + 9.5 * k + 4}.get(
                    name, 5 * (m + 2 * k) + 6
                )
                off = max(abs(F(x) - y) for x, y in zip(numbers, right[name], strict=True))
                assert off * 2**53 <= F(c) * scale[name], (name, r, str(alpha))
