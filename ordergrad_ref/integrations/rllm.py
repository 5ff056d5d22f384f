"""rLLM: ``register("max@4")`` adds an advantage estimator of that name. Not run against the real package.

Its signature was read in rllm-org/rllm, ``rllm/trainer/algorithms/advantage.py``, pull request 743: a list
with the rewards of each group in, lists of advantages and of returns out.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.integrations.grouped import integer_objective, mean_advantages
from ordergrad_ref.objectives import LStatistic

__all__ = ["estimator", "register"]


def estimator(objective: LStatistic | str) -> Callable[..., tuple[list[Floats], list[Floats]]]:
    """Make an estimator of rLLM's signature. Spec eq. (28).

    Examples
    --------
    >>> import numpy as np
    >>> advantages, _ = estimator("max@2")([np.array([0.0, 1.0, 3.0]), np.array([1.0, 1.0, 1.0])], None)
    >>> advantages
    [array([-2., -2.,  4.]), array([0., 0., 0.])]
    """
    alpha = integer_objective(objective)

    def ordergrad_advantages(
        rewards: Sequence[Any], algorithm_config: Any = None, **further: Any
    ) -> tuple[list[Floats], list[Floats]]:
        groups = [np.asarray(r, dtype=np.float64) for r in rewards]
        if not groups:
            return [], []
        ids = np.repeat(np.arange(len(groups)), [len(r) for r in groups])
        flat = mean_advantages(np.concatenate(groups), ids.tolist(), alpha)
        found = np.split(flat, np.cumsum([len(r) for r in groups])[:-1])
        return found, found

    return ordergrad_advantages


def register(objective: LStatistic | str) -> None:
    """Register the estimator in rLLM under the objective's spelling."""
    from rllm.trainer.algorithms.advantage import register_adv_estimator

    register_adv_estimator(str(objective))(estimator(objective))
