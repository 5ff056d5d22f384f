"""Law: every answer is reached by two ways, the enumerated definition and the exact closed form.

They agree with ``==`` wherever both can be computed.
"""

from fractions import Fraction
from itertools import combinations_with_replacement

import numpy as np
import pytest
from helpers.golden_vectors import VALID, VECTORS, numbers

import ordergrad_ref as og
from ordergrad_ref import definition, maxk
from ordergrad_ref.definition import published
from ordergrad_ref.vectors import expected as exact
from ordergrad_ref.vectors.cases import questions


@pytest.mark.slow
def test_two_ways_lead_to_every_answer():
    """The files hold what is enumerated, as `test_generate` has it; here are the closed forms."""
    for question, case in zip(sorted(questions(), key=by_id), sorted(VECTORS, key=by_id), strict=True):
        if question.error is None:
            closed = exact.answer(question.function, question.given, closed=True)
            assert (closed.numbers, closed.c, closed.scale) == (case.expected, case.c, case.scale), case.id


def by_id(case):
    return case.id


@pytest.mark.slow
def test_no_float_takes_part(monkeypatch):
    """The answers that are not enumerated are computed with everything that knows floats taken away."""

    def refuse(*_):
        raise AssertionError("a float")

    for place in (
        "closed_forms.rank_weights.as_floats",
        "closed_forms.rank_weights.elevated",
        "closed_forms.rank_weights.floating",
        "closed_forms.bernstein.binomial_average",
    ):
        monkeypatch.setattr(f"ordergrad_ref.{place}", refuse)
    for n in 3, 65:  # added up from both sides, and not
        with pytest.raises(AssertionError, match="a float"):
            og.advantage(np.arange(float(n)), og.LStatistic([Fraction(3, 7), Fraction(5, 11)]))  # in no cache
    closed = [q for q in questions() if q.error is None and q.group == "large"]
    for question in closed:
        got = exact.answer(question.function, question.given, closed=True)
        assert {type(x) for x in numbers(got.numbers)} == {Fraction}, question.id
        assert type(got.scale) is Fraction
    assert len(closed) > 40


@pytest.mark.slow
def test_large_advantages_by_leaving_one_out():
    """``A_i = (N/K) (v − v^(−i))``, from eq. (21), and ``v^(−i)`` is the value of the others: no gap form."""
    large = [c for c in VALID if c.function == "advantage" and c.group == "large"][:11]
    for case in large:
        r, alpha = [Fraction(x) for x in case.given["rewards"]], case.objective
        v = og.value(r, alpha)
        for i in (0, len(r) // 3, len(r) - 1):
            without = og.value(r[:i] + r[i + 1 :], alpha)
            assert case.expected[i] == Fraction(len(r), alpha.k) * (v - without), case.id
    assert len(large) == 11


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # worked by hand
        ("advantage-max-1-two", [3, -3]),
        ("value-max-3-n-is-k", [5]),
        ("score-weights-max-1-two", [Fraction(3, 2), Fraction(-3, 2)]),
        ("pathwise-weights-max-1-singleton", [1]),
        ("maxk-maxrl-one-success", [-1, -1, -1, 4, -1]),
        ("maxk-pass-at-k-k2-one-success", [Fraction(2, 5)]),
        ("maxk-grpo-one-of-4", [Fraction(-1, 2), Fraction(3, 2), Fraction(-1, 2), Fraction(-1, 2)]),
        ("population-value-max-2-coin", [Fraction(3, 4)]),
        ("population-hessian-max-2-coin", [[0, 2], [2, 2]]),
        ("maxk-pass-at-k-counts-5-2-2", [Fraction(7, 10)]),
        ("estimators-vr-cond-1-of-4", [Fraction(3, 4), Fraction(-1, 4), Fraction(-1, 4), Fraction(-1, 4)]),
        ("baselines-plug-in-max-1-two", [4, -4]),
        ("value-max-2-ties-by-all-tied", [Fraction(15, 7)]),
        (
            "advantage-omit-nan",
            [Fraction(-1, 3), 0, Fraction(-7, 6), Fraction(4, 3), 0, Fraction(-7, 6), Fraction(4, 3)],
        ),
        ("population-logit-gradient-max-2-two", [Fraction(-1, 4), Fraction(1, 4)]),
    ],
)
def test_by_hand(name, expected):
    assert VECTORS[name].expected == expected


def test_advantages_are_centred_and_equal_on_ties():
    for case in VALID:
        if case.function in ("advantage", "score_weights") and np.ndim(case.expected) == 1:
            if "groups" not in case.given:
                assert sum(case.expected) == 0, case.id
            if not {"groups", "where"} & set(case.given):
                alike = list(zip(*(case.given[x] for x in ("rewards", "by") if x in case.given), strict=True))
                assert len(set(zip(alike, case.expected, strict=True))) == len(set(alike)), case.id


def test_no_scale_is_below_the_largest_answer():
    for case in VALID:
        assert case.scale >= max(map(abs, numbers(case.expected))), case.id


def test_the_bound_of_pass_at_k_training_is_proved_in_float32():
    """``B S² u ≤ 1/8``, the hypothesis of eq. (109), and ``c ≥ B (2 + S)``, its conclusion."""
    cases = [c for c in VALID if c.function == "estimators.pass_at_k_training" and any(c.expected)]
    assert cases
    for case in cases:
        kept = case.given.get("where", [True] * len(case.given["rewards"]))
        r = [x for x, counts in zip(case.given["rewards"], kept, strict=True) if counts]
        v = definition.value(r, f"max@{case.given['k']}")
        b, s = 5 * len(r) + 6, (1 / v + 1 / (1 - v)) / 2
        assert b >= 16, case.id
        assert b * s**2 <= Fraction(2**24, 8), case.id
        assert b * (2 + s) <= case.c, case.id


@pytest.mark.slow
def test_constants_of_the_family():
    """Eq. (56) in exact rationals: ``A(b; n) − A(b′; n) = c K [q(b; n) − q(b′; n)]``, by the sentences."""
    seen = set()
    for case in VALID:
        name = case.function.removeprefix("maxk.")
        if name not in maxk.FAMILY or case.constant is None or case.options:
            continue
        n, k = len(case.given["rewards"]), case.given.get("k")
        arguments = () if k is None else (k,)
        if n > 5 or (name, n, k) in seen:
            continue
        seen.add((name, n, k))
        target = og.LStatistic(case.target["weights"])
        values = [Fraction(x) for x in ((0, 1) if name == "maxrl" else (0, 1, 3))]
        for others in combinations_with_replacement(values, n - 1):
            difference = {
                getattr(published, name)([b, *others], *arguments)[0]
                - Fraction(case.constant) * target.k * definition.inclusion([b, *others], target)[0]
                for b in values
            }
            assert len(difference) == 1, (case.id, others)
    assert {name for name, _, _ in seen} == set(maxk.FAMILY) - {"grpo"}


def test_grpo_with_the_bound_of_others_is_asked_of_small_whole_numbers():
    """Their sums are exact, so that 5 N + 6 is enough: spec eq. (115)."""
    asked = [case for case in VALID if case.function == "maxk.grpo"]
    small = [case for case in asked if case.c == 5 * len(case.given["rewards"]) + 6]
    assert 0 < len(small) < len(asked)
    for case in small:
        r = [Fraction(x) for x in case.given["rewards"]]
        assert all(x.denominator == 1 for x in r)
        assert len(r) * (max(r) - min(r)) < 2**8


def test_grpo_has_no_constant():
    assert VECTORS["maxk-grpo-three"].constant is None
