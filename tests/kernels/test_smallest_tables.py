"""Each way through the loops, at the smallest size that takes it, within 16 u · scale of exact: eq. (54).

Without a compiler (`NUMBA_DISABLE_JIT=1`) these take seconds, so that changes of the loops can be tried.
"""

from fractions import Fraction as F

import numpy as np
import pytest
from helpers.engines import answer_by

import ordergrad_ref as og
from ordergrad_ref.closed_forms import distribution
from ordergrad_ref.kernels.cpu import loops, one_huge_group
from ordergrad_ref.kernels.cpu import sums as cpu
from ordergrad_ref.kernels.cpu.lanes import LANES
from ordergrad_ref.kernels.cpu.network import IN_REGISTERS
from ordergrad_ref.objectives import LStatistic

U = F(1, 2**53)
LONG = IN_REGISTERS + 1
"""Rewards in a group from which on their places are packed, and fewer than eight groups go one by one."""
FUNCTIONS = ("advantage", "score_weights", "inclusion", "leave_one_out", "pathwise_weights", "value")
WITH_LEVEL = {"inclusion", "leave_one_out", "value"}


def rows(n):
    """Random rewards, with ties, all equal, and one beyond the digits of the others, first or last."""
    rng = np.random.default_rng(n)
    x = rng.normal(size=(5, n))
    x[1] = np.round(x[1])
    x[2] = 0.1
    x[3, 0], x[4, -1] = 1e18, -1e18
    return x


def assert_exact(name, spelling, x, got):
    exact = np.atleast_1d(getattr(og, name)([F(v) for v in x.tolist()], spelling))
    scale = max(map(abs, exact)) + (max(abs(F(v)) for v in x.tolist()) if name in WITH_LEVEL else 0)
    assert all(abs(F(float(g)) - e) <= 16 * U * scale for g, e in zip(np.atleast_1d(got), exact, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("spelling", ["max@2", "median@3", "cvar(0.3)@3"])
@pytest.mark.parametrize("n", [4, 9, LONG])
def test_groups_side_by_side(n, spelling, name):
    """Eight groups, and three more."""
    some = rows(n)
    x = np.resize(some, (LANES + 3, n))
    got = answer_by(cpu, name, x, spelling)
    for row, answer in zip(x[:5], got[:5], strict=True):
        assert_exact(name, spelling, row, answer)
    assert (got[-3:] == got[3:6]).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("spelling", ["max@2", "cvar(0.3)@3"])
def test_groups_one_by_one(spelling, name):
    x = rows(LONG)
    for row, answer in zip(x, answer_by(cpu, name, x, spelling), strict=True):
        assert_exact(name, spelling, row, answer)


@pytest.mark.slow
def test_groups_are_answered_the_same_in_whatever_runs(monkeypatch):
    """A thread takes two groups one by one, or eight side by side, and the last one what is left."""
    few, many = np.resize(rows(LONG), (7, LONG)), np.resize(rows(7), (2 * LANES + 3, 7))
    answers = []
    for at_once in (cpu.REWARDS_IN_A_RUN, 2 * LONG):
        monkeypatch.setattr(cpu, "REWARDS_IN_A_RUN", at_once)
        got = [answer_by(cpu, name, x, "max@2") for x in (few, many) for name in FUNCTIONS]
        order = cpu.order(few)
        taken = cpu.take(few, order)
        of_coins = cpu.binomial_average(np.arange(3.0), np.linspace(0, 1, 999), np.linspace(1, 0, 999))
        answers.append([*got, order, taken, cpu.put(taken, order), cpu.running_sum(few), of_coins])
    for one, other in zip(*answers, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_a_group_in_parts(parts):
    class InParts:
        def centred_rise(self, table, weights, level=cpu.NO_LEVEL):
            return one_huge_group.answer(table, weights, cpu.NONE, level, parts)

    for row in rows(97):
        (got,) = answer_by(InParts(), "advantage", row[None], "max@3")
        assert_exact("advantage", "max@3", row, got)


@pytest.mark.slow
@pytest.mark.parametrize("n", [7, 8, LONG])
def test_rewards_are_counted_from_none_that_weighs_nothing(n):
    """All but the largest weigh nothing, and are ``10^18`` away: one sixteenth of that is a rounding."""
    for far, best in ((-1e18, -1.0), (-1e18, 1.0)):
        x = np.resize(np.array([far] * (n - 1) + [best]), (3, n))
        assert answer_by(cpu, "value", x, f"max@{n}").tolist() == [best] * 3
        assert answer_by(cpu, "value", -x, f"min@{n}").tolist() == [-best] * 3
    x = np.resize(np.array([-1e18] * (n - 2) + [1e9, 1e9 + 1]), (3, n))
    spread = LStatistic([0] * (n - 2) + [F(-1, 3), F(1, 3)])
    assert abs(answer_by(cpu, "value", x, spread) - 1 / 3).max() <= 4 * U


def test_what_rounding_takes_from_a_sum_is_kept():
    """``−2^60 + 1 + 1 + 2^60 = 2``, of which plain sums keep nothing."""
    s = np.array([-(2.0**60), 1.0, 1.0, 2.0**60])
    assert loops.weighed(s, np.ones(4), 0, 3, 4.0) == 2


@pytest.mark.slow
def test_what_rounding_takes_from_many_gaps_is_kept():
    """After a gap of ``2^53`` each gap of one is lost from a plain sum: N roundings in all, and N is 41."""
    n = 41
    x = np.resize(np.array([-(2.0**53), *range(n - 1)]), (LANES, n))
    for name in ("advantage", "inclusion", "leave_one_out", "value"):
        assert_exact(name, "mean@1", x[1], answer_by(cpu, name, x, "mean@1")[1])


@pytest.mark.parametrize("spelling", ["max@3", "min@2", "median@5", "cvar(0.3)@8"])
def test_rewards_that_cannot_happen_change_nothing_of_the_others(spelling):
    """The smallest and the largest have probability zero: exact rationals, and the same without them."""
    r, p = [-3.0, 0.5, 2.0, -1.0, 8.0], [0.0, 0.25, 0.5, 0.25, 0.0]
    exact = og.population.advantage([F(x) for x in r], [F(x) for x in p], spelling)
    (got,) = distribution.advantage(np.array([r]), np.array([p]), og.objective(spelling), cpu)
    assert all(abs(F(g) - e) <= 16 * U * max(map(abs, exact)) for g, e in zip(got, exact, strict=True))
    inner = og.population.advantage([F(x) for x in r[1:4]], [F(x) for x in p[1:4]], spelling)
    assert exact[1:4].tolist() == inner.tolist()


@pytest.mark.slow
def test_rewards_with_equal_keys_are_put_in_order():
    """Keys are equal but for the place, their last two bits, where the run is the same."""
    for x, runs in (
        ([0.0, 2.0, 1.0, 5.0], [0, 1, 1, 2]),
        ([3.0, 2.0, 1.0, 5.0], [1, 1, 1, 2]),
        ([1.0, 0.0, 3.0, 2.0], [0, 0, 1, 1]),
    ):
        s, keys = np.array(x), np.array([4 * run + place for place, run in enumerate(runs)], dtype=np.uint64)
        loops.repair(s, keys, 2)
        assert s.tolist() == sorted(x)
        assert [x[key % 4] for key in keys.tolist()] == sorted(x)
