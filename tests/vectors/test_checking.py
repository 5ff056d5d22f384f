"""Right implementations pass, and wrong ones fail.

Law: this library passes with the 16 u · scale of spec eq. (54), any other with the bound of eq. (57); an
implementation with a wrong constant, a weight off by one rank or a cancellation does not.
"""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.golden_vectors import VALID, VECTORS, numbers, verdict

import ordergrad_ref as og
from ordergrad_ref.vectors import expected as exact
from ordergrad_ref.vectors.checking import check, error_in_units
from ordergrad_ref.vectors.implementations import InProcess

# ---- this library


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_this_library_passes(dtype):
    outcomes = check(InProcess("ordergrad_ref"), VECTORS, dtype)
    assert [(o.case.id, o.said) for o in outcomes if o.verdict != "passed"] == []
    advantages = [o.error for o in outcomes if o.case.function in ("advantage", "score_weights") and o.error]
    assert max(advantages) <= 16  # eq. (54)


def test_exact_rationals_have_no_error():
    for case in VALID:
        if case.function == "advantage" and "groups" not in case.given and not case.options:
            given = np.array([Fraction(x) for x in numbers(case.given["rewards"])], dtype=object)
            shape = np.shape(case.given["rewards"])
            assert og.advantage(given.reshape(shape), case.objective).tolist() == case.expected, case.id


# ---- wrong implementations


def implementation(**functions):
    """An object with these functions of one group, ``(sorted rewards, objective) → sorted answers``."""

    def lifted(function):
        def of_any(rewards, objective, groups=None):
            if groups is not None or np.ndim(rewards) > 1:
                raise NotImplementedError
            order = np.argsort(rewards, kind="stable")
            answer = np.empty(len(rewards))
            answer[order] = function(np.asarray(rewards)[order].astype(np.float64), objective)
            return answer

        return of_any

    found = InProcess("ordergrad_ref")
    found._functions = SimpleNamespace(**{name: lifted(f) for name, f in functions.items()})
    return found


def gap_form(r, weights):
    rise = np.append(0.0, np.cumsum(np.diff(r) * weights))
    return rise - rise.mean()


def elevated(n, alpha):
    return np.array([float(e) for e in og.rank_weights.elevated_exact(n, alpha)])


def right(r, alpha):
    n = len(r)
    return gap_form(r, elevated(n - 1, alpha) * n / (n - 1))


def wrong_constant(r, alpha):
    return right(r, alpha) * (len(r) - 1) / len(r)


def constant_forgotten(r, alpha):
    return gap_form(r, elevated(len(r) - 1, alpha))


def a_rank_too_high(r, alpha):
    n = len(r)
    return gap_form(r, np.append(elevated(n - 1, alpha)[1:], 1.0) * n / (n - 1))


def elevated_too_far(r, alpha):
    n = len(r)
    return gap_form(r, elevated(n, alpha)[1:] * n / (n - 1))


def not_centred(r, alpha):
    return right(r, alpha) - right(r, alpha)[0]


def weights_from_the_top(r, alpha):
    return right(r, og.LStatistic(alpha.weights[::-1]))


def plain(r, alpha):
    """The plain algorithm of spec section 9.5, every operation rounded to float32."""
    one = np.float32
    e = np.array([one(w.numerator) / one(w.denominator) for w in alpha.weights], one)
    r, n = r.astype(one), len(r)
    for m in range(alpha.k, n - 1):
        t = np.arange(m + 1, dtype=one)
        e = (t * np.append(one(0), e) + (one(m) - t) * np.append(e, one(0))) / one(m)
    rise = np.append(one(0), np.cumsum((r[1:] - r[:-1]) * (one(n) * e / one(n - 1))))
    answer = rise - np.cumsum(rise)[-1] / one(n)
    assert answer.dtype == one
    return answer


def cancelling(r, alpha):
    """``q_i − v^(−i)`` by plain sums in float32."""
    n, k = len(r), alpha.k
    w_less = elevated(n - 1, alpha).astype(np.float32) * np.float32(k / (n - 1))
    w = elevated(n, alpha).astype(np.float32) * np.float32(k / n)
    r = r.astype(np.float32)
    v = sum(a * b for a, b in zip(w, r, strict=True))
    without = [sum(a * b for a, b in zip(w_less, np.delete(r, i), strict=True)) for i in range(n)]
    return np.array([(v - u) * np.float32(n / k) for u in without])


WRONG = (wrong_constant, constant_forgotten, a_rank_too_high, elevated_too_far, not_centred)


ADVANTAGES = [case for case in VALID if case.function == "advantage" and not case.options]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("function", [*WRONG, weights_from_the_top])
def test_a_wrong_implementation_fails(function, dtype):
    outcomes = check(implementation(advantage=function), ADVANTAGES, dtype)
    failed = [o for o in outcomes if o.verdict == "failed"]
    assert len(failed) > len(outcomes) / 3
    assert any(o.case.group == "large" for o in failed)
    assert all(o.error > 100 * o.case.c for o in failed if o.case.group == "basic" and o.case.scale)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_same_without_the_mistake_passes(dtype):
    outcomes = check(implementation(advantage=right), ADVANTAGES, dtype)
    assert {o.verdict for o in outcomes} == {"passed", "not offered"}


def test_plain_loops_in_float32_stay_within_the_bound_but_not_within_16():
    outcomes = check(implementation(advantage=plain), ADVANTAGES, "float32")
    assert {o.verdict for o in outcomes} == {"passed", "not offered"}
    assert 16 < max(o.error for o in outcomes if o.error is not None) < 60


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_constant_is_seen_in_every_case_that_has_one(dtype):
    for outcome in check(implementation(advantage=wrong_constant), ADVANTAGES, dtype):
        if min(outcome.case.objective.weights) >= 0 and outcome.case.expected and outcome.case.scale:
            assert outcome.verdict in ("failed", "not offered"), outcome.case.id


@pytest.mark.parametrize("n", [4, 8, 64, 512, 1000])
def test_the_bound_is_tighter_than_a_wrong_constant(n):
    for unit in (2.0**-24, 2.0**-53):
        assert exact.bound(n) * unit < 1 / n


def test_cancellation_against_an_offset_fails():
    cases = [c for c in ADVANTAGES if c.id == "advantage-median-4-offset-192"]
    (plain,) = check(implementation(advantage=cancelling), cases, "float64")
    assert plain.verdict == "failed"
    rounded = error_in_units(np.array(cancelling_answer(cases[0])), cases[0], "float32")
    assert rounded > 2 * max(o.error for o in check(InProcess("ordergrad_ref"), cases, "float32"))


def cancelling_answer(case):
    r = np.array([float(x) for x in case.given["rewards"]])
    order = np.argsort(r)
    answer = np.empty(len(r))
    answer[order] = cancelling(r[order], case.objective)
    return answer


# ---- refusals


def refuses_with(error):
    def function(rewards, objective):
        raise error

    return function


class OwnError(og.errors.GroupTooSmallError):
    pass


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (og.errors.GroupTooSmallError("N ≤ K"), "passed"),
        (og.errors.InvalidInputError("N ≤ K"), "passed"),
        (ValueError("N ≤ K"), "passed"),
        (OwnError("N ≤ K"), "passed"),
        (og.errors.NonFiniteRewardError("NaN"), "failed"),
        (ZeroDivisionError("division by zero"), "failed"),
        (IndexError("out of range"), "failed"),
    ],
)
def test_a_refusal_must_be_one(error, result):
    assert verdict(refuses_with(error), "advantage-refuses-too-few")[0] == result


def test_an_answer_where_a_refusal_is_due():
    result, said = verdict(lambda r, o: r * 0, "advantage-refuses-too-few")
    assert result == "failed"
    assert "expected a refusal, GroupTooSmallError, got an answer" in said


def test_a_nan_that_stays_is_no_change_of_input():
    result, said = verdict(lambda r, o: r, "advantage-refuses-nan")
    assert result == "failed"
    assert "expected a refusal, NonFiniteRewardError, got an answer" in said


def test_zero_scale_means_exactly():
    name = "advantage-max-2-all-equal"
    assert verdict(lambda r, o: r * 0, name)[0] == "passed"
    result, said = verdict(lambda r, o: r * 0 + 1e-300, name)
    assert result == "failed"
    assert "must be exact" in said
