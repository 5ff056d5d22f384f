"""EvoTorch: ``register("max@4")`` adds a ranking method of that name. Tested with EvoTorch 0.6.1.

A search distribution of EvoTorch multiplies each sample's score by what a function of
``evotorch.tools.ranking.rankers`` makes of the fitnesses. Advantages sum to zero, so that EvoTorch's own
centring changes nothing. Samples must be independent: ``symmetric=False`` in PGPE.
"""

from collections.abc import Callable
from typing import Any

from ordergrad_ref.integrations.grouped import integer_objective, mean_advantages
from ordergrad_ref.objectives import LStatistic

__all__ = ["ranker", "register"]


def ranker(objective: LStatistic | str) -> Callable[..., Any]:
    """Make a ranking function of EvoTorch's signature: K times the canonical advantage. Spec eq. (28).

    The whole population is one group. Where lower fitnesses are better, they are negated first.
    """
    alpha = integer_objective(objective)

    def ordergrad_ranks(fitnesses: Any, *, higher_is_better: bool = True) -> Any:
        flat = fitnesses.detach().reshape(-1)
        rewards = flat.double().cpu().numpy()
        found = mean_advantages(rewards if higher_is_better else -rewards, [0] * len(rewards), alpha)
        return flat.new_tensor(found).reshape(fitnesses.shape)

    return ordergrad_ranks


def register(objective: LStatistic | str) -> None:
    """Register the ranking in EvoTorch under the objective's spelling: ``ranking_method="max@4"``."""
    from evotorch.tools.ranking import rankers

    rankers[str(objective)] = ranker(objective)
