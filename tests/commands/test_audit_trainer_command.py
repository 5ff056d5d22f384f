"""Law: ``audit-trainer`` ends with 0 where the update is right, 1 where it is not, 2 where nobody knows."""

import json

import pytest

TRAINERS = """
def right(log_probs, advantages, mask):
    return advantages[:, None] * mask

def own_length(policy, answers, rewards):
    mean = sum(rewards) / len(rewards)
    return sum((r - mean) / len(a) * policy.score(a) for r, a in zip(rewards, answers))

def not_finite(policy, answers, rewards):
    return policy.array * float("nan")

def scaled(x, advantages, mask, by):
    return by * advantages[:, None] * mask
"""


@pytest.fixture
def trainers(here):
    (here / "trainers.py").write_text(TRAINERS)
    return here


@pytest.mark.slow
def test_a_right_loss(command, trainers):
    result = command("audit-trainer", "trainers.py:right", "-o", "mean@1", "-n", "2", "--json")
    report = json.loads(result.out)
    assert (result.status, report["kind"], report["unbiased"], report["formula"]) == (0, "loss", True, "N")
    assert report["command"].endswith("--json")


@pytest.mark.slow
def test_a_wrong_update_and_its_page(command, trainers):
    result = command(
        "audit-trainer", "trainers.py:own_length", "-o", "mean@1", "-n", "2", "--html", "page.html"
    )
    assert result.status == 1
    assert "cause: own length" in result.out
    assert "own length" in (trainers / "page.html").read_text(encoding="utf-8")


def test_what_cannot_be_judged(command, trainers):
    result = command("audit-trainer", "trainers.py:not_finite", "-o", "mean@1", "-n", "2")
    assert (result.status, "not finite" in result.err) == (2, True)
    result = command("audit-trainer", "trainers.py:right", "--argument", "mask")
    assert (result.status, "--argument: expected name=role, got 'mask'" in result.err) == (2, True)
    result = command("audit-trainer", "trainers.py:not_finite", "--advantages", "grpo")
    assert (result.status, "expected none for an update" in result.err) == (2, True)


@pytest.mark.slow
def test_arguments_that_are_told(command, trainers):
    told = ["--argument", "x=log_probs", "--kwarg", "by=2", "-o", "mean@1", "-n", "2", "--json"]
    result = command("audit-trainer", "trainers.py:scaled", *told)
    assert json.loads(result.out)["constant"]["exact"] == "4"


@pytest.mark.slow
def test_an_update_of_pytorch(command, here):
    pytest.importorskip("torch")
    (here / "of_torch.py").write_text(
        "def update(model, answers, rewards):\n    return 0 * model.table.sum()\n"
    )
    result = command("audit-trainer", "of_torch.py:update", "-o", "mean@1", "-n", "2", "--library", "torch")
    assert (result.status, "no signal" in result.out) == (1, True)
