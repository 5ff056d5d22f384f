"""Rows in portions of whole groups.

Law: the portions are the rows that have a group, each once; no group is in two of them; and what is beyond
the rows that a portion may have is of one group.
"""

import random
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordergrad_ref.commands import columns, portions
from ordergrad_ref.objectives import objective
from ordergrad_ref.rollouts import read


@given(number=st.lists(st.integers(-1, 6), max_size=40), most=st.integers(1, 12), rising=st.booleans())
def test_portions_are_the_groups_once(number, most, rising):
    number = np.array(sorted(number) if rising else number, dtype=np.int32)
    with pytest.MonkeyPatch.context() as small:
        small.setattr(portions, "AT_ONCE", most)
        found = [np.arange(len(number))[rows].tolist() for rows in portions.portions(number)]
    assert sorted(chain.from_iterable(found)) == np.flatnonzero(number >= 0).tolist()
    groups = [set(number[rows].tolist()) for rows in found]
    assert sum(map(len, groups)) == len(set().union(*groups))
    sizes = [np.bincount(number[rows]) for rows in found]
    assert all(s.sum() <= most or s.sum() - s[s > 0][-1] < most for s in sizes)


@pytest.mark.parametrize("what", ["advantage", "value", "pathwise_weights"])
def test_portions_change_no_answer(what, tmp_path, monkeypatch):
    draw = random.Random(0)
    path = tmp_path / "a.csv"
    lines = [
        f"{draw.randrange(9)},{draw.random()},{draw.randrange(3)},{draw.randrange(5) > 0}" for _ in range(200)
    ]
    path.write_text("\n".join(["prompt,score,by,counts", *lines]))
    found = [read(path, "score", "prompt")]
    beside = {"by": read(path, "by").rewards, "where": read(path, "counts").rewards == 1}
    whole = columns.computed(found, [objective("max@2")], what, group_size=None, **beside)
    monkeypatch.setattr(portions, "AT_ONCE", 7)
    parts = columns.computed(found, [objective("max@2")], what, group_size=None, **beside)
    assert np.array_equal(whole.answers, parts.answers, equal_nan=True)
    assert np.isfinite(whole.answers).any()
