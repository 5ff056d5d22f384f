"""JAX on four devices, which the CPU pretends to be: groups shared out under ``jit``, ``shard_map``, pmap.

Groups do not touch each other, so that the answers are those of one device, within 16 u · scale, where the
rewards are.
"""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import jax
import numpy as np
from jax.sharding import AxisType, NamedSharding, PartitionSpec as P
import ordergrad_ref as og

assert jax.device_count() == 4
x = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")


def f(r, masked=True):
    mask = {"where": r > -1, "small_groups": "nan"} if masked else {}
    return og.advantage(r, "max@3"), og.inclusion(r, "max@3", by=-r, **mask)


def check(answers, masked):
    for answer, expected in zip(answers, f(x, masked), strict=True):
        answer = np.asarray(answer).reshape(x.shape)
        np.testing.assert_allclose(answer, expected, rtol=0, atol=16 * 2.0**-24 * 3)


for kind in (AxisType.Auto, AxisType.Explicit):
    masked = kind == AxisType.Auto  # with axes in the types JAX does not know where weights are looked up
    mesh = jax.make_mesh((4,), ("groups",), axis_types=(kind,))
    shared = jax.device_put(x, NamedSharding(mesh, P("groups")))
    answers = jax.jit(lambda r: f(r, masked))(shared)
    check(answers, masked)
    assert all(answer.sharding.is_equivalent_to(shared.sharding, 2) for answer in answers)
    check(f(shared, masked), masked)
check(jax.jit(jax.shard_map(f, mesh=mesh, in_specs=P("groups"), out_specs=P("groups")))(shared), True)
check(jax.pmap(f)(x.reshape(4, 2, 6)), True)
"""


@pytest.mark.slow
def test_groups_that_are_shared_out_are_answered_where_they_are():
    jax = pytest.importorskip("jax", reason="jax is not installed", exc_type=ImportError)
    if not hasattr(jax, "shard_map"):
        pytest.skip("this release of JAX has no jax.shard_map")
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        env=os.environ | flags,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
