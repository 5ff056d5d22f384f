"""Law (100) for modules of PyTorch: their expected update is compared with the gradient of the enumerated J.

J and its gradient are computed here once more, from the definition, by automatic differentiation.
"""

import re
from itertools import product
from math import prod
from pathlib import Path

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.trainers import Problem
from ordergrad_ref.trainers.policies import PROBLEMS

torch = pytest.importorskip("torch")
from ordergrad_ref.integrations.language_models import log_probs, padded  # noqa: E402

REWARDS = {(0,): 1.0, (1, 0): 3.0, (1, 1): 0.0}
PROMPT = 2
FEW = {"types": [(0, 1), (1, 2), (3, 1)]}


class Recurrent(torch.nn.Module):
    """A language model of three tokens, one of which is only the prompt."""

    def __init__(self):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(7)
            self.embedding = torch.nn.Embedding(3, 3)
            self.cell = torch.nn.GRU(3, 4, batch_first=True)
            self.head = torch.nn.Linear(4, 2)
        self.double()

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids))[0])


def token_log_probs(model, answer, prompt=(PROMPT,)):
    ids = torch.tensor([[*prompt, *answer]])
    scores = model(ids[:, :-1])[:, len(prompt) - 1 :].log_softmax(-1)
    return scores.gather(-1, ids[:, len(prompt) :, None])[0, :, 0]


def sums_of_log_probs(model, answers, prompt):
    tokens, mask = padded(answers)
    return (log_probs(model, prompt, tokens) * mask).sum(1)


def summed(divided_by):
    """A loss whose answers are divided by what a function of their lengths says."""

    def loss(model, answers, rewards, prompt):
        weights = torch.tensor(og.score_weights(rewards.numpy(), "max@2") / divided_by(answers))
        return -(weights * sums_of_log_probs(model, answers, prompt)).sum()

    return loss


right = summed(lambda answers: 1)
own_length = summed(lambda answers: np.array([len(a) for a in answers]))


def gradient(model, scalar):
    parts = torch.autograd.grad(scalar, list(model.parameters()))
    return torch.cat([p.ravel() for p in parts]).numpy()


@pytest.mark.slow
def test_a_module_s_gradient_and_expected_update_are_those_of_the_definition():
    model = Recurrent()
    chance = {a: token_log_probs(model, a).sum().exp() for a in REWARDS}
    value = sum(
        prod(chance[a] for a in pair) * max(REWARDS[a] for a in pair) for pair in product(REWARDS, repeat=2)
    )
    expected = sum(
        prod(chance[a].detach() for a in batch) * float(w / len(a)) * token_log_probs(model, a).sum()
        for batch in product(REWARDS, repeat=3)
        for w, a in zip(og.score_weights([REWARDS[a] for a in batch], "max@2"), batch, strict=True)
    )
    problem = Problem(model, REWARDS, prompt=[PROMPT])
    report = og.audit_update(own_length, "max@2", 3, policies=[problem], **FEW)
    row = report.policies[0]
    assert np.allclose(row.true, gradient(model, value), rtol=0, atol=1e-14)
    assert np.allclose(row.expected, gradient(model, expected), rtol=0, atol=1e-14)
    assert [c.name for c in report.causes] == ["own length"]
    assert row.angle > 1
    assert og.audit_update(right, "max@2", 3, policies=[problem], **FEW).constant == 1


def times_ratio(model, answers, rewards, old, prompt):
    ratios = (sums_of_log_probs(model, answers, prompt) - sums_of_log_probs(old, answers, prompt)).exp()
    return -(torch.tensor(og.score_weights(rewards.numpy(), "max@2")) * ratios).sum()


def exact_elsewhere(model, answers, rewards, old, prompt):
    now, before = (sums_of_log_probs(m, answers, prompt) for m in (model, old))
    ratios = (now - before).exp().detach().numpy()
    return -(torch.tensor(og.off_policy.score_weights(rewards.numpy(), ratios, "max@2")) * now).sum()


@pytest.mark.slow
def test_a_module_of_which_another_one_sampled():
    """Weights of spec eq. (86) are exact there, those with a ratio are not. Old policies have no gradient."""
    model = Recurrent()
    before = [p.detach().clone() for p in model.parameters()]
    problem = Problem(model, REWARDS, prompt=[PROMPT])
    for update, right_elsewhere in ((times_ratio, False), (exact_elsewhere, True)):
        report = og.audit_update(update, "max@2", 3, policies=[problem], **FEW)
        here, there = report.policies
        assert (report.unbiased, report.constant, report.causes) == (True, 1, ())
        assert (here.off_policy, there.off_policy) == (False, True)
        assert np.allclose(here.true, there.true, rtol=0, atol=0)
        assert (there.angle < 1e-6) is right_elsewhere
        assert bool(report.notes) is right_elsewhere
    assert all(p.equal(q) for p, q in zip(model.parameters(), before, strict=True))


@pytest.mark.slow
def test_a_table_as_a_module_is_judged_as_the_table_is():
    def of_numpy(policy, answers, rewards):
        weights = og.score_weights(rewards, "max@2")
        return sum(w / len(a) * policy.score(a) for w, a in zip(weights, answers, strict=True))

    one = og.audit_update(of_numpy, "max@2", 3, policies=PROBLEMS[2:4], **FEW)
    two = og.audit_update(own_length, "max@2", 3, policies=PROBLEMS[2:4], library="torch", **FEW)
    assert one.causes == two.causes
    for x, y in zip(one.policies, two.policies, strict=True):
        assert np.allclose(x.expected, y.expected, rtol=0, atol=1e-15)


@pytest.mark.slow
def test_an_update_that_goes_backward_itself_leaves_no_trace():
    """Two micro-batches are accumulated; what stood in .grad before stands there afterwards."""

    def accumulated(model, answers, rewards, prompt):
        weights = torch.tensor(og.score_weights(rewards.numpy(), "max@2"))
        for half in (slice(0, 2), slice(2, 4)):
            (-weights[half] * sums_of_log_probs(model, answers[half], prompt)).sum().backward()

    model = Recurrent()
    before = [torch.full_like(p, 5.0) for p in model.parameters()]
    for p, grad in zip(model.parameters(), before, strict=True):
        p.grad = grad
    report = og.audit_update(accumulated, "max@2", 4, policies=[Problem(model, REWARDS, prompt=[2])], **FEW)
    assert (report.unbiased, report.constant) == (True, 1)
    assert all(p.grad is grad for p, grad in zip(model.parameters(), before, strict=True))


def moves(model, answers, rewards):
    with torch.no_grad():
        next(model.parameters()).add_(1)
    return right(model, answers, rewards, [0])


@pytest.mark.parametrize(
    ("update", "says"),
    [
        (moves, "changes its input: model"),
        (
            lambda model, answers, rewards: rewards.zero_().sum() + next(model.parameters()).sum(),
            "rewards",
        ),
        (
            lambda model, answers, rewards: torch.nn.Linear(1, 1)(torch.ones(1)),
            "does not depend on the parameters",
        ),
        (
            lambda model, answers, rewards: torch.rand(()) * right(model, answers, rewards, [0]),
            "not deterministic",
        ),
        (lambda model, answers, rewards: right(model, answers, rewards, [0]) * torch.nan, "not finite"),
        (lambda model, answers, rewards: "nothing", "no loss, a scalar tensor, but of str"),
    ],
)
def test_what_cannot_be_judged_has_a_verdict(update, says):
    def named(model, answers, rewards):
        return update(model, answers, rewards)

    report = og.audit_update(named, "mean@1", 3, policies=PROBLEMS[:1], library="torch", **FEW)
    assert report.unbiased is None
    assert says in report.refusal


@pytest.mark.slow
def test_a_module_of_double_precision_that_rounds_inside_is_held_to_what_it_computes():
    class Rounding(Recurrent):
        def forward(self, ids):
            return self.head(self.cell(self.embedding(ids))[0].float().double())

    problem = Problem(Rounding(), REWARDS, prompt=[PROMPT])
    report = og.audit_update(right, "max@2", 3, policies=[problem], **FEW)
    assert 2.0**-30 < report.unit_roundoff < 2.0**-20
    assert (report.unbiased, report.causes) == (True, ())
    assert "lower precision" in report.notes[0]


@pytest.mark.slow
def test_an_update_that_goes_on_in_float32_is_held_to_that():
    """As where logits are made float32 before a softmax; a divisor is found all the same."""

    def single(divided_by):
        def loss(model, answers, rewards, prompt):
            weights = torch.tensor(og.score_weights(rewards.numpy(), "max@2") / divided_by(answers))
            tokens, mask = padded(answers)
            ids = torch.cat([torch.tensor([prompt] * len(tokens)), tokens], dim=1)
            scores = model(ids[:, :-1]).float().log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
            return -(weights * (scores * mask).sum(1)).sum()

        return loss

    given = {"policies": PROBLEMS[2:3], "library": "torch", **FEW}
    report = og.audit_update(single(lambda answers: 1), "max@2", 3, **given)
    assert (report.unbiased, report.constant, report.unit_roundoff) == (True, 1, 2.0**-24)
    assert "lower precision" in report.notes[0]
    report = og.audit_update(single(lambda answers: np.array(list(map(len, answers)))), "max@2", 3, **given)
    assert [c.name for c in report.causes] == ["own length"]


def test_errors():
    with pytest.raises(
        InvalidInputError, match=r"policy: expected .* torch\.float64, got torch\.float32; call"
    ):
        Problem(Recurrent().float(), REWARDS, prompt=[PROMPT])
    with pytest.raises(
        InvalidInputError, match="rewards: expected one for each answer of the module, got some"
    ):
        Problem(Recurrent(), {(0,): 1.0}, prompt=[PROMPT])
    with pytest.raises(InvalidInputError, match="prompt: expected one token or more, got none"):
        Problem(Recurrent(), REWARDS, prompt=[])
    detached = Recurrent()
    detached.forward = lambda ids: torch.zeros(*ids.shape, 2, dtype=torch.float64)
    with pytest.raises(
        InvalidInputError, match="policy: expected logits that depend on the module's parameters"
    ):
        Problem(detached, REWARDS, prompt=[PROMPT])
    no_copies = Recurrent()
    no_copies.generator = (x for x in ())  # nothing can copy one
    problem = Problem(no_copies, REWARDS, prompt=[PROMPT])
    with pytest.raises(
        InvalidInputError, match=r"policy: expected .* that copy\.deepcopy can copy, .* got Rec"
    ):
        og.audit_update(times_ratio, "max@2", 3, policies=[problem], **FEW)
    problem = Problem(Recurrent(), REWARDS, prompt=[PROMPT])
    with pytest.raises(InvalidInputError, match="library: expected 'torch' for a policy that is a module"):
        og.audit_update(right, "max@2", 3, policies=[problem], library="numpy")
    with pytest.raises(InvalidInputError, match="library: expected one of"):
        og.audit_update(right, "max@2", 3, library="jax")


def test_an_update_that_ends_the_process_is_an_error():
    def leaves(policy, answers, rewards):
        raise SystemExit(0)

    with pytest.raises(TargetError, match="update: leaves raised SystemExit: 0"):
        og.audit_update(leaves, "mean@1", 2)


@pytest.mark.slow
def test_the_guide_s_example():
    """Ten lines, as they stand there; the audit at fewer types."""
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "losses.md").read_text(encoding="utf-8")
    (example,) = (
        b for b in re.findall(r"```python\n(.*?)```", guide, re.DOTALL) if b.startswith("import torch")
    )
    assert len([line for line in example.splitlines() if line]) == 10
    names = {}
    exec(example.rpartition("report = ")[0], names)
    report = og.audit_update(names["update"], "max@2", 3, policies=PROBLEMS[2:3], library="torch", **FEW)
    assert (report.unbiased, report.constant) == (True, 1)
