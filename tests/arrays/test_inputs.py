"""What may come in, in which dtype it is answered, and what is refused by name.

Rule. Rewards are read into float64, or exactly into rationals, and the result is rounded once:

    float64 → float64;   float32 → float32, equal to the float64 answer of the same rewards, rounded
    float16, bfloat16 → float32;   integers, booleans → float64;   Fractions, Decimals, objects → Fractions

Everything else is an error that names the argument, what was expected and what came; no answer is ever NaN
or infinite that was not asked for.
"""

from decimal import Decimal
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from helpers.in_turn import in_turn
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError, UnknownObjectiveError

F = Fraction

OBJECTIVE = "top(2)@3"

FUNCTIONS = [
    og.value,
    og.advantage,
    og.inclusion,
    og.leave_one_out,
    og.score_weights,
    og.pathwise_weights,
]
every_function = in_turn("function", FUNCTIONS)

SMALL = [3, 0, 1, 4, 1, 2]
"""Exact in every dtype."""


def exactly(function, rewards, objective=OBJECTIVE):
    return function([F(x) for x in rewards], objective)


def rounded(exact, dtype):
    return np.asarray(exact).astype(np.float64).astype(dtype)


# --- dtypes ---------------------------------------------------------------------------------------

ANSWERS = [
    (np.float64, np.float64),
    (np.float32, np.float32),
    (np.float16, np.float32),
    (ml_dtypes.bfloat16, np.float32),
    *[
        (integer, np.float64)
        for integer in (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)
    ],
    (object, object),
]


@every_function
@pytest.mark.parametrize(("dtype", "answer"), ANSWERS, ids=lambda d: np.dtype(d).name)
def test_dtype_of_the_answer(function, dtype, answer):
    got = function(np.array(SMALL, dtype=dtype), OBJECTIVE)
    expected = exactly(function, SMALL)
    assert np.asarray(got).dtype == answer
    if answer is object:
        assert np.array_equal(got, expected)
    else:
        unit = np.finfo(answer).eps / 2
        assert (abs(got - rounded(expected, float)) <= 16 * unit * 4).all()  # the largest reward is 4


def test_one_answer_is_a_scalar():
    got = og.value(np.array(SMALL, dtype=np.float32), OBJECTIVE)
    assert type(got) is np.float32
    assert type(og.value(SMALL, OBJECTIVE)) is np.float64
    assert type(exactly(og.value, SMALL)) is Fraction


@every_function
def test_booleans_are_zero_and_one(function):
    x = [True, False, False, True, False]
    for booleans in (x, np.array(x), np.array(x, dtype=np.int8)):
        got = np.asarray(function(booleans, OBJECTIVE))
        assert np.array_equal(got, function(np.array(x, dtype=float), OBJECTIVE))
        assert got.dtype == np.float64
    assert np.array_equal(function(np.array(x, dtype=object), OBJECTIVE), exactly(function, x))


@every_function
@pytest.mark.parametrize(
    "rewards",
    [
        SMALL,
        tuple(SMALL),
        [float(x) for x in SMALL],
        [np.float64(x) for x in SMALL],
        [*SMALL[:5], 2.0],
        range(6),
    ],
    ids=["ints", "tuple", "floats", "scalars", "mixed", "range"],
)
def test_sequences_are_float64(function, rewards):
    got = function(rewards, OBJECTIVE)
    assert np.array_equal(got, function(np.array(list(rewards), dtype=float), OBJECTIVE))
    assert np.asarray(got).dtype == np.float64


def test_a_list_of_rows_is_a_table():
    rows = [[0, 1, 2, 3], [5.5, 5, 5, 5]]
    assert np.array_equal(og.advantage(rows, "max@2"), og.advantage(np.array(rows), "max@2"))
    assert np.array_equal(og.advantage(list(np.array(rows)), "max@2"), og.advantage(np.array(rows), "max@2"))


finite32 = arrays(
    np.float32,
    st.integers(4, 9),
    elements=st.floats(-(2.0**100), 2.0**100, width=32, allow_subnormal=True),
)


@pytest.mark.slow
@settings(max_examples=100)
@given(finite32, st.sampled_from(FUNCTIONS), st.sampled_from(["top(2)@3", "gini@3", "max@2", "mean@1"]))
def test_float32_is_float64_rounded_once(x, function, objective):
    got = function(x, objective)
    assert np.asarray(got).dtype == np.float32
    wide = np.asarray(function(x.astype(np.float64), objective))
    assert np.array_equal(got, wide.astype(np.float32))


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16], ids=lambda d: np.dtype(d).name)
def test_half_precision_is_float64_rounded_once_to_float32(dtype):
    x = np.random.default_rng(0).normal(size=(50, 9)).astype(dtype)
    for function in FUNCTIONS:
        wide = function(x.astype(np.float64), OBJECTIVE)
        assert np.array_equal(function(x, OBJECTIVE), wide.astype(np.float32))
    assert abs(wide - wide.astype(dtype).astype(float)).max() > 0  # rounding to half would have shown


def test_float32_would_have_lost_what_float64_keeps():
    """Equal rewards of 0.1 are exactly equal, and an offset of 10⁶ costs no digit of the gaps."""
    assert (og.advantage(np.full(7, 0.1, np.float32), "max@4") == 0).all()
    x = np.float32(1e6) + np.arange(8, dtype=np.float32) / 16
    assert np.array_equal(og.advantage(x, "max@4"), og.advantage(x - np.float32(1e6), "max@4"))


# --- exact rationals ------------------------------------------------------------------------------

EXACT = {
    "Fractions": [F(1, 3), F(0), F(-2), F(7, 5), F(1, 3)],
    "Decimals": [Decimal("0.1"), Decimal(0), Decimal("-2"), Decimal("1e-30"), Decimal("0.3")],
    "mixed": [F(1, 3), 0, -2.5, Decimal("0.7"), True],
    "large integers": [10**400, 0, -(10**399), 1, 2],
    "NumPy scalars": [np.float64(0.1), np.float32(0.1), np.float16(0.1), np.int8(-3), np.bool_(1)],
}


def as_fraction(x):
    return F(x.item()) if isinstance(x, np.generic) else F(x)


@every_function
@pytest.mark.parametrize("kind", EXACT)
def test_exact_numbers_are_answered_exactly(function, kind):
    """A float is the binary fraction that it is; a Decimal is the decimal that it says."""
    rewards = np.array(EXACT[kind], dtype=object)
    oracle = getattr(og.definition, function.__name__, None)
    got = function(rewards, OBJECTIVE)
    exact = [as_fraction(x) for x in EXACT[kind]]
    answers = [got] if function is og.value else got.tolist()
    assert all(type(a) is Fraction for a in answers)
    if oracle is not None:
        expected = oracle(exact, OBJECTIVE)
        assert (answers[0] if function is og.value else answers) == expected
    assert np.array_equal(got, function(exact, OBJECTIVE))


def test_a_list_with_one_fraction_is_exact():
    assert og.value([F(1, 3), 1, 2], "mean@1").as_integer_ratio() == (10, 9)
    assert og.value([Decimal("0.1"), Decimal("0.2")], "mean@1") == F(3, 20)
    assert og.value([2**64, 0, 1], "max@3") == 2**64  # no integer dtype holds it: it arrives as objects


def test_exact_answers_need_no_small_denominators():
    x = [F(1, 10**50 + n) for n in range(6)]
    assert og.advantage(x, "median@3").tolist() == og.definition.advantage(x, "median@3")


@every_function
@pytest.mark.parametrize(
    "bad", [np.nan, np.inf, -np.inf, Decimal("nan"), Decimal("-inf"), np.float32("nan")], ids=str
)
def test_exact_rewards_are_finite(function, bad):
    with pytest.raises(
        NonFiniteRewardError, match=r"rewards: expected finite numbers, got .* at position 2 of an"
    ):
        function([F(1), F(2), bad, F(3)], OBJECTIVE)


def test_exact_rewards_and_a_k_that_is_not_an_integer():
    with (
        pytest.warns(og.errors.BiasedEstimatorWarning),
        pytest.raises(
            InvalidInputError,
            match=r"objective: expected one with exact rational weights on .*, got max@2\.5",
        ),
    ):
        og.value([F(1), F(2), F(3), F(4)], "max@2.5")


# --- extreme values -------------------------------------------------------------------------------

APART = [1.5e308, -1.5e308, 1.5e308, -1.5e308]
"""A gap beyond the largest float64."""


@every_function
@pytest.mark.parametrize(
    "rewards", [APART, [1.7e308, -1.7e308] * 2, [-1e308, 0.0, 0.0, 1e308], [1.7e308] * 2 + [0.0] * 2]
)
@pytest.mark.parametrize("objective", ["mean@1", "max@2", "top(2)@3", "gini@3"])
def test_an_answer_that_float64_holds_is_given(function, rewards, objective):
    """However large the sums on the way to it are; and only another one is refused."""
    if function is FUNCTIONS[-1] and not objective.startswith("max"):
        return
    exact = np.atleast_1d(function([Fraction(r) for r in rewards], objective))
    if max(map(abs, exact)) <= Fraction(np.finfo(float).max):
        got = np.atleast_1d(function(rewards, objective))
        scale = max(map(abs, [*exact, *map(Fraction, rewards)]))
        assert all(abs(Fraction(float(g)) - e) <= 32 * scale / 2**53 for g, e in zip(got, exact, strict=True))
    else:
        with pytest.raises(
            InvalidInputError, match="for the batch that overflows float64; scale the rewards down"
        ):
            function(rewards, objective)


@pytest.mark.parametrize("n", [2, 40, 1000])
def test_sums_beyond_float64_of_answers_within(n):
    """Half zeros, half 1e307: the sum of a thousand is not a float, their mean is."""
    x = np.repeat([0.0, 1e307], n // 2)
    assert og.value(x, "mean@1") == pytest.approx(5e306)
    assert np.allclose(og.advantage(x, "mean@1"), (x - 5e306) * (n / (n - 1)), rtol=1e-14)
    assert og.value([-1e308, 0.0], "mean@1") == -5e307
    assert og.maxk.rloo([-1e308, 0.5e308]).tolist() == [-1.5e308, 1.5e308]
    assert og.maxk.grpo([-1.5e308, 1.5e308, 0.0]) == pytest.approx([-1, 1, 0])


def test_weights_that_make_an_answer_overflow_on_the_way():
    alpha = og.LStatistic([1e170, -1e170])
    assert og.value([1e200, 1e200], alpha) == 0
    assert og.value([1e-170, 2e-170, 3e-170], alpha) == pytest.approx(-4 / 3)


OVERFLOWING = [1.7e308] + [-1.7e308] * 7


def test_an_answer_that_overflows_is_refused_by_group():
    with pytest.raises(
        InvalidInputError, match="for the batch that overflows float64; scale the rewards down"
    ):
        og.advantage(OVERFLOWING, "max@2")
    x = np.zeros((2, 3, 8))
    x[1, 0] = OVERFLOWING
    with pytest.raises(InvalidInputError, match=r"for group \(1, 0\) that overflows float64"):
        og.advantage(x, "max@2")
    ids = ["a"] * 5 + ["b"] * 8 + ["c"] * 5
    flat = np.array([0.0] * 5 + OVERFLOWING + [0.0] * 5)
    with pytest.raises(InvalidInputError, match=r"for group 'b' that overflows float64"):
        og.advantage(flat, "max@2", groups=ids)
    table = [[1.0] * 8, [*OVERFLOWING[:7], np.nan], OVERFLOWING]
    with pytest.raises(InvalidInputError, match="for group 2 that overflows float64"):
        og.advantage(table, "max@2", nan_policy="propagate")


@every_function
def test_huge_rewards_of_small_spread_are_computed(function):
    assert np.isfinite(function([1.5e308] * 5, OBJECTIVE)).all()
    assert np.isfinite(function(np.full((2, 5), np.finfo(np.float32).max), OBJECTIVE)).all()


def test_an_answer_that_overflows_float32_is_refused():
    """By group, where compiled loops may answer, whether they do or not."""
    large = np.array([3e38, -3e38, -3e38, -3e38], dtype=np.float32)
    assert og.value(large, "max@4") == large[0]
    with pytest.raises(InvalidInputError, match="for the batch that overflows float32; pass float64 rewards"):
        og.advantage(large, "max@2")
    with pytest.raises(
        InvalidInputError, match="rewards: expected a result within float32, got one beyond it; pass float64"
    ):
        og.maxk.rloo(large)
    assert og.advantage(large.astype(float), "max@2")[0] == pytest.approx(2 * float(large[0]), rel=1e-15)


def test_an_answer_that_overflows_float32_is_refused_with_ids_and_masks_too():
    """Computed in float64, it overflows where it is put in its place."""
    rewards, ids = np.full(3, 3e38, dtype=np.float32), [0, 0, 0]
    for beside in {}, {"groups": ids}, {"where": [True, True, False]}:
        with pytest.raises(InvalidInputError, match="rewards: expected a result within float32"):
            og.value(rewards, og.LStatistic([10]), **beside)
    with pytest.raises(InvalidInputError, match="rewards: expected a result within float32"):
        og.pathwise_weights(rewards, og.LStatistic([2e39]), groups=ids)


def test_largest_half_precision_answers_fit_float32():
    x = np.array([65504, -65504, -65504, -65504], dtype=np.float16)
    assert og.advantage(x, "max@2")[0] == pytest.approx(2 * 65504, rel=1e-7)


@every_function
def test_subnormal_rewards(function):
    """Right to the spacing of subnormal numbers, 2⁻¹⁰⁷⁴, a few roundings each."""
    x = [5e-324, 0.0, 1.5e-323, -1e-322, 2e-310]
    exact = exactly(function, x)
    got = function(x, OBJECTIVE)
    tolerance = 8 * F(5e-324) + 16 * F(2) ** -53 * (1 if function is og.pathwise_weights else F(2e-310))
    assert max(abs(F(float(a)) - b) for a, b in zip(np.ravel(got), np.ravel(exact), strict=True)) <= tolerance
    assert (np.ravel(got) != 0).any()


@every_function
def test_zeros_of_either_sign_are_one_reward(function):
    signs = [0.0, -0.0, 1.0, -0.0, 0.0]
    got = np.ravel(function(signs, OBJECTIVE))
    assert np.array_equal(got, np.ravel(function([0.0, 0.0, 1.0, 0.0, 0.0], OBJECTIVE)))
    if function is not og.value:
        assert len({*got[[0, 1, 3, 4]].tolist()}) == 1


@every_function
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_callers_who_trap_floating_point_errors_see_none(function, dtype):
    x = np.array([5e-324, 1e-310, 0.0, 1.0, 3e-45, np.nan], dtype=np.float64).astype(dtype)
    with np.errstate(all="raise"):
        assert np.isfinite(function(x[:5], OBJECTIVE)).all()
        assert np.isnan(function(x, OBJECTIVE, nan_policy="propagate")).all()


# --- what is no array of numbers ------------------------------------------------------------------


class OnAnotherDevice:
    """Refuses to become an array, as a CUDA tensor does."""

    def __array__(self, dtype=None, copy=None):
        raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu()")


class NeedsGrad:
    """Refuses to become an array, as a tensor in a graph does."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy()")


class Tensor:
    """Becomes an array, as a CPU tensor does."""

    def __init__(self, numbers):
        self.numbers = numbers

    def __array__(self, dtype=None, copy=None):
        return np.array(self.numbers, dtype=dtype)


REFUSED = {
    "masked": (np.ma.array([1.0, 2, 3], mask=[0, 0, 1]), r"expected a plain array, got a masked one; fill"),
    "text": ("0123", r"expected real numbers \(float64, .*\), got dtype <U4"),
    "strings": (["0", "1", "2", "3"], r"expected real numbers .* got dtype <U1"),
    "bytes": (np.array([b"0", b"1"]), r"expected real numbers .* got dtype \|S1"),
    "complex": ([1j, 2, 3, 4], r"expected real numbers .* got dtype complex128"),
    "dates": (np.array(["2026", "2027"], "M8[Y]"), r"expected real numbers .* got dtype datetime64\[Y\]"),
    "durations": (np.array([1, 2], "m8[s]"), r"expected real numbers .* got dtype timedelta64\[s\]"),
    "records": (np.array([(1, 2.0)], "i4,f8"), r"expected real numbers .* got dtype \["),
    "quarter precision": (np.ones(4, ml_dtypes.float8_e5m2), r"expected real numbers .* dtype float8_e5m2"),
    "None": (None, r"expected numbers, got None \(NoneType\)$"),
    "a dict": ({"a": 1.0}, r"expected numbers, got \{'a': 1\.0\} \(dict\)$"),
    "a set": ({1.0}, r"expected numbers, got \{1\.0\} \(set\)$"),
    "a generator": ((x for x in SMALL), r"expected numbers, got <generator .* \(generator\)$"),
    "None among floats": ([1.0, 2.0, None], r"expected numbers, got None \(NoneType\) at position 2$"),
    "a string among Fractions": ([[F(1), "2"]], r"expected numbers, got '2' \(str\) at position \(0, 1\)$"),
    "complex among Fractions": ([F(1), 2j], r"expected numbers, got 2j \(complex\) at position 1$"),
    "ragged": ([[1.0, 2.0], [3.0]], r"expected numbers of shape \(\.\.\., N\), got a list .* groups=ids"),
    "another device": (OnAnotherDevice(), r"expected numbers .* got a OnAnotherDevice .*Use Tensor\.cpu\(\)"),
    "in a graph": (NeedsGrad(), r"expected numbers .* got a NeedsGrad .*detach\(\)\.numpy\(\)"),
    "a number": (3.0, r"expected shape \(\.\.\., N\), got the single number 3\.0"),
    "an exact number": (F(1, 2), r"expected shape \(\.\.\., N\), got the single number 1/2"),
    "a boolean": (True, r"expected shape \(\.\.\., N\), got the single number 1\.0"),
    "nothing": ([], r"expected at least one in each group, got shape \(0,\)"),
    "empty groups": (np.zeros((3, 0)), r"expected at least one in each group, got shape \(3, 0\)"),
}
if np.dtype(np.longdouble).itemsize > 8:
    WIDE = np.array([1, 2, 3, 4], np.longdouble)
    REFUSED["extended precision"] = (WIDE, r"expected real numbers .* got dtype float128")
    REFUSED["extended precision among objects"] = (
        WIDE.astype(object),
        r"expected numbers, got .* \(longdouble\) at position 0$",
    )


@every_function
@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_array_of_numbers_is_refused(function, kind):
    rewards, message = REFUSED[kind]
    with pytest.raises(InvalidInputError, match="rewards: " + message):
        function(rewards, "mean@1")


@every_function
def test_whatever_becomes_an_array_is_one(function):
    assert np.array_equal(function(Tensor(SMALL), OBJECTIVE), function(SMALL, OBJECTIVE))
    assert np.array_equal(function(memoryview(np.array(SMALL, float)), OBJECTIVE), function(SMALL, OBJECTIVE))


def test_an_error_keeps_its_cause():
    with pytest.raises(InvalidInputError) as error:
        og.advantage(OnAnotherDevice(), "max@2")
    assert isinstance(error.value.__cause__, TypeError)


def test_all_input_errors_are_value_errors():
    for bad in ("text", None, [[1], [1, 2]]):
        with pytest.raises(ValueError, match="rewards: expected"):
            og.advantage(bad, "max@2")


# --- the other arguments --------------------------------------------------------------------------


@every_function
@pytest.mark.parametrize(
    ("objective", "error", "message"),
    [
        (3, InvalidInputError, r"objective: expected a spelling such as 'max@8', .* got 3 \(int\)"),
        (2.5, InvalidInputError, r"objective: expected .* got 2\.5 \(float\)"),
        (None, InvalidInputError, r"objective: expected .* got None \(NoneType\)"),
        ([0, 0, 1], InvalidInputError, r"objective: expected .* got \[0, 0, 1\] \(list\)"),
        (np.array([0, 1]), InvalidInputError, r"objective: expected .* \(ndarray\)"),
        (b"max@2", InvalidInputError, r"objective: expected .* got b'max@2' \(bytes\)"),
        (max, InvalidInputError, r"objective: expected .* \(builtin_function_or_method\)"),
        ("mx@2", UnknownObjectiveError, r"objective: expected a known name, got 'mx'; did you mean 'max@2'"),
        (
            "maxx@2",
            UnknownObjectiveError,
            r"a known name, got 'maxx'; did you mean 'max@2'",
        ),
        ("max", InvalidInputError, r"objective: expected a K, .* got none in 'max'"),
        ("max@0", InvalidInputError, r"objective: expected K >= 1, got K = 0"),
        ("", InvalidInputError, r"objective: expected name@K .* got ''"),
    ],
)
def test_a_bad_objective_is_refused(function, objective, error, message):
    with pytest.raises(error, match=message):
        function(SMALL, objective)


@every_function
@pytest.mark.parametrize("policy", ["ignore", "Raise", "", None, 0, ["raise"]], ids=repr)
def test_an_unknown_policy_is_refused(function, policy):
    with pytest.raises(
        InvalidInputError, match=r"small_groups: expected one of 'raise', 'nan', 'zero', got "
    ):
        function(SMALL, OBJECTIVE, small_groups=policy)
    with pytest.raises(
        InvalidInputError, match=r"nan_policy: expected one of 'raise', 'propagate', 'omit', got "
    ):
        function(SMALL, OBJECTIVE, nan_policy=policy)


@every_function
def test_an_unknown_policy_is_refused_before_the_rewards_are_read(function):
    with pytest.raises(InvalidInputError, match=r"nan_policy: expected one of"):
        function("no numbers", OBJECTIVE, nan_policy="drop")


@every_function
def test_options_are_given_by_name(function):
    with pytest.raises(TypeError, match="positional"):
        function(SMALL, OBJECTIVE, [0] * 6)


@pytest.mark.parametrize("bad", [np.ma.array([1.0, 2.0]), ["a"], None, [1j], [[1], [1, 2]]], ids=repr)
def test_pass_at_k_reads_rewards_as_the_others_do(bad):
    with pytest.raises(InvalidInputError, match="rewards: expected"):
        og.maxk.pass_at_k(bad, 1)
    with pytest.raises(InvalidInputError, match="rewards: expected"):
        og.maxk.maxpo(bad, 1)
