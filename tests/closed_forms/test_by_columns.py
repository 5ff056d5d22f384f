"""Sums of many short groups: added rank by rank they are, to the last bit, those added group by group."""

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.closed_forms import gap_form, rounding, sums


@pytest.mark.parametrize("n", [1, 2, 3, 17])
def test_running_sums_are_the_same_in_either_order(n):
    x = np.random.default_rng(n).normal(size=(70, n)) * np.logspace(0, 12, n)
    by_rows, by_columns = rounding.running_sum(x), rounding.running_sum(np.asfortranarray(x))
    assert rounding.is_by_columns(np.asfortranarray(x)) == (n > 1)
    assert not rounding.is_by_columns(x)
    assert (by_rows == by_columns).all()
    assert (rounding.total(np.asfortranarray(x)) == by_rows[:, -1]).all()


@pytest.mark.parametrize("name", ["advantage", "value", "inclusion", "pathwise_weights"])
def test_answers_do_not_depend_on_how_many_groups_there_are(name):
    x = np.random.default_rng(3).normal(size=(200, 5)).round(1)
    f = getattr(og, name)
    one_by_one = np.array([f(row, "trimmed(1)@4") for row in x])
    assert len(x) >= sums.MANY
    assert (f(x, "trimmed(1)@4") == one_by_one).all()


@pytest.mark.parametrize("name", ["advantage", "value", "inclusion", "pathwise_weights"])
def test_blocks_of_groups_change_no_bit(name, monkeypatch):
    """Blocks that are full, and a last one that is not; and as many groups at once as there are."""
    x = np.random.default_rng(4).normal(size=(203, 5)).round(1)
    whole = getattr(gap_form, name)(x, og.objective("max@3"), sums)
    monkeypatch.setattr(sums, "AT_ONCE", 50)
    blocks = []
    monkeypatch.setattr(sums, "_wide", lambda table: blocks.append(len(table)) or table)
    assert getattr(gap_form, name)(x, og.objective("max@3"), sums).tobytes() == whole.tobytes()
    assert blocks == [10] * 20 + [3]
