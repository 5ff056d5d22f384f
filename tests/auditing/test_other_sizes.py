"""What is unbiased at the size that was named is asked about at two others: eq. (56) is held there too.

Each function is right in groups of 4 and wrong beyond, or right wherever it answers; what must be said of it
follows from how it is written. Counts decide which sizes are asked about, never a clock.
"""

import sys
from itertools import combinations
from math import comb

import numpy as np
import pytest
from helpers.wrong_estimators import RIGHT

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.auditing.other_sizes import LARGEST
from ordergrad_ref.auditing.work import lines_run
from ordergrad_ref.reports.requirements import Requirement, claims


def of_max2(x):
    return og.advantage(x, "max@2")


def bent(x):
    return of_max2(x) * (1 + (x > 0) / 10)


def wrong_if(size):
    return lambda x: bent(x) if size(x.shape[-1]) else of_max2(x)


def half_of_the_size_rounded(x):
    """The median of all others by one index: right at even N, where two halves are equal."""
    n = x.shape[-1]
    return of_max2(x) + (np.sort(x)[..., : n // 2].sum(-1, keepdims=True) if n % 2 else 0) * (x > 0)


def one_group_ends_at_32(x):
    (n,) = x.shape
    return of_max2(x) if n <= 32 else x - x.mean()


def ties_by_place_beyond_16(x):
    """As a sort that is not stable: equal rewards get different answers, whose mean is right."""
    n = x.shape[-1]
    a = of_max2(x)
    if n > 16:
        first = (x == x.max(-1, keepdims=True)) & (np.cumsum(x == x.max(-1, keepdims=True), -1) == 1)
        several = (x == x.max(-1, keepdims=True)).sum(-1, keepdims=True)
        a = a + np.where(x == x.max(-1, keepdims=True), first - 1 / several, 0)
    return a


@pytest.mark.slow
def test_wrong_at_a_size_that_was_not_named():
    for function, where in (
        (wrong_if(lambda n: n % 2), "biased in groups of 5"),
        (wrong_if(lambda n: n > 16), "biased in groups of 33"),
        (wrong_if(lambda n: n > 32), "biased in groups of 33"),
        (half_of_the_size_rounded, "biased in groups of 5"),
        (one_group_ends_at_32, "biased in groups of 33"),
        (lambda x: of_max2(x) * (1 if x.shape[-1] < 9 else -1), "biased in groups of 33"),
        (lambda x: of_max2(x) * (x.shape[-1] < 9), "no signal in groups of 33"),
        (lambda x: of_max2(x) + (x.shape[-1] > 8), "not centred in groups of 33"),
        (ties_by_place_beyond_16, "not tie-consistent in groups of 33"),
    ):
        report = og.audit(function, "max@2", n=4)
        finding = report.finding("other_sizes")
        assert (report.unbiased, finding.holds, finding.says) == (True, False, where)
        assert report.verdict.endswith(f"; but {where}")
        assert finding.lesson is not None
        required = claims(None, report.objective, 4, 2, asked=False)
        assert [r.failure(report) for r in required] == [
            None,
            None,
            "other-sizes: expected to hold, does not",
        ]


def test_the_lesson_has_the_batches_and_what_is_needed():
    lesson = og.audit(wrong_if(lambda n: n == 5), "max@2", n=4).finding("other_sizes").lesson
    assert "the others stay. Its advantage rises by" in lesson.says
    assert [column.label for column in lesson.columns] == ["reward", "came", "or", "came"]
    low, high = (np.array([float(r) for r in lesson.columns[i].numbers]) for i in (0, 2))
    assert len(low) == 5
    assert (low != high).sum() >= 1
    for rewards, came in ((low, lesson.columns[1]), (high, lesson.columns[3])):
        np.testing.assert_array_equal(bent(rewards), came.numbers)


# ---- what is right, or cannot be asked


class OfFour:
    """Cuts whatever it is given into groups of four, as a trainer of a fixed group size does."""

    def flat(self, rewards, group_ids):
        table = rewards.reshape(-1, 4)
        return (table - table.mean(-1, keepdims=True)).ravel()

    def loop(self, rewards, group_ids):
        out = np.empty_like(rewards)
        for start in range(0, len(rewards), 4):
            part = rewards[start : start + 4]
            out[start : start + 4] = part - part.mean()
        return out


def best_of_all(x):
    top = np.sort(x, axis=-1)
    return (x == top[..., -1:]) * (x - top[..., -2:-1])


def refuses_others(x):
    assert x.shape[-1] == 4
    return x - x.mean(-1, keepdims=True)


@pytest.mark.slow
def test_what_is_right_is_not_accused():
    for name, estimator in maxk.FAMILY.items():
        contract = estimator.contract
        report = og.audit(name, contract.objective(4, 2), 4)
        assert report.finding("other_sizes").holds is (True if report.unbiased else None)
    of_half = og.audit(lambda x: og.advantage(x, f"max@{x.shape[-1] // 2}"), "max@2", n=4)
    assert of_half.finding("other_sizes").says == (
        "right in groups of 5, where it was tried; in groups of 33 the gradient of another objective, "
        "whose K goes with N"
    )
    for function, _ in RIGHT.values():
        assert og.audit(function, "max@2", n=3).finding("other_sizes").holds
    for function, objective, n, says in (
        (OfFour().flat, "mean@1", 4, "groups of 5 are not taken"),
        (OfFour().loop, "mean@1", 4, "groups of 5 are not kept apart"),
        (best_of_all, "max@4", 4, "in groups of 5 the gradient of another objective"),
        (refuses_others, "mean@1", 4, "groups of 5 are not taken: refuses_others raised AssertionError"),
        (maxk.grpo, "mean@1", 4, "not asked: at the size that was named it is not unbiased"),
    ):
        report = og.audit(function, objective, n)
        finding = report.finding("other_sizes")
        assert finding.holds is None, function
        assert finding.says.startswith(says)
        assert Requirement("other_sizes", tacit=True).failure(report) is None
        assert Requirement("other_sizes").failure(report) is not None


def test_a_large_baseline_is_no_bias_elsewhere_and_groups_may_be_small():
    for n, function in ((4, lambda x: of_max2(x) + 1e8), (2, lambda x: x - x.mean(-1, keepdims=True))):
        report = og.audit(function, "max@2" if n == 4 else "mean@1", n)
        assert report.finding("other_sizes").holds
    assert og.audit(lambda x: x, "mean@1", n=1).finding("other_sizes").holds


def subsets_of_four(sizes):
    def enumerates(x):
        (n,) = x.shape
        sizes.add(n)
        total = np.zeros(n)
        for chosen in combinations(range(n), 2):
            for rest in combinations(range(n), 2):
                if not set(chosen) & set(rest):
                    total[list(chosen)] += max(x[list(chosen)]) / comb(n - 2, 2)
        return total / (n - 1)

    return enumerates


def power_set(sizes):
    def enumerates(x):
        (n,) = x.shape
        sizes.add(n)
        for _ in range(2**n):
            n += 0
        return x - x.mean()

    return enumerates


@pytest.mark.slow
def test_a_size_is_chosen_by_how_the_function_grows():
    """By counts: what takes 2^N steps is not asked about groups of 33, what takes N is."""
    for make, objective, largest in (
        (power_set, "mean@1", range(8, 18)),
        (subsets_of_four, "max@2", range(6, 25)),
        (lambda sizes: lambda x: (sizes.add(x.shape[-1]), x - x.mean())[1], "mean@1", [LARGEST]),
    ):
        seen = set()
        og.audit(make(seen), objective, n=4)
        assert max(seen) in largest


def test_lines_are_counted_and_the_tracer_is_put_back():
    def loop(n):
        for _ in range(n):
            pass

    def twice(n):
        loop(n)
        loop(n)

    before = sys.gettrace()
    assert lines_run(lambda: twice(50), twice) - lines_run(lambda: twice(10), twice) == 160
    assert lines_run(lambda: loop(50), twice) == 0
    with pytest.raises(ZeroDivisionError):
        lines_run(lambda: twice(1 / 0), twice)
    assert sys.gettrace() is before


# ---- equal rewards


def over_the_spread(x, epsilon):
    return (x - x.mean(-1, keepdims=True)) / (x.std(-1, keepdims=True, ddof=1) + x.dtype.type(epsilon))


@pytest.mark.slow
def test_equal_rewards_whose_sum_is_rounded():
    """verl-project/verl pull 4598: with 1e-6 below, float32 residues are answers; with 1e-3 hardly."""
    for function, holds in (
        (lambda x: over_the_spread(x, 1e-6), False),
        (lambda x: over_the_spread(x.astype(np.float32), 1e-6), False),
        (lambda x: over_the_spread(x, 1e-3), True),
        (lambda x: x - x.mean(-1, keepdims=True), True),
        (lambda x: x.astype(np.float32) - x.astype(np.float32).mean(-1, keepdims=True), True),
        (maxk.grpo, True),
    ):
        finding = og.audit(function, "mean@1", n=4).finding("zero_on_equal_rewards")
        assert finding.holds is holds
        assert (finding.lesson is None) is holds
        if not holds:
            assert "do not give zeros: what rounding leaves of their sum" in finding.says
    given = og.audit(lambda x: over_the_spread(x, 1e-6), "mean@1", n=4, values=(0, 1))
    assert given.finding("zero_on_equal_rewards").holds
    silent = og.audit(lambda x: over_the_spread(x, 1e-6) * (x.shape[-1] > 4), "mean@1", n=4)
    assert silent.constant == 0  # no advantage on the values, and none to measure by
