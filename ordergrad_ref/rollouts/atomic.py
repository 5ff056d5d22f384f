"""A file that appears whole or not at all."""

import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ordergrad_ref.errors import InvalidInputError

__all__ = ["replacing"]


@contextmanager
def replacing(output: Path) -> Iterator[IO[bytes]]:
    """Write a file beside the output, which takes the output's place once it is whole."""
    target = Path(os.path.realpath(output))
    if target.exists() and not target.is_file():
        raise InvalidInputError(f"{output}: expected a file to write, got a directory or device")
    temporary = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        temporary.touch(exist_ok=False)
    except OSError as error:
        raise InvalidInputError(
            f"{output}: expected a file that can be written, got {error.strerror}"
        ) from error
    try:
        with temporary.open("wb") as file:
            if target.exists():
                temporary.chmod(stat.S_IMODE(target.stat().st_mode))
            yield file
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
