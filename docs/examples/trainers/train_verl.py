"""Train a tiny model for the best of four with verl's own advantages and loss, on a CPU: sums of two digits.

pip install ordergrad_ref verl==0.9.1 uvicorn fastapi

verl's trainer asks for GPUs, so that its loop is written out here. What decides is verl's own: the estimator,
which ``import verl`` has registered, and the loss of its actor.
"""

import random

import torch
from torch.distributions import Categorical

from ordergrad_ref.integrations.language_models import log_probs
from ordergrad_ref.integrations.verl_update import ppo

GROUPS, SIZE, STEPS = 8, 8, 150
torch.manual_seed(0)
random.seed(0)


class Model(torch.nn.Module):
    """Answers of one token to prompts of two: digits in, a digit out."""

    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(10, 32)
        self.cell = torch.nn.GRU(32, 64, batch_first=True)
        self.head = torch.nn.Linear(64, 10)

    def forward(self, tokens):
        """Give the logits of the next token after each."""
        """Give the logits of the next token after each."""
        return self.head(self.cell(self.embedding(tokens))[0])


model = Model()
optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
for step in range(STEPS):
    loss, solved = 0.0, 0
    for _ in range(GROUPS):
        prompt = [random.randrange(10), random.randrange(10)]
        with torch.no_grad():
            answers = Categorical(logits=model(torch.tensor([prompt]))[0, -1]).sample((SIZE, 1))
        rewards = (answers[:, 0] == sum(prompt) % 10).float()
        solved += bool(rewards.any())
        loss = loss + ppo(
            model, answers.tolist(), rewards, model, model, torch.zeros(SIZE), prompt,
            adv_estimator="max@4",                 # the only line that order statistics need
            loss_agg_mode="seq-mean-token-sum",
        )  # fmt: skip
    optimiser.zero_grad()
    (loss / GROUPS).backward()
    optimiser.step()
    if step % 25 == 24:
        print(f"step {step + 1}: {solved} of {GROUPS} groups have a right answer")
chance = log_probs(model, [2, 3], torch.tensor([[5]])).exp().item()
print(f"the chance of 2 + 3 = 5 is {chance:.2f}")
