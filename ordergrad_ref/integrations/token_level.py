"""The signature that verl and SkyRL share: token-level rewards, a mask, ids; advantages and returns out."""

from collections.abc import Callable, Mapping
from typing import Any

from ordergrad_ref.integrations.grouped import integer_objective, mean_advantages
from ordergrad_ref.objectives import LStatistic

__all__ = ["outcome_estimator"]


def outcome_estimator(objective: LStatistic | str | None = None) -> Callable[..., tuple[Any, Any]]:
    """Make an estimator of outcome advantages for trainers with token-level tensors. Spec eq. (28).

    Parameters
    ----------
    objective : LStatistic or str, optional
        The objective; without one, the trainer's configuration names it as ``objective``.

    Returns
    -------
    callable
        ``(token_level_rewards (B, T), response_mask (B, T), index (B,), config=None, **_)`` to advantages and
        returns, both ``(B, T)``: K times the canonical advantage on every valid token of a response.
    """
    said = None if objective is None else integer_objective(objective)

    def ordergrad_outcome_advantage(
        token_level_rewards: Any, response_mask: Any, index: Any, config: Any = None, **further: Any
    ) -> tuple[Any, Any]:
        alpha = integer_objective(_configured(config)) if said is None else said
        scores = (token_level_rewards * response_mask).sum(-1)
        counts = (response_mask != 0).any(-1)
        found = mean_advantages(
            scores.detach().double().cpu().numpy(), list(index), alpha, counts.cpu().numpy()
        )
        on_tokens = token_level_rewards.new_tensor(found).unsqueeze(-1) * response_mask
        return on_tokens, on_tokens

    return ordergrad_outcome_advantage


def _configured(config: Any) -> str:
    """Read the objective from a configuration, a mapping or an object."""
    if isinstance(config, Mapping) or hasattr(config, "get"):
        found = config.get("objective")
    else:
        found = getattr(config, "objective", None)
    return "max@4" if found is None else str(found)
