"""Theorem (82): what any L-statistic of K has is linear in what the K order statistics have."""

from fractions import Fraction as F

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError

BATCH = [F(3), F(1), F(4), F(1), F(5)]


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_each_is_the_definition_of_one_order_statistic(k):
    value, inclusion, advantage = og.order_statistics(BATCH, k)
    for j in range(k):
        one = f"rank({k - j})@{k}"
        assert value[j] == og.definition.value(BATCH, one)
        assert inclusion[:, j].tolist() == og.definition.inclusion(BATCH, one)
        assert advantage[:, j].tolist() == og.definition.advantage(BATCH, one)


@pytest.mark.parametrize("spelling", ["median@3", "gini@3", "cvar(0.3)@3", "0.5*mean@1 + 0.5*max@3"])
def test_any_l_statistic_is_a_sum_of_them(spelling):
    alpha = np.array(og.objective(spelling).weights)
    found = og.order_statistics(BATCH, 3)
    assert found.value @ alpha == og.definition.value(BATCH, spelling)
    assert (found.inclusion @ alpha).tolist() == og.definition.inclusion(BATCH, spelling)
    assert (found.advantage @ alpha).tolist() == og.definition.advantage(BATCH, spelling)


def test_each_group_is_sorted_once_for_each_quantity(monkeypatch):
    """Comparisons of 64 rewards: three sorts take a thousand, a further order statistic less than 64."""
    counted, less = [], F.__lt__
    monkeypatch.setattr(F, "__lt__", lambda a, b: counted.append(1) or less(a, b))

    def comparisons(k):
        counted.clear()
        og.order_statistics([F(37 * i % 64) for i in range(64)], k)
        return len(counted)

    one, many = comparisons(1), comparisons(33)
    assert one > 3 * 64
    assert many < one + 32 * 64


def test_shapes_and_groups():
    table = np.array([[0.0, 1.0, 3.0], [2.0, 2.0, 5.0]], dtype=np.float32)
    found = og.order_statistics(table, 2)
    assert [part.shape for part in found] == [(2, 2), (2, 3, 2), (2, 3, 2)]
    assert {part.dtype for part in found} == {np.dtype(np.float32)}
    ragged = og.order_statistics(table.T.ravel(), 2, groups=[7, 8] * 3)
    np.testing.assert_array_equal(ragged.value, found.value)
    np.testing.assert_array_equal(ragged.advantage[::2], found.advantage[0])


def test_scores_and_what_does_not_count():
    scores, counts = [2, 1, 1, 5, 0], [True, True, False, True, True]
    found = og.order_statistics(BATCH, 2, by=scores, where=counts)
    for j in range(2):
        one = f"rank({2 - j})@2"
        assert found.value[j] == og.value(BATCH, one, by=scores, where=counts)
        assert found.advantage[:, j].tolist() == og.advantage(BATCH, one, by=scores, where=counts).tolist()
    omitted = og.order_statistics([1.0, np.nan, 3.0, 0.0], 2, nan_policy="omit")
    np.testing.assert_array_equal(omitted.value, og.order_statistics([1.0, 3.0, 0.0], 2).value)


def test_wrong_arguments_are_refused():
    with pytest.raises(GroupTooSmallError, match="needs N ≥ 4"):
        og.order_statistics([1.0, 2.0, 3.0], 3)
    with pytest.raises(InvalidInputError, match="K: expected 1 <= K"):
        og.order_statistics([1.0, 2.0], 0)
    with pytest.raises(InvalidInputError, match="a value of zero would be untrue"):
        og.order_statistics([1.0, 2.0], 1, small_groups="zero")
    small = og.order_statistics([1.0, 2.0, 3.0], 1, groups=[0, 1, 1], small_groups="nan")
    assert np.isnan(small.advantage[:, 0]).tolist() == [True, False, False]
    equal = og.order_statistics([1.0, 2.0], 2, small_groups="nan")
    assert (equal.inclusion == [[1, 2], [1, 2]]).all()
    assert np.isnan(equal.advantage).all()
    assert equal.advantage.shape == (2, 2)
