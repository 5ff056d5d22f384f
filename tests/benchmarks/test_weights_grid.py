"""The table of weights in ``benchmarks/results`` bounds them, size by size.

Law: on every size of the grid a weight is within the ω u of its row, relative to the weight for ``|α|``. The
first sizes are certified here, by the same integers.
"""

import re
from pathlib import Path

import pytest
from helpers.scripts import benchmark

import ordergrad_ref as og

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (.+) \| (gaps|ranks) \| (\d+\.\d\d) \| (\d+) \| (\d+) \|$", re.MULTILINE)


def published():
    text = (ROOT / "benchmarks" / "results" / "2026-11-weights.md").read_text(encoding="utf-8")
    return {(name, kind): (float(error), int(k), int(n)) for name, kind, error, k, n in ROW.findall(text)}


@pytest.mark.slow
def test_no_weight_of_a_small_size_is_farther_off_than_published():
    grid, most = benchmark("weights_grid"), published()
    assert set(most) == {(name, kind) for name in (*grid.FAMILIES, "rank") for kind in ("gaps", "ranks")}
    for name, kind, error, _, _ in grid.bounds(9):
        assert error / 100 <= most[name, kind][0], (name, kind)


def test_the_size_where_a_family_is_farthest_off():
    grid, (error, k, n) = benchmark("weights_grid"), published()["winsorized(2)", "gaps"]
    alpha = og.objective(f"winsorized(2)@{k}")
    found = dict(grid.largest_error(n, alpha, grid.ways(n, k)))
    assert abs(found["gaps"] / 100 - error) <= 1  # another order of additions may round otherwise
