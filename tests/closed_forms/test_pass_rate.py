"""Theorem (53): pass@k of counts is ``1 − C(n−s, k)/C(n, k)``; here the nearest float64, at every size."""

from fractions import Fraction as F
from math import comb

import numpy as np
import pytest

from ordergrad_ref import maxk
from ordergrad_ref.errors import InvalidInputError

LARGE = [
    (10**6, 1, 1),
    (10**6, 1, 10**6 - 1),
    (10**6, 3, 8),
    (10**6, 3, 500_000),
    (10**6, 999_998, 1),
    (10**6, 17, 1024),
    (10**6, 5_000, 6_000),
    (4096, 300, 600),
]


def by_definition(n, s, k):
    return 1 - F(comb(n - s, k), comb(n, k))


@pytest.mark.parametrize("n", [1, 2, 7, 12])
def test_every_small_count(n):
    s, k = np.arange(n + 1)[:, None], np.arange(1, n + 1)
    exact = [[by_definition(n, s, k) for k in range(1, n + 1)] for s in range(n + 1)]
    assert maxk.pass_at_k(n=n, successes=s, k=k).tolist() == [list(map(float, row)) for row in exact]
    assert maxk.pass_at_k(n=n, successes=s.astype(object), k=k).tolist() == exact


@pytest.mark.parametrize(("n", "s", "k"), LARGE)
def test_at_large_sizes_it_is_the_nearest_float(n, s, k):
    """The definition in integers, s and k in the order that takes fewer: C(n−s, k)/C(n, k) is symmetric."""
    few, many = sorted((s, k))
    whole = comb(n, few)
    assert maxk.pass_at_k(n=n, successes=s, k=k) == (whole - comb(n - many, few)) / whole


def test_rewards_and_their_counts_agree():
    table = np.array([[0, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]])
    for k in (1, 3, 5):
        got = maxk.pass_at_k(n=5, successes=table.sum(axis=1), k=k)
        np.testing.assert_allclose(got, maxk.pass_at_k(table, k), rtol=4e-16)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n": 3, "successes": 4, "k": 1}, "successes: expected at most n = 3, got 4"),
        (
            {"n": [9, 3], "successes": [9, 4], "k": 1},
            "successes: expected at most n = 3, got 4 at position 1",
        ),
        ({"n": 3, "successes": 1, "k": 4}, "k: expected at most n = 3, got 4"),
        ({"n": 3, "successes": -1, "k": 1}, "successes: expected 0 <= successes <= 1000000000, got succ"),
        ({"n": 3, "successes": 1, "k": 0}, "k: expected 1 <= k <= 1000000000, got k = 0"),
        ({"n": 0, "successes": 0, "k": 1}, "n: expected 1 <= n <= 1000000000, got n = 0"),
        ({"n": 3.0, "successes": 1, "k": 1}, "n: expected integers, got 3.0"),
        ({"n": True, "successes": 1, "k": 1}, "n: expected integers, got True"),
        ({"n": [F(1, 2)], "successes": 0, "k": 1}, "n: expected an integer, got 0.5"),
        ({"n": [[1], [2, 3]], "successes": 1, "k": 1}, "n: expected an array of integers, got"),
        (
            {"n": np.ma.array([4, 5], mask=[0, 1]), "successes": 1, "k": 1},
            "n: expected a plain array, got a masked one",
        ),
        ({"n": 3, "k": 1}, "n and successes: expected both or none, got one"),
        ({"n": [3, 4], "successes": [1, 1, 1], "k": 1}, "expected shapes that broadcast, got"),
        ({"n": 3, "successes": 1}, "k: expected the size of the comparison sets, got none"),
        ({"k": 1}, "rewards: expected rewards 0 and 1, or counts"),
        ({"rewards": [0, 1], "n": 2, "successes": 1, "k": 1}, "rewards: expected none beside counts, got"),
        ({"n": 2, "successes": 1, "k": 1, "groups": [0]}, "groups: expected none beside counts, got"),
        ({"n": F(10**6), "successes": 10**5, "k": 10**5}, "at most 10000 for an exact rational, got 100000"),
    ],
)
def test_wrong_counts_are_refused(given, message):
    with pytest.raises(InvalidInputError, match=message.replace("(", r"\(")):
        maxk.pass_at_k(**given)


def test_sets_that_a_group_is_too_small_for():
    got = maxk.pass_at_k(n=[3, 5], successes=[1, 2], k=4, small_groups="nan")
    assert np.isnan(got[0])
    assert got[1] == maxk.pass_at_k(n=5, successes=2, k=4)
    with pytest.raises(InvalidInputError, match="small_groups: expected one of 'raise', 'nan', got 'zero'"):
        maxk.pass_at_k(n=5, successes=2, k=4, small_groups="zero")
    with pytest.raises(InvalidInputError, match="small_groups: expected 'raise' for exact rationals"):
        maxk.pass_at_k(n=F(3), successes=2, k=4, small_groups="nan")


def test_counts_are_not_changed_and_may_be_of_any_shape():
    n = np.array([[4, 5], [6, 7]])
    n.setflags(write=False)
    assert maxk.pass_at_k(n=n, successes=2, k=3).shape == (2, 2)
    assert maxk.pass_at_k(n=n[:0], successes=2, k=3).shape == (0, 2)
    assert maxk.pass_at_k(n=[], successes=[], k=3).shape == (0,)
    assert float(maxk.pass_at_k(n=np.int64(5), successes=2, k=3)) == 0.9
