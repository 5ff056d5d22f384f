"""However the rewards are laid out, each group is computed as if it stood alone.

Theorem. A function of groups is determined by its values on single groups: for a table, for flat rewards
with one id each, for any order of either in memory,

    function(all groups) [of group g]  ==  function(rewards of group g)          bit for bit,

and a group that is too small or holds a NaN changes no other group's answer.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from helpers.in_turn import in_turn
from hypothesis import given, settings
from hypothesis import strategies as st

import ordergrad_ref as og
from ordergrad_ref.arrays import ids as ids_module
from ordergrad_ref.arrays.groups import answer_on_host
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms.group_sizes import Needs
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError

F = Fraction

OBJECTIVE = "top(2)@3"
LEAST = {"value": 3, "inclusion": 3, "pathwise_weights": 3}
"""The least N of each function at K = 3, where it is not 4."""


def maxpo(rewards, objective, **options):
    return og.maxk.maxpo(rewards, og.objective(objective).k, **options)


BATCH = [
    og.value,
    og.advantage,
    og.inclusion,
    og.leave_one_out,
    og.score_weights,
    og.pathwise_weights,
]
FUNCTIONS = [*BATCH, maxpo]
PER_REWARD = FUNCTIONS[1:]
VALUES = [og.value, og.inclusion, og.leave_one_out]

every_function = in_turn("function", FUNCTIONS)
every_batch_function = in_turn("function", BATCH)
every_per_reward_function = in_turn("function", PER_REWARD)


def same(got, expected):
    """Equal in shape, dtype and every bit, NaN for NaN."""
    got, expected = np.asarray(got), np.asarray(expected)
    if got.dtype != expected.dtype or got.shape != expected.shape:
        return False
    if got.dtype == object:
        return bool((got == expected).all())
    return np.array_equal(got, expected, equal_nan=True)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def one_by_one(function, rewards, ids, **options):
    """Apply the function to each group by itself: a loop over the sorted names, no layout at all."""
    rewards, ids = np.asarray(rewards), np.asarray(ids)
    names = np.unique(ids)
    members = [np.flatnonzero([i == name for i in ids]) for name in names]
    answers = [function(rewards[where], OBJECTIVE, **options) for where in members]
    if function is og.value:
        return np.array(answers)
    result = np.empty(len(rewards), dtype=answers[0].dtype)
    for where, answer in zip(members, answers, strict=True):
        result[where] = answer
    return result


def objects(*ids):
    array = np.empty(len(ids), dtype=object)
    array[:] = ids
    return array


# --- flat rewards with group ids ------------------------------------------------------------------

SIZES = (4, 7, 4, 5, 12, 4)
NAMES = {
    "integers": [30, -1, 7, 0, 2**62, -(2**62)],
    "unsigned": np.array([2**63, 2**64 - 1, 0, 5, 2**63 + 1, 9], dtype=np.uint64),
    "floats": [0.5, -2.0, 1e300, 0.0, 7.25, -1e-300],
    "strings": ["b", "", "a", "ab", "Z", "é"],
    "bytes": [b"b", b"c", b"a", b"ab", b"Z", b"0"],
    "dates": np.array(
        ["2026-06-01", "1969-12-31", "2000-02-29", "2026-06-02", "1970-01-01", "2100-01-01"], "M8[D]"
    ),
    "python integers": objects(10**30, 10**30 + 1, -(10**30), 0, 1, 2),
    "python strings": objects("b", "", "a", "ab", "Z", "é"),
    "tuples": objects((1, "x"), (0, "y"), (1, "a"), (0, "x"), (2, ""), (-1, "")),
    "python dates": objects(*(date(2026, 6, day) for day in (9, 3, 1, 30, 2, 4))),
}


def shuffled(names, sizes=SIZES, seed=1):
    ids = np.repeat(np.asarray(names), sizes)
    return ids[np.random.default_rng(seed).permutation(len(ids))]


@every_function
@pytest.mark.parametrize("kind", NAMES)
def test_flat_groups_equal_a_loop(function, kind):
    ids = shuffled(NAMES[kind])
    x = normal(len(ids))
    assert same(function(x, OBJECTIVE, groups=ids), one_by_one(function, x, ids))


@every_function
def test_flat_groups_equal_a_loop_in_exact_rationals(function):
    ids = shuffled(range(4), (4, 6, 5, 4))
    x = np.array([F(int(n), 7) for n in np.random.default_rng(2).integers(-9, 9, len(ids))], dtype=object)
    assert same(function(x, OBJECTIVE, groups=ids), one_by_one(function, x, ids))


@pytest.mark.slow
@settings(max_examples=50)
@given(st.lists(st.integers(4, 9), min_size=1, max_size=6), st.integers(0, 2**32), st.sampled_from(FUNCTIONS))
def test_any_ragged_interleaving_equals_a_loop(sizes, seed, function):
    ids = shuffled(range(len(sizes)), sizes, seed)
    x = np.random.default_rng(seed).integers(-3, 3, len(ids)).astype(float)  # with ties
    assert same(function(x, OBJECTIVE, groups=ids), one_by_one(function, x, ids))


@pytest.mark.parametrize(
    "ids", [[2, 2, 2, 1, 1, 1], ["b", "b", "b", "a", "a", "a"], (0.5, 0.5, 0.5, -1, -1, -1)]
)
def test_value_is_in_the_order_of_unique(ids):
    assert og.value([5, 6, 7, 0, 1, 2], "mean@1", groups=ids).tolist() == [1.0, 6.0]


@every_function
def test_booleans_and_lists_are_ids(function):
    x = normal(9)
    ids = [True, False, True, False, True, False, True, False, True]
    assert same(function(x, OBJECTIVE, groups=ids), one_by_one(function, x, ids))


@every_per_reward_function
def test_ids_of_a_table_in_order_are_the_table(function):
    x = normal(5, 6)
    flat = function(x.ravel(), OBJECTIVE, groups=np.repeat(np.arange(5), 6))
    assert same(flat.reshape(5, 6), function(x, OBJECTIVE))


def test_one_kernel_call_for_each_size():
    """10⁵ groups of 8 rewards, and 1000 of each other size to 20, are 13 tables and no loop over groups."""
    sizes = np.repeat(np.arange(8, 21), [10**5, *[1000] * 12])
    tables = []

    def kernel(table):
        tables.append(table.shape)
        return table

    ids = np.repeat(np.arange(len(sizes)), sizes)
    x = normal(len(ids))
    answer = answer_on_host(Task(name="rewards", kernel=kernel, needs=Needs(1, str)), x, ids)
    assert tables == [(10**5, 8), *((1000, n) for n in range(9, 21))]
    assert same(answer, x)


@pytest.mark.slow
def test_a_hundred_thousand_groups():
    x = normal(10**5, 8)
    order = np.random.default_rng(3).permutation(x.size)
    ids = np.repeat(np.arange(10**5), 8)[order]
    got = og.value(x.ravel()[order], "mean@2", groups=ids)
    assert abs(got - x.mean(axis=1)).max() < 1e-14
    assert same(
        og.advantage(x.ravel(), "max@4", groups=np.sort(ids)).reshape(x.shape), og.advantage(x, "max@4")
    )


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([1, 1, 1], r"groups: expected one id for each of the 4 rewards, got shape \(3,\)"),
        ("abcd", r"groups: expected one id for each of the 4 rewards, got shape \(\)"),
        ([[1, 1], [1, 1]], r"groups: expected one id for each of the 4 rewards, got shape \(2, 2\)"),
        ([[1, 2]] * 4, r"got shape \(4, 2\); of several columns make one id each, such as list\(map\(tuple,"),
        (
            np.ones((4, 2)),
            r"got shape \(4, 2\); of several columns make one id each, such as list\(map\(tuple,",
        ),
        ([(1, 2)] * 3, r"groups: expected one id for each of the 4 rewards, got shape \(3,\)"),
        (
            [(1, 2), (1, "a"), (1, 2), (1, 2)],
            r"groups: expected ids of one sortable kind, got others \('<' not supported",
        ),
        ([(1, 2), (1, None), (1, 2), (1, 2)], r"groups: expected finite ids, got \(1, None\) at position 1"),
        ([(1, 2), 1, 1, 1], r"groups: expected a flat array of ids, got none \(.*inhomogeneous"),
        ([[1], [1, 2], 1, 1], r"groups: expected a flat array of ids, got none \(.*inhomogeneous"),
        ([0.0, 0.0, np.nan, 1.0], r"groups: expected finite ids, got nan at position 2"),
        ([0.0, 0.0, 0.0, np.inf], r"groups: expected finite ids, got inf at position 3"),
        (objects(1, np.nan, 0, 1), r"groups: expected finite ids, got nan at position 1"),
        (
            np.array(["2026", "NaT", "NaT", "2026"], "M8[Y]"),
            r"groups: expected finite ids, got NaT at position 1",
        ),
        (np.array([1, 1, complex("nan"), 1]), r"groups: expected finite ids, got .*nan.* at position 2"),
        ([None, 1, 1, 1], r"groups: expected finite ids, got None at position 0"),
        ([None] * 4, r"groups: expected finite ids, got None at position 0"),
        (["a", None, "b", "b"], r"groups: expected finite ids, got None at position 1"),
        ([Decimal("sNaN")] * 4, r"groups: expected finite ids, got sNaN at position 0"),
        (objects(*[{}] * 4), r"groups: expected ids of one sortable kind, got others \(unhashable"),
        (objects("a", 1, 1, 1), r"groups: expected ids of one sortable kind, got others \('<' not supported"),
        (objects(*map(frozenset, ([1], [2], [1], [2]))), r"groups: expected .* got some without an order"),
        (np.ma.array([1, 1, 1, 1], mask=[0, 1, 0, 0]), r"groups: expected a plain array, got a masked one"),
        ([1, "1", 1, "1"], r"groups: expected ids of one kind, got 1, which would be read as '1'"),
        ([b"a", "a", "a", "a"], r"groups: expected ids of one kind, got b'a', which would be read as 'a'"),
        (
            [2**53, 2**53 + 1, 0.5, 0.5],
            r"groups: expected ids of one kind, got 9007199254740993, which .*992\.0",
        ),
    ],
)
@every_batch_function
def test_ids_that_would_merge_or_split_groups_are_refused(function, ids, message):
    with pytest.raises(InvalidInputError, match=message):
        function([0.0, 1.0, 2.0, 3.0], "max@1", groups=ids)


@every_batch_function
def test_rewards_with_ids_are_flat(function):
    with pytest.raises(InvalidInputError, match=r"rewards: expected a flat array.* got shape \(2, 4\)"):
        function(np.zeros((2, 4)), OBJECTIVE, groups=np.zeros(8))
    with pytest.raises(InvalidInputError, match=r"rewards: expected a flat array.* got shape \(\)"):
        function(1.0, OBJECTIVE, groups=[0])


@every_function
@pytest.mark.parametrize("small_groups", ["raise", "nan"])
@pytest.mark.parametrize(
    "none", [[], np.array([], dtype=str), np.array([], dtype=object), np.zeros(0, int)], ids=repr
)
def test_no_rewards_in_no_groups_are_answered_as_no_groups_are(function, small_groups, none):
    """As a table ``(0, N)`` is: with nothing."""
    assert same(function([], OBJECTIVE, groups=none, small_groups=small_groups), np.empty(0))
    assert function(np.empty((0, 4)), OBJECTIVE, small_groups=small_groups).size == 0


COMPOSITE = [("b", 2), ("a", 10), ("b", 2), ("a", 9), ("a", 10), ("b", 1)]


@every_batch_function
def test_tuples_are_ids_of_several_parts(function):
    x = np.arange(6.0) ** 2
    flat = [sorted(set(COMPOSITE)).index(id_) for id_ in COMPOSITE]
    expected = function(x, "max@1", groups=flat, small_groups="nan")
    for ids in (COMPOSITE, tuple(COMPOSITE), objects(*COMPOSITE)):
        assert same(function(x, "max@1", groups=ids, small_groups="nan"), expected)


@pytest.mark.parametrize("kind", ["strings", "list", "objects", "bytes", "tuples"])
def test_ids_of_any_kind_are_ordered_as_numpy_orders_them(kind):
    rng = np.random.default_rng(0)
    number = rng.integers(0, 40, 300)
    text = np.array([f"{'é' if i % 3 else 'z'}{i}" for i in number])
    ids = {
        "strings": text,
        "list": text.tolist(),
        "objects": text.astype(object),
        "bytes": np.array([t.encode() for t in text]),
        "tuples": [(t[0], int(i)) for t, i in zip(text, number, strict=True)],
    }[kind]
    x = rng.normal(size=300)
    names = sorted(set(ids.tolist() if isinstance(ids, np.ndarray) else ids))
    if kind != "tuples":
        assert names == np.unique(ids).tolist()
    listed = list(ids)
    expected = [np.mean([a for a, i in zip(x, listed, strict=True) if i == name]) for name in names]
    assert og.value(x, "mean@1", groups=ids) == pytest.approx(expected, abs=1e-14)


def test_text_is_numbered_by_a_dictionary_and_not_by_sorting_all(monkeypatch):
    """Sorting 262 144 strings of fixed width takes NumPy four seconds."""
    monkeypatch.setattr(np, "unique", lambda x, **_: pytest.fail("sorted") if x.dtype.kind in "US" else x)
    got = ids_module.members(np.array(["b", "a", "b"]))
    assert got.names == ["a", "b"]
    assert got.number.tolist() == [1, 0, 1]
    assert got.sizes.tolist() == [1, 2]


@pytest.mark.parametrize(
    "ids",
    [
        np.array([127, -128, 5, -128, 127, 0], dtype=np.int8),
        np.array([2**63 + 1, 2**63, 2**64 - 1, 2**63], dtype=np.uint64),
        np.array([2**63 + 65535, 2**63, 2**63 + 65535], dtype=np.uint64),
        np.array([-(2**63), 2**63 - 1, 0, -(2**63)]),
        np.array([-30000, 35535, -1, 35535, -30000]),
        np.array([True, False, True]),
        np.array([7]),
    ],
    ids=str,
)
def test_integers_are_numbered_as_by_numpy_however_they_are_sorted(ids):
    """Those of a short range are sorted by their lowest 16 bits, whatever their type."""
    names, number, sizes = np.unique(ids, return_inverse=True, return_counts=True)
    got = ids_module.members(ids)
    assert got.names.tolist() == names.tolist()
    assert got.number.tolist() == number.tolist()
    assert got.sizes.tolist() == sizes.tolist()
    assert ids_module.stable_order(ids).tolist() == np.argsort(ids, kind="stable").tolist()


# --- dense tables ---------------------------------------------------------------------------------


@every_function
@pytest.mark.parametrize("leading", [(), (1,), (6,), (2, 3), (1, 2, 1, 3)], ids=str)
def test_any_leading_shape(function, leading):
    x = normal(*leading, 7)
    rows = [function(row, OBJECTIVE) for row in x.reshape(-1, 7)]
    expected = np.array(rows).reshape(leading if function is og.value else x.shape)
    assert same(function(x, OBJECTIVE), expected)


@every_function
@pytest.mark.parametrize("dtype", [float, np.float32, int, object])
@pytest.mark.parametrize(
    ("shape", "count"), [((0, 5), 0), ((2, 0, 5), 0), ((0, 1), 0), ((0, 3, 2), 0)], ids=str
)
def test_no_groups_give_no_answers(function, dtype, shape, count):
    """With no group there is none too small, whatever N is."""
    answer = function(np.zeros(shape, dtype=dtype), OBJECTIVE)
    assert answer.shape == (shape[:-1] if function is og.value else shape)
    assert answer.size == count
    assert answer.dtype == (np.float64 if dtype is int else dtype)


MEMORY = {
    "Fortran order": np.asfortranarray,
    "transposed": lambda x: np.ascontiguousarray(x.T).T,
    "every second": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "negative strides": lambda x: np.flip(np.ascontiguousarray(np.flip(x))),
    "a window": lambda x: np.pad(x, 3, constant_values=np.nan)[(slice(3, -3),) * x.ndim],
    "unaligned": lambda x: (
        np.frombuffer(b"." + x.tobytes(), dtype=np.uint8)[1:].view(x.dtype).reshape(x.shape)
    ),
    "big endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "little endian": lambda x: x.astype(x.dtype.newbyteorder("<")),
}


def read_only(x):
    x = x.view()
    x.flags.writeable = False
    return x


@every_function
@pytest.mark.parametrize("shape", [(6, 5), (6, 20), (6, 131), (2, 3, 20)], ids=str)  # sums group differently
@pytest.mark.parametrize("memory", MEMORY)
def test_the_order_in_memory_does_not_matter(function, memory, shape):
    x = normal(*shape)
    stored = read_only(MEMORY[memory](x))
    assert np.array_equal(stored, x)
    assert same(function(stored, OBJECTIVE), function(x, OBJECTIVE))


@every_function
def test_one_row_broadcast_to_many_is_read_as_many(function):
    row = normal(9)
    rows = np.broadcast_to(row, (4, 9))
    assert same(function(rows, OBJECTIVE), np.array([function(row, OBJECTIVE)] * 4))


@every_function
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, object])
def test_the_callers_array_is_left_alone(function, dtype):
    x = np.array([[3, 1, 2, 2, 0], [9, 8, 7, 6, 5]], dtype=dtype)
    before = x.copy()
    answer = function(x, OBJECTIVE)
    assert np.array_equal(x, before)
    assert not np.shares_memory(answer, x)
    answer[...] = 0
    assert np.array_equal(x, before)


@every_function
def test_the_callers_flat_arrays_are_left_alone(function):
    x, ids = normal(30), np.repeat(np.arange(6), 5)
    x[7] = np.nan
    kept_x, kept_ids = x.copy(), ids.copy()
    function(x, OBJECTIVE, groups=ids, nan_policy="propagate")
    assert np.array_equal(x, kept_x, equal_nan=True)
    assert np.array_equal(ids, kept_ids)


# --- groups that are too small --------------------------------------------------------------------

RAGGED = (5, 2, 6, 1, 5)


def ragged(seed=4):
    ids = shuffled(range(5), RAGGED, seed)
    return normal(len(ids), seed=seed), ids


@every_function
@pytest.mark.parametrize("short", [1, 2, 3])
def test_a_small_group_is_refused_by_name(function, short):
    ids = ["long"] * 6 + ["short"] * short
    least = LEAST.get(function.__name__, 4)
    if short >= least:
        function(normal(len(ids)), OBJECTIVE, groups=ids)
        return
    with pytest.raises(GroupTooSmallError, match=rf"rewards: group 'short' has N = {short}; .*N ≥ {least}"):
        function(normal(len(ids)), OBJECTIVE, groups=ids)


@every_function
def test_a_small_table_is_refused_by_its_first_group(function):
    with pytest.raises(GroupTooSmallError, match=r"rewards: group \(0, 0\) has N = 2; "):
        function(np.zeros((4, 3, 2)), OBJECTIVE)
    with pytest.raises(GroupTooSmallError, match=r"rewards: group 0 has N = 2; "):
        function(np.zeros((4, 2)), OBJECTIVE)
    with pytest.raises(GroupTooSmallError, match=r"rewards: the batch has N = 2; "):
        function(np.zeros(2), OBJECTIVE)


@pytest.mark.parametrize(
    ("function", "policy"),
    [(f, "nan") for f in FUNCTIONS] + [(f, "zero") for f in FUNCTIONS if f not in VALUES],
    ids=lambda p: getattr(p, "__name__", p),
)
def test_only_the_small_groups_are_affected(function, policy):
    x, ids = ragged()
    got = function(x, OBJECTIVE, groups=ids, small_groups=policy)
    large = np.array([n > 3 for n in RAGGED])
    expected = one_by_one(function, x[large[ids]], ids[large[ids]])
    kept = large if function is og.value else large[ids]
    assert same(got[kept], expected)
    assert same(got[~kept], np.full((~kept).sum(), np.nan if policy == "nan" else 0.0))


@every_function
def test_a_table_of_small_groups_is_nan(function):
    x = np.zeros((2, 3, 2), dtype=np.float32)
    expected = np.full((2, 3) if function is og.value else x.shape, np.nan, dtype=np.float32)
    assert same(function(x, OBJECTIVE, small_groups="nan"), expected)


@pytest.mark.parametrize("function", VALUES, ids=lambda f: f.__name__)
def test_zero_would_be_an_untrue_value(function):
    for x in (np.zeros(2), np.zeros(9)):  # whether or not it would be needed
        with pytest.raises(
            InvalidInputError, match="small_groups: expected 'raise' or 'nan' here, got 'zero'"
        ):
            function(x, OBJECTIVE, small_groups="zero")


@pytest.mark.parametrize("function", [og.advantage, og.score_weights, maxpo], ids=lambda f: f.__name__)
def test_exact_small_groups_are_zero_but_never_nan(function):
    x = [F(1), F(2), F(3), F(5), F(7), F(9)]
    ids = [0, 0, 1, 1, 1, 1]
    got = function(x, OBJECTIVE, groups=ids, small_groups="zero")
    assert got.tolist() == [0, 0, *function(x[2:], OBJECTIVE)]
    assert all(type(a) is Fraction for a in got)
    with pytest.raises(
        InvalidInputError, match="small_groups: expected 'raise' or 'zero' for exact rationals, got 'nan'"
    ):
        function(x, OBJECTIVE, groups=ids, small_groups="nan")


@every_function
def test_a_small_group_that_holds_nan(function):
    """NaN in, NaN out, also where the group would have been zero."""
    ids = [0, 0, 1, 1, 1, 1]
    x = np.array([np.nan, 1.0, *normal(4)])
    policy = "nan" if function in VALUES else "zero"
    with pytest.raises(NonFiniteRewardError, match="nan in group 0, position 0"):
        function(x, OBJECTIVE, groups=ids, small_groups=policy)
    got = function(x, OBJECTIVE, groups=ids, small_groups=policy, nan_policy="propagate")
    small = slice(0, 1) if function is og.value else slice(0, 2)
    assert np.isnan(got[small]).all()
    assert np.isfinite(got[small.stop :]).all()


@every_per_reward_function
def test_singletons(function):
    x, ids = normal(6), np.arange(6)
    with pytest.raises(GroupTooSmallError, match=r"group 0 has N = 1; "):
        function(x, OBJECTIVE, groups=ids)
    assert np.isnan(function(x, OBJECTIVE, groups=ids, small_groups="nan")).all()


def test_singletons_are_enough_for_a_mean():
    x, ids = normal(6), np.arange(6)
    assert same(og.value(x, "mean@1", groups=ids), x)
    assert same(og.inclusion(x, "max@1", groups=ids), x)
    assert same(og.pathwise_weights(x, "min@1", groups=ids), np.ones(6))
    for function in (og.advantage, og.score_weights, og.leave_one_out):
        with pytest.raises(GroupTooSmallError, match=r"N = 1; .* needs N ≥ 2"):
            function(x, "mean@1", groups=ids)


# --- what to do at K = N: spec eq. (38) -----------------------------------------------------------

FOUR = [1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize("function", [og.advantage, og.score_weights], ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("spelling", "reduced_k"),
    [("mean@4", 1), ("gini@4", 2), ("median@4", 3), ("lmoment(3)@4", 3), ("mean@9", 1), ("gini@64", 2)],
)
def test_the_advice_to_reduce_works(function, spelling, reduced_k):
    with pytest.raises(GroupTooSmallError) as refusal:
        function(FOUR, spelling)
    message = str(refusal.value)
    assert "no set of K rewards leaves one out" in message
    assert f"But {spelling} is also an objective of K = {reduced_k}, which 4 rewards suffice for" in message
    assert "pass objective.reduced()" in message
    assert "scales with 1/K, the score weights stay" in message
    reduced = og.objective(spelling).reduced()
    assert reduced.k == reduced_k
    exact = [F(x) for x in FOUR]
    assert og.advantage(exact, reduced).tolist() == og.definition.advantage(exact, reduced)


def test_the_reduced_advantage_scales_with_one_over_k_and_the_score_weights_stay():
    gini = og.objective("gini@3")
    exact = [F(x) for x in FOUR]
    full, reduced = og.advantage(exact, gini), og.advantage(exact, gini.reduced())
    assert (full * 3 == reduced * 2).all()
    assert (og.score_weights(exact, gini) == og.score_weights(exact, gini.reduced())).all()


@pytest.mark.parametrize("function", [og.advantage, og.score_weights], ids=lambda f: f.__name__)
@pytest.mark.parametrize("spelling", ["max@4", "top(2)@4", "rank(2)@4", "lmoment(4)@4", "max@7"])
def test_where_no_estimator_exists_it_says_so(function, spelling):
    with pytest.raises(GroupTooSmallError) as refusal:
        function(FOUR, spelling)
    message = str(refusal.value)
    assert "No centred unbiased estimator exists there (spec eq. (38))" in message
    assert "lower K to 3" in message
    assert "small_groups='zero' leaves such groups out of a gradient" in message
    assert "reduced" not in message
    assert ("pkpo_loo_minus_one(rewards, 4)" in message) == (spelling == "max@4")
    assert (og.advantage(FOUR, spelling, small_groups="zero") == 0).all()


def test_the_uncentred_estimator_that_is_named_exists():
    assert og.maxk.pkpo_loo_minus_one(FOUR, 4).tolist() == [0.0, 0.0, 0.0, 4.0]


def test_a_singleton_cannot_lower_its_k():
    with pytest.raises(GroupTooSmallError, match="sample at least 1 more; small_groups"):
        og.advantage([3.0], "mean@1")
    with pytest.raises(GroupTooSmallError, match="sample at least 1 more; small_groups"):
        og.advantage([3.0], og.LStatistic([0]))


@pytest.mark.filterwarnings("ignore::ordergrad_ref.errors.BiasedEstimatorWarning")
def test_real_k_needs_as_many_rewards_as_its_formulas():
    """Eq. (16) needs ``n ≥ κ``; advantages use it at ``n = N − 1``."""
    assert og.value([0.0, 0.0, 0.0], "max@2.5") == 0
    assert og.pathwise_weights([1.0, 2.0, 3.0], "max@2.5").sum() == pytest.approx(1)
    for function in (og.value, og.pathwise_weights):
        with pytest.raises(GroupTooSmallError, match=r"has N = 2; max@2\.5 compares K = 5/2 and needs N ≥ 3"):
            function([1.0, 2.0], "max@2.5")
    for function in (og.inclusion, og.leave_one_out, og.advantage, og.score_weights):
        with pytest.raises(GroupTooSmallError, match=r"has N = 3; .* needs N ≥ 4"):
            function([1.0, 2.0, 3.0], "max@2.5")
        assert np.isfinite(function(FOUR, "max@2.5")).all()


# --- NaN and infinite rewards ---------------------------------------------------------------------

BAD = [np.nan, np.inf, -np.inf]


@every_function
@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_bad_reward_is_refused_by_group_and_position(function, bad):
    x = normal(2, 3, 5)
    x[1, 2, 3] = bad
    with pytest.raises(
        NonFiniteRewardError, match=rf"got {bad} in group \(1, 2\), position 3 of the group, 28 of all"
    ):
        function(x, OBJECTIVE)
    flat = normal(16)
    flat[11] = bad
    with pytest.raises(
        NonFiniteRewardError, match=rf"got {bad} in group 'c', position 3 of the group, 11 of all"
    ):
        function(flat, OBJECTIVE, groups=["a", "b", "c"] * 4 + ["a", "a", "c", "c"])
    with pytest.raises(NonFiniteRewardError, match=rf"got {bad} in the batch, position 2 .*'propagate'"):
        function([1.0, 2.0, bad, 3.0], OBJECTIVE)


@every_function
@pytest.mark.parametrize("bad", BAD, ids=str)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_nan_is_confined_to_its_group(function, bad, dtype):
    x = normal(2, 3, 5).astype(dtype)
    clean = function(x, OBJECTIVE)
    spoilt = x.copy()
    spoilt[0, 1, 4] = spoilt[1, 2, 0] = bad
    got = function(spoilt, OBJECTIVE, nan_policy="propagate")
    clean[0, 1] = clean[1, 2] = np.nan
    assert same(got, clean)


@every_function
@pytest.mark.parametrize("bad", BAD, ids=str)
def test_nan_is_confined_to_its_ragged_group(function, bad):
    ids = shuffled(range(6))
    x = normal(len(ids))
    clean = function(x, OBJECTIVE, groups=ids)
    x[np.flatnonzero(ids == 2)[1]] = bad
    clean[2 if function is og.value else ids == 2] = np.nan
    assert same(function(x, OBJECTIVE, groups=ids, nan_policy="propagate"), clean)


@every_function
def test_propagate_changes_nothing_where_all_is_finite(function):
    x = normal(4, 6)
    assert same(function(x, OBJECTIVE, nan_policy="propagate"), function(x, OBJECTIVE))


@every_function
def test_a_group_of_nothing_but_nan(function):
    got = function(np.full((1, 5), np.nan), OBJECTIVE, nan_policy="propagate")
    assert np.isnan(got).all()
    assert got.shape == ((1,) if function is og.value else (1, 5))
