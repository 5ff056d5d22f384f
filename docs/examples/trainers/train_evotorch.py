"""Search for the best of eight with EvoTorch, on a CPU: a low broad hill, and a high narrow one beside it.

pip install ordergrad_ref evotorch

The mean of the population is best on the broad hill; the best of eight is better where some of them reach the
narrow one.
"""

import torch
from evotorch import Problem
from evotorch.algorithms import PGPE

from ordergrad_ref.integrations import evotorch

SIZE, STEPS = 200, 150


def height(x):
    """One at the origin, falling off slowly; three at (1.5, 1.5), falling off fast."""
    far, near = (x**2).sum(-1), ((x - 1.5) ** 2).sum(-1)
    return torch.exp(-far / 4) + 3 * torch.exp(-near / 0.1)


for objective in ("mean@1", "max@8"):
    torch.manual_seed(0)
    evotorch.register(objective)
    problem = Problem("max", height, solution_length=2, initial_bounds=(-1, 1), vectorized=True, seed=0)
    search = PGPE(
        problem,
        popsize=SIZE,
        center_learning_rate=0.1,
        stdev_learning_rate=0.0,
        stdev_init=0.7,
        symmetric=False,                  # samples must be independent
        ranking_method=objective,         # the only line that order statistics need
        center_init=torch.tensor([0.5, 0.5]),
    )  # fmt: skip
    search.run(STEPS)
    center = search.status["center"].clone()
    samples = height(center + 0.7 * torch.randn(8 * 10_000, 2)).reshape(-1, 8)
    print(
        f"trained for {objective}: centre ({float(center[0]):.2f}, {float(center[1]):.2f}), "
        f"mean {samples.mean():.2f}, best of eight {samples.max(1).values.mean():.2f}"
    )
