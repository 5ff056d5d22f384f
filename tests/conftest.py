"""What every test has in common: one profile of Hypothesis, the array libraries, and a browser."""

import os

import hypothesis
import pytest
from helpers.array_libraries import LIBRARIES, library, with_float64
from helpers.browser import chromium

__all__ = ["chromium"]  # fixtures are found where they are imported

os.environ.setdefault("OMP_NUM_THREADS", "1")  # PyTorch's threads wait for cores longer than they compute

LONG_EXAMPLES = {
    "docs/guides/auditing.md::auditing.md",
    "docs/guides/losses.md::losses.md",
    "docs/guides/trainers.md::trainers.md",
    "docs/guides/trainers/evotorch.md::evotorch.md",
    "ordergrad_ref/trainers/audit_loss.py::ordergrad_ref.trainers.audit_loss.audit_loss",
    "ordergrad_ref/trainers/audit_update.py::ordergrad_ref.trainers.audit_update.audit_update",
}
"""Examples in the documentation that take over a second: they have no place for a mark of their own."""

hypothesis.settings.register_profile(
    "ordergrad_ref",
    deadline=None,  # a verdict never depends on the load of the machine
    derandomize=True,  # nor on a seed
    print_blob=True,
)
hypothesis.settings.load_profile("ordergrad_ref")


def pytest_collection_modifyitems(items):
    """Leave long examples out of the quick run."""
    for item in items:
        if item.nodeid in LONG_EXAMPLES:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(params=LIBRARIES)
def xp(request):
    """Each array library in turn; those that are not installed are skipped."""
    found = library(request.param)
    with with_float64(request.param):
        yield found
