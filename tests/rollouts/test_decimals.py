"""Law: decimals have a comma only with semicolons, where those of rewards have it, and all alike."""

import pytest
from helpers.marked_rollouts import refused

from ordergrad_ref.rollouts import read, write


@pytest.mark.parametrize("before", ["3.5;1\n", "3;1\n" * 2000], ids=["an id like a decimal", "far down"])
def test_new_decimals_are_like_those_of_rewards(before, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"p;s\n{before}3.5;0,5\n")
    rollouts = read(path, "s", "p")
    write(rollouts, "a", [0.75] * len(rollouts.rewards), path)
    assert path.read_text().endswith("\n3.5;0,5;0,75\n")


def test_a_comma_alone_is_a_decimal_one(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("p;s\na;1,000\na;1,500\n")
    assert read(path, "s", "p").rewards.tolist() == [1.0, 1.5]


@pytest.mark.parametrize(
    ("cells", "match"),
    [
        (("1.000", "0,5"), "line 3, column 'score': expected decimals with a point as before, got '0,5'"),
        (("0,5", "1.000"), "line 3, column 'score': expected decimals with a comma as before, got '1.000'"),
        (("1,5", ".5"), "got '.5'; write all numbers alike, without signs between thousands"),
    ],
)
def test_both_signs_in_a_column_are_refused(cells, match, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("prompt;score\n" + "".join(f"a;{cell}\n" for cell in cells))
    refused(path, match)
