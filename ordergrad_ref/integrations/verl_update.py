"""verl's update, to be judged: ``compute_advantage``, then a policy loss and its aggregation. For verl 0.9.1.

``og.audit_update(partial(ppo, adv_estimator="max@2"), "max@2", library="torch")``, or ``ordergrad-ref
audit-trainer ordergrad_ref.integrations.verl_update:ppo --library torch --kwarg adv_estimator=max@2``.
It takes verl with uvicorn and fastapi, which verl imports without naming them.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from ordergrad_ref.integrations.language_models import log_probs, padded

__all__ = ["ppo"]


def ppo(
    model: Any,
    answers: Sequence[Sequence[int]],
    rewards: Any,
    old: Any,
    reference: Any,
    groups: Any,
    prompt: Sequence[int],
    *,
    adv_estimator: str = "grpo",
    norm_adv_by_std_in_grpo: bool = True,
    loss_agg_mode: str = "token-mean",
    loss_mode: str = "vanilla",
    clip_ratio: float = 0.2,
    kl_loss_coef: float = 0.0,
    kl_loss_type: str = "low_var_kl",
    max_response_length: int = 4,
) -> Any:
    """Compute the loss of verl's actor on a batch.

    Parameters
    ----------
    model, answers, rewards, old, reference, groups, prompt
        As `ordergrad_ref.audit_update` gives them.
    adv_estimator, norm_adv_by_std_in_grpo
        Settings of verl's ``algorithm``; ``"max@2"`` and other objectives are estimators too.
    loss_agg_mode, loss_mode, clip_ratio, kl_loss_coef, kl_loss_type
        Settings of verl's actor.
    max_response_length : int
        The number of columns to which responses are padded.
    """
    from verl.trainer.ppo.core_algos import agg_loss, get_policy_loss_fn, kl_penalty

    tokens, mask = padded(answers, max_response_length)
    advantages = _advantages(rewards, mask, groups, adv_estimator, norm_adv_by_std_in_grpo)
    now = log_probs(model, prompt, tokens)
    before = log_probs(old, prompt, tokens).detach()
    loss, _ = get_policy_loss_fn(loss_mode)(
        old_log_prob=before,
        log_prob=now,
        advantages=advantages,
        response_mask=mask,
        loss_agg_mode=loss_agg_mode,
        config=_actor(clip_ratio),
    )
    if kl_loss_coef:
        base = log_probs(reference, prompt, tokens).detach()
        penalty = kl_penalty(logprob=now, ref_logprob=base, kl_penalty=kl_loss_type)
        loss = loss + kl_loss_coef * agg_loss(penalty, mask, loss_agg_mode)
    return loss


def _advantages(rewards: Any, mask: Any, groups: Any, estimator: str, norm_by_std: bool) -> Any:
    """Let verl compute the advantages of rewards that stand on the last tokens."""
    from verl import DataProto
    from verl.trainer.config import AlgoConfig
    from verl.trainer.ppo.ray_trainer import compute_advantage

    of_tokens = rewards.new_zeros(mask.shape).scatter(1, mask.sum(1, keepdim=True) - 1, rewards[:, None])
    data = DataProto.from_dict(
        tensors={"token_level_rewards": of_tokens, "response_mask": mask},
        non_tensors={"uid": groups.numpy().astype(object)},
    )
    config = AlgoConfig(adv_estimator=estimator, norm_adv_by_std_in_grpo=norm_by_std)
    return compute_advantage(data, estimator, norm_adv_by_std_in_grpo=norm_by_std, config=config).batch[
        "advantages"
    ]


@cache
def _actor(clip_ratio: float) -> Any:
    from verl.workers.config import ActorConfig

    return ActorConfig(
        strategy="fsdp", rollout_n=1, ppo_micro_batch_size_per_gpu=1, clip_ratio=clip_ratio,
        clip_ratio_low=clip_ratio, clip_ratio_high=clip_ratio,
    )  # fmt: skip
