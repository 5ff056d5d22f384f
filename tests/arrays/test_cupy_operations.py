"""CuPy's arrays with a mask, with scores, and in the family of max@K: NumPy's answers, found on the GPU.

A strict array of the standard stands in for CuPy's, and refuses to be read in the host's memory. A GPU is not
needed: it is the text that runs on PyTorch and JAX too.
"""

import sys
from types import ModuleType

import array_api_compat as compat
import numpy as np
import pytest
from helpers.array_libraries import library

import ordergrad_ref as og

rng = np.random.default_rng(3)
X = rng.normal(size=(4, 6)).round(1)
BINARY = (X > 0).astype(float)
IDS = np.repeat([2, 0, 1], [5, 4, 15])
BATCH = ("value", "advantage", "inclusion", "leave_one_out", "score_weights", "pathwise_weights")
READS = ("__array__", "__bool__", "__buffer__", "__dlpack__", "__float__", "__index__", "__int__", "__iter__")


@pytest.fixture
def on_gpu(monkeypatch):
    """Put an array where nobody may read it; `read` its numbers afterwards."""
    strict = library("array_api_strict").module
    kind = type(strict.asarray(0.0))

    class ndarray(kind):  # noqa: N801
        pass

    def refuse(*_, **__):
        raise AssertionError("the host reads an array of the GPU")

    for name in READS:
        monkeypatch.setattr(kind, name, refuse, raising=False)
    device = type(strict.asarray(0.0).device)
    monkeypatch.setattr(device, "__enter__", lambda self: self, raising=False)
    monkeypatch.setattr(device, "__exit__", lambda *_: None, raising=False)
    cupy = ModuleType("cupy")
    cupy.ndarray = ndarray
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.setitem(sys.modules, "array_api_compat.cupy", strict)
    monkeypatch.setattr(compat, "cupy", strict, raising=False)
    return lambda x: ndarray._new(np.asarray(x), device=strict.asarray(0.0).device)


def read(x):
    return x._array


def close(got, expected):
    """Within 64 u of the largest: both are within the 16 u of eq. (54), or a few u, of what is exact."""
    assert got.shape == np.shape(expected)
    np.testing.assert_allclose(read(got), expected, rtol=0, atol=64 * 2.0**-53 * max(1, abs(expected).max()))


def test_the_family_is_answered_on_the_gpu(on_gpu):
    for f in og.maxk.FAMILY.values():
        x = BINARY if f.contract.domain == "binary" else X
        k = (3,) if "K" in f.contract.target else ()
        for scale in ("paper", "gradient") if f.contract.constant else ("paper",):
            close(f(on_gpu(x), *k, scale=scale), f(x, *k, scale=scale))
        close(f(on_gpu(x.ravel()), *k, groups=IDS), f(x.ravel(), *k, groups=IDS))


def test_scores_and_masks_are_answered_on_the_gpu(on_gpu):
    counts = rng.random(X.shape) < 0.9
    for name in BATCH:
        f = getattr(og, name)
        given, there = {"by": -X, "where": counts}, {"by": on_gpu(-X), "where": on_gpu(counts)}
        expected = f(X, "max@2", **given, small_groups="nan")
        for beside in (given, there):
            got = f(on_gpu(X), "max@2", **beside, small_groups="nan")
            np.testing.assert_array_equal(np.isnan(read(got)), np.isnan(expected))
            np.testing.assert_allclose(read(got), expected, rtol=0, atol=64 * 2.0**-53 * abs(X).max())


def test_a_nan_is_confined_to_its_own_group_for_nobody_looks(on_gpu):
    x = X.copy()
    x[1, 2] = np.nan
    got = read(og.maxk.rloo(on_gpu(x)))
    assert np.isnan(got[1]).all()
    assert np.isfinite(got[[0, 2, 3]]).all()
