"""Classes, methods and instances: what can be judged is, and what keeps state is judged without it."""

import random
from functools import partial

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.auditing import adapt
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.targets.resolving import reached


class Centring:
    def __init__(self, scale=1.0):
        self.scale = scale

    def __call__(self, rewards):
        return (rewards - rewards.mean(-1, keepdims=True)) * self.scale

    def advantage(self, rewards):
        return self(rewards)


class MovingBaseline:
    """An exponential moving average, which goes on from call to call."""

    def __init__(self):
        self.baseline = 0.0

    def __call__(self, rewards):
        advantages = rewards - self.baseline
        self.baseline = 0.9 * self.baseline + 0.1 * float(np.mean(rewards))
        return advantages

    def advantage(self, rewards):
        return self(rewards)


class Needs:
    def __init__(self, temperature):
        self.temperature = temperature

    def __call__(self, rewards):
        return rewards / self.temperature


class NoFunction:
    pass


class Noisy:
    def __init__(self):
        self.rng = np.random.default_rng(0)

    def __call__(self, rewards):
        return rewards + self.rng.normal(size=rewards.shape)


class AttributesRaise:
    """As proxies do, and mocks of a device that is not there."""

    def __getattr__(self, name):
        raise RuntimeError(f"no device to ask for {name}")

    def __call__(self, rewards):
        return rewards - rewards.mean(-1, keepdims=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "constant"),
    [
        (Centring, 3 / 4),
        (Centring(), 3 / 4),
        (Centring(2.0), 3 / 2),
        (Centring(2.0).advantage, 3 / 2),
        (partial(Centring(2.0).advantage), 3 / 2),
        (adapt(Centring, layout="rows"), 3 / 4),
        pytest.param(AttributesRaise(), 3 / 4, id="attributes raise"),
    ],
)
def test_classes_instances_and_their_methods(function, constant):
    report = og.audit(function, "mean@1", n=4)
    assert report.constant == constant
    assert "copy" not in report.called_with


@pytest.mark.parametrize(
    "function",
    [
        MovingBaseline,
        MovingBaseline(),
        MovingBaseline().advantage,
        partial(MovingBaseline().advantage),
        adapt(MovingBaseline(), layout="rows"),
    ],
)
@pytest.mark.parametrize("full", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_state_is_left_out_by_a_new_copy_for_each_call(function, full):
    report = og.audit(function, "mean@1", n=4, full=full)
    assert report.constant == 1
    assert report.finding("deterministic").holds
    assert "each time on a new copy of its object, for it keeps state" in report.called_with


def test_a_baseline_of_what_came_before_is_found_in_a_table_too():
    """It answers the same rewards alike, and others differently once it has seen some."""

    class FirstAndLast(MovingBaseline):
        def __call__(self, rewards):
            before, self.baseline = self.baseline, float(np.mean(rewards))
            return rewards - before

    assert "keeps state" in og.audit(FirstAndLast(), "mean@1", n=4).called_with


CALLS = [0]


def test_state_of_a_module_cannot_be_left_out():
    def counts(rewards):
        CALLS[0] += 1
        return rewards * CALLS[0]

    with pytest.raises(TargetError, match=r"differently each time; .* keep that in an object, of which each"):
        og.audit(counts, "mean@1", n=4)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            Needs,
            "Needs: expected a class that is made without arguments, got one that needs temperature; give",
        ),
        (NoFunction, "function: expected a callable, got 'an instance of NoFunction'; name a method of it"),
        (
            Centring.advantage,
            r"advantage: expected a method of an instance, got .* audit Class\(...\).advantage",
        ),
    ],
)
def test_what_is_missing_is_said(function, message):
    with pytest.raises(TargetError, match=message):
        og.audit(function, "mean@1", n=4)


# ---- chance


def test_a_stream_that_no_seed_reaches_is_refused():
    with pytest.raises(TargetError, match="differently each time; fix its seed"):
        og.audit(lambda x: x + np.random.default_rng().normal(), "mean@1", n=4)
    system = random.SystemRandom()
    with pytest.raises(TargetError, match=r"differently each time; fix its seed \(it draws from system"):
        og.audit(lambda x: x + system.random(), "mean@1", n=4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["seed", "rng", "generator", "random_state"])
def test_a_seed_or_generator_is_passed(name):
    space = {"np": np}
    exec(
        f"def used(rewards, {name}):\n"
        f"    return rewards + np.random.default_rng({name}).normal(size=rewards.shape)\n"
        f"def unused(rewards, {name}):\n"
        f"    return rewards + 0 * np.random.default_rng({name}).normal(size=rewards.shape)\n",
        space,
    )
    assert og.audit(space["unused"], "mean@1", n=4).constant == 1
    assert og.audit(space["used"], "mean@1", 2, (0, 1)).draws is not None
    bound = og.audit(partial(space["used"], **{name: 3}), "mean@1", n=4)  # one draw, as the user chose
    assert bound.finding("deterministic").holds


@pytest.mark.slow
def test_keys_of_jax_and_generators_of_torch():
    jax = pytest.importorskip("jax", reason="jax is not installed")
    torch = pytest.importorskip("torch", reason="torch is not installed")

    def of_jax(key, rewards):
        return rewards + 0 * jax.random.normal(key, rewards.shape)

    def of_torch(rewards, generator: torch.Generator):
        return torch.as_tensor(rewards) + 0 * torch.rand(1, generator=generator)

    assert float(og.audit(of_jax, "mean@1", n=4).constant) == pytest.approx(1)
    assert og.audit(of_torch, "mean@1", n=4).constant == 1
    noisy = og.audit(lambda key, rewards: rewards + jax.random.normal(key), "mean@1", 2, (0, 1))
    assert noisy.draws is not None
    assert float(noisy.constant) == pytest.approx(1, rel=1e-3)


def test_a_module_of_torch_is_called_as_its_forward_says():
    torch = pytest.importorskip("torch", reason="torch is not installed")

    class Layer(torch.nn.Module):
        def forward(self, rewards, group_size):
            table = rewards.view(-1, group_size)
            return (table - table.mean(1, keepdim=True)).view(-1)

    for function in (Layer, Layer()):
        assert "groups one after the other (group_size)" in og.audit(function, "mean@1", n=4).called_with


# ---- from a command line


CLASSES = """
class Scaled:
    def __init__(self, scale=1.0):
        self.scale = scale
        self.calls = 0
    def __call__(self, rewards):
        return self.advantage(rewards, 1.0)
    def advantage(self, rewards, shift=0.0):
        self.calls += 1
        return rewards * self.scale * self.calls + shift
    @classmethod
    def of_class(cls, rewards):
        return rewards * 3
    @staticmethod
    def of_none(rewards):
        return rewards * 5

class Needs(Scaled):
    def __init__(self, scale):
        super().__init__(scale)

class NoFunction:
    pass

ready = Scaled(7.0)
"""


@pytest.fixture
def classes(tmp_path):
    (tmp_path / "classes.py").write_text(CLASSES)
    return f"{tmp_path / 'classes.py'}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "keywords", "constant"),
    [
        ("Scaled", [], 1),
        ("Scaled.advantage", [], 1),
        ("Scaled.advantage", ["scale=2", "shift=1"], 2),
        ("Scaled.of_class", [], 3),
        ("Scaled.of_none", [], 5),
        ("Needs.advantage", ["scale=0.5"], 1 / 2),
        ("Needs", ["scale=0.5"], 1 / 2),
    ],
)
def test_classes_by_name(classes, name, keywords, constant):
    with reached(f"{classes}:{name}", keywords=keywords) as target:
        assert og.audit(target, "mean@1", n=4).constant == constant


@pytest.mark.parametrize(
    ("name", "keywords", "error", "message"),
    [
        ("Needs", [], TargetError, "needs scale; give them with --kwarg name=value"),
        ("NoFunction", [], TargetError, r"got the class NoFunction, whose .* name a method, NoFunction\."),
        ("Scaled", ["skale=2"], InvalidInputError, "kwarg: Scaled: expected one of 'rewards', got 'skale'"),
    ],
)
def test_classes_that_cannot_be_made(classes, name, keywords, error, message):
    with pytest.raises(error, match=message), reached(f"{classes}:{name}", keywords=keywords):
        pass


def test_a_part_of_the_answer_by_name_or_place(tmp_path):
    file = tmp_path / "tuples.py"
    file.write_text("def two(x):\n    return -x, x\ndef named(x):\n    return {'a': -x, 'b': x}\n")
    for name, output in (("two", "1"), ("named", "b")):
        with reached(f"{file}:{name}", output=output) as target:
            assert og.audit(target, "mean@1", n=4).constant == 1
    with (
        pytest.raises(InvalidInputError, match="output: expected none beside a process, got '1'"),
        reached(None, process="true", output="1"),
    ):
        pass
