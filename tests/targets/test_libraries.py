"""Law: the coarsest dtype that takes part sets the tolerance, and a table keeps its dtype on the way."""

import numpy as np
import pytest
from helpers.ways_of_calling import LIBRARIES

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.auditing import adapt
from ordergrad_ref.targets.target import Target


def test_functions_of_torchs_default_dtype():
    torch = pytest.importorskip("torch", reason="torch is not installed")

    def advantage(rewards, group_ids):
        a = torch.zeros(len(rewards))
        for g in group_ids.unique():
            a[group_ids == g] = rewards[group_ids == g] - rewards[group_ids == g].mean()
        return a

    report = og.audit(advantage, "mean@1", n=4)
    assert report.constant == pytest.approx(3 / 4, rel=1e-6)
    assert report.tolerance == 2.0**-12
    assert "PyTorch tensors of float32" in report.called_with


def test_bfloat16_is_known_for_what_it_is():
    torch = pytest.importorskip("torch", reason="torch is not installed")

    def advantage(rewards: torch.Tensor, k):
        return torch.as_tensor(maxk.canonical(rewards.numpy(), k)).bfloat16()

    report = og.audit(advantage, "max@2", n=4)
    assert report.unbiased
    assert report.tolerance == 2.0**-4


@pytest.mark.slow
def test_rewards_that_a_library_rounds_coarsen_the_tolerance():
    """JAX has float32 unless told otherwise; 0.1 is another number there."""
    pytest.importorskip("jax", reason="jax is not installed")
    centred = adapt(lambda x: np.asarray(x, np.float64) - np.asarray(x, np.float64).mean(), library="jax")
    assert og.audit(centred, "mean@1", n=3, values=(0, 1)).tolerance == 2.0**-26.5
    assert og.audit(centred, "mean@1", n=3, values=(0.1, 0.7)).tolerance == 2.0**-12


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_the_dtype_of_a_table_reaches_the_function(library, dtype):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    LIBRARIES[library]()
    if (np.ones(1, getattr(ml_dtypes, dtype, dtype)) * 2).dtype != getattr(ml_dtypes, dtype, dtype):
        pytest.skip("this NumPy multiplies bfloat16 by integers in float32")
    seen = set()

    def advantage(rewards, mask):
        seen.add(str(rewards.dtype).removeprefix("torch."))
        return rewards.sum(-1)

    Target(adapt(advantage, library=library), og.objective("mean@1"))(
        np.arange(12.0).reshape(3, 4).astype(getattr(ml_dtypes, dtype, dtype))
    )
    assert seen == {dtype}
