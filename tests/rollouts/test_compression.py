"""Compressed text is read and written as it was compressed."""

import bz2
import gzip
import lzma

import pytest
from helpers.marked_rollouts import CSV, JSONL, append_marks, refused

from ordergrad_ref.rollouts import read


@pytest.mark.parametrize(("suffix", "data"), [(".csv", CSV["CRLF"]), (".jsonl", JSONL["CRLF"])])
def test_gzip_in_and_out(suffix, data, tmp_path):
    path, plain, output = (tmp_path / f"{x}{suffix}" for x in ("in", "plain", "out"))
    zipped = path.with_suffix(f"{suffix}.gz")
    zipped.write_bytes(gzip.compress(data))
    path.write_bytes(data)
    append_marks(path, plain)
    append_marks(zipped, output)
    append_marks(path, output.with_suffix(f"{suffix}.gz"))
    append_marks(zipped, zipped)
    assert output.read_bytes() == plain.read_bytes()
    assert gzip.decompress(output.with_suffix(f"{suffix}.gz").read_bytes()) == plain.read_bytes()
    assert gzip.decompress(zipped.read_bytes()) == plain.read_bytes()


@pytest.mark.parametrize("cut", [lambda z: z[: len(z) // 2], lambda z: b"not gzip", lambda z: z[:-8]])
def test_corrupt_gzip(cut, realistic, tmp_path):
    path = tmp_path / "bad.csv.gz"
    path.write_bytes(cut(gzip.compress((realistic / "rollouts.csv").read_bytes(), 1)))
    refused(path, "expected a file that can be read, got")


@pytest.mark.parametrize(
    ("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_a_stream_after_another_is_read_or_refused(suffix, pack, tmp_path):
    """Zeros may follow; a stream that is damaged at its beginning is not taken for the end of the file."""
    path = tmp_path / f"a.csv{suffix}"
    first, second = pack(b"prompt,score\na,1\n"), pack(b"a,2\nb,3\n")
    path.write_bytes(first + pack(b"") + second + bytes(8))
    assert read(path, "score", "prompt").rewards.tolist() == [1, 2, 3]
    path.write_bytes(first + b"?" + second[1:])
    refused(path, "expected a file that can be read, got")
