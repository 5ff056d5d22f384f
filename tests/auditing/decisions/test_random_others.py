"""Where the random rewards of `RandomOthers` lie: as its constants say, and in no other place."""

from math import comb

import numpy as np
import pytest

from ordergrad_ref.auditing.decisions.multisets import MOST_REWARDS
from ordergrad_ref.auditing.decisions.random_others import (
    DIGITS,
    OTHERS,
    RANGES,
    WHOLE_FROM,
    FarOthers,
    RandomOthers,
)
from ordergrad_ref.auditing.evidence import SEED
from ordergrad_ref.objectives import objective


def parts(n, seed):
    """For each range its largest reward, the values b ``(6, 4)`` and their others ``(6, n − 1)``."""
    random = RandomOthers(n, seed)
    for largest, table, places in zip(RANGES, random.tables, random._places, strict=True):
        rows = np.arange(len(table))
        rest = np.ones(table.shape, dtype=bool)
        rest[rows, places] = False
        others = np.sort(table[rest].reshape(OTHERS, 4, n - 1), axis=-1)
        assert (others == others[:, :1]).all()  # the same ones beside each of the four
        yield largest, table[rows, places].reshape(OTHERS, 4), others[:, 0]


def test_where_rewards_lie():
    away = []
    for seed in range(40):
        for largest, b, others in parts(5, seed):
            away.append(b[1:] / largest - np.array([-15, -5, 5, 15]) / 16)
            assert (b * DIGITS % 2 == 0).all()
            assert (others * DIGITS % 2 == 1).all()
            assert (abs(others) <= largest * np.array([[1], [1 / 4]] * 3)).all()
            if largest >= WHOLE_FROM:
                assert (b[0] == np.trunc(b[0])).all()
            else:
                assert (b[0] != np.trunc(b[0])).any()
    assert 0.99 / 16 < abs(np.array(away)).max() <= 1 / 16 + 2 / DIGITS


def test_every_second_multiset_lies_inside():
    """So that b may lie outside; those in between reach nearly as far as b."""
    others = np.array([x / largest for largest, _, x in parts(9, 3)])
    assert abs(others[:, 1::2]).max() > 0.2
    assert (abs(others[:, ::2]).max(axis=-1) > 0.5).all()


def test_a_reward_is_in_each_place_as_often():
    places = np.concatenate([x for seed in range(40) for x in RandomOthers(3, seed)._places])
    assert abs(np.bincount(places, minlength=3) / len(places) - 1 / 3).max() < 0.05


@pytest.mark.slow
def test_no_two_rewards_of_a_batch_are_equal():
    """At all group sizes in which four values have at most ``MOST_REWARDS`` rewards: what orders and
    `hides_singles` suppose. Drawn one by one, 8 of 72 batches of 32 had two that were."""
    largest = max(n for n in range(1, 100) if comb(n + 3, n) * n <= MOST_REWARDS)
    for n in range(1, largest + 1):
        tables = RandomOthers(n, SEED).tables + FarOthers(n, SEED).tables
        assert all(len(set(row)) == n for table in tables for row in table.tolist()), n
    assert largest == 48


@pytest.mark.parametrize("n", [3, 64])
def test_both_batches_of_a_pair_are_whole(n):
    """They differ in the first reward alone."""
    others = RandomOthers(n, 5)
    gaps = others.pairs(others.tables, objective("max@2")).gap
    for pair in range(0, len(gaps), 7):
        low, high = others.batches(pair)
        assert len(low) == len(high) == n
        assert low[1:] == high[1:]
        assert high[0] - low[0] == gaps[pair]
