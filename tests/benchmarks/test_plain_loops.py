"""Law: plain loops are within what spec eq. (112) proves of them, at sizes where nothing underflows."""

from fractions import Fraction as F

import numpy as np
from helpers.scripts import benchmark

import ordergrad_ref as og


def test_loops_are_within_what_is_proved():
    loops = benchmark("plain_loops")
    rng = np.random.default_rng(3)
    for n in (2, 5, 40):
        r = np.sort(np.round(rng.normal(size=n), 1))
        for alpha in map(og.objective, ("max@1", "lmoment(3)@4", "cvar(0.3)@4")):
            if alpha.k >= n:
                continue
            got, scale = loops.plainly(r.tolist(), alpha), loops.scales(r.tolist(), alpha)
            for name, numbers in got.items():
                right = np.atleast_1d(getattr(og, name)([F(x) for x in r.tolist()], alpha)).tolist()
                c = 4 * n + 4 if name in ("value", "pathwise_weights") else 5 * n + 6
                off = max(abs(F(x) - y) for x, y in zip(numbers, right, strict=True))
                assert off * 2**53 <= c * scale[name], (name, n, str(alpha))
