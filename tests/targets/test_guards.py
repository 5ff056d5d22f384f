"""Law: neither an audit nor the function that it calls leaves a trace in this process."""

import os
import random
import signal
import time
from types import SimpleNamespace

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.auditing import adapt, chance_steps
from ordergrad_ref.targets import guards
from ordergrad_ref.targets.guards import staying


@pytest.mark.slow
def test_torchs_global_generator_is_seen():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    generator = torch.Generator()
    states = torch.get_rng_state(), generator.get_state()
    of_all, its_own = (
        lambda x: torch.as_tensor(x) + torch.rand(()),
        lambda x: torch.as_tensor(x) + torch.rand((), generator=generator),
    )
    for function in (of_all, its_own):
        report = og.audit(function, "mean@1", 2, (0, 1))
        assert report.constant == 1
        assert report.draws.seeds == chance_steps.seeds(3)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert torch.equal(generator.get_state(), states[1])


def test_a_generator_of_its_own_with_a_fixed_seed_is_fine():
    def advantage(x):
        return x + 0 * np.random.default_rng(0).normal(size=x.shape)

    assert og.audit(advantage, "mean@1", n=4).unbiased


def test_global_random_states_are_put_back():
    states = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    og.audit(maxk.canonical, "max@2", n=4)
    assert random.getstate() == states[0]
    assert (np.random.get_state()[1] == states[1]).all()  # noqa: NPY002
    torch = pytest.importorskip("torch", reason="torch is not installed")
    before = torch.get_rng_state()
    og.audit(maxk.canonical, "max@2", n=4)
    assert torch.equal(torch.get_rng_state(), before)


def test_what_a_function_forks_may_leave(monkeypatch):
    left = []
    monkeypatch.setattr(os, "_exit", left.append)
    with staying():
        with pytest.raises(SystemExit):
            os._exit(1)
        monkeypatch.setattr(os, "getpid", lambda: -1)  # as in a fork
        os._exit(7)
        assert left == [7]
    assert left == [7, 1]  # a fork that has come back, as this one has, ends with the call


def test_a_time_limit_leaves_no_trace():
    report = og.audit(adapt(maxk.canonical, timeout=500), "max@2", n=4)
    assert report == og.audit(maxk.canonical, "max@2", n=4)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.fixture
def outer():
    """A caller's own limit of 1000 s on all of this, as plug-ins limit a whole test; what it has sounded."""
    sounded = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: sounded.append(number))
    signal.setitimer(signal.ITIMER_REAL, 1000, 7)
    try:
        yield sounded
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_time_limit_keeps_somebody_elses(outer):
    og.audit(adapt(maxk.canonical, timeout=500), "max@2", n=4)
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    assert 0 < left < 1000
    assert interval == 7
    assert outer == []
    signal.raise_signal(signal.SIGALRM)
    assert outer == [signal.SIGALRM]


def test_somebody_elses_limit_that_passed_meanwhile_sounds_at_once(outer, monkeypatch):
    hours = iter([0.0, 3600.0])
    monkeypatch.setattr(guards, "time", SimpleNamespace(monotonic=lambda: next(hours)))
    with guards.within(5000):
        pass
    while not outer:
        time.sleep(0.001)
    assert outer[0] == signal.SIGALRM
