"""Every case can be explained."""

import pytest
from helpers.golden_vectors import SOME

from ordergrad_ref.vectors.explain import explain


@pytest.mark.slow
def test_every_case_can_be_explained():
    for case in SOME:
        text = explain(case)
        assert case.id in text
        assert f"({case.equations[0]})" in text
        assert len(text) < 20_000, case.id
