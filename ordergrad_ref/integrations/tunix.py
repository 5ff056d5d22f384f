"""Tunix: ``register("max@4")`` adds an advantage estimator of that name. Run inside Tunix 0.1.7.

Its signature was read in google/tunix, ``tunix/rl/function_registry.py`` and its estimators: flat rewards,
the samples of a prompt side by side, and ``num_generations`` in, advantages of the same shape out.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.integrations.grouped import integer_objective, mean_advantages
from ordergrad_ref.objectives import LStatistic

__all__ = ["estimator", "register"]


def estimator(objective: LStatistic | str) -> Callable[..., Floats]:
    """Make an estimator of Tunix's signature. Spec eq. (28).

    Examples
    --------
    >>> import numpy as np
    >>> estimator("max@2")(rewards=np.array([0.0, 1.0, 3.0]), num_generations=3)
    array([-2., -2.,  4.])
    """
    alpha = integer_objective(objective)

    def ordergrad_advantages(rewards: Any, num_generations: int, **further: Any) -> Floats:
        x = np.asarray(rewards)
        if x.ndim != 1 or len(x) % num_generations:
            raise InvalidInputError(
                f"rewards: expected a multiple of num_generations = {num_generations}, got shape {x.shape}"
            )
        groups = np.arange(len(x)) // num_generations
        return mean_advantages(x, groups.tolist(), alpha).astype(np.result_type(x.dtype, np.float32))

    return ordergrad_advantages


def register(objective: LStatistic | str) -> None:
    """Register the estimator in Tunix under the objective's spelling, before a configuration names it."""
    from tunix.rl.function_registry import register_advantage_estimator

    register_advantage_estimator(str(objective))(estimator(objective))
