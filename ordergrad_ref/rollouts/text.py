"""Lines of UTF-8 text, gzipped or not, exactly as they stand in the file."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.compression import is_gzipped

__all__ = ["BOM", "lines"]

BOM = "\ufeff"


def lines(path: Path, newline: str) -> Iterator[str]:
    """Yield the lines with their ends as they are; ``newline`` as in `open`."""
    opened = gzip.open if is_gzipped(path) else open
    try:
        with opened(path, "rt", encoding="utf-8", errors="surrogateescape", newline=newline) as text:
            for number, line in enumerate(text, 1):
                _check_utf8(line, f"{path}, line {number}")
                yield line
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInputError(f"{path}: expected a file that can be read, got {error}") from error


def _check_utf8(line: str, where: str) -> None:
    """Refuse bytes that are no UTF-8: surrogateescape reads the byte b as U+DC00 + b."""
    try:
        line.encode()
    except UnicodeEncodeError as error:
        raise InvalidInputError(
            f"{where}: expected UTF-8 text, got the byte 0x{ord(line[error.start]) - 0xDC00:02x}"
        ) from None
