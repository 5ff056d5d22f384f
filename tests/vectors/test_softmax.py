"""Law: where logits differ, an answer is within the stated 2^−160 of the exact one: mpmath, 150 digits."""

from fractions import Fraction
from itertools import product

import mpmath
import pytest
from helpers.golden_vectors import VALID

from ordergrad_ref.objectives import maximum
from ordergrad_ref.vectors import softmax
from ordergrad_ref.vectors.checking import UNIT_ROUNDOFF
from ordergrad_ref.vectors.expected import bound, bound_of_softmax

WITH_ROOTS = {"standard_error", "maxk.grpo", "estimators.pass_at_k_training"}
"""Functions with irrational answers for other reasons: square roots."""
APART = [case for case in VALID if len(set(case.given.get("logits", "-"))) > 1]


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(150):
        yield


def real(x):
    x = Fraction(x)
    return mpmath.mpf(x.numerator) / x.denominator


@pytest.mark.parametrize("x", ["0", "-1/16", "-1", "-5/2", "-40", "-161/4", "-1024"])
def test_exponential(x):
    exact = mpmath.exp(real(x))
    assert abs(real(softmax.exponential(Fraction(x))) / exact - 1) <= mpmath.mpf(2) ** -219


def test_equal_logits_are_exact_and_shifts_do_not_count():
    assert softmax.probabilities([Fraction(1024)] * 4) == [Fraction(1, 4)] * 4
    logits = [Fraction(0), Fraction(1, 2), Fraction(-3)]
    assert softmax.probabilities(logits) == softmax.probabilities([x + 1024 for x in logits])
    assert sum(softmax.probabilities(logits)) == 1


def exact_gradient(case):
    """``K p_b (q_b − J)`` in real arithmetic, by the tuples of others, or for a maximum by powers of F."""
    r, alpha = [Fraction(x) for x in case.given["rewards"]], case.objective
    weights = [mpmath.exp(real(x)) for x in case.given["logits"]]
    p = [w / sum(weights) for w in weights]

    def q(b):
        if list(alpha.weights) == list(maximum(alpha.k).weights):
            levels = sorted(set(r))
            f = [sum(pc for pc, x in zip(p, r, strict=True) if x <= y) ** (alpha.k - 1) for y in levels]
            steps = [high - low for high, low in zip(f, [0, *f[:-1]], strict=True)]
            return sum(real(max(r[b], y)) * chance for y, chance in zip(levels, steps, strict=True))
        return sum(
            mpmath.fprod(p[c] for c in others)
            * real(
                sum(
                    w * x for w, x in zip(alpha.weights, sorted([r[b], *(r[c] for c in others)]), strict=True)
                )
            )
            for others in product(range(len(r)), repeat=alpha.k - 1)
        )

    held = [q(b) for b in range(len(r))]
    j = sum(pb * qb for pb, qb in zip(p, held, strict=True))
    return [alpha.k * pb * (qb - j) for pb, qb in zip(p, held, strict=True)]


@pytest.mark.parametrize("case", APART, ids=lambda case: case.id)
def test_answers_are_within_what_they_state(case):
    assert case.within == softmax.WITHIN == Fraction(1, 2**160)
    for stated, exact in zip(case.expected, exact_gradient(case), strict=True):
        assert abs(real(stated) - exact) < real(case.within), case.id


def test_there_are_forty_and_what_they_state_is_far_below_a_rounding():
    assert len(APART) == 40
    for case in APART:
        assert case.within < case.scale * UNIT_ROUNDOFF["float64"] / 2**60, case.id
    others = [case for case in VALID if case not in APART]
    assert {case.function for case in others if case.within} == WITH_ROOTS


def test_roots_are_within_what_they_state():
    for x in (Fraction(2), Fraction(1, 3), Fraction(10**9, 7), Fraction(1, 10**20)):
        low, high = softmax.root(x) - softmax.WITHIN, softmax.root(x) + softmax.WITHIN
        assert max(low, 0) ** 2 < x < high**2
    assert softmax.root(Fraction(9, 4)) == Fraction(3, 2)
    roots = [case for case in VALID if case.function == "standard_error"]
    for case in roots:
        assert case.within == softmax.WITHIN
        assert case.within < case.scale * UNIT_ROUNDOFF["float64"] / 2**60 or case.scale == 0, case.id


def test_their_c_is_the_specification_s():
    """Section 9.5: ``5 (m + 2K) + 6 + (2m + 6)(2 + 16 (K − 1))``, the largest reward having 1/16 or more."""
    for case in APART:
        m, k = len(case.given["rewards"]), case.objective.k
        assert (
            case.c
            == bound(m + 2 * k) + bound_of_softmax(m, k)
            == 5 * (m + 2 * k) + 6 + (2 * m + 6) * (2 + 16 * (k - 1))
        )
        r = [Fraction(x) for x in case.given["rewards"]]
        p = softmax.probabilities([Fraction(x) for x in case.given["logits"]])
        assert sum(pb for pb, x in zip(p, r, strict=True) if x == max(r)) >= Fraction(1, 16), case.id


def test_a_bound_that_does_not_suffice_is_found():
    assert softmax.is_within([Fraction(5)] * 4, maximum(16))
    assert not softmax.is_within([Fraction(2**50)] * 4, maximum(16))
