"""Law (28) inside TRL: an objective's advantages, of all processes' rewards, and no settings that undo it.

A stand-in has the methods of TRL 1.16.0's trainers that the mixin goes by.
"""

from types import SimpleNamespace

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.integrations.trl import OrderStatistic, undoing

torch = pytest.importorskip("torch")

RIGHT = {"loss_type": "dr_grpo", "scale_rewards": "none", "beta": 0.0}
COLUMNS = torch.tensor(
    [[0.0, 1], [3, 0], [torch.nan, torch.nan], [1, 1], [2, torch.nan], [0, 0], [5, 0], [1, 0]]
)


class Trainer:
    """What TRL's trainers share, for two processes of four completions each."""

    num_generations, num_generations_eval = 4, 1

    def __init__(self, args, rank=0, training=True):
        self.args = args
        self.model = SimpleNamespace(training=training)
        self.accelerator = SimpleNamespace(process_index=rank)
        self.reward_weights = torch.tensor([1.0, 0.5])

    def _calculate_rewards(self, inputs):
        return COLUMNS

    def _generate_and_score_completions(self, inputs):
        self._calculate_rewards(inputs)
        return {"advantages": torch.full((4,), 7.0), "completion_ids": inputs}


class Max2(OrderStatistic, Trainer):
    objective = "max@2"


@pytest.mark.parametrize("rank", [0, 1])
def test_advantages_of_all_processes_rewards(rank):
    batch = Max2(SimpleNamespace(**RIGHT), rank)._generate_and_score_completions("ids")
    assert batch["completion_ids"] == "ids"
    rewards = [0.5, 3, 1.5] if rank == 0 else [2, 0, 5, 1]
    right = [2 * float(a) for a in og.definition.advantage(rewards, "max@2")]
    if rank == 0:
        right.insert(2, 0.0)  # its row is NaN in every column: unscorable
    assert np.allclose(batch["advantages"], right, rtol=0, atol=1e-6)


def test_one_completion_for_each_prompt_in_evaluation():
    batch = Max2(SimpleNamespace(**RIGHT), training=False)._generate_and_score_completions("ids")
    assert batch["advantages"].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({"loss_type": "grpo"}, "loss_type='grpo', which divides by lengths: set 'dr_grpo'"),
        ({"loss_type": "dapo"}, "divides by lengths"),
        ({"loss_type": "vespo"}, "is no sum over tokens by a constant"),
        ({"scale_rewards": "group"}, "scale_rewards='group'"),
        ({"beta": 0.04}, "beta=0.04, which adds the gradient of a KL term: set 0.0"),
        ({"normalize_advantages": True}, "normalize_advantages=True"),
    ],
)
def test_settings_that_undo_it_are_refused(setting, reason):
    args = SimpleNamespace(**{**RIGHT, **setting})
    with pytest.raises(
        InvalidInputError, match="args: expected settings that keep the gradient of max@2"
    ) as error:
        Max2(args)
    assert reason in str(error.value)

    class Knowing(Max2):
        accept_bias = True

    assert Knowing(args).args is args


def test_right_settings_of_both_trainers():
    assert undoing(SimpleNamespace(**RIGHT)) == []
    assert undoing(SimpleNamespace(normalize_advantages=False, beta=0.0)) == []


def test_a_trainer_that_it_does_not_know():
    class Other:
        def __init__(self, args):
            self.args = args

    class Mixed(OrderStatistic, Other):
        pass

    with pytest.raises(
        InvalidInputError, match=r"trainer: expected one of TRL 1\.16\.0, with _calc.*, got Other"
    ):
        Mixed(SimpleNamespace(**RIGHT))
