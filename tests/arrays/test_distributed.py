"""Past one machine: rewards made, answered and summed block by block by worker processes, one of them killed.

The advantages of max@2 by their definition, not by the gap form: ``q_i = Σ_{j≠i} max(x_i, x_j) / (N−1)``,
``v = Σ_i q_i / N`` and ``A_i = N/(N−2) (q_i − v)`` (spec eqs. (17), (18), (26)), of the same rewards, in one
process. ``ORDERGRAD_REF_DISTRIBUTED_REWARDS=1e8`` takes longer and shows that the memory stays.
"""

import os
import re
import signal
import time
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from helpers.array_libraries import library

import ordergrad_ref as og

STATUS = Path("/proc/self/status")
REWARDS = int(float(os.environ.get("ORDERGRAD_REF_DISTRIBUTED_REWARDS", 2e7)))
N = 16
GROUPS_IN_A_CHUNK = 16384
CHUNK = GROUPS_IN_A_CHUNK * N * 8
"""2 MiB: a worker's memory may grow by a few tens of these, whatever the number of rewards."""


def peak_memory():
    """The most that this process has held in memory, in bytes.

    ``ru_maxrss`` would begin with the peak of the process that started it, as it does for a worker that takes
    the place of the killed one.
    """
    return int(re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())[1]) * 1024


def sum_of_squares(block, begun, half):
    """Once half of the blocks have begun, each waits until it is told to go on: after a worker's end."""
    (begun / uuid4().hex).touch()
    while len(list(begun.iterdir())) > half and not begun.with_name("go").exists():
        time.sleep(0.01)
    return (block * block).sum(keepdims=True)


def by_definition(x):
    """The sum of the squares of the advantages of max@2."""
    q = sum(np.maximum(x, x[:, [j]]) for j in range(N)) - x
    q /= N - 1
    return ((N / (N - 2) * (q - q.mean(axis=1, keepdims=True))) ** 2).sum()


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="peak memory is read as Linux tells it")
@pytest.mark.filterwarnings("default")  # of a cluster that loses a worker
def test_two_workers_one_killed(tmp_path):
    da = library("dask.array").module
    distributed = pytest.importorskip(
        "distributed", reason="dask.distributed is not installed", exc_type=ImportError
    )
    rewards = da.random.default_rng(3).normal(size=(REWARDS // N, N), chunks=(GROUPS_IN_A_CHUNK, N))
    begun = tmp_path / "begun"
    begun.mkdir()
    half = rewards.numblocks[0] // 2
    sums = og.advantage(rewards, "max@2").map_blocks(sum_of_squares, begun, half, chunks=(1, 1), dtype=float)

    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address=None,
            local_directory=str(tmp_path),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.run(og.advantage, np.zeros((GROUPS_IN_A_CHUNK, N)), "max@2")  # the compiler is loaded then
        before = max(client.run(peak_memory).values())
        workers = client.run(os.getpid)
        assert len(set(workers.values()) | {os.getpid()}) == 3
        running = sums.persist()
        blocks = distributed.futures_of(running)
        while len(list(begun.iterdir())) <= half:
            time.sleep(0.01)
        os.kill(next(iter(workers.values())), signal.SIGKILL)
        assert not all(block.done() for block in blocks)
        begun.with_name("go").touch()
        answer = running.compute().ravel()
        after = max(client.run(peak_memory).values())

    expected = [by_definition(block.compute(scheduler="synchronous")) for block in rewards.blocks.ravel()]
    print(
        f"{rewards.size:.3g} rewards in {len(expected)} blocks of {CHUNK / 2**20:.0f} MiB; "
        f"a worker held at most {after / 2**20:.0f} MiB, {before / 2**20:.0f} MiB of them before it began"
    )
    np.testing.assert_allclose(answer, expected, rtol=1e-12)
    assert after - before < 40 * CHUNK < rewards.nbytes
