"""Law: the output appears whole or not at all, and is as private as the input."""

import gzip
import os

import pyarrow.parquet as pq
import pytest
from helpers.full_disk import disk_of
from helpers.marked_rollouts import CSV, append_marks, without_added

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import read, write


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".jsonl", ".parquet"])
@pytest.mark.parametrize("in_place", [True, False])
def test_disk_full_half_way_leaves_the_old_file(suffix, in_place, realistic, tmp_path):
    path, output = tmp_path / f"in{suffix}", tmp_path / f"out{suffix}"
    data = (realistic / f"rollouts{suffix.removesuffix('.gz')}").read_bytes()
    path.write_bytes(gzip.compress(data, 1) if suffix.endswith("gz") else data)
    output.write_bytes(b"what stood here")
    target = path if in_place else output
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    rollouts = read(path, "score", "prompt")

    half = disk_of(path.stat().st_size // 2)
    with half, pytest.raises(OSError, match="too large"):
        write(rollouts, "advantage", rollouts.rewards, target)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    write(rollouts, "advantage", rollouts.rewards, target)
    assert target.read_bytes() != before[target.name]
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_interruption_leaves_the_old_file(error, tmp_path, monkeypatch):
    path = tmp_path / "rollouts.csv"
    path.write_bytes(CSV["plain"])
    rollouts = read(path, "score")

    def fail(*_):
        raise error

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(error):
        write(rollouts, "advantage", [0, 0], path)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [CSV["plain"]]


@pytest.mark.slow
def test_input_broken_half_way_leaves_the_old_file(realistic, tmp_path):
    path, output = tmp_path / "in.parquet", tmp_path / "out.parquet"
    path.write_bytes((realistic / "rollouts.parquet").read_bytes())
    output.write_bytes(b"what stood here")
    with pq.ParquetFile(path) as file:
        chunk = file.metadata.row_group(2).column(1)
    data = bytearray(path.read_bytes())
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    data[start : start + chunk.total_compressed_size] = bytes(chunk.total_compressed_size)
    path.write_bytes(data)
    rollouts = read(path, "score")
    with pytest.raises(InvalidInputError, match=r"in\.parquet: expected a Parquet file, got"):
        write(rollouts, "advantage", rollouts.rewards, output)
    assert output.read_bytes() == b"what stood here"
    assert len(list(tmp_path.iterdir())) == 2


posix = pytest.mark.skipif(os.name != "posix", reason="mode bits and links are POSIX's")


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_mode_bits_are_kept(mode, tmp_path):
    path = tmp_path / "rollouts.csv"
    path.write_bytes(CSV["plain"])
    path.chmod(mode)
    append_marks(path, path)
    assert path.stat().st_mode & 0o7777 == mode


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_a_new_file_has_the_mode_of_the_input(mode, tmp_path):
    path, output = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_bytes(CSV["plain"])
    path.chmod(mode)
    append_marks(path, output)
    assert output.stat().st_mode & 0o7777 == mode


@posix
def test_what_is_half_written_is_private(tmp_path, monkeypatch):
    """From its first byte on, the temporary file is readable by no one who may not read the input."""
    path = tmp_path / "in.csv"
    path.write_bytes(CSV["plain"])
    path.chmod(0o600)
    seen = []
    real = os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (seen.append(os.stat(a).st_mode & 0o777), real(a, b)))
    append_marks(path, tmp_path / "out.csv")
    assert seen == [0o600]


@posix
@pytest.mark.parametrize("dangling", [True, False])
def test_a_symbolic_link_is_followed(dangling, tmp_path):
    path, real, link = tmp_path / "in.csv", tmp_path / "far" / "real.csv", tmp_path / "link.csv"
    real.parent.mkdir()
    path.write_bytes(CSV["plain"])
    if not dangling:
        real.write_bytes(b"what stood here")
    link.symlink_to("far/real.csv")
    append_marks(path, link)
    assert link.is_symlink()
    assert without_added(".csv", real.read_bytes()) == CSV["plain"]
