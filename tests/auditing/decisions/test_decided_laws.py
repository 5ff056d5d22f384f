"""Which orders of a batch are tried: all up to four rewards, beyond that those that code trips over."""

from itertools import permutations

import numpy as np
import pytest

from ordergrad_ref.auditing.decisions import laws


def tried(n):
    return {tuple(row) for _, rows in laws.reordered(np.arange(float(n))[None], 1) for row in rows.tolist()}


@pytest.mark.parametrize("n", [2, 3, 4])
def test_all_orders_of_four(n):
    assert tried(n) == set(permutations(map(float, range(n))))


@pytest.mark.parametrize("n", [5, 16])
def test_reversed_rotated_and_exchanged(n):
    x = list(map(float, range(n)))
    exchanged = [[*x[: i - 1], x[i], x[i - 1], *x[i + 1 :]] for i in range(1, n)]
    expected = [x[::-1], *([*x[-i:], *x[:-i]] for i in range(1, n)), *exchanged]
    assert {tuple(row) for row in expected} <= tried(n)


def test_each_order_of_many_rewards_is_tried_on_a_share_of_the_batches():
    table = np.tile(np.arange(40.0), (500, 1))
    rows = [np.arange(500)[rows] for rows, _ in laws.reordered(table, 1)]
    assert set(np.concatenate([r for r in rows if len(r) < 500])) == set(range(500))


def test_orders_of_a_batch_without_ties_rise_and_fall():
    x = np.random.default_rng(0).permuted(np.tile(np.arange(6.0), (3, 1)), axis=1)
    there = [np.take_along_axis(x, p, axis=1) for p in laws.some_orders(x, 1)]
    assert any((y == np.arange(6)).all() for y in there)
    assert any((y == np.arange(6)[::-1]).all() for y in there)
    assert all((np.sort(y, axis=1) == np.arange(6)).all() for y in there)
