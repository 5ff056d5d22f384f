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
def replacing(output: Path, like: Path | None = None) -> Iterator[IO[bytes]]:
    """Write a file beside the output, which takes the output's place once it is whole.

    It has the mode bits of the file that it replaces; where it replaces none, those of ``like``, or the usual
    ones. Until it is whole, its owner alone can read it.
    """
    target = Path(os.path.realpath(output))
    if target.exists() and not target.is_file():
        raise InvalidInputError(f"{output}: expected a file to write, got a directory or device")
    model = target if target.exists() else like
    mode = _usual_mode() if model is None else stat.S_IMODE(model.stat().st_mode)
    temporary = target.with_name(f".ordergrad-ref.{uuid.uuid4().hex}.tmp")
    try:
        try:
            temporary.touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise InvalidInputError(
                f"{output}: expected a file that can be written, got {error.strerror}"
            ) from error
        with temporary.open("wb") as file:
            temporary.chmod(mode)
            yield file
        os.replace(temporary, target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            reason = f"{error.strerror or error}, while {output} was written"
            raise OSError(error.errno, f"{reason}; what was there before is as it was") from error
        raise


def _usual_mode() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
