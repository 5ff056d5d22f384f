"""The shared problems are what their tags say."""

import pytest

from helpers.problems import BATCHES, SPELLINGS, objectives, upto
from ordergrad_ref import objective


@pytest.mark.parametrize("batch", BATCHES, ids=str)
def test_ties_are_tagged(batch):
    assert batch.ties == (len(set(batch.rewards)) < len(batch.rewards))


def test_every_spelling_occurs():
    found = {str(alpha).rsplit("@", 1)[0] for k in range(1, 8) for alpha in objectives(k) if alpha.name}
    assert found == {str(objective(f"{s}@5")).rsplit("@", 1)[0] for s in SPELLINGS}


def test_objectives_reach_k_equal_n_only_where_asked():
    for batch in BATCHES:
        for least in (0, 1):
            assert max(alpha.k for alpha in upto(batch, least)) == len(batch.rewards) - least
