"""What goes wrong half-way, in every format: the old output stands, and nothing else is left.

A disk that fills up, an interrupt, and a file that grows while it is read or written.
"""

import bz2
import errno
import gzip
import json
import lzma
import random
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.full_disk import disk_of

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import read, unchanged, write

KINDS = ["csv", "jsonl", "json", "parquet", "arrow", "csv.gz", "csv.bz2", "jsonl.xz", "csv.zst"]
PACKED = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": pa.Codec("zstd").compress}
ROWS = 2000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A file of each kind, of numbers that do not compress."""
    folder = tmp_path_factory.mktemp("unlucky")
    draw = random.Random(0)
    rows = [{"prompt": f"p{i // 4}", "score": draw.random()} for i in range(ROWS)]
    text = {
        "csv": "prompt,score\n" + "".join(f"{row['prompt']},{row['score']}\n" for row in rows),
        "jsonl": "".join(json.dumps(row) + "\n" for row in rows),
        "json": json.dumps(rows),
    }
    table = pa.Table.from_pylist(rows)
    for kind in KINDS:
        path = folder / f"a.{kind}"
        if kind == "parquet":
            pq.write_table(table, path, row_group_size=1000)
        elif kind == "arrow":
            with pa.ipc.new_file(str(path), table.schema) as file:
                file.write_table(table, max_chunksize=1000)
        else:
            kind, _, codec = kind.partition(".")
            path.write_bytes(PACKED.get(codec, bytes)(text[kind].encode()))
    return folder


@contextmanager
def untouched(folder, kind, there):
    """An old output, or none, that is as it was; and the file and nothing else beside it."""
    output = folder / f"out.{kind}"
    if there:
        output.write_bytes(b"what stood here")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    yield folder / f"a.{kind}", output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    output.unlink(missing_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("there", [True, False])
def test_a_full_disk_is_told_in_one_line(there, folder):
    for kind in KINDS:
        with untouched(folder, kind, there) as (path, output):
            found = read(path, "score", "prompt")
            with disk_of(path.stat().st_size // 2), pytest.raises(OSError, match=r"while .*out") as told:
                write(found, "y", found.rewards, output)
        assert told.value.errno == errno.EFBIG, kind
        assert "what was there before is as it was" in str(told.value)
        assert "\n" not in str(told.value)


@pytest.mark.slow
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit(143)])
def test_an_interrupt_leaves_nothing_behind(error, folder):
    def interrupted(rows):
        raise error

    for kind in KINDS:
        with untouched(folder, kind, there=True) as (path, output):
            found = read(path, "score", "prompt")
            with pytest.raises(type(error) if isinstance(error, SystemExit) else error):
                write(found, "y", found.rewards, output, seen=interrupted)


@pytest.mark.slow
def test_a_file_that_grows_meanwhile_is_refused(folder, monkeypatch):
    monkeypatch.setattr(unchanged, "OFTEN", 100)
    for kind in KINDS:
        path, output = folder / f"a.{kind}", folder / f"out.{kind}"
        before = path.read_bytes()

        def grow(rows, path=path, before=before):
            if path.stat().st_size == len(before):
                with path.open("ab") as file:
                    file.write(b"\n")

        found = read(path, "score", "prompt")
        with pytest.raises(InvalidInputError, match=None if "." in kind else "got one that has changed"):
            write(found, "y", found.rewards, output, seen=grow)
        path.write_bytes(before)
        with pytest.raises(InvalidInputError):  # that it has changed, or is broken
            read(path, "score", "prompt", seen=grow)
        path.write_bytes(before)
        assert not output.exists()
        assert not list(folder.glob(".*"))
