"""The realistic file, in each format."""

import pytest
from helpers.rollout_files import realistic_rollouts


@pytest.fixture(scope="session")
def realistic(tmp_path_factory):
    folder = tmp_path_factory.mktemp("realistic")
    for suffix in (".csv", ".jsonl", ".parquet"):
        realistic_rollouts(folder / f"rollouts{suffix}")
    return folder
