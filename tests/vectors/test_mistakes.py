"""Law: a port with any one mistake in it fails a vector.

`helpers.port` answers every case. Hundreds of mistakes are planted in it, one at a time, systematically and
by hand; the vectors find all but those that change no answer, each of which is named below with the reason.
"""

from functools import cache

import pytest
from helpers import mistakes, port_beyond
from helpers.golden_vectors import SOME, VECTORS

from ordergrad_ref.vectors.checking import check
from ordergrad_ref.vectors.implementations import InProcess
from ordergrad_ref.vectors.questions import EQUATIONS

EQUIVALENT = {
    "inclusion: n → k, again": "where it stands, N = K",
    "pkpo_loo_minus_one: 1 → 0, again": "one more gap, of weight C(0, K−1) = 0, as K > 1 there",
    "bernstein: 0 → -1": "one number is left, the first and the last",
    "checked: 1 → 0": "no case can ask about no atoms",
    "logit_gradient: 1 → 0": "no case can ask about no atoms",
    "checked: abs(sum(p) - 1) > 0.0001 → abs(sum(p) - 1) >= 0.0001": "what is tolerated is the port's choice",
}
TOO_SMALL_FOR_FLOAT32 = {
    "value: in float32": "rounding as the dtype does is no mistake",
    "grpo: an epsilon of 1e-8": "it changes less than 6e-8, a rounding",
}
IN_PORT = {
    "expected_value": "population.value",
    "expected_advantage": "population.advantage",
    "expected_inclusion": "population.inclusion",
    "gradient": "population.gradient",
    "logit_gradient": "population.logit_gradient",
    "hessian": "population.hessian",
    "rank_weights": "rank_weights.floating",
    "maxpo": "maxk.canonical",
    "unbiased": "standard_error",
    "pass_at_k_of_counts": "maxk.pass_at_k",
    "pass_at_k_training": "estimators.pass_at_k_training",
    "vr_cond": "estimators.vr_cond",
    "rlbon": "estimators.rlbon",
    "plug_in": "baselines.plug_in",
    "optimal": "baselines.optimal",
    "off_policy_value": "off_policy.value",
    "off_policy_score_weights": "off_policy.score_weights",
    "off_policy_first_order_weights": "off_policy.first_order_weights",
    "All": "order_statistics",
    "Moments": "variance.moments",
}


@cache
def planted():
    return [*mistakes.systematic(), *mistakes.by_hand()]


def size(case):
    """About how long the port takes."""
    given = case.given
    return given.get("n", len(given.get("rewards", ()))) * given.get("objective", {"k": 1})["k"]


SMALL_FIRST = sorted(SOME, key=size)


def caught(mistake, dtype):
    """The first case that a port with the mistake fails, small ones first; None where it passes all."""
    space = {"__name__": "port"}
    exec(compile(mistake.source, mistake.name, "exec"), space)
    subject = InProcess("ordergrad_ref")
    subject._functions = space["FUNCTIONS"]
    reached = mistakes.reached_from(mistake.function)
    asked = {f"maxk.{name}" for name in reached} | reached | {IN_PORT.get(name) for name in reached}
    for case in SMALL_FIRST:
        if case.function in asked or case.function.rpartition(".")[0] in asked:
            (outcome,) = check(subject, [case], dtype)
            assert outcome.verdict != "not offered", case.id
            if outcome.verdict == "failed":
                return case.id
    return None


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_port_passes(dtype):
    subject = InProcess("ordergrad_ref")
    subject._functions = port_beyond.FUNCTIONS
    outcomes = check(subject, VECTORS, dtype)
    assert [(o.case.id, o.said) for o in outcomes if o.verdict != "passed"] == []
    assert {o.case.function for o in outcomes} == set(EQUATIONS)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_mistake_is_caught(dtype):
    survive = {mistake.name for mistake in planted() if caught(mistake, dtype) is None}
    assert survive == EQUIVALENT.keys() | (TOO_SMALL_FOR_FLOAT32.keys() if dtype == "float32" else set())


def test_mistakes_are_many_and_everywhere():
    assert len({mistake.name for mistake in planted()}) == len(planted()) > 900
    only_call_others = {
        "Rank", "of_ratios", "off_policy_value", "pass_at_k_of_either", "standard_error_of_either",
    }  # fmt: skip
    assert {mistake.function for mistake in planted()} == mistakes.DEFINED.keys() - only_call_others


def test_a_mistake_is_one_change():
    right = mistakes.SOURCE.splitlines()
    for mistake in mistakes.by_hand():
        wrong = mistake.source.splitlines()
        assert len(wrong) == len(right)
        assert sum(a != b for a, b in zip(wrong, right, strict=True)) == 1, mistake.name
