"""The public standard error: a root of the closed forms, in every layout, with errors that say what to do.

Theorems (79), (80): `tests/closed_forms/test_error_bars.py` holds the variances to their definitions.
"""

from fractions import Fraction as F
from math import sqrt

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError

TABLE = np.array([[0.0, 1.0, 3.0, 4.5], [2.0, 2.0, 2.0, 2.0], [0.0, 0.0, 1.0, 1.0]])
METHODS = {"jackknife": og.definition.jackknife_variance, "unbiased": og.definition.unbiased_variance}


@pytest.mark.parametrize("method", METHODS)
def test_it_is_the_root_of_the_variance_of_each_group(method):
    got = og.standard_error(TABLE, "max@2", method=method)
    expected = [sqrt(METHODS[method](row, "max@2")) for row in TABLE.tolist()]
    np.testing.assert_allclose(got, expected, rtol=1e-15)
    ids = np.array([7, 7, 7, 7, 3, 3, 3, 3, 5, 5, 5, 5])
    order = np.random.default_rng(0).permutation(12)
    ragged = og.standard_error(TABLE.ravel()[order], "max@2", method=method, groups=ids[order])
    np.testing.assert_allclose(ragged, got[[1, 2, 0]], rtol=1e-15)


def test_the_jackknife_is_the_default():
    assert og.standard_error(TABLE[0], "max@2") == og.standard_error(TABLE[0], "max@2", method="jackknife")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", [1e-310, 1e-200, 1e200, 3e307])
def test_squares_neither_overflow_nor_vanish(method, scale):
    got = og.standard_error(TABLE[0] * scale, "max@2", method=method)
    expected = og.standard_error(TABLE[0], "max@2", method=method) * scale
    np.testing.assert_allclose(got, expected, rtol=1e-14 if scale > 1e-300 else 1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_equal_rewards_have_none(method):
    assert og.standard_error([0.1] * 7, "top(2)@3", method=method) == 0


@pytest.mark.slow
def test_arrays_of_other_libraries_are_answered_in_kind(xp):
    got = og.standard_error(xp.array(TABLE), "max@2")
    assert xp.is_own(got)
    np.testing.assert_array_equal(xp.numpy(got), og.standard_error(TABLE, "max@2"))


def test_dtypes_are_answered_in_kind():
    for given, answered in ((np.float32, np.float32), (np.float16, np.float32), (np.int64, np.float64)):
        assert og.standard_error(TABLE.astype(given), "max@2").dtype == answered


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"method": "bootstrap"}, InvalidInputError, "method: expected one of 'jackknife', 'unbiased', got"),
        ({"objective": "max@2.5"}, InvalidInputError, r"objective: expected an integer K, got max@2\.5"),
        ({"objective": "gini@2", "method": "unbiased"}, InvalidInputError, "one sign .* got gini@2; method="),
        ({"rewards": [F(1)] * 3}, InvalidInputError, "rewards: expected floats, .* got exact rationals"),
        ({"small_groups": "zero"}, InvalidInputError, "a standard error of zero would be untrue"),
        ({"rewards": [1.0, 2.0]}, GroupTooSmallError, "leaving one out of max@2, K = 2, needs N ≥ 3"),
        (
            {"rewards": [1.0, 2.0, 3.0], "method": "unbiased"},
            GroupTooSmallError,
            "needs N ≥ 4. Sample at least 1 more",
        ),
        ({"rewards": [1.0, np.nan, 3.0]}, NonFiniteRewardError, "got nan"),
    ],
)
def test_wrong_arguments_are_refused(changed, error, message):
    given = {"rewards": [1.0, 2.0, 3.0, 4.0], "objective": "max@2", **changed}
    with pytest.raises(error, match=message):
        og.standard_error(given.pop("rewards"), given.pop("objective"), **given)


def test_small_groups_and_nan_stay_in_their_group():
    rewards, ids = [1.0, 2.0, 0.0, 3.0, 5.0, np.nan, 0.0, 1.0], [0, 0, 1, 1, 1, 2, 2, 2]
    got = og.standard_error(rewards, "max@2", groups=ids, small_groups="nan", nan_policy="propagate")
    assert np.isnan(got).tolist() == [True, False, True]
    assert got[1] == og.standard_error([0.0, 3.0, 5.0], "max@2")
