"""Lines of text, compressed or not, exactly as they stand in the file."""

import codecs
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from lzma import LZMAError
from pathlib import Path

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.compression import opened

__all__ = [
    "BOM",
    "blocks",
    "encoding_by_mark",
    "encoding_of",
    "line_lists",
    "lines",
    "pieces",
    "readable",
    "text_of",
]

BOM = "\ufeff"

_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32-le",  # which begins as that of UTF-16 does
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
WIDE = tuple(_BOMS.values())
_EXACT = ("utf-8", *WIDE, "iso8859", "cp125", "koi8")  # text and bytes, one to one

MOST_GROWN = 500
"""How many times its size a file may grow when it is decompressed: real rollouts grow 5 to 50 times."""
BLOCK = 2**18
"""So many bytes or characters, and the rest of a line, are in memory at once."""
FREE = 2**28
"""Up to so many characters it may grow as it likes."""


def encoding_of(path: Path, given: str | None) -> str:
    """Return the encoding that was asked for, or that of the byte-order mark, or UTF-8."""
    with readable(path), opened(path) as raw:
        by_mark = encoding_by_mark(raw.read(4))
    if given is None or by_mark is not None:
        return by_mark or "utf-8"
    try:
        name = codecs.lookup(given).name
    except LookupError:
        name = ""
    if not name.startswith(_EXACT):
        raise InvalidInputError(
            f"encoding: expected utf-8, {', '.join(WIDE)}, iso-8859-1 to -16, cp1250 to cp1258 or koi8-r, "
            f"got {given!r}; convert the file to UTF-8 first"
        )
    return name


def encoding_by_mark(head: bytes) -> str | None:
    """Return the encoding of more than a byte a sign that a byte-order mark names, or None."""
    return next((name for mark, name in _BOMS.items() if head.startswith(mark)), None)


def lines(path: Path, newline: str, encoding: str = "utf-8") -> Iterator[str]:
    """Yield the lines with their ends as they are; ``newline`` as in `open`."""
    return chain.from_iterable(line_lists(path, newline, encoding))


def pieces(path: Path, encoding: str = "utf-8") -> Iterator[str]:
    """Yield the text in pieces, wherever its lines end."""
    for (piece,) in _parts(path, "", encoding, lambda text: [part] if (part := text.read(BLOCK)) else []):
        if encoding == "utf-8":
            _check_utf8(piece, str(path))
        yield piece


def line_lists(path: Path, newline: str, encoding: str) -> Iterator[list[str]]:
    """Yield lists of some lines; where one is no UTF-8, those before it first."""
    number = 0
    for some in _parts(path, newline, encoding, lambda text: text.readlines(BLOCK)):
        if encoding == "utf-8" and not _is_utf8("".join(some)):
            bad = next(i for i, line in enumerate(some) if not _is_utf8(line))
            yield some[:bad]
            _check_utf8(some[bad], f"{path}, line {number + bad + 1}")
        yield some
        number += len(some)


def _parts(
    path: Path, newline: str, encoding: str, taken: Callable[[io.TextIOWrapper], list[str]]
) -> Iterator[list[str]]:
    """Yield parts of the text until there are none; bytes that are no UTF-8 as lone surrogates."""
    errors = "surrogateescape" if encoding == "utf-8" else "strict"
    allowed = max(FREE, MOST_GROWN * path.stat().st_size)
    with readable(path), opened(path) as raw, io.TextIOWrapper(raw, encoding, errors, newline) as text:
        try:
            while parts := taken(text):
                allowed -= sum(map(len, parts))
                if allowed < 0:
                    raise InvalidInputError(
                        f"{path}: expected a file that grows at most {MOST_GROWN} times when "
                        "decompressed, got one that grows more; decompress it first, if it is what you mean"
                    )
                yield parts
        except UnicodeDecodeError as error:
            raise InvalidInputError(
                f"{path}: expected text in {encoding}, got the byte 0x{error.object[error.start]:02x}"
            ) from None


def text_of(path: Path, encoding: str = "utf-8") -> str:
    """Return all of the text."""
    return "".join(lines(path, "", encoding))


def blocks(path: Path, *, header: bool = False) -> Iterator[bytes]:
    """Yield the bytes in blocks of whole lines; a header, the first that is not blank, ends one."""
    with readable(path), opened(path) as raw:
        if header:
            found = b""
            while (line := raw.readline()) and not line.strip(b"\r\n"):
                found += line
            yield found + line
        while block := raw.read(BLOCK):
            yield block + raw.readline()


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say of a file that cannot be read, or decompressed, why."""
    try:
        yield
    except (OSError, EOFError, zlib.error, LZMAError) as error:
        raise InvalidInputError(f"{path}: expected a file that can be read, got {error}") from error


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_utf8(line: str, where: str) -> None:
    """Refuse bytes that are no UTF-8: surrogateescape reads the byte b as U+DC00 + b."""
    try:
        line.encode()
    except UnicodeEncodeError as error:
        raise InvalidInputError(
            f"{where}: expected UTF-8 text, got the byte 0x{ord(line[error.start]) - 0xDC00:02x}; "
            "name its encoding, such as encoding='cp1252'"
        ) from None
