"""The map of the variances in the guide is what the script prints, and some of its numbers are known."""

from pathlib import Path

import pytest
from helpers.scripts import benchmark

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def variance_map():
    return benchmark("variance_map")


@pytest.mark.slow
def test_the_guide_shows_what_the_script_prints(variance_map):
    guide = (ROOT / "docs" / "guides" / "variance.md").read_text(encoding="utf-8")
    assert "\n".join(variance_map.tables()).strip() in guide


def test_numbers_of_the_specification(variance_map):
    """Its section 10.4 has W_h / W_c by enumeration: 0.1574 and 3.9941 for nearly solved, N = 16, K = 4."""
    policy = variance_map.POLICIES["nearly solved"]
    for actions, ratio in ((1, 0.1574), (4, 3.9941)):
        h, c = (variance_map.total_variance(*policy, actions, 16, 4, b) for b in ("LOO − 1", "canonical"))
        assert round(h / c, 4) == ratio
