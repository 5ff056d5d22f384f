"""Theorem: the sums of weighted gaps below, less those above, are the advantages. Spec section 11.15.

No term takes part in more than six additions, and weights are rounded once, on which the bound rests; whoever
adds, bits are the same.
"""

from fractions import Fraction as F
from math import comb
from operator import mul

import numpy as np
import pytest
from helpers.scripts import benchmark

import ordergrad_ref as og
from ordergrad_ref.closed_forms import gap_form, sums, two_sided

U = F(1, 2**53)


def sides(n, spelling, *, exact=False):
    return gap_form._weights_of_sides(n, n, og.objective(spelling), exact)


@pytest.mark.parametrize("spelling", ["max@1", "max@3", "trimmed(1)@4"])
def test_both_sides_are_the_centred_gap_form(spelling):
    alpha = og.objective(spelling)
    for n in (*range(alpha.k + 1, 18), 31, 32, 33, two_sided.FEW):
        x = np.array([[F(i * i % 7, 3) for i in range(n)]])
        whole = gap_form._gap_weights(n, n, alpha, True)
        below, above = sides(n, spelling, exact=True)
        assert (below + above[::-1] == whole).all()
        answer = sums.both_sides(x, below, above)
        assert (answer == sums.centred_rise(x, whole)).all()
        assert {type(a) for a in answer[0]} == {F}


class Counted:
    """A term, or a sum of some: how many additions each term has been through. Zero takes part in none."""

    def __init__(self, through):
        self.through = through

    def __add__(self, other):
        both = [self.through, other.through]
        more = 1 if all(both) else 0
        return Counted({name: deep + more for one in both for name, deep in one.items()})


def test_no_term_is_added_more_than_six_times_up_to_sixty_four_rewards():
    for n in (2**level for level in range(1, 8)):
        x = np.array([[Counted({t: 0} if 0 < t < n else {})] for t in range(n + 1)])
        two_sided.sums_of_few(x)
        assert [sorted(s.through) for s in x[:, 0]] == [*(list(range(1, m + 1)) for m in range(n)), []]
        most = max(deep for s in x[:, 0] for deep in s.through.values())
        assert (most <= 6) == (n <= two_sided.FEW)


@pytest.mark.parametrize("n", [2, 4, 7, 16, 40, 64])
def test_one_group_few_and_many_are_answered_in_the_same_bits(n):
    """One as complex numbers, few by fetching rows, many by adding halves; zeros of both signs, and ties."""
    groups = two_sided.MANY_SUMS // n
    x = np.random.default_rng(n).normal(size=(groups, n)).round(1)
    x[1] = np.where(x[0] < 0, -0.0, 0.0)
    for spelling in ("mean@1", "max@2", "min@2") if n > 2 else ("mean@1",):
        together = og.advantage(x, spelling)
        assert og.advantage(x[:5], spelling).tobytes() == together[:5].tobytes()
        for row, answers in zip(x[:3], together, strict=False):
            assert og.advantage(row, spelling).tobytes() == answers.tobytes()
            assert all(len(set(answers[row == value])) == 1 for value in row)


def test_buffers_are_again_what_they_were():
    """To add many rows fast, NumPy is told to use none, and forgets it again."""
    before = np.getbufsize()
    gaps, weights = np.ones((7, two_sided.MANY)), np.ones(7)
    two_sided.both_sides(gaps.T, weights[1:], weights[1:])
    assert np.getbufsize() == before


@pytest.mark.parametrize("name", ["advantage", "score_weights"])
def test_the_error_is_within_the_bound(name):
    """``10.01 u · scale``: weights are rounded once. Rewards are of all sizes: sums are rounded."""
    rng = np.random.default_rng(0)
    for n, k in ((2, 1), (8, 4), (13, 1), (16, 3), (16, 15), (33, 2), (64, 4), (64, 63)):
        x = rng.normal(size=n) * 2.0 ** rng.integers(-8, 8, n)
        exact = getattr(og, name)([F(v) for v in x.tolist()], f"max@{k}")
        got = getattr(og, name)(x, f"max@{k}").tolist()
        assert max(abs(F(a) - e) for a, e in zip(got, exact, strict=True)) <= F(1001, 100) * U * max(
            abs(exact)
        )


@pytest.mark.parametrize("name", ["advantage", "score_weights"])
def test_weights_near_the_largest_number_do_not_overflow(name):
    """The answers are far from it; ``K t`` times a weight is not."""
    alpha = og.LStatistic([F(0)] * 14 + [F(1e307)])
    x = np.arange(16.0) * 1e-3
    exact = getattr(og, name)([F(v) for v in x.tolist()], alpha)
    errors = [abs(F(a) - e) for a, e in zip(getattr(og, name)(x, alpha).tolist(), exact, strict=True)]
    assert max(errors) <= 16 * U * max(abs(exact))


def test_weights_of_both_sides_are_rounded_once():
    """The nearest floats to ``e_t t · factor/(N(N−1))``, e by its definition in integers."""
    grid = benchmark("weights_grid")
    for n, k in ((2, 1), (8, 4), (16, 15), (33, 8), (64, 4)):
        ways = grid.ways(n - 1, k)
        for name in (*grid.FAMILIES, f"rank({k})"):
            alpha = grid._objective(f"{name}@{k}")
            if alpha is None or sides(n, f"{name}@{k}") is None:
                continue
            e = [sum(map(mul, alpha.weights, row)) / comb(n - 2, k - 1) for row in ways]
            for factor in (n, k):
                below, above = gap_form._weights_of_sides(n, factor, alpha, False)
                share = F(factor, n * (n - 1))
                assert below.tolist() == [float(e[t - 1] * t * share) for t in range(1, n)]
                assert above[::-1].tolist() == [float(e[t - 1] * (n - t) * share) for t in range(1, n)]


def test_weights_of_both_signs_and_larger_groups_are_centred():
    """There terms cancel, or there are too many additions: sums are corrected."""
    assert sides(16, "max@2") is not None
    assert sides(16, "gini@2") is sides(16, "max@2.5") is None
    x = np.random.default_rng(0).normal(size=(1, two_sided.FEW + 1))
    weights = gap_form.gap_weights(two_sided.FEW + 1, og.objective("max@2"))
    assert (og.advantage(x, "max@2") == sums.centred_rise(x, weights)).all()
