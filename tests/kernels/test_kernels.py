"""The compiled loops compute the closed forms: the same numbers, on every path, at every size.

The oracle is the same gap form on Fractions (which the tests of closed forms equate with the definition),
within 16 u · scale (54); and plain NumPy sums. Each engine of sums is asked by its name.
"""

import multiprocessing
import os
import shutil
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest
from helpers.engines import answer_by

import ordergrad_ref as og
from ordergrad_ref.closed_forms import distribution
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.kernels import at_hand, choice
from ordergrad_ref.kernels.cpu import long_sort, loops, network, one_huge_group, side_by_side
from ordergrad_ref.kernels.cpu import sums as cpu
from ordergrad_ref.kernels.cpu.lanes import LANES

UNIT = {np.dtype(np.float64): 2.0**-53, np.dtype(np.float32): 2.0**-24}
FUNCTIONS = ("advantage", "score_weights", "inclusion", "leave_one_out", "pathwise_weights", "value")
SIZES = [2, 3, 5, 8, 16, 31, 33, 64, 65, 100, 1000, 1025]


def tables(n, dtype, groups=131):
    rng = np.random.default_rng(n)
    normal = rng.normal(size=(groups, n))
    outlier = normal.copy()
    outlier[:, rng.integers(n)] = -1e9
    yield from (
        x.astype(dtype)
        for x in (
            normal,
            normal + 1e9,
            (normal < 0).astype(float),
            np.full_like(normal, 0.1),
            outlier,
            1e9 + normal * 1e-5,
            np.where(normal < 0, -0.0, 0.0),
            rng.standard_cauchy(size=(groups, n)),
            np.sort(normal)[:, ::-1],
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", UNIT, ids=str)
@pytest.mark.parametrize("n", SIZES)
def test_like_numpy(n, dtype, name):
    """Both paths are within 16 u of exact, so within 32 u of each other; values add their own size."""
    k = min(4, n - 1)
    for x in tables(n, dtype):
        fast = answer_by(cpu, name, x, f"max@{k}")
        slow = answer_by(plain, name, x, f"max@{k}")
        assert fast.dtype == slow.dtype == dtype
        spread = abs(og.advantage(x, f"max@{k}"))
        scale = abs(slow).reshape(len(x), -1).max(axis=1) + spread.max(axis=1)
        error = abs(fast - slow).reshape(len(x), -1).max(axis=1)
        assert (error <= 32 * UNIT[np.dtype(dtype)] * scale).all()


@pytest.mark.slow
@pytest.mark.parametrize("dtype", UNIT, ids=str)
@pytest.mark.parametrize("n", [3, 16, 64, 65, 300])
def test_within_16_roundings_of_exact(n, dtype):
    for x in tables(n, dtype, groups=3):
        for spelling in ("max@2", f"median@{n - 1}", "mean@1"):
            for row, got in zip(x, answer_by(cpu, "advantage", x, spelling), strict=True):
                exact = og.advantage([F(float(a)) for a in row], spelling)
                scale = max(map(abs, exact))
                assert all(
                    abs(F(float(g)) - e) <= 16 * F(UNIT[np.dtype(dtype)]) * scale
                    for g, e in zip(got, exact, strict=True)
                )


@pytest.mark.slow
@pytest.mark.parametrize("n", [7, 64, 65, 4000])
def test_ties_get_equal_answers_and_equal_rewards_zeros(n):
    rng = np.random.default_rng(n)
    x = rng.integers(0, 5, size=(9, n)) / 7.0
    for name in ("advantage", "pathwise_weights"):
        answer = answer_by(cpu, name, x, "max@2")
        for row, a in zip(x, answer, strict=True):
            assert all(len(set(a[row == value])) <= 1 for value in set(row))
    assert (answer_by(cpu, "advantage", np.full((5, n), 0.1), "max@2") == 0).all()


class InParts:
    """Every group by itself, in as many parts as there are workers."""

    def __init__(self, workers):
        self.workers = workers

    def centred_rise(self, table, weights, level=cpu.NO_LEVEL):
        return one_huge_group.answer(table, weights, cpu.NONE, level, self.workers)


@pytest.mark.parametrize("kind", ["normal", "ties", "outlier", "cluster", "sorted"])
@pytest.mark.parametrize("workers", [1, 2, 3, 5])
def test_one_huge_group_in_parts(kind, workers):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1, 5003))
    if kind == "ties":
        x = np.round(x, 1)
    if kind == "outlier":
        x[0, 17] = -1e15  # leaves the keys of all others equal but for a few bits
    if kind == "cluster":
        x = 1e12 + x * 1e-3
    if kind == "sorted":
        x = np.sort(x)
    slow = answer_by(plain, "advantage", x, "max@5")
    fast = answer_by(InParts(workers), "advantage", x, "max@5")
    np.testing.assert_allclose(fast, slow, rtol=0, atol=32 * 2.0**-53 * abs(slow).max())


def network_sorts(rows):
    """Sort columns ``(n, columns)`` in the network, eight at a time; pads above must stay."""
    n, columns = rows.shape
    for start in range(0, columns, LANES):
        some = rows[:, start : start + LANES]
        key = np.full((network.stored_rows(n), LANES), np.inf)
        key[:n, : some.shape[1]] = some
        network.sort(key.reshape(-1), n)
        if (key[:n, : some.shape[1]] != np.sort(some, axis=0)).any() or (key[n:] != np.inf).any():
            return False
    return True


def zeros_and_ones(n):
    return (np.arange(2**n) >> np.arange(n)[:, None] & 1).astype(float)


@pytest.mark.parametrize("n", range(1, 17))
def test_the_network_sorts_all_zeros_and_ones(n):
    """By the 0–1 principle a network that does so sorts everything."""
    assert network_sorts(zeros_and_ones(n))


@pytest.mark.parametrize("n", [17, 31, 33, 64, 65, 100, 129, 200, 256, 300, 511, 513, 777, 1025, 2500, 5000])
def test_the_network_sorts_beyond_16(n):
    """All thresholds of random orders: by the 0–1 principle as telling as random keys, and ties."""
    rng = np.random.default_rng(n)
    assert network_sorts(rng.normal(size=(n, 64)))
    assert network_sorts(rng.integers(0, 2, (n, 64)).astype(float))
    assert network_sorts(np.eye(n)[:, :512])
    assert network_sorts(1 - np.eye(n)[:, :512])


@pytest.mark.parametrize("n", range(1, 17))
def test_exchanges_that_are_undone_put_everything_back(n):
    """Ranks go to where the rewards came from: of ties, and of pads, none is lost either."""
    some = zeros_and_ones(min(n, 8))[:, -256:]
    some = np.concatenate([np.random.default_rng(n).normal(size=(n, 64)), np.resize(some, (n, 256))], axis=1)
    outcomes = np.empty(network.COMPARATORS, np.uint8)
    for start in range(0, some.shape[1], LANES):
        rows = np.full((network.stored_rows(n), LANES), np.inf)
        rows[:n] = some[:, start : start + LANES]
        before = rows.copy()
        network.sort_noting(rows.reshape(-1), n, outcomes)
        np.testing.assert_array_equal(rows, np.sort(before, axis=0))
        ranks = np.arange(rows.size, dtype=float).reshape(rows.shape)
        for numbers in (rows, ranks):
            network.undo(numbers.reshape(-1), n, outcomes)
        np.testing.assert_array_equal(rows, before)
        order = np.argsort(ranks[:n], axis=0)
        np.testing.assert_array_equal(np.take_along_axis(before, order, 0), np.sort(before[:n], axis=0))


def test_the_network_loses_no_key_whatever_it_is():
    """Zeros of either sign are equal and not the same, and NaN is in no order: each comes out as often."""
    rng = np.random.default_rng(0)
    for n in (8, 24, 70):
        key = np.full((network.stored_rows(n), LANES), np.inf)
        key[:n] = rng.choice([0.0, -0.0], (n, LANES))
        key[:n, :2] = rng.choice([0.0, -0.0, np.nan, -np.nan, 1.0], (n, 2))
        key[:n, 4:] = rng.normal(size=(n, 4))
        before = np.sort(key.view(np.int64), axis=0)
        in_order = np.sort(key[:, 4:], axis=0)
        network.sort(key.reshape(-1), n)
        np.testing.assert_array_equal(np.sort(key.view(np.int64), axis=0), before)
        np.testing.assert_array_equal(key[:, 4:], in_order)


def test_no_more_rows_are_stored_than_the_next_power_of_two():
    assert [network.stored_rows(n) for n in (1, 8, 9, 16, 17, 1024)] == [8, 8, 16, 16, 32, 1024]


def test_order_of_many_groups():
    """More rewards than a thread takes at once."""
    x = np.random.default_rng(0).normal(size=(cpu.REWARDS_IN_A_RUN, 2))
    np.testing.assert_array_equal(cpu.order(x), np.argsort(x, axis=-1))


@pytest.mark.parametrize("size", [1, 7, 9, 1000, 70_001])
def test_a_long_run_of_keys_is_sorted(size):
    """In eight columns, some of which may be empty, and in sixteen; keys may be equal or infinite."""
    rng = np.random.default_rng(size)
    for some in (
        rng.random(size),
        rng.integers(0, 3, size) / 2.0,
        np.where(rng.random(size) < 0.5, np.inf, 1),
    ):
        keys = some.view(np.uint64).copy()
        expected = np.sort(keys)
        long_sort.sort(keys, np.empty_like(keys))
        np.testing.assert_array_equal(keys, expected)


def test_each_group_of_keys_is_sorted():
    keys = np.random.default_rng(0).random((3, 2000)).view(np.uint64)
    expected = np.sort(keys, axis=-1)
    long_sort.sort_each(keys)
    np.testing.assert_array_equal(keys, expected)


def test_merging_two_sorted_runs_from_any_place():
    rng = np.random.default_rng(0)
    a, b = (
        np.sort(rng.integers(0, 50, 40).astype(np.uint64)),
        np.sort(rng.integers(0, 50, 23).astype(np.uint64)),
    )
    both = np.sort(np.concatenate([a, b]))
    for first, second in ((a, b), (b, a)):
        out = np.empty_like(both)
        long_sort.merge_runs(first, second, out)
        np.testing.assert_array_equal(out, both)
    for low in range(len(both)):
        i = long_sort.split(a, b, low)
        out = np.empty(len(both) - low, np.uint64)
        long_sort.merge(a, b, i, low - i, out)
        np.testing.assert_array_equal(out, both[low:])


@pytest.mark.slow
def test_the_loops_are_python_too():
    """What is compiled is what is read: the uncompiled loops give the same answers."""
    x = np.random.default_rng(0).normal(size=(67, 9))
    rise, none = np.linspace(0, 1, 8), np.empty(0)
    out, compiled = np.empty_like(x), np.empty_like(x)
    side_by_side.answer.py_func(x, rise, none, none, none, 0, 0, 0.0, out)
    side_by_side.answer(x, rise, none, none, none, 0, 0, 0.0, compiled)
    np.testing.assert_allclose(out, compiled, rtol=0, atol=1e-14)
    keys = np.empty(x.shape, np.uint64)
    loops.pack_groups.py_func(x, 4, keys)
    keys.sort(axis=-1)
    loops.finish.py_func(x, keys.copy(), rise, none, none, none, 0, 0, 0.0, 4, out)
    np.testing.assert_allclose(out, compiled, rtol=0, atol=1e-14)


@pytest.mark.parametrize("kind", ["far first", "far last", "extremes"])
@pytest.mark.parametrize("n", [32, 64, 300])
def test_keys_that_cannot_tell_rewards_apart_are_repaired(n, kind):
    """A reward beyond the others' digits leaves their keys equal; a spread may be beyond all floats."""
    x = np.random.default_rng(n).normal(size=(74, n))
    if kind == "extremes":
        x[70, [0, 1]] = -1.7e308, 1.7e308  # no gap overflows, and small weights keep the sums finite too
    else:
        x[::2, 0 if kind == "far first" else -1] = 1e18
    objective = {"far first": "max@2", "far last": "min@2", "extremes": "median@3"}[kind]
    fast = answer_by(cpu, "advantage", x, objective)
    slow = answer_by(plain, "advantage", x, objective)
    scale = abs(slow).max(axis=1, keepdims=True)
    assert (abs(fast / 32 - slow / 32) <= 2.0**-53 * scale).all()


@pytest.mark.slow
@pytest.mark.parametrize("spelling", ["max@4", "min@3", "median@5", "cvar(0.3)@8", "gini@6", "max@2.5"])
@pytest.mark.parametrize("m", [1, 2, 9, 70])
def test_known_probabilities(spelling, m):
    """The population regime by loops and by NumPy: each within a few roundings of exact, so of each other."""
    rng = np.random.default_rng(m)
    r = np.round(rng.normal(size=(37, m)), 1)
    p = rng.random((37, m)) ** 8 + np.eye(37, m)
    p /= p.sum(axis=-1, keepdims=True)
    alpha = og.objective(spelling)
    for name in ("value", "advantage", "inclusion", "gradient"):
        slow = getattr(distribution, name)(r, p, alpha, plain)
        fast = getattr(distribution, name)(r, p, alpha, cpu)
        assert abs(fast - slow).max() <= 32 * 2.0**-53 * max(abs(slow).max(), abs(r).max())


def test_known_probabilities_against_exact_rationals():
    r = np.array([3.0, -1.0, 0.5, 0.5, 8.0])
    p = np.array([0.25, 0.125, 0.5, 0.0625, 0.0625])
    for spelling in ("max@3", "median@5", "cvar(0.3)@8"):
        exact = og.population.advantage([F(x) for x in r], [F(x) for x in p], spelling)
        scale = max(map(abs, exact))
        (got,) = distribution.advantage(r[None], p[None], og.objective(spelling), cpu)
        assert all(abs(F(g) - e) <= 16 * F(1, 2**53) * scale for g, e in zip(got, exact, strict=True))


@pytest.fixture
def paid(monkeypatch):
    """Let loops answer whatever is not small, as after many rewards."""
    monkeypatch.setattr(at_hand.AT_HAND, "answered", at_hand.COMPILING_PAYS)


PAID = "from ordergrad_ref.kernels import at_hand; at_hand.AT_HAND.answered = at_hand.COMPILING_PAYS\n"
"""The same in a process of its own."""


def test_errors_of_loops_name_the_group(paid):
    x = np.zeros((2000, 8))
    assert choice.sums_for(x).engine(x) is cpu
    x[41, 3] = np.nan
    with pytest.raises(og.errors.NonFiniteRewardError, match=r"got nan in group 41, position 3.*331 of all"):
        og.advantage(x, "max@2")
    got = og.advantage(x, "max@2", nan_policy="propagate")
    assert np.isnan(got[41]).all()
    assert (np.delete(got, 41, axis=0) == 0).all()
    x[41] = [1.7e308] + [-1.7e308] * 7
    with pytest.raises(og.errors.InvalidInputError, match="got one for group 41 that overflows float64"):
        og.advantage(x, "max@2")


def test_input_is_left_alone_and_need_not_be_contiguous(paid):
    x = np.random.default_rng(0).normal(size=(800, 2, 70))
    x.setflags(write=False)
    view = x.transpose(1, 2, 0)[:, ::-1]
    np.testing.assert_array_equal(og.advantage(view, "max@3"), og.advantage(view.copy(), "max@3"))


@pytest.mark.slow
def test_ragged_groups_are_answered_by_size():
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 40, 3000)
    x = rng.normal(size=3000).astype(np.float32)
    got = answer_by(cpu, "advantage", x, "max@3", groups=ids)
    for g in range(40):
        np.testing.assert_array_equal(got[ids == g], answer_by(cpu, "advantage", x[ids == g], "max@3"))


def test_no_temporary_beyond_three_times_the_input():
    x = np.random.default_rng(0).normal(size=(2000, 1024))
    og.advantage(x, "max@8")
    tracemalloc.start()
    og.advantage(x, "max@8")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 3 * x.nbytes


@pytest.mark.parametrize("parts", [2, 3])
def test_a_group_in_parts_takes_two_arrays_beside_its_answer(parts):
    """Keys, and those that are merged, whose memory then holds the sorted rewards and the answers by rank."""
    x = np.random.default_rng(0).normal(size=(1, 2**21))
    weights = np.ones(x.size - 1)
    one_huge_group.answer(x, weights, cpu.NONE, cpu.NO_LEVEL, parts)  # compiled by now
    tracemalloc.start()
    one_huge_group.answer(x, weights, cpu.NONE, cpu.NO_LEVEL, parts)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 3.1 * x.nbytes


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_one_group_of_ten_million_in_less_than_a_gigabyte():
    """``VmHWM`` begins anew with the program; ``ru_maxrss`` begins with the peak of whoever started it."""
    code = (
        "import numpy as np, ordergrad_ref as og\n"
        "x = np.random.default_rng(0).normal(size=10**7)\n"
        "a = og.advantage(x, 'max@8')\n"
        "assert abs(a.sum()) <= 1e-6 and a[x.argmax()] == a.max()\n"
        "print(next(s for s in open('/proc/self/status') if s.startswith('VmHWM')).split()[1])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(run.stdout) * 1024 < 1e9


STEPS = """
import sys, threading, warnings
import numpy as np
warnings.simplefilter("ignore")  # unsigned keys wrap around
from ordergrad_ref import objective
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.kernels.cpu import sums

def steps(n):
    x = np.random.default_rng(0).normal(size=(1, n))
    x[0, 0] = -1e18
    count = 0

    def line(frame, event, argument):
        nonlocal count
        count += event == "line"
        return line

    def call(frame, event, argument):
        return line if "kernels" in frame.f_code.co_filename else None

    threading.settrace(call), sys.settrace(call)
    gap_form.advantage(x, objective("max@2"), sums)
    threading.settrace(None), sys.settrace(None)
    return count

print(steps(2**9), steps(2**12))
"""


@pytest.mark.slow
def test_no_quadratic_path():
    """Eight times the rewards take at most 8^1.5 times the steps, as Shell's sort does, and not 64 times.

    A far outlier leaves the packed keys of all other rewards equal, so everything is left to the repair.
    Steps are the lines of the loops, which Python runs where Numba compiles nothing.
    """
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    run = subprocess.run(
        [sys.executable, "-c", STEPS], capture_output=True, text=True, check=True, env=environment
    )
    few, many = map(int, run.stdout.split())
    assert few > 10 * 2**9
    assert many < 8**1.5 * few


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_has_threads_of_its_own():
    code = (
        "import os, numpy as np, ordergrad_ref as og\n" + PAID + "x = np.arange(1e6).reshape(-1, 16)\n"
        "a = og.advantage(x, 'max@2')\n"
        "child = os.fork()\n"
        "same = (og.advantage(x, 'max@2') == a).all()\n"
        "if child == 0: os._exit(0 if same else 1)\n"
        "assert same and os.waitpid(child, 0)[1] == 0\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=300)


def test_callers_on_many_threads_share_the_workers():
    tables = [np.random.default_rng(i).normal(size=(4000, 16)) for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda x: answer_by(cpu, "advantage", x, "max@4"), tables * 4))
    for x, a in zip(tables * 4, answers, strict=True):
        np.testing.assert_array_equal(a, answer_by(cpu, "advantage", x, "max@4"))


def _answer(queue):
    at_hand.AT_HAND.answered = at_hand.COMPILING_PAYS
    queue.put(float(og.advantage(np.arange(1e6).reshape(-1, 16), "max@2")[0, -1]))


@pytest.mark.slow
def test_several_processes_may_start_at_once(tmp_path, monkeypatch):
    """Each compiles, or reads the cache that another is writing."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    processes = [context.Process(target=_answer, args=(queue,)) for _ in range(2)]
    for process in processes:
        process.start()
    answers = [queue.get(timeout=300) for _ in processes]
    for process in processes:
        process.join()
    assert len(set(answers)) == 1


@pytest.mark.slow
def test_it_works_where_no_cache_can_be_written(tmp_path):
    code = (
        "import numba.core.caching as c\n"
        "c.CacheImpl._locator_classes = []\n"
        "import numpy as np, ordergrad_ref as og\n"
        + PAID
        + "print(og.advantage(np.arange(1e6).reshape(-1, 16), 'max@2').shape)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "(62500, 16)"


@pytest.mark.slow
def test_a_cache_of_other_sources_is_not_used(tmp_path):
    """Numba looks at the file of a function alone; what compares two rows comes from another file.

    The second dtype's loops are compiled anew, and must not call helpers that the first dtype's run left:
    where sorting goes downward, the largest becomes the smallest.
    """
    copy = tmp_path / "ordergrad_ref"
    shutil.copytree(Path(og.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    x = np.sin(np.arange(1e6)).reshape(-1, 16)

    def run(dtype):
        code = (
            "import numpy as np, ordergrad_ref as og\n"
            + PAID
            + f"x = np.sin(np.arange(1e6)).reshape(-1, 16).astype('{dtype}')\n"
            "np.save('values.npy', og.value(x, 'max@4')); print(og.__file__)"
        )
        said = subprocess.check_output([sys.executable, "-c", code], text=True, cwd=tmp_path, timeout=300)
        assert said.startswith(str(tmp_path))
        return np.load(tmp_path / "values.npy")

    np.testing.assert_allclose(run("float64"), og.value(x, "max@4"), rtol=0, atol=1e-6)
    lanes = copy / "kernels" / "cpu" / "lanes.py"
    upward, downward = (f'fcmp_ordered("{sign}", row[b], row[a])' for sign in "<>")
    assert upward in lanes.read_text("utf-8")
    lanes.write_text(lanes.read_text("utf-8").replace(upward, downward), "utf-8")
    np.testing.assert_allclose(run("float32"), og.value(x, "min@4"), rtol=0, atol=1e-6)


def test_sizes_choose_the_engine():
    """NumPy for exact rewards, and for groups of one, whose every sum is one number; loops for long ones."""
    large = np.broadcast_to(0.0, (1, choice.LARGE))
    assert choice.sums_for(large) is choice.sums_for(np.broadcast_to(np.float32(0), large.shape)) is cpu
    for table in (large[:, :9999].astype(object), large.T):
        assert choice.sums_for(table) is plain


def test_every_engine_has_the_names_of_sums():
    names = {name for name in vars(plain.Sums) if not name.startswith("_")}
    for engine in (plain, cpu):
        assert names <= set(engine.__all__)


def test_small_inputs_load_no_compiler():
    code = (
        "import sys, numpy as np, ordergrad_ref as og\n"
        "og.advantage(np.arange(16.0), 'max@2')\n"
        "print('numba' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
