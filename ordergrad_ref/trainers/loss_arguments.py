"""What the arguments of a loss are, from the names that they have in the wild, or told."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias, get_args

from ordergrad_ref.errors import InvalidInputError, TargetError, expected_one_of, shown
from ordergrad_ref.targets.parameters import NAMES as ESTIMATORS_NAMES
from ordergrad_ref.targets.parameters import name_of

__all__ = ["LossRole", "is_loss", "roles_of"]

LossRole: TypeAlias = Literal[
    "log_probs", "old", "reference", "advantages", "mask", "rewards", "lengths", "count"
]

NAMES: dict[LossRole, tuple[str, ...]] = {
    "log_probs": (
        "log_probs", "log_prob", "logprobs", "logprob", "logps", "logp", "lp", "log_pi", "new_log_probs",
        "new_logprobs", "new_log_prob", "new_logps", "new_logp", "per_token_logps", "current_log_probs",
        "curr_log_probs", "curr_logprobs", "action_log_probs", "policy_log_probs", "policy_logprobs",
        "token_log_probs", "target_logprobs", "pi_logprobs", "trainer_logprobs",
    ),
    "old": (
        "old_log_probs", "old_log_prob", "old_logprobs", "old_logps", "old_logp", "old_per_token_logps",
        "old_action_log_probs", "old_policy_log_probs", "old", "logp_old", "log_probs_old",
        "behaviour_log_probs", "behavior_log_probs", "rollout_log_probs", "rollout_logprobs",
        "sampling_log_probs", "sampling_logprobs", "sampling_per_token_logps", "inference_logprobs",
        "inference_log_probs",
    ),
    "reference": (
        "ref_log_probs", "ref_log_prob", "ref_logprobs", "ref_logps", "ref_logp", "ref_per_token_logps",
        "reference_log_probs", "reference_logprobs", "reference_logps", "ref", "reference", "base_log_probs",
        "base_action_log_probs",
    ),
    "advantages": ("advantages", "advantage", "advs", "adv", "A", "token_level_advantages"),
    "mask": (*ESTIMATORS_NAMES["mask"], "completion_masks", "loss_masks", "masks", "m"),
    "rewards": ("rewards", "reward", "scores", "returns"),
    "lengths": ("lengths", "seq_lens", "seq_lengths", "response_lengths", "completion_lengths"),
    "count": ("num_items_in_batch", "num_tokens", "batch_num_tokens", "total_tokens"),
}  # fmt: skip
ROLES = {name: role for role, names in NAMES.items() for name in names}


def roles_of(loss: Callable[..., Any], told: Mapping[str, str] | None = None) -> dict[str, LossRole]:
    """Say which argument of a loss takes what.

    Parameters
    ----------
    loss : callable
        The loss.
    told : mapping of argument to role, optional
        What the names do not say: ``{"x": "log_probs"}``.

    Raises
    ------
    TargetError
        Where an argument without a default has no known name, or none takes the log-probabilities.
    InvalidInputError
        Where what is told names no argument, or no role.
    """
    name = name_of(loss)
    try:
        parameters = inspect.signature(loss).parameters
    except (TypeError, ValueError):
        raise TargetError(f"loss: expected a signature to read, got none of {name}") from None
    if not isinstance(told, Mapping | None):
        raise InvalidInputError(f"arguments: expected a mapping of argument to role, got {shown(told)}")
    told = dict(told or {})
    for argument, its_role in told.items():
        if argument not in parameters:
            raise InvalidInputError(f"arguments: {expected_one_of(parameters, argument)}")
        if its_role not in get_args(LossRole):
            raise InvalidInputError(f"arguments: {expected_one_of(get_args(LossRole), its_role)}")
    roles: dict[str, LossRole] = {}
    for p in parameters.values():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            continue
        role = told.get(p.name, ROLES.get(p.name))
        if role is None and p.default is p.empty:
            raise TargetError(
                f"loss: expected arguments of known names, got {p.name!r} of {name}; say what it is, "
                f"arguments={{{p.name!r}: 'log_probs'}}, or bind it with functools.partial"
            )
        if role is not None and not (role == "rewards" and p.default is not p.empty):
            roles[p.name] = role  # type: ignore[assignment]
    if "log_probs" not in roles.values():
        raise TargetError(
            f"loss: expected an argument for the log-probabilities, got {', '.join(parameters)} of {name}; "
            "say which it is, arguments={'x': 'log_probs'}"
        )
    return roles


def is_loss(function: Callable[..., Any]) -> bool:
    """Tell whether a function takes log-probabilities, as far as the names of its arguments say."""
    try:
        return any(ROLES.get(name) == "log_probs" for name in inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return False
