"""A disk that is full."""

from contextlib import contextmanager

import pytest


@contextmanager
def disk_of(size):
    """No file of this process grows beyond the size."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
