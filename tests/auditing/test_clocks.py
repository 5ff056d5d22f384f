"""No verdict depends on the clock: an audit stops by counts, and a time limit decides nothing.

A call that exceeds the limit that its caller set is an error that names the limit. In large groups, whose
sizes the audit chose, and where the first question is asked again, the property is left undecided instead.
"""

import time
from functools import partial

import numpy as np
import pytest
from helpers.wrong_estimators import WRONG, canonical

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.auditing import adapt
from ordergrad_ref.errors import TooSlowError
from ordergrad_ref.reports.requirements import parse

FASTER = 400


@pytest.fixture
def hurry(monkeypatch):
    """Give a function that makes the clocks run 400 times faster."""

    def hasten():
        for name in ("perf_counter", "monotonic", "time"):
            clock = getattr(time, name)
            start = clock()
            monkeypatch.setattr(time, name, lambda c=clock, s=start: s + FASTER * (c() - s))

    return hasten


def pairwise(x):
    """``mean@1`` by all pairs, for one group: N² steps."""
    (n,) = x.shape
    return np.array([(a - x).sum() / n for a in x])


def overflowing(x):
    """Right up to N = 170, where ``170!`` is the last factorial in float64; each call takes 2 ms."""
    (n,) = x.shape
    time.sleep(0.002)
    with np.errstate(all="ignore"):
        factorial = np.cumprod(np.arange(1.0, n + 1))[-1]
    return (x - x.mean()) * (factorial / factorial)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "objective", "large_groups"),
    [
        (maxk.canonical, "max@4", True),
        (pairwise, "mean@1", True),
        (overflowing, "mean@1", False),
        (WRONG["divided_by_std"][0], "max@2", None),
    ],
)
def test_every_verdict_is_the_same_when_clocks_run_faster(hurry, function, objective, large_groups):
    ask = partial(og.audit, function, objective, n=5, values=(0, 1, 4), full=True)
    at_leisure = ask()
    assert at_leisure.finding("large_groups").holds is large_groups
    hurry()
    assert ask().to_json() == at_leisure.to_json()


def slow_where(condition):
    def mean_advantage(x):
        (_,) = x.shape
        if condition(x):
            time.sleep(60)
        return x - x.mean()

    return adapt(mean_advantage, timeout=2)


@pytest.mark.slow
def test_large_groups_beyond_the_time_limit_are_not_decided():
    report = og.audit(slow_where(lambda x: len(x) >= 256), "mean@1", n=4, full=True)
    finding = report.finding("large_groups")
    assert finding.holds is None
    assert finding.says.startswith(
        "right up to N = 128, not decided at N = 256: mean_advantage did not answer within 2 s"
    )
    assert report.unbiased
    assert report.finding("deterministic").holds
    (requirement,) = parse(["large-groups"])
    assert "cannot be tested" in requirement.failure(report)


@pytest.mark.slow
@pytest.mark.parametrize("values", [None, (0, 1, 4, 6)])
def test_a_law_beyond_the_time_limit_is_an_error(values):
    """Shifted rewards alone are slow: "cannot be shifted" would be another verdict on a faster machine."""
    with pytest.raises(TooSlowError, match="did not answer within 2 s"):
        og.audit(slow_where(lambda x: x.max() > 10), "mean@1", n=4, values=values)


@pytest.mark.slow
def test_a_repetition_beyond_the_time_limit_is_not_decided():
    calls = []

    def count(x):
        calls.append(x)
        return False

    og.audit(slow_where(count), "mean@1", n=4, values=(0, 1))
    in_all, calls[:] = len(calls), []
    late = slow_where(lambda x: count(x) or len(calls) == in_all)
    finding = og.audit(late, "mean@1", n=4, values=(0, 1)).finding("deterministic")
    assert finding.holds is None
    assert finding.says.startswith("not decided: mean_advantage did not answer within 2 s")


@pytest.mark.slow
def test_a_function_that_refuses_large_groups_does_not_hold_there():
    """A refusal is an answer, the same on every machine."""
    finding = og.audit(canonical, "max@3", n=4, full=True).finding("large_groups")
    assert finding.holds is False
    assert "at N = 128: canonical raised ValueError: 341376 sets" in finding.says
