"""What every test has in common: one profile of Hypothesis, the array libraries, and a browser."""

import hypothesis
import pytest
from helpers.array_libraries import LIBRARIES, library, with_float64
from helpers.browser import chromium

__all__ = ["chromium"]  # fixtures are found where they are imported

hypothesis.settings.register_profile(
    "ordergrad_ref",
    deadline=None,  # a verdict never depends on the load of the machine
    derandomize=True,  # nor on a seed
    print_blob=True,
)
hypothesis.settings.load_profile("ordergrad_ref")


@pytest.fixture(params=LIBRARIES)
def xp(request):
    """Each array library in turn; those that are not installed are skipped."""
    found = library(request.param)
    with with_float64(request.param):
        yield found
