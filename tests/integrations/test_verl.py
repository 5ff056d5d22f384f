"""Law (28) inside verl: its registry knows each objective's spelling; token shapes, masks, ids are kept.

The real package is asked where it is installed; else a stand-in with its registry.
"""

from types import SimpleNamespace

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.integrations import verl

torch = pytest.importorskip("torch")


@pytest.fixture
def core_algos():
    def grpo():
        return "grpo"

    module = SimpleNamespace(ADV_ESTIMATOR_REGISTRY={"grpo": grpo})
    verl.register(module)
    verl.register(module)
    return module


def test_any_spelling_is_an_estimator(core_algos):
    registry = core_algos.ADV_ESTIMATOR_REGISTRY
    assert registry["grpo"]() == "grpo"
    assert all(name in registry for name in ("max@4", "top(2)@8", "cvar(0.25)@4", "ordergrad"))
    assert not any(name in registry for name in ("max@2.5", "gae", "no_such@4", 3))
    assert registry["max@4"] is registry["max@4"]
    with pytest.raises(KeyError):
        registry["gae"]


def problem():
    ids = np.array(list("babaabbaab"), dtype=object)
    lengths = torch.tensor([1, 3, 2, 3, 1, 2, 3, 1, 0, 2])
    mask = (torch.arange(3)[None] < lengths[:, None]).float()
    scores = torch.tensor([0.0, 3, 1, 1, 5, 0, 2, 2, 9, 4])
    rewards = torch.zeros(10, 3)
    rewards[range(10), (lengths - 1).clamp(min=0)] = scores
    return rewards, mask, ids, scores.numpy()


def test_token_shapes_masks_and_ids_in_any_order(core_algos):
    rewards, mask, ids, scores = problem()
    before = rewards.clone(), mask.clone()
    advantages, returns = core_algos.ADV_ESTIMATOR_REGISTRY["max@2"](
        token_level_rewards=rewards, response_mask=mask, config=None, index=ids
    )
    assert torch.equal(rewards, before[0])
    assert torch.equal(mask, before[1])
    assert torch.equal(advantages, returns)
    assert advantages.dtype == torch.float32
    counts = mask.any(-1).numpy()
    for g in "ab":
        here = (ids == g) & counts
        right = 2 * np.array([float(a) for a in og.definition.advantage(scores[here].tolist(), "max@2")])
        assert np.allclose(advantages[here, 0], right, rtol=0, atol=1e-6)
    assert torch.equal(advantages, advantages[:, :1] * mask)


def test_the_objective_of_the_configuration(core_algos):
    rewards, mask, ids, _ = problem()
    estimator = core_algos.ADV_ESTIMATOR_REGISTRY["ordergrad"]
    asked = core_algos.ADV_ESTIMATOR_REGISTRY["min@3"](rewards, mask, ids)[0]
    for config in ({"objective": "min@3"}, SimpleNamespace(objective="min@3")):
        assert torch.equal(estimator(rewards, mask, ids, config)[0], asked)


def test_a_verl_without_the_registry():
    with pytest.raises(
        InvalidInputError, match=r"module: expected ADV_ESTIMATOR_REGISTRY, as in verl 0\.9\.1, got"
    ):
        verl.register(SimpleNamespace())


@pytest.mark.slow
def test_the_real_package():
    core = pytest.importorskip("verl.trainer.ppo.core_algos", exc_type=ImportError)
    verl.register()
    rewards, mask, ids, _ = problem()
    estimator = core.get_adv_estimator_fn("max@2")
    advantages, _ = estimator(token_level_rewards=rewards, response_mask=mask, index=ids, config=None)
    assert advantages.shape == mask.shape
    with pytest.raises(ValueError, match="Unknown advantage estimator"):
        core.get_adv_estimator_fn("no such name")
