"""Which orders of a batch are tried: all up to four rewards, beyond that those that code trips over."""

from itertools import permutations, product

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


def test_by_how_much_a_batch_breaks_a_law():
    """Each by plain loops, on all arrangements of a few rewards, answered by distinct numbers."""
    table = np.array(list(product((-1.0, 0.0, 2.0), repeat=3)))
    answers = np.random.default_rng(0).integers(-50, 50, table.shape).astype(float)
    of_equals, tied, discord = (
        f(table, answers).tolist() for f in (laws.signal_of_equals, laws.tie_dependence, laws.discord)
    )
    apart = laws.difference(answers, table).tolist()
    for i, (x, a) in enumerate(zip(table.tolist(), answers.tolist(), strict=True)):
        pairs = [(x[j], x[k], a[j], a[k]) for j, k in permutations(range(3), 2)]
        assert apart[i] == max(abs(p - q) for p, q in zip(a, x, strict=True))
        assert of_equals[i] == (max(map(abs, a)) if len(set(x)) == 1 else 0)
        assert discord[i] == max([p - q for u, v, p, q in pairs if u < v] + [0])
        together = [sorted(q for v, q in zip(x, a, strict=True) if v == u) for u in set(x)]
        assert tied[i] <= max(t[-1] - t[0] for t in together)
        assert (tied[i] == 0) == all(t[0] == t[-1] for t in together)


def test_what_is_added_to_all_rewards():
    """Twice the range, down to a power of two, and four times less: no digit of a few bits is lost."""
    assert laws.shifts(np.array([[0.0, 3.0], [1.0, 1.5]])) == (4, -8)
    assert laws.shifts(np.array([[-2.0, 2.0]])) == (8, -16)
    assert laws.shifts(np.array([[0.0, 0.25]])) == (0.5, -1)


def test_how_many_batches_each_order_is_tried_on():
    """All up to N = 16; at N = 40 one in ``⌈2 · 39 / SHARES⌉``, in turn."""
    for n, share in ((16, 1), (40, -(-2 * 39 // laws.SHARES))):
        table = np.tile(np.arange(float(n)), (120, 1))
        seen = [np.arange(120)[rows].tolist() for rows, _ in laws.reordered(table, 1)]
        every = list(range(120))
        assert seen == [
            every,
            *(every[i % share :: share] for i in range(1, n) for _ in "ab"),
            *[every] * laws.RANDOM_ORDERS,
        ]
