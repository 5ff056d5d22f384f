"""Compressed files: what a name or the first bytes say, and streams in and out."""

import bz2
import gzip
import io
import lzma
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any, TypeAlias

from ordergrad_ref.errors import InvalidInputError

__all__ = [
    "SUFFIXES",
    "Bytes",
    "codec_by_name",
    "codec_of",
    "compressing",
    "opened",
    "unpacked",
    "without_codec",
]

Bytes: TypeAlias = IO[bytes] | gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile | Any

SUFFIXES = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd"}
BLOCK = 2**16
"""Compressed bytes that are read at once."""
LEVEL = 6
"""That of the command gzip: 9, which is Python's own, takes two to three times as long for a few per cent."""
_MAGIC = {
    "gzip": rb"\x1f\x8b\x08",
    "bz2": rb"BZh[1-9](1AY&SY|\x17rE8P\x90)",  # a column may be called BZh1
    "xz": rb"\xfd7zXZ\x00",
    "zstd": rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18",  # also what is to be skipped, as pzstd writes it
}
"""How a file begins."""


def codec_by_name(path: Path) -> str | None:
    """Return what the suffix says, or None."""
    return SUFFIXES.get(path.suffix.lower())


def without_codec(path: Path) -> Path:
    """Return the name without the suffix of a compressed file."""
    return path.with_suffix("") if codec_by_name(path) else path


def codec_of(path: Path) -> str | None:
    """Return what the suffix or the first bytes say, or None for a file that is not compressed."""
    return codec_by_name(path) or _by_magic(path)


def opened(path: Path) -> Bytes:
    """Open the bytes of a file, decompressed where its name or its first bytes say that it is compressed."""
    codec = codec_of(path)
    if codec == "gzip":
        return gzip.open(path, "rb")
    if codec == "bz2":
        return io.BufferedReader(_Streams(path, bz2.BZ2Decompressor))
    if codec == "xz":
        return io.BufferedReader(_Streams(path, lzma.LZMADecompressor))
    if codec == "zstd":
        pa = _pyarrow(path)
        return io.BufferedReader(pa.CompressedInputStream(pa.PythonFile(path.open("rb"), mode="r"), "zstd"))
    return path.open("rb")


def unpacked(path: Path, data: bytes, most: int) -> bytes:
    """Return what is packed by Zstandard in a part of a file, so many bytes at most."""
    pa = _pyarrow(path)
    return pa.CompressedInputStream(pa.BufferReader(data), "zstd").read(most)


def compressing(file: IO[bytes], path: Path) -> AbstractContextManager[Bytes]:
    """Compress what goes into the file where its name says so, with neither name nor time in the header."""
    codec = codec_by_name(path)
    if codec == "gzip":
        return gzip.GzipFile("", "wb", LEVEL, fileobj=file, mtime=0)
    if codec == "bz2":
        return bz2.BZ2File(file, "wb")
    if codec == "xz":
        return lzma.LZMAFile(file, "wb")
    if codec == "zstd":
        pa = _pyarrow(path)
        return pa.CompressedOutputStream(pa.PythonFile(_Kept(file), mode="w"), "zstd")
    return nullcontext(file)


class _Streams(io.RawIOBase):
    """Streams of bz2 or xz, one after another, and zeros that pad them.

    Where a stream after the first is damaged at its beginning, `bz2.open` and `lzma.open` end without a word.
    """

    def __init__(self, path: Path, new: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]) -> None:
        self._file, self._new, self._stream = path.open("rb"), new, new()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = b""
        while not data:
            block = self._block()
            if block is None:
                return 0
            data = self._stream.decompress(block, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _block(self) -> bytes | None:
        """Return what is to be decompressed next, None at the end."""
        if not self._stream.eof:
            block = self._file.read(BLOCK) if self._stream.needs_input else b""
            if self._stream.needs_input and not block:
                raise EOFError("Compressed file ended before the end-of-stream marker was reached")
            return block
        block = self._stream.unused_data or self._file.read(BLOCK)
        while block and not (block := block.lstrip(b"\0")):
            block = self._file.read(BLOCK)
        self._stream = self._new() if block else self._stream
        return block or None

    def close(self) -> None:
        self._file.close()
        super().close()


class _Kept:
    """A file that stays open when pyarrow closes it: who opened it closes it."""

    closed = False

    def __init__(self, file: IO[bytes]) -> None:
        self.write = file.write
        self.flush = file.flush

    def close(self) -> None:
        self.flush()


def _by_magic(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(10)
    return next((codec for codec, magic in _MAGIC.items() if re.match(magic, head)), None)


def _pyarrow(path: Path) -> Any:
    try:
        import pyarrow
    except ImportError:
        raise InvalidInputError(
            f"{path}: expected pyarrow to be installed, got none; pip install 'ordergrad_ref[parquet]'"
        ) from None
    return pyarrow
