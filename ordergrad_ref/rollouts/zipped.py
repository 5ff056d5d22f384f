"""The files in a zip archive, one after another.

`zipfile` would do, but it holds 600 bytes for each file in the archive, and a log of inspect_ai has one for
each sample: five million of them would take 2.8 GiB. Nor can it unpack Zstandard before Python 3.14, and such
logs are packed so since 2026.
"""

import struct
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.compression import unpacked

__all__ = ["Member", "members_of"]

END, END_64 = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q")
LOCATOR, ENTRY, LOCAL = struct.Struct("<4sLQL"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s5H3L2H")
LONGEST_COMMENT = 2**16
LATER, LATER_SHORT = 2**32 - 1, 2**16 - 1
"""In place of a number that does not fit, and stands elsewhere."""
STORED, DEFLATED, ZSTANDARD = 0, 8, 93


class Member(NamedTuple):
    """A file in an archive: its name, and where and how it is packed."""

    name: str
    offset: int
    method: int
    packed: int
    size: int
    checksum: int

    def content(self, path: Path, file: IO[bytes]) -> bytes:
        """Return its bytes, from the archive that is at the path and open."""
        file.seek(self.offset)
        mark, *_, name, extra = LOCAL.unpack(_taken(file, LOCAL.size))
        if mark != b"PK\3\4":
            raise ValueError(f"{self.name} is not where it should be")
        file.seek(name + extra, 1)
        data = _taken(file, self.packed)
        if self.method == DEFLATED:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, self.size + 1)
        if self.method == ZSTANDARD:
            data = unpacked(path, data, self.size + 1)
        if len(data) != self.size or zlib.crc32(data) != self.checksum:
            raise ValueError(f"{self.name} is damaged")
        return data


def members_of(path: Path, file: IO[bytes]) -> Iterator[Member]:
    """Yield the files of an archive in the order of its directory.

    Raises
    ------
    ValueError
        It is no archive, or one of another kind.
    InvalidInputError
        Two files have one name: which of them is meant is not known.
    """
    _refuse_twins(path, file)
    yield from _directory(file)


def _directory(file: IO[bytes]) -> Iterator[Member]:
    """Read the directory, an entry at a time; the file may be read elsewhere between two."""
    place, many = _begin(file)
    for _ in range(many):
        file.seek(place)
        mark, _, _, flags, method, _, _, *numbers = ENTRY.unpack(_taken(file, ENTRY.size))
        checksum, packed, size, name, extra, comment, _, _, _, offset = numbers
        if mark != b"PK\1\2":
            raise ValueError("its directory is damaged")
        spelt = _taken(file, name).decode("utf-8" if flags & 0x800 else "cp437")
        size, packed, offset = _long([size, packed, offset], _taken(file, extra))
        if flags & 1 or method not in (STORED, DEFLATED, ZSTANDARD):
            raise ValueError(f"{spelt} is packed by method {method}" + ", with a password" * (flags & 1))
        yield Member(spelt, offset, method, packed, size, checksum)
        place += ENTRY.size + name + extra + comment


def _begin(file: IO[bytes]) -> tuple[int, int]:
    """Return where the directory begins, and how many entries it has."""
    end = file.seek(0, 2)
    file.seek(max(0, end - END.size - LONGEST_COMMENT))
    tail = file.read()
    place = tail.rfind(b"PK\5\6")
    if place < 0 or place + END.size > len(tail):
        raise ValueError("no zip archive")
    _, _, _, _, many, _, start, _ = END.unpack_from(tail, place)
    if (LATER in (start, many) or many == LATER_SHORT) and place >= LOCATOR.size:
        mark, _, where, _ = LOCATOR.unpack_from(tail, place - LOCATOR.size)
        if mark == b"PK\6\7":
            file.seek(where)
            *_, many, _, start = END_64.unpack(_taken(file, END_64.size))
    return start, many


def _long(numbers: list[int], extra: bytes) -> list[int]:
    """Return numbers of four bytes, or what stands for them in a field of eight bytes each."""
    while len(extra) >= 4 and LATER in numbers:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == 1:
            field = iter(struct.unpack_from(f"<{length // 8}Q", extra, 4))
            return [next(field) if number == LATER else number for number in numbers]
        extra = extra[4 + length :]
    return numbers


def _refuse_twins(path: Path, file: IO[bytes]) -> None:
    """Refuse an archive in which a name is there twice; eight bytes are held for each until that is known."""
    hashes = np.sort(
        np.frombuffer(array("q", (hash(member.name) for member in _directory(file))), dtype=np.int64)
    )
    alike = set(hashes[1:][hashes[1:] == hashes[:-1]].tolist())
    seen: set[str] = set()
    for name in (member.name for member in _directory(file) if alike and hash(member.name) in alike):
        if name in seen:
            raise InvalidInputError(f"{path}: expected each file of the log once, got {name} again")
        seen.add(name)


def _taken(file: IO[bytes], many: int) -> bytes:
    data = file.read(many)
    if len(data) < many:
        raise ValueError("it is cut off")
    return data
