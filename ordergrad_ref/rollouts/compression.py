"""Gzip, which the name of a file asks for."""

import gzip
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, TypeAlias

__all__ = ["Bytes", "compressing", "is_gzipped"]

Bytes: TypeAlias = IO[bytes] | gzip.GzipFile


def is_gzipped(path: Path) -> bool:
    """Say whether the name ends in ``.gz``."""
    return path.suffix.lower() == ".gz"


def compressing(file: IO[bytes], path: Path) -> AbstractContextManager[Bytes]:
    """Compress what goes into the file where its path says so, with neither name nor time in the header."""
    return gzip.GzipFile("", "wb", fileobj=file, mtime=0) if is_gzipped(path) else nullcontext(file)
