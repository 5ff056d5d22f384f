"""Law: an archive has the files that Python's own reader finds in it, or is refused."""

import io
import struct
import zipfile
import zlib
from contextlib import suppress
from random import Random

import pyarrow as pa
import pytest

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import read
from ordergrad_ref.rollouts.zipped import members_of

ODD_FIELD = struct.pack("<2H3s", 7, 3, b"abc")
SAMPLE = b'{"id": "a", "score": 1}'


def found(path):
    with path.open("rb") as directory, path.open("rb") as file:
        return [(member.name, member.content(path, file)) for member in members_of(path, directory)]


def expected(path):
    with zipfile.ZipFile(path) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def test_random_archives(tmp_path):
    random, path = Random(0), tmp_path / "log.eval"
    for trial in range(40):
        with zipfile.ZipFile(path, "w") as archive:
            archive.comment = b"c" * random.choice([0, 0, 9, 65535])
            for i in range(random.randrange(9)):
                one = zipfile.ZipInfo(f"samples/{'é' * random.randrange(2)}{i}.json")
                one.compress_type = random.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
                one.comment, one.extra = b"x" * random.randrange(3), ODD_FIELD * random.randrange(2)
                with archive.open(one, "w", force_zip64=random.random() < 0.5) as file:
                    file.write(random.randbytes(random.randrange(99)) * random.randrange(4))
        assert found(path) == expected(path), trial


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", "{}")
        for i in range(3):
            archive.writestr(f"samples/{i}.json", SAMPLE)
    return path


def test_zstandard_as_inspect_ai_packs_since_2026(log):
    parts = [pa.compress(part, "zstd", asbytes=True) for part in (SAMPLE[:9], SAMPLE[9:])]  # two frames
    packed, name, check = b"".join(parts), b"samples/\x82.json", zlib.crc32(SAMPLE)
    about = struct.pack("<5H3LH", 63, 0, 93, 0, 0, check, len(packed), len(SAMPLE), len(name))
    first = b"PK\3\4" + about + bytes(2) + name + packed
    entry = b"PK\1\2" + struct.pack("<H", 63) + about + struct.pack("<4H2L", 12, 0, 0, 0, 0, 2**32 - 1) + name
    entry += struct.pack("<2HQ", 1, 8, 0)  # where it begins, for archives beyond 4 GiB
    end = struct.pack("<4H2LH", 0, 0, 1, 1, len(entry), len(first), 0)
    log.write_bytes(first + entry + b"PK\5\6" + end)
    assert found(log) == [("samples/é.json", SAMPLE)]
    assert read(log, "score", "id").rewards.tolist() == [1]
    log.write_bytes(first.replace(packed, b"?" * len(packed)) + entry + b"PK\5\6" + end)
    with pytest.raises(InvalidInputError, match="expected a log of inspect_ai, got"):
        read(log, "score", "id")


def test_a_log_may_come_through_a_pipe(log):
    """Its name does not say what it is then; other zipped files have no samples."""
    assert read(log.rename(log.with_name("standard input")), "score", "id").rewards.tolist() == [1, 1, 1]
    other = log.with_name("sheet")
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("samples.json", SAMPLE)
    with pytest.raises(InvalidInputError, match="got a file of another kind"):
        read(other, "score", "id")


def test_a_damaged_archive_is_refused(log):
    whole = log.read_bytes()
    assert read(log, "score", "id").rewards.tolist() == [1, 1, 1]
    for cut in range(1, len(whole), 7):
        log.write_bytes(whole[:-cut])
        with pytest.raises(InvalidInputError, match="expected"):
            read(log, "score", "id")
    for place in range(whole.index(b"samples/1.json") + 14, whole.index(b"samples/2.json") - 30, 3):
        log.write_bytes(whole[:place] + bytes([whole[place] ^ 32]) + whole[place + 1 :])
        with suppress(ValueError, zlib.error):
            assert found(log)[2] == ("samples/1.json", SAMPLE)  # bits after the end of what is packed


def test_an_end_for_more_files_than_two_bytes_count(log):
    whole, many = log.read_bytes(), 4
    size, start = struct.unpack_from("<2L", whole, len(whole) - 10)
    end = b"PK\6\6" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, many, many, size, start)
    locator = b"PK\6\7" + struct.pack("<LQL", 0, start + size, 1)
    elsewhere = struct.pack("<4H2LH", 0, 0, 2**16 - 1, 2**16 - 1, 2**32 - 1, 2**32 - 1, 0)
    log.write_bytes(whole[:-22] + end + locator + b"PK\5\6" + elsewhere)
    assert found(log) == expected(log)
    assert len(found(log)) == many


def test_a_sample_that_is_there_twice_is_refused(log):
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(log, "a") as archive:
        archive.writestr("samples/1.json", SAMPLE)
    with pytest.raises(
        InvalidInputError, match=r"expected each file of the log once, got samples/1.json again"
    ):
        read(log, "score", "id")


def test_a_log_that_cannot_go_back_to_write_sizes(log, tmp_path):
    class Stream(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            parts.append(bytes(data))
            return len(data)

    parts, path = [], tmp_path / "stream.eval"
    with zipfile.ZipFile(Stream(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("samples/1.json", SAMPLE)
    path.write_bytes(b"".join(parts))
    assert found(path) == expected(path) == [("samples/1.json", SAMPLE)]
