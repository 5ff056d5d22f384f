"""SkyRL: ``register("max@4")`` adds an advantage estimator of that name. Run inside SkyRL 0.3.0.

Its signature was read in NovaSky-AI/SkyRL, ``skyrl/backends/skyrl_train/utils/ppo_utils.py``: that of verl.
"""

from ordergrad_ref.integrations.token_level import outcome_estimator
from ordergrad_ref.objectives import LStatistic

__all__ = ["register"]


def register(objective: LStatistic | str) -> None:
    """Register the estimator in SkyRL under the objective's spelling."""
    from skyrl.backends.skyrl_train.utils.ppo_utils import register_advantage_estimator

    register_advantage_estimator(str(objective))(outcome_estimator(objective))
