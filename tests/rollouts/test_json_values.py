"""Law: JSON is read whatever the length of its integers; what is no reward stays as it is."""

import pytest

from ordergrad_ref.errors import NonFiniteRewardError
from ordergrad_ref.rollouts import read, write

LONG = "-" + "7" * 5000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", '{"id": 1, "seed": 2, "score": 1}\n{"id": 1, "seed": %s, "score": 0}\n'),
        ("a.json", '[{"id": 1, "seed": 2, "score": 1}, {"id": 1, "seed": %s, "score": 0}]'),
        ("lists.json", '{"meta": %s, "rows": [{"id": 1, "score": 1, "seed": 3}, {"id": 1, "score": 0}]}'),
    ],
)
def test_an_integer_may_have_thousands_of_digits(name, text, tmp_path):
    path, output = tmp_path / name, tmp_path / f"out.{name}"
    path.write_text(text % LONG)
    found = read(path, "score", "id")
    assert (found.rewards.tolist(), found.groups.tolist()) == ([1, 0], [1, 1])
    if name != "lists.json":
        write(found, "advantage", [0.25, -0.25], output)
        after = output.read_text()
        assert after.replace(', "advantage": 0.25', "").replace(', "advantage": -0.25', "") == text % LONG
        with pytest.raises(NonFiniteRewardError, match="column 'seed': expected a finite number, got"):
            read(path, "seed")
