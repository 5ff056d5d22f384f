"""Which known estimators a function equals: the whole list, and nothing twice. Spec section 9.6."""

import pytest

import ordergrad_ref as og
from ordergrad_ref import maxk


def listed(function, objective, n, values=None):
    return [str(known) for known in og.audit(function, objective, n, values).lookalikes]


def test_the_whole_list():
    """A maximum is listed under its published names alone, not again as a canonical advantage."""
    assert listed(maxk.canonical, "max@3", 6) == [
        "maxpo at K = 3",
        "canonical at K = 3",
        "2 × subset_mean_baseline at K = 3",
    ]
    assert listed(lambda x: og.advantage(x, "median@3"), "median@3", 6) == [
        "the canonical advantage of median@3 at K = 3"
    ]
    assert listed(lambda x: og.advantage(x, "mean@1"), "mean@1", 6) == [
        "maxpo at K = 1",
        "canonical at K = 1",
        "rloo",
        "6/5 × subset_mean_baseline at K = 1",
        "6/5 × dr_grpo",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "k", "asked", "found"),
    [
        (16, 5, 9, True),
        (17, 5, 9, False),
        (17, 8, 9, True),
        (17, 10, 9, True),
        (17, 16, 4, True),
        (17, 2, 9, True),
    ],
)
def test_which_k_are_tried(n, k, asked, found):
    """All up to N = 16; beyond, 1, 2, those beside the asked one, and N − 1 and N."""
    names = listed(lambda x: maxk.pkpo(x, k), f"max@{asked}", n, (0, 1))
    assert (f"pkpo at K = {k}" in names) == found
