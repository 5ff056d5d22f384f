"""Law: gradients move with probabilities as spec eq. (117) says; plain loops stay within eq. (118)."""

import math
from fractions import Fraction as F

import numpy as np
import pytest
from helpers import port
from helpers.golden_vectors import VALID

import ordergrad_ref as og
from ordergrad_ref.vectors.checking import UNIT_ROUNDOFF
from ordergrad_ref.vectors.expected import answer


def gradient(gaps, p, below, alpha):
    """``K p_b (S_b − Σ p S)`` and the S_b less their mean; F need not be the sums of p."""
    rise = [F(0)]
    for d, f in zip(gaps, below, strict=True):
        rise.append(rise[-1] + d * port.bernstein(alpha, f))
    mean = sum(q * s for q, s in zip(p, rise, strict=True))
    centred = [s - mean for s in rise]
    return [len(alpha) * q * a for q, a in zip(p, centred, strict=True)], centred


def bound(δ, k):
    return (1 + δ) ** 2 * (1 + 15 * δ) ** (k - 1) - 1


def test_probabilities_that_move():
    rng = np.random.default_rng(0)
    for k in (1, 2, 5):
        for δ in (F(1, 10**6), F(1, 50)):
            for _ in range(10):
                w = [F(int(x)) for x in rng.integers(1, 99, 3)]
                p = [*(F(15, 16) * x / sum(w) for x in w), F(1, 16)]
                below = [sum(p[: t + 1]) for t in range(3)]
                gaps = [F(int(x)) for x in rng.integers(0, 2, 3)]
                alpha = [F(9), *(F(int(x)) for x in rng.integers(-1, 2, k - 1))]
                scale = max(map(abs, gradient(gaps, p, below, [abs(a) for a in alpha])[1]))
                right = gradient(gaps, p, below, alpha)[0]
                moved = [x * (1 + int(s) * δ) for x, s in zip(p, rng.choice((-1, 1), 4), strict=True)]
                got = gradient(gaps, moved, [f * (1 - δ) for f in below], alpha)[0]
                for q, x, y in zip(p, got, right, strict=True):
                    assert abs(x - y) <= bound(δ, k) * k * q * scale


def test_the_bound_is_nearly_reached():
    """The minimum of two rewards: ``b_α = (1 − F)^(K−1)``, and 1 − F grows by 15 δ as F falls by δ."""
    δ, k, p = F(1, 10**6), 16, [F(15, 16), F(1, 16)]
    alpha = [F(1)] + [F(0)] * (k - 1)
    right, centred = gradient([F(1)], p, p[:1], alpha)
    got, _ = gradient([F(1)], [x * (1 + δ) for x in p], [p[0] * (1 - δ)], alpha)
    assert F(99, 100) < (got[1] - right[1]) / (bound(δ, k) * k * p[1] * max(map(abs, centred))) <= 1


def test_the_vectors_are_within_its_hypotheses():
    """And the 6 u of eq. (118) to c are more than ``within`` and what underflows."""
    apart = [case for case in VALID if len(set(case.given.get("logits", "-"))) > 1]
    for case in apart:
        r, k, m = list(map(F, case.given["rewards"])), case.objective.k, len(case.given["rewards"])
        for dtype, η in (("float64", F(1, 2**1075)), ("float32", F(1, 2**150))):
            u = UNIT_ROUNDOFF[dtype]
            assert 5 * m**2 * u <= 1
            assert 2400 * (k - 1) * (m + 2) * u <= 1
            largest = max(map(abs, case.objective.weights))
            under = k * ((F(12, 5) + F(71, 10) * m * largest) * k * (max(r) - min(r)) + 3 * m) * η
            assert under + (case.c + 1) * case.within < 6 * u * case.scale
    assert apart


@pytest.mark.slow
def test_loops_are_within_what_is_proved(monkeypatch):
    """Exponentials are off by a unit in the last place, this way and that; if by thousands, it is seen."""
    shares = []
    for units in (1, 2**14):

        def planted(x, units=units):
            e = math.exp(x)
            return e + (-1) ** int(4 * x) * units * math.ulp(e)

        monkeypatch.setattr(port, "exp", planted)
        for name in ("min@6", "lmoment(3)@4"):
            r, logits = [0.0, 3.0, 3.25, 7.0, 9.0], [0.25, 2.0, -1.5, 2.25, -0.25]
            given = {
                "objective": og.objective(name),
                "rewards": list(map(F, r)),
                "logits": list(map(F, logits)),
            }
            right = answer("population.logit_gradient", given, closed=True)
            got = port.logit_gradient(r, logits, given["objective"])
            error = max(abs(F(x) - y) for x, y in zip(got, right.numbers, strict=True))
            shares.append(error / (right.c * right.scale * UNIT_ROUNDOFF["float64"]))
    assert max(shares[:2]) <= 1 < min(shares[2:])
