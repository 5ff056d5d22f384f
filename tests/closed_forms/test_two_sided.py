"""Theorem: the sums of weighted gaps below, less those above, are the advantages. Spec section 11.15.

No term takes part in more than six additions, on which the bound rests, and in no order do bits differ.
"""

from fractions import Fraction as F
from math import comb
from operator import mul

import numpy as np
import pytest
from helpers.scripts import benchmark

import ordergrad_ref as og
from ordergrad_ref.closed_forms import gap_form, sums, two_sided
from ordergrad_ref.objectives.exact_numbers import over_one_denominator

U = F(1, 2**53)


def sides(n, spelling, *, exact=False):
    return gap_form._weights_of_sides(n, n, og.objective(spelling), exact)


@pytest.mark.parametrize("spelling", ["max@1", "max@3", "trimmed(1)@4"])
def test_both_sides_are_the_centred_gap_form(spelling):
    alpha = og.objective(spelling)
    for n in range(alpha.k + 1, two_sided.FEW + 1):
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


@pytest.mark.parametrize("n", range(2, 2 * two_sided.FEW))
def test_no_term_is_added_more_than_six_times_up_to_sixteen_rewards(n):
    x = np.array([[Counted({})], *([Counted({t: 0})] for t in range(1, n))])
    two_sided.sums_of_few(x)
    assert [sorted(s.through) for s in x[:, 0]] == [list(range(1, m + 1)) for m in range(n)]
    most = max(deep for s in x[:, 0] for deep in s.through.values())
    assert (most <= 6) == (n <= two_sided.FEW)


@pytest.mark.parametrize("n", [2, 4, 7, 16])
def test_python_and_numpy_answer_the_same_bits(n):
    """One group by Python's floats, the same among others by NumPy; zeros of both signs, and ties."""
    x = np.random.default_rng(n).normal(size=(5, n)).round(1)
    x[1] = np.where(x[0] < 0, -0.0, 0.0)
    for spelling in ("mean@1", "max@2", "min@2") if n > 2 else ("mean@1",):
        together = og.advantage(x, spelling)
        for row, answers in zip(x, together, strict=True):
            assert og.advantage(row, spelling).tobytes() == answers.tobytes()
            assert all(len(set(answers[row == value])) == 1 for value in row)


@pytest.mark.parametrize("name", ["advantage", "score_weights"])
def test_the_error_is_within_the_bound(name):
    """``(ω + 9.01 u) · scale``, with ``ω ≤ 4.2 u`` for max@K. Rewards are of all sizes: sums are rounded."""
    rng = np.random.default_rng(0)
    for n, k in ((2, 1), (8, 4), (13, 1), (16, 3), (16, 15)):
        x = rng.normal(size=n) * 2.0 ** rng.integers(-8, 8, n)
        exact = getattr(og, name)([F(v) for v in x.tolist()], f"max@{k}")
        got = getattr(og, name)(x, f"max@{k}").tolist()
        assert max(abs(F(a) - e) for a, e in zip(got, exact, strict=True)) <= F(1321, 100) * U * max(
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


@pytest.mark.slow
def test_weights_of_both_sides_are_within_what_is_supposed():
    """``ω ≤ 5 u`` of all named families and order statistics, in integers."""
    grid = benchmark("weights_grid")
    for n in range(2, two_sided.FEW + 1):
        for k in range(1, n):
            ways = grid.ways(n - 1, k)
            for name in (*grid.FAMILIES, *(f"rank({j})" for j in range(1, k + 1))):
                alpha = grid._objective(f"{name}@{k}")
                if alpha is None or not len(sides(n, f"{name}@{k}")):
                    continue
                integers, denominator = over_one_denominator(alpha.weights)
                e = [sum(map(mul, integers, row)) for row in ways]
                for factor in (n, k):
                    below, above = gap_form._weights_of_sides(n, factor, alpha, False).tolist()
                    size = denominator * comb(n - 2, k - 1) * n * (n - 1)
                    for t in range(1, n):
                        for weight, rank in ((below[t - 1], t), (above[t - 1], n - t)):
                            p, q = weight.as_integer_ratio()
                            exact = e[rank - 1] * factor * t * q
                            assert abs(p * size - exact) * 2**53 <= 5 * exact, (alpha, n, rank)


def test_weights_of_both_signs_and_larger_groups_are_centred():
    """There terms cancel, or there are too many additions: sums are corrected."""
    assert len(sides(16, "max@2")) == 2
    assert len(sides(16, "gini@2")) == len(sides(17, "max@2")) == 0
