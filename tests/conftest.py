import pytest
from helpers.array_libraries import LIBRARIES, library, with_float64


@pytest.fixture(params=LIBRARIES)
def xp(request):
    """Each array library in turn; those that are not installed are skipped."""
    found = library(request.param)
    with with_float64(request.param):
        yield found
