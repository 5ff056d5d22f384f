"""The input must still be the file that was read, until the last row is written."""

import gzip

import pytest
from helpers.marked_rollouts import CSV, JSONL

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import files, read, write


@pytest.mark.parametrize("now", [CSV["plain"] + b"8,c,1\n", None])
def test_input_that_changed(now, tmp_path):
    path, output = tmp_path / "a.csv", tmp_path / "out.csv"
    path.write_bytes(CSV["plain"])
    rollouts = read(path, "score")
    path.write_bytes(now) if now else path.unlink()
    with pytest.raises(InvalidInputError, match="expected the file as it was read, got one that has changed"):
        write(rollouts, "advantage", [1, 2], output)
    assert not output.exists()


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl"])
@pytest.mark.parametrize("by", ["longer", "shorter"])
def test_input_that_changes_while_it_is_written(suffix, by, tmp_path, monkeypatch):
    """A line more or fewer between the check and the last row is an error, and leaves no file."""
    path, output = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    line = b"007,c,2\n" if "csv" in suffix else b'{"prompt":7,"score":2}\n'
    data = CSV["plain"] if "csv" in suffix else JSONL["compact"]
    pack = gzip.compress if suffix.endswith("gz") else bytes
    path.write_bytes(pack(data + line))
    rollouts = read(path, "score")
    real = files.replacing

    def meanwhile(*arguments, **named):
        path.write_bytes(pack(data + line + line if by == "longer" else data))
        return real(*arguments, **named)

    monkeypatch.setattr(files, "replacing", meanwhile)
    with pytest.raises(InvalidInputError, match="expected the file as it was read, got one that has changed"):
        write(rollouts, "advantage", [0, 0, 0], output)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
