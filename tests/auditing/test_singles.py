"""What is computed in float32 on the way is held to float32, though the answers are float64: spec 9.4."""

import numpy as np
import pytest

import ordergrad_ref as og


def float32_mean(x):
    return x - x.mean(axis=-1, keepdims=True).astype(np.float32)


def float32_spread(x):
    """As verl's `group_mean_std` does: both in float32, and the rewards beside them in float64."""
    r = x.astype(np.float32)
    mean = np.cumsum(r, axis=-1, dtype=np.float32)[..., -1:] / np.float32(x.shape[-1])
    squares = np.cumsum(r * r, axis=-1, dtype=np.float32)[..., -1:]
    n = np.float32(x.shape[-1])
    variance = np.maximum(squares - n * mean * mean, 0) / (n - 1)
    return (x - mean) / (np.sqrt(variance, dtype=np.float32) + np.float32(1e-4))


def test_a_mean_that_was_rounded_to_float32_is_no_bias():
    report = og.audit(float32_mean, "mean@1", n=6)
    assert report.unit_roundoff == 2.0**-24
    assert report.unbiased
    assert report.centred
    assert "it is held to float32" in report.called_with


@pytest.mark.slow
def test_other_sizes_are_held_to_float32_too():
    report = og.audit(float32_mean, "mean@1", n=4, full=True)
    assert report.formula.text == "(N−1)/N"
    assert report.finding("large_groups").holds


def test_a_spread_in_float32_does_not_go_by_the_order():
    report = og.audit(float32_spread, "mean@1", n=6)
    assert report.unit_roundoff == 2.0**-24
    assert report.permutation_equivariant
    assert report.unbiased is False


@pytest.mark.slow
@pytest.mark.parametrize(
    "function",
    [
        lambda x: x - x.mean(axis=-1, keepdims=True),
        lambda x: x - 1e-9 * x.mean(axis=-1, keepdims=True),
        lambda x: np.argsort(np.argsort(x, axis=-1, kind="stable"), axis=-1) - 2.5,
        lambda x: np.clip(x - x.max(axis=-1, keepdims=True), -1, 1),
        lambda x: (x > x.mean(axis=-1, keepdims=True)) * 1.0,
        lambda x: x * 1.0,
    ],
    ids=["centred", "nearly itself", "ranks", "clipped", "threshold", "itself"],
)
def test_what_computes_in_float64_is_held_to_float64(function):
    assert og.audit(function, "mean@1", n=6).unit_roundoff == 2.0**-53
