"""TRL: a mixin that gives GRPOTrainer or RLOOTrainer an objective's advantages. Tested with TRL 1.16.0."""

from typing import Any

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.integrations.grouped import integer_objective, mean_advantages
from ordergrad_ref.integrations.health import version_of
from ordergrad_ref.objectives import LStatistic

__all__ = ["OrderStatistic", "undoing"]

UNBIASED_LOSSES = ("dr_grpo", "luspo")
"""Loss types whose expected gradient is ∇J up to a constant, spec eq. (98); the others depend on lengths."""


class OrderStatistic:
    """Advantages of any objective in a trainer of TRL whose groups have ``num_generations`` completions.

    ``class Trainer(OrderStatistic, GRPOTrainer): objective = "max@4"`` is all. It refuses settings that would
    undo the advantages.

    Attributes
    ----------
    objective : LStatistic or str
        What is maximised.
    accept_bias : bool
        Whether to go on with settings that bias the gradient.

    Raises
    ------
    InvalidInputError
        Where a setting undoes the advantages, or the trainer has no such methods.
    """

    objective: LStatistic | str = "max@4"
    accept_bias: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        integer_objective(self.objective)
        super().__init__(*args, **kwargs)
        for name in ("_calculate_rewards", "_generate_and_score_completions"):
            if not hasattr(super(), name):
                raise InvalidInputError(
                    f"trainer: expected one of TRL 1.16.0, with {name}, got {type(self).__mro__[2].__name__} "
                    f"of TRL {version_of('trl')}, without it"
                )
        reasons = undoing(self.args)  # type: ignore[attr-defined]
        if reasons and not self.accept_bias:
            raise InvalidInputError(
                f"args: expected settings that keep the gradient of {self.objective}, got "
                f"{'; '.join(reasons)}; to go on all the same, set accept_bias = True on the class"
            )

    def _calculate_rewards(self, *args: Any, **kwargs: Any) -> Any:
        """Keep the rewards of all processes, a column for each reward function."""
        self._ordergrad_rewards = super()._calculate_rewards(*args, **kwargs)  # type: ignore[misc]
        return self._ordergrad_rewards

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        """Replace the advantages: spec eq. (28), times the group size, on the rewards of all processes."""
        batch = super()._generate_and_score_completions(inputs)  # type: ignore[misc]
        trainer: Any = self
        columns = self._ordergrad_rewards
        size = trainer.num_generations if trainer.model.training else trainer.num_generations_eval
        unscorable = columns.isnan().all(dim=1)
        rewards = (columns * trainer.reward_weights.to(columns.device)).nansum(dim=1)
        found = (
            mean_advantages(
                rewards.detach().double().cpu().numpy(),
                [i // size for i in range(len(rewards))],
                self.objective,
                (~unscorable).cpu().numpy(),
            )
            if size > 1
            else [0.0] * len(rewards)
        )
        advantages = batch["advantages"].new_tensor(found)
        mine = len(batch["advantages"])
        first = trainer.accelerator.process_index * mine
        batch["advantages"] = advantages[first : first + mine]
        return batch


def undoing(args: Any) -> list[str]:
    """Name the settings of a GRPOConfig or RLOOConfig that bias the gradient, with reason and remedy.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> undoing(SimpleNamespace(loss_type="dr_grpo", scale_rewards="none", beta=0.0))
    []
    >>> undoing(SimpleNamespace(loss_type="grpo", scale_rewards="none", beta=0.0))
    ["loss_type='grpo', which divides by lengths: set 'dr_grpo'"]
    """
    found = []
    loss = getattr(args, "loss_type", None)
    if loss is not None and loss not in UNBIASED_LOSSES:
        how = (
            "divides by lengths"
            if loss in ("grpo", "bnpo", "dapo")
            else "is no sum over tokens by a constant"
        )
        found.append(f"loss_type={loss!r}, which {how}: set 'dr_grpo'")
    scale = getattr(args, "scale_rewards", "none")
    if scale not in ("none", False):
        found.append(f"scale_rewards={scale!r}, which asks for a division by a spread: set 'none'")
    if getattr(args, "normalize_advantages", False):
        found.append("normalize_advantages=True, which asks for a division by a spread: set False")
    if getattr(args, "beta", 0.0):
        found.append(f"beta={args.beta!r}, which adds the gradient of a KL term: set 0.0")
    return found
