"""Law (28) at stand-ins of the registries of Tunix, SkyRL, rLLM and EvoTorch, as their sources have them."""

import sys
from types import ModuleType

import numpy as np
import pytest

from ordergrad_ref import definition
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.integrations import evotorch, rllm, skyrl, tunix

REWARDS = np.array([0.0, 3.0, 1.0, 5.0, 2.0, 2.0])


def right(rewards, name, k):
    return k * np.array([float(a) for a in definition.advantage(rewards.tolist(), name)])


@pytest.fixture
def package(monkeypatch):
    """Put a module of a name in place, and its parents."""

    def place(name, **contents):
        parts = name.split(".")
        for i in range(1, len(parts) + 1):
            monkeypatch.setitem(sys.modules, ".".join(parts[:i]), ModuleType(parts[-1]))
        vars(sys.modules[name]).update(contents)
        return sys.modules[name]

    return place


def registering(found):
    return lambda name: lambda function: found.setdefault(name, function)


@pytest.mark.parametrize(
    ("module", "where", "decorator"),
    [
        (tunix, "tunix.rl.function_registry", "register_advantage_estimator"),
        (rllm, "rllm.trainer.algorithms.advantage", "register_adv_estimator"),
        (skyrl, "skyrl.backends.skyrl_train.utils.ppo_utils", "register_advantage_estimator"),
    ],
    ids=["tunix", "rllm", "skyrl"],
)
def test_a_registry_gets_the_estimator_by_its_spelling(package, module, where, decorator):
    found = {}
    package(where, **{decorator: registering(found)})
    module.register("max@2")
    assert list(found) == ["max@2"]
    assert callable(found["max@2"])


def test_tunix_s_signature():
    came = tunix.estimator("max@2")(rewards=REWARDS.astype(np.float32), num_generations=3)
    assert came.dtype == np.float32
    assert np.allclose(came[:3], right(REWARDS[:3], "max@2", 2), rtol=0, atol=1e-6)
    assert np.allclose(came[3:], right(REWARDS[3:], "max@2", 2), rtol=0, atol=1e-6)
    with pytest.raises(
        InvalidInputError, match="rewards: expected a multiple of num_generations = 4, got shape"
    ):
        tunix.estimator("max@2")(REWARDS, 4)


def test_evotorch_s_signature(package):
    torch = pytest.importorskip("torch")
    ranking = package("evotorch.tools.ranking", rankers={})
    evotorch.register("max@2")
    rank = ranking.rankers["max@2"]
    fitnesses = torch.tensor(REWARDS, dtype=torch.float32)
    assert np.allclose(rank(fitnesses), right(REWARDS, "max@2", 2), rtol=0, atol=1e-6)
    assert np.allclose(
        rank(fitnesses, higher_is_better=False), right(-REWARDS, "max@2", 2), rtol=0, atol=1e-6
    )
    assert rank(fitnesses).dtype == torch.float32
