"""The adapters inside SkyRL, Tunix and EvoTorch themselves, where these can be imported: as trainers ask."""

import importlib
import re
import runpy
import warnings
from pathlib import Path

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.integrations import evotorch, skyrl, tunix

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "trainers"
REWARDS = np.array([0.0, 1.0, 3.0, 5.0, 2.0, 1.0, 0.0, 4.0])
EXPECTED = 4 * og.advantage(REWARDS, "max@4")


def real(name):
    """Import a module of a trainer, or skip: it may lack what it needs, or not know this Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except Exception as error:
        pytest.skip(f"{name} cannot be imported here: {type(error).__name__}")


def test_skyrl():
    utils = real("skyrl.backends.skyrl_train.utils.ppo_utils")
    torch = importlib.import_module("torch")
    skyrl.register("max@4")
    tokens = torch.zeros(8, 3, dtype=torch.float64)
    tokens[:, 2] = torch.from_numpy(REWARDS)
    advantages, _ = utils.compute_advantages_and_returns(
        token_level_rewards=tokens,
        response_mask=torch.ones_like(tokens),
        index=np.array(["prompt"] * 8),
        adv_estimator="max@4",
        config=None,
    )
    np.testing.assert_allclose(advantages[:, 0].numpy(), EXPECTED, rtol=1e-15)


def test_tunix():
    registry = real("tunix.rl.function_registry")
    tunix.register("max@4")
    estimator = registry.get_advantage_estimator("max@4")
    got = estimator(rewards=np.tile(REWARDS, 2), num_generations=8)
    np.testing.assert_allclose(np.asarray(got), np.tile(EXPECTED, 2), rtol=1e-15)


def test_evotorch():
    ranking = real("evotorch.tools.ranking")
    torch = importlib.import_module("torch")
    evotorch.register("max@4")
    got = ranking.rank(torch.from_numpy(REWARDS), "max@4", higher_is_better=True)
    np.testing.assert_allclose(got.numpy(), EXPECTED, rtol=1e-15)


def test_the_example_of_evotorch(capsys):
    """Trained for the best of eight its best of eight is the better one, and its mean the worse."""
    real("evotorch.algorithms")
    runpy.run_path(str(EXAMPLES / "train_evotorch.py"), run_name="__main__")
    lines = re.findall(r"mean ([\d.]+), best of eight ([\d.]+)", capsys.readouterr().out)
    (mean, best), (other_mean, other_best) = ([float(x) for x in line] for line in lines)
    assert mean > other_mean
    assert other_best > 1.5 * best
