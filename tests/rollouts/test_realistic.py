"""Ten thousand rollouts with awkward text: untouched, and the same in every format."""

import re
from collections import Counter

import numpy as np
import pyarrow.parquet as pq
import pytest
from helpers.marked_rollouts import ADDED, MARK, MARKS, append_marks, without_added
from helpers.rollout_files import realistic_rollouts

from ordergrad_ref.rollouts import read, write


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_realistic_rollouts(suffix, realistic, tmp_path):
    path, output = realistic / f"rollouts{suffix}", tmp_path / f"out{suffix}"
    before = path.read_bytes()
    rollouts = append_marks(path, output)
    sizes = Counter(rollouts.groups.tolist())
    assert (len(rollouts.rewards), len(sizes)) == (10_000, 1_200)
    assert (min(sizes.values()), max(sizes.values())) == (5, 16)
    assert {0.0, 1.0} < set(rollouts.rewards.tolist())

    if suffix == ".parquet":
        rows = pq.read_table(output)
        assert rows["advantage"].to_pylist() == [MARKS + i for i in range(10_000)]
        assert rows.drop_columns("advantage").equals(pq.read_table(path))
    else:
        assert not re.search(ADDED[suffix], before)
        assert without_added(suffix, output.read_bytes()) == before
        assert len(re.findall(MARK, output.read_bytes())) == 10_000
    again = tmp_path / f"again{suffix}"
    realistic_rollouts(again)
    assert again.read_bytes() == before


@pytest.mark.slow
def test_realistic_rollouts_are_the_same_in_every_format(realistic):
    text, lines, parquet = (
        read(realistic / f"rollouts{suffix}", "score", "prompt") for suffix in (".csv", ".jsonl", ".parquet")
    )
    assert np.array_equal(text.rewards, lines.rewards)
    assert np.array_equal(text.rewards, parquet.rewards)
    assert np.array_equal(text.groups, lines.groups)
    assert np.array_equal(text.groups, parquet.groups)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_rows_are_counted(suffix, realistic, tmp_path):
    counts = []
    rollouts = read(realistic / f"rollouts{suffix}", "score", seen=counts.append)
    assert counts == sorted(counts)
    assert len(counts) > 1
    assert counts[-1] == len(rollouts.rewards)
    counts.clear()
    write(rollouts, "A", rollouts.rewards, tmp_path / f"out{suffix}", seen=counts.append)
    assert counts == sorted(counts)
    assert 0 < counts[-1] <= 10_000
