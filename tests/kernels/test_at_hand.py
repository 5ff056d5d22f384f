"""Law: who adds up a table of any usual size, NumPy or compiled loops, changes no bit of an answer.

So it may depend on what was asked before: loops are fetched when NumPy has lost what they cost.
"""

import subprocess
import sys
import types

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.kernels import at_hand, choice
from ordergrad_ref.kernels.cpu import compiler, loops, side_by_side
from ordergrad_ref.kernels.cpu import sums as cpu
from ordergrad_ref.kernels.cpu.threads import workers

NAMES = ("value", "advantage", "inclusion", "leave_one_out", "score_weights")


def tables(n, groups):
    rng = np.random.default_rng(n)
    x = rng.normal(size=(groups, n))
    yield x
    yield np.where(x < 0, -0.0, 0.0)
    yield 1e6 + x.round(1)
    yield x * 10.0 ** rng.integers(-30, 30, x.shape)
    yield np.where(x < 0, 1 / 3, np.nextafter(1 / 3, 1)) * (1 + abs(x[:, :1]))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [2, 7, 8, 9, 16, 44, 65, 1100])
def test_loops_and_numpy_answer_the_same_bits(n, dtype):
    """Groups side by side, one by one, a block that is not full; ties, signed zeros, keys to be repaired."""
    for groups in (1, 3, 21):
        for x in tables(n, groups):
            for spelling in ("mean@1", "max@2", "trimmed(1)@4"):
                alpha = og.objective(spelling)
                for name in NAMES if alpha.k < n else ():
                    formula = getattr(gap_form, name)
                    slow = formula(x.astype(dtype), alpha, plain).astype(dtype)
                    assert formula(x.astype(dtype), alpha, cpu).astype(dtype).tobytes() == slow.tobytes()


def test_the_size_chooses():
    """Of the table, and of huge groups."""
    none, single, some = (np.zeros(shape) for shape in ((0, 8), (8, 1), (1, 2)))
    large = np.broadcast_to(0.0, (2, choice.LARGE))
    asked = none, single, some, np.broadcast_to(0.0, (choice.LARGE, 8)), large[:, 1:], large
    assert [choice.sums_for(x) for x in asked] == [plain, plain, *[at_hand.AT_HAND] * 3, cpu]


@pytest.mark.slow
def test_numpy_answers_until_loops_have_paid():
    """No compiler is loaded for the tables of a training step, nor for a hundred times as many rewards."""
    code = (
        "import sys, numpy as np, ordergrad_ref as og\n"
        "for x in (np.ones((512, 8)), np.ones((2000, 16)), np.ones((65536, 8))): og.advantage(x, 'max@2')\n"
        "print('numba' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


@pytest.fixture
def fresh(monkeypatch):
    """A process that has asked nothing; the loops, where they are fetched, say whether they are at hand."""
    monkeypatch.delitem(sys.modules, at_hand.LOOPS)
    calls = []
    there = types.SimpleNamespace(in_memory=False, kept=False, calls=calls, engine=at_hand.AtHand().engine)

    def answer(table, *, per_group, kept):
        calls.append((table.shape, per_group, kept))
        return there.in_memory or (kept and there.kept)

    monkeypatch.setattr(cpu, "at_hand", answer)
    return there


def test_kept_loops_are_read_when_that_has_paid(fresh):
    x, times = np.zeros((2**10, 2**9)), at_hand.READING_PAYS // 2**19
    fresh.kept = True
    assert [fresh.engine(x) for _ in range(times)] == [plain] * times
    assert fresh.calls == []  # nothing was imported to find out
    assert fresh.engine(x) is cpu
    assert fresh.calls == [(x.shape, False, True)]


def test_where_none_are_kept_they_are_compiled_when_that_has_paid(fresh):
    x, times = np.zeros((2**10, 2**9)), at_hand.COMPILING_PAYS // 2**19
    assert {fresh.engine(x, per_group=True) for _ in range(times)} == {plain}
    assert set(fresh.calls) == {(x.shape, True, True)}
    assert fresh.engine(x) is cpu


def test_loops_in_memory_serve_at_once(fresh, monkeypatch):
    monkeypatch.setitem(sys.modules, at_hand.LOOPS, cpu)
    fresh.in_memory = True
    assert fresh.engine(np.zeros((16, 8))) is cpu
    assert fresh.calls == [((16, 8), False, False)]


def test_loops_are_at_hand_for_the_dtype_and_shape_that_they_were_compiled_for(monkeypatch):
    def known(*some):
        return lambda loop, dtype: (loop, dtype) in some

    f64, f32 = np.dtype(np.float64), np.dtype(np.float32)
    monkeypatch.setattr(cpu, "in_memory", known((side_by_side.answer, f64), (loops.weighed_groups, f64)))
    monkeypatch.setattr(cpu, "is_kept", known((loops.finish, f64)))
    many, few, long = np.zeros((70, 8)), np.zeros((7, 17)), np.zeros((1, 5000))
    assert cpu.at_hand(many, per_group=False, kept=False)
    assert not cpu.at_hand(few, per_group=False, kept=False)
    assert cpu.at_hand(few, per_group=True, kept=False)
    assert not cpu.at_hand(many.astype(f32), per_group=False, kept=True)
    assert not cpu.at_hand(many, per_group=True, kept=True)
    assert cpu.at_hand(long, per_group=True, kept=False)
    assert not cpu.at_hand(long, per_group=False, kept=False)
    assert cpu.at_hand(long, per_group=False, kept=True)
    if workers() > 1:  # in parts, by other loops
        assert not cpu.at_hand(np.zeros((1, cpu.LEAST_IN_PARTS)), per_group=False, kept=True)


def test_what_was_compiled_is_in_memory_and_kept():
    assert loops.smallest_of(np.ones(3)) == 1
    f64, f16 = np.dtype(np.float64), np.dtype(np.float16)
    assert compiler.in_memory(loops.smallest_of, f64)
    assert not compiler.in_memory(loops.smallest_of, f16)
    kept = isinstance(loops.smallest_of._cache, compiler.CacheThatMayFail)  # there is a place to keep it
    assert compiler.is_kept.__wrapped__(loops.smallest_of, f64) is kept
    assert not compiler.is_kept.__wrapped__(loops.smallest_of, f16)
