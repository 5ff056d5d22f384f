"""Law: a group with a reward that is not finite has such an answer too; so loops look at answers alone."""

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.kernels import at_hand, choice
from ordergrad_ref.kernels.cpu import sums as cpu

QUANTITIES = "advantage", "score_weights", "inclusion", "leave_one_out"


def strays(n, dtype):
    """Groups of finite rewards; one for each place and each number that is not finite; and such alone."""
    finite_ones = np.random.default_rng(n).normal(size=(3 * n + 12, n)).astype(dtype)
    x = finite_ones.copy()
    for place in range(n):
        x[[9 + 3 * place, 10 + 3 * place, 11 + 3 * place], place] = np.nan, np.inf, -np.inf
    x[-3:] = np.array([[np.nan], [np.inf], [-np.inf]])
    return finite_ones, x


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [2, 7, 8, 9, 16, 17, 33, 64, 65, 100])
def test_a_reward_that_is_not_finite_shows_in_the_answers(n, dtype):
    """Whatever its place, though it weighs nothing; and the other groups are answered as without it."""
    finite_ones, x = strays(n, dtype)
    for spelling in ("mean@1", "max@2", "min@2") if n > 2 else ("mean@1",):
        for name in QUANTITIES:
            formula, objective = getattr(gap_form, name), og.objective(spelling)
            with np.errstate(all="ignore"):
                right, got = formula(finite_ones, objective, cpu), formula(x, objective, cpu)
            assert not np.isfinite(got[9:]).all(axis=1).any()
            assert got[:9].tobytes() == right[:9].tobytes()
            assert not cpu.found_finite(got)


def test_answers_that_are_all_finite_need_no_second_look(monkeypatch):
    x, objective = np.random.default_rng(0).normal(size=(3, 8)), og.objective("max@2")
    monkeypatch.setattr(at_hand.AT_HAND, "answered", at_hand.COMPILING_PAYS)
    right = og.advantage(x, objective)  # by now loops are in memory

    def kernel(table):
        return gap_form.advantage(table, objective, cpu)

    np.testing.assert_array_equal(choice.answered(kernel, x), right)
    assert choice.answered(lambda table: kernel(table).copy(), x) is None
    assert choice.answered(kernel, np.where(x == x[1, 1], np.inf, x)) is None
    huge = np.tile([0.95e308, -0.95e308], (3, 4))
    assert choice.answered(kernel, huge) is None  # gaps overflow, and answers are found otherwise
    assert np.isfinite(og.advantage(huge, objective)).all()


def test_answers_beyond_float32_are_found():
    """Of two rewards the answers are their differences: within float32, just beyond it, and far beyond."""
    objective = og.objective("mean@1")

    def kernel(table):
        return gap_form.advantage(table, objective, cpu)

    top = float(np.finfo(np.float32).max)
    for pair, is_finite in (([3e38, 1e37], True), ([top, -1.1e31], False), ([top, -top], False)):
        x = np.array([pair] * 9, np.float32)
        assert np.isfinite(kernel(x)).all() == is_finite  # and by now loops are in memory
        assert (choice.answered(kernel, x) is not None) == is_finite
