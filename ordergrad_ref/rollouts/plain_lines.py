"""Delimited text of which each line is a row: new cells go to the ends of lines, and nothing is parsed."""

import codecs
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ordergrad_ref.rollouts.compression import opened
from ordergrad_ref.rollouts.text import readable

__all__ = ["is_plain"]

BLOCK = 2**18
"""Bytes that are read at once."""
QUOTE = ord('"')


def _chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes, each chunk with the last byte of the one before."""
    last = b""
    with readable(path), opened(path) as file:
        while chunk := file.read(BLOCK):
            yield last + chunk
            last = chunk[-1:]


def is_plain(path: Path, delimiter: str) -> bool:
    """Tell whether each line is a row: UTF-8 without byte-order mark, NUL and lone carriage returns.

    Quotes stand where cells begin and end, or doubled within one, and no line ends between a pair of them;
    then every reader of delimited text sees the same cells.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    first, quoted = True, False
    for chunk in _chunks(path):
        if b"\0" in chunk or chunk[:3] == codecs.BOM_UTF8:
            return False
        if b"\r" in chunk and chunk.count(b"\r", 0, len(chunk) - 1) != chunk.count(b"\r\n"):
            return False
        if b'"' in chunk or quoted:
            if not first:
                quoted ^= chunk[:1] == b'"'  # before the byte that the chunk before had, too
            after = _quotes_pair(chunk if not first else b"\n" + chunk, delimiter, quoted)
            if after is None:
                return False
            quoted = after
        if not _decodes(decoder, chunk if first else chunk[1:]):
            return False
        first = False
    return _ends(decoder) and not quoted


def _quotes_pair(chunk: bytes, delimiter: str, quoted: bool) -> bool | None:
    """Tell whether the bytes end within quotes, given whether they begin there; None where quotes are odd."""
    codes = np.frombuffer(chunk, dtype=np.uint8)
    quotes = codes == QUOTE
    within = (np.cumsum(quotes) + quoted) % 2 == 1  # after each byte
    at_edge = np.isin(codes, [ord(delimiter), ord("\n"), QUOTE])
    opens, closes = quotes & within, quotes & ~within
    if (opens[1:] & ~at_edge[:-1]).any() or (within & (codes == ord("\n"))).any():
        return None
    if (closes[:-1] & ~(at_edge | (codes == ord("\r")))[1:]).any():
        return None
    return bool(within[-1])


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    if chunk.isascii() and not decoder.getstate()[0]:
        return True
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _ends(decoder: codecs.IncrementalDecoder) -> bool:
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
