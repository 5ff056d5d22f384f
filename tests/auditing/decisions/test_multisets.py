"""All batches up to order, and both sides of eq. (56) on them: against plain enumeration."""

from fractions import Fraction as F
from itertools import combinations_with_replacement, pairwise

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import definition
from ordergrad_ref.auditing.decisions import multisets
from ordergrad_ref.auditing.decisions.multisets import Multisets
from ordergrad_ref.errors import InvalidInputError

VALUES = (F(-2), F(0), F(1, 2), F(4))


def test_both_sides_of_the_equation():
    """The answers are powers of two by the batch, so that each is in its place: ``A_i = 2^row · (1 + i)``."""
    n = 3
    found = Multisets(n, VALUES)
    batches = list(combinations_with_replacement(VALUES, n))
    assert sorted(map(tuple, found.table.tolist())) == sorted(tuple(map(float, b)) for b in batches)
    row = {tuple(x): i for i, x in enumerate(found.table.tolist())}
    by_value = 2.0 ** np.arange(len(batches))[:, None] * (1 + np.arange(len(VALUES)))
    by_value[found.counts == 0] = np.nan
    d = found.differences(by_value, og.objective("max@2"))

    def at(b, others):
        """The answer to b beside these others, the largest in that batch, and the largest reward."""
        batch = tuple(sorted(map(float, (VALUES[b], *others))))
        here = by_value[row[batch]]
        return here[b], np.nanmax(abs(here)), max(map(abs, batch))

    pair = 0
    for i, counts in enumerate(d.others.tolist()):
        others = [v for v, c in zip(VALUES, counts, strict=True) for _ in range(c)]
        q = [definition.inclusion([v, *others], "max@2")[0] for v in VALUES]
        for b in range(len(VALUES)):
            assert (d.advantage[i, b], d.size[i, b], d.reward[i, b]) == at(b, others)
            assert d.inclusion[i, b] == float(q[b] - q[0])
        for low, high in pairwise(range(len(VALUES))):
            (a, size, reward), (a_high, size_high, reward_high) = at(low, others), at(high, others)
            gap = float(VALUES[high] - VALUES[low])
            assert d.pairs.rise[pair] == a_high - a
            assert d.pairs.inclusion[pair] == float(q[high] - q[low])
            assert d.pairs.gap[pair] == gap
            assert d.pairs.between[pair].tolist() == [
                gap * (t == sum(o <= VALUES[low] for o in others)) for t in range(n)
            ]
            assert (d.pairs.size[pair], d.pairs.reward[pair]) == (
                max(size, size_high),
                max(reward, reward_high),
            )
            pair += 1
    assert pair == len(d.pairs.rise)


def test_means_over_all_arrangements():
    """Answers ``4^i x_i`` by the place i: on average over all orders 7 x, for N = 3. Spec eq. (37)."""
    found = Multisets(3, VALUES)
    answered = [(x, x * 4.0 ** np.arange(3)) for x in found.arrangements()]
    mean = found.mean_over_arrangements(answered)
    expected = np.where(found.counts > 0, 7 * np.array(VALUES, dtype=float), np.nan)
    np.testing.assert_array_equal(mean, expected)
    in_parts = [(x[i : i + 5], a[i : i + 5]) for x, a in answered for i in range(0, len(x), 5)]
    np.testing.assert_array_equal(found.mean_over_arrangements(in_parts), expected)


def test_means_lose_nothing_to_a_large_number():
    """``10^15 + x_i + 4^i``: the mean is taken of differences, which are small."""
    found = Multisets(3, (F(0), F(1)))
    answered = [(x, 1e15 + x + 4.0 ** np.arange(3)) for x in found.arrangements()]
    mean = found.mean_over_arrangements(answered)
    assert abs(mean[:, 0] - (1e15 + 7))[found.counts[:, 0] > 0].max() <= 0.125
    assert abs(mean[:, 1] - (1e15 + 8))[found.counts[:, 1] > 0].max() <= 0.125


def test_no_more_than_can_be_afforded(monkeypatch):
    """Multisets of 3 out of 4 are 20, of 3 rewards each."""
    monkeypatch.setattr(multisets, "MOST_REWARDS", 60)
    assert len(Multisets(3, VALUES).counts) == 20
    monkeypatch.setattr(multisets, "MOST_REWARDS", 59)
    with pytest.raises(InvalidInputError, match="which make 20 multisets, too many"):
        Multisets(3, VALUES)
