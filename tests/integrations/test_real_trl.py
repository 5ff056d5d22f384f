"""Law (100) on TRL's own code, where it is installed: what its losses do to the expected update.

Each is compared with a loss written here: the same weights, divided as the loss divides.
"""

import runpy
from functools import partial
from pathlib import Path

import pytest

import ordergrad_ref as og

pytest.importorskip("trl")
torch = pytest.importorskip("torch")

from ordergrad_ref.integrations import trl_update  # noqa: E402
from ordergrad_ref.integrations.language_models import log_probs, padded  # noqa: E402
from ordergrad_ref.trainers.off_policy_causes import OFF_POLICY  # noqa: E402
from ordergrad_ref.trainers.samples import FEW  # noqa: E402

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # other people's warnings

DIVIDED = {
    "dr_grpo": lambda mask: 16,
    "luspo": lambda mask: 4,
    "grpo": lambda mask: 4 * mask.sum(1, keepdim=True),
    "dapo": lambda mask: mask.sum(),
}
CAUSE = {"dr_grpo": [], "luspo": [], "grpo": ["own length"], "dapo": ["token mean"]}


def written_here(loss_type):
    def loss(model, answers, rewards, prompt):
        tokens, mask = padded(answers)
        weights = rewards.new_tensor(4 * og.score_weights(rewards.numpy(), "max@2"))
        summed = weights[:, None] * log_probs(model, prompt, tokens) * mask
        return -(summed / DIVIDED[loss_type](mask)).sum()

    return loss


@pytest.fixture(scope="module")
def language_model():
    updates = runpy.run_path(str(ROOT / "benchmarks" / "updates.py"))
    return og.trainers.Problem(updates["language_model"](), updates["REWARDS"], prompt=[1])


@pytest.mark.parametrize("loss_type", DIVIDED)
def test_a_loss_of_grpo_trainer(language_model, loss_type):
    subject = partial(trl_update.grpo, loss_type=loss_type, advantages="max@2")
    policies = [language_model, og.trainers.policies.PROBLEMS[2]]
    report = og.audit_update(subject, "max@2", 4, policies=policies, types=FEW)
    causes = [c.name for c in report.causes if c.name not in OFF_POLICY]
    mine = og.audit_update(written_here(loss_type), "max@2", 4, policies=policies, types=FEW)
    assert (report.unbiased, causes) == (loss_type in ("dr_grpo", "luspo"), CAUSE[loss_type])
    assert report.constant == mine.constant
    for row in mine.policies:
        (same,) = (p for p in report.policies if p.name == row.name)
        assert abs(same.angle - row.angle) < 1e-4
        assert abs(same.constant - row.constant) < 1e-6


def test_rloo_trainer():
    report = og.audit_update(
        trl_update.rloo, "mean@1", 3, policies=og.trainers.policies.PROBLEMS[:3], library="torch", types=FEW
    )
    assert (report.unbiased, report.constant) == (True, 1)


def test_the_example_trains(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(ROOT / "docs" / "examples" / "trainers" / "train_trl.py"), run_name="__main__")
