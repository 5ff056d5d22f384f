"""``rounding="correct"`` is the exact answer, rounded once: compared with ``==``. Spec section 11.13."""

from fractions import Fraction as F

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.arrays.dtypes import nearest
from ordergrad_ref.errors import InvalidInputError

QUANTITIES = {
    "value": og.definition.value,
    "inclusion": og.definition.inclusion,
    "leave_one_out": og.definition.leave_one_out,
    "advantage": og.definition.advantage,
}
OBJECTIVES = ["max@3", "median@3", "0.5*max@2 - 2*min@3", "quantile(0.3)@3"]
BATCHES = np.array(
    [
        [0.1, 0.2, 0.3, 0.7, 1e-3],
        [1e16, 1.0, -1e16, 1.0, 0.5],
        [2.0**-1070, 5e-324, 0.0, 3e-310, 2.0**-1070],
        [1e300, -1e300, 1e300, 1.0, 1e-300],
    ]
)


def exact(quantity, row, objective, **beside):
    return np.asarray(QUANTITIES[quantity]([F(x) for x in row], objective, **beside), dtype=object)


def rounded(answers):
    return np.array([float(x) for x in answers.ravel()]).reshape(answers.shape)


@pytest.mark.slow
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_it_is_the_exact_answer_rounded_once(quantity):
    for objective in OBJECTIVES:
        expected = np.array([rounded(exact(quantity, row, objective)) for row in BATCHES.tolist()])
        got = getattr(og, quantity)(BATCHES, objective, rounding="correct")
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, expected)


def test_weights_are_rounded_once():
    row = BATCHES[0]
    scores = [F(3, 5) * a for a in exact("advantage", row.tolist(), "max@3")]
    assert og.score_weights(row, "max@3", rounding="correct").tolist() == [float(x) for x in scores]
    ranks = np.array([float(w) for w in og.rank_weights.exact(5, "max@3")])
    assert og.pathwise_weights(np.arange(5.0), "max@3", rounding="correct").tolist() == ranks.tolist()


def test_the_bounded_answer_is_not_always_the_nearest():
    batch = np.random.default_rng(0).normal(size=(20, 6))
    assert (og.advantage(batch, "max@3", rounding="correct") != og.advantage(batch, "max@3")).any()
    np.testing.assert_array_equal(
        og.advantage(batch, "max@3", rounding="bounded"), og.advantage(batch, "max@3")
    )


def test_groups_scores_and_masks():
    rewards, scores = [0.1, 0.7, 0.7, 0.2, 1.3, 9.0], [1, 1, 2, 3, 1, 2]
    expected = rounded(exact("advantage", rewards[:5], "max@2", by=scores[:5]))
    where = np.array([True] * 5 + [False])
    got = og.advantage(np.array(rewards), "max@2", by=scores, where=where, rounding="correct")
    np.testing.assert_array_equal(got, [*expected, 0])
    got = og.advantage(
        np.array([0.3, *rewards[:5], 0.6, 0.1]),
        "max@2",
        groups=[7, 1, 1, 1, 1, 1, 7, 7],
        by=[0, *scores[:5], 0, 0],
        rounding="correct",
    )
    np.testing.assert_array_equal(got[1:6], expected)
    omitted = og.value(np.array([0.1, np.nan, 0.2]), "max@2", nan_policy="omit", rounding="correct")
    assert omitted == 0.2


def test_float32_is_rounded_once_and_not_twice():
    rewards = np.array([4, 4 + 2.0**-21, 0, 0, 0, 0, 0, 2.0**-100], dtype=np.float32)
    mean = sum(map(F, rewards.tolist())) / 8
    assert np.float32(float(mean)) == 1  # by way of the nearest float64, which is the middle of two float32
    got = og.value(rewards, "mean@1", rounding="correct")
    assert got.dtype == np.float32
    assert got == 1 + 2.0**-23
    half = og.value(np.array([1, 1 + 2.0**-10], dtype=np.float16), "mean@1", rounding="correct")
    assert half.dtype == np.float32
    assert half == 1 + 2.0**-11


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (1 + F(1, 2**24), 1.0),  # the middle: to even
        (1 + F(3, 2**24), 1 + 2.0**-22),
        (1 + F(1, 2**24) + F(1, 2**90), 1 + 2.0**-23),
        (1 + F(3, 2**24) - F(1, 2**90), 1 + 2.0**-23),
        (-1 - F(1, 2**24) - F(1, 2**90), -1 - 2.0**-23),
        (F(1, 2**150), 0.0),
        (F(1, 2**150) + F(1, 2**300), 2.0**-149),
        (F(3, 2**151), 2.0**-149),
    ],
)
def test_nearest_float32(x, expected):
    assert nearest(np.array([x], dtype=object), np.float32)[0] == expected


def test_rationals_stay_exact():
    rewards = [F(1, 3), F(1, 2), F(2, 3)]
    got = og.advantage(rewards, "max@2", rounding="correct")
    assert got.tolist() == og.advantage(rewards, "max@2").tolist()
    assert {type(x) for x in got} == {F}


def test_policies_are_those_of_the_other_rounding():
    table = np.array([[0.0, np.nan, 1.0], [0.0, 1.0, 3.0]])
    for policy in ("raise", "propagate"):
        if policy == "raise":
            with pytest.raises(og.errors.NonFiniteRewardError):
                og.advantage(table, "max@2", nan_policy=policy, rounding="correct")
        else:
            got = og.advantage(table, "max@2", nan_policy=policy, rounding="correct")
            np.testing.assert_array_equal(got, [[np.nan] * 3, [-1, -1, 2]])
    for policy, answer in (("zero", 0), ("nan", np.nan)):
        got = og.advantage(
            [1.0, 2.0, 3.0, 4.0], "max@2", groups=[0, 0, 0, 1], small_groups=policy, rounding="correct"
        )
        np.testing.assert_array_equal(got, [-0.5, -0.5, 1, answer])
    assert og.advantage(np.empty((0, 3)), "max@2", rounding="correct").shape == (0, 3)


@pytest.mark.slow  # it imports SciPy
@pytest.mark.parametrize(
    "objective",
    ["max@2.5", "harrell_davis(0.5)@3", "max@2 + 2*wang(0.1)@3", "proportional_hazard(0.5)@3"],
)
def test_rounded_weights_are_refused(objective):
    with pytest.raises(
        InvalidInputError, match=r"rounding: expected 'bounded' for .* double precision, got 'correct'"
    ):
        og.advantage(BATCHES, objective, rounding="correct")


def test_rational_weights_of_the_same_families_are_answered():
    for objective in ("proportional_hazard(2)@3", og.LStatistic(og.objective("wang(0.1)@3").weights)):
        expected = rounded(exact("advantage", BATCHES[0].tolist(), objective))
        np.testing.assert_array_equal(og.advantage(BATCHES[0], objective, rounding="correct"), expected)


@pytest.mark.slow  # it imports PyTorch
def test_other_arrays_and_choices_are_refused():
    torch = pytest.importorskip("torch")
    with pytest.raises(
        InvalidInputError, match="rounding: expected 'bounded' for a Tensor of torch, got 'correct'"
    ):
        og.advantage(torch.tensor([0.0, 1.0, 2.0]), "max@2", rounding="correct")
    with pytest.raises(
        InvalidInputError, match="rounding: expected one of 'bounded', 'correct', got 'exact'"
    ):
        og.advantage(BATCHES, "max@2", rounding="exact")


@pytest.mark.parametrize(("dtype", "large"), [(np.float64, 1.7e308), (np.float32, 3e38)])
def test_what_the_dtype_does_not_hold_is_refused(dtype, large):
    rewards = np.array([large, -large, -large], dtype=dtype)
    with pytest.raises(InvalidInputError, match=f"expected a result within {np.dtype(dtype)}"):
        og.advantage(rewards, "max@2", rounding="correct")
    assert og.value(rewards[:1], "max@1", rounding="correct") == rewards[0]
