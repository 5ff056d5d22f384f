"""Law (100) on verl's own code, where it is installed: its advantages, its loss, and each aggregation."""

import runpy
from fractions import Fraction as F
from functools import partial
from pathlib import Path

import pytest

import ordergrad_ref as og

pytest.importorskip("verl")
pytest.importorskip("uvicorn")

from ordergrad_ref.integrations import verl_update
from ordergrad_ref.trainers.off_policy_causes import OFF_POLICY
from ordergrad_ref.trainers.samples import FEW

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # other people's warnings

MODES = {
    "seq-mean-token-sum": (1, []),
    "seq-mean-token-sum-norm": (F(1, 4), []),
    "token-sum": (4, []),
    "token-mean": (None, ["token mean"]),
    "seq-mean-token-mean": (None, ["own length"]),
}


@pytest.mark.parametrize("mode", MODES)
def test_each_aggregation_of_a_loss(mode):
    subject = partial(verl_update.ppo, loss_agg_mode=mode, adv_estimator="max@2")
    report = og.audit_update(
        subject, "max@2", 4, policies=og.trainers.policies.PROBLEMS[2:3], library="torch", types=FEW
    )
    causes = [c.name for c in report.causes if c.name not in OFF_POLICY]
    assert (report.constant, causes) == MODES[mode]
    assert report.unbiased is (not causes)


def test_estimators_are_registered_by_importing_verl_alone():
    from verl.trainer.ppo.core_algos import get_adv_estimator_fn

    assert callable(get_adv_estimator_fn("top(2)@8"))


def test_the_example_trains(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(ROOT / "docs" / "examples" / "trainers" / "train_verl.py"), run_name="__main__")
